"""Real fine-tuning on this machine. Lives here: the loop over steps; torch is loaded when first needed.

Token ids in, an adapter out: prompts are made, and replies scored, by the same code as the in-context curve's.
"""

from __future__ import annotations

import copy
import io
import os
import pickle
import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.models.engine import lanes_for
from curvefit.own_files import write_whole
from curvefit.training.adapter import PROJECTIONS, Adapter, Architecture
from curvefit.training.packing import PackedRow, packed_rows
from curvefit.training.schedule import Check, Example, Recipe, best
from curvefit.training.weights import quietly

__all__ = ["Trainer", "TrainingResult", "trainers_here", "training_precision"]

_EACH: Final = 1 << 30  # bytes that a trainer takes beside the weights, at most


@dataclass(frozen=True, slots=True, eq=False)
class TrainingResult:
    """One fine-tuning.

    Attributes
    ----------
    adapter : Adapter
        As it was at the best check.
    checks : tuple of Check
        On the held-out part, in order; the last is where training stopped.
    seconds : float
        Spent on it, over interruptions.
    architecture : Architecture
        What the adapter fits.
    precision, device : str
        What weights were held as, ``bfloat16`` or ``float32``, and where: ``cpu`` or ``cuda``.
    """

    adapter: Adapter
    checks: tuple[Check, ...]
    seconds: float
    architecture: Architecture
    precision: str
    device: str


class Trainer:
    """A converted model that can be fine-tuned, again and again from the same weights.

    On a GPU where there is one. Weights are held as bfloat16 where that is fast, which costs a rounding that
    quantisation dwarfs, and as float32 elsewhere; adapters are always float32. One thread, unless
    ``OMP_NUM_THREADS`` says otherwise: on a busy machine threads that wait for one another took 20 times as long.

    Parameters
    ----------
    weights : Path
        As made by `convert`.
    recipe : Recipe
        How.
    """

    def __init__(self, weights: Path, recipe: Recipe) -> None:
        with quietly():
            import torch
            from transformers import AutoModelForCausalLM

            from curvefit.training import kernels

            self._torch, self._kernels, self.recipe = torch, kernels, recipe
            if "OMP_NUM_THREADS" not in os.environ:
                torch.set_num_threads(1)
            self.device = "cuda" if torch.cuda.is_available() else "cpu"
            self._kind = getattr(torch, training_precision())
            base = AutoModelForCausalLM.from_pretrained(weights, dtype=self._kind, trust_remote_code=False)
            self.architecture = Architecture.of(
                base.config.model_type, base.config.num_attention_heads, base.config.num_key_value_heads
            )
            self._model = base.requires_grad_(False).to(self.device)
            for name, layer in list(base.named_modules()):
                parent, _, projection = name.rpartition(".")
                if projection in PROJECTIONS:
                    low_rank = kernels.LowRankLinear(layer, recipe.rank, recipe.alpha / recipe.rank)
                    setattr(base.get_submodule(parent), projection, low_rank)
        self._loaded: object = None
        self._start(0)

    @property
    def _learned(self) -> dict[str, Any]:
        return {name: values for name, values in self._model.named_parameters() if values.requires_grad}

    @property
    def lanes(self) -> int:
        """How many may train side by side here: on a processor as `trainers_here` says, on a GPU it alone."""
        return trainers_here() if self.device == "cpu" else 1

    def twin(self) -> Trainer:
        """Return another trainer of the same weights, which are in memory once; the two may train at the same time."""
        twin = copy.copy(self)
        kept = [*(p for p in self._model.parameters() if not p.requires_grad), *self._model.buffers()]
        twin._model = copy.deepcopy(self._model, {id(values): values for values in kept})
        twin._start(0)
        return twin

    @property
    def precision(self) -> str:
        """What the weights are held as: ``bfloat16`` or ``float32``."""
        return str(self._kind).removeprefix("torch.")

    def train(
        self,
        examples: Sequence[Example],
        held_out: Sequence[Example],
        seed: int,
        checkpoint: Path,
        progress: Callable[[int, int], None] | None = None,
    ) -> TrainingResult:
        """Fine-tune from the original weights.

        What is held out chooses how long. The state is kept in `checkpoint` after each pass; where that can be read and
        is of the same precision, training goes on from it, to the same end. `progress` is called with (steps done,
        steps at most).

        Raises
        ------
        InputError
            The state cannot be kept.
        """
        torch, recipe, n = self._torch, self.recipe, len(examples)
        began = time.perf_counter()
        self._start(seed)
        settings = {"lr": recipe.rate, "betas": (0.9, 0.99), "weight_decay": 0.0, "fused": True}
        optimizer = torch.optim.AdamW(self._learned.values(), **settings)
        epoch, before, checks = 0, 0.0, list[Check]()
        kept = self._state()
        saved = _load(torch, checkpoint, self.device)
        same = saved is not None and saved.get("precision") == self.precision and saved["now"].keys() == kept.keys()
        if saved is not None and same:
            self._restore(saved["now"])
            optimizer.load_state_dict(saved["optimizer"])
            epoch, before, kept = saved["epoch"], saved["seconds"], saved["kept"]
            checks = [Check(**check) for check in saved["checks"]]
        steps, per_pass = recipe.steps(n), recipe.steps(n) // recipe.epochs(n)
        while epoch < recipe.epochs(n) and not recipe.out_of_patience(checks):
            epoch += 1
            for i, batch in enumerate(recipe.batches(n, seed, epoch)):
                step = (epoch - 1) * per_pass + i
                for group in optimizer.param_groups:
                    group["lr"] = recipe.rate_at(step, steps)
                self._step([examples[j] for j in batch], optimizer)
                if progress is not None:
                    progress(step + 1, steps)
            if recipe.checks_after(epoch, n):
                loss, exact = self.check(held_out)
                checks.append(Check(epoch, loss, exact))
                if best(checks) is checks[-1]:
                    kept = self._state()
            state = {"now": self._state(), "kept": kept, "optimizer": optimizer.state_dict(), "epoch": epoch}
            state["precision"] = self.precision
            spent = before + time.perf_counter() - began
            _save(torch, {**state, "checks": [asdict(check) for check in checks], "seconds": spent}, checkpoint)
        self._restore(kept)
        spent = before + time.perf_counter() - began
        return TrainingResult(self._adapter(), tuple(checks), spent, self.architecture, self.precision, self.device)

    def load(self, name: object, adapter: Adapter) -> None:
        """Make an adapter, known by a name, the one that replies are made with; its rank must be the recipe's."""
        if self._loaded == name:
            return
        with self._torch.no_grad():
            for parameter, values in self._learned.items():
                values.copy_(self._torch.from_numpy(adapter.pairs[_place(parameter)][parameter.endswith(".b")]))
        self._loaded = name

    def check(self, examples: Sequence[Example]) -> tuple[float, float]:
        """Return mean loss of a reply's token, and the share of replies that greedy decoding would give exactly."""
        total, tokens, exact = 0.0, 0, 0
        self._model.eval()
        with self._torch.no_grad():
            for row in packed_rows(examples):
                hidden, targets = self._hidden(row)
                loss, first = self._kernels.reply_ranks(hidden, self._model.lm_head.weight, targets)
                total += loss
                tokens += len(targets)
                exact += sum(bool(each.all()) for each in first.split(row.reply_lengths))
        return total / tokens, exact / len(examples)

    def reply(
        self,
        prompt: Sequence[int],
        max_tokens: int,
        *,
        adapted: bool = True,
        ends: Container[int] = (),
        until: Callable[[list[int]], bool] = lambda found: False,
    ) -> tuple[int, ...]:
        """Continue a prompt greedily; with the adapter as it is now, or without.

        Stops at the cap, after a token that ends a reply, or where the tokens so far are enough.
        """
        from transformers import DynamicCache

        torch = self._torch
        self._model.eval()
        ids, found = list(prompt), list[int]()
        model = self._model
        cache = DynamicCache(config=model.config)
        with torch.no_grad(), self._as_it_came(not adapted):
            while len(found) < max_tokens and not (found and (found[-1] in ends or until(found))):
                # Mask and positions follow from the cache, which is given by place: 5.24 of the library renamed it.
                hidden = model.model(torch.tensor([ids], device=self.device), None, None, cache).last_hidden_state
                # A matrix of one row: from a part of the batch torch first copies all weights of the vocabulary.
                ids = [int(model.lm_head(hidden[0, -1:]).argmax())]
                found += ids
        return tuple(found)

    def _step(self, examples: Sequence[Example], optimizer: Any) -> None:
        torch = self._torch
        self._model.train()
        tokens = sum(len(example.reply) for example in examples)
        for row in packed_rows(examples):
            hidden, targets = self._hidden(row)
            (self._kernels.reply_loss(hidden, self._model.lm_head.weight, targets) / tokens).backward()
        torch.nn.utils.clip_grad_norm_(self._learned.values(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    def _hidden(self, row: PackedRow) -> tuple[Any, Any]:
        """Return what the vocabulary is scored by (R, d) where replies' tokens are predicted, and those tokens (R,).

        Only there: over all positions the vocabulary would take most of time and memory.
        """
        ids, positions, targets, places = (
            self._torch.tensor(values, device=self.device)
            for values in (row.tokens, row.positions, row.reply_tokens, row.reply_positions)
        )
        found = self._model.model(
            input_ids=ids[None], position_ids=positions[None], attention_mask=self._masks(row), use_cache=False
        )
        return found.last_hidden_state[0, places], targets

    def _masks(self, row: PackedRow) -> Any:
        """Return who sees whom (1, 1, T, T), as the model takes it: by kind of layer where it has two kinds."""
        settings = self._model.config

        def mask(window: int | None) -> Any:
            return self._torch.tensor(row.attention_mask(window), device=self.device)[None, None]

        if settings.model_type == "llama":
            return mask(None)
        return {"full_attention": mask(None), "sliding_attention": mask(settings.sliding_window)}

    @contextmanager
    def _as_it_came(self, wanted: bool) -> Iterator[None]:
        """Leave adapters out, where that is wanted."""
        layers = [layer for layer in self._model.modules() if isinstance(layer, self._kernels.LowRankLinear)]
        for layer in layers:
            layer.adapted = not wanted
        try:
            yield
        finally:
            for layer in layers:
                layer.adapted = True

    def _start(self, seed: int) -> None:
        """Set adapters to where LoRA starts: ``a`` random, ``b`` 0, which changes nothing yet."""
        torch = self._torch
        self._loaded = None
        source = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, values in self._learned.items():
                if name.endswith(".a"):
                    bound = values.shape[1] ** -0.5
                    values.copy_((torch.rand(values.shape, generator=source) * 2 - 1) * bound)
                else:
                    values.zero_()

    def _state(self) -> dict[str, Any]:
        return {name: values.detach().clone() for name, values in self._learned.items()}

    def _restore(self, state: dict[str, Any]) -> None:
        with self._torch.no_grad():
            for name, values in self._learned.items():
                values.copy_(state[name])

    def _adapter(self) -> Adapter:
        pairs: dict[tuple[int, str], list[Any]] = {}
        for name, values in sorted(self._learned.items()):  # a before b
            pairs.setdefault(_place(name), []).append(values.detach().float().cpu().numpy().copy())
        return Adapter({place: (a, b) for place, (a, b) in pairs.items()}, float(self.recipe.alpha))


def trainers_here() -> int:
    """Return how many fine-tunings run side by side on this machine: one a core, or fewer of more threads each."""
    threads = os.environ.get("OMP_NUM_THREADS", "1").partition(",")[0]
    return max(1, lanes_for(_EACH) // (int(threads) if threads.isdigit() and int(threads) else 1))


def _place(parameter: str) -> tuple[int, str]:
    """Return layer and projection of ``model.layers.0.self_attn.q_proj.a``."""
    parts = parameter.split(".")
    return int(parts[parts.index("layers") + 1]), parts[-2]


def training_precision() -> str:
    """Return what weights are held as in training: ``bfloat16`` where the device multiplies it fast, else ``float32``.

    A processor that has instructions for vectors of it alone, and not for tiles, is slower with it than with float32:
    measured, by 1.7.
    """
    import torch

    if torch.cuda.is_available():
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    found = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return "bfloat16" if found is not None and found() else "float32"


def _save(torch: Any, state: dict[str, Any], path: Path) -> None:
    try:
        with write_whole(path) as scratch, scratch.open("wb") as file:
            torch.save(state, file)
    except (OSError, RuntimeError) as error:  # the latter is what torch makes of a full disk
        raise InputError(f"cannot be written ({str(error).partition(chr(10))[0]}); make room", file=path) from error


def _load(torch: Any, path: Path, device: str) -> dict[str, Any] | None:
    """Return what was saved; None where nothing was, or it is damaged: then training begins again."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", file=path) from error
    try:
        saved: dict[str, Any] = torch.load(io.BytesIO(content), weights_only=True, map_location=device)
    except (RuntimeError, EOFError, LookupError, ValueError, pickle.UnpicklingError):
        return None
    return saved
