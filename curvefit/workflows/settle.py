"""From an open answer to a settled one. Lives here: the loop that takes next steps, the cheapest first.

::

    Study --its first step that finds something out, if the caps allow it--> Study, until training is decided

A step measures more, or fine-tunes the very model here. Each is taken once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from curvefit.decision.next_steps import MEASURES_MORE, NextStep, wider
from curvefit.errors import BudgetReached, DesignError, InputError, ModelUnavailable
from curvefit.models.base import Model
from curvefit.models.local import LocalModel
from curvefit.study import Study, outline_probe
from curvefit.tasks.task import Task
from curvefit.training.fine_tuning_plan import ProbeDesign
from curvefit.training.weights import available
from curvefit.trials.journal import journal_paths
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.workflows.fine_tuning_probe import Probe, ScoredUnit, beside_probe, conclude_probe, concluded_again
from curvefit.workflows.full_study import Asking, Criteria, decide
from curvefit.workflows.local_probe import LocalRun, Stopping, fine_tune, plan_probe

__all__ = ["Taken", "settle"]

_MINUTES: Final = 60.0  # a step takes at most so many, where no cap says otherwise


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A step that was taken, or why it was not.

    Attributes
    ----------
    step : NextStep
        Which, with what it was to take.
    study : Study
        What is concluded after it.
    seconds : float
        It took.
    probe : Probe or None
        What a fine-tuning gave.
    problem : str
        Why it was not taken, or not to its end; empty where it was.
    cap : str
        The spending limit that ended it; empty where none did.
    """

    step: NextStep
    study: Study
    seconds: float = 0.0
    probe: Probe | None = None
    problem: str = ""
    cap: str = ""


def settle(
    study: Study,
    task: Task,
    model: Model,
    asking: Asking,
    criteria: Criteria,
    notify: Callable[[ScoredUnit], object] = lambda scored: None,
) -> Iterator[Taken]:
    """Take a study's next steps until it is decided whether training pays, or no step is left that the caps allow.

    Parameters
    ----------
    study : Study
        As `curvefit.decide` made it of the same task, model, asking and criteria.
    task, model, asking, criteria
        As of `curvefit.decide`. Fine-tunings are kept beside the journal; the same call again goes on with them. Where
        there is no cap, a step takes at most an hour, and no more money than all before it.
    notify : callable, optional
        Gets each fine-tuning when it has been scored.

    Yields
    ------
    Taken
        Each step, as it ends.

    Raises
    ------
    CurvefitError
        As `curvefit.measure` does.

    Examples
    --------
    >>> task, model = cf.load_task("sample_tasks/tickets"), cf.resolve("simulated/flat")
    >>> asking, criteria = cf.Asking(retrieved=(1, 4)), cf.Criteria(margin=0.1)
    >>> study = cf.decide(task, cf.Design(shots=(0, 1, 2, 4), draws=2, items=30), model, asking, criteria)
    >>> [taken.step.code for taken in cf.settle(study, task, model, asking, criteria)]
    []
    """
    done = set[str]()
    taken = None
    while study.advice.training == "open" and not (study.curve.stopped or (taken and taken.cap)):
        step = next((s for s in study.advice.next_steps if s.code in _TAKE and s.code not in done), None)
        if step is None:
            return
        done.add(step.code)
        started = time.monotonic()
        problem = _too_dear(step, study, asking.limits)
        if problem:
            taken = Taken(step, study, problem=problem)
        elif step.code == "probe":
            taken = _trained(step, study, task, model, asking, notify)
        else:
            taken = Taken(step, _measured(step, study, task, model, asking, criteria))
        study = taken.study
        yield replace(taken, seconds=time.monotonic() - started)


_TAKE: Final = (*MEASURES_MORE, "probe", "probe-elsewhere")


def _too_dear(step: NextStep, study: Study, limits: SpendingLimits | None) -> str:
    """Return why a step would take too much; empty where it may be tried: the caps hold while it runs."""
    limits = limits or SpendingLimits()
    minutes = limits.seconds_left() / 60 if limits.caps["minutes"] is not None else _MINUTES
    if step.code == "probe-elsewhere":
        if step.usd is None:
            return "its price is not known here; its own command takes one, and caps it"
        return f"about ${step.usd:,.2f} at most; its own command says what it costs, and caps it"
    if step.minutes is not None and step.minutes > minutes:
        return (
            f"about {step.minutes:,.0f} minutes; at most {max(minutes, 0):,.0f} are left: allow more with --max-minutes"
        )
    usage, usd, calls = study.curve.usage, limits.caps["usd"], limits.caps["calls"]
    if calls is not None and (step.calls or 0) > calls - limits.calls:
        return f"about {step.calls:,} calls, more than are left of --max-calls {calls:,.0f}"
    if usd is not None:  # which holds while it runs; without a known price nothing would have been asked
        return (
            "" if (step.usd or 0.0) <= usd - limits.usd else f"about ${step.usd:,.2f}, more than is left of --max-usd"
        )
    if step.usd is None:
        known = step.calls is not None and step.calls <= usage.calls
        return "" if known else "its price is not known, and it sends more than all before it; state it with --price"
    return "" if step.usd <= (usage.usd or 0.0) else f"about ${step.usd:,.2f}, more than all so far; use --max-usd"


def _measured(step: NextStep, study: Study, task: Task, model: Model, asking: Asking, criteria: Criteria) -> Study:
    all_of_it, design = wider(step, study.curve), study.curve.design
    if all_of_it is None or design is None:
        return study
    wanted = replace(design, shots=all_of_it.shots, draws=all_of_it.draws, items=all_of_it.items)
    # More items could tell less, but the question is the one that the step was priced for.
    measured = decide(task, wanted, model, asking, replace(criteria, margin=study.margin))
    return concluded_again(measured, measured.curve, study.probes) if study.probes else measured


def _trained(
    step: NextStep, study: Study, task: Task, model: Model, asking: Asking, notify: Callable[[ScoredUnit], object],
) -> Taken:  # fmt: skip
    """Fine-tune the very model here, and conclude with it."""
    outline = outline_probe(study.curve)
    if not isinstance(model, LocalModel) or outline is None or asking.journal is None:
        why = f"only the model that is asked is fine-tuned, and {model.name} cannot be fine-tuned on this machine"
        return Taken(step, study, problem=why)
    if not available():  # its command says what to install
        return Taken(step, study, problem="the packages that fine-tune are not installed")
    try:
        wanted = ProbeDesign(outline.sizes, outline.seeds, len(study.curve.items))
        planned, work = plan_probe(task, model, wanted, study)
        model.close()
        capped = None if task.judge is None else asking.limits  # the model's own calls are free
        run = LocalRun(notify, Stopping(asking.progress, asking.limits), say=asking.say, limits=capped)
        beside = beside_probe(study, planned, work.design)
        trained = fine_tune(planned, model, work, journal_paths(asking.journal)[0].parent, run, beside)
    except BudgetReached as error:
        over = asking.limits is None or asking.limits.seconds_left() <= 0
        return Taken(step, study, problem=str(error), cap="--max-minutes" if over else "--max-usd")
    except (DesignError, InputError, ModelUnavailable) as error:  # it cannot be trained: the study stands without
        return Taken(step, study, problem=str(error))
    probe = conclude_probe(study, *trained)
    others = (p for p in study.probes if p.model != model.name)
    probes = (*others, probe.probed(study.n_train or study.curve.pool))
    return Taken(step, concluded_again(probe.study, probe.study.curve, probes), probe=probe)
