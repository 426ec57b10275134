"""How far a command is, on stderr: a bar with the time left on a terminal, and elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click

from curvefit.cli.screen import line, remark

__all__ = ["print_above", "progress_bar"]

_PAUSE: Final = 30.0  # seconds between two lines where there is no terminal; what is done sooner says nothing


def print_above(text: str) -> None:
    """Print a line on stderr where a bar may stand, which is drawn again below it."""
    remark(f"\r\x1b[K{text}" if sys.stderr.isatty() else text)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback (done, total) that draws the bar, or says now and then how far it is."""
    if not sys.stderr.isatty():
        yield _lines(label)
        return
    with click.progressbar(length=1, label=line(label), show_pos=True, show_eta=True, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress


def _lines(label: str) -> Callable[[int, int], None]:
    started = said = time.monotonic()
    first = -1

    def progress(done: int, total: int) -> None:
        nonlocal said, first
        now = time.monotonic()
        first = done if first < 0 else first  # what earlier runs did says nothing about the pace
        if now - said < _PAUSE or done >= total:
            return
        said = now
        pace = (now - started) / (done - first) if done > first else 0.0
        left = f", about {max(1, round(pace * (total - done) / 60)):,} min left" if pace else ""
        remark(line(f"{label}: {done:,} of {total:,} ({100 * done // total}%){left}"))

    return progress
