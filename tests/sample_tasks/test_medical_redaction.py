"""Redacted notes: a reader who has nothing but the document that an example names redacts every note."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from curvefit.tasks.documents import with_context
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "medical_redaction"
KINDS = {  # in this order, so that no kind is found within another
    "Clinic": r"\b\w+ Clinic\b",
    "Date": r"\b\d+ [A-Z][a-z]{2} 20\d\d\b",
    "Record": r"(?<=ecord )\d{4}\b",
    "Age": r"(?<=, )\d\d(?=[,:])|(?<=[Aa]ge )\d\d",
    "Name": r"\b[A-Z][a-z]+ (?!Clinic)[A-Z][a-z]+(?=[,:]| has| seen)",
}
MADE = {
    "as it is": lambda value: value,
    "year alone": lambda value: value[-4:],
    "decade": lambda value: value[0] + "0s",
    "initials": lambda value: re.sub(r"([A-Z])[a-z]+ ?", r"\1.", value),
}
TASK = load_task(FOLDER)


def rows(file: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]


RULES = {row["id"]: dict(re.findall(r"(\w+): (.+?)\.", row["text"])) for row in rows("documents.jsonl")}


def redacted(note: str, document: str) -> str:
    text = re.sub(r"^\(\w+\) ", "", note)
    text = re.sub(r"^(?:Record|Letter to|Age) ", lambda found: found[0].lower(), text)  # no part of a name
    for kind, pattern in KINDS.items():
        rule = RULES[document][kind]
        text = re.sub(pattern, lambda found, rule=rule: rule if rule[0] == "[" else MADE[rule](found[0]), text)
    return text[0].upper() + text[1:]


@pytest.mark.parametrize("file", ["pool.jsonl", "items.jsonl"])
def test_the_document_alone_redacts_every_note(file):
    wrong = [row for row in rows(file) if redacted(row["input"], row["documents"]) != row["output"]]
    assert wrong == []


def test_the_pool_is_of_the_old_rules_of_quenda_and_the_items_are_of_the_new_ones():
    found = {file: {row["documents"] for row in rows(file)} for file in ("pool.jsonl", "items.jsonl")}
    assert found["pool.jsonl"] == {"arvond", "tessaly", "quenda-2024"}
    assert found["items.jsonl"] == {"arvond", "tessaly", "quenda-2025"}


def test_what_the_pool_teaches_is_wrong_for_every_item_of_quenda():
    quenda = [row for row in rows("items.jsonl") if row["input"].startswith("(Quenda)")]
    assert 0.3 < len(quenda) / len(rows("items.jsonl")) < 0.37
    assert [row for row in quenda if redacted(row["input"], "quenda-2024") == row["output"]] == []


def test_dates_are_of_the_year_of_the_rules():
    for file, year in (("pool.jsonl", "2024"), ("items.jsonl", "2025")):
        years = {found for row in rows(file) for found in re.findall(r"\d [A-Z][a-z]{2} (20\d\d)\b", row["input"])}
        assert years == {year}


def test_given_documents_show_each_example_the_rules_that_it_follows():
    given = with_context(TASK, "given")
    for item in (*given.pool, *given.items):
        (name,) = item.documents
        assert all(f"{kind}: {rule}." in item.context for kind, rule in RULES[name].items())
        assert "rules" in item.context.splitlines()[0]


@pytest.mark.parametrize(
    "reply",
    [
        "[NAME] seen 18 Sep 2025, fever of 39.",  # the old rules
        "[NAME] seen 2025, fever of [AGE].",  # hides what is no personal datum
        "[NAME] seen 2025.",
        "Carlo Abbot seen 2025, fever of 39.",
    ],
)
def test_one_thing_too_many_or_too_few_is_wrong(reply):
    note, target = "(Quenda) Carlo Abbot seen 18 Sep 2025, fever of 39.", "[NAME] seen 2025, fever of 39."
    assert redacted(note, "quenda-2025") == target
    judge, item = TASK.scorer, Item("x", note, target)
    assert judge(target, item).value == 1
    assert judge(reply, item).value == 0
