"""Text made fit for a terminal. Lives here: its width, remarks beside the result, and what is left out of both.

No file drives a screen.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from typing import Final

import click

__all__ = ["block", "line", "remark", "width"]

_WIDEST: Final = 100  # longer lines are hard to follow
_LONGEST: Final = 4_000  # a line says where and what to do at its end too, so that it is hardly ever cut


def line(text: str) -> str:
    """Return a text as one line without control characters."""
    from curvefit.report.wording import clean  # late, since every command loads this module, also to print its help

    return clean(text, longest=_LONGEST)


def block(text: str) -> str:
    """Return a text with its line breaks and tabs, and no other control characters."""
    from curvefit.report.wording import printable  # late, as above

    return printable(text)


def remark(text: str) -> None:
    """Print what is said beside the result on stderr; that nobody can read it there costs the command nothing."""
    with suppress(OSError):
        click.echo(text, err=True)


def width() -> int:
    """Return how many characters a line of text may have: the terminal's width, 80 where that is not known."""
    return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST) if sys.stdout.isatty() else 80
