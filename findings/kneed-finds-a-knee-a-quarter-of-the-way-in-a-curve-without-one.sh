#!/bin/sh
# kneed finds a knee in a curve that has none, a quarter of the way to where measuring ended, or less: at 8 of 32
# examples, 32 of 128, and 128 of 1,024.
#
# A knee is sought where a curve stands highest above the line from its first point to its last, once both axes are
# stretched to one length. A curve that gains the same at each doubling, as learning curves often do, always bows above
# that line, in nearly the same shape however long it is. So the knee says where measuring ended, and nothing of the
# model. elbow-helper, made to name none where there is none, confirms such knees, with 90% intervals that exclude one
# another: it only rules out a straight line. On a straight line with noise kneed finds one too, nearly
# always from 12 points on. For "fine-tune, or keep prompting?": "accuracy flattens at 8 examples" is read off a curve
# that gains five points more at 16, at 32 and at 64. Of one model, who measures to 32 decides otherwise than who
# measures to 1,024. Give kneed the logarithm of the number of examples, and ask what the next doubling would add, with
# its interval.
#
# Seen with kneed 0.9.0, elbow-helper 0.4.0 and numpy 2.4.6, for 50% and 5 points more at each doubling: the knee is at
# 4, 8, 16, 32 and 128 where the curve ends at 16, 32, 64, 128 and 1,024; by the logarithm there is none. elbow-helper
# has 12 to 14, 37 to 46 and 164 to 213, for 50 sizes up to 50, 200 and 800. Of 200 straight lines with noise of a
# twentieth of their rise, kneed finds a knee on 76, 182 and 200 with 8, 12 and 20 points.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  kneed==0.9.0 elbow-helper==0.4.0 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import numpy as np
from elbow_helper import RobustKneeConfig, robust_knee
from kneed import KneeLocator

SHAPE = {"curve": "concave", "direction": "increasing"}


def gains(examples):
    """50% with one example, and 5 points more at each doubling."""
    return 0.5 + 0.05 * np.log2(examples)


def knee(x, y):
    found = KneeLocator(x, y, **SHAPE).knee
    return None if found is None else int(found)


knees = {}
for doublings in (4, 5, 6, 7, 10):
    shots = 2.0 ** np.arange(doublings + 1)
    knees[int(shots[-1])] = knee(shots, gains(shots)), knee(np.log2(shots), gains(shots))
certified = {}
for last in (50, 200, 800):
    sizes = np.linspace(1, last, 50)
    found = robust_knee(sizes, gains(sizes), config=RobustKneeConfig(random_seed=0), **SHAPE)
    assert found.is_clear, "the behaviour has changed"
    certified[last] = [round(float(end)) for end in found.ci90]
chance = np.random.default_rng(0)
on_lines = {}
for points in (8, 12, 20):
    line = np.arange(points)
    found = [knee(line, line / points + chance.normal(0, 0.05, points)) for _ in range(200)]
    on_lines[points] = sum(one is not None for one in found)
print(f"kneed {version('kneed')}, elbow-helper {version('elbow-helper')}: a curve that gains 5 points at each doubling")
for last, (found, by_logarithm) in knees.items():
    print(f"  measured to {last}: knee at {found}; by the logarithm at {by_logarithm}")
for last, (low, high) in certified.items():
    print(f"  50 sizes to {last}, elbow-helper: a clear knee, 90% interval {low} to {high}")
print(f"  straight lines with noise, of 200, on which kneed finds a knee, by points: {on_lines}")
assert list(knees.values()) == [(4, None), (8, None), (16, None), (32, None), (128, None)], "the behaviour has changed"
assert certified[50][1] < certified[200][0] and certified[200][1] < certified[800][0], "the behaviour has changed"
assert on_lines == {8: 76, 12: 182, 20: 200}, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
