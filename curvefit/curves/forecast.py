"""Accuracy at numbers of shots that were not measured. Lives here: quantiles of the posterior; no decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.families import FAMILIES
from curvefit.curves.posterior import Draws, posteriors
from curvefit.display import PlotDisplay, TableDisplay
from curvefit.errors import CurveError

__all__ = ["Forecast", "forecast", "forecasts"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Forecast(PlotDisplay, TableDisplay):
    """The posterior of the true curve.

    Attributes
    ----------
    weights : dict of str to float
        Posterior probability of each family.
    level : float
        Coverage of all intervals.
    draws : Draws
        Equally likely curves; every number here is a quantile over them.

    Examples
    --------
    >>> curve = cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)
    >>> forecast = cf.analyze(curve).forecast
    >>> forecast.at(64).low < forecast.at(64).value < forecast.at(64).high
    True
    >>> [estimate.level for estimate in forecast.at([16, 32])]
    [0.9, 0.9]
    """

    __module__ = "curvefit"

    weights: dict[str, float]
    level: float
    draws: Draws

    @classmethod
    def of(cls, draws: Draws, level: float) -> Forecast:
        """Make a forecast of a posterior's draws."""
        share = np.bincount(draws.grid.family[draws.node], minlength=len(FAMILIES)) / len(draws.node)
        return cls({f.name: float(w) for f, w in zip(FAMILIES, share, strict=True)}, level, draws)

    def __repr__(self) -> str:
        likely = sorted(self.weights.items(), key=lambda pair: -pair[1])[:3]
        families = ", ".join(f"{name} {weight:.2f}" for name, weight in likely)
        return f"<Forecast: measured up to {self.draws.last} shots; level {self.level:g}; {families}>"

    @overload
    def at(self, shots: float) -> Estimate: ...
    @overload
    def at(self, shots: Sequence[float] | NDArray[Any]) -> tuple[Estimate, ...]: ...
    def at(self, shots: float | Sequence[float] | NDArray[Any]) -> Estimate | tuple[Estimate, ...]:
        """Return accuracy at a number of shots, or at each of several.

        Parameters
        ----------
        shots : number, or sequence (K,) of numbers
            At least 0.

        Returns
        -------
        Estimate or tuple of Estimate
            The posterior's median and an equal-tailed interval: one for a number, a tuple of K for a sequence.

        Raises
        ------
        CurveError
            No number, or a negative one.
        """
        numbers = _shot_numbers(shots)
        # One by one: many at once may differ in the last digit from each alone.
        estimates = tuple(self.estimate(self.draws.at(np.array([k]))[:, 0]) for k in np.atleast_1d(numbers))
        return estimates if numbers.ndim else estimates[0]

    def band(self, shots: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return middle, low and high (each (K,)) at many numbers of shots (K,); as `at`, at once."""
        # In rows and in order, quantiles are found faster; they are the same.
        by_shots = np.sort(self.draws.at(_shot_numbers(shots)).T, axis=1)
        low, middle, high = np.quantile(by_shots, self._quantiles(), axis=1)
        return middle, low, high

    def gain(self, from_shots: float, to_shots: float) -> Estimate:
        """Return how much accuracy changes between two numbers of shots, both on the same curve."""
        return self.estimate(self.change(from_shots, to_shots))

    def gain_per_doubling(self, shots: float) -> Estimate:
        """Return what doubling this number of shots adds (from 0 shots: what the first adds)."""
        return self.gain(shots, 2 * shots if shots else 1)

    def change(self, from_shots: float, to_shots: float) -> FloatArray:
        """Return the change between two numbers of shots on each of the posterior's curves (N,)."""
        ends = self.draws.at(_shot_numbers([from_shots, to_shots]))
        return np.asarray(ends[:, 1] - ends[:, 0])

    @property
    def seen(self) -> Forecast:
        """The forecast of accuracy as it was scored: this one, unless a judge's errors were taken out of it."""
        return self if self.draws.seen is self.draws else replace(self, draws=self.draws.seen)

    def _quantiles(self) -> tuple[float, float, float]:
        return (1 - self.level) / 2, 0.5, (1 + self.level) / 2

    def estimate(self, values: FloatArray) -> Estimate:
        """Return the median of the posterior's values (N,) and their equal-tailed interval."""
        low, middle, high = (float(q) for q in np.quantile(values, self._quantiles()))
        return Estimate(middle, low, high, self.level)


def forecast(curve: Curve, *, level: float = 0.9, seed: int = 0, n_classes: int = 0) -> Forecast:
    """Forecast a measured curve. Deterministic: same curve, same seed, same bytes.

    Parameters
    ----------
    curve : Curve
        Measured; one number of shots is enough for an answer, though a wide one.
    level : float
        Coverage of all intervals, in (0, 1).
    seed : int
        Decides the posterior's draws, and nothing else.
    n_classes : int
        Classes of a label task, where examples are shown at random; 0 otherwise, or where that is not known. Below so
        many shots a rise may be to come that nothing shows yet.

    Raises
    ------
    CurveError
        Level out of range.
    """
    return forecasts([curve], level=level, seed=seed, n_classes=n_classes)[0]


def forecasts(curves: Sequence[Curve], *, level: float = 0.9, seed: int = 0, n_classes: int = 0) -> list[Forecast]:
    """Forecast many curves, each as `forecast` does; those over the same shots share what does not depend on the data.

    Raises
    ------
    CurveError
        Level out of range.
    """
    if not 0.0 < level < 1.0:
        raise CurveError(f"level lies between 0 and 1, not {level!r}")
    same_shots: dict[bytes, list[int]] = defaultdict(list)
    for i, curve in enumerate(curves):
        same_shots[curve.shots[curve.observed].tobytes()].append(i)
    by_place: dict[int, Forecast] = {}
    for places in same_shots.values():
        group = [curves[i] for i in places]
        measured = [(c.means[c.observed], c.noise()) for c in group]
        draws = posteriors(group[0].shots[group[0].observed], measured, seed, n_classes)
        by_place |= {i: Forecast.of(d, level) for i, d in zip(places, draws, strict=True)}
    return [by_place[i] for i in range(len(curves))]


def _shot_numbers(shots: ArrayLike) -> FloatArray:
    try:
        values = np.asarray(shots if not isinstance(shots, str) else None, dtype=float)
    except (TypeError, ValueError):
        values = np.full((), np.nan)
    if values.ndim > 1 or (values.ndim == 0 and np.isnan(values)):
        raise CurveError(f"shots must be a number or a list of numbers, not {shots!r:.60}")
    wrong = ~((values >= 0) & np.isfinite(values))
    if wrong.any():
        raise CurveError(f"shots must be at least 0, not {float(values[wrong][0])!r}")
    return values
