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

__all__ = ["command"]


@click.command(name="pool")
@click.argument("task")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE",
              help="Where to write, such as train.jsonl; a file with other content is never replaced.")  # fmt: skip
@click.option("--n", "count", type=click.IntRange(1), metavar="N", help="So many examples.  [default: all of the pool]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
              help="That of curvefit run: decides the split of a single file, and the order.")  # fmt: skip
@click.option("--study", type=click.Path(path_type=Path), metavar="STUDY",
              help="Take this study's seed, and keep out its items wherever they stand now.")  # fmt: skip
@json_option
def command(task: str, out: Path, count: int | None, seed: int, study: Path | None, machine: bool) -> None:
    """Write what a model may be fine-tuned on, and no item, as providers take it.

    One file of examples is split into a pool, which may be learned from, and items, which are scored. A model trained
    on items has seen the answers: it looks wonderful, nobody can tell afterwards, and every comparison with it is
    worthless. So upload what this writes, not the file you have.

    Each line is a chat of instruction, input and target, in the words a chat model is asked in by curvefit run and
    curvefit validate. N examples are the first N of an order that TASK and seed decide: more examples hold the fewer,
    and they are those the first fine-tuning of curvefit probe trains on.

    Give the seed you ran with, or the study: rows added to a file since may have moved items to the pool.

    \b
      curvefit pool data.jsonl --out train.jsonl
      curvefit pool data.jsonl --out train.jsonl --n 128 --study reports/data/openai-gpt-4o-mini
    """
    from curvefit.report import deliver_files
    from curvefit.report.study_reader import read_study, study_file
    from curvefit.tasks.loading import load_task
    from curvefit.training.fine_tuning_plan import learning_order
    from curvefit.trials.prompts import lesson
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
    rows = [json.dumps({"messages": [asdict(message) for message in lesson(made, example)]}) for example in taught]
    text = "".join(f"{row}\n" for row in rows).encode()
    try:
        if out.exists() and out.read_bytes() != text:
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
