"""Sales e-mails: every constraint is kept by the targets, accepts what is as good, and names itself when broken."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "sales_email"
ALLOWED = {
    "health": {"a demo", "a pilot"},
    "schools": {"a workshop", "a trial"},
    "retail": {"an audit", "a trial"},
    "hotels": {"an audit", "a pilot"},
}
PROFILE = "Dr Ada Sato, Pier Hotel, hotels, budget 4500 euros, wants full rooms"
TARGET = "Dear Dr Sato, would a pilot help Pier Hotel get full rooms? Kind regards, Mira"
ITEM = Item("x", PROFILE, TARGET)


def everything() -> list[dict[str, str]]:
    files = ("pool.jsonl", "items.jsonl")
    return [json.loads(line) for file in files for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def task():
    return load_task(FOLDER)


def test_every_target_is_the_e_mail_of_its_profile():
    offered: dict[str, Counter[str]] = {segment: Counter() for segment in ALLOWED}
    for row in everything():
        title, last, firm, segment, want = re.fullmatch(
            r"(Dr|Prof|Ms|Mr) [A-Z]\w+ ([A-Z]\w+), ([\w ]+), (\w+), budget \d+ euros, wants ([\w -]+)", row["input"]
        ).groups()
        (offer,) = [offer for offer in set().union(*ALLOWED.values()) if f" {offer}" in row["output"]]
        offered[segment][offer] += 1
        assert row["output"] in {
            f"Dear {title} {last}, would {offer} help {firm} get {want}? Kind regards, Mira",
            f"Dear {title} {last}, let us bring {want} to {firm} with {offer}. Kind regards, Mira",
        }
    assert {segment: set(found) for segment, found in offered.items()} == ALLOWED
    assert all(min(found.values()) > 70 for found in offered.values())  # none can be left unlearned


def test_every_target_may_be_sent_and_no_e_mail_to_another_client_may(task):
    items = task.items
    assert [item for item in (*task.pool, *items) if task.scorer(item.target, item).value != 1] == []
    for item, other in pairwise(items):
        assert (task.scorer(other.target, item).value == 1) == (other.target == item.target)


@pytest.mark.parametrize(
    "reply",
    [
        "Dear Dr Sato, would an audit help Pier Hotel get full rooms? Kind regards, Mira",  # the other allowed offer
        "Dear Dr Sato, full rooms are what Pier Hotel wants: let us start with a pilot. Kind regards, Mira.",
    ],
)
def test_e_mails_that_are_as_good_as_the_target_may_be_sent(task, reply):
    assert task.scorer(reply, ITEM).value == task.also_scored_by(reply, ITEM).value == 1


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (("Dr Sato", "Mr Sato"), "greeting"),
        (("Dr Sato", "Dr Ada Sato"), "greeting, no first name"),
        (("a pilot", "a demo"), "one allowed offer"),  # of another segment
        (("a pilot", "a pilot or an audit"), "one allowed offer"),
        (("a pilot", "we"), "one allowed offer"),
        (("Pier Hotel", "your house"), "firm"),
        (("full rooms", "quick check-ins"), "what is wanted"),
        (("a pilot", "a pilot for €90"), "no price"),
        (("full rooms?", "full rooms within your 4500?"), "no price"),
        (("?", ", as so many others on the coast already do since the last summer was so very bad?"), "length"),
        (("Kind regards, Mira", "Best, Mira"), "sign-off"),
    ],
)
def test_one_broken_constraint_is_enough_and_is_named(task, change, broken):
    reply = TARGET.replace(*change)
    score = task.scorer(reply, ITEM)
    share = task.also_scored_by(reply, ITEM)
    assert (score.value, score.answer, score.wrong) == (0, reply, tuple(broken.split(", ")))
    assert (share.value, share.answer, share.wrong) == (pytest.approx(1 - len(score.wrong) / 8), reply, score.wrong)


def test_nothing_is_unreadable_and_keeps_no_constraint(task):
    for scorer in (task.scorer, task.also_scored_by):
        assert (scorer(" \n", ITEM).value, scorer(" \n", ITEM).answer) == (0, None)
