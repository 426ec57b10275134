"""How far the shipped prediction can be taken at its word: predicted probability that fine-tuning pays, and what did.

Lives here: who is predicted from whom, groups of cases of like probability, and their table. Every case is predicted by
the code that `curvefit backtest` uses: one that was published from no figure of its own source, and one of the
laboratory from none of its own data set that was measured there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from benchmarks.payoff.cases import LAB, BacktestCase
from curvefit.curves.curve import Estimate
from curvefit.payoff.cross_validation import BacktestCase as Predicted
from curvefit.payoff.cross_validation import backtest, predict_unit
from curvefit.payoff.evidence import Unit
from curvefit.payoff.metrics import resampled_mean

__all__ = ["FEWEST", "Bin", "Shown", "binned", "holds", "of_laboratory", "of_published", "surer", "told"]

FEWEST: Final = 6  # tasks or sources, below which leaving one out says nothing
_LEVEL: Final = 0.9
_BINS: Final = 5
_LEAST: Final = 5  # cases a bin; of fewer cases there are fewer bins


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases of like probability.

    Attributes
    ----------
    probability, lowest, highest : float
        Predicted: mean, least and greatest.
    cases, paid : int
        How many, and of these how many paid.
    share : Estimate
        That paid, with Wilson's interval, which takes cases for independent.
    """

    probability: float
    lowest: float
    highest: float
    cases: int
    paid: int
    share: Estimate

    @property
    def agrees(self) -> bool:
        """Whether the interval of the share holds the mean prediction."""
        return self.share.low <= self.probability <= self.share.high


@dataclass(frozen=True, slots=True)
class Shown:
    """Cases that were predicted, and what they were left out by.

    Attributes
    ----------
    title : str
        Where they are from.
    apart : str
        What was left out at a time, in the plural.
    cases : tuple of Predicted
        As `curvefit.payoff.cross_validation` gives them.
    clusters : tuple of str
        What each was left out with.
    margin : float
        A gain above it counts as paid.
    """

    title: str
    apart: str
    cases: tuple[Predicted, ...]
    clusters: tuple[str, ...]
    margin: float

    @property
    def enough(self) -> bool:
        """Whether there are tasks or sources enough for leaving one out."""
        return len(set(self.clusters)) >= FEWEST

    @property
    def size(self) -> str:
        """How many cases of how many sources or tasks."""
        return f"{len(self.cases)} cases of {len(set(self.clusters))} {self.apart}"

    @property
    def probability(self) -> NDArray[np.float64]:
        """Predicted probability that each pays."""
        return np.array([case.probability for case in self.cases])

    @property
    def paid(self) -> NDArray[np.bool_]:
        """Whether each did."""
        return np.array([case.unit.paid(self.margin) for case in self.cases], dtype=bool)


def of_published(units: Sequence[Unit], margin: float) -> Shown:
    """Predict published units, each from all other sources, the laboratory being one: `curvefit backtest`."""
    cases = tuple(case for case in backtest(units, margin=margin).cases if case.unit.source != LAB)
    return Shown("Published figures", "sources", cases, tuple(case.unit.source for case in cases), margin)


def of_laboratory(measured: Sequence[BacktestCase], units: Sequence[Unit], margin: float) -> Shown:
    """Predict the laboratory's units, each from all other tasks of the laboratory and from published units."""
    found, clusters = [], []
    for case in measured:
        if case.unit is not None:
            others = [other.unit for other in measured if other.unit and other.cluster != case.cluster]
            found.append(predict_unit(case.unit, [*units, *others], margin))
            clusters.append(case.cluster)
    return Shown("The laboratory", "tasks", tuple(found), tuple(clusters), margin)


def binned(probability: Sequence[float], paid: Sequence[bool], count: int = _BINS) -> list[Bin]:
    """Return cases by probability in bins of equal counts, which differ by one where they must."""
    p, was = np.asarray(probability, dtype=float), np.asarray(paid, dtype=bool)
    count = max(1, min(count, len(p) // _LEAST))
    bins = []
    for some in np.array_split(np.argsort(p, kind="stable"), count):
        n, k = len(some), int(was[some].sum())
        inside = binomtest(k, n).proportion_ci(_LEVEL, method="wilson")
        share = Estimate(k / n, float(inside.low), float(inside.high), _LEVEL)
        bins.append(Bin(float(p[some].mean()), float(p[some].min()), float(p[some].max()), n, k, share))
    return bins


def surer(shown: Shown) -> Estimate:
    """Return how much surer predictions were than right: positive is overconfident.

    Sure: the greater of a probability and its complement. Right: that one came true. With an interval by resampling
    whole sources or tasks, as in the backtest.
    """
    p, paid = shown.probability, shown.paid
    gap = np.maximum(p, 1 - p) - np.where(p > 0.5, paid, ~paid)
    _, cluster = np.unique(shown.clusters, return_inverse=True)
    return resampled_mean(gap, cluster)


def holds(case: Predicted) -> bool:
    """Whether the interval of the predicted gain holds the measured one."""
    return case.gain.low <= case.unit.gain <= case.gain.high


def told(shown: Shown) -> str:
    """Return the bins in Markdown, and in a line how sure and how right predictions were."""
    if not shown.enough:
        return f"{shown.title}: too few ({shown.size}, and {FEWEST} {shown.apart} are needed to leave one out)."
    lines = [
        f"{shown.title}, {shown.size}:\n",
        "| predicted, mean | from | to | cases | paid | share that paid | its 90% interval holds the prediction |",
        "|--:|--:|--:|--:|--:|---|---|",
    ]
    for b in binned(shown.probability.tolist(), shown.paid.tolist()):
        share = f"{_percent(b.share.value)} ({_percent(b.share.low)} to {_percent(b.share.high)})"
        predict_unit = " | ".join(map(_percent, (b.probability, b.lowest, b.highest)))
        lines.append(f"| {predict_unit} | {b.cases} | {b.paid} | {share} | {'yes' if b.agrees else '**no**'} |")
    gap, inside = surer(shown), sum(map(holds, shown.cases))
    more = "surer than right" if gap.value > 0 else "less sure than right"
    said = (
        f"Predictions were {more} by {100 * abs(gap.value):.0f} points (surer by {_points(gap.low)} to"
        f" {_points(gap.high)}, resampling {shown.apart}): {_verdict(gap)}. The 90% interval of the predicted gain held"
        f" the measured one in {inside} of {len(shown.cases)} cases."
    )
    return "\n".join([*lines, "", fill(said, 120)])


def _verdict(gap: Estimate) -> str:
    if gap.low > 0:
        return "overconfident"
    return "underconfident" if gap.high < 0 else "neither over- nor underconfident as far as these cases tell"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _points(gap: float) -> str:
    return f"{100 * gap:+.0f}".replace("-", "−")
