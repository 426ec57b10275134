#!/bin/sh
# PyCM gives accuracy 0, with a 95% interval from 0 to 0, to replies that are all right, where the labels are 1.0 and 0.0 and
# the replies 1 and 0, as they are once a label of the file is missing.
#
# Where the types of the two lists differ, both are written as texts, and "1.0" is another class than "1": four classes, of which
# no reply hits one. pandas turns a column of whole numbers into floats as soon as one is missing, and they stay floats when
# that row is dropped; the replies beside them stay whole. True and False against 1 and 0 go the same way. All are equal in
# Python, and scikit-learn has accuracy 1 for the same lists. No warning; kappa is 0 and the F1 of each class 0. For learning
# curves: a ceiling becomes a floor as soon as an unlabelled row is in the file, and by the way in which the replies were read;
# of two models, one read from JSON and one from a table, one is right and one is never right. Turn both lists into the same
# type before the matrix is made, and look at its classes.
#
# Seen with pycm 4.6, pandas 3.1.1 and scikit-learn 1.9.1, for 100 rows of which 20 have no label: accuracy 0 from 0 to 0, classes 0,
# 0.0, 1 and 1.0; 1 with the labels as whole numbers; 1 by scikit-learn both times.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check pycm==4.6 pandas==3.1.1 numpy==2.4.6 \
  scikit-learn==1.9.1 scipy==1.17.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import pandas as pd
from pycm import ConfusionMatrix
from sklearn.metrics import accuracy_score

rows = pd.DataFrame({"label": [1, 0, 1, None, 0] * 20, "reply": [1, 0, 1, 1, 0] * 20}).dropna()


def seen(labels, replies):
    matrix = ConfusionMatrix(labels.tolist(), replies.tolist())
    return matrix.Overall_ACC, matrix.overall_stat["95% CI"], matrix.Kappa, list(matrix.classes)


floats, whole = seen(rows.label, rows.reply), seen(rows.label.astype(int), rows.reply)
both = accuracy_score(rows.label, rows.reply), accuracy_score(rows.label.astype(int), rows.reply)
truth = seen(rows.label.astype(int).astype(bool), rows.reply)[0]
print(f"pycm {version('pycm')}, {len(rows)} right replies, labels of type {rows.label.dtype}: accuracy, interval, kappa and "
      f"classes {floats}")
print(f"labels as whole numbers {whole}, as True and False {truth}; scikit-learn {both}")
assert floats == (0, (0, 0), 0, ["0", "0.0", "1", "1.0"]) and truth == 0, "the behaviour has changed"
assert whole == (1, (1, 1), 1, [0, 1]) and both == (1, 1), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
