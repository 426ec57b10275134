"""Does the verdict stand without the replies that are missing? Lives here: concluding again with them filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.forecast import forecasts
from curvefit.curves.verdict import trend_of
from curvefit.curves.words import counted
from curvefit.study import Measurement, Study

__all__ = ["standing"]

Filling = tuple[str, NDArray[np.float64]]  # in words, and what a missing reply scores at each number of shots (S,)


def standing(study: Study) -> Study:
    """Return the study with a note on whether its verdict stands, where trials failed; otherwise as it is.

    Concludes again with the missing replies filled in, in some ways that are hard on a verdict: those that lift, lower,
    break or dent the curve as far as they can. Not all ways there are, which the note says. Trials that were not asked
    because a cap was reached are no failures: nothing is said about those.
    """
    curve = study.curve
    if not curve.missing or curve.stopped or curve.summary is not None:
        return study
    ways = list(_fillings(curve.shots))
    filled = [replace(curve, scores=_filled(curve, values)) for _, values in ways]
    ahead = forecasts(filled, level=study.level, seed=study.seed)
    trends = [
        trend_of(one, its, margin=study.margin, horizon=one.horizon, n_classes=curve.n_labels)
        for one, its in zip(filled, ahead, strict=True)
    ]
    swayed = [(how, trend) for (how, _), trend in zip(ways, trends, strict=True) if trend != study.verdict.trend]
    if swayed:
        how, trend = swayed[0]
        note = (
            f"the verdict depends on the missing replies: {len(swayed)} of {len(ways)} ways to fill them in that were"
            f" tried change it; it would be {trend} were they {how}"
        )
    else:
        note = f"the verdict stands, in each of {len(ways)} ways to fill in the missing replies that were tried"
    return replace(study, curve=replace(curve, notes=(*curve.notes, note)))


def _fillings(shots: NDArray[np.int64]) -> Iterator[Filling]:
    """Yield ways to fill in missing replies: all alike, parted at a number of shots, or other at one than elsewhere."""
    row = np.arange(len(shots))
    for word, other, score in (("wrong", "right", 0.0), ("right", "wrong", 1.0)):
        yield f"all {word}", np.full(len(shots), score)
        for cut in row[1:]:
            parted = f"{word} below {counted(int(shots[cut]), 'shot')} and {other} from there on"
            yield parted, np.where(row < cut, score, 1 - score)
        for one in row[1:-1]:
            alone = f"{other} at {counted(int(shots[one]), 'shot')} and {word} elsewhere"
            yield alone, np.where(row == one, 1 - score, score)


def _filled(curve: Measurement, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores with those of failed trials replaced by a value a number of shots."""
    return np.where(curve.unanswered, values[:, None, None], curve.scores)
