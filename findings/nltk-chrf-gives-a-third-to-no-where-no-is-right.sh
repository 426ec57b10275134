#!/bin/sh
# NLTK's chrF gives 0.33 to the reply "no" where "no" is right, 0.17 to "5" and 0.67 to "paid": a right reply has a sixth for each of its
# first six letters.
#
# The score is the mean of F over pieces of one to six letters. A text of two letters has no piece of three or more; for these it is
# counted as if nothing had been found, on a right reply as on a wrong one. The score of sacrebleu, by the same authors' definition,
# leaves out the lengths that neither text has, and is 100% for each. For learning curves: labels, numbers, dates' days and names
# of up to five letters are what replies often are. Of a model that is always right the score is the length of its labels: one that says
# "unpaid" for each "paid" has more than one that is right about "no". A curve has a ceiling far below 1 that reads as room for
# fine-tuning, and by two tasks, or by two languages, models are compared by how long their words are. Use sacrebleu's
# sentence_chrf, or an exact match for labels.
#
# Seen with nltk 3.10.4 and sacrebleu 2.6.0: for 5, no, yes, paid, grant and refuse, each right, 0.17, 0.33, 0.50, 0.67, 0.83 and 1.00,
# and 100 for each by sacrebleu; "unpaid" for "paid" has 0.61. A corpus of such right replies has 0.33 if all are "no".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check nltk==3.10.4 sacrebleu==2.6.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

from nltk.translate.chrf_score import corpus_chrf, sentence_chrf
from sacrebleu import sentence_chrf as other_chrf

LABELS = ["5", "no", "yes", "paid", "grant", "refuse"]
scores = {label: round(sentence_chrf(label, label), 2) for label in LABELS}
others = {label: round(other_chrf(label, [label]).score, 2) for label in LABELS}
wrong = round(sentence_chrf("paid", "unpaid"), 2)
corpus = round(corpus_chrf(["no"] * 40, ["no"] * 40), 2)
print(f"nltk {version('nltk')}: right replies {scores}, by sacrebleu {version('sacrebleu')} {others}; unpaid for paid {wrong}, "
      f"40 right replies of no {corpus}")
assert list(scores.values()) == [0.17, 0.33, 0.5, 0.67, 0.83, 1], "the behaviour has changed"
assert set(others.values()) == {100} and corpus == 0.33 and wrong > scores["no"], "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
