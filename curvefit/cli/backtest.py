"""`curvefit backtest`."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from curvefit.cli.main import EXIT
from curvefit.cli.options import SHARE, json_option
from curvefit.cli.screen import line

if TYPE_CHECKING:
    from curvefit.curves.curve import Estimate

__all__ = ["command"]


@click.command(name="backtest")
@click.option("--margin", type=SHARE, default=0.02, show_default=True, help="It paid if the gain is above this.")
@click.option("--mine", is_flag=True, help="Use your own validations.")
@json_option
def command(margin: float, mine: bool, machine: bool) -> int:
    """Show how often the prediction of the gain was right.

    \b
      curvefit backtest
      curvefit backtest --mine

    The gain is what fine-tuning adds to the accuracy of the best prompt. A case is one task with one model where the
    gain was measured; such cases come with curvefit. Each source of cases, such as a paper, is left out in turn and
    predicted from the others. Then the predictions are compared with what was measured.

    --mine does it for your own cases: every `curvefit validate` adds one to a ledger on this machine. Several
    validations of one task count as one case in the intervals; tasks are told apart by content, not by file name.
    Nothing is sent.

    AUC is how often a case that paid is ranked above one that did not: 0.5 is a coin, 1 is perfect. Log-loss and Brier
    score say how far probabilities were off; lower is better. The base rate is how often fine-tuning paid in all
    cases. Coverage is how many gains the intervals held. Intervals are at 90%: a bootstrap over sources, and Wilson's
    for the coverage.

    Writes nothing.

    Exit status: 0 done, 1 error, 2 called wrongly, 5 a line of the ledger could not be read.
    """
    if mine:
        if click.get_current_context().get_parameter_source("margin") is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError("--margin does not go with --mine: each was predicted for the margin of its study")
        return _mine(machine=machine)
    from curvefit.payoff.cross_validation import backtest
    from curvefit.payoff.evidence import evidence
    from curvefit.report.study_record import plain
    from curvefit.report.wording import in_points

    found = backtest(evidence(), margin=margin)
    if machine:
        click.echo(json.dumps(plain(asdict(found)), allow_nan=False))
        return EXIT["done"]

    def points(value: float) -> str:
        return f"{in_points(value):>6}"

    for case in sorted(found.cases, key=lambda case: case.unit.name):
        gain = case.gain
        click.echo(
            f"{points(gain.value)} ({points(gain.low)} to {points(gain.high)}), pays with {case.probability:4.0%};"
            f" was {points(case.unit.gain)}  {case.unit.name}"
        )
    paid = sum(case.unit.paid(margin) for case in found.cases)
    sources = len({case.unit.source for case in found.cases})
    click.echo(
        f"\n{len(found.cases)} cases from {sources} sources; in {paid} the gain exceeded {100 * margin:g} points"
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
    click.echo(
        f"\nIn {len(found.cases) - found.possible} cases the best prompt leaves no room for such a gain: that they did"
        f" not pay is arithmetic. Of the other {found.possible}:"
    )
    for name, estimate in (
        ("AUC of the prediction", found.possible_auc),
        ("advantage over the base rate", found.possible_advantage),
    ):
        click.echo(f"  {name:<34}{_told(estimate)}")
    return EXIT["done"]


def _mine(*, machine: bool) -> int:
    """Score the user's own ledger."""
    from curvefit.payoff.evidence import evidence
    from curvefit.payoff.track_record import track
    from curvefit.report.payoff_text import track_sentence
    from curvefit.report.study_record import plain
    from curvefit.report.wording import counted, in_points
    from curvefit.workflows.ledger import ledger_file, read_ledger

    book = read_ledger()
    for problem in book.problems:
        click.echo(line(problem), err=True)
    ended = EXIT["partial" if book.problems else "done"]
    found = track(book.cases, evidence()) if book.cases else None
    if machine:
        scores = None if found is None else {**asdict(found), "enough": found.enough, "outcome": found.outcome}
        click.echo(json.dumps({"ledger": str(ledger_file()), "unreadable": len(book.problems), "track": plain(scores)}))
        return ended
    if found is None:
        click.echo(f"{line(str(ledger_file()))} holds no validation yet: curvefit validate STUDY -m FINE_TUNED")
        return ended
    for case in found.cases:
        gain = case.predicted
        click.echo(
            f"{in_points(gain.value):>6} ({in_points(gain.low):>6} to {in_points(gain.high):>6}), pays with"
            f" {case.probability:4.0%}; was {in_points(case.gain.value):>6}{' ' if case.inside else '!'} "
            + line(f"{case.task}: {case.fine_tuned} for {case.model}, {counted(case.n_train, 'example')}")
        )
    paid = sum(case.paid for case in found.cases)
    click.echo(f"\n{len(found.cases)} validated; {paid} gained more than the margin. {track_sentence(found)}")
    for name, estimate in (
        ("within their 90% intervals", found.inside),
        ("mean absolute error of the gain", found.error),
        ("log-loss", found.log_loss),
        ("log-loss of the base rate", found.base_log_loss),
        ("advantage over the base rate", found.advantage),
    ):
        click.echo(f"  {name:<34}{_told(estimate)}")
    return ended


def _told(e: Estimate) -> str:
    if math.isnan(e.value):
        return "   –  (unknown: all paid or none did)"
    if math.isnan(e.low):
        return f"{e.value:5.2f}  (no interval: too few, or all alike)"
    return f"{e.value:5.2f}  ({e.low:.2f} to {e.high:.2f})"
