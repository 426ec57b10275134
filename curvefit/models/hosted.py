"""Models behind an API, by litellm. Lives here: everything that touches litellm, which nothing else imports.

`HostedModel` asks any model litellm reaches. `register_local` is the way round: whatever speaks litellm can then ask
the models that run here::

    import litellm
    from curvefit.models.hosted import register_local

    register_local()
    question = {"role": "user", "content": "In: grass\\nOut: green\\n\\nIn: coal\\nOut:"}
    litellm.completion("curvefit-local/gemma3-270m", messages=[question], max_tokens=4, stop="\\n")
"""

from __future__ import annotations

import functools
import logging
import os
import re
import time
import warnings
from types import ModuleType
from typing import Any, Final

from curvefit.errors import CallFailed, ModelError, ModelUnavailable, PromptTooLong
from curvefit.models.base import Completion, Cost, Form, Message, Request, transcript
from curvefit.models.local import LocalModel
from curvefit.models.redaction import redact

__all__ = ["PROVIDER", "HostedModel", "register_local"]

PROVIDER: Final = "curvefit-local"

_TIMEOUT: Final = 120.0  # seconds for one call
_CONCURRENCY: Final = 8
# Other providers' tokenizers make up to about a fifth more tokens of a text than the one litellm carries.
_MARGIN: Final = 1.2
_RETRYABLE: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_REFUSED: Final = frozenset({400, 413, 422})  # this request, by a content filter for one; not necessarily the next
# These arrive as 429 and 500, but waiting helps neither.
_FINAL: Final = re.compile(r"insufficient_quota|[Mm]issing (?:credentials|.{,30}API key)")


class HostedModel:
    """A model behind an API: a `Model`.

    Retries, deadlines and budgets are not made here; a failure says whether asking again may help.

    Parameters
    ----------
    name : str
        As litellm writes it: ``openai/gpt-4o-mini``, ``anthropic/...``, ``ollama/...``. Keys come from the environment.
    api_base : str, optional
        Where a server of your own answers. Its prices and context are then unknown.
    form : "plain" or "chat", optional
        Prompt form; by default chat. A plain prompt is sent as one user message.

    Raises
    ------
    ModelUnavailable
        litellm knows no provider of this name.
    """

    keeps_prefix: Final = False
    concurrency: Final = _CONCURRENCY

    def __init__(self, name: str, *, api_base: str | None = None, form: Form | None = None) -> None:
        self.name = name
        self.form: Form = form or "chat"
        self._litellm = _load()
        try:
            _, self._provider, *_ = self._litellm.get_llm_provider(name, api_base=api_base)
        except Exception as error:
            raise ModelUnavailable(
                f"litellm knows no provider for {name!r}; write provider/model, such as openai/gpt-4o-mini,"
                " or local/gemma3-270m for a model that runs here"
            ) from error
        self._api_base = api_base or _address(self._provider)
        # A server of one's own seldom wants a key, but without one the client does not even call it.
        keyless = self._api_base and self._provider == "openai" and not os.environ.get("OPENAI_API_KEY")
        self._api_key = "none" if keyless else None
        self.context = self._known().get("max_input_tokens")

    @property
    def identity(self) -> str:
        """Name and address: all that is known of a model that others run."""
        return self.name if self._api_base is None else f"{self.name} at {self._api_base}"

    def count_tokens(self, text: str) -> int:
        """Return an upper estimate: by the tokenizer litellm carries, and a fifth more. Fetches no tokenizer."""
        return int(len(self._litellm.encoding.encode(text, disallowed_special=())) * _MARGIN) + 1

    async def complete(self, request: Request) -> Completion:
        """Ask once, at temperature 0.

        Raises
        ------
        CallFailed
            No reply; in one line, without keys, and saying whether asking again may help.
        """
        prompt = request.prompt
        turns = (Message("user", prompt),) if isinstance(prompt, str) else prompt
        started = time.perf_counter()
        try:
            reply = await self._litellm.acompletion(
                model=self.name,
                messages=[{"role": turn.role, "content": turn.content} for turn in turns],
                max_tokens=request.max_tokens,
                temperature=0,
                stop=list(request.stop) or None,
                api_base=self._api_base,
                api_key=self._api_key,
                timeout=_TIMEOUT,
                # litellm's own retries would hide from the runner what a call took.
                num_retries=0,
                max_retries=0,
            )
        except Exception as error:
            raise _failure(self.name, error) from None
        try:
            return self._completion(reply, time.perf_counter() - started)
        except (AttributeError, IndexError, TypeError) as error:
            raise CallFailed(f"{self.name}: the reply has no message: {redact(str(error))}", retryable=True) from None

    def _completion(self, reply: Any, seconds: float) -> Completion:
        usage = reply.usage
        details = getattr(usage, "prompt_tokens_details", None)
        return Completion(
            text=reply.choices[0].message.content or "",
            prompt_tokens=usage.prompt_tokens or 0,
            cached_tokens=getattr(details, "cached_tokens", None) or 0,
            completion_tokens=usage.completion_tokens or 0,
            usd=self._price(usage.prompt_tokens, usage.completion_tokens, reply),
            seconds=seconds,
        )

    async def warm(self, request: Request) -> None:
        """Nothing to do: the provider keeps its own cache."""

    def expect(self, prompt_tokens: int, fresh_tokens: int, completion_tokens: int) -> Cost:
        """Return the price, as if the provider cached nothing; how long it takes is unknown."""
        return Cost(seconds=None, usd=self._price(prompt_tokens, completion_tokens))

    def close(self) -> None:
        """Nothing is held."""

    def _known(self) -> dict[str, Any]:
        """Return what litellm's list says of the model; empty when it is not listed or is served elsewhere."""
        if self._api_base is not None and self._provider != "azure":  # there every customer has an address of their own
            return {}
        try:
            return dict(self._litellm.get_model_info(self.name))
        except Exception:  # litellm raises a bare Exception subclass for a model it has no entry for
            return {}

    def _price(self, prompt_tokens: int, completion_tokens: int, reply: Any = None) -> float | None:
        """Return dollars for a reply, or for so many tokens; None when the price is not listed."""
        if not self._known().get("input_cost_per_token"):
            return None
        try:
            if reply is not None:
                return float(self._litellm.completion_cost(completion_response=reply, model=self.name))
            return float(sum(self._litellm.cost_per_token(self.name, prompt_tokens, completion_tokens)))
        except Exception:  # whatever its price list lacks, the reply is paid for and must not be lost
            return None


def _address(provider: str) -> str | None:
    """Return the address the environment gives a provider, which is then part of who answered."""
    names = (f"{provider.upper()}_BASE_URL", f"{provider.upper()}_API_BASE")
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _failure(name: str, error: Exception) -> CallFailed:
    status = getattr(error, "status_code", None)
    said = redact(str(error).partition("Traceback (most recent")[0])[:400]
    retryable = status in _RETRYABLE and not _FINAL.search(said)
    return CallFailed(f"{name}: {said}", retryable=retryable, refused=status in _REFUSED)


@functools.cache
def _load() -> ModuleType:
    """Import litellm so that it fetches no price list, reads no ``.env`` and prints nothing."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_MODE"] = "PRODUCTION"
    import litellm

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
def register_local() -> None:
    """Make the models that run here known to litellm, as ``curvefit-local/NAME`` or ``curvefit-local/PATH.gguf``.

    ``completion`` and ``acompletion`` then work, greedily, with ``max_tokens`` and ``stop``. A single user message is
    the prompt as it stands; a conversation is laid out as `transcript` does for a model that does better with plain
    prompts. Usage carries cached tokens. Parameters that greedy decoding cannot honour are refused by name.
    """
    litellm = _load()
    models: dict[str, LocalModel] = {}

    def model_of(name: str) -> LocalModel:
        if name not in models:
            models[name] = LocalModel(f"local:{name}" if name.endswith(".gguf") else f"local/{name}")
        return models[name]

    def error_of(name: str, error: ModelError) -> Exception:
        kind = _ERRORS.get(type(error), "InternalServerError")
        made: Exception = getattr(litellm, kind)(str(error), model=name, llm_provider=PROVIDER)
        return made

    class Local(litellm.CustomLLM):  # type: ignore[misc, name-defined]  # litellm is imported when it is needed
        def completion(self, *_: Any, model: str, messages: list[dict[str, Any]], **sent: Any) -> Any:
            try:
                running = model_of(model)
                request = _request(running, messages, _checked(model, sent))
                return _response(model, request, running.answer(request))
            except ModelError as error:
                raise error_of(model, error) from error

        async def acompletion(self, *_: Any, model: str, messages: list[dict[str, Any]], **sent: Any) -> Any:
            try:
                running = model_of(model)
                request = _request(running, messages, _checked(model, sent))
                return _response(model, request, await running.complete(request))
            except ModelError as error:
                raise error_of(model, error) from error

    litellm.custom_provider_map.append({"provider": PROVIDER, "custom_handler": Local()})
    litellm.utils.custom_llm_setup()


_ERRORS: Final = {PromptTooLong: "ContextWindowExceededError", ModelUnavailable: "NotFoundError"}
_DEFAULT_CAP: Final = 256
# What a call may carry; the values are the ones greedy decoding can honour, None for any.
_PARAMETERS: Final = {
    "max_tokens": None,
    "max_completion_tokens": None,
    "stop": None,
    "seed": None,
    "user": None,
    "top_p": None,
    "temperature": (0,),
    "n": (1,),
}


def _checked(model: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Return a call's parameters, or refuse what would be ignored."""
    parameters: dict[str, Any] = {k: v for k, v in (sent.get("optional_params") or {}).items() if v is not None}
    for name, value in parameters.items():
        allowed = _PARAMETERS.get(name, ())
        if allowed is not None and value not in allowed:
            raise _load().UnsupportedParamsError(
                f"{PROVIDER} answers greedily and cannot honour {name}={value!r}", model=model, llm_provider=PROVIDER
            )
    return parameters


def _request(model: LocalModel, messages: list[dict[str, Any]], parameters: dict[str, Any]) -> Request:
    turns = tuple(Message(turn["role"], _text(turn["content"])) for turn in messages)
    cap = parameters.get("max_completion_tokens") or parameters.get("max_tokens") or _DEFAULT_CAP
    stop = parameters.get("stop") or ()
    stop = (stop,) if isinstance(stop, str) else tuple(stop)
    if model.form == "chat":
        return Request(turns, cap, stop)
    if len(turns) == 1 and turns[0].role == "user":
        return Request(turns[0].content, cap, stop)
    # A blank line ends a turn in this layout; nothing else would keep a base model from writing the next ones too.
    return Request(transcript(turns), cap, stop or ("\n\n",))


def _text(content: str | list[dict[str, Any]]) -> str:
    """Return a message's text, which the OpenAI format also allows in parts."""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _response(model: str, request: Request, done: Completion) -> Any:
    """Return a completion as litellm's own type."""
    types = _load().types.utils
    ending = "length" if done.completion_tokens >= request.max_tokens else "stop"
    choice = types.Choices(message=types.Message(role="assistant", content=done.text), finish_reason=ending)
    usage = types.Usage(
        prompt_tokens=done.prompt_tokens,
        completion_tokens=done.completion_tokens,
        total_tokens=done.prompt_tokens + done.completion_tokens,
        prompt_tokens_details=types.PromptTokensDetailsWrapper(cached_tokens=done.cached_tokens),
    )
    return types.ModelResponse(model=f"{PROVIDER}/{model}", choices=[choice], usage=usage)
