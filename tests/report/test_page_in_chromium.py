"""The pages in a real browser: nothing of a task's, a model's or a reply's runs, loads or breaks the layout."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from curvefit.curves.curve import Estimate
from curvefit.decision.break_even import Costs
from curvefit.decision.candidates import Candidate
from curvefit.measurement.failures import CODES, Failure, Failures, SuspectTarget
from curvefit.measurement.judged_replies import JudgedReply
from curvefit.measurement.measurement import Measurement, Note
from curvefit.measurement.training_effect import TrainingEffect
from curvefit.models.base import Usage
from curvefit.payoff.predictor import Probed
from curvefit.report import figure
from curvefit.report.comparison_page import comparison_page
from curvefit.report.comparison_report import choice_sentences
from curvefit.report.page import page
from curvefit.report.probe_page import probe_page
from curvefit.report.study_reader import read_study
from curvefit.report.training_bars import picture_of_probe, picture_of_validation
from curvefit.report.validation_page import validation_page
from curvefit.study import Study, analyze, with_costs
from curvefit.tasks.task import Item
from curvefit.training.remote_training import RemoteFineTuning
from curvefit.workflows.fine_tuning_probe import Probe, conclude_probe
from curvefit.workflows.study_comparison import compare
from curvefit.workflows.validation import Validation, conclude_validation
from tests.chromium import Chromium, find

BROWSER = find()
pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed"),
    pytest.mark.slow,
]
WIDTHS = (1280, 390)
TRUTHS = ("rising", "level")
PAGES = ("report", "comparison", "probe", "validation")
HOSTILE = (
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 1</script>",
    "</style><script>window.hacked = 1</script>",
    "\"><img src='http://127.0.0.1:9/x' onerror='window.hacked = 1'>",
    "' onfocus='window.hacked = 1' autofocus='",
    "<svg/onload='window.hacked = 1'>",
    "<iframe src='javascript:parent.hacked = 1'></iframe>",
    "<meta http-equiv='refresh' content='0;url=http://127.0.0.1:9/'><base href='http://127.0.0.1:9/'>",
    "<link rel='stylesheet' href='http://127.0.0.1:9/a.css'>",
    "<style>@import 'http://127.0.0.1:9/b.css'; * { display: none }</style>",
    "{{ 7 * 7 }}{% include 'page.js' %}",
    "]]><!--",
    "$\\frac{1}{0}$",
    "\u202eright to left \x1b[31m\x00",
    "w" * 3000,
    "</details></main><form action='http://127.0.0.1:9/'><button autofocus>",
)
ALL = " ".join(HOSTILE)


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Chromium]:
    started = Chromium(BROWSER or "", tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


def some_failures(texts: Sequence[str]) -> Failures:
    """Return failures of all kinds, made of nothing but these texts; the last one is the longest."""
    *_, longest = texts
    reply = JudgedReply("i", 4, 0, False, longest, longest, 0.0)
    failures = [
        Failure(
            Item(f"{text} {n}", text, target=text, context=text), CODES[n % len(CODES)], 0.0, text,
            (text, longest), (longest, text),
            (replace(reply, text=text), replace(reply, draw=1, score=0.5), replace(reply, shots=0)),
        )
        for n, text in enumerate(texts)
    ]  # fmt: skip
    e = Estimate(0.5, 0.4, 0.6, 0.9)
    return Failures(
        task=longest, model=longest, shots=4, retrieved=False, items=99, failures=tuple(failures),
        by_label=dict.fromkeys(texts, e), by_field=dict.fromkeys(texts, e),
        confusion=tuple((text, longest, 2) for text in texts),
        suspects=tuple(SuspectTarget(text, text, longest, 0.9, "replies") for text in texts),
        resembling=tuple((text, 2) for text in texts), lost=3, places={texts[0]: longest},
    )  # fmt: skip


@pytest.fixture(scope="module")
def hostile(make_measured) -> Study:
    """Return a study that is hostile in every place that takes a text."""
    usages = tuple(Usage(60, 100, 0, 10, 0.1 * (n + 1), 2.0) for n in range(6))
    made = replace(
        make_measured(), task=ALL, model=ALL, kind="classification", form=ALL, usage_by_shots=usages, path=ALL,
        items=tuple(f"{n} {ALL}" for n in range(60)), notes=(Note("import", ALL), Note("task", ALL)),
        stopped="--max-usd",
        command=("curvefit", "run", ALL.translate({ord(c): None for c in "\u202e\x1b\x00"}), "-m", "x"),
    )  # fmt: skip
    return analyze(made, margin=0.05, probes=[Probed(ALL, 0.5, 64, Estimate(0.1, 0.0, 0.2, 0.9))])


@pytest.fixture(scope="module")
def pictures(hostile) -> dict[str, str]:
    """Return the pictures of what training gave, of hostile names."""
    values = {
        "probe": picture_of_probe(a_probe(hostile)), "validation": picture_of_validation(a_validation(hostile)),
    }  # fmt: skip
    return {name: figure.pictures(value).page for name, value in values.items()}


@pytest.fixture(scope="module")
def pages(tmp_path_factory, make_measured, hostile, pictures) -> dict[str, Path]:
    """Return pages of both sorts, hostile in every place that takes a text."""
    folder = tmp_path_factory.mktemp("pages")
    study = hostile
    candidates = [
        Candidate(text[:90], ALL, n, "measured", Estimate(0.5, 0.4, 0.6, 0.9), 0.1 * (n + 1))
        for n, text in enumerate(HOSTILE)
    ]
    frontier = figure.frontier_pictures(candidates).page
    text = page(study, folder=f"out/{HOSTILE[3]}", frontier=frontier, found=some_failures([*HOSTILE, ALL]))
    compared = compare(
        {HOSTILE[n]: analyze(make_measured(truth, task=ALL, model=HOSTILE[n])) for n, truth in enumerate(TRUTHS)}
    )
    compared = replace(
        compared, inputs=MappingProxyType(dict.fromkeys(study.curve.items, ALL)), candidates=tuple(candidates),
        missed=HOSTILE,
    )  # fmt: skip
    pictured = comparison_page(compared, figure.pictures(compared).page, frontier, choice_sentences(compared))
    changes = replace(some_failures(HOSTILE), training=changed())
    written = {
        "report": text,
        "comparison": pictured,
        "probe": probe_page(a_probe(study), pictures["probe"], HOSTILE[3], HOSTILE[4], changes),
        "validation": validation_page(a_validation(study), pictures["validation"], changes),
    }
    for name, page_text in written.items():
        (folder / f"{name}.html").write_text(page_text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in written}


def changed() -> TrainingEffect:
    """Return items that training changes in each way, made of hostile texts."""
    reply = JudgedReply(ALL, 0, 0, False, ALL, ALL, 0.0)
    return TrainingEffect(
        32,
        {text: ("mended", "broken", "wrong")[n % 3] for n, text in enumerate(HOSTILE)},
        {text: (reply, replace(reply, draw=1, text=text)) for text in HOSTILE},
        dict.fromkeys(HOSTILE, (reply,)),
        {text: Item(text, text, target=text, context=ALL) for text in HOSTILE},
    )


def a_probe(study: Study, name: str = ALL) -> Probe:
    """Return a probe of one seed at a provider, whose names are hostile by default."""
    scores = (np.random.default_rng(1).random((3, 1, 60)) < 0.6).astype(float)
    curve = replace(study.curve, shots=np.array([0, 32, 64]), scores=scores, readable=None, choices=None, design=None,
                    usage_by_shots=())  # fmt: skip
    return conclude_probe(study, curve, tuple(RemoteFineTuning(n, 0, 3, name, name, name, 9, 0.5) for n in (32, 64)))


def a_validation(study: Study, name: str = ALL) -> Validation:
    """Return a validation of a model whose name is hostile by default."""
    scores = (np.random.default_rng(2).random((1, 1, 60)) < 0.7).astype(float)
    about = {"items": study.curve.items, "model": name, "form": study.curve.form, "notes": (Note("asking", name),)}
    return conclude_validation(study, Measurement(shots=np.array([0]), scores=scores, **about), 64)


UNFOLD_MAIN = "document.querySelectorAll('main > details').forEach((part) => { part.open = true; })"
UNFOLD = "document.querySelectorAll('details').forEach((part) => { part.open = true; })"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_hostile_runs_loads_or_breaks_the_layout(browser, pages, name, width):
    browser.open(pages[name], width)
    browser.run(UNFOLD)
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("window.hacked === undefined")
    assert browser.run("document.querySelectorAll('script').length") == 1
    assert browser.run("getComputedStyle(document.querySelector('h1')).display") == "block"
    assert [url[:100] for url in browser.requests if not url.startswith("data:")] == [pages[name].as_uri()]
    assert browser.complaints == []


def test_the_checks_above_see_what_they_look_for(browser, tmp_path):
    wild = tmp_path / "wild.html"
    wild.write_text(
        f"<body>{HOSTILE[0]}<img src='http://127.0.0.1:9/x'><script>nowhere()</script><p style='width: 999px'>w"
    )
    browser.open(wild, 390)
    assert browser.run("window.hacked") == 1
    assert "http://127.0.0.1:9/x" in browser.requests
    assert browser.complaints
    assert browser.run("document.documentElement.scrollWidth") > 390


@pytest.mark.parametrize(("name", "there"), [("report", "Missed items"), *((each, "Read them") for each in PAGES[1:])])
def test_without_scripting_the_page_says_the_same_but_for_what_filters_and_switches(browser, pages, name, there):
    shown = {}
    for script in (True, False):
        browser.open(pages[name], script=script)
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
        browser.run("document.querySelectorAll('form, button, .axis, script').forEach((each) => each.remove())")
        shown[script] = browser.run(f"{UNFOLD}; document.body.innerText")
    assert shown[True] == shown[False]
    assert there in shown[False]


@pytest.mark.parametrize(("name", "kind"), [("probe", "mended"), ("comparison", "0")])
def test_items_that_changed_are_filtered_as_errors_are(browser, pages, name, kind):
    browser.open(pages[name])
    before = browser.run("[...document.querySelectorAll('.miss')].map((row) => row.dataset.kind)")
    browser.run(
        f"document.querySelector('form.filters').elements.kind.value = '{kind}';"
        "document.querySelector('form.filters').dispatchEvent(new Event('input'))"
    )
    after = browser.run("[...document.querySelectorAll('.miss:not([hidden])')].map((row) => row.dataset.kind)")
    assert after == [each for each in before if each == kind]
    assert 0 < len(after) < len(before)


def test_errors_are_filtered_by_words_kind_and_candidate(browser, pages):
    browser.open(pages["report"])
    shown = "[...document.querySelectorAll('.miss')].filter((row) => !row.hidden).length"
    total = browser.run(shown)
    assert total == len(HOSTILE) + 1
    choose = "(() => {{ const form = document.querySelector('form.filters'); form.elements['{}'].value = '{}';" + (
        "form.dispatchEvent(new Event('input')); return {}; }})()"
    )
    assert browser.run(choose.format("kind", "format", shown)) == sum(
        CODES[n % len(CODES)] == "format" for n in range(total)
    )
    assert browser.run(choose.format("words", "no such words", shown)) == 0
    assert browser.run("document.querySelector('form.filters output').textContent") == f"0 of {total} shown"


@pytest.fixture(scope="module")
def plain(tmp_path_factory, make_measured) -> Path:
    """Return a page of a study of every part."""
    probed = Probed("small", 0.5, 64, Estimate(0.1, 0.0, 0.2, 0.9))
    study = analyze(make_measured(task="tickets", model="m", path="tasks/tickets"), margin=0.05, probes=[probed])
    file: Path = tmp_path_factory.mktemp("plain") / "report.html"
    file.write_text(page(study, folder="out", found=some_failures(["a", "b", "long"])), encoding="utf-8")
    return file


def edge(browser, part: str, side: str) -> float:
    """Return where a side of a part of the page lies."""
    return browser.run(f"document.querySelector('{part}').getBoundingClientRect().{side}")


def test_the_first_screen_holds_the_answer_the_picture_and_the_command(browser, plain):
    browser.open(plain)
    for part in ("h1", ".tiles", "figure svg", "pre"):
        assert edge(browser, part, "bottom") <= 800, part
    assert edge(browser, "figure", "right") < edge(browser, "pre", "left"), "side by side"


@pytest.mark.parametrize("costs", [False, True])
@pytest.mark.parametrize(
    "name", ["tickets/local-smollm2-135m", "contacts/local-gemma3-270m", "kubectl/local-gemma3-270m"]
)
def test_that_of_a_phone_holds_the_answer_the_tiles_and_the_command_and_the_picture_follows(
    browser, tmp_path, name, costs
):
    study, file = read_study(f"reports/{name}"), tmp_path / "page.html"
    priced = with_costs(study, Costs(100_000.0, 1.25, 0.15, 200.0, 1500.0, 50.0, 0.05)) if costs else study
    file.write_text(page(priced, '<svg width="9" height="9"></svg>', folder="out"), encoding="utf-8")
    browser.open(file, 390)
    for part in ("h1", ".tiles", "pre"):
        assert edge(browser, part, "bottom") <= 844, part
    assert edge(browser, "figure", "top") > edge(browser, ".next", "bottom")


@pytest.mark.parametrize("name", ["probe", "validation"])
def test_so_does_that_of_what_training_gave(browser, tmp_path, make_measured, pictures, name):
    study = analyze(make_measured(task="tickets", model="m", path="tasks/tickets"), margin=0.05)
    made = {"probe": (probe_page, a_probe), "validation": (validation_page, a_validation)}
    write, conclude = made[name]
    file = tmp_path / "page.html"
    file.write_text(write(conclude(study, "ft:m"), pictures[name]), encoding="utf-8")
    browser.open(file)
    for part in ("h1", ".tiles", "figure svg", "pre"):
        assert edge(browser, part, "bottom") <= 800, part
    browser.open(file, 390)
    assert edge(browser, "pre", "bottom") <= 844


def seen(browser) -> list[str]:
    """Return which drawings of the first picture are to be seen, and whether each fits what it is in."""
    fits = "parent.scrollWidth <= parent.clientWidth && innerWidth >= box.right"
    return browser.run(
        "[...document.querySelector('figure').querySelectorAll('svg')].flatMap((svg) => {"
        " const box = svg.getBoundingClientRect(), parent = svg.parentElement;"
        " const axis = svg.closest('.drawing').dataset.axis;"
        f" return box.width ? [`${{axis}} ${{parent.className}} ${{{fits} ? 'whole' : 'cut'}}`] : []; }})"
    )


@pytest.mark.parametrize(("width", "form"), [(390, "slim"), (1000, "slim"), (1280, "broad")])
def test_a_picture_is_seen_whole_and_its_text_is_large_enough_at_any_width(browser, plain, width, form):
    browser.open(plain, width)
    assert seen(browser) == [f"log {form} whole"]
    assert browser.run("document.documentElement.scrollWidth") <= width
    # A letter is scaled by its size in points over a hundred, and the drawing from points to pixels.
    smallest = browser.run(
        "Math.min(...[...document.querySelectorAll('figure svg')].filter((svg) => svg.getBoundingClientRect().width)"
        ".flatMap((svg) => [...svg.querySelectorAll('g[transform*=scale]')].map((text) => 100 * svg.getScreenCTM().a *"
        " Number(text.getAttribute('transform').match(/scale\\(([\\d.]+)/)[1]))))"
    )
    assert 11 <= smallest <= 16


def test_the_switch_changes_the_axis_and_points_say_their_numbers_on_both(browser, plain):
    browser.open(plain)
    said = "[...document.querySelectorAll('.drawing:not([hidden]) .broad title')].map((each) => each.textContent)"
    on_log = browser.run(said)
    assert len(on_log) > 5
    browser.run("document.querySelector('.axis input').click()")
    assert seen(browser) == ["linear broad whole"]
    assert browser.run(said) == on_log
    browser.run("document.querySelector('.axis input').click()")
    assert seen(browser) == ["log broad whole"]
    browser.open(plain, script=False)
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert seen(browser) == ["log broad whole"]
    assert browser.run("document.querySelector('.axis') === null")


def test_letters_that_another_drawing_defines_are_drawn(browser, plain):
    browser.open(plain, 390)
    drawn, missing = browser.run(
        "(() => { const uses = [...document.querySelectorAll('.drawing:not([hidden]) .slim use')];"
        " const size = (use) => use.getBoundingClientRect().width + use.getBoundingClientRect().height;"
        " const path = (use) => document.getElementById(use.getAttribute('xlink:href').slice(1)).getAttribute('d');"
        " return [uses.length, uses.filter((use) => path(use) && size(use) === 0).length]; })()"
    )
    assert drawn > 50
    assert missing == 0


@pytest.mark.parametrize(("media", "width"), [("", 390), ("", 1280), ("print", 390)])
def test_a_command_is_broken_and_not_cut(browser, plain, media, width):
    cut = "(() => { const block = document.querySelector('pre'); return block.scrollWidth > block.clientWidth; })()"
    browser.open(plain, width)
    browser.run("document.querySelector('pre span:last-child').textContent = 'reports/house_code/'.repeat(9)")
    browser.call("Emulation.setEmulatedMedia", media=media)
    assert not browser.run(cut)
    words = "[...document.querySelectorAll('pre span')].filter((word) => /^-/.test(word.textContent))"
    lines = browser.run(f"{words}.map((word) => word.getBoundingClientRect().height)")
    assert len(lines) > 1
    assert max(lines) < 30, "no option is broken at its hyphens"
    browser.call("Emulation.setEmulatedMedia", media="")


def test_no_line_ends_within_the_name_of_an_option(browser, tmp_path):
    file = tmp_path / "page.html"
    study = read_study("reports/capitals/local-gemma3-270m")
    file.write_text(page(study, ""), encoding="utf-8")
    for width in (390, *range(1100, 1300, 20)):
        browser.open(file, width)
        tall = "[...document.querySelectorAll('.option')].map((each) => each.getClientRects().length)"
        assert browser.run(tall) == [1]


def test_in_print_a_missed_item_is_a_line(browser, plain):
    tall = "[...document.querySelectorAll('.miss')].map((each) => each.getBoundingClientRect().height)"
    browser.open(plain, 720)
    on_screen = browser.run(f"{UNFOLD_MAIN}; {tall}")
    browser.call("Emulation.setEmulatedMedia", media="print")
    printed = browser.run(tall)
    assert len(printed) == 3
    assert max(printed) < 22 < min(on_screen)
    browser.call("Emulation.setEmulatedMedia", media="")


@pytest.mark.skipif(find_spec("axe_core_python") is None, reason="axe_core_python is not installed")
@pytest.mark.parametrize(("width", "dark"), [(1280, True), (390, False)])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser, plain, pages, name, width, dark):
    browser.open(plain if name == "report" else pages[name], width, dark=dark)
    browser.run((files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8") + "; 0")
    browser.run(UNFOLD)
    # An image is one thing to a screen reader: axe would walk thousands of lines within it all the same.
    browser.run("document.querySelectorAll('svg[role=img] > *').forEach((line) => line.remove())")
    named = "[one.id, one.nodes[0].html.slice(0, 200)]"
    told = browser.run(f"axe.run().then((all) => all.violations.map((one) => {named}))")
    assert told == []


def test_every_part_that_scrolls_can_be_reached_by_keyboard(pages):
    for file in pages.values():
        text = file.read_text(encoding="utf-8")
        for tag in re.findall(r'<div class="(?:wide|picture)[^>]*>', text):
            assert 'tabindex="0" role="region" aria-label="' in tag
