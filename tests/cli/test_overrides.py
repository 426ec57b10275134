"""--scorer, --instruction and --kind of a single file: every command that reads one, and every one that reads again."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from curvefit.cli.main import cli
from curvefit.curves.reason import Reason
from curvefit.report.next_command import command_for, run_command
from curvefit.report.study_reader import read_study
from curvefit.tasks.loading import load_task
from curvefit.workflows.study_task import task_of_study

SAID = ["--scorer", "normalized", "--instruction", "Name the letter.", "--kind", "extraction"]
RUN = ["run", "data.jsonl", "-m", "simulated/late", "--shots", "0,1,4", "--draws", "2", "--items", "20", "--out", "out"]


ROWS = [{"input": f"message {i * 7919 % 1000} number {i}", "output": "abc"[i % 3]} for i in range(120)]


@pytest.fixture(scope="module")
def measured(tmp_path_factory, draw_nothing):
    """A folder with data.jsonl, whose targets look like labels, and a study of it with all three said."""
    made = tmp_path_factory.mktemp("measured")
    (made / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    with pytest.MonkeyPatch.context() as here:
        here.chdir(made)
        here.setattr("sys.argv", ["curvefit", *RUN, *SAID])  # which the study keeps
        draw_nothing(here)
        assert CliRunner().invoke(cli, [*RUN, *SAID], standalone_mode=False).return_value == 0
    return made


@pytest.fixture
def folder(tmp_path, monkeypatch, measured):
    """A working directory with data.jsonl."""
    shutil.copy(measured / "data.jsonl", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CURVEFIT_LEDGER", str(tmp_path / "ledger.jsonl"))
    return tmp_path


@pytest.fixture
def study(folder, measured):
    """The folder of the study of data.jsonl, with all three said."""
    return Path(shutil.copytree(measured / "out", folder / "out"))


def test_check_judges_the_task_that_is_said(folder, exits):
    facts = json.loads(exits("check", "data.jsonl", *SAID, "--json")[1])
    assert (facts["scorer"], facts["kind"], facts["labels"]) == ("normalized", "extraction", 0)
    assert json.loads(exits("check", "data.jsonl", "--json")[1])["scorer"] == "label"


def test_plan_shows_the_instruction_that_is_said(folder, exits):
    shown = exits("plan", "data.jsonl", "-m", "simulated/late", "--shots", "0,1", *SAID, "--show-prompt")[1]
    assert "Name the letter." in shown
    assert "Answer with one of" not in shown


def test_pool_writes_the_instruction_that_is_said(folder, exits):
    assert exits("pool", "data.jsonl", *SAID, "--out", "train.jsonl")[0] == 0
    row = json.loads((folder / "train.jsonl").read_text().splitlines()[0])
    assert row["messages"][0]["content"] == "Name the letter."


def test_probe_names_what_is_said_in_the_command_for_its_curve(folder, exits):
    arguments = ["probe", "data.jsonl", "--n", "8", "--seeds", "1", "--items", "10", "--dry-run", "--out", "new"]
    status, shown, told = exits(*arguments, *SAID)
    if status == 1 and "curvefit pull" in told + shown:
        pytest.skip("no local model here")
    assert "curvefit plan data.jsonl --scorer normalized --kind extraction --instruction 'Name the letter.' -m" in shown


def test_a_study_keeps_what_was_said_and_is_read_again_with_it(study):
    record = json.loads((study / "study.json").read_text())
    said = {"scorer": "normalized", "instruction": "Name the letter.", "kind": "extraction"}
    assert record["measurement"]["overrides"] == said
    measured = read_study(study)
    again = task_of_study(measured, study / "study.json")
    assert (again.scorer.name, again.instruction, again.kind) == ("normalized", "Name the letter.", "extraction")
    assert [item.id for item in again.items] == list(measured.curve.items)


def test_validate_and_report_judge_the_study_as_it_was_judged(study, exits):
    status, _, told = exits("validate", "out", "-m", "simulated/rising", "--form", "plain", "--n-train", "60")
    assert (status, "have changed since" in told) == (0, False), told
    assert exits("report", "out")[0] == 0
    record = json.loads((study / "study.json").read_text())
    assert record["measurement"]["overrides"]["scorer"] == "normalized"


def test_pool_by_a_study_takes_what_was_said_then(study, exits):
    assert exits("pool", "data.jsonl", "--study", "out", "--out", "train.jsonl")[0] == 0
    row = json.loads((study.parent / "train.jsonl").read_text().splitlines()[0])
    assert row["messages"][0]["content"] == "Name the letter."
    status, _, told = exits("pool", "data.jsonl", "--study", "out", "--scorer", "exact", "--out", "other.jsonl")
    assert status == 2
    assert "--study says" in told


def test_the_next_commands_say_it_again(study):
    measured = read_study(study)
    words = ["--scorer", "normalized", "--instruction", "Name the letter.", "--kind", "extraction"]
    assert run_command(measured)[-len(words) :] == words
    assert shlex.join(words) in command_for(Reason("probe", {}), measured)


def test_a_study_made_from_python_says_it_again_too(folder):
    from curvefit.measurement.measure import measure
    from curvefit.models.resolve import resolve
    from curvefit.study import analyze
    from curvefit.trials.design import Design

    task = load_task("data.jsonl", scorer="normalized")
    study = analyze(measure(task, Design((0, 1), 2, 20), resolve("simulated/late")))
    assert shlex.join(run_command(study)).startswith("curvefit run data.jsonl --scorer normalized -m simulated/late")


@pytest.mark.parametrize(
    "arguments", [["check"], ["plan"], ["run"], ["pool", "--out", "t.jsonl"], ["probe", "--dry-run"]]
)
@pytest.mark.parametrize("path", ["task", "task/task.yaml"])
def test_a_task_with_a_task_yaml_is_a_usage_error_that_says_to_edit_it(folder, exits, arguments, path):
    (folder / "task").mkdir()
    (folder / "data.jsonl").rename(folder / "task" / "data.jsonl")
    (folder / "task" / "task.yaml").write_text("data: data.jsonl\n")
    name, *more = arguments
    status, shown, told = exits(name, path, *more, "--scorer", "exact")
    assert (status, shown) == (2, "")
    assert "--scorer is for a single file; edit task/task.yaml" in told


def test_a_scorer_nobody_knows_is_one_line(folder, exits):
    assert exits("check", "data.jsonl", "--scorer", "exatc") == (
        1,
        "",
        "curvefit: scorer: no scorer 'exatc'; did you mean 'exact'?\n",
    )


def test_a_study_without_any_is_written_as_before(folder, exits):
    assert exits(*RUN)[0] == 0
    assert "overrides" not in json.loads((folder / "out" / "study.json").read_text())["measurement"]


def test_a_key_in_an_instruction_is_not_written_down(folder, exits, monkeypatch):
    monkeypatch.setenv("MY_API_KEY", "a-very-secret-word-of-mine")
    assert exits(*RUN, "--instruction", "Use a-very-secret-word-of-mine.")[0] == 0
    written = (folder / "out" / "study.json").read_text()
    assert "secret" not in written
    assert json.loads(written)["measurement"]["overrides"] == {"instruction": "Use [key]."}


def test_a_kind_that_is_nearly_a_known_one_is_refused_by_each_command_in_the_same_words(exits, tmp_path):
    scores = tmp_path / "scores.csv"
    scores.write_text("shots,accuracy,n_items\n0,0.2,50\n1,0.3,50\n2,0.4,50\n")
    for command in (("check", "sample_tasks/capitals/items.jsonl"), ("fit", str(scores), "--out", str(tmp_path))):
        status, _, err = exits(*command, "--kind", "summarisation")
        assert (status, len(err.splitlines())) == (1, 1)
        assert "'summarisation' is no known kind of task; did you mean 'summarization'?" in err
