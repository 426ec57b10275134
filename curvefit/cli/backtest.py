"""`curvefit backtest`."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from curvefit.cli.main import EXIT
from curvefit.cli.options import SHARE, json_option
from curvefit.cli.screen import line, remark

if TYPE_CHECKING:
    from curvefit.curves.curve import Estimate

__all__ = ["command"]


@click.command(name="backtest")
@click.option(
    "--margin", type=SHARE, default=0.02, show_default=True, help="A case gained if it gained more than this."
)
@click.option("--mine", is_flag=True, help="Use your own ledger of validations.")
@json_option
def command(margin: float, mine: bool, machine: bool) -> int:
    """Show how often the prediction of the gain was right.

    \b
      curvefit backtest
      curvefit backtest --mine

    The gain is what fine-tuning adds to the accuracy of the best prompt. A case is one task with one model where the
    gain was measured; such cases come with curvefit. Each source of cases, such as a paper, is left out in turn and
    predicted from the others. Then the predictions are compared with what was measured.

    --mine does it for your own cases: every `curvefit validate` adds one to a ledger on this machine. In the
    intervals, validations of the same task (the same content, whatever the file is called) are taken together as one.
    Nothing is sent.

    AUC is how often a case that gained is ranked above one that did not: 0.5 is a coin, 1 is perfect. Log-loss and
    Brier score say how far probabilities were off; lower is better. The base rate is how often fine-tuning gained in
    all cases. Coverage is the share of measured gains that lay in their predicted interval. The brackets are 90%
    intervals of these figures: Wilson's for the coverage, a bootstrap over sources for the others.

    Writes nothing.

    Exit status: 0 done, 1 error, 2 called wrongly, 5 a line of the ledger could not be read.
    """
    if mine:
        if click.get_current_context().get_parameter_source("margin") is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError("--margin does not go with --mine: each was predicted for the margin of its study")
        return _mine(machine=machine)
    from curvefit.payoff.comparison import SURE
    from curvefit.payoff.cross_validation import backtest
    from curvefit.payoff.evidence import evidence
    from curvefit.report.study_record import as_json
    from curvefit.report.wording import in_points, margin_text

    result = backtest(evidence(), margin=margin)
    if machine:
        click.echo(json.dumps(as_json(asdict(result)), allow_nan=False))
        return EXIT["done"]

    def points(value: float) -> str:
        return f"{in_points(value):>6}"

    for case in sorted(result.cases, key=lambda case: case.unit.name):
        gain = case.gain
        click.echo(
            f"predicted {points(gain.value)} ({points(gain.low)} to {points(gain.high)}), chance of a gain"
            f" {case.probability:6.1%}; measured {points(case.unit.gain)}  {case.unit.name}"
        )
    paid = sum(case.unit.paid(margin) for case in result.cases)
    sources = len({case.unit.source for case in result.cases})
    click.echo(
        f"\n{len(result.cases)} cases from {sources} sources; in {paid} fine-tuning gained more than"
        f" {margin_text(margin)}"
    )
    for name, estimate in (
        ("AUC of the prediction", result.auc),
        ("AUC of the rule of thumb", result.rule_auc),
        ("log-loss", result.log_loss),
        ("log-loss of the base rate", result.base_log_loss),
        ("advantage over the base rate", result.advantage),
        ("Brier score", result.brier),
        ("coverage of 90% intervals", result.coverage),
        ("mean absolute error of the gain", result.error),
        ("rule of thumb right", result.rule_right),
    ):
        click.echo(f"  {name:<34}{_figure(estimate)}")
    sure = [case.unit.paid(margin) for case in result.cases if case.probability >= SURE]
    click.echo(f"\nAt a chance of {SURE:.0%} or more, {sum(sure)} of {len(sure)} gained.")
    click.echo(
        f"\nIn {len(result.cases) - result.possible} cases the best prompt leaves no room for such a gain, so they"
        f" could not gain. Of the other {result.possible}:"
    )
    for name, estimate in (
        ("AUC of the prediction", result.possible_auc),
        ("advantage over the base rate", result.possible_advantage),
    ):
        click.echo(f"  {name:<34}{_figure(estimate)}")
    return EXIT["done"]


def _mine(*, machine: bool) -> int:
    """Score the user's own ledger."""
    from curvefit.payoff.evidence import evidence
    from curvefit.payoff.track_record import track
    from curvefit.report.payoff_text import track_sentence
    from curvefit.report.study_record import as_json
    from curvefit.report.wording import counted, in_points
    from curvefit.workflows.ledger import ledger_file, read_ledger

    ledger = read_ledger()
    for problem in ledger.problems:
        remark(line(problem))
    ended = EXIT["partial" if ledger.problems else "done"]
    result = track(ledger.cases, evidence()) if ledger.cases else None
    if machine:
        scores = None if result is None else {**asdict(result), "enough": result.enough, "outcome": result.outcome}
        found = {"ledger": str(ledger_file()), "unreadable": len(ledger.problems), "track": scores}
        click.echo(json.dumps(as_json(found)))
        return ended
    if result is None:
        click.echo(f"{line(str(ledger_file()))} holds no validation yet: curvefit validate STUDY -m FINE_TUNED")
        return ended
    for case in result.cases:
        gain = case.predicted
        click.echo(
            f"predicted {in_points(gain.value):>6} ({in_points(gain.low):>6} to {in_points(gain.high):>6}), chance of"
            f" a gain {case.probability:4.0%}; measured {in_points(case.gain.value):>6}{' ' if case.inside else '!'} "
            + line(f"{case.task}: {case.fine_tuned} for {case.model}, {counted(case.n_train, 'example')}")
        )
    paid = sum(case.paid for case in result.cases)
    click.echo(
        f"\n{counted(len(result.cases), 'validation')}; {paid} gained more than the margin. {track_sentence(result)}"
    )
    for name, estimate in (
        ("within their 90% intervals", result.inside),
        ("mean absolute error of the gain", result.error),
        ("log-loss", result.log_loss),
        ("log-loss of the base rate", result.base_log_loss),
        ("advantage over the base rate", result.advantage),
    ):
        click.echo(f"  {name:<34}{_figure(estimate)}")
    return ended


def _figure(e: Estimate) -> str:
    if math.isnan(e.value):
        return "   –  (unknown: all gained or none did)"
    if math.isnan(e.low):
        return f"{e.value:5.2f}  (no interval: too few, or all alike)"
    return f"{e.value:5.2f}  ({e.low:.2f} to {e.high:.2f})"
