"""The end of every command that has a study: files written, outcome printed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from curvefit.cli.screen import block, line, remark, width
from curvefit.cli.study_folders import journals_of

if TYPE_CHECKING:
    from curvefit.measurement.measurement import Measurement
    from curvefit.report.study_reader import StudyFile
    from curvefit.study import Study
    from curvefit.tasks.task import Task
    from curvefit.workflows.settle import Taken
    from curvefit.workflows.study_comparison import Comparison

__all__ = ["Printing", "deliver", "deliver_comparison", "gate", "say_written", "with_probe_beside"]

_GATES: Final = {"plateau": ("plateau", "flat"), "rising": ("rising",)}


@dataclass(frozen=True, slots=True)
class Printing:
    """What is printed: everything, for programs, the cost alone."""

    verbose: bool = False
    machine: bool = False
    dry_run: bool = False


def deliver(
    study: Study, folder: Path, printing: Printing, *, source: Path | None = None,
    task: Task | None = None, taken: Sequence[Taken] | None = None, asked_now: int | None = None, usd_now: float = 0.0,
) -> None:  # fmt: skip
    """Write the report into a folder and print the study, as text or as JSON; with steps taken, also how it was found.

    `asked_now` and `usd_now` are as of `settle_lines`.

    The study is on disk and the outcome printed before anything is drawn: a picture that cannot be drawn, or that
    somebody does not want to wait for, costs neither. With the folder that a study was read from, commands name that:
    its replies are there. Without, the task was read just now, and what there was to say of it is not said again. A
    task that was read is not read again.
    """
    from curvefit.report.probe_page import write_probe_pages
    from curvefit.report.probe_reader import probe_changes
    from curvefit.report.probe_report import write_probe
    from curvefit.report.settle_text import settle_lines
    from curvefit.report.study_files import write_pages, write_study
    from curvefit.report.study_record import to_record
    from curvefit.report.terminal import summary
    from curvefit.report.validated import with_validated

    study = with_validated(study, source or folder)
    probes = [step.probe for step in taken or () if step.probe is not None]
    written = [write_study(study, folder, source), *(write_probe(probe, folder) for probe in probes)]
    if printing.machine:
        click.echo(json.dumps(to_record(study, str(source or folder)), allow_nan=False))
    else:
        notes = tuple(note for note in study.curve.notes if source or note.origin != "task" or note.short)
        left = replace(study, curve=replace(study.curve, notes=notes))
        click.echo(block(summary(left, verbose=printing.verbose, width=width(), folder=str(source or folder))))
        if taken is not None:
            named = str(source or folder)
            lines = settle_lines(study, taken, named, width=width(), asked_now=asked_now, usd_now=usd_now)
            click.echo("\n" + block("\n".join(lines)))
    if any(step.calls for step in study.advice.next_steps):
        _say_answered_beside([study.curve])
    drawn = [write_pages(study, folder, source, task)]
    for probe in probes:
        found = probe_changes(probe, folder / "probe.json", folder)
        drawn.append(write_probe_pages(probe, folder, str(folder), found))
    say_written([*written, *(file for files, _ in drawn for file in files)], printing, *(why for _, why in drawn))


def deliver_comparison(comparison: Comparison, out: Path | None, *, machine: bool, verbose: bool = False) -> None:
    """Write a comparison into a folder, if there is one, and print it, as text or as JSON."""
    from curvefit.report.comparison_report import (
        comparison_record,
        comparison_summary,
        write_comparison,
        write_comparison_pages,
    )

    written = () if out is None else write_comparison(comparison, out)
    if machine:
        click.echo(json.dumps(comparison_record(comparison), allow_nan=False))
    else:
        click.echo(block(comparison_summary(comparison, verbose=verbose, width=width())))
    _say_answered_beside([more.study.curve for more in comparison.to_ask])
    if out is not None:
        pages, problem = write_comparison_pages(comparison, out)
        say_written([*written, *pages], Printing(machine=machine), problem)


def _say_answered_beside(curves: Iterable[Measurement]) -> None:
    """Say where other journals may hold some of what next steps ask: these are priced as if none did."""
    from curvefit.trials.journal import holds_more

    for curve in (curve for curve in curves if curve.journal):
        own, *others = journals_of(curve.task, Path(curve.journal).parent)
        if beside := next((path for path in others if holds_more(path, own, curve.task, curve.model)), None):
            what = f"some calls of next steps may be answered already, in {beside}"
            remark(line(f"{what}: they are not asked again, and --dry-run does not count them"))


def gate(study: Study, fail_on: Collection[str]) -> int:
    """Return the exit status of a study that is done: 3 where its curve is what --fail-on names, and then say so."""
    from curvefit.cli.main import EXIT

    for name in fail_on:
        if study.verdict.trend in _GATES[name]:
            remark(f"--fail-on {name}: the curve is {study.verdict.trend}")
            return EXIT["gate"]
    return EXIT["done"]


def say_written(paths: Iterable[Path], printing: Printing, *problems: str) -> None:
    """Print which files were written, below the outcome, and why a picture was not; for a program that alone."""
    if not printing.machine:
        click.echo("\n" + "\n".join(f"  {line(str(path))}" for path in paths))
    for problem in filter(None, problems):
        remark(line(problem))


def with_probe_beside(file: StudyFile, n_train: int | None = None, task: str | None = None) -> Study:
    """Return a study with the probe beside it, as `curvefit report` has it; say so where that is left out."""
    from curvefit.report.probe_reader import concluded_with_probe_beside

    study, problem = concluded_with_probe_beside(file, n_train, task)
    if problem:
        remark(line(f"the probe beside the study does not count: {problem}"))
    return study
