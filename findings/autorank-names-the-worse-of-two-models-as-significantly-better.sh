#!/bin/sh
# autorank reports that a base model is "significantly larger" than its fine-tuned copy, with a large effect, where the copy is right on
# 11 items more and wrong on none more; with the two columns the other way round, that there is no difference.
#
# Of two models whose scores are not normal, one is tested for being greater than the other, in that direction alone: the one with the
# larger median. Where replies are right or wrong and most are right, both medians are 1. The test takes the first column then, and
# the report the first row of its table, which is the model with the worse mean rank. So a gain is either not found, since it is
# looked for in the wrong direction, or found and named as one of the base. The effect size is 0 divided by 0, and called large.
# For "fine-tune, or keep prompting?": a sure gain of five points on 200 items ends as an advice against fine-tuning, in a
# sentence that is made to be pasted, by the order of columns. Where the medians differ, test and report are right. Take
# McNemar's test for scores of 0 and 1.
#
# Seen with autorank 1.3.0, pandas 3.1.1 and scipy 1.17.1: p = 1.000 with the base first, and p = 0.000 with it second, where
# "the median of base is significantly larger than the median value of tuned"; 0.001 by an exact McNemar test.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check autorank==1.3.0 pandas==3.1.1 numpy==2.4.6 \
  scipy==1.17.1 statsmodels==0.15.0 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import contextlib
import io
import warnings
from importlib.metadata import version

import pandas as pd
from autorank import autorank, create_report
from scipy.stats import binomtest

warnings.simplefilter("ignore")
BASE = [1] * 127 + [0] * 73
TUNED = [1] * 138 + [0] * 62  # right wherever the base is, and on 11 items more


def report(**columns):
    """p, and the sentence that says which of the two is larger."""
    result = autorank(pd.DataFrame(columns), verbose=False)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        create_report(result)
    sentences = said.getvalue().split("Therefore, we assume that ")
    return round(float(result.pvalue), 4), sentences[-1].strip()


exact = binomtest(11, 11).pvalue
first, second = report(base=BASE, tuned=TUNED), report(tuned=TUNED, base=BASE)
print(f"autorank {version('autorank')}, 63.5% and 69% right, exact McNemar p = {exact:.4f}")
print(f"base, tuned: {first}")
print(f"tuned, base: {second}")
assert exact < 0.001 and first[0] > 0.99 and "no statistically significant difference" in first[1], "the behaviour has changed"
assert second[0] < 0.001, "the behaviour has changed"
assert second[1].startswith("the median of base is significantly larger than the median value of tuned with a large effect"), (
    "the behaviour has changed"
)
PY
"$folder/venv/bin/python" "$folder/seen.py"
