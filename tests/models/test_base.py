"""The sum of what calls took."""

from __future__ import annotations

import pytest

from curvefit.models.base import Usage

PRICED = Usage(1, 10, 4, 2, 0.5, 1.0)
UNPRICED = Usage(1, 10, 0, 2, None, 1.0)


def test_usage_adds_up():
    total = PRICED + PRICED
    assert total == Usage(2, 20, 8, 4, 1.0, 2.0)


@pytest.mark.parametrize(("some", "more"), [(PRICED, UNPRICED), (UNPRICED, PRICED), (UNPRICED, UNPRICED)])
def test_one_unknown_price_makes_the_sum_unknown(some, more):
    assert (some + more).usd is None
    assert (some + more + PRICED).usd is None


@pytest.mark.parametrize("part", [PRICED, Usage(), Usage(rate_limited=2, faults=1)])
def test_what_is_taken_away_is_what_was_added(part):
    assert (PRICED + part) - part == PRICED
    assert ((PRICED + UNPRICED) - part).usd is None


@pytest.mark.parametrize("some", [PRICED, UNPRICED, Usage()])
def test_no_call_changes_no_sum(some):
    assert Usage() + some == some + Usage() == some
