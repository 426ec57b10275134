import math

import numpy as np
import pytest

from curvefit.payoff.metrics import LEVEL, coverage_of, resampled


def test_a_score_that_is_the_same_in_every_resample_has_no_interval():
    """All cases alike say that they are few: an interval of no width would say that the score is known."""
    found = resampled(lambda some: 1.0, np.arange(9))
    assert (found.value, math.isnan(found.low), math.isnan(found.high)) == (1.0, True, True)


@pytest.mark.parametrize("held", [True, False])
def test_where_all_intervals_held_or_none_did_their_share_keeps_a_width_by_the_number_of_clusters(held):
    few, many = (coverage_of(np.full(n, held), np.arange(n) // 2) for n in (20, 80))
    assert few.value == many.value == float(held)
    assert 0.1 < few.high - few.low < 0.4
    assert many.high - many.low < (few.high - few.low) / 3


def test_cases_that_hold_and_fail_together_count_as_one():
    held = np.arange(40) % 8 > 0
    apart, together = coverage_of(held, np.arange(40)), coverage_of(np.repeat(held, 5), np.repeat(np.arange(40), 5))
    assert (together.value, together.low, together.high) == pytest.approx((apart.value, apart.low, apart.high))
    taken_apart = coverage_of(np.repeat(held, 5), np.arange(200))
    assert taken_apart.high - taken_apart.low < 0.6 * (together.high - together.low)


def test_the_interval_of_a_share_holds_it_as_often_as_it_says():
    """16 clusters of 1 to 7 cases that partly hold together, at a share of 0.9: simulated, 600 times."""
    rng, covered = np.random.default_rng(3), []
    for _ in range(600):
        cluster = np.repeat(np.arange(16), rng.integers(1, 8, 16))
        chance = rng.beta(9 * 1.5, 1.5, 16)
        found = coverage_of(rng.random(len(cluster)) < chance[cluster], cluster)
        covered.append(found.low <= 0.9 <= found.high)
    assert LEVEL - 0.04 < np.mean(covered) < 0.98


def test_one_cluster_shows_no_interval():
    assert math.isnan(coverage_of(np.array([True, False]), np.zeros(2, dtype=int)).low)
