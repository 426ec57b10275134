"""What a model gets wrong, and in which way. Lives here: values and codes of single items; no sentence is made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from curvefit.curves.curve import Estimate
from curvefit.curves.intervals import share_interval
from curvefit.curves.item_groups import group_numbers, over_items
from curvefit.display import TableDisplay, quoted
from curvefit.measurement.judged_replies import JudgedReply
from curvefit.measurement.measurement import is_graded
from curvefit.measurement.training_effect import TrainingEffect
from curvefit.tasks.json_reply import fields_right, find_json, leaves, read_target
from curvefit.tasks.scorers import lists_in_order
from curvefit.tasks.task import Item, Task, groups_of
from curvefit.tasks.text_reply import normalize, unfenced
from curvefit.trials.design import Design
from curvefit.trials.selection import similar

__all__ = ["CODES", "Failure", "Failures", "SuspectTarget", "failures_of", "passing_score"]

CODES: Final = ("always-missed", "unreadable", "named", "format", "field", "label", "other")
_PASSED: Final = 0.5  # of those
_LIKELY: Final = 0.5  # chance of being wrong, from which a target is suspect
_ABLE: Final = 0.75  # accuracy, from which a prompt's replies say something of a target
_FEWEST: Final = 2  # replies that agree, or other items with that answer
_WRONG: Final = 0.5  # score, up to which a reply is wrong
_AGREE: Final = 0.8  # share of the replies to an item with one answer
_RESEMBLING: Final = 3  # pool examples looked at for each missed item
_LONGEST: Final = 100_000  # characters of a reply that are looked into

Answered = Sequence[tuple[Item, Sequence[JudgedReply]]]  # items with their replies to the prompt that is looked at


@dataclass(frozen=True, slots=True)
class Failure:
    """One item that a prompt misses.

    Attributes
    ----------
    item : Item
        With its target.
    code : str
        The first that fits: ``always-missed`` (every reply of every prompt is wrong, and they agree on one other answer
        that the model is mostly right with: a likely wrong target), ``unreadable`` (no answer), ``named`` (the scorer
        says what is wrong: `Score.wrong`; then no target is suspected), ``format`` (right after loosening: code fence,
        case, quotes, punctuation, order of keys, the line around it), ``field`` (JSON, with some fields right),
        ``label`` (another label of the task) or ``other``.
    score : float
        Mean score with that prompt, in [0, 1].
    answer : str or None
        The commonest wrong answer with that prompt.
    fields : tuple of str
        For ``field``: those that are wrong.
    wrong : tuple of str
        What the scorer says is wrong, whatever the code; of several replies the commonest first.
    replies : tuple of JudgedReply
        All there are, of every prompt; those of that prompt first.
    draws, missed : int
        How many draws of that prompt have a reply to it, and in how many of them that is wrong.
    """

    item: Item
    code: str
    score: float
    answer: str | None
    fields: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    replies: tuple[JudgedReply, ...] = ()
    draws: int = 1
    missed: int = 1


@dataclass(frozen=True, slots=True)
class SuspectTarget:
    """An example whose target may be wrong.

    Attributes
    ----------
    id, target : str
        Which example, and what stands there.
    answer : str
        What would stand there instead.
    chance : float
        How surely, in [0, 1]; a ranking and no probability that was checked on other data.
    basis : "replies" or "classifier"
        What says so: the model's replies to an item, or a classifier trained on the other examples.
    """

    id: str
    target: str
    answer: str
    chance: float
    basis: str


@dataclass(frozen=True, slots=True, eq=False)
class Failures(TableDisplay):
    """What one prompt of a study gets wrong: the one to use.

    Attributes
    ----------
    task, model : str
        Names.
    shots : int
        Of that prompt.
    retrieved : bool
        Whether that shows the examples most similar to each item.
    items : int
        How many items have a reply to it.
    failures : tuple of Failure
        In the order of `CODES`, the lowest score first.
    by_label, by_field : mapping of str to Estimate
        Accuracy with that prompt by target, where the task has labels, and by field, where targets are JSON: a list is
        right where all of it is; the worst first. Intervals are Wilson's, on the number of items.
    by_wrong : mapping of str to Estimate
        The share of replies to that prompt that are wrong in each way that the scorer names, the largest first; an
        item counts once, whatever its draws. Intervals as above.
    confusion : tuple of (str, str, int)
        Target, answer and how many items with that commonest answer; the most frequent first. Of labels alone.
    suspects : tuple of SuspectTarget
        The surest first.
    resembling : tuple of (str, int)
        Ids of pool examples most similar to the missed items, and to how many.
    lost : int
        Trials of the study whose reply is not in the journal.
    places : mapping of str to str
        Where an example stands, by its id: ``items.jsonl:12``.
    training : TrainingEffect or None
        What fine-tuning changes, where a probe has shown it.

    Examples
    --------
    >>> from curvefit.measurement.failures import Failures
    >>> Failures("doubles", "local/gemma3-270m", shots=4, retrieved=False, items=20)
    <Failures of 'doubles' on 'local/gemma3-270m', 4 shots: 0 of 20 items missed; 0 suspect targets>
    """

    __module__ = "curvefit"

    task: str
    model: str
    shots: int
    retrieved: bool
    items: int
    failures: tuple[Failure, ...] = ()
    by_label: Mapping[str, Estimate] = field(default_factory=dict)
    by_field: Mapping[str, Estimate] = field(default_factory=dict)
    by_wrong: Mapping[str, Estimate] = field(default_factory=dict)
    confusion: tuple[tuple[str, str, int], ...] = ()
    suspects: tuple[SuspectTarget, ...] = ()
    resembling: tuple[tuple[str, int], ...] = ()
    lost: int = 0
    places: Mapping[str, str] = field(default_factory=dict)
    training: TrainingEffect | None = None

    def __repr__(self) -> str:
        prompt = f"{self.shots} {'similar examples' if self.retrieved else 'shots'}"
        missed = f"{len(self.failures)} of {self.items} items missed"
        names = f"{quoted(self.task, self.model)}, {prompt}"
        return f"<Failures of {names}: {missed}; {len(self.suspects)} suspect targets>"

    @property
    def counts(self) -> Mapping[str, int]:
        """How many items fail in each way, by code."""
        found = Counter(failure.code for failure in self.failures)
        return {code: found[code] for code in CODES if found[code]}

    @property
    def draws(self) -> int:
        """In how many draws of that prompt a missed item was asked; 0 where none is missed."""
        return max((failure.draws for failure in self.failures), default=0)

    @property
    def wrong(self) -> Mapping[str, int]:
        """How many items are wrong in each way that the scorer names, the most frequent first."""
        return dict(Counter(phrase for failure in self.failures for phrase in failure.wrong).most_common())


def failures_of(
    task: Task, model: str, replies: Sequence[JudgedReply], best: tuple[bool, int], level: float = 0.9
) -> Failures:
    """Sort what one prompt misses by what is wrong with it.

    Replies are those of all prompts; `best` is the prompt that is looked at: `JudgedReply.prompt`.
    """
    by_item: dict[str, list[JudgedReply]] = defaultdict(list)
    for reply in sorted(replies, key=lambda reply: reply.prompt != best):
        by_item[reply.item].append(reply)
    at_best = [(item, [reply for reply in by_item[item.id] if reply.prompt == best]) for item in task.items]
    answered = [(item, there) for item, there in at_best if there]
    suspects = {suspect.id: suspect for suspect in _suspects([item for item, _ in answered], by_item)}
    failures, passed = [], passing_score(task, replies)
    for item, there in answered:
        score = sum(reply.score for reply in there) / len(there)
        if score < passed:
            code, fields = _code(task, item, there, passed)
            if code in ("format", "named"):  # right after all, or wrong whatever the target is
                suspects.pop(item.id, None)
            elif item.id in suspects:
                code, fields = "always-missed", ()
            missed = [reply for reply in there if reply.score < passed]
            wrong, all_replies = _by_frequency(reply.wrong for reply in missed), tuple(by_item[item.id])
            failures.append(
                Failure(item, code, score, _commonest(missed), fields, wrong, all_replies, len(there), len(missed))
            )
    failures.sort(key=lambda failure: (CODES.index(failure.code), failure.score))
    return Failures(
        task=task.name, model=model, shots=best[1], retrieved=best[0], items=len(answered), failures=tuple(failures),
        by_label=_by_label(task, answered, level), by_field=_by_field(task, answered, level),
        by_wrong=_by_wrong(answered, passed, level), confusion=_confusion(task, failures),
        suspects=tuple(sorted(suspects.values(), key=lambda suspect: -suspect.chance)),
        resembling=_resembling(task, [failure.item for failure in failures]),
    )  # fmt: skip


def passing_score(task: Task, replies: Iterable[JudgedReply]) -> float:
    """Return the score from which a reply is right: full credit, or half of it where that is hardly ever given."""
    return _PASSED if is_graded(task.scorer.name, np.array([reply.score for reply in replies])) else 1.0


def _code(task: Task, item: Item, replies: Sequence[JudgedReply], passed: float) -> tuple[str, tuple[str, ...]]:
    """Return what is wrong with the replies of one prompt to an item: by the commonest of what is wrong with each."""
    wrong = [reply for reply in replies if reply.score < passed]
    codes = Counter(_code_of(task, item, reply) for reply in wrong)
    code = codes.most_common(1)[0][0]
    if code != "field":
        return code, ()
    by_reply = (_fields_right(task, item, reply) for reply in wrong)
    return code, _by_frequency([name for name, right in fields.items() if not right] for fields in by_reply)


def _fields_right(task: Task, item: Item, reply: JudgedReply) -> dict[str, bool]:
    return fields_right(reply.text, item.target, in_order=lists_in_order(task.scorer))


def _by_frequency(several: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(name for name, _ in Counter(name for names in several for name in names).most_common())


def _code_of(task: Task, item: Item, reply: JudgedReply) -> str:
    if not reply.text.strip():
        return "unreadable"
    if reply.wrong and reply.answer is not None:
        return "named"
    if _right_but_for_format(task, item, reply.text[:_LONGEST]):
        return "format"
    if reply.answer is None:
        return "unreadable"
    if task.scorer.name == "json" and any(_fields_right(task, item, reply).values()):
        return "field"
    return "label" if task.labels and _label_of(task, reply.answer) is not None else "other"


def _right_but_for_format(task: Task, item: Item, text: str) -> bool:
    """Whether a reply is right once its fence, case, quotes, punctuation, order of keys or lines around it are gone."""
    bare = unfenced(text).strip()
    lines = [line for line in bare.splitlines() if line.strip()] or [""]
    tail = [part.rpartition(":")[2] for part in (lines[0], lines[-1])]
    forms = dict.fromkeys((bare, lines[0], lines[-1], *tail))
    wanted = normalize(item.target)
    if any(normalize(form) == wanted or task.scorer(form.strip(), item).value == 1 for form in forms):
        return True
    is_json, target = read_target(item.target)
    found, value = find_json(text)
    return bool(is_json and found) and _folded(leaves(value, in_order=False)) == _folded(leaves(target, in_order=False))


def _folded(values: Counter[str]) -> Counter[str]:
    """Return leaves with case and the quotes around numbers put aside."""
    return Counter(leaf.casefold().replace('"', "") for leaf in values.elements())


def _commonest(replies: Iterable[JudgedReply]) -> str | None:
    answers = Counter(reply.answer for reply in replies if reply.answer is not None)
    return answers.most_common(1)[0][0] if answers else None


def _label_of(task: Task, answer: str) -> str | None:
    return next((label for label in task.labels if normalize(label) == normalize(answer)), None)


def _confusion(task: Task, failures: Sequence[Failure]) -> tuple[tuple[str, str, int], ...]:
    pairs = Counter(
        (failure.item.target.strip(), label)
        for failure in failures
        if task.labels and failure.answer is not None and (label := _label_of(task, failure.answer)) is not None
    )
    return tuple((target, answer, count) for (target, answer), count in pairs.most_common() if target != answer)


def _suspects(items: Sequence[Item], by_item: Mapping[str, Sequence[JudgedReply]]) -> list[SuspectTarget]:
    """Return items that all able prompts miss and most give one other answer, with which they are mostly right.

    Able are prompts that are right on three in four items: what a weaker one gets wrong is rather its own mistake. How
    surely: the mean over an item's replies of how often that answer, given to that prompt for other items, is right. It
    is the self-confidence of confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70) with replies in the place
    of predicted probabilities: an answer that a prompt gives to everything is hardly ever right and says nothing.
    """
    overall: dict[tuple[bool, int], Counter[bool]] = defaultdict(Counter)
    right: dict[tuple[tuple[bool, int], str], Counter[bool]] = defaultdict(Counter)
    for replies in by_item.values():
        for reply in replies:
            overall[reply.prompt][reply.score == 1] += 1
            if reply.answer is not None:
                right[reply.prompt, normalize(reply.answer)][reply.score == 1] += 1
    accuracy = {prompt: counts[True] / counts.total() for prompt, counts in overall.items()}
    able = {prompt for prompt, share in accuracy.items() if share >= _ABLE}

    def precision(reply: JudgedReply, own: int) -> float:
        counts = right[reply.prompt, normalize(reply.answer or "")]
        return (counts[True] + accuracy[reply.prompt]) / (counts.total() - own + 1)  # without this item

    found = []
    for item in items:
        replies = [reply for reply in by_item.get(item.id, ()) if reply.prompt in able]
        answer = _commonest(replies)
        if answer is None or any(reply.score > _WRONG for reply in replies):
            continue
        agreeing = [r for r in replies if r.answer is not None and normalize(r.answer) == normalize(answer)]
        own = Counter(reply.prompt for reply in agreeing)
        elsewhere = sum(right[prompt, normalize(answer)].total() - own[prompt] for prompt in own)
        if len(agreeing) < _FEWEST and elsewhere < _FEWEST:  # one reply that nobody else got says nothing
            continue
        chance = sum(precision(reply, own[reply.prompt]) for reply in agreeing) / len(replies)
        if len(agreeing) >= _AGREE * len(replies) and chance >= _LIKELY:
            found.append(SuspectTarget(item.id, item.target, answer, chance, "replies"))
    return found


def _by_label(task: Task, answered: Answered, level: float) -> dict[str, Estimate]:
    if not task.labels:
        return {}
    scores: dict[str, list[tuple[Item, float]]] = defaultdict(list)
    for item, replies in answered:
        scores[item.target.strip()].append((item, sum(reply.score for reply in replies) / len(replies)))
    return _worst_first(scores, level)


def _by_field(task: Task, answered: Answered, level: float) -> dict[str, Estimate]:
    """Return accuracy by field; an item counts once, whatever its draws, as they are not independent."""
    if task.scorer.name != "json":
        return {}
    shares: dict[str, list[tuple[Item, float]]] = defaultdict(list)
    for item, replies in answered:
        own: dict[str, list[bool]] = defaultdict(list)
        for reply in replies:
            for name, right in _fields_right(task, item, reply).items():
                own[name].append(right)
        for name, values in own.items():
            shares[name].append((item, sum(values) / len(values)))
    return _worst_first(shares, level)


def _by_wrong(answered: Answered, passed: float, level: float) -> dict[str, Estimate]:
    counted = [
        (item, Counter(phrase for reply in replies if reply.score < passed for phrase in reply.wrong), len(replies))
        for item, replies in answered
    ]
    phrases = dict.fromkeys(phrase for _, counts, _ in counted for phrase in counts)
    shares = {phrase: [(item, counts[phrase] / n) for item, counts, n in counted] for phrase in phrases}
    return dict(reversed(_worst_first(shares, level).items()))


def _worst_first(shares: Mapping[str, Sequence[tuple[Item, float]]], level: float) -> dict[str, Estimate]:
    def estimate(of_items: Sequence[tuple[Item, float]]) -> Estimate:
        values, groups = [value for _, value in of_items], group_numbers(groups_of([item for item, _ in of_items]))
        mean, n, df = np.array(sum(values) / len(values)), float(len(values)), np.inf
        if groups:
            seen = over_items(np.array(values), groups)
            n, df = seen.items, seen.df
        low, high = share_interval(mean, np.array(n), np.array(df), level)
        return Estimate(float(mean), float(low), float(high), level)

    found = {name: estimate(of_items) for name, of_items in shares.items()}
    return dict(sorted(found.items(), key=lambda pair: (pair[1].value, pair[0])))


def _resembling(task: Task, missed: Sequence[Item]) -> tuple[tuple[str, int], ...]:
    """Return the pool examples that are most similar to several missed items, those to most first."""
    if not missed or not task.pool:
        return ()
    counts: Counter[str] = Counter()
    for neighbours in similar(task.pool, missed, min(_RESEMBLING, len(task.pool)), Design()):
        if neighbours.matched:
            counts.update(example.id for example in neighbours.examples)
    return tuple(counts.most_common(10))
