"""One table in the ways that people and programs write it."""

from __future__ import annotations

import csv
import io
import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from curvefit.errors import InputError
from curvefit.measurement.importers import read_scores
from curvefit.measurement.importers.averages import averaged
from curvefit.measurement.importers.result import Mean, Result, Setting
from curvefit.report.study_record import to_record
from curvefit.report.terminal import summary
from curvefit.study import analyze

SHOTS, DRAWS, ITEMS = (0, 1, 4), (0, 1), tuple("abcdefgh")
SCORES = (np.random.default_rng(3).random((3, 2, 8)) < 0.6).astype(float)
ROWS = [
    (k, d, i, SCORES[row, column, place])
    for (row, k), (column, d), (place, i) in itertools.product(*map(list, map(enumerate, (SHOTS, DRAWS, ITEMS))))
]


@pytest.fixture
def table(tmp_path):
    """Return a writer of a table: header and rows, or text."""

    def write(header, rows=None, *, sep=",", name="scores.csv", encoding="utf-8"):
        out = io.StringIO(header if rows is None else "")
        if rows is not None:
            writer = csv.writer(out, delimiter=sep)
            writer.writerows([header.split(","), *rows])
        path = tmp_path / name
        path.write_bytes(out.getvalue().encode(encoding))
        return path

    return write


def assert_is_the_table(curve):
    assert curve.shots.tolist() == list(SHOTS)
    assert curve.scores.tolist() == SCORES.tolist()
    assert curve.items == ITEMS


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("True", "False"), ("pass", "fail"), ("PASSED", "FAILED"), ("correct", "incorrect"), ("Yes", "No"), ("1", "0"),
     ("100%", "0%"), ("1,0", "0,0"), ("1.0", "0.0"), ("C", "I")],
)  # fmt: skip
@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_a_score_is_a_word_a_percentage_or_a_number(table, right, wrong, sep):
    rows = [(k, d, i, right if score else wrong) for k, d, i, score in ROWS]
    curve = read_scores(table("shots,draw,item,score", rows, sep=sep))
    assert_is_the_table(curve)
    assert curve.notes == ()


@pytest.mark.parametrize(
    "header",
    ["num_fewshot,seed,example_id,acc", "n_shot,fewshot_seed,doc_id,exact_match", "k,Seed,ID,Correct",
     "Num Fewshot,draw,question_id,acc,none", "shots,draw,item,F1"],
)  # fmt: skip
def test_columns_go_by_their_usual_names(table, header):
    header = header.replace(",none", "")
    assert_is_the_table(read_scores(table(header, ROWS)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_may_be_a_spreadsheets(table, encoding):
    blank = [("", "", "", "")] * 2
    assert_is_the_table(read_scores(table("shots,draw,item,score", [*ROWS, *blank], sep="\t", encoding=encoding)))
    text = "sep=;\n" + "\n".join(["shots;draw;item;score", *(";".join(map(str, row)) for row in ROWS)])
    assert_is_the_table(read_scores(table(text, encoding=encoding)))
    assert_is_the_table(read_scores(table("shots,draw,item,score", ROWS, sep="\t", name="scores.tsv")))


def test_a_column_may_be_a_number_of_shots(table):
    for names in ("0,1,4", "0-shot,1-shot,4-shot", "zero_shot,one_shot,4_shot", "k=0,k=1,k=4", "acc_0,acc_1,acc_4"):
        rows = [(d, i, *SCORES[:, c, p]) for (c, d), (p, i) in itertools.product(enumerate(DRAWS), enumerate(ITEMS))]
        assert_is_the_table(read_scores(table(f"seed,item,{names}", rows)))


def test_rows_without_a_name_are_items_where_cells_are_right_or_wrong(table):
    curve = read_scores(table("0,1,4", [SCORES[:, 0, place] for place in range(8)]))
    assert curve.scores[:, 0].tolist() == SCORES[:, 0].tolist()
    with pytest.raises(InputError, match=r"scores.csv:2: does not say what a row is; name each row in a column item"):
        read_scores(table("0,1,4", [(0.2, 0.3, 0.4), (0.3, 0.4, 0.5)]))
    assert read_scores(table("0,1,4", [(0.2, 0.3, 0.4)])).means.tolist() == [0.2, 0.3, 0.4]


def test_a_column_may_be_a_draw(table):
    by_draw = SCORES.mean(axis=2)
    for names in ("seed_0,seed_1", "draw 1,draw 2", "run1,run2", "42,43"):
        curve = read_scores(table(f"shots,{names}", [(k, *row) for k, row in zip(SHOTS, by_draw, strict=True)]))
        assert curve.means == pytest.approx(by_draw.mean(axis=1))
        assert [point.n_draws for point in curve.points()] == [2, 2, 2]
    rows = [(k, i, *SCORES[r, :, p]) for (r, k), (p, i) in itertools.product(enumerate(SHOTS), enumerate(ITEMS))]
    assert_is_the_table(read_scores(table("shots,item,seed_0,seed_1", rows)))


def test_a_cell_of_a_draw_that_was_not_measured_may_be_empty(table):
    curve = read_scores(table("shots,seed_0,seed_1", [(0, 0.5, ""), (1, 0.4, 0.6), (2, "NaN", 0.6)]))
    assert curve.means.tolist() == [0.5, 0.5, 0.6]
    assert [point.n_draws for point in curve.points()] == [0, 2, 0]
    assert read_scores(table("shots,draw,accuracy,n_items", [(1, 0, 0, 1), (1, 1, 1, 1)])).summary.stderr[0] == 0.5


def test_a_table_without_a_draw_has_one(table):
    curve = read_scores(table("shots,item,score", [(k, i, score) for k, d, i, score in ROWS if d == 0]))
    assert curve.scores.tolist() == SCORES[:, :1].tolist()


AVERAGED = "are averaged over repetitions of the same prompt, which are no draws"


def test_repetitions_are_averaged_where_a_column_names_them(table):
    again = [(*row, epoch) for epoch in (1, 2) for row in ROWS]
    flipped = [(k, d, i, 1 - score if epoch == 2 and i == "a" else score, epoch) for k, d, i, score, epoch in again]
    expected = SCORES.copy()
    expected[:, :, 0] = 0.5
    named = read_scores(table("shots,draw,item,score,epoch", flipped))
    assert named.scores.tolist() == expected.tolist()
    assert [note.text for note in named.notes] == [f"{len(ROWS)} of {len(ROWS)} scores of scores.csv {AVERAGED}"]


def test_averages_of_several_files_are_counted_once(table, tmp_path):
    again = [(*row, epoch) for epoch in (1, 2) for row in ROWS]
    half = [row for row in again if row[0] != 0]
    first = table("shots,draw,item,score,epoch", half).rename(tmp_path / "first.csv")
    second = table("shots,draw,item,score,epoch", [row for row in again if row[0] == 0])
    notes = [note.text for note in read_scores(first, second).notes if "averaged" in note.text]
    assert notes == [f"{len(ROWS)} of {len(ROWS)} scores in 2 files {AVERAGED}"]


@pytest.mark.parametrize("header", ["shots,draw,item,score", "shots,draw,item,score,epoch"])
def test_one_row_twice_counts_once_and_with_another_score_is_refused_by_line(table, header):
    rows = [(*row, 1)[: header.count(",") + 1] for row in ROWS]
    curve = read_scores(table(header, [*rows, rows[0], rows[5]]))
    assert curve.scores.tolist() == SCORES.tolist()
    assert curve.notes[0].text == "2 scores are in scores.csv twice: what is there again counts once"
    other = (*rows[0][:3], 1 - rows[0][3], *rows[0][4:])
    said = rf"scores.csv:3: score: {other[3]:g} for item 'a' at 0 shots, which has {rows[0][3]:g} above; leave one out"
    with pytest.raises(InputError, match=said):
        read_scores(table(header, [rows[0], other, *rows[1:]]))


def test_model_task_and_metric_are_chosen_in_tables_too(table):
    rows = [(*row, model, task) for model in ("m1", "m2") for task in ("t1", "t2") for row in ROWS]
    path = table("shots,draw,item,score,model,task", rows)
    with pytest.raises(InputError, match=r"2 tasks are in here .* --task: t1, t2"):
        read_scores(path)
    with pytest.raises(InputError, match=r"--model: m1, m2"):
        read_scores(path, task="t1")
    curve = read_scores(path, task="t1", model="m2")
    assert_is_the_table(curve)
    assert (curve.task, curve.model) == ("t1", "m2")
    with pytest.raises(InputError, match=r"no model is named in here: leave out --model"):
        read_scores(table("shots,draw,item,score", ROWS), model="m1")
    wide = table("model,0,1,4", [("m1", 0.1, 0.2, 0.3), ("m2", 0.4, 0.5, 0.6)], name="wide.csv")
    assert read_scores(wide, model="m2").means.tolist() == [0.4, 0.5, 0.6]


def test_several_scores_of_a_row_are_metrics(table):
    rows = [(*row, 0.5) for row in ROWS]
    path = table("shots,draw,item,exact_match,f1", rows)
    with pytest.raises(InputError, match=r"--metric: exact_match, f1"):
        read_scores(path)
    assert_is_the_table(read_scores(path, metric="exact_match"))


def test_an_empty_score_is_missing_and_counted(table):
    rows = [
        (k, d, i, "" if (k, d, i) == (4, 1, "b") else "nan" if (k, d, i) == (4, 1, "c") else s) for k, d, i, s in ROWS
    ]
    curve = read_scores(table("shots,draw,item,score", rows))
    assert curve.missing == 2
    assert [note.text for note in curve.notes] == ["2 of 48 scores are missing: 2 at 4 shots (scores.csv)"]
    assert analyze(curve).sensitivity.missing == 2


def test_missing_scores_of_several_draws_are_counted_together_and_their_items_not_as_scored(table):
    rows = [(k, d, i, "" if (k, i) == (4, "b") else s) for k, d, i, s in ROWS if (k, i) != (1, "c")]
    items, draws = len({row[2] for row in ROWS}), len({row[1] for row in ROWS if row[0] == 4})
    lost, absent, unpaired = (note.text for note in read_scores(table("shots,draw,item,score", rows)).notes)
    assert lost == f"{draws} of {len(rows)} scores are missing: {draws} at 4 shots (scores.csv)"
    assert unpaired.startswith(f"{items - 2} of {items} items were scored at every number of shots")
    there = sum(row[0] == 1 for row in rows)
    assert absent.startswith(f"not all scores are there, only {there} of {there + draws} at 1 shot:")


def test_numbers_of_shots_with_other_items_are_said_to_be_unpaired(table):
    rows = [(k, d, f"{k}-{i}", score) for k, d, i, score in ROWS]
    curve = read_scores(table("shots,draw,item,score", rows))
    assert curve.notes[0].text.startswith("each number of shots has other items: changes are not measured item by item")
    assert curve.noise().items == pytest.approx(np.diag(np.diag(curve.noise().items)))
    some = [(k, d, i if i < "d" else f"{k}-{i}", score) for k, d, i, score in ROWS]
    assert read_scores(table("shots,draw,item,score", some)).notes[0].text.startswith("3 of 18 items were scored at")
    chain = [(k, 0, i, 1) for k, items in ((0, "ab"), (1, "bc"), (4, "cd")) for i in items]
    assert "no item was scored at every" in read_scores(table("shots,draw,item,score", chain)).notes[0].text


@pytest.mark.parametrize("scale", [(1, 5), (0, 10), (-1, 1), (0, 100)])
def test_scores_on_another_scale_are_mapped_and_said_so(table, scale):
    low, high = scale
    rows = [(k, d, i, low + (high - low) * score) for k, d, i, score in ROWS]
    path = table("shots,draw,item,score", rows)
    curve = read_scores(path, scale=scale)
    assert_is_the_table(curve)
    assert curve.notes[-1].text == f"scores run from {low} to {high} and are counted as shares of that range"
    means = table("shots,accuracy,stderr", [(0, low, (high - low) / 50), (1, high, "")], name="means.csv")
    read = read_scores(means, scale=scale)
    assert read.means.tolist() == [0, 1]
    assert read.summary.stderr[0] == pytest.approx(0.02)


@pytest.mark.parametrize("cell", ["3", "45", "-1"])
def test_a_score_out_of_range_names_the_option_for_it(table, cell):
    path = table("shots,draw,item,score", [(0, 0, "a", cell)])
    message = rf"scores.csv:2: score: {cell} does not lie in \[0, 1\]; .* --scale 1,5 .* --scale 0,100"
    with pytest.raises(InputError, match=message):
        read_scores(path)
    with pytest.raises(InputError, match=rf"score: {cell} does not lie in \[1, 2\], as --scale says"):
        read_scores(path, scale=(1, 2))


@pytest.mark.parametrize("scale", [(5, 1), (1, 1), (1,), (0, float("inf")), "15", 3])
def test_a_scale_that_is_none_is_refused(table, scale):
    with pytest.raises(InputError, match=r"scale is the lowest and the highest score"):
        read_scores(table("shots,accuracy", [(0, 0.5)]), scale=scale)


@pytest.mark.parametrize("cell", ["maybe", "1/2", "45 percent", "1.2.3", "[1]"])
def test_what_is_no_score_is_named_by_line_and_column(table, cell):
    with pytest.raises(InputError, match=r"scores.csv:2: score: .* is no number"):
        read_scores(table("shots,draw,item,score", [(0, 0, "a", cell)]))


def test_an_interval_gives_an_error_bar(table):
    rows = [(0, 0.2, 0.1, 0.3), (1, 0.4, 0.3, 0.5), (4, "55%", "45%", "65%")]
    curve = read_scores(table("shots,accuracy,ci_low,ci_high", rows))
    assert curve.summary.stderr == pytest.approx([0.1 / 1.959964] * 3)
    assert [note.text for note in curve.notes] == [
        "the intervals of the table are taken as 95% intervals",
        "only means are here: with single scores, intervals are narrower",
    ]
    with pytest.raises(InputError, match=r"scores.csv:2: ci_low: the interval does not hold its mean"):
        read_scores(table("shots,accuracy,ci_low,ci_high", [(0, 0.2, 0.3, 0.5)]))


def test_an_error_that_may_belong_to_any_of_several_means_is_not_read_and_said_so(table):
    path = table("shots,acc,f1,acc_stderr,se", [(0, 0.2, 0.3, 0.02, 0.09), (1, 0.4, 0.5, 0.02, 0.09)])
    by_metric = {metric: read_scores(path, metric=metric) for metric in ("acc", "f1")}
    assert by_metric["acc"].summary.stderr.tolist() == [0.02, 0.02]
    assert by_metric["f1"].summary.stderr[0] > 0.03
    assert all(any(n.text == "columns that are not read: se" for n in c.notes) for c in by_metric.values())


def test_names_of_the_harness_give_means_and_errors(table):
    curve = read_scores(table("num_fewshot,acc,acc_stderr,n", [(0, 0.2, 0.01, 400), (1, 0.4, 0.02, 400)]))
    assert curve.summary.stderr.tolist() == [0.01, 0.02]
    assert curve.summary.n_items.tolist() == [400, 400]
    assert [note.short for note in curve.notes] == ["only means are here"]


# Means of draws.


def test_means_per_draw_are_draws_and_their_spread_counts(table):
    def stderr(accuracies, **more):
        rows = [(4, d, a, *more.values()) for d, a in enumerate(accuracies)]
        return read_scores(table(",".join(["shots,draw,accuracy", *more]), rows)).summary.stderr[0]

    near, far = stderr([0.5, 0.51, 0.49], n_items=200), stderr([0.3, 0.5, 0.7], n_items=200)
    assert near < far, "draws that differ say less"
    assert stderr([0.3, 0.5, 0.7] * 4, n_items=200) < far, "more draws say more"
    assert stderr([0.5] * 40, n_items=200) > (0.25 / 210) ** 0.5 * 0.95, "no number of draws averages items out"
    assert stderr([0.5] * 3, n_items=2000) < stderr([0.5] * 3, n_items=200)
    assert stderr([0.5] * 3, stderr=0.1) > 0.1 > stderr([0.5] * 3, stderr=0.01)


@pytest.mark.parametrize(("items_sd", "draws_sd"), [(0.25, 0.05), (0.6, 0.05), (0.6, 0.1)])
def test_intervals_of_means_per_draw_cover_the_truth_nine_times_of_ten_or_more(items_sd, draws_sd):
    rng, covered, rounds = np.random.default_rng(11), 0, 300
    for _ in range(rounds):
        ability, luck = rng.normal(0, items_sd, 100), rng.normal(0, draws_sd, 3)
        right = rng.random((3, 100)) < np.clip(0.5 + ability + luck[:, None], 0, 1)
        means = [
            Result(Path("x"), Setting(4, draw=str(d)), Mean(float(row.mean()), n_items=100))
            for d, row in enumerate(right)
        ]
        accuracy = averaged(means).points(0.9)[0].accuracy
        covered += accuracy.low <= 0.5 <= accuracy.high
    assert covered / rounds >= 0.88


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        (
            "shots,accuracy",
            [(0, 0.2), (1, 0.4)],
            "intervals assume 100 items a mean and the usual spread between draws",
        ),
        (
            "shots,accuracy,n_items",
            [(0, 0.2, 50), (1, 0.4, 50)],
            "assume right-or-wrong scores of the items given and the usual spread",
        ),
        (
            "shots,accuracy,n_items",
            [(0, 0.2, 50), (1, 0.4, "")],
            "right-or-wrong scores of the items given (100 where none are)",
        ),
        ("shots,accuracy,stderr", [(0, 0.2, 0.02), (1, 0.4, "")], "no error bars were given at 1 shot:"),
        ("shots,draw,accuracy", [(1, 0, 0.4), (1, 1, 0.5)], "100 items a mean and the spread between the draws"),
    ],
)
def test_where_no_error_bar_is_given_every_output_says_what_is_assumed(table, header, rows, said):
    study = analyze(read_scores(table(header, rows)))
    assert any(said in note.text for note in study.curve.notes)
    assert "no error bars were given" in " ".join(summary(study).split())
    assert "no error bars were given" in json.dumps(to_record(study)["measurement"]["notes"])


def test_one_mean_twice_without_a_draw_is_refused_with_what_to_do(table):
    with pytest.raises(InputError, match=r"scores.csv:3: this number of shots came before; remove one .* a draw"):
        read_scores(table("shots,accuracy", [(1, 0.5), (1, 0.6)]))
    with pytest.raises(InputError, match=r"scores.csv:3: this number of shots came before"):
        read_scores(table("shots,draw,accuracy", [(1, "a", 0.5), (1, "a", 0.6)]))
