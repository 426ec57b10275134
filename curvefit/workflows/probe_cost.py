"""How long a probe on this machine takes, before it is begun. Lives here: seconds; nothing is trained or asked.

Training has a pace by tokens. Scoring takes what the calls of the study took, with as many examples in the prompt: a
fine-tuned model answers no longer than the untrained one, and mostly shorter. By the pace of the model, with replies as
long as targets, it takes the least. Where there is no study yet, that alone is known, without examples in the prompt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Final

from curvefit.measurement.judging import judging_to_come
from curvefit.models import store
from curvefit.study import Study
from curvefit.tasks.task import Task
from curvefit.training.fine_tuning_plan import FineTuningPlan, TrainingCost
from curvefit.trials import selection
from curvefit.trials.design import Design
from curvefit.trials.spending_limits import CostBound
from curvefit.workflows.fine_tuning_probe import beside_probe
from curvefit.workflows.local_probe import Trainee, is_converted
from curvefit.workflows.prompt_and_weights import BesideDesign

__all__ = ["ProbeCost", "Trainers", "probe_cost"]

Seconds = tuple[float, float]  # the fewest and the most

# Measured on two cores, with embedded models.
_LOADING: Final = (5.0, 20.0)  # until torch and the weights are there
_CONVERTING: Final = (30.0, 60.0)  # weights, once
_ENGINE: Final = (1.0, 3.0)  # until an engine answers, for each model that is scored


@dataclass(frozen=True, slots=True)
class Trainers:
    """So many cores, each of which trains one fine-tuning; a busy machine takes `slowdown` times as long."""

    cores: int
    slowdown: float = 1.0


@dataclass(frozen=True, slots=True)
class ProbeCost:
    """What is left to do.

    Attributes
    ----------
    training : TrainingCost
        At most, on a machine as busy as it is now.
    calls : int
        That score what comes of it, and the untrained model where that is asked anew.
    training_seconds, scoring, seconds : (float, float) or None
        Wall seconds of training, of these calls and of everything: the fewest, on an idle machine and where trainings
        end as early as they can, and the most. None where not known.
    converted : bool
        Whether the weights to train are there, and need not be converted first.
    judging : CostBound
        What judging the replies costs, where a model does; NaN dollars where its price is not known.
    """

    training: TrainingCost
    calls: int
    training_seconds: Seconds | None
    scoring: Seconds | None
    seconds: Seconds | None
    converted: bool
    judging: CostBound


def probe_cost(
    task: Task, model: Trainee, work: FineTuningPlan, study: Study | None, out: Path, trainers: Trainers
) -> ProbeCost:
    """Return what is left of a probe; `study` is None where prompting is measured first."""
    name, lanes, slowdown = model.name, model.concurrency, trainers.slowdown
    entry = store.CATALOGUE.get(name.removeprefix("local/")) if name.startswith("local/") else None
    training = work.cost(out, None if entry is None else entry.learning * slowdown, trainers.cores)
    if not training.units:
        return ProbeCost(training, 0, *(((0.0, 0.0),) * 3), converted=True, judging=CostBound(calls=0))
    design = work.design
    items = min(design.items, len(task.items))
    beside = BesideDesign() if study is None else beside_probe(study, task, design)
    alone = replace(design.scoring(), items=items)
    known = study is None or 0 in study.curve.shots[study.curve.observed]
    # Each fine-tuned model by one engine, beside the trainings; the rest by all of them.
    asked = [(alone, training.units, 1), *([] if known else [(alone, 1, lanes)])]
    asked += [(each, 1, lanes) for each in beside.shown] + [(each, design.seeds, lanes) for each in beside.together]
    calls = sum(each.draws * items * times for each, times, _ in asked)
    ends = [_ends(work, study, each, items, None if entry is None else entry.pace, slowdown) for each, _, _ in asked]
    parts = [
        None if each is None else _times((_ENGINE[0] + each[0] / at_once, _ENGINE[1] + each[1] / at_once), times)
        for each, (_, times, at_once) in zip(ends, asked, strict=True)
    ]
    scoring = _sum(parts)
    trained = None
    if training.seconds is not None and training.least_seconds is not None:
        trained = (training.least_seconds / slowdown, training.seconds)
    converted = is_converted(name)
    began = _LOADING if converted else _sum([_LOADING, _CONVERTING])
    judging = judging_to_come(task, selection.choose_items(task.items, alone), calls)
    return ProbeCost(training, calls, trained, scoring, _sum([began, trained, scoring]), converted, judging)


def _times(ends: Seconds, times: float) -> Seconds:
    return ends[0] * times, ends[1] * times


def _sum(parts: list[Seconds | None]) -> Seconds | None:
    """Return the sum of ranges; None where one is not known."""
    known = [each for each in parts if each is not None]
    return (sum(low for low, _ in known), sum(high for _, high in known)) if len(known) == len(parts) else None


def _ends(
    work: FineTuningPlan, study: Study | None, design: Design, items: int, pace: Seconds | None, slowdown: float
) -> Seconds | None:
    """Return the fewest and the most seconds of one engine that scores items so; None where nothing is known."""
    calls, (shots,) = design.draws * items, design.shots
    known = []
    if pace is not None:
        examples = (*work.held_out, *work.orders[0])
        prompt, reply = (fmean(len(getattr(each, part)) for each in examples) for part in ("prompt", "reply"))
        shown = shots * (prompt + reply) * (calls if design.selection == "similar" else design.draws)
        idle = (shown + calls * prompt) * pace[0] + calls * reply * pace[1]
        known = [idle, idle * slowdown]
    curve = None if study is None else study.curve.retrieved if design.selection == "similar" else study.curve
    usage = None if curve is None else dict(curve.taken).get(shots)
    if usage is not None and usage.seconds:
        known.append(calls * usage.seconds / usage.calls)
    return (min(known), max(known)) if known else None
