"""Is this eval fit to decide on? Lives here: what can be told from the examples alone, before any model is asked."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import Final, Literal

from curvefit.tasks.duplicates import duplicate_groups
from curvefit.tasks.task import Item, Task, canonical
from curvefit.tasks.text_reply import normalize

__all__ = ["Finding", "commonest", "conclusion", "half_width", "items_needed", "readiness"]

Severity = Literal["stop", "warn", "note"]

_FEWEST_ITEMS, _ENOUGH_ITEMS = 20, 100  # below the first nothing is decided
_FEWEST_POOL, _ENOUGH_POOL = 8, 64
_RARE: Final = 5  # items of a label, below which its own accuracy says little
_FLOOR: Final = 0.9  # share of the commonest target, from which there is little left to learn
_REPEATED: Final = 0.05  # share of items, beyond which duplicates narrow the interval unduly
_LONG_TARGET: Final = 2_000  # characters
_LONG_EXAMPLE: Final = 4_000
_RANK: Final[Mapping[Severity, int]] = {"stop": 0, "warn": 1, "note": 2}
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
    message : str
        What, with its numbers, and what to do.
    """

    severity: Severity
    message: str


def readiness(task: Task, margin: float = 0.02, level: float = 0.9) -> tuple[Finding, ...]:
    """Return what speaks against deciding on this eval, gravest first. Pure.

    Parameters
    ----------
    task : Task
        As loaded.
    margin : float
        The smallest gain in accuracy worth having, in (0, 1).
    level : float
        Of the intervals, in (0, 1).

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
        *(finding for check in _CHECKS for finding in check(task)),
    ]
    return tuple(sorted(findings, key=lambda finding: _RANK[finding.severity]))


def conclusion(findings: Iterable[Finding], n_items: int, margin: float, level: float) -> str:
    """Return what the eval is fit for, in one line, from its findings and its number of distinct items."""
    if any(finding.severity == "stop" for finding in findings):
        return "Not fit to decide on yet."
    if n_items >= items_needed(margin, level):
        return "Fit to decide on."
    gain = _points(math.sqrt(2 * _PAIRED) * half_width(n_items, level))
    return f"Fit to decide on gains of about {gain} or more; one of {_points(margin)} may stay open."


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
    known = f"{_count(n, 'distinct item')}: an accuracy near 50% is known to within {_points(half_width(n, level))}"
    if n < _FEWEST_ITEMS:
        yield Finding("stop", f"{known}, which decides nothing; get {_ENOUGH_ITEMS} or more")
    elif n < needed:
        severity: Severity = "warn" if n < _ENOUGH_ITEMS else "note"
        yield Finding(severity, f"{known}; to tell a gain of {_points(margin)} from none can take about {needed:,}")
    else:
        yield Finding("note", f"{known}; enough to tell a gain of {_points(margin)} from none")


def _pool(task: Task) -> Iterator[Finding]:
    n = len(task.pool)
    if n < _FEWEST_POOL:
        yield Finding("stop", f"{_count(n, 'pool example')}: no curve can be drawn; get {_ENOUGH_POOL} or more")
    elif n < _ENOUGH_POOL:
        yield Finding("warn", f"{n} pool examples: the curve ends there; {_ENOUGH_POOL} or more tell where it goes")


def _labels(task: Task) -> Iterator[Finding]:
    if not task.labels:
        return
    in_pool, in_items = (Counter(example.target.strip() for example in side) for side in (task.pool, task.items))
    classes = len(task.labels)
    if len(task.pool) < 2 * classes:
        yield Finding(
            "warn",
            f"{_count(len(task.pool), 'pool example')} for {classes} labels: a curve often begins to rise only after"
            f" one of each; get {2 * classes} or more",
        )
    missing = sorted(set(in_items) - set(in_pool))
    if missing:
        yield Finding("warn", f"no pool example shows {_listed(missing)}, scored all the same; add examples of each")
    unscored = sorted(set(task.labels) - set(in_items))
    if unscored:
        yield Finding("note", f"no item asks for {_listed(unscored)}: the accuracy says nothing about those")
    rare = [label for label in task.labels if 0 < in_items[label] < _RARE]
    if rare:
        yield Finding("note", f"fewer than {_RARE} items each for {_listed(rare)}: too few to tell how those fare")


def commonest(items: Sequence[Item]) -> str:
    """Return the commonest target among items, the first of equals."""
    target, _ = Counter(normalize(item.target) for item in items).most_common(1)[0]
    return next(item.target for item in items if normalize(item.target) == target)


def _floor(task: Task) -> Iterator[Finding]:
    answer = commonest(task.items)
    share = sum(task.scorer(answer, item).value for item in task.items) / len(task.items)
    message = f"always answering {answer[:40]!r} would score {100 * share:.0f}%"
    if share == 1 and len(task.items) > 1:
        yield Finding("stop", f"{message}: nothing is asked; get items with other targets")
    elif share >= _FLOOR:
        yield Finding("warn", f"{message}, which leaves little to learn; get more items with other targets")
    elif task.labels or share >= 0.1:
        yield Finding("note", f"{message}: the floor to beat")


def _contradictions(task: Task) -> Iterator[Finding]:
    for side, examples in (("item", task.items), ("pool", task.pool)):
        targets: dict[str, Counter[str]] = defaultdict(Counter)
        for example in examples:
            targets[canonical(example)][normalize(example.target)] += 1
        contradictory = {text: counts for text, counts in targets.items() if len(counts) > 1}
        if not contradictory:
            continue
        first = next(iter(contradictory))[:60]
        message = f"{_count(len(contradictory), f'{side} input')} with more than one target (first: {first!r})"
        if side == "pool":
            yield Finding("note", f"{message}: they teach both; settle which is right")
            continue
        lost = sum(counts.total() - max(counts.values()) for counts in contradictory.values())
        best = 100 * (1 - lost / len(examples))
        yield Finding("warn", f"{message}: nobody can score more than {best:.1f}%; settle which is right")


def _repetition(distinct: int, n: int) -> Iterator[Finding]:
    repeated = n - distinct
    if repeated:
        message = f"{repeated} of {n} items duplicate another, exactly or nearly: they tell nothing new"
        yield Finding("warn" if repeated > n * _REPEATED else "note", f"{message}, and intervals come out too narrow")


def _lengths(task: Task) -> Iterator[Finding]:
    examples = (*task.pool, *task.items)
    longest = max(len(example.target) for example in examples)
    if longest > _LONG_TARGET:
        yield Finding(
            "warn", f"the longest target has {longest:,} characters: {task.scorer.name} says little about text so long"
        )
    typical = median(len(example.context) + len(example.input) + len(example.target) for example in examples)
    if typical > _LONG_EXAMPLE:
        yield Finding(
            "note",
            f"a typical example has {typical:,.0f} characters: a prompt holds few; curvefit plan says how many fit",
        )


def _scorer(task: Task) -> Iterator[Finding]:
    """Judge each target as a reply: demonstrations teach the model to write just that."""
    for side, examples in (("items", task.items), ("pool examples", task.pool)):
        below = [example for example in examples if task.scorer(example.target, example).value < 1]
        if below:
            grave = side == "items" and len(below) > len(examples) / 10
            yield Finding(
                "stop" if grave else "warn",
                f"scorer {task.scorer.name} gives the target itself less than full credit on {len(below)} of"
                f" {len(examples)} {side} (first: {below[0].id}); correct those, or take another scorer",
            )


_CHECKS: Final[Sequence[Callable[[Task], Iterable[Finding]]]] = (
    _pool,
    _labels,
    _floor,
    _contradictions,
    _lengths,
    _scorer,
)


def _points(share: float) -> str:
    """Return a share in percentage points, without digits nobody knows."""
    text = f"{100 * share:.2g}" if share < 0.1 else f"{100 * share:.0f}"
    return f"{text} point{'' if text == '1' else 's'}"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(repr(name[:40]) for name in names[:5]) + more
