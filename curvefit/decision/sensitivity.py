"""Sensitivity of the verdict to missing replies. Lives here: judging again with them filled in.

Only the fillings that could change a verdict most are tried: they raise, lower, break or dent the curve as far as
missing replies can.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.forecast import forecasts
from curvefit.curves.verdict import Trend, trend_of
from curvefit.decision.judge_correction import without_judge_errors
from curvefit.measurement.measurement import Measurement

__all__ = ["Filling", "Sensitivity", "sensitivity"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Filling:
    """One way to fill in missing replies.

    Attributes
    ----------
    score : float
        What a missing reply scores: 0 or 1.
    pattern : "all", "from" or "at"
        Where `score` is filled in: everywhere; below `shots`, the other score from there on; everywhere but at `shots`.
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
class Sensitivity:
    """Whether the verdict changes with missing replies filled in.

    Attributes
    ----------
    missing : int
        Replies that are missing.
    tried : int
        Ways to fill them in that were tried.
    changes : tuple of (Filling, trend)
        Those that change the verdict, and to what; empty where none does.
    """

    missing: int
    tried: int
    changes: tuple[tuple[Filling, Trend], ...]


def sensitivity(
    measured: Measurement, trend: Trend, *, margin: float = 0.02, level: float = 0.9, seed: int = 0
) -> Sensitivity | None:
    """Judge a measurement again with its missing replies filled in; None where none is missing.

    A measurement that a spending limit ended is not judged again: its trials are missing because none was asked.
    """
    if not measured.missing or measured.stopped or measured.summary is not None:
        return None
    fillings = tuple(_fillings(measured.shots))
    completed = [
        replace(
            measured,
            scores=np.where(measured.unanswered, filling.values(measured.shots)[:, None, None], measured.scores),
        )
        for filling in fillings
    ]
    classes = measured.n_labels
    trends = [
        trend_of(
            complete,
            without_judge_errors(complete, forecast, seed),
            margin=margin,
            horizon=complete.horizon,
            n_classes=classes,
        )
        for complete, forecast in zip(
            completed, forecasts(completed, level=level, seed=seed, n_classes=classes), strict=True
        )
    ]
    changes = tuple((filling, other) for filling, other in zip(fillings, trends, strict=True) if other != trend)
    return Sensitivity(measured.missing, len(fillings), changes)


def _fillings(shots: NDArray[np.int64]) -> Iterator[Filling]:
    """Yield fillings: one score everywhere, two that change at a number of shots, or another at one number alone."""
    later = shots[1:].tolist()
    for score in (0.0, 1.0):
        yield Filling(score, "all")
        yield from (Filling(score, "from", number) for number in later)
        yield from (Filling(score, "at", number) for number in later[:-1])
