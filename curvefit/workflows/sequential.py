"""Measure until it is settled: small first, more where more can tell. Lives here: the loop around the two halves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.group_sequential import planned_looks, prospect
from curvefit.measurement.measurement import Measurement
from curvefit.report.wording import sure
from curvefit.study import Study, analyze
from curvefit.trials.design import Design

__all__ = ["measure_until_decided"]

FloatArray = NDArray[np.float64]


def measure_until_decided(
    measured: Callable[[Design], Measurement],
    design: Design,
    *,
    margin: float = 0.02,
    level: float = 0.9,
    told: Callable[[str], None] | None = None,
    n_train: int | None = None,
) -> Study:
    """Measure in up to four looks; stop when the verdict is settled, or when all of the design would hardly settle it.

    Every stage has more draws and more items, at those numbers of shots that still tell something about what is ahead.
    The study's level is that of its last look, higher than the one asked for, so that looking several times does not
    make wrong verdicts more frequent (see `curvefit.curves.group_sequential`).

    Parameters
    ----------
    measured : callable
        Measures a part of the design, as ``lambda part: measure(task, part, model, journal=path)`` does; with a
        journal nothing is asked twice.
    design : Design
        What is measured at most; no more items than there are, and shots that fit all of it, as `plan` finds them.
    margin, level, n_train
        As of `analyze`.
    told : callable, optional
        Called with a sentence after every look but the last.

    Raises
    ------
    CurvefitError
        As `measure` and `analyze` do.
    """
    *early, last = planned_looks(design.draws, design.items, level)
    left: list[Measurement] = []  # numbers of shots that are not measured further
    for number, look in enumerate((*early, last), 1):
        part = replace(design, draws=look.draws, items=look.items)
        study = analyze(_joined([measured(part), *left]), margin=margin, level=look.level, n_train=n_train)
        if study.curve.stopped:  # nothing more may be asked
            return study
        if look is last:
            break
        at = f"look {number} of {len(early) + 1}"
        if study.verdict.trend != "inconclusive":
            return _noted(study, f"{at}: settled")
        going = part.shots or tuple(int(k) for k in study.curve.shots)
        hope = prospect(
            study.curve, study.forecast, last, margin=margin, horizon=study.verdict.horizon, going=going
        )  # fmt: skip
        if hope.lost:
            return _noted(study, f"{at}: given up, since all of it would settle it with a chance of {hope.chance:.0%}")
        if told is not None:
            doubt = "; accuracy may be falling" if hope.sinking else ""
            told(
                f"{at}: open; all of it would settle it with a chance of {hope.chance:.0%}{doubt};"
                f" going on with {', '.join(map(str, hope.shots))} shots"
            )
        if behind := tuple(k for k in going if k not in hope.shots):
            left.append(measured(replace(part, shots=behind)))
        design = replace(design, shots=hope.shots)
    return _noted(study, "all that tells was measured")


def _joined(parts: Sequence[Measurement]) -> Measurement:
    """Return one measurement of several at different shots; the first has the most draws and items."""
    most = parts[0]
    if len(parts) == 1:
        return most
    shots = np.concatenate([part.shots for part in parts])
    order = np.argsort(shots)
    place = {item: i for i, item in enumerate(most.items)}

    def together(arrays: Sequence[FloatArray | None]) -> FloatArray | None:
        if any(array is None for array in arrays):
            return None
        whole = np.full((len(shots), *most.scores.shape[1:]), np.nan)
        row = 0
        for part, array in zip(parts, arrays, strict=True):
            rows, draws, _ = part.scores.shape
            whole[row : row + rows, :draws, [place[item] for item in part.items]] = array
            row += rows
        return whole[order]

    extents = [(part.scores.shape[1], part.scores.shape[2]) for part in parts for _ in part.shots]
    scores = together([part.scores for part in parts])
    assert scores is not None  # noqa: S101 - every measurement has scores
    return replace(
        most,
        shots=shots[order],
        scores=scores,
        readable=together([part.readable for part in parts]),
        choices=together([part.choices for part in parts]),
        design=None if most.design is None else replace(most.design, shots=tuple(int(k) for k in shots[order])),
        usage=reduce(add, (part.usage for part in parts)),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        extents=tuple(extents[i] for i in order),
    )


def _noted(study: Study, note: str) -> Study:
    note += f"; intervals are {sure(study.level)}, so that several looks together keep to the level asked for"
    return replace(study, curve=replace(study.curve, notes=(*study.curve.notes, note)))
