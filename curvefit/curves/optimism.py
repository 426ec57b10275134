"""The optimism of a picked best: how far its score exceeds its true one.

Lives here: the bootstrap of that choice, and choosing on one part of the data to judge on another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.variance import components

__all__ = ["halved_optimism", "optimism"]

FloatArray = NDArray[np.float64]

_RESAMPLES: Final = 1000
_HALVINGS: Final = 200
_ROUNDING: Final = 1e-9  # means of other items may be equal but for the last bits
_DIGITS: Final = 9  # the same, where they are sorted
_IN_REACH: Final = 3.0  # standard errors below the best


def optimism(
    curves: Sequence[FloatArray],
    assumed: Sequence[FloatArray] | None = None,
    picked_by: Sequence[FloatArray] | None = None,
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
    means, covariance = _means([*curves, *(picked_by or ())], [*(assumed or ())] * (1 if picked_by is None else 2), n)
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


def _means(curves: Sequence[FloatArray], assumed: Sequence[FloatArray], n: int) -> tuple[FloatArray, FloatArray]:
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
    parts = components(apart)
    draws = np.where(np.isnan(parts.draws), unseen, parts.draws * parts.per_draw)
    # From few draws an estimate may be below 0: it is then none, and takes nothing off what items give.
    some = np.diag(draws) > 0
    covariance = np.nan_to_num(parts.items) * parts.per_item + np.nan_to_num(parts.residual) * parts.per_trial
    covariance += np.where(np.outer(some, some), draws, 0.0)
    keys = (np.diag(covariance), covariance.sum(axis=1), (covariance**2).sum(axis=1), parts.means)
    order = np.lexsort(np.round(keys, _DIGITS)[:, :n])
    order = np.concatenate([order + start for start in range(0, len(apart), n)])
    return parts.means[order], covariance[np.ix_(order, order)]


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
    """Return the curves, their draws and their items in an order that is that of the scores.

    By it random numbers are given out, so that neither a name nor a place in a file decides.
    """
    draws = {number: _order_of_draws(curves, number) for number in {scores.shape[1] for scores in curves}}
    curves = [scores[:, draws[scores.shape[1]]] for scores in curves]
    first = sorted(
        curves, key=lambda each: (-each.shape[1], each[..., _order_of_items([each])].tobytes(), each.tobytes())
    )
    order = _order_of_items(first)
    return [each[..., order] for each in first]


def _order_of_draws(curves: Sequence[FloatArray], number: int) -> NDArray[np.intp]:
    """Return the order of the draws that all curves with so many share: by sums in which no curve and item has a place.

    Their mean, how it is spread over rows and over items, and how it goes with what is easy; draws that are equal in
    all of that are as good as equal.
    """
    rows = np.concatenate([scores for scores in curves if scores.shape[1] == number])
    scores, has_score = np.nan_to_num(rows), ~np.isnan(rows)
    by_row, by_item = scores.sum(axis=2), scores.sum(axis=0)
    easy = np.sum([np.nan_to_num(each).sum(axis=(0, 1)) for each in curves], axis=0)
    keys = (
        by_item @ easy**2,
        by_item @ easy,
        (by_item**2).sum(axis=1),
        (by_row**2).sum(axis=0),
        has_score.sum(axis=(0, 2)),
        by_row.sum(axis=0),
    )
    return np.lexsort(np.round(keys, _DIGITS))


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
