"""What would settle an open verdict. Lives here: the ways to go on, what each costs, and the words for the cheapest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.case import Held
from curvefit.curves.curve import Curve
from curvefit.curves.forecast import Forecast
from curvefit.curves.value_of_information import Extent, chance, measured
from curvefit.curves.words import sure

__all__ = ["what_would_settle"]

IntArray = NDArray[np.int_]

_MULTIPLES: Final = (2, 4, 8)  # beyond, too few of the posterior's curves fit what would be seen to tell
_DOUBLINGS: Final = 2  # of the largest number of shots
_LIKELY: Final = 0.5  # chance from which a way counts as one that settles it


class _Way(NamedTuple):
    """A way to go on."""

    extent: Extent
    words: str


def what_would_settle(curve: Curve, forecast: Forecast, margin: float, horizon: int, held: Held) -> str:
    """Name the cheapest measurement that would, as likely as not, put the gain left on one side of the margin.

    Cheapest is what takes the fewest more calls: more items, more draws, more shots, or several of these; first of all
    those that the task holds enough for. The chance is over all curves that the data leave possible (see
    `curvefit.curves.value_of_information`).
    """
    now = measured(curve)
    best, ways = 0.0, list(_ways(curve, now, horizon))

    def lacking(way: _Way) -> str:
        return held.lacks(int(way.extent.shots[-1]), int(way.extent.items.max()))

    for way in sorted(ways, key=lambda way: (lacking(way) != "", way.extent.calls)):
        hope = chance(curve, forecast, way.extent, margin=margin, horizon=horizon, level=forecast.level)
        if hope >= _LIKELY:
            calls = "" if curve.summary is not None else f", {way.extent.calls - now.calls:,} more calls"
            short = f" That takes {lacking(way)}." if lacking(way) else ""
            return f"Cheapest to settle it: {way.words}{calls}, with a chance of {hope:.0%}.{short}"
        best = max(best, hope)
    gain = forecast.gain(int(now.shots[-1]), horizon)
    furthest = max(int(way.extent.shots[-1]) for way in ways)
    widest = 100 * max(abs(gain.low), abs(gain.high))
    return (
        f"No measurement up to {_MULTIPLES[-1]} times the items and draws and {furthest:,} shots would settle it with a"
        f" chance above {best:.0%}. These data do say that accuracy will change by less than {widest:.1f} points, with"
        f" {sure(gain.level)} confidence: if that is enough, decide by cost; if not, judge by another margin."
    )


def _ways(curve: Curve, now: Extent, horizon: int) -> Iterator[_Way]:
    """Yield multiples of items, of draws and of both, each at the shots there are and at further ones."""
    items, draws, last = int(now.items.max()), int(now.draws.max()), max(int(now.shots[-1]), 1)
    pairs = [(1, 1), *((n, 1) for n in _MULTIPLES), *((1, n) for n in _MULTIPLES), *((n, n) for n in _MULTIPLES)]
    if curve.summary is not None:  # one kind of noise, of unknown parts
        pairs = [(1, 1), *((1, n) for n in _MULTIPLES)]
    further = [last * 2**n for n in range(1, _DOUBLINGS + 1)]
    for count in range(_DOUBLINGS + 1):
        if count and further[count - 1] > max(horizon, 2 * last):
            break
        shots = np.append(now.shots, further[:count]).astype(int)
        for more_items, more_draws in pairs:
            if not count and more_items == more_draws == 1:
                continue
            extent = Extent(shots, _grown(now.draws, more_draws, count), _grown(now.items, more_items, count))
            yield _Way(extent, _words(curve, (items, more_items), (draws, more_draws), int(shots[-1]) if count else 0))


def _grown(counts: IntArray, times: int, further: int) -> IntArray:
    """So many times the counts, and as many as the most at further rows."""
    return np.append(counts, np.repeat(counts.max(), further)) * times


def _words(curve: Curve, items: tuple[int, int], draws: tuple[int, int], shots: int) -> str:
    said = [f"measuring up to {shots} shots"] if shots else []
    if curve.summary is not None:
        return " and ".join(said + ([f"standard errors {np.sqrt(draws[1]):.1f} times smaller"] if draws[1] > 1 else []))
    counts = [
        f"{count * times:,} {name} instead of {count:,}"
        for name, (count, times) in (("items", items), ("draws", draws))
        if times > 1
    ]
    return " with ".join(filter(None, (" ".join(said), " and ".join(counts))))
