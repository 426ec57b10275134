"""What is said of replies besides their scores."""

import pytest

import curvefit as cf
from curvefit.measurement.measure import measure
from curvefit.trials.design import Design


def notes(task, reply, items=20):
    curve = measure(task, Design((0, 2), draws=2, items=items), cf.FunctionModel(reply))
    return [note.text for note in curve.notes if "whatever was asked" in note.text]


def test_a_model_that_answers_every_item_alike_is_said_to(make_task):
    (note,) = notes(make_task(labels=2), lambda prompt: "label-0")
    assert note == "all 60 readable replies at 0, 2 shots are 'label-0', whatever was asked"


def test_it_is_said_of_the_numbers_of_shots_it_is_true_of(make_task):
    asked = []

    def reply(prompt):
        asked.append(prompt)
        return f"label-{len(asked) % 2}" if len(prompt) > 60 else "label-1"

    (note,) = notes(make_task(labels=2), reply)
    assert "at 0 shots are 'label-1'" in note


@pytest.mark.parametrize("labels", [1, 2])
def test_one_target_for_all_or_few_replies_are_no_oddity(make_task, labels):
    assert notes(make_task(labels=labels), lambda prompt: "label-0", items=20 if labels == 1 else 2) == []
