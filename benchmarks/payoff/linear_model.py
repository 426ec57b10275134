"""One linear model of the gain that looks at any features, and how well its predictions do.

Lives here: prediction of left-out cases and their scores. Gaussian noise and an effect of each cluster, whose sizes are
integrated over a grid, as in `curvefit.payoff.hierarchy`; features are scaled by the cases that are known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from benchmarks.payoff.cases import MARGIN, BacktestCase
from curvefit.curves.curve import Estimate
from curvefit.payoff.evidence import Unit
from curvefit.payoff.hierarchy import FORM, Form, PayoffQuery, gains
from curvefit.payoff.metrics import auc, bounded, coverage_of, log_loss, probability_above, resampled, resampled_mean
from curvefit.payoff.predictor import with_probes
from curvefit.task_kinds import GROUPS

__all__ = [
    "MARGIN",
    "Found",
    "Guess",
    "Predict",
    "able",
    "base_rate",
    "beyond",
    "for_a_user",
    "left_out",
    "looking_at",
    "of_form",
    "scored",
    "shipped",
]

FloatArray = NDArray[np.float64]

_PRIOR: Final = (0.3, 0.15)  # standard deviations of the level, and of what a feature adds by one deviation of its own
_NOISE: Final = (0.05, 0.08, 0.12, 0.18, 0.27, 0.4)
_CLUSTER: Final = (0.015, 0.06, 0.12, 0.2, 0.3)
_DRAWS: Final = 4000


@dataclass(frozen=True, slots=True)
class Guess:
    """Equally likely gains of each case (N, draws)."""

    gains: FloatArray

    @property
    def probability(self) -> FloatArray:
        """That the gain exceeds the margin."""
        return bounded(probability_above(self.gains, MARGIN))


@dataclass(frozen=True, slots=True)
class Found:
    """How well a predictor did; `ahead` is how much less its log-loss is than the base rate's."""

    cases: int
    paid: int
    auc: Estimate
    ahead: Estimate
    brier: Estimate
    coverage: Estimate
    error: Estimate
    rank: Estimate


def _columns(features: Sequence[str]) -> list[str]:
    return [name for f in features for name in ([f"kind {g}" for g in GROUPS] if f == "kind" else [f])]


def able(cases: Sequence[BacktestCase], features: Sequence[str]) -> list[BacktestCase]:
    """Return the cases that have all the features."""
    names = _columns(features)
    return [c for c in cases if all(math.isfinite(c.features.get(name, math.nan)) for name in names)]


def predict(known: Sequence[BacktestCase], new: Sequence[BacktestCase], features: Sequence[str]) -> Guess:
    """Draw gains of new cases, each of a cluster of its own, given the known ones."""
    names = _columns(features)
    raw, asked = (np.array([[c.features[n] for n in names] for c in some], dtype=float) for some in (known, new))
    raw, asked = raw.reshape(len(known), len(names)), asked.reshape(len(new), len(names))
    center, scale = raw.mean(axis=0), raw.std(axis=0)
    scale[scale == 0] = 1.0
    x, z = (np.column_stack([np.ones(len(a)), (a - center) / scale]) for a in (raw, asked))
    prior = np.array([_PRIOR[0], *[_PRIOR[1]] * len(names)]) ** 2
    y = np.array([c.gain for c in known])
    cluster = np.array([c.cluster for c in known])
    same = cluster[:, None] == cluster
    evidences, means, variances = [], [], []
    for noise, effect in product(_NOISE, _CLUSTER):
        total = (x * prior) @ x.T + effect**2 * same + noise**2 * np.eye(len(y))
        shared = (z * prior) @ x.T
        solved = np.linalg.solve(total, np.column_stack([y, shared.T]))
        evidences.append(-0.5 * y @ solved[:, 0] - 0.5 * np.linalg.slogdet(total)[1])
        means.append(shared @ solved[:, 0])
        variances.append(z**2 @ prior + effect**2 + noise**2 - np.einsum("nu,un->n", shared, solved[:, 1:]))
    weight = np.exp(np.array(evidences) - max(evidences))
    rng = np.random.default_rng(0)
    cell = rng.choice(len(weight), size=_DRAWS, p=weight / weight.sum())
    drawn = rng.normal(np.array(means)[cell], np.sqrt(np.array(variances)[cell])).T  # (N, draws)
    best = np.array([[c.best] for c in new])
    return Guess(np.clip(drawn, -best, 1 - best))


Predict = Callable[[Sequence[BacktestCase], Sequence[BacktestCase]], Guess]


def looking_at(features: Sequence[str]) -> Predict:
    """Return the linear model of these features."""
    return lambda known, new: predict(known, new, features)


def shipped(known: Sequence[BacktestCase], new: Sequence[BacktestCase]) -> Guess:
    """Predict as the package does, from these cases in place of its evidence."""
    return of_form(FORM)(known, new)


def of_form(form: Form) -> Predict:
    """Return what predicts as the package does in another form."""

    def predicting(known: Sequence[BacktestCase], new: Sequence[BacktestCase]) -> Guess:
        units = [c.unit for c in known if c.unit]
        queries = [(c.best, replace(PayoffQuery.of(c.unit), source="", task="")) for c in new if c.unit]
        return Guess(np.array([gains(units, np.full(_DRAWS, best), query, form=form) for best, query in queries]))

    return predicting


def for_a_user(others: Sequence[Unit], cases: Sequence[BacktestCase], probe: str = "", way: str = "shipped") -> Predict:
    """Return what predicts as the package does for a user: from others' units, and from the cases of other tasks.

    With a probe, one of `BacktestCase.probes`, the user has fine-tuned that before. It counts as the package has it,
    or as a ``case`` of the task, by the ``term`` that compares training with showing, or as ``both``.
    """

    def predicting(known: Sequence[BacktestCase], new: Sequence[BacktestCase]) -> Guess:
        asked = {case.cluster for case in new}
        units = [*others, *(case.unit for case in cases if case.unit and case.cluster not in asked)]
        drawn = []
        for case in new:
            assert case.unit is not None
            probes = [case.probes[probe]] if probe else []
            told, setting, over_shown = with_probes(
                units, PayoffQuery.of(case.unit), probes if way == "shipped" else []
            )
            if way in ("case", "both"):
                told += [probe.unit(setting) for probe in probes]
            if way in ("term", "both"):
                over_shown = float(np.mean([probe.over_shown.gain.value for probe in probes if probe.over_shown]))
            drawn.append(gains(told, np.full(_DRAWS, case.best), setting, over_shown))
        return Guess(np.array(drawn))

    return predicting


def beyond(cases: Sequence[BacktestCase], guess: Guess, less: Guess) -> tuple[Estimate, Estimate]:
    """Return by how much a guess is better than another, case by case: nats of log-loss, and error of the gain.

    Intervals are Student's, from the sums of whole clusters: there are too few to resample.
    """
    gain = np.array([c.gain for c in cases])
    _, cluster = np.unique([c.cluster for c in cases], return_inverse=True)
    paid = np.array([c.paid for c in cases])
    losses = [log_loss(g.probability, paid) for g in (less, guess)]
    errors = [np.abs(np.median(g.gains, axis=1) - gain) for g in (less, guess)]
    nats, points = (_of_clusters(before - after, cluster) for before, after in (losses, errors))
    return nats, points


def _of_clusters(values: FloatArray, cluster: NDArray[np.intp]) -> Estimate:
    mean, count = float(values.mean()), int(cluster.max()) + 1
    sums = np.bincount(cluster, values - mean, count)
    half = float(t.ppf(0.95, count - 1) * math.sqrt(count / (count - 1) * (sums**2).sum()) / len(values))
    return Estimate(mean, mean - half, mean + half, 0.9)


def left_out(cases: Sequence[BacktestCase], predicting: Predict, known: Sequence[BacktestCase] = ()) -> Guess:
    """Predict every case from the other clusters, of these cases or of those known."""
    found = np.empty((len(cases), _DRAWS))
    for cluster in {c.cluster for c in cases}:
        held = [i for i, c in enumerate(cases) if c.cluster == cluster]
        others = [c for c in known or cases if c.cluster != cluster]
        found[held] = predicting(others, [cases[i] for i in held]).gains
    return Guess(found)


def base_rate(cases: Sequence[BacktestCase], known: Sequence[BacktestCase] = ()) -> FloatArray:
    """Return the share of other clusters' cases that paid; one of each kind is added, so that it is never 0 or 1."""
    shares = []
    for case in cases:
        others = [c.paid for c in known or cases if c.cluster != case.cluster]
        shares.append((sum(others) + 1) / (len(others) + 2))
    return np.array(shares)


def scored(cases: Sequence[BacktestCase], guess: Guess, base: FloatArray) -> Found:
    """Score a predictor, with intervals by resampling whole clusters."""
    gain = np.array([c.gain for c in cases])
    paid = np.array([c.paid for c in cases])
    _, cluster = np.unique([c.cluster for c in cases], return_inverse=True)
    probability = guess.probability
    loss, base_loss = (log_loss(p, paid) for p in (probability, base))
    low, middle, high = np.quantile(guess.gains, (0.05, 0.5, 0.95), axis=1)

    return Found(
        cases=len(cases),
        paid=int(paid.sum()),
        auc=resampled(lambda some: auc(probability[some], paid[some]), cluster),
        ahead=resampled_mean(base_loss - loss, cluster),
        brier=resampled_mean((probability - paid) ** 2, cluster),
        coverage=coverage_of((low <= gain) & (gain <= high), cluster),
        error=resampled_mean(np.abs(middle - gain), cluster),
        rank=resampled(lambda some: _rank_correlation(middle[some], gain[some]), cluster),
    )


def _rank_correlation(ours: FloatArray, theirs: FloatArray) -> float:
    """Spearman's; NaN where one of the two is constant."""
    a, b = _ranks(ours), _ranks(theirs)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _ranks(values: FloatArray) -> FloatArray:
    """Return ranks from 1 on, equal values their mean one: as scipy's, which takes five times as long for so few."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])
