"""What travels beside the text. Lives here: conversations as JSON values, what headers and errors say; nothing is
sent.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from curvefit.errors import CallFailed, StillReasoning
from curvefit.models.base import Allowance, Message
from curvefit.models.redaction import redact
from curvefit.reasoning import parse

__all__ = ["TokenUsage", "allowance", "failure", "id_of", "turns", "usage", "wait", "with_cache_mark", "withheld"]

_LONGEST: Final = 600.0  # seconds; a date in a header is no better than the two clocks it was made and read by
_MOST_TOKENS: Final = 10**9  # in one request
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LIMITED: Final = frozenset({429, 529})
_RETRYABLE: Final = frozenset({408, 409, 425, 500, 502, 503, 504}) | _LIMITED
_REFUSED: Final = frozenset({400, 413, 422})  # this request, by a content filter for one; not necessarily the next
_GATEWAY: Final = frozenset({504, 524})  # gave up on what the model may well have served
_UNSEEN: Final = frozenset({None, 408, 500, 502, 503, 504})  # litellm's words for a connection that broke
# These arrive as 429 and 500, but waiting helps neither.
_FINAL: Final = re.compile(
    r"insufficient_quota|billing_hard_limit|[Cc]redit balance|[Mm]issing (?:credentials|.{,30}API key)"
)
_NO_KEY: Final = re.compile(r"[Mm]issing (?:credentials|.{,30}API key)", re.IGNORECASE)
_UNAUTHORIZED, _NOT_FOUND = 401, 404
_WRAPPING: Final = re.compile(r"^(?:litellm\.)?(?:\w+Error: )*(?:\w+Exception - )?")
_MESSAGE: Final = re.compile(r'"message": ?"([^"]+)"')
# Where no connection came about, so that nothing was sent. litellm calls a broken one httpx.ConnectError as well.
_UNREACHED: Final = frozenset({"aiohttp.ClientConnectorError", "httpcore.ConnectError", "httpcore.ConnectTimeout"})
# Where providers say what is left: limit, remaining, when it is whole again.
_LIMITS: Final = (
    ("x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    (
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
)


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of a request: sent, of these served from a cache and written to one, and generated, reasoning included."""

    prompt: int
    cached: int
    completion: int
    written: int = 0


def turns(prompt: str | tuple[Message, ...]) -> list[dict[str, Any]]:
    """Return a prompt as OpenAI writes conversations; a plain one is a single user message."""
    messages = (Message("user", prompt),) if isinstance(prompt, str) else prompt
    return [{"role": message.role, "content": message.content} for message in messages]


def with_cache_mark(conversation: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a conversation that asks Anthropic to cache all before the last turn.

    Other providers cache by themselves, and some refuse the mark. There is nothing to share before a lone turn.
    """
    *shared, last = conversation
    if not shared:
        return conversation
    content = [{"type": "text", "text": shared[-1]["content"], "cache_control": {"type": "ephemeral"}}]
    return [*shared[:-1], {**shared[-1], "content": content}, last]


def wait(headers: Mapping[str, str]) -> float | None:
    """Return for how many seconds a server asks to be left alone; None when it does not say."""
    lowercase = {name.lower(): value for name, value in headers.items()}
    for name, read in _WAITS.items():
        if name in lowercase:
            seconds = _read(read, lowercase[name])
            if seconds is not None:
                return min(max(seconds, 0.0), _LONGEST)
    return None


def allowance(headers: Mapping[str, str]) -> Allowance | None:
    """Return what is left of a provider's limit on requests; None when it does not say."""
    lowercase = {name.lower().removeprefix("llm_provider-"): value for name, value in headers.items()}
    for limit, remaining, reset in _LIMITS:
        if limit in lowercase and remaining in lowercase and reset in lowercase:
            full_in = _read(_span, lowercase[reset])
            if full_in is None:
                full_in = _read(_until, lowercase[reset])
            if full_in is not None and lowercase[limit].isdecimal() and lowercase[remaining].isdecimal():
                return Allowance(int(lowercase[limit]), int(lowercase[remaining]), min(max(full_in, 0.0), _LONGEST))
    return None


def failure(
    name: str,
    error: Exception,
    address: str | None = None,
    keys: Callable[[], tuple[Sequence[str], Sequence[str]]] = lambda: ((), ()),
) -> CallFailed:
    """Return what a model's provider, or the way to it, raised: in one line, and whether asking again may help.

    `address` is where it was asked, if that is not the provider's own. `keys` gives the variables of the environment
    that a key is looked for in: those that are not set, and those that are.
    """
    status = getattr(error, "status_code", None)
    headers = getattr(error, "litellm_response_headers", None)
    if headers is None:
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
    message = redact(str(error).partition("Traceback (most recent")[0])[:400]
    final = _FINAL.search(f"{message} {getattr(error, 'body', '')}")
    unreached = next((cause for cause in _causes(error) if not _UNREACHED.isdisjoint(_names(cause))), None)
    reached = unreached is None
    if unreached is not None:
        message = _nobody_there(unreached, address)
    elif _NO_KEY.search(message) or status == _UNAUTHORIZED:
        missing, present = map(" or ".join, keys())
        if missing:
            message = f"it needs a key, and there is none: set {missing}"
        elif status == _UNAUTHORIZED:
            by, what = redact(address) if address else "the provider", f"the key in {present}" if present else "the key"
            message = f"{what} was refused by {by} ({_said(message)}): set a valid one"
    elif status == _NOT_FOUND and address is not None and not address.rstrip("/").endswith("/v1"):
        message += (
            f"; a server that speaks as OpenAI does mostly answers below /v1: try --api-base {address.rstrip('/')}/v1"
        )
    return CallFailed(
        f"{name}: {message}",
        retryable=(status in _RETRYABLE or (status or 0) >= 500) and not final,
        refused=status in _REFUSED and not final,
        limited=status in _LIMITED and not final,
        wait=wait(headers),
        billed=status in _GATEWAY or (reached and not headers and status in _UNSEEN),
    )


def _said(message: str) -> str:
    """Return a provider's own words, without what litellm puts before them and the JSON that they came in."""
    words = _WRAPPING.sub("", message)
    inner = _MESSAGE.search(words)
    return inner[1] if inner else words


def _names(error: BaseException) -> set[str]:
    return {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__}


def _nobody_there(error: BaseException, address: str | None) -> str:
    system = next((cause for cause in _causes(error) if isinstance(cause, OSError) and cause.errno), None)
    number = 0 if system is None else system.errno or 0
    why = os.strerror(number) if number > 0 else "" if system is None else str(system.strerror)  # below 0: of a name
    place = redact(address) if address else "its address"
    reason = f" ({redact(why)[:80]})" if why else ""
    return f"no server answers at {place}{reason}: is it running, and is the address right?"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _read(reader: Callable[[str], float], value: str) -> float | None:
    try:
        return reader(value.strip())
    except (ValueError, TypeError, OverflowError):
        return None


def _span(value: str) -> float:
    """Read ``120ms``, ``6m0s`` or a bare number of seconds."""
    if not value or _SPAN.sub("", value):
        return float(value)
    return sum(float(number) * _UNITS[unit] for number, unit in _SPAN.findall(value))


def _until(value: str) -> float:
    """Read a moment, as RFC 3339 or HTTP writes it."""
    moment = parsedate_to_datetime(value) if "," in value else datetime.fromisoformat(value)
    return (moment - datetime.now(UTC)).total_seconds()


def _after(value: str) -> float:
    return _until(value) if "," in value else float(value)


# The finer one first.
_WAITS: Final[dict[str, Callable[[str], float]]] = {
    "retry-after-ms": lambda value: float(value) / 1000,
    "retry-after": _after,
}


def usage(counts: Any) -> TokenUsage:
    """Read what a provider counted; 0 where it counts nothing.

    Raises
    ------
    ValueError
        No request has so many tokens.
    """
    prompt, completion = _tokens(counts, "prompt_tokens"), _tokens(counts, "completion_tokens")
    cached = _tokens(getattr(counts, "prompt_tokens_details", None), "cached_tokens")
    reasoning = _tokens(getattr(counts, "completion_tokens_details", None), "reasoning_tokens")
    if reasoning and _tokens(counts, "total_tokens") == prompt + completion + reasoning:  # xAI counts it apart
        completion += reasoning
    return TokenUsage(prompt, min(cached, prompt), completion, _tokens(counts, "cache_creation_input_tokens"))


def _tokens(counts: Any, name: str) -> int:
    counted = getattr(counts, name, None) or 0
    if not 0 <= counted < _MOST_TOKENS:
        raise ValueError("an impossible number of tokens")
    return int(counted)


def withheld(name: str, choice: Any) -> CallFailed | None:
    """Return why a reply of the model of this name is none, though it came and may cost; None where it is one."""
    if choice.finish_reason == "content_filter":
        problem = f"{name}: a content filter kept the reply back, or the end of it"
        return CallFailed(problem, refused=True, billed=True)
    text = choice.message.content or ""
    if not text and getattr(choice.message, "tool_calls", None):
        problem = (
            f"{name}: the reply is a call of a tool, and no text; none was offered: switch tools off where it is served"
        )
        return CallFailed(problem, refused=True, billed=True)
    # Where nothing at all was written, what came to the cap is reasoning that the provider keeps to itself.
    reasons = not text or parse(text).reasons or getattr(choice.message, "reasoning_content", None)
    if reasons and choice.finish_reason == "length" and not parse(text).answer.strip():
        problem = (
            f"{name}: the model was still reasoning when its reply came to the cap of tokens: raise --reply-tokens"
        )
        return StillReasoning(problem)
    return None


def id_of(value: Any) -> str:
    """Return an id; a provider that gave none has not done what was asked."""
    if not isinstance(value, str) or not value:
        raise CallFailed("the provider gave no id for what it was sent")
    return value
