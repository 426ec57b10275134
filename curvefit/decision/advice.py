"""The one thing to do next. Lives here: a table from what was measured to an action; nothing is measured.

The order of the table is the practitioners': examples known to be better chosen, a reply that can be read, knowledge by
retrieval, an eval that can decide, examples in the prompt, and only then training. What a plateau says about training
is less than they hope, so every action that leans on the curve's shape carries the record of that rule of thumb. The
predicted payoff decides only where training is next in that order, and it is sure and rests on enough cases.

Codes of reasons, with their values:

- ``best-prompt``: ``accuracy``, ``shots``, ``selection`` (``random`` or ``retrieved``); ``retrieved_accuracy`` and
  ``retrieved_shots`` where retrieved examples were measured and are not ahead.
- ``picked``: the best of ``tried`` prompts on these very items, which looks better by ``optimism`` (None: not known).
- ``constant``: ``accuracy`` is not clearly ``over`` that of the commonest answer, given to everything.
- ``low-score``: how such cases went; the values of `curvefit.payoff.reference_class.LowScores`.
- ``unreadable``: at ``shots`` a ``share`` of replies could not be read; ``choice``: accuracy of the constrained choice.
- ``facts``: what published knowledge tasks gained ``fine_tuned`` and with ``retrieval``, from ``prompted``.
- ``retrieved-lead``: ``lead`` of retrieved examples over ``shots`` random ones.
- ``rise-ahead``: ``end``, ``gain``. ``fall-beyond``: ``shots``. ``prompt-spent``: no values.
- ``high-score``: from an accuracy of ``high`` on fine-tuning paid in ``paid`` of ``cases``, below ``low`` in
  ``low_share``.
- ``predicted-payoff``: ``gain``, ``probability``, ``n_train``, ``margin``.
- ``rule-of-thumb``: its ``auc`` (an Estimate) on ``pairs`` published pairs.

Codes of next steps:

- ``same-again``: a spending limit (``limit``) ended the measurement: the same command goes on.
- ``constrain``, ``retrieve-facts``, ``improve-prompt``, ``small-run``: no values.
- ``show-similar``: ``shots``. ``add-examples``: ``end``. ``fewer-examples``, ``ship``: ``shots``, ``selection``, and
  where a cheaper prompt measured within the margin ``cheaper_shots`` and ``cheaper_by``. ``see-errors``: none.
- ``measure-retrieved``: measure with the examples most similar to each item too.
- ``probe``: fine-tune a small model. ``fine-tune``: on ``n_train`` examples, of a pool of ``pool`` (None: unknown).
- those of `Verdict.to_settle`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.reason import Reason, Value
from curvefit.curves.verdict import Verdict
from curvefit.payoff.comparison import optimism_matters
from curvefit.payoff.predictor import Payoff
from curvefit.payoff.reference_class import Decision, low_scores, payoff_reasons, training_decision

__all__ = ["READABLE", "Advice", "AdviceInputs", "advise"]

READABLE: Final = 0.95  # below this parse rate, format is the first thing to mend
_HIGH: Final = 0.85  # best prompted accuracy from which fine-tuning paid in 3 of 8 published cases
# On the published pairs of a prompted and a fine-tuned accuracy: see the README of the evidence.
_RULE_OF_THUMB: Final = Reason("rule-of-thumb", {"auc": Estimate(0.47, 0.29, 0.64, 0.95), "pairs": 67})
_HIGH_SCORE: Final = Reason("high-score", {"high": _HIGH, "paid": 3, "cases": 8, "low": 0.7, "low_share": 0.76})
_FACTS: Final = Reason("facts", {"prompted": 0.06, "fine_tuned": 0.24, "retrieval": 0.65})


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
    optimism : float
        By how much the best of all prompts looks better than it is, since it was picked on the items it is scored on;
        NaN where there are no single scores.
    pool : int or None
        Examples the task has to learn from; None where it cannot be asked again, its scores being another tool's.
    stopped : str
        Which spending limit ended the measurement early; empty where none did.
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
    optimism: float = 0.0
    pool: int | None = None
    stopped: str = ""

    @property
    def best(self) -> int:
        """Position of the best of `points`."""
        return max(range(len(self.points)), key=lambda i: self.points[i].accuracy.value)

    @property
    def nearest(self) -> Point:
        """The best of `retrieved`."""
        return max(self.retrieved, key=lambda point: point.accuracy.value)

    @property
    def selection(self) -> str:
        """How the examples of the best prompt are chosen: ``random`` or ``retrieved``."""
        return "random" if self.lead is None else "retrieved"

    @property
    def ship(self) -> Point:
        """The best prompt of either sort: of `retrieved` where that is ahead, however little."""
        return self.points[self.best] if self.lead is None else self.nearest


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next, and what it rests on.

    Attributes
    ----------
    action : str
        ``measure-more``, ``mend-format``, ``retrieve``, ``retrieve-examples``, ``add-examples``,
        ``use-fewer-examples``, ``keep-prompting`` or ``try-fine-tuning``.
    reasons : tuple of Reason
        What it rests on.
    next_steps : tuple of Reason
        What to do, the first thing first.
    training : "pays", "does not pay" or "open"
        What is known of fine-tuning, over the best prompt.

    Examples
    --------
    >>> cf.analyze(cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)).advice.action
    'measure-more'
    """

    __module__ = "curvefit"

    action: str
    reasons: tuple[Reason, ...]
    next_steps: tuple[Reason, ...]
    training: Decision = "open"


def advise(inputs: AdviceInputs) -> Advice:
    """Return the one thing to do next."""
    advice = next(make(inputs) for holds, make in _RULES if holds(inputs))
    again = (Reason("same-again", {"limit": inputs.stopped}),) if inputs.stopped else ()
    return replace(advice, next_steps=again + advice.next_steps, training=_decided(inputs))


# What the rules ask.


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


def _decided(e: AdviceInputs) -> Decision:
    if _no_room(e):
        return "does not pay"
    return "open" if e.payoff is None else training_decision(e.payoff)


def _format_costs(e: AdviceInputs) -> bool:
    """Whether replies go unread and reading them would help: made to choose, a model may be as wrong as before."""
    unread = e.parse_rate[e.best] < READABLE
    return unread and (
        not e.choice or e.choice[e.best].accuracy.value - e.points[e.best].accuracy.value > e.verdict.margin
    )


# What advice rests on.


def _best_prompt(e: AdviceInputs) -> tuple[Reason, ...]:
    """Return what is known of the prompt that fine-tuning has to beat."""
    best: dict[str, Value] = {"accuracy": e.ship.accuracy, "shots": e.ship.shots, "selection": e.selection}
    if e.retrieved and e.lead is None:
        best |= {"retrieved_accuracy": e.nearest.accuracy, "retrieved_shots": e.nearest.shots}
    reasons = [Reason("best-prompt", best)]
    if optimism_matters(e.tried, e.optimism):
        reasons.append(Reason("picked", {"tried": e.tried, "optimism": None if math.isnan(e.optimism) else e.optimism}))
    if e.over_constant is not None and e.over_constant.low <= 0:
        reasons.append(Reason("constant", {"accuracy": e.ship.accuracy, "over": e.over_constant}))
    if e.payoff is not None and (low := low_scores(e.payoff, e.ship.accuracy.value)) is not None:
        reasons.append(Reason("low-score", asdict(low)))
    return tuple(reasons)


def _predicted(e: AdviceInputs) -> tuple[Reason, ...]:
    """Return what is known of fine-tuning: the prediction where there is one."""
    return () if e.payoff is None else payoff_reasons(e.payoff)[:1]


def _leaning_on_shape(e: AdviceInputs, *reasons: Reason) -> tuple[Reason, ...]:
    return (*_best_prompt(e), *reasons, *_predicted(e), _RULE_OF_THUMB)


# Steps.


def _training(e: AdviceInputs) -> tuple[Reason, ...]:
    """Return how to find out about training, or to go through with it; nothing where it is known not to pay."""
    if e.payoff is None or _decided(e) == "does not pay":
        return ()
    if _decided(e) == "open" and not e.payoff.probes:
        return (Reason("small-run") if e.pool is None else Reason("probe"),)
    return (Reason("fine-tune", {"n_train": e.payoff.n_train, "pool": e.pool}),)


def _measure_retrieved(e: AdviceInputs) -> tuple[Reason, ...]:
    return () if e.retrieved else (Reason("measure-retrieved"),)


def _prompt(code: str, e: AdviceInputs) -> Reason:
    """Return the best prompt to use, and the fewest random shots within the margin: less to send, or no search."""
    values: dict[str, Value] = {"shots": e.ship.shots, "selection": e.selection}
    best = e.ship.accuracy.value
    enough = next((p for p in e.points if best - p.accuracy.value <= e.verdict.margin), None)
    if enough is not None and enough is not e.ship:
        values |= {"cheaper_shots": enough.shots, "cheaper_by": best - enough.accuracy.value}
    return Reason(code, values)


# What each rule advises.


def _mend_format(e: AdviceInputs) -> Advice:
    choice = e.choice[e.best].accuracy.value if e.choice else None
    unread = {"shots": e.points[e.best].shots, "share": 1 - e.parse_rate[e.best], "choice": choice}
    return Advice("mend-format", (*_best_prompt(e), Reason("unreadable", unread)), (Reason("constrain"),))


def _retrieve(e: AdviceInputs) -> Advice:
    return Advice("retrieve", (*_best_prompt(e), _FACTS), (Reason("retrieve-facts"),))


def _retrieve_examples(e: AdviceInputs) -> Advice:
    lead = Reason("retrieved-lead", {"lead": e.lead, "shots": e.points[e.best].shots})
    steps = (Reason("show-similar", {"shots": e.nearest.shots}), *_training(e))
    return Advice("retrieve-examples", _leaning_on_shape(e, lead), steps)


def _add_examples(e: AdviceInputs) -> Advice:
    rise = Reason("rise-ahead", {"end": e.verdict.horizon, "gain": e.verdict.gain_left})
    steps = (Reason("add-examples", {"end": e.verdict.horizon}), *_training(e))
    return Advice("add-examples", _leaning_on_shape(e, rise), steps)


def _use_fewer(e: AdviceInputs) -> Advice:
    fall = Reason("fall-beyond", {"shots": e.points[e.best].shots})
    prompt = _prompt("fewer-examples", e)
    if e.selection == "random":  # that is the fewest as it is
        prompt = Reason("fewer-examples", {"shots": e.ship.shots, "selection": "random"})
    return Advice("use-fewer-examples", _leaning_on_shape(e, fall), (prompt, *_measure_retrieved(e), *_training(e)))


def _keep_prompting(e: AdviceInputs) -> Advice:
    return Advice("keep-prompting", _leaning_on_shape(e, _HIGH_SCORE), (_prompt("ship", e), Reason("see-errors")))


def _improve_prompt(e: AdviceInputs) -> Advice:
    steps = (Reason("improve-prompt"), *_measure_retrieved(e))
    return Advice("keep-prompting", _leaning_on_shape(e, Reason("prompt-spent")), steps)


def _try_fine_tuning(e: AdviceInputs) -> Advice:
    steps = (Reason("improve-prompt"), *_measure_retrieved(e), *(_training(e) or (Reason("small-run"),)))
    return Advice("try-fine-tuning", _leaning_on_shape(e, Reason("prompt-spent")), steps)


def _measure_more(e: AdviceInputs) -> Advice:
    # Neither the prompt to beat nor whether training pays hangs much on the curve's shape: they need not wait for it.
    settle = () if e.verdict.to_settle is None else (e.verdict.to_settle,)
    steps = (*settle, *_measure_retrieved(e), *_training(e))
    return Advice("measure-more", (*_best_prompt(e), *_predicted(e)), steps)


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
    (lambda e: _decided(e) == "does not pay", _improve_prompt),
    (lambda e: True, _try_fine_tuning),
)
