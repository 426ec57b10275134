"""Measured changes between numbers of shots. Lives here: paired differences with intervals; no model of the curve.

The same items and draws are behind every number of shots, so a difference is far better known than its two ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.intervals import t_quantile

__all__ = ["Change", "fall", "rises"]

_OTHER: Final = 1  # the same curve is searched for a rise and for a fall: each search counts once in the other

_DOUBT: Final = 0.8  # level of the intervals that are enough to doubt by


@dataclass(frozen=True, slots=True)
class Change:
    """How much accuracy changed between two measured numbers of shots.

    Attributes
    ----------
    start, end : int
        The numbers of shots.
    by : Estimate
        Accuracy at the end minus at the start.
    picked_among : int
        How many starts this one was picked from. The interval is widened for it (Bonferroni), and for looking for
        a rise as well as a fall.
    alone : Estimate
        The same, by an interval of 80% without any widening: too little to claim by, enough to doubt by.
    suspected : bool
        Whether that excludes 0. A fall of one draw, whose interval is assumed rather than measured, always is.
    recovered : bool
        Whether the end is above some point in between, as established the same way.
    """

    start: int
    end: int
    by: Estimate
    alone: Estimate
    picked_among: int
    suspected: bool
    recovered: bool = False

    def may_sink(self, margin: float) -> bool:
        """Whether this may be a fall by more than the margin, established or not, that nothing has made good."""
        return self.suspected and self.by.value < -margin and not self.recovered


def rises(curve: Curve, level: float) -> tuple[Change, ...]:
    """Return the changes to the last point from the first one, and from the first positive number of shots."""
    shots = curve.shots[curve.observed]
    starts = sorted({0, int(np.searchsorted(shots, 1))} - {len(shots) - 1, len(shots)})
    by = _changes(curve, level, len(starts) + _OTHER)
    alone = _changes(curve, _DOUBT)
    return tuple(Change(int(shots[i]), int(shots[-1]), by[i], alone[i], len(starts), alone[i].low > 0) for i in starts)


def fall(curve: Curve, level: float) -> Change | None:
    """Return the change from the highest earlier point to the last, or None where no point is earlier."""
    shots, means = curve.shots[curve.observed], curve.means[curve.observed]
    if len(shots) < 2:
        return None
    by = _changes(curve, level, len(shots) - 1 + _OTHER)
    peak = int(np.argmax(means[:-1]))
    recovered = any(change.low > 0 for change in by[peak + 1 :])
    alone = _changes(curve, _DOUBT)[peak]
    suspected = curve.one_draw or alone.high < 0
    return Change(int(shots[peak]), int(shots[-1]), by[peak], alone, len(shots) - 1, suspected, recovered)


def _changes(curve: Curve, level: float, comparisons: int = 1) -> list[Estimate]:
    """Changes from every earlier point to the last: Student intervals (Satterthwaite), by Bonferroni's correction."""
    means, noise = curve.means[curve.observed], curve.noise()
    found = []
    for i in range(len(means) - 1):
        contrast = np.zeros(len(means))
        contrast[-1], contrast[i] = 1.0, -1.0
        variance, df = noise.of(contrast)
        half = float(t_quantile(1 - (1 - level) / 2 / max(comparisons, 1), df)) * float(np.sqrt(variance))
        value = float(means[-1] - means[i])
        # A change of accuracy is at most 1.
        found.append(Estimate(value, max(value - half, -1.0), min(value + half, 1.0), level))
    return found
