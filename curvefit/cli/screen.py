"""Text made fit for a terminal. Lives here: its width, remarks beside the result, and what is left out of both.

No file drives a screen.
"""

from __future__ import annotations

import os
import shutil
import sys
from codecs import lookup
from contextlib import suppress
from typing import Final, TextIO

import click

from curvefit.plain_text import clean, printable

__all__ = ["QUIET", "block", "columns", "is_quiet", "is_terminal", "line", "remark", "width"]

_WIDEST: Final = 100  # longer lines are hard to follow
QUIET: Final = "curvefit.quiet"  # where a command's context keeps that nothing is to be said on the way
_LONGEST: Final = 4_000  # a line says where and what to do at its end too, so that it is hardly ever cut


# What stands for our signs where a stream is of ASCII; of all others click sends UTF-8 there, whatever was asked for.
_PLAIN: Final = str.maketrans("−–·…×●○│┤┊┼└─’“”", '--..x*o||:++-\'""')


def line(text: str) -> str:
    """Return a text as one line without control characters."""
    return _sayable(clean(text, longest=_LONGEST), sys.stdout)


def block(text: str) -> str:
    """Return a text with its line breaks and tabs, and no other control characters."""
    return _sayable(printable(text), sys.stdout)


def _sayable(text: str, stream: TextIO) -> str:
    """Return a text in ASCII where a stream is of that, for which `PYTHONIOENCODING=ascii` asks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if text.isascii() or lookup(encoding).name != "ascii":
        return text
    return text.translate(_PLAIN).encode("ascii", "replace").decode()


def remark(text: str, *, end: str = "\n") -> None:
    """Print what is said beside the result on stderr; that nobody can read it there costs the command nothing."""
    with suppress(OSError):
        click.echo(_sayable(text + end, sys.stderr), err=True, nl=False)


def is_quiet() -> bool:
    """Whether the command that runs was called with --quiet."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(QUIET))


def is_terminal() -> bool:
    """Whether stderr is a terminal on which a line can be drawn anew."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """Return how many characters a line on stderr may have, so that the terminal does not break it; 79 if unknown."""
    with suppress(OSError, ValueError):
        return max(os.get_terminal_size(sys.stderr.fileno()).columns, 1) - 1
    return 79


def width() -> int:
    """Return how many characters a line of text may have: the terminal's width, 80 where that is not known."""
    return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST) if sys.stdout.isatty() else 80
