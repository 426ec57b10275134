"""What would settle an open verdict. Lives here: the same forecast on data that are not there yet.

The answer is found by doing it: the fitted curve is taken as what more items, draws or shots would show, their noise
is made as small as those would make it, and the forecast is made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import Forecast, fitted
from curvefit.curves.variance import Noise

__all__ = ["settled", "what_would_settle"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]

_MULTIPLES: Final = (2, 4, 8, 16)
_TRIES: Final = 800  # draws of the posterior are enough to say "about"


def settled(gain: Estimate, margin: float) -> bool:
    """Whether the interval lies on one side of the margin."""
    return gain.low > margin or (-margin < gain.low and gain.high < margin)


def what_would_settle(curve: Curve, forecast: Forecast, margin: float, horizon: int) -> str:
    """Say which measurement would put the gain left on one side of the margin."""
    seen = curve.observed
    shots, noise = curve.shots[seen], curve.noise()
    last = int(shots[-1])

    def settles(at: IntArray, less: Noise) -> bool:
        fit = fitted(at, forecast.band(at)[0], less, forecast.level, seed=0, n_draws=_TRIES)
        return settled(fit.gain(last, horizon), margin)

    for group in _WAYS:
        ways = [found for way in group if (found := way(curve, shots, noise, settles))]
        if not ways:
            continue
        return f"If the fitted curve is about right, {' or '.join(ways)} would settle it."
    gain = forecast.gain(last, horizon)
    widest = 100 * max(abs(gain.low), abs(gain.high))
    return (
        f"Not even {_MULTIPLES[-1]} times the items and draws and 4 times the shots would tell on which side of the"
        f" margin the gain lies. These data do say that accuracy will change by less than {widest:.1f} points, with"
        f" {100 * gain.level:.0f}% confidence: if that is enough, decide by cost; if not, judge by another margin."
    )


Settles = Callable[[IntArray, Noise], bool]


def _more_items(curve: Curve, shots: IntArray, noise: Noise, settles: Settles) -> str:
    if curve.summary is not None:
        return ""
    items, _ = _counts(curve)
    times = _fewest(lambda times: settles(shots, _with_less(noise, items=times)))
    return f"about {times * items} items instead of {items}" if times else ""


def _more_draws(curve: Curve, shots: IntArray, noise: Noise, settles: Settles) -> str:
    _, draws = _counts(curve)
    times = _fewest(lambda times: settles(shots, _with_less(noise, draws=times)))
    if times and curve.summary is not None:
        return f"standard errors {np.sqrt(times):.1f} times smaller"
    return f"about {times * draws} draws instead of {draws}" if times else ""


def _more_of_both(curve: Curve, shots: IntArray, noise: Noise, settles: Settles) -> str:
    if curve.summary is not None:
        return ""
    items, draws = _counts(curve)
    times = _fewest(lambda times: settles(shots, _with_less(noise, items=times, draws=times)))
    return f"about {times * items} items and {times * draws} draws instead of {items} and {draws}" if times else ""


def _counts(curve: Curve) -> tuple[int, int]:
    seen = ~np.isnan(curve.scores)
    return int(seen.any(axis=1).sum(axis=1).max()), int(seen.any(axis=2).sum(axis=1).max())


def _with_less(noise: Noise, items: int = 1, draws: int = 1) -> Noise:
    """Return the noise of so many times the items and draws."""
    return replace(noise, items=noise.items / items, draws=noise.draws / draws, df_draws=noise.df_draws * draws)


def _fewest(enough: Callable[[int], bool]) -> int:
    """Return the smallest multiple that is enough, or 0; the largest is tried first, since often not even that is."""
    if not enough(_MULTIPLES[-1]):
        return 0
    return next((times for times in _MULTIPLES[:-1] if enough(times)), _MULTIPLES[-1])


def _more_shots(curve: Curve, shots: IntArray, noise: Noise, settles: Settles) -> str:
    at = shots
    for _ in range(2):
        at, noise = _further(at, noise)
        if settles(at, noise):
            return f"measuring up to {at[-1]} shots"
    return ""


def _more_of_all(curve: Curve, shots: IntArray, noise: Noise, settles: Settles) -> str:
    if curve.summary is not None:
        return ""
    items, draws = _counts(curve)
    at = 4 * max(int(shots[-1]), 1)
    times = _fewest(lambda times: settles(*_further(*_further(shots, _with_less(noise, items=times, draws=times)))))
    return f"measuring up to {at} shots with about {times * items} items and {times * draws} draws" if times else ""


def _further(shots: IntArray, noise: Noise) -> tuple[IntArray, Noise]:
    """Return the design and noise with one more number of shots, twice the last."""
    further = np.append(shots, 2 * max(int(shots[-1]), 1))
    return further, replace(noise, items=_one_more(noise.items), draws=_one_more(noise.draws))


def _one_more(covariance: FloatArray) -> FloatArray:
    """As noisy as the last row, and as close to it as that is to the one before; no closer to the others."""
    size = len(covariance)
    grown = np.zeros((size + 1, size + 1))
    grown[:size, :size] = covariance
    grown[size, size] = covariance[-1, -1]
    if size > 1 and covariance[-2, -2] > 0:
        # Regressing the new row on the last one keeps the matrix positive definite.
        share = np.clip(covariance[-1, -2] / np.sqrt(covariance[-1, -1] * covariance[-2, -2]), 0.0, 0.95)
        grown[size, :size] = grown[:size, size] = share * covariance[-1]
    return grown


# The first group with anything that would settle it is what is said.
_WAYS: Final = ((_more_items, _more_draws, _more_shots), (_more_of_both,), (_more_of_all,))
