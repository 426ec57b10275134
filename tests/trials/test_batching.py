"""Asking by batch, on a server that follows the documented protocol: submitted once, collected, never paid twice."""

from __future__ import annotations

import itertools
import json
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest

from curvefit.errors import CallFailed, DesignError, JournalError, ModelUnavailable, RepliesPending
from curvefit.measurement.measure import measure
from curvefit.models import hosted
from curvefit.models.base import Prices
from curvefit.models.batches import BatchModel
from curvefit.models.hosted import HostedModel
from curvefit.testing.fake_batch_provider import FakeBatchProvider
from curvefit.trials import batching
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.trials.submissions import Submissions

pytestmark = pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")

KEY = "sk-test-0123456789abcdef"
DESIGN = Design((0, 1, 2), draws=2, items=6)
REQUESTS = 6 + 2 * 2 * 6


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def batch(make_task, tmp_path):
    """Return a caller of `measure` by batch on a fake provider: `batch(server)`, and its messages."""
    messages = []

    def call(server, design=DESIGN, limits=None, name="openai/any", **options):
        model = BatchModel(
            name, api_base=None if name.startswith("azure/") else server.base, say=messages.append, **options
        )
        return measure(make_task(), design, model, journal=tmp_path / "j.sqlite", limits=limits)

    call.messages = messages
    return call


def label(body):
    """Answer a question as an uncertain model might: by what it was shown."""
    return f"label-{(int(body['messages'][-1]['content'].split()[-1]) + len(body['messages'])) % 4}"


def once_paid(server):
    return set(server.traffic.billed.values()) == {1}


def test_a_batch_is_submitted_then_collected_and_gives_the_curve_of_single_calls(batch, make_task):
    with FakeBatchProvider(looks=1, reply=label) as server:
        with pytest.raises(
            RepliesPending, match=r"30 requests are out by batch \(batch_1 in_progress, 0 done\), 0 of 30"
        ):
            batch(server)
        collected = batch(server)
        submissions = server.requests["POST batches"]
        single = measure(make_task(), DESIGN, HostedModel("openai/any", api_base=server.base))
    assert np.array_equal(collected.scores, single.scores)
    assert 0 < np.nanmean(single.scores) < 1
    assert (submissions, collected.missing, collected.usage.calls) == (1, 0, REQUESTS)
    assert batch.messages == ["submitted 30 requests as batch_1", "batch_1 completed: 30 of 30 requests answered"]


def test_reasoning_is_taken_out_of_the_replies_of_a_batch_as_of_single_ones(batch, make_task):
    with FakeBatchProvider(reply=lambda body: f"<think>a</think>{label(body)}") as server:
        collected = batch(server)
    with FakeBatchProvider(reply=label) as server:
        single = measure(make_task(), DESIGN, HostedModel("openai/any", api_base=server.base))
    assert np.array_equal(collected.scores, single.scores)


def test_a_line_of_the_file_asks_what_a_single_call_asks(batch, make_task):
    with FakeBatchProvider() as server:
        batch(server)
        lines = [json.loads(line) for line in server.files["file-1"].splitlines()]
        measure(make_task(), DESIGN, HostedModel("openai/any", api_base=server.base))
        single = [json.loads(body) for body in server.bodies]
    by_prompt = {json.dumps(body["messages"]): body for body in single}
    assert [line["body"] for line in lines] == [by_prompt[json.dumps(line["body"]["messages"])] for line in lines]
    assert {(line["method"], line["url"], len(line["custom_id"])) for line in lines} == {
        ("POST", "/v1/chat/completions", 64)
    }


def test_while_it_runs_the_same_call_submits_nothing(batch):
    with FakeBatchProvider(looks=3) as server:
        for _ in range(3):
            with pytest.raises(RepliesPending):
                batch(server)
        assert batch(server).missing == 0
        assert batch(server).missing == 0  # all in the journal: the provider is not even asked
    assert (server.requests["POST files"], server.requests["POST batches"], server.requests["GET batches/id"]) == (
        1,
        1,
        4,
    )
    assert once_paid(server)


@pytest.mark.parametrize("when", ["the connection breaks", "the process dies"])
def test_a_batch_whose_id_got_lost_is_found_again_and_not_paid_twice(batch, monkeypatch, when):
    with FakeBatchProvider(cut=["batches"] if when == "the connection breaks" else []) as server:
        with monkeypatch.context() as patched:
            if when == "the process dies":
                patched.setattr(Submissions, "record_batch", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises((CallFailed, KeyboardInterrupt)):
                batch(server)
        assert server.requests["POST batches"] == 1
        assert batch(server).missing == 0
    assert (server.requests["POST batches"], server.requests["GET batches"]) == (1, 1)
    assert once_paid(server)


def test_a_batch_is_found_on_a_later_page(batch, monkeypatch):
    monkeypatch.setattr("curvefit.models.batches._PAGE", 2)
    with FakeBatchProvider(cut=["batches"]) as server:
        with pytest.raises(CallFailed):
            batch(server)
        server.batches |= {
            f"of-others-{i}": {**server.batches["batch_1"], "id": f"of-others-{i}", "input_file_id": "x"}
            for i in range(5)
        }
        assert batch(server).missing == 0
    assert (server.requests["POST batches"], server.requests["GET batches"]) == (1, 3)


def test_a_submission_that_was_refused_is_made_anew(batch):
    with FakeBatchProvider(cut=["batches"]) as server:
        with pytest.raises(CallFailed):
            batch(server)
        server.batches.clear()
        server.files.clear()  # as providers do after some weeks
        with pytest.raises(CallFailed, match="No such object: file-1"):
            batch(server)
        assert batch(server).missing == 0


@pytest.mark.parametrize(
    ("fate", "missing", "why"),
    [
        ("twice", 0, ""),
        ("refused", 1, "Blocked by the content filter"),
        ("failing", 1, "The server had an error"),
        ("expired", 1, "could not be executed before it expired"),
        ("garbled", 1, "a line of the batch's replies cannot be read"),
        ("empty", 1, "the reply has no message"),
        ("lost", 1, "the batch completed without an answer to it"),
    ],
)
def test_a_request_that_got_no_reply_is_missing_and_alone_asked_again(batch, fate, missing, why):
    design = Design((2,), draws=2, items=6)
    with FakeBatchProvider(fates=["ok", fate, "ok"]) as server:
        curve = batch(server, design)
        assert curve.missing == missing
        assert why in " ".join(note.text for note in curve.notes)
        assert bool(curve.notes) == bool(missing)
        again = batch(server, design)
    assert again.missing == 0
    assert server.traffic.billed.total() == 12 + missing


def test_replies_that_were_left_until_the_provider_deleted_them_are_missing_and_asked_for_anew(batch):
    with FakeBatchProvider(looks=1) as server:
        with pytest.raises(RepliesPending):
            batch(server)
        server._end(server.batches["batch_1"])
        del server.files[server.batches["batch_1"]["output_file_id"]]
        with pytest.raises(CallFailed, match="with the batch's replies is no longer there"):
            batch(server)
        assert server.requests["POST batches"] == 1, "nothing is paid for again without anybody having been told"
        server.looks = 0
        assert batch(server).missing == 0


def test_a_batch_that_names_its_replies_late_is_waited_for(batch):
    with FakeBatchProvider(looks=1) as server:
        with pytest.raises(RepliesPending):
            batch(server)
        server._end(server.batches["batch_1"])
        file_id = server.batches["batch_1"].pop("output_file_id")
        server.batches["batch_1"]["output_file_id"] = None
        with pytest.raises(RepliesPending, match=r"batch_1 finalizing, 30 done"):
            batch(server)
        server.batches["batch_1"]["output_file_id"] = file_id
        assert batch(server).missing == 0
    assert once_paid(server)


@pytest.mark.parametrize("ending", ["expired", "cancelled"])
def test_what_an_ended_batch_did_answer_is_kept(batch, ending):
    with FakeBatchProvider(ending=ending, fates=["ok", "lost", "ok", "lost"]) as server:
        assert batch(server).missing >= 2
        server.ending = "completed"
        assert batch(server).missing == 0
    assert server.traffic.billed.total() == REQUESTS + 2


def test_a_batch_refused_as_a_whole_says_why_and_is_submitted_anew(batch):
    with FakeBatchProvider(ending="failed") as server:
        with pytest.raises(CallFailed, match="batch_1 was refused: Enqueued token limit reached"):
            batch(server)
        server.ending = "completed"
        assert batch(server).missing == 0


def test_what_grew_while_a_batch_is_out_is_submitted_alone(batch):
    with FakeBatchProvider(looks=1) as server:
        with pytest.raises(RepliesPending):
            batch(server, Design((0, 1), draws=2, items=6))
        server.looks = 0
        assert batch(server).missing == 0
    assert server.traffic.billed.total() == REQUESTS
    assert once_paid(server)


def test_many_requests_go_as_several_files(batch, monkeypatch):
    monkeypatch.setattr(batching, "_MAX_LINES", 7)
    monkeypatch.setattr(batching, "_ENTRIES_AT_ONCE", 2)
    with FakeBatchProvider() as server:
        assert batch(server).missing == 0
    sizes = [len(server.files[batch_object["input_file_id"]].splitlines()) for batch_object in server.batches.values()]
    assert sizes == [7, 7, 7, 7, 2]
    assert once_paid(server)


def test_a_cap_submits_what_it_allows_and_the_same_call_goes_on(batch):
    with FakeBatchProvider() as server:
        first = batch(server, limits=SpendingLimits(calls=20))
        assert (first.stopped, first.missing > 0, server.traffic.billed.total()) == ("--max-calls 20", True, 20)
        assert batch(server, limits=SpendingLimits(calls=20)).missing == 0
    assert once_paid(server)


def test_a_cap_on_dollars_is_never_passed_and_needs_a_price(batch):
    with FakeBatchProvider() as server:
        with pytest.raises(DesignError, match="price of openai/any is unknown"):
            batch(server, limits=SpendingLimits(usd=1))
        curve = batch(server, limits=SpendingLimits(usd=0.01), prices=Prices(10, 10))
        assert curve.stopped == "--max-usd 0.01"
        assert 0 < curve.usage.usd <= 0.01
    assert 0 < server.traffic.billed.total() < REQUESTS


def test_the_price_is_the_batchs_where_the_list_has_one_and_else_unknown(batch, monkeypatch):
    with FakeBatchProvider() as server:
        unknown = batch(server, Design((0,), draws=1, items=4))
        monkeypatch.setattr(BatchModel, "_known", dict(hosted._load().get_model_info("gpt-4o-mini")))
        known = batch(server, Design((1,), draws=1, items=4))
        single = HostedModel("openai/gpt-4o-mini").expect(known.usage.prompt_tokens, 0, known.usage.completion_tokens)
    assert unknown.usage.usd is None
    assert known.usage.usd == pytest.approx(single.usd / 2)
    assert batch.messages[2] == "submitted 4 requests as batch_2, at 50% of the price of single requests"


def test_what_was_read_of_the_replies_is_kept_when_the_next_one_ends_the_call(batch, monkeypatch, tmp_path):
    read = BatchModel.replies

    def broken(self, file, stop):
        yield from itertools.islice(read(self, file, stop), 5)
        raise CallFailed("the connection broke")

    with FakeBatchProvider() as server:
        with monkeypatch.context() as patched:
            patched.setattr(BatchModel, "replies", broken)
            with pytest.raises(CallFailed, match="the connection broke"):
                batch(server)
        with closing(Journal(tmp_path / "j.sqlite")) as journal:
            assert len(journal) == 5
        assert batch(server).missing == 0
    assert once_paid(server)


def test_a_line_nested_deeper_than_it_can_be_read_is_one_that_cannot_be_read(monkeypatch):
    def too_deep(line):
        raise RecursionError

    monkeypatch.setattr("curvefit.models.batches.json", SimpleNamespace(loads=too_deep))
    digest, failure = BatchModel("openai/any")._reply(b"[]", ())
    assert (digest, str(failure)) == ("", "openai/any: a line of the batch's replies cannot be read")


def test_a_model_that_always_searches_pays_for_it_in_a_batch_as_well_and_has_no_discount():
    name = "openai/gpt-4o-mini-search-preview"
    single, in_batch = (kind(name).expect(1000, 0, 100).usd for kind in (HostedModel, BatchModel))
    assert single > in_batch > 0.02
    assert BatchModel(name).discount is None
    assert BatchModel("openai/gpt-4o-mini").discount == pytest.approx(0.5)


def test_single_calls_are_refused_while_a_batch_is_out(batch, make_task, tmp_path):
    with FakeBatchProvider(looks=1) as server:
        with pytest.raises(RepliesPending):
            batch(server)
        with pytest.raises(JournalError, match="1 batch is not collected yet"):
            measure(make_task(), DESIGN, HostedModel("openai/any", api_base=server.base), journal=tmp_path / "j.sqlite")
        batch(server)
        curve = measure(
            make_task(), DESIGN, HostedModel("openai/any", api_base=server.base), journal=tmp_path / "j.sqlite"
        )
    assert curve.missing == server.traffic.requests - REQUESTS == 0


def test_azure_is_asked_at_its_own_paths(batch, monkeypatch):
    with FakeBatchProvider() as server:
        monkeypatch.setenv("AZURE_API_BASE", server.base.removesuffix("/v1"))
        monkeypatch.setenv("AZURE_API_KEY", KEY)
        monkeypatch.setenv("AZURE_API_VERSION", "2024-10-21")
        assert batch(server, name="azure/deployed").missing == 0
    line = json.loads(server.files["file-1"].splitlines()[0])
    assert (line["url"], line["body"]["model"]) == ("/chat/completions", "deployed")


def test_a_provider_without_such_batches_is_refused_before_anything_is_sent(batch, monkeypatch):
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    with (
        FakeBatchProvider() as server,
        pytest.raises(ModelUnavailable, match="openai and azure only; leave --batch out"),
    ):
        batch(server, name="mistral/small")
    assert server.files == {}


def test_without_a_file_for_the_journal_nothing_is_submitted(make_task):
    with FakeBatchProvider() as server, pytest.raises(DesignError, match="journal"):
        measure(make_task(), DESIGN, BatchModel("openai/any", api_base=server.base))
    assert server.requests.total() == 0


def test_no_key_is_kept_or_said(batch, tmp_path):
    with FakeBatchProvider(looks=1, reply=lambda body: f"label-1 {KEY}") as server:
        with pytest.raises(RepliesPending) as pending:
            batch(server)
        curve = batch(server)
    lines = [str(pending.value), *batch.messages, *(note.text for note in curve.notes)]
    assert all(KEY not in line for line in lines)
    assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    with sqlite3.connect(tmp_path / "j.sqlite") as db:
        assert db.execute("SELECT DISTINCT text FROM replies").fetchall() == [("label-1 [key]",)]
    db.close()
