"""The simulation behind the table of intervals with a probe: what has to hold of it, whatever they come to."""

from __future__ import annotations

from benchmarks.payoff.own_probe import simulated


def test_a_large_gain_is_seen_and_none_is_seldom_taken_for_one():
    held, own, pays = simulated(0.5, 0.9, 100, runs=6)
    assert (pays, held >= 0.5, own >= 0.5) == (1.0, True, True)
    assert simulated(0.5, 0.3, 100, runs=6)[2] == 0.0
