#!/bin/sh
# numpy's Generator.choice draws other examples for each k by one seed: of the 8 examples one is among the 16, where
# RandomState.choice has all of them.
#
# Without replacement, RandomState shuffles the pool and takes the first k, so that more is those and others.
# default_rng, which numpy advises in its place and which ruff's rule NPY002 asks for, draws k numbers by another way
# that depends on k, and shuffles these. Code that is brought up to date so still takes a seed and looks the same.
# pandas' sample is nested by random_state=0, and is not with a Generator in its place, as the draw is the Generator's.
# For learning curves: the points of a seed are then draws of their own. A step from 8 to 16 mixes "more" with "others",
# so that curves need more seeds for the same interval; what a provider caches of the common beginning is not hit, and
# prompts of all k together show more examples, each of which has to be labelled. Draw one permutation, and take its
# first k.
#
# Seen with numpy 2.4.6 and pandas 3.1.1, a pool of 200, k of 4 to 128 and 100 seeds: each smaller draw is the beginning
# of the next by RandomState, by pandas with a number and by default_rng's permutation, for all seeds; by default_rng's
# choice and by pandas with a Generator for none. Of 8 examples 1.1 are among the 16 then, on average, and all draws
# together show 164 examples instead of 128.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  numpy==2.4.6 pandas==3.1.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version
from itertools import pairwise
from statistics import mean

import numpy as np
import pandas as pd

SIZES, SEEDS, POOL = (4, 8, 16, 32, 64, 128), range(100), 200
rows = pd.DataFrame({"row": range(POOL)})
DRAWS = {
    "RandomState.choice": lambda seed, k: np.random.RandomState(seed).choice(POOL, k, replace=False),
    "pandas, a number": lambda seed, k: rows.sample(k, random_state=seed)["row"],
    "default_rng's permutation": lambda seed, k: np.random.default_rng(seed).permutation(POOL)[:k],
    "default_rng's choice": lambda seed, k: np.random.default_rng(seed).choice(POOL, k, replace=False),
    "its choice without shuffling": lambda seed, k: np.random.default_rng(seed).choice(POOL, k, replace=False, shuffle=False),
    "pandas, a Generator": lambda seed, k: rows.sample(k, random_state=np.random.default_rng(seed))["row"],
}
print(f"numpy {version('numpy')}, pandas {version('pandas')}: seeds of 100 where each draw goes on with the one before,")
print("how many of 8 examples are among the 16, and the examples of all six draws together, on average")
seen = {}
for name, draw in DRAWS.items():
    drawn = [[list(map(int, draw(seed, k))) for k in SIZES] for seed in SEEDS]
    nested = sum(all(more[: len(few)] == few for few, more in pairwise(draws)) for draws in drawn)
    seen[name] = nested, mean(len({*draws[1]} & {*draws[2]}) for draws in drawn), mean(len(set().union(*draws)) for draws in drawn)
    print("  {}: {}, {:.1f}, {:.0f}".format(name, *seen[name]))
for name, (nested, shared, together) in seen.items():
    expected = (100, 8, 128) if list(DRAWS).index(name) < 3 else None
    assert expected is None or (nested, shared, together) == expected, "the behaviour has changed"
    assert expected or nested == 0 and shared < 2 and together > 140, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
