"""Whether a scorer tells right from wrong: faults that are planted are found, and sound scorers have none."""

from __future__ import annotations

import pytest

from curvefit.tasks.scorer_choice import Guess, guess
from curvefit.tasks.scorers import make_scorer
from curvefit.tasks.soundness import faults, is_sound, sound_guess, sound_scorer
from curvefit.tasks.task import Item, Score, Scorer

TARGETS = {
    "json": [f'{{"name": "n {i}", "total": {i}.5}}' for i in range(40)],
    "call": [f'{{"name": "look", "arguments": "{{\\"at\\": {i}}}"}}' for i in range(40)],
    "labels": ["refund, billing", "billing", "shipping; refund", "refund, shipping, billing"] * 10,
    "label": ["K2", "B5", "not sure", "Q7-north"] * 10,
    "number": [f"{i},{i + 10}" for i in range(40)],
    "code": [f"kubectl -n web get po pod{i}" for i in range(40)],
    "normalized": [f"the town of Aber{chr(97 + i % 26)}, {i}" for i in range(40)],
}


def items(targets) -> list[Item]:
    return [Item(f"i{i}", f"question {i}", target) for i, target in enumerate(targets)]


def changes(spec, targets) -> set[tuple[str, bool]]:
    scorer = make_scorer(spec, tuple(sorted(set(targets))) if spec == "label" else ())
    return {(fault.change, fault.denied) for fault in faults(scorer, items(targets)) if fault.grave}


@pytest.mark.parametrize("shape", TARGETS)
def test_the_scorer_guessed_for_targets_is_sound_on_them(shape):
    targets = TARGETS[shape]
    assert guess(targets).scorer == shape
    assert not changes(guess(targets).spec, targets)


@pytest.mark.parametrize(
    ("spec", "shape", "expected"),
    [
        ("normalized", "json", {("spacing", True), ("fence", True), ("order", True)}),
        ("normalized", "labels", {("order", True)}),
        ("exact", "label", {("case", True)}),
        ("normalized", "code", {("case", False)}),
        ("exact", "code", {("fence", True)}),
        ("number", "code", {("case", False)}),
        ("contains", "labels", {("order", True), ("other", False)}),
    ],
)
def test_a_scorer_for_other_targets_is_found_out(spec, shape, expected):
    assert changes(spec, TARGETS[shape]) == expected
    assert sound_scorer(items(TARGETS[shape])) == shape


def test_a_number_read_from_a_part_of_the_target_is_found_out():
    times = [f"{9 + i % 8}:{15 * (i % 4):02}" for i in range(40)]
    assert changes("number", times) == {("digits", False), ("other", False)}
    assert sound_scorer(items(times)) == "label"


def test_figures_within_a_reasoning_may_differ():
    worked = [f"First we add {i} and {i + 1}, then we look at what came of it and say: {2 * i + 1}" for i in range(40)]
    assert changes("number", worked) == set()


def test_a_pattern_or_code_of_ones_own_says_itself_whether_case_counts():
    loose = Scorer("python:mine:score", lambda reply, item: Score(float(reply.lower() == item.target.lower()), reply))
    assert not any(fault.change == "case" for fault in faults(loose, items(TARGETS["code"])))


def test_a_scorer_that_credits_anything_is_not_sound_and_an_example_is_given():
    lenient = Scorer("python:mine:score", lambda reply, item: Score(1.0, reply))
    (other,) = [fault for fault in faults(lenient, items(TARGETS["label"])) if fault.change == "other"]
    assert (other.count, other.of, other.share, other.first, other.reply) == (40, 40, 1.0, "i0", "B5")
    assert not is_sound(lenient, items(TARGETS["label"]))


def test_a_scorer_that_denies_every_target_has_nothing_that_could_be_tried():
    assert faults(Scorer("python:mine:score", lambda reply, item: Score(0.0, reply)), items(["a", "b"])) == ()


def test_no_more_than_200_targets_are_tried():
    replies = []
    counting = Scorer("python:mine:score", lambda reply, item: Score(float(replies.append(item.id) is None), reply))
    faults(counting, items([f"text {i}" for i in range(5_000)]))
    assert len(set(replies)) == 200


def test_a_guess_that_errs_gives_way_to_the_next(monkeypatch):
    times = items([f"{9 + i % 8}:{15 * (i % 4):02}" for i in range(40)])
    wrong, right = Guess("qa", "number", ""), Guess("generation", "normalized", "")
    monkeypatch.setattr("curvefit.tasks.soundness.guesses", lambda targets: iter((wrong, right)))
    assert sound_guess(times) == right
    monkeypatch.setattr("curvefit.tasks.soundness.guesses", lambda targets: iter((wrong,)))
    assert sound_guess(times) == wrong  # nothing better: check says what is wrong with it


def test_where_nothing_is_sound_none_is_named():
    assert sound_scorer(items([" ", "a", "b"])) == ""
