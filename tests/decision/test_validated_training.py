"""Once the user's own fine-tuning was measured, that decides, and nobody is told to do it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from curvefit.curves.curve import Estimate
from curvefit.decision.advice import advise
from curvefit.decision.validated_training import ValidatedTraining, best_validated
from tests.decision.test_advice import codes, evidence
from tests.decision.test_decision_table import payoff

PREDICTED = payoff(0.1, 0.3, ())
TRAINS = {"fine-tune", "probe", "probe-elsewhere", "small-run"}


def gained(value: float, half: float = 0.1, n_train: int | None = None, model: str = "mine") -> ValidatedTraining:
    return ValidatedTraining(
        model, n_train, Estimate(0.5, 0.4, 0.6, 0.9), Estimate(value, value - half, value + half, 0.9)
    )


@pytest.mark.parametrize(
    ("value", "half", "chance", "decision"),
    [
        (0.12, 0.1, 0.95, "pays"),  # by normal quantiles: the interval ends at the margin
        (-0.08, 0.1, 0.05, "does not pay"),
        (0.02, 0.1, 0.5, "open"),
        (0.06, 0.1, 0.7447, "open"),  # scipy.stats.norm.cdf(0.4 * norm.ppf(0.95))
        (0.08, 0.1, 0.8382, "pays"),
        (0.3, 0.0, 1.0, "pays"),
        (0.02, 0.0, 0.0, "does not pay"),
    ],
)
def test_a_gain_decides_by_its_interval_from_the_same_chance_on_as_a_prediction(value, half, chance, decision):
    own = gained(value, half)
    assert own.chance(0.02) == pytest.approx(chance, abs=5e-5)
    assert own.decision(0.02, None) == decision


def test_the_best_of_several_counts():
    worse, better = gained(-0.3), gained(-0.1, model="better")
    assert best_validated([worse, better]) == better
    assert best_validated([]) is None


@pytest.mark.parametrize(("value", "training"), [(0.3, "pays"), (0.02, "open"), (-0.7, "open")])
def test_one_trained_on_far_fewer_examples_leaves_open_whether_more_would_pay(value, training):
    few = gained(value, n_train=PREDICTED.n_train // 2)
    given = replace(evidence("plateau"), payoff=PREDICTED, validated=few)
    advice = advise(given)
    assert advice.training == training
    assert ("fine-tune" in codes(advice.next_steps)) == (training == "open")
    assert "probe" not in codes(advice.next_steps)
    assert few.decision(0.02, None) == gained(value).decision(0.02, PREDICTED), "unless nothing is asked of more"


@pytest.mark.parametrize("trend", ["rising", "plateau", "flat", "falling", "inconclusive"])
@pytest.mark.parametrize("parse_rate", [0.6, 1.0])
@pytest.mark.parametrize(("value", "training"), [(0.3, "pays"), (0.02, "open"), (-0.7, "does not pay")])
def test_what_was_measured_decides_whatever_was_predicted(trend, parse_rate, value, training):
    given = replace(evidence(trend, parse_rate=parse_rate), payoff=PREDICTED, validated=gained(value))
    advice = advise(given)
    assert advice.training == training
    assert not TRAINS & set(codes(advice.next_steps))
    assert (advice.action == "ship-fine-tuned") == (training == "pays")
    assert advice.action != "try-fine-tuning"
    assert "predicted-payoff" not in codes(advice.reasons)
    assert advice.next_steps


def test_the_model_that_pays_is_shipped_once_similar_examples_were_tried():
    given = replace(evidence("inconclusive"), payoff=PREDICTED, validated=gained(0.3))
    assert codes(advise(given).next_steps) == ["measure-retrieved", "ship-fine-tuned"]
    tried = advise(replace(given, retrieved=given.points))
    assert codes(tried.next_steps) == ["ship-fine-tuned"]
    assert tried.next_steps[0].values == {"model": "mine"}
    assert tried.cheaper is None
