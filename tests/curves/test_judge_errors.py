"""A share seen through a judge: without its errors, and with what is not known of them."""

from __future__ import annotations

import numpy as np
import pytest

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import forecast
from curvefit.curves.judge_errors import (
    JudgeErrors,
    contradicts,
    corrected_difference,
    corrected_forecast,
    corrected_share,
)
from curvefit.curves.verdict import judge

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
    got = corrected_difference(Estimate(0.9, 0.89, 0.91, 0.9), JudgeErrors(40, 80, 80, 80))
    assert (got.low, got.value, got.high) == (1, 1, 1), "more than such a judge could see of all there is"


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


@pytest.mark.parametrize("truth", [0.9, 0.97, 1.0])
def test_intervals_cover_what_is_nearly_always_right_too(truth):
    """Draws cut off at 1 alone held 83 to 95%, and said 100% (100% to 100%)."""
    rng = np.random.default_rng(4)
    inside, contradicted, runs = 0, 0, 200
    for _ in range(runs):
        errors = JudgeErrors(rng.binomial(30, 0.85), 30, rng.binomial(30, 0.9), 30)
        right = rng.binomial(100, truth * 0.85 + (1 - truth) * 0.1)
        got = Curve(shots=[0], scores=np.tile(np.arange(100) < right, (1, 1, 1))).points(0.9)[0].accuracy
        contradicted += contradicts(got, errors)
        share = corrected_share(got, errors)
        inside += share.low <= truth <= share.high
        assert share.low < 0.995
    assert inside / runs >= 0.9
    assert contradicted / runs < 0.03, "labels that are like the replies are hardly ever said not to be"


@pytest.mark.parametrize(("seen", "low", "high"), [(0.89, 0.8, 1.0), (0.05, 0.0, 0.1)])
def test_what_contradicts_the_labels_makes_nothing_certain(seen, low, high):
    errors = JudgeErrors(20, 40, 20, 20) if seen > 0.5 else JudgeErrors(40, 40, 26, 40)
    got = Estimate(seen, seen - 0.04, seen + 0.04, 0.9)
    assert contradicts(got, errors)
    assert not contradicts(Estimate(0.4, 0.3, 0.5, 0.9), errors)
    share = corrected_share(got, errors)
    assert low <= share.low < share.value < share.high <= high


@pytest.fixture(scope="module")
def seen():
    """A forecast of a curve that a judge saw."""
    curve = Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)
    return forecast(curve)


def test_a_forecast_without_a_perfect_judge_s_errors_is_the_same(seen):
    found = corrected_forecast(seen, JudgeErrors(1e6, 1e6, 1e6, 1e6))
    assert found.at(64).value == pytest.approx(seen.at(64).value, abs=1e-3)
    assert (found.seen.draws.at(np.array([64.0])) == seen.draws.at(np.array([64.0]))).all()


def test_every_curve_of_a_forecast_is_corrected_by_errors_of_its_own(seen):
    """Errors known for certain are Rogan and Gladen's formula; those from few labels widen the interval too."""
    certain, few = (corrected_forecast(seen, JudgeErrors(0.9 * n, n, 0.8 * n, n)) for n in (1e7, 20))
    assert certain.at(8).value == pytest.approx((seen.at(8).value + 0.8 - 1) / 0.7, abs=2e-3)
    gain, wider, as_seen = certain.gain(8, 64), few.gain(8, 64), seen.gain(8, 64)
    assert gain.value == pytest.approx(as_seen.value / 0.7, abs=2e-3)
    assert wider.high - wider.low > gain.high - gain.low > as_seen.high - as_seen.low
    assert certain.draws.shrinkage == pytest.approx(0.7, abs=1e-3)


def test_a_verdict_counts_a_judge_s_errors():
    """What a judge sees of a gain is a part of it: within the margin as seen, and not as it is."""
    curve = Curve.from_means([0, 1, 2, 4, 8, 16], [0.2, 0.45, 0.5, 0.52, 0.53, 0.535], n_items=20_000)
    as_seen = forecast(curve)
    behind = corrected_forecast(as_seen, JudgeErrors(6e6, 1e7, 6e6, 1e7))
    margin = 1.1 * as_seen.gain(16, 128).high
    verdicts = judge(curve, as_seen, margin=margin), judge(curve, behind, margin=margin)
    assert verdicts[1].probabilities.within < verdicts[0].probabilities.within
    assert (verdicts[0].trend, verdicts[1].trend) == ("plateau", "inconclusive")


def test_a_fall_is_held_against_what_the_judge_would_see_of_the_margin():
    """Accuracy falls from 0.63 to 0.60. A judge that errs in one of four sees half of that, less than the margin."""
    rng = np.random.default_rng(1)
    true = np.array([0.3, 0.5, 0.6, 0.62, 0.63, 0.63, 0.6])
    right = rng.random((1, 20, 1_500)) < true[:, None, None]
    curve = Curve(shots=np.array([0, 1, 2, 4, 8, 16, 32]), scores=(right ^ (rng.random(right.shape) < 0.25)) * 1.0)
    behind = corrected_forecast(forecast(curve), JudgeErrors(7.5e6, 1e7, 7.5e6, 1e7))
    assert judge(curve, behind, margin=0.02).trend == "falling"
    assert judge(curve, behind, margin=0.04).trend != "falling"


def test_a_forecast_is_not_certain_where_the_labels_contradict_what_was_seen():
    scores = np.tile(np.arange(100) < 89, (4, 3, 1)).astype(float)
    as_seen = forecast(Curve(shots=[0, 1, 4, 16], scores=scores))
    at = corrected_forecast(as_seen, JudgeErrors(20, 40, 40, 40)).at(16)
    assert 0.8 < at.low < at.value < at.high < 1


def test_a_judge_no_better_than_chance_corrects_no_forecast(seen):
    assert corrected_forecast(seen, JudgeErrors(5, 10, 5, 10)) is None
