"""Labels that look wrong: planted ones are named, clean and hard tasks are left in peace."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Task
from curvefit.workflows.label_check import doubtful_targets

ROOT_TASK = "sample_tasks/tickets"


def test_planted_labels_are_named_in_pool_and_items_and_hardly_any_other(monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    task = load_task(ROOT_TASK)
    assert doubtful_targets(task) == ()
    other = {label: task.labels[n - 1] for n, label in enumerate(task.labels)}
    wrong = {example.id for example in (*task.pool[::40], *task.items[::40])}
    sides = {
        side: tuple(
            replace(each, target=other[each.target.strip()]) if each.id in wrong else each
            for each in getattr(task, side)
        )
        for side in ("pool", "items")
    }
    (finding,) = doubtful_targets(replace(task, **sides))
    rows = set(finding.values["rows"])
    assert len(rows & wrong) >= 0.7 * len(wrong)
    assert len(rows - wrong) <= 1
    assert rows & {each.id for each in task.pool}
    assert rows & {each.id for each in task.items}
    right = {each.id: each.target.strip() for each in (*task.pool, *task.items)}
    named = dict(zip(finding.values["rows"], finding.values["answers"], strict=True))
    assert {right[row] for row in rows & wrong} == {named[row] for row in rows & wrong}


@pytest.mark.parametrize("labels", [2, 6])
def test_where_labels_follow_no_rule_none_is_called_wrong(labels):
    rng = random.Random(labels)
    words = "amber birch cedar delta ember frost grove heron iris jade kelp lotus maple north ochre pearl".split()  # noqa: SIM905
    records = [(f"{' '.join(rng.sample(words, 6))} {n}", f"label {rng.randrange(labels)}") for n in range(200)]
    assert doubtful_targets(Task.from_records(records, scorer="label")) == ()


def test_a_task_without_labels_or_with_few_examples_is_not_judged():
    few = Task.from_records(
        [(f"review {n} {'good' if n % 2 else 'bad'}", "ab"[n % 2]) for n in range(60)], scorer="label"
    )
    assert doubtful_targets(few) == ()
    open_ended = Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(200)], scorer="number")
    assert doubtful_targets(open_ended) == ()
