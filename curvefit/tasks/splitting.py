"""Pool and items from one set of examples. Lives here: a seeded, stratified split that keeps duplicates together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from curvefit.errors import InputError
from curvefit.own_files import digest
from curvefit.tasks.duplicates import duplicate_groups, questions
from curvefit.tasks.task import Item, canonical

__all__ = ["item_quota", "split"]

_SHARE: Final = 1 / 3
_FEWEST, _MOST = 100, 500  # items; but never more than half of the examples

Group = list[int]  # positions of examples that are duplicates of one another


def item_quota(examples: int) -> int:
    """Return how many of so many examples become items: a third, at least 100, at most 500, never more than half."""
    return max(1, min(round(examples * _SHARE) if examples > _FEWEST / _SHARE else _FEWEST, _MOST, examples // 2))


def split(examples: Sequence[Item], seed: int, labels: Sequence[str] = ()) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Split examples into pool and items.

    `item_quota` says how many. Duplicates stay on one side together, also under several system messages. With labels,
    each label is split by itself, so that both sides have it in like proportion; a label with a single example goes to
    the pool. Which example goes where depends on the seed and a hash of the example, not on its place in the file; rows
    added later move few others.

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
    groups = sorted(duplicate_groups(asked), key=lambda group: _rank([examples[i] for i in group], seed))
    if len(groups) < 2:
        raise InputError(
            "needs two examples that are not duplicates of each other, exactly or nearly: one to show, one to score"
        )
    strata: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        strata[_stratum([examples[i] for i in group]) if labels else ""].append(group)
    chosen: set[int] = set()
    for name, quota in _quotas({name: sum(map(len, members)) for name, members in strata.items()}).items():
        room = min(quota, _all_but_one_group(strata[name]))
        for group in strata[name]:
            if len(group) <= room:
                chosen.update(group)
                room -= len(group)
    if not chosen:  # every group is larger than its quota: the smallest is scored, rather than nothing
        smallest: Group = min(groups, key=len)
        chosen.update(smallest)
    pool = tuple(example for i, example in enumerate(examples) if i not in chosen)
    return pool, tuple(example for i, example in enumerate(examples) if i in chosen)


def _rank(group: Sequence[Item], seed: int) -> tuple[str, str]:
    """Return where a group stands in the order of choice: by a hash of its texts, which knows no file order."""
    text = min(canonical(example) for example in group)
    return digest(f"{seed}|{text}"), text


def _stratum(group: Sequence[Item]) -> str:
    """Return the commonest target of duplicates, the first by alphabet among equals."""
    counts = Counter(example.target for example in group)
    return min(counts, key=lambda target: (-counts[target], target))


def _quotas(sizes: Mapping[str, int]) -> dict[str, int]:
    """Share the items out among strata in proportion to size, by largest remainders, so that they sum up."""
    total = sum(sizes.values())
    n_items = item_quota(total)
    shares = {name: size * n_items / total for name, size in sizes.items()}
    quotas = {name: int(share) for name, share in shares.items()}
    by_remainder = sorted(shares, key=lambda name: (quotas[name] - shares[name], name))
    for name in by_remainder[: n_items - sum(quotas.values())]:
        quotas[name] += 1
    return quotas


def _all_but_one_group(groups: Sequence[Group]) -> int:
    """Return how many of a stratum's examples may be scored such that the pool keeps a group of it."""
    return sum(map(len, groups)) - min(map(len, groups))
