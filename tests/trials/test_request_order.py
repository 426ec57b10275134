"""The order of requests: who may go at once and who waits for whom."""

import asyncio

import pytest

from curvefit.models.simulated import parse
from curvefit.trials.design import Design
from curvefit.trials.request_order import Schedule
from curvefit.trials.trial_plan import plan

DRAWS, ITEMS = 2, 5


def handed_out(task, *, by_draw=False, design=None):
    """Return the plan, and the positions handed out before anything was answered."""
    made = plan(task, design or Design((1, 4), draws=DRAWS, items=ITEMS), parse("simulated/flat"))
    schedule = Schedule(made, range(len(made)), by_draw=by_draw)

    async def take():
        taken = []
        while schedule._ready:
            taken += await schedule.take()
        return taken

    return made, asyncio.run(take())


def test_requests_with_a_prefix_too_short_to_be_cached_wait_for_nobody(make_task):
    made, taken = handed_out(make_task(pool=8, items=ITEMS))
    assert sorted(taken) == list(range(len(made)))


@pytest.mark.parametrize("instruction", ["long enough. " * 80, "é" * 512])
def test_of_every_longer_prefix_one_goes_ahead_and_the_longer_one_after_the_shorter(make_task, instruction):
    made, taken = handed_out(make_task(pool=8, items=ITEMS, instruction=instruction))
    assert [(made.trial(p).draw, made.trial(p).shots) for p in taken] == [(0, 1), (1, 1)]


def test_a_model_that_keeps_prefixes_gets_each_draw_in_order(make_task):
    made, taken = handed_out(make_task(pool=8, items=ITEMS), by_draw=True)
    assert taken == list(range(len(made)))


SIMILAR = Design((1, 4), draws=1, items=ITEMS, selection="similar")


def test_where_items_have_examples_of_their_own_only_a_long_instruction_has_to_be_cached_first(make_task):
    made, taken = handed_out(make_task(pool=8, items=ITEMS), design=SIMILAR)
    assert sorted(taken) == list(range(len(made)))
    _, taken = handed_out(make_task(pool=8, items=ITEMS, instruction="long enough. " * 80), design=SIMILAR)
    assert taken == [0]


def test_where_items_have_examples_of_their_own_each_is_a_lane(make_task):
    made = plan(make_task(pool=8, items=ITEMS), SIMILAR, parse("simulated/flat"))
    schedule = Schedule(made, range(len(made)), by_draw=True)
    assert sorted(lane for _, lane in schedule._ready) == [[i, i + ITEMS] for i in range(ITEMS)]
