"""A progress bar with the time left, on stderr, and only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

__all__ = ["print_above", "progress_bar"]


def _ignore(done: int, total: int) -> None:
    """Show nothing."""


def print_above(line: str) -> None:
    """Print a line on stderr where a bar may stand, which is drawn again below it."""
    click.echo(f"\r\x1b[K{line}" if sys.stderr.isatty() else line, err=True)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback (done, total) that draws the bar."""
    if not sys.stderr.isatty():
        yield _ignore
        return
    with click.progressbar(length=1, label=label, show_pos=True, show_eta=True, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress
