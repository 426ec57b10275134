"""How a curve that jumps in its last measured step is forecast. Prints a table of reports/forecast.md.

Run: python -m benchmarks.forecast.jumps [SEEDS]

Accuracy is level up to 32 shots and another at 64. Beyond, the jump is over, or it goes on: another as large, as far as
there is room, lies before 128. Each is forecast with jumps in the prior, as the package does, and without. From how
many standard errors on a curve may jump (2.5) was chosen on other seeds of the first two jumps; 2 and 3 did much alike.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from benchmarks.forecast.intervals_by_shape import scored
from benchmarks.forecast.levels import Shape
from benchmarks.forecast.verdicts import Setting, simulate
from curvefit.curves import posterior
from curvefit.curves.forecast import forecast
from curvefit.curves.verdict import trend_of

FloatArray = NDArray[np.float64]

JUMPS = ((0.2, 0.7), (0.5, 0.9), (0.05, 0.95), (0.2, 0.4), (0.2, 0.5), (0.2, 0.6))
DESIGNS = (Setting(draws=1), Setting(draws=3), Setting(items=300))
MARGIN = 0.05


def jump(before: float, after: float, *, goes_on: bool) -> Shape:
    """Return a curve that jumps between 32 and 64 shots, and again before 128 where it goes on."""
    end = min(2 * after - before, 0.98) if goes_on else after
    return lambda shots: np.select([shots < 40, shots < 100], [before, after], end)


def main() -> None:
    """Print a line for each jump, what comes after, and each design."""
    seeds = range(60_000, 60_000 + (int(sys.argv[1]) if len(sys.argv) > 1 else 50))
    print("| jump | beyond | draws × items | prior | x2: held, % | error | x8: held, % | error | rising, % |")
    print("|---|---|--:|---|--:|--:|--:|--:|--:|")
    usual = posterior._STRAINED
    for before, after in JUMPS:
        for goes_on in (False, True):
            shape = jump(before, after, goes_on=goes_on)
            for design in DESIGNS:
                for prior, strained in (("without jumps", np.inf), ("with", usual)):
                    posterior._STRAINED = strained
                    cells = "".join(
                        f" {held:.0f} | {error:+.1f} |" for held, _, error, _ in 100 * scored(shape, design, seeds)
                    )
                    curves = [simulate(shape, design, seed) for seed in seeds]
                    trends = [
                        trend_of(c, forecast(c, seed=s), margin=MARGIN) for c, s in zip(curves, seeds, strict=True)
                    ]
                    rising = 100 * trends.count("rising") / len(trends)
                    what = f"{before:.0%} to {after:.0%} | {'goes on' if goes_on else 'over'}"
                    print(f"| {what} | {design.draws} × {design.items} | {prior} |{cells} {rising:.0f} |", flush=True)
    posterior._STRAINED = usual


if __name__ == "__main__":
    main()
