"""What a command would still send and cost, beside the replies that are there. Lives here: counted; nothing is sent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from curvefit.measurement.judging import STATE_PRICE, judge_model, judge_workload
from curvefit.models.base import Cost, Model
from curvefit.models.engine import slowdown
from curvefit.models.hosted import MARGIN
from curvefit.tasks.task import Task
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.trials.trial_plan import Plan, plan, with_targets
from curvefit.trials.workload import Planned, Workload, workload

__all__ = [
    "PlannedPart",
    "ReplySources",
    "cap_that_ends",
    "cost_of_judging",
    "cost_of_plan",
    "plan_with_cost",
    "still_needed",
    "total",
]

_BUSIER: Final = 2.0  # times as busy as it is now, that a machine may get meanwhile


@dataclass(frozen=True, slots=True)
class ReplySources:
    """Where replies come from that need not be paid for.

    Attributes
    ----------
    journals : tuple of Path
        The study's own, which need not be there yet, then others: see `curvefit.cli.study_folders.journals_of`.
    planned : Planned
        Requests that other parts of the same command send; those of each plan shown are added.
    """

    journals: tuple[Path, ...]
    planned: Planned = field(default_factory=Planned)

    def open(self) -> Journal:
        """Return the study's own, or an empty one in memory, beside the others; nothing is made."""
        own, *others = self.journals
        return Journal(own if own.exists() else None, others)


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """What a plan still takes, and costs with replies as long as targets, and the most dollars it can.

    Also what it costs where the provider caches what prompts share; None where that is not known to be less. And, where
    the model runs here, how many times as long it takes as on an idle machine, which its seconds count, and how many
    times where this one gets twice as busy as it is now.
    """

    needed: Workload
    expected: Cost
    most_usd: float | None
    cached_usd: float | None
    slowdown: float = 1.0
    slowest: float = 1.0
    runs_here: bool = False
    state_price: str = "state it with --price"

    @property
    def lasting(self) -> tuple[float, float]:
        """The fewest and the most seconds it takes; NaN where that is not known."""
        idle = math.nan if self.expected.seconds is None else self.expected.seconds / self.slowdown
        return idle, idle * self.slowest

    @property
    def least_usd(self) -> float | None:
        """What it costs where the provider caches what prompts share, and nothing is counted high; None: not known."""
        needed, usd = self.needed, self.expected.usd if self.cached_usd is None else self.cached_usd
        if usd is None or self.runs_here or not needed.prompt_tokens:
            return usd
        return usd * (needed.prompt_tokens - needed.template_tokens) / MARGIN / needed.prompt_tokens

    def as_json(self) -> dict[str, Any]:
        """Return all but what the provider's cache saves, and how long each request is."""
        needed = {name: count for name, count in asdict(self.needed).items() if name != "sizes"}
        return {**needed, **asdict(self.expected), "most_usd": self.most_usd}


def plan_with_cost(task: Task, design: Design, model: Model, kept: ReplySources) -> tuple[Plan, PlannedPart]:
    """Return the plan of a measurement, and what it takes beyond the replies that are there."""
    model = with_targets(model, task)
    run_plan = plan(task, design, model)
    return run_plan, cost_of_plan(run_plan, model, kept)


def cost_of_plan(run_plan: Plan, model: Model, kept: ReplySources) -> PlannedPart:
    """Return what a plan takes beyond the replies that are there."""
    with kept.open() as journal:
        return _priced(model, workload(run_plan, model, journal, kept.planned))


def cost_of_judging(task: Task, plans: Sequence[Plan], model: Model, kept: ReplySources) -> list[PlannedPart]:
    """Return what it takes at most to have a model's replies to these plans judged; nothing where no model judges."""
    if task.judge is None or not plans:
        return []
    with closing(judge_model(task.judge, None)) as judge, kept.open() as journal:
        part = _priced(judge, judge_workload(plans, with_targets(model, task), judge, journal))
        return [replace(part, state_price=STATE_PRICE)]


def still_needed(task: Task, designs: Sequence[Design | None], model: Model, kept: ReplySources) -> list[PlannedPart]:
    """Return what some designs still take, each without what those before it send, and their judge; None is none."""
    found = [plan_with_cost(task, design, model, kept) for design in designs if design is not None]
    return [*(part for _, part in found), *cost_of_judging(task, [run_plan for run_plan, _ in found], model, kept)]


def total(parts: Sequence[PlannedPart]) -> dict[str, float | None]:
    """Return calls, dollars and seconds of all parts; None where that of one is not known."""

    def added(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return sum(known) if len(known) == len(values) else None

    asked = [part for part in parts if part.needed.calls]
    return {
        "calls": sum(part.needed.calls for part in asked),
        "usd": added([part.expected.usd for part in asked]),
        "most_usd": added([part.most_usd for part in asked]),
        "cached_usd": added([part.expected.usd if part.cached_usd is None else part.cached_usd for part in asked]),
        "seconds": added([part.expected.seconds for part in asked]),
    }


def cap_that_ends(whole: Mapping[str, float | None], caps: Mapping[str, float | None]) -> str:
    """Return the cap that is lower than what is expected to be spent; empty where none is."""
    seconds = whole["seconds"]
    expected = {**whole, "minutes": None if seconds is None else seconds / 60}
    for unit in ("usd", "calls", "minutes"):
        cap, needed = caps.get(unit), expected[unit]
        if cap is not None and needed is not None and needed > cap:
            return f"--max-{unit} {cap:g}"
    return ""


def _priced(model: Model, needed: Workload) -> PlannedPart:
    idle = model.expect(needed.prompt_tokens, needed.fresh_tokens, needed.completion_tokens).seconds
    slower = slowdown(model.concurrency) if idle else 1.0
    slowest = slowdown(model.concurrency, _BUSIER) if slower > 1 else 1.0
    seconds = None if idle is None else idle * slower
    expected = replace(needed.expected(model), seconds=seconds)
    cached = None
    if needed.cached_tokens:
        tokens = needed.average(needed.prompt_tokens, needed.cached_tokens, needed.completion_tokens)
        each = model.cached_usd(*tokens)  # type: ignore[attr-defined]
        cached = None if each is None else each * needed.calls
    return PlannedPart(needed, expected, needed.most_usd(model), cached, slower, slowest, model.keeps_prefix)
