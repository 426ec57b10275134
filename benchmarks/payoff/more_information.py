"""What a probe adds to the shipped prediction, and more examples to a gain.

Lives here: three parts of predictors.md; see `predictors`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from benchmarks.payoff.cases import BacktestCase
from benchmarks.payoff.linear_model import base_rate, beyond, for_a_user, left_out, scored
from benchmarks.payoff.reliability import FEWEST
from benchmarks.payoff.table import interval
from curvefit.curves.curve import Estimate
from curvefit.payoff.evidence import Unit
from curvefit.payoff.hierarchy import FORM, learning_term
from curvefit.payoff.metrics import resampled_mean
from curvefit.payoff.predictor import DISTANCE_SD

__all__ = ["beyond_both", "more", "probed"]

FloatArray = NDArray[np.float64]

_AS_SHOWN: Final = 0.0005  # of accuracy, by which two figures differ as they are shown
# Probes, by what they are called among `BacktestCase.probes`.
_PROBES: Final = {
    "own": "the same model, the fewest examples",
    "other": "the other model, the fewest examples",
    "other whole": "the other model, the most examples",
}


def probed(cases: Sequence[BacktestCase], known: Sequence[BacktestCase], others: Sequence[Unit]) -> str:
    """Return what each probe adds to the shipped model, counted in each way."""
    lines = [
        "| probe | counted | cases (paid) | AUC | nats ahead of no probe | error less by, points | coverage |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for probe, said in _PROBES.items():
        some = [case for case in cases if probe in case.probes]
        if len({case.cluster for case in some}) < FEWEST:
            lines.append(f"| {said} | | {len(some)} | too few tasks | | | |")
            continue
        base, without = base_rate(some), left_out(some, for_a_user(others, known))
        for way in ("not", "case", "term", "both", "shipped"):
            guess = without if way == "not" else left_out(some, for_a_user(others, known, probe, way))
            found, (nats, error) = scored(some, guess, base), beyond(some, guess, without)
            less = Estimate(100 * error.value, 100 * error.low, 100 * error.high, error.level)
            added = ("", "") if way == "not" else (interval(nats), interval(less))
            lines.append(
                f"| {said} | {way} | {found.cases} ({found.paid}) | {interval(found.auc)} | {added[0]} | {added[1]} |"
                f" {interval(found.coverage)} |"
            )
    return "\n".join(lines)


def more(cases: Sequence[BacktestCase]) -> str:
    """Return by how much units differ in what more examples add: by this a probe of fewer counts for less."""
    gone = [(case.cluster, case.unit, case.probes["own"]) for case in cases if case.unit and "own" in case.probes]
    added = np.array([
        (_step(unit.best_prompted, unit.gain) - _step(probe.best_prompted, probe.gain.value))
        / float(learning_term(unit.n_train) - learning_term(probe.n_train))
        for _, unit, probe in gone
    ])  # fmt: skip
    names, task = np.unique([cluster for cluster, _, _ in gone], return_inverse=True)
    if len(names) < FEWEST:
        return f"Too few tasks measured: {len(names)}."
    mean, spread = resampled_mean(added, task), _deviation(added, task)
    return (
        "What the step from the best prompt grows by on the scale of the shipped model, from the fewest examples to the"
        f" most, for each unit that √(32/n) falls: mean {interval(mean)}, standard deviation of the units, errors of"
        f" measurement included, {interval(spread)}; {len(gone)} units. A probe's error grows by {DISTANCE_SD} a unit"
        " in the shipped model."
    )


def beyond_both(cases: Sequence[BacktestCase], known: Sequence[BacktestCase], others: Sequence[Unit]) -> str:
    """Return how often a prediction with a probe is beyond both the probe and that without it, and whether rightly."""
    some = [case for case in cases if "own" in case.probes]
    if len({case.cluster for case in some}) < FEWEST:
        return "Too few tasks measured."
    alone, predicted = (
        np.median(left_out(some, for_a_user(others, known, probe)).gains, axis=1) for probe in ("", "own")
    )
    probe, gain = np.array([(case.probes["own"].gain.value, case.gain) for case in some]).T
    lower, higher = np.minimum(alone, probe), np.maximum(alone, probe)
    above, below = predicted > higher + _AS_SHOWN, predicted < lower - _AS_SHOWN
    clusters = np.array([case.cluster for case in some])[above]
    _, cluster = np.unique(clusters, return_inverse=True)
    by, missed, kept = (
        interval(resampled_mean(100 * values[above], cluster))
        for values in (predicted - higher, predicted - gain, higher - gain)
    )
    return (
        f"Of {len(some)} trainings predicted with the same model's on the fewest examples, the gain predicted was above"
        f" both that of the probe and the one predicted without it in {above.sum()}, and below both in {below.sum()}."
        f" Those above were so by {by} points. They differ from what was then gained by {missed} points on average; the"
        f" higher of the two by {kept}."
    )


def _step(best: float, gain: float) -> float:
    return float(FORM.step(np.array(best), np.array(best + gain)))


def _deviation(values: FloatArray, cluster: NDArray[np.intp]) -> Estimate:
    """Return their standard deviation, with Student's interval of its logarithm by leaving out whole clusters."""
    count, value = int(cluster.max()) + 1, float(values.std(ddof=1))
    without = np.log([values[cluster != one].std(ddof=1) for one in range(count)])
    error = math.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum())
    wide = math.exp(float(t.ppf(0.95, count - 1)) * error)
    return Estimate(value, value / wide, value * wide, 0.9)
