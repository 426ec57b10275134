"""Tables of scores. Lives here: CSV in, results out; the columns say whose table it is."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from curvefit.errors import InputError
from curvefit.results import gauge
from curvefit.results.fields import Fields
from curvefit.results.result import Mean, Result, Setting

__all__ = ["read"]

_Reader = Callable[[Path, list[Fields]], list[Result]]


def read(path: Path) -> list[Result]:
    """Read a CSV of ``shots,draw,item,score``, of ``shots,accuracy[,stderr][,n_items]``, or of adapt-gauge-core.

    An empty stderr or n_items is unknown for that row. Of other columns of the first two a note says that they are not
    read: a model or a task in there would be mixed, and an error by another name left out.
    """
    columns, rows = _rows(path)
    found = next((reader for reader in _READERS if set(reader[0]) <= set(columns)), None)
    if found is None:
        raise InputError(
            f"has columns {', '.join(columns)}; needs shots,draw,item,score or shots,accuracy[,stderr][,n_items]",
            file=path, line=1,
        )  # fmt: skip
    needed, also, reader = found
    unread = [] if also is None else [name for name in columns if name and name not in (*needed, *also)]
    note = f"columns that are not read: {', '.join(unread)}" if unread else ""
    return [replace(result, note=result.note or note) for result in reader(path, rows)]


def _rows(path: Path) -> tuple[list[str], list[Fields]]:
    rows, line = list[Fields](), 0
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            # Strict: otherwise a quote that is never closed swallows the rest of the file in silence.
            reader = csv.DictReader(lines, strict=True)
            columns = [name.strip().lower() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            line = reader.line_num
            for row in reader:
                line = reader.line_num
                if None in row:  # 0,35 for 0.35 would be read as 0
                    raise InputError("has more cells than the header", file=path, line=line)
                rows.append(Fields(row, path, line))
    except OSError as error:
        raise InputError(str(error.strerror), file=path) from error
    except UnicodeDecodeError as error:
        raise InputError(f"no readable CSV ({error})", file=path) from error
    except csv.Error as error:
        raise InputError(f"no readable CSV ({error})", file=path, line=line + 1) from error
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice is not None:
        raise InputError("stands here twice; remove one of the columns", file=path, line=1, field=twice)
    if not rows:
        raise InputError("no rows below the header" if columns else "is empty", file=path)
    return columns, rows


def _trials(path: Path, rows: list[Fields]) -> list[Result]:
    scores: dict[Setting, dict[str, float]] = {}
    for row in rows:
        setting = Setting(row.shots("shots"), draw=row.text("draw", ""))
        items, item = scores.setdefault(setting, {}), row.text("item", "")
        if item in items:
            raise InputError("this shots, draw and item came before; remove one of the rows", file=path, line=row.line)
        items[item] = row.share("score")
    return [Result(path, setting, items) for setting, items in scores.items()]


def _means(path: Path, rows: list[Fields]) -> list[Result]:
    means: dict[Setting, Mean] = {}
    for row in rows:
        setting = Setting(row.shots("shots"))
        if setting in means:
            raise InputError("this number of shots came before; remove one of the rows", file=path, line=row.line)
        means[setting] = Mean(row.share("accuracy"), row.stderr("stderr"), row.n_items("n_items"))
    return [Result(path, setting, mean) for setting, mean in means.items()]


# In order: the first whose needed columns are all there, and what it reads besides; None where a tool writes more.
_READERS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...] | None, _Reader], ...]] = (
    (gauge.RAW, None, gauge.read_raw),
    (gauge.SUMMARY, None, gauge.read_summary),
    (("shots", "draw", "item", "score"), (), _trials),
    (("shots", "accuracy"), ("stderr", "n_items"), _means),
)
