"""The replies behind a measurement. Lives here: finding them in its journal, judging them again; nothing is asked."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from curvefit.command_words import option_values
from curvefit.errors import DesignError, InputError, ModelUnavailable
from curvefit.measurement.measurement import Measurement
from curvefit.measurement.scoring import answer_reader, score_reply
from curvefit.models.base import Form
from curvefit.models.resolve import resolve
from curvefit.tasks.judge import case_of, judging_name, value_of
from curvefit.tasks.task import Item, Score, Task
from curvefit.trials.journal import Journal
from curvefit.trials.selection import orderings, similar
from curvefit.trials.trial_plan import PromptLimits, plan

__all__ = ["JudgedReply", "judged_replies", "replies_without_examples"]

# What decides who answered: all targets of a task, a file of gigabytes; of a name without a provider, litellm's list.
_TAKES_LONG: Final = ("simulated/", "local:")


@dataclass(frozen=True, slots=True)
class JudgedReply:
    """One reply and what it was worth.

    Attributes
    ----------
    item : str
        The item's id.
    shots, draw : int
        Of the prompt.
    retrieved : bool
        Whether the prompt showed the examples most similar to the item.
    text : str
        The reply, without the reasoning before it.
    answer : str or None
        What was read from it; None where nothing could be.
    score : float
        In [0, 1].
    wrong : tuple of str
        What the scorer says is wrong with it.
    """

    item: str
    shots: int
    draw: int
    retrieved: bool
    text: str
    answer: str | None
    score: float
    wrong: tuple[str, ...] = ()

    @property
    def prompt(self) -> tuple[bool, int]:
        """Which prompt it answers, whatever the draw."""
        return self.retrieved, self.shots


def judged_replies(measured: Measurement, task: Task, journal: Journal) -> tuple[JudgedReply, ...]:
    """Return the replies that a measurement was scored from, as far as its journal has them.

    A reply is found by its request, and taken only if it scores what the measurement says. Where requests cannot be
    made again, as of a function of one's own, it is found by the task, model, prompt and item that it was first asked
    for, or an item of the same question; where several score as measured, as after a change of the instruction, the
    newest is taken. Where a prompt shows the examples that another draw shows, in the same order, they share a request,
    and its reply is kept under that draw: it is taken from there. So are random and most similar examples that agree.

    Raises
    ------
    InputError
        The scorer failed, or no reply is there.
    """

    @cache
    def kept() -> dict[tuple[int, str], list[JudgedReply]]:
        found: dict[tuple[int, str], list[JudgedReply]] = defaultdict(list)
        for reply in _kept(task, measured.task, measured.model, set(measured.items), journal):
            found[reply.shots, reply.item].append(reply)
        return found

    used: set[int] = set()
    twins, exact = _twins(measured, task), dict(_by_request(measured, task, journal))
    found = [  # retrieved ones are asked last, and so are the newest
        *(_of(measured.retrieved, exact, kept, used, twins) if measured.retrieved is not None else ()),
        *_of(measured, exact, kept, used, twins),
    ]
    if not found:
        raise InputError(
            "none of the study's replies is in its journal; it has to be the journal.sqlite that curvefit run wrote"
        )
    return tuple(found)


def replies_without_examples(
    task: Task, model: str, scores: Mapping[str, float], journal: Journal
) -> list[JudgedReply]:
    """Return the replies of a model to prompts without examples, as far as its journal has them.

    `model` is what the journal calls it: see `curvefit.models.base.journal_name`. A reply is taken only if it has the
    score of its item in `scores`; the newest where several do.
    """
    found = {
        reply.item: reply
        for reply in _kept(task, task.name, model, set(scores), journal)
        if reply.shots == 0 and math.isclose(reply.score, scores[reply.item], abs_tol=1e-9)
    }
    return list(found.values())


def _kept(task: Task, name: str, model: str, items: Set[str], journal: Journal) -> Iterator[JudgedReply]:
    """Yield what a journal has for a task of this name, the oldest first, judged again, or as its judge did."""
    asked = [item for item in task.items if item.id in items]
    alike: dict[object, list[Item]] = defaultdict(list)  # they share each request, kept for the first that asked it
    for item in asked:
        alike[item.turns, item.background, item.input].append(item)
    known = {item.id: alike[item.turns, item.background, item.input] for item in asked}
    answer_of, score_of = answer_reader(task.items), _scoring(task, name, journal)
    for origin, reply in journal.replies_of(name, model):
        if origin.item in known and (answer := answer_of(reply)) is not None:
            for item in known[origin.item]:
                if (judged := score_of(answer, item)) is not None:
                    right, wrong = judged.value, tuple(judged.wrong)
                    yield JudgedReply(item.id, origin.shots, origin.draw, False, answer, judged.answer, right, wrong)


def _scoring(task: Task, name: str, journal: Journal) -> Callable[[str, Item], Score | None]:
    """Return what scores an answer: the scorer, or the verdicts of a judge that the journal has; None without one."""
    judge = task.judge
    if judge is None:
        return lambda answer, item: score_reply(task.scorer, answer, item)
    said = {origin.item: reply.text for origin, reply in journal.replies_of(judging_name(name), judge.model)}
    orders = (False, True) if judge.pairwise else (False,)

    def verdict(answer: str, item: Item) -> Score | None:
        if not answer.strip():
            return Score(0.0, answer=None)
        values = [
            value_of(judge, said.get(case_of(judge, item, answer, swapped=order).id, ""), swapped=order)
            for order in orders
        ]
        known = [value for value in values if value is not None]
        return Score(sum(known) / len(known), answer) if len(known) == len(orders) else None

    return verdict


def _by_request(
    measured: Measurement, task: Task, journal: Journal
) -> Iterator[tuple[tuple[bool, int, int, str], JudgedReply]]:
    """Yield the replies to the very requests of a measurement, by how examples are chosen, shots, draw and item.

    Nothing where they cannot be made again, as of a function, or where who answered takes long to tell.
    """
    is_function = "/" not in measured.model and not measured.command
    if is_function or measured.model.startswith(_TAKES_LONG):
        return
    answer_of, score_of = answer_reader(task.items), _scoring(task, measured.task, journal)
    try:
        *_, served = (None, *option_values(measured.command, "--api-base"))
        form: Form = "chat" if measured.form == "chat" else "plain"
        model = resolve(measured.model, api_base=served, form=form)
        for curve in filter(None, (measured, measured.retrieved)):
            if curve.design is None or measured.cut is None:
                continue
            shots = tuple(curve.shots.tolist())
            limits = PromptLimits(shots, measured.cut.tokens, curve.too_long)
            asked = plan(task, replace(curve.design, shots=shots), model, limits)
            digests = asked.digests(model.identity)
            replies = journal.replies(digests)
            for trial, digest in zip(asked.trials(), digests, strict=True):
                item = asked.items[trial.item]
                answer = answer_of(replies[digest]) if digest in replies else None
                judged = None if answer is None else score_of(answer, item)
                if answer is not None and judged is not None:
                    retrieved, said = not curve.drawn, (answer, judged.answer, judged.value, tuple(judged.wrong))
                    found = JudgedReply(item.id, trial.shots, trial.draw, retrieved, *said)
                    yield (retrieved, trial.shots, trial.draw, item.id), found
    except (ModelUnavailable, DesignError):
        return


def _of(
    measured: Measurement,
    exact: Mapping[tuple[bool, int, int, str], JudgedReply],
    kept: Callable[[], Mapping[tuple[int, str], Iterable[JudgedReply]]],
    used: set[int],
    twins: Callable[[str, int, int | None], Collection[int]],
) -> Iterator[JudgedReply]:
    """Yield the reply of each trial that has a score; without examples all draws share one request."""
    retrieved = not measured.drawn
    for row, shots in enumerate(measured.shots.tolist()):
        for draw in range(measured.scores.shape[1]):
            for place, item in enumerate(measured.items):
                score = float(measured.scores[row, draw, place])
                own = exact.get((retrieved, shots, draw, item))
                if math.isnan(score):
                    continue
                if own is not None and math.isclose(own.score, score, abs_tol=1e-9):
                    yield own
                    continue
                scoring = [
                    reply for reply in kept().get((shots, item), ()) if math.isclose(reply.score, score, abs_tol=1e-9)
                ]
                same = [reply for reply in scoring if reply.draw == (draw if shots else 0)]
                if retrieved or not (same or (same := _shared(scoring))):  # retrieved ones have the first draw's number
                    draws = twins(item, shots, None if retrieved else draw)
                    same = [reply for reply in scoring if reply.draw in draws] or same or _shared(scoring)
                fresh = [reply for reply in same if id(reply) not in used] or same
                if fresh:
                    last = fresh[-1]
                    if retrieved:
                        used.add(id(last))
                    yield JudgedReply(item, shots, draw, retrieved, last.text, last.answer, last.score, last.wrong)


def _twins(measured: Measurement, task: Task) -> Callable[[str, int, int | None], Collection[int]]:
    """Return what says which draws show an item so many examples that are just those of a draw; None: most similar."""
    design = measured.design

    @cache
    def drawn() -> list[list[str]]:
        """Return the ids of examples by draw."""
        if design is None:
            return []
        return [[each.id for each in order] for order in orderings(task.pool, design)]

    @cache
    def nearest() -> dict[str, list[str]]:
        """Return the ids of examples by item, the most similar first: a second for a large pool."""
        if design is None or measured.retrieved is None:
            return {}
        scored = set(measured.items)
        items = [item for item in task.items if item.id in scored]
        pool = [example for example in task.pool if example.id not in measured.retrieved.too_long]
        found = similar(pool, items, int(measured.retrieved.shots[-1]), design)
        return {item.id: [each.id for each in near.examples] for item, near in zip(items, found, strict=True)}

    def twins(item: str, shots: int, draw: int | None) -> Collection[int]:
        orders = drawn()
        if draw is None:
            prompt = nearest().get(item, [])[:shots][::-1]  # the most similar stands last
        else:
            prompt = orders[draw][:shots] if draw < len(orders) else []
        return [place for place, order in enumerate(orders) if prompt and order[:shots] == prompt]

    return twins


def _shared(replies: list[JudgedReply]) -> list[JudgedReply]:
    """Return the reply that another draw of as many shots was kept with; none where their texts differ."""
    return replies[-1:] if len({reply.text for reply in replies}) == 1 else []
