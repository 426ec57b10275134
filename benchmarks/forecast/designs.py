"""What a design can decide: how many simulated plateaus and rises are called so. Prints the table of docs/measuring.md.

Run: python -m benchmarks.forecast.designs [SEEDS]

Shapes are those of verdicts.py, judged up to 4 times the most shots measured, the furthest that `run` looks where it
knows the pool, by 5 points. A plateau has risen by more than the margin and has less than 0.9 of it to come; a riser
has more than 1.1 of it to come. What is called falling, or left open, is not decided; of what is neither plateau nor
riser nothing is said here.
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.forecast.levels import Shape
from benchmarks.forecast.verdicts import SETTINGS, TRUTHS, Setting, verdicts

DESIGNS = {
    "0 to 8 shots, 3 draws, 40 items": Setting(last=8, draws=3, items=40),
    "0 to 32 shots, 3 draws, 40 items": Setting(last=32, draws=3, items=40),
    **dict(sorted(SETTINGS.items(), key=lambda named: named[1].draws * named[1].items * named[1].last)),
}
MARGIN = 0.05
REACH = 4


def kind(shape: Shape, s: Setting) -> str:
    """Return what is right of a shape as this design sees it: ``plateau``, ``rising``, or neither."""
    seen = shape(s.shots.astype(float))
    gain = float(shape(np.array([float(REACH * s.last)]))[0] - seen[-1])
    if gain > 1.1 * MARGIN:
        return "rising"
    return "plateau" if abs(gain) < 0.9 * MARGIN and seen[-1] - seen.min() > MARGIN else ""


def decided(s: Setting, seeds: range) -> dict[str, list[float]]:
    """Return, by plateau or rising, the share of right verdicts on each such shape."""
    shares: dict[str, list[float]] = {}
    for shape in TRUTHS.values():
        right = kind(shape, s)
        said = sum(trend == right for _, trend in verdicts(shape, s, seeds, [(MARGIN, REACH * s.last)]))
        shares.setdefault(right, []).append(said / len(seeds))
    return shares


def main() -> None:
    """Print a line for each design."""
    seeds = range(110_000, 110_000 + (int(sys.argv[1]) if len(sys.argv) > 1 else 100))
    print("| design | calls | plateaus, 5 points | rises, 5 points |\n|---|--:|--:|--:|")
    for name, s in DESIGNS.items():
        shares = decided(s, seeds)
        told = " | ".join(f"{100 * np.mean(shares[right]):.0f}%" for right in ("plateau", "rising"))
        calls = s.items * (1 + s.draws * (len(s.shots) - 1))
        print(f"| {name} | {calls:,} | {told} |", flush=True)


if __name__ == "__main__":
    main()
