"""The prompt that fine-tuning has to beat. Lives here: which one scored best, and the optimism of that score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.forecast import Forecast, forecast
from curvefit.curves.optimism import optimism
from curvefit.decision.judge_correction import (
    accuracy_without_judge_errors,
    difference_without_judge_errors,
    points_without_judge_errors,
    without_judge_errors,
)
from curvefit.errors import CurveError
from curvefit.measurement.measurement import Measurement, choice_points, means_in_common, observed_points
from curvefit.payoff.comparison import paired_gain
from curvefit.payoff.stand_in import PromptScore

__all__ = [
    "Prompt",
    "assumed_of",
    "best_measured",
    "best_of",
    "best_of_each",
    "items_in_common",
    "may_be_best",
    "optimism_of",
    "picked_by",
    "rank",
    "retrieved_lead",
    "scores_of",
]

FloatArray = NDArray[np.float64]

_DIGITS: Final = 12  # of an accuracy, by which it is picked


def optimism_of(measured: Measurement) -> float:
    """Return by how much the score of the best of all prompts is too high, since it was picked on these very items.

    As accuracy, on average, by `optimism`; 0 for one prompt, NaN where there are no single scores. What a single draw
    adds is taken to be what published runs show, as in a forecast.
    """
    return optimism(scores_of(measured), assumed_of(measured), picked_by(measured), measured.groups)


def scores_of(measured: Measurement) -> list[FloatArray]:
    """Return scores (S, D, I) of the prompts that may be called the best, of each measurement that is compared."""
    return [curve.scores[curve.observed][curve.whole] for curve in measured.compared]


def picked_by(measured: Measurement) -> list[FloatArray] | None:
    """Return the scores by which the best is picked, on the items that all have, where a cap left some out; else None.

    As `Measurement.means_to_compare` does.
    """
    scores = scores_of(measured)
    common = np.all([~np.isnan(row).all(axis=0) for curve in scores for row in curve], axis=0)
    by_design = any(len({items for _, items in curve.extents}) > 1 for curve in measured.compared)
    return (
        None if common.all() or not common.any() or by_design else [np.where(common, each, np.nan) for each in scores]
    )


def assumed_of(measured: Measurement) -> list[FloatArray]:
    """Return what draws are taken to add to the covariance (S, S) of the means of these `scores_of`, where not seen."""
    return [curve.noise().draws[np.ix_(curve.whole, curve.whole)] for curve in measured.compared]


def _as_picked(prompts: Sequence[tuple[Measurement, int]]) -> list[float]:
    """Return the accuracies by which the best of some prompts is picked: on the items that all were scored on.

    Each is the best of its measurement, by its number of shots.
    """
    means = np.array([curve.means[curve.shots == shots][0] for curve, shots in prompts])
    if any(curve.summary is not None for curve, _ in prompts) or len({len(curve.items) for curve, _ in prompts}) > 1:
        return list(means)
    return list(means_in_common([curve.scores[curve.shots == shots][0] for curve, shots in prompts], means))


def items_in_common(measured: Measurement) -> int:
    """Return how many items all prompts that may be the best were scored on; 0 where means alone are known."""
    if measured.summary is not None:
        return 0
    found = scores_of(measured)
    if len({scores.shape[2] for scores in found}) > 1:
        return 0
    return int(np.all([~np.isnan(scores).all(axis=1).any(axis=0) for scores in found], axis=0).sum())


def best_measured(measured: Measurement) -> tuple[Measurement, int]:
    """Return in what the best prompt was measured, and its number of shots: as `best_of` finds it, without a forecast.

    Raises
    ------
    CurveError
        Nothing was scored.
    """
    prompts = []
    for curve in measured.compared:
        shots = curve.shots[curve.observed][curve.whole].tolist()
        ranked = zip(curve.means_to_compare.tolist(), shots, strict=True)
        prompts += [(curve, max(ranked, key=lambda each: rank(*each))[1])] if shots else []
    if not prompts:
        raise CurveError("no prompt has a score")
    return max(zip(_as_picked(prompts), prompts, strict=True), key=lambda each: round(each[0], _DIGITS))[1]


def may_be_best(measured: Measurement, curve: Measurement) -> NDArray[np.bool_]:
    """Return which numbers of shots of a measurement, or of its retrieved one, have items enough to be the best."""
    return curve.whole if curve in measured.compared else np.zeros_like(curve.whole)


def rank(accuracy: float, shots: int) -> tuple[float, int]:
    """Return what prompts are sorted by: the first of equals, but of those never right the one with most examples.

    Its replies have the form that was asked for most often, and say most about what is wrong. Means of the same partial
    scores, summed in another order, are equal.
    """
    return (round(accuracy, _DIGITS), 0 if accuracy else shots)


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """The best prompt of a measurement: of all in a study, what fine-tuning has to beat.

    Attributes
    ----------
    curve : Measurement
        What it was measured in: the study's curve, or the one with retrieved examples.
    points : tuple of Point
        Of that curve, where there is anything to show; as a judge saw them, where one did.
    forecast : Forecast
        Of that curve.
    true_forecast : Forecast
        The same without the errors of a judge, where they are known.
    """

    curve: Measurement
    points: tuple[Point, ...]
    forecast: Forecast
    true_forecast: Forecast

    def __repr__(self) -> str:
        return f"<Prompt: {self.point.shots} {'similar examples' if self.retrieved else 'shots'}; {self.accuracy:.3f}>"

    @classmethod
    def of(cls, curve: Measurement, *, level: float = 0.9, seed: int = 0) -> Prompt:
        """Return the best of a measurement; level and seed are as of `curvefit.analyze`."""
        # Retrieved examples show the labels that an input may have, however few they are.
        n_classes = curve.n_labels if curve.drawn else 0
        ahead = forecast(curve.up_to_whole, level=level, seed=seed, n_classes=n_classes)
        return cls(curve, observed_points(curve, level), ahead, without_judge_errors(curve, ahead, seed))

    @property
    def candidates(self) -> tuple[Point, ...]:
        """Those that may be called the best: see `Measurement.whole`."""
        return tuple(compress(self.points, self.curve.whole))

    @property
    def choice(self) -> float:
        """Its accuracy where the model is made to choose a label; NaN where that was not measured."""
        chosen = (point for point in choice_points(self.curve, 0.9) if point.shots == self.point.shots)
        return next((point.accuracy.value for point in chosen), math.nan)

    @property
    def point(self) -> Point:
        """The candidate of highest accuracy: see `Measurement.means_to_compare`."""
        ranked = zip(self.curve.means_to_compare.tolist(), self.candidates, strict=True)
        return max(ranked, key=lambda each: rank(each[0], each[1].shots))[1]

    @property
    def accuracy(self) -> Estimate:
        """Its accuracy, without the errors of a judge, where they are known."""
        return accuracy_without_judge_errors(self.curve.judge, self.point.accuracy)

    @property
    def true_points(self) -> tuple[Point, ...]:
        """Its points without the errors of a judge, where they are known."""
        return points_without_judge_errors(self.curve.judge, self.points)

    @property
    def shots(self) -> NDArray[np.int64]:
        """The numbers of shots it was picked from, in this curve."""
        return self.curve.shots[self.curve.observed][self.curve.whole]

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Which items have a score there (I,); of means alone, there is none."""
        row = int(np.flatnonzero(self.curve.shots == self.point.shots)[0])
        has_score: NDArray[np.bool_] = ~np.isnan(self.curve.scores[row]).all(axis=0)
        return has_score

    @property
    def retrieved(self) -> bool:
        """Whether each item is shown the examples most similar to it."""
        return not self.curve.drawn

    def score_on(self, items: Sequence[str], optimism: float) -> PromptScore:
        """Return what it scored on some of its items; `optimism` is that of its pick, NaN where not known."""
        curve, shots = self.curve, self.point.shots
        wanted = set(items)
        scores = curve.scores[curve.shots == shots][0][:, [name in wanted for name in curve.items]]
        noise = curve.noise().draws[curve.shots[curve.observed] == shots][0]
        return PromptScore(
            accuracy=float(np.nanmean(scores)),
            sd=float(np.sqrt(noise[curve.shots[curve.observed] == shots][0])),
            optimism=0.0 if math.isnan(optimism) else optimism,
        )


def best_of_each(measured: Measurement, *, level: float = 0.9, seed: int = 0) -> tuple[Prompt, ...]:
    """Return the best prompt with random examples, and after it the best with retrieved ones where those were measured.

    Level and seed are as of `curvefit.analyze`.
    """
    measurements = (measured,) if measured.retrieved is None else (measured, measured.retrieved)
    return tuple(Prompt.of(measurement, level=level, seed=seed) for measurement in measurements)


def best_of(prompts: Sequence[Prompt]) -> Prompt:
    """Return the best of what `best_of_each` returns, among the `Measurement.compared`."""
    comparable = [prompt for prompt in prompts if prompt.curve in prompts[0].curve.compared]
    picked = _as_picked([(prompt.curve, prompt.point.shots) for prompt in comparable])
    return max(zip(picked, comparable, strict=True), key=lambda each: round(each[0], _DIGITS))[1]


def retrieved_lead(random_prompt: Prompt, best: Prompt) -> Estimate | None:
    """Return what retrieved examples add, item by item; None where they are not the best."""
    if best is random_prompt:
        return None
    level = best.point.accuracy.level
    try:
        seen = paired_gain(best.curve, best.point.shots, random_prompt.curve, random_prompt.point.shots, level)
    except CurveError:  # fewer than two items in common: it may be anything
        seen = Estimate(best.point.accuracy.value - random_prompt.point.accuracy.value, -1.0, 1.0, level)
    return difference_without_judge_errors(random_prompt.curve, best.curve, seen)[0]
