"""Seeded choices. Lives here: the only source of randomness of the sample tasks."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["Chooser"]

T = TypeVar("T")


class Chooser:
    """Choices that come out the same on every Python version.

    Only ``random()`` is used: of all methods of ``random.Random`` it alone is promised never to change for a seed.

    Parameters
    ----------
    seed : str
        Any text; the name of the task serves.
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random  # noqa: S311 - examples, not secrets

    def whole(self, low: int, high: int, step: int = 1) -> int:
        """Return one of ``low, low + step, ...``, at most ``high``."""
        return low + step * int(self._random() * ((high - low) // step + 1))

    def one(self, options: Sequence[T]) -> T:
        """Return one option, all equally likely."""
        return options[self.whole(0, len(options) - 1)]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Return ``count`` different options in random order."""
        rest = list(options)
        return [rest.pop(self.whole(0, len(rest) - 1)) for _ in range(count)]

    def chance(self, probability: float) -> bool:
        """Return ``True`` with this probability."""
        return self._random() < probability

    def rounds(self, options: Sequence[T]) -> Iterator[T]:
        """Yield the options for ever, each once a round, every round in a new order: a balanced stream."""
        while True:
            yield from self.some(options, len(options))
