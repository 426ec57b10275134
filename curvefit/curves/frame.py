"""A curve's numbers out of a table. Lives here: whatever has columns in, arrays out; no library of tables is loaded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from curvefit.errors import CurveError

__all__ = ["by_name", "means_of", "scores_of"]

FloatArray = NDArray[np.float64]

_CELLS_A_ROW, _MANY_CELLS = 100, 10**7  # beyond both, scores are no crossing of draws and items
_MISSING: Final = ("NoneType", "NAType")  # None, and pandas' own sign, by name since pandas is not loaded
_COLUMNS_MESSAGE: Final = "a table needs the columns shots, draw, item, score or shots, accuracy[, stderr][, n_items]"


def scores_of(frame: Any) -> tuple[FloatArray, FloatArray, tuple[str, ...], tuple[str, ...]] | None:
    """Return shots (S,), scores (S, D, I), items and groups (I,) of a table of one score a row; None where it is none.

    Draws and items come in the order of their names, item 2 before item 10, so that the order of the rows changes
    nothing; two names are one where they read the same.

    Raises
    ------
    CurveError
        A row stands twice with other scores, an item has no name or two groups, a number is none, or draws and items
        are numbers of rows.
    """
    columns = _columns(frame, ("shots", "draw", "item", "score"))
    if columns is None:
        return None
    shots, score = _numbers("shots", columns[0]), _numbers("score", columns[3])
    if any(_is_missing(item) for item in columns[2]):
        raise CurveError("an item has no name in the table; give each one in all its rows")
    draws, items = (list(map(str, column)) for column in columns[1:3])
    k, row = np.unique(shots, return_inverse=True)
    draw_index, item_index = (
        {name: place for place, name in enumerate(sorted(set(names), key=by_name))} for names in (draws, items)
    )
    if len(k) * len(draw_index) * len(item_index) > max(_CELLS_A_ROW * len(score), _MANY_CELLS):
        raise CurveError("draws and items look like row numbers: give the same one the same name in all its rows")
    scores = np.full((len(k), len(draw_index), len(item_index)), np.nan)
    filled = np.zeros(scores.shape, dtype=bool)
    for i, draw, item, value in zip(row.tolist(), draws, items, score.tolist(), strict=True):
        place = i, draw_index[draw], item_index[item]
        if filled[place] and not np.array_equal(scores[place], value, equal_nan=True):
            where = f"{k[i]:g} shots, draw {draw[:40]!r}, item {item[:40]!r}"
            raise CurveError(f"{where} stand in the table twice, with the scores {scores[place]:g} and {value:g}")
        filled[place], scores[place] = True, value
    return k, scores, tuple(item_index), _groups(items, tuple(item_index), _column(frame, "group"))


def _groups(rows: Sequence[str], items: Sequence[str], column: Sequence[Any] | None) -> tuple[str, ...]:
    """Return the group of each item; an item that has none is its own. Nothing without such a column."""
    if column is None:
        return ()
    group: dict[str, str] = {}
    for item, value in zip(rows, column, strict=True):
        name = "" if _is_missing(value) else str(value).strip()
        if group.setdefault(item, name) != name:
            raise CurveError(f"item {item[:40]!r} has the groups {group[item][:40]!r} and {name[:40]!r}: it is of one")
    return tuple(f"group {group[item]}" if group[item] else f"item {item}" for item in items)


def by_name(name: str) -> tuple[int, str]:
    """Return what names are sorted by: numbers without zeros before them, alone or at the end, come in their order."""
    return len(name), name


def means_of(frame: Any) -> dict[str, FloatArray]:
    """Return what `Curve.from_means` takes, by shots, of a table of one mean a row.

    Raises
    ------
    CurveError
        It lacks the columns, a number is none, or a number of shots stands in several rows.
    """
    columns = _columns(frame, ("shots", "accuracy"))
    if columns is None:
        raise CurveError(_COLUMNS_MESSAGE)
    by_name = {"shots": columns[0], "accuracy": columns[1]}
    by_name |= {name: column for name in ("stderr", "n_items") if (column := _column(frame, name)) is not None}
    numbers = {name: _numbers(name, column) for name, column in by_name.items()}
    shots, counts = np.unique(numbers["shots"], return_counts=True)
    if counts.max() > 1:
        twice = f"several rows of means have shots {shots[counts > 1][0]:g}"
        raise CurveError(f"{twice}; where these are draws, save the table with a column draw and use read_scores(FILE)")
    order = np.argsort(numbers["shots"], kind="stable")
    return {name: column[order] for name, column in numbers.items()}


def _column(frame: Any, name: str) -> list[Any] | None:
    """Return a column of a table as a list; None where it has none of that name."""
    try:
        return list(frame[name])
    except Exception:  # every library has an error of its own for a column that is not there
        return None


def _columns(frame: Any, names: Sequence[str]) -> list[list[Any]] | None:
    """Return columns of equal length; None where one is not there."""
    columns = [column for name in names if (column := _column(frame, name)) is not None]
    if len(columns) < len(names):
        return None
    lengths = sorted({len(column) for column in columns})
    if lengths == [0]:
        raise CurveError("the table has no rows")
    if len(lengths) > 1:
        raise CurveError(f"the table's columns differ in length: {' and '.join(map(str, lengths))} rows")
    return columns


def _numbers(name: str, values: Sequence[Any]) -> FloatArray:
    """Return a column of numbers; what is missing is NaN, which no number of shots is."""
    try:
        numbers = np.array([math.nan if _is_missing(value) else float(value) for value in values])
    except (TypeError, ValueError) as error:
        raise CurveError(f"{name} must be numbers, NaN or None where one is not known: {error}") from error
    if name == "shots" and not np.isfinite(numbers).all():
        raise CurveError("shots must be whole numbers in every row of the table")
    return numbers


def _is_missing(value: Any) -> bool:
    return type(value).__name__ in _MISSING or (isinstance(value, float) and math.isnan(value))
