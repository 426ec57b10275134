"""What is guessed where nothing is given."""

from __future__ import annotations

import pytest

from curvefit.tasks.scorer_choice import alike, guess, label_instruction


@pytest.mark.parametrize(
    ("targets", "kind", "scorer"),
    [
        (['{"a": 1}', "{}"], "structured", "json"),
        (['{"a": 1}'] * 50 + ['{"a": 2}'] * 50, "structured", "json"),
        (["yes", "no"] * 5, "classification", "label"),
        (["1", "2", "3"] * 5, "classification", "label"),
        (["17", "-4.5", "1,200", "1e3"], "qa", "number"),
        (["yes", "no", "maybe"], "generation", "normalized"),  # three answers, not three labels
        (["yes", "Yes"] * 10, "generation", "normalized"),  # labels that one could not tell apart
        (["yes"] * 20, "generation", "normalized"),
        (["x" * 61, "y"] * 10, "generation", "normalized"),
        (["a\nb", "c"] * 10, "generation", "normalized"),
        (["NaN", "1"], "generation", "normalized"),
        (["[1]", '{"a": 1}'], "generation", "normalized"),
        (['{"a": NaN, "b": {}}'], "generation", "normalized"),
        ([str(i) for i in range(201)] * 5, "qa", "number"),
        (["find . -type f", "ls"], "generation", "normalized"),
    ],
)
def test_targets_decide_kind_and_scorer(targets, kind, scorer):
    assert (guess(targets).kind, guess(targets).scorer) == (kind, scorer)


@pytest.mark.parametrize(
    ("targets", "pair"),
    [
        ([*["bug", "billing", "how-to"] * 30, "Bug"], ("bug", "Bug")),
        ([*["bug", "billing"] * 30, " billing"], ("billing", " billing")),
        (["bug", "billing"] * 30, None),  # labels
        (["yes", "Yes"] * 10, None),  # one answer to everything either way
        ([f"find {i}" for i in range(60)], None),
    ],
)
def test_two_spellings_that_keep_targets_from_being_labels_are_named(targets, pair):
    assert alike(targets) == pair


def test_few_labels_are_named_in_the_instruction_and_many_are_not():
    assert label_instruction(("no", "yes")) == "Answer with one of: no, yes."
    assert "l7" not in label_instruction([f"l{i}" for i in range(31)])
