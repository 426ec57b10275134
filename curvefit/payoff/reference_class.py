"""The reference class of a predicted payoff. Lives here: its comparable cases, and whether they suffice to decide."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

from curvefit.curves.curve import Estimate
from curvefit.curves.reason import Reason, Value
from curvefit.payoff.comparison import SURE, SURE_NOT, Decision, decision_on
from curvefit.payoff.evidence import Unit, evidence, prompt_share
from curvefit.payoff.predictor import AS_MANY, Payoff, Probed
from curvefit.payoff.stand_in import pairs
from curvefit.task_kinds import group_of

__all__ = [
    "FEWEST_ITEMS",
    "PUBLISHED_PAIRS",
    "ReferenceClass",
    "ScoreSplit",
    "are_few_items",
    "deciding_reason",
    "decision_by_items",
    "high_scores",
    "is_sure",
    "low_scores",
    "missing_evidence",
    "payoff_reasons",
    "reference_class",
    "training_decision",
]

PUBLISHED_PAIRS: Final = 67  # of a prompted and a fine-tuned accuracy, on which the rule of thumb was tried
_FEW: Final = (10, 4)  # cases and sources below which evidence is thin: a single paper would dominate it
FEWEST_ITEMS: Final = 20  # below which the accuracy of a classifier or a probe shows too little to decide by
_HARD: Final = 0.15  # best prompt below which a task may be beyond the model; chosen with 24 own units in view


@dataclass(frozen=True, slots=True)
class ReferenceClass:
    """The measured cases a prediction rests on.

    Attributes
    ----------
    units : tuple of Unit
        Those of the same sort of task.
    sources : int
        Who measured them.
    paid : int
        In how many of them fine-tuning gained more than the margin.
    resized : tuple of Unit
        Those of the same sort of task with tiny models where these are larger, or larger where these are tiny. They
        count less.
    resized_paid : int
        In how many of those it did.
    others : int
        Cases of other sorts of task, which count less.
    """

    units: tuple[Unit, ...]
    sources: int
    paid: int
    resized: tuple[Unit, ...]
    resized_paid: int
    others: int

    @property
    def thin(self) -> bool:
        """Whether there are too few to change what is advised."""
        return are_few(self.units)


def are_few(cases: Sequence[Unit]) -> bool:
    """Whether cases of the same sort are too few, or of too few sources, to decide by."""
    return len(cases) < _FEW[0] or len({unit.source for unit in cases}) < _FEW[1]


def are_few_items(items: int | None) -> bool:
    """Whether so many items are too few to decide by; not where nobody knows how many."""
    return items is not None and items < FEWEST_ITEMS


def decision_by_items(seen: Estimate, fair: Estimate, margin: float, items: int | None) -> Decision:
    """Return whether training pays by what it gained on so many items: as seen, and fairly, without optimism.

    On few it is open unless the interval as seen leaves out a loss, or, where it does not pay, the fair one a gain
    above the margin.
    """
    decision = decision_on(fair, margin)
    leaves_out = seen.low > 0 if decision == "pays" else fair.high <= margin
    return "open" if are_few_items(items) and not leaves_out else decision


def _units_of_other_tasks(task: str) -> list[Unit]:
    """Return the cases of the evidence that are not of the very task, where it has a name."""
    return [unit for unit in evidence() if not task or unit.task != task]


def reference_class(payoff: Payoff) -> ReferenceClass:
    """Return the cases a prediction names, with their figures."""
    by_name = {unit.name: unit for unit in _units_of_other_tasks(payoff.task)}
    units = tuple(by_name[name] for name in payoff.basis if name in by_name)
    group = group_of(payoff.kind)
    resized = tuple(unit for unit in by_name.values() if group and unit.group == group and unit not in units)
    return ReferenceClass(
        units=units,
        sources=len({unit.source for unit in units}),
        paid=sum(unit.paid(payoff.margin) for unit in units),
        resized=resized,
        resized_paid=sum(unit.paid(payoff.margin) for unit in resized),
        others=len(by_name) - len(units) - len(resized),
    )


def training_decision(payoff: Payoff) -> Decision:
    """Return whether fine-tuning pays, where a prediction is sure enough and has enough cases; else "open".

    What a classifier learned from the very examples is enough, where it was scored on enough items. One case is enough
    where it is of the very model, and decides by itself: it pays fine-tuned on as many examples or fewer, or does not
    fine-tuned on nearly as many or more. Scored on few items, its interval has to say so, and where no probe's does,
    nothing decides. Where no prompt with examples was measured, nothing is said to pay: such a prompt may give as much.
    """
    if not is_sure(payoff) or missing_evidence(payoff):
        return "open"
    return "pays" if payoff.probability >= SURE else "does not pay"


def leaning_on_training(payoff: Payoff) -> Decision:
    """Return what is probable of fine-tuning where it is open: a sure prediction that rests on too few cases alone.

    Three of four such predictions came true (`reports/rules.md`). That it pays is not said of a prompt
    without examples, for another prompt may give as much.
    """
    if not is_sure(payoff) or missing_evidence(payoff) != "cases":
        return "open"
    if payoff.probability <= SURE_NOT:
        return "does not pay"
    return "open" if payoff.zero_shot_only else "pays"


def missing_evidence(payoff: Payoff) -> Literal["", "items", "cases", "prompt"]:
    """Return what a prediction rests on too little of to decide by, however sure it is; empty where on enough.

    Items that a classifier or the probes were scored on, measured cases of the same sort, or a measured prompt with
    examples. Half as many items are enough where the interval, which counts how few they are, has no gain above the
    margin.
    """
    if not _deciding(payoff):
        if payoff.stand_in is not None:
            if _are_too_few([payoff.stand_in.items], payoff):
                return "items"
        elif payoff.probes and all(_shows_too_little(probe, payoff) for probe in payoff.probes):
            if _are_too_few([probe.items for probe in payoff.probes], payoff):
                return "items"
        elif reference_class(payoff).thin:
            return "cases"
    return "prompt" if payoff.zero_shot_only and payoff.probability >= SURE else ""


def deciding_reason(payoff: Payoff, best: float) -> Reason:
    """Return what decides whether fine-tuning pays, where that is not open; the best prompt scored `best`.

    Codes, with their values:

    - ``probe-decides``: the very model fine-tuned on ``n_train`` examples gained ``gain``; ``pays``: 1 where that pays;
      ``surely``: 1 where the interval leaves out a loss, or, where it does not pay, a gain above the margin;
      ``items``: that was measured on so many (None: unknown).
    - ``classifier-decides``: one trained on ``n_train`` examples reaches ``classifier``.
    - ``cases-decide``: fine-tuning ``paid`` in so many of ``cases``. Where `best` is a low score (see `low_scores`),
      also how many of them were below that ``limit``, ``low``, and in how many of those it paid, ``low_paid``.
    """
    if own := _deciding(payoff):
        gain, pays = own[-1].gain_without_optimism, payoff.probability >= SURE
        surely = gain.low > 0 if pays else gain.high <= payoff.margin
        return Reason("probe-decides", {
            "n_train": own[-1].n_train, "gain": gain, "pays": int(pays), "surely": int(surely),
            "items": own[-1].items,
        })  # fmt: skip
    if payoff.stand_in is not None:
        return Reason("classifier-decides", {
            "n_train": payoff.n_train, "classifier": payoff.stand_in.classifier,
            "measured": int(payoff.stand_in.measured),
        })  # fmt: skip
    cases = reference_class(payoff)
    found: dict[str, Value] = {"cases": len(cases.units), "paid": cases.paid}
    if best < _HARD:
        low = [unit.paid(payoff.margin) for unit in cases.units if unit.best_prompted < _HARD]
        found |= {"limit": _HARD, "low": len(low), "low_paid": sum(low)}
    return Reason("cases-decide", found)


def _deciding(payoff: Payoff) -> list[Probed]:
    """Return the probes of the very model that decide by themselves."""
    return [probe for probe in payoff.probes if probe.is_of(payoff.model) and _decides(probe, payoff)]


def _decides(probe: Probed, payoff: Payoff) -> bool:
    """Whether a fine-tuning of the very model decides by itself, and what it shows holds for a prediction's size."""
    decision = _decision_of(probe, payoff)
    if decision == "pays":
        return probe.n_train <= payoff.n_train
    return decision == "does not pay" and probe.n_train >= AS_MANY * payoff.n_train


def _decision_of(probe: Probed, payoff: Payoff) -> Decision:
    return decision_by_items(probe.gain, probe.gain_without_optimism, payoff.margin, probe.items)


def _are_too_few(items: Sequence[int | None], payoff: Payoff) -> bool:
    """Whether so many items are too few to decide by, also where they leave no gain that is worth having."""
    known = [count for count in items if count is not None]
    rules_out = payoff.gain.high < payoff.margin and 2 * min(known, default=FEWEST_ITEMS) >= FEWEST_ITEMS
    return all(map(are_few_items, known)) and not rules_out


def _shows_too_little(probe: Probed, payoff: Payoff) -> bool:
    """Whether a probe on few items moves a prediction to where its own interval does not go."""
    predicted = "pays" if payoff.probability >= SURE else "does not pay"
    return are_few_items(probe.items) and _decision_of(probe, payoff) != predicted


def is_sure(payoff: Payoff) -> bool:
    """Whether the chance of a gain above the margin is far enough from one half to decide by, however few the cases."""
    return not SURE_NOT < payoff.probability < SURE


@dataclass(frozen=True, slots=True)
class ScoreSplit:
    """How fine-tuning went where the best prompt scored on one side of a limit, and in all other cases.

    The prediction knows the room that a score leaves, and not these counts: they are for the reader to weigh.

    Attributes
    ----------
    limit : float
        A best prompted accuracy.
    cases, paid : int
        Measured cases on the one side of it, and in how many of them fine-tuning paid.
    others, others_paid : int
        The same of all others.
    """

    limit: float
    cases: int
    paid: int
    others: int
    others_paid: int


def low_scores(payoff: Payoff, best: float) -> ScoreSplit | None:
    """Return how such cases went where the best prompt scored as little as `best`; None where that is not little.

    Next to nothing is much room, or a task beyond the model.
    """
    if best >= _HARD:
        return None
    rest, hard = _paid_by_score(_HARD, payoff.margin, payoff.task)
    return ScoreSplit(_HARD, len(hard), sum(hard), len(rest), sum(rest))


def high_scores(limit: float, margin: float, task: str = "") -> ScoreSplit:
    """Return how cases went whose best prompt scored `limit` or more, but for those of the very task."""
    high, rest = _paid_by_score(limit, margin, task)
    return ScoreSplit(limit, len(high), sum(high), len(rest), sum(rest))


def _paid_by_score(limit: float, margin: float, task: str) -> tuple[list[bool], list[bool]]:
    """Return whether fine-tuning paid in each case from a score on, and in each below it."""
    units = _units_of_other_tasks(task)
    above, below = ([unit for unit in units if (unit.best_prompted >= limit) is side] for side in (True, False))
    return [unit.paid(margin) for unit in above], [unit.paid(margin) for unit in below]


def payoff_reasons(payoff: Payoff) -> tuple[Reason, ...]:
    """Return the prediction as reasons: its interval, its cases and its probes.

    Codes, with their values:

    - ``predicted-payoff``: ``gain``, ``probability``, ``n_train``, ``margin``.
    - ``zero-shot-only``: no prompt with examples was measured; of what fine-tuning gained over such a prompt elsewhere,
      one with examples gained ``share`` too.
    - ``wide-interval``: it holds losses as well as gains worth having; ``decision``: what is decided all the same.
    - ``perfect-score``: the likeliest outcomes would be more than that; it is cut off there.
    - ``stand-in``, in the place of ``measured-cases``: values of `StandIn` (``larger``, ``measured``: 0 or 1), and
      ``n_train``; ``fine_tuned`` is `Payoff.fine_tuned`.
    - ``measured-cases``: counts of `ReferenceClass`: ``cases``, ``sources``, ``paid``, ``thin`` (0 or 1; 0 where a
      probe decides), ``resized``, ``resized_paid``, ``resized_tiny`` (0 or 1), ``others``.
    - ``extrapolated``: ``end``, the fewest or most examples of any case; it is predicted for ``n_train``.
    - ``probed``: ``model`` fine-tuned on ``n_train`` examples gained ``gain``; it is predicted for ``wanted``;
      ``own``: 1 where it is the very model; ``stand_in``: 1 where a classifier is beside it. ``from-probe``, where that
      is not what is ``predicted``: the parts of `FromProbe`, and ``prompted``. ``probe-lead``: training on ``n`` gave
      ``gain`` over showing them.
    - ``unsorted-kind``: cases are not sorted by this ``kind``.
    - ``rule-says``: values of `RuleOfThumb`, and on how many published ``pairs`` it was tried.
    - ``rule-silent``: it needs two numbers of shots.
    """
    gain, end = payoff.gain, _extrapolated(payoff)
    reasons = [
        Reason("predicted-payoff", {
            "gain": gain, "probability": payoff.probability, "n_train": payoff.n_train, "margin": payoff.margin,
        }),
    ]  # fmt: skip
    if payoff.zero_shot_only:
        reasons.append(Reason("zero-shot-only", {"share": prompt_share(_units_of_other_tasks(payoff.task))}))
    if gain.low < 0 and gain.high > payoff.margin:
        reasons.append(Reason("wide-interval", {"decision": training_decision(payoff)}))
    if 0 <= gain.value == gain.high:
        reasons.append(Reason("perfect-score"))
    reasons.append(_rests_on(payoff))
    if end is not None:
        reasons.append(Reason("extrapolated", {"end": end, "n_train": payoff.n_train}))
    for probe in payoff.probes:
        reasons += _probe_reasons(probe, payoff)
    if not group_of(payoff.kind):
        reasons.append(Reason("unsorted-kind", {"kind": payoff.kind}))
    reasons.append(
        Reason("rule-silent")
        if payoff.rule is None
        else Reason("rule-says", {**asdict(payoff.rule), "pairs": PUBLISHED_PAIRS})
    )
    return tuple(reasons)


def _rests_on(payoff: Payoff) -> Reason:
    """Return what a prediction rests on besides probes: a classifier, or the measured cases."""
    if (stand_in := payoff.stand_in) is not None:
        return Reason("stand-in", {
            "classifier": stand_in.classifier, "fine_tuned": payoff.fine_tuned or stand_in.fine_tuned,
            "n_train": payoff.n_train,
            "pairs": stand_in.pairs, "data_sets": stand_in.data_sets, "larger": int(stand_in.larger),
            "measured": int(stand_in.measured),
        })  # fmt: skip
    cases = reference_class(payoff)
    return Reason("measured-cases", {
        "cases": len(cases.units), "sources": cases.sources, "paid": cases.paid,
        "thin": int(cases.thin and not _deciding(payoff)),
        "resized": len(cases.resized), "resized_paid": cases.resized_paid,
        "resized_tiny": int(any(unit.tiny for unit in cases.resized)), "others": cases.others,
    })  # fmt: skip


def _probe_reasons(probe: Probed, payoff: Payoff) -> Iterator[Reason]:
    own = int(probe.is_of(payoff.model))
    yield Reason("probed", {
        "model": probe.model, "n_train": probe.n_train, "gain": probe.gain_without_optimism,
        "wanted": payoff.n_train, "own": own, "stand_in": int(payoff.stand_in is not None),
    })  # fmt: skip
    path = payoff.from_probe
    if path is not None and path.probe == probe and path.why is not None:
        yield Reason("from-probe", {
            "cases": path.cases, "prompt": path.prompt, "examples": path.examples,
            "gain": probe.gain_without_optimism, "predicted": payoff.gain.value,
            "n_train": probe.n_train, "wanted": payoff.n_train, "prompted": payoff.prompted,
        })  # fmt: skip
    if lead := probe.lead(payoff.model, payoff.n_train):
        yield Reason("probe-lead", {"n": lead.n, "gain": lead.gain})


def _extrapolated(payoff: Payoff) -> int | None:
    """Return the fewest or most examples of any case, where the prediction is for fewer or more; else None."""
    known = evidence() if payoff.stand_in is None else pairs()
    sizes = [case.n_train for case in known if math.isfinite(case.n_train)]
    sizes += [probe.n_train for probe in payoff.probes]
    if not sizes or min(sizes) <= payoff.n_train <= max(sizes):
        return None
    return int(min(sizes) if payoff.n_train < min(sizes) else max(sizes))
