"""What a predicted payoff rests on, in words. Lives here: its comparable cases, and whether they decide anything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from curvefit.curves.words import clean, counted, with_interval
from curvefit.payoff.comparison import without_luck
from curvefit.payoff.evidence import Unit, evidence, group_of
from curvefit.payoff.predictor import Payoff, Probed

__all__ = ["Reference", "beyond", "decides", "expected", "reference", "to_find_out", "to_train"]

_FEW: Final = (10, 4)  # cases and sources below which evidence is thin: one paper's habits would carry it
_SURE: Final = 0.8  # chance of paying, or of not paying, from which a prediction may change what is advised
_HARD: Final = 0.15  # best prompt below which a task may be beyond the model; chosen with 24 own units in view

# What is said of an interval that holds both losses and gains worth having.
_WIDE: Final = {
    "pays": "The interval holds losses too: it may turn out otherwise.",
    "does not pay": "The interval holds gains worth having too: it may turn out otherwise.",
    "open": "The interval holds losses as well as gains worth having: by itself it decides nothing.",
}


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

    @property
    def sentence(self) -> str:
        """How much there is, in one sentence."""
        if self.units:
            cases, sources = counted(len(self.units), "measured case"), counted(self.sources, "source")
            thin = ": thin evidence" if self.thin else ""
            said = f"That rests on {cases} of this sort, from {sources}, of which {self.paid} paid{thin}."
        elif self.resized:
            said = "No measured case of this sort is of a model of this size: thin evidence."
        else:
            said = f"No measured case is of this sort: that rests on {self.others} of other sorts alone, thin evidence."
        if self.resized:
            size = "more than half a billion parameters"
            if self.resized[0].tiny:
                size = "fewer than half a billion parameters (this one is taken to have more)"
            said += (
                f" Of {counted(len(self.resized), 'other')} with models of {size}, which count less,"
                f" {self.resized_paid} paid."
            )
        return said


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


def decides(payoff: Payoff) -> Literal["pays", "does not pay", "open"]:
    """Whether a prediction is sure enough, and rests on enough, to change what is advised.

    Enough is many cases, or one: that very model, seen to gain when fine-tuned on as many examples or fewer, or not to
    when fine-tuned on as many or more.
    """
    own = [probe for probe in payoff.probes if probe.of(payoff.model)]
    seen = any(
        (probe.n_train <= payoff.n_train and probe.gain.low > payoff.margin)
        or (probe.n_train >= payoff.n_train and without_luck(probe.gain, probe.luck).high <= payoff.margin)
        for probe in own
    )
    if (reference(payoff).thin and not seen) or 1 - _SURE < payoff.probability < _SURE:
        return "open"
    return "pays" if payoff.probability >= _SURE else "does not pay"


def to_train(payoff: Payoff, pool: int | None) -> str:
    """Return how to fine-tune for real, and to compare; `pool` is how many examples there are, None if not here."""
    n = payoff.n_train
    examples = counted(n, "example")
    if pool is None:
        return f"fine-tune on {examples} and compare on the same items"
    some = f" --n {n}" if n < pool else ""
    written = "them" if n <= pool else f"the {pool:,} there are"
    return (
        f"fine-tune on {examples} (curvefit pool TASK --study STUDY{some} --out FILE writes {written}) and compare:"
        f" curvefit validate STUDY -m FINE_TUNED --n-train {n}"
    )


def to_find_out(payoff: Payoff, pool: int | None) -> str:
    """Return what tells more than a prediction that decides nothing: a probe, or where there is one, the real thing."""
    sure = not 1 - _SURE < payoff.probability < _SURE
    why = "the prediction rests on too little to go by" if sure else "the prediction is too wide to go by"
    if not payoff.probes:
        return f"a small fine-tuning run, since {why}{'' if pool is None else ': curvefit probe TASK'}"
    return f"{to_train(payoff, pool)} (with the probe too {why})"


def expected(payoff: Payoff) -> tuple[str, ...]:
    """Return what is predicted, how wide that is where it is, and what it rests on: a sentence each."""
    gain = payoff.gain
    said = (
        f"Fine-tuning on {counted(payoff.n_train, 'example')} is predicted to change the best prompted accuracy by"
        f" {with_interval(gain)}; the chance of more than {100 * payoff.margin:g} points is"
        f" {100 * payoff.probability:.0f}%."
    )
    wide = (_WIDE[decides(payoff)],) if gain.low < 0 and gain.high > payoff.margin else ()
    probes = (sentence for probe in payoff.probes for sentence in _of_probe(probe, payoff))
    return said, *wide, *_ceiling(payoff), reference(payoff).sentence, *_far(payoff), *probes


def beyond(payoff: Payoff, best: float) -> tuple[str, ...]:
    """Say how it went where the best prompt scored as little as `best`, if that is little: much room, or out of reach.

    The prediction takes room for something to gain. No number of it rests on this: it is for the reader to weigh.
    """
    if best >= _HARD:
        return ()
    known = _elsewhere(payoff)
    hard = [unit.paid(payoff.margin) for unit in known if unit.best_prompted < _HARD]
    rest = [unit.paid(payoff.margin) for unit in known if unit.best_prompted >= _HARD]
    return (
        f"So low a score can also mean that the task is beyond the model: fine-tuning paid in {sum(hard)} of"
        f" {counted(len(hard), 'measured case')} whose best prompt was below {100 * _HARD:g}%, in {sum(rest)} of"
        f" {len(rest)} others.",
    )


def _ceiling(payoff: Payoff) -> Iterator[str]:
    """Say that a prediction is cut off where the likeliest outcomes would be more than a perfect score."""
    if 0 <= payoff.gain.value == payoff.gain.high:
        yield "That is a perfect score, all the room the best prompt leaves: the prediction is cut off there."


def _far(payoff: Payoff) -> Iterator[str]:
    """Say that so few or so many examples are in none of the cases."""
    sizes = [unit.n_train for unit in evidence() if math.isfinite(unit.n_train)]
    sizes += [probe.n_train for probe in payoff.probes]
    if sizes and not min(sizes) <= payoff.n_train <= max(sizes):
        side, end = ("fewer", min(sizes)) if payoff.n_train < min(sizes) else ("more", max(sizes))
        yield (
            f"No case it rests on whose number is known was fine-tuned on {side} than {counted(int(end), 'example')}:"
            " this is extrapolated."
        )


def _of_probe(probe: Probed, payoff: Payoff) -> Iterator[str]:
    counts = "that counts with them, as far as models on one task are alike"
    if probe.n_train != payoff.n_train:
        counts += f", less as it was trained on {'fewer' if probe.n_train < payoff.n_train else 'more'}"
    if probe.of(payoff.model) and probe.n_train == payoff.n_train:
        counts = "that is what was asked, measured, and to be believed before the prediction"
    model = clean(probe.model, longest=200)
    yield (
        f"Fine-tuned on {counted(probe.n_train, 'example')} of this very task, {model} changed by"
        f" {with_interval(probe.gain)} over its own best prompt: {counts}."
    )
    if lead := probe.lead(payoff.model, payoff.n_train):
        yield (
            f"Trained on {lead.n} it changed by {with_interval(lead.gain)} over as many in its"
            " prompt: that counts by as much as it has told of the gains of tiny models."
        )
