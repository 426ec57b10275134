from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import norm

from curvefit.curves.forecast import forecast
from curvefit.curves.stages import Stage, chance, stages


@pytest.mark.parametrize(("draws", "items"), [(5, 100), (1, 7), (2, 3), (10, 1000), (1, 1), (3, 30)])
def test_stages_grow_to_all_of_the_design_and_get_less_strict(draws, items):
    looks = stages(draws, items, 0.9)
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
    levels = np.array([look.level for look in stages(5, 100, 0.9)])
    crossed = (z > norm.isf((1 - levels) / 2)).any(axis=1).mean()
    assert 0.046 < crossed < 0.052
    assert (z > norm.isf(0.05)).any(axis=1).mean() > 0.09  # what looking four times at 90% would do


def test_all_of_a_much_larger_design_is_more_likely_to_settle_it(simulation):
    curve = simulation.simulate(simulation.TRUTHS["early plateau"], simulation.Setting(draws=2, items=30), 1)
    ahead = forecast(curve)
    poor, rich = (chance(curve, ahead, 0.02, 128, Stage(n, 15 * n, 0.9)) for n in (2, 40))
    assert poor < rich - 0.3


def test_a_margin_far_finer_than_the_noise_leaves_little_chance(simulation):
    curve = simulation.simulate(simulation.TRUTHS["flat at chance"], simulation.Setting(draws=2, items=30), 1)
    assert chance(curve, forecast(curve), 0.001, 128, Stage(5, 100, 0.9)) < 0.3
    assert chance(curve, forecast(curve), 0.5, 128, Stage(5, 100, 0.9)) > 0.85
