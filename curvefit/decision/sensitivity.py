"""Sensitivity of the answer to missing replies. Lives here: concluding again with them filled in.

Only the fillings that could change a verdict most are tried: they raise, lower, break or dent the curve as far as
missing replies can. Which prompt is best, and what is decided on training, is concluded again with all of them wrong,
and with all of them right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate
from curvefit.curves.forecast import forecasts
from curvefit.curves.verdict import Trend, trend_of
from curvefit.decision.advice import advise
from curvefit.decision.advice_inputs import AdviceInputs
from curvefit.decision.best_prompt import Prompt, best_of
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.decision.judge_correction import without_judge_errors
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.comparison import Decision

__all__ = ["FilledAnswer", "Filling", "Sensitivity", "sensitivity"]

FloatArray = NDArray[np.float64]

_MOVED: Final = 0.05  # of the chance that training gains accuracy; less is no other answer


@dataclass(frozen=True, slots=True)
class Filling:
    """One way to fill in missing replies.

    Attributes
    ----------
    score : float
        What a missing reply scores: 0 or 1.
    pattern : "all", "from" or "at"
        Where `score` is filled in: wherever anything was scored; below `shots`, the other score from there on;
        everywhere but at `shots`.
    shots : int
        The number of shots of the pattern; 0 for "all".
    """

    score: float
    pattern: Literal["all", "from", "at"]
    shots: int = 0

    def values(self, shots: NDArray[np.int64]) -> FloatArray:
        """Return what a missing reply scores at each number of shots (S,)."""
        other = {"all": np.zeros(len(shots), bool), "from": shots >= self.shots, "at": shots == self.shots}
        return np.where(other[self.pattern], 1 - self.score, self.score)


@dataclass(frozen=True, slots=True)
class FilledAnswer:
    """What the answer would be if every missing reply scored the same.

    Attributes
    ----------
    score : float
        What they score: 0 or 1.
    shots, retrieved, accuracy
        The best prompt then.
    training : "pays", "does not pay" or "open"
        What would be decided on training.
    changes : tuple of "prompt" and "training"
        What of the answer would be another. ``prompt``: the best one as measured is then worse than the best by more
        than the margin, or it or the one to use has an accuracy outside its interval.
    """

    score: float
    shots: int
    retrieved: bool
    accuracy: Estimate
    training: Decision
    changes: tuple[Literal["prompt", "training"], ...]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Whether the answer changes with missing replies filled in.

    Attributes
    ----------
    missing : int
        Replies that are missing.
    tried : int
        Ways to fill them in that the verdict was judged with.
    changes : tuple of (Filling, trend)
        Those that change the verdict, and to what; empty where none does.
    answers : tuple of FilledAnswer
        The answer with all of them wrong, and with all of them right; empty where most replies were cut off.
    """

    missing: int
    tried: int
    changes: tuple[tuple[Filling, Trend], ...]
    answers: tuple[FilledAnswer, ...] = ()


def sensitivity(
    measured: Measurement,
    given: AdviceInputs,
    conclude: Callable[[Measurement], AdviceInputs],
    *,
    level: float = 0.9,
    seed: int = 0,
) -> Sensitivity | None:
    """Conclude from a measurement again with its missing replies filled in; None where none is missing.

    `given` is what `conclude` makes of it as it is. A measurement that a spending limit ended is not judged again: its
    trials are missing because none was asked.
    """
    if not measured.missing or measured.stopped or measured.summary is not None:
        return None
    fillings = tuple(_fillings(measured.shots))
    alike = [filling for filling in fillings if filling.pattern == "all"]
    again = {filling: conclude(_filled(measured, filling)) for filling in alike}
    trends: dict[Filling, Trend] = {filling: inputs.verdict.trend for filling, inputs in again.items()}
    others = [filling for filling in fillings if filling not in again]
    completed = [_filled(measured, filling) for filling in others]
    classes = measured.n_labels
    for filling, complete, forecast in zip(
        others, completed, forecasts(completed, level=level, seed=seed, n_classes=classes), strict=True
    ):
        true = without_judge_errors(complete, forecast, seed)
        trends[filling] = trend_of(
            complete, true, margin=given.verdict.margin, horizon=complete.horizon, n_classes=classes
        )
    changes = tuple((each, trends[each]) for each in fillings if trends[each] != given.verdict.trend)
    answers = () if measured.mostly_cut_off else tuple(_answer(each, given, again[each]) for each in alike)
    return Sensitivity(measured.missing, len(fillings), changes, answers)


def _filled(measured: Measurement, filling: Filling) -> Measurement:
    """Return a measurement, and its retrieved one, with their missing replies filled in.

    With all alike, a number of shots without any score has none still: all wrong or all right, it would be no prompt.
    """
    told = measured.observed | (filling.pattern != "all")
    values = filling.values(measured.shots)[:, None, None]
    return replace(
        measured,
        scores=np.where(measured.unanswered & told[:, None, None], values, measured.scores),
        retrieved=None if measured.retrieved is None else _filled(measured.retrieved, filling),
    )


def _answer(filling: Filling, given: AdviceInputs, again: AdviceInputs) -> FilledAnswer:
    """Return what the answer is with all missing replies alike, and what of it is another than as measured."""
    before, best = best_of(given.prompts), best_of(again.prompts)
    advised, advice = advise(given), advise(again)
    cheaper = advised.cheaper
    shown = [(before.accuracy, _accuracy(again.prompts, before))]
    shown += [] if cheaper is None else [(cheaper.point.accuracy, _accuracy(again.prompts, cheaper))]
    prompt = best.accuracy.value - shown[0][1] > given.verdict.margin or any(
        not was.low <= now <= was.high for was, now in shown
    )
    training = advice.training if advice.judges_training else "open"
    decided = advised.training if advised.judges_training else "open"
    changed: tuple[tuple[Literal["prompt", "training"], bool], ...]
    changed = ("prompt", prompt), ("training", training != decided and _moved(given, again))
    changes = tuple(name for name, is_another in changed if is_another)
    return FilledAnswer(filling.score, best.point.shots, best.retrieved, best.accuracy, training, changes)


def _moved(given: AdviceInputs, again: AdviceInputs) -> bool:
    """Whether what is predicted of training moved, and did not just cross a line: a few missing replies do that."""
    if given.payoff is None or again.payoff is None:
        return True
    return abs(again.payoff.probability - given.payoff.probability) >= _MOVED


def _accuracy(prompts: tuple[Prompt, ...], used: Prompt | CheaperPrompt) -> float:
    """Return the accuracy of a prompt among these."""
    points = next((prompt.true_points for prompt in prompts if prompt.retrieved == used.retrieved), ())
    return next((each.accuracy.value for each in points if each.shots == used.point.shots), math.nan)


def _fillings(shots: NDArray[np.int64]) -> Iterator[Filling]:
    """Yield fillings: one score everywhere, two that change at a number of shots, or another at one number alone."""
    later = shots[1:].tolist()
    for score in (0.0, 1.0):
        yield Filling(score, "all")
        yield from (Filling(score, "from", number) for number in later)
        yield from (Filling(score, "at", number) for number in later[:-1])
