"""`curvefit probe` as a user runs it, short of training: that is in tests/workflows/test_local_probe.py."""

from __future__ import annotations

import json
from importlib import import_module
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from curvefit.cli import main as entry
from curvefit.cli.main import EXIT, cli
from curvefit.errors import InputError
from curvefit.models.engine import Engine
from curvefit.tasks.loading import load_task
from curvefit.training import weights


def run(*arguments):
    return CliRunner().invoke(cli, ["probe", *arguments], standalone_mode=False, catch_exceptions=False)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [{"input": f"message number {i} about topic {i * 7919 % 1000}", "output": "abc"[i % 3]} for i in range(120)]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.fixture
def spelled(monkeypatch):
    """The embedded model without its engine: every character is a token."""
    from curvefit.models.local import LocalModel

    monkeypatch.setattr(LocalModel, "tokens", lambda self, prompt, reply: (list(map(ord, prompt)), [1]))


def test_without_the_extra_it_says_what_to_install_in_one_line(folder, monkeypatch, capsys):
    monkeypatch.setattr(weights, "available", lambda: False)
    monkeypatch.setattr("sys.argv", ["curvefit", "probe", "data.jsonl"])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert "pip install 'curvefit[probe]'" in said
    assert said.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == ["data.jsonl"], "nothing was begun"


@pytest.mark.parametrize(
    ("stopped", "said"),
    [
        ("", "--max-minutes 1e-09 was reached; finished passes are kept"),
        ("--max-minutes 1e-09", "--max-minutes 1e-09 was reached before anything was trained; replies are kept"),
    ],
)
def test_minutes_cap_a_training_on_this_machine(folder, spelled, monkeypatch, stopped, said):
    study = SimpleNamespace(curve=SimpleNamespace(stopped=stopped))
    monkeypatch.setattr(weights, "require", lambda: None)
    monkeypatch.setattr("curvefit.cli.probe.measured_first", lambda *given, limits: study)
    import_module("curvefit.workflows.probe_cost")  # first imported here, it would keep what stands in for this test
    monkeypatch.setattr("curvefit.workflows.fine_tuning_probe.beside_probe", lambda *given: None)
    monkeypatch.setattr("curvefit.workflows.local_probe.fine_tune", lambda *given: given[4].progress(1, 2))
    ended = run("data.jsonl", "--n", "16", "--max-minutes", "1e-9")
    assert ended.return_value == EXIT["budget"]
    assert f"{said}; each start has its own cap; continue with: " in ended.stderr


def test_a_dry_run_says_what_it_would_take_and_writes_nothing(folder, spelled, monkeypatch):
    monkeypatch.setattr(weights, "available", lambda: False)
    shown = run("data.jsonl", "--n", "16,32,512", "--seeds", "3", "--dry-run").stdout
    pool, items = (len(side) for side in (load_task("data.jsonl").pool, load_task("data.jsonl").items))
    shots = 2 + (pool.bit_length() - 1)  # 0, 1, 2, 4, ... as far as the pool goes
    assert f"Up to {items * (1 + 5 * (shots - 1)):,} calls: {items} items, {shots} numbers of shots, 5 draws." in shown
    assert "For fewer, run this before: curvefit run data.jsonl -m local/" in shown
    few = run("data.jsonl", "--n", "16", "--items", "12", "--dry-run").stdout
    assert f"Up to {12 * (1 + 5 * (shots - 1)):,} calls: 12 items" in few
    assert "--items 12 --draws 2 --shots 0,1,4,16 --out reports" in few
    assert "trained on 16, 32 examples; 3 seeds; 8 held out" in shown
    assert "fine-tunings             6" in shown
    assert "no training on 512: the pool has only" in shown
    assert "min" in shown
    assert [path.name for path in folder.iterdir()] == ["data.jsonl"]


def test_a_dry_run_for_machines_is_one_object(folder, spelled):
    held = json.loads(run("data.jsonl", "--n", "16,32", "--dry-run", "--json").stdout)
    assert (held["units"], held["done"], held["held_out"], held["n_train"]) == (4, 0, 8, [16, 32])
    assert held["seconds"] > 0
    assert held["notes"] == []


def test_training_here_takes_longer_where_the_machine_is_busy(folder, spelled, exits, monkeypatch):
    monkeypatch.setattr("curvefit.training.trainer.lanes_for", lambda size: 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    said, seconds = {}, {}
    for load in (0.0, 6.0):
        monkeypatch.setattr("os.getloadavg", lambda load=load: (load, 0.0, 0.0), raising=False)
        asked = ("probe", "data.jsonl", "--n", "16,32", "--dry-run")
        said[load], seconds[load] = exits(*asked)[1], json.loads(exits(*asked, "--json")[1])["seconds"]
    assert seconds[6.0] == pytest.approx(4 * seconds[0.0])
    assert "on 2 cores: idle with early ends, to as busy as now with all passes" in said[6.0]
    assert "on 2 cores: with early ends, to all passes" in said[0.0]


def test_a_dry_run_says_how_long_scoring_and_everything_takes(folder, spelled, monkeypatch):
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0), raising=False)
    held = json.loads(run("data.jsonl", "--n", "16,32", "--dry-run", "--json").stdout)
    assert held["calls"] == 4 * 60
    most = held["seconds"] + held["scoring_seconds"][1]
    assert held["all_seconds"][1] > most > held["all_seconds"][0] > held["scoring_seconds"][0] > 0
    shown = run("data.jsonl", "--n", "16,32", "--dry-run").stdout
    said = " to ".join(f"{round(seconds / 60):,}" for seconds in held["all_seconds"])
    assert f"  in all        {f'{said} min':>12}   with the " in shown
    assert f"{held['calls']} calls without examples in the prompt; with them, once prompting is measured" in shown


def test_a_dry_run_tells_machines_which_sizes_are_left_out(folder, spelled):
    held = json.loads(run("data.jsonl", "--n", "16,512", "--dry-run", "--json").stdout)
    assert held["n_train"] == [16]
    (note,) = held["notes"]
    assert note.startswith("no training on 512: the pool has only ")


def test_a_model_that_is_simulated_is_refused(folder):
    from click import UsageError

    with pytest.raises(UsageError, match="is a formula, which cannot be fine-tuned"):
        run("data.jsonl", "-m", "simulated/rising", "--dry-run")


def test_the_study_in_the_folder_decides_items_and_seed(folder, spelled):
    measured = CliRunner().invoke(
        cli, ["run", "data.jsonl", "-m", "simulated/rising", "--shots", "0,1,2", "--draws", "2", "--items", "30",
              "--seed", "5", "--out", "out"], standalone_mode=False, catch_exceptions=False,
    )  # fmt: skip
    assert measured.return_value == 0
    with pytest.raises(InputError, match=r"the study is of the model 'simulated/rising'.*add -m simulated/rising"):
        run("data.jsonl", "--n", "16", "--out", "out", "--dry-run")
    study = folder / "out" / "study.json"
    measured_here = study.read_text().replace('"simulated/rising"', '"local/gemma3-270m"')
    study.write_text(measured_here.replace('"form": "chat"', '"form": "plain"'))
    held = json.loads(run("data.jsonl", "--n", "16", "--items", "10", "--out", "out", "--dry-run", "--json").stdout)
    assert held["items"] == 30
    for given in ("out", "out/study.json"):
        elsewhere = run("data.jsonl", "--n", "16", "--items", "10", "--study", given, "--dry-run", "--json").stdout
        assert json.loads(elsewhere) == held
    with pytest.raises(InputError, match=r"^nowhere: "):
        run("data.jsonl", "--n", "16", "--study", "nowhere", "--dry-run")
    kept = study.read_text()
    study.write_text(kept.replace('"asked": "', '"asked": "before-'))
    with pytest.raises(InputError, match="instruction, scorer or items of the task have changed since the study"):
        run("data.jsonl", "--n", "16", "--out", "out", "--dry-run")
    study.write_text(kept.replace('"items": ["', '"items": ["other-'))
    with pytest.raises(InputError, match="other items"):
        run("data.jsonl", "--n", "16", "--out", "out", "--dry-run")


def test_nothing_of_the_engine_is_loaded_for_help(monkeypatch):
    monkeypatch.setattr(Engine, "__init__", lambda *_: pytest.fail("loaded"))
    assert "Fine-tune for real, here or at a provider" in run("--help").output
