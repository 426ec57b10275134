"""`curvefit errors`: what the model gets wrong, and why."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from curvefit.cli import completion
from curvefit.cli.options import json_option, verbose_option
from curvefit.cli.screen import block, line, remark, width
from curvefit.errors import InputError

__all__ = ["command"]


@click.command(name="errors")
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--task",
    metavar="TASK",
    shell_complete=completion.files,
    help="The study's task, if its file has moved or code judges it.",
)
@click.option("--jsonl", "lines", is_flag=True, help="Print one line of JSON for each missed item.")
@click.option("--probe", type=click.Path(path_type=Path),
              help="A probe of the study: what does fine-tuning mend?  [default: beside the study]")  # fmt: skip
@verbose_option
@json_option
def command(study: Path, task: str | None, lines: bool, probe: Path | None, verbose: bool, machine: bool) -> None:
    """Show what the model gets wrong, and why.

    \b
      curvefit errors reports/tickets/local-gemma3-270m
      curvefit errors reports/tickets/local-gemma3-270m --jsonl

    STUDY is the result of `curvefit run`: its folder, or the study.json in it. The items that the prompt to use misses
    are sorted by what is wrong: a target that may be wrong itself, no readable answer, what a scorer of your own says,
    the form alone, some fields, another label, another answer. Targets worth checking are named by file and line.
    --verbose shows every missed item with its replies.

    If `curvefit probe` has fine-tuned the model, the items are counted that this mends, breaks and leaves wrong, and
    --verbose shows the fine-tuned model's replies. An item counts as right if at least half of its replies are.

    Reads the journal beside the study, and the task again. Sends nothing to a model and writes nothing.

    Exit status: 0 done, 1 error, 2 called wrongly.
    """
    from curvefit.report.failures_text import failures_record, failures_summary, item_record
    from curvefit.report.next_command import check_command, run_command
    from curvefit.report.probe_reader import concluded_with_probe_beside, read_trained_scores
    from curvefit.report.settle_text import what_would_settle
    from curvefit.report.study_reader import open_study
    from curvefit.workflows.error_analysis import failures

    if lines and (machine or verbose):
        raise click.UsageError("--jsonl goes with neither --json nor --verbose")
    file = open_study(study)
    prompted, problem = concluded_with_probe_beside(file)  # as `curvefit report` says it
    beside = file.path.parent / "probe.json"
    trained = None
    try:
        if probe is not None or beside.is_file():
            trained = read_trained_scores(probe or beside, file.measurement, task)
    except InputError as error:
        if probe is not None:
            raise
        problem = str(error)
    if problem and trained is None:
        remark(line(f"the probe beside the study does not count: {problem}"))
    try:
        found = failures(prompted, file.path.parent, task, trained)
    except InputError as error:
        again = run_command(prompted, str(file.path.parent))
        if error.file != file.path.with_name("journal.sqlite") or not again:
            raise
        raise InputError(f"{error.problem}: {shlex.join(again)}", file=error.file) from error
    if lines:
        for failure in found.failures:
            click.echo(json.dumps(item_record(found, failure), allow_nan=False))
    elif machine:
        click.echo(json.dumps(failures_record(found), allow_nan=False))
    else:
        for text in failures_summary(found, verbose=verbose, width=width()):
            click.echo(block(text))
        design = prompted.curve.design
        if design is not None and design.seed:  # `curvefit check` has another, unless it is told
            click.echo(block(f"Seed {design.seed} split items from pool, as in: {check_command(prompted, task or '')}"))
        for text in what_would_settle(prompted, str(file.path.parent), width=width()):
            click.echo(block(text))
