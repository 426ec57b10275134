"""How much hangs on the scorer? Lives here: the same replies by two scorers, compared; nothing is judged anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Estimate, Point
from curvefit.curves.intervals import t_quantile
from curvefit.curves.item_groups import group_numbers, over_items
from curvefit.decision.best_prompt import rank
from curvefit.measurement.measurement import Measurement, observed_points

__all__ = ["ScorerGap", "scorer_gap"]


@dataclass(frozen=True, slots=True)
class ScorerGap:
    """What two scorers make of the same replies.

    Attributes
    ----------
    scorers : (str, str)
        The one that decides, and the other.
    points, also : tuple of Point
        Accuracy at each number of shots by the first, and by the second.
    shots : int
        Where the first is highest, of those with items enough to be the best.
    difference : Estimate
        Accuracy there by the first minus that by the second, reply by reply, with these examples: the interval counts
        which items were scored.
    between_prompts : float
        Accuracy by the first at the best of these minus that at the worst.
    """

    scorers: tuple[str, str]
    points: tuple[Point, ...]
    also: tuple[Point, ...]
    shots: int
    difference: Estimate
    between_prompts: float

    @property
    def decides_more(self) -> bool:
        """Whether the choice of the scorer moves accuracy by more than that of the number of shots does, and surely."""
        ends = (abs(self.difference.low), abs(self.difference.high))
        same_sign = self.difference.low * self.difference.high > 0
        return same_sign and min(ends) > self.between_prompts


def scorer_gap(measured: Measurement, points: tuple[Point, ...], level: float) -> ScorerGap | None:
    """Return what the second scorer makes of a measurement; None without one, or with fewer than two items scored.

    Points are by the scorer that decides, at each number of shots that has any score.
    """
    if measured.also_scores is None or np.isnan(measured.also_scores).all():
        return None
    other = Curve(shots=measured.shots, scores=measured.also_scores, groups=measured.groups)
    candidates = tuple(compress(points, measured.whole))
    accuracies = [point.accuracy.value for point in candidates]
    best = max(candidates, key=lambda point: rank(point.accuracy.value, point.shots))
    row = int(np.flatnonzero(measured.shots == best.shots)[0])
    difference = _difference(measured.scores[row] - other.scores[row], measured.groups, level)
    if difference is None:
        return None
    return ScorerGap(
        scorers=(measured.scorer, measured.also_scored_by),
        points=points,
        also=observed_points(other, level, measured.observed),
        shots=best.shots,
        difference=difference,
        between_prompts=max(accuracies) - min(accuracies),
    )


def _difference(changes: NDArray[np.float64], groups: Sequence[int], level: float) -> Estimate | None:
    """Return the mean of what changes (D, I), with Student's interval over items; None for fewer than two."""
    scored: NDArray[np.bool_] = np.asarray(~np.isnan(changes).all(axis=0))
    if scored.sum() < 2:
        return None
    means = np.nanmean(changes[:, scored], axis=0)
    seen = over_items(means, group_numbers(compress(groups, scored)))
    value, half_width = float(means.mean()), float(t_quantile(0.5 + level / 2, seen.df)) * seen.careful_variance**0.5
    return Estimate(value, max(-1.0, value - half_width), min(1.0, value + half_width), level)
