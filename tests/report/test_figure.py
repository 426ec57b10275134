import io

import numpy as np
import pytest

from curvefit.report import figure
from curvefit.study import analyze

image = pytest.importorskip("matplotlib.image")


def test_the_picture_is_a_wide_png_with_ink_in_it(study):
    pixels = image.imread(io.BytesIO(figure.png(study)))
    assert pixels.shape[:2] == (960, 1600)
    assert pixels[..., :3].std() > 0.05


def test_the_same_study_gives_the_same_bytes(study):
    assert figure.png(study) == figure.png(study)
    assert figure.svg(study) == figure.svg(study)


def test_drawn_once_for_both_the_pictures_are_what_they_are_alone(study):
    assert figure.pictures(study) == (figure.svg(study), figure.png(study))


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
    import sys

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
