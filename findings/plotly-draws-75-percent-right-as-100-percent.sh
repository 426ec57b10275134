#!/bin/sh
# Plotly draws a trend of 100% through replies of which 75% are right, and of 0% through those of which 25% are; seaborn
# and Vega-Lite do too.
#
# trendline="lowess" is a moving line that outliers are not to pull: what lies far from it is given less weight, three
# times over. Scores of 0 and 1 have no outliers, but the rarer of the two always lies far from the line, and loses
# weight each time, until it counts for nothing. What statsmodels fits is then the commoner score. Plotly has no setting
# that turns this off, and neither has seaborn's regplot(lowess=True); Vega's loess, which Vega-Lite and Altair draw,
# weighs in the same way. For "fine-tune, or keep prompting?": an eval leaves single replies behind, each right or
# wrong, by the number of examples. Where they rise from 70% to 90%, the line is at the ceiling from the first example
# on: nothing seems left to gain, by examples or by fine-tuning. A task that is too hard lies flat at 0. Draw means with
# their intervals, or take statsmodels' lowess with it=0.
#
# Seen with plotly 7.1.0, statsmodels 0.15.0, seaborn 0.13.2 and vega-statistics 2.0.0, for 100 replies at each of seven
# numbers of examples: 70% to 90% right is drawn as 100% throughout by all three, 60% to 80% as 65% or 67% to 87% or
# 88%; 75% at each as 100%, and 97% by Vega, and 25% at each as 0%, and 3% by Vega. With it=0 each is within 2 points.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  plotly==7.1.0 statsmodels==0.15.0 seaborn==0.13.2 numpy==2.4.6 pandas==3.1.1 >/dev/null 2>&1
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" vega-statistics@2.0.0 >/dev/null 2>&1
cat > "$folder/loess.mjs" <<'JS'
import { regressionLoess } from "vega-statistics";

const curves = JSON.parse(process.argv[2]);
const fitted = curves.map((rows) => regressionLoess(rows, (row) => row[0], (row) => row[1], 2 / 3));
console.log(JSON.stringify(fitted.map((line) => line.map(([, y]) => y))));
JS
cat > "$folder/seen.py" <<'PY'
import json
import os
import subprocess
import sys
from importlib.metadata import version

import numpy as np

os.environ["MPLBACKEND"] = "agg"
import matplotlib.pyplot as plt  # noqa: E402 (after its settings)
import plotly.express as px  # noqa: E402
import seaborn as sns  # noqa: E402
from statsmodels.nonparametric.smoothers_lowess import lowess  # noqa: E402

SHOTS = [0, 1, 2, 4, 8, 16, 32]
CURVES = {
    "70% to 90%": [70, 75, 79, 82, 85, 88, 90], "75% at each": [75] * 7, "25% at each": [25] * 7,
    "60% to 80%": [60, 64, 68, 71, 74, 77, 80],
}


def replies(right):
    """100 replies at each number of examples, and whether each is right."""
    return np.repeat(SHOTS, 100), np.concatenate([np.arange(100) < share for share in right]).astype(float)


def by_plotly(x, y):
    line = px.scatter(x=x, y=y, trendline="lowess").data[1]
    return dict(zip(line.x, line.y))


def by_seaborn(x, y):
    (line,) = sns.regplot(x=x, y=y, lowess=True, ax=plt.figure().subplots()).get_lines()
    return dict(zip(line.get_xdata(), line.get_ydata()))


def percent(line):
    return [round(100 * float(line[k])) for k in SHOTS]


data = [replies(right) for right in CURVES.values()]
rows = json.dumps([np.column_stack(one).tolist() for one in data])
vega = json.loads(subprocess.run(["node", sys.argv[1], rows], check=True, capture_output=True, text=True).stdout)
seen = {}
for (name, right), one, fitted in zip(CURVES.items(), data, vega):
    plain = lowess(one[1], one[0], it=0, xvals=np.array(SHOTS, float))
    lines = [by_plotly(*one), by_seaborn(*one), dict(zip(SHOTS, fitted)), dict(zip(SHOTS, plain))]
    seen[name] = [percent(line) for line in lines]
print(f"plotly {version('plotly')}, statsmodels {version('statsmodels')}, seaborn {version('seaborn')}, vega-statistics 2.0.0")
for name, lines in seen.items():
    print(f"  {name}: {CURVES[name]} is drawn as")
    for drawn, by in zip(lines, ("plotly", "seaborn", "Vega", "it=0")):
        print(f"    {drawn} by {by}")
ceiling, often_right, often_wrong, middle = seen.values()
assert ceiling[:3] == [[100] * 7] * 3, "the behaviour has changed"
assert often_right[:3] == [[100] * 7, [100] * 7, [97] * 7], "the behaviour has changed"
assert often_wrong[:3] == [[0] * 7, [0] * 7, [3] * 7], "the behaviour has changed"
assert [(line[0], line[-1]) for line in middle[:3]] == [(67, 88), (67, 88), (65, 87)], "the behaviour has changed"
assert all(np.max(np.abs(np.subtract(lines[3], CURVES[name]))) <= 2 for name, lines in seen.items())
PY
"$folder/venv/bin/python" "$folder/seen.py" "$folder/loess.mjs" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
