"""The optimism of a picked best: how far its score exceeds its true one. Lives here: the bootstrap of that choice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.variance import components

__all__ = ["optimism"]

FloatArray = NDArray[np.float64]

_RESAMPLES: Final = 1000
_ROUNDING: Final = 1e-9  # means of other items may be equal but for the last bits
_DIGITS: Final = 9  # the same, where they are sorted
_IN_REACH: Final = 3.0  # standard errors below the best


def optimism(
    curves: Sequence[FloatArray],
    assumed: Sequence[FloatArray] | None = None,
    picked_by: Sequence[FloatArray] | None = None,
    groups: Sequence[int] = (),
) -> float:
    """Return by how much the largest of all means exceeds, on average, its own mean on new items and draws.

    A parametric bootstrap of the choice: noise as that of the means is added to what they may truly be, the best is
    picked, and its noise is the optimism (Efron 1983, Estimating the error rate of a prediction rule, JASA 78,
    316-331). Measured means differ by more than the true ones, as noise sets them apart: taken as true they make the
    choice too clear and the optimism too small. So they are drawn together first, as far as noise alone spreads them
    (Efron and Morris 1973, Stein's estimation rule and its competitors, JASA 68, 117-130): those within three standard
    errors of the best, the others being out of reach.

    Parameters
    ----------
    curves : sequence of float array (S, D, I)
        Scores at each number of shots: the candidates. Items are the same in the same order; NaN where
        nothing was observed. Curves with as many draws are taken to share these. No order of curves, draws or items
        changes anything.
    assumed : sequence of float array (S, S), optional
        Of each curve, the covariance of its means that is taken to come from draws, where a single draw shows none.
    picked_by : sequence of float array (S, D, I), optional
        The scores by which the best is picked, where these are not all: those on items in common.
    groups : sequence of int, optional
        Those of the items (I,), where they are not independent.

    Returns
    -------
    float
        As accuracy, from 0 to the largest mean; 0 for a single mean, NaN where one has no score.
    """
    if any(np.isnan(row).all() for scores in curves for row in scores):
        return math.nan
    n = sum(map(len, curves))
    if n == 1:
        return 0.0
    scores, unseen = [*curves, *(picked_by or ())], [*(assumed or ())] * (1 if picked_by is None else 2)
    means, covariance = _means(scores, unseen, n, groups)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.where(values > _ROUNDING * values[-1], values, 0.0)) @ vectors.T
    drawn = np.random.default_rng(0).standard_normal((_RESAMPLES, len(means)))
    # Each with its opposite, so that the noise of any one mean is 0 on average.
    noise = np.concatenate([drawn, -drawn]) @ root
    seen = slice(-n, None)  # what the choice goes by
    picked = np.argmax(_drawn_together(means[seen], covariance[seen, seen]) + noise[:, seen], axis=1)
    best = int(np.argmax(means[seen]))
    excess = noise[np.arange(len(noise)), picked] - noise[:, best]
    return float(np.clip(round(excess.mean(), _DIGITS), 0.0, means[best]))


def _means(
    curves: Sequence[FloatArray], assumed: Sequence[FloatArray], n: int, groups: Sequence[int]
) -> tuple[FloatArray, FloatArray]:
    """Return the means of all curves (R,) and their covariance (R, R), in an order that is that of these numbers.

    After the first n rows the same may follow on other items: they have the order of those.
    """
    numbers = sorted({scores.shape[1] for scores in curves})
    first = dict(zip(numbers, accumulate(numbers, initial=0), strict=False))
    apart = np.full((sum(map(len, curves)), sum(numbers), curves[0].shape[2]), np.nan)
    unseen = np.zeros((len(apart), len(apart)))
    ends = accumulate(map(len, curves), initial=0)
    for place, (scores, ends_at) in enumerate(zip(curves, pairwise(ends), strict=True)):
        rows, start = slice(*ends_at), first[scores.shape[1]]
        apart[rows, start : start + scores.shape[1]] = scores
        if assumed:
            again = (rows.start + n) % len(apart)
            unseen[rows, rows] = unseen[rows, again : again + len(scores)] = assumed[place]
    there = ~np.isnan(apart)
    means = np.where(there, apart, 0.0).sum(axis=(1, 2)) / there.sum(axis=(1, 2))
    parts = components(_of_whole_draws(apart), groups)
    draws = np.where(np.isnan(parts.draws), unseen, parts.draws * parts.per_draw)
    # From few draws an estimate may be below 0: it is then none, and takes nothing off what items give.
    some = np.diag(draws) > 0
    covariance = np.nan_to_num(parts.items) * parts.per_item + np.nan_to_num(parts.residual) * parts.per_trial
    covariance += np.where(np.outer(some, some), draws, 0.0)
    keys = (np.diag(covariance), covariance.sum(axis=1), (covariance**2).sum(axis=1), means)
    order = np.lexsort(np.round(keys, _DIGITS)[:, :n])
    order = np.concatenate([order + start for start in range(0, len(apart), n)])
    return means[order], covariance[np.ix_(order, order)]


def _of_whole_draws(scores: FloatArray) -> FloatArray:
    """Return scores (R, D, I): where one draw has most of them, its alone: few others do not show how draws differ.

    By one item of a second draw, draws seemed to differ by half.
    """
    counts = (~np.isnan(scores)).sum(axis=2)
    most = counts.max(axis=1, keepdims=True)
    alone = (2 * counts >= most).sum(axis=1) == 1
    return np.where(alone[:, None, None] & (counts < most)[:, :, None], np.nan, scores)


def _drawn_together(means: FloatArray, covariance: FloatArray) -> FloatArray:
    """Return the means, those in reach of the best with no more spread than is left once that of noise is taken off."""
    best, variance = int(np.argmax(means)), np.diag(covariance)
    error = np.sqrt(np.maximum(variance + variance[best] - 2 * covariance[best], 0.0))
    near = means[best] - means <= _IN_REACH * error
    n = int(near.sum())
    if n < 2:
        return means
    spread = float(means[near].var(ddof=1))
    of_noise = float(variance[near].sum() - covariance[np.ix_(near, near)].sum() / n) / (n - 1)
    left = max(0.0, 1 - of_noise / spread) if spread > 0 else 0.0
    centre = means[near].mean()
    return np.where(near, centre + math.sqrt(left) * (means - centre), means)
