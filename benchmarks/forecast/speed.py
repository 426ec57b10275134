"""How long a forecast takes, one by one and many in one call. Prints milliseconds of CPU a curve and their ratio.

Run: OMP_NUM_THREADS=1 python -m benchmarks.forecast.speed [CURVES]    Goal: at most 20 ms on one core; ratio below 1.
"""

from __future__ import annotations

import sys
import time
from statistics import median

import numpy as np

from curvefit.curves.curve import Curve
from curvefit.curves.forecast import forecast, forecasts

SHOTS = np.array([0, 1, 2, 4, 8, 16, 32, 64])
ROUNDS = 5


def main() -> None:
    """Time both ways in turns, so that a noisy machine disturbs both alike."""
    rng = np.random.default_rng(0)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    truth = 0.9 - rng.uniform(0.1, 0.8, (count, 1)) * (1 + SHOTS) ** -rng.uniform(0.1, 1.0, (count, 1))
    means = np.clip(truth + rng.normal(0, 0.02, truth.shape), 0, 1)
    forecast(Curve.from_means(SHOTS, means[0]))
    for title, stderr in (
        ("one standard error", np.full(truth.shape, 0.02)),
        ("their own", np.full(truth.shape, np.nan)),
    ):
        curves = [Curve.from_means(SHOTS, row, error) for row, error in zip(means, stderr, strict=True)]
        alone, together = timed(curves)
        print(
            f"{count} curves, standard errors {title}: one by one {median(alone):.1f} ms (median), {np.mean(alone):.1f}"
            f" (mean); in {ROUNDS} calls {together:.1f} ms a curve, {together / np.mean(alone):.2f} of one by one"
        )


def timed(curves: list[Curve]) -> tuple[list[float], float]:
    """Return milliseconds of each curve alone, and of a curve among many."""
    alone, together = [], 0.0
    for some in np.array_split(np.arange(len(curves)), ROUNDS):
        part = [curves[i] for i in some]
        for curve in part:
            start = time.process_time()
            forecast(curve)
            alone.append(1000 * (time.process_time() - start))
        start = time.process_time()
        forecasts(part)
        together += 1000 * (time.process_time() - start)
    return alone, together / len(curves)


if __name__ == "__main__":
    main()
