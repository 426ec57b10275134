import math

import numpy as np
import pytest

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import forecast
from curvefit.errors import CurveError
from curvefit.payoff.comparison import (
    break_even,
    draws_go_together,
    over_constant,
    paired_difference,
    paired_gain,
    paired_items,
    without_optimism,
)

SHOTS = [0, 1, 4, 16, 64]


def scores(means, draws, items, seed=0, hard=0.0):
    """Right-or-wrong scores of these means; seeds 2n and 2n + 1 have hard items in common."""
    common = np.random.default_rng(99 + seed // 2).normal(0, hard, items)
    p = np.clip(np.array(means)[:, None, None] + common, 0, 1)
    return (np.random.default_rng(seed).random((len(means), draws, items)) < p).astype(float)


def curves(tuned, prompted=(0.1, 0.3, 0.4, 0.5, 0.5), sizes=(0, 32, 128, 512), items=400):
    return (
        Curve(np.array(sizes), scores(tuned, 2, items, seed=1)),
        Curve(np.array(SHOTS), scores(prompted, 5, items, seed=2)),
    )


def even(tuned, prompted):
    return break_even(tuned, forecast(tuned), forecast(prompted), 64)


def test_break_even_lies_between_the_sizes_where_the_curves_cross():
    found = even(*curves((0.1, 0.3, 0.7, 0.8)))
    assert 32 < found.n_train.low <= found.n_train.value <= found.n_train.high < 128
    assert found.chance > 0.99


def test_training_that_leads_from_the_first_size_on_breaks_even_there_or_before():
    found = even(*curves((0.1, 0.8, 0.9, 0.9)))
    assert found.n_train.low == found.n_train.value == found.n_train.high == found.first == 32


def test_training_that_never_reaches_the_prompt_has_no_finite_break_even():
    found = even(*curves((0.1, 0.1, 0.12, 0.12)))
    assert math.isinf(found.n_train.value)
    assert math.isinf(found.n_train.high)
    assert found.chance < 0.5
    assert found.last == 2048


def test_few_items_make_the_break_even_less_certain():
    many, few = even(*curves((0.1, 0.4, 0.55, 0.7), items=400)), even(*curves((0.1, 0.4, 0.55, 0.7), items=25))
    assert few.n_train.low <= many.n_train.low
    assert few.n_train.high > many.n_train.high


def test_a_curve_without_training_has_no_break_even():
    with pytest.raises(CurveError, match="above 0"):
        even(Curve(np.array([0]), np.zeros((1, 1, 4))), curves((0.1, 0.2, 0.3, 0.4))[1])


def test_the_gain_is_that_of_the_common_items():
    tuned, prompted = curves((0.1, 0.3, 0.7, 0.8))
    gain = paired_gain(tuned, 512, prompted, 64, 0.9)
    assert gain.value == pytest.approx(tuned.means[3] - prompted.means[4])
    longer = Curve(tuned.shots, np.concatenate([tuned.scores, np.zeros((4, 2, 50))], axis=2))
    assert paired_gain(longer, 512, prompted, 64, 0.9).value == gain.value
    assert paired_gain(prompted, 64, longer, 512, 0.9).value == -gain.value


def test_pairing_takes_out_how_hard_the_items_are():
    rng = np.random.default_rng(3)
    hard = rng.random(200) < 0.5  # the same items fail in both curves
    ours = np.where(hard, 0.1, 0.9)[None, None] > rng.random((2, 2, 200))
    theirs = np.where(hard, 0.05, 0.85)[None, None] > rng.random((2, 2, 200))
    # So many that hardly anything is assumed of the draws.
    tuned, prompted = (Curve(np.array([0, 10**6]), x.astype(float)) for x in (ours, theirs))
    means = Curve.from_means([0, 10**6], prompted.means, stderr=np.sqrt(np.diag(prompted.noise().items)))
    paired, apart = (paired_gain(tuned, 10**6, other, 10**6, 0.9) for other in (prompted, means))
    assert paired.high - paired.low < 0.8 * (apart.high - apart.low)


def test_the_interval_of_the_gain_holds_the_truth_as_often_as_it_says():
    """A little more often, since what the draws add is assumed where there are few."""
    held = 0
    for seed in range(200):
        tuned = Curve(np.array([0, 32]), scores((0.1, 0.7), 2, 80, seed=2 * seed, hard=0.15))
        prompted = Curve(np.array([0, 8]), scores((0.1, 0.5), 3, 80, seed=2 * seed + 1, hard=0.15))
        gain = paired_gain(tuned, 32, prompted, 8, 0.9)
        held += gain.low <= 0.2 <= gain.high
    assert 0.88 * 200 <= held <= 0.98 * 200


@pytest.mark.parametrize(("seeds", "draws"), [(0.08, 0.0), (0.0, 0.08), (0.05, 0.05)])
def test_it_does_so_too_where_seeds_or_draws_do_more_than_the_items(seeds, draws):
    """Each seed, or each draw, shifts the accuracy on all items alike: its own part of the variance has to be there."""
    rng = np.random.default_rng(7)

    def measured(accuracy, times, spread):
        p = np.clip(accuracy + rng.normal(0, spread, times), 0, 1)
        return (rng.random((1, times, 300)) < p[:, None]).astype(float)

    held = 0
    for _ in range(400):
        tuned = Curve(np.array([128]), measured(0.7, 5, seeds))
        prompted = Curve(np.array([8]), measured(0.5, 5, draws))
        gain = paired_gain(tuned, 128, prompted, 8, 0.9)
        held += gain.low <= 0.2 <= gain.high
    assert 0.84 * 400 <= held <= 0.96 * 400


def test_draws_that_both_share_are_taken_out_as_far_as_they_move_both():
    """Truth of the difference is 0.2; each draw shifts both alike, so that its luck is no part of the difference."""
    rng = np.random.default_rng(7)
    width, held = [], 0
    for _ in range(100):
        lucky = rng.normal(0, 0.08, (8, 1))
        ours, theirs = ((rng.random((1, 8, 300)) < p + lucky).astype(float) for p in (0.7, 0.5))
        curves = [Curve(np.array([8]), scores) for scores in (ours, theirs)]
        apart, shared = (
            paired_difference(curves[0], 8, curves[1], 8, shared_draws=share).interval(0.9) for share in (False, True)
        )
        assert shared.value == apart.value
        width.append((shared.high - shared.low) / (apart.high - apart.low))
        held += shared.low <= 0.2 <= shared.high
    assert np.mean(width) < 0.85
    assert held >= 0.85 * 100


def test_draws_that_are_not_shared_have_hardly_anything_in_common():
    tuned, prompted = curves((0.1, 0.3, 0.7, 0.8))
    apart, shared = (paired_difference(tuned, 512, prompted, 64, shared_draws=share) for share in (False, True))
    assert 0.8 * apart.from_draws <= shared.from_draws <= apart.from_draws
    assert shared.from_items == apart.from_items


def test_of_near_copies_draws_add_little_and_of_equal_scores_nothing():
    rng = np.random.default_rng(3)
    scores = (rng.random((1, 2, 60)) < 0.7).astype(float)
    nearly = scores.copy()
    nearly[0, 0, :2] = 1 - nearly[0, 0, :2]
    one, copy, near = (Curve(np.array([8]), each) for each in (scores, scores.copy(), nearly))
    apart = paired_difference(one, 8, copy, 8)
    assert paired_difference(one, 8, copy, 8, shared_draws=True).from_draws == 0
    assert 0 < paired_difference(one, 8, near, 8, shared_draws=True).from_draws < 0.3 * apart.from_draws


def test_draws_go_together_where_the_same_ones_are_good_for_the_same_items():
    rng = np.random.default_rng(4)
    scores = (rng.random((3, 60)) < 0.7).astype(float)
    unrelated = [draws_go_together(scores, (rng.random((3, 60)) < 0.7).astype(float)) for _ in range(40)]
    assert sum(unrelated) <= 3
    assert draws_go_together(scores, scores)
    assert not draws_go_together(scores, scores[[1, 2, 0]]), "these are the same replies, but of other draws"
    assert draws_go_together(scores, scores[:2]), "one that has fewer"
    assert not draws_go_together(scores[:1], scores[:1]), "one draw says nothing"


def test_of_five_draws_and_two_only_two_are_common():
    """The mean of 5 has 2 of them in common with that of 2: their covariance is a fifth of that of one draw."""
    lucky = np.array([0.3, -0.3, 0.3, -0.3, 0.0])[:, None]
    rng = np.random.default_rng(5)
    five = (rng.random((1, 5, 400)) < 0.5 + lucky).astype(float)
    two = (rng.random((1, 2, 400)) < 0.5 + lucky[:2]).astype(float)
    one, other = Curve(np.array([8]), five), Curve(np.array([8]), two)
    apart, shared = (paired_difference(one, 8, other, 8, shared_draws=share) for share in (False, True))
    luck = (
        (0.6**2 / 2) / 5 / 5
    )  # the covariance of the two common draws, over 5, counted by a fifth: one of four and one
    assert apart.from_draws - shared.from_draws == pytest.approx(2 * luck, rel=0.25)


def test_equal_changes_on_all_items_are_no_certainty():
    tuned, prompted = (Curve(np.array([0, 8]), np.full((2, 2, 20), value)) for value in (1.0, 0.0))
    gain = paired_gain(tuned, 8, prompted, 8, 0.9)
    assert gain.value == gain.high == 1
    assert gain.low < 0.97


def test_a_number_that_was_not_measured_is_refused():
    tuned, prompted = curves((0.1, 0.3, 0.7, 0.8))
    with pytest.raises(CurveError, match="at 33"):
        paired_gain(tuned, 33, prompted, 64, 0.9)


def test_items_that_only_one_of_two_answered_are_no_pairs():
    ours, theirs = np.ones((2, 2, 20)), np.ones((2, 2, 20))
    ours[1, :, 12:], theirs[1, :, :8] = np.nan, np.nan
    theirs[1, 0, 10] = np.nan  # answered in one draw: a pair
    tuned, prompted = (Curve(np.array([0, 8]), scores) for scores in (ours, theirs))
    assert paired_items(tuned, 8, prompted, 8) == 4
    assert paired_items(tuned, 8, prompted, 0) == 12
    assert paired_items(tuned, 8, Curve.from_means([0, 8], [0.5, 0.6]), 8) == 0


@pytest.mark.parametrize(
    ("gain", "optimism", "fair"),
    [
        ((0.1, 0.0, 0.2), 0.03, (0.13, 0.03, 0.23)),
        ((0.5, 0.2, 0.99), 0.03, (0.53, 0.23, 1.0)),
        ((-0.5, -1.0, 0.0), 0.03, (-0.47, -1.0, 0.03)),  # an end that was cut off is no better known than that
        ((0.9, 0.8, 1.0), -0.03, (0.87, 0.77, 1.0)),
        ((-0.98, -1.0, -0.9), -0.03, (-1.0, -1.0, -0.93)),
        ((0.1, 0.0, 0.2), math.nan, (0.1, 0.0, 0.2)),
    ],
)
def test_optimism_is_added_to_a_gain_as_far_as_there_is_accuracy(gain, optimism, fair):
    found = without_optimism(Estimate(*gain, 0.9), optimism)
    assert (found.value, found.low, found.high) == pytest.approx(fair)


def in_groups(seed, size, items=100, alike=0.7):
    """Two models that are as good, on items of groups of so many, each with difficulties of its own."""
    rng = np.random.default_rng([11, seed])
    groups = np.arange(items) // size
    hard = [
        alike**0.5 * rng.standard_normal(groups[-1] + 1)[groups] + (1 - alike) ** 0.5 * rng.standard_normal(items)
        for _ in range(2)
    ]
    grids = [(own + rng.standard_normal((1, 3, items)) < 0.5).astype(float) for own in hard]
    return grids, tuple(groups.tolist())


def test_a_paired_difference_of_items_in_groups_holds_the_truth_as_often_as_it_says():
    found = {True: [], False: []}
    for seed in range(200):
        (one, other), groups = in_groups(seed, size=10)
        for known, held in found.items():
            of = groups if known else ()
            pair = paired_difference(Curve([4], one, groups=of), 4, Curve([4], other), 4).interval(0.9)
            held.append(pair.low <= 0 <= pair.high)
    assert np.mean(found[True]) == pytest.approx(0.9, abs=0.05)
    assert np.mean(found[False]) < 0.75


def test_groups_of_one_item_change_no_bit_of_a_paired_difference():
    (one, other), _ = in_groups(0, size=1)
    own, without = (
        paired_difference(Curve([4], one, groups=of), 4, Curve([4], other, groups=of), 4)
        for of in (tuple(range(100)), ())
    )
    assert own == without


def test_which_curve_knows_the_groups_makes_no_difference():
    (one, other), groups = in_groups(0, size=5)
    first, second = (
        paired_difference(Curve([4], one, groups=a), 4, Curve([4], other, groups=b), 4)
        for a, b in ((groups, ()), ((), groups))
    )
    assert first.from_items == second.from_items
    assert first.df < paired_difference(Curve([4], one), 4, Curve([4], other), 4).df


def test_a_gain_over_a_constant_answer_counts_groups():
    (one, _), groups = in_groups(3, size=20)
    known, alone = (over_constant(Curve([4], one, groups=of), 4, np.zeros(100), 0.9) for of in (groups, ()))
    assert known.value == alone.value
    assert known.high - known.low > alone.high - alone.low
