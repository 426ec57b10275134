"""What fine-tuning would add, of what was measured. Lives here: the question to `payoff/`, and the prompt to beat.

Prompts are without the errors of their judge, where these are known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from numbers import Real
from statistics import NormalDist
from typing import Literal

import numpy as np

from curvefit.curves.curve import Curve, Estimate
from curvefit.decision.best_prompt import Prompt, best_of, best_of_each, optimism_of
from curvefit.decision.candidates import raised
from curvefit.decision.criteria import check_share, checked_kind, number_of_examples
from curvefit.decision.judge_correction import (
    accuracy_without_judge_errors,
    optimism_without_judge_errors,
    points_without_judge_errors,
)
from curvefit.errors import CurveError
from curvefit.measurement.measurement import Measurement, as_measurement, observed_points
from curvefit.payoff.comparison import fair_accuracy
from curvefit.payoff.hierarchy import PayoffQuery
from curvefit.payoff.predictor import Payoff, Probed, accuracy_to_beat, payoff_of
from curvefit.payoff.stand_in import ClassifierAccuracy

__all__ = [
    "chance_of_room",
    "ends_within_room",
    "missing_for_payoff",
    "payoff_over_prompt",
    "payoff_query",
    "predict_payoff",
]


def predict_payoff(
    curve: Curve,
    *,
    kind: str,
    n_train: int,
    retrieved: float | None = None,
    margin: float = 0.02,
) -> Payoff:
    """Predict what fine-tuning would add over the best prompt.

    For a `Measurement` it is what `curvefit.analyze` predicts: its retrieved examples count among the prompts, and it
    says which model it is of. Any other curve is taken to be of a model of half a billion parameters or more.

    Parameters
    ----------
    curve : Curve
        Measured, or made with `Curve.from_means`; its best number of shots is the one to beat.
    kind : str
        Kind of task, such as ``classification`` or ``multilingual-qa``; see `curvefit.task_kinds.GROUPS`. One that
        is not among them is no error: the prediction then rests on tasks of all kinds, is wider, and has no `basis`.
    n_train : int
        Examples to fine-tune on, 1 to `MOST_EXAMPLES`.
    retrieved : float, optional
        Accuracy with demonstrations retrieved for each item, in [0, 1]: the prompt to beat, where it is better.
    margin : float
        The smallest gain worth having, in (0, 1).

    Raises
    ------
    CurveError
        No curve, a kind that is empty, no text or nearly one, or out of range: n_train, retrieved or margin.

    Examples
    --------
    >>> curve = cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)
    >>> payoff = cf.predict_payoff(curve, kind="extraction", n_train=1000)
    >>> payoff.gain.low <= payoff.gain.value <= payoff.gain.high
    True
    >>> cf.predict_payoff(curve, kind="poetry", n_train=1000).basis
    ()
    """
    measured, kind, examples = as_measurement(curve), checked_kind(kind), number_of_examples(n_train)
    if retrieved is not None and not (isinstance(retrieved, Real) and 0.0 <= retrieved <= 1.0):
        raise CurveError(f"retrieved must lie in [0, 1], not {retrieved!r}")
    check_share("margin", margin)
    best, query = best_of(best_of_each(measured)), payoff_query(measured, kind, examples)
    if retrieved is not None:
        query = replace(query, zero_shot_only=False)
    to_beat = accuracy_to_beat(best.shots, best.true_forecast)
    if retrieved is None or retrieved <= np.median(to_beat):
        payoff = payoff_of(_for_rule(measured), to_beat, query, margin=margin)
        return _with_accuracy(payoff, best, optimism_without_judge_errors(measured.judge, optimism_of(measured)))
    payoff = payoff_of(_for_rule(measured), np.full_like(to_beat, retrieved), query, margin=margin)
    return _with_accuracy(payoff, Estimate(*(float(retrieved),) * 3, payoff.gain.level))


def payoff_over_prompt(
    measured: Measurement,
    best: Prompt,
    query: PayoffQuery,
    margin: float,
    probes: Sequence[Probed] = (),
    classifier: ClassifierAccuracy | None = None,
) -> Payoff:
    """Predict what fine-tuning would add over a measurement's best prompt; arguments are not checked.

    The best prompt may be of what it was put `Measurement.beside`; the rule of thumb reads its own curve. Probes and
    classifier are without the errors of a judge.
    """
    to_beat = accuracy_to_beat(best.shots, best.true_forecast)
    payoff = payoff_of(_for_rule(measured), to_beat, query, margin=margin, probes=probes, classifier=classifier)
    return _with_accuracy(payoff, best, optimism_without_judge_errors(measured.judge, optimism_of(measured)))


def _for_rule(measured: Measurement) -> Curve:
    """Return the curve that the rule of thumb reads, without the errors of a judge, where one gave the scores."""
    concluded = measured.up_to_whole
    if measured.judge is None:
        return concluded
    points = points_without_judge_errors(measured.judge, observed_points(concluded, 0.9))
    return Curve.from_means([point.shots for point in points], [point.accuracy.value for point in points])


def score_at(curve: Measurement, shots: int, level: float) -> Estimate:
    """Return what a prompt scored, without the errors of a judge, with its interval at a level."""
    seen = next(point.accuracy for point in curve.points(level) if point.shots == shots)
    return accuracy_without_judge_errors(curve.judge, seen)


def ends_within_room(gain: Estimate, score: Estimate) -> Estimate:
    """Return a gain over a prompt of that score, with ends that go no further than the score's ends leave room.

    Both are of one level.
    """
    low, high = max(gain.low, -score.high), min(gain.high, 1.0 - score.low)
    return replace(gain, low=min(low, gain.value), high=max(high, gain.value))


def chance_of_room(score: Estimate, margin: float) -> float:
    """Return the chance that a prompt of that score leaves more than the margin to gain.

    On either side of its value the interval is taken to be that of a normal error. A perfect score has no other side:
    the mistakes behind it are taken to be exponential, and beyond the lower end as often as the interval leaves.
    """
    if score.value >= 1:
        return ((1 - score.level) / 2) ** (margin / (1 - score.low)) if score.low < 1 else 0.0
    normal, room = NormalDist(), 1.0 - score.value - margin
    width = score.high - score.value if room > 0 else score.value - score.low
    error = width / normal.inv_cdf((1 + score.level) / 2)
    return normal.cdf(room / error) if error > 0 else float(room > 0)


def _with_accuracy(payoff: Payoff, over: Prompt | Estimate, optimism: float = math.nan) -> Payoff:
    """Return a payoff over a prompt, or a score, with a gain that there is room for, and with what is reached.

    No gain is more probable than there being room for it over that score without its optimism; NaN is unknown.

    That is the gain over what was scored. It is over that without its luck where the two came to more than 1, and where
    a classifier tells what is reached, whatever the prompt scored: luck is no part of that.
    """
    scored = over if isinstance(over, Estimate) else score_at(over.curve, over.point.shots, payoff.gain.level)
    gain, prompted = ends_within_room(payoff.gain, scored), scored.value
    if payoff.prompted is not None and (payoff.stand_in is not None or prompted + gain.value > 1):
        prompted = payoff.prompted
    chance = min(payoff.probability, chance_of_room(fair_accuracy(scored, optimism), payoff.margin))
    return replace(payoff, gain=gain, probability=chance, fine_tuned=raised(prompted, gain))


def payoff_query(measured: Measurement, kind: str, n_train: int) -> PayoffQuery:
    """Return the query of a payoff for a measured task and model."""
    with_examples = any(
        (curve.shots[curve.observed] > 0).any() for curve in (measured, measured.retrieved) if curve is not None
    )
    return PayoffQuery(
        kind, n_train, measured.of_tiny_model, task=measured.task, model=measured.model,
        zero_shot_only=not with_examples,
    )  # fmt: skip


def missing_for_payoff(measured: Measurement, n_train: int | None) -> tuple[Literal["kind", "n_train"], ...]:
    """Return what would have to be known besides, to predict what fine-tuning on so many examples adds."""
    absent: dict[Literal["kind", "n_train"], bool] = {
        "kind": not measured.kind,
        "n_train": not (n_train or measured.pool),
    }
    return tuple(name for name, missing in absent.items() if missing)
