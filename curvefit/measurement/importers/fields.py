"""Fields of a file nobody vouches for. Lives here: typed access, where each fault names file, line and field."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError

__all__ = ["DRAWS", "SHOTS", "Fields", "Scale", "is_missing"]

# What the number of shots is called where a user names it: an argument of a task or a variable of a prompt.
SHOTS: Final = ("shots", "fewshot", "num_fewshot", "n_fewshot", "few_shot", "num_shots", "n_shots", "fewshots")
# And what tells one draw of examples from another.
DRAWS: Final = ("draw", "seed", "fewshot_seed", "draw_id", "seed_id")

# Words of a verdict on one item, and what they count.
_VERDICTS: Final = {
    **dict.fromkeys(("true", "t", "yes", "y", "pass", "passed", "correct", "right", "success", "c"), 1.0),
    **dict.fromkeys(("false", "f", "no", "n", "fail", "failed", "incorrect", "wrong", "failure", "i"), 0.0),
}
_MISSING: Final = ("", "nan", "na", "n/a", "none", "null")
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d*,\d+")
_SHOTS_IN_WORDS: Final = re.compile(r"(\d{1,9})[ _-]?shots?", re.IGNORECASE)

_MOST: Final = 10**9  # shots or items; nobody has more, and numbers near what a machine can hold break sums
_LONGEST: Final = 60  # characters of a value that an error quotes


@dataclass(frozen=True, slots=True)
class Scale:
    """How the numbers of a file are meant, where it does not say: scores are mapped to [0, 1] as they are read.

    Attributes
    ----------
    low, high : float
        The lowest and the highest score that can be had.
    unstated_shots : int or None
        The number of shots where a file does not say it; None: such a file is refused.

    Examples
    --------
    >>> from curvefit.measurement.importers.fields import Scale
    >>> Scale(1, 5).share(4)
    0.75
    """

    low: float = 0.0
    high: float = 1.0
    unstated_shots: int | None = None

    @property
    def width(self) -> float:
        """What an error of a share is as an error of a score."""
        return self.high - self.low

    def share(self, score: float) -> float:
        """Return where a score lies between the lowest, 0, and the highest, 1; beyond that where it is out of range."""
        return (score - self.low) / self.width

    def refusal(self, value: object) -> str:
        """Say that a score is out of range, and what to do."""
        inside = f"{value} does not lie in [{self.low:g}, {self.high:g}]"
        if (self.low, self.high) != (0, 1):
            return f"{inside}, as --scale says; give the lowest and the highest score there can be"
        such_as = "curvefit fit --scale 1,5 for grades or --scale 0,100 for percent (in Python: scale=(0, 100))"
        return f"{inside}; say what scores run from and to, such as {such_as}"


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object or a row of a table, and where it stands.

    Attributes
    ----------
    values : mapping
        As read.
    file, line, within : Path, int or None, str
        Where; `within` is the path of keys that leads here, such as ``eval.task_args``.
    scale : Scale
        What scores run from and to.
    """

    values: Mapping[str, Any]
    file: Path
    line: int | None = None
    within: str = ""
    scale: Scale = Scale()

    def at(self, name: str | int) -> str:
        """Return the whole path of a field."""
        return f"{self.within}.{name}" if self.within else str(name)

    def fault(self, name: str, problem: str) -> InputError:
        """Return an error that names the field."""
        return InputError(problem, file=self.file, line=self.line, field=self.at(name))

    def inner(self, name: str) -> Fields:
        """Return an object; an absent one is empty."""
        value = self.values.get(name)
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise self.fault(name, f"{_quoted(value)} is no object")
        return Fields(value, self.file, self.line, self.at(name), self.scale)

    def each(self, name: str) -> Iterator[Fields]:
        """Yield the objects of a list; an absent one is empty."""
        value = self.values.get(name)
        if value is None:
            value = []
        if not isinstance(value, list):
            raise self.fault(name, f"{_quoted(value)} is no list")
        for i, one in enumerate(value):
            if not isinstance(one, Mapping):
                raise self.fault(f"{name}.{i}", f"{_quoted(one)} is no object")
            yield Fields(one, self.file, self.line, self.at(f"{name}.{i}"), self.scale)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a name or an id, which may be written as a number."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise self.fault(name, "is missing" if value is None else f"{_quoted(value)} is no text")
        return str(value)

    def number(self, name: str) -> float:
        """Return a number, also where it is written as text, as in tables."""
        if name not in self.values:
            raise self.fault(name, "is missing")
        value = "" if self.values[name] is None else self.values[name]
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise self.fault(name, f"{_quoted(value)} is no number")
        try:
            return float(value)
        except (ValueError, OverflowError):
            raise self.fault(name, f"{_quoted(value)} is no number") from None

    def known(self, name: str) -> float:
        """Return a number that may be left out: then NaN, as for an empty cell."""
        return math.nan if is_missing(self.values.get(name)) else self.number(name)

    def score(self, name: str) -> float:
        """Return a score as a share of what can be had, 1 for all; out of range it is below 0 or above 1.

        Words such as ``True``, ``fail`` or ``correct`` are 0 and 1 on any scale, ``45%`` is 0.45, and ``0,45`` is
        written with a decimal comma. An empty cell or ``nan`` is a missing score: NaN.
        """
        value = self.values.get(name)
        if name in self.values and is_missing(value):
            return math.nan
        if isinstance(value, bool):
            return float(value)
        verdict = _VERDICTS.get(value.strip().lower()) if isinstance(value, str) else None
        if verdict is not None:
            return verdict
        percent = self._percent(name)
        return self.scale.share(self._decimal(name)) if percent is None else percent

    def mean(self, name: str) -> float:
        """Return a score that is a mean over items, as `score` does: no single verdict, true or false, is one."""
        if isinstance(self.values.get(name), bool):
            raise self.fault(name, f"{self.values[name]} is no mean of scores")
        return self.score(name)

    def _percent(self, name: str) -> float | None:
        """Return what is written as percent, such as ``45%`` or ``45,5 %``; None for what is not."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value.strip().endswith("%"):
            return None
        return Fields({name: value.strip()[:-1]}, self.file, self.line, self.within)._decimal(name) / 100

    def _decimal(self, name: str) -> float:
        """Return a number that may be written with a decimal comma."""
        value = self.values.get(name)
        if isinstance(value, str) and _DECIMAL_COMMA.fullmatch(value.strip()) and self.scale.high < 1000:
            return float(value.strip().replace(",", "."))
        return self.number(name)

    def share(self, name: str) -> float:
        """Return a score of all there can be, in [0, 1]; NaN where it is missing."""
        share = self.score(name)
        if not (math.isnan(share) or 0 <= share <= 1):
            raise self.fault(name, self.scale.refusal(_bare(self.values[name])))
        return share

    def known_share(self, name: str) -> float:
        """Return a score that may not be missing, such as a mean."""
        share = self.share(name)
        if math.isnan(share):
            raise self.fault(name, f"{_quoted(self.values.get(name))} is no number")
        return share

    def shots(self, name: str) -> int:
        """Return a number of shots, which may be written as ``5-shot``."""
        text = self.values.get(name)
        in_words = _SHOTS_IN_WORDS.fullmatch(text.strip()) if isinstance(text, str) else None
        value = float(in_words[1]) if in_words else self.number(name)
        if not (0 <= value <= _MOST and value == int(value)):
            raise self.fault(name, f"{_bare(self.values[name])} is no number of shots")
        return int(value)

    def n_items(self, name: str) -> float:
        """Return a number of items; NaN where left out."""
        value = self.known(name)
        if not (math.isnan(value) or 1 <= value <= _MOST):
            raise self.fault(name, f"{_bare(self.values[name])} is no number of items")
        return value

    def stderr(self, name: str) -> float:
        """Return a standard error of scores in [0, 1]; NaN where left out."""
        if is_missing(self.values.get(name)):
            return math.nan
        percent = self._percent(name)
        error = self._decimal(name) / self.scale.width if percent is None else percent
        if not 0 <= error <= 0.5:
            raise self.fault(name, f"{_bare(self.values[name])} is no standard error of scores in [0, 1]")
        return error

    def named_shots(self) -> int | None:
        """Return the number of shots under any of the names in `SHOTS`; None where there is none."""
        name = next((name for name in SHOTS if self.values.get(name) is not None), None)
        if name is not None and isinstance(self.values[name], bool):
            raise self.fault(name, f"{self.values[name]} does not say how many examples; give a number")
        return None if name is None else self.shots(name)

    def named_draw(self) -> str:
        """Return the name of a draw under any of the names in `DRAWS`; empty where there is none."""
        value = next((self.values[name] for name in DRAWS if self.values.get(name) is not None), "")
        return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def is_missing(value: object) -> bool:
    """Whether a cell of a table says that it holds nothing."""
    return value is None or str(value).strip().lower() in _MISSING


def _bare(value: object) -> str:
    return str(value).strip()[:_LONGEST]


def _quoted(value: object) -> str:
    if isinstance(value, str):
        return repr(value.strip()[:_LONGEST])
    return f"a {type(value).__name__}" if isinstance(value, list | Mapping) else str(value)[:_LONGEST]
