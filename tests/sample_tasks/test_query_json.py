"""Queries in JSON: a reader who has nothing but the manual that the task ships writes every one of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from curvefit.tasks.instructions import read_instructions
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "query_json"
MANUAL = (FOLDER / "instructions" / "with-manual.txt").read_text(encoding="utf-8")
COLUMN = re.compile(r"^(?P<name>[a-z_]+): (?P<said>[\w, ]+?)(?: = (?P<values>.*))?$", re.MULTILINE)
OPS = {"mean": "avg", "average": "avg", "median": "p50", "longest": "max", "highest": "max", "total": "sum"}
PERCENTILES = {"95th percentile of": "p95", "99th percentile of": "p99"}
STATES: dict[str, Any] = {
    "failed": ["status", ">=", 500],
    "denied": {"or": [["status", "=", 401], ["status", "=", 403]]},
    "retried": ["tries", ">", 1],
    "signed-in": ["customer", "!=", None],
    "unknown visitors": ["customer", "=", None],
    "with a feature flag": ["flag", "!=", None],
    "wrote something": {"or": [["method", "=", "POST"], ["method", "=", "PUT"]]},
    "only read": ["method", "=", "GET"],
}


def section(kind: str) -> str:
    return re.search(rf"^Columns that hold {kind}.*?\n\n", MANUAL, re.MULTILINE | re.DOTALL)[0]


def columns(kind: str) -> dict[str, str]:
    """Every description in a section of the manual, and the column that has it."""
    return {said: found["name"] for found in COLUMN.finditer(section(kind)) for said in found["said"].split(", ")}


def values(name: str) -> dict[str, str]:
    (line,) = [found["values"] for found in COLUMN.finditer(section("names")) if found["name"] == name]
    return {said: value for value, said in re.findall(r"(\w+) \(([\w ]+)\)", line)} or {v: v for v in line.split(", ")}


NUMBERS, NAMES = columns("numbers"), columns("names")
SERVICES, PLACES, PLANS, DEVICES = map(values, ("service", "region", "plan", "device"))


def condition(said: str) -> Any:
    if number := re.fullmatch(r"(slower than|using over) (\d+) (?:s|GB)", said):
        return ["dur_ms" if number[1] == "slower than" else "mem_mb", ">", 1000 * int(number[2])]
    for column, listed in (("region", PLACES), ("plan", PLANS), ("device", DEVICES)):
        found = [[column, "=", value] for words, value in listed.items() if re.search(rf"\b{words}\b", said)]
        if found:
            return found[0] if len(found) == 1 else {"or": found}
    (state,) = [tree for words, tree in STATES.items() if words in said]
    return state


def measured(said: str) -> dict[str, str]:
    if said in ("number of calls", "how many calls"):
        return {"op": "count"}
    if different := re.fullmatch(r"how many different ([\w ]+)s", said):
        return {"op": "uniq", "of": NAMES[different[1]]}
    op, of = re.fullmatch(r"(\d+th percentile of|\w+) (.*)", said).groups()
    return {"op": {**OPS, **PERCENTILES}[op], "of": NUMBERS[of]}


def asked(question: str) -> dict[str, Any]:
    """The query of a question, by the manual."""
    text = question[0].lower() + question[1:]
    service, said = re.search(rf"\b({'|'.join(SERVICES)}) calls(?: ([^,:]+))?", text).groups()
    measure, group = re.search(r"(?:^|: |, )([^,:]+) (?:by|per) ([^,:]+)", text).groups()
    where = [["service", "=", service], *([condition(said)] if said else [])]
    query = {**measured(measure), "where": where[0] if len(where) == 1 else {"and": where}, "by": [NAMES[group]]}
    if top := re.search(r", top (\d+)", text):
        query["top"] = int(top[1])
    window = re.search(r", last (?:(\d+) )?(minute|hour|day|week)", text)
    number, unit = (window[1] or "1", window[2]) if window else ("2", "hour")
    return {**query, "last": "7d" if unit == "week" else number + unit[0]}


@pytest.fixture(scope="module")
def task():
    return load_task(FOLDER)


@pytest.mark.parametrize("file", ["pool.jsonl", "items.jsonl"])
def test_the_manual_alone_gives_every_query_and_the_scorer_calls_it_right(task, file):
    rows = [json.loads(line) for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]
    said = [row for row in rows if task.scorer(json.dumps(asked(row["input"])), Item("x", "", row["output"])).value < 1]
    assert said == []


def test_the_examples_of_the_manual_follow_it_and_are_no_items(task):
    shown = re.findall(r"^Question: (.*)\nQuery: (.*)$", MANUAL, re.MULTILINE)
    assert len(shown) == 3
    for question, query in shown:
        assert json.loads(query) == asked(question)
        assert question not in {item.input for item in task.items}


def test_half_of_the_columns_have_names_that_no_question_says(task):
    said = {word for item in (*task.pool, *task.items) for word in re.findall(r"\w+", item.input)}
    columns = {*NUMBERS.values(), *NAMES.values()}
    assert len(columns) == 38
    assert len(columns - said) >= 16


def test_the_columns_of_the_schema_are_those_of_the_manual(task):
    query = '{"op": "uniq", "of": "%s", "where": ["service", "=", "x"], "by": ["service"], "last": "1h"}'
    for name in (*NUMBERS.values(), *NAMES.values()):
        assert task.scorer(query % name, task.items[0]).answer is not None
    assert task.scorer(query % "place", task.items[0]).answer is None


def test_the_short_instruction_is_the_tasks_own_and_the_manual_begins_with_it(task):
    short, manual = read_instructions([str(FOLDER / "instructions")])
    assert (short.name, manual.name) == ("short", "with-manual")
    assert short.text == task.instruction
    assert manual.text.startswith(short.text)


FAILED, SERVICE = ["status", ">=", 500], ["service", "=", "stock"]
EITHER = {"or": [["region", "=", "eu"], ["region", "=", "us"]]}
TARGET = {"op": "p95", "of": "dur_ms", "where": {"and": [SERVICE, EITHER]}, "by": ["browser", "os"], "last": "1h"}
OTHERWISE = {"or": [["region", "=", "us"], ["region", "=", "eu"]]}


def judged(task, reply: object):
    text = reply if isinstance(reply, str) else json.dumps(reply)
    return task.scorer(text, Item("x", "", json.dumps(TARGET)))


@pytest.mark.parametrize(
    "reply",
    [
        dict(reversed(TARGET.items())),
        {**TARGET, "where": {"and": [OTHERWISE, SERVICE]}},
        {**TARGET, "where": {"and": [SERVICE, {"and": [EITHER, SERVICE]}]}},  # nested, and said twice
        {**TARGET, "where": {"and": [{"or": [SERVICE]}, EITHER]}},
        {**TARGET, "by": ["os", "browser"]},
        {**TARGET, "last": "60m"},
        f"```json\n{json.dumps(TARGET, indent=1)}\n```",
    ],
)
def test_what_asks_the_same_is_right(task, reply):
    assert judged(task, reply).value == 1


@pytest.mark.parametrize(
    "change",
    [
        {"where": {"or": [SERVICE, EITHER]}},
        {"where": {"and": [SERVICE]}},
        {"where": {"and": [SERVICE, EITHER, FAILED]}},
        {"where": {"and": [["service", "!=", "stock"], EITHER]}},
        {"by": ["browser"]},
        {"of": "db_ms"},
        {"op": "p99"},
        {"last": "1d"},
        {"top": 5},
    ],
)
def test_what_asks_something_else_is_wrong_but_a_query(task, change):
    score = judged(task, {**TARGET, **change})
    assert (score.value, score.answer is None) == (0, False)


@pytest.mark.parametrize(
    "reply",
    [
        "p95 of rq.ms",
        "",
        "[]",
        {**TARGET, "op": "p90"},
        {**TARGET, "of": "latency"},  # a column that there is not
        {**TARGET, "op": "count"},  # is of nothing
        {key: value for key, value in TARGET.items() if key != "of"},
        {**TARGET, "by": []},
        {**TARGET, "by": ["dur_ms"]},
        {**TARGET, "last": "1h\n"},
        {**TARGET, "last": "soon"},
        {**TARGET, "top": True},
        {**TARGET, "limit": 5},
        {**TARGET, "where": {"and": [SERVICE], "or": [SERVICE]}},
        {**TARGET, "where": ["service", "=", ["stock"]]},
        {**TARGET, "where": ["service", "~", "stock"]},
        json.dumps(TARGET).replace('["service"', '[{"or": ' * 2000 + '["service"'),
        json.dumps({**TARGET, "where": SERVICE}).replace(
            json.dumps(SERVICE), '{"or": [' * 45 + json.dumps(SERVICE) + "]}" * 44 + ", 1]}"
        ),
    ],
)
def test_what_is_no_valid_query_has_no_answer(task, reply):
    assert judged(task, reply).answer is None


def test_the_second_scorer_wants_the_order_of_the_target(task):
    item = Item("x", "", json.dumps(TARGET))
    turned = json.dumps({**TARGET, "by": ["os", "browser"]})
    assert (task.scorer(turned, item).value, task.also_scored_by(turned, item).value) == (1, 0)
