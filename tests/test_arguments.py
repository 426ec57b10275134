"""Whatever a public function is called with, what it cannot use is told in one line of one family of errors."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

import curvefit as cf

CURVE = cf.Curve.from_means([0, 1, 2, 4], [0.2, 0.4, 0.5, 0.55], n_items=200)


@pytest.fixture(scope="module")
def study():
    return cf.analyze(CURVE)


DESIGN = cf.Design(shots=(0, 1), draws=1, items=5)
MODEL = cf.resolve("simulated/flat")
CALLS = {
    "measure a text": (lambda task: cf.measure("x", DESIGN, MODEL), "a task is needed, such as load_task"),
    "measure by a dict": (lambda task: cf.measure(task, {}, MODEL), "a design is needed"),
    "measure a name": (lambda task: cf.measure(task, DESIGN, "local/x"), r"such as resolve\(NAME\), not str"),
    "measure a function": (lambda task: cf.measure(task, DESIGN, print), r"such as FunctionModel\(function\)"),
    "measure a class": (lambda task: cf.measure(task, DESIGN, cf.SimulatedModel), "a model is needed"),
    "measure to 3": (lambda task: cf.measure(task, DESIGN, MODEL, journal=3), "a journal is named by its path"),
    "measure with 3": (lambda task: cf.measure(task, DESIGN, MODEL, progress=3), "progress is True, False or a"),
    "measure for 3": (lambda task: cf.measure(task, DESIGN, MODEL, limits=3), "limits are SpendingLimits"),
    "analyze 3": (lambda task: cf.analyze(3), "a curve is needed, such as study.curve, not int"),
    "margin": (lambda task: cf.analyze(CURVE, margin="x"), "margin lies between 0 and 1, not 'x'"),
    "level": (lambda task: cf.analyze(CURVE, level=None), "level lies between 0 and 1, not None"),
    "points": (lambda task: CURVE.points("x"), "level lies between 0 and 1, not 'x'"),
    "seed": (lambda task: cf.analyze(CURVE, seed="x"), "seed must be a whole number, at least 0, not 'x'"),
    "kind": (lambda task: cf.analyze(CURVE, kind=3), "kind must be text"),
    "n_train": (lambda task: cf.analyze(CURVE, n_train="x"), "n_train must be a whole number"),
    "probes": (lambda task: cf.analyze(CURVE, probes="x"), "probes must be a list of Probed, not 'x'"),
    "a probe": (lambda task: cf.analyze(CURVE, probes=[3]), r"probes must be a list of Probed, not \[3\]"),
    "no probes": (lambda task: cf.analyze(CURVE, probes=None), "probes must be a list of Probed, not None"),
    "shots as text": (lambda task: cf.Design(shots="1,2"), "shots must be whole numbers, such as .*, not '1,2'"),
    "one number": (lambda task: cf.Design(shots=4), "shots must be whole numbers, such as .*, not 4"),
    "half a shot": (lambda task: cf.Design(shots=(0, 1.5)), "shots must be whole numbers"),
    "draws": (lambda task: cf.Design(draws="5"), "draws must be a whole number, not '5'"),
    "items": (lambda task: cf.Design(items=None), "items must be a whole number, not None"),
    "selection": (lambda task: cf.Design(selection=[]), "selection must be one of"),
    "load_task": (lambda task: cf.load_task(3), "a task is read from a path, not from int"),
    "resolve": (lambda task: cf.resolve(3), "a model needs a name"),
    "read_scores": (lambda task: cf.read_scores({}), "scores are read from paths, not from dict"),
    "read_study": (lambda task: cf.read_study(3), "a study is read from a path, not from int"),
    "write_report": (lambda task: cf.write_report(CURVE, "out"), "a report is written of a study"),
    "from_means": (lambda task: cf.Curve.from_means([0, 1], ["a", "b"]), "accuracy must be one number for each"),
    "NaN shots": (lambda task: cf.Curve.from_means([0, float("nan")], [0.1, 0.2]), "shots must be whole"),
    "scores": (lambda task: cf.Curve([0], "abc"), "scores must be numbers in an array"),
    "score": (lambda task: cf.Score("x", None), r"score: must lie in \[0, 1\], not 'x'"),
    "decide asking by criteria": (
        lambda task: cf.decide(task, DESIGN, MODEL, cf.Criteria()),
        r"asking must be made by Asking\(...\), not Criteria",
    ),
    "decide by a margin": (lambda task: cf.decide(task, DESIGN, MODEL, None, 0.05), "criteria must be made by"),
    "retrieved": (lambda task: cf.Asking(retrieved=4), r"retrieved are numbers of examples, such as .*, not 4"),
    "costs of kinds": (
        lambda task: cf.Costs(9, error_usd={"miss": 10}),
        "error_usd must be a number, not {'miss': 10}",
    ),
    "costs of a range": (
        lambda task: cf.Costs(calls_per_month=[1, 2]),
        r"calls_per_month must be a number, not \[1, 2\]; of a range .* upper_ends={'calls_per_month': NUMBER}",
    ),
    "upper ends of a number": (
        lambda task: cf.Costs(9, upper_ends=20),
        "upper_ends must be numbers by the name of an amount, not 20",
    ),
    "an upper end of a text": (
        lambda task: cf.Costs(9, upper_ends={"calls_per_month": "20"}),
        "calls_per_month has no upper end of '20'",
    ),
    "costs of a dict": (lambda task: cf.Criteria(costs={"calls_per_month": 9}), r"costs must be made by Costs\(...\)"),
    "costs of a file": (lambda task: cf.Criteria(costs="costs.yaml"), r"costs must be made by Costs\(...\), not str"),
    "criteria's probes": (lambda task: cf.Criteria(probes="x"), "probes must be a list of Probed, not 'x'"),
    "journal": (lambda task: cf.Asking(journal=3), "a journal is named by its path, not by int"),
    "failures": (lambda task: cf.failures(cf.analyze(CURVE), task), "folder is named by its path, not by Task"),
    "limits": (lambda task: cf.SpendingLimits(usd=-1), r"--max-usd \(in Python: usd\) must be more than 0, not -1"),
    "half a call": (lambda task: cf.SpendingLimits(calls=2.5), r"calls\) must be a whole number, not 2.5"),
    "level of an estimate": (lambda task: cf.Estimate(0.5, 0.4, 0.6, 90), "level lies between 0 and 1, not 90"),
    "more shots than the pool has": (
        lambda task: cf.measure(task, cf.Design(shots=(0, 999)), MODEL),
        r"or use --shots up to \d+ \(in Python: shots\)",
    ),
    "a study whose task was made in memory": (
        lambda task: cf.advised_prompt(cf.analyze(cf.measure(replace(task, path=""), DESIGN, MODEL)), "out"),
        r"name it with --task \(in Python: task\)",
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_argument_is_told_in_one_line(call, make_task):
    act, said = CALLS[call]
    with pytest.raises(cf.CurvefitError, match=said) as told:
        act(make_task())
    assert "\n" not in str(told.value)


def test_numbers_of_retrieved_examples_may_be_an_array(make_task):
    study = cf.decide(make_task(), DESIGN, MODEL, cf.Asking(retrieved=np.array([1, 2])))
    assert [point.shots for point in study.retrieved] == [1, 2]


@pytest.mark.parametrize("shots", ["a", "12", None, [[1, 2]], [None], {}, -1, [1, -2], object()])
def test_a_forecast_is_of_numbers(study, shots):
    with pytest.raises(cf.CurvefitError, match="shots must be"):
        study.forecast.at(shots)


def test_a_forecast_of_several_is_one_of_each(study):
    both = study.forecast.at([16, 32])
    assert both == (study.forecast.at(16), study.forecast.at(32))
    assert study.forecast.at([16]) == both[:1]
    assert study.forecast.at([]) == ()


def test_the_kind_that_is_stated_takes_the_place_of_the_measurements(study):
    assert study.payoff is None
    assert study.missing_for_payoff == ("kind", "n_train")
    assert cf.analyze(CURVE, kind="extraction").missing_for_payoff == ("n_train",)
    known = cf.analyze(CURVE, kind="extraction", n_train=100)
    assert known.missing_for_payoff == ()
    assert known.payoff == cf.predict_payoff(CURVE, kind="extraction", n_train=100)
    assert cf.analyze(known.curve, kind="classification", n_train=100).payoff.kind == "classification"


class Terminal:
    """A stderr that says it is a terminal, or not."""

    def __init__(self, tty: bool) -> None:
        self.tty, self.text = tty, ""

    def isatty(self) -> bool:
        return self.tty

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


@pytest.mark.parametrize(("tty", "progress", "drawn"), [(True, True, True), (False, True, False), (True, False, False)])
def test_progress_is_drawn_on_a_terminal_where_it_is_wanted(make_task, monkeypatch, tty, progress, drawn):
    terminal = Terminal(tty)
    monkeypatch.setattr(sys, "stderr", terminal)
    cf.measure(make_task(), DESIGN, MODEL, progress=progress)
    assert terminal.text.endswith("100%  10 of 10 requests\n") == drawn
    assert bool(terminal.text) == drawn


def test_a_notebooks_stderr_gets_a_bar(make_task, monkeypatch):
    notebook = type("OutStream", (Terminal,), {"__module__": "ipykernel.iostream"})(False)
    monkeypatch.setattr(sys, "stderr", notebook)
    cf.measure(make_task(), DESIGN, MODEL, progress=True)
    assert notebook.text.startswith("\r[---")


def test_a_score_out_of_range_names_scorer_and_item(make_task):
    task = make_task(scorer=cf.Scorer("mine", lambda reply, item: cf.Score(20, reply)))
    with pytest.raises(
        cf.CurvefitError, match=r"scorer 'mine' failed on item 'row-\d+' .*must lie in \[0, 1\], not 20"
    ):
        cf.measure(task, DESIGN, MODEL)
