import base64
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.dom import minidom

import numpy as np
import pytest

from curvefit.curves.curve import Curve, Estimate
from curvefit.decision.candidates import Candidate
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.report import figure
from curvefit.report.curve_plot import BROAD, SLIM, StudyDrawing, draw_study, thin_labels
from curvefit.report.dark_palette import darkened, scheme_rules
from curvefit.report.frontier_plot import draw_frontier
from curvefit.report.page import page
from curvefit.report.payoff_text import examples_in
from curvefit.report.study_files import write_report
from curvefit.report.study_reader import read_study
from curvefit.report.wording import percent, span
from curvefit.study import analyze
from curvefit.workflows.study_comparison import compare

image = pytest.importorskip("matplotlib.image")


@pytest.fixture(scope="module")
def drawn(study):
    """Return the picture of each study in all its forms."""
    return figure.pictures(study)


@pytest.fixture(scope="module")
def plotted(study):
    """Return the axes of each study, which tests only look at."""
    return figure.plot(study)


@pytest.fixture(scope="module")
def tickets_study():
    return read_study(Path(__file__).parents[2] / "reports/tickets/local-gemma3-270m")


@pytest.fixture(scope="module")
def tickets(tickets_study):
    """Return the picture of a study that has all that is ever drawn."""
    return figure.pictures(tickets_study)


def test_the_picture_is_a_wide_png_with_ink_in_it(drawn):
    pixels = image.imread(io.BytesIO(drawn.png))
    assert pixels.shape[:2] == (1000, 1600)
    assert pixels[..., :3].std() > 0.05


def test_the_same_study_gives_the_same_bytes_and_by_itself_too(tickets_study, tickets):
    assert figure.pictures(tickets_study) == tickets
    assert figure.png(tickets_study) == tickets.png


def test_the_axis_has_zero_and_every_measured_number_of_shots(study, plotted):
    ax = plotted
    assert ax.get_xscale() == "symlog"
    assert {int(k) for k in study.curve.shots} <= {int(tick) for tick in ax.get_xticks()}
    assert ax.get_ylim()[0] < 0 < 1 < ax.get_ylim()[1], "marks at 0 and at 100% are whole"


def test_the_band_changes_its_looks_beyond_the_last_measurement(study, plotted):
    ax = plotted
    hatched = [band for band in ax.collections if band.get_hatch()]
    if study.curve.mostly_cut_off:
        assert not hatched, "nothing is forecast from replies that were cut off"
        return
    assert len(hatched) == 1
    (path,) = hatched[0].get_paths()
    last = max(point.shots for point in study.points)
    assert path.vertices[:, 0].min() >= last
    assert np.isclose(path.vertices[:, 0].max(), study.verdict.horizon)


def test_it_draws_where_it_is_told_and_leaves_global_state_alone(make_measured, monkeypatch):
    from matplotlib.figure import Figure

    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)  # of another test
    ax = Figure().subplots()
    assert figure.plot(analyze(make_measured()), ax=ax) is ax
    assert "matplotlib.pyplot" not in sys.modules


@pytest.mark.parametrize(
    ("task", "model"), [("$\\frac{1}$ </svg><script>", "a" * 300), ("$", "名前"), ("\x00\x1b--><g>", "\x00\x1b--><g>")]
)
def test_any_name_can_be_drawn_without_a_warning(make_measured, task, model):
    drawn = figure.pictures(analyze(make_measured(task=task, model=model)))
    assert drawn.png.startswith(b"\x89PNG")
    assert minidom.parseString(drawn.svg).documentElement.tagName == "svg"  # noqa: S318 (our own)
    assert set(re.findall(r"<(\w+)", drawn.page)) == OF_DRAWINGS


OF_DRAWINGS = {"div", "svg", "g", "path", "use", "defs", "clipPath", "rect", "pattern", "circle", "title"}


def no_picture(*_):
    raise RuntimeError("no font\x1b[31m here")


def test_a_picture_that_fails_costs_a_warning_and_neither_study_nor_page(study, tmp_path, monkeypatch):
    (tmp_path / "curve.png").write_bytes(b"of an older study")
    monkeypatch.setattr(figure, "pictures", no_picture)
    with pytest.warns(UserWarning, match=r"curve\.png could not be drawn \(RuntimeError: no font \[31m here\)"):
        written = write_report(study, tmp_path)
    assert [file.name for file in written] == ["study.json", "report.html"]
    assert {file.name for file in tmp_path.iterdir()} == {"study.json", "report.html"}
    text = (tmp_path / "report.html").read_text()
    assert ("The picture could not be drawn" in text, "<figure>" in text, "<table>" in text) == (True, False, True)


def test_a_notebook_shows_the_numbers_where_the_picture_fails(study, monkeypatch):
    monkeypatch.setattr(figure, "png", no_picture)
    shown = study._repr_html_()
    assert "the picture could not be drawn" in shown
    assert "<table>" in shown
    assert "<img" not in shown


def test_a_page_says_nothing_of_pictures_where_it_has_one(study):
    assert "could not be drawn" not in page(study, "<svg ></svg>")


NAMED = {None: "", "nonsense": "", "tkagg": "tkagg", "module://no.such.module": "module://no.such.module"}
DRAWS = """
import json, os, sys
from curvefit.curves.curve import Curve
from curvefit.report import figure
curve = Curve.from_means([0, 1, 2], [0.1, 0.5, 0.6])
curve.points()  # loads what does not depend on a name
assert "matplotlib" not in sys.modules
for named in json.loads(sys.argv[1]):
    if os.fork():
        os.wait()
        continue
    os.environ |= {} if named is None else {"MPLBACKEND": named}
    drawn = figure.png(curve)
    import matplotlib
    backend = str(dict.__getitem__(matplotlib.rcParams, "backend"))
    print(json.dumps([len(drawn), backend, os.environ.get("MPLBACKEND")]), flush=True)
    os._exit(0)
"""


@pytest.fixture(scope="module")
def drawn_by_name():
    """Return what drawing gives and leaves in a process of its own under each name of a window system."""
    surroundings = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    command = [sys.executable, "-c", DRAWS, json.dumps(list(NAMED))]
    ended = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True, timeout=120)
    return dict(zip(NAMED, map(json.loads, ended.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("named", NAMED)
def test_no_name_of_a_window_system_matters_to_a_picture_and_each_stays_as_it_was(drawn_by_name, named):
    length, backend, variable = drawn_by_name[named]
    assert length > 10_000
    assert variable == named
    assert not NAMED[named] or backend.lower() == NAMED[named]


def test_settings_of_the_program_around_do_not_change_a_picture(tickets_study, tickets):
    import matplotlib as mpl

    with mpl.rc_context({"text.usetex": True, "axes.facecolor": "black", "savefig.dpi": 3, "font.size": 40}):
        assert figure.png(tickets_study) == tickets.png
        assert mpl.rcParams["text.usetex"]


def test_what_a_classifier_learns_and_what_training_is_predicted_to_reach_are_drawn(tickets_study):
    study = tickets_study
    drawn, bare = figure.plot(study), figure.plot(replace(study, baseline=None, payoff=None))
    ticks, without = ([text.get_text() for text in ax.get_xticklabels()] for ax in (drawn, bare))
    assert ticks[-2:] == ["plain\nclassifier\non 600", "fine-tuned\non 600,\npredicted"]
    assert ticks[:-2] == without
    heights = [bar.get_height() for bar in drawn.patches]
    tuned = next(each for each in study.candidates if each.basis == "predicted")
    assert heights == [study.baseline.points(0.9)[-1].accuracy.value, tuned.accuracy.value]
    assert drawn.get_title(loc="left").startswith("Ship the prompt with the most similar examples;")


def test_the_picture_names_the_best_prompt_and_rings_it(study, plotted):
    ax = plotted
    said = " ".join(text.get_text() for text in ax.texts)
    assert f"Best prompt: {examples_in(study.best)}" in said
    (ring,) = [line for line in ax.lines if line.get_label() == "the best prompt"]
    assert ring.get_xydata().tolist() == [[study.best.point.shots, study.best.point.accuracy.value]]


def halves(ax):
    return [line.get_xydata().tolist() for line in ax.lines if line.get_fillstyle() == "left"]


def test_a_point_that_has_enough_items_to_be_the_best_prompt_is_drawn_whole(plotted):
    assert halves(plotted) == []


def test_a_point_that_has_too_few_items_to_be_the_best_prompt_is_drawn_half(stopped_early, make_retrieved):
    few = "on too few items to be the best"
    ax = figure.plot(stopped_early)
    assert halves(ax) == [[[16, 1]]]
    assert few in [text.get_text() for text in ax.get_legend().get_texts()]
    assert "16 examples: 100% (79% to 100%), 14 items, too few to be the best" in figure.pictures(stopped_early).page

    curve = stopped_early.curve
    beside = make_retrieved(curve)
    scores = beside.retrieved.scores.copy()
    scores[-1, :, 20:] = np.nan
    both = analyze(replace(beside, retrieved=replace(beside.retrieved, scores=scores)))
    ax = figure.plot(both)
    assert [[at for at, _ in half] for half in halves(ax)] == [[16], [16]]
    assert [text.get_text() for text in ax.get_legend().get_texts()].count(few) == 1


def test_a_share_of_readable_replies_is_not_drawn_as_an_accuracy(study, plotted):
    drawn = [tuple(line.get_ydata()) for line in plotted.lines if len(line.get_ydata()) > 1]
    rates = tuple(study.parse_rate)
    assert rates not in drawn or rates == tuple(point.accuracy.value for point in study.points)


def test_the_picture_in_a_page_has_no_style_of_its_own_and_says_its_numbers(study, drawn):
    inline = drawn.page
    assert "style=" not in inline
    assert "<style" not in inline
    assert inline.count('<svg role="img" aria-label="') == 4
    best = study.best.point.accuracy
    assert inline.count(f"{examples_in(study.best)}: {percent(best.value)} ({span(best)})") == 4
    ids = re.findall(r' id="([^"]+)"', inline)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', inline)) == set(ids)


def test_four_drawings_share_their_letters_and_take_a_fraction_of_a_page(tickets):
    assert len(tickets.page) < 250_000
    assert len(tickets.page) < 4 * len(tickets.svg)


def test_a_picture_of_very_many_lines_is_in_a_page_as_pixels(tickets_study, tickets, monkeypatch):
    monkeypatch.setattr(figure, "_MOST_LINES", len(tickets.svg))
    drawn = figure.pictures(tickets_study)
    assert drawn.page.startswith('<div class="picture" tabindex="0" role="region" aria-label="')
    assert base64.b64encode(tickets.png).decode() in drawn.page
    assert drawn.svg == tickets.svg


def colours(text: str) -> set[str]:
    return set(re.findall(r'(?:fill|stroke)="(#\w+)"', text))


def test_every_colour_of_a_picture_has_its_dark_one(drawn):
    assert len(colours(drawn.page)) > 3
    assert colours(drawn.page) <= colours(scheme_rules())


def test_every_colour_of_the_frontier_has_its_dark_one():
    candidates = [
        Candidate(basis, "m", 0, basis, Estimate(0.5, 0.4, 0.6, 0.9), 0.1 + n)
        for n, basis in enumerate(("measured", "probed", "predicted"))
    ]
    used = colours(figure.frontier_pictures(candidates).page)
    assert {"#0072b2", "#d55e00", "#6b6b6b"} <= used <= colours(scheme_rules())


def test_dark_pixels_are_those_of_a_picture_drawn_in_dark_colours(tickets):
    light, dark = (image.imread(io.BytesIO(png))[::8, ::8, :3] for png in (tickets.png, tickets.dark))
    assert np.allclose(light[0, 0], 1, atol=0.06)
    assert np.allclose(dark[0, 0], 0x17 / 255, atol=0.06)
    assert np.allclose(darkened(light.astype(float)), dark, atol=0.01)


@pytest.mark.parametrize("colour", ["#000000", "#1c1c1c", "#6b6b6b", "#0072b2", "#d55e00", "#cc79a7"])
def test_what_stands_out_on_white_stands_out_on_a_dark_page(colour):
    light = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    paper = darkened(np.ones(3))
    assert contrast(darkened(light), paper) > 3
    assert contrast(light, np.ones(3)) > 3 or colour == "#cc79a7", "which has an edge of ink"


def contrast(one, other) -> float:
    """Return the contrast of two colours, as WCAG 2 defines it."""
    bright = [
        float(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)) + 0.05
        for c in (one, other)
    ]
    return max(bright) / min(bright)


def test_the_file_is_light_or_dark_as_its_reader_prefers(tickets):
    root = minidom.parseString(tickets.svg).documentElement  # noqa: S318 (our own)
    assert (root.getAttribute("width"), root.getAttribute("height")) == ("768", "480")
    style, paper = root.childNodes[:2]
    assert style.firstChild.data == scheme_rules()
    assert (paper.tagName, paper.getAttribute("fill")) == ("rect", "#ffffff")


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("layout", [BROAD, SLIM])
def test_no_number_below_a_picture_lies_on_another_and_the_ends_stay(layout, linear):
    shots = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 48, 64, 100, 1000]
    study = analyze(Curve.from_means(shots, np.linspace(0.1, 0.9, len(shots)), n_items=100))
    ax = figure_axes(layout)
    draw_study(ax, study, layout, linear=linear)
    ax.figure.canvas.draw()
    thin_labels(ax)
    shown = [label for label in ax.get_xticklabels() if label.get_visible()]
    ends = [label.get_window_extent() for label in shown]
    assert all(one.x1 <= other.x0 for one, other in pairwise(ends))
    assert shown[0].get_text() == "0"
    assert shown[-1].get_text() == ax.get_xticklabels()[-1].get_text()
    assert len(shown) >= 3


@pytest.mark.parametrize("size", [None, (3.5, 2.6), (6.4, 4.8)])
def test_no_number_lies_on_another_in_a_picture_drawn_from_python(make_measured, size):
    from matplotlib.figure import Figure

    shots = [0, 1, 2, 4, 8, 16, 32, 64, 75]
    many = analyze(Curve.from_means(shots, np.linspace(0.1, 0.8, len(shots)), n_items=100))
    near = analyze(replace(make_measured(), pool=75))  # whose forecast ends there, beside 64
    for study in (many, near):
        ax = study.plot(**({} if size is None else {"ax": Figure(figsize=size).subplots()}))
        ax.figure.canvas.draw()
        shown = [label for label in ax.get_xticklabels() if label.get_visible()]
        ends = sorted((label.get_window_extent() for label in shown), key=lambda box: box.x0)
        assert all(one.x1 <= other.x0 for one, other in pairwise(ends))
        assert len(shown) > 4


@pytest.mark.parametrize("layout", [BROAD, SLIM])
def test_the_number_of_examples_of_the_best_prompt_stays_where_labels_are_crowded(layout, tickets_study):
    ax = figure_axes(layout)
    draw_study(ax, tickets_study, layout, linear=True)
    ax.figure.canvas.draw()
    thin_labels(ax)
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert tickets_study.best.point.shots == 4
    assert "4" in shown
    assert not {"0", "2", "8"} & {*shown}, "they would lie on it"


@pytest.mark.parametrize("height", [5.0, 3.4])
def test_no_name_below_a_bar_lies_on_the_legend_however_low_the_picture_is(tickets_study, height):
    ax = figure_axes(BROAD)
    ax.figure.set_figheight(height)
    draw_study(ax, tickets_study, BROAD, said="word " * 60)
    ax.figure.canvas.draw()
    legend = ax.get_legend().get_window_extent()
    assert min(label.get_window_extent().y0 for label in ax.get_xticklabels()) > legend.y1


@pytest.mark.parametrize("layout", [BROAD, SLIM])
def test_the_axis_names_every_doubling_of_a_forecast_on_a_phone_too(layout, tickets_study):
    ax = figure_axes(layout)
    draw_study(ax, tickets_study, layout)
    ax.figure.canvas.draw()
    thin_labels(ax)
    shown = [label.get_text() for label in ax.get_xticklabels() if label.get_visible()]
    assert shown[:10] == ["0", "1", "2", "4", "8", "16", "32", "64", "128", "256"]


@pytest.mark.parametrize("linear", [False, True])
def test_bars_stand_beside_the_curve_on_either_axis(tickets_study, linear):
    for layout in (BROAD, SLIM):
        ax = figure_axes(layout)
        marks = draw_study(ax, tickets_study, layout, linear=linear)
        ends = [ax.transAxes.inverted().transform(ax.transData.transform((mark.x, 0)))[0] for mark in marks]
        *_, classifier, tuned = ends
        assert max(ends[:-2]) < classifier - 0.05 < tuned - 0.1 < 0.9
        width = tuned - classifier
        assert width == pytest.approx(_share(2, layout.slot), abs=1e-6), "the same on both axes"


@pytest.mark.parametrize("layout", [BROAD, SLIM])
def test_an_axis_that_was_turned_is_drawn_as_if_it_had_never_been_another(tickets_study, layout):
    turned, fresh = figure_axes(layout), figure_axes(layout)
    drawing = StudyDrawing(turned, tickets_study, layout)
    drawing.on_axis(linear=False)
    turned.figure.canvas.draw()
    for label in turned.get_xticklabels()[1:4]:
        label.set_visible(False)
    assert drawing.on_axis(linear=True) == draw_study(fresh, tickets_study, layout, linear=True)
    for ax in (turned, fresh):
        ax.figure.set_dpi(60)
        ax.figure.canvas.draw()
    assert np.array_equal(*(np.asarray(ax.figure.canvas.buffer_rgba()) for ax in (turned, fresh)))


def _share(bars: int, slot: float) -> float:
    """Return the part of the axes between the middles of two bars."""
    return slot / (1 + slot * (bars + 0.2))


def test_words_above_a_picture_neither_leave_it_nor_take_room_from_the_axes(tickets_study):
    """Two prompts are named, both at length: the axes were a third narrower, and a bar lost its name."""
    added = Estimate(0.02, 0.0, 0.04, 0.9)
    cheaper = CheaperPrompt(tickets_study.retrieved[-1], True, added)
    named = replace(tickets_study, advice=replace(tickets_study.advice, cheaper=cheaper))
    (broad,), (usual,) = figure._drawn(named).axes, figure._drawn(tickets_study).axes
    assert broad.get_position().width == pytest.approx(usual.get_position().width)
    for text in (*broad.texts, broad.title, broad._left_title):
        assert text.get_window_extent().x1 <= broad.figure.bbox.x1
    lines = broad.texts[0].get_text().split("\n")
    assert [line.partition(":")[0] for line in lines[:2]] == ["Prompt to use", "Best prompt"]


def test_a_slim_picture_names_its_bars_in_the_legend(tickets_study):
    ax = figure_axes(SLIM)
    draw_study(ax, tickets_study, SLIM)
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named[-2:] == ["A: plain classifier on 600", "B: fine-tuned on 600, predicted"]
    assert [label.get_text() for label in ax.get_xticklabels()][-2:] == ["A", "B"]
    assert not ax.get_title(loc="left"), "the page says it above"


def test_a_number_stands_beside_every_candidate_and_names_stand_below(make_measured):
    some = [
        Candidate(f"{'long ' * n}name {n}", "m", n, "measured", Estimate(0.5, 0.4, 0.6, 0.9), 0.01 * (n + 1))
        for n in range(60)
    ]
    for count in (3, 12, 60):
        ax = figure_axes()
        marks = draw_frontier(ax, some[:count], "usd_per_1000")
        texts = [text.get_text() for text in ax.texts]
        assert len(marks) == count
        assert {"1", "2"} <= set(texts) or count == 60
        assert any(text.startswith("1  name 0") for text in texts)


@pytest.mark.parametrize("prices", [(0.0, 0.0), (0.0, 0.01), (0.0, 2.0)])
def test_candidates_that_cost_nothing_are_drawn_too(prices):
    some = [Candidate(f"{n}", "m", n, "measured", Estimate(0.5, 0.4, 0.6, 0.9), usd) for n, usd in enumerate(prices)]
    ax = figure_axes()
    draw_frontier(ax, some, "usd_per_1000")
    ax.figure.canvas.draw()
    assert "$0.00" in [label.get_text() for label in ax.get_xticklabels()]


def test_no_name_is_too_wide_for_the_list_below_the_frontier():
    some = [
        Candidate(name, "m", 1, "measured", Estimate(0.5, 0.4, 0.6, 0.9), 0.01 + n)
        for n, name in enumerate(["w" * 300, "i" * 300, "short"])
    ]
    for layout in (BROAD, SLIM):
        ax = figure_axes(layout)
        draw_frontier(ax, some, "usd_per_1000", layout)
        ax.figure.canvas.draw()
        (listed,) = [text for text in ax.texts if "short" in text.get_text()]
        assert listed.get_window_extent().width <= 100 * layout.width - 40
        assert listed.get_text().count("…") == 2


def figure_axes(layout=BROAD):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(layout.width, layout.height))
    FigureCanvasAgg(drawn)
    return drawn.subplots()


@pytest.mark.parametrize("layout", [BROAD, SLIM])
def test_long_names_of_compared_studies_leave_room_for_the_axis_and_nothing_is_cut(make_measured, layout):
    curve = make_measured()
    pair = compare({f"local-a-model-with-a-long-name-{name}": curve for name in ("retrieved-3", "given", "none")})
    with figure._style(layout.text):
        drawn, _ = next(figure._differences(pair, layout))
        figure._lay_out(drawn)
        drawn.canvas.draw()
        ax, whole = drawn.axes[0], drawn.bbox
        words = [*ax.texts, ax.xaxis.label, *ax.get_yticklabels()]
        ends = [text.get_window_extent() for text in words if text.get_text()]
    assert len(ends) == 4
    assert min(box.x0 for box in ends) >= whole.x0
    assert max(box.x1 for box in ends) <= whole.x1
    assert max(box.y1 for box in ends) <= ax.bbox.y1
    assert ax.bbox.width > 0.4 * whole.width


@pytest.fixture(scope="module")
def guests(tickets_study, make_measured):
    """Return what can be drawn on axes of somebody's own."""
    other = read_study(Path(__file__).parents[2] / "reports/tickets/local-smollm2-135m")
    comparison = compare([tickets_study, other], all_shots=True)
    small = analyze(make_measured())
    return [tickets_study, other, small, tickets_study.curve, small.curve, small.forecast, comparison]


@pytest.mark.parametrize(("size", "columns"), [((6.4, 4.8), 1), ((11, 4), 1), ((6.4, 4.8), 2), ((11, 4), 2)])
def test_on_axes_of_somebodys_own_nothing_leaves_the_figure_or_lies_on_other_axes(guests, size, columns):
    from matplotlib.figure import Figure

    for value in guests:
        drawn = Figure(figsize=size)
        axes = np.atleast_1d(drawn.subplots(1, columns))
        for ax in axes:
            value.plot(ax=ax)
            assert not ax.get_title(loc="left"), "nobody asked for a headline"
        drawn.canvas.draw()
        for ax in axes:
            box = ax.get_tightbbox()
            assert drawn.bbox.x0 <= box.x0
            assert box.x1 <= drawn.bbox.x1
            assert drawn.bbox.y0 <= box.y0
            assert box.y1 <= drawn.bbox.y1
            if (legend := ax.get_legend()) is not None:
                assert ax.bbox.padded(1).contains(*legend.get_window_extent().min)
                assert ax.bbox.padded(1).contains(*legend.get_window_extent().max)
        labels = [ax.yaxis.label.get_text() for ax in axes]
        assert not any(labels[1:]), "it would lie on the axes at its left"


@pytest.mark.parametrize("size", [(6.4, 4.8), (11, 4)])
def test_a_legend_on_axes_of_somebodys_own_hides_no_point(guests, size):
    from matplotlib.figure import Figure

    named = 0
    for study in guests[:3]:
        ax = study.plot(ax=Figure(figsize=size).subplots())
        ax.figure.canvas.draw()
        points = ax.transData.transform(
            [(each.shots, each.accuracy.value) for each in (*study.points, *study.retrieved)]
        )
        if (legend := ax.get_legend()) is not None:
            named += 1
            assert not legend.get_window_extent().count_contains(points)
            assert {text.get_text() for text in legend.get_texts()} == {*ax.get_legend_handles_labels()[1]}
    assert named >= 2


def test_a_title_and_a_legend_of_the_caller_stay(make_measured):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    ax.set_title("mine")
    legend = ax.legend([*ax.plot([1, 2], [0.1, 0.2])], ["theirs"])
    analyze(make_measured()).plot(ax=ax)
    assert ax.get_title() == "mine"
    assert ax.get_legend() is legend
