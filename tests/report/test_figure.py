import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curvefit.report import figure, read_study, write_report
from curvefit.report.page import page
from curvefit.study import analyze

image = pytest.importorskip("matplotlib.image")


@pytest.fixture(scope="module")
def drawn(study):
    """Return the picture of each study as SVG and as PNG, each drawn by itself."""
    return figure.svg(study), figure.png(study)


def test_the_picture_is_a_wide_png_with_ink_in_it(drawn):
    pixels = image.imread(io.BytesIO(drawn[1]))
    assert pixels.shape[:2] == (960, 1600)
    assert pixels[..., :3].std() > 0.05


def test_the_same_study_gives_the_same_bytes(study, drawn):
    assert (figure.svg(study), figure.png(study)) == drawn


def test_drawn_once_for_both_the_pictures_are_what_they_are_alone(study, drawn):
    assert figure.pictures(study) == drawn


def test_the_axis_has_zero_and_every_measured_number_of_shots(study):
    ax = figure.plot(study)
    assert ax.get_xscale() == "symlog"
    assert {int(k) for k in study.curve.shots} <= {int(tick) for tick in ax.get_xticks()}
    assert ax.get_ylim() == (0, 1)


def test_the_band_changes_its_looks_beyond_the_last_measurement(study):
    ax = figure.plot(study)
    hatched = [band for band in ax.collections if band.get_hatch()]
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
    drawn, bare = figure.plot(study), figure.plot(replace(study, baseline=None))
    labels, without = ([text.get_text() for text in ax.get_legend().get_texts()] for ax in (drawn, bare))
    assert set(labels) - set(without) == {
        "a plain classifier trained on as many", "fine-tuned on 600: predicted, 90% interval",
    }  # fmt: skip
    assert drawn.get_xlim()[1] > study.payoff.n_train > bare.get_xlim()[1]
    assert "keep prompting" in drawn.get_title(loc="left")
