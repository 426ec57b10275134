"""Replies on disk. Lives here: the only use of sqlite3 that writes. Append-only: nothing paid for is lost.

A reply is stored under the digest of its request, which names the model and everything sent. So a changed prompt,
model or example asks anew, a changed scorer or margin asks nothing, and a curve never mixes the two. What another
journal holds of the same request is copied, so that each journal tells all of its own study.
"""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from types import NoneType, TracebackType
from typing import Any, Final, Self

from curvefit.errors import JournalError
from curvefit.models.base import Completion, Usage
from curvefit.own_files import is_endless
from curvefit.trials.trial_plan import PromptLimits

__all__ = [
    "Journal",
    "JournalPaths",
    "Origin",
    "count_replies",
    "exclusive_lock",
    "holds_more",
    "journal_paths",
    "last_reply",
]

JournalPaths = str | Path | Sequence[str | Path]  # the one that is written, and others that are read

_FORMAT: Final = 5  # PRAGMA user_version; a change of tables changes it
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS replies (
    request TEXT PRIMARY KEY,           -- SHA-256 of the model's identity and everything sent
    task TEXT NOT NULL, model TEXT NOT NULL, shots INTEGER NOT NULL, draw INTEGER NOT NULL, item TEXT NOT NULL,
    text TEXT NOT NULL, choice TEXT,
    prompt_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
    usd REAL, seconds REAL NOT NULL,
    at REAL NOT NULL,                   -- Unix time
    ending TEXT NOT NULL DEFAULT '',    -- why the reply ended: stop, length, ...
    temperature REAL DEFAULT 0.0        -- as sent; NULL where the model takes none
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempts (   -- of requests, that brought no reply
    request TEXT PRIMARY KEY,
    rate_limited INTEGER NOT NULL, faults INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS plans (      -- what fits, as counted once, so that no plan need count it again
    plan TEXT PRIMARY KEY,              -- SHA-256 of task, design and the model's identity
    shots TEXT NOT NULL,                -- a list, or an object of it and of examples too long to be shown
    max_tokens INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS submissions ( -- files of requests uploaded for a provider's batch API
    file TEXT PRIMARY KEY,
    model TEXT NOT NULL,                -- SHA-256 of its identity
    stop TEXT NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS submitted (  -- what is in the files
    file TEXT NOT NULL, request TEXT NOT NULL,
    task TEXT NOT NULL, model TEXT NOT NULL, shots INTEGER NOT NULL, draw INTEGER NOT NULL, item TEXT NOT NULL,
    PRIMARY KEY (file, request)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (    -- made of a file; only these are paid for
    file TEXT PRIMARY KEY, batch TEXT NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS endings (    -- of batches whose replies are all here
    file TEXT PRIMARY KEY, status TEXT NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS training_steps ( -- of fine-tunings at a provider, in the order they were taken
    training TEXT NOT NULL,             -- SHA-256 of the model's identity and all that decides it
    step TEXT NOT NULL, value TEXT NOT NULL, at REAL NOT NULL
);
CREATE TRIGGER IF NOT EXISTS replies_are_kept BEFORE DELETE ON replies
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS replies_are_final BEFORE UPDATE ON replies
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""
# What format 1 lacked, in the order of the columns.
_ADDED: Final = {
    "ending": "ALTER TABLE replies ADD COLUMN ending TEXT NOT NULL DEFAULT ''",
    "temperature": "ALTER TABLE replies ADD COLUMN temperature REAL DEFAULT 0.0",
}
_ELSEWHERE: Final = "use another --out (in Python: journal)"
# What went wrong, by SQLite's primary result codes; with other codes the file itself is damaged.
_CAUSES: Final = {
    sqlite3.SQLITE_BUSY: f"another program is using it; wait for that, or {_ELSEWHERE}",
    sqlite3.SQLITE_LOCKED: f"another program is using it; wait for that, or {_ELSEWHERE}",
    sqlite3.SQLITE_FULL: "the disk is full; make room, then the same command again goes on",
    sqlite3.SQLITE_READONLY: f"it may not be written to; make it writable, or {_ELSEWHERE}",
    sqlite3.SQLITE_PERM: f"it may not be written to; make it writable, or {_ELSEWHERE}",
    sqlite3.SQLITE_CANTOPEN: f"is the folder there and writable? Otherwise {_ELSEWHERE}",
    sqlite3.SQLITE_IOERR: "is the disk full or gone? Make room, then the same command again goes on",
}
_REPLY: Final = "text, choice, prompt_tokens, cached_tokens, completion_tokens, usd, seconds, ending, temperature"
# What SQLite gives for them: it keeps whatever is put into a column, and a damaged file may hold anything.
_KINDS: Final = (
    (str,), (str, NoneType), (int,), (int,), (int,), (float, NoneType), (float,), (str,), (float, NoneType),
)  # fmt: skip
_FITS: Final = object()
_ADD_ATTEMPTS: Final = (
    "INSERT INTO attempts VALUES (?, ?, ?) ON CONFLICT (request) DO UPDATE"
    " SET rate_limited = rate_limited + excluded.rate_limited, faults = faults + excluded.faults"
)
_BATCH: Final = 500  # host parameters per query, below SQLite's oldest limit of 999
_PATIENCE_WITH_OTHERS: Final = 1.0  # seconds; what one that is held longer has is asked anew
_END: Final = 253402300799  # seconds from 1970 to the end of the year 9999: later is no time
_UNWRITABLE: Final = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_PATIENCE: Final = 30.0  # seconds to wait for a program that is reading or copying the file


@dataclass(frozen=True, slots=True)
class Origin:
    """Which trial first asked for a reply: for showing what was said, never for telling what has been asked."""

    task: str
    model: str
    shots: int
    draw: int
    item: str


class Journal:
    """An append-only store of replies in one SQLite file (WAL, every commit flushed).

    Parameters
    ----------
    path : path or None
        The file, made when missing; None keeps replies in memory only.
    others : sequence of path
        Journals that may hold replies to the same requests: see `copy_replies`. Those that are missing, or cannot be
        read, hold none.
    only_read : bool
        Whether it is only read, so that it may lie where nothing can be written.

    Raises
    ------
    JournalError
        The file is no journal, is damaged, was made by a newer version, or cannot be written.
    """

    def __init__(self, path: str | Path | None, others: Sequence[str | Path] = (), *, only_read: bool = False) -> None:
        self.path = None if path is None else Path(path)
        self._others = tuple(map(Path, others))
        with self._journal_errors():
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                if is_endless(self.path):
                    raise JournalError(f"{self.path}: is a device or a pipe; {_ELSEWHERE}")
            # Autocommit: each reply is one transaction, committed before it counts.
            # Replies are written on a thread, one at a time, so that flushing them holds nobody up.
            self._db = sqlite3.connect(
                self.path or ":memory:", timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
        try:
            with self._journal_errors():
                self._prepare()
        except JournalError as error:
            self._db.close()
            if not (only_read and self._opened_alone(error.__cause__)):
                raise

    def _opened_alone(self, why_not: BaseException | None) -> bool:
        """Open a whole journal where nothing can be written, if that is why it could not be opened."""
        if self.path is None or _result_code(why_not) not in _UNWRITABLE or _has_wal(self.path):
            return False
        with self._journal_errors():
            self._db = _alone(self.path)
            if _columns(self._db) == _expected_columns():
                return True
            self._db.close()
        return False

    def _prepare(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > _FORMAT:
            raise JournalError(f"{self.path}: written by a newer curvefit (format {version}); upgrade or {_ELSEWHERE}")
        tables = _columns(self._db)
        if tables and "replies" not in tables:
            raise JournalError(f"{self.path}: a database, but no journal of curvefit; {_ELSEWHERE}")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        if version < _FORMAT or tables != _expected_columns():
            with self._transaction():
                self._complete()

    def _complete(self) -> None:
        """Make what the file lacks: all of it, what an older format had not, or what a killed program left undone.

        Older versions made tables one by one, so that the columns that are there say what is missing, and not the
        version that was written last.
        """
        there = _columns(self._db).get("replies", ())  # once more: another program may have been faster
        for column, change in _ADDED.items():
            if there and column not in there:
                self._db.execute(change)
        for statement in _statements(_TABLES):
            self._db.execute(statement)
        tables = _columns(self._db)
        odd = next((name for name, columns in _expected_columns().items() if tables[name] != columns), None)
        if odd is not None:
            raise JournalError(f"{self.path}: damaged: its table {odd} has other columns; move it away to start anew")
        self._db.execute(f"PRAGMA user_version = {_FORMAT}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All that is done in the block is on disk when it ends, or nothing is."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the journal for one run: what two runs ask at the same time would be paid for twice.

        Raises
        ------
        JournalError
            Another run holds it.
        """
        if self.path is None:
            yield
            return
        with self._journal_errors(), exclusive_lock(self.path):
            yield

    def answered(self, digests: Iterable[str]) -> set[str]:
        """Return which of these requests have a reply: the very strings given, since of a million every copy counts."""
        remaining, answered = iter(digests), set[str]()
        while batch := tuple(islice(remaining, _BATCH)):
            found = {request for request, *_ in self._select("request", batch)}
            answered.update(digest for digest in batch if digest in found)
        return answered

    def replies(self, digests: Iterable[str]) -> dict[str, Completion]:
        """Return the stored replies among these requests.

        Raises
        ------
        JournalError
            What stands in place of one is none; names its request.
        """
        return {request: self._reply(request, reply) for request, *reply in self._select(f"request, {_REPLY}", digests)}

    @property
    def empty(self) -> bool:
        """Whether it holds no reply, and no other journal is there that might."""
        return not len(self) and not any(path.is_file() for path in self._others)

    def replies_of_others(self, digests: Iterable[str]) -> Iterator[tuple[str, Completion]]:
        """Yield the replies to these requests that other journals hold, each request once."""
        wanted = dict.fromkeys(digests) if self._others else {}
        for path in self._others:
            if not (wanted and path.is_file()):
                continue
            with suppress(sqlite3.Error), closing(_reader(path)) as db:
                columns, remaining = _columns_of_replies(db), iter(tuple(wanted))
                while columns and (batch := tuple(islice(remaining, _BATCH))):
                    for digest, *reply in db.execute(_query(f"request, {columns}", batch), batch).fetchall():
                        if _misfit(reply) is _FITS:  # one damaged reply hides no other
                            del wanted[digest]
                            yield digest, Completion(*reply)

    def copy_replies(self, digests: Sequence[str], origin_of: Callable[[int], Origin]) -> set[str]:
        """Copy what other journals hold, and return which of these requests have a reply then, as `answered` does.

        `origin_of` gets a position in `digests`, and returns which trial of this journal's study asks it.
        """
        answered = self.answered(digests)
        if not self._others:
            return answered
        positions: dict[str, int] = {}
        for position, digest in enumerate(digests):
            if digest not in answered:
                positions.setdefault(digest, position)
        found = self.replies_of_others(positions)
        while batch := [(digest, reply, origin_of(positions[digest])) for digest, reply in islice(found, _BATCH)]:
            self.record_all(batch)
            answered.update(digests[positions[digest]] for digest, *_ in batch)
        return answered

    def _reply(self, request: str, fields: Sequence[Any]) -> Completion:
        odd = _misfit(fields)
        if odd is not _FITS:
            raise JournalError(
                f"{self.path}: damaged: {odd!r:.40} stands in the reply to request {request!s:.12}; move it away to"
                " start anew"
            )
        return Completion(*fields)

    def _select(self, columns: str, digests: Iterable[str], table: str = "replies") -> Iterator[tuple[Any, ...]]:
        with self._journal_errors():
            remaining = iter(digests)
            while batch := tuple(dict.fromkeys(islice(remaining, _BATCH))):
                yield from self._db.execute(
                    _query(columns, batch, table), batch
                ).fetchall()  # none is open when the file is closed

    def record(self, digest: str, reply: Completion, origin: Origin) -> Completion:
        """Store one reply and return it as stored, which is what must be scored; see `record_all`."""
        self.record_all([(digest, reply, origin)])
        return self.replies([digest])[digest]

    def record_all(
        self, replies: Iterable[tuple[str, Completion, Origin]], attempts: Mapping[str, Usage] | None = None
    ) -> None:
        """Store replies in one transaction: all of them are on disk when this returns, or none is.

        With them go the attempts that brought none, by request; they are added to those stored before.

        A lone surrogate, which SQLite cannot hold, becomes a question mark. A request that has a reply keeps it.
        """
        rows = [
            (
                digest, _storable(origin.task), _storable(origin.model), origin.shots, origin.draw,
                _storable(origin.item), _storable(reply.text), reply.choice,
                reply.prompt_tokens, reply.cached_tokens, reply.completion_tokens, reply.usd, reply.seconds,
                time.time(), _storable(reply.ending), reply.temperature,
            )
            for digest, reply, origin in replies
        ]  # fmt: skip
        marks = ", ".join("?" * len(_expected_columns()["replies"]))
        changes: list[tuple[str, Sequence[tuple[Any, ...]]]]
        changes = [(f"INSERT INTO replies VALUES ({marks}) ON CONFLICT (request) DO NOTHING", rows)]  # noqa: S608 (marks)
        if attempts:
            changes.append((_ADD_ATTEMPTS, [(name, each.rate_limited, each.faults) for name, each in attempts.items()]))
        self.write(*changes)

    def attempts(self, digests: Iterable[str]) -> dict[str, Usage]:
        """Return how many attempts at these requests brought no reply, where any did not and that can be read."""
        found = self._select("request, rate_limited, faults", digests, "attempts")
        return {
            request: Usage(rate_limited=counts[0], faults=counts[1])
            for request, *counts in found
            if all(type(count) is int and count >= 0 for count in counts)
        }

    def write(self, *changes: tuple[str, Sequence[tuple[Any, ...]]]) -> None:
        """Execute statements, each for all of its rows, in one transaction."""
        with self._journal_errors(), self._transaction():
            for statement, rows in changes:
                self._db.executemany(statement, rows)

    def read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._journal_errors():
            return self._db.execute(query, values).fetchall()

    def replies_of(self, task: str, model: str) -> Iterator[tuple[Origin, Completion]]:
        """Yield the replies that were first asked for by this task and model, the oldest first.

        Raises
        ------
        JournalError
            What stands in place of one is none; names its request.
        """
        query = f"SELECT request, shots, draw, item, {_REPLY} FROM replies WHERE task = ? AND model = ? ORDER BY at"  # noqa: S608 (names only)
        for request, shots, draw, item, *reply in self.read(query, _storable(task), _storable(model)):
            yield Origin(task, model, shots, draw, item), self._reply(request, reply)

    def prompt_limits(self, key: str) -> PromptLimits | None:
        """Return the limits that an earlier plan stored under this key; None where nothing readable stands there."""
        rows = self.read("SELECT shots, max_tokens FROM plans WHERE plan = ?", key)
        return next((_prompt_limits(shots, max_tokens) for shots, max_tokens in rows), None)

    def store_prompt_limits(self, key: str, limits: PromptLimits) -> None:
        """Store the limits of a plan, in place of what stands there: they can be counted again at any time."""
        fits = {"shots": limits.shots, "too_long": limits.too_long} if limits.too_long else limits.shots
        plan = (key, json.dumps(fits), limits.max_tokens)
        self.write(("INSERT OR REPLACE INTO plans VALUES (?, ?, ?)", [plan]))

    def __len__(self) -> int:
        with self._journal_errors():
            (count,) = self._db.execute("SELECT COUNT(*) FROM replies").fetchone()
        return int(count)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _journal_errors(self) -> Iterator[None]:
        """Turn what SQLite and the file system raise into one line that names the file and says what to do."""
        try:
            yield
        except sqlite3.Error as error:
            raise _journal_error(self.path, error) from error
        except OSError as error:
            raise JournalError(f"{self.path}: {error.strerror}; {_ELSEWHERE}") from error


def journal_paths(journal: JournalPaths | None) -> tuple[Path, ...]:
    """Return the path of the journal that is written, then those of others that are read; empty for none.

    Raises
    ------
    JournalError
        It is no path, and no list of them.
    """
    if journal is None:
        return ()
    named: Any = (journal,) if isinstance(journal, str | Path) else journal
    if not (isinstance(named, list | tuple) and all(isinstance(path, str | Path) for path in named)):
        raise JournalError(f"a journal is named by its path, not by {type(journal).__name__}")
    return tuple(map(Path, named))


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold a file, or what else is at a path, for one run.

    By a lock of the operating system on an empty file beside it, so that it ends with the process, however that ends.
    The folder is made when missing.

    Raises
    ------
    JournalError
        Another run holds it.
    """
    lock = path.with_name(f"{path.name}.lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(lock, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise _journal_error(lock, error) from error
    except OSError as error:
        raise JournalError(f"{lock}: {error.strerror}; {_ELSEWHERE}") from error
    with closing(db):
        try:
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if _result_code(error) == sqlite3.SQLITE_BUSY:
                raise JournalError(f"{path}: another run is using it; wait for that, or {_ELSEWHERE}") from error
            raise _journal_error(lock, error) from error
        yield


def last_reply(path: Path, task: str, model: str) -> float | None:
    """Return when a journal was given the last reply of a model on a task: seconds since 1970.

    None where it holds none, or cannot be read. Nothing is written to it.
    """
    ((at,),) = _of_replies("MAX(at)", path, task, model) or ((None,),)
    return at if isinstance(at, float) and 0 < at < _END else None


def count_replies(path: Path, task: str, model: str) -> int | None:
    """Return how many replies of a model on a task a journal holds; None where it is not there, or cannot be read."""
    rows = _of_replies("COUNT(*)", path, task, model)
    return rows[0][0] if rows else None


def holds_more(other: Path, own: Path, task: str, model: str) -> bool:
    """Whether another journal holds what a model was asked on a task as this one does, and replies that this lacks.

    One of another instruction shares no request.
    """
    ours, theirs = (set(_of_replies("request", path, task, model)) for path in (own, other))
    return bool(theirs & ours and theirs - ours)


def _of_replies(value: str, path: Path, task: str, model: str) -> list[tuple[Any, ...]]:
    if not path.is_file():
        return []
    asked = tuple(map(_storable, (task, model)))
    query = f"SELECT {value} FROM replies WHERE task = ? AND model = ?"  # noqa: S608 (a column, or of one)
    with suppress(sqlite3.Error, OSError), closing(_reader(path)) as db:
        return db.execute(query, asked).fetchall()
    return []


def _journal_error(path: Path | None, error: sqlite3.Error) -> JournalError:
    cause = _CAUSES.get(_result_code(error))
    if cause is not None:
        return JournalError(f"{path}: {error}; {cause}")
    return JournalError(f"{path}: damaged or no journal ({error}); move it away to start anew")


def _result_code(error: BaseException | None) -> int:
    """Return SQLite's primary result code; 0 where Python raised the error itself, as for text that is no UTF-8."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _columns(db: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Return the names of the columns of each table, in order."""
    rows = db.execute(
        "SELECT m.name, c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c"
        " WHERE m.type = 'table' ORDER BY m.name, c.cid"
    )
    tables: dict[str, tuple[str, ...]] = {}
    for table, column in rows:
        tables[table] = (*tables.get(table, ()), column)
    return tables


@cache
def _expected_columns() -> dict[str, tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(_TABLES)
        return _columns(db)


def _reader(path: Path) -> sqlite3.Connection:
    """Open another study's journal: nothing is written to it, and nobody waits long for who holds it."""
    # Not mode=ro, which leaves SQLite's files beside it.
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE_WITH_OTHERS)
    try:
        db.execute("PRAGMA query_only = ON")
        db.execute("PRAGMA user_version")
    except sqlite3.Error as error:
        db.close()
        # Reading it makes files beside it. Where none can be made and none is there, nobody writes to it either, and it
        # alone holds all there is.
        if _result_code(error) not in _UNWRITABLE or _has_wal(path):
            raise
        return _alone(path)
    return db


def _alone(path: Path) -> sqlite3.Connection:
    """Open a journal that nobody writes to, without files beside it."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)


def _has_wal(path: Path) -> bool:
    """Whether replies may stand in a file beside the journal, which alone would not hold them all."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def _columns_of_replies(db: sqlite3.Connection) -> str:
    """Return what to ask another journal for, in the order of `Completion`; empty where it holds nothing readable."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    there = _columns(db).get("replies", ())
    if version > _FORMAT or not there:
        return ""
    without = {"ending": "''", "temperature": "0.0"}  # as `_ADDED` fills them
    return ", ".join(name if name in there else without.get(name, name) for name in _REPLY.split(", "))


def _query(columns: str, digests: Sequence[str], table: str = "replies") -> str:
    marks = ", ".join("?" * len(digests))
    return f"SELECT {columns} FROM {table} WHERE request IN ({marks})"  # noqa: S608 (names and marks only)


def _misfit(fields: Sequence[Any]) -> Any:
    """Return the first value that no reply has: of another kind, below 0, or without end; `_FITS` for none."""
    for value, kinds in zip(fields, _KINDS, strict=True):
        if type(value) not in kinds or (isinstance(value, int | float) and not 0 <= value < math.inf):
            return value
    return _FITS


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script: `executescript` would end a transaction before it begins."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _prompt_limits(shots: Any, max_tokens: Any) -> PromptLimits | None:
    """Return stored limits; None where something else stands there, as in a damaged file."""
    try:
        stored = json.loads(shots)
    except (TypeError, ValueError, RecursionError):
        return None
    numbers, too_long = (stored.get("shots"), stored.get("too_long")) if isinstance(stored, dict) else (stored, [])
    if not isinstance(too_long, list) or not all(isinstance(name, str) for name in too_long):
        return None
    if not isinstance(numbers, list) or not all(type(k) is int and k >= 0 for k in numbers):
        return None
    if not numbers or numbers != sorted(set(numbers)) or type(max_tokens) is not int or max_tokens < 1:
        return None
    return PromptLimits(tuple(numbers), max_tokens, tuple(too_long))


def _storable(text: str) -> str:
    """Return a text with a question mark for every lone surrogate, which SQLite cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
