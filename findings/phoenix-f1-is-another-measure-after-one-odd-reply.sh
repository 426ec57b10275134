#!/bin/sh
# Phoenix's F1 falls from 83% to 55% for one reply of 100, as it turns from the F1 of one label into the mean over all.
#
# PrecisionRecallFScore takes 1 as the label to look for where targets and replies hold the labels 0 and 1 alone. With
# one reply of -1, or whatever stands for "could not be read", there are three labels: all scores become means over the
# three, and that of the third is 0. The names of the scores stay; which measure it was stands in the metadata alone.
# With the texts "0" and "1" as targets they are means from the start. For learning curves: without examples a few
# replies cannot be read, with four all can, so that the curve rises by 28 points where the model became better by one
# reply; the last points, of one measure, look flat beside it. A step to fewer readable replies falls as far. Name
# positive_label, or code an unreadable reply as the wrong one of the two labels.
#
# Seen with arize-phoenix-evals 3.9.4 and 83 of 100 replies right: precision, recall and F1 are 0.84, 0.82 and 0.83, and
# 0.55 each where one right reply is -1 instead; 0.83 again with positive_label=1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  arize-phoenix-evals==3.9.4 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from phoenix.evals.metrics import PrecisionRecallFScore

TARGETS = [0, 1] * 50
REPLIES = [1 - target if n % 12 in (3, 8) else target for n, target in enumerate(TARGETS)]
UNREADABLE = [-1, *REPLIES[1:]]


def scores(replies, targets=TARGETS, **settings):
    """The three scores by their names, and the labels that were told apart."""
    found = PrecisionRecallFScore(**settings).evaluate({"expected": targets, "output": replies})
    return {score.name: round(score.score, 2) for score in found}, found[0].metadata["labels"]


right = [sum(map(int.__eq__, TARGETS, replies)) for replies in (REPLIES, UNREADABLE)]
read, odd, named = scores(REPLIES), scores(UNREADABLE), scores(UNREADABLE, positive_label=1)
print(f"arize-phoenix-evals {version('arize-phoenix-evals')}: {right[0]} of 100 right: {read[0]}")
print(f"{right[1]} right, one reply -1: {odd[0]}, labels {odd[1]}; with positive_label=1: {named[0]}")
assert right == [83, 82] and list(read[0]) == list(odd[0]) == list(named[0]), "the behaviour has changed"
assert read[0]["f1"] > 0.8 and odd[0]["f1"] < 0.6 and named[0]["f1"] > 0.8, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
