"""A user's ledger: appended to, counted once a key, and never lost for one bad line."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from curvefit.curves.curve import Estimate
from curvefit.errors import InputError
from curvefit.payoff.track_record import CheckedPrediction
from curvefit.workflows.ledger import enter, ledger_file, read_ledger

CASE = CheckedPrediction(
    "tickets", "local/x", "local/x-tuned", 128, 0.05, Estimate(0.1, -0.2, 0.3, 0.9), 0.6, Estimate(0.2, 0.1, 0.3, 0.9)
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "deep" / "ledger.jsonl"


def test_what_is_entered_comes_back(file):
    assert read_ledger(file).cases == ()
    enter("a", CASE, {"at": "2026-01-01"}, file)
    assert read_ledger(file).cases == (CASE,)
    assert read_ledger(file).problems == ()


def test_a_line_of_before_what_was_asked_and_how_a_prediction_was_made_were_kept_is_read(file):
    newer = replace(CASE, n_train_stated=True, asked="ab12", prompt="4 random")
    enter("a", newer, {}, file)
    held = json.loads(file.read_text())
    assert [held.pop(name) for name in ("n_train_stated", "asked", "prompt")] == [True, "ab12", "4 random"]
    assert read_ledger(file).cases == (newer,)
    file.write_text(json.dumps(held) + "\n")
    assert read_ledger(file).cases == (CASE,)


def test_the_same_study_and_model_count_once_and_what_came_last_counts(file):
    other, again = replace(CASE, task="other"), replace(CASE, gain=Estimate(0.3, 0.2, 0.4, 0.9))
    for key, case in (("a", CASE), ("b", other), ("a", again)):
        enter(key, case, {}, file)
    assert read_ledger(file).cases == (again, other)
    assert len(file.read_text().splitlines()) == 3, "nothing is ever removed"


OWN = replace(CASE, n_train=90)
HINDSIGHT = replace(
    OWN, n_train=512, margin=0.02, predicted=CASE.gain, probability=0.99, gain=Estimate(0.3, 0.2, 0.4, 0.9)
)
STATED = replace(CASE, n_train=400, probability=0.4, n_train_stated=True)


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        ((OWN, HINDSIGHT), OWN),
        ((OWN, STATED), STATED),
        ((OWN, replace(HINDSIGHT, n_train_stated=True)), replace(HINDSIGHT, n_train_stated=True)),
        ((STATED, replace(STATED, probability=0.99)), STATED),  # after a probe, say
        ((OWN, STATED, replace(OWN, n_train_stated=True, probability=0.99)), OWN),
        ((OWN, STATED, HINDSIGHT), STATED),
    ],
)
def test_a_prediction_made_after_the_fact_does_not_take_the_first_ones_place(file, lines, counts):
    """Unless it is for the number of examples that the model was in truth fine-tuned on, as was stated last."""
    for case in lines:
        enter("a", case, {}, file)
    (found,) = read_ledger(file).cases
    assert found == replace(counts, gain=lines[-1].gain)


def test_a_prediction_is_set_against_the_gain_over_the_prompt_it_was_of(file):
    """Advised to look among retrieved examples, one does, and validates again: that gain is over another prompt."""
    before = replace(CASE, prompt="4 random")
    after = replace(HINDSIGHT, prompt="4 retrieved", gain=Estimate(-0.1, -0.2, 0.0, 0.9))
    again = replace(before, gain=Estimate(0.21, 0.1, 0.3, 0.9))
    for case in (before, after, again, after):
        enter("a", case, {}, file)
    assert read_ledger(file).cases == (again,)
    enter("b", CASE, {}, file)  # as older versions wrote it, without a prompt
    enter("b", again, {}, file)
    assert read_ledger(file).cases[1] == again


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b'{"schema": "curvefit.ledger/99"}',
        b'{"schema": "curvefit.ledger/1", "key": "a"}',
        b'{"schema": "curvefit.ledger/1", "task": 3, "model": "m", "fine_tuned": "f"}',
        b"[" * 100_000,
    ],
)
def test_a_corrupt_line_is_named_and_the_others_count(file, line):
    enter("a", CASE, {}, file)
    with file.open("ab") as held:
        held.write(line + b"\n")
    enter("b", replace(CASE, task="after"), {}, file)
    before = file.read_bytes()
    book = read_ledger(file)
    assert [case.task for case in book.cases] == ["tickets", "after"]
    (problem,) = book.problems
    assert problem.startswith(f"{file}:2: no validation that can be read (")
    assert "\n" not in problem
    assert len(problem) < 400
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("probability", 7),
        ("probability", -0.5),
        ("n_train", 0),
        ("gain", {"value": 0.1, "low": 0.2, "high": 0.3, "level": 0.9}),
        ("gain", {"value": 0.1, "low": 0.0, "high": 0.3, "level": -0.9}),
        ("margin", None),
        ("n_train", True),
        ("n_train", 10**400),
        ("n_train_stated", 1),
        ("asked", 1),
        ("gain", {"value": math.nan}),
        ("predicted", [1, 2]),
    ],
)
def test_a_number_that_it_cannot_be_is_a_problem_of_its_line(file, field, value):
    enter("a", CASE, {}, file)
    file.write_text(json.dumps({**json.loads(file.read_text()), field: value}) + "\n")
    book = read_ledger(file)
    assert book.cases == ()
    assert f"{file}:1:" in book.problems[0]


def test_a_line_cut_off_by_a_crash_does_not_take_the_next_one_with_it(file):
    enter("a", CASE, {}, file)
    enter("b", CASE, {}, file)
    file.write_bytes(file.read_bytes()[:-40])
    enter("c", replace(CASE, task="after"), {}, file)
    book = read_ledger(file)
    assert [case.task for case in book.cases] == ["tickets", "after"]
    assert len(book.problems) == 1


def test_lines_of_many_writers_do_not_mix(file):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: enter(f"k{n}", replace(CASE, task="t" * 3000 + str(n)), {}, file), range(64)))
    book = read_ledger(file)
    assert (len(book.cases), book.problems) == (64, ())


def test_a_key_in_a_name_is_not_kept(file, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sesame-open-0123456789")
    enter("a", replace(CASE, fine_tuned="openai/sesame-open-0123456789"), {}, file)
    assert b"sesame" not in file.read_bytes()
    assert read_ledger(file).cases[0].fine_tuned == "openai/[key]"


def test_where_it_is_kept(monkeypatch, tmp_path):
    monkeypatch.delenv("CURVEFIT_LEDGER", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert ledger_file() == tmp_path / "curvefit" / "ledger.jsonl"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert ledger_file() == tmp_path / "home" / ".local" / "share" / "curvefit" / "ledger.jsonl"
    monkeypatch.setenv("CURVEFIT_LEDGER", str(tmp_path / "mine.jsonl"))
    assert ledger_file() == tmp_path / "mine.jsonl"


def test_a_ledger_that_cannot_be_written_or_read_is_one_line(tmp_path):
    for use in (lambda: enter("a", CASE, {}, tmp_path), lambda: read_ledger(tmp_path)):
        with pytest.raises(InputError, match="set CURVEFIT_LEDGER to another file"):
            use()
