"""What no family explains of a curve. Lives here: the kinds of discrepancy, and how each goes on beyond the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Discrepancy", "Extension", "discrepancies"]

FloatArray = NDArray[np.float64]

# SD of the walk per unit of log shots, and prior probabilities.
_WALK: Final = (0.002, 0.006, 0.015, 0.04, 0.1)
_WALK_WEIGHT: Final = (0.335, 0.235, 0.19, 0.14, 0.05)
_TURN_WEIGHT: Final = 0.05
_TURN_AT: Final = (0.4, 0.55, 0.7, 0.85)  # quantiles of the positive measured numbers of shots
_TURN_SD: Final = 0.06  # of the change of slope per unit of log shots
_TURN_WALK: Final = 0.006  # the walk beside a turn
# A jump between two neighbouring numbers of shots, where nothing else comes near the data: SD of its size, and over how
# many times the way from one to the other it rises. In twice the way, half of the last one is still to come.
_JUMP_WEIGHT: Final = 0.5
_JUMP_SD: Final = 0.3
_JUMP_WAYS: Final = (1.0, 2.0)
_JUMP_WALK: Final = 0.006
# What showing every class adds where not all have been shown yet, chosen on icl_bertsch_*: mean and SD.
_CLASS_WEIGHT: Final = 0.5
_CLASS_RISE: Final = (0.25, 0.15)
_CLASS_WALK: Final = 0.006


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A Gaussian process over u = log(1 + shots): a walk, and maybe a shape of unknown amount.

    Attributes
    ----------
    walk : float
        SD per unit of u.
    weight : float
        Prior probability.
    shape : callable, optional
        ``shape(u)``: what is added beside the walk, times an amount; 0 at u = 0.
    mean, sd : float
        Of that amount.
    jump : tuple of int, optional
        The two numbers of shots between which it jumps.
    """

    walk: float
    weight: float
    shape: Callable[[FloatArray], FloatArray] | None = None
    mean: float = 0.0
    sd: float = 0.0
    jump: tuple[int, int] | None = None

    def expected(self, u: FloatArray) -> FloatArray:
        """Return the mean at u (U,)."""
        return np.zeros_like(u) if self.shape is None else self.mean * self.shape(u)

    def covariance(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """Return the covariances (A, B) of the values at a (A,) and b (B,)."""
        walked = self.walk**2 * np.minimum.outer(a, b)
        return np.asarray(
            walked if self.shape is None else walked + self.sd**2 * np.outer(self.shape(a), self.shape(b))
        )


class Extension(NamedTuple):
    """How a discrepancy goes on from P values at measured shots to T beyond.

    Attributes
    ----------
    start : array (P,)
        Its mean at those measured.
    mean : array (T,)
        Its mean beyond.
    weights : array (T, P)
        What it makes of a value's distance from its mean.
    root : array (T, T)
        Of the covariance that is left.
    """

    start: FloatArray
    mean: FloatArray
    weights: FloatArray
    root: FloatArray

    @classmethod
    def of(cls, kind: Discrepancy, u: FloatArray, to: FloatArray) -> Extension:
        """Return that of a kind of discrepancy from u (P,), positive, to what lies beyond (T,)."""
        across = kind.covariance(u, to)
        weights = np.asarray(np.linalg.solve(kind.covariance(u, u), across).T if len(u) else across.T)
        covariance = kind.covariance(to, to) - weights @ across
        variances, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
        return cls(kind.expected(u), kind.expected(to), weights, vectors * np.sqrt(np.maximum(variances, 0.0)))

    def draw(self, values: FloatArray, noise: FloatArray, count: int) -> FloatArray:
        """Return the first values (`count`, N) beyond, given those measured (P, N) and standard normal noise (T, N)."""
        mean = self.mean[:count, None] + self.weights[:count] @ (values - self.start[:, None])
        return np.asarray(mean + self.root[:count] @ noise)


def discrepancies(u: FloatArray, n_classes: int = 0, *, jumps: bool = False) -> list[Discrepancy]:
    """Return all kinds for a curve measured at u (S,), of a task with so many classes; the weights add up to 1.

    `jumps` says whether those of a curve that jumps are among them.
    """
    walks = [Discrepancy(walk, weight) for walk, weight in zip(_WALK, _WALK_WEIGHT, strict=True)]
    positive = u[u > 0]
    since = np.quantile(positive if len(positive) else u, _TURN_AT)
    turns = [
        Discrepancy(_TURN_WALK, _TURN_WEIGHT / len(since), shape=partial(_bend, since=at), sd=_TURN_SD) for at in since
    ]
    kinds = walks + turns
    if np.expm1(u[-1]) < n_classes:
        unseen = Discrepancy(_CLASS_WALK, _CLASS_WEIGHT, partial(_classes_shown, n_classes=n_classes), *_CLASS_RISE)
        kinds = _with(kinds, [unseen])
    if jumps and len(positive) > 1:
        ways = [(start, end, way) for start, end in pairwise(positive.tolist()) for way in _JUMP_WAYS]
        kinds = _with(kinds, [_jump(start, end, way, _JUMP_WEIGHT / len(ways)) for start, end, way in ways])
    return kinds


def _with(kinds: Sequence[Discrepancy], others: Sequence[Discrepancy]) -> list[Discrepancy]:
    """Return kinds, and others that have their own weights; those of the first are made to leave as much."""
    left = 1 - sum(kind.weight for kind in others)
    return [*(replace(kind, weight=left * kind.weight) for kind in kinds), *others]


def _jump(start: float, end: float, way: float, weight: float) -> Discrepancy:
    between = round(np.expm1(start)), round(np.expm1(end))
    shape = partial(_step, start=start, length=way * (end - start))
    return Discrepancy(_JUMP_WALK, weight, shape, sd=_JUMP_SD, jump=between)


def _step(u: FloatArray, *, start: float, length: float) -> FloatArray:
    return np.clip((u - start) / length, 0.0, 1.0)


def _bend(u: FloatArray, *, since: float) -> FloatArray:
    return np.maximum(u - since, 0.0)


def _classes_shown(u: FloatArray, *, n_classes: int) -> FloatArray:
    """Return the share of the classes that so many random examples are expected to show (Poisson)."""
    return np.asarray(-np.expm1(-np.expm1(u) / n_classes))
