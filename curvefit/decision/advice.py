"""The one thing to do next. Lives here: a table from what was measured to an action; nothing is measured.

The order of the table is the practitioners': examples known to be better chosen, a reply that can be read, knowledge by
retrieval, an eval that can decide, examples in the prompt, and only then training. What a plateau says about training
is less than they hope, so every action that leans on the curve's shape carries `RULE_OF_THUMB`. The predicted payoff
decides only where training is next in that order, and it is sure and rests on enough cases.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.reasons import beside_constant
from curvefit.curves.verdict import Verdict
from curvefit.curves.words import counted, sure, with_interval
from curvefit.payoff.comparison import flattered
from curvefit.payoff.predictor import Payoff
from curvefit.payoff.reference_class import beyond, decides, expected, to_find_out, to_train

__all__ = [
    "READABLE",
    "RETRIEVING",
    "RULE_OF_THUMB",
    "Advice",
    "AdviceInputs",
    "advise",
]


@dataclass(frozen=True, slots=True)
class AdviceInputs:
    """What advice may look at.

    Attributes
    ----------
    kind : str
        The task's kind.
    points, choice : tuple of Point
        Accuracy of the free reply, and of the constrained choice (empty where not measured).
    parse_rate : tuple of float
        Share of readable replies per point; NaN where unknown.
    verdict : Verdict
        The curve's.
    payoff : Payoff or None
        What fine-tuning is predicted to add.
    retrieved : tuple of Point
        Accuracy with the examples most similar to each item; empty where not measured.
    lead : Estimate or None
        How far the best of these is ahead of the best of `points`, on the same items; None where it is not.
    over_constant : Estimate or None
        How far the best prompt is above the commonest answer, given to everything; None where that is not known.
    tried : int
        How many prompts the best was picked from.
    luck : float
        By how much accuracy the best of all prompts is flattered, since it was picked on the items it is scored on; NaN
        where there are no single scores.
    pool : int or None
        Examples the task has to learn from; None where it cannot be asked again, its scores being another tool's.
    """

    kind: str
    points: tuple[Point, ...]
    choice: tuple[Point, ...]
    parse_rate: tuple[float, ...]
    verdict: Verdict
    payoff: Payoff | None = None
    retrieved: tuple[Point, ...] = ()
    lead: Estimate | None = None
    over_constant: Estimate | None = None
    tried: int = 1
    luck: float = 0.0
    pool: int | None = None

    @property
    def best(self) -> int:
        """Position of the best of `points`."""
        return max(range(len(self.points)), key=lambda i: self.points[i].accuracy.value)

    @property
    def nearest(self) -> Point:
        """The best of `retrieved`."""
        return max(self.retrieved, key=lambda point: point.accuracy.value)

    @property
    def ship(self) -> Point:
        """The best prompt of either sort: of `retrieved` where that is ahead, however little."""
        return self.points[self.best] if self.lead is None else self.nearest


RULE_OF_THUMB: Final = (
    "The rule of thumb (still rising: fine-tune; plateau: don't) predicted whether fine-tuning paid no better than a"
    " coin on 67 published pairs: AUC 0.47, 95% interval 0.29 to 0.64."
)
RETRIEVING: Final = "add --retrieved 1,4,16 to your curvefit run"
READABLE: Final = 0.95  # below this parse rate, format is the first thing to mend
_HIGH: Final = 0.85  # best prompted accuracy from which fine-tuning paid in 3 of 8 published cases


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next, and what it rests on.

    Attributes
    ----------
    action : str
        ``measure-more``, ``mend-format``, ``retrieve``, ``retrieve-examples``, ``add-examples``,
        ``use-fewer-examples``, ``keep-prompting`` or ``try-fine-tuning``.
    reasons : tuple of str
        One sentence each, with its numbers.
    next_step : str
        What to do, in one sentence.
    training : "pays", "does not pay" or "open"
        What is known of fine-tuning, over the best prompt.

    Examples
    --------
    >>> cf.analyze(cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)).advice.action
    'measure-more'
    """

    __module__ = "curvefit"

    action: str
    reasons: tuple[str, ...]
    next_step: str
    training: Literal["pays", "does not pay", "open"] = "open"


def _similar(e: AdviceInputs, to: str = "each input") -> str:
    shots = e.nearest.shots
    return f"the {'example' if shots == 1 else f'{shots} examples'} most similar to {to}"


def _retrieving(e: AdviceInputs) -> str:
    """Return how to have examples chosen by similarity, where the task can be asked again."""
    return "" if e.pool is None else f" ({RETRIEVING})"


def _high(e: AdviceInputs) -> bool:
    earned = e.over_constant is None or e.over_constant.low > 0
    return earned and e.ship.accuracy.value >= _HIGH


def _no_room(e: AdviceInputs) -> bool:
    """Whether nothing is left for a gain above the margin."""
    a = e.ship.accuracy
    return _high(e) and a.low >= _HIGH and a.value >= 1 - e.verdict.margin


def _retrieval_leads(e: AdviceInputs) -> bool:
    """Whether choosing examples by similarity is known to be better, by more than the margin."""
    return e.lead is not None and e.lead.low > 0 and e.lead.value > e.verdict.margin


def _training(e: AdviceInputs) -> tuple[str, ...]:
    """Return what is known of fine-tuning: the prediction where there is one."""
    return () if e.payoff is None else expected(e.payoff)


def _decided(e: AdviceInputs) -> Literal["pays", "does not pay", "open"]:
    if _no_room(e):
        return "does not pay"
    return "open" if e.payoff is None else decides(e.payoff)


def _format_costs(e: AdviceInputs) -> bool:
    """Whether replies go unread and reading them would help: made to choose, a model may be as wrong as before."""
    unread = e.parse_rate[e.best] < READABLE
    return unread and (
        not e.choice or e.choice[e.best].accuracy.value - e.points[e.best].accuracy.value > e.verdict.margin
    )


def _at_best(e: AdviceInputs) -> str:
    a = e.ship.accuracy
    chosen = f"at {counted(e.ship.shots, 'shot')}" if e.lead is None else f"with {_similar(e)}"
    said = (
        f"The best prompted accuracy is {a.value:.0%} ({sure(a.level)} interval {a.low:.0%} to {a.high:.0%}), {chosen}."
    )
    if e.retrieved and e.lead is None:
        near = e.nearest
        said += f" Examples chosen by similarity come to {near.accuracy.value:.0%}, at {near.shots}."
    hard = () if e.payoff is None else beyond(e.payoff, a.value)
    return " ".join((said, *_picked(e), *beside_constant(a, e.over_constant), *hard))


def _picked(e: AdviceInputs) -> list[str]:
    """Say that the interval is of a prompt that was picked for its score, where that makes it look better."""
    if not flattered(e.tried, e.luck):
        return []
    by = "" if math.isnan(e.luck) else f" by about {100 * e.luck:.1f} points"
    return [f"It is the best of {e.tried} prompts on these very items, which flatters it and its interval{by}."]


def _mend_format(e: AdviceInputs) -> Advice:
    share = f"{1 - e.parse_rate[e.best]:.0%}"
    unread = f"At {counted(e.points[e.best].shots, 'shot')} {share} of replies could not be read."
    constrained = (
        f" Made to choose among the labels, the model is right {e.choice[e.best].accuracy.value:.0%} of the time."
        if e.choice
        else ""
    )
    return Advice(
        "mend-format",
        (_at_best(e), unread + constrained, "Format errors hide as wrong answers, and need no training to mend."),
        "Constrain the reply (a grammar, structured output, a stricter instruction) and measure again.",
    )


def _retrieve(e: AdviceInputs) -> Advice:
    return Advice(
        "retrieve",
        (
            _at_best(e),
            "Examples do not teach facts. On published knowledge tasks fine-tuning led from 6% to 24%, retrieval 65%.",
        ),
        "Put the facts in the prompt by retrieval, then measure again.",
    )


def _retrieve_examples(e: AdviceInputs) -> Advice:
    drawn, lead = e.points[e.best], e.lead
    assert lead is not None  # noqa: S101 - the rule says so
    ahead = f"That is {with_interval(lead)} over the best examples at random, {drawn.shots} of them."
    return Advice(
        "retrieve-examples",
        (_at_best(e), ahead, *_training(e), RULE_OF_THUMB),
        f"Show each input {_similar(e, 'it')}; {_to_beat(e)}",
    )


def _to_beat(e: AdviceInputs) -> str:
    """Say what a better prompt is to training, and what is known of that."""
    if _no_room(e):
        return "that leaves fine-tuning no room to gain more than the margin."
    said = "that is the number fine-tuning has to beat."
    if e.payoff is None or _decided(e) == "does not pay":
        return said
    if _decided(e) == "pays":
        return f"{said} It may: {to_train(e.payoff, e.pool)}"
    return f"{said} Whether it does is open; what tells is {to_find_out(e.payoff, e.pool)}"


def _add_examples(e: AdviceInputs) -> Advice:
    more = f"Going to {counted(e.verdict.horizon, 'shot')} is forecast to add {with_interval(e.verdict.gain_left)}."
    return Advice(
        "add-examples",
        (_at_best(e), more, *_training(e), RULE_OF_THUMB),
        f"Put more examples in the prompt as far as context and cost allow; {_to_beat(e)}",
    )


def _use_fewer(e: AdviceInputs) -> Advice:
    most = counted(e.points[e.best].shots, "example")
    similar = "" if e.retrieved else f", or choose them by similarity to the input{_retrieving(e)}"
    return Advice(
        "use-fewer-examples",
        (_at_best(e), f"At random, accuracy falls with more than {most}.", *_training(e), RULE_OF_THUMB),
        (f"Prompt with {most}{similar}" if e.lead is None else f"Prompt with {_similar(e)}{_cheaper(e)}")
        + f"; {_to_beat(e)}",
    )


def _keep_prompting(e: AdviceInputs) -> Advice:
    return Advice(
        "keep-prompting",
        (
            _at_best(e),
            "Where prompting reached 85%, fine-tuning paid in 3 of 8 published cases; below 70% it paid in 76%.",
            *_training(e),
            RULE_OF_THUMB,
        ),
        f"Ship the prompt with {counted(e.ship.shots, 'example') if e.lead is None else _similar(e)}{_cheaper(e)};"
        " look at what it still gets wrong.",
    )


def _cheaper(e: AdviceInputs) -> str:
    """Name the fewest shots at random that measured within the margin of the best: less to send, or no search."""
    best = e.ship.accuracy.value
    enough = next((p for p in e.points if best - p.accuracy.value <= e.verdict.margin), None)
    if enough is None or enough is e.ship:
        return ""
    chosen = f"with {enough.shots}{'' if e.lead is None else ' at random'}" if enough.shots else "without examples"
    short = 100 * (best - enough.accuracy.value)
    return f", or {chosen}, which measured {short:.1f} points below, within the margin"


def _prompt_on(e: AdviceInputs) -> Advice:
    similar = "" if e.retrieved else f", choose examples by similarity{_retrieving(e)}"
    return Advice(
        "keep-prompting",
        (_at_best(e), "More examples in the prompt will not close the gap.", *_training(e), RULE_OF_THUMB),
        f"Work on the instruction{similar}, try a bigger model: fine-tuning is unlikely to add more than the margin.",
    )


def _try_fine_tuning(e: AdviceInputs) -> Advice:
    similar = "" if e.retrieved else f", examples chosen by similarity{_retrieving(e)}"
    first = f"First the instruction{similar} and a bigger model"
    if e.payoff is None:
        then = "then a small fine-tuning run on the same items."
    elif _decided(e) == "pays":
        then = f"then {to_train(e.payoff, e.pool)}"
    else:
        then = f"then {to_find_out(e.payoff, e.pool)}"
    said = "More examples in the prompt will not close the gap."
    return Advice("try-fine-tuning", (_at_best(e), said, *_training(e), RULE_OF_THUMB), f"{first}; {then}")


def _measure_more(e: AdviceInputs) -> Advice:
    # Neither the prompt to beat nor whether training pays hangs much on the curve's shape: they need not wait for it.
    steps = [e.verdict.reasons[-1] if e.verdict.reasons else "Measure more items."]
    if not e.retrieved:
        steps.append(f"The examples most similar to each input are often the better prompt{_retrieving(e)}")
    if e.payoff is not None and _decided(e) != "does not pay":
        known = "Fine-tuning likely pays" if _decided(e) == "pays" else "Whether fine-tuning pays is open too"
        small = "try a small run" if e.pool is None else "curvefit probe TASK tries it on a small model"
        tried = to_train(e.payoff, e.pool) if e.payoff.probes else small
        steps.append(f"{known}, which hangs little on this curve: {tried}")
    return Advice("measure-more", (_at_best(e), *_training(e)), ". ".join(step.rstrip(".") for step in steps) + ".")


# First rule that holds decides.
_RULES: Final[Sequence[tuple[Callable[[AdviceInputs], bool], Callable[[AdviceInputs], Advice]]]] = (
    (_retrieval_leads, _retrieve_examples),
    (_format_costs, _mend_format),
    (lambda e: "knowledge" in e.kind.lower() and e.verdict.trend == "flat" and not _high(e), _retrieve),
    (_no_room, _keep_prompting),
    (lambda e: e.verdict.trend == "inconclusive", _measure_more),
    (lambda e: e.verdict.trend == "rising", _add_examples),
    (lambda e: e.verdict.trend == "falling", _use_fewer),
    (lambda e: _high(e) and _decided(e) != "pays", _keep_prompting),
    (lambda e: _decided(e) == "does not pay", _prompt_on),
    (lambda e: True, _try_fine_tuning),
)


def advise(found: AdviceInputs) -> Advice:
    """Return the one thing to do next."""
    advice = next(make(found) for holds, make in _RULES if holds(found))
    return replace(advice, training=_decided(found))
