"""Measuring in stages until it is settled. Lives here: how much at each look, how strict, and what can be hoped for.

A verdict that is looked for several times is found by chance more often than one looked for once, so each look spends a
part of the error that is allowed (Lan & DeMets 1983). The parts below keep the whole at (1 - level) / 2 a side for a
normal mean that has a third, 54%, 77% and all of its information by the four looks, as the shares of draws and items
make it. They favour late looks: a verdict given up at the end for the sake of early ones is not cheap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from curvefit.curves.curve import Curve
from curvefit.curves.forecast import Forecast, fitted

__all__ = ["Stage", "chance", "stages"]

_DRAWS: Final = (0.4, 0.6, 0.8, 1.0)  # share of the draws at each look
_ITEMS: Final = (0.3, 0.5, 0.75, 1.0)  # share of the items
_SPENT: Final = (0.082, 0.164, 0.409, 0.818)  # of 1 - level
_TRIES: Final = 1000


@dataclass(frozen=True, slots=True)
class Stage:
    """How much has been measured at one look, and the level its verdict is judged at."""

    draws: int
    items: int
    level: float


def stages(draws: int, items: int, level: float) -> tuple[Stage, ...]:
    """Return the looks of a design of so many draws and items; the last one is all of it.

    Never fewer than two draws where there are two, since one cannot show how much draws matter. Looks that would
    add nothing are left out, and what they would have spent is not.
    """
    parts = zip(_DRAWS, _ITEMS, _SPENT, strict=True)
    looks = [
        Stage(min(draws, max(2, ceil(d * draws))), ceil(i * items), 1 - spent * (1 - level)) for d, i, spent in parts
    ]
    return tuple(
        look
        for look, after in zip(looks, [*looks[1:], None], strict=True)
        if after is None or (look.draws, look.items) != (after.draws, after.items)
    )


def chance(curve: Curve, forecast: Forecast, margin: float, horizon: int, last: Stage) -> float:
    """Return the probability that the last look will settle on which side of the margin the gain left lies.

    The noise is made as small as all draws and items would make it and the forecast made anew, which gives the width
    of the interval to come; where it will lie is as uncertain as the gain is now.

    Parameters
    ----------
    curve : Curve
        Scores measured so far.
    forecast : Forecast
        Its forecast.
    margin, horizon
        As of the verdict.
    last : Stage
        What would be measured in the end.
    """
    seen = curve.observed
    shots, noise = curve.shots[seen], curve.noise()
    _, draws, items = curve.scores.shape
    less = replace(
        noise,
        items=noise.items * items / last.items,
        draws=noise.draws * draws / last.draws,
        df_draws=noise.df_draws * last.draws / draws,
    )
    start = int(shots[-1])
    to_come = fitted(shots, forecast.band(shots)[0], less, last.level, seed=0, n_draws=_TRIES).gain(start, horizon)
    half = (to_come.high - to_come.low) / 2
    gain = forecast.change(start, horizon)
    settled = (gain - half > margin) | ((gain - half > -margin) & (gain + half < margin))
    return float(settled.mean())
