"""The value of a measurement before it is made. Lives here: its noise, its calls, its chance to settle the verdict.

Preposterior analysis (Raiffa & Schlaifer 1961, *Applied Statistical Decision Theory*): each of the posterior's own
curves is taken for the truth in turn, a measurement of it is simulated, and the posterior is updated by weighting the
other curves with the likelihood of the simulated data. Nothing is fitted again, so that many designs can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve
from curvefit.curves.forecast import Forecast
from curvefit.curves.variance import Noise

__all__ = ["CHANCE_STDERR", "Extent", "Preposterior", "measured_extent"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]

_N_TRUTHS: Final = 200  # curves taken for the truth
CHANCE_STDERR: Final = 0.5 / _N_TRUTHS**0.5  # of a chance near one half
_AT_ONCE: Final = 8  # of them: the weights of so many stay in a processor's cache, which is most of the speed


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """How much is measured in all.

    Attributes
    ----------
    shots : int array (S,)
        Ascending.
    draws, items : int array (S,)
        How many of each; always the first ones. For a curve from means, whose numbers are unknown, both are relative.
    """

    shots: IntArray
    draws: IntArray
    items: IntArray

    @property
    def calls(self) -> int:
        """Trials that differ: at 0 shots all draws are one prompt."""
        return int((np.where(self.shots > 0, self.draws, 1) * self.items).sum())


def measured_extent(curve: Curve) -> Extent:
    """Return how much has been measured, where there is anything."""
    shots = curve.shots[curve.observed]
    if curve.summary is not None:
        return Extent(shots, np.ones_like(shots), np.ones_like(shots))
    has_score = ~np.isnan(curve.scores[curve.observed])
    return Extent(shots, has_score.any(axis=2).sum(axis=1), has_score.any(axis=1).sum(axis=1))


class Preposterior:
    """What measuring on is worth, for any number of plans: all that does not depend on the plan is computed once.

    Parameters
    ----------
    curve : Curve
        What has been measured.
    forecast : Forecast
        Its forecast.
    margin, horizon
        As of the verdict; the gain is that from the largest number of shots measured so far.
    """

    def __init__(self, curve: Curve, forecast: Forecast, *, margin: float, horizon: int) -> None:
        self._noise, self._now, self._draws = curve.noise(), measured_extent(curve), forecast.draws
        gain = forecast.change(int(self._now.shots[-1]), horizon)
        self._order = np.argsort(gain)
        self._is_truth = np.zeros(len(gain), dtype=bool)
        self._is_truth[:: max(len(gain) // _N_TRUTHS, 1)] = True
        gains = gain[self._order][~self._is_truth]
        # Up to a loss of the margin, up to a gain of it, and beyond.
        places = np.searchsorted(gains, -margin), np.searchsorted(gains, margin, side="right")
        self._parts = [slice(a, b) for a, b in pairwise((0, *map(int, places), len(gains)))]
        self._latent: dict[bytes, FloatArray] = {}

    def settling_probability(self, planned: Extent, level: float) -> float:
        """Return the probability that the gain left will be known to exceed the margin, or to lie within it.

        `planned` is what would be measured in the end: at least as much as now, at these numbers of shots and maybe
        larger ones. The gain is known from a posterior probability of `level` on.
        """
        latent = self._latent_at(planned.shots) @ _root(_added_precision(self._noise, self._now, planned))
        truths, others = latent[self._is_truth], latent[~self._is_truth]
        simulated = truths + np.random.default_rng(0).standard_normal(truths.shape)
        # The log likelihood, but for what is equal for all, as one product of matrices.
        ours = np.column_stack([simulated, np.ones(len(simulated))])
        theirs = np.vstack([others.T, -(others**2).sum(axis=1) / 2])
        scratch, settled = np.empty((_AT_ONCE, len(others))), 0
        for start in range(0, len(ours), _AT_ONCE):
            some = ours[start : start + _AT_ONCE]
            weight = np.matmul(some, theirs, out=scratch[: len(some)])
            weight -= weight.max(axis=1, keepdims=True)
            np.exp(weight, out=weight)
            less, within, more = (weight[:, part].sum(axis=1) for part in self._parts)
            settled += int((np.maximum(more, within) >= level * (less + within + more)).sum())
        return settled / len(ours)

    def _latent_at(self, shots: IntArray) -> FloatArray:
        """Return the posterior's curves (N, T) at these numbers of shots, by their gain, ascending."""
        key = shots.tobytes()
        if key not in self._latent:
            self._latent[key] = self._draws.at(shots.astype(float))[self._order]
        return self._latent[key]


def _added_precision(noise: Noise, now: Extent, planned: Extent) -> FloatArray:
    """Return the precision (T, T) that the measurement would add to that of the means measured so far."""
    size = len(now.shots)
    items, draws = noise.items, noise.draws
    base_items, base_draws = now.items, now.draws
    for _ in planned.shots[size:]:
        items, draws = _with_another_row(items), _with_another_row(draws)
        base_items, base_draws = np.append(base_items, base_items[-1]), np.append(base_draws, base_draws[-1])
    total = items * _shrinkage(base_items, planned.items) + draws * _shrinkage(base_draws, planned.draws)
    added = np.linalg.inv(total)
    added[:size, :size] -= np.linalg.inv(noise.items + noise.draws)
    return np.asarray(added)


def _shrinkage(now: IntArray, planned: IntArray) -> FloatArray:
    """Return the factor by which each covariance shrinks: of two rows, that of the larger one."""
    return np.asarray(np.maximum.outer(now, now) / np.maximum.outer(planned, planned))


def _with_another_row(covariance: FloatArray) -> FloatArray:
    """Append a row as noisy as the last, and as correlated with it as that is with the one before."""
    size = len(covariance)
    extended = np.zeros((size + 1, size + 1))
    extended[:size, :size] = covariance
    extended[size, size] = covariance[-1, -1]
    if size > 1 and covariance[-2, -2] > 0:
        # Regressing the new row on the last one keeps the matrix positive definite.
        correlation = np.clip(covariance[-1, -2] / np.sqrt(covariance[-1, -1] * covariance[-2, -2]), 0.0, 0.95)
        extended[size, :size] = extended[:size, size] = correlation * covariance[-1]
    return extended


def _root(precision: FloatArray) -> FloatArray:
    """Return a matrix whose product with its transpose is the precision; what is negative by rounding becomes 0."""
    values, vectors = np.linalg.eigh((precision + precision.T) / 2)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
