"""Examples in files: what is read, and that every fault is one line with file, line and field."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curvefit.errors import InputError
from curvefit.tasks.formats import read_rows


def fault(read, path):
    """What is wrong with a file, in one line; None where there is nothing to say."""
    try:
        read(path)
    except InputError as error:
        (line,) = str(error).splitlines()
        return line
    return None


def pairs(path):
    return [(row.input, row.target) for row in read_rows(path)]


def chat(*turns, **more):
    return {"messages": [{"role": role, "content": content} for role, content in turns], **more}


def test_a_line_of_input_and_output_is_an_example_named_after_its_line(write):
    (row,) = read_rows(write("a.jsonl", '\n\n{"input": "2+2", "output": "4", "context": "sums"}\n'))
    assert (row.line, row.id, row.input, row.target, row.context) == (3, "line-3", "2+2", "4", "sums")


@pytest.mark.parametrize(
    ("given", "expected"),
    [("prompt", "completion"), ("question", "answer"), ("text", "label"), ("query", "response")],
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


def test_a_byte_order_mark_carriage_returns_and_blank_lines_do_no_harm(write):
    lines = b'\xef\xbb\xbf{"input": "a", "output": "b"}\r\n\r\n{"input": "c", "output": "d"}\r\n'
    assert pairs(write("a.jsonl", lines)) == [("a", "b"), ("c", "d")]
    assert pairs(write("a.csv", b"\xef\xbb\xbfinput,output\r\n\r\na,b\r\nc,d\r\n")) == [("a", "b"), ("c", "d")]


@pytest.mark.parametrize("odd", ["\u2028", "\x0b", "\x0c", "\x85", "\x1c"])
def test_only_a_line_feed_ends_a_line(write, odd):
    text = f"one{odd}two"
    assert pairs(write("a.jsonl", json.dumps({"input": text, "output": "x"}, ensure_ascii=False))) == [(text, "x")]
    assert pairs(write("a.csv", f"input,output\n{text},x\n")) == [(text, "x")]


def test_a_csv_cell_may_span_lines_and_its_example_is_named_after_the_first(write):
    rows = read_rows(write("a.csv", 'input,output\n"one\ntwo",x\nthree,y\n'))
    assert [(row.line, row.input) for row in rows] == [(2, "one\ntwo"), (4, "three")]


texts = st.text(min_size=1).filter(lambda text: text.strip() and not any("\ud800" <= c <= "\udfff" for c in text))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_any_text_survives_a_jsonl_file(write, examples):
    path = write("a.jsonl", [{"input": a, "output": b} for a, b in examples])
    assert pairs(path) == examples


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.binary(max_size=200))
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_any_bytes_give_rows_or_one_line_that_names_the_file(write, name, content):
    path = write(name, content)
    assert fault(read_rows, path) is None or fault(read_rows, path).startswith(f"{path}:")


GOOD = '{"input": "a", "output": "b"}'


@pytest.mark.parametrize(
    ("line", "field", "message"),
    [
        ("{", None, "no valid JSON"),
        ("[" * 100_000, None, "no valid JSON"),
        ("9" * 5_000, None, "no valid JSON"),
        ('{"input": "a", "output": NaN}', None, "no valid JSON: NaN"),
        ("[1, 2]", None, "is no object"),
        ('"text"', None, "is no object"),
        ('{"input": "c"}', "output", "missing; the line has input"),
        ('{"output": "c"}', "input", "missing"),
        ('{"two\\nlines": "c"}', "input", r"the line has 'two\nlines'"),
        ('{"input": "c", "output": ""}', "output", "is empty"),
        ('{"input": "c", "answer": " \\n"}', "answer", "is empty"),
        ('{"input": null, "output": "c"}', "input", "is empty"),
        ('{"input": "c", "output": "\\ud800"}', None, "surrogate"),
        ('{"input": "c", "output": "d", "id": "line-1"}', "id", "stands on line 1 too"),
        ('{"input": "c", "output": "d", "split": "holdout"}', "split", "'holdout' is none of train"),
    ],
)
def test_a_fault_in_a_line_is_told_with_file_line_and_field(write, line, field, message):
    path = write("a.jsonl", f"{GOOD}\n{line}\n")
    with pytest.raises(InputError) as caught:
        read_rows(path)
    assert (caught.value.file, caught.value.line, caught.value.field) == (path, 2, field)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("input,output\na,b,c\n", 2, "more cells than the header"),
        ("input,output\na,b\nc\n", 3, "output: missing"),
        ("input,output,input\na,b,c\n", 1, "input: stands twice in the header"),
        ('input,output\na,b\n"never closed,d\ne,f\n', 3, "no valid CSV"),
        ("a,b\nc,d\n", 2, "input: missing; the line has a, b"),
    ],
)
def test_a_fault_in_a_csv_is_told_with_its_line(write, text, line, message):
    path = write("a.csv", text)
    with pytest.raises(InputError, match=message) as caught:
        read_rows(path)
    assert caught.value.line == line


def test_what_is_not_utf8_is_told_with_its_line(write):
    with pytest.raises(InputError, match=r"a.jsonl:2: is not UTF-8"):
        read_rows(write("a.jsonl", GOOD.encode() + b'\n{"input": "caf\xe9", "output": "x"}'))


@pytest.mark.parametrize("content", ["", "\n\n", "input,output\n"])
def test_a_file_without_examples_is_told(write, content):
    with pytest.raises(InputError, match="holds no examples"):
        read_rows(write("a.csv", content))


def test_a_list_in_one_file_is_told_how_to_be_written(write):
    with pytest.raises(InputError, match="one object a line, not one list"):
        read_rows(write("a.jsonl", '[\n{"input": "a", "output": "b"}\n]'))


def test_other_kinds_of_file_are_told_which_are_read(write):
    with pytest.raises(InputError, match=r"is none of \.jsonl, \.ndjson, \.csv"):
        read_rows(write("a.xlsx", b"PK"))


def test_a_chat_example_gives_its_last_exchange_and_earlier_turns_as_context(write):
    turns = [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello"), ("user", "2+2?"), ("assistant", "4")]
    (row,) = read_rows(write("a.jsonl", [chat(*turns)]))
    assert (row.system, row.input, row.target) == ("Be brief.", "2+2?", "4")
    assert row.context == "user: Hi\nassistant: Hello"


def test_chat_content_in_text_parts_and_a_developer_message_are_read(write):
    parts = [{"type": "text", "text": "2+"}, {"type": "text", "text": "2"}]
    (row,) = read_rows(write("a.jsonl", [chat(("developer", "Add."), ("user", parts), ("assistant", "4"), id=7)]))
    assert (row.system, row.input, row.id) == ("Add.", "2+2", "7")


@pytest.mark.parametrize(
    ("record", "field", "message"),
    [
        ({"messages": "hi"}, "messages", "is no list of messages"),
        ({"messages": []}, "messages", "is no list of messages"),
        (chat(("user", "a")), "messages", "does not end with"),
        (chat(("assistant", "a")), "messages", "does not end with"),
        (chat(("user", "a"), ("assistant", "b"), ("system", "c")), "messages", "does not end with"),
        (chat(("user", "a"), ("tool", "b"), ("assistant", "c")), "messages[1].role", "'tool' is none of"),
        (chat(("user", "a"), ("assistant", None)), "messages[1].content", "is no text"),
        (chat(("user", [{"type": "image_url"}]), ("assistant", "c")), "messages[0].content", "is no text"),
        (chat(("user", "a"), ("assistant", " ")), "messages[1]", "is empty"),
        (chat(("user", ""), ("assistant", "b")), "messages", "is empty"),
        (chat(("user", "a"), ("assistant", "b"), tools=[{"type": "function"}]), "tools", "cannot be measured"),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{"id": "1"}]}]},
            "messages[1].tool_calls",
            "cannot be measured",
        ),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0}]},
            "messages[1].weight",
            "is 0",
        ),
    ],
)
def test_a_chat_example_that_cannot_be_measured_is_told(write, record, field, message):
    path = write("a.jsonl", [record])
    with pytest.raises(InputError) as caught:
        read_rows(path)
    assert (caught.value.line, caught.value.field) == (1, field)
    assert message in caught.value.problem
