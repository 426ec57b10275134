"""From a file to its examples. Lives here: what is left out and why, and that nothing with a meaning goes unsaid."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from curvefit.errors import InputError
from curvefit.plain_text import listed
from curvefit.tasks.documents import ids_of_documents
from curvefit.tasks.draft import (
    CONTEXTS,
    LEFT_OUT,
    OF_THEIR_KIND,
    Draft,
    LeftOut,
    Turn,
    as_text,
    decoded,
    is_json,
    present,
)
from curvefit.tasks.formats import FORMATS, TOOLS_DECLARED, reader_of
from curvefit.tasks.record_files import Record, RecordFile, check_characters, printable, read_record_file

__all__ = ["BESIDES", "Examples", "Row", "fault_in", "read_inputs", "read_records", "read_rows"]

_SPLITS: Final[Mapping[str, str]] = {
    "train": "train", "training": "train", "pool": "train",
    "validation": "validation", "valid": "validation", "dev": "validation", "val": "validation",
    "test": "test", "items": "test", "eval": "test",
}  # fmt: skip
_MEDIA: Final = re.compile(
    r"(input_)?(image|img|picture|photo|video|audio)s?(_?(path|file|url|id|b64|base64|bytes|data)s?)?", re.IGNORECASE
)
_TOOLS: Final = ("tools", "functions")
_ABOUT_TOOLS: Final = ("parallel_tool_calls", "tool_choice", "function_call")
_MISSING: Final = ("NAType", "NaTType")  # of pandas, by name since it is not loaded
_ODD_SHARE: Final = 0.05  # of a file's lines that may be unreadable
_NAMED: Final = 3  # of such lines, in a note
_NAMED_FIELDS: Final = 10
_WEIGHTED: Final = "weights of examples other than 1 stand on {lines} and are not used: all count alike"

# What may stand in an example of any format, and what is done with it.
BESIDES: Final[Mapping[str, str]] = {
    "`system`, a system message": (
        "It stays one, in prompts and in the file that `curvefit pool` writes: [see below](#system-messages)."
    ),
    "earlier turns": "They stay turns, in prompts and in the file that `curvefit pool` writes.",
    "`weight: 0` on the last reply or the example": (
        "Left out, counted and named. Other weights of examples are noted: all count alike."
    ),
    "`tools`, `functions` declared, the reply a text": "Used, with a note: tools are not offered to the model.",
    "calls of tools in the history": "Used, with a note: calls and results are shown as text with the question.",
    "the last reply calls a tool": "Left out, counted and named. Write the call as text to have it judged.",
    "images, sound, video, files; in messages or beside them": (
        "Left out, counted and named. Where it is every line, the file is refused."
    ),
    "parts marked as thinking": "Left out, with a note.",
    "an empty output": (
        "A fault, which says what to write: a word such as `none`. An empty reply would look like one that cannot be"
        " read."
    ),
    "`group`, a name or a number": (
        "Items of one group count as fewer: [see measuring](measuring.md#items-that-belong-together)."
    ),
    "any other field": "Named in a note as not shown to the model.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One example of a file.

    Attributes
    ----------
    line : int
        Where it begins, from 1; in a list or table without lines, its number.
    input, target, context, id : str
        As in `Item`; the id is ``line-N`` where the file gives none.
    split : str
        ``train``, ``validation``, ``test``, or empty.
    system : str
        Its system message.
    turns : tuple of (role, text)
        As in `Item`.
    unit : str
        What `line` counts: ``line``, ``entry`` or ``row``.
    documents : tuple of str
        As in `Item`.
    drafted_by : str
        Which model drafted the target; empty where people gave it.
    group : str
        As in `Item`, where the file says it.
    passage : str
        What of its context stands in a field of its own.
    """

    line: int
    input: str
    target: str
    context: str = ""
    id: str = ""
    split: str = ""
    system: str = ""
    turns: tuple[Turn, ...] = ()
    unit: str = "line"
    documents: tuple[str, ...] = ()
    drafted_by: str = ""
    group: str = ""
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """What a file holds.

    Attributes
    ----------
    rows : tuple of Row
        In the order of the file; at least one.
    notes : tuple of str
        What was left out, is not shown to the model, or was taken to mean something.
    total : int
        How many lines, entries or rows it has that hold anything.
    unjudged : tuple of (str, int)
        Why some of them are left out for their kind, as in `OF_THEIR_KIND`, and how many.
    """

    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    total: int = 0
    unjudged: tuple[tuple[str, int], ...] = ()


def read_rows(path: Path, *, with_documents: bool = False) -> Examples:
    """Read every example of a file in one of the `FORMATS`, by suffix one of those `read_record_file` opens.

    A line that cannot be read is left out with a note, unless there are two or more and they are more than 5% of the
    lines. A line that says itself that it is no example (a reply marked as bad, a weight of 0) is left out and counted,
    with its reason, whatever the share. Fields that are not shown to the model are named. With documents, a field
    ``documents`` holds the ids of those that answer the example.

    Raises
    ------
    InputError
        Names file, line and field: of the first fault where there are too many, or of the file itself.
    """
    return _examples(path, read_record_file(path), with_documents=with_documents)


def read_inputs(path: Path) -> Examples:
    """Read inputs that have no target yet, otherwise as `read_rows` does; each gets ``?`` for one.

    Raises
    ------
    InputError
        As `read_rows`.
    """
    file = read_record_file(path)
    records = (
        (number, record if isinstance(record, InputError) else {**record, "output": "?"})
        for number, record in file.records
    )
    return _examples(path, RecordFile(file.unit, records, file.notes))


def read_records(records: Any, source: Path, *, with_documents: bool = False) -> Examples:
    """Read examples in memory as the lines of a ``.jsonl`` are read by `read_rows`; a pair is input and output.

    Raises
    ------
    InputError
        Names the source, and number, from 1, and field of the first fault.
    """
    is_table = hasattr(records, "columns")
    if is_table or isinstance(records, str | bytes | Mapping) or not isinstance(records, Iterable):
        made = '; frame.to_dict("records") of pandas, or frame.to_dicts() of polars, makes them' if is_table else ""
        raise InputError(f"records are a list of dicts or of (input, output) pairs, not {type(records).__name__}{made}")
    file = RecordFile("line", enumerate(map(_record, records), 1))
    return _examples(source, file, with_documents=with_documents)


def fault_in(problem: str, path: Path, row: Row, field: str | None) -> InputError:
    """Return the error to raise about a field of an example."""
    return _placed(InputError(problem, field=field), path, row.unit, row.line)


def _record(record: Any) -> Mapping[str, Any] | InputError:
    record = _plain(record)
    if isinstance(record, list) and len(record) == 2:
        record = dict(zip(("input", "output"), record, strict=True))
    if not isinstance(record, Mapping):
        return InputError(f"is no dict and no (input, output) pair: {record!r:.60}")
    return {name: None if _is_missing(value) else value for name, value in record.items()}


def _plain(value: Any) -> Any:
    """Return the values of numpy that tables in memory hold as Python's, which files hold."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(inner) for inner in value]
    return value


def _is_missing(value: Any) -> bool:
    return type(value).__name__ in _MISSING or (isinstance(value, float) and math.isnan(value))


def _with_field(fault: InputError, record: Any) -> InputError:
    """Return a fault with its field: without one, the first that holds what only Python or Parquet has."""
    if fault.field is not None or not isinstance(record, Mapping):
        return fault
    field = next((str(name) for name, value in record.items() if not is_json(value)), None)
    return InputError(fault.problem, field=field and printable(field))


def _placed(fault: InputError, path: Path, unit: str, number: int, more: str = "") -> InputError:
    problem = f"{fault.problem}{more}"
    if unit == "line":
        return InputError(problem, file=path, line=number, field=fault.field)
    place = f"{unit} {number}"
    return InputError(problem, file=path, field=f"{place}: {fault.field}" if fault.field else place)


_ReadRecord = Callable[[Any], tuple[Draft, list[str], list[str]]]


@dataclass(slots=True)
class _Tally:
    """What is seen while the records of a file are read, one after the other."""

    unit: str
    rows: dict[str, Row] = field(default_factory=dict)  # by id
    odd: list[tuple[int, InputError]] = field(default_factory=list)
    left_out: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    remarks: Counter[str] = field(default_factory=Counter)
    not_shown: Counter[str] = field(default_factory=Counter)
    with_documents: bool = False

    def add(self, number: int, record: Any, read: _ReadRecord) -> None:
        try:
            draft, unseen, said = read(record)
            row = _row(draft, number, self.unit, record)
            if self.with_documents:
                row = replace(row, documents=_documents(record))
                unseen = [name for name in unseen if name != "documents"]
            if row.id in self.rows:
                raise InputError(f"{row.id!r} stands on {self.unit} {self.rows[row.id].line} too", field="id")
        except LeftOut as reason:
            self.left_out[str(reason)].append(number)
        except InputError as fault:
            self.odd.append((number, _with_field(fault, record)))
        else:
            self.rows[row.id] = row
            self.remarks.update(dict.fromkeys((*draft.remarks, *said)).keys())
            self.not_shown.update(unseen)

    def lines(self, count: int) -> str:
        return f"{count} {self.units(count)}"

    def units(self, count: int) -> str:
        plural = f"{self.unit[:-1]}ies" if self.unit.endswith("y") else f"{self.unit}s"
        return self.unit if count == 1 else plural

    def place(self, numbers: Sequence[int]) -> str:
        return f"{self.units(len(numbers))} {listed(numbers, _NAMED)}"

    def check(self, path: Path, total: int) -> None:
        """Raise where too few of the records can be used."""
        if self.odd and (not self.rows or (len(self.odd) > 1 and len(self.odd) > _ODD_SHARE * total)):
            more = f" ({len(self.odd)} of {self.lines(total)} cannot be used)" if len(self.odd) > 1 else ""
            number, fault = self.odd[0]
            raise _placed(fault, path, self.unit, number, more) from fault
        if not self.rows:
            code, numbers = max(self.left_out.items(), key=lambda entry: len(entry[1]))
            reason, remedy = LEFT_OUT[code]
            raise InputError(
                f"holds no example that can be used; {len(numbers)} of {self.lines(total)}: {reason}; {remedy}",
                file=path,
            )

    def notes(self, total: int) -> Iterator[str]:
        for code, numbers in self.left_out.items():
            reason, remedy = LEFT_OUT[code]
            named = listed(numbers, _NAMED)
            yield f"{self.lines(len(numbers))} left out ({self.unit} {named}): {reason}; {remedy}"
        if self.odd:
            alike: dict[str, list[int]] = defaultdict(list)  # lines of each fault: none hides behind a commoner one
            for number, fault in self.odd:
                alike[f"{fault.field}: {fault.problem}" if fault.field else fault.problem].append(number)
            faults = [f"{self.place(numbers)}: {problem}" for problem, numbers in alike.items()]
            verb = "is" if len(self.odd) == 1 else "are"
            yield f"{len(self.odd)} of {self.lines(total)} cannot be read and {verb} left out: " + listed(
                faults, _NAMED, "; "
            )
        for remark, count in self.remarks.items():
            yield self.lines(count).join(remark.rsplit("{lines}", 1))  # the last: a name may look so too
        if self.not_shown:
            names = sorted(self.not_shown, key=lambda name: (-self.not_shown[name], name))
            yield f"not shown to the model: {listed(list(map(printable, names)), _NAMED_FIELDS)}"
        if "documents" in self.not_shown:
            yield "to show documents by these ids, name their file in a task.yaml, as documents: documents.jsonl"


def _examples(path: Path, file: RecordFile, *, with_documents: bool = False) -> Examples:
    records = list(file.records)
    if not records:
        raise InputError("holds no examples", file=path)
    read = _reader(records)
    tally = _Tally(file.unit, with_documents=with_documents)
    for number, record in records:
        tally.add(number, record, read)
    tally.check(path, len(records))
    unjudged = tuple((code, len(lines)) for code, lines in tally.left_out.items() if code in OF_THEIR_KIND)
    notes = (*file.notes, *tally.notes(len(records)))
    return Examples(tuple(tally.rows.values()), notes, len(records), unjudged)


def _reader(records: Sequence[Record]) -> _ReadRecord:
    """Return what reads one record: the draft, the fields that it leaves out, and what to say about others."""
    sound = [record for _, record in records if not isinstance(record, InputError)]
    draft_of = reader_of(FORMATS, sound)

    def read(record: Mapping[str, Any] | InputError) -> tuple[Draft, list[str], list[str]]:
        if isinstance(record, InputError):
            raise record
        if any(_MEDIA.fullmatch(str(name)) and _holds(decoded(value)) for name, value in record.items()):
            raise LeftOut("media")
        draft = draft_of(record)
        unseen = [name for name, value in record.items() if name not in draft.used and _holds(decoded(value))]
        return draft, *_besides(record, draft, unseen)

    return read


def _holds(value: Any) -> bool:
    """Whether a field says anything: false and 0 do."""
    return value is not None and value != "" and value != [] and value != {}


def _besides(record: Mapping[str, Any], draft: Draft, unseen: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the fields that are not shown, and what to say of those that have a meaning in every format.

    Raises
    ------
    LeftOut
        The example has no weight.
    """
    names = [name for name in unseen if name not in ("id", "split", "schemaVersion", "drafted_by", "group")]
    remarks: list[str] = []
    weight = _number(record["weight"]) if draft.chat and "weight" in names else None
    if weight is not None:
        if weight == 0:
            raise LeftOut("weight")
        remarks += [_WEIGHTED] if weight != 1 else []
        names.remove("weight")
    if any(_holds(decoded(record.get(name))) for name in _TOOLS):
        remarks.append(TOOLS_DECLARED)
        names = [name for name in names if name not in (*_TOOLS, *_ABOUT_TOOLS)]
    return names, remarks


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return math.inf
    except (TypeError, ValueError):
        return None


def _row(draft: Draft, number: int, unit: str, record: Any) -> Row:
    row = Row(
        number,
        input=draft.input,
        target=draft.target,
        context=draft.context,
        id=as_text(record.get("id")) or f"{unit}-{number}",
        split=_split(as_text(record.get("split"))),
        system=draft.system,
        turns=draft.turns,
        unit=unit,
        drafted_by=as_text(record.get("drafted_by")),
        group=_group(record.get("group")),
        passage=as_text(record.get(present(record, CONTEXTS) or "")),
    )
    texts = [row.input, row.target, row.context, row.id, row.group, row.system, *(text for _, text in row.turns)]
    for text in texts:
        check_characters(text)
    return row


def _documents(record: Any) -> tuple[str, ...]:
    ids = ids_of_documents(decoded(record.get("documents")))
    if ids is None:
        raise InputError("must be the id of a document, or a list of ids", field="documents")
    return ids


def _group(value: Any) -> str:
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int | float)):
        raise InputError(f"must be a name or a number, not {printable(str(value))[:40]}", field="group")
    return as_text(value).strip()


def _split(name: str) -> str:
    known = _SPLITS.get(name.strip().lower(), "")
    if name.strip() and not known:
        raise InputError(f"{name!r} is none of {', '.join(_SPLITS)}", field="split")
    return known
