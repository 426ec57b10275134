"""Calls of an API: a reader who has nothing but the right document writes every one; what the pool hides, it hides."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from curvefit.tasks.documents import with_context
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "api_calls"
PLACE = r"\b(Alder|Aspen|Birch|Cedar|Elm|Fir|Hazel|Juniper|Larch|Maple|Oak|Pine|Rowan|Spruce|Willow|Yew)\b"


def rows(*files: str) -> list[dict[str, str]]:
    return [json.loads(line) for file in files for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]


DOCUMENTS = {row["id"]: row for row in rows("documents.jsonl")}
POOL, ITEMS = rows("pool.jsonl"), rows("items.jsonl")
UNSEEN = {row["documents"] for row in ITEMS} - {row["documents"] for row in POOL}


@pytest.fixture(scope="module")
def task():
    return load_task(FOLDER)


def call(request: str, document: dict[str, str]) -> str:
    """The call of a request, by the signature in its document."""
    name, arguments = re.fullmatch(r"([a-z.]+)\((.*)\)", document["title"]).groups()
    values = [f'"{re.search(PLACE, request)[1].lower()}"', *re.findall(r"\d+", request)]
    pairs = zip(arguments.split(", "), values, strict=True)
    return f"{name}({', '.join(f'{argument}={value}' for argument, value in pairs)})"


def test_the_right_document_and_the_request_give_every_call():
    assert [row for row in POOL + ITEMS if call(row["input"], DOCUMENTS[row["documents"]]) != row["output"]] == []


def test_ten_of_sixty_functions_are_asked_for_in_over_a_third_of_the_items_and_never_in_the_pool():
    assert (len(DOCUMENTS), len(UNSEEN)) == (60, 10)
    assert (sum(row["documents"] in UNSEEN for row in ITEMS), len(ITEMS)) == (67, 180)  # as the README says
    assert {row["documents"] for row in ITEMS} == set(DOCUMENTS)


def test_no_request_and_no_example_tells_what_an_unseen_function_is_called():
    names = {part for name in UNSEEN for part in name.split(".")[1:]}
    outputs = " ".join(row["output"] for row in POOL)
    assert not names & set(re.findall(r"\w+", outputs))
    for row in ITEMS:
        if row["documents"] in UNSEEN:
            assert not names & set(re.findall(r"[a-z]+", row["input"].lower()))


def test_a_request_asks_for_one_function_whatever_its_place_and_number():
    functions: dict[str, set[str]] = {}
    for row in POOL + ITEMS:
        functions.setdefault(re.sub(rf"{PLACE}|\d+", "*", row["input"]), set()).add(row["documents"])
    assert [said for said, found in functions.items() if len(found) > 1] == []


def test_retrieval_finds_most_documents_and_not_all(task):
    (note,) = with_context(task, "retrieved:3").notes
    found, of = map(int, re.search(r"for (\d+) of (\d+) items", note).groups())
    assert (found, of) == (163, 180)  # as the README says


def test_the_right_document_is_all_that_given_shows(task):
    for item in with_context(task, "given").items:
        assert item.context == "\n".join(DOCUMENTS[item.documents[0]][field] for field in ("title", "text"))


@pytest.mark.parametrize(
    ("reply", "right"),
    [
        ("heat.aim(celsius=21, bay='elm')", 1),
        ('{"name": "heat.aim", "arguments": {"bay": "elm", "celsius": 21}}', 1),
        ('```python\nheat.aim(bay="elm", celsius=21)\n```', 1),
        ('heat.aim("elm", 21)', 0),  # by position
        ('heat.aim(bay="elm", celsius="21")', 0),
        ('heat.aim(bay="Elm", celsius=21)', 0),
        ('heat.aim(zone="elm", celsius=21)', 0),
        ('heat.boost(bay="elm", celsius=21)', 0),
        ('heat.aim(bay="elm")', 0),
    ],
)
def test_a_call_is_compared_as_a_call(task, reply, right):
    assert task.scorer(reply, Item("x", "Keep bay Elm at 21 degrees", 'heat.aim(bay="elm", celsius=21)')).value == right


def test_what_is_no_call_has_no_answer(task):
    item = task.items[0]
    assert task.scorer("set the heating to 21", item).answer is None
    assert task.scorer("heat.aim(bay=", item).answer is None
