#!/bin/sh
# seqeval gives F1 of 1 to a model that finds no ORG at all and calls each RATE a DATE, where labels have no B- or I- before
# them.
#
# The first letter of a label is taken for the sign of its place (B, I, O), and the rest for its name. ORG is then an O,
# outside of everything, and is neither sought nor missed; RATE and DATE are both ATE. A warning says of each label, PER
# as well, that it "seems not to be NE tag", and the score is given all the same. Models that are asked for the label of
# each word write it as it is called, and so do the targets. For learning curves on extraction: what a model does not find
# without examples is not counted, so that the curve starts near the ceiling and is flat, and fine-tuning seems to have
# nothing left to gain; a report with the names ER, OC and ATE is the only other trace. Put I- before each label but O.
#
# Seen with seqeval 1.2.2 and numpy 2.4.6: of 40 sentences with a PER, an ORG, a DATE and a RATE each, a model that misses
# every ORG and says DATE for RATE has F1 1; 0.57 with I- before the labels.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check seqeval==1.2.2 \
  scikit-learn==1.9.1 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import warnings
from importlib.metadata import version

from seqeval.metrics import classification_report, f1_score

TRUTH = [["PER", "O", "ORG", "O", "DATE", "O", "RATE"]] * 40
SAID = [["PER", "O", "O", "O", "DATE", "O", "DATE"]] * 40


def placed(sentences):
    return [[label if label == "O" else f"I-{label}" for label in sentence] for sentence in sentences]


with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    bare = f1_score(TRUTH, SAID)
    names = set(classification_report(TRUTH, SAID, output_dict=True)) - {"micro avg", "macro avg", "weighted avg"}
warned = {str(one.message).split()[0] for one in heard if "seems not to be NE tag" in str(one.message)}
prefixed = f1_score(placed(TRUTH), placed(SAID))
print(f"seqeval {version('seqeval')}: F1 {bare} of {sorted(names)}, warned of {sorted(warned)}; with I- {prefixed:.2f}")
assert bare == 1 and names == {"ER", "ATE"} and warned == {"PER", "ORG", "DATE", "RATE"}, "the behaviour has changed"
assert round(prefixed, 2) == 0.57, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
