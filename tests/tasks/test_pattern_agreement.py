"""Regular expressions: those that find the same agree, those with anything changed do not, and none takes long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvefit.tasks.pattern_agreement import agree
from curvefit.tasks.scorers import make_scorer
from curvefit.tasks.task import Item

parts = st.sampled_from([r"\d", r"\w+", "[a-f]", "[^x]", "b*", "(?:c|de)", "f?", "g{2,4}", r"\s", "h", "."])
patterns = st.lists(parts, min_size=1, max_size=4).map("".join)


def judged(reply, target):
    return make_scorer("pattern")(reply, Item("i", "question", target))


@given(pattern=patterns)
def test_a_pattern_is_itself_grouped_and_with_its_ranges_written_out(pattern):
    assert judged(pattern, pattern).value == 1
    assert judged(f"```\n{pattern}\n```", pattern).value == 1
    assert judged(f"(?:{pattern})", pattern).value == 1
    assert (
        judged(
            pattern.replace("[a-f]", "[fedcba]").replace("(?:c|de)", "(de|c)").replace(r"b*", "(b+|)"), pattern
        ).value
        == 1
    )


@given(pattern=patterns, letter=st.sampled_from("qQ7"))
def test_a_pattern_with_one_more_letter_or_another_end_is_wrong(pattern, letter):
    assert judged(f"{letter}{pattern}", f"Z{pattern}").value == 0
    assert judged(f"^{pattern}$", pattern).value == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("[0-9]{3}", r"\d\d\d", True),  # other digits than those of ASCII are not tried
        ("[0-9]{3}", "[0-9][0-9][0-9]", True),
        ("a+", "aa*", True),
        ("a+", "a*", False),
        ("a+", "a+?", False),
        ("^a$", "a", False),
        (r"\bcat\b", "cat", False),
        ("(a|b)*", "[ab]*", True),
        ("[a-y]", "[a-z]", False),
        ("x{2,5}", "x{2,6}", False),
        ("x{3}", "x{3,}", False),
        ("colou?r", "colour|color", True),
        ("colou?r", "colo[u]*r", False),
        (r"(\w)\1", r"\w\w", False),
        ("(?i)abc", "abc", False),
        ("(?i:a)b", "[aA]b", True),
        (r"^(?=.*[0-9])[a-z0-9]{4,}$", r"^[a-z0-9]{4,}$", False),
        (r"a\.b", "a.b", False),
        (r"a\Z", "a$", False),
    ],
)
def test_what_finds_the_same_agrees(one, other, same):
    assert agree(one, other) is same
    assert agree(other, one) is same


HOSTILE = [
    *("(a+)+$", "((a{999}){999}){999}", "(" * 400, "(?:" * 100 + ")" * 100, "a" * 5_000, "a{99999999}", "[", "*", "\\"),
    *("(a*)*b", "(?R)", "(?P<n>a)(?P=n)" * 5, "(?(1)a|b)", "\x00", "\ud800", "(.*)*(.*)*(.*)*x", "(?<=a+)b", ""),
]


@pytest.mark.parametrize("reply", HOSTILE, ids=lambda reply: reply[:12])
def test_hostile_patterns_are_plainly_wrong_within_the_limit(reply):
    began = time.process_time()
    assert judged(reply, r"^\d{4}-\d{2}$").value == 0
    assert time.process_time() - began < 5


@given(reply=st.text() | st.text(r"ab()[]{}|*+?\^$.-:=!<>,12"), target=st.sampled_from(["a|b", "^(a|b){2}$"]))
def test_any_text_is_judged_twice_alike(reply, target):
    score = judged(reply, target)
    assert score == judged(reply, target)
    assert (score.value == 0) or bool(re.compile(score.answer))


def test_what_is_no_pattern_is_unreadable():
    assert judged("(", "a").answer is None
    assert judged("b", "a").answer == "b"
