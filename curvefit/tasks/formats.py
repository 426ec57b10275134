"""Examples as they stand in files. Lives here: JSONL, CSV and chat files in, rows out; every fault has its line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError

__all__ = ["Row", "printable", "read_records", "read_rows", "read_text"]

# What the two sides of an example are called in files people have; the first that is there counts.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "input": ("input", "prompt", "question", "text", "query"),
    "output": ("output", "completion", "answer", "label", "target", "response"),
    "context": ("context",),
    "id": ("id",),
    "split": ("split",),
}
_SPLITS: Final[Mapping[str, str]] = {
    "train": "train", "training": "train", "pool": "train",
    "validation": "validation", "valid": "validation", "dev": "validation", "val": "validation",
    "test": "test", "items": "test", "eval": "test",
}  # fmt: skip
# What a chat file may hold that changes what the model sees or says, and that cannot be asked here.
_UNASKABLE: Final = ("tools", "functions", "tool_calls", "function_call", "audio")

Record = tuple[int, Mapping[str, Any]]  # line number and fields


@dataclass(frozen=True, slots=True)
class Row:
    """One example of a file.

    Attributes
    ----------
    line : int
        Where it begins, from 1.
    input, target, context, id : str
        As in `Item`; the id is ``line-N`` where the file gives none.
    split : str
        ``train``, ``validation``, ``test``, or empty.
    system : str
        The system message of a chat example.
    """

    line: int
    input: str
    target: str
    context: str = ""
    id: str = ""
    split: str = ""
    system: str = ""


def read_rows(path: Path) -> list[Row]:
    """Read every example of a ``.jsonl``, ``.csv`` or chat fine-tuning file.

    A line holds ``input`` and ``output``, or names in use elsewhere: ``prompt`` and ``completion``, ``question`` and
    ``answer``, ``text`` and ``label``, ``query`` and ``response``; and, if it likes, ``context``, ``id`` and ``split``.
    Numbers, lists and objects count as their JSON text. Other fields are left alone. A line with ``messages`` is a chat
    example: its last message is the target, the user turn before it the input, earlier turns are its context.

    Raises
    ------
    InputError
        Names file, line and field of the first fault.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"is none of {', '.join(_READERS)}", file=path)
    return _rows(path, reader(path, read_text(path)))


def read_records(records: Any, source: Path) -> list[Row]:
    """Read examples in memory as the lines of a ``.jsonl`` are read; a pair is input and output.

    Raises
    ------
    InputError
        Names the source, and number, from 1, and field of the first fault.
    """
    if isinstance(records, str | bytes | Mapping) or not isinstance(records, Iterable):
        raise InputError(f"records are a list of dicts or of (input, output) pairs, not {type(records).__name__}")
    return _rows(source, enumerate((_record(record, source, n) for n, record in enumerate(records, 1)), 1))


def _record(record: Any, source: Path, number: int) -> Mapping[str, Any]:
    if isinstance(record, Sequence) and not isinstance(record, str | bytes) and len(record) == 2:
        record = dict(zip(("input", "output"), record, strict=True))
    if not isinstance(record, Mapping):
        raise InputError(f"is no dict and no (input, output) pair: {record!r:.60}", file=source, line=number)
    return record


def _rows(path: Path, records: Iterable[Record]) -> list[Row]:
    rows: list[Row] = []
    line_of_id: dict[str, int] = {}
    for line, record in records:
        try:
            row = (_chat if "messages" in record else _plain)(line, record)
            _check_encodable(row)
        except InputError as error:
            raise InputError(error.problem, file=path, line=line, field=error.field) from error
        if row.id in line_of_id:
            raise InputError(f"{row.id!r} stands on line {line_of_id[row.id]} too", file=path, line=line, field="id")
        line_of_id[row.id] = line
        rows.append(row)
    if not rows:
        raise InputError("holds no examples", file=path)
    return rows


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, with or without a byte order mark.

    Raises
    ------
    InputError
        It cannot be read, or is not UTF-8: then with the line.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=path) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError("is not UTF-8; save it as UTF-8", file=path, line=line) from error


def printable(name: object) -> str:
    """Return a name from a file as it may stand in a one-line message."""
    text = str(name)
    return text if text.isprintable() and len(text) <= 60 else repr(text[:60])


def _jsonl(path: Path, text: str) -> Iterator[Record]:
    # Not splitlines(): a line separator inside a JSON string is no end of line.
    for line, record in enumerate(text.split("\n"), start=1):
        if not record.strip():
            continue
        try:
            value = json.loads(record, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            whole = record.lstrip().startswith("[")
            hint = "; write one object a line, not one list" if whole else ""
            raise InputError(f"no valid JSON: {reason}{hint}", file=path, line=line) from error
        if not isinstance(value, dict):
            raise InputError('is no object such as {"input": ..., "output": ...}', file=path, line=line)
        yield line, value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _csv(path: Path, text: str) -> Iterator[Record]:
    # Strict: otherwise a quote that is never closed swallows the rest of the file in silence.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not header:
                header = [name.strip().lower() for name in cells]
                repeated = next((name for name in header if name and header.count(name) > 1), None)
                if repeated is not None:
                    raise InputError("stands twice in the header", file=path, line=line, field=printable(repeated))
            elif len(cells) > len(header):
                raise InputError("has more cells than the header", file=path, line=line)
            elif cells:
                yield line, dict(zip(header, cells, strict=False))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"no valid CSV: {error}; is a quote never closed? Long texts go into JSONL", file=path, line=line
        ) from error


_READERS: Final[Mapping[str, Callable[[Path, str], Iterator[Record]]]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".csv": _csv,
}


def _plain(line: int, record: Mapping[str, Any]) -> Row:
    name_of = {field: next((name for name in names if name in record), None) for field, names in _NAMES.items()}
    values = {field: _text(record[name]) for field, name in name_of.items() if name is not None}
    for field in ("input", "output"):
        if field not in values:
            fields_there = ", ".join(map(printable, list(record)[:10])) or "nothing"
            raise InputError(f"missing; the line has {fields_there}; call it {' or '.join(_NAMES[field])}", field=field)
        if not values[field].strip():
            raise InputError("is empty", field=name_of[field])
    return Row(
        line,
        input=values["input"],
        target=values["output"],
        context=values.get("context", ""),
        id=values.get("id") or f"line-{line}",
        split=_split(values.get("split", "")),
    )


def _split(name: str) -> str:
    known = _SPLITS.get(name.strip().lower(), "")
    if name.strip() and not known:
        raise InputError(f"{name!r} is none of {', '.join(_SPLITS)}", field="split")
    return known


def _text(value: Any) -> str:
    """Return a JSON value as the text a model would write: objects and lists as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:  # a value made in Python: a file has none
        raise InputError(f"is no text and no JSON value: {type(value).__name__}") from error


def _chat(line: int, record: Mapping[str, Any]) -> Row:
    """Read one fine-tuning example: system, earlier turns as context, the last user turn, the assistant's reply."""
    messages = record["messages"]
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) for m in messages):
        raise InputError("is no list of messages", field="messages")
    _refuse_unaskable(record, "")
    turns = [_turn(message, f"messages[{n}]") for n, message in enumerate(messages)]
    talk = [turn for turn in turns if turn[0] != "system"]
    if [role for role, _ in talk[-2:]] != ["user", "assistant"] or turns[-1][0] != "assistant":
        raise InputError("does not end with a user turn and the assistant's reply", field="messages")
    last = f"messages[{len(messages) - 1}]"
    if messages[-1].get("weight", 1) == 0:
        raise InputError("is 0: the last reply is what is scored here, so it must count", field=f"{last}.weight")
    for turn, field in ((talk[-1], last), (talk[-2], "messages")):
        if not turn[1].strip():
            raise InputError(f"the {turn[0]}'s last message is empty", field=field)
    return Row(
        line,
        input=talk[-2][1],
        target=talk[-1][1],
        context="\n".join(f"{role}: {content}" for role, content in talk[:-2]),
        id=_text(record.get("id")) or f"line-{line}",
        split=_split(_text(record.get("split"))),
        system="\n".join(content for role, content in turns if role == "system"),
    )


def _turn(message: Mapping[str, Any], field: str) -> tuple[str, str]:
    """Return (role, text) of one chat message."""
    role, content = message.get("role"), message.get("content")
    _refuse_unaskable(message, f"{field}.")
    if role not in ("system", "developer", "user", "assistant"):
        raise InputError(f"{role!r} is none of system, developer, user, assistant", field=f"{field}.role")
    if isinstance(content, list) and all(isinstance(p, dict) and p.get("type") == "text" for p in content):
        content = "".join(_text(part.get("text")) for part in content)
    if not isinstance(content, str):
        raise InputError("is no text; only text can be measured", field=f"{field}.content")
    return ("system" if role == "developer" else role), content


def _refuse_unaskable(record: Mapping[str, Any], prefix: str) -> None:
    for name in _UNASKABLE:
        if record.get(name):
            raise InputError("cannot be measured; leave out examples that need it", field=f"{prefix}{name}")


def _check_encodable(row: Row) -> None:
    """Refuse halves of surrogate pairs: JSON may escape them, but nothing can send or store them."""
    try:
        "".join(map(str, astuple(row))).encode()
    except UnicodeEncodeError as error:
        raise InputError("holds half of a surrogate pair (\\ud800 to \\udfff), which is no character") from error
