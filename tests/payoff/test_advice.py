import math
from dataclasses import replace

import pytest

from curvefit.curves.curve import Estimate, Point, Spread
from curvefit.curves.verdict import Verdict
from curvefit.payoff.advice import RULE_OF_THUMB, Evidence, advise

GAIN = Estimate(0.08, 0.04, 0.12, 0.9)


def evidence(trend: str = "plateau", best: float = 0.6, parse_rate: float = 1.0, kind: str = "dsl") -> Evidence:
    values = (best / 2, best)
    points = tuple(
        Point(shots, Estimate(v, v - 0.05, v + 0.05, 0.9), 100, 5, Spread(0.1, 0.01, 0.1))
        for shots, v in zip((1, 16), values, strict=True)
    )
    return Evidence(kind, points, (), (parse_rate,) * 2, Verdict(trend, GAIN, GAIN, 0.02, 64, ("why", "what next")))


@pytest.mark.parametrize(
    ("given", "action"),
    [
        (evidence("rising"), "add-examples"),
        (evidence("falling"), "use-fewer-examples"),
        (evidence("inconclusive"), "measure-more"),
        (evidence("plateau", best=0.6), "try-fine-tuning"),
        (evidence("flat", best=0.6), "try-fine-tuning"),
        (evidence("plateau", best=0.92), "keep-prompting"),
        (evidence("flat", best=0.1, kind="knowledge-qa"), "retrieve"),
        (evidence("flat", best=0.9, kind="knowledge-qa"), "keep-prompting"),
        (evidence("rising", parse_rate=0.6), "mend-format"),
        (evidence("plateau", parse_rate=math.nan), "try-fine-tuning"),
    ],
)
def test_each_finding_has_its_one_action(given, action):
    assert advise(given).action == action


@pytest.mark.parametrize("trend", ["rising", "falling", "plateau", "flat"])
def test_advice_that_leans_on_the_shape_says_how_little_shapes_have_told(trend):
    assert RULE_OF_THUMB in advise(evidence(trend)).reasons


@pytest.mark.parametrize("trend", ["rising", "plateau", "flat", "falling", "inconclusive"])
def test_every_reason_has_a_number_and_there_is_a_next_step(trend):
    advice = advise(evidence(trend))
    assert advice.next_step
    assert any(character.isdigit() for character in advice.reasons[0])


@pytest.mark.parametrize(("gained", "action"), [(0.2, "mend-format"), (0.01, "add-examples")])
def test_unread_replies_are_mended_only_where_a_constrained_choice_does_better(gained, action):
    given = evidence("rising", parse_rate=0.75)
    choice = tuple(
        replace(point, accuracy=replace(point.accuracy, value=point.accuracy.value + gained)) for point in given.points
    )
    assert advise(replace(given, choice=choice)).action == action


def test_the_cheaper_prompt_is_named_where_it_measured_within_the_margin():
    given = evidence("plateau", best=0.92)
    assert "or with" not in advise(given).next_step
    near = replace(given.points[0], accuracy=replace(given.points[0].accuracy, value=0.91))
    assert "16 examples, or with 1, which measured 1.0 points below" in advise(
        replace(given, points=(near, given.points[1]))
    ).next_step  # fmt: skip


def test_an_inconclusive_curve_is_told_what_would_settle_it():
    given = evidence("inconclusive")
    assert "what next" in advise(given).next_step
    bare = replace(given, verdict=replace(given.verdict, reasons=()))
    assert advise(bare).next_step
