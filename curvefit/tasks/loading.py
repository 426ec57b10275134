"""From files to a `Task`. Lives here: which file is what, and how what it says and what is guessed come together."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.own_files import NO_FILE
from curvefit.reasoning import parse, without_reasoning
from curvefit.task_kinds import kind_problem
from curvefit.tasks.description import Description, read_description
from curvefit.tasks.documents import read_documents, with_context
from curvefit.tasks.draft import Turn
from curvefit.tasks.duplicates import duplicated
from curvefit.tasks.examples import Examples, Row, fault_in, listed, read_records, read_rows
from curvefit.tasks.judge import judge_of, judge_scorer
from curvefit.tasks.scorer_choice import guess, label_instruction, usual_labels
from curvefit.tasks.scorers import label_key, make_scorer
from curvefit.tasks.soundness import sound_guess
from curvefit.tasks.splitting import split
from curvefit.tasks.system_messages import SystemMessages, spaced_alike
from curvefit.tasks.task import INPUT_WORD, OUTPUT_WORD, Document, Item, Scorer, Task, canonical
from curvefit.tasks.text_reply import usual_spellings

__all__ = [
    "about_spelling",
    "found_task",
    "has_description",
    "load_task",
    "load_task_again",
    "places_of",
    "safe_name",
    "task_of_records",
]

_LISTED: Final = 3  # lines, by number
_DESCRIBED: Final = ("scorer", "kind")  # what a task.yaml alone says of a task that has one
_KIND_OF_SCORER: Final[Mapping[str, str]] = {
    "label": "classification", "labels": "classification", "json": "structured", "number": "qa", "code": "code"
}  # fmt: skip


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
        if not (path / "task.yaml").is_file():
            raise InputError("has no task.yaml; start one with: curvefit init DIR", file=path)
        path = path / "task.yaml"
    if not path.is_file():
        raise InputError(NO_FILE if path.exists() else "does not exist", file=path)
    if not has_description(path):
        fields: Mapping[str, Any] = {"name": safe_name(path.stem), "data": path.name, **overrides, **said}
        return _assemble(fields, _read(fields, path.parent), path.parent, seed, run_code=run_code)
    description = read_description(path)
    fields = {"name": safe_name(path.resolve().parent.name), **description.fields, **overrides, **said}
    data = _read(fields, path.parent, description)
    try:
        return _assemble(fields, data, path.parent, seed, run_code=run_code)
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

    Parameters
    ----------
    path : path
        Where it is now.
    overrides : iterable of (str, str)
        Of `Task` then. Scorer and kind hold as long as no ``task.yaml`` says them.
    seed, run_code
        As of `load_task`.
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

    Parameters
    ----------
    path : path
        As of `load_task`. Where it cannot be read, as for a task made in memory, nothing is returned.

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

    Parameters
    ----------
    records : iterable of dict or of (input, output)
        The examples.
    given : mapping of str to object
        Of ``name``, ``instruction``, ``kind`` and ``scorer`` what is known, as in a ``task.yaml``.
    seed : int
        Decides the split.

    Raises
    ------
    InputError
        One line that names the record and the field.
    """
    for field, value in given.items():
        allowed = (str, Mapping, Scorer) if field == "scorer" else (str,)
        if not isinstance(value, allowed):
            raise InputError(f"must be text, not {value!r:.40}", field=field)
    source = Path("records")
    examples = read_records(records, source)
    pool, items, notes = _by_split(examples.rows, source)
    data = _Data([(source, row) for row in examples.rows], pool, items, (*examples.notes, *notes), total=examples.total)
    return _assemble({**given, "name": safe_name(given["name"]), "path": ""}, data, Path(), seed, run_code=True)


@dataclass(frozen=True, slots=True)
class _Data:
    """The rows of a task, of so many in its files; pool and items are empty where nothing says which is which."""

    rows: Sequence[tuple[Path, Row]]
    pool: Sequence[Row] = ()
    items: Sequence[Row] = ()
    notes: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    total: int = 0


def _relative_path(path: Path) -> str:
    """Return a path from here on, or as it was given where it leads elsewhere."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def safe_name(text: str) -> str:
    """Return a name that a task may have, from that of a file or folder."""
    return re.sub(r"[^\w.+ -]+", "-", text).strip(" .-")[:80].rstrip() or "task"


def _read(fields: Mapping[str, Any], folder: Path, description: Description | None = None) -> _Data:
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
        return _Data(rows, pool, items, (*examples.notes, *notes), documents, examples.total)
    sides = [rows_of("pool", "pool.jsonl"), rows_of("items", "items.jsonl")]
    pool_rows, item_rows = _named_apart(sides[0].rows, sides[1].rows)
    files = [folder / fields.get(field, f"{field}.jsonl") for field in ("pool", "items")]
    named = [(file, row) for file, rows in zip(files, (pool_rows, item_rows), strict=True) for row in rows]
    notes = tuple(f"{file.name}: {note}" for file, side in zip(files, sides, strict=True) for note in side.notes)
    return _Data(named, pool_rows, item_rows, notes, documents, sum(side.total for side in sides))


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


def _assemble(fields: Mapping[str, Any], data: _Data, folder: Path, seed: int, *, run_code: bool) -> Task:
    """Make the task from its fields and its rows."""
    if problem := kind_problem(fields.get("kind", "")):
        raise InputError(problem, field="kind")
    data, about_reasoning = _answers_alone(data)
    data, respelled = _usually_spelled(fields, data)
    data = _with_usual_systems(data)
    counts = Counter(row.system for _, row in data.rows)
    systems = SystemMessages(counts, fields.get("instruction"))
    examples = {row.id: _item(row, systems) for _, row in data.rows}
    is_given = "scorer" in fields or "labels" in fields
    guessed = guess([each.target for each in examples.values()]) if is_given else sound_guess(list(examples.values()))
    spec = fields.get("scorer", "label" if "labels" in fields else guessed.spec)
    labels = _labels(fields, spec, data)
    scorer = spec if isinstance(spec, Scorer) else make_scorer(spec, labels, folder, run_code=run_code)
    judge = None
    if "judge" in fields:
        judge = judge_of(fields["judge"], folder, examples)
        scorer = judge_scorer(judge)
    instruction = systems.instruction
    if instruction is None:
        instruction = label_instruction(labels) if labels else guessed.instruction
    # By what the lines say: another instruction is tried on the same items.
    as_written = {row.id: _item(row, SystemMessages(counts, None)) for _, row in data.rows}
    of_pool, of_items, notes = _sides(data, as_written, seed, labels)
    pool, items = (tuple(examples[each.id] for each in side) for side in (of_pool, of_items))
    notes = (*notes, *_about_drafts(data, pool))
    used = {example.id for example in (*pool, *items)}
    respelled = tuple((name, written) for name, written in respelled if name in used)
    kind = fields.get("kind", _KIND_OF_SCORER.get(scorer.name, guessed.kind))
    return Task(
        name=fields["name"],
        instruction=instruction,
        kind=kind,
        pool=pool,
        items=items,
        scorer=scorer,
        labels=labels,
        input_word=fields.get("input_word", INPUT_WORD),
        output_word=fields.get("output_word", OUTPUT_WORD),
        notes=(
            *_about_lines(data, pool, items),
            *notes,
            *about_reasoning,
            *_guesses(fields, kind, scorer, labels),
            *about_spelling(respelled, examples.values()),
            *_about_instruction(fields, instruction, systems),
            *systems.notes([row.system for _, row in data.rows if row.id in used]),
        ),
        path=fields["path"],
        overrides=fields.get("overrides", ()),
        documents=data.documents,
        also_scored_by=_second_scorer(fields, labels, folder, run_code=run_code),
        judge=judge,
        respelled=respelled,
    )


def _second_scorer(
    fields: Mapping[str, Any], labels: tuple[str, ...], folder: Path, *, run_code: bool
) -> Scorer | None:
    """Return the scorer that the task names besides the one that decides, if it names one."""
    if "also_scored_by" not in fields:
        return None
    try:
        return make_scorer(fields["also_scored_by"], labels, folder, run_code=run_code)
    except InputError as error:
        field = (error.field or "scorer").replace("scorer", "also_scored_by", 1)
        raise InputError(error.problem, field=field) from error


def _answers_alone(data: _Data) -> tuple[_Data, tuple[str, ...]]:
    """Return the data with replies that are answers alone, as replies are judged, and notes on those that were not.

    A target that was cut off while still reasoning has no answer. Where others have one it is left out; where none has,
    such text is what is asked for. Earlier replies keep what they have.

    Raises
    ------
    InputError
        Other targets have answers, but of the items, or of the pool, none has.
    """
    parts = {row.id: parse(row.target) for _, row in data.rows}
    reasoned = {name for name, part in parts.items() if part.reasons and part.answer}
    earlier = {row.id for _, row in data.rows if _replies_alone(row) != row.turns}
    cut = {name for name, part in parts.items() if not part.ends} if reasoned else set()
    for side, noun in ((data.pool, "the pool"), (data.items, "the items")):
        if side and cut.issuperset(row.id for row in side):
            file = next(file for file, row in data.rows if row.id == side[0].id)
            problem = f"all {len(side):,} targets of {noun} end in their reasoning, without an answer; write them out"
            raise InputError(problem, file=file)
    of, notes = f"of {len(parts):,} targets", []
    if reasoned:
        hold = "holds" if len(reasoned) == 1 else "hold"
        taken = "reasoning before the answer, which is taken out: only answers are shown and judged"
        notes.append(f"{len(reasoned):,} {of} {hold} {taken}")
    if cut:
        lines = listed([row.line for _, row in data.rows if row.id in cut], _LISTED)
        are = "ends in its reasoning and is" if len(cut) == 1 else "end in their reasoning and are"
        notes.append(f"{len(cut):,} {of} {are} left out, for want of an answer (line {lines})")
    if earlier:
        examples = "example" if len(earlier) == 1 else "examples"
        notes.append(
            f"reasoning in earlier replies of {len(earlier):,} {examples} is taken out: only answers are shown"
        )

    def answered(row: Row) -> Row:
        target = parts[row.id].answer if row.id in reasoned else row.target
        return replace(row, target=target, turns=_replies_alone(row))

    return replace(
        data,
        rows=[(file, answered(row)) for file, row in data.rows if row.id not in cut],
        pool=[row for row in data.pool if row.id not in cut],
        items=[row for row in data.items if row.id not in cut],
    ), tuple(notes)


def _replies_alone(row: Row) -> tuple[Turn, ...]:
    """Return the earlier turns of an example with the answers alone of those that reply."""
    return tuple((role, without_reasoning(text) if role == "assistant" else text) for role, text in row.turns)


def _usually_spelled(fields: Mapping[str, Any], data: _Data) -> tuple[_Data, tuple[tuple[str, str], ...]]:
    """Return the data with each label spelled as most spell it, and what stood there by id.

    Labels that the task.yaml names are spelled as it says, white space aside, and other targets as they are.
    """
    targets = [row.target for _, row in data.rows]
    if "labels" in fields:
        usual: Mapping[str, str] = usual_spellings(targets, str)
    elif "scorer" in fields or "judge" in fields:
        usual = usual_spellings(targets, label_key) if _scorer_name(fields.get("scorer")) == "label" else {}
    else:
        usual = usual_labels(targets)
    respelled = tuple((row.id, row.target) for _, row in data.rows if usual.get(row.target, row.target) != row.target)
    if not respelled:
        return data, ()
    rows = [(file, replace(row, target=usual[row.target])) for file, row in data.rows]
    return replace(data, rows=rows), respelled


def _with_usual_systems(data: _Data) -> _Data:
    """Return the data with system messages that differ in white space alone written as most are."""
    usual = usual_spellings([row.system for _, row in data.rows], spaced_alike)
    return replace(data, rows=[(file, replace(row, system=usual[row.system])) for file, row in data.rows])


def about_spelling(respelled: Sequence[tuple[str, str]], examples: Iterable[Item]) -> tuple[str, ...]:
    """Say which labels were spelled otherwise than most, as the notes of a task do."""
    if not respelled:
        return ()
    target = {example.id: example.target for example in examples}
    counts = Counter((written, target[name]) for name, written in respelled if name in target)
    named = [f"{was!r:.60} for {usual!r:.60} ({count:,})" for (was, usual), count in counts.most_common()]
    labels_are, taken = ("label is", "that") if len(respelled) == 1 else ("labels are", "these")
    spelled = f"{len(respelled):,} {labels_are} spelled otherwise than most: {listed(named, _LISTED)}"
    return (f"{spelled}; taken for {taken}",)


def _scorer_name(spec: str | Mapping[str, Any] | Scorer | None) -> object:
    return spec.name if isinstance(spec, Scorer) else spec.get("type") if isinstance(spec, Mapping) else spec


def _labels(fields: Mapping[str, Any], spec: str | Mapping[str, Any] | Scorer, data: _Data) -> tuple[str, ...]:
    """Return the labels of the task.yaml, which every target must be one of, or those that occur."""
    if "labels" in fields:
        labels = tuple(sorted(fields["labels"]))
        for file, row in data.rows:
            if row.target.strip() not in labels:
                problem = f"{row.target[:60]!r} is none of the task's labels: {', '.join(labels)[:200]}"
                raise fault_in(problem, file, row, "output")
        return labels
    return tuple(sorted({row.target.strip() for _, row in data.rows})) if _scorer_name(spec) == "label" else ()


def _sides(
    data: _Data, examples: Mapping[str, Item], seed: int, labels: Sequence[str]
) -> tuple[tuple[Item, ...], tuple[Item, ...], tuple[str, ...]]:
    """Return pool, items and notes: split if nothing has split them yet, and without leaks in any case."""
    drafts = {row.id for _, row in data.rows if row.drafted_by}
    if not data.items:
        distinct, notes = _once((each for each in examples.values() if each.id not in drafts), "example")
        pool, items = split(distinct, seed, labels)
        drafted = [examples[name] for name in examples if name in drafts]
        leaked = set(duplicated(drafted, items))
        pool, repeated = _once((*pool, *(d for i, d in enumerate(drafted) if i not in leaked)), "pool example")
        notes = (*notes, *repeated)
        by_label = ", label by label" if labels else ""
        note = f"split by seed {seed}{by_label}: {len(pool)} for the pool, {len(items)} items"
        return pool, items, (*data.notes, *notes, note)
    (pool, of_pool), (items, of_items) = (
        _once((examples[row.id] for row in side), noun)
        for side, noun in ((data.pool, "pool example"), (data.items, "item"))
    )
    notes = (*data.notes, *of_pool, *of_items)
    leaked = set(duplicated(pool, items))
    if not leaked:
        return pool, items, notes
    dropped = "1 pool example duplicates" if len(leaked) == 1 else f"{len(leaked)} pool examples duplicate"
    aside = ", system messages aside" if len({example.system for example in (*pool, *items)}) > 1 else ""
    note = f"{dropped} an item, exactly or nearly{aside}, and {'is' if len(leaked) == 1 else 'are'} left out"
    return tuple(example for i, example in enumerate(pool) if i not in leaked), items, (*notes, note)


def _about_lines(data: _Data, pool: Sequence[Item], items: Sequence[Item]) -> tuple[str, ...]:
    """Say what became of every line of the files, where some are left out; each reason is a note of its own."""
    left_out = data.total - len(pool) - len(items)
    unit = next(row.unit for _, row in data.rows)
    units = "lines that are not blank" if unit == "line" else f"{unit[:-1]}ies" if unit.endswith("y") else f"{unit}s"
    parts = f"{len(pool):,} for the pool + {len(items):,} items + {left_out:,} left out, as told below"
    said = f"{data.total:,} {units} = {parts}"
    return (said,) if left_out > 0 else ()


def _about_drafts(data: _Data, pool: Sequence[Item]) -> Iterator[str]:
    """Say how many targets of the pool no person gave, and who did.

    Raises
    ------
    InputError
        One of the items is a draft: what it would be scored by is no more than a model's opinion.
    """
    file_of = {row.id: file for file, row in data.rows}
    for row in data.items:
        if row.drafted_by:
            raise fault_in("a draft is no label, and belongs into the pool alone", file_of[row.id], row, "drafted_by")
    in_pool = {example.id for example in pool}
    counts = Counter(row.drafted_by for _, row in data.rows if row.drafted_by and row.id in in_pool)
    for by, count in counts.most_common():
        were = "target was" if count == 1 else "targets were"
        yield f"{count:,} {were} drafted by {' '.join(by.split())[:200]}; of {len(pool):,} pool examples"


def _once(examples: Iterable[Item], noun: str) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Return examples without those that ask and answer just what an earlier one does, and a note on how many.

    A copy tells nothing new, is paid for like any other, and would count as one more independent item.
    """
    all_examples = list(examples)
    first: dict[tuple[str, str], Item] = {}
    for example in all_examples:
        first.setdefault((canonical(example), example.target.strip()), example)
    repeats = len(all_examples) - len(first)
    if not repeats:
        return tuple(all_examples), ()
    note = f"1 {noun} repeats another and is" if repeats == 1 else f"{repeats} {noun}s repeat another and are"
    return tuple(first.values()), (f"{note} left out: same question, same answer",)


def _guesses(fields: Mapping[str, Any], kind: str, scorer: Scorer, labels: Sequence[str]) -> tuple[str, ...]:
    """Return what a reader should know was not said but guessed."""
    if "scorer" in fields or "judge" in fields:
        return ()
    n_labels = f" with {len(labels)} labels" if labels else ""
    how = " with a decimal comma" if '"comma"' in scorer.options else ""
    return (f"no scorer given: taken for {kind}{n_labels}, judged by {scorer.name}{how}",)


def _about_instruction(fields: Mapping[str, Any], instruction: str, systems: SystemMessages) -> tuple[str, ...]:
    """Say where the instruction comes from that no task.yaml gives."""
    if "instruction" in fields or not (systems.shared or systems.mostly_none):
        return ()
    source = "instruction taken from the system message" if systems.usual else "no instruction given"
    return (f"{source}: {instruction[:80]!r}{' ...' if len(instruction) > 80 else ''}",)


def _item(row: Row, systems: SystemMessages) -> Item:
    own = systems.own(row.system)
    return Item(row.id, row.input, row.target, row.context, row.turns, row.documents, own)
