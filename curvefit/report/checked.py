"""A JSON file that curvefit wrote. Lives here: opening it, and refusing what cannot be used by its file and field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate
from curvefit.errors import CurvefitError, InputError

__all__ = ["MISFITS", "amount", "change", "count", "opened", "reading", "shares"]

MISFITS: Final = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)

_MOST: Final = 10**15  # of anything counted; the next doublings are still whole numbers to a float


def opened(path: Path, schema: str, expected: str) -> dict[str, Any]:
    """Return what a file holds, which is of that schema, else `InputError` that says what is expected."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{error.strerror or error}; {expected}", file=path) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"no valid JSON: {error}; {expected}", file=path) from error
    found = held.get("schema") if isinstance(held, dict) else None
    if not isinstance(held, dict) or found != schema:
        why = expected if found is None else "made by another version or program"
        raise InputError(f"{found!r:.60} is not {schema}; {why}", file=path, field="schema")
    return held


@contextmanager
def reading(field: str = "", *, file: Path | None = None) -> Iterator[None]:
    """Say of which file and field it is that something is missing or is of another kind than it is written as."""
    named = field or None
    try:
        yield
    except InputError as error:
        raise InputError(error.problem, file=error.file or file, field=error.field) from error
    except KeyError as error:
        raise InputError("is missing", file=file, field=f"{field}.{error.args[0]}".strip(".")) from error
    except CurvefitError as error:
        raise InputError(f"cannot be used: {error}", file=file, field=named) from error
    except MISFITS as error:
        raise InputError("cannot be used: this is not how curvefit writes it", file=file, field=named) from error


def count(value: Any, field: str, *, least: int = 0, most: float = _MOST) -> int:
    """Return a whole number, from `least` to `most`."""
    if type(value) is not int or not least <= value <= most:
        needed = f"from {least} on" if type(value) is not int or value < least else f"from {least} to {most:,}"
        raise InputError(f"{value!r:.60} cannot be used; needs a whole number {needed}", field=field)
    return value


def amount(value: Any, field: str, *, least: float = 0, most: float = _MOST) -> float:
    """Return a number, from `least` to `most`."""
    if type(value) not in (int, float) or not least <= value <= most:
        needed = f"from {least:g} to {most:g}" if most < _MOST else f"from {least:g} on"
        raise InputError(f"{value!r:.60} cannot be used; needs a number {needed}", field=field)
    return float(value)


def shares(values: Any, shape: tuple[int, ...], field: str) -> NDArray[np.float64] | None:
    """Return nested lists of numbers from 0 to 1 as an array of that shape, null as NaN; None where there are none."""
    if values is None:
        return None
    found = np.array(values, dtype=float).reshape(shape)
    if np.any((found < 0) | (found > 1)):
        raise InputError("holds what cannot be used; needs numbers from 0 to 1", field=field)
    return found


def change(held: Any, field: str) -> Estimate:
    """Return a change of accuracy, in [-1, 1], with an interval around it."""
    names = ("value", "low", "high")
    value, low, high = (amount(held[name], f"{field}.{name}", least=-1, most=1) for name in names)
    if not low <= value <= high:
        raise InputError(f"{value!r} does not lie between {low!r} and {high!r}", field=field)
    return Estimate(value, low, high, amount(held["level"], f"{field}.level", most=1))
