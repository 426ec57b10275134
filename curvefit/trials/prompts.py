"""What is put before the model. Lives here: all prompt assembly; `curvefit plan --show-prompt` prints it."""

from __future__ import annotations

from collections.abc import Sequence

from curvefit.models.base import Form, Message, Model, Request, transcript
from curvefit.tasks.task import Item, Task

__all__ = [
    "asked",
    "conversation",
    "opening",
    "question",
    "reply_cap",
    "request",
    "training_conversation",
    "whole_text",
]


def opening(task: Task, demonstrations: Sequence[Item]) -> tuple[Message, ...]:
    """Return what all items share that are asked after these demonstrations: instruction, and each with its reply."""
    instruction = (Message("system", task.instruction),) if task.instruction else ()
    return (*instruction, *(turn for example in demonstrations for turn in _answered(example)))


def conversation(task: Task, demonstrations: Sequence[Item], item: Item) -> tuple[Message, ...]:
    """Return instruction, demonstrations as user and assistant turns, and the item as the last user turn.

    Earlier turns of an example stay turns before its own.
    """
    return (*opening(task, demonstrations), *asked(item))


def training_conversation(task: Task, example: Item) -> tuple[Message, ...]:
    """Return an example as a chat model is fine-tuned on it: as it is asked without demonstrations, and the target."""
    return (*opening(task, ()), *_answered(example))


def asked(item: Item) -> tuple[Message, ...]:
    """Return an item as turns: earlier ones, then its question, from the user."""
    earlier = (Message("assistant" if role == "assistant" else "user", text) for role, text in item.turns)
    return (*earlier, Message("user", question(item)))


def whole_text(item: Item) -> str:
    """Return all of an item that the model reads, as one text: what examples are compared by."""
    return "\n".join(message.content for message in asked(item))


def _answered(example: Item) -> tuple[Message, ...]:
    return (*asked(example), Message("assistant", example.target))


def plain_text(task: Task, demonstrations: Sequence[Item], item: Item) -> str:
    """Return the same as one text to be continued: a blank line ends each example, a line each of its turns."""
    examples = [*map(_answered, demonstrations), asked(item)]
    return transcript(task.instruction, examples, task.input_word, task.output_word)


def request(task: Task, demonstrations: Sequence[Item], item: Item, *, form: Form, max_tokens: int) -> Request:
    """Return what is sent for one item after these demonstrations.

    A plain prompt stops at the end of the line, or, where a target spans lines, where the next example would begin.
    A chat model ends its own turn.
    """
    if form == "chat":
        return Request(conversation(task, demonstrations, item), max_tokens, labels=task.labels)
    stop = f"\n\n{task.input_word}:" if task.multiline else "\n"
    return Request(plain_text(task, demonstrations, item), max_tokens, stop=(stop,), labels=task.labels)


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
