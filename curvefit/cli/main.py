"""The entry point: finds a command, runs it, turns errors into one line and an exit code. Lives here: nothing else."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

import click

from curvefit import __version__
from curvefit.cli.screen import line
from curvefit.errors import BudgetReached, CurvefitError, RepliesPending
from curvefit.models.redaction import redact

__all__ = ["EXIT", "cli", "main"]

EXIT: Final = {"done": 0, "error": 1, "usage": 2, "budget": 4, "partial": 5, "interrupted": 130}
_ENDS: Final = {BudgetReached: "budget", RepliesPending: "partial"}  # what exits otherwise than as an error

# In the order people meet them. Read by --help without importing the commands, which keeps it fast.
_COMMANDS: Final = {
    "demo": "Measure real curves on sample tasks with a small model on this machine.",
    "init": "Start a task folder to fill with your own examples.",
    "pull": "Fetch a local model's file.",
    "check": "Is this eval fit to decide on?",
    "plan": "Show what a run would send and cost, before anything is spent.",
    "run": "Measure a curve, judge it, write the report.",
    "fit": "Judge a curve you already have, from scores or from results of other tools.",
    "probe": "Fine-tune a local model for real, and set it beside the curve in context.",
    "pool": "Write what a model may be fine-tuned on, and no item, as providers take it.",
    "validate": "Score a fine-tuned model on a study's items, and set prediction against fact.",
    "report": "Write the report of a finished study again.",
    "backtest": "Score the prediction of what fine-tuning adds on measured cases.",
}


class _Commands(click.Group):
    """A group that imports a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"curvefit.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="curvefit")
def cli() -> None:
    """Should we fine-tune, or keep prompting?

    Measures how a language model's accuracy grows with the number of examples in its prompt, forecasts the curve,
    and says whether it still rises, has reached a plateau, or whether nobody can tell yet.

    \b
      curvefit demo                                     a real model, on this machine, in minutes
      curvefit check data.jsonl                         is the eval good enough to decide on?
      curvefit plan data.jsonl -m openai/gpt-4o-mini    what it would cost
      curvefit run data.jsonl -m openai/gpt-4o-mini     measure and decide

    Results go to stdout, progress to stderr. Exit status: 0 done, 1 error, 2 usage, 4 a cap on spending was
    reached, 5 partial, 130 interrupted.
    """


def main() -> None:
    """Run the command line and exit."""
    try:
        status = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(EXIT["interrupted"])
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except OSError as error:  # a path too long, or within a folder that may not be entered
        if error.filename is None:
            raise
        click.echo(f"curvefit: {line(str(error.filename))[:200]}: {error.strerror}", err=True)
        sys.exit(EXIT["error"])
    except CurvefitError as error:
        click.echo(f"curvefit: {line(redact(str(error)))}", err=True)
        sys.exit(EXIT[next((how for kind, how in _ENDS.items() if isinstance(error, kind)), "error")])
    sys.exit(status if isinstance(status, int) else EXIT["done"])
