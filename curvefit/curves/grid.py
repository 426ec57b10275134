"""Every shape that is reckoned with. Lives here: the grid of shapes of all families, and its prior."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.families import FAMILIES, Family

__all__ = ["FLOOR", "GAIN_SD", "Grid", "grid_of"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]

# Prior weights of the families. Late ones weigh most: the costly error is to call a plateau before the rise, and data
# that show little cannot rule it out. Chosen, with the other settings here, on LCDB 1.0 and 1.1, SetFit and the
# simulations of `benchmarks/forecast/verdicts.py`; published in-context curves had no part in it.
_FAMILY_WEIGHT: Final = {
    "constant": 0.04, "power3": 0.1, "power4": 0.1, "exponential": 0.03,
    "hill": 0.25, "weibull": 0.16, "late": 0.32,
}  # fmt: skip
_SHAPES: Final = {0: 1, 1: 64, 2: 400}  # grid points by number of shape parameters
FLOOR: Final = (0.5, 0.4)  # prior mean and SD
GAIN_SD: Final = 1.0


@dataclass(frozen=True, eq=False)
class Grid:
    """Every shape of every family: its prior and its rise at the measured shots."""

    family: IntArray  # (J,)
    shape: FloatArray  # (J, 2)
    log_prior: FloatArray  # (J,)
    rise: FloatArray  # (S, J)

    @cached_property
    def rises(self) -> NDArray[np.bool_]:
        """Which grid points have any rise, measured or beyond, so that the gain has a meaning (J,)."""
        return np.array([bool(family.shape) for family in FAMILIES])[self.family]

    def at(self, shots: FloatArray) -> FloatArray:
        """Return the rise (K, J) at other numbers of shots (K,)."""
        return _rises(self.family, self.shape, shots)


def grid_of(shots: FloatArray) -> Grid:
    """Return the grid for a curve measured at these shots (S,), ascending; made once for the same ones."""
    return _grid_of(tuple(shots.tolist()))


@lru_cache(maxsize=16)
def _grid_of(measured: tuple[float, ...]) -> Grid:
    shots = np.array(measured)
    positive = shots[shots > 0]
    first, last = (float(positive[0]), float(positive[-1])) if len(positive) else (1.0, 1.0)
    family, shape, prior = [], [], []
    for i, f in enumerate(FAMILIES):
        values = _shapes(f, first, last)
        family.append(np.full(len(values), i))
        shape.append(values)
        prior.append(np.full(len(values), np.log(_FAMILY_WEIGHT[f.name] / len(values) / _mass_within_bounds(f))))
    families, shapes = np.concatenate(family), np.concatenate(shape)
    return Grid(families, shapes, np.concatenate(prior), _rises(families, shapes, shots))


def _rises(family: IntArray, shape: FloatArray, shots: FloatArray) -> FloatArray:
    """Return the rise (K, J) of shapes (J, 2), which come family by family, at shots (K,)."""
    rise = np.zeros((len(shots), len(family)))
    ends = np.searchsorted(family, np.arange(len(FAMILIES) + 1))
    for f, start, end in zip(FAMILIES, ends, ends[1:], strict=False):
        rise[:, start:end] = f(shots[:, None], *shape[start:end].T[: len(f.shape)])
    return rise


def _shapes(family: Family, first: float, last: float) -> FloatArray:
    """Shape parameters (J, 2): the R2 sequence of Roberts (2018), evenly over the prior's quantiles."""
    count = _SHAPES[len(family.shape)]
    steps = np.array([0.7548776662466927, 0.5698402909980532]) if len(family.shape) == 2 else np.array([1 / count, 0.0])
    quantiles = (0.5 * steps if len(family.shape) < 2 else 0.5) + np.outer(np.arange(count), steps)
    shapes = np.ones((count, 2))
    for j, param in enumerate(family.shape):
        shapes[:, j] = param.at(quantiles[:, j] % 1.0, first, last)
    return shapes


def _mass_within_bounds(family: Family) -> float:
    """Prior probability that floor and ceiling are accuracies in order, which the restriction divides by."""
    from scipy.special import ndtr

    edges = np.linspace(0.0, 1.0, 201)
    mass = np.diff(ndtr((edges - FLOOR[0]) / FLOOR[1]))
    room = 1 - (edges[:-1] + edges[1:]) / 2
    return float((mass * (ndtr(room / GAIN_SD) - 0.5)).sum() if family.shape else mass.sum())
