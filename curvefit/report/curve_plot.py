"""A study's curve beside fine-tuning. Lives here: what is drawn on axes that are given, and what a pointer reads there.

Fine-tuning stands to the right of the curve, as bars: it has no place on an axis of examples in the prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Estimate, Point
from curvefit.decision.best_prompt import may_be_best
from curvefit.decision.candidates import candidates_of
from curvefit.decision.judge_correction import accuracy_without_judge_errors
from curvefit.plain_text import clean
from curvefit.report.answer_text import ship_sentence
from curvefit.report.judge_text import seen_by_judge
from curvefit.report.payoff_text import examples_in, examples_shown
from curvefit.report.study_record import forecast_end, forecast_shots
from curvefit.report.subject_text import subject
from curvefit.report.wording import accuracy_text, capital, counted, percent, sure, wrapped
from curvefit.study import Study

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer, Container, ErrorbarContainer
    from matplotlib.transforms import BboxBase, Transform

__all__ = [
    "BLUE",
    "BROAD",
    "GREY",
    "GUEST",
    "INK",
    "ORANGE",
    "SHOTS",
    "SLIM",
    "Bar",
    "Layout",
    "Mark",
    "StudyDrawing",
    "bars_of",
    "draw_single",
    "draw_study",
    "error_bars",
    "fit_legend",
    "lay_axes",
    "lay_legend",
    "thin_labels",
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
SHOTS: Final = "examples in the prompt (shots)"
_TITLE_WIDTH: Final = 66  # characters a line
_READABLE: Final = 0.9  # share of replies; a point below it is drawn hollow
_HOLLOW: Final = f"under {percent(_READABLE)} of replies could be read"
_GAP: Final = 1.0  # pixels around a label


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn that a pointer can rest on: where, in the axes' numbers, and what it then reads."""

    x: float
    y: float
    said: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What a drawing has room for: its width and height in inches, its text in points, words above and below it."""

    width: float
    height: float
    text: float
    titled: bool  # else what it shows is said around it, and bars are named in the legend
    columns: int  # of the legend
    entry: float  # inches that an entry of the legend adds to the height
    slot: float  # of the curve's width, that a bar takes
    ticks: float  # size of the numbers of examples, in points
    guest: bool = False  # on axes of somebody's own: around them nothing but their labels is drawn


BROAD: Final = Layout(8.0, 5.0, 11.0, titled=True, columns=2, entry=0, slot=0.17, ticks=11.0)
# For a phone, where it is shown at this very size.
SLIM: Final = Layout(3.75, 2.7, 9.0, titled=False, columns=1, entry=0.19, slot=0.11, ticks=8.25)
GUEST: Final = replace(SLIM, guest=True)  # whose size and text are those of the figure it is in


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


def draw_study(
    ax: Axes, study: Study, layout: Layout = BROAD, *, linear: bool = False, reached: Sequence[Bar] | None = None,
    said: str = "",
) -> tuple[Mark, ...]:  # fmt: skip
    """Draw the curve, the forecast and what training reaches; return what a pointer can rest on.

    A line leads from the best prompt to what training `reached`, which by default is what the study itself knows of
    that. The title is what is `said`; by default what to ship.
    """
    return StudyDrawing(ax, study, layout, reached, said).on_axis(linear=linear)


class StudyDrawing:
    """A study drawn on axes; when its axis of examples turns from logarithmic to linear, only bars are drawn anew.

    Parameters are those of `draw_study`.
    """

    def __init__(
        self, ax: Axes, study: Study, layout: Layout = BROAD, reached: Sequence[Bar] | None = None, said: str = ""
    ) -> None:
        self._ax, self._study, self._layout = ax, study, layout
        self._best, self._joined = replace(study.best.point, accuracy=study.best.accuracy), bool(reached)
        self._bars = bars_of(study) if reached is None else reached
        self._beside: list[Artist | Container] = []  # what stands where one axis has room for it
        last = study.forecast.draws.last
        end = forecast_end(study) if study.has_forecast else last
        if study.has_forecast:
            _draw_forecast(ax, study, last, end)
        ticks = sorted({*(int(k) for k in study.curve.shots), *(point.shots for point in study.retrieved)})
        self._end = max(end, *ticks, 1)
        self._ticks = [*ticks, *(k for k in forecast_shots(study) if 1.4 * ticks[-1] < k <= end)]
        _draw_points(ax, study)
        _draw_retrieved(ax, study)
        _draw_parts(ax, study)
        ax.plot([self._best.shots], [self._best.accuracy.value], "o", color=INK, markersize=15, markerfacecolor="none",
                markeredgewidth=1.8, linestyle="", zorder=3.5, clip_on=False, label="the best prompt")  # fmt: skip
        if (cheaper := study.advice.cheaper) is not None:
            ax.plot([cheaper.point.shots], [cheaper.point.accuracy.value], "s", color=INK, markersize=15,
                    markerfacecolor="none", markeredgewidth=1.8, zorder=3.5, clip_on=False,
                    label="the prompt to use: cheaper, within the margin")  # fmt: skip
        _label_axes(ax)
        if not layout.guest:
            ax.tick_params(axis="x", labelsize=layout.ticks)
        if layout.titled:
            if self._bars:  # whose names take three lines, to the right
                ax.xaxis.set_label_coords(0.4, 0, transform=_below(ax, 0.33))
            _draw_title(ax, study, said or ship_sentence(study))
        self._marks = tuple(_marks(study))

    def on_axis(self, *, linear: bool) -> tuple[Mark, ...]:
        """Give the axis of examples its scale, and draw what stands beside it; return what a pointer can rest on."""
        ax = self._ax
        for artist in self._beside:
            artist.remove()
        for tick in ax.xaxis.get_major_ticks():  # of whose labels some did not fit on the other axis
            tick.label1.set_visible(True)
        _scale_shots(ax, self._ticks, self._end, linear=linear)
        between, places = _places(ax, len(self._bars), self._layout.slot)
        self._beside = [*between]
        if self._joined:
            ends, height = [self._best.shots, places[-1][1]], self._best.accuracy.value
            self._beside += ax.plot(ends, [height] * 2, color=INK, linewidth=1, linestyle=(0, (1, 2)), zorder=2.2)
        marks = [*self._marks]
        for mark, *drawn in _draw_bars(ax, self._bars, places, named=self._layout.titled):
            marks.append(mark)
            self._beside += drawn
        if self._layout.guest:
            self._raise_labels()
            fit_legend(ax)
            return tuple(marks)
        if ax.get_legend() is None:
            lay_legend(ax, 0.75 if self._layout.titled and self._bars else 0.52, self._layout.columns)
        self._raise_labels()
        return tuple(marks)

    def _raise_labels(self) -> None:
        """Let the numbers of examples of the prompts that are named lie above others: `thin_labels` keeps them."""
        cheaper = self._study.advice.cheaper
        named = {self._best.shots, *([] if cheaper is None else [cheaper.point.shots])}
        for tick in self._ax.xaxis.get_major_ticks():
            tick.label1.set_zorder(3 if tick.get_loc() in named else 2)


def lay_axes(ax: Axes, ticks: list[int], end: float) -> None:
    """Give a picture its scales: examples, logarithmic, and accuracy, with room for marks at its ends."""
    _scale_shots(ax, ticks, end)
    _label_axes(ax)


def _scale_shots(ax: Axes, ticks: list[int], end: float, *, linear: bool = False) -> None:
    if linear:
        ax.set_xscale("linear")
    else:
        ax.set_xscale("symlog", linthresh=1, linscale=0.4)
    ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks], minor=False)
    ax.set_xticks([], minor=True)
    ax.set_xlim(*((-0.04 * end, end * 1.04) if linear else (-0.25, end * 1.15)))


def _label_axes(ax: Axes) -> None:
    ax.set_xlabel(SHOTS)
    ax.set_ylim(-0.02, 1.04)
    ax.set_yticks(np.linspace(0, 1, 6), [f"{p}%" for p in range(0, 101, 20)])
    ax.set_ylabel("accuracy")
    ax.grid(axis="y", color="#E4E4E4", linewidth=0.8)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def _below(ax: Axes, inches: float) -> Transform:
    """Return where the axes are, and so much below: as large as text is, however low the axes are."""
    from matplotlib.transforms import ScaledTranslation

    return ax.transAxes + ScaledTranslation(0, -inches, ax.figure.dpi_scale_trans)


def lay_legend(ax: Axes, below: float = 0.55, columns: int = 2) -> None:
    """Name what is drawn so many inches below the axes: within them it would hide a point of some study."""
    ax.legend(*_named(ax), loc="upper center", bbox_to_anchor=(0.5, 0), ncols=columns, frameon=False,
              bbox_transform=_below(ax, below), borderaxespad=0, fontsize=10 if columns > 1 else "medium")  # fmt: skip


def fit_legend(ax: Axes) -> None:
    """Name what is drawn within axes of somebody's own, where it hides no line, mark or bar; else nowhere.

    `Axes.legend` names it all wherever they like.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.transforms import Bbox

    thin_labels(ax)
    if (place := ax.get_subplotspec()) is not None and not place.is_first_col():
        ax.set_ylabel("")  # it would lie on what is drawn at its left
    if ax.get_legend() is not None:  # the caller's own
        return
    marks = np.vstack([line.get_transform().transform(line.get_xydata()) for line in ax.lines])
    joined = [line for line in ax.lines if line.get_linestyle() != "None"]
    drawn = [line.get_transform().transform_path(line.get_path()) for line in joined]
    drawn += [patch.get_transform().transform_path(patch.get_path()) for patch in ax.patches]
    for bars in ax.collections:
        if isinstance(bars, LineCollection):  # of errors; a band may lie behind
            drawn += [bars.get_transform().transform_path(path) for path in bars.get_paths()]
    room, mark = ax.bbox, _HALF_MARK / 72 * ax.figure.dpi
    for size, columns in product(("small", "x-small"), (1, 2)):
        legend = ax.legend(*_named(ax), loc="lower left", ncols=columns, fontsize=size, borderaxespad=0)
        box = legend.get_window_extent()
        left, below = room.width - box.width, room.height - box.height
        for y, x in product(_STEPS[::-1], _STEPS) if min(left, below) > 0 else ():
            at = Bbox.from_bounds(room.x0 + x * left, room.y0 + y * below, box.width, box.height).padded(mark)
            if not (at.count_contains(marks) or any(path.intersects_bbox(at, filled=False) for path in drawn)):
                legend.set_bbox_to_anchor((x * left / room.width, y * below / room.height), ax.transAxes)
                return
        legend.remove()


_HALF_MARK: Final = 8.0  # points
_STEPS: Final = np.linspace(0, 1, 21)  # of the room that is left


def _named(ax: Axes) -> tuple[list[Artist | Container], list[str]]:
    """Return what a legend names, what was measured first."""
    from matplotlib.container import ErrorbarContainer

    handles, labels = ax.get_legend_handles_labels()
    named = sorted(zip(handles, labels, strict=True), key=lambda each: not isinstance(each[0], ErrorbarContainer))
    return [handle for handle, _ in named], [label for _, label in named]


def thin_labels(ax: Axes) -> None:
    """Hide what would lie on another label below axes that have been laid out.

    Those stay that lie above others, and then the first one and the last.
    """
    labels = [label for label in ax.get_xticklabels() if label.get_text()]
    shown: list[BboxBase] = []
    for label in sorted((*labels[:1], *reversed(labels[1:])), key=lambda label: -label.get_zorder()):
        box = label.get_window_extent().padded(_GAP)
        if any(box.overlaps(other) for other in shown):
            label.set_visible(False)
        else:
            shown.append(box)


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
        lines = ax.plot(curve.shots, by_draw, ".", color=BLUE, alpha=0.45, markersize=4.5, zorder=2.5, clip_on=False)
        lines[0].set_label("single draws")


def _draw_retrieved(ax: Axes, study: Study) -> None:
    """Draw the accuracies with the most similar examples, where they were measured."""
    if not study.retrieved:
        return
    at, value, reach = error_bars(study.retrieved)
    ax.errorbar(at, value, yerr=reach, fmt="^", color=_PURPLE, markeredgecolor=INK, markersize=8, capsize=4,
                elinewidth=1.4, zorder=3.15, clip_on=False, label="the most similar examples instead")  # fmt: skip
    hollow = np.array(study.retrieved_parse_rate) < _READABLE
    label = None if (np.array(study.parse_rate) < _READABLE).any() else _HOLLOW
    if hollow.any():
        ax.plot(at[hollow], value[hollow], "^", color=_PURPLE, markeredgecolor=INK, markersize=8, linestyle="",
                markerfacecolor="white", zorder=3.3, clip_on=False, label=label)  # fmt: skip


def _draw_parts(ax: Axes, study: Study) -> None:
    """Draw half those points that rest on too few items to be called the best."""
    label: str | None = "on too few items to be the best"
    for of_similar, marker, color in ((False, "o", BLUE), (True, "^", _PURPLE)):
        if part := [point for point, retrieved, whole in _prompts(study) if retrieved is of_similar and not whole]:
            at, value, _ = error_bars(part)
            ax.plot(at, value, marker, color=color, fillstyle="left", markerfacecoloralt="white", markersize=8,
                    linestyle="", zorder=3.3, clip_on=False, label=label)  # fmt: skip
            label = None


def _prompts(study: Study) -> Iterator[tuple[Point, bool, bool]]:
    """Yield each prompt's point, whether its examples are the most similar ones, and whether it may be the best."""
    for measured, points in ((study.curve, study.points), (study.curve.retrieved, study.retrieved)):
        if measured is not None:
            for point, enough in zip(points, may_be_best(study.curve, measured), strict=True):
                yield point, measured is not study.curve, bool(enough)


def _draw_title(ax: Axes, study: Study, said: str) -> None:
    """Say above the picture what is advised, which prompt is to be used and which is best, and of what."""
    best, cheaper = study.best.accuracy, study.advice.cheaper
    title = wrapped(capital(said), _TITLE_WIDTH)
    below = [
        *(f"Prompt to use: {examples_in(each)}, {percent(each.point.accuracy.value)}" for each in (cheaper,) if each),
        f"Best prompt: {examples_in(study.best)}, {accuracy_text(best)}",
        clean(subject(study.curve), longest=100),
    ]
    ax.set_title("\n".join(title), loc="left", fontsize=13, fontweight="bold", pad=9 + 16 * len(below),
                 parse_math=False, color=INK)  # fmt: skip
    ax.annotate(
        "\n".join(below), (0, 1), xycoords="axes fraction", xytext=(0, 7), textcoords="offset points", va="bottom",
        fontsize=10.5, color=INK, parse_math=False, annotation_clip=False, linespacing=1.35,
        in_layout=False,  # the title above leaves room for it, and axes as narrow as a long line would hide labels
    )  # fmt: skip


def _draw_forecast(ax: Axes, study: Study, last: int, end: int) -> None:
    # 0 shots is a point of its own (the model has not seen the format), so no line leads to it.
    first = next((int(k) for k in study.curve.shots if k > 0), 1)
    grid = np.unique(np.concatenate([np.geomspace(first, max(end, first + 1), 72), [max(last, first), end]]))
    middle, low, high = study.forecast.band(grid)
    within, beyond = grid <= last, grid >= last
    ax.fill_between(grid[within], low[within], high[within], color=BLUE, alpha=0.18, linewidth=0)
    ax.plot(grid[within], middle[within], color=BLUE, linewidth=1.8)
    if end <= last:
        return
    ax.fill_between(
        grid[beyond], low[beyond], high[beyond], facecolor="#F7E3D8", edgecolor=ORANGE, alpha=0.75, hatch="////",
        linewidth=0.0, label=f"forecast of more, {sure(study.level)} interval",
    )  # fmt: skip
    ax.plot(grid[beyond], middle[beyond], color=ORANGE, linewidth=2, linestyle=(0, (5, 2)))


def _draw_points(ax: Axes, study: Study) -> None:
    at, value, reach = error_bars(study.points)
    if seen_by_judge(study) is None:
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
                clip_on=False, label=_HOLLOW)  # fmt: skip


def bars_of(study: Study) -> list[Bar]:
    """Return what training reaches: a plain classifier on the most examples, a probe of the model, the prediction.

    And the user's own fine-tuned models, where they were measured: what was predicted stands beside them.
    """
    bars = []
    if study.baseline is not None:
        point = study.baseline.points(study.level)[-1]
        bars.append(Bar(f"plain\nclassifier\non {point.shots:,}", "classifier", point.accuracy))
    for each in candidates_of(study.curve, study.judged_payoff, level=study.level):
        if each.basis != "measured":
            *_, examples = each.name.rpartition(" on ")
            bars.append(Bar(f"fine-tuned\non {examples},\n{each.basis}", each.basis, each.accuracy))
    own = study.best_validated
    for each in (*study.other_validated, *(() if own is None else (own,))):
        trained = "fine-tuned" if each.n_train is None else f"fine-tuned\non {each.n_train:,}"
        known = "measured" if each.picked_from == 1 else f"best of {each.picked_from:,}"
        accuracy = accuracy_without_judge_errors(study.curve.judge, each.accuracy)
        bars.append(Bar(f"{trained},\n{known}", "measured", accuracy))
    return bars


def _places(ax: Axes, count: int, share: float) -> tuple[list[Artist], list[tuple[float, float, float]]]:
    """Make room for bars, each a share of the curve's width, beside it; return left, middle and right of each.

    Before these, what is drawn: a line between.
    """
    if not count:
        return [], []
    between = ax.axvline(ax.get_xlim()[1], color=GREY, linewidth=0.9)
    turn = ax.xaxis.get_transform()
    start, end = (float(at) for at in turn.transform(np.array(ax.get_xlim())))
    slot = share * (end - start)
    ends = np.add.outer(np.arange(count) + 0.62, (-0.31, 0, 0.31)) * slot + end
    sides = turn.inverted().transform(np.append(ends.ravel(), end + (count + 0.2) * slot))
    ax.set_xlim(ax.get_xlim()[0], float(sides[-1]))
    return [between], [(float(left), float(at), float(right)) for left, at, right in sides[:-1].reshape(count, 3)]


def _draw_bars(
    ax: Axes, bars: Sequence[Bar], places: Sequence[tuple[float, float, float]], *, named: bool
) -> Iterator[tuple[Mark, BarContainer, ErrorbarContainer]]:
    """Draw bars with their names below them, or else a letter that the legend explains; yield each with its mark."""
    if not bars:
        return
    letters = [chr(ord("A") + i) for i in range(len(bars))]
    names = [bar.name if named else letter for bar, letter in zip(bars, letters, strict=True)]
    labels = [*(label.get_text() for label in ax.get_xticklabels()), *names]
    ax.set_xticks([*ax.get_xticks(), *(at for _, at, _ in places)], labels)
    for label in ax.get_xticklabels()[-len(bars) :]:
        label.set_fontsize(10 if named else "medium")
    for bar, letter, (left, at, right) in zip(bars, letters, places, strict=True):
        fill, edge, hatch = _BARS[bar.sort]
        value, low, high = bar.accuracy.value, bar.accuracy.low, bar.accuracy.high
        name = " ".join(bar.name.split())
        drawn = ax.bar(left, value, width=right - left, align="edge", color=fill, edgecolor=edge, hatch=hatch,
                       linewidth=1.2, label="" if named else f"{letter}: {name}")  # fmt: skip
        reach = ax.errorbar([at], [value], yerr=[[max(value - low, 0)], [max(high - value, 0)]], fmt="none", color=INK,
                            elinewidth=1.8, capsize=5, zorder=3, clip_on=False)  # fmt: skip
        yield Mark(at, value, f"{name}: {accuracy_text(bar.accuracy)}"), drawn, reach


def _marks(study: Study) -> Iterator[Mark]:
    for point, retrieved, whole in _prompts(study):
        items = f", {counted(point.n_items, 'item')}" if point.n_items else ""
        items += "" if whole else ", too few to be the best"
        said = f"{examples_shown(point.shots, retrieved=retrieved)}: {accuracy_text(point.accuracy)}{items}"
        yield Mark(point.shots, point.accuracy.value, said)
    end = forecast_end(study)
    for at in sorted({end, 2 * study.points[-1].shots}):
        if study.points[-1].shots < at <= end and study.has_forecast:
            e = study.forecast.at(at)
            yield Mark(at, e.value, f"{counted(at, 'example')}, forecast: {accuracy_text(e)}")
