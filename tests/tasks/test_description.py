"""A task.yaml: what is accepted, and that every fault is one line with file, line and field."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from curvefit.errors import InputError
from curvefit.tasks.description import read_description
from curvefit.tasks.scorers import SCORERS, read_spec

SCHEMA = json.loads((files("curvefit.tasks") / "task.schema.json").read_text(encoding="utf-8"))


def test_the_schema_is_a_valid_schema_in_which_each_field_is_described():
    Draft202012Validator.check_schema(SCHEMA)
    assert [name for name, field in SCHEMA["properties"].items() if not field.get("description")] == []


@pytest.mark.parametrize("name", SCORERS)
def test_schema_and_table_accept_the_same_scorers(name):
    options = {option: (values or ("x",))[0] for option, values in SCORERS[name].options.items()}
    specs = [name, {"type": name}, {"type": name, **options}, {"type": name, "credit": "half"}, {"type": name, "a": 1}]
    for spec in specs:
        try:
            read_spec(spec)
            reads = True
        except InputError:
            reads = False
        assert Draft202012Validator(SCHEMA).is_valid({"scorer": spec}) is reads, spec


@pytest.mark.parametrize(
    ("text", "line", "field", "message"),
    [
        ("", None, None, "is empty"),
        ("# nothing\n", None, None, "is empty"),
        ("- a\n- b\n", 1, None, "holds no fields"),
        ("name: a\nkind: [\n", 3, None, "no valid YAML"),
        ("name: a\nkind: \x00\n", 2, None, "no valid YAML"),
        ("name: &x a\nkind: *x\n", 2, None, "aliases"),
        ("name: a\nkind: !!bool maybe\n", None, None, "no valid YAML"),
        ("name: a\nwhen: 2024-13-45\n", None, None, "no valid YAML"),
        ("name: a\n---\nname: b\n", 2, None, "no valid YAML"),
        ("[" * 1_000, 1, None, "nested deeper than 20 levels"),
        ("[" * 1_000 + "]" * 1_000, 1, None, "nested deeper than 20 levels"),
        ("labels: [a", 1, None, "no valid YAML"),
        ("name: a\n\ninstructions: b\n", 3, "instructions", "did you mean 'instruction'?"),
        ("name: a\nzzz: b\n", 2, "zzz", "no such field; there are name, kind"),
        ('name: a\n"b\\nc": d\n', 2, r"'b\nc'", "no such field"),
        ("name: a\nb.c: d\n", 2, "b.c", "no such field"),
        ("name: a\nname: b\n", 2, "name", "stands here twice"),
        ("scorer:\n  type: json\n  type: exact\n", 3, "type", "stands here twice"),
        ("kind: a\nname: 7\n", 2, "name", "7 is no text; put it in quotes"),
        ("name: ''\n", 1, "name", "is empty"),
        ("name: ../../etc\n", 1, "name", "begins with a dot, or holds a slash"),
        ("name: a\nlabels:\n  - up\n  - no\n", 4, "labels.1", "False is no text; put it in quotes"),
        ("labels: yes, no\n", 1, "labels", "is no list"),
        ("labels: [a]\n", 1, "labels", "needs at least 2"),
        ("labels: [a, a]\n", 1, "labels", "holds an entry twice"),
        ("data: a.jsonl\npool: b.jsonl\n", 1, "data", "stands for both"),
        ("pool: ../secret.jsonl\n", 1, "pool", "leads out of the task's folder"),
        ("name: a\nitems: /etc/passwd\n", 2, "items", "leads out of the task's folder"),
        ("data: 'C:\\x.jsonl'\n", 1, "data", "leads out of the task's folder"),
        ("name: a\nscorer: jsn\n", 2, "scorer", "no scorer 'jsn'; did you mean 'json'?"),
        ("scorer: 7\n", 1, "scorer", "no scorer None"),
        ("scorer: python:module\n", 1, "scorer", "python:module:function"),
        ("scorer: regex\n", 1, "scorer.pattern", "needs a pattern"),
        ("scorer:\n  type: json\n  credits: fields\n", 3, "scorer.credits", "did you mean 'credit'?"),
        ("scorer:\n  type: json\n  credit: half\n", 3, "scorer.credit", "'half' is not exact or fields"),
        ("scorer:\n  type: regex\n  pattern: 7\n", 3, "scorer.pattern", "7 is not a text in quotes"),
    ],
)
def test_a_fault_is_told_with_file_line_and_field(write, text, line, field, message):
    path = write("task.yaml", text)
    with pytest.raises(InputError) as caught:
        read_description(path)
    assert (caught.value.file, caught.value.line, caught.value.field) == (path, line, field)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_of_several_faults_the_first_in_the_file_is_told(write):
    path = write("task.yaml", "kind: 1\nname: 2\nscorer: 3\n")
    with pytest.raises(InputError, match=r"task.yaml:1: kind:"):
        read_description(path)


def test_what_is_not_utf8_is_told_with_its_line(write):
    with pytest.raises(InputError, match=r"task.yaml:2: is not UTF-8"):
        read_description(write("task.yaml", b"name: a\nkind: \xff\n"))


def test_a_byte_order_mark_and_carriage_returns_do_no_harm(write):
    path = write("task.yaml", b"\xef\xbb\xbfname: a\r\nkind: b\r\n")
    assert read_description(path).fields == {"name": "a", "kind": "b"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(alphabet="namekidscorlb:-[]{}&*!?|>'\"%@`#,. \n\t0179\x00é", max_size=60))
def test_any_text_gives_fields_or_one_line_that_names_the_file(write, text):
    path = write("task.yaml", text)
    try:
        message = None if read_description(path).fields else "no fields"
    except InputError as error:
        (message,) = str(error).splitlines()
    assert message is None or message.startswith(f"{path}:")


def test_a_description_is_bounded_in_depth_and_in_length(tmp_path):
    path = tmp_path / "task.yaml"
    path.write_text("name: a\nlabels: " + "[" * 30 + "]" * 30 + "\n")
    with pytest.raises(InputError, match=r"task\.yaml:2: is nested deeper than 20 levels"):
        read_description(path)
    path.write_text("name: a\ninstruction: " + "x" * 1_000_000 + "\n")
    with pytest.raises(InputError, match=r"task\.yaml: is longer than 1,000,000 characters"):
        read_description(path)
