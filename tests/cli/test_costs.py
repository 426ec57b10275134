"""curvefit report --costs: the page's arithmetic, what is missing, and what is wrong with a file of costs."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import curvefit as cf
from curvefit.decision.break_even import Costs, break_even
from curvefit.decision.listed_costs import TrainingWork, with_listed_prices
from curvefit.decision.training_prices import training_price
from curvefit.models.base import Usage
from curvefit.report.cost_file import read_costs
from curvefit.report.cost_text import cost_sentences
from curvefit.report.first_screen import tiles
from curvefit.report.study_files import write_study
from curvefit.report.study_reader import read_study

MINI, BIG = "openai/gpt-4o-mini-2024-07-18", "openai/gpt-4.1"
TODAY = date(2026, 11, 29)
PAGE = Path(__file__).parents[2] / "docs" / "cost.md"


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
    assert f"after {break_even(bare, sure).months.value:.1f} months" in text


def test_every_file_of_the_page_is_one_that_can_be_read(folder):
    write_study(study(MINI), "reports/tickets/openai-gpt-4o-mini")
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 3
    here = study("local/gemma3-270m")
    assert [said(block, here).startswith(("At ", "The model to fine-tune", "When")) for block in blocks] == [True] * 3


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
    assert "the $100.00 paid at the start would be back after 10 days" in shown
    record = json.loads(Path("out/study.json").read_text())
    assert record["costs"]["prompted_usd_per_1000"] == pytest.approx(4.0)  # as measured
    assert record["break_even"]["months"]["value"] == pytest.approx(1 / 3)
    assert "would save $300.00 a month" in Path("out/report.html").read_text()
    assert read_study("out").costs == Costs(100_000, 4.0, 1.0, 100.0, 0.0, 0.0)
    assert exits("report", "out")[0] == 0  # and again, from the study alone
    assert "would save $300.00 a month" in Path("out/report.html").read_text()


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
        " these cost is not known: state dollars for the training (training_usd); dollars a month for hosting, 0 where"
        " there is none (hosting_usd_per_month). Or name who would train and host it, as in provider: together_ai."
        " Calls of the fine-tuned model are at the base model's price; providers may ask more."
    )
    assert json.loads(Path("out/study.json").read_text())["break_even"] is None
    assert read_study("out").costs.at_base_price


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("hosting_usd_per_month: 50", "would save $250.00 a month, before training. What that costs is not known:"),
        ("training_usd: 9", "would save $300.00 a month, before hosting. What that costs is not known:"),
        ("prompted_usd_per_1000: 0.5", "would cost $50.00 a month more, even before training and hosting. What these"),
        ("training_usd: 9\nhosting_usd_per_month: 0", "and the $9.00 paid at the start would be back after a day."),
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
            "Prices of tokens that halve each year hardly change when the money is back.",
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
        ("calls_per_month: [1, 2, 3, 4, 5, 6, 7, 8]", "calls_per_month: must be a number, not [1, 2, 3, 4, 5, 6, ...]"),
        ("calls_per_month: .inf", "calls_per_month: must be a number, not inf"),
        ("calls_per_month: true", "calls_per_month: must be a number, not True"),
        ("calls_per_month: 1\nerror_usd: -1", "error_usd must be at least 0, not -1.0"),
        ("error_usd: 1", "calls_per_month: is missing"),
        ("- 1", "holds no fields such as calls_per_month"),
        ("a: [", "no valid YAML"),
        ("", "holds no fields"),
    ],
)
def test_a_fault_in_the_file_is_one_line(folder, exits, content, said):
    Path("costs.yaml").write_text(content)
    status, shown, told = exits("report", "out", "--costs", "costs.yaml")
    assert (status, shown, told.count("\n")) == (1, "", 1)
    assert f"costs.yaml: {said}" in told


def said(costs, of, today=TODAY):
    """What a file of costs comes to, as one text."""
    Path("costs.yaml").write_text(costs)
    return " ".join(cost_sentences(replace(of, costs=read_costs(Path("costs.yaml"), of, today))))


def test_where_answers_are_partly_right_it_is_said_that_they_cost_part_of_an_error(folder):
    """Of 40 items 20 are right, and the others half right."""
    whole = study()
    parts = replace(whole, curve=replace(whole.curve, scores=np.maximum(whole.curve.scores, 0.5)))
    costs = "calls_per_month: 1000\nerror_usd: 1\ntraining_usd: 9\n"
    said_of = (
        "A partly right answer costs part of error_usd here: the prompt to use scores 75%, but only 50% of its answers"
        " are wholly right. Where any fault costs all of error_usd, these sums do not hold."
    )
    for more in ("", "hosting_usd_per_month: 0\n"):
        assert said_of in said(f"{costs}{more}", parts)
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
    assert "would save $1,262.30 to $3,087.30 a month" in text
    assert "is cheaper to run above 1,456,350 to 2,368,850 calls a month, by where its price lies." in text
    assert "hosting $2,912.70 to $4,737.70 a month (730 hours at $3.99 to $6.49)" in text
    assert "together_ai models of up to 16 billion parameters: prices of 2026-05-08" in text
    dear = said("calls_per_month: 2000000\nprovider: together\nprompted_usd_per_1000: 2\n", here)
    assert "would save up to $1,087.30 a month or cost up to $737.70 more, by where its price lies" in dear
    rare = said("calls_per_month: 10\nprovider: together\nprompted_usd_per_1000: 2\n", here)
    assert "would cost $2,912.68 to $4,737.68 a month more, and the $0.041 to $0.058 paid at the start would" in rare


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
    assert f"would cost ${lost - 232.2:,.2f} (" in with_mistakes
    assert "not counted" not in with_mistakes
    write_study(replace(big, costs=costs), "big")
    assert read_study("big").costs == costs


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
    assert tiles(stated)[-1].note.endswith("; $1.50 fine-tuned, as stated")
    listed = replace(here, costs=read_costs(Path("listed.yaml"), here))
    assert tiles(listed)[-1].note.endswith("fine-tuned, by the list of prices")


@pytest.mark.parametrize(("training", "tuned", "said"), [("does not pay", 0.1, 1), ("pays", 0.1, 0), ("pays", 50.0, 1)])
def test_where_money_says_otherwise_the_answer_is_said_to_be_about_accuracy(training, tuned, said):
    costs = Costs(10_000, 2.0, tuned, 100, 0.0, 0.0)
    made = replace(study(), costs=costs, advice=replace(study().advice, training=training))
    text = " ".join(cost_sentences(made))
    assert text.count(f"That fine-tuning {training} is said of accuracy. In money:") == said


def test_calls_from_the_first_on_are_said_as_such():
    gain = cf.Estimate(0.0, -0.1, 0.1, 0.9)
    made = replace(
        study(), costs=Costs(10_000, 2.0, 0.5, 100, 0.0, 0.0, error_usd=0.1), payoff=replace(study().payoff, gain=gain)
    )
    assert "is cheaper to run from the first call on (at worst at no number of calls)." in " ".join(
        cost_sentences(made)
    )


def test_costs_are_kept_until_the_run_is_made_again_and_help_and_page_say_so(exits, tmp_path, monkeypatch):
    (tmp_path / "sample_tasks").symlink_to(PAGE.parents[1] / "sample_tasks")
    monkeypatch.chdir(tmp_path)
    run = ["run", "sample_tasks/tickets", "-m", "simulated/rising", "--shots", "0,4", "--items", "20", "--out", "s"]
    (tmp_path / "costs.yaml").write_text("calls_per_month: 100000\ntuned_usd_per_1000: 0.2\ntraining_usd: 30\n")

    def kept():
        return read_study("s").costs is not None

    assert (exits(*run)[0], kept()) == (0, False)
    assert (exits("report", "s", "--costs", "costs.yaml")[0], kept()) == (0, True)
    assert (exits("report", "s")[0], kept()) == (0, True)
    assert (exits(*run)[0], kept()) == (0, False)
    said = "probes and costs are kept in study.json"
    assert said in " ".join(exits("report", "--help")[1].split())
    assert "To drop them, give the same `curvefit run` again" in " ".join(PAGE.read_text(encoding="utf-8").split())
