"""The shapes a learning curve may have. Lives here: pure functions of shots and shape, and where they come from.

Every family is ``floor + (ceiling - floor) * rise(shots)``; `rise` is 0 at 0 shots, never falls and tends to 1, so
that floor and ceiling mean the same in all of them and enter linearly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["FAMILIES", "Family", "Param"]

FloatArray = NDArray[np.float64]

# Of a number of shots at which something happens, this much of the prior lies beyond what was measured.
_BEYOND: Final = 0.55
# "Beyond" starts at this multiple of the largest measured number of shots.
_EDGE: Final = 1.5


@dataclass(frozen=True, slots=True)
class Param:
    """One number of a shape, with its prior: log-uniform between two bounds.

    Attributes
    ----------
    name : str
        What it is.
    low, high : float
        Bounds. With the unit ``shots`` they are multiples of the smallest positive and of the largest measured number
        of shots, so that a curve over 1 to 64 shots and one over 16 to 65,536 examples are treated alike; 55% of the
        prior then lies above 1.5 times the largest, since what begins late is what a plateau is mistaken for.
    unit : "" or "shots"
        The empty unit is a plain number.
    """

    name: str
    low: float
    high: float
    unit: Literal["", "shots"] = ""

    def at(self, quantile: FloatArray, first: float, last: float) -> FloatArray:
        """Return the prior's quantiles for a curve measured from `first` (positive) to `last` shots."""
        if not self.unit:
            return np.exp(np.interp(quantile, (0.0, 1.0), np.log((self.low, self.high))))
        stops = np.log((self.low * first, _EDGE * last, self.high * last))
        return np.exp(np.interp(quantile, (0.0, 1.0 - _BEYOND, 1.0), stops))


@dataclass(frozen=True, slots=True)
class Family:
    """A shape of learning curve.

    Attributes
    ----------
    name : str
        As the forecast's weights call it.
    rise : callable
        ``rise(shots, *shape)``; broadcasts. The share of the whole rise: 0 at 0 shots, never falling, towards 1.
    shape : tuple of Param
        What the rise depends on besides shots.
    reference : str
        Who proposed or compared it.
    """

    name: str
    rise: Callable[..., FloatArray]
    shape: tuple[Param, ...]
    reference: str

    def __call__(self, shots: FloatArray, *shape: FloatArray | float) -> FloatArray:
        """Return the share of the whole rise at these shots."""
        return self.rise(np.asarray(shots, dtype=float), *shape)


def _constant(k: FloatArray) -> FloatArray:
    # The one family that does not tend to 1: with no rise, floor and ceiling are the same.
    return np.zeros_like(k)


def _power(k: FloatArray, scale: FloatArray | float, decay: FloatArray | float) -> FloatArray:
    return np.asarray(-np.expm1(-decay * np.log1p(k / scale)))


def _power3(k: FloatArray, decay: FloatArray | float) -> FloatArray:
    return _power(k, 1.0, decay)


def _exponential(k: FloatArray, scale: FloatArray | float) -> FloatArray:
    return np.asarray(-np.expm1(-k / scale))


def _ratio(k: FloatArray, scale: FloatArray | float, steepness: FloatArray | float) -> FloatArray:
    """(k / scale) to the steepness, without overflow."""
    power = steepness * (np.log(np.maximum(k, 1e-300)) - np.log(scale))
    return np.where(k > 0, np.exp(np.minimum(power, 700.0)), 0.0)


def _hill(k: FloatArray, scale: FloatArray | float, steepness: FloatArray | float) -> FloatArray:
    return np.asarray(1.0 - 1.0 / (1.0 + _ratio(k, scale, steepness)))


def _weibull(k: FloatArray, scale: FloatArray | float, steepness: FloatArray | float) -> FloatArray:
    return np.asarray(-np.expm1(-_ratio(k, scale, steepness)))


def _late(k: FloatArray, scale: FloatArray | float, steepness: FloatArray | float) -> FloatArray:
    wait = np.minimum(steepness * (np.log(scale) - np.log(np.maximum(k, 1e-12))), 50.0)
    return np.asarray(np.where(k > 0, np.exp(-np.exp(wait)), 0.0))


_SCALE: Final = Param("scale", 0.2, 30.0, unit="shots")

FAMILIES: Final[tuple[Family, ...]] = (
    Family("constant", _constant, (), "last1 in LCDB: Mohr, Viering, Loog & van Rijn (2022), LCDB 1.0, ECML PKDD"),
    Family("power3", _power3, (Param("decay", 0.05, 1.5),), "pow3 in LCDB, Mohr et al. (2022); Cortes et al. (1993)"),
    Family("power4", _power, (_SCALE, Param("decay", 0.05, 2.0)), "pow4 in LCDB, Mohr et al. (2022)"),
    Family("exponential", _exponential, (_SCALE,), "exp3 in LCDB, Mohr et al. (2022)"),
    Family("hill", _hill, (_SCALE, Param("steepness", 0.5, 4.0)), "mmf4 in LCDB, Mohr et al. (2022); Hill (1910)"),
    Family("weibull", _weibull, (_SCALE, Param("steepness", 0.4, 3.0)), "wbl4 in LCDB, Mohr et al. (2022)"),
    Family(
        "late", _late, (_SCALE, Param("steepness", 0.3, 2.5)),
        "Gompertz (1825) in log shots; on curves that turn upwards late: Viering & Loog (2023), TPAMI 45",
    ),
)  # fmt: skip
