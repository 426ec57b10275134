"""Widgets: the talk is read a second time for who, which home and what is wanted; the parser gets broken replies."""

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

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "widgets"
TOUR = "Booked. {tour|id=412|who=Dana|at=Sat-10} See you there!"
TASK = load_task(FOLDER)


def everything() -> list[list[str]]:
    """The turns of every conversation, the reply last."""
    files = ("pool.jsonl", "items.jsonl")
    lines = [line for file in files for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]
    return [[message["content"] for message in json.loads(line)["messages"]] for line in lines]


def shown(opening: str) -> dict[str, str]:
    """Who gets to see which home."""
    return {
        "who": re.search(r"Show (\w+)|for (\w+):|^(\w+) may", opening).expand(r"\1\2\3"),
        "id": re.search(r"\b(\d{3})\b(?!k)", opening.replace("$", "k"))[1],
        "beds": re.search(r"(\d) beds", opening)[1],
        "price": re.search(r"\$(\d+)k", opening)[1],
    }


def replied(openings: list[str], wanted: str) -> str:
    home = shown(openings[-1])
    if lower := re.search(r"\$(\d+)k", wanted):
        return f"Good news for {home['who']}: {{price|id={home['id']}|to={lower[1]}000}}"
    if re.search(r"sold|gone|bought", wanted):
        return f"Sorry, {home['who']}. {{sold|id={home['id']}}} Shall I look on?"
    if re.search(r"beds|large", wanted):
        return f"It has {home['beds']} beds."
    if re.search(r"cost|price", wanted):
        return f"It is ${home['price']}k."
    day, hour = re.search(r"(\w{3})\w*day,? (?:at )?(\w+)", wanted).groups()
    number = 12 if hour == "noon" else int(hour[:-2]) + (12 if hour.endswith("pm") else 0)
    at = f"{day}-{number:02}"
    if re.search(r"tour|visit", wanted):
        return f"Booked. {{tour|id={home['id']}|who={home['who']}|at={at}}} See you there!"
    do = "call" if re.search(r"call|ring", wanted) else "mail"
    return f"Noted. {{task|do={do}|who={home['who']}|at={at}}}"


def test_every_reply_is_about_the_home_and_the_client_named_last():
    talks = everything()
    assert [talk for talk in talks if replied(talk[:-2:2], talk[-2]) != talk[-1]] == []
    assert {len(talk) for talk in talks} == {4, 6}


def test_the_turns_of_the_assistant_show_the_home_before_them():
    for talk in everything():
        for opening, reply in zip(talk[:-2:2], talk[1:-2:2], strict=True):
            home = shown(opening)
            values = f"id={home['id']}|beds={home['beds']}|price={home['price']}000"
            assert reply == f"For {home['who']}: {{home|{values}}}"


def test_turns_stay_turns():
    task = TASK
    assert {len(item.turns) for item in (*task.pool, *task.items)} == {2, 4}
    assert all(item.turns[1][1].startswith("For ") for item in task.items)


def judged(reply: str, target: str = TOUR) -> tuple[float, bool]:
    """The score, and whether the reply could be read."""
    score = TASK.scorer(reply, Item("x", "We can visit Saturday, 10am.", target))
    return score.value, score.answer is not None


@pytest.mark.parametrize("talk", everything()[::37])
def test_targets_are_right(talk):
    assert judged(talk[-1], talk[-1]) == (1, True)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("  booked.  {tour|id=412|who=Dana|at=Sat-10} see you there!\nAgent: Thanks", 1),  # case, spaces, a turn more
        ("Done. {tour|id=412|who=Dana|at=Sat-10} See you!", 0.5),  # other words around the right widget
        ("{tour|id=412|who=Dana|at=Sat-10} Booked. See you there!", 0),  # in another place
        ("Booked. {tour|id=421|who=Dana|at=Sat-10} See you there!", 0),
        ("Booked. {tour|id=412|who=Omar|at=Sat-10} See you there!", 0),
        ("Booked. {sold|id=412} See you there!", 0),
        ("Booked. See you there!", 0),  # words alone are of the format
    ],
)
def test_what_can_be_read_is_right_half_right_or_wrong(reply, value):
    assert judged(reply) == (value, True)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "Booked. {tour|id=412|who=Dana|at=Sat-10 See you there!",
        "Booked. tour|id=412|who=Dana|at=Sat-10} See you there!",
        "Booked. {{tour|id=412|who=Dana|at=Sat-10}} See you there!",
        "Booked. {visit|id=412|who=Dana|at=Sat-10} See you there!",  # no such kind
        "Booked. {tour|who=Dana|id=412|at=Sat-10} See you there!",  # order of keys
        "Booked. {tour|id=412|who=Dana} See you there!",
        "Booked. {tour|id=412|who=Dana|at=Sat-10|at=Sat-10} See you there!",
        "Booked. {tour|id=412|who=Dana|at=Saturday 10am} See you there!",
        "Booked. {tour|id=412|who=Dana|at=Sat-25} See you there!",
        "Booked. {tour|id=\u0664\u0661\u0662|who=Dana|at=Sat-10} See you there!",  # digits of another script
        "Booked. {tour |id=412|who=Dana|at=Sat-10} See you there!",
        "{" * 5000,
    ],
)
def test_what_breaks_the_format_is_unreadable_and_not_wrong(reply):
    assert judged(reply) == (0, False)


def test_a_question_is_answered_in_words_alone():
    assert judged("it has 3 beds.", "It has 3 beds.") == (1, True)
    assert judged("It has 4 beds.", "It has 3 beds.") == (0, True)
    assert judged("It has 3 beds. {sold|id=412}", "It has 3 beds.") == (0, True)


def test_missed_items_are_told_apart_by_format_and_by_content():
    task = TASK
    items = (Item("i1", "A", TOUR), Item("i2", "B", TOUR))
    replies = [TOUR.replace("}", ""), TOUR.replace("Sat", "Sun")]
    scores = [task.scorer(reply, item) for reply, item in zip(replies, items, strict=True)]
    judged = [
        JudgedReply(item.id, 4, 0, False, reply, score.answer, score.value)
        for item, reply, score in zip(items, replies, scores, strict=True)
    ]
    found = failures_of(replace(task, items=items), "m", judged, (False, 4))
    assert {failure.item.id: failure.code for failure in found.failures} == {"i1": "unreadable", "i2": "other"}
