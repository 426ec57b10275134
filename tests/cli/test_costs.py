"""curvefit report --costs: the page's arithmetic, what is missing, and what is wrong with a file of costs."""

from __future__ import annotations

import functools
import json
import math
import re
import shlex
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import curvefit as cf
from curvefit.decision.advice import with_stated_training
from curvefit.decision.break_even import Costs, Payback, break_even, payback_of
from curvefit.decision.listed_costs import TrainingWork, with_listed_prices
from curvefit.decision.training_prices import training_price
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.measurement.measurement import Measurement
from curvefit.models.base import Usage
from curvefit.payoff.comparison import chance_above
from curvefit.payoff.predictor import Probed
from curvefit.records import json_schema
from curvefit.report.amount_text import after_months, amount
from curvefit.report.answer_text import prompt_use, ship_sentence
from curvefit.report.cost_file import read_costs
from curvefit.report.cost_text import (
    _saved,
    cost_sentences,
    money_answer,
    money_in_short,
    money_sentences,
)
from curvefit.report.first_screen import price_sentence, tiles
from curvefit.report.next_command import command_for
from curvefit.report.page import page
from curvefit.report.probe_reader import concluded_with_probe_beside
from curvefit.report.schemas import StudyDocument
from curvefit.report.settle_text import what_would_settle
from curvefit.report.step_text import step_text
from curvefit.report.study_files import write_study
from curvefit.report.study_index import read_index
from curvefit.report.study_reader import open_study, read_study
from curvefit.report.study_record import to_record
from curvefit.report.terminal import summary
from curvefit.report.wording import chance_of, in_points, points_span
from curvefit.study import analyze, with_costs, with_own_training
from curvefit.workflows.fine_tuning_probe import concluded_again

MINI, BIG = "openai/gpt-4o-mini-2024-07-18", "openai/gpt-4.1"
TODAY = date(2026, 11, 29)
PAGE = Path(__file__).parents[2] / "docs" / "cost.md"


OPEN = (0.2, 0.4, 0.55)  # of these it is open whether fine-tuning gains accuracy


@functools.cache
def study(model="openai/m", accuracies=(0.2, 0.4, 0.5), usd=0.001, command=()):
    scores = np.repeat((np.array(accuracies)[:, None, None] > np.linspace(0, 1, 40, endpoint=False)), 2, axis=1)
    usage = tuple(Usage(80, 14_400 * n, 0, 1600, 80 * usd * n, 8.0) for n in (1, 2, 4))
    curve = cf.Measurement(
        shots=np.array([0, 1, 4]), scores=scores.astype(float), task="t", kind="classification", model=model,
        items=tuple(map(str, range(40))), usage=sum(usage, Usage()), usage_by_shots=usage,
        seconds_by_shots=((0.2, 0.3),) * 3, pool=200, command=command,
    )  # fmt: skip
    return cf.analyze(curve, n_train=200)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_study(study(), "out")
    return tmp_path


def test_the_example_of_the_page_is_what_the_tool_computes():
    text = PAGE.read_text(encoding="utf-8")
    stated = dict(re.findall(r"^(\w+): ([\d.]+)", text.split("```yaml")[1].split("```")[0], re.MULTILINE))
    costs = Costs(**{name: float(value) for name, value in stated.items() if name != "halving_months"})
    sure = cf.Estimate(0.05, 0.05, 0.05, 0.9)
    found = break_even(costs, sure)
    assert (round(found.saved_per_month.value), round(found.months.value, 3)) == (100, 10)
    assert f"{found.calls_per_month.value:,.0f} calls a month" in text
    bare = Costs(100_000, 1.2, 0.2, 30, 970, 0.0, 0.0, 12.0)
    assert f"after {break_even(bare, sure).months.value:.0f} months" in text


def test_every_file_of_the_page_is_one_that_can_be_read(folder):
    write_study(study(MINI), "reports/tickets/openai-gpt-4o-mini")
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    here = study("local/gemma3-270m")
    starts = ("At ", "With ", "The model to fine-tune", "When")
    assert [said(block, here).startswith(starts) for block in blocks] == [True] * 4


def test_the_ranges_of_the_page_come_to_what_it_says(folder, exits):
    text = PAGE.read_text(encoding="utf-8")
    [block] = [block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "[" in block]
    told = re.search(r"says of these, in part:\n\n((?:> .*\n)+)", text).group(1).replace("> ", "")
    Path("costs.yaml").write_text(block)
    _, shown, _ = exits("report", "out", "--costs", "costs.yaml")
    assert " ".join(told.split()) in " ".join(shown.split())
    ranges = "Stated as ranges: 50,000 to 200,000 calls a month; $200.00 to $800.00 for training."
    assert ranges in " ".join(shown.split())
    kept = read_study("out").costs
    assert kept.ranges == {"calls_per_month": (50_000, 200_000), "training_usd": (200, 800)}
    found = json.loads(Path("out/study.json").read_text())["break_even"]
    assert (found["months"]["value"], found["dearest"]["months"]["value"]) == pytest.approx((1, 16))


def test_a_range_of_what_a_mistake_costs_is_weighed_at_its_upper_end_and_counted_at_both(folder):
    curve = study(accuracies=(0.2, 0.5, 0.5)).curve
    scores = curve.scores.copy()
    scores[1, 0, 19] = 0.0  # 1.25 points less
    one = cf.analyze(replace(curve, scores=scores), n_train=200, margin=0.05)
    stated = "calls_per_month: 1000\ntuned_usd_per_1000: 1\ntraining_usd: 9\nhosting_usd_per_month: 0\nerror_usd: {}\n"
    text = said(stated.format("[0, 2]"), one)
    cheaper = [with_costs(one, _read(stated.format(end), one)).advice.cheaper for end in ("[0, 2]", "2", "0")]
    assert cheaper[0] is cheaper[1] is None
    assert cheaper[2] is not None
    assert "This counts a gain of" in text
    assert "Stated as a range: $0.00 to $2.00 for a wrong answer." in text


def _read(costs, of):
    Path("costs.yaml").write_text(costs)
    return read_costs(Path("costs.yaml"), of)


@pytest.mark.parametrize(
    ("training", "said"),
    [
        ("[9, 800]", "whether it pays back within a year depends on your range, with mistakes counted as free"),
        ("[700, 800]", "at your costs it would not pay back within a year"),
        ("800", "at your costs it would not pay back within a year"),
    ],
)
def test_the_answer_says_at_which_end_it_does_not_pay_back_within_a_year(folder, training, said):
    known = cf.read_study(PAGE.parents[1] / "reports/contacts/local-gemma3-270m")
    costs = f"calls_per_month: 10000\nprompted_usd_per_1000: 2\ntuned_usd_per_1000: 0.1\ntraining_usd: {training}\n"
    assert said in ship_sentence(with_costs(known, _read(f"{costs}hosting_usd_per_month: 0\n", known)))


@pytest.mark.parametrize(
    ("name", "error_usd", "said", "trains"),
    [
        ("reviews", 0.0, "; whether fine-tuning gains accuracy is open, but at your costs it would never pay back, with"
         " mistakes counted as free.", False),
        ("reviews", 0.2, "; whether fine-tuning gains accuracy, or pays back within a year at your costs, is open.",
         False),
        ("house_code", 0.0, "(wrong more often than right) for now; fine-tuning likely gains", False),
        ("house_code", 0.2, "Fine-tune: that likely pays; the prompt with the most similar examples is wrong", True),
    ],
)  # fmt: skip
def test_what_never_pays_back_and_a_prompt_that_is_mostly_wrong_are_in_the_first_sentence(
    name, error_usd, said, trains
):
    known, _ = concluded_with_probe_beside(open_study(PAGE.parents[1] / "reports" / name / "local-gemma3-270m"), None)
    study = with_costs(known, Costs(5000.0, 1.5, 1.4, 500.0, 500.0, 100.0 * (not error_usd), error_usd))
    assert said in ship_sentence(study)
    assert ("fine-tune" in {step.code for step in study.advice.next_steps}) is trains


def test_the_training_of_the_page_costs_what_it_says():
    costs = with_listed_prices(Costs(1.0), training_price(MINI), TrainingWork(200, 3, prompt=180, answer=20), TODAY)
    text = PAGE.read_text(encoding="utf-8")
    assert costs.training_usd == pytest.approx(0.36)
    assert "200 examples of 200 tokens are 120,000 tokens in three passes, $0.36 at $3 a million." in text


def test_a_file_of_costs_is_answered_kept_and_shown_on_the_page(folder, exits):
    Path("costs.yaml").write_text(
        "calls_per_month: 100000\ntuned_usd_per_1000: 1\ntraining_usd: 100\nhosting_usd_per_month: 0\n"
    )
    status, shown, told = exits("report", "out", "--costs", "costs.yaml")
    assert status == 0, told
    assert "At 100,000 calls a month the fine-tuned model would save $300.00 a month" in shown
    assert "the $100 paid at the start would be back after 10 days" in shown
    record = json.loads(Path("out/study.json").read_text())
    assert record["costs"]["prompted_usd_per_1000"] == pytest.approx(4.0)  # as measured
    assert record["break_even"]["months"]["value"] == pytest.approx(1 / 3)
    assert "would save $300.00 a month" in Path("out/report.html").read_text()
    assert read_study("out").costs == Costs(100_000, 4.0, 1.0, 100.0, 0.0, 0.0, at_measured_price=True)
    assert exits("report", "out")[0] == 0  # and again, from the study alone
    assert "would save $300.00 a month" in Path("out/report.html").read_text()


@pytest.mark.parametrize("error_usd", ["", "error_usd: 0.1\n"])
def test_a_mostly_wrong_prompt_is_not_used_for_money_before_it_is_stated_what_its_mistakes_cost(
    folder, exits, monkeypatch, error_usd
):
    known = PAGE.parents[1] / "reports/widgets/local-gemma3-270m"
    words = ["report", str(known), "--costs", "costs.yaml", "--out", "priced"]
    monkeypatch.setattr("sys.argv", ["curvefit", *words])
    costs = "calls_per_month: 20000\nprompted_usd_per_1000: 3\ntuned_usd_per_1000: 1\ntraining_usd: 50\n"
    Path("costs.yaml").write_text(f"{costs}hosting_usd_per_month: 20\nlabour_usd: 2000\n{error_usd}")
    _, shown, _ = exits(*words)
    for told in (shown, exits("report", "priced")[1]):  # and again, from the study alone
        first, command = told.partition("\nNext: ")[2].split("\n  ")[:2]
        assert ("(error_usd)" in first) == (not error_usd)
        assert (command.split("\n")[0] == shlex.join(["curvefit", *words])) == (not error_usd)
    codes = [step.code for step in read_study("priced").advice.next_steps]
    assert ("state-error-usd" in codes) == (not error_usd)
    assert codes[1:2] == ["ship"] or error_usd


def test_what_is_not_known_is_named_and_no_break_even_made_up(folder, exits):
    Path("costs.yaml").write_text("calls_per_month: 100000\n")
    write_study(study("local/gemma3-270m"), "out")
    _, shown, _ = exits("report", "out", "--costs", "costs.yaml")
    assert "is open: state dollars for a thousand calls of the prompt to use (prompted_usd_per_1000);" in " ".join(
        shown.split()
    )
    assert json.loads(Path("out/study.json").read_text())["break_even"] is None


def test_with_calls_alone_what_is_known_is_said_first_with_its_caveat(folder, exits):
    """The page has a price for the fine-tuned model: that of the base model."""
    Path("costs.yaml").write_text("calls_per_month: 100000\n")
    _, shown, _ = exits("report", "out", "--costs", "costs.yaml")
    _, answer, *_ = shown.split("\n\n")
    assert " ".join(answer.split()) == (
        "At 100,000 calls a month the fine-tuned model would save $300.00 a month, before training and hosting. What"
        " training and hosting cost is not known: state dollars for the training (training_usd); dollars a month for"
        " hosting, 0 where there is none (hosting_usd_per_month). Or name who would train and host it, as in provider:"
        " together_ai. Calls of the fine-tuned model are at the base model's price; providers may ask more."
    )
    record = json.loads(Path("out/study.json").read_text())
    assert record["break_even"] is None
    assert " ".join(record["money"]["text"]) == " ".join(answer.split())
    assert record["money"]["missing"] == ["training_usd", "hosting_usd_per_month"]
    saved = record["money"]["saved_per_month_before"]
    assert saved["best"] == saved["worst"] == {"value": 300, "low": 300, "high": 300, "level": 0.9}
    assert read_study("out").costs.at_base_price


def test_a_program_is_told_what_is_missing_for_break_even_and_what_is_saved_before_at_both_ends(folder, exits):
    Path("costs.yaml").write_text("calls_per_month: [100000, 200000]\ntraining_usd: 9\n")
    record = json.loads(exits("report", "out", "--costs", "costs.yaml", "--json")[1])
    assert (record["break_even"], record["money"]["missing"]) == (None, ["hosting_usd_per_month"])
    ends = record["money"]["saved_per_month_before"]
    assert [ends[end]["value"] for end in ("best", "worst")] == [600, 300]
    assert list(Draft202012Validator(json.loads(json_schema(StudyDocument, "study"))).iter_errors(record)) == []
    Path("costs.yaml").write_text("calls_per_month: 100000\ntraining_usd: 9\nhosting_usd_per_month: 0\n")
    record = json.loads(exits("report", "out", "--costs", "costs.yaml", "--json")[1])
    assert record["break_even"]["saved_per_month"]["value"] == 300
    assert (record["money"]["missing"], record["money"]["saved_per_month_before"]) == ([], None)
    unpredicted = with_costs(replace(study(), payoff=None), Costs(100_000, 1.2, 0.08, 30, hosting_usd_per_month=0))
    assert to_record(unpredicted)["money"]["missing"] == ["gain"]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("hosting_usd_per_month: 50", "would save $250.00 a month, before training. What training costs is not known:"),
        ("training_usd: 9", "would save $300.00 a month, before hosting. What hosting costs is not known:"),
        (
            "prompted_usd_per_1000: 0.5",
            "would cost $50.00 a month more, even before training and hosting. What",
        ),
        ("training_usd: 9\nhosting_usd_per_month: 0", "and the $9.00 paid at the start would be back within a day."),
        (
            "training_usd: 9\nhosting_usd_per_month: 900",
            "and the $9.00 paid at the start would never be back.",
        ),
        (
            "training_usd: 9\nhosting_usd_per_month: 90",
            "is cheaper to run above 30,000 calls a month.",
        ),
        (
            "training_usd: 9\nhosting_usd_per_month: 90",
            "If prices of tokens halve each year, the money is back at about the same time.",
        ),
        (
            "training_usd: 900\nhosting_usd_per_month: 90",
            "halve each year, the money would be back after",
        ),
        ("tuned_usd_per_1000: 2\nhosting_usd_per_month: 0", "would save $200.00 a month, before training."),
    ],
)
def test_what_is_stated_besides_is_counted(folder, stated, expected):
    text = said(f"calls_per_month: 100000\n{stated}\n", study())
    assert expected in text
    assert ("at the base model's price" in text) == ("tuned_usd" not in stated)


def test_the_price_of_the_base_model_is_not_taken_for_another_provider(folder):
    assert "state dollars for a thousand calls of the fine-tuned" in said(
        "calls_per_month: 9\nprovider: ori/8b", study()
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("call_per_month: 3", "call_per_month: no such field; did you mean calls_per_month?"),
        ("calls_per_month: many", "calls_per_month: must be a number, not 'many'"),
        (
            "calls_per_month: [1, 2, 3, 4, 5, 6, 7, 8]",
            "calls_per_month: must be a number, or a range of two as in [200, 800], not [1, 2, 3, 4, 5, 6, ...]",
        ),
        (
            "calls_per_month: 1\ntraining_usd: [200]",
            "training_usd: must be a number, or a range of two as in [200, 800], not [200]",
        ),
        ("calls_per_month: 1\ntraining_usd: [800, 200]", "training_usd: a range goes from low to high: [200, 800]"),
        ("calls_per_month: 1\ntraining_usd: [-200, 800]", "training_usd must be at least 0, not -200.0"),
        ("calls_per_month: 1\ntraining_usd: [200, many]", "training_usd: must be a number, not 'many'"),
        ("calls_per_month: [0, 9]", "calls_per_month: must be more than 0: how often is the task asked?"),
        (
            "calls_per_month: 1\nprompted_usd_per_1000: [1, 2]",
            "prompted_usd_per_1000: must be one number, not [1, 2]: only calls_per_month, tuned_usd_per_1000,"
            " training_usd, labour_usd, hosting_usd_per_month, error_usd may be ranges",
        ),
        ("calls_per_month: .inf", "calls_per_month: must be a number, not inf"),
        ("calls_per_month: true", "calls_per_month: must be a number, not True"),
        ("calls_per_month: 1\nerror_usd: -1", "error_usd must be at least 0, not -1.0"),
        ("error_usd: 1", "calls_per_month: is missing"),
        ("- 1", "holds no fields such as calls_per_month"),
        ("calls_per_month: 0", "calls_per_month: must be more than 0: how often is the task asked?"),
        ("", "holds no fields"),
        ("# nothing", "holds no fields"),
    ],
)
def test_a_fault_in_the_file_is_one_line(folder, exits, content, said):
    Path("costs.yaml").write_text(content)
    status, shown, told = exits("report", "out", "--costs", "costs.yaml")
    assert (status, shown, told.count("\n")) == (1, "", 1)
    assert f"costs.yaml: {said}" in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("calls_per_month: 9\nerror_usd: 2\nerror_usd: 0.02", "3: error_usd: stands here twice"),
        ("calls_per_month: 9\nerror_usd: [", "2: no valid YAML"),
        ("calls_per_month: &a 9\nerror_usd: *a", "2: aliases (*) are not read"),
    ],
)
def test_a_key_given_twice_and_what_is_no_plain_yaml_are_refused_with_their_line(folder, exits, content, said):
    Path("costs.yaml").write_text(content)
    status, shown, told = exits("report", "out", "--costs", "costs.yaml")
    assert (status, shown, told.count("\n")) == (1, "", 1)
    assert f"costs.yaml:{said}" in told


def said(costs, of, today=TODAY):
    """What a file of costs comes to, as one text."""
    Path("costs.yaml").write_text(costs)
    return " ".join(cost_sentences(replace(of, costs=read_costs(Path("costs.yaml"), of, today))))


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((18_826.46, 9_210.24, 19_540.0), "$18,800 ($9,200 to $19,500)"),
        ((72.85, -9_449.07, 9_469.18), "$70 (−$9,450 to $9,470)"),
        ((59.912, 59.903, 59.951), "$59.91 ($59.90 to $59.95)"),
        ((0.052, 0.031, 0.082), "$0.052 ($0.031 to $0.082)"),
        ((-4.0, -912.0, 80.0), "−$4 (−$912 to $80)"),
        ((20_800.85, 20_800.85, 20_800.85), "$20,800.85"),
    ],
)
def test_an_amount_has_the_digits_that_are_known_and_an_exact_one_all(ends, expected):
    assert amount(cf.Estimate(*ends, 0.9)) == expected


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_rounded_amount_is_off_by_less_than_its_interval(value, below, above):
    estimate = cf.Estimate(value, value - below, value + above, 0.9)
    shown = [float(re.sub("[$,]", "", each).replace("−", "-")) for each in re.findall(r"−?\$[\d,.]+", amount(estimate))]
    exact = [value, estimate.low, estimate.high][: len(shown)]
    off = max(below + above, 0.011)
    assert all(abs(one - other) <= off for one, other in zip(shown, exact, strict=True))


def test_where_answers_are_partly_right_it_is_said_that_they_cost_part_of_an_error(folder):
    """Of 40 items 20 are right, and the others half right."""
    whole = study()
    parts = replace(whole, curve=replace(whole.curve, scores=np.maximum(whole.curve.scores, 0.5)))
    costs = "calls_per_month: 1000\nerror_usd: 1\ntraining_usd: 9\n"
    said_of = (
        "A partly right answer costs part of error_usd here. Where any fault costs all of it, these sums do not hold:"
        " only 50% of the answers to the prompt to use are wholly right."
    )
    for more in ("", "hosting_usd_per_month: 0\n"):
        assert said_of in said(f"{costs}{more}", parts)
        assert said_of in " ".join(money_answer(replace(parts, costs=Costs(1000, 4, 1, 9, 0, 0, error_usd=1)))[0])
        assert "partly right" not in said(f"{costs}{more}", whole)
        assert "partly right" not in said(f"{costs}{more}".replace("error_usd: 1\n", ""), parts)


def test_what_is_on_the_list_of_prices_need_not_be_stated(folder, exits):
    write_study(study(MINI, usd=4e-5), "out")
    Path("costs.yaml").write_text("calls_per_month: 100000\n")
    status, shown, told = exits("report", "out", "--costs", "costs.yaml")
    shown = " ".join(shown.split())
    assert status == 0, told
    assert "would save $8.20 a month" in shown  # 100,000 calls at $0.16 and $0.078 a thousand
    assert "training $0.36 (200 examples of about 200 tokens, 3 passes, at $3.00 for a million)" in shown
    assert "prices of 2026-05-07, by https://developers.openai.com/api/docs/pricing" in shown
    kept = read_study("out").costs
    record = json.loads(Path("out/study.json").read_text())["costs"]
    assert record["listing"]["price"]["read"] == "2026-05-07"
    assert kept.listing.price.model == "gpt-4o-mini"
    assert kept.training_usd == pytest.approx(0.36)
    assert "prices of 2026-05-07" in Path("out/report.html").read_text()


def test_a_fine_tuned_model_that_was_measured_has_its_own_price_unless_another_is_stated(folder):
    measured = ValidatedTraining("openai/ft:m", 200, cf.Estimate(0.7, 0.6, 0.8, 0.9), cf.Estimate(0.2, 0.1, 0.3, 0.9))
    measured = replace(measured, usd_per_1000=0.5)
    base = "calls_per_month: 100000\nprompted_usd_per_1000: 4\ntraining_usd: 9\nhosting_usd_per_month: 0\n"
    own = "A thousand calls of the fine-tuned model cost $0.50, as curvefit validate measured it."
    for model in ("openai/m", MINI):  # without a listed price, and with one
        known = with_own_training(study(model), (measured,))
        text = said(base, known)
        assert "the fine-tuned model would save $350.00 a month" in text  # 100,000 calls at $4 and $0.50 a thousand
        assert own in text
        assert "for a thousand calls of the fine-tuned model" not in text, "which the list need not say"
        before = replace(study(model), costs=read_costs(Path("costs.yaml"), study(model)))
        later = with_own_training(before, (measured,))
        assert " ".join(cost_sentences(later)) == text, "nor where it is measured after the costs were given"
        assert price_sentence(later).endswith("; $0.50 fine-tuned, as measured.")
        write_study(later, "kept")
        assert read_study("kept").costs.at_validated_price
    stated = said(f"{base}tuned_usd_per_1000: 1\n", known)
    assert "would save $300.00 a month" in stated
    assert own not in stated
    assert own not in said(f"{base}provider: together_ai/8b\n", known), "whose calls cost what they do there"


def test_ones_own_figure_wins_over_the_list(folder):
    text = said("calls_per_month: 100000\ntraining_usd: 41\nhosting_usd_per_month: 3\n", study(MINI, usd=4e-5))
    assert "the $41.00 paid at the start" in text
    assert "training $" not in text
    assert "save $5.20 a month" in text
    assert "Not stated, so taken from curvefit's list of prices: $0.078 for a thousand calls" in text


def test_a_server_of_ones_own_is_not_on_the_list_whatever_its_models_are_called(folder):
    own = study(MINI, command=("curvefit", "run", "t", "-m", MINI, "--api-base", "http://localhost:1/v1"))
    text = said("calls_per_month: 100000\n", own)
    assert "not known: state dollars for the training (training_usd); dollars a month for hosting" in text
    assert "list of prices" not in text


def test_a_model_that_runs_here_is_priced_at_a_provider_of_the_list(folder):
    here = study("local/gemma3-270m")
    assert "Or name who would train and host it, as in provider: together_ai." in said("calls_per_month: 9\n", here)
    text = said("calls_per_month: 3000000\nprovider: together\nprompted_usd_per_1000: 2\n", here)
    assert (
        "With the lower prices, at 3,000,000 calls a month the fine-tuned model would save $3,087.30 a month. The"
        in text
    )
    assert "With the higher prices, it would save $1,262.30 a month. The $0.058 paid at the start would" in text
    assert (
        "is cheaper to run above 1,456,350 calls a month; with the higher prices, above 2,368,850 calls a month."
    ) in text
    assert "hosting $2,912.70 to $4,737.70 a month (730 hours at $3.99 to $6.49)" in text
    assert "together_ai models of up to 16 billion parameters: prices of 2026-05-08" in text
    dear = said("calls_per_month: 2000000\nprovider: together\nprompted_usd_per_1000: 2\n", here)
    assert "would save $1,087.30 a month. The $0.041" in dear
    assert "With the higher prices, it would cost $737.70 a month more. The $0.058" in dear
    rare = said("calls_per_month: 10\nprovider: together\nprompted_usd_per_1000: 2\n", here)
    assert "would cost $2,912.68 a month more. The $0.041 paid at the start would never be back." in rare
    assert "it would cost $4,737.68 a month more. The $0.058 paid at the start would never be back." in rare


def test_a_rented_gpu_is_paid_by_the_hour(folder):
    stated = "calls_per_month: 1000000\nprovider: runpod/H100\nprompted_usd_per_1000: 4\ntraining_hours: 2\n"
    text = said(stated, study("local/gemma3-270m"))
    assert "training $5.38 to $6.98 (2 hours at $2.69 to $3.49)" in text
    assert "nothing for calls of the fine-tuned model (hosting pays for them)" in text


def test_a_small_model_fine_tuned_against_a_big_one_prompted(folder):
    small, big = study(MINI, usd=4e-5), study(BIG, (0.6, 0.7, 0.75), usd=6e-4)
    write_study(small, "small")
    text = said("calls_per_month: 100000\ntuned_study: small\n", big)
    costs = read_costs(Path("costs.yaml"), big)
    fine_tuned = small.candidates[-1].accuracy
    assert costs.tuned.gain.value == pytest.approx(fine_tuned.value - 0.75, abs=0.011)
    assert costs.tuned.gain.low < costs.tuned.gain.value < costs.tuned.gain.high
    assert costs.prompted_usd_per_1000 == pytest.approx(2.4)  # of the big one, with 4 examples
    assert costs.tuned_usd_per_1000 == pytest.approx(0.078)  # of the small one, fine-tuned
    worse = f"{-100 * costs.tuned.gain.value:.0f} points worse"
    assert f"The model to fine-tune is {MINI}. Fine-tuned it is predicted to be {worse}" in text
    assert "What its mistakes cost is not counted below: state error_usd." in text
    assert "would save $232.20 a month" in text  # (2.40 − 0.078) × 100
    with_mistakes = said("calls_per_month: 100000\ntuned_study: small\nerror_usd: 0.1\n", big)
    lost = 100_000 * 0.1 * -costs.tuned.gain.value
    assert f"would most likely cost ${round(lost - 232.2, -1):,.0f} a month more (up to" in with_mistakes
    assert "not counted" not in with_mistakes
    write_study(replace(big, costs=costs), "big")
    assert read_study("big").costs == costs


def test_a_small_model_fine_tuned_saves_no_more_mistakes_than_the_big_one_makes(folder):
    write_study(study(MINI, (0.7, 0.8, 0.9)), "small")
    big = study(BIG, (0.8, 0.9, 0.95))
    Path("costs.yaml").write_text("calls_per_month: 9\ntuned_study: small\n")
    gain = read_costs(Path("costs.yaml"), big).tuned.gain
    assert gain.low < gain.value < gain.high <= 1 - big.best.point.accuracy.low
    assert gain.value <= 1 - big.best.point.accuracy.value


def test_where_another_model_is_fine_tuned_answer_and_tiles_say_of_which_model_they_are(folder):
    write_study(study(MINI, usd=4e-5), "small")
    big = study(BIG, (0.6, 0.7, 0.75), usd=6e-4)
    for more in ("", "error_usd: 0.1\n", "tuned_usd_per_1000: 3\n"):
        Path("costs.yaml").write_text(f"calls_per_month: 100000\ntuned_study: small\n{more}")
        here = with_costs(big, read_costs(Path("costs.yaml"), big))
        gain = here.costs.tuned.gain
        assert ship_sentence(here) == f"{ship_sentence(big)} That is about fine-tuning {BIG}, not {MINI}."
        best, added, chance, cost = tiles(here)
        assert best == tiles(big)[0]
        assert (added.label, added.value) == ("Fine-tuning another would add", f"{in_points(gain.value)} points")
        assert added.note == f"({points_span(gain)}) predicted of {MINI}, over this study's prompt"
        assert chance.label == ("Chance that it pays back" if "error" in more else "Chance of gaining over 2 points")
        assert chance.note.endswith(f"with {MINI} fine-tuned" if "error" in more else "with that model")
        whose = "$3.00 with {} fine-tuned, as stated" if "tuned" in more else "$0.078 with {} fine-tuned, by the list"
        assert whose.format(MINI) in price_sentence(here)
        assert cost.label.startswith("Fine-tuning another would ")
        text = " ".join(summary(here).split())
        assert f"points over this study's prompt, predicted of {MINI}; {chance_of(chance_above(gain, 0.02))}" in text
    free = study("local/gemma3-270m", (0.6, 0.7, 0.75), usd=0.0)
    write_study(free, "free")
    Path("costs.yaml").write_text("calls_per_month: 100000\ntuned_study: free\n")
    here = with_costs(big, read_costs(Path("costs.yaml"), big))
    assert "fine-tuned" not in price_sentence(here), "of which no price is known"


def test_prices_of_over_a_year_ago_are_said_to_be_old_and_so_are_offers_that_ended(folder):
    text = said("calls_per_month: 100000\n", study(MINI), today=date(2027, 6, 1))
    assert "They are over a year old: check them. It has not been offered since 2027-01-06." in text
    assert "year old" not in said("calls_per_month: 100000\n", study(MINI))


@pytest.mark.parametrize(
    ("content", "said_"),
    [
        ("provider: togther_ai", "provider: 'togther_ai' is not on the list of prices; did you mean together_ai?"),
        ("provider: nobody", "provider: 'nobody' is not on the list of prices; there are openai, azure"),
        ("provider: together_ai", "provider: the list of prices has nothing for 'openai/m' there; name a model or a"),
        ("provider: together_ai/8b\nmethod: magic", "provider: the list of prices has nothing for '8b' by 'magic'"),
        ("provider: 3", "provider: must be a text, not 3"),
        ("training_hours: -1", "training_hours: must be at least 0"),
        ("tuned_study: nowhere", "tuned_study: "),
        ("tuned_study: out", "tuned_study: is of the same model as the study; leave it out"),
        ("providers: openai", "providers: no such field; did you mean provider?"),
    ],
)
def test_a_fault_in_who_trains_is_one_line(folder, exits, content, said_):
    Path("costs.yaml").write_text(f"calls_per_month: 1\n{content}\n")
    status, shown, told = exits("report", "out", "--costs", "costs.yaml")
    assert (status, shown, told.count("\n")) == (1, "", 1)
    assert f"costs.yaml: {said_}" in told


def test_a_study_that_predicts_no_fine_tuning_cannot_be_the_tuned_one(folder, exits):
    other = study(MINI)
    write_study(cf.analyze(replace(other.curve, pool=0, kind="")), "small")
    Path("costs.yaml").write_text("calls_per_month: 1\ntuned_study: small\n")
    _, _, told = exits("report", "out", "--costs", "costs.yaml")
    assert "tuned_study: predicts nothing of fine-tuning; give it --n-train" in told


def test_a_damaged_listing_is_refused(folder, exits):
    Path("costs.yaml").write_text("calls_per_month: 1\n")
    write_study(replace(study(MINI), costs=read_costs(Path("costs.yaml"), study(MINI))), "out")
    file = Path("out/study.json")
    file.write_text(file.read_text().replace('"read": "2026-05-07"', '"read": "2026-02-31"'))
    status, _, told = exits("report", "out")
    assert (status, told.count("\n")) == (1, 1)
    assert "costs.listing.price.read" in told


def test_the_page_has_one_price_for_the_fine_tuned_model(folder):
    """Without costs it is that of the base model; with them the one that is stated, or that the list has."""
    Path("costs.yaml").write_text("calls_per_month: 1\ntuned_usd_per_1000: 1.5\n")
    Path("listed.yaml").write_text("calls_per_month: 1\nprovider: openai/gpt-4o-mini\n")
    here = read_study("out")
    assert "fine-tuned, at the base model's price" in tiles(here)[-1].note
    stated = replace(here, costs=read_costs(Path("costs.yaml"), here))
    assert price_sentence(stated).endswith("; $1.50 fine-tuned, as stated.")
    listed = replace(here, costs=read_costs(Path("listed.yaml"), here))
    assert price_sentence(listed).endswith("fine-tuned, by the list of prices.")
    for here in (stated, listed):
        assert f"{price_sentence(here)}</p>" in page(here, picture="")


def test_the_page_has_the_users_own_price_and_what_it_comes_to_and_the_first_screen_what_is_saved(folder):
    Path("costs.yaml").write_text(
        "calls_per_month: 1000\nprompted_usd_per_1000: 1.20\ntuned_usd_per_1000: 0.40\n"
        "training_usd: 9\nhosting_usd_per_month: 0\n"
    )
    for here in (study("local/gemma3-270m"), study()):  # of which the one has no price, and the other another
        known = replace(here, costs=read_costs(Path("costs.yaml"), here))
        saved = tiles(known)[-1]
        assert (saved.label, saved.value) == ("Fine-tuning would save", "$0.80")
        assert saved.note == "a month; mistakes counted as free; back after 11 months"
        price = "A thousand calls cost $1.20 with the best prompt, as stated; $0.40 fine-tuned, as stated."
        assert price_sentence(known) == price
        money, rest = (" ".join(part) for part in money_answer(known))
        shown = page(known, picture="")
        assert money.startswith("At 1,000 calls a month the fine-tuned model would save $0.80 a month")
        assert (shown.count(money), shown.count(f"{rest} {price}")) == (1, 1)
        assert shown.index('<details id="money">') < shown.index(money) < shown.index(rest) < shown.index('id="why"')
        assert f"{money} {rest}" == " ".join(money_sentences(known)) in known._repr_html_()
    measured = replace(here, costs=replace(known.costs, prompted_usd_per_1000=4.0))
    assert price_sentence(measured).endswith(" with the best prompt; $0.40 fine-tuned, as stated.")


def test_of_two_chances_of_money_back_the_lower_one_comes_first():
    """10,000 calls save $15 on tokens: $100 are back in a year unless mistakes cost more."""
    costs = Costs(10_000, 2.0, 0.5, 100, 0.0, 0.0, 0.01, upper_ends={"error_usd": 0.1})
    payoff = replace(study().payoff, gain=cf.Estimate(0.01, -0.1, 0.12, 0.9), prompted=None)
    here = replace(study(), costs=costs, payoff=payoff)
    found = break_even(costs, here.gain_over_prompt_to_use)
    assert found.within_a_year < found.dearest.within_a_year, "the better end as predicted"
    assert tiles(here)[2].value == f"{chance_of(found.within_a_year)} to {chance_of(found.dearest.within_a_year)}"


def test_where_prices_are_from_stays_below_the_first_screen(folder):
    here = study(MINI, usd=4e-5)
    Path("costs.yaml").write_text("calls_per_month: 100000\n")
    shown = page(replace(here, costs=read_costs(Path("costs.yaml"), here, TODAY)), picture="")
    details_at = shown.index('id="why"')
    assert shown.index("would save $8.20 a month") < details_at < shown.index("prices of 2026-05-07, by https")


@pytest.mark.parametrize(("training_usd", "most"), [(9.0, 9.0), (9.0, 1e4)])
def test_where_mistakes_cost_the_chance_is_that_of_money_back_within_a_year_at_both_ends(training_usd, most):
    costs = Costs(1000, 1.2, 0.4, training_usd, 0.0, 0.0, 0.01, upper_ends={"training_usd": most} if most > 9 else {})
    here = replace(study(), costs=costs)
    chance = break_even(replace(costs, training_usd=most, upper_ends={}), here.gain_over_prompt_to_use).within_a_year
    assert 0 < chance < 1 or most > 9
    better = break_even(costs, here.gain_over_prompt_to_use).within_a_year
    tile = tiles(here)[2]
    at = "from one end of the range to the other" if most > 9 else "at your costs"
    assert (tile.label, tile.note) == ("Chance that it pays back", f"within a year, {at}")
    assert tile.value == (f"{chance_of(chance)} to {chance_of(better)}" if most > 9 else chance_of(chance))
    to = f"to {chance_of(better)} " if most > 9 else ""
    assert f"{to}chance that it pays back within a year, {at}" in " ".join(summary(here).split())
    free = replace(here, costs=replace(costs, error_usd=0.0))
    assert (tiles(free)[2].label, "chance that it pays back" in summary(free)) == (
        "Chance of gaining over 2 points",
        False,
    )


@pytest.mark.parametrize(
    ("labour", "error", "said"),
    [
        (1.0, 0.0, ""),
        (200.0, 0.0, "at your costs it would not pay back within a year, with mistakes counted as free"),
        (200.0, 1e-4, "at your costs it would not pay back within a year."),
        (1600.0, 1.0, "at your costs it would hardly pay back within a year."),
        (1e6, 0.0, "at your costs it would not pay back within a year, with mistakes counted as free"),
    ],
)
def test_what_hardly_pays_back_within_a_year_is_no_reason_to_train(labour, error, said):
    # A thousand calls save $0.80 a month: $200 are back after 20 years, and $1,000,000 after 100,000.
    known = replace(study().payoff, gain=cf.Estimate(0.1, 0.05, 0.15, 0.9), prompted=None)
    inputs = replace(study().advice_inputs, payoff=known)
    made = replace(study(), payoff=known, advice=replace(study().advice, training="pays"), advice_inputs=inputs)
    costs = Costs(1000, 1.2, 0.4, 0.0, labour, 0.0, error)
    assert (said in ship_sentence(replace(made, costs=costs)), made.money_back) == (True, "open")
    money = " ".join(money_sentences(replace(made, costs=costs))).partition("If prices")[0]
    assert ("more than 10 years" in money, "never" in money) == (labour > 1 and error != 1, False)


def test_what_a_month_saves_before_training_is_said_at_both_ends_of_the_price_of_hosting():
    costs = Costs(1_000_000, 2.0, 0.0, math.nan, 0.0, 1963.7, upper_ends={"hosting_usd_per_month": 2547.7})
    said = " ".join(money_sentences(replace(study(), costs=costs)))
    assert (
        "With the lower price, at 1,000,000 calls a month the fine-tuned model would save $36.30 a month,"
        " before training. With the higher price, it would cost $547.70 a month more, even before training. What"
        " training costs is not known: state dollars for the training (training_usd)."
    ) in said
    dear = " ".join(money_sentences(replace(study(), costs=replace(costs, hosting_usd_per_month=2100.0))))
    assert dear.count(", even before training.") == 2


@pytest.mark.parametrize("missing", [(), ("training_usd",)])
@pytest.mark.parametrize("ends", [{"training_usd": 800.0}, {"hosting_usd_per_month": 500.0}])
@pytest.mark.parametrize("gain", [(0.0, -0.02, 0.0), (0.1, 0.05, 0.2), (0.1, -0.1, 0.2), (0.1, 0.1, 0.1)])
def test_no_sentence_of_money_is_long_where_a_price_is_a_range(missing, ends, gain):
    costs = Costs(10_000, 2.0, 0.1, 100.0, 0.0, 10.0, 0.1, upper_ends=ends)
    costs = replace(costs, **dict.fromkeys(missing, math.nan), upper_ends={} if set(missing) & set(ends) else ends)
    payoff = replace(study().payoff, gain=cf.Estimate(*gain, 0.9), prompted=None)
    said = money_sentences(replace(study(), costs=costs, payoff=payoff))
    assert max(len(each) for text in said for each in re.split(r"(?<=[.:]) ", text)) <= 180


def test_no_money_is_counted_on_a_gain_that_is_not_judged():
    unread = replace(study(), advice=replace(study().advice, action="mend-format"))
    costs = Costs(1000, 1.2, 0.4, 9.0, 0.0, 0.0, 0.01)
    (said,) = money_sentences(replace(unread, costs=costs))
    assert said == "When fine-tuning pays in money is not judged yet. Fix the format first."


def test_falling_prices_are_said_to_change_it_where_they_do_at_the_highest_price_alone():
    costs = Costs(1000, 1.2, 0.4, 0.5, 0.0, 0.0, upper_ends={"training_usd": 14.0})
    said = " ".join(money_sentences(replace(study(), costs=costs)))
    assert "If prices of tokens halve each year, with the higher price, the money would never be back." in said


def test_prices_that_fall_are_said_to_change_little_where_they_do():
    costs = Costs(1000, 1.2, 0.4, 1.0, 0.0, 0.0)  # back after 1.25 months, or then 1.30
    said = " ".join(money_sentences(replace(study(), costs=costs)))
    assert "If prices of tokens halve each year, the money is back at about the same time." in said
    slow = " ".join(money_sentences(replace(study(), costs=replace(costs, training_usd=9.0))))
    assert "If prices of tokens halve each year, the money would be back after" in slow


@pytest.mark.parametrize(
    ("training", "gain", "costs", "pays"),
    [
        ("does not pay", (0.1, 0.1, 0.1), {}, "does"),
        ("does not pay", (0.1, 0.05, 0.2), {"error_usd": 1.0}, "does"),
        ("does not pay", (0.1, -0.1, 0.2), {"error_usd": 1.0}, "may"),
        ("does not pay", (0.1, 0.1, 0.1), {"upper_ends": {"hosting_usd_per_month": 50.0}}, "may"),
        ("does not pay", (0.1, 0.1, 0.1), {"training_usd": math.nan}, "may"),
        ("does not pay", (0.1, 0.1, 0.1), {"training_usd": 1e6}, ""),  # saves $19 a month, which is never enough
        ("pays", (0.1, 0.1, 0.1), {}, ""),
        ("pays", (0.1, 0.1, 0.1), {"tuned_usd_per_1000": 50.0}, ""),
        ("does not pay", (0.1, 0.1, 0.1), {"tuned_usd_per_1000": 50.0}, ""),
    ],
)
def test_where_money_says_otherwise_the_answer_is_said_to_be_about_accuracy(training, gain, costs, pays):
    made = replace(
        study(),
        costs=replace(Costs(10_000, 2.0, 0.1, 100, 0.0, 0.0), **costs),
        payoff=replace(study().payoff, gain=cf.Estimate(*gain, 0.9), prompted=None),
        advice=replace(study().advice, training=training),
    )
    text = " ".join(cost_sentences(made))
    assert (f"Fine-tuning gains little or no accuracy. In money it {pays} pay:" in text) == bool(pays)
    assert text.count("In money") == bool(pays)


FREE = "with mistakes counted as free."
NEVER = f"at your costs it would never pay back, {FREE}"
ELSE = "whether it pays in money depends on what you would do instead."


@pytest.mark.parametrize(
    ("action", "gain", "more", "answer"),
    [
        ("try-fine-tuning", 0.1, {}, f"Use the best prompt for now; fine-tuning likely gains accuracy, but {NEVER}"),
        ("retrieve-examples", 0.1, {}, f"Use the prompt with the most similar examples for now; fine-tuning likely"
                                       f" gains accuracy, but {NEVER}"),
        ("rework-prompt", 0.1, {}, f"Ship no prompt: the best is hardly ever right; fine-tuning likely gains accuracy,"
                                   f" but {ELSE}"),
        ("rework-prompt", 0.1, {"training_usd": math.nan}, f"Ship no prompt: the best is hardly ever right; fine-tuning"
                                                           f" likely gains accuracy, but {ELSE}"),
        ("rework-prompt", 0.1, {"prompted_usd_per_1000": math.nan}, "Ship no prompt: the best is hardly ever right;"
                                                                    " fine-tuning likely gains accuracy."),
        ("rework-prompt", 0.1, {"error_usd": 0.01}, "Ship no prompt: the best is hardly ever right; fine-tuning likely"
                                                    " gains accuracy, but at your costs it would likely never pay back,"
                                                    " set against the best prompt, which scores 50%."),
        ("rework-prompt", 0.1, {"error_usd": 9.0}, "Ship no prompt: the best is hardly ever right; fine-tuning likely"
                                                   " pays, set against the best prompt."),
        ("ship-fine-tuned", 0.1, {}, f"Keep the prompt if money decides: fine-tuned, it gains accuracy, as measured;"
                                     f" {NEVER}"),
        ("try-fine-tuning", 0.1, {"error_usd": 0.01}, "Use the best prompt for now; fine-tuning likely gains accuracy,"
                                                      " but at your costs it would likely never pay back."),
        ("try-fine-tuning", 0.1, {"error_usd": 9.0}, "Use the best prompt for now, and fine-tune: that likely pays."),
        ("try-fine-tuning", 0.1, {"tuned_usd_per_1000": 0.5}, f"Use the best prompt for now, and fine-tune: that likely"
                                                              f" pays, {FREE}"),
        ("retrieve-examples", 0.1, {"tuned_usd_per_1000": 0.5}, f"Use the prompt with the most similar examples, then"
                                                                f" fine-tune: that likely pays, {FREE}"),
        ("rework-prompt", 0.1, {"tuned_usd_per_1000": 0.5}, f"Ship no prompt: the best is hardly ever right;"
                                                            f" fine-tuning likely gains accuracy, but {ELSE}"),
        ("ship-fine-tuned", 0.1, {"tuned_usd_per_1000": 0.5}, f"Ship the fine-tuned model: it was measured, and pays,"
                                                              f" {FREE}"),
        ("try-fine-tuning", 0.1, {"training_usd": math.nan}, f"Use the best prompt for now; fine-tuning likely gains"
                                                             f" accuracy, but {NEVER}"),
        ("try-fine-tuning", 0.1, {"prompted_usd_per_1000": math.nan}, "Use the best prompt for now, and fine-tune: that"
                                                                      " likely gains accuracy."),
    ],
)  # fmt: skip
def test_where_fine_tuning_never_pays_back_the_answer_says_so_with_what_was_not_counted(action, gain, more, answer):
    """It costs $20 more a month on tokens; 1,000 fewer mistakes, 500 to 2,500, save $10, $5 to $25, at 1 cent each."""
    known = replace(study().payoff, gain=cf.Estimate(gain, gain / 2, 2.5 * gain, 0.9), prompted=None)
    costs = replace(Costs(10_000, 2.0, 4.0, 100, 0.0, 0.0), **more)
    advice = replace(study().advice, training="pays", action=action)
    made = replace(study(), costs=costs, payoff=known, advice=advice)
    assert ship_sentence(made) == answer
    text = " ".join(summary(made).split())
    assert answer in text
    uncounted = "Fewer mistakes are not counted as savings: for that, costs.yaml needs an error_usd above 0."
    assert (uncounted in text) == (answer.endswith((FREE, ELSE)))
    assert "In money" not in text


@pytest.mark.parametrize(
    ("gain", "costs", "said"),
    [
        # 10,000 calls save $15 on tokens; 10 points more or fewer mistakes of them, at 10 cents each, cost $100.
        ((0.0, -0.1, 0.1), {"error_usd": 0.1},
         "The fine-tuned model is cheaper to run at any number of calls, or never. It never is if"),
        ((0.0, -0.1, 0.1), {"error_usd": 0.1},
         "would most likely save $15 a month (up to $115); it could also cost $85 more. The $100 paid at the start"
         " would be back after 7 months (26 days at best), or never."),
        ((0.1, -0.1, 0.1), {"error_usd": 0.1},
         "would most likely save $115 a month; it could also cost $85 more. The $100 paid at the start would be back"
         " after 26 days, or never."),
        ((-0.1, -0.2, 0.1), {"error_usd": 0.1},
         "would most likely cost $85 a month more (up to $185); it could also save $115. The $100 paid at the start"
         " would be back after 26 days at best, or never."),
        ((-0.1, -0.1, 0.1), {"error_usd": 0.1},
         "would most likely cost $85 a month more; it could also save $115."),
        ((-0.015, -0.1, 0.1), {"error_usd": 0.1},
         "would save up to $115 a month or cost up to $85 more. The $100 paid at the start would be back after"),
        ((0.1, -0.1, 0.2), {"error_usd": 0.1, "upper_ends": {"training_usd": 200.0}},
         "The $100 paid at the start would be back after 26 days (14 days at best), or never. With the higher price, it"
         " would most likely save $115 a month (up to $215). The $200 paid at the start would be back after 2 months"
         " (28 days at best), or never. Over all ends, it could also cost up to $85 a month more."),
        # 40,000 calls save $60 on tokens, and are 4,000 mistakes more: at 10 cents they cost $400, and at one $40.
        ((0.1, -0.1, 0.2), {"error_usd": 0.01, "upper_ends": {"error_usd": 0.1, "calls_per_month": 40_000.0}},
         "at 40,000 calls a month the fine-tuned model would most likely save $460 a month (up to $860). The $100"),
        ((0.1, -0.1, 0.2), {"error_usd": 0.01, "upper_ends": {"error_usd": 0.1, "calls_per_month": 40_000.0}},
         "it would save $25 ($5 to $35) a month. The $100 paid at the start would be back after 4 months (3"
         " to 20 months). Over all ends, it could also cost up to $340 a month more."),
        ((-0.1, -0.2, 0.1), {"error_usd": 0.03, "upper_ends": {"error_usd": 0.1}},
         "would most likely cost $15 a month more (up to $45). The $100 paid at the start"),
        ((-0.1, -0.2, 0.1), {"error_usd": 0.03, "upper_ends": {"error_usd": 0.1}},
         "would be back after 26 days at best, or never. Over all ends, it could also save up to $115 a month."),
        ((0.1, -0.1, 0.2), {"error_usd": 0.1, "hosting_usd_per_month": 50.0},
         "The fine-tuned model is cheaper to run above 4,350 calls a month (2,330 at best), or never. It never is if"),
        ((-0.1, -0.2, 0.1), {"error_usd": 0.1},
         "is cheaper to run at best at any number of calls, and most likely never."),
        ((0.0, -0.1, 0.1), {"error_usd": 0.1, "prompted_usd_per_1000": 0.4, "hosting_usd_per_month": 50.0},
         "is cheaper to run at best above 5,050 calls a month, and most likely never."),
        ((0.1, 0.1, 0.3), {"error_usd": 1.2}, "would be back after 2 days (a day to 2 days)."),
        ((0.3, 0.1, 0.3), {"error_usd": 1.2}, "would be back within a day (2 days at worst)."),
        ((0.2, 0.1, 0.3), {"error_usd": 9.0}, "would be back within a day."),
        ((0.1, -0.1, 0.2), {"error_usd": 0.01, "training_usd": math.nan, "upper_ends": {"error_usd": 0.1}},
         "would most likely save $115 a month (up to $215), before training. With mistakes at $0.010 each, it would"
         " save $25 ($5 to $35) a month, before training. Over all ends, it could also cost up to $85 a month more,"
         " before training."),
        ((0.0, -0.1, 0.1), {"error_usd": 0.1, "training_usd": math.nan},
         "would most likely save $15 a month (up to $115); it could also cost $85 more, both before training."),
    ],
)  # fmt: skip
def test_what_may_as_well_be_the_contrary_is_said_in_words(gain, costs, said):
    made = replace(
        study(),
        costs=replace(Costs(10_000, 2.0, 0.5, 100, 0.0, 0.0), **costs),
        payoff=replace(study().payoff, gain=cf.Estimate(*gain, 0.9), prompted=None),
    )
    assert said in " ".join(cost_sentences(made))


@pytest.mark.parametrize(
    ("gain", "said"),
    [
        ((0.1, -0.1, 0.2), "This counts a gain of +10.0 points (−10.0 to +20.0) over the prompt to use."),
        ((0.6, -0.1, 0.7), "This counts a gain of +50.0 points (−10.0 to +63.9), not the predicted +60.0: no model can"
                           " save more mistakes than the prompt to use made here."),
        ((0.4, -0.1, 0.7), "This counts a gain of +40.0 points (−10.0 to +63.9): no model can save more mistakes than"
                           " the prompt to use may make."),
        ((-0.6, -0.7, 0.2), "This counts a gain of −50.0 points (−63.9 to +20.0), not the predicted −60.0."),
    ],
)  # fmt: skip
def test_why_another_gain_is_counted_than_the_one_predicted_is_said(gain, said):
    """The best prompt is right half of the time."""
    made = replace(
        study(),
        costs=Costs(10_000, 2.0, 0.5, 100, 0.0, 0.0, error_usd=0.1),
        payoff=replace(study().payoff, gain=cf.Estimate(*gain, 0.9), prompted=None),
    )
    assert said in cost_sentences(made)


@pytest.mark.parametrize(
    ("gain", "costs", "expected"),
    [
        ((0.4, -0.1, 0.45), {}, None),  # no more than all mistakes as measured
        ((0.4, -0.1, 0.7), {"error_usd": 0.0}, None),  # no mistake costs anything
        ((0.4, -0.1, 0.7), {}, " allows for that, and so does the chance that it pays back."),
        ((0.4, -0.1, 0.7), {"training_usd": math.nan}, " allows for that."),
    ],
)
def test_more_is_saved_than_all_mistakes_cost_only_where_the_prompt_may_make_more_and_that_is_said_beside_the_sum(
    gain, costs, expected
):
    """The best prompt is right half of the time, or 36% of it."""
    made = replace(
        study(),
        costs=replace(Costs(10_000, 2.0, 0.5, 100, 0.0, 0.0, error_usd=0.1), **costs),
        payoff=replace(study().payoff, gain=cf.Estimate(*gain, 0.9), prompted=None),
    )
    why = "Here the prompt to use is wrong 50.0% of the time; in truth that may be up to 63.9%. The most that is saved"
    answer = " ".join(money_answer(made)[0])
    assert why not in answer if expected is None else why + expected in answer


@pytest.mark.parametrize(
    ("gain", "costs", "said", "short"),
    [
        ((0.1, 0.05, 0.2), {}, "At 10,000 calls a month the fine-tuned model would save $100 ($50 to $200) a month,"
         " counting mistakes alone. When fine-tuning pays in money is open: state dollars for a thousand calls of the",
         "saves $100 ($50 to $200) a month, counting mistakes alone"),
        ((0.1, 0.05, 0.2), {"prompted_usd_per_1000": 9.0, "training_usd": 5.0}, "would save $100 ($50 to $200) a month,"
         " counting mistakes alone. When", "saves $100 ($50 to $200) a month, counting mistakes alone"),
        ((0.1, -0.1, 0.2), {"upper_ends": {"error_usd": 0.2, "calls_per_month": 20_000.0}},
         "With mistakes at $0.20 each, at 20,000 calls a month the fine-tuned model would most likely save $400 a month"
         " (up to $800), counting mistakes alone. With mistakes at $0.10 each, at 10,000 calls a month, it would most"
         " likely save $100 a month (up to $200), counting mistakes alone. Over all ends, it could also cost up to $400"
         " a month more. When", "saves $400 (−$400 to $800) a month; at worst, saves $100 (−$100 to $200) a month,"
         " counting mistakes alone"),
        ((0.1, 0.05, 0.2), {"error_usd": 0.0}, "When fine-tuning pays in money is open: state",
         "open: not all prices are known"),
    ],
)  # fmt: skip
def test_what_fewer_mistakes_are_worth_a_month_is_said_where_no_price_of_calls_is_known(gain, costs, said, short):
    made = replace(
        study(),
        costs=replace(Costs(10_000, error_usd=0.1), **costs),
        payoff=replace(study().payoff, gain=cf.Estimate(*gain, 0.9), prompted=None),
    )
    text = " ".join(cost_sentences(made))
    assert text.startswith(said) or (costs and said in text)
    assert money_in_short(made) == short
    assert ("This counts a gain of +10.0 points" in text) == ("mistakes alone" in said)


@pytest.mark.parametrize(
    ("ranges", "own"), [({}, "$307"), ({"calls_per_month": 20_000.0, "error_usd": 0.2}, "$307 to $1,230")]
)
def test_where_no_prompt_is_to_be_shipped_the_mistakes_of_the_fine_tuned_model_are_priced_too(ranges, own):
    known = cf.read_study("reports/medical_redaction/local-gemma3-270m")
    costs = Costs(10_000, 2.0, 0.5, 100, 0.0, 0.0, error_usd=0.1, upper_ends=ranges)
    said = " ".join(money_answer(with_costs(known, costs))[0])
    assert (
        "As nobody would ship that prompt, whether it pays depends on what you would do instead. The fine-tuned model's"
        f" own mistakes would cost about {own} a month."
    ) in said
    assert "do instead" not in " ".join(
        money_answer(with_costs(known, replace(costs, error_usd=0.0, upper_ends={})))[0]
    )
    shipped = cf.read_study("reports/reviews/local-gemma3-270m")
    assert "do instead" not in " ".join(money_answer(with_costs(shipped, costs))[0])


@pytest.mark.parametrize("error_usd", [0.0, 0.1])
def test_where_no_prompt_is_to_be_shipped_money_names_none_to_use(error_usd):
    known = cf.read_study("reports/ferry_format/local-gemma3-270m")
    assert (known.advice.ships, ship_sentence(known)[:15]) == ("nothing", "Ship no prompt:")
    said = cost_sentences(with_costs(known, Costs(1_000, 2.0, 0.5, 100, 0.0, 0.0, error_usd)))
    assert said[0] == (
        "There is no prompt to ship. Fine-tuning is set against the best one, which scores 25% with the 4 most similar"
        " examples:"
    )
    unpriced = cost_sentences(with_costs(known, Costs(1_000)))
    assert "dollars for a thousand calls of the best prompt (" in unpriced[0]
    assert "prompt to use" not in " ".join((*said, *unpriced))
    shipped = with_costs(
        cf.read_study("reports/contacts/local-gemma3-270m"), Costs(1_000, 2.0, 0.5, 100, 0.0, 0.0, 0.1)
    )
    assert "There is no prompt to ship" not in " ".join(cost_sentences(shipped))


@pytest.mark.parametrize("command", ["decide", "run"])
def test_who_gives_costs_before_there_is_a_study_is_told_where_they_go(exits, command):
    status, _, told = exits(command, "sample_tasks/tickets", "-m", "simulated/plateau", "--costs", "costs.yaml")
    assert status == 2
    assert told.endswith(
        "Error: No such option: --costs; costs come afterwards, with curvefit report FOLDER --costs costs.yaml\n"
    )


def test_costs_are_kept_by_the_next_run_and_help_and_page_say_so(exits, tmp_path, monkeypatch):
    (tmp_path / "sample_tasks").symlink_to(PAGE.parents[1] / "sample_tasks")
    monkeypatch.chdir(tmp_path)
    run = ["run", "sample_tasks/tickets", "-m", "simulated/rising", "--shots", "0,4", "--items", "20", "--out", "s"]
    (tmp_path / "costs.yaml").write_text("calls_per_month: 100000\ntuned_usd_per_1000: 0.2\ntraining_usd: 30\n")

    def kept():
        return read_study("s").costs is not None

    assert (exits(*run)[0], kept()) == (0, False)
    assert (exits("report", "s", "--costs", "costs.yaml")[0], kept()) == (0, True)
    assert (exits("report", "s")[0], kept()) == (0, True)
    assert (exits(*run)[0], kept()) == (0, True)
    assert (exits("decide", *run[1:])[0], kept()) == (0, True)
    assert (exits(*run, "--instruction", "Reply.")[0], kept()) == (0, False), "that is another task"
    said = "are kept in study.json: the next report has them too, and so has `curvefit run` or `decide`"
    assert said in " ".join(exits("report", "--help")[1].split())
    assert "delete `study.json` and give the same `curvefit run`" in " ".join(PAGE.read_text(encoding="utf-8").split())


def test_a_price_that_nobody_stated_is_that_of_the_prompt_to_use_also_in_the_next_study(tmp_path):
    (tmp_path / "costs.yaml").write_text("calls_per_month: 1000\ntuned_usd_per_1000: 0.2\ntraining_usd: 30\n")
    first, later = study(), study(accuracies=(0.5, 0.5, 0.5))
    shots = [each.prompt_to_use.point.shots for each in (first, later)]
    assert shots == [4, 0]
    costs = read_costs(tmp_path / "costs.yaml", first)
    write_study(with_costs(first, costs), tmp_path)
    kept = read_study(tmp_path).costs
    assert (kept.at_measured_price, kept.prompted_usd_per_1000) == (True, pytest.approx(4.0))
    assert with_costs(later, kept).costs.prompted_usd_per_1000 == pytest.approx(1.0)
    stated = replace(kept, prompted_usd_per_1000=3.0, at_measured_price=False)
    assert with_costs(later, stated).costs.prompted_usd_per_1000 == 3.0


def test_what_a_study_was_told_is_kept_by_a_run_of_several_and_what_the_command_says_wins(exits, tmp_path, monkeypatch):
    (tmp_path / "sample_tasks").symlink_to(PAGE.parents[1] / "sample_tasks")
    monkeypatch.chdir(tmp_path)
    run = ["run", "sample_tasks/tickets", "--shots", "0,4", "--items", "20", "--out", "s"]
    run += ["-m", "simulated/rising", "-m", "simulated/flat"]
    (tmp_path / "costs.yaml").write_text("calls_per_month: 100000\ntuned_usd_per_1000: 0.2\ntraining_usd: 30\n")
    assert exits(*run)[0] == 0
    told = ["report", "s/simulated-flat", "--costs", "costs.yaml", "--n-train", "77"]
    probed = Probed("local/x", 0.4, 32, cf.Estimate(0.1, 0.0, 0.2, 0.9))
    assert exits(*told)[0] == 0
    first = read_study("s/simulated-flat")
    write_study(concluded_again(first, first.curve, (probed,)), "s/simulated-flat")
    for more, wanted in (([], 77), (["--n-train", "55"], 55)):
        assert exits(*run, *more)[0] == 0
        studies = [read_study(f"s/simulated-{name}") for name in ("flat", "rising")]
        assert [(each.n_train, each.costs is not None) for each in studies] == [
            (wanted, True), (wanted if more else None, False),
        ]  # fmt: skip
        assert [each.probes for each in studies] == [(probed,), ()]


def test_where_it_never_pays_back_no_step_is_to_train_and_every_surface_says_so(tmp_path):
    known = cf.read_study("reports/ferry_format/local-gemma3-270m")
    assert (known.advice.training, known.money_back) == ("pays", "open")
    costs = Costs(1_000, 0.1, 0.5, 100, hosting_usd_per_month=300.0)
    better = with_costs(cf.read_study("reports/contacts/local-gemma3-270m"), costs)
    assert better.money_back == "never"
    # One of four answers is wholly right, and mistakes are counted as free.
    assert [step.code for step in better.advice.next_steps] == ["state-error-usd", "ship"]
    assert "never pay back" in " ".join(what_would_settle(better, "out", width=200))
    # Without a prompt to ship, calls of one are nothing that training could be set against.
    free, priced = with_costs(known, costs), with_costs(known, replace(costs, error_usd=0.01))
    assert (free.money_back, free.money_doubt, priced.money_back) == ("open", "no prompt", "never")
    assert [step.code for step in known.advice.next_steps] == ["fine-tune"]
    assert [step.code for step in free.advice.next_steps] == ["fine-tune"]
    assert [step.code for step in priced.advice.next_steps] == ["rework-prompt", "fine-tune"]
    assert tiles(priced)[2].note == "within a year, at your costs, set against the best prompt"
    write_study(priced, tmp_path)
    (row,) = read_index(tmp_path).studies
    assert (row.standing, row.next_step) == ("open", "rework-prompt")


@pytest.mark.parametrize(
    ("error_usd", "said", "steps"),
    [
        (0.0, f"if accuracy decides: as measured, it gains; {ELSE}", ["ship-fine-tuned"]),
        (0.01, "if accuracy decides: as measured, it gains; at your costs it would never pay back, set against the best"
         " prompt, which scores 8%.", ["rework-prompt", "ship-fine-tuned"]),
        (0.2, "if accuracy decides: as measured, it gains; whether it pays back within a year is open at your costs,"
         " set against the best prompt, which scores 8%.", ["rework-prompt", "ship-fine-tuned"]),
        (5.0, ": it was measured, and pays, set against the best prompt.", ["ship-fine-tuned"]),
    ],
)  # fmt: skip
def test_a_prompt_that_is_hardly_ever_right_is_not_to_be_kept_for_money_beside_a_model_that_was_measured(
    error_usd, said, steps
):
    known = cf.read_study("reports/medical_redaction/local-gemma3-270m")
    gain = cf.Estimate(0.6, 0.5, 0.7, 0.9)
    own = with_own_training(known, (ValidatedTraining("mine", None, gain, gain),))
    priced = with_costs(own, Costs(1_000, 1.5, 0.4, 200, 0.0, 100.0, error_usd))
    assert ship_sentence(priced) == f"Ship the fine-tuned model{' ' if steps[1:] or not error_usd else ''}{said}"
    assert [step.code for step in priced.advice.next_steps] == steps


def test_more_that_is_measured_keeps_the_fine_tuned_model_that_was_measured():
    known = cf.read_study("reports/ferry_format/local-gemma3-270m")
    gain = cf.Estimate(0.5, 0.4, 0.6, 0.9)
    own = with_own_training(known, (ValidatedTraining("mine", None, gain, gain),))
    assert concluded_again(own, own.curve).advice.action == own.advice.action == "ship-fine-tuned"


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ((1000.0, -0.02, 2000.0), "most likely save $1,000 a month (up to $2,000)"),
        ((-1000.0, -3000.0, 0.02), "most likely cost $1,000 a month more (up to $3,000)"),
        ((0.0, -0.02, 1000.0), "save up to $1,000 a month"),
    ],
)
def test_nothing_is_said_of_less_than_the_smallest_amount_that_is_shown(saved, said):
    any_number = cf.Estimate(0.0, 0.0, 0.0, 0.9)
    found = Payback(any_number, any_number, cf.Estimate(*saved, 0.9), 0.5)
    assert _saved(found, found) == said


@pytest.mark.parametrize(
    ("months", "said"),
    [
        ((17 / 30, 16 / 30, 1.0), "after 17 days (16 days to a month)"),
        ((17 / 30, 16 / 30, 1.1), "after 17 days (16 to 33 days)"),
        ((1.0, 1.0, 1.0), "after a month"),
        ((1.3, 1.3, 1.3), "after 39 days"),
        ((6.7, 0.9, math.inf), "after 7 months (27 days at best), or never"),
        ((13.7, 3.4, 23.9), "after 14 months (3 to 24 months)"),
        ((12.2, 11.9, 12.6), "after just over 12 months (12 to 13 months)"),
        ((28.3, 24.1, 36.0), "after 2.4 years (2 to 3 years)"),
        ((0.5, 0.01, 40.0), "after 15 days (a day to 3.3 years)"),
        ((130.0, 60.0, 200.0), "after more than 10 years (5 years to more than 10 years)"),
    ],
)
def test_a_time_is_in_days_then_in_whole_months_then_in_years(months, said):
    assert after_months(cf.Estimate(*months, 0.9)) == said


@pytest.mark.parametrize(
    ("usd", "said"),
    [
        ((34.1, 23.9, 96.2), "$34 ($24 to $96)"),
        ((410.4, 162.3, 451.0), "$410 ($162 to $451)"),
        ((34.12, 34.05, 34.2), "$34.12 ($34.05 to $34.20)"),
    ],
)
def test_no_cents_are_said_of_an_amount_of_which_ten_dollars_are_open(usd, said):
    assert amount(cf.Estimate(*usd, 0.9)) == said


@pytest.mark.parametrize(
    ("error_usd", "said", "steps"),
    [
        (1.3, "but at your costs it would hardly pay back within a year.", ["ship"]),
        (1.65, "but whether it pays back within a year is open at your costs.", ["ship", "fine-tune"]),
        (2.0, "but whether it pays back within a year is open at your costs.", ["ship", "fine-tune"]),
        (2.5, "and fine-tune: that likely pays.", ["fine-tune"]),
    ],
)
def test_where_the_chance_of_money_back_is_neither_high_nor_low_the_answer_says_that_it_is_open(error_usd, said, steps):
    known = cf.read_study("reports/contacts/local-gemma3-270m")
    priced = with_costs(known, Costs(1_000, 1.5, 0.4, 500, 3_000, 100.0, error_usd))
    assert ship_sentence(priced).endswith(said)
    assert [step.code for step in priced.advice.next_steps] == steps
    settled = " ".join(what_would_settle(priced, "out", width=200))
    assert ("likely pays" in settled) == (error_usd == 2.5)


@pytest.mark.parametrize(("calls", "never"), [(1_000, True), (10_000, False)])
def test_what_not_even_a_model_without_mistakes_pays_back_is_said_to_never_do_so(calls, never):
    """The prompt may be wrong 59% of the time: 1,000 calls have mistakes of $59 and tokens of $3, and hosting is $300.

    Whether accuracy is gained is open.
    """
    costs = Costs(calls, 4.0, 1.0, 3.0, 0.0, 300.0, error_usd=0.1)
    made = with_costs(study(accuracies=OPEN), costs)
    said = "whether fine-tuning gains accuracy is open, but at your costs it would never pay back."
    assert (said in ship_sentence(made)) == never
    assert any(step.code in ("probe", "small-run", "fine-tune") for step in made.advice.next_steps) != never


@pytest.mark.parametrize("training_usd", [0.0, 5.0])
def test_where_both_cost_as_much_nothing_pays_back(training_usd):
    made = with_costs(study(), Costs(1_000, 0.0, 0.0, training_usd, 0.0, 0.0))
    assert "pays back" not in ship_sentence(made)
    assert "at 1,000 calls a month the fine-tuned model would cost as much" in money_sentences(made)[0].lower()
    assert money_in_short(made) == ("never back" if training_usd else "costs as much")
    assert "$0.00 a month" not in " ".join(money_sentences(made))


def test_what_never_is_stands_by_itself_and_few_calls_are_not_rounded_to_none():
    costs = Costs(0.5, 4.0, 0.1, 1.0, 0.0, 0.0, 1000.0, upper_ends={"tuned_usd_per_1000": 9e5})
    made = replace(study(), costs=costs)
    text = " ".join(money_sentences(made))
    assert "at 0.5 calls a month" in text
    ends = "at any number of calls, or never; with the higher price, at no number of calls"
    assert f"is cheaper to run {ends}. It never is if the gain is at the low end of its interval." in text


def test_what_a_month_saves_is_said_once_where_only_what_is_paid_at_the_start_is_a_range():
    """10,000 calls save $15 on tokens, whatever people's work costs."""
    made = replace(study(), costs=Costs(10_000, 2.0, 0.5, labour_usd=10.0, upper_ends={"labour_usd": 90.0}))
    first, second, *_ = money_sentences(made)
    assert first == (
        "At 10,000 calls a month the fine-tuned model would save $15.00 a month, before training and hosting."
    )
    assert second.startswith("What training and hosting cost is not known: state dollars for the training")
    assert money_in_short(made) == "saves $15.00 a month, before training and hosting"


def test_an_interval_that_cannot_be_seen_is_not_said():
    made = replace(study(), costs=Costs(1, 2.0, 0.5, 1.0, 0.0, 3.0, error_usd=0.001))
    assert "would cost $3.00 a month more, and the" in money_sentences(made)[0]


def test_who_lacks_the_price_of_the_prompt_alone_is_not_told_to_name_a_provider(folder):
    here = study("local/gemma3-270m")
    base = "calls_per_month: 9\ntuned_usd_per_1000: 1\ntraining_usd: 1\nhosting_usd_per_month: 0\n"
    assert "as in provider" not in said(base, here)
    assert "as in provider" in said("calls_per_month: 9\n", here)


def test_training_by_the_hour_may_be_stated_in_hours(folder):
    base = "calls_per_month: 1000\nprovider: runpod/H100\nprompted_usd_per_1000: 2\n"
    assert "state dollars for the training (training_usd), or its hours (training_hours)." in said(base, study())
    assert "training_hours" not in said(f"{base}training_hours: 2\n", study())


def test_a_price_of_calls_beside_which_hosting_is_paid_says_so(folder):
    Path("costs.yaml").write_text("calls_per_month: 1000\nprovider: together_ai/8b\n")
    hosted = replace(study(), costs=read_costs(Path("costs.yaml"), study(), TODAY))
    assert price_sentence(hosted).endswith("$0.00 fine-tuned, by the list of prices, hosting besides.")


def test_a_measured_model_whose_money_back_is_open_is_to_be_shipped_where_accuracy_decides():
    known = replace(study().payoff, gain=cf.Estimate(0.1, 0.05, 0.15, 0.9), prompted=None)
    advice = replace(study().advice, training="pays", action="ship-fine-tuned")
    made = replace(study(), costs=Costs(1000, 1.2, 0.4, 600, 0.0, 0.0, 0.5), payoff=known, advice=advice)
    assert made.money_doubt == "gain"
    assert ship_sentence(made) == (
        "Ship the fine-tuned model if accuracy decides: as measured, it gains; whether it pays back within a year is"
        " open at your costs."
    )


RANGES = {"calls_per_month": 1_000_000.0, "training_usd": 800.0, "hosting_usd_per_month": 150.0, "error_usd": 0.5}


@pytest.mark.parametrize(
    ("task", "costs", "words", "tile", "narrow"),
    [
        ("medical_redaction", {}, "depends on your ranges, set against the best prompt, which scores 8%.",
         "under 1% to over 99%", "calls_per_month"),
        ("medical_redaction", {"error_usd": 0.0}, f"fine-tuning likely gains accuracy, but {ELSE}", "over 99%", ""),
        ("contacts", {"error_usd": 0.0}, "depends on your ranges, with mistakes counted as free.", "over 99%",
         "calls_per_month"),
        ("contacts", {"error_usd": 0.5, "upper_ends": {**RANGES, "error_usd": 2.0, "calls_per_month": 1000.0}},
         "depends on your ranges.", "under 1% to 86%", "error_usd hosting_usd_per_month training_usd"),
        ("contacts", {"error_usd": 0.5, "upper_ends": {"error_usd": 9.0}}, "depends on your range.",
         "under 1% to ", "error_usd"),
        ("contacts", {"error_usd": 0.5, "upper_ends": {"training_usd": 800.0}},
         "but at your costs it would not pay back within a year.", "under 1%", ""),
        ("contacts", {"error_usd": 1.7, "upper_ends": {"training_usd": 210.0}}, "is open at your costs.", "", ""),
    ],
)  # fmt: skip
def test_where_ends_of_ranges_come_to_different_answers_it_is_said_to_depend_on_them(task, costs, words, tile, narrow):
    known = cf.read_study(f"reports/{task}/local-gemma3-270m")
    whole = {"calls_per_month": 1_000.0, "error_usd": 0.05, "upper_ends": RANGES, **costs}
    if not whole["error_usd"]:
        whole["upper_ends"] = {name: most for name, most in RANGES.items() if name != "error_usd"}
    stated = Costs(prompted_usd_per_1000=1.5, tuned_usd_per_1000=0.4, training_usd=200, labour_usd=3_000,
                   hosting_usd_per_month=50.0, **whole)  # fmt: skip
    priced = with_costs(known, stated)
    assert ship_sentence(priced).endswith(words)
    assert tiles(priced)[2].value.startswith(tile)
    steps = priced.advice.next_steps
    assert [step.values["amounts"] for step in steps if step.code == "narrow-ranges"] == [narrow] * bool(narrow)
    first = "narrow-ranges" if stated.most_error_usd else "state-error-usd"  # most answers are not wholly right
    assert not narrow or steps[0].code == first
    assert not narrow or "fine-tune" not in {step.code for step in steps}


def priced_study(name, costs):
    return with_costs(concluded_with_probe_beside(open_study(Path("reports", name, "study.json")))[0], costs)


FREE_CALLS = Costs(20_000, 3.0, 1.0, 20.0, 0.0, 0.0)
OPEN_BUT = "whether fine-tuning gains accuracy is open, but at your costs it"


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("tickets/local-gemma3-270m", {}, "with the most similar examples for now; fine-tuning would gain little or no"
         f" accuracy, but at your costs it pays back within a year, {FREE}"),
        ("tickets/local-gemma3-270m", {"error_usd": 0.1}, "; fine-tuning would gain little or no accuracy, but at your"
         " costs it likely pays back within a year."),
        ("reviews/local-gemma3-270m", {"upper_ends": {"training_usd": 200.0}},
         f"{OPEN_BUT} pays back within a year, {FREE}"),
        ("contacts/local-smollm2-135m", {"error_usd": 0.1},
         "; fine-tuning probably gains accuracy, and at your costs it likely pays back within a year, judged by few"
         " cases."),
    ],
)  # fmt: skip
def test_what_pays_in_money_though_not_in_accuracy_is_said_first_and_training_stands_last(name, more, said):
    priced = priced_study(name, replace(FREE_CALLS, **more))
    assert ship_sentence(priced).endswith(said)
    assert ship_sentence(priced) in " ".join(summary(priced).split())
    label = (
        "Chance that it pays back" if "error_usd" in more else f"Chance of gaining over {100 * priced.margin:g} points"
    )
    assert tiles(priced)[2].label == label
    first, *_, last = priced.advice.next_steps
    assert (first.code, last.code) == (priced_study(name, None).advice.next_steps[0].code, "fine-tune")
    assert command_for(last, priced).startswith("curvefit pool sample_tasks/")


def test_money_counts_the_gain_that_is_predicted_over_a_prompt_without_its_luck():
    """Seen: +5.6 points counted of +9.8, as the prompt scored 94%; it counts as 89%, which leaves room for 11.

    A payback that takes 3.3 points had a chance of 77%, beside 79% for more than 5 points.
    """
    priced = priced_study("reviews/local-gemma3-270m", Costs(100_000, 1.2, 0.2, 1000.0, 50.0, 0.0, 0.01))
    gain = priced.gain_over_prompt_to_use
    assert (gain.value, gain.low, gain.high) == pytest.approx(
        (priced.payoff.gain.value, priced.payoff.gain.low, priced.payoff.gain.high)
    )
    assert payback_of(priced.costs, gain).chances[1] > priced.payoff.probability
    assert (
        "Without the luck of its pick, the prompt to use is wrong 11.4% of the time; in truth that may be up to 18.6%"
        in (" ".join(money_answer(priced)[0]))
    )


def test_a_price_of_training_that_is_stated_is_not_asked_for_again():
    known = priced_study("house_tone/local-gemma3-270m", None)
    steps = tuple(replace(step, values={**step.values, "unlisted": True}) for step in known.advice.next_steps)
    asking = replace(known, advice=replace(known.advice, next_steps=steps))
    assert any("takes yours, as training_usd" in step_text(step) for step in asking.advice.next_steps)
    stated = with_stated_training(asking.advice)
    assert not any("training_usd" in step_text(step) for step in stated.next_steps)
    hosted = replace(known, curve=replace(known.curve, model="openai/gpt-5.4"))  # which no list has a price of
    for costs, asked in (
        (Costs(1000, 2.0, 1.0, math.nan, 0.0, 0.0), True),
        (Costs(1000, 2.0, 1.0, 9.0, 0.0, 0.0), False),
    ):
        told = " ".join(step_text(step) for step in with_costs(hosted, costs).advice.next_steps)
        assert ("takes yours, as training_usd" in told) == asked


def test_what_pays_in_money_at_one_end_of_ranges_alone_is_not_said_not_to_pay():
    """It would gain no accuracy, and the tile beside says 71% to over 99% that the money is back."""
    costs = Costs(10_000, 2.0, 0.5, 100.0, 0.0, 0.0, 0.01, upper_ends={"error_usd": 0.3, "calls_per_month": 40_000})
    priced = priced_study("tickets/local-gemma3-270m", costs)
    assert ship_sentence(priced).endswith(
        "examples for now; fine-tuning would gain little or no accuracy, and whether it pays back within a year depends"
        " on your ranges."
    )
    assert tiles(priced)[2].value == "71% to over 99%"
    assert [step.code for step in priced.advice.next_steps] == ["narrow-ranges", "show-similar"]
    narrow = priced_study("tickets/local-gemma3-270m", replace(costs, upper_ends={"calls_per_month": 40_000}))
    assert not narrow.paid_by_ranges
    assert "depends on your" not in ship_sentence(narrow)


@pytest.mark.parametrize(
    ("labour_usd", "chance", "in_money", "said"),
    [
        (165.0, "88%", "likely does", "but at your costs it likely pays back within a year."),
        (172.0, "77%", "may", "and whether it pays back within a year is open at your costs."),
        (195.0, "28%", "may", "and whether it pays back within a year is open at your costs."),
        (203.0, "16%", "", "fine-tuning would gain little or no accuracy."),
        (240.0, "under 1%", "", "fine-tuning would gain little or no accuracy."),  # "may pay" was said of that
    ],
)
def test_words_about_money_follow_its_own_chance_beside_no_gain_in_accuracy(labour_usd, chance, in_money, said):
    costs = Costs(10_000, 2.0, 0.5, 0.0, labour_usd, 0.0, 0.01)
    priced = priced_study("tickets/local-gemma3-270m", costs)
    assert money_in_short(priced) == f"{chance} chance that it pays back within a year"
    assert ship_sentence(priced).endswith(said)
    assert (prompt_use(priced) == "ship") == (not in_money)
    assert (f"In money it {in_money} pay:" in " ".join(money_sentences(priced))) == bool(in_money)
    assert ("In money" in " ".join(money_sentences(priced))) == bool(in_money)


@pytest.mark.parametrize(
    ("error_usd", "chance", "said"),
    [
        (0.02, "82%", "accuracy is open, but at your costs it likely pays back within a year."),
        (0.01, "79%", "; whether fine-tuning gains accuracy, or pays back within a year at your costs, is open."),
        (0.001, "13%", "accuracy is open, but at your costs it would hardly pay back within a year."),
    ],
)  # fmt: skip
def test_money_is_not_passed_over_while_accuracy_is_open(error_usd, chance, said):
    made = with_costs(study(accuracies=OPEN), Costs(10_000, 2.0, 1.5, 100.0, 0.0, 0.0, error_usd))
    assert money_in_short(made) == f"{chance} chance that it pays back within a year"
    assert ship_sentence(made).endswith(said)


def test_a_model_that_loses_accuracy_and_pays_in_money_is_said_to_lose_it():
    known = priced_study("tickets/local-gemma3-270m", FREE_CALLS)
    for ends, likely in (((-0.2, -0.3, -0.1), ""), ((-0.2, -0.3, 0.0), "likely ")):
        made = replace(known, payoff=replace(known.payoff, gain=cf.Estimate(*ends, 0.9)))
        assert f"fine-tuning would {likely}lose accuracy, but at your costs it pays back within a year, {FREE}" in (
            ship_sentence(made)
        )
        assert "More mistakes are not counted as costs" in " ".join(money_sentences(made))


@pytest.mark.parametrize(
    ("change", "costs"),
    [
        ({"training": "pays"}, FREE_CALLS),
        ({"action": "retrieve"}, FREE_CALLS),
        ({"action": "rework-prompt"}, FREE_CALLS),
        ({}, replace(FREE_CALLS, labour_usd=2_000.0)),
        ({}, replace(FREE_CALLS, upper_ends={"training_usd": 2_000.0})),
        ({}, None),
    ],
)
def test_money_is_not_said_to_pay_where_accuracy_does_or_nothing_is_shipped_or_at_one_end_alone(change, costs):
    known = priced_study("tickets/local-gemma3-270m", FREE_CALLS)
    assert known.paid_in_money == 1.0
    assert replace(known, advice=replace(known.advice, **change), costs=costs).paid_in_money is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("contacts/local-gemma3-270m", "and fine-tune: that likely gains accuracy."),
        ("contacts/local-smollm2-135m", "; fine-tuning probably gains accuracy, but few cases say so."),
        ("tickets/local-gemma3-270m", "; fine-tuning would gain little or no accuracy."),
    ],
)
def test_where_costs_do_not_tell_about_money_the_answer_is_said_to_be_about_accuracy(name, said):
    silent = priced_study(name, Costs(20_000, math.nan, math.nan, math.nan, 0.0, math.nan))
    assert ship_sentence(silent).endswith(said)
    assert tiles(silent)[2].label == f"Chance of gaining over {100 * silent.margin:g} points"


NEGATIVE = {"calls_per_month": 60_000.0, "tuned_usd_per_1000": 3.0, "labour_usd": 5_000.0, "training_usd": 800.0,
            "hosting_usd_per_month": 150.0, "error_usd": 0.1}  # fmt: skip


@pytest.mark.parametrize(
    ("task", "better", "worse"),
    [
        ("contacts", "2,090 calls a month (1,410 to 4,080)", "178,000 calls a month (75,300 at best), or never"),
        ("medical_redaction", "813 calls a month (625 to 1,590)", "32,600 calls a month (23,300 to 94,000)"),
    ],
)
def test_from_how_many_calls_on_is_said_at_each_end_with_its_middle(task, better, worse):
    known = cf.read_study(f"reports/{task}/local-gemma3-270m")
    costs = Costs(20_000, 1.5, 1.0, 200, 1_000, 50.0, 0.01, upper_ends=NEGATIVE)
    text = " ".join(money_sentences(with_costs(known, costs)))
    assert (
        f"is cheaper to run above {better}; with the higher prices and mistakes at $0.010 each, above {worse}" in text
    )
    assert ("It never is if the gain is at the low end" in text) == worse.endswith("never")
    assert "halve each year" not in text, "what falling prices do not change is not said again"


@pytest.mark.parametrize(("training", "most", "end"), [(0.5, 14.0, "higher"), (4.0, 1e4, "lower")])
def test_what_falling_prices_change_is_said_of_the_end_that_they_change(training, most, end):
    costs = Costs(1000, 1.2, 0.4, training, 0.0, 0.0, upper_ends={"training_usd": most})  # saves $0.80 a month
    text = " ".join(money_sentences(replace(study(), costs=costs))).partition("If prices")[2]
    assert f"with the {end} price, the money would" in text
    assert ";" not in text


@pytest.mark.parametrize(("hosting", "error_usd", "at_measured", "said"), [
    (0.5, 0.0, True, True), (0.0, 0.0, True, False), (0.5, 0.01, True, False), (0.5, 0.0, False, False),
])  # fmt: skip
def test_where_mistakes_are_free_what_is_saved_beside_a_cheaper_prompt_is_said(hosting, error_usd, at_measured, said):
    """Seen: $511 a month saved beside 256 examples, and $579 lost beside 64, which scored 3 points less."""
    items, shots = 200, (0, 4, 64)
    scores = np.array([[np.arange(items) < right] for right in (100, 180, 186)]).astype(float)
    usage = tuple(Usage(items, items * tokens, 0, items, items * tokens * 1e-6, 1.0) for tokens in (50, 300, 4000))
    measured = Measurement(
        shots=shots, scores=scores, items=tuple(map(str, range(items))), kind="classification", task="t", model="a/b",
        pool=400, usage_by_shots=usage,
    )  # fmt: skip
    study = analyze(measured, margin=0.05)
    costs = Costs(1000.0, math.nan, 0.04, training_usd=1.0, hosting_usd_per_month=hosting, error_usd=error_usd)
    used = replace(study, costs=None).usd_per_1000_to_use
    priced = with_costs(study, replace(costs, prompted_usd_per_1000=used, at_measured_price=at_measured))
    text = " ".join(money_sentences(priced))
    assert ("Beside the prompt with 4 examples ($0.30 a thousand calls, 3.0 points less accurate" in text) == said
    assert ("fine-tuning would cost $0.24 a month more" in text) == said
