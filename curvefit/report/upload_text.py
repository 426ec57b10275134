"""What was written to be fine-tuned on, in words. Lives here: the lines of `curvefit pool`; nothing is decided."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from curvefit.plain_text import clean
from curvefit.report.wording import counted
from curvefit.tasks.task import Task
from curvefit.training.upload_file import UploadFile

__all__ = ["doubted_sentence", "upload_summary"]

_NAMED: Final = 3  # examples left out that the terminal names; --json has all
_LONGEST: Final = 4_000  # a path may be long, and the command at the end is to be pasted


def doubted_sentence(count: int, command: str) -> str:
    """Return how many targets of the pool look wrong, and which command names them."""
    looks, them = ("target of the pool looks", "it") if count == 1 else ("targets of the pool look", "them")
    return f"{count:,} {looks} wrong; this names {them}: {command}"


def upload_summary(
    upload: UploadFile, task: Task, kept_out: int, path: Path, notes: Sequence[str], study: str
) -> list[str]:
    """Return lines for the terminal: what is in the file, what is not and why, the trainer's limits, what comes next.

    `kept_out` items are not in its pool, those that may be scored later included. `study` is what `curvefit validate`
    is to be called with.
    """
    scored = f"{len(task.items):,} of them scored so far" if kept_out > len(task.items) else "which are scored"
    rows, left_out = len(upload.records), upload.left_out
    named = [f"  left out: {example.id!r:.60} {example.problem}" for example in left_out[:_NAMED]]
    more = len(left_out) - len(named)
    lines = [
        f"{path}: {rows:,} of the {counted(len(task.pool), 'example')} of the pool of {task.name}, by seed"
        f" {upload.seed}",
        f"  kept out: {counted(kept_out, 'item')}, {scored}; training on any of them would make the comparison"
        " worthless",
        *named,
        *([f"  left out for such reasons: {more:,} more; --json names all"] if more else []),
        *([f"  {upload.format.trainer} takes {upload.format.limits}"] if upload.format.limits else []),
        *(f"  note: {note}" for note in notes),
        f"  once it is fine-tuned: curvefit validate {shlex.quote(study)} -m FINE_TUNED --n-train {rows}",
    ]
    return [f"{'  ' * text.startswith('  ')}{clean(text, longest=_LONGEST)}" for text in lines]
