import copy
import importlib
import pickle
import pkgutil
from dataclasses import replace

import pytest

import curvefit as cf
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.errors import InputError, StillReasoning
from curvefit.payoff.predictor import Probed
from curvefit.study import with_own_training


def pickled(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301


@pytest.fixture(scope="module")
def values(tmp_path_factory):
    """What the API returns, by name."""
    folder = tmp_path_factory.mktemp("study")
    gain = cf.Estimate(0.1, 0.05, 0.15, 0.9)
    means = cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)
    task, design = cf.load_task("sample_tasks/tickets"), cf.Design(shots=(0, 2, 4), draws=2, items=20)
    measured = cf.measure(task, design, cf.resolve("simulated/rising"), journal=folder / "journal.sqlite")
    retrieved = cf.measure(
        task, replace(design, shots=(2, 4), selection="similar", draws=1), cf.resolve("simulated/rising")
    )
    baseline = cf.baseline(task, sizes=(8, 32), draws=2)
    study = cf.analyze(measured, baseline=baseline, probes=[Probed("local/gemma3-270m", 0.4, 32, gain)])
    trained = with_own_training(study, [ValidatedTraining("mine", 64, cf.Estimate(0.9, 0.8, 0.95, 0.9), gain)])
    other = cf.analyze(cf.measure(task, design, cf.resolve("simulated/flat")))
    cf.write_report(study, folder)
    return {
        "curve of means": means,
        "study of means": cf.analyze(means, kind="classification", n_train=500),
        "predicted payoff": cf.predict_payoff(means, kind="extraction", n_train=1000),
        "task": task,
        "model": cf.resolve("simulated/rising"),
        "design": design,
        "measurement": measured,
        "baseline": baseline,
        "study": study,
        "study beside retrieved": cf.analyze(measured.beside(retrieved)),
        "study with costs": replace(study, costs=cf.Costs(calls_per_month=1000, training_usd=20)),
        "study with own training": trained,
        "read study": cf.read_study(folder),
        "candidates": study.candidates,
        "payoff": study.payoff,
        "advice": study.advice,
        "next step": study.advice.next_steps[0],
        "verdict": study.verdict,
        "forecast": study.forecast,
        "estimate": gain,
        "failures": study.errors(),
        "comparison": cf.compare({"rising": study, "flat": other}),
        "limits": cf.SpendingLimits(usd=1.0),
        "criteria": cf.Criteria(),
    }


NAMES = [
    "curve of means", "study of means", "predicted payoff", "task", "model", "design", "measurement", "baseline",
    "study", "study beside retrieved", "study with costs", "study with own training", "read study", "candidates",
    "payoff", "advice", "next step", "verdict", "forecast", "estimate", "failures", "comparison", "limits", "criteria",
]  # fmt: skip


def test_every_value_is_tried(values):
    assert list(values) == NAMES


@pytest.mark.parametrize("again", [pickled, copy.deepcopy, copy.copy])
@pytest.mark.parametrize("name", NAMES)
def test_a_value_comes_back_as_it_was(values, name, again):
    value = values[name]
    other = again(value)
    assert type(other) is type(value)
    assert repr(other) == repr(value)


@pytest.mark.parametrize(
    "name", ["predicted payoff", "advice", "next step", "verdict", "estimate", "design", "task", "criteria"]
)
def test_a_value_that_has_an_equality_equals_what_was_pickled(values, name):
    assert pickled(values[name]) == values[name]


def test_a_study_that_was_pickled_concludes_the_same_again(values):
    study, other = values["study"], pickled(values["study"])
    assert other.forecast.at(100) == study.forecast.at(100)
    assert other.curve.scores.tolist() == study.curve.scores.tolist()
    assert other.errors().items == study.errors().items
    assert values["comparison"].inputs == pickled(values["comparison"]).inputs


@pytest.mark.parametrize(
    ("scorer", "target", "wrong"),
    [
        ("exact", "7", "8"),
        ("number", "7", "8"),
        ({"type": "regex", "pattern": r"\d"}, "7", "8"),
        ({"type": "json", "credit": "fields"}, '{"a": 1}', '{"a": 2}'),
        ("sql", "select 1", "select 2"),
    ],
)
def test_a_scorer_that_was_pickled_judges_alike(scorer, target, wrong):
    task = cf.Task.from_records([(f"question {n}", target) for n in range(60)], scorer=scorer)
    other = pickled(task)
    assert [other.scorer(reply, other.items[0]).value for reply in (target, wrong)] == [1.0, 0.0]
    assert other == task


def test_a_scorer_of_ones_own_is_found_again_where_it_is_unpickled(tmp_path):
    (tmp_path / "judge.py").write_text("def says(reply, item):\n    return 'yes' in reply\n")
    for part in ("pool", "items"):
        (tmp_path / f"{part}.jsonl").write_text(f'{{"id": "{part}", "input": "of the {part}", "target": "yes"}}\n')
    (tmp_path / "task.yaml").write_text(
        "name: own\ninstruction: Answer.\nkind: qa\npool: pool.jsonl\nitems: items.jsonl\nscorer: python:judge:says\n"
    )
    task = pickled(cf.load_task(tmp_path))
    assert task.scorer("oh yes", task.items[0]).value == 1.0


@pytest.mark.parametrize("error", [InputError("is empty", file="a.csv", line=3, field="b"), StillReasoning("cut off")])
def test_an_error_that_was_pickled_says_the_same(error):
    other = pickled(error)
    assert (str(other), vars(other)) == (str(error), vars(error))


def test_every_class_that_says_it_is_of_the_package_is_found_there():
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(cf.__path__, "curvefit.")
        if not module.name.endswith("__main__")
    ]
    said = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and kind.__module__ == "curvefit"
    }
    assert len(said) > 30
    assert [kind.__qualname__ for kind in said if getattr(cf, kind.__qualname__, None) is not kind] == []
