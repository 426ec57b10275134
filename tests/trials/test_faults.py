"""The fault matrix: what can go wrong between asking and storing, on a fake provider or in virtual time."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from curvefit.cli.main import main
from curvefit.errors import BudgetReached, CallFailed, DesignError, JournalError
from curvefit.measurement.measure import measure
from curvefit.models.base import Completion, Prices
from curvefit.models.hosted import HostedModel
from curvefit.tasks.loading import load_task
from curvefit.testing.fake_provider import FakeProvider, Faults
from curvefit.trials import journal as journal_module
from curvefit.trials import runner
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.trials.rate_limiter import Stop
from curvefit.trials.runner import ask
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.trials.trial_plan import plan

from ..virtual_time import in_no_time

pytestmark = pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")

KEY = "sk-test-0123456789abcdef"
DESIGN = Design((0, 1, 2), draws=2, items=6)
REQUESTS = 6 + 2 * 2 * 6
PATIENCE = 300  # seconds: bounds what hangs, says nothing of pace


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(runner, "_FIRST_PAUSE", 0.0)


class Scripted:
    """A model behind no network: what it does to each request is up to `act`."""

    name = identity = "scripted"
    form, context, keeps_prefix, thinking, concurrency = "chat", None, False, 0, 4

    def __init__(self, act):
        self.act, self.requests = act, []

    def count_tokens(self, text):
        return len(text) // 4 + 1

    async def complete(self, request):
        self.requests.append(request)
        return await self.act(len(self.requests))

    async def rest(self):
        pass

    async def warm(self, request):
        pass


def on(server, **options):
    return HostedModel("openai/any", api_base=server.base, **options)


@pytest.mark.parametrize(
    "fate",
    [
        "failing", "busy", "echoing", "limited", "dropping", "short",
        "malformed", "not-json", "not-utf8", "no-choice", "absurd",
    ],
)  # fmt: skip
def test_a_fault_that_passes_loses_nothing_and_repeats_no_answer(make_task, tmp_path, fate):
    with FakeProvider(script=["ok", fate, "ok", fate]) as server:
        curve = measure(make_task(), DESIGN, on(server), journal=tmp_path / "j.sqlite")
    assert (curve.missing, curve.notes, curve.usage.calls) == (0, (), REQUESTS)
    assert server.traffic.requests == REQUESTS + 2
    # A reply that came whole but could not be read was answered, as the server sees it.
    unreadable = 2 if fate in ("malformed", "not-json", "not-utf8", "no-choice", "absurd") else 0
    assert server.traffic.repeats == unreadable


def test_what_was_refused_or_failed_on_the_way_is_counted_over_all_starts(make_task, tmp_path):
    script = ["ok", "limited", "failing", "limited", "ok", "dropping", "ok", "limited", "ok"] * 3
    journal = tmp_path / "j.sqlite"
    with FakeProvider(script=script) as server:
        for calls in (5, 9, None):  # the first two end with requests that were refused and not answered yet
            curve = measure(make_task(), DESIGN, on(server), journal=journal, limits=SpendingLimits(calls=calls))
    usage = curve.usage
    assert (curve.missing, usage.calls, usage.rate_limited, usage.faults) == (0, REQUESTS, 9, 6)
    assert server.traffic.requests == REQUESTS + 9 + 6
    assert sum(part.rate_limited for part in curve.usage_by_shots) == 9
    assert measure(make_task(), DESIGN, on(server), journal=journal).usage == usage, "nothing was asked, or lost"


def test_what_was_asked_of_a_request_that_got_no_reply_is_counted_too(make_task):
    async def act(number):
        if number <= runner._ATTEMPTS:
            raise CallFailed("HTTP 503", retryable=True)
        return Completion("x")

    model = Scripted(act)
    model.concurrency = 1
    curve = measure(make_task(), Design((0,), draws=1, items=4), model)
    assert (curve.missing, curve.usage.calls, curve.usage.faults) == (1, 3, runner._ATTEMPTS)


@pytest.mark.parametrize(("fate", "reason"), [("filtered", "content filter"), ("refused", "no such parameter")])
def test_a_request_that_is_refused_is_missing_not_wrong_and_the_study_says_why(make_task, tmp_path, fate, reason):
    with FakeProvider(script=["ok", fate]) as server:
        curve = measure(make_task(), DESIGN, on(server), journal=tmp_path / "j.sqlite")
    assert curve.missing in (1, 2), "a request at 0 shots is shared by the draws"
    assert f"{curve.missing} of 36 trials got no reply and are left out" in [note.text for note in curve.notes]
    assert any(reason in note.text for note in curve.notes)
    assert server.traffic.requests == REQUESTS


@pytest.mark.parametrize("fate", ["empty", "truncated", "huge"])
def test_an_odd_reply_is_kept_and_counted(make_task, tmp_path, fate):
    with FakeProvider(Faults(fate=fate)) as server:
        curve = measure(make_task(), Design((0,), draws=1, items=3), on(server), journal=tmp_path / "j.sqlite")
    assert curve.missing == 0
    assert curve.usage.calls == 3
    cut = [note.text for note in curve.notes if note.text.startswith("3 replies were cut off at the cap")]
    assert bool(cut) == (fate == "truncated")
    assert (curve.readable == 0).all() == (fate == "empty"), "an empty reply is unreadable, which is not missing"


def test_a_wrong_key_stops_the_run_after_one_line_without_the_key(make_task, tmp_path):
    with FakeProvider(Faults(fate="denied")) as server, pytest.raises(CallFailed) as caught:
        measure(make_task(), DESIGN, on(server), journal=tmp_path / "j.sqlite")
    assert server.traffic.requests == 1
    assert KEY not in str(caught.value)


def test_a_limit_that_never_ends_is_given_up_at_the_deadline(make_task):
    async def act(call):
        raise CallFailed("slow down", retryable=True, limited=True, wait=30.0)

    model = Scripted(act)
    with Journal(None) as journal, pytest.raises(CallFailed, match=r"10 requests in a row, .* slow down"):
        in_no_time(ask(plan(make_task(), DESIGN, model), model, journal))
    assert len(model.requests) <= 10 * 4 * (900 / 30 + 2)


def test_one_in_five_refused_for_a_second_costs_seconds_and_nothing_is_answered_twice(make_task):
    async def act(call):
        prompt = model.requests[-1].prompt
        asked[prompt] = asked.get(prompt, 0) + 1
        if asked[prompt] == 1 and len(asked) % 5 == 0:
            raise CallFailed("slow down", retryable=True, limited=True, wait=1.0)
        await asyncio.sleep(0.5)
        return Completion("label-1")

    async def timed():
        with Journal(None) as journal:
            outcome = await ask(plan(make_task(items=600), Design((0,), draws=1, items=600), model), model, journal)
        assert (outcome.new_replies, outcome.failures.total()) == (600, 0)
        return asyncio.get_running_loop().time()

    asked, model = {}, Scripted(act)
    model.concurrency = 64
    assert in_no_time(timed()) < 30
    assert len(model.requests) == 600 + 120


def test_while_a_server_refuses_everything_that_is_said_at_least_every_ten_seconds(make_task):
    async def act(call):
        raise CallFailed("slow down", retryable=True, limited=True, wait=40.0)

    class Watch:
        def __call__(self, done, total):
            pass

        def limited(self, seconds):
            said.append((asyncio.get_running_loop().time(), seconds))

    said, model = [], Scripted(act)
    with Journal(None) as journal, pytest.raises(CallFailed):
        in_no_time(ask(plan(make_task(), DESIGN, model), model, journal, progress=Watch()))
    moments = [moment for moment, _ in said]
    assert moments[0] < 1
    assert said[0][1] == pytest.approx(40.0)
    assert max(b - a for a, b in itertools.pairwise(moments)) <= 10


def test_who_follows_scores_hears_of_a_limited_rate_too(make_task):
    class Watch:
        def __call__(self, done, total):
            pass

        def scored(self, trial, score):
            pass

        def limited(self, seconds):
            said.append(seconds)

    said = []
    with FakeProvider(script=["limited"]) as server:
        measure(make_task(), DESIGN, on(server), progress=Watch())
    assert len(said) == 1


# litellm forgets connections that seem to be old, without closing them; here they are collected, now or at the end.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_jump_of_the_clock_changes_nothing(make_task, tmp_path, monkeypatch):
    jumps = iter([0, 1e9, -1e9] * 1000)
    monkeypatch.setattr("curvefit.trials.journal.time.time", lambda: 1.7e9 + next(jumps))
    few = Design((0, 1), draws=1, items=6)  # litellm makes a client anew for each call
    with FakeProvider(script=["limited", "failing"]) as server:
        curve = measure(make_task(), few, on(server), journal=tmp_path / "j.sqlite", limits=SpendingLimits(minutes=5))
        assert server.traffic.requests == 12 + 2
    assert curve.missing == 0
    assert 0 < curve.usage.seconds < 1000
    gc.collect()


@pytest.mark.parametrize("cap", [{"calls": 7}, {"tokens": 700}, {"usd": 0.0007}])
def test_a_cap_is_never_passed_and_what_there_is_comes_back(make_task, tmp_path, cap):
    price = Prices(1.0, 1.0)
    with FakeProvider(Faults(dropping=0.2, seed=3)) as server:
        curve = measure(
            make_task(), DESIGN, on(server, prices=price), journal=tmp_path / "j.sqlite", limits=SpendingLimits(**cap)
        )  # fmt: skip
        (name,) = cap
        assert curve.stopped == f"--max-{name} {cap[name]:g}"
        assert 0 < curve.usage.calls < REQUESTS
        assert any(note.text.startswith(f"stopped at {curve.stopped}") for note in curve.notes)
        billed = server.traffic.billed.total()
        spent = {
            "calls": server.traffic.requests, "tokens": server.traffic.prompt_tokens + 4 * billed,
            "usd": (server.traffic.prompt_tokens + 4 * billed) / 1e6,
        }  # fmt: skip
        assert spent[name] <= cap[name]
        server.faults = Faults()
        whole = measure(make_task(), DESIGN, on(server), journal=tmp_path / "j.sqlite")
    assert (whole.missing, whole.stopped, whole.usage.calls) == (0, "", REQUESTS)
    assert server.traffic.repeats == 0


def test_a_cap_below_one_call_is_said_and_nothing_is_sent(make_task, tmp_path):
    with FakeProvider() as server, pytest.raises(BudgetReached, match="--max-usd 1e-09 was reached before"):
        measure(
            make_task(),
            DESIGN,
            on(server, prices=Prices(1, 1)),
            journal=tmp_path / "j",
            limits=SpendingLimits(usd=1e-9),
        )
    assert server.traffic.requests == 0


def test_dollars_cannot_be_capped_without_a_price(make_task, tmp_path):
    with FakeProvider() as server, pytest.raises(DesignError, match="--price"):
        measure(make_task(), DESIGN, on(server), journal=tmp_path / "j.sqlite", limits=SpendingLimits(usd=1))
    assert server.traffic.requests == 0


def test_minutes_end_the_run_and_keep_what_is_in_flight(make_task, monkeypatch):
    async def act(call):
        await asyncio.sleep(50)
        return Completion("label-1")

    model = Scripted(act)
    with Journal(None) as journal:
        outcome = in_no_time(ask(plan(make_task(), DESIGN, model), model, journal, limits=SpendingLimits(minutes=2)))
        assert outcome.stopped == "--max-minutes 2"
        assert 0 < len(journal) == len(model.requests) < REQUESTS


def test_an_end_from_outside_keeps_what_is_in_flight_and_sends_nothing_more(make_task):
    stop = Stop()

    async def act(call):
        if call == 3:
            stop.set("enough")
        await asyncio.sleep(1)
        return Completion("label-1")

    model = Scripted(act)
    with Journal(None) as journal:
        outcome = in_no_time(ask(plan(make_task(), DESIGN, model), model, journal, stop=stop))
        assert outcome.stopped == "enough"
        assert len(journal) == len(model.requests) < REQUESTS


def test_an_end_from_outside_does_not_wait_for_pauses(make_task):
    stop = Stop()

    async def act(call):
        if call > 2:
            asyncio.get_running_loop().call_later(1, stop.set, "enough")
            raise CallFailed("busy", retryable=True, limited=call % 2 == 0, wait=500.0)
        return Completion("label-1")

    async def timed():
        model = Scripted(act)
        with Journal(None) as journal:
            await ask(plan(make_task(), DESIGN, model), model, journal, stop=stop)
        return asyncio.get_running_loop().time()

    assert in_no_time(timed()) < 10


def test_a_notebook_s_running_loop_is_no_hindrance(make_task, tmp_path):
    async def cell():
        with FakeProvider() as server:
            return measure(make_task(), DESIGN, on(server), journal=tmp_path / "j.sqlite")

    assert asyncio.run(cell()).missing == 0


def fill_up(journal):
    """Make the disk full for this journal."""
    (pages,) = journal._db.execute("PRAGMA page_count").fetchone()
    journal._db.execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_stops_the_run_says_what_was_lost_and_repeats_nothing_kept(make_task, tmp_path):
    async def act(call):
        return Completion("label-1" + "x" * 30_000)

    model, path = Scripted(act), tmp_path / "j.sqlite"
    with Journal(path) as journal:
        journal.record("d", Completion("x" * 100_000), journal_module.Origin("t", "m", 0, 0, "i"))
        fill_up(journal)
        with pytest.raises(JournalError, match=r"disk is full.*; \d+ replies could not be kept"):
            in_no_time(ask(plan(make_task(), DESIGN, model), model, journal))
    assert len(model.requests) <= model.concurrency + 1
    with Journal(path) as journal:
        assert len(journal) == 1
        assert in_no_time(ask(plan(make_task(), DESIGN, model), model, journal)).new_replies == REQUESTS


def test_a_journal_locked_by_another_program_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "_PATIENCE", 0.05)
    path = tmp_path / "j.sqlite"
    with Journal(path) as journal:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="locked; another program is using it; wait for that"):
            journal.record("d", Completion("x"), journal_module.Origin("t", "m", 0, 0, "i"))
        other.close()
        assert journal.record("d", Completion("x"), journal_module.Origin("t", "m", 0, 0, "i")).text == "x"


def test_a_journal_damaged_in_the_middle_is_one_line(make_task, tmp_path):
    path = tmp_path / "j.sqlite"
    with FakeProvider() as server:
        measure(make_task(), DESIGN, on(server), journal=path)
        n_requests = server.traffic.requests
        content = bytearray(path.read_bytes())
        content[4096 : len(content)] = b"\x5a" * (len(content) - 4096)
        path.write_bytes(content)
        with pytest.raises(JournalError, match="damaged"):
            measure(make_task(), DESIGN, on(server), journal=path)
    assert server.traffic.requests == n_requests


def test_a_second_run_on_a_journal_is_refused_and_asks_nothing(make_task, tmp_path):
    path = tmp_path / "j.sqlite"
    with FakeProvider() as server:
        with Journal(path) as first, first.exclusive():
            with pytest.raises(JournalError, match="another run is using it; wait for that, or use another --out"):
                measure(make_task(), DESIGN, on(server), journal=path)
            assert server.traffic.requests == 0
        assert measure(make_task(), DESIGN, on(server), journal=path).missing == 0


def test_a_journal_of_the_first_format_is_read_and_goes_on(tmp_path):
    path = tmp_path / "j.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(
            """CREATE TABLE replies (request TEXT PRIMARY KEY, task TEXT NOT NULL, model TEXT NOT NULL,
            shots INTEGER NOT NULL, draw INTEGER NOT NULL, item TEXT NOT NULL, text TEXT NOT NULL, choice TEXT,
            prompt_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
            usd REAL, seconds REAL NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
            INSERT INTO replies VALUES ('d', 't', 'm', 0, 0, 'i', 'old', NULL, 1, 0, 1, NULL, 0.5, 1.0);
            PRAGMA user_version = 1;"""
        )
    db.close()
    with Journal(path) as journal:
        assert journal.replies(["d"])["d"] == Completion("old", prompt_tokens=1, completion_tokens=1, seconds=0.5)
        assert journal.record(
            "e", Completion("new", ending="length"), journal_module.Origin("t", "m", 0, 0, "i")
        ).ending


def test_a_server_that_counts_no_tokens_is_not_asked_beyond_the_caps_on_them(make_task, tmp_path):
    with FakeProvider(Faults(fate="uncounted")) as server:
        curve = measure(
            make_task(), DESIGN, on(server), journal=tmp_path / "j.sqlite", limits=SpendingLimits(tokens=300)
        )
    assert curve.stopped == "--max-tokens 300"
    assert 0 < server.traffic.requests < REQUESTS


def test_one_request_a_prefix_goes_ahead_so_that_the_others_find_it_cached(make_task, tmp_path):
    task = make_task(pool=20, items=12, instruction="Answer well. " * 400)
    with FakeProvider(Faults(latency=0.05)) as server:
        curve = measure(task, Design((1, 4), draws=1, items=12), on(server), journal=tmp_path / "j.sqlite")
    assert server.traffic.cached_tokens == curve.usage.cached_tokens
    assert curve.usage.cached_tokens > 0.85 * curve.usage.prompt_tokens


@pytest.mark.slow
def test_a_hundred_thousand_trials_are_planned_and_resumed_in_bounded_memory(tmp_path):
    rows = [{"input": f"question {i}", "output": f"label-{i % 4}"} for i in range(10_040)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "task.yaml").write_text("name: many\nitems: rows.jsonl\npool: pool.jsonl\nkind: qa\nscorer: exact\n")
    (tmp_path / "pool.jsonl").write_text(
        "\n".join(json.dumps({"input": f"p{i}", "output": f"x{i}"}) for i in range(40))
    )
    command = [sys.executable, Path(__file__).with_name("many.py"), tmp_path]
    first, again = map(json.loads, subprocess.check_output(command, text=True, timeout=PATIENCE).splitlines())
    assert first["trials"] == again["trials"] == 100_000
    assert (first["new_replies"], again["new_replies"]) == (1000, 1000)
    assert (first["stored"], again["stored"]) == (1000, 2000)
    assert first["mb"] < 100
    assert again["mb"] < 100


def curvefit(folder: Path, *arguments: str, **options):
    command = [sys.executable, "-c", "from curvefit.cli.main import main; main()", *arguments]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


@pytest.fixture
def data(tmp_path):
    rows = [{"input": f"question {i}", "output": f"label-{i % 3}"} for i in range(90)]
    (tmp_path / "data.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


@pytest.fixture
def curvefit_here(data, monkeypatch, capfd, plain_pictures):
    """Run the command line in this process, which has litellm in memory: status, output and errors."""

    def run(*arguments):
        monkeypatch.chdir(data)
        monkeypatch.setattr(sys, "argv", ["curvefit", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capfd.readouterr()

    return run


def until(holds):
    """Wait for another process to get somewhere."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)  # polling another process, which says nothing when it gets there


RUN = ("run", "data.jsonl", "-m", "openai/any", "--shots", "0,1,2", "--draws", "2", "--items", "20", "--out", "out")


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "ends"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_and_kill_keep_what_is_in_flight_and_print_how_to_continue(data, curvefit_here, sent, ends):
    asked = []

    def answer(body):
        asked.append(body)
        if len(asked) == 3:
            os.kill(os.getpid(), sent)  # while this reply, at least, is awaited
        return "label-1"

    with FakeProvider(Faults(latency=0.1), reply=answer) as server:
        status, _, stderr = curvefit_here(*RUN, "--api-base", server.base)
        assert status == ends
        assert "stopping: waiting for " in stderr.partition("interrupted; ")[0]
        assert "interrupted; replies so far are kept, continue with: curvefit run data.jsonl" in stderr
        n_requests = server.traffic.requests
        assert n_requests < 100
        with sqlite3.connect(data / "out" / "journal.sqlite") as db:
            (n_stored,) = db.execute("SELECT COUNT(*) FROM replies").fetchone()
        db.close()
        assert n_stored == n_requests, "what was in flight was paid for and is kept"
        server.faults = Faults()
        status, out, stderr = curvefit_here(*RUN, "--api-base", server.base, "--json")
        assert status == 0, stderr
        assert json.loads(out)["usage"]["calls"] == server.traffic.requests == 100
    assert server.traffic.repeats == 0


@pytest.mark.slow
def test_sigkill_repeats_at_most_what_was_in_flight(data, curvefit_here):
    with FakeProvider(Faults(latency=0.2)) as server:
        with curvefit(data, *RUN, "--api-base", server.base) as running:
            until(lambda: server.traffic.answered.total() >= 20)
            running.kill()
        with sqlite3.connect(data / "out" / "journal.sqlite") as db:
            (n_stored,) = db.execute("SELECT COUNT(*) FROM replies").fetchone()
        db.close()
        until(lambda: server.traffic.billed.total() == server.traffic.requests)
        billed, server.faults = server.traffic.requests, Faults()
        status, _, stderr = curvefit_here(*RUN, "--api-base", server.base)
        assert status == 0, stderr
    assert server.traffic.billed.total() - billed <= 100 - n_stored, "no journalled reply was asked for again"
    assert server.traffic.repeats <= 64


def test_a_cap_on_the_command_line_exits_4_with_what_there_is_and_how_to_continue(curvefit_here):
    with FakeProvider() as server:
        status, out, stderr = curvefit_here(*RUN, "--api-base", server.base, "--max-calls", "60", "--json")
    assert status == 4, stderr
    assert server.traffic.requests == 60 == json.loads(out)["usage"]["calls"]
    assert (
        "stopped at --max-calls 60, with up to 40 calls left; replies so far are kept, and each start has its own cap;"
        in stderr
    )
    assert "finish with: curvefit run" in stderr


@pytest.mark.parametrize("fate", ["ok", "echoing", "denied"])
def test_no_key_planted_anywhere_comes_out_anywhere(data, curvefit_here, real_pictures, monkeypatch, fate):
    planted = {
        "OPENAI_API_KEY": "sk-planted-openai-0123456789", "MY_GATEWAY_TOKEN": "planted-gateway-value-77",
        "HF_TOKEN": "hf_plantedplantedplanted00",
    }  # fmt: skip
    for name, value in planted.items():
        monkeypatch.setenv(name, value)
    with FakeProvider(Faults(fate=fate), reply=lambda _: " ".join(planted.values())) as server:
        status, out, stderr = curvefit_here(*RUN, "--api-base", server.base, "--max-calls", "40")
    assert status == {"ok": 4, "echoing": 4, "denied": 1}[fate], stderr
    assert "[key]" in stderr or fate == "ok"
    written = [path for path in data.rglob("*") if path.is_file() and path.name != "data.jsonl"]
    assert written
    for secret in planted.values():
        assert secret not in out + stderr
        assert [path for path in written if secret.encode() in path.read_bytes()] == []


@pytest.mark.slow
def test_a_rerun_from_the_journal_imports_no_litellm_and_asks_nothing(data):
    code = (
        "import sys, curvefit as cf; t = cf.load_task('data.jsonl');"
        "m = cf.resolve('openai/any', api_base=sys.argv[1]);"
        "c = cf.measure(t, cf.Design((0, 1), draws=2, items=10), m, journal='j.sqlite');"
        "print(c.usage.calls, 'litellm' in sys.modules)"
    )
    with FakeProvider() as server:
        design, journal = Design((0, 1), draws=2, items=10), data / "j.sqlite"
        first = measure(load_task(data / "data.jsonl"), design, on(server), journal=journal)
        assert (first.usage.calls, "litellm" in sys.modules) == (30, True)
        command = [sys.executable, "-W", "ignore", "-c", code, server.base]
        output = subprocess.check_output(command, cwd=data, text=True)
        assert server.traffic.requests == 30
    assert output.split() == ["30", "False"]
