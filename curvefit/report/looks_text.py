"""Measuring in looks, in words. Lives here: how it goes on after a look, and how it ended; nothing is concluded."""

from __future__ import annotations

from curvefit.curves.group_sequential import InterimAnalysis, Looks
from curvefit.report.wording import chance_of, sure

__all__ = ["looks_sentence", "prospect_sentence"]


def prospect_sentence(number: int, of: int, prospect: InterimAnalysis) -> str:
    """Return how it goes on after a look that left the verdict open."""
    doubt = "; accuracy may be falling" if prospect.may_be_falling else ""
    shots = ", ".join(map(str, prospect.shots))
    return (
        f"look {number} of {of}: not clear yet{doubt}; measuring on at {shots} shots, with a chance of"
        f" {chance_of(prospect.chance)} that it becomes clear"
    )


def looks_sentence(looks: Looks) -> str:
    """Return how measuring in looks ended, and why its intervals are as wide as they are."""
    chance = (
        ""
        if looks.chance is None
        else f", since all of it would settle it with a chance of only {chance_of(looks.chance)}"
    )
    ended = {
        "settled": "the curve was clear",
        "given-up": f"given up{chance}",
        "stopped": "a cap was reached",
        "complete": "the last one",
    }[looks.outcome]
    return (
        f"Measuring ended at look {looks.number} of {looks.of}: {ended}. Each look is another chance to be fooled by"
        f" luck, so the intervals are wider: {sure(looks.level)}."
    )
