"""The task of a study, read again. Lives here: is it as it was measured, and what of it may be learned from?"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from curvefit.command_words import option_values
from curvefit.errors import CurvefitError, InputError
from curvefit.measurement.measurement import Measurement
from curvefit.models.redaction import CUT
from curvefit.study import Study
from curvefit.tasks.duplicates import duplicated
from curvefit.tasks.loading import found_task, load_task_again
from curvefit.tasks.record_files import printable
from curvefit.tasks.task import Item, Task, fingerprint_of
from curvefit.workflows.known_items import changed_items, corrected_targets

__all__ = ["change_since", "own_code", "task_now", "task_of_study", "whole_task", "with_task_at"]


def task_of_study(study: Study, file: Path, given: str | Task | None = None) -> Task:
    """Return the study's task, read again, with the study's items and no others, wherever they stand in it now.

    Its pool is what may be learned from: neither these items nor what duplicates one of them, as loading has it.

    `file` is the study's, for messages; `given` is the task, or where it is now; by default where the study read it.

    Raises
    ------
    InputError
        The study was not measured here, the task is not found or is another, an item is gone, or what was asked has
        changed.
    """
    task = given if isinstance(given, Task) else whole_task(study, file, given)
    with _of_file(file):
        items = _items_as_measured(study, task, given if isinstance(given, str) else None)
    return replace(task, items=items, pool=_unscored(task.pool, items))


def _items_as_measured(study: Study, task: Task, where: str | None = None) -> tuple[Item, ...]:
    """Return the study's items in its order; `InputError` where what was asked is no longer what the task asks."""
    _check_askable(study)
    same = fingerprint_of(task, study.curve.items) == study.curve.asked != ""
    if not same and task.name != study.curve.task:  # the same may have another name by now
        raise InputError(f"the study is of the task {study.curve.task!r}, and {task.name!r} is another one")
    items = _items_of(study.curve, task, where or task.path or task.name)
    if study.curve.asked and not same:
        raise InputError(_changed(study.curve, task))
    return items


def whole_task(
    study: Study, file: Path, given: str | None = None, *, to_judge: bool = True, to_ask: bool = True
) -> Task:
    """Return the study's task, read again, with all that it has to be scored on; see `task_of_study`.

    Unless it is `to_judge` replies, none of its code is run. A model that judges may be any, unless it is `to_ask`.
    """
    with _of_file(file):
        _check_askable(study)
        return _load(study.curve, file.parent, given, to_judge=to_judge, to_ask=to_ask)


def with_task_at(study: Study, file: Path, path: str) -> Study:
    """Return a study that knows where its task is now, and whose commands name that; no code of the task is run.

    `file` is the study's, for messages.

    Raises
    ------
    InputError
        It is not the task as it was measured: see `task_of_study`.
    """
    task, curve = whole_task(study, file, path, to_judge=False), study.curve
    task_of_study(study, file, task)
    similar = None if curve.retrieved is None else replace(curve.retrieved, path=task.path)
    command = tuple(task.path if word == curve.path else word for word in curve.command)
    if command and task.name != curve.task and not option_values(command, "--out"):
        command = (*command, "--out", str(file.parent))  # by its new name it would be measured elsewhere, and anew
    return replace(study, curve=replace(curve, path=task.path, retrieved=similar, command=command))


@contextmanager
def _of_file(file: Path) -> Iterator[None]:
    """Put the study's file in front of what is wrong with it; errors of the task's own files name those."""
    try:
        yield
    except InputError as error:
        if error.file is not None or error.line is not None:
            raise
        raise InputError(error.problem, file=file, field=error.field) from error


def _check_askable(study: Study) -> None:
    """Refuse a study whose items cannot be asked, or not compared."""
    if study.curve.design is None or not study.curve.items:
        raise InputError(
            "was made from scores measured elsewhere, whose items cannot be asked; measure with: curvefit run"
        )
    if study.best.scored.sum() < 2:
        raise InputError(
            "has a score of its best prompt on one item, and a comparison needs two; measure more with: curvefit run"
        )


def _load(curve: Measurement, folder: Path, path: str | None, *, to_judge: bool, to_ask: bool) -> Task:
    """Read the task of a study in a folder; where nobody typed its path, no code is run and no judge asked."""
    if not (path or curve.path):
        raise InputError("does not say where its task is; name it with --task (in Python: task)")
    where = path or found_task(curve.path, folder)
    if where is None:
        raise InputError(
            f"its task {curve.path!r} is not there from here or from the study; name it with --task (in Python: task)"
        )
    seed = curve.design.seed if curve.design else 0
    task = load_task_again(where, curve.overrides, seed=seed, run_code=to_judge and path is not None)
    if not to_judge:
        return task
    if path is None and (code := own_code(task)):
        raise InputError(
            f"its task is judged by code, {code}; read that, and to run it name the task: --task"
            f" {shlex.quote(str(where))}"
        )
    if path is None and task.judge is not None and to_ask:  # which would get the replies, and may cost money
        raise InputError(
            f"its task is judged by a model, {printable(task.judge.model)}; to have it asked name the task: --task"
            f" {shlex.quote(str(where))}"
        )
    return task


def own_code(task: Task) -> str:
    """Return the name of a scorer that is code of the task's own; empty where it has none."""
    scorers = [scorer.name for scorer in (task.scorer, task.also_scored_by) if scorer is not None]
    return next((name for name in scorers if name.startswith("python:")), "")


def _items_of(curve: Measurement, task: Task, where: str) -> tuple[Item, ...]:
    """Return the study's items in its order, from whichever side of the task they are on now."""
    known = task.by_id
    missing = [item for item in curve.items if item not in known]
    if missing:
        raise InputError(
            f"{len(missing)} of the {len(curve.items)} items of the study are not in {where!r}, {missing[0]!r} the"
            " first; name the right file with --task (in Python: task), or bring them back"
        )
    return tuple(known[item] for item in curve.items)


def task_now(study: Study, file: Path) -> Task | None:
    """Return the study's task as it is where it was read; None where it cannot be read. None of its code is run."""
    try:
        return whole_task(study, file, to_judge=False)
    except (CurvefitError, OSError):
        return None


def change_since(study: Study, task: Task) -> str:
    """Return how a study's task has changed since, in the words of `task_of_study`; empty where it is as it was."""
    try:
        _items_as_measured(study, task)
    except InputError as error:
        return error.problem
    return ""


def _changed(curve: Measurement, task: Task) -> str:
    if CUT in dict(curve.overrides).get("instruction", ""):
        return (
            "its instruction held what looks like a key, which is never kept, so that it cannot be asked again: run the"
            " study's command with the instruction in a task.yaml, or without the key"
        )
    if corrected := corrected_targets(curve, task):
        were = "was" if corrected == 1 else "were"
        return (
            f"{corrected:,} of its {len(curve.items):,} targets {were} corrected since: run the study's command again,"
            " which asks again only prompts that show a corrected example"
        )
    if changed := changed_items(curve, task):
        have = "has" if changed == 1 else "have"
        return (
            f"{changed:,} of its {len(curve.items):,} items {have} changed since: undo the change, or run the study's"
            " command again, which asks again only prompts that changed"
        )
    by_line = any(item.startswith("line-") for item in curve.items)
    moved = ", or its rows have moved: one without an id is known by its line" if by_line else ""
    return (
        f"instruction, scorer or items of the task have changed since the study{moved}: undo the change (new rows go"
        " to the end), or run the study's command again; replies are kept, so that a change of the scorer alone costs"
        " nothing"
    )


def _unscored(pool: Sequence[Item], items: Sequence[Item]) -> tuple[Item, ...]:
    """Return the part of a pool that neither is one of these items nor duplicates one."""
    scored = {item.id for item in items}
    others = [example for example in pool if example.id not in scored]
    leaked = set(duplicated(others, items))
    return tuple(example for i, example in enumerate(others) if i not in leaked)
