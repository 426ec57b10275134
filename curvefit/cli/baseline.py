"""`curvefit baseline`: what a plain classifier learns from the pool."""

from __future__ import annotations

import json

import click

from curvefit.cli import completion
from curvefit.cli.options import json_option
from curvefit.cli.screen import block, line, remark, width

__all__ = ["command"]


@click.command(name="baseline")
@click.argument("task", shell_complete=completion.files)
@click.option("--sizes", metavar="N,N,...",
              help="Numbers of training examples.  "
              "[default: 32, 128 and 512, as far as the pool goes, and all of it, up to 4,000]")  # fmt: skip
@click.option("--draws", type=click.IntRange(1), default=5, show_default=True, metavar="D",
              help="Random subsets of the pool to average over.")  # fmt: skip
@click.option("--items", type=click.IntRange(1), metavar="N", help="How many items to score.  [default: all]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
              help="Decides how a single file is split, which items are scored, and the subsets.")  # fmt: skip
@json_option
def command(task: str, sizes: str | None, draws: int, items: int | None, seed: int, machine: bool) -> None:
    """Show what a plain classifier learns from your examples. Free, in seconds.

    \b
      curvefit baseline data.jsonl
      curvefit baseline sample_tasks/tickets

    Trains a linear text classifier on examples of the pool, and scores it on the items. It needs labels: answers that
    are picked from a few. With a few hundred examples, a fine-tuned model reaches about as much. With few examples it
    can be far better, since it knows the language. `curvefit run` trains the classifier too, and predicts from it.

    Asks no model, costs nothing, and writes nothing.

    Exit status: 0 done, 1 error, 2 called wrongly.
    """
    from curvefit.report.baseline_text import baseline_summary
    from curvefit.report.study_record import as_json, baseline_record
    from curvefit.tasks.loading import load_task
    from curvefit.training.text_classifier import baseline

    loaded = load_task(task, seed=seed)
    wanted = None if sizes is None else _numbers(sizes)
    base = baseline(loaded, wanted, draws, items, seed)
    if left_out := [n for n in wanted or () if n not in base.curve.shots]:
        remark(line(f"{', '.join(map(str, left_out))} left out: the pool has {base.pool:,} examples"))
    if machine:
        click.echo(json.dumps({"task": base.task, **as_json(baseline_record(base, 0.9))}))
        return
    for text in baseline_summary(base, path=task, width=width()):
        click.echo(block(text))


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no list such as 32,128,512", param_hint="--sizes") from error
