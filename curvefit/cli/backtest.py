"""`curvefit backtest`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from curvefit.cli.main import EXIT
from curvefit.cli.options import as_json

if TYPE_CHECKING:
    from curvefit.curves.curve import Estimate

__all__ = ["command"]


@click.command(name="backtest")
@click.option("--margin", default=0.02, show_default=True, help="A gain above it counts as paid.")
@as_json
def command(margin: float, machine: bool) -> int:
    """Score the prediction of what fine-tuning adds on measured cases.

    Every source of the shipped evidence is left out in turn and predicted from the others. Intervals are 90%, by
    resampling whole sources.

    \b
      curvefit backtest
    """
    from curvefit.curves.reasons import in_points
    from curvefit.payoff.backtest import backtest
    from curvefit.payoff.evidence import evidence

    found = backtest(evidence(), margin=margin)
    if machine:
        record = asdict(found)
        click.echo(json.dumps(record))
        return EXIT["done"]

    def points(value: float) -> str:
        return f"{in_points(value):>6}"

    for case in sorted(found.cases, key=lambda case: case.unit.name):
        gain = case.gain
        click.echo(
            f"{points(gain.value)} ({points(gain.low)} to {points(gain.high)}), pays with {case.probability:4.0%};"
            f" was {points(case.unit.gain)}  {case.unit.name}"
        )
    paid = sum(case.unit.gain > margin for case in found.cases)
    sources = len({case.unit.source for case in found.cases})
    click.echo(
        f"\n{len(found.cases)} cases from {sources} sources; in {paid} the gain exceeded {100 * margin:.1f} points"
    )
    for name, estimate in (
        ("AUC of the prediction", found.auc),
        ("AUC of the rule of thumb", found.rule_auc),
        ("log-loss", found.log_loss),
        ("log-loss of the base rate", found.base_log_loss),
        ("advantage over the base rate", found.advantage),
        ("Brier score", found.brier),
        ("coverage of 90% intervals", found.coverage),
        ("mean absolute error of the gain", found.error),
        ("rule of thumb right", found.rule_right),
    ):
        click.echo(f"  {name:<34}{_told(estimate)}")
    return EXIT["done"]


def _told(e: Estimate) -> str:
    return f"{e.value:5.2f}  ({e.low:.2f} to {e.high:.2f})"
