"""The end of every command that has a study: files written, outcome printed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli.screen import block, line, remark, width

if TYPE_CHECKING:
    from curvefit.measurement.measurement import NoteOrigin
    from curvefit.study import Study

__all__ = ["deliver", "show_files"]


def deliver(
    study: Study,
    folder: Path,
    *,
    machine: bool,
    verbose: bool = False,
    announced: Collection[NoteOrigin] = (),
) -> None:
    """Write the report into a folder and print the study, as text or as JSON.

    The study is on disk and the outcome printed before anything is drawn: a picture that cannot be drawn, or that
    somebody does not want to wait for, costs neither. Notes of origins that were announced before are not printed
    again.
    """
    from curvefit.report import summary, to_record, write_pages, write_study

    written = write_study(study, folder)
    if machine:
        click.echo(json.dumps(to_record(study), allow_nan=False))
    else:
        notes = tuple(note for note in study.curve.notes if note.origin not in announced)
        left = replace(study, curve=replace(study.curve, notes=notes))
        click.echo(block(summary(left, verbose=verbose, width=width(), folder=str(folder))))
    pages, problem = write_pages(study, folder)
    if not machine:
        show_files([written, *pages])
    if problem:
        remark(line(problem))


def show_files(paths: Iterable[Path]) -> None:
    """Print which files were written, below the outcome."""
    click.echo("\n" + "\n".join(f"  {line(str(path))}" for path in paths))
