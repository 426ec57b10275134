"""`curvefit stub`: started, asked by a whole run, and stopped."""

from __future__ import annotations

import json
import shlex
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from curvefit.models.simulated import SimulatedModel, is_made_up
from curvefit.tasks.judge import case_of, value_of
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Judge
from curvefit.workflows.stub_provider import BUSY, STUB_TRUTH, TRAINED_TRUTH, stub_provider

TICKETS = Path(__file__).parents[2] / "sample_tasks" / "tickets"


def ask(base, messages, path="chat/completions", model="stub"):
    body = json.dumps({"model": model, "messages": messages}).encode()
    with urllib.request.urlopen(f"{base}/{path}", body, timeout=200) as reply:
        return json.loads(reply.read())["choices"][0]["message"]["content"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")
def test_the_command_it_prints_measures_a_rising_curve_and_ctrl_c_says_how_much_was_asked(tmp_path, monkeypatch, exits):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    started = [sys.executable, "-c", "from curvefit.cli.main import main; main()", "stub", str(TICKETS)]
    with subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        program, *words = shlex.split(server.stdout.readline())
        assert words[-4:] == ["--price", "0.15,0.60,0.075", "--max-usd", "20"]
        small = ["--shots", "0,16", "--draws", "1", "--items", "30", "--margin", "0.5", "--out", str(tmp_path)]
        status, out, _ = exits(*words, *small, "--json")
        server.send_signal(signal.SIGINT)
        rest, told = server.communicate(timeout=200)
    record = json.loads(out)
    assert (program, words[:5], status) == ("curvefit", ["decide", str(TICKETS), "-m", "openai/stub", "--api-base"], 0)
    accuracies = {point["shots"]: point["accuracy"] for point in record["points"]}
    none, many = accuracies[0], accuracies[16]
    assert none == pytest.approx(STUB_TRUTH.at(0), abs=0.2)
    assert many == pytest.approx(STUB_TRUTH.at(16), abs=0.2)
    assert (server.returncode, rest) == (0, "")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    made_up = "The model is made up, to try the tool: this says nothing about a real one."
    assert made_up in page
    assert record["usage"]["usd"] > 0
    for shown in (page, " ".join(exits("report", str(tmp_path))[1].split())):
        assert "Its prices are for rehearsal: nothing was paid." in shown
    assert "; nothing ($0." in " ".join(exits("view", str(tmp_path))[1].split())
    assert told.splitlines()[-1] == f"answered {record['usage']['calls']:,} requests"


def test_equal_prompts_get_equal_replies_right_as_often_as_the_simulated_model_is():
    task = load_task(str(TICKETS))
    model = SimulatedModel("simulated/x", STUB_TRUTH).with_answers(
        {i.input: i.target for i in (*task.pool, *task.items)}
    )
    shown = [turn for e in task.pool[:2] for turn in (("user", e.input), ("assistant", e.target))]
    with stub_provider(task) as server:
        for item in task.items[:5]:
            turns = [("system", task.instruction), *shown, ("user", item.input)]
            messages = [{"role": role, "content": text} for role, text in turns]
            parts = [{"role": role, "content": [{"type": "text", "text": text}]} for role, text in turns]
            assert ask(server.base, messages) == ask(server.base, parts) == model.reply_to(turns)
    assert server.traffic.requests == 10


@pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")
def test_a_busy_stub_fails_and_hangs_up_and_a_run_gets_all_replies_all_the_same(exits, tmp_path):
    assert (BUSY.rate, BUSY.failing, BUSY.dropping) == (20.0, 0.03, 0.01), "as the page says"
    with stub_provider(load_task(str(TICKETS)), busy=True) as server:
        server.faults = replace(BUSY, latency=0.0, jitter=0.0, rate=0.0, failing=0.1, dropping=0.05)
        model = ["-m", "openai/stub", "--api-base", server.base, "--price", "0,0"]
        few = ["--shots", "0,1,2,4", "--draws", "1", "--items", "40", "--out", str(tmp_path)]
        status, out, _ = exits("run", str(TICKETS), *model, *few, "--json")
    usage = json.loads(out)["usage"]
    assert (status, usage["calls"]) == (0, 160)
    assert usage["faults"] > 0


def test_what_is_no_question_of_the_task_gets_an_answer_that_says_so():
    with stub_provider(load_task(str(TICKETS))) as server:
        for messages in ([{"role": "user", "content": "who are you?"}], [{"role": "system", "content": None}]):
            assert ask(server.base, messages).startswith("This stub knows only the questions of the task")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("chat/completions", b"[", 400),
        ("chat/completions", b"[" * 10**5, 400),
        ("chat/completions", b'{"messages": []}', 400),
        ("chat/completions", b'{"messages": [3]}', 400),
        ("embeddings", b'{"input": "x"}', 404),
    ],
)
def test_what_is_no_question_to_a_model_is_refused_and_the_server_goes_on(path, body, status):
    with stub_provider(load_task(str(TICKETS))) as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{server.base}/{path}", body, timeout=200)
        caught.value.close()
        assert caught.value.code == status
        assert ask(server.base, [{"role": "user", "content": "still there?"}])


@pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")
def test_it_fine_tunes_too_and_what_it_trains_is_better_the_more_examples_it_saw(tmp_path, monkeypatch, exits):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr("curvefit.workflows.remote_probe.time.sleep", lambda seconds: None)
    with stub_provider(load_task(str(TICKETS))) as server:
        model = ["-m", "openai/stub", "--api-base", server.base, "--price", "1,1", "--out", str(tmp_path)]
        assert exits("run", str(TICKETS), *model, "--shots", "0,4", "--draws", "1")[0] == 0
        trained = ["--n", "10,128", "--usd-per-million-trained", "3"]
        assert "does not" not in exits("probe", str(TICKETS), *model, *trained, "--dry-run")[1]
        status, shown, told = exits("probe", str(TICKETS), *model, *trained)
    record = json.loads((tmp_path / "probe.json").read_text())
    reached = {point["n_train"]: point["accuracy"] for point in record["fine_tuned"]}
    for n in (10, 128):
        assert reached[n] == pytest.approx(TRAINED_TRUTH.at(n), abs=0.15)
    assert reached[0] < reached[10] < reached[128]
    made_up = "The model is made up, to try the tool: this says nothing about a real one. Its prices are for rehearsal:"
    assert (status, made_up in " ".join(shown.split())) == (0, True)
    assert made_up in (tmp_path / "probe.html").read_text(encoding="utf-8")
    assert "not added to your ledger: the model is made up" in told
    assert is_made_up(record["units"][0]["asked_as"])


def test_it_answers_to_names_alone_that_reports_know_to_be_made_up():
    turns = [{"role": "user", "content": "who are you?"}]
    with stub_provider(load_task(str(TICKETS))) as server:
        assert ask(server.base, turns, model="stub-b")
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(server.base, turns, model="gpt-4o")
        said = caught.value.read().decode()
        caught.value.close()
    assert (caught.value.code, "no model gpt-4o here: names begin with stub" in said) == (404, True)
    assert server.traffic.requests == 1
    assert [is_made_up(name) for name in ("openai/stub", "openai/stub-b", "anthropic/stub", "openai/gpt-4o")] == [
        True, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "judge", [Judge("openai/stub-judge", "Same", scale=(0, 3), right_from=3), Judge("m", "", True)]
)
def test_it_answers_for_a_judge_too_by_whether_reply_and_target_are_alike(judge):
    task = replace(load_task(str(TICKETS)), judge=judge)
    item = task.items[0]
    with stub_provider(task) as server:
        for reply, right in ((item.target.upper(), 1.0), ("another one", 0.0)):
            for swapped in (False, True) if judge.pairwise else (False,):
                case = case_of(judge, item, reply, swapped=swapped)
                said = ask(server.base, [{"role": "user", "content": case.input}])
                assert value_of(judge, said, swapped=swapped) == right
        model = ask(server.base, [{"role": "user", "content": item.input}])
    assert model in {each.target for each in task.examples}


@pytest.mark.parametrize(
    ("judge", "ends", "is_told"),
    [
        ("model: openai/stub-judge, price: [1, 2]", ["--max-usd", "20"], False),
        ("model: openai/stub-judge", ["--price", "0.15,0.60,0.075"], False),  # whose price is unknown
        ("model: openai/gpt-4o", ["--max-usd", "20"], True),
    ],
)
def test_the_command_it_prints_reaches_a_judge_that_is_made_up(tmp_path, monkeypatch, exits, judge, ends, is_told):
    rows = [json.dumps({"input": f"{n}", "output": f"{n}"}) for n in range(40)]
    (tmp_path / "data.jsonl").write_text("\n".join(rows))
    (tmp_path / "task.yaml").write_text(f"judge: {{{judge}, rubric: Same}}\ndata: data.jsonl\n")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("curvefit.cli.stub_server.threading", SimpleNamespace(Event=interrupted))
    _, printed, told = exits("stub", str(tmp_path))
    words = shlex.split(printed)
    base = words[words.index("--api-base") + 1]
    assert (words[:2] == ["env", f"OPENAI_BASE_URL={base}"]) != is_told
    assert words[-2:] == ends
    assert ("its judge openai/gpt-4o is a real model, which is asked and paid" in told) == is_told


def test_ended_by_kill_it_says_how_much_was_asked():
    """Started by a script with &, it is ended so: the shell has it ignore Ctrl-C."""
    main = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); from curvefit.cli.main import main; main()"
    started = [sys.executable, "-c", main, "stub", str(TICKETS)]
    with subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        words = shlex.split(server.stdout.readline())
        ask(words[words.index("--api-base") + 1], [{"role": "user", "content": "who are you?"}])
        last = "it has read the task now: after a change of its file, start it again\n"
        assert last in iter(server.stderr.readline, ""), "ended before, it has not said all"
        server.terminate()
        _, told = server.communicate(timeout=200)
    assert (server.returncode, told.splitlines()[-1]) == (0, "answered 1 request")


def test_a_port_that_is_taken_is_one_line(exits):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, out, err = exits("stub", str(TICKETS), "--port", str(port))
    assert (status, out) == (1, "")
    assert err == f"curvefit: port {port}: Address already in use; use another --port\n"


def test_it_listens_on_this_machines_own_address_alone():
    with stub_provider(load_task(str(TICKETS))) as server:
        port = int(server.base.rpartition(":")[2].removesuffix("/v1"))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=200)


@pytest.mark.parametrize(("name", "said"), [("handbook", True), ("tickets", False)])
def test_of_a_task_with_documents_it_says_that_it_reads_none(name, said, monkeypatch, exits):
    """Seen: replies as if no document stood in the prompt, and no word of it."""

    class Interrupted:
        def wait(self):
            raise KeyboardInterrupt

    monkeypatch.setattr("curvefit.cli.stub_server.threading", SimpleNamespace(Event=Interrupted))
    status, _, err = exits("stub", str(TICKETS.parent / name))
    assert status == 0
    assert ("it reads no documents" in err) == said
