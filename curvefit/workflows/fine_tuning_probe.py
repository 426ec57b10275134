"""Fine-tune for real, beside the curve in context. Lives here: the loop over units, and what is concluded from it.

::

    task, model, work --fine_tune--> Measurement (shots read as training examples) and its units
    those, in-context Study --conclude--> Probe
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from importlib.metadata import version
from operator import add
from pathlib import Path

import numpy as np

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.forecast import Forecast, forecast
from curvefit.curves.variance import assumed_draws
from curvefit.decision.best_prompt import Prompt, optimism_of
from curvefit.errors import CurveError, InputError
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import Measurement, seen
from curvefit.models import store
from curvefit.models.local import LocalModel
from curvefit.payoff.comparison import BreakEven, break_even, paired_gain
from curvefit.payoff.predictor import NEAR_32, OverShown
from curvefit.report.wording import counted
from curvefit.study import Study
from curvefit.tasks.task import Task
from curvefit.training.adapter import write_adapter
from curvefit.training.fine_tuning_plan import FineTuning, FineTuningPlan
from curvefit.training.schedule import Recipe
from curvefit.training.trainer import Trainer
from curvefit.training.weights import convert
from curvefit.trials.design import Design
from curvefit.trials.journal import claim
from curvefit.trials.runner import Progress

__all__ = ["Probe", "Watch", "compare", "conclude", "fine_tune", "trainer_for"]


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A fine-tuning curve beside the curve in context.

    Attributes
    ----------
    study : Study
        In context.
    curve : Measurement
        Fine-tuned: `shots` are numbers of training examples (0: none), `draws` are seeds; prompts hold no
        demonstrations.
    units : tuple of FineTuning
        The fine-tunings behind it.
    points, forecast
        Of that curve, as a study's.
    best : Prompt
        The best prompt measured.
    gains : tuple of Estimate
        What training adds to that at each number of training examples above 0: items paired, seeds and draws counted.
    luck : float
        By how much that prompt is flattered by having been picked (`curvefit.decision.best_prompt.optimism_of`);
        NaN where not known.
    break_even : BreakEven
        From how many training examples on it is as good.
    over_shown : OverShown or None
        What training on the number nearest to 32 gave over showing as many; None where no such number was both.
    """

    study: Study
    curve: Measurement
    units: tuple[FineTuning, ...]
    points: tuple[Point, ...]
    forecast: Forecast
    best: Prompt
    gains: tuple[Estimate, ...]
    luck: float
    break_even: BreakEven
    over_shown: OverShown | None


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how a probe goes.

    Attributes
    ----------
    told : callable
        Gets a line when something is done.
    progress : callable, optional
        Gets (steps or replies done, at most so many) of what is going on.
    """

    told: Callable[[str], object] = lambda line: None
    progress: Progress | None = None


def compare(study: Study, task: str, model: str, items: Sequence[str], asked: str) -> None:
    """Make sure that a study is of this task and model, and that its items are the first of these or hold them.

    `asked` is the fingerprint of the study's items as they are asked now; empty where that is not known.

    Raises
    ------
    InputError
        It cannot be set beside a probe of them.
    """
    for name, ours, theirs in (("task", task, study.curve.task), ("model", model, study.curve.model)):
        if ours != theirs:
            raise InputError(f"the study is of the {name} {theirs!r}, the probe of {ours!r}; give its own with --study")
    if study.curve.form == "chat":
        raise InputError("the study asked in turns, and a probe asks in plain text; measure it again with --form plain")
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


def conclude(study: Study, curve: Measurement, units: tuple[FineTuning, ...]) -> Probe:
    """Conclude from both curves. Pure: same input, same bytes.

    Raises
    ------
    InputError
        The two are not of the same task and model, or scored different items.
    CurveError
        Fewer than two items were answered by both.
    """
    compare(study, curve.task, curve.model, curve.items, curve.asked if curve.items == study.curve.items else "")
    curve = replace(curve, notes=(*curve.notes, *_of_one_seed(curve)))
    ahead = forecast(curve, level=study.level, seed=study.seed)
    best = study.best
    points = seen(curve, curve.observed, study.level)
    return Probe(
        study=study,
        curve=curve,
        units=units,
        points=points,
        forecast=ahead,
        best=best,
        gains=tuple(
            paired_gain(curve, point.shots, best.curve, best.point.shots, study.level)
            for point in points
            if point.shots
        ),
        luck=optimism_of(study.curve),
        break_even=break_even(curve, ahead, best.forecast, best.point.shots),
        over_shown=_over_shown(curve, study.curve, study.level),
    )


def _over_shown(tuned: Measurement, prompted: Measurement, level: float) -> OverShown | None:
    least, most = NEAR_32
    both = np.intersect1d(tuned.shots[tuned.observed], prompted.shots[prompted.observed])
    near = [int(n) for n in both if least <= n <= most]
    if not near:
        return None
    n = min(near, key=lambda n: abs(math.log(n / 32)))
    try:
        return OverShown(n, paired_gain(tuned, n, prompted, n, level))
    except CurveError:  # fewer than two items in common there
        return None


def _of_one_seed(curve: Measurement) -> tuple[str, ...]:
    """Say what one fine-tuning of each size leaves out of the intervals, and what they have in its place."""
    if not curve.one_draw:
        return ()
    n = int(curve.shots[curve.shots > 0][0])
    points = 100 * float(assumed_draws(np.array([n]), np.array([0.5]))[0]) ** 0.5
    return (
        "One seed cannot show how much the chance of training (its examples, their order, initial weights) matters:"
        " the intervals of fine-tuned accuracies cover items only.",
        "Gain and break-even assume for that chance what examples in prompts do, in published runs"
        f" ({points:.1f} points of SD at {n}, at 50%), which nothing here measured: use --seeds 2 or more.",
    )


def fine_tune(
    task: Task, model: LocalModel, work: FineTuningPlan, out: Path, watch: Watch | None = None
) -> tuple[Measurement, tuple[FineTuning, ...]]:
    """Train every unit that is not finished, and score all of them on the same items with the same engine.

    Units live under ``out/units``, replies in ``out/journal.sqlite``. Interrupted, it goes on from the last whole pass,
    and a finished unit is not trained again.

    Parameters
    ----------
    task, model, work
        As they were laid out.
    out : Path
        Folder.
    watch : Watch, optional
        Told how it goes.

    Raises
    ------
    CurvefitError
        As `measure` does, or what training needs is not installed.
    """
    watch = watch or Watch()
    wanted = work.wanted
    trainer = None
    design = Design((0,), 1, wanted.items, wanted.seed)

    def scored(asked: LocalModel) -> Measurement:
        try:
            return measure(task, design, asked, journal=out / "journal.sqlite", progress=watch.progress)
        finally:
            asked.close()

    base = scored(LocalModel(model.name, form="plain"))
    measured: dict[tuple[int, int], Measurement] = {}
    units = []
    with claim(out / "units"):
        for number, (n, seed) in enumerate(work.pairs(), 1):
            unit = work.finished(out, n, seed)
            known = unit is not None
            if unit is None:
                trainer = trainer or trainer_for(model.name, work.recipe)
                unit = _train(work, trainer, out, (n, seed), watch)
            adapter = work.folder(out, n, seed) / "adapter.gguf"
            measured[n, seed] = scored(LocalModel(model.name, form="plain", adapter=adapter))
            units.append(unit)
            chosen = unit.chosen
            watch.told(
                f"{number}/{len(work.pairs())}: {counted(n, 'example')}, seed {seed}:"
                f" accuracy {measured[n, seed].means[0]:.0%};"
                f" {chosen.epoch} of {unit.checks[-1].epoch} passes kept, {chosen.exact:.0%} of held-out replies exact"
                + (" (trained before)" if known else f", {unit.seconds:.0f} s")
            )
    return _joined(base, measured, work), tuple(units)


def trainer_for(name: str, recipe: Recipe) -> Trainer:
    """Load a model of `LocalModel` by its name, to be fine-tuned; its weights are converted once and kept.

    Raises
    ------
    CurvefitError
        What training needs is not installed, or the model is of a kind that cannot be trained.
    """
    own = name.startswith("local:")
    file = Path(name.removeprefix("local:")).expanduser() if own else store.pull(name)
    kept = f"{store.sha256(file)[:16]}-transformers-{version('transformers')}"
    return Trainer(convert(file, store.cache_folder() / "weights" / kept), recipe)


def _train(work: FineTuningPlan, trainer: Trainer, out: Path, which: tuple[int, int], watch: Watch) -> FineTuning:
    n, seed = which
    folder = work.folder(out, n, seed)
    examples, checkpoint, adapter = work.orders[seed][:n], folder / "checkpoint.pt", folder / "adapter.gguf"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        done = trainer.train(examples, work.held_out, seed=seed, checkpoint=checkpoint, progress=watch.progress)
        write_adapter(adapter, done.adapter, trainer.architecture)
    except OSError as error:
        raise InputError(f"{error.strerror or error}; make room, or use another --out", file=folder) from error
    unit = FineTuning(n, seed, done.checks, store.sha256(adapter), trainer.precision, trainer.device, done.seconds)
    work.finish(out, unit)
    return unit


def _joined(base: Measurement, measured: dict[tuple[int, int], Measurement], work: FineTuningPlan) -> Measurement:
    """Lay base and units out as one measurement: (1 + sizes, seeds, items)."""
    seeds, sizes = range(work.wanted.seeds), work.wanted.sizes

    def stacked(name: str) -> np.ndarray:
        rows = [[getattr(base, name)[0, 0] for _ in seeds]]
        rows += [[getattr(measured[n, seed], name)[0, 0] for seed in seeds] for n in sizes]
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
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)) + work.notes,
    )
