"""What is put before the model. Lives here: all prompt assembly; `curvefit plan --show-prompt` prints it."""

from __future__ import annotations

from collections.abc import Sequence

from curvefit.models.base import Form, Message, Model, Request, transcript
from curvefit.tasks.task import Item, Task

__all__ = ["conversation", "question", "reply_cap", "request", "training_conversation"]


def conversation(task: Task, demonstrations: Sequence[Item], item: Item) -> tuple[Message, ...]:
    """Return instruction, demonstrations as user and assistant turns, and the item as the last user turn."""
    opening = (Message("system", task.instruction),) if task.instruction else ()
    demonstration_turns = (
        turn
        for example in demonstrations
        for turn in (Message("user", question(example)), Message("assistant", example.target))
    )
    return (*opening, *demonstration_turns, Message("user", question(item)))


def training_conversation(task: Task, example: Item) -> tuple[Message, ...]:
    """Return an example as a chat model is fine-tuned on it: as it is asked without demonstrations, and the target."""
    return (*conversation(task, (), example), Message("assistant", example.target))


def request(task: Task, demonstrations: Sequence[Item], item: Item, *, form: Form, max_tokens: int) -> Request:
    """Return what is sent for one item after these demonstrations.

    A plain prompt stops at the end of the line, or, where a target spans lines, where the next example would begin.
    A chat model ends its own turn.
    """
    turns = conversation(task, demonstrations, item)
    if form == "chat":
        return Request(turns, max_tokens, labels=task.labels)
    stop = f"\n\n{task.input_word}:" if task.multiline else "\n"
    text = transcript(turns, task.input_word, task.output_word)
    return Request(text, max_tokens, stop=(stop,), labels=task.labels)


def reply_cap(task: Task, model: Model) -> int:
    """Return `max_tokens` for the task: room for its longest target, a quarter more, in steps of 8, and for thinking.

    The longest targets by characters stand for the longest by tokens, which they nearly always hold.
    """
    targets = {example.target for example in (*task.pool, *task.items)}
    longest = max(model.count_tokens(f" {target}") for target in sorted(targets, key=len)[-16:])
    return -(-(longest + longest // 4 + 2) // 8) * 8 + model.thinking


def question(item: Item) -> str:
    """Return what stands for one example on the input side: its context, if any, then its input."""
    return f"{item.context}\n{item.input}" if item.context else item.input
