"""The entry point: finds a command, runs it, turns errors into one line and an exit code. Lives here: nothing else."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Final

import click

from curvefit import __version__
from curvefit.cli.screen import line
from curvefit.errors import BudgetReached, CurvefitError, RepliesPending
from curvefit.models.redaction import redact

# Before numpy is there: an analysis multiplies small matrices, and threads that wait for each other at it take nearly
# half of the processor time it needs, also from an engine that runs beside it. A number that is set already is kept.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__all__ = ["EXIT", "cli", "main"]

EXIT: Final = {"done": 0, "error": 1, "usage": 2, "budget": 4, "partial": 5, "interrupted": 130}
_ENDS: Final = {BudgetReached: "budget", RepliesPending: "partial"}  # what exits otherwise than as an error

# In the order people meet them. Read by --help without importing the commands, which keeps it fast.
_COMMANDS: Final = {
    "demo": "See it work: sample tasks, a small model on this machine, no key.",
    "init": "Start a task folder to fill with your own examples.",
    "pull": "Fetch a local model's file.",
    "check": "Are these examples good enough to decide on?",
    "plan": "Show what a run would send and cost. Spends nothing.",
    "run": "Measure accuracy against examples in the prompt, and say what to do.",
    "fit": "Say what to do from results you already have.",
    "probe": "Fine-tune a small local model for real, and compare with prompting.",
    "pool": "Write the file to fine-tune on, without the examples that are scored.",
    "validate": "Score your fine-tuned model, and compare with the prediction.",
    "report": "Write the report of a finished run again.",
    "backtest": "Show how often the prediction of the gain was right.",
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

    Puts more and more of your examples into a model's prompt, measures how accuracy grows, and says what to do next.

    \b
      curvefit demo                                    see it work, in minutes
      curvefit init my-task                            start a folder of examples
      curvefit check data.jsonl                        good enough to decide on?
      curvefit plan data.jsonl -m openai/gpt-4o-mini   what it would cost
      curvefit run data.jsonl -m openai/gpt-4o-mini    measure and decide

    Each line of data.jsonl is {"input": ..., "output": ...}.

    Results go to standard output, progress to standard error.

    \b
    Exit status:
      0    done
      1    error: one line says what to do
      2    called wrongly
      4    a cap was reached; the report covers what was measured so far
      5    not finished: replies are missing, or a batch is still running
      130  interrupted
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
