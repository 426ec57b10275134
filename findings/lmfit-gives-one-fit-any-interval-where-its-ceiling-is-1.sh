#!/bin/sh
# lmfit gives one and the same fitted curve an interval of 0.2 points or of 15, by where the fit was started, as soon as
# its ceiling is bounded by 1 and reached.
#
# An accuracy is at most 1, and max=1 is how lmfit is told. It replaces a bounded parameter by an angle whose sine it
# is. At the bound the sine is flat: the value hardly changes with the angle, and its error is calculated from a slope
# that is nearly 0 by another that is nearly 0. What remains is where the search happened to stop, some way from the
# bound by the last digits. Value, curve and residuals are the same for each start; errorbars is True, the message says
# that the fit succeeded, and eval_uncertainty makes a band of it. For learning curves: a task that is nearly solved
# with many examples is the usual one, and "how good with 1,024" is read off that band. By the start it says certain or
# nothing, and a tidy start, near the ceiling, is as good as any other. "Certain that more examples bring nothing" ends
# the labelling on no evidence. Look whether a value is within a thousandth of its bound; if so, take the interval from
# fits to data drawn anew, or leave the bound out and cut the band at 1.
#
# Seen with lmfit 1.3.4, scipy 1.17.1 and numpy 2.4.6, a curve of 8 points from 1 to 128 examples and 21 starts: all
# curves are the same to a thousandth, and the 95% half-width at 1,024 examples is from 0.001 to 0.15; without the bound
# it is 0.044 for each.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lmfit==1.3.4 scipy==1.17.1 numpy==2.4.6 >/dev/null 2>&1
cat > "$folder/seen.py" <<'PY'
from importlib.metadata import version

import lmfit
import numpy as np

EXAMPLES = np.array([1, 2, 4, 8, 16, 32, 64, 128.0])
ACCURACY = np.array([0.57, 0.74, 0.92, 0.93, 0.95, 0.99, 1.0, 1.0])
STARTS = [(ceiling, power) for ceiling in (0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 0.999) for power in (0.3, 0.5, 1.0)]


def curve(n, ceiling, gain, power):
    return ceiling - gain * n**-power


def fits(highest):
    """By start: the curve, the half-width of the 95% interval at 1,024 examples, and whether lmfit is content."""

    model = lmfit.Model(curve)
    for ceiling, power in STARTS:
        parameters = model.make_params(
            ceiling={"value": ceiling, "min": 0, "max": highest}, gain={"value": 0.5, "min": 0}, power={"value": power, "min": 0, "max": 5},
        )
        fit = model.fit(ACCURACY, parameters, n=EXAMPLES)
        wide = fit.eval_uncertainty(n=np.array([1024.0]), sigma=1.96)[0]
        yield fit.best_fit, float(wide), bool(fit.success and fit.errorbars)


print(f"lmfit {version('lmfit')}, scipy {version('scipy')}, {len(STARTS)} starts of one fit; half-width of the 95% interval at 1,024 examples:")
seen = {}
for name, highest in (("ceiling at most 1", 1), ("no bound", np.inf)):
    curves, widths, content = zip(*fits(highest), strict=True)
    apart = float(np.ptp(np.array(curves), axis=0).max())
    seen[name] = min(widths), max(widths), apart, all(content)
    print(f"  {name}: {min(widths):.4f} to {max(widths):.4f}; curves are apart by {apart:.5f} at most; all succeeded: {all(content)}")
low, high, apart, content = seen["ceiling at most 1"]
assert high > 20 * low and low < 0.005 and high > 0.1 and apart < 0.001 and content, "the behaviour has changed"
low, high, apart, content = seen["no bound"]
assert high < 1.02 * low and content, "the behaviour has changed"
PY
"$folder/venv/bin/python" "$folder/seen.py"
