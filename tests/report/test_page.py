import base64
import functools
import hashlib
import html
import itertools
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from curvefit.curves.curve import Curve, Estimate
from curvefit.decision.break_even import Costs, TunedModel
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.measurement.measurement import Note
from curvefit.models.base import Usage
from curvefit.payoff.reference_class import reference_class
from curvefit.report.answer_text import ship_sentence
from curvefit.report.cost_text import money_answer
from curvefit.report.first_screen import tiles
from curvefit.report.page import _options, made_facts
from curvefit.report.page import page as whole_page
from curvefit.report.payoff_text import payoff_sentences
from curvefit.report.probe_reader import concluded_with_probe_beside
from curvefit.report.study_reader import open_study, read_study
from curvefit.report.terminal import summary, trend_sentence
from curvefit.study import analyze, with_costs

from .conftest import silenced

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% for x in y %}",
    "' onmouseover='x",
    "</title><svg onload=1>",
    "<!--",
    "$x^2$ \\frac",
]


REPORTS = Path(__file__).parents[2] / "reports"
PICTURE = '<svg role="img"></svg>'


def page(study, picture=PICTURE, folder=""):
    """Return the page with a picture that takes no time to draw."""
    return whole_page(study, picture, folder)


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


def test_the_name_of_an_option_is_marked_and_nothing_else_is():
    text = "a --retrieved 4 <b> -- x--y --max-usd, --"
    marked = '<span class="option">{}</span>'
    said = str(_options(text))
    assert said == f"a {marked.format('--retrieved')} 4 &lt;b&gt; -- x--y {marked.format('--max-usd')}, --"


def test_the_name_of_an_option_is_whole_in_tiles_and_lists():
    curve = Curve.from_means([0, 1, 4, 16], [0.3, 0.45, 0.6, 0.75], stderr=[0.03] * 4)
    said = page(analyze(curve))
    assert said.count("(--n-train)") == 0 < said.count('(<span class="option">--n-train</span>)')


@pytest.fixture(scope="session")
def written(study):
    """Return the page of each study, one of them with its drawings."""
    return whole_page(study) if study.retrieved else page(study)


def first_screen(text: str) -> str:
    """Return what is read before anything is unfolded, without the picture and the command."""
    shown = text[text.index("<h1>") : text.index("<details")]
    return " ".join(" ".join(Reader(re.sub(r"<svg.*?</svg>|<pre.*?</pre>", "", shown, flags=re.DOTALL)).words).split())


def test_what_to_ship_comes_before_the_curve_and_the_curve_before_the_table(study, written):
    assert written.index("<h1>") < written.index("<svg") < written.index("<details") < written.index("<table")
    assert first_screen(written).startswith(ship_sentence(study))


def test_the_first_screen_has_four_tiles_and_at_most_twelve_numbers(study, written):
    said = first_screen(written)
    assert written.count('class="value"') == 4
    assert len(re.findall(r"(?<![\w./-])[\d][\d.,]*", said)) <= 12, said


def test_nothing_on_the_first_screen_argues_with_what_is_advised(study, written):
    """The curve's own trend is told where the curve is."""
    said = first_screen(written)
    assert "rising" not in said
    assert trend_sentence(study) not in said
    assert trend_sentence(study) in " ".join(Reader(written).words)
    assert ("gain little or no accuracy" in said) == (study.advice.training == "does not pay")


def test_without_costs_no_word_on_the_page_can_be_taken_for_money(study, written):
    said = " ".join(" ".join(Reader(re.sub(r"<pre.*?</pre>", "", written, flags=re.DOTALL)).words).split())
    found = re.findall(r"[^.;]*\b(?:pays?|paid|worthwhile)\b[^.;]*", said)
    assert [each for each in found if "nothing was paid" not in each] == []
    terminal = summary(study, verbose=True).replace("nothing was paid", "")
    assert not re.search(r"\b(?:pays?|paid|worthwhile)\b", terminal)


PRICES = ("prompted_usd_per_1000", "tuned_usd_per_1000", "training_usd", "hosting_usd_per_month", "error_usd")
LOW = {**dict(zip(PRICES, (1.25, 0.15, 200.0, 50.0, 0.05), strict=True)), "labour_usd": 1500.0}
HIGH = {"calls_per_month": 250_000.0, "tuned_usd_per_1000": 0.6, "training_usd": 800.0, "labour_usd": 6000.0,
        "hosting_usd_per_month": 400.0, "error_usd": 0.4}  # fmt: skip


def every_costs():
    """Yield costs of which any may be alone or unknown, mistakes may be free, and all or one of the others a range."""
    for count in (0, 1, len(PRICES) - 1, len(PRICES)):
        for known in itertools.combinations(PRICES, count):
            yield Costs(100_000.0, **{name: LOW[name] for name in known})
    for free in (False, True):
        low = {**LOW, "error_usd": 0.0} if free else LOW
        high = {name: most for name, most in HIGH.items() if low.get(name, 1.0)}
        for ends in (high, *({name: most} for name, most in high.items())):
            yield Costs(100_000.0, **low, upper_ends=ends)
    yield Costs(
        100_000.0, **LOW, upper_ends=HIGH, tuned=TunedModel("small", Estimate(0.1, -0.1, 0.3, 0.9), "predicted")
    )


def costed_studies():
    """Yield studies whose first screens are full: of answers partly right, of a cheaper prompt, of trained models."""
    names = ("contacts/local-gemma3-270m", "contacts/local-smollm2-135m", "medical_redaction/local-smollm2-135m",
             "reviews/local-gemma3-270m", "alerts/local-gemma3-270m", "tickets/local-gemma3-270m")  # fmt: skip
    studies = [read_study(REPORTS / name) for name in names]
    partly = studies[0]
    cheaper = CheaperPrompt(partly.points[1], retrieved=False, added=Estimate(0.01, -0.02, 0.04, 0.9))
    yield from studies
    yield replace(partly, advice=replace(partly.advice, cheaper=cheaper))
    trained = tuple(
        ValidatedTraining(f"mine{n}", 64 * n, Estimate(0.9, 0.8, 0.95, 0.9), Estimate(0.15, 0.05, 0.24, 0.9), 3)
        for n in (1, 2, 3)
    )
    yield replace(partly, validated=trained)
    yield replace(partly, validated=trained, advice=replace(partly.advice, cheaper=cheaper))


def numbers_of(text):
    return re.findall(r"(?<![\w./-])[\d][\d.,]*", text)


@pytest.mark.slow
def test_with_costs_too_the_first_screen_has_at_most_twelve_numbers_and_the_rest_is_below():
    for study in costed_studies():
        for costs in every_costs():
            shown = page(with_costs(study, costs))
            said = first_screen(shown)
            assert len(numbers_of(said)) <= 12, (said, costs)
            answer, rest = money_answer(with_costs(study, costs))
            assert all(html.escape(each, quote=False) in shown.replace("&#39;", "'") for each in (*answer, *rest))


@pytest.mark.parametrize(
    ("error_usd", "label", "value", "note"),
    [
        (0.0, "Fine-tuning would save", "$60.00", "a month; mistakes counted as free; back after 2.4 years"),
        (0.05, "Fine-tuning would save", "$650 to $1,810", "a month, by the gain’s interval"),
    ],
)
def test_with_costs_the_last_tile_says_what_a_month_saves(error_usd, label, value, note):
    costs = Costs(100_000.0, **{**LOW, "error_usd": error_usd})
    tile = tiles(with_costs(read_study(REPORTS / "contacts/local-gemma3-270m"), costs))[-1]
    assert (tile.label, tile.value, tile.note) == (label, value, note)


@pytest.mark.parametrize(
    ("change", "value", "note"),
    [
        ({"tuned_usd_per_1000": 5.0, "error_usd": 0.0}, "$425.00",
         "a month more; mistakes counted as free; never back"),
        ({"hosting_usd_per_month": math.nan}, "$700 to $1,860",
         "a month, by the gain’s interval; before hosting: state hosting_usd_per_month in your costs"),
        ({"tuned_usd_per_1000": math.nan, "training_usd": math.nan}, "not known",
         "state tuned_usd_per_1000 and training_usd in your costs"),
        ({"tuned_usd_per_1000": 10.0}, "−$337 to $821", "a month, by the gain’s interval; below zero it costs more"),
    ],
)  # fmt: skip
def test_that_tile_says_where_it_costs_more_and_what_is_to_be_stated(change, value, note):
    costs = Costs(100_000.0, **{**LOW, **change})
    tile = tiles(with_costs(read_study(REPORTS / "contacts/local-gemma3-270m"), costs))[-1]
    assert (tile.value, tile.note.startswith(note)) == (value, True), tile
    assert tile.label.endswith("cost" if "more;" in note else "save")


@pytest.mark.parametrize(("name", "said"), [("training_usd", False), ("hosting_usd_per_month", True)])
def test_a_range_of_what_is_paid_once_does_not_make_what_a_month_saves_one(name, said):
    costs = Costs(100_000.0, **LOW, upper_ends={name: 5_000.0})
    tile = tiles(with_costs(read_study(REPORTS / "contacts/local-gemma3-270m"), costs))[-1]
    assert ("your ranges" in tile.note) is said


def test_a_step_of_more_numbers_than_the_first_screen_has_room_for_is_said_below_with_them():
    """Nothing in reach of measuring: five numbers say so."""
    study = read_study(REPORTS / "ferry_format/local-smollm2-135m")
    priced = with_costs(study, Costs(100_000.0, **{**LOW, "error_usd": 0.0}))
    stated, *later = priced.advice.next_steps
    assert stated.code == "state-error-usd"
    priced = replace(priced, advice=replace(priced.advice, next_steps=tuple(later)))
    first, _, folded = page(priced).partition('<details id="why">')
    assert "<p>Do not measure this curve further; see “Why”.</p>" in first
    assert "Do not measure this curve further: even " in folded
    assert "Measure no more" not in page(study).partition('<details id="why">')[0]


def test_what_makes_sums_of_money_wrong_stays_above_without_its_numbers():
    partly, none = (read_study(REPORTS / name) for name in (
        "contacts/local-gemma3-270m", "medical_redaction/local-smollm2-135m"))  # fmt: skip
    costs = Costs(100_000.0, **LOW)
    parts = "A partly right answer costs part of error_usd here: where any fault costs all of it, the sums do not hold."
    instead = "There is no prompt to ship: money is set against the best one, and depends on what you would do instead."
    said = {name: first_screen(page(with_costs(study, costs))) for name, study in (("parts", partly), ("none", none))}
    assert {name: (parts in text, instead in text) for name, text in said.items()} == {
        "parts": (True, False), "none": (False, True),
    }  # fmt: skip
    assert parts not in first_screen(page(with_costs(partly, replace(costs, error_usd=0.0))))


def test_brackets_in_a_tile_hold_an_interval_of_its_very_number():
    notes = 0
    for folder in sorted(path.parent for path in REPORTS.glob("*/local-smollm2-135m/study.json")):
        for tile in tiles(read_study(folder)):
            assert tile.note.find("(") <= 0, tile
            assert tile.note.count("(") <= 1, tile
            if tile.note.startswith("("):
                notes += 1
                assert ("%" in tile.note.partition(")")[0]) == ("%" in tile.value), tile
    assert notes > 20


def test_nothing_is_fetched_and_only_our_own_script_runs(written):
    reader = Reader(written)
    tags = [tag for tag, _ in reader.tags]
    assert not set(tags) & {"iframe", "object", "embed", "link", "img", "base"}
    assert tags.count("script") == 1
    for tag, attributes in reader.tags:
        assert not any(name.startswith("on") for name in attributes), tag
        assert "style" not in attributes, tag
        for name in ("src", "href", "xlink:href", "action"):
            kept = attributes.get(name, "#")
            assert kept.startswith("#") or (tag == "a" and kept.startswith("https://")), (tag, attributes)
    assert not re.search(r"url\((?!#)|@import", written)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("capitals/local-smollm2-135m", "The next step takes about"),
        ("ferry_facts/local-gemma3-270m-given", "The second step takes about"),
    ],
)
def test_what_a_step_takes_is_said_by_the_name_of_the_step_and_the_first_screen_says_where(name, said):
    """Seen: a step and its command, and no word that its calls and minutes are folded away below."""
    text = page(read_study(Path(__file__).parents[2] / "reports" / name))
    first, _, rest = text.partition("<details")
    assert f"<p>{said} " in rest
    assert first.count("What it takes: see “Why”.</p>") == 1


def test_a_step_that_takes_nothing_known_points_nowhere():
    text = page(read_study(Path(__file__).parents[2] / "reports/widgets/local-smollm2-135m"))
    assert "What it takes" not in text


def test_every_id_is_there_once_and_every_link_within_the_page_leads_somewhere(written):
    ids = [a["id"] for _, a in Reader(written).tags if "id" in a]
    assert len(ids) == len(set(ids))
    links = {a["href"][1:] for tag, a in Reader(written).tags if tag == "a" and a["href"].startswith("#")}
    assert links <= set(ids)


def test_no_text_of_a_file_turns_the_page_around(study):
    text = page(replace(study, curve=replace(study.curve, form="plain\x1b\u202e\ud800")))
    assert not {"\x1b", "\u202e", "\ud800"} & set(text)
    assert "plain form" in text


def test_the_page_states_a_policy_that_allows_its_own_script_and_style_alone(written):
    (policy,) = [a["content"] for _, a in Reader(written).tags if a.get("http-equiv") == "Content-Security-Policy"]
    digests = {
        tag: base64.b64encode(
            hashlib.sha256(re.search(f"<{tag}>(.*?)</{tag}>", written, re.DOTALL)[1].encode()).digest()
        )
        for tag in ("script", "style")
    }
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digests['script'].decode()}';"
        f" style-src 'sha256-{digests['style'].decode()}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


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
    table = re.search(r'id="curve">.*?<tbody>(.*?)</tbody>', written, re.DOTALL).group(1)
    assert [int(k.replace(",", "")) for k in re.findall(r'<th scope="row">([\d,]+)', table)] == [
        p.shots for p in study.points
    ]


def test_the_page_says_by_which_rule_a_verdict_is_given(make_measured):
    study = analyze(make_measured("level", items=200), margin=0.1)
    assert study.verdict.trend in {"plateau", "flat"}
    assert "within, the margin is at least 90%; flat where" in " ".join(page(study).split())
    assert study.verdict.probabilities.within >= study.level


@pytest.mark.parametrize(
    ("rate_limited", "faults", "said"),
    [
        (294, 0, "The server refused 294 of 1,294 requests for their rate; all were sent again and answered."),
        (1, 0, "The server refused 1 of 1,001 requests for their rate; it was sent again and answered."),
        (
            0,
            12,
            "12 of 1,012 requests got no usable reply (a server's error, a time-out, a lost connection or worker);",
        ),
        (294, 12, "The server refused 294 of 1,306 requests for their rate, and 12 got no usable reply (a server's"),
    ],
)
def test_the_page_says_how_often_a_server_had_to_be_asked_again(make_measured, rate_limited, faults, said):
    usage = Usage(1000, 10, 0, 1, 0.1, 1.0, rate_limited, faults)
    facts = dict(made_facts(make_measured(usage=usage)))
    assert facts["Sent again"].startswith(said)
    assert facts["Sent again"] in Reader(page(analyze(make_measured(usage=usage)))).words


def test_where_the_server_refused_nothing_nothing_is_said_and_what_is_missing_is_not_called_answered(make_measured):
    assert "Sent again" not in dict(made_facts(make_measured()))
    some = silenced(make_measured(usage=Usage(1000, 10, 0, 1, 0.1, 1.0, 7)), 0)
    assert dict(made_facts(some))["Sent again"].endswith("for their rate; not all were answered in the end.")


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
    assert reference_class(study.payoff).thin == ("predicted from few cases" in first_screen(text))
    assert "predicts no payoff" not in said


def test_the_page_without_a_prediction_has_no_cases_and_says_what_is_lacking(make_measured):
    text = page(analyze(make_measured(kind="")))
    kind = '<span class="option">--kind</span>'
    assert text.count(f"give the kind of task ({kind}, or kind in task.yaml)") == 2, "above, and in its part"
    assert 'id="cases"' not in text
    assert text.count("<table") == page(analyze(make_measured())).count("<table") - 1


def test_what_a_classifier_learns_is_a_table_of_its_own():
    study = read_study(Path(__file__).parents[2] / "reports/tickets/local-gemma3-270m")
    shown, bare = page(study, ""), page(replace(study, baseline=None), "")
    assert "A plain text classifier, trained on so many examples" in shown
    assert "trained on so many examples" not in bare
    assert all(f'<th scope="row">{point.shots}</th>' in shown for point in study.baseline.points(study.level))


def test_the_first_screen_says_the_next_step_of_the_terminal_and_its_command():
    """A reader who is told to show similar examples has use for the prompt, and none for the run that was made."""
    study = read_study(Path(__file__).parents[2] / "reports/tickets/local-gemma3-270m")
    text = page(study, "", "reports/tickets/local-gemma3-270m")
    assert "Next Show each input the examples most similar to it." in first_screen(text)
    shown = text[text.index("<h1>") : text.index("<details")]
    assert shown.count("<pre") == 1
    assert "curvefit prompt reports/tickets/local-gemma3-270m</pre>" in re.sub("</?(code|span)[^>]*>", "", shown)


def test_a_training_on_too_few_items_to_leave_out_a_loss_decides_nothing():
    study, _ = concluded_with_probe_beside(open_study("reports/sales_email/local-gemma3-270m"))
    said = page(study, "")
    assert "for now; too few items to say whether fine-tuning gains accuracy." in first_screen(said)
    assert "Next Score more items, 100 in all." in first_screen(said)
    assert "changed by +23.8 points (90% interval +3.4 to +44.2) against its own best prompt" in said
    assert "Fine-tuning was tried" not in said


@pytest.mark.parametrize(
    ("name", "decides"),
    [
        (
            "query_json/local-gemma3-270m",
            "Fine-tuning was tried, and that decides: on 200 examples the model changed",
        ),
        ("tickets/local-smollm2-135m", "A plain text classifier decides: trained on 600 examples, it reaches"),
        ("tickets/local-gemma3-270m", "The best prompt leaves fine-tuning no room to gain more than the margin."),
        ("capitals/local-smollm2-135m", ""),
    ],
)
def test_what_decides_on_training_is_among_the_reasons(name, decides):
    study, _ = concluded_with_probe_beside(open_study(f"reports/{name}"))
    said = page(study, "")
    why = said[said.index('id="why"') : said.index("</ul>", said.index('id="why"'))]
    assert decides in why
    assert ("decide" in why) == ("decide" in decides)
