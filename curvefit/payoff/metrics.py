"""How well gains were predicted, and how well that is known. Lives here: scores of cases that come in clusters."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate
from curvefit.curves.intervals import resampled_interval, share_interval
from curvefit.payoff.evidence import ROUNDING

__all__ = ["LEVEL", "auc", "bounded", "chance", "log_loss", "resampled", "resampled_mean", "share_held"]

FloatArray = NDArray[np.float64]
Clusters = NDArray[np.intp]  # (N,): which cluster each case is of, from 0 on

LEVEL: Final = 0.9
_RESAMPLES: Final = 2000
_SUREST: Final = 1 / 4000  # a probability from so many draws is no better known than this


def bounded(probability: FloatArray) -> FloatArray:
    """Return probabilities as far from 0 and 1 as the draws they were counted in leave them."""
    return np.clip(probability, _SUREST, 1 - _SUREST)


def chance(drawn: FloatArray, margin: float) -> FloatArray:
    """Return the share (...) of equally likely gains (..., draws) that exceed a margin, as `Unit.paid` has it."""
    return np.asarray((drawn > margin + ROUNDING).mean(axis=-1))


def log_loss(probability: FloatArray, paid: NDArray[np.bool_]) -> FloatArray:
    """Return minus the logarithm of the probability that was given to what came, in nats, a case each."""
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
        Gets positions of cases, some of them repeatedly.
    cluster : int array (N,)
        What belongs together.

    Returns
    -------
    Estimate
        90% interval; its bounds are NaN with too few clusters, and where every resample comes to the same: that all
        cases are alike says that there are few, and not that the score is known.
    """
    value = score(np.arange(len(cluster)))
    if math.isnan(value):
        return Estimate(value, math.nan, math.nan, LEVEL)
    rng = np.random.default_rng(0)
    count = int(cluster.max()) + 1
    members = [np.flatnonzero(cluster == c) for c in range(count)]
    again = np.array([
        score(np.concatenate([members[c] for c in rng.integers(0, count, count)])) for _ in range(_RESAMPLES)
    ])  # fmt: skip
    if np.nanmin(again) == np.nanmax(again):
        return Estimate(value, math.nan, math.nan, LEVEL)
    return Estimate(value, *resampled_interval(again, count, LEVEL), LEVEL)


def resampled_mean(values: FloatArray, cluster: Clusters) -> Estimate:
    """Return the mean of values of cases (N,) with its interval, as `resampled` has it."""
    return resampled(lambda some: float(values[some].mean()), cluster)


def share_held(held: NDArray[np.bool_], cluster: Clusters) -> Estimate:
    """Return the share of intervals that held, with Wilson's interval on the effective number of cases.

    That is as many independent ones as would give the variance between clusters; where all held or none did, which
    shows no variance, as many as there are clusters. So it keeps a width where resampling would have none.
    """
    share, count = float(held.mean()), int(cluster.max()) + 1
    if count < 2:
        return Estimate(share, math.nan, math.nan, LEVEL)
    off = np.bincount(cluster, held - share)
    variance = count / (count - 1) * float((off**2).sum()) / len(held) ** 2
    trials = min(share * (1 - share) / variance, float(len(held))) if variance > 0 else float(count)
    low, high = share_interval(np.array([share]), np.array([trials]), np.array([count - 1.0]), LEVEL)
    return Estimate(share, float(low[0]), float(high[0]), LEVEL)
