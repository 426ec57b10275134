"""Text nobody vouches for, made fit to be shown. Lives here: what a line of error needs too; it loads nothing else."""

from __future__ import annotations

import unicodedata

__all__ = ["clean", "printable"]


def printable(text: str) -> str:
    """Return a text with its line breaks and tabs, and no other control, format or bidirectional characters."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C")


def clean(text: str, *, longest: int = 80) -> str:
    """Return a text nobody vouches for as one short line without control, format or bidirectional characters."""
    line = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
