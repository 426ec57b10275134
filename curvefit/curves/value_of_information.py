"""What a measurement not yet made would tell. Lives here: its noise, its calls, and the chance that it settles things.

Preposterior analysis (Raiffa & Schlaifer 1961, *Applied Statistical Decision Theory*): the posterior's own curves are
taken for the truth in turn, each is measured in imagination, and the posterior is made anew, by weighing the other
curves with the likelihood of what was seen. Nothing is fitted again, so that many ways to go on can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve
from curvefit.curves.forecast import Forecast
from curvefit.curves.variance import Noise

__all__ = ["Extent", "chance", "measured", "settled"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]

_TRUTHS: Final = 200  # curves that are taken for the truth: chances are good to about 3 points


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """How much is measured in all.

    Attributes
    ----------
    shots : int array (S,)
        Ascending.
    draws, items : int array (S,)
        How many of each, the first ones always. For a curve from means, whose numbers are unknown, both are relative.
    """

    shots: IntArray
    draws: IntArray
    items: IntArray

    @property
    def calls(self) -> int:
        """Trials that differ: at 0 shots all draws are one prompt."""
        return int((np.where(self.shots > 0, self.draws, 1) * self.items).sum())


def measured(curve: Curve) -> Extent:
    """Return how much has been measured, where there is anything."""
    shots = curve.shots[curve.observed]
    if curve.summary is not None:
        return Extent(shots, np.ones_like(shots), np.ones_like(shots))
    seen = ~np.isnan(curve.scores[curve.observed])
    return Extent(shots, seen.any(axis=2).sum(axis=1), seen.any(axis=1).sum(axis=1))


def chance(curve: Curve, forecast: Forecast, then: Extent, *, margin: float, horizon: int, level: float) -> float:
    """Return the probability that an interval of the gain left will lie on one side of the margin.

    Parameters
    ----------
    curve : Curve
        What has been measured.
    forecast : Forecast
        Its forecast.
    then : Extent
        What will have been, in the end: at least as much, and maybe at more shots, beyond the last.
    margin, horizon
        As of the verdict; the gain is the one from the last number of shots measured by now.
    level : float
        Of the interval then.
    """
    rng = np.random.default_rng(0)
    seen = curve.shots[curve.observed]
    told = forecast.draws.at(then.shots.astype(float)) @ _root(_news(curve.noise(), measured(curve), then))
    gain = forecast.change(int(seen[-1]), horizon)
    order = np.argsort(gain)
    told, gain = told[order], gain[order]
    truth = np.zeros(len(gain), dtype=bool)
    truth[:: max(len(gain) // _TRUTHS, 1)] = True
    seen_then = told[truth] + rng.standard_normal((int(truth.sum()), told.shape[1]))
    others, gains = told[~truth], gain[~truth]
    # In place, and ends of intervals by bisection: this is most of what an analysis takes.
    weight = seen_then @ others.T
    weight -= (others**2).sum(axis=1) / 2
    weight -= weight.max(axis=1, keepdims=True)
    share = np.cumsum(np.exp(weight, out=weight), axis=1, out=weight)
    ends = np.array([(1 - level) / 2, (1 + level) / 2])
    at = np.array([np.searchsorted(row, ends * row[-1]) for row in share])
    low, high = gains[np.minimum(at, len(gains) - 1)].T
    return float(settled(low, high, margin).mean())


def settled(low: FloatArray, high: FloatArray, margin: float) -> NDArray[np.bool_]:
    """Whether each interval of a gain, from low to high, lies on one side of the margin."""
    return np.asarray((low > margin) | ((low > -margin) & (high < margin)))


def _news(noise: Noise, now: Extent, then: Extent) -> FloatArray:
    """Return the precision (T, T) that is added to what is known of the means by now."""
    size = len(now.shots)
    items, draws = noise.items, noise.draws
    base_items, base_draws = now.items, now.draws
    for _ in then.shots[size:]:
        items, draws = _one_more(items), _one_more(draws)
        base_items, base_draws = np.append(base_items, base_items[-1]), np.append(base_draws, base_draws[-1])
    total = items * _shrunken(base_items, then.items) + draws * _shrunken(base_draws, then.draws)
    added = np.linalg.inv(total)
    added[:size, :size] -= np.linalg.inv(noise.items + noise.draws)
    return np.asarray(added)


def _shrunken(now: IntArray, then: IntArray) -> FloatArray:
    """How much smaller each covariance gets: of two rows it goes by the one that has more."""
    return np.asarray(np.maximum.outer(now, now) / np.maximum.outer(then, then))


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


def _root(precision: FloatArray) -> FloatArray:
    """Return a matrix whose product with its transpose is the precision; what is negative by rounding becomes 0."""
    values, vectors = np.linalg.eigh((precision + precision.T) / 2)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
