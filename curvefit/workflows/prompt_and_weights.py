"""A fine-tuned model that is shown examples too. Lives here: what is asked beside a fine-tuning, and what both add."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Final

import numpy as np

from curvefit.curves.curve import Curve, Estimate, Point
from curvefit.decision.best_prompt import Prompt
from curvefit.errors import BudgetReached, CurveError, DesignError, PromptTooLong
from curvefit.measurement.measurement import Measurement, joined_by_shots, observed_points
from curvefit.payoff.comparison import paired_gain
from curvefit.payoff.predictor import NEAR_32
from curvefit.study import Study
from curvefit.trials.design import Design

__all__ = [
    "BesideDesign",
    "Together",
    "as_possible",
    "design_beside",
    "near_32",
    "stacked_seeds",
    "together_of",
    "with_shown",
]

_DRAWS: Final = 2  # at most, of what is shown for the comparison alone


@dataclass(frozen=True, slots=True)
class BesideDesign:
    """What is asked beside a fine-tuning, to be compared with it.

    Attributes
    ----------
    shown : tuple of Design
        Of the untrained model: as many examples in the prompt as it is trained on, near 32; none where the study has
        that, or nothing near 32 is trained on.
    together : tuple of Design
        Of the fine-tuned model: the number of random examples that did best in prompts, and that of retrieved ones
        where those were measured.
    """

    shown: tuple[Design, ...] = ()
    together: tuple[Design, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """A fine-tuned model with examples in its prompt.

    Attributes
    ----------
    curve : Measurement
        At one number of shots; draws are seeds of training.
    point : Point
        Of it.
    gain : Estimate
        Over the best prompt of the untrained model, item by item.
    over_weights : Estimate
        Over the same fine-tuned model without examples in its prompt.
    """

    curve: Measurement
    point: Point
    gain: Estimate
    over_weights: Estimate

    @property
    def retrieved(self) -> bool:
        """Whether each item is shown the examples most similar to it."""
        return not self.curve.drawn


def near_32(numbers: Sequence[int]) -> int | None:
    """Return which of these numbers of examples is nearest to 32; None where none is near.

    Examples
    --------
    >>> from curvefit.workflows.prompt_and_weights import near_32
    >>> near_32((10, 24, 64, 256)), near_32((128, 512))
    (24, None)
    """
    least, most = NEAR_32
    near = [n for n in numbers if least <= n <= most]
    return min(near, key=lambda n: abs(math.log(n / 32)), default=None)


def design_beside(study: Study, sizes: Sequence[int], design: Design, pool: int) -> BesideDesign:
    """Lay out what is asked beside fine-tunings.

    `sizes` are trained on; none where that was done elsewhere. Of `design`, which the fine-tuned models are asked,
    items, seed and room for replies are taken. `pool` is how many examples there are to show.
    """
    curve = study.curve
    shown, n = tuple[Design, ...](), near_32(sizes)
    both = set(sizes) & {int(k) for k in curve.shots[curve.observed]}
    if n is not None and near_32(sorted(both)) is None and n <= pool:
        own = curve.design
        selection = "random" if own is None else own.selection
        draws = min(_DRAWS, own.draws if own else _DRAWS)
        shown = (replace(design, shots=(n,), draws=draws, selection=selection),)
    together = [
        replace(design, shots=(k,), draws=1, selection=measured.design.selection if measured.design else "random")
        for measured in (curve, *(() if curve.retrieved is None else (curve.retrieved,)))
        if (k := _best_shown(measured)) and k <= pool
    ]
    return BesideDesign(shown, tuple(together))


def _best_shown(measured: Measurement) -> int:
    """Return the number of examples in the prompt that did best; 0 where none was shown."""
    whole = measured.whole
    shots, means = measured.shots[measured.observed][whole], measured.means_to_compare
    shots, means = shots[shots > 0], means[shots > 0]
    return int(shots[int(means.argmax())]) if len(shots) else 0


def as_possible(ask: Callable[[Design], Measurement], designs: Iterable[Design]) -> tuple[Measurement, ...]:
    """Return what is asked beside the rest; what does not fit, or a cap leaves no room for, is left out."""
    found = []
    for design in designs:
        with suppress(DesignError, PromptTooLong, BudgetReached):
            found.append(ask(design))
    return tuple(found)


def with_shown(curve: Measurement, shown: Measurement | None) -> Measurement:
    """Return a study's curve with what a probe showed the same model besides, where that is of the same items.

    What it showed more often, or of more items, is left out.
    """
    if shown is None or curve.summary is not None or np.isin(shown.shots, curve.shots).any():
        return curve
    draws, items = curve.scores.shape[1:]
    common = min(items, len(shown.items))
    if (shown.task, shown.model, shown.items[:common]) != (curve.task, curve.model, curve.items[:common]):
        return curve
    return joined_by_shots([curve, shown.part(draws=slice(draws), items=slice(items))])


def stacked_seeds(parts: Sequence[Measurement]) -> Measurement:
    """Lay measurements of one design, each of a model of another seed, out as one: seeds become draws."""
    first = parts[0]

    def stacked(name: str) -> np.ndarray | None:
        grids = [getattr(part, name) for part in parts]
        return None if any(grid is None for grid in grids) else np.concatenate(grids, axis=1)

    return replace(
        first,
        scores=np.concatenate([part.scores for part in parts], axis=1),
        readable=stacked("readable"),
        choices=stacked("choices"),
        also_scores=stacked("also_scores"),
        usage=reduce(add, (part.usage for part in parts)),
        stopped=next((part.stopped for part in parts if part.stopped), ""),
        same_answers=(),
    )


def together_of(
    measured: Sequence[Measurement], best: Prompt, tuned: Curve, at: int, level: float
) -> tuple[Together, ...]:
    """Return what examples in the prompt do for a fine-tuned model, where enough items show it.

    That takes two items in common, and half as many as the model answered without examples. Each is of the fine-tuned
    model at one number of shots, and `best` of the untrained one. `tuned` is the fine-tuned model without examples in
    its prompt, `at` its number of training examples, or 0.
    """
    found = []
    answered = np.isfinite(tuned.scores[tuned.shots == at]).any(axis=(0, 1)).sum()
    for curve in measured:
        (point, *_) = observed_points(curve, level) or (None,)
        if point is None or 2 * point.n_items < answered:
            continue
        try:
            gain = paired_gain(curve, point.shots, best.curve, best.point.shots, level)
            over_weights = paired_gain(curve, point.shots, tuned, at, level)
        except CurveError:  # fewer than two items in common
            continue
        found.append(Together(curve, point, gain, over_weights))
    return tuple(found)
