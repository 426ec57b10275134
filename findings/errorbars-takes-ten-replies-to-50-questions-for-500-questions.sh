#!/bin/sh
# errorbars takes ten replies to each of 50 questions for 500 questions: its 95% interval for a model's accuracy holds the truth
# half the time.
#
# A column "sample" marks repeated replies to one question, and Inspect's epochs go there by themselves. summarize,
# leaderboard and its plot use every row as a question of its own for the interval; what the column adds is a second table, of
# how much the replies to one question differ. To name the questions as clusters does not help (--cluster-col question_id):
# clusters that are the questions themselves count as none. compare, of the same package, takes each question's mean first,
# and is right. For learning curves: whether a question is hard for a model hardly changes from reply to reply, so that ten
# replies say little more than one. Each point's bar comes out far too short, a curve of luck looks like learning, and "surely
# above 60%" is reached by asking the same questions again. Write one row a question, with the mean of its replies.
#
# Seen with errorbars 0.2.4 and numpy 2.4.6, where questions are mostly easy or mostly hard: in 300 draws the interval of 500
# rows holds the truth in 55%, with the questions as clusters too, and that of one row a question in 95%, 2.6 times as wide.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check errorbars==0.2.4 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import contextlib
import csv
import io
import json
import random
import sys
from importlib.metadata import version
from pathlib import Path

from errorbars.cli import main

QUESTIONS, REPLIES, DRAWS, TRUTH = 50, 10, 300, 0.5
FILE = Path(sys.argv[1], "replies.csv")
draw = random.Random(7)


def replies():
    """Rows of replies; how likely a question is answered rightly is its own, and 50% on average."""
    for question in range(QUESTIONS):
        likely = draw.betavariate(0.3, 0.3)
        for sample in range(REPLIES):
            yield {"question_id": f"q{question}", "model": "m", "sample": sample, "score": int(draw.random() < likely)}


def means(rows):
    """One row a question: the mean of its replies."""
    for question in range(QUESTIONS):
        scores = [row["score"] for row in rows if row["question_id"] == f"q{question}"]
        yield {"question_id": f"q{question}", "model": "m", "score": sum(scores) / len(scores)}


def interval(rows, *options):
    with FILE.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        main(["summarize", str(FILE), "--json", *options])
    result = json.loads(said.getvalue())
    assert "clustered" not in result
    return result["n"], result["ci_low"], result["ci_high"]


seen = {"rows": [], "questions as clusters": [], "means": []}
for _ in range(DRAWS):
    rows = list(replies())
    seen["rows"].append(interval(rows))
    seen["questions as clusters"].append(interval(rows, "--cluster-col", "question_id"))
    seen["means"].append(interval(list(means(rows))))
held = {name: sum(low <= TRUTH <= high for _, low, high in all_) / DRAWS for name, all_ in seen.items()}
width = {name: sum(high - low for _, low, high in all_) / DRAWS for name, all_ in seen.items()}
times = width["means"] / width["rows"]
print(f"errorbars {version('errorbars')}, {QUESTIONS} questions, {REPLIES} replies each: n {seen['rows'][0][0]}; 95% intervals "
      f"hold in", {name: f"{share:.0%}" for name, share in held.items()}, f"those of means {times:.1f} times as wide")
assert seen["rows"] == seen["questions as clusters"] and {n for n, _, _ in seen["rows"]} == {500}, "the behaviour has changed"
assert 0.40 < held["rows"] < 0.62 and held["means"] > 0.90 and 2.2 < times < 3, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
