#!/bin/sh
# abeval's interval for questions that hang together is the one for questions that do not, as soon as each is right or wrong.
#
# "Pass --cluster-key document and the interval widens", says its description of several questions to one document. Whether all
# scores are 0 or 1 is asked before that: if so, the answer is a Wilson interval of all questions, and the key is not
# looked at, not even for whether there is such a field. One score of 0.5 among hundreds, and the same command gives the
# interval for documents. For learning curves: where whole documents are easy or hard, 200 questions to 20 of them say as
# much as 20 questions do; each point comes with a third of the uncertainty it has, and steps between them that are the
# luck of the documents look like learning, or like a gain of fine-tuning. Call clustered_mean_ci from Python, which takes
# such scores, and look at the method named beside an interval.
#
# Seen with abeval 0.1.0 and 20 documents of 10 questions, each document all right or all wrong: 43% to 57% with the key,
# without it and with the key of a field that is not there; 27% to 73% from Python, and 27% to 74% by the command with a single
# score of 0.5. In 200 draws of such documents, the interval with the key holds the truth in 49%, and Python's in 96%.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check abeval==0.1.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import contextlib
import io
import json
import random
import sys
from importlib.metadata import version

from abeval import clustered_mean_ci
from abeval.__main__ import main

file = f"{sys.argv[1]}/results.jsonl"
DOCUMENTS = [question // 10 for question in range(200)]


def interval(scores, *switches):
    rows = [{"id": f"q{n}", "document": of, "score": score} for n, (of, score) in enumerate(zip(DOCUMENTS, scores))]
    with open(file, "w") as written:
        written.writelines(json.dumps(row) + "\n" for row in rows)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert main(["ci", file, "--json", *switches]) == 0
    answer = json.loads(said.getvalue())
    return answer["lo"], answer["hi"], answer["method"]


def in_python(scores):
    answer = clustered_mean_ci([float(score) for score in scores], DOCUMENTS)
    return answer.lo, answer.hi, answer.method


print(f"abeval {version('abeval')}: 20 documents of 10 questions, every second document right")
scores = [of % 2 for of in DOCUMENTS]
seen = {
    "--cluster-key document": interval(scores, "--cluster-key", "document"),
    "no key": interval(scores),
    "--cluster-key of no field": interval(scores, "--cluster-key", "no such field"),
    "clustered_mean_ci": in_python(scores),
    "--cluster-key document, one score of 0.5": interval([0.5, *scores[1:]], "--cluster-key", "document"),
}
for how, (low, high, method) in seen.items():
    print(f"  {how}: {low:.0%} to {high:.0%}, {method}")
with_key, without, of_none, python, half = seen.values()
assert with_key == without == of_none and with_key[2] == "wilson", "the behaviour has changed"
assert min(python[1] - python[0], half[1] - half[0]) > 3 * (with_key[1] - with_key[0]), "the behaviour has changed"

luck, held = random.Random(0), [0, 0]
for _ in range(200):
    right = [luck.randrange(2) for _ in range(20)]
    draw = [right[of] for of in DOCUMENTS]
    for which, (low, high, _) in enumerate((interval(draw, "--cluster-key", "document"), in_python(draw))):
        held[which] += low <= 0.5 <= high
print(f"of 200 draws with a truth of 50%, intervals that hold it: {held[0]} by the command, {held[1]} from Python")
assert held[0] < 110 and held[1] > 180, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
