"""Amounts with their intervals in words. Lives here: dollars, months and calls, to as many digits as are known."""

from __future__ import annotations

import math
from typing import Final

from curvefit.curves.curve import Estimate
from curvefit.report.wording import dollars

__all__ = ["after_months", "amount", "from_calls", "in_steps", "in_three_digits", "step_of"]

_YEAR: Final = 12.0
_DECADE: Final = 120.0
_NO_CENTS: Final = 10.0  # dollars between the ends of an interval, from which they say nothing
_DAYS: Final = 1.5  # months up to which time is said in days
_MONTH: Final = 30  # days
_TWO_YEARS: Final = 24.0  # from which it is in years


def in_steps(usd: float, step: float) -> str:
    """Say dollars, in whole steps; exactly where there is none."""
    usd = round(usd / step) * step if step else usd
    size = f"${abs(usd):,.0f}" if step >= 1 else dollars(abs(usd))
    return f"−{size}" if usd < 0 else size


def step_of(*estimates: Estimate) -> float:
    """Return to what amounts are rounded: three digits of the largest, more where less is open; 0 for none.

    No cents where ten dollars are open.
    """
    low, high = min(each.low for each in estimates), max(each.high for each in estimates)
    if all(each.low == each.high for each in estimates):
        return 0.0
    largest = max(abs(low), abs(high))
    step = min(10.0 ** (math.floor(math.log10(largest)) - 2), 10.0 ** (math.floor(math.log10(high - low)) - 1))
    return float(max(step, 1.0) if high - low >= _NO_CENTS else step)


def in_three_digits(usd: float) -> str:
    """Say dollars of which no more than three digits are known."""
    return in_steps(usd, 10.0 ** (math.floor(math.log10(usd)) - 2)) if usd > 0 else dollars(usd)


def amount(estimate: Estimate) -> str:
    """Return dollars with their interval, rounded to what is known; exactly where there is no interval."""
    step = step_of(estimate)
    value, low, high = (in_steps(usd, step) for usd in (estimate.value, estimate.low, estimate.high))
    return value if value == low == high else f"{value} ({low} to {high})"


def after_months(months: Estimate) -> str:
    """Say after which time: ``after 4 months (3 to 6 months)``."""
    low, value, high = ("never" if math.isinf(end) else _time(end) for end in (months.low, months.value, months.high))
    if math.isinf(months.value):
        return "never" if math.isinf(months.low) else f"{_after(low)} at best, or never"
    if low == high:
        return _after(value)
    if math.isinf(months.high):
        return f"{_after(value)}, or never" if low == value else f"{_after(value)} ({low} at best), or never"
    return f"{_after(value)} ({high} at worst)" if value == _DAY else f"{_after(value)} ({_from_to(low, high)})"


_DAY: Final = "a day"


def _after(time: str) -> str:
    return f"within {time}" if time == _DAY else f"after {time}"


def _from_to(low: str, high: str) -> str:
    """Return both ends of a time, with their unit once where it is the same."""
    number, *unit = low.split()
    same = unit == high.split()[1:] and number[0].isdigit()
    return f"{number if same else low} to {high}"


def _time(months: float) -> str:
    """Return a time in days, then in whole months, then in years; one over a year is not rounded to it."""
    if months >= _DECADE:
        return "more than 10 years"
    if months > _TWO_YEARS:
        return f"{months / _YEAR:.1f}".removesuffix(".0") + " years"
    if months >= _DAYS:
        over = "just over " if months > _YEAR and round(months) == _YEAR else ""
        return f"{over}{months:.0f} months"
    days = round(30 * months)
    return _DAY if 30 * months <= 1 else "a month" if days == _MONTH else f"{max(2, days)} days"


def from_calls(calls: Estimate) -> str:
    """Say from how many calls a month on: ``above 12,000 calls a month (9,000 to 20,000)``."""
    low, value, high = (_count(end, calls) for end in (calls.low, calls.value, calls.high))
    if math.isinf(calls.low):
        return "at no number of calls"
    if math.isinf(calls.value):
        return f"at best {f'above {low} calls a month' if calls.low else _ANY}, and most likely never"
    if not calls.value:
        return _ANY if calls.low == calls.high else f"{_ANY}, or never"
    if calls.low == calls.high:
        return f"above {value} calls a month"
    if math.isinf(calls.high):
        best = "" if low == value else f" ({low} at best)"
        return f"above {value} calls a month{best}, or never"
    return f"above {value} calls a month ({low} to {high})"


_ANY: Final = "at any number of calls"


def _count(calls: float, of: Estimate) -> str:
    """Say a number of calls: three digits of it where it is not known exactly."""
    return f"{calls:,.0f}" if of.low == of.high or not 0 < calls < math.inf else f"{float(f'{calls:.3g}'):,.0f}"
