"""`curvefit run`: measure, judge, report."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli.delivery import deliver
from curvefit.cli.main import EXIT
from curvefit.cli.options import Asked, as_json, asking, judging
from curvefit.cli.progress import following
from curvefit.cli.screen import line

if TYPE_CHECKING:
    from curvefit.study import Measurement
    from curvefit.trials.design import Design

__all__ = ["command", "study_folder"]


def study_folder(task: str, model: str, out: Path | None) -> Path:
    """Return where a study lives: --out, or reports/<task>/<model> with both names made safe as folders."""
    if out is not None:
        return out
    return Path("reports", *(re.sub(r"[^\w.-]+", "-", name).strip(".-") or "unnamed" for name in (task, model)))


@click.command(name="run")
@asking
@judging
@click.option(
    "--until-decided", "staged", is_flag=True, help="Measure in stages; stop once it is settled or cannot be."
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: reports/<task>/<model>]")
@as_json
def command(asked: Asked, margin: float, level: float, staged: bool, out: Path | None, machine: bool) -> int:
    """Measure a curve, judge it, write the report.

    TASK is a folder with a task.yaml, a .jsonl of {"input", "output"}, a .csv, or the chat file of {"messages"} you
    would upload for fine-tuning. A single file is split into a pool, which gives the examples, and items, which are
    scored; duplicates never end up on both sides.

    Every reply is kept in journal.sqlite in the study's folder. The same command again asks only what is missing: after
    a crash, or with more --draws, --items or --shots. A changed task, prompt or model asks anew; a changed scorer or
    --margin asks nothing.

    With --until-decided, --draws and --items are the most that is measured: it starts with about an eighth of that and
    goes on only while the verdict is open and more could settle it, at levels that allow for looking several times.

    \b
      curvefit run sample_tasks/tickets                         the embedded model
      curvefit run data.jsonl -m openai/gpt-4o-mini --items 200
      curvefit run data.jsonl -m openai/qwen --api-base http://localhost:8000/v1
    """
    from curvefit.deciding import until_decided
    from curvefit.study import analyze, measure

    task, design, model = asked.load()
    folder = study_folder(task.name, model.name, out)
    for note in task.notes:
        click.echo(line(f"{task.name}: {note}"), err=True)
    try:
        with following(f"{task.name} on {model.name}") as progress:

            def measured(part: Design) -> Measurement:
                return measure(task, part, model, journal=folder / "journal.sqlite", progress=progress)

            if staged:
                most = replace(design, items=min(design.items, len(task.items)))
                told = partial(click.echo, err=True)
                study = until_decided(measured, most, margin=margin, level=level, told=told)
            else:
                study = analyze(measured(design), margin=margin, level=level)
    except KeyboardInterrupt:
        click.echo(
            f"interrupted; replies so far are kept, continue with: {shlex.join(['curvefit', *sys.argv[1:]])}", err=True
        )
        return EXIT["interrupted"]
    finally:
        model.close()
    deliver(study, folder, machine=machine)
    return EXIT["partial"] if study.curve.missing else EXIT["done"]
