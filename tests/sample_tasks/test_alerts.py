"""Alerts: the policy of the night desk, written a second time as signs in the text, and the price of each error."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from curvefit.measurement.failures import failures_of
from curvefit.measurement.judged_replies import JudgedReply
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Item

FOLDER = Path(__file__).parents[2] / "sample_tasks" / "alerts"
ACTIONS = ("close", "isolate", "lock", "page", "watch")
POLICY = [
    ("close", r"; (?:red team drill|known scanner|change approved|vendor test file)$"),
    ("watch", r"\b(?:held|refused|dropped|blocked)\b.*;"),
    ("lock", r"sign-in from|second factor|forwarded|password reset|admin role|token used"),
    ("page", r"\b(?:db|app)-"),
    ("isolate", r"\b(?:desk|lap)-"),
]
TASK = load_task(FOLDER)


def everything() -> list[dict[str, str]]:
    files = ("pool.jsonl", "items.jsonl")
    return [json.loads(line) for file in files for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]


def triaged(alert: str) -> str:
    return next(action for action, sign in POLICY if re.search(sign, alert, re.IGNORECASE))


def cost(target: str, answer: str) -> float:
    """What is lost of the credit, in dollars."""
    score = TASK.also_scored_by(answer, Item("x", "An alert", target))
    return round((1 - score.value) * 500, 6)


def test_the_first_line_of_the_policy_that_fits_decides():
    assert [row for row in everything() if triaged(row["input"]) != row["output"]] == []


def test_one_sign_alone_decides_nothing():
    """The same event on the same kind of machine is an intrusion or none, by the note."""
    actions: dict[str, set[str]] = {}
    for row in everything():
        for sign in ("encrypted", "drill", "scanner", "change", "beacon", "db-", "desk-"):
            if sign in row["input"].lower():
                actions.setdefault(sign, set()).add(row["output"])
    assert min(map(len, actions.values())) >= 3


def test_a_missed_intrusion_costs_fifty_times_a_false_alarm():
    assert cost("lock", "watch") == cost("page", "close") == 50 * cost("watch", "page") == 500
    assert cost("isolate", "page") == 50
    assert cost("close", "watch") == 1
    assert all(cost(action, action) == 0 for action in ACTIONS)


def test_the_price_of_one_wrong_answer_is_the_mean_where_one_alert_in_a_hundred_is_an_intrusion():
    def mean(targets: tuple[str, ...]) -> float:
        wrong = [cost(target, answer) for target in targets for answer in ACTIONS if answer != target]
        return sum(wrong) / len(wrong)

    costs = yaml.safe_load((FOLDER / "costs.yaml").read_text(encoding="utf-8"))
    expected = 0.01 * mean(("isolate", "lock", "page")) + 0.99 * mean(("close", "watch"))
    assert costs["error_usd"] == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("reply", ["", "\n", "call the police", "lock or page"])
def test_a_reply_that_names_no_action_is_unreadable_and_not_free(reply):
    task, item = TASK, Item("x", "An alert", "watch")
    for judge in (task.scorer, task.also_scored_by):
        assert (judge(reply, item).value, judge(reply, item).answer) == (0, None)


@pytest.mark.parametrize("reply", ["Page", "`page`.", "page\nAlert: another"])
def test_both_scorers_read_the_same_replies(reply):
    task, item = TASK, Item("x", "An alert", "page")
    assert (task.scorer(reply, item).value, task.also_scored_by(reply, item).value) == (1, 1)


def test_both_kinds_of_error_are_told_apart():
    """One that wakes somebody for nothing, and one that lets an intruder in."""
    items = (Item("i1", "A", "watch"), Item("i2", "B", "lock"), Item("i3", "C", "lock"))
    replies = [JudgedReply(item.id, 4, 0, False, "watch", "watch", float(item.target == "watch")) for item in items]
    found = failures_of(replace(TASK, items=items), "m", replies, (False, 4))
    assert found.confusion == (("lock", "watch", 2),)
    assert {label: estimate.value for label, estimate in found.by_label.items()} == {"lock": 0, "watch": 1}


def test_actions_are_balanced_so_that_no_guess_looks_good():
    assert set(Counter(row["output"] for row in everything())) == set(ACTIONS)
