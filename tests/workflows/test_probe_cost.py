"""What a probe on this machine takes, without training: a model that only counts characters stands in."""

import math
from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest

import curvefit as cf
from curvefit.measurement.judging import judging_to_come
from curvefit.models import store
from curvefit.models.base import Usage
from curvefit.tasks.task import Judge
from curvefit.training.fine_tuning_plan import ProbeDesign, plan_fine_tuning
from curvefit.workflows.probe_cost import Trainers, probe_cost

NAME = "local/gemma3-270m"
HERE = Trainers(2)


class Spelling:
    """A model whose tokens are characters."""

    form, identity, concurrency = "plain", "spelling 1", 2

    def __init__(self, name=NAME):
        self.name = name

    def tokens(self, prompt, reply):
        return [ord(c) for c in prompt], [ord(c) for c in reply]


@pytest.fixture(autouse=True)
def converted(monkeypatch):
    """The weights to train are there."""
    monkeypatch.setattr("curvefit.workflows.probe_cost.is_converted", lambda name: True)


@pytest.fixture
def task(make_task):
    return make_task(pool=60, items=20)


@pytest.fixture
def work(task):
    return plan_fine_tuning(task, Spelling(), ProbeDesign((8, 32), 2, 20))


def study_of(task, seconds, shots=(0, 4, 32), retrieved=None):
    """A study whose calls took so many seconds each, at each number of shots."""
    curve = cf.Measurement(
        shots=np.array(shots), scores=np.tile(np.array([0.1, 0.5, 0.4])[: len(shots), None, None], (1, 2, 20)),
        task=task.name, kind="classification", model=NAME, items=tuple(item.id for item in task.items),
        design=cf.Design(shots, 2, 20), usage_by_shots=tuple(Usage(20, 1, 0, 1, 0.0, 20 * s) for s in seconds), pool=60,
    )  # fmt: skip
    return cf.analyze(curve)


def test_a_judge_is_asked_about_every_reply_of_what_is_trained_and_its_price_is_said(task, work, tmp_path):
    judged = replace(task, judge=Judge("openai/new", "Is it right?", price=(1.0, 2.0)))
    cost = probe_cost(judged, Spelling(), work, study_of(task, (1.0, 3.0, 9.0)), tmp_path, HERE)
    assert cost.judging.calls == cost.calls == 120
    assert 0 < cost.judging.usd == pytest.approx(2 * judging_to_come(judged, judged.items, 60).usd, rel=0.01)
    unpriced = replace(judged, judge=replace(judged.judge, price=()))
    assert math.isnan(probe_cost(unpriced, Spelling(), work, None, tmp_path, HERE).judging.usd)
    assert probe_cost(task, Spelling(), work, None, tmp_path, HERE).judging.calls == 0


def test_scoring_is_every_model_without_examples_and_the_last_with_those_that_did_best(task, work, tmp_path):
    cost = probe_cost(task, Spelling(), work, study_of(task, (1.0, 3.0, 9.0)), tmp_path, HERE)
    assert cost.calls == 4 * 20 + 2 * 20  # the 4 examples that did best, of both seeds
    alone, shown = 20 * 1.0, 20 * 3.0 / 2  # without examples one engine, beside trainings; then two
    assert cost.scoring[1] == pytest.approx(4 * (alone + 3) + 2 * (shown + 3))
    assert 0 < cost.scoring[0] < cost.scoring[1]
    low, high = cost.training_seconds
    assert cost.training.seconds == high > low > 0
    assert cost.seconds == pytest.approx((5 + low + cost.scoring[0], 20 + high + cost.scoring[1]))


def test_what_the_study_lacks_is_asked_of_the_untrained_model(task, work, tmp_path):
    """Showing 32, in 2 draws; and no example, where the study did not ask that."""
    lacking = study_of(task, (3.0, 9.0), shots=(4, 16))
    cost = probe_cost(task, Spelling(), work, lacking, tmp_path, HERE)
    assert cost.calls == 4 * 20 + 20 + 2 * 20 + 2 * 20


def test_without_a_study_the_pace_of_the_model_says_how_long_scoring_takes(task, work, tmp_path):
    cost = probe_cost(task, Spelling(), work, None, tmp_path, HERE)
    examples = (*work.held_out, *work.orders[0])
    prompt, reply = (fmean(len(getattr(each, part)) for each in examples) for part in ("prompt", "reply"))
    each = 20 * (prompt * store.CATALOGUE["gemma3-270m"].pace[0] + reply * store.CATALOGUE["gemma3-270m"].pace[1])
    assert cost.calls == 4 * 20
    assert cost.scoring == pytest.approx((4 * (each + 1), 4 * (each + 3)))


def test_a_busy_machine_and_weights_to_convert_take_longer(task, work, tmp_path, monkeypatch):
    idle, busy = (probe_cost(task, Spelling(), work, None, tmp_path, each) for each in (HERE, Trainers(2, 3.0)))
    assert busy.training_seconds == pytest.approx((idle.training_seconds[0], 3 * idle.training_seconds[1]))
    assert busy.scoring[0] == idle.scoring[0]
    assert busy.scoring[1] > idle.scoring[1]
    monkeypatch.setattr("curvefit.workflows.probe_cost.is_converted", lambda name: False)
    new = probe_cost(task, Spelling(), work, None, tmp_path, HERE)
    assert new.seconds == pytest.approx((idle.seconds[0] + 30, idle.seconds[1] + 60))


def test_of_a_model_of_ones_own_it_is_said_as_far_as_the_study_tells(task, work, tmp_path):
    cost = probe_cost(task, Spelling("hf:mine"), work, study_of(task, (1.0, 3.0, 9.0)), tmp_path, HERE)
    assert cost.scoring is not None
    assert (cost.training_seconds, cost.seconds) == (None, None)
    assert probe_cost(task, Spelling("hf:mine"), work, None, tmp_path, HERE).scoring is None


def test_a_training_ends_at_the_earliest_after_as_many_checks_as_patience_takes(work):
    recipe = work.recipe
    assert recipe.epochs(32) == 16
    assert recipe.fewest(32) == 8  # a check every second pass: the first is the best, then three without a better one
    assert recipe.fewest(128) == 4
    assert replace(recipe, patience=99).fewest(32) == 16
