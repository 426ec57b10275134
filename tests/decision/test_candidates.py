"""Candidates and the frontier: dominance is an order, and what is unknown decides nothing."""

from __future__ import annotations

import itertools
import math

import pytest

from curvefit.curves.curve import Estimate
from curvefit.decision.candidates import Candidate, dominates, undominated
from curvefit.errors import CurveError


def candidate(name: str, accuracy: float, usd: float = math.nan, seconds: float = math.nan) -> Candidate:
    return Candidate(name, "m", Estimate(accuracy, 0.0, 1.0, 0.9), usd_per_1000=usd, seconds_p50=seconds)


GRID = [
    candidate(f"{a}-{u}-{s}", a, u, s)
    for a, u, s in itertools.product((0.2, 0.5, 0.9), (0.0, 1.0, math.nan), (0.5, 2.0, math.nan))
]


@pytest.mark.parametrize("by", ["usd_per_1000", "seconds_p50"])
def test_dominance_is_irreflexive_and_transitive(by):
    assert not any(dominates(one, one, by) for one in GRID)
    pairs = [(a, b) for a, b in itertools.product(GRID, GRID) if dominates(a, b, by)]
    assert pairs
    assert all(dominates(a, c, by) for (a, b), c in itertools.product(pairs, GRID) if dominates(b, c, by))


@pytest.mark.parametrize("by", ["usd_per_1000", "seconds_p50"])
def test_a_dominated_candidate_changes_nothing(by):
    frontier = undominated(GRID, by)
    worse = candidate("worse", 0.1, 5.0, 9.0)
    assert undominated([worse, *GRID], by) == undominated(GRID, by)
    assert undominated(frontier, by) == frontier


def test_money_and_latency_have_a_frontier_each():
    cheap, fast = candidate("cheap", 0.5, 1.0, 3.0), candidate("fast", 0.5, 2.0, 1.0)
    assert undominated([cheap, fast]) == (cheap,)
    assert undominated([cheap, fast], "seconds_p50") == (fast,)


def test_an_unknown_price_neither_wins_nor_loses():
    unknown, known = candidate("unknown", 0.9), candidate("known", 0.5, 1.0)
    assert not dominates(unknown, known)
    assert not dominates(known, unknown)
    assert undominated([unknown, known]) == (known,)
    assert undominated([unknown]) == ()


def test_equals_stay_side_by_side():
    one, other = candidate("one", 0.5, 1.0), candidate("other", 0.5, 1.0)
    assert undominated([one, other]) == (one, other)


def test_a_negative_price_is_refused():
    with pytest.raises(CurveError, match="usd_per_1000 of a candidate must be at least 0, not -1"):
        candidate("wrong", 0.5, -1.0)
