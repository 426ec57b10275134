"""What the error of a gain is made of, beside the items.

Lives here: how much trainings of one size differ, how lucky the best of several prompts is, and how large an error all
of that makes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.payoff.cases import data_set
from benchmarks.payoff.table import LEVEL, Row
from curvefit.curves.variance import assumed_draws
from curvefit.payoff.metrics import resampled

__all__ = ["between_seeds", "luck", "usual_errors"]

_DESIGNS: Final = ((8, 5), (3, 1), (1, 2))  # numbers of examples and draws: at random, retrieved, and trained on


def between_seeds(rows: Sequence[Row]) -> str:
    """Return how far a training strays from the mean of many of its size, or nothing without two seeds."""
    found = [row for row in rows if row.way == "seeds"]
    if not found:
        return ""
    tuned = {(row.task, row.model, row.n): row.value for row in rows if row.way == "tuned"}
    assumed = np.array([
        assumed_draws(np.array([r.n]), np.array([tuned[r.task, r.model, r.n]]))[0] for r in found
    ])  # fmt: skip
    measured, sizes = np.array([row.value for row in found]), np.array([row.n for row in found])
    _, cluster = np.unique([data_set(row.task) for row in found], return_inverse=True)

    def deviation(some: NDArray[np.intp]) -> float:
        return 100 * math.sqrt(max(float(measured[some].mean()), 0.0))

    e = resampled(deviation, cluster)
    by_size = (
        ("at 32 examples", sizes == 32),
        ("at 64 to 128", (sizes > 32) & (sizes <= 128)),
        ("at more", sizes > 128),
    )
    told = [
        f"{said} {deviation(np.flatnonzero(of)):.1f} ({100 * math.sqrt(assumed[of].mean()):.1f})"
        for said, of in by_size
        if of.any()
    ]
    units = len({(row.task, row.model) for row in found})
    return (
        f"A training strays from the mean of many of its size by more than its items show: on the {units} units with"
        f" two seeds by a standard deviation of {e.value:.1f} points (90% interval {e.low:.1f} to {e.high:.1f}, by"
        f" resampling data sets), where {100 * math.sqrt(assumed.mean()):.1f} is assumed when there is one seed; two"
        f" differ by {math.sqrt(2):.1f} times as much. By size, assumed in parentheses: {', '.join(told)}."
    )


def usual_errors(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the standard error of a gain, root mean square of units: at their fewest examples, and at their most."""
    units: dict[tuple[str, str], dict[int, Row]] = {}
    for row in rows:
        if row.way == "gain":
            units.setdefault((row.task, row.model), {})[row.n] = row
    to_error = 1 / (2 * NormalDist().inv_cdf((1 + LEVEL) / 2))

    def at(size: Callable[[Iterable[int]], int]) -> float:
        widths = [gains[size(gains)].high - gains[size(gains)].low for gains in units.values()]
        return to_error * math.sqrt(np.mean(np.square(widths)))

    return at(min), at(max)


def luck(times: int = 2000) -> float:
    """Return what a fine-tuned model that is as good as every prompt would seem to gain: less than nothing.

    The best prompt is picked by its score. Simulated: the designs of a unit in full, 100 items that are right 70% of
    the time, some more and some less, in each reply by itself.
    """
    rng = np.random.default_rng(0)
    gains = []
    for _ in range(times):
        right = rng.beta(3, 9 / 7, 100)
        shown, near, tuned = ((rng.random((n, draws, 100)) < right).mean(axis=(1, 2)) for n, draws in _DESIGNS)
        gains.append(tuned[0] - max(shown.max(), near.max()))
    return float(np.mean(gains))
