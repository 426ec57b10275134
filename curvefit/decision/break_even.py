"""From how many calls on fine-tuning costs less, and when it has paid. Lives here: arithmetic on stated costs.

Two things are set against each other: the prompt that would be shipped otherwise, and the fine-tuned model. A month of
n calls costs ``n * price / 1000`` either way; the fine-tuned model has its hosting besides, and fewer mistakes by its
gain, each of which costs what a mistake costs. Training and labour are paid once.

An amount may be a range, where sources disagree or nobody knows better. Then all is computed twice, and nothing
between: at that end of each range where fine-tuning does better beside the prompt, and at the other.

Prices of tokens fall. Where they are said to halve in so many months, what is saved on tokens halves with them; hosting
and mistakes are taken to cost what they do. Half a year on year is what the talk "Why fine-tuning is dead" (2024) shows
of prices for one quality of model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate, FloatArray
from curvefit.decision.training_prices import TrainingPrice
from curvefit.errors import CurveError
from curvefit.payoff.comparison import SURE, SURE_NOT, Decision, chance_above

__all__ = [
    "AMOUNTS",
    "RANGES",
    "Costs",
    "MoneyBack",
    "MoneyDoubt",
    "Payback",
    "PriceListing",
    "TunedModel",
    "at_ends",
    "back_at_one_end",
    "break_even",
    "by_month",
    "deciding_ranges",
    "hardly_back",
    "least_and_most_saved",
    "mistakes_alone",
    "money_back",
    "money_doubt",
    "payback_of",
    "saved_before",
    "surely_back",
]

MoneyBack = Literal["open", "hardly", "likely never", "never"]
MoneyDoubt = Literal["", "gain", "ranges", "no prompt"]

_LONGEST: Final = 120.0  # months that are looked at closely
_CLOSELY: Final = _LONGEST * np.arange(1.0, 4801.0) / 4800
_FAR: Final = _LONGEST * 2.0 ** np.arange(1.0, 30.0)
_YEAR: Final = 12.0
_STEPS: Final = np.arange(1.0, 101.0)
# The fields of `Costs` that are amounts.
AMOUNTS: Final = (
    "calls_per_month", "prompted_usd_per_1000", "tuned_usd_per_1000", "training_usd", "labour_usd",
    "hosting_usd_per_month", "error_usd", "halving_months",
)  # fmt: skip
# Those that may be ranges: not the price of the prompt, which is measured, nor what is but a scenario.
RANGES: Final = tuple(name for name in AMOUNTS if name not in ("prompted_usd_per_1000", "halving_months"))
_ONCE: Final = ("training_usd", "labour_usd")
_UNPRICED: Final = ("training_usd", "hosting_usd_per_month")  # without which something can be said


@dataclass(frozen=True, slots=True)
class PriceListing:
    """Which amounts of `Costs` were taken from the shipped list, since nobody stated them, and what they rest on.

    Attributes
    ----------
    price : TrainingPrice
        The row.
    amounts : tuple of str
        Names of the amounts that are its.
    looked_up : str
        On which day, YYYY-MM-DD.
    examples, passes : int
        What is trained on, and how often; 0 where training is not by tokens.
    tokens : float
        Of one example; NaN where training is not by tokens.
    hours : float
        Of training, where it is by the hour; else NaN.
    """

    price: TrainingPrice
    amounts: tuple[str, ...]
    looked_up: str
    examples: int = 0
    passes: int = 0
    tokens: float = math.nan
    hours: float = math.nan


@dataclass(frozen=True, slots=True)
class TunedModel:
    """Another model that is fine-tuned, and set against the prompt of the one that was studied.

    Attributes
    ----------
    model : str
        Its name.
    gain : Estimate
        Accuracy of it, fine-tuned, minus that of the prompt.
    basis : str
        ``probed`` or ``predicted``: whether its accuracy was measured.
    """

    model: str
    gain: Estimate
    basis: str


@dataclass(frozen=True, slots=True)
class Costs:
    """What the two cost; NaN where that is not known, which is not the same as nothing.

    Attributes
    ----------
    calls_per_month : float
        How often the task is asked.
    prompted_usd_per_1000, tuned_usd_per_1000 : float
        Dollars for a thousand calls: of the prompt, and of the fine-tuned model.
    training_usd, labour_usd : float
        Once: the training itself, and the work around it.
    hosting_usd_per_month : float
        Of the fine-tuned model, besides its calls.
    error_usd : float
        What one wrong answer costs; 0 leaves accuracy out.
    halving_months : float
        In how many months prices of tokens halve; infinite: they stay.
    upper_ends : mapping of str to float
        Of amounts that are a range: the amount itself is the lower end.
    listing : PriceListing or None
        What was taken from the shipped list of prices.
    tuned : TunedModel or None
        What is fine-tuned, where it is another model than the prompt's.
    at_base_price : bool
        Whether `tuned_usd_per_1000` is what the base model's calls without examples cost, since nobody stated it.
    at_validated_price : bool
        Whether it is what the fine-tuned model's calls cost when it was validated, for the same reason.
    at_measured_price : bool
        Whether `prompted_usd_per_1000` was not stated either, and is what the prompt to use cost where it was measured.
    command : tuple of str
        The command line that stated them, as words; empty where none did.

    Examples
    --------
    >>> cf.Costs(calls_per_month=100_000, prompted_usd_per_1000=1.2, tuned_usd_per_1000=0.08, training_usd=30).error_usd
    0.0
    """

    __module__ = "curvefit"

    calls_per_month: float
    prompted_usd_per_1000: float = math.nan
    tuned_usd_per_1000: float = math.nan
    training_usd: float = math.nan
    labour_usd: float = 0.0
    hosting_usd_per_month: float = math.nan
    error_usd: float = 0.0
    halving_months: float = math.inf
    upper_ends: Mapping[str, float] = field(default_factory=dict)
    listing: PriceListing | None = None
    tuned: TunedModel | None = None
    at_base_price: bool = False
    at_validated_price: bool = False
    at_measured_price: bool = False
    command: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name in AMOUNTS:
            if not _is_number(amount := getattr(self, name)):
                ends = f"of a range give the lower end, and the upper one as upper_ends={{{name!r}: NUMBER}}"
                raise CurveError(f"{name} must be a number, not {amount!r:.40}; {ends}")
            if amount < 0:
                raise CurveError(f"{name} must be at least 0, not {amount!r}")
        if self.halving_months == 0:
            raise CurveError("halving_months must be more than 0; leave it out if prices stay")
        if not isinstance(self.upper_ends, Mapping):
            raise CurveError(f"upper_ends must be numbers by the name of an amount, not {self.upper_ends!r:.40}")
        for name, most in self.upper_ends.items():
            if name not in RANGES or not (_is_number(most) and most >= getattr(self, name)):
                raise CurveError(f"{name} has no upper end of {most!r}: of {', '.join(RANGES)} it is the larger")

    @property
    def unknown(self) -> tuple[str, ...]:
        """What has to be known besides, by name."""
        return tuple(name for name in AMOUNTS if math.isnan(getattr(self, name)))

    @property
    def ranges(self) -> Mapping[str, tuple[float, float]]:
        """Both ends of the amounts that are ranges."""
        ends = {name: (getattr(self, name), most) for name, most in self.upper_ends.items()}
        return {name: (low, high) for name, (low, high) in ends.items() if low < high}

    @property
    def most_error_usd(self) -> float:
        """What one wrong answer costs at most; 0 where accuracy is left out."""
        return self.upper_ends.get("error_usd", self.error_usd)


def _is_number(amount: Any) -> bool:
    return isinstance(amount, Real) and not isinstance(amount, bool)


@dataclass(frozen=True, slots=True)
class Payback:
    """When fine-tuning pays in money; infinite where it never does.

    Intervals come from that of the gain alone: prices are taken as stated. Where some are ranges, the estimates are for
    the ends at which fine-tuning does better.

    Attributes
    ----------
    calls_per_month : Estimate
        From how many calls a month on the fine-tuned model costs less to run, training aside.
    months : Estimate
        After how many months training and labour have been saved, at the calls stated.
    saved_per_month : Estimate
        Dollars, in the first month.
    within_a_year : float
        Chance that training and labour are back within twelve months: the gain's error is taken to be normal.
    dearest : Payback or None
        The same for the ends at which fine-tuning does worse; None where nothing is a range.
    """

    calls_per_month: Estimate
    months: Estimate
    saved_per_month: Estimate
    within_a_year: float
    dearest: Payback | None = None

    @property
    def ends(self) -> tuple[Payback, ...]:
        """This, and the same for the ends at which fine-tuning does worse, where something is a range."""
        return (self,) if self.dearest is None else (self, self.dearest)

    @property
    def chances(self) -> tuple[float, float]:
        """The chance that it is back within a year, at both ends of ranges: the lower one first.

        Where accuracy may be lost, that may be the one of the ends at which fine-tuning does better as predicted.
        """
        low, high = sorted((self.within_a_year, (self.dearest or self).within_a_year))
        return low, high


def break_even(costs: Costs, gain: Estimate) -> Payback:
    """Return from when on fine-tuning costs less than prompting.

    The gain is the accuracy of the fine-tuned model minus that of the prompt.

    Raises
    ------
    CurveError
        Something is not known.

    Examples
    --------
    Long prompts at $1.20 a thousand calls, a tuned model at $0.08, $30 of training, nothing for hosting: at 100,000
    calls a month $112 are saved each month, and the training has paid after 8 days.

    >>> from curvefit.decision.break_even import break_even
    >>> gain = cf.Estimate(0.0, -0.02, 0.02, 0.9)
    >>> costs = cf.Costs(100_000, 1.2, 0.08, training_usd=30, hosting_usd_per_month=0)
    >>> found = break_even(costs, gain)
    >>> round(found.saved_per_month.value, 2), round(found.months.value, 2)
    (112.0, 0.27)
    """
    if costs.unknown:
        raise CurveError(f"not known: {', '.join(costs.unknown)}")
    better, *worse = at_ends(costs, gain.value)
    found = _payback(better, gain)
    return replace(found, dearest=_payback(worse[0], gain)) if worse else found


def at_ends(costs: Costs, gained: float) -> tuple[Costs, ...]:
    """Return costs without ranges: at the ends where fine-tuning does better, then at the others; one if no range.

    Lower prices are better for it. So is a higher one of mistakes where it makes fewer, and so are more calls where
    each of them saves.

    `gained` is the accuracy of the fine-tuned model minus that of the prompt. What is unknown stays so.
    """
    ranges = dict(costs.ranges)
    if not ranges:
        return (costs,)
    calls = ranges.pop("calls_per_month", (costs.calls_per_month,) * 2)

    def case(better: bool) -> Costs:
        ends: dict[str, Any] = {
            name: high if better == (name == "error_usd" and gained > 0) else low
            for name, (low, high) in ranges.items()
        }
        priced = replace(costs, **ends, upper_ends={})
        return replace(priced, calls_per_month=calls[better == (sum(_per_call(priced, gained)) > 0)])

    return case(better=True), case(better=False)


def _payback(costs: Costs, gain: Estimate) -> Payback:
    def estimate(of: Callable[[float], float]) -> Estimate:
        # Each falls or rises with the gain throughout, so that the ends of its interval give those of theirs.
        low, high = sorted((of(gain.low), of(gain.high)))
        return Estimate(of(gain.value), low, high, gain.level)

    return Payback(
        calls_per_month=estimate(lambda gained: _calls(costs, gained)),
        months=estimate(lambda gained: _months(costs, gained)),
        saved_per_month=estimate(lambda gained: _saved(costs, gained)),
        within_a_year=_chance_within(costs, gain, _YEAR),
    )


def payback_of(costs: Costs, gain: Estimate | None) -> Payback | None:
    """Return when fine-tuning pays; None where a price or the gain is not known.

    The costs name the gain where another model is fine-tuned.
    """
    gain = gain if costs.tuned is None else costs.tuned.gain
    return None if costs.unknown or gain is None else break_even(costs, gain)


def saved_before(costs: Costs, gain: Estimate | None) -> Payback | None:
    """Return what is saved before training and hosting where these are not known: as if they cost nothing.

    None where calls of either, or the gain, are not known; or where both are known, and `payback_of` says more.
    """
    gain = gain if costs.tuned is None else costs.tuned.gain
    if gain is None or not costs.unknown or not set(costs.unknown) <= set(_UNPRICED):
        return None
    return break_even(_as_free(by_month(costs)), gain)


def by_month(costs: Costs) -> Costs:
    """Return costs without what is paid once."""
    ends = {name: most for name, most in costs.upper_ends.items() if name not in _ONCE}
    once: dict[str, Any] = dict.fromkeys(_ONCE, 0.0)
    return replace(costs, **once, upper_ends=ends)


def mistakes_alone(costs: Costs) -> Costs | None:
    """Return costs as if nothing but mistakes cost anything; None where these do not either."""
    if not costs.most_error_usd:
        return None
    free: dict[str, Any] = dict.fromkeys(set(AMOUNTS) - {"calls_per_month", "error_usd", "halving_months"}, 0.0)
    ends = {name: most for name, most in costs.upper_ends.items() if name not in free}
    return replace(costs, **free, upper_ends=ends)


def _as_free(costs: Costs) -> Costs:
    """Return costs as if what is unknown cost nothing."""
    unpriced: dict[str, Any] = dict.fromkeys(costs.unknown, 0.0)
    ends = {name: most for name, most in costs.upper_ends.items() if name not in unpriced}
    return replace(costs, **unpriced, upper_ends=ends)


def least_and_most_saved(costs: Costs, gain: Estimate) -> tuple[float, float]:
    """Return the least and the most that is saved in the first month, over all ends: of ranges and of the gain.

    A dearer mistake is worse where accuracy is lost, and better where it is gained. So where the gain may be either,
    these stand neither at the ends that are better as predicted nor at the others. What is unknown costs nothing here.
    """
    priced = _as_free(costs)
    worst, best = at_ends(priced, gain.low)[-1], at_ends(priced, gain.high)[0]
    return _saved(worst, gain.low), _saved(best, gain.high)


def money_back(costs: Costs, gain: Estimate | None) -> MoneyBack:
    """Say whether what fine-tuning costs comes back: never, where that holds for all of the gain's interval.

    ``likely never`` where it does not as predicted, and ``hardly`` where it does: either with little chance of that
    within a year, at all ends of ranges. It does not come back either where fine-tuning saves nothing even before
    training and hosting, whose prices are not known.
    """
    found, before = payback_of(costs, gain), saved_before(costs, gain)
    if found is not None and math.isinf(found.months.value):
        if all(math.isinf(end.months.low) for end in found.ends):
            return "never"
        return "likely never" if hardly_back(costs, gain) else "open"
    if before is not None and before.saved_per_month.value <= 0:
        if before.saved_per_month.high <= 0:
            return "never"
        return "likely never" if _decided(before.chances[1]) == "does not pay" else "open"
    return "hardly" if hardly_back(costs, gain) else "open"


def hardly_back(costs: Costs, gain: Estimate | None) -> bool:
    """Return whether the chance of money back within a year is known, and low at both ends of ranges."""
    found = payback_of(costs, gain)
    return found is not None and _decided(found.chances[1]) == "does not pay"


def surely_back(costs: Costs, gain: Estimate | None) -> float | None:
    """Return the chance of money back within a year, the lower of both ends, where that is high enough; else None.

    Where a month saves nothing, nothing comes back, even if nothing was paid.
    """
    found = payback_of(costs, gain)
    if found is None or (found.dearest or found).saved_per_month.value <= 0:
        return None
    return found.chances[0] if _decided(found.chances[0]) == "pays" else None


def back_at_one_end(costs: Costs, gain: Estimate | None) -> bool:
    """Return whether the chance of money back within a year is high at one end of ranges alone."""
    found = payback_of(costs, gain)
    return found is not None and [_decided(chance) == "pays" for chance in found.chances] == [False, True]


def money_doubt(costs: Costs, gain: Estimate | None) -> MoneyDoubt:
    """Say what leaves it open whether fine-tuning pays back within a year; nothing where nothing does, or none asked.

    ``gain``: how large that is, the chance being neither high nor low. ``ranges``: their ends, which come to different
    answers.
    """
    found = payback_of(costs, gain)
    if found is None or money_back(costs, gain) != "open":
        return ""
    low, high = map(_decided, found.chances)
    if low != high:
        return "ranges"
    return "gain" if low == "open" else ""


def deciding_ranges(costs: Costs, gain: Estimate | None) -> tuple[str, ...]:
    """Return the amounts whose range changes by itself whether fine-tuning pays back within a year.

    Each is moved alone to its other end, with all others at the ends that are better for fine-tuning, or all at the
    worse ones. All amounts that are ranges, where none does by itself. First comes the one that moves that chance most,
    then, of those that move it alike, what is saved in a year.
    """
    better, *worst = at_ends(costs, 0.0 if gain is None else gain.value)
    if gain is None or not worst:
        return ()
    [worse] = worst

    def swapped(case: Costs, name: str, other: Costs) -> tuple[Costs, Costs]:
        return case, replace(case, **{name: getattr(other, name)})

    def changed(name: str) -> bool:
        pairs = (swapped(better, name, worse), swapped(worse, name, better))
        return any(len({_decided(_chance_within(each, gain, _YEAR)) for each in pair}) > 1 for pair in pairs)

    def moved(name: str) -> tuple[float, float]:
        pairs = (swapped(better, name, worse), swapped(worse, name, better))
        chances = (abs(_chance_within(one, gain, _YEAR) - _chance_within(other, gain, _YEAR)) for one, other in pairs)
        usd = (abs(_left(one, gain.value) - _left(other, gain.value)) for one, other in pairs)
        return round(max(chances), 2), max(usd)

    found = list(filter(changed, costs.ranges)) or list(costs.ranges)
    return tuple(sorted(found, key=moved, reverse=True))


def _left(costs: Costs, gained: float) -> float:
    """Return what is saved in a year, less what is paid at the start."""
    return float(_saved_by(costs, gained)(_YEAR)) - costs.training_usd - costs.labour_usd


def _decided(chance: float) -> Decision:
    """Return what a chance of money back within a year says of training."""
    return "pays" if chance >= SURE else "does not pay" if chance <= SURE_NOT else "open"


def _per_call(costs: Costs, gained: float) -> tuple[float, float]:
    """Return what one call saves, on tokens and on mistakes."""
    return (costs.prompted_usd_per_1000 - costs.tuned_usd_per_1000) / 1000, gained * costs.error_usd


def _saved(costs: Costs, gained: float) -> float:
    return costs.calls_per_month * sum(_per_call(costs, gained)) - costs.hosting_usd_per_month


def _calls(costs: Costs, gained: float) -> float:
    each = sum(_per_call(costs, gained))
    if each > 0:
        return costs.hosting_usd_per_month / each
    return math.inf


def _chance_within(costs: Costs, gain: Estimate, months: float) -> float:
    """Return the chance that what was paid at the start is back by then: that of a gain from which on it is."""
    low, high = -1.0, 1.0
    if not _is_back(costs, high, months):
        return 0.0
    if _is_back(costs, low, months):
        return 1.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if _is_back(costs, middle, months) else (middle, high)
    return chance_above(gain, high)


def _is_back(costs: Costs, gained: float, months: float) -> bool:
    once, saved = costs.training_usd + costs.labour_usd, _saved_by(costs, gained)
    if not once and _saved(costs, gained) >= 0:
        return True
    return bool(np.any(saved(months * _STEPS / 100) >= once))  # it may fall again, as in `_months`


def _saved_by(costs: Costs, gained: float) -> Callable[[float | FloatArray], float | FloatArray]:
    """Return what has been saved after so many months."""
    tokens, mistakes = (costs.calls_per_month * part for part in _per_call(costs, gained))

    def saved(months: float | FloatArray) -> float | FloatArray:
        steady = (mistakes - costs.hosting_usd_per_month) * months
        if math.isinf(costs.halving_months):
            return tokens * months + steady
        rate = math.log(2) / costs.halving_months
        return tokens * -np.expm1(-rate * months) / rate + steady

    return saved


def _months(costs: Costs, gained: float) -> float:
    """Return when what was saved first reaches what was paid at the start; infinite where that is not within reach."""
    once, saved = costs.training_usd + costs.labour_usd, _saved_by(costs, gained)
    # What is saved may rise and then fall, where tokens get cheap and hosting stays: the first time counts.
    late = _first(_CLOSELY, saved(_CLOSELY) >= once)
    if once == 0:
        return 0.0 if _saved(costs, gained) >= 0 else late
    early = late - _LONGEST / len(_CLOSELY)
    if math.isinf(late):  # closely no more
        late = _first(_FAR, saved(_FAR) >= once)
        if math.isinf(late):
            return late
        early = late / 2
    for _ in range(40):
        middle = (early + late) / 2
        early, late = (early, middle) if saved(middle) >= once else (middle, late)
    return late


def _first(months: FloatArray, reached: bool | NDArray[np.bool_]) -> float:
    """Return the first of these months at which something is reached; infinite where it is at none."""
    return float(months[np.argmax(reached)]) if np.any(reached) else math.inf
