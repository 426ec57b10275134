"""What a probe is to train and on what. Lives here: the plan of real fine-tunings, its cost, and each unit on disk.

The pool is split once: a held-out part chooses how long to train, the rest is trained on. Each seed is one ordering of
that rest, of which n examples are the first n, as demonstrations of a draw are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from curvefit.errors import DesignError, InputError
from curvefit.models import store
from curvefit.models.base import Request
from curvefit.models.local import LocalModel
from curvefit.own_files import digest, write_whole
from curvefit.tasks.task import Item, Task
from curvefit.training.folder_model import FolderModel
from curvefit.training.packing import tokens_read
from curvefit.training.schedule import Check, Example, Recipe, best
from curvefit.trials import prompts, selection
from curvefit.trials.design import Design, Ordering

__all__ = [
    "FineTuning",
    "FineTuningPlan",
    "ProbeDesign",
    "TrainingCost",
    "learning_order",
    "most_trainable",
    "plan_fine_tuning",
]

_HELD_OUT: Final = (0.1, 8, 64)  # share of the pool, fewest, most
_SPLIT: Final = 1_000_003  # a draw no design reaches: its order of the pool says what is held out


@dataclass(frozen=True, slots=True)
class ProbeDesign:
    """What is asked of a probe.

    Attributes
    ----------
    sizes : tuple of int
        Numbers of training examples, ascending.
    seeds : int
        Fine-tunings of each size: each has its own examples, order and start.
    items : int
        Items to score, at most.
    seed : int
        Decides items, what is held out, and all orders.
    ordered_by : "text" or "place"
        What decides the items beside the seed: as of the `curvefit.Design` of the study it is set beside.
    """

    sizes: tuple[int, ...] = (32, 128, 512)
    seeds: int = 2
    items: int = 100
    seed: int = 0
    ordered_by: Ordering = "text"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", tuple(int(n) for n in self.sizes))
        if not self.sizes or self.sizes[0] < 1 or list(self.sizes) != sorted(set(self.sizes)):
            raise DesignError(f"numbers of training examples must be ascending, distinct and positive: {self.sizes}")
        for name, least in (("seeds", 1), ("items", 2)):  # a comparison needs two items
            if getattr(self, name) < least:
                raise DesignError(f"{name} must be at least {least}, not {getattr(self, name)}")
        if self.seed < 0:
            raise DesignError(f"seed must be at least 0, not {self.seed}")

    def scoring(self, reply_tokens: int | None = None) -> Design:
        """Return what each fine-tuned model is asked: the items, without an example."""
        return Design((0,), 1, self.items, self.seed, reply_tokens=reply_tokens, ordered_by=self.ordered_by)


@dataclass(frozen=True, slots=True)
class FineTuning:
    """One finished fine-tuning, as its ``unit.json`` says.

    Attributes
    ----------
    n_train, seed : int
        Which.
    checks : tuple of Check
        On the held-out part, over training.
    adapter : str
        SHA-256 of its adapter.gguf.
    precision, device : str
        Of training; scoring is always the engine's.
    seconds : float
        Training took.
    """

    n_train: int
    seed: int
    checks: tuple[Check, ...]
    adapter: str
    precision: str
    device: str
    seconds: float

    @property
    def chosen(self) -> Check:
        """The check whose adapter was kept."""
        return best(self.checks)


@dataclass(frozen=True, slots=True)
class TrainingCost:
    """What is left to do, at most.

    Attributes
    ----------
    units, done : int
        Fine-tunings to make, and finished ones.
    tokens : int
        Tokens to train on if no training ends early, passes counted, what examples begin with once a step.
    seconds, least_seconds : float or None
        Wall time of training at the pace measured for the model, on as many cores as were said, and what it takes where
        each training ends as early as it can; None for a file of the user's.
    """

    units: int
    done: int
    tokens: int
    seconds: float | None
    least_seconds: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FineTuningPlan:
    """A probe made concrete.

    Attributes
    ----------
    design : ProbeDesign
        As asked for, with the sizes that the pool carries.
    recipe : Recipe
        How each unit is trained.
    base : str
        Identity of the model that is trained.
    held_out : tuple of Example
        Chooses how long.
    orders : tuple of tuple of Example
        By seed: the part of the pool that is trained on, as far as the largest size.
    notes : tuple of str
        What a reader should know.
    """

    design: ProbeDesign
    recipe: Recipe
    base: str
    held_out: tuple[Example, ...]
    orders: tuple[tuple[Example, ...], ...]
    notes: tuple[str, ...]

    def pairs(self) -> list[tuple[int, int]]:
        """Return (n_train, seed) of every unit, small ones first."""
        return [(n, seed) for n in self.design.sizes for seed in range(self.design.seeds)]

    def folder(self, out: Path, n_train: int, seed: int) -> Path:
        """Return where a unit lives, named by all that decides it: a changed task or recipe makes another one."""
        decides = [self.base, asdict(self.recipe), seed, _numbers(self.orders[seed][:n_train]), _numbers(self.held_out)]
        return out / "units" / f"n{n_train}-seed{seed}-{digest(decides)[:12]}"

    def finished(self, out: Path, n_train: int, seed: int) -> FineTuning | None:
        """Return a unit that is whole on disk, else None; `InputError` where what says so cannot be used."""
        from curvefit.records import checked_value

        folder = self.folder(out, n_train, seed)
        try:
            unit = checked_value(FineTuning, (folder / "unit.json").read_bytes())
            if not unit.checks:
                raise InputError("is empty", field="checks")
        except FileNotFoundError:
            return None
        except (OSError, InputError) as error:
            raise InputError(f"cannot be used ({error}); remove it", file=folder / "unit.json") from error
        adapter = folder / "adapter.gguf"
        return unit if adapter.is_file() and store.sha256(adapter) == unit.adapter else None

    def finish(self, out: Path, unit: FineTuning) -> None:
        """Write down that a unit is whole, else `InputError`; its adapter is there already."""
        folder = self.folder(out, unit.n_train, unit.seed)
        file = folder / "unit.json"
        try:
            with write_whole(file) as scratch:
                scratch.write_text(json.dumps(asdict(unit), indent=1), encoding="utf-8")
            (folder / "checkpoint.pt").unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"{error.strerror or error}; make room and run it again", file=file) from error

    def cost(self, out: Path, pace: float | None, cores: int = 1) -> TrainingCost:
        """Return what is left to train; `pace` in seconds a token of one core, each of `cores` training one unit."""
        left = [(n, seed) for n, seed in self.pairs() if self.finished(out, n, seed) is None]
        tokens, busy, early = 0, [0] * cores, [0] * cores
        for n, seed in reversed(left):  # the longest first
            order = self.orders[seed]
            learned = sum(tokens_read([order[i] for i in batch]) for batch in self.recipe.batches(n, seed, 1))
            each, least = (self._read(n, learned, passes) for passes in (self.recipe.epochs(n), self.recipe.fewest(n)))
            tokens += each
            busy[busy.index(min(busy))] += each
            early[early.index(min(early))] += least
        most, fewest = (None if pace is None else max(each) * pace for each in (busy, early))
        return TrainingCost(len(left), len(self.pairs()) - len(left), tokens, most, fewest)

    def _read(self, n: int, learned: int, passes: int) -> int:
        """Return the tokens of so many passes; looking takes a third of what learning takes: none goes back."""
        looks = sum(self.recipe.checks_after(epoch, n) for epoch in range(1, passes + 1))
        return passes * learned + looks * tokens_read(self.held_out) // 3


def plan_fine_tuning(
    task: Task, model: LocalModel | FolderModel, wanted: ProbeDesign, recipe: Recipe | None = None
) -> FineTuningPlan:
    """Make a probe concrete: what is held out, and the token ids of every example.

    Raises
    ------
    DesignError
        The pool is too small for any of the sizes, or the model is asked in turns of conversation.
    """
    if model.form != "plain":
        raise DesignError(f"{model.name} is asked in turns; fine-tuning here knows plain prompts: use --form plain")
    held_out, rest = _divided(task.pool, wanted.seed)
    aside = len(held_out)
    sizes = tuple(n for n in wanted.sizes if n <= len(rest))
    if not sizes:
        raise DesignError(
            f"{wanted.sizes[0]} training examples are more than the {len(rest)} that the pool of {task.name!r} has"
            f" beside {aside} held out; add examples or ask for fewer"
        )
    left_out = wanted.sizes[len(sizes) :]
    note = f"no training on {', '.join(map(str, left_out))}: the pool has only {len(rest)} beside {aside} held out"
    encoded = {example.id: _example(task, example, model) for example in (*held_out, *rest)}
    orders = tuple(
        tuple(encoded[example.id] for example in selection.shuffled(rest, seed, wanted.seed)[: sizes[-1]])
        for seed in range(wanted.seeds)
    )
    return FineTuningPlan(
        design=replace(wanted, sizes=sizes),
        recipe=recipe or Recipe(),
        base=model.identity,
        held_out=tuple(encoded[example.id] for example in held_out),
        orders=orders,
        notes=(note,) if left_out else (),
    )


def learning_order(pool: Sequence[Item], seed: int, draw: int = 0) -> tuple[Item, ...]:
    """Return the whole pool in the order it is learned from: n examples are those a probe's unit `draw` of n trains on.

    What such a probe holds out comes last, so that it is reached only by numbers no probe could train on.
    """
    held_out, rest = _divided(pool, seed)
    return (*selection.shuffled(rest, draw, seed), *held_out)


def most_trainable(pool: int) -> int:
    """Return how many examples a pool of so many leaves to train on, beside those that choose how long."""
    share, fewest, most = _HELD_OUT
    return pool - min(max(round(share * pool), fewest), most)


def _divided(pool: Sequence[Item], seed: int) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Return the part of the pool that is held out, and the rest."""
    order = selection.shuffled(pool, _SPLIT, seed)
    aside = len(order) - most_trainable(len(order))
    return order[:aside], order[aside:]


def _example(task: Task, example: Item, model: LocalModel | FolderModel) -> Example:
    """Return an example as the model is asked it without demonstrations, and the target with what ends a reply."""
    request: Request = prompts.request(task, (), example, form="plain", max_tokens=1)
    if not isinstance(request.prompt, str):
        raise TypeError("a plain request has a plain prompt")
    prompt, reply = model.tokens(request.prompt, f" {example.target}{request.stop[0]}")
    return Example(tuple(prompt), tuple(reply))


def _numbers(examples: Sequence[Example]) -> list[list[list[int]]]:
    return [[list(example.prompt), list(example.reply)] for example in examples]
