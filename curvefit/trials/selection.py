"""Which demonstrations, in which order, and which items. Lives here: seeded choices; each depends on its seed."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curvefit.tasks.similarity import similarities
from curvefit.tasks.task import Item, canonical
from curvefit.trials.design import Design
from curvefit.trials.prompts import whole_text

__all__ = ["Neighbours", "choose_items", "orderings", "shuffled", "similar"]

# Separate streams of one seed, where orders go by place: the items must not move when the number of draws does.
_ITEMS, _DRAWS, _TIES = 0, 1, 2
# Shifts and factors of the last step of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), in the variant 13 of Stafford.
_MIXING: Final = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))


def choose_items(items: Sequence[Item], design: Design) -> tuple[Item, ...]:
    """Return the items that a design scores, in random order (all when there are fewer); more only add to the end."""
    if design.ordered_by == "place":
        order = np.random.default_rng([design.seed, _ITEMS]).permutation(len(items))
    else:
        order = np.argsort(_chance(_names(items), "items", design.seed), kind="stable")
    return tuple(items[i] for i in order[: design.items])


def orderings(pool: Sequence[Item], design: Design) -> Iterator[tuple[Item, ...]]:
    """Yield each draw of a design: the whole pool in an order of its own; k shots are its first k examples.

    ``balanced`` deals the targets out in turn, each round in a fresh order, so that the first k examples hold every
    label as equally as k allows. Draws are independent of each other and of how many there are.
    """
    by_place, balanced = design.ordered_by == "place", design.selection == "balanced"
    names = None if by_place else _names(pool)
    for draw in range(design.draws):
        if names is None:
            examples = shuffled(pool, draw, design.seed)
            yield _dealt_by_place(examples, draw, design.seed) if balanced else examples
        else:
            order = np.argsort(_chance(names, "draw", design.seed, draw), kind="stable")
            examples = tuple(pool[i] for i in order)
            yield _dealt(examples, draw, design.seed) if balanced else examples


def shuffled(pool: Sequence[Item], draw: int, seed: int) -> tuple[Item, ...]:
    """Return the whole pool in a random order by place, as all that is trained reads it."""
    return tuple(pool[i] for i in np.random.default_rng([seed, _DRAWS, draw]).permutation(len(pool)))


def _dealt(examples: Sequence[Item], draw: int, seed: int) -> tuple[Item, ...]:
    """Deal the targets of examples out in turn, whose order in a round depends on the round and the target alone."""
    rounds = Counter[str]()
    turns = list[tuple[int, int]]()
    for example in examples:
        number = rounds[example.target]
        turns.append((number, _name("round", seed, draw, number, example.target)))
        rounds[example.target] += 1
    return tuple(examples[i] for i in sorted(range(len(examples)), key=turns.__getitem__))


def _dealt_by_place(examples: Sequence[Item], draw: int, seed: int) -> tuple[Item, ...]:
    rng = np.random.default_rng([seed, _DRAWS, draw])
    rng.permutation(len(examples))  # has ordered them
    by_target: dict[str, list[Item]] = defaultdict(list)
    for example in examples:
        by_target[example.target].append(example)
    order: list[Item] = []
    while by_target:
        names = sorted(by_target)
        for i in rng.permutation(len(names)):
            order.append(by_target[names[i]].pop())
            if not by_target[names[i]]:
                del by_target[names[i]]
    return tuple(order)


def _names(examples: Sequence[Item]) -> NDArray[np.uint64]:
    """Name each example by its input: its id may be its line, and targets are corrected.

    Nor by documents or a system message: candidates that differ in these are compared on the same items. Of examples
    with one input each has a name of its own, by their order.
    """
    seen, names = Counter[str](), list[int]()
    for text in map(_input, examples):
        names.append(_name(text, seen[text]))
        seen[text] += 1
    return np.array(names, dtype=np.uint64)


def _input(example: Item) -> str:
    return canonical(replace(example, context="", documents=()))


def _name(*parts: object) -> int:
    """Return a number of 64 bits that looks random, and depends on these alone."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode(errors="replace")).digest()[:8])


def _chance(names: NDArray[np.uint64], *key: object) -> NDArray[np.uint64]:
    """Return a number for each name that looks random, and that under another key looks independent of this one."""
    mixed = names ^ np.uint64(_name(*key))
    for shift, factor in _MIXING:
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed


class Neighbours(NamedTuple):
    """The examples of the pool that are most similar to an item.

    Attributes
    ----------
    examples : tuple of Item
        The most similar first.
    matched : bool
        Whether any of the pool has anything in common with the item; where none has, the examples are random ones.
    """

    examples: tuple[Item, ...]
    matched: bool


def similar(pool: Sequence[Item], items: Sequence[Item], count: int, design: Design) -> tuple[Neighbours, ...]:
    """Return for each item the `count` examples whose inputs are most similar to its own.

    By `curvefit.tasks.similarity.similarities`. What is equally similar comes in a random order of its own for each
    item, so that no example is shown to all of them; of the design, seed and what orders by it are used.
    """
    levels = similarities(*([whole_text(example) for example in group] for group in (pool, items)))
    names, neighbours = _names(pool), list[Neighbours]()
    for item, (by_word, by_character) in zip(items, levels, strict=True):
        if design.ordered_by == "place":
            name = int.from_bytes(hashlib.sha256(item.id.encode(errors="replace")).digest()[:8])
            ties = np.random.default_rng([design.seed, _TIES, name]).permutation(len(pool))
            order = np.lexsort((ties, -by_character, -by_word))[:count]
        else:
            chance = _chance(names, "tie", design.seed, _input(item))
            order = np.lexsort((chance, -by_character, -by_word))[:count]
        neighbours.append(Neighbours(tuple(pool[i] for i in order), bool(by_word.any() or by_character.any())))
    return tuple(neighbours)
