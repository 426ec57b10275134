"""What lies beside a study counts in every command that reads it: none says another thing of the same study."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import curvefit as cf
from curvefit.measurement.measurement import Measurement
from curvefit.report.study_files import write_study
from curvefit.report.validation_report import write_validation
from curvefit.workflows.validation import conclude_validation

MODELS = ("plateau", "late")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A folder with a study of each of two models."""
    made, task = tmp_path_factory.mktemp("measured"), cf.load_task("sample_tasks/tickets")
    design = cf.Design((0, 4, 8), 2, 30, ordered_by="place")  # by which plateau has 78% at 4 shots and 80% at 8
    for name in MODELS:
        journal = made / name / "journal.sqlite"
        journal.parent.mkdir()
        curve = cf.measure(task, design, cf.resolve(f"simulated/{name}"), journal=journal)
        write_study(cf.analyze(curve, margin=0.1), journal.parent)
    return made


@pytest.fixture
def folder(tmp_path, measured):
    """The same in a folder of a test's own."""
    return shutil.copytree(measured, tmp_path / "studies")


def validate(folder, right=30, model="mine"):
    """Put a fine-tuned model beside a study, with as many of its 30 items right."""
    study = cf.read_study(folder)
    scores = np.array([[[float(i < right) for i in range(30)]]])
    tuned = Measurement(np.array([0]), scores, items=study.curve.items, model=model, form=study.curve.form)
    write_validation(conclude_validation(study, tuned), folder)


def probe(folder, right=30):
    """Put a probe of the study's own model beside it, trained on 128 examples, with as many of its 30 items right."""
    record = json.loads((Path(__file__).parents[1] / "report/version_0_1_0/probed/probe.json").read_text())
    study = cf.read_study(folder)
    gain, n = right / 30 - study.best.point.accuracy.value, 128
    record.update(task=study.curve.task, model=study.curve.model, level=0.9)
    record["gain"] = [{"n_train": n, "value": gain, "low": gain - 0.1, "high": gain + 0.1}]
    record["measurement"] = {
        "n_train": [0, n],
        "scores": [[[0.0] * 30], [[float(i < right) for i in range(30)]]],
        "items": list(study.curve.items),
        "asked": study.curve.asked,
    }
    (folder / "probe.json").write_text(json.dumps(record))


def test_a_probe_counts_alike_wherever_its_study_is_read(exits, folder):
    first, second = (folder / name for name in MODELS)
    alone = cf.read_study(first)
    probe(first)
    read = cf.read_study(first)
    assert read.probes
    assert read.payoff.gain.value > alone.payoff.gain.value
    rows = json.loads(exits("view", str(folder), "--json")[1])["studies"]
    viewed = next(row for row in rows if Path(row["file"]).parent == Path(first))
    compared = json.loads(exits("compare", str(second), str(first), "--json")[1])
    reported = json.loads(exits("report", str(first), "--json")[1])
    assert viewed["pays"] == read.payoff.probability == reported["payoff"]["probability"]
    shown = [each for each in compared["candidates"] if each["name"].startswith("simulated/plateau: fine-tuned")]
    own = [each for each in reported["candidates"] if each["name"].startswith("fine-tuned")]
    assert [each["accuracy"] for each in shown] == pytest.approx([each["accuracy"] for each in own])


def test_a_comparison_has_the_fine_tuned_model_that_was_measured(exits, folder):
    first, second = (folder / name for name in MODELS)
    predicted = json.loads(exits("compare", str(first), str(second), "--json")[1])
    validate(first)
    found = json.loads(exits("compare", str(first), str(second), "--json")[1])
    reported = json.loads(exits("report", str(first), "--json")[1])
    (own,) = (each for each in reported["candidates"] if each["basis"] == "validated")
    (shown,) = (each for each in found["candidates"] if each["basis"] == "validated")
    assert not [each for each in predicted["candidates"] if each["basis"] == "validated"]
    ends = ("accuracy", "low", "high")
    assert [shown[name] for name in ends] == pytest.approx([own[name] for name in ends])
    said = " ".join(exits("compare", str(first), str(second), "--verbose")[1].split())
    assert "The report of simulated/plateau advises its fine-tuned model, measured at 100%" in said
    in_python = cf.compare([cf.read_study(first), cf.read_study(second)])
    assert [each.basis for each in in_python.candidates] == [each["basis"] for each in found["candidates"]]


def test_errors_are_those_of_the_prompt_that_is_to_be_used_with_what_was_measured(exits, folder, monkeypatch):
    monkeypatch.setattr("curvefit.decision.cheaper_prompt.MARGIN", 0.1)  # 4 shots, of 78%, stand in for 8, of 80%
    study = folder / "plateau"
    assert json.loads(exits("errors", str(study), "--json")[1])["prompt"]["shots"] == 4, "the cheaper one"
    validate(study)
    assert json.loads(exits("report", str(study), "--json")[1])["advice"]["cheaper_prompt"] is None
    assert json.loads(exits("errors", str(study), "--json")[1])["prompt"]["shots"] == 8


def test_costs_are_those_of_the_prompt_to_use_with_what_was_measured_also_beside_a_named_probe(
    exits, folder, monkeypatch
):
    monkeypatch.setattr("curvefit.measurement.measurement.UNPRICED", ())  # whose calls would have no price
    study, costs = folder / "plateau", folder / "costs.yaml"
    costs.write_text("calls_per_month: 1000\n")
    record = json.loads((study / "study.json").read_text())
    for shots, usage in zip(record["measurement"]["shots"], record["measurement"]["usage_by_shots"], strict=True):
        usage["usd"] = 0.01 * (1 + shots)
    (study / "study.json").write_text(json.dumps(record))
    probe(study)
    validate(study)
    price = {each.shots: each.usd_per_1000 for each in cf.read_study(study).candidates if each.basis == "measured"}
    for more in ((), ("--probe", str(study))):
        record = json.loads(exits("report", str(study), "--costs", str(costs), "--json", *more)[1])
        assert record["costs"]["prompted_usd_per_1000"] == price[8] > price[4]


def test_the_page_that_a_validation_draws_again_is_that_of_the_report(exits, folder, monkeypatch):
    study, page = folder / "plateau", folder / "plateau" / "report.html"
    monkeypatch.setenv("CURVEFIT_LEDGER", str(folder / "ledger.jsonl"))
    exits("report", str(study))
    probe(study)
    exits("validate", str(study), "-m", "simulated/rising", "--task", "sample_tasks/tickets")
    drawn = page.read_text(encoding="utf-8")
    exits("report", str(study))
    assert "Probe: fine-tuned on 128 examples" in drawn
    assert "as measured of simulated/rising" in drawn
    assert drawn == page.read_text(encoding="utf-8")


def test_a_report_says_which_validation_is_of_other_items_than_its_study_has(exits, folder):
    study = folder / "plateau"
    validate(study)
    assert "left out" not in exits("report", str(study))[2]
    file = study / "validation-mine.json"
    record = json.loads(file.read_text())
    record["measurement"]["items"][0] = "another"
    file.write_text(json.dumps(record))
    _, said, remarks = exits("report", str(study))
    assert "validation-mine.json: left out of the answer: by now the study has other items, or another best" in remarks
    assert "measured;" not in said


@pytest.mark.parametrize("command", ["run", "decide"])
def test_what_a_cap_left_is_said_whole_beside_a_validation_too(exits, folder, command):
    first = folder / MODELS[0]
    asked = [command, "sample_tasks/tickets", "-m", "simulated/plateau", "--items", "30", "--out", str(first)]
    asked += ["--draws", "2", "--retrieved", "1,4"] if command == "run" else []
    asked += ["--margin", "0.1", "--shots", "0,4,8,16,32", "--max-calls", "10", "--json"]
    validate(first)
    status, printed, said = exits(*asked)
    assert (status, [own.model for own in cf.read_study(first).validated]) == (4, ["mine"])
    (step,) = (step for step in json.loads(printed)["advice"]["next_steps"] if step["code"] == "same-again")
    assert f"up to {step['calls']} calls left" in " ".join(said.split())
