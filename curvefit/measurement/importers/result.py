"""What every reader returns: scores and what they are scores of. Lives here: no file is opened, nothing is chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from curvefit.errors import InputError
from curvefit.measurement.importers.fields import Fields
from curvefit.measurement.measurement import Note
from curvefit.own_files import digest

__all__ = [
    "SCORES_MISSING",
    "Mean",
    "Result",
    "ScoreSheet",
    "Setting",
    "Unfinished",
    "average",
    "counted_shots",
    "noted",
    "short_id",
]

SCORES_MISSING: Final = "some are missing"  # in short, however it came about

_LONGEST: Final = 60  # characters of an id
_DIGITS: Final = 16  # that name an item's content


class Setting(NamedTuple):
    """What was measured.

    Attributes
    ----------
    shots : int
        Number of demonstrations.
    task, model, metric : str
        Names as the tool wrote them; empty where it has none.
    draw : str
        Which demonstrations, such as their seed; the same name means the same draw at every number of shots. A
        repetition with the same demonstrations is no draw.
    """

    shots: int
    task: str = ""
    model: str = ""
    metric: str = ""
    draw: str = ""


@dataclass(frozen=True, slots=True)
class Mean:
    """An accuracy without its single scores; NaN where unknown."""

    accuracy: float
    stderr: float = math.nan
    n_items: float = math.nan


@dataclass(frozen=True, slots=True)
class Result:
    """The scores of one setting: one for each item by its id (NaN: no reply), or their mean.

    Attributes
    ----------
    file : Path
        Where they stand.
    setting : Setting
        What they are scores of.
    scores : mapping of item to score, or Mean
        As the file has them; whether they lie in [0, 1] is seen to when they are used.
    notes : tuple of Note
        What a reader of the report should know.
    alarms : tuple of Note
        Those that come before all others.
    repeated : str
        Why the same number of shots may stand in several files of this tool, and what to do.
    digests : mapping of str to str
        A name by content of each item, as this tool's files have its input and target; empty where they have not.
    own_examples : bool
        Whether each item was shown examples of its own: what is called a draw here is then others for each.
    mean : Mean or None
        What the tool gives as their mean, where it does beside single scores.
    unread : str
        Why there is only a mean, by file and row, where single scores are at hand and cannot be used.
    single_scores : str
        What this tool's single scores are called, where there is only a mean.
    averaged : int
        How many of the scores are averages over repetitions of the same prompt.
    wholly : mapping of str to float
        Of each item, the share of its repetitions that are wholly right, which an average does not tell; empty where
        nothing is averaged.
    groups : mapping of str to str
        The group of each item that has one.
    fault : InputError or None
        What makes these no scores: raised where they are chosen, since others in the file may be.
    """

    file: Path
    setting: Setting
    scores: Mapping[str, float] | Mean
    notes: tuple[Note, ...] = ()
    alarms: tuple[Note, ...] = ()
    repeated: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)
    own_examples: bool = False
    mean: Mean | None = None
    unread: str = ""
    single_scores: str = "single scores"
    averaged: int = 0
    wholly: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    fault: InputError | None = None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run that did not come to its end, and whose scores are left out.

    Attributes
    ----------
    file : Path
        Where it stands.
    status : str
        What became of it, in a word or two: ``cancelled``.
    shots : int or None
        Number of demonstrations; None where the file does not say.
    task, model, draw : str
        As of a `Setting`; empty where unknown.
    items : tuple of str
        Ids of the items it was to score; empty where the file does not say.
    """

    file: Path
    status: str
    shots: int | None = None
    task: str = ""
    model: str = ""
    draw: str = ""
    items: tuple[str, ...] = ()


class ScoreSheet:
    """Collects single scores by setting and item.

    Repetitions of an item (epochs, trials, repeats) ask the same prompt again. They say nothing about other
    demonstrations, so that they are averaged here, which is noted, and never counted as draws.
    """

    def __init__(self) -> None:
        self._scores: dict[Setting, dict[str, list[float]]] = {}
        self._digests: dict[str, str] = {}
        self._cells: dict[tuple[Setting, str, str], float] = {}
        self._twice = 0

    def add(self, setting: Setting, item: str, score: float) -> None:
        """Add one score; NaN for an item without a reply."""
        self._scores.setdefault(setting, {}).setdefault(item, []).append(score)

    def add_once(
        self, setting: Setting, item: str, score: float, row: Fields, column: str, repetition: str = ""
    ) -> None:
        """Add one score, which `repetition` tells from others of the item; the same one twice counts once.

        Raises
        ------
        InputError
            It is there twice, and the scores differ.
        """
        cell = setting, item, repetition
        if cell not in self._cells:
            self._cells[cell] = score
            self.add(setting, item, score)
            return
        known = self._cells[cell]
        if not np.array_equal(known, score, equal_nan=True):
            raise row.fault(
                column,
                f"{_said(score)} for item {item!r} at {counted_shots(setting.shots)}, which has {_said(known)} above;"
                " leave one out or, in a table, give each a draw or an epoch",
            )
        self._twice += 1

    def name(self, item: str, tool: str, content: object) -> None:
        """Keep what an item is, as a tool has it; an item that is two things is none that can be told by content."""
        known = f"{tool}:{digest(content)[:_DIGITS]}"
        if self._digests.setdefault(item, known) != known:
            self._digests[item] = ""

    def results(self, file: Path) -> list[Result]:
        """Return one result a setting, in the order in which they came."""
        many = "1 score is" if self._twice == 1 else f"{self._twice:,} scores are"
        twice = noted(
            f"{many} in {file.name} twice: what is there again counts once", "some are there twice, and count once"
        )
        notes = (twice,) if self._twice else ()
        results = []
        for setting, items in self._scores.items():
            averaged = sum(len(repeated) > 1 for repeated in items.values())
            results.append(
                Result(
                    file,
                    setting,
                    {item: average(repeated) for item, repeated in items.items()},
                    notes,
                    averaged=averaged,
                    wholly={item: _wholly_right(repeated) for item, repeated in items.items()} if averaged else {},
                    digests={item: self._digests[item] for item in items if self._digests.get(item)},
                )
            )
        return results


def noted(text: str, short: str = "") -> Note:
    """Return something to know about files of other tools, and the same in a few words where it may mislead."""
    return Note("import", text, short)


def counted_shots(shots: int) -> str:
    """Return ``1 shot`` or ``4 shots``."""
    return f"{shots} shot{'s' * (shots != 1)}"


def short_id(text: str) -> str:
    """Return an id for an item that has no other than its text: long ones keep their beginning and a digest."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 13]} {digest(text)[:12]}"


def _said(score: float) -> str:
    return "no score" if math.isnan(score) else f"{score:g}"


def average(values: Iterable[float]) -> float:
    """Return the mean of what is known; NaN where nothing is."""
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def _wholly_right(repeated: list[float]) -> float:
    return average(score if math.isnan(score) else float(score >= 1) for score in repeated)
