import functools
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from curvefit.curves.curve import Curve
from curvefit.measurement.measurement import Note
from curvefit.payoff.reference_class import reference_class
from curvefit.report import read_study
from curvefit.report.page import page
from curvefit.report.payoff_text import payoff_sentences
from curvefit.report.terminal import headline
from curvefit.study import analyze

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% for x in y %}",
    "' onmouseover='x",
    "</title><svg onload=1>",
    "<!--",
    "$x^2$ \\frac",
]


class Reader(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="session")
def written(study):
    """Return the page of each study, drawn once."""
    return page(study)


def test_the_verdict_comes_before_the_curve_and_the_curve_before_the_table(study, written):
    assert written.index("<h1>") < written.index("<svg") < written.index("<table")
    said = " ".join(Reader(written[written.index("<h1>") : written.index("<figure>")]).words)
    for part in headline(study).split(". "):
        assert part.rstrip(".") in " ".join(said.split())


def test_nothing_is_fetched_and_nothing_runs(written):
    reader = Reader(written)
    assert not {tag for tag, _ in reader.tags} & {"script", "iframe", "object", "embed", "link", "img", "form", "base"}
    for tag, attributes in reader.tags:
        assert not any(name.startswith("on") for name in attributes), tag
        for name in ("src", "href", "xlink:href", "action"):
            assert attributes.get(name, "#").startswith("#"), (tag, attributes)
    assert not re.search(r"url\((?!#)|@import", written)


def test_no_text_of_a_file_turns_the_page_around(study):
    text = page(replace(study, curve=replace(study.curve, form="plain\x1b\u202e\ud800")))
    assert not {"\x1b", "\u202e", "\ud800"} & set(text)
    assert "plain form" in text


def test_the_page_states_a_policy_that_forbids_both(written):
    policies = [a["content"] for tag, a in Reader(written).tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


@pytest.fixture(scope="module")
def named(make_measured):
    """Return a maker of pages whose every name is the given one."""

    @functools.cache
    def page_of(name):
        return page(analyze(make_measured(task=name, model=name, kind=name, notes=(Note("asking", name),))))

    return page_of


@pytest.mark.parametrize("name", HOSTILE)
def test_untrusted_text_stays_text(named, name):
    calm, wild = named("calm"), named(name)
    tags = [
        [tag for tag, _ in Reader(re.sub(r"<svg.*</svg>", "", text, flags=re.DOTALL)).tags] for text in (calm, wild)
    ]
    assert tags[0] == tags[1]
    assert name not in wild or "<" not in name
    assert " ".join(name.split()) in " ".join(" ".join(Reader(wild).words).split())


def test_the_table_has_a_row_for_each_number_of_shots(study, written):
    table = re.search(r"<tbody>(.*?)</tbody>", written, re.DOTALL).group(1)
    assert [int(k.replace(",", "")) for k in re.findall(r'<th scope="row">([\d,]+)', table)] == [
        p.shots for p in study.points
    ]


def test_the_page_says_by_which_rule_a_verdict_is_given(make_measured):
    study = analyze(make_measured("level", items=200), margin=0.1)
    assert study.verdict.trend in {"plateau", "flat"}
    assert "within, the margin is at least 90%; flat where" in " ".join(page(study).split())
    assert study.verdict.probabilities.within >= study.level


def test_the_rule_of_thumb_is_quoted_with_its_evidence(make_measured):
    assert "on 67 published pairs of prompted and fine-tuned accuracy it was no better than a coin" in page(
        analyze(make_measured("level", items=200), margin=0.1)
    )


def test_the_page_says_what_its_intervals_count(make_measured):
    one = page(analyze(make_measured(draws=1)))
    assert "one draw cannot show" in one
    assert "two sources" not in one
    assert "which examples were shown, and the rest" in page(analyze(make_measured()))
    assert "standard errors in the file" in page(analyze(Curve.from_means([1, 2, 4], [0.2, 0.3, 0.4], 0.02)))


def test_the_page_names_the_cases_a_prediction_rests_on_with_figures_and_citation(make_measured):
    study = analyze(make_measured(), margin=0.05)
    text = page(study)
    said = " ".join(" ".join(Reader(text).words).split())
    units = reference_class(study.payoff).units
    assert len(units) > 1
    for unit in units:
        row = f"{unit.task}, {unit.model} {100 * unit.best_prompted:.0f}% {100 * unit.fine_tuned:.0f}%"
        assert row in said
        assert unit.citation in said
    assert payoff_sentences(study)[-1] in said
    above = said[: said.index("What was measured")]
    assert "Fine-tuning on 64 examples is predicted" in above
    assert ("Thin evidence" in above) == reference_class(study.payoff).thin
    assert "predicts no payoff" not in said


def test_the_page_without_a_prediction_has_no_cases_and_says_what_is_lacking(make_measured):
    text = page(analyze(make_measured(kind="")))
    assert text.count("give the kind of task (--kind, or kind in task.yaml)") == 2, "above, and in its section"
    assert "rests on" not in text
    assert text.count("<table") == page(analyze(make_measured())).count("<table") - 1


def test_what_a_classifier_learns_is_a_table_of_its_own():
    study = read_study(Path(__file__).parents[2] / "reports/tickets/local-gemma3-270m")
    shown, bare = page(study, ""), page(replace(study, baseline=None), "")
    assert "A plain text classifier, trained on so many examples" in shown
    assert "trained on so many examples" not in bare
    assert all(f'<th scope="row">{point.shots}</th>' in shown for point in study.baseline.points(study.level))
