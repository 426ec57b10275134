"""Which demonstrations, in which order, and which items. Lives here: seeded choices; each depends on its seed alone."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from curvefit.tasks.similarity import similarities
from curvefit.tasks.task import Item
from curvefit.trials.design import Selection
from curvefit.trials.prompts import whole_text

__all__ = ["Neighbours", "choose_items", "ordering", "similar"]

# Separate streams of one seed: the choice of items must not move when the number of draws does, nor the reverse.
_ITEMS, _DRAWS, _TIES = 0, 1, 2


def choose_items(items: Sequence[Item], count: int, seed: int) -> tuple[Item, ...]:
    """Return `count` items in random order (all of them when there are fewer); a larger count only adds to the end."""
    order = np.random.default_rng([seed, _ITEMS]).permutation(len(items))
    return tuple(items[i] for i in order[:count])


def ordering(pool: Sequence[Item], draw: int, seed: int, selection: Selection = "random") -> tuple[Item, ...]:
    """Return one draw: the whole pool in an order of its own; k shots are its first k examples.

    ``balanced`` deals the targets out in turn, each round in a fresh order, so that the first k examples hold every
    label as equally as k allows. Draws are independent of each other and of how many there are.
    """
    rng = np.random.default_rng([seed, _DRAWS, draw])
    shuffled = [pool[i] for i in rng.permutation(len(pool))]
    if selection != "balanced":
        return tuple(shuffled)
    by_target: dict[str, list[Item]] = defaultdict(list)
    for example in shuffled:
        by_target[example.target].append(example)
    order: list[Item] = []
    while by_target:
        names = sorted(by_target)
        for i in rng.permutation(len(names)):
            order.append(by_target[names[i]].pop())
            if not by_target[names[i]]:
                del by_target[names[i]]
    return tuple(order)


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


def similar(pool: Sequence[Item], items: Sequence[Item], count: int, seed: int) -> tuple[Neighbours, ...]:
    """Return for each item the `count` examples whose inputs are most similar to its own.

    By `curvefit.tasks.similarity.similarities`. What is equally similar comes in a random order of its own for each
    item, so that no example is shown to all of them.
    """
    levels = similarities(*([whole_text(example) for example in group] for group in (pool, items)))
    neighbours = []
    for item, (by_word, by_character) in zip(items, levels, strict=True):
        name = int.from_bytes(hashlib.sha256(item.id.encode(errors="replace")).digest()[:8])
        chance = np.random.default_rng([seed, _TIES, name]).permutation(len(pool))
        order = np.lexsort((chance, -by_character, -by_word))[:count]
        neighbours.append(Neighbours(tuple(pool[i] for i in order), bool(by_word.any() or by_character.any())))
    return tuple(neighbours)
