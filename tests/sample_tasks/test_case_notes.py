"""Case notes: the rules of each site, written a second time as patterns of its reports."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from curvefit.measurement.failures import failures_of
from curvefit.measurement.judged_replies import JudgedReply
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "case_notes"
DAY = r"(\d\d)/(\d\d)/(\d\d)"
ROMAN = {"I": 1, "II": 2, "III": 3}
REPORT = "Harbour: lesion of thyroid, stage IB, 65 mm, taken 05/01/25, reported 05/03/25, margin close"
NOTE = {"organ": "thyroid", "size_mm": 65, "stage": "1B", "margin": "close", "date": "2025-05-03"}


def everything() -> list[dict[str, str]]:
    files = ("pool.jsonl", "items.jsonl")
    return [json.loads(line) for file in files for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]


def drafted(report: str) -> dict[str, object]:
    """The note of a report, by the rules of its site."""
    site, said = report.split(": ", 1)
    margin = re.search(r"margin (\w+)", said)[1]
    if site == "Northgate":
        organ, size, t, n, day, month, year = re.match(
            rf"(\w+) \w+, ([\d.]+) cm, T(\d) N(\d), margin \w+, taken {DAY}, reported {DAY}$", said
        ).groups()[:7]
        millimetres, stage = round(float(size) * 10), t + "AB"[int(n)]
    elif site == "Harbour":
        organ, roman, letter, size, *_, month, day, year = re.match(
            rf"\w+ of (\w+), stage (I+)([AB]), (\d+) mm, taken {DAY}, reported {DAY}, margin \w+$", said
        ).groups()
        millimetres, stage = int(size), f"{ROMAN[roman]}{letter}"
    else:
        year, month, day, organ, stage, *sizes = re.match(
            r"reported [\d-]+, taken (\d\d)-(\d\d)-(\d\d): (\w+) \w+ (\d[ab]), ([\d.]+) x ([\d.]+) cm, margin \w+$",
            said,
        ).groups()
        millimetres, stage = round(max(map(float, sizes)) * 10), stage.upper()
    taken = date(2000 + int(year), int(month), int(day))
    return {"organ": organ, "size_mm": millimetres, "stage": stage, "margin": margin, "date": taken.isoformat()}


def test_every_note_follows_the_rules_of_its_site():
    rows = everything()
    assert [row for row in rows if drafted(row["input"]) != json.loads(row["output"])] == []
    assert {row["input"].split(":")[0] for row in rows} == {"Northgate", "Harbour", "Millbrook"}


def test_the_two_dates_of_a_report_differ_so_that_the_right_one_shows():
    for row in everything():
        first, second = re.findall(r"(?:taken|reported) ([\d/-]+)", row["input"])
        assert first != second


def test_the_order_of_day_and_month_cannot_be_told_from_many_reports():
    """Else the site need not be learned."""
    dates = [re.findall(DAY, row["input"]) for row in everything() if "Millbrook" not in row["input"]]
    assert sum(all(int(part) <= 12 for found in both for part in found[:2]) for both in dates) > len(dates) / 4


@pytest.mark.parametrize(
    ("field", "value"),
    [("date", "2025-05-01"), ("date", "2025-03-05"), ("size_mm", 6.5), ("stage", "IB"), ("organ", "lung")],
)
def test_one_wrong_field_costs_a_fifth_and_is_named(field, value):
    task = load_task(FOLDER)
    item = Item("x", REPORT, json.dumps(NOTE))
    assert drafted(REPORT) == NOTE
    reply = json.dumps({**NOTE, field: value})
    assert task.scorer(reply, item).value == pytest.approx(0.8)
    assert task.also_scored_by(reply, item).value == 0
    task = replace(task, items=(item,))
    (failure,) = failures_of(task, "m", [JudgedReply("x", 4, 0, False, reply, reply, 0.8)], (False, 4)).failures
    assert (failure.code, failure.fields) == ("field", (field,))


def test_order_of_keys_and_a_fence_say_nothing():
    task, item = load_task(FOLDER), Item("x", REPORT, json.dumps(NOTE))
    for reply in (json.dumps(dict(reversed(NOTE.items()))), f"```json\n{json.dumps(NOTE, indent=1)}\n```"):
        assert (task.scorer(reply, item).value, task.also_scored_by(reply, item).value) == (1, 1)
