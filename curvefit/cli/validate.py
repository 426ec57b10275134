"""`curvefit validate`: what fine-tuning did add, beside what was predicted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from curvefit.cli import completion
from curvefit.cli.delivery import Printing, say_written, with_probe_beside
from curvefit.cli.main import EXIT
from curvefit.cli.options import EXAMPLES, json_option, price_option, quiet_option, spending_options, verbose_option
from curvefit.cli.plan import show
from curvefit.cli.progress import progress_bar
from curvefit.cli.run import say_how_to_continue, say_how_to_finish
from curvefit.cli.screen import block, line, remark, width
from curvefit.cli.study_folders import journals_of
from curvefit.errors import CurveError, DesignError

if TYPE_CHECKING:
    from curvefit.models.base import Prices
    from curvefit.trials.spending_limits import SpendingLimits

__all__ = ["command"]


@click.command(name="validate")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("-m", "--model", required=True, shell_complete=completion.models,
              help="The fine-tuned model: any litellm name, local:FILE.gguf, or a local"
              " model with --adapter.")  # fmt: skip
@click.option("--adapter", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="A LoRA adapter (GGUF) for the local model, such as adapter.gguf of a probe.")  # fmt: skip
@click.option("--api-base", metavar="URL", help="Send requests to this OpenAI-compatible server.")
@click.option(
    "--form", type=click.Choice(["plain", "chat"]),
    help="plain: one text to continue; chat: a list of messages.  [default: as in the study]",
)  # fmt: skip
@click.option("--n-train", type=EXAMPLES, metavar="N",
              help="How many examples it was fine-tuned on.  [default: the number in the study]")  # fmt: skip
@click.option(
    "--task", metavar="TASK", shell_complete=completion.files, help="The study's task, if its file has moved."
)
@price_option
@spending_options
@click.option("--dry-run", is_flag=True, help="Show what it would send and cost; send nothing.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: the study's folder]")
@quiet_option
@verbose_option
@json_option
def command(
    study: Path, model: str, adapter: Path | None, api_base: str | None, form: Literal["plain", "chat"] | None,
    n_train: int | None, task: str | None, prices: Prices | None, limits: SpendingLimits, dry_run: bool,
    out: Path | None, verbose: bool, machine: bool,
) -> int:  # fmt: skip
    """Score your fine-tuned model, and compare with the prediction.

    \b
      curvefit validate out -m openai/ft:mine --n-train 400 --dry-run
      curvefit validate out -m openai/tuned --api-base http://localhost:8000/v1
      curvefit validate out -m local/gemma3-270m --adapter adapter.gguf --n-train 128

    STUDY is the result of `curvefit run`: its folder, or the study.json in it. Its items (the examples that the model
    was scored on) are sent to the fine-tuned model without examples in the prompt, and scored in the same way. The gain
    over the best prompt is compared with the prediction in study.json. If you give another --n-train, a new prediction
    is computed.

    They are sent once more with as many examples in the prompt as did best in the study: both together may do better.

    The model must not have been fine-tuned on these items: `curvefit pool` writes what it may learn from.

    Writes validation-MODEL.json, a page (.html) and a picture (.png) of that name to --out. If that is the study's
    folder, its own page and picture are drawn again, with what was measured. Replies are kept in the journal there, so
    running the same command again sends only what is missing.

    It also adds a line to your ledger, a local file that is never sent (CURVEFIT_LEDGER names it; otherwise it is in
    your data folder). `curvefit backtest --mine` uses it to check the predictions. Each pair of study and model counts
    once, with its first prediction. No line is added if the prediction already used a probe of the same model. Delete a
    line to leave it out.

    Exit status: 0 done, 1 error, 2 called wrongly, 4 a cap was reached, 5 replies are missing, 130 interrupted.
    """
    from curvefit.models.base import journal_name
    from curvefit.report.study_files import write_pages
    from curvefit.report.study_reader import open_study
    from curvefit.report.validation_page import write_validation_pages
    from curvefit.report.validation_report import (
        ledger_sentence,
        validation_record,
        validation_summary,
        write_validation,
    )
    from curvefit.workflows import validation as workflow
    from curvefit.workflows.error_analysis import validation_changes
    from curvefit.workflows.planned_cost import ReplySources, still_needed
    from curvefit.workflows.remainder import remainder
    from curvefit.workflows.study_task import task_of_study

    file = open_study(study)
    concluded = with_probe_beside(file)
    prompted = replace(concluded, payoff=file.payoff_as_given)
    loaded = task_of_study(prompted, file.path, task)
    try:
        tuned = workflow.fine_tuned_model(prompted, model, adapter=adapter, api_base=api_base, form=form, prices=prices)
    except DesignError as error:
        raise click.UsageError(str(error)) from error
    folder = out or file.path.parent
    journals = journals_of(loaded.name, folder)
    try:
        if dry_run:
            shown = workflow.designs_together(prompted, loaded)
            show(loaded, workflow.design_of(prompted), tuned, ReplySources(journals), machine=machine, together=shown)
            return EXIT["done"]
        with progress_bar(f"{loaded.name} on {tuned.name}", limits) as progress:
            how: dict[str, Any] = {"journal": journals, "progress": progress, "limits": limits}
            scores = workflow.score_fine_tuned(prompted, loaded, tuned, **how)
            together = () if scores.stopped else workflow.score_together(prompted, loaded, tuned, **how)
        stopped = next((part.stopped for part in (scores, *together) if part.stopped), "")
        left = None
        if stopped:
            designs = (workflow.design_of(prompted), *workflow.designs_together(prompted, loaded))
            left = remainder(stopped, limits, still_needed(loaded, designs, tuned, ReplySources(journals)))
        identity, kept_as = tuned.identity, journal_name(tuned)
    except KeyboardInterrupt:
        say_how_to_continue("interrupted")
        return EXIT["interrupted"]
    finally:
        tuned.close()
    try:
        validation = workflow.conclude_validation(prompted, scores, n_train, together)
    except CurveError as error:
        if left is None:
            raise
        remark(line(f"nothing to compare yet: {error}"))
        say_how_to_finish(stopped, left)
        return EXIT["budget"]
    written = write_validation(validation, folder)
    entry = workflow.enter_validation(validation, identity)  # before anything is printed: who reads may have gone
    if machine:
        click.echo(json.dumps(validation_record(validation), allow_nan=False))
    else:
        click.echo(block(validation_summary(validation, verbose=verbose, width=width())))
    found = validation_changes(validation, file.path.parent, loaded, journals[0], kept_as)
    pages, problem = write_validation_pages(validation, folder, found)
    if (folder / "report.html").is_file() and folder == file.path.parent:  # which then has what was measured
        again, problem_again = write_pages(concluded, folder, task=loaded)
        pages, problem = (*pages, *again), problem or problem_again
    say_written([*written, *pages], Printing(machine=machine), problem)
    remark(line(ledger_sentence(entry)))
    if left is not None:
        say_how_to_finish(stopped, left)
        return EXIT["budget"]
    return EXIT["partial"] if any(part.missing for part in (scores, *together)) else EXIT["done"]
