"""What a rule of thumb says of a case before anything is trained, and how often that was right.

Lives here: the rules, one line each, and their scores; cases in, shares out. No file is read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate
from curvefit.payoff.evidence import ROUNDING, Unit
from curvefit.payoff.metrics import coverage_of, resampled, resampled_mean
from curvefit.payoff.predictor import rule_says

__all__ = ["ALWAYS", "ENOUGH", "NEVER", "OURS", "RETRIEVE", "RULES", "TALK", "Case", "Rule", "Score", "score"]

NEVER: Final = "never fine-tune"
ALWAYS: Final = "always fine-tune"
TALK: Final = "the talk's: still rising, do; plateau, don't"
ENOUGH: Final = "500 examples"
RETRIEVE: Final = "retrieve first: if it helps, don't; if not, do"
OURS: Final = "all of ours: the classifier, else the try, else the cases"

HALF: Final = 0.5  # accuracy of the best prompt from which one rule allows training
NEARLY_DONE: Final = 0.85  # and that from which another one stops
ENOUGH_EXAMPLES: Final = 500
SURE: Final = 0.8
RETRIEVAL_HELPS: Final = 0.02  # accuracy that retrieval has to add


@dataclass(frozen=True, slots=True)
class Case:
    """One model on one task, and what was known of it before it was fine-tuned.

    Attributes
    ----------
    unit : Unit
        Prompted and fine-tuned accuracy.
    cluster : str
        What is resampled together: a source, or a data set of the laboratory.
    origin : str
        ``laboratory``, ``reports`` (of sample tasks, on fewer items), ``published`` or ``documents``.
    retrieved : float
        What retrieval added over the best prompt without it; NaN where that was not measured.
    trend : str
        The verdict on the curve; empty where there is no curve.
    classifier, predicted, tried : Mapping of float to float
        By margin, the chance that fine-tuning gains more: by a plain classifier of the examples, by measured cases, and
        by these and a training on 32 examples. Empty where there is none.
    few : bool
        Whether the measured cases that are like it are too few to decide by.
    """

    unit: Unit
    cluster: str
    origin: str
    retrieved: float = math.nan
    trend: str = ""
    classifier: Mapping[float, float] | None = None
    predicted: Mapping[float, float] | None = None
    tried: Mapping[float, float] | None = None
    few: bool = False


Rule = Callable[[Case, float], bool | None]  # a case and the margin; None: it says nothing


def _by_curve(case: Case, margin: float) -> bool | None:
    return None if math.isnan(case.unit.doubling) else rule_says(case.unit.doubling)


def _by_verdict(case: Case, margin: float) -> bool | None:
    return {"rising": True, "plateau": False, "flat": False, "falling": False}.get(case.trend)


def _by_number(case: Case, margin: float) -> bool | None:
    return None if math.isnan(case.unit.n_train) else case.unit.n_train >= ENOUGH_EXAMPLES


def _by_retrieval(case: Case, margin: float) -> bool | None:
    return None if math.isnan(case.retrieved) else case.retrieved <= RETRIEVAL_HELPS


def _by_kind(case: Case, margin: float) -> bool | None:
    return {"structure": True, "programs": True, "knowledge": False}.get(case.unit.group)


def _chance(name: str, sure: float = 0.5) -> Rule:
    def says(case: Case, margin: float) -> bool | None:
        chances = getattr(case, name)
        if chances is None or max(chances[margin], 1 - chances[margin]) < sure - ROUNDING:
            return None
        return bool(chances[margin] > 0.5)

    return says


def _leaning(case: Case, margin: float) -> bool | None:
    """Return what is said to be probable: nothing where a classifier tells, nor that a prompt without examples pays."""
    says = _chance("predicted", SURE)(case, margin) if case.few and case.classifier is None else None
    return None if says and case.unit.zero_shot_only else says


def _together(case: Case, margin: float) -> bool | None:
    chances = case.classifier or case.tried or case.predicted
    return None if chances is None else chances[margin] > 0.5


RULES: Final[Mapping[str, Rule]] = {
    NEVER: lambda case, margin: False,
    ALWAYS: lambda case, margin: True,
    TALK: _by_curve,
    "the same, where the curve is shown to rise or to stay": _by_verdict,
    "a best prompt above 50% first": lambda case, margin: case.unit.best_prompted > HALF,
    "stop at a best prompt of 85%": lambda case, margin: case.unit.best_prompted < NEARLY_DONE,
    ENOUGH: _by_number,
    RETRIEVE: _by_retrieval,
    "format and syntax, do; facts, don't": _by_kind,
    "our baseline classifier": _chance("classifier"),
    "our baseline classifier, where it is 80% sure": _chance("classifier", SURE),
    "our prediction from cases": _chance("predicted"),
    "our prediction from cases, where it is 80% sure": _chance("predicted", SURE),
    "our prediction from cases, 80% sure by few of them": _leaning,
    "our prediction, after a try with 32 examples": _chance("tried"),
    OURS: _together,
}


@dataclass(frozen=True, slots=True)
class Score:
    """How often a rule was right.

    Attributes
    ----------
    cases, spoke : int
        All, and those of which the rule says something.
    right : Estimate
        Share of the latter in which it was right, with its 90% interval by resampling clusters; where all are alike,
        Wilson's on the number of clusters. NaN where it says nothing.
    balanced : Estimate
        The same if as many cases had paid as had not: the mean of the two shares. A rule that always says the same has
        one half. NaN where all paid or none did.
    ahead, behind_ours : Estimate
        By how much that share is above the share of the same cases in which always fine-tuning was right; and below
        that in which all of ours was.
    yes, yes_right, no, no_right : int
        How often it said to fine-tune, and was right in that; and not to.
    """

    cases: int
    spoke: int
    right: Estimate
    balanced: Estimate
    ahead: Estimate
    behind_ours: Estimate
    yes: int
    yes_right: int
    no: int
    no_right: int

    @property
    def silent(self) -> float:
        """Share of the cases of which the rule says nothing; NaN without cases."""
        return 1 - self.spoke / self.cases if self.cases else math.nan


def score(cases: Sequence[Case], rule: Rule, margin: float) -> Score:
    """Score a rule; fine-tuning was right where it gained more than the margin."""
    said = [(case, answer) for case in cases if (answer := rule(case, margin)) is not None]
    paid = np.array([case.unit.paid(margin) for case, _ in said], dtype=bool)
    yes = np.array([answer for _, answer in said], dtype=bool)
    right = yes == paid
    ours = np.array([_together(case, margin) == case.unit.paid(margin) for case, _ in said], dtype=bool)
    _, cluster = np.unique([case.cluster for case, _ in said], return_inverse=True)
    return Score(
        cases=len(cases),
        spoke=len(said),
        right=_share(right, cluster),
        balanced=resampled(lambda some: _balanced(right[some], paid[some]), cluster) if said else _NOTHING,
        ahead=_mean(right.astype(float) - paid, cluster),
        behind_ours=_mean(ours.astype(float) - right, cluster),
        yes=int(yes.sum()),
        yes_right=int((yes & right).sum()),
        no=int((~yes).sum()),
        no_right=int((~yes & right).sum()),
    )


def _balanced(right: NDArray[np.bool_], paid: NDArray[np.bool_]) -> float:
    if paid.all() or not paid.any():
        return math.nan
    return float(right[paid].mean() + right[~paid].mean()) / 2


_NOTHING: Final = Estimate(math.nan, math.nan, math.nan, 0.9)


def _share(right: NDArray[np.bool_], cluster: NDArray[np.intp]) -> Estimate:
    found = _mean(right.astype(float), cluster)
    return coverage_of(right, cluster) if len(right) and math.isnan(found.low) else found


def _mean(values: NDArray[np.float64], cluster: NDArray[np.intp]) -> Estimate:
    return resampled_mean(values, cluster) if len(values) else _NOTHING
