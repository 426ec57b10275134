import asyncio
from dataclasses import replace

import numpy as np
import pytest

from curvefit.errors import CallFailed, ModelUnavailable
from curvefit.measurement.measure import measure
from curvefit.models.base import Message, Request
from curvefit.models.simulated import TRUTHS, Truth, parse
from curvefit.trials.design import Design
from curvefit.trials.trial_plan import plan, with_targets


@pytest.mark.slow
@pytest.mark.parametrize("truth", ["rising", "plateau", "falling"])
def test_accuracy_over_items_and_draws_tends_to_the_truth(make_task, truth):
    """Asked without a journal, which would cost most of the time; part of it is asked as a run does, which agrees."""
    task, shots = make_task(pool=40, items=300), (0, 1, 8, 16)
    model = with_targets(replace(parse(f"simulated/{truth}"), seed=11), task)
    asked = plan(task, Design(shots, draws=30, items=300), model)
    scores = asyncio.run(all_scores(asked, model))
    assert scores.mean(axis=(1, 2)) == pytest.approx([model.truth.at(k) for k in shots], abs=0.06)
    assert np.array_equal(measure(task, asked.part(draws=2, items=50), model).scores, scores[:, :2, :50])


async def all_scores(asked, model):
    """Return whether each reply is right, of shape (shots, draws, items)."""
    scores = np.empty((len(asked.design.shots), asked.design.draws, len(asked.items)))
    for trial in asked.trials():
        reply = await model.complete(asked.request(trial))
        row = asked.design.shots.index(trial.shots)
        scores[row, trial.draw, trial.item] = reply.text == asked.items[trial.item].target
    return scores


def test_items_differ_in_difficulty_and_draws_in_quality(make_task):
    curve = measure(make_task(pool=40, items=400), Design((1,), draws=8, items=400), parse("simulated/flat"))
    by_item = curve.scores[0].mean(axis=0)
    binomial = 0.3 * 0.7 / 8
    assert by_item.var() > 2 * binomial


@pytest.mark.parametrize("truth", TRUTHS.values())
def test_a_truth_stays_within_zero_and_one(truth):
    assert all(0 <= truth.at(k) <= 1 for k in (0, 1, 2, 64, 1e4))


def test_a_plain_rise_never_falls():
    truth = Truth(0.1, 0.9, scale=7, steepness=1.5)
    assert np.all(np.diff([truth.at(k) for k in range(200)]) > 0)


def test_the_same_request_gets_the_same_reply_and_another_seed_another(make_task):
    task, design = make_task(items=100), Design((1, 2), draws=2, items=100)
    same = [measure(task, design, parse(name)).scores for name in ["simulated/rising@3"] * 2 + ["simulated/rising@4"]]
    assert np.array_equal(same[0], same[1])
    assert not np.array_equal(same[0], same[2])


@pytest.mark.parametrize("name", ["simulated/unknown", "simulated/", "simulated/rising@x"])
def test_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(ModelUnavailable, match="simulated/plateau"):
        parse(name)


def test_it_refuses_a_question_without_a_target():
    request = Request((Message("user", "What?"),), max_tokens=8)
    with pytest.raises(CallFailed, match="lacks the target"):
        asyncio.run(parse("simulated/flat").complete(request))
