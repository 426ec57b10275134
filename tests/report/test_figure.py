import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.decision.candidates import Candidate
from curvefit.report import figure, read_study, write_report
from curvefit.report.frontier_plot import draw_frontier
from curvefit.report.page import page
from curvefit.report.payoff_text import examples_in
from curvefit.report.wording import percent, span
from curvefit.study import analyze

image = pytest.importorskip("matplotlib.image")


@pytest.fixture(scope="module")
def drawn(study):
    """Return the picture of each study as SVG and as PNG, each drawn by itself."""
    return figure.svg(study), figure.png(study)


def test_the_picture_is_a_wide_png_with_ink_in_it(drawn):
    pixels = image.imread(io.BytesIO(drawn[1]))
    assert pixels.shape[:2] == (1000, 1600)
    assert pixels[..., :3].std() > 0.05


def test_the_same_study_gives_the_same_bytes(study, drawn):
    assert (figure.svg(study), figure.png(study)) == drawn


def test_drawn_once_for_both_the_pictures_are_what_they_are_alone(study, drawn):
    assert figure.pictures(study) == drawn


def test_the_axis_has_zero_and_every_measured_number_of_shots(study):
    ax = figure.plot(study)
    assert ax.get_xscale() == "symlog"
    assert {int(k) for k in study.curve.shots} <= {int(tick) for tick in ax.get_xticks()}
    assert ax.get_ylim()[0] < 0 < 1 < ax.get_ylim()[1], "marks at 0 and at 100% are whole"


def test_the_band_changes_its_looks_beyond_the_last_measurement(study):
    ax = figure.plot(study)
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


@pytest.mark.parametrize("name", ["$\\frac{1}$", "$", "a" * 300, "名前", "\x00\x1b"])
def test_any_name_can_be_drawn_without_a_warning(make_measured, name):
    study = analyze(make_measured(task=name, model=name))
    assert figure.png(study).startswith(b"\x89PNG")
    assert figure.svg(study).startswith("<svg")


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


DRAWS = """
import json, os, sys
from curvefit.curves.curve import Curve
from curvefit.report import figure
drawn = figure.png(Curve.from_means([0, 1, 2], [0.1, 0.5, 0.6]))
import matplotlib
print(json.dumps([len(drawn), str(dict.__getitem__(matplotlib.rcParams, "backend")), os.environ.get("MPLBACKEND")]))
"""


@pytest.mark.parametrize(
    ("named", "taken"),
    [(None, ""), ("nonsense", ""), ("tkagg", "tkagg"), ("module://no.such.module", "module://no.such.module")],
)
def test_no_name_of_a_window_system_matters_to_a_picture_and_each_stays_as_it_was(named, taken):
    surroundings = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    surroundings |= {} if named is None else {"MPLBACKEND": named}
    ended = subprocess.run(
        [sys.executable, "-c", DRAWS], env=surroundings, capture_output=True, text=True, check=True, timeout=120
    )
    length, backend, variable = json.loads(ended.stdout)
    assert length > 10_000
    assert variable == named
    assert not taken or backend.lower() == taken


def test_settings_of_the_program_around_do_not_change_a_picture(study, drawn):
    import matplotlib as mpl

    with mpl.rc_context({"text.usetex": True, "axes.facecolor": "black", "savefig.dpi": 3, "font.size": 40}):
        assert figure.png(study) == drawn[1]
        assert mpl.rcParams["text.usetex"]


def test_what_a_classifier_learns_and_what_training_is_predicted_to_reach_are_drawn():
    study = read_study(Path(__file__).parents[2] / "reports/tickets/local-gemma3-270m")
    drawn, bare = figure.plot(study), figure.plot(replace(study, baseline=None, payoff=None))
    ticks, without = ([text.get_text() for text in ax.get_xticklabels()] for ax in (drawn, bare))
    assert ticks[-2:] == ["plain\nclassifier\non 600", "fine-tuned\non 600,\npredicted"]
    assert ticks[:-2] == without
    heights = [bar.get_height() for bar in drawn.patches]
    tuned = next(each for each in study.candidates if each.basis == "predicted")
    assert heights == [study.baseline.points(0.9)[-1].accuracy.value, tuned.accuracy.value]
    assert "Keep prompting" in drawn.get_title(loc="left")


def test_the_picture_names_the_best_prompt_and_rings_it(study):
    ax = figure.plot(study)
    said = " ".join(text.get_text() for text in ax.texts)
    assert f"Best prompt: {examples_in(study.best)}" in said
    (ring,) = [line for line in ax.lines if line.get_label() == "the best prompt"]
    assert ring.get_xydata().tolist() == [[study.best.point.shots, study.best.point.accuracy.value]]


def test_a_share_of_readable_replies_is_not_drawn_as_an_accuracy(study):
    drawn = [tuple(line.get_ydata()) for line in figure.plot(study).lines if len(line.get_ydata()) > 1]
    rates = tuple(study.parse_rate)
    assert rates not in drawn or rates == tuple(point.accuracy.value for point in study.points)


def test_the_picture_in_a_page_has_no_style_of_its_own_and_says_its_numbers(study, drawn):
    inline = drawn[0]
    assert "style=" not in inline
    assert "<style" not in inline
    assert inline.startswith('<svg role="img" aria-label="')
    best = study.best.point.accuracy
    assert f"{examples_in(study.best)}: {percent(best.value)} ({span(best)})" in inline
    ids = re.findall(r' id="([^"]+)"', inline)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', inline)) == set(ids)


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


def figure_axes():
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = Figure()
    FigureCanvasAgg(drawn)
    return drawn.subplots()
