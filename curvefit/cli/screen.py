"""Text nobody vouches for, made fit for a terminal. Lives here: what is left out, so that no file drives a screen."""

from __future__ import annotations

from typing import Final

__all__ = ["block", "line"]

_LONGEST: Final = 4_000  # a line says where and what to do at its end too, so that it is hardly ever cut


def line(text: str) -> str:
    """Return a text as one line without control characters."""
    from curvefit.report.wording import clean  # late, since every command loads this module, also to print its help

    return clean(text, longest=_LONGEST)


def block(text: str) -> str:
    """Return a text with its line breaks and tabs, and no other control characters."""
    from curvefit.report.wording import printable  # late, as above

    return printable(text)
