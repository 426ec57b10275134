#!/bin/sh
# evalkit-research calls the difference between two equally good models large, and gives a model that is better the same
# effect as one that is worse.
#
# For scores that are no plain right or wrong, WilcoxonTest compares two models item by item, and gives an effect from -1
# to 1, of which 0.1 is small, 0.3 medium and 0.5 large. Of two sums, over the items where A is ahead and over those where
# B is, it takes the smaller one's share of both off 1, where twice that share is meant. So the effect is 0.5 where both
# are alike and 1 where one is always ahead; it is never below 0.5, and never negative. The smaller sum is the same
# whoever it belongs to, and nothing else in the result has a direction. For "fine-tune, or keep prompting?": with a
# judge's grades, each pair of prompts, numbers of examples or models has a large effect; with enough items to be sure, a
# fine-tuning that did harm reads as one that did much good. Look at the mean difference itself.
#
# Seen with evalkit-research 0.1.0, scipy 1.17.1 and 200 pairs of grades, 100 times each: an effect of 0.53 on average where
# both are alike and 0.50 at the least; 0.76 where B is better by a tenth and 0.75 where it is worse by as much; and 1 where
# either is always ahead. By the usual formula it is -0.01, -0.52, 0.51, and -1 and 1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check evalkit-research==0.1.0 numpy==2.4.6 \
  scipy==1.17.1 scikit-learn==1.9.1 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import numpy as np
from evalkit.metrics.comparison import WilcoxonTest
from scipy.stats import rankdata


def compared(ahead, spread):
    """Two models' grades where B is so much ahead, 100 times: evalkit's effects, and A's rank-biserial correlation."""
    random = np.random.default_rng(0)
    effects, correlations = [], []
    for _ in range(100):
        first = random.random(200)
        second = first + random.normal(ahead, spread, 200)
        effects.append(WilcoxonTest().test(first.tolist(), second.tolist()).effect_size)
        ranks = rankdata(abs(first - second))
        correlations.append((ranks * np.sign(first - second)).sum() / ranks.sum())
    return np.array(effects), float(np.mean(correlations))


print(f"evalkit-research {version('evalkit-research')}, scipy {version('scipy')}: effect, mean and least; and A's lead")
seen = {}
for name, ahead, spread in (
    ("alike", 0, 0.2),
    ("B better", 0.1, 0.2),
    ("B worse", -0.1, 0.2),
    ("B always ahead", 0.5, 0.01),
    ("B always behind", -0.5, 0.01),
):
    effects, lead = compared(ahead, spread)
    seen[name] = effects, lead
    print(f"  {name}: {effects.mean():.2f}, {effects.min():.2f}; {lead:+.2f}")
assert all(effects.min() >= 0.5 for effects, _ in seen.values()), "the behaviour has changed"
assert abs(seen["alike"][1]) < 0.05, "the behaviour has changed"
assert abs(seen["B better"][0].mean() - seen["B worse"][0].mean()) < 0.02, "the behaviour has changed"
assert seen["B better"][1] < -0.45 and seen["B worse"][1] > 0.45, "the behaviour has changed"
assert all(seen[name][0].min() > 0.99 for name in ("B always ahead", "B always behind")), "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
