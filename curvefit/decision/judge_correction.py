"""What is behind what a judge saw. Lives here: accuracies and gains without its errors; nothing is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.forecast import Forecast
from curvefit.curves.judge_errors import (
    JudgeErrors,
    contradicts,
    corrected_difference,
    corrected_forecast,
    corrected_share,
)
from curvefit.curves.reason import Reason
from curvefit.measurement.measurement import JudgeRecord, Measurement
from curvefit.payoff.predictor import Probed

__all__ = [
    "JudgeCorrection",
    "accuracy_without_judge_errors",
    "difference_without_judge_errors",
    "judge_correction",
    "optimism_without_judge_errors",
    "points_without_judge_errors",
    "probe_without_judge_errors",
    "reasons_without_judge_errors",
    "without_judge_errors",
]

Status = Literal["corrected", "unlabelled", "no-better-than-chance"]


@dataclass(frozen=True, slots=True)
class JudgeCorrection:
    """What is known of a judge, and what accuracies are behind what it saw.

    Attributes
    ----------
    judge : JudgeRecord
        How it did.
    status : "corrected", "unlabelled" or "no-better-than-chance"
        Whether its errors are taken out; if not, why: there are no labels of both sorts, or they do not show that it
        beats chance.
    sensitivity, specificity : Estimate or None
        Of right replies, and of wrong ones, the share that it calls so; None where there are no labels of both sorts.
    shots : tuple of int
        Numbers of shots.
    accuracies : tuple of Estimate
        At each of them, without the judge's errors and with what is not known of them; empty unless corrected.
    seen : tuple of Estimate
        The same as the judge saw them.
    gain_left : Estimate or None
        What more examples are forecast to add, corrected; None unless corrected.
    contradicted_by : Estimate or None
        The most that the judge calls right of the replies to a prompt, where that contradicts its labels.
    """

    judge: JudgeRecord
    status: Status
    sensitivity: Estimate | None = None
    specificity: Estimate | None = None
    shots: tuple[int, ...] = ()
    accuracies: tuple[Estimate, ...] = ()
    seen: tuple[Estimate, ...] = ()
    gain_left: Estimate | None = None
    contradicted_by: Estimate | None = None


def without_judge_errors(measured: Measurement, seen: Forecast, seed: int = 0) -> Forecast:
    """Return a measurement's forecast without the errors of its judge; where they are not known, as it is."""
    if measured.judge is None:
        return seen
    return corrected_forecast(seen, _errors(measured.judge), seed) or seen


def accuracy_without_judge_errors(judge: JudgeRecord | None, seen: Estimate) -> Estimate:
    """Return an accuracy without the errors of its judge; as it is where they are not known, or no model judged."""
    if judge is None:
        return seen
    return corrected_share(seen, _errors(judge)) or seen


def points_without_judge_errors(judge: JudgeRecord | None, seen: Sequence[Point]) -> tuple[Point, ...]:
    """Return points with accuracies of `accuracy_without_judge_errors`."""
    return tuple(replace(point, accuracy=accuracy_without_judge_errors(judge, point.accuracy)) for point in seen)


def optimism_without_judge_errors(judge: JudgeRecord | None, seen: float) -> float:
    """Return by how much the score of a picked best is too high, once its judge's errors are taken out."""
    errors = None if judge is None else _errors(judge)
    if errors is None or corrected_difference(Estimate(0.0, 0.0, 0.0, 0.9), errors) is None:
        return seen
    return min(seen / errors.shrinkage, 1.0)  # NaN stays NaN


def reasons_without_judge_errors(judge: JudgeRecord | None, reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Return a verdict's reasons, of which changes that were measured are without the errors of the judge."""
    if judge is None:
        return reasons
    return tuple(
        replace(reason, values={**reason.values, "change": corrected_difference(change, _errors(judge)) or change})
        if isinstance(change := reason.values.get("change"), Estimate)
        else reason
        for reason in reasons
    )


def difference_without_judge_errors(
    first: Measurement, second: Measurement, seen: Estimate, seed: int = 0
) -> tuple[Estimate, float]:
    """Return a difference of accuracy without the errors of the one judge of both, and what part of it that one sees.

    As it is, and 1, where no model judged, or not the same one, or its errors are not known.
    """
    judge, other = first.judge, second.judge
    if judge is None or other is None or _errors(judge) != _errors(other) or judge.model != other.model:
        return seen, 1.0
    found = corrected_difference(seen, _errors(judge), seed)
    return (seen, 1.0) if found is None else (found, _errors(judge).shrinkage)


def probe_without_judge_errors(measured: Measurement, probe: Probed, seed: int = 0) -> Probed:
    """Return a probe that the same judge scored, without the judge's errors; where they are not known, as it is."""
    if measured.judge is None:
        return probe
    errors, best = _errors(measured.judge), probe.best_prompted
    gain = corrected_difference(probe.gain, errors, seed)
    share = corrected_share(Estimate(best, best, best, probe.gain.level), errors, seed)
    if gain is None or share is None:
        return probe
    over = probe.over_shown
    over = over and replace(over, gain=corrected_difference(over.gain, errors, seed) or over.gain)
    optimism = min(probe.optimism / errors.shrinkage, 1.0)  # NaN stays NaN
    return replace(probe, gain=gain, best_prompted=share.value, over_shown=over, optimism=optimism)


def judge_correction(
    measured: Measurement, points: tuple[Point, ...], gain_left: Estimate, level: float
) -> JudgeCorrection | None:
    """Return what a judge's errors leave; None where a scorer judged.

    Points are as the judge saw them, and `gain_left` is without its errors.
    """
    judge = measured.judge
    if judge is None:
        return None
    errors = _errors(judge)
    if not errors.known:
        return JudgeCorrection(judge, "unlabelled")
    shares = [corrected_share(point.accuracy, errors) for point in points]
    found = [share for share in shares if share is not None]
    known = errors.sensitivity(level), errors.specificity(level)
    if len(found) < len(shares):
        return JudgeCorrection(judge, "no-better-than-chance", *known)
    shots, seen = tuple(point.shots for point in points), tuple(point.accuracy for point in points)
    best = max(seen, key=lambda share: share.value)
    contradicting = best if contradicts(best, errors) else None
    return JudgeCorrection(judge, "corrected", *known, shots, tuple(found), seen, gain_left, contradicting)


def _errors(judge: JudgeRecord) -> JudgeErrors:
    return JudgeErrors(judge.found_right, judge.labelled_right, judge.found_wrong, judge.labelled_wrong)
