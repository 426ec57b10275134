"""What is said of replies besides their scores."""

import json
from dataclasses import replace

import pytest

import curvefit as cf
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import SameAnswer
from curvefit.report.study_files import write_study
from curvefit.report.terminal import summary
from curvefit.tasks.json_reply import fields_right
from curvefit.tasks.scorers import lists_in_order, make_scorer
from curvefit.tasks.task import Item
from curvefit.trials.design import Design


def same_answers(task, reply, items=20):
    return measure(task, Design((0, 2), draws=2, items=items), cf.FunctionModel(reply)).same_answers


def test_a_model_that_answers_every_item_alike_is_said_to(make_task):
    same = same_answers(make_task(labels=2), lambda prompt: "label-0")
    assert same == (SameAnswer(0, 20, "label-0"), SameAnswer(2, 40, "label-0"))


def test_a_first_look_says_it_in_one_sentence(make_task):
    curve = measure(make_task(labels=2), Design((0, 2), draws=2, items=20), cf.FunctionModel(lambda _: "label-0"))
    said = " ".join(summary(cf.analyze(curve)).split())
    assert "All 60 readable replies at 0, 2 shots are 'label-0', whatever was asked." in said


def test_it_is_said_of_the_numbers_of_shots_it_is_true_of(make_task):
    asked = []

    def reply(prompt):
        asked.append(prompt)
        return f"label-{len(asked) % 2}" if len(prompt) > 60 else "label-1"

    assert same_answers(make_task(labels=2), reply) == (SameAnswer(0, 20, "label-1"),)


@pytest.mark.parametrize("labels", [1, 2])
def test_one_target_for_all_or_few_replies_are_no_oddity(make_task, labels):
    assert same_answers(make_task(labels=labels), lambda prompt: "label-0", items=20 if labels == 1 else 2) == ()


def test_fields_of_json_are_counted_apart_and_the_worst_come_first(make_task):
    task = make_task(labels=2)
    rows = {
        e.id: json.dumps({"name": e.id, "amount": {"eur": 12.5}, "tags": ["a", "b"]}) for e in (*task.pool, *task.items)
    }
    pool, items = (tuple(replace(e, target=rows[e.id]) for e in side) for side in (task.pool, task.items))
    task = replace(task, pool=pool, items=items, labels=(), scorer=make_scorer("json"))
    curve = measure(
        task, Design((0,), draws=1, items=20), cf.FunctionModel(lambda _: '{"amount": {"eur": 12.5}, "tags": ["b"]}')
    )
    (note,) = [note.text for note in curve.notes if note.text.startswith("right by field")]
    assert note == "right by field at 0 shots: 'name' 0%, 'tags[]' 0%, 'amount.eur' 100%"


@pytest.mark.parametrize(
    ("reply", "target", "right"),
    [
        ('{"a": 5459.0}', '{"a": 5459}', {"a": True}),
        ('{"a": "5459.00"}', '{"a": 5459}', {"a": False}),
        ('{"a": 1, "b": null}', '{"a": 1}', {"a": True}),
        ('{"a": "x  y"}', '{"a": "x y"}', {"a": False}),
        ('[{"p": 1}, {"p": 3}]', '[{"p": 1}, {"p": 2}]', {"[].p": False}),
        ('{"a": ["x", "y"]}', '{"a": ["x", "y"]}', {"a[]": True}),
        ('{"a": ["x", "y", "z"]}', '{"a": ["x", "y"]}', {"a[]": False}),
        ('{"a": ["x"]}', '{"a": ["x", "y"]}', {"a[]": False}),
        ('{"a": []}', '{"a": ["x"]}', {"a[]": False}),
        ('{"a": ["x"]}', '{"a": []}', {"a": False}),
        ("no idea", '{"a": 1}', {"a": False}),
        ('{"a": 1}', "none", {}),
    ],
)
def test_a_field_is_right_where_all_of_it_is(reply, target, right):
    for in_order in (True, False):
        assert fields_right(reply, target, in_order=in_order) == right


@pytest.mark.parametrize(("credit", "right"), [("exact", False), ("fields", True)])
def test_fields_are_right_by_the_order_that_the_scorer_asks_for(credit, right):
    """Seen: 16% of answers right, and each of their fields in 100%."""
    scorer, item = make_scorer({"type": "json", "credit": credit}), Item("row", "which?", '{"of": ["a", "b"], "n": 1}')
    turned = '{"n": 1, "of": ["b", "a"]}'
    assert scorer(turned, item).value == float(right)
    fields = fields_right(turned, item.target, in_order=lists_in_order(scorer))
    assert fields == {"of[]": right, "n": True}


def test_a_second_scorer_judges_the_same_replies_and_both_are_shown(make_task, tmp_path):
    asked = []

    def reply(prompt):
        asked.append(prompt)
        return f"It is label-{len(asked) % 2}."

    task = replace(make_task(labels=2), scorer=make_scorer("contains"), also_scored_by=make_scorer("exact"))
    curve = measure(task, Design((0, 2), draws=2, items=20), cf.FunctionModel(reply))
    assert len(asked) == 60
    assert (curve.scorer, curve.also_scored_by) == ("contains", "exact")
    assert (curve.also_scores == 0).all()
    study = cf.analyze(curve)
    gap = study.scorer_gap
    assert gap.difference.value == pytest.approx(study.points[0].accuracy.value)
    assert [point.accuracy.value for point in gap.also] == [0, 0]
    assert gap.decides_more
    said = " ".join(summary(study, verbose=True).split())
    assert "by contains and 0% by exact: the scorer decides more than the number of examples." in said
    write_study(study, tmp_path)
    again = cf.read_study(tmp_path)
    assert again.scorer_gap == gap
    assert said == " ".join(summary(again, verbose=True).split())


def test_two_scorers_that_agree_decide_nothing(make_task):
    task = replace(make_task(labels=2), also_scored_by=make_scorer("exact"))
    study = cf.analyze(measure(task, Design((0, 2), draws=2, items=20), cf.FunctionModel(lambda _: "label-0")))
    assert (study.scorer_gap.difference.value, study.scorer_gap.decides_more) == (0, False)


def test_two_scorers_of_one_name_are_told_apart_by_where_they_are_named(make_task):
    task = replace(make_task(labels=2), scorer=make_scorer("contains"), also_scored_by=make_scorer("contains"))
    study = cf.analyze(measure(task, Design((0, 2), draws=2, items=20), cf.FunctionModel(lambda _: "label-0")))
    said = " ".join(summary(study, verbose=True).split())
    assert "by contains (scorer) and 50% by contains (also_scored_by)" in said


def test_where_no_two_answers_are_equal_none_is_the_commonest(make_task):
    """Else a task of twenty different answers would be said to have a constant one that scores 5%."""
    labels = make_task(labels=2, items=20)
    built = replace(labels, labels=(), items=tuple(replace(item, target=f"answer {item.id}") for item in labels.items))
    model = cf.FunctionModel(lambda _: "nothing")
    assert measure(built, Design((0,), draws=1, items=20), model).commonest is None
    assert measure(labels, Design((0,), draws=1, items=20), model).commonest.mean() == 0.5
