"""Forms of numbers, names and lines. Lives here: what all sentences and summaries share; no sentence is made."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable

from curvefit.curves.curve import Estimate, Point
from curvefit.payoff.comparison import SURE, SURE_NOT

__all__ = [
    "accuracy_line",
    "accuracy_text",
    "best_of",
    "bullets",
    "capital",
    "chance_line",
    "chance_of",
    "change_cell",
    "change_line",
    "change_text",
    "counted",
    "dollars",
    "draws_text",
    "factor",
    "hanging",
    "in_points",
    "margin_text",
    "percent",
    "points_of",
    "points_span",
    "price_range",
    "span",
    "sure",
    "with_interval",
    "wrapped",
]


def percent(value: float) -> str:
    """Return an accuracy or rate in percent; a dash where it is not known."""
    return "–" if math.isnan(value) else f"{100 * value:.0f}%"


def span(e: Estimate) -> str:
    """Return the interval of an accuracy: ``65% to 77%``."""
    return f"{percent(e.low)} to {percent(e.high)}"


def accuracy_text(e: Estimate) -> str:
    """Return an accuracy with its interval: ``71% (65% to 77%)``."""
    return f"{percent(e.value)} ({span(e)})"


def in_points(value: float) -> str:
    """Return a difference of accuracies in percentage points, with its sign."""
    return f"{round(100 * value, 1) + 0.0:+.1f}".replace("-", "−")  # no −0.0


def margin_text(share: float) -> str:
    """Return a share that somebody stated, in points and in all its digits: ``1 point``, ``0.25 points``."""
    number = f"{100 * share:g}"
    return f"{number} point{'' if number == '1' else 's'}"


def points_of(share: float) -> str:
    """Return a share in points: ``6.9 points``, ``1 point``."""
    number = f"{100 * share:.1f}".removesuffix(".0")
    return f"{number} point{'' if number == '1' else 's'}"


def points_span(e: Estimate) -> str:
    """Return the interval of a difference of accuracies: ``−1.0 to +7.0``."""
    return f"{in_points(e.low)} to {in_points(e.high)}"


def change_text(e: Estimate) -> str:
    """Return a difference of accuracies with its interval: ``+3.0 points (−1.0 to +7.0)``."""
    return f"{in_points(e.value)} points ({points_span(e)})"


def change_cell(e: Estimate) -> str:
    """Return the same without a unit, as a cell of a table has it."""
    return f"{in_points(e.value)} ({points_span(e)})"


def sure(level: float) -> str:
    """Return a level of confidence in percent, as exact as it has to be: ``90%``, ``98.8%``, ``99.98%``."""
    miss = 100 * (1 - level)
    return f"{100 - float(f'{miss:.{3 if miss >= 10 else 2}g}'):g}%"


def with_interval(e: Estimate) -> str:
    """Return a difference of accuracies with its interval: ``+3.0 points (90% interval −1.0 to +7.0)``."""
    return f"{in_points(e.value)} points ({sure(e.level)} interval {points_span(e)})"


def capital(text: str) -> str:
    """Return a text that begins a sentence."""
    return f"{text[:1].upper()}{text[1:]}"


def counted(count: int, noun: str) -> str:
    """Return so many of something: ``1 example``, ``1,200 examples``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def factor(times: float) -> str:
    """Return how many times as much, in two digits that count: ``0.25``, ``1.4``, ``1,200``."""
    rounded = float(f"{times:.2g}")
    decimals = max(0, 1 - math.floor(math.log10(rounded))) if rounded else 0
    return f"{rounded:,.{decimals}f}"


def best_of(models: int) -> str:
    """Return what a measurement of the best of so many models is corrected for; of one, nothing."""
    return "" if models == 1 else f"corrected for being the best of {models:,} models"


def accuracy_line(name: str, accuracy: Estimate, note: str) -> str:
    """Return an accuracy, with its interval, as one of the lines of numbers that a summary shows."""
    return _number_line(name, percent(accuracy.value), span(accuracy), note)


def change_line(name: str, change: Estimate, note: str) -> str:
    """Return a difference of accuracies, in points, as such a line."""
    return _number_line(name, in_points(change.value), points_span(change), note)


def chance_line(chance: float, note: str) -> str:
    """Return a probability that belongs to the line before it, as such a line without name and interval."""
    number = chance_of(chance).replace("over ", ">").replace("under ", "<")
    return f"  {'':<14}{number:>6}  {note}"


def chance_of(share: float) -> str:
    """Return a probability found by sampling: no more is known than that it is rare or common.

    One that leaves a decision open is not rounded to one that decides it: of 79.6%, said as 80%, that seems wrong.
    """
    if SURE_NOT < share < SURE:
        share = min(max(share, SURE_NOT + 0.01), SURE - 0.01)
    return "under 1%" if share < 0.01 else "over 99%" if share > 0.99 else percent(share)


def _number_line(name: str, number: str, interval: str, note: str) -> str:
    return f"  {name:<14}{number:>6}  ({interval}) {note}"


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Return a text as lines of so many characters, 40 at least; behind a ``!`` or ``·`` they hang below its text."""
    hang = indent + ("  " if text[:2] in ("! ", "· ") else "")
    return textwrap.wrap(text, max(width, 40), initial_indent=indent, subsequent_indent=hang, break_long_words=False,
                         break_on_hyphens=False)  # fmt: skip


def hanging(text: str, width: int, indent: int) -> list[str]:
    """Return a text as it is, or, where that is longer than a line, as lines: what follows hangs so far in."""
    return textwrap.wrap(
        text, max(width, 40), subsequent_indent=" " * min(indent, width // 2), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def bullets(texts: Iterable[str], width: int, sign: str = "·") -> list[str]:
    """Return texts as wrapped lines, each text behind a sign: ``!`` for a warning."""
    return [line for text in texts for line in wrapped(f"{sign} {text}", width, "  ")]


def dollars(usd: float) -> str:
    """Return a price with two digits that say something; a dash where it is not known."""
    if math.isnan(usd):
        return "–"
    usd = usd + 0.0  # no −0
    return f"${usd:,.2f}" if usd >= 1 or not usd else f"${usd:.{1 - math.floor(math.log10(usd))}f}"


def draws_text(point: Point, *, once: bool = False) -> str:
    """Return how many draws a point has: one where all draws share a reply (`once`), a dash where it is not known.

    Where not each of its items has a score in each draw, also how many there are: ``3 (160 scored)``.
    """
    if once or not point.n_draws:
        return "1" if point.n_draws else "–"
    whole = point.n_scores in (0, point.n_items * point.n_draws)
    return f"{point.n_draws}" + ("" if whole else f" ({point.n_scores:,} scored)")


def price_range(low: float, high: float) -> str:
    """Say an amount of dollars, or both ends of it."""
    return dollars(low) if low == high else f"{dollars(low)} to {dollars(high)}"
