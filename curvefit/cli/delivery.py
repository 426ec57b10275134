"""The end of every command that has a study: files written, outcome printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from curvefit.study import Study

__all__ = ["deliver"]


def deliver(study: Study, folder: Path, *, machine: bool) -> None:
    """Write the report into a folder and print the study, as text or as JSON."""
    from curvefit.report import summary, to_record, write_report

    written = write_report(study, folder)
    if machine:
        click.echo(json.dumps(to_record(study), allow_nan=False))
        return
    click.echo(summary(study))
    click.echo("\n" + "\n".join(f"  {path}" for path in written))
