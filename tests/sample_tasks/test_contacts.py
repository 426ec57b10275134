"""Contact records: the rules of the house, written a second time as a reader of the mail."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from curvefit.measurement.failures import failures_of
from curvefit.measurement.judged_replies import JudgedReply
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "contacts"
ROLE = r"buyer|owner|clerk|cfo|head of sales|\w+ (?:manager|engineer)"
MAIL = "Ring me about our order. Greta Holt, CFO, Kelp Glass LLC, 001 555 0107, GHolt@Kelp.example.com"
RECORD = {
    "name": "Holt, Greta", "company": "Kelp Glass", "role": "cfo", "phone": "+1 555-0107",
    "email": "gholt@kelp.example.com", "channel": "phone",
}  # fmt: skip
TASK = load_task(FOLDER)


def everything() -> list[dict[str, str]]:
    files = ("pool.jsonl", "items.jsonl")
    return [json.loads(line) for file in files for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]


def recorded(mail: str) -> dict[str, str | None]:
    address = re.search(r"[\w.]+@\w+\.example\.com", mail)[0]
    rest = mail.replace(address, "")
    person = re.match(r"(\w+) (\w+) <", rest) or re.search(r"(?:Regards, |\. )([A-Z]\w+) ([A-Z]\w+),", rest)
    role = re.search(rf", ({ROLE})\b", rest, re.IGNORECASE)
    company = re.search(r"\b(\w+ (?:Mills|Foods|Tools|Freight|Glass|Paper))\b", rest)[1]
    digits = "".join(re.findall(r"\d", rest))[-7:]
    written = bool(re.search(r"mail me|[Ww]rite|in writing", rest))
    called = not written and bool(re.search(r"call|Ring|by phone", rest))
    return {
        "name": f"{person[2]}, {person[1]}",
        "company": company,
        "role": role[1].lower() if role else None,
        "phone": f"+1 {digits[:3]}-{digits[3:]}" if digits else None,
        "email": address.lower(),
        "channel": "email" if written or (called and not digits) else "phone" if called else None,
    }


def test_every_record_follows_the_rules_of_the_house():
    assert [row for row in everything() if recorded(row["input"]) != json.loads(row["output"])] == []


def test_what_can_be_missing_is_missing_often_enough_to_be_learned():
    records = [json.loads(row["output"]) for row in everything()]
    for field in ("role", "phone", "channel"):
        missing = sum(record[field] is None for record in records) / len(records)
        assert 0.15 < missing < 0.4
    assert sum(" call" in f" {row['input'].lower()}" and "null" in row["output"] for row in everything()) > 20


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Greta Holt"),
        ("company", "Kelp Glass LLC"),
        ("role", "CFO"),
        ("role", None),
        ("phone", "001 555 0107"),
        ("email", "GHolt@Kelp.example.com"),
        ("channel", "email"),
    ],
)
def test_one_field_against_the_house_rules_costs_a_sixth_and_is_named_unless_it_is_case_alone(field, value):
    assert recorded(MAIL) == RECORD
    task, item = TASK, Item("x", MAIL, json.dumps(RECORD))
    reply = json.dumps({**RECORD, field: value})
    assert task.scorer(reply, item).value == pytest.approx(5 / 6)
    assert task.also_scored_by(reply, item).value == 0
    task = replace(task, items=(item,))
    (failure,) = failures_of(task, "m", [JudgedReply("x", 4, 0, False, reply, reply, 5 / 6)], (False, 4)).failures
    case_alone = value is not None and value.casefold() == RECORD[field].casefold()
    assert (failure.code, failure.fields) == (("format", ()) if case_alone else ("field", (field,)))


def test_a_field_left_out_is_not_one_that_is_null():
    task, record = TASK, {**RECORD, "role": None}
    item = Item("x", MAIL, json.dumps(record))
    without = {name: value for name, value in record.items() if value is not None}
    assert task.scorer(json.dumps(record, indent=1), item).value == 1
    assert task.scorer(json.dumps(without), item).value < 1
    assert task.scorer("Greta Holt of Kelp Glass", item).answer is None
