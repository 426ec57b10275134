"""The user's own fine-tuning, measured. Lives here: whether it pays, by what it gained; nothing is predicted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from curvefit.curves.curve import Estimate
from curvefit.payoff.comparison import SURE, SURE_NOT, Decision, chance_above, leaves_open
from curvefit.payoff.predictor import AS_MANY, Payoff, Probed

__all__ = ["ValidatedTraining", "best_validated", "other_validated"]


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
    picked_from : int
        Of how many it was picked as the best: lower ends and chance are corrected for that. See `best_validated`.
    others_on : int or None
        Most examples that another of these was fine-tuned on, which gained no more; None where nobody said.
    usd_per_1000, seconds_p50, seconds_p95 : float
        Dollars for a thousand of its calls without examples, and the median and 95th percentile of a call's time, as
        measured; NaN where unknown.
    """

    model: str
    n_train: int | None
    accuracy: Estimate
    gain: Estimate
    picked_from: int = 1
    others_on: int | None = 0
    usd_per_1000: float = math.nan
    seconds_p50: float = math.nan
    seconds_p95: float = math.nan

    def chance(self, margin: float) -> float:
        """Return the chance that the gain is more than the margin, corrected for the pick: see `chance_above`."""
        gain, k = self.gain, self.picked_from
        if gain.value <= margin:
            return chance_above(gain, margin)
        lowered = replace(gain, level=2 * _surely(gain.level, k) - 1)  # as its lower end was
        return max(chance_above(lowered, margin) ** k, 0.5)

    def decision(self, margin: float, payoff: Payoff | None) -> Decision:
        """Return whether fine-tuning pays, from the same chance on as a prediction: open where more examples may."""
        chance = self.chance(margin)
        if chance >= SURE:
            return "pays"
        return "does not pay" if chance <= SURE_NOT and not self.on_fewer(payoff) else "open"

    def is_likely(self, margin: float) -> bool:
        """Whether its interval leaves open whether the gain is more than the margin: what is said is likely at most."""
        return leaves_open(self.gain, margin)

    def tells_gain(self, payoff: Payoff | None) -> bool:
        """Whether what it gained counts, and not the prediction: on far fewer examples, where that predicts no more."""
        return payoff is None or not self.on_fewer(payoff) or self.gain.value >= payoff.gain.value

    def on_fewer(self, payoff: Payoff | None) -> bool:
        """Whether it, and any that gained less, was trained on far fewer examples than are asked about."""
        if payoff is None or self.n_train is None or self.others_on is None:
            return False
        return max(self.n_train, self.others_on) < AS_MANY * payoff.n_train

    def as_probe(self, base: str, items: int | None) -> Probed:
        """Return it as a probe of the base model, scored on so many items, of what training on more would gain."""
        prompted = min(max(self.accuracy.value - self.gain.value, 0.0), 1.0)
        return Probed(base, prompted, self.n_train or 1, self.gain, optimism=0.0, items=items)


def best_validated(validated: Sequence[ValidatedTraining]) -> ValidatedTraining | None:
    """Return the one of several that gained most, corrected for having been picked; None where there is none.

    The one of k models that looks best was partly lucky. So what is said of it has to hold as surely as if all k had
    been meant beforehand: a chance p above one half becomes p**k, but no less than one half, and the lower ends of its
    intervals go down as far as that takes (Šidák 1967, Journal of the American Statistical Association 62, 626-633; on
    the same items, errors go together, which makes that cautious). Luck that made it look too good makes neither its
    upper ends too low nor a chance below one half too small: they stay. Of one model nothing changes.
    """
    best, k = max(validated, key=lambda each: each.gain.value, default=None), len(validated)
    if best is None or k == 1:
        return best
    sizes = [each.n_train for each in other_validated(validated)]
    return replace(
        best,
        accuracy=_lowered(best.accuracy, k, 0.0),
        gain=_lowered(best.gain, k, -1.0),
        picked_from=k,
        others_on=None if None in sizes else max(size for size in sizes if size is not None),
    )


def other_validated(validated: Sequence[ValidatedTraining]) -> tuple[ValidatedTraining, ...]:
    """Return all but the one of several that gained most, as they were measured."""
    best = max(validated, key=lambda each: each.gain.value, default=None)
    return tuple(each for each in validated if each is not best)


def _lowered(estimate: Estimate, k: int, least: float) -> Estimate:
    """Return an estimate that is the best of k, with the lower end that this takes."""
    normal, level = NormalDist(), estimate.level
    wider = normal.inv_cdf(_surely(level, k)) / normal.inv_cdf(_surely(level, 1))
    return replace(estimate, low=max(least, estimate.value - wider * (estimate.value - estimate.low)))


def _surely(level: float, k: int) -> float:
    """Return how surely each of k lower ends has to hold for all of them to hold as surely as that of one interval."""
    return float(((1 + level) / 2) ** (1 / k))
