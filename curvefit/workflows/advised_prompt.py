"""The prompt that a study advises, for any input. Lives here: its examples, chosen as when it was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from curvefit.decision.next_steps import PROMPT_STEPS
from curvefit.errors import InputError
from curvefit.measurement.measurement import Measurement
from curvefit.models.base import Form
from curvefit.study import Study
from curvefit.tasks.documents import as_shown, choice_of, own_context
from curvefit.tasks.examples import Row, read_records
from curvefit.tasks.record_files import check_characters
from curvefit.tasks.system_messages import spaced_alike
from curvefit.tasks.task import Item, Task
from curvefit.trials import prompts
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.trials.selection import orderings, similar
from curvefit.workflows.study_task import task_of_study, whole_task

__all__ = ["AdvisedPrompt", "advised_prompt"]

_INPUT: Final = Path("input")  # what a line that was given is called in messages
_REPLY: Final = {"role": "assistant", "content": "?"}  # to a line that has none; it is not shown


@dataclass(frozen=True, slots=True)
class AdvisedPrompt:
    """A prompt to use in a program, as it was measured.

    Attributes
    ----------
    task : Task
        The study's task. Examples come from its pool, which is without those too long to be shown as similar ones.
    model : str
        The model that it was measured with: the study's, or the fine-tuned one.
    shots : int
        How many examples it shows.
    selection : "random" or "retrieved"
        Whether all inputs are shown the same examples, or each the ones most similar to it, the most similar one last.
    form : "plain" or "chat"
        A text to be continued, or a conversation.
    max_tokens : int or None
        Cap on the reply; None where the study does not say.
    stop : tuple of str
        Texts that end the reply.
    temperature : float or None
        As sent: 0, or None where the model takes none.
    design : Design
        What was measured: its seed decides which examples are shown.
    same_pool : bool
        Whether the pool has as many examples as when it was measured. If not, other examples may be shown.

    Examples
    --------
    >>> study = cf.read_study("reports/tickets/local-gemma3-270m")
    >>> advised = cf.advised_prompt(study, "reports/tickets/local-gemma3-270m")
    >>> [example.target for example in advised.examples("The VAT number is wrong")]
    ['Q7-south', 'Q7-south', 'Q7-south', 'Q7-south']
    """

    __module__ = "curvefit"

    task: Task = field(repr=False)
    model: str
    shots: int
    selection: Literal["random", "retrieved"]
    form: Form
    max_tokens: int | None
    stop: tuple[str, ...]
    temperature: float | None
    design: Design
    same_pool: bool = True

    def examples(self, item: Item | str) -> tuple[Item, ...]:
        """Return the examples shown with an item, or with an input alone. Random ones are those of the first draw."""
        if self.selection == "random":
            return next(orderings(self.task.pool, self.design))[: self.shots]
        return self._similar(self._item(item))

    def _similar(self, asked: Item) -> tuple[Item, ...]:
        (near,) = similar(self.task.pool, [asked], self.shots, self.design)
        return near.examples[::-1]

    def prompt(self, item: Item | str) -> str | list[dict[str, str]]:
        """Return what to send for an item, or for an input alone: a text, or messages with ``role`` and ``content``.

        Where the task's items have more that prompts show, a context, a system message or earlier turns, an input may
        also be a line of its file, as JSON; a reply in it is not shown. Documents are shown as they were measured:
        retrieved ones are searched for it, and given ones are those that it names, or its context.

        Raises
        ------
        InputError
            It is an input alone, and each of the task's items has more; or it is no line that can be read.
        """
        asked = self._item(item)
        shown = self._similar(asked) if self.selection == "retrieved" else self.examples(asked)
        return prompts.request(self.task, shown, asked, form=self.form, max_tokens=0).as_given

    def _item(self, item: Item | str) -> Item:
        """Return what is asked, with the documents that the study showed with its items."""
        choice = choice_of(self.task)
        given = choice is not None and choice.source == "given"
        record = None if isinstance(item, Item) else self._line(item, given=given)
        if isinstance(item, Item):
            asked, names = item, bool(item.documents) or item in self.task.examples
        elif record is not None:
            asked, names = self._as_line(item, record), bool(self.task.documents) and "documents" in record
        else:
            check_characters(item, field="input")
            # What is equally similar comes in an order of its own for each id.
            asked, names = Item(item, item, ""), False
        if given and not (names or asked.context):
            what = "documents (their ids) or a context" if self.task.documents else "context"
            raise InputError(
                f"{self.task.name!r} was measured with the right documents given: give the input as JSON, as a line of"
                f" its file has it, with its {what}"
            )
        if not isinstance(item, Item) and record is None:
            self._check_alone()
        return as_shown(self.task, asked)

    def _line(self, text: str, *, given: bool) -> Mapping[str, Any] | None:
        """Return what was given as a line of the task's file; None where it is an input alone."""
        if given:
            return _object(text)
        has_more = choice_of(self.task) is not None or any(one.background or one.turns for one in self.task.items)
        return _object(text) if has_more and _object(self.task.items[0].input) is None else None

    def _check_alone(self) -> None:
        """Refuse an input alone where each of the task's items has more, documents that are searched for it aside."""
        owns = (one.system or one.turns or own_context(self.task, one) for one in self.task.items)
        if not all(owns):
            return
        first = self.task.items[0]
        what = "a system message" if first.system else "a context" if first.context else "earlier turns"
        raise InputError(
            f"the items of {self.task.name!r} have {what} beside their input; give both as JSON, as a line of its file"
            " has them, with or without a reply; or, in Python, as a curvefit.Item"
        )

    def _as_line(self, text: str, record: Mapping[str, Any]) -> Item:
        """Return the item of a line of the task's file, which may lack a reply."""
        talk = record.get("messages")
        if isinstance(talk, list):
            lacks = not (talk and isinstance(talk[-1], dict) and talk[-1].get("role") == "assistant")
            record = {**record, "messages": [*talk, _REPLY] if lacks else talk}
        try:
            row = self._row(record)
        except InputError:
            if "messages" in record:
                raise
            row = self._row({**record, "output": _REPLY["content"]})
        return Item(text, row.input, "", row.context, row.turns, row.documents, self._system(row.system))

    def _row(self, record: Mapping[str, Any]) -> Row:
        (row,) = read_records([record], _INPUT, with_documents=bool(self.task.documents)).rows
        return row

    def _system(self, told: str) -> str:
        """Return the system message that a line has of its own, as those of the task have theirs."""
        owns = [one.system for one in (*self.task.pool, *self.task.items) if one.system]
        if not owns or spaced_alike(told) == spaced_alike(self.task.instruction):
            return ""
        if self.task.instruction and any(own.startswith(f"{self.task.instruction}\n\n") for own in owns):
            raise InputError(
                "the task states an instruction beside the system messages of its file: what a new one is asked with, a"
                " curvefit.Item says, in Python"
            )
        return told


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _ships_tuned(study: Study) -> bool:
    """Whether the fine-tuned model is to be shipped: not where money keeps the prompt, or may."""
    steps = {step.code for step in study.advice.next_steps}
    return "ship-fine-tuned" in steps and steps.isdisjoint(PROMPT_STEPS)


def advised_prompt(study: Study, folder: str | Path, task: str | Task | None = None) -> AdvisedPrompt:
    """Return the prompt that a study advises, to be used in a program; nothing is sent to a model.

    Where it advises none yet, that is the best one. Where it advises the fine-tuned model alone, it is the prompt that
    this model was measured with, which has no examples.

    Parameters
    ----------
    study : Study
        Of a task that was measured here.
    folder : path
        Where the study is kept, or its file.
    task : str or Task, optional
        Its task, or the path of that; by default the path that the study read.

    Raises
    ------
    InputError
        The study was made from other tools' scores; the task is gone, or has changed since the study.

    Examples
    --------
    >>> folder = "reports/tickets/local-gemma3-270m"
    >>> advised = cf.advised_prompt(cf.read_study(folder), folder)
    >>> advised.shots, advised.selection
    (4, 'retrieved')
    >>> print(advised.prompt("The VAT number is wrong")[-38:])
    Ticket: The VAT number is wrong
    Queue:
    """
    if not isinstance(study, Study):
        raise InputError(f"a study is expected, as curvefit.read_study returns it, not {type(study).__name__}")
    if not isinstance(folder, str | Path):
        raise InputError(f"a study's folder is named by its path, not by {type(folder).__name__}")
    path, curve, used = Path(folder), study.curve, study.prompt_to_use
    file = path / "study.json" if path.is_dir() else path
    whole = task if isinstance(task, Task) else whole_task(study, file, task, to_judge=False)
    asked = task_of_study(study, file, whole)
    same_pool = len(asked.pool) == curve.pool
    if used.retrieved:
        too_long = study.curve_of_use.too_long
        asked = replace(asked, pool=tuple(each for each in asked.pool if each.id not in too_long))
    tuned = study.best_validated if _ships_tuned(study) else None
    shots = used.point.shots if tuned is None else 0
    design = curve.design
    assert design is not None  # noqa: S101 (task_of_study refuses studies without one)
    form: Form = "chat" if curve.form == "chat" else "plain"
    return AdvisedPrompt(
        task=asked,
        model=curve.model if tuned is None else tuned.model,
        shots=shots,
        selection="retrieved" if used.retrieved and shots else "random",
        form=form,
        max_tokens=design.reply_tokens if curve.cut is None else curve.cut.tokens,
        # By all of the task, as when it was measured: one target of several lines, scored or not, is enough.
        stop=prompts.request(whole, (), asked.items[0], form=form, max_tokens=0).stop,
        temperature=_temperature((path if path.is_dir() else path.parent) / "journal.sqlite", curve),
        design=design,
        same_pool=same_pool,
    )


def _temperature(path: Path, curve: Measurement) -> float | None:
    """Return what was sent, by a reply that was kept; 0, which is asked for, where none was."""
    if not path.is_file():
        return 0.0
    with Journal(path, only_read=True) as journal:
        replies = journal.replies_of(curve.task, curve.model)
        return next((reply.temperature for _, reply in replies), 0.0)
