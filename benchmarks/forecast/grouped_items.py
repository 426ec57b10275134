"""How often 90% intervals hold where several items belong to one document, with and without its name in the data.

    python -m benchmarks.forecast.grouped_items [TIMES]

Simulated: two models that are as good, 100 items, 3 draws. How hard an item is, and how much examples help on it, is
in part its group's: that part is the intraclass correlation, on the probit scale. Accuracies are those
at each number of shots, the forecast is for twice the most shots, and the difference is that of `compare`, at the
most shots. "Alone": as if each item were its own group, as where nothing says otherwise. "Wider": intervals of
accuracies by groups, beside the others. The second table has one draw at 0 shots, and groups of which four in five are
easy (97% right) and the others hard (30%), by chance. About 2 minutes of one core for 300 times.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import forecast
from curvefit.measurement.measurement import Measurement
from curvefit.trials.design import Design
from curvefit.workflows.study_comparison import compare

__all__ = ["CELLS", "UNEVEN", "Held", "held", "held_where_few_are_hard", "main", "rows"]

FloatArray = NDArray[np.float64]

TIMES: Final = 300
ITEMS, DRAWS = 100, 3
SHOTS: Final = np.array([0, 1, 2, 4, 8])
AHEAD: Final = 16
LEVEL: Final = 0.9
FIRST, LAST = 0.4, 0.7  # accuracies at 0 shots and where the forecast ends
SLOPE, LUCK = 0.3, 0.2  # SD of what examples do for an item, and of draws, in probit units; of items it is 1
CELLS: Final = ((1, 0.0), (5, 0.0), (5, 0.3), (5, 0.8), (10, 0.0), (10, 0.3), (10, 0.8), (20, 0.5))

EASY, HARD, SHARE_EASY = 0.97, 0.3, 0.8
UNEVEN: Final = {
    "of 5 groups": (20,) * 5,
    "of 10 groups": (10,) * 10,
    "of 40 groups": (5,) * 40,
    "of 12 groups, of 1 to 64 items": (1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 32, 64),
}


class Held(NamedTuple):
    """Shares of intervals that hold the truth: of accuracies, forecasts and differences; widths of the first."""

    accuracy: float
    forecast: float
    difference: float
    width: float


def held(size: int, correlation: float, times: int = TIMES, seed: int = 1) -> tuple[Held, Held]:
    """Return how often intervals hold with groups of so many items: as if items were alone, and by groups."""
    found = np.array([_once(size, correlation, np.random.default_rng([seed, number])) for number in range(times)])
    alone, grouped = (Held(*map(float, each)) for each in found.mean(axis=0))
    return alone, grouped


def _once(size: int, correlation: float, rng: np.random.Generator) -> list[list[float]]:
    groups = np.arange(ITEMS) // size
    common = _of_items(rng, groups, correlation)
    grids = [_scores(rng, groups, correlation, common) for _ in range(2)]
    truth, at_end = norm.cdf(_level(SHOTS)), float(norm.cdf(_level(np.array([AHEAD])))[0])
    found = []
    for known in (False, True):
        of = tuple(groups.tolist()) if known else ()
        measured = _measured(SHOTS, grids[0], of)
        accuracies = [point.accuracy for point in measured.points(LEVEL)]
        inside = [_holds(accuracy, value) for accuracy, value in zip(accuracies, truth.tolist(), strict=True)]
        ahead = forecast(measured, level=LEVEL, seed=0).at(AHEAD)
        one, other = (_measured(SHOTS[-1:], grid[-1:], of) for grid in grids)
        pair = compare({"one": one, "other": other}, level=LEVEL).pairs[0]
        width = float(np.mean([accuracy.high - accuracy.low for accuracy in accuracies]))
        found.append([float(np.mean(inside)), _holds(ahead, at_end), _holds(pair.difference, 0.0), width])
    return found


def _holds(estimate: Estimate, value: float) -> float:
    return float(estimate.low <= value <= estimate.high)


def _level(shots: NDArray[np.int_]) -> FloatArray:
    """Return the accuracy at each number of shots, on the probit scale."""
    low, high = norm.ppf((FIRST, LAST))
    return np.asarray(low + (high - low) * _risen(shots))


def _risen(shots: NDArray[np.int_]) -> FloatArray:
    """Return which share of its rise up to the forecast's end the curve has made."""
    return np.asarray((1 - (1 + shots / 2) ** -0.5) / (1 - (1 + AHEAD / 2) ** -0.5))


def _of_items(rng: np.random.Generator, groups: NDArray[np.int_], correlation: float) -> FloatArray:
    of_group = rng.standard_normal(int(groups.max()) + 1)[groups]
    return np.asarray(correlation**0.5 * of_group + (1 - correlation) ** 0.5 * rng.standard_normal(len(groups)))


def _scores(rng: np.random.Generator, groups: NDArray[np.int_], correlation: float, common: FloatArray) -> FloatArray:
    """Return right or wrong (S, D, I); of how hard an item is, 60% is common to both models."""
    hard = 0.6**0.5 * common + 0.4**0.5 * _of_items(rng, groups, correlation)
    slope = SLOPE * _of_items(rng, groups, correlation)
    scores = np.empty((len(SHOTS), DRAWS, ITEMS))
    for row, (shots, level, risen) in enumerate(zip(SHOTS, _level(SHOTS), _risen(SHOTS), strict=True)):
        luck = LUCK if shots else 0.0
        at = level * np.sqrt(2 + (SLOPE * risen) ** 2 + luck**2)
        chance = norm.cdf(at + hard + slope * risen + luck * rng.standard_normal((DRAWS, 1)))
        scores[row] = rng.random((DRAWS, ITEMS)) < chance
    scores[0] = scores[0, 0]  # at 0 shots all draws are one prompt
    return scores


def _measured(shots: NDArray[np.int_], scores: FloatArray, groups: tuple[int, ...]) -> Measurement:
    return Measurement(
        shots=shots,
        scores=scores,
        groups=groups,
        task="simulated",
        model="simulated",
        design=Design(shots=tuple(shots.tolist()), draws=DRAWS, items=ITEMS, seed=0),
        items=tuple(f"item-{n}" for n in range(ITEMS)),
    )


def held_where_few_are_hard(sizes: tuple[int, ...], times: int = TIMES, seed: int = 1) -> tuple[float, float]:
    """Return how often intervals of an accuracy hold where groups of these sizes are easy or hard: alone, by groups."""
    truth, groups = SHARE_EASY * EASY + (1 - SHARE_EASY) * HARD, np.repeat(np.arange(len(sizes)), sizes)
    inside = []
    for number in range(times):
        rng = np.random.default_rng([seed, number])
        chance = np.where(rng.random(len(sizes)) < SHARE_EASY, EASY, HARD)[groups]
        scores = (rng.random((1, 1, len(groups))) < chance).astype(float)
        curves = (Curve(shots=[0], scores=scores, groups=known) for known in ((), tuple(groups.tolist())))
        inside.append([_holds(curve.points(LEVEL)[0].accuracy, truth) for curve in curves])
    alone, grouped = np.mean(inside, axis=0).tolist()
    return alone, grouped


def rows(times: int = TIMES) -> Iterator[str]:
    """Yield both tables."""
    yield (
        "| items a group | correlation | accuracy: alone | by groups | forecast: alone | by groups | difference: alone"
        " | by groups | wider |"
    )
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for size, correlation in CELLS:
        alone, grouped = held(size, correlation, times)
        shares = [f"{share:.0%}" for pair in zip(alone[:3], grouped[:3], strict=True) for share in pair]
        yield f"| {size} | {correlation} | {' | '.join(shares)} | {grouped.width / alone.width - 1:+.0%} |"
    yield ""
    yield "| items | accuracy: alone | by groups |"
    yield "|---|--:|--:|"
    for name, sizes in UNEVEN.items():
        yield f"| {name} | {' | '.join(f'{share:.0%}' for share in held_where_few_are_hard(sizes, times))} |"


def main() -> None:
    """Print it."""
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else TIMES):
        print(row, flush=True)


if __name__ == "__main__":
    main()
