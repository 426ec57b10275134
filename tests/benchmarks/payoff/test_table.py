"""From what the laboratory's pieces found to its figures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.paths import REPORTS
from benchmarks.payoff import table


def piece(shots, share, draws, items=40, **changed):
    """As a piece's file: at each number of shots this share of items is right, the same ones in all draws."""
    right = [[[float(i < round(share[k] * items)) for i in range(items)]] * draws for k in range(len(shots))]
    told = {"task": "t", "kind": "sql", "metric": "exact", "model": "local/m", "classes": 0, "pool": 600}
    return {
        **told, "shots": shots, "items": [f"i{n}" for n in range(items)], "scores": right,
        "readable": np.ones_like(right).tolist(), "choices": None, **changed,
    }  # fmt: skip


def lay(folder, **pieces):
    folder.mkdir(parents=True, exist_ok=True)
    for name, told in pieces.items():
        (folder / f"{name.replace('_', '-')}.json").write_text(json.dumps(told))


def test_a_whole_unit_has_its_gain_over_the_best_prompt_of_either_way(tmp_path):
    context, near = piece([0, 1, 2], [0.1, 0.3, 0.5], 3), piece([1, 4], [0.4, 0.6], 1)
    tuned = piece([0, 32, 128], [0.1, 0.55, 0.8], 2)
    lay(tmp_path / "t" / "m", context_3=context, retrieved=near, tuned_2=tuned)
    rows = table.gather(tmp_path)
    gains = {row.n: row for row in rows if row.way == "gain"}
    assert {n: row.value for n, row in gains.items()} == pytest.approx({32: -0.05, 128: 0.2})
    assert all(row.low < row.value < row.high for row in gains.values())
    assert {(row.n, row.draws) for row in rows if row.way == "random"} == {(0, 3), (1, 3), (2, 3)}
    assert [row.n for row in rows if row.way == "forecast"] == [8]


def test_a_unit_in_part_has_figures_but_no_gain(tmp_path):
    lay(tmp_path / "t" / "m", context_3=piece([0, 1], [0.1, 0.3], 3), tuned_2=piece([0, 32], [0.1, 0.5], 2))
    assert {row.way for row in table.gather(tmp_path)} == {"random", "forecast", "tuned", "seeds"}


def varied(told, seed):
    """As a piece's file, each score changed at random in one case of five."""
    scores = np.array(told["scores"])
    flipped = np.random.default_rng(seed).random(scores.shape) < 0.2
    return {**told, "scores": np.where(flipped, 1 - scores, scores).tolist()}


def test_a_unit_measured_in_full_has_what_its_first_part_said(tmp_path):
    context = varied(piece([0, 1, 2], [0.1, 0.3, 0.5], 5), 0)
    near = varied(piece([1, 4], [0.4, 0.45], 1), 1)
    tuned = varied(piece([0, 32, 128, 512], [0.1, 0.55, 0.8, 0.9], 2), 2)
    lay(tmp_path / "whole" / "t" / "m", context_5=context, retrieved=near, tuned_2=tuned)
    first = {**tuned, "shots": [0, 32, 128], "scores": [row[:1] for row in tuned["scores"][:3]]}
    some = {**context, "scores": [row[:2] for row in context["scores"]]}
    lay(tmp_path / "part" / "t" / "m", context_2=some, retrieved=near, tuned_1_128=first)
    whole, part = table.gather(tmp_path / "whole"), table.gather(tmp_path / "part")
    (said,) = (row for row in whole if row.way == "in part")
    (gain,) = (row for row in part if row.way == "gain" and row.n == 128)
    assert (said.n, said.value, said.low, said.high) == (128, gain.value, gain.low, gain.high)
    assert table.in_full(part) == ""
    line = table.in_full(whole).splitlines()[-1]
    figures = [cell.strip().split(" (")[0] for cell in line.split("|")[3:-1]]
    gains = {row.n: f"{100 * row.value:+.0f}" for row in whole if row.way == "gain"}
    (further,) = (row for row in whole if row.way == "further")
    means = [np.mean(row) for row in tuned["scores"]]
    assert (further.n, further.value) == (512, pytest.approx(means[3] - means[2]))
    assert further.low < further.value < further.high
    assert figures == [f"{100 * gain.value:+.0f}", gains[128], gains[512], f"{100 * further.value:+.0f}"]


def test_of_pieces_cut_short_the_one_that_holds_most_counts(tmp_path):
    fewer, more = piece([0, 1], [0.1, 0.9], 2), piece([0, 1], [0.1, 0.3], 10)
    shorter = piece([0], [0.9], 20)
    lay(tmp_path / "t" / "m", context_2=fewer, context_10=more, context_20=shorter)
    assert [(row.value, row.draws) for row in table.gather(tmp_path) if row.way == "random"] == [
        (pytest.approx(0.1), 10), (pytest.approx(0.3), 10)
    ]  # fmt: skip


def test_pieces_of_different_items_are_refused(tmp_path):
    lay(tmp_path / "t" / "m", context_3=piece([0], [0.1], 3), tuned_2=piece([0], [0.1], 2, items=30))
    with pytest.raises(ValueError, match="different items"):
        table.gather(tmp_path)


def test_trials_without_a_reply_are_left_out_of_means():
    told = piece([0], [0.5], 2, items=4)
    told["scores"][0][1] = [None, None, None, None]
    told["scores"][0][0][3] = None
    assert table.curve_of(told, "random").means == pytest.approx([2 / 3])


def test_figures_read_back_as_they_were_written(tmp_path):
    lay(tmp_path / "t" / "m", context_3=piece([0, 1], [0.1, 0.3], 3))
    rows = table.gather(tmp_path)
    table.write(rows, tmp_path / "figures.csv")
    for ours, theirs in zip(rows, table.read(tmp_path / "figures.csv"), strict=True):
        assert (ours.task, ours.way, ours.n, ours.draws) == (theirs.task, theirs.way, theirs.n, theirs.draws)
        assert ours.value == pytest.approx(theirs.value, abs=1e-4)
        assert theirs.choice != theirs.choice  # nothing there, not 0


def test_the_table_marks_the_best_prompt_and_shows_the_gain_at_the_most_examples(tmp_path):
    context, near = piece([0, 1], [0.1, 0.3], 3), piece([1], [0.4], 1)
    lay(tmp_path / "t" / "m", context_3=context, retrieved=near, tuned_2=piece([0, 32, 128], [0.1, 0.2, 0.9], 2))
    head, _, line = table.table(table.gather(tmp_path)).splitlines()
    assert head == "| task | model | draws, seeds | 0 | 1 | r1 | fine-tuned (examples) | gain, points |"
    assert line.startswith("| `t` | m | 3, 2 | 10 | 30 | **40** | 20 (32), 90 (128) | +50 (")


def test_units_measured_elsewhere_stay_and_a_shorter_measurement_replaces_none(tmp_path):
    context, tuned = piece([0, 1], [0.1, 0.3], 3), piece([0, 32], [0.1, 0.5], 2)
    lay(tmp_path / "before" / "t" / "m", context_3=context, tuned_2=tuned)
    lay(tmp_path / "before" / "u" / "m", context_3={**context, "task": "u"})
    lay(tmp_path / "now" / "t" / "m", tuned_2=tuned)
    lay(tmp_path / "now" / "u" / "m", context_3={**piece([0, 1], [0.2, 0.4], 3), "task": "u"})
    before, now = table.gather(tmp_path / "before"), table.gather(tmp_path / "now")
    found = table.merged(before, now)
    assert [row for row in found if row.task == "t"] == [row for row in before if row.task == "t"]
    assert [row.value for row in found if row.task == "u" and row.way == "random"] == pytest.approx([0.2, 0.4])


def test_seeds_say_how_much_trainings_differ_and_are_no_accuracies(tmp_path):
    tuned = varied(piece([0, 32, 128], [0.1, 0.55, 0.8], 2), 2)
    lay(tmp_path / "two" / "t" / "m", context_3=piece([0, 1], [0.1, 0.3], 3), tuned_2=tuned)
    lay(tmp_path / "one" / "t" / "m", tuned_1={**tuned, "scores": [row[:1] for row in tuned["scores"]]})
    two = table.gather(tmp_path / "two")
    assert [row.n for row in two if row.way == "seeds"] == [32, 128]
    assert table.table(two) == table.table([row for row in two if row.way != "seeds"])
    assert not [row for row in table.gather(tmp_path / "one") if row.way == "seeds"]


def test_the_pieces_that_are_kept_give_the_figures_of_their_units(tmp_path):
    table.write(table.gather(REPORTS / "payoff" / "pieces"), tmp_path / "again.csv")
    again, kept = (
        map(repr, table.read(file)) for file in (tmp_path / "again.csv", REPORTS / "payoff" / "laboratory.csv")
    )
    whole = {row.task for row in table.read(tmp_path / "again.csv") if row.way == "gain"}
    made = [row for row in again if any(f"task={task!r}" in row for task in whole)]
    assert made
    assert set(made) <= set(kept)
