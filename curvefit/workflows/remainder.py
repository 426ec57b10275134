"""What a command that a cap ended has left. Lives here: how much, and a cap that is enough; nothing is sent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from curvefit.command_words import with_option
from curvefit.decision.next_steps import finishing, without_retrieval
from curvefit.measurement.measurement import Measurement, Unasked
from curvefit.models.base import Model
from curvefit.study import Study
from curvefit.tasks.judge import judging_name
from curvefit.tasks.task import Task
from curvefit.trials.design import Design
from curvefit.trials.journal import count_replies, journal_paths
from curvefit.trials.spending_limits import SpendingLimits, whole_cents
from curvefit.workflows.full_study import Asking, retrieval_design
from curvefit.workflows.planned_cost import PlannedPart, ReplySources, still_needed, total

__all__ = ["Remainder", "left_of", "remainder", "replies_kept", "with_remainder"]

_SLACK: Final = 1.25  # of minutes: no two starts are equally fast


@dataclass(frozen=True, slots=True)
class Remainder:
    """How much there is left to spend, of what a cap is of.

    Attributes
    ----------
    unit : str
        ``usd``, ``calls``, ``tokens`` or ``minutes``.
    most : float
        At most so much; whole cents, whole others.
    cap : float
        What a start may spend, which did not do.
    """

    unit: str
    most: float
    cap: float

    def command(self, words: Sequence[str]) -> list[str]:
        """Return a command line with a cap that lets it finish; each start has the whole of its cap."""
        if self.most <= self.cap:
            return list(words)
        most = f"{self.most:.2f}" if self.unit == "usd" else f"{self.most:.0f}"
        return with_option(words, f"--max-{self.unit}", most)


def remainder(stopped: str, limits: SpendingLimits, parts: Sequence[PlannedPart]) -> Remainder:
    """Return what is left.

    `stopped` is the cap that was reached, as ``--max-usd 2``; `parts` is what the command has not asked yet.
    """
    unit = stopped.split()[0].removeprefix("--max-")
    cap, calls = limits.caps[unit] or 0.0, sum(part.needed.calls for part in parts)
    most: dict[str, float] = {
        "calls": calls,
        "tokens": sum(part.needed.prompt_tokens + part.needed.most_completion_tokens for part in parts),
        "usd": whole_cents(sum(part.most_usd or 0.0 for part in parts)),
        "minutes": math.ceil(_SLACK * cap * calls / max(limits.calls, 1)),
    }
    return Remainder(unit, most[unit], cap)


def left_of(
    study: Study, task: Task, design: Design, model: Model, asking: Asking, limits: SpendingLimits
) -> tuple[Study, Remainder | None]:
    """Return a study whose step to finish it says what its command has left, and that; as it is where no cap ended it.

    `design` is what was measured on to, beside the retrieved examples of `asking`.
    """
    if not study.curve.stopped:
        return study, None
    designs = (design, retrieval_design(design, asking.retrieved))
    parts = still_needed(task, designs, model, ReplySources(journal_paths(asking.journal)))
    left = remainder(study.curve.stopped, limits, parts)
    if asking.retrieved:
        study = replace(study, advice=replace(study.advice, next_steps=without_retrieval(study.advice.next_steps)))
    return with_remainder(study, parts, left), left


def replies_kept(curve: Measurement) -> int | None:
    """Return how many replies its journal holds, those of its judge too; None where that is not known."""
    own = count_replies(Path(curve.journal), curve.task, curve.model)
    if own is None or curve.judge is None:
        return own
    return own + (count_replies(Path(curve.journal), judging_name(curve.task), curve.judge.model) or 0)


def with_remainder(study: Study, parts: Sequence[PlannedPart], left: Remainder) -> Study:
    """Return a study that knows what all parts of its command have still to ask, which the step to finish it takes.

    A study alone knows what is missing of what it has: not what the command had not come to. The least and the most are
    the plan's, which knows the prompts: calls so far showed fewer examples than those to come. Minutes are those that
    are `left`, where the cap is of these.
    """
    calls, asked = sum(part.needed.calls for part in parts), [part for part in parts if part.needed.calls]
    least = [usd for part in asked if (usd := part.least_usd) is not None]
    step = next((step for step in study.advice.next_steps if step.code == "same-again"), None)
    pace = None if step is None or step.minutes is None or not step.calls else step.minutes / step.calls
    minutes = left.most if left.unit == "minutes" else None if pace is None else pace * calls
    usd = sum(least) if len(least) == len(asked) else None
    unasked = Unasked(calls, usd, total(parts)["most_usd"], minutes, replies_kept(study.curve))
    curve = replace(study.curve, unasked=unasked)
    steps = tuple(finishing(each, curve) if each is step else each for each in study.advice.next_steps)
    return replace(study, curve=curve, advice=replace(study.advice, next_steps=steps))
