"""`curvefit demo`: the whole tool on sample tasks, with a real model."""

from __future__ import annotations

import shlex
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from curvefit.cli.delivery import Printing, deliver
from curvefit.cli.options import quiet_option
from curvefit.cli.progress import progress_bar
from curvefit.errors import InputError

__all__ = ["command", "sample_tasks"]

_MODEL: Final = "local/gemma3-270m"
_TASKS: Final = ("reviews", "tickets", "berths")  # a plateau, a late rise, and what examples cannot teach


def sample_tasks() -> Path:
    """Return the folder of the bundled sample tasks, installed or in a checkout."""
    package = Path(str(files("curvefit")))
    for folder in (package / "sample_tasks", package.parent / "sample_tasks"):
        if folder.is_dir():
            return folder
    raise InputError("the sample tasks are not installed; reinstall curvefit", file=package / "sample_tasks")


@click.command(name="demo")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True)
@quiet_option
def command(out: Path) -> None:
    """See it work: sample tasks, a small model on this machine, no key.

    \b
      curvefit demo

    Three tasks: one where examples soon stop helping, one where they help late, and one that examples cannot teach.
    Nothing is sent anywhere. It takes some minutes on two processor cores, and seconds when run again, since replies
    are kept. The first time, it downloads the model (253 MB) into your cache folder.

    Writes a report for each task to --out.

    Exit status: 0 done, 1 error, 2 called wrongly.
    """
    from curvefit.models.resolve import resolve
    from curvefit.tasks.loading import load_task
    from curvefit.trials.design import Design
    from curvefit.workflows.full_study import Asking, Criteria, decide

    design, criteria = Design(shots=(0, 1, 4, 16, 64), draws=3, items=24), Criteria(margin=0.05)
    for name in _TASKS:
        task, model, folder = load_task(sample_tasks() / name), resolve(_MODEL), out / name
        try:
            with progress_bar(f"{name} on {_MODEL}") as progress:
                how = Asking(retrieved=(1, 4), journal=folder / "journal.sqlite", progress=progress)
                study = decide(task, design, model, how, criteria)
        finally:
            model.close()
        deliver(study, folder, Printing(), task=task, taken=())
        click.echo()
    if activate := _activation():
        click.echo(f"Before these commands, run: {activate}")


def _activation() -> str:
    """Return what puts the commands of this environment at hand; empty where they are."""
    script = Path(sys.prefix, "bin", "activate")
    if shutil.which("curvefit") is not None or not script.is_file():
        return ""
    here = script.relative_to(Path.cwd()) if script.is_relative_to(Path.cwd()) else script
    return f". {shlex.quote(str(here))}"
