"""The trend of a curve in words. Lives here: what it is, and of an open one what it leans to and how surely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from curvefit.curves.verdict import Verdict
from curvefit.report.wording import capital, chance_of, counted

__all__ = ["chances", "leaning_sentence", "trend_phrase", "trend_with_chance"]

_LIKELY: Final = 2 / 3  # from which a leaning is called probable; below, the other chances are named beside it
_PHRASES: Final = {"rising": "still rising", "plateau": "a plateau", "flat": "flat", "falling": "falling"}
# What leaves a verdict open although the forecast is sure: it knows no falls, and not how unseen labels are learned.
_UNFORESEEN: Final = {"see-fall": "perhaps falling", "past-classes": "level so far"}


def trend_phrase(verdict: Verdict) -> str:
    """Return the trend in a few words: ``still rising``; of an open verdict, ``probably still rising``."""
    if verdict.trend != "inconclusive":
        return _PHRASES[verdict.trend]
    how = "probably" if verdict.probability >= _LIKELY else "perhaps"
    return _UNFORESEEN.get(_open_question(verdict)) or f"{how} {_PHRASES[verdict.leaning]}"


def trend_with_chance(verdict: Verdict) -> str:
    """Return the same, of an open verdict with its probability: ``probably still rising (88%)``."""
    if verdict.trend != "inconclusive" or _open_question(verdict) in _UNFORESEEN:
        return trend_phrase(verdict)
    return f"{trend_phrase(verdict)} ({chance_of(verdict.probability)})"


def leaning_sentence(verdict: Verdict, last: int) -> str:
    """Return what an open verdict leans to: ``Probably still rising at 64 shots: 88%.``

    Below two thirds the other chances follow in brackets.

    `last` is the largest number of shots measured.
    """
    here, question = counted(last, "shot"), _open_question(verdict)
    values: Mapping[str, Any] = {} if verdict.to_settle is None else verdict.to_settle.values
    if question == "see-fall":
        return f"Accuracy may be falling: it was higher at {counted(values['peak'], 'shot')}."
    if question == "past-classes":
        return f"Level so far, up to {here}. It may still rise once all {values['classes']} labels have been shown."
    others = "" if verdict.probability >= _LIKELY else f" ({_others(verdict)})"
    return f"{capital(trend_phrase(verdict))} at {here}: {chance_of(verdict.probability)}{others}."


def chances(verdict: Verdict) -> str:
    """Return all three chances: ``still rising 88%, level 10%, falling 2%``."""
    return ", ".join(f"{name} {chance_of(p)}" for name, p in _named(verdict).items())


def _others(verdict: Verdict) -> str:
    leaning = {"rising": "still rising", "falling": "falling"}.get(verdict.leaning, "level")
    return ", ".join(f"{name} {chance_of(p)}" for name, p in _named(verdict).items() if name != leaning)


def _named(verdict: Verdict) -> dict[str, float]:
    of = verdict.probabilities
    return {"still rising": of.more, "level": of.within, "falling": of.less}


def _open_question(verdict: Verdict) -> str:
    return "" if verdict.to_settle is None else verdict.to_settle.code
