"""How often a rule was right: by hand, on planted cases, and with nothing known of a case's own source."""

from __future__ import annotations

import csv
import json
import math
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.paths import REPORTS, ROOT
from benchmarks.payoff.cases import LAB, laboratory
from benchmarks.payoff.table import read
from benchmarks.rules.how_often_right import document_table, every_size
from benchmarks.rules.known_before import of_documents, of_laboratory, of_published, of_reports
from benchmarks.rules.rules import ALWAYS, ENOUGH, NEVER, OURS, RETRIEVE, RULES, TALK, Case, score
from curvefit.payoff.evidence import Unit, evidence
from curvefit.payoff.reference_class import high_scores
from curvefit.payoff.stand_in import pairs

UNIT = Unit(
    source="s", citation="", model="m", task="t", metric="", kind="classification", shots=8, best_prompted=0.5,
    doubling=0.05, n_train=500, fine_tuned=0.6,
)  # fmt: skip


def case(gain=0.1, cluster="a", **changed):
    unit = {name: changed.pop(name) for name in ("doubling", "n_train", "kind") if name in changed}
    best = changed.pop("best", 0.5)
    return Case(replace(UNIT, best_prompted=best, fine_tuned=best + gain, **unit), cluster, "published", **changed)


@pytest.mark.parametrize(
    ("rule", "changed", "says"),
    [
        (TALK, {"doubling": 0.011}, True),
        (TALK, {"doubling": 0.01}, False),
        (TALK, {"doubling": math.nan}, None),
        (ENOUGH, {"n_train": 500}, True),
        (ENOUGH, {"n_train": 499}, False),
        (ENOUGH, {"n_train": math.nan}, None),
        (RETRIEVE, {"retrieved": 0.03}, False),
        (RETRIEVE, {"retrieved": 0.02}, True),
        (RETRIEVE, {}, None),
        ("the same, where the curve is shown to rise or to stay", {"trend": "flat"}, False),
        ("the same, where the curve is shown to rise or to stay", {"trend": "inconclusive"}, None),
        ("a best prompt above 50% first", {"best": 0.5}, False),
        ("a best prompt above 50% first", {"best": 0.51}, True),
        ("stop at a best prompt of 85%", {"best": 0.85}, False),
        ("format and syntax, do; facts, don't", {"kind": "dsl"}, True),
        ("format and syntax, do; facts, don't", {"kind": "knowledge-qa"}, False),
        ("format and syntax, do; facts, don't", {"kind": "classification"}, None),
        ("our baseline classifier", {"classifier": {0.02: 0.6}}, True),
        ("our baseline classifier", {"predicted": {0.02: 0.6}}, None),
        ("our baseline classifier, where it is 80% sure", {"classifier": {0.02: 0.6}}, None),
        ("our baseline classifier, where it is 80% sure", {"classifier": {0.02: 0.2}}, False),
        ("our prediction from cases, where it is 80% sure", {"predicted": {0.02: 0.8}}, True),
        ("our prediction from cases, 80% sure by few of them", {"predicted": {0.02: 0.8}}, None),
        ("our prediction from cases, 80% sure by few of them", {"predicted": {0.02: 0.8}, "few": True}, True),
        ("our prediction from cases, 80% sure by few of them", {"predicted": {0.02: 0.7}, "few": True}, None),
        (OURS, {"predicted": {0.02: 0.9}, "tried": {0.02: 0.1}}, False),
        (OURS, {"predicted": {0.02: 0.1}, "tried": {0.02: 0.1}, "classifier": {0.02: 0.9}}, True),
    ],
)
def test_what_each_rule_says(rule, changed, says):
    assert RULES[rule](case(**changed), 0.02) is says


def test_right_and_silent_are_counted_as_by_hand():
    planted = [
        case(0.10, "a", doubling=0.05),  # said to, and it paid
        case(0.01, "b", doubling=0.05),  # said to, and it did not
        case(0.02, "c", doubling=0.00),  # said not to, and a gain of just the margin does not pay
        case(0.30, "d", doubling=0.00),  # said not to, and it paid
        case(0.30, "e", doubling=0.00),
        case(0.30, "f", doubling=math.nan),
    ]
    found = score(planted, RULES[TALK], 0.02)
    assert (found.cases, found.spoke, found.silent) == (6, 5, pytest.approx(1 / 6))
    assert (found.yes, found.yes_right, found.no, found.no_right) == (2, 1, 3, 1)
    assert found.right.value == pytest.approx(2 / 5)
    assert found.balanced.value == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert found.ahead.value == pytest.approx(2 / 5 - 3 / 5)
    assert score(planted, RULES[TALK], 0.15).yes_right == 0


def test_never_is_right_where_always_is_not_and_a_coin_is_what_both_are_when_balanced():
    planted = [case(0.1 if i % 3 else -0.1, f"{i // 4}", predicted={0.02: 0.9}) for i in range(40)]
    always, never = (score(planted, RULES[name], 0.02) for name in (ALWAYS, NEVER))
    assert always.right.value + never.right.value == pytest.approx(1)
    assert always.balanced.value == never.balanced.value == 0.5
    assert always.ahead.value == always.behind_ours.value == 0
    assert never.ahead.value < 0
    assert never.behind_ours.value == pytest.approx(-never.ahead.value)


def test_cases_of_one_source_are_resampled_together():
    gains = [0.1 if i < 24 else -0.1 for i in range(40)]
    alone = score([case(gain, f"{i}") for i, gain in enumerate(gains)], RULES[ALWAYS], 0.02).right
    alike = score([case(gain, f"{i // 5}") for i, gain in enumerate(gains)], RULES[ALWAYS], 0.02).right
    assert alone.value == alike.value == pytest.approx(0.6)
    assert alike.high - alike.low > 1.5 * (alone.high - alone.low)


def test_a_rule_that_was_always_right_has_an_interval_by_the_number_of_sources():
    few, more = (
        score([case(cluster=f"{i % sources}") for i in range(60)], RULES[ALWAYS], 0.02).right for sources in (3, 30)
    )
    assert few.value == more.value == few.high == 1.0
    assert few.low < more.low < 1.0


def test_a_rule_that_says_nothing_has_no_share():
    found = score([case(doubling=math.nan)], RULES[TALK], 0.02)
    assert (found.spoke, found.silent) == (0, 1.0)
    assert math.isnan(found.right.value)


def changed_gains(units, source):
    return [replace(u, fine_tuned=u.best_prompted) if u.source == source else u for u in units]


def test_a_published_case_is_predicted_without_its_own_source():
    units = [u for u in evidence() if u.source in ("chen2025biomed", "absa-nis", "forgelm", "tailormatch")][:16]
    told, lied = (of_published(some) for some in (units, changed_gains(units, "absa-nis")))
    same = [a.predicted == b.predicted for a, b in zip(told, lied, strict=True)]
    assert same == [unit.source == "absa-nis" for unit in units]


@pytest.fixture(scope="module")
def rows():
    chosen = ("banking77-12", "nlupp_json-domains", "kubectl", "logquery", "tickets")
    figures = read(REPORTS / "payoff" / "laboratory.csv")
    return [row for row in figures if row.task in chosen and row.model == "local/gemma3-270m"]


def test_an_own_case_is_predicted_without_its_own_data_set(rows):
    units = [u for u in evidence() if u.source != LAB][:8]
    measured = laboratory(rows, largest=True)

    def lying(name):
        figures = [replace(p, fine_tuned=0.0) if p.data_set == name else p for p in pairs()]
        cases = [replace(c, unit=replace(c.unit, fine_tuned=0.0)) if c.cluster == name else c for c in measured]
        return {c.unit.task: c for c in of_laboratory(rows, cases, units, figures)}

    honest = {c.unit.task: c for c in of_laboratory(rows, measured, units, pairs())}
    predicted = {task: c.predicted == honest[task].predicted for task, c in lying("kubectl").items()}
    assert (predicted["kubectl"], predicted["logquery"]) == (True, False)
    learned = {task: c.classifier == honest[task].classifier for task, c in lying("banking77").items()}
    assert (learned["banking77-12"], learned["nlupp_json-domains"]) == (True, False)
    assert {task for task, c in honest.items() if c.classifier} == {"banking77-12", "nlupp_json-domains", "tickets"}
    assert all(c.tried and c.trend for c in honest.values())
    assert honest["tickets"].retrieved == pytest.approx(1.0 - 0.712, abs=0.01)


def test_a_sample_task_that_was_fine_tuned_counts_once_and_as_its_reports_say(tmp_path):
    folder = tmp_path / "kubectl" / "local-gemma3-270m"
    shutil.copytree(REPORTS / "payoff" / "kubectl" / "local-gemma3-270m", folder)
    units = evidence()[:6]
    [found] = of_reports(tmp_path, set(), units, pairs())
    probe = json.loads((folder / "probe.json").read_text(encoding="utf-8"))
    assert found.unit.n_train == 128
    assert found.unit.gain == pytest.approx(probe["gain"][-1]["value"])
    assert (found.unit.best_prompted, found.unit.prompt, found.unit.tiny) == (0.74, "retrieved", True)
    assert found.unit.doubling == pytest.approx(0.09)
    assert found.retrieved == pytest.approx(0.74 - 0.56)
    assert found.classifier is None  # its answers are built
    assert of_reports(tmp_path, {("kubectl", "local/gemma3-270m")}, units, pairs()) == []
    (folder / "study.json").unlink()
    [alone] = of_reports(tmp_path, set(), units, pairs())
    assert math.isnan(alone.retrieved)
    assert alone.unit == found.unit


def test_a_classifier_in_the_report_counts_at_the_number_trained_on(tmp_path):
    folder = tmp_path / "tickets" / "local-gemma3-270m"
    shutil.copytree(REPORTS / "payoff" / "tickets" / "local-gemma3-270m", folder)
    study = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    chances = []
    for accuracy in (0.2, 1.0):
        # Between 32 and 512 the number trained on, 128, lies in the middle of the logarithms.
        study["baseline"] = {"points": [{"n": 32, "accuracy": accuracy}, {"n": 512, "accuracy": accuracy}]}
        study["retrieved"] = []
        probe = json.loads((folder / "probe.json").read_text(encoding="utf-8"))
        probe["best_prompted"] = {**probe["best_prompted"], "accuracy": 0.5}
        (folder / "probe.json").write_text(json.dumps(probe), encoding="utf-8")
        (folder / "study.json").write_text(json.dumps(study), encoding="utf-8")
        [found] = of_reports(tmp_path, set(), evidence()[:6], pairs())
        chances.append(found.classifier[0.02])
    assert chances[0] < 0.2
    assert chances[1] > 0.8


def documents(tmp_path, *rows):
    file = tmp_path / "icl_vs_ft.csv"
    names = ("source", "licence_or_citation", "model", "task", "metric", "n_ft", "method", "value", "from_memory",
             "category")  # fmt: skip
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(names)
        writer.writerows(rows)
    return file


def test_cases_with_documents_take_the_best_of_each_side_and_nothing_from_memory(tmp_path):
    def row(method, value, model="m", memory="no", n=""):
        return ("s", "repo o/r@c (stored text ids 1, 2) Apache-2.0", model, "t", "acc", n, method, value, memory, "api")

    file = documents(
        tmp_path, row("zero-shot", 0.2), row("rag", 0.5), row("rag", 0.9, memory="yes"), row("full-ft (DSF)", 0.4),
        row("rag+ft (RAFT)", 0.7, n="1000"), row("rag", 0.99, model="never trained"),
    )  # fmt: skip
    [found] = of_documents(file, evidence()[:6])
    assert (found.unit.best_prompted, found.unit.fine_tuned, found.unit.n_train) == (0.5, 0.7, 1000)
    assert (found.unit.citation, found.unit.group) == ("o/r@c", "structure")
    assert found.retrieved == pytest.approx(0.3)
    assert "| o/r@c | t | m | +30 | 50% | 70% | +20 |" in document_table([found])


def test_the_published_tasks_with_documents_are_none_of_the_evidence(shared_data: Path):
    found = of_documents(shared_data / "payoff" / "icl_vs_ft.csv", evidence()[:6])
    assert len(found) == 8
    assert {c.unit.source for c in found}.isdisjoint(unit.source for unit in evidence())
    assert document_table(found) in (REPORTS / "rules.md").read_text(encoding="utf-8")


def test_the_report_has_what_the_laboratory_says_now():
    said = every_size(read(REPORTS / "payoff" / "laboratory.csv"))
    assert said in (REPORTS / "rules.md").read_text(encoding="utf-8")


def test_the_page_on_deciding_quotes_the_report():
    report, page = (
        " ".join((ROOT / name).read_text(encoding="utf-8").split()) for name in ("reports/rules.md", "docs/deciding.md")
    )
    said = page.partition("## How often a rule of thumb is right")[2].partition("##")[0]
    shares = re.findall(r"\d+% \(\d+ to \d+\)", said)
    counts = re.findall(r"of (?:the|all) (\d+)", said)
    assert len(shares) == 7
    talk, always, ours, always_of_all, ours_at_five, always_at_five, _after_try = shares
    assert f"right in {talk}** of the {counts[0]} cases" in report
    assert f"right in {always} of the same" in report
    assert f"right in {ours}** of all {counts[1]}, always fine-tuning in {always_of_all} of these" in report
    assert f"count**, it was right in {ours_at_five}, always fine-tuning in {always_at_five}:" in report
    ahead, interval = re.search(r"a difference of (\S+) points, (\S+ to \S+)\)", said).groups()
    assert f"a difference of {ahead} ({interval}) points." in report
    claims = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    assert f"where more than 5 points count, what curvefit says was: in {ours_at_five}" in claims


def test_how_often_what_is_probable_came_true_is_quoted_from_the_report():
    report, page = (
        " ".join((ROOT / name).read_text(encoding="utf-8").split()) for name in ("reports/rules.md", "docs/payoff.md")
    )
    two, five = re.findall(r"\| our prediction from cases, 80% sure by few of them \|(.*?)\|\s*\|", report)
    rows = [[cell.strip() for cell in row.split("|")] for row in (two, five)]
    said = []
    for cases, _, right, _, _, _, yes, no, *origins in rows:
        share, yes_right, no_right = right.replace(" (", "; ", 1), int(yes.split()[0]), int(no.split()[0])
        said.append((f"{yes_right + no_right} of {cases}", share, yes, no, origins))
    (all_two, share_two, yes, no, (lab, reports, *_)), (all_five, share_five, *_) = said
    assert f"Of such predictions {all_two} came true ({share_two}: {yes} that it does, {no} that it does not." in page
    assert f"At a margin of 5 points it is {all_five} ({share_five}." in page
    ours = sum(int(cell.split()[-1]) for cell in (lab, reports))
    assert f"{ours} of the {rows[0][0]} are ours" in page


@pytest.mark.parametrize("page", ["docs/deciding.md", "docs/payoff.md"])
def test_what_a_prediction_is_worth_after_a_try_is_quoted_from_the_report(page):
    report, said = (" ".join((ROOT / name).read_text(encoding="utf-8").split()) for name in ("reports/rules.md", page))
    share, points, low, high = re.search(
        r"right in (\d+% \(\d+ to \d+\))(?: of our \d+ cases)?, (\d+) points \((\d+) to (\d+)\) more often", said
    ).groups()
    [cells, _] = re.findall(r"\| our prediction, after a try with 32 examples (\|.*?\|.*?\|.*?\|.*?\|.*?\|)", report)
    [cases, _, right, _, ahead] = [cell.strip() for cell in cells.strip("|").split("|")]
    assert (right, ahead) == (share, f"+{points} (+{low} to +{high})")
    assert re.search(rf"\b{cases} cases(?: with one)?, ", said)


def test_the_page_on_deciding_says_what_came_of_high_prompts():
    report, page = ((ROOT / name).read_text(encoding="utf-8") for name in ("reports/rules.md", "docs/deciding.md"))
    said = re.search(r"more than 5 points in (\d+) of (\d+) measured cases; below that in (\d+ of \d+)", page)
    table = report.partition("## It pays if it gains more than 5 points")[2]
    row = re.search(r"^\| stop at a best prompt of 85% \|.*", table, re.MULTILINE)[0]
    gained, high = int(said[1]), int(said[2])
    assert f"| {said[3]} | {high - gained} of {high} |" in row


def test_the_page_on_deciding_says_why_a_report_counts_fewer_cases():
    page = " ".join((ROOT / "docs" / "deciding.md").read_text(encoding="utf-8").split())
    split, everything = high_scores(0.85, 0.05), re.search(r"of all (\d+) cases that", page)
    fewer, left_out = re.search(r"only the (\d+) that predictions rest on: not the (\d+) of", page).groups()
    assert int(fewer) == len(evidence()) == int(everything[1]) - int(left_out)
    of = f"{split.paid} of {split.cases}, and {split.others_paid} of {split.others} below 85%"
    assert f"At 5 points these are {of}." in page
    row = re.search(
        r"^\| stop at a best prompt of 85% \| (\d+)", (REPORTS / "rules.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert row[1] == everything[1]


def test_the_page_of_the_laboratory_quotes_how_often_the_prediction_is_right_where_there_is_room():
    """Where a prompt is right in all cases there is none: there the prediction says no, and is right."""
    row = next(
        line for line in (REPORTS / "rules.md").read_text().splitlines() if "our prediction from cases |" in line
    )
    right, of = map(int, re.findall(r"(\d+) of (\d+)", row)[2])
    units = [each.unit for each in laboratory(read(REPORTS / "payoff" / "laboratory.csv"), largest=True)]
    full = sum(unit.best_prompted > 0.98 for unit in units)
    paid = sum(unit.paid(0.02) for unit in units)
    assert (of, len(units)) == (39, 39)
    said = " ".join((REPORTS / "payoff" / "README.md").read_text(encoding="utf-8").split())
    assert f"right in {right - full} of these {of - full}, always fine-tuning in {paid}." in said
