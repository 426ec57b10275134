import asyncio
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import tiktoken

from benchmarks.asking.token_estimates import texts
from curvefit.errors import CallFailed, ModelUnavailable
from curvefit.models import hosted
from curvefit.models.base import Message, Request
from curvefit.models.hosted import HostedModel
from curvefit.trials.prompts import reply_cap

# litellm's own types make pydantic warn once; it is of no concern to a caller.
pytestmark = pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")

KEY = "sk-test-0123456789abcdef"


class Api(ThreadingHTTPServer):
    """An OpenAI-like server on this machine: answers with `status`, remembers what it was sent."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status, self.message, self.bodies, self.changed = 200, "", [], {}
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = {
            "id": "1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": " Rome"}}],
            "usage": {
                "prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42,
                "prompt_tokens_details": {"cached_tokens": 32},
            },
        }  # fmt: skip
        body |= self.server.changed
        if self.server.status != 200:
            body = {"error": {"message": self.server.message, "type": "error", "code": None}}
        content = json.dumps(body).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def api(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server = Api()
    yield server
    server.shutdown()
    server.server_close()


def ask(model, prompt="In: Italy\nOut:"):
    async def once():
        try:
            return await model.complete(Request(prompt, 8, stop=("\n",)))
        finally:
            await model.rest()

    return asyncio.run(once())


def test_a_reply_comes_with_its_account(api):
    reply = ask(HostedModel("openai/m", api_base=api.base))
    assert (reply.text, reply.prompt_tokens, reply.cached_tokens, reply.completion_tokens) == (" Rome", 40, 32, 2)
    assert reply.usd is None, "an unknown price is not the same as free"


def test_what_is_sent_is_greedy_and_bounded(api):
    turns = (Message("system", "Name it."), Message("user", "Italy"))
    ask(HostedModel("openai/m", api_base=api.base), turns)
    (body,) = api.bodies
    assert (body["temperature"], body["max_tokens"], body["stop"]) == (0, 8, ["\n"])
    assert body["messages"] == [{"role": "system", "content": "Name it."}, {"role": "user", "content": "Italy"}]


def test_a_plain_prompt_is_one_user_message(api):
    ask(HostedModel("openai/m", api_base=api.base))
    assert api.bodies[0]["messages"] == [{"role": "user", "content": "In: Italy\nOut:"}]


@pytest.mark.parametrize(
    ("status", "message", "retryable"),
    [
        (429, "slow down", True),
        (429, "insufficient_quota: pay first", False),
        (500, "oops", True),
        (503, "busy", True),
        (401, f"Incorrect API key provided: {KEY}", False),
        (400, "no such parameter", False),
        (404, "no such model", False),
    ],
)
def test_a_failure_says_in_one_line_whether_to_ask_again_and_shows_no_key(api, status, message, retryable):
    api.status, api.message = status, message
    with pytest.raises(CallFailed) as caught:
        ask(HostedModel("openai/m", api_base=api.base))
    assert caught.value.retryable is retryable
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert len(api.bodies) == 1, "retries are the runner's"


@pytest.mark.parametrize(
    ("model", "variable"),
    [("openai/gpt-4o-mini", "OPENAI_API_KEY"), ("gemini/gemini-2.5-flash", "GEMINI_API_KEY")],
)
def test_a_missing_key_is_named_and_not_waited_for(monkeypatch, model, variable):
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CallFailed, match=variable) as caught:
        ask(HostedModel(model))
    assert not caught.value.retryable
    assert "Traceback" not in str(caught.value)


def test_a_reply_without_a_message_is_a_failure_that_may_pass(api):
    api.changed = {"choices": []}
    with pytest.raises(CallFailed, match="makes no sense") as caught:
        ask(HostedModel("openai/m", api_base=api.base))
    assert caught.value.retryable


def test_a_price_that_cannot_be_worked_out_loses_no_reply(api, monkeypatch):
    model = HostedModel("openai/gpt-4o-mini")
    monkeypatch.setattr(model, "_api_base", api.base)
    monkeypatch.setattr(model, "_known", {"input_cost_per_token": 1.0})
    monkeypatch.setattr("litellm.cost_calculator.completion_cost", lambda **_: 1 / 0)
    reply = ask(model)
    assert (reply.text, reply.usd) == (" Rome", None)


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
def test_an_address_from_the_environment_is_part_of_who_answers(api, monkeypatch, variable):
    plain = HostedModel("openai/gpt-4o-mini")
    monkeypatch.setenv(variable, api.base)
    model = HostedModel("openai/gpt-4o-mini")
    assert ask(model).text == " Rome"
    assert model.identity != plain.identity
    assert api.base in model.identity
    assert model.expect(10, 10, 10).usd is None, "nobody knows what that server charges"


@pytest.mark.parametrize(("status", "refused"), [(400, True), (422, True), (401, False), (404, False), (500, False)])
def test_a_refusal_is_about_one_request_and_a_wrong_key_about_all(api, status, refused):
    api.status, api.message = status, "no"
    with pytest.raises(CallFailed) as caught:
        ask(HostedModel("openai/m", api_base=api.base))
    assert caught.value.refused is refused


def test_a_server_of_one_s_own_needs_no_key(api, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert ask(HostedModel("openai/m", api_base=api.base)).text


def test_a_server_that_is_not_there_may_come_back(api):
    api.shutdown()
    api.server_close()
    with pytest.raises(CallFailed) as caught:
        ask(HostedModel("openai/m", api_base=api.base))
    assert caught.value.retryable


def test_one_model_can_be_asked_from_one_event_loop_after_another(api):
    model = HostedModel("openai/m", api_base=api.base)
    assert ask(model) != ask(model, "In: Spain\nOut:")
    assert len(api.bodies) == 2


def test_prices_and_context_come_from_the_list_where_it_has_them():
    listed, own = HostedModel("openai/gpt-4o-mini"), HostedModel("openai/gpt-4o-mini", api_base="http://127.0.0.1:1/v1")
    assert listed.expect(1_000_000, 1_000_000, 0).usd == pytest.approx(0.15)
    assert (own.expect(10, 10, 10).usd, own.context) == (None, None)


def test_tokens_are_estimated_from_above():
    text = "The quick brown fox jumps over the lazy dog. <|endoftext|>"
    assert 10 <= HostedModel("openai/gpt-4o-mini").count_tokens(text) <= len(text)


def _counts(language, model):
    return sum(map(HostedModel(model).count_tokens, texts()[language]))


def _made_by(texts, encoding):
    _ = hosted._load().encoding  # says where tiktoken finds its files
    return sum(len(tiktoken.get_encoding(encoding).encode(text)) for text in texts)


@pytest.mark.parametrize("language", ["Russian", "Arabic", "Hindi", "Chinese", "Japanese", "Korean"])
def test_tokens_outside_the_latin_script_are_estimated_from_above_but_not_by_half_as_many(language, gemma):
    for model in ("openai/gpt-4o-mini", "azure/gpt-4.1", "openai/ft:gpt-4.1-mini-2025-04-14:acme::x1", "openai/o3"):
        assert 1.2 <= _counts(language, model) / _made_by(texts()[language], "o200k_base") <= 1.25
    own = sum(map(gemma.count_tokens, texts()[language]))
    assert 1.05 <= _counts(language, "gemini/gemini-2.5-flash") / own <= 1.51
    for model in ("openai/gpt-4", "openai/mine", "anthropic/claude-sonnet-4-5"):
        assert 1.2 <= _counts(language, model) / _made_by(texts()[language], "cl100k_base") <= 1.3


def test_what_no_tokenizer_was_measured_on_is_counted_as_before():
    tamil = "சனிக்கிழமை நூலகம் எப்போது திறக்கும்?"
    old = int(1.2 * _made_by([tamil], "cl100k_base")) + 1
    assert HostedModel("groq/llama-3.3-70b-versatile").count_tokens(tamil) == old
    assert HostedModel("groq/llama-3.3-70b-versatile").count_tokens(f"圖書館 {tamil}") > old
    assert HostedModel("openai/gpt-4.1").count_tokens(tamil) < old / 2


def test_a_folder_of_tokenizers_that_lacks_the_newer_one_is_no_reason_to_fetch_it(tmp_path, monkeypatch):
    hindi, model = texts()["Hindi"][0], HostedModel("openai/gpt-4.1")
    newer = model.count_tokens(hindi)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    hosted._newer_encoding.cache_clear()
    try:
        assert model.count_tokens(hindi) > 2 * newer
    finally:
        hosted._newer_encoding.cache_clear()


def test_an_unknown_provider_is_refused():
    with pytest.raises(ModelUnavailable, match="provider/model"):
        HostedModel("gpt4ish")


def test_importing_litellm_fetches_nothing_and_reads_no_env_file():
    HostedModel("openai/gpt-4o-mini")
    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert os.environ["LITELLM_MODE"] == "PRODUCTION"


@pytest.mark.parametrize(
    ("name", "thinks"),
    [
        ("openai/gpt-4o-mini", False), ("openai/o3", True), ("openai/gpt-5-mini", True), ("openai/gpt-5.1", False),
        ("gemini/gemini-2.5-flash", True), ("anthropic/claude-sonnet-4-5", False),
        ("anthropic/claude-sonnet-5-5", True), ("openai/nobody-knows", False),
    ],
)  # fmt: skip
def test_models_that_reason_first_get_room_for_it_within_the_cap(make_task, name, thinks):
    model = HostedModel(name)
    assert bool(model.thinking) is thinks
    assert reply_cap(make_task(), model) - reply_cap(make_task(), HostedModel("openai/gpt-4o-mini")) == model.thinking


def test_a_name_without_its_provider_is_one_litellm_knows():
    assert HostedModel("gpt-4o-mini").context == HostedModel("openai/gpt-4o-mini").context > 100_000


def test_a_model_thinks_as_much_wherever_it_is_served():
    assert HostedModel("openai/o3", api_base="http://127.0.0.1:1/v1").thinking == HostedModel("openai/o3").thinking
