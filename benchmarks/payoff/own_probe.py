"""Print how often the payoff's 90% interval holds the truth where the very model was fine-tuned on as many examples.

Simulated: items differ in how hard they are, the same for prompts and the fine-tuned model; two draws of examples at 1,
4 and 16 shots, of which 16 do best. Of each truth the share of intervals that hold it, beside that of the probe's own,
and how often the chance of more than the margin, 2 points, is 80% or more. The table stands in `docs/payoff.md`::

    python -m benchmarks.payoff.own_probe
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from curvefit.curves.curve import Curve
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.comparison import SURE, paired_gain, without_optimism
from curvefit.payoff.predictor import Probed
from curvefit.study import analyze

__all__ = ["main", "rows", "simulated"]

RUNS: Final = 60
TRUTHS: Final = ((0.05, 0.05), (0.05, 0.5), (0.2, 0.95), (0.5, 0.5), (0.5, 0.8), (0.9, 0.9), (0.97, 0.97), (0.97, 0.99))
ITEMS: Final = (30, 100)
SHOTS: Final = (0, 1, 4, 16)
SHARES: Final = (0.5, 0.7, 0.9, 1.0)  # of the accuracy at 16 shots
ITEM_SD, DRAW_SD = 1.5, 0.35  # in log-odds
N_TRAIN: Final = 128
MARGIN: Final = 0.02

FloatArray = NDArray[np.float64]


def _scores(rng: np.random.Generator, hard: FloatArray, accuracy: float, draws: int, spread: float) -> FloatArray:
    """Return scores (draws, items) of that mean over items and draws."""
    usual = np.random.default_rng(1).normal(0.0, np.hypot(ITEM_SD, spread), 4_000)
    level = brentq(lambda each: float(expit(each + usual).mean()) - accuracy, -30, 30)
    chances = expit(level + hard + rng.normal(0.0, spread, (draws, 1)))
    return (rng.random((draws, len(hard))) < chances).astype(float)


def simulated(prompted: float, tuned: float, items: int, runs: int = RUNS) -> tuple[float, float, float]:
    """Return which share of intervals holds the gain, predicted and of the probe alone, and of how many it pays."""
    rng, found = np.random.default_rng(0), []
    names = tuple(map(str, range(items)))
    for _ in range(runs):
        hard = rng.normal(0.0, ITEM_SD, items)
        scores = np.array([_scores(rng, hard, share * prompted, 2, DRAW_SD * (k > 0))
                           for k, share in zip(SHOTS, SHARES, strict=True)])  # fmt: skip
        measured = Measurement(shots=list(SHOTS), scores=scores, items=names, model="m", kind="extraction")
        trained = Curve(shots=np.array([N_TRAIN]), scores=_scores(rng, hard, tuned, 1, 0.0)[None])
        alone = analyze(measured, margin=MARGIN)
        gain = paired_gain(trained, N_TRAIN, alone.best.curve, alone.best.point.shots, 0.9)
        best = alone.best.point.accuracy.value
        probe = Probed("m", best, N_TRAIN, gain, optimism=alone.optimism, items=items)
        payoff = analyze(measured, margin=MARGIN, n_train=N_TRAIN, probes=(probe,)).payoff
        if payoff is None:
            raise AssertionError("a kind and a number of examples are stated")
        truth = tuned - prompted * SHARES[SHOTS.index(alone.best.point.shots)]
        own = without_optimism(gain, alone.optimism)
        held = [each.low <= truth <= each.high for each in (payoff.gain, own)]
        found.append((*held, payoff.probability >= SURE))
    first, second, pays = np.mean(found, axis=0)
    return float(first), float(second), float(pays)


def rows(runs: int = RUNS) -> Iterator[str]:
    """Yield the table."""
    yield "| prompted | fine-tuned | items | interval holds | the probe's own | chance 80% or more |"
    yield "|--:|--:|--:|--:|--:|--:|"
    for prompted, tuned in TRUTHS:
        for items in ITEMS:
            cells = (f"{share:.0%}" for share in simulated(prompted, tuned, items, runs))
            yield f"| {prompted:.0%} | {tuned:.0%} | {items} | {' | '.join(cells)} |"


def main() -> None:
    """Print it, row by row: it takes minutes."""
    for row in rows():
        print(row, flush=True)


if __name__ == "__main__":
    main()
