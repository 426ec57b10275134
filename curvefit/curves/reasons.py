"""The words of a verdict. Lives here: sentences with their numbers, in points; no verdict is given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.case import FEWEST, VerdictInputs
from curvefit.curves.curve import Estimate
from curvefit.curves.settling import what_would_settle
from curvefit.curves.value_of_information import Extent, measured
from curvefit.curves.words import with_interval

__all__ = [
    "beside_constant",
    "nothing_more",
    "sinking",
    "still_open",
    "too_few",
    "too_few_for_classes",
    "what_is_known",
]


def beside_constant(accuracy: Estimate, over: Estimate | None) -> list[str]:
    """Say so where an accuracy is not clearly above that of one answer to everything.

    Parameters
    ----------
    accuracy : Estimate
        Of a prompt or a model.
    over : Estimate or None
        How far it is above that of the commonest answer; None where that is not known.
    """
    if over is None or over.low > 0:
        return []
    how = "below" if over.high < 0 else "not clearly above"
    ours, constant = (f"{100 * value:.0f}%" for value in (accuracy.value, accuracy.value - over.value))
    surer = ", since the best of several prompts has to be surer" if over.level > accuracy.level else ""
    said = f"{ours} is {how} the {constant} that always giving the commonest answer scores"
    return [f"{said}: {with_interval(over)}{surer}."]


def what_is_known(c: VerdictInputs, *, falling: bool) -> list[str]:
    """Say what every verdict rests on: the gain left, and what was measured so far."""
    return [_gain_left(c), *_doubling(c), *(_fall(c) if falling else _rise(c)), *_draws(c)]


def _percent(holds: NDArray[np.bool_]) -> str:
    """Return how often it holds over the posterior's curves; no more is known than that it is rare or common."""
    share = 100 * float(holds.mean())
    return "under 1%" if share < 1 else "over 99%" if share > 99 else f"{share:.0f}%"


def _gain_left(c: VerdictInputs) -> str:
    change = c.forecast.change(c.last, c.horizon)
    return (
        f"Going from {c.last} to {c.horizon} shots is forecast to add {with_interval(c.gain)}. Probability that it adds"
        f" more than the margin of {100 * c.margin:g}: {_percent(change > c.margin)}; that it takes away more:"
        f" {_percent(change < -c.margin)}."
    )


def _doubling(c: VerdictInputs) -> list[str]:
    to = 2 * max(c.last, 1)
    if to >= c.horizon:
        return []
    more = _percent(c.forecast.change(c.last, to) > c.margin)
    gain = with_interval(c.forecast.gain(c.last, to))
    return [
        f"The next doubling, to {to} shots, is forecast to add {gain}; probability of more than the margin: {more}."
    ]


def _rise(c: VerdictInputs) -> list[str]:
    change = c.risen or (c.rises[0] if c.rises else None)
    if change is None:
        return []
    known = "" if change.by.low > 0 else ": no established rise"
    return [
        f"From {change.start} to {change.end} shots accuracy changed by {with_interval(change.by)}, corrected for"
        f" looking at {change.picked_among + 1} changes{known}."
    ]


def _fall(c: VerdictInputs) -> list[str]:
    assert c.fall is not None  # noqa: S101 - the rules that lead here saw it
    return [
        f"From its peak at {c.fall.start} shots to {c.fall.end} shots accuracy changed by {with_interval(c.fall.by)},"
        f" corrected for picking the peak among {c.fall.picked_among}."
    ]


def _draws(c: VerdictInputs) -> list[str]:
    if not c.curve.one_draw:
        return []
    return [
        "One draw cannot show how much the choice of demonstrations matters: the points' intervals cover items only,"
        " and forecast and verdict assume the spread of published runs (8 points of SD at 1 shot, 4 at 64, at 50%)."
    ]


def _takes(c: VerdictInputs, *, rows: int = 0, shots: int = 0, times: int = 1) -> str:
    """Say what more numbers of shots take, and up to how many, or so many times the draws and the items."""
    now = measured(c.curve)
    more = rows * int(now.draws.max() * now.items.max())
    more += Extent(now.shots, times * now.draws, times * now.items).calls - now.calls
    calls = "" if c.curve.summary is not None else f"{more:,} more calls"
    said = " and ".join(filter(None, (calls, c.held.lacks(shots, times * int(now.items.max())))))
    return f" ({said})" if said else ""


def too_few(c: VerdictInputs) -> list[str]:
    """Say how many numbers of shots are missing."""
    count = int((c.curve.shots[c.curve.observed] > 0).sum())
    there = "is 1 number" if count == 1 else f"are {count} numbers"
    return [
        f"There {there} of shots above 0; measure at least {FEWEST}, each about twice the one before"
        f"{_takes(c, rows=FEWEST - count)}."
    ]


def too_few_for_classes(c: VerdictInputs) -> list[str]:
    """Say that not every class was shown."""
    return [
        f"The largest prompt holds {c.last} examples and there are {c.n_classes} classes: the rise may start once every"
        f" class is shown. Measure at least {2 * c.n_classes} shots{_takes(c, rows=1, shots=2 * c.n_classes)}."
    ]


def sinking(c: VerdictInputs) -> list[str]:
    """Say what speaks for a fall, and what would tell."""
    return [
        *_fall(c),
        f"That may be a fall or an unlucky last point: measure {2 * c.last} shots{_takes(c, rows=1, shots=2 * c.last)},"
        f" or twice the items and twice the draws{_takes(c, times=2)}.",
    ]


def still_open(c: VerdictInputs) -> list[str]:
    """Say what would settle it."""
    if c.spent:
        return [
            "Less than the margin is left, whatever the curve did so far: what is open is whether it has risen by more"
            " than the margin, and so how few examples would do. To tell, twice the items and twice the draws would"
            f" narrow the interval of the rise by about a third{_takes(c, times=2)}."
        ]
    return [what_would_settle(c.curve, c.forecast, c.margin, c.horizon, c.held)]


def nothing_more(c: VerdictInputs) -> list[str]:
    """Say nothing: the verdict speaks for itself."""
    return []
