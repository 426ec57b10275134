"""Does the verdict stand without the replies that are missing? Lives here: concluding again with them filled in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.study import Measurement, Study, analyze

__all__ = ["standing"]

# The most that missing replies could do to a verdict: lift or lower the whole curve, or tilt it.
_FILLINGS: Final = {
    "all wrong": (0.0, 0.0),
    "all right": (1.0, 1.0),
    "wrong with few shots and right with many": (0.0, 1.0),
    "right with few shots and wrong with many": (1.0, 0.0),
}


def standing(study: Study) -> Study:
    """Return the study with a note on whether its verdict stands, where trials failed; otherwise as it is.

    Concludes again with the missing replies filled in by the worst that could be behind them. Trials that were not
    asked because a cap was reached are no failures: nothing is said about those.
    """
    curve = study.curve
    if not curve.missing or curve.stopped or curve.summary is not None:
        return study
    others = {
        how: analyze(
            replace(curve, scores=_filled(curve, *values)),
            margin=study.margin, level=study.level, seed=study.seed,
        ).verdict.trend
        for how, values in _FILLINGS.items()
    }  # fmt: skip
    swayed = [f"{trend} were they {how}" for how, trend in others.items() if trend != study.verdict.trend]
    said = "; it would be " + ", ".join(swayed) if swayed else ", whatever the missing replies were"
    note = f"the verdict {'depends on the missing replies' if swayed else 'stands'}{said}"
    return replace(study, curve=replace(curve, notes=(*curve.notes, note)))


def _filled(curve: Measurement, few: float, many: float) -> NDArray[np.float64]:
    """Return scores with those of failed trials replaced by one value in the lower half of the shots, another above."""
    values = np.where(np.arange(len(curve.shots)) < len(curve.shots) / 2, few, many)[:, None, None]
    return np.where(curve.unanswered, values, curve.scores)
