"""Models behind an API, by litellm. Lives here: everything that imports litellm, which nothing else does."""

from __future__ import annotations

import asyncio
import functools
import logging
import math
import os
import re
import ssl
import time
import warnings
from contextlib import suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from curvefit.errors import CallFailed, ModelUnavailable
from curvefit.models import wire
from curvefit.models.base import Completion, Cost, Form, Prices, Request
from curvefit.models.openai_route import OpenAIRoute
from curvefit.models.price_list import dearest_usd, has_hours
from curvefit.models.redaction import redact, without_keys
from curvefit.models.token_estimate import share_of_old
from curvefit.reasoning import without_reasoning

if TYPE_CHECKING:
    from tiktoken import Encoding

__all__ = [
    "MARGIN",
    "HostedModel",
    "close_clients",
    "from_environment",
    "without_credentials",
]

_SECRET: Final = re.compile(r"[?&][^=&]*(?:key|token|secret|password|sig)[^=&]*=[^&]", re.IGNORECASE)


def without_credentials(api_base: str | None) -> str | None:
    """Return an address as it is, unless it holds a password or a key, which would end up in names and messages.

    Raises
    ------
    ModelUnavailable
        It does; it is not repeated.
    """
    if api_base is not None and ("@" in api_base.partition("://")[2].partition("/")[0] or _SECRET.search(api_base)):
        raise ModelUnavailable("an API base must not hold a password or a key; put it into the provider's variable")
    return api_base


def _web_address(api_base: str | None) -> str | None:
    """Return an address as it is, where it is one of the web.

    Raises
    ------
    ModelUnavailable
        It names no host, or begins otherwise than with http.
    """
    if api_base is not None and not re.match(r"https?://[^/?#\s]", api_base, re.IGNORECASE):
        raise ModelUnavailable(
            f"an API base is an address such as http://localhost:8000/v1, not {redact(api_base)[:80]!r}: it begins with"
            " http:// or https:// and names a host"
        )
    return api_base


def from_environment(provider: str) -> str | None:
    """Return the address the environment gives a provider, which is then part of who answered."""
    names = (f"{provider.upper()}_BASE_URL", f"{provider.upper()}_API_BASE")
    return without_credentials(next((os.environ[name] for name in names if os.environ.get(name)), None))


_TIMEOUT: Final = 120.0  # seconds for one call, from sending to the last byte
_CONCURRENCY: Final = 64  # at most; how many of these pay off is found out while asking
_THINKING: Final = 4096  # tokens of reasoning, which providers count against `max_tokens` and bill as they come
# What a shared beginning has at least to be cached, by OpenAI's documentation and Google's; litellm's list has others'.
_CACHED_FROM: Final = 1024
# Other providers' tokenizers make up to about a fifth more tokens of a text than is estimated for them.
MARGIN: Final = 1.2
_KEYS: Final = ("_KEY", "_TOKEN")  # what variables that hold a key end with
_FINE_TUNED: Final = re.compile(r"((?:^|/)ft:[^:]+):.+$")
_NEWER: Final = "fb374d419588a4632f3f557e76b4b70aebbca790"  # what tiktoken calls the file of `o200k_base`
_PLACEHOLDER: Final = [{"role": "user", "content": ""}]


class HostedModel:
    """A model behind an API: a `Model`.

    Requests of OpenAI's form go past litellm's layers, see `openai_route`; all others through them. Retries, rate
    limits and spending limits are not kept here; a failure says whether asking again may help. litellm is imported when
    it is first needed, which for a measurement whose replies are all in the journal is never.

    Parameters
    ----------
    name : str
        As litellm writes it: ``openai/gpt-4o-mini``, ``anthropic/...``, ``ollama/...``. Keys come from the environment.
    api_base : str, optional
        Where a server of your own answers. Its context is then unknown, and its prices unless stated.
    form : "plain" or "chat", optional
        Prompt form; by default chat. A plain prompt is sent as one user message.
    prices : Prices, optional
        What the provider charges, where litellm's list does not say or is wrong.

    Raises
    ------
    ModelUnavailable
        litellm knows no provider of this name: at once, or, where the name has one, when it is first needed.
    """

    keeps_prefix: Final = False
    takes_key: Final = True  # which may be wrong
    concurrency: Final = _CONCURRENCY

    def __init__(
        self, name: str, *, api_base: str | None = None, form: Form | None = None, prices: Prices | None = None
    ) -> None:
        self.name = name
        self.form: Form = form or "chat"
        self._prices = prices
        self._stated_api_base = self._api_base = _web_address(without_credentials(api_base))
        self._api_base = api_base or from_environment(name.partition("/")[0] if "/" in name else self._provider)
        self._routes: dict[asyncio.AbstractEventLoop, OpenAIRoute | None] = {}

    def __reduce__(self) -> tuple[functools.partial[HostedModel], tuple[()]]:
        """Pickle what it was made from: keys, and an address the environment gives, are each process's own."""
        factory = functools.partial(
            HostedModel, self.name, api_base=self._stated_api_base, form=self.form, prices=self._prices
        )
        return factory, ()

    @property
    def identity(self) -> str:
        """Name and address: all that is known of a model that others run."""
        return self.name if self._api_base is None else f"{self.name} at {self._api_base}"

    @property
    def context(self) -> int | None:
        """How many tokens fit, where litellm's list says so."""
        tokens: int | None = self._known.get("max_input_tokens")
        return tokens

    @property
    def thinking(self) -> int:
        """Room to reason in, for models that litellm's list says do so unless told otherwise, or always."""
        if self._listed.get("thinking_always_on"):
            return _THINKING
        quiet = "claude" in self.name or self._listed.get("default_reasoning_effort") == "none"
        return _THINKING if self._listed.get("supports_reasoning") and not quiet else 0

    def count_tokens(self, text: str) -> int:
        """Return an upper estimate: by the tokenizers litellm carries, and a fifth more. Fetches no tokenizer."""
        _ = self._provider  # a name nobody knows is refused before anything is counted for it
        tokens: float = len(_load().encoding.encode(text, disallowed_special=()))
        share = 1.0 if text.isascii() else share_of_old(self.name, text)
        if share != 1 and (newer := _newer_encoding()) is not None:
            new = len(newer.encode(text, disallowed_special=()))
            tokens = new + share * (tokens - new)
        return int(tokens * MARGIN) + 1

    async def complete(self, request: Request) -> Completion:
        """Ask once, at temperature 0 where the model takes one.

        Raises
        ------
        CallFailed
            No reply; in one line, without keys, and saying whether asking again may help.
        """
        started = time.perf_counter()
        try:
            async with asyncio.timeout(_TIMEOUT):  # litellm's own starts anew with every byte
                route = self._route()
                asked = _load().acompletion(**self._call(request)) if route is None else route.ask(request)
                reply = await asked
        except TimeoutError:
            raise CallFailed(f"{self.name}: no reply in {_TIMEOUT:.0f} s", retryable=True, billed=True) from None
        except Exception as error:
            raise wire.failure(self.name, error, self._api_base, self._keys) from None
        try:
            return self._completion(request.stop, reply, time.perf_counter() - started)
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            problem = f"{self.name}: the reply makes no sense: {redact(str(error))}"
            raise CallFailed(problem, retryable=True, billed=True) from None

    def _route(self) -> OpenAIRoute | None:
        """The way past litellm's layers, where the model has one; made once for an event loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._routes:
            for ended in [other for other in self._routes if other.is_closed()]:
                del self._routes[ended]
            ends = _openai_ends(self._api_base, self._api_key) if self._passes_messages_on else None
            self._routes[loop] = None if ends is None else OpenAIRoute(*ends, _load().acompletion, self._call)
        return self._routes[loop]

    def _call(self, request: Request) -> dict[str, Any]:
        """Return litellm's arguments for a request."""
        call: dict[str, Any] = {
            "model": self.name,
            "messages": wire.turns(request.prompt),
            "max_tokens": request.max_tokens,
            "temperature": 0,
            "stop": list(request.stop) or None,
            "drop_params": True,  # some models take no temperature; `_temperature` knows which
            "api_base": self._api_base,
            "api_key": self._api_key,
            "timeout": _TIMEOUT,
            # litellm's own retries would hide from the runner what a call took.
            "num_retries": 0,
            "max_retries": 0,
        }
        if self._provider == "anthropic":
            call["messages"] = wire.with_cache_mark(call["messages"])
        if self._passes_messages_on:
            # Past litellm's passes over every message, which for long prompts cost more than all the rest.
            call["extra_body"] = {"messages": call["messages"]}
            call["messages"] = _PLACEHOLDER
        if self._provider == "openai" and self._api_base is None and request.cache_key:
            call["prompt_cache_key"] = request.cache_key
        return call

    def _completion(self, stops: tuple[str, ...], reply: Any, seconds: float) -> Completion:
        choice, token_usage = reply.choices[0], wire.usage(reply.usage)
        if failure := wire.withheld(self.name, choice):
            raise failure
        # litellm takes reasoning out of some replies, and out of none of a batch.
        text = without_reasoning(without_keys(choice.message.content or ""))
        for stop in stops:  # where a model takes none, its reply ends there all the same
            text = text.partition(stop)[0]
        headers = reply._hidden_params.get("additional_headers") or {}
        return Completion(
            text=text,
            prompt_tokens=token_usage.prompt,
            cached_tokens=token_usage.cached,
            completion_tokens=token_usage.completion,
            usd=self._price(token_usage, reply) if token_usage.prompt else None,  # not every server counts
            seconds=seconds,
            ending=choice.finish_reason or "",
            temperature=self._temperature,
            allowance=wire.allowance(headers),
        )

    async def warm(self, request: Request) -> None:
        """Nothing to do: the provider keeps its own cache."""

    async def rest(self) -> None:
        """Close the connections made for the running event loop."""
        if (route := self._routes.pop(asyncio.get_running_loop(), None)) is not None:
            await route.close()
        if self.loaded:  # otherwise nothing was asked
            await close_clients(_load())

    def expect(self, prompt_tokens: int, fresh_tokens: int, completion_tokens: int) -> Cost:
        """Return the most it can cost, as if the provider found nothing in its cache; how long it takes is unknown."""
        return Cost(seconds=None, usd=self.cached_usd(prompt_tokens, 0, completion_tokens))

    @property
    def stated_prices(self) -> Prices | None:
        """Its prices as its user states them; None where litellm's list says them."""
        return self._prices

    @property
    def caches_from(self) -> int | None:
        """How many tokens a shared beginning counts at least to be cached; None without a price for cached tokens."""
        told = "claude" in self.name or "bedrock" in self._provider  # these cache what they are told to
        if told and self._provider != "anthropic":
            return None
        listed = self._entry.get("cache_read_input_token_cost") if self._prices is None else self._prices.cached
        return math.ceil(MARGIN * (self._entry.get("prompt_cache_min_tokens") or _CACHED_FROM)) if listed else None

    def cached_usd(self, prompt_tokens: int, cached_tokens: int, completion_tokens: int) -> float | None:
        """Return what so many tokens sent, of these found in the provider's cache, and generated would cost."""
        # Anthropic is told to fill its cache, others may by themselves; their list says where that costs more.
        fills = self._provider == "anthropic" or self._prices is None
        written = prompt_tokens - cached_tokens if fills else 0
        return self._price(wire.TokenUsage(prompt_tokens, cached_tokens, completion_tokens, written))

    @property
    def loaded(self) -> bool:
        """Whether litellm is there: the first request that needs it loads it, which takes seconds."""
        return _load.cache_info().currsize > 0

    def close(self) -> None:
        """Nothing is held."""

    @cached_property
    def _routed(self) -> tuple[str, str]:
        """The model's own name and its provider, as litellm reads the whole."""
        litellm = _load()
        try:
            bare, provider, *_ = litellm.get_llm_provider(self.name, api_base=self._api_base)
        except litellm.BadRequestError as error:
            raise ModelUnavailable(
                f"litellm knows no provider for {self.name!r}; write provider/model, such as openai/gpt-4o-mini,"
                " or local/gemma3-270m for a model that runs here"
            ) from error
        if self._by_responses(bare, provider) and find_spec("mcp") is None:
            raise ModelUnavailable(f"to ask {self.name}, litellm needs another package: pip install mcp")
        return str(bare), str(provider)

    @staticmethod
    def _by_responses(bare: str, provider: str) -> bool:
        """Whether litellm asks by OpenAI's Responses API and carries the messages over to it."""
        return bool(_load().main.responses_api_bridge_check(bare, provider)[0].get("mode") == "responses")

    @property
    def _provider(self) -> str:
        return self._routed[1]

    @cached_property
    def _api_key(self) -> str | None:
        """A server of one's own seldom wants a key, but without one the client does not even call it."""
        keyless = self._api_base and self._provider == "openai" and not os.environ.get("OPENAI_API_KEY")
        return "none" if keyless else None

    def _keys(self) -> tuple[list[str], list[str]]:
        """Return the variables that litellm looks for a key in, where none of them is set; else those that are set."""
        try:
            missing = _load().validate_environment(model=self.name)["missing_keys"]
        except Exception:  # of a provider that litellm has no rule for
            missing = []
        provider = self._provider.upper()
        usual = f"{provider}_API_KEY"
        present = (
            [usual]
            if os.environ.get(usual)
            else sorted(  # litellm has together_ai's in TOGETHERAI_API_KEY
                name
                for name in os.environ
                if name.replace("_", "").startswith(provider.replace("_", ""))
                and name.endswith(_KEYS)
                and os.environ[name]
            )
        )
        return [name for name in missing if name.endswith(_KEYS)], present

    @cached_property
    def _passes_messages_on(self) -> bool:
        """Whether litellm sends this model plain text messages unchanged: OpenAI's own form, and no rule for it."""
        model, provider = self._routed
        if provider != "openai" or self._by_responses(model, provider):
            return False
        litellm = _load()
        form = litellm.utils.ProviderConfigManager.get_provider_chat_config(model, litellm.LlmProviders.OPENAI)
        changing = getattr(type(form), "_transform_messages", None)
        return changing is litellm.OpenAIGPTConfig._transform_messages

    @cached_property
    def _temperature(self) -> float | None:
        """What litellm sends of a temperature of 0: nothing to models that take none."""
        model, provider = self._routed
        parameters = _load().utils.get_optional_params(
            model=model, custom_llm_provider=provider, temperature=0, drop_params=True
        )
        return 0.0 if "temperature" in parameters else None

    @cached_property
    def _known(self) -> dict[str, Any]:
        """What litellm's list says of the model; nothing when it is served elsewhere."""
        elsewhere = self._api_base is not None and self._provider != "azure"  # where every customer has an address
        return {} if elsewhere else self._listed

    @cached_property
    def _listed(self) -> dict[str, Any]:
        """What litellm's list says of a model of this name, wherever it is served; empty when it is not listed."""
        # A fine-tuned model is listed by what it was made of: `ft:gpt-4o-mini-2024-07-18:acme::x1` by two parts.
        for name in dict.fromkeys((self.name, _FINE_TUNED.sub(r"\1", self.name))):
            # litellm raises a bare Exception subclass for a model it has no entry for.
            with suppress(Exception):
                return dict(_load().get_model_info(name))
        return {}

    def _price(self, used: wire.TokenUsage, reply: Any = None) -> float | None:
        """Return dollars for a reply, or for so many tokens; None when the price is neither stated nor listed."""
        if self._prices is not None:
            return self._prices.usd(used.prompt, used.cached, used.completion, used.written)
        tokens = (used.prompt, used.cached, used.completion, used.written)
        usd = dearest_usd(self._entry, *tokens, name=self.name)
        if usd is None or reply is None:
            return usd
        try:  # litellm has reckoned it for its own log, from what only the reply says, such as a tier of service
            return max(usd, float(reply._hidden_params["response_cost"]))
        except (AttributeError, KeyError, TypeError, ValueError):  # what its list lacks
            return usd

    @cached_property
    def _entry(self) -> dict[str, Any]:
        """The model's entry in litellm's price list, as it stands there; nothing when it is served elsewhere."""
        key = self._known.get("key")
        return dict(_load().model_cost.get(key, {})) if key else {}

    @property
    def cheaper_hours(self) -> bool:
        """Whether the model costs less at some hours, which no price here counts on."""
        return self._prices is None and has_hours(self._entry)


@functools.cache
def _load() -> ModuleType:
    """Import litellm so that it fetches no price list, reads no ``.env`` and prints nothing."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_MODE"] = "PRODUCTION"
    import litellm
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    # What breaks off may have been paid for; litellm would send it a second time, unseen by caps.
    AsyncHTTPHandler.single_connection_post_request = _raise
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    if "LITELLM_LOG" not in os.environ:  # its warnings are about its own logging
        logging.getLogger("LiteLLM").setLevel(logging.ERROR)
    # Its own types make pydantic warn about a qualifier, which no caller can do anything about.
    warnings.filterwarnings("ignore", ".*`ReadOnly` qualifier", UserWarning)
    # When one call fails for good the others are cancelled, some before litellm has begun to await its own.
    warnings.filterwarnings("ignore", "coroutine '.*completion' was never awaited", RuntimeWarning)
    module: ModuleType = litellm
    return module


@functools.cache
def _newer_encoding() -> Encoding | None:
    """Return GPT-4o's vocabulary, where litellm carries it, and not a folder of the user's own that lacks it."""
    _ = _load().encoding  # which says where they lie
    if not Path(os.environ["TIKTOKEN_CACHE_DIR"], _NEWER).is_file():
        return None
    import tiktoken

    return tiktoken.get_encoding("o200k_base")


# What users of litellm set so that it does more with a call than to send it.
_HOOKS: Final = (
    "callbacks", "input_callback", "success_callback", "failure_callback", "_async_input_callback",
    "_async_success_callback", "_async_failure_callback", "pre_call_rules", "post_call_rules", "cache", "max_budget",
    "modify_params", "aclient_session", "model_alias_map", "network_mock",
)  # fmt: skip
_OTHER_HANDLER: Final = "EXPERIMENTAL_OPENAI_BASE_LLM_HTTP_HANDLER"


def _openai_ends(api_base: str | None, api_key: str | None) -> tuple[Any, Any] | None:
    """Return litellm's transport and client for an address of OpenAI's form; None where only litellm itself will do.

    That is without a key, with what users may hang into litellm, and by other transports than its usual one.
    """
    litellm = _load()
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler, get_ssl_configuration
    from litellm.llms.openai.common_utils import get_openai_credentials

    ends = get_openai_credentials(api_base, api_key)
    watched = any(getattr(litellm, name, None) for name in _HOOKS) or os.environ.get(_OTHER_HANDLER)
    if not ends.api_key or watched or not AsyncHTTPHandler.should_use_aiohttp_transport():
        return None
    client = litellm.main.openai_chat_completions.get_openai_client(
        is_async=True, api_key=ends.api_key, api_base=ends.api_base, timeout=_TIMEOUT, max_retries=0,
        organization=ends.organization,
    )  # fmt: skip
    verify = get_ssl_configuration()
    transport = AsyncHTTPHandler.create_async_transport(
        ssl_context=verify if isinstance(verify, ssl.SSLContext) else None,
        ssl_verify=verify if isinstance(verify, bool) else None,
    )
    return transport, client


async def _raise(*_: Any, **__: Any) -> None:
    """Stand in for a retry: what is being handled goes on."""
    raise


async def close_clients(litellm: ModuleType) -> None:
    """Close the connections litellm made for the running loop, which nobody can use once that has ended.

    Those of other loops, which may be the caller's own, are left alone: litellm's cache names the loop in its keys.
    """
    ending = f"-{id(asyncio.get_running_loop())}"
    clients = litellm.in_memory_llm_clients_cache.cache_dict
    for key in [key for key in clients if str(key).endswith(ending)]:
        client = clients.pop(key)
        for close in (getattr(client, name, None) for name in ("close", "aclose")):
            if asyncio.iscoroutinefunction(close):
                with suppress(Exception):  # what cannot be closed is collected later; the replies are here
                    await close()
                break
