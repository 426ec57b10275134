"""Items of a group are not independent, and intervals say so."""

import numpy as np
import pytest

import curvefit as cf
from curvefit.curves.curve import Curve
from curvefit.curves.forecast import forecast
from curvefit.curves.item_groups import group_numbers, joined_groups, over_items
from curvefit.curves.optimism import optimism
from curvefit.curves.variance import components
from curvefit.errors import CurveError, CurvefitError
from curvefit.report.notebook import _trials

SHOTS = (0, 1, 4, 16)


def clustered(rng, groups, *, alike=0.5, draws=3, accuracy=0.6):
    """Right or wrong, by how hard an item is: a share `alike` of that is its group's."""
    hard = alike**0.5 * rng.standard_normal(max(groups) + 1)[list(groups)]
    hard = hard + (1 - alike) ** 0.5 * rng.standard_normal(len(groups))
    limit = {0.6: 0.2533, 0.5: 0.0}[accuracy] * 2**0.5
    chance = hard + rng.standard_normal((len(SHOTS), draws, len(groups))) < limit
    return chance.astype(float)


def intervals(curve):
    return [(p.accuracy.value, p.accuracy.low, p.accuracy.high) for p in curve.points()]


def test_where_each_item_is_its_own_group_nothing_changes_in_any_bit():
    scores = clustered(np.random.default_rng(0), tuple(range(40)), alike=0.0)
    without, own = (
        cf.Curve(SHOTS, scores),
        cf.Curve(SHOTS, scores, groups=tuple("abcdefgh"[n // 5] * 1 + str(n) for n in range(40))),
    )
    assert own.groups == ()
    assert intervals(own) == intervals(without)
    assert own.noise().same(without.noise())
    assert forecast(own, seed=1).at(64) == forecast(without, seed=1).at(64)


def test_copies_of_an_item_in_one_group_count_as_that_item():
    rng = np.random.default_rng(1)
    scores = clustered(rng, tuple(range(20)), alike=0.0)
    copies = cf.Curve(SHOTS, np.repeat(scores, 5, axis=2), groups=tuple(np.repeat(range(20), 5)))
    distinct = cf.Curve(SHOTS, scores)
    np.testing.assert_allclose(intervals(copies), intervals(distinct), rtol=1e-9)
    for part in ("items", "draws"):
        np.testing.assert_allclose(getattr(copies.noise(), part), getattr(distinct.noise(), part), rtol=1e-9)
    assert copies.noise().df_items == pytest.approx(distinct.noise().df_items)
    assert copies.independent_items == pytest.approx(20)
    changes = rng.standard_normal(20)
    repeated, alone = over_items(np.repeat(changes, 3), tuple(np.repeat(range(20), 3))), over_items(changes)
    assert (repeated.variance, repeated.items, repeated.df) == pytest.approx((alone.variance, alone.items, alone.df))
    luck, of_copies = (optimism([s], groups=g) for s, g in ((scores, ()), (copies.scores, copies.groups)))
    assert of_copies == pytest.approx(luck)
    assert optimism([copies.scores]) < luck, "as independent items they would leave less to luck"


@pytest.mark.parametrize("size", [5, 10])
def test_intervals_hold_the_truth_as_often_as_they_say(size):
    groups = tuple(n // size for n in range(100))
    held = {(): [], groups: []}
    for number in range(120):
        scores = clustered(np.random.default_rng([7, number]), groups)
        for of, inside in held.items():
            inside += [low <= 0.6 <= high for _, low, high in intervals(cf.Curve(SHOTS, scores, groups=of))]
    assert np.mean(held[groups]) == pytest.approx(0.9, abs=0.05)
    assert np.mean(held[()]) < 0.82, "what they do where groups are not stated"


def test_a_forecast_is_less_sure_of_items_that_are_alike():
    groups = tuple(n // 10 for n in range(100))
    scores = clustered(np.random.default_rng(3), groups, alike=0.9)
    sure, honest = (forecast(cf.Curve(SHOTS, scores, groups=of), seed=1).at(64) for of in ((), groups))
    assert honest.high - honest.low > 1.2 * (sure.high - sure.low)


def test_items_of_later_looks_count_by_the_groups_that_they_bring():
    rng = np.random.default_rng(5)
    groups = tuple(n % 20 for n in range(100))
    scores = np.repeat(clustered(rng, tuple(range(20)), alike=0.0), 5, axis=2)[
        :, :, np.argsort(np.argsort(groups, kind="stable"))
    ]
    scores[1:, :, 20:] = np.nan  # one item a group: as good as all, where all of a group are copies
    curve = cf.Curve(SHOTS, scores, groups=groups)
    widths = [high - low for _, low, high in intervals(curve)]
    whole = [high - low for _, low, high in intervals(cf.Curve(SHOTS, scores[:, :, :20]))]
    assert widths == pytest.approx(whole, rel=0.02)


def test_where_all_items_are_right_each_group_counts_once():
    ones = np.ones((1, 1, 100))
    (alone,), (few,), (grouped,) = (
        cf.Curve([0], scores, groups=of).points()
        for scores, of in ((ones, ()), (ones[:, :, :20], ()), (ones, tuple(n // 5 for n in range(100))))
    )
    assert grouped.accuracy.low == pytest.approx(few.accuracy.low)
    assert grouped.accuracy.low < alone.accuracy.low


def test_one_group_is_none_since_how_groups_differ_is_not_known():
    assert group_numbers("aaaa") == group_numbers("abcd") == group_numbers(()) == ()
    assert group_numbers(["b", "a", "b"]) == (0, 1, 0)


def test_groups_that_do_not_fit_the_items_are_refused_in_one_line():
    with pytest.raises(CurveError, match=r"^2 groups for 4 items: give one for each item$"):
        cf.Curve([0], np.ones((1, 1, 4)), groups=(0, 0))


def table(**columns):
    rows = {"shots": [0, 0, 4, 4, 0, 4], "draw": [0] * 6, "item": list("ababcc"), "score": [0, 1, 1, 1, 0, 0]}
    return {**rows, **columns}


def test_a_table_says_groups_and_gives_them_back():
    curve = cf.Curve.from_frame(table(group=["x", "x", "x", "x", None, None]))
    assert curve.groups == (0, 0, 1)
    assert cf.Curve.from_frame(_trials(curve)).groups == curve.groups
    assert "group" not in _trials(cf.Curve.from_frame(table()))


def test_an_item_of_two_groups_is_refused_in_one_line():
    with pytest.raises(CurvefitError, match=r"^table:\d+: group: '[xy]', but item 'a' has '[xy]' above$"):
        cf.Curve.from_frame(table(group=["x", "x", "y", "x", "z", "z"]))


def _of_documents(seed, draw_sd, documents=10, each=20, draws=4, rows=2):
    """Scores of prompts that are all as good, of items of documents that are as hard for each of them."""
    rng = np.random.default_rng(seed)
    hard = np.repeat(rng.normal(0, 0.25, documents), each)
    lucky = rng.normal(0, draw_sd, (rows, draws, 1))
    return (rng.random((rows, draws, documents * each)) < np.clip(0.6 + hard + lucky, 0, 1)).astype(float)


def test_what_draws_differ_by_is_not_taken_for_what_trials_of_a_group_have_in_common():
    """Seen: intervals of a difference that were narrower with groups than without, and held 63 to 81%."""
    groups = tuple(i // 20 for i in range(200))
    by_groups, alone = (
        np.mean([components(_of_documents(seed, 0.1), each).draws.diagonal() for seed in range(30)])
        for each in (groups, ())
    )
    assert by_groups == pytest.approx(alone, rel=0.1)
    assert by_groups > 0.006  # true: 0.01, less what is cut off at 0 and 1


def test_groups_that_are_as_hard_for_all_prompts_make_no_difference_of_prompts_less_sure():
    """Seen: the optimism of a picked prompt 2 to 3 times what it is, and a true rise that was not seen."""
    groups = tuple(i // 20 for i in range(200))
    contrast = np.array([1.0, -1.0])
    found = {}
    for each in (groups, ()):
        noises = [Curve(shots=[0, 8], scores=_of_documents(s, 0.0), groups=each).noise() for s in range(20)]
        found[each] = [np.mean([n.of(c)[0] for n in noises]) for c in (contrast, np.array([0.5, 0.5]))]
    (change, level), (change_alone, level_alone) = found[groups], found[()]
    assert change < 1.3 * change_alone
    assert level > 3 * level_alone


@pytest.mark.parametrize(("one", "other", "joined"), [
    ((0, 0, 1, 1, 2, 3), (0, 1, 1, 2, 3, 3), (0, 0, 0, 0, 1, 1)),
    ((0, 0, 1, 1), (), (0, 0, 1, 1)),
    ((0, 0, 1, 1), (0, 1, 1, 2), (0, 0, 1, 1)),  # all in one would say nothing
])  # fmt: skip
def test_groups_of_two_studies_are_joined_in_either_order(one, other, joined):
    assert joined_groups(one, other) == joined_groups(other, one) == joined


def test_scores_of_one_group_alone_are_no_fault():
    for items in range(2, 20):
        assert over_items(np.arange(items) % 2.0, (0,) * items).items == pytest.approx(items)
