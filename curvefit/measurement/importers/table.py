"""Tables of scores: read this for what a column may be called. Lives here: text in rows and columns in, results out.

A table is one of four forms, with commas, semicolons or tabs between its cells. A score may be a number, a percentage
or a word such as ``pass``::

    shots, draw, item, score            one score a row
    shots, draw, accuracy, stderr       one mean a row
    item, 0, 1, 2, 4                    a column a number of shots
    shots, seed_0, seed_1               a column a draw
"""

from __future__ import annotations

import codecs
import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

from curvefit.errors import InputError
from curvefit.measurement.importers import gauge
from curvefit.measurement.importers.fields import DRAWS, SHOTS, Fields, Scale, is_missing
from curvefit.measurement.importers.frame import cells_of
from curvefit.measurement.importers.result import Mean, Result, ScoreSheet, Setting, noted, short_id

__all__ = ["read", "read_frame"]

# What columns are called, the usual name first; spaces and hyphens count as underscores, capitals as small letters.
_SCORES: Final = (
    "score", "accuracy", "acc", "exact_match", "em", "f1", "correct", "is_correct", "passed", "pass", "success",
    "grade", "rating", "mean", "mean_score", "mean_accuracy", "average", "avg", "value", "result", "outcome",
)  # fmt: skip
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "shots": (*SHOTS, "n_shot", "num_shot", "shot", "k", "k_shot", "k_shots"),
    "draw": DRAWS,
    "item": (
        "item", "id", "item_id", "example_id", "sample_id", "doc_id", "question_id", "instance_id", "qid", "uid", "idx",
        "question", "input",
    ),
    "group": ("group", "group_id", "cluster", "cluster_id"),
    "repetition": ("epoch", "repetition", "repeat", "rep", "epoch_id", "repeat_id", "attempt"),
    "stderr": ("stderr", "se", "sem", "std_err", "standard_error"),
    "low": ("ci_low", "ci_lower", "ci_lo", "low", "lower", "lower_ci", "ci95_low", "ci_95_low"),
    "high": ("ci_high", "ci_upper", "ci_hi", "high", "upper", "upper_ci", "ci95_high", "ci_95_high"),
    "n_items": ("n_items", "num_items", "n", "n_samples", "num_samples", "n_examples", "count", "total"),
    "model": ("model", "model_name", "model_id"),
    "task": ("task", "task_name", "dataset", "benchmark"),
    "metric": ("metric", "metric_name"),
}  # fmt: skip
_SHOTS_COLUMN: Final = re.compile(
    r"(?:(?:k|n|shots?|fewshot|acc|accuracy|score)[_=:]?)?(\d{1,9})(?:_?shots?)?|(zero|one)_?shot"
)
_WORDS: Final = {"zero": 0, "one": 1}
_DRAW_COLUMN: Final = re.compile(r"(?:draw|seed|run|trial|order|permutation)?[_#=:]?\d{1,12}")
_DELIMITERS: Final = (",", ";", "\t")
_BY_SUFFIX: Final = {".csv": ",", ".tsv": "\t"}
_HALF_WIDTH: Final = 1.959964  # of a 95% interval, in standard errors
_NEEDS: Final = (
    "shots,draw,item,score or shots,accuracy[,stderr][,n_items] or a column a number of shots, such as item,0,1,2,4"
)


def read(path: Path, scale: Scale) -> list[Result]:
    """Read a table of scores or of means, or one of adapt-gauge-core.

    An empty score is a missing one; an empty stderr or n_items is unknown for that row. Of columns whose names say
    nothing here a note says that they are not read: an error by another name would be left out.
    """
    return _results(path, *_rows(path, scale))


def read_frame(frame: Any, scale: Scale) -> list[Result]:
    """Read a table in memory, as `read` does one of a file; in an error, its rows are counted from 1."""
    path = Path("table")
    columns, cells = cells_of(frame)
    return _results(path, columns, [Fields(row, path, at, scale=scale) for at, row in enumerate(cells, start=1)])


def _results(path: Path, columns: list[str], rows: list[Fields]) -> list[Result]:
    if set(columns) >= gauge.RAW:
        return gauge.read_raw(path, rows)
    if set(columns) >= gauge.SUMMARY:
        return gauge.read_summary(path, rows)
    layout = _Layout.of(path, columns, rows)
    results = _trials(path, layout, rows) if layout.of_items else _means(path, layout, rows)
    unread = [name for name in columns if name and name not in layout.read]
    columns_unread = noted(f"columns that are not read: {', '.join(unread)}", "some columns are not read")
    notes = (columns_unread,) if unread else ()
    return [replace(result, notes=(*result.notes, *notes), repeated=_TWO_DRAWS) for result in results]


_TWO_DRAWS: Final = "where they are two draws, say so in a column draw"


class _Scores(NamedTuple):
    """A column of scores; shots and draw are None where columns of their own say them."""

    column: str
    metric: str = ""
    shots: int | None = None
    draw: str | None = None


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which column holds what.

    Attributes
    ----------
    by_role : dict
        Columns by what they hold, a key of `_NAMES`.
    scores : tuple of _Scores
        The columns of scores.
    of_items : bool
        Whether a score is one of an item; otherwise it is a mean.
    """

    by_role: dict[str, str]
    scores: tuple[_Scores, ...]
    of_items: bool

    @classmethod
    def of(cls, path: Path, columns: Sequence[str], rows: Sequence[Fields]) -> _Layout:
        """Return what the names of the columns, and where they leave it open the cells, say."""
        named = {_plain(name): name for name in reversed(columns)}
        by_role = {
            role: named[known]
            for role, names in _NAMES.items()
            if (known := next((name for name in names if name in named), None)) is not None
        }
        of_items = "item" in by_role
        scores = _scores(columns, named, by_role, rows[0].scale.unstated_shots)
        if not scores:
            lacking = "scores" if "shots" in by_role else "the number of shots"
            raise InputError(f"has no column of {lacking} among {', '.join(columns)}; needs {_NEEDS}", file=path)
        if not of_items and scores[0].shots is not None and "draw" not in by_role:
            of_items = _rows_are_items(by_role, scores, rows)
        return cls(by_role, scores, of_items)

    @property
    def is_wide(self) -> bool:
        """Whether a row has a score at several numbers of shots or draws."""
        return self.scores[0].shots is not None or self.scores[0].draw is not None

    @property
    def read(self) -> set[str]:
        """Columns that count."""
        unread = _OF_MEANS if self.of_items else (*_OF_ITEMS, *(_OF_ONE_MEAN if len(self.scores) > 1 else ()))
        errors = {f"{_plain(scores.column)}_stderr" for scores in self.scores if not self.of_items}
        return {
            *(column for role, column in self.by_role.items() if role not in unread),
            *(scores.column for scores in self.scores),
            *errors,
        }

    def text(self, row: Fields, role: str) -> str:
        """Return a name in a row; empty where there is none."""
        return row.text(self.by_role[role], "").strip() if role in self.by_role else ""

    def settings(self, row: Fields) -> Iterator[tuple[Setting, str]]:
        """Yield what each score of a row is a score of, and its column."""
        task, model, metric, draw = (self.text(row, role) for role in ("task", "model", "metric", "draw"))
        for scores in self.scores:
            shots = row.shots(self.by_role["shots"]) if scores.shots is None else scores.shots
            names = "/".join(name for name in (metric, scores.metric) if name)
            yield Setting(shots, task, model, names, draw if scores.draw is None else scores.draw), scores.column


def _plain(name: str) -> str:
    """Return a column's name as `_NAMES` has it: ``Num Fewshot`` and ``acc,none`` are ``num_fewshot`` and ``acc``."""
    return re.sub(r"[\s-]+", "_", name.strip().lower().removesuffix(",none"))


def _scores(
    columns: Sequence[str], named: Mapping[str, str], by_role: Mapping[str, str], unstated: int | None
) -> tuple[_Scores, ...]:
    """Return the columns of scores; several of one form are metrics."""
    usual = "score" if "item" in by_role else "accuracy"
    known = [name for name in _SCORES if name in named]
    if usual in known or len(known) == 1:
        alone: tuple[_Scores, ...] = (_Scores(named[usual if usual in known else known[0]]),)
    else:
        alone = tuple(_Scores(named[name], metric=named[name]) for name in known)
    if "shots" in by_role:
        return alone or tuple(_Scores(name, draw=name) for name in columns if _DRAW_COLUMN.fullmatch(_plain(name)))
    by_shots = {name: match for name in columns if (match := _SHOTS_COLUMN.fullmatch(_plain(name)))}
    if len(by_shots) < 2:
        of_one_prompt = "item" in by_role and unstated is not None
        return tuple(scores._replace(shots=unstated) for scores in alone) if of_one_prompt else ()
    return tuple(_Scores(name, shots=int(match[1] or _WORDS[match[2]])) for name, match in by_shots.items())


def _rows_are_items(by_role: Mapping[str, str], scores: tuple[_Scores, ...], rows: Sequence[Fields]) -> bool:
    """Whether each row of a table with a column a number of shots is an item without a name, and not a mean."""
    groups = [tuple(str(row.values.get(by_role.get(role, ""), "")) for role in _GROUPS) for row in rows]
    if len(set(groups)) == len(rows):
        return False
    for row in rows:
        for column in (scores_of.column for scores_of in scores):
            if row.score(column) not in (0, 1) and not math.isnan(row.score(column)):
                raise InputError(
                    "does not say what a row is; name each row in a column item, or draw if its cells are means",
                    file=row.file, line=row.line,
                )  # fmt: skip
    return True


def _rows(path: Path, scale: Scale) -> tuple[list[str], list[Fields]]:
    rows, line = list[Fields](), 0
    try:
        with path.open(newline="", encoding=_encoding(path)) as lines:
            # Strict: otherwise a quote that is never closed swallows the rest of the file in silence.
            reader = csv.DictReader(lines, strict=True, delimiter=_delimiter(lines, path))
            columns = [name.strip().lower() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            line = reader.line_num
            for row in reader:
                line = reader.line_num
                if None in row:  # 0,35 for 0.35 would be read as 0
                    raise InputError("has more cells than the header", file=path, line=line)
                if any(cell and cell.strip() for cell in row.values()):  # spreadsheets leave rows of nothing
                    rows.append(Fields(row, path, line, scale=scale))
    except OSError as error:
        raise InputError(str(error.strerror), file=path) from error
    except UnicodeError as error:
        raise InputError(f"no readable CSV ({error})", file=path) from error
    except csv.Error as error:
        raise InputError(f"no readable CSV ({error})", file=path, line=line + 1) from error
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice is not None:
        raise InputError("stands here twice; remove one of the columns", file=path, line=1, field=twice)
    if not rows:
        raise InputError("no rows below the header" if columns else "is empty", file=path)
    return columns, rows


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:  # spreadsheets write "Unicode text" as UTF-16
        return "utf-16" if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _delimiter(lines: TextIO, path: Path) -> str:
    """Return what stands between the names of the columns; some spreadsheets say it in a first line, ``sep=;``."""
    first = lines.readline()
    stated = re.fullmatch(r"sep=([,;\t])\s*", first, re.IGNORECASE)
    if stated:
        return stated[1]
    lines.seek(0)
    outside_quotes = re.sub(r'"[^"]*"', "", first)
    return max(_DELIMITERS, key=lambda sign: (outside_quotes.count(sign), sign == _BY_SUFFIX.get(path.suffix.lower())))


def _trials(path: Path, layout: _Layout, rows: Sequence[Fields]) -> list[Result]:
    sheet, groups = ScoreSheet(), dict[str, str]()
    for number, row in enumerate(rows, start=1):
        item = short_id(layout.text(row, "item")) if "item" in layout.by_role else f"row {number}"
        if not item:
            raise row.fault(layout.by_role["item"], "is empty; give each item a name in all its rows")
        group = "" if is_missing(named := layout.text(row, "group")) else named
        if groups.setdefault(item, group) != group:
            differs = f"{group!r:.40}, but item {item!r:.40} has {groups[item]!r:.40} above"
            raise row.fault(layout.by_role["group"], differs)
        repetition = layout.text(row, "repetition")
        for setting, column in layout.settings(row):
            sheet.add_once(setting, item, row.share(column), row, column, repetition)
    stated = {item: group for item, group in groups.items() if group}
    return _by_name([replace(result, groups=stated) for result in sheet.results(path)])


def _by_name(results: Sequence[Result]) -> list[Result]:
    """Return them with draws and items in the order of their names, so that the order of the rows changes nothing."""
    ordered = sorted(results, key=lambda result: (result.setting.shots, _as_counted(result.setting.draw)))
    return [
        replace(result, scores={item: result.scores[item] for item in sorted(result.scores, key=_as_counted)})
        for result in ordered
        if not isinstance(result.scores, Mean)
    ]


def _as_counted(name: str) -> tuple[int, str]:
    """Return what names are sorted by: numbers without zeros before them, alone or at the end, come in their order."""
    return len(name), name


def _means(path: Path, layout: _Layout, rows: Sequence[Fields]) -> list[Result]:
    means: dict[Setting, Mean] = {}
    for row in rows:
        for setting, column in layout.settings(row):
            if layout.is_wide and math.isnan(row.score(column)):
                continue  # not measured
            if setting in means:
                raise InputError(
                    "this number of shots came before; remove one of the rows, or give each a draw (or an item, where"
                    " these are single scores)",
                    file=path, line=row.line,
                )  # fmt: skip
            n_items = row.n_items(layout.by_role["n_items"]) if "n_items" in layout.by_role else math.nan
            means[setting] = Mean(row.known_share(column), _stderr(layout, row, column, n_items), n_items)
    intervals = {"low", "high"} <= layout.by_role.keys() and "stderr" not in layout.by_role
    return [Result(path, setting, mean, (_INTERVALS,) if intervals else ()) for setting, mean in means.items()]


def _stderr(layout: _Layout, row: Fields, column: str, n_items: float) -> float:
    """Return the standard error of a mean, by its own column or its interval; NaN where neither is known."""
    own = f"{_plain(column)}_stderr"
    name = own if own in row.values else layout.by_role.get("stderr") if len(layout.scores) == 1 else None
    if name is not None:
        error = row.stderr(name)
    elif {"low", "high"} <= layout.by_role.keys() and len(layout.scores) == 1:
        name = layout.by_role["low"]
        low, high = (row.score(layout.by_role[end]) for end in ("low", "high"))
        if not (low <= row.score(column) <= high or math.isnan(low + high)):
            raise row.fault(name, "the interval does not hold its mean")
        error = (high - low) / 2 / _HALF_WIDTH
    else:
        return math.nan
    if error == 0 and math.isnan(n_items):
        raise row.fault(name, "an error of 0 would be certainty; leave the cell empty, or add a column n_items")
    return error


_OF_MEANS: Final = ("stderr", "low", "high", "n_items")
_OF_ITEMS: Final = ("repetition", "group")
_OF_ONE_MEAN: Final = ("stderr", "low", "high")  # of which, in a row of several, nobody knows
_GROUPS: Final = ("task", "model", "metric")
_INTERVALS: Final = noted("the intervals of the table are taken as 95% intervals")
