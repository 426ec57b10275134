"""A curve and its forecast before the judge. Lives here: everything a verdict's rules and reasons look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from curvefit.curves.contrasts import Change
from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import Forecast

__all__ = ["FEWEST", "Held", "VerdictInputs", "inside"]

FEWEST: Final = 3  # numbers of shots above 0 that a shape can be read from


class Held(NamedTuple):
    """How many examples to show and items to score a task holds; 0: unknown, and taken for enough."""

    examples: int = 0
    items: int = 0

    def lacks(self, shots: int = 0, items: int = 0) -> str:
        """Say how many are missing to measure so many shots on so many items; empty where none is.

        Draws and items are chosen from all there are, so that with more of them nothing is asked as it was before.
        """
        missing = {
            "examples": shots - self.examples if self.examples else 0,
            "items": items - self.items if self.items else 0,
        }
        said = [f"{count:,} {name}" for name, count in missing.items() if count > 0]
        return f"{' and '.join(said)} more than the task holds, and one that has grown is asked anew" if said else ""


@dataclass(frozen=True, slots=True, eq=False)
class VerdictInputs:
    """Everything a rule may look at."""

    curve: Curve
    forecast: Forecast
    margin: float
    horizon: int
    n_classes: int
    held: Held
    last: int
    gain: Estimate  # to the horizon
    latent_rise: Estimate  # fitted, from the first to the last positive number of shots
    rises: tuple[Change, ...]  # measured, to the last number of shots, from the first and from the first positive one
    fall: Change | None  # measured, from the highest earlier point, its bounds corrected for having been picked

    @property
    def spent(self) -> bool:
        """Whether less than the margin is left: two one-sided tests (Schuirmann 1987) at (1 - level) / 2 each."""
        return inside(self.gain, self.margin)

    @property
    def risen(self) -> Change | None:
        """The measured rise, where it is established and larger than the margin."""
        return next((c for c in self.rises if c.by.low > 0 and c.by.value > self.margin), None)


def inside(estimate: Estimate, margin: float) -> bool:
    """Whether the whole interval lies within the margin."""
    return -margin < estimate.low and estimate.high < margin
