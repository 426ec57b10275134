"""Real fine-tuning on this machine. Lives here: every use of torch and peft, loaded when first needed.

Token ids in, an adapter out: prompts are made, and replies scored, by the same code as the in-context curve's.
"""

from __future__ import annotations

import io
import os
import pickle
import time
from collections.abc import Callable, Container, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from curvefit.errors import InputError
from curvefit.own_files import write_whole
from curvefit.training.adapter import PROJECTIONS, Adapter, Architecture
from curvefit.training.packing import GRAIN, PackedRow, packed_rows
from curvefit.training.schedule import Check, Example, Recipe, best
from curvefit.training.weights import quietly

__all__ = ["Trainer", "TrainingResult"]


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
    """

    adapter: Adapter
    checks: tuple[Check, ...]
    seconds: float


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
            from peft import LoraConfig, get_peft_model
            from transformers import AutoModelForCausalLM

            self._torch, self.recipe = torch, recipe
            if "OMP_NUM_THREADS" not in os.environ:
                torch.set_num_threads(1)
            self.device = "cuda" if torch.cuda.is_available() else "cpu"
            native = torch.cuda.is_bf16_supported() if self.device == "cuda" else _multiplies_bfloat16(torch)
            self._kind = torch.bfloat16 if native else torch.float32
            base = AutoModelForCausalLM.from_pretrained(weights, dtype=self._kind, trust_remote_code=False)
            self.architecture = Architecture.of(
                base.config.model_type, base.config.num_attention_heads, base.config.num_key_value_heads
            )
            settings = LoraConfig(
                r=recipe.rank, lora_alpha=recipe.alpha, lora_dropout=0.0, target_modules=list(PROJECTIONS)
            )
            self._model = get_peft_model(base, settings).to(self.device)
        self._loaded: object = None
        self._learned = {name: p for name, p in self._model.named_parameters() if p.requires_grad}
        self._start(0)

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

        Parameters
        ----------
        examples, held_out : sequence of Example
            What is trained on, and what chooses how long.
        seed : int
            Decides where adapters start and the order of examples.
        checkpoint : Path
            File that the state is kept in after each pass; where it can be read and is of the same precision, training
            goes on from it, to the same end.
        progress : callable, optional
            Called with (steps done, steps at most).

        Raises
        ------
        InputError
            The state cannot be kept.
        """
        torch, recipe, n = self._torch, self.recipe, len(examples)
        began = time.perf_counter()
        self._start(seed)
        optimizer = torch.optim.AdamW(self._learned.values(), lr=recipe.rate, betas=(0.9, 0.99), weight_decay=0.0)
        epoch, before, checks = 0, 0.0, list[Check]()
        kept = self._state()
        saved = _load(torch, checkpoint, self.device)
        if saved is not None and saved.get("precision") == self.precision:
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
        return TrainingResult(self._adapter(), tuple(checks), before + time.perf_counter() - began)

    def load(self, name: object, adapter: Adapter) -> None:
        """Make an adapter, known by a name, the one that replies are made with; its rank must be the recipe's."""
        if self._loaded == name:
            return
        with self._torch.no_grad():
            for parameter, values in self._learned.items():
                parts = parameter.split(".")
                pair = adapter.pairs[int(parts[parts.index("layers") + 1]), parts[-4]]
                values.copy_(self._torch.from_numpy(pair["lora_B" in parameter]))
        self._loaded = name

    def check(self, examples: Sequence[Example]) -> tuple[float, float]:
        """Return mean loss of a reply's token, and the share of replies that greedy decoding would give exactly."""
        torch, total, tokens, exact = self._torch, 0.0, 0, 0
        self._model.eval()
        with torch.no_grad():
            for row in packed_rows(examples):
                scores, targets = self._scores(row)
                total += float(torch.nn.functional.cross_entropy(scores, targets, reduction="sum"))
                tokens += len(targets)
                right = (scores.argmax(-1) == targets).split(row.reply_lengths)
                exact += sum(bool(each.all()) for each in right)
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
        model = self._model.get_base_model()
        cache = DynamicCache(config=model.config)
        bare = self._model.disable_adapter() if not adapted else nullcontext()
        with torch.no_grad(), bare, self._cast():
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
            scores, targets = self._scores(row)
            (torch.nn.functional.cross_entropy(scores, targets, reduction="sum") / tokens).backward()
        torch.nn.utils.clip_grad_norm_(self._learned.values(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    def _scores(self, row: PackedRow) -> tuple[Any, Any]:
        """Return scores over the vocabulary (R, V) where replies' tokens are predicted, and those tokens (R,)."""
        torch = self._torch
        model = self._model.get_base_model()
        ids, positions, targets, places = (
            torch.tensor(values, device=self.device)
            for values in (row.tokens, row.positions, row.reply_tokens, row.reply_positions)
        )
        with self._cast():
            hidden = model.model(
                input_ids=ids[None], position_ids=positions[None], attention_mask=self._masks(row), use_cache=False
            ).last_hidden_state[0]
            # Only where a reply is predicted: over all positions the vocabulary would take most of time and memory.
            # Few different shapes: for each new one a processor's kernels may be made anew, which can take seconds.
            room = torch.nn.functional.pad(hidden[places], (0, 0, 0, -len(places) % GRAIN))
            scores = model.lm_head(room)[: len(places)].float()
        return scores, targets

    def _masks(self, row: PackedRow) -> Any:
        """Return who sees whom (1, 1, T, T), as the model takes it: by kind of layer where it has two kinds."""
        settings = self._model.get_base_model().config

        def mask(window: int | None) -> Any:
            return self._torch.tensor(row.attention_mask(window), device=self.device)[None, None]

        if settings.model_type == "llama":
            return mask(None)
        return {"full_attention": mask(None), "sliding_attention": mask(settings.sliding_window)}

    def _cast(self) -> Any:
        return self._torch.autocast(self.device, dtype=self._torch.bfloat16, enabled=self.precision == "bfloat16")

    def _start(self, seed: int) -> None:
        """Set adapters to where LoRA starts: ``a`` random, ``b`` 0, which changes nothing yet."""
        torch = self._torch
        self._loaded = None
        source = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, values in self._learned.items():
                if "lora_A" in name:
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
        for name, values in sorted(self._learned.items()):  # A before B
            # base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight
            parts = name.split(".")
            place = int(parts[parts.index("layers") + 1]), parts[-4]
            pairs.setdefault(place, []).append(values.detach().float().cpu().numpy().copy())
        return Adapter({place: (a, b) for place, (a, b) in pairs.items()}, float(self.recipe.alpha))


def _multiplies_bfloat16(torch: Any) -> bool:
    """Whether this processor multiplies tiles of bfloat16.

    One that has instructions for vectors of it alone is slower with it than with float32: measured, by 1.7.
    """
    found = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return bool(found is not None and found())


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
