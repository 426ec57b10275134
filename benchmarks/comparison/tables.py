"""Two tables whose draws have the same names: what comes of pairing these where the scores show that they go together.

    python -m benchmarks.comparison.tables [TIMES]

Simulated: right or wrong, with the same chance in both. How hard an item is, is for 60% common to both. Examples move
all items of a draw, and each item by itself; of either, some is common to both tables or nothing is. A near copy is the
other table, but for some of its replies, which are drawn anew. Three ways to judge the difference: draws count as
unrelated; as related wherever they have the same name; and, as `compare` does, where the scores show it too. About 2
minutes of one core for 1,000 times.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from curvefit.curves.curve import Curve
from curvefit.payoff.comparison import draws_go_together, paired_difference

__all__ = ["SETTINGS", "Found", "Tables", "found"]

FloatArray = NDArray[np.float64]

_LEVEL: Final = 0.9
_RIGHT: Final = 0.7
_ITEMS_ALIKE: Final = 0.6


@dataclass(frozen=True, slots=True)
class Tables:
    """What is simulated.

    Attributes
    ----------
    items, draws : int
        Of both.
    by_draw, by_item : float
        SD in probit units of what examples do to all items of a draw, and to each: how hard an item is has SD 1.
    draws_alike, items_alike : float
        Shares of their variances that are common to both tables.
    renewed : float
        The second is a copy of the first, but for so large a share of its replies; 1: it is no copy.
    """

    items: int
    draws: int
    by_draw: float
    by_item: float
    draws_alike: float = 0.0
    items_alike: float = 0.0
    renewed: float = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one way: the share of intervals that hold the truth, and their mean width in points."""

    held: float
    width: float


_SIZES: Final = ((60, 2), (100, 3), (100, 5))
_LUCK: Final = {"draws move all items": (0.21, 0.5), "draws move single items": (0.15, 1.0)}
SETTINGS: Final[dict[str, Tables]] = {
    f"{name}, {how}, {items} items, {draws} draws": Tables(items, draws, *luck, *alike)
    for name, alike in {
        "nothing in common": (0.0, 0.0),
        "single items alike": (0.0, 0.5),
        "the same examples": (0.9, 0.9),
        "a copy but for 20%": (0.0, 0.0, 0.2),
        "a copy but for 3%": (0.0, 0.0, 0.03),
    }.items()
    for how, luck in _LUCK.items()
    for items, draws in _SIZES
}


def found(setting: Tables, times: int, *, seed: int = 9) -> dict[str, Found]:
    """Return what comes of each way of counting draws: ``unrelated``, ``by name`` and ``compared``."""
    ways: dict[str, list[tuple[bool, float]]] = {"unrelated": [], "by name": [], "compared": []}
    for number in range(times):
        first, second = _tables(np.random.default_rng([seed, number]), setting)
        shared = {"unrelated": False, "by name": True, "compared": draws_go_together(first, second)}
        one, other = (Curve(shots=np.array([4]), scores=scores[None]) for scores in (first, second))
        for way, each in ways.items():
            at = paired_difference(other, 4, one, 4, shared_draws=shared[way]).interval(_LEVEL)
            each.append((at.low <= 0 <= at.high, 100 * (at.high - at.low)))
    return {way: Found(*(float(column.mean()) for column in np.array(each).T)) for way, each in ways.items()}


def _tables(rng: np.random.Generator, setting: Tables) -> tuple[FloatArray, FloatArray]:
    shape, own = (setting.draws, setting.items), setting.renewed < 1
    hard, lucky, moved = (rng.normal(size=size) for size in (setting.items, (setting.draws, 1), shape))

    def partly(common: FloatArray, share: float) -> FloatArray:
        return np.asarray(share**0.5 * common + (1 - share) ** 0.5 * rng.normal(size=common.shape))

    def right(item: FloatArray) -> FloatArray:
        draw = setting.by_draw * partly(lucky, setting.draws_alike)
        trial = setting.by_item * partly(moved, setting.items_alike)
        bar = norm.ppf(_RIGHT) * np.sqrt(1 + setting.by_draw**2 + setting.by_item**2)
        return np.asarray(item + draw + trial + bar > 0, dtype=float)

    item = partly(hard, _ITEMS_ALIKE)
    first = right(item)
    second = right(item if own else partly(hard, _ITEMS_ALIKE))
    return first, np.where(rng.random(shape) < setting.renewed, second, first)


def main() -> None:
    """Print a table."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"{'':70} {'unrelated':>15} {'by name':>15} {'compared':>15}")
    for name, setting in SETTINGS.items():
        ways = found(setting, times).values()
        print(f"{name:70} {' '.join(f'{way.held:8.1%} {way.width:6.1f}' for way in ways)}", flush=True)


if __name__ == "__main__":
    main()
