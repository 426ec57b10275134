"""`curvefit validate`: what fine-tuning did add, beside what was predicted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from curvefit.cli.main import EXIT
from curvefit.cli.options import EXAMPLES, json_option, price_option, spending_options
from curvefit.cli.plan import show
from curvefit.cli.progress import progress_bar
from curvefit.cli.run import say_how_to_continue
from curvefit.cli.screen import block, line
from curvefit.errors import CurveError, DesignError

if TYPE_CHECKING:
    from curvefit.models.base import Prices
    from curvefit.trials.spending_limits import SpendingLimits

__all__ = ["command"]


@click.command(name="validate")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("-m", "--model", required=True, help="The fine-tuned model: any litellm name, local:FILE.gguf, or a local"
              " model with --adapter.")  # fmt: skip
@click.option("--adapter", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="A GGUF adapter for a local model, such as the adapter.gguf of a probe.")  # fmt: skip
@click.option("--api-base", metavar="URL", help="An OpenAI-compatible server to ask instead.")
@click.option("--form", type=click.Choice(["plain", "chat"]), help="Form of prompt.  [default: the study's]")
@click.option("--n-train", type=EXAMPLES, metavar="N",
              help="Examples it was fine-tuned on.  [default: those the study predicts for]")  # fmt: skip
@click.option("--task", metavar="TASK", help="The study's task.  [default: where the study read it]")
@price_option
@spending_options
@click.option("--dry-run", is_flag=True, help="Show what it would send and cost, and stop.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: the study's folder]")
@json_option
def command(
    study: Path, model: str, adapter: Path | None, api_base: str | None, form: Literal["plain", "chat"] | None,
    n_train: int | None, task: str | None, prices: Prices | None, limits: SpendingLimits, dry_run: bool,
    out: Path | None, machine: bool,
) -> int:  # fmt: skip
    """Score a fine-tuned model on a study's items, and set prediction against fact.

    STUDY is a study.json of curvefit run, or the folder it is in. Wherever the model was fine-tuned, it is asked the
    very items of the study, in the same form of prompt and judged by the same scorer, without examples: that is how a
    fine-tuned model is used. Its gain over the study's best prompted accuracy is compared item by item.

    It must not have been fine-tuned on the study's items: curvefit pool writes what it may learn from.

    Replies are kept in the journal in --out, as by curvefit run; the same command again asks only what is missing.

    It is set against the prediction that study.json holds, as it was given then; only for another number of examples
    is one made now.

    What was predicted and what came is entered in a ledger of your own, which stays on this machine (CURVEFIT_LEDGER
    says where, else the user's data folder); curvefit backtest --mine says how the predictions have fared. The same
    study and model count once, however often they are validated, with what was predicted first, or for the number of
    examples stated since, and the gain over the prompt that was of. What a probe of that very model on as many examples
    or more had shown before is not entered; a line that you delete counts no more.

    \b
      curvefit validate reports/data/openai-gpt-4o-mini -m openai/ft:gpt-4o-mini:acme::x1 --n-train 400
      curvefit validate out -m openai/tuned --api-base http://localhost:8000/v1 --dry-run
      curvefit validate reports/tickets/local-gemma3-270m -m local/gemma3-270m --n-train 128 --adapter adapter.gguf
    """
    from curvefit.report.study_reader import open_study
    from curvefit.report.validation_report import (
        ledger_sentence,
        validation_record,
        validation_summary,
        write_validation,
    )
    from curvefit.workflows import validation as workflow

    file = open_study(study)
    prompted = replace(file.conclude(), payoff=file.payoff_as_given)
    again = workflow.task_of_study(prompted, file.path, task)
    try:
        tuned = workflow.fine_tuned_model(prompted, model, adapter=adapter, api_base=api_base, form=form, prices=prices)
    except DesignError as error:
        raise click.UsageError(str(error)) from error
    folder = out or file.path.parent
    journal = folder / "journal.sqlite"
    try:
        if dry_run:
            show(again, workflow.design_of(prompted), tuned, journal, machine=machine)
            return EXIT["done"]
        with progress_bar(f"{again.name} on {tuned.name}") as progress:
            scores = workflow.score_fine_tuned(
                prompted, again, tuned, journal=journal, progress=progress, limits=limits
            )
        identity = tuned.identity
    except KeyboardInterrupt:
        say_how_to_continue("interrupted")
        return EXIT["interrupted"]
    finally:
        tuned.close()
    try:
        validation = workflow.conclude_validation(prompted, scores, n_train)
    except CurveError as error:
        if not scores.stopped:
            raise
        click.echo(line(f"nothing to compare yet: {error}"), err=True)
        say_how_to_continue(f"stopped at {scores.stopped}")
        return EXIT["budget"]
    written = write_validation(validation, folder)
    entry = workflow.enter_validation(validation, identity)  # before anything is printed: who reads may have gone
    if machine:
        click.echo(json.dumps(validation_record(validation), allow_nan=False))
    else:
        click.echo(block(validation_summary(validation)))
        click.echo("\n" + "\n".join(f"  {path}" for path in written))
    click.echo(line(ledger_sentence(entry)), err=True)
    if scores.stopped:
        say_how_to_continue(f"stopped at {scores.stopped}")
        return EXIT["budget"]
    return EXIT["partial"] if scores.missing else EXIT["done"]
