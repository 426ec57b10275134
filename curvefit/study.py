"""The two halves and where they meet: `measure` asks, `analyze` concludes, `Study` holds both. Read this first.

::

    task, design, model --measure--> Measurement (a Curve that knows its origin) --analyze--> Study
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from numbers import Integral, Real
from typing import Any, Final

import numpy as np

from curvefit.curves.curve import Curve, Estimate, Point
from curvefit.curves.forecast import Forecast
from curvefit.curves.group_sequential import Looks
from curvefit.curves.next_measurement import Supply
from curvefit.curves.verdict import Verdict, judge
from curvefit.decision.advice import Advice, AdviceInputs, advise
from curvefit.decision.best_prompt import Prompt, best_of, best_of_each, optimism_of
from curvefit.decision.sensitivity import Sensitivity, sensitivity
from curvefit.errors import CurveError
from curvefit.measurement.measurement import Measurement, seen
from curvefit.models import store
from curvefit.payoff.comparison import over_constant, paired_gain
from curvefit.payoff.hierarchy import PayoffQuery
from curvefit.payoff.predictor import Payoff, Probed, payoff_of, to_beat

__all__ = [
    "MOST_EXAMPLES",
    "Study",
    "analyze",
    "asked_about",
    "number_of_examples",
    "predict_payoff",
]

MOST_EXAMPLES: Final = 10**9  # to fine-tune on: more is a slip of the hand


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A measured curve and everything concluded from it.

    Attributes
    ----------
    curve : Measurement
        What was measured.
    level, margin, seed
        What `analyze` was called with.
    n_train : int or None
        Examples to fine-tune on, as stated to `analyze`.
    probes : tuple of Probed
        As stated to `analyze`.
    points : tuple of Point
        Accuracy at each number of shots that has any score.
    parse_rate : tuple of float
        Share of replies an answer could be read from, one per point; NaN where unknown.
    choice : tuple of Point
        Accuracy of the constrained choice, one per point; empty where not measured.
    forecast, verdict, advice
        The conclusions.
    best : Prompt
        The best prompt measured.
    retrieved : tuple of Point
        Accuracy with the examples most similar to each item; empty where not measured.
    payoff : Payoff or None
        What fine-tuning would add over the best prompt; None where the kind of task or `n_train` is unknown.
    sensitivity : Sensitivity or None
        Whether the verdict holds without the replies that are missing; None where none is.
    lead : Estimate or None
        How far the best retrieved examples are ahead of the best random ones, on the same items; None where they are
        not, or were not measured.
    over_constant : Estimate or None
        How far the best prompt is above the commonest answer, given to everything; None where that is not known.
    optimism : float
        By how much the best of all prompts looks better than it is, since it was picked on the items it is scored on;
        NaN where there are no single scores.
    looks : Looks or None
        How measuring in looks ended; None where all was measured at once, and after judging anew.
    """

    curve: Measurement
    level: float
    margin: float
    seed: int
    points: tuple[Point, ...]
    parse_rate: tuple[float, ...]
    choice: tuple[Point, ...]
    forecast: Forecast
    verdict: Verdict
    advice: Advice
    best: Prompt
    retrieved: tuple[Point, ...] = ()
    payoff: Payoff | None = None
    n_train: int | None = None
    probes: tuple[Probed, ...] = ()
    sensitivity: Sensitivity | None = None
    lead: Estimate | None = None
    over_constant: Estimate | None = None
    optimism: float = math.nan
    looks: Looks | None = None


def analyze(
    curve: Curve,
    *,
    margin: float = 0.02,
    level: float = 0.9,
    seed: int = 0,
    n_train: int | None = None,
    probes: Sequence[Probed] = (),
) -> Study:
    """Conclude from a curve: points, forecast, verdict, payoff of fine-tuning, advice. Pure: same input, same bytes.

    Parameters
    ----------
    curve : Curve
        Measured, or made with `Curve.from_means`. What fine-tuning would add is over its best prompt, or over that of
        the retrieved examples it was put `Measurement.beside`.
    margin : float
        The smallest gain in accuracy worth having, in (0, 1).
    level : float
        Of every interval but that of the payoff, which is 90% as in its backtest; in (0, 1).
    seed : int
        Of the posterior's draws.
    n_train : int, optional
        Examples to predict the payoff of fine-tuning on; by default all of the pool, where there is one. It is
        predicted for a `Measurement` whose kind of task is known.
    probes : sequence of Probed, optional
        Small models that were fine-tuned on the same task: the payoff rests on them too.

    Raises
    ------
    CurveError
        Margin, level or n_train out of range.
    """
    for name, value in (("margin", margin), ("level", level)):
        if not 0.0 < value < 1.0:
            raise CurveError(f"{name} lies between 0 and 1, not {value!r}")
    n_train = None if n_train is None else number_of_examples(n_train)
    probes = tuple({repr(probe): probe for probe in probes}.values())  # one that is given twice counts once
    measured = curve if isinstance(curve, Measurement) else Measurement(**vars(curve))
    prompts = best_of_each(measured, level=level, seed=seed)
    drawn, best = prompts[0], best_of(prompts)
    points = drawn.points
    retrieved = prompts[1].points if measured.retrieved else ()
    supply, classes = Supply(measured.pool, measured.available), measured.n_labels
    verdict = judge(measured, drawn.forecast, margin=margin, horizon=measured.horizon, n_classes=classes, supply=supply)
    choice: tuple[Point, ...] = ()
    if measured.choices is not None:
        choice = seen(Curve(shots=measured.shots, scores=measured.choices), measured.observed, level)
    payoff = _predicted(measured, best, n_train or measured.pool, margin, probes)
    # The best of several looks better than it is: the more there are, the surer it has to be.
    sure = 1 - (1 - level) / measured.tried
    over = over_constant(best.curve, best.point.shots, best.curve.commonest, sure)
    lead, optimism = _lead(drawn, best), optimism_of(measured)
    looked_at = AdviceInputs(
        kind=measured.kind,
        points=drawn.candidates,
        choice=tuple(compress(choice, measured.whole)),
        parse_rate=tuple(compress(measured.parse_rate, measured.whole)),
        verdict=verdict,
        payoff=payoff,
        retrieved=prompts[1].candidates if measured.retrieved in measured.compared else (),
        lead=lead,
        over_constant=over,
        tried=measured.tried,
        optimism=optimism,
        pool=None if measured.design is None else measured.pool or None,
        stopped=measured.stopped,
    )
    return Study(
        curve=measured,
        level=level,
        margin=margin,
        seed=seed,
        points=points,
        parse_rate=measured.parse_rate,
        choice=choice,
        forecast=drawn.forecast,
        verdict=verdict,
        advice=advise(looked_at),
        best=best,
        retrieved=retrieved,
        payoff=payoff,
        n_train=n_train,
        probes=probes,
        sensitivity=sensitivity(measured, verdict.trend, margin=margin, level=level, seed=seed),
        lead=lead,
        over_constant=over,
        optimism=optimism,
    )


def _predicted(measured: Measurement, best: Prompt, n: int, margin: float, probes: Sequence[Probed]) -> Payoff | None:
    """Return what fine-tuning on n examples would add over the best prompt; None where n or the kind is unknown."""
    if not measured.kind or not n:
        return None
    asked = asked_about(measured, measured.kind, n)
    return payoff_of(measured, to_beat(best.shots, best.forecast), asked, margin=margin, probes=probes)


def _lead(drawn: Prompt, best: Prompt) -> Estimate | None:
    """Return by how much retrieved examples are ahead, item by item; None where they are not, or cannot be compared."""
    if best is drawn:
        return None
    try:
        level = best.point.accuracy.level
        return paired_gain(best.curve, best.point.shots, drawn.curve, drawn.point.shots, level)
    except CurveError:  # fewer than two items in common
        return None


def predict_payoff(
    curve: Curve,
    *,
    kind: str,
    n_train: int,
    n_classes: int | None = None,
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
        Kind of task, such as ``classification`` or ``multilingual-qa``; see `curvefit.payoff.evidence.GROUPS`.
    n_train : int
        Examples to fine-tune on, 1 to `MOST_EXAMPLES`.
    n_classes : int, optional
        Classes of a label task. Of no use for the prediction yet: the evidence does not say how many there were.
    retrieved : float, optional
        Accuracy with demonstrations retrieved for each item, in [0, 1]: the prompt to beat, where it is better.
    margin : float
        The smallest gain worth having, in (0, 1).

    Raises
    ------
    CurveError
        No curve, no kind, or out of range: n_train, n_classes, retrieved or margin.
    """
    if not isinstance(curve, Curve):
        raise CurveError(f"a curve is needed, such as study.curve, not {type(curve).__name__}")
    if not isinstance(kind, str) or not kind.strip():
        raise CurveError(f"kind must be text, such as 'classification', not {kind!r}")
    examples = number_of_examples(n_train)
    if n_classes is not None and not (isinstance(n_classes, Integral) and int(n_classes) >= 0):
        raise CurveError(f"n_classes must be a whole number, at least 0, not {n_classes!r}")
    if retrieved is not None and not (isinstance(retrieved, Real) and 0.0 <= retrieved <= 1.0):
        raise CurveError(f"retrieved must lie in [0, 1], not {retrieved!r}")
    if not (isinstance(margin, Real) and 0.0 < margin < 1.0):
        raise CurveError(f"margin lies between 0 and 1, not {margin!r}")
    measured = curve if isinstance(curve, Measurement) else Measurement(**vars(curve))
    best = best_of(best_of_each(measured))
    beat = to_beat(best.shots, best.forecast)
    if retrieved is not None and retrieved > np.median(beat):
        beat = np.full_like(beat, retrieved)
    return payoff_of(measured, beat, asked_about(measured, kind, examples), margin=margin)


def number_of_examples(n_train: Any) -> int:
    """Return how many examples are to be fine-tuned on, as an int.

    Raises
    ------
    CurveError
        It is no whole number, or not 1 to `MOST_EXAMPLES`.
    """
    if not isinstance(n_train, Integral) or not 1 <= int(n_train) <= MOST_EXAMPLES:
        raise CurveError(f"n_train must be a whole number, 1 to {MOST_EXAMPLES:,}, not {n_train!r:.40}")
    return int(n_train)


def asked_about(measured: Measurement, kind: str, n_train: int) -> PayoffQuery:
    """Return what the prediction is told of a measured task and model."""
    return PayoffQuery(kind, n_train, store.tiny(measured.model), task=measured.task, model=measured.model)
