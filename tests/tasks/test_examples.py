"""What is left out of a file, what is refused, and that nothing with a meaning goes unsaid."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curvefit.errors import InputError
from curvefit.tasks.examples import read_records, read_rows

GOOD = '{"input": "a", "output": "b"}'


def chat(*turns, **more):
    return {"messages": [{"role": role, "content": content} for role, content in turns], **more}


def exchange(n, **more):
    return chat(("user", f"question {n}"), ("assistant", f"answer {n}"), **more)


@pytest.mark.parametrize(
    ("line", "field", "message"),
    [
        ("{", None, "no valid JSON"),
        ('{"input": "a', None, "no valid JSON: Unterminated string starting at column 11"),
        ("[" * 100_000, None, "no valid JSON"),
        ("9" * 5_000, None, "no valid JSON"),
        ('{"input": "a", "output": NaN}', None, "no valid JSON: NaN"),
        ("[1, 2]", None, "is no object"),
        ('"text"', None, "is no object"),
        ('{"input": "c"}', "output", "missing; the line has input"),
        ('{"output": "c"}', "input", "missing"),
        ('{"two\\nlines": "c"}', "input", r"the line has 'two\nlines'"),
        ('{"input": "c", "output": ""}', "output", "is empty; where nothing is the right answer, write a word for it"),
        ('{"input": "c", "answer": " \\n"}', "answer", "is empty"),
        ('{"input": null, "output": "c"}', "input", "is empty"),
        ('{"input": "c", "output": "\\ud800"}', None, "surrogate"),
        ('{"input": "c", "output": "d", "id": "line-1"}', "id", "stands on line 1 too"),
        ('{"input": "c", "output": "d", "split": "holdout"}', "split", "'holdout' is none of train"),
    ],
)
def test_a_fault_in_two_lines_of_three_is_told_with_file_line_and_field_of_the_first(write, line, field, message):
    path = write("a.jsonl", f"{GOOD}\n{line}\n{line}\n")
    with pytest.raises(InputError) as caught:
        read_rows(path)
    assert (caught.value.file, caught.value.line, caught.value.field) == (path, 2, field)
    assert message in str(caught.value)
    assert "(2 of 3 lines cannot be used)" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("line", ["{", "[1]", '{"input": "c"}', '{"input": "c", "output": ""}'])
def test_one_odd_line_is_left_out_counted_and_named(write, line):
    examples = read_rows(write("a.jsonl", f"{GOOD}\n{line}\n{GOOD}\n"))
    assert [row.line for row in examples.rows] == [1, 3]
    (note,) = examples.notes
    assert note.startswith("1 of 3 lines cannot be read and is left out: line 2: ")


@pytest.mark.parametrize(("odd", "refused"), [(5, False), (6, True)])
def test_odd_lines_are_left_out_up_to_a_share_and_the_first_are_named(write, odd, refused):
    path = write("a.jsonl", "".join(f"{GOOD}\n" for _ in range(100 - odd)) + '{"input": "c"}\n' * odd)
    if refused:
        with pytest.raises(InputError, match=r"a\.jsonl:95: output: missing.*\(6 of 100 lines cannot be used\)"):
            read_rows(path)
        return
    (note,) = read_rows(path).notes
    assert note.startswith("5 of 100 lines cannot be read and are left out: lines 96, 97, 98, and 2 more: output:")
    assert note.count("output: missing") == 1


def test_each_fault_is_named_once_with_its_lines_and_a_comma_at_the_end_as_such(write):
    odd = f'{GOOD},\n{{"input": "c"}}\n{GOOD},\n{{\n[1]\n'
    (note,) = read_rows(write("a.jsonl", f"{GOOD}\n" * 200 + odd)).notes
    assert "lines 201, 203: no valid JSON: Extra data; take away the comma at its end; line 202: output: mis" in note
    assert note.endswith("and 1 more")


def test_a_file_of_one_odd_line_is_refused(write):
    with pytest.raises(InputError, match=r"a\.jsonl:1: output: missing"):
        read_rows(write("a.jsonl", '{"input": "c"}'))


BAD = [
    exchange(1, label=False),
    exchange(1, label="false"),
    exchange(1, kto_tag=False),
    exchange(1, label=0),
    {"prompt": "q", "completion": "bad", "label": False},
    {"prompt": "q", "response": "bad", "label": False},
    {"prompt": "q", "completion": "bad", "label": "False"},
    {"instruction": "q", "input": "", "output": "bad", "kto_tag": False},
    {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "bad"}], "kto_tag": False},
    {
        "prompt": [{"role": "user", "content": "q"}],
        "completion": [{"role": "assistant", "content": "bad"}],
        "label": False,
    },
]


@pytest.mark.parametrize("bad", BAD)
def test_a_reply_that_is_marked_as_bad_is_never_a_target(write, bad):
    marks = {"false": "true", "False": "True"}
    good = {name: True if name in ("label", "kto_tag") and not v else marks.get(str(v), v) for name, v in bad.items()}
    examples = read_rows(write("a.jsonl", [bad, {**good, "id": "good"}, bad, bad]))
    assert [row.id for row in examples.rows] == ["good"]
    assert examples.notes == (
        "3 lines left out (line 1, 3, 4): the reply is marked as bad; only good replies are examples",
    )


@pytest.mark.parametrize(
    ("record", "target"),
    [
        ({"text": "q", "label": False}, "false"),
        ({"text": "q", "label": 0}, "0"),
        ({"text": "q", "answer": "spam", "label": 0}, "spam"),
        (exchange(1, label="bug"), "answer 1"),
    ],
)
def test_a_label_that_is_the_answer_or_a_class_is_no_mark_of_a_bad_reply(write, record, target):
    assert [row.target for row in read_rows(write("a.jsonl", [record])).rows] == [target]


def with_weight(n, weight):
    record = exchange(n)
    record["messages"][-1]["weight"] = weight
    return record


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (with_weight(1, 0), "its weight is 0"),
        (exchange(1, weight=0), "its weight is 0"),
        (exchange(1, label=False), "the reply is marked as bad"),
        (exchange(1, images=["a.png"]), "it comes with an image"),
        ({"question": "What is shown?", "image": "a.png", "answer": "a cat"}, "it comes with an image"),
        (chat(("user", [{"type": "text", "text": "a"}, {"type": "image_url"}]), ("assistant", "b")), "with an image"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [{"id": "1"}]}]},
         "the last reply is a call of a tool"),
    ],
)  # fmt: skip
def test_what_says_itself_that_it_is_no_example_is_left_out_at_any_share_with_its_reason(write, record, said):
    examples = read_rows(write("a.jsonl", [exchange(0), record, {**record, "id": "x"}]))
    assert [row.line for row in examples.rows] == [1]
    (note,) = examples.notes
    assert note.startswith("2 lines left out (line 2, 3): ")
    assert said in note
    with pytest.raises(InputError, match=f"holds no example that can be used; 2 of 2 lines: .*{said}"):
        read_rows(write("b.jsonl", [record, record]))


def test_reasons_are_counted_apart(write):
    records = [exchange(0), exchange(1, label=False), exchange(2, images=["x"]), exchange(3, label=False)]
    notes = read_rows(write("a.jsonl", records)).notes
    assert [note.split(":")[0] for note in notes] == ["2 lines left out (line 2, 4)", "1 line left out (line 3)"]


def test_tools_that_are_declared_beside_a_text_are_said_not_to_be_offered(write):
    tools = [{"type": "function", "function": {"name": "look"}}]
    examples = read_rows(write("a.jsonl", [exchange(n, tools=tools, parallel_tool_calls=False) for n in range(2)]))
    assert len(examples.rows) == 2
    (note,) = examples.notes
    assert note.startswith("tools are declared on 2 lines and are not offered to the model")


def test_fields_that_are_not_shown_to_the_model_are_named_once(write):
    records = [{"input": f"{n}", "output": "x", "source": "web", "hint": "" if n else "y", "id": n} for n in range(3)]
    assert read_rows(write("a.jsonl", records)).notes == ("not shown to the model: source, hint",)


def test_of_many_fields_the_first_are_named_and_the_rest_counted(write):
    more = {f"field{n:02}": 1 for n in range(13)}
    (note,) = read_rows(write("a.jsonl", [{"input": "a", "output": "b", **more}])).notes
    assert note == f"not shown to the model: {', '.join(f'field{n:02}' for n in range(10))}, and 3 more"


def test_weights_of_examples_other_than_one_are_said_not_to_count(write):
    examples = read_rows(write("a.jsonl", [exchange(0, weight=1), exchange(1, weight=2.5)]))
    assert examples.notes == ("weights of examples other than 1 stand on 1 line and are not used: all count alike",)
    huge = read_rows(write("c.jsonl", [exchange(0, weight=1), exchange(1, weight=10**400)]))
    assert huge.notes == examples.notes
    plain = read_rows(write("b.jsonl", [{"input": "stone", "output": "x", "weight": 0}]))
    assert plain.notes == ("not shown to the model: weight",)


def test_a_field_of_a_message_that_is_not_shown_is_named(write):
    record = exchange(0)
    record["messages"][0]["name"] = "Ada"
    assert read_rows(write("a.jsonl", [record])).notes == ("not shown to the model: messages[].name, on 1 line",)


def test_a_name_with_braces_is_told_as_it_stands(write):
    record = exchange(0)
    record["messages"][0] |= {"{lines}": 1, "{": 2, "a\nb": 3}
    assert read_rows(write("a.jsonl", [record])).notes == tuple(
        f"not shown to the model: {name}, on 1 line"
        for name in ("messages[].{lines}", "messages[].{", r"'messages[].a\nb'")
    )


@pytest.mark.parametrize("choices", ["{'a', 'b'}", "[1j, b'c', ...]", "{(1, 2): {3}}"])
def test_the_text_of_what_only_python_has_stays_text(write, choices):
    (row,) = read_rows(write("a.jsonl", [{"input": "Which?", "choices": choices, "output": "a"}])).rows
    assert row.input == f"Which?\n{choices}"


def test_a_value_that_only_python_has_is_told_with_its_field():
    with pytest.raises(InputError, match=r"records:1: choices: is no text and no JSON value: set"):
        read_records([{"input": "Which?", "choices": {"a", "b"}, "output": "a"}], Path("records"))


def test_a_note_says_of_which_of_two_files_it_is(write):
    from curvefit.tasks.loading import load_task

    pool = [{"input": f"pool {n * 7919}", "output": "x", "source": "web"} for n in range(10)]
    write("pool.jsonl", pool)
    write("items.jsonl", [{"input": f"item {n * 104729}", "output": "y"} for n in range(10)])
    task = load_task(write("task.yaml", "scorer: exact\ninstruction: Say.\n"))
    assert task.notes == ("pool.jsonl: not shown to the model: source",)


def test_a_bad_reply_is_in_no_file_to_train_on(write, tmp_path):
    from click.testing import CliRunner

    from curvefit.cli.main import cli

    records = [exchange(n * 7919, label=True) for n in range(40)] + [
        chat(("user", f"other {n * 104729}"), ("assistant", "BAD"), label=False) for n in range(40)
    ]
    path = write("kto.jsonl", records)
    result = CliRunner().invoke(cli, ["pool", str(path), "--out", str(tmp_path / "train.jsonl")])
    assert result.exit_code == 0
    lines = [json.loads(line) for line in (tmp_path / "train.jsonl").read_text().splitlines()]
    assert len(lines) == 20
    assert not any("BAD" in message["content"] for line in lines for message in line["messages"])


FIELDS = st.sampled_from(
    [
        "input",
        "output",
        "prompt",
        "completion",
        "question",
        "answer",
        "label",
        "text",
        "messages",
        "conversations",
        "contents",
        "choices",
        "options",
        "A",
        "B",
        "correct_answer",
        "distractors",
        "chosen",
        "rejected",
        "instruction",
        "history",
        "system",
        "systemInstruction",
        "tools",
        "images",
        "weight",
        "kto_tag",
        "context",
        "id",
        "split",
        "preferred_output",
        "input_ids",
        "role",
        "from",
        "content",
        "value",
        "parts",
        "type",
        "tool_calls",
        "stem",
    ]
)
WORDS = st.sampled_from(
    ["user", "assistant", "tool", "text", "q", "A", "1", "", "[1", "[{'role': 'user', 'content': 'x'}]"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=300)
@given(st.lists(st.dictionaries(FIELDS, VALUES, max_size=5), min_size=1, max_size=3))
def test_any_records_give_examples_or_one_line_that_says_why_not(write, records):
    rows = ()
    try:
        examples = read_rows(write("a.jsonl", records))
        rows, texts = examples.rows, examples.notes
    except InputError as fault:
        texts = (str(fault),)
    assert all(len(text.splitlines()) == 1 for text in texts)
    assert all(row.input.strip() and row.target.strip() for row in rows)
