"""A server on this machine that speaks as OpenAI and Anthropic do, with the faults it is given.

Lives here: the fake other end, for tests, benchmarks and rehearsals; nothing that asks. In a test::

    with FakeProvider(Faults(latency=0.05, failing=0.05)) as provider:
        model = HostedModel("openai/any", api_base=provider.base)
        ...
    assert provider.traffic.repeats == 0

As a process of its own, which ends when its standard input does:
``python -m curvefit.testing.fake_provider '{"latency": 1}'`` prints the address; ``GET /traffic`` counts what came in,
``GET /reset`` starts the counts anew.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import socket
import struct
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Final, Self

from curvefit.testing.faults import FATES, SHAPES, Faults, json_response, response

__all__ = ["FATES", "FakeProvider", "Faults", "Traffic"]

_CACHED_FROM: Final = 1024  # tokens below which a provider caches nothing, and
_CACHED_BY: Final = 128  # the steps in which it counts them: as OpenAI documents its cache
_KEPT: Final = 2_000  # newest bodies kept for a test to read


@dataclass(slots=True)
class Traffic:
    """Requests that came in, and what they were charged at.

    Attributes
    ----------
    fates : Counter of str
        Requests by what became of them.
    billed, answered : Counter of str
        By digest of the body: how often it was charged for, and how often the whole reply was written.
    prompt_tokens, cached_tokens : int
        Of billed requests.
    most_at_once : int
        Requests in progress at the busiest moment.
    started, ended : float
        When the first request came and the last one was dealt with, in seconds of the server's clock.
    """

    fates: Counter[str] = field(default_factory=Counter)
    billed: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    cached_tokens: int = 0
    most_at_once: int = 0
    started: float = 0.0
    ended: float = 0.0

    @property
    def requests(self) -> int:
        """How many requests came."""
        return self.fates.total()

    @property
    def repeats(self) -> int:
        """How many requests were answered in full although they had been before."""
        return self.answered.total() - len(self.answered)

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON values."""
        counts = {part.name: getattr(self, part.name) for part in fields(self)}
        return {**counts, "requests": self.requests, "repeats": self.repeats}


class FakeProvider:
    """The server, on a thread of its own while used as a context.

    Parameters
    ----------
    faults : Faults
        May be replaced while it runs.
    script : iterable of str
        What becomes of the first requests, of `FATES`; the faults decide on those after them.
    reply : callable, optional
        The right text for the body of a request; by default the beginning of the body's digest.
    port : int
        Where it listens, on this machine alone; 0 for any that is free.
    model : str
        What the names of its models begin with, behind the ``ft:`` of fine-tuned ones; another is not found, and not
        counted. By default any is.

    Raises
    ------
    OSError
        The port cannot be had; raised where the context is entered.
    """

    def __init__(
        self,
        faults: Faults | None = None,
        script: Iterable[str] = (),
        reply: Callable[[dict[str, Any]], str] | None = None,
        port: int = 0,
        model: str = "",
    ) -> None:
        self.faults = faults or Faults()
        self.traffic = Traffic()
        self.bodies: deque[bytes] = deque(maxlen=_KEPT)
        self._script = deque(script)
        self._reply = reply
        self._port, self._model = port, model
        self._chance = random.Random(self.faults.seed)  # noqa: S311 (which requests fail is no secret)
        self._tokens, self._filled_at = self.faults.rate * self.faults.burst, 0.0
        self._cached_prefixes: set[int] = set()
        self._in_flight = 0
        self._open: set[asyncio.Task[None]] = set()
        self.base = ""

    def __enter__(self) -> Self:
        ready, listening = threading.Event(), socket.create_server(("127.0.0.1", self._port))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listening, ready)), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self, listening: socket.socket, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, sock=listening, limit=2**24)
        self.base = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        ready.set()
        await self._stop.wait()
        server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (a callback of start_server is one)
        self._open.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side hung up, or the server is being closed
        finally:
            self._open.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read one request and deal with it; False once the connection is done with."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if (other := self._other(method, path, headers, body)) is not None:
            writer.write(other)
            await writer.drain()
            return bool(other)
        key = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        self._in_flight += 1
        self.traffic.most_at_once = max(self.traffic.most_at_once, self._in_flight)
        try:
            return await self._answer(writer, path, body, key)
        finally:
            self._in_flight -= 1
            self.traffic.ended = self._loop.time()

    def _other(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes | None:
        """Return the response to what is no question to a model; none at all to be cut off, None for a question."""
        if method != "GET":
            return None
        if path == "/v1/reset":
            self.traffic = Traffic()
        return json_response(self.traffic.as_json())

    async def _answer(self, writer: asyncio.StreamWriter, path: str, body: bytes, key: str) -> bool:
        shape = next((shape for end, shape in SHAPES.items() if path.partition("?")[0].endswith(end)), None)
        request = _question(body) if shape is not None else None
        if shape is None or request is None:
            writer.write(response(404 if shape is None else 400, b'{"error": {"message": "no question to a model"}}'))
            await writer.drain()
            return True
        if not (name := str(request.get("model", ""))).removeprefix("ft:").startswith(self._model):
            problem = f"no model {name} here: names begin with {self._model}"
            writer.write(json_response({"error": {"message": problem}}, 404))
            await writer.drain()
            return True
        traffic, now = self.traffic, self._loop.time()
        traffic.started = traffic.started or now
        self.bodies.append(body)
        fate_name, faults = self._fate(now), self.faults
        fate, digest = FATES[fate_name], hashlib.sha256(body).hexdigest()
        traffic.fates[fate_name] += 1
        # Those that come while the first one with a prefix is being answered find nothing of it yet.
        prompt, cached, prefixes = self._cached(request["messages"])
        if fate_name != "limited":
            jitter = self._chance.expovariate(1 / faults.jitter) if faults.jitter else 0.0
            await asyncio.sleep(faults.latency + jitter)
        self._cached_prefixes.update(prefixes)
        if fate.billed:
            traffic.billed[digest] += 1
            traffic.prompt_tokens += prompt
            traffic.cached_tokens += cached
        if not fate.status:
            if fate.abrupt:
                linger = struct.pack("ii", 1, 0)  # for no time: closing resets
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return False
        text = self._reply(request) if self._reply else digest[:12]
        content = fate.body(json.dumps(shape(fate.choice(text), prompt, cached)).encode(), key)
        whole = response(fate.status, content, self._limits(fate_name))
        whole = whole[: len(whole) - fate.missing]
        if fate.slow:
            for start in range(0, len(whole), 40):
                writer.write(whole[start : start + 40])
                await writer.drain()
                await asyncio.sleep(faults.drip)
        else:
            writer.write(whole)
            await writer.drain()
        if fate.status == 200 and not fate.missing:
            traffic.answered[digest] += 1
        return not fate.missing

    def _fate(self, now: float) -> str:
        """Return what becomes of a request: refused over the rate, by the script, or by chance."""
        faults = self.faults
        if faults.rate:
            full = max(1.0, faults.rate * faults.burst)
            self._tokens = min(full, self._tokens + (now - self._filled_at) * faults.rate)
            self._filled_at = now
            if self._tokens < 1:
                return "limited"
            self._tokens -= 1
        if self._script:
            return self._script.popleft()
        luck = self._chance.random()
        if luck < faults.failing:
            return "failing"
        return "dropping" if luck < faults.failing + faults.dropping else faults.fate

    def _limits(self, name: str) -> dict[str, str]:
        faults = self.faults
        if not faults.rate:
            return {"Retry-After": "1", "Retry-After-Ms": "20"} if name == "limited" else {}
        wait = max(0.0, 1 - self._tokens) / faults.rate
        headers = {"Retry-After": "1", "Retry-After-Ms": f"{1000 * wait:.0f}"} if name == "limited" else {}
        if faults.rate_headers:
            full = max(1.0, faults.rate * faults.burst)
            headers |= {
                "x-ratelimit-limit-requests": f"{full:.0f}",
                "x-ratelimit-remaining-requests": f"{int(self._tokens)}",
                "x-ratelimit-reset-requests": f"{1000 * (full - self._tokens) / faults.rate:.0f}ms",
            }
        return headers

    def _cached(self, messages: list[dict[str, Any]]) -> tuple[int, int, list[int]]:
        """Return a prompt's tokens (four characters each), those an answered prompt began with, and its prefixes."""
        total, cached, so_far, prefixes = 0, 0, 0, []
        for message in messages:
            content = json.dumps(message["content"])
            total += len(content) // 4 + 4
            so_far = hash((so_far, message["role"], content))
            prefixes.append(so_far)
            if so_far in self._cached_prefixes:
                cached = total
        return total, cached // _CACHED_BY * _CACHED_BY if cached >= _CACHED_FROM else 0, prefixes


def _question(body: bytes) -> dict[str, Any] | None:
    """Return the body of a question to a model; None where it is none."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        return None
    messages = request.get("messages") if isinstance(request, dict) else None
    if not isinstance(messages, list) or not messages:
        return None
    if not all(isinstance(turn, dict) and {"role", "content"} <= turn.keys() for turn in messages):
        return None
    question: dict[str, Any] = request
    return question


def main() -> None:
    """Serve as the JSON object in the first argument says until standard input ends."""
    with FakeProvider(Faults(**json.loads(sys.argv[1] if sys.argv[1:] else "{}"))) as provider:
        print(provider.base, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
