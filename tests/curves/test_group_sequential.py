from itertools import pairwise, product

import numpy as np
import pytest
from scipy.stats import norm

from curvefit.curves.curve import Curve
from curvefit.curves.forecast import forecast
from curvefit.curves.group_sequential import Look, interim_analysis, planned_looks
from curvefit.curves.value_of_information import Extent, Preposterior, measured_extent
from curvefit.curves.verdict import GainProbabilities


@pytest.mark.parametrize(("draws", "items"), [(5, 100), (1, 7), (2, 3), (10, 1000), (1, 1), (3, 30)])
def test_stages_grow_to_all_of_the_design_and_get_less_strict(draws, items):
    looks = planned_looks(draws, items, 0.9)
    assert (looks[-1].draws, looks[-1].items) == (draws, items)
    for before, after in pairwise(looks):
        assert before.draws <= after.draws
        assert before.items <= after.items
        assert (before.draws, before.items) != (after.draws, after.items)
        assert before.level > after.level > 0.9
    assert all(look.draws >= min(draws, 2) for look in looks)


def test_looking_four_times_errs_no_more_often_than_the_level_allows():
    """A normal mean that gathers information as the docstring says, tested at every look, by simulation."""
    share = np.array([0.33, 0.54, 0.77, 1.0])
    steps = np.random.default_rng(0).standard_normal((200_000, 4)) * np.sqrt(np.diff(share, prepend=0))
    z = np.cumsum(steps, axis=1) / np.sqrt(share)
    levels = np.array([look.level for look in planned_looks(5, 100, 0.9)])
    crossed = (z > norm.isf(1 - levels)).any(axis=1).mean()
    assert 0.092 < crossed < 0.101
    assert (z > norm.isf(0.1)).any(axis=1).mean() > 0.18  # what looking four times at 90% would do


@pytest.fixture
def started(simulation):
    """A first look: a third of the items, two draws of five."""

    def started(name, seed=1, **setting):
        whole = simulation.simulate(simulation.TRUTHS[name], simulation.Setting(**setting), seed)
        return whole, Curve(shots=whole.shots, scores=whole.scores[:, :2, :30])

    return started


def settled(ahead, margin, horizon):
    """Whether a gain left above the margin, or one within it, has the probability that a verdict needs."""
    of = GainProbabilities.of(ahead.change(64, horizon), margin)
    return max(of.more, of.within) >= 0.9


def chance(curve, ahead, planned, margin, horizon):
    return Preposterior(curve, ahead, margin=margin, horizon=horizon).settling_probability(planned, 0.9)


@pytest.mark.slow
def test_a_chance_is_how_often_it_comes_true(started, simulation):
    """Over truths and seeds, what is called unlikely seldom happens and what is called likely mostly does."""
    said, came = [], []
    for name, seed in product(simulation.TRUTHS, range(2)):
        whole, part = started(name, seed)
        ahead, later = forecast(part), forecast(whole)
        all_of_it = Extent(part.shots, np.full(8, 5), np.full(8, 100))
        for margin, horizon in ((0.02, 128), (0.05, 256)):
            said.append(chance(part, ahead, all_of_it, margin, horizon))
            came.append(settled(later, margin, horizon))
    said, came = np.array(said), np.array(came)
    assert came[said < 0.02].mean() < 0.1
    assert came[said > 0.6].mean() > 0.8
    assert np.mean((said - came) ** 2) < np.var(came) / 1.5


def test_nothing_more_leaves_only_what_is_settled_by_now(started):
    _, part = started("early plateau")
    ahead = forecast(part)
    same = measured_extent(part)
    assert (same.draws.tolist(), same.items.tolist()) == ([2] * 8, [30] * 8)
    for margin in (0.02, 0.3):
        by_now = settled(ahead, margin, 128)
        assert chance(part, ahead, same, margin, 128) == by_now


def test_calls_count_one_prompt_at_0_shots():
    assert Extent(np.array([0, 1, 2]), np.array([5, 5, 2]), np.array([100, 100, 30])).calls == 100 + 500 + 60


def test_more_is_more_likely_to_settle_it(started):
    _, part = started("early plateau")
    ahead = forecast(part)
    little, much = (
        chance(part, ahead, Extent(part.shots, 0 * part.shots + n, 0 * part.shots + 15 * n), 0.015, 128) for n in (2, 8)
    )
    assert little < much - 0.1


def test_what_can_never_be_settled_is_futile_and_what_is_nearly_settled_is_not(started):
    _, part = started("flat at chance")
    ahead = forecast(part)
    assert interim_analysis(part, ahead, Look(5, 100, 0.9), margin=0.02, horizon=512).futile
    assert not interim_analysis(part, ahead, Look(5, 100, 0.9), margin=0.3, horizon=128).futile


def test_a_fall_that_is_suspected_is_worth_measuring(started):
    _, part = started("peak, then fall", 3)
    interim = interim_analysis(part, forecast(part), Look(5, 100, 0.9), margin=0.0001, horizon=128)
    assert interim.chance < 0.02
    assert interim.may_be_falling
    assert not interim.futile


def test_the_middle_is_left_behind_where_it_tells_little(started):
    _, part = started("steady riser")
    ahead = forecast(part)
    interim = interim_analysis(part, ahead, Look(5, 100, 0.9), margin=0.05, horizon=128)
    assert interim.shots[:2] == (0, 1)
    assert interim.shots[-2:] == (32, 64)
    assert len(interim.shots) < 8
    again = interim_analysis(part, ahead, Look(5, 100, 0.9), margin=0.05, horizon=128, continuing=interim.shots)
    assert set(again.shots) <= set(interim.shots)
