"""What is alike gains alike. Lives here: the hierarchical model of measured gains; figures in, draws out.

The gain over the best prompt is taken as linear in the room above that prompt, and to rise with the number of training
examples as errors of estimation fall, with effects of what units have in common::

    gain = a + b (room - 1/2) + d room (over_shown - usual) - c sqrt(32 / n)
           + group + group among tiny models or others + source + task + noise

A group of tasks is partly the same thing to tiny models as to larger ones: by how much is found, and so it is between
figures of one source, and between models on one task. More examples never count against fine-tuning: c is not negative.
All other terms are Gaussian with priors around 0, so that the posterior is closed-form given c and the standard
deviations, which are integrated over a grid. What is little known stays near its prior, and the interval is as wide as
that makes it: a new task always brings the whole spread between sources and tasks with it.

A probe of a small model tells two things. It is one more unit of the same source and task, with an error besides the
noise where it was measured worse than units usually are, and the further its examples are from those asked about: tasks
differ in what more add. And what training on a few examples gives over as many in the prompt, times the room, is one
more term: one that is not known counts as the usual one, and without a probe none is looked at.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.payoff.evidence import Unit, group_of

__all__ = ["PayoffQuery", "far", "gains", "learnt"]

FloatArray = NDArray[np.float64]

_PRIOR: Final = np.array([0.3, 0.2, 1.0]) ** 2  # variances of a (at the usual n), b and d, in accuracy
_LEARNING: Final = np.array([0.09, 0.29, 0.53, 0.92])  # c: middles of the quarters of a half-normal prior of scale 0.6
_NOISE: Final = (0.07, 0.12, 0.18, 0.27, 0.4)
# Standard deviations of what units have in common, in the order of `PayoffQuery.shares`.
_COMMON: Final = ((0.015, 0.09, 0.21), (0.015, 0.15), (0.015, 0.09, 0.18, 0.3), (0.015, 0.15))
_USUAL: Final = 1000.0  # training examples, taken where a source does not say
_FEWEST: Final = 8.0  # training examples; fewer count as these


@dataclass(frozen=True, slots=True)
class PayoffQuery:
    """What is asked about: a task and a model before it is fine-tuned.

    Attributes
    ----------
    kind : str
        Kind of task.
    n_train : float
        Training examples; NaN where unknown.
    tiny : bool
        Whether the model has fewer than half a billion parameters.
    source, task : str
        As of the units measured by the same people, and of those on the same task; empty where there are none.
    model : str
        Its name; empty where it is not known.
    """

    kind: str
    n_train: float
    tiny: bool = False
    source: str = ""
    task: str = ""
    model: str = ""

    @classmethod
    def of(cls, unit: Unit) -> PayoffQuery:
        """Return the setting that a unit was measured in."""
        return cls(unit.kind, unit.n_train, unit.tiny, unit.source, unit.task, unit.model)

    def shares(self) -> tuple[str, ...]:
        """Name what this one has in common with others that have the same name there; empty for nothing."""
        group = group_of(self.kind)
        return (
            group,
            group and f"{group}, {'tiny' if self.tiny else 'larger'} models",
            self.source,
            self.task and f"{self.source}: {self.task}",
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What units tell, for each of C ways in which they may spread, and of L in which they may learn from examples."""

    terms: FloatArray  # (U, 3)
    names: NDArray[np.str_]  # (U, effects)
    variances: FloatArray  # (C, effects)
    noise: FloatArray  # (C,)
    usual: float  # what training gives over showing, mean of those that are known
    weight: FloatArray  # (C, L)
    inverse: FloatArray  # (C, U, U) of the units' covariance
    solved: FloatArray  # (C, L, U) that times the units' gains, those from examples taken off


def gains(units: Sequence[Unit], best: FloatArray, new: PayoffQuery, over_shown: float = math.nan) -> FloatArray:
    """Draw the gain (N,) in a new setting, given the units.

    Parameters
    ----------
    units : sequence of Unit
        What is known.
    best : float array (N,)
        Draws of the best prompted accuracy.
    new : PayoffQuery
        What is asked about.
    over_shown : float
        What training its model on a few examples gives over showing it as many; NaN without a probe.
    """
    if math.isnan(over_shown):
        units = [replace(unit, over_shown=math.nan) for unit in units]
    known = _known(tuple(units))
    own = np.array(new.shares())
    alike = ((known.names == own) & (own != "")).astype(float)  # (U, effects)
    # What a new task has in common with the units is linear in its terms and effects: solved for those, not for draws.
    common = known.variances @ alike.T  # (C, U)
    shared = np.concatenate(
        [np.broadcast_to((known.terms * _PRIOR).T, (len(common), len(_PRIOR), len(units))), common[:, None]], axis=1
    )  # (C, terms, U)
    weights = np.einsum("ctu,clu->clt", shared, known.solved)
    told = shared @ known.inverse @ shared.transpose(0, 2, 1)  # (C, terms, terms)
    spread = known.variances.sum(axis=1) + known.noise
    rng = np.random.default_rng(0)
    way, learns = np.divmod(rng.choice(known.weight.size, size=len(best), p=known.weight.ravel()), len(_LEARNING))
    asked = _terms(best, np.full_like(best, over_shown - known.usual))
    terms = np.column_stack([asked, np.ones(len(best))])
    mean = (terms * weights[way, learns]).sum(axis=1) + _LEARNING[learns] * learnt(np.array([new.n_train]))
    variance = asked**2 @ _PRIOR + spread[way] - np.einsum("di,dij,dj->d", terms, told[way], terms)
    return np.asarray(np.clip(rng.normal(mean, np.sqrt(variance)), -best, 1 - best))


@functools.lru_cache(maxsize=2)
def _known(units: tuple[Unit, ...]) -> _Known:
    over_shown = np.array([u.over_shown for u in units])
    usual = float(np.nanmean(over_shown)) if np.isfinite(over_shown).any() else 0.0
    terms = _terms(np.array([u.best_prompted for u in units]), over_shown - usual)
    y = np.array([u.gain for u in units]) - _LEARNING[:, None] * learnt(np.array([u.n_train for u in units]))  # (L, U)
    names = np.array([PayoffQuery.of(u).shares() for u in units])
    same = [(column[:, None] == column) & (column != "") for column in names.T]
    fixed = (terms * _PRIOR) @ terms.T + np.diag([u.error**2 for u in units])
    ways = np.array(list(product(_NOISE, *_COMMON))) ** 2
    inverse, evidence = [], []
    for noise, *variances in ways:
        total = fixed + noise * np.eye(len(units)) + sum(v * each for v, each in zip(variances, same, strict=True))
        inverse.append(np.linalg.inv(total))
        evidence.append(-0.5 * ((y @ inverse[-1]) * y).sum(axis=1) - 0.5 * np.linalg.slogdet(total)[1])
    weight = np.exp(np.array(evidence) - np.max(evidence))  # (C, L)
    inverses = np.array(inverse)
    return _Known(terms, names, ways[:, 1:], ways[:, 0], usual, weight / weight.sum(), inverses, y @ inverses)


def _terms(best: FloatArray, more: FloatArray) -> FloatArray:
    """Return what a, b and d count; `more` is what training gives over showing beyond the usual, NaN where unknown."""
    return np.column_stack([np.ones_like(best), 0.5 - best, (1 - best) * np.nan_to_num(more)])


def far(one: float, other: float) -> float:
    """Return how much less one number of training examples tells of another, the further they are apart."""
    return abs(float(learnt(one) - learnt(other)))


def learnt(n_train: FloatArray | float) -> FloatArray:
    """Return what c counts: 0 at the usual number of examples."""
    examples = np.maximum(np.where(np.isnan(n_train), _USUAL, n_train), _FEWEST)
    return np.asarray(np.sqrt(32 / _USUAL) - np.sqrt(32 / examples))
