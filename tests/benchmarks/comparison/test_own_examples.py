"""A small version of the simulation that the intervals of other tools' own examples rest on."""

from benchmarks.comparison.own_examples import held


def test_examples_of_each_item_alone_make_no_draw_in_common_and_narrower_intervals_still_hold_the_truth():
    ours, shared = (held(100, 1, 20, own_examples=own) for own in (True, False))
    assert all(found.share >= 0.7 for found in ours.values())
    assert ours["at 16"] == shared["at 16"], "one draw: the spread of the items alone was in it before"
    assert ours["1 to 16"].width < 0.6 * shared["1 to 16"].width
    assert ours["two models"].width < 0.8 * shared["two models"].width
