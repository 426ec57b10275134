"""Replies on disk. Lives here: the only use of sqlite3. Append-only: what was paid for is never changed or lost.

A reply is stored under the digest of its request, which names the model and everything sent. So a changed prompt,
model or example asks anew, a changed scorer or margin asks nothing, and a curve never mixes the two.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from curvefit.errors import JournalError
from curvefit.models.base import Completion
from curvefit.trials.trial_plan import PromptLimits

__all__ = ["Journal", "Origin", "exclusive_lock"]

_FORMAT: Final = 3  # PRAGMA user_version; a change of tables changes it
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
CREATE TABLE IF NOT EXISTS plans (      -- what fits, as counted once, so that no plan need count it again
    plan TEXT PRIMARY KEY,              -- SHA-256 of task, design and the model's identity
    shots TEXT NOT NULL, max_tokens INTEGER NOT NULL
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
CREATE TRIGGER IF NOT EXISTS replies_are_kept BEFORE DELETE ON replies
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS replies_are_final BEFORE UPDATE ON replies
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""
# What format 1 lacked.
_ADDED: Final = (
    "ALTER TABLE replies ADD COLUMN ending TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE replies ADD COLUMN temperature REAL DEFAULT 0.0",
)
_REPLY: Final = "text, choice, prompt_tokens, cached_tokens, completion_tokens, usd, seconds, ending, temperature"
_BATCH: Final = 500  # host parameters per query, below SQLite's oldest limit of 999
_PATIENCE: Final = 30.0  # seconds to wait for a program that is reading or copying the file


@dataclass(frozen=True, slots=True)
class Origin:
    """Which trial first asked for a reply: for people reading the journal, never for looking a reply up."""

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

    Raises
    ------
    JournalError
        The file is no journal, is damaged, was made by a newer version, or cannot be written.
    """

    def __init__(self, path: str | Path | None) -> None:
        self.path = None if path is None else Path(path)
        with self._journal_errors():
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            # Autocommit: each reply is one transaction, committed before it counts.
            # Replies are written on a thread, one at a time, so that flushing them holds nobody up.
            self._db = sqlite3.connect(
                self.path or ":memory:", timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
        try:
            with self._journal_errors():
                self._prepare()
        except JournalError:
            self._db.close()
            raise

    def _prepare(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > _FORMAT:
            raise JournalError(
                f"{self.path}: written by a newer curvefit (format {version}); upgrade or use another --out"
            )
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and "replies" not in tables:
            raise JournalError(f"{self.path}: a database, but no journal of curvefit; use another --out")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        if tables and version < 2:
            for change in _ADDED:
                self._db.execute(change)
        self._db.executescript(_TABLES)
        self._db.execute(f"PRAGMA user_version = {_FORMAT}")

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
        """Return which of these requests have a reply."""
        return {request for request, *_ in self._select("request", digests)}

    def replies(self, digests: Iterable[str]) -> dict[str, Completion]:
        """Return the stored replies among these requests."""
        return {request: Completion(*reply) for request, *reply in self._select(f"request, {_REPLY}", digests)}

    def _select(self, columns: str, digests: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        with self._journal_errors():
            remaining = iter(dict.fromkeys(digests))
            while batch := tuple(islice(remaining, _BATCH)):
                marks = ", ".join("?" * len(batch))
                query = f"SELECT {columns} FROM replies WHERE request IN ({marks})"  # noqa: S608 (names and marks only)
                yield from self._db.execute(query, batch)

    def record(self, digest: str, reply: Completion, origin: Origin) -> Completion:
        """Store one reply and return it as stored, which is what must be scored; see `record_all`."""
        self.record_all([(digest, reply, origin)])
        return self.replies([digest])[digest]

    def record_all(self, replies: Iterable[tuple[str, Completion, Origin]]) -> None:
        """Store replies in one transaction: all of them are on disk when this returns, or none is.

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
        marks = ", ".join("?" * len(rows[0]))
        self.write((f"INSERT INTO replies VALUES ({marks}) ON CONFLICT (request) DO NOTHING", rows))  # noqa: S608 (marks)

    def write(self, *changes: tuple[str, Sequence[tuple[Any, ...]]]) -> None:
        """Execute statements, each for all of its rows, in one transaction."""
        with self._journal_errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for statement, rows in changes:
                    self._db.executemany(statement, rows)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._journal_errors():
            return self._db.execute(query, values).fetchall()

    def prompt_limits(self, key: str) -> PromptLimits | None:
        """Return the limits that an earlier plan stored under this key."""
        rows = self.read("SELECT shots, max_tokens FROM plans WHERE plan = ?", key)
        return next((PromptLimits(tuple(json.loads(shots)), max_tokens) for shots, max_tokens in rows), None)

    def store_prompt_limits(self, key: str, limits: PromptLimits) -> None:
        """Store the limits of a plan."""
        plan = (key, json.dumps(limits.shots), limits.max_tokens)
        self.write(("INSERT INTO plans VALUES (?, ?, ?) ON CONFLICT (plan) DO NOTHING", [plan]))

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
        except sqlite3.OperationalError as error:
            raise JournalError(
                f"{self.path}: {error}; is the folder writable, the disk full, or another run using it?"
            ) from error
        except sqlite3.DatabaseError as error:
            raise JournalError(f"{self.path}: damaged or no journal ({error}); move it away to start anew") from error
        except OSError as error:
            raise JournalError(f"{self.path}: {error.strerror}; use another --out") from error


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold a file, or what else is at a path, for one run.

    By a lock of the operating system on an empty file beside it, so that it ends with the process, however that ends.

    Raises
    ------
    JournalError
        Another run holds it.
    """
    lock = path.with_name(f"{path.name}.lock")
    with closing(sqlite3.connect(lock, timeout=0, isolation_level=None)) as db:
        try:
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise JournalError(f"{path}: another run is using it; wait for that, or use another --out") from error
        yield


def _storable(text: str) -> str:
    """Return a text with a question mark for every lone surrogate, which SQLite cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
