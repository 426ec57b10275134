"""Accuracy against price, or time, as a picture. Lives here: what is drawn on axes that are given.

Points carry numbers, since names would lie over each other; a list below names them, and the table of candidates has
the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Final

from curvefit.decision.candidates import Candidate, Cost, of_known_cost, undominated
from curvefit.plain_text import clean
from curvefit.report.candidate_text import BASES, UNBEATEN, seconds
from curvefit.report.curve_plot import BROAD, SLIM, Layout, Mark
from curvefit.report.wording import accuracy_text, dollars

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

__all__ = ["draw_frontier", "frontier_height"]

_COLOURS: Final = {"measured": "#0072B2", "validated": "#D55E00", "probed": "#D55E00", "predicted": "#6B6B6B"}
_MARKS: Final = {"measured": "o", "validated": "^", "probed": "s", "predicted": "D"}
_AXES: Final = {"usd_per_1000": "dollars for a thousand calls", "seconds_p50": "seconds a call, median"}
_UNITS: Final = {"usd_per_1000": dollars, "seconds_p50": seconds}
_MOST_LISTED: Final = 16  # below the picture; with more, those that matter and the rest in the table
_MOST_NUMBERED: Final = 40  # more would lie over each other
_NAME: Final = 90  # characters
_LIST_SIZE: Final = 9  # points
_LEFT: Final = 62  # points that the names of accuracies take, to the left of the list
_HEIGHTS: Final = {BROAD: 4.8, SLIM: 3.6}  # inches, without that list
_LINE: Final = 0.2  # inches that a line of the list takes
_WHITE: Final = "#FFFFFF"


def frontier_height(candidates: Sequence[Candidate], cost: Cost, layout: Layout) -> float:
    """Return how many inches a picture takes with the list below it."""
    lines = _lines(candidates, cost)
    return _HEIGHTS[layout] + _LINE * (math.ceil(len(lines) / _columns(lines, layout)) + 1)


def draw_frontier(ax: Axes, candidates: Sequence[Candidate], cost: Cost, layout: Layout = BROAD) -> tuple[Mark, ...]:
    """Draw each candidate with its interval, and join those that no other beats; return what a pointer reads.

    Hollow: fine-tuned, at the cost of the untrained model. The axis of costs is logarithmic where they differ by much.
    """
    known = of_known_cost(candidates, cost)
    frontier = undominated(known, cost)
    ax.plot(
        [getattr(each, cost) for each in frontier], [each.accuracy.value for each in frontier],
        color="#1C1C1C", linewidth=1.2, linestyle="--", zorder=1, label=UNBEATEN[cost],
    )  # fmt: skip
    for basis, mark in _MARKS.items():
        some = [each for each in known if each.basis == basis]
        if not some:
            continue
        values = [each.accuracy.value for each in some]
        reach = [[each.accuracy.value - each.accuracy.low for each in some],
                 [each.accuracy.high - each.accuracy.value for each in some]]  # fmt: skip
        fill = _WHITE if any(cost in each.as_base for each in some) else _COLOURS[basis]
        ax.errorbar(
            [getattr(each, cost) for each in some], values, yerr=reach, fmt=mark, color=_COLOURS[basis], markersize=7,
            markerfacecolor=fill, capsize=3, elinewidth=1.2, zorder=3,
            label=BASES[basis], clip_on=False,
        )  # fmt: skip
    costs = sorted(getattr(each, cost) for each in known)
    if costs[0] > 0 and costs[-1] / costs[0] > 5:
        _log(ax)
    ax.set_ylim(-0.02, 1.04)
    ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    ax.xaxis.set_major_formatter(lambda value, _: _UNITS[cost](value) if value >= 0 else "")  # left of what is free
    ax.set_ylabel("accuracy")
    ax.set_xlabel(_AXES[cost])
    ax.margins(x=0.08)
    ax.grid(color="#E4E4E4", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    columns, size = (4, 10) if layout.titled else (1, "medium")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, fontsize=size, frameon=False, columnspacing=1.2)
    numbered = known if len(known) <= _MOST_NUMBERED else _listed(candidates, cost)
    _number(ax, [(candidates.index(each) + 1, getattr(each, cost), each.accuracy.value) for each in numbered])
    _list(ax, candidates, cost, layout)
    return tuple(
        Mark(getattr(each, cost), each.accuracy.value,
             f"{clean(each.name)}: {accuracy_text(each.accuracy)}, "
             f"{_UNITS[cost](getattr(each, cost))}")
        for each in known
    )  # fmt: skip


def _log(ax: Axes) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_minor_formatter(NullFormatter())


def _listed(candidates: Sequence[Candidate], cost: Cost) -> list[Candidate]:
    """Return those named below the picture: all, or with too many those on the frontier and those not measured."""
    known = of_known_cost(candidates, cost)
    if len(known) <= _MOST_LISTED:
        return known
    frontier = undominated(known, cost)
    return [each for each in known if each in frontier or each.basis != "measured"][:_MOST_LISTED]


def _number(ax: Axes, points: Sequence[tuple[int, float, float]]) -> None:
    """Write each point's number beside it, where nothing stands yet."""
    from matplotlib.transforms import Bbox

    scale = ax.figure.dpi / 72
    at = {number: tuple(map(float, ax.transData.transform((x, y)))) for number, x, y in points}
    taken = [Bbox.from_bounds(x - 4 * scale, y - 4 * scale, 8 * scale, 8 * scale) for x, y in at.values()]
    for number, x, y in points:
        width, height = 6.5 * len(str(number)), 10.0
        boxes = [
            (dx, dy, _box(at[number], dx * scale, dy * scale, width * scale, height * scale))
            for reach, dy, dx in product((1, 1.9, 2.8), (6, -6 - height, -height / 2), (5, -5 - width))
            for dx, dy in ((dx * reach, dy * reach),)
        ]
        dx, dy, box = min(boxes, key=lambda one: sum(one[2].overlaps(other) for other in taken))
        taken.append(box)
        ax.annotate(
            str(number), (x, y), xytext=(dx, dy), textcoords="offset points", fontsize=9, ha="left", va="bottom",
            annotation_clip=False, color="#1C1C1C",
        )  # fmt: skip


def _box(at: Sequence[float], dx: float, dy: float, width: float, height: float) -> Bbox:
    from matplotlib.transforms import Bbox

    return Bbox.from_bounds(at[0] + dx, at[1] + dy, width, height)


def _lines(candidates: Sequence[Candidate], cost: Cost) -> list[str]:
    """Return the names below the picture, with their numbers."""
    listed = _listed(candidates, cost)
    known = len(of_known_cost(candidates, cost))
    more = [f"and {known - len(listed)} more, by their numbers in the table"] if known > len(listed) else []
    return [*(f"{candidates.index(each) + 1}  {clean(each.name, longest=_NAME)}" for each in listed), *more]


def _columns(lines: Sequence[str], layout: Layout) -> int:
    narrow = _room(layout, layout.columns)
    return layout.columns if len(lines) > 1 and all(_width(line) <= narrow for line in lines) else 1


def _room(layout: Layout, columns: int) -> float:
    """Return how many points a column of the list has."""
    return (72 * layout.width - _LEFT) / columns - _LIST_SIZE


def _width(line: str) -> float:
    """Return how many points a line of the list takes."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    return float(text_to_path.get_text_width_height_descent(line, FontProperties(size=_LIST_SIZE), ismath=False)[0])


def _fitted(line: str, room: float) -> str:
    """Return a line as far as it fits."""
    while (width := _width(line)) > room:
        line = line[: min(int(len(line) * room / width), len(line) - 1) - 1] + "…"
    return line


def _list(ax: Axes, candidates: Sequence[Candidate], cost: Cost, layout: Layout) -> None:
    """Name the points below the picture, in two columns where they fit."""
    lines = _lines(candidates, cost)
    columns = _columns(lines, layout)
    lines = [_fitted(line, _room(layout, columns)) for line in lines]
    rows = math.ceil(len(lines) / columns)
    for column in range(columns):
        ax.annotate(
            "\n".join(lines[column * rows : (column + 1) * rows]), (column / 2, 0), xycoords="axes fraction",
            xytext=(0, -40), textcoords="offset points", va="top", fontsize=_LIST_SIZE, parse_math=False,
            annotation_clip=False, linespacing=1.5, color="#1C1C1C",
        )  # fmt: skip
