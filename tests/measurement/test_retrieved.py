from dataclasses import replace

from curvefit.measurement.measure import measure
from curvefit.models.simulated import parse
from curvefit.tasks.task import Item
from curvefit.trials.design import Design


def test_a_measurement_says_how_many_items_had_random_examples_for_want_of_similar_ones(make_task):
    task = make_task(items=6)
    odd = replace(task, items=(*task.items, Item("odd", "🦉", "label-0")))
    model, design = parse("simulated/flat"), Design((1, 2), draws=1, items=7, selection="similar")
    notes = [note.text for note in measure(odd, design, model).notes]
    assert "1 of 7 items has no word in common with any example: random ones are shown there" in notes
    assert not any("in common" in note.text for note in measure(task, design, model).notes)
