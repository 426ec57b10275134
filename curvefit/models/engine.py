"""The embedded engine: llama.cpp in this process. Lives here: every call to xllamacpp, which nothing else imports.

One `Engine` is one model loaded once, on one thread, with one prompt cache. Several engines run in parallel; one engine
answers one call at a time. Why the settings are as they are is measured in reports/engine.md.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from curvefit.errors import CallFailed, ModelUnavailable
from curvefit.models.base import Message

__all__ = ["SETTINGS", "Engine", "Generation", "grammar", "lanes_for", "library", "slowdown", "version"]

# What could change a reply, spelled out for a model's identity.
SETTINGS: Final = "greedy, 1 thread, flash attention off, generic kernels"

# What puts a token's logit above those of all others: well over their span, and still so small that in 32 bits two that
# are 0.0001 apart stay apart.
_ADVANTAGE: Final = 300.0
_BUSY: Final = 1.25  # times as long as on an idle machine: less is not worth a word


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation.

    Attributes
    ----------
    text : str
        Without the stop text.
    ended : bool
        It ended by itself or at a stop text, and not at the cap.
    cached, tokens : int
        Prompt tokens reused, tokens generated.
    ranked : tuple of tuple of (int, bytes)
        For each generated token, the stop's own left out: it and then the others that were most probable there, best
        first, each with its id and what it spells; empty unless asked for.
    """

    text: str
    ended: bool
    cached: int
    tokens: int
    ranked: tuple[tuple[tuple[int, bytes], ...], ...] = ()


class Engine:
    """A loaded model.

    Parameters
    ----------
    file : Path
        A GGUF file.
    context : int
        Tokens to make room for, prompt and reply together; the memory for them is taken at once.
    adapter : Path, optional
        A GGUF file of low-rank changes to the model's weights, which stay as they are.

    Raises
    ------
    ModelUnavailable
        The engine is not installed, cannot start on this system, or refuses the file.
    """

    def __init__(self, file: Path, context: int, adapter: Path | None = None) -> None:
        # Two OpenMP teams that spin while they wait would take the cores from each other.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        xllamacpp = library()
        self._key = secrets.token_hex()
        options = xllamacpp.CommonParams()
        options.model.path = str(file)
        for name, value in {
            "n_ctx": context,
            "n_parallel": 1,
            "verbosity": -1,  # nothing on stdout or stderr
            "warmup": False,
            # All positions stay addressable in models with sliding windows: otherwise most of a prefix is recomputed.
            "swa_full": True,
            "n_ctx_checkpoints": 0,
            "cache_ram_mib": 0,  # the default keeps 8 GiB of old prompts
            "ctx_shift": False,  # would drop the start of a prompt that grows too long
            # Reads the vocabulary once more, half of what loading takes, and has nothing to fit where no GPU is.
            "fit_params": any("GPU" in device["type"].name for device in xllamacpp.get_device_info()),
            # With these two a prompt gets the same numbers, bit for bit, whether its prefix was cached or not.
            "flash_attn_type": xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED,
            "no_extra_bufts": True,
            # The engine always listens on a free port of 127.0.0.1; it is used to tokenize. Nobody else may.
            "api_keys": [self._key],
            "cors_origins": "",
            "ui": False,
            "endpoint_slots": False,
            "n_threads_http": 1,
        }.items():
            setattr(options, name, value)
        if adapter is not None:
            options.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
        options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 1
        try:
            self._server = xllamacpp.Server(options)
        except RuntimeError as error:
            raise ModelUnavailable(
                f"the engine cannot load {file}{f' with {adapter}' if adapter else ''} with room for {context} tokens:"
                " damaged, of a kind it does not know, or too large for this machine's memory"
            ) from error
        self._address = self._server.listening_address.removeprefix("http://")

    def tokens(self, text: str, *, bos: bool = True, markup: bool = False) -> list[int]:
        """Return a text's token ids.

        With `bos`, the model's start token is put in front where it wants one. With `markup`, names such as
        ``<|im_end|>`` are read as the special tokens they name: for templates, never for users' text.
        """
        body = {"content": text, "add_special": bos, "parse_special": markup}
        tokens: list[int] = self._post("/tokenize", body)["tokens"]
        return tokens

    def render(self, messages: Sequence[Message]) -> str:
        """Lay a conversation out by the model's own chat template, up to where its answer begins."""
        body = {"messages": [{"role": m.role, "content": m.content} for m in messages]}
        text: str = self._post("/apply-template", body)["prompt"]
        return text

    def generate(
        self,
        prompt: Sequence[int],
        max_tokens: int,
        stop: Sequence[str] = (),
        *,
        reuse: bool = True,
        rank: int = 0,
        grammar: str = "",
    ) -> Generation:
        """Continue a prompt greedily.

        Parameters
        ----------
        prompt : sequence of int
            Token ids.
        max_tokens : int
            Cap on the continuation.
        stop : sequence of str
            Texts that end it.
        reuse : bool
            Keep what the last prompt computed where this one begins the same.
        rank : int
            How many of the most probable tokens to return as well, before any truncation of the distribution.
        grammar : str
            GBNF that the continuation must follow.

        Raises
        ------
        CallFailed
            The engine refused the call.
        """
        body: dict[str, Any] = {
            "prompt": list(prompt),
            "max_tokens": max_tokens,
            "stop": list(stop),
            "temperature": 0,
            "cache_prompt": reuse,
        }
        if rank:
            body["n_probs"] = rank
        if grammar:
            body["grammar"] = grammar
        response = self._complete(body)
        choice, timings = response["choices"][0], response["timings"]
        steps = (choice.get("logprobs") or {}).get("content") or [] if rank else []
        return Generation(
            text=choice["text"],
            ended=choice["finish_reason"] == "stop",
            cached=timings["cache_n"],
            tokens=timings["predicted_n"],
            ranked=tuple(
                tuple(
                    (token["id"], bytes(token["bytes"]))
                    for token in (step, *step["top_logprobs"])
                    if token is step or token["id"] != step["id"]
                )
                for step in steps
            ),
        )

    def pick(self, prompt: Sequence[int], tokens: Sequence[int]) -> int:
        """Return which of these tokens is the most probable one to go on with; any token where none of them wins."""
        body = {
            "prompt": list(prompt),
            "max_tokens": 1,
            "temperature": 0,
            "cache_prompt": True,
            "logit_bias": [[token, _ADVANTAGE] for token in tokens],
            "n_probs": 1,
        }
        steps = (self._complete(body)["choices"][0].get("logprobs") or {}).get("content") or [{"id": -1}]
        return int(steps[0]["id"])

    def _complete(self, body: dict[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = self._server.handle_completions(body)
        if "error" in response:
            raise CallFailed(f"the engine refused the call: {response['error'].get('message', response['error'])}")
        return response

    def _post(self, route: str, body: dict[str, Any]) -> Any:
        """Ask the engine's own HTTP side, which alone tokenizes; directly, whatever proxies are set."""
        link = http.client.HTTPConnection(self._address, timeout=60)
        try:
            link.request("POST", route, json.dumps(body), {"Authorization": f"Bearer {self._key}"})
            reply = link.getresponse()
            answer = json.loads(reply.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise CallFailed(f"the engine does not answer {route}: {error}", retryable=True) from error
        finally:
            link.close()
        if reply.status != http.client.OK:
            raise CallFailed(f"the engine refused {route}: {answer.get('error', {}).get('message', reply.status)}")
        return answer


def grammar(texts: Sequence[str], ending: str) -> str:
    """Return a GBNF grammar that allows exactly these texts, each followed by `ending` (GBNF too; may be empty)."""
    return f"root ::= ({' | '.join(_quoted(text) for text in texts)}) {ending}".rstrip()


def _quoted(text: str) -> str:
    """Quote a text for GBNF, which knows hexadecimal escapes for every character that is not plain ASCII."""
    return '"' + "".join(c if (c.isalnum() and c.isascii()) or c == " " else f"\\U{ord(c):08X}" for c in text) + '"'


def lanes_for(bytes_each: int) -> int:
    """Return how many engines of this size run well on this machine: one a core, within half of its memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _control_group("cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        cores = min(cores, -(-int(quota) // int(period)))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 8 << 30
    if (limit := _control_group("memory.max")).isdigit():
        memory = min(memory, int(limit))
    return max(1, min(cores, memory // 2 // bytes_each))


def slowdown(threads: int, as_busy: float = 1.0) -> float:
    """Return how many times as long so many more threads take here as on an idle machine: 1 where nearly as long.

    All that run share the cores evenly. What runs is the load of the last minute, where the system knows it, or so many
    times that: on a machine `as_busy` as it is now.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    times = (as_busy * load + threads) / (os.cpu_count() or 1)
    return times if times >= _BUSY else 1.0


def version() -> str:
    """Return the installed engine's version; empty when it is not installed."""
    try:
        return metadata.version("xllamacpp")
    except metadata.PackageNotFoundError:
        return ""


def library() -> ModuleType:
    """Import xllamacpp, or say in one line what is missing.

    Raises
    ------
    ModelUnavailable
        The engine, or the OpenMP library it needs, is not installed.
    """
    try:
        import xllamacpp
    except ModuleNotFoundError as error:
        raise ModelUnavailable("models that run here need an engine; run: pip install 'curvefit[local]'") from error
    except ImportError as error:
        if "gomp" in str(error) or "libomp" in str(error):
            raise ModelUnavailable(
                "the embedded engine needs OpenMP's library, which this system lacks;"
                " run: apt-get install libgomp1 (or: dnf install libgomp, apk add libgomp, brew install libomp)"
            ) from error
        raise ModelUnavailable(f"the embedded engine does not start here: {error}") from error
    module: ModuleType = xllamacpp
    return module


def _control_group(file: str) -> str:
    """Return what Linux limits this container to; empty elsewhere."""
    try:
        return Path("/sys/fs/cgroup", file).read_text(encoding="ascii").strip()
    except OSError:
        return ""
