"""One thing a conclusion rests on. Lives here: the code and its numbers; the words are made in `curvefit.report`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from curvefit.curves.curve import Estimate

__all__ = ["Reason", "Value"]

Value = int | float | str | Estimate | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing a conclusion rests on, or one step to take.

    Attributes
    ----------
    code : str
        Which; the module that makes it documents what it means.
    values : mapping of str to number, Estimate, str or None
        Its numbers: accuracies and probabilities in [0, 1], whole counts; None where unknown.
    """

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted(self.values.items(), key=lambda item: item[0]))))

    def __reduce__(self) -> tuple[Any, ...]:
        return Reason, (self.code, dict(self.values))
