"""`curvefit report`: write the report of a finished study again."""

from __future__ import annotations

from pathlib import Path

import click

from curvefit.cli.delivery import deliver
from curvefit.cli.options import as_json

__all__ = ["command"]


@click.command(name="report")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: beside STUDY]")
@as_json
def command(study: Path, out: Path | None, machine: bool) -> None:
    """Write the report of a finished study again.

    STUDY is a study.json, or the folder it is in. The measurement is read and everything concluded from it anew, so
    that an old study gets the present version's judgement.
    """
    from curvefit.report import read_study

    path = study / "study.json" if study.is_dir() else study
    deliver(read_study(path), out or path.parent, machine=machine)
