"""A Hugging Face model in a folder of the user's, asked and fine-tuned by the same weights. Lives here: that model.

On a GPU where there is one. It answers one request at a time, which is for trying a fine-tuning, and not for serving.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from curvefit.errors import InputError, ModelUnavailable
from curvefit.models import store
from curvefit.models.base import LOCAL_CONTEXT, Completion, Cost, Form, Request, check_room, with_adapter
from curvefit.own_files import digest, write_whole
from curvefit.training.adapter import Adapter
from curvefit.training.schedule import Recipe
from curvefit.training.trainer import Trainer
from curvefit.training.weights import quietly

__all__ = ["FolderModel", "keep_adapter"]

_DECIDE: Final = ("*.safetensors", "*.bin", "config.json", "tokenizer*")  # files that a reply depends on
_PREFIX: Final = "hf:"


class _Weights:
    """A folder's tokenizer and trainer, loaded once for all models that are made of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.Lock()
        self._trainer: Trainer | None = None

    @cached_property
    def tokenizer(self) -> Any:
        with quietly():
            from transformers import AutoTokenizer

            try:
                return AutoTokenizer.from_pretrained(self.folder, trust_remote_code=False)
            except (OSError, ValueError, KeyError, ImportError) as error:
                raise _unusable(self.folder, error) from error

    def trainer(self, recipe: Recipe) -> Trainer:
        """Return the one trainer, loaded anew where it trains otherwise."""
        if self._trainer is None or self._trainer.recipe != recipe:
            try:
                self._trainer = Trainer(self.folder, recipe)
            except (OSError, ValueError, KeyError, ImportError) as error:
                raise _unusable(self.folder, error) from error
        return self._trainer

    def any_trainer(self, adapter: Adapter | None) -> Trainer:
        """Return one that an adapter, if any, fits into."""
        there = self._trainer
        if adapter is None:
            return there or self.trainer(Recipe())
        rank = len(next(iter(adapter.pairs.values()))[0])
        if there is not None and (there.recipe.rank, float(there.recipe.alpha)) == (rank, adapter.alpha):
            return there
        return self.trainer(replace(Recipe(), rank=rank, alpha=int(adapter.alpha)))

    def free(self) -> None:
        self._trainer = None


class FolderModel:
    """A model as ``save_pretrained`` writes it: a `Model` that is asked in plain text.

    Parameters
    ----------
    name : str
        ``hf:FOLDER``.
    adapter : Path, optional
        What `keep_adapter` wrote.

    Raises
    ------
    ModelUnavailable
        No such folder, or no model in it.
    """

    keeps_prefix: Final = False
    concurrency: Final = 1
    thinking: Final = 0
    form: Form = "plain"

    def __init__(self, name: str, adapter: Path | None = None) -> None:
        folder = Path(name.removeprefix(_PREFIX)).expanduser()
        if not (folder / "config.json").is_file():
            raise ModelUnavailable(f"{name}: no config.json is there; name a folder as save_pretrained writes it")
        self.name, self._adapter, self._weights, self._shares = name, adapter, _Weights(folder), False

    def with_adapter(self, adapter: Path | None) -> FolderModel:
        """Return it with what fine-tuning changed, or without; weights are shared."""
        other = FolderModel(self.name, adapter)
        other._weights, other._shares = self._weights, True
        return other

    def trainer(self, recipe: Recipe) -> Trainer:
        """Return what fine-tunes it."""
        return self._weights.trainer(recipe)

    @cached_property
    def identity(self) -> str:
        """All files that a reply depends on, and the library; not where the folder lies."""
        folder = self._weights.folder
        files = sorted({file for pattern in _DECIDE for file in folder.glob(pattern) if file.is_file()})
        whole = digest([[file.name, store.sha256(file)] for file in files])
        changed = f" adapter sha256={store.sha256(self._adapter)}" if self._adapter else ""
        return f"hf sha256={whole}{changed} transformers={version('transformers')}"

    @cached_property
    def journal_name(self) -> str:
        """Its name, and which adapter it answers with, if any: by the engine's file of it, if that is there."""
        if self._adapter is None:
            return self.name
        twin = self._adapter.with_suffix(".gguf")
        return with_adapter(self.name, store.sha256(twin if twin.is_file() else self._adapter))

    @cached_property
    def _kept(self) -> Adapter | None:
        return None if self._adapter is None else _kept_adapter(self._adapter)

    @cached_property
    def context(self) -> int:
        """Tokens it was made for, and never more than 8192."""
        with quietly():
            from transformers import AutoConfig

            try:
                settings = AutoConfig.from_pretrained(self._weights.folder, trust_remote_code=False)
            except (OSError, ValueError, KeyError) as error:
                raise _unusable(self._weights.folder, error) from error
        return min(LOCAL_CONTEXT, int(getattr(settings, "max_position_embeddings", None) or LOCAL_CONTEXT))

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text is, with those its tokenizer puts around one."""
        return len(self._ids(text))

    def tokens(self, prompt: str, reply: str) -> tuple[list[int], list[int]]:
        """Return the token ids of a plain prompt as it is sent, and of a reply that goes on from it."""
        before, whole = self._ids(prompt), self._ids(prompt + reply)
        if whole[: len(before)] == before:
            return before, whole[len(before) :]
        return before, self._weights.tokenizer(reply, add_special_tokens=False).input_ids

    async def complete(self, request: Request) -> Completion:
        """Answer one request greedily.

        Raises
        ------
        PromptTooLong
            Prompt and cap do not fit the context together; nothing was computed.
        ModelUnavailable
            It cannot be loaded, or is asked in turns.
        """
        return await asyncio.to_thread(self._answer, request)

    async def warm(self, request: Request) -> None:
        """Nothing to do: no cache is kept."""

    async def rest(self) -> None:
        """Nothing is held for a loop."""

    def expect(self, prompt_tokens: int, fresh_tokens: int, completion_tokens: int) -> Cost:
        """Return that it is free of charge; how long it takes is not known."""
        return Cost(seconds=None, usd=0.0)

    def close(self) -> None:
        """Free the weights, unless they are another's; a later call would load them again."""
        if not self._shares:
            self._weights.free()

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._weights.tokenizer(text).input_ids
        return ids

    def _answer(self, request: Request) -> Completion:
        started = time.perf_counter()
        if not isinstance(request.prompt, str):
            raise ModelUnavailable(f"{self.name} is asked in plain text only; use plain prompts")
        prompt, tokenizer = self._ids(request.prompt), self._weights.tokenizer
        check_room(len(prompt), request.max_tokens, self.context, self.name)

        def said(ids: list[int]) -> str:
            return str(tokenizer.decode(ids, skip_special_tokens=True))

        def enough(ids: list[int]) -> bool:
            return ids[-1] == tokenizer.eos_token_id or any(stop in said(ids) for stop in request.stop)

        with self._weights.lock:
            trainer = self._weights.any_trainer(self._kept)
            if self._kept is not None:
                trainer.load(self._adapter, self._kept)
            ids = list(trainer.reply(prompt, request.max_tokens, adapted=self._kept is not None, until=enough))
        ended = bool(ids) and enough(ids)
        text = said(ids)
        for stop in request.stop:
            text = text.partition(stop)[0]
        return Completion(
            text=text,
            prompt_tokens=len(prompt),
            completion_tokens=len(ids),
            usd=0.0,
            seconds=time.perf_counter() - started,
            ending="stop" if ended else "length",
        )


def keep_adapter(path: Path, adapter: Adapter) -> None:
    """Write what fine-tuning changed so that `FolderModel` can read it."""
    grids: dict[str, Any] = {"alpha": np.array(adapter.alpha)}
    for (layer, name), (a, b) in adapter.pairs.items():
        grids |= {f"{layer}.{name}.a": a, f"{layer}.{name}.b": b}
    with write_whole(path) as scratch, scratch.open("wb") as file:
        np.savez(file, **grids)


def _kept_adapter(path: Path) -> Adapter:
    try:
        with np.load(path, allow_pickle=False) as kept:
            names = {name.rpartition(".")[0] for name in kept.files if name != "alpha"}
            pairs = {(int(n.partition(".")[0]), n.partition(".")[2]): (kept[f"{n}.a"], kept[f"{n}.b"]) for n in names}
            return Adapter(pairs, float(kept["alpha"]))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"cannot be used ({error}); remove it", file=path) from error


def _unusable(folder: Path, error: Exception) -> ModelUnavailable:
    return ModelUnavailable(f"transformers cannot load {folder}: {str(error).splitlines()[0][:200]}")
