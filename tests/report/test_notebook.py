import base64
import html
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from types import ModuleType

import numpy as np
import pytest

import curvefit as cf
from curvefit.report import notebook
from curvefit.report.terminal import answer

HOSTILE = '<script>alert(1)</script>" onload="x\x1b[31m\u202e{0}%s'


class Tags(HTMLParser):
    """Names of tags and attributes, and whether all that is opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names, self.attributes, self.open = set(), set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def hostile_task(make_task):
    item = cf.Item("a", HOSTILE, HOSTILE, HOSTILE)
    scorer = cf.Scorer(HOSTILE, lambda reply, item: cf.Score(1.0, reply))
    return replace(
        make_task(),
        name=HOSTILE,
        kind=HOSTILE,
        instruction=HOSTILE,
        pool=(item,),
        labels=(HOSTILE,),
        notes=(HOSTILE,),
        scorer=scorer,
    )


@pytest.fixture(scope="module")
def hostile_study(make_measured):
    names = {"task": HOSTILE, "model": HOSTILE, "kind": HOSTILE, "stopped": HOSTILE, "notes": (HOSTILE,)}
    return cf.analyze(make_measured(**names))


def test_a_study_shows_its_answer_first_then_the_picture_and_the_points(hostile_study):
    shown = hostile_study._repr_html_()
    text = html.unescape(re.sub("<[^>]*>", " ", shown))
    assert answer(hostile_study) in text.splitlines()[0]
    assert "".join(shown.split()).startswith('<divclass="curvefit"><p><strong>')
    picture = re.search(r'src="data:image/png;base64,([^"]+)"', shown)
    assert base64.b64decode(picture[1]).startswith(b"\x89PNG")
    for point in hostile_study.points:
        assert f"{100 * point.accuracy.value:.1f}%" in text


def test_no_text_of_a_task_or_model_becomes_markup(hostile_study, make_task):
    study = hostile_study
    for value in (study, study.curve, study.forecast, study.verdict, study.payoff, hostile_task(make_task)):
        shown = value._repr_html_()
        tags = Tags(shown)
        assert tags.names <= {"div", "p", "strong", "img", "table", "thead", "tbody", "tr", "th", "td"}
        assert tags.attributes <= {"class", "width", "alt", "src"}
        assert tags.open == []
        assert not {"\x1b", "\u202e"} & set(shown)


def test_retrieved_examples_have_a_table_of_their_own(make_measured, make_retrieved):
    study = cf.analyze(make_retrieved(make_measured()))
    assert study._repr_html_().count("<th>most similar examples</th>") == 1
    assert "<th>most similar examples</th>" not in cf.analyze(make_measured())._repr_html_()
    assert "at 16 similar examples" in repr(study)


def test_what_is_no_value_of_this_package_is_shown_as_its_repr():
    shown = notebook.as_html(HOSTILE)
    assert html.unescape(shown) == f'<div class="curvefit">{HOSTILE!r}</div>'
    assert Tags(shown).names == {"div"}


def test_a_repr_is_one_short_line(hostile_study, make_task):
    study = hostile_study
    values = (study, study.curve, study.forecast, study.verdict, study.payoff, study.best.point.accuracy)
    for value in (*values, hostile_task(make_task), cf.Curve.from_means(range(2000), [0.5] * 2000)):
        assert len(repr(value).splitlines()) == 1
        assert len(repr(value)) <= 250
        assert repr(value).isprintable()


def test_a_repr_names_what_tells_values_apart(make_measured, make_task):
    study = cf.analyze(make_measured(), n_train=200)
    assert repr(study).startswith("<Study 'made' on 'simulated/x': ")
    assert study.verdict.trend in repr(study)
    assert study.advice.action in repr(study)
    assert "0, 1, 2, 4, 8, 16 shots" in repr(study.curve)
    assert "3 draws, 60 items" in repr(study.curve)
    assert "200 examples" in repr(study.payoff)
    assert "measured up to 16 shots" in repr(study.forecast)
    assert repr(make_task()) == (
        "<Task 'made': 'classification'; 40 examples in the pool, 20 items; 4 labels; scorer 'equal'>"
    )


@pytest.mark.parametrize("name", ["", "curve", "forecast"])
def test_what_can_be_drawn_draws_where_it_is_told(make_measured, name):
    from matplotlib.figure import Figure

    value = cf.analyze(make_measured())
    value = getattr(value, name) if name else value
    ax = Figure().subplots()
    assert value.plot(ax=ax) is ax
    assert ax.get_xscale() == "symlog"
    assert value.plot().get_ylim() == (-0.02, 1.04)
    with pytest.raises(cf.CurvefitError, match="ax must be matplotlib axes, not str"):
        value.plot("x")


class Frame(dict):
    """Stands in for a DataFrame."""


@pytest.fixture
def pandas(monkeypatch):
    module = ModuleType("pandas")
    module.DataFrame = Frame
    monkeypatch.setitem(sys.modules, "pandas", module)


def test_points_become_a_table(make_measured, pandas):
    study = cf.analyze(make_measured())
    table = study.to_frame()
    assert list(table) == ["shots", "accuracy", "low", "high", "n_items", "n_draws", "parse_rate"]
    assert table["accuracy"] == [point.accuracy.value for point in study.points]
    assert study.curve.to_frame() == table


def test_scores_become_a_table_and_a_curve_again(make_measured, pandas):
    curve = make_measured()
    scores = curve.scores.copy()
    scores[2, 1, 5] = np.nan
    table = cf.Curve(curve.shots, scores).to_frame(by="trial")
    assert list(table) == ["shots", "draw", "item", "score"]
    np.testing.assert_array_equal(cf.Curve.from_frame(table).scores, scores)
    assert curve.to_frame(by="trial")["item"][:2] == ["i0", "i1"]


def test_a_forecast_becomes_a_table_of_doublings(make_measured, pandas):
    forecast = cf.analyze(make_measured()).forecast
    table = forecast.to_frame()
    assert table["shots"] == [1, 2, 4, 8, 16, 32, 64, 128]
    assert table["high"][-1] == forecast.at(128).high


def test_what_cannot_be_a_table_is_told_in_one_line(monkeypatch):
    means = cf.Curve.from_means([0, 4], [0.2, 0.5])
    with pytest.raises(cf.CurvefitError, match="single scores are not known"):
        means.to_frame(by="trial")
    with pytest.raises(cf.CurvefitError, match="by is shots or trial, not 'draw'"):
        means.to_frame(by="draw")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(cf.CurvefitError, match="to_frame needs pandas, which is not installed"):
        means.to_frame()


def test_an_estimate_is_formatted_with_its_interval():
    estimate = cf.Estimate(0.7124, 0.65, 0.774, 0.9)
    assert f"{estimate:.1%}" == "71.2% (65.0% to 77.4%)"
    assert f"{estimate:+.2f}" == "+0.71 (+0.65 to +0.77)"
    assert f"{estimate}" == str(estimate) == repr(estimate)
    with pytest.raises(cf.CurvefitError, match="formatted as a number is"):
        f"{estimate:nonsense}"
