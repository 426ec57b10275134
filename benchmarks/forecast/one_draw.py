"""Print how often 90% intervals of accuracies hold the truth with one draw, where they cover the items alone.

The truth is the accuracy over all draws. Draws are alike, or differ as much as forecast and verdict assume, as in
published runs. A second table has the best of five prompts, all equally good, whose interval is that of one prompt: as
scored, and less the luck of the pick. "Capped": a cap left half of the items at the most shots. Both stand in
`docs/measuring.md`::

    python -m benchmarks.forecast.one_draw
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from curvefit.curves.curve import Curve
from curvefit.curves.variance import assumed_draws
from curvefit.decision.best_prompt import best_measured, optimism_of
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.comparison import without_optimism

__all__ = ["held", "main", "picked", "picked_rows", "rows"]

RUNS = 2_000
ITEMS = (20, 100, 400)
ACCURACIES = (0.5, 0.9, 0.99)
SHOTS = (0, 1, 8, 64)  # at 0, where nothing is drawn, draws are alike
PICKED_FROM = (1, 4, 8, 16, 32)
PICKED_RUNS = 400


def held(items: int, accuracy: float, shots: int, runs: int = RUNS) -> float:
    """Return the share of simulated intervals that hold the accuracy; that of each draw is from a beta distribution."""
    rng = np.random.default_rng(0)
    trial_variance = accuracy * (1 - accuracy)
    between = float(assumed_draws(np.array([shots]), np.array([accuracy]))[0])
    size = trial_variance / between - 1 if between else np.inf
    draws = rng.beta(size * accuracy, size * (1 - accuracy), runs) if between else np.full(runs, accuracy)
    right = rng.binomial(items, draws)
    numbers, counts = np.unique(right, return_counts=True)
    scores = (np.arange(items) < numbers[:, None]).astype(float)[:, None, :]
    points = Curve(shots=np.arange(1, len(numbers) + 1), scores=scores).points()
    inside = [point.accuracy.low <= accuracy <= point.accuracy.high for point in points]
    return float(counts[inside].sum() / runs)


def picked(items: int, accuracy: float, *, alike: bool, capped: bool, runs: int = PICKED_RUNS) -> tuple[float, float]:
    """Return the share of intervals of the best of five that hold its accuracy: as scored, and less its luck."""
    rng, shots = np.random.default_rng(0), np.array(PICKED_FROM)
    between = assumed_draws(shots, np.full(len(shots), accuracy))
    size = accuracy * (1 - accuracy) / between - 1
    found = []
    for _ in range(runs):
        drawn = np.full(len(shots), accuracy) if alike else rng.beta(size * accuracy, size * (1 - accuracy))
        scores = (rng.random((len(shots), 1, items)) < drawn[:, None, None]).astype(float)
        if capped:
            scores[-1, :, items // 2 :] = np.nan
        measured = Measurement(shots=shots, scores=scores, items=tuple(map(str, range(items))))
        _, best = best_measured(measured)
        seen = next(point.accuracy for point in measured.points() if point.shots == best)
        fair = without_optimism(seen, -optimism_of(measured))
        found.append([each.low <= accuracy <= each.high for each in (seen, fair)])
    raw, less = np.mean(found, axis=0)
    return float(raw), float(less)


def rows(runs: int = RUNS) -> Iterator[str]:
    """Yield the first table."""
    yield "| items | accuracy | draws alike | as usual, 1 shot | as usual, 8 shots | as usual, 64 shots |"
    yield "|--:|--:|--:|--:|--:|--:|"
    for items in ITEMS:
        for accuracy in ACCURACIES:
            cells = (f"{held(items, accuracy, shots, runs):.0%}" for shots in SHOTS)
            yield f"| {items} | {accuracy:.0%} | {' | '.join(cells)} |"


def picked_rows() -> Iterator[str]:
    """Yield the second."""
    yield "| the best of 5 | draws alike: as scored | less its luck | as usual: as scored | less its luck |"
    yield "|---|--:|--:|--:|--:|"
    for items, capped in ((30, False), (30, True), (100, False), (100, True)):
        both = [picked(items, 0.7, alike=alike, capped=capped) for alike in (True, False)]
        shares = " | ".join(f"{share:.0%}" for pair in both for share in pair)
        yield f"| {items} items{', capped' if capped else ''} | {shares} |"


def main() -> None:
    """Print both: half a minute."""
    print("\n".join([*rows(), "", *picked_rows()]))


if __name__ == "__main__":
    main()
