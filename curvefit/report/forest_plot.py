"""Differences of studies as a picture. Lives here: what is drawn on axes that are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from curvefit.decision.paired_comparison import StudyPair
from curvefit.plain_text import clean
from curvefit.report.curve_plot import BROAD, Layout
from curvefit.report.wording import margin_text, sure, wrapped
from curvefit.workflows.study_comparison import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_differences"]

_MARKS: Final = {"better": "#0072B2", "worse": "#D55E00", "alike": "#6B6B6B", "open": "#6B6B6B"}
_NAME: Final = 32  # characters
_TITLE: Final = 110  # characters a line
_SLIM_TITLE: Final = 44


def draw_differences(ax: Axes, comparison: Comparison, layout: Layout = BROAD) -> None:
    """Draw the difference of each pair with its interval, the first pair on top, and the margin as a band around 0.

    A narrow layout has the names above the differences and not at their left.
    """
    pairs = (*comparison.pairs, *comparison.at_shots)
    margin = 100 * comparison.margin
    ax.axvspan(-margin, margin, color="#6B6B6B", alpha=0.12, linewidth=0)
    ax.axvline(0, color="#6B6B6B", linewidth=0.9)
    for row, pair in enumerate(pairs):
        low, value, high = (100 * end for end in (pair.difference.low, pair.difference.value, pair.difference.high))
        filled = pair.outcome in ("better", "worse")
        ax.errorbar(
            [value], [-row], xerr=[[value - low], [high - value]], fmt="o", color=_MARKS[pair.outcome],
            markerfacecolor=_MARKS[pair.outcome] if filled else "white", markersize=7, capsize=4, elinewidth=1.8,
        )  # fmt: skip
    rows = [-row for row in range(len(pairs))]
    if layout.titled:
        ax.set_yticks(rows, [_name(pair) for pair in pairs], parse_math=False, fontsize=9)
    else:
        ax.set_yticks([])
        for row, pair in zip(rows, pairs, strict=True):
            name = ax.annotate(_name(pair), (0, row + 0.18), xycoords=("axes fraction", "data"), va="bottom",
                               fontsize=8.25, parse_math=False, clip_on=layout.guest, in_layout=False)  # fmt: skip
            if layout.guest:  # in one line where there is room for it
                name.set_text(_name(pair).replace("\n", " "))
                if name.get_window_extent().x1 > ax.bbox.x1:
                    name.set_text(_name(pair))
    ax.set_ylim(-len(pairs) + 0.4, 0.6 if layout.titled else 0.95)
    points = "points of accuracy" + ("" if layout.guest else " that the one has more than the other")
    ax.set_xlabel("\n".join(wrapped(points, _TITLE if layout.titled else _SLIM_TITLE)))
    ax.grid(axis="x", color="#dddad4", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    if layout.guest:
        return
    within = f"within the margin of {margin_text(comparison.margin)}"
    said = f"{sure(comparison.level)} intervals; filled: told apart; grey: {within}"
    lines = wrapped(said, _TITLE if layout.titled else _SLIM_TITLE)
    ax.set_title("\n".join(lines), loc="left", fontsize=9.5 if layout.titled else 9)


def _name(pair: StudyPair) -> str:
    at = "" if pair.shots is None else f" at {pair.shots}"
    return f"{clean(pair.second, longest=_NAME)}{at}\nover {clean(pair.first, longest=_NAME)}"
