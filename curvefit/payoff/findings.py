"""What advice may look at. Lives here: that one value, and what is read off it; nothing is concluded."""

from __future__ import annotations

from dataclasses import dataclass

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.verdict import Verdict
from curvefit.payoff.model import Payoff

__all__ = ["Findings"]


@dataclass(frozen=True, slots=True)
class Findings:
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
