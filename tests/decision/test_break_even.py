"""When fine-tuning pays in money: the two cost the same there, by arithmetic done apart."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import curvefit as cf
from curvefit.decision.break_even import (
    RANGES,
    Costs,
    break_even,
    deciding_ranges,
    least_and_most_saved,
    money_back,
    money_doubt,
)
from curvefit.errors import CurveError

SURE = cf.Estimate(0.05, 0.05, 0.05, 0.9)
PLAIN = Costs(
    100_000, prompted_usd_per_1000=1.2, tuned_usd_per_1000=0.2, training_usd=30.0, labour_usd=970.0,
    hosting_usd_per_month=50.0,
)  # fmt: skip
MONEY = st.floats(0.01, 1000)


def test_by_hand():
    # 100,000 calls save $100 a month on tokens, of which hosting takes $50: $1,000 are paid back in 20 months; hosting
    # alone needs 50,000 calls a month.
    found = break_even(PLAIN, SURE)
    assert found.saved_per_month.value == pytest.approx(50)
    assert found.months.value == pytest.approx(20, abs=1e-6)
    assert found.calls_per_month.value == pytest.approx(50_000)


def test_mistakes_by_hand():
    # 5 points of 100,000 calls are 5,000 mistakes, at 1 cent each another $50 a month.
    found = break_even(replace(PLAIN, error_usd=0.01), SURE)
    assert found.saved_per_month.value == pytest.approx(100)
    assert found.months.value == pytest.approx(10, abs=1e-6)


def test_ranges_by_hand():
    # 200,000 calls save $200 a month on tokens, of which hosting takes $50: $1,000 are back in 6.7 months. 60,000 calls
    # save $10 after hosting, and $2,970 are back in 297.
    costs = replace(PLAIN, calls_per_month=60_000, upper_ends={"calls_per_month": 200_000, "training_usd": 2_000})
    found = break_even(costs, SURE)
    assert [each.saved_per_month.value for each in (found, found.dearest)] == pytest.approx([150, 10])
    assert [each.months.value for each in (found, found.dearest)] == pytest.approx([1000 / 150, 297], abs=1e-4)
    assert found.dearest.dearest is None


@given(st.floats(-1, 1), st.lists(st.tuples(MONEY, MONEY), min_size=len(RANGES), max_size=len(RANGES)), MONEY)
def test_of_ranges_the_best_and_the_worst_of_all_ends_are_counted(gained, ends, prompted):
    ranges = {name: sorted(pair) for name, pair in zip(RANGES, ends, strict=True)}
    lower, upper = ({name: pair[i] for name, pair in ranges.items()} for i in (0, 1))
    gain = cf.Estimate(gained, gained, gained, 0.9)
    found = break_even(Costs(**lower, prompted_usd_per_1000=prompted, upper_ends=upper), gain)
    corners = [
        break_even(Costs(**dict(zip(RANGES, corner, strict=True)), prompted_usd_per_1000=prompted), gain)
        for corner in product(*ranges.values())
    ]
    saved = [each.saved_per_month.value for each in corners]
    worse = found.dearest or found
    assert (found.saved_per_month.value, worse.saved_per_month.value) == pytest.approx((max(saved), min(saved)))


@given(
    st.lists(st.floats(-1, 1), min_size=3, max_size=3),
    st.lists(st.tuples(MONEY, MONEY), min_size=len(RANGES), max_size=len(RANGES)),
    MONEY,
)
def test_the_least_and_the_most_are_over_all_ends_of_ranges_and_of_the_gain(gained, ends, prompted):
    low, value, high = sorted(gained)
    ranges = {name: sorted(pair) for name, pair in zip(RANGES, ends, strict=True)}
    lower, upper = ({name: pair[i] for name, pair in ranges.items()} for i in (0, 1))
    saved = [
        break_even(Costs(**dict(zip(RANGES, corner, strict=True)), prompted_usd_per_1000=prompted), gain)
        for corner in product(*ranges.values())
        for gain in (cf.Estimate(low, low, low, 0.9), cf.Estimate(high, high, high, 0.9))
    ]
    costs = Costs(**lower, prompted_usd_per_1000=prompted, upper_ends=upper)
    least, most = (of(each.saved_per_month.value for each in saved) for of in (min, max))
    assert least_and_most_saved(costs, cf.Estimate(value, low, high, 0.9)) == pytest.approx((least, most))


@pytest.mark.parametrize(("training", "expected"), [(0.0, 0.9772), (1200.0, 0.5), (2400.0, 0.0228), (1e6, 0.0)])
def test_the_chance_of_money_back_within_a_year_is_that_of_the_gain_it_takes(training, expected):
    # 100,000 calls save nothing on tokens; at 2 cents a mistake each point is $20 a month. $1,200 in a year are the 5
    # points of the gain: with an SD of 2.5 points 0 and 10 are two of them away (scipy.stats.norm.cdf(2)).
    costs = Costs(100_000, 1.0, 1.0, training, 0.0, 0.0, 0.02)
    half = 1.6448536 * 0.025
    gain = cf.Estimate(0.05, 0.05 - half, 0.05 + half, 0.9)
    assert break_even(costs, gain).within_a_year == pytest.approx(expected, abs=2e-4)


@given(training=MONEY, error=st.floats(0, 1), shift=st.floats(0, 0.5), halving=st.sampled_from([6.0, math.inf]))
def test_more_to_pay_back_or_a_smaller_gain_never_makes_it_likelier(training, error, shift, halving):
    costs = replace(PLAIN, training_usd=training, error_usd=error, halving_months=halving)
    gain = cf.Estimate(0.3, 0.2, 0.5, 0.9)
    chance = break_even(costs, gain).within_a_year
    assert 0 <= break_even(replace(costs, training_usd=training + 100), gain).within_a_year <= chance + 1e-5
    less = cf.Estimate(0.3 - shift, 0.2 - shift, 0.5 - shift, 0.9)
    assert break_even(costs, less).within_a_year <= chance + 1e-9


@given(
    training=st.sampled_from([0.0, 10.0, 1000.0]), prompted=MONEY, tuned=MONEY, hosting=MONEY, error=st.floats(0, 1),
    halving=st.sampled_from([6.0, 24.0, math.inf]),
)  # fmt: skip
@example(training=0.0, prompted=0.0, tuned=5.0, hosting=15.0, error=0.1, halving=24.0)
def test_what_is_back_within_a_year_is_so_as_likely_as_not(training, prompted, tuned, hosting, error, halving):
    costs = Costs(1e6, prompted, tuned, training, 0.0, hosting, error, halving)
    found = break_even(costs, cf.Estimate(0.046, 0.02, 0.07, 0.9))
    assume(abs(found.months.value - 12) > 0.5)
    assert (found.within_a_year >= 0.5 - 1e-4) == (found.months.value < 12)


@pytest.mark.parametrize(
    ("gain", "more", "expected"),
    [
        # $300 are back in a year from $25 a month on: by 10 points at a cent, which are unlikely, or one at ten cents.
        ((-0.005, -0.1, 0.09), {}, ("open", "ranges")),
        ((-0.05, -0.1, -0.01), {}, ("hardly", "")),
        # With hosting, 10 points are worth it at ten cents alone.
        ((-0.1, -0.2, 0.1), {"hosting_usd_per_month": 50.0}, ("likely never", "")),
        # As predicted it never comes back, but the chance of that within a year is 32%.
        ((-0.06, -0.2, 0.2), {"error_usd": 0.1, "upper_ends": {}}, ("open", "gain")),
        ((-0.1, -0.2, 0.1), {"hosting_usd_per_month": 500.0}, ("never", "")),
    ],
)
def test_where_a_loss_is_predicted_dear_mistakes_may_still_bring_the_money_back(gain, more, expected):
    stated = Costs(10_000, 2.0, 0.5, 300.0, 0.0, 0.0, 0.01, upper_ends={"error_usd": 0.1})
    costs, estimate = replace(stated, **more), cf.Estimate(*gain, 0.9)
    assert (money_back(costs, estimate), money_doubt(costs, estimate)) == expected


@pytest.mark.parametrize(
    ("training", "first", "then"),
    [(2_000.0, "training_usd", "calls_per_month"), (801.0, "calls_per_month", "training_usd")],
)
def test_of_ranges_that_decide_the_one_that_moves_most_comes_first(training, first, then):
    """1,000 calls save $18 a year on tokens, and 40,000 $720, of which labour and hosting take too little to decide."""
    ends = {"training_usd": training, "calls_per_month": 40_000.0, "labour_usd": 300.0, "hosting_usd_per_month": 1.0}
    costs = Costs(1_000, 2.0, 0.5, 100.0, 0.0, 0.0, upper_ends=ends)
    assert deciding_ranges(costs, cf.Estimate(0.0, -0.02, 0.02, 0.9)) == (first, then)


def test_falling_prices_by_hand():
    # Without hosting $100 a month at first, halving in 12 months: 100 * 12 / ln 2 * (1 - 2 ** (-m / 12)) = 1000.
    costs = replace(PLAIN, hosting_usd_per_month=0.0, halving_months=12.0)
    expected = -12 * math.log2(1 - 1000 * math.log(2) / 1200)
    assert break_even(costs, SURE).months.value == pytest.approx(expected, abs=1e-6)
    # With hosting what is saved falls below it before all is paid back.
    assert break_even(replace(costs, hosting_usd_per_month=50.0), SURE).months.value == math.inf


@given(prompted=MONEY, tuned=MONEY, hosting=MONEY, error=st.floats(0, 1))
def test_at_the_calls_it_names_both_cost_the_same(prompted, tuned, hosting, error):
    costs = Costs(1.0, prompted, tuned, 0.0, 0.0, hosting, error)
    calls = break_even(costs, SURE).calls_per_month.value
    saves = prompted / 1000 + 0.05 * error - tuned / 1000
    if saves < -1e-9:
        assert calls == math.inf
    elif saves > 1e-9:
        assert calls * prompted / 1000 + calls * 0.05 * error == pytest.approx(calls * tuned / 1000 + hosting)


@given(training=MONEY, prompted=MONEY, tuned=MONEY, halving=st.floats(1, 60))
def test_falling_prices_never_pay_sooner(training, prompted, tuned, halving):
    costs = Costs(50_000, prompted, tuned, training, 0.0, 0.0)
    steady = break_even(costs, SURE).months.value
    assert break_even(replace(costs, halving_months=halving), SURE).months.value >= steady - 1e-6


@given(gain=st.floats(-0.2, 0.5), spread=st.floats(0, 0.3))
def test_intervals_hold_the_value_and_follow_the_gain(gain, spread):
    found = break_even(replace(PLAIN, error_usd=0.1), cf.Estimate(gain, gain - spread, gain + spread, 0.9))
    for estimate in (found.calls_per_month, found.months, found.saved_per_month):
        assert estimate.low <= estimate.value <= estimate.high
    assert found.months.low == break_even(replace(PLAIN, error_usd=0.1), cf.Estimate(
        gain + spread, gain + spread, gain + spread, 0.9)).months.value  # fmt: skip


def test_what_is_not_known_is_named_and_nothing_is_made_of_it():
    costs = Costs(1000, prompted_usd_per_1000=1.0)
    assert costs.unknown == ("tuned_usd_per_1000", "training_usd", "hosting_usd_per_month")
    with pytest.raises(CurveError, match="not known: tuned_usd_per_1000, training_usd, hosting_usd_per_month"):
        break_even(costs, SURE)


def test_edges():
    same = replace(PLAIN, tuned_usd_per_1000=1.2)
    assert break_even(same, SURE).calls_per_month.value == math.inf
    assert break_even(same, SURE).months.value == math.inf
    assert break_even(replace(PLAIN, calls_per_month=0.0), SURE).months.value == math.inf
    free = replace(PLAIN, training_usd=0.0, labour_usd=0.0)
    assert break_even(free, SURE).months.value == 0.0
    with pytest.raises(CurveError, match="error_usd must be at least 0"):
        Costs(1000, error_usd=-1.0)
    with pytest.raises(CurveError, match="halving_months must be more than 0; leave it out if prices stay"):
        Costs(1000, halving_months=0.0)
