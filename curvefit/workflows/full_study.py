"""From a task to a decision, as `curvefit run` does it. Lives here: the order plan, measure, retrieve, conclude.

::

    task, design, model --plan--> Plan(s) --measure--> Measurement --analyze--> Study

Everything is planned before anything is paid for, and concluded once, from all that was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from curvefit.curves.group_sequential import Looks
from curvefit.decision.break_even import Costs
from curvefit.decision.criteria import MARGIN, check_criteria, check_probes
from curvefit.errors import DesignError
from curvefit.measurement.measure import at_stated_prices, measure, plan_measurement
from curvefit.measurement.measurement import Measurement
from curvefit.models.base import Model, Usage
from curvefit.models.redaction import without_keys
from curvefit.payoff.predictor import Probed
from curvefit.study import Study, analyze, with_costs
from curvefit.tasks.readiness import default_margin
from curvefit.tasks.task import Task, fingerprint, item_digests
from curvefit.training.text_classifier import Baseline, baseline, picks_answers, usual_training
from curvefit.trials.design import Design, default_shots
from curvefit.trials.journal import Journal, JournalPaths, journal_paths
from curvefit.trials.runner import Progress
from curvefit.trials.selection import choose_items
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.trials.trial_plan import Plan, with_targets
from curvefit.trials.workload import shared_trials
from curvefit.workflows.sequential import LookReport, measure_in_looks

__all__ = [
    "Asking",
    "Criteria",
    "as_ordered_before",
    "baseline_beside",
    "baseline_of",
    "continued",
    "decide",
    "is_larger",
    "retrieval_design",
    "what_differs",
]


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is decided by.

    Attributes
    ----------
    margin : float, optional
        The smallest gain worth having, in (0, 1); by default 0.05 up to 380 items, and less with more, down to
        0.02, which is also taken where their number is not known.
    level, n_train, probes
        As of `curvefit.analyze`.
    costs : Costs, optional
        What prompting and fine-tuning cost, as of `curvefit.with_costs`.

    Examples
    --------
    >>> cf.Criteria(margin=0.05).level
    0.9
    >>> cf.Criteria().margin_for(100), cf.Criteria().margin_for(2_000)
    (0.05, 0.02)
    """

    __module__ = "curvefit"

    margin: float | None = None
    level: float = 0.9
    n_train: int | None = None
    probes: tuple[Probed, ...] = ()
    costs: Costs | None = None

    def __post_init__(self) -> None:
        stated = MARGIN if self.margin is None else self.margin
        check_criteria(stated, self.level, self.n_train)  # before anything is paid for
        check_probes(self.probes)
        _check_made(self.costs, Costs)

    def margin_for(self, n_items: int) -> float:
        """Return the margin that is stated, or else the default for so many items; 0: nobody knows how many."""
        if self.margin is not None:
            return self.margin
        return default_margin(n_items, self.level) if n_items else MARGIN


@dataclass(frozen=True, slots=True)
class Asking:
    """How the model is asked.

    Attributes
    ----------
    retrieved : tuple of int
        Also ask with so many of the examples most similar to each item; empty: do not.
    until_decided : bool
        Measure in looks, and stop once the verdict is settled or cannot be: see
        `curvefit.workflows.sequential.measure_in_looks`.
    journal : path, optional
        SQLite file that keeps every reply; of several as of `curvefit.measure`.
    limits : SpendingLimits, optional
        What may be spent in all.
    progress : callable, optional
        Called with (requests answered, requests in all).
    notify : callable, optional
        Called after every look that leaves the verdict open.
    say : callable
        Gets a line on what is about to take long and cannot say how far it is.

    Examples
    --------
    >>> cf.Asking(retrieved=(1, 4, 16)).until_decided
    False
    """

    __module__ = "curvefit"

    retrieved: tuple[int, ...] = ()
    until_decided: bool = False
    journal: JournalPaths | None = None
    limits: SpendingLimits | None = field(default=None, compare=False)
    progress: Progress | None = field(default=None, compare=False)
    notify: LookReport | None = field(default=None, compare=False)
    say: Callable[[str], object] = field(default=lambda text: None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.retrieved, str) or not isinstance(self.retrieved, Iterable):
            raise DesignError(f"retrieved are numbers of examples, such as (1, 4, 16), not {self.retrieved!r:.40}")
        object.__setattr__(self, "retrieved", tuple(self.retrieved))
        journal_paths(self.journal)  # which are paths


def decide(
    task: Task, design: Design, model: Model, asking: Asking | None = None, criteria: Criteria | None = None
) -> Study:
    """Measure a curve, with retrieved examples beside it if wanted, and conclude from all of it.

    Parameters
    ----------
    task, design, model
        What to ask, how much at most, and whom.
    asking : Asking, optional
        How.
    criteria : Criteria, optional
        What is decided by. Where the verdict was looked for in several looks, the study's level is that of the last
        look.

    Returns
    -------
    Study
        Where a spending limit was reached, of what there is: `Study.curve.stopped` names it.

    Raises
    ------
    DesignError, PromptTooLong
        Before anything is sent: the pool or the context cannot carry the design, or the retrieved examples.
    CurvefitError
        As `curvefit.measure` does.

    Examples
    --------
    >>> import curvefit as cf
    >>> task, model = cf.load_task("sample_tasks/tickets"), cf.resolve("simulated/rising")
    >>> study = cf.decide(task, cf.Design(shots=(0, 1, 2, 4), draws=2, items=30), model, cf.Asking(retrieved=(1, 4)))
    >>> [point.shots for point in study.retrieved]
    [1, 4]
    """
    _check_made(asking, Asking)
    _check_made(criteria, Criteria)
    asking, criteria = asking or Asking(), criteria or Criteria()
    similar = retrieval_design(design, asking.retrieved)
    # Both, before anything is paid for: that the second does not fit is no news to get after the first.
    beside = None if similar is None else plan_measurement(task, similar, model, asking.journal)
    plan = plan_measurement(task, design, model, asking.journal)

    margin = criteria.margin_for(plan.design.items)

    def measured(part: Plan) -> Measurement:
        return measure(task, part, model, journal=asking.journal, progress=asking.progress, limits=asking.limits)

    looks: Looks | None = None
    if asking.until_decided:
        curve, looks = measure_in_looks(measured, plan, margin=margin, level=criteria.level, notify=asking.notify)
    else:
        curve = measured(plan)
    if beside is not None and not curve.stopped:
        beside = beside.part(items=len(curve.items))
        similar_curve = measured(beside)
        asked = plan.part(draws=curve.scores.shape[1], items=len(curve.items))
        curve = curve.beside(similar_curve, _usage_of_shared(asked, beside, model, asking.journal))
    level = criteria.level if looks is None else looks.level
    free = baseline_beside(task, curve, criteria.n_train)
    study = analyze(curve, margin=margin, level=level, n_train=criteria.n_train, probes=criteria.probes, baseline=free)
    return with_costs(replace(study, looks=looks), criteria.costs)


def _check_made(given: Any, kind: type) -> None:
    """Raise `DesignError` for what is neither of a kind nor None."""
    if not isinstance(given, kind | None):
        name = kind.__name__
        raise DesignError(f"{name.lower()} must be made by {name}(...), not {type(given).__name__}")


def _usage_of_shared(plan: Plan, beside: Plan, model: Model, journal: JournalPaths | None) -> Usage:
    """Return what the prompts took that both plans have: asked once, unless nothing was kept between them."""
    if not (paths := journal_paths(journal)):
        return Usage()
    identity = with_targets(model, plan.task).identity
    digests = [beside.request(trial).digest(identity) for trial in shared_trials(plan, beside)]
    with Journal(paths[0]) as records:
        replied = sum(map(Usage.of, records.replies(digests).values()), Usage())
        return sum(records.attempts(digests).values(), at_stated_prices(replied, model))


def baseline_beside(task: Task, measured: Measurement, n_train: int | None = None) -> Baseline | None:
    """Return what a plain classifier learns from the pool, on the items measured; None where answers are built."""
    if measured.design is None:
        return None
    scored = {*measured.items}
    asked = replace(task, items=tuple(item for item in task.items if item.id in scored))
    return baseline_of(asked, measured.design.seed, n_train)


def baseline_of(task: Task, seed: int = 0, n_train: int | None = None) -> Baseline | None:
    """Return what a plain classifier learns from the pool, on all items; None where answers are built.

    `n_train` examples are trained on too if there are as many; by default all of the pool. Of a pool of more than 4,000
    so many are taken, at random, and what more would teach is a forecast.
    """
    task, sizes = usual_training(task, seed, n_train)
    if not task.pool or not picks_answers(task):
        return None
    return baseline(task, sizes, seed=seed)


def retrieval_design(design: Design, retrieved: tuple[int, ...]) -> Design | None:
    """Return the design that asks a design's items with so many of the examples most similar to each; None for none."""
    return replace(design, shots=retrieved, draws=1, selection="similar") if retrieved else None


def as_ordered_before(design: Design, measured: Measurement, task: Task) -> Design:
    """Return a design with the random orders of an earlier measurement, where by these it scores the same items.

    Of measurements of version 0.7 and earlier, which went by places in the file, that keeps what was paid for.
    """
    if measured.design is None:
        return design
    as_before = replace(design, ordered_by=measured.design.ordered_by)
    fewer = min(design.items, len(measured.items))
    now = [item.id for item in choose_items(task.items, replace(as_before, items=fewer))]
    return as_before if now == list(measured.items[:fewer]) else design


def continued(design: Design, measured: Measurement, task: Task, model: Model, stated: Collection[str] = ()) -> Design:
    """Return a design that leaves out nothing of an earlier measurement, but where it is stated to.

    It stays as it is where seed, selection, form or cap on replies are not those of the measurement, which is of this
    task and model: see `what_differs`. `stated` are those of ``shots``, ``draws`` and ``items`` that hold as they
    are.
    """
    before = measured.design
    if before is None or measured.form != model.form:
        return design
    of_its_size = replace(design, shots=before.shots, draws=before.draws, items=before.items)
    if replace(of_its_size, ordered_by=before.ordered_by) != before:
        return design
    most = {name: max(getattr(design, name), getattr(before, name)) for name in ("draws", "items")}
    more = replace(design, **{name: count for name, count in most.items() if name not in stated})
    if "shots" in stated or set(before.shots) <= set(default_shots(len(task.pool))):
        return more
    shown = [k for k in before.shots if k <= len(task.pool)]  # which may have shrunk
    return replace(more, shots=tuple(sorted({*plan_measurement(task, more, model).design.shots, *shown})))


def is_larger(measured: Measurement, design: Design) -> bool:
    """Whether a measurement has items, draws or stated numbers of shots that a design leaves out."""
    before = measured.design
    if before is None:
        return False
    missing = bool(design.shots) and not set(before.shots) <= set(design.shots)
    return missing or before.draws > design.draws or before.items > design.items


def what_differs(measured: Measurement, task: Task, model: str) -> str:
    """Return by what a measurement is of another study: ``model``, ``instruction``, ``documents`` or ``examples``.

    Empty where it is of this model, asked as the task asks now; another seed may have split the task otherwise.
    """
    if measured.model != model:
        return "model"
    examples = task.by_id
    known = [examples[name] for name in measured.items if name in examples]
    there = len(known) == len(measured.items)
    if not measured.asked or (there and fingerprint(task, known) == measured.asked):
        return ""
    before, now = dict(measured.overrides), dict(task.overrides)
    if before.get("context") != now.get("context"):
        return "documents"
    stated = [without_keys(said.get("instruction", "")) for said in (before, now)]
    is_edited = there and item_digests(task, known) == measured.digests  # in the task's own files
    return "instruction" if stated[0] != stated[1] or is_edited else "examples"
