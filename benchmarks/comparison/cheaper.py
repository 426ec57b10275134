"""What is lost by shipping a cheaper prompt than the best one: four rules for which one that is.

    python -m benchmarks.comparison.cheaper [TIMES]

Simulated: one model with 0 to 64 examples in its prompt, scored on the same items with three draws of examples. True
accuracies are all alike, rise to the end, or reach a plateau. The margin is 10, 8 or 5 points: what so many items tell.
"Advised" is the rule of `curvefit`: from the best down in cost, until the best adds more than two points, or than the
margin, as measured or by the fitted curve. "Margin" is the same by the margin alone. "Any" takes the cheapest that
measured within the margin, and "corrected" the same after the optimism of the best is taken off its score. For each:
how often another prompt than the best is used; by how many points it measured below the best, less what was taken off,
and by how many it truly is; how often that is more than two points. About two minutes of one core for 300 times.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from curvefit.decision.best_prompt import Prompt, optimism_of
from curvefit.decision.cheaper_prompt import cheaper_prompt
from curvefit.measurement.measurement import Measurement

__all__ = ["CURVES", "SETTINGS", "Lost", "lost"]

FloatArray = NDArray[np.float64]

_SHOTS: Final = (0, 1, 2, 4, 8, 16, 32, 64)
_DRAWS: Final = 3
_BETWEEN_DRAWS: Final = 0.25  # probit units, as is how hard an item is, with SD 1
CURVES: Final = {
    "alike": (0.7,) * 8,
    "rising": (0.3, 0.46, 0.53, 0.59, 0.64, 0.68, 0.72, 0.75),
    "plateau": (0.3, 0.55, 0.63, 0.68, 0.71, 0.72, 0.72, 0.72),
}
SETTINGS: Final = tuple((curve, *rest) for curve in CURVES for rest in ((40, 0.1), (100, 0.08), (300, 0.05)))
_TRIFLE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Lost:
    """What came of many simulations by one rule.

    Attributes
    ----------
    used : float
        How often another prompt than the best is used.
    measured, true : float
        By how much the best is ahead of it then, in accuracy.
    too_much : float
        How often that is truly more than two points.
    """

    used: float
    measured: float
    true: float
    too_much: float


def lost(curve: str, items: int, margin: float, times: int, *, seed: int = 5) -> dict[str, Lost]:
    """Return what is lost by each rule."""
    truths = np.array(CURVES[curve])
    found = [_once(truths, items, margin, np.random.default_rng([seed, number])) for number in range(times)]
    return {rule: _summary([each[rule] for each in found]) for rule in found[0]}


def _summary(found: list[tuple[float, float] | None]) -> Lost:
    measured, true = np.array([each for each in found if each is not None] or [(np.nan, np.nan)]).T
    used = sum(each is not None for each in found) / len(found)
    return Lost(used, float(measured.mean()), float(true.mean()), float((true > _TRIFLE + 1e-9).mean()))


def _once(
    truths: FloatArray, items: int, margin: float, rng: np.random.Generator
) -> dict[str, tuple[float, float] | None]:
    at = norm.ppf(truths) * (2 + _BETWEEN_DRAWS**2) ** 0.5
    luck = _BETWEEN_DRAWS * rng.normal(0, 1, (len(_SHOTS), _DRAWS, 1))
    chance = norm.cdf(at[:, None, None] + rng.normal(0, 1, items) + luck + rng.normal(0, 1, (len(_SHOTS), 1, items)))
    scores = (rng.random(chance.shape) < chance).astype(float)
    means = scores.mean(axis=(1, 2))
    best = int(np.argmax(means))

    def nearest(correction: float) -> tuple[float, float] | None:
        behind = means[best] - means - correction
        row = int(np.flatnonzero(behind <= margin + 1e-9)[0])
        return None if row >= best else (float(behind[row]), float(truths[best] - truths[row]))

    prompts = [Prompt.of(Measurement(shots=np.array(_SHOTS), scores=scores))]

    def downwards(error_usd: float) -> tuple[float, float] | None:
        cheaper = cheaper_prompt(prompts, lead=None, margin=margin, error_usd=error_usd)
        row = best if cheaper is None else _SHOTS.index(cheaper.point.shots)
        return cheaper and (cheaper.added.value, float(truths[best] - truths[row]))

    return {
        "advised": downwards(0.0),
        "margin": downwards(1e-12),  # mistakes that cost next to nothing leave the margin alone
        "any": nearest(0.0),
        "corrected": nearest(optimism_of(prompts[0].curve)),
    }


def main() -> None:
    """Print a table."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print("| curve | items | margin | advised | margin | any | corrected |\n|---|--:|--:|--:|--:|--:|--:|")
    for curve, items, margin in SETTINGS:
        ways = lost(curve, items, margin, times).values()
        told = (
            f"{w.used:.0%}: {100 * w.measured:+.1f}, {100 * w.true:+.1f}, {w.too_much:.0%}" if w.used else "0%"
            for w in ways
        )
        print(f"| {curve} | {items} | {100 * margin:g} | {' | '.join(told)} |", flush=True)


if __name__ == "__main__":
    main()
