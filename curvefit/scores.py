"""Curves measured elsewhere, read from a table. Lives here: CSV in, `Measurement` out."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from curvefit.curves.curve import Curve
from curvefit.errors import CurveError, InputError
from curvefit.study import Measurement

__all__ = ["read_scores"]

Row = tuple[int, Mapping[str, str]]  # line number and fields

_MOST: Final = 10**9  # shots or items; nobody has more, and numbers near what a machine can hold break sums
_CELLS_A_ROW, _MANY_CELLS = 100, 10**7  # beyond both, a table is no crossing of draws and items


def read_scores(path: str | Path) -> Measurement:
    """Read a curve from a CSV of ``shots,draw,item,score`` or ``shots,accuracy[,stderr][,n_items]``.

    An empty stderr or n_items is unknown for that row.

    Raises
    ------
    InputError
        Names file, line and field.
    """
    path = Path(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            columns = [name.strip().lower() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            rows: list[Row] = [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise InputError(str(error.strerror), file=path) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"no readable CSV ({error})", file=path) from error
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice is not None:
        raise InputError("stands here twice; remove one of the columns", file=path, line=1, field=twice)
    if not rows:
        raise InputError("no rows below the header", file=path)
    readers = {("shots", "draw", "item", "score"): _trials, ("shots", "accuracy"): _means}
    read = next((reader for needed, reader in readers.items() if set(needed) <= set(columns)), None)
    if read is None:
        raise InputError(
            f"has columns {', '.join(columns)}; needs shots,draw,item,score or shots,accuracy[,stderr][,n_items]",
            file=path, line=1,
        )  # fmt: skip
    try:
        return read(path, rows)
    except CurveError as error:
        raise InputError(str(error), file=path) from error


def _trials(path: Path, rows: list[Row]) -> Measurement:
    """Put one score a row into (shots, draws, items)."""
    cells = [(int(_number(path, row, "shots", whole=True)), row[1]["draw"], row[1]["item"]) for row in rows]
    shots = {value: i for i, value in enumerate(sorted({k for k, _, _ in cells}))}
    draws = {value: i for i, value in enumerate(dict.fromkeys(draw for _, draw, _ in cells))}
    items = {value: i for i, value in enumerate(dict.fromkeys(item for _, _, item in cells))}
    if len(shots) * len(draws) * len(items) > max(_CELLS_A_ROW * len(rows), _MANY_CELLS):
        raise InputError(
            f"{len(rows):,} rows name {len(draws):,} draws and {len(items):,} items, which looks like row numbers; give"
            " the same draw or item the same name in all its rows",
            file=path, field="draw, item",
        )  # fmt: skip
    scores = np.full((len(shots), len(draws), len(items)), np.nan)
    for row, (k, draw, item) in zip(rows, cells, strict=True):
        at = shots[k], draws[draw], items[item]
        if not np.isnan(scores[at]):
            raise InputError("this shots, draw and item came before; remove one of the rows", file=path, line=row[0])
        scores[at] = _number(path, row, "score")
    return Measurement(shots=np.array(list(shots)), scores=scores, task=path.stem, items=tuple(items))


def _means(path: Path, rows: list[Row]) -> Measurement:
    rows = sorted(rows, key=lambda row: _number(path, row, "shots", whole=True))
    columns = {
        name: [_number(path, row, name) for row in rows]
        for name in ("shots", "accuracy", "stderr", "n_items")
        if name in rows[0][1]
    }
    curve = Curve.from_means(
        [int(k) for k in columns["shots"]], columns["accuracy"], columns.get("stderr"), columns.get("n_items")
    )
    return Measurement(**vars(curve), task=path.stem)


def _number(path: Path, row: Row, field: str, *, whole: bool = False) -> float:
    line, fields = row
    text = (fields.get(field) or "").strip()
    if not text and field in ("stderr", "n_items"):
        return math.nan  # unknown in this row
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{text!r} is no number", file=path, line=line, field=field) from None
    if field in ("score", "accuracy") and not 0 <= value <= 1:
        raise InputError(f"{text} does not lie in [0, 1]; give a share, not percent", file=path, line=line, field=field)
    if whole and not (0 <= value <= _MOST and value == int(value)):
        raise InputError(f"{text} is no number of shots", file=path, line=line, field=field)
    if field == "n_items" and value > _MOST:
        raise InputError(f"{text} is no number of items", file=path, line=line, field=field)
    return value
