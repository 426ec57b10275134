"""Reasoning is told apart from the answer, and text that only mentions its tags is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvefit.reasoning import Reasoned, opens_with_reasoning, parse


@pytest.mark.parametrize(
    "text",
    [
        "<think>a</think>refund",
        "<think>\nLet me see: <b>this</b>, or that.\n</think>\n\nrefund",
        " \n<think>ok</think>\nrefund",
        "<think>\n\n</think>\n\nrefund",
        "<thinking>ok</thinking> refund",
        "<reasoning>ok</reasoning>\nrefund",
        "<THOUGHT>ok</THOUGHT>\nrefund",
        "[THINK]ok[/THINK]refund",
        "◁think▷ok◁/think▷refund",
        "<think>first</think>\n<think>second</think>\nrefund",
        "Let me see.\n</think>\n\nrefund",
        "Let me see.</think>refund",
        "Let me see</think>\nrefund",
        "Let me see. </think>\n\nrefund",
        "</think>\n\nrefund",
        'It says "money", 5" wide, and it\'s `cash`.</think>refund',
        "```json\n{}\n```\nSo.</think>\nrefund",
        "[a list, I think].</think>refund",
    ],
)
def test_the_answer_is_what_follows_the_reasoning(text):
    assert parse(text) == Reasoned("refund", reasons=True)


@pytest.mark.parametrize(
    "text",
    [
        "refund",
        "  refund\n",
        "",
        "The tag <think> opens reasoning, </think> closes it.",
        "Reasoning ends with </think>",
        'Reasoning ends with `</think>`, not with "</think>".',
        '{"tag": "</think>"}',
        '{"a":"b</think>c"}',
        '{"a": "say \\"b</think>c\\""}',
        '[{"a": 1},\n {"b": "so</think>"}]',
        'Write "because</think>then" in one line.',
        "Write `because</think>then` in one line.",
        "Write this:\n```html\n<p>because</think>then</p>\n</think>\n```\nThat is all.",
        "<page>\n<think>because</think>\n<score>3</score>\n</page>",
        "<page>\n<reasoning lang='en'>\nbecause\n</reasoning>\n</page>",
        "<thinker>Rodin</thinker>",
        "I think</b>",
        "refund\n<think>was that right?</think>",
    ],
)
def test_a_tag_that_is_part_of_the_text_stays_there(text):
    assert parse(text) == Reasoned(text)


@pytest.mark.parametrize(
    "text", ["<think>\nLet me think. refund", "<think>", " <thinking>x</think", "<think>a</reasoning>b"]
)
def test_reasoning_that_never_ends_has_no_answer(text):
    assert parse(text) == Reasoned("", reasons=True, ends=False)


def test_reasoning_and_nothing_after_it_has_an_empty_answer_and_an_end():
    assert parse("<think>a</think>\n\n") == Reasoned("", reasons=True, ends=True)


def test_a_tag_in_quotes_hides_none_that_comes_after_it():
    assert parse("I write `a</think>b`.</think>\n`c</think>d`").answer == "`c</think>d`"


def test_code_that_is_never_closed_before_the_tag_hides_nothing():
    assert parse("Try:\n```\nx</think>\n```\ny\n```").answer == "```\ny\n```"


def test_what_the_answer_says_of_the_tags_stays_in_it():
    assert parse("<think>a</think>\nUse </think> here.").answer == "Use </think> here."


@given(st.text(alphabet="ab <>/\n.think", max_size=60), st.text(alphabet="xyz \n.,<>", max_size=20).map(str.strip))
def test_whatever_is_thought_the_answer_comes_back(thought, answer):
    thought = thought.replace("/", "")
    assert parse(f"<think>{thought}</think>\n{answer}").answer == parse(answer).answer


def test_only_what_begins_with_a_tag_opens_with_reasoning():
    assert [opens_with_reasoning(text) for text in ("<think>a", " [THINK]", "a <think>", "</think>")] == [
        True, True, False, False,
    ]  # fmt: skip
