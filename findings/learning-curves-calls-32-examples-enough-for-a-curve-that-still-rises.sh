#!/bin/sh
# learning-curves says of a curve that still rises at 2,048 examples that 32 are enough, and of one that is nearly flat there
# that it takes 49,387.
#
# It fits curves to a model's scores by number of examples, and threshold() says at how many the best of them reaches 99%
# of the score that it never passes. It looks as far as 1,000,000 where the most was 2,048. Where the curve is not there
# by then, the first number it looked at is returned, which is the smallest that was measured, beside the score at the end
# of all learning. So the slower the curve, the later the answer, up to where it jumps to the start; nothing is raised or
# said, and the plot draws its line there. For "fine-tune, or keep prompting?": curves on language often rise by a power
# of 0.3 or less, and for these the answer to "do I have enough data" is yes, after the first point; further labels, and
# the fine-tuning that they are for, are given up where they would bring most. Look at the score that is returned as the
# third number: it has to be 99% of the first.
#
# Seen with learning-curves 0.2.2, scipy 1.17.1 and 7 points from 32 to 2,048 examples, by its curve "pow": with a power of
# 0.5, 49,387 examples for 89.1% of 90%; with 0.3, 32 for 60.2% of 92%, and so with 0.2 and 0.1. At 2,048 they have 86%, 83%,
# 73% and 62%.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 \
  scikit-learn==1.9.1 matplotlib==3.11.2 dill==0.3.9 >/dev/null 2>&1
# What it names as a need is sklearn, which is scikit-learn by a name that installs nothing any more.
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check --no-deps learning-curves==0.2.2 \
  >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
import warnings
from importlib.metadata import version

import numpy as np
from learning_curves import LearningCurve

warnings.simplefilter("ignore")
EXAMPLES = np.array([32, 64, 128, 256, 512, 1024, 2048])
CURVES = {0.5: (0.9, 2.0), 0.3: (0.92, 0.9), 0.2: (0.9, 0.8), 0.1: (0.9, 0.6)}

print(f"learning-curves {version('learning-curves')}, scipy {version('scipy')}: score at 2,048, and what is enough")
seen = {}
for power, (end, missing) in CURVES.items():
    scores = end - missing * EXAMPLES ** -power
    curves = LearningCurve()
    fitted = curves.fit(curves.get_predictor("pow"), EXAMPLES, scores)
    seen[power] = limit, enough, there = [float(value) for value in curves.threshold_cust(fitted, EXAMPLES)]
    print(f"  power of {power}: {scores[-1]:.0%}; {enough:,.0f} examples for {there:.1%} of {limit:.0%}")
    assert fitted.score > 0.9999 and abs(limit - end) < 0.001, "the behaviour has changed"
assert 40_000 < seen[0.5][1] < 60_000 and seen[0.5][2] > 0.98 * seen[0.5][0], "the behaviour has changed"
assert all(seen[power][1] == 32 and seen[power][2] < 0.7 for power in (0.3, 0.2, 0.1)), "the behaviour has changed"
PY
MPLBACKEND=Agg MPLCONFIGDIR="$folder" "$folder/venv/bin/python" "$folder/seen.py"
