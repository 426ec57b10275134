"""The luck of the best of several: none for one alone or a clear winner, about all there is where all are alike."""

from __future__ import annotations

import math

import numpy as np
import pytest

from curvefit.curves.optimism import optimism


def alike(rng, prompts=11, draws=1, items=100, right=0.7):
    """Return curves of one number of shots each."""
    return [(rng.random((1, draws, items)) < right).astype(float) for _ in range(prompts)]


def test_one_alone_is_not_picked_and_a_clear_winner_is_picked_by_no_luck():
    rng = np.random.default_rng(1)
    (one,), (low, high) = alike(rng, 1), (*alike(rng, 1, right=0.1), *alike(rng, 1, right=0.9))
    assert optimism([one]) == 0.0
    assert optimism([low, high]) == 0.0
    assert optimism([one[..., :10]]) == 0.0


@pytest.mark.parametrize("draws", [1, 4])
def test_where_all_are_alike_the_luck_is_found(draws):
    """The best of several samples of one accuracy exceeds it by luck alone: how much, is known here."""
    rng = np.random.default_rng(2)
    sets = [alike(rng, draws=draws) for _ in range(60)]
    there = np.mean([max(held.mean() for held in some) - 0.7 for some in sets])
    found = np.mean([optimism(some) for some in sets])
    assert 0.85 * there < found < 1.15 * there


def test_one_that_is_far_below_takes_nothing_off_the_luck_of_the_others():
    rng = np.random.default_rng(8)
    sets = [alike(rng, 6) for _ in range(20)]
    below = alike(rng, 1, right=0.1)
    without, beside = (np.mean([optimism([*some, *more]) for some in sets]) for more in ([], below))
    assert beside == pytest.approx(without, abs=0.002)


def test_what_one_draw_is_taken_to_add_is_luck_too_and_two_draws_show_it_themselves():
    rng = np.random.default_rng(9)
    sets = [alike(rng, 6) for _ in range(20)]
    spread = [np.array([[0.05**2]])] * 6
    assert np.mean([optimism(some, spread) - optimism(some) for some in sets]) > 0.02
    two_draws = alike(rng, 6, draws=2)
    assert optimism(two_draws, spread) == optimism(two_draws)
    assert optimism(alike(rng, 6, right=0.0), spread) == 0.0, "a score of 0 is not too high"


def test_the_luck_of_a_draw_is_found_where_there_are_two_or_more():
    """A draw that is good for all items says nothing of the next one: only other draws tell."""
    rng = np.random.default_rng(7)
    sets = [[np.repeat(0.5 + 0.2 * rng.standard_normal((1, 4, 1)), 50, axis=2) for _ in range(8)] for _ in range(60)]
    there = np.mean([max(held.mean() for held in some) - 0.5 for some in sets])
    assert np.mean([optimism(some) for some in sets]) == pytest.approx(there, abs=0.03)


def test_more_items_and_more_draws_leave_less_to_luck():
    rng = np.random.default_rng(3)
    few, items, draws = (
        np.mean([optimism(alike(rng, draws=d, items=i)) for _ in range(10)]) for d, i in ((1, 50), (1, 800), (16, 50))
    )
    assert items < few / 2
    assert draws < 0.7 * few


@pytest.mark.parametrize("draws", [1, 5])
def test_items_and_draws_that_all_share_are_no_luck(draws):
    """Numbers of shots that are right about the very same items in the same draws differ by nothing."""
    (same,) = alike(np.random.default_rng(4), 1, draws)
    assert optimism([np.repeat(same, 5, axis=0)]) == 0.0


def test_draws_that_were_left_out_at_some_shots_weigh_what_was_observed_no_less():
    """A design in looks goes on with fewer draws: what has one of five is as one with one."""
    rng = np.random.default_rng(6)
    (five,), (one,) = alike(rng, 1, 5, right=0.6), alike(rng, 1, 1, right=0.6)
    padded = np.full((2, 5, 100), np.nan)
    padded[0], padded[1, :1] = five[0], one[0]
    assert optimism([padded]) == pytest.approx(optimism([five, one]), abs=0.004)


def test_what_was_not_observed_is_left_out_and_nothing_at_all_is_not_known():
    rng = np.random.default_rng(5)
    whole = [alike(rng, 3, draws=2) for _ in range(20)]
    holed = [[held.copy() for held in some] for some in whole]
    for some in holed:
        some[0][0, 0, ::2] = np.nan
    assert np.mean([optimism(some) for some in holed]) == pytest.approx(
        np.mean([optimism(some) for some in whole]), abs=0.01
    )
    assert math.isnan(optimism([whole[0][0], np.full((1, 2, 100), np.nan)]))


@pytest.mark.parametrize("extra", [1, 15])
def test_a_few_items_of_a_second_draw_show_nothing_of_what_draws_differ_by(extra):
    """Seen: a cap ended at one item of a second draw, and 88% counted as 61%, "without luck"."""
    rng = np.random.default_rng(2)
    scores = (rng.random((3, 2, 100)) < np.array([0.7, 0.75, 0.8])[:, None, None]).astype(float)
    scores[:, 1] = np.nan
    assumed = [np.diag([0.04, 0.04, 0.04]) ** 2]
    alone = optimism([scores], assumed)
    for wrong in (0.0, 1.0):
        begun = scores.copy()
        begun[2, 1, :extra] = wrong
        assert optimism([begun], assumed) == pytest.approx(alone, abs=0.01)


def test_the_order_of_draws_and_so_their_names_change_nothing():
    rng = np.random.default_rng(0)
    curves = [(rng.random(size) < 0.5).astype(float) for size in ((4, 3, 100), (2, 1, 100), (3, 3, 100), (2, 5, 100))]
    curves[0][1, 2, ::3] = np.nan
    for _ in range(5):
        order = {number: rng.permutation(number) for number in (1, 3, 5)}
        assert optimism([each[:, order[each.shape[1]]] for each in curves]) == pytest.approx(
            optimism(curves), abs=1e-12
        )


def test_the_order_of_items_and_so_their_names_change_nothing():
    rng = np.random.default_rng(0)
    curves = [(rng.random(size) < 0.5).astype(float) for size in ((4, 3, 100), (2, 1, 100), (1, 1, 100))]
    curves[0][1, 2, ::3] = np.nan
    for _ in range(5):
        order = rng.permutation(100)
        assert optimism([each[..., order] for each in curves]) == pytest.approx(optimism(curves), abs=1e-12)


@pytest.mark.parametrize("draws", [1, 3])
def test_the_order_of_what_is_compared_changes_nothing(draws):
    rng = np.random.default_rng(3)
    curves = [*alike(rng, 4, draws, items=12, right=0.5), *alike(rng, 2, 1, items=12, right=0.8)]
    assert optimism(curves) == pytest.approx(optimism(curves[::-1]), abs=1e-12)
