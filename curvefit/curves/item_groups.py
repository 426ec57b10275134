"""Items that belong together, such as the questions to one document. Lives here: groups, and how alike their items are.

Items of a group are alike: a mean over them is uncertain as one over fewer items is. How much fewer is the design
effect (Kish 1965, *Survey Sampling*, chapter 5), estimated by the cluster-robust variance of the mean beside the one
that takes items to be independent (Miller 2024, *Adding Error Bars to Evals*).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MeanOverItems",
    "group_numbers",
    "intraclass_correlation",
    "joined_groups",
    "over_items",
    "sums_by_group",
]

FloatArray = NDArray[np.float64]

_ROUNDING: Final = 1e-9


def group_numbers(names: Iterable[Hashable]) -> tuple[int, ...]:
    """Return the group of each item as a number, from 0, in the order they come; nothing where each item is its own.

    Nor where all are of one: how groups differ is then not known.
    """
    number: dict[Hashable, int] = {}
    numbers = tuple(number.setdefault(name, len(number)) for name in names)
    return numbers if 1 < len(number) < len(numbers) else ()


def joined_groups(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    """Return groups in which items are together that are in either; those of one where the other has none.

    Where that makes all of them one group, the fewer of both, so that the order of the two changes nothing.
    """
    if not (one and other):
        return tuple(one or other)
    first: dict[tuple[bool, int], int] = {}
    root = list(range(len(one)))

    def of(item: int) -> int:
        while root[item] != item:
            item = root[item]
        return item

    for item, both in enumerate(zip(one, other, strict=True)):
        for is_other, group in enumerate(both):
            root[of(item)] = of(first.setdefault((bool(is_other), group), item))
    joined, *own = group_numbers(map(of, range(len(one)))), group_numbers(one), group_numbers(other)
    return joined or min(own, key=lambda each: (not each, len(set(each)), each))


def intraclass_correlation(influence: FloatArray, share: FloatArray, groups: Sequence[int]) -> float:
    """Return how alike the items of a group are, from 0 to 1, pooled over means.

    By the variance of the means as sums over groups. Items that are all equal tell nothing, and are taken to be alike.

    Parameters
    ----------
    influence, share : array (S, I)
        What each item adds to a mean less what it would were it as the mean, and its share of the mean.
    groups : sequence of int
        Those of the items (I,).
    """
    among_items = float((influence**2).sum())
    if among_items <= 0:
        return 1.0
    per_item, per_group = (float((part**2).sum(axis=1).mean()) for part in (share, sums_by_group(share, groups)))
    if per_group <= per_item or per_group > 1 - _ROUNDING:  # no two of the items scored are of one group, or all are
        return 0.0
    among_groups = float((sums_by_group(influence, groups) ** 2).sum()) / (1 - per_group)
    relative = per_item * among_groups / among_items
    return float(np.clip((relative / (1 + relative) - per_item) / (per_group - per_item), 0.0, 1.0))


def sums_by_group(values: FloatArray, groups: Sequence[int]) -> FloatArray:
    """Return the sums of values (S, I) over the items of each group (S, G)."""
    return np.array([np.bincount(groups, weights=row) for row in values])


@dataclass(frozen=True, slots=True)
class MeanOverItems:
    """A mean over items alone.

    Attributes
    ----------
    variance : float
        Of the mean.
    items : float
        Independent items that are worth as much; all of them where each is its own group.
    df : float
        Degrees of freedom of the variance.
    """

    variance: float
    items: float
    df: float

    @property
    def careful_variance(self) -> float:
        """The variance, and where all items are equal, which is no certainty, as two trials more would leave it."""
        return max(self.variance, 1 / (self.items * (self.items + 2)))


def over_items(values: FloatArray, groups: Sequence[int] = ()) -> MeanOverItems:
    """Return how uncertain the mean of values (I,) of two items or more is; groups are those of the items."""
    count = len(values)
    own = float(values.var(ddof=1)) / count
    if not groups:
        return MeanOverItems(own, count, count - 1.0)
    share = np.full((1, count), 1 / count)
    alike = intraclass_correlation((values - values.mean())[None] / count, share, groups)
    per_group = float((sums_by_group(share, groups) ** 2).sum())
    per_item = (1 - alike) / count + alike * per_group
    hidden = (1 - 1 / count) / (1 - per_item) if per_item < 1 else 1.0
    return MeanOverItems(own * count * per_item * hidden, 1 / per_item, max(1 / per_group - 1, 1.0))
