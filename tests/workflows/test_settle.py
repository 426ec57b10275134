"""Next steps are taken, the cheapest first, until training is decided or the caps allow no more."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from curvefit.cli.progress import ProgressLine
from curvefit.curves.curve import Estimate
from curvefit.curves.reason import Reason
from curvefit.decision.next_steps import NextStep
from curvefit.errors import BudgetReached, CallFailed, DesignError
from curvefit.models.simulated import parse
from curvefit.payoff.predictor import Probed
from curvefit.study import analyze
from curvefit.trials.design import Design
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.workflows import settle as module
from curvefit.workflows.full_study import Asking, Criteria, decide
from curvefit.workflows.local_probe import Stopping
from curvefit.workflows.prompt_and_weights import with_shown
from curvefit.workflows.settle import settle

DESIGN = Design((0, 1, 2), draws=2, items=20, seed=3)
STEP = NextStep(
    "narrow", {"shots": 4, "items": 20, "draws": 2, "lacks_examples": 0, "lacks_items": 0}, 40, 0.0, 0.1, 0.6
)


@pytest.fixture
def setting(make_task, tmp_path):
    """Task, model and how it is asked; answers are built, so that no classifier decides."""
    labels = make_task()
    task = replace(labels, labels=(), pool=tuple(replace(e, target=f"{e.target} {e.id}") for e in labels.pool))
    return task, parse("simulated/rising"), Asking(journal=tmp_path / "journal.sqlite"), Criteria()


def told(study, *steps, training="open"):
    """The same study, with these next steps."""
    return replace(study, advice=replace(study.advice, next_steps=steps, training=training))


def ends(monkeypatch, setting, *studies, **changed):
    """Settle studies that come one after the other whatever is measured; return what was taken."""
    task, model, asking, criteria = setting
    later = iter(studies[1:])
    designs = []

    def measured(task, design, *_):
        designs.append(design)
        return next(later)

    monkeypatch.setattr(module, "decide", measured)
    return list(settle(studies[0], task, model, replace(asking, **changed), criteria)), designs


@pytest.fixture
def study(setting):
    return decide(setting[0], DESIGN, *setting[1:])


def test_steps_are_taken_until_training_is_decided(monkeypatch, setting, study):
    other = replace(STEP, code="see-rise")
    taken, designs = ends(
        monkeypatch, setting, told(study, STEP), told(study, other), told(study, STEP, training="pays")
    )
    assert [t.step.code for t in taken] == ["narrow", "see-rise"]
    assert taken[-1].study.advice.training == "pays"
    assert designs[0].shots == (0, 1, 2, 4)


def test_each_is_taken_once_and_what_is_to_be_done_is_not_done(monkeypatch, setting, study):
    ship = NextStep("ship", {"shots": 1, "selection": "random"})
    taken, _ = ends(monkeypatch, setting, told(study, ship, STEP), told(study, ship, STEP))
    assert [t.step.code for t in taken] == ["narrow"]


@pytest.mark.parametrize(
    ("step", "limits", "why"),
    [
        (replace(STEP, minutes=61.0), None, "--max-minutes"),
        (replace(STEP, minutes=3.0), SpendingLimits(minutes=2), "--max-minutes"),
        (replace(STEP, usd=0.5), None, "--max-usd"),
        (replace(STEP, usd=0.5), SpendingLimits(usd=0.4), "--max-usd"),
        (replace(STEP, usd=None, calls=10**6), None, "--price"),
        (replace(STEP, usd=None, calls=None), None, "--price"),
        (replace(STEP, calls=41), SpendingLimits(calls=40), "--max-calls 40"),
    ],
)
def test_what_takes_too_much_is_not_done_and_said(monkeypatch, setting, study, step, limits, why):
    taken, designs = ends(monkeypatch, setting, told(study, step), limits=limits)
    assert [why in t.problem for t in taken] == [True]
    assert designs == []


def test_a_cap_that_was_reached_ends_it(monkeypatch, setting, study):
    stopped = told(replace(study, curve=replace(study.curve, stopped="--max-calls 3")), STEP)
    assert ends(monkeypatch, setting, stopped) == ([], [])


def test_measuring_on_is_done_for_real_and_keeps_the_probes(setting, study):
    probe = Probed("other", 0.3, 32, Estimate(0.2, 0.1, 0.3, 0.9))
    before = told(analyze(study.curve, probes=[probe]), STEP)
    (taken,) = settle(before, *setting)
    assert taken.study.curve.shots.tolist() == [0, 1, 2, 4]
    assert taken.study.probes == (probe,)
    assert taken.problem == ""


def test_what_is_measured_on_is_held_to_the_same_margin(setting, study):
    task, model, asking, criteria = setting
    more = replace(STEP, values={**STEP.values, "items": 10})
    taken = next(iter(settle(told(study, more), task, model, asking, criteria)))
    assert criteria.margin is None
    assert taken.study.margin == study.margin == criteria.margin_for(20)


def test_a_model_that_runs_elsewhere_is_not_fine_tuned_here(setting, study):
    (taken,) = settle(told(study, NextStep("probe", calls=0, usd=0.0, minutes=1.0)), *setting)
    assert "cannot be fine-tuned on this machine" in taken.problem
    assert taken.study.advice == told(study, NextStep("probe", calls=0, usd=0.0, minutes=1.0)).advice


def test_training_ends_where_the_time_is_over():
    seen = []
    follow = Stopping(lambda *at: seen.append(at), SpendingLimits(minutes=1e-9))
    with pytest.raises(BudgetReached, match="finished passes are kept"):
        follow(1, 2)
    assert seen == [(1, 2)]
    Stopping(None, SpendingLimits(minutes=5))(1, 2)
    line = ProgressLine("x", None, drawn=True, quiet=True)
    Stopping(line, None).counting("steps")(1, 2)
    assert "1 of 2 steps" in line.text(80, 0.0), "what it follows is named"


def test_reasons_are_no_steps():
    assert NextStep("ship") != Reason("ship")


@pytest.fixture
def trains(monkeypatch, setting, study):
    """Settle a study whose next step is to train its model, where training gives this; return what was taken."""

    class Result:
        """A probe that gained 40 points on 32 examples, and showed 8 in prompts besides."""

        def __init__(self, study):
            self.study = replace(
                study, curve=with_shown(study.curve, replace(study.curve, shots=study.curve.shots + 8))
            )

        def probed(self, n_train):
            return Probed(setting[1].name, 0.2, 32, Estimate(0.4, 0.35, 0.45, 0.9))

    def settled(outcome, say=lambda text: None):
        def fine_tune(planned, model, work, folder, run, beside):
            run.say("Converting the weights")
            if isinstance(outcome, Exception):
                raise outcome
            return ()

        monkeypatch.setattr(module, "LocalModel", type(setting[1]))
        monkeypatch.setattr(module, "available", lambda: True)
        monkeypatch.setattr(module, "plan_probe", lambda task, *_: (task, SimpleNamespace(design=None)))
        monkeypatch.setattr(module, "beside_probe", lambda *_: None)
        monkeypatch.setattr(module, "fine_tune", fine_tune)
        monkeypatch.setattr(module, "conclude_probe", lambda study, *_: Result(study))
        step = NextStep("probe", calls=0, usd=0.0, minutes=1.0)
        task, model, asking, criteria = setting
        return list(settle(told(study, step), task, model, replace(asking, say=say), criteria))

    return settled


def test_what_training_gave_counts_in_the_prediction(trains, study):
    taken = trains(None)[0]
    assert [probe.gain.value for probe in taken.study.probes] == [0.4]
    assert taken.study.payoff.gain.value > study.payoff.gain.value
    assert taken.study.points[-1].shots == study.points[-1].shots + 8, "what the probe showed counts too"
    assert (taken.problem, taken.cap) == ("", "")


@pytest.mark.parametrize(
    ("outcome", "cap"), [(BudgetReached("--max-minutes 1 was reached"), "--max-minutes"), (DesignError("too few"), "")]
)
def test_a_training_that_ended_or_cannot_be_leaves_the_study_as_it_was(trains, study, outcome, cap):
    (taken,) = trains(outcome)
    assert (taken.problem, taken.cap, taken.study.probes) == (str(outcome), cap, ())


def test_a_training_that_fails_otherwise_is_an_error(trains):
    with pytest.raises(CallFailed):
        trains(CallFailed("no server"))


def test_what_takes_long_before_training_is_said(trains):
    said = []
    trains(None, said.append)
    assert said == ["Converting the weights"]


def test_what_is_not_installed_is_why_a_step_was_left_out_and_no_second_place_says_how(setting, study, monkeypatch):
    monkeypatch.setattr(module, "available", lambda: False)
    monkeypatch.setattr(module, "LocalModel", type(setting[1]))
    (taken,) = settle(told(study, NextStep("probe", calls=0, usd=0.0, minutes=1.0)), *setting)
    assert taken.problem == "the packages that fine-tune are not installed"
