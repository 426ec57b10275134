"""Every row of the table in docs/deciding.md is what the tool advises, in that order."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from curvefit.curves.curve import Estimate
from curvefit.decision.advice import _RULES, advise
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.measurement.measurement import CutReplies
from curvefit.payoff.predictor import Payoff, Probed
from tests.decision.test_advice import evidence, near_perfect

PAGE = Path(__file__).parents[2] / "docs" / "deciding.md"
SURE = Estimate(0.2, 0.15, 0.25, 0.9)


def payoff(low, high, probes):
    gain = Estimate((low + high) / 2, low, high, 0.9)
    chance = 0.99 if low > 0.02 else 0.01 if high < 0.02 else 0.5
    return Payoff(
        gain,
        chance,
        0.02,
        400,
        basis=(),
        rule=None,
        probes=probes,
        kind="classification",
        task="t",
        model="m",
    )


def better(given):
    lead = Estimate(0.1, 0.05, 0.15, 0.9)
    return replace(given, retrieved=given.points[1:], lead=lead)


ROWS = {
    "most replies were cut off": replace(evidence("plateau"), cut=CutReplies(90, 100, 16)),
    "labels do not show that the judge beats chance": replace(
        better(evidence("rising")), validated=ValidatedTraining("mine", None, SURE, SURE), judge_fails=True
    ),
    "your own fine-tuned model was measured, and gains accuracy": replace(
        better(evidence("rising", parse_rate=0.5)), validated=ValidatedTraining("mine", None, SURE, SURE)
    ),
    "replies that cannot be read cost accuracy, and no training of this very model is shown to gain accuracy": replace(
        better(evidence("inconclusive", parse_rate=0.6)), retrieved_parse_rate=(0.6,)
    ),
    "the most similar examples beat random ones by more than the margin, and one answer to everything clearly": better(
        evidence("rising", parse_rate=0.5)
    ),
    "a task of knowledge, and examples change nothing": evidence("flat", best=0.3, kind="knowledge-qa"),
    "the best prompt scores at most 10%, without the luck of its pick": evidence("inconclusive", best=0.1),
    "at least 85%, and surely no room for a gain above the margin": near_perfect(evidence("inconclusive")),
    "your own examples show that training gains accuracy, and similar ones were measured or cannot be": replace(
        evidence("inconclusive"), pool=None, payoff=payoff(0.1, 0.3, (Probed("m", 0.6, 400, SURE),))
    ),
    "the curve is open": evidence("inconclusive"),
    "more examples help": evidence("rising"),
    "more examples hurt": evidence("falling"),
    "no gain left, 85% or more without the luck of its pick, and training is not shown to gain accuracy": evidence(
        "plateau", best=0.9
    ),
    "no gain left, and training is predicted to gain little or none, or was measured": replace(
        evidence("plateau"), payoff=payoff(-0.05, 0.0, (Probed("m", 0.6, 400, Estimate(-0.02, -0.05, 0, 0.9)),))
    ),
    "no gain left": evidence("plateau"),
}


def table():
    rows = re.findall(r"^\| ([^|]+) \| `([a-z-]+)` \| ([^|]+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {found: action for found, action, _ in rows}


def test_the_page_has_a_row_for_every_rule_in_the_order_they_are_tried():
    assert list(table()) == list(ROWS)
    assert len(ROWS) == len(_RULES) + 1  # and replies that were cut off, before all


@pytest.mark.parametrize("found", ROWS)
def test_a_row_says_what_is_advised(found):
    assert advise(ROWS[found]).action == table()[found]


@pytest.mark.parametrize("number", range(len(_RULES)))
def test_each_row_is_decided_by_its_own_rule(number):
    inputs = list(ROWS.values())[number + 1]
    assert next(i for i, (holds, _) in enumerate(_RULES) if holds(inputs)) == number
