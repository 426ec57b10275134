"""Command lines as words. Lives here: what an option is set to, and setting it; no option is known by its name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

__all__ = ["option_values", "with_option"]


def option_values(words: Sequence[str], option: str) -> list[str]:
    """Return what an option of a command line is set to, in order; what stands behind ``--`` is none."""
    options = words[: words.index("--")] if "--" in words else words
    found = []
    for word, after in pairwise([*options, ""]):
        if word == option:
            found.append(after)
        elif word.startswith(f"{option}="):
            found.append(word.partition("=")[2])
    return found


def with_option(words: Sequence[str], option: str, value: str) -> list[str]:
    """Return a command line with an option set, in place of what it was set to; arguments behind ``--`` stay there."""
    others, skip = list[str](), False
    options, end = (words[: words.index("--")], words[words.index("--") :]) if "--" in words else (words, [])
    for word in options:
        if skip or word == option or word.startswith(f"{option}="):
            skip = not skip and word == option
            continue
        others.append(word)
    return [*others, option, value, *end]
