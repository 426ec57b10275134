"""Intervals of shares and of resampled scores. Lives here: a value and its degrees of freedom in, bounds out."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["resampled_interval", "share_interval", "t_quantile"]

FloatArray = NDArray[np.float64]

_FEWEST: Final = 5  # clusters, below which nominal 90% intervals cover a mean in 85% of cases or less


def t_quantile(probability: float, df: FloatArray | float) -> FloatArray:
    """Return quantiles of Student's t."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(df, probability), dtype=float)


def share_interval(mean: FloatArray, trials: FloatArray, df: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return two-sided intervals for means of scores in [0, 1].

    The score interval of Wilson (1927) on the effective number of trials: as many independent ones as would give the
    estimated variance (Korn & Graubard 1998, *Survey Methodology* 24), with Student's t in the place of the
    normal quantile because that variance is itself estimated. Korn & Graubard's own Clopper-Pearson form is
    conservative; Franco, Little, Louis & Slud (2019) compare the forms. Bounds never leave [0, 1], and a mean of 0 or
    1 keeps a width.

    Parameters
    ----------
    mean, trials, df : arrays of equal shape
        Means, effective numbers of trials, degrees of freedom of the variance.
    level : float
        Coverage, in (0, 1).
    """
    t2_per_trial = t_quantile(0.5 + level / 2, df) ** 2 / trials
    middle = (mean + t2_per_trial / 2) / (1 + t2_per_trial)
    half = np.sqrt(t2_per_trial * mean * (1 - mean) + t2_per_trial**2 / 4) / (1 + t2_per_trial)
    return np.minimum(np.maximum(middle - half, 0.0), mean), np.maximum(np.minimum(middle + half, 1.0), mean)


def resampled_interval(scores: FloatArray, clusters: int, level: float) -> tuple[float, float]:
    """Return a two-sided interval from a score's values when clusters are drawn with replacement.

    Plain percentiles are too narrow where clusters are few: they amount to normal quantiles and a standard deviation
    that divides by the number of clusters. This is the expanded percentile interval of Hesterberg (2015), *The American
    Statistician* 69: percentiles further out, chosen so that a mean gets Student's interval. No resample exceeds the
    data, so that below 5 clusters this would be too narrow too: the bounds are NaN then.

    Parameters
    ----------
    scores : float array (R,)
        One a resample; NaN where there was none.
    clusters : int
        How many there are to draw.
    level : float
        Coverage, in (0, 1).
    """
    if clusters < _FEWEST:
        return float("nan"), float("nan")
    from scipy.special import ndtr

    tail = float(ndtr(-np.sqrt(clusters / (clusters - 1)) * t_quantile(0.5 + level / 2, clusters - 1)))
    low, high = (float(q) for q in np.nanquantile(scores, (tail, 1 - tail)))
    return low, high
