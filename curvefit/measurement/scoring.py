"""From replies to scores. Lives here: judging every reply of a plan, a few in memory at a time; nothing is asked."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.errors import CurvefitError, InputError
from curvefit.measurement.measurement import SameAnswer
from curvefit.models.base import Completion, Usage
from curvefit.plain_text import listed
from curvefit.reasoning import opens_with_reasoning, parse
from curvefit.tasks.json_reply import fields_right
from curvefit.tasks.readiness import commonest
from curvefit.tasks.scorers import lists_in_order
from curvefit.tasks.task import Item, Score, Scorer
from curvefit.trials.journal import Journal
from curvefit.trials.trial_plan import Plan

__all__ = ["ScoredReplies", "answer_reader", "answers_to", "score_replies", "score_reply"]

_CHUNK: Final = 500  # replies in memory
_MOST_FIELDS: Final = 200  # that are counted
_LISTED_FIELDS: Final = 8  # the worst, in a note
_ENOUGH_ALIKE: Final = 10  # replies with one answer that are worth a word
_UNFINISHED: Final = "{count} replies ended before the model was done reasoning, and count as missing, not as wrong"
# What a reader should know about some replies, and which ones it is true of.
_ODDITIES: Final[dict[str, Callable[[Completion], bool]]] = {
    "{count} replies were cut off at the cap of tokens, before the model was done": (
        lambda reply: reply.ending == "length"
    ),
    "no temperature was sent with {count} requests, since the model takes none; asked again, it may reply otherwise": (
        lambda reply: reply.temperature is None
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class ScoredReplies:
    """The replies to a plan, judged.

    Attributes
    ----------
    scores, readable, choices : array (S, D, I)
        In [0, 1]; whether an answer could be read; the score of the choice under constraint. NaN: no reply, or one that
        never came to an answer.
    also : array (S, D, I) or None
        Scores by the task's second scorer; None where it has none.
    usage_by_shots : tuple of Usage
        What was asked at each number of shots took; trials that share a request count once, at the first.
    seconds_by_shots : tuple of (float, float)
        Median and 95th percentile of the time that a call took, at each number of shots; NaN where there is no reply.
    oddities : mapping of str to int
        What is odd about replies, and how many it is true of.
    commonest : array (I,) or None
        Score of the commonest target, given as the reply to every item; None where a judge would have to be asked, or
        where it is right once at most.
    fields : str
        What share of each field's values is right at the best number of shots, where answers are judged as JSON.
    same_answers : tuple of SameAnswer
        Numbers of shots at which all readable replies gave one answer.
    replies, cut_off : int
        How many replies there are, and how many of them the cap of tokens cost an answer, or part of a right one.
    """

    scores: NDArray[np.float64]
    readable: NDArray[np.float64]
    choices: NDArray[np.float64]
    usage_by_shots: tuple[Usage, ...]
    seconds_by_shots: tuple[tuple[float, float], ...]
    oddities: Counter[str]
    commonest: NDArray[np.float64] | None
    also: NDArray[np.float64] | None = None
    same_answers: tuple[SameAnswer, ...] = ()
    fields: str = ""
    replies: int = 0
    cut_off: int = 0

    @property
    def usage(self) -> Usage:
        """What they took in all."""
        return sum(self.usage_by_shots, Usage())

    def notes(self) -> Iterator[str]:
        """Say what a reader should know."""
        yield from (note.format(count=f"{count:,}") for note, count in self.oddities.items() if count)
        if self.fields:
            yield self.fields


def answers_to(plan: Plan, journal: Journal, digests: Sequence[str]) -> Iterator[tuple[Item, str]]:
    """Yield what the replies that the journal has to a plan come to, each with its item; some may repeat."""
    answer_of = answer_reader(plan.items)
    for start in range(0, len(digests), _CHUNK):
        replies = journal.replies(digests[start : start + _CHUNK])
        for position, digest in enumerate(digests[start : start + _CHUNK], start):
            answer = answer_of(replies[digest]) if digest in replies else None
            if answer is not None:
                yield plan.items[plan.trial(position).item], answer


def score_replies(
    plan: Plan, journal: Journal, digests: Sequence[str], verdicts: Mapping[tuple[str, str], Score] | None = None
) -> ScoredReplies:
    """Judge every reply the journal has.

    `digests` are the requests of all trials, in the plan's order. `verdicts` are a judge's, by id of the item and
    answer, in place of the task's scorer: an answer without one is missing.

    Raises
    ------
    InputError
        A user's own scorer failed; replies are kept.
    """
    shape = (len(plan.design.shots), plan.design.draws, len(plan.items))
    scores, readable, choices, also = (np.full(shape, np.nan) for _ in range(4))
    second = plan.task.also_scored_by
    row = {shots: i for i, shots in enumerate(plan.design.shots)}
    answers: list[Counter[str]] = [Counter() for _ in plan.design.shots]
    fields: list[dict[str, tuple[int, int]]] = [{} for _ in plan.design.shots]
    usage = [Usage() for _ in plan.design.shots]
    seconds = [array("d") for _ in plan.design.shots]
    seen, oddities, n_replies, cut_off = set[str](), Counter[str](), 0, 0
    answer_of = answer_reader(plan.items)
    for start in range(0, len(digests), _CHUNK):
        some = digests[start : start + _CHUNK]
        replies, attempts = journal.replies(some), journal.attempts(some)
        for position, digest in enumerate(some, start):
            trial, is_first = plan.trial(position), digest not in seen
            seen.add(digest)
            at, item = (row[trial.shots], trial.draw, trial.item), plan.items[trial.item]
            if is_first and digest in attempts:
                usage[at[0]] += attempts[digest]
            if (reply := replies.get(digest)) is None:
                continue
            answer = answer_of(reply)
            judged = None if answer is None else _verdict(plan.task.scorer, answer, item, verdicts)
            if judged is not None and answer is not None:
                scores[at], readable[at] = judged.value, judged.answer is not None
                if second is not None:
                    also[at] = score_reply(second, answer, item).value
                if plan.task.scorer.name == "json":
                    _add_fields(fields[at[0]], answer, item, plan.task.scorer)
            if reply.choice is not None and verdicts is None:
                choices[at] = score_reply(plan.task.scorer, reply.choice, item).value
            if is_first:
                n_replies += 1
                usage[at[0]] += Usage.of(reply)
                seconds[at[0]].append(reply.seconds)
                oddities.update(note for note, holds in _ODDITIES.items() if holds(reply))
                if judged is not None and judged.answer is not None and len(answers[at[0]]) < 2:  # two are enough
                    answers[at[0]][judged.answer] += 1
                oddities[_UNFINISHED] += answer is None
                cut_off += reply.ending == "length" and (judged is None or judged.value < 1)
    constant = None
    if verdicts is None:
        target = commonest(plan.items)
        constant = np.array([score_reply(plan.task.scorer, target, item).value for item in plan.items])
        if constant.sum() <= 1:  # right for its own item alone: where no two answers are equal, that is no yardstick
            constant = None
    return ScoredReplies(
        scores=scores, readable=readable, choices=choices, usage_by_shots=tuple(usage),
        seconds_by_shots=tuple(map(_percentiles, seconds)), oddities=oddities,
        commonest=constant, also=None if second is None else also,
        same_answers=_same_answers(plan, answers), fields=_by_field(plan, scores, fields),
        replies=n_replies, cut_off=cut_off,
    )  # fmt: skip


def _percentiles(seconds: array[float]) -> tuple[float, float]:
    timed = [value for value in seconds if value > 0]  # a batch does not say how long each took
    if not timed:
        return math.nan, math.nan
    median, late = np.percentile(timed, (50, 95))
    return float(median), float(late)


def _add_fields(counts: dict[str, tuple[int, int]], answer: str, item: Item, scorer: Scorer) -> None:
    for field, right in fields_right(answer, item.target, in_order=lists_in_order(scorer)).items():
        before = counts.get(field, (0, 0))
        if field in counts or len(counts) < _MOST_FIELDS:
            counts[field] = (before[0] + right, before[1] + 1)


def _by_field(plan: Plan, scores: NDArray[np.float64], fields: Sequence[Mapping[str, tuple[int, int]]]) -> str:
    """Return what share of each field is right at the best number of shots, the worst first; empty where all are."""
    if not any(fields):
        return ""
    has_score = ~np.isnan(scores)
    means = np.where(has_score, scores, 0.0).sum(axis=(1, 2)) / np.maximum(has_score.sum(axis=(1, 2)), 1)
    best = int(np.argmax(np.where(has_score.any(axis=(1, 2)), means, -1.0)))
    shares = sorted((right / n, field) for field, (right, n) in fields[best].items())
    if not shares or shares[0][0] == 1:
        return ""
    named = listed([f"{field!r:.40} {share:.0%}" for share, field in shares], _LISTED_FIELDS)
    similar = "most similar examples" if plan.design.selection == "similar" else "shots"
    return f"right by field at {plan.design.shots[best]} {similar}: {named}"


def _same_answers(plan: Plan, answers: Sequence[Counter[str]]) -> tuple[SameAnswer, ...]:
    """Return where all readable replies gave one answer although the items have several; a few may do so by chance."""
    if len({item.target for item in plan.items}) < 2:
        return ()
    given = zip(plan.design.shots, answers, strict=True)
    single = ((shots, *next(iter(counts.items()))) for shots, counts in given if len(counts) == 1)
    return tuple(SameAnswer(shots, count, answer) for shots, answer, count in single if count >= _ENOUGH_ALIKE)


def answer_reader(items: Sequence[Item]) -> Callable[[Completion], str | None]:
    """Return what takes the answer from a reply to these items: None where it never came to one.

    Where targets themselves begin with a tag of reasoning, that is part of what is asked for.
    """
    return _whole if any(opens_with_reasoning(item.target) for item in items) else _answer


def _verdict(scorer: Scorer, answer: str, item: Item, verdicts: Mapping[tuple[str, str], Score] | None) -> Score | None:
    if verdicts is None:
        return score_reply(scorer, answer, item)
    return verdicts.get((item.id, answer)) if answer.strip() else Score(0.0, None)


def _whole(reply: Completion) -> str | None:
    return reply.text


def _answer(reply: Completion) -> str | None:
    """Return a reply without the reasoning before it; None where that took all the room, which is no wrong answer."""
    parts = parse(reply.text)
    nothing = parts.reasons or not reply.text
    if not parts.ends or (reply.ending == "length" and nothing and not parts.answer.strip()):
        return None
    return parts.answer


def score_reply(scorer: Scorer, reply: str, item: Item) -> Score:
    """Score one reply; a fault in a user's own scorer is named, and costs no reply."""
    try:
        return scorer(reply, item)
    except Exception as error:
        if isinstance(error, CurvefitError) and getattr(error, "field", None) != "score":
            raise
        fault = f"{type(error).__name__}: {error}"
        raise InputError(f"scorer {scorer.name!r} failed on item {item.id!r} ({fault}); replies are kept") from error
