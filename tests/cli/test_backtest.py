import json

from click.testing import CliRunner

from curvefit.cli.backtest import command
from curvefit.payoff.evidence import evidence


def test_backtest_prints_every_case_and_the_scores():
    said = CliRunner().invoke(command, [], standalone_mode=False).output
    assert said.count("pays with") == len(evidence())
    assert "AUC of the rule of thumb" in said
    assert "coverage of 90% intervals" in said


def test_backtest_speaks_to_machines():
    record = json.loads(CliRunner().invoke(command, ["--json", "--margin", "0.05"], standalone_mode=False).output)
    assert record["margin"] == 0.05
    assert len(record["cases"]) == len(evidence())
    assert record["auc"]["low"] <= record["auc"]["value"] <= record["auc"]["high"]
