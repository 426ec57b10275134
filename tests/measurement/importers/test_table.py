from __future__ import annotations

import numpy as np
import pytest

from curvefit.curves.curve import Curve
from curvefit.errors import InputError
from curvefit.measurement.importers import read_scores
from curvefit.measurement.measurement import Note


@pytest.fixture
def table(tmp_path):
    """Return a writer of tables."""

    def write(text: str):
        path = tmp_path / "scores.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("shots", ["nan", "inf", "-inf", "1e30", "1e10"])
@pytest.mark.parametrize(("header", "rest"), [("shots,accuracy", "0.5"), ("shots,draw,item,score", "a,x,1")])
def test_shots_nobody_can_have_are_refused_with_their_line(table, shots, header, rest):
    with pytest.raises(InputError, match=rf"scores.csv:3: shots: {shots} is no number of shots"):
        read_scores(table(f"{header}\n1,{rest}\n{shots},{rest}\n"))


def test_a_number_of_items_nobody_can_have_is_refused_with_its_line(table):
    with pytest.raises(InputError, match=r"scores.csv:2: n_items: 1e30 is no number of items"):
        read_scores(table("shots,accuracy,n_items\n1,0.2,1e30\n"))


def test_row_numbers_in_place_of_draws_and_items_are_told_from_a_design(table):
    rows = "".join(f"{i % 2},{i},{i},1\n" for i in range(4_000))
    with pytest.raises(InputError, match=r"draw, item: 4,000 rows name 4,000 draws and 4,000 items") as caught:
        read_scores(table("shots,draw,item,score\n" + rows))
    assert "row numbers" in caught.value.problem


def test_a_small_table_may_have_holes(table):
    rows = "".join(f"{i % 2},{i},{i},1\n" for i in range(300))
    assert read_scores(table("shots,draw,item,score\n" + rows)).scores.shape == (2, 300, 300)


@pytest.mark.parametrize("header", ["shots,accuracy,accuracy", "shots, Accuracy ,accuracy", "shots,accuracy,x,x"])
def test_a_column_that_stands_there_twice_is_refused_by_name(table, header):
    row = "1" + ",0.5" * header.count(",")
    with pytest.raises(InputError, match=r"scores.csv:1: (accuracy|x): stands here twice"):
        read_scores(table(f"{header}\n{row}\n"))


def test_columns_without_a_name_are_what_spreadsheets_leave(table):
    assert read_scores(table("shots,accuracy,,\n1,0.5,,\n2,0.6,,\n")).means.tolist() == [0.5, 0.6]


def test_an_empty_error_bar_or_number_of_items_is_unknown(table):
    read = read_scores(table("shots,accuracy,stderr,n_items\n1,0.2,,400\n2,0.5,0.02,\n4,0.6, , \n"))
    nan = np.nan
    expected = Curve.from_means([1, 2, 4], [0.2, 0.5, 0.6], stderr=[nan, 0.02, nan], n_items=[400, nan, nan])
    assert read.summary is not None
    assert expected.summary is not None
    assert read.summary.stderr.tolist() == expected.summary.stderr.tolist()
    assert read.summary.n_items.tolist() == [400, 0, 0]


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ("1,0.4,0.05,100\n4,1,0,100", "the standard error at 4 shots is 0, which 100 items cannot have"),
        ("1,0.4,0.002,100\n4,1,0,100", "the standard errors at 1, 4 shots are smaller than the items can have"),
    ],
)
def test_an_error_that_the_items_cannot_have_is_taken_from_them_and_told(table, rows, note):
    curve = read_scores(table(f"shots,accuracy,stderr,n_items\n{rows}\n"))
    assert curve.notes[0] == Note("import", f"{note}: taken from the items")
    assert curve.points()[-1].accuracy.low < 0.98


@pytest.mark.parametrize(("errors", "cells"), [("stderr", "0"), ("ci_low,ci_high", "0.5,0.5")])
def test_certainty_without_a_number_of_items_is_refused_with_its_line(table, errors, cells):
    first = errors.split(",")[0]
    with pytest.raises(InputError, match=rf"scores.csv:2: {first}: an error of 0 would be certainty"):
        read_scores(table(f"shots,accuracy,{errors}\n1,0.5,{cells}\n"))


@pytest.mark.parametrize("field", ["shots", "accuracy"])
def test_other_cells_may_not_be_empty(table, field):
    row = {"shots": ",0.5", "accuracy": "1,"}[field]
    with pytest.raises(InputError, match=rf"scores.csv:2: {field}: '' is no number"):
        read_scores(table(f"shots,accuracy\n{row}\n"))


def test_items_without_a_name_are_not_taken_for_one(table):
    with pytest.raises(InputError, match=r"scores.csv:3: item: is empty; give each item a name in all its rows"):
        read_scores(table("item,shots,score\na,0,1\n,4,1\nb,0,0\n,4,1\n"))


@pytest.mark.parametrize(
    ("header", "cells"),
    [("shots,accuracy,std err,stderr", "0.5,0.1,0.2"), ("shots,draw,item,score,std err", "0,i1,1,0.1")],
)
def test_a_column_that_is_not_read_is_told(table, header, cells):
    rows = [cells.replace("i1", name) for name in ("i1", "i2")] if "item" in header else [cells]
    lines = [header, *(f"{k},{row}" for k in (1, 2, 4) for row in rows)]
    curve = read_scores(table("\n".join(lines) + "\n"))
    assert curve.notes[0] == Note("import", "columns that are not read: std err")
    assert len(curve.notes) == (1 if "item" in header else 2), "and that there are only means"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("1,0.5,0.01,50", "this number of shots came before"),
        ("2,0.5,-1,50", "stderr: -1 is no standard error"),
        ("2,0.5,0.7,50", "stderr: 0.7 is no standard error"),
        ("2,0.5,0.01,0", "n_items: 0 is no number of items"),
    ],
)
def test_a_mean_that_is_none_is_named_by_line(table, cells, message):
    with pytest.raises(InputError, match=rf"scores.csv:3: {message}"):
        read_scores(table(f"shots,accuracy,stderr,n_items\n1,0.4,0.01,50\n{cells}\n"))


@pytest.mark.parametrize(
    ("header", "cells"),
    [("shots,accuracy", "2,0,35"), ("shots,draw,item,score", "0,0,a,1,9"), ("shots,accuracy", "2,1,")],
)
def test_a_decimal_comma_is_no_figure_and_a_cell_more(table, header, cells):
    first = "1," + "0," * (header.count(",") - 1) + "1"
    with pytest.raises(InputError, match=r"scores.csv:3: has more cells than the header"):
        read_scores(table(f"{header}\n{first}\n{cells}\n"))


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest(table):
    rows = [f"{k},0,1,item {i}" for k in (0, 1, 2) for i in range(4)]
    rows[5] = '1,0,1,"item 1'
    with pytest.raises(InputError, match=r"scores.csv:\d+: no readable CSV \(unexpected end of data\)"):
        read_scores(table("\n".join(["shots,draw,score,item", *rows])))


def _crossed(shots, draws, items):
    return {(k, d, i): (i + k) % 2 for k in shots for d in draws for i in items}


def _single(scores):
    rows = [f"{k},{d},{i},{score}" for (k, d, i), score in scores.items()]
    return "\n".join(["shots,draw,item,score", *rows]) + "\n"


def test_a_row_that_is_left_out_is_missing_as_an_empty_one_is(table):
    scores = _crossed((0, 1, 4), "ab", range(10))
    wrong = [cell for cell, score in scores.items() if cell[0] == 4 and not score][:8]
    empty = read_scores(table(_single({**scores, **dict.fromkeys(wrong, "")})))
    absent = read_scores(table(_single({cell: score for cell, score in scores.items() if cell not in wrong})))
    assert absent.missing == empty.missing == 8
    assert absent.unanswered.tolist() == empty.unanswered.tolist()
    words = "not all scores are there, only 12 of 20 at 4 shots: the others count as missing replies"
    assert Note("import", words) in absent.notes
    one = read_scores(table(_single({cell: score for cell, score in scores.items() if cell != wrong[0]})))
    alone = "not all scores are there, only 19 of 20 at 4 shots: the other counts as a missing reply"
    assert Note("import", alone) in one.notes


def test_one_item_in_common_is_said_in_the_singular(table):
    rows = [(k, 0, i, 1) for k, items in ((0, "ab"), (1, "bc")) for i in items]
    curve = read_scores(table("shots,draw,item,score\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows)))
    assert curve.notes[-1].text.startswith("1 of 3 items was scored at every number of shots")


@pytest.mark.parametrize(
    "scores",
    [
        {**_crossed((0,), "a", range(9)), **_crossed((1, 4), "abc", range(9))},  # one prompt at 0 shots
        {**_crossed((1,), "a", range(9)), **_crossed((4,), "a", range(9, 18))},  # items of each number of shots
        {**_crossed((1, 4), "a", range(9)), **_crossed((1, 4), "b", range(9, 18))},  # items of each draw
    ],
)
def test_what_was_never_asked_is_not_missing(table, scores):
    assert read_scores(table(_single(scores))).missing == 0


@pytest.mark.parametrize("head", ["shots,draw,item,score", "item,0,4"])
def test_the_order_of_the_rows_changes_nothing(table, head):
    rng = np.random.default_rng(0)
    keys = [f"{k},d{draw},i{item}" for k in (0, 4) for draw in range(3) for item in range(12)]
    rows = [f"{key},{rng.integers(2)}" for key in keys] if "draw" in head else [f"i{i},{i % 2},1" for i in range(12)]
    curve, other = (
        read_scores(table("\n".join([head, *each]))) for each in (rows, [rows[i] for i in rng.permutation(len(rows))])
    )
    assert curve.items == other.items == tuple(f"i{item}" for item in range(12))
    assert curve.draw_names == other.draw_names
    np.testing.assert_array_equal(curve.scores, other.scores)


def test_a_column_of_groups_is_read_and_an_item_is_of_one(table):
    rows = "".join(f"{k},{d},i{i},{i % 2},g{i // 4}\n" for k in (0, 4) for d in (0, 1) for i in range(12))
    read = read_scores(table("shots,draw,item,score,group\n" + rows))
    assert read.groups == tuple(item // 4 for item in (*range(10), 10, 11))
    assert not read.notes
    alone = read_scores(table("shots,item,score,group\n0,a,1,NA\n0,b,1,n/a\n0,c,0,x\n0,d,1,x\n"))
    assert alone.groups == (0, 1, 2, 2), "a word for none is no group"
    with pytest.raises(InputError, match=r"scores.csv:3: group: 'h', but item 'i0' has 'g0' above"):
        read_scores(table("shots,item,score,group\n0,i0,1,g0\n4,i0,1,h\n"))
