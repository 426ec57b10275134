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


def optimism(curves: Sequence[FloatArray]) -> float:
    """Return by how much the largest of all means exceeds, on average, what the same one would have elsewhere.

    Items and draws get random weights in place of one each, the same items for all and the same draws along a curve,
    where each is one order of examples; the best is picked anew, and what it scores with these weights, less what it
    scores in all that was measured, is the luck of being picked. After Efron (1983), Estimating the error rate of a
    prediction rule, JASA 78, 316-331 (the optimism of the apparent rate); the weights are those of the Bayesian
    bootstrap, Rubin (1981), Annals of Statistics 9, 130-134, by which nothing that was observed drops out.

    Parameters
    ----------
    curves : sequence of float array (S, D, I)
        Scores at each number of shots, which are what is picked from. Items are the same in the same order; NaN where
        nothing was observed.

    Returns
    -------
    float
        As accuracy, at least 0; 0 for one mean alone, NaN where one has no score. One draw cannot show how much the
        draw has to do with it.
    """
    if any(np.isnan(held).all() for scores in curves for held in scores):
        return math.nan
    rng = np.random.default_rng(0)
    items = rng.standard_exponential((_RESAMPLES, curves[0].shape[2]))
    means, weighted = [], []
    for scores in curves:
        draws = rng.standard_exponential((_RESAMPLES, scores.shape[1]))
        for held in scores:
            seen = (~np.isnan(held)).astype(float)
            total, weight = (((draws @ each) * items).sum(axis=1) for each in (np.nan_to_num(held), seen))
            means.append(np.nanmean(held))
            weighted.append(total / weight)
    flattered = np.array(weighted) - np.array(means)[:, None]
    picked, column = np.argmax(weighted, axis=0), np.arange(_RESAMPLES)
    # What the weights do to the best of all that was measured is none on average: taken off, less is left to chance.
    return float((flattered[picked, column] - flattered[np.argmax(means)]).mean())
