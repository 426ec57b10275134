"""What was measured and where it came from. Lives here: the one value that both halves know; nothing is asked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Point
from curvefit.display import quoted
from curvefit.errors import CurveError
from curvefit.models.base import Usage
from curvefit.trials.design import Design

__all__ = ["Measurement", "Note", "NoteOrigin", "seen"]

FloatArray = NDArray[np.float64]
NoteOrigin = Literal["task", "asking", "import", "training"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader should know about how a measurement was made; never a conclusion.

    Attributes
    ----------
    origin : "task", "asking", "import" or "training"
        What it is about: how the task was read, how the asking went, how another tool's files were read, or what was
        trained.
    text : str
        One sentence.

    Examples
    --------
    >>> str(cf.Note("asking", "2 of 36 trials got no reply and are left out"))
    '2 of 36 trials got no reply and are left out'
    """

    __module__ = "curvefit"

    origin: NoteOrigin
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, eq=False, kw_only=True)
class Measurement(Curve):
    """A curve and where it came from.

    Attributes
    ----------
    task, kind, model : str
        Names; empty where unknown, as for a curve read from a table.
    form : str
        The prompt's form: ``plain`` or ``chat``.
    design : Design or None
        What was asked, with shots and items as they were in the end.
    n_labels, pool, available : int
        Classes of the task (0: targets are free text), size of its pool and how many items it has to score (0:
        unknown).
    commonest : array (I,) or None
        Score of the commonest target, given as the reply to every item; None where that is not known.
    items : tuple of str
        Ids of the scored items, in the order of the last axis of `scores`.
    readable : array (S, D, I) or None
        1 where an answer could be read from the reply, 0 where not, NaN where nothing was observed.
    choices : array (S, D, I) or None
        Scores of the label the model chooses under constraint; None where that was not measured.
    usage : Usage
        What the measurement took.
    notes : tuple of Note
        What a reader should know about how it was made.
    extents : tuple of (int, int)
        How many draws and items were asked for at each number of shots, the first ones of all, where looks went on
        with some numbers of shots only; empty where it was all of them.
    stopped : str
        Which cap ended the asking early; empty when it came to its end.
    path : str
        Where the task was read from, as its user wrote it; empty where it was made in memory.
    asked : str
        Fingerprint of instruction, scorer and scored items: equal for two measurements that asked the same.
    command : tuple of str
        The command that made it, as words without any key; empty where it was made from Python.
    retrieved : Measurement or None
        The same items with the examples most similar to each; see `beside`.

    Examples
    --------
    >>> task = cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)], name="doubles", scorer="number")
    >>> cf.measure(task, cf.Design(shots=(0, 4), draws=2, items=20), cf.resolve("simulated/flat"))
    <Measurement 'doubles' on 'simulated/flat': 0, 4 shots; accuracy 0.250 to 0.300; 2 draws, 20 items>
    """

    __module__ = "curvefit"

    task: str = ""
    kind: str = ""
    model: str = ""
    form: str = ""
    design: Design | None = None
    n_labels: int = 0
    pool: int = 0
    available: int = 0
    commonest: FloatArray | None = None
    items: tuple[str, ...] = ()
    readable: FloatArray | None = None
    choices: FloatArray | None = None
    usage: Usage = field(default_factory=Usage)
    notes: tuple[Note, ...] = ()
    extents: tuple[tuple[int, int], ...] = ()
    stopped: str = ""
    path: str = ""
    asked: str = ""
    command: tuple[str, ...] = ()
    retrieved: Measurement | None = None

    def of_kind(self, kind: str = "", *, n_labels: int = 0) -> Measurement:
        """Return it as one of a task of that kind, which other tools' results do not say.

        Parameters
        ----------
        kind : str
            Such as ``extraction``; by default ``classification`` where there are labels, else unknown.
        n_labels : int
            Classes of the task; 0 where targets are free text.

        Raises
        ------
        CurveError
            A number of labels below 0.
        """
        if n_labels < 0:
            raise CurveError(f"n_labels must be at least 0, not {n_labels}")
        return replace(self, kind=kind or ("classification" if n_labels else ""), n_labels=n_labels)

    def __repr__(self) -> str:
        names = f"Measurement {quoted(self.task, self.model)}".strip()
        lost = f"; {self.missing} trials without a reply" if self.missing else ""
        similar = "; retrieved examples beside it" if self.retrieved is not None else ""
        return f"<{names}: {self._facts()}{lost}{similar}>"

    @property
    def drawn(self) -> bool:
        """Whether demonstrations were drawn at random, and not retrieved for each item."""
        return self.design is None or self.design.selection != "similar"

    @property
    def horizon(self) -> int | None:
        """Shots up to which is judged: as many as there are examples to show, up to four times what was measured.

        Never fewer than twice that; None where it is not known what there is.
        """
        last = int(self.shots[self.observed][-1])
        return min(max(self.pool, 2 * last), 4 * max(last, 1)) if self.pool else None

    @property
    def missing(self) -> int:
        """How many trials of the design got no reply, retrieved examples included."""
        return int(self.unanswered.sum()) + (self.retrieved.missing if self.retrieved else 0)

    @property
    def parse_rate(self) -> tuple[float, ...]:
        """Share of replies an answer was read from, at each number of shots that has a score; NaN where unknown."""
        if self.readable is None:
            return (math.nan,) * int(self.observed.sum())
        return tuple(float(rate) for rate in np.nanmean(self.readable[self.observed], axis=(1, 2)))

    @property
    def unanswered(self) -> NDArray[np.bool_]:
        """Which trials of the design got no reply (S, D, I)."""
        without = np.isnan(self.scores) & (self.design is not None)
        for row, (draws, items) in enumerate(self.extents):
            without[row, draws:] = without[row, :, items:] = False
        return without

    @property
    def answered(self) -> FloatArray:
        """Share of the items asked that have a score, at each number of shots that has any; 1 where means are known."""
        if self.summary is not None:
            return np.ones(int(self.observed.sum()))
        asked = np.array([items for _, items in self.extents] or [self.scores.shape[2]] * len(self.shots))
        share: FloatArray = (~np.isnan(self.scores).all(axis=1)).sum(axis=1) / asked
        return share[self.observed]

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Which of the numbers of shots that have a score may be called the best.

        Those scored on half as many items as any, or more. A cap on spending can leave three replies of a hundred at
        the last one, and all three right tells of luck.
        """
        return _about_as_far(self.answered)

    @property
    def compared(self) -> tuple[Measurement, ...]:
        """This one, and the one with retrieved examples: those that went about as far."""
        both = (self,) if self.retrieved is None else (self, self.retrieved)
        far = _about_as_far(np.array([some.answered.max(initial=0.0) for some in both]))
        return tuple(compress(both, far))

    @property
    def tried(self) -> int:
        """How many prompts the best is picked from."""
        return sum(int(some.whole.sum()) for some in self.compared)

    def beside(self, retrieved: Measurement) -> Measurement:
        """Return this measurement with one of the same items that were shown the examples most similar to each.

        What that took, its notes and whether a cap ended it become this one's; a prompt that both happen to show
        counts twice.

        Raises
        ------
        CurveError
            It is of another task or model, or scored other items.
        """
        ours, theirs = ((of.task, of.model, of.asked, of.items) for of in (self, retrieved))
        if ours != theirs:
            raise CurveError("retrieved examples have to be measured on the same task, model and items")
        return replace(
            self,
            usage=self.usage + retrieved.usage,
            notes=tuple(dict.fromkeys((*self.notes, *retrieved.notes))),
            stopped=self.stopped or retrieved.stopped,
            retrieved=replace(retrieved, usage=Usage(), notes=(), stopped=""),
        )


def _about_as_far(share: FloatArray) -> NDArray[np.bool_]:
    far: NDArray[np.bool_] = share >= share.max(initial=0.0) / 2
    return far


def seen(curve: Curve, observed: NDArray[np.bool_], level: float) -> tuple[Point, ...]:
    """Return the points where there is anything to show: at a number of shots all replies may have failed."""
    return tuple(point for point, there in zip(curve.points(level), observed, strict=True) if there)
