"""The site of docs/ holds all that its pages link to. `make docs` builds it, where any warning is an error."""

from __future__ import annotations

import html
import re
from dataclasses import asdict
from types import SimpleNamespace

import pytest

import curvefit
from benchmarks.pages import gallery, prices, site
from curvefit.cli.main import _COMMANDS
from curvefit.decision.training_prices import training_prices
from curvefit.report.probe_reader import concluded_with_probe_beside
from curvefit.report.study_reader import open_study


@pytest.mark.parametrize(
    ("page", "link", "target", "uri"),
    [
        ("docs/payoff.md", "deciding.md", "docs/deciding.md", "deciding.md"),
        ("docs/payoff.md", "../reports/verdicts.md", "reports/verdicts.md", "reports/verdicts.md"),
        ("docs/payoff.md", "../sample_tasks", "sample_tasks/README.md", "sample_tasks/README.md"),
        ("CONTRIBUTING.md", "docs/README.md", "docs/README.md", "README.md"),
        ("reports/payoff/README.md", "gains.svg", "reports/payoff/gains.svg", "reports/payoff/gains.svg"),
    ],
)
def test_a_link_of_the_repository_finds_its_place_in_the_site(page, link, target, uri):
    assert site.linked(page, link) == target
    assert site.site_path(target) == uri


@pytest.mark.parametrize(
    ("here", "written", "shown"),
    [
        ("payoff.md", "[a](../reports/verdicts.md#b)", "[a](reports/verdicts.md#b)"),
        ("sample_tasks/README.md", "[a](../docs/measuring.md)", "[a](../measuring.md)"),
        ("gallery.md", '<img src="../reports/a/curve.svg" width="9">', '<img src="reports/a/curve.svg" width="9">'),
        ("payoff.md", "[a](https://a.example/b) [c](#d)", "[a](https://a.example/b) [c](#d)"),
    ],
)
def test_links_are_pointed_to_that_place(here, written, shown):
    page = SimpleNamespace(file=SimpleNamespace(src_uri=here))
    assert site.on_page_markdown(written, page=page) == shown


def test_every_public_name_is_on_the_page_of_names_once():
    assert sorted(re.findall(r"^::: curvefit\.(\w+)$", site.api_page(), re.MULTILINE)) == curvefit.__all__


def test_every_command_is_on_the_page_of_help_with_its_options():
    page = site.help_page()
    assert re.findall(r"^## curvefit ?(.*)$", page, re.MULTILINE) == ["", *_COMMANDS]
    assert page.count("Show this message and exit.") == 1 + len(_COMMANDS)
    assert "--until-decided" in page


def test_links_for_agents_lead_to_pages_of_the_site():
    assert "](ten-minutes.html)" in site.llms_page()
    assert "](index.html)" in site.llms_page()
    assert ".md)" not in site.llms_page()


def test_the_gallery_has_every_study_and_every_picture_is_there():
    written = gallery.PAGE.read_text(encoding="utf-8")
    studies = {path.parent for path in gallery.REPORTS.glob("*/*/study.json")} - set(gallery.REPORTS.glob("payoff/*"))
    shown = {(gallery.PAGE.parent / link).resolve().parent for link in re.findall(r"\(([^)]*report\.html)\)", written)}
    assert shown == studies, "run: make pages"
    pictures = [gallery.PAGE.parent / link for link in re.findall(r'<img src="([^"]+)"', written)]
    assert len(pictures) > 40
    assert all(picture.is_file() for picture in pictures)


def test_the_gallery_says_which_trainings_a_report_counts():
    assert "counts probes and validations made since, not what the\nlaboratory trained" in gallery.PAGE.read_text(
        "utf-8"
    )
    for task, counted in (("contacts", [128]), ("crm_cards", []), ("reviews", [])):
        study, _ = concluded_with_probe_beside(open_study(gallery.REPORTS / task / "local-gemma3-270m"))
        assert [probe.n_train for probe in study.payoff.probes][-1:] == counted
        assert ("[laboratory]" in gallery.entry(gallery.REPORTS / task / "local-gemma3-270m")[0]) == (not counted)


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ("contacts/local-smollm2-135m", ["- Predicted for"]),
        (
            "contacts/local-gemma3-270m",
            ["- Predicted when prompts were measured, for", "- Predicted by the report today, for"],
        ),
        (
            "tickets/local-gemma3-270m",
            ["- Predicted when prompts were measured, for", "- Predicted by the report today, for"],
        ),
    ],
)
def test_the_gallery_predicts_what_the_report_does_and_says_what_was_predicted_before(of, says):
    folder = gallery.REPORTS / of
    study, _ = concluded_with_probe_beside(open_study(folder))
    text, _ = gallery.entry(folder)
    predicted = [line.partition(" fine-tuning on ") for line in text.splitlines() if line.startswith("- Predicted")]
    assert predicted[-1][2].endswith(f"a gain of {gallery._points(asdict(study.payoff.gain))}.")
    assert [said for said, _, _ in predicted] == says


def test_the_gallery_has_no_minus_before_nothing():
    assert gallery._points({"value": -0.0004, "low": -0.05, "high": 0.0}) == "+0.0 (−5.0 to +0.0) points"


def test_the_gallery_says_of_a_study_what_it_says_today():
    text, held = gallery.entry(gallery.REPORTS / "tickets" / "local-gemma3-270m")
    assert text in gallery.PAGE.read_text(encoding="utf-8"), "run: make pages"
    assert held


def test_beside_how_many_intervals_held_the_gallery_says_how_many_should():
    said = gallery.caution([True] * 7 + [False] * 3, [True, False])
    assert "7 of 10 predictions came true within their 90% intervals; about 9 should." in said
    (counts,) = re.findall(
        r"(\d+) of (\d+) predictions .*? Of the (\d+) .*?, (\d+)\s+came true;",
        gallery.PAGE.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    held, tried, new, new_held = map(int, counts)
    written = gallery.caution([n < held for n in range(tried)], [n < new_held for n in range(new)])
    assert written in gallery.PAGE.read_text(encoding="utf-8"), "run: make pages"


@pytest.mark.parametrize(
    ("low", "gain", "high", "is_true"),
    [
        (0.33, 0.33, 0.33, False),  # 0.13 above, where the prediction alone leaves 0.12
        (0.28, 0.33, 0.38, True),  # hypot(0.12, 0.05) is 0.13
        (0.08, 0.09, 0.10, False),  # 0.11 below, where both leave hypot(0.1, 0.01)
        (0.04, 0.09, 0.14, True),
    ],
)
def test_a_prediction_came_true_where_its_error_and_that_of_the_measurement_allow(low, gain, high, is_true):
    predicted = {"value": 0.2, "low": 0.1, "high": 0.32}
    assert gallery.came_true(predicted, {"value": gain, "low": low, "high": high}) is is_true


def test_a_stored_report_says_what_the_gallery_says_of_its_study():
    entries = re.findall(
        r"\*\*[^*]+? on [^*:]+: ([^*]+)\*\* \[The report\]\(([^)]+)\)", gallery.PAGE.read_text("utf-8")
    )
    assert len(entries) > 60
    for said, link in entries:
        report = (gallery.PAGE.parent / link).read_text(encoding="utf-8")
        assert f"<h1>{html.escape(said, quote=False)}</h1>" in report, f"{link}: run: make pages"


def test_no_stored_report_has_more_than_twelve_numbers_on_its_first_screen():
    """Those in the picture and in a command stand apart."""
    for report in gallery.REPORTS.glob("*/*/report.html"):
        first = report.read_text(encoding="utf-8").partition("<h1>")[2].partition("<details")[0]
        said = html.unescape(re.sub(r"(?s)<svg.*?</svg>|<pre.*?</pre>|<code.*?</code>|<[^>]*>", " ", first))
        numbers = re.findall(r"(?<![\w./-])\d[\d.,]*", said)
        assert len(numbers) <= 12, f"{report}: {numbers}"


def test_a_gain_is_over_prompts_of_the_kinds_that_the_study_has(tmp_path):
    study = {"task": "tickets", "model": "local/smollm2-135m", "measurement": {}, "retrieved": None}
    (gain, text), (gain_over_similar, _) = (
        next(gallery.measured({**study, "retrieved": similar}, tmp_path)) for similar in (None, [{"shots": 4}])
    )
    assert (round(gain["value"], 2), round(gain_over_similar["value"], 2)) == (0.50, 0.0)
    assert "100% after fine-tuning on 512 examples" in text
    assert not list(gallery.measured({**study, "measurement": {"overrides": {"context": "none"}}}, tmp_path))


def test_the_table_of_prices_is_the_list_that_is_shipped():
    assert prices.page() == prices.PAGE.read_text(encoding="utf-8"), "run: make pages"
    assert prices.table().count("\n") == 2 + len(training_prices())
