"""Reports of three invented hospitals and the first draft of a case note. Lives here: how each site writes, the note.

The rule: every note is ``{"organ", "size_mm", "stage", "margin", "date"}``, and the site named in front decides how its
report is read:

=========  ====================  ============================  ================  ================
site       size                  stage                         dates             date of the note
=========  ====================  ============================  ================  ================
Northgate  cm                    T and N: ``T2 N0`` is 2A,     day/month/year    taken
                                 ``T2 N1`` is 2B
Harbour    mm                    Roman: ``IIB`` is 2B          month/day/year    reported
Millbrook  cm, the largest of    the stage as it is, in small  year-month-day,   taken
           two                   letters: ``2b`` is 2B         no century
=========  ====================  ============================  ================  ================

An exercise in local rules: the stages are simpler than real ones, and no patient, report or hospital is real.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from generators.chooser import Chooser

__all__ = ["examples"]

ORGANS: Final = ["colon", "lung", "breast", "kidney", "bladder", "stomach", "thyroid", "liver", "larynx", "pancreas"]
TUMOURS: Final = ["carcinoma", "tumour", "lesion", "mass", "growth"]
MARGINS: Final = ["clear", "close", "involved"]
ROMAN: Final = {1: "I", 2: "II", 3: "III"}


class _Case(NamedTuple):
    """What is true of a case, whoever reports it."""

    organ: str
    tumour: str
    margin: str
    size: int  # mm
    other: int  # mm, the smaller extent
    stage: tuple[int, str]
    taken: tuple[int, int, int]  # year without century, month, day
    reported: tuple[int, int, int]


def _northgate(case: _Case) -> tuple[str, tuple[int, int, int]]:
    number, letter = case.stage
    taken, reported = (f"{day:02}/{month:02}/{year}" for year, month, day in (case.taken, case.reported))
    return (
        f"Northgate: {case.organ} {case.tumour}, {case.size / 10:.1f} cm, T{number} N{'AB'.index(letter)}, "
        f"margin {case.margin}, taken {taken}, reported {reported}"
    ), case.taken


def _harbour(case: _Case) -> tuple[str, tuple[int, int, int]]:
    number, letter = case.stage
    taken, reported = (f"{month:02}/{day:02}/{year}" for year, month, day in (case.taken, case.reported))
    return (
        f"Harbour: {case.tumour} of {case.organ}, stage {ROMAN[number]}{letter}, {case.size} mm, "
        f"taken {taken}, reported {reported}, margin {case.margin}"
    ), case.reported


def _millbrook(case: _Case) -> tuple[str, tuple[int, int, int]]:
    number, letter = case.stage
    taken, reported = (f"{year}-{month:02}-{day:02}" for year, month, day in (case.taken, case.reported))
    return (
        f"Millbrook: reported {reported}, taken {taken}: {case.organ} {case.tumour} {number}{letter.lower()}, "
        f"{case.other / 10:.1f} x {case.size / 10:.1f} cm, margin {case.margin}"
    ), case.taken


SITES: Final[list[Callable[[_Case], tuple[str, tuple[int, int, int]]]]] = [_northgate, _harbour, _millbrook]


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield reports with their notes, every site equally often."""
    for site in pick.rounds(SITES):
        size = pick.whole(8, 78)
        year, month, day = pick.whole(21, 25), pick.whole(1, 12), pick.whole(1, 25)
        case = _Case(
            organ=pick.one(ORGANS),
            tumour=pick.one(TUMOURS),
            margin=pick.one(MARGINS),
            size=size,
            other=pick.whole(5, size),
            stage=(pick.whole(1, 3), pick.one("AB")),
            taken=(year, month, day),
            reported=(year, month, day + pick.whole(1, 3)),
        )
        report, (year, month, day) = site(case)
        note = {
            "organ": case.organ,
            "size_mm": case.size,
            "stage": f"{case.stage[0]}{case.stage[1]}",
            "margin": case.margin,
            "date": f"20{year}-{month:02}-{day:02}",
        }
        yield report, json.dumps(note)
