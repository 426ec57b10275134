"""Whether a rise is learning, or only replies that become readable. Lives here: the two told apart; no words.

Accuracy is the share of replies that can be read times the accuracy among those. Examples in a prompt raise the first
as soon as they show the format, and the second only where they teach the task.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate
from curvefit.curves.intervals import t_quantile
from curvefit.curves.item_groups import group_numbers, over_items
from curvefit.measurement.measurement import Measurement

__all__ = ["FormatRise", "format_rise"]

FloatArray = NDArray[np.float64]

_FEWEST: Final = 10  # readable replies and items of each side, below which nothing is said


@dataclass(frozen=True, slots=True)
class FormatRise:
    """A rise of accuracy with a rise of readable replies.

    Attributes
    ----------
    start, end : int
        Numbers of shots it is between.
    rise : float
        Change of accuracy.
    readable_start, readable_end : float
        Share of readable replies at each.
    among : Estimate
        Change of the accuracy among readable replies.
    """

    start: int
    end: int
    rise: float
    readable_start: float
    readable_end: float
    among: Estimate


def format_rise(measured: Measurement, *, margin: float, level: float) -> FormatRise | None:
    """Return the rise from the first to the best number of shots, where it is one of format and not of learning.

    That is where accuracy rose by more than the margin, more replies became readable, and the accuracy among readable
    ones cannot be seen to have risen, or by less than the margin.

    None without single scores, or where nobody knows which replies were readable.

    Examples
    --------
    >>> task, model = cf.load_task("sample_tasks/tickets"), cf.resolve("simulated/rising")
    >>> format_rise(cf.measure(task, cf.Design((0, 4), 2, 20), model), margin=0.02, level=0.9) is None
    True
    """
    if measured.readable is None or measured.summary is not None or len(measured.shots) < 2:
        return None
    rows = np.flatnonzero(measured.observed)[measured.whole]
    if len(rows) < 2:
        return None
    means = measured.means
    first, best = int(rows[0]), int(rows[means[rows].argmax()])
    rise = float(means[best] - means[first])
    before, after = (_side(measured.scores[row], measured.readable[row]) for row in (first, best))
    if best == first or rise <= margin or before is None or after is None:
        return None
    change, difference = after.among - before.among, after.influence - before.influence
    there = ~np.isnan(difference)
    n = int(there.sum())
    if n < _FEWEST or after.readable - before.readable <= margin:
        return None
    seen = over_items(difference[there], group_numbers(compress(measured.groups, there)))
    half = float(t_quantile(0.5 + level / 2, seen.df)) * (seen.variance + before.draws + after.draws) ** 0.5
    among = Estimate(change, max(change - half, -1.0), min(change + half, 1.0), level)
    if among.low > 0 and among.value > margin:
        return None
    shots = measured.shots
    return FormatRise(int(shots[first]), int(shots[best]), rise, before.readable, after.readable, among)


@dataclass(frozen=True, slots=True)
class _Side:
    """One number of shots: readable share, accuracy among readable, its variance by draws, items' influence (I,)."""

    readable: float
    among: float
    draws: float
    influence: FloatArray


def _side(scores: FloatArray, readable: FloatArray) -> _Side | None:
    """Return one side, of scores (D, I); None with too few readable replies.

    The influence of an item is that on a ratio of two means (Cochran 1977, chapter 6); NaN for an item without reply.
    """
    replied = ~(np.isnan(scores) | np.isnan(readable))
    read = np.where(replied, readable, 0.0)
    if read.sum() < _FEWEST:
        return None
    right = np.where(replied, scores * np.nan_to_num(readable), 0.0)
    among = float(right.sum() / read.sum())
    per_item = replied.sum(axis=0)
    share = float(read.sum() / replied.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        influence = (right - among * read).sum(axis=0) / per_item / share
    in_draws = (right.sum(axis=1) / np.maximum(read.sum(axis=1), 1.0))[read.sum(axis=1) > 0]
    draws = float(in_draws.var(ddof=1)) / len(in_draws) if len(in_draws) > 1 else 0.0
    return _Side(share, among, draws, influence)
