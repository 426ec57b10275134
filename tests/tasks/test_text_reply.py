from __future__ import annotations

import re
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvefit.tasks.loading import load_task
from curvefit.tasks.text_reply import likely_slips, words

SAMPLES = Path(__file__).parents[2] / "sample_tasks"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't stop_now, x=5!", ["don", "t", "stop_now", "x", "5"]),
        ("3 + 4", ["3", "4"]),
        ("Größe naïve ÉTÉ", ["grösse", "naïve", "été"]),
        ("Привет, мир", ["привет", "мир"]),
        ("καλημέρα κόσμε", ["καλημέρα", "κόσμε"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("می\u200cخواهم بروم", ["میخواهم", "بروم"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("東京へ go 5", ["東", "京", "へ", "go", "5"]),
        ("タワー、あ", ["タワ", "ワー", "あ"]),
        ("บาท", ["บา", "าท"]),
        ("ดีมาก", ["ดีม", "มา", "าก"]),
        ("ขa", ["ข", "a"]),
        ("\uff21\uff22\uff23 \uff71", ["abc", "ア"]),
        ("😀 ?!", []),
        ("", []),
    ],
)
def test_words_in_many_scripts(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(("composed", "apart"), [("é", "e\u0301"), ("が", "か\u3099"), ("각", "\u1100\u1161\u11a8")])
def test_one_text_in_two_unicode_forms_has_the_same_words(composed, apart):
    assert words(f"x{composed}") == words(f"x{apart}")


def test_a_mark_that_stands_behind_punctuation_belongs_to_no_word():
    assert words("東!\u0301 a") == ["東", "a"]


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_in_plain_latin_a_word_is_what_regular_expressions_call_one(text):
    assert words(text) == re.findall(r"\w+", text.lower())


@given(st.text())
def test_no_word_is_empty_and_spaces_join_none(text):
    assert all(words(text))
    assert words(f"{text} {text}") == words(text) * 2


@pytest.mark.parametrize(
    ("label", "usual"),
    [
        ("shiping", "shipping"), ("laet", "late"), ("change_mind", "changed_mind"), ("wrongitem", "wrong_item"),
        ("refunds", "refund"), ("not_as_discribd", "not_as_described"), ("возват", "возврат"),
        ("wrng item", "wrong-item"),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_is_taken_for_the_common_label(label, usual):
    assert likely_slips({usual: 10, "other": 200, label: 1}) == {label: usual}
    assert likely_slips({usual: 9, label: 1}) == likely_slips({usual: 100, label: 3}) == {}


def test_a_label_of_up_to_two_percent_and_a_fifth_of_the_common_one_may_be_a_slip():
    """Counts of a real file of 375 rows."""
    counts = {"billing": 70, "cancel": 36, "shipping": 15, "bug": 246}
    assert likely_slips({**counts, "biling": 5, "cancle": 3}) == {"biling": "billing", "cancle": "cancel"}
    assert likely_slips({**counts, "biling": 8, "shiping": 4}) == {}


@pytest.mark.parametrize("name", ["alerts", "reviews", "six_languages", "tickets", "banking77.jsonl", "pubmedqa.jsonl"])
def test_no_label_of_a_real_task_is_named_as_a_slip_of_another_however_rare(name, request):
    shared = name.endswith(".jsonl")
    labels = load_task(request.getfixturevalue("shared_data") / "tasks" / name if shared else SAMPLES / name).labels
    assert labels
    assert [pair for pair in permutations(labels, 2) if likely_slips({pair[0]: 1, pair[1]: 100})] == []


@pytest.mark.parametrize(
    ("label", "usual"),
    [
        ("date", "late"), ("male", "female"), ("unlikely", "likely"), ("legal", "illegal"), ("macro", "micro"),
        ("payer", "payee"), ("employer", "employee"), ("hypotension", "hypertension"), ("interstate", "intrastate"),
        ("minimum", "maximum"), ("zone 1", "zone 2"), ("B5", "B6"), ("-", "+"), ("<5", ">5"), ("A-", "A+"), ("-5", "5"),
        ("not paid", "paid"), ("C", "C++"), ("1-2", "12"), ("配送", "配达"), ("", "x"),
    ],
)  # fmt: skip
def test_another_word_is_no_slip(label, usual):
    assert likely_slips({usual: 100, label: 1}) == {}
