"""A small version of the simulation that the figure of a winner rests on."""

from benchmarks.comparison.picked import Setting, found


def test_what_is_printed_of_the_best_of_twenty_equal_ones_flatters_no_more_and_holds_the_truth():
    ways = found(Setting(instructions=20, items=40, draws=1, equal=True), 25)
    assert ways["as scored"].bias > 0.08
    assert ways["as scored"].held < 0.8
    assert abs(ways["resampled"].bias) < 0.03
    assert ways["resampled"].held >= 0.8
    assert ways["resampled"].width < 1.35 * ways["as scored"].width
