from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Curve
from curvefit.curves.variance import components, noise_of
from curvefit.measurement.measurement import Measurement


def noise_of_scores(shots, scores):
    return noise_of(shots, components(scores))


def crossed(rng, n_draws, n_items, *, items=0.04, draws=0.01, residual=0.1, shots=1):
    """Scores about 0.5 with known components; not confined to [0, 1], which moments do not need."""
    return (
        0.5
        + np.sqrt(items) * rng.standard_normal((1, 1, n_items))
        + np.sqrt(draws) * rng.standard_normal((1, n_draws, 1))
        + np.sqrt(residual) * rng.standard_normal((shots, n_draws, n_items))
    )


def anova(x):
    """Textbook two-way analysis of variance without replication (Brennan 2001, table 3.1)."""
    n_draws, n_items = x.shape
    item_means, draw_means, mean = x.mean(0), x.mean(1), x.mean()
    ms_items = n_draws * ((item_means - mean) ** 2).sum() / (n_items - 1)
    ms_draws = n_items * ((draw_means - mean) ** 2).sum() / (n_draws - 1)
    rest = x - item_means - draw_means[:, None] + mean
    ms_rest = (rest**2).sum() / ((n_items - 1) * (n_draws - 1))
    return (ms_items - ms_rest) / n_draws, (ms_draws - ms_rest) / n_items, ms_rest


def test_components_of_complete_data_are_those_of_the_analysis_of_variance():
    x = crossed(np.random.default_rng(0), 4, 30)
    found = components(x)
    assert (found.items[0, 0], found.draws[0, 0], found.residual[0, 0]) == pytest.approx(anova(x[0]))
    assert found.per_item[0, 0] == pytest.approx(1 / 30)
    assert found.per_draw[0, 0] == pytest.approx(1 / 4)
    assert found.per_trial[0, 0] == pytest.approx(1 / 120)


def test_components_are_unbiased_when_a_third_of_the_cells_is_missing():
    rng = np.random.default_rng(1)
    rows = []
    for _ in range(400):
        x = crossed(rng, 5, 40)
        x[rng.random(x.shape) < 1 / 3] = np.nan
        found = components(x)
        rows.append([found.items[0, 0], found.draws[0, 0], found.residual[0, 0]])
    np.testing.assert_allclose(np.mean(rows, axis=0), [0.04, 0.01, 0.1], rtol=0.08)


def test_one_draw_leaves_draws_and_residual_undefined():
    found = components(crossed(np.random.default_rng(0), 1, 30))
    assert np.isnan(found.draws[0, 0])
    assert np.isnan(found.residual[0, 0])
    assert found.items[0, 0] == pytest.approx(0.14, abs=0.06)


def test_the_variance_of_a_difference_is_that_of_paired_scores():
    rng = np.random.default_rng(2)
    ends = []
    said = []
    contrast = np.array([-1.0, 1.0])
    for _ in range(300):
        scores = np.clip(crossed(rng, 5, 100, items=0.05, draws=0.002, residual=0.02, shots=2), 0, 1)
        ends.append(scores.mean((1, 2)))
        said.append(noise_of_scores(np.array([4, 8]), scores).of(contrast)[0])
    true = np.var(np.array(ends) @ contrast)
    independent = np.var(ends, axis=0).sum()
    assert true < 0.3 * independent
    assert true < np.mean(said) < 0.5 * independent


@pytest.mark.parametrize(("draws", "items"), [(1, 1), (1, 2), (2, 2), (5, 1), (2, 3), (5, 100)])
@pytest.mark.parametrize("fill", [0.0, 1.0, None])
def test_the_noise_is_positive_definite_however_small_the_design(draws, items, fill):
    rng = np.random.default_rng(3)
    shots = np.array([0, 1, 2, 4, 8, 16, 32, 64])
    scores = rng.integers(0, 2, (8, draws, items)).astype(float) if fill is None else np.full((8, draws, items), fill)
    scores[0] = scores[0, 0]
    noise = noise_of_scores(shots, scores)
    assert np.linalg.eigvalsh(noise.items + noise.draws)[0] > 0


def test_at_0_shots_identical_draws_have_no_draw_variance():
    scores = np.random.default_rng(4).integers(0, 2, (3, 4, 50)).astype(float)
    scores[0] = scores[0, 0]
    noise = noise_of_scores(np.array([0, 1, 2]), scores)
    assert noise.draws[0, 0] == pytest.approx(0.0, abs=1e-12)
    assert noise.draws[1, 1] > 1e-5


def test_the_variance_agrees_with_the_pigeonhole_bootstrap():
    # Owen (2007): items and draws are resampled independently; its variance exceeds the truth by up to twice the
    # residual's share, so the two must agree where that share is small.
    rng = np.random.default_rng(5)
    scores = np.clip(crossed(rng, 8, 60, items=0.05, draws=0.01, residual=0.02), 0, 1)
    noise = noise_of_scores(np.array([4]), scores)
    resampled = []
    for _ in range(4000):
        d, i = rng.integers(0, 8, 8), rng.integers(0, 60, 60)
        resampled.append(scores[0][np.ix_(d, i)].mean())
    found = components(scores)
    variance = found.items[0, 0] / 60 + found.draws[0, 0] / 8 + found.residual[0, 0] / 480
    assert np.var(resampled) == pytest.approx(variance, rel=0.2)
    assert noise.items[0, 0] + noise.draws[0, 0] == pytest.approx(variance, rel=0.5)


def test_rows_whose_draws_are_others_still_vary_together_by_their_items():
    rng = np.random.default_rng(5)
    scores = (rng.random((2, 3, 40)) < rng.random(40)).astype(float)
    apart = np.full((2, 6, 40), np.nan)
    apart[0, :3], apart[1, 3:] = scores
    parts, expected = components(apart), np.cov(scores.mean(axis=1))
    assert parts.items[0, 1] == pytest.approx(expected[0, 1])
    assert parts.per_draw[0, 1] == 0
    assert parts.per_item[0, 1] == pytest.approx(1 / 40)
    noise = noise_of_scores(np.array([2, 4]), apart)
    assert noise.draws[0, 1] == 0
    assert noise.items[0, 1] > 0


def test_of_one_draw_each_it_is_the_same_whether_rows_share_it():
    scores = (np.random.default_rng(6).random((2, 1, 30)) < 0.5).astype(float)
    apart = np.full((2, 2, 30), np.nan)
    apart[0, 0], apart[1, 1] = scores[:, 0]
    assert components(apart).items == pytest.approx(components(scores).items)


def test_a_difference_is_less_sure_where_draws_are_independent():
    """One seed that shows other examples at each number of shots: no luck is shared, none cancels."""
    rng = np.random.default_rng(7)
    scores = (rng.random((2, 4, 60)) < 0.5).astype(float)
    apart = np.full((2, 8, 60), np.nan)
    apart[0, :4], apart[1, 4:] = scores
    contrast = np.array([-1.0, 1.0])
    nested, independent = (noise_of_scores(np.array([2, 4]), each).of(contrast)[0] for each in (scores, apart))
    assert independent > nested


def test_where_each_item_has_examples_of_its_own_several_draws_count_as_their_mean_over_each_item():
    rng = np.random.default_rng(8)
    scores = (rng.random((2, 3, 60)) < rng.random(60)).astype(float)
    apart = np.full((2, 6, 60), np.nan)
    apart[0, :3], apart[1, 3:] = scores
    whole, means = (
        Measurement(shots=np.array([2, 4]), scores=each, own_examples=True)
        for each in (apart, scores.mean(axis=1, keepdims=True))
    )
    assert not whole.noise().draws.any()
    assert whole.noise().items == pytest.approx(means.noise().items)
    for ours, theirs in zip(whole.points(), means.points(), strict=True):
        assert (ours.accuracy.low, ours.accuracy.high) == pytest.approx((theirs.accuracy.low, theirs.accuracy.high))
    crossed_points = replace(whole, own_examples=False).points()
    assert all(p.accuracy.low < q.accuracy.low for p, q in zip(crossed_points, whole.points(), strict=True))


def test_rows_without_an_item_in_common_do_not_vary_together():
    scores = np.full((2, 1, 40), np.nan)
    scores[0, 0, :20] = scores[1, 0, 20:] = np.tile([0.0, 1.0], 10)
    assert noise_of_scores(np.array([0, 4]), scores).items[0, 1] == 0


@pytest.mark.parametrize("n_draws", [1, 3])
def test_of_scores_in_between_draws_are_taken_to_add_as_large_a_part_of_a_smaller_variance(n_draws):
    """Seen: 12.8 points wide where 2.4 would do, since draws of right-or-wrong answers were assumed."""
    rng, shots = np.random.default_rng(3), np.array([1, 4, 16])
    right = (rng.random((3, n_draws, 100)) < 0.5).astype(float)
    whole, half = components(right), components(0.5 + (right - 0.5) / 2)
    assert whole.relative == 1.0, "to the bit, so that right-or-wrong answers are judged as ever"
    assert half.relative == pytest.approx(0.25, abs=0.01)
    noise, quarter = noise_of(shots, whole), noise_of(shots, half)
    assert np.diag(quarter.draws) == pytest.approx(np.diag(noise.draws) / 4, rel=0.05)
    assert np.diag(quarter.items) == pytest.approx(np.diag(noise.items) / 4, rel=0.05)
    assert components(np.full((3, 2, 10), 0.6)).relative == 0.02, "that all are equal is no certainty"
    assert components(np.full((3, 2, 10), np.nan)).relative == 1.0


def test_the_intervals_of_graded_scores_hold_and_are_no_wider_than_they_need_be():
    rng, shots = np.random.default_rng(5), np.array([0, 1, 4, 16])
    truth = np.array([0.4, 0.5, 0.55, 0.57])
    inside, widths = [], []
    for _ in range(60):
        draws = rng.standard_normal((4, 3, 1)) * 0.01 * np.array([0.0, 1.0, 0.8, 0.6])[:, None, None]
        scores = truth[:, None, None] + 0.06 * rng.standard_normal((1, 1, 80)) + draws
        scores = np.clip(scores + 0.05 * rng.standard_normal(scores.shape) * (shots > 0)[:, None, None], 0, 1)
        for point, true in zip(Curve(shots=shots, scores=scores).points(0.9)[1:], truth[1:], strict=True):
            inside.append(point.accuracy.low <= true <= point.accuracy.high)
            widths.append(point.accuracy.high - point.accuracy.low)
    assert 0.84 <= np.mean(inside) <= 0.97
    assert np.mean(widths) < 0.045, "0.078 with the spread of right-or-wrong answers"
