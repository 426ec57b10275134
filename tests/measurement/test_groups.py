"""Groups of items, from the file to the report."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

import curvefit as cf
from curvefit.curves.item_groups import group_numbers
from curvefit.report.cautions import cautions
from curvefit.report.readiness_text import readiness_summary
from curvefit.report.study_reader import open_study
from curvefit.tasks.readiness import readiness
from curvefit.workflows.study_comparison import compare


def records(groups: int = 60, size: int = 6):
    rng = random.Random(5)
    return [
        {
            "input": " ".join("".join(rng.choices("abcdefghij", k=6)) for _ in range(6)),
            "output": ["yes", "no"][rng.random() < 0.5],
            "group": f"customer {g}",
        }
        for g in range(groups)
        for _ in range(size)
    ]


@pytest.fixture(scope="module")
def task() -> cf.Task:
    return cf.Task.from_records(records(), name="mail")


@pytest.fixture(scope="module")
def measured(task):
    return cf.measure(task, cf.Design((0, 2, 4), draws=2, items=60), cf.resolve("simulated/rising"))


def test_a_measurement_keeps_the_group_of_each_item(task, measured):
    group = {item.id: item.group for item in task.items}
    names = [group[item] for item in measured.items]
    pairs = [(i, j) for i in range(60) for j in range(i)]
    assert all((names[i] == names[j]) == (measured.groups[i] == measured.groups[j]) for i, j in pairs)


def test_a_classifier_is_scored_on_groups_too(task):
    base = cf.baseline(task, sizes=(16, 64), items=60)
    group = {item.id: item.group for item in task.items}
    assert len(set(base.curve.groups)) == len({group[item] for item in base.items})
    some = base.on_items(base.items[:30])
    assert some.curve.groups == group_numbers(group[item] for item in some.items)


def alike(measured, size: int = 10):
    """The same with scores that are the group's alone, in groups of so many."""
    groups = np.arange(measured.scores.shape[2]) // size
    grid = np.random.default_rng(2).random((*measured.scores.shape[:2], groups[-1] + 1)) < 0.6
    scores = np.ascontiguousarray(grid.astype(float)[:, :, groups])
    return replace(measured, scores=scores, readable=np.ones_like(scores), groups=tuple(groups.tolist()))


def test_a_study_is_read_back_with_its_groups_and_says_what_they_count_for(measured, task, tmp_path):
    study = cf.analyze(alike(measured), baseline=cf.baseline(task, sizes=(16, 64), items=60), kind="classification")
    cf.write_report(study, tmp_path)
    back = open_study(tmp_path)
    assert back.measurement.groups == study.curve.groups
    assert back.measurement.points() == study.curve.points()
    assert back.settings.baseline.points() == study.baseline.points()
    said = "The 60 items are of 6 groups: they count as about 6 independent ones, and so few tell little of new ones."
    assert said in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert said in cautions(study)


def test_two_studies_of_equal_models_differ_by_no_more_than_their_groups_do(measured):
    one = alike(measured)
    other = replace(one, scores=1 - one.scores)
    known, unknown = (
        compare({"one": replace(one, groups=of), "other": replace(other, groups=of)}).pairs[0]
        for of in (one.groups, ())
    )
    assert known.difference.high - known.difference.low > 1.5 * (unknown.difference.high - unknown.difference.low)
    assert known.needed is None or unknown.needed is None or known.needed > unknown.needed


def test_a_check_says_in_a_line_how_many_groups_there_are(task):
    said = " ".join(" ".join(readiness_summary(task, readiness(task, margin=0.05, level=0.9), 0.05, 0.9)).split())
    line = "intervals count them as fewer, as far as items of a group fare alike"
    assert f"note: the 120 items are of 20 groups: {line}" in said
    assert "not shown to the model" not in said
