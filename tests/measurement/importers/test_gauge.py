from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from curvefit.errors import InputError
from curvefit.measurement.importers import read_scores
from curvefit.study import analyze

RAW, SUMMARY = "adapt-gauge-core/raw_results_20260101_000000.csv", "adapt-gauge-core/summary_20260101_000000.csv"
TFIDF = "capitals_001/tfidf"
NAN = math.nan
# France, Italy, Japan, Peru, Kenya; the server refused Kenya at 8 shots, which the tool writes as the score 0.
SCORES = {0: [1, 0, 0, 0, 0], 1: [1, 0, 1, 1, 0], 2: [1, 0, 1, 1, 0], 4: [1, 1, 1, 1, 0], 8: [1, 1, 1, 1, NAN]}


def changed_rows(changed, name, change):
    path = changed(name)
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    for number, row in enumerate(rows):
        change(number, row)
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_raw_results_pair_items_and_average_trials(written):
    curve = read_scores(written / RAW, task=TFIDF)
    assert curve.shots.tolist() == [0, 1, 2, 4, 8]
    assert curve.scores.shape == (5, 1, 5), "two trials of the same prompts are no draws"
    assert curve.items == ("France", "Italy", "Japan", "Peru", "Kenya")
    for shots, row in zip(curve.shots, curve.scores[:, 0], strict=True):
        assert row.tolist() == pytest.approx(SCORES[shots], nan_ok=True)
    assert curve.means.tolist() == pytest.approx([0.2, 0.6, 0.6, 0.8, 1.0]), "a failed call is no wrong answer"
    assert (curve.task, curve.model) == (TFIDF, "lmstudio/rule")


def test_ways_of_selecting_examples_are_curves_of_their_own(written):
    with pytest.raises(InputError, match=r"--task: capitals_001/fixed, capitals_001/tfidf"):
        read_scores(written / RAW)


def test_a_trial_that_failed_leaves_the_others(changed):
    def fail(number, row):
        if row["trial_id"] == "2" and row["input"] == "France":
            row |= {"actual_output": "ERROR: timeout", "score": "0.0", "latency_ms": "0"}

    assert read_scores(changed_rows(changed, RAW, fail), task=TFIDF).scores[:, 0, 0].tolist() == [1] * 5


def test_a_reply_that_begins_with_error_is_a_reply(changed):
    def reply(number, row):
        if row["input"] == "Italy":
            row |= {"actual_output": "ERROR: unknown", "score": "0.0", "latency_ms": "3"}

    assert read_scores(changed_rows(changed, RAW, reply), task=TFIDF).scores[:, 0, 1].tolist() == [0] * 5


def test_trials_are_averaged(changed):
    def second(number, row):
        row["score"] = "1.0" if row["trial_id"] == "2" else "0.0"

    read = read_scores(changed_rows(changed, RAW, second), task=TFIDF)
    assert read.scores[:4].ravel().tolist() == [0.5] * 20


def test_a_summary_gives_means_of_five_items_and_says_so(written):
    curve = read_scores(written / SUMMARY, task=TFIDF)
    assert curve.shots.tolist() == [0, 1, 2, 4, 8]
    assert curve.means.tolist() == pytest.approx([0.2, 0.6, 0.6, 0.8, 0.8])
    assert curve.summary.n_items.tolist() == [5] * 5
    assert any("taken as 5" in note.text for note in curve.notes)


def test_of_a_folder_the_raw_results_are_used_not_their_summary(written):
    both, raw = read_scores(written / "adapt-gauge-core", task=TFIDF), read_scores(written / RAW, task=TFIDF)
    assert both.summary is None
    assert both.scores.tobytes() == raw.scores.tobytes()
    assert [note.text for note in both.notes] == [
        f"1 of 25 scores is missing: 1 at 8 shots ({Path(RAW).name})",
        f"25 of 25 scores of {Path(RAW).name} are averaged over repetitions of the same prompt, which are no draws",
    ]


@pytest.mark.parametrize("file", [RAW, SUMMARY])
def test_five_items_are_too_few_to_tell(written, file):
    """From 20% to 80% and more, and still nobody can say what more examples would bring."""
    study = analyze(read_scores(written / file, task=TFIDF))
    assert study.verdict.trend == "inconclusive"
    first = study.points[0].accuracy
    assert first.high - first.low > 0.3


@pytest.mark.parametrize(
    ("file", "field", "value", "message"),
    [
        (RAW, "score", "7", r"score: 7 does not lie in \[0, 1\]"),
        (RAW, "score", "", r"score: '' is no number"),
        (RAW, "shot_count", "few", r"shot_count: 'few' is no number"),
        (SUMMARY, "score_2shot", "nan", r"score_2shot: 'nan' is no number"),
    ],
)
def test_what_is_malformed_is_named_by_file_line_and_field(changed, file, field, value, message):
    path = changed_rows(changed, file, lambda number, row: row.update({field: value}) if number == 1 else None)
    with pytest.raises(InputError, match=rf"\.csv:3: {message}"):
        read_scores(path, task=TFIDF)
