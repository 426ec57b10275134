"""Which margin to take where nobody states one: what a measured training is said to do, by items and true gain.

    python -m benchmarks.rules.margins

Reckoned, not simulated: a gain measured on so many items errs as a paired difference of accuracies near one half does,
and what is said of it follows `curvefit`'s rule: it pays, or does not, where the chance of more than the margin is 80%
or 20%. A cell holds how often it is said to pay, and how often not to; else it is open. "What the items tell" is the
smallest gain that they can tell, however large. At once.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Final

from curvefit.payoff.comparison import SURE
from curvefit.tasks.readiness import smallest_gain

__all__ = ["said"]

_LEVEL: Final = 0.9
_ITEMS: Final = (40, 100)
_GAINS: Final = (0.0, 0.05, 0.1, 0.15)


def said(gain: float, items: int, margin: float) -> tuple[float, float]:
    """Return how often a true gain, measured on so many items, is said to pay, and not to."""
    told = smallest_gain(items, 1e-9, _LEVEL)
    assert told is not None
    error = told / NormalDist().inv_cdf((1 + _LEVEL) / 2)
    measured, away = NormalDist(gain, error), NormalDist().inv_cdf(SURE) * error
    return 1 - measured.cdf(margin + away), measured.cdf(margin - away)


def main() -> None:
    """Print a table."""
    print("| items | true gain | margin 2 points | 5 points | what the items tell |\n|--:|--:|--:|--:|--:|")
    for items in _ITEMS:
        told = smallest_gain(items, 1e-9, _LEVEL) or 0.0
        for gain in _GAINS:
            cells = [said(gain, items, margin) for margin in (0.02, 0.05, told)]
            shares = " | ".join(f"{pays:.0%}, {not_to:.0%}" for pays, not_to in cells)
            print(f"| {items} | {100 * gain:g} | {shares} |")


if __name__ == "__main__":
    main()
