"""A probe, read from its probe.json. Lives here: what it comes to for a study, and what its models scored on items."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from curvefit.curves.curve import Estimate
from curvefit.errors import CurveError, CurvefitError, InputError
from curvefit.measurement.failures import Failures
from curvefit.measurement.measurement import Measurement
from curvefit.measurement.training_effect import TrainedScores
from curvefit.models.base import Usage, with_adapter
from curvefit.payoff.hierarchy import learning_distance
from curvefit.payoff.predictor import OverShown, Probed
from curvefit.report.study_reader import StudyFile, estimate_of, measurement_of, named
from curvefit.report.validated import with_validated
from curvefit.study import Study
from curvefit.tasks.loading import found_task, load_task_again
from curvefit.tasks.task import Task, fingerprint_of
from curvefit.workflows.error_analysis import failures
from curvefit.workflows.prompt_and_weights import with_shown

if TYPE_CHECKING:
    from curvefit.report.schemas import ProbeRecord, TrainedUnitRecord
    from curvefit.workflows.fine_tuning_probe import Probe

__all__ = [
    "PROBE_EXPECTED",
    "PROBE_SCHEMA",
    "concluded_with_probe_beside",
    "probe_changes",
    "probe_file",
    "read_probe",
    "read_probe_record",
    "read_probes",
    "read_trained_scores",
    "task_of_measurement",
    "with_prompts_of",
]

PROBE_SCHEMA: Final = "curvefit.probe/1"
PROBE_EXPECTED: Final = "a probe's folder or its probe.json is expected; make one with: curvefit probe TASK"


def read_probe(
    path: str | Path, of: Measurement, task: Callable[[], Task | None] | None = None, n_train: int | None = None
) -> Probed:
    """Read what a probe.json comes to: its model's best prompt, a fine-tuning, and training over showing.

    `path` is the file, or the folder it is in. It has to be of the task of `of`: known by its name, and by what was
    asked where both scored the same items, or the probe was compared with this very study; by `task`, which returns it
    and is called only then, where neither holds. Of the probe's numbers that is taken which tells most of `n_train`
    examples, by default the largest.

    Raises
    ------
    InputError
        No such file, no probe, or one of another task; names file and field.
    """
    path = probe_file(path)
    file = read_probe_record(path)
    if file.task != of.task:
        raise InputError(f"{file.task!r:.60} is not the study's task {of.task!r:.60}", file=path, field="task")
    fingerprint, items = file.measurement.asked, file.measurement.items
    try:
        if of.asked and items == list(of.items):
            now: str | None = of.asked
        elif of.asked and file.measurement.study_asked == of.asked:
            now = fingerprint  # they were compared when it was trained
        else:
            known = task() if fingerprint and task is not None else None
            now = None if known is None else fingerprint_of(known, items)
    except InputError as error:
        raise InputError(error.problem, file=error.file or path, field=error.field) from error
    if now is not None and fingerprint and fingerprint != now:
        raise InputError("is of another task of that name, or of an earlier version of it", file=path, field="task")
    near = (
        file.gain[-1] if n_train is None else min(file.gain, key=lambda gain: learning_distance(gain.n_train, n_train))
    )
    over = file.over_shown
    scored = (
        Estimate(of.accuracy, of.low, of.high, file.level) for of in file.fine_tuned if of.n_train == near.n_train
    )
    try:
        return Probed(
            model=file.model,
            best_prompted=file.best_prompted.accuracy,
            n_train=near.n_train,
            gain=Estimate(near.value, near.low, near.high, file.level),
            over_shown=None if over is None else OverShown(over.n, estimate_of(over.gain)),
            optimism=math.nan if file.optimism is None else file.optimism,
            items=len({*of.items} & {*items}) or None,
            tuned=next(scored, None),
        )
    except CurveError as error:
        raise InputError(f"cannot be used: {error}", file=path) from error


def probe_file(path: str | Path) -> Path:
    """Return a probe's file, named by itself or by its folder."""
    path = Path(path)
    return path / "probe.json" if path.is_dir() else path


def read_probe_record(path: Path) -> ProbeRecord:
    """Read a probe's file; `InputError` where it is none."""
    from curvefit.records import read_record
    from curvefit.report.schemas import ProbeRecord

    return read_record(path, ProbeRecord, PROBE_SCHEMA, PROBE_EXPECTED)


def with_prompts_of(paths: Sequence[str | Path], study: StudyFile) -> StudyFile:
    """Return a study with what probes of its very model showed besides, which counts among its prompts from then on.

    `read_probes` has to take them first: it checks that they are of one task.

    Raises
    ------
    InputError
        What a probe showed does not go together; names file and field.
    """
    curve = study.measurement
    for path in map(probe_file, paths):
        file = read_probe_record(path)
        if file.shown is not None and file.model == curve.model:
            with named(path, "shown"):
                curve = with_shown(curve, measurement_of(file.shown, curve, Usage()))
    return replace(study, measurement=curve)


def concluded_with_probe_beside(
    study: StudyFile, n_train: int | None = None, task: str | None = None
) -> tuple[Study, str]:
    """Return a study with the probe that lies beside it, where there is one; and why that was left out, if it was.

    `task` is where the study's task is, if it has moved.
    """
    beside, problem = study.path.parent / "probe.json", ""
    concluded: Study | None = None
    if beside.is_file():
        try:
            probed = read_probes((beside,), study, n_train, task)
            concluded = with_prompts_of((beside,), study).conclude(n_train, probed)
        except CurvefitError as error:
            problem = str(error)
    concluded = concluded or study.conclude(n_train)
    return with_validated(replace(concluded, probe_left_out=bool(problem)), study.path), problem


def read_probes(
    paths: Sequence[str | Path], study: StudyFile, n_train: int | None = None, task: str | None = None
) -> tuple[Probed, ...]:
    """Read probes of a study's task, and return them after those that the study has; a newer one replaces its model's.

    `paths` are files, or the folders they are in. `n_train` examples are asked about, by default those the study
    predicts for. `task` is where the study's task is, which is read where a probe scored other items than the study; by
    default where the study read it, and then no code of it is run.

    Raises
    ------
    InputError
        As `read_probe`, or the study's task is not there.
    """
    curve = study.measurement
    examples = (n_train if curve.kind else None) or study.n_train_predicted

    def known(path: str | Path) -> Task | None:
        folder = study.path.parent
        named = () if probe_file(path) == folder / "probe.json" else ("--probe", str(path))
        command = shlex.join(("curvefit", "report", str(folder), *named, "--task"))
        return task_of_measurement(curve, study.path.parent, task, f"say where it is: {command} TASK")

    read = [read_probe(path, curve, partial(known, path), examples) for path in paths]
    newer = {probe.model for probe in read}
    return (*(probe for probe in study.settings.probes if probe.model not in newer), *read)


def task_of_measurement(
    measured: Measurement, folder: Path, path: str | None, otherwise: str = "name it with --task"
) -> Task | None:
    """Return the task of a study in a folder, by which a probe is seen to be of it; None where it was made of no file.

    `path` is where the task is now, if it has moved; `otherwise` says how to name it.
    """
    if not (path or measured.path):
        return None
    where = path or found_task(measured.path, folder)
    if where is None:
        raise InputError(
            f"scored other items than the study. Whether both are of its task {measured.path!r} cannot be checked: that"
            f" is not there, from here or from the study; {otherwise}"
        )
    # Nothing is scored, and no code is run.
    seed = measured.design.seed if measured.design else 0
    return load_task_again(where, measured.overrides, seed=seed, run_code=False)


def probe_changes(probe: Probe, file: Path, study_path: Path) -> Failures | None:
    """Return what a probe's study gets wrong and what training changes; None where replies or task are not at hand.

    `file` is its probe.json; its study is at `study_path`, beside the journal of its replies, or in that folder.
    """
    folder = study_path.parent if study_path.suffix == ".json" else study_path
    try:
        return failures(probe.study, folder, None, read_trained_scores(file, probe.study.curve), pool=False)
    except (CurvefitError, OSError):  # `curvefit errors` says why
        return None


def read_trained_scores(path: str | Path, of: Measurement, task: str | None = None) -> TrainedScores:
    """Return what the models that a probe trained on the most examples scored, item by item.

    `path` is the probe.json, or the folder it is in. It has to be of the task and model of `of`; `task` is where that
    task is, if it has moved.

    Raises
    ------
    InputError
        No such file, no probe, or one of another task or model; names file and field.
    """
    from curvefit.records import read_record
    from curvefit.report.schemas import ScoredProbeRecord

    file = probe_file(path)
    read_probe(file, of, partial(task_of_measurement, of, file.parent, task))
    probe = read_record(file, ScoredProbeRecord, PROBE_SCHEMA, PROBE_EXPECTED)
    if probe.model != of.model:
        raise InputError(f"{probe.model!r:.60} is not the study's model {of.model!r:.60}", file=file, field="model")
    sizes, scores, items = probe.measurement.n_train, probe.measurement.scores, probe.measurement.items
    if not sizes or len(scores) != len(sizes) or any(len(row) != len(items) for seeds in scores for row in seeds):
        raise InputError("has not one score for each size, seed and item", file=file, field="measurement.scores")
    n, rows = sizes[-1], scores[-1]
    units = {unit.seed: unit for unit in probe.units if unit.n_train == n}
    return TrainedScores(
        n_train=n,
        by_model={
            _journal_name(probe.model, units.get(seed), seed): {
                item: math.nan if score is None else score for item, score in zip(items, row, strict=True)
            }
            for seed, row in enumerate(rows)
        },
        journal=file.parent / "journal.sqlite",
    )


def _journal_name(model: str, unit: TrainedUnitRecord | None, seed: int) -> str:
    """Return what the probe's journal calls a fine-tuned model; no name there ends in a seed."""
    if unit is None or not (unit.adapter or unit.asked_as):
        return f"{model} of seed {seed}"
    return unit.asked_as or with_adapter(model, unit.adapter)
