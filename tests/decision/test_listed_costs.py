"""Costs filled in from the list of prices, each amount by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import curvefit as cf
from curvefit.decision.break_even import Costs, at_ends, break_even
from curvefit.decision.listed_costs import TrainingWork, training_work, with_listed_prices
from curvefit.decision.training_prices import training_price
from curvefit.errors import CurveError
from curvefit.models.base import Usage

TODAY = date(2026, 11, 29)
WORK = TrainingWork(200, 3, prompt=180.0, answer=20.0, usd_per_1000=0.04, provider="openai")
STATED = Costs(100_000, prompted_usd_per_1000=0.16)
MINI = training_price("openai/gpt-4o-mini")
TOGETHER = training_price("8b", "together_ai")
SURE = cf.Estimate(0.0, 0.0, 0.0, 0.9)


def test_by_hand():
    # 200 examples of 200 tokens, 3 times, are 120,000 tokens: at $3 a million, $0.36. A thousand calls send 180,000
    # tokens at $0.30 and get 20,000 at $1.20 a million: $0.054 + $0.024.
    costs = with_listed_prices(STATED, MINI, WORK, TODAY)
    assert costs.training_usd == pytest.approx(0.36)
    assert costs.tuned_usd_per_1000 == pytest.approx(0.078)
    assert costs.hosting_usd_per_month == 0
    assert (costs.unknown, costs.upper_ends, at_ends(costs, 0.0)) == ((), {}, (costs,))
    assert costs.listing.amounts == ("training_usd", "hosting_usd_per_month", "tuned_usd_per_1000")
    assert costs.listing.looked_up == "2026-11-29"
    assert break_even(costs, SURE).saved_per_month.value == pytest.approx(8.2)  # 100,000 × (0.16 − 0.078) / 1,000


def test_what_its_user_stated_stays():
    stated = replace(STATED, training_usd=30.0, hosting_usd_per_month=50.0)
    costs = with_listed_prices(stated, MINI, WORK, TODAY)
    assert (costs.training_usd, costs.hosting_usd_per_month) == (30.0, 50.0)
    assert costs.listing.amounts == ("tuned_usd_per_1000",)


def test_a_range_keeps_both_ends_and_nothing_between():
    costs = with_listed_prices(STATED, TOGETHER, WORK, TODAY)
    assert costs.training_usd == pytest.approx(0.34 * 0.12)
    assert costs.upper_ends["training_usd"] == pytest.approx(0.48 * 0.12)
    assert (costs.hosting_usd_per_month, costs.upper_ends["hosting_usd_per_month"]) == pytest.approx(
        (730 * 3.99, 730 * 6.49)
    )
    assert costs.tuned_usd_per_1000 == 0  # hosting pays for tokens
    assert [each.hosting_usd_per_month for each in at_ends(costs, 0.0)] == pytest.approx([730 * 3.99, 730 * 6.49])
    many = replace(costs, calls_per_month=3e7)
    found = break_even(many, SURE)
    assert found.calls_per_month.value == pytest.approx(730 * 3.99 / 0.00016)
    assert found.dearest.calls_per_month.value == pytest.approx(730 * 6.49 / 0.00016)
    assert found.saved_per_month.value == pytest.approx(30_000 * 0.16 - 730 * 3.99)
    assert found.dearest.saved_per_month.value == pytest.approx(30_000 * 0.16 - 730 * 6.49)
    assert found.dearest.months.value >= found.months.value
    assert found.dearest.dearest is None


def test_a_base_models_price_is_known_where_that_provider_was_asked():
    azure = training_price("azure/gpt-4.1-mini")
    assert with_listed_prices(STATED, azure, replace(WORK, provider="azure"), TODAY).tuned_usd_per_1000 == 0.04
    assert with_listed_prices(STATED, azure, WORK, TODAY).unknown == ("tuned_usd_per_1000",)


def test_tokens_that_may_be_free_are_a_range():
    fireworks = training_price("8b", "fireworks_ai")
    costs = with_listed_prices(STATED, fireworks, replace(WORK, provider="fireworks_ai"), TODAY)
    assert (costs.tuned_usd_per_1000, costs.upper_ends["tuned_usd_per_1000"]) == (0.0, 0.04)
    assert with_listed_prices(STATED, fireworks, WORK, TODAY).unknown == ("tuned_usd_per_1000",)


def test_what_neither_says_stays_unknown():
    bare = TrainingWork(200, 3)
    assert with_listed_prices(STATED, MINI, bare, TODAY).unknown == ("tuned_usd_per_1000", "training_usd")
    assert "training_usd" in with_listed_prices(STATED, MINI, replace(WORK, examples=0), TODAY).unknown
    gone = training_price("cohere/command-r")
    assert with_listed_prices(STATED, gone, WORK, TODAY).unknown == STATED.unknown


def test_what_is_paid_by_the_hour_needs_hours():
    rented = training_price("H100", "runpod")
    assert with_listed_prices(STATED, rented, WORK, TODAY).unknown == ("training_usd",)
    costs = with_listed_prices(STATED, rented, replace(WORK, hours=2.0), TODAY)
    assert (costs.training_usd, costs.upper_ends["training_usd"]) == pytest.approx((5.38, 6.98))
    assert (costs.listing.examples, costs.listing.hours) == (0, 2.0)


def test_the_price_of_the_prompt_is_no_range_and_an_upper_end_is_the_larger():
    with pytest.raises(CurveError, match="prompted_usd_per_1000 has no upper end of 2"):
        Costs(1.0, 1.0, upper_ends={"prompted_usd_per_1000": 2.0})
    with pytest.raises(CurveError, match="training_usd has no upper end of 2"):
        Costs(1.0, training_usd=3.0, upper_ends={"training_usd": 2.0})


def measured(model, shots=(0, 4), usd=0.0004):
    usage = tuple(Usage(10, 1800 * (1 + k), 0, 200, usd, 1.0) for k in shots)
    return cf.Measurement(
        shots=np.array(shots), scores=np.ones((len(shots), 1, 10)), model=model, usage_by_shots=usage,
        items=tuple(map(str, range(10))),
    )  # fmt: skip


def test_work_is_what_calls_without_examples_took():
    assert training_work(measured("openai/m"), 200, 3) == replace(
        WORK, usd_per_1000=pytest.approx(0.04), hours=pytest.approx(math.nan, nan_ok=True)
    )
    assert math.isnan(training_work(measured("openai/m", shots=(1, 4)), 200, 3).tokens)
    assert math.isnan(training_work(measured("local/m"), 200, 3).usd_per_1000)
    assert math.isnan(training_work(measured("openai/m", usd=None), 200, 3).usd_per_1000)
