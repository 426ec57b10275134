"""Queries by what they return. Lives here: reading a task's own SQLite file; nothing is changed.

The query is what a model wrote. The file is opened to be read only, an authorizer refuses all but reading, and time,
rows and sizes are limited: what goes beyond comes to no result, as a query does that fails.
"""

from __future__ import annotations

import math
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

__all__ = ["Rows", "query_rows", "quoted_swapcase", "results_of", "rows_agree", "sets_order"]

Rows = tuple[tuple[Any, ...], ...]

_SECONDS: Final = 2.0  # for one query
_MOST_ROWS: Final = 10_000
_MOST_TEXT: Final = 2_000_000  # characters and bytes in all rows together
_OPERATIONS: Final = 1_000  # of SQLite's machine between two looks at the clock: less than a millisecond
_DIGITS: Final = 10  # of a sum of floats: its last ones depend on the order of the rows
_READING: Final = {
    sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE,
}  # fmt: skip
_LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 20_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_FORBIDDEN: Final = {"load_extension", "fts3_tokenizer", "randomblob", "zeroblob"}
_QUOTED: Final = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)""", re.DOTALL
)
_SIGN: Final = re.compile(r"[()]|\border\s+by\b", re.IGNORECASE)


def query_rows(database: Path, query: str) -> Rows | None:
    """Return what a query returns, row by row; None where it fails, changes anything, or takes or gives too much.

    Of the database, an SQLite file, nothing is changed: no lock is taken, and no file made beside it. The query is one
    statement, run for at most 2 seconds; at most 10,000 rows and 2 million characters are taken.
    """
    ends_at = time.monotonic() + _SECONDS
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            db.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
            for limit, most in _LIMITS.items():
                db.setlimit(limit, most)
            db.set_progress_handler(lambda: time.monotonic() > ends_at, _OPERATIONS)
            db.set_authorizer(_allowed)
            rows = _taken(db.execute(query))
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, MemoryError):
        return None
    return None if rows is None else tuple(tuple(map(_comparable, row)) for row in rows)


def _taken(cursor: sqlite3.Cursor) -> list[tuple[Any, ...]] | None:
    """Return all rows; None where they are more, or hold more text, than a result is allowed to take of memory."""
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in cursor:
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(rows) >= _MOST_ROWS or size > _MOST_TEXT:
            return None
        rows.append(row)
    return rows


def _allowed(action: int, first: str | None, second: str | None, database: str | None, within: str | None) -> int:
    fits = action in _READING and (second or "").lower() not in _FORBIDDEN
    return sqlite3.SQLITE_OK if fits else sqlite3.SQLITE_DENY


def _comparable(value: Any) -> Any:
    """Return a value that is equal to what is the same number; bytes and text stay apart."""
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{_DIGITS}g}")
    return value  # a whole float equals the same integer


def rows_agree(ours: Rows, theirs: Rows, *, in_order: bool) -> bool:
    """Whether two results are the same rows, each as often as in the other; names of columns do not count."""
    return ours == theirs if in_order else Counter(ours) == Counter(theirs)


def sets_order(query: str) -> bool:
    """Whether a query says in which order its rows come; what stands in brackets does not.

    Examples
    --------
    >>> from curvefit.tasks.sql_results import sets_order
    >>> sets_order("SELECT a FROM t ORDER BY a"), sets_order("SELECT a FROM (SELECT a FROM t ORDER BY b)")
    (True, False)
    """
    depth = 0
    for sign in _SIGN.findall(_QUOTED.sub(" ", query)):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and len(sign) > 1:
            return True
    return False


def quoted_swapcase(query: str) -> str:
    """Return a query with its texts in quotes in the other case: of the rest, case means nothing in SQL.

    Examples
    --------
    >>> from curvefit.tasks.sql_results import quoted_swapcase
    >>> quoted_swapcase("SELECT a FROM t WHERE b = 'Open'")
    "SELECT a FROM t WHERE b = 'oPEN'"
    """
    return _QUOTED.sub(lambda part: part[0].swapcase() if part[0].startswith("'") else part[0], query)


def results_of(database: Path) -> Callable[[str], Rows | None]:
    """Return `query_rows` of one file, which keeps the results of the queries it was given last."""
    return lru_cache(maxsize=512)(lambda query: query_rows(database, query))
