"""Which items two measurements have in common. Lives here: matching by content and by id; nothing is paired in silence.

An item is known by its content where both measurements name it: what is asked, the target and who judges it. Then a row
that moved is still found, and one that was edited is not taken for what it was. Otherwise its id has to do, and that is
said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.reason import Reason
from curvefit.errors import CurveError
from curvefit.measurement.measurement import Measurement

__all__ = ["CommonItems", "common_items", "given_away"]

IntArray = NDArray[np.int_]


@dataclass(frozen=True, slots=True, eq=False)
class CommonItems:
    """Items that stand in two measurements.

    Attributes
    ----------
    first, second : int array (n,)
        Where they stand in each.
    changed : int
        Items of one id and another content, which are not paired.
    checked : bool
        Whether they are known to be the same by content.
    """

    first: IntArray
    second: IntArray
    changed: int = 0
    checked: bool = True

    def cautions(self, first: Measurement, second: Measurement, names: tuple[str, str]) -> Iterator[Reason]:
        """Yield what may make a comparison of two measurements wrong, and how they were matched; names are theirs."""
        for measured, name in zip((first, second), names, strict=True):
            if measured.mostly_cut_off:
                yield Reason("pair-cut-off", {"name": name})
        about = {"first": names[0], "second": names[1]}
        if self.changed:
            yield Reason("pair-changed", {**about, "changed": self.changed})
        left = (len(first.items) - len(self.first), len(second.items) - len(self.second))
        if any(left):
            counts = {"common": len(self.first), "left_first": left[0], "left_second": left[1]}
            yield Reason("pair-left-out", {**about, **counts})
        if not self.checked:
            yield Reason("pair-by-id", about)
        scorers = (first.scorer, second.scorer)
        if all(scorers) and scorers[0] != scorers[1]:
            yield Reason("pair-scorers", {**about, "scorer_first": scorers[0], "scorer_second": scorers[1]})


def given_away(name: str, items: int, named: int) -> Iterator[Reason]:
    """Yield that some items name no document, where each was shown what it names: that tells that nothing answers them.

    Not where all do, or none.
    """
    if 0 < named < items:
        yield Reason("pair-unnamed", {"name": name, "unnamed": items - named, "items": items})


def common_items(first: Measurement, second: Measurement, names: tuple[str, str]) -> CommonItems:
    """Match the items of two measurements of single scores; their names are for messages.

    Raises
    ------
    CurveError
        Means alone are known or items have no names, the two are of different tasks, or fewer than two items are the
        same in both.
    """
    for measured, name in zip((first, second), names, strict=True):
        if measured.summary is not None:
            raise CurveError(f"{name!r:.60} has means alone: items are compared by single scores, which it lacks")
        if not measured.items:
            raise CurveError(
                f"{name!r:.60} does not name its items, by which scores are compared: Curve(..., items=names)"
            )
        distinct, n_items = len(set(measured.items)), measured.scores.shape[2]
        if distinct != n_items:
            raise CurveError(f"{name!r:.60} has {distinct:,} names for {n_items:,} items: each needs one of its own")
    found = _by_content(first, second) if _comparable(first, second) else _by_id(first, second)
    if found is None:
        tasks = f"{first.task!r:.40} and {second.task!r:.40}"
        raise CurveError(
            f"{names[0]!r:.60} and {names[1]!r:.60} are of different tasks, {tasks}: compare studies of one"
        )
    if len(found.first) < 2:
        pairs = ((first, second), (second, first))
        alone = [next((item for item in a.items if item not in b.items), "") for a, b in pairs]
        such_as = f", such as {alone[0]!r:.40} and {alone[1]!r:.40}" if all(alone) else ""
        why = f"their items have other ids{such_as}"
        if found.changed:
            why = f"{found.changed:,} have the same id, but another input, target or scorer: measure one of them again"
        counted = f"{len(found.first)} item{'s' * (len(found.first) != 1)} in common"
        raise CurveError(f"{names[0]!r:.60} and {names[1]!r:.60} have {counted}, and a comparison needs two; {why}")
    return found


def _comparable(first: Measurement, second: Measurement) -> bool:
    """Whether both name their items by content, and in the same way: other tools say theirs in front of a colon."""
    ways = [{name.rpartition(":")[0] for name in of.digests} for of in (first, second)]
    return ways[0] == ways[1] != set()


def _by_content(first: Measurement, second: Measurement) -> CommonItems:
    """Match by content, and among equal contents by id, else in the order they stand."""
    ours, theirs = (
        dict(zip(zip(of.items, of.digests, strict=True), range(len(of.items)), strict=True)) for of in (first, second)
    )
    pairs = [(i, theirs[key]) for key, i in ours.items() if key in theirs]
    left = [i for key, i in ours.items() if key not in theirs]
    places: dict[str, list[int]] = {}
    for (_, name), j in reversed(theirs.items()):
        if (second.items[j], name) not in ours:
            places.setdefault(name, []).append(j)
    moved = [(i, places[first.digests[i]].pop()) for i in left if places.get(first.digests[i])]
    ids, found = set(second.items), {i for i, _ in moved}
    at = np.array(sorted([*pairs, *moved]), dtype=int).reshape(-1, 2)
    return CommonItems(at[:, 0], at[:, 1], sum(i not in found and first.items[i] in ids for i in left))


def _by_id(first: Measurement, second: Measurement) -> CommonItems | None:
    """Match by id; None where both say what was asked, and that is not of one task."""
    same = first.asked == second.asked != "" and first.items == second.items
    if first.asked and second.asked and first.task != second.task and not same:
        return None
    place = {item: j for j, item in enumerate(second.items)}
    pairs = [(i, place[item]) for i, item in enumerate(first.items) if item in place]
    at = np.array(pairs, dtype=int).reshape(-1, 2)
    return CommonItems(at[:, 0], at[:, 1], checked=same)
