"""`curvefit probe` of a hosted model as a user runs it, on a server that follows the published protocol."""

from __future__ import annotations

import json
import math
import os
import re
import shlex
import signal
import subprocess
import sys

import pytest
from click import UsageError
from click.testing import CliRunner

from curvefit.cli.main import EXIT, cli
from curvefit.errors import InputError
from curvefit.models.trainable import JobStatus, TrainableModel
from curvefit.report.wording import dollars
from curvefit.testing.fake_training_provider import FakeTrainingProvider

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning"),
    pytest.mark.usefixtures("plain_pictures"),
    pytest.mark.slow,
]

KEY = "sk-test-0123456789abcdef"
PRICED = ("--usd-per-million-trained", "3", "--price", "0.5,1")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("CURVEFIT_LEDGER", str(tmp_path / "ledger.jsonl"))
    rows = [{"input": f"message number {i} about topic {i * 7919 % 1000}", "output": "abc"[i % 3]} for i in range(90)]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def reply(body):
    number = int(body["messages"][-1]["content"].split()[2])
    return "abc"[number % 3] if body["model"].startswith("ft:") else "a"


def words(server, *more):
    named = ["probe", "data.jsonl", "-m", "openai/any", "--api-base", server.base, "--out", "out"]
    return [*named, "--n", "10,20", "--items", "8", *more]


def run(server, *more):
    return CliRunner().invoke(cli, words(server, *more), standalone_mode=False, catch_exceptions=False)


def test_a_dry_run_says_what_it_can_cost_and_sends_nothing(folder):
    with FakeTrainingProvider(reply=reply) as server:
        shown = run(server, "--dry-run").stdout
        told = json.loads(run(server, "--dry-run", "--json", *PRICED).stdout)
        assert (server.requests.total(), server.traffic.requests) == (0, 0)
    assert "trained by its provider on 10, 20 examples; 1 seed; 3 passes; 8 items" in shown
    assert "the price of training is not known: give --usd-per-million-trained" in shown
    assert "curvefit plan data.jsonl -m openai/any --api-base" in shown
    assert "--shots 0,1,2,4,8,16,32" in shown
    assert (told["jobs"], told["done"], told["calls"], told["epochs"]) == (2, 0, 16, 3)
    assert told["most_usd"] == pytest.approx(told["training_usd"] + told["scoring_usd"])
    assert told["training_usd"] == pytest.approx(told["tokens"] * 3e-6)
    assert [path.name for path in folder.iterdir()] == ["data.jsonl"]


def test_a_dry_run_takes_the_price_of_training_from_the_list_and_says_from_where(folder, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    named = ["probe", "data.jsonl", "-m", "openai/gpt-4o-mini-2024-07-18", "--out", "out", "--n", "10,20", "--dry-run"]
    shown = CliRunner().invoke(cli, named, standalone_mode=False, catch_exceptions=False).stdout
    told = json.loads(CliRunner().invoke(cli, [*named, "--json"], standalone_mode=False).stdout)
    assert told["training_usd"] == told["training_least_usd"] == pytest.approx(told["tokens"] * 3e-6)
    assert (told["listed"]["usd_per_million"], told["listed"]["read"]) == ([3.0, 3.0], "2026-05-07")
    assert "at most, by curvefit's list of prices\n" in shown
    assert "! openai gpt-4o-mini: prices of 2026-05-07, by" in shown
    assert "OpenAI takes jobs only from organisations that fine-tuned" in " ".join(shown.split())
    stated = CliRunner().invoke(cli, [*named, "--json", "--usd-per-million-trained", "5"], standalone_mode=False).stdout
    assert json.loads(stated)["listed"] is None
    assert json.loads(stated)["training_usd"] == pytest.approx(told["tokens"] * 5e-6)


def test_what_hosting_takes_while_it_is_scored_is_named_where_the_sum_leaves_it_out(folder, monkeypatch, exits):
    monkeypatch.setenv("AZURE_API_BASE", "http://127.0.0.1:1")
    named = ["probe", "data.jsonl", "-m", "azure/gpt-4o", "--out", "out", "--n", "10,20", "--dry-run"]
    status, shown, told = exits(*named)
    assert status == 0, told
    (total,) = (line for line in shown.splitlines() if line.startswith("  all "))
    assert total.endswith(
        "at most; without hosting, $1.70 to $2.04 an hour for each fine-tuned model while it is deployed"
    )
    assert json.loads(exits(*named, "--json")[1])["hosting_not_counted"] == {"low": 1.7, "high": 2.04, "per": "hour"}
    openai = [word.replace("azure/gpt-4o", "openai/gpt-4o-mini-2024-07-18") for word in named]
    assert "hosting" not in exits(*openai)[1]


def test_the_whole_way_within_a_cap(folder, monkeypatch):
    monkeypatch.setattr("sys.argv", ["curvefit", "probe", "data.jsonl", "--max-usd", "1"])
    with FakeTrainingProvider(reply=reply) as server:
        done = run(server, *PRICED, "--max-usd", "1")
        assert sorted(server.paid.values()) == [1, 1]
        again = run(server, *PRICED, "--max-usd", "1")
        assert server.requests["POST jobs"] == 2
    assert (done.return_value, again.return_value) == (EXIT["done"], EXIT["done"])
    assert "prompting is measured first" in done.stderr
    assert "1/2: 10 examples, seed 0: accuracy 100%; openai/ft:any:fake:cf-" in done.stderr
    assert "data on openai/any: fine-tuning gains accuracy." in done.stdout
    assert "(2 already made)" in again.stderr
    record = json.loads((folder / "out" / "probe.json").read_text())
    assert (
        "<span>data.jsonl</span> <span>--max-usd</span> <span>1</span></pre>"
        in (folder / "out" / "probe.html").read_text()
    ), "the command that made it, with its cap"
    assert "added to your ledger" in done.stderr
    entered = [json.loads(entry) for entry in (folder / "ledger.jsonl").read_text().splitlines()]
    assert [(entry["n_train"], entry["fine_tuned"].startswith("openai/ft:any")) for entry in entered] == [
        (20, True)
    ] * 2
    assert len({entry["key"] for entry in entered}) == 1, "one case, however often it is looked at"
    assert [unit["n_train"] for unit in record["units"]] == [10, 20]
    assert [path for path in folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()] == []


UNDRAWN = """
from curvefit.report import figure
figure.pictures = lambda study: figure.Pictures("<svg ></svg>", b"light", b"dark", "<svg ></svg>")
from curvefit.cli.main import main
main()
"""


@pytest.mark.parametrize("moment", ["after POST jobs"])  # the others: tests/workflows/test_remote_probe.py
def test_killed_for_real_the_same_command_goes_on_and_nothing_is_paid_twice(folder, moment):
    with FakeTrainingProvider(reply=reply) as server:

        def kill(now):
            if now == moment:
                os.kill(child.pid, signal.SIGKILL)

        server.notice = kill
        child = subprocess.Popen([sys.executable, "-c", UNDRAWN, *words(server)], stderr=subprocess.DEVNULL)
        assert child.wait(60) == -signal.SIGKILL
        server.notice = None
        made = server.requests["POST jobs"]
        assert run(server).return_value == EXIT["done"]
        assert sorted(server.paid.values()) == [1, 1]
        assert server.requests["POST jobs"] == 2
    assert made == {"after POST files": 0, "after POST jobs": 1, "after GET jobs/id": 2}[moment]


def test_interrupted_it_says_that_jobs_go_on_how_to_go_on_and_how_to_end_them(folder, monkeypatch):
    with FakeTrainingProvider(looks=3, reply=reply) as server:
        monkeypatch.setattr("sys.argv", ["curvefit", *words(server)])
        with monkeypatch.context() as patched:
            patched.setattr(TrainableModel, "job_status", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            stopped = run(server)
        assert sorted(server.paid.values()) == [1, 1]
        ended = run(server, "--cancel")
        assert not server.paid
        nothing = run(server, "--cancel")
    assert stopped.return_value == EXIT["interrupted"]
    assert "jobs that were made go on at the provider; follow them with: curvefit probe data.jsonl" in stopped.stderr
    assert stopped.stderr.rstrip().endswith("--items 8 --cancel")
    assert ended.stdout.split() == ["ftjob-2", "cancelled", "ftjob-4", "cancelled"]
    assert nothing.stdout == "no job of this probe runs\n"


def test_what_a_provider_calls_its_jobs_is_shown_without_control_characters(folder, monkeypatch):
    hostile = JobStatus("ftjob\x1b]0;owned\x07\nftjob-9", "cancelled")
    monkeypatch.setattr("curvefit.workflows.remote_probe.cancel_jobs", lambda *_: [hostile])
    with FakeTrainingProvider() as server:
        shown = run(server, "--cancel").stdout
    assert len(shown.splitlines()) == 1
    assert shown.isascii()
    assert shown.rstrip("\n").isprintable()


def test_a_cap_that_leaves_out_a_size_ends_with_what_there_is(folder):
    with FakeTrainingProvider(reply=reply) as server:
        run(server, "--n", "10", "--usd-per-million-trained", "0", "--price", "0.5,1")  # the study, and the small one
        told = json.loads(run(server, *PRICED, "--dry-run", "--json").stdout)
        cap = str(told["training_usd"] * 0.5)
        stopped = run(server, *PRICED, "--max-usd", cap)
        assert list(server.paid.values()) == [1]
    assert stopped.return_value == EXIT["budget"]
    assert "stopped at --max-usd" in stopped.stderr
    assert "trained on 10 examples" in stopped.stdout


def finished_by(stopped):
    """The words that are printed to finish it."""
    return shlex.split(stopped.stderr.splitlines()[-1].partition("; finish with: ")[2])


def test_at_its_cap_it_says_what_it_refused_asks_only_what_counts_and_prints_what_finishes_it(folder, monkeypatch):
    dear = ("--usd-per-million-trained", "1000", "--price", "0.5,1")
    with FakeTrainingProvider(reply=reply) as server:
        asked = ["run", *words(server)[1:8], "--items", "8", "--shots", "0,1", "--draws", "1"]
        CliRunner().invoke(cli, asked, standalone_mode=False, catch_exceptions=False)
        told = json.loads(run(server, *dear, "--dry-run", "--json").stdout)
        cap = f"{round(told['training_usd'] * 0.6, 1):g}"
        monkeypatch.setattr("sys.argv", ["curvefit", *words(server, *dear, "--max-usd", cap)])
        before = server.traffic.requests
        stopped = run(server, *dear, "--max-usd", cap)
        assert list(server.paid.values()) == [1]
        assert server.traffic.requests - before == 8 + 8, "what shows 20, and the model of 10 without examples"
        left = json.loads(run(server, *dear, "--dry-run", "--json").stdout)
        assert f"20 examples, seed 0: no job made: --max-usd {cap} leaves too little; with its " in stopped.stderr
        again = finished_by(stopped)
        most = f"{math.ceil(100 * left['most_usd']) / 100:.2f}"
        assert again[again.index("--max-usd") + 1] == most
        assert f"stopped at --max-usd {cap}, with up to ${most} left to pay; replies so far are" in stopped.stderr
        done = CliRunner().invoke(cli, again[1:], standalone_mode=False, catch_exceptions=False)
        assert sorted(server.paid.values()) == [1, 1]
    assert (stopped.return_value, done.return_value) == (EXIT["budget"], EXIT["done"])
    assert "fine-tuned and shown 1 example" in " ".join(done.stdout.split())


@pytest.mark.parametrize("beside", [True, False])
def test_all_that_was_paid_is_said_wherever_a_price_is(folder, monkeypatch, exits, beside):
    """Also what the fine-tuned model was asked with examples; not what its study had asked, where that is at hand."""
    price = ("--price", "500,1000")
    with FakeTrainingProvider(reply=reply) as server:
        asked = ["run", *words(server)[1:8], "--items", "8", "--shots", "0,1", "--draws", "1", *price]
        assert exits(*asked)[0] == 0
        before = server.traffic.requests
        out = () if beside else ("--out", "elsewhere", "--study", "out")
        status, shown, _ = exits(*words(server, "--usd-per-million-trained", "1000", *price, *out))
        calls = server.traffic.requests - before
        name = json.loads((folder / ("out" if beside else "elsewhere") / "probe.json").read_text())["units"][1]["model"]
        assert exits("validate", "out", "-m", f"openai/{name}", "--api-base", server.base, *price)[0] == 0
    assert (status, calls) == (0, 2 * 8 + 8 + 8 + (0 if beside else 8))
    record = json.loads((folder / ("out" if beside else "elsewhere") / "probe.json").read_text())
    paid, training = record["paid"], sum(unit["usd"] for unit in record["units"])
    assert record["usage"]["calls"] == calls
    assert paid["training_usd"] == pytest.approx(training)
    assert paid["usd"] == pytest.approx(record["usage"]["usd"] + training)
    said = (
        f"{dollars(paid['usd'])}: {dollars(training)} for training and {dollars(paid['calls_usd'])} for {calls} calls"
    )
    assert f"It cost {said}." in " ".join(shown.split())
    page = (folder / ("out" if beside else "elsewhere") / "probe.html").read_text()
    assert f"<dt>Price</dt><dd>{said}</dd>" in re.sub(r"\s*\n\s*", "", page)
    listed = " ".join(exits("view", ".")[1].split())
    (study,) = json.loads(exits("view", ".", "--json")[1])["studies"]
    if beside:  # whose replies the validation of its model took
        assert f", 16 calls; {dollars(paid['usd'])} for its probe;" in listed
        assert {result["kind"]: result["usd"] for result in study["results"]}["probe"] == paid["usd"]
    else:
        assert f", 16 calls; {dollars(study['results'][0]['usd'])} for its validation;" in listed


@pytest.mark.parametrize("unit", ["usd", "calls", "tokens"])
def test_a_cap_too_small_for_any_job_says_what_was_paid_and_prints_what_finishes_it(folder, monkeypatch, unit):
    dear = ("--usd-per-million-trained", "1000", "--price", "0.5,1")
    with FakeTrainingProvider(reply=reply) as server:
        asked = ["run", *words(server)[1:8], "--items", "8", "--shots", "0,1", "--draws", "1"]
        CliRunner().invoke(cli, asked, standalone_mode=False, catch_exceptions=False)
        out = ("--out", "elsewhere", "--study", "out")
        told = json.loads(run(server, *dear, *out, "--dry-run", "--json").stdout)
        assert told["calls"] == 8 + 8 + 2 * 8 + 8, "the untrained model too, whose replies are in another folder"
        cap = {"usd": "0.1", "calls": "10", "tokens": "2000"}[unit]
        monkeypatch.setattr("sys.argv", ["curvefit", *words(server, *dear, *out, f"--max-{unit}", cap)])
        before = server.traffic.requests
        stopped = run(server, *dear, *out, f"--max-{unit}", cap)
        assert (stopped.return_value, server.traffic.requests - before, len(server.paid)) == (EXIT["budget"], 8, 0)
        said = " ".join(stopped.stderr.split())
        assert (
            f"--max-{unit} {cap} leaves too little to train on 10 examples and score that, which costs up to $" in said
        )
        assert "no job was made: allow more, or take a smaller --n; this start had 8 calls answered, for $0.000" in said
        done = CliRunner().invoke(cli, finished_by(stopped)[1:], standalone_mode=False, catch_exceptions=False)
        assert sorted(server.paid.values()) == [1, 1]
        assert server.traffic.requests - before == told["calls"]
    assert done.return_value == EXIT["done"]


@pytest.mark.parametrize("given", [("--max-usd", "1"), ("--epochs", "2"), ("--cancel",)])
def test_what_is_for_a_provider_is_refused_for_a_model_that_is_trained_here(folder, given):
    with pytest.raises(UsageError, match=f"is fine-tuned here, and nothing is bought; leave {given[0]} out"):
        CliRunner().invoke(cli, ["probe", "data.jsonl", *given], standalone_mode=False, catch_exceptions=False)


def test_a_validation_of_what_a_probe_had_trained_is_the_same_case_in_the_ledger(folder):
    with FakeTrainingProvider(reply=reply) as server:
        run(server)
        name = json.loads((folder / "out" / "probe.json").read_text())["units"][1]["asked_as"]
        asked = ["validate", "out", "-m", name, "--api-base", server.base, "--n-train", "20"]
        before = server.traffic.requests
        done = CliRunner().invoke(cli, asked, standalone_mode=False, catch_exceptions=False)
        assert server.traffic.requests == before, "all of it was asked by the probe"
    assert done.return_value == EXIT["done"]
    keys = {json.loads(entry)["key"] for entry in (folder / "ledger.jsonl").read_text().splitlines()}
    assert len(keys) == 1


@pytest.mark.parametrize("price", ["nan", "inf"])
def test_a_price_of_training_that_is_no_number_is_refused(folder, price):
    """Nothing is more than what is no number, so that no cap would ever be reached."""
    with FakeTrainingProvider() as server, pytest.raises(UsageError, match=f"{price}.* is no price"):
        run(server, "--dry-run", "--usd-per-million-trained", price)


def test_a_command_pasted_as_it_was_printed_says_that_the_price_goes_there(folder):
    with FakeTrainingProvider() as server, pytest.raises(UsageError, match="put your provider's price there in place"):
        run(server, "--dry-run", "--usd-per-million-trained", "USD")


def test_a_study_that_a_cap_cut_short_is_finished_by_the_next_command(folder):
    with FakeTrainingProvider(reply=reply) as server:
        stopped = run(server, "--max-calls", "30")
        assert stopped.return_value == EXIT["budget"]
        assert "before anything was trained" in stopped.stderr
        done = run(server)
        assert done.return_value == EXIT["done"]
        assert sorted(server.paid.values()) == [1, 1]
    assert not json.loads((folder / "out" / "study.json").read_text())["measurement"].get("stopped")


def test_a_study_of_a_run_that_a_cap_cut_short_is_to_be_finished_before_anything_is_trained(folder):
    with FakeTrainingProvider(reply=reply) as server:
        asked = ["run", *words(server)[1:8], "--max-calls", "30"]
        CliRunner().invoke(cli, asked, standalone_mode=False, catch_exceptions=False)
        with pytest.raises(InputError, match="measured up to --max-calls 30 only; finish that first: curvefit"):
            run(server)
        assert not server.paid
