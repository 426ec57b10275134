"""The track record of predictions for one user. Lives here: predicted and measured gains, scored; no file is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from curvefit.curves.curve import Estimate
from curvefit.curves.intervals import share_interval
from curvefit.payoff.evidence import ROUNDING, Unit
from curvefit.payoff.metrics import LEVEL, bounded, log_loss, resampled_mean

__all__ = ["ENOUGH", "CheckedPrediction", "TrackRecord", "track"]

ENOUGH: Final = 20  # tasks: with fewer, even perfect 90% intervals may cover the gain in as few as four of five


@dataclass(frozen=True, slots=True)
class CheckedPrediction:
    """A predicted gain and the measured one.

    Attributes
    ----------
    task, model, fine_tuned : str
        Names: of the task, of the model that was prompted, and of the one fine-tuned.
    n_train : int
        Examples it was predicted for.
    margin : float
        A gain above it counts as paid.
    predicted, gain : Estimate
        Gain over the best prompt: predicted, and measured on the same items, without the optimism of that prompt where
        it is known.
    probability : float
        Predicted, that the gain exceeds the margin.
    n_train_stated : bool
        Whether `n_train` was stated when it was validated; else it is the study's.
    asked : str
        Fingerprint of the task's instruction, scorer and scored items; empty where it is not known.
    prompt : str
        Over which prompt both gains are: its examples, and how they were chosen. Empty where it is not known.
    """

    task: str
    model: str
    fine_tuned: str
    n_train: int
    margin: float
    predicted: Estimate
    probability: float
    gain: Estimate
    n_train_stated: bool = False
    asked: str = ""
    prompt: str = ""

    def with_prediction_of(self, first: CheckedPrediction) -> CheckedPrediction:
        """Return it with the prediction of another one in place of its own."""
        return replace(
            self, n_train=first.n_train, margin=first.margin, predicted=first.predicted, probability=first.probability,
            n_train_stated=first.n_train_stated,
        )  # fmt: skip

    @property
    def inside(self) -> bool:
        """Whether the measured gain lies in the predicted interval."""
        return self.predicted.low <= self.gain.value <= self.predicted.high

    @property
    def paid(self) -> bool:
        """Whether the measured gain exceeds the margin."""
        return self.gain.value > self.margin + ROUNDING


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Scores over all cases; intervals are by resampling whole tasks, and NaN where all tasks are alike.

    Attributes
    ----------
    cases : tuple of CheckedPrediction
        All cases.
    tasks : int
        How many tasks they are of.
    inside : Estimate
        Share of gains within their intervals; with Wilson's interval, by number of tasks.
    error : Estimate
        Mean absolute error of the gain.
    log_loss, base_log_loss, advantage : Estimate
        Of the predicted probability, of the share of shipped cases that paid, and how much less the former is.
    """

    cases: tuple[CheckedPrediction, ...]
    tasks: int
    inside: Estimate
    error: Estimate
    log_loss: Estimate
    base_log_loss: Estimate
    advantage: Estimate

    @property
    def enough(self) -> bool:
        """Whether there are enough tasks to conclude from."""
        return self.tasks >= ENOUGH

    @property
    def outcome(self) -> Literal["too few", "better", "worse", "open"]:
        """Whether the predictions are better than the base rate."""
        if not self.enough:
            return "too few"
        if self.advantage.low > 0:
            return "better"
        return "worse" if self.advantage.high < 0 else "open"


def track(cases: Sequence[CheckedPrediction], units: Sequence[Unit]) -> TrackRecord:
    """Score what was predicted, of one case or more.

    A task is what its fingerprint says: two files called data.jsonl are two tasks, and one file by two names is one.
    So variants of a task (an edited instruction, other items) count as several, which makes intervals a little narrow
    for those who validate many; by name alone, unrelated tasks would count as one for nearly everybody. A case without
    a fingerprint goes by its name: with the others of that name, or with the last fingerprint known by it.

    The share of `units`, the shipped evidence, that paid is the base rate.
    """
    paid = np.array([case.paid for case in cases])
    predicted = np.array([case.probability for case in cases])
    base_rate = np.array([float(np.mean([unit.paid(case.margin) for unit in units])) for case in cases])
    probability, base = bounded(predicted), bounded(base_rate)
    loss, base_loss = (log_loss(p, paid) for p in (probability, base))
    fingerprints = {case.task: case.asked for case in cases if case.asked}
    task_keys = [case.asked or fingerprints.get(case.task, case.task) for case in cases]
    names, task = np.unique(task_keys, return_inverse=True)

    inside = np.array([np.mean([case.inside for case in cases])])
    # Cases of one task succeed or fail together, so that there are as many trials as tasks.
    low, high = share_interval(inside, np.array([float(len(names))]), np.array([np.inf]), LEVEL)
    return TrackRecord(
        cases=tuple(cases),
        tasks=len(names),
        inside=Estimate(float(inside[0]), float(low[0]), float(high[0]), LEVEL),
        error=resampled_mean(np.array([abs(case.predicted.value - case.gain.value) for case in cases]), task),
        log_loss=resampled_mean(loss, task),
        base_log_loss=resampled_mean(base_loss, task),
        advantage=resampled_mean(base_loss - loss, task),
    )
