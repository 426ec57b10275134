"""Accuracy against price, or time, as a picture. Lives here: what is drawn on axes that are given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from curvefit.decision.candidates import Candidate, Cost, undominated
from curvefit.report.candidate_text import dollars, seconds
from curvefit.report.wording import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["cost_drawn", "draw_frontier"]

_COLOURS: Final = {"measured": "#0072B2", "probed": "#D55E00", "predicted": "#6B6B6B"}
_MARKS: Final = {"measured": "o", "probed": "s", "predicted": "D"}
_SAID: Final = {"measured": "measured", "probed": "trained here", "predicted": "predicted"}
_AXES: Final = {"usd_per_1000": "dollars for a thousand calls", "seconds_p50": "seconds a call, median"}
_UNITS: Final = {"usd_per_1000": dollars, "seconds_p50": seconds}
_MOST_NAMED: Final = 6  # more would lie over each other
_NAME: Final = 44  # characters


def cost_drawn(candidates: Sequence[Candidate]) -> Cost | None:
    """Return what accuracy is drawn against: price where two have one, else time; None where neither is known."""
    for cost in ("usd_per_1000", "seconds_p50"):
        if sum(not math.isnan(getattr(each, cost)) for each in candidates) > 1:
            return cost
    return None


def draw_frontier(ax: Axes, candidates: Sequence[Candidate], cost: Cost) -> None:
    """Draw each candidate with its interval, and join those that no other beats.

    Filled: measured; hollow: probed or predicted. The axis of costs is logarithmic where they differ by much.
    """
    known = [each for each in candidates if not math.isnan(getattr(each, cost))]
    frontier = undominated(known, cost)
    ax.plot(
        [getattr(each, cost) for each in frontier], [each.accuracy.value for each in frontier],
        color="#1c1c1c", linewidth=1.2, linestyle="--", zorder=1, label="nothing is cheaper and better",
    )  # fmt: skip
    for basis, mark in _MARKS.items():
        some = [each for each in known if each.basis == basis]
        if not some:
            continue
        values = [each.accuracy.value for each in some]
        reach = [[each.accuracy.value - each.accuracy.low for each in some],
                 [each.accuracy.high - each.accuracy.value for each in some]]  # fmt: skip
        ax.errorbar(
            [getattr(each, cost) for each in some], values, yerr=reach, fmt=mark, color=_COLOURS[basis], markersize=7,
            markerfacecolor=_COLOURS[basis] if basis == "measured" else "white", capsize=3, elinewidth=1.4, zorder=3,
            label=_SAID[basis],
        )  # fmt: skip
    costs = sorted(getattr(each, cost) for each in known)
    if costs[0] > 0 and costs[-1] / costs[0] > 5:
        _log(ax)
    _name(ax, known, frontier, cost)
    ax.set_ylim(-0.02, 1.05)
    ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    ax.xaxis.set_major_formatter(lambda value, _: _UNITS[cost](value))
    ax.set_ylabel("accuracy")
    ax.set_xlabel(_AXES[cost])
    ax.margins(x=0.12)
    ax.grid(color="#dddad4", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="best", fontsize=9, framealpha=0.9)


def _log(ax: Axes) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_minor_formatter(NullFormatter())


def _short(name: str) -> str:
    """Return a name without provider and without the word that all prompts have in common."""
    bare = name.rpartition("/")[2].removesuffix(" examples").removesuffix(" example")
    return clean(f"{bare}ne" if bare.endswith("no") else bare, longest=_NAME)


def _name(ax: Axes, known: Sequence[Candidate], frontier: Sequence[Candidate], cost: Cost) -> None:
    """Write the names of those on the frontier and of what is not measured: towards the middle, where there is room."""
    named = [each for each in known if each in frontier or each.basis != "measured"]
    if len(named) > _MOST_NAMED:
        named = list(frontier)
    named.sort(key=lambda each: (getattr(each, cost), each.accuracy.value))
    costs = [getattr(each, cost) for each in known]
    middle = math.sqrt(min(costs) * max(costs)) if ax.get_xscale() == "log" else (min(costs) + max(costs)) / 2
    for i, each in enumerate(named):
        at, above = getattr(each, cost), i % 2 == 0
        right = at <= middle
        ax.annotate(
            _short(each.name), (at, each.accuracy.value), xytext=(6 if right else -6, 5 if above else -5),
            textcoords="offset points", ha="left" if right else "right", va="bottom" if above else "top", fontsize=8.5,
            parse_math=False, annotation_clip=False,
        )  # fmt: skip
