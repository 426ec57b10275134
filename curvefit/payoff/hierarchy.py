"""The hierarchical model of measured gains. Lives here: its posterior; units in, draws of a new gain out.

Accuracies are compared on a scale on which a point near 0 or 100% counts for more than one at 50%: the log-odds,
softened so that no accuracy is infinitely far. So no gain goes beyond the room there is, and what is left to gain or to
lose narrows where a prompt is nearly perfect. The step from the best prompt to the fine-tuned model on that scale, a
loss counted `Form.loss` times since losses are smaller than gains, is taken as linear in where the best prompt is, and
to rise with the number of training examples as errors of estimation fall, with effects of whatever units share::

    step = a + b best + d room (over_shown - its mean) + e zero-shot only + f retrieved - c sqrt(32 / n)
           + group + slope of the group best + group among tiny models or others + source + task + noise of the group

How much tiny and larger models have in common on a group of tasks is estimated from the units, as it is for the units
of one source and for the models on one task. More examples never count against fine-tuning: c is not negative. All
other terms are Gaussian with priors around 0, so that the posterior is closed-form given c and the standard deviations,
which are integrated over a grid. An effect with few data stays near its prior, with a wide interval; a new task has the
whole spread between sources and tasks. `e` is what is gained more over a prompt without examples where no other was
tried, `f` over one whose examples were retrieved; the latter is left out, as it did not help.

A probe of a small model adds two pieces of information. It is one more unit of the same source and task. That unit has
an error besides where it was measured less precisely than units usually are, and where its number of examples differs
from the query's, since tasks differ in what more examples add. If it is of the very model, it shares the noise of the
unit too, but for the usual error of measurement: then it counts for more than all the rest. And what training on a few
examples gives over as many in the prompt, times the room, is one more term: an unknown one counts as the mean, and
without a probe the term is left out.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.payoff.evidence import Unit
from curvefit.task_kinds import group_of

__all__ = [
    "FORM",
    "LOG_ODDS",
    "USUAL_ERROR",
    "AccuracyScale",
    "Form",
    "PayoffQuery",
    "gains",
    "learning_distance",
    "learning_term",
]

FloatArray = NDArray[np.float64]

# Standard error of a gain in the laboratory. Its units of today have 0.049 at the fewest examples and 0.041 at the
# most, root mean square; those it was chosen by had 0.054 and 0.046. The noise estimated from the units includes it.
USUAL_ERROR: Final = 0.05
_LEARNING: Final = np.array([0.09, 0.29, 0.53, 0.92])  # c: middles of the quarters of a half-normal prior of scale 0.6
_NOISE_SD: Final = (0.07, 0.12, 0.18, 0.27, 0.4)
# Standard deviations of what units have in common, in the order of `PayoffQuery.effect_names`.
_EFFECT_SD: Final = ((0.015, 0.09, 0.21), (0.015, 0.15), (0.015, 0.09, 0.18, 0.3), (0.015, 0.15))
_USUAL_N_TRAIN: Final = 1000.0  # training examples, taken where a source does not say
_MIN_N_TRAIN: Final = 8.0  # training examples; fewer count as these


_STEP: Final = 1e-4  # of accuracy, for a slope


@dataclass(frozen=True, slots=True)
class AccuracyScale:
    """A scale for accuracies, with the slope 1 at one half or near it.

    Attributes
    ----------
    of : callable
        From accuracies (...) to the scale, rising.
    accuracy : callable
        Back again; what lies beyond the scale is 0 or 1.
    """

    of: Callable[[FloatArray], FloatArray]
    accuracy: Callable[[FloatArray], FloatArray]

    def slope(self, accuracy: float) -> float:
        """Return how much of the scale an accuracy more is, there."""
        low, high = max(accuracy - _STEP, 0.0), min(accuracy + _STEP, 1.0)
        below, above = self.of(np.array([low, high]))
        return float((above - below) / (high - low))


# What is added to the shares of right and of wrong answers before the log-odds are taken.
_RIGHT, _WRONG = 0.05, 0.03
_UNIT: Final = 1 / (1 / (0.5 + _RIGHT) + 1 / (0.5 + _WRONG))


def _log_odds(accuracy: FloatArray) -> FloatArray:
    accuracy = np.clip(accuracy, 0.0, 1.0)
    return np.asarray(_UNIT * np.log((accuracy + _RIGHT) / (1 - accuracy + _WRONG)))


def _of_log_odds(value: FloatArray) -> FloatArray:
    odds = np.exp(value / _UNIT)
    return np.asarray(np.clip((odds * (1 + _WRONG) - _RIGHT) / (1 + odds), 0.0, 1.0))


LOG_ODDS: Final = AccuracyScale(_log_odds, _of_log_odds)


@dataclass(frozen=True, slots=True)
class Form:
    """What the model looks at, and on which scale; chosen in `benchmarks.payoff.kept_aside`.

    Attributes
    ----------
    scale : AccuracyScale
        On which accuracies are compared.
    loss : float
        How many times a loss counts: those measured are smaller than the gains.
    slope_sd : float
        Prior standard deviation of the slope in the best prompt, of all groups together.
    group_slope_sd : float
        How far the slope of a group of tasks is from that.
    noise : tuple of (str, float)
        Noise of a group of tasks, as a multiple of the usual.
    zero_shot_sd, retrieved_sd : float
        Prior standard deviations of what is gained more over a prompt where none with examples was tried, and over one
        with retrieved examples; 0 leaves it out.
    """

    scale: AccuracyScale = LOG_ODDS
    loss: float = 1.5
    slope_sd: float = 0.25
    group_slope_sd: float = 0.3
    noise: tuple[tuple[str, float], ...] = (
        ("labels", 0.8), ("structure", 1.5), ("programs", 1.2), ("knowledge", 0.8), ("text", 0.4),
    )  # fmt: skip
    zero_shot_sd: float = 0.15
    retrieved_sd: float = 0.0

    def step(self, best: FloatArray, fine_tuned: FloatArray) -> FloatArray:
        """Return the step from one accuracy to another on the scale."""
        change = self.scale.of(fine_tuned) - self.scale.of(best)
        return np.where(change < 0, self.loss * change, change)

    def gain(self, best: FloatArray, step: FloatArray) -> FloatArray:
        """Return the gain that a step from the best prompt is; never more than the room."""
        change = np.where(step < 0, step / self.loss, step)
        return self.scale.accuracy(self.scale.of(best) + change) - best

    def noise_of(self, groups: Sequence[str]) -> FloatArray:
        """Return the multiple of the usual noise of each."""
        known = dict(self.noise)
        return np.array([known.get(group, 1.0) for group in groups])

    @property
    def prior(self) -> FloatArray:
        """Variances of a (at the usual n), b, d, e and f."""
        return np.array([0.3, self.slope_sd, 1.0, self.zero_shot_sd, self.retrieved_sd]) ** 2


FORM: Final = Form()


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
    zero_shot_only : bool
        Whether no prompt with examples was measured.
    retrieved : bool
        Whether the examples of the best prompt were retrieved.
    """

    kind: str
    n_train: float
    tiny: bool = False
    source: str = ""
    task: str = ""
    model: str = ""
    zero_shot_only: bool = False
    retrieved: bool = False

    @classmethod
    def of(cls, unit: Unit) -> PayoffQuery:
        """Return the query that a unit answers."""
        return cls(
            unit.kind, unit.n_train, unit.tiny, unit.source, unit.task, unit.model, unit.zero_shot_only,
            unit.prompt == "retrieved",
        )  # fmt: skip

    def effect_names(self) -> tuple[str, ...]:
        """Return the names of its effects; queries share those of equal name, and none where it is empty.

        A kind that is in no group is one of its own.
        """
        group = group_of(self.kind) or self.kind.strip().lower()
        return (
            group,
            group and f"{group}, {'tiny' if self.tiny else 'larger'} models",
            self.source,
            self.task and f"{self.source}: {self.task}",
        )

    def unit_name(self) -> str:
        """Return the name of this model on this task; empty where one of the two is unknown."""
        return f"{self.source}: {self.task}: {self.model}" if self.task and self.model else ""


@dataclass(frozen=True, slots=True, eq=False)
class _Posterior:
    """The posterior given the units, for each of C combinations of standard deviations and of L values of c."""

    terms: FloatArray  # (U, 5)
    names: NDArray[np.str_]  # (U, effects)
    unit_names: NDArray[np.str_]  # (U,)
    variances: FloatArray  # (C, effects)
    noise: FloatArray  # (C,) usual variance of a unit
    multiple: FloatArray  # (U,) of the variance of each
    mean_over_shown: float  # what training gives over showing, mean over the units that have it
    weight: FloatArray  # (C, L)
    factors: tuple[FloatArray, ...]  # C times (U, U): Cholesky's of the units' covariance, lower
    solved: FloatArray  # (C, L, U): that covariance's inverse times the units' steps without the learning term


def gains(
    units: Sequence[Unit], best: FloatArray, query: PayoffQuery, over_shown: float = math.nan, form: Form = FORM
) -> FloatArray:
    """Draw the gain (N,) of a query, given the units; best prompt plus gain lies in [0, 1].

    Parameters
    ----------
    units : sequence of Unit
        The evidence.
    best : float array (N,)
        Draws of the best prompted accuracy, in [0, 1].
    query : PayoffQuery
        What the gain is predicted for.
    over_shown : float
        What training its model on a few examples gives over showing it as many; NaN without a probe.
    form : Form
        What the model looks at.

    Examples
    --------
    >>> from curvefit.payoff.evidence import evidence
    >>> drawn = gains(evidence(), np.full(4000, 0.97), PayoffQuery("summarization", 1000))
    >>> float(drawn.max()) <= 0.03 + 1e-9, float((drawn > 0.02).mean()) < 0.2
    (True, True)
    """
    import scipy.linalg  # noqa: F401 (its BLAS can be limited once it is there)
    from threadpoolctl import threadpool_limits

    # Hundreds of small matrices: on a busy machine threads that wait for one another took 15 times as long.
    with threadpool_limits(1, "blas"):
        return _drawn(units, best, query, over_shown, form)


def _drawn(units: Sequence[Unit], best: FloatArray, query: PayoffQuery, over_shown: float, form: Form) -> FloatArray:
    from scipy.linalg import lapack

    if math.isnan(over_shown):
        units = [replace(unit, over_shown=math.nan) for unit in units]
    posterior = _posterior_of(tuple(units), form)
    prior = form.prior
    rng = np.random.default_rng(0)
    spread_row, learning_row = np.divmod(
        rng.choice(posterior.weight.size, size=len(best), p=posterior.weight.ravel()), len(_LEARNING)
    )
    used, row = np.unique(spread_row, return_inverse=True)  # the combinations drawn (R,), and which a draw has
    query_names = np.array(query.effect_names())
    same_name = ((posterior.names == query_names) & (query_names != "")).astype(float)  # (U, effects)
    same_unit = (posterior.unit_names == query.unit_name()) & (query.unit_name() != "")
    own_noise = posterior.noise[used] * float(form.noise_of([group_of(query.kind)])[0]) ** 2
    # The covariance with the units is linear in terms and effects: it is solved for those, not for every draw.
    shared_terms = (posterior.terms * prior).T.copy()  # (terms, U)
    shared_terms[1] += form.group_slope_sd**2 * same_name[:, 0] * posterior.terms[:, 1]
    shared_effects = posterior.variances[used] @ same_name.T + _repeated(own_noise)[:, None] * same_unit  # (R, U)
    shared = [np.vstack([shared_terms, effects]) for effects in shared_effects]  # R times (terms + 1, U)
    weights = np.array([posterior.solved[c] @ each.T for c, each in zip(used, shared, strict=True)])
    whitened = np.array(
        [lapack.dtrtrs(posterior.factors[c], each.T, lower=1)[0] for c, each in zip(used, shared, strict=True)]
    )  # (R, U, terms + 1)
    explained = whitened.transpose(0, 2, 1) @ whitened
    spread = posterior.variances[used].sum(axis=1) + own_noise
    more = np.full(len(best), over_shown - posterior.mean_over_shown)
    flags = (np.full(len(best), flag) for flag in (query.zero_shot_only, query.retrieved))
    query_terms = _terms(form, best, more, *flags)
    terms = np.column_stack([query_terms, np.ones(len(best))])
    learned = _LEARNING[learning_row] * learning_term(np.array([query.n_train]))
    mean = (terms * weights[row, learning_row]).sum(axis=1) + learned
    own_slope = form.group_slope_sd**2 * query_terms[:, 1] ** 2 * (query_names[0] != "")
    variance = (
        query_terms**2 @ prior + own_slope + spread[row]
        - np.einsum("di,dij,dj->d", terms, explained[row], terms)
    )  # fmt: skip
    return np.clip(form.gain(best, rng.normal(mean, np.sqrt(variance))), -best, 1 - best)


@functools.lru_cache(maxsize=2)
def _posterior_of(units: tuple[Unit, ...], form: Form) -> _Posterior:
    from scipy.linalg import lapack

    over_shown = np.array([u.over_shown for u in units])
    mean_over_shown = float(np.nanmean(over_shown)) if np.isfinite(over_shown).any() else 0.0
    best, tuned, error = (np.array([getattr(u, n) for u in units]) for n in ("best_prompted", "fine_tuned", "error"))
    queries = [PayoffQuery.of(u) for u in units]
    zero_shot_only, retrieved = (np.array([getattr(q, n) for q in queries]) for n in ("zero_shot_only", "retrieved"))
    terms = _terms(form, best, over_shown - mean_over_shown, zero_shot_only, retrieved)
    n_train = np.array([u.n_train for u in units])
    y = form.step(best, tuned) - _LEARNING[:, None] * learning_term(n_train)  # (L, U)
    names = np.array([q.effect_names() for q in queries])
    unit_names = np.array([q.unit_name() for q in queries])
    same_name = np.array([(column[:, None] == column) & (column != "") for column in names.T], dtype=float)
    same_unit = (unit_names[:, None] == unit_names) & (unit_names != "") & ~np.eye(len(units), dtype=bool)
    multiple = form.noise_of([u.group for u in units]) ** 2
    slopes = form.group_slope_sd**2 * same_name[0] * np.outer(terms[:, 1], terms[:, 1])
    fixed = (terms * form.prior) @ terms.T + slopes + np.diag(error**2)
    spreads = np.array(list(product(_NOISE_SD, *_EFFECT_SD))) ** 2
    factors, solved, evidence = [], [], []
    for noise, alike in groupby(spreads, key=lambda spread: spread[0]):
        of_noise = fixed + np.diag(noise * multiple)
        of_noise += _repeated(noise * np.sqrt(np.outer(multiple, multiple))) * same_unit
        for _, *variances in alike:
            total = of_noise + np.tensordot(variances, same_name, 1)
            factor, _ = lapack.dpotrf(total, lower=1)
            whitened, _ = lapack.dtrtrs(factor, y.T, lower=1)  # (U, L)
            factors.append(factor)
            solved.append(lapack.dtrtrs(factor, whitened, lower=1, trans=1)[0].T)
            evidence.append(-0.5 * (whitened**2).sum(axis=0) - np.log(factor.diagonal()).sum())
    weight = np.exp(np.array(evidence) - np.max(evidence))  # (C, L)
    return _Posterior(
        terms, names, unit_names, spreads[:, 1:], spreads[:, 0], multiple, mean_over_shown, weight / weight.sum(),
        tuple(factors), np.array(solved),
    )  # fmt: skip


def _repeated(noise: FloatArray) -> FloatArray:
    """Return what of a variance of noise is the unit's own, and not the usual error of measuring it."""
    return np.maximum(noise - USUAL_ERROR**2, 0.0)


def _terms(
    form: Form, best: FloatArray, more: FloatArray, zero_shot_only: NDArray[np.bool_], retrieved: NDArray[np.bool_]
) -> FloatArray:
    """Return what multiplies a, b, d, e and f; `more` is training over showing minus its mean, NaN where unknown."""
    return np.column_stack([
        np.ones_like(best), form.scale.of(best) - form.scale.of(np.array(0.5)), (1 - best) * np.nan_to_num(more),
        zero_shot_only, retrieved,
    ])  # fmt: skip


def learning_distance(one: float, other: float) -> float:
    """Return how far apart two numbers of training examples are, in units of c."""
    return abs(float(learning_term(one) - learning_term(other)))


def learning_term(n_train: FloatArray | float) -> FloatArray:
    """Return what multiplies c: 0 at the usual number of examples."""
    examples = np.maximum(np.where(np.isnan(n_train), _USUAL_N_TRAIN, n_train), _MIN_N_TRAIN)
    return np.asarray(np.sqrt(32 / _USUAL_N_TRAIN) - np.sqrt(32 / examples))
