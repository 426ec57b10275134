"""A small version of the simulation that the intervals of differences rest on."""

import pytest

from benchmarks.comparison.coverage import SETTINGS, found

TIMES = 60


@pytest.mark.parametrize(
    "name", ["equal, 30 items, 3 draws", "equal, no examples, 100 items", "shares of fields, 100 items"]
)
def test_the_interval_holds_the_truth_about_as_often_as_it_says(name):
    fair = found(SETTINGS[name], TIMES)["compared"]
    assert 0.84 <= fair.held <= 0.97
    assert max(fair.better, fair.worse) <= 0.11


def test_the_best_of_several_is_no_more_often_told_from_an_equal_one():
    ways = found(SETTINGS["best of 5 prompts, 30 items, 3 draws"], TIMES)
    assert ways["compared"].held >= 0.88
    assert ways["cross-fitted"].held < ways["compared"].held


def test_picking_flatters_the_one_that_has_more_to_pick_from_and_that_is_taken_out():
    setting = SETTINGS["best of 5 against one, 100 items, 3 draws"]
    ways = found(setting, TIMES, against_one=True)
    assert ways["flattered"].error > 0.03
    assert ways["compared"].error < 0.6 * ways["flattered"].error
