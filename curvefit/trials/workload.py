"""What a plan takes before anything is spent. Lives here: counting calls and tokens; prices and speeds are given."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from curvefit.models.base import Cost, Model
from curvefit.trials.design import Trial
from curvefit.trials.journal import Journal
from curvefit.trials.prompts import asked
from curvefit.trials.trial_plan import Plan

__all__ = ["Planned", "Size", "Workload", "shared_trials", "workload"]


class Size(NamedTuple):
    """How long requests are, in tokens, with the cap on the reply to each, and how many there are."""

    prompt: int
    reply: int
    requests: float


@dataclass(frozen=True, slots=True)
class Workload:
    """What a plan still takes.

    Attributes
    ----------
    calls, done : int
        Requests to send, and requests the journals already answer.
    shared : int
        Requests that another part of the same command sends.
    prompt_tokens, fresh_tokens : int
        Sent, and of these the ones no earlier prompt of the same draw holds (what must be computed, or is billed in
        full where the provider caches prefixes).
    cached_tokens : int
        Of those sent, what a provider that bills cached tokens apart may find in its cache: nothing shorter than it
        caches; 0 of any other model.
    template_tokens : int
        Of those sent, what is left as room for a chat template to add around messages; few templates need all of it.
    completion_tokens : int
        Generated, if replies are as long as targets.
    most_completion_tokens : int
        Generated, if every reply runs to its cap.
    sizes : tuple of Size
        How long the requests to send are.
    """

    calls: int
    done: int
    prompt_tokens: int
    fresh_tokens: int
    cached_tokens: int
    template_tokens: int
    completion_tokens: int
    most_completion_tokens: int
    shared: int = 0
    sizes: tuple[Size, ...] = ()

    def __add__(self, other: Workload) -> Workload:
        """Return both together."""
        return Workload(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})

    def times(self, factor: float) -> Workload:
        """Return so many times the requests, each as long as before; counts are rounded."""
        counts = {name: round(getattr(self, name) * factor) for name in self.__slots__ if name != "sizes"}
        return Workload(**counts, sizes=tuple(size._replace(requests=size.requests * factor) for size in self.sizes))

    def expected(self, model: Model) -> Cost:
        """Return what it costs with replies as long as targets, each call as long as they are on average."""
        each = model.expect(*self.average(self.prompt_tokens, self.fresh_tokens, self.completion_tokens))
        return replace(each, usd=None if each.usd is None else each.usd * self.calls)

    def most_usd(self, model: Model) -> float | None:
        """Return the most it can cost, as `spending_limits.cost_bounds` reserves it; None where no price is known.

        Each request is priced by its own length, since prices have tiers: nothing is found cached, and every reply runs
        to its cap.
        """
        each = [(size.requests, model.expect(size.prompt, size.prompt, size.reply).usd) for size in self.sizes]
        known = [requests * usd for requests, usd in each if usd is not None]
        return sum(known) if len(known) == len(each) else None

    def average(self, *tokens: int) -> list[int]:
        """Return how many tokens that is a call, rounded up."""
        return [math.ceil(count / max(1, self.calls)) for count in tokens]


@dataclass(frozen=True, slots=True)
class Planned:
    """Requests that parts of one command send, each of which is asked once.

    Attributes
    ----------
    is_mixed : bool
        Whether the parts differ in task or model, so that each request has to be written out to be told apart.
    requests : set
        So far.
    numbers : dict
        What they are made of, numbered.
    """

    is_mixed: bool = False
    requests: set[Hashable] = field(default_factory=set)
    numbers: dict[Hashable, int] = field(default_factory=dict)


def workload(plan: Plan, model: Model, journal: Journal, planned: Planned | None = None) -> Workload:
    """Count what is left to do. Upper bounds for tokens: pieces are counted apart.

    What other journals hold counts too. `planned` is what the same command sends already; this is added.
    """
    pending, done, shared = _pending(plan, model, journal, planned or Planned())
    counts = plan.token_counts(model.count_tokens)
    shared_tokens = [counts.shared(plan.order(trial), trial.shots, trial.item) for trial in pending]
    least = getattr(model, "caches_from", None)
    chains = defaultdict[object, list[int]](list)  # of prompts that extend each other, what comes before the questions
    cacheable = defaultdict[object, list[int]](list)
    for trial, tokens in zip(pending, shared_tokens, strict=True):
        chain = (trial.draw, plan.system(trial)) if plan.nested else trial
        chains[chain].append(tokens)
        if least is not None and tokens - counts.template_room * (1 + 2 * trial.shots) >= least:
            cacheable[chain].append(tokens)
    item_tokens = sum(counts.items[trial.item] for trial in pending)
    prompts = Counter(tokens + counts.items[trial.item] for trial, tokens in zip(pending, shared_tokens, strict=True))
    return Workload(
        calls=len(pending),
        done=done,
        prompt_tokens=item_tokens + sum(shared_tokens),
        fresh_tokens=item_tokens + sum(map(max, chains.values())),
        cached_tokens=sum(sum(tokens) - max(tokens) for tokens in cacheable.values()),
        template_tokens=counts.template_room * sum(2 + 2 * trial.shots for trial in pending),
        completion_tokens=round(counts.mean_target * len(pending)),
        most_completion_tokens=plan.max_tokens * len(pending),
        shared=shared,
        sizes=tuple(Size(prompt, plan.max_tokens, requests) for prompt, requests in sorted(prompts.items())),
    )


def shared_trials(plan: Plan, other: Plan) -> list[Trial]:
    """Return of another plan, of the same task and model, a trial for each request that this one sends too."""
    shots = tuple(k for k in plan.design.shots if k in other.design.shots)
    if not shots:
        return []
    numbers: dict[Hashable, int] = {}
    ours = _by_content(plan.part(shots=shots), numbers)
    return [trial for request, trial in _by_content(other.part(shots=shots), numbers).items() if request in ours]


def _pending(plan: Plan, model: Model, journal: Journal, planned: Planned) -> tuple[list[Trial], int, int]:
    """Return a trial for each request to be sent, and how many are answered and how many sent elsewhere."""
    requests: dict[Hashable, Trial] = {}
    answered = set[str]()
    if journal.empty and not planned.is_mixed:  # told apart without being written out, which takes seconds
        requests = _by_content(plan, planned.numbers)
    else:
        digests = plan.digests(model.identity)
        for digest, trial in zip(digests, plan.trials(), strict=True):
            requests.setdefault(digest, trial)
        answered = journal.answered(dict.fromkeys(digests))
        answered.update(digest for digest, _ in journal.replies_of_others({*digests} - answered))
    wanted = [request for request in requests if request not in answered]
    pending = [requests[request] for request in wanted if request not in planned.requests]
    planned.requests.update(wanted)
    return pending, len(answered), len(wanted) - len(pending)


def _by_content(plan: Plan, numbers: dict[Hashable, int]) -> dict[Hashable, Trial]:
    """Return the first trial of each request, by the turns of its examples and of its item, which are numbered."""

    def number(*content: Hashable) -> int:
        return numbers.setdefault(content, len(numbers))

    items = [number(asked(item), item.system) for item in plan.items]
    examples = {
        example.id: number(asked(example), example.target, example.system) for order in plan.orders for example in order
    }
    openings: dict[tuple[int, int], int] = {}
    found: dict[Hashable, Trial] = {}
    for trial in plan.trials():
        place = (plan.order(trial), trial.shots)
        if place not in openings:
            openings[place] = number(*(examples[example.id] for example in plan.demonstrations(trial)))
        found.setdefault((openings[place], items[trial.item]), trial)
    return found
