"""What goes past litellm's layers is what litellm sends, and comes back as litellm reads it."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from curvefit.errors import CallFailed, StillReasoning
from curvefit.models import hosted
from curvefit.models.base import Message, Request
from curvefit.models.hosted import HostedModel
from curvefit.models.openai_route import plain_reply
from curvefit.testing.fake_provider import FATES, FakeProvider

# litellm's own types make pydantic warn, of a qualifier and of what the server put into a reply.
pytestmark = pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning", "ignore:Pydantic serializer")

KEY = "sk-test-0123456789abcdef"
JSON = {"Content-Type": "application/json"}
MESSAGE = {"role": "assistant", "content": " Rome"}
CHOICE = {"index": 0, "finish_reason": "stop", "message": MESSAGE}
USAGE = {
    "prompt_tokens": 2000, "completion_tokens": 3, "total_tokens": 2003,
    "prompt_tokens_details": {"cached_tokens": 128},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}  # fmt: skip
REPLY = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [CHOICE], "usage": USAGE}


class Server(ThreadingHTTPServer):
    """Keeps all of what is sent; answers with the same status, headers and bytes each time."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.seen, self.status, self.headers, self.content = [], 200, JSON, json.dumps(REPLY).encode()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server_port}/v1"


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        server, length = self.server, int(self.headers["Content-Length"])
        server.seen.append((self.command, self.path, self.headers.items(), self.rfile.read(length)))
        self.send_response(server.status)
        for name, value in {"Content-Length": str(len(server.content)), **server.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(server.content)
        self.close_connection = "Content-Length" in server.headers  # which promises more than there is

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


def outcome(model, request):
    """What comes of a request: all fields of a completion but the seconds, or all of a failure."""

    async def once():
        try:
            return await model.complete(request)
        finally:
            await model.rest()

    try:
        reply = asyncio.run(once())
    except CallFailed as error:
        fields = ("retryable", "refused", "limited", "billed", "wait")
        return type(error), str(error), *(getattr(error, field) for field in fields)
    parts = ("text", "prompt_tokens", "cached_tokens", "completion_tokens", "usd", "ending", "temperature", "allowance")
    return tuple(getattr(reply, part) for part in parts)


def both(model, request, monkeypatch):
    """What comes of a request by the route, and by litellm alone."""
    assert model._passes_messages_on
    past = outcome(model, request)
    with monkeypatch.context() as patch:
        patch.setattr(model, "_route", lambda: None)
        return past, outcome(model, request)


PROMPTS = {
    "plain": Request("In: é\nOut:", 8, stop=("\n",)),
    "chat": Request((Message("system", "Say «it»."), Message("user", '"\\\u2028𝛼\t')), 24, cache_key="draw-3"),
    "empty": Request((Message("user", ""),), 1, stop=("a", "b")),
}


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("name", ["openai/any", "openai/gpt-4o-mini", "openai/gpt-5-mini", "openai/meta-llama/Llama-3"])
def test_every_byte_that_is_sent_is_litellm_s_own(name, prompt, server, monkeypatch):
    monkeypatch.setenv("OPENAI_ORGANIZATION", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-1")
    past, through = both(HostedModel(name, api_base=server.base), PROMPTS[prompt], monkeypatch)
    assert past == through
    assert past[0] == " Rome"
    first, second = server.seen
    assert first == second
    method, path, headers, body = first
    assert (method, path) == ("POST", "/v1/chat/completions")
    assert dict(headers)["authorization"] == f"Bearer {KEY}"
    assert "messages-stand-here" not in body.decode()


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
def test_without_an_address_it_goes_where_litellm_would_send_it(server, variable, monkeypatch):
    model = HostedModel("openai/gpt-4o-mini")
    monkeypatch.setenv(variable, server.base)
    request = Request("x", 8, cache_key="draw-1")
    past, through = both(model, request, monkeypatch)
    assert past == through
    assert past[4] is not None, "it has a price"
    assert server.seen[0] == server.seen[1]
    assert json.loads(server.seen[0][3])["prompt_cache_key"] == "draw-1"


def test_each_draw_is_sent_with_the_key_that_is_its_own(server, monkeypatch):
    model = HostedModel("openai/gpt-4o-mini")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base)

    async def asked():
        await asyncio.gather(*(model.complete(Request("x", 8, cache_key=f"draw-{n}")) for n in range(3)))
        await model.rest()

    asyncio.run(asked())
    sent = [json.loads(body)["prompt_cache_key"] for *_, body in server.seen]
    assert sorted(sent) == ["draw-0", "draw-1", "draw-2"]


def test_requests_of_one_form_after_another_differ_in_their_messages_alone(server):
    async def many(model, requests):
        replies = await asyncio.gather(*map(model.complete, requests))
        assert "Pattern(" in (shown := repr(model._route()._patterns))
        assert KEY not in shown
        assert len(model._route()._patterns) == 6, "a key that is not sent makes no other form"
        await model.rest()
        return replies

    requests = [Request(f"question {i}", 8 + i % 3, ("\n",) * (i % 2), cache_key=f"draw-{i // 6}") for i in range(30)]
    replies = asyncio.run(many(HostedModel("openai/any", api_base=server.base), requests))
    assert [reply.text for reply in replies] == [" Rome"] * 30
    sent = [json.loads(body) for *_, body in server.seen]
    assert len(sent) == 30, "what only shows how litellm forms a request is not sent"
    told = {(body["messages"][0]["content"], body["max_tokens"], body.get("stop") is not None) for body in sent}
    assert told == {(request.prompt, request.max_tokens, bool(request.stop)) for request in requests}


def error(message, code=None):
    return json.dumps({"error": {"message": message, "type": "error", "code": code}}).encode()


STATUSES = [400, 401, 402, 403, 404, 405, 408, 409, 413, 418, 422, 425, 429, 500, 501, 502, 503, 504, 520, 524, 529]


@pytest.mark.parametrize(
    "content", [error(f"no {KEY}"), b"<html>\nbad gateway</html>", b""], ids=["json", "html", "none"]
)
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_the_same_failure(status, content, server, monkeypatch):
    server.status, server.content = status, content
    server.headers = {"Content-Type": "text/html" if b"html" in content else "application/json", "Retry-After": "7"}
    past, through = both(HostedModel("openai/any", api_base=server.base), PROMPTS["plain"], monkeypatch)
    assert past == through
    assert issubclass(past[0], CallFailed)
    assert KEY not in past[1]
    half = len(server.seen) // 2
    assert server.seen[:half] == server.seen[half:], "and as often sent"


SPECIAL = {
    "quota": (429, error("pay first", "insufficient_quota")),
    "filter": (400, error("content management policy", "content_filter")),
    "too long": (400, error("This model's maximum context length is 8 tokens", "context_length_exceeded")),
    "no room": (400, error("Could not finish the message because max_tokens or model output limit was reached")),
    "parameter": (422, error(json.dumps({"detail": [{"loc": ["body", "stop"], "msg": "no"}]}))),
    "ended": (200, error("overloaded", 503)),
    "number": (200, b"17"),
    "list": (200, b"[]"),
    "nothing": (200, b""),
    "cut": (200, json.dumps(REPLY).encode()[:-9]),
    "latin": (200, json.dumps(REPLY, ensure_ascii=False).replace("Rome", "é").encode("latin-1")),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_failures_are_the_same(name, server, monkeypatch):
    server.status, server.content = SPECIAL[name]
    past, through = both(HostedModel("openai/any", api_base=server.base), PROMPTS["plain"], monkeypatch)
    assert past == through


CHANGES = {
    "as it is": {},
    "more in it": {"system_fingerprint": "fp", "service_tier": "default", "unheard_of": {"a": [1]}},
    "dearer": {"service_tier": "priority"},
    "reasoning": {"choices": [{**CHOICE, "message": {**MESSAGE, "reasoning_content": "Let me see"}}]},
    "reasoning apart": {"choices": [{**CHOICE, "message": {**MESSAGE, "reasoning": "Let me see"}}]},
    "tags": {"choices": [{**CHOICE, "message": {**MESSAGE, "content": "<think>Hm.</think>\n Rome"}}]},
    "other tags": {"choices": [{**CHOICE, "message": {**MESSAGE, "content": " <think>Hm.</think>\n Rome"}}]},
    "open tag": {"choices": [{**CHOICE, "message": {**MESSAGE, "content": "<thinking>Hm."}}]},
    "late tag": {"choices": [{**CHOICE, "message": {**MESSAGE, "content": "Hm.</think>\n Rome"}}]},
    "cut in it": {"choices": [{**CHOICE, "finish_reason": "length", "message": {**MESSAGE, "content": "Hm.\n[THINK"}}]},
    "mark up": {"choices": [{**CHOICE, "message": {**MESSAGE, "content": "<b>Rome</b>"}}]},
    "null": {"choices": [{**CHOICE, "message": {**MESSAGE, "content": None}}]},
    "parts": {"choices": [{**CHOICE, "message": {**MESSAGE, "content": [{"type": "text", "text": "Rome"}]}}]},
    "surrogate": {"choices": [{**CHOICE, "message": {**MESSAGE, "content": "Rome \ud83d"}}]},
    "refusal": {"choices": [{**CHOICE, "message": {**MESSAGE, "content": None, "refusal": "no"}}]},
    "noted": {"choices": [{**CHOICE, "message": {**MESSAGE, "annotations": [], "refusal": None, "audio": None}}]},
    "call": {"choices": [{**CHOICE, "message": {**MESSAGE, "tool_calls": [
        {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}}]},
    "two": {"choices": [CHOICE, {**CHOICE, "index": 1}]},
    "none": {"choices": []},
    "odd end": {"choices": [{**CHOICE, "finish_reason": "eos"}]},
    "no end": {"choices": [{**CHOICE, "finish_reason": None}]},
    "no role": {"choices": [{**CHOICE, "message": {"content": "Rome"}}]},
    "cut off": {"choices": [{**CHOICE, "finish_reason": "length"}]},
    "key": {"choices": [{**CHOICE, "message": {**MESSAGE, "content": f"it is {KEY}\nRome"}}]},
    "uncounted": {"usage": None},
    "in words": {"usage": {**USAGE, "prompt_tokens": "2000"}},
    "below zero": {"usage": {**USAGE, "completion_tokens": -3}},
    "halves": {"usage": {**USAGE, "prompt_tokens": 2000.5}},
    "too many": {"usage": {**USAGE, "prompt_tokens": 10**12}},
    "no details": {"usage": {"prompt_tokens": 2000, "completion_tokens": 3, "total_tokens": 2003}},
    "null details": {"usage": {**USAGE, "prompt_tokens_details": None, "completion_tokens_details": None}},
    "counted apart": {"usage": {**USAGE, "total_tokens": 2053, "completion_tokens_details": {"reasoning_tokens": 50}}},
    "sound": {"usage": {**USAGE, "prompt_tokens_details": {"audio_tokens": 100, "cached_tokens": 0}}},
    "written": {"usage": {**USAGE, "cache_creation_input_tokens": 100}},
    "other cache": {"usage": {**USAGE, "prompt_tokens_details": None, "prompt_cache_hit_tokens": 512}},
    "error": {"error": {"message": "half", "code": 500}},
    "no error": {"error": None},
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_every_reply_is_read_and_priced_the_same(name, server, monkeypatch):
    server.content = json.dumps({**REPLY, **CHANGES[name]}).encode()
    server.headers = {
        **JSON, "x-ratelimit-limit-requests": "500", "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "2s",
    }  # fmt: skip
    model = HostedModel("openai/gpt-4o-mini")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base)
    past, through = both(model, PROMPTS["plain"], monkeypatch)
    assert past == through
    assert len(server.seen) == 2


@pytest.mark.parametrize("fate", sorted(set(FATES) - {"dripping"}))
def test_every_fault_is_the_same_failure(fate, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with FakeProvider(script=[fate, fate]) as server:
        past, through = both(HostedModel("openai/any", api_base=server.base), PROMPTS["plain"], monkeypatch)
    assert past == through
    assert server.traffic.requests == 2


def test_what_a_reply_says_of_reasoning_reaches_who_judges_it(server):
    message = {**MESSAGE, "content": "<think>Hm", "reasoning_content": "Hm"}
    server.content = json.dumps(
        {**REPLY, "choices": [{**CHOICE, "finish_reason": "length", "message": message}]}
    ).encode()
    assert outcome(HostedModel("openai/any", api_base=server.base), PROMPTS["plain"])[0] is StillReasoning


def test_a_connection_that_is_refused_is_the_same_failure(server, monkeypatch):
    server.shutdown()
    server.server_close()
    past, through = both(HostedModel("openai/any", api_base=server.base), PROMPTS["plain"], monkeypatch)
    assert past == through
    assert "Connection refused" in past[1]


def test_a_redirect_is_followed_as_litellm_follows_it(server, monkeypatch):
    aim = Server()
    server.status, server.headers = 307, {"Location": f"{aim.base}/chat/completions"}
    past, through = both(HostedModel("openai/any", api_base=server.base), PROMPTS["plain"], monkeypatch)
    aim.shutdown()
    aim.server_close()
    assert past == through
    assert past[0] == " Rome"
    assert aim.seen[0] == aim.seen[1]


def test_a_compressed_reply_is_read(server):
    import gzip

    server.content = gzip.compress(server.content)
    server.headers = {**JSON, "Content-Encoding": "gzip"}
    assert outcome(HostedModel("openai/any", api_base=server.base), PROMPTS["plain"])[0] == " Rome"


def test_a_text_that_no_bytes_can_hold_fails_the_same(server, monkeypatch):
    request = Request("a \ud800 b", 8)
    past, through = both(HostedModel("openai/any", api_base=server.base), request, monkeypatch)
    assert past == through


@pytest.mark.parametrize("hook", ["callbacks", "success_callback", "post_call_rules"])
def test_what_users_hang_into_litellm_is_called(hook, server, monkeypatch):
    monkeypatch.setattr(hosted._load(), hook, [lambda *_, **__: True])
    model = HostedModel("openai/any", api_base=server.base)

    async def route():
        return model._route()

    assert asyncio.run(route()) is None


@pytest.mark.parametrize("kind", [None, "text/plain", "text/event-stream", "application/json-lines"])
def test_only_json_is_a_plain_reply(kind):
    content = json.dumps(REPLY).encode()
    assert plain_reply(content, {} if kind is None else {"content-type": kind}) is None
    assert (
        plain_reply(content, {"content-type": "application/json; charset=utf-8"}).choices[0].message.content == " Rome"
    )


@pytest.mark.parametrize("text", ["Rome", "<b>Rome</b>", '{"a": "<think>"}', " <think>Hm</think> Rome", "é\n"])
def test_what_litellm_would_leave_as_it_is_needs_no_litellm(text):
    reply = {**REPLY, "choices": [{**CHOICE, "message": {**MESSAGE, "content": text}}]}
    assert (
        plain_reply(json.dumps(reply).encode(), {"content-type": "application/json"}).choices[0].message.content == text
    )


def test_a_proxy_of_the_environment_is_used(server, monkeypatch):
    proxy = Server()
    monkeypatch.setenv("http_proxy", proxy.base.removesuffix("/v1"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    past, through = both(HostedModel("openai/any", api_base="http://nowhere.invalid/v1"), PROMPTS["plain"], monkeypatch)
    proxy.shutdown()
    proxy.server_close()
    assert past == through
    assert [path for _, path, *_ in proxy.seen] == ["http://nowhere.invalid/v1/chat/completions"] * 2
