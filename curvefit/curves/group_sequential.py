"""Measuring in looks until it is settled. Lives here: how much at each look, how strict, and what to go on with.

A verdict that is looked for several times is found by chance more often than one looked for once, so each look spends a
part of the error that is allowed (Lan & DeMets 1983). The parts below keep the whole at (1 - level) / 2 a side for a
normal mean that has a third, 54%, 77% and all of its information by the four looks, as the shares of draws and items
make it. They favour late looks: a verdict given up at the end for the sake of early ones is not cheap.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.contrasts import fall
from curvefit.curves.curve import Curve
from curvefit.curves.forecast import Forecast
from curvefit.curves.value_of_information import Extent, chance, measured

__all__ = ["Look", "Looks", "Prospect", "planned_looks", "prospect"]

_DRAWS: Final = (0.4, 0.6, 0.8, 1.0)  # share of the draws at each look
_ITEMS: Final = (0.3, 0.5, 0.75, 1.0)  # share of the items
_SPENT: Final = (0.02, 0.12, 0.35, 0.89)  # of 1 - level
_HOPELESS: Final = 0.02  # chance of settling it below which no more is measured
_AS_GOOD: Final = 0.95  # of the chance with all numbers of shots, which fewer must keep


@dataclass(frozen=True, slots=True)
class Look:
    """How much has been measured at one look, and the level its verdict is judged at."""

    draws: int
    items: int
    level: float


@dataclass(frozen=True, slots=True)
class Looks:
    """How a measurement in looks ended.

    Attributes
    ----------
    number, of : int
        The last look, and how many were planned.
    outcome : "settled", "given-up", "stopped" or "complete"
        The verdict was settled early; all of the design would hardly have settled it; a spending limit was reached; or
        everything that still tells was measured.
    level : float
        Level that look was judged at: higher than the one asked for, so that several looks together keep to that.
    chance : float or None
        Probability that measuring all of the design would settle the verdict, where that was given up.
    """

    number: int
    of: int
    outcome: Literal["settled", "given-up", "stopped", "complete"]
    level: float
    chance: float | None = None


@dataclass(frozen=True, slots=True)
class Prospect:
    """What going on to the last stage promises.

    Attributes
    ----------
    chance : float
        Probability that it will settle on which side of the margin the gain left lies.
    sinking : bool
        Whether accuracy may be falling, which the chance does not count.
    shots : tuple of int
        The numbers of shots worth measuring further; the others tell hardly more about what is ahead.
    """

    chance: float
    sinking: bool
    shots: tuple[int, ...]

    @property
    def lost(self) -> bool:
        """Whether measuring all of the design would hardly settle anything."""
        return self.chance < _HOPELESS and not self.sinking


def planned_looks(draws: int, items: int, level: float) -> tuple[Look, ...]:
    """Return the looks of a design of so many draws and items; the last one is all of it.

    Never fewer than two draws where there are two, since one cannot show how much draws matter. Looks that would
    add nothing are left out, and what they would have spent is not.
    """
    parts = zip(_DRAWS, _ITEMS, _SPENT, strict=True)
    looks = [
        Look(min(draws, max(2, ceil(d * draws))), ceil(i * items), 1 - spent * (1 - level)) for d, i, spent in parts
    ]
    return tuple(
        look
        for look, after in zip(looks, [*looks[1:], None], strict=True)
        if after is None or (look.draws, look.items) != (after.draws, after.items)
    )


def prospect(
    curve: Curve, forecast: Forecast, last: Look, *, margin: float, horizon: int, going: Collection[int] = ()
) -> Prospect:
    """Weigh what the last stage would tell, and which numbers of shots it needs for that.

    The first ones, from which a rise is measured, always go on; of the others the last few, as few as keep nearly all
    of the chance.

    Parameters
    ----------
    curve : Curve
        Scores measured so far.
    forecast : Forecast
        Its forecast.
    last : Look
        What would be measured in the end.
    margin, horizon
        As of the verdict.
    going : collection of int, optional
        The numbers of shots that can go on; by default all.
    """
    now = measured(curve)

    def hope(rows: NDArray[np.bool_]) -> float:
        draws, items = np.where(rows, last.draws, now.draws), np.where(rows, last.items, now.items)
        then = Extent(now.shots, np.maximum(draws, now.draws), np.maximum(items, now.items))
        return chance(curve, forecast, then, margin=margin, horizon=horizon, level=last.level)

    on = np.isin(now.shots, list(going)) if going else np.ones(len(now.shots), dtype=bool)
    most = hope(on)
    peak = fall(curve, forecast.level)
    sinking = peak is not None and peak.may_sink(margin)
    start = int(np.searchsorted(now.shots, 1)) + 1  # behind 0 and the first positive number
    for count in range(2, len(now.shots) - start):
        fewer = on.copy()
        fewer[start:-count] = False
        if hope(fewer) >= _AS_GOOD * most:
            on = fewer
            break
    return Prospect(most, sinking, tuple(int(k) for k in now.shots[on]))
