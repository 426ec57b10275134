"""Records as they stand in files. Lives here: JSONL, JSON, CSV, TSV and Parquet in, numbered records out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError

__all__ = ["SUFFIXES", "Record", "RecordFile", "printable", "read_record_file", "read_text"]

# A number, from 1, and the fields; or, where this one record cannot be read, why.
Record = tuple[int, Mapping[str, Any] | InputError]

# What a list of examples is called in a JSON object around it.
_LISTS: Final = ("data", "examples", "records", "rows", "items", "instances", "questions", "dataset")
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
        It has another suffix, cannot be read, is not UTF-8, or no record can be made out in it.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return RecordFile("row", _parquet(path))
    reader = _READERS.get(suffix)
    if reader is None:
        raise InputError(f"is none of {', '.join(SUFFIXES)}", file=path)
    return reader(path, read_text(path))


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


def _jsonl(path: Path, text: str) -> RecordFile:
    return RecordFile("line", _json_lines(text))


def _json_lines(text: str) -> Iterator[Record]:
    # Not splitlines(): a line separator inside a JSON string is no end of line.
    for line, record in enumerate(text.split("\n"), start=1):
        if not record.strip():
            continue
        try:
            value = json.loads(record, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            whole = record.lstrip().startswith("[")
            hint = "; write one object a line, or name a file with one list .json" if whole else ""
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
        raise InputError(f"no valid JSON: {error.msg}", file=path, line=error.lineno) from error
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
    header = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = "," if "," in header else next((mark for mark in ";\t" if mark in header), ",")
    return RecordFile("line", _table(path, text, delimiter))


def _tsv(path: Path, text: str) -> RecordFile:
    """Read a table with tabs: with quotes as spreadsheets write them, or, where they close nothing, as plain signs."""
    try:
        records = list(_table(path, text, "\t"))
    except InputError:
        records = None
    if records is None or any(isinstance(record, InputError) for _, record in records):
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
                repeated = next((name for name in header if name and header.count(name) > 1), None)
                if repeated is not None:
                    raise InputError("stands twice in the header", file=path, line=line, field=printable(repeated))
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
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise InputError("needs a library; run: pip install 'curvefit[parquet]'", file=path) from error
    try:
        with parquet.ParquetFile(path) as file:
            rows = (row for batch in file.iter_batches() for row in batch.to_pylist())
            yield from enumerate(rows, 1)
    except (OSError, arrow.ArrowException) as error:
        raise InputError(f"no valid Parquet: {' '.join(str(error).split())[:100]}", file=path) from error


_READERS: Final[Mapping[str, Callable[[Path, str], RecordFile]]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".tsv": _tsv,
}
SUFFIXES: Final = (*_READERS, ".parquet")
