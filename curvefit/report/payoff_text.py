"""What fine-tuning is predicted to add, in words. Lives here: sentences with their numbers; nothing is predicted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from curvefit.curves.curve import Estimate
from curvefit.decision.best_prompt import Prompt
from curvefit.payoff.comparison import optimism_matters, without_optimism
from curvefit.payoff.evidence import GROUPS, group_of
from curvefit.payoff.predictor import Payoff, Probed, RuleOfThumb
from curvefit.payoff.reference_class import Reference, decides, extrapolated, reference
from curvefit.payoff.track_record import ENOUGH, TrackRecord
from curvefit.report.wording import clean, counted, in_points, percent, with_interval
from curvefit.study import Study

__all__ = ["UNRETRIEVED", "examples_in", "of_optimism", "payoff_sentences", "rule_sentence", "track_sentence"]

# What is said of an interval that holds both losses and gains worth having.
_WIDE: Final = {
    "pays": "The interval holds losses too: it may turn out otherwise.",
    "does not pay": "The interval holds gains worth having too: it may turn out otherwise.",
    "open": "The interval holds losses as well as gains worth having: by itself it decides nothing.",
}

UNRETRIEVED: Final = (
    "The best prompt was looked for among random examples alone. Those most similar to each input may do better:"
    " add --retrieved 1,4,16 to your curvefit run"
)


def payoff_sentences(study: Study) -> tuple[str, ...]:
    """Return what is predicted of fine-tuning, what that rests on and what the rule of thumb says, a sentence each."""
    payoff, curve = study.payoff, study.curve
    if payoff is None:
        lacks = [
            *(() if curve.kind else ("the kind of task (curvefit fit --kind)",)),
            *(() if study.n_train or curve.pool else ("how many examples there are (--n-train)",)),
        ]
        return (f"What fine-tuning would add is not predicted: {' and '.join(lacks)} would have to be known.",)
    gain = payoff.gain
    first = (
        f"Fine-tuning on {counted(payoff.n_train, 'example')} is predicted to change the best prompted accuracy by"
        f" {with_interval(gain)}; the chance of more than {100 * payoff.margin:g} points is"
        f" {100 * payoff.probability:.0f}%."
    )
    wide = (_WIDE[decides(payoff)],) if gain.low < 0 and gain.high > payoff.margin else ()
    return (
        first,
        *wide,
        *_ceiling(payoff),
        _reference(reference(payoff)),
        *_far(payoff),
        *(text for probe in payoff.probes for text in _of_probe(probe, payoff)),
        *_unsorted(curve.kind),
        rule_sentence(payoff.rule),
    )


def rule_sentence(rule: RuleOfThumb | None) -> str:
    """Return what the rule of thumb says, and how often it has been right where it said so."""
    if rule is None:
        return "The rule of thumb needs two numbers of shots."
    state, do = ("still rising", "fine-tune") if rule.rises else ("no longer rising", "do not fine-tune")
    sort = "of this sort" if rule.alike else "of all sorts"
    record = f"of the {counted(rule.cases, 'case')} {sort} in which it said so it has been right in {rule.right}"
    if not rule.cases:
        record = f"in no case {sort} has it said so"
    return (
        f"The rule of thumb says: {state} (the last doubling, whatever its error: {in_points(rule.doubling)} points),"
        f" so {do}; {record}."
    )


def examples_in(prompt: Prompt) -> str:
    """Return which examples a prompt shows."""
    count = prompt.point.shots
    if prompt.retrieved:
        return "the most similar example" if count == 1 else f"the {count} most similar examples"
    return counted(count, "example")


def of_optimism(study: Study, gain: Estimate, optimism: float, of: str = "") -> tuple[str, ...]:
    """Say that the best of several prompts was picked by its score, where that does anything to a gain over it.

    `of` says which change is meant, where there are several.
    """
    tried, best = study.curve.tried, study.best
    if not optimism_matters(tried, optimism):
        return ()
    picked = f"The best of {tried} prompts was picked on the items it is scored on, and looks better than it is"
    smoothed = percent(best.forecast.at(best.point.shots).value)
    if math.isnan(optimism):
        return (f"{picked}: the curve through those of its sort puts it at {smoothed}.",)
    return (
        f"{picked} by about {100 * optimism:.1f} points (resampled); the curve through those of its sort puts it at"
        f" {smoothed}. Corrected for that, the change{of} is {with_interval(without_optimism(gain, optimism))}.",
    )


def track_sentence(record: TrackRecord) -> str:
    """Return what the predictions made for one user come to."""
    tasks = counted(record.tasks, "task")
    return {
        "too few": f"{tasks}: too few to tell how well the predictions do for you, which takes about {ENOUGH}.",
        "better": f"Over {tasks} the predictions tell more than the base rate does.",
        "worse": f"Over {tasks} the predictions tell less than the base rate does: do not go by them.",
        "open": f"Over {tasks} it cannot be told whether the predictions are better than the base rate.",
    }[record.outcome]


def _reference(r: Reference) -> str:
    if r.units:
        thin = ": thin evidence" if r.thin else ""
        text = (
            f"That rests on {counted(len(r.units), 'measured case')} of this sort, from {counted(r.sources, 'source')},"
            f" of which {r.paid} paid{thin}."
        )
    elif r.resized:
        text = "No measured case of this sort is of a model of this size: thin evidence."
    else:
        text = f"No measured case is of this sort: that rests on {r.others} of other sorts alone, thin evidence."
    if r.resized:
        size = "more than half a billion parameters"
        if r.resized[0].tiny:
            size = "fewer than half a billion parameters (this one is taken to have more)"
        text += (
            f" Of {counted(len(r.resized), 'other')} with models of {size}, which count less, {r.resized_paid} paid."
        )
    return text


def _ceiling(payoff: Payoff) -> Iterator[str]:
    """Say that a prediction is cut off where the likeliest outcomes would be more than a perfect score."""
    if 0 <= payoff.gain.value == payoff.gain.high:
        yield "That is a perfect score, all the room the best prompt leaves: the prediction is cut off there."


def _far(payoff: Payoff) -> Iterator[str]:
    """Say that so few or so many examples are in none of the cases."""
    if (end := extrapolated(payoff)) is not None:
        side = "fewer" if payoff.n_train < end else "more"
        yield (
            f"No case it rests on whose number is known was fine-tuned on {side} than {counted(end, 'example')}: this"
            " is extrapolated."
        )


def _of_probe(probe: Probed, payoff: Payoff) -> Iterator[str]:
    counts = "that counts with them, as far as models on one task are alike"
    if probe.n_train != payoff.n_train:
        counts += f", less as it was trained on {'fewer' if probe.n_train < payoff.n_train else 'more'}"
    if probe.of(payoff.model) and probe.n_train == payoff.n_train:
        counts = "that is what was asked, measured, and to be believed before the prediction"
    yield (
        f"Fine-tuned on {counted(probe.n_train, 'example')} of this very task, {clean(probe.model, longest=200)}"
        f" changed by {with_interval(probe.gain)} over its own best prompt: {counts}."
    )
    if lead := probe.lead(payoff.model, payoff.n_train):
        yield (
            f"Trained on {lead.n} it changed by {with_interval(lead.gain)} over as many in its prompt: that counts by"
            " as much as it has told of the gains of tiny models."
        )


def _unsorted(kind: str) -> tuple[str, ...]:
    """Say which kinds cases are sorted by, where a task's is none of them."""
    if group_of(kind):
        return ()
    known = [name for names in GROUPS.values() for name in names]
    near = get_close_matches(kind.strip().lower(), known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else f": {', '.join(known)}."
    return (f"{clean(kind)!r} is none of the kinds of task that cases are sorted by{meant}",)
