"""Text nobody vouches for, made fit to be shown. Lives here: what a line of error needs too; it loads nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

__all__ = ["clean", "folded", "listed", "printable"]


def printable(text: str) -> str:
    """Return a text with its line breaks and tabs, and no other control, format or bidirectional characters."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C")


def listed(values: Sequence[object], most: int, between: str = ", ", last: str | None = None) -> str:
    """Return the first of some values as a list in words, and how many more there are, behind `last` or `between`."""
    shown = between.join(map(str, values[:most]))
    return shown if len(values) <= most else f"{shown}{last or between}and {len(values) - most} more"


def folded(text: str) -> str:
    """Return a text without what case and white space tell apart."""
    return " ".join(text.casefold().split())


def clean(text: str, *, longest: int = 80) -> str:
    """Return a text nobody vouches for as one short line without control, format or bidirectional characters."""
    line = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
