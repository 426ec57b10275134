"""Print how often 90% intervals of accuracies hold the truth with one draw, where they cover the items alone.

The truth is the accuracy over all draws. Draws are alike, or differ as much as forecast and verdict assume, as in
published runs. The table stands in `docs/measuring.md`::

    python -m benchmarks.forecast.one_draw
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from curvefit.curves.curve import Curve
from curvefit.curves.variance import assumed_draws

__all__ = ["held", "main", "rows"]

RUNS = 2_000
ITEMS = (20, 100, 400)
ACCURACIES = (0.5, 0.9, 0.99)
SHOTS = (0, 1, 8, 64)  # at 0, where nothing is drawn, draws are alike


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


def rows(runs: int = RUNS) -> Iterator[str]:
    """Yield the table."""
    yield "| items | accuracy | draws alike | as usual, 1 shot | as usual, 8 shots | as usual, 64 shots |"
    yield "|--:|--:|--:|--:|--:|--:|"
    for items in ITEMS:
        for accuracy in ACCURACIES:
            cells = (f"{held(items, accuracy, shots, runs):.0%}" for shots in SHOTS)
            yield f"| {items} | {accuracy:.0%} | {' | '.join(cells)} |"


def main() -> None:
    """Print it."""
    print("\n".join(rows()))


if __name__ == "__main__":
    main()
