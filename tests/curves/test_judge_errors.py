"""A share seen through a judge: without its errors, and with what is not known of them."""

from __future__ import annotations

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.curves.judge_errors import JudgeErrors, corrected_difference, corrected_share

SEEN = Estimate(0.55, 0.5, 0.6, 0.9)


def test_it_is_the_estimator_of_rogan_and_gladen():
    errors = JudgeErrors(90, 100, 80, 100)
    assert corrected_share(SEEN, errors).value == pytest.approx((0.55 + 0.8 - 1) / (0.9 + 0.8 - 1))
    assert corrected_difference(SEEN, errors).value == pytest.approx(0.55 / 0.7)


def test_a_judge_known_to_be_perfect_changes_nothing():
    perfect = JudgeErrors(1e6, 1e6, 1e6, 1e6)
    for correct in (corrected_share, corrected_difference):
        got = correct(SEEN, perfect)
        assert (got.value, got.low, got.high) == pytest.approx((0.55, 0.5, 0.6), abs=0.003)


def test_fewer_labels_widen_the_interval_and_errors_do():
    widths = [corrected_share(SEEN, JudgeErrors(0.9 * n, n, 0.8 * n, n)) for n in (20, 200, 2_000)]
    assert sorted((e.high - e.low for e in widths), reverse=True) == [e.high - e.low for e in widths]
    assert widths[-1].high - widths[-1].low > SEEN.high - SEEN.low


@pytest.mark.parametrize(
    "errors", [JudgeErrors(0, 0, 0, 0), JudgeErrors(9, 10, 0, 0), JudgeErrors(5, 10, 5, 10), JudgeErrors(2, 10, 3, 10)]
)
def test_without_labels_of_both_sorts_or_beyond_chance_nothing_is_corrected(errors):
    assert corrected_share(SEEN, errors) is None


def test_it_stays_within_what_a_share_and_a_difference_can_be():
    errors = JudgeErrors(18, 20, 16, 20)
    for value in (0.0, 0.02, 0.98, 1.0):
        seen = Estimate(value, max(0, value - 0.05), min(1, value + 0.05), 0.9)
        got = corrected_share(seen, errors)
        assert 0 <= got.low <= got.value <= got.high <= 1
    got = corrected_difference(Estimate(-0.9, -1.0, -0.8, 0.9), errors)
    assert -1 <= got.low <= got.value <= got.high <= 1


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(3)
    inside, runs = 0, 150
    for _ in range(runs):
        errors = JudgeErrors(rng.binomial(40, 0.85), 40, rng.binomial(40, 0.8), 40)
        share = rng.binomial(200, 0.6 * 0.85 + 0.4 * 0.2) / 200
        half = 1.645 * (share * (1 - share) / 200) ** 0.5
        got = corrected_share(Estimate(share, share - half, share + half, 0.9), errors)
        inside += got.low <= 0.6 <= got.high
    assert 0.83 <= inside / runs <= 0.97
