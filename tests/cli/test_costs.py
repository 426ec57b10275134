"""curvefit report --costs: the page's arithmetic, what is missing, and what is wrong with a file of costs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import curvefit as cf
from curvefit.decision.break_even import Costs, break_even
from curvefit.models.base import Usage
from curvefit.report import read_study

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scores = np.repeat((np.array([0.2, 0.4, 0.5])[:, None, None] > np.linspace(0, 1, 40, endpoint=False)), 2, axis=1)
    usage = tuple(Usage(80, 8000, 0, 80, 0.08 * n, 8.0) for n in (1, 2, 4))
    curve = cf.Measurement(
        shots=np.array([0, 1, 4]), scores=scores.astype(float), task="t", kind="classification", model="openai/m",
        items=tuple(map(str, range(40))), usage=sum(usage, Usage()), usage_by_shots=usage,
        seconds_by_shots=((0.2, 0.3),) * 3, pool=200,
    )  # fmt: skip
    cf.write_report(cf.analyze(curve, n_train=200), "out")
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
    _, shown, _ = exits("report", "out", "--costs", "costs.yaml")
    assert "is open: state dollars for a thousand calls of the fine-tuned model (tuned_usd_per_1000)" in " ".join(
        shown.split()
    )
    assert json.loads(Path("out/study.json").read_text())["break_even"] is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("call_per_month: 3", "call_per_month: no such field; did you mean calls_per_month?"),
        ("calls_per_month: many", "calls_per_month: must be a number, not 'many'"),
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
