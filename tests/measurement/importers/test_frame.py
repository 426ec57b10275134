import math

import numpy as np
import pytest

from curvefit.curves.curve import Curve
from curvefit.errors import InputError
from curvefit.measurement.importers import read_scores

TRIALS = {
    "shots": [4, 0, 4, 0],
    "draw": ["b", "b", "a", "a"],
    "item": [1, 1, 1, 2],
    "score": [1, 0.5, None, 0],
    "model": ["m"] * 4,
}


def test_rows_find_their_place_in_any_order_and_what_is_not_there_was_not_observed():
    curve = Curve.from_frame(TRIALS)
    assert (curve.shots.tolist(), curve.items) == ([0, 4], ("2", "1"))
    nan = math.nan
    np.testing.assert_array_equal(curve.scores, [[[0.0, nan], [nan, 0.5]], [[nan, nan], [nan, 1.0]]])


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
        (3, "a table gives a column by its name, as a DataFrame or a dict of lists does, not int"),
        ("shots", "not str"),
        ({"shots": [1]}, "table: has no column of scores among shots; needs shots,draw,item,score or shots,accuracy"),
        ({"examples": [1], "acc": [0.5]}, "table: has no column of the number of shots among examples, acc; needs"),
        ({"shots": [], "accuracy": []}, "has no rows"),
        ({"shots": [1, 2], "accuracy": [0.5]}, "differ in length: 1 and 2 rows"),
        ({"shots": ["x"], "accuracy": [0.5]}, "table:1: shots: 'x' is no number"),
        ({"shots": [None], "accuracy": [0.5]}, "table:1: shots: '' is no number"),
        ({"shots": [1.5], "accuracy": [0.5]}, "table:1: shots: 1.5 is no number of shots"),
        ({"shots": [0, 1, 1], "accuracy": [0.2, 0.5, 0.6]}, "table:3: this number of shots came before"),
        ({"shots": [1], "accuracy": [50]}, r"table:1: accuracy: 50 does not lie in \[0, 1\]"),
        ({"shots": [1], "accuracy": [0.5], "stderr": ["?"]}, "table:1: stderr: '\\?' is no number"),
        ({"shots": [0, 1], "accuracy": [0.2, 0.5], "model": ["a", "b"]}, "2 models are in here and one makes a curve"),
        ({**TRIALS, "score": [1, 0, 1, 20]}, "table:4: score: 20 does not lie in"),
        (
            {**TRIALS, "draw": ["b"] * 4, "item": [1] * 4},
            "table:3: score: no score for item '1' at 4 shots, which has 1 above",
        ),
        ({**TRIALS, "item": [1, float("nan"), 2, None]}, "table:2: item: is empty; give each item a name"),
        (
            {"shots": range(1000), "draw": range(1000), "item": range(1000), "score": [1] * 1000},
            "looks like row numbers",
        ),
    ],
)
def test_a_table_that_makes_no_curve_is_refused_in_one_line(frame, said):
    with pytest.raises(InputError, match=said) as told:
        Curve.from_frame(frame)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "columns",
    [
        {"shots": [0, 4], "accuracy": [0.2, 0.4], "ci_low": [0.19, 0.39], "ci_high": [0.21, 0.41]},
        {
            "shots": [0, 4] * 3,
            "seed": [1, 1, 2, 2, 3, 3],
            "accuracy": [0.2, 0.4, 0.2, 0.5, 0.2, 0.45],
            "n_items": [90] * 6,
        },
        {"num_fewshot": [0, 4, 0, 4], "seed": [1] * 4, "id": ["a", "a", "b", "b"], "acc": [0, 1, 1, None]},
        {"question": ["a", "b"], "0": [False, True], "4": [True, True]},
        {"shots": [0, 4], "grade": [1, 3.5], "n": [50, np.int64(60)], "note": ["x", "y"]},
    ],
    ids=["interval", "draws", "other-names", "wide", "scale"],
)
def test_a_table_in_memory_is_read_as_the_same_table_in_a_file(columns, tmp_path):
    lines = [
        ",".join(columns),
        *(",".join("" if cell is None else str(cell) for cell in row) for row in zip(*columns.values(), strict=True)),
    ]
    (tmp_path / "table.csv").write_text("\n".join(lines))
    scale = {"scale": (1, 5)} if "grade" in columns else {}
    known, read = Curve.from_frame(columns, **scale), read_scores(tmp_path / "table.csv", **scale)
    assert str(known.points()) == str(read.points())
    np.testing.assert_array_equal(known.scores, read.scores)
    assert [n.text for n in known.notes] == [n.text.replace("table.csv", "table") for n in read.notes]
    assert (known.items, known.draw_names) == (read.items, read.draw_names)
    assert (known.task, read.task) == ("", "table")


def test_an_interval_that_is_given_is_the_interval_of_the_mean():
    known = Curve.from_frame({"shots": [0, 4], "accuracy": [0.2, 0.4], "ci_low": [0.19, 0.39], "ci_high": [0.21, 0.41]})
    at_four = known.points(0.95)[1].accuracy
    assert (at_four.low, at_four.high) == (pytest.approx(0.39, abs=0.002), pytest.approx(0.41, abs=0.002))
    assert [note.text for note in known.notes][:1] == ["the intervals of the table are taken as 95% intervals"]
