"""Tables of scores. Lives here: CSV in, results out; the columns say whose table it is."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from curvefit.errors import InputError
from curvefit.measurement.importers.fields import Fields
from curvefit.measurement.importers.result import Mean, Result, ScoreSheet, Setting, short_id

__all__ = ["read"]

_Reader = Callable[[Path, list[Fields]], list[Result]]


def read(path: Path) -> list[Result]:
    """Read a CSV of ``shots,draw,item,score``, of ``shots,accuracy[,stderr][,n_items]``, or of adapt-gauge-core.

    An empty stderr or n_items is unknown for that row. Of other columns of the first two a note says that they are not
    read: a model or a task in there would be mixed, and an error by another name left out.
    """
    columns, rows = _rows(path)
    reader_entry = next((reader for reader in _READERS if set(reader[0]) <= set(columns)), None)
    if reader_entry is None:
        raise InputError(
            f"has columns {', '.join(columns)}; needs shots,draw,item,score or shots,accuracy[,stderr][,n_items]",
            file=path, line=1,
        )  # fmt: skip
    needed, also, reader = reader_entry
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


_RAW: Final = ("task_id", "model_name", "shot_count", "input", "score")
_SUMMARY: Final = ("task_id", "model_name", "score_0shot")
_USUAL_ITEMS: Final = 5  # of each task in the packs the tool ships; its summary does not say
_NOTE: Final = (
    f"an adapt-gauge-core summary does not say how many items were scored: taken as {_USUAL_ITEMS}, as in its own task"
    " packs; raw_results_*.csv shows them"
)


def _raw(path: Path, rows: list[Fields]) -> list[Result]:
    """Read one score a row; items are told by their input."""
    sheet = ScoreSheet()
    for row in rows:
        setting = Setting(row.shots("shot_count"), _task(row), row.text("model_name"), "score")
        item = short_id(row.text("input", ""))
        # The tool writes a failed call as the score 0.
        failed = row.text("actual_output", "").startswith("ERROR: ") and row.text("latency_ms", "").strip() == "0"
        sheet.add(setting, item, math.nan if failed else row.share("score"))
    return sheet.results(path)


def _summary(path: Path, rows: list[Fields]) -> list[Result]:
    """Read one task and model a row, with the mean score at each number of shots."""
    columns = {
        name: int(match[1]) for name in rows[0].values if (match := re.fullmatch(r"score_(\d{1,9})shot", str(name)))
    }
    return [
        Result(
            path,
            Setting(shots, _task(row), row.text("model_name"), "score"),
            Mean(row.share(name), n_items=_USUAL_ITEMS),
            _NOTE,
        )
        for row in rows
        for name, shots in columns.items()
    ]


def _task(row: Fields) -> str:
    selection = row.text("example_selection", "")
    return row.text("task_id") + (f"/{selection}" if selection else "")


# In order: the first whose needed columns are all there, and what it reads besides; None where a tool writes more.
_READERS: Final[tuple[tuple[tuple[str, ...], tuple[str, ...] | None, _Reader], ...]] = (
    (_RAW, None, _raw),
    (_SUMMARY, None, _summary),
    (("shots", "draw", "item", "score"), (), _trials),
    (("shots", "accuracy"), ("stderr", "n_items"), _means),
)
