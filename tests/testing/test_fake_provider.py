"""The server that misbehaves does what it says, and keeps the account others are judged by."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import IncompleteRead, RemoteDisconnected

import pytest

from curvefit.testing.fake_provider import KINDS, Behaviour, Stub


def post(stub, question="x", key="sk-of-the-test", base=None):
    body = {"model": "m", "messages": [{"role": "user", "content": question}]}
    request = urllib.request.Request(
        f"{base or stub.base}/chat/completions", json.dumps(body).encode(), {"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=200) as response:
        return response.read()


def text(reply):
    return json.loads(reply)["choices"][0]["message"]["content"]


def test_equal_requests_get_equal_replies_and_are_counted_as_repeats():
    with Stub() as stub:
        assert text(post(stub)) == text(post(stub)) != text(post(stub, "y"))
    assert (stub.account.requests, stub.account.repeats, stub.account.billed.total()) == (3, 1, 3)


def test_a_reply_can_be_the_right_one():
    with Stub(reply=lambda asked: asked["messages"][-1]["content"].upper()) as stub:
        assert text(post(stub, "rome")) == "ROME"


@pytest.mark.parametrize(("kind", "status"), [("failing", 500), ("busy", 503), ("limited", 429), ("denied", 401)])
def test_a_refusal_is_not_billed(kind, status):
    with Stub(script=[kind]) as stub:
        with pytest.raises(urllib.error.HTTPError) as caught:
            post(stub)
        assert caught.value.code == status
        assert ("sk-of-the-test" in caught.value.read().decode()) == (kind == "denied")
        caught.value.close()
    assert stub.account.billed.total() == stub.account.answered.total() == 0


@pytest.mark.parametrize(("kind", "error"), [("dropping", RemoteDisconnected), ("short", IncompleteRead)])
def test_a_dropped_reply_is_billed_and_not_answered(kind, error):
    with Stub(script=[kind]) as stub:
        with pytest.raises(error):
            post(stub)
        assert text(post(stub))
    assert (stub.account.billed.total(), stub.account.answered.total(), stub.account.repeats) == (2, 1, 0)


@pytest.mark.parametrize("kind", ["malformed", "not-json", "not-utf8"])
def test_what_cannot_be_read_cannot_be_read(kind):
    with Stub(script=[kind]) as stub, pytest.raises(ValueError, match=r"codec|delimiter|value|string"):
        json.loads(post(stub).decode())


def test_replies_may_be_empty_cut_filtered_huge_or_slow():
    with Stub(Behaviour(drip=0.0), script=["empty", "truncated", "filtered", "huge", "dripping"]) as stub:
        choices = [json.loads(post(stub))["choices"][0] for _ in range(5)]
    assert [len(choice["message"]["content"]) for choice in choices] == [0, 2, 0, 1_000_012, 12]
    assert [choice["finish_reason"] for choice in choices] == ["stop", "length", "content_filter", "stop", "stop"]


def test_over_the_rate_it_says_how_long_to_wait():
    with Stub(Behaviour(rate=0.01, burst=300.0)) as stub:
        for _ in range(3):
            post(stub)
        with pytest.raises(urllib.error.HTTPError) as caught:
            post(stub)
        assert caught.value.headers["Retry-After"] == "1"
        assert 90_000 < float(caught.value.headers["Retry-After-Ms"]) <= 100_000
        caught.value.close()
    assert stub.account.kinds == {"ok": 3, "limited": 1}


def test_shares_are_kept_and_the_seed_decides():
    kinds = []
    for seed in (1, 1, 2):
        with Stub(Behaviour(failing=0.3, seed=seed)) as stub:
            failed = []
            for i in range(60):
                try:
                    post(stub, str(i))
                except urllib.error.HTTPError as error:
                    error.close()
                    failed.append(i)
        kinds.append(failed)
    assert kinds[0] == kinds[1] != kinds[2]
    assert 8 <= len(kinds[0]) <= 30


def test_a_prefix_is_cached_once_a_prompt_with_it_was_answered():
    opening = {"role": "system", "content": "word " * 1000}

    def ask(stub, question):
        body = {"messages": [opening, {"role": "user", "content": question}]}
        with urllib.request.urlopen(f"{stub.base}/chat/completions", json.dumps(body).encode(), timeout=200) as reply:
            return json.loads(reply.read())["usage"]

    with Stub(Behaviour(latency=1.0)) as stub:
        with ThreadPoolExecutor() as pool:
            at_once = list(pool.map(lambda i: ask(stub, f"q{i}"), range(3)))
        after = ask(stub, "q9")
    assert [usage["prompt_tokens_details"]["cached_tokens"] for usage in at_once].count(0) >= 1
    assert after["prompt_tokens_details"]["cached_tokens"] == 1152
    assert stub.account.most_at_once == 3
    assert 0 < stub.account.cached_tokens < stub.account.prompt_tokens


def test_it_runs_as_a_process_that_ends_with_its_input():
    command = [sys.executable, "-m", "curvefit.testing.fake_provider", '{"kind": "empty"}']
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        base = process.stdout.readline().strip()
        assert text(post(None, base=base)) == ""
        with urllib.request.urlopen(f"{base}/account", timeout=200) as told:
            assert json.loads(told.read())["kinds"] == {"empty": 1}
        process.stdin.close()
        assert process.wait(timeout=200) == 0


def test_everything_it_can_do_is_named_and_ok_is_among_it():
    assert "ok" in KINDS
    with pytest.raises(KeyError, match="unheard-of"):
        KINDS["unheard-of"]
