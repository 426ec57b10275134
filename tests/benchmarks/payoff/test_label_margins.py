"""Margins between labels: by hand, on a model whose probabilities are known, and on the embedded engine."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from benchmarks.payoff import cases, label_margins, table
from curvefit.errors import InputError, PromptTooLong


class Known:
    """A model with a token a character, except that ' ' joins what follows; it finds likely what it was told."""

    def __init__(self, likely, context=10**6):
        self.likely, self.context, self.asked = likely, context, []

    def tokens(self, text, *, bos=True):
        return [1] * bos + [ord(c) for c in text.replace(" ", "")]

    def ranked(self, prompt):
        self.asked.append("".join(map(chr, prompt[1:])))
        return self.likely


LIKELY = {ord("a"): -0.5, ord("x"): -1.0, ord("b"): -2.0, ord("y"): -6.0}


def test_margin_and_lead_of_an_item_by_hand():
    firsts = {"ant": ord("a"), "bee": ord("b")}
    assert label_margins.gaps(LIKELY, firsts, "ant") == label_margins.Gaps(1.5, 1.5, False, False)
    assert label_margins.gaps(LIKELY, firsts, "bee") == label_margins.Gaps(1.5, -1.5, False, False)
    unknown = label_margins.gaps(LIKELY, firsts, "wasp")
    assert unknown.margin == 1.5
    assert math.isnan(unknown.lead)


def test_labels_that_begin_alike_are_one_class():
    firsts = label_margins.first_tokens(("bee", "bug", "ant"), Known(LIKELY))
    assert firsts == {"bee": ord("b"), "bug": ord("b"), "ant": ord("a")}
    assert (
        label_margins.gaps(LIKELY, firsts, "bug")
        == label_margins.gaps(LIKELY, firsts, "bee")
        == label_margins.Gaps(1.5, -1.5, False, False)
    )


def test_a_label_out_of_sight_is_bounded_by_the_least_probable_in_sight_and_counted():
    firsts = {"ant": ord("a"), "cow": ord("c"), "dog": ord("d")}
    assert label_margins.gaps(LIKELY, firsts, "ant") == label_margins.Gaps(5.5, 5.5, True, True)
    assert label_margins.gaps(LIKELY, firsts, "cow") == label_margins.Gaps(5.5, -5.5, True, True)
    seen = {"ant": ord("a"), "bee": ord("b"), "cow": ord("c")}
    assert label_margins.gaps(LIKELY, seen, "cow") == label_margins.Gaps(1.5, -5.5, False, True)
    nowhere = label_margins.gaps(LIKELY, {"cow": ord("c"), "dog": ord("d")}, "cow")
    assert nowhere == label_margins.Gaps(0.0, 0.0, True, True)  # which is not right: only a lead above 0 is


def named(task, labels):
    """The task with other names for its labels, in turn."""
    names = dict(zip(task.labels, labels, strict=True))
    pool, items = ([replace(i, target=names[i.target]) for i in some] for some in (task.pool, task.items))
    return replace(task, pool=tuple(pool), items=tuple(items), labels=tuple(labels))


def test_without_labels_to_tell_apart_one_line_says_so(make_task):
    task = make_task(labels=2)
    for some in (replace(task, labels=()), named(task, ("bee", "bug"))):
        with pytest.raises(InputError, match="labels") as caught:
            label_margins.margins(some, Known(LIKELY), some.items)
        assert "\n" not in str(caught.value)


def test_a_tokenizer_that_joins_a_label_to_what_is_before_it_is_refused():
    class Joining(Known):
        def tokens(self, text, *, bos=True):
            return [hash(text)]

    with pytest.raises(InputError, match="joins the label 'ant'"):
        label_margins.first_tokens(("ant", "bee"), Joining(LIKELY))


def test_every_item_is_asked_after_the_same_nested_demonstrations(make_task):
    task, model = named(make_task(pool=40, items=6, labels=2), ("ant", "bee")), Known(LIKELY)
    found = label_margins.margins(task, model, task.items)
    few, many = model.asked[:6], model.asked[6:]
    assert len(many) == 6
    assert [text.count("Out:") for text in (*few, *many)] == [9] * 6 + [33] * 6
    head = few[0][: few[0].rindex("In:")]
    assert head.count("Out:") == 8
    assert all(text.startswith(head) for text in model.asked)  # what 8 computed serves 32
    assert found["shots"] == [8, 32]
    assert found["items"] == [item.id for item in task.items]
    assert found["first_tokens"] == 2
    assert found["leads"] == [[1.5 if item.target == "ant" else -1.5 for item in task.items]] * 2
    assert found["margin"] == [1.5, 1.5]
    assert found["lead_above_0"] == [0.5, 0.5]
    json.dumps(found, allow_nan=False)


def test_demonstrations_that_do_not_fit_are_left_out_and_too_few_are_an_error(make_task):
    task = named(make_task(labels=2), ("ant", "bee"))
    assert label_margins.margins(task, Known(LIKELY, context=600), task.items)["shots"] == [8]
    with pytest.raises(PromptTooLong):
        label_margins.margins(task, Known(LIKELY, context=100), task.items)


@pytest.mark.slow
def test_the_engine_tells_how_probable_what_it_says_is(gemma):
    engine = label_margins.FirstTokens(gemma)
    prompt = engine.tokens("In: France\nOut: Paris\n\nIn: Italy\nOut: Rome\n\nIn: Spain\nOut:")
    found = engine.ranked(prompt)
    assert max(found, key=found.get) == engine.tokens(" Madrid", bos=False)[0]
    assert 0.95 < sum(map(math.exp, found.values())) <= 1.001
    assert len(found) == 1000
    assert engine.ranked(prompt) == pytest.approx(found, abs=1e-6)  # from the cache as without
    firsts = label_margins.first_tokens(("Madrid", "Rome"), engine)
    assert label_margins.gaps(found, firsts, "Madrid").lead > 1


def test_margins_of_a_unit_become_rows_with_students_interval(tmp_path):
    told = {"task": "t", "kind": "sql", "metric": "label", "model": "local/m", "classes": 2, "pool": 60}
    gap = {**told, "shots": [8], "items": ["a", "b", "c"], "margins": [[1.0, 2.0, 6.0]], "leads": [[-1.0, None, 3.0]]}
    folder = tmp_path / "t" / "m"
    folder.mkdir(parents=True)
    (folder / "margin.json").write_text(json.dumps(gap))
    margin, lead = table.gather(tmp_path)
    assert (margin.way, margin.n, margin.value, margin.items) == ("margin", 8, 3.0, 3)
    # scipy.stats.t.interval with the standard error of the mean
    low, high = t.interval(0.9, 2, loc=3.0, scale=np.std([1, 2, 6], ddof=1) / 3**0.5)
    assert (margin.low, margin.high) == pytest.approx((low, high))
    assert math.isnan(margin.choice)
    assert (lead.way, lead.value, lead.choice) == ("lead", 1.0, 0.5)  # of the two items whose target is a label


def test_a_margin_of_other_items_is_refused(tmp_path):
    told = {"task": "t", "kind": "sql", "metric": "label", "model": "local/m", "classes": 2, "pool": 60}
    folder = tmp_path / "t" / "m"
    folder.mkdir(parents=True)
    gap = {**told, "shots": [8], "items": ["a"], "margins": [[1.0]], "leads": [[1.0]]}
    (folder / "margin.json").write_text(json.dumps(gap))
    (folder / "retrieved.json").write_text(json.dumps({**told, "shots": [1], "items": ["b"], "scores": [[[1.0]]]}))
    with pytest.raises(ValueError, match="margin's items"):
        table.gather(tmp_path)


def rows(table, ways, draws=1):
    unit = {"task": "t", "kind": "sql", "metric": "label", "model": "m", "classes": 2, "pool": 60, "items": 100}
    return [table.Row(**unit, way=way, n=8, value=v, low=v, high=v, draws=draws) for way, v in ways.items()]


def test_margins_stay_with_their_unit_and_do_not_outweigh_a_longer_measurement():
    old = rows(table, {"random": 0.1, "margin": 1.0, "lead": 0.5})
    new = rows(table, {"random": 0.2}, draws=5)
    wanted = {"random": 0.2, "margin": 1.0, "lead": 0.5}
    for known, now in ((old, new), (new, old)):
        assert {row.way: row.value for row in table.merged(known, now)} == wanted
    again = rows(table, {"margin": 2.0})
    assert {row.way: row.value for row in table.merged(old, again)} == {"random": 0.1, "margin": 2.0}


def test_margins_are_no_accuracies_of_the_table():
    measured = rows(table, {"random": 0.2})
    assert table.table([*measured, *rows(table, {"margin": 7.0})]) == table.table(measured)


def test_a_case_knows_its_margin_where_there_is_one():
    ways = {"random": 0.5, "forecast": 0.6, "retrieved": 0.4, "tuned": 0.9, "gain": 0.4}
    shown = [*rows(table, {"random": 0.3}), *rows(table, ways)]
    shown[0] = replace(shown[0], n=4)
    (without,) = cases.laboratory(shown, largest=True)
    (told,) = cases.laboratory([*shown, *rows(table, {"margin": 1.5, "lead": -0.5})], largest=True)
    assert (told.features["margin"], told.features["lead"]) == (1.5, -0.5)
    assert math.isnan(without.features["margin"])
    assert cases.MARGIN_SHOTS in label_margins.SHOTS
    kept = {name: value for name, value in told.features.items() if name not in ("margin", "lead")}
    assert kept == pytest.approx({n: without.features[n] for n in kept}, nan_ok=True)
