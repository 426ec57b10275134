"""Intervals for a share. Lives here: a mean and how well it is known in, bounds in [0, 1] out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["share_interval", "t_quantile"]

FloatArray = NDArray[np.float64]


def t_quantile(probability: float, df: FloatArray | float) -> FloatArray:
    """Return quantiles of Student's t."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(df, probability), dtype=float)


def share_interval(mean: FloatArray, trials: FloatArray, df: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return two-sided intervals for means of scores in [0, 1].

    The score interval of Wilson (1927) on the effective number of trials: as many independent ones as would give the
    variance that was found (Korn & Graubard 1998, *Survey Methodology* 24), with Student's t in the place of the
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
    over = t_quantile(0.5 + level / 2, df) ** 2 / trials
    middle = (mean + over / 2) / (1 + over)
    half = np.sqrt(over * mean * (1 - mean) + over**2 / 4) / (1 + over)
    return np.minimum(np.maximum(middle - half, 0.0), mean), np.maximum(np.minimum(middle + half, 1.0), mean)
