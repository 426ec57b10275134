"""One example between its record and the task. Lives here: what readers of formats return, and how they decline."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from curvefit.errors import InputError

__all__ = [
    "CONTEXTS",
    "LEFT_OUT",
    "NO_ANSWER",
    "OF_THEIR_KIND",
    "SYSTEMS",
    "Draft",
    "LeftOut",
    "Turn",
    "as_messages",
    "as_text",
    "decoded",
    "is_json",
    "present",
]

Turn = tuple[str, str]  # role, user or assistant, and text

# What holds a text that the question is about, and what a system message; the first that says anything counts.
CONTEXTS: Final = ("context", "passage", "paragraph", "background", "article")
SYSTEMS: Final = ("system", "system_prompt", "systemInstruction", "system_instruction")
_LONGEST_NUMBER: Final = 20  # signs of a number without an exponent
# What to do about an empty target: scorers take an empty reply for one that cannot be read.
NO_ANSWER: Final = "where nothing is the right answer, write a word for it, such as none"
# Why an example is left out although nothing is wrong with its line, and what to do to have it all the same.
LEFT_OUT: Final[Mapping[str, tuple[str, str]]] = {
    "bad": ("the reply is marked as bad", "only good replies are examples"),
    "weight": ("its weight is 0, so it is not to be learnt", "set it to 1 where the reply is right"),
    "call": (
        "the last reply is a call of a tool, and only text can be judged",
        'write the call as text into the reply, {"name": "f", "arguments": {"a": 1}}, and take scorer call',
    ),
    "media": (
        "it comes with an image, sound, video or file, and only text can be shown",
        "take that out where the text alone is the question",
    ),
}


OF_THEIR_KIND: Final = ("call", "media")  # those left out for what they are, and not since somebody marked them


class LeftOut(Exception):
    """An example is not to be used, by what its record says; the one argument is a key of `LEFT_OUT`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a record says, in the terms of a task.

    Attributes
    ----------
    input, target, context, system : str
        As in `curvefit.tasks.examples.Row`.
    turns : tuple of (role, text)
        Earlier turns of the conversation.
    used : frozenset of str
        The fields of the record that went into it; the others are not shown to the model.
    remarks : tuple of str
        What a reader should know; ``{lines}`` stands for how many such there are.
    chat : bool
        Whether the reply was the last turn of a conversation.
    """

    input: str
    target: str
    context: str = ""
    system: str = ""
    turns: tuple[Turn, ...] = ()
    used: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()
    chat: bool = False


def as_text(value: Any) -> str:
    """Return a JSON value as the text a model would write: objects and lists as JSON, nothing for null.

    A number is written without an exponent where that takes no more than 20 signs: 0.00002 and not Python's 2e-05.

    Raises
    ------
    InputError
        It is no JSON value: made in Python, or of a type that only Parquet has.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"is no text and no JSON value: {type(value).__name__}") from error
    if not isinstance(value, float) or "e" not in text:
        return text
    decimal = f"{Decimal(text):f}"
    return decimal if len(decimal) <= _LONGEST_NUMBER else text


def decoded(value: Any) -> Any:
    """Return a list or object that a table holds as text, as JSON or as Python prints it; anything else as it is.

    What only Python has, such as a set, is no list or object: its text stays.
    """
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(value.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list | dict) and is_json(found):
            return found
    return value


def is_json(value: Any) -> bool:
    """Whether `as_text` takes a value."""
    try:
        as_text(value)
    except InputError:
        return False
    return True


def present(record: Mapping[str, Any], names: Iterable[str]) -> str | None:
    """Return the first of these fields that says anything, or else the first that is there."""
    there = [name for name in names if name in record]
    return next((name for name in there if record[name] not in (None, "", [], {})), there[0] if there else None)


def as_messages(value: Any) -> list[Mapping[str, Any]] | None:
    """Return a list of chat messages, also where a table holds it as text; None where it is none."""
    value = decoded(value)
    if isinstance(value, list) and value and all(isinstance(m, dict) and {"role", "from"} & m.keys() for m in value):
        return value
    return None
