"""Targets that are meant as JSON and do not parse are named with their line, and change nothing."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from curvefit.cli.main import cli
from curvefit.errors import InputError
from curvefit.tasks.json_reply import json_fault
from curvefit.tasks.loading import load_task
from curvefit.tasks.scorer_choice import guess
from curvefit.tasks.task import Task


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a": 1,}', "a comma too many before }"),
        ('{"a": [1, ]}', "a comma too many before ]"),
        ('```json\n{"a": {"b": 1},\n}\n```', "a comma too many before }"),
        ('{"a": {"b": 1}, "c', "cut off"),
        ('{"a": 1', "cut off"),
        ("{'a': 1}", "single quotes"),
        ("[\"a\", 'b']", "single quotes"),
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": True}', "no JSON from 'True}' on"),
        ('{"a": 1}}', "text after its end, '}'"),
        ('{"a": 1}\n{"a": 2,}', "a comma too many before }"),  # JSON lines
        ("[" * 101 + "]" * 101, "nested deeper than 100"),
        ("[" * 100_000, "nested deeper than 100"),
    ],
)
def test_what_is_wrong_is_said_in_few_words(text, fault):
    assert json_fault(text) == fault


@pytest.mark.parametrize(
    "text",
    ['{"a": 1}', "[1]", '{"a": 1}\n{"a": 2}', "", "none", "see [1", "[none]", "[GREETING] hello", "{name}"],
)
def test_what_parses_or_is_plain_text_has_no_fault(text):
    assert json_fault(text) == ""


def records(count=60):
    return [(f"note {n} of {n * 7919 % 1000}", json.dumps({"n": n, "to": {"id": n % 7}})) for n in range(count)]


def test_one_is_left_out_named_and_changes_nothing_else(tmp_path):
    rows = [{"input": given, "output": wanted} for given, wanted in records()]
    rows[17]["output"] = rows[17]["output"][:-1] + ",}"
    rows[40]["output"] = rows[40]["output"][:-3]
    file = tmp_path / "data.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = load_task(file)
    assert (task.scorer.name, task.instruction) == ("json", "Answer with a JSON object.")
    assert len(task.pool) + len(task.items) == 58
    said = "2 targets are JSON that does not parse, and left out, since a right reply would count as wrong"
    assert f"{said} (line 18: a comma too many before }}, line 41: cut off)" in task.notes
    shown = json.loads(CliRunner().invoke(cli, ["check", str(file), "--json"]).stdout)
    assert [(f["severity"], f["message"]) for f in shown["findings"] if f["code"] == "target-broken"] == [
        ("warn", f"{said}: correct the file (data.jsonl:18: a comma too many before }}, data.jsonl:41: cut off)")
    ]
    assert CliRunner().invoke(cli, ["check", str(file)]).stdout.count("does not parse") == 1
    written = CliRunner().invoke(cli, ["pool", str(file), "--out", str(tmp_path / "train.jsonl")])
    assert f"data: {said} (line 18" in written.stderr
    assert ",}" not in (tmp_path / "train.jsonl").read_text()


def test_one_of_several_files_is_named_with_its_file(tmp_path):
    rows = [{"input": given, "output": wanted} for given, wanted in records()]
    rows[3]["output"] = "{'n': 3}"
    for name, part in (("pool", rows[:30]), ("items", rows[30:])):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, part)))
    (tmp_path / "task.yaml").write_text("instruction: Write JSON.\n")
    task = load_task(tmp_path)
    assert (len(task.pool), len(task.items)) == (29, 30)
    assert task.broken == (("pool-line-4", "pool.jsonl, line 4", "single quotes"),)


@pytest.mark.parametrize("scorer", ["exact", "f1"])
def test_where_replies_are_not_judged_as_json_it_stays_and_is_named(scorer):
    rows = records()
    rows[5] = (rows[5][0], rows[5][1] + "}")
    task = Task.from_records(rows, scorer=scorer)
    assert len(task.pool) + len(task.items) == 60
    said = (
        "1 target is JSON that does not parse, and shown and trained on all the same (line 6: text after its end, '}')"
    )
    assert said in task.notes


def test_where_none_parses_it_is_an_error():
    rows = [(given, str(json.loads(wanted))) for given, wanted in records()]
    with pytest.raises(InputError, match="all 60 targets are broken JSON, the first by single quotes"):
        Task.from_records(rows, scorer="json")


def test_where_most_targets_are_no_json_nothing_is_said():
    rows = [(f"note {n}", f"dear {n}, all the best") for n in range(60)]
    rows[5] = ("note 5", "{all the best,}")
    task = Task.from_records(rows)
    assert (len(task.pool) + len(task.items), task.broken) == (60, ())


def test_a_broken_object_makes_no_other_instruction():
    assert guess(['{"a": 1}'] * 20 + ['{"a": 1,}']).instruction == "Answer with a JSON object."
    assert guess(['{"a": 1}'] * 20 + ["none"]).instruction == "Answer with JSON."
