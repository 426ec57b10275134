"""How often a gain over the best prompt has the truth in its interval: as measured, and without the luck of picking it.

    python -m benchmarks.payoff.optimism [TIMES]

Simulated: 100 items scored with 8 prompts of random examples and 3 of retrieved ones, and with a fine-tuned model that
is 5 points better than the best prompt. How hard an item is, is half shared by all of them and half each one's own; so
is how good the examples of a draw are, by the numbers of examples. About 1 minute of one core for 1,000 times.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from curvefit.curves.curve import Curve
from curvefit.decision.best_prompt import optimism_of
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.comparison import paired_gain, without_optimism
from curvefit.trials.design import Design

__all__ = ["SETTINGS", "Setting", "held"]

Setting = tuple[tuple[float, ...], tuple[float, ...], int]  # accuracies at random and retrieved, and draws
FloatArray = NDArray[np.float64]

GAIN: Final = 0.05
ITEMS: Final = 100
SHOTS: Final = (0, 1, 2, 4, 8, 16, 32, 64)
NEAR: Final = (1, 4, 16)
BETWEEN_DRAWS: Final = 0.3  # probit units, as is how hard an item is, with SD 1; `assumed_draws` has that at 1 shot
RISING: Final = (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.68)
SETTINGS: Final[dict[str, Setting]] = {
    "all as good, 5 draws": ((0.7,) * 8, (0.7,) * 3, 5),
    "all as good, 2 draws": ((0.7,) * 8, (0.7,) * 3, 2),
    "all as good, 1 draw": ((0.7,) * 8, (0.7,) * 3, 1),
    "rising with examples at random": (RISING, (0.5, 0.6, 0.65), 5),
    "two retrieved ones the best": (RISING, (0.6, 0.8, 0.8), 5),
}


def held(setting: Setting, times: int) -> NDArray[np.float64]:
    """Return (2, 2): share of intervals that hold the gain over the prompt picked, and mean error of the gain.

    First as measured, then without luck.
    """
    drawn, retrieved, draws = setting
    rng = np.random.default_rng(3)
    found = []
    for _ in range(times):
        shared = rng.normal(0, 1, ITEMS)
        orders = rng.normal(0, BETWEEN_DRAWS * np.sqrt(0.5), (draws, 1))
        shown = np.array([_scores(rng, accuracy, shared, orders) for accuracy in drawn])
        near = np.array([_scores(rng, accuracy, shared) for accuracy in retrieved])
        best = _scores(rng, max(*drawn, *retrieved) + GAIN, shared)
        tuned = Curve(shots=np.array([0]), scores=best[None])
        measured = _measured(SHOTS, shown, "random").beside(_measured(NEAR, near, "similar"))
        of = (measured, measured.retrieved or measured)
        accuracies = [(float(mean), i, which) for which, curve in enumerate(of) for i, mean in enumerate(curve.means)]
        _, i, which = max(accuracies)
        fact = max(*drawn, *retrieved) + GAIN - (drawn, retrieved)[which][i]
        raw = paired_gain(tuned, 0, of[which], int(of[which].shots[i]), 0.9)
        both = (raw, without_optimism(raw, optimism_of(measured)))
        found.append([[gain.low <= fact <= gain.high, gain.value - fact] for gain in both])
    means: FloatArray = np.array(found, dtype=float).mean(axis=0)
    return means


def _scores(
    rng: np.random.Generator, accuracy: float, shared: FloatArray, orders: FloatArray | None = None
) -> FloatArray:
    """Return (draws, items) of 0 and 1, on average right as often as told; orders (draws, 1): how good each draw is."""
    hard = np.sqrt(0.5) * shared + np.sqrt(0.5) * rng.normal(0, 1, len(shared))
    spread = 0.0 if orders is None else BETWEEN_DRAWS
    good = np.zeros((1, 1)) if orders is None else orders + rng.normal(0, spread * np.sqrt(0.5), orders.shape)
    chance = norm.cdf(norm.ppf(accuracy) * np.sqrt(2 + spread**2) + hard + good)
    return (rng.random(chance.shape) < chance).astype(float)


def _measured(shots: Sequence[int], scores: FloatArray, selection: str) -> Measurement:
    items = tuple(map(str, range(ITEMS)))
    design = Design(tuple(shots), scores.shape[1], ITEMS, 0, selection)
    return Measurement(shots=np.array(shots), scores=scores, items=items, design=design)


def main() -> None:
    """Print a table."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"{'11 prompts':32} {'held as measured':>17} {'without luck':>13} {'error, points':>14} {'without luck':>13}")
    for name, setting in SETTINGS.items():
        (raw, raw_error), (fair, fair_error) = held(setting, times)
        print(f"{name:32} {raw:17.0%} {fair:13.0%} {100 * raw_error:+14.1f} {100 * fair_error:+13.1f}", flush=True)


if __name__ == "__main__":
    main()
