"""Questions with choices are asked with them, whichever way a file gives them and the right one."""

from __future__ import annotations

import json

import pytest

from curvefit.errors import InputError
from curvefit.tasks.examples import read_rows
from curvefit.tasks.loading import load_task

SHOWN = "Which is a metal?\nA. wood\nB. iron\nC. silk"
QUESTION = {"question": "Which is a metal?"}
CHOICES = ["wood", "iron", "silk"]

SHAPES = {
    "a letter": {**QUESTION, "choices": CHOICES, "answer": "B"},
    "a small letter": {**QUESTION, "choices": CHOICES, "answer": "b"},
    "a letter and its text": {**QUESTION, "choices": CHOICES, "answer": "B. iron"},
    "a text": {**QUESTION, "choices": CHOICES, "answer": "Iron"},
    "an object by letter": {**QUESTION, "options": {"A": "wood", "B": "iron", "C": "silk"}, "answer": "iron"},
    "an object with an index": {**QUESTION, "options": {"A": "wood", "B": "iron", "C": "silk"}, "answer_idx": "B"},
    "texts and labels": {**QUESTION, "choices": {"text": CHOICES, "label": ["1", "2", "3"]}, "answerKey": "2"},
    "a list of objects": {
        **QUESTION, "choices": [{"label": label, "text": text} for label, text in zip("ABC", CHOICES, strict=True)],
        "answerKey": "B",
    },
    "a stem": {
        "question": {"stem": "Which is a metal?",
                     "choices": [{"label": label, "text": text} for label, text in zip("ABC", CHOICES, strict=True)]},
        "answerKey": "B",
    },
    "columns": {**QUESTION, "A": "wood", "B": "iron", "C": "silk", "answer": "B"},
    "columns by name": {**QUESTION, "option_a": "wood", "option_b": "iron", "option_c": "silk", "answer": "b"},
    "numbered columns": {**QUESTION, "choice1": "wood", "choice2": "iron", "choice3": "silk", "answer": "iron"},
    "endings": {"ctx": "Which is a metal?", "endings": CHOICES, "label": "1"},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_choices_are_shown_and_the_letter_is_the_target(write, shape):
    (row,) = read_rows(write("a.jsonl", [SHAPES[shape]])).rows
    assert (row.input, row.target) == (SHOWN, "B")


def test_a_table_holds_choices_as_text_or_in_columns(write):
    text = json.dumps(CHOICES).replace('"', '""')
    (row,) = read_rows(write("a.csv", f'question,choices,answer\nWhich is a metal?,"{text}",1\n')).rows
    assert (row.input, row.target) == (SHOWN, "B")
    (row,) = read_rows(write("b.csv", "Question,A,B,C,Answer\nWhich is a metal?,wood,iron,silk,B\n")).rows
    assert (row.input, row.target) == (SHOWN, "B")


def asked(answers, choices=("wood", "iron", "silk")):
    return [{"question": f"q{n}", "choices": choices, "answer": answer} for n, answer in enumerate(answers)]


@pytest.mark.parametrize(
    ("answers", "targets", "how"),
    [
        ([0, 1, 2], "ABC", "a number counted from 0"),
        ([1, 2, 3], "ABC", "a number counted from 1"),
        (["1", "3"], "AC", "a number counted from 1"),
        ([1, 2], "BC", "a number counted from 0"),
        ([1.0, 0.0], "BA", "a number counted from 0"),
    ],
)
def test_a_number_is_counted_from_where_the_whole_file_makes_sense(write, answers, targets, how):
    examples = read_rows(write("a.jsonl", asked(answers)))
    assert "".join(row.target for row in examples.rows) == targets
    assert examples.notes == (f"choices are shown lettered, and the letter is the target; answer is read as {how}",)


def test_numbers_that_are_choices_themselves_are_their_text(write):
    examples = read_rows(write("a.jsonl", asked([4, 5, 6], choices=[6, 5, 4])))
    assert "".join(row.target for row in examples.rows) == "CBA"
    assert "read as the text of a choice" in examples.notes[0]


def test_an_answer_that_is_none_of_the_choices_is_an_odd_line(write):
    examples = read_rows(write("a.jsonl", asked([*["iron", "wood"] * 10, "gold"])))
    assert len(examples.rows) == 20
    assert "line 21: answer: 'gold' is none of its 3 choices" in examples.notes[0]


def test_the_right_one_beside_the_wrong_ones_does_not_always_come_first(write):
    records = [
        {"question": f"Which is {n}?", "correct_answer": f"{n}", "distractors": [f"{n + 1}", f"{n + 2}", f"{n + 3}"]}
        for n in range(40)
    ]
    rows = read_rows(write("a.jsonl", records)).rows
    assert {row.target for row in rows} == set("ABCD")
    assert all(f"\n{row.target}. {n}\n" in f"{row.input}\n" for n, row in enumerate(rows))
    again = [{**record, "distractors": record["distractors"][::-1]} for record in records]
    assert [row.input for row in read_rows(write("b.jsonl", again)).rows] == [row.input for row in rows]
    columns = [
        {"question": r["question"], "correct_answer": r["correct_answer"],
         **{f"distractor{n}": text for n, text in enumerate(r["distractors"], 1)}} for r in records
    ]  # fmt: skip
    assert [row.input for row in read_rows(write("c.jsonl", columns)).rows] == [row.input for row in rows]


def test_a_passage_and_an_instruction_stand_before_the_question(write):
    record = {**SHAPES["a letter"], "article": "On metals.", "instruction": "Choose."}
    (row,) = read_rows(write("a.jsonl", [record])).rows
    assert (row.context, row.input) == ("Choose.\nOn metals.", SHOWN)


def test_columns_that_only_look_like_choices_are_none(write):
    examples = read_rows(write("a.jsonl", [{"question": "a + b?", "a": 3, "b": n, "answer": 30 + n} for n in range(9)]))
    assert {row.input for row in examples.rows} == {"a + b?"}
    assert examples.notes == ("not shown to the model: a, b",)


def test_options_without_a_right_one_among_them_are_shown_all_the_same(write):
    records = [{"question": f"q{n}", "options": ["x", "y"], "answer": f"Because of {n}."} for n in range(5)]
    examples = read_rows(write("a.jsonl", records))
    assert examples.rows[0].input == "q0\nA. x\nB. y"
    assert examples.notes == ("options is shown after the question",)


def test_more_choices_than_letters_are_a_fault(write):
    records = [{"question": "q", "choices": [f"c{n}" for n in range(27)], "answer": n} for n in range(2)]
    with pytest.raises(InputError, match="27 choices are more than there are letters"):
        read_rows(write("a.jsonl", records))


def test_a_file_of_multiple_choice_is_a_classification_by_letter(write):
    records = [
        {"question": f"Number {n * 7919}?", "choices": ["low", "high"], "answer": n % 2} for n in range(60)
    ]  # fmt: skip
    task = load_task(write("quiz.jsonl", records))
    assert (task.kind, task.labels, task.instruction) == ("classification", ("A", "B"), "Answer with one of: A, B.")
    assert all(item.input.endswith("\nA. low\nB. high") for item in (*task.pool, *task.items))
