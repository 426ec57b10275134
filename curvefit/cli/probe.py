"""`curvefit probe`: real fine-tuning here, beside the curve in context."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli.delivery import show_files
from curvefit.cli.main import EXIT
from curvefit.cli.options import Shots, json_option, override_options, read_task, verbose_option
from curvefit.cli.progress import print_above, progress_bar
from curvefit.cli.run import say_how_to_continue, study_folder
from curvefit.cli.screen import block, line, remark, width

if TYPE_CHECKING:
    from curvefit.models.local import LocalModel
    from curvefit.study import Study
    from curvefit.tasks.task import Task
    from curvefit.training.fine_tuning_plan import FineTuningPlan, ProbeDesign

__all__ = ["command"]


@click.command(name="probe")
@click.argument("task")
@click.option(
    "-m", "--model", default="local/gemma3-270m", show_default=True,
    help="local/NAME or local:FILE.gguf, of the gemma3 or llama family.",
)  # fmt: skip
@click.option(
    "--n", "sizes", type=Shots(), default="32,128,512", show_default=True, metavar="32,128,...",
    help="Numbers of training examples. Those larger than the pool are left out.",
)  # fmt: skip
@click.option(
    "--seeds", type=click.IntRange(1), default=2, show_default=True, help="How many times to fine-tune for each of --n."
)
@click.option("--items", type=click.IntRange(2), default=100, show_default=True,
              help="Items to score, at most. Never fewer than the study's.")  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True,
    help="Decides which examples and items are used. If there is a study, its seed is used instead.",
)  # fmt: skip
@click.option("--study", "study_path", type=click.Path(path_type=Path),
              help="A study of this task and model, to compare with.  [default: in --out, else measured]")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: reports/<task>/<model>]")
@click.option("--dry-run", is_flag=True, help="Show what is left to train and how long it takes; train nothing.")
@override_options
@verbose_option
@json_option
def command(
    task: str, model: str, sizes: tuple[int, ...], seeds: int, items: int, seed: int,
    study_path: Path | None, out: Path | None, dry_run: bool, overrides: Mapping[str, str], verbose: bool,
    machine: bool,
) -> int:  # fmt: skip
    """Fine-tune a small local model for real, and compare with prompting.

    \b
      curvefit probe sample_tasks/tickets --dry-run
      curvefit probe sample_tasks/tickets --n 32,128 --seeds 2

    Trains on examples of the pool and scores the items, which are not in it. Part of the pool is held out to decide
    when to stop training; the items are not used for that. The fine-tuned model sees no examples in its prompt.
    Everything else is as in the prompted run, so a difference comes from training. The method is LoRA.

    If --out has no study (the result of `curvefit run`) yet, accuracy with prompting is measured first.

    Writes probe.json and probe.png to --out. Each finished pass over the examples is saved in units/, so running the
    same command again continues where it stopped. Needs: pip install 'curvefit[probe]'

    Exit status: 0 done, 1 error, 2 called wrongly, 130 interrupted.
    """
    from curvefit.models.local import LocalModel
    from curvefit.models.resolve import resolve
    from curvefit.report.probe_report import (
        probe_record,
        probe_summary,
        unit_sentence,
        write_probe,
        write_probe_picture,
    )
    from curvefit.training.fine_tuning_plan import ProbeDesign
    from curvefit.training.weights import require
    from curvefit.workflows.fine_tuning_probe import Watch, conclude_probe, fine_tune, plan_probe

    if not dry_run:
        require()
    loaded, local = read_task(task, overrides, seed=seed), resolve(model)
    if not isinstance(local, LocalModel):
        raise click.UsageError(f"{model} does not run on this machine; fine-tune it at its provider")
    folder = study_folder(loaded.name, local.name, out)
    try:
        study = _known_study(study_path, folder)
        planned, work = plan_probe(loaded, local, ProbeDesign(sizes, seeds, items, seed), study)
        if dry_run or not machine:
            _show_cost(planned, local, work, folder, to_stdout=dry_run, machine=machine and dry_run)
        if dry_run and study is None and not machine:
            why = f"no study in {folder}: prompting is measured first; what that takes: curvefit plan"
            words = [task, *(word for name, value in overrides.items() for word in (f"--{name}", value))]
            click.echo(line(f"  ! {why} {shlex.join([*words, '-m', local.name])}"))
        if dry_run:
            return EXIT["done"]
        study = study or _measured(planned, local, work.design, folder)
        local.close()
        with progress_bar(f"{planned.name} on {local.name}") as progress:
            watch = Watch(lambda scored: print_above(line(unit_sentence(scored))), progress)
            probe = conclude_probe(study, *fine_tune(planned, local, work, folder, watch))
    except KeyboardInterrupt:
        say_how_to_continue("interrupted", "finished passes and replies are kept, continue with")
        return EXIT["interrupted"]
    finally:
        local.close()
    written = write_probe(probe, folder)
    if machine:
        click.echo(json.dumps(probe_record(probe), allow_nan=False))
    else:
        places = {"folder": str(folder), "study_path": str(study_path or folder)}
        click.echo(block(probe_summary(probe, verbose=verbose, width=width(), **places)))
    pictures, problem = write_probe_picture(probe, folder)
    if not machine:
        show_files([*pictures, written])
    if problem:
        remark(line(problem))
    return EXIT["done"]


def _known_study(path: Path | None, folder: Path) -> Study | None:
    """Return the study that was named, by file or folder; else the one in the probe's folder, None where none is."""
    from curvefit.report import read_study

    if path is not None:
        return read_study(path)
    file = folder / "study.json"
    return read_study(file) if file.is_file() else None


def _measured(task: Task, model: LocalModel, wanted: ProbeDesign, folder: Path) -> Study:
    """Measure the curve in context as `curvefit run` does, and leave its report where that would."""
    from curvefit.report import write_pages, write_study
    from curvefit.trials.design import Design
    from curvefit.workflows.decide import Asking, decide

    remark(line(f"no study in {folder}: prompting is measured first, as by curvefit run"))
    design = Design(items=wanted.items, seed=wanted.seed)
    with progress_bar(f"{task.name} in context") as progress:
        study = decide(task, design, model, Asking(journal=folder / "journal.sqlite", progress=progress))
    write_study(study, folder)
    _, problem = write_pages(study, folder)
    if problem:
        remark(line(problem))
    return study


def _show_cost(
    task: Task, model: LocalModel, work: FineTuningPlan, folder: Path, *, to_stdout: bool, machine: bool
) -> None:
    """Print what is left to do, as `curvefit plan` does."""
    from curvefit.models import store
    from curvefit.report.wording import counted

    own = model.name.startswith("local:")
    pace = None if own else store.find(model.name).learning
    cost = work.cost(folder, pace)
    wanted = work.design
    if machine:
        shape = {"n_train": wanted.sizes, "seeds": wanted.seeds, "held_out": len(work.held_out), "items": wanted.items}
        left = {"units": cost.units, "done": cost.done, "tokens": cost.tokens, "seconds": cost.seconds}
        click.echo(json.dumps({"task": task.name, "model": model.name, **shape, **left, "notes": work.notes}))
        return
    finished = f"   ({cost.done} already finished)" if cost.done else ""
    about = "unknown" if cost.seconds is None else f"about {max(1, round(cost.seconds / 60))} min"
    about = about if cost.units else "none left"
    for text in (
        f"{task.name} on {model.name}: trained on {', '.join(map(str, wanted.sizes))} examples;"
        f" {counted(wanted.seeds, 'seed')}; {len(work.held_out)} held out;"
        f" {counted(min(wanted.items, len(task.items)), 'item')}",
        f"  fine-tunings  {cost.units:>12,}{finished}",
        f"  tokens        {cost.tokens:>12,}   to train on at most, all passes together",
        f"  training      {about:>12}   at most, on one idle core; scoring takes extra time",
        *(f"  ! {note}" for note in work.notes),
    ):
        click.echo(line(text) if text[0] != " " else text, err=not to_stdout)
