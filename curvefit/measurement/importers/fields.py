"""Fields of a file nobody vouches for. Lives here: typed access, where each fault names file, line and field."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError

__all__ = ["SHOTS", "Fields"]

# What the number of shots is called where a user names it: an argument of a task or a variable of a prompt.
SHOTS: Final = ("shots", "fewshot", "num_fewshot", "n_fewshot", "few_shot", "num_shots", "n_shots", "fewshots")

_MOST: Final = 10**9  # shots or items; nobody has more, and numbers near what a machine can hold break sums
_LONGEST: Final = 60  # characters of a value that an error quotes


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object or a row of a table, and where it stands.

    Attributes
    ----------
    values : mapping
        As read.
    file, line, within : Path, int or None, str
        Where; `within` is the path of keys that leads here, such as ``eval.task_args``.
    """

    values: Mapping[str, Any]
    file: Path
    line: int | None = None
    within: str = ""

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
        return Fields(value, self.file, self.line, self.at(name))

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
            yield Fields(one, self.file, self.line, self.at(f"{name}.{i}"))

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
        if not isinstance(value, str | int | float):
            raise self.fault(name, f"{_quoted(value)} is no number")
        try:
            return float(value)
        except (ValueError, OverflowError):
            raise self.fault(name, f"{_quoted(value)} is no number") from None

    def known(self, name: str) -> float:
        """Return a number that may be left out: then NaN, as for an empty cell."""
        blank = str(self.values.get(name) or "").strip() == "" and self.values.get(name) != 0
        return math.nan if blank else self.number(name)

    def share(self, name: str) -> float:
        """Return a number in [0, 1]."""
        value = self.number(name)
        if not 0 <= value <= 1:
            raise self.fault(name, f"{_bare(self.values[name])} does not lie in [0, 1]; give a share, not percent")
        return value

    def shots(self, name: str) -> int:
        """Return a number of shots."""
        value = self.number(name)
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
        value = self.known(name)
        if not (math.isnan(value) or 0 <= value <= 0.5):
            raise self.fault(name, f"{_bare(self.values[name])} is no standard error of scores in [0, 1]")
        return value

    def named_shots(self) -> int | None:
        """Return the number of shots under any of the names in `SHOTS`; None where there is none."""
        name = next((name for name in SHOTS if self.values.get(name) is not None), None)
        if name is not None and isinstance(self.values[name], bool):
            raise self.fault(name, f"{self.values[name]} does not say how many examples; give a number")
        return None if name is None else self.shots(name)


def _bare(value: object) -> str:
    return str(value).strip()[:_LONGEST]


def _quoted(value: object) -> str:
    if isinstance(value, str):
        return repr(value.strip()[:_LONGEST])
    return f"a {type(value).__name__}" if isinstance(value, list | Mapping) else str(value)[:_LONGEST]
