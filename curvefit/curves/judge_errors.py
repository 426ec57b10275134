"""Shares seen through an imperfect judge. Lives here: a share, its interval and a forecast without known errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate
from curvefit.curves.forecast import Forecast
from curvefit.curves.intervals import t_quantile
from curvefit.curves.posterior import Draws

__all__ = ["JudgeErrors", "contradicts", "corrected_difference", "corrected_forecast", "corrected_share"]

FloatArray = NDArray[np.float64]
_DRAWS: Final = 10_000
_POSSIBLE: Final = 0.01  # share of draws below which what a judge sees cannot be what its labels say it would see


@dataclass(frozen=True, slots=True)
class JudgeErrors:
    """How often a judge is right, from labelled cases.

    Attributes
    ----------
    found_right, labelled_right : float
        Of so many right ones, how many it calls right.
    found_wrong, labelled_wrong : float
        Of so many wrong ones, how many it calls wrong.
    """

    found_right: float
    labelled_right: float
    found_wrong: float
    labelled_wrong: float

    @property
    def known(self) -> bool:
        """Whether there are labels of both sorts; without, nothing can be corrected."""
        return self.labelled_right > 0 and self.labelled_wrong > 0

    @property
    def shrinkage(self) -> float:
        """By how much a difference is smaller as the judge sees it: 1 if it never errs; NaN where not known."""
        if not self.known:
            return math.nan
        return self.found_right / self.labelled_right + self.found_wrong / self.labelled_wrong - 1

    def sensitivity(self, level: float) -> Estimate:
        """Return the share of right ones that it finds, with the interval of a Beta posterior (Jeffreys' prior)."""
        return _share(self.found_right, self.labelled_right, level)

    def specificity(self, level: float) -> Estimate:
        """Return the same of wrong ones."""
        return _share(self.found_wrong, self.labelled_wrong, level)

    def draws(self, seed: int) -> tuple[FloatArray, FloatArray]:
        """Return draws (N,) of sensitivity and of specificity from their posteriors, where the judge beats chance.

        Where both together are 1 or less, verdicts say nothing, and no share follows from them; such draws are left
        out. With none left, both are empty.
        """
        rng = np.random.default_rng(seed)
        sensitivity = rng.beta(*_beta(self.found_right, self.labelled_right), _DRAWS)
        specificity = rng.beta(*_beta(self.found_wrong, self.labelled_wrong), _DRAWS)
        better = sensitivity + specificity > 1
        return sensitivity[better], specificity[better]


@dataclass(frozen=True, slots=True)
class JudgedDraws(Draws):
    """Draws of a latent curve without a judge's errors, of which each curve has its own.

    Attributes
    ----------
    sensitivity, specificity : float array (N,)
        Shares of right and of wrong replies that the judge calls so; together more than 1.
    """

    sensitivity: FloatArray
    specificity: FloatArray

    @property
    def seen(self) -> Draws:
        """The same as the judge saw them."""
        return Draws(self.grid, self.node, self.floor, self.gain, self.paths)

    @property
    def shrinkage(self) -> float:
        """By how much a change is smaller as the judge sees it, on average."""
        return float(np.mean(self.sensitivity + self.specificity - 1))

    def at(self, shots: FloatArray) -> FloatArray:
        """Return accuracy (N, K) without the errors, kept within [0, 1]."""
        found = Draws.at(self, shots) + self.specificity[:, None] - 1
        return np.clip(found / (self.sensitivity + self.specificity - 1)[:, None], 0.0, 1.0)


def corrected_forecast(seen: Forecast, errors: JudgeErrors, seed: int = 0) -> Forecast | None:
    """Return a forecast without the errors of the judge: as `corrected_share`, with errors drawn for each curve.

    Examples
    --------
    >>> from curvefit.curves.judge_errors import JudgeErrors, corrected_forecast
    >>> seen = cf.analyze(cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)).forecast
    >>> found = corrected_forecast(seen, JudgeErrors(90, 100, 80, 100))
    >>> round(seen.at(8).value, 1), round(found.at(8).value, 1)
    (0.6, 0.5)
    """
    known = _errors_drawn(errors, seed)
    if known is None:
        return None
    sensitivity, specificity = known
    draws, rng = seen.draws, np.random.default_rng([seed, 2])
    which = rng.integers(len(sensitivity), size=len(draws.node))
    sensitivity, specificity = sensitivity[which], specificity[which]
    last = np.clip(draws.at(np.array([float(draws.last)]))[:, 0], 0.0, 1.0)
    if _share_possible(last, sensitivity, specificity) < _POSSIBLE:
        sensitivity, specificity = _made_possible(last, sensitivity, specificity, rng)
    judged = JudgedDraws(
        draws.grid, draws.node, draws.floor, draws.gain, draws.paths, sensitivity, specificity
    )  # fmt: skip
    return replace(seen, draws=judged)


def contradicts(seen: Estimate, errors: JudgeErrors, seed: int = 0) -> bool:
    """Whether a judge calls more replies right than one with these errors could, or fewer.

    Then the labelled replies are unlike those that were judged, such as the hardest ones.

    Examples
    --------
    >>> from curvefit.curves.judge_errors import JudgeErrors, contradicts
    >>> contradicts(cf.Estimate(0.89, 0.83, 0.93, 0.9), JudgeErrors(20, 40, 40, 40))
    True
    """
    known = _errors_drawn(errors, seed)
    return known is not None and _share_possible(_observed(seen, len(known[0]), seed), *known) < _POSSIBLE


def corrected_share(seen: Estimate, errors: JudgeErrors, seed: int = 0) -> Estimate | None:
    """Return the share that is right, from the share that a judge calls right.

    The estimator of Rogan & Gladen (1978), American Journal of Epidemiology 107, 71-76: (seen + specificity - 1) /
    (sensitivity + specificity - 1), within [0, 1]. Its interval is that of draws from the Beta posteriors of both
    errors and from what was seen, taken as normal with the standard error of its interval: as Lang & Reiczigel (2014),
    Preventive Veterinary Medicine 113, 13-22, do it with another approximation. It holds the interval of the draws cut
    off at 0 and 1, and that of those which lie between.

    Where what is seen `contradicts` the errors, the one that does not fit is taken to be anything that would.

    Returns
    -------
    Estimate or None
        At the level of `seen`; None where errors are not known, or the judge is not seen to be better than chance.

    Examples
    --------
    >>> from curvefit.curves.judge_errors import JudgeErrors, corrected_share
    >>> errors = JudgeErrors(found_right=90, labelled_right=100, found_wrong=80, labelled_wrong=100)
    >>> f"{corrected_share(cf.Estimate(0.55, 0.5, 0.6, 0.9), errors):.2f}"
    '0.50 (0.40 to 0.60)'
    """
    return _corrected(seen, errors, seed, share=True)


def corrected_difference(seen: Estimate, errors: JudgeErrors, seed: int = 0) -> Estimate | None:
    """Return the difference of two shares from the one that a judge sees: of it, its errors cut off a part.

    As `corrected_share`; of a difference the specificity alone cancels out. Within [-1, 1].
    """
    return _corrected(seen, errors, seed, share=False)


def _corrected(seen: Estimate, errors: JudgeErrors, seed: int, *, share: bool) -> Estimate | None:
    known = _errors_drawn(errors, seed)
    if known is None:
        return None
    sensitivity, specificity = known
    observed = _observed(seen, len(sensitivity), seed)
    ends = (1 - seen.level) / 2, (1 + seen.level) / 2
    if share and _share_possible(observed, sensitivity, specificity) < _POSSIBLE:
        return _of_unlike_labels(observed, sensitivity, specificity, seen.level)
    shift = errors.found_wrong / errors.labelled_wrong - 1 if share else 0.0
    shifts = specificity - 1 if share else 0.0
    least = 0.0 if share else -1.0
    drawn = (observed + shifts) / (sensitivity + specificity - 1)
    value = float(np.clip((seen.value + shift) / errors.shrinkage, least, 1.0))
    possible = drawn[(drawn >= least) & (drawn <= 1)]
    both = [np.clip(drawn, least, 1.0), *([possible] if len(possible) >= _POSSIBLE * len(drawn) else [])]
    lows, highs = np.array([np.quantile(each, ends) for each in both]).T
    return Estimate(value, min(value, float(lows.min())), max(value, float(highs.max())), seen.level)


def _observed(seen: Estimate, count: int, seed: int) -> FloatArray:
    """Return draws of what a judge would see of all replies, of a normal error on either side."""
    noise = np.random.default_rng([seed, 1]).standard_normal(count) / float(t_quantile(0.5 + seen.level / 2, np.inf))
    return seen.value + np.where(noise < 0, noise * (seen.value - seen.low), noise * (seen.high - seen.value))


def _share_possible(observed: FloatArray, sensitivity: FloatArray, specificity: FloatArray) -> float:
    """Return of how many draws what a judge sees lies between what it would see of none and of all right."""
    return float(np.mean((observed >= 1 - specificity) & (observed <= sensitivity)))


def _made_possible(
    observed: FloatArray, sensitivity: FloatArray, specificity: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return draws of the errors that contradict nothing of what is seen: where one does, it is any that does not."""
    any_share = rng.random(len(observed))
    found = np.where(observed > sensitivity, observed + any_share * (1 - observed), sensitivity)
    passed = np.where(observed < 1 - specificity, any_share * observed, 1 - specificity)
    return found, 1 - passed


def _of_unlike_labels(observed: FloatArray, sensitivity: FloatArray, specificity: FloatArray, level: float) -> Estimate:
    """Return the share behind what contradicts a judge's errors; its interval goes to 0 or 1 on that side."""
    observed = np.clip(observed, 0.0, 1.0)
    found, passed = _made_possible(observed, sensitivity, specificity, np.random.default_rng(0))
    drawn = (observed + passed - 1) / (found + passed - 1)
    low, value, high = (float(q) for q in np.quantile(drawn, ((1 - level) / 2, 0.5, (1 + level) / 2)))
    many = float(np.mean(observed > sensitivity)) >= 0.5
    return Estimate(value, low if many else 0.0, 1.0 if many else high, level)


def _errors_drawn(errors: JudgeErrors, seed: int) -> tuple[FloatArray, FloatArray] | None:
    """Return draws of both errors; None where they are not known, or do not show that the judge beats chance."""
    if not errors.known or errors.shrinkage <= 0:
        return None
    drawn = errors.draws(seed)
    return None if len(drawn[0]) < _DRAWS / 2 else drawn


def _beta(found: float, of: float) -> tuple[float, float]:
    return found + 0.5, of - found + 0.5


def _share(found: float, of: float, level: float) -> Estimate:
    from scipy.special import betaincinv

    low, high = (float(betaincinv(*_beta(found, of), tail)) for tail in ((1 - level) / 2, (1 + level) / 2))
    value = found / of if of else 0.5
    return Estimate(value, min(low, value), max(high, value), level)
