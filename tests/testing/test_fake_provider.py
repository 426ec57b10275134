"""The fake provider does what it says, and counts what others are judged by."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import IncompleteRead, RemoteDisconnected

import pytest

from curvefit.testing.fake_provider import FATES, FakeProvider, Faults


def post(server, question="x", key="sk-of-the-test", base=None):
    body = {"model": "m", "messages": [{"role": "user", "content": question}]}
    request = urllib.request.Request(
        f"{base or server.base}/chat/completions", json.dumps(body).encode(), {"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=200) as response:
        return response.read()


def text(reply):
    return json.loads(reply)["choices"][0]["message"]["content"]


def test_equal_requests_get_equal_replies_and_are_counted_as_repeats():
    with FakeProvider() as server:
        assert text(post(server)) == text(post(server)) != text(post(server, "y"))
    assert (server.traffic.requests, server.traffic.repeats, server.traffic.billed.total()) == (3, 1, 3)


def test_a_reply_can_be_the_right_one():
    with FakeProvider(reply=lambda body: body["messages"][-1]["content"].upper()) as server:
        assert text(post(server, "rome")) == "ROME"


@pytest.mark.parametrize(("fate", "status"), [("failing", 500), ("busy", 503), ("limited", 429), ("denied", 401)])
def test_a_refusal_is_not_billed(fate, status):
    with FakeProvider(script=[fate]) as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            post(server)
        assert caught.value.code == status
        assert ("sk-of-the-test" in caught.value.read().decode()) == (fate == "denied")
        caught.value.close()
    assert server.traffic.billed.total() == server.traffic.answered.total() == 0


@pytest.mark.parametrize(("fate", "error"), [("dropping", RemoteDisconnected), ("short", IncompleteRead)])
def test_a_dropped_reply_is_billed_and_not_answered(fate, error):
    with FakeProvider(script=[fate]) as server:
        with pytest.raises(error):
            post(server)
        assert text(post(server))
    assert (server.traffic.billed.total(), server.traffic.answered.total(), server.traffic.repeats) == (2, 1, 0)


@pytest.mark.parametrize("fate", ["malformed", "not-json", "not-utf8"])
def test_what_cannot_be_read_cannot_be_read(fate):
    with FakeProvider(script=[fate]) as server, pytest.raises(ValueError, match=r"codec|delimiter|value|string"):
        json.loads(post(server).decode())


def test_replies_may_be_empty_cut_filtered_huge_or_slow():
    with FakeProvider(Faults(drip=0.0), script=["empty", "truncated", "filtered", "huge", "dripping"]) as server:
        choices = [json.loads(post(server))["choices"][0] for _ in range(5)]
    assert [len(choice["message"]["content"]) for choice in choices] == [0, 2, 0, 1_000_012, 12]
    assert [choice["finish_reason"] for choice in choices] == ["stop", "length", "content_filter", "stop", "stop"]


def test_over_the_rate_it_says_how_long_to_wait():
    with FakeProvider(Faults(rate=0.01, burst=300.0)) as server:
        for _ in range(3):
            post(server)
        with pytest.raises(urllib.error.HTTPError) as caught:
            post(server)
        assert caught.value.headers["Retry-After"] == "1"
        assert 90_000 < float(caught.value.headers["Retry-After-Ms"]) <= 100_000
        caught.value.close()
    assert server.traffic.fates == {"ok": 3, "limited": 1}


def test_shares_are_kept_and_the_seed_decides():
    failures = []
    for seed in (1, 1, 2):
        with FakeProvider(Faults(failing=0.3, seed=seed)) as server:
            failed = []
            for i in range(60):
                try:
                    post(server, str(i))
                except urllib.error.HTTPError as error:
                    error.close()
                    failed.append(i)
        failures.append(failed)
    assert failures[0] == failures[1] != failures[2]
    assert 8 <= len(failures[0]) <= 30


def test_a_prefix_is_cached_once_a_prompt_with_it_was_answered():
    opening = {"role": "system", "content": "word " * 1000}

    def ask(server, question):
        body = {"messages": [opening, {"role": "user", "content": question}]}
        with urllib.request.urlopen(f"{server.base}/chat/completions", json.dumps(body).encode(), timeout=200) as reply:
            return json.loads(reply.read())["usage"]

    with FakeProvider(Faults(latency=1.0)) as server:
        with ThreadPoolExecutor() as pool:
            at_once = list(pool.map(lambda i: ask(server, f"q{i}"), range(3)))
        after = ask(server, "q9")
    assert [usage["prompt_tokens_details"]["cached_tokens"] for usage in at_once].count(0) >= 1
    assert after["prompt_tokens_details"]["cached_tokens"] == 1152
    assert server.traffic.most_at_once == 3
    assert 0 < server.traffic.cached_tokens < server.traffic.prompt_tokens


def test_it_runs_as_a_process_that_ends_with_its_input():
    command = [sys.executable, "-m", "curvefit.testing.fake_provider", '{"fate": "empty"}']
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        base = process.stdout.readline().strip()
        assert text(post(None, base=base)) == ""
        with urllib.request.urlopen(f"{base}/traffic", timeout=200) as response:
            assert json.loads(response.read())["fates"] == {"empty": 1}
        process.stdin.close()
        assert process.wait(timeout=200) == 0


def test_everything_it_can_do_is_named_and_ok_is_among_it():
    assert "ok" in FATES
    with pytest.raises(KeyError, match="unheard-of"):
        FATES["unheard-of"]
