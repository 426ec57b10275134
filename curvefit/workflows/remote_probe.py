"""Fine-tune a hosted model for real, at its provider, beside the curve in context. Lives here: the loop over jobs.

::

    task, model, study or none --plan_remote_probe--> Task and RemotePlan
    those --cost_of_remote_probe--> RemoteCost: what is left to pay, at most
    those, model --tune_remotely--> Measurement (shots read as training examples) and its units
    those, in-context Study --conclude_probe--> Probe

All jobs that can be afforded are made first, so that the provider works on them side by side.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from curvefit.decision.training_prices import TrainingPrice, training_price
from curvefit.errors import BudgetReached, CallFailed, DesignError
from curvefit.measurement.judging import judge_model, judging_left
from curvefit.measurement.measure import measure, plan_measurement
from curvefit.measurement.measurement import Measurement
from curvefit.models.base import Model, Prices
from curvefit.models.hosted import HostedModel
from curvefit.models.trainable import JobStatus, TrainableModel
from curvefit.study import Study
from curvefit.tasks.task import Task
from curvefit.training.fine_tuning_plan import ProbeDesign
from curvefit.training.remote_training import (
    EPOCHS,
    RemoteFineTuning,
    RemotePlan,
    RemoteTraining,
    TrainingSteps,
    end_job,
    follow_job,
    plan_remote_fine_tuning,
    start_job,
    tuned_model,
)
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal, exclusive_lock
from curvefit.trials.runner import Progress
from curvefit.trials.spending_limits import CostBound, SpendingLimits, cost_bounds, whole_cents
from curvefit.workflows.fine_tuning_probe import Probe, ScoredUnit, Trained, align_with_study, joined
from curvefit.workflows.prompt_and_weights import BesideDesign, as_possible, stacked_seeds
from curvefit.workflows.validation import Validation, conclude_validation

_MOST_TOKENS: Final = 10**15

__all__ = [
    "RemoteCost",
    "RemoteRun",
    "cancel_jobs",
    "check_prices",
    "cost_of_remote_probe",
    "listed_price",
    "plan_remote_probe",
    "scoring_design",
    "tune_remotely",
    "validation_of",
]


@dataclass(frozen=True, slots=True)
class RemoteRun:
    """How a probe at a provider is run.

    Attributes
    ----------
    limits : SpendingLimits
        What may be spent, on training and on scoring together.
    usd_per_million : float or None
        Price of a million trained tokens, as stated; None where it was not.
    listed : TrainingPrice or None
        The model's row of the list of prices, which holds where nothing was stated.
    api_base : str or None
        Where the model is trained and asked, for servers of one's own.
    prices : Prices or None
        What asking costs, before and after training, where litellm's list does not say.
    reply_tokens : int or None
        Most tokens of a reply, as in the study.
    say : callable
        Gets a line for each thing that happened to a job.
    notify : callable
        Gets each fine-tuning when it has been scored.
    progress : callable, optional
        Gets (replies done, at most so many).
    wait : callable
        Waits so many seconds.
    """

    limits: SpendingLimits = field(default_factory=SpendingLimits)
    usd_per_million: float | None = None
    listed: TrainingPrice | None = None
    api_base: str | None = None
    prices: Prices | None = None
    reply_tokens: int | None = None
    say: Callable[[str], object] = lambda line: None
    notify: Callable[[ScoredUnit], object] = lambda scored: None
    progress: Progress | None = None
    wait: Callable[[float], object] = time.sleep

    def usd(self, tokens: int | None) -> float | None:
        """Return the price of so many trained tokens, the upper end where it is a range; None where it is not known."""
        return self._priced(tokens, -1)

    def least_usd(self, tokens: int | None) -> float | None:
        """Return the lower end of the same."""
        return self._priced(tokens, 0)

    def _priced(self, tokens: int | None, end: int) -> float | None:
        rate = self.usd_per_million
        if rate is None and self.listed is not None and not math.isnan(self.listed.usd_per_million[end]):
            rate = self.listed.usd_per_million[end]
        return None if tokens is None or rate is None else tokens * rate / 1e6


@dataclass(frozen=True, slots=True)
class RemoteCost:
    """What a probe at a provider is left to pay, at most.

    Attributes
    ----------
    jobs, done : int
        Jobs to make, and jobs that were made.
    tokens : int
        Billed for training them, all passes.
    training_usd : float or None
        Their price, the upper end where that is a range; None where that of a token is not known.
    calls : int
        To score every fine-tuned model, and what it is compared with.
    scoring_usd : float or None
        Their price; None where it is not known.
    judging : CostBound
        What judging the replies costs, where a model does; NaN dollars where its price is not known.
    training_least_usd : float or None
        The lower end of what training costs.
    scoring_tokens : int
        Sent and generated by these calls.
    """

    jobs: int
    done: int
    tokens: int
    training_usd: float | None
    calls: int
    scoring_usd: float | None
    judging: CostBound
    training_least_usd: float | None = None
    scoring_tokens: int = 0

    @property
    def judging_usd(self) -> float | None:
        """What judging costs; None where the price is not known."""
        return None if math.isnan(self.judging.usd) else self.judging.usd

    @property
    def usd(self) -> float | None:
        """All together."""
        parts = [each for each in (self.training_usd, self.scoring_usd, self.judging_usd) if each is not None]
        return sum(parts) if len(parts) == 3 else None


def listed_price(model: TrainableModel) -> TrainingPrice | None:
    """Return the model's row of the list of prices; None where it has none, or is served elsewhere.

    Examples
    --------
    >>> from curvefit.models.trainable import TrainableModel
    >>> listed_price(TrainableModel("openai/gpt-4.1-mini-2025-04-14")).usd_per_million
    (5.0, 5.0)
    >>> listed_price(TrainableModel("openai/gpt-4.1-mini-2025-04-14", api_base="http://localhost:8000/v1")) is None
    True
    """
    elsewhere = model.identity != model.name and not model.deployed_by_hand
    return None if elsewhere else training_price(model.name, method="supervised")


def plan_remote_probe(
    task: Task, model: TrainableModel, wanted: ProbeDesign, study: Study | None = None, epochs: int = EPOCHS
) -> tuple[Task, RemotePlan]:
    """Lay a probe at a provider out, so that it can be set beside a study of the same task and model.

    What it is given is as of `curvefit.workflows.local_probe.plan_probe`.

    Raises
    ------
    InputError
        The study cannot be set beside the probe, or the pool cannot be written in the provider's form.
    DesignError
        The pool is too small for any of the sizes, or a size is smaller than the provider takes.
    ModelUnavailable
        The provider cannot be asked to fine-tune.
    """
    task, wanted = align_with_study(task, model.name, wanted, study, model.form)
    return task, plan_remote_fine_tuning(task, model, wanted, epochs)


def cost_of_remote_probe(
    task: Task,
    model: TrainableModel,
    work: RemotePlan,
    out: Path,
    run: RemoteRun,
    beside: BesideDesign | None = None,
) -> RemoteCost:
    """Return what is left to pay at most, by what the journal of a folder knows; nothing is sent.

    Without what is `beside`, the untrained model is not counted: its calls are those of the study to be measured first.
    """
    file = out / "journal.sqlite"
    design, asked = scoring_design(work, run), list[tuple[Design, HostedModel]]()
    with Journal(file if file.is_file() else None) as journal:
        steps = TrainingSteps(journal)
        if beside is not None:
            asked += [(each, model) for each in (design, *beside.shown)]
        states = [steps.state(training) for training in work.trainings]
        for training, state in zip(work.trainings, states, strict=True):
            tuned = model.tuned_to_come() if state.done is None else tuned_model(training, model, state.done)
            asked.append((design, tuned))
            if training.n_train == work.design.sizes[-1] and beside is not None:
                asked += [(shown, tuned) for shown in beside.together]
        scoring = [_calls_left(task, *each, journal) for each in asked]
        judging = [_judging_left(task, *each, journal) for each in asked]
    left = [training for training, state in zip(work.trainings, states, strict=True) if not state.job]
    tokens = sum(training.billed_tokens for training in left)
    scoring_usd = sum(each.usd for each in scoring)
    return RemoteCost(
        jobs=len(left),
        done=len(states) - len(left),
        tokens=tokens,
        training_usd=run.usd(tokens) if left else 0.0,
        calls=sum(each.calls for each in scoring),
        scoring_usd=None if math.isnan(scoring_usd) else scoring_usd,
        training_least_usd=run.least_usd(tokens) if left else 0.0,
        scoring_tokens=sum(each.tokens for each in scoring),
        judging=_sum(*judging),
    )


def tune_remotely(
    task: Task,
    model: TrainableModel,
    work: RemotePlan,
    out: Path,
    run: RemoteRun,
    beside: BesideDesign | None = None,
) -> Trained:
    """Have every unit trained, and score all of them on the same items.

    What was ordered and what came of it lie in ``out/journal.sqlite``, as the replies do. Interrupted at any moment, it
    goes on from there, and no job is made that was made before.

    What is `beside` is asked once all is trained; of a fine-tuned model only where the caps allowed the most examples.

    Returns
    -------
    Trained
        Of what the caps allowed; `Measurement.stopped` names the cap that left something out.

    Raises
    ------
    DesignError
        A cap on dollars cannot be kept, since a price is not known.
    BudgetReached
        A cap allows no job at all.
    CurvefitError
        As `curvefit.measure` does, or a job failed.
    """
    check_prices(task, model, run)
    journal, beside = out / "journal.sqlite", beside or BesideDesign()
    weights_alone = scoring_design(work, run)

    def scored(asked: Model, design: Design = weights_alone) -> Measurement:
        return measure(task, design, asked, journal=journal, progress=run.progress, limits=run.limits)

    base = scored(model)  # first: who cannot be asked is not to be trained
    measured: dict[tuple[int, int], Measurement] = {}
    units = []
    with exclusive_lock(out / "trainings"), Journal(journal) as records:
        steps = TrainingSteps(records)
        started, stopped = _start_all(task, model, work, run, records)
        for number, training in enumerate(started, 1):
            known = steps.state(training).done is not None
            unit = follow_job(training, model, steps, _narrator(run, training), _within_minutes(run))
            usd, least = run.usd(unit.trained_tokens), run.least_usd(unit.trained_tokens)
            unit = replace(unit, usd=usd if usd == least else None)
            try:
                measured[training.n_train, training.seed] = scores = scored(_asked_as(model, unit))
            except CallFailed as error:
                raise _undeployed(model, unit, error) from None
            units.append(unit)
            run.notify(ScoredUnit(number, len(started), unit, float(scores.means[0]), new=not known))
    sizes = tuple(n for n in work.design.sizes if any(n == size for size, _ in measured))
    curve = joined(base, measured, replace(work.design, sizes=sizes), work.notes)
    most = [_asked_as(model, unit) for unit in units if unit.n_train == work.design.sizes[-1]]
    both = beside.together if most else ()  # of fewer examples it would be superseded
    together = as_possible(lambda design: stacked_seeds([scored(each, design) for each in most]), both)
    shown = as_possible(partial(scored, model), beside.shown)
    caps = (stopped, curve.stopped, *(found.stopped for found in (*shown, *together)))
    curve = replace(curve, stopped=next(filter(None, caps), ""))
    return Trained(curve, tuple(units), next(iter(shown), None), together, base.usage)


def validation_of(probe: Probe) -> Validation:
    """Return what a probe at a provider says of the prediction for its largest number of examples.

    It is a fine-tuning of the very model that was predicted for, on the study's items: as good as one that
    `curvefit validate` checks.

    Raises
    ------
    CurveError
        Fewer than two items were answered by both.
    """
    curve, n, items = probe.curve, probe.points[-1].shots, probe.study.curve.items
    row = curve.shots.tolist().index(n)
    names = [unit.asked_as for unit in probe.units if isinstance(unit, RemoteFineTuning) and unit.n_train == n]
    trained = ~np.isnan(curve.scores[row]).all(axis=1)  # a cap may have left a seed out
    part = curve.part(rows=[row], draws=trained, items=slice(len(items)))
    tuned = replace(
        part,
        shots=np.array([0]),
        model=", ".join(names),
        stopped=curve.stopped if np.isnan(part.scores).any() else "",
        same_answers=(),
    )
    return conclude_validation(probe.study, tuned, n)


def cancel_jobs(
    model: TrainableModel, work: RemotePlan, out: Path, wait: Callable[[float], object] = time.sleep
) -> list[JobStatus]:
    """End the jobs of a probe that are not done, and return how they stand; what they have trained may be billed.

    Those that a folder does not know of, as when its program was killed, are looked for at the provider.

    Raises
    ------
    CallFailed
        One could not be ended; all others are, and named.
    """
    ended, failed = list[JobStatus](), list[CallFailed]()
    with Journal(out / "journal.sqlite") as journal:
        steps = TrainingSteps(journal)
        for training in work.trainings:
            try:
                now = end_job(training, model, steps, wait)
            except CallFailed as error:
                failed.append(error)
            else:
                ended += [] if now is None else [now]
    if failed:
        others = ", ".join(status.job for status in ended) or "no job"
        raise CallFailed(f"{failed[0]}; ended: {others}; the same command tries the rest again")
    return ended


def _start_all(
    task: Task, model: TrainableModel, work: RemotePlan, run: RemoteRun, records: Journal
) -> tuple[list[RemoteTraining], str]:
    """Make jobs as far as the caps go; returns those that are there, and the cap that left the others out."""
    steps, design = TrainingSteps(records), scoring_design(work, run)
    started: list[RemoteTraining] = []
    refused, stopped, least, to_score = list[str](), "", "", CostBound(calls=0)
    for training in work.trainings:
        state = steps.state(training)
        tuned = model.tuned_to_come() if state.done is None else tuned_model(training, model, state.done)
        scoring = _calls_left(task, design, tuned, records, run.limits)
        scoring = _sum(scoring, _judging_left(task, design, tuned, records))
        bound = CostBound(training.billed_tokens, run.usd(training.billed_tokens) or 0.0)
        # A model that nobody can score is not worth training, and those before it are scored first.
        afford = partial(_afford, run.limits, bound, _sum(bound, to_score, scoring))
        job, cap = start_job(training, model, steps, afford, run.wait)
        which = f"{training.n_train} examples, seed {training.seed}"
        if cap:  # what comes after it may be there already
            whole = _sum(bound, scoring).usd
            usd = f"${whole_cents(whole):.2f}" if whole > 0 else ""
            what = f"{training.n_train} examples and score that{usd and f', which costs up to {usd}'}"
            stopped, least = stopped or cap, least or what
            costs = usd and f"; with its scoring it costs up to {usd}"
            refused.append(f"{which}: no job made: {cap} leaves too little{costs}")
            continue
        started.append(training)
        to_score = _sum(to_score, scoring)
        if not state.job:
            run.say(f"{which}: {job}")
    if not started:
        raise BudgetReached(
            f"{stopped} leaves too little to train on {least}; no job was made: allow more, or take a smaller --n"
        )
    for told in refused:
        run.say(told)
    return started, stopped


def _sum(*parts: CostBound) -> CostBound:
    return CostBound(sum(p.tokens for p in parts), sum(p.usd for p in parts), sum(p.calls for p in parts))


def _afford(limits: SpendingLimits, bound: CostBound, whole: CostBound) -> str:
    """Charge what a training costs, where the whole is within the caps; returns the cap where it is not."""
    return limits.cap_reached_by(whole) or limits.charge_bound(bound)


def _narrator(run: RemoteRun, training: RemoteTraining) -> Callable[[JobStatus], object]:
    last = ""

    def watch(now: JobStatus) -> None:
        nonlocal last
        if now.status != last:
            last = now.status
            run.say(f"{training.n_train} examples, seed {training.seed}: {now.job} {now.status.replace('_', ' ')}")

    return watch


def _within_minutes(run: RemoteRun) -> Callable[[float], object]:
    """Return what waits, as long as the cap on minutes allows."""

    def wait(seconds: float) -> None:
        if run.limits.seconds_left() <= seconds:
            raise BudgetReached(
                f"--max-minutes {run.limits.caps['minutes']:g} was reached while jobs run; they go on at the provider,"
                " and the same command collects them"
            )
        run.wait(seconds)

    return wait


def scoring_design(work: RemotePlan, run: RemoteRun) -> Design:
    """Return what a fine-tuned model is asked: every item once, without examples in its prompt."""
    return work.design.scoring(run.reply_tokens)


def _asked_as(model: TrainableModel, unit: RemoteFineTuning) -> HostedModel:
    return model.tuned(unit.asked_as.partition("/")[2])


def _undeployed(model: TrainableModel, unit: RemoteFineTuning, error: CallFailed) -> CallFailed:
    """Return why a fine-tuned model could not be asked, and what its customer has to do first."""
    if not model.deployed_by_hand:
        return error
    name = unit.asked_as.partition("/")[2]
    return CallFailed(f"{error}; deploy {unit.model} under the name {name}, then the same command goes on")


def check_prices(task: Task, model: TrainableModel, run: RemoteRun) -> None:
    """Refuse a cap on dollars that cannot be kept, before anything is paid for.

    Raises
    ------
    DesignError
        A price is not known.
    """
    if run.limits.caps["usd"] is None:
        return
    if run.usd(1) is None:
        raise DesignError(
            f"the price of training {model.name} is not known, so that --max-usd cannot be kept: give"
            " --usd-per-million-trained"
        )
    if model.tuned_to_come().expect(1, 1, 1).usd is None:
        raise DesignError(
            f"the price of asking what {model.name} is fine-tuned to is not known, so that --max-usd cannot be kept:"
            " state it with --price"
        )
    if task.judge is not None:
        judge_model(task.judge, run.limits).close()


def _judging_left(task: Task, design: Design, model: HostedModel, journal: Journal) -> CostBound:
    """Return what judging the replies to a design still costs; nothing where no model judges."""
    return judging_left(plan_measurement(task, design, model), model, journal) if task.judge else CostBound(calls=0)


def _calls_left(
    task: Task, design: Design, model: HostedModel, journal: Journal, limits: SpendingLimits | None = None
) -> CostBound:
    """Return the most that the calls of a design can cost that have no reply yet; NaN dollars where no price is known.

    Tokens and dollars are counted where a cap of `limits` needs them, by default always.
    """
    plan = plan_measurement(task, design, model)
    digests = plan.digests(model.identity)
    answered = journal.answered(digests)
    left = [position for position, digest in enumerate(digests) if digest not in answered]
    if not left:
        return CostBound(calls=0)
    # A cap that nothing reaches: under one, every bound is counted.
    bound_of = cost_bounds(plan, model, limits or SpendingLimits(tokens=_MOST_TOKENS))
    bounds = [bound_of(position) for position in left]
    usd = math.nan if model.expect(1, 1, 1).usd is None else sum(bound.usd for bound in bounds)
    return CostBound(sum(bound.tokens for bound in bounds), usd, len(bounds))
