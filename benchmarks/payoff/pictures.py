"""Pictures of how reliable the shipped prediction is: probabilities against shares, and gains case by case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from benchmarks.payoff.reliability import FEWEST, Shown, binned, holds

__all__ = ["draw_gains", "draw_reliability"]

# Okabe and Ito's colours, as in reports; shapes differ as well.
_BLUE: Final = "#0072B2"
_ORANGE: Final = "#D55E00"
_GREY: Final = "#6B6B6B"
_NAME: Final = 52  # characters of a case's name
_ROW: Final = 0.235  # inches a case
_STYLE: Final = {"font.family": "DejaVu Sans", "font.size": 11, "svg.hashsalt": "curvefit"}  # the same bytes each time


def draw_reliability(panels: Sequence[Shown], file: Path) -> Figure:
    """Draw predicted probabilities against the shares that paid, a panel a set of cases, into an SVG file."""
    with rc_context(_STYLE):
        figure = _figure(5.4 * len(panels), 5.6)
        for axis, shown in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            _title(axis, shown)
            if shown.enough:
                _probabilities(axis, shown)
            else:
                _too_few(axis, shown)
        handles = [
            Line2D([], [], color=_GREY, linestyle=(0, (5, 2)), label="as predicted"),
            _mark("o", _BLUE, "share that paid, 90% interval"),
            _mark("s", _ORANGE, "the interval misses the prediction"),
            Line2D([], [], color=_GREY, linewidth=5, alpha=0.3, label="range of predictions in the group"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=10)
        figure.savefig(file, metadata={"Date": None})
    return figure


def draw_gains(panels: Sequence[Shown], file: Path) -> Figure:
    """Draw predicted gains with their intervals and measured ones, by predicted gain, into an SVG file."""
    heights = [max(len(shown.cases), 4) if shown.enough else 4 for shown in panels]
    ticks = _fifths(panels)
    with rc_context(_STYLE):
        figure = _figure(10.5, _ROW * sum(heights) + 0.8 * len(panels) + 1.0)
        axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
        for axis, shown in zip(axes, panels, strict=True):
            _title(axis, shown)
            if shown.enough:
                _gains(axis, shown, ticks)
            else:
                _too_few(axis, shown)
        least = 100 * panels[0].margin
        handles = [
            _mark("o", _BLUE, "predicted, 90% interval: holds the measured gain", "white"),
            _mark("s", _ORANGE, "predicted, 90% interval: misses it", "white"),
            Line2D([], [], color="black", marker="D", markersize=5.5, linestyle="", label="measured gain"),
            Line2D([], [], color=_GREY, linestyle=(0, (1, 2)), label=f"a gain above {least:g} points counts as paid"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=10)
        figure.savefig(file, metadata={"Date": None})
    return figure


def _probabilities(axis: Axes, shown: Shown) -> None:
    axis.plot((0, 1), (0, 1), color=_GREY, linewidth=1.2, linestyle=(0, (5, 2)))
    for b in binned(shown.probability.tolist(), shown.paid.tolist()):
        colour, marker = (_BLUE, "o") if b.agrees else (_ORANGE, "s")
        axis.plot((b.lowest, b.highest), (b.share.value,) * 2, color=_GREY, linewidth=5, alpha=0.3, zorder=1.5)
        reach = [[b.share.value - b.share.low], [b.share.high - b.share.value]]
        axis.errorbar(
            b.probability, b.share.value, yerr=reach, fmt=marker, color=colour, markersize=7, capsize=4, elinewidth=1.8,
            zorder=3, clip_on=False,
        )  # fmt: skip
        axis.annotate(
            f"{b.paid}/{b.cases}", (b.probability, b.share.value), fontsize=9.5, textcoords="offset points",
            xytext=(6, -16 if b.share.value > 0.9 else 6), zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
        )  # fmt: skip
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="predicted probability that fine-tuning pays")
    axis.set_ylabel("share of cases in which it paid")
    ticks = np.linspace(0, 1, 6)
    axis.set_xticks(ticks, [f"{100 * tick:.0f}%" for tick in ticks])
    axis.set_yticks(ticks, [f"{100 * tick:.0f}%" for tick in ticks])
    axis.set_aspect("equal")
    _plain(axis, "both")


def _gains(axis: Axes, shown: Shown, ticks: NDArray[np.float64]) -> None:
    order = sorted(shown.cases, key=lambda case: (case.gain.value, case.unit.name))
    for at, case in enumerate(order):
        colour, marker = (_BLUE, "o") if holds(case) else (_ORANGE, "s")
        axis.plot((case.gain.low, case.gain.high), (at, at), color=colour, linewidth=3.2, alpha=0.45)
        axis.plot(case.gain.value, at, marker, color=colour, markersize=5.5, markerfacecolor="white", zorder=3)
        axis.plot(case.unit.gain, at, "D", color="black", markersize=4.5, zorder=4)
    axis.axvline(0, color=_GREY, linewidth=0.9)
    axis.axvline(shown.margin, color=_GREY, linewidth=1.1, linestyle=(0, (1, 2)))
    names = [f"{case.unit.source}: {case.unit.task}" for case in order]
    if len({case.unit.source for case in order}) == 1:
        names = [f"{case.unit.task}, {case.unit.model.removeprefix('local/')}" for case in order]
    short = [name if len(name) <= _NAME else f"{name[: _NAME - 1]}…" for name in names]
    axis.set_yticks(range(len(order)), short, fontsize=9, parse_math=False)
    axis.set_ylim(-0.7, len(order) - 0.3)
    axis.set_xlim(ticks[0], ticks[-1])
    axis.set_xticks(ticks, [f"{100 * tick:+.0f}".replace("+0", "0").replace("-", "−") for tick in ticks])
    axis.set_xlabel("gain of fine-tuning over the best prompt, points")
    _plain(axis, "x")


def _fifths(panels: Sequence[Shown]) -> NDArray[np.float64]:
    """Return a scale of steps of 20 points that holds every gain, the same for all panels."""
    cases = [case for shown in panels for case in shown.cases if shown.enough]
    ends = [value for case in cases for value in (case.gain.low, case.gain.high, case.unit.gain)]
    return np.arange(np.floor(5 * min(ends, default=0)), np.ceil(5 * max(ends, default=1)) + 1) / 5


def _title(axis: Axes, shown: Shown) -> None:
    axis.set_title(f"{shown.title}, {shown.size}", loc="left", fontsize=12, fontweight="bold")


def _too_few(axis: Axes, shown: Shown) -> None:
    axis.set_xticks([])
    axis.set_yticks([])
    axis.text(0.5, 0.5, f"too few: {FEWEST} {shown.apart} are needed\nto leave one out", ha="center", va="center",
              color=_GREY, fontsize=12, transform=axis.transAxes)  # fmt: skip
    for side in axis.spines.values():
        side.set_color("#E4E4E4")


def _plain(axis: Axes, grid: Literal["x", "both"]) -> None:
    axis.grid(axis=grid, color="#E4E4E4", linewidth=0.8)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _mark(marker: str, colour: str, label: str, face: str | None = None) -> Line2D:
    return Line2D([], [], color=colour, marker=marker, markerfacecolor=face or colour, markersize=6.5, linewidth=1.8,
                  label=label)  # fmt: skip


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure
