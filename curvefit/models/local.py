"""Models that run in this process. Lives here: which engine serves which request, and the account of its tokens.

>>> import asyncio
>>> from curvefit.models.base import Request
>>> from curvefit.models.resolve import resolve
>>> model = resolve("local/gemma3-270m")
>>> prompt = "Name the colour.\n\nIn: grass\nOut: green\n\nIn: milk\nOut: white\n\nIn: coal\nOut:"
>>> reply = asyncio.run(model.complete(Request(prompt, max_tokens=8, stop=("\n",), labels=("black", "green", "white"))))
>>> reply.text, reply.choice
(' black', 'black')
>>> model.close()
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from curvefit.errors import ModelUnavailable
from curvefit.models import engine, gguf, store
from curvefit.models.base import LOCAL_CONTEXT, Completion, Cost, Form, Message, Request, check_room, with_adapter
from curvefit.models.engine import Engine, Generation

__all__ = ["LocalModel"]

# How many of the most probable tokens of a free reply are looked at for a label.
_TOP: Final = 100

# Bytes; no token that spells a part of a label is longer.
_LONGEST: Final = 64

# What ends an example of a plain prompt, so that a label can be told from a longer one that begins with it.
_AFTER_LABEL: Final = "\n\n"


@dataclass(slots=True)
class _Lane:
    """One engine and what its cache holds.

    `owner` is who asked last (the running task), `key` for what (event loop and cache key): a key means one thing
    within one run, so that a second run in the same process starts as fresh as the first.
    """

    engine: Engine | None = None
    key: object = None
    owner: object = None
    holds: bool = False
    busy: bool = False
    used: int = 0


class LocalModel:
    """A GGUF model run by the embedded engine: a `Model`.

    One engine with one thread per core, each loaded when it is first needed. Requests that share a cache key are
    served by one engine, in the order they come, and reuse what earlier ones computed. The first request of a key
    starts from an empty cache, whatever the engine did before; so the numbers of cached tokens are the same with one
    core as with many, and after an interruption as without.

    Parameters
    ----------
    name : str
        ``local/NAME`` from `store.CATALOGUE`, fetched at first use if need be, or ``local:PATH.gguf``.
    context : int, optional
        Tokens to make room for; by default 8192, and never more than the model was trained on.
    lanes : int, optional
        How many engines; by default as many as there are cores, and as half of the memory has room for.
    form : "plain" or "chat", optional
        Overrides the measured default.
    adapter : Path, optional
        A GGUF file of low-rank changes, as fine-tuning makes; the model's own weights stay as they are.

    Raises
    ------
    ModelUnavailable
        No such model or file.
    """

    keeps_prefix, thinking = True, 0

    def __init__(
        self,
        name: str,
        *,
        context: int | None = None,
        lanes: int | None = None,
        form: Form | None = None,
        adapter: Path | None = None,
    ) -> None:
        self.name, self._adapter = name, adapter
        if name.startswith("local:"):
            try:
                self._file = Path(name.removeprefix("local:")).expanduser()
            except RuntimeError as error:  # ~ of nobody known here
                raise ModelUnavailable(f"{name}: {error}; write the path out") from error
            self._entry, header, size = None, gguf.read_header(self._file), self._file.stat().st_size
        else:
            self._entry = store.find(name)
            header, size = self._entry.header, self._entry.size
        self._chat = header.chat
        self.form: Form = form or (self._entry.form if self._entry else "plain")
        self.context: int = min(context or LOCAL_CONTEXT, header.context)
        self.concurrency: int = lanes or engine.lanes_for(2 * size + self.context * 32_768)
        self._lanes = [_Lane() for _ in range(self.concurrency)]
        self._free = threading.Condition()
        self._loading = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._clock = itertools.count(1)
        self._firsts: dict[tuple[str, ...], dict[int, str]] = {}
        self._found: dict[tuple[bytes, ...], dict[bytes, list[int]]] = {}

    def __reduce__(self) -> tuple[functools.partial[LocalModel], tuple[()]]:
        """Pickle what it was made from, with one lane: who copies it to other processes has one for each core."""
        factory = functools.partial(LocalModel, context=self.context, lanes=1, form=self.form, adapter=self._adapter)
        return functools.partial(factory, self.name), ()

    @property
    def adapter(self) -> Path | None:
        """The GGUF adapter it answers with; None where it is as it came."""
        return self._adapter

    @functools.cached_property
    def identity(self) -> str:
        """File, engine and the settings that could change a reply; not where the file lies."""
        digest = self._entry.sha256 if self._entry else store.sha256(self._file)
        changed = f" adapter sha256={self._adapter_sha256}" if self._adapter else ""
        return f"local sha256={digest}{changed} xllamacpp={engine.version()} {engine.SETTINGS}"

    @property
    def journal_name(self) -> str:
        """Its name, and which adapter it answers with, if any."""
        return with_adapter(self.name, self._adapter_sha256) if self._adapter else self.name

    @functools.cached_property
    def _adapter_sha256(self) -> str:
        return store.sha256(self._adapter) if self._adapter else ""

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text is, with the start token the model puts before one."""
        return len(self._any_engine().tokens(text))

    def tokens(self, prompt: str, reply: str) -> tuple[list[int], list[int]]:
        """Return the token ids of a plain prompt as it is sent, and of a reply that goes on from it."""
        running = self._any_engine()
        before, whole = running.tokens(prompt), running.tokens(prompt + reply)
        return before, whole[len(before) :] if whole[: len(before)] == before else running.tokens(reply, bos=False)

    async def complete(self, request: Request) -> Completion:
        """Answer one request greedily.

        Prompt tokens count once, also where a second pass under a grammar was needed to choose a label; what that pass
        generated counts among the completion tokens.

        Raises
        ------
        PromptTooLong
            Prompt and cap do not fit the context together; nothing was computed.
        CallFailed
            The engine refused the call.
        ModelUnavailable
            No engine, or no file; or a conversation for a model that never saw one.
        """
        loop = asyncio.get_running_loop()
        with self._free:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.concurrency, thread_name_prefix=self.name)
        key = (loop, request.cache_key) if request.cache_key else None
        return await loop.run_in_executor(self._pool, self._serve, request, key, asyncio.current_task())

    def answer(self, request: Request) -> Completion:
        """Answer one request as `complete` does, for callers without an event loop."""
        return self._serve(request, request.cache_key or None, threading.get_ident())

    async def warm(self, request: Request) -> None:
        """Bring the cache to where it stands after this request, by answering it again."""
        await self.complete(request)

    async def rest(self) -> None:
        """Nothing is held for a loop: engines outlive it."""

    def expect(self, prompt_tokens: int, fresh_tokens: int, completion_tokens: int) -> Cost:
        """Return wall seconds by the pace measured for the model, over all lanes; free of charge."""
        if self._entry is None:
            return Cost(seconds=None, usd=0.0)
        each_prompt, each_reply = self._entry.pace
        return Cost((fresh_tokens * each_prompt + completion_tokens * each_reply) / self.concurrency, usd=0.0)

    def close(self) -> None:
        """Wait for running calls and free the engines' memory; a later call would load them again."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        self._lanes = [_Lane() for _ in range(self.concurrency)]

    def _serve(self, request: Request, key: object, owner: object) -> Completion:
        """Answer on the lane that holds the key, or on one that is free for it."""
        lane = self._take(key, owner)
        try:
            return self._answer(lane, request)
        finally:
            with self._free:
                lane.busy = False
                self._free.notify_all()

    def _take(self, key: object, owner: object) -> _Lane:
        with self._free:
            while (lane := self._pick(key, owner)) is None:
                self._free.wait()
            if key is None or lane.key != key:
                lane.key, lane.holds = key, False
            lane.busy, lane.owner, lane.used = True, owner, next(self._clock)
            return lane

    def _pick(self, key: object, owner: object) -> _Lane | None:
        """Return the lane to use, or None to wait for one.

        A key stays on its lane. A new key goes where the same task asked before, because a task is done with its old
        key when it asks for another; otherwise to a lane without a key; otherwise to the one unused for longest.
        """
        lane = next((lane for lane in self._lanes if key is not None and lane.key == key), None)
        if lane is not None:
            return None if lane.busy else lane
        idle = [lane for lane in self._lanes if not lane.busy]
        return min(
            idle, key=lambda it: (it.owner is not owner, it.key is not None, not it.engine, it.used), default=None
        )

    def _answer(self, lane: _Lane, request: Request) -> Completion:
        started = time.perf_counter()
        running = self._engine(lane)
        prompt = self._tokens(running, request.prompt)
        check_room(len(prompt), request.max_tokens, self.context, self.name)
        # Without a key nothing is promised about the cache, so it is used as it comes.
        reuse, lane.holds = lane.holds or lane.key is None, False
        rank = _TOP if request.labels else 0
        generation = running.generate(prompt, request.max_tokens, request.stop, reuse=reuse, rank=rank)
        choice, extra = self._choose(running, request, prompt, generation) if request.labels else (None, 0)
        lane.holds = True
        return Completion(
            text=generation.text,
            choice=choice,
            prompt_tokens=len(prompt),
            cached_tokens=generation.cached,
            completion_tokens=generation.tokens + extra,
            usd=0.0,
            seconds=time.perf_counter() - started,
        )

    def _choose(self, running: Engine, request: Request, prompt: list[int], reply: Generation) -> tuple[str, int]:
        """Return the label the model would choose, and how many tokens it took to find out.

        A free reply that is a label is the choice. Otherwise the most probable first token tells, where every label
        begins with a token of its own; otherwise what the model would spell if it could spell labels only.
        """
        answer = reply.text.strip()
        if reply.ended and answer in request.labels:
            return answer, 0
        if reply.ranked and (firsts := self._first_tokens(running, request)):
            ranked = next((firsts[token] for token, _ in reply.ranked[0] if token in firsts), None)
            if ranked is not None:
                return ranked, 0
        spelled, extra = self._spell(running, request, prompt, reply)
        if spelled is not None:
            return spelled, extra
        plain = isinstance(request.prompt, str)
        # After a label comes what ends an example, or the model could not say a label that begins another one.
        rules = engine.grammar([request.opening + label for label in request.labels], r'"\n" "\n"?' if plain else "")
        cap = min(max(len(label.encode()) for label in request.labels) + 2, self.context - len(prompt))
        constrained = running.generate(prompt, cap, ("\n",), grammar=rules)
        answer = constrained.text.strip()
        matching = [label for label in request.labels if label.startswith(answer)]
        return (answer if answer in request.labels else matching[0]), extra + constrained.tokens

    def _spell(self, running: Engine, request: Request, prompt: list[int], reply: Generation) -> tuple[str | None, int]:
        """Return the label that a greedy pass under a grammar would end at, and how many tokens it took.

        The grammar would try every token of the vocabulary at every step. Here the labels are gone through as a tree,
        and no further than to where one is left. As far as the free reply spells labels, its own ranking tells; from
        there the engine picks among the tokens that go on spelling one. None where only the grammar can tell.
        """
        plain = isinstance(request.prompt, str)
        texts = tuple(f"{request.opening}{label}{_AFTER_LABEL if plain else ''}".encode() for label in request.labels)
        left = dict(zip(request.labels, texts, strict=True))
        path: list[int] = []
        known, extra = list(reply.ranked), 0
        while len(left) > 1:
            if b"" in left.values() or len(prompt) + len(path) >= self.context:
                return None, extra  # a turn may end here: which tokens end one, only the engine knows
            ranked = known.pop(0) if known else ()
            fits = (entry for entry in ranked if entry[1] and any(rest.startswith(entry[1]) for rest in left.values()))
            token, text = next(fits, (None, b""))
            if token is None:
                pieces = self._pieces(texts)
                begins = {rest[:end] for rest in left.values() for end in range(1, len(rest) + 1)}
                spells = {token: text for text in begins for token in pieces.get(text, ())}
                token, extra = running.pick([*prompt, *path], sorted(spells)), extra + 1
                if token not in spells:
                    return None, extra
                text = spells[token]
            if not ranked or token != ranked[0][0]:
                known = []  # from here on the free reply says something else
            path.append(token)
            left = {label: rest[len(text) :] for label, rest in left.items() if rest.startswith(text)}
        return next(iter(left)), extra

    def _pieces(self, texts: tuple[bytes, ...]) -> dict[bytes, list[int]]:
        """Return the tokens that spell a part of these texts."""
        if texts not in self._found:
            parts = {
                text[start:end]
                for text in texts
                for start in range(len(text))
                for end in range(start + 1, min(len(text), start + _LONGEST) + 1)
            }
            self._found[texts] = gguf.find_tokens(self._file, parts)
        return self._found[texts]

    def _first_tokens(self, running: Engine, request: Request) -> dict[int, str]:
        """Return each label by its first token; empty when two share one."""
        texts = tuple(request.opening + label for label in request.labels)
        if texts not in self._firsts:
            # After an ordinary character, as in a prompt: alone, some tokenizers would put a space before it.
            before = running.tokens(":", bos=False)
            firsts: dict[int, str] = {}
            for text, label in zip(texts, request.labels, strict=True):
                ids = running.tokens(f":{text}", bos=False)
                if ids[: len(before)] != before or len(ids) == len(before) or ids[len(before)] in firsts:
                    firsts = {}
                    break
                firsts[ids[len(before)]] = label
            self._firsts[texts] = firsts
        return self._firsts[texts]

    def _tokens(self, running: Engine, prompt: str | tuple[Message, ...]) -> list[int]:
        if isinstance(prompt, str):
            return running.tokens(prompt)
        if not self._chat:
            raise ModelUnavailable(f"{self.name} is a base model that never saw a conversation; use plain prompts")
        return running.tokens(running.render(prompt), markup=True)

    def _any_engine(self) -> Engine:
        return next((lane.engine for lane in self._lanes if lane.engine), None) or self._engine(self._lanes[0])

    def _engine(self, lane: _Lane) -> Engine:
        """Return the lane's engine, loading it; before the first, make sure of the file."""
        with self._loading:
            if lane.engine is None:
                if self._entry is not None and all(other.engine is None for other in self._lanes):
                    engine.library()  # said before the fetch when there is nothing to run the file with
                    self._file = store.pull(self._entry.name, lambda line: print(line, file=sys.stderr))
                lane.engine = Engine(self._file, self.context, self._adapter)
            return lane.engine
