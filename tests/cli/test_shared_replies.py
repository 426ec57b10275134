"""What is the same between studies of a task is asked and paid for once; what is kept elsewhere is asked anew."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from curvefit.cli.study_folders import journals_of
from curvefit.errors import JournalError
from curvefit.measurement.measure import measure
from curvefit.models.function import FunctionModel
from curvefit.models.resolve import resolve
from curvefit.models.simulated import SimulatedModel
from curvefit.report.study_reader import read_study
from curvefit.tasks.documents import with_context
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Task
from curvefit.trials.design import Design

ONE = ("run", "parts.jsonl", "-m", "simulated/flat", "--shots", "0,1", "--draws", "2", "--items", "8", "--seed", "3")
OWN = 3 * 8  # at 0 shots both draws send the same
WORDINGS = ("--instruction", "brief.txt", "--instruction", "copy.txt")


@pytest.fixture
def requests(tmp_path, monkeypatch):
    """Requests that the model gets; pictures take long, and are not what this is about."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("curvefit.report.figure.attempt", lambda draw, name: (None, ""))
    rows = [{"question": f"Which box holds part {n}?", "answer": f"{n % 7}"} for n in range(100, 160)]
    Path("parts.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    for name in ("brief", "copy"):
        Path(f"{name}.txt").write_text("Answer with the number of the box.")
    got = []
    answer = SimulatedModel.complete

    def complete(model, request):
        got.append(request)
        return answer(model, request)

    monkeypatch.setattr(SimulatedModel, "complete", complete)
    return got


@pytest.fixture
def told(exits):
    """Run a command, and return what it prints."""

    def made(*arguments):
        status, shown, why = exits(*arguments)
        assert status == 0, why
        return shown

    return made


def measured():
    journal = "reports/parts/simulated-flat/journal.sqlite"
    task, model = load_task("parts.jsonl", seed=3), resolve("simulated/flat")
    return measure(task, Design((0, 1), 2, 8, seed=3), model, journal=journal)


def planned(shown):
    """Return for each candidate of a dry run the requests that it sends, and those that one before it sends."""
    return [(part["calls"], part["shared"]) for part in map(json.loads, shown.splitlines())]


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("run", ["--retrieved", "1,2", "--draws", "9"]),
        ("decide", ["--retrieved", "1,2"]),
        ("run", ["--retrieved", "1,2", *WORDINGS, "-m", "simulated/rising"]),
    ],
)
def test_as_many_calls_are_planned_as_are_sent(requests, exits, monkeypatch, command, more):
    monkeypatch.setattr("curvefit.workflows.settle.settle", lambda *_: iter(()))  # what may follow is not planned
    words = [command, *ONE[1:-6], "--draws", "4", "--items", "8", "--seed", "3", *more]
    shown = [json.loads(part) for part in exits(*words, "--dry-run", "--json")[1].splitlines()]
    expected = sum(part.get("total", part)["calls"] for part in shown)
    assert sum(part["retrieved"]["shared"] for part in shown) > 0, "by chance drawn"
    assert exits(*words)[0] == 0
    assert len(requests) == expected
    if len(shown) == 1:  # of several studies each tells all of its own
        assert read_study("reports/parts/simulated-flat").curve.usage.calls == expected


def test_only_what_no_study_of_the_task_has_is_planned(requests, told):
    measured()
    assert len(requests) == OWN
    wanted = {
        (): [(0, 0)],
        ("--draws", "3"): [(8, 0)],
        ("-m", "simulated/rising"): [(0, 0), (OWN, 0)],
        ("--instruction", "own", "--instruction", "brief.txt"): [(0, 0), (OWN, 0)],
        ("--out", "reports/parts/again"): [(0, 0)],
        ("--out", str(Path("reports/parts/again").absolute())): [(0, 0)],
        ("--out", "elsewhere"): [(OWN, 0)],
        ("-m", "simulated/rising", "--out", "elsewhere"): [(OWN, 0), (OWN, 0)],
    }
    found = {options: planned(told(*ONE, *options, "--dry-run", "--json")) for options in wanted}
    assert found == wanted
    (decided,) = map(json.loads, told("decide", *ONE[1:], "--retrieved", "1", "--dry-run", "--json").splitlines())
    similar = decided["retrieved"]
    assert (decided["calls"], similar["calls"] + similar["done"], similar["done"] > 0) == (0, 8, True), (
        "by chance drawn"
    )
    assert len(requests) == OWN, "none of this sends anything"


def test_a_study_of_shared_replies_is_whole(requests, told):
    """Its journal holds them as its own: the other study may go, and what is missed is still shown."""
    first = measured()
    told(*ONE, "--out", "reports/parts/again", "--max-calls", "1")
    assert len(requests) == OWN, "a cap counts what is sent alone"
    again = read_study("reports/parts/again")
    assert (again.curve.scores == first.scores).all()
    assert replace(again.curve.usage, seconds=0.0) == replace(first.usage, seconds=0.0)
    Path("reports/parts/simulated-flat/journal.sqlite").unlink()
    assert again.errors().lost == 0


def test_candidates_of_one_command_share_and_its_plan_says_so(requests, told):
    assert planned(told(*ONE, *WORDINGS, "--dry-run", "--json")) == [(OWN, 0), (0, OWN)]
    assert f"({OWN} shared with what is above)" in told(*ONE, *WORDINGS, "--dry-run")
    assert not Path("reports").exists()
    told(*ONE, *WORDINGS)
    assert len(requests) == OWN


def test_only_items_that_have_a_document_are_asked_once_more_with_documents(tmp_path):
    rows = [(f"Which box holds part {n}?", n % 2 * f"Part {n} is in box {n % 7}.", f"{n % 7}") for n in range(100, 160)]
    names = ("question", "context", "answer")
    given = with_context(Task.from_records([dict(zip(names, row, strict=True)) for row in rows]), "given")
    asked = []

    def reply(turns):
        asked.append(turns)
        return "3"

    model, design = FunctionModel(reply, form="chat"), Design((0,), 1, 8)
    measure(with_context(given, "none"), design, model, journal=tmp_path / "none.sqlite")
    curve = measure(given, design, model, journal=[tmp_path / "given.sqlite", tmp_path / "none.sqlite"])
    documents = sum(bool({item.id: item for item in given.items}[name].context) for name in curve.items)
    assert 0 < documents < 8
    assert len(asked) == 8 + documents
    assert curve.journal == str(tmp_path / "given.sqlite")


@pytest.mark.parametrize(("added", "most"), [(0, 0.0), (1, 0.1), (30, 0.4)])
def test_where_rows_move_and_some_are_added_little_is_asked_again(tmp_path, added, most):
    """Seen: one row more, and 87% of all requests were paid again."""
    rows = [{"input": f"message {n} about {n * 7919 % 1000}", "output": "abc"[n % 3]} for n in range(330)]
    before, now = (Task.from_records(rows) for rows in (rows[:300], [*reversed(rows[:300]), *rows[300 : 300 + added]]))
    got = []

    def reply(prompt):
        got.append(prompt)
        return "a"

    model, design = FunctionModel(reply, name="mine"), Design((0, 1, 4), 3, 40)
    first = measure(before, design, model, journal=tmp_path / "j.sqlite")
    asked = len(got)
    again = measure(now, design, model, journal=tmp_path / "j.sqlite")
    assert (len(got) - asked) / asked <= most
    texts = ({task.by_id[name].input for name in found.items} for task, found in ((before, first), (now, again)))
    assert len(set.intersection(*texts)) >= (32 if added else 40)


@pytest.mark.parametrize("journal", [[], [None], {"a": "b"}, ["a", 3]])
def test_journals_that_are_no_paths_are_refused(journal):
    task = Task.from_records([(f"{n}", "a") for n in range(20)])
    with pytest.raises(JournalError, match="named by its path"):
        measure(task, Design((0,), 1, 2), FunctionModel(str), journal=journal)


def test_journals_are_those_of_the_tasks_folder_or_of_the_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("reports/parts/a", "reports/parts/b", "reports/other/a", "r", "r/a", "r/b"):
        Path(name).mkdir(parents=True, exist_ok=True)
        Path(name, "journal.sqlite").touch()

    def shares(folder, beside=None):
        own, *others = journals_of("parts", Path(folder), beside)
        assert own == Path(folder, "journal.sqlite")
        return {str(path.parent) for path in others if path.exists()}

    assert shares("reports/parts/a") == {"reports/parts/b"}
    assert shares("reports/parts/new") == {"reports/parts/a", "reports/parts/b"}
    assert shares("r") == {"r/a", "r/b"}
    assert shares("r/a", Path("r")) == {"r", "r/b"}
    assert shares("r/a") == shares("new") == set()


ANSWERED = "some calls of next steps may be answered already, in reports/parts/simulated-flat/journal.sqlite: they are"


@pytest.mark.parametrize(("instruction", "is_said"), [([], True), (["--instruction", "brief.txt"], False)])
def test_next_steps_whose_replies_another_journal_may_hold_are_said_to_be(requests, exits, instruction, is_said):
    """What a smaller study of the same prompts would ask next, a larger one beside it has been answered."""
    assert exits(*ONE, "--draws", "5", "--items", "25")[0] == 0
    before = len(requests)
    small = "reports/parts/small"
    _, shown, told = exits(*ONE, "--out", small, *instruction)
    assert len(requests) == before + (0 if is_said else OWN)
    assert "It takes about" in " ".join(shown.split())
    assert (ANSWERED in told) == (ANSWERED in exits("report", small)[2]) == is_said
    assert ANSWERED not in exits("report", "reports/parts/simulated-flat")[2], "which has more than any other"
