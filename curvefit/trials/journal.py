"""Replies on disk. Lives here: the only use of sqlite3. Append-only: what was paid for is never changed or lost.

A reply is stored under the digest of its request, which names the model and everything sent. So a changed prompt,
model or example asks anew, a changed scorer or margin asks nothing, and a curve never mixes the two.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from curvefit.errors import JournalError
from curvefit.models.base import Completion

__all__ = ["Journal", "Origin"]

_FORMAT: Final = 1  # PRAGMA user_version; a change of tables changes it
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS replies (
    request TEXT PRIMARY KEY,           -- SHA-256 of the model's identity and everything sent
    task TEXT NOT NULL, model TEXT NOT NULL, shots INTEGER NOT NULL, draw INTEGER NOT NULL, item TEXT NOT NULL,
    text TEXT NOT NULL, choice TEXT,
    prompt_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
    usd REAL, seconds REAL NOT NULL,
    at REAL NOT NULL                    -- Unix time
) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS replies_are_kept BEFORE DELETE ON replies
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS replies_are_final BEFORE UPDATE ON replies
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""
_REPLY: Final = "text, choice, prompt_tokens, cached_tokens, completion_tokens, usd, seconds"
_BATCH: Final = 500  # host parameters per query, below SQLite's oldest limit of 999


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
        with self._translated():
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            # Autocommit: each reply is one transaction, committed before it counts.
            self._db = sqlite3.connect(self.path or ":memory:", timeout=30, isolation_level=None)
        try:
            with self._translated():
                self._prepare()
        except JournalError:
            self._db.close()
            raise

    def _prepare(self) -> None:
        (found,) = self._db.execute("PRAGMA user_version").fetchone()
        if found > _FORMAT:
            raise JournalError(
                f"{self.path}: written by a newer curvefit (format {found}); upgrade or use another --out"
            )
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and "replies" not in tables:
            raise JournalError(f"{self.path}: a database, but no journal of curvefit; use another --out")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_TABLES)
        self._db.execute(f"PRAGMA user_version = {_FORMAT}")

    def find(self, digests: Iterable[str]) -> dict[str, Completion]:
        """Return the stored replies among these requests."""
        wanted = list(dict.fromkeys(digests))
        found: dict[str, Completion] = {}
        with self._translated():
            for start in range(0, len(wanted), _BATCH):
                batch = wanted[start : start + _BATCH]
                marks = ", ".join("?" * len(batch))
                query = f"SELECT request, {_REPLY} FROM replies WHERE request IN ({marks})"  # noqa: S608 (marks only)
                found |= {request: Completion(*reply) for request, *reply in self._db.execute(query, batch)}
        return found

    def record(self, digest: str, reply: Completion, origin: Origin) -> Completion:
        """Store one reply and return it as stored, which is what must be scored.

        A lone surrogate, which SQLite cannot hold, becomes a question mark. A request that has a reply keeps it.
        """
        stored = replace(reply, text=reply.text.encode("utf-8", "replace").decode("utf-8"))
        values = (
            digest, origin.task, origin.model, origin.shots, origin.draw, origin.item,
            stored.text, stored.choice,
            stored.prompt_tokens, stored.cached_tokens, stored.completion_tokens, stored.usd, stored.seconds,
            time.time(),
        )  # fmt: skip
        marks = ", ".join("?" * len(values))
        with self._translated():
            self._db.execute(
                f"INSERT INTO replies VALUES ({marks}) ON CONFLICT (request) DO NOTHING",  # noqa: S608 (marks only)
                values,
            )
        return self.find([digest])[digest]

    def __len__(self) -> int:
        with self._translated():
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
    def _translated(self) -> Iterator[None]:
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
