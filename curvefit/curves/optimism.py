"""The optimism of a picked best: how far its score exceeds its true one.

Lives here: the bootstrap of that choice, and choosing on one part of the data to judge on another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["halved_optimism", "optimism"]

FloatArray = NDArray[np.float64]

_RESAMPLES: Final = 1000
_HALVINGS: Final = 200
_ROUNDING: Final = 1e-9  # means of other items may be equal but for the last bits


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
        nothing was observed. The order of the curves changes nothing, nor does that of the items.

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
    for scores in _by_scores(curves):
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


def halved_optimism(curves: Sequence[FloatArray]) -> float:
    """Return by how much the largest of all means exceeds what is picked on one half of the data, on the other half.

    Items are halved at random, and draws where there are two or more. The mean that is largest on one half of the items
    and of the draws is judged on the other half of both, for all four pairs of halves, over 200 halvings. Half of the
    data picks worse than all of it: where the means differ, this is too much for the one that all data pick; where
    they do not, it is right. After Stone (1974), Cross-validatory choice and assessment of statistical predictions,
    JRSS B 36, 111-147; measured by `benchmarks.comparison.picked`.

    Parameters
    ----------
    curves : sequence of float array (S, D, I)
        As of `optimism`. Curves with as many draws are taken to share these.

    Returns
    -------
    float
        As accuracy, at least 0; NaN where one has no score.
    """
    if any(np.isnan(row).all() for scores in curves for row in scores):
        return math.nan
    rng, curves = np.random.default_rng(0), _by_scores(curves)
    items = _halves(curves[0].shape[2], rng)
    draws = {number: _halves(number, rng) for number in sorted({scores.shape[1] for scores in curves})}
    sums = [_sums(row, draws[len(row)], items) for scores in curves for row in scores]
    totals, counts = (np.array(each) for each in zip(*sums, strict=True))
    with np.errstate(invalid="ignore"):
        means = np.where(counts > 0, totals / counts, -np.inf)
    # Of several that are the largest, as often on few items, each is picked in part: no order of theirs decides.
    picked = np.isclose(means, means.max(axis=0), rtol=0, atol=_ROUNDING).astype(float)
    picked /= picked.sum(axis=0)
    # Each half is judged by the pick of the opposite one.
    judged, n_judged = (float((each * picked[..., ::-1, ::-1]).sum()) for each in (totals, counts))
    best = max(np.nanmean(row) for scores in curves for row in scores)
    return max(0.0, float(best) - judged / n_judged) if n_judged else math.nan


def _by_scores(curves: Sequence[FloatArray]) -> list[FloatArray]:
    """Return the curves, and their items, in an order that is that of the scores: by it random numbers are given out.

    So neither a name nor a place in a file decides.
    """
    first = sorted(
        curves, key=lambda each: (-each.shape[1], each[..., _order_of_items([each])].tobytes(), each.tobytes())
    )
    order = _order_of_items(first)
    return [each[..., order] for each in first]


def _order_of_items(curves: Sequence[FloatArray]) -> NDArray[np.intp]:
    """Return the order of items in which their scores ascend; NaN comes first."""
    rows = np.concatenate([each.reshape(-1, each.shape[2]) for each in curves])
    return np.lexsort(np.nan_to_num(rows, nan=-1.0))


def _halves(number: int, rng: np.random.Generator) -> FloatArray:
    """Return which of so many are in either half, by halving (200, 2, number), as weights; a single one is in both."""
    if number == 1:
        return np.ones((_HALVINGS, 2, 1))
    first = np.array([rng.permutation(number) < number // 2 for _ in range(_HALVINGS)])
    return np.stack([first, ~first], axis=1).astype(float)


def _sums(row: FloatArray, draws: FloatArray, items: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the sum and the number of scores (D, I), by halving, half of the draws and of the items (200, 2, 2)."""
    total, count = (draws @ each @ items.transpose(0, 2, 1) for each in (np.nan_to_num(row), 1.0 - np.isnan(row)))
    return total, count
