"""Several models, instructions or contexts in one run: each a study of its own, on the same items."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curvefit.cli.run_arms import command_of_arm
from curvefit.models.resolve import resolve
from curvefit.report.study_reader import read_study
from curvefit.tasks.loading import load_task
from curvefit.workflows.arms import Arm

SMALL = ("--shots", "0,1", "--draws", "2", "--items", "20")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        {"question": f"Which box holds part {n}?", "context": f"Part {n} is in box {n + 7}.", "answer": f"{n + 7}"}
        for n in range(100, 180)
    ]
    Path("parts.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_each_arm_becomes_a_study_of_its_own_on_the_same_items(here, exits):
    status, shown, told = exits(
        "run", "parts.jsonl", "-m", "simulated/rising", "-m", "simulated/flat", "--context", "none,given", *SMALL
    )
    assert status == 0, told
    assert "rising, no documents" in shown
    compared = json.loads(Path("reports/parts/comparison.json").read_text())
    assert len(compared["pairs"]) == 6
    assert {pair["n_items"] for pair in compared["pairs"]} == {20}
    names = [f"simulated-{name}" for name in ("rising-none", "rising-given", "flat-none", "flat-given")]
    studies = [read_study(f"reports/parts/{name}") for name in names]
    assert [study.curve.model for study in studies] == ["simulated/rising"] * 2 + ["simulated/flat"] * 2
    assert [dict(study.curve.overrides)["context"] for study in studies] == ["none", "given"] * 2
    assert len({study.curve.items for study in studies}) == 1
    assert [line.partition(":")[0] for line in told.splitlines() if "% (" in line] == [
        "rising, no documents", "rising, given", "flat, no documents", "flat, given",
    ]  # fmt: skip


def test_what_an_optimiser_scored_its_instruction_with_stands_beside_what_is_measured_here(here, exits):
    result = {"candidates": [{"prompt": "Name it."}, {"prompt": "Find the box."}], "val_aggregate_scores": [0.4, 0.86]}
    Path("gepa.json").write_text(json.dumps(result))
    Path("plain.txt").write_text("Which box?")
    said = [part for name in ("gepa.json", "plain.txt") for part in ("--instruction", name)]
    status, shown, told = exits("run", "parts.jsonl", "-m", "simulated/rising", *said, *SMALL)
    assert status == 0, told
    beside = [line for line in shown.splitlines() if line.startswith("  gepa ")]
    assert [line.endswith("; by its optimiser 0.86") for line in beside] == [True]
    assert shown.count("by its optimiser") == 1
    written = json.loads(Path("reports/parts/comparison.json").read_text())
    assert [study["training_score"] for study in written["studies"]] == [0.86, None]
    page = Path("reports/parts/comparison.html").read_text()
    assert '<th scope="col">by its optimiser</th>' in page
    assert "<td>0.86</td>" in page


def test_the_same_command_again_asks_nothing(here, exits, monkeypatch):
    arguments = ("run", "parts.jsonl", "-m", "simulated/rising", "-m", "simulated/flat", *SMALL)
    assert exits(*arguments)[0] == 0
    first = [read_study(f"reports/parts/simulated-{name}").curve.usage.calls for name in ("rising", "flat")]

    def refuse(*_):
        raise AssertionError("asked again")

    monkeypatch.setattr("curvefit.models.simulated.SimulatedModel.complete", refuse)
    assert exits(*arguments)[0] == 0
    assert [read_study(f"reports/parts/simulated-{name}").curve.usage.calls for name in ("rising", "flat")] == first


def test_what_an_arm_cannot_do_is_said_before_anything_is_sent(here, exits, monkeypatch):
    monkeypatch.setattr("curvefit.models.simulated.SimulatedModel.complete", lambda *_: 1 / 0)
    status, _, told = exits("run", "parts.jsonl", "-m", "simulated/rising", "-m", "simulated/flat", "--shots", "0,900")
    assert (status, told.splitlines()[-1].startswith("curvefit: 900 shots")) == (1, True)
    assert "900 shots need as many pool examples" in told


def test_caps_hold_over_all_arms_together(here, exits):
    arguments = ("run", "parts.jsonl", "-m", "simulated/rising", "-m", "simulated/flat", *SMALL)
    status, _, told = exits(*arguments, "--max-calls", "90")
    assert status == 4
    calls = [read_study(f"reports/parts/simulated-{name}").curve.usage.calls for name in ("rising", "flat")]
    assert sum(calls) == 90
    assert "stopped at --max-calls 90" in told


@pytest.mark.parametrize("option", ["--batch", "--until-decided", "--fail-on=rising"])
def test_what_takes_one_candidate_says_so(here, exits, option):
    status, _, told = exits("run", "parts.jsonl", "-m", "simulated/rising", "-m", "simulated/flat", option)
    assert status in (1, 2)
    assert "one model, instruction and context" in told or "leave --batch out" in told


def test_a_cap_within_the_first_candidate_still_gives_programs_its_study(here, exits):
    arguments = ("run", "parts.jsonl", "-m", "simulated/rising", "-m", "simulated/flat", *SMALL)
    status, shown, _ = exits(*arguments, "--max-calls", "50", "--json")
    assert status == 4
    assert json.loads(shown)["model"] == "simulated/rising"


def test_decide_takes_one_and_names_the_command_for_several(here, exits):
    status, _, told = exits("decide", "parts.jsonl", "-m", "simulated/rising", "-m", "simulated/flat")
    assert status == 2
    assert "curvefit run compares several" in told


def test_a_dry_run_shows_every_arm_and_writes_nothing(here, exits):
    status, shown, _ = exits(
        "run", "parts.jsonl", "-m", "simulated/rising", "--context", "none,given", *SMALL, "--dry-run"
    )
    assert status == 0
    assert (shown.count("  calls  "), "all together: 120 calls; no price;" in shown) == (2, True)
    assert [line for line in shown.splitlines() if line in ("no documents", "given")] == ["no documents", "given"]
    assert not Path("reports").exists()


def test_one_instruction_or_context_stays_one_study_that_remembers_it(here, exits):
    Path("brief.txt").write_text("Answer with the number of the box.")
    status, _, told = exits(
        "run", "parts.jsonl", "-m", "simulated/rising", "--instruction", "brief.txt", "--context", "given", *SMALL
    )
    assert status == 0, told
    study = read_study("reports/parts/simulated-rising-brief-given")
    assert dict(study.curve.overrides) == {"instruction": "Answer with the number of the box.", "context": "given"}


def test_instructions_of_a_folder_are_arms_beside_the_tasks_own(here, exits):
    Path("tries").mkdir()
    for name in ("brief", "long"):
        Path("tries", f"{name}.txt").write_text(f"The {name} one.")
    status, _, told = exits(
        "run", "parts.jsonl", "-m", "simulated/rising", "--instruction", "own", "--instruction", "tries", *SMALL
    )
    assert status == 0, told
    said = {
        name: dict(read_study(f"reports/parts/simulated-rising-{name}").curve.overrides)
        for name in ("own", "brief", "long")
    }
    assert said == {
        "own": {}, "brief": {"instruction": "The brief one."}, "long": {"instruction": "The long one."},
    }  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        "curvefit run parts.jsonl -m a -m simulated/rising --context none,given --out x --max-usd 2",
        "curvefit run parts.jsonl --model=a --model simulated/rising --context=none,given --out=x --max-usd 2 --json",
        "curvefit run parts.jsonl -ma -msimulated/rising --instruction text --context none --max-usd 2",
        "curvefit run -m a --max-usd 2 --out x -- parts.jsonl",
    ],
)
def test_the_command_of_an_arm_measures_it_alone(here, words):
    from curvefit.tasks.documents import with_context

    arm = Arm("given", with_context(load_task("parts.jsonl"), "given"), resolve("simulated/rising"), Path("x/given"))
    made = command_of_arm(words.split(), arm)
    own = ["-m", "simulated/rising", "--context", "given", "--out", "x/given"]
    if "--" in made:
        assert made == ["curvefit", "run", "--max-usd", "2", *own, "--", "parts.jsonl"]
    else:
        assert made == ["curvefit", "run", "parts.jsonl", "--max-usd", "2", *own]


def test_models_of_one_name_at_two_providers_stay_apart(monkeypatch):
    from curvefit.cli.options import TaskOptions

    options = TaskOptions(
        task="sample_tasks/tickets", overrides={}, models=("openai/mine", "azure/mine"), instructions=(), contexts=(),
        api_base=None, form=None, shots=(0, 1), draws=1, items=10, seed=0, selection="random", retrieved=(),
        reply_tokens=None, prices=None,
    )  # fmt: skip
    arms = options.arms()
    assert [arm.name for arm in arms] == ["openai/mine", "azure/mine"]
    assert [arm.folder.name for arm in arms] == ["openai-mine", "azure-mine"]


def test_candidates_that_would_share_a_folder_are_refused_before_anything_is_sent(here, exits, monkeypatch):
    monkeypatch.setattr("curvefit.models.simulated.SimulatedModel.complete", lambda *_: 1 / 0)
    Path("tries").mkdir()
    for name in ("a b", "a-b"):
        Path("tries", f"{name}.txt").write_text(name)
    status, _, told = exits("run", "parts.jsonl", "-m", "simulated/rising", "--instruction", "tries", *SMALL)
    assert status == 1
    assert "two candidates would be kept here; rename an instruction" in told


def test_replies_of_a_run_of_one_model_count_in_a_run_of_several(here, exits, monkeypatch):
    assert exits("run", "parts.jsonl", "-m", "simulated/rising", *SMALL)[0] == 0
    asked = []
    complete = type(resolve("simulated/flat")).complete

    async def counted(model, request):
        asked.append(model.name)
        return await complete(model, request)

    monkeypatch.setattr("curvefit.models.simulated.SimulatedModel.complete", counted)
    assert exits("run", "parts.jsonl", "-m", "simulated/rising", "-m", "simulated/flat", *SMALL)[0] == 0
    assert set(asked) == {"simulated/flat"}


def test_commands_of_an_arm_name_the_file_of_its_instruction(here, exits):
    """One of several lines is no word of a command to paste, and one that reads ``own`` would mean the task's."""
    Path("tries").mkdir()
    for name, text in (("lines", "Answer with a number.\nNothing else."), ("word", "own")):
        Path("tries", f"{name}.txt").write_text(text)
    assert exits("run", "parts.jsonl", "-m", "simulated/rising", "--instruction", "tries", *SMALL)[0] == 0
    for name in ("lines", "word"):
        folder = f"reports/parts/simulated-rising-{name}"
        record = json.loads(Path(folder, "study.json").read_text())
        commands = [step["command"] for step in record["advice"]["next_steps"] if "curvefit run " in step["command"]]
        assert commands
        assert all(f"--instruction tries/{name}.txt --out {folder} " in command for command in commands)


def test_a_cap_that_leaves_too_little_to_compare_is_told_as_a_cap(here, exits):
    arguments = ("run", "parts.jsonl", "-m", "simulated/rising", "-m", "simulated/flat", *SMALL)
    assert exits(*arguments)[0] == 0
    calls = read_study("reports/parts/simulated-rising").curve.usage.calls
    status, shown, told = exits(*arguments, "--out", "again", "--max-calls", str(calls + 1), "--json")
    assert (status, json.loads(shown)["model"]) == (4, "simulated/rising")
    assert "stopped at --max-calls" in told.splitlines()[-1]


def test_the_folder_of_an_arm_has_its_model_also_where_there_is_one_and_replies_in_older_ones_count(
    here, exits, monkeypatch
):
    """Earlier versions called it by its context alone."""
    arguments = ("run", "parts.jsonl", "-m", "simulated/rising", "--context", "none,given", *SMALL)
    assert exits(*arguments)[0] == 0
    folders = {context: Path(f"reports/parts/simulated-rising-{context}") for context in ("none", "given")}
    for context, folder in folders.items():
        folder.rename(f"reports/parts/{context}")
    monkeypatch.setattr("curvefit.models.simulated.SimulatedModel.complete", lambda *_: 1 / 0)
    assert exits(*arguments)[0] == 0
    for context, folder in folders.items():
        new, old = read_study(folder), read_study(f"reports/parts/{context}")
        assert (new.curve.scores == old.curve.scores).all()
