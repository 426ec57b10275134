"""The end of every command that has a study: files written, outcome printed."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli.screen import block, width

if TYPE_CHECKING:
    from curvefit.measurement.measurement import NoteOrigin
    from curvefit.study import Study

__all__ = ["deliver"]


def deliver(
    study: Study,
    folder: Path,
    *,
    machine: bool,
    verbose: bool = False,
    announced: Collection[NoteOrigin] = (),
) -> None:
    """Write the report into a folder and print the study, as text or as JSON.

    Notes of origins that were announced before are not printed again.
    """
    from curvefit.report import summary, to_record, write_report

    written = write_report(study, folder)
    if machine:
        click.echo(json.dumps(to_record(study), allow_nan=False))
        return
    notes = tuple(note for note in study.curve.notes if note.origin not in announced)
    left = replace(study, curve=replace(study.curve, notes=notes))
    click.echo(block(summary(left, verbose=verbose, width=width(), folder=str(folder))))
    click.echo("\n" + "\n".join(f"  {path}" for path in written))
