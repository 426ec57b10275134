"""`curvefit report`: write the report of a finished study again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli.delivery import deliver
from curvefit.cli.options import EXAMPLES, json_option
from curvefit.cli.screen import line

if TYPE_CHECKING:
    from curvefit.measurement.measurement import Measurement
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
@click.option("--task", metavar="TASK",
              help="The study's task, where a probe scored other items.  [default: as the study has it]")  # fmt: skip
@json_option
def command(
    study: Path, out: Path | None, n_train: int | None, probes: tuple[Path, ...], task: str | None, machine: bool
) -> None:
    """Write the report of a finished study again.

    STUDY is a study.json, or the folder it is in. The measurement is read and everything concluded from it anew, so
    that an old study gets the present version's judgement.

    --probe takes what `curvefit probe` found on this task with a small model into the predicted payoff: as one more
    measured case of the very task, which counts as far as models on one task were found alike: of its fine-tunings the
    one on about as many examples as are asked about, and less the further those are apart. For the very model, what
    training on about 32 gave over showing as many counts too.

    Both are kept in study.json, and the next report has them too, unless --out names another folder; a newer probe by
    the same model takes the older one's place. The same curvefit run again, which pays for nothing twice, makes the
    study anew without them.

    \b
      curvefit report reports/tickets/local-gemma3-270m
      curvefit report reports/tickets/local-gemma3-270m --n-train 1000    what would a thousand examples add?
      curvefit report reports/tickets/openai-gpt-4o-mini --probe reports/tickets/local-gemma3-270m
    """
    from curvefit.report.probe_report import read_probe
    from curvefit.report.study_reader import read_study, study_file

    if task is not None and not probes:
        raise click.UsageError("--task goes with --probe")
    path = study_file(study)
    found = read_study(path, n_train=n_train)
    if probes:
        examples = found.payoff.n_train if found.payoff else None
        known = partial(_task, found.curve, task)
        probed = [read_probe(probe, found.curve, known, examples) for probe in probes]
        by = {probe.model for probe in probed}
        kept = [probe for probe in found.probes if probe.model not in by]
        found = read_study(path, n_train=n_train, probes=[*kept, *probed])
    before = read_study(path).payoff if n_train is not None and out is None else None
    deliver(found, out or path.parent, machine=machine)
    if before and before.n_train != n_train:
        said = f"{path} predicts for {n_train:,} examples now, and no longer for {before.n_train:,}"
        click.echo(line(f"{said}: curvefit validate goes by that; with --out the other stays"), err=True)


def _task(measured: Measurement, path: str | None) -> Task | None:
    """Return the study's task, by which a probe is seen to be of it; None where the study was not made from a file."""
    from curvefit.errors import InputError
    from curvefit.tasks.loading import load_task

    found = path or measured.path
    if not found:
        return None
    if path is None and not Path(found).exists():
        raise InputError(
            f"scored other items than the study, whose task {found!r} is not there from here: name it with --task, so"
            " that both can be seen to be of it"
        )
    # Nothing is scored, and no code is run.
    return load_task(found, seed=measured.design.seed if measured.design else 0, run_code=False)
