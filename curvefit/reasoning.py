"""Reasoning that a model writes out before its answer. Lives here: telling the two apart, in any text; nothing more."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Reasoned", "opens_with_reasoning", "parse", "without_reasoning"]

_NAME: Final = r"(?:(?:budget|seed):)?(?:think|thinking|thought|reasoning)"
_OPENING: Final = re.compile(rf"\s*(?:<(?P<tag>{_NAME})>|(?P<bracket>\[THINK\])|(?P<sign>◁think▷))", re.IGNORECASE)
_CLOSING: Final = rf"(?:</{_NAME}>|\[/THINK\]|◁/think▷)"
# One without its opening tag, as of chat templates that write that themselves: at the beginning of a line, right behind
# a word or a sentence, or before a blank line. Text that only mentions such a tag has it between spaces or in quotes.
_LONE: Final = re.compile(
    rf"(?:^[ \t]*|(?<=[^\s\"'`(>])){_CLOSING}|{_CLOSING}(?=[ \t]*\r?\n[ \t]*\r?\n)", re.IGNORECASE | re.MULTILINE
)
_FENCE: Final = "```"
_ANY_OPENING: Final = re.compile(rf"<{_NAME}[\s>]|\[THINK\]|◁think▷", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reasoned:
    """A text in two parts.

    Attributes
    ----------
    answer : str
        What follows the reasoning, without leading white space; the text as it is where there is no reasoning. Empty
        where nothing follows, or the reasoning never ends.
    reasons : bool
        Whether there is reasoning.
    ends : bool
        Whether the reasoning comes to its end; true where there is none.
    """

    answer: str
    reasons: bool = False
    ends: bool = True


def opens_with_reasoning(text: str) -> bool:
    """Return whether the text begins with a tag that opens reasoning.

    Examples
    --------
    >>> from curvefit.reasoning import opens_with_reasoning
    >>> opens_with_reasoning(" <think>why</think> 21"), opens_with_reasoning("It is <think>")
    (True, False)
    """
    return _OPENING.match(text) is not None


def parse(text: str) -> Reasoned:
    """Tell the reasoning at the beginning of a text from the answer.

    Reasoning stands between tags: ``<think>``, ``<thinking>``, ``<thought>``, ``<reasoning>``, ``[THINK]`` or
    ``◁think▷`` and the tag that closes each. It comes first, after white space at most. A closing tag whose opening
    tag the chat template wrote ends reasoning too, where it begins a line, follows a word, or stands
    before a blank line. A tag anywhere else is part of the text, and so is one in JSON, in quotes or in code.

    Examples
    --------
    >>> from curvefit.reasoning import parse
    >>> parse("<think>17 and 4</think>\\n\\n21")
    Reasoned(answer='21', reasons=True, ends=True)
    >>> parse("<think>17 and 4, so")
    Reasoned(answer='', reasons=True, ends=False)
    >>> parse("The tag <think> opens it.").answer
    'The tag <think> opens it.'
    """
    rest, reasons = text, False
    while (opening := _OPENING.match(rest)) is not None:
        closing = re.search(_closing(opening), rest[opening.end() :], re.IGNORECASE)
        if closing is None:
            return Reasoned("", reasons=True, ends=False)
        rest, reasons = rest[opening.end() + closing.end() :].lstrip(), True
    lone = None if reasons else _lone_closing(rest)
    if lone is not None and _ANY_OPENING.search(rest, 0, lone.start()) is None:
        return Reasoned(rest[lone.end() :].lstrip(), reasons=True)
    return Reasoned(rest, reasons=reasons)


def without_reasoning(text: str) -> str:
    """Return the answer; the text as it is where there is no reasoning, no end of it, or nothing after it.

    Examples
    --------
    >>> from curvefit.reasoning import without_reasoning
    >>> without_reasoning("<think>17 and 4</think>21"), without_reasoning("<think>17")
    ('21', '<think>17')
    """
    return parse(text).answer or text


def _lone_closing(text: str) -> re.Match[str] | None:
    """Return the first closing tag of reasoning that something else may have opened; None where all are data."""
    found = next((tag for tag in _LONE.finditer(text) if not _is_enclosed(text, tag)), None)
    return None if found is None or _is_json(text) else found


def _is_enclosed(text: str, tag: re.Match[str]) -> bool:
    """Whether a tag stands between quotes or backticks of its line, or between fences of code."""
    before, after = text[: tag.start()], text[tag.end() :]
    if before.count(_FENCE) % 2 and after.count(_FENCE) % 2:
        return True
    left, right = before.rpartition("\n")[2], after.partition("\n")[0]
    return any(left.count(mark) % 2 and right.count(mark) % 2 for mark in '"`')


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _closing(opening: re.Match[str]) -> str:
    if opening["bracket"]:
        return r"\[/THINK\]"
    return "◁/think▷" if opening["sign"] else f"</{re.escape(opening['tag'])}>"
