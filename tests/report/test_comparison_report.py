"""A comparison in words and on its page: names and inputs are nobody's word."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

import curvefit as cf
from curvefit.curves.curve import Estimate
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.measurement.measurement import Measurement, Note
from curvefit.report.answer_text import ship_sentence
from curvefit.report.changes_page import flips_on_page
from curvefit.report.comparison_page import caution_words, comparison_page
from curvefit.report.comparison_report import (
    choice_sentence,
    choice_sentences,
    comparison_record,
    comparison_summary,
    page_of,
    write_comparison,
)
from curvefit.report.first_screen import MADE_UP
from curvefit.report.index_page import index_summary
from curvefit.report.sentences import sentence
from curvefit.report.study_index import read_index
from curvefit.report.study_reader import read_study
from curvefit.report.terminal import summary
from curvefit.report.wording import in_points, points_of
from curvefit.study import analyze, with_own_training
from curvefit.workflows.study_comparison import compare

HOSTILE = '<script>alert(1)</script>"\x1b[31m\u202e{{ 7 * 7 }}'


def study(seed, accuracy, name="m", items=40):
    scores = (np.random.default_rng(seed).random((1, 1, items)) < accuracy).astype(float)
    ids = tuple(f"{HOSTILE}{n}" for n in range(items))
    return Measurement(shots=[0], scores=scores, items=ids, model=name, task=HOSTILE)


@pytest.fixture(scope="module")
def comparison():
    made = compare({HOSTILE: study(1, 0.3), "B": study(2, 0.9), "C": study(3, 0.05)})
    return replace(made, inputs=MappingProxyType({f"{HOSTILE}{n}": f"{n} {HOSTILE}" * 99 for n in range(40)}))


def test_nothing_on_the_page_runs_or_is_fetched(comparison):
    page = comparison_page(comparison, "<svg ></svg>", "", [choice_sentence(comparison)])
    assert page.count("<script") == 1, "our own"
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert "49" not in page.partition("<main>")[2].partition("7 * 7")[0][-20:]
    assert not {"\x1b", "\u202e"} & set(page)
    assert "://" not in page
    assert max(map(len, page.replace(">", ">\n").splitlines())) < 6000


def test_the_tables_hold_the_numbers_of_the_comparison(comparison):
    page = comparison_page(comparison, "", "", [choice_sentence(comparison)])
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page)
    assert not [cell for cell in cells if "built-in" in cell or "object at" in cell]
    for pair in comparison.pairs:
        assert in_points(pair.difference.value) in cells
        assert f"{pair.items}" in cells
    assert page.count('class="miss"') == sum(len(pair.changed) for pair in comparison.pairs)


@pytest.mark.parametrize(
    ("accuracies", "said"),
    [
        ((0.3, 0.9), "B is better than A."),
        ((0.5, 0.5), "A and B cannot be told apart."),
        ((0.3, 0.9, 0.05), "B is better than the 2 others."),
        ((0.05, 0.9, 0.9), "The best two, B and C, cannot be told apart."),
    ],
)
def test_the_page_opens_with_who_is_better_or_that_it_cannot_be_told(accuracies, said):
    found = compare(
        {name: study(n, accuracy) for n, (name, accuracy) in enumerate(zip("ABC", accuracies, strict=False))}
    )
    page = comparison_page(found, "", "", ["Ship it."])
    assert f"<h1>{said}</h1>" in page
    assert page.count('class="value"') == 4
    assert ("What would tell" in page) == ("cannot be told apart" in said)


@pytest.mark.parametrize(
    ("scores", "outcome", "either"), [([1, 0, 1], "open", "Use either for now"), ([1] * 80, "alike", "Ship either")]
)
def test_two_that_score_the_same_on_each_item_are_said_to_and_none_of_them_leads(scores, outcome, either):
    measured = Measurement(shots=[0], scores=[[scores]], items=tuple(f"i{n}" for n in range(len(scores))))
    found = compare({"A": measured, "B": measured}, margin=0.05)
    assert (found.pairs[0].outcome, found.pairs[0].same) == (outcome, True)
    assert f"they score the same on each of {len(scores)} common items" in sentence(found.pairs[0].reason)
    assert "A and B score the same on each common item." in comparison_page(found, "", "", [])
    for said in (choice_sentence(found), comparison_summary(found), comparison_record(found)["choice"]["text"]):
        assert f"{either}: A (" in said
        assert "scores the same as B on each common item. It is the one given first." in " ".join(said.split())
        assert "lead" not in said


def test_nobody_is_advised_to_ship_on_a_lead_that_missing_scores_may_have_made():
    rng = np.random.default_rng(1)
    scores = (rng.random((1, 3, 200)) < 0.6).astype(float)
    whole = Measurement(shots=[0], scores=scores, items=tuple(f"i{n}" for n in range(200)), draw_names=tuple("012"))
    scores = (rng.random((1, 3, 200)) < 0.6).astype(float)
    scores = np.where((scores == 0) & (rng.random(scores.shape) < 0.8), np.nan, scores)
    lost = replace(whole, scores=scores, unscored=np.isnan(scores))
    made = compare({"whole": whole, "lost": lost}, margin=0.02)
    assert made.pairs[0].outcome == "better"
    assert made.choice.why == "accuracy"
    said = choice_sentence(made)
    assert said.startswith("Use lost (")
    assert " for now; the lead may come from the missing scores." in said
    (pair,) = comparison_record(made)["pairs"]
    assert pair["missing"] == int(np.isnan(scores).sum())
    assert abs(pair["if_wrong"]["value"]) < 0.1 < pair["difference"]["value"]
    assert "missing scores counted as wrong, the difference is " in comparison_summary(made, width=200)
    assert "missing scores counted as wrong" in page_of(made)


def test_one_that_is_right_as_often_on_other_items_does_not_lead():
    rights = {"A": [1, 1, 0, 1], "B": [1, 0, 1, 1]}
    found = compare({name: Measurement([0], [[right]], items=tuple("wxyz")) for name, right in rights.items()})
    assert not found.pairs[0].same
    said = choice_sentence(found)
    assert "Use either for now: A (75%, 20% to 97%) scores as high as B. It is the one given first." in said


@pytest.mark.parametrize("given", [("few", "many"), ("many", "few")])
@pytest.mark.parametrize(("others", "how"), [([0, 0, 1, 0], "lower"), ([1, 1, 1, 1], "higher")])
def test_items_that_only_one_was_asked_pick_none_of_two_that_score_the_same_and_are_said(given, others, how):
    rights = {"few": [1, 0, 1, 1], "many": [1, 0, 1, 1, *others]}
    sides = {name: Measurement([0], [[rights[name]]], items=tuple("abcdefgh"[: len(rights[name])])) for name in given}
    found = compare(sides)
    assert (found.choice.ship.name, found.choice.pair.same) == (given[0], True)
    said = choice_sentence(found)
    assert f"scores the same as {given[1]} on each common item. It is the one given first." in said
    assert f"many also has 4 other items, on which it scores {how}." in said
    assert "few also has" not in said


def test_of_two_the_one_to_ship_is_ahead_on_the_items_that_both_were_asked():
    rights = {"few": [1, 1, 1, 0], "many": [1, 1, 1, 1, 0, 0, 0, 0, 1]}
    sides = {name: Measurement([0], [[each]], items=tuple("abcdefghi"[: len(each)])) for name, each in rights.items()}
    found = compare(sides)
    assert found.pairs[0].difference.value > 0 > found.studies[1].accuracy.value - found.studies[0].accuracy.value
    assert found.choice.ship.name == "many"


def test_of_equal_ones_the_cheaper_is_named_for_its_price_alone():
    found = compare({name: Measurement([0], [[[1, 0, 1, 1]]], items=tuple("wxyz")) for name in "AB"})
    dear, cheap = (replace(each, usd_per_1000=price) for each, price in zip(found.studies, (9.0, 0.1), strict=True))
    said = choice_sentence(replace(found, studies=(dear, cheap)))
    assert said.startswith(
        "Use B (75%, 20% to 97%; $0.10 for a thousand calls) for now, the cheapest within 2 points of the best"
    )
    assert "either" not in said


def of_two_prices(*error_usd, most=None):
    """A and B, of which B is the cheaper and has one more of 60 wrong; their reports state what a mistake costs."""
    found = compare({name: Measurement([0], [[np.arange(60) < right]], items=tuple(map(str, range(60))))
                     for name, right in (("A", 40), ("B", 39))})  # fmt: skip
    ends = {} if most is None else {"error_usd": most}
    return replace(found, margin=0.05, margin_source="studies", studies=tuple(
        replace(each, usd_per_1000=price, given=replace(
            analyze(each.given), costs=cf.Costs(1000.0, error_usd=usd, upper_ends=ends)))
        for each, price, usd in zip(found.studies, (1.0, 0.2), error_usd, strict=True)))  # fmt: skip


@pytest.mark.parametrize(
    ("error_usd", "most", "said"),
    [
        (
            (0.4, 0.4),
            None,
            ": at $0.40 a wrong answer, the 1.7 more mistakes in 100 calls of B cost more than it saves.",
        ),
        ((0.01, 0.01), 0.4, ": at up to $0.40 a wrong answer, the 1.7 more mistakes"),
        ((0.01, 0.01), None, ", the cheapest within 5 points of the best, mistakes at $0.010 each counted."),
        ((0.0, 0.0), None, ", the cheapest within 2 points of the best."),
        ((0.4, 0.5), None, "The reports differ in what a wrong answer costs: that does not count here."),
    ],
)
def test_why_a_price_decides_says_what_mistakes_cost_beside_it(error_usd, most, said):
    found = of_two_prices(*error_usd, most=most)
    assert said in choice_sentence(found)
    assert said.rstrip(".").lstrip(":, ") in html.unescape(page_of(found))
    counts = {0.4: 0.4, 0.01: most or 0.01, 0.0: None}[error_usd[0]] if len(set(error_usd)) == 1 else None
    assert comparison_record(found)["choice"]["error_usd"] == counts


def tables(*second):
    """Two tables of 3 items and 2 draws of the same names; the first has 1, 0 and then 1, 1 and 0, 0."""
    both = np.array([[[1, 1, 0], [0, 1, 0]], second], dtype=float)
    sides = [Measurement([0], [each], items=tuple("xyz"), draw_names=("0", "1")) for each in both]
    return compare(dict(zip("AB", sides, strict=True)), margin=0.05)


def test_of_a_draw_that_was_asked_in_part_it_is_said_how_many_scores_there_are():
    items = tuple(f"{n}" for n in range(40))
    part = np.zeros((1, 3, 40))
    part[0, 2, 10:] = np.nan
    first, second = (Measurement([0], scores, items=items) for scores in (part, np.ones((1, 3, 40))))
    text = comparison_page(compare({"first": first, "second": second}), "", "", [])
    assert "<td>40</td><td>3 (90 scored)</td>" in text
    assert "<td>40</td><td>3</td>" in text


def test_draws_that_differ_and_cancel_are_no_item_that_changed_anywhere(monkeypatch):
    monkeypatch.setattr("curvefit.workflows.study_comparison.draws_go_together", lambda *_: True)
    found = tables([0, 1, 0], [1, 1, 0])
    assert not found.pairs[0].same
    page = comparison_page(found, "", "", choice_sentences(found))
    assert "A and B cannot be told apart." in page
    assert "both have the same mean score on each" in page
    assert comparison_record(found)["pairs"][0]["changed"] == flips_on_page(found)["rows"] == []
    assert "B scores" not in comparison_summary(found, verbose=True)


def test_items_that_are_partly_right_and_differ_are_counted_and_named():
    found = tables([0, 1, 0], [0, 1, 0])
    said = comparison_summary(found, verbose=True)
    assert "Right with one of the two alone: none; neither, ever: 1. B scores lower on 1 item." in " ".join(
        said.split()
    )
    assert "  other  x  50% with A, 0% with B" in said
    row = flips_on_page(found)["rows"][0]
    assert (row["place"], row["brief"]) == ("x", "50% with A, 0% with B")
    assert "B scores lower on 1 item." in comparison_page(found, "", "", [])


def test_who_scores_lower_on_how_many_items_is_said_beside_what_each_has_right_alone():
    found = compare([read_study(f"reports/kubectl/local-{name}") for name in ("smollm2-135m", "gemma3-270m")])
    said = " ".join(comparison_summary(found).split())
    assert (
        "Right with local/gemma3-270m alone: 7; local/smollm2-135m alone: 5; neither, ever: 6."
        " local/gemma3-270m scores higher on 4 more, lower on 2." in said
    )


def test_that_a_difference_is_without_the_luck_of_the_pick_is_said_where_it_is_not_that_of_the_accuracies():
    found = compare([read_study(f"reports/kubectl/local-{name}") for name in ("smollm2-135m", "gemma3-270m")])
    assert "+6.9 points for local/gemma3-270m (−7.0 to +20.8), luck of the pick taken off, on 30" in sentence(
        found.pairs[0].reason
    )  # 52% and 44%
    bare = compare({"A": study(1, 0.3), "B": study(2, 0.9)}).pairs[0]
    assert "luck" not in sentence(bare.reason)
    lucky = replace(bare, difference=Estimate(0.1, 0.05, 0.15, 0.9))
    assert "B is better than A by 10 points (5 to 15), luck of the pick taken off, on" in sentence(lucky.reason)


def of_another_file(known):
    retrieved = known.curve.retrieved and replace(known.curve.retrieved, path="elsewhere")
    return replace(known, curve=replace(known.curve, path="elsewhere", retrieved=retrieved))


def test_of_two_that_are_never_right_none_is_ahead():
    poor = read_study("reports/berths/local-gemma3-270m")
    said = choice_sentence(compare({"A": poor, "B": of_another_file(poor)}))
    assert said.startswith("No other is ahead of A (")
    assert f"B on each common item. Its own report says: {ship_sentence(poor)}" in said


def test_items_that_changed_are_named_with_who_has_them_right():
    ids = tuple(f"i{n}" for n in range(40))
    sides = [replace(study(n, 0.5), items=ids) for n in (1, 2)]
    found = compare(dict(zip("AB", sides, strict=True)))
    rows = [row for row in flips_on_page(found)["rows"] if row["brief"].startswith("right with")]
    assert [(row["place"], row["brief"]) for row in rows] == [
        (change.item, f"right with {'B' if change.after > change.before else 'A'}")
        for change in (*found.pairs[0].lost, *found.pairs[0].gained)
    ]
    assert 0 < len(rows) < 40


def test_the_answer_is_the_title_of_the_page_and_without_a_picture_it_says_so(comparison):
    page = comparison_page(comparison, "", "", [choice_sentence(comparison)])
    assert "could not be drawn" in page
    assert page.index("is better than") < page.index("<table")


@pytest.mark.parametrize("verbose", [False, True])
def test_the_terminal_is_driven_by_nothing(comparison, verbose):
    text = comparison_summary(comparison, verbose=verbose, width=80)
    assert not {"\x1b", "\u202e"} & set(text)
    assert (len(text.splitlines()) <= 14) != verbose


@pytest.mark.parametrize("width", [60, 80])
def test_a_comparison_fits_its_terminal_and_what_was_measured_is_not_what_is_cut(width):
    found = compare([read_study(f"reports/alerts/local-{name}") for name in ("gemma3-270m", "smollm2-135m")])
    for verbose in (False, True):
        lines = comparison_summary(found, verbose=verbose, width=width).splitlines()
        assert max(map(len, lines)) <= width
        assert [bool(re.match(r"  local/\S+ +(62|75)%  ", line)) for line in lines].count(True) == 2


def test_cautions_are_not_what_is_cut(comparison):
    assert "matched by id" in " ".join(comparison_summary(comparison).split())


def test_no_sentence_is_broken_off_where_there_is_more(comparison):
    full = " ".join(comparison_summary(comparison, verbose=True).split())
    lines = comparison_summary(comparison).splitlines()
    assert lines[-1] == "  there is more: --verbose"
    last = next(n for n in range(len(lines) - 2, -1, -1) if lines[n].startswith("  "))
    assert " ".join(" ".join(lines[last:-1]).split()) in full
    assert lines[-2].endswith((".", "%)", "example", "examples", "as measured", ": worse"))


def test_notes_on_other_tools_files_are_not_what_is_cut(comparison):
    (first, second, third) = comparison.studies
    notes = tuple(Note("import", f"what no reader should miss, {n}") for n in range(5))
    noted = replace(second.prompt, curve=replace(second.prompt.curve, notes=(*notes, Note("task", "of ours"))))
    made = replace(comparison, studies=(first, replace(second, prompt=noted), third))
    *_, one, two, last = comparison_summary(made).splitlines()
    assert [one, two] == [f"  ! B: what no reader should miss, {n}" for n in (0, 1)]
    assert last == "  there is more: --verbose"
    assert sum("should miss" in line for line in comparison_summary(made, verbose=True).splitlines()) == 5


def test_what_goes_for_several_pairs_alike_is_said_once_and_of_how_many():
    many = compare({f"s{n}": study(n, 0.5) for n in range(4)})
    said = "Items of s0 and s1 are matched by id alone: whether their inputs are the same is not known."
    for shown in (comparison_summary(many), comparison_page(many, "", "", [])):
        assert f"{said} The same goes for 5 more pairs." in " ".join(shown.split())
        assert shown.count("matched by id") == 1
    assert comparison_summary(many, verbose=True).count("matched by") == 6


def test_that_models_are_made_up_is_not_what_is_cut():
    many = compare({f"s{n}": study(n, 0.5, "simulated/flat") for n in range(9)})
    assert f"! {MADE_UP}" in comparison_summary(many)


def test_many_pairs_are_a_line_each():
    many = compare({f"s{n}": study(n, 0.5) for n in range(5)})
    lines = comparison_summary(many).splitlines()
    assert lines[0].startswith("If one of these, take s3 (52%, ")
    assert re.search(
        r"the best of all 5 prompts, it looks better than it is: expect [\d.]+ points less on other items\."
        r" Runner-up: s\d \(\d+%\)",
        " ".join(choice_sentences(many)),
    )
    assert len(lines) <= 14
    assert all("s3" in line for line in lines if " over " in line), "those of the one that is picked come first"
    assert any(re.match("  s0 +", line) for line in lines), "and then what each scored"
    assert len([line for line in comparison_summary(many, verbose=True).splitlines() if " over " in line]) == 10
    assert lines[-1] == "  there is more: --verbose"


@pytest.mark.parametrize("folder", ["query_json", "handbook"])
@pytest.mark.parametrize("few", [False, True])
def test_of_three_or_more_the_one_to_take_and_what_its_report_says_come_first_and_then_what_each_scored(folder, few):
    paths = sorted(Path(f"reports/{folder}").glob("local-*"))
    found = compare({path.name: read_study(path) for path in (paths[:3] if few else paths)})
    lines = comparison_summary(found).splitlines()
    assert len(lines) <= 14
    first, _, rest = "\n".join(lines).partition("\n\n")
    said = " ".join(first.split())
    quoted = f"Its own report says: {ship_sentence(found.choice.ship.given)}"
    assert said.endswith(quoted)
    start = "None that searches for itself is worth shipping. " if folder == "handbook" else "Ahead is "
    assert said.startswith(start)
    assert f"{found.choice.ship.name} (" in said
    for each in found.studies:
        assert re.search(rf"(?m)^  {each.name} +\d+%  ", rest)
    verbose = " ".join(comparison_summary(found, verbose=True).split())
    for pair in found.pairs:
        assert sentence(pair.reason) in verbose
    for text in choice_sentences(found):
        assert text in verbose


@pytest.mark.parametrize(
    ("second", "items", "said"),
    [
        (0.5, 60, "B (47%), surely worse."),
        (0.8, 60, "A (77%); 3,220 items would tell them apart."),
        (None, 400, "B (81%), alike within the margin."),
    ],
)
def test_of_the_runner_up_it_is_said_how_it_differs(second, items, said):
    best, worst = study(1, 0.8, items=items), study(3, 0.05, items=items)
    found = compare({"A": best, "B": best if second is None else study(2, second, items=items), "C": worst})
    assert choice_sentences(found)[-1] == f"Runner-up: {said}"


def test_of_a_runner_up_that_no_number_of_items_would_tell_apart_it_is_not_said_that_it_is_as_good():
    scores = np.zeros((3, 1, 2, 20))
    scores[0, :, 0] = scores[1, :, 1, :12] = 1  # 50% and 30%, by two draws that differ
    names = tuple(f"i{n}" for n in range(20))
    found = compare({name: Measurement([4], each, items=names) for name, each in zip("ABC", scores, strict=True)})
    assert choice_sentences(found)[-1] == "Runner-up: B (30%); more items alone cannot tell them apart."


def test_no_input_is_in_the_json(comparison):
    assert "99" not in str(comparison_record(comparison)["pairs"][0]["changed"][:1])
    assert set(comparison_record(comparison)["pairs"][0]["changed"][0]) == {"item", "before", "after"}


def test_what_is_wrong_more_often_than_right_is_not_told_to_be_shipped():
    poor = comparison_summary(compare({"a": study(1, 0.3), "b": study(2, 0.35)})).splitlines()
    assert any(line.startswith("If one of these, take ") for line in poor)
    assert "; wrong more often than right)" in " ".join(poor)
    assert not any(line.startswith("Ship ") for line in poor)


@pytest.fixture(scope="module")
def handbook():
    return compare({path.name: read_study(path) for path in sorted(Path("reports/handbook").glob("local-*"))})


def test_a_page_says_why_one_difference_takes_two_numbers_of_items(handbook, comparison):
    why = "The same difference takes more items in one pair than in another"
    page = comparison_page(handbook, "", "", choice_sentences(handbook))
    told = set(re.findall(r"About ([\d,]+) items would tell a difference of ([\d.]+) points", page))
    assert len(told) > len({points for _, points in told}), told
    assert why in page
    assert why not in comparison_page(comparison, "", "", choice_sentences(comparison))


def test_one_item_is_said_to_be_one():
    comparison = compare({"A": study(1, 0.3), "B": study(2, 0.9)})
    changed = [replace(pair, changed=pair.changed[:1]) for pair in comparison.pairs]
    page = comparison_page(replace(comparison, pairs=tuple(changed)), "", "", [])
    assert "scores differ on 1; on 1 only one of the two is right" in page


def test_where_a_perfect_search_does_far_better_than_what_can_run_that_comes_first(handbook):
    assert [study.name for study in handbook.out_of_reach] == ["local-gemma3-270m-given", "local-smollm2-135m-given"]
    answer, ahead, own, *rest = choice_sentences(handbook)
    assert answer == (
        "None that searches for itself is worth shipping. Handed the right documents, they reach 75% to"
        " 80%. Each run notes how often the search finds these: if seldom, improve it; if mostly, show fewer"
        " documents or take a bigger model."
    )
    assert ahead.startswith("Ahead is local-smollm2-135m-retrieved-3 (")
    assert own.startswith("Its own report says: Ship nothing yet: ")
    assert "take" not in " ".join(rest)
    page = comparison_page(handbook, "", "", choice_sentences(handbook))
    assert page.count(answer) == 1
    assert f"<h1>{answer}</h1>" in page
    assert comparison_record(handbook)["choice"]["text"].startswith(answer)


def test_a_search_that_does_as_well_or_a_prompt_that_is_mostly_right_is_shipped(handbook):
    none, retrieved, given = (handbook.studies[place] for place in (4, 5, 3))
    good = replace(retrieved, accuracy=given.accuracy)
    assert not replace(handbook, studies=(none, good, given)).out_of_reach
    assert replace(handbook, studies=(none, retrieved, given)).out_of_reach
    assert not replace(handbook, studies=(none, retrieved)).out_of_reach


@pytest.mark.parametrize(
    ("name", "said", "heading"),
    [
        ("tickets/local-gemma3-270m", "Ship either: A (", "What to ship"),
        ("reviews/local-gemma3-270m", "Use either for now: A (", "What to use for now"),
        ("logquery/local-gemma3-270m", "If one of these, take either: A (", "Which to take, if one of these"),
        ("capitals/local-gemma3-270m", "No other is ahead of A (", "None ahead, none to be shipped"),  # look facts up
        (
            "alerts/local-gemma3-270m",
            "No other is ahead of A (",
            "None ahead, none to be shipped",
        ),  # one answer is as good
        (
            "ferry_format/local-gemma3-270m",
            "No other is ahead of A (",
            "None ahead, none to be shipped",
        ),  # so training pays
        (
            "query_json/local-gemma3-270m-short",
            "No other is ahead of A (",
            "None ahead, none to be shipped",
        ),  # unreadable
        ("berths/local-gemma3-270m", "No other is ahead of A (", "None ahead, none to be shipped"),  # never right
    ],
)
def test_a_comparison_does_with_a_prompt_what_its_own_report_does_and_quotes_that(name, said, heading):
    known = read_study(f"reports/{name}")
    found = compare({"A": known, "B": of_another_file(known)})
    sentences = choice_sentences(found)
    assert sentences[0].startswith(said)
    assert f"Its own report says: {ship_sentence(known)}" in sentences
    assert f"<h2>{heading}</h2>" in comparison_page(found, "", "", [])


@pytest.mark.parametrize("order", [("gemma3-270m", "smollm2-135m"), ("smollm2-135m", "gemma3-270m")])
def test_of_two_that_score_as_high_the_one_is_taken_whose_report_says_what_to_do_with_it(order):
    """The other, whose report says to mend its format, is ahead by the luck that is taken off."""
    found = compare({name: read_study(f"reports/widgets/local-{name}") for name in order})
    assert found.pairs[0].accuracies[0].value == found.pairs[0].accuracies[1].value
    assert found.pair("smollm2-135m", "gemma3-270m").difference.value != 0
    first, own, *_ = choice_sentences(found)
    assert first.startswith("If one of these, take gemma3-270m (33%, ")
    assert first.endswith(", which scores as high as smollm2-135m.")
    assert own.startswith("Its own report says: Fine-tune: that likely gains accuracy")
    assert "<h2>Which to take, if one of these</h2>" in comparison_page(found, "", "", [])


def test_of_two_that_score_as_high_and_are_used_alike_the_one_ahead_without_luck_is_said_to_be():
    ids, right = tuple("abcdefghij"), np.arange(10) < 8
    lucky = Measurement([0, 4], np.stack([right, right[::-1]])[:, None].astype(float), items=ids)
    found = compare({"A": lucky, "B": Measurement([0], np.roll(right, 3)[None, None].astype(float), items=ids)})
    assert found.pairs[0].difference.value > 0
    first = choice_sentences(found)[0]
    assert re.match(r"Use either for now: B \(80%, .*\) scores as high as A\. ", first), first
    assert first.endswith("Without the luck of their picks it is ahead.")


def unreadable(share, name="m"):
    """A study of 60 items of which 72% are right, and of which a share of replies could not be read."""
    lost = round(60 * share)
    scores = np.repeat([0.0, 1.0], [17, 43])[None, None]
    readable = np.repeat([False, True], [lost, 60 - lost])[None, None]
    ids = tuple(f"i{n}" for n in range(60))
    return analyze(Measurement(shots=[0], scores=scores, readable=readable, items=ids, model=name, task="t"))


def test_of_one_whose_format_is_to_be_mended_first_that_is_said_and_not_to_ship_it():
    found = compare({"A": unreadable(0.25), "B": unreadable(0.25)})
    first, own, *_ = choice_sentences(found)
    assert first.startswith("Use either for now: A (72%, ")
    mend = "Use the best prompt for now, but fix the format of the replies before you judge fine-tuning."
    assert own == f"Its own report says: {mend}"
    assert mend in comparison_record(found)["choice"]["text"]


def test_that_another_may_do_better_once_its_replies_can_be_read_is_said():
    ids = tuple(f"i{n}" for n in range(60))
    better = analyze(Measurement([0], (np.arange(60) >= 6).astype(float)[None, None], items=ids, model="b"))
    mend = "The report of A says to fix the format of its replies first: it may do better then."
    assert mend in choice_sentences(compare({"A": unreadable(0.25), "B": better}))
    assert mend not in choice_sentences(compare({"A": unreadable(0.0), "B": better}))
    picked = choice_sentences(compare({"A": better, "B": unreadable(0.25)}))
    assert mend.replace("of A", "of B") in picked


@pytest.mark.parametrize(
    ("share", "items", "said"),
    [
        (1.0, 2000, "Ship either: A ("),  # no room is left to gain
        (0.9, 2000, "Use either for now: A ("),
        (0.05, 40, "No other is ahead of A ("),
        (1.0, 2, "No other is ahead of A ("),  # nothing can be decided
    ],
)
def test_scores_alone_are_judged_as_fit_judges_them_and_it_is_said_what_they_lack(share, items, said):
    right = np.arange(items) < share * items
    measured = Measurement([0], [[right]], items=tuple(f"i{n}" for n in range(items)))
    alone, fitted = (
        compare({"A": each, "B": each}, margin=0.05) for each in (measured, analyze(measured, margin=0.05))
    )
    (first, own, *_), (same, as_fitted, *_) = choice_sentences(alone), choice_sentences(fitted)
    assert first == same
    assert first.startswith(said)
    assert as_fitted.startswith("Its own report says: ")
    assert own == as_fitted.replace("Its own report says", "By scores alone, without replies or prices")


def test_of_two_that_score_the_same_no_more_is_said_of_both_than_both_reports_say():
    right = (np.arange(80) < 76).astype(float)[None, None]
    ids = tuple(f"i{n}" for n in range(80))
    many, few = Measurement([0], right, items=ids), Measurement([0], right[:, :, :5], items=ids[:5])
    settled = analyze(Measurement([0], np.ones((1, 1, 80)), items=ids), margin=0.05)
    told = {order: choice_sentence(compare(dict(order), margin=0.05)) for order in (
        (("A", settled), ("B", few)), (("A", few), ("B", settled)), (("A", many), ("B", few)))}  # fmt: skip
    first, second, both = told.values()
    assert first.startswith("Ship A (100%, 97% to 100%), which scores the same as B on each common item. ")
    assert second.startswith("Use A (100%, 52% to 100%) for now, which scores the same as B on each common item. ")
    assert both.startswith("Use either for now: A (")


def test_where_a_report_advises_its_fine_tuned_model_only_a_prompt_is_picked_and_that_is_said():
    good, poor = (analyze(study(seed, share), margin=0.05) for seed, share in ((1, 0.9), (2, 0.5)))
    tuned = ValidatedTraining("ft:m", 500, Estimate(0.98, 0.95, 0.99, 0.9), Estimate(0.48, 0.4, 0.55, 0.9))
    first, own, instead, *_ = choice_sentences(compare({"A": good, "B": with_own_training(poor, [tuned])}))
    assert first.startswith("Of the prompts, use A (")
    assert own == f"Its own report says: {ship_sentence(good)}"
    assert instead == "The report of B advises its fine-tuned model, measured at 98% (95% to 99%)."


def test_that_another_is_expected_to_do_better_once_fine_tuned_is_said():
    good = analyze(study(1, 0.6), margin=0.05)
    with_examples = Measurement([0, 4], np.tile(np.arange(40) < 12, (2, 2, 1)).astype(float), items=study(2, 0.3).items)
    poor = analyze(with_examples, margin=0.05, kind="classification", n_train=500)
    assert poor.advice.training == "pays"
    found = compare({"A": good, "B": poor})
    for reached, said in ((0.3, True), (0.99, False)):
        level = Estimate(reached, reached - 0.1, 1.0, 0.9)
        sentences = choice_sentences(
            replace(found, studies=(replace(found.studies[0], accuracy=level), found.studies[1]))
        )
        assert sentences[0].startswith("Of the prompts, " if said else "Use A (")
        assert any("The report of B expects" in each for each in sentences) == said


def test_what_a_report_expects_of_a_model_once_fine_tuned_is_what_it_shows_and_no_score_of_a_small_training():
    found = compare({name: read_study(f"reports/alerts/local-{name}") for name in ("gemma3-270m", "smollm2-135m")})
    shown = " ".join(summary(found.studies[0].given).split())
    (expected,) = re.findall(r"(\d+% \(\d+% to \d+%\)) accuracy once fine-tuned;", shown)
    assert f"The report of gemma3-270m expects {expected} of its model once fine-tuned." in choice_sentences(found)


def test_a_measurement_of_ours_has_replies_and_prices():
    task = cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)], scorer="number")
    asked = [cf.measure(task, cf.Design(shots=(0, 4), draws=2, items=20), cf.resolve("simulated/plateau"))] * 2
    found = compare(asked)
    assert f"Its report would say: {ship_sentence(analyze(asked[0], margin=found.margin))}" in choice_sentences(found)


@pytest.mark.parametrize(
    ("models", "said"),
    [
        (("openai/stub", "openai/stub"), MADE_UP),
        (("openai/stub", "openai/x"), "Made up, to try the tool: openai/stub. This says nothing about a real one."),
        (
            ("openai/stub", "openai/stub-b"),
            "Made up, to try the tool: openai/stub and openai/stub-b. This says nothing about real ones.",
        ),
        (("openai/x", "openai/y"), ""),
    ],
)
def test_that_models_are_made_up_is_said_of_a_comparison_too_wherever_it_is_shown(models, said, tmp_path):
    made = compare({"A": study(2, 0.9, models[0]), "B": study(1, 0.3, models[1])})
    made = replace(made, studies=(replace(made.studies[0], usd_per_1000=0.1), made.studies[1]))
    terminal = " ".join(comparison_summary(made).split())
    page = comparison_page(made, "", "", ["Ship it."])
    write_comparison(made, tmp_path)
    listed = index_summary(read_index(tmp_path), width=1_000)
    whole = f"{said} Prices are for rehearsal: nothing was paid."
    for shown, words in ((terminal, whole), (page, f'<p class="alarm">{whole}</p>'), (listed, said or "made up")):
        assert (words in shown) == bool(said)
    assert ("Made up" in listed or "made up" in listed) == bool(said)


@pytest.fixture(scope="module")
def picked():
    """Two studies, each of whose prompts are equally good, so that the best is the luckiest."""
    rng = np.random.default_rng(4)
    ids = tuple(f"i{n}" for n in range(40))

    def of(prompts, model):
        scores = (rng.random((prompts, 2, 40)) < 0.6).astype(float)
        return Measurement(shots=list(range(prompts)), scores=scores, items=ids, model=model, task="t")

    return compare([of(5, "five"), of(3, "three")])


def test_a_prompt_has_one_accuracy_on_the_first_screen_and_what_it_may_lose_is_said(picked):
    assert picked.choice.optimism > 0.005 < picked.studies[0].prompt.optimism
    said = " ".join(comparison_summary(picked, verbose=True, width=80).split())
    lost = points_of(picked.choice.optimism)
    assert (
        f"Picked as the best of all 8 prompts, it looks better than it is: expect {lost} less on other items." in said
    )
    assert "points, by resampling. Differences are without that." in said
    measured = f"{100 * picked.choice.ship.accuracy.value:.0f}%"
    assert set(re.findall(rf"{picked.choice.ship.name} \(?(\d+%)", said)) == {measured}
    page = comparison_page(picked, "", "", [choice_sentence(picked)])
    assert "item by item, luck of the pick taken off each" in page
    assert "What to expect of the prompt to ship is corrected likewise." in page


@pytest.mark.parametrize(
    ("optimism", "lost"), [(0.0211, "2.1 points"), (0.01, "1 point"), (0.005, "0.5 points"), (0.004, None), (0.0, None)]
)
def test_the_luck_of_the_pick_is_said_where_it_shows(picked, optimism, lost):
    said = choice_sentence(replace(picked, optimism=optimism))
    assert (f"looks better than it is: expect {lost} less on other items." in said) == (lost is not None)
    assert ("looks better" in said) == (lost is not None)


def test_one_picked_for_its_price_is_corrected_among_its_own_prompts_and_says_so(picked):
    cheap = replace(picked.studies[1], usd_per_1000=0.1)
    priced = replace(picked, margin=0.5, studies=(replace(picked.studies[0], usd_per_1000=9.0), cheap))
    assert priced.choice.why == "usd_per_1000"
    said = choice_sentence(priced)
    assert "Picked as the best of its own 3 prompts, it looks better than it is: expect" in said


def first_screen(page):
    """Return what is read before anything is unfolded, without pictures and commands."""
    first = page.partition("<h1>")[2].partition("<details")[0]
    return html.unescape(re.sub(r"(?s)<svg.*?</svg>|<pre.*?</pre>|<code.*?</code>|<[^>]*>", " ", first))


@pytest.mark.parametrize(
    "task", ["widgets", "capitals", "query_json", "reviews", "contacts", "handbook", "kubectl", "alerts"]
)
def test_a_first_screen_has_at_most_twelve_numbers_and_what_it_leaves_out_is_folded_below(task):
    paths = sorted(Path(f"reports/{task}").glob("local-*"))
    for few in {2, len(paths)}:
        found = compare({path.name: read_study(path) for path in paths[-few:]})
        page = page_of(found)
        said = first_screen(page)
        assert len(re.findall(r"(?<![\w./-])\d[\d.,]*", said)) <= 12, said
        whole = html.unescape(re.sub(r"\s+", " ", page))
        texts = (*choice_sentences(found), *(sentence(pair.reason) for pair in found.pairs), *caution_words(found))
        for text in (*texts, *(more["text"] for more in comparison_record(found)["to_ask"])):
            assert text in whole
        assert f"Its own report says: {ship_sentence(found.choice.ship.given)}" in " ".join(said.split())
        assert page.count('class="value"') == 4


def test_what_is_right_in_part_is_not_said_to_be_wrong():
    graded = Measurement([0], np.tile([0.4, 0.5, 0.3], 20)[None, None], items=tuple(f"i{n}" for n in range(60)))
    first, own, *_ = choice_sentences(compare({"A": graded, "B": graded}))
    assert first.startswith("If one of these, take either: A (40%, ")
    assert "wrong" not in first
    assert "(most answers not wholly right)" in own


def test_how_many_answers_are_wholly_right_stands_on_the_page_where_any_is_partly_right():
    ids = tuple(f"i{n}" for n in range(40))
    graded = Measurement([0], np.tile([1.0, 0.5, 0.5, 0.5], 10)[None, None], items=ids)
    whole = Measurement([0], np.tile([1.0, 1.0, 0.0, 0.0], 10)[None, None], items=ids)
    page = comparison_page(compare({"A": graded, "B": whole}), "", "", [])
    assert re.findall(r"; (\d+%) wholly right", page) == ["25%"]
    assert '<th scope="col">wholly right</th>' in page
    assert "<td>25%</td>" in page
    assert "wholly right" not in comparison_page(compare({"A": whole, "B": whole}), "", "", [])
