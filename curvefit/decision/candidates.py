"""What could be shipped, with accuracy, price and latency. Lives here: values, and which of them no other beats.

A candidate is a model with a prompt, fine-tuned or not. What was measured has its own price and latency: what its calls
took; the user's own fine-tuned model too, once it was validated. Another one, or one whose calls came without prices,
has those of a prompt without examples, where that was measured, since it is shown none: no measurement of it. A
provider may ask more for its tokens, and a trained model may answer shorter. Where most replies to that prompt cannot
be read, the untrained model rambled, and its time says nothing of the trained one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final, Literal, get_args

from curvefit.curves.curve import Estimate
from curvefit.decision.judge_correction import accuracy_without_judge_errors
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.display import TableDisplay
from curvefit.measurement.measurement import Measurement, observed_points
from curvefit.payoff.predictor import Payoff

__all__ = [
    "Basis",
    "Candidate",
    "Candidates",
    "Cost",
    "candidates_of",
    "of_known_cost",
    "prompt_among",
    "raised",
    "undominated",
    "usd_per_1000",
]

_LISTED: Final = 8  # in one line

Basis = Literal["measured", "validated", "probed", "predicted"]
Cost = Literal["usd_per_1000", "seconds_p50"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be shipped.

    Attributes
    ----------
    name : str
        Short: ``16 random examples``, ``4 similar examples``, ``no examples``, ``fine-tuned on 512``.
    model : str
        Its model.
    shots : int
        Examples in the prompt.
    basis : "measured", "validated", "probed" or "predicted"
        Whether its accuracy was measured as it is: of a prompt, of the user's own fine-tuned model, or of one that
        `curvefit probe` trained; or is that of the best prompt with the predicted gain.
    accuracy : Estimate
        In [0, 1].
    usd_per_1000 : float
        Dollars for a thousand calls, as its calls cost, caches included; NaN where unknown, as for a model that runs
        here.
    seconds_p50, seconds_p95 : float
        Median and 95th percentile of a call's time, as measured; NaN where unknown.
    retrieved : bool
        Whether the examples are those most similar to each input.
    as_base : tuple of "usd_per_1000" and "seconds_p50"
        Which of price and time of a fine-tuned model are not measured: see above.

    Examples
    --------
    >>> candidate = cf.Candidate("no examples", "mine", 0, "measured", cf.Estimate(0.7, 0.6, 0.8, 0.9), 0.04)
    >>> candidate.usd_per_1000, candidate.seconds_p50
    (0.04, nan)
    """

    __module__ = "curvefit"

    name: str
    model: str
    shots: int
    basis: Basis
    accuracy: Estimate
    usd_per_1000: float = math.nan
    seconds_p50: float = math.nan
    seconds_p95: float = math.nan
    retrieved: bool = False
    as_base: tuple[Cost, ...] = ()


class Candidates(TableDisplay, tuple[Candidate, ...]):
    """All that could be shipped: a tuple that a notebook shows as a table.

    Examples
    --------
    >>> from curvefit.decision.candidates import Candidates
    >>> study = cf.read_study("reports/tickets/local-gemma3-270m")
    >>> isinstance(study.candidates, Candidates), study.candidates[0].name
    (True, 'no examples')
    """

    __slots__ = ()

    def __repr__(self) -> str:
        listed = [f"{each.name} {each.accuracy.value:.3f}" for each in self]
        if len(listed) > _LISTED:
            listed[_LISTED - 1 : -1] = ["..."]
        return f"<Candidates: {'; '.join(listed)}>"


def undominated(candidates: Sequence[Candidate], cost: Cost = "usd_per_1000") -> tuple[Candidate, ...]:
    """Return those than which no other is both as accurate and as cheap, and better in one of the two.

    What is predicted is no bar to what was measured, and those of unknown cost are left out too.

    Returns
    -------
    tuple of Candidate
        The cheapest first; accuracy rises with cost. Judged by estimates alone: intervals say how sure that is.
    """
    known = [each for each in of_known_cost(candidates, cost) if each.basis != "predicted"]
    known.sort(key=lambda each: (getattr(each, cost), -each.accuracy.value))
    best, frontier = -math.inf, []
    for each in known:
        if each.accuracy.value > best:
            best = each.accuracy.value
            frontier.append(each)
    return tuple(frontier)


def of_known_cost(candidates: Iterable[Candidate], cost: Cost) -> list[Candidate]:
    """Return those of which that price, or time, is known."""
    return [each for each in candidates if not math.isnan(getattr(each, cost))]


def prompt_among(candidates: Iterable[Candidate], shots: int, *, retrieved: bool) -> Candidate | None:
    """Return the prompt of so many examples, similar ones or random ones."""
    prompts = (each for each in candidates if each.basis == "measured")
    return next((each for each in prompts if (each.shots, each.retrieved) == (shots, retrieved)), None)


def candidates_of(
    measured: Measurement, payoff: Payoff | None, *, level: float, validated: ValidatedTraining | None = None
) -> Candidates:
    """Return what a study knows of: every prompt measured on enough items to be the best, and the model fine-tuned.

    Where it was fine-tuned and measured, what was predicted is none to ship, unless better on far more examples.
    """
    prompts = [candidate for curve in measured.compared for candidate in _prompts(curve, level)]
    return Candidates((*prompts, *_fine_tuned(measured, payoff, prompts, validated)))


def _prompts(curve: Measurement, level: float) -> Iterator[Candidate]:
    rows = compress(range(len(curve.shots)), curve.observed)
    known = zip(rows, observed_points(curve, level), strict=True)
    for row, point in compress(known, curve.whole):
        usd = usd_per_1000(curve, point.shots)
        p50, p95 = curve.seconds_by_shots[row] if curve.seconds_by_shots else (math.nan, math.nan)
        sort = "random" if curve.drawn else "similar"
        name = "no examples" if not point.shots else f"{point.shots} {sort} example{'s' * (point.shots != 1)}"
        accuracy = accuracy_without_judge_errors(curve.judge, point.accuracy)
        yield Candidate(name, curve.model, point.shots, "measured", accuracy, usd, p50, p95, not curve.drawn)


def usd_per_1000(curve: Measurement, shots: int) -> float:
    """Return what a thousand calls with so many shots cost, as its calls did; NaN where that is not known."""
    usage = dict(curve.taken).get(shots)
    if usage is None or usage.usd is None or curve.unpriced:
        return math.nan
    return 1000 * usage.usd / usage.calls


_MOSTLY: Final = 0.5  # share of replies


def _fine_tuned(
    measured: Measurement, payoff: Payoff | None, prompts: Sequence[Candidate], validated: ValidatedTraining | None
) -> Iterator[Candidate]:
    unknown = (math.nan, math.nan, math.nan)
    costs = next(((p.usd_per_1000, p.seconds_p50, p.seconds_p95) for p in prompts if not p.shots), unknown)
    if _rambles(measured):
        costs = (costs[0], *unknown[1:])

    def trained(name: str, model: str, basis: Basis, accuracy: Estimate, own: ValidatedTraining | None) -> Candidate:
        usd, p50, p95 = unknown if own is None else (own.usd_per_1000, own.seconds_p50, own.seconds_p95)
        unpriced, untimed = math.isnan(usd), math.isnan(p50)
        usd, (p50, p95) = costs[0] if unpriced else usd, costs[1:] if untimed else (p50, p95)
        as_base = tuple(compress(get_args(Cost), (unpriced, untimed)))
        return Candidate(name, model, 0, basis, accuracy, usd, p50, p95, as_base=as_base)

    for probe in () if payoff is None else payoff.probes:
        if probe.model == measured.model:
            scored = probe.tuned and accuracy_without_judge_errors(measured.judge, probe.tuned)
            accuracy = scored or raised(probe.best_prompted, probe.gain)
            yield trained(f"fine-tuned on {probe.n_train:,}", measured.model, "probed", accuracy, None)
    if validated is not None:
        name = "fine-tuned" if validated.n_train is None else f"fine-tuned on {validated.n_train:,}"
        if validated.picked_from > 1:
            name = f"{name}, corrected as the best of {validated.picked_from:,}"
        accuracy = accuracy_without_judge_errors(measured.judge, validated.accuracy)
        yield trained(name, validated.model, "validated", accuracy, validated)
    done = validated is not None and validated.tells_gain(payoff)
    if payoff is not None and payoff.fine_tuned is not None and not done:
        name = f"fine-tuned on {payoff.n_train:,}"
        yield trained(name, measured.model, "predicted", payoff.fine_tuned, None)


def _rambles(measured: Measurement) -> bool:
    """Whether most replies to the prompt without examples cannot be read."""
    rates = zip(measured.shots[measured.observed], measured.parse_rate, strict=True)
    return any(shots == 0 and rate < _MOSTLY for shots, rate in rates)  # NaN is not


def raised(prompted: float, gain: Estimate) -> Estimate:
    """Return an accuracy with a gain over it, within [0, 1]; its interval is that of the gain."""
    value, low, high = (min(max(prompted + part, 0.0), 1.0) for part in (gain.value, gain.low, gain.high))
    return Estimate(value, low, high, gain.level)
