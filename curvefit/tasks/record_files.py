"""Records as they stand in files. Lives here: JSONL, JSON, CSV, TSV and Parquet in, numbered records out."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError

__all__ = [
    "SUFFIXES",
    "Record",
    "RecordFile",
    "check_characters",
    "json_fault",
    "printable",
    "read_record_file",
    "read_text",
]

# A number, from 1, and the fields; or, where this one record cannot be read, why.
Record = tuple[int, Mapping[str, Any] | InputError]

# What a list of examples is called in a JSON object around it.
_LISTS: Final = ("data", "examples", "records", "rows", "items", "instances", "questions", "dataset")
_LARGEST: Final = 512 * 2**20  # characters of one packed file; a few bytes can stand for any number
_ROWS: Final = 64  # of a Parquet file, unpacked at once
_STATED: Final = re.compile(r"sep=([,;\t])[ \r]*$", re.IGNORECASE | re.MULTILINE)  # as some spreadsheets begin
_NOT_UTF8: Final = "is not UTF-8; save it as UTF-8"
_STRAY: Final = re.compile("[\udc80-\udcff]")  # what stands for a byte that is no UTF-8
_NO_OBJECT: Final = 'is no object such as {"input": ..., "output": ...}'


@dataclass(frozen=True, slots=True)
class RecordFile:
    """The records of a file.

    Attributes
    ----------
    unit : str
        What the numbers count: ``line``, ``entry`` (of a list), or ``row`` (of a table without lines).
    records : iterable of Record
        In order. Taking the next one raises `InputError` where the file itself is broken.
    notes : tuple of str
        What else is in the file and no record.
    """

    unit: str
    records: Iterable[Record]
    notes: tuple[str, ...] = ()


def read_record_file(path: Path) -> RecordFile:
    """Open a file of records by its suffix, one of `SUFFIXES`.

    Raises
    ------
    InputError
        It has another suffix, cannot be read, or no record can be made out in it. Of lines, those alone that are not
        UTF-8 cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        if find_spec("pyarrow") is None:
            raise InputError("needs a library; run: pip install 'curvefit[parquet]'", file=path)
        return RecordFile("row", _parquet(path), _of_times(path))
    reader = _READERS.get(suffix)
    if reader is None:
        raise InputError(f"is none of {', '.join(SUFFIXES)}", file=path)
    return reader(path, read_text(path) if reader is _json else _text(path, errors="surrogateescape"))


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, with or without a byte order mark.

    Raises
    ------
    InputError
        It cannot be read, or is not UTF-8: then with the line.
    """
    return _text(path)


def _text(path: Path, errors: str = "strict") -> str:
    try:
        return path.read_bytes().decode("utf-8-sig", errors)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=path) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(_NOT_UTF8, file=path, line=line) from error


def check_characters(text: str, **place: Any) -> None:
    """Refuse text with a half of a surrogate pair, which JSON may escape, and nothing can send or store.

    On a command line it stands for what is not UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        problem = "is not UTF-8, or holds half of a surrogate pair (\\ud800 to \\udfff), which is no character"
        raise InputError(problem, **place) from error


def printable(name: object) -> str:
    """Return a name from a file as it may stand in a one-line message."""
    text = str(name)
    return text if text.isprintable() and len(text) <= 60 else repr(text[:60])


def json_fault(error: json.JSONDecodeError) -> str:
    """Return what is wrong with JSON: where the parser's words end with "at", the column follows, as it means it to."""
    return f"{error.msg} column {error.colno}" if error.msg.endswith(" at") else error.msg


def _jsonl(path: Path, text: str) -> RecordFile:
    return RecordFile("line", _json_lines(text))


def _json_lines(text: str) -> Iterator[Record]:
    # Not splitlines(): a line separator inside a JSON string is no end of line.
    for line, record in enumerate(text.split("\n"), start=1):
        if not record.strip():
            continue
        if _STRAY.search(record):
            yield line, InputError(_NOT_UTF8)
            continue
        try:
            value = json.loads(record, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            reason = json_fault(error) if isinstance(error, json.JSONDecodeError) else str(error)
            whole = record.lstrip().startswith("[")
            hint = "; write one object a line, or name a file with one list .json" if whole else ""
            if reason == "Extra data" and record.rstrip().endswith("},"):
                hint = "; take away the comma at its end"
            yield line, InputError(f"no valid JSON: {reason}{hint}")
            continue
        yield line, value if isinstance(value, dict) else InputError(_NO_OBJECT)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _json(path: Path, text: str) -> RecordFile:
    """Read one list of objects, or an object that holds one; lines of JSON by this name are read as such."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return _jsonl(path, text)
        raise InputError(f"no valid JSON: {json_fault(error)}", file=path, line=error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"no valid JSON: {error}", file=path) from error
    notes: tuple[str, ...] = ()
    if isinstance(value, dict):
        name = next((name for name in _LISTS if isinstance(value.get(name), list)), None)
        if name is None:
            raise InputError(
                'holds no list of examples; write [{"input": ..., "output": ...}, ...] or {"data": [...]}', file=path
            )
        beside = [printable(other) for other, content in value.items() if other != name and content]
        notes = (f"not used, since it stands beside the list {name!r}: {', '.join(beside[:10])}",) if beside else ()
        value = value[name]
    if not isinstance(value, list):
        raise InputError("is no list of objects", file=path)
    entries = ((n, entry if isinstance(entry, dict) else InputError(_NO_OBJECT)) for n, entry in enumerate(value, 1))
    return RecordFile("entry", entries, notes)


def _csv(path: Path, text: str) -> RecordFile:
    if stated := _STATED.match(text):  # the line stays, empty, so that the others keep their numbers
        return RecordFile("line", _table(path, text[stated.end() :], stated[1]))
    header = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = "," if "," in header else next((mark for mark in ";\t" if mark in header), ",")
    return RecordFile("line", _table(path, text, delimiter))


def _tsv(path: Path, text: str) -> RecordFile:
    """Read a table with tabs: with quotes as spreadsheets write them, or, where they close nothing, as plain signs."""
    try:
        records = list(_table(path, text, "\t"))
    except InputError:
        records = None
    if records is None or any(isinstance(record, InputError) and record.problem != _NOT_UTF8 for _, record in records):
        return RecordFile("line", _table(path, text, "\t", quoting=csv.QUOTE_NONE))
    return RecordFile("line", records)


def _table(path: Path, text: str, delimiter: str, quoting: Any = csv.QUOTE_MINIMAL) -> Iterator[Record]:
    # Strict: otherwise a quote that is never closed swallows the rest of the file in silence.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter, quoting=quoting)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not header:
                header = [name.strip().lower() for name in cells]
                if any(map(_STRAY.search, header)):
                    raise InputError(_NOT_UTF8, file=path, line=line)
                repeated = next((name for name in header if name and header.count(name) > 1), None)
                if repeated is not None:
                    raise InputError("stands twice in the header", file=path, line=line, field=printable(repeated))
            elif any(map(_STRAY.search, cells)):
                yield line, InputError(_NOT_UTF8)
            elif len(cells) > len(header):
                yield line, InputError("has more cells than the header")
            elif cells:
                yield line, dict(zip(header, cells, strict=False))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"no valid CSV: {error}; is a quote never closed? Long texts go into JSONL", file=path, line=line
        ) from error


def _parquet(path: Path) -> Iterator[Record]:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        with parquet.ParquetFile(path) as file:
            yield from enumerate(_rows(path, file), 1)
    except (OSError, ValueError, ArithmeticError, arrow.ArrowException) as error:
        raise InputError(f"no valid Parquet: {_in_short(error)}", file=path) from error


def _of_times(path: Path) -> tuple[str, ...]:
    """Return a note on columns of times, since some libraries take texts for such; a broken file is told when read."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        schema = parquet.read_schema(path)
    except (OSError, ValueError, ArithmeticError, arrow.ArrowException):
        return ()
    columns = [printable(field.name) for field in schema if arrow.types.is_timestamp(field.type)]
    if not columns:
        return ()
    return (
        f"read as text with the hour, as 2026-01-31 00:00:00, since stored as times: {', '.join(columns)}; if they were"
        " dates or texts, save them as text (some libraries turn dates into times)",
    )


def _rows(path: Path, file: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of an open Parquet file, as many at once as fit in memory."""
    names, size = file.schema_arrow.names, 0
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise InputError("stands twice among the columns", file=path, field=printable(repeated))
    for batch in file.iter_batches(_rows_at_once(file.metadata)):
        columns = [_cells(path, name, column) for name, column in zip(names, batch.columns, strict=True)]
        size += _text_in(columns)
        if size > _LARGEST:
            raise InputError(f"unpacks to more than {_LARGEST // 2**20} MiB of text, which is not read", file=path)
        yield from (dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True))


def _rows_at_once(metadata: Any) -> int:
    """Return how many rows of a Parquet file fit in memory, whatever they hold: one text may stand in all of them."""
    groups = (metadata.row_group(i) for i in range(metadata.num_row_groups))
    sizes = [group.column(i).total_uncompressed_size for group in groups for i in range(group.num_columns)]
    return min(_ROWS, max(1, _LARGEST // max(1, *sizes))) if sizes else _ROWS


def _cells(path: Path, name: str, column: Any) -> list[Any]:
    """Return the values of a column of Parquet; times and dates as text, since Python has fewer of them."""
    import pyarrow as arrow

    try:
        if arrow.types.is_temporal(column.type):
            column = column.cast(arrow.string())
        values: list[Any] = column.to_pylist()
    except Exception as error:  # what pyarrow makes no Python object of, it says in many ways
        raise InputError(f"cannot be read: {_in_short(error)}", file=path, field=printable(name)) from error
    return values


def _text_in(value: Any) -> int:
    """Return how many characters stand in a value: not what its file holds of it, which may be one text for all."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return _text_in(list(value.values()))
    return sum(map(_text_in, value)) if isinstance(value, list | tuple) else 0


def _in_short(error: Exception) -> str:
    return " ".join(str(error).split())[:100]


_READERS: Final[Mapping[str, Callable[[Path, str], RecordFile]]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".tsv": _tsv,
}
SUFFIXES: Final = (*_READERS, ".parquet")
