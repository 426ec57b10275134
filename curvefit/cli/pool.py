"""`curvefit pool`: the training file, without the items."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from curvefit.cli import completion
from curvefit.cli.options import json_option, override_options, read_task
from curvefit.cli.screen import block, line

__all__ = ["command"]


class _Trainer(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on, not before
    """A row of the table of formats, which is read only when one is named."""

    name = "format"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from curvefit.training.upload_formats import FORMATS

        if value not in FORMATS:
            self.fail(f"{value!r} is none of {', '.join(FORMATS)}", param, ctx)
        return str(value)


@click.command(name="pool")
@click.argument("task", shell_complete=completion.files)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE",
              help="The file to write; one with other content is never replaced.")  # fmt: skip
@click.option("--to", "trainer", type=_Trainer(), metavar="FORMAT", shell_complete=completion.trainers,
              help="Its trainer: openai, azure, mistral, together, fireworks, vertex, bedrock, cohere, alpaca,"
                   " sharegpt or huggingface.  [default: lines of chat, as openai]")  # fmt: skip
@click.option("--n", "count", type=click.IntRange(1), metavar="N", help="How many.  [default: all of the pool]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
              help="The --seed of your run: it decides split and order.")  # fmt: skip
@click.option("--study", type=click.Path(path_type=Path), metavar="STUDY",
              help="Use this study's seed, and leave out its items.")  # fmt: skip
@override_options
@json_option
def command(
    task: str, out: Path, trainer: str | None, count: int | None, seed: int, study: Path | None,
    overrides: Mapping[str, str], machine: bool,
) -> None:  # fmt: skip
    """Write the file to fine-tune on, without the examples that are scored.

    \b
      curvefit pool data.jsonl --out train.jsonl
      curvefit pool data.jsonl --out train.jsonl --n 128 --study out
      curvefit pool data.jsonl --to bedrock --out train.jsonl

    Do not fine-tune on data.jsonl itself. It holds the items, which the model is scored on. A model that was trained
    on them has seen the answers, and no comparison with it means anything. This writes the pool: the examples that are
    left.

    Each line is a chat in the words that `curvefit run` asks a chat model in, in the form its trainer takes (--to). The
    trainer's published rules are kept: an example that breaks one is left out and named. --n 128 writes the first 128
    of a fixed random order, so a larger file contains the smaller. `curvefit probe` begins with the same ones.

    Always give --study, or the --seed of your run. Without it the split may differ, and the file may hold items that
    the model is scored on.

    Writes --out.

    Exit status: 0 done, 1 error, 2 called wrongly.
    """
    from curvefit.report.study_reader import read_study, study_file
    from curvefit.report.upload_text import doubted_sentence, upload_summary
    from curvefit.training.upload_file import upload_file
    from curvefit.workflows.label_check import doubted_in_pool
    from curvefit.workflows.study_task import task_of_study, whole_task
    from curvefit.workflows.validation import design_of

    if study is not None and overrides:
        raise click.UsageError(
            "--study says what was said of the file; leave out " + ", ".join(f"--{name}" for name in overrides)
        )
    if study is None:
        source = whole = read_task(task, overrides, seed=seed)
    else:
        file = study_file(study)
        prompted = read_study(file)
        whole, seed = whole_task(prompted, file, task), design_of(prompted).seed
        source = task_of_study(prompted, file, whole)
    kept_out = len(whole.pool) + len(whole.items) - len(source.pool)
    upload = upload_file(source, trainer, n=count, seed=seed)
    notes = [*upload.notes, *upload.write(out)]
    if doubted := doubted_in_pool(whole, source.pool):
        said = [word for name, value in source.overrides for word in (f"--{name}", value)]
        check = ["curvefit", "check", task, *(["--seed", f"{seed}"] if seed else []), *said]
        notes.append(doubted_sentence(doubted, shlex.join(check)))
    for note in source.notes:  # what reading left out is in no file to be trained on, and nobody sees that in it
        click.echo(line(f"{source.name}: {note}"), err=True)
    if machine:
        facts = {"task": source.name, "file": str(out), "format": upload.format.name, "rows": len(upload.records)}
        left_out = [asdict(example) for example in upload.left_out]
        more = {"pool": len(source.pool), "kept_out": kept_out, "seed": seed}
        click.echo(json.dumps({**facts, **more, "left_out": left_out, "notes": [*source.notes, *notes]}))
        return
    for text in upload_summary(upload, source, kept_out, out, notes, str(study) if study else "STUDY"):
        click.echo(block(text))
