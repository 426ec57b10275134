import asyncio
from dataclasses import replace

import pytest

from curvefit.errors import DesignError
from curvefit.models.base import Completion, Cost
from curvefit.models.function import FunctionModel
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.trials.spending_limits import CostBound, SpendingLimits, cost_bounds
from curvefit.trials.trial_plan import plan
from curvefit.trials.workload import workload

from ..virtual_time import in_no_time

ONE = CostBound(tokens=100, usd=1.0)


def reserved(limits, bound=ONE):
    return in_no_time(limits.reserve(bound))


def test_no_limits_have_no_cap():
    assert [reserved(SpendingLimits()) for _ in range(3)] == ["", "", ""]


CAPPED = [({"usd": 2.5}, "--max-usd 2.5"), ({"calls": 2}, "--max-calls 2"), ({"tokens": 250}, "--max-tokens 250")]


@pytest.mark.parametrize(("caps", "line"), CAPPED)
def test_what_is_set_aside_and_spent_never_passes_a_cap(caps, line):
    limits = SpendingLimits(**caps)
    for _ in range(2):
        assert reserved(limits) == ""
        limits.charge(ONE, Completion("x", prompt_tokens=90, completion_tokens=10, usd=1.0))
    assert reserved(limits) == line


def test_a_call_waits_for_what_is_in_flight_to_cost_less_than_set_aside():
    limits = SpendingLimits(usd=1.5)

    async def both():
        assert await limits.reserve(ONE) == ""
        second = asyncio.create_task(limits.reserve(ONE))
        await asyncio.sleep(1)
        assert not second.done()
        limits.charge(ONE, Completion("x", usd=0.25))
        return await second

    assert in_no_time(both()) == ""
    assert limits.usd == 0.25


def test_a_call_that_broke_off_may_be_billed_and_one_that_was_refused_is_not():
    limits = SpendingLimits(usd=10)
    reserved(limits)
    limits.charge(ONE, billed=True)
    reserved(limits)
    limits.charge(ONE)
    assert (limits.usd, limits.tokens, limits.calls) == (1.0, 100, 2)
    assert (limits.answered, limits.answered_usd) == (0, 0.0)
    reserved(limits)
    limits.charge(ONE, Completion("x", usd=0.25))
    assert (limits.usd, limits.answered, limits.answered_usd) == (1.25, 1, 0.25)


def test_what_was_not_sent_is_not_counted():
    limits = SpendingLimits(calls=1)
    reserved(limits)
    limits.cancel(ONE)
    assert reserved(limits) == ""


def test_a_reply_of_unknown_price_costs_what_was_set_aside():
    limits = SpendingLimits(usd=10)
    reserved(limits)
    limits.charge(ONE, Completion("x", usd=None))
    assert limits.usd == 1.0


def test_bounds_grow_when_a_reply_took_more_than_its_bound():
    limits = SpendingLimits(tokens=500)
    reserved(limits)
    limits.charge(ONE, Completion("x", prompt_tokens=200))
    assert reserved(limits) == ""
    assert reserved(SpendingLimits(tokens=500)) == ""
    limits.charge(ONE, Completion("x", prompt_tokens=200))
    assert reserved(limits) == "--max-tokens 500", "400 are spent, and a bound of 100 now stands for 200"


def test_minutes_are_counted_from_the_first_call_on(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("curvefit.trials.spending_limits.time.monotonic", lambda: now[0])
    limits = SpendingLimits(minutes=2)
    now[0] += 500
    assert reserved(limits) == ""
    limits.charge(ONE)
    now[0] += 121
    assert reserved(limits) == "--max-minutes 2"


@pytest.mark.parametrize("caps", [{"usd": 0}, {"calls": -1}, {"minutes": float("nan")}])
def test_a_cap_that_allows_nothing_is_refused(caps):
    with pytest.raises(DesignError, match="more than 0"):
        SpendingLimits(**caps)


def test_a_price_that_is_no_number_reaches_every_cap_on_dollars():
    assert SpendingLimits(usd=1.0).charge_bound(CostBound(usd=float("nan"))) == "--max-usd 1"


def test_the_most_that_is_planned_is_what_the_caps_reserve_whatever_the_tiers_of_a_price(make_task):
    """Seen: "at most" $0.42 where $0.79 was reserved: three short prompts and a long one, priced as four alike."""
    made = make_task(pool=20, items=6)
    long = replace(made.items[0], input="word " * 1000)
    task = replace(made, items=(long, *made.items[1:]))

    class Tiered(FunctionModel):
        """A token costs twice as much in prompts of more than 1,000."""

        def expect(self, prompt, fresh, completion):
            return Cost(0.0, 1e-6 * (prompt if prompt <= 1000 else 2 * prompt) + 2e-6 * completion)

    class Unpriced(FunctionModel):
        def expect(self, prompt, fresh, completion):
            return Cost(0.0, None)

    model = Tiered(lambda prompt: "no")
    asked = plan(task, Design((0, 2), draws=2, items=6), model)
    with Journal(None) as nothing:
        needed = workload(asked, model, nothing)
    bound = cost_bounds(asked, model, SpendingLimits(usd=1.0))
    firsts = {asked.request(trial).digest(""): place for place, trial in enumerate(asked.trials())}
    reserved = sum(bound(place).usd for place in firsts.values())
    assert needed.most_usd(model) == pytest.approx(reserved)
    assert needed.most_usd(model) > needed.expected(model).usd
    assert needed.times(0.5).most_usd(model) == pytest.approx(reserved / 2)
    assert (needed + needed).most_usd(model) == pytest.approx(2 * reserved)
    assert needed.most_usd(Unpriced(lambda prompt: "no")) is None
