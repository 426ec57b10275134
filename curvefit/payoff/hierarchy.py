"""The hierarchical model of measured gains. Lives here: its posterior; units in, draws of a new gain out.

The gain over the best prompt is taken as linear in the room above that prompt, and to rise with the number of training
examples as errors of estimation fall, with effects of whatever units share::

    gain = a + b (room - 1/2) + d room (over_shown - its mean) - c sqrt(32 / n)
           + group + group among tiny models or others + source + task + noise

How much tiny and larger models have in common on a group of tasks is estimated from the units, as it is for the units
of one source and for the models on one task. More examples never count against fine-tuning: c is not negative. All
other terms are Gaussian with priors around 0, so that the posterior is closed-form given c and the standard deviations,
which are integrated over a grid. An effect with few data stays near its prior, with a wide interval; a new task has the
whole spread between sources and tasks.

A probe of a small model adds two pieces of information. It is one more unit of the same source and task. That unit has
an error besides the noise where it was measured less precisely than units usually are, and where its number of examples
differs from the query's, since tasks differ in what more examples add. And what training on a few examples gives over
as many in the prompt, times the room, is one more term: an unknown one counts as the mean, and without a probe the term
is left out.
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

__all__ = ["PayoffQuery", "gains", "learning_distance", "learning_term"]

FloatArray = NDArray[np.float64]

_PRIOR: Final = np.array([0.3, 0.2, 1.0]) ** 2  # variances of a (at the usual n), b and d, in accuracy
_LEARNING: Final = np.array([0.09, 0.29, 0.53, 0.92])  # c: middles of the quarters of a half-normal prior of scale 0.6
_NOISE_SD: Final = (0.07, 0.12, 0.18, 0.27, 0.4)
# Standard deviations of what units have in common, in the order of `PayoffQuery.shares`.
_EFFECT_SD: Final = ((0.015, 0.09, 0.21), (0.015, 0.15), (0.015, 0.09, 0.18, 0.3), (0.015, 0.15))
_USUAL_N_TRAIN: Final = 1000.0  # training examples, taken where a source does not say
_MIN_N_TRAIN: Final = 8.0  # training examples; fewer count as these


@dataclass(frozen=True, slots=True)
class PayoffQuery:
    """What a payoff is predicted for: a task and a model before it is fine-tuned.

    Attributes
    ----------
    kind : str
        Kind of task.
    n_train : float
        Training examples; NaN where unknown.
    tiny : bool
        Whether the model has fewer than half a billion parameters.
    source, task : str
        As in the units of the same source and task; empty where there are none.
    model : str
        Its name; empty where unknown.
    """

    kind: str
    n_train: float
    tiny: bool = False
    source: str = ""
    task: str = ""
    model: str = ""

    @classmethod
    def of(cls, unit: Unit) -> PayoffQuery:
        """Return the query that a unit answers."""
        return cls(unit.kind, unit.n_train, unit.tiny, unit.source, unit.task, unit.model)

    def effect_names(self) -> tuple[str, ...]:
        """Return the names of its effects; queries share those of equal name, and none where it is empty."""
        group = group_of(self.kind)
        return (
            group,
            group and f"{group}, {'tiny' if self.tiny else 'larger'} models",
            self.source,
            self.task and f"{self.source}: {self.task}",
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Posterior:
    """The posterior given the units, for each of C combinations of standard deviations and of L values of c."""

    terms: FloatArray  # (U, 3)
    names: NDArray[np.str_]  # (U, effects)
    variances: FloatArray  # (C, effects)
    noise: FloatArray  # (C,)
    mean_over_shown: float  # what training gives over showing, mean over the units that have it
    weight: FloatArray  # (C, L)
    inverse: FloatArray  # (C, U, U) of the units' covariance
    solved: FloatArray  # (C, L, U): `inverse` times the units' gains without the learning term


def gains(units: Sequence[Unit], best: FloatArray, query: PayoffQuery, over_shown: float = math.nan) -> FloatArray:
    """Draw the gain (N,) of a query, given the units.

    Parameters
    ----------
    units : sequence of Unit
        The evidence.
    best : float array (N,)
        Draws of the best prompted accuracy.
    query : PayoffQuery
        What the gain is predicted for.
    over_shown : float
        What training its model on a few examples gives over showing it as many; NaN without a probe.
    """
    if math.isnan(over_shown):
        units = [replace(unit, over_shown=math.nan) for unit in units]
    posterior = _posterior_of(tuple(units))
    query_names = np.array(query.effect_names())
    same_name = ((posterior.names == query_names) & (query_names != "")).astype(float)  # (U, effects)
    # The covariance with the units is linear in terms and effects: it is solved for those, not for every draw.
    shared_effects = posterior.variances @ same_name.T  # (C, U)
    shared = np.concatenate(
        [
            np.broadcast_to((posterior.terms * _PRIOR).T, (len(shared_effects), len(_PRIOR), len(units))),
            shared_effects[:, None],
        ],
        axis=1,
    )  # (C, terms, U)
    weights = np.einsum("ctu,clu->clt", shared, posterior.solved)
    explained = shared @ posterior.inverse @ shared.transpose(0, 2, 1)  # (C, terms, terms)
    spread = posterior.variances.sum(axis=1) + posterior.noise
    rng = np.random.default_rng(0)
    spread_row, learning_row = np.divmod(
        rng.choice(posterior.weight.size, size=len(best), p=posterior.weight.ravel()), len(_LEARNING)
    )
    query_terms = _terms(best, np.full_like(best, over_shown - posterior.mean_over_shown))
    terms = np.column_stack([query_terms, np.ones(len(best))])
    learned = _LEARNING[learning_row] * learning_term(np.array([query.n_train]))
    mean = (terms * weights[spread_row, learning_row]).sum(axis=1) + learned
    variance = (
        query_terms**2 @ _PRIOR + spread[spread_row] - np.einsum("di,dij,dj->d", terms, explained[spread_row], terms)
    )
    return np.asarray(np.clip(rng.normal(mean, np.sqrt(variance)), -best, 1 - best))


@functools.lru_cache(maxsize=2)
def _posterior_of(units: tuple[Unit, ...]) -> _Posterior:
    over_shown = np.array([u.over_shown for u in units])
    mean_over_shown = float(np.nanmean(over_shown)) if np.isfinite(over_shown).any() else 0.0
    terms = _terms(np.array([u.best_prompted for u in units]), over_shown - mean_over_shown)
    n_train = np.array([u.n_train for u in units])
    y = np.array([u.gain for u in units]) - _LEARNING[:, None] * learning_term(n_train)  # (L, U)
    names = np.array([PayoffQuery.of(u).effect_names() for u in units])
    same_name = [(column[:, None] == column) & (column != "") for column in names.T]
    fixed = (terms * _PRIOR) @ terms.T + np.diag([u.error**2 for u in units])
    spreads = np.array(list(product(_NOISE_SD, *_EFFECT_SD))) ** 2
    inverse, evidence = [], []
    for noise, *variances in spreads:
        total = fixed + noise * np.eye(len(units)) + sum(v * each for v, each in zip(variances, same_name, strict=True))
        inverse.append(np.linalg.inv(total))
        evidence.append(-0.5 * ((y @ inverse[-1]) * y).sum(axis=1) - 0.5 * np.linalg.slogdet(total)[1])
    weight = np.exp(np.array(evidence) - np.max(evidence))  # (C, L)
    inverses = np.array(inverse)
    return _Posterior(
        terms, names, spreads[:, 1:], spreads[:, 0], mean_over_shown, weight / weight.sum(), inverses, y @ inverses
    )


def _terms(best: FloatArray, more: FloatArray) -> FloatArray:
    """Return what multiplies a, b and d; `more` is training over showing minus its mean, NaN where unknown."""
    return np.column_stack([np.ones_like(best), 0.5 - best, (1 - best) * np.nan_to_num(more)])


def learning_distance(one: float, other: float) -> float:
    """Return how far apart two numbers of training examples are, in units of c."""
    return abs(float(learning_term(one) - learning_term(other)))


def learning_term(n_train: FloatArray | float) -> FloatArray:
    """Return what multiplies c: 0 at the usual number of examples."""
    examples = np.maximum(np.where(np.isnan(n_train), _USUAL_N_TRAIN, n_train), _MIN_N_TRAIN)
    return np.asarray(np.sqrt(32 / _USUAL_N_TRAIN) - np.sqrt(32 / examples))
