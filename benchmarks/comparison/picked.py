"""What the candidate that is shipped is really worth: its score, and that without luck; how often intervals hold.

    python -m benchmarks.comparison.picked [TIMES]

Simulated: some instructions for one model, scored on the same items with the same draws of examples. The one that
scores best is shipped. Its true accuracy is estimated by its score ("as scored"), and by that less its optimism, with
the interval moved as far ("resampled"), as `compare` prints it. True accuracies are all 70%, or spread evenly over 14
points around that. With one draw, prompts show no examples, so that no draw is a lucky one. About 2 minutes of one core
for 300 times.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.optimism import optimism
from curvefit.payoff.comparison import fair_accuracy

__all__ = ["SETTINGS", "Found", "Setting", "found"]

FloatArray = NDArray[np.float64]

_LEVEL: Final = 0.9
_TRUE: Final = 0.7
_SPREAD: Final = 0.14  # from the worst to the best instruction, where they differ
_COMMON: Final = 0.7  # share of an item's difficulty, and of a draw's luck, that is the same with every instruction
_SHOTS: Final = 4  # examples shown, where draws are not one
_BETWEEN_DRAWS: Final = 0.3  # probit units, as is how hard an item is, with SD 1


@dataclass(frozen=True, slots=True)
class Setting:
    """What is simulated.

    Attributes
    ----------
    instructions, items, draws : int
        Scored.
    equal : bool
        Whether all instructions are as good as each other.
    """

    instructions: int
    items: int
    draws: int
    equal: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What came of many simulations of a setting.

    Attributes
    ----------
    held : float
        Share of intervals that hold the true accuracy of the instruction shipped.
    bias, error, width : float
        Mean and root mean square of estimate minus truth, and mean width of the interval.
    """

    held: float
    bias: float
    error: float
    width: float


SETTINGS: Final = tuple(
    Setting(instructions, items, draws, equal)
    for equal, instructions, items, draws in product((True, False), (2, 6, 20), (40, 150), (1, 3))
)


def found(setting: Setting, times: int, *, seed: int = 5) -> dict[str, Found]:
    """Return what comes of a setting by each way of judging."""
    ways = [_once(setting, np.random.default_rng([seed, number])) for number in range(times)]
    return {name: _summary([way[name] for way in ways]) for name in ways[0]}


def _summary(ways: list[tuple[Estimate, float]]) -> Found:
    value, low, high, truth = np.array([(e.value, e.low, e.high, truth) for e, truth in ways]).T
    error = value - truth
    held = (low <= truth) & (truth <= high)
    return Found(held.mean(), error.mean(), float((error**2).mean() ** 0.5), float((high - low).mean()))


def _once(setting: Setting, rng: np.random.Generator) -> dict[str, tuple[Estimate, float]]:
    scores, truths = _scores(setting, rng)
    best = int(np.argmax(scores.mean(axis=(1, 2))))
    curves = [Curve(shots=np.array([_SHOTS if setting.draws > 1 else 0]), scores=each[None]) for each in scores]
    raw = curves[best].points(_LEVEL)[0].accuracy
    ways = {"as scored": raw, "resampled": fair_accuracy(raw, optimism([curve.scores for curve in curves]))}
    return {name: (estimate, truths[best]) for name, estimate in ways.items()}


def _scores(setting: Setting, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return scores (C, D, I) and true accuracies (C,)."""
    spread = 0.0 if setting.equal else _SPREAD
    truths = _TRUE + spread * np.linspace(-0.5, 0.5, setting.instructions)
    share, own = _COMMON**0.5, (1 - _COMMON) ** 0.5
    n, d, i = setting.instructions, setting.draws, setting.items
    hard = share * rng.normal(0, 1, i) + own * rng.normal(0, 1, (n, 1, i))
    luck = share * rng.normal(0, 1, (d, 1)) + own * rng.normal(0, 1, (n, d, 1))
    between = _BETWEEN_DRAWS if d > 1 else 0.0
    at = norm.ppf(truths) * (2 + between**2) ** 0.5
    chance = norm.cdf(at[:, None, None] + hard + between * luck)
    return (rng.random((n, d, i)) < chance).astype(float), truths


def main() -> None:
    """Print a table."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print("| instructions | items | draws | as scored | resampled |\n|---|--:|--:|--:|--:|")
    for setting in SETTINGS:
        ways = found(setting, times)
        told = (
            f"{100 * way.bias:+.1f}, {100 * way.error:.1f}, {way.held:.0%}, {100 * way.width:.0f}"
            for way in ways.values()
        )
        name = f"{setting.instructions} {'equal' if setting.equal else 'unequal'}"
        print(f"| {name} | {setting.items} | {setting.draws} | {' | '.join(told)} |", flush=True)


if __name__ == "__main__":
    main()
