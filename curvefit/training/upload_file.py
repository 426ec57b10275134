"""The file to fine-tune on, made for one trainer. Lives here: which examples of the pool are in it, and its bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.own_files import is_endless, write_whole
from curvefit.tasks.duplicates import duplicated
from curvefit.tasks.task import Task
from curvefit.training.fine_tuning_plan import learning_order
from curvefit.training.upload_formats import FORMATS, UploadFormat, about_name, fault, format_named, row_tokens
from curvefit.trials.prompts import training_conversation

__all__ = ["OmittedExample", "UploadFile", "upload_file"]

_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class OmittedExample:
    """An example of the pool that is not in the file.

    Attributes
    ----------
    id : str
        Of the example: ``line-N`` is line N of its file, where that names none.
    rule : str
        ``item``, or a rule of the trainer: see `curvefit.training.upload_formats.Fault`.
    problem : str
        Why, in words.
    """

    id: str
    rule: str
    problem: str


@dataclass(frozen=True, slots=True, eq=False)
class UploadFile:
    """What is to be uploaded, before it is written.

    Attributes
    ----------
    format : UploadFormat
        Whose form it has, and whose rules it keeps.
    records : tuple of dict
        Rows, in the order they are learned from.
    left_out : tuple of OmittedExample
        Examples of the pool that were asked for and are not in it.
    notes : tuple of str
        What its user should know.
    seed : int
        Of the order.
    """

    format: UploadFormat
    records: tuple[Mapping[str, Any], ...]
    left_out: tuple[OmittedExample, ...]
    notes: tuple[str, ...]
    seed: int = 0

    def encoded(self, *, array: bool = False) -> bytes:
        """Return the file's bytes: a row a line, or one list of all rows."""
        # In ASCII: some readers take other characters than a line feed for the end of a line.
        rows = [json.dumps(record) for record in self.records]
        text = "[\n" + ",\n".join(rows) + "\n]\n" if array else "".join(f"{row}\n" for row in rows)
        return (_MARK if self.format.mark else b"") + text.encode()

    def write(self, path: str | Path) -> tuple[str, ...]:
        """Write the file, whole or not at all; one with other content is never replaced.

        Its folder is made when missing. Alpaca and ShareGPT files named ``.json`` hold one list, all others a row a
        line.

        Returns
        -------
        tuple of str
            What the trainer would have against the file's name.

        Raises
        ------
        InputError
            Something else is there, or it cannot be written.
        """
        path = Path(path)
        content = self.encoded(array=self.format.array and path.suffix.lower() == ".json")
        try:
            if is_endless(path):
                raise InputError("is a device or a pipe; use another --out", file=path)
            place = path.resolve()  # `new/../data.jsonl` is data.jsonl, though there is no `new` yet
            if place.exists() and place.read_bytes() != content:
                raise InputError(
                    "is already there with other content; nothing was written, use another --out", file=path
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            with write_whole(path) as scratch:
                scratch.write_bytes(content)
        except OSError as error:
            raise InputError(f"{error.strerror or error}; use another --out", file=path) from error
        name = about_name(self.format, path)
        return (name,) if name else ()


def upload_file(task: Task, to: str | None = None, *, n: int | None = None, seed: int = 0, draw: int = 0) -> UploadFile:
    """Make the file to fine-tune on: the pool, for one trainer, without the items that are scored.

    Each example becomes the conversation a chat model is asked in, and its target. Those that break a published rule of
    the trainer are left out, each with its reason, and so are those that duplicate an item, exactly or nearly.

    Parameters
    ----------
    task : Task
        Its pool is written.
    to : str, optional
        A name in `curvefit.training.upload_formats.FORMATS`. By default lines of chat, as OpenAI and most trainers take
        them; what OpenAI itself would have against the file is then a note, and no error.
    n : int, optional
        The first n of a fixed order of the pool, so that a larger file begins with the smaller. By default all.
    seed : int
        Decides that order, as the seed of a probe does.
    draw : int
        Which of the orders of that seed.

    Returns
    -------
    UploadFile
        Its rows, what was left out and why, and notes. Nothing is written yet.

    Raises
    ------
    InputError
        No such format, n larger than the pool, or a file that the trainer would not take: then with what it takes.

    Examples
    --------
    >>> from curvefit.training.upload_file import upload_file
    >>> task = cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)], name="doubles", scorer="number")
    >>> file = upload_file(task, "bedrock", n=20)
    >>> len(file.records), file.records[0]["schemaVersion"], file.left_out
    (20, 'bedrock-conversation-2024', ())
    >>> upload_file(task, "openai", n=4)
    Traceback (most recent call last):
    curvefit.errors.InputError: OpenAI takes 10 rows or more, and there are 4; ask for more with --n, or add examples
    """
    trainer = format_named(to) if to is not None else next(iter(FORMATS.values()))
    order = learning_order(task.pool, seed, draw)
    if n is not None and n > len(order):
        raise InputError(f"--n {n:,} is more than the {len(order):,} examples of the pool; ask for fewer")
    scored = {task.pool[i].id for i in duplicated(task.pool, task.items)}
    records, left_out, several, cut = list[Mapping[str, Any]](), list[OmittedExample](), False, 0
    for example in order[:n]:
        if example.id in scored:
            left_out.append(OmittedExample(example.id, "item", "duplicates an item, which is scored"))
            continue
        conversation = training_conversation(task, example)
        broken = fault(trainer, conversation)
        if broken is not None:
            left_out.append(OmittedExample(example.id, broken.rule, broken.problem))
            continue
        records.append(trainer.record(conversation))
        cut += trainer.cut_tokens is not None and row_tokens(conversation) > trainer.cut_tokens
        several = several or sum(message.role == "assistant" for message in conversation) > 1
    file = UploadFile(trainer, tuple(records), tuple(left_out), _notes(trainer, cut, several=several), seed)
    objection = _objection(file)
    if not objection:
        return file
    if to is not None or not records:
        raise InputError(objection)
    return UploadFile(trainer, file.records, file.left_out, (*file.notes, objection), seed)


def _notes(trainer: UploadFormat, cut: int, *, several: bool) -> tuple[str, ...]:
    """Return what holds of any file for this trainer, of one with rows to be cut, and of one with earlier replies."""
    notes = [trainer.remark] if trainer.remark else []
    if several and trainer.weights:
        notes.append('earlier replies have "weight": 0: they are shown, and only the last reply is learned')
    elif several and not trainer.last_reply_only:
        notes.append(f"earlier replies may be learned too: {trainer.trainer} cannot be told that they are no targets")
    if cut:
        notes.append(
            f"{cut:,} {'row has' if cut == 1 else 'rows have'} more than about {trainer.cut_tokens:,} tokens:"
            f" {trainer.trainer} cuts rows there, the reply first, unless max_length is set"
        )
    if trainer.most_tokens is not None or trainer.most_turn_tokens is not None:
        notes.append("tokens are counted as bytes of UTF-8 divided by 4; the trainer's own count may differ")
    return tuple(notes)


def _objection(file: UploadFile) -> str:
    """Return what the trainer would have against the file as a whole, and what to do; empty where nothing."""
    trainer, rows = file.format, len(file.records)
    if rows < trainer.least_rows:
        first = next(iter(file.left_out), None)
        why = f"; {len(file.left_out):,} left out, the first, {first.id!r}: {first.problem}" if first else ""
        return (
            f"{trainer.trainer} takes {trainer.least_rows:,} row{'s' * (trainer.least_rows > 1)} or more, and there"
            f" {'is' if rows == 1 else 'are'} {rows:,}{why}; ask for more with --n, or add examples"
        )
    if trainer.most_rows is not None and rows > trainer.most_rows:
        return f"{trainer.trainer} takes {trainer.most_rows:,} rows at most, and there are {rows:,}; use --n"
    size = len(file.encoded())
    if trainer.most_bytes is not None and size > trainer.most_bytes:
        fitting = int(rows * trainer.most_bytes / size)
        return (
            f"{trainer.trainer} takes {trainer.most_bytes:,} bytes at most, and these {rows:,} rows have {size:,}; use"
            f" --n, with about {fitting:,}"
        )
    return ""
