"""Fine-tune for real on this machine, or on a cluster, beside the curve in context. Lives here: the loop over units.

::

    task, model, study or none --plan_probe--> Task and FineTuningPlan
    those, model --fine_tune--> Measurement (shots read as training examples) and its units
    those, in-context Study --conclude_probe--> Probe
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from curvefit.errors import BudgetReached, ModelUnavailable
from curvefit.measurement.judging import judge_model
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import Measurement
from curvefit.models import store
from curvefit.models.cluster import Cluster
from curvefit.models.local import LocalModel
from curvefit.study import Study
from curvefit.tasks.task import Task
from curvefit.training.cluster_trainer import ClusterTrainer
from curvefit.training.fine_tuning_plan import FineTuning, FineTuningPlan, ProbeDesign, plan_fine_tuning
from curvefit.training.folder_model import FolderModel
from curvefit.training.schedule import Recipe
from curvefit.training.trainer import Trainer, training_precision
from curvefit.training.training_queue import READ_BACK, train_units
from curvefit.training.weights import convert, require
from curvefit.trials.design import Design
from curvefit.trials.journal import exclusive_lock
from curvefit.trials.runner import Progress, counting
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.workflows.fine_tuning_probe import ScoredUnit, Trained, Unit, align_with_study, joined
from curvefit.workflows.prompt_and_weights import BesideDesign, as_possible, stacked_seeds

__all__ = ["LocalRun", "Stopping", "Trainee", "fine_tune", "is_converted", "plan_probe", "trainer_for"]

Trainee = LocalModel | FolderModel


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
    limits : SpendingLimits, optional
        What scoring may take: a judge costs money wherever the model runs.
    """

    notify: Callable[[ScoredUnit], object] = lambda scored: None
    progress: Progress | None = None
    workers: int | None = None
    say: Callable[[str], object] = lambda text: None
    limits: SpendingLimits | None = None


@dataclass(frozen=True, slots=True)
class Stopping:
    """Follows a training, and ends it where the time is over; finished passes are kept."""

    progress: Progress | None
    limits: SpendingLimits | None

    def __call__(self, done: int, total: int) -> None:
        """Take how far it is; raises BudgetReached where the time is over."""
        if self.progress is not None:
            self.progress(done, total)
        if self.limits is not None and self.limits.seconds_left() < 0:
            raise BudgetReached(f"--max-minutes {self.limits.caps['minutes']:g} was reached; finished passes are kept")

    def counting(self, unit: str) -> Stopping:
        """Return what follows other things, such as ``steps``."""
        return Stopping(counting(self.progress, unit), self.limits)


def plan_probe(
    task: Task, model: Trainee, wanted: ProbeDesign, study: Study | None = None
) -> tuple[Task, FineTuningPlan]:
    """Lay a probe out, so that it can be set beside a study of the same task and model.

    A study that was measured here decides the seed, by which the task is read again, and its items are the fewest that
    are scored.

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

    What is `beside` is asked once all is trained.

    Raises
    ------
    BudgetReached
        A cap ended it.
    CurvefitError
        As `measure` does, or what training needs is not installed.
    """
    run, beside = run or LocalRun(), beside or BesideDesign()
    if task.judge is not None:
        judge_model(task.judge, run.limits).close()  # a cap that cannot be kept is refused before anything is trained
    wanted = work.design
    weights_alone = wanted.scoring()

    def scored(asked: Trainee, design: Design = weights_alone, *, quiet: bool = False) -> Measurement:
        progress = None if quiet else run.progress
        try:
            found = measure(task, design, asked, journal=out / "journal.sqlite", progress=progress, limits=run.limits)
        finally:
            asked.close()
        if found.stopped:
            raise BudgetReached(f"{found.stopped} was reached; finished passes and replies are kept")
        return found

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

        def of_seeds(design: Design) -> Measurement:
            return stacked_seeds([scored(tuned(wanted.sizes[-1], seed), design) for seed in range(wanted.seeds)])

        together = as_possible(of_seeds, beside.together)
    shown = as_possible(partial(scored, _answering(model)), beside.shown)
    curve = joined(bases[0], measured, work.design, work.notes)
    made = tuple(units[which] for which in work.pairs())
    return Trained(curve, made, next(iter(shown), None), together, bases[0].usage)


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


def is_converted(name: str) -> bool:
    """Whether the weights of a model were converted for training before; those of a folder need not be."""
    if name.startswith("hf:"):
        return True
    own = name.startswith("local:")
    known = store.sha256(Path(name.removeprefix("local:")).expanduser()) if own else store.find(name).sha256
    return any((store.cache_folder() / "weights").glob(f"{known[:16]}-transformers-*"))


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
