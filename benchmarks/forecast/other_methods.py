"""Other ways to extrapolate a learning curve, as people do it, behind one signature.

Each takes sizes (S,), accuracies (S,) and a size to forecast, and returns a `Guess`, or raises what the library it uses
raises when it fails. Families and bounds follow what each source uses; none was tuned here.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import curve_fit, least_squares

FloatArray = NDArray[np.float64]


class Guess(NamedTuple):
    """Accuracy at a size not seen, with a 90% interval where the method has one."""

    value: float
    low: float = np.nan
    high: float = np.nan
    gains: float = np.nan  # how strongly it believes in a gain of 2 points; by default the gain it expects


Peer = Callable[[FloatArray, FloatArray, float], Guess]


class Shape(NamedTuple):
    """A family with all its parameters, accuracy's asymptote first, within bounds."""

    curve: Callable[..., FloatArray]
    low: tuple[float, ...]
    high: tuple[float, ...]  # of parameters that are sizes, in multiples of the largest size
    sizes: tuple[int, ...] = ()  # which parameters are sizes


def _power3(n: FloatArray, a: float, b: float, c: float) -> FloatArray:
    return a - b * n**-c


def _power4(n: FloatArray, a: float, b: float, c: float, d: float) -> FloatArray:
    return a - b * (n + d) ** -c


def _hill(n: FloatArray, a: float, b: float, c: float, d: float) -> FloatArray:
    return a - (a - b) / (1 + (n / d) ** c)


def _exponential(n: FloatArray, a: float, b: float, d: float) -> FloatArray:
    return a - b * np.exp(-n / d)


def _weibull(n: FloatArray, a: float, b: float, c: float, d: float) -> FloatArray:
    return a - (a - b) * np.exp(-((n / d) ** c))


def _constant(n: FloatArray, a: float) -> FloatArray:
    return np.full_like(n, a)


SHAPES = {
    "constant": Shape(_constant, (0,), (1,)),
    "power3": Shape(_power3, (0, 0, 0.01), (1, 5, 4)),
    "power4": Shape(_power4, (0, 0, 0.01, 0), (1, 50, 4, 2), (3,)),
    "exponential": Shape(_exponential, (0, 0, 0.01), (1, 1, 30), (2,)),
    "hill": Shape(_hill, (0, 0, 0.1, 0.01), (1, 1, 5, 30), (3,)),
    "weibull": Shape(_weibull, (0, 0, 0.1, 0.01), (1, 1, 5, 30), (3,)),
}
STARTS = 12
RESAMPLES = 40


class Fit(NamedTuple):
    """A fitted shape."""

    shape: Shape
    at: FloatArray
    misfit: float  # sum of squares

    def __call__(self, n: FloatArray) -> FloatArray:
        """Return accuracy at sizes (S,)."""
        return np.asarray(self.shape.curve(n, *self.at))


def fit(shape: Shape, n: FloatArray, y: FloatArray, starts: FloatArray | None = None) -> Fit:
    """Least squares within bounds from several starts (K, P), by default drawn over the bounds; the best one."""
    unit = np.ones(len(shape.low))
    unit[list(shape.sizes)] = n[-1]
    low, high = np.array(shape.low) * unit, np.array(shape.high) * unit
    if starts is None:
        share = np.random.default_rng(0).random((STARTS, len(low)))
        starts = low + share**2 * (high - low)
        starts[:, 0] = np.clip(y[-1] + share[:, 0] * (1 - y[-1]), 0, 1)
    ends = [
        least_squares(lambda at: shape.curve(n, *at) - y, np.clip(start, low, high), bounds=(low, high), max_nfev=200)
        for start in starts
    ]
    best = min(ends, key=lambda end: end.cost)
    return Fit(shape, best.x, 2 * best.cost)


def last_value(n: FloatArray, y: FloatArray, ahead: float) -> Guess:
    """Carry the last value forward: no fit can be trusted that does not beat this."""
    return Guess(float(y[-1]))


def default_curve_fit(n: FloatArray, y: FloatArray, ahead: float) -> Guess:
    """Use `scipy.optimize.curve_fit` with its default start and its covariance, as tutorials do."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        at, covariance = curve_fit(_power3, n, y)
        value = float(_power3(np.array(ahead), *at))
        _, b, c = at
        slope = np.array([1.0, -(ahead**-c), b * ahead**-c * np.log(ahead)])
        sd = float(np.sqrt(slope @ covariance @ slope))
    if not np.isfinite([value, sd]).all():
        raise RuntimeError("no finite forecast")
    return Guess(value, value - 1.645 * sd, value + 1.645 * sd)


def multistart(name: str) -> Peer:
    """Return one family fitted from several starts within bounds."""

    def guess(n: FloatArray, y: FloatArray, ahead: float) -> Guess:
        return Guess(float(fit(SHAPES[name], n, y)(np.array([ahead]))[0]))

    return guess


def aic_ensemble(n: FloatArray, y: FloatArray, ahead: float) -> Guess:
    """Weigh six families by AIC and resample residuals for the interval."""
    rng = np.random.default_rng(0)
    fits = [fit(shape, n, y) for shape in SHAPES.values() if len(shape.low) < len(n)]
    weight = _akaike(fits, len(n))
    at = np.array([ahead])
    drawn = []
    for pick in rng.choice(len(fits), RESAMPLES, p=weight):
        chosen = fits[pick]
        residual = (y - chosen(n)) * np.sqrt(len(n) / max(len(n) - len(chosen.at), 1))
        again = fit(chosen.shape, n, chosen(n) + rng.choice(residual, len(n)), chosen.at[None])
        drawn.append(again(at)[0] + rng.choice(residual))
    low, high = np.quantile(drawn, (0.05, 0.95))
    return Guess(float(sum(w * f(at)[0] for w, f in zip(weight, fits, strict=True))), float(low), float(high))


def _akaike(fits: list[Fit], size: int) -> FloatArray:
    aic = np.array([size * np.log(max(f.misfit / size, 1e-10)) + 2 * len(f.at) for f in fits])
    weight = np.exp(-(aic - aic.min()) / 2)
    return np.asarray(weight / weight.sum())


def learning_curves(n: FloatArray, y: FloatArray, ahead: float) -> Guess:
    """Use the package `learning-curves` 0.2.2 (its `best` predictor); needs dill and scikit-learn, and is not typed."""
    from learning_curves.learning_curves import LearningCurve  # type: ignore[import-not-found]

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        theirs = LearningCurve()
        value = float(theirs.best_predictor_cust(theirs.predictors, n, y)(np.array([ahead]))[0])
    if not np.isfinite(value):
        raise RuntimeError("no finite forecast")
    return Guess(value)


PEERS: dict[str, Peer] = {
    "last value": last_value,
    "curve_fit, default start": default_curve_fit,
    "power3, multi-start": multistart("power3"),
    "power4, multi-start": multistart("power4"),
    "Hill, multi-start": multistart("hill"),
    "AIC ensemble, bootstrap": aic_ensemble,
    "learning-curves (PyPI)": learning_curves,
}
