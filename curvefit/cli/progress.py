"""How far a command is, on stderr: a line drawn anew on a terminal, and elsewhere a line now and then."""

from __future__ import annotations

import math
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from curvefit.cli.screen import columns, is_quiet, is_terminal, line, remark
from curvefit.models.base import ENGINE

if TYPE_CHECKING:
    from curvefit.trials.design import Trial
    from curvefit.trials.spending_limits import SpendingLimits

__all__ = ["ProgressLine", "getting_ready", "print_above", "progress_bar", "waiting"]

_PAUSE: Final = 30.0  # seconds between two lines where there is no terminal; what is done sooner says nothing
_LONGEST_SILENCE: Final = 10.0  # while a server lets nothing through
_REDRAWN: Final = 0.1  # seconds between two drawings on one
_BAR: Final = 20  # characters
_FEWEST: Final = 5  # items with a score, from which an accuracy is shown
_LEVEL: Final = 0.9


def print_above(text: str) -> None:
    """Print a line on stderr where a bar may stand, which is drawn again below it; nothing where that is not wanted."""
    if not is_quiet():
        remark(f"\r\x1b[K{text}" if is_terminal() else text)


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Say on a terminal what is waited for, while it lasts: what takes seconds and cannot say how far it is.

    The line is gone afterwards. Elsewhere, and with --quiet, nothing is said.
    """
    if is_quiet() or not is_terminal():
        yield
        return
    remark(f"\r{_cut(line(text), columns())}\x1b[K", end="")
    try:
        yield
    finally:
        remark("\r\x1b[K", end="")


def getting_ready(model: str) -> str:
    """Return what takes seconds before a model of this name is asked anything."""
    return f"{'loading the model, ' if model.startswith(ENGINE) else ''}counting tokens"


@contextmanager
def progress_bar(label: str, limits: SpendingLimits | None = None, first: str = "") -> Iterator[ProgressLine]:
    """Yield a callback (done, total) that draws a line with a bar, or says now and then how far it is.

    It shows pace, time left, what was spent by `limits` and the accuracy so far, as far as they are known, and as much
    of that as the terminal is wide; on a terminal, until it is called, what is done `first`. With --quiet it shows
    nothing.
    """
    shown = ProgressLine(line(label), limits, drawn=is_terminal(), quiet=is_quiet())
    try:
        shown.begin(first)
        yield shown
    finally:
        shown.end()


class ProgressLine:
    """How far something is. Called with how many replies are there, and how many there are in all.

    Parameters
    ----------
    label : str
        Of what.
    limits : SpendingLimits, optional
        Which hold what was spent.
    drawn, quiet : bool
        Whether it is drawn anew in place, and whether nothing is shown.
    """

    def __init__(self, label: str, limits: SpendingLimits | None, *, drawn: bool, quiet: bool) -> None:
        self._label, self._limits, self._drawn, self._quiet = label, limits, drawn, quiet
        self._started = self._said = time.monotonic()
        self._first, self._done, self._total = -1, 0, 0
        self._scores: dict[int, dict[int, list[float]]] = {}
        self._stands, self._begun, self._unit = False, False, "replies"
        self._limit_said = -math.inf

    def begin(self, what: str) -> None:
        """Say on a terminal what is done before anything can be counted; the first count takes its place."""
        if what and self._drawn and not self._quiet:
            self._begun = True
            remark(f"\r{_cut(f'{self._label}: {what}', columns())}\x1b[K", end="")

    def counting(self, unit: str) -> Callable[[int, int], None]:
        """Return what shows the same of other things than replies."""
        return partial(self, unit=unit)

    def __call__(self, done: int, total: int, unit: str = "replies") -> None:
        """Show it, if it is time to."""
        now = time.monotonic()
        if (total, unit) != (self._total, self._unit) or done < self._done:  # something else is asked from here on
            self._started, self._first, self._scores = now, done, {}  # what earlier runs did says nothing of the pace
        self._done, self._total, self._unit = done, total, unit
        last = done >= total
        if self._quiet or (last and not self._drawn):
            return
        if now - self._said < (_REDRAWN if self._drawn else _PAUSE) and not (
            self._drawn and (last or not self._stands)
        ):
            return
        self._said = now
        if self._drawn:
            self._draw(now)
        else:
            remark(self.text(None, now))

    def _draw(self, now: float) -> None:
        self._stands = True
        remark(f"\r{self.text(columns(), now)}\x1b[K", end="")

    def scored(self, trial: Trial, score: float) -> None:
        """Take the score of a new reply."""
        by_item = self._scores.setdefault(trial.shots, defaultdict(list))
        by_item[trial.item].append(score)

    def limited(self, seconds: float) -> None:
        """Say that the server limits the rate, and for how long is waited; not again so soon."""
        now = time.monotonic()
        if self._quiet:
            return
        if now - self._limit_said >= _PAUSE:
            self._limit_said = now
            limit = f"the server limits the rate (429): waiting {_lasting(seconds)}"
            print_above(limit if self._drawn else f"{self._label}: {limit}")
        elif self._drawn or now - self._said < _LONGEST_SILENCE:
            return
        else:
            remark(self.text(None, now))
        self._said = now
        if self._drawn:
            self._draw(now)

    def end(self) -> None:
        """Leave the line where it stands; what was done before any count is gone."""
        if self._stands:
            remark("")
        elif self._begun:
            remark("\r\x1b[K", end="")
        self._stands = self._begun = False

    def text(self, most: int | None, now: float) -> str:
        """Return the line, of so many columns at most; None for a line by itself, without a bar."""
        share = self._done / self._total if self._total else 1.0
        where = f"{self._done:,} of {self._total:,} {self._unit}"
        if most is None:
            return f"{self._label}: " + ", ".join([f"{where} ({int(100 * share)}%)", *self._facts(now)])
        label = _cut(self._label, max(most // 3, 8))
        filled = round(_BAR * share)
        bar = f" [{'#' * filled}{'-' * (_BAR - filled)}]"
        text = f"{label} {int(100 * share)}%"
        for part in (f", {where}", *(f", {fact}" for fact in self._facts(now))):
            if _width(text) + _width(part) <= most:
                text += part
        if _width(text) + len(bar) <= most:
            text = text.replace(label, label + bar, 1)
        return _cut(text, most)

    def _facts(self, now: float) -> Iterator[str]:
        """Yield what is known, what is wanted most first: time left, what was there, money, accuracy, pace."""
        new, seconds = self._done - self._first, now - self._started
        if new > 0 and seconds > 0 and self._done < self._total:
            yield f"about {_lasting(seconds / new * (self._total - self._done))} left"
        if self._first > 0 and self._unit == "replies":  # which are no calls of those that were announced
            yield f"{self._first:,} kept from before"
        if self._limits is not None and self._limits.usd:
            yield f"${self._limits.usd:,.2f} spent"
        if accuracy := self._accuracy():
            yield accuracy
        if new > 0 and seconds > 0:
            yield _pace(new / seconds)

    def _accuracy(self) -> str:
        """Return the accuracy at the most shots that have a few items with a score; empty where none has.

        Several replies to an item count as one: the interval is that of so many items.
        """
        enough = [shots for shots, by_item in self._scores.items() if len(by_item) >= _FEWEST]
        if not enough:
            return ""
        import numpy as np

        from curvefit.curves.intervals import share_interval
        from curvefit.report.wording import counted

        shots = max(enough)
        means = np.array([sum(scores) / len(scores) for scores in self._scores[shots].values()])
        n = np.array(float(len(means)))
        low, high = share_interval(means.mean(), n, n - 1, _LEVEL)
        right = f"{100 * means.mean():.0f}% right ({100 * low:.0f} to {100 * high:.0f})"
        return f"{right} at {counted(shots, 'shot')} so far"


def _lasting(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 60 else f"{max(1, round(seconds / 60)):,} min"


def _pace(each_second: float) -> str:
    return f"{each_second:,.0f}/s" if each_second >= 2 else f"{60 * each_second:.0f}/min"


def _width(text: str) -> int:
    """Return how many columns a terminal takes for a text: two for each sign of East Asian width, none for marks."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, most: int) -> str:
    while _width(text) > most:
        text = text[:-1]
    return text
