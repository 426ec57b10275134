"""What both ways of `curvefit probe` share: where things are, the study beside it, and how a probe is delivered."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from curvefit.cli.delivery import Printing, say_written
from curvefit.cli.progress import progress_bar
from curvefit.cli.run import this_command
from curvefit.cli.screen import block, line, remark, width

if TYPE_CHECKING:
    from curvefit.models.base import Model
    from curvefit.study import Study
    from curvefit.tasks.task import Task
    from curvefit.training.fine_tuning_plan import ProbeDesign
    from curvefit.trials.spending_limits import CostBound, SpendingLimits
    from curvefit.workflows.fine_tuning_probe import Probe

__all__ = ["Places", "about_measuring", "deliver_probe", "judging_lines", "known_study", "measured_first"]

_FEW_SHOTS: Final = (0, 1, 4, 16)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a probe is written, the study that was named, and the words of the command that name the task."""

    folder: Path
    study: Path | None
    task: tuple[str, ...]


def known_study(places: Places) -> Study | None:
    """Return the study that was named, by file or folder; else the one in the probe's folder.

    None where there is none, or one that a probe measured until a cap ended it: that is taken up again.
    """
    from curvefit.report.study_reader import open_study
    from curvefit.report.validated import with_validated

    file = places.study or places.folder / "study.json"
    if places.study is None and not file.is_file():
        return None
    study = with_validated(open_study(file).conclude(), file)  # what a probe beside it said is what is measured again
    return None if study.curve.stopped and places.study is None and not study.curve.command else study


def judging_lines(task: Task, judging: CostBound) -> list[str]:
    """Return a line on what it takes to have replies judged; none where no model judges."""
    from curvefit.measurement.judging import STATE_PRICE
    from curvefit.models.base import UNPRICED
    from curvefit.report.wording import counted, dollars

    if task.judge is None:
        return []
    known = not math.isnan(judging.usd)
    price = dollars(judging.usd) if known else "unknown"
    if known and task.judge.model.startswith(UNPRICED):
        price = "free"
    why = "" if known else f"; {STATE_PRICE}"
    return [f"  judging       {price:>12}   about {counted(judging.calls, 'call')} of {task.judge.model}{why}"]


def about_measuring(
    task: Task, wanted: ProbeDesign, places: Places, asked: Sequence[str], shots: tuple[int, ...] = ()
) -> str:
    """Say what is measured before anything is trained, how many calls that takes, and how to price it or have fewer.

    `asked` are the words that name the model to `curvefit run`, empty where it takes none such; `shots` as of
    `measured_first`.
    """
    from curvefit.report.wording import counted
    from curvefit.trials.design import Design, default_shots

    shots, items, draws = shots or default_shots(len(task.pool)), min(wanted.items, len(task.items)), Design().draws
    calls = items * sum(1 if k == 0 else draws for k in shots)
    said = (
        f"no study in {places.folder}: prompting is measured first, since what training gains is told against the best"
        f" prompt. Up to {calls:,} calls: {counted(items, 'item')}, {counted(len(shots), 'number')} of shots,"
        f" {counted(draws, 'draw')}."
    )
    if not asked:
        return said
    words = [*places.task, *asked, *(("--seed", str(wanted.seed)) if wanted.seed else ()), "--items", str(items)]
    priced = shlex.join(["curvefit", "plan", *words, "--shots", ",".join(map(str, shots))])
    few = ",".join(str(k) for k in _FEW_SHOTS if k <= len(task.pool))
    fewer = shlex.join(["curvefit", "run", *words, "--draws", "2", "--shots", few, "--out", str(places.folder)])
    return f"{said} What that takes: {priced}. For fewer, run this before: {fewer}"


def measured_first(
    task: Task, model: Model, wanted: ProbeDesign, folder: Path, shots: tuple[int, ...] = (),
    limits: SpendingLimits | None = None,
) -> Study:  # fmt: skip
    """Measure the curve in context as `curvefit run` does, and leave its report where that would."""
    from curvefit.report.study_files import write_pages, write_study
    from curvefit.trials.design import Design
    from curvefit.workflows.full_study import Asking, decide

    design = Design(shots, items=wanted.items, seed=wanted.seed)
    with progress_bar(f"{task.name} in context") as progress:
        asking = Asking(journal=folder / "journal.sqlite", limits=limits, progress=progress)
        study = decide(task, design, model, asking)
    write_study(study, folder)
    _, problem = write_pages(study, folder, task=task)
    if problem:
        remark(line(problem))
    return study


def deliver_probe(probe: Probe, places: Places, printing: Printing) -> None:
    """Write a probe and print it."""
    from curvefit.report.probe_page import write_probe_pages
    from curvefit.report.probe_reader import probe_changes
    from curvefit.report.probe_report import probe_record, probe_summary, write_probe

    written, study = write_probe(probe, places.folder), places.study or places.folder
    if printing.machine:
        click.echo(json.dumps(probe_record(probe), allow_nan=False))
    else:
        where = {"folder": str(places.folder), "study_path": str(study)}
        click.echo(block(probe_summary(probe, verbose=printing.verbose, width=width(), **where)))
    found = probe_changes(probe, written, study)
    pages, problem = write_probe_pages(probe, places.folder, str(study), found, this_command())
    say_written([written, *pages], printing, problem)
