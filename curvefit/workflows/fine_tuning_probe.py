"""Fine-tune for real, beside the curve in context. Lives here: the loop over units, and what is concluded from it.

::

    task, model, study or none --plan_probe--> Task and FineTuningPlan
    those, model --fine_tune--> Measurement (shots read as training examples) and its units
    those, in-context Study --conclude_probe--> Probe
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial, reduce
from importlib.metadata import version
from operator import add
from pathlib import Path
from typing import NamedTuple

import numpy as np

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.forecast import Forecast, forecast
from curvefit.curves.variance import assumed_draws
from curvefit.decision.best_prompt import Prompt
from curvefit.decision.judge_correction import difference_without_judge_errors
from curvefit.errors import CurveError, InputError, ModelUnavailable
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import Measurement, Note, observed_points
from curvefit.models import store
from curvefit.models.base import Form
from curvefit.models.cluster import Cluster
from curvefit.models.local import LocalModel
from curvefit.payoff.comparison import (
    BreakEven,
    Decision,
    break_even,
    chance_above,
    decision_on,
    leaves_open,
    paired_gain,
    without_optimism,
)
from curvefit.payoff.hierarchy import learning_distance
from curvefit.payoff.predictor import OverShown, Probed
from curvefit.study import Study, analyze, with_costs, with_own_training
from curvefit.tasks.loading import load_task_again
from curvefit.tasks.task import Task, fingerprint_of
from curvefit.training.cluster_trainer import ClusterTrainer
from curvefit.training.fine_tuning_plan import FineTuning, FineTuningPlan, ProbeDesign, plan_fine_tuning
from curvefit.training.folder_model import FolderModel
from curvefit.training.remote_training import RemoteFineTuning
from curvefit.training.schedule import Recipe
from curvefit.training.trainer import Trainer, training_precision
from curvefit.training.training_queue import READ_BACK, train_units
from curvefit.training.weights import convert, require
from curvefit.trials import selection
from curvefit.trials.design import Design
from curvefit.trials.journal import exclusive_lock
from curvefit.trials.runner import Progress, counting
from curvefit.workflows.prompt_and_weights import (
    BesideDesign,
    Together,
    design_beside,
    if_possible,
    near_32,
    stacked_seeds,
    together_of,
    with_shown,
)

__all__ = [
    "LocalRun",
    "Probe",
    "ScoredUnit",
    "Trained",
    "Unit",
    "align_with_study",
    "beside_probe",
    "check_comparable",
    "conclude_probe",
    "concluded_again",
    "fine_tune",
    "joined",
    "plan_probe",
    "trainer_for",
]

Trainee = LocalModel | FolderModel
Unit = FineTuning | RemoteFineTuning


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A fine-tuning curve beside the curve in context.

    Attributes
    ----------
    study : Study
        In context, with `shown` among its prompts.
    curve : Measurement
        Fine-tuned: `shots` are numbers of training examples (0: none), `draws` are seeds; prompts hold no
        demonstrations.
    units : tuple of FineTuning or of RemoteFineTuning
        The fine-tunings behind it, made here or by the model's provider.
    points, forecast
        Of that curve, as a study's.
    best : Prompt
        The best prompt measured.
    gains : tuple of Estimate
        What training adds to that at each number of training examples above 0: items paired, seeds and draws counted.
    optimism : float
        By how much that prompt looks better than it is, having been picked (see `Study.optimism`);
        NaN where not known.
    break_even : BreakEven
        From how many training examples on it is as good.
    over_shown : OverShown or None
        What training on the number nearest to 32 gave over showing as many; None where no such number was both.
    together : tuple of Together
        The model trained on the most examples, with examples in its prompt besides: random ones, then retrieved ones.
    shown : Measurement or None
        The untrained model, shown as many examples as it was trained on, which the study as it was measured lacks.
    """

    study: Study
    curve: Measurement
    units: tuple[Unit, ...]
    points: tuple[Point, ...]
    forecast: Forecast
    best: Prompt
    gains: tuple[Estimate, ...]
    optimism: float
    break_even: BreakEven
    over_shown: OverShown | None
    together: tuple[Together, ...] = ()
    shown: Measurement | None = None

    @property
    def gain_without_optimism(self) -> Estimate:
        """What training on the most examples added to the best prompt, without the optimism of that.

        Without the errors of a judge too, where they are known.
        """
        seen = without_optimism(self.gains[-1], self.optimism)
        return difference_without_judge_errors(self.best.curve, self.curve, seen, self.study.seed)[0]

    @property
    def decision(self) -> Decision:
        """Whether training pays: that gain exceeds the study's margin, by the chance that a study goes by."""
        return decision_on(self.gain_without_optimism, self.study.margin)

    @property
    def chance(self) -> float:
        """How sure it is that training gains more than the study's margin."""
        return chance_above(self.gain_without_optimism, self.study.margin)

    @property
    def is_likely(self) -> bool:
        """Whether the interval of that gain leaves open whether training pays: what is said is likely at most."""
        return leaves_open(self.gain_without_optimism, self.study.margin)

    def accuracy_of(self, unit: Unit) -> float:
        """Return what one of its fine-tunings scored, in [0, 1]."""
        row = self.curve.shots.tolist().index(unit.n_train)
        return float(np.nanmean(self.curve.scores[row, unit.seed]))

    def probed(self, n_train: int) -> Probed:
        """Return what it comes to for a prediction: the training that tells most of one on so many examples."""
        sizes = [point.shots for point in self.points if point.shots]
        near = min(range(len(sizes)), key=lambda i: learning_distance(sizes[i], n_train))
        return Probed(
            model=self.curve.model,
            best_prompted=self.best.point.accuracy.value,
            n_train=sizes[near],
            gain=self.gains[near],
            over_shown=self.over_shown,
            optimism=self.optimism,
        )

    @property
    def one_seed(self) -> bool:
        """Whether each size was trained once, which cannot show how much the chance of training matters.

        Intervals of accuracies then cover items alone; gains and break-even assume `assumed_seed_deviation`.
        """
        return self.curve.one_draw

    @property
    def assumed_seed_deviation(self) -> float:
        """Standard deviation of accuracy by the chance of training, as assumed at 50% for the smallest size.

        It is that of examples in prompts, in published runs; nothing in a probe of one seed measures it.
        """
        n = self.curve.shots[self.curve.shots > 0][:1]
        return math.sqrt(float(assumed_draws(n, np.array([0.5]))[0]))


@dataclass(frozen=True, slots=True)
class ScoredUnit:
    """A fine-tuning that was scored.

    Attributes
    ----------
    number, of : int
        Which of the probe's fine-tunings, and how many there are.
    unit : FineTuning or RemoteFineTuning
        The fine-tuning.
    accuracy : float
        Of the fine-tuned model, in [0, 1].
    new : bool
        Whether it was trained now, rather than before.
    """

    number: int
    of: int
    unit: Unit
    accuracy: float
    new: bool


class Trained(NamedTuple):
    """What fine-tuning came to, as `conclude_probe` takes it behind a study.

    Attributes
    ----------
    curve : Measurement
        Shots read as training examples: see `Probe`.
    units : tuple
        The fine-tunings behind it.
    shown : Measurement or None
        The untrained model, shown as many examples as it was trained on; None where that was not asked.
    together : tuple of Measurement
        The model trained on the most examples, with examples in its prompt.
    """

    curve: Measurement
    units: tuple[Unit, ...]
    shown: Measurement | None = None
    together: tuple[Measurement, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalRun:
    """Where a probe trains, and who follows how it goes.

    Attributes
    ----------
    notify : callable
        Gets each fine-tuning when it has been scored.
    progress : callable, optional
        Gets (steps or replies done, at most so many) of what is going on.
    workers : int, optional
        Workers of a `Cluster` to train on, 0 for all that it has; None: the cores of this machine.
    say : callable, optional
        Gets a line on what is about to take long and cannot say how far it is.
    """

    notify: Callable[[ScoredUnit], object] = lambda scored: None
    progress: Progress | None = None
    workers: int | None = None
    say: Callable[[str], object] = lambda text: None


def plan_probe(
    task: Task, model: Trainee, wanted: ProbeDesign, study: Study | None = None
) -> tuple[Task, FineTuningPlan]:
    """Lay a probe out, so that it can be set beside a study of the same task and model.

    Parameters
    ----------
    task : Task
        What is trained on and scored. Where a study was split by another seed, the task is read again by that.
    model : LocalModel or FolderModel
        What is fine-tuned.
    wanted : ProbeDesign
        As asked for. A study that was measured here decides the seed, and its items are the fewest that are scored.
    study : Study, optional
        The curve in context; None where it is still to be measured.

    Returns
    -------
    Task, FineTuningPlan
        As `fine_tune` takes them.

    Raises
    ------
    InputError
        The study cannot be set beside the probe: it is of another task or model, or of items that have changed.
    DesignError
        The pool is too small for any of the sizes, or the model is asked in turns of conversation.
    """
    task, wanted = align_with_study(task, model.name, wanted, study, "plain")
    return task, plan_fine_tuning(task, model, wanted)


def align_with_study(
    task: Task, model: str, wanted: ProbeDesign, study: Study | None, form: Form
) -> tuple[Task, ProbeDesign]:
    """Return task and design as a study has them, so that a probe can be set beside it; as they are without one.

    Raises
    ------
    InputError
        The study cannot be set beside a probe of them: see `plan_probe`.
    """
    if study is None:
        return task, wanted
    design = study.curve.design
    if design is not None:
        wanted = replace(wanted, items=max(wanted.items, len(study.curve.items)), seed=design.seed)
        if task.path:
            task = load_task_again(task.path, task.overrides, seed=wanted.seed)  # which may have split one file by it
    scored = selection.choose_items(task.items, wanted.items, wanted.seed)
    now = fingerprint_of(task, study.curve.items)
    check_comparable(study, task.name, model, [item.id for item in scored], now, form)
    return task, wanted


def beside_probe(study: Study, task: Task, design: ProbeDesign, reply_tokens: int | None = None) -> BesideDesign:
    """Return what a probe asks besides its fine-tuned models: see `design_beside`."""
    asked = Design((0,), 1, design.items, design.seed, reply_tokens=reply_tokens)
    return design_beside(study, design.sizes, asked, len(task.pool))


def check_comparable(
    study: Study, task: str, model: str, items: Sequence[str], asked: str, form: str = "plain"
) -> None:
    """Make sure that a study is of this task and model, and that its items are the first of these or hold them.

    `asked` is the fingerprint of the study's items as they are asked now; empty where that is not known. `form` is that
    of the probe's prompts.

    Raises
    ------
    InputError
        It cannot be set beside a probe of them.
    """
    for name, ours, theirs in (("task", task, study.curve.task), ("model", model, study.curve.model)):
        if ours != theirs:
            which = f"add -m {theirs}, or give its own with --study" if name == "model" else "give its own with --study"
            raise InputError(f"the study is of the {name} {theirs!r}, the probe of {ours!r}; {which}")
    if study.curve.form and (study.curve.form == "chat") != (form == "chat"):
        theirs, ours, option = ("plain text", "turns", "chat") if form == "chat" else ("turns", "plain text", "plain")
        raise InputError(
            f"the study asked in {theirs}, and a probe asks in {ours}; measure it again with --form {option}"
        )
    common = min(len(study.curve.items), len(items))
    if study.curve.summary is None and study.best.scored[:common].sum() < 2:
        raise InputError("a comparison needs two items with a score; score more, in the study and with --items")
    if study.curve.summary is None and study.curve.items[:common] != tuple(items[:common]):
        raise InputError("the study scored other items than the task has now; measure it again with: curvefit run")
    if asked and study.curve.asked and asked != study.curve.asked:
        raise InputError(
            "instruction, scorer or items of the task have changed since the study; undo that, or measure it again"
            " with: curvefit run"
        )


def conclude_probe(
    study: Study,
    curve: Measurement,
    units: tuple[Unit, ...],
    shown: Measurement | None = None,
    together: tuple[Measurement, ...] = (),
) -> Probe:
    """Conclude from a study and what `Trained` holds. Pure: same input, same bytes.

    Raises
    ------
    InputError
        The two are not of the same task and model, or scored different items.
    CurveError
        Fewer than two items were answered by both.
    """
    asked = curve.asked if curve.items == study.curve.items else ""
    check_comparable(study, curve.task, curve.model, curve.items, asked, curve.form)
    prompted = with_shown(study.curve, shown)
    if prompted is not study.curve:
        study = concluded_again(study, prompted)
    future = forecast(curve, level=study.level, seed=study.seed)
    best = study.best
    points = observed_points(curve, curve.observed, study.level)
    return Probe(
        study=study,
        curve=curve,
        units=units,
        points=points,
        forecast=future,
        best=best,
        gains=tuple(
            paired_gain(curve, point.shots, best.curve, best.point.shots, study.level)
            for point in points
            if point.shots
        ),
        optimism=study.optimism,
        break_even=break_even(curve, future, best.forecast, best.point.shots),
        over_shown=_over_shown(curve, study.curve if shown is None else shown, study.level),
        together=together_of(together, best, curve, points[-1].shots, study.level),
        shown=shown,
    )


def concluded_again(study: Study, curve: Measurement, probes: Sequence[Probed] | None = None) -> Study:
    """Conclude as a study does, of more that was measured or with other probes."""
    again = analyze(
        curve, margin=study.margin, level=study.level, seed=study.seed, n_train=study.n_train,
        probes=study.probes if probes is None else probes, baseline=study.baseline,
    )  # fmt: skip
    again = replace(again, looks=study.looks, steps=study.steps)
    return with_costs(with_own_training(again, study.validated) if study.validated else again, study.costs)


def _over_shown(tuned: Measurement, prompted: Measurement, level: float) -> OverShown | None:
    n = near_32([int(n) for n in np.intersect1d(tuned.shots[tuned.observed], prompted.shots[prompted.observed])])
    if n is None:
        return None
    try:
        return OverShown(n, paired_gain(tuned, n, prompted, n, level))
    except CurveError:  # fewer than two items in common there
        return None


def fine_tune(
    task: Task,
    model: Trainee,
    work: FineTuningPlan,
    out: Path,
    run: LocalRun | None = None,
    beside: BesideDesign | None = None,
) -> Trained:
    """Train every unit that is not finished, one a core, and score all of them on the same items with the same engine.

    Units live under ``out/units``, replies in ``out/journal.sqlite``. Interrupted, it goes on from the last whole pass,
    and a finished unit is not trained again.

    Parameters
    ----------
    task, model, work
        As they were laid out.
    out : Path
        Folder.
    run : LocalRun, optional
        Where to train, and who follows it.
    beside : BesideDesign, optional
        What is asked besides, once all is trained.

    Raises
    ------
    CurvefitError
        As `measure` does, or what training needs is not installed.
    """
    run, beside = run or LocalRun(), beside or BesideDesign()
    wanted = work.design
    weights_alone = Design((0,), 1, wanted.items, wanted.seed)

    def scored(asked: Trainee, design: Design = weights_alone, *, quiet: bool = False) -> Measurement:
        progress = None if quiet else run.progress
        try:
            return measure(task, design, asked, journal=out / "journal.sqlite", progress=progress)
        finally:
            asked.close()

    def tuned(n: int, seed: int, lanes: int | None = None) -> Trainee:
        return _answering(model, work.folder(out, n, seed), lanes)

    measured: dict[tuple[int, int], Measurement] = {}
    units: dict[tuple[int, int], Unit] = {}

    def score(unit: FineTuning, *, new: bool) -> None:
        which = unit.n_train, unit.seed
        # Beside trainings, whose progress is shown, one engine: the cores are theirs.
        units[which], measured[which] = unit, scored(tuned(*which, lanes=1 if new else None), quiet=new)
        number, accuracy = work.pairs().index(which) + 1, float(measured[which].means[0])
        run.notify(ScoredUnit(number, len(work.pairs()), unit, accuracy, new=new))

    with exclusive_lock(out / "units"):
        left = []
        for which in work.pairs():
            unit = work.finished(out, *which)
            if unit is None:
                left.append(which)
            else:
                score(unit, new=False)
        # A folder's model answers by what trains it: never at the same time.
        apart = not left or isinstance(model, FolderModel)
        bases = [scored(_answering(model))] if apart else []
        if left:
            with (
                _trainer_of(model, work.recipe, run) as trainer,
                train_units(work, trainer, out, left, counting(run.progress, "steps")) as trained,
            ):
                if not apart:
                    bases.append(scored(_answering(model, lanes=1), quiet=True))
                for unit in list(trained) if apart else trained:
                    score(unit, new=True)
        most, together = wanted.sizes[-1], []
        for design in beside.together:
            asked = partial(_of_seeds, [partial(scored, tuned(most, seed), design) for seed in range(wanted.seeds)])
            together.append(if_possible(asked))
    again = partial(scored, _answering(model))
    shown = None if beside.shown is None else if_possible(partial(again, beside.shown))
    curve = joined(bases[0], measured, work.design, work.notes)
    return Trained(
        curve,
        tuple(units[which] for which in work.pairs()),
        shown,
        tuple(found for found in together if found is not None),
    )


def _of_seeds(asks: Sequence[Callable[[], Measurement]]) -> Measurement:
    return stacked_seeds([ask() for ask in asks])


def _answering(model: Trainee, unit: Path | None = None, lanes: int | None = None) -> Trainee:
    """Return the model as it came, or with the adapter of a unit."""
    if isinstance(model, FolderModel):
        return model.with_adapter(None if unit is None else unit / READ_BACK)
    adapter = None if unit is None else unit / "adapter.gguf"
    return LocalModel(model.name, lanes=lanes, form="plain", adapter=adapter)


@contextmanager
def _trainer_of(model: Trainee, recipe: Recipe, run: LocalRun) -> Iterator[Trainer | ClusterTrainer]:
    if run.workers is not None:
        cluster = Cluster(run.workers or None)
        try:
            yield ClusterTrainer(partial(_trainer_there, model.name, recipe, _identity(model.name)), cluster)
        finally:
            cluster.close()
    elif isinstance(model, FolderModel):
        yield model.trainer(recipe)
    else:
        yield trainer_for(model.name, recipe, run.say)


def _identity(name: str) -> str:
    """Return who a trainee of this name is on this machine, without what it has learned."""
    return (FolderModel(name) if name.startswith("hf:") else LocalModel(name, form="plain")).identity


def _trainer_there(name: str, recipe: Recipe, identity: str) -> Trainer:
    """Load a trainer on a worker, of the very model that is asked here."""
    if _identity(name) != identity:
        raise ModelUnavailable(f"a worker would train another {name}: every node needs the same engine and model file")
    return FolderModel(name).trainer(recipe) if name.startswith("hf:") else trainer_for(name, recipe)


def trainer_for(name: str, recipe: Recipe, say: Callable[[str], object] = lambda text: None) -> Trainer:
    """Load a model of `LocalModel` by its name, to be fine-tuned; its weights are converted once and kept.

    `say` gets a line before they are converted.

    Raises
    ------
    CurvefitError
        What training needs is not installed, or the model is of a kind that cannot be trained.
    """
    own = name.startswith("local:")
    file = Path(name.removeprefix("local:")).expanduser() if own else store.pull(name)
    require()
    precision = training_precision()
    kept = f"{store.sha256(file)[:16]}-transformers-{version('transformers')}-{precision}"
    weights = store.cache_folder() / "weights" / kept
    if not weights.is_dir():
        say(f"Converting the weights of {name}, once{'' if own else ': about a minute'}")
    return Trainer(convert(file, weights, precision), recipe)


def joined(
    base: Measurement, measured: Mapping[tuple[int, int], Measurement], design: ProbeDesign, notes: Sequence[str]
) -> Measurement:
    """Lay base and units out as one measurement: (1 + sizes, seeds, items); a unit that is not there is unobserved.

    Parameters
    ----------
    base : Measurement
        The model before it is trained, without demonstrations.
    measured : mapping of (int, int) to Measurement
        The fine-tuned ones, by training examples and seed.
    design : ProbeDesign
        Which there are.
    notes : sequence of str
        What a reader should know of the training.
    """
    seeds, sizes = range(design.seeds), design.sizes

    def stacked(name: str) -> np.ndarray:
        first = getattr(base, name)[0, 0]
        nothing = np.full_like(first, np.nan, dtype=float)
        rows = [[first for _ in seeds]]
        rows += [[getattr(measured[n, s], name)[0, 0] if (n, s) in measured else nothing for s in seeds] for n in sizes]
        return np.array(rows)

    parts = [base, *measured.values()]
    chosen = all(part.choices is not None for part in parts)
    return replace(
        base,
        shots=np.array([0, *sizes]),
        scores=stacked("scores"),
        readable=stacked("readable"),
        choices=stacked("choices") if chosen else None,
        design=None,
        usage=reduce(add, (part.usage for part in parts)),
        usage_by_shots=(),
        seconds_by_shots=(),
        stopped=next((part.stopped for part in parts if part.stopped), ""),
        notes=(
            *dict.fromkeys(note for part in parts for note in part.notes),
            *(Note("training", text) for text in notes),
        ),
    )
