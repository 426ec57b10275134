"""`curvefit errors` from a real folder: text, one object, one line an item."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest

from curvefit.measurement.measure import measure
from curvefit.models.simulated import parse
from curvefit.report.study_files import write_study
from curvefit.study import analyze
from curvefit.tasks.loading import load_task
from curvefit.trials.design import Design


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    made = tmp_path_factory.mktemp("measured")
    task = load_task("sample_tasks/tickets")
    curve = measure(
        task, Design((0, 4), 2, 30, ordered_by="place"), parse("simulated/rising"), journal=made / "journal.sqlite"
    )
    write_study(analyze(curve), made)
    return made


@pytest.fixture
def folder(tmp_path, measured):
    """A study and its journal, in a folder of a test's own."""
    shutil.copytree(measured, tmp_path, dirs_exist_ok=True)
    return str(tmp_path)


def test_errors_says_what_is_missed_in_text_as_json_and_line_by_line(exits, folder):
    status, text, _ = exits("errors", folder)
    assert status == 0
    record = json.loads(exits("errors", folder, "--json")[1])
    assert f"; {record['missed']} in at least one, listed here:" in " ".join(text.split())
    assert sum(record["counts"].values()) == record["missed"] > 0
    lines = [json.loads(line) for line in exits("errors", folder, "--jsonl")[1].splitlines()]
    assert lines == record["failures"]
    assert all(line["place"].startswith("items.jsonl:") for line in lines)


def test_a_probe_beside_the_study_is_read_and_one_of_something_else_is_left_out_in_one_line(exits, folder, tmp_path):
    record = json.loads((Path(__file__).parents[1] / "report/version_0_1_0/probed/probe.json").read_text())
    (tmp_path / "probe.json").write_text(json.dumps(record))
    status, out, err = exits("errors", folder)
    assert (status, err.count("\n")) == (0, 1)
    assert "the probe beside the study does not count: " in err
    assert " mends " not in " ".join(out.split())
    status, out, err = exits("errors", folder, "--probe", folder)
    assert (status, out, err.count("\n")) == (1, "", 1)
    study = json.loads((tmp_path / "study.json").read_text())
    record.update(task=study["task"], model=study["model"])
    items = [item["id"] for item in json.loads(exits("errors", folder, "--json")[1])["failures"]]
    record["measurement"] = {
        "n_train": [0, 128],
        "scores": [[[0.0] * len(items)], [[1.0] * len(items)]],
        "items": items,
    }
    (tmp_path / "probe.json").write_text(json.dumps(record))
    training = json.loads(exits("errors", folder, "--json")[1])["training"]
    assert (training["n_train"], training["items"], training["broken"]) == (128, len(items), 0)
    assert training["mended"] > 0 == training["wrong"]


def test_errors_and_check_name_the_same_targets_and_where_the_seed_is_another_how_check_splits_alike(
    exits, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    words = {"billing": "invoice charge refund card", "tech": "crash error bug login", "sales": "price quote buy deal"}
    filler, rng = (
        ["please", "help", "me", "with", "my", "order", "today", "now", "thanks", "hello", "team"],
        random.Random(3),
    )
    names = [name for _ in range(80) for name in words]
    told = [" ".join(rng.sample(words[name].split(), 2) + rng.sample(filler, 3)) for name in names]
    rows = [{"input": f"{text} {n}", "output": name} for n, (name, text) in enumerate(zip(names, told, strict=True))]
    wrong = (7, 101, 160, 200, 221)
    for n in wrong:
        rows[n]["output"] = names[n + 1]
    Path("d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    targets, said = set(), []
    for seed in (0, 7):
        folder = tmp_path / f"by-{seed}"
        task = load_task("d.jsonl", seed=seed)
        curve = measure(task, Design((0, 1), 1, 20, seed), parse("simulated/rising"), journal=folder / "journal.sqlite")
        write_study(analyze(curve), folder)
        found = json.loads(exits("errors", str(folder), "--json")[1])["suspects"]
        targets.add(tuple(one["place"] for one in found if one["basis"] == "classifier"))
        said.append(exits("errors", str(folder))[1])
    findings = json.loads(exits("check", "d.jsonl", "--json")[1])["findings"]
    (named,) = (finding["values"]["rows"] for finding in findings if finding["code"] == "target-doubtful")
    assert targets == {tuple(named)}
    assert 3 <= len(named) <= len(wrong)
    assert "by seed" not in said[0]
    assert "Seed 7 split items from pool, as in: curvefit check d.jsonl --seed 7" in said[1]


def test_errors_without_a_journal_is_one_line_that_says_what_to_do(exits, folder, tmp_path):
    (tmp_path / "journal.sqlite").unlink()
    status, out, err = exits("errors", folder)
    assert (status, out, err.count("\n")) == (1, "", 1)
    command = "curvefit run sample_tasks/tickets -m simulated/rising --shots 0,4 --draws 2 --items 30"
    assert f"run the study's command again: {command} --form chat --margin 0.02 --out {folder}\n" in err
    study = tmp_path / "study.json"
    study.write_text(study.read_text().replace('"simulated/rising"', '"openai/gpt"'))
    assert exits("errors", folder)[2].endswith("run the study's command again\n"), "at which address nobody knows"
