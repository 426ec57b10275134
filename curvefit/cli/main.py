"""The entry point: finds a command, runs it, turns errors into one line and an exit code. Lives here: nothing else."""

from __future__ import annotations

import difflib
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Final, TextIO

import click

from curvefit import __version__
from curvefit.cli.help_text import HelpContext
from curvefit.cli.screen import line, remark
from curvefit.errors import BudgetReached, CurvefitError, RepliesPending
from curvefit.models.redaction import redact

# Before numpy is there: an analysis multiplies small matrices, and threads that wait for each other at it take nearly
# half of the processor time it needs, also from an engine that runs beside it. A number that is set already is kept.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__all__ = ["EXIT", "cli", "main"]

EXIT: Final = {
    "done": 0, "error": 1, "usage": 2, "gate": 3, "budget": 4, "partial": 5, "interrupted": 130, "ended": 143,
}  # fmt: skip
_ENDS: Final = {BudgetReached: "budget", RepliesPending: "partial"}  # what exits otherwise than as an error

# In the order people meet them. Read by --help without importing the commands, which keeps it fast.
_COMMANDS: Final = {
    "demo": "See it work: sample tasks, a small model on this machine, no key.",
    "init": "Start a task folder to fill with your own examples.",
    "stub": "Practise asking a hosted model: a server on this machine, no key.",
    "pull": "Fetch a local model's file.",
    "check": "Are these examples good enough to decide on?",
    "baseline": "Show what a plain classifier learns from your examples. Free, in seconds.",
    "plan": "Show what a run would send and cost. Spends nothing.",
    "decide": "Fine-tune, or keep prompting? Does all it takes to answer.",
    "run": "Measure accuracy against examples in the prompt, and say what to do.",
    "fit": "Say what to do from results you already have.",
    "probe": "Fine-tune for real, here or at a provider, and compare with prompting.",
    "prompt": "Print the prompt that a study advises, for one input.",
    "pool": "Write the file to fine-tune on, without the examples that are scored.",
    "draft-pool": "Let a stronger model draft targets for inputs that have none, for the pool.",
    "validate": "Score your fine-tuned model, and compare with the prediction.",
    "report": "Write the report of a finished run again.",
    "view": "List all studies of a folder on one page: what each said, and what came of it.",
    "compare": "Which of two or more is better? On the same items, with intervals.",
    "errors": "Show what the model gets wrong, and why.",
    "backtest": "Show how often the prediction of the gain was right.",
}
_MODULES: Final = {"errors": "missed_items", "stub": "stub_server"}  # of commands whose name another module has


class _Commands(click.Group):
    """A group that imports a command's module when it is called."""

    context_class = HelpContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = _MODULES.get(cmd_name, cmd_name.replace("-", "_"))
        command: click.Command = import_module(f"curvefit.cli.{module}").command
        command.context_class = HelpContext
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help where nothing is called; releases of click differ in what they do then."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(EXIT["usage"])
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; one that is not there is answered with the nearest that is."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in _COMMANDS:
            near = difflib.get_close_matches(name, _COMMANDS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_COMMANDS)}"
            ctx.fail(f"no command {line(redact(name))[:60]!r}; {hint}")
        return super().resolve_command(ctx, args)

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
      curvefit decide data.jsonl -m openai/gpt-4o-mini --max-usd 5   fine-tune, or keep prompting?

    Each line of data.jsonl is {"input": ..., "output": ...}.

    Results go to standard output, progress to standard error.

    \b
    Exit status:
      0    done
      1    error: one line says what to do
      2    called wrongly
      3    what --fail-on names has come about
      4    a cap was reached; the report covers what was measured so far
      5    not finished: replies are missing, or a batch is still running
      130  interrupted
      143  ended by kill, as cleanly
    """


def main() -> None:
    """Run the command line and exit, with one line where it went wrong, whatever it was that did."""
    gc.set_threshold(300_000)  # what is loaded stays: to look through it for garbage took a twelfth of a short command
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by who called: what is said there is for nobody
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (for the whole process)
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name or a sign may be in no alphabet of the terminal's
    killed: list[int] = []
    with _as_interrupt(killed):
        try:
            status = _status()
        except KeyboardInterrupt:
            status = EXIT["interrupted"]
            remark("interrupted")
    if killed and status == EXIT["interrupted"]:
        status = EXIT["ended"]
    if not _flushed(sys.stdout):
        remark("curvefit: the result could not be printed whole: is the disk full, or the standard output closed?")
        status = status or EXIT["error"]
    _flushed(sys.stderr)
    sys.exit(status)


@contextmanager
def _as_interrupt(killed: list[int]) -> Iterator[None]:
    """End by `kill` as by Ctrl-C, so that what is paid for is kept and it is said how to go on; and note that it was.

    Where Ctrl-C is ignored, as in what a script's shell starts with &, it is kill alone that ends it. Where kill is, or
    is taken by the program around, that stays so.
    """

    def end(number: int, _: object) -> None:
        killed.append(number)
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)  # to whoever waits for it, as a run with replies on the way does

    before = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or before in (signal.SIG_IGN, None):
        yield
        return
    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _status() -> int:
    """Run the command line and return the exit status."""
    try:
        status = cli.main(prog_name="curvefit", standalone_mode=False)
    except click.exceptions.Abort:
        remark("interrupted")
        return EXIT["interrupted"]
    except click.ClickException as error:
        remark(_about_usage(error))
        return error.exit_code
    except CurvefitError as error:
        remark(f"curvefit: {line(redact(str(error)))}")
        return EXIT[next((how for kind, how in _ENDS.items() if isinstance(error, kind)), "error")]
    except OSError as error:  # a path too long, or within a folder that may not be entered; a full disk; a closed pipe
        if sys.exc_info()[0] is BrokenPipeError:
            return EXIT["error"]  # who reads has gone, and knows
        remark(f"curvefit: {_about_system(error)}")
        return EXIT["error"]
    except MemoryError:
        remark("curvefit: the memory of this machine is not enough for it; take fewer --items, or a smaller file")
        return EXIT["error"]
    except Exception as error:  # a fault of this program
        remark(f"curvefit: {_about_fault(error)}")
        return EXIT["error"]
    return status if isinstance(status, int) else EXIT["done"]


# Options of one command that are looked for at others.
_ELSEWHERE: Final = {"--costs": "costs come afterwards, with curvefit report FOLDER --costs costs.yaml"}


def _about_usage(error: click.ClickException) -> str:
    """Return what click would show, without keys and without what a word could do to a terminal."""
    context = getattr(error, "ctx", None)
    usage = "" if context is None else f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n\n"
    message = error.format_message()
    if isinstance(error, click.NoSuchOption) and error.option_name in _ELSEWHERE:
        message = f"No such option: {error.option_name}; {_ELSEWHERE[error.option_name]}"
    return f"{usage}Error: {line(redact(message))}"


def _about_system(error: OSError) -> str:
    """Return what the system refused, and of what."""
    if error.filename is not None:
        return line(redact(f"{line(str(error.filename))[:200]}: {error.strerror}"))
    try:
        Path.cwd()
    except OSError:
        return "the folder this runs in is gone; change into one that is there"
    return line(redact(f"{error.strerror or error}; is a disk full, or an output closed?"))


def _about_fault(error: Exception) -> str:
    """Return what somebody needs who is to mend it: what went wrong, and where, the innermost place first."""
    package = Path(__file__).parents[1]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if package in Path(frame.filename).parents]
    places = [f"{Path(f.filename).relative_to(package).as_posix()}:{f.lineno}" for f in reversed(frames[-3:])]
    what = line(redact(f"{type(error).__name__}: {error}"))[:300]
    return (
        f"a fault of curvefit itself, not of your files: {what}, at {' < '.join(places)}; please report this line and"
        f" the command to those who gave you curvefit {__version__}; what was paid for is kept"
    )


def _flushed(stream: TextIO) -> bool:
    """Write out what is left of a stream; where that fails, let go of it, or Python would say so at its end."""
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
        return False
    return True
