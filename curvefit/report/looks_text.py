"""Measuring in looks, in words. Lives here: how it goes on after a look, and how it ended; nothing is concluded."""

from __future__ import annotations

from curvefit.curves.group_sequential import InterimAnalysis, Looks
from curvefit.report.wording import percent, sure

__all__ = ["looks_sentence", "prospect_sentence"]


def prospect_sentence(number: int, of: int, prospect: InterimAnalysis) -> str:
    """Return how it goes on after a look that left the verdict open."""
    doubt = "; accuracy may be falling" if prospect.may_be_falling else ""
    shots = ", ".join(map(str, prospect.shots))
    return (
        f"look {number} of {of}: open; all of it would settle it with a chance of {percent(prospect.chance)}{doubt};"
        f" going on with {shots} shots"
    )


def looks_sentence(looks: Looks) -> str:
    """Return how measuring in looks ended, and why its intervals are as wide as they are."""
    chance = (
        "" if looks.chance is None else f", since all of it would settle it with a chance of {percent(looks.chance)}"
    )
    ended = {
        "settled": "settled",
        "given-up": f"given up{chance}",
        "stopped": "stopped",
        "complete": "all that tells was measured",
    }[looks.outcome]
    return (
        f"Look {looks.number} of {looks.of}: {ended}. Intervals are {sure(looks.level)}, so that several looks together"
        " keep to the level asked for."
    )
