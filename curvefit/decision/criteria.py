"""What is decided by: margin, level, kind of task, number of examples. Lives here: whether they can be used."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, Final

from curvefit.errors import CurveError
from curvefit.payoff.predictor import Probed
from curvefit.task_kinds import kind_problem

__all__ = [
    "MARGIN",
    "MOST_EXAMPLES",
    "USEFUL",
    "check_criteria",
    "check_probes",
    "check_share",
    "checked_kind",
    "number_of_examples",
]

MARGIN: Final = 0.02  # where none is stated, and nothing is known to take it from
USEFUL: Final = 0.5  # what is right less often may be no use: to ship it is for the reader to say
MOST_EXAMPLES: Final = 10**9  # to fine-tune on: more is a slip of the hand


def check_criteria(margin: Any, level: Any, n_train: Any) -> None:
    """Raise `CurveError` where one of what is decided by cannot be used: best before anything is paid for."""
    for name, value in (("margin", margin), ("level", level)):
        check_share(name, value)
    if n_train is not None:
        number_of_examples(n_train)


def check_probes(probes: Any) -> None:
    """Raise `CurveError` where probes are none."""
    listed = isinstance(probes, Sequence) and not isinstance(probes, str)
    if not listed or not all(isinstance(probe, Probed) for probe in probes):
        raise CurveError(f"probes must be a list of Probed, not {probes!r:.40}")


def check_share(name: str, value: Any) -> None:
    """Raise `CurveError` for what does not lie between 0 and 1, by its name."""
    if not (isinstance(value, Real) and 0.0 < float(value) < 1.0):
        raise CurveError(f"{name} lies between 0 and 1, not {value!r:.40}")


def checked_kind(kind: Any) -> str:
    """Return a kind of task, as text that is not nearly that of a known one.

    Raises
    ------
    CurveError
        It is no text, empty, or one that was misspelt.
    """
    if not isinstance(kind, str) or not kind.strip():
        raise CurveError(f"kind must be text, such as 'classification', not {kind!r:.40}")
    if problem := kind_problem(kind):
        raise CurveError(problem)
    return kind


def number_of_examples(n_train: Any) -> int:
    """Return how many examples are to be fine-tuned on, as an int.

    Raises
    ------
    CurveError
        It is no whole number, or not 1 to `MOST_EXAMPLES`.
    """
    if not isinstance(n_train, Integral) or not 1 <= int(n_train) <= MOST_EXAMPLES:
        raise CurveError(f"n_train must be a whole number, 1 to {MOST_EXAMPLES:,}, not {n_train!r:.40}")
    return int(n_train)
