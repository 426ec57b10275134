"""What a server can do to a request, and what that looks like in bytes. Lives here: values; nothing is served."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["FATES", "SHAPES", "Fate", "Faults", "json_response", "response"]


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, how often, and how slow replies are. Shares are chances of a request; the seed decides which.

    Attributes
    ----------
    latency, jitter : float
        Seconds before every reply, and the mean of an exponential wait on top.
    rate, burst : float
        Requests allowed a second (0: any number) and seconds' worth of them allowed at once; over that, 429.
    rate_headers : bool
        Whether replies carry rate-limit headers.
    failing, dropping : float
        Shares of requests that get a 500, and that are billed and then dropped without a reply.
    drip : float
        Seconds between the pieces of a slow reply.
    fate : str
        What becomes of every other request, of `FATES`.
    seed : int
        Decides who fails.
    """

    latency: float = 0.0
    jitter: float = 0.0
    rate: float = 0.0
    burst: float = 0.25
    rate_headers: bool = False
    failing: float = 0.0
    dropping: float = 0.0
    drip: float = 0.05
    fate: str = "ok"
    seed: int = 0


def _message(text: str, ending: str = "stop") -> dict[str, Any]:
    return {"index": 0, "finish_reason": ending, "message": {"role": "assistant", "content": text}}


def _error(message: str, code: str | None = None) -> bytes:
    return json.dumps({"error": {"message": message, "type": code or "error", "code": code}}).encode()


def _uncounted(right: bytes, _: str) -> bytes:
    return json.dumps({name: value for name, value in json.loads(right).items() if name != "usage"}).encode()


def _thought(_: str) -> dict[str, Any]:
    choice = _message("", "length")
    return {**choice, "message": {**choice["message"], "reasoning_content": "Let me see"}}


def _hidden(right: bytes, _: str) -> bytes:
    record = json.loads(right)
    generated = record["usage"]["completion_tokens"]
    record["usage"]["completion_tokens_details"] = {"reasoning_tokens": generated}
    return json.dumps(record).encode()


def _tool_call(_: str) -> dict[str, Any]:
    call = {"id": "1", "type": "function", "function": {"name": "route", "arguments": "{}"}}
    return {**_message("", "tool_calls"), "message": {"role": "assistant", "content": "", "tool_calls": [call]}}


@dataclass(frozen=True, slots=True)
class Fate:
    """What can become of a request.

    Attributes
    ----------
    status : int
        Of the response; 0 closes the connection instead.
    billed : bool
        Whether it is charged for.
    choice : callable or None
        The reply, from the text that would be right.
    body : callable
        The bytes written, from the bytes that would be right and the key that was sent.
    missing : int
        How many bytes fewer are written than promised, before the connection is closed.
    slow : bool
        Whether the reply drips.
    abrupt : bool
        Whether the connection is reset rather than closed.
    """

    status: int = 200
    billed: bool = True
    choice: Callable[[str], dict[str, Any]] = _message
    body: Callable[[bytes, str], bytes] = lambda right, _: right
    missing: int = 0
    slow: bool = False
    abrupt: bool = False


FATES: Final[dict[str, Fate]] = {
    "ok": Fate(),
    "limited": Fate(429, billed=False, body=lambda *_: _error("slow down")),
    "failing": Fate(500, billed=False, body=lambda *_: _error("oops")),
    "busy": Fate(503, billed=False, body=lambda *_: _error("overloaded")),
    "dropping": Fate(0),
    "resetting": Fate(0, abrupt=True),
    "gateway": Fate(524, body=lambda *_: _error("the origin took too long")),
    "broke": Fate(429, billed=False, body=lambda *_: _error("You exceeded your current quota", "insufficient_quota")),
    "denied": Fate(401, billed=False, body=lambda _, key: _error(f"Incorrect API key provided: {key}")),
    "echoing": Fate(500, billed=False, body=lambda _, key: _error(f"upstream said no to Bearer {key}")),
    "refused": Fate(400, billed=False, body=lambda *_: _error("no such parameter")),
    "dripping": Fate(slow=True),
    "malformed": Fate(body=lambda right, _: right[: len(right) // 2] + b"}"),
    "not-json": Fate(body=lambda *_: b"<html>bad gateway</html>"),
    "not-utf8": Fate(body=lambda right, _: right.replace(b'"content": "', b'"content": "\xff\xfe')),
    "short": Fate(missing=20),
    "absurd": Fate(body=lambda right, _: right.replace(b'"prompt_tokens": ', b'"prompt_tokens": 9' + 30 * b"0")),
    "uncounted": Fate(body=_uncounted),
    "empty": Fate(choice=lambda _: _message("")),
    "no-choice": Fate(body=lambda *_: b'{"id": "1", "object": "chat.completion", "model": "fake", "choices": []}'),
    "truncated": Fate(choice=lambda text: _message(text[:2], "length")),
    "rambling": Fate(choice=lambda text: _message(text, "length")),
    "huge": Fate(choice=lambda text: _message(text + "x" * 1_000_000)),
    "filtered": Fate(choice=lambda _: _message("", "content_filter")),
    "partial": Fate(choice=lambda text: _message(text[:4], "content_filter")),
    "thinking": Fate(choice=_thought),
    "reasoned": Fate(choice=lambda text: _message(f" \n<think>Let me see</think>\n\n{text}")),
    "half-tagged": Fate(choice=lambda text: _message(f"Let me see.\n</think>\n\n{text}")),
    "unfinished": Fate(choice=lambda _: _message("<think>\nLet me see", "length")),
    "hidden": Fate(choice=lambda _: _message("", "length"), body=_hidden),
    "tool": Fate(choice=_tool_call),
}


def _openai(choice: dict[str, Any], prompt: int, cached: int) -> dict[str, Any]:
    generated = len(choice["message"]["content"]) // 4 + 1
    return {
        "id": "fake", "object": "chat.completion", "created": 1, "model": "fake", "choices": [choice],
        "usage": {
            "prompt_tokens": prompt, "completion_tokens": generated, "total_tokens": prompt + generated,
            "prompt_tokens_details": {"cached_tokens": cached},
        },
    }  # fmt: skip


def _anthropic(choice: dict[str, Any], prompt: int, cached: int) -> dict[str, Any]:
    text = choice["message"]["content"]
    return {
        "id": "fake", "type": "message", "role": "assistant", "model": "fake", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": text}],
        # Anthropic counts what was cached apart.
        "usage": {"input_tokens": prompt - cached, "cache_read_input_tokens": cached, "output_tokens": len(text) // 4},
    }  # fmt: skip


def response(status: int, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """Return a whole HTTP response."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Fake\r\n{head}\r\n".encode() + body


def json_response(value: dict[str, Any], status: int = 200) -> bytes:
    """Return a whole HTTP response that holds JSON."""
    return response(status, json.dumps(value).encode())


# By the end of the path asked for.
SHAPES: Final = {"/chat/completions": _openai, "/messages": _anthropic}
