"""What is put before the model. Lives here: all prompt assembly; `curvefit plan --show-prompt` prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from curvefit.models.base import Form, Message, Model, Request, transcript
from curvefit.tasks.task import Item, Task

__all__ = [
    "as_read",
    "asked",
    "conversation",
    "opening",
    "question",
    "reply_cap",
    "request",
    "training_conversation",
    "whole_text",
]


def opening(task: Task, demonstrations: Sequence[Item], system: str = "") -> tuple[Message, ...]:
    """Return what all items share that are asked after these demonstrations: instruction, and each with its reply.

    A system message that the items have of their own stands in place of the task's instruction. A demonstration that
    has another one shows it before its first turn; one that has the same does not repeat it.
    """
    told = system or task.instruction
    turns = (turn for example in demonstrations for turn in _demonstrated(example, system))
    return (*((Message("system", told),) if told else ()), *turns)


def conversation(task: Task, demonstrations: Sequence[Item], item: Item) -> tuple[Message, ...]:
    """Return instruction, demonstrations as user and assistant turns, and the item as the last user turn.

    Earlier turns of an example stay turns before its own.
    """
    return (*opening(task, demonstrations, item.system), *asked(item))


def training_conversation(task: Task, example: Item) -> tuple[Message, ...]:
    """Return an example as a chat model is fine-tuned on it: as it is asked without demonstrations, and the target."""
    return (*conversation(task, (), example), Message("assistant", example.target))


def asked(item: Item) -> tuple[Message, ...]:
    """Return an item as turns: earlier ones, then its question, from the user."""
    earlier = (Message("assistant" if role == "assistant" else "user", text) for role, text in item.turns)
    return (*earlier, Message("user", question(item)))


def whole_text(item: Item) -> str:
    """Return all of an item that the model reads, as one text: what examples are compared by."""
    return "\n".join([*filter(None, [item.system]), *(message.content for message in asked(item))])


def _demonstrated(example: Item, system: str) -> tuple[Message, ...]:
    first, *others = asked(example)
    if example.system and example.system != system:
        first = Message(first.role, f"{example.system}\n{first.content}")
    return (first, *others, Message("assistant", example.target))


def plain_text(task: Task, demonstrations: Sequence[Item], item: Item) -> str:
    """Return the same as one text to be continued: a blank line ends each example, a line each of its turns."""
    examples = [*(_demonstrated(example, item.system) for example in demonstrations), asked(item)]
    return transcript(item.system or task.instruction, examples, task.input_word, task.output_word)


def request(task: Task, demonstrations: Sequence[Item], item: Item, *, form: Form, max_tokens: int) -> Request:
    """Return what is sent for one item after these demonstrations.

    A plain prompt stops at the end of the line, or, where a target spans lines, where the next example would begin.
    A chat model ends its own turn.
    """
    if form == "chat":
        return Request(conversation(task, demonstrations, item), max_tokens, labels=task.labels)
    stop = f"\n\n{task.input_word}:" if task.multiline else "\n"
    return Request(plain_text(task, demonstrations, item), max_tokens, stop=(stop,), labels=task.labels)


def as_read(prompt: str | Sequence[Mapping[str, str]]) -> str:
    """Return a prompt as a person reads it; a plain one ends where the model goes on."""
    return prompt if isinstance(prompt, str) else "\n".join(f"[{turn['role']}] {turn['content']}" for turn in prompt)


def reply_cap(task: Task, model: Model) -> int:
    """Return `max_tokens` for the task: room for its longest target, a quarter more, in steps of 8, and for thinking.

    The longest targets by characters stand for the longest by tokens, which they nearly always hold.
    """
    targets = {example.target for example in task.examples}
    longest = max(model.count_tokens(f" {target}") for target in sorted(targets, key=len)[-16:])
    return -(-(longest + longest // 4 + 2) // 8) * 8 + model.thinking


def question(item: Item) -> str:
    """Return what stands for one example on the input side: its context, if any, then its input."""
    return f"{item.context}\n{item.input}" if item.context else item.input
