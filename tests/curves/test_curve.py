import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvefit.curves.curve import Curve
from curvefit.errors import CurveError


def scores(seed=0, shape=(3, 4, 25), rate=0.6):
    return (np.random.default_rng(seed).random(shape) < rate).astype(float)


@pytest.mark.parametrize(
    ("shots", "values", "message"),
    [
        ([1, 2], np.zeros((3, 1, 1)), r"\(3, 1, 1\)"),
        ([2, 1], np.zeros((2, 1, 1)), r"\[2, 1\]"),
        ([1, 1], np.zeros((2, 1, 1)), r"\[1, 1\]"),
        ([-1, 1], np.zeros((2, 1, 1)), r"\[-1, 1\]"),
        ([0.5, 1], np.zeros((2, 1, 1)), r"0\.5"),
        (["a", "b"], np.zeros((2, 1, 1)), "'a'"),
        ([], np.zeros((0, 1, 1)), "empty"),
        ([1], np.full((1, 1, 1), 55.0), r"55\.0"),
        ([1], np.full((1, 2, 2), np.inf), "inf"),
        ([1], np.full((1, 2, 2), np.nan), "no score"),
    ],
)
def test_what_is_no_curve_is_refused_with_the_value_at_fault(shots, values, message):
    with pytest.raises(CurveError, match=message):
        Curve(shots=shots, scores=values)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [0.5, 1.5]), r"1\.5"),
        (([1, 2], [0.5, math.nan]), "nan"),
        (([1, 2], [0.5]), r"\(1,\)"),
        (([1, 2], [0.5, 0.6], [-0.1, 0.1]), r"-0\.1"),
        (([1, 2], [0.5, 0.6], [0.1, 4.0]), r"4\.0 .*is no standard error of scores in"),
        (([1, 2], [0.5, 0.6], None, [100, 0]), r"0\.0"),
    ],
)
def test_means_that_are_no_curve_are_refused_with_the_value_at_fault(arguments, message):
    with pytest.raises(CurveError, match=message):
        Curve.from_means(*arguments)


def test_scores_cannot_be_changed_afterwards_nor_through_what_was_given():
    given_scores = scores()
    curve = Curve(shots=[1, 2, 4], scores=given_scores)
    before = curve.points()
    given_scores[:] = 0
    assert curve.points() == before
    with pytest.raises(ValueError, match="read-only"):
        curve.scores[0] = 1


def test_a_curve_can_be_given_more_fields_and_rebuilt_from_its_own():
    @dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
    class Named(Curve):
        name: str = ""

    for curve in (Curve(shots=[1, 2, 4], scores=scores()), Curve.from_means([1, 2], [0.2, 0.4])):
        assert repr(Named(**vars(curve), name="x").points()) == repr(curve.points())  # nan is not nan


@given(
    st.lists(st.lists(st.floats(0, 1) | st.just(math.nan), min_size=6, max_size=6), min_size=1, max_size=4),
    st.floats(0.5, 0.99),
)
def test_a_point_lies_within_its_interval_and_both_within_0_and_1(rows, level):
    array = np.array(rows).reshape(len(rows), 2, 3)
    if np.isnan(array).all():
        return
    for point in Curve(shots=range(len(rows)), scores=array).points(level):
        a = point.accuracy
        assert math.isnan(a.value) == (point.n_items == 0)
        assert math.isnan(a.value) or 0 <= a.low <= a.value <= a.high <= 1
        assert math.isnan(a.value) or a.low < a.high


def test_points_do_not_depend_on_the_order_of_draws_or_items():
    rng = np.random.default_rng(1)
    x = scores()
    shuffled = x[:, rng.permutation(4)][:, :, rng.permutation(25)]
    for a, b in zip(Curve([1, 2, 4], x).points(), Curve([1, 2, 4], shuffled).points(), strict=True):
        np.testing.assert_allclose(dataclasses.astuple(a.accuracy), dataclasses.astuple(b.accuracy))


def test_a_number_of_shots_without_a_score_has_an_undefined_point():
    x = scores()
    x[1] = np.nan
    points = Curve(shots=[1, 2, 4], scores=x).points()
    assert math.isnan(points[1].accuracy.value)
    assert math.isnan(points[1].accuracy.low)
    assert (points[1].n_items, points[1].n_draws) == (0, 0)
    assert points[2].n_items == 25


def test_one_draw_says_nothing_about_draws():
    curve = Curve(shots=[1, 2, 4], scores=scores(shape=(3, 1, 25)))
    assert curve.one_draw
    assert all(math.isnan(p.spread.draws) and math.isnan(p.spread.residual) for p in curve.points())
    assert all(p.spread.items > 0 for p in curve.points())


def test_at_0_shots_one_prompt_is_all_there_is_and_draws_have_no_spread():
    x = scores()
    x[0] = x[0, 0]
    both = Curve(shots=[0, 1, 2], scores=x).points()[0].spread
    x[0, 1:] = np.nan
    once = Curve(shots=[0, 1, 2], scores=x).points()[0].spread
    assert both.draws == pytest.approx(0, abs=1e-12)
    assert (once.draws, once.residual) == (0, 0)
    assert once.items == pytest.approx(both.items)


def test_no_share_of_the_variance_is_minus_nothing():
    """At 0 shots all draws are one prompt, and an estimate of -0.0 would be printed with its sign."""
    same = np.repeat((np.arange(10) < 4).astype(float)[None, None], 8, axis=1)
    spread = Curve(shots=[0], scores=same).points()[0].spread
    assert not any(np.signbit([spread.items, spread.draws, spread.residual]))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_right_or_all_wrong_is_not_certainty(value):
    point = Curve(shots=[4], scores=np.full((1, 5, 100), value)).points()[0]
    width = point.accuracy.high - point.accuracy.low
    # Among 100 items the rule of three gives 0.03 one-sided at 95%.
    assert 0.015 < width < 0.045


def test_an_interval_narrows_with_items_and_with_draws():
    def width(draws, items):
        rng = np.random.default_rng(0)
        x = rng.random((1, 10, 400)) < 0.5 + 0.15 * rng.standard_normal((1, 10, 1))
        a = Curve(shots=[2], scores=x[:, :draws, :items].astype(float)).points()[0].accuracy
        return a.high - a.low

    assert width(10, 100) < width(3, 100)
    assert width(10, 400) < width(10, 50)


def test_a_higher_level_is_a_wider_interval():
    curve = Curve(shots=[1, 2, 4], scores=scores())
    for narrow, wide in zip(curve.points(0.5), curve.points(0.99), strict=True):
        assert wide.accuracy.low < narrow.accuracy.low < narrow.accuracy.high < wide.accuracy.high
    with pytest.raises(CurveError, match="90"):
        curve.points(90)


def test_means_keep_the_standard_errors_they_came_with():
    curve = Curve.from_means([1, 10, 100], [0.3, 0.5, 0.7], [0.02, 0.01, math.nan], 250)
    accuracy = [p.accuracy for p in curve.points()]
    # t with 8 degrees of freedom at 95%: 1.860
    assert accuracy[0].high - accuracy[0].low == pytest.approx(2 * 1.860 * 0.02, rel=0.05)
    assert accuracy[1].high - accuracy[1].low == pytest.approx(2 * 1.860 * 0.01, rel=0.05)
    # Where there is none: binomial over 250 items and one draw, with the share drawn to (175 + 1) / 252:
    # sqrt(.2106/250 + .027 * .2106/4.64) = 0.0454.
    assert curve.summary.stderr[2] == pytest.approx(0.0454, abs=2e-4)
    assert [p.n_items for p in curve.points()] == [250] * 3


def test_means_without_anything_else_count_as_of_a_hundred_items():
    plain, hundred = (Curve.from_means([1, 2], [0.3, 0.4], n_items=n) for n in (None, 100))
    assert [p.accuracy for p in plain.points()] == [p.accuracy for p in hundred.points()]
    assert [p.n_items for p in plain.points()] == [0, 0]
    assert all(math.isnan(p.spread.items) for p in plain.points())


def test_a_standard_error_that_the_items_cannot_have_is_taken_from_them():
    curve = Curve.from_means([0, 1, 2, 4, 8], [1.0, 0.0, 0.6, 0.6, 0.6], [0.0, 0.0, 0.0, 0.012, 0.013], 100)
    # (100 + 1) / 102 right, and binomial at 60%: .0490; a quarter of it is .0123
    assert curve.summary.stderr.tolist() == pytest.approx([0.00985, 0.00985, 0.049, 0.049, 0.013], rel=0.01)
    perfect, _, even, *_ = (point.accuracy for point in curve.points())
    # As 100 of 100 right are: Wilson's with t of 1.860 instead.
    assert perfect.low == pytest.approx(1 / (1 + 1.860**2 / 100), abs=2e-3)
    assert even.high - even.low == pytest.approx(2 * 1.860 * 0.049, rel=0.05)


def test_a_standard_error_of_0_without_items_is_refused():
    with pytest.raises(CurveError, match=r"stderr 0\.0 would be certainty: leave it out, or give n_items"):
        Curve.from_means([1, 2], [0.2, 0.5], [0.1, 0.0], [math.nan, math.nan])


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_wrong_answers_are_counted_as_right_ones_are(level):
    """So that what holds of an accuracy, such as how often its interval holds it, holds of what it lacks to 1 too."""
    for seed, shape in enumerate([(2, 1, 30), (3, 2, 25), (1, 5, 100)]):
        x = scores(seed, shape, rate=0.9)
        x[0, 0, :3] = np.nan
        shots = [1, 2, 4][: len(x)]
        for right, wrong in zip(Curve(shots, x).points(level), Curve(shots, 1 - x).points(level), strict=True):
            a, b = right.accuracy, wrong.accuracy
            assert (b.value, b.low, b.high) == pytest.approx((1 - a.value, 1 - a.high, 1 - a.low))


@pytest.mark.parametrize("accuracy", [0.5, 0.8, 0.95])
@pytest.mark.parametrize(("draws", "items"), [(1, 30), (1, 100), (2, 200), (3, 30), (3, 100), (5, 30), (5, 100)])
def test_intervals_cover_the_truth_about_as_often_as_they_say(simulation, accuracy, draws, items):
    """Simulated items and draws; with one draw the draws are made alike, since intervals then cover items only."""
    setting = simulation.Setting(last=1, draws=draws, items=items, draw_share=0.0 if draws == 1 else 0.04)
    runs = 250
    hits = 0
    for seed in range(runs):
        a = simulation.simulate(lambda k: np.full_like(k, accuracy), setting, seed).points()[1].accuracy
        hits += a.low <= accuracy <= a.high
    # Three standard errors of a share over 250 runs are 0.06; of two draws intervals are cautious.
    assert 0.84 <= hits / runs <= (0.985 if draws > 2 else 0.997)


@pytest.mark.parametrize(
    ("accuracy", "items", "width"), [(0.99, 20, 0.2), (0.97, 20, 0.2), (0.99, 100, 0.05), (0.5, 20, 0.24)]
)
def test_intervals_of_scores_in_between_cover_a_high_accuracy_too(accuracy, items, width):
    """Few scores that are nearly all right seldom show how wrong some are; in the middle nothing is given away."""
    runs = 250
    graded = np.random.default_rng(0).beta(2 * accuracy, 2 * (1 - accuracy), (runs, 1, items))
    found = [point.accuracy for point in Curve(np.arange(1, runs + 1), graded).points()]
    assert np.mean([a.low <= accuracy <= a.high for a in found]) >= 0.84
    assert np.mean([a.high - a.low for a in found]) < width
