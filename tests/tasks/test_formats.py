"""The table of formats: what is read, what is refused, and that the documents say just that."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from curvefit.errors import InputError
from curvefit.tasks.examples import BESIDES, read_rows
from curvefit.tasks.formats import FORMATS
from curvefit.tasks.loading import load_task
from curvefit.tasks.record_files import SUFFIXES

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def pairs(path):
    return [(row.input, row.target) for row in read_rows(path).rows]


def test_a_line_of_input_and_output_is_an_example_named_after_its_line(write):
    (row,) = read_rows(write("a.jsonl", '\n\n{"input": "2+2", "output": "4", "context": "sums"}\n')).rows
    assert (row.line, row.id, row.input, row.target, row.context) == (3, "line-3", "2+2", "4", "sums")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("prompt", "completion"),
        ("question", "answer"),
        ("text", "label"),
        ("query", "response"),
        ("utterance", "intent"),
        ("sentence", "class"),
        ("text", "category"),
    ],
)
def test_names_in_use_elsewhere_are_understood(write, given, expected):
    assert pairs(write("a.jsonl", [{given: "a", expected: "b"}])) == [("a", "b")]
    assert pairs(write("a.csv", f"{given.upper()}, {expected} \na,b\n")) == [("a", "b")]


@pytest.mark.parametrize(
    ("output", "target"),
    [(4, "4"), (0.5, "0.5"), (True, "true"), ({"b": [1, "é"]}, '{"b": [1, "é"]}'), (["x"], '["x"]')],
)
def test_an_output_that_is_no_text_counts_as_its_json(write, output, target):
    assert pairs(write("a.jsonl", [{"input": 1, "output": output}])) == [("1", target)]


@pytest.mark.parametrize(
    ("written", "target"),
    [("0.00002", "0.00002"), ("-1.5e-6", "-0.0000015"), ("1e16", "10000000000000000"), ("1e20", "1e+20")],
)
def test_a_small_number_is_a_target_without_an_exponent(write, written, target):
    assert pairs(write("a.jsonl", f'{{"input": 1, "output": {written}}}')) == [("1", target)]


def test_a_field_without_a_value_gives_way_to_the_next_of_its_names(write):
    record = {"input": None, "prompt": "a", "output": "", "answer": "b", "context": "", "passage": "c"}
    examples = read_rows(write("a.jsonl", [record]))
    assert [(row.context, row.input, row.target) for row in examples.rows] == [("c", "a", "b")]
    assert examples.notes == ("passage is shown as context",)


def test_the_instruction_of_an_alpaca_line_stands_before_its_input(write):
    records = [
        {"instruction": "Give the plural.", "input": "lamp", "output": "lamps"},
        {"instruction": "Write it backwards.", "input": "lamp", "output": "pmal"},
        {"instruction": "Name a colour.", "input": "", "output": "red"},
        {"instruction": "Who wrote it?", "context": "Notes by Ada.", "response": "Ada"},
    ]
    examples = read_rows(write("a.jsonl", records))
    assert [(row.context, row.input) for row in examples.rows] == [
        ("Give the plural.", "lamp"), ("Write it backwards.", "lamp"), ("", "Name a colour."),
        ("Notes by Ada.", "Who wrote it?"),
    ]  # fmt: skip
    assert examples.notes == ()


def test_one_input_under_several_instructions_is_no_contradiction_and_no_duplicate(write):
    words = [f"word{n * 7919}" for n in range(20)]
    records = [
        {"instruction": instruction, "input": word, "output": output}
        for word in words
        for instruction, output in (("Give the plural of the noun.", f"{word}s"), ("Write it backwards.", word[::-1]))
    ]
    task = load_task(write("alpaca.jsonl", records))
    assert len(task.pool) + len(task.items) == 40
    assert not any("repeat" in note or "duplicate" in note for note in task.notes)


def test_the_chosen_reply_to_a_prompt_is_the_target_and_the_rejected_one_is_said_to_be_left_out(write):
    records = [{"prompt": "q", "chosen": "a", "rejected": "b"}, {"instruction": "q2", "chosen": "c", "rejected": "d"}]
    examples = read_rows(write("a.jsonl", records))
    assert [(row.input, row.target) for row in examples.rows] == [("q", "a"), ("q2", "c")]
    assert examples.notes == ("rejected replies on 2 lines are left out: the chosen one is the target",)


@pytest.mark.parametrize(
    ("record", "field", "message"),
    [
        ({"text": "Once upon a time.", "source": "web"}, "text", "split it into input and output"),
        ({"input_ids": [1, 2]}, "input_ids", "holds tokens"),
        (
            {"text": "a", "sentiment": "b"},
            "output",
            "text is read as its input: rename sentiment to output$",
        ),
    ],
)
def test_a_format_that_cannot_be_asked_is_refused_by_name(write, record, field, message):
    with pytest.raises(InputError, match=message) as caught:
        read_rows(write("a.jsonl", [record]))
    assert caught.value.field == field


def rows_of(heading):
    """Rows of the page's table below a heading, as cells."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.M | re.S).group(1)
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def test_what_labelled_texts_are_called_never_takes_the_place_of_an_answer(write):
    record = {"sentence": "s", "question": "a", "category": "sums", "answer": "b"}
    assert pairs(write("a.jsonl", [record])) == [("a", "b")]
    with pytest.raises(InputError, match="is empty"):
        read_rows(write("b.jsonl", [{**record, "answer": ""}]))


def test_the_page_on_formats_has_the_table_of_formats():
    assert rows_of("Formats") == [(form.name, form.used_by, form.told_by, form.treatment) for form in FORMATS]


def test_the_page_on_formats_says_what_is_done_with_all_that_may_stand_beside():
    assert rows_of("What may stand in any of them") == list(BESIDES.items())


def test_the_page_on_formats_names_every_kind_of_file():
    assert all(f"`{suffix}`" in PAGE.read_text(encoding="utf-8") for suffix in SUFFIXES)
