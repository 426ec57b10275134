"""What a hosted model makes of faults, limits, prices and caches: on a fake provider, through litellm."""

import asyncio
import gc
import importlib.util
import json
import os
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from curvefit.errors import CallFailed, ModelUnavailable, StillReasoning
from curvefit.models import hosted, wire
from curvefit.models.base import Allowance, Message, Prices, Request
from curvefit.models.hosted import HostedModel
from curvefit.models.resolve import resolve
from curvefit.testing.fake_provider import FakeProvider, Faults

pytestmark = pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")

KEY = "sk-test-0123456789abcdef"
CHAT = (
    Message("system", "Say what it ist: «é»."),
    *(
        m
        for i in range(100)
        for m in (Message("user", f"ünput {i} " * 20), Message("assistant", f"label\n{i}\t\u2028"))
    ),
    Message("user", 'the "last" 𝛼\\'),
)


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-0123456789abcdef")


def ask(model, prompt="x", **fields):
    async def once():
        try:
            return await model.complete(Request(prompt, 8, **fields))
        finally:
            await model.rest()

    return asyncio.run(once())


def failure(script, **faults):
    with FakeProvider(Faults(**faults), script=[script]) as server, pytest.raises(CallFailed) as caught:
        ask(HostedModel("openai/any", api_base=server.base))
    assert server.traffic.requests == 1, "retries are the runner's"
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


EXPECTED = {
    # what happens: retryable, refused, limited, billed
    "limited": (True, False, True, False),
    "failing": (True, False, False, False),
    "busy": (True, False, False, False),
    "echoing": (True, False, False, False),
    "dropping": (True, False, False, True),
    "resetting": (True, False, False, True),
    "gateway": (True, False, False, True),
    "broke": (False, False, False, False),
    "short": (True, False, False, True),
    "malformed": (True, False, False, True),
    "not-json": (True, False, False, True),
    "not-utf8": (True, False, False, True),
    "no-choice": (True, False, False, True),
    "absurd": (True, False, False, True),
    "filtered": (False, True, False, True),
    "partial": (False, True, False, True),
    "thinking": (False, True, False, True),
    "unfinished": (False, True, False, True),
    "hidden": (False, True, False, True),
    "tool": (False, True, False, True),
    "refused": (False, True, False, False),
    "denied": (False, False, False, False),
}


@pytest.mark.parametrize("fate", EXPECTED)
def test_every_fault_says_what_may_be_done_about_it_and_whether_it_may_cost(fate):
    error = failure(fate)
    assert (error.retryable, error.refused, error.limited, error.billed) == EXPECTED[fate]


@pytest.mark.parametrize("name", ["anthropic/claude-haiku-4-5", "openai/any", "mistral/any"])
def test_a_connection_that_is_reset_is_not_sent_again_behind_the_caps(name, monkeypatch):
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    with FakeProvider(script=["resetting"]) as server:
        base = server.base.removesuffix("/v1") if name.startswith("anthropic") else server.base
        with pytest.raises(CallFailed) as caught:
            ask(HostedModel(name, api_base=base))
    assert server.traffic.requests == 1
    assert caught.value.billed


def test_a_call_that_reached_nobody_cost_nothing():
    with FakeProvider() as server:
        base = server.base
    with pytest.raises(CallFailed) as caught:
        ask(HostedModel("openai/any", api_base=base))
    assert caught.value.retryable
    assert not caught.value.billed


def test_what_a_server_does_not_count_is_unknown_not_free():
    with FakeProvider(script=["uncounted"]) as server:
        reply = ask(HostedModel("openai/any", api_base=server.base, prices=Prices(1, 2)))
    assert (reply.prompt_tokens, reply.usd) == (0, None)


@pytest.mark.parametrize("fate", ["thinking", "unfinished", "hidden"])
def test_reasoning_that_ate_the_cap_is_told_from_other_failures(fate):
    error = failure(fate)
    assert isinstance(error, StillReasoning)
    assert "raise --reply-tokens" in str(error)


@pytest.mark.parametrize("fate", ["reasoned", "half-tagged"])
@pytest.mark.parametrize("stop", [(), ("\n",)])
def test_the_reply_is_what_follows_the_reasoning(fate, stop):
    with FakeProvider(script=[fate], reply=lambda _: "refund") as server:
        reply = ask(HostedModel("openai/any", api_base=server.base), stop=stop)
    assert reply.text == "refund"


@pytest.mark.parametrize(("total", "generated"), [(103, 3), (153, 53)])
def test_reasoning_that_a_provider_counts_apart_is_generated_too(total, generated):
    info = SimpleNamespace(
        prompt_tokens=100, completion_tokens=3, total_tokens=total,
        completion_tokens_details=SimpleNamespace(reasoning_tokens=50 if total > 103 else 2),
    )  # fmt: skip
    assert wire.usage(info).completion == generated


def test_more_cached_than_was_sent_is_as_much_as_was_sent():
    info = SimpleNamespace(
        prompt_tokens=100, completion_tokens=3, prompt_tokens_details=SimpleNamespace(cached_tokens=500)
    )
    assert wire.usage(info) == wire.TokenUsage(100, 100, 3)


def test_no_model_that_litellm_asks_by_another_api_is_sent_its_messages_past_it():
    litellm = hosted._load()
    names = [name for name, info in litellm.model_cost.items() if info.get("litellm_provider") == "openai"]
    models = [HostedModel(f"openai/{name}", api_base="http://127.0.0.1:1/v1") for name in names]
    bridged = [model.name for model in models if litellm.model_cost[model.name[7:]].get("mode") == "responses"]
    assert len(bridged) > 10
    known = importlib.util.find_spec("mcp") is not None
    for model in models:
        if known or model.name not in bridged:
            assert not (model._passes_messages_on and model.name in bridged)
        else:
            with pytest.raises(ModelUnavailable, match="pip install mcp"):
                _ = model._passes_messages_on


def test_a_limit_says_how_long_to_wait():
    assert failure("limited").wait == 0.02
    assert failure("failing").wait is None


def test_a_reply_that_drips_for_ever_ends_at_the_timeout(monkeypatch):
    with FakeProvider() as server:  # what asks is loaded by then, which takes longer
        ask(HostedModel("openai/any", api_base=server.base))
    monkeypatch.setattr(hosted, "_TIMEOUT", 1.5)  # a busy machine too has sent the request in that
    error = failure("dripping", drip=1.0)
    assert error.retryable
    assert error.billed
    assert "no reply in" in str(error)


ODD = {"empty": (0, "stop"), "truncated": (2, "length"), "huge": (1_000_012, "stop")}


@pytest.mark.parametrize("fate", ODD)
def test_an_odd_reply_is_a_reply(fate):
    with FakeProvider(script=[fate]) as server:
        reply = ask(HostedModel("openai/any", api_base=server.base))
    assert (len(reply.text), reply.ending) == ODD[fate]


def test_headers_say_what_is_left():
    with FakeProvider(Faults(rate=1.0, burst=100.0, rate_headers=True)) as server:
        reply = ask(HostedModel("openai/any", api_base=server.base))
    assert reply.allowance == Allowance(100, 99, pytest.approx(1.0, abs=0.1))


@pytest.mark.parametrize("name", ["openai/any", "openai/gpt-4o-mini", "openai/meta-llama/Llama-3"])
@pytest.mark.parametrize("prompt", [CHAT, "In: é\nOut:", (Message("user", ""),)])
def test_messages_sent_past_litellm_s_passes_are_the_same_bytes(name, prompt, monkeypatch):
    with FakeProvider() as server:
        model = HostedModel(name, api_base=server.base)
        assert model._passes_messages_on
        ask(model, prompt, stop=("\n",))
        monkeypatch.setattr(model, "_passes_messages_on", False)
        ask(model, prompt, stop=("\n",))
    past, through = server.bodies
    assert past == through
    messages = (Message("user", prompt),) if isinstance(prompt, str) else prompt
    assert json.loads(past)["messages"] == [{"role": m.role, "content": m.content} for m in messages]


@pytest.mark.parametrize("name", ["openai/o3-mini", "anthropic/claude-haiku-4-5", "gemini/gemini-2.5-flash"])
def test_messages_that_litellm_changes_go_through_it(name):
    assert not HostedModel(name, api_base="http://127.0.0.1:9")._passes_messages_on


def test_a_temperature_that_is_not_sent_is_not_claimed():
    with FakeProvider() as server:
        replies = [ask(HostedModel(name, api_base=server.base)) for name in ("openai/any", "openai/o3-mini")]
    bodies = [json.loads(body) for body in server.bodies]
    assert [reply.temperature for reply in replies] == [0.0, None]
    assert [body.get("temperature") for body in bodies] == [0, None]
    assert [body.get("max_tokens") or body.get("max_completion_tokens") for body in bodies] == [8, 8]


def test_a_stop_text_ends_the_reply_also_where_the_server_ignores_it():
    with FakeProvider(reply=lambda _: "one\ntwo") as server:
        assert ask(HostedModel("openai/any", api_base=server.base), stop=("\n",)).text == "one"


def test_anthropic_is_told_what_to_cache_and_its_cached_tokens_are_among_those_sent():
    with FakeProvider() as server:
        model = HostedModel("anthropic/claude-haiku-4-5", api_base=server.base.removesuffix("/v1"))
        first = ask(model, CHAT)
        again = ask(model, (*CHAT[:-1], Message("user", "another")))
    marks = [part for m in json.loads(server.bodies[0])["messages"] for part in m["content"] if "cache_control" in part]
    assert [mark["text"].split()[0] for mark in marks] == ["label"]
    assert json.loads(server.bodies[0])["max_tokens"] == 8
    assert first.cached_tokens == 0 < again.cached_tokens < again.prompt_tokens
    assert again.prompt_tokens == pytest.approx(first.prompt_tokens, abs=10)


def test_openai_is_never_sent_the_mark():
    with FakeProvider() as server:
        ask(HostedModel("openai/any", api_base=server.base), CHAT)
    assert b"cache_control" not in server.bodies[0]


def test_a_stated_price_is_used_and_counts_cached_tokens_apart():
    with FakeProvider() as server:
        model = HostedModel("openai/any", api_base=server.base, prices=Prices(2.0, 8.0, cached=0.5))
        ask(model, CHAT)
        reply = ask(model, (*CHAT[:-1], Message("user", "another")))
    fresh = reply.prompt_tokens - reply.cached_tokens
    assert reply.cached_tokens > 1000
    assert reply.usd == pytest.approx((fresh * 2 + reply.cached_tokens * 0.5 + reply.completion_tokens * 8) / 1e6)
    assert model.expect(1_000_000, 0, 1_000_000).usd == pytest.approx(10.0)


def test_a_listed_price_counts_cached_tokens_apart(monkeypatch):
    with FakeProvider() as server:
        model = HostedModel("openai/gpt-4o-mini")
        monkeypatch.setattr(model, "_api_base", server.base)
        monkeypatch.setattr(model, "_known", dict(hosted._load().get_model_info("gpt-4o-mini")))
        ask(model, CHAT)
        reply = ask(model, (*CHAT[:-1], Message("user", "another")))
    fresh = reply.prompt_tokens - reply.cached_tokens
    assert reply.cached_tokens > 1000
    assert reply.usd == pytest.approx(
        (fresh * 0.15 + reply.cached_tokens * 0.075 + reply.completion_tokens * 0.6) / 1e6
    )


def test_filling_anthropic_s_cache_is_expected_to_cost_more():
    model = HostedModel("anthropic/claude-haiku-4-5")
    assert model.expect(1_000_000, 0, 0).usd == pytest.approx(1.25 * model._known["input_cost_per_token"] * 1e6)


def test_a_key_in_a_reply_is_taken_out_and_its_white_space_kept(monkeypatch):
    monkeypatch.setenv("MY_SERVICE_TOKEN", "correct-horse-battery")
    with FakeProvider(reply=lambda _: f"a\n {KEY} \n correct-horse-battery") as server:
        assert ask(HostedModel("openai/any", api_base=server.base)).text == "a\n [key] \n [key]"


def test_naming_a_model_imports_no_litellm():
    code = (
        "import sys; from curvefit.models.resolve import resolve; m = resolve('openai/gpt-4o-mini');"
        "print(m.identity, m.form, m.concurrency, 'litellm' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.split() == ["openai/gpt-4o-mini", "chat", "64", "False"]


def test_a_provider_nobody_knows_is_refused_when_it_is_needed():
    with pytest.raises(ModelUnavailable, match="provider/model"):
        HostedModel("nobody/knows").count_tokens("x")


def test_a_password_in_the_address_is_refused_and_not_repeated():
    with pytest.raises(ModelUnavailable, match="must not hold a password") as caught:
        HostedModel("openai/any", api_base="http://user:hunter2@host/v1")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["api_key", "access_token", "sig", "SECRET"])
def test_a_key_in_the_address_is_refused_and_not_repeated(monkeypatch, name):
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://host/v1?v=2&{name}=hunter2")
    for api_base in (None, f"http://host/v1?{name}=hunter2"):
        with pytest.raises(ModelUnavailable, match="must not hold a password or a key") as caught:
            HostedModel("openai/any", api_base=api_base)
        assert "hunter2" not in str(caught.value)


def test_a_version_in_the_address_is_no_key():
    base = "http://host/v1?api-version=2024-10-21"
    assert HostedModel("openai/any", api_base=base).identity.endswith(base)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_no_connection_outlives_the_loop_it_was_made_for():
    with FakeProvider() as server:
        ask(HostedModel("openai/any", api_base=server.base))
    clients = hosted._load().in_memory_llm_clients_cache.cache_dict
    gc.collect()  # what was left open would be said here
    assert not [key for key in clients if "api_base" in str(key) and server.base in str(key)]


def failure_at(address, name="openai/any"):
    with pytest.raises(CallFailed) as caught:
        ask(HostedModel(name, api_base=address))
    return caught.value


def test_a_server_that_is_down_is_named_with_what_to_look_at_and_is_not_paid_for():
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        error = failure_at(address)
    said = f"openai/any: no server answers at {address} (Connection refused): is it running, and is the address right?"
    assert str(error) == said
    assert (error.retryable, error.billed) == (True, False)


@pytest.mark.parametrize("end", ["", "/", "/v1/"])
def test_an_address_that_lacks_v1_is_told_so_where_nothing_is_found(end):
    class NotFoundError(Exception):
        status_code = 404

    said = str(wire.failure("openai/any", NotFoundError("Not Found"), f"http://localhost:8000{end}"))
    assert ("try --api-base http://localhost:8000/v1" in said) == ("v1" not in end)
    assert "--api-base" not in str(wire.failure("openai/any", NotFoundError("Not Found")))


@pytest.mark.parametrize(
    ("name", "variable"),
    [("openai/gpt-4o-mini", "OPENAI_API_KEY"), ("anthropic/claude-3-5-haiku-latest", "ANTHROPIC_API_KEY")],
)
def test_a_missing_key_is_named_by_its_variable(monkeypatch, name, variable):
    monkeypatch.delenv(variable)
    error = failure_at(None, name)
    assert str(error) == f"{name}: it needs a key, and there is none: set {variable}"
    assert not error.retryable


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("openai/any", "OPENAI_API_KEY"),
        ("anthropic/claude-haiku-4-5", "ANTHROPIC_API_KEY"),
        ("together_ai/any", "TOGETHERAI_API_KEY"),
    ],
)
def test_a_wrong_key_is_named_by_its_variable_with_what_to_do(monkeypatch, name, variable):
    monkeypatch.setenv(variable, KEY)
    with FakeProvider(script=["denied"]) as server:
        error = failure_at(server.base, name)
    said = str(error).replace("REDACTED", "[key]")  # as litellm writes some
    refused = f"{name}: the key in {variable} was refused by {server.base}"
    assert said == f"{refused} (Incorrect API key provided: [key]): set a valid one"


def test_a_provider_that_refuses_a_key_of_unknown_place_is_told_in_its_words():
    class AuthenticationError(Exception):
        status_code = 401

    error = wire.failure("openai/any", AuthenticationError("No such user"))
    assert str(error) == "openai/any: the key was refused by the provider (No such user): set a valid one"


@pytest.mark.parametrize("address", ["localhost:8000/v1", "ftp://localhost/v1", "http:/localhost", "http://", "", "v1"])
def test_an_address_that_is_none_is_refused_before_anything_is_sent(address):
    with pytest.raises(ModelUnavailable, match="begins with http:// or https:// and names a host"):
        HostedModel("openai/any", api_base=address)


@pytest.mark.parametrize("name", ["sk-abcdefghijklmnop", "openai/sk-abcdefghijklmnop", "local/hf_abcdefghijklmnopqrst"])
def test_a_key_in_place_of_a_models_name_is_neither_used_nor_repeated(name):
    with pytest.raises(ModelUnavailable, match="looks like a key, so it is neither used nor repeated") as caught:
        resolve(name)
    assert "abcdefghijklmnop" not in str(caught.value)
