"""A study as a picture. Lives here: the only use of matplotlib, which is imported when a picture is made."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, cast

import numpy as np

from curvefit.curves.curve import Curve
from curvefit.curves.forecast import Forecast
from curvefit.decision.candidates import Candidate
from curvefit.measurement.measurement import observed_points
from curvefit.plain_text import clean
from curvefit.report.candidate_text import cost_to_weigh
from curvefit.report.curve_plot import (
    BLUE,
    BROAD,
    GREY,
    GUEST,
    INK,
    ORANGE,
    SLIM,
    Layout,
    Mark,
    StudyDrawing,
    draw_single,
    draw_study,
    error_bars,
    fit_legend,
    lay_axes,
    lay_legend,
    thin_labels,
)
from curvefit.report.dark_palette import darkened
from curvefit.report.forest_plot import draw_differences
from curvefit.report.frontier_plot import draw_frontier, frontier_height
from curvefit.report.inline_svg import inlined, on_page, pixels_on_page, with_paper
from curvefit.report.training_bars import BesideTraining
from curvefit.report.wording import sure
from curvefit.study import Study
from curvefit.workflows.study_comparison import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image as Pixels

__all__ = [
    "Pictures",
    "attempt",
    "fit_labels",
    "frontier_pictures",
    "pictures",
    "plot",
    "plot_comparison",
    "plot_forecast",
    "plot_measured",
    "png",
]

T = TypeVar("T")
Drawable: TypeAlias = Study | BesideTraining | Curve | Forecast | Comparison

_SIZE: Final = (8.0, 4.8)  # inches
_DPI: Final = 200
_ROW: Final = 0.5  # inches that a difference takes
_SLIM_ROW: Final = 0.58
_MOST_LINES: Final = 400_000  # bytes of a picture's drawings in a page of at most 2 MB
_CURVE_LABEL: Final = "Accuracy by examples in the prompt, and with fine-tuning; the tables below have every number"
_PAIRS_LABEL: Final = "Differences between the studies, with their intervals; the table of differences has every number"
_FRONTIER_LABEL: Final = "Accuracy against cost; the table below has every number"


def plot(study: Study, ax: Axes | None = None) -> Axes:
    """Draw points with intervals, single draws, the forecast, and fine-tuning as bars, on an axis that has 0.

    The title is what is advised, and names the best prompt, which is ringed. The forecast's band is filled up to the
    last measurement and hatched beyond it. Accuracy runs from 0 to 100%, so that small differences look small.

    On axes that are given there is no title, and a legend where there is room for one within.
    """
    if ax is not None:
        draw_study(ax, study, GUEST)
        return ax
    ax = _figure(BROAD.height).subplots()
    draw_study(ax, study)
    return ax


def plot_measured(curve: Curve, ax: Axes | None = None) -> Axes:
    """Draw what was measured: points with 90% intervals, and single draws.

    Axes that are given are as of `plot`.
    """
    ax, lay = _axes(ax)
    level = 0.9
    draw_single(ax, curve)
    at, value, reach = error_bars(observed_points(curve, level))
    ax.errorbar(at, value, yerr=reach, fmt="o", color=BLUE, markersize=7, capsize=4, elinewidth=1.8, zorder=3,
                clip_on=False, label=f"measured, {sure(level)} interval")  # fmt: skip
    lay_axes(ax, at.tolist(), max(int(at[-1]), 1))
    lay(ax)
    return ax


def plot_forecast(forecast: Forecast, ax: Axes | None = None) -> Axes:
    """Draw a forecast's middle and interval, from 1 shot to eight times what was measured.

    Axes that are given are as of `plot`.
    """
    ax, lay = _axes(ax)
    end = 8 * max(forecast.draws.last, 1)
    grid = np.geomspace(1, end, 160)
    middle, low, high = forecast.band(grid)
    ax.fill_between(grid, low, high, color=ORANGE, alpha=0.18, linewidth=0)
    ax.plot(grid, middle, color=ORANGE, linewidth=2, label=f"forecast, {sure(forecast.level)} interval")
    ax.axvline(forecast.draws.last, color=GREY, linewidth=0.9, linestyle=(0, (1, 2)), label="measured up to here")
    lay_axes(ax, sorted({1, forecast.draws.last, end}), end)
    lay(ax)
    return ax


def plot_comparison(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw the difference of each pair of studies with its interval.

    Axes that are given are as of `plot`.
    """
    if ax is not None:
        draw_differences(ax, comparison, GUEST)
        return ax
    ax = _figure(_height(comparison)).subplots()
    draw_differences(ax, comparison)
    return ax


@dataclass(frozen=True, slots=True)
class Pictures:
    """One picture in every form it is shown in.

    Attributes
    ----------
    page : str
        What a page holds: drawings for a wide and a narrow one, on each axis; pixels where there are very many lines.
    png, dark : bytes
        PNG 1600 pixels wide, for a light and a dark page.
    svg : str
        A file that is light or dark as its reader prefers.
    """

    page: str
    png: bytes
    dark: bytes
    svg: str


def pictures(value: Study | BesideTraining | Comparison) -> Pictures:
    """Return the picture of a study or a comparison; that of a study has a logarithmic axis and a linear one."""
    if isinstance(value, Comparison):
        return _forms(lambda layout: _differences(value, layout), "pairs", _PAIRS_LABEL, ("points",))
    beside = BesideTraining(value) if isinstance(value, Study) else value

    def draw(layout: Layout) -> Iterator[tuple[Figure, tuple[Mark, ...]]]:
        drawn = _figure(layout.height, layout.width)
        ax = drawn.subplots()
        drawing = StudyDrawing(ax, beside.study, layout, beside.reached, beside.said)
        marks = drawing.on_axis(linear=False)
        drawn.set_figheight(layout.height + layout.entry * len(ax.get_legend_handles_labels()[0]))
        yield drawn, marks
        drawn.set_layout_engine("constrained")
        if (place := ax.get_subplotspec()) is not None:
            ax.set_subplotspec(place)  # from where it is laid out, as if for the first time
        yield drawn, drawing.on_axis(linear=True)

    return _forms(draw, "curve", _CURVE_LABEL, ("log", "linear"))


def _differences(comparison: Comparison, layout: Layout) -> Iterator[tuple[Figure, tuple[Mark, ...]]]:
    drawn = _figure(_height(comparison, layout), layout.width)
    draw_differences(drawn.subplots(), comparison, layout)
    yield drawn, ()


def png(value: Drawable) -> bytes:
    """Return the picture as PNG, 1600 pixels wide, the same bytes for the same value."""
    with _style():
        return _pngs(_drawn(value))[0]


def frontier_pictures(candidates: Sequence[Candidate]) -> Pictures | None:
    """Return accuracy against price, or time; None where too little is known of either."""
    cost = cost_to_weigh(candidates)
    if cost is None:
        return None

    def draw(layout: Layout) -> Iterator[tuple[Figure, tuple[Mark, ...]]]:
        drawn = _figure(frontier_height(candidates, cost, layout), layout.width)
        yield drawn, draw_frontier(drawn.subplots(), candidates, cost, layout)

    return _forms(draw, "frontier", _FRONTIER_LABEL, ("cost",))


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


def _height(comparison: Comparison, layout: Layout = BROAD) -> float:
    """Return how many inches the rows of a comparison take; on a narrow page names stand above them."""
    return 1.6 + (_ROW if layout.titled else _SLIM_ROW) * (len(comparison.pairs) + len(comparison.at_shots))


def _figure(height: float = _SIZE[1], width: float = _SIZE[0]) -> Figure:
    _load()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _axes(given: Axes | None) -> tuple[Axes, Callable[[Axes], None]]:
    """Return the axes to draw on, by default those of a picture of its own, and what lays a legend there."""
    return (_figure().subplots(), lay_legend) if given is None else (given, fit_legend)


def _draw(value: Curve | Forecast | Comparison) -> Axes:
    if isinstance(value, Curve):
        return plot_measured(value)
    return plot_comparison(value) if isinstance(value, Comparison) else plot_forecast(value)


def _drawn(value: Drawable) -> Figure:
    """Draw a value and lay it out: how it is laid out must not depend on the form it is saved in."""
    if isinstance(value, Study | BesideTraining):
        figure = _figure(BROAD.height)
        beside = BesideTraining(value) if isinstance(value, Study) else value
        draw_study(figure.subplots(), beside.study, reached=beside.reached, said=beside.said)
    else:
        figure = cast("Figure", _draw(value).figure)
    _lay_out(figure)
    return figure


def _lay_out(figure: Figure) -> None:
    fit_labels(figure)
    figure.set_layout_engine(None)  # with one, even one called none, saving draws everything twice


def fit_labels(figure: Figure) -> None:
    """Lay a figure out as it will be drawn, and hide labels of its axes that would lie on others."""
    if (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)
    for ax in figure.axes:
        thin_labels(ax)


def _forms(
    draw: Callable[[Layout], Iterator[tuple[Figure, tuple[Mark, ...]]]], name: str, label: str, axes: Sequence[str]
) -> Pictures:
    """Draw a picture broad and slim on each of its axes in turn, the first of which is that of the files."""
    turns = {layout: draw(layout) for layout in (BROAD, SLIM)}

    def drawn(layout: Layout, axis: str) -> tuple[str, Figure]:
        with _style(layout.text):
            figure, marks = next(turns[layout])
            _lay_out(figure)
            return _svg(figure, f"{name}-{axis}-{layout.columns}", label, marks), figure

    inline, figure = drawn(BROAD, axes[0])
    with _style():
        light, dark = _pngs(figure)
    page = ""
    for axis in axes:
        broad = drawn(BROAD, axis)[0] if page else inline
        if len(page) + 2 * len(broad) > _MOST_LINES:
            break
        page = on_page(page, axis, broad, drawn(SLIM, axis)[0])
    return Pictures(page or pixels_on_page(light, label), light, dark, with_paper(inline))


@contextmanager
def _style(size: float = BROAD.text) -> Iterator[None]:
    """Draw and save with settings of our own, whatever those of the program around are."""
    _load()
    from matplotlib import rc_context, style

    with (
        style.context("default"),
        rc_context(
            {
                "svg.hashsalt": "curvefit",
                "font.family": "DejaVu Sans",
                "font.size": size,
                "hatch.linewidth": 0.5,
                "text.color": INK,
                "axes.labelcolor": INK,
                "xtick.color": INK,
                "ytick.color": INK,
                "axes.edgecolor": INK,
            }
        ),
        warnings.catch_warnings(),
    ):
        # A name may be in a script that the font lacks: its letters are boxes then, and no news for the terminal.
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        yield


def _pngs(drawn: Figure) -> tuple[bytes, bytes]:
    """Return a drawing as PNG, and the same for a dark page."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    dpi, before, canvas = drawn.dpi, drawn.canvas, FigureCanvasAgg(drawn)
    drawn.set_dpi(_DPI)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = Image.fromarray(np.asarray(canvas.buffer_rgba()))  # type: ignore[no-untyped-call]
    drawn.set_dpi(dpi)
    drawn.set_canvas(before)  # which has measured the words, for the next axis
    # Few colours: a third of the size, and none of 256 levels is off by more than 15.
    few = pixels.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE)
    light = _compressed(few)
    colours = np.array(few.getpalette(), dtype=float).reshape(-1, 3) / 255
    few.putpalette(np.rint(255 * darkened(colours)).astype(np.uint8).tobytes())
    return light, _compressed(few)


def _compressed(image: Pixels) -> bytes:
    sink = io.BytesIO()
    image.save(sink, "png", dpi=(_DPI, _DPI), compress_level=6)
    return sink.getvalue()


def _svg(drawn: Figure, name: str, label: str, marks: Sequence[Mark]) -> str:
    text = _saved(
        drawn, "svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    ).decode()
    height, scale = drawn.bbox.height, 72 / drawn.dpi
    places = [drawn.axes[0].transData.transform((mark.x, mark.y)) for mark in marks]
    pointed = [(scale * x, scale * (height - y), mark.said) for (x, y), mark in zip(places, marks, strict=True)]
    return inlined(text, name, label, pointed)


def _saved(drawn: Figure, kind: str, **options: Any) -> bytes:
    sink = io.BytesIO()
    drawn.savefig(sink, format=kind, **options)
    return sink.getvalue()
