"""Every finding about an eval has its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from curvefit.report.readiness_text import FINDINGS, finding_sentence, fitness_sentence, margin_sentence, margin_source
from curvefit.tasks import readiness
from curvefit.tasks.readiness import Finding
from curvefit.workflows import label_check


def test_every_finding_that_is_given_has_its_words_and_every_word_is_given():
    source = Path(readiness.__file__).read_text(encoding="utf-8")
    body = source[source.index("def readiness") :] + Path(label_check.__file__).read_text(encoding="utf-8")
    assert set(
        re.findall(r'"((?:items|pool|labels|kind|constant|target|examples|judge|system)-[a-z-]+)"', body)
    ) == set(FINDINGS)


@pytest.mark.parametrize(
    ("n", "margin", "words"),
    [
        (75, 0.02, "Good enough to tell gains of about 9 points; a margin of 2 may stay open."),
        (200, 0.02, "Good enough to tell gains of about 5.5 points; a margin of 2 may stay open."),
        (200, 0.2, "Good enough to decide on."),
    ],
)
def test_what_an_eval_is_fit_for_claims_no_more_than_its_items_can_tell(n, margin, words):
    assert fitness_sentence((), n, margin, 0.9) == words
    few, free = Finding("stop", "pool-few", {}), Finding("stop", "target-free", {})
    assert fitness_sentence([few, free, Finding("warn", "items-few", {})], n, margin, 0.9) == (
        "Not good enough yet: it needs a larger pool and a scorer that fits."
    )


def test_the_answer_of_a_check_fits_one_line():
    stops = [Finding("stop", code, {}) for code in ("items-few", "pool-few", "target-free", "target-denied")]
    assert len(fitness_sentence(stops, 5, 0.02, 0.9)) <= 80
    assert max(len(fitness_sentence((), n, m, 0.9)) for n in range(10, 5000, 7) for m in (0.005, 0.015, 0.02)) <= 80


def test_a_default_margin_that_the_items_cannot_tell_says_what_they_can():
    """The default ends at 5 points, and 20 items tell 17."""
    assert margin_sentence(0.04, 400, 0.9).startswith(
        "The margin is 4 points, the smallest gain that counts: about what"
    )
    assert "counts: with 20 items, gains below about 17 mostly stay open. State" in margin_sentence(0.05, 20, 0.9)


def test_a_margin_says_whether_it_was_stated_or_is_what_the_items_can_tell():
    assert margin_sentence(0.05, 100, 0.9, stated=True).endswith("as you stated it.")
    assert margin_sentence(0.075, 100, 0.9, stated=True).startswith("The margin is 7.5 points,")
    assert [margin_source(m, 400, 0.9) for m in (0.04, 0.05)] == ["about what 400 items can tell", "as stated"]


def test_what_a_finding_does_not_name_it_says_where_to_find():
    rows = tuple(f"a:{n}" for n in range(7))
    values = {"count": 7, "of": 90, "usual": 80, "rows": rows}
    assert finding_sentence(Finding("warn", "system-missing", values)).endswith(
        "(a:0, a:1, a:2, a:3, a:4 and 2 more: curvefit check --json names all)"
    )


@pytest.mark.parametrize(
    ("mostly", "words"), [(1, "they make most of what prompts and"), (0, "they may not fit prompts")]
)
def test_very_long_examples_are_said_to_do_what_they_do(mostly, words):
    values = {"count": 1, "of": 90, "share": 0.4, "times": 10, "mostly": mostly, "rows": ("a:1",)}
    assert words in finding_sentence(Finding("note", "examples-uneven", values))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (("a:1", "a:7"), "1 item input with more than one target (a:1 and a:7): nobody"),
        (("a:1", "a:7", "a:2", "a:3"), "2 item inputs with more than one target (first: a:1 and a:7): nobody"),
    ],
)
def test_an_input_with_two_targets_is_named_by_two_rows_that_differ(rows, words):
    values = {"count": len(rows) // 2, "first": "the same system message", "rows": rows, "best": 0.9}
    assert finding_sentence(Finding("warn", "items-contradict", values)).startswith(words)
