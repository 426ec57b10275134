#!/bin/sh
# arch and scikits-bootstrap give a gain of 14 points an interval from -2 to 26, and the same difference as a loss one from -30 to
# -2: which model is taken from which decides whether it is significant.
#
# Both offer the bootstrap that is corrected for bias and skewness (BCa, scikits-bootstrap's own choice). The correction asks how
# many of the means drawn anew lie below the mean. Of right and wrong replies, one in ten is equal to it: scipy counts half of
# those, these two count none. So they see a bias where there is none, and move the whole interval down, by up to a third of a
# standard error, and the more the fewer items differ. Of scores with many decimals nothing is equal and all three agree, also in
# their own tests. For "fine-tune, or keep prompting?": "fine-tuned less base" says not sure, "base less fine-tuned" says sure
# of the same files. Accuracy and error rate do not add up either: 90 of 100 right is 82% to 94%, and 10 wrong is 5% to
# 16%. Take scipy.stats.bootstrap, or the percentile method, which both have too.
#
# Seen with arch 8.0.0, scikits-bootstrap 1.1.1, scipy 1.17.1 and 50 items, of which 10 are won and 3 lost: -2 to 26 points by both,
# and -30 to -2 with the signs exchanged; 0 to 28 and -28 to 0 by scipy. For 90 of 100: as above, and 83% to 95% by scipy.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  arch==8.0.0 scikits-bootstrap==1.1.1 scipy==1.17.1 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import numpy as np
import scikits.bootstrap
import scipy.stats
from arch.bootstrap import IIDBootstrap

DRAWS = 5000
WAYS = {
    "arch": lambda scores: IIDBootstrap(scores, seed=1).conf_int(np.mean, DRAWS, method="bca").ravel(),
    "scikits-bootstrap": lambda scores: scikits.bootstrap.ci(scores, np.mean, n_samples=DRAWS, seed=1),
    "scipy": lambda scores: scipy.stats.bootstrap((scores,), np.mean, n_resamples=DRAWS, rng=1).confidence_interval,
}
change = np.repeat([1.0, -1.0, 0.0], [10, 3, 37])
right = np.repeat([1.0, 0.0], [90, 10])

print(", ".join(f"{name} {version(name)}" for name in WAYS))
seen = {}
for name, interval in WAYS.items():
    gain, loss, accuracy, error = (
        tuple(round(100 * float(end), 1) for end in interval(scores)) for scores in (change, -change, right, 1 - right)
    )
    seen[name] = gain, loss, accuracy, error
    print(f"  {name}: gain {gain}, the same as a loss {loss}; 90 of 100 right {accuracy}, 10 wrong {error}")
for name in ("arch", "scikits-bootstrap"):
    gain, loss, accuracy, error = seen[name]
    assert gain[0] < 0 < gain[1] and loss[1] < 0, "the behaviour has changed"
    assert accuracy[1] < 100 - error[0] and accuracy[0] < 100 - error[1], "the behaviour has changed"
gain, loss, accuracy, error = seen["scipy"]
assert np.allclose(gain, [-loss[1], -loss[0]], atol=0.01), "the behaviour has changed"
PY
"$folder/venv/bin/python" -W ignore "$folder/seen.py"
