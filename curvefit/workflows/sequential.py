"""Measure in looks: small first, more where more can tell. Lives here: the loop around asking and judging."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.forecast import forecast
from curvefit.curves.group_sequential import InterimAnalysis, Looks, interim_analysis, planned_looks
from curvefit.curves.verdict import HORIZON_MULTIPLE, trend_of
from curvefit.decision.judge_correction import without_judge_errors
from curvefit.measurement.measurement import Measurement
from curvefit.trials.trial_plan import Plan

__all__ = ["LookReport", "measure_in_looks"]

FloatArray = NDArray[np.float64]
LookReport = Callable[[int, int, InterimAnalysis], object]  # which look, of how many, and its interim analysis


def measure_in_looks(
    measured: Callable[[Plan], Measurement],
    plan: Plan,
    *,
    margin: float = 0.02,
    level: float = 0.9,
    notify: LookReport | None = None,
) -> tuple[Measurement, Looks]:
    """Measure in up to four looks; stop when the verdict is settled, or when all of the plan would hardly settle it.

    Every look has more draws and more items, at those numbers of shots that still tell something about what is ahead.
    It is judged at a level of its own, higher than the one asked for, so that looking several times does not make wrong
    verdicts more frequent (see `curvefit.curves.group_sequential`): conclude from what comes back at `Looks.level`.

    Parameters
    ----------
    measured : callable
        Measures a part of the plan, as ``lambda part: measure(task, part, model, journal=path)`` does; with a journal
        nothing is asked twice.
    plan : Plan
        What is measured at most.
    margin, level
        As of `curvefit.analyze`.
    notify : callable, optional
        Called after every look that leaves the verdict open, with its number, how many there are, and what
        `interim_analysis` returned.

    Raises
    ------
    CurvefitError
        As `measure` and `curvefit.analyze` do.
    """
    *early, last = planned_looks(plan.design.draws, plan.design.items, level)
    count = len(early) + 1
    left: list[Measurement] = []  # numbers of shots that are not measured further
    going = plan.design.shots
    for number, look in enumerate(early, 1):
        part = plan.part(shots=going, draws=look.draws, items=look.items)
        so_far = _joined([measured(part), *left])
        if so_far.stopped:  # nothing more may be asked
            return so_far, Looks(number, count, "stopped", look.level)
        # Neither payoff nor advice decides whether to go on: they are concluded once, at the end.
        seen = forecast(so_far, level=look.level, n_classes=so_far.n_labels)
        future = without_judge_errors(so_far, seen)
        trend = trend_of(so_far, future, margin=margin, horizon=so_far.horizon, n_classes=so_far.n_labels)
        if trend != "inconclusive":
            return so_far, Looks(number, count, "settled", look.level)
        horizon = so_far.horizon or HORIZON_MULTIPLE * max(going[-1], 1)
        interim = interim_analysis(
            so_far, seen, last, margin=margin * future.draws.shrinkage, horizon=horizon, continuing=going
        )
        if interim.futile:
            return so_far, Looks(number, count, "given-up", look.level, interim.chance)
        if notify is not None:
            notify(number, count, interim)
        if behind := tuple(k for k in going if k not in interim.shots):
            left.append(measured(part.part(shots=behind)))
        going = interim.shots
    whole = _joined([measured(plan.part(shots=going, draws=last.draws, items=last.items)), *left])
    return whole, Looks(count, count, "stopped" if whole.stopped else "complete", last.level)


def _joined(parts: Sequence[Measurement]) -> Measurement:
    """Return one measurement of several at different shots; the first has the most draws and items."""
    most = parts[0]
    if len(parts) == 1:
        return most
    shots = np.concatenate([part.shots for part in parts])
    order = np.argsort(shots)
    place = {item: i for i, item in enumerate(most.items)}

    def together(arrays: Sequence[FloatArray | None]) -> FloatArray | None:
        if any(array is None for array in arrays):
            return None
        whole = np.full((len(shots), *most.scores.shape[1:]), np.nan)
        row = 0
        for part, array in zip(parts, arrays, strict=True):
            rows, draws, _ = part.scores.shape
            whole[row : row + rows, :draws, [place[item] for item in part.items]] = array
            row += rows
        return whole[order]

    extents = [(part.scores.shape[1], part.scores.shape[2]) for part in parts for _ in part.shots]
    by_shots = [usage for part in parts for usage in part.usage_by_shots]
    seconds = [pair for part in parts for pair in part.seconds_by_shots]
    scores = together([part.scores for part in parts])
    assert scores is not None  # noqa: S101 - every measurement has scores
    return replace(
        most,
        shots=shots[order],
        scores=scores,
        readable=together([part.readable for part in parts]),
        judge=max((part.judge for part in parts if part.judge), key=lambda judge: judge.judged, default=None),
        choices=together([part.choices for part in parts]),
        also_scores=together([part.also_scores for part in parts]),
        design=None if most.design is None else replace(most.design, shots=tuple(int(k) for k in shots[order])),
        usage=reduce(add, (part.usage for part in parts)),
        usage_by_shots=tuple(by_shots[i] for i in order) if len(by_shots) == len(order) else (),
        seconds_by_shots=tuple(seconds[i] for i in order) if len(seconds) == len(order) else (),
        concurrency=max(part.concurrency for part in parts),
        cut=None if most.cut is None else sum((part.cut for part in parts[1:] if part.cut is not None), most.cut),
        same_answers=tuple(same for part in parts for same in part.same_answers),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        extents=tuple(extents[i] for i in order),
    )
