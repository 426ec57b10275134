"""What fine-tuning is predicted to add, in words. Lives here: sentences with their numbers; nothing is predicted."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from curvefit.curves.curve import Estimate
from curvefit.curves.reason import Reason
from curvefit.decision.best_prompt import Prompt
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.payoff.comparison import Decision, optimism_matters, without_optimism
from curvefit.payoff.reference_class import deciding_reason, payoff_reasons
from curvefit.payoff.track_record import ENOUGH, TrackRecord
from curvefit.report.sentences import sentence
from curvefit.report.wording import change_line, counted, in_points, percent, with_interval
from curvefit.study import Study
from curvefit.workflows.prompt_and_weights import Together

__all__ = [
    "UNTIL",
    "advice_reasons",
    "examples_in",
    "examples_shown",
    "gain_line",
    "of_optimism",
    "over_best",
    "over_lucky",
    "payoff_sentences",
    "track_sentence",
    "unretrieved",
]

_UNRETRIEVED: Final = (
    "Only random examples were tried in prompts. Those most similar to each input may do better: add --retrieved 1,4,16"
    " to your curvefit run."
)


# Why no gain is named, and what has to be done first.
UNTIL: Final = {
    "mend-judge": ("Not known: the judge may do no better than chance.", "Replace the judge first."),
    # Most of what training would gain is the format.
    "mend-format": ("Not judged while replies cannot be read.", "Fix the format first."),
}


def payoff_sentences(study: Study) -> tuple[str, ...]:
    """Return what is predicted of fine-tuning, what that rests on, and what the rule of thumb says, a sentence each."""
    if study.best_validated is None and (first := UNTIL.get(study.advice.action)) is not None:
        return (" ".join(first),)
    if study.payoff is not None:
        reasons = payoff_reasons(study.payoff)
        before = () if study.best_validated is None else ("Predicted before that was measured:",)
        return (*before, *map(sentence, reasons))
    if study.curve.mostly_cut_off:
        return ("What fine-tuning would add is not predicted: most replies were cut off.",)
    lacks = {"lacks_kind": int(not study.curve.kind), "lacks_n_train": int(not (study.n_train or study.curve.pool))}
    return (sentence(Reason("not-predicted", lacks)),)


def unretrieved(study: Study, decision: Decision, *, decides: bool) -> tuple[str, ...]:
    """Say that the most similar examples were not tried.

    That decides (`decides`) where training paid: the better prompt may do as well for nothing, and did in most
    measured units. Where it did not pay, or that is open, nobody would train either way, and it is only to be known.
    """
    return () if study.retrieved or (decision == "pays") != decides else (_UNRETRIEVED,)


def advice_reasons(study: Study) -> tuple[Reason, ...]:
    """Return what the advice rests on, without what `payoff_sentences` says more fully of the same study.

    Where a prediction decides whether fine-tuning pays, what decides that prediction stands in its place.
    """
    return tuple(_of_best(reason, study) for each in study.advice.reasons for reason in _in_short(each, study))


def _in_short(reason: Reason, study: Study) -> tuple[Reason, ...]:
    payoff = study.payoff
    if payoff is None or reason.code not in ("predicted-payoff", "rule-of-thumb"):
        return (reason,)
    no_room = any(each.code == "no-room" for each in study.advice.reasons)
    decides = reason.code == "predicted-payoff" and study.advice.training != "open" and not no_room
    return (deciding_reason(payoff, study.best.accuracy.value),) if decides else ()


def _of_best(reason: Reason, study: Study) -> Reason:
    """Return what is said of the best prompt, of the same one as elsewhere: of several never right advice takes any."""
    best = study.best.point
    if reason.code != "best-prompt" or best.accuracy.value:
        return reason
    return replace(reason, values={**reason.values, "accuracy": study.best.accuracy, "shots": best.shots})


def examples_in(prompt: Prompt | CheaperPrompt | Together) -> str:
    """Return which examples a prompt shows."""
    return examples_shown(prompt.point.shots, retrieved=prompt.retrieved)


def scored_part(study: Study, prompt: Prompt | CheaperPrompt) -> str:
    """Say on how many of its items a prompt was scored, where a spending limit left some out; else nothing."""
    curve = (study.curve.retrieved if prompt.retrieved else None) or study.curve
    share = dict(zip(curve.shots[curve.observed].tolist(), curve.answered.tolist(), strict=True))[prompt.point.shots]
    if not study.curve.stopped or share == 1:
        return ""
    return f", on {prompt.point.n_items:,} of {round(prompt.point.n_items / share):,} items"


def examples_shown(count: int, *, retrieved: bool) -> str:
    """Return which examples are shown."""
    if retrieved:
        return "the most similar example" if count == 1 else f"the {count} most similar examples"
    return counted(count, "example") if count else "no examples"


def of_optimism(study: Study, gain: Estimate, optimism: float, of: str = "") -> tuple[str, ...]:
    """Say that the best of several prompts was picked by its score, where that does anything to a gain over it.

    `of` says which change is meant, where there are several.
    """
    tried, best = study.curve.tried, study.best
    if not optimism_matters(tried, optimism):
        return ()
    picked = f"The best of {tried} prompts was picked by its score on these very items, so it looks better than it is"
    smoothed = percent(best.forecast.at(best.point.shots).value)
    if math.isnan(optimism):
        return (f"{picked}: the fitted curve puts it at {smoothed}.",)
    return (
        f"{picked}, by about {100 * optimism:.1f} points (estimated by resampling); the fitted curve puts it at"
        f" {smoothed}. Corrected for that, the gain{of} is {with_interval(without_optimism(gain, optimism))}.",
    )


def gain_line(tried: int, gain: Estimate, best: float, optimism: float) -> str:
    """Return a gain over the best of prompts tried as a line of a summary, without its optimism where that matters.

    `best` is what it scored.
    """
    if math.isnan(optimism) or not optimism_matters(tried, optimism):
        return change_line("gain", gain, "points over the best prompt")
    fair = percent(max(best - optimism, 0.0))
    return change_line("gain", without_optimism(gain, optimism), f"points over {fair}, the best prompt without luck")


def over_best(gain: Estimate, optimism: float, best: float) -> str:
    """Return what a gain over the best prompt is over, beside its score, where its optimism changes the gain."""
    if in_points(without_optimism(gain, optimism).value) == in_points(gain.value):
        return "over the best prompt"
    return over_lucky(max(best - optimism, 0.0), best)


def over_lucky(fair: float, best: float) -> str:
    """Return what a gain is over where the best prompt, which scored `best`, counts as a `fair` accuracy."""
    return f"over the best prompt, counted as {100 * fair:.1f}%: some of its {100 * best:.1f}% is luck of the pick"


def track_sentence(record: TrackRecord) -> str:
    """Return what the predictions made for one user come to."""
    tasks = counted(record.tasks, "task")
    return {
        "too few": f"{tasks}: too few to tell how good the predictions are for you, which takes about {ENOUGH}.",
        "better": f"Over {tasks} the predictions are better than the base rate.",
        "worse": f"Over {tasks} the predictions are worse than the base rate: do not go by them.",
        "open": f"Over {tasks} it is not clear whether the predictions are better than the base rate.",
    }[record.outcome]
