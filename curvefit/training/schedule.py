"""How a model is fine-tuned, as values. Lives here: schedule and choice of epoch; no torch, no files, no clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["Check", "Example", "Recipe", "best"]

_ORDERS: Final = 7  # a stream of its own beside those that choose items and draws


@dataclass(frozen=True, slots=True)
class Example:
    """One example as the model sees it: token ids of the prompt, and of the reply that is to be learned."""

    prompt: tuple[int, ...]
    reply: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """How the model did on the held-out part of the pool after so many passes over the training examples.

    Attributes
    ----------
    epoch : int
        Passes done.
    loss : float
        Mean cross-entropy of a reply's token, in nats.
    exact : float
        Share of replies whose every token is the most probable one: those a greedy model would give word for word.
    """

    epoch: int
    loss: float
    exact: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """A LoRA recipe (Hu et al. 2021, arXiv:2106.09685) that is never adjusted to test items.

    Attributes
    ----------
    rank, alpha : int
        Of the adapters on all attention and feed-forward projections.
    rate : float
        Peak learning rate of AdamW: a tenth of the steps warm up, then a cosine falls to a tenth of the peak.
    batch : int
        Examples a step.
    passes : int
        Most passes over 32 examples; n examples get ``passes * sqrt(32 / n)``, at least 3 and at most twice `passes`.
    patience : int
        Checks without a better one before training stops.
    """

    rank: int = 16
    alpha: int = 32
    rate: float = 1e-3
    batch: int = 8
    passes: int = 16
    patience: int = 3

    def epochs(self, n_train: int) -> int:
        """Return the most passes over so many examples."""
        return max(min(3, self.passes), min(2 * self.passes, round(self.passes * math.sqrt(32 / n_train))))

    def checks_after(self, epoch: int, n_train: int) -> bool:
        """Whether the held-out part is looked at after this pass (from 1): every 64 examples or so, and at the end."""
        return epoch % max(1, round(64 / n_train)) == 0 or epoch == self.epochs(n_train)

    def fewest(self, n_train: int) -> int:
        """Return the fewest passes: to the check at which patience can end at the earliest."""
        checks = [epoch for epoch in range(1, self.epochs(n_train) + 1) if self.checks_after(epoch, n_train)]
        return checks[min(self.patience, len(checks) - 1)]

    def batches(self, n_train: int, seed: int, epoch: int) -> tuple[tuple[int, ...], ...]:
        """Return positions of the examples of each step of one pass (from 1), in an order of its own."""
        order = np.random.default_rng([seed, _ORDERS, epoch]).permutation(n_train).tolist()
        return tuple(tuple(order[i : i + self.batch]) for i in range(0, n_train, self.batch))

    def steps(self, n_train: int) -> int:
        """Return how many steps all passes take."""
        return self.epochs(n_train) * -(-n_train // self.batch)

    def rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of a step (from 0) of so many."""
        warm = max(1, steps // 10)
        if step < warm:
            return self.rate * (step + 1) / warm
        return self.rate * (0.1 + 0.45 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))))

    def out_of_patience(self, checks: Sequence[Check]) -> bool:
        """Whether training has gone on for long enough without a better check."""
        return bool(checks) and len(checks) - 1 - checks.index(best(checks)) >= self.patience


def best(checks: Sequence[Check]) -> Check:
    """Return the check with the most exact replies, by loss among equals, the first of those."""
    return min(checks, key=lambda check: (-check.exact, check.loss))
