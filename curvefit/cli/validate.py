"""`curvefit validate`: what fine-tuning did add, beside what was predicted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from curvefit.cli.main import EXIT
from curvefit.cli.options import EXAMPLES, json_option, price_option, spending_options
from curvefit.cli.plan import show
from curvefit.cli.progress import progress_bar
from curvefit.cli.run import say_how_to_continue
from curvefit.cli.screen import block, line
from curvefit.errors import CurveError

if TYPE_CHECKING:
    from curvefit.models.base import Model, Prices
    from curvefit.study import Study
    from curvefit.trials.spending_limits import SpendingLimits
    from curvefit.workflows.validation import Validation

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
    from curvefit.report.prediction import as_given
    from curvefit.report.study_reader import read_study, study_file
    from curvefit.report.validation_report import validation_record, validation_summary, write_validation
    from curvefit.workflows.validation import answered, asked_again, conclude, design_of

    file = study_file(study)
    found = as_given(read_study(file), file)
    asked = asked_again(found, file, task)
    tuned = _tuned(found, model, adapter, api_base, form, prices)
    folder = out or file.parent
    journal = folder / "journal.sqlite"
    try:
        if dry_run:
            show(asked, design_of(found), tuned, journal, machine=machine)
            return EXIT["done"]
        with progress_bar(f"{asked.name} on {tuned.name}") as progress:
            answers = answered(found, asked, tuned, journal=journal, progress=progress, limits=limits)
        identity = tuned.identity
    except KeyboardInterrupt:
        say_how_to_continue("interrupted")
        return EXIT["interrupted"]
    finally:
        tuned.close()
    if adapter is not None:
        answers = replace(answers, model=f"{answers.model} with {adapter.absolute().parent.name}/{adapter.name}")
    try:
        validation = conclude(found, answers, n_train)
    except CurveError as error:
        if not answers.stopped:
            raise
        click.echo(line(f"nothing to compare yet: {error}"), err=True)
        say_how_to_continue(f"stopped at {answers.stopped}")
        return EXIT["budget"]
    written = write_validation(validation, folder)
    entered = _entered(validation, identity)  # before anything is printed: who reads may have gone
    if machine:
        click.echo(json.dumps(validation_record(validation), allow_nan=False))
    else:
        click.echo(block(validation_summary(validation)))
        click.echo("\n" + "\n".join(f"  {path}" for path in written))
    click.echo(line(entered), err=True)
    if answers.stopped:
        say_how_to_continue(f"stopped at {answers.stopped}")
        return EXIT["budget"]
    return EXIT["partial"] if answers.missing else EXIT["done"]


def _tuned(
    study: Study, name: str, adapter: Path | None, api_base: str | None, form: Literal["plain", "chat"] | None,
    prices: Prices | None,
) -> Model:  # fmt: skip
    """Return the fine-tuned model; one that is no other than the study's is refused, where that can be told."""
    from curvefit.models.local import LocalModel
    from curvefit.models.resolve import resolve

    wanted = form or ("chat" if study.curve.form == "chat" else "plain")
    model = resolve(name, api_base=api_base, form=wanted, prices=prices)
    if adapter is not None:
        if not isinstance(model, LocalModel):
            raise click.UsageError(f"--adapter goes with a model that runs here, and {name} does not")
        return LocalModel(name, form=wanted, adapter=adapter)
    if name == study.curve.model and api_base is None:
        raise click.UsageError(f"{name} is the model the study prompted; name the fine-tuned one")
    return model


def _entered(validation: Validation, identity: str) -> str:
    """Enter what came in the ledger, where there is a prediction and all items were asked; return what was done."""
    from curvefit.errors import InputError
    from curvefit.workflows.ledger import enter, read_ledger

    checked = validation.checked
    if validation.shown_before:
        return "not entered in the ledger: a probe of this very model had shown it, so that it is no prediction"
    if checked is None:
        return "not entered in the ledger: there is no prediction to keep score of"
    if validation.tuned.stopped:
        return "not entered in the ledger: not all items were asked"
    about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "version": version("curvefit")}
    try:
        file = enter(validation.key(identity), checked, about)
        count = len(read_ledger(file).cases)
    except InputError as error:  # what was measured is written and holds, so that this is no failure of the command
        return f"not entered in the ledger: {error}"
    return f"entered in {file}, {count} in all; see: curvefit backtest --mine"
