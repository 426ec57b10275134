"""`curvefit report`: write the report of a finished study again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli.delivery import deliver
from curvefit.cli.options import EXAMPLES, as_json
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
    help="How many examples you would fine-tune on.  [default: as the study has it]",
)  # fmt: skip
@click.option(
    "--probe",
    "probes",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="PROBE",
    help="A probe.json of the same task, or its folder; may be given several times.",
)
@click.option("--task", metavar="TASK",
              help="The study's task, for --probe, if its file is not where the run read it.")  # fmt: skip
@as_json
def command(
    study: Path, out: Path | None, n_train: int | None, probes: tuple[Path, ...], task: str | None, machine: bool
) -> None:
    """Write the report of a finished run again.

    \b
      curvefit report reports/tickets/local-gemma3-270m
      curvefit report reports/tickets/local-gemma3-270m --n-train 1000

    STUDY is a study.json, or the folder it is in. All conclusions are made anew from what was measured, by this
    version of curvefit. No model is asked.

    --n-train says how many examples you would fine-tune on, and the gain from that is predicted.

    --probe adds to that prediction what `curvefit probe` measured with a small model on this task. Models agree only
    partly on a task, so a probe counts in part. It counts less, the further its number of training examples is from
    yours.

    Writes report.html, curve.png and study.json beside STUDY. Or to --out: then STUDY stays as it is. --n-train and
    probes are kept in study.json, so that the next report has them too. A newer probe of the same model takes the
    older one's place. `curvefit run` again makes the study without them.

    Exit status: 0 done, 1 error, 2 called wrongly.
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
