"""A group-sequential design. Lives here: the size and level of each look, and the interim analysis after it.

Looking for a verdict several times makes a wrong one more likely, so each look spends a share of the allowed error (Lan
& DeMets 1983). The shares below keep the whole at 1 - level for a normal mean, tested on one side, that has a third,
54%, 77% and all of its information by the four looks, which is what the shares of draws and items give. They favour
late looks: a last look made stricter for the sake of early ones loses verdicts.
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
from curvefit.curves.value_of_information import Extent, Preposterior, measured_extent

__all__ = ["InterimAnalysis", "Look", "Looks", "interim_analysis", "planned_looks"]

_DRAWS: Final = (0.4, 0.6, 0.8, 1.0)  # share of the draws at each look
_ITEMS: Final = (0.3, 0.5, 0.75, 1.0)  # share of the items
_ERROR_SHARES: Final = (0.02, 0.12, 0.35, 0.89)  # of 1 - level
_FUTILE: Final = 0.02  # chance of settling the verdict below which no more is measured
_SUFFICIENT: Final = 0.95  # share of the chance with all numbers of shots that fewer must keep


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
        the last look was reached.
    level : float
        Level that look was judged at: higher than the nominal one, which several looks together then keep.
    chance : float or None
        Probability that measuring all of the design would settle the verdict; only for "given-up".
    """

    number: int
    of: int
    outcome: Literal["settled", "given-up", "stopped", "complete"]
    level: float
    chance: float | None = None


@dataclass(frozen=True, slots=True)
class InterimAnalysis:
    """What measuring on to the last look is worth, as of an earlier look.

    Attributes
    ----------
    chance : float
        Predictive power: probability that the last look will put the gain left on one side of the margin.
    may_be_falling : bool
        Whether accuracy may be falling, which the chance does not count.
    shots : tuple of int
        The numbers of shots worth measuring further; the others add little information.
    """

    chance: float
    may_be_falling: bool
    shots: tuple[int, ...]

    @property
    def futile(self) -> bool:
        """Whether measuring all of the design would hardly settle anything."""
        return self.chance < _FUTILE and not self.may_be_falling


def planned_looks(draws: int, items: int, level: float) -> tuple[Look, ...]:
    """Return the looks of a design of so many draws and items; the last one is all of it.

    Never fewer than two draws where there are two, since one cannot show how much draws matter. Looks that would
    add nothing are left out, and their share of the error stays unspent.
    """
    parts = zip(_DRAWS, _ITEMS, _ERROR_SHARES, strict=True)
    looks = [
        Look(min(draws, max(2, ceil(d * draws))), ceil(i * items), 1 - spent * (1 - level)) for d, i, spent in parts
    ]
    return tuple(
        look
        for look, after in zip(looks, [*looks[1:], None], strict=True)
        if after is None or (look.draws, look.items) != (after.draws, after.items)
    )


def interim_analysis(
    curve: Curve, forecast: Forecast, last: Look, *, margin: float, horizon: int, continuing: Collection[int] = ()
) -> InterimAnalysis:
    """Return the chance that the last look settles the verdict, and which numbers of shots it needs for that.

    The first ones, from which a rise is measured, are always measured further; of the others the last few, as few as
    keep nearly all of the chance.

    Margin and horizon are the verdict's; `continuing` are the numbers of shots that can be measured further, by default
    all.
    """
    now = measured_extent(curve)
    preposterior = Preposterior(curve, forecast, margin=margin, horizon=horizon)

    def chance_with(going_on: NDArray[np.bool_]) -> float:
        draws, items = np.where(going_on, last.draws, now.draws), np.where(going_on, last.items, now.items)
        planned = Extent(now.shots, np.maximum(draws, now.draws), np.maximum(items, now.items))
        return preposterior.settling_probability(planned, last.level)

    continued = np.isin(now.shots, list(continuing)) if continuing else np.ones(len(now.shots), dtype=bool)
    full_chance = chance_with(continued)
    drop = fall(curve, forecast.level)
    may_be_falling = drop is not None and drop.may_be_fall(margin)
    first_optional = int(np.searchsorted(now.shots, 1)) + 1  # after 0 and the first positive number
    for count in range(2, len(now.shots) - first_optional):
        fewer = continued.copy()
        fewer[first_optional:-count] = False
        if chance_with(fewer) >= _SUFFICIENT * full_chance:
            continued = fewer
            break
    return InterimAnalysis(full_chance, may_be_falling, tuple(int(k) for k in now.shots[continued]))
