"""Measure in looks: small first, more where more can tell. Lives here: the loop around asking and judging."""

from __future__ import annotations

from collections.abc import Callable

from curvefit.curves.forecast import forecast
from curvefit.curves.group_sequential import InterimAnalysis, Looks, interim_analysis, planned_looks
from curvefit.curves.verdict import HORIZON_MULTIPLE, trend_of
from curvefit.decision.judge_correction import without_judge_errors
from curvefit.measurement.measurement import Measurement, joined_by_shots
from curvefit.trials.trial_plan import Plan

__all__ = ["LookReport", "measure_in_looks"]

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

    `measured` measures a part of the plan, as ``lambda part: measure(task, part, model, journal=path)`` does; with a
    journal nothing is asked twice. `notify` is called after every look that leaves the verdict open, with its number,
    how many there are, and what `interim_analysis` returned.

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
        so_far = joined_by_shots([measured(part), *left])
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
    whole = joined_by_shots([measured(plan.part(shots=going, draws=last.draws, items=last.items)), *left])
    return whole, Looks(count, count, "stopped" if whole.stopped else "complete", last.level)
