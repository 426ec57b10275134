"""The order of requests: who may go at once and who waits for whom."""

import asyncio
from dataclasses import replace

import pytest

from curvefit.models.simulated import parse
from curvefit.trials.design import Design
from curvefit.trials.request_order import Schedule
from curvefit.trials.trial_plan import plan

DRAWS, ITEMS = 2, 5


def handed_out(task, *, by_draw=False, design=None):
    """Return the plan, and the positions handed out before anything was answered."""
    whole = plan(task, design or Design((1, 4), draws=DRAWS, items=ITEMS), parse("simulated/flat"))
    schedule = Schedule(whole, range(len(whole)), by_draw=by_draw)

    async def take():
        lanes = []
        while schedule._ready:
            lanes += await schedule.take()
        return lanes

    return whole, asyncio.run(take())


def test_requests_with_a_prefix_too_short_to_be_cached_wait_for_nobody(make_task):
    whole, lanes = handed_out(make_task(pool=8, items=ITEMS))
    assert sorted(lanes) == list(range(len(whole)))


@pytest.mark.parametrize("instruction", ["long enough. " * 80, "é" * 512])
def test_of_every_longer_prefix_one_goes_ahead_and_the_longer_one_after_the_shorter(make_task, instruction):
    whole, lanes = handed_out(make_task(pool=8, items=ITEMS, instruction=instruction))
    assert [(whole.trial(p).draw, whole.trial(p).shots) for p in lanes] == [(0, 1), (1, 1)]


def test_a_model_that_keeps_prefixes_gets_each_draw_in_order(make_task):
    whole, lanes = handed_out(make_task(pool=8, items=ITEMS), by_draw=True)
    assert lanes == list(range(len(whole)))


SIMILAR = Design((1, 4), draws=1, items=ITEMS, selection="similar")


def test_where_items_have_examples_of_their_own_only_a_long_instruction_has_to_be_cached_first(make_task):
    whole, lanes = handed_out(make_task(pool=8, items=ITEMS), design=SIMILAR)
    assert sorted(lanes) == list(range(len(whole)))
    _, lanes = handed_out(make_task(pool=8, items=ITEMS, instruction="long enough. " * 80), design=SIMILAR)
    assert lanes == [0]


def test_where_items_have_examples_of_their_own_each_is_a_lane(make_task):
    whole = plan(make_task(pool=8, items=ITEMS), SIMILAR, parse("simulated/flat"))
    schedule = Schedule(whole, range(len(whole)), by_draw=True)
    assert sorted(lane for _, lane in schedule._ready) == [[i, i + ITEMS] for i in range(ITEMS)]


def test_items_of_one_system_message_are_a_lane_and_one_goes_ahead_of_each_message(make_task):
    task = make_task(pool=8, items=ITEMS)
    texts = ["first voice. " * 90, "second voice. " * 90]
    task = replace(task, items=tuple(replace(item, system=texts[i % 2]) for i, item in enumerate(task.items)))
    whole, lanes = handed_out(task)
    assert sorted((whole.system(t), t.draw, t.shots) for t in map(whole.trial, lanes)) == sorted(
        (text, draw, 1) for text in texts for draw in range(DRAWS)
    )
    schedule = Schedule(whole, range(len(whole)), by_draw=True)
    found = [{(whole.trial(p).draw, whole.system(whole.trial(p))) for p in lane} for _, lane in schedule._ready]
    assert sorted(map(len, found)) == [1] * 2 * DRAWS
