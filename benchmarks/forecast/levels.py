"""What a lower level decides, and how often that is wrong: on the shapes of verdicts.py, and on others. Prints a table.

Run: python -m benchmarks.forecast.levels [SEEDS]

The 39 others are of 13 kinds, with heights, sizes and places drawn once. No rule and no prior was chosen on them; they
were written down to score a lower threshold that had been chosen on the 13, and it failed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.forecast.verdicts import MARGINS, REACHES, SETTINGS, TRUTHS, right, simulate
from curvefit.curves.forecast import forecast
from curvefit.curves.verdict import trend_of

FloatArray = NDArray[np.float64]
Shape = Callable[[FloatArray], FloatArray]

LEVELS = (0.9, 0.85, 0.8, 0.75)
EACH = 3  # shapes of a kind


def _rise(k: FloatArray, at: float, steepness: float) -> FloatArray:
    return np.asarray(1 - 1 / (1 + (k / at) ** steepness))


def _doublings(k: FloatArray, since: float = 1.0) -> FloatArray:
    return np.log2(np.maximum(k / since, 1.0))


class _Numbers:
    """Random numbers, evenly over a range or over its logarithm."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def even(self, low: float, high: float) -> float:
        return float(self._rng.uniform(low, high))

    def log(self, low: float, high: float) -> float:
        return float(np.exp(self._rng.uniform(np.log(low), np.log(high))))


def others(seed: int = 1129) -> dict[str, Shape]:
    """Return the other shapes by name; the same ones for the same seed."""
    x, found = _Numbers(seed), dict[str, Shape]()
    for i in range(1, EACH + 1):
        found |= {f"{kind} {i}": _kept(shape) for kind, shape in _one_of_each(x)}
    return found


def _kept(shape: Shape) -> Shape:
    return lambda k: np.clip(shape(k), 0.02, 0.985)


def _one_of_each(x: _Numbers) -> Iterator[tuple[str, Shape]]:
    def named(kind: str, curve: Callable[..., FloatArray], *numbers: float) -> tuple[str, Shape]:
        return kind, lambda k: curve(k, *numbers)

    even, log = x.even, x.log
    yield named(
        "hill", lambda k, a, b, at, s: a + b * _rise(k, at, s),
        even(0.05, 0.5), even(0.2, 0.45), log(1, 300), even(0.7, 3),
    )  # fmt: skip
    yield named(
        "exponential", lambda k, a, b, at: a - b * np.expm1(-k / at), even(0.05, 0.5), even(0.2, 0.45), log(1, 60)
    )
    top = even(0.6, 0.95)
    yield named(
        "power", lambda k, b, d, at: top - b * (1 + k / at) ** -d, even(0.2, top - 0.02), even(0.2, 1), log(1, 20)
    )
    yield named("log", lambda k, a, b: np.minimum(a + b * np.log2(1 + k), 0.97), even(0.1, 0.6), even(0.01, 0.05))
    yield named(
        "log to a cap", lambda k, a, b, cap: a + b * np.log2(1 + np.minimum(k, cap)),
        even(0.1, 0.4), even(0.03, 0.08), log(4, 200),
    )  # fmt: skip
    yield named("flat", lambda k, a: np.full_like(k, a), even(0.03, 0.7))
    yield named("jump at 1", lambda k, zero, a: zero + (a - zero) * (k > 0), even(0.05, 0.4), even(0.45, 0.9))
    yield named(
        "jump, then log", lambda k, zero, a, b: np.where(k > 0, np.minimum(a + b * _doublings(k), 0.97), zero),
        even(0.05, 0.3), even(0.4, 0.6), even(0.01, 0.05),
    )  # fmt: skip
    yield named(
        "two steps", lambda k, a, b, at, c, then: a + b * _rise(k, at, 2) + c * _rise(k, then, 3),
        even(0.1, 0.4), even(0.1, 0.25), log(1, 6), even(0.1, 0.3), log(60, 400),
    )  # fmt: skip
    yield named("late step", lambda k, a, b, at: a + b * _rise(k, at, 3), even(0.1, 0.4), even(0.2, 0.5), log(60, 500))
    yield named(
        "peak, then fall", lambda k, a, b, at, loss, since: a + b * _rise(k, at, 1.5) - loss * _doublings(k, since),
        even(0.1, 0.4), even(0.3, 0.5), log(0.5, 3), even(0.02, 0.06), log(4, 16),
    )  # fmt: skip
    yield named(
        "dip, then rise", lambda k, a, dip, b, at: a - dip * _rise(k, 2, 2) + b * _rise(k, at, 2),
        even(0.2, 0.5), even(0.05, 0.15), even(0.2, 0.4), log(8, 100),
    )  # fmt: skip
    yield named(
        "weibull", lambda k, a, b, at, s: a - b * np.expm1(-((k / at) ** s)),
        even(0.1, 0.4), even(0.2, 0.5), log(5, 300), even(0.5, 2),
    )  # fmt: skip


def scored(shapes: Mapping[str, Shape], seeds: range) -> Iterator[FloatArray]:
    """Yield decisive and wrong shares (2, L) of every cell, by level."""
    for s in SETTINGS.values():
        cases = [(margin, reach * s.last) for reach in REACHES for margin in MARGINS]
        for shape in shapes.values():
            found = np.zeros((len(cases), 2, len(LEVELS)))
            for seed in seeds:
                curve = simulate(shape, s, seed)
                ahead = forecast(curve, seed=seed)
                for i, level in enumerate(LEVELS):
                    at_level = replace(ahead, level=level)
                    for cell, (margin, horizon) in zip(found, cases, strict=True):
                        trend = trend_of(curve, at_level, margin=margin, horizon=horizon)
                        cell[:, i] += trend != "inconclusive", trend not in right(shape, s, margin, horizon)
            yield from found / len(seeds)


def main() -> None:
    """Print a table for both sets of shapes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    print("| shapes | `--level` | decisive, % | wrong, of all, % | wrong, of decisive, % | settings above 5% wrong |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, shapes in (("the 13", TRUTHS), ("39 others", others())):
        cells = np.array(list(scored(shapes, range(60_000, 60_000 + count))))
        for level, (decisive, wrong) in zip(LEVELS, cells.transpose(2, 1, 0), strict=True):
            share = wrong.mean() / decisive.mean()
            print(
                f"| {name} | {level:g} | {100 * decisive.mean():.1f} | {100 * wrong.mean():.1f} | {100 * share:.0f} |"
                f" {(wrong > 0.05 + 1e-9).sum()} of {len(wrong)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
