"""How much the best of several is flattered by having been picked. Lives here: that choice made again and again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["optimism"]

FloatArray = NDArray[np.float64]

_RESAMPLES: Final = 1000


def optimism(scores: Sequence[FloatArray]) -> float:
    """Return by how much the largest of several means exceeds, on average, what the same one would have elsewhere.

    Items and draws are drawn again with replacement, the same items for all, and the best is picked anew: what it
    scores there, less what it scores in all that was measured, is the luck of being picked. After Efron (1983),
    Estimating the error rate of a prediction rule, JASA 78, 316-331: the optimism of the apparent rate.

    Parameters
    ----------
    scores : sequence of float array (D, I)
        One for each to pick from: draws may differ in number, items are the same in the same order. NaN where nothing
        was observed.

    Returns
    -------
    float
        As accuracy, at least 0; 0 for one alone, NaN where one has no score.
    """
    if any(np.isnan(held).all() for held in scores):
        return math.nan
    rng = np.random.default_rng(0)
    items = _again(rng, scores[0].shape[1])
    means, resampled = [], []
    for held in scores:
        draws, there = _again(rng, len(held)), ~np.isnan(held)
        total, count = (((draws @ each) * items).sum(axis=1) for each in (np.nan_to_num(held), there.astype(float)))
        means.append(held[there].mean())
        resampled.append(np.divide(total, count, out=np.full(_RESAMPLES, -np.inf), where=count > 0))
    picked, column = np.argmax(resampled, axis=0), np.arange(_RESAMPLES)
    return max(0.0, float((np.array(resampled)[picked, column] - np.array(means)[picked]).mean()))


def _again(rng: np.random.Generator, n: int) -> FloatArray:
    """Return how often each of n is drawn, (resamples, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=_RESAMPLES).astype(float)
