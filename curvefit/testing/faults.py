"""What a server can do to a request, and what that looks like in bytes. Lives here: values; nothing is served."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["KINDS", "SHAPES", "Behaviour", "Kind", "response"]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the server behaves. Shares are chances of single requests; the seed decides which.

    Attributes
    ----------
    latency, jitter : float
        Seconds before every reply, and the mean of an exponential wait on top.
    rate, burst : float
        Requests allowed a second (0: any number) and seconds' worth of them allowed at once; over that, 429.
    told : bool
        Whether replies carry rate-limit headers.
    failing, dropping : float
        Shares of requests that get a 500, and that are billed and then dropped without a reply.
    drip : float
        Seconds between the pieces of a slow reply.
    kind : str
        What happens to every other request, of `KINDS`.
    seed : int
        Decides who fails.
    """

    latency: float = 0.0
    jitter: float = 0.0
    rate: float = 0.0
    burst: float = 0.25
    told: bool = False
    failing: float = 0.0
    dropping: float = 0.0
    drip: float = 0.05
    kind: str = "ok"
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


@dataclass(frozen=True, slots=True)
class Kind:
    """What can happen to a request.

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


KINDS: Final[dict[str, Kind]] = {
    "ok": Kind(),
    "limited": Kind(429, billed=False, body=lambda *_: _error("slow down")),
    "failing": Kind(500, billed=False, body=lambda *_: _error("oops")),
    "busy": Kind(503, billed=False, body=lambda *_: _error("overloaded")),
    "dropping": Kind(0),
    "resetting": Kind(0, abrupt=True),
    "gateway": Kind(524, body=lambda *_: _error("the origin took too long")),
    "broke": Kind(429, billed=False, body=lambda *_: _error("You exceeded your current quota", "insufficient_quota")),
    "denied": Kind(401, billed=False, body=lambda _, key: _error(f"Incorrect API key provided: {key}")),
    "echoing": Kind(500, billed=False, body=lambda _, key: _error(f"upstream said no to Bearer {key}")),
    "refused": Kind(400, billed=False, body=lambda *_: _error("no such parameter")),
    "dripping": Kind(slow=True),
    "malformed": Kind(body=lambda right, _: right[: len(right) // 2] + b"}"),
    "not-json": Kind(body=lambda *_: b"<html>bad gateway</html>"),
    "not-utf8": Kind(body=lambda right, _: right.replace(b'"content": "', b'"content": "\xff\xfe')),
    "short": Kind(missing=20),
    "absurd": Kind(body=lambda right, _: right.replace(b'"prompt_tokens": ', b'"prompt_tokens": 9' + 30 * b"0")),
    "uncounted": Kind(body=_uncounted),
    "empty": Kind(choice=lambda _: _message("")),
    "no-choice": Kind(body=lambda *_: b'{"id": "1", "object": "chat.completion", "model": "stub", "choices": []}'),
    "truncated": Kind(choice=lambda text: _message(text[:2], "length")),
    "huge": Kind(choice=lambda text: _message(text + "x" * 1_000_000)),
    "filtered": Kind(choice=lambda _: _message("", "content_filter")),
    "partial": Kind(choice=lambda text: _message(text[:4], "content_filter")),
    "thinking": Kind(choice=_thought),
}


def _openai(choice: dict[str, Any], prompt: int, cached: int) -> dict[str, Any]:
    generated = len(choice["message"]["content"]) // 4 + 1
    return {
        "id": "stub", "object": "chat.completion", "created": 1, "model": "stub", "choices": [choice],
        "usage": {
            "prompt_tokens": prompt, "completion_tokens": generated, "total_tokens": prompt + generated,
            "prompt_tokens_details": {"cached_tokens": cached},
        },
    }  # fmt: skip


def _anthropic(choice: dict[str, Any], prompt: int, cached: int) -> dict[str, Any]:
    text = choice["message"]["content"]
    return {
        "id": "stub", "type": "message", "role": "assistant", "model": "stub", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": text}],
        # Anthropic counts what was cached apart.
        "usage": {"input_tokens": prompt - cached, "cache_read_input_tokens": cached, "output_tokens": len(text) // 4},
    }  # fmt: skip


def response(status: int, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """Return a whole HTTP response."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body


# By the end of the path asked for.
SHAPES: Final = {"/chat/completions": _openai, "/messages": _anthropic}
