"""Print how often the payoff holds the truth where the very model was fine-tuned, in simulated studies.

Items differ in how hard they are, the same for prompts and the fine-tuned model; two draws of examples at 1, 4 and 16
shots, of which 16 do best; tasks of extraction. The first table has fine-tunings on as many examples as are asked
about: of each truth the share of intervals that hold it, beside that of the fine-tuning's own, and how often the chance
of more than the margin, 2 points, is 80% or more. The second has fine-tunings on a tenth of them, that gained nothing
or little, and the mean chance without and with them. Every row has random numbers of its own. Both stand in
`docs/payoff.md`; 6 minutes of one core::

    python -m benchmarks.payoff.own_probe
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

__all__ = ["Found", "main", "rows", "simulated"]

RUNS: Final = 60
TRUTHS: Final = ((0.05, 0.05), (0.05, 0.5), (0.2, 0.95), (0.5, 0.5), (0.5, 0.8), (0.9, 0.9), (0.97, 0.97), (0.97, 0.99))
# Prompted, and fine-tuned on a tenth of the examples asked about and on all of them.
FEWER: Final = (
    (0.05, 0.05, 0.05), (0.05, 0.05, 0.5), (0.5, 0.4, 0.5), (0.5, 0.5, 0.5), (0.5, 0.5, 0.6), (0.5, 0.5, 0.8),
    (0.5, 0.6, 0.8), (0.9, 0.9, 0.9), (0.9, 0.9, 0.95),
)  # fmt: skip
ITEMS: Final = (30, 100)
SHOTS: Final = (0, 1, 4, 16)
SHARES: Final = (0.5, 0.7, 0.9, 1.0)  # of the accuracy at 16 shots
ITEM_SD, DRAW_SD = 1.5, 0.35  # in log-odds
N_TRAIN: Final = 128
FEW, MANY = 32, 320
MARGIN: Final = 0.02

FloatArray = NDArray[np.float64]


def _scores(rng: np.random.Generator, hard: FloatArray, accuracy: float, draws: int, spread: float) -> FloatArray:
    """Return scores (draws, items) of that mean over items and draws."""
    usual = np.random.default_rng(1).normal(0.0, np.hypot(ITEM_SD, spread), 4_000)
    level = brentq(lambda each: float(expit(each + usual).mean()) - accuracy, -30, 30)
    chances = expit(level + hard + rng.normal(0.0, spread, (draws, 1)))
    return (rng.random((draws, len(hard))) < chances).astype(float)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of many simulations of one truth.

    Attributes
    ----------
    held, own : float
        Share of intervals that hold the gain: predicted, and of the small fine-tuning alone.
    sure : float
        How often the chance of more than the margin is 80% or more.
    without, chance : float
        Mean chance predicted without the fine-tuning and with it.
    """

    held: float
    own: float
    sure: float
    without: float
    chance: float


def simulated(prompted: float, probed: float, items: int, runs: int = RUNS, *, tuned: float | None = None) -> Found:
    """Return what comes of a fine-tuning that truly reaches `probed`; `tuned`: what ten times its examples reach."""
    at, n_train = (N_TRAIN, N_TRAIN) if tuned is None else (FEW, MANY)
    reached = probed if tuned is None else tuned
    rng = np.random.default_rng([round(1000 * each) for each in (prompted, probed, reached)] + [items, at])
    return Found(*np.mean([_once(rng, prompted, probed, reached, items, at, n_train) for _ in range(runs)], axis=0))


def _once(
    rng: np.random.Generator, prompted: float, probed: float, reached: float, items: int, at: int, n_train: int
) -> tuple[float, ...]:
    hard = rng.normal(0.0, ITEM_SD, items)
    scores = np.array([_scores(rng, hard, share * prompted, 2, DRAW_SD * (k > 0))
                       for k, share in zip(SHOTS, SHARES, strict=True)])  # fmt: skip
    names = tuple(map(str, range(items)))
    measured = Measurement(shots=list(SHOTS), scores=scores, items=names, model="m", kind="extraction")
    trained = Curve(shots=np.array([at]), scores=_scores(rng, hard, probed, 1, 0.0)[None])
    alone = analyze(measured, margin=MARGIN, n_train=n_train)
    gain = paired_gain(trained, at, alone.best.curve, alone.best.point.shots, 0.9)
    probe = Probed("m", alone.best.point.accuracy.value, at, gain, optimism=alone.optimism, items=items)
    payoff = analyze(measured, margin=MARGIN, n_train=n_train, probes=(probe,)).payoff
    if payoff is None or alone.payoff is None:
        raise AssertionError("a kind and a number of examples are stated")
    scored = prompted * SHARES[SHOTS.index(alone.best.point.shots)]
    own = without_optimism(gain, alone.optimism)
    return (
        payoff.gain.low <= reached - scored <= payoff.gain.high,
        own.low <= probed - scored <= own.high,
        payoff.probability >= SURE,
        alone.payoff.probability,
        payoff.probability,
    )


def rows(runs: int = RUNS) -> Iterator[str]:
    """Yield both tables."""
    yield "| prompted | fine-tuned | items | interval holds | the probe's own | chance 80% or more |"
    yield "|--:|--:|--:|--:|--:|--:|"
    for prompted, tuned in TRUTHS:
        for items in ITEMS:
            found = simulated(prompted, tuned, items, runs)
            cells = (f"{share:.0%}" for share in (found.held, found.own, found.sure))
            yield f"| {prompted:.0%} | {tuned:.0%} | {items} | {' | '.join(cells)} |"
    yield ""
    yield f"| prompted | trained on {FEW} | on {MANY} | interval holds | mean chance without | with | 80% or more |"
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    for prompted, probed, tuned in FEWER:
        found = simulated(prompted, probed, max(ITEMS), runs, tuned=tuned)
        cells = (f"{share:.0%}" for share in (found.held, found.without, found.chance, found.sure))
        yield f"| {prompted:.0%} | {probed:.0%} | {tuned:.0%} | {' | '.join(cells)} |"


def main() -> None:
    """Print them, row by row: it takes minutes."""
    for row in rows():
        print(row, flush=True)


if __name__ == "__main__":
    main()
