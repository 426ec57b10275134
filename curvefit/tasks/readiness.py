"""Is this eval fit to decide on? Lives here: what can be told from the examples alone, before any model is asked."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from statistics import NormalDist, median
from typing import Final, Literal

from curvefit.task_kinds import group_of
from curvefit.tasks.duplicates import duplicate_groups, questions
from curvefit.tasks.scorer_choice import guess
from curvefit.tasks.similarity import similarities
from curvefit.tasks.soundness import faults, sound_scorer
from curvefit.tasks.target_shape import alike_fields, odd_targets, respelled_fields
from curvefit.tasks.task import Item, Task, canonical, groups_of
from curvefit.tasks.text_reply import likely_slips, normalize, words

__all__ = [
    "FEW_GROUPS",
    "Finding",
    "commonest",
    "default_margin",
    "half_width",
    "items_needed",
    "located",
    "readiness",
    "smallest_gain",
    "very_long",
    "words_to_the_letter",
]

Severity = Literal["stop", "warn", "note"]
Value = int | float | str | tuple[str, ...] | tuple[int, ...]

_FEWEST_ITEMS, _ENOUGH_ITEMS = 20, 100  # below the first nothing is decided
_FEWEST_POOL, _ENOUGH_POOL = 8, 64
FEW_GROUPS: Final = 10  # below which intervals are wide, and still too narrow where a few groups are much harder
_RARE: Final = 5  # items of a label, below which its own accuracy says little
_LOPSIDED, _BEYOND_CHANCE = 0.1, 3.0  # difference of two shares, and in standard errors, from which a split is uneven
_FLOOR: Final = 0.9  # share of the commonest target, from which there is little left to learn
_REPEATED: Final = 0.05  # share of items, beyond which duplicates narrow the interval unduly
_LONG_TARGET: Final = 2_000  # characters
_LONG_EXAMPLE: Final = 4_000
_TIMES: Final = 10  # times a typical example, beyond which one is very long, and of such
_FEW, _MOST = 0.1, 0.5  # share of the examples at most, and of all text at least, for most of it to be in a few
_OTHERS: Final = 0.2  # mean credit for targets of other items, from which a score says nothing
_EQUALITY: Final = ("exact", "normalized", "code", "label", "contains")  # scorers that want a text letter for letter
_STRICT: Final = ("exact", "code")  # of these, those that are named because spacing and case count
_FREE, _FREEISH = 20, 12  # words, from which no two people write the same
_UNIQUE: Final = 0.9  # share of targets that differ, where they are free text
_EDITED: Final = 0.6  # words shared with the input, from which a target is that input, edited
_MOST_COMPARED: Final = 5000  # pool examples that items are compared with
_SAMPLE: Final = 200  # items looked at word by word
_DEFAULT_MARGINS: Final = (0.02, 0.05)  # the least and the most that nobody has to state
_RANK: Final[Mapping[Severity, int]] = {"stop": 0, "warn": 1, "note": 2}
# First of their rank, so that a plan, which shows two, has them: soon mended, and dear where they are not.
_SOON_MENDED: Final = ("examples-unjudged", "examples-uneven", "labels-alike", "target-alike")
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
# Where an escape belongs: in JSON and in code, within quotes or brackets. What ends one ends the search of it.
_IN_CODE: Final = re.compile(r"""["`][^"`\n]*\\u|[\[{][^]\[{}"`\n]*\\u|[=(,]\s*'[^'"`\n]*\\u""")
_MANY_ESCAPED, _RARELY = 0.05, 0.1  # share of examples with escapes; letters as they are, for each that is escaped
_FEWEST_ESCAPED: Final = 5  # examples
_NO_ROW: Final = "SELECT 1 WHERE 0"
_CLOSE: Final = 0.9  # ratio of difflib, from which two system messages are almost one
# Scoring the same items at every number of shots leaves a difference at most this share of the variance of independent
# samples: 0.28 to 0.45 over published crossed runs (per-item scores of Bertsch et al. 2024).
_PAIRED: Final = 0.45


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about an eval.

    Attributes
    ----------
    severity : "stop", "warn" or "note"
        Nothing can be decided; the verdict may mislead; good to know.
    code : str
        Which:

        - ``items-few``, ``items-short``, ``items-enough``: ``items`` that differ, ``half_width`` of an accuracy's
          interval, ``margin``, ``needed`` to tell a gain of it, ``advised``.
        - ``pool-few``, ``pool-short``: ``pool``, ``advised``. ``pool-for-labels``: ``pool``, ``labels``, ``advised``.
        - ``labels-not-shown``, ``labels-not-asked``, ``labels-rare``: ``labels`` by name; ``fewest`` items each.
        - ``labels-lopsided``: a ``share`` of the items has the ``label``, which of all examples is the ``usual``.
        - ``labels-respelled``: ``count`` labels at ``rows``, as ``written``, are taken for the ``usual`` spelling.
        - ``labels-alike``: ``count`` examples, at ``rows``, have labels ``written`` so, which are rare and almost the
          ``usual``, common ones.
        - ``constant-all``, ``constant-high``, ``constant-floor``: what one ``answer`` to everything would ``score``.
        - ``items-contradict``, ``pool-contradicts``: ``count`` inputs with several targets, the ``first``; ``rows``
          of each, one a target; ``best`` score that anybody can have.
        - ``items-repeated``: ``repeated`` of ``items``. ``items-grouped``: the ``items`` are of so many ``groups``, of
          which ``advised`` would do. ``pool-has-groups``: the pool has those of
          ``shared`` of the ``items``.
        - ``target-long``, ``examples-long``: ``characters``; ``scorer``. ``examples-uneven``: ``count`` of ``of``
          examples, at ``rows``, have a ``share`` of all text, each more than ``times`` a typical one; ``mostly`` where
          that is most of it.
        - ``target-denied``: ``scorer`` gives less than full credit to ``below`` of ``of`` targets of a ``side``
          (``items`` or ``pool``), ``first`` by id.
        - ``target-rewritten``: ``scorer`` takes ``count`` of ``of`` targets for wrong after a ``change`` that means
          nothing (``spacing``, ``fence``, ``order``, ``case``), the ``first`` by id, written as ``reply``; ``instead``
          is a scorer that does not, or empty. ``target-changed``: the same of targets that it takes for right although
          ``digits`` or the ``case`` of code were changed. ``target-other``: the same of another item's target in place
          of an item's own; ``credit`` is the mean.
        - ``target-free``, ``target-freeish``: typical ``words`` of targets that hardly occur twice and are judged by
          ``scorer``, which wants them letter for letter; ``target-program``: the same of code.
        - ``items-unlike``: ``count`` of ``items`` share no word with any pool example; ``rows`` as below.
        - ``target-odd``: ``rows`` (ids, or where they stand: see `located`), ``count`` in all, are written otherwise:
          by ``what`` (``type``, ``format``, ``fence``, ``extra`` or ``missing``) of ``field``, ``odd`` and not the
          ``usual``. ``target-respelled``: ``count`` values of ``field`` are spelled otherwise than most, at ``rows``,
          ``written`` so and not the ``usual``. ``target-alike``: ``count`` values of ``field``, at ``rows``, occur once
          or twice, ``written`` so, and are almost the ``usual``, each of which ``times`` have.
        - ``target-broken``: ``count`` targets at ``rows`` are JSON that does not parse, for such ``problems``; ``kept``
          of them are shown and trained on.
        - ``examples-unjudged``: ``count`` of ``of`` examples are left out, for this ``reason``.
        - ``target-empty``: ``count`` of ``of`` items, at ``rows``, have a query for a target that returns no row.
        - ``kind-unknown``: the ``kind`` of task is none that is known.
        - ``judge-unlabelled``: a ``judge`` whose errors cannot be measured, for want of ``right`` or ``wrong`` labels.
        - ``target-doubtful`` (by `curvefit.workflows.label_check`): ``count`` of ``of`` examples, at ``rows``, have
          ``targets`` where a classifier of the others surely gives ``answers``.
        - ``system-missing``: ``count`` of ``of`` examples, at ``rows``, have no system message, where ``usual`` have
          the same one; ``system-alike``: they have almost that one.
        - ``examples-escaped``: ``count`` of ``of`` examples, at ``rows``, have escapes, ``written`` so where a
          ``letter`` is meant, as text does that was escaped twice.
        - ``target-prefaced``: ``scorer`` credits most targets less after a word such as ``Answer:``; ``reply`` is one.
    values : mapping of str to number, str or tuple of str
        Its values, by name; shares and scores in [0, 1].
    """

    severity: Severity
    code: str
    values: Mapping[str, Value]


def readiness(task: Task, margin: float = 0.02, level: float = 0.9) -> tuple[Finding, ...]:
    """Return what speaks against deciding on this eval, gravest first. Pure.

    Raises
    ------
    ValueError
        Margin or level out of range.
    """
    for name, value in (("margin", margin), ("level", level)):
        if not 0.0 < value < 1.0:
            raise ValueError(f"{name} lies between 0 and 1, not {value!r}")
    distinct = len(duplicate_groups(task.items))
    findings = [
        *_size(distinct, margin, level),
        *_repetition(distinct, len(task.items)),
        *(finding for check in _CHECKS for finding in check(task) if task.judge is None or check not in _OF_SCORERS),
    ]
    return tuple(sorted(findings, key=lambda finding: (_RANK[finding.severity], finding.code not in _SOON_MENDED)))


def _of_rows(code: str, rows: Sequence[str], **values: Value) -> Finding:
    """Return a warning of some examples, which it counts and names."""
    return Finding("warn", code, {"count": len(rows), "rows": tuple(rows), **values})


def located(findings: Iterable[Finding], places: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return findings that name rows by where they stand, as far as that is known, and not by id."""

    def named(finding: Finding) -> Finding:
        rows = finding.values.get("rows")
        if not isinstance(rows, tuple):
            return finding
        return replace(
            finding, values={**finding.values, "rows": tuple(places.get(row, row) for row in map(str, rows))}
        )

    return tuple(map(named, findings))


def smallest_gain(n_items: int, margin: float, level: float) -> float | None:
    """Return the smallest gain that so many distinct items can tell, where that is more than the margin; else None."""
    if n_items >= items_needed(margin, level):
        return None
    return math.sqrt(2 * _PAIRED) * half_width(n_items, level)


def default_margin(n_items: int, level: float) -> float:
    """Return the margin to decide by where none is stated: the smallest gain that so many items can tell, from 2 to 5.

    In whole points; 5 up to 380 items at 90%. Below 2 hardly anybody would act, and above 5 nearly everybody would want
    to know.
    That items cannot tell so little is no reason to call a larger gain none: `python -m benchmarks.rules.margins`.
    """
    least, most = _DEFAULT_MARGINS
    gain = smallest_gain(n_items, least, level) or least
    return min(math.ceil(round(100 * gain, 6)) / 100, most)


def half_width(n_items: int, level: float) -> float:
    """Return how far an accuracy near one half is known from so many items: half of a normal interval."""
    return NormalDist().inv_cdf((1 + level) / 2) * 0.5 / math.sqrt(n_items)


def items_needed(margin: float, level: float) -> int:
    """Return about how many items tell a gain of `margin` from none, for accuracies near one half; to two digits.

    So many that the interval of a paired difference is no wider than the margin to either side. Fewer do where
    accuracy is near 0 or 1.
    """
    exact = 2 * _PAIRED * (half_width(1, level) / margin) ** 2
    step = 10 ** max(0, math.floor(math.log10(exact)) - 1) if exact >= 1 else 1
    return math.ceil(exact / step) * step


def _size(n: int, margin: float, level: float) -> Iterator[Finding]:
    needed = items_needed(margin, level)
    values = {
        "items": n, "half_width": half_width(n, level), "margin": margin, "needed": needed, "advised": _ENOUGH_ITEMS
    }  # fmt: skip
    if n < _FEWEST_ITEMS:
        yield Finding("stop", "items-few", values)
    elif n < needed:
        yield Finding("warn" if n < _ENOUGH_ITEMS else "note", "items-short", values)
    else:
        yield Finding("note", "items-enough", values)


def _pool(task: Task) -> Iterator[Finding]:
    values = {"pool": len(task.pool), "advised": _ENOUGH_POOL}
    if len(task.pool) < _FEWEST_POOL:
        yield Finding("stop", "pool-few", values)
    elif len(task.pool) < _ENOUGH_POOL:
        yield Finding("warn", "pool-short", values)


def _groups(task: Task) -> Iterator[Finding]:
    items, pool = {each.group for each in task.items} - {""}, {each.group for each in task.pool}
    if (groups := len(set(groups_of(task.items)))) < len(task.items):
        values = {"items": len(task.items), "groups": groups, "advised": FEW_GROUPS}
        yield Finding("note" if groups >= FEW_GROUPS else "warn", "items-grouped", values)
    if items & pool and len(items | pool) > 1:
        shared = sum(each.group in items & pool for each in task.items)
        yield Finding("warn", "pool-has-groups", {"shared": shared, "items": len(task.items)})


def _labels(task: Task) -> Iterator[Finding]:
    if not task.labels:
        return
    in_pool, in_items = (Counter(example.target.strip() for example in side) for side in (task.pool, task.items))
    classes = len(task.labels)
    if len(task.pool) < 2 * classes:
        values = {"pool": len(task.pool), "labels": classes, "advised": 2 * classes}
        yield Finding("warn", "pool-for-labels", values)
    missing = sorted(set(in_items) - set(in_pool))
    if missing:
        yield Finding("warn", "labels-not-shown", {"labels": tuple(missing)})
    unscored = sorted(set(task.labels) - set(in_items))
    if unscored:
        yield Finding("note", "labels-not-asked", {"labels": tuple(unscored)})
    yield from _lopsided(in_pool, in_items)
    yield from _respelled(task)
    slips = likely_slips(in_pool + in_items)
    yield from _alike(task, slips)
    rare = [label for label in task.labels if 0 < in_items[label] < _RARE and label not in slips]
    if rare:
        yield Finding("note", "labels-rare", {"labels": tuple(rare), "fewest": _RARE})


def _lopsided(in_pool: Counter[str], in_items: Counter[str]) -> Iterator[Finding]:
    """Name the commonest label of the items where it is far commoner there than in all examples, beyond chance."""
    label, count = in_items.most_common(1)[0]
    scored, known = in_items.total(), in_items.total() + in_pool.total()
    share, usual = count / scored, (count + in_pool[label]) / known
    if share - usual > max(_LOPSIDED, _BEYOND_CHANCE * math.sqrt(usual * (1 - usual) / scored)):
        yield Finding("warn", "labels-lopsided", {"label": label, "share": share, "usual": usual})


def _respelled(task: Task) -> Iterator[Finding]:
    """Name the labels that were taken for another spelling."""
    target = {example.id: example.target for example in task.examples}
    found = [(name, written, target[name]) for name, written in task.respelled if name in target]  # some may be gone
    if found:
        rows, written, usual = zip(*found, strict=True)
        yield _of_rows("labels-respelled", rows, written=written, usual=usual)


def _alike(task: Task, slips: Mapping[str, str]) -> Iterator[Finding]:
    """Name the labels that may be slips of the pen."""
    labels = {example.id: example.target.strip() for example in task.examples}
    found = {row: label for row, label in labels.items() if label in slips}
    if found:
        written, usual = tuple(found.values()), tuple(slips[label] for label in found.values())
        yield _of_rows("labels-alike", tuple(found), written=written, usual=usual)


def commonest(items: Sequence[Item]) -> str:
    """Return the commonest target among items, the first of equals."""
    target, _ = Counter(normalize(item.target) for item in items).most_common(1)[0]
    return next(item.target for item in items if normalize(item.target) == target)


def _floor(task: Task) -> Iterator[Finding]:
    answer = commonest(task.items)
    share = sum(task.scorer(answer, item).value for item in task.items) / len(task.items)
    values: dict[str, Value] = {"answer": answer, "score": share}
    if share == 1 and len(task.items) > 1:
        yield Finding("stop", "constant-all", values)
    elif share >= _FLOOR:
        yield Finding("warn", "constant-high", values)
    elif task.labels or share >= 0.1:
        yield Finding("note", "constant-floor", values)


def _contradictions(task: Task) -> Iterator[Finding]:
    for side, examples in (("item", task.items), ("pool", task.pool)):
        targets: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))  # by input: whose is which
        for example in _questions(examples) if task.labels else examples:
            targets[canonical(example)][normalize(example.target)].append(example.id)
        contradictory = {text: ids for text, ids in targets.items() if len(ids) > 1}
        if not contradictory:
            continue
        rows = tuple(ids[0] for by_target in contradictory.values() for ids in by_target.values())
        values: dict[str, Value] = {"count": len(contradictory), "first": next(iter(contradictory)), "rows": rows}
        if side == "pool":
            yield Finding("note", "pool-contradicts", values)
            continue
        counts = [[len(ids) for ids in by_target.values()] for by_target in contradictory.values()]
        lost = sum(sum(each) - max(each) for each in counts)
        yield Finding("warn", "items-contradict", {**values, "best": 1 - lost / len(examples)})


def _questions(examples: Sequence[Item]) -> Sequence[Item]:
    """Return examples as `questions`, unless most are asked under several system messages: answers may differ then."""
    (asked,) = questions(examples)
    systems: dict[str, set[str]] = defaultdict(set)
    for example, question in zip(examples, asked, strict=True):
        systems[canonical(question)].add(example.system)
    several = sum(len(found) > 1 for found in systems.values())
    return asked if 2 * several <= len(systems) else examples


def _repetition(distinct: int, n: int) -> Iterator[Finding]:
    repeated = n - distinct
    if repeated:
        values = {"repeated": repeated, "items": n}
        yield Finding("warn" if repeated > n * _REPEATED else "note", "items-repeated", values)


def _lengths(task: Task) -> Iterator[Finding]:
    examples = task.examples
    longest = max(len(example.target) for example in examples)
    if longest > _LONG_TARGET:
        yield Finding("warn", "target-long", {"characters": longest, "scorer": task.scorer.name})
    lengths = _characters(examples)
    typical = median(lengths)
    if typical > _LONG_EXAMPLE:
        yield Finding("note", "examples-long", {"characters": round(typical)})
    if long := very_long(examples):
        share = sum(_characters(long)) / sum(lengths)
        yield Finding("warn" if share > _MOST else "note", "examples-uneven", {
            "count": len(long), "of": len(examples), "share": share, "times": _TIMES, "mostly": int(share > _MOST),
            "rows": tuple(example.id for example in long),
        })  # fmt: skip


def very_long(examples: Sequence[Item]) -> list[Item]:
    """Return the few examples that are many times longer than most; none where together they hardly matter."""
    lengths = _characters(examples)
    longest = _TIMES * median(lengths) if lengths else 0.0
    few = [(example, length) for example, length in zip(examples, lengths, strict=True) if length > longest]
    if len(few) > _FEW * len(examples):
        return []
    mostly = sum(length for _, length in few) > _MOST * sum(lengths)
    return [example for example, length in few if mostly or length > _LONG_EXAMPLE]


def _characters(examples: Sequence[Item]) -> list[int]:
    return [
        sum(map(len, (example.background, example.input, example.target, *(text for _, text in example.turns))))
        for example in examples
    ]


def _scorer(task: Task) -> Iterator[Finding]:
    """Judge each target as a reply: demonstrations teach the model to write just that."""
    for side, examples in (("items", task.items), ("pool", task.pool)):
        below = [example for example in examples if task.scorer(example.target, example).value < 1]
        if below:
            grave = side == "items" and len(below) > len(examples) / 10
            yield Finding("stop" if grave else "warn", "target-denied", {
                "scorer": task.scorer.name, "below": len(below), "of": len(examples), "side": side,
                "first": below[0].id,
            })  # fmt: skip


def _soundness(task: Task) -> Iterator[Finding]:
    """Try the scorer on targets rewritten and changed; see `curvefit.tasks.soundness`."""
    found = faults(task.scorer, task.items)
    # In place of rows or trees, letter for letter would take right queries for wrong.
    try_others = task.scorer.name != "sql" and any(fault.grave for fault in found)
    instead = sound_scorer(task.items) if try_others else ""
    for fault in found:
        values: dict[str, Value] = {
            "scorer": task.scorer.name, "change": fault.change, "count": fault.count, "of": fault.of,
            "first": fault.first, "reply": fault.reply, "instead": instead,
        }  # fmt: skip
        if fault.change == "other":
            severity: Severity = "stop" if fault.share >= _OTHERS else "warn" if fault.grave else "note"
            yield Finding(severity, "target-other", {**values, "credit": fault.share})
        else:
            wanted = fault.denied and task.scorer.name in _STRICT and fault.change in ("spacing", "case")
            code = "target-rewritten" if fault.denied else "target-changed"
            yield Finding("warn" if fault.grave and not wanted else "note", code, values)


def _no_rows(task: Task) -> Iterator[Finding]:
    """Name the items whose query returns no row: any other that returns none is right there."""
    if task.scorer.name == "sql":
        rows = [item.id for item in task.items if task.scorer(_NO_ROW, item).value == 1 and item.target != _NO_ROW]
        if rows:
            yield _of_rows("target-empty", rows, of=len(task.items))


def _broken(task: Task) -> Iterator[Finding]:
    """Name the targets that are broken JSON, left out or not."""
    if task.broken:
        rows, _, problems = zip(*task.broken, strict=True)
        kept = len(set(rows) & task.by_id.keys())
        yield _of_rows("target-broken", rows, problems=problems, kept=kept)


def _kind(task: Task) -> Iterator[Finding]:
    if not group_of(task.kind):
        yield Finding("warn", "kind-unknown", {"kind": task.kind})


def _unjudged(task: Task) -> Iterator[Finding]:
    """Say that much of the task is left out for its kind."""
    for reason, count, of in task.much_unjudged:
        yield Finding("warn", "examples-unjudged", {"reason": reason, "count": count, "of": of})


def _odd(task: Task) -> Iterator[Finding]:
    """Look for targets that a few rows have otherwise than nearly all."""
    for odd in odd_targets(task.examples):
        yield _of_rows("target-odd", odd.examples, what=odd.what, field=odd.field, usual=odd.usual, odd=odd.odd)
    for each in respelled_fields(task.examples):
        yield _of_rows("target-respelled", each.examples, field=each.field, written=each.written, usual=each.usual)
    for slip in alike_fields(task.examples):
        yield _of_rows(
            "target-alike", slip.examples, field=slip.field, written=slip.written, usual=slip.usual, times=slip.times
        )


def _unlike(task: Task) -> Iterator[Finding]:
    """Look for items that no pool example resembles: by no word that both have."""
    questions, pool = ([_question(each) for each in side] for side in (task.items, task.pool[:_MOST_COMPARED]))
    if not pool:
        return
    alike = [first.any() or then.any() for first, then in similarities(pool, questions)]
    rows = tuple(item.id for item, some in zip(task.items, alike, strict=True) if not some)
    if rows:
        yield Finding("note", "items-unlike", {"count": len(rows), "items": len(task.items), "rows": rows})


def _question(example: Item) -> str:
    return "\n".join([*(text for _, text in example.turns), example.background, example.input])


def _prefaced(task: Task) -> Iterator[Finding]:
    """Put a word in front of each target, as chat models do that are shown no example."""
    replies = [(f"Answer: {item.target}", item) for item in task.items[:_SAMPLE]]
    below = [reply for reply, item in replies if task.scorer(reply, item).value < task.scorer(item.target, item).value]
    if len(below) > len(replies) / 2:
        yield Finding("note", "target-prefaced", {"scorer": task.scorer.name, "reply": below[0]})


def _free_text(task: Task) -> Iterator[Finding]:
    """Equality with a text that nobody would write twice tells nothing, unless it is the input, hardly edited."""
    shape, typical = _shape_to_the_letter(task)
    values: dict[str, Value] = {"scorer": task.scorer.name, "words": typical}
    free = typical >= _FREE
    if shape == "code" and free:
        yield Finding("warn", "target-program", values)
    elif shape == "normalized":
        yield Finding("stop" if free else "warn", "target-free" if free else "target-freeish", values)


def words_to_the_letter(task: Task) -> int:
    """Return how many words targets typically have that are free text, and judged word for word; 0 for any others."""
    shape, typical = _shape_to_the_letter(task)
    return typical if shape == "normalized" and task.judge is None else 0


def _shape_to_the_letter(task: Task) -> tuple[str, int]:
    """Return of what shape targets are that hardly occur twice, and are judged by equality, and their typical words.

    Empty and 0 where the targets are no such, or so short that two people would write the same.
    """
    targets = [item.target for item in task.items]
    unlike = len({normalize(target) for target in targets}) >= _UNIQUE * len(targets)
    if task.scorer.name not in _EQUALITY or not unlike:
        return "", 0
    shape = guess(targets).scorer
    lengths, shared = zip(*(_length_and_share(item) for item in task.items[:_SAMPLE]), strict=True)
    if shape not in ("normalized", "code") or median(lengths) < _FREEISH or median(shared) >= _EDITED:
        return "", 0
    return shape, round(median(lengths))


def _length_and_share(item: Item) -> tuple[int, float]:
    """Return the number of words in a target, and the F1 of its words and those of what it was asked."""
    ours, asked = Counter(words(item.target)), Counter(words(f"{item.background} {item.input}"))
    return ours.total(), 2 * (ours & asked).total() / max(1, ours.total() + asked.total())


def _judge(task: Task) -> Iterator[Finding]:
    if task.judge is None:
        return
    right = sum(label.right for label in task.judge.labels)
    wrong = len(task.judge.labels) - right
    if not right or not wrong:
        yield Finding("warn", "judge-unlabelled", {"judge": task.judge.model, "right": right, "wrong": wrong})


def _systems(task: Task) -> Iterator[Finding]:
    """Look for examples that are asked otherwise than most, by mistake: no system message, or almost theirs."""
    examples = task.examples
    usual, count = Counter(example.system for example in examples).most_common(1)[0]
    if not usual or 2 * count <= len(examples):
        return
    close = {
        text for text in {each.system for each in examples} - {usual, ""} if get_close_matches(text, [usual], 1, _CLOSE)
    }
    for code, texts in (("system-missing", {""}), ("system-alike", close)):
        if rows := tuple(example.id for example in examples if example.system in texts):
            yield _of_rows(code, rows, of=len(examples), usual=count)


def _escapes(task: Task) -> Iterator[Finding]:
    """Look for text that was escaped twice: what is read holds a backslash, a u and four digits in place of letters."""
    examples = task.examples
    texts = {
        example.id: "\n".join([*(text for _, text in example.turns), example.background, example.input, example.target])
        for example in examples
    }
    found: dict[str, list[str]] = {}
    for row, text in texts.items():
        codes = [
            code for code in _ESCAPED.findall(text) if ord(letter := chr(int(code, 16))) > 127 and letter.isalpha()
        ]
        if codes and not _IN_CODE.search(text):
            found[row] = codes
    if len(found) < max(_FEWEST_ESCAPED, _MANY_ESCAPED * len(examples)):
        return
    letters = Counter(chr(int(code, 16)) for codes in found.values() for code in codes)
    if sum(map(letters.__contains__, "".join(texts.values()))) > _RARELY * letters.total():
        return
    first = next(iter(found.values()))[0]
    written, letter = f"\\u{first}", chr(int(first, 16))
    yield _of_rows("examples-escaped", tuple(found), of=len(examples), written=written, letter=letter)


_OF_SCORERS: Final = (_scorer, _soundness, _prefaced, _free_text)  # of which a judge is none
_CHECKS: Final[Sequence[Callable[[Task], Iterable[Finding]]]] = (
    _pool,
    _groups,
    _labels,
    _floor,
    _contradictions,
    _lengths,
    _systems,
    _escapes,
    _scorer,
    _soundness,
    _no_rows,
    _broken,
    _unjudged,
    _kind,
    _odd,
    _unlike,
    _prefaced,
    _free_text,
    _judge,
)
