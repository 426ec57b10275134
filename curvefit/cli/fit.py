"""`curvefit fit`: judge a curve that was measured elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli.delivery import deliver
from curvefit.cli.options import EXAMPLES, criteria_options, json_option, verbose_option
from curvefit.errors import InputError

if TYPE_CHECKING:
    from curvefit.measurement.measurement import Measurement

__all__ = ["command"]


@click.command(name="fit")
@click.argument("scores", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--task", help="Which task, where SCORES hold several.")
@click.option("--model", help="Which model, where SCORES hold several.")
@click.option("--metric", help="Which metric, where SCORES hold several.")
@criteria_options
@click.option(
    "--n-train", type=EXAMPLES, metavar="N",
    help="Examples you would fine-tune on: with --kind or --labels, what they would gain is predicted.",
)  # fmt: skip
@click.option("--labels", type=click.IntRange(0), default=0, show_default=True,
              help="Number of classes, where the task has labels.")  # fmt: skip
@click.option(
    "--kind", default="",
    help="Kind of task: classification, extraction, structured, json, json/api, pii, sql, dsl, code, qa, knowledge-qa,"
    " summarization, generation, mt or tone, with multilingual- before any.  [default: classification where there are"
    " --labels]",
)  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: reports/<name of SCORES>]")
@verbose_option
@json_option
def command(
    scores: tuple[Path, ...], task: str | None, model: str | None, metric: str | None,
    margin: float, level: float, n_train: int | None, labels: int, kind: str, out: Path | None,
    verbose: bool, machine: bool,
) -> None:  # fmt: skip
    """Judge a curve you already have, from files of scores or folders of them.

    SCORES together make one curve. They are tables (.csv) with one score a row, or one number of shots a row:

    \b
      shots,draw,item,score                    scores in [0, 1]; draws and items may have any name
      shots,accuracy[,stderr][,n_items]        accuracy in [0, 1]; an error bar or a number of items helps

    or what another tool wrote:

    \b
      lm-evaluation-harness   results_*.json, with the samples_*.jsonl of --log_samples beside them
      Inspect                 logs (.eval or .json) whose task has an argument fewshot
      promptfoo               --output results.json; a variable shots, or prompts labelled 5-shot
      HELM                    the folders of runs that differ in max_train_instances
      adapt-gauge-core        raw_results_*.csv, or summary_*.csv

    Single scores are worth far more than means: they show how much of the spread comes from items and how much from
    draws, and the same items are compared at every number of shots.
    """
    from curvefit.measurement.importers import read_scores
    from curvefit.study import analyze

    curve = read_scores(*scores, task=task, model=model, metric=metric).of_kind(kind, n_labels=labels)
    folder = out or Path("reports", scores[0].resolve().stem)
    if out is None:
        _refuse_another(curve, folder / "study.json")
    deliver(analyze(curve, margin=margin, level=level, n_train=n_train), folder, machine=machine, verbose=verbose)


def _refuse_another(curve: Measurement, file: Path) -> None:
    """Leave the study of another task or model where it is; a file that cannot be read is none."""
    from curvefit.report.study_reader import open_study

    try:
        there = open_study(file).measurement
    except InputError:
        return
    if (there.task, there.model) != (curve.task, curve.model):
        what = f"is of {there.task!r:.60} with {there.model!r:.60}"
        raise InputError(f"{what}, not of {curve.task!r:.60} with {curve.model!r:.60}; use --out", file=file)
