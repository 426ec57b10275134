#!/bin/sh
# mlxtend's McNemar test gives p = 0 for two models that are right on the very same items: a certain difference where
# there is none.
#
# The statistic is the square of the distance between the items that only one and only the other has right, less 1 for
# continuity, over their sum. With no such items the distance is 0, the 1 is taken off all the same, and 1 over 0 is
# infinite. One item on which they differ gives p = 1, so that the step from none to one is the whole scale. statsmodels
# does the same with exact=False; NumPy warns of a division, which a log shows once if at all. For "fine-tune, or keep
# prompting?": a model and its fine-tuned copy can agree on every item, above all where both are at 100%, or where an
# adapter was not loaded and the same model was asked twice. A gate on p < 0.05 then passes just where training did
# nothing. Take exact=True, which says 1, and look at how many items differ.
#
# Seen with mlxtend 0.25.0 and statsmodels 0.15.0, for 40 items of which both models have the same 20, or all, right:
# p = 0 by both; 1 with exact=True, and 1 by all where they differ in one item.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  mlxtend==0.25.0 statsmodels==0.15.0 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import numpy as np
from mlxtend.evaluate import mcnemar, mcnemar_table
from statsmodels.stats.contingency_tables import mcnemar as of_statsmodels

np.seterr(all="ignore")
TARGETS = np.ones(40, int)


def p_values(old, new):
    """Of mlxtend and of statsmodels: by the squares, and exact."""
    table = mcnemar_table(TARGETS, old, new)
    by_squares = mcnemar(table)[1], of_statsmodels(table, exact=False).pvalue
    exact = mcnemar(table, exact=True)[1], of_statsmodels(table).pvalue
    return [float(p) for p in by_squares], [float(p) for p in exact]


half = np.arange(40) % 2
one_more = np.where(np.arange(40) == 0, 1, half)
seen = {
    "the same 20 of 40 right": p_values(half, half),
    "both right on all 40": p_values(TARGETS, TARGETS),
    "one item more": p_values(half, one_more),
}
print(f"mlxtend {version('mlxtend')}, statsmodels {version('statsmodels')}: p by squares, and exact")
for models, (by_squares, exact) in seen.items():
    print(f"  {models}: {by_squares}, {exact}")
*equal, unequal = seen.values()
assert equal == [([0, 0], [1, 1])] * 2 and unequal == ([1, 1], [1, 1]), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
