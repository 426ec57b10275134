"""The optimism of a picked best: how far its score exceeds its true one. Lives here: the bootstrap of that choice."""

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
    """Return by how much the largest of all means exceeds, on average, its own mean on new items and draws.

    Items and draws get random weights in place of one each, the same items for all and the same draws along a curve,
    where each is one order of examples. The best is picked anew; its score with these weights minus its score on the
    unweighted data is the optimism. After Efron (1983), Estimating the error rate of a prediction rule, JASA 78,
    316-331 (the optimism of the apparent rate); the weights are those of the Bayesian bootstrap, Rubin (1981), Annals
    of Statistics 9, 130-134, which never drop an observation.

    Parameters
    ----------
    curves : sequence of float array (S, D, I)
        Scores at each number of shots: the candidates. Items are the same in the same order; NaN where
        nothing was observed.

    Returns
    -------
    float
        As accuracy, at least 0; 0 for a single mean, NaN where one has no score. With one draw, the part that comes
        from the draw is missing.
    """
    if any(np.isnan(row).all() for scores in curves for row in scores):
        return math.nan
    rng = np.random.default_rng(0)
    items = rng.standard_exponential((_RESAMPLES, curves[0].shape[2]))
    means, weighted = [], []
    for scores in curves:
        draws = rng.standard_exponential((_RESAMPLES, scores.shape[1]))
        for row in scores:
            has_score = (~np.isnan(row)).astype(float)
            total, weight = (((draws @ each) * items).sum(axis=1) for each in (np.nan_to_num(row), has_score))
            means.append(np.nanmean(row))
            weighted.append(total / weight)
    excess = np.array(weighted) - np.array(means)[:, None]
    best_row, resample = np.argmax(weighted, axis=0), np.arange(_RESAMPLES)
    # A control variate: the excess of the best unweighted mean is 0 on average, so that subtracting it reduces noise.
    return float((excess[best_row, resample] - excess[np.argmax(means)]).mean())
