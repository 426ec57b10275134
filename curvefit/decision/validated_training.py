"""The user's own fine-tuning, measured. Lives here: whether it pays, by what it gained; nothing is predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from curvefit.curves.curve import Estimate
from curvefit.payoff.predictor import AS_MANY, Payoff
from curvefit.payoff.reference_class import SURE, Decision

__all__ = ["ValidatedTraining", "decisive"]


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

    def decision(self, margin: float) -> Decision:
        """Return whether it pays, from the same chance on as a prediction."""
        chance = self.chance(margin)
        return "pays" if chance >= SURE else "does not pay" if chance <= 1 - SURE else "open"


def decisive(validated: Sequence[ValidatedTraining], payoff: Payoff | None, margin: float) -> ValidatedTraining | None:
    """Return the best of several that decides whether fine-tuning pays; None where none does.

    One that was trained on far fewer examples than are asked about decides nothing, unless even it pays.
    """
    wanted = 0.0 if payoff is None else AS_MANY * payoff.n_train
    deciding = [
        each for each in validated if each.n_train is None or each.n_train >= wanted or each.decision(margin) == "pays"
    ]
    return max(deciding, key=lambda each: each.gain.value, default=None)
