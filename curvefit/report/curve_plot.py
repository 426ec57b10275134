"""A study's curve beside fine-tuning. Lives here: what is drawn on axes that are given, and what a pointer reads there.

Fine-tuning stands to the right of the curve, as bars: it has no place on an axis of examples in the prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Estimate, Point
from curvefit.report.payoff_text import examples_in, examples_shown
from curvefit.report.terminal import answer, subject
from curvefit.report.wording import clean, counted, percent, span, sure, wrapped
from curvefit.study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "BLUE",
    "GREY",
    "INK",
    "ORANGE",
    "SHOTS",
    "STUDY_HEIGHT",
    "Bar",
    "Mark",
    "bars_of",
    "draw_single",
    "draw_study",
    "error_bars",
    "lay_axes",
    "lay_legend",
]

# Okabe and Ito's colours, which people with any common colour blindness tell apart; shapes and hatches differ as well.
BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREY: Final = "#6B6B6B"
INK: Final = "#1C1C1C"
_PURPLE: Final = "#CC79A7"
_BARS: Final = {  # fill, edge and hatch: told apart in grey too
    "measured": (ORANGE, INK, ""),
    "predicted": ("#FFFFFF", INK, "////"),
    "probed": ("#F3C9AC", ORANGE, ""),
    "classifier": ("#E4E4E4", GREY, ""),
}
STUDY_HEIGHT: Final = 5.0  # inches
SHOTS: Final = "examples in the prompt (shots)"
_TITLE_WIDTH: Final = 66  # characters a line
_READABLE: Final = 0.9  # share of replies; a point below it is drawn hollow
_SLOT: Final = 0.14  # of the curve's width, that a bar takes


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn that a pointer can rest on: where, in the axes' numbers, and what it then reads."""

    x: float
    y: float
    said: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Something trained: what stands below its bar, what sort of thing it is, and its accuracy.

    Attributes
    ----------
    name : str
        In lines.
    sort : "measured", "predicted", "probed" or "classifier"
        How its accuracy is known.
    accuracy : Estimate
        In [0, 1].
    """

    name: str
    sort: str
    accuracy: Estimate


def draw_study(ax: Axes, study: Study, reached: Sequence[Bar] | None = None, said: str = "") -> tuple[Mark, ...]:
    """Draw the curve, the forecast and what training reaches; return what a pointer can rest on.

    Parameters
    ----------
    ax : Axes
        Where.
    study : Study
        What was prompted.
    reached : sequence of Bar, optional
        What training reaches; by default what the study itself knows of that. A line leads to it from the best prompt.
    said : str
        The title; by default the study's answer.
    """
    shots = study.curve.shots
    last, horizon = int(shots[-1]), study.verdict.horizon
    ticks = sorted({*(int(k) for k in shots), *(point.shots for point in study.retrieved)})
    if study.curve.mostly_cut_off:  # from which nothing is forecast
        horizon = last
    else:
        _draw_forecast(ax, study, last, horizon)
    end = max(horizon, *ticks, 1)
    _draw_points(ax, study)
    _draw_retrieved(ax, study)
    best = study.best.point
    ax.plot([best.shots], [best.accuracy.value], "o", color=INK, markersize=15, markerfacecolor="none",
            markeredgewidth=1.8, linestyle="", zorder=3.5, clip_on=False, label="the best prompt")  # fmt: skip
    bars = bars_of(study) if reached is None else reached
    places = _places(end, len(bars))
    if reached:
        ax.plot([best.shots, places[-1]], [best.accuracy.value] * 2, color=INK, linewidth=1, linestyle=(0, (1, 2)),
                zorder=2.2)  # fmt: skip
    lay_axes(ax, [*ticks, *([horizon] if horizon > 1.4 * ticks[-1] else [])], end)
    marks = [*_marks(study), *_draw_bars(ax, bars, places, end)]
    ax.set_xlabel(SHOTS)
    if bars:  # whose names take three lines, to the right
        ax.xaxis.set_label_coords(0.4, -0.09)
    best_words = f"Best prompt: {examples_in(study.best)}, {percent(best.accuracy.value)} ({span(best.accuracy)})"
    said = said or answer(study)
    title = wrapped(f"{said[0].upper()}{said[1:]}", _TITLE_WIDTH)
    ax.set_title("\n".join(title), loc="left", fontsize=13, fontweight="bold", pad=38, parse_math=False, color=INK)
    ax.annotate(
        f"{best_words}\n{clean(subject(study), longest=86)}", (0, 1), xycoords="axes fraction", xytext=(0, 7),
        textcoords="offset points", va="bottom", fontsize=10.5, color=INK, parse_math=False, annotation_clip=False,
        linespacing=1.35,
    )  # fmt: skip
    lay_legend(ax, below=0.17 if bars else 0.13)
    return tuple(marks)


def lay_axes(ax: Axes, ticks: list[int], end: float) -> None:
    """Give a picture its scales: examples on symlog from 0, and accuracy from 0 to 100% with room for marks at both."""
    ax.set_xscale("symlog", linthresh=1, linscale=0.4)
    ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks], minor=False)
    ax.set_xticks([], minor=True)
    ax.set_xlim(-0.25, end * 1.25)
    ax.set_ylim(-0.02, 1.04)
    ax.set_yticks(np.linspace(0, 1, 6), [f"{p}%" for p in range(0, 101, 20)])
    ax.set_ylabel("accuracy")
    ax.grid(axis="y", color="#E4E4E4", linewidth=0.8)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def lay_legend(ax: Axes, below: float = 0.15) -> None:
    """Name what is drawn below the axes: within them it would hide a point of some study."""
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -below), ncols=2, frameon=False, fontsize=10)


def error_bars(points: Sequence[Point]) -> tuple[NDArray[np.int_], NDArray[np.float64], NDArray[np.float64]]:
    """Return points as error bars take them: examples, accuracy, and how far its interval goes down and up."""
    value = np.array([point.accuracy.value for point in points])
    ends = np.array([(point.accuracy.low, point.accuracy.high) for point in points])
    return np.array([point.shots for point in points]), value, np.abs(ends.T - value)


def draw_single(ax: Axes, curve: Curve) -> None:
    """Draw each draw's mean, where there are several."""
    scores = curve.scores
    if scores.shape[1] > 1:
        scored = ~np.isnan(scores).all(axis=2)
        by_draw = np.full(scores.shape[:2], np.nan)
        by_draw[scored] = np.nanmean(scores[scored], axis=1)
        for draw in by_draw.T:
            ax.plot(curve.shots, draw, ".", color=BLUE, alpha=0.45, markersize=4.5, zorder=2.5, clip_on=False)


def _draw_retrieved(ax: Axes, study: Study) -> None:
    """Draw the accuracies with the most similar examples, where they were measured."""
    if not study.retrieved:
        return
    at, value, reach = error_bars(study.retrieved)
    ax.errorbar(at, value, yerr=reach, fmt="^", color=_PURPLE, markeredgecolor=INK, markersize=8, capsize=4,
                elinewidth=1.4, zorder=3.2, clip_on=False, label="the most similar examples instead")  # fmt: skip


def _draw_forecast(ax: Axes, study: Study, last: int, horizon: int) -> None:
    # 0 shots is a point of its own (the model has not seen the format), so no line leads to it.
    first = next((int(k) for k in study.curve.shots if k > 0), 1)
    grid = np.unique(np.concatenate([np.geomspace(first, max(horizon, first + 1), 72), [max(last, first), horizon]]))
    middle, low, high = study.forecast.band(grid)
    within, beyond = grid <= last, grid >= last
    ax.fill_between(grid[within], low[within], high[within], color=BLUE, alpha=0.18, linewidth=0)
    ax.plot(grid[within], middle[within], color=BLUE, linewidth=1.8)
    ax.fill_between(
        grid[beyond], low[beyond], high[beyond], facecolor="#F7E3D8", edgecolor=ORANGE, alpha=0.75, hatch="////",
        linewidth=0.0, label=f"forecast of more, {sure(study.level)} interval",
    )  # fmt: skip
    ax.plot(grid[beyond], middle[beyond], color=ORANGE, linewidth=2, linestyle=(0, (5, 2)))


def _draw_points(ax: Axes, study: Study) -> None:
    at, value, reach = error_bars(study.points)
    draw_single(ax, study.curve)
    chosen = np.array([point.accuracy.value for point in study.choice])
    if study.choice and np.abs(chosen - value).max() >= 0.01:
        ax.plot(at, chosen, "s:", color=GREY, markerfacecolor="white", markersize=5, linewidth=1, clip_on=False,
                label="made to choose a label")  # fmt: skip
    ax.errorbar(
        at, value, yerr=reach, fmt="o", color=BLUE, markersize=7, capsize=4, elinewidth=1.8, zorder=3, clip_on=False,
        label=f"random examples, {sure(study.level)} interval",
    )  # fmt: skip
    hollow = np.array(study.parse_rate) < _READABLE
    if hollow.any():
        ax.plot(at[hollow], value[hollow], "o", color=BLUE, markersize=7, markerfacecolor="white", zorder=3.1,
                clip_on=False, label=f"under {percent(_READABLE)} of replies could be read")  # fmt: skip


def bars_of(study: Study) -> list[Bar]:
    """Return what training reaches: a plain classifier on the most examples, a probe of the model, the prediction."""
    bars = []
    if study.baseline is not None:
        point = study.baseline.points(study.level)[-1]
        bars.append(Bar(f"plain\nclassifier\non {point.shots:,}", "classifier", point.accuracy))
    for each in study.candidates:
        if each.basis != "measured":
            *_, examples = each.name.rpartition(" on ")
            bars.append(Bar(f"fine-tuned\non {examples},\n{each.basis}", each.basis, each.accuracy))
    return bars


def _places(end: float, count: int) -> list[float]:
    """Return where bars stand on an axis of examples: beyond its end, evenly as it is logarithmic there."""
    step = max(1.9, (4.0 * end) ** (_SLOT * (1 + 0.2 * (count > 1))))
    return [end * step ** (0.95 + i) for i in range(count)]


def _draw_bars(ax: Axes, bars: Sequence[Bar], places: Sequence[float], end: float) -> Iterator[Mark]:
    if not bars:
        return
    step = (places[0] / end) ** (1 / 0.95)
    ticks = [*ax.get_xticks(), *places]
    names = [*(label.get_text() for label in ax.get_xticklabels()), *(bar.name for bar in bars)]
    ax.set_xticks(ticks, names)
    for label in ax.get_xticklabels()[-len(bars) :]:
        label.set_fontsize(9.5)
    ax.set_xlim(-0.25, places[-1] * step**0.6)
    ax.axvline(end * step**0.35, color=GREY, linewidth=0.9)
    for bar, at in zip(bars, places, strict=True):
        fill, edge, hatch = _BARS[bar.sort]
        value, low, high = bar.accuracy.value, bar.accuracy.low, bar.accuracy.high
        left, right = at / step**0.3, at * step**0.3
        ax.bar(left, value, width=right - left, align="edge", color=fill, edgecolor=edge, hatch=hatch, linewidth=1.2)
        ax.errorbar([at], [value], yerr=[[max(value - low, 0)], [max(high - value, 0)]], fmt="none", ecolor=INK,
                    elinewidth=1.8, capsize=5, zorder=3, clip_on=False)  # fmt: skip
        yield Mark(at, value, f"{' '.join(bar.name.split())}: {percent(value)} ({span(bar.accuracy)})")


def _marks(study: Study) -> Iterator[Mark]:
    for retrieved, points in ((False, study.points), (True, study.retrieved)):
        for point in points:
            items = f", {counted(point.n_items, 'item')}" if point.n_items else ""
            name, accuracy = examples_shown(point.shots, retrieved=retrieved), point.accuracy
            said = f"{name}: {percent(accuracy.value)} ({span(accuracy)}){items}"
            yield Mark(point.shots, accuracy.value, said)
    for at in sorted({study.verdict.horizon, 2 * study.points[-1].shots}):
        if study.points[-1].shots < at <= study.verdict.horizon and not study.curve.mostly_cut_off:
            e = study.forecast.at(at)
            yield Mark(at, e.value, f"{counted(at, 'example')}, forecast: {percent(e.value)} ({span(e)})")
