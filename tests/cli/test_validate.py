"""`curvefit validate` and `curvefit backtest --mine` as a user runs them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from curvefit.cli.main import cli
from curvefit.measurement.measurement import Measurement
from curvefit.models.simulated import SimulatedModel
from curvefit.testing.fake_provider import FakeProvider

HOSTED = pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")
KEY = "sk-test-0123456789abcdef"


def run(*arguments):
    return CliRunner().invoke(cli, arguments, standalone_mode=False, catch_exceptions=False)


@pytest.fixture(scope="module")
def measured(tmp_path_factory, draw_nothing):
    """A folder with a task, and a study of it in out/, for tests to copy."""
    made = tmp_path_factory.mktemp("measured")
    rows = [{"input": f"message {i} about {i * 7919 % 1000}", "output": "abc"[i % 3]} for i in range(120)]
    (made / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    design = ["--shots", "0,1,4", "--draws", "2", "--items", "20", "--margin", "0.05"]
    with pytest.MonkeyPatch.context() as here:
        here.chdir(made)
        draw_nothing(here)
        run("run", "data.jsonl", "-m", "simulated/late", *design, "--out", "out")
    return made


@pytest.fixture
def folder(tmp_path, monkeypatch, measured):
    """A working directory with a task, and a study of it in out/."""
    shutil.copytree(measured, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CURVEFIT_LEDGER", str(tmp_path / "ledger.jsonl"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr("curvefit.workflows.ledger.is_made_up", lambda name: False)  # what is simulated stands for one
    return tmp_path


def test_what_came_of_a_made_up_model_is_not_entered(folder, exits, monkeypatch):
    run("validate", "out", "-m", "simulated/rising")
    assert len(ledger(folder)) == 1
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CURVEFIT_LEDGER", str(folder / "ledger.jsonl"))
    told = exits("validate", "out", "-m", "simulated/flat")[2]
    assert "not added to your ledger: the model is made up, to try the tool, and says nothing about a real one" in told
    assert len(ledger(folder)) == 1
    assert "holds no validation yet" in exits("backtest", "--mine")[1], "nor does an older line count"


def target(body):
    """What a fine-tuned model replies: the target, by the number in the question."""
    return "abc"[int(body["messages"][-1]["content"].split()[1]) % 3]


TUNED = ["validate", "out", "-m", "openai/tuned"]


def ledger(folder):
    return [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]


@HOSTED
def test_a_hosted_model_is_asked_with_and_without_examples_and_set_against_the_prediction(folder, exits):
    with FakeProvider(reply=target) as server:
        asked = [*TUNED, "--api-base", server.base, "--n-train", "90"]
        status, shown, told = exits(*asked)
        record = json.loads(exits(*asked, "--json")[1])
        assert (server.traffic.requests, server.traffic.repeats) == (40, 0)
    assert status == 0
    assert "fine-tuned      100%" in shown
    assert "fine-tuning gained accuracy" in shown
    assert "interval predicted for 90 examples" in shown
    assert f"added to your ledger {folder / 'ledger.jsonl'}, which has 1 now" in told
    study = json.loads((folder / "out" / "study.json").read_text())
    assert record["measurement"]["items"] == study["measurement"]["items"]
    assert record["gain"]["value"] == pytest.approx(1 - max(point["accuracy"] for point in study["points"]))
    assert {line["n_train"] for line in ledger(folder)} == {90}
    (together,) = record["together"]
    best = max(study["points"][1:], key=lambda point: point["accuracy"])
    assert (together["shots"], together["retrieved"], together["accuracy"]) == (best["shots"], False, 1.0)
    assert together["over_weights"]["value"] == 0.0
    assert f"accuracy, fine-tuned and shown {best['shots']} example" in shown
    kinds = sorted(path.suffix for path in (folder / "out").glob("validation-*"))
    assert kinds == [".html", ".json", ".png", ".png", ".svg"]
    (page,) = (folder / "out").glob("validation-*.html")
    assert "Of 20 items training mends" in page.read_text()
    assert "<dt>fine-tuned</dt>" in page.read_text(), "the replies are there"
    assert "as measured of openai/tuned" in (folder / "out" / "report.html").read_text()
    for path in (folder / "ledger.jsonl", *(folder / "out").glob("validation-*")):
        assert KEY not in path.read_bytes().decode(errors="replace")


@HOSTED
def test_replies_that_were_kept_before_a_price_was_stated_cost_what_it_says(folder, exits):
    with FakeProvider(reply=target) as server:
        asked = [*TUNED, "--api-base", server.base, "--json"]
        before, after = (json.loads(exits(*asked, *price)[1]) for price in ((), ("--price", "3,6")))
        assert server.traffic.requests == 40, "none is sent twice"
    assert before["usd_per_1000"] is before["usage"]["usd"] is None
    usage = after["usage"]
    assert usage["usd"] == pytest.approx((3 * usage["prompt_tokens"] + 6 * usage["completion_tokens"]) / 1e6)
    assert 0 < after["usd_per_1000"] < 1000 * usage["usd"] / usage["calls"], "without examples in the prompt it is less"


@HOSTED
def test_an_item_that_gets_no_reply_is_left_out_and_said(folder, exits):
    with FakeProvider(script=["filtered"], reply=target) as server:
        status, shown, _ = exits(*TUNED, "--api-base", server.base, "--json")
    record = json.loads(shown)
    assert (status, record["missing"], record["fine_tuned"]["n_items"]) == (5, 1, 19)
    assert len(ledger(folder)) == 1


@HOSTED
def test_a_model_that_fails_is_one_line_and_nothing_is_entered(folder, exits):
    with FakeProvider(script=["denied"] * 40) as server:
        status, shown, told = exits(*TUNED, "--api-base", server.base)
    assert (status, shown) == (1, "")
    assert told.startswith("curvefit: ")
    assert told.count("\n") == 1
    assert KEY not in told
    assert not (folder / "ledger.jsonl").exists()
    assert not list((folder / "out").glob("validation-*"))


@HOSTED
def test_at_a_cap_it_says_how_to_continue_and_enters_nothing_until_all_is_asked(folder, exits):
    with FakeProvider(reply=target) as server:
        asked = [*TUNED, "--api-base", server.base]
        status, _, told = exits(*asked, "--max-calls", "5")
        assert (status, server.traffic.requests) == (4, 5)
        assert "not added to your ledger: not all items were measured" in told
        assert "stopped at --max-calls 5, with up to 35 calls left" in told
        assert told.rstrip().endswith("--max-calls 35"), "the same cap might stop it again"
        assert not (folder / "ledger.jsonl").exists()
        status, text, told = exits(*asked, "--max-calls", "20")  # 20 items without examples, then some with them
        assert (status, "fine-tuned and shown" in text) == (4, False), "5 of 20 items are no measurement"
        assert told.rstrip().endswith("--max-calls 20"), "which is enough for what is left"
        status, text, _ = exits(*asked, "--max-calls", "8")
        assert (status, ", on 13 of 20 items" in text) == (4, True)
        assert exits(*asked)[0] == 0
        written = json.loads(next((folder / "out").glob("validation-*.json")).read_text())
        assert written["usage"]["calls"] == 40, "without examples in the prompt, and with them"
        assert (server.traffic.requests, server.traffic.repeats) == (40, 0)
    assert len({entry["key"] for entry in ledger(folder)}) == 1, "it counts once"


@HOSTED
def test_a_cap_that_leaves_nothing_to_compare_says_so_and_how_to_continue(folder, exits):
    with FakeProvider(reply=target) as server:
        status, shown, told = exits(*TUNED, "--api-base", server.base, "--max-calls", "1")
        assert (status, shown, server.traffic.requests) == (4, "", 1)
        assert "nothing to compare yet: a paired comparison needs two items" in told
        assert "with up to 39 calls left" in told
        assert exits(*TUNED, "--api-base", server.base)[0] == 0
        assert (server.traffic.requests, server.traffic.repeats) == (40, 0)


KILLED = """
import os, signal, sys
from curvefit.cli.main import main
from curvefit.models.simulated import SimulatedModel
answer, count = SimulatedModel.complete, [0]
async def complete(self, request):
    count[0] += 1
    if count[0] == 8:
        os.kill(os.getpid(), signal.SIGKILL)
    return await answer(self, request)
SimulatedModel.complete = complete
sys.argv = ["curvefit", "validate", "out", "-m", "simulated/rising"]
main()
"""


def test_killed_it_goes_on_where_it_was(folder, monkeypatch):
    env = {"PYTHONPATH": str(Path(__file__).parents[2]), "CURVEFIT_LEDGER": str(folder / "ledger.jsonl")}
    ended = subprocess.run([sys.executable, "-c", KILLED], env=env, check=False, capture_output=True)
    assert ended.returncode == -9
    assert not (folder / "ledger.jsonl").exists()
    answer, asked = SimulatedModel.complete, []

    async def counted(self, request):
        asked.append(request)
        return await answer(self, request)

    monkeypatch.setattr(SimulatedModel, "complete", counted)
    assert run("validate", "out", "-m", "simulated/rising").return_value == 0
    assert len(asked) == 40 - 7
    assert len(ledger(folder)) == 1


def test_interrupted_it_says_how_to_continue(folder, exits, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("curvefit.workflows.validation.score_fine_tuned", interrupted)
    status, _, told = exits("validate", "out", "-m", "simulated/rising")
    assert (status, "continue with: curvefit validate out" in told) == (130, True)


def test_an_adapter_is_part_of_who_answered(folder, exits, monkeypatch):
    """Without the engine, which tests/workflows/test_local_probe.py has."""
    asked = []

    def never_asked(task, design, model, **_):
        asked.append((model.form, model._adapter, design.shots[0] > 0))
        items = tuple(item.id for item in task.items)
        scores = np.arange(len(items), dtype=float).reshape(1, 1, -1) % 2
        return Measurement(shots=np.array(design.shots), scores=scores, items=items, model=model.name)

    monkeypatch.setattr("curvefit.workflows.validation.measure", never_asked)
    monkeypatch.setattr("curvefit.models.engine.version", lambda: "0")
    for unit in ("n32", "n128"):
        (folder / unit).mkdir()
        (folder / unit / "adapter.gguf").write_text(unit)
        arguments = ["out", "-m", "local/gemma3-270m", "--adapter", f"{unit}/adapter.gguf"]
        record = json.loads(exits("validate", *arguments, "--json")[1])
        assert record["fine_tuned_model"] == f"local/gemma3-270m with {unit}/adapter.gguf"
    assert asked == [
        ("chat", Path(f"{unit}/adapter.gguf"), shown) for unit in ("n32", "n128") for shown in (False, True)
    ]
    assert len({line["key"] for line in ledger(folder)}) == 2


def test_a_dry_run_says_what_it_would_take_and_asks_and_writes_nothing(folder, exits):
    before = sorted(path.name for path in (folder / "out").iterdir())
    status, shown, _ = exits("validate", "out", "-m", "simulated/rising", "--dry-run")
    assert (status, "shots 0; 1 draw; 20 of 20 items" in shown) == (0, True)
    held = json.loads(exits("validate", "out", "-m", "simulated/rising", "--dry-run", "--json")[1])
    assert (held["calls"], held["done"], held["items"]) == (20, 0, 20)
    assert [(each["calls"], each["draws"]) for each in held["together"]] == [(20, 1)]
    assert "of the pool in its prompt:" in shown
    assert sorted(path.name for path in (folder / "out").iterdir()) == before
    run("validate", "out", "-m", "simulated/rising")
    held = json.loads(exits("validate", "out", "-m", "simulated/rising", "--dry-run", "--json")[1])
    assert (held["calls"], held["done"]) == (0, 20)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["out"], 2, "--model"),
        (["out", "-m", "simulated/late"], 2, "is the model the study prompted"),
        (["out", "-m", "simulated/rising", "--adapter", "data.jsonl"], 2, "--adapter goes with a model that runs here"),
        (["out", "-m", "local/gemma3-270m", "--adapter", "none.gguf"], 2, "none.gguf"),
        (["out", "-m", "simulated/rising", "--n-train", "0"], 2, "--n-train"),
        (["nowhere", "-m", "simulated/rising"], 1, "nowhere: No such file or directory; a study's folder or its"),
        (["data.jsonl", "-m", "simulated/rising"], 1, "; a study's folder or its study.json is expected"),
        (["out", "-m", "simulated/none"], 1, "simulated/plateau"),
        (["out", "-m", "simulated/rising", "--task", "none.jsonl"], 1, "none.jsonl: does not exist"),
    ],
)
def test_a_mistake_is_said_and_nothing_is_entered(folder, exits, arguments, status, said):
    found, shown, told = exits("validate", *arguments)
    assert (found, shown) == (status, "")
    assert said in told
    assert "Traceback" not in told
    assert not (folder / "ledger.jsonl").exists()


def test_a_study_of_a_table_cannot_be_validated(folder, exits):
    (folder / "means.csv").write_text("shots,accuracy\n1,0.3\n4,0.5\n")
    run("fit", "means.csv", "--out", "fitted")
    status, _, told = exits("validate", "fitted", "-m", "simulated/rising")
    assert (status, "made from scores measured elsewhere" in told) == (1, True)


def test_a_task_that_changed_is_one_line(folder, exits):
    rows = (folder / "data.jsonl").read_text().replace("about", "on")
    (folder / "data.jsonl").write_text(rows)
    status, _, told = exits("validate", "out", "-m", "simulated/rising")
    assert status == 1
    assert told.startswith("curvefit: out/study.json: instruction, scorer or items of the task have changed")
    assert told.count("\n") == 1


def test_the_prediction_fares_as_the_ledger_says(folder, exits):
    assert "holds no validation yet: curvefit validate" in exits("backtest", "--mine")[1]
    for model in ("simulated/rising", "simulated/rising", "simulated/flat"):
        run("validate", "out", "-m", model)
    status, shown, _ = exits("backtest", "--mine")
    assert status == 0
    assert shown.count("chance of a gain") == 2, "the same model counts once"
    assert "2 validations" in shown
    assert "1 task: too few to tell" in shown
    record = json.loads(exits("backtest", "--mine", "--json")[1])
    assert record["track"]["advantage"]["low"] is None
    assert (len(record["track"]["cases"]), record["track"]["enough"], record["unreadable"]) == (2, False, 0)


def test_a_corrupt_line_of_the_ledger_is_named_and_the_rest_is_scored(folder, exits):
    run("validate", "out", "-m", "simulated/rising")
    with (folder / "ledger.jsonl").open("a") as file:
        file.write("\x1b[31m{\n")
    run("validate", "out", "-m", "simulated/flat")
    status, shown, told = exits("backtest", "--mine")
    assert (status, shown.count("chance of a gain")) == (5, 2)
    assert f"{folder / 'ledger.jsonl'}:2: " in told
    assert told.count("\n") == 1
    assert "\x1b" not in told + shown


def test_a_ledger_that_cannot_be_written_costs_no_result(folder, exits, monkeypatch):
    monkeypatch.setenv("CURVEFIT_LEDGER", str(folder))
    status, shown, told = exits("validate", "out", "-m", "simulated/rising")
    assert status == 0
    assert "data on simulated/rising: " in shown
    assert f"not added to your ledger: {folder}: Is a directory; set CURVEFIT_LEDGER to another file\n" in told


def test_a_study_of_no_known_kind_is_validated_but_not_entered(folder, exits):
    rewrite(folder, lambda record: record.update(kind="", payoff=None))
    status, shown, told = exits("validate", "out", "-m", "simulated/rising")
    assert (status, "Nothing was predicted" in shown) == (0, True)
    assert "not added to your ledger: there is no prediction" in told
    assert not (folder / "ledger.jsonl").exists()


def rewrite(folder, change):
    """Edit the prediction that the study's file holds."""
    path = folder / "out" / "study.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def test_fact_is_set_against_the_prediction_the_study_gave_whatever_would_be_predicted_now(folder, exits):
    def older(record):
        record["payoff"] |= {"gain": {"value": 0.111, "low": -0.222, "high": 0.444, "level": 0.9}, "probability": 0.55}

    rewrite(folder, older)
    status, shown, _ = exits("validate", "out", "-m", "simulated/rising", "--verbose")
    assert (status, "11.1 points" in " ".join(shown.split())) == (0, True)
    assert "This prediction is new" not in shown
    (entry,) = ledger(folder)
    assert entry["predicted"] == {"value": 0.111, "low": -0.222, "high": 0.444, "level": 0.9}
    assert (entry["probability"], entry["n_train_stated"]) == (0.55, False)
    _, shown, _ = exits("validate", "out", "-m", "simulated/rising", "--n-train", "7", "--verbose")
    assert "This prediction is new, for the --n-train you gave" in " ".join(shown.split())
    entry = ledger(folder)[-1]
    assert (entry["n_train"], entry["n_train_stated"]) == (7, True)
    assert entry["predicted"]["value"] != 0.111


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda payoff: payoff.pop("probability"), "probability: is missing"),
        (lambda payoff: payoff["gain"].update(value=7), "gain.value: 7 cannot be used; needs at most 1"),
        (
            lambda payoff: payoff.update(probability=None),
            "probability: None cannot be used; needs a number",
        ),
        (lambda payoff: payoff.update(n_train=True), "n_train: True cannot be used; needs a whole number"),
        (lambda payoff: payoff.update(gain=[1]), "cannot be used"),
    ],
)
def test_a_prediction_that_cannot_be_read_is_one_line(folder, exits, change, said):
    rewrite(folder, lambda record: change(record["payoff"]))
    status, shown, told = exits("validate", "out", "-m", "simulated/rising")
    assert (status, shown) == (1, "")
    assert told.startswith("curvefit: out/study.json: payoff")
    assert said in told
    assert told.count("\n") == 1


def test_unrelated_tasks_in_files_of_one_name_are_two_tasks(folder, exits):
    run("validate", "out", "-m", "simulated/rising")
    (folder / "data.jsonl").write_text((folder / "data.jsonl").read_text().replace("message", "question"))
    run("run", "data.jsonl", "-m", "simulated/late", "--shots", "0,1,4", "--items", "20", "--out", "other")
    run("validate", "other", "-m", "simulated/rising")
    assert "2 tasks: too few to tell" in exits("backtest", "--mine")[1]


def test_what_came_is_in_the_ledger_even_if_nobody_reads_what_is_printed(folder, monkeypatch):
    def gone(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr("curvefit.report.validation_report.validation_summary", gone)
    with pytest.raises(BrokenPipeError):
        run("validate", "out", "-m", "simulated/rising@1", "--n-train", "90")
    assert len(ledger(folder)) == 1
