"""Asking by batch, on a server that follows the documented protocol: submitted once, collected, never paid twice."""

from __future__ import annotations

import json
import sqlite3

import numpy as np
import pytest

from curvefit.errors import CallFailed, DesignError, JournalError, ModelUnavailable, RepliesPending
from curvefit.measurement.measure import measure
from curvefit.models import hosted
from curvefit.models.base import Prices
from curvefit.models.batches import BatchModel
from curvefit.models.hosted import HostedModel
from curvefit.testing.fake_batch_provider import BatchStub
from curvefit.trials import batching
from curvefit.trials.design import Design
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
    """Return a caller of `measure` by batch on a stub: `batch(stub)`, and the lines it said."""
    said = []

    def call(stub, design=DESIGN, limits=None, name="openai/any", **options):
        model = BatchModel(name, api_base=None if name.startswith("azure/") else stub.base, told=said.append, **options)
        return measure(make_task(), design, model, journal=tmp_path / "j.sqlite", limits=limits)

    call.said = said
    return call


def label(body):
    """Answer a question as an uncertain model might: by what it was shown."""
    return f"label-{(int(body['messages'][-1]['content'].split()[-1]) + len(body['messages'])) % 4}"


def once_paid(stub):
    return set(stub.account.billed.values()) == {1}


def test_a_batch_is_submitted_then_collected_and_gives_the_curve_of_single_calls(batch, make_task):
    with BatchStub(looks=1, reply=label) as stub:
        with pytest.raises(
            RepliesPending, match=r"30 requests are out by batch \(batch_1 in_progress, 0 done\), 0 of 30"
        ):
            batch(stub)
        collected = batch(stub)
        submissions = stub.asked["POST batches"]
        single = measure(make_task(), DESIGN, HostedModel("openai/any", api_base=stub.base))
    assert np.array_equal(collected.scores, single.scores)
    assert 0 < np.nanmean(single.scores) < 1
    assert (submissions, collected.missing, collected.usage.calls) == (1, 0, REQUESTS)
    assert batch.said == ["submitted 30 requests as batch_1", "batch_1 completed: 30 of 30 requests answered"]


def test_a_line_of_the_file_asks_what_a_single_call_asks(batch, make_task):
    with BatchStub() as stub:
        batch(stub)
        lines = [json.loads(line) for line in stub.files["file-1"].splitlines()]
        measure(make_task(), DESIGN, HostedModel("openai/any", api_base=stub.base))
        single = [json.loads(body) for body in stub.bodies]
    by_prompt = {json.dumps(body["messages"]): body for body in single}
    assert [line["body"] for line in lines] == [by_prompt[json.dumps(line["body"]["messages"])] for line in lines]
    assert {(line["method"], line["url"], len(line["custom_id"])) for line in lines} == {
        ("POST", "/v1/chat/completions", 64)
    }


def test_while_it_runs_the_same_call_submits_nothing(batch):
    with BatchStub(looks=3) as stub:
        for _ in range(3):
            with pytest.raises(RepliesPending):
                batch(stub)
        assert batch(stub).missing == 0
        assert batch(stub).missing == 0  # all in the journal: the provider is not even asked
    assert (stub.asked["POST files"], stub.asked["POST batches"], stub.asked["GET batches/id"]) == (1, 1, 4)
    assert once_paid(stub)


@pytest.mark.parametrize("when", ["the connection breaks", "the process dies"])
def test_a_batch_whose_id_got_lost_is_found_again_and_not_paid_twice(batch, monkeypatch, when):
    with BatchStub(cut=["batches"] if when == "the connection breaks" else []) as stub:
        with monkeypatch.context() as patched:
            if when == "the process dies":
                patched.setattr(Submissions, "made", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises((CallFailed, KeyboardInterrupt)):
                batch(stub)
        assert stub.asked["POST batches"] == 1
        assert batch(stub).missing == 0
    assert (stub.asked["POST batches"], stub.asked["GET batches"]) == (1, 1)
    assert once_paid(stub)


def test_a_batch_is_found_on_a_later_page(batch, monkeypatch):
    monkeypatch.setattr("curvefit.models.batches._PAGE", 2)
    with BatchStub(cut=["batches"]) as stub:
        with pytest.raises(CallFailed):
            batch(stub)
        stub.batches |= {
            f"of-others-{i}": {**stub.batches["batch_1"], "id": f"of-others-{i}", "input_file_id": "x"}
            for i in range(5)
        }
        assert batch(stub).missing == 0
    assert (stub.asked["POST batches"], stub.asked["GET batches"]) == (1, 3)


def test_a_submission_that_was_refused_is_made_anew(batch):
    with BatchStub(cut=["batches"]) as stub:
        with pytest.raises(CallFailed):
            batch(stub)
        stub.batches.clear()
        stub.files.clear()  # as providers do after some weeks
        with pytest.raises(CallFailed, match="No such object: file-1"):
            batch(stub)
        assert batch(stub).missing == 0


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
    with BatchStub(fates=["ok", fate, "ok"]) as stub:
        curve = batch(stub, design)
        assert curve.missing == missing
        assert why in " ".join(note.text for note in curve.notes)
        assert bool(curve.notes) == bool(missing)
        again = batch(stub, design)
    assert again.missing == 0
    assert stub.account.billed.total() == 12 + missing


def test_replies_that_were_left_until_the_provider_deleted_them_are_missing_and_asked_for_anew(batch):
    with BatchStub(looks=1) as stub:
        with pytest.raises(RepliesPending):
            batch(stub)
        stub._end(stub.batches["batch_1"])
        del stub.files[stub.batches["batch_1"]["output_file_id"]]
        with pytest.raises(CallFailed, match="with the batch's replies is no longer there"):
            batch(stub)
        assert stub.asked["POST batches"] == 1, "nothing is paid for again without anybody having been told"
        stub.looks = 0
        assert batch(stub).missing == 0


def test_a_batch_that_names_its_replies_late_is_waited_for(batch):
    with BatchStub(looks=1) as stub:
        with pytest.raises(RepliesPending):
            batch(stub)
        stub._end(stub.batches["batch_1"])
        held = stub.batches["batch_1"].pop("output_file_id")
        stub.batches["batch_1"]["output_file_id"] = None
        with pytest.raises(RepliesPending, match=r"batch_1 finalizing, 30 done"):
            batch(stub)
        stub.batches["batch_1"]["output_file_id"] = held
        assert batch(stub).missing == 0
    assert once_paid(stub)


@pytest.mark.parametrize("ending", ["expired", "cancelled"])
def test_what_an_ended_batch_did_answer_is_kept(batch, ending):
    with BatchStub(ending=ending, fates=["ok", "lost", "ok", "lost"]) as stub:
        assert batch(stub).missing >= 2
        stub.ending = "completed"
        assert batch(stub).missing == 0
    assert stub.account.billed.total() == REQUESTS + 2


def test_a_batch_refused_as_a_whole_says_why_and_is_submitted_anew(batch):
    with BatchStub(ending="failed") as stub:
        with pytest.raises(CallFailed, match="batch_1 was refused: Enqueued token limit reached"):
            batch(stub)
        stub.ending = "completed"
        assert batch(stub).missing == 0


def test_what_grew_while_a_batch_is_out_is_submitted_alone(batch):
    with BatchStub(looks=1) as stub:
        with pytest.raises(RepliesPending):
            batch(stub, Design((0, 1), draws=2, items=6))
        stub.looks = 0
        assert batch(stub).missing == 0
    assert stub.account.billed.total() == REQUESTS
    assert once_paid(stub)


def test_many_requests_go_as_several_files(batch, monkeypatch):
    monkeypatch.setattr(batching, "_LINES", 7)
    monkeypatch.setattr(batching, "_AT_ONCE", 2)
    with BatchStub() as stub:
        assert batch(stub).missing == 0
    sizes = [len(stub.files[made["input_file_id"]].splitlines()) for made in stub.batches.values()]
    assert sizes == [7, 7, 7, 7, 2]
    assert once_paid(stub)


def test_a_cap_submits_what_it_allows_and_the_same_call_goes_on(batch):
    with BatchStub() as stub:
        first = batch(stub, limits=SpendingLimits(calls=20))
        assert (first.stopped, first.missing > 0, stub.account.billed.total()) == ("--max-calls 20", True, 20)
        assert batch(stub, limits=SpendingLimits(calls=20)).missing == 0
    assert once_paid(stub)


def test_a_cap_on_dollars_is_never_passed_and_needs_a_price(batch):
    with BatchStub() as stub:
        with pytest.raises(DesignError, match="price of openai/any is unknown"):
            batch(stub, limits=SpendingLimits(usd=1))
        curve = batch(stub, limits=SpendingLimits(usd=0.01), prices=Prices(10, 10))
        assert curve.stopped == "--max-usd 0.01"
        assert 0 < curve.usage.usd <= 0.01
    assert 0 < stub.account.billed.total() < REQUESTS


def test_the_price_is_the_batchs_where_the_list_has_one_and_else_unknown(batch, monkeypatch):
    with BatchStub() as stub:
        unknown = batch(stub, Design((0,), draws=1, items=4))
        monkeypatch.setattr(BatchModel, "_known", dict(hosted._load().get_model_info("gpt-4o-mini")))
        known = batch(stub, Design((1,), draws=1, items=4))
        single = HostedModel("openai/gpt-4o-mini").expect(known.usage.prompt_tokens, 0, known.usage.completion_tokens)
    assert unknown.usage.usd is None
    assert known.usage.usd == pytest.approx(single.usd / 2)
    assert batch.said[2] == "submitted 4 requests as batch_2, at 50% of the price of single requests"


def test_single_calls_are_refused_while_a_batch_is_out(batch, make_task, tmp_path):
    with BatchStub(looks=1) as stub:
        with pytest.raises(RepliesPending):
            batch(stub)
        with pytest.raises(JournalError, match="1 batch is not collected yet"):
            measure(make_task(), DESIGN, HostedModel("openai/any", api_base=stub.base), journal=tmp_path / "j.sqlite")
        batch(stub)
        curve = measure(
            make_task(), DESIGN, HostedModel("openai/any", api_base=stub.base), journal=tmp_path / "j.sqlite"
        )
    assert curve.missing == stub.account.requests - REQUESTS == 0


def test_azure_is_asked_at_its_own_paths(batch, monkeypatch):
    with BatchStub() as stub:
        monkeypatch.setenv("AZURE_API_BASE", stub.base.removesuffix("/v1"))
        monkeypatch.setenv("AZURE_API_KEY", KEY)
        monkeypatch.setenv("AZURE_API_VERSION", "2024-10-21")
        assert batch(stub, name="azure/deployed").missing == 0
    line = json.loads(stub.files["file-1"].splitlines()[0])
    assert (line["url"], line["body"]["model"]) == ("/chat/completions", "deployed")


def test_a_provider_without_such_batches_is_refused_before_anything_is_sent(batch, monkeypatch):
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    with BatchStub() as stub, pytest.raises(ModelUnavailable, match="openai and azure only; leave --batch out"):
        batch(stub, name="mistral/small")
    assert stub.files == {}


def test_without_a_file_for_the_journal_nothing_is_submitted(make_task):
    with BatchStub() as stub, pytest.raises(DesignError, match="journal"):
        measure(make_task(), DESIGN, BatchModel("openai/any", api_base=stub.base))
    assert stub.asked.total() == 0


def test_no_key_is_kept_or_said(batch, tmp_path):
    with BatchStub(looks=1, reply=lambda body: f"label-1 {KEY}") as stub:
        with pytest.raises(RepliesPending) as pending:
            batch(stub)
        curve = batch(stub)
    told = [str(pending.value), *batch.said, *(note.text for note in curve.notes)]
    assert all(KEY not in line for line in told)
    assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    with sqlite3.connect(tmp_path / "j.sqlite") as db:
        assert db.execute("SELECT DISTINCT text FROM replies").fetchall() == [("label-1 [key]",)]
    db.close()
