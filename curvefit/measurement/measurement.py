"""What was measured and where it came from. Lives here: the result of `measure`, the input of `analyze`; no asking."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import compress
from operator import add
from typing import Any, Final, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Point, Summary
from curvefit.display import quoted
from curvefit.errors import CurveError
from curvefit.models import store
from curvefit.models.base import UNPRICED, Usage
from curvefit.task_kinds import kind_problem
from curvefit.tasks.scorers import SCORERS
from curvefit.trials.design import Design
from curvefit.trials.trial_plan import higher_cap

__all__ = [
    "CutReplies",
    "JudgeRecord",
    "Measurement",
    "Note",
    "NoteOrigin",
    "SameAnswer",
    "Unasked",
    "absent_scores",
    "as_measurement",
    "choice_points",
    "is_graded",
    "joined_by_shots",
    "means_in_common",
    "observed_points",
    "whole_share",
]

FloatArray = NDArray[np.float64]
T = TypeVar("T")
Places: TypeAlias = slice | Sequence[int] | NDArray[np.intp] | NDArray[np.bool_]  # along an axis of the scores
_ALL: Final = slice(None)
_GRADED: Final = ("f1", "rouge")  # scorers that hardly ever give full credit
_FINELY: Final = 20  # scores that differ, from which another one grades as finely as those do
_ROUNDING: Final = 1e-9
_STEP: Final = 1.5  # times the most shots measured, from which on a trend shows
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
    short : str
        The same in a few words and without numbers, for the first screen of a page; empty where it can wait.

    Examples
    --------
    >>> str(cf.Note("asking", "2 of 36 trials got no reply and are left out"))
    '2 of 36 trials got no reply and are left out'
    """

    __module__ = "curvefit"

    origin: NoteOrigin
    text: str
    short: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class SameAnswer:
    """Readable replies at a number of shots that all give one answer, although the items have several targets.

    Attributes
    ----------
    shots, count : int
        Where, and how many; trials that share a request count once.
    answer : str
        What they all say.
    """

    shots: int
    count: int
    answer: str


@dataclass(frozen=True, slots=True)
class CutReplies:
    """Replies that the cap on their length cut off, at the cost of an answer or of part of a right one.

    Attributes
    ----------
    count, replies : int
        How many, of how many in all; trials that share a request count once.
    tokens : int
        The cap.

    Examples
    --------
    >>> from curvefit.measurement.measurement import CutReplies
    >>> CutReplies(count=30, replies=40, tokens=16).most
    True
    """

    count: int
    replies: int
    tokens: int

    @property
    def most(self) -> bool:
        """Whether it is more than half of them: then nothing is known of what the model can do."""
        return 2 * self.count > self.replies

    @property
    def higher(self) -> int:
        """The cap to try next."""
        return higher_cap(self.tokens)

    def __add__(self, other: CutReplies | None) -> CutReplies:
        if other is None:
            return self
        return CutReplies(self.count + other.count, self.replies + other.replies, max(self.tokens, other.tokens))


@dataclass(frozen=True, slots=True)
class Unasked:
    """What a command that a spending limit ended has still to ask, whole: requests that its parts share count once.

    Attributes
    ----------
    calls : int
        Requests.
    usd, most_usd : float or None
        What they cost where prompts are cached and nothing is counted high, and at most; None where unknown.
    minutes : float or None
        About how long they take; None where unknown.
    replies : int or None
        How many replies its journal held then: a command that was killed since may have added some. None where unknown.
    """

    calls: int
    usd: float | None
    most_usd: float | None
    minutes: float | None
    replies: int | None = None

    def after(self, more: int) -> Unasked:
        """Return what is left once so many more replies are there, which took their share."""
        left = max(self.calls - more, 0)
        share = left / self.calls if self.calls else 0.0
        usd, most_usd, minutes = (
            None if value is None else share * value for value in (self.usd, self.most_usd, self.minutes)
        )
        return Unasked(left, usd, most_usd, minutes, None if self.replies is None else self.replies + more)


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """How a judge did whose verdicts are the scores.

    Attributes
    ----------
    model : str
        Its name.
    pairwise : bool
        Whether it compared each reply with the target, in both orders.
    found_right, labelled_right : float
        Of the replies that a person calls right, how many it does too, and how many there are; 0.5 of one that it calls
        right in one order alone.
    found_wrong, labelled_wrong : float
        The same of those called wrong.
    judged, unread, contradicted : int
        Replies judged; verdicts that could not be read; pairs whose winner changed with the order.
    """

    model: str
    pairwise: bool
    found_right: float = 0.0
    labelled_right: int = 0
    found_wrong: float = 0.0
    labelled_wrong: int = 0
    judged: int = 0
    unread: int = 0
    contradicted: int = 0


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
        The design that was measured, with the shots and items that were really used.
    n_labels, pool, available : int
        Classes of the task (0: targets are free text), size of its pool and how many items it has to score (0:
        unknown).
    commonest : array (I,) or None
        Score of the commonest target, given as the reply to every item; None where unknown, or right once at most.
    readable : array (S, D, I) or None
        1 where an answer could be read from the reply, 0 where not, NaN where nothing was observed.
    choices : array (S, D, I) or None
        Scores of the label the model chooses under constraint; None where that was not measured.
    scorer, also_scored_by : str
        Names of the scorer and of the second one; empty where unknown, or where there is none.
    also_scores : array (S, D, I) or None
        Scores of the same replies by the second scorer; None where there is none.
    judge : JudgeRecord or None
        How the model did whose verdicts the scores are; None where a scorer judged.
    usage : Usage
        Calls, tokens, money and time; those of the judge too.
    usage_by_shots : tuple of Usage
        The same at each number of shots (S,); requests that several share count at the first. Empty where unknown.
    seconds_by_shots : tuple of (float, float)
        Median and 95th percentile of a call's wall time at each number of shots (S,), of the replies as they were first
        given; NaN where there is none. Empty where unknown.
    concurrency : int
        Requests that were in flight at once when it was asked; 0: unknown.
    notes : tuple of Note
        What a reader should know about how it was made.
    extents : tuple of (int, int)
        How many draws and items were asked at each number of shots, always the first ones, where later looks measured
        some numbers of shots only; empty where all were asked everywhere.
    stopped : str
        Which spending limit ended the measurement early; empty where none did.
    unasked : Unasked or None
        What its command has still to ask then; None where that is not known.
    cut : CutReplies or None
        How many replies were cut off at the cap of tokens; None where that is not known.
    same_answers : tuple of SameAnswer
        Numbers of shots at which the model answers every item alike.
    path : str
        Where the task was read from, as the user wrote it; empty for a task made in memory.
    overrides : tuple of (str, str)
        What was said of the task's file when it was read: see `Task`.
    documents : int
        How many documents the task names, of which prompts showed none; 0 where they showed some, or unknown.
    asked : str
        Fingerprint of instruction, scorer and scored items: two measurements with the same one are comparable.
    digests : tuple of str
        A name by content of each item, of what is asked, its target and its scorer: see `item_digests`. Empty where
        unknown.
    command : tuple of str
        The command that made it, as words without any key; empty where it was made from Python.
    unscored : bool array (S, D, I) or None
        Which trials another tool asked and has no score of; None where the design says what was asked.
    own_examples : bool
        Whether each item was shown random examples of its own, as lm-evaluation-harness takes them.
    draw_names : tuple of str
        What another tool calls each draw (D,), such as its seed, the empty one being of no examples; empty where that
        is not known.
    wholly_right : tuple of float
        Share of replies that are wholly right at each number of shots (S,), where scores are averages over repetitions
        of the same prompt, which do not tell; NaN where nothing was observed. Empty where nothing was averaged.
    model_context : int or None
        Tokens that the model holds, prompt and reply together; None where unknown.
    too_long : tuple of str
        Examples, by id, that no item was shown although they may be the most similar: see `Plan`.
    retrieved : Measurement or None
        The same items with the examples most similar to each; see `beside`.
    journal : str
        Where its replies are kept; empty where that is not known. In memory alone: no file names it.

    Examples
    --------
    >>> task = cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)], name="doubles", scorer="number")
    >>> cf.measure(task, cf.Design(shots=(0, 4), draws=2, items=20), cf.resolve("simulated/flat"))
    <Measurement 'doubles' on 'simulated/flat': 0, 4 shots; accuracy 0.200 to 0.275; 2 draws, 20 items>
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
    readable: FloatArray | None = None
    choices: FloatArray | None = None
    scorer: str = ""
    also_scored_by: str = ""
    also_scores: FloatArray | None = None
    judge: JudgeRecord | None = None
    usage: Usage = field(default_factory=Usage)
    usage_by_shots: tuple[Usage, ...] = ()
    seconds_by_shots: tuple[tuple[float, float], ...] = ()
    concurrency: int = 0
    notes: tuple[Note, ...] = ()
    extents: tuple[tuple[int, int], ...] = ()
    stopped: str = ""
    unasked: Unasked | None = None
    cut: CutReplies | None = None
    same_answers: tuple[SameAnswer, ...] = ()
    path: str = ""
    overrides: tuple[tuple[str, str], ...] = ()
    documents: int = 0
    asked: str = ""
    digests: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    unscored: NDArray[np.bool_] | None = None
    own_examples: bool = False
    draw_names: tuple[str, ...] = ()
    wholly_right: tuple[float, ...] = ()
    model_context: int | None = None
    too_long: tuple[str, ...] = ()
    retrieved: Measurement | None = None
    journal: str = ""

    def of_kind(self, kind: str = "", *, n_labels: int = 0) -> Measurement:
        """Return it with the kind of its task, which other tools' results do not state.

        Parameters
        ----------
        kind : str
            Such as ``extraction``; by default ``classification`` where there are labels, else unknown.
        n_labels : int
            Classes of the task; 0 where targets are free text.

        Raises
        ------
        CurveError
            A number of labels below 0, or a kind that is nearly a known one.
        """
        if problem := kind_problem(kind):
            raise CurveError(problem)
        if n_labels < 0:
            raise CurveError(f"n_labels must be at least 0, not {n_labels}")
        return replace(self, kind=kind or ("classification" if n_labels else ""), n_labels=n_labels)

    def __repr__(self) -> str:
        names = f"Measurement {quoted(self.task, self.model)}".strip()
        lost = f"; {self.missing} trials without a reply" if self.missing else ""
        similar = "; retrieved examples beside it" if self.retrieved is not None else ""
        return f"<{names}: {self._facts()}{lost}{similar}>"

    @property
    def of_tiny_model(self) -> bool:
        """Whether its model is known to have fewer than half a billion parameters."""
        return store.tiny(self.model)

    @property
    def unpriced(self) -> bool:
        """Whether calls of its model have no price, which is not the same as costing nothing."""
        return self.model.startswith(UNPRICED)

    @property
    def by_fit(self) -> bool:
        """Whether `curvefit fit` made it, of results from elsewhere."""
        return self.command[1:2] == ("fit",)

    @property
    def mostly_cut_off(self) -> bool:
        """Whether most replies were cut off, so that accuracy says nothing of the model."""
        return self.cut is not None and self.cut.most

    @property
    def graded(self) -> bool:
        """Whether its scorer hardly ever gives full credit: see `is_graded`."""
        return is_graded(self.scorer, np.concatenate([curve.scores.ravel() for curve in self.compared]))

    @property
    def drawn(self) -> bool:
        """Whether demonstrations were drawn at random, and not retrieved for each item."""
        return self.design is None or self.design.selection != "similar"

    @property
    def crossed(self) -> bool:
        """Whether a draw shows all items the same demonstrations; neither retrieved ones nor random ones of its own."""
        return self.drawn and not self.own_examples

    @property
    def horizon(self) -> int | None:
        """Shots up to which the gain is judged: the size of the pool, at most four times what was measured.

        Twice what was measured where the pool has less than half as many again: over so short a way any curve is level.
        None where the size of the pool is unknown.
        """
        last = int(self.shots[self.observed][-1])
        reach = self.pool if self.pool >= _STEP * last else 2 * last
        return min(reach, 4 * max(last, 1)) if self.pool else None

    @property
    def n_items(self) -> int:
        """Items that were scored: at the number of shots that has the most; 0 where that is not known."""
        if self.summary is not None:
            return int(self.summary.n_items.max(initial=0))
        return int((~np.isnan(self.scores)).any(axis=1).sum(axis=1).max(initial=0))

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
        """Which trials that were asked got no reply, or have no score (S, D, I)."""
        if self.unscored is not None:
            return self.unscored
        unanswered = np.isnan(self.scores) & (self.design is not None)
        for row, (draws, items) in enumerate(self.extents):
            unanswered[row, draws:] = unanswered[row, :, items:] = False
        return unanswered

    @property
    def taken(self) -> tuple[tuple[int, Usage], ...]:
        """What asking took at each number of shots at which anything was asked; empty where that is not known."""
        rows = zip(self.shots.tolist(), self.usage_by_shots, strict=False)  # of another tool's scores there is none
        return tuple((shots, usage) for shots, usage in rows if usage.calls)

    @property
    def paired(self) -> bool:
        """Whether any item has a score at every number of shots that has one; False where means alone are known."""
        scored = (~np.isnan(self.scores[self.observed])).any(axis=1)
        return self.summary is None and bool(scored.all(axis=0).any())

    @property
    def answered(self) -> FloatArray:
        """Share of the items asked that have a score, at each number of shots that has any; 1 where means are known."""
        if self.summary is not None:
            return np.ones(int(self.observed.sum()))
        items_asked = np.array([items for _, items in self.extents] or [self.scores.shape[2]] * len(self.shots))
        share: FloatArray = (~np.isnan(self.scores).all(axis=1)).sum(axis=1) / items_asked
        return share[self.observed]

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Which of the numbers of shots that have a score may be called the best.

        Those scored on at least half as many items as any other. A spending limit can leave three replies of a hundred
        at the last number of shots, and three right ones of three are no evidence.
        """
        return _comparably_complete(self.answered)

    @property
    def up_to_whole(self) -> Measurement:
        """This one, without what a spending limit left of numbers of shots beyond the last `whole` one.

        Verdict and forecast are concluded from it: a change to a few items' accuracy may be any.
        """
        if not self.stopped or self.summary is not None:
            return self
        beyond = self.shots > self.shots[self.observed][self.whole][-1]
        if not self.observed[beyond].any():
            return self
        return replace(self, scores=np.where(beyond[:, None, None], math.nan, self.scores))

    @property
    def means_to_compare(self) -> FloatArray:
        """Mean score at each of these `whole` numbers of shots, by which the best is picked.

        Where scores are missing, over the items that all have in common: those that a spending limit left may be the
        easy ones. Where other numbers of items were asked, each counts by its own.
        """
        means = self.means[self.observed][self.whole]
        if self.summary is not None or len({items for _, items in self.extents}) > 1:
            return means
        return means_in_common([*self.scores[self.observed][self.whole]], means)

    @property
    def compared(self) -> tuple[Measurement, ...]:
        """This one and that of retrieved examples; without one that has less than half as many items as the other."""
        measurements = (self,) if self.retrieved is None else (self, self.retrieved)
        comparable = _comparably_complete(
            np.array([measurement.answered.max(initial=0.0) for measurement in measurements])
        )
        return tuple(compress(measurements, comparable))

    @property
    def tried(self) -> int:
        """How many prompts the best is picked from."""
        return sum(int(measurement.whole.sum()) for measurement in self.compared)

    def part(self, *, rows: Places = _ALL, draws: Places = _ALL, items: Places = _ALL) -> Measurement:
        """Return it at some of its numbers of shots, of its draws and of its items, in the order of these places.

        Without the measurement of retrieved examples beside it, and with its usage as a whole, its notes and answers
        alike. Of single scores.
        """

        def cut(grid: NDArray[Any] | None) -> NDArray[Any] | None:
            return None if grid is None else grid[rows][:, draws][:, :, items]

        def among(values: tuple[T, ...], places: Places) -> tuple[T, ...]:
            return tuple(values[i] for i in np.arange(len(values))[places].tolist()) if values else ()

        marked = self.unscored is not None or bool(self.extents)  # which are of the first draws and items
        return replace(
            self,
            shots=self.shots[rows],
            scores=self.scores[rows][:, draws][:, :, items],
            readable=cut(self.readable),
            choices=cut(self.choices),
            also_scores=cut(self.also_scores),
            unscored=cut(self.unanswered) if marked else None,
            extents=(),
            commonest=None if self.commonest is None else self.commonest[items],
            items=among(self.items, items),
            groups=among(self.groups, items),
            digests=among(self.digests, items),
            draw_names=among(self.draw_names, draws),
            usage_by_shots=among(self.usage_by_shots, rows),
            seconds_by_shots=among(self.seconds_by_shots, rows),
            wholly_right=among(self.wholly_right, rows),
            retrieved=None,
        )

    def beside(self, retrieved: Measurement, shared: Usage | None = None) -> Measurement:
        """Return this measurement with one of the same items that were shown the examples most similar to each.

        Its usage, its notes, its replies cut off and the spending limit that ended it are moved to this one.

        Parameters
        ----------
        retrieved : Measurement
            The other one.
        shared : Usage, optional
            What the prompts took that are the same in both and were asked once; by default none.

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
            usage=self.usage + retrieved.usage - (shared or Usage()),
            notes=tuple(dict.fromkeys((*self.notes, *retrieved.notes))),
            stopped=self.stopped or retrieved.stopped,
            cut=self.cut if self.cut is None else self.cut + retrieved.cut,
            retrieved=replace(retrieved, usage=Usage(), notes=(), stopped="", cut=None),
        )


def _comparably_complete(share: FloatArray) -> NDArray[np.bool_]:
    complete: NDArray[np.bool_] = share >= share.max(initial=0.0) / 2
    return complete


def means_in_common(scores: Sequence[FloatArray], means: FloatArray) -> FloatArray:
    """Return means of scores (D, I) over the items that all were scored on.

    Their `means` where no score is missing, or no item is in common.
    """
    missing = [np.isnan(each) for each in scores]
    common = ~np.any([each.all(axis=0) for each in missing], axis=0)
    if not common.any() or not any(each.any() for each in missing):
        return means
    # What is equal stays so: of equals, the first is picked.
    return np.array([np.nanmean(each[:, common], axis=0).mean().round(12) for each in scores])


def absent_scores(there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which scores (D, I) another tool has not at a number of shots, where most are there.

    Every draw is taken to have been scored on all items. Where that leaves half or less, this number of shots has items
    of its own; where these leave as little, so has each draw, and nothing is absent.
    """
    draws = there.any(axis=1, keepdims=True)
    for asked in (np.broadcast_to(draws, there.shape), draws & there.any(axis=0)):
        if 2 * there.sum() > asked.sum():
            return np.asarray(asked & ~there)
    return np.zeros_like(there)


def is_graded(scorer: str, scores: FloatArray) -> bool:
    """Whether a scorer hardly ever gives full credit: one known for it, or one of the user's own that grades as finely.

    Half of full credit then passes for right. A scorer that counts a few faults gives few different scores, and what it
    never calls wholly right is not.
    """
    if scorer in _GRADED:
        return True
    known = scores[~np.isnan(scores)]
    own = bool(scorer) and scorer.partition(" ")[0] not in SCORERS
    return own and bool((known < 1).all()) and len(np.unique(known)) >= _FINELY


def whole_share(curve: Measurement, shots: int) -> float | None:
    """Return the share of the answers to a prompt that shows so many examples that are wholly right.

    None where no answer was partly right, or nobody knows. Of averages over repetitions it is what these were made of.
    """
    if curve.summary is not None:
        return None
    row = curve.shots.tolist().index(shots)
    known = curve.scores[row][~np.isnan(curve.scores[row])]
    whole = curve.wholly_right[row] if curve.wholly_right else float((known >= 1).mean())
    return whole if float(known.mean()) - whole > _ROUNDING else None


def observed_points(curve: Curve, level: float, observed: NDArray[np.bool_] | None = None) -> tuple[Point, ...]:
    """Return the points that have any score, by default those of the curve: all replies at one may have failed."""
    there = curve.observed if observed is None else observed
    return tuple(point for point, has_score in zip(curve.points(level), there, strict=True) if has_score)


def choice_points(measured: Measurement, level: float) -> tuple[Point, ...]:
    """Return the points of the constrained choice, where the free replies have any score; empty where not measured."""
    if measured.choices is None:
        return ()
    curve = Curve(shots=measured.shots, scores=measured.choices, groups=measured.groups)
    return observed_points(curve, level, measured.observed)


def joined_by_shots(parts: Sequence[Measurement]) -> Measurement:
    """Return one measurement of several, each at numbers of shots of its own.

    All are of one task and model, with the same draws; the first has the most draws and items.
    """
    most = parts[0]
    if len(parts) == 1:
        return most
    shots = np.concatenate([part.shots for part in parts])
    order = np.argsort(shots)
    place = {item: i for i, item in enumerate(most.items)}

    def together(arrays: Sequence[NDArray[Any] | None], unknown: float = math.nan) -> NDArray[Any] | None:
        if any(array is None for array in arrays):
            return None
        whole = np.full((len(shots), *most.scores.shape[1:]), unknown)
        row = 0
        for part, array in zip(parts, arrays, strict=True):
            rows, draws, _ = part.scores.shape
            whole[row : row + rows, :draws, [place[item] for item in part.items]] = array
            row += rows
        return whole[order]

    extents = [extent for part in parts for extent in part.extents or [part.scores.shape[1:]] * len(part.shots)]
    by_shots = [usage for part in parts for usage in part.usage_by_shots]
    seconds = [pair for part in parts for pair in part.seconds_by_shots]
    scores = together([part.scores for part in parts])
    assert scores is not None  # noqa: S101 - every measurement has scores
    return replace(
        most,
        shots=shots[order],
        scores=scores,
        readable=together([part.readable for part in parts]),
        judge=max((part.judge for part in parts if part.judge), key=lambda judge: judge.judged, default=None),
        choices=together([part.choices for part in parts]),
        also_scores=together([part.also_scores for part in parts]),
        unscored=None if most.unscored is None else together([part.unanswered for part in parts], unknown=False),
        design=None if most.design is None else replace(most.design, shots=tuple(int(k) for k in shots[order])),
        usage=reduce(add, (part.usage for part in parts)),
        usage_by_shots=tuple(by_shots[i] for i in order) if len(by_shots) == len(order) else (),
        seconds_by_shots=tuple(seconds[i] for i in order) if len(seconds) == len(order) else (),
        concurrency=max(part.concurrency for part in parts),
        cut=None if most.cut is None else sum((part.cut for part in parts[1:] if part.cut is not None), most.cut),
        same_answers=tuple(same for part in parts for same in part.same_answers),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        extents=tuple(extents[i] for i in order),
    )


def as_measurement(curve: Any) -> Measurement:
    """Return a curve as one that knows its origin, which one made from a table does not; `CurveError` if it is none."""
    if not isinstance(curve, Curve):
        raise CurveError(f"a curve is needed, such as study.curve, not {type(curve).__name__}")
    if isinstance(curve, Measurement):
        return curve
    unscored = np.array([absent_scores(row) for row in ~np.isnan(curve.scores)])
    summary, notes = curve.summary, tuple[Note, ...]()
    if summary is not None:
        notes = tuple(_about_errors(curve.shots.tolist(), summary))
        summary = replace(summary, impossible=None, assumed=None)
    return Measurement(curve.shots, curve.scores, summary, curve.items, curve.groups, unscored=unscored, notes=notes)


def _about_errors(shots: Sequence[int], summary: Summary) -> Iterator[Note]:
    """Say which standard errors of means are others than were given, and which rest on no number of items either."""
    if summary.impossible is None and (summary.assumed is None or summary.n_items[summary.assumed].all()):
        return
    from curvefit.measurement.importers.averages import about_assumed, about_impossible  # late: loads every reader
    from curvefit.measurement.importers.result import Mean

    items = summary.n_items.tolist()
    if summary.impossible is not None:
        given = zip(shots, summary.impossible.tolist(), items, strict=True)
        yield from about_impossible([each for each in given if not math.isnan(each[1])])
    if summary.assumed is not None and not summary.n_items[summary.assumed].all():
        errors = np.where(summary.assumed, math.nan, summary.stderr).tolist()
        means = zip(shots, summary.accuracy.tolist(), errors, items, strict=True)
        yield from about_assumed({k: [Mean(mean, error, n or math.nan)] for k, mean, error, n in means}, column="")
