"""A server on this machine that speaks as OpenAI and Anthropic do, and misbehaves as told.

Lives here: the fake other end, for tests, benchmarks and rehearsals; nothing that asks. In a test::

    with Stub(Behaviour(latency=0.05, failing=0.05)) as stub:
        model = HostedModel("openai/any", api_base=stub.base)
        ...
    assert stub.account.repeats == 0

As a process of its own, which ends when its standard input does:
``python -m curvefit.testing.fake_provider '{"latency": 1}'`` prints the address; ``GET /account`` tells what was asked,
``GET /forget`` starts the account anew.
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

from curvefit.testing.faults import KINDS, SHAPES, Behaviour, response

__all__ = ["KINDS", "Account", "Behaviour", "Stub"]

_CACHED_FROM: Final = 1024  # tokens below which a provider caches nothing, and
_CACHED_BY: Final = 128  # the steps in which it counts them: as OpenAI documents its cache
_KEPT: Final = 2_000  # newest bodies kept for a test to read


@dataclass(slots=True)
class Account:
    """What the server was asked and what it charged for.

    Attributes
    ----------
    kinds : Counter of str
        Requests by what happened to them.
    billed, answered : Counter of str
        By digest of the body: how often it was charged for, and how often the whole reply was written.
    prompt_tokens, cached_tokens : int
        Of billed requests.
    most_at_once : int
        Requests in progress at the busiest moment.
    started, ended : float
        When the first request came and the last one was dealt with, in seconds of the server's clock.
    """

    kinds: Counter[str] = field(default_factory=Counter)
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
        return self.kinds.total()

    @property
    def repeats(self) -> int:
        """How many requests were answered in full although they had been before."""
        return self.answered.total() - len(self.answered)

    def told(self) -> dict[str, Any]:
        """Return the account as JSON values."""
        held = {part.name: getattr(self, part.name) for part in fields(self)}
        return {**held, "requests": self.requests, "repeats": self.repeats}


class Stub:
    """The server, on a thread of its own while used as a context.

    Parameters
    ----------
    behaviour : Behaviour
        May be replaced while it runs.
    script : iterable of str
        What happens to the first requests, of `KINDS`; the behaviour decides on those after them.
    reply : callable, optional
        The right text for the body of a request; by default the beginning of the body's digest.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        script: Iterable[str] = (),
        reply: Callable[[dict[str, Any]], str] | None = None,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self.account = Account()
        self.bodies: deque[bytes] = deque(maxlen=_KEPT)
        self._script = deque(script)
        self._reply = reply
        self._chance = random.Random(self.behaviour.seed)  # noqa: S311 (which requests fail is no secret)
        self._tokens, self._filled_at = self.behaviour.rate * self.behaviour.burst, 0.0
        self._seen: set[int] = set()
        self._at_once = 0
        self._open: set[asyncio.Task[None]] = set()
        self.base = ""

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=2**24)
        self.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
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
        self._at_once += 1
        self.account.most_at_once = max(self.account.most_at_once, self._at_once)
        try:
            return await self._answer(writer, path, body, key)
        finally:
            self._at_once -= 1
            self.account.ended = self._loop.time()

    def _other(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes | None:
        """Return the response to what is no question to a model; none at all to be cut off, None for a question."""
        if method != "GET":
            return None
        if path == "/v1/forget":
            self.account = Account()
        return response(200, json.dumps(self.account.told()).encode())

    async def _answer(self, writer: asyncio.StreamWriter, path: str, body: bytes, key: str) -> bool:
        asked, account, now = json.loads(body), self.account, self._loop.time()
        account.started = account.started or now
        self.bodies.append(body)
        name, behaviour = self._fate(now), self.behaviour
        kind, digest = KINDS[name], hashlib.sha256(body).hexdigest()
        account.kinds[name] += 1
        # Those that come while the first one with a prefix is being answered find nothing of it yet.
        prompt, cached, prefixes = self._cached(asked["messages"])
        if name != "limited":
            jitter = self._chance.expovariate(1 / behaviour.jitter) if behaviour.jitter else 0.0
            await asyncio.sleep(behaviour.latency + jitter)
        self._seen.update(prefixes)
        if kind.billed:
            account.billed[digest] += 1
            account.prompt_tokens += prompt
            account.cached_tokens += cached
        if not kind.status:
            if kind.abrupt:
                linger = struct.pack("ii", 1, 0)  # for no time: closing resets
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return False
        text = self._reply(asked) if self._reply else digest[:12]
        shape = next(shape for end, shape in SHAPES.items() if path.endswith(end))
        written = kind.body(json.dumps(shape(kind.choice(text), prompt, cached)).encode(), key)
        sent = response(kind.status, written, self._limits(name))
        sent = sent[: len(sent) - kind.missing]
        if kind.slow:
            for start in range(0, len(sent), 40):
                writer.write(sent[start : start + 40])
                await writer.drain()
                await asyncio.sleep(behaviour.drip)
        else:
            writer.write(sent)
            await writer.drain()
        if kind.status == 200 and not kind.missing:
            account.answered[digest] += 1
        return not kind.missing

    def _fate(self, now: float) -> str:
        """Return what happens to a request: refused over the rate, by the script, or by chance."""
        behaviour = self.behaviour
        if behaviour.rate:
            full = max(1.0, behaviour.rate * behaviour.burst)
            self._tokens = min(full, self._tokens + (now - self._filled_at) * behaviour.rate)
            self._filled_at = now
            if self._tokens < 1:
                return "limited"
            self._tokens -= 1
        if self._script:
            return self._script.popleft()
        luck = self._chance.random()
        if luck < behaviour.failing:
            return "failing"
        return "dropping" if luck < behaviour.failing + behaviour.dropping else behaviour.kind

    def _limits(self, name: str) -> dict[str, str]:
        behaviour = self.behaviour
        if not behaviour.rate:
            return {"Retry-After": "1", "Retry-After-Ms": "20"} if name == "limited" else {}
        wait = max(0.0, 1 - self._tokens) / behaviour.rate
        said = {"Retry-After": "1", "Retry-After-Ms": f"{1000 * wait:.0f}"} if name == "limited" else {}
        if behaviour.told:
            full = max(1.0, behaviour.rate * behaviour.burst)
            said |= {
                "x-ratelimit-limit-requests": f"{full:.0f}",
                "x-ratelimit-remaining-requests": f"{int(self._tokens)}",
                "x-ratelimit-reset-requests": f"{1000 * (full - self._tokens) / behaviour.rate:.0f}ms",
            }
        return said

    def _cached(self, messages: list[dict[str, Any]]) -> tuple[int, int, list[int]]:
        """Return a prompt's tokens (four characters each), those an answered prompt began with, and its prefixes."""
        total, cached, so_far, prefixes = 0, 0, 0, []
        for message in messages:
            said = json.dumps(message["content"])
            total += len(said) // 4 + 4
            so_far = hash((so_far, message["role"], said))
            prefixes.append(so_far)
            if so_far in self._seen:
                cached = total
        return total, cached // _CACHED_BY * _CACHED_BY if cached >= _CACHED_FROM else 0, prefixes


def main() -> None:
    """Serve as the JSON object in the first argument says until standard input ends."""
    with Stub(Behaviour(**json.loads(sys.argv[1] if sys.argv[1:] else "{}"))) as stub:
        print(stub.base, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
