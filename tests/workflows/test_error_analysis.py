"""From a study's folder to what its model gets wrong: the study's own replies, the user's own rows, no harm done."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from curvefit.errors import InputError
from curvefit.measurement.measure import measure
from curvefit.models.function import FunctionModel
from curvefit.report.failures_text import failures_record, failures_summary
from curvefit.study import analyze
from curvefit.tasks.loading import load_task
from curvefit.trials.design import Design
from curvefit.workflows.error_analysis import failures

HOSTILE = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\u202egnp.exe\r" + "A" * 1_000_000


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        {"input": f"message {i % 20} {i * 7919 % 1000} of {'abc'[i % 3]}", "output": "abc"[i % 3]} for i in range(120)
    ]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def study_of(folder, reply, draws=2):
    with closing(FunctionModel(reply, name="mine")) as model:
        task = load_task(folder if (folder / "task.yaml").exists() else "data.jsonl")
        curve = measure(task, Design((0, 2), draws, 30), model, journal=folder / "journal.sqlite")
    return analyze(curve)


def last_letter(prompt):
    letter = str(prompt).split("message")[-1].split(" of ")[1][0]
    return "b" if letter == "c" else letter


def test_all_replies_of_a_study_are_found_and_missed_rows_are_named_by_line(folder):
    found = failures(study_of(folder, last_letter), folder)
    assert found.lost == 0
    assert {failure.item.target for failure in found.failures} == {"c"}
    rows = (folder / "data.jsonl").read_text().splitlines()
    for failure in found.failures:
        line = int(found.places[failure.item.id].removeprefix("data.jsonl:"))
        assert json.loads(rows[line - 1])["input"] == failure.item.input
    assert {reply.text for failure in found.failures for reply in failure.replies} == {"b"}


def test_hostile_replies_of_a_megabyte_do_nothing_and_take_no_room(folder):
    found = failures(
        study_of(folder, lambda prompt: HOSTILE if prompt.split("message")[-1].startswith(" 0") else "b", draws=1),
        folder,
    )
    for verbose in (False, True):
        shown = "\n".join(failures_summary(found, verbose=verbose))
        assert all(c.isprintable() or c == "\n" for c in shown)
        assert len(shown) < 40_000
    record = json.dumps(failures_record(found), ensure_ascii=False)
    assert record.isprintable()
    assert len(record) < 5_000 * 80


def rules_say(folder, wrong, answer="reply"):
    """Have the rows judged by code that gives a wrong reply this answer, and says this of it."""
    rows = (folder / "data.jsonl").read_text().splitlines(keepends=True)
    for name, part in (("pool", rows[:60]), ("items", rows[60:])):
        (folder / f"{name}.jsonl").write_text("".join(part))
    (folder / "task.yaml").write_text("name: data\nscorer: python:mine:kept\npool: pool.jsonl\nitems: items.jsonl\n")
    (folder / "mine.py").write_text(
        "from curvefit import Score\ndef kept(reply, item):\n    right = reply == item.target\n"
        f"    return Score(float(right), reply if right else {answer}, () if right else {wrong!r})\n"
    )
    return folder


def test_what_the_scorer_says_is_wrong_is_shown_cut_and_without_control_characters(folder):
    found = failures(study_of(rules_say(folder, HOSTILE), lambda prompt: "z"), folder, str(folder))
    assert found.counts == {"named": len(found.failures)}
    for verbose in (False, True):
        shown = "\n".join(failures_summary(found, verbose=verbose))
        assert "where the scorer says what is wrong: " in " ".join(shown.split())
        assert all(c.isprintable() or c == "\n" for c in shown)
        assert len(shown) < 10_000
    record = failures_record(found)
    assert [each["items"] for each in record["wrong"]] == [len(found.failures)]
    assert len(json.dumps(record)) < 100_000


def test_a_study_measured_before_its_scorer_said_what_is_wrong_costs_nothing_to_measure_again(folder):
    """Replies are kept as they came; the changed scorer is refused until the same call has judged them anew."""
    asked = []

    def reply(prompt):
        asked.append(prompt)
        return last_letter(prompt)

    before = study_of(rules_say(folder, (), answer="'breaks a rule: ' + reply"), reply)
    rules_say(folder, "a rule")
    with pytest.raises(
        InputError, match=r"run the study's command again; .* a change of the scorer alone costs nothing"
    ):
        failures(before, folder, str(folder))
    calls = len(asked)
    after = failures(study_of(folder, reply), folder, str(folder))
    assert len(asked) == calls
    assert (after.lost, after.wrong) == (0, {"a rule": len(after.failures)})


def test_the_answer_comes_first_and_in_about_a_dozen_lines(folder):
    lines = failures_summary(failures(study_of(folder, last_letter), folder))
    assert lines[0].startswith("data on mine: ")
    assert len(lines) <= 14


def test_a_task_that_changed_since_the_study_is_noticed(folder):
    study = study_of(folder, last_letter)
    text = (folder / "data.jsonl").read_text()
    (folder / "data.jsonl").write_text(text.replace('"output": "c"', '"output": "a"'))
    with pytest.raises(InputError, match="changed since the study"):
        failures(study, folder)


def test_without_its_journal_it_says_what_to_do(folder):
    study = study_of(folder, last_letter)
    (folder / "journal.sqlite").rename(folder / "elsewhere.sqlite")
    with pytest.raises(InputError, match="run the study's command again"):
        failures(study, folder)
