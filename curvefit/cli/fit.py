"""`curvefit fit`: judge a curve that was measured elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from curvefit.cli.delivery import deliver
from curvefit.cli.options import as_json, judging

__all__ = ["command"]


@click.command(name="fit")
@click.argument("scores", type=click.Path(dir_okay=False, path_type=Path))
@judging
@click.option("--labels", default=0, show_default=True, help="Number of classes, where the task has labels.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: reports/<name of SCORES>]")
@as_json
def command(scores: Path, margin: float, level: float, labels: int, out: Path | None, machine: bool) -> None:
    """Judge a curve you already have, from a table of scores.

    SCORES is a .csv with one score a row, or with one number of shots a row:

    \b
      shots,draw,item,score                    scores in [0, 1]; draws and items may have any name
      shots,accuracy[,stderr][,n_items]        accuracy in [0, 1]; an error bar or a number of items helps

    The first form is worth far more: it shows how much of the spread comes from items and how much from draws.
    """
    from dataclasses import replace

    from curvefit.scores import read_scores
    from curvefit.study import analyze

    curve = replace(read_scores(scores), n_labels=labels)
    deliver(analyze(curve, margin=margin, level=level), out or Path("reports", scores.stem), machine=machine)
