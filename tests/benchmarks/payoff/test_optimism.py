"""The luck of the best prompt, taken out of a gain."""

from __future__ import annotations

from benchmarks.payoff.optimism import SETTINGS, held


def test_without_luck_a_gain_is_nearer_to_the_truth_and_its_interval_holds_it_more_often():
    (raw, raw_error), (fair, fair_error) = held(SETTINGS["all as good, 5 draws"], 150)
    assert raw < 0.85 < fair
    assert raw_error < -0.04 < -0.035 < fair_error < 0.01
