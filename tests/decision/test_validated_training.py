"""Once the user's own fine-tuning was measured, that decides, and nobody is told to do it again."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.decision.advice import advise
from curvefit.decision.validated_training import ValidatedTraining, best_validated, other_validated
from curvefit.payoff.comparison import SURE, chance_above, decision_on
from curvefit.payoff.predictor import Probed
from curvefit.payoff.reference_class import training_decision
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


@pytest.mark.parametrize("value", [-0.1, -0.04, -0.02, 0.02, 0.06, 0.08, 0.12, 0.3])
def test_a_gain_is_judged_by_one_rule_whether_a_validation_measured_it_or_a_probe_of_the_very_model(value):
    own, margin = gained(value), PREDICTED.margin
    probed = Probed("m", 0.5, PREDICTED.n_train, own.gain)
    counted = replace(PREDICTED, model="m", probes=(probed,), probability=chance_above(own.gain, margin))
    assert decision_on(own.gain, margin) == own.decision(margin, None) == training_decision(counted)


def test_the_best_of_several_counts_and_one_alone_as_it_was_measured():
    worse, better = gained(-0.3), gained(-0.1, model="better")
    assert best_validated([worse, better]).model == "better"
    assert other_validated([worse, better]) == (worse,)
    assert best_validated([better]) == better
    assert (best_validated([]), other_validated([])) == (None, ())


@pytest.mark.parametrize(
    ("value", "k", "chance", "low"),
    [
        (0.12, 1, 0.95, 0.02),
        (0.12, 2, 0.9025, 0.12 - 0.1 * 1.95451 / 1.64485),  # scipy.stats.norm.ppf(0.95 ** (1 / 2)), norm.ppf(0.95)
        (0.12, 5, 0.7738, 0.12 - 0.1 * 2.31869 / 1.64485),
        (0.04, 5, 0.5, 0.04 - 0.1 * 2.31869 / 1.64485),  # alone 0.63
        (-0.08, 5, 0.05, -0.08 - 0.1 * 2.31869 / 1.64485),  # luck made it look no worse
    ],
)
def test_the_one_that_was_picked_is_no_surer_than_all_of_them_together(value, k, chance, low):
    best = best_validated([gained(value), *(gained(value - 0.2) for _ in range(k - 1))])
    assert best.chance(0.02) == pytest.approx(chance, abs=5e-5)
    assert (best.gain.value, best.gain.low, best.gain.high) == pytest.approx((value, low, value + 0.1), abs=1e-6)
    assert best.chance(0.02) <= gained(value).chance(0.02)
    assert best.chance(best.gain.low) == pytest.approx(0.95), "chance and interval say the same"
    assert (best.accuracy.high, best.picked_from) == (0.6, k)
    assert best.accuracy.low == pytest.approx(0.5 - (value - low), abs=1e-6)


@pytest.mark.parametrize("shared", [0.0, 0.5])  # of the variance of their errors, which are on the same items
@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_of_several_equal_models_with_no_gain_above_the_margin_it_is_said_to_pay_no_oftener_than_of_one(k, shared):
    margin, error, studies = 0.02, 0.04, 4000
    half = error * NormalDist().inv_cdf(0.95)
    rng = np.random.default_rng(7)
    noise = shared**0.5 * rng.normal(size=(studies, 1)) + (1 - shared) ** 0.5 * rng.normal(size=(studies, k))
    picked = [best_validated([gained(value, half) for value in row]) for row in margin + error * noise]
    by_chance = 3 * (0.2 * 0.8 / studies) ** 0.5
    assert np.mean([own.decision(margin, None) == "pays" for own in picked]) < 1 - SURE + by_chance
    assert np.mean([own.decision(margin, None) == "does not pay" for own in picked]) < 1 - SURE + by_chance
    assert np.mean([own.gain.low <= margin <= own.gain.high for own in picked]) > 0.9 - by_chance


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


def test_training_on_more_stays_open_only_where_no_other_model_was_trained_on_as_many():
    few, many = gained(-0.4, n_train=PREDICTED.n_train // 10), gained(-0.5, n_train=PREDICTED.n_train)
    fewer = replace(many, n_train=PREDICTED.n_train // 5)
    for others, decision in (
        ((), "open"),
        ((fewer,), "open"),
        ((many,), "does not pay"),
        ((fewer, many), "does not pay"),
    ):
        best = best_validated([few, *others])
        assert (best.gain.value, best.decision(0.02, PREDICTED)) == (-0.4, decision)
    assert best_validated([few, gained(-0.5)]).decision(0.02, PREDICTED) == "does not pay", "on as many as were wanted"


@pytest.mark.parametrize(
    ("given", "action"),
    [
        (evidence("inconclusive", parse_rate=0.6), "mend-format"),
        (evidence("flat", best=0.3, kind="knowledge-qa"), "retrieve"),
    ],
)
def test_what_was_measured_is_among_the_reasons_whatever_comes_first(given, action):
    advice = advise(replace(given, validated=gained(-0.3)))
    assert advice.action == action
    assert "validated" in codes(advice.reasons)
    assert not {"validated", "predicted-payoff"} & set(codes(advise(replace(given, payoff=PREDICTED)).reasons))
