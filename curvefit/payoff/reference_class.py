"""What a predicted payoff rests on. Lives here: its comparable cases, and whether they decide anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final, Literal

from curvefit.curves.reason import Reason
from curvefit.payoff.comparison import without_optimism
from curvefit.payoff.evidence import Unit, evidence, group_of
from curvefit.payoff.predictor import Payoff, Probed

__all__ = [
    "PUBLISHED_PAIRS",
    "Decision",
    "LowScores",
    "Reference",
    "decides",
    "low_scores",
    "reference",
    "rests_on",
    "surely",
]

PUBLISHED_PAIRS: Final = 67  # of a prompted and a fine-tuned accuracy, on which the rule of thumb was tried
_FEW: Final = (10, 4)  # cases and sources below which evidence is thin: one paper's habits would carry it
_SURE: Final = 0.8  # chance of paying, or of not paying, from which a prediction may change what is advised
_HARD: Final = 0.15  # best prompt below which a task may be beyond the model; chosen with 24 own units in view

Decision = Literal["pays", "does not pay", "open"]


@dataclass(frozen=True, slots=True)
class Reference:
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
        Cases of other sorts, which count as far as sorts are alike.
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
        return len(self.units) < _FEW[0] or self.sources < _FEW[1]


def _elsewhere(payoff: Payoff) -> list[Unit]:
    """Return the cases of the evidence that are not of the very task."""
    return [unit for unit in evidence() if not payoff.task or unit.task != payoff.task]


def reference(payoff: Payoff) -> Reference:
    """Return the cases a prediction names, with their figures."""
    known = {unit.name: unit for unit in _elsewhere(payoff)}
    units = tuple(known[name] for name in payoff.basis if name in known)
    group = group_of(payoff.kind)
    resized = tuple(unit for unit in known.values() if group and unit.group == group and unit not in units)
    return Reference(
        units=units,
        sources=len({unit.source for unit in units}),
        paid=sum(unit.paid(payoff.margin) for unit in units),
        resized=resized,
        resized_paid=sum(unit.paid(payoff.margin) for unit in resized),
        others=len(known) - len(units) - len(resized),
    )


def decides(payoff: Payoff) -> Decision:
    """Whether a prediction is sure enough, and rests on enough, to change what is advised.

    Enough is many cases, or one: that very model, seen to gain when fine-tuned on as many examples or fewer, or not to
    when fine-tuned on as many or more.
    """
    own = [probe for probe in payoff.probes if probe.of(payoff.model)]
    seen = any(
        (probe.n_train <= payoff.n_train and probe.gain.low > payoff.margin)
        or (probe.n_train >= payoff.n_train and without_optimism(probe.gain, probe.optimism).high <= payoff.margin)
        for probe in own
    )
    if (reference(payoff).thin and not seen) or not surely(payoff):
        return "open"
    return "pays" if payoff.probability >= _SURE else "does not pay"


def surely(payoff: Payoff) -> bool:
    """Whether the chance of paying is far enough from one half to decide by, whatever it rests on."""
    return not 1 - _SURE < payoff.probability < _SURE


@dataclass(frozen=True, slots=True)
class LowScores:
    """How fine-tuning went where the best prompt scored next to nothing: much room, or a task beyond the model.

    The prediction takes room for something to gain. No number of it rests on this: it is for the reader to weigh.

    Attributes
    ----------
    below : float
        Best prompted accuracy up to which a score counts as that.
    cases, paid : int
        Measured cases below it, and in how many of them fine-tuning paid.
    others, others_paid : int
        The same of all others.
    """

    below: float
    cases: int
    paid: int
    others: int
    others_paid: int


def low_scores(payoff: Payoff, best: float) -> LowScores | None:
    """Return how such cases went where the best prompt scored as little as `best`; None where that is not little."""
    if best >= _HARD:
        return None
    known = _elsewhere(payoff)
    hard = [unit.paid(payoff.margin) for unit in known if unit.best_prompted < _HARD]
    rest = [unit.paid(payoff.margin) for unit in known if unit.best_prompted >= _HARD]
    return LowScores(_HARD, len(hard), sum(hard), len(rest), sum(rest))


def rests_on(payoff: Payoff) -> tuple[Reason, ...]:
    """Return what is predicted, how wide that is where it is, and what it rests on.

    Codes, with their values:

    - ``predicted-payoff``: ``gain``, ``probability``, ``n_train``, ``margin``.
    - ``wide-interval``: it holds losses as well as gains worth having; ``decision``: what is decided all the same.
    - ``perfect-score``: the likeliest outcomes would be more than that; it is cut off there.
    - ``measured-cases``: counts of `Reference`: ``cases``, ``sources``, ``paid``, ``thin`` (0 or 1), ``resized``,
      ``resized_paid``, ``resized_tiny`` (0 or 1), ``others``.
    - ``extrapolated``: ``end``, the fewest or most examples of any case; it is asked about ``n_train``.
    - ``probed``: ``model`` fine-tuned on ``n_train`` examples gained ``gain``; it is asked about ``wanted``; ``own``: 1
      where it is the very model. ``probe-lead``: training on ``n`` gave ``gain`` over showing them.
    - ``unsorted-kind``: cases are not sorted by this ``kind``.
    - ``rule-says``: values of `RuleOfThumb`, and on how many published ``pairs`` it was tried.
    - ``rule-silent``: it needs two numbers of shots.
    """
    gain, cases, end = payoff.gain, reference(payoff), _extrapolated(payoff)
    reasons = [
        Reason("predicted-payoff", {
            "gain": gain, "probability": payoff.probability, "n_train": payoff.n_train, "margin": payoff.margin,
        }),
    ]  # fmt: skip
    if gain.low < 0 and gain.high > payoff.margin:
        reasons.append(Reason("wide-interval", {"decision": decides(payoff)}))
    if 0 <= gain.value == gain.high:
        reasons.append(Reason("perfect-score"))
    reasons.append(
        Reason("measured-cases", {
            "cases": len(cases.units), "sources": cases.sources, "paid": cases.paid, "thin": int(cases.thin),
            "resized": len(cases.resized), "resized_paid": cases.resized_paid,
            "resized_tiny": int(any(unit.tiny for unit in cases.resized)), "others": cases.others,
        })
    )  # fmt: skip
    if end is not None:
        reasons.append(Reason("extrapolated", {"end": end, "n_train": payoff.n_train}))
    for probe in payoff.probes:
        reasons += _of_probe(probe, payoff)
    if not group_of(payoff.kind):
        reasons.append(Reason("unsorted-kind", {"kind": payoff.kind}))
    reasons.append(
        Reason("rule-silent")
        if payoff.rule is None
        else Reason("rule-says", {**asdict(payoff.rule), "pairs": PUBLISHED_PAIRS})
    )
    return tuple(reasons)


def _of_probe(probe: Probed, payoff: Payoff) -> Iterator[Reason]:
    own = int(probe.of(payoff.model))
    yield Reason("probed", {
        "model": probe.model, "n_train": probe.n_train, "gain": probe.gain, "wanted": payoff.n_train, "own": own,
    })  # fmt: skip
    if lead := probe.lead(payoff.model, payoff.n_train):
        yield Reason("probe-lead", {"n": lead.n, "gain": lead.gain})


def _extrapolated(payoff: Payoff) -> int | None:
    """Return the fewest or most examples of any case, where it is asked about fewer or more; else None."""
    sizes = [unit.n_train for unit in evidence() if math.isfinite(unit.n_train)]
    sizes += [probe.n_train for probe in payoff.probes]
    if not sizes or min(sizes) <= payoff.n_train <= max(sizes):
        return None
    return int(min(sizes) if payoff.n_train < min(sizes) else max(sizes))
