#!/bin/sh
# W&B Weave gives the same 40 replies 75% or 50%, by which of them comes first in the file.
#
# An evaluation summarizes a scorer's values by the kind of the first one: if that is True or False, by the share of all that are
# true, else by the mean. Python takes every number but 0 for true. A scorer that gives part of the credit is often written "reply
# == target or share(reply, target)", whose value is True for a right reply and a number for the others. With a right reply in the
# first row, half a credit counts as a whole one, and a tenth too; with another one there, it counts as what it is. The summary is
# called true_fraction in the one case and mean in the other, and that is all that shows. For learning curves: the first row is
# right at one number of examples and not at the next, so that two points of a curve are two measures; a model that answers all by
# halves is at 100% after one right reply, and fine-tuning has nothing left to gain. Sorting the rows, or shuffling them, changes
# it too. Return float(...) from every scorer.
#
# Seen with weave 0.54.0, for 10 right replies, 20 with half of the name and 10 wrong ones: 0.75 with a right one first, 0.5 with
# any other one first, in all 40 orders tried, each with another row first; 0.5 in all of them with float().
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check weave==0.54.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import asyncio
from importlib.metadata import version

import weave

TARGET = "Anna Berg"
REPLIES = [TARGET] * 10 + ["Anna"] * 20 + ["Lund"] * 10


def share(output: str, target: str) -> float:
    words = set(target.split())
    return len(words & set(output.split())) / len(words)


@weave.op
def credit(output: str, target: str) -> dict:
    return {"credit": output == target or share(output, target)}


@weave.op
def as_float(output: str, target: str) -> dict:
    return {"credit": float(output == target or share(output, target))}


@weave.op
def model(row: int) -> str:
    return REPLIES[row]


def summary(order: list[int], scorer) -> dict:
    rows = [{"row": row, "target": TARGET} for row in order]
    name = scorer.name
    return asyncio.run(weave.Evaluation(dataset=rows, scorers=[scorer]).evaluate(model))[name]["credit"]


orders = [[first, *(row for row in range(40) if row != first)] for first in range(40)]
seen = [summary(order, credit) for order in orders]
print(f"weave {version('weave')}: {len(REPLIES)} replies, first row right: {seen[0]}; half right: {seen[10]}; wrong: {seen[30]}")
right, others = seen[:10], seen[10:]
assert all(one == {"true_count": 30, "true_fraction": 0.75} for one in right), "the behaviour has changed"
assert all(one == {"mean": 0.5} for one in others), "the behaviour has changed"
print(f"  {len(right)} orders with a right reply first give 0.75, {len(others)} others 0.5")
floats = [summary(order, as_float) for order in (orders[0], orders[10], orders[30])]
print(f"  the same three with float(): {floats}")
assert all(one == {"mean": 0.5} for one in floats), "the behaviour has changed"
PY
WEAVE_DISABLED=true "$folder/venv/bin/python" "$folder/seen.py" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
