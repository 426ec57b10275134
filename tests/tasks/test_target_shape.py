"""Targets written otherwise than the rest are found by row, and tasks that are clean raise no alarm."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from curvefit.cli.main import cli
from curvefit.tasks.examples import read_rows
from curvefit.tasks.loading import load_task
from curvefit.tasks.target_shape import alike_fields, odd_targets, respelled_fields
from curvefit.tasks.task import Item

SAMPLES = Path(__file__).parents[2] / "sample_tasks"


def invoice(i):
    row = {"total": 10 + i, "date": f"2024-0{1 + i % 9}-1{i % 10}", "to": f"firm {i}"}
    if i % 10 == 3:  # 12 of 120
        row["total"] = str(row["total"])
    if i % 12 == 5:  # 10 of 120
        row["date"] = f"1{i % 10}/0{1 + i % 9}/2024"
    if i == 77:
        row["note"] = "paid"
    if i == 78:
        del row["to"]
    return {"input": f"Invoice {i * 7919 % 1000}: so many euros, by firm {i}", "output": json.dumps(row)}


def test_planted_mess_is_named_by_file_and_line(tmp_path):
    file = tmp_path / "invoices.jsonl"
    file.write_text("".join(json.dumps(invoice(i)) + "\n" for i in range(120)))
    result = CliRunner().invoke(cli, ["check", str(file), "--json"])
    findings = [f for f in json.loads(result.stdout)["findings"] if f["code"] == "target-odd"]
    lines = {
        (f["values"]["what"], f["values"]["field"]): sorted(int(row.partition(":")[2]) for row in f["values"]["rows"])
        for f in findings
    }
    assert lines == {
        ("type", "total"): [i + 1 for i in range(120) if i % 10 == 3],
        ("format", "date"): [i + 1 for i in range(120) if i % 12 == 5],
        ("extra", "note"): [78],
        ("missing", "to"): [79],
    }
    assert any("12 targets with a text of 'total', where the others have a number" in f["message"] for f in findings)


@pytest.mark.parametrize("folder", sorted(p.name for p in SAMPLES.iterdir() if (p / "task.yaml").is_file()))
def test_a_clean_sample_task_gives_no_alarm(folder):
    task = load_task(SAMPLES / folder)
    examples = (*task.pool, *task.items)
    assert odd_targets(examples) == respelled_fields(examples) == alike_fields(examples) == ()


def test_real_tasks_give_no_alarm(shared_data, tmp_path):
    for file in sorted((shared_data / "tasks").glob("*.jsonl")):
        begun = tmp_path / file.name  # to read thousands of others would take most of the time
        with file.open("rb") as lines:
            begun.write_bytes(b"".join(islice(lines, 500)))
        rows = read_rows(begun).rows
        examples = [Item(row.id, row.input, row.target) for row in rows]
        assert odd_targets(examples) == respelled_fields(examples) == alike_fields(examples) == (), file.name


@pytest.mark.parametrize(
    "targets",
    [
        ['{"a": 1}'] * 10 + ['{"a": "1"}'],  # too few to know what is usual
        ['{"a": 1}'] * 20 + ['{"a": "1"}'] * 20,  # two ways, neither of them odd
        ['{"a": 1}'] * 40 + ['{"a": null}'] * 3,  # null says that there is none
    ],
)
def test_what_may_be_meant_is_no_mess(targets):
    assert odd_targets([Item(f"r{i}", f"{i}", target) for i, target in enumerate(targets)]) == ()


def mail(i):
    """Of 80, 8 labels are spelled otherwise, 20 dates in another form, 16 in a fence."""
    queue = ("sales", "returns", "billing", "shipping")[i % 4]
    row = {
        "queue": queue.upper() if i % 10 == 3 else queue,
        "date": f"1{i % 8}.07.2026" if i % 8 in (1, 6) else f"2026-07-1{i % 8}",
        "parts": [{"state": "New" if i == 31 else "new"}, {"state": "used"}],
        "from": f"Person {i}",
    }
    text = json.dumps(row)
    return {"input": f"Mail {i * 7919 % 1000} of person {i}", "output": f"```json\n{text}\n```" if i % 5 == 2 else text}


def test_labels_dates_and_fences_within_json_are_named_where_they_differ(tmp_path):
    file = tmp_path / "mail.jsonl"
    file.write_text("".join(json.dumps(mail(i)) + "\n" for i in range(80)))
    findings = json.loads(CliRunner().invoke(cli, ["check", str(file), "--json"]).stdout)["findings"]
    lines = {
        f["message"].rpartition(" (")[0]: sorted(int(row.partition(":")[2]) - 1 for row in f["values"]["rows"])
        for f in findings
        if f["code"] in ("target-odd", "target-respelled")
    }
    assert lines == {
        "20 targets with a date of 'date' as DD.MM.YYYY, where others have YYYY-MM-DD: make them alike, unless they are"
        " to be copied as they stand": [i for i in range(80) if i % 8 in (1, 6)],
        "16 targets in a code fence, where others are in no code fence: make them alike": list(range(2, 80, 5)),
        "8 values of 'queue' are spelled otherwise than most: 'RETURNS' for 'returns' (4), 'SHIPPING' for 'shipping'"
        " (4); make them alike": list(range(3, 80, 10)),
        "1 value of 'parts[].state' is spelled otherwise than most: 'New' for 'new' (1); make them alike": [31],
    }


def test_a_fence_that_most_targets_have_is_missed_where_it_is_not():
    targets = ['```json\n{"a": 1}\n```'] * 30 + ['{"a": 1}']
    (odd,) = odd_targets([Item(f"r{i}", f"{i}", target) for i, target in enumerate(targets)])
    assert (odd.what, odd.odd, odd.usual, odd.examples) == ("fence", "no code fence", "a code fence", ("r30",))


@pytest.mark.parametrize(
    "values",
    [
        [f"Name {i}" for i in range(40)] + ["name 1"],  # no labels: hardly any comes twice
        ["on", "off"] * 8 + ["On"],  # too few to know what is usual
        [1, 2] * 30,  # no texts
    ],
)
def test_fields_that_hold_no_labels_have_no_spelling(values):
    assert respelled_fields([Item(f"r{i}", f"{i}", json.dumps({"a": value})) for i, value in enumerate(values)]) == ()


def parcel(i, reason=None):
    target = {"reason": reason or ("damaged", "wrong_item", "late")[i % 3], "item": f"thing {i}"}
    return Item(f"r{i}", f"Parcel {i} came", json.dumps(target))


def test_a_rare_value_that_is_almost_a_common_one_is_named_by_line(tmp_path):
    examples = [*map(parcel, range(90)), parcel(90, "damagd"), parcel(91, "wrng_item"), parcel(92, "laet")]
    file = tmp_path / "parcels.jsonl"
    file.write_text("".join(json.dumps({"input": e.input, "output": e.target}) + "\n" for e in examples))
    findings = json.loads(CliRunner().invoke(cli, ["check", str(file), "--json"]).stdout)["findings"]
    (found,) = (f for f in findings if f["code"] == "target-alike")
    assert found["severity"] == "warn"
    assert sorted(zip(*(found["values"][key] for key in ("rows", "written", "usual", "times")), strict=True)) == [
        ("parcels.jsonl:91", "damagd", "damaged", 30),
        ("parcels.jsonl:92", "wrng_item", "wrong_item", 30),
        ("parcels.jsonl:93", "laet", "late", 30),
    ]
    assert found["message"].startswith(
        "3 values of 'reason' are rare and each almost a common one: if misspelled, correct"
    )


@pytest.mark.parametrize("reason", ["undamaged", "lost", "damages2", "right_item", "late late"])
def test_a_rare_value_that_is_another_word_is_no_slip(reason):
    assert alike_fields([*map(parcel, range(90)), parcel(90, reason)]) == ()


def test_a_value_copied_from_what_is_asked_is_no_slip():
    examples = [*map(parcel, range(90)), parcel(90, "damagd")]
    assert alike_fields(examples)[0].examples == ("r90",)
    assert alike_fields([*examples[:90], replace(examples[90], input="It came damagd")]) == ()


def test_a_value_seen_often_is_a_label_of_its_own():
    assert alike_fields([*map(parcel, range(90)), *(parcel(90 + i, "damagd") for i in range(3))]) == ()
