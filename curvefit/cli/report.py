"""`curvefit report`: write the report of a finished study again."""

from __future__ import annotations

from pathlib import Path

import click

from curvefit.cli.delivery import deliver
from curvefit.cli.options import EXAMPLES, json_option, verbose_option
from curvefit.cli.screen import line

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
@verbose_option
@json_option
def command(
    study: Path,
    out: Path | None,
    n_train: int | None,
    probes: tuple[Path, ...],
    task: str | None,
    verbose: bool,
    machine: bool,
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
    from curvefit.report.probe_report import read_probes
    from curvefit.report.study_reader import open_study

    if task is not None and not probes:
        raise click.UsageError("--task goes with --probe")
    file = open_study(study)
    probed = read_probes(probes, file, n_train, task) if probes else None
    deliver(file.conclude(n_train, probed), out or file.path.parent, machine=machine, verbose=verbose)
    before = file.n_train_predicted
    if out is None and n_train is not None and before is not None and before != n_train:
        what = f"{file.path} predicts for {n_train:,} examples now, and no longer for {before:,}"
        click.echo(line(f"{what}: curvefit validate goes by that; with --out the other stays"), err=True)
