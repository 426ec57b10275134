"""Numbers of a file. Lives here: what refuses one that cannot be used, and names its field."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate
from curvefit.errors import InputError

__all__ = ["amount", "change", "count", "shares"]

_MOST: Final = 10**15  # of anything counted; the next doublings are still whole numbers to a float


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
