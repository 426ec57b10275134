"""`curvefit pool`: the training file, without the items."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from pathlib import Path

import click

from curvefit.cli.options import json_option
from curvefit.cli.screen import line
from curvefit.errors import InputError
from curvefit.own_files import is_endless

__all__ = ["command"]


@click.command(name="pool")
@click.argument("task")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE",
              help="The file to write; one with other content is never replaced.")  # fmt: skip
@click.option("--n", "count", type=click.IntRange(1), metavar="N", help="How many.  [default: all of the pool]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
              help="The seed you ran with: it decides split and order.")  # fmt: skip
@click.option("--study", type=click.Path(path_type=Path), metavar="STUDY",
              help="Use this study's seed, and keep its items out wherever they are now.")  # fmt: skip
@json_option
def command(task: str, out: Path, count: int | None, seed: int, study: Path | None, machine: bool) -> None:
    """Write the file to fine-tune on, without the examples that are scored.

    \b
      curvefit pool data.jsonl --out train.jsonl
      curvefit pool data.jsonl --out train.jsonl --n 128 --study out

    Do not fine-tune on data.jsonl itself. It holds the items, which the model is scored on. A model that was trained
    on them has seen the answers, and no comparison with it means anything. This writes the pool: the examples that are
    left.

    Each line is a chat, as providers take it, in the words that `curvefit run` asks a chat model in. --n 128 writes
    the first 128 of a fixed random order, so a larger file contains the smaller. `curvefit probe` begins with the same
    ones.

    Give --study, or the --seed you ran with. Otherwise the split may be another, and scored items may be in the file.

    Writes --out.

    Exit status: 0 done, 1 error, 2 called wrongly.
    """
    from curvefit.report import deliver_files
    from curvefit.report.study_reader import read_study, study_file
    from curvefit.tasks.loading import load_task
    from curvefit.training.fine_tuning_plan import learning_order
    from curvefit.trials.prompts import training_conversation
    from curvefit.workflows.validation import design_of, task_of_study

    if study is None:
        made = load_task(task, seed=seed)
    else:
        file = study_file(study)
        found = read_study(file)
        made, seed = task_of_study(found, file, task), design_of(found).seed
    order = learning_order(made.pool, seed)
    if count is not None and count > len(order):
        raise InputError(f"--n {count:,} is more than the {len(order):,} examples of the pool; ask for fewer")
    taught = order[:count]
    # In ASCII: some readers take other characters than a line feed for the end of a line.
    rows = [
        json.dumps({"messages": [asdict(message) for message in training_conversation(made, example)]})
        for example in taught
    ]
    text = "".join(f"{row}\n" for row in rows).encode()
    try:
        if is_endless(out):
            raise InputError("is a device or a pipe; use another --out", file=out)
        place = out.resolve()  # `new/../data.jsonl` is data.jsonl, though there is no `new` yet
        if place.exists() and place.read_bytes() != text:
            raise InputError("is already there with other content; nothing was written, use another --out", file=out)
    except OSError as error:
        raise InputError(f"{error.strerror or error}; use another --out", file=out) from error
    deliver_files({out.name: text}, out.parent)
    if machine:
        facts = {"task": made.name, "file": str(out), "rows": len(rows), "pool": len(order)}
        click.echo(json.dumps({**facts, "kept_out": len(made.items), "seed": seed}))
        return
    click.echo(line(f"{out}: {len(rows):,} of the {len(order):,} examples of the pool of {made.name}, by seed {seed}"))
    click.echo(
        f"  kept out: {len(made.items):,} items, which are scored; training on any of them would make the comparison"
        " worthless"
    )
    told = shlex.quote(str(study)) if study else "STUDY"
    click.echo(f"  once it is fine-tuned: curvefit validate {line(told)} -m FINE_TUNED --n-train {len(rows)}")
