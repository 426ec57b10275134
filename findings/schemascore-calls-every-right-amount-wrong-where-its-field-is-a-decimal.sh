#!/bin/sh
# schemascore calls every right amount wrong where its field is a Decimal, and scores a right set of tags by chance, otherwise
# in each run.
#
# A reply is read into a pydantic model, and what is compared with the label is what the model writes as JSON. There a Decimal,
# the usual type for money, is a text: 12.5 becomes "12.5", which is not the number 12.5 of the label. A label written as the
# text "12.50" does not help where the reply says 12.5, as JSON does. A set becomes a list in the order of Python's hashes,
# another in each process, and lists are compared by place, so that an unchanged prompt "regresses" from one run to the next.
# With the fields as a float and a list the same replies are right. For learning curves: amounts are 0 at every number of
# examples, which caps what any prompt and any fine-tuning reach; tags jump between runs by more than most gains. Give amounts
# numeric() as their comparator, and make sets lists in an order of their own.
#
# Seen with schemascore 0.1.0 and pydantic 2.14.4, for 40 replies that are all right: the amount has 0% as a Decimal, and 100% as
# a float or with numeric(); four tags have from 0% to 50% as a set, by PYTHONHASHSEED from 0 to 19, and 100% as a list.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  schemascore==0.1.0 pydantic==2.14.4 >/dev/null 2>&1
cat > "$folder/replies.py" <<'PY'
"""Scores 40 right replies, with the fields as a Decimal and a set, and as a float and a list."""
import json
from decimal import Decimal

from pydantic import BaseModel
from schemascore import evaluate, numeric


class Exact(BaseModel):
    total: Decimal
    tags: set[str]


class Plain(BaseModel):
    total: float
    tags: list[str]


TAGS = ["billing", "late", "urgent", "vip"]
labels = [{"total": 12.5 + n, "tags": TAGS} for n in range(40)]
cases = [{"input": label, "expected": label} for label in labels]
scores = {
    "exact": evaluate(Exact, cases, json.dumps).fields,
    "numeric": evaluate(Exact, cases, json.dumps, {"total": numeric()}).fields,
    "plain": evaluate(Plain, cases, json.dumps).fields,
}
print(json.dumps(scores))
PY
cat > "$folder/seen.py" <<'PY'
import json
import os
import subprocess
import sys
from importlib.metadata import version


def run(seed):
    done = subprocess.run([sys.executable, sys.argv[1] + "/replies.py"], env=os.environ | {"PYTHONHASHSEED": str(seed)},
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


runs = [run(seed) for seed in range(20)]
totals = {name: {scores[name]["total"] for scores in runs} for name in ("exact", "numeric", "plain")}
tags = [scores["exact"]["tags[*]"] for scores in runs]
print(f"schemascore {version('schemascore')}, 40 right replies: total {totals}; tags of a set in 20 runs {sorted(tags)}, of a list "
      f"{runs[0]['plain']['tags[*]']}")
assert totals == {"exact": {0.0}, "numeric": {1.0}, "plain": {1.0}}, "the behaviour has changed"
assert len(set(tags)) > 2 and min(tags) < 0.3, "the behaviour has changed"
assert {scores["plain"]["tags[*]"] for scores in runs} == {1.0}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
