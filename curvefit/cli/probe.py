"""`curvefit probe`: real fine-tuning, here or at a provider, beside the curve in context."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli import completion
from curvefit.cli.delivery import Printing
from curvefit.cli.main import EXIT
from curvefit.cli.options import (
    DOLLARS,
    Shots,
    json_option,
    override_options,
    price_option,
    quiet_option,
    read_task,
    spending_options,
    stated_instruction,
    verbose_option,
    worker_option,
)
from curvefit.cli.plan import about
from curvefit.cli.probe_elsewhere import probe_elsewhere
from curvefit.cli.probe_parts import (
    Places,
    about_measuring,
    deliver_probe,
    judging_lines,
    known_study,
    measured_first,
)
from curvefit.cli.progress import print_above, progress_bar
from curvefit.cli.run import say_how_to_continue
from curvefit.cli.screen import line, remark
from curvefit.cli.study_folders import study_folder
from curvefit.errors import BudgetReached

if TYPE_CHECKING:
    from curvefit.models.base import Prices
    from curvefit.study import Study
    from curvefit.tasks.task import Task
    from curvefit.training.fine_tuning_plan import FineTuningPlan, ProbeDesign
    from curvefit.trials.spending_limits import SpendingLimits
    from curvefit.workflows.local_probe import Trainee

__all__ = ["command"]


@click.command(name="probe")
@click.argument("task", shell_complete=completion.files)
@click.option(
    "-m", "--model", default="local/gemma3-270m", show_default=True, shell_complete=completion.models,
    help="local/NAME, local:FILE.gguf or hf:FOLDER, of the gemma3 or llama family, is fine-tuned here; openai/NAME and"
    " azure/NAME by the provider.",
)  # fmt: skip
@click.option(
    "--n", "sizes", type=Shots(), metavar="32,128,...",
    help="Numbers of training examples. Those larger than the pool are left out.  [default: 32,128,512; by a provider"
    " 64,256]",
)  # fmt: skip
@click.option(
    "--seeds", type=click.IntRange(1),
    help="How many times to fine-tune for each of --n.  [default: 2; by a provider 1]",
)  # fmt: skip
@click.option("--items", type=click.IntRange(2), default=100, show_default=True,
              help="Items to score, at most. Never fewer than the study's.")  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True,
    help="Decides which examples and items are used. If there is a study, its seed is used instead.",
)  # fmt: skip
@click.option("--study", "study_path", type=click.Path(path_type=Path),
              help="A study of this task and model, to compare with.  [default: in --out, else measured]")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: reports/<task>/<model>]")
@click.option("--dry-run", is_flag=True, help="Show what is left to train and what that takes; train nothing.")
@click.option("--api-base", metavar="URL", help="Fine-tune and ask on this OpenAI-compatible server.")
@worker_option("Train here on")
@click.option("--epochs", type=click.IntRange(1, 50), help="Passes over the examples, by a provider.  [default: 3]")
@click.option("--usd-per-million-trained", "usd_per_million", type=DOLLARS, metavar="USD",
              help="What a provider takes for a million trained tokens, every pass counted.  [default: by a list of"
              " prices]")  # fmt: skip
@click.option("--cancel", is_flag=True, help="End the provider's jobs that still run; train nothing.")
@price_option
@spending_options
@override_options
@quiet_option
@verbose_option
@json_option
def command(
    task: str, model: str, sizes: tuple[int, ...] | None, seeds: int | None, items: int, seed: int,
    study_path: Path | None, out: Path | None, dry_run: bool, api_base: str | None, workers: int | None,
    epochs: int | None,
    usd_per_million: float | None, cancel: bool, prices: Prices | None, limits: SpendingLimits,
    overrides: Mapping[str, str], verbose: bool, machine: bool,
) -> int:  # fmt: skip
    """Fine-tune for real, here or at a provider, and compare with prompting.

    \b
      curvefit probe sample_tasks/tickets --dry-run
      curvefit probe sample_tasks/tickets --n 32,128 --seeds 2
      curvefit probe data.jsonl -m openai/gpt-4o-mini-2024-07-18 --dry-run
      curvefit probe data.jsonl -m openai/mine --api-base http://localhost:8000/v1
      curvefit probe data.jsonl -m hf:my-model

    Trains on examples of the pool and scores the items, which are not in it. Everything else is as in the prompted run,
    so a difference comes from training. The model trained on the most examples is scored once more with the examples in
    its prompt that did best in the study. Showing 32 examples is measured too, if 32 are trained on and the study has
    not; training is set against that prompt too.

    If --out has no study (the result of `curvefit run`) yet, accuracy with prompting is measured first.

    A local model is fine-tuned here, by LoRA. Part of the pool is held out to decide when to stop training; the items
    are not used for that. Each finished pass over the examples is saved in units/: where --max-minutes ends it, the
    same command goes on from there. Nothing is bought, unless a model judges the replies: --max-usd caps that. Needs:
    pip install 'curvefit[probe]'
    hf:FOLDER is a Hugging Face model of your own, as save_pretrained writes it, trained and asked on a GPU where there
    is one. --workers ray trains on the cluster that RAY_ADDRESS names, or on one started here, one a worker.

    A model of OpenAI or Azure, or of a server like OpenAI's, is fine-tuned there: examples are uploaded, a job is made
    for each of --n, and what comes of it is scored. That costs money: --dry-run says how much at most. --max-usd caps
    training and scoring together: a job that could exceed what is left is not made. What training costs is taken from a
    dated list of prices, at its upper end, unless you give --usd-per-million-trained; --price holds for the fine-tuned
    model too.

    No job is made twice, wherever this is stopped or killed: the same command takes up the jobs that are there. After
    Ctrl-C they go on at the provider, until --cancel ends them.

    Writes probe.json, probe.html and probe.png to --out. What a provider trained also checks the prediction for that
    model: a line is added to your ledger, as by `curvefit validate`.

    Exit status: 0 done, 1 error, 2 called wrongly, 4 a cap was reached, 5 replies are missing, 130 interrupted.
    """
    from curvefit.models.local import LocalModel
    from curvefit.models.resolve import resolve
    from curvefit.training.fine_tuning_plan import ProbeDesign
    from curvefit.training.folder_model import FolderModel
    from curvefit.training.remote_training import EPOCHS
    from curvefit.workflows.remote_probe import RemoteRun

    own = model.startswith("hf:") and api_base is None and prices is None
    asked = FolderModel(model) if own else resolve(model, api_base=api_base, prices=prices)
    loaded = read_task(task, overrides, seed=seed)
    words = (task, *(word for name, value in overrides.items() for word in (f"--{name}", value)))
    folder = out or study_folder(loaded, asked.name, stated_instruction())
    places = Places(folder, study_path, words)
    printing = Printing(dry_run=dry_run, verbose=verbose, machine=machine)
    if isinstance(asked, LocalModel | FolderModel):
        provided = {"--epochs": epochs, "--usd-per-million-trained": usd_per_million, "--cancel": cancel or None}
        capped = ("minutes",) if loaded.judge is None else ("minutes", "usd")
        provided |= {f"--max-{name}": cap for name, cap in limits.caps.items() if name not in capped}
        given = next((option for option, value in provided.items() if value is not None), None)
        if given is not None:
            raise click.UsageError(f"{model} is fine-tuned here, and nothing is bought; leave {given} out")
        wanted = ProbeDesign(sizes or (32, 128, 512), seeds or 2, items, seed)
        return _probe_here(loaded, asked, wanted, places, printing, workers, limits)
    if model.startswith("simulated/"):
        raise click.UsageError(f"{model} is a formula, which cannot be fine-tuned; take a local or a hosted model")
    if workers is not None:
        raise click.UsageError(f"{model} is fine-tuned by its provider; leave --workers out")
    wanted = ProbeDesign(sizes or (64, 256), seeds or 1, items, seed)
    run = RemoteRun(limits=limits, usd_per_million=usd_per_million, api_base=api_base, prices=prices)
    return probe_elsewhere(loaded, model, wanted, epochs or EPOCHS, run, places, printing, cancel=cancel)


def _probe_here(
    task: Task, model: Trainee, wanted: ProbeDesign, places: Places, printing: Printing, workers: int | None,
    limits: SpendingLimits,
) -> int:  # fmt: skip
    """Fine-tune a local model, score it, and print what that shows."""
    from curvefit.report.probe_report import unit_sentence
    from curvefit.training.weights import require
    from curvefit.workflows.fine_tuning_probe import beside_probe, conclude_probe
    from curvefit.workflows.local_probe import LocalRun, Stopping, fine_tune, plan_probe

    if not printing.dry_run:
        require()
    limits.seconds_left()  # the clock starts
    try:
        study = known_study(places)
        planned, work = plan_probe(task, model, wanted, study)
        if printing.dry_run or not printing.machine:
            _show_cost(planned, model, work, study, places.folder, printing, workers)
        asked = () if model.name.startswith("hf:") else ("-m", model.name)  # which curvefit run does not take
        first = "" if study is not None else about_measuring(planned, work.design, places, asked)
        if printing.dry_run:
            if first and not printing.machine:
                click.echo(line(f"  ! {first}"))
            return EXIT["done"]
        if study is None:
            remark(line(first))
            study = measured_first(planned, model, work.design, places.folder, limits=limits)
            if study.curve.stopped:
                raise BudgetReached(f"{study.curve.stopped} was reached before anything was trained; replies are kept")
        model.close()
        beside = beside_probe(study, planned, work.design)
        with progress_bar(f"{planned.name} on {model.name}") as progress:
            run = LocalRun(
                lambda scored: print_above(line(unit_sentence(scored))),
                Stopping(progress, limits),
                workers,
                lambda text: print_above(line(text)),
                limits,
            )
            probe = conclude_probe(study, *fine_tune(planned, model, work, places.folder, run, beside))
    except BudgetReached as error:
        say_how_to_continue(str(error), "each start has its own cap; continue with")
        return EXIT["budget"]
    except KeyboardInterrupt:
        say_how_to_continue("interrupted", "finished passes and replies are kept, continue with")
        return EXIT["interrupted"]
    finally:
        model.close()
    deliver_probe(probe, places, printing)
    return EXIT["done"]


def _show_cost(
    task: Task, model: Trainee, work: FineTuningPlan, study: Study | None, folder: Path, printing: Printing,
    workers: int | None,
) -> None:  # fmt: skip
    """Print what is left to do, as `curvefit plan` does."""
    from curvefit.models.engine import slowdown
    from curvefit.report.wording import counted
    from curvefit.training.trainer import trainers_here
    from curvefit.workflows.probe_cost import Trainers, probe_cost

    cores = trainers_here() if workers is None else workers or 1  # how many a cluster has, only it knows
    slower = slowdown(cores) if workers is None else 1.0
    left = probe_cost(task, model, work, study, folder, Trainers(cores, slower))
    cost, wanted = left.training, work.design
    if printing.machine:
        shape = {"n_train": wanted.sizes, "seeds": wanted.seeds, "held_out": len(work.held_out), "items": wanted.items}
        record = {
            "units": cost.units, "done": cost.done, "tokens": cost.tokens, "seconds": cost.seconds,
            "calls": left.calls, "scoring_seconds": left.scoring, "all_seconds": left.seconds,
            "judging_calls": left.judging.calls,
            "judging_usd": None if math.isnan(left.judging.usd) else left.judging.usd, "notes": work.notes,
        }  # fmt: skip
        click.echo(json.dumps({"task": task.name, "model": model.name, **shape, **record}))
        return
    finished = f"   ({cost.done} already finished)" if cost.done else ""
    on = counted(cores, "core" if workers is None else "worker") + (", less on more" if workers == 0 else "")
    ends = "idle with early ends, to as busy as now with all passes" if slower > 1 else "with early ends, to all passes"
    began = f"with the {'loading' if left.converted else 'conversion, once, and loading'} of the weights"
    began += "" if study is not None else ", without what is measured first"
    examples = "" if study is not None else " without examples in the prompt; with them, once prompting is measured"
    timed = (
        f"  training      {_lasts(left.training_seconds):>12}   on {on}: {ends}",
        f"  scoring       {_lasts(left.scoring):>12}   {counted(left.calls, 'call')}{examples}",
        f"  in all        {_lasts(left.seconds):>12}   {began}",
    )
    for text in (
        f"{task.name} on {model.name}: trained on {', '.join(map(str, wanted.sizes))} examples;"
        f" {counted(wanted.seeds, 'seed')}; {len(work.held_out)} held out;"
        f" {counted(min(wanted.items, len(task.items)), 'item')}",
        f"  fine-tunings  {cost.units:>12,}{finished}",
        f"  tokens        {cost.tokens:>12,}   to train on at most, all passes together",
        *(timed if cost.units else ("  training         none left",)),
        *judging_lines(task, left.judging),
        *(f"  ! {note}" for note in work.notes),
    ):
        click.echo(line(text) if text[0] != " " else text, err=not printing.dry_run)


def _lasts(seconds: tuple[float, float] | None) -> str:
    return "unknown" if seconds is None else about(*seconds)
