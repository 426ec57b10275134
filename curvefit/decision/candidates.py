"""What could be shipped: candidates, and which of them no other beats. Lives here: values and comparisons; no words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from curvefit.curves.curve import Estimate
from curvefit.errors import CurveError

__all__ = ["Basis", "Candidate", "CostAxis", "PromptSettings", "dominates", "undominated"]

Basis = Literal["measured", "probed", "predicted"]
CostAxis = Literal["usd_per_1000", "seconds_p50"]


@dataclass(frozen=True, slots=True)
class PromptSettings:
    """What a candidate puts into its prompt.

    Attributes
    ----------
    shots : int
        Demonstrations.
    selection : "none", "random" or "retrieved"
        How they are chosen.
    instruction : str or None
        Name of the instruction, where several are compared.
    documents : "none", "retrieved" or "given"
        Whether documents stand in the prompt: looked up, or those that the task gives.
    """

    shots: int = 0
    selection: Literal["none", "random", "retrieved"] = "none"
    instruction: str | None = None
    documents: Literal["none", "retrieved", "given"] = "none"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be shipped, with what it reaches and what it takes.

    Attributes
    ----------
    name : str
        Short and unique within a study, such as ``8-shots``.
    model : str
        Which is asked, or fine-tuned.
    accuracy : Estimate
        In [0, 1].
    prompt : PromptSettings
        What its prompt holds.
    weights : "base" or "fine-tuned"
        Of the model.
    basis : "measured", "probed" or "predicted"
        A prompt's accuracy was measured; a fine-tuned model was trained and scored by a probe; or nothing of it is
        there yet.
    usd_per_1000 : float
        Dollars for a thousand calls; NaN where unknown.
    seconds_p50, seconds_p95 : float
        Median and 95th percentile of the seconds of a call; NaN where unknown.

    Raises
    ------
    CurveError
        A price or a time below 0.
    """

    name: str
    model: str
    accuracy: Estimate
    prompt: PromptSettings = field(default_factory=PromptSettings)
    weights: Literal["base", "fine-tuned"] = "base"
    basis: Basis = "measured"
    usd_per_1000: float = math.nan
    seconds_p50: float = math.nan
    seconds_p95: float = math.nan

    def __post_init__(self) -> None:
        for name in ("usd_per_1000", "seconds_p50", "seconds_p95"):
            if getattr(self, name) < 0:
                raise CurveError(f"{name} of a candidate must be at least 0, not {getattr(self, name)!r}")


def dominates(one: Candidate, other: Candidate, by: CostAxis = "usd_per_1000") -> bool:
    """Return whether one is at least as accurate and at most as dear or slow as the other, and better in one of them.

    Accuracies are compared by their values, intervals aside. Where a cost is unknown, neither dominates.
    """
    ours, theirs = (getattr(candidate, by) for candidate in (one, other))
    gain = one.accuracy.value - other.accuracy.value
    return bool(gain >= 0 and ours <= theirs and (gain > 0 or ours < theirs))  # NaN compares as False


def undominated(candidates: Sequence[Candidate], by: CostAxis = "usd_per_1000") -> tuple[Candidate, ...]:
    """Return the frontier: those of known cost that no other dominates, the cheapest or fastest first.

    Parameters
    ----------
    candidates : sequence of Candidate
        Which.
    by : "usd_per_1000" or "seconds_p50"
        The cost that accuracy is weighed against.

    Examples
    --------
    >>> from curvefit.decision.candidates import Candidate, undominated
    >>> at = lambda name, accuracy, usd: Candidate(
    ...     name, "m", cf.Estimate(accuracy, accuracy, accuracy, 0.9), usd_per_1000=usd)
    >>> [c.name for c in undominated([at("good", 0.8, 2.0), at("cheap", 0.6, 1.0), at("neither", 0.6, 1.5)])]
    ['cheap', 'good']
    """
    known = [candidate for candidate in candidates if not math.isnan(getattr(candidate, by))]
    best = [one for one in known if not any(dominates(other, one, by) for other in known)]
    return tuple(sorted(best, key=lambda candidate: (getattr(candidate, by), candidate.accuracy.value)))
