"""A plain classifier beside the best prompt: paired by the names of items."""

from dataclasses import replace

import numpy as np
import pytest

import curvefit as cf
from curvefit.curves.curve import Estimate
from curvefit.decision.plain_classifier import PlainClassifier, plain_classifier
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.predictor import Payoff, StandIn

ITEMS = tuple(map(str, range(100)))
SCORES = (np.arange(100) % 10 < 8).astype(float)


def learned(scores, items=ITEMS):
    return cf.Curve(shots=np.array([200]), scores=np.array(scores)[None, None]), items


def best(scores=SCORES, items=ITEMS):
    measured = Measurement(shots=np.array([4]), scores=scores[None, None], items=items, task="t", model="m")
    return cf.analyze(measured).best


def test_it_is_compared_item_by_item_in_whatever_order_items_stand():
    """All that the prompt has right the classifier has too, and 10 of 100 more."""
    better = np.minimum(SCORES + (np.arange(100) % 10 == 8), 1.0)
    ordered = plain_classifier(*learned(better), best(), 0.9)
    assert ordered.lead.value == pytest.approx(0.1)
    assert ordered.accuracy.value == pytest.approx(0.9)
    turned = plain_classifier(*learned(better[::-1], ITEMS[::-1]), best(), 0.9)
    assert turned.lead == ordered.lead
    shuffled = plain_classifier(*learned(np.roll(better, 5)), best(), 0.9)
    assert shuffled.lead.low < ordered.lead.low, "of other items it is right on, it is less sure"


def test_its_lead_counts_the_groups_that_the_prompts_items_are_of():
    groups = np.arange(100) // 10
    scores, better = ((groups < count).astype(float) for count in (8, 9))
    measured = Measurement(shots=np.array([4]), scores=scores[None, None], items=ITEMS, task="t", model="m")
    alone, grouped = (
        plain_classifier(*learned(better), cf.analyze(replace(measured, groups=of)).best, 0.9)
        for of in ((), tuple(groups.tolist()))
    )
    assert grouped.lead.high - grouped.lead.low > 1.5 * (alone.lead.high - alone.lead.low)


def test_of_other_items_no_lead_is_known():
    assert plain_classifier(*learned(np.ones(100), tuple(f"x{name}" for name in ITEMS)), best(), 0.9).lead is None


@pytest.mark.parametrize(
    ("scores", "items", "prompt"),
    [(0.9 * SCORES, ITEMS, SCORES), (np.ones(50), ITEMS[:50], SCORES), (SCORES * 0.6, ITEMS, SCORES * 0.1)],
)
def test_none_that_is_worse_or_on_fewer_items_or_hardly_right_replaces_a_prompt(scores, items, prompt):
    assert plain_classifier(*learned(scores, items), best(prompt), 0.9) is None


def test_it_reaches_what_fine_tuning_does_where_that_is_within_the_margin_on_the_same_items():
    accuracy = Estimate(0.9, 0.85, 0.94, 0.9)
    plain, payoff = PlainClassifier(accuracy, None, 200), Payoff(accuracy, 0.9, 0.05, 200, (), None)
    assert not plain.reaches(None, 0.05)
    assert not plain.reaches(payoff, 0.05)
    for reached, reaches in ((0.94, True), (0.96, False), (0.7, True)):
        tuned = replace(accuracy, value=reached, high=1.0, low=0.6)
        assert plain.reaches(replace(payoff, fine_tuned=tuned), 0.05) == reaches
        # What it reaches on new items, and other numbers of examples, are not set against it.
        known = replace(payoff, fine_tuned=replace(tuned, value=1.0), stand_in=StandIn(accuracy, tuned, 51, 7, 100))
        assert plain.reaches(known, 0.05) == reaches
