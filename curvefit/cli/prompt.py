"""`curvefit prompt`: the prompt that a study advises, for any input."""

from __future__ import annotations

import json
from pathlib import Path

import click

from curvefit.cli import completion
from curvefit.cli.options import json_option
from curvefit.cli.screen import block, line, remark

__all__ = ["command"]


@click.command(name="prompt")
@click.argument("study", type=click.Path(path_type=Path))
@click.argument("text", metavar="[INPUT]", required=False)
@click.option(
    "--task", metavar="TASK", shell_complete=completion.files, help="The study's task, if its file has moved."
)
@json_option
def command(study: Path, text: str | None, task: str | None, machine: bool) -> None:
    """Print the prompt that a study advises, for one input.

    \b
      curvefit prompt reports/tickets/local-gemma3-270m "The invoice is wrong."
      curvefit prompt reports/tickets/local-gemma3-270m --json

    STUDY is the result of `curvefit run` or `decide`: its folder, or the study.json in it. INPUT is what the model is
    asked about; by default, the input of the first scored item. The prompt is worded as it was measured. Its examples
    are from the pool as it is now: those most similar to INPUT, the most similar one last, or those of the first draw.
    Where the task's lines have more than an input, such as a system message of their own, INPUT may be such a line as
    JSON; a reply in it is not shown. Documents measured with --context retrieved are searched for INPUT too. With
    --context given, INPUT is a line as JSON with its documents (ids) or a context.

    --json adds what to send with it: the temperature, the cap on the reply and the texts that end it. Send a text to a
    hosted model as one user message. In Python, `curvefit.advised_prompt` does the same.

    Reads the task again, and runs none of its code. Sends nothing to a model and writes nothing.

    Exit status: 0 done, 1 error, 2 called wrongly.
    """
    from curvefit.report.answer_text import ship_sentence
    from curvefit.report.payoff_text import examples_shown
    from curvefit.report.probe_reader import concluded_with_probe_beside
    from curvefit.report.study_reader import open_study
    from curvefit.trials.prompts import as_read
    from curvefit.workflows.advised_prompt import advised_prompt

    if text is not None and not text.strip():
        raise click.UsageError("INPUT is empty")
    file = open_study(study)
    read, _ = concluded_with_probe_beside(file)  # as `curvefit report` says it
    advised = advised_prompt(read, file.path, task)
    item = advised.task.items[0] if text is None else text
    sent = advised.prompt(item)
    if machine:
        record = {
            "answer": ship_sentence(read),
            "task": advised.task.name,
            "model": advised.model,
            "shots": advised.shots,
            "selection": advised.selection,
            "examples": [example.id for example in advised.examples(item)],
            "same_pool": advised.same_pool,
            "text" if isinstance(sent, str) else "messages": sent,
            "temperature": advised.temperature,
            "max_tokens": advised.max_tokens,
            "stop": list(advised.stop),
        }
        click.echo(json.dumps(record))
        return
    shown = examples_shown(advised.shots, retrieved=advised.selection == "retrieved")
    if advised.shots and not advised.same_pool:
        remark("The pool has changed since this was measured: other examples may be shown.")
    if advised.shots and advised.selection == "random" and advised.design.draws > 1:
        shown += f", those of the first of {advised.design.draws} draws (what the report says is the mean of all)"
    shown += ", and the first scored item as its input" if text is None else ""
    remark(line(f"{ship_sentence(read)} The prompt for {advised.model}, with {shown}:"))
    click.echo(block(as_read(sent)))
