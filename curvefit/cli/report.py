"""`curvefit report`: write the report of a finished study again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli.delivery import deliver
from curvefit.cli.options import EXAMPLES, as_json

if TYPE_CHECKING:
    from curvefit.study import Measurement
    from curvefit.tasks.task import Task

__all__ = ["command"]


@click.command(name="report")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: beside STUDY]")
@click.option(
    "--n-train", type=EXAMPLES, metavar="N",
    help="Examples you would fine-tune on, for the predicted gain.  [default: as the study has it]",
)  # fmt: skip
@click.option(
    "--probe",
    "probes",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="PROBE",
    help="A probe of the same task, by a small model; may be given several times.",
)
@as_json
def command(study: Path, out: Path | None, n_train: int | None, probes: tuple[Path, ...], machine: bool) -> None:
    """Write the report of a finished study again.

    STUDY is a study.json, or the folder it is in. The measurement is read and everything concluded from it anew, so
    that an old study gets the present version's judgement.

    --probe takes what `curvefit probe` found on this task with a small model into the predicted payoff: as one more
    measured case of the very task, which counts as far as models on one task were found alike, and less the fewer
    examples it was trained on. For the very model, what training on about 32 gave over showing as many counts too.

    Both are kept in study.json, and the next report has them too, unless --out names another folder; the same curvefit
    run again, which pays for nothing twice, makes the study anew without them.

    \b
      curvefit report reports/tickets/local-gemma3-270m
      curvefit report reports/tickets/local-gemma3-270m --n-train 1000    what would a thousand examples add?
      curvefit report reports/tickets/openai-gpt-4o-mini --probe reports/tickets/local-gemma3-270m
    """
    from curvefit.report.probe import read_probe
    from curvefit.report.record import read_study, study_file

    path = study_file(study)
    found = read_study(path, n_train=n_train)
    if probes:
        task = _task(found.curve, path)
        probed = [read_probe(probe, found.curve, task) for probe in probes]
        found = read_study(path, n_train=n_train, probes=probed)
    deliver(found, out or path.parent, machine=machine)


def _task(measured: Measurement, study: Path) -> Task | None:
    """Return the study's task, by which a probe is seen to be of it; None where the study was not made from a file."""
    from curvefit.errors import InputError
    from curvefit.tasks.loading import load_task

    if not measured.path:
        return None
    if not Path(measured.path).exists():
        raise InputError(
            f"its task {measured.path!r} is not there from here, so that nobody can tell whether the probe is of it;"
            " run this where the study was made",
            file=study,
        )
    # Nothing is scored, and no code is run for a path that a file names.
    return load_task(measured.path, seed=measured.design.seed if measured.design else 0, run_code=False)
