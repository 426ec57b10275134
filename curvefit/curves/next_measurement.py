"""What would settle an open verdict. Lives here: the ways to measure on, and the cheapest that would do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve
from curvefit.curves.forecast import Forecast
from curvefit.curves.reason import Reason, Value
from curvefit.curves.value_of_information import CHANCE_STDERR, Extent, Preposterior, measured_extent

__all__ = ["Supply", "more_calls", "what_would_settle"]

IntArray = NDArray[np.int_]

_MULTIPLES: Final = (2, 4, 8)  # beyond, too few of the posterior's curves fit the simulated data
_DOUBLINGS: Final = 2  # of the largest number of shots
_LIKELY: Final = 0.5  # chance from which a way counts as one that settles it
_MAY_BE_LIKELY: Final = _LIKELY - 2 * CHANCE_STDERR  # from which the simulation cannot tell it from that


class Supply(NamedTuple):
    """How many examples (to show) and items (to score) a task has, and for how many of the former a prompt has room.

    0: unknown, and assumed to be enough.
    """

    examples: int = 0
    items: int = 0
    room: int = 0

    def lacks(self, shots: int = 0, items: int = 0) -> dict[str, Value]:
        """Return how many are missing to measure so many shots on so many items; 0 where none is.

        Adding any changes which draws and items are chosen, so that every trial is measured anew.
        """
        return {
            "lacks_examples": max(shots - self.examples, 0) if self.examples else 0,
            "lacks_items": max(items - self.items, 0) if self.items else 0,
            "lacks_room": max(shots - self.room, 0) if self.room else 0,
        }


class _Way(NamedTuple):
    """A way to measure on: its extent, and what it divides the standard errors of a curve of means by."""

    extent: Extent
    stderr_divisor: float


def more_calls(curve: Curve, supply: Supply, *, rows: int = 0, shots: int = 0, times: int = 1) -> dict[str, Value]:
    """Return what it takes to measure so many more numbers of shots, or so many times the items and draws.

    `rows` are more numbers of shots, and `shots` is up to how many (0: as far as now); `times` multiplies both the
    items and the draws.
    """
    now = measured_extent(curve)
    items, draws = int(now.items.max()), int(now.draws.max())
    more = rows * draws * items + Extent(now.shots, times * now.draws, times * now.items).calls - now.calls
    means = curve.summary is not None
    return {
        "shots": shots or int(now.shots[-1]),
        "items": None if means else times * items,
        "draws": None if means else times * draws,
        "calls": None if means else more,
        **supply.lacks(shots, times * items),
    }


def what_would_settle(curve: Curve, forecast: Forecast, margin: float, horizon: int, supply: Supply) -> Reason:
    """Return the cheapest measurement that would, as likely as not, put the gain left on one side of the margin.

    The ways are more items, more draws, more shots, or several of these. The cheapest takes the fewest calls; ways that
    the task has enough examples and items for come first. Where one does, a cheaper one whose chance is as high but for
    the error of the simulation takes its place: a few points of luck are not worth several times the calls. The chance
    is over all curves that the data leave possible (see `curvefit.curves.value_of_information`). Codes and values are
    those of `curvefit.curves.verdict`.
    """
    now = measured_extent(curve)
    best_probability, ways = 0.0, list(_ways(curve, now, horizon))
    first: Reason | None = None
    preposterior = Preposterior(curve, forecast, margin=margin, horizon=horizon)

    def shortfall(way: _Way) -> dict[str, Value]:
        return supply.lacks(int(way.extent.shots[-1]), int(way.extent.items.max()))

    for way in sorted(ways, key=lambda way: (any(shortfall(way).values()), way.extent.calls)):
        probability = preposterior.settling_probability(way.extent, forecast.level)
        if first is None and probability >= _MAY_BE_LIKELY:
            first = Reason("narrow", {**_way_values(curve, now, way), "chance": probability, **shortfall(way)})
        if first is not None and probability >= _LIKELY:
            return first
        best_probability = max(best_probability, probability)
    return Reason(
        "not-in-reach",
        {
            "shots": max(int(way.extent.shots[-1]) for way in ways),
            "times": _MULTIPLES[-1],
            "chance": best_probability,
            "change": forecast.gain(int(now.shots[-1]), horizon),
        },
    )


def _ways(curve: Curve, now: Extent, horizon: int) -> Iterator[_Way]:
    """Yield multiples of items, of draws and of both, each at the shots there are and at further ones."""
    last = max(int(now.shots[-1]), 1)
    pairs = [(1, 1), *((n, 1) for n in _MULTIPLES), *((1, n) for n in _MULTIPLES), *((n, n) for n in _MULTIPLES)]
    if curve.summary is not None:  # one kind of noise, of unknown parts
        pairs = [(1, 1), *((1, n) for n in _MULTIPLES)]
    further = [last * 2**n for n in range(1, _DOUBLINGS + 1)]
    for count in range(_DOUBLINGS + 1):
        if count and further[count - 1] > max(horizon, 2 * last):
            break
        shots = np.append(now.shots, further[:count]).astype(int)
        for more_items, more_draws in pairs:
            if count or more_items > 1 or more_draws > 1:
                extent = Extent(
                    shots, _multiplied(now.draws, more_draws, count), _multiplied(now.items, more_items, count)
                )
                yield _Way(extent, float(np.sqrt(more_draws)) if curve.summary is not None else 1.0)


def _multiplied(counts: IntArray, times: int, further: int) -> IntArray:
    """So many times the counts, and as many as the most at further rows."""
    return np.append(counts, np.repeat(counts.max(), further)) * times


def _way_values(curve: Curve, now: Extent, way: _Way) -> dict[str, Value]:
    means, then = curve.summary is not None, way.extent
    return {
        "shots": int(then.shots[-1]),
        "now_shots": int(now.shots[-1]),
        "items": None if means else int(then.items.max()),
        "now_items": None if means else int(now.items.max()),
        "draws": None if means else int(then.draws.max()),
        "now_draws": None if means else int(now.draws.max()),
        "calls": None if means else then.calls - now.calls,
        "stderr_divisor": way.stderr_divisor,
    }
