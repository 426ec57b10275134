"""A next step in words, with what it takes. Lives here: calls, money, time and chance as one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from curvefit.curves.reason import Reason
from curvefit.decision.next_steps import MEASURES_MORE, NextStep
from curvefit.report.sentences import sentence
from curvefit.report.wording import capital, chance_of, counted
from curvefit.training.weights import INSTALL, available
from curvefit.trials.spending_limits import whole_cents

__all__ = ["IN_SHORT", "about", "effort_text", "lasting", "needs_install", "step_sentence", "step_text"]

_MORE_EXAMPLES = "that this settles whether more examples help"
_CHANCE_OF = {
    "probe": "that this settles whether fine-tuning gains accuracy",
    "probe-elsewhere": "that this settles whether fine-tuning gains accuracy",
    "more-items": "that this settles whether fine-tuning gains accuracy",
    "small-run": "that this settles whether fine-tuning gains accuracy",
}
# Few words for each step, without numbers.
IN_SHORT: Final = {
    "same-again": "finish the measurement",
    "raise-reply-tokens": "raise --reply-tokens",
    "mend-judge": "replace the judge",
    "constrain": "fix the format",
    "retrieve-facts": "look facts up",
    "rework-prompt": "rework the prompt",
    "improve-prompt": "improve the instruction",
    "show-similar": "show similar examples",
    "add-examples": "try more examples",
    "fewer-examples": "show fewer examples",
    "ship": "keep the prompt",
    "use-classifier": "try a plain classifier",
    "see-errors": "look at what it gets wrong",
    "measure-retrieved": "try similar examples",
    **dict.fromkeys(MEASURES_MORE, "measure more"),
    "not-in-reach": "do not measure this curve further",
    "more-items": "score more items",
    "narrow-ranges": "narrow down the costs",
    "state-error-usd": "state what a mistake costs",
    **dict.fromkeys(("probe", "probe-elsewhere", "small-run"), "try a small fine-tuning"),
    "fine-tune": "fine-tune",
    "ship-fine-tuned": "ship the fine-tuned model",
}


def step_text(step: NextStep) -> str:
    """Return what a step is, what it takes, and the chance that it settles anything, as far as these are known."""
    return " ".join(filter(None, (step_sentence(step), effort_text(step))))


def step_sentence(step: Reason) -> str:
    """Return what a step is, and what its command needs that is not installed here."""
    return " ".join(filter(None, (sentence(step), needs_install(step))))


def needs_install(step: Reason) -> str:
    """Say what to install before a step's command, where that is not here; else nothing."""
    return f"Install what that needs first: {INSTALL}." if step.code == "probe" and not available() else ""


def effort_text(step: NextStep, named: str = "It") -> str:
    """Return what a step takes, and the chance that it settles anything; empty where neither is known."""
    takes = list(_takes(step))
    *others, last = takes or [""]
    takes_all = f"{', '.join(others)} and {last}" if others else last
    chance = ""
    if step.chance is not None and step.code != "not-in-reach":
        known = chance_of(step.chance)
        chance = f"the chance {_CHANCE_OF.get(step.code, _MORE_EXAMPLES)} is {known}"
        if step.code == "measure-retrieved":  # the same for every study
            chance = f"similar examples did better in {known} of cases elsewhere"
    said = "; ".join(part for part in (f"{named} takes {about(step)} {takes_all}" if takes_all else "", chance) if part)
    return f"{capital(said)}." if said else ""


def about(step: NextStep) -> str:
    """Return the word before what a step takes: a run that a cap ended may have had looks to come, not counted then."""
    whole = "most_usd" in step.values or "similar" in step.values
    return "about" if whole or step.code != "same-again" else "at least"


def _takes(step: NextStep) -> Iterator[str]:
    if step.calls:
        yield counted(step.calls, "call")
    most = step.values.get("most_usd")
    if step.usd and isinstance(most, float) and f"{most:.2f}" != f"{step.usd:.2f}":
        yield f"${step.usd:,.2f} to ${whole_cents(most):,.2f}"  # as the cap of its command
    elif step.usd:
        yield "a cent" if step.usd < 0.015 else f"${step.usd:,.2f}"
    if step.minutes is not None and (step.minutes >= 0.5 or not step.calls):
        yield lasting(step.minutes)


def lasting(minutes: float) -> str:
    """Return how long something takes, as people say it."""
    if minutes < 1:
        return "a minute"
    if minutes < 90:
        return counted(round(minutes), "minute")
    return f"{minutes / 60:.1f} hours"
