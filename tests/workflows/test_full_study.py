"""From a task to a decision: everything is planned before anything is paid for, and concluded once, from all of it."""

from __future__ import annotations

import doctest
from dataclasses import replace

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.decision.break_even import Costs
from curvefit.errors import DesignError
from curvefit.measurement.measure import measure, plan_measurement
from curvefit.models.base import Prices
from curvefit.models.simulated import SimulatedModel, parse
from curvefit.payoff.predictor import Probed
from curvefit.study import analyze
from curvefit.tasks.scorers import make_scorer
from curvefit.training.text_classifier import baseline
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.workflows import full_study as module
from curvefit.workflows.full_study import (
    Asking,
    Criteria,
    baseline_beside,
    continued,
    decide,
    is_larger,
    what_differs,
)
from curvefit.workflows.known_items import changed_items, corrected_targets

DESIGN = Design((0, 1, 2, 4), draws=2, items=20, seed=3)


@pytest.fixture
def task(make_task):
    return make_task()


@pytest.fixture
def requests(monkeypatch):
    """What the simulated model is asked."""
    answer, asked = SimulatedModel.complete, []

    async def counted(self, request):
        asked.append(request)
        return await answer(self, request)

    monkeypatch.setattr(SimulatedModel, "complete", counted)
    return asked


def test_it_comes_to_what_measuring_and_analysing_come_to(task):
    model = parse("simulated/rising")
    study = decide(task, DESIGN, model, criteria=Criteria(margin=0.05, level=0.8, n_train=70))
    curve = measure(task, DESIGN, model)
    np.testing.assert_array_equal(study.curve.scores, curve.scores)
    free = baseline_beside(task, curve, 70)
    apart = analyze(curve, margin=0.05, level=0.8, n_train=70, baseline=free)
    assert (study.verdict.gain_left, study.payoff.n_train, study.looks) == (apart.verdict.gain_left, 70, None)
    assert study.payoff.gain == apart.payoff.gain
    np.testing.assert_array_equal(study.baseline.curve.scores, free.curve.scores)
    assert study.baseline.items == study.curve.items
    assert study.payoff.stand_in is not None


def test_a_curve_and_a_baseline_without_stated_sizes_come_to_what_deciding_comes_to(task):
    study = decide(task, DESIGN, parse("simulated/rising"))
    free = baseline(task, seed=DESIGN.seed)
    assert free.curve.shots.tolist() == study.baseline.curve.shots.tolist() == [32, len(task.pool)]
    apart = analyze(study.curve, margin=study.margin, baseline=free)
    assert (apart.payoff.gain, apart.payoff.probability) == (study.payoff.gain, study.payoff.probability)
    assert apart.advice == study.advice


def test_where_answers_are_built_there_is_no_baseline_and_the_prediction_rests_on_cases(task):
    built = replace(task, labels=(), pool=tuple(replace(e, target=f"{e.target} {e.id}") for e in task.pool))
    study = decide(built, DESIGN, parse("simulated/rising"))
    assert (study.baseline, study.payoff.stand_in) == (None, None)


def test_of_a_pool_too_large_to_train_on_a_part_is_and_what_more_would_teach_is_a_forecast(task, monkeypatch):
    most = "curvefit.training.text_classifier._MOST_OF_POOL"
    monkeypatch.setattr(most, 35)
    study = decide(task, DESIGN, parse("simulated/rising"))
    assert (study.baseline.pool, study.baseline.curve.shots.tolist()) == (35, [32, 35])
    assert (study.payoff.n_train, study.payoff.stand_in is not None) == (len(task.pool), True) == (40, True)
    monkeypatch.setattr(most, 3)  # of which as many have answers of their own
    assert decide(replace(task, labels=()), DESIGN, parse("simulated/rising")).baseline is None


def test_retrieved_examples_that_do_not_fit_are_refused_before_anything_is_asked(task, requests, tmp_path):
    how = Asking(retrieved=(1, 4000), journal=tmp_path / "journal.sqlite")
    with pytest.raises(DesignError, match="4000 shots need as many pool examples"):
        decide(task, DESIGN, parse("simulated/rising"), how)
    assert (requests, list(tmp_path.iterdir())) == ([], [])


def test_retrieved_examples_are_shown_for_the_items_that_looks_ended_with(task, monkeypatch):
    monkeypatch.setattr("curvefit.curves.group_sequential._FUTILE", 1.1)
    study = decide(task, DESIGN, parse("simulated/rising"), Asking(retrieved=(1, 4), until_decided=True))
    assert (study.looks.number, study.looks.outcome) == (1, "given-up")
    assert study.curve.retrieved.items == study.curve.items
    assert len(study.curve.items) < 20


def test_a_price_stated_after_replies_came_prices_those_that_random_and_similar_examples_share(
    task, tmp_path, monkeypatch
):
    answer = SimulatedModel.complete

    async def unpriced(self, request):
        return replace(await answer(self, request), usd=None)

    monkeypatch.setattr(SimulatedModel, "complete", unpriced)
    alone = replace(task, pool=task.pool[:1])  # the only example is also the most similar
    how = Asking(retrieved=(1,), journal=tmp_path / "journal.sqlite")

    def used():
        return decide(alone, Design((0, 1), draws=1, items=20), parse("simulated/rising"), how).curve.usage

    assert (used().calls, used().usd) == (40, None)
    prices = Prices(1.0, 2.0)
    monkeypatch.setattr(SimulatedModel, "stated_prices", prices, raising=False)
    now = used()
    assert now.usd == pytest.approx(prices.usd(now.prompt_tokens, now.cached_tokens, now.completion_tokens))


def test_at_a_limit_nothing_is_retrieved_and_the_next_step_is_the_same_again(task):
    how = Asking(retrieved=(1,), limits=SpendingLimits(calls=30))
    study = decide(task, DESIGN, parse("simulated/rising"), how)
    assert (study.curve.stopped != "", study.curve.retrieved, study.curve.usage.calls) == (True, None, 30)
    assert study.advice.next_steps[0].code == "same-again"


def test_looks_that_a_limit_ended_say_so(task):
    how = Asking(until_decided=True, limits=SpendingLimits(calls=8))
    looks = decide(task, DESIGN, parse("simulated/rising"), how).looks
    assert (looks.number, looks.outcome) == (1, "stopped")


@pytest.mark.parametrize("selection", ["random", "balanced", "similar"])
def test_a_part_of_a_plan_asks_what_a_plan_of_the_smaller_design_would(task, selection):
    model = parse("simulated/rising")
    draws = 1 if selection == "similar" else 2
    wide = plan_measurement(task, Design((1, 2, 4), draws, 20, 3, selection), model)
    narrow = plan_measurement(task, Design((1, 4), 1, 7, 3, selection), model)
    part = wide.part(shots=(1, 4), draws=1, items=7)
    assert part.design == narrow.design
    assert [part.request(trial) for trial in part.trials()] == [narrow.request(trial) for trial in narrow.trials()]


def test_what_planning_found_is_kept_for_the_next_time(task, tmp_path, monkeypatch):
    model, journal = replace(parse("simulated/rising"), context=100_000), tmp_path / "journal.sqlite"
    first = plan_measurement(task, DESIGN, model, journal)
    monkeypatch.setattr(SimulatedModel, "count_tokens", lambda *_: pytest.fail("counted again"))
    assert plan_measurement(task, DESIGN, model, journal).design == first.design
    with Journal(journal) as kept:
        assert len(kept) == 0


def test_a_study_of_another_model_instruction_or_examples_is_another_one(task, make_task):
    model = parse("simulated/rising")
    curve = measure(task, DESIGN, model)
    assert what_differs(curve, task, model.name) == ""
    assert what_differs(curve, task, "simulated/flat") == "model"
    assert what_differs(curve, replace(task, instruction="Reply."), model.name) == "instruction"
    assert what_differs(curve, make_task(pool=5, items=5), model.name) == "examples"
    swapped = replace(task, pool=task.items, items=task.pool)
    assert what_differs(curve, swapped, model.name) == "", "another seed splits otherwise"
    stated = replace(task, instruction="Reply.", overrides=(("instruction", "Reply."),))
    assert what_differs(measure(stated, DESIGN, model), task, model.name) == "instruction"
    assert what_differs(replace(curve, overrides=(("context", "given"),), asked="x"), task, model.name) == "documents"


def test_the_example_runs(request, monkeypatch):
    monkeypatch.chdir(request.config.rootpath)
    ran = doctest.testmod(module)
    assert (ran.failed, ran.attempted > 0) == (0, True)


def test_what_is_known_beside_the_replies_counts_and_is_concluded_from_once(task, monkeypatch):
    costs = Costs(1_000, 0.1, 0.5, 100, error_usd=0.1)
    probed = Probed("local/x", 0.4, 32, Estimate(0.1, 0.0, 0.2, 0.9))
    analysed = []
    monkeypatch.setattr(module, "analyze", lambda *a, **more: analysed.append(more) or analyze(*a, **more))
    study = decide(task, DESIGN, parse("simulated/flat"), criteria=Criteria(probes=(probed,), costs=costs))
    assert (study.costs, study.probes, len(analysed)) == (costs, (probed,), 1)


@pytest.mark.parametrize(
    ("asked", "stated", "wanted"),
    [
        (Design(items=10, draws=1, seed=3), (), Design((), 2, 20, 3)),
        (Design(items=10, draws=1, seed=3), ("items",), Design((), 2, 10, 3)),
        (Design((0, 1), items=40, draws=5, seed=3), ("shots",), Design((0, 1), 5, 40, 3)),
        (Design(items=10, draws=1, seed=4), (), None),
        (Design(items=10, draws=1, seed=3, selection="balanced"), (), None),
        (Design(items=10, draws=1, seed=3, reply_tokens=9), (), None),
    ],
)
def test_a_design_goes_on_from_a_larger_one_but_for_what_is_stated_or_asked_otherwise(task, asked, stated, wanted):
    model = parse("simulated/flat")
    measured = measure(task, DESIGN, model)
    assert continued(asked, measured, task, model, stated) == (wanted or asked)
    assert continued(asked, replace(measured, form="other"), task, model, stated) == asked
    assert continued(asked, replace(measured, design=None), task, model, stated) == asked


def test_a_design_goes_on_to_numbers_of_shots_that_are_no_doublings(task):
    model, odd = parse("simulated/flat"), replace(DESIGN, shots=(0, 3))
    measured = measure(task, odd, model)
    limit = max(k for k in (1, 2, 4, 8, 16, 32, 64, 128) if k <= len(task.pool))
    found = continued(Design(seed=3), measured, task, model)
    assert (found.shots[:5], found.shots[-1]) == ((0, 1, 2, 3, 4), limit)


@pytest.mark.parametrize(
    ("changed", "larger"),
    [({}, False), ({"items": 19}, True), ({"draws": 1}, True), ({"shots": (0, 1, 2)}, True),
     ({"shots": (0, 1, 2, 4, 8), "items": 21}, False), ({"shots": ()}, False)],
)  # fmt: skip
def test_a_study_with_more_of_anything_is_larger(task, changed, larger):
    measured = measure(task, DESIGN, parse("simulated/flat"))
    assert is_larger(measured, replace(DESIGN, **changed)) == larger


def test_corrected_targets_are_counted_only_where_nothing_else_differs(task):
    model = parse("simulated/rising")
    curve = measure(task, DESIGN, model)
    first, *others = (task.by_id[name] for name in curve.items)
    label = next(each for each in task.labels if each != first.target)

    def with_first(**changes):
        return replace(task, items=tuple(replace(item, **changes) if item == first else item for item in task.items))

    corrected = with_first(target=label)
    assert corrected_targets(curve, task) == 0
    assert corrected_targets(curve, corrected) == 1
    for more in (
        with_first(input="another question"),
        with_first(target=label, input="another question"),
        replace(corrected, instruction="Reply."),
        replace(corrected, labels=()),  # of texts no older one is found
        replace(corrected, items=tuple(item for item in corrected.items if item != others[0])),
    ):
        assert corrected_targets(curve, more) == 0
    assert corrected_targets(replace(curve, digests=()), corrected) == 0


def test_changed_items_are_counted_where_some_are_as_they_were(task):
    curve = measure(task, DESIGN, parse("simulated/rising"))
    asked = [task.by_id[name] for name in curve.items]
    texts = replace(task, labels=(), items=(*(replace(item, target="a text") for item in asked[:3]), *asked[3:]))
    assert (changed_items(curve, task), changed_items(curve, texts)) == (0, 3)
    assert changed_items(curve, replace(task, scorer=make_scorer("contains"))) == 0, "all are judged otherwise"
