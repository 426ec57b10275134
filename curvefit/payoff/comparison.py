"""One accuracy against another. Lives here: paired differences, what training gains and from when on; numpy only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import compress
from statistics import NormalDist
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import Forecast
from curvefit.curves.intervals import t_quantile
from curvefit.curves.item_groups import group_numbers, joined_groups, over_items
from curvefit.curves.variance import Components, components
from curvefit.errors import CurveError

__all__ = [
    "SURE",
    "SURE_NOT",
    "BreakEven",
    "Decision",
    "PairedDifference",
    "break_even",
    "chance_above",
    "decision_on",
    "draws_go_together",
    "fair_accuracy",
    "leaves_open",
    "optimism_matters",
    "over_constant",
    "paired_difference",
    "paired_gain",
    "paired_items",
    "without_optimism",
]

FloatArray = NDArray[np.float64]
Decision = Literal["pays", "does not pay", "open"]

SURE: Final = 0.8  # chance of more than the margin from which that is said, predicted or measured
SURE_NOT: Final = 0.2  # chance up to which it is said not to; 1 - 0.8 is less, as computers count
_BEYOND_CHANCE: Final = 2.33  # standard errors, which chance seldom exceeds
_PRIOR_DF: Final = 4.0  # weight of draws that have nothing in common, as of what `curvefit.curves.variance` assumes


@dataclass(frozen=True, slots=True)
class BreakEven:
    """From how many training examples on fine-tuning is as good as the prompt.

    Attributes
    ----------
    n_train : Estimate
        The number; infinite where it is not reached by `last`. Equal to `first`: that many or fewer, since nothing was
        measured between none and the smallest number.
    chance : float
        Probability that it is reached by `last`.
    first, last : int
        Numbers of training examples looked at: the smallest measured, and four times the largest.
    """

    n_train: Estimate
    chance: float
    first: int
    last: int


def break_even(tuned: Curve, forecast: Forecast, prompted: Forecast, shots: int) -> BreakEven:
    """Return where the fine-tuning curve reaches the prompted accuracy at a number of shots.

    Each draw of one posterior is compared with one of the other, as if the two were independent. Since the items are
    the same, the difference is in truth more precise, so that the interval is too wide rather than too narrow.

    `tuned` is accuracy by number of training examples, where 0 means no training, and `forecast` is its own; prompting
    is best at `shots`.
    """
    measured = tuned.shots[tuned.observed & (tuned.shots > 0)]
    if not len(measured):
        raise CurveError("a break-even needs accuracy at some number of training examples above 0")
    first, last = int(measured[0]), 4 * int(measured[-1])
    grid = np.unique(np.round(np.geomspace(first, last, 200)))
    prompted_accuracy = prompted.draws.at(np.array([float(shots)]))
    reached = forecast.draws.at(grid) >= prompted_accuracy
    crossing = np.where(reached.any(axis=1), grid[reached.argmax(axis=1)], np.inf)
    quantiles = ((1 - forecast.level) / 2, 0.5, (1 + forecast.level) / 2)
    low, middle, high = (float(q) for q in np.quantile(crossing, quantiles, method="inverted_cdf"))
    return BreakEven(Estimate(middle, low, high, forecast.level), float(reached.any(axis=1).mean()), first, last)


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """A difference of two accuracies and where its uncertainty comes from.

    Attributes
    ----------
    value : float
        The difference.
    items : int
        Items compared one by one; 0 where means are compared.
    from_items, from_draws : float
        Variance that more items would shrink (single trials included), and that which more draws or seeds would.
    df : float
        Degrees of freedom of their sum.
    """

    value: float
    items: int
    from_items: float
    from_draws: float
    df: float

    def interval(self, level: float) -> Estimate:
        """Return the difference with Student's interval, within [-1, 1]."""
        half_width = float(t_quantile(0.5 + level / 2, self.df)) * (self.from_items + self.from_draws) ** 0.5
        return Estimate(self.value, max(-1.0, self.value - half_width), min(1.0, self.value + half_width), level)


def paired_gain(tuned: Curve, n_train: int, prompted: Curve, shots: int, level: float) -> Estimate:
    """Return what training on so many examples adds to the prompted accuracy at so many shots, as measured.

    The interval of `paired_difference`; raises as that does.
    """
    return paired_difference(tuned, n_train, prompted, shots).interval(level)


def paired_difference(
    one: Curve, at: int, other: Curve, at_other: int, *, shared_draws: bool = False
) -> PairedDifference:
    """Return the accuracy of one curve at a number minus that of another at a number, as measured.

    Items common to both curves (the first ones of each) are compared one by one, which takes out how hard they are.
    What seeds and draws add to the variance is each curve's own estimate, shrunken as in `curvefit.curves.variance`;
    degrees of freedom are Satterthwaite's (1946), Biometrics Bulletin 2, 110-114. Without single scores the two means
    are compared as if their items differed.

    Parameters
    ----------
    one, other : Curve
        Of the same items in the same order.
    at, at_other : int
        Numbers of shots, or of training examples.
    shared_draws : bool
        Whether draw d shows the same examples in both: what their draws have in common, as far as it shows, is then
        taken out too. It counts for as much as it has degrees of freedom beside those of what is assumed, and for more
        where one is nearly a copy of the other.

    Raises
    ------
    CurveError
        One of the curves has nothing there, or the two have fewer than two items in common.
    """
    rows = [_row(curve, number) for curve, number in ((one, at), (other, at_other))]
    noise_and_row = list(zip([curve.noise() for curve in (one, other)], rows, strict=True))
    draws = [(float(noise.draws[row, row]), noise.df_draws) for noise, row in noise_and_row]
    count, common = 0, 0.0
    if one.summary is None and other.summary is None:
        scores = _paired_scores(one, at, other, at_other)
        change = np.nanmean(scores.ours, axis=0) - np.nanmean(scores.theirs, axis=0)
        count = len(change)
        if count < 2:
            raise CurveError("a paired comparison needs two items that both curves have scores of")
        value = float(change.mean())
        seen = over_items(change, scores.groups)
        parts = [(seen.careful_variance, seen.df)]
        if shared_draws:
            common = _common_to_draws(scores.ours, scores.theirs, (draws[0][0], draws[1][0]))
    else:
        value = float(one.means[one.observed][rows[0]] - other.means[other.observed][rows[1]])
        parts = [(float(noise.items[row, row]), noise.df_items) for noise, row in noise_and_row]
    n_items = len(parts)
    both = sum(variance for variance, _ in draws)
    kept = 1.0 if both <= 0 else 1 - 2 * min(common, math.prod(variance for variance, _ in draws) ** 0.5) / both
    parts += [(kept * variance, part_df) for variance, part_df in draws]
    total = sum(variance for variance, _ in parts)
    df = total**2 / sum(variance**2 / part_df for variance, part_df in parts)
    from_items = sum(variance for variance, _ in parts[:n_items])
    return PairedDifference(value, count, from_items, total - from_items, df)


def _common_to_draws(ours: FloatArray, theirs: FloatArray, apart: tuple[float, float]) -> float:
    """Return the covariance of two means (of scores (draws, items)) that comes from draws in common.

    As measured, shrunken to 0, since a few draws say little. Or, where that is more, as much of the variances `apart`
    that draws give each mean as near copies must share: of what draws do to single items, twice what the two do not
    have in common is taken off. Two models, which have little of that in common, get nothing so.
    """
    padded = _padded(ours, theirs)
    draws = int((~np.isnan(padded)).any(axis=2).all(axis=0).sum())
    parts = components(padded)
    covariance = float(parts.draws[0, 1] * parts.per_draw[0, 1])
    if draws < 2:
        return 0.0
    measured = covariance * (draws - 1) / (draws - 1 + _PRIOR_DF) if math.isfinite(covariance) else 0.0
    copied = 1 - 2 * (1 - _alike_in_trials(padded, parts))
    return max(measured, copied * math.prod(apart) ** 0.5, 0.0)


def draws_go_together(ours: FloatArray, theirs: FloatArray) -> bool:
    """Whether draw d of scores (draws, items) shows itself to be that of others: what it does to single items is alike.

    By more than chance would have it once or twice in a hundred times; so do equal scores.
    """
    padded = _padded(ours, theirs)
    draws, items = ((~np.isnan(padded)).any(axis=axis).all(axis=0).sum() for axis in (2, 1))
    if draws < 2 or items < 2:
        return False
    return _alike_in_trials(padded, components(padded)) * math.sqrt((draws - 1) * (items - 1)) > _BEYOND_CHANCE


def _padded(ours: FloatArray, theirs: FloatArray) -> FloatArray:
    """Return both (2, D, I), with NaN for the draws that one lacks."""
    most = max(len(ours), len(theirs))
    return np.stack([np.pad(each, ((0, most - len(each)), (0, 0)), constant_values=np.nan) for each in (ours, theirs)])


def _alike_in_trials(both: FloatArray, parts: Components) -> float:
    """Return how alike two are in what is left once items and draws are taken out, as a correlation; 1 where equal."""
    if np.array_equal(both[0], both[1], equal_nan=True):
        return 1.0
    own = float(parts.residual[0, 0]), float(parts.residual[1, 1])
    return float(parts.residual[0, 1]) / math.prod(own) ** 0.5 if min(own) > 0 else 0.0


def optimism_matters(n_prompts: int, optimism: float) -> bool:
    """Whether the best of so many prompts is worth a warning: its optimism is at least 0.0005, or NaN (unknown)."""
    return n_prompts > 1 and not optimism < 0.0005


def without_optimism(gain: Estimate, optimism: float) -> Estimate:
    """Return a gain over the best of several prompts, corrected for the optimism of that prompt's score.

    An `optimism` of NaN is unknown, and corrects nothing. Simulated, with 11 prompts and 2 or 5 draws
    (`benchmarks.payoff.optimism`), 68 to 90% of 90% intervals cover the truth as measured and 86 to 92% when corrected;
    with a single draw 66% and 92%.
    """
    correction = 0.0 if math.isnan(optimism) else optimism
    value, low, high = (max(-1.0, min(1.0, end + correction)) for end in (gain.value, gain.low, gain.high))
    # What was cut off at -1 or 1 stays there: nobody knows how far beyond it was.
    return Estimate(value, low if gain.low > -1 else gain.low, high if gain.high < 1 else gain.high, gain.level)


def fair_accuracy(seen: Estimate, optimism: float) -> Estimate:
    """Return the accuracy of the best of several without the optimism of its pick, which NaN leaves as it is.

    Simulated (`benchmarks.comparison.picked`), it is 1.2 points too low to 0.6 too high on average, and 85 to 98% of
    90% intervals hold the truth.
    """
    correction = 0.0 if math.isnan(optimism) else optimism
    value, low, high = (max(0.0, end - correction) for end in (seen.value, seen.low, seen.high))
    return Estimate(value, low, high, seen.level)


def chance_above(gain: Estimate, margin: float) -> float:
    """Return the chance that a measured gain is more than a margin: its error is taken to be normal.

    On either side of the value, since an end may be cut off where accuracies end.
    """
    error = gain.value - gain.low if gain.value > margin else gain.high - gain.value
    if error <= 0:
        return float(gain.value > margin)
    normal = NormalDist()
    return normal.cdf((gain.value - margin) / error * normal.inv_cdf((1 + gain.level) / 2))


def decision_on(gain: Estimate, margin: float) -> Decision:
    """Return whether training pays, by what it was measured to gain: from a chance of `SURE` on, on either side."""
    chance = chance_above(gain, margin)
    if chance >= SURE:
        return "pays"
    return "does not pay" if chance <= SURE_NOT else "open"


def leaves_open(gain: Estimate, margin: float) -> bool:
    """Whether the interval of a gain leaves open whether that is more than a margin: what is said is likely at most."""
    return gain.low <= margin < gain.high


def paired_items(tuned: Curve, n_train: int, prompted: Curve, shots: int) -> int:
    """Return how many items `paired_gain` compares one by one; 0 where it has means alone.

    Raises
    ------
    CurveError
        One of the curves has nothing there.
    """
    if tuned.summary is not None or prompted.summary is not None:
        return 0
    return int(_paired_scores(tuned, n_train, prompted, shots).ours.shape[1])


def over_constant(curve: Curve, at: int, constant: FloatArray | None, level: float) -> Estimate | None:
    """Return by how much a curve is above one answer given to everything, item by item; None where that is not known.

    `constant` is the score of that answer on each of its items (I,).
    """
    if constant is None or curve.summary is not None:
        return None
    try:
        return paired_gain(curve, at, Curve(shots=np.array([0]), scores=constant[None, None]), 0, level)
    except CurveError:  # fewer than two items were answered
        return None


class _Paired(NamedTuple):
    """Scores (seeds or draws, items) of the items that two curves have in common, and their groups."""

    ours: FloatArray
    theirs: FloatArray
    groups: tuple[int, ...]


def _paired_scores(tuned: Curve, n_train: int, prompted: Curve, shots: int) -> _Paired:
    """Return the scores of the items that both curves scored there."""
    tuned_scores, prompted_scores = (
        c.scores[c.observed][_row(c, at)] for c, at in ((tuned, n_train), (prompted, shots))
    )
    common = min(tuned_scores.shape[1], prompted_scores.shape[1])
    tuned_scores, prompted_scores = tuned_scores[:, :common], prompted_scores[:, :common]
    scored_in_both = ~np.isnan(tuned_scores).all(axis=0) & ~np.isnan(prompted_scores).all(axis=0)
    ours, theirs = (tuple(compress(c.groups, scored_in_both)) for c in (tuned, prompted))
    groups = group_numbers(joined_groups(ours, theirs))
    return _Paired(tuned_scores[:, scored_in_both], prompted_scores[:, scored_in_both], groups)


def _row(curve: Curve, at: int) -> int:
    """Return the position of a number of shots, or of training examples, among the observed ones."""
    rows = np.flatnonzero(curve.shots[curve.observed] == at)
    if not len(rows):
        raise CurveError(f"nothing was measured at {at}")
    return int(rows[0])
