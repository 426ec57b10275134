"""Intervals of what was resampled."""

import numpy as np
import pytest

from curvefit.curves.intervals import resampled_interval


@pytest.mark.parametrize("clusters", [6, 10])
def test_a_mean_of_few_clusters_is_held_as_often_as_said(clusters):
    """Plain percentiles hold it in 79% and 84% of these."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(1500, clusters))
    times = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=500) / clusters
    ends = [resampled_interval(times @ row, clusters, 0.9) for row in values]
    held = np.mean([low <= 0 <= high for low, high in ends])
    assert held == pytest.approx(0.9, abs=0.03)


def test_many_clusters_leave_the_percentiles_and_what_could_not_be_scored_counts_for_nothing():
    scores = np.append(np.linspace(0, 1, 2001), [np.nan] * 500)
    assert resampled_interval(scores, 10_000, 0.9) == pytest.approx((0.05, 0.95), abs=1e-3)


@pytest.mark.parametrize("clusters", [1, 4])
def test_of_fewer_than_five_clusters_there_is_no_interval(clusters):
    assert np.isnan(resampled_interval(np.linspace(0, 1, 2001), clusters, 0.9)).all()
