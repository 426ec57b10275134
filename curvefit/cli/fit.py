"""`curvefit fit`: judge a curve that was measured elsewhere."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curvefit.cli.delivery import Printing, deliver, gate
from curvefit.cli.options import EXAMPLES, gate_option, json_option, measuring_criteria_options, verbose_option
from curvefit.cli.run import this_command
from curvefit.cli.screen import block, remark
from curvefit.errors import InputError

if TYPE_CHECKING:
    from curvefit.measurement.measurement import Measurement

__all__ = ["command"]


class _Scale(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on, not before
    """The lowest and the highest score, as ``1,5``."""

    name = "scale"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> tuple[float, float]:
        """Return both as numbers."""
        try:
            low, high = (float(end) for end in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not the lowest and the highest score; write --scale 1,5", param, context)
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            self.fail(f"{value!r} does not go from a lower to a higher score; write --scale 1,5", param, context)
        return low, high


@click.command(name="fit")
@click.argument("scores", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--task", help="Which task, if SCORES hold several.")
@click.option("--model", help="Which model, if SCORES hold several.")
@click.option("--metric", help="Which metric, if SCORES hold several.")
@click.option(
    "--scale", type=_Scale(), metavar="LOW,HIGH",
    help="Lowest and highest score there can be, such as 1,5 for a judge's grades.  [default: 0,1]",
)  # fmt: skip
@measuring_criteria_options
@click.option(
    "--n-train", type=EXAMPLES, metavar="N",
    help="How many examples you would fine-tune on, to predict the gain. Give --kind too, or --labels.",
)  # fmt: skip
@click.option("--labels", type=click.IntRange(0), default=0, show_default=True,
              help="For classification: how many different answers there are. 0: answers are free text.")  # fmt: skip
@click.option(
    "--kind", default="",
    help="Kind of task, as listed above.  [default: classification if --labels is given]",
)  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: reports/<name of SCORES>]")
@gate_option
@verbose_option
@json_option
def command(
    scores: tuple[Path, ...], task: str | None, model: str | None, metric: str | None,
    scale: tuple[float, float] | None, margin: float | None, level: float, n_train: int | None, labels: int, kind: str,
    out: Path | None, fail_on: tuple[str, ...], verbose: bool, machine: bool,
) -> int:  # fmt: skip
    """Say what to do from results you already have.

    \b
      curvefit fit scores.csv
      curvefit fit logs/ --metric match --kind extraction --n-train 1000

    SCORES are files or folders. All are joined into one curve: accuracy against shots, the number of examples in the
    prompt. They are tables (.csv, .tsv; commas, semicolons or tabs) of one of these forms:

    \b
      shots,draw,item[,group],score              one score a row
      shots[,draw],accuracy[,stderr][,n_items]   one mean a row
      item,0,1,2,4                               a column a number of shots
      shots,seed_0,seed_1                        a column a draw

    or what another tool wrote:

    \b
      lm-evaluation-harness  results_*.json; samples_*.jsonl of --log_samples beside
      Inspect                logs (.eval or .json) of a task with argument fewshot
      promptfoo              --output results.json; variable shots, or label 5-shot
      HELM                   folders of runs that differ in max_train_instances
      adapt-gauge-core       raw_results_*.csv, or summary_*.csv

    Usual names such as num_fewshot, seed, example_id and acc will do, and columns model, task, metric, epoch and
    group are read. Scores and accuracies run from 0 to 1, or as --scale says; 45%, True and pass are understood.

    An item is one example that the model was scored on. A draw is one random order of the pool, of which a prompt shows
    the first examples. In the columns item and draw, any name will do. Give single scores if you have them: then the
    same items are compared, and the intervals are narrower.

    Unless you state a --margin, it is 5 points up to 380 items, fewer with more, and 2 where their number is not
    known.

    \b
    --kind is one of these, or multilingual-KIND where inputs are in several languages:
      classification                 one of a few labels
      extraction, pii                what stands in the text; personal data in it
      json, json/api, structured     an object; a call of an API; another fixed format
      sql, code, dsl                 a query; a program; a small language of your own
      qa, knowledge-qa               from a given text; from what the model knows
      summarization, generation      a summary; other free text
      mt, tone                       a translation; the same text in another tone

    Sends nothing to a model. Writes report.html, pictures and study.json to --out.

    Exit status: 0 done, 1 error, 2 called wrongly, 3 the curve is as --fail-on says.
    """
    from curvefit.measurement.importers import read_scores
    from curvefit.report.readiness_text import margin_sentence
    from curvefit.study import analyze
    from curvefit.workflows.full_study import Criteria

    curve = read_scores(*scores, task=task, model=model, metric=metric, scale=scale).of_kind(kind, n_labels=labels)
    curve = replace(curve, command=tuple(this_command()))
    folder = out or Path("reports", scores[0].resolve().stem)
    if out is None:
        _refuse_another(curve, folder / "study.json")
    decided_by = Criteria(margin, level, n_train).margin_for(curve.n_items)
    if margin is None:
        remark(block(margin_sentence(decided_by, curve.n_items, level)))
    study = analyze(curve, margin=decided_by, level=level, n_train=n_train)
    deliver(study, folder, Printing(verbose=verbose, machine=machine))
    return gate(study, fail_on)


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
