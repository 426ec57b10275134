"""Is this eval fit to decide on? Lives here: what can be told from the examples alone, before any model is asked."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, Literal

from curvefit.tasks.task import Task, canonical

__all__ = ["Finding", "readiness"]

Severity = Literal["stop", "warn", "note"]

_FEWEST_ITEMS: Final = 20  # below this nothing is decided
_FEWEST_POOL: Final = 8
_LONG_TARGET: Final = 2000  # characters
_RANK: Final = {"stop": 0, "warn": 1, "note": 2}


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


def readiness(task: Task, *, margin: float = 0.02, level: float = 0.9) -> tuple[Finding, ...]:
    """Return what speaks against deciding on this eval, gravest first.

    Parameters
    ----------
    task : Task
        As loaded.
    margin : float
        The smallest gain worth having.
    level : float
        Of the intervals.
    """
    found = [*_size(task, margin, level), *_pool(task), *_labels(task), *_contradictions(task), *_targets(task)]
    return tuple(sorted(found, key=lambda finding: _RANK[finding.severity]))


def _size(task: Task, margin: float, level: float) -> Iterator[Finding]:
    n, z = len(task.items), NormalDist().inv_cdf((1 + level) / 2)
    # The widest an accuracy's interval can be from items alone; differences between shots are paired and narrower.
    half = z * 0.5 / math.sqrt(n)
    # Published crossed runs: pairing leaves a difference 0.28 to 0.45 of the variance of independent samples.
    needed = math.ceil(0.45 * 2 * (z * 0.5 / margin) ** 2)
    if n < _FEWEST_ITEMS:
        yield Finding(
            "stop", f"{n} items: an accuracy would be known to within {100 * half:.0f} points; get 100 or more"
        )
        return
    severity: Severity = "warn" if n < 100 else "note"
    yield Finding(
        severity,
        f"{n} items: an accuracy near 50% is known to within {100 * half:.0f} points; to tell a gain of"
        f" {100 * margin:g} points from none takes up to about {needed:,} items",
    )


def _pool(task: Task) -> Iterator[Finding]:
    if len(task.pool) < _FEWEST_POOL:
        yield Finding("stop", f"{len(task.pool)} pool examples: no curve can be drawn; get 64 or more")
    elif len(task.pool) < 64:
        yield Finding("warn", f"{len(task.pool)} pool examples: the curve ends there; more tell where it goes")


def _labels(task: Task) -> Iterator[Finding]:
    if not task.labels:
        return
    shown, scored = (Counter(example.target for example in side) for side in (task.pool, task.items))
    classes = len(task.labels)
    if len(task.pool) < 2 * classes:
        yield Finding(
            "warn", f"{len(task.pool)} pool examples for {classes} labels: no plateau can be called below one each"
        )
    unseen = sorted(set(scored) - set(shown))
    if unseen:
        yield Finding(
            "warn", f"labels scored but never shown: {', '.join(unseen[:5])}{', ...' if len(unseen) > 5 else ''}"
        )
    label, count = scored.most_common(1)[0]
    yield Finding(
        "note", f"always answering {label!r} would score {100 * count / len(task.items):.0f}%: the floor to beat"
    )
    rare = sum(scored[label] < 5 for label in task.labels)
    if rare:
        yield Finding("note", f"{rare} of {classes} labels have fewer than 5 items: accuracy says little about those")


def _contradictions(task: Task) -> Iterator[Finding]:
    targets: dict[str, set[str]] = defaultdict(set)
    for example in (*task.pool, *task.items):
        targets[canonical(example)].add(example.target.strip())
    torn = [text for text, found in targets.items() if len(found) > 1]
    if torn:
        yield Finding(
            "warn",
            f"{len(torn)} inputs have more than one target (first: {torn[0][:60]!r}): nobody is right on all",
        )
    repeated = len(task.items) - len({canonical(item) for item in task.items})
    if repeated:
        yield Finding("warn", f"{repeated} items repeat the input of another: they count twice and tell once")


def _targets(task: Task) -> Iterator[Finding]:
    longest = max(len(example.target) for example in (*task.pool, *task.items))
    if longest > _LONG_TARGET:
        yield Finding("warn", f"the longest target has {longest:,} characters: exact scoring of long text means little")
    unreadable = [
        example.id
        for example in (*task.pool, *task.items)
        if task.scorer(example.target, example).value < 1
    ]  # fmt: skip
    if unreadable:
        yield Finding(
            "stop" if len(unreadable) > len(task.items) // 10 else "warn",
            f"scorer {task.scorer.name} does not give its own target full credit on {len(unreadable)} examples"
            f" (first: {unreadable[0]}); another scorer fits better",
        )
