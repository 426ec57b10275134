import base64
import html
import pickle
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from types import ModuleType

import numpy as np
import pytest

import curvefit as cf
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.errors import InputError
from curvefit.measurement.failures import Failure
from curvefit.report import figure, notebook
from curvefit.report.answer_text import ship_sentence

pytestmark = pytest.mark.usefixtures("plain_pictures")

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


def test_a_study_shows_its_answer_first_then_the_picture_and_the_points(hostile_study, real_pictures):
    shown = hostile_study._repr_html_()
    text = html.unescape(re.sub("<[^>]*>", " ", shown))
    assert ship_sentence(hostile_study) in text.splitlines()[0]
    assert "".join(shown.split()).startswith('<divclass="curvefit"><p><strong>')
    picture = re.search(r'src="data:image/png;base64,([^"]+)"', shown)
    assert base64.b64decode(picture[1]) == figure.png(hostile_study) != b"\x89PNG"
    for point in hostile_study.points:
        assert f"{100 * point.accuracy.value:.1f}%" in text


def test_no_text_of_a_task_or_model_becomes_markup(hostile_study, make_task):
    study = hostile_study
    item = cf.Item("a", HOSTILE, HOSTILE, HOSTILE)
    missed = cf.Failures(HOSTILE, HOSTILE, 4, False, 1, (Failure(item, "other", 0.0, HOSTILE),), places={"a": HOSTILE})
    values = (study, study.curve, study.forecast, study.verdict, study.payoff, study.candidates, missed)
    for value in (*values, hostile_task(make_task)):
        shown = value._repr_html_()
        tags = Tags(shown)
        assert tags.names <= {"div", "p", "pre", "strong", "img", "table", "thead", "tbody", "tr", "th", "td"}
        assert tags.attributes <= {"class", "width", "alt", "src"}
        assert tags.open == []
        assert not {"\x1b", "\u202e"} & set(shown)


def test_the_first_screen_has_four_numbers_before_the_picture_and_the_next_command_behind_it(make_measured):
    study = cf.analyze(
        replace(make_measured(), path="data.jsonl", command=("curvefit", "run", "data.jsonl")), n_train=200
    )
    shown = study._repr_html_()
    four = re.findall(r"<tr><th>([^<]*)</th><td><strong>([^<]*)</strong>", shown)
    assert [name for name, _ in four][:3] == ["Best prompt", "Fine-tuning would add", "Chance of gaining over 2 points"]
    assert (len(four), four[0][1]) == (4, f"{100 * study.best.point.accuracy.value:.0f}%")
    places = [shown.index(part) for part in ("<strong>", "Best prompt", "<img ", "<p>Next: ", "<pre>curvefit ")]
    assert places == sorted(places)
    unpredicted = cf.analyze(cf.Curve.from_means([0, 4], [0.2, 0.5], n_items=50))._repr_html_()
    assert unpredicted.count("<strong>not known</strong>") == 1
    assert "More examples would add" in unpredicted


def measured_with_a_journal(folder):
    task = cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)], name="doubles", scorer="number")
    model = cf.resolve("simulated/flat")
    curve = cf.measure(task, cf.Design((0, 2), 2, 20), model, journal=folder / "j.sqlite")
    return task, cf.analyze(curve)


def test_errors_are_those_of_the_command_and_become_a_table(tmp_path, pandas):
    task, study = measured_with_a_journal(tmp_path)
    found = study.errors(task)
    assert found.items == 20
    table = found.to_frame()
    assert list(table) == ["id", "place", "code", "score", "input", "target", "answer", "reply"]
    assert table["id"] == [failure.item.id for failure in found.failures] != []
    assert f"{len(found.failures)} in at least one" in found._repr_html_()
    with pytest.raises(InputError, match=r"made in memory; give it: study\.errors\(task\)"):
        study.errors()
    with pytest.raises(InputError, match="where its replies are is not known"):
        replace(study, curve=replace(study.curve, journal="")).errors(task)


def test_errors_of_another_task_than_the_studys_are_refused(tmp_path):
    _, study = measured_with_a_journal(tmp_path)
    other = cf.Task.from_records([(f"{n} + 1", f"{n + 1}") for n in range(60)], name="doubles", scorer="number")
    with pytest.raises(InputError, match="have changed since"):
        study.errors(other)


def test_a_study_read_from_a_folder_finds_its_journal_there_and_no_file_names_it(tmp_path):
    task, study = measured_with_a_journal(tmp_path)
    cf.write_report(study, tmp_path / "out")
    assert str(tmp_path) not in (tmp_path / "out" / "study.json").read_text()
    assert cf.read_study(tmp_path / "out").curve.journal == ""
    (tmp_path / "j.sqlite").rename(tmp_path / "out" / "journal.sqlite")
    assert cf.read_study(tmp_path / "out").errors(task).items == 20


def test_candidates_become_a_table_and_stay_a_tuple(make_measured, pandas):
    candidates = cf.analyze(make_measured(), n_train=200).candidates
    table = candidates.to_frame()
    assert table["name"] == [each.name for each in candidates]
    assert table["low"] == [each.accuracy.low for each in candidates]
    assert isinstance(candidates, tuple)
    assert list(map(repr, pickle.loads(pickle.dumps(candidates)))) == list(map(repr, candidates))  # noqa: S301
    assert candidates[0].name in candidates._repr_html_()


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
    values += (study.advice, study.best, study.candidates, cf.Asking(limits=cf.SpendingLimits(calls=3, usd=0.5)))
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
    assert repr(study.advice).startswith(f"<Advice: {study.advice.action}; training {study.advice.training}; next ")
    assert repr(study.best) == f"<Prompt: {study.best.point.shots} shots; {study.best.accuracy:.3f}>"
    first = study.candidates[0]
    assert repr(study.candidates).startswith(f"<Candidates: {first.name} {first.accuracy.value:.3f}; ")
    cheaper = CheaperPrompt(study.points[1], False, cf.Estimate(0.01, -0.02, 0.04, 0.9))
    accuracy = study.points[1].accuracy
    assert repr(cheaper) == f"<CheaperPrompt: 1 shots; {accuracy:.3f}; the best adds +0.010 (-0.020 to +0.040)>"
    assert repr(cf.SpendingLimits(calls=3, usd=0.5)) == "SpendingLimits(usd=0.5, calls=3)"
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


def test_without_examples_there_is_one_draw_as_in_the_terminal(pandas, make_task):
    study = cf.analyze(cf.measure(make_task(), cf.Design((0, 2), draws=3, items=20), cf.resolve("simulated/flat")))
    assert study.to_frame()["n_draws"] == study.curve.to_frame()["n_draws"] == [1, 3]
    cells = [re.findall(r"<td>([^<]*)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", study._repr_html_())]
    assert [row[-1] for row in cells if row[:1] in (["0"], ["2"])] == ["1", "3"]


def test_scores_become_a_table_and_a_curve_again(make_measured, pandas):
    curve = make_measured()
    scores = curve.scores.copy()
    scores[2, 1, 5] = np.nan
    table = cf.Curve(curve.shots, scores).to_frame(by="trial")
    assert list(table) == ["shots", "draw", "item", "score"]
    np.testing.assert_array_equal(cf.Curve.from_frame(table).scores, scores)
    assert curve.to_frame(by="trial")["item"][:2] == ["i0", "i1"]


def test_what_was_never_asked_is_no_missing_reply_of_a_curve_made_again(make_measured, pandas):
    curve = make_measured()
    scores, unscored = curve.scores.copy(), np.zeros(curve.scores.shape, dtype=bool)
    scores[-1, 1:] = scores[-1, 0, 3:] = scores[0, 0, 0] = np.nan
    unscored[0, 0, 0] = True  # the one that was asked
    stopped = replace(curve, scores=scores, unscored=unscored)
    again = cf.Curve.from_frame(stopped.to_frame(by="trial"))
    np.testing.assert_array_equal(again.scores, scores)
    assert (again.missing, stopped.missing) == (1, 1)


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
