"""The models that run here as a provider of litellm. Lives here: what its calls become; litellm is handed in."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from curvefit.errors import ModelError, ModelUnavailable, PromptTooLong
from curvefit.models.base import Completion, Message, Request, transcript
from curvefit.models.local import LocalModel

__all__ = ["PROVIDER", "provide"]

PROVIDER: Final = "curvefit-local"


def provide(litellm: ModuleType) -> None:
    """Make ``curvefit-local/NAME`` known to this litellm; see `curvefit.models.hosted.register_local`."""
    models: dict[str, LocalModel] = {}

    def model_of(name: str) -> LocalModel:
        if name not in models:
            models[name] = LocalModel(f"local:{name}" if name.endswith(".gguf") else f"local/{name}")
        return models[name]

    def error_of(name: str, error: ModelError) -> Exception:
        kind = _ERRORS.get(type(error), "InternalServerError")
        made: Exception = getattr(litellm, kind)(str(error), model=name, llm_provider=PROVIDER)
        return made

    class Local(litellm.CustomLLM):  # type: ignore[misc, name-defined]  # known when it is handed in
        def completion(self, *_: Any, model: str, messages: list[dict[str, Any]], **sent: Any) -> Any:
            try:
                running = model_of(model)
                request = _request(running, messages, _checked(litellm, model, sent))
                return _response(litellm, model, request, running.answer(request))
            except ModelError as error:
                raise error_of(model, error) from error

        async def acompletion(self, *_: Any, model: str, messages: list[dict[str, Any]], **sent: Any) -> Any:
            try:
                running = model_of(model)
                request = _request(running, messages, _checked(litellm, model, sent))
                return _response(litellm, model, request, await running.complete(request))
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


def _checked(litellm: ModuleType, model: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Return a call's parameters, or refuse what would be ignored."""
    parameters: dict[str, Any] = {k: v for k, v in (sent.get("optional_params") or {}).items() if v is not None}
    for name, value in parameters.items():
        allowed = _PARAMETERS.get(name, ())
        if allowed is not None and value not in allowed:
            raise litellm.UnsupportedParamsError(
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


def _response(litellm: ModuleType, model: str, request: Request, done: Completion) -> Any:
    """Return a completion as litellm's own type."""
    types = litellm.types.utils
    ending = "length" if done.completion_tokens >= request.max_tokens else "stop"
    choice = types.Choices(message=types.Message(role="assistant", content=done.text), finish_reason=ending)
    usage = types.Usage(
        prompt_tokens=done.prompt_tokens,
        completion_tokens=done.completion_tokens,
        total_tokens=done.prompt_tokens + done.completion_tokens,
        prompt_tokens_details=types.PromptTokensDetailsWrapper(cached_tokens=done.cached_tokens),
    )
    return types.ModelResponse(model=f"{PROVIDER}/{model}", choices=[choice], usage=usage)
