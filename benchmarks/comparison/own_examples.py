"""How often intervals hold the truth where every item is shown examples of its own, as by lm-evaluation-harness.

    python -m benchmarks.comparison.own_examples [TIMES]

Simulated: a model on items that differ in how hard they are, at 0, 1, 2, 4, 8 and 16 shots. Each item has examples of
its own at every number of shots and in every draw, and how good they are is as uneven as how hard the items are. Three
numbers: the accuracy at 16 shots, the change from 1 to 16, and the difference of two such models on the same items.
Each is judged as curvefit does, and as if a draw showed all items the same examples. About 2 minutes of one core for
300 times.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from curvefit.curves.curve import Estimate
from curvefit.curves.intervals import t_quantile
from curvefit.measurement.measurement import Measurement
from curvefit.workflows.study_comparison import compare

__all__ = ["SETTINGS", "Held", "held"]

FloatArray = NDArray[np.float64]

_SHOTS: Final = (0, 1, 2, 4, 8, 16)
_ACCURACY: Final = (0.3, 0.45, 0.55, 0.62, 0.67, 0.7)
_LEVEL: Final = 0.9
SETTINGS: Final = tuple((items, draws) for items in (30, 100, 300) for draws in (1, 3))


@dataclass(frozen=True, slots=True)
class Held:
    """Of one number: the share of intervals that hold the truth, and how wide they are on average, in points."""

    share: float
    width: float


def held(items: int, draws: int, times: int, *, own_examples: bool, seed: int = 3) -> dict[str, Held]:
    """Return what comes of each number, judged with items' own examples, or as if draws were shared."""
    truth = {"at 16": _ACCURACY[-1], "1 to 16": _ACCURACY[-1] - _ACCURACY[1], "two models": 0.0}
    found: dict[str, list[Estimate]] = {name: [] for name in truth}
    for number in range(times):
        rng = np.random.default_rng([seed, number])
        hard = rng.normal(0, 1, items)
        one, other = (replace(_measured(rng, hard, draws), own_examples=own_examples) for _ in range(2))
        found["at 16"].append(one.points(_LEVEL)[-1].accuracy)
        found["1 to 16"].append(_change(one))
        last = [replace(each, shots=each.shots[-1:], scores=each.scores[-1:]) for each in (one, other)]
        found["two models"].append(compare(last, level=_LEVEL).pairs[0].difference)
    return {name: _held(estimates, truth[name]) for name, estimates in found.items()}


def _held(estimates: list[Estimate], truth: float) -> Held:
    inside = [each.low <= truth <= each.high for each in estimates]
    return Held(float(np.mean(inside)), 100 * float(np.mean([each.high - each.low for each in estimates])))


def _change(curve: Measurement) -> Estimate:
    contrast = np.zeros(len(_SHOTS))
    contrast[[1, -1]] = -1.0, 1.0
    variance, df = curve.noise().of(contrast)
    reach = float(t_quantile(0.5 + _LEVEL / 2, df)) * variance**0.5
    value = float(contrast @ curve.means)
    return Estimate(value, value - reach, value + reach, _LEVEL)


def _measured(rng: np.random.Generator, hard: FloatArray, draws: int) -> Measurement:
    """Return one model's scores; draws at different numbers of shots have nothing in common, and stand apart."""
    scores = np.full((len(_SHOTS), draws * len(_SHOTS), len(hard)), np.nan)
    own = 0.5**0.5 * hard + 0.5**0.5 * rng.normal(0, 1, len(hard))
    for row, (shots, accuracy) in enumerate(zip(_SHOTS, _ACCURACY, strict=True)):
        examples = rng.normal(0, 1, (draws, len(hard))) * (shots > 0)
        at = norm.ppf(accuracy) * np.sqrt(2 + (shots > 0))
        right = rng.random((draws, len(hard))) < norm.cdf(at + own + examples)
        if not shots:  # one prompt for all draws, and so one reply
            right[:] = right[0]
        scores[row, draws * row : draws * (row + 1)] = right
    names = tuple(f"i{n}" for n in range(len(hard)))
    return Measurement(shots=np.array(_SHOTS), scores=scores, task="simulated", model="simulated", items=names)


def main() -> None:
    """Print a table: share held and width, each by items' own examples and as if draws were shared."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print("| items, draws | number | held | width | held, if shared | width, if shared |\n|---|---|--:|--:|--:|--:|")
    for items, draws in SETTINGS:
        ours, shared = (held(items, draws, times, own_examples=own) for own in (True, False))
        for name, found in ours.items():
            before = shared[name]
            print(
                f"| {items}, {draws} | {name} | {found.share:.1%} | {found.width:.1f}"
                f" | {before.share:.1%} | {before.width:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
