"""`curvefit init`: a task folder to fill."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

import click

from curvefit.errors import InputError

__all__ = ["command"]

_FILES: Final = {
    "task.yaml": """\
# What the model is to do, and how its replies are judged. Checked by: curvefit check
name: "{name}"
kind: classification      # or extraction, structured, dsl, code, qa, knowledge-qa, ...
instruction: Say which team should handle the message.
scorer: label             # or exact, normalized, contains, number, f1, json, rouge, {{type: regex, pattern: ...}}
pool: pool.jsonl          # examples to put in the prompt: a hundred or more
items: items.jsonl        # examples to score on, none of them in the pool: a hundred or more
# data: examples.jsonl    # in place of pool and items: one file, which is split
""",
    "pool.jsonl": """\
{{"input": "The invoice shows the wrong amount.", "output": "billing"}}
{{"input": "I cannot sign in since this morning.", "output": "access"}}
{{"input": "Please add VAT to last month's receipt.", "output": "billing"}}
""",
    "items.jsonl": """\
{{"input": "You charged me twice.", "output": "billing"}}
{{"input": "The reset link never arrives.", "output": "access"}}
""",
}


@click.command(name="init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
def command(folder: Path) -> None:
    """Start a task folder to fill with your own examples.

    \b
      curvefit init my-task
      curvefit check my-task     says what is still missing

    Writes task.yaml, pool.jsonl (examples for prompts) and items.jsonl (examples to score on) to DIR. A file that is
    already there is never changed. If all your examples are in one .jsonl or .csv, you need no folder: give that file
    to `curvefit run`.

    Exit status: 0 done, 1 error, 2 called wrongly.
    """
    from curvefit.tasks.loading import safe_name

    try:
        for name in _FILES:
            if (folder / name).exists():
                raise InputError("is already there; nothing was written", file=folder / name)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in _FILES.items():
            (folder / name).write_text(text.format(name=safe_name(folder.resolve().name)), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{error.strerror or error}; start the task in another folder", file=folder) from error
    check = f"curvefit check {shlex.quote(str(folder))}"
    click.echo(f"Wrote {', '.join(_FILES)} in {folder}. Replace the examples with yours, then: {check}")
