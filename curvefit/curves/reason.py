"""One thing a conclusion rests on. Lives here: the code and its numbers; the words are made in `curvefit.report`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
