"""What is wrong with a reply has one code; a planted wrong target is found, and a habit is not taken for one."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from curvefit.measurement.failures import failures_of
from curvefit.measurement.judged_replies import JudgedReply
from curvefit.report.failures_text import _detail, failures_record, failures_summary
from curvefit.tasks.scorers import make_scorer
from curvefit.tasks.task import Item, Score, Scorer, Task

BEST = (False, 4)


def task_of(targets, scorer, labels=()):
    items = tuple(Item(f"r{i}", f"question {i}", target) for i, target in enumerate(targets))
    pool = (Item("p1", "question 1 again", targets[0]), Item("p2", "elsewhere", targets[-1]))
    return Task("asked", "", "qa", pool, items, make_scorer(scorer, labels), labels=labels)


def replies_to(task, texts, prompt=BEST, draw=0):
    made = []
    for item, text in zip(task.items, texts, strict=True):
        judged = task.scorer(text, item)
        said = judged.answer, judged.value, tuple(judged.wrong)
        made.append(JudgedReply(item.id, prompt[1], draw, prompt[0], text, *said))
    return made


@pytest.mark.parametrize(
    ("scorer", "target", "reply", "code"),
    [
        ("exact", "Paris", "", "unreadable"),
        ("exact", "Paris", "paris", "format"),
        ("exact", "Paris", "```\nParis\n```", "format"),
        ("exact", "Paris", "Answer: 'Paris'.", "format"),
        ("exact", "Paris", "Lyon", "other"),
        ("json", '{"a": 1, "b": 2}', '{"a": 1, "b": 3}', "field"),
        ("json", '{"a": 1, "b": 2}', '{"b": "2", "a": 1}', "format"),
        ("json", '{"a": 1, "b": 2}', "no idea", "unreadable"),
        ("json", '{"a": 1, "b": 2}', '{"c": 3}', "other"),
    ],
)
def test_a_missed_item_has_the_code_of_what_is_wrong_with_its_reply(scorer, target, reply, code):
    task = task_of([target, target], scorer)
    found = failures_of(task, "m", replies_to(task, [reply, target]), BEST)
    assert [(failure.item.id, failure.code) for failure in found.failures] == [("r0", code)]


def test_an_item_knows_in_how_many_draws_of_the_best_prompt_it_is_missed():
    task = task_of(["a", "b", "c", "d"], "exact")
    draws = (["x", "x", "c", "d"], ["x", "b", "c", "d"], ["x", "b", "x", "d"])
    replies = [r for d, texts in enumerate(draws) for r in replies_to(task, texts, draw=d)]
    others = replies_to(task, ["x"] * 4, prompt=(False, 0))
    found = failures_of(task, "m", [*replies[:-1], *others], BEST)
    assert {f.answer for f in found.failures} == {"x"}, "what is wrong, though two of three are right"
    assert {f.item.id: (f.missed, f.draws) for f in found.failures} == {"r0": (3, 3), "r1": (1, 3), "r2": (1, 3)}
    headline = " ".join(failures_summary(found)[:2])
    said = "asked on m: 1 of 4 items missed with 4 examples in most of 3 draws; 3 in at least one, listed here:"
    assert headline.startswith(said)
    always = failures_of(task, "m", [r for r in replies if r.item in ("r0", "r3")], BEST)
    assert "1 of 2 items missed with 4 examples, in each of 3 draws." in " ".join(failures_summary(always))
    assert "r1 [other] wrong in 1 of 3 draws: 'question 1'" in failures_summary(found, verbose=True)
    assert [(each["missed"], each["draws"]) for each in failures_record(found)["failures"]] == [(3, 3), (1, 3), (1, 3)]


@pytest.mark.parametrize("scorer", ["json", {"type": "json", "credit": "fields"}])
def test_fields_that_are_wrong_are_named_and_the_worst_comes_first(scorer):
    task = task_of(['{"a": 1, "b": 2}'] * 3, scorer)
    found = failures_of(task, "m", replies_to(task, ['{"a": 1, "b": 0}', '{"a": 1, "b": 9}', '{"a": 1, "b": 2}']), BEST)
    assert [failure.fields for failure in found.failures] == [("b",), ("b",)]
    assert [(name, e.value) for name, e in found.by_field.items()] == [("b", pytest.approx(1 / 3)), ("a", 1.0)]
    assert found.by_field["b"].low < 1 / 3 < found.by_field["b"].high < 1


def named(reply, item):
    """Every word of the reply that is not the target's is a rule it breaks."""
    wrong = [word for word in reply.split() if word not in item.target.split()]
    return Score(float(not wrong), None if reply == "mute" else reply, wrong)


def test_what_the_scorer_says_is_wrong_is_counted_by_items_and_not_by_draws():
    task = replace(task_of(["ok"] * 4, "exact"), scorer=Scorer("python:mine:named", named))
    draws = (["long", "rude", "ok", "mute"], ["long rude", "ok", "ok", "mute"], ["long", "ok", "ok", "mute"])
    found = failures_of(task, "m", [r for d, texts in enumerate(draws) for r in replies_to(task, texts, draw=d)], BEST)
    assert {f.item.id: (f.code, f.wrong) for f in found.failures} == {
        "r3": ("unreadable", ("mute",)),
        "r0": ("named", ("long", "rude")),
        "r1": ("named", ("rude",)),
    }
    assert found.wrong == {"rude": 2, "mute": 1, "long": 1}
    assert {what: share.value for what, share in found.by_wrong.items()} == pytest.approx(
        {"long": 3 / 12, "mute": 3 / 12, "rude": 2 / 12}  # draws of an item together are one item
    )
    assert [share.low < share.value < share.high for share in found.by_wrong.values()] == [True] * 3
    assert max(share.low for share in found.by_wrong.values()) < 0.1, "four items, and not twelve"


def test_what_is_wrong_with_a_reply_that_is_right_all_the_same_does_not_count():
    task = task_of(["ok", "ok"], "exact")
    task = replace(task, scorer=Scorer("python:mine:lenient", lambda reply, item: Score(1.0, reply, "long")))
    found = failures_of(task, "m", replies_to(task, ["ok", "no"]), BEST)
    assert (found.failures, found.wrong, found.by_wrong) == ((), {}, {})


def test_labels_are_counted_by_what_is_said_for_them():
    task = task_of(["x", "x", "y", "y"], "label", ("x", "y"))
    found = failures_of(task, "m", replies_to(task, ["y", "y", "y", "y"]), BEST)
    assert found.confusion == (("x", "y", 2),)
    assert [*found.by_label] == ["x", "y"]


def test_planted_wrong_targets_are_found_and_nearly_nothing_else():
    """A model that is right in 9 of 10 cases, each draw by itself, on 200 items of which 10 have a wrong target."""
    rng, labels = np.random.default_rng(3), tuple("abcdef")
    truth = rng.choice(labels, 200)
    planted = set(rng.choice(200, 10, replace=False).tolist())
    targets = [str(rng.choice([x for x in labels if x != t])) if i in planted else str(t) for i, t in enumerate(truth)]
    task = task_of(targets, "label", labels)
    replies = []
    for draw in range(3):
        said = [t if rng.random() < 0.9 else rng.choice(labels) for t in truth]
        replies += replies_to(task, [str(answer) for answer in said], draw=draw)
    found = failures_of(task, "m", replies, BEST)
    suspects = {int(suspect.id[1:]) for suspect in found.suspects}
    assert len(suspects & planted) >= 7
    assert len(suspects - planted) <= 1
    assert all(
        suspect.answer == truth[int(suspect.id[1:])] for suspect in found.suspects if int(suspect.id[1:]) in planted
    )
    assert found.failures[0].code == "always-missed"
    brief, whole = (" ".join(failures_summary(found, verbose=verbose)) for verbose in (False, True))
    assert f"; and {len(suspects) - 3} more. " in brief
    assert brief.endswith("Every target to check, and every item: add --verbose, or --json for a program.")
    to_check = whole.partition("Check these targets first: ")[2].partition("). ")[0]
    assert all(f"{suspect.id} '" in to_check for suspect in found.suspects)
    assert len(failures_record(found)["suspects"]) == len(suspects)
    assert "Correct them, and give the study's command again: only prompts that show a corrected example are" in brief
    assert "asked again. These may be many: curvefit plan counts them." in brief


def test_a_target_is_not_suspect_where_the_scorer_says_what_is_wrong_with_the_reply():
    def rule(reply, item):
        return Score(float(reply == item.target), reply, () if reply == item.target else "a rule")

    texts = ["yes"] * 4
    for scorer, suspects in ((make_scorer("exact"), 1), (Scorer("python:mine:rule", rule), 0)):
        task = replace(task_of(["no", "yes", "yes", "yes"], "exact"), scorer=scorer)
        found = failures_of(task, "m", [r for draw in range(3) for r in replies_to(task, texts, draw=draw)], BEST)
        assert len(found.suspects) == suspects
        assert found.counts == {"always-missed" if suspects else "named": 1}


def test_a_model_that_is_often_wrong_makes_no_target_suspect():
    """Right on three in five, it is as sure of its own mistakes; one that is right on four in five is listened to."""
    for share, suspects in ((12, 0), (16, 4)):
        task = task_of(["x"] * share + ["y"] * (20 - share), "label", ("x", "y"))
        replies = [reply for draw in range(3) for reply in replies_to(task, ["x"] * 20, draw=draw)]
        assert len(failures_of(task, "m", replies, BEST).suspects) == suspects


def test_an_answer_that_is_given_to_everything_makes_no_target_suspect():
    task = task_of(["x", "y", "z", "y"] * 5, "label", ("x", "y", "z"))
    replies = [reply for draw in range(3) for reply in replies_to(task, ["x"] * 20, draw=draw)]
    assert failures_of(task, "m", replies, BEST).suspects == ()


def test_other_prompts_do_not_decide_what_is_missed():
    task = task_of(["x", "y"], "label", ("x", "y"))
    replies = [*replies_to(task, ["x", "y"]), *replies_to(task, ["y", "x"], prompt=(False, 0))]
    assert failures_of(task, "m", replies, BEST).failures == ()


def test_pool_examples_most_like_the_missed_items_are_named():
    task = task_of(["Paris", "Rome"], "exact")
    task = replace(task, pool=(*task.pool, Item("p3", "question", "Oslo")))
    assert "p3" in dict(failures_of(task, "m", replies_to(task, ["Lyon", "Rome"]), BEST).resembling)


def test_a_reply_of_a_million_characters_is_looked_into_quickly():
    task = task_of(["Paris", "Rome"], "exact")
    found = failures_of(task, "m", replies_to(task, ["{" * 1_000_000, "Rome"]), BEST)
    assert [failure.code for failure in found.failures] == ["other"]


def test_pairs_of_labels_that_are_not_shown_are_counted():
    """Seen: 6 items with another label, and 5 of them in the list beside that."""
    found = SimpleNamespace(confusion=(("a", "b", 2), ("b", "c", 2), ("c", "d", 1), ("d", "e", 1)))
    assert _detail(found, "label") == ": 'b' for 'a' (2), 'c' for 'b' (2), 'd' for 'c' (1), 1 more"
    assert _detail(SimpleNamespace(confusion=found.confusion[:3]), "label").endswith("'d' for 'c' (1)")


def test_accuracy_by_label_counts_items_of_a_group_that_fare_alike_once():
    targets, texts = ["a", "b"] * 30, ["a", "b"] * 15 + ["b", "b"] * 15
    task = task_of(targets, "label", ("a", "b"))
    items = tuple(replace(item, group=f"g{i // 10}") for i, item in enumerate(task.items))
    alone, grouped = (
        failures_of(of, "m", replies_to(of, texts), BEST).by_label["a"] for of in (task, replace(task, items=items))
    )
    assert grouped.value == alone.value == 0.5
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)
