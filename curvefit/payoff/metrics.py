"""Scores of predicted gains, with intervals. Lives here: metrics of cases that come in clusters."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate
from curvefit.curves.intervals import resampled_interval, share_interval
from curvefit.payoff.evidence import ROUNDING

__all__ = ["LEVEL", "auc", "bounded", "coverage_of", "log_loss", "probability_above", "resampled", "resampled_mean"]

FloatArray = NDArray[np.float64]
Clusters = NDArray[np.intp]  # (N,): which cluster each case is of, from 0 on

LEVEL: Final = 0.9
_RESAMPLES: Final = 2000
_SMALLEST_PROBABILITY: Final = 1 / 4000  # the resolution of a probability that is counted in draws


def bounded(probability: FloatArray) -> FloatArray:
    """Return probabilities cut off where the number of draws cannot tell them from 0 or 1."""
    return np.clip(probability, _SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY)


def probability_above(gains: FloatArray, margin: float) -> FloatArray:
    """Return the share (...) of equally likely gains (..., draws) that exceed a margin, as `Unit.paid` has it."""
    return np.asarray((gains > margin + ROUNDING).mean(axis=-1))


def log_loss(probability: FloatArray, paid: NDArray[np.bool_]) -> FloatArray:
    """Return minus the logarithm of the probability predicted for the outcome, in nats, one a case."""
    return -np.where(paid, np.log(probability), np.log1p(-probability))


def auc(score: FloatArray, paid: NDArray[np.bool_]) -> float:
    """Return the probability that a case that paid is scored above one that did not; NaN without both.

    Ties count half.
    """
    if paid.all() or not paid.any():
        return float("nan")
    above = score[paid][:, None] - score[~paid]
    return float((above > 0).mean() + (above == 0).mean() / 2)


def resampled(score: Callable[[NDArray[np.int_]], float], cluster: Clusters) -> Estimate:
    """Score all cases, and the same after drawing clusters with replacement.

    Parameters
    ----------
    score : callable
        Takes positions of cases, some of them more than once.
    cluster : int array (N,)
        Cluster of each case, from 0 on.

    Returns
    -------
    Estimate
        90% interval; its bounds are NaN with too few clusters, and where every resample has the same score: equal cases
        show that there are few of them, and not that the score is certain.
    """
    value = score(np.arange(len(cluster)))
    if math.isnan(value):
        return Estimate(value, math.nan, math.nan, LEVEL)
    count = int(cluster.max()) + 1
    members = [np.flatnonzero(cluster == c) for c in range(count)]
    resamples = [score(np.concatenate([members[c] for c in drawn])) for drawn in _drawn_clusters(count)]
    return _with_interval(value, np.array(resamples), count)


def resampled_mean(values: FloatArray, cluster: Clusters) -> Estimate:
    """Return the mean of values of cases (N,) with its interval, as `resampled` has it."""
    value = float(values.mean())
    if math.isnan(value):
        return Estimate(value, math.nan, math.nan, LEVEL)
    drawn = _drawn_clusters(int(cluster.max()) + 1)
    totals, sizes = (np.bincount(cluster, each)[drawn].sum(axis=1) for each in (values, np.ones(len(values))))
    return _with_interval(value, totals / sizes, drawn.shape[1])


def _drawn_clusters(count: int) -> NDArray[np.intp]:
    """Return which clusters each resample has (resamples, count)."""
    return np.random.default_rng(0).integers(0, count, (_RESAMPLES, count))


def _with_interval(value: float, resamples: FloatArray, count: int) -> Estimate:
    if np.nanmax(resamples) - np.nanmin(resamples) < ROUNDING:
        return Estimate(value, math.nan, math.nan, LEVEL)
    return Estimate(value, *resampled_interval(resamples, count, LEVEL), LEVEL)


def coverage_of(inside: NDArray[np.bool_], cluster: Clusters) -> Estimate:
    """Return the share of intervals that covered the truth, with Wilson's interval on the effective number of cases.

    That is the number of independent cases with the same variance as between clusters; where all intervals cover or
    none does, which shows no variance, the number of clusters. So it keeps a width where resampling would have none.
    """
    share, count = float(inside.mean()), int(cluster.max()) + 1
    if count < 2:
        return Estimate(share, math.nan, math.nan, LEVEL)
    deviations = np.bincount(cluster, inside - share)
    variance = count / (count - 1) * float((deviations**2).sum()) / len(inside) ** 2
    trials = min(share * (1 - share) / variance, float(len(inside))) if variance > 0 else float(count)
    low, high = share_interval(np.array([share]), np.array([trials]), np.array([count - 1.0]), LEVEL)
    return Estimate(share, float(low[0]), float(high[0]), LEVEL)
