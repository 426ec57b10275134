"""Replies that weave words and widgets: their parser, and a scorer. Lives here: the grammar and what counts as equal.

::

    reply  = (words | widget)+
    widget = "{" kind ("|" key "=" value)+ "}"

Kinds, their keys in order, and the values of each are in ``KINDS``. Words hold no brace. A front end renders nothing
of a reply that breaks this, so such a reply is unreadable, which is not the same as wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from curvefit import Item, Score

_HOME: Final = ("id", r"[1-9]\d\d")
_WHO: Final = ("who", r"[A-Z][a-z]+")
_AT: Final = ("at", r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)-(?:[01]\d|2[0-3])")
_DOLLARS: Final = r"[1-9]\d{5,6}"
KINDS: Final = {
    "home": (_HOME, ("beds", r"[1-9]"), ("price", _DOLLARS)),
    "price": (_HOME, ("to", _DOLLARS)),
    "sold": (_HOME,),
    "task": (("do", r"call|mail"), _WHO, _AT),
    "tour": (_HOME, _WHO, _AT),
}
LONGEST: Final = 2000  # characters of a reply
_PIECE: Final = re.compile(r"\{([^{}]*)\}|([^{}]+)")


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget: its kind and the values of its keys, in order."""

    kind: str
    values: tuple[str, ...]


class FormatError(ValueError):
    """The reply is not of the format; it says where and why."""


def parse(reply: str) -> tuple[str | Widget, ...]:
    """Return words and widgets in their order.

    Raises
    ------
    FormatError
        Nothing there, a brace without its other, an unknown kind, keys that are missing, too many or out of order, or
        a value that its key cannot have.
    """
    if not reply.strip() or len(reply) > LONGEST:
        raise FormatError("empty, or too long")
    pieces: list[str | Widget] = []
    end = 0
    while end < len(reply):
        found = _PIECE.match(reply, end)
        if found is None:
            raise FormatError(f"a brace without its other at {end}")
        if found[1] is not None:
            pieces.append(_widget(found[1]))
        elif found[2].strip():
            pieces.append(" ".join(found[2].split()))
        end = found.end()
    return tuple(pieces)


def _widget(inside: str) -> Widget:
    kind, *pairs = inside.split("|")
    if kind not in KINDS:
        raise FormatError(f"no kind {kind!r}")
    keys = tuple(pair.partition("=")[0] for pair in pairs)
    if keys != tuple(key for key, _ in KINDS[kind]):
        raise FormatError(f"{kind} has keys {keys}")
    values = tuple(pair.partition("=")[2] for pair in pairs)
    for (key, pattern), value in zip(KINDS[kind], values, strict=True):
        if re.fullmatch(pattern, value, re.ASCII) is None:
            raise FormatError(f"{key} cannot be {value!r}")
    return Widget(kind, values)


def woven(reply: str, item: Item) -> Score:
    """Credit the target's widgets in its places; half where the words differ in more than case.

    A reply that cannot be parsed scores 0 with ``answer=None``.
    """
    try:
        pieces = parse(reply.strip().splitlines()[0] if reply.strip() else "")
    except FormatError:
        return Score(0.0, answer=None)
    wanted = parse(item.target)
    answer = " ".join(piece if isinstance(piece, str) else _shown(piece) for piece in pieces)
    if [_place(piece) for piece in pieces] != [_place(piece) for piece in wanted]:
        return Score(0.0, answer=answer)
    if _words(pieces) == _words(wanted):
        return Score(1.0, answer=answer)
    return Score(0.5 if any(isinstance(piece, Widget) for piece in wanted) else 0.0, answer=answer)


def _place(piece: str | Widget) -> Widget | None:
    return piece if isinstance(piece, Widget) else None


def _words(pieces: tuple[str | Widget, ...]) -> list[str]:
    return [piece.casefold() for piece in pieces if isinstance(piece, str)]


def _shown(widget: Widget) -> str:
    pairs = zip(KINDS[widget.kind], widget.values, strict=True)
    return "{" + "|".join([widget.kind, *(f"{key}={value}" for (key, _), value in pairs)]) + "}"
