"""Which demonstrations, in which order, and which items. Lives here: seeded choices; each depends on its seed alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from curvefit.tasks.task import Item
from curvefit.trials.design import Selection
from curvefit.trials.prompts import question

__all__ = ["choose_items", "ordering", "similar"]

# Separate streams of one seed: the choice of items must not move when the number of draws does, nor the reverse.
_ITEMS, _DRAWS = 0, 1


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


def similar(pool: Sequence[Item], items: Sequence[Item], count: int, seed: int) -> tuple[tuple[Item, ...], ...]:
    """Return for each item the `count` examples whose inputs are most similar to its own, the most similar first.

    By words, as BM25 weighs them (Robertson and Zaragoza 2009; Lucene's form). Equally similar ones come in the order
    of the first draw, which is also what an item gets that shares no word with any example.
    """
    import bm25s

    def words(examples: Sequence[Item]) -> list[list[str]]:
        texts = [question(example) for example in examples]
        tokens: list[list[str]] = bm25s.tokenize(texts, stopwords=[], return_ids=False, show_progress=False)
        return tokens

    order = ordering(pool, 0, seed)
    index = bm25s.BM25()
    index.index(words(order), show_progress=False)
    nearest = []
    for query in words(items):
        scores = index.get_scores(query) if query else np.zeros(len(order))
        nearest.append(tuple(order[i] for i in np.argsort(-scores, kind="stable")[:count]))
    return tuple(nearest)
