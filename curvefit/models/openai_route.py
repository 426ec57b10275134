"""OpenAI's chat completions past litellm's layers. Lives here: sending as litellm sends, reading plain replies.

litellm forms a request once: the pattern, from which the next ones differ in nothing but their messages. They go out
by litellm's own transport, so by its connections, proxies and certificates. A plain reply is read here. Whatever else
comes back, an error or a broken connection too, is handed to litellm as if it had sent the request itself: it stays
the one to say what that means.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from curvefit.models import wire
from curvefit.models.base import Request

if TYPE_CHECKING:
    import httpx

__all__ = ["OpenAIRoute", "plain_reply"]

_MARK: Final = "curvefit-0f6d1c52-messages-stand-here"
_MOST_PATTERNS: Final = 256
_REASONING: Final = ("<think>", "<thinking>", "<budget:thinking>")
_ENDINGS: Final = ("stop", "length")
_SAID: Final = frozenset({"role", "content", "reasoning_content"})  # of a message, what is read here
_COUNTS: Final = ("prompt_tokens", "completion_tokens", "total_tokens")
_DETAILS: Final = {"prompt_tokens_details": "cached_tokens", "completion_tokens_details": "reasoning_tokens"}
_TIERS: Final = (None, "default", "auto")  # of service, that cost what the list says
_ANSWER: Final = {
    "id": "0", "object": "chat.completion", "created": 0, "model": "none",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "."}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}  # fmt: skip

# What comes in place of sending, for the calls of one task: taken out when it is used.
_in_place: ContextVar[list[Callable[[httpx.Request], httpx.Response]]] = ContextVar("in_place")


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A request as litellm forms it, with a gap for the messages."""

    method: str
    url: httpx.URL
    headers: list[tuple[bytes, bytes]] = field(repr=False)  # the key is among them
    extensions: dict[str, Any]
    before: bytes
    after: bytes

    def request(self, messages: list[dict[str, Any]]) -> httpx.Request:
        from httpx import Request

        content = self.before + _json(messages) + self.after
        return Request(self.method, self.url, headers=self.headers, content=content, extensions=self.extensions)


def _json(messages: list[dict[str, Any]]) -> bytes:
    """Write messages as OpenAI's client does."""
    return json.dumps(messages, ensure_ascii=False, separators=(",", ":")).encode()


class _Seam:
    """litellm's transport, but for one call that is answered by what stands in its place."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if in_place := _in_place.get([]):
            return in_place.pop()(request)
        response: httpx.Response = await self._transport.handle_async_request(request)
        return response

    async def aclose(self) -> None:
        """Nothing: the transport is closed by who holds it."""


class OpenAIRoute:
    """The way to one model of OpenAI's form, for the running event loop.

    Parameters
    ----------
    transport : httpx.AsyncBaseTransport
        litellm's own.
    client : openai.AsyncOpenAI
        As litellm makes it for the model.
    complete : callable
        litellm's `acompletion`.
    arguments : callable
        Gives its arguments for a request.
    """

    def __init__(
        self,
        transport: Any,
        client: Any,
        complete: Callable[..., Awaitable[Any]],
        arguments: Callable[[Request], dict[str, Any]],
    ) -> None:
        from httpx import AsyncClient

        self._transport, self._complete, self._arguments = transport, complete, arguments
        seam: Any = _Seam(transport)
        self._client = client.copy(http_client=AsyncClient(transport=seam, follow_redirects=True))
        self._is_keyed = "prompt_cache_key" in arguments(Request(_MARK, 1, cache_key=_MARK))
        self._patterns: dict[tuple[int, tuple[str, ...], str], _Pattern | None] = {}
        self._forming = asyncio.Lock()

    async def ask(self, request: Request) -> Any:
        """Return the reply to a request: a plain one as it came, with its headers; any other as litellm reads it.

        Raises
        ------
        Exception
            What litellm raises.
        """
        pattern = await self._pattern(request)
        try:
            sent = None if pattern is None else pattern.request(wire.turns(request.prompt))
        except ValueError:  # a lone surrogate: litellm says so
            sent = None
        if sent is None:
            return await self._complete(**self._arguments(request))
        try:
            response: httpx.Response = await self._transport.handle_async_request(sent)
            content = await response.aread()
        except Exception as error:  # and by which of its many names litellm will say
            return await self._by_litellm(request, _raising(error))
        if response.status_code == 200 and (reply := plain_reply(content, response.headers)) is not None:
            return reply
        return await self._by_litellm(request, lambda _: response)

    async def _pattern(self, request: Request) -> _Pattern | None:
        key = (request.max_tokens, request.stop, request.cache_key if self._is_keyed else "")
        if key not in self._patterns:
            async with self._forming:
                if key not in self._patterns:
                    if len(self._patterns) >= _MOST_PATTERNS:
                        self._patterns.clear()
                    self._patterns[key] = await self._formed(request)
        return self._patterns[key]

    async def _formed(self, request: Request) -> _Pattern | None:
        """Return what litellm would send, from which nothing is sent; None where that has no gap for messages."""
        formed: list[httpx.Request] = []

        def answer(sent: httpx.Request) -> httpx.Response:
            from httpx import Response

            formed.append(sent)
            return Response(200, json=_ANSWER)

        try:
            await self._by_litellm(replace(request, prompt=_MARK), answer)
        except Exception:  # of the request as it is, litellm will say it
            return None
        (sent,) = formed
        before, gap, after = sent.content.partition(_json(wire.turns(_MARK)))
        if not gap or _MARK.encode() in after:
            return None
        headers = [(name, value) for name, value in sent.headers.raw if name.lower() != b"content-length"]
        return _Pattern(sent.method, sent.url, headers, dict(sent.extensions), before, after)

    async def _by_litellm(self, request: Request, answer: Callable[[httpx.Request], httpx.Response]) -> Any:
        """Return what litellm makes of a request that is answered so."""
        token = _in_place.set([answer])
        try:
            return await self._complete(**self._arguments(request), client=self._client)
        finally:
            _in_place.reset(token)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
        await self._transport.aclose()


def _raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


def plain_reply(content: bytes, headers: Mapping[str, str]) -> SimpleNamespace | None:
    """Return a reply with nothing in it but text and its account, as attributes; None for any other.

    `content` is the body of a response with status 200, whose headers the reply keeps where litellm keeps them.
    """
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return None
    try:
        reply = json.loads(content, object_hook=lambda fields: SimpleNamespace(**fields))
        choices, usage = reply.choices, reply.usage
        (choice,) = choices
        message = choice.message
        text, said = message.content, vars(message)
        plain = (
            type(choices) is list
            and type(text) is str
            and text
            and not text.startswith(_REASONING)  # which litellm takes out
            and choice.finish_reason in _ENDINGS
            and message.role == "assistant"
            and isinstance(said.get("reasoning_content"), str | None)
            and not any(value for name, value in said.items() if name not in _SAID)
            and not getattr(reply, "error", None)
            and getattr(reply, "service_tier", None) in _TIERS
            and _is_plain_usage(vars(usage))
        )
        text.encode()
    except (AttributeError, TypeError, ValueError, RecursionError):
        return None
    if not plain:
        return None
    reply._hidden_params = {"additional_headers": headers}
    return reply if isinstance(reply, SimpleNamespace) else None


def _is_plain_usage(counts: dict[str, Any]) -> bool:
    """Whether all that is counted is tokens sent, cached and generated."""
    for name, value in counts.items():
        if name in _COUNTS:
            if type(value) is not int or value < 0:
                return False
        elif name in _DETAILS:
            details = {} if value is None else vars(value)
            if type(details.get(_DETAILS[name]) or 0) is not int:
                return False
            if any(count for part, count in details.items() if part != _DETAILS[name]):
                return False
        elif value:
            return False
    return all(name in counts for name in _COUNTS)
