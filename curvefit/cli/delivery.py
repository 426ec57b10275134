"""The end of every command that has a study: files written, outcome printed."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from curvefit.study import Study

__all__ = ["deliver"]


def deliver(study: Study, folder: Path, *, machine: bool, said: Collection[str] = ()) -> None:
    """Write the report into a folder and print the study, as text without the notes already said, or as JSON."""
    from curvefit.report import summary, to_record, write_report

    written = write_report(study, folder)
    if machine:
        click.echo(json.dumps(to_record(study), allow_nan=False))
        return
    notes = tuple(note for note in study.curve.notes if note not in said)
    click.echo(summary(replace(study, curve=replace(study.curve, notes=notes))))
    click.echo("\n" + "\n".join(f"  {path}" for path in written))
