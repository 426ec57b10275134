"""Measured changes between numbers of shots. Lives here: paired differences with intervals; no model of the curve.

The same items and draws are scored at every number of shots, so a difference is far more precise than its two ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.intervals import t_quantile

__all__ = ["Change", "fall", "rises"]

_OTHER_SEARCH: Final = 1  # the same curve is searched for a rise and for a fall: each search counts once in the other

_DOUBT_LEVEL: Final = 0.8  # level of the intervals that are enough to doubt by


@dataclass(frozen=True, slots=True)
class Change:
    """How much accuracy changed between two measured numbers of shots.

    Attributes
    ----------
    start, end : int
        The numbers of shots.
    estimate : Estimate
        Accuracy at the end minus at the start. Its interval is corrected (Bonferroni) for the number of candidates,
        and for the search for a rise as well as for a fall.
    uncorrected : Estimate
        The same difference with an uncorrected 80% interval: too weak to claim a change, enough to doubt there is none.
    n_candidates : int
        How many starts this one was picked from.
    suspected : bool
        Whether the uncorrected interval excludes 0. Always true for a fall of one draw, whose interval is assumed
        rather than measured.
    recovered : bool
        Whether the end is above some point in between, by a corrected interval.
    """

    start: int
    end: int
    estimate: Estimate
    uncorrected: Estimate
    n_candidates: int
    suspected: bool
    recovered: bool = False

    def may_be_fall(self, margin: float) -> bool:
        """Whether this may be a fall by more than the margin, established or not, without a recovery since."""
        return self.suspected and self.estimate.value < -margin and not self.recovered


def rises(curve: Curve, level: float) -> tuple[Change, ...]:
    """Return the changes to the last point from the first one, and from the first positive number of shots."""
    shots = curve.shots[curve.observed]
    starts = sorted({0, int(np.searchsorted(shots, 1))} - {len(shots) - 1, len(shots)})
    estimates = _changes(curve, level, len(starts) + _OTHER_SEARCH)
    uncorrected = _changes(curve, _DOUBT_LEVEL)
    return tuple(
        Change(int(shots[i]), int(shots[-1]), estimates[i], uncorrected[i], len(starts), uncorrected[i].low > 0)
        for i in starts
    )


def fall(curve: Curve, level: float) -> Change | None:
    """Return the change from the highest earlier point to the last, or None where no point is earlier.

    Its corrected interval errs half as often as the level allows: few curves fall, so that a test at the level itself
    would make many of the falls that are found false ones.
    """
    shots, means = curve.shots[curve.observed], curve.means[curve.observed]
    if len(shots) < 2:
        return None
    estimates = _changes(curve, (1 + level) / 2, len(shots) - 1 + _OTHER_SEARCH)
    peak = int(np.argmax(means[:-1]))
    recovered = any(change.low > 0 for change in estimates[peak + 1 :])
    uncorrected = _changes(curve, _DOUBT_LEVEL)[peak]
    suspected = curve.one_draw or uncorrected.high < 0
    return Change(int(shots[peak]), int(shots[-1]), estimates[peak], uncorrected, len(shots) - 1, suspected, recovered)


def _changes(curve: Curve, level: float, comparisons: int = 1) -> list[Estimate]:
    """Changes from every earlier point to the last: Student intervals (Satterthwaite), by Bonferroni's correction."""
    means, noise = curve.means[curve.observed], curve.noise()
    estimates = []
    for i in range(len(means) - 1):
        contrast = np.zeros(len(means))
        contrast[-1], contrast[i] = 1.0, -1.0
        variance, df = noise.of(contrast)
        half_width = float(t_quantile(1 - (1 - level) / 2 / max(comparisons, 1), df)) * float(np.sqrt(variance))
        value = float(means[-1] - means[i])
        # A change of accuracy is at most 1.
        estimates.append(Estimate(value, max(value - half_width, -1.0), min(value + half_width, 1.0), level))
    return estimates
