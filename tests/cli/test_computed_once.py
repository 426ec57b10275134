"""What a command computes, it computes once: readings of a task, plans, analyses and openings of a study."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections import Counter

import pytest
from click.testing import CliRunner

from curvefit.cli.main import _COMMANDS, _MODULES, cli
from curvefit.report import study_files

_MISSED = study_files._missed
FAST = ["-m", "simulated/plateau", "--shots", "0,1,2,4", "--draws", "2", "--items", "20", "--out", "out"]
COUNTED = {
    "task_of_rows": "curvefit.tasks.task_assembly",
    "plan": "curvefit.trials.trial_plan",
    "analyze": "curvefit.study",
    "judge": "curvefit.curves.verdict",
}


def run(*arguments):
    return CliRunner().invoke(cli, arguments, standalone_mode=False, catch_exceptions=False)


@pytest.fixture(scope="module")
def measured(tmp_path_factory, draw_nothing):
    """A folder with a task, and a study of it in out/, for tests to copy."""
    made = tmp_path_factory.mktemp("measured")
    rows = [{"input": f"message {i} about {i * 7919 % 1000}", "output": "abc"[i % 3]} for i in range(120)]
    (made / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.MonkeyPatch.context() as here:
        here.chdir(made)
        draw_nothing(here)
        run("run", "data.jsonl", *FAST)
    return made


@pytest.fixture
def folder(tmp_path, monkeypatch, measured):
    """A working directory with a task, and a study of it in out/."""
    shutil.copytree(measured, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CURVEFIT_LEDGER", str(tmp_path / "ledger.jsonl"))
    return tmp_path


@pytest.fixture
def counts(folder, monkeypatch):
    """How often each of the counted functions was called, by whatever name it is known, and study.json was read."""
    for name in _COMMANDS:
        __import__(f"curvefit.cli.{_MODULES.get(name, name.replace('-', '_'))}")
    made = Counter()

    def counting(name, function):
        def wrapped(*arguments, **options):
            made[name] += 1
            return function(*arguments, **options)

        return wrapped

    for name, home in COUNTED.items():
        original = getattr(sys.modules[home], name)
        for module in [m for m in sys.modules.values() if getattr(m, "__name__", "").startswith("curvefit")]:
            for known, value in list(vars(module).items()):
                if value is original:
                    monkeypatch.setattr(module, known, counting(name, original))
    monkeypatch.setattr(study_files, "_missed", _MISSED)
    opened = io.open

    def counting_opened(file, mode="r", *arguments, **options):
        made["open"] += str(file).endswith("study.json") and "r" in mode and "+" not in mode
        return opened(file, mode, *arguments, **options)

    monkeypatch.setattr(io, "open", counting_opened)
    return made


def test_run_plans_once_and_analyses_once(counts):
    assert run("run", "data.jsonl", *FAST, "--draws", "3").return_value == 0
    assert counts == {"task_of_rows": 1, "plan": 1, "analyze": 1, "judge": 1, "open": 1}, (
        "the study that it replaces is looked at"
    )


def test_run_with_retrieved_examples_plans_each_design_once_and_analyses_once(counts):
    assert run("run", "data.jsonl", *FAST, "--retrieved", "1,4").return_value == 0
    assert (counts["plan"], counts["analyze"], counts["judge"]) == (2, 1, 1)


def test_run_until_decided_plans_once_and_analyses_once_however_many_looks_it_takes(counts, monkeypatch):
    monkeypatch.setattr("curvefit.curves.group_sequential._FUTILE", 0.0)
    wide = ["--draws", "5", "--items", "60", "--until-decided", "--json"]
    assert json.loads(run("run", "data.jsonl", *FAST, *wide).stdout)["looks"]["number"] > 1
    assert (counts["plan"], counts["analyze"], counts["judge"]) == (1, 1, 1)


def test_report_with_a_probe_and_examples_opens_the_study_once_and_analyses_once(counts, folder):
    gain = {"value": 0.4, "low": 0.3, "high": 0.5}
    probe = {"schema": "curvefit.probe/1", "task": "data", "model": "local/x", "best_prompted": {"accuracy": 0.5}}
    probe |= {"gain": [{"n_train": 128, **gain}], "level": 0.9, "measurement": {"items": []}}
    (folder / "probe.json").write_text(json.dumps(probe))
    result = run("report", "out", "--n-train", "90", "--probe", "probe.json")
    assert "no longer for" in result.stderr
    assert counts == {"task_of_rows": 1, "analyze": 1, "judge": 1, "open": 1}


@pytest.mark.parametrize("more", [[], ["--n-train", "77"]])
def test_validate_opens_the_study_once_and_analyses_once_for_any_number_of_examples(counts, more):
    assert run("validate", "out", "-m", "simulated/rising", *more).return_value == 0
    # Two plans: of the fine-tuned model alone, and with examples in its prompt.
    assert counts == {"task_of_rows": 1, "plan": 2, "analyze": 1, "judge": 1, "open": 1}
