"""Pool and items from one set of examples. Lives here: a seeded split by what is asked; duplicates stay together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from curvefit.errors import InputError
from curvefit.own_files import digest
from curvefit.tasks.duplicates import duplicate_groups, questions
from curvefit.tasks.task import Item, canonical

__all__ = ["item_quota", "split"]

_SHARE: Final = 1 / 3
_FEWEST, _MOST = 100, 500  # items; but never more than half of the examples


def item_quota(examples: int) -> int:
    """Return how many of so many examples become items: a third, at least 100, at most 500, never more than half."""
    return max(1, min(round(examples * _SHARE) if examples > _FEWEST / _SHARE else _FEWEST, _MOST, examples // 2))


def split(examples: Sequence[Item], seed: int, labels: Sequence[str] = ()) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Split examples into pool and items.

    `item_quota` says how many. Which example goes where depends on the seed and a hash of what is asked, not on its
    target or its place in the file: where targets are corrected, prompts stay as they are, but for those that show one
    of them. Rows added later move few others.

    Duplicates stay on one side together, also under several system messages; since near duplicates have one target, a
    corrected one may follow another. Examples of a group stay together first, where that leaves half of the quota or
    more to score. With labels, the pool keeps an example of each.

    Returns
    -------
    (pool, items)
        Each in the order of the file.

    Raises
    ------
    InputError
        All examples are duplicates of one another.
    """
    (asked,) = questions(examples)
    alike = duplicate_groups(asked)
    if len(alike) < 2:
        raise InputError(
            "needs two examples that are not duplicates of each other, exactly or nearly: one to show, one to score"
        )
    chosen = _chosen(_units(alike, examples), examples, seed, labels)
    if any(example.group for example in examples) and 2 * len(chosen) < item_quota(len(examples)):
        chosen = _chosen(alike, examples, seed, labels)
    pool = tuple(example for i, example in enumerate(examples) if i not in chosen)
    return pool, tuple(example for i, example in enumerate(examples) if i in chosen)


def _chosen(units: list[list[int]], examples: Sequence[Item], seed: int, labels: Sequence[str]) -> set[int]:
    """Return which examples become items, where some stay together."""
    groups = sorted(units, key=lambda group: _rank([examples[i] for i in group], seed))
    # Of a label that is not rare, the last one would not be scored anyhow.
    last = {
        target: group[0] for group in groups for target in (_targets([examples[i] for i in group]) if labels else ("",))
    }
    kept, quota = set(last.values()), item_quota(len(examples))
    chosen: set[int] = set()
    for group in groups:
        if group[0] not in kept and len(chosen) + len(group) <= quota:
            chosen.update(group)
    if not chosen:  # every group is larger than its quota: the smallest is scored, rather than nothing
        smallest: list[int] = min(groups, key=len)
        chosen.update(smallest)
    return chosen


def _rank(group: Sequence[Item], seed: int) -> tuple[str, str]:
    """Return where a group stands in the order of choice: by a hash of its texts, which knows no file order."""
    text = min(canonical(example) for example in group)
    return digest(f"{seed}|{text}"), text


def _units(alike: list[list[int]], examples: Sequence[Item]) -> list[list[int]]:
    """Return what stays together: groups, and duplicates of no group; duplicates alone where all are of one group."""
    units: dict[object, list[int]] = defaultdict(list)
    for number, same in enumerate(alike):
        for i in same:
            units[examples[i].group or number].append(i)
    return [sorted(members) for members in units.values()] if len(units) > 1 else alike


def _targets(group: Sequence[Item]) -> set[str]:
    """Return the targets of a group; of duplicates the commonest, the first by alphabet among equals."""
    counts = Counter(example.target for example in group)
    if any(example.group for example in group):
        return set(counts)
    return {min(counts, key=lambda target: (-counts[target], target))}
