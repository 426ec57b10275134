"""How often forecast intervals of a simulated curve hold the truth, by its shape. Prints tables of reports/forecast.md.

Run: python -m benchmarks.forecast.intervals_by_shape [SEEDS [FIRST]]

Shapes and designs are those of verdicts.py and, in sum, the 39 others of levels.py; beside them two that fall steadily
and one that rises only beyond 64 shots. Accuracy is forecast at twice and
at 8 times the most shots that were measured. A curve begins late where the last measured doubling truly adds at least 3
points, and more than all shots before it since the first.

Before any of it was run: the table is of seeds from 70,000 on, which choose nothing; a change of the prior is chosen on
seeds from 90,000 on, by the coverage of what begins late, as long as the error and the coverage of nothing else in
reports/forecast.md, nor of the other shapes here, get worse.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.forecast.levels import Shape, others
from benchmarks.forecast.verdicts import SETTINGS, TRUTHS, Setting, hill, simulate
from curvefit.curves.forecast import forecast
from curvefit.curves.verdict import HORIZON_MULTIPLE

FloatArray = NDArray[np.float64]

# Beside the 13, in a line each and in no sum: what measured shots cannot tell. Nothing was chosen on them.
BESIDE: dict[str, Shape] = {
    "steady fall": lambda k: 0.8 - 0.03 * np.log2(1 + k),
    "steady fall, steeper": lambda k: 0.8 - 0.06 * np.log2(1 + k),
    "sudden late rise": hill(0.3, 0.8, 110, 8.0),
}
REACHES = (2, HORIZON_MULTIPLE)
LATE = 0.03


def begins_late(shape: Shape, s: Setting) -> bool:
    """Whether the last measured doubling adds at least 3 points, and more than all before it since the first shot."""
    first, before, last = shape(np.array([1.0, s.last / 2, s.last]))
    return bool(last - before >= max(LATE, before - first))


def scored(shape: Shape, s: Setting, seeds: range) -> FloatArray:
    """Return, by reach (R, 4): shares held of accuracy and of its gain, mean error and mean width of the accuracy."""
    at = np.array([s.last, *(reach * s.last for reach in REACHES)])
    truth = shape(at.astype(float))
    found = np.zeros((len(REACHES), 4))
    for seed in seeds:
        ahead = forecast(simulate(shape, s, seed), seed=seed)
        latent = ahead.draws.at(at)
        for cell, values, true in zip(found, latent.T[1:], truth[1:], strict=True):
            level, gain = ahead.estimate(values), ahead.estimate(values - latent[:, 0])
            cell += (
                level.low <= true <= level.high, gain.low <= true - truth[0] <= gain.high,
                level.value - true, level.high - level.low,
            )  # fmt: skip
    return found / len(seeds)


def row(name: str, cells: list[FloatArray]) -> str:
    """One line of the table: the mean of cells (R, 4), in percent and points."""
    return f"| {name} | " + " | ".join(
        f"{held:.0f} | {gain:.0f} | {error:+.1f} | {width:.0f}"
        for held, gain, error, width in 100 * np.mean(cells, axis=0)
    ) + f" | {len(cells)} |"  # fmt: skip


def main() -> None:
    """Print a line for each of the 13 shapes, for both sets with what begins late apart, and for that by design."""
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 70_000
    seeds = range(first, first + (int(sys.argv[1]) if len(sys.argv) > 1 else 100))
    columns = [f"x{reach}: {what}" for reach in REACHES for what in ("held, %", "gain held, %", "error", "width")]
    print("| shape | " + " | ".join(columns) + " | cells |")
    print("|---" + "|--:" * (len(columns) + 1) + "|")
    by_design: dict[str, list[FloatArray]] = {name: [] for name in SETTINGS}
    sets: Mapping[str, Mapping[str, Shape]] = {"the 13": TRUTHS, "39 others": others()}
    for name, shapes in sets.items():
        late, rest = list[FloatArray](), list[FloatArray]()
        for shape_name, shape in shapes.items():
            cells = {design: scored(shape, s, seeds) for design, s in SETTINGS.items()}
            for design, cell in cells.items():
                if begins_late(shape, SETTINGS[design]):
                    by_design[design].append(cell)
                    late.append(cell)
                else:
                    rest.append(cell)
            if shapes is TRUTHS:
                print(row(shape_name, list(cells.values())), flush=True)
        print(row(f"**{name}**", late + rest))
        print(row(f"{name}, begins late", late))
        print(row(f"{name}, else", rest), flush=True)
    for design, found in by_design.items():
        print(row(f"begins late, {design}", found))
    for name, shape in BESIDE.items():
        print(row(name, [scored(shape, s, seeds) for s in SETTINGS.values()]), flush=True)


if __name__ == "__main__":
    main()
