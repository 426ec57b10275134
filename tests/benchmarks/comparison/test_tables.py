"""A small version of the simulation that pairing the draws of two tables rests on."""

import pytest

from benchmarks.comparison.tables import SETTINGS, found

TIMES = 100


@pytest.mark.parametrize(
    "how", ["draws move all items, 60 items, 2 draws", "draws move single items, 100 items, 5 draws"]
)
def test_draws_that_have_nothing_but_their_names_in_common_are_judged_as_unrelated(how):
    ways = found(SETTINGS[f"nothing in common, {how}"], TIMES)
    assert ways["compared"].held >= ways["unrelated"].held - 0.01
    assert ways["compared"].width > 0.99 * ways["unrelated"].width


@pytest.mark.parametrize(("name", "narrower"), [("the same examples", 0.98), ("a copy but for 3%", 0.5)])
def test_the_interval_of_tables_that_go_together_is_narrower_and_still_holds_the_truth(name, narrower):
    ways = found(SETTINGS[f"{name}, draws move all items, 100 items, 3 draws"], TIMES)
    assert ways["compared"].held >= 0.88
    assert ways["compared"].width < narrower * ways["unrelated"].width
