"""Which numbers may be a learning curve. Lives here: checks that quote the value at fault; nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvefit.errors import CurveError

__all__ = ["checked_column", "checked_scores", "checked_shots", "refuse"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]


def checked_shots(values: ArrayLike) -> IntArray:
    """Return shots (S,) as whole numbers, ascending, distinct and not negative."""
    given = np.atleast_1d(np.asarray(values))
    if given.ndim != 1 or given.size == 0:
        raise CurveError(f"shots must be a non-empty list of numbers, not an array of shape {given.shape}")
    try:
        shots = given.astype(int)
        whole = bool(np.all(shots == given.astype(float)))
    except (TypeError, ValueError) as error:
        raise CurveError(f"shots must be whole numbers, not {_some(given)}") from error
    if not whole or (shots < 0).any() or (np.diff(shots) <= 0).any():
        raise CurveError(f"shots must be whole, ascending, distinct and not negative, not {_some(given)}")
    shots.flags.writeable = False
    return shots


def checked_scores(values: ArrayLike, n_shots: int, *, bare: bool) -> FloatArray:
    """Return scores (S, D, I) in [0, 1] or NaN; `bare` curves have none."""
    scores = np.array(values, dtype=float)
    if scores.ndim != 3 or scores.shape[0] != n_shots:
        raise CurveError(f"scores must have the shape (shots, draws, items) with {n_shots} shots, not {scores.shape}")
    wrong = ~(np.isnan(scores) | ((scores >= 0) & (scores <= 1)))
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise CurveError(f"a score lies in [0, 1], not {float(scores[place])!r} (at {place}); give shares, not percent")
    if not bare and np.isnan(scores).all():
        raise CurveError("no score was observed at any number of shots")
    scores.flags.writeable = False
    return scores


def checked_column(name: str, values: ArrayLike, shots: IntArray) -> FloatArray:
    """Return one number for each number of shots."""
    column: Any = np.asarray(values, dtype=float)
    if column.ndim == 0 and name != "accuracy":
        column = np.full(len(shots), float(column))
    if column.shape != shots.shape:
        raise CurveError(f"{name} has the shape {column.shape}, but there are {len(shots)} numbers of shots")
    return np.array(column)


def refuse(name: str, column: FloatArray, wrong: NDArray[np.bool_], why: str) -> None:
    """Raise for the first wrong value in a column."""
    if wrong.any():
        raise CurveError(f"{name} {float(column[wrong][0])!r} {why}")


def _some(values: NDArray[Any] | Sequence[Any]) -> str:
    listed = [value.item() if hasattr(value, "item") else value for value in values]
    return str(listed) if len(listed) <= 12 else f"{str(listed[:12])[:-1]}, ...]"
