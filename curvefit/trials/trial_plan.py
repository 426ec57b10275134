"""A design made concrete for one task and model. Lives here: which request a trial sends, and whether it fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from curvefit.errors import DesignError, PromptTooLong
from curvefit.models.base import Form, Model, Request
from curvefit.models.cluster import ClusterModel
from curvefit.models.simulated import SimulatedModel
from curvefit.own_files import digest
from curvefit.plain_text import clean, listed
from curvefit.tasks.loading import places_of
from curvefit.tasks.readiness import very_long
from curvefit.tasks.task import Item, Task
from curvefit.trials import prompts, selection
from curvefit.trials.design import Design, Trial, default_shots
from curvefit.trials.token_counts import TokenCounts, count_pieces

__all__ = ["Plan", "PromptLimits", "higher_cap", "plan", "still_reasoning", "with_targets"]

_ROOM: Final = 1024  # tokens that most reasoning fits in
_FEW: Final = 0.1  # share of the pool that may be too long to be shown as similar examples
_NAMED: Final = 3  # of examples that are too long


@dataclass(frozen=True, slots=True)
class PromptLimits:
    """What fits the model's context, as planning finds by counting tokens.

    Attributes
    ----------
    shots : tuple of int
        Numbers of shots.
    max_tokens : int
        The cap on replies.
    too_long : tuple of str
        Examples, by id, that are not shown as similar ones: see `Plan`.
    """

    shots: tuple[int, ...]
    max_tokens: int
    too_long: tuple[str, ...] = ()

    @staticmethod
    def key(task: Task, design: Design, model: Model) -> str:
        """Name by content everything that decides it."""
        examples_and_words = (task.instruction, task.pool, task.items, task.labels, task.input_word, task.output_word)
        content = repr((model.identity, model.form, design, examples_and_words))
        # What a design does not show, so that what earlier versions kept under a name is found.
        unseen = [str(value) for value in (design.reply_tokens, design.ordered_by) if value not in (None, "place")]
        return digest(", ".join([content, *unseen]))


@dataclass(frozen=True, slots=True)
class Plan:
    """Every request of a measurement, made when it is needed.

    Attributes
    ----------
    task : Task
        What is asked.
    design : Design
        As asked for, with shots and items as they are: never empty, never more than there is.
    orders : tuple of tuple of Item
        Examples in the order they are taken, as far as the largest number of shots: one order per draw, or one per item
        where the examples are those most similar to it.
    items : tuple of Item
        What is scored, in order.
    form : "plain" or "chat"
        The prompt's form.
    max_tokens : int
        Cap on every reply.
    matched : tuple of bool
        For each item, whether any example of the pool has anything in common with it; empty where examples are drawn.
    too_long : tuple of str
        Examples, by id, that no item is shown although they may be the most similar: with them the prompts of all that
        have them would not fit the model's context, and they are few.
    """

    task: Task
    design: Design
    orders: tuple[tuple[Item, ...], ...]
    items: tuple[Item, ...]
    form: Form
    max_tokens: int
    matched: tuple[bool, ...] = ()
    too_long: tuple[str, ...] = ()

    @property
    def prompt_limits(self) -> PromptLimits:
        """What was found to fit."""
        return PromptLimits(self.design.shots, self.max_tokens, self.too_long)

    def part(self, *, shots: tuple[int, ...] = (), draws: int | None = None, items: int | None = None) -> Plan:
        """Return the plan of a smaller design, made of the same draws and items as far as it goes.

        Shots are some of this plan's, draws and items the first ones of all; by default all.
        """
        shots = shots or self.design.shots
        draws = self.design.draws if draws is None else draws
        chosen = self.items if items is None else self.items[:items]
        orders = self.orders[: draws if self.nested else len(chosen)]
        design = replace(self.design, shots=shots, draws=draws, items=len(chosen))
        orders = tuple(order[: shots[-1]] for order in orders)
        return replace(self, design=design, orders=orders, items=chosen, matched=self.matched[: len(chosen)])

    def __len__(self) -> int:
        """How many trials it has."""
        return len(self.design.shots) * self.design.draws * len(self.items)

    def trial(self, position: int) -> Trial:
        """Return a trial by its place in the order of `trials`."""
        rest, item = divmod(position, len(self.items))
        draw, row = divmod(rest, len(self.design.shots))
        return Trial(self.design.shots[row], draw, item)

    def token_counts(self, count: Callable[[str], int]) -> TokenCounts:
        """Return the tokens of its pieces, by a model's `count_tokens`."""
        return count_pieces(self.task, self.orders, self.items, self.form, count)

    def notes(self) -> tuple[str, ...]:
        """Say how many items the examples shown to them have nothing in common with, and which ones none is shown."""
        return (*self._unmatched(), *self._left_out())

    def _unmatched(self) -> Iterator[str]:
        unmatched = len(self.matched) - sum(self.matched)
        if unmatched:
            have = (
                "item has"
                if len(self.matched) == 1
                else f"{len(self.matched):,} items {'has' if unmatched == 1 else 'have'}"
            )
            yield f"{unmatched:,} of {have} no word in common with any example: random ones are shown there"

    def _left_out(self) -> Iterator[str]:
        if self.too_long:
            are = "is" if len(self.too_long) == 1 else "are"
            yield (
                f"{len(self.too_long):,} of {len(self.task.pool):,} examples {are} too long to be shown among the"
                f" {self.design.shots[-1]} most similar: {_named(self.task, self.too_long)}"
            )

    @property
    def nested(self) -> bool:
        """Whether all items are shown the same examples, and each prompt extends one with fewer of them."""
        return self.design.selection != "similar"

    def order(self, trial: Trial) -> int:
        """Return which of the orders this trial's examples come from."""
        return trial.draw if self.nested else trial.item

    def demonstrations(self, trial: Trial) -> tuple[Item, ...]:
        """Return this trial's demonstrations, in the order of the prompt: the most similar one stands last."""
        examples = self.orders[self.order(trial)][: trial.shots]
        return examples if self.nested else examples[::-1]

    def request(self, trial: Trial) -> Request:
        """Return what this trial sends."""
        item = self.items[trial.item]
        whole = prompts.request(self.task, self.demonstrations(trial), item, form=self.form, max_tokens=self.max_tokens)
        return replace(whole, cache_key=f"draw-{trial.draw}")

    def system(self, trial: Trial) -> str:
        """Return the system message that this trial's item has of its own; empty where it has none."""
        return self.items[trial.item].system

    def prefix(self, trial: Trial) -> tuple[int, int, str]:
        """Name what this trial's prompt shares with others: draw, shots and system message, or the last alone."""
        return (*((trial.draw, trial.shots) if self.nested else (0, 0)), self.system(trial))

    def prefix_bytes(self, trial: Trial) -> int:
        """Return the length of that, turns not counted."""
        shared = prompts.opening(self.task, self.demonstrations(trial) if self.nested else (), self.system(trial))
        return sum(len(turn.content.encode(errors="replace")) for turn in shared)

    def trials(self) -> Iterator[Trial]:
        """Yield all trials: draw by draw, shots ascending, then items, so that each prompt extends the one before."""
        return map(self.trial, range(len(self)))

    def digests(self, identity: str) -> tuple[str, ...]:
        """Return what names the request of each trial, to the model of that identity."""
        return tuple(self.request(trial).digest(identity) for trial in self.trials())


def with_targets(model: Model, task: Task) -> Model:
    """Return the model; a simulated one gets the targets of the task, without which it can answer nothing."""
    if isinstance(model, ClusterModel):
        model.set_model(with_targets(model.inner, task))
    if isinstance(model, SimulatedModel):
        return model.with_answers({prompts.question(item): item.target for item in task.items})
    return model


def plan(task: Task, design: Design, model: Model, prompt_limits: PromptLimits | None = None) -> Plan:
    """Make a design concrete.

    Empty shots become 0, 1, 2, 4, ... as far as pool and context allow.

    `prompt_limits` are those of an earlier plan of the same three; then the model is asked neither for tokens nor for
    its context. Numbers of shots that are not the design's are of no use: then it is.

    Raises
    ------
    DesignError
        The pool is smaller than the shots asked for.
    PromptTooLong
        The shots asked for do not fit the model's context; nothing was sent.
    """
    similar = design.selection == "similar"
    option = "retrieved" if similar else "shots"
    if design.shots and design.shots[-1] > len(task.pool):
        raise DesignError(
            f"{design.shots[-1]} shots need as many pool examples and {task.name!r} has {len(task.pool)};"
            f" add examples or use --{option} up to {len(task.pool)} (in Python: {option})"
        )
    shots = design.shots or default_shots(len(task.pool))[similar:]
    if prompt_limits is not None and not set(prompt_limits.shots) <= set(shots):
        prompt_limits = None
    items = selection.choose_items(task.items, design)
    reply_cap = design.reply_tokens
    if reply_cap is None:
        reply_cap = prompts.reply_cap(task, model) if prompt_limits is None else prompt_limits.max_tokens
    draft = Plan(
        task=task,
        design=replace(design, shots=shots, items=len(items)),
        orders=() if similar else tuple(order[: shots[-1]] for order in selection.orderings(task.pool, design)),
        items=items,
        form=model.form,
        max_tokens=reply_cap,
    )  # fmt: skip
    if similar:
        draft = _with_neighbours(draft, () if prompt_limits is None else prompt_limits.too_long)
    if prompt_limits is not None:
        return replace(draft, design=replace(draft.design, shots=prompt_limits.shots))
    if model.context is None:
        return draft
    counts = draft.token_counts(model.count_tokens)
    if similar and design.shots:
        draft, counts = _without_too_long(draft, counts, model.context, model.count_tokens)
    longest_prompt = {shots: counts.longest_prompt(shots) for shots in draft.design.shots}
    fits = tuple(shots for shots, tokens in longest_prompt.items() if tokens + draft.max_tokens <= model.context)
    alone = [counts.shared(0, 0, place) + tokens + draft.max_tokens for place, tokens in enumerate(counts.items)]
    if long := [item.id for item, tokens in zip(items, alone, strict=True) if tokens > model.context]:
        raise PromptTooLong(
            f"even without demonstrations some items of {task.name!r} are longer than the {model.context} tokens"
            f" {model.name} holds: {_named(task, long)}; nothing was sent; shorten them or use a model with a longer"
            " context"
        )
    if (design.shots or not fits) and len(fits) < len(shots):
        too_many = next(k for k in shots if k not in fits)
        examples = ("similar example" if similar else "shot") + ("s" if too_many > 1 else "")
        long = [example.id for example in very_long(task.pool)]
        fewer = f"--{option} up to {fits[-1]} (in Python: {option}) or " if fits else ""
        raise PromptTooLong(
            f"{too_many} {examples} make{'' if too_many > 1 else 's'} prompts of up to {longest_prompt[too_many]}"
            f" tokens, and with replies of up to {draft.max_tokens} that is more than the {model.context} {model.name}"
            f" holds{f'; the longest: {_named(task, long)}' if long else ''}",
            f"; nothing was sent; use {fewer}a model with a longer context",
            fits,
        )
    return replace(draft, design=replace(draft.design, shots=fits))


def _with_neighbours(draft: Plan, too_long: tuple[str, ...] = ()) -> Plan:
    """Return a plan whose items are shown the examples most similar to them, but for some that are too long."""
    left_out = {*too_long}
    pool = [example for example in draft.task.pool if example.id not in left_out]
    near = selection.similar(pool, draft.items, draft.design.shots[-1], draft.design)
    orders, matched = tuple(each.examples for each in near), tuple(each.matched for each in near)
    return replace(draft, orders=orders, matched=matched, too_long=too_long)


def _without_too_long(
    draft: Plan, counts: TokenCounts, context: int, count: Callable[[str], int]
) -> tuple[Plan, TokenCounts]:
    """Return a plan that fits without a few examples longer than an equal share of the prompt; else the plan as it is.

    Otherwise three very long lines of three hundred would leave all items without similar examples.
    """
    most, room = draft.design.shots[-1], context - draft.max_tokens
    share = (room - counts.longest_prompt(0)) / most
    tried, counted = draft, counts
    while counted.longest_prompt(most) > room:
        long = {
            example.id
            for order, sums in zip(tried.orders, counted.demonstrations, strict=True)
            for example, (before, after) in zip(order, pairwise(sums), strict=True)
            if after - before > share
        }
        too_long = (*tried.too_long, *(example.id for example in draft.task.pool if example.id in long))
        if not long or len(too_long) > min(_FEW * len(draft.task.pool), len(draft.task.pool) - most):
            return draft, counts
        tried = _with_neighbours(draft, too_long)
        counted = tried.token_counts(count)
    return tried, counted


def _named(task: Task, examples: Sequence[str]) -> str:
    """Name some examples by where they stand in the user's file, as far as that is known."""
    places = places_of(task.path) if task.path else {}
    return listed([clean(places.get(name, name), longest=60) for name in examples], _NAMED, last=" ")


def higher_cap(tokens: int) -> int:
    """Return the cap on replies to try after one that cut most of them off: four times it, and room for reasoning.

    Examples
    --------
    >>> from curvefit.trials.trial_plan import higher_cap
    >>> higher_cap(16), higher_cap(1000)
    (1024, 4000)
    """
    return max(_ROOM, 4 * tokens)


def still_reasoning(count: int, cap: int) -> str:
    """Say that none of so many replies had an answer at its cap of tokens, and what to do."""
    replies = "the 1 reply was" if count == 1 else f"all {count:,} replies were"
    return (
        f"{replies} cut off at {cap:,} tokens, while the model was still reasoning; nothing is concluded: allow more"
        f" with curvefit run --reply-tokens {higher_cap(cap)} (in Python: reply_tokens), or switch reasoning off"
        " where the model is served"
    )
