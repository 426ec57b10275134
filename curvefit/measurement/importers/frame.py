"""Tables in memory. Lives here: whatever gives a column by its name in, text in rows and columns, as a file has, out.

No library of tables is loaded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from curvefit.errors import InputError

__all__ = ["cells_of"]

_MISSING: Final = ("NoneType", "NAType", "NaTType")  # None, and pandas' own signs, by name since pandas is not loaded


def cells_of(frame: Any) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the names of a table's columns, and its rows by these names; what is missing is an empty text.

    Raises
    ------
    InputError
        It is no table, or its columns differ in length.
    """
    columns = {str(name).strip().lower(): [_cell(value) for value in frame[name]] for name in _names(frame)}
    lengths = sorted({len(column) for column in columns.values()})
    if len(lengths) > 1:
        raise InputError(f"the table's columns differ in length: {' and '.join(map(str, lengths))} rows")
    if lengths in ([], [0]):
        raise InputError("the table has no rows")
    return list(columns), [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _names(frame: Any) -> list[Any]:
    """Return the names of a table's columns: of pyarrow, of numpy, of pandas and polars, or of a dict of lists."""
    of_numpy = getattr(getattr(frame, "dtype", None), "names", None)
    known = (getattr(frame, "column_names", None), of_numpy, getattr(frame, "columns", None))
    names = next((each for each in known if each is not None), frame if isinstance(frame, Mapping) else None)
    if names is None:
        wanted = "a table gives a column by its name, as a DataFrame or a dict of lists does"
        raise InputError(f"{wanted}, not {type(frame).__name__}")
    return list(names)


def _cell(value: Any) -> str:
    missing = type(value).__name__ in _MISSING or (isinstance(value, float) and math.isnan(value))
    return "" if missing else str(value)
