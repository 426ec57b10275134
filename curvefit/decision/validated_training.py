"""The user's own fine-tuning, measured. Lives here: whether it pays, by what it gained; nothing is predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from curvefit.curves.curve import Estimate
from curvefit.payoff.predictor import AS_MANY, Payoff
from curvefit.payoff.reference_class import SURE, Decision

__all__ = ["ValidatedTraining", "best_validated"]


@dataclass(frozen=True, slots=True)
class ValidatedTraining:
    """A fine-tuned model that `curvefit validate` measured.

    Attributes
    ----------
    model : str
        Its name.
    n_train : int or None
        Examples it was fine-tuned on, where somebody said.
    accuracy : Estimate
        Of it, in [0, 1].
    gain : Estimate
        Over the study's best prompt, without its optimism.
    """

    model: str
    n_train: int | None
    accuracy: Estimate
    gain: Estimate

    def chance(self, margin: float) -> float:
        """Return the chance that the gain is more than the margin: the measurement's error is taken to be normal."""
        gain = self.gain
        error = gain.value - gain.low if gain.value > margin else gain.high - gain.value
        if error <= 0:
            return float(gain.value > margin)
        return NormalDist().cdf((gain.value - margin) / error * NormalDist().inv_cdf((1 + gain.level) / 2))

    def decision(self, margin: float, payoff: Payoff | None) -> Decision:
        """Return whether fine-tuning pays, from the same chance on as a prediction: open where more examples may."""
        chance = self.chance(margin)
        if chance >= SURE:
            return "pays"
        return "does not pay" if chance <= 1 - SURE and not self.on_fewer(payoff) else "open"

    def on_fewer(self, payoff: Payoff | None) -> bool:
        """Whether it was trained on far fewer examples than are asked about."""
        return payoff is not None and self.n_train is not None and self.n_train < AS_MANY * payoff.n_train


def best_validated(validated: Sequence[ValidatedTraining]) -> ValidatedTraining | None:
    """Return the one of several that gained most; None where there is none."""
    return max(validated, key=lambda each: each.gain.value, default=None)
