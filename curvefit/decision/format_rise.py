"""Whether a rise is learning, or only replies that become readable. Lives here: the two told apart; no words.

Accuracy is the share of replies that can be read times the accuracy among those. Examples in a prompt raise the first
as soon as they show the format, and the second only where they teach the task.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate
from curvefit.curves.intervals import t_quantile
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

    Parameters
    ----------
    measured : Measurement
        With single scores, and which replies were readable; None is returned without.
    margin, level : float
        As of `curvefit.analyze`.

    Examples
    --------
    >>> task, model = cf.load_task("sample_tasks/tickets"), cf.resolve("simulated/rising")
    >>> format_rise(cf.measure(task, cf.Design((0, 4), 2, 20), model), margin=0.02, level=0.9) is None
    True
    """
    if measured.readable is None or measured.summary is not None or len(measured.shots) < 2:
        return None
    means = measured.means
    if np.isnan(means).all():
        return None
    first, best = int(np.flatnonzero(measured.observed)[0]), int(np.nanargmax(means))
    rise = float(means[best] - means[first])
    before, after = (_side(measured.scores[row], measured.readable[row]) for row in (first, best))
    if best == first or rise <= margin or before is None or after is None:
        return None
    (share_first, among_first, influence_first), (share_best, among_best, influence_best) = before, after
    change, both = among_best - among_first, ~(np.isnan(influence_first) | np.isnan(influence_best))
    n = int(both.sum())
    if n < _FEWEST or share_best - share_first <= margin:
        return None
    difference = (influence_best - influence_first)[both]
    half = float(t_quantile(0.5 + level / 2, n - 1)) * float(difference.std(ddof=1)) / n**0.5
    among = Estimate(change, max(change - half, -1.0), min(change + half, 1.0), level)
    if among.low > 0 and among.value > margin:
        return None
    shots = measured.shots
    return FormatRise(int(shots[first]), int(shots[best]), rise, share_first, share_best, among)


def _side(scores: FloatArray, readable: FloatArray) -> tuple[float, float, FloatArray] | None:
    """Return of scores (D, I): the readable share, accuracy among readable, and each item's influence on that (I,).

    The influence of an item is that on a ratio of two means (Cochran 1977, chapter 6); NaN for an item without reply.
    """
    replied = ~(np.isnan(scores) | np.isnan(readable))
    read = np.where(replied, readable, 0.0)
    if read.sum() < _FEWEST:
        return None
    right = np.where(replied, scores * np.nan_to_num(readable), 0.0)
    among = float(right.sum() / read.sum())
    per_item = replied.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        residual = (right - among * read).sum(axis=0) / per_item
    return float(read.sum() / replied.sum()), among, residual / float(read.sum() / replied.sum())
