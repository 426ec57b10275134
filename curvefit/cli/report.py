"""`curvefit report`: write the report of a finished study again."""

from __future__ import annotations

from pathlib import Path

import click

from curvefit.cli.delivery import deliver
from curvefit.cli.options import as_json, stating_examples

__all__ = ["command"]


@click.command(name="report")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: beside STUDY]")
@stating_examples
@as_json
def command(study: Path, out: Path | None, n_train: int | None, machine: bool) -> None:
    """Write the report of a finished study again.

    STUDY is a study.json, or the folder it is in. The measurement is read and everything concluded from it anew, so
    that an old study gets the present version's judgement.

    \b
      curvefit report reports/tickets/local-gemma3-270m
      curvefit report reports/tickets/local-gemma3-270m --n-train 1000    what would a thousand examples add?
    """
    from curvefit.report import read_study

    path = study / "study.json" if study.is_dir() else study
    deliver(read_study(path, n_train=n_train), out or path.parent, machine=machine)
