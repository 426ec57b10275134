"""Measure until it is settled: small first, more where more can tell. Lives here: the loop around the two halves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from curvefit.curves.stages import chance, stages
from curvefit.study import Measurement, Study, analyze
from curvefit.trials.design import Design

__all__ = ["HOPELESS", "until_decided"]

HOPELESS: Final = 0.15  # chance that all of the design would settle it, below which no more is asked


def until_decided(
    measured: Callable[[Design], Measurement],
    design: Design,
    *,
    margin: float = 0.02,
    level: float = 0.9,
    told: Callable[[str], None] | None = None,
) -> Study:
    """Measure in up to four stages; stop when the verdict is settled, or when all of the design would hardly settle it.

    Every stage sees the same shots, more draws and more items. The study's level is that of its last look, higher than
    the one asked for, so that looking several times does not make wrong verdicts more frequent (see
    `curvefit.curves.stages`).

    Parameters
    ----------
    measured : callable
        Measures a part of the design, as ``lambda part: measure(task, part, model, journal=path)`` does; with a
        journal nothing is asked twice.
    design : Design
        What is measured at most; no more items than there are.
    margin, level
        As of `analyze`.
    told : callable, optional
        Called with a sentence after every look but the last.

    Raises
    ------
    CurvefitError
        As `measure` and `analyze` do.
    """
    *early, last = stages(design.draws, design.items, level)
    for number, look in enumerate(early, 1):
        study = analyze(measured(replace(design, draws=look.draws, items=look.items)), margin=margin, level=look.level)
        share = look.draws * look.items / (last.draws * last.items)
        if study.curve.stopped:  # nothing more may be asked
            return study
        at = f"look {number} of {len(early) + 1}, at {share:.0%} of the design"
        if study.verdict.trend != "inconclusive":
            return _noted(study, f"{at}: settled")
        hope = chance(study.curve, study.forecast, margin, study.verdict.horizon, last)
        if hope < HOPELESS:
            return _noted(study, f"{at}: given up, since all of it would settle it with a chance of {hope:.0%}")
        if told is not None:
            told(f"{at}: open; all of it would settle it with a chance of {hope:.0%}")
    return _noted(analyze(measured(design), margin=margin, level=last.level), "all of the design was measured")


def _noted(study: Study, note: str) -> Study:
    note += f"; intervals are {100 * study.level:.1f}%, so that several looks together keep to the level asked for"
    return replace(study, curve=replace(study.curve, notes=(*study.curve.notes, note)))
