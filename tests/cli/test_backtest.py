import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from curvefit.cli.backtest import command
from curvefit.payoff.evidence import evidence


@pytest.fixture
def few(monkeypatch):
    """The units of six sources: every source is predicted from the others, which takes its time with all of them."""
    sources = sorted({unit.source for unit in evidence()})[:6]
    units = tuple(unit for unit in evidence() if unit.source in sources)
    monkeypatch.setattr("curvefit.payoff.evidence.evidence", lambda: units)
    return units


def test_backtest_prints_every_case_and_the_scores():
    said = CliRunner().invoke(command, [], standalone_mode=False).output
    assert said.count("chance of a gain") == len(evidence())
    assert "AUC of the rule of thumb" in said
    assert "coverage of 90% intervals" in said


def test_backtest_counts_the_sure_cases_as_its_lines_and_the_docs_do():
    said = CliRunner().invoke(command, [], standalone_mode=False).output
    lines = re.findall(r"chance of a gain +([\d.]+)%; measured +(\S+)  ", said)
    sure = [float(gain.replace("−", "-")) > 2 for chance, gain in lines if float(chance) >= 80]
    summary = f"At a chance of 80% or more, {sum(sure)} of {len(sure)} gained."
    assert f"\n{summary}\n" in said
    assert summary in " ".join(Path("docs/payoff.md").read_text(encoding="utf-8").split())


def test_backtest_speaks_to_machines(few):
    record = json.loads(CliRunner().invoke(command, ["--json", "--margin", "0.05"], standalone_mode=False).output)
    assert record["margin"] == 0.05
    assert len(record["cases"]) == len(few)
    assert record["auc"]["low"] <= record["auc"]["value"] <= record["auc"]["high"]


@pytest.mark.parametrize("margin", ["2", "-1", "0", "1", "nan"])
def test_a_margin_is_a_share_as_everywhere_else(margin):
    refused = CliRunner().invoke(command, ["--margin", margin])
    assert refused.exit_code == 2
    assert "--margin" in refused.output
    assert "chance of a gain" not in refused.output


def test_the_margins_of_past_predictions_are_those_of_their_studies():
    refused = CliRunner().invoke(command, ["--mine", "--margin", "0.1"])
    assert refused.exit_code == 2
    assert "each was predicted for the margin of its study" in refused.output


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_where_no_case_paid_the_ranking_is_unknown_and_json_is_still_json():
    said = CliRunner().invoke(command, ["--margin", "0.95"], standalone_mode=False, catch_exceptions=False).output
    assert "AUC of the prediction                –  (unknown: all gained or none did)" in said
    held = CliRunner().invoke(command, ["--margin", "0.95", "--json"], standalone_mode=False).output
    record = json.loads(held, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert record["auc"]["value"] is None
    assert record["coverage"]["value"] > 0.5
