"""From files to a `Task`. Lives here: where a task is, which of its files is what, and the split they have."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.own_files import NO_FILE
from curvefit.tasks.description import Description, read_description
from curvefit.tasks.documents import read_documents, with_context
from curvefit.tasks.examples import Examples, Row, fault_in, read_records, read_rows
from curvefit.tasks.task import Document, Scorer, Task
from curvefit.tasks.task_assembly import TaskRows, task_of_rows

__all__ = [
    "found_task",
    "has_description",
    "load_task",
    "load_task_again",
    "places_of",
    "safe_name",
    "task_of_records",
]

_DESCRIBED: Final = ("scorer", "kind")  # what a task.yaml alone says of a task that has one


def load_task(
    path: str | Path,
    *,
    seed: int = 0,
    run_code: bool = True,
    scorer: str | None = None,
    instruction: str | None = None,
    kind: str | None = None,
) -> Task:
    """Read a task.

    What a file does not say is guessed from the targets, by the rules of `curvefit.tasks.scorer_choice.guess`, and a
    guess counts only if its scorer tells right from wrong on them (`curvefit.tasks.soundness`). A file
    without pool and items of its own is split as its ``split`` fields say (``train`` gives the pool, else
    ``validation`` does; ``test`` is scored, else ``validation`` is), and otherwise by `curvefit.tasks.splitting.split`.
    Pool examples that duplicate an item are left out (`curvefit.tasks.duplicates.duplicate_groups` says what counts as
    one).

    Parameters
    ----------
    path : path
        A folder with a ``task.yaml``; a ``task.yaml``; or a file of examples, as ``.jsonl``, ``.json``, ``.csv``,
        ``.tsv`` or ``.parquet``, in one of `curvefit.tasks.formats.FORMATS`. Only a ``task.yaml`` can name code to run,
        with a ``python:`` scorer.
    seed : int
        Decides the split where one file gives both pool and items and says nothing itself.
    run_code : bool
        Whether a ``python:`` scorer is loaded, which runs it; otherwise the task has everything but judges nothing.
    scorer, kind : str, optional
        For a file without a ``task.yaml``: what is said of it, in place of what is guessed. The scorer by name.
    instruction : str, optional
        What the model is told, in place of what the task says.

    Returns
    -------
    Task
        Its notes say what was guessed, split or left out.

    Raises
    ------
    InputError
        One line that names file, line and field.

    Examples
    --------
    >>> cf.load_task("sample_tasks/capitals").kind
    'knowledge-qa'
    >>> cf.load_task("sample_tasks/capitals/items.jsonl", scorer="normalized").scorer.name
    'normalized'
    """
    if not isinstance(path, str | Path):
        raise InputError(f"a task is read from a path, not from {type(path).__name__}; see Task.from_records")
    relative_path = _relative_path(Path(path))
    path = Path(path)
    overrides = _overrides(path, {"scorer": scorer, "instruction": instruction, "kind": kind})
    said = {"path": relative_path, "overrides": tuple(overrides.items())}
    if path.is_dir():
        if not (path / "task.yaml").is_file() and (path / "study.json").is_file():
            raise InputError(
                "is a study, and no task: curvefit report writes its page again; else name its task", file=path
            )
        if not (path / "task.yaml").is_file():
            raise InputError("has no task.yaml; start one with: curvefit init DIR", file=path)
        path = path / "task.yaml"
    if not path.is_file():
        raise InputError(NO_FILE if path.exists() else "does not exist", file=path)
    if not has_description(path):
        fields: Mapping[str, Any] = {"name": safe_name(path.stem), "data": path.name, **overrides, **said}
        return task_of_rows(fields, _read(fields, path.parent), path.parent, seed, run_code=run_code)
    description = read_description(path)
    fields = {"name": safe_name(path.resolve().parent.name), **description.fields, **overrides, **said}
    data = _read(fields, path.parent, description)
    try:
        return task_of_rows(fields, data, path.parent, seed, run_code=run_code)
    except InputError as error:
        if error.file is not None:
            raise
        if error.field is None:
            raise InputError(error.problem, file=path) from error
        raise description.fault(error.problem, error.field) from error


def load_task_again(
    path: str | Path, overrides: Iterable[tuple[str, str]], *, seed: int = 0, run_code: bool = True
) -> Task:
    """Read a task as it was read before: see `load_task`.

    `overrides` are those of `Task` then: scorer and kind hold as long as no ``task.yaml`` says them.
    """
    described = has_description(path)
    given = {name: value for name, value in overrides if not (described and name in _DESCRIBED)}
    context = given.pop("context", None)
    task = load_task(path, seed=seed, run_code=run_code, **given)
    return task if context is None else with_context(task, context)


def found_task(path: str, folder: str | Path) -> Path | None:
    """Return where a task is that a study names: from here, else from the study's folder or the nearest of its parents.

    None where it is in none of them. An absolute path leads to one place.
    """
    beside = Path(folder).resolve()
    places = (place / path for place in (Path(), beside, *beside.parents))
    return next((task for task in places if any(map(os.path.isfile, (task, task / "task.yaml")))), None)


def has_description(path: str | Path) -> bool:
    """Whether a task's path leads to a ``task.yaml``, and not to a file of examples alone."""
    path = Path(path)
    return path.is_dir() or path.suffix.lower() in (".yaml", ".yml")


def places_of(path: str | Path) -> dict[str, str]:
    """Return where each example of a task stands in its user's files, by its id: ``items.jsonl:12``.

    Where it cannot be read, as for a task made in memory, nothing is returned.

    Examples
    --------
    >>> from curvefit.tasks.loading import places_of
    >>> places_of("sample_tasks/tickets")["item-002"]
    'items.jsonl:2'
    """
    file = Path(path)
    file = file / "task.yaml" if file.is_dir() else file
    if not file.is_file():
        return {}
    try:
        if has_description(file):
            description = read_description(file)
            data = _read(description.fields, file.parent, description)
        else:
            data = _read({"data": file.name}, file.parent)
    except InputError:
        return {}
    return {
        row.id: f"{source.name}:{row.line}" if row.unit == "line" else f"{source.name}, {row.unit} {row.line}"
        for source, row in data.rows
    }


def _overrides(path: Path, given: Mapping[str, str | None]) -> dict[str, str]:
    """Return what is said of a task beside its files, once it is seen that it can be said."""
    overrides = {field: value for field, value in given.items() if value is not None}
    for field, value in overrides.items():
        if has_description(path) and field in _DESCRIBED:
            raise InputError("is what its task.yaml says; edit it there", file=path, field=field)
        if not isinstance(value, str):
            raise InputError(f"must be text, not {value!r:.40}", field=field)
        if field != "instruction" and not value.strip():
            raise InputError("is empty", field=field)
    if (overrides.get("scorer") or "").startswith("python:"):
        raise InputError("code is named in a task.yaml only; start one with: curvefit init DIR", field="scorer")
    return overrides


def task_of_records(records: Any, given: Mapping[str, Any], seed: int) -> Task:
    """Make a task of examples in memory; see `curvefit.Task.from_records`.

    `given` has of ``name``, ``instruction``, ``kind`` and ``scorer`` what is known, as in a ``task.yaml``.

    Raises
    ------
    InputError
        One line that names the record and the field.
    """
    for field, value in given.items():
        allowed = (str, Mapping, Scorer) if field == "scorer" else (str,)
        if field == "scorer" and callable(value) and not isinstance(value, Scorer):
            raise InputError('a function is given with a name: curvefit.Scorer("name", function)', field=field)
        if not isinstance(value, allowed):
            raise InputError(f"must be text, not {value!r:.40}", field=field)
    source = Path("records")
    examples = read_records(records, source)
    pool, items, notes = _by_split(examples.rows, source)
    rows = [(source, row) for row in examples.rows]
    notes = (*examples.notes, *notes)
    data = TaskRows(rows, pool, items, notes, total=examples.total, unjudged=examples.unjudged)
    said = {**given, "name": safe_name(given.get("name", "task")), "path": ""}
    return task_of_rows(said, data, Path(), seed, run_code=True)


def _relative_path(path: Path) -> str:
    """Return a path from here on, or as it was given where it leads elsewhere."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def safe_name(text: str) -> str:
    """Return a name that a task may have, from that of a file or folder."""
    return re.sub(r"[^\w.+ -]+", "-", text).strip(" .-")[:80].rstrip() or "task"


def _read(fields: Mapping[str, Any], folder: Path, description: Description | None = None) -> TaskRows:
    """Read the files of a task, and follow the split they have."""

    def file_of(field: str, default: str) -> Path:
        file: Path = folder / fields.get(field, default)
        if description is not None and not file.is_file():
            raise description.fault(f"there is no file {file.name!r} in {folder}", field)
        if description is not None and not file.resolve().is_relative_to(folder.resolve()):
            raise description.fault(
                f"{file.name!r} is a link that leads out of the task's folder; put the file there", field
            )
        return file

    documents = read_documents(file_of("documents", "")) if "documents" in fields else ()

    def rows_of(field: str, default: str) -> Examples:
        file = file_of(field, default)
        examples = read_rows(file, with_documents=bool(documents))
        _check_documents(documents, examples.rows, file)
        return examples

    if "data" in fields:
        examples = rows_of("data", "")
        file = folder / fields["data"]
        pool, items, notes = _by_split(examples.rows, file)
        rows = [(file, row) for row in examples.rows]
        notes = (*examples.notes, *notes)
        return TaskRows(rows, pool, items, notes, documents, examples.total, examples.unjudged)
    sides = [rows_of("pool", "pool.jsonl"), rows_of("items", "items.jsonl")]
    pool_rows, item_rows = _named_apart(sides[0].rows, sides[1].rows)
    files = [folder / fields.get(field, f"{field}.jsonl") for field in ("pool", "items")]
    named = [(file, row) for file, rows in zip(files, (pool_rows, item_rows), strict=True) for row in rows]
    notes = tuple(f"{file.name}: {note}" for file, side in zip(files, sides, strict=True) for note in side.notes)
    unjudged = sum((Counter(dict(side.unjudged)) for side in sides), Counter[str]())
    total = sum(side.total for side in sides)
    return TaskRows(named, pool_rows, item_rows, notes, documents, total, tuple(unjudged.items()))


def _check_documents(documents: Sequence[Document], rows: Iterable[Row], file: Path) -> None:
    known = {document.id for document in documents}
    for row in rows:
        for name in row.documents:
            if name not in known:
                raise fault_in(f"there is no document {name[:60]!r}", file, row, "documents")


def _named_apart(pool: Sequence[Row], items: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row]]:
    """Return the rows of two files with ids of their own: where any id stands in both, all say which file."""
    if not {row.id for row in pool} & {row.id for row in items}:
        return pool, items
    return [replace(row, id=f"pool-{row.id}") for row in pool], [replace(row, id=f"item-{row.id}") for row in items]


def _by_split(rows: Sequence[Row], path: Path) -> tuple[list[Row], list[Row], tuple[str, ...]]:
    """Follow the file's own split, if it has one: train gives the pool, else validation does; test is scored."""
    sides = {name: [row for row in rows if row.split == name] for name in ("train", "validation", "test", "")}
    if any(len(side) == len(rows) for side in sides.values()):
        return [], [], ()  # one name for all says nothing about which examples to score
    if sides[""]:
        raise fault_in("missing here, present elsewhere", path, sides[""][0], "split")
    items, spare = (sides[name] for name in (("test", "validation") if sides["test"] else ("validation", "")))
    pool = sides["train"] or spare
    unused = len(rows) - len(pool) - len(items)
    note = f"split as the file says: {len(pool)} for the pool, {len(items)} items"
    return pool, items, (note + (f", {unused} validation examples unused" if unused else ""),)
