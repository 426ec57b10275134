import math

import numpy as np
import pytest

from curvefit.curves.curve import Curve
from curvefit.errors import CurveError

TRIALS = {
    "shots": [4, 0, 4, 0],
    "draw": ["b", "b", "a", "a"],
    "item": [1, 1, 1, 2],
    "score": [1, 0.5, None, 0],
    "model": ["m"] * 4,
}


def test_rows_find_their_place_in_any_order_and_what_is_not_there_was_not_observed():
    curve = Curve.from_frame(TRIALS)
    assert curve.shots.tolist() == [0, 4]
    nan = math.nan
    np.testing.assert_array_equal(curve.scores, [[[nan, 0.0], [0.5, nan]], [[nan, nan], [1.0, nan]]])


def test_the_order_of_the_rows_changes_nothing():
    rng = np.random.default_rng(0)
    rows = [
        (k, f"d{draw}", f"i{item}", float(rng.random() < 0.5))
        for k in (0, 4)
        for draw in range(3)
        for item in range(12)
    ]
    curve, other = (
        Curve.from_frame(dict(zip(("shots", "draw", "item", "score"), zip(*each, strict=True), strict=True)))
        for each in (rows, [rows[i] for i in rng.permutation(len(rows))])
    )
    assert curve.items == other.items == tuple(f"i{item}" for item in range(12))
    np.testing.assert_array_equal(curve.scores, other.scores)


def test_one_row_twice_counts_once():
    twice = {name: [*values, values[0]] for name, values in TRIALS.items()}
    np.testing.assert_array_equal(Curve.from_frame(twice).scores, Curve.from_frame(TRIALS).scores)


def test_means_are_those_of_from_means_by_shots():
    frame = {"shots": [8, 0, 2], "accuracy": [0.6, 0.1, 0.4], "stderr": [0.01, None, 0.03], "n_items": [50, 60, 70]}
    curve, same = (
        Curve.from_frame(frame),
        Curve.from_means([0, 2, 8], [0.1, 0.4, 0.6], [math.nan, 0.03, 0.01], [60, 70, 50]),
    )
    assert curve.points() == same.points() or str(curve.points()) == str(same.points())
    np.testing.assert_array_equal(curve.summary.stderr, same.summary.stderr)


def test_a_structured_array_and_columns_of_arrays_do_as_well():
    rows = np.array([(0, 0.2), (4, 0.5)], dtype=[("shots", int), ("accuracy", float)])
    assert Curve.from_frame(rows).means.tolist() == [0.2, 0.5]
    columns = {name: np.array(values, dtype=object) for name, values in TRIALS.items()}
    np.testing.assert_array_equal(Curve.from_frame(columns).scores, Curve.from_frame(TRIALS).scores)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (3, "needs the columns shots, draw, item, score or shots, accuracy"),
        ("shots", "needs the columns"),
        ({"shots": [1]}, "needs the columns"),
        ({"shots": [], "accuracy": []}, "has no rows"),
        ({"shots": [1, 2], "accuracy": [0.5]}, "differ in length: 1 and 2 rows"),
        ({"shots": ["x"], "accuracy": [0.5]}, "shots must be numbers"),
        ({"shots": [None], "accuracy": [0.5]}, "shots must be whole numbers in every row"),
        ({"shots": [1.5], "accuracy": [0.5]}, "shots must be whole"),
        ({"shots": [0, 1, 1], "accuracy": [0.2, 0.5, 0.6]}, "several rows of means have shots 1; where these"),
        ({"shots": [1], "accuracy": [50]}, "accuracy 50.0 does not lie in"),
        ({"shots": [1], "accuracy": [0.5], "stderr": ["?"]}, "stderr must be numbers"),
        ({**TRIALS, "score": [1, 0, 1, 20]}, "a score lies in"),
        ({**TRIALS, "draw": ["b"] * 4, "item": [1] * 4}, "4 shots, draw 'b', item '1' stand in the table twice, with"),
        ({**TRIALS, "item": [1, float("nan"), 2, None], "score": [1] * 4}, "an item has no name in the table"),
        (
            {"shots": range(1000), "draw": range(1000), "item": range(1000), "score": [1] * 1000},
            "look like row numbers",
        ),
    ],
)
def test_a_table_that_makes_no_curve_is_refused_in_one_line(frame, said):
    with pytest.raises(CurveError, match=said):
        Curve.from_frame(frame)


def test_items_keep_their_names_in_the_order_in_which_they_first_stand():
    assert Curve.from_frame(TRIALS).items == ("1", "2")
    assert Curve.from_frame({"shots": [0], "accuracy": [0.5]}).items == ()
