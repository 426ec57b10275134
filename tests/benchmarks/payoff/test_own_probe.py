"""The simulation behind the table of intervals with a probe: what has to hold of it, whatever they come to."""

from __future__ import annotations

from benchmarks.payoff.own_probe import simulated


def test_a_large_gain_is_seen_and_none_is_seldom_taken_for_one():
    found = simulated(0.5, 0.9, 100, runs=6)
    assert (found.sure, found.held >= 0.5, found.own >= 0.5) == (1.0, True, True)
    assert simulated(0.5, 0.3, 100, runs=6).sure == 0.0


def test_what_a_tenth_of_the_examples_gained_moves_the_chance_of_all_of_them():
    lost, gained = (simulated(0.5, probed, 100, runs=3, tuned=0.8) for probed in (0.2, 0.75))
    assert lost.without > lost.chance
    assert gained.chance > gained.without
