"""A study as a picture. Lives here: the only use of matplotlib, which is imported when a picture is made."""

from __future__ import annotations

import io
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Point
from curvefit.curves.forecast import Forecast
from curvefit.decision.candidates import Candidate
from curvefit.report.forest_plot import draw_differences
from curvefit.report.frontier_plot import cost_drawn, draw_frontier
from curvefit.report.payoff_text import examples_in
from curvefit.report.terminal import answer, subject
from curvefit.report.wording import clean, counted, sure, wrapped
from curvefit.study import Study
from curvefit.workflows.study_comparison import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from curvefit.workflows.fine_tuning_probe import Probe

__all__ = [
    "attempt",
    "frontier_pictures",
    "pictures",
    "plot",
    "plot_comparison",
    "plot_forecast",
    "plot_measured",
    "plot_probe",
    "png",
    "svg",
]

T = TypeVar("T")
Drawable: TypeAlias = "Study | Probe | Curve | Forecast | Comparison"

# Okabe and Ito's colours, which people with any common colour blindness tell apart; shapes and lines differ as well.
_BLUE: Final = "#0072B2"
_ORANGE: Final = "#D55E00"
_PURPLE: Final = "#CC79A7"
_GREY: Final = "#6B6B6B"
_YELLOW: Final = "#E69F00"
_SIZE: Final = (8.0, 4.8)  # inches
_DPI: Final = 200
_ROW: Final = 0.5  # inches that a difference takes
_SHOTS: Final = "examples in the prompt (shots)"
_EXAMPLES: Final = "examples: in the prompt, or trained on"
_TITLE_WIDTH: Final = 66  # characters a line


def plot(study: Study, ax: Axes | None = None) -> Axes:
    """Draw points with intervals, single draws, and the forecast, on a symlog axis that has 0.

    The forecast's band is filled up to the last measurement and hatched beyond it. Accuracy runs from 0 to 100%, so
    that small differences look small.

    Parameters
    ----------
    study : Study
        What to draw.
    ax : Axes, optional
        Where; a new figure by default.
    """
    if ax is None:
        ax = _figure().subplots()
    shots = study.curve.shots
    last, horizon = int(shots[-1]), study.verdict.horizon
    _draw_forecast(ax, study, last, horizon)
    _draw_points(ax, study)
    _draw_retrieved(ax, study)
    trained = _draw_trained(ax, study)
    ticks = {*(int(k) for k in shots), *(point.shots for point in study.retrieved)}
    further = [end for end in sorted({horizon, *trained}) if end > 1.4 * max(ticks)]
    _lay_axes(ax, [*sorted(ticks), *further], max(horizon, *ticks, *trained, 1))
    ax.set_xlabel(_EXAMPLES if trained else _SHOTS)
    title = "\n".join(wrapped(f"{clean(subject(study), longest=70)}: {answer(study)}", _TITLE_WIDTH))
    ax.set_title(title, loc="left", fontsize=12, fontweight="bold", parse_math=False)
    _lay_legend(ax)
    return ax


def plot_measured(curve: Curve, ax: Axes | None = None) -> Axes:
    """Draw what was measured: points with 90% intervals, and single draws.

    Parameters
    ----------
    curve : Curve
        What to draw.
    ax : Axes, optional
        Where; a new figure by default.
    """
    if ax is None:
        ax = _figure().subplots()
    level = 0.9
    points = [point for point, there in zip(curve.points(level), curve.observed, strict=True) if there]
    _draw_single(ax, curve)
    at, value, reach = _bars(points)
    ax.errorbar(at, value, yerr=reach, fmt="o", color=_BLUE, markersize=7, capsize=4, elinewidth=1.8, zorder=3,
                clip_on=False, label=f"measured, {sure(level)} interval")  # fmt: skip
    _lay_axes(ax, at.tolist(), max(int(at[-1]), 1))
    ax.set_xlabel(_SHOTS)
    _lay_legend(ax)
    return ax


def plot_forecast(forecast: Forecast, ax: Axes | None = None) -> Axes:
    """Draw a forecast's middle and interval, from 1 shot to eight times what was measured.

    Parameters
    ----------
    forecast : Forecast
        What to draw.
    ax : Axes, optional
        Where; a new figure by default.
    """
    if ax is None:
        ax = _figure().subplots()
    end = 8 * max(forecast.draws.last, 1)
    grid = np.geomspace(1, end, 160)
    middle, low, high = forecast.band(grid)
    ax.fill_between(grid, low, high, color=_ORANGE, alpha=0.18, linewidth=0)
    ax.plot(grid, middle, color=_ORANGE, linewidth=2, label=f"forecast, {sure(forecast.level)} interval")
    ax.axvline(forecast.draws.last, color=_GREY, linewidth=0.9, linestyle=(0, (1, 2)), label="measured up to here")
    _lay_axes(ax, sorted({1, forecast.draws.last, end}), end)
    ax.set_xlabel(_SHOTS)
    _lay_legend(ax)
    return ax


def plot_comparison(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw the difference of each pair of studies with its interval.

    Parameters
    ----------
    comparison : Comparison
        What to draw.
    ax : Axes, optional
        Where; a new figure by default.
    """
    if ax is None:
        ax = _figure(_height(comparison)).subplots()
    draw_differences(ax, comparison)
    return ax


def plot_probe(probe: Probe, ax: Axes | None = None) -> Axes:
    """Draw accuracy by examples in the prompt and by examples trained on, on one axis, and where they break even.

    Parameters
    ----------
    probe : Probe
        What to draw.
    ax : Axes, optional
        Where; a new figure by default.
    """
    if ax is None:
        ax = _figure().subplots()
    even, study = probe.break_even, probe.study
    level = f"{sure(study.level)} interval"
    seeds = counted(probe.points[-1].n_draws, "seed")
    curves = (
        (study.points, study.forecast, "o", _BLUE, f"examples in the prompt, {level}", study.points[-1].shots),
        (
            probe.points,
            probe.forecast,
            "D",
            _ORANGE,
            f"fine-tuned on the examples, {seeds}",
            even.last,
        ),
    )
    for points, forecast, marker, colour, label, end in curves:
        at, value, reach = _bars(points)
        if len(at[at > 0]):
            grid = np.geomspace(at[at > 0][0], end, 120)
            middle, low, high = forecast.band(grid)
            ax.fill_between(grid, low, high, color=colour, alpha=0.14, linewidth=0)
            ax.plot(grid, middle, color=colour, linewidth=1.6, linestyle="-" if marker == "o" else (0, (5, 2)))
        ax.errorbar(at, value, yerr=reach, fmt=marker, color=colour, markersize=6.5, capsize=4, elinewidth=1.6,
                    zorder=3, clip_on=False, label=label)  # fmt: skip
    _draw_retrieved(ax, study)
    best = probe.best
    ax.axhline(best.point.accuracy.value, color=_GREY, linewidth=1, linestyle=(0, (1, 2)),
               label=f"best prompted, {examples_in(best)}")  # fmt: skip
    if even.n_train.low < even.last:
        ends = even.n_train.low, min(even.n_train.high, even.last)
        ax.plot(ends, (0.025, 0.025), color=_GREY, linewidth=5, alpha=0.5, solid_capstyle="butt",
                label=f"break-even, {level}")  # fmt: skip
        if even.n_train.value <= even.last:
            ax.plot(even.n_train.value, 0.025, "k|", markersize=13, markeredgewidth=2)
    _lay_axes(
        ax,
        sorted({point.shots for points in (study.points, study.retrieved, probe.points) for point in points}),
        even.last,
    )
    ax.set_xlabel(_EXAMPLES)
    title = f"{clean(subject(study), longest=70)}: prompted and fine-tuned"
    ax.set_title(title, loc="left", fontsize=13, fontweight="bold", parse_math=False)
    _lay_legend(ax)
    return ax


def _lay_axes(ax: Axes, ticks: list[int], end: float) -> None:
    """Give a picture its scales: examples on symlog from 0, accuracy from 0 to 100%."""
    ax.set_xscale("symlog", linthresh=1, linscale=0.4)
    ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks], minor=False)
    ax.set_xticks([], minor=True)
    ax.set_xlim(-0.25, end * 1.25)
    ax.set_ylim(0, 1)
    ax.set_yticks(np.linspace(0, 1, 6), [f"{p}%" for p in range(0, 101, 20)])
    ax.set_ylabel("accuracy")
    ax.grid(axis="y", color="#E4E4E4", linewidth=0.8)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def _lay_legend(ax: Axes) -> None:
    """Name what is drawn below the axes: within them it would hide a point of some study."""
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2, frameon=False, fontsize=9.5)


def _draw_forecast(ax: Axes, study: Study, last: int, horizon: int) -> None:
    # 0 shots is a point of its own (the model has not seen the format), so no line leads to it.
    first = next((int(k) for k in study.curve.shots if k > 0), 1)
    grid = np.unique(np.concatenate([np.geomspace(first, max(horizon, first + 1), 72), [max(last, first), horizon]]))
    middle, low, high = study.forecast.band(grid)
    within, beyond = grid <= last, grid >= last
    level = sure(study.level)
    ax.fill_between(grid[within], low[within], high[within], color=_BLUE, alpha=0.18, linewidth=0)
    ax.plot(grid[within], middle[within], color=_BLUE, linewidth=1.8)
    ax.fill_between(
        grid[beyond], low[beyond], high[beyond], facecolor="#F7E3D8", edgecolor=_ORANGE, alpha=0.75, hatch="////",
        linewidth=0.0, label=f"forecast, {level} interval",
    )  # fmt: skip
    ax.plot(grid[beyond], middle[beyond], color=_ORANGE, linewidth=2, linestyle=(0, (5, 2)))
    ax.axvline(last, color=_GREY, linewidth=0.9, linestyle=(0, (1, 2)))


def _draw_single(ax: Axes, curve: Curve) -> None:
    """Draw each draw's mean, where there are several."""
    scores = curve.scores
    if scores.shape[1] > 1:
        scored = ~np.isnan(scores).all(axis=2)
        by_draw = np.full(scores.shape[:2], np.nan)
        by_draw[scored] = np.nanmean(scores[scored], axis=1)
        for draw in by_draw.T:
            ax.plot(curve.shots, draw, ".", color=_BLUE, alpha=0.45, markersize=4.5, zorder=2.5)


def _draw_points(ax: Axes, study: Study) -> None:
    at, value, reach = _bars(study.points)
    _draw_single(ax, study.curve)
    chosen = np.array([point.accuracy.value for point in study.choice])
    if study.choice and np.abs(chosen - value).max() >= 0.01:
        ax.plot(at, chosen, "s--", color=_GREY, markerfacecolor="white", markersize=5, linewidth=1,
                label="made to choose a label")  # fmt: skip
    rate = np.array(study.parse_rate)
    if np.nanmin(rate, initial=1.0) < 0.99:
        ax.plot(at, rate, "v:", color="#009E73", markersize=5, linewidth=1.2, label="replies that could be read")
    ax.errorbar(
        at, value, yerr=reach, fmt="o", color=_BLUE, markersize=7, capsize=4, elinewidth=1.8, zorder=3, clip_on=False,
        label=f"measured, {sure(study.level)} interval",
    )  # fmt: skip


def _bars(points: Sequence[Point]) -> tuple[NDArray[np.int_], NDArray[np.float64], NDArray[np.float64]]:
    """Return points as error bars take them: examples, accuracy, and how far its interval goes down and up."""
    value = np.array([point.accuracy.value for point in points])
    ends = np.array([(point.accuracy.low, point.accuracy.high) for point in points])
    return np.array([point.shots for point in points]), value, np.abs(ends.T - value)


def _draw_retrieved(ax: Axes, study: Study) -> None:
    if not study.retrieved:
        return
    at, value, reach = _bars(study.retrieved)
    ax.errorbar(at, value, yerr=reach, fmt="^", color=_PURPLE, markersize=7, capsize=4, elinewidth=1.4, zorder=3.2,
                clip_on=False, label="the most similar examples instead")  # fmt: skip


def _draw_trained(ax: Axes, study: Study) -> list[int]:
    """Draw what a plain classifier learns, and what fine-tuning is predicted to reach; return the ends of both."""
    if study.baseline is None:
        return []
    at, value, reach = _bars(study.baseline.points(study.level))
    ax.errorbar(at, value, yerr=reach, fmt="P-.", color=_YELLOW, markersize=6.5, linewidth=1.2, capsize=3,
                elinewidth=1.2, zorder=2.8, clip_on=False, label="a plain classifier trained on as many")  # fmt: skip
    ends = [int(at[-1])]
    if study.payoff is not None and (stand_in := study.payoff.stand_in) is not None:
        tuned, n = stand_in.fine_tuned, study.payoff.n_train
        reach = np.array([[tuned.value - tuned.low], [tuned.high - tuned.value]])
        # A little to the right: the classifier was trained on as many.
        ax.errorbar([1.1 * n], [tuned.value], yerr=reach, fmt="D", color="black", markerfacecolor="white", markersize=7,
                    capsize=5, elinewidth=1.8, zorder=3.4, clip_on=False,
                    label=f"fine-tuned on {n:,}: predicted, {sure(tuned.level)} interval")  # fmt: skip
        ends.append(n)
    return ends


def pictures(study: Study) -> tuple[str, bytes]:
    """Return the picture as `svg` and as `png` have it, drawn once for both."""
    with _style():
        drawn = _drawn(study)
        return _svg(drawn), _png(drawn)


def png(value: Drawable) -> bytes:
    """Return the picture as PNG, 1600 pixels wide, the same bytes for the same value."""
    with _style():
        return _png(_drawn(value))


def svg(study: Study) -> str:
    """Return the picture as an SVG element without declaration, with its text as paths."""
    with _style():
        return _svg(_drawn(study))


def frontier_pictures(candidates: Sequence[Candidate]) -> tuple[str, bytes] | None:
    """Return accuracy against price, or time, as SVG and PNG; None where too little is known of either."""
    cost = cost_drawn(candidates)
    if cost is None:
        return None
    with _style():
        figure = _figure()
        draw_frontier(figure.subplots(), candidates, cost)
        _lay_out(figure)
        return _svg(figure), _png(figure)


def attempt(draw: Callable[[], T], name: str) -> tuple[T | None, str]:
    """Return what draws a picture returns, or None and a line on why it could not be drawn.

    A picture repeats numbers that are known: whatever keeps it from being drawn must not cost those.
    """
    try:
        return draw(), ""
    except Exception as error:  # matplotlib, its fonts and its settings may fail in any way
        why = clean(f"{type(error).__name__}: {error}", longest=200)
        return None, f"{name} could not be drawn ({why}); the numbers are all there without it"


def _load() -> None:
    """Import matplotlib, which refuses to be where MPLBACKEND names no window system that it knows.

    Nothing is drawn into a window here, so that this does not matter; for the program around it is set as it would be.
    """
    if "matplotlib" in sys.modules:
        return
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend:
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = backend


def _height(comparison: Comparison) -> float:
    """Return how many inches the rows of a comparison take."""
    return 1.6 + _ROW * (len(comparison.pairs) + len(comparison.at_shots))


def _figure(height: float = _SIZE[1]) -> Figure:
    _load()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_SIZE[0], height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _draw(value: Drawable, ax: Axes) -> None:
    if isinstance(value, Study):
        plot(value, ax)
    elif isinstance(value, Curve):
        plot_measured(value, ax)
    elif isinstance(value, Comparison):
        plot_comparison(value, ax)
    elif isinstance(value, Forecast):
        plot_forecast(value, ax)
    else:
        plot_probe(value, ax)


def _drawn(value: Drawable) -> Figure:
    """Draw a value and lay it out: how it is laid out must not depend on the form it is saved in."""
    figure = _figure(_height(value) if isinstance(value, Comparison) else _SIZE[1])
    _draw(value, figure.subplots())
    _lay_out(figure)
    return figure


def _lay_out(figure: Figure) -> None:
    if (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)
    figure.set_layout_engine(None)  # with one, even one called none, saving draws everything twice


@contextmanager
def _style() -> Iterator[None]:
    """Draw and save with settings of our own, whatever those of the program around are."""
    _load()
    from matplotlib import rc_context, style

    with (
        style.context("default"),
        rc_context({"svg.hashsalt": "curvefit", "font.family": "DejaVu Sans", "font.size": 11, "hatch.linewidth": 0.5}),
        warnings.catch_warnings(),
    ):
        # A name may be in a script that the font lacks: its letters are boxes then, and no news for the terminal.
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        yield


def _png(drawn: Figure) -> bytes:
    from PIL import Image

    pixels = _saved(drawn, "rgba", dpi=_DPI)
    width, height = (round(_DPI * float(inches)) for inches in drawn.get_size_inches())
    sink = io.BytesIO()
    # Lines on white: packed hard it takes twice as long and is a tenth smaller.
    Image.frombytes("RGBA", (width, height), pixels).convert("RGB").save(
        sink, "png", dpi=(_DPI, _DPI), compress_level=1
    )
    return sink.getvalue()


def _svg(drawn: Figure) -> str:
    text = _saved(drawn, "svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}).decode()
    # matplotlib repeats every text in a comment, and some texts are names that nobody vouches for.
    return re.sub("<!--.*?-->\n?", "", text[text.index("<svg") :], flags=re.DOTALL)


def _saved(drawn: Figure, kind: str, **options: Any) -> bytes:
    sink = io.BytesIO()
    drawn.savefig(sink, format=kind, **options)
    return sink.getvalue()
