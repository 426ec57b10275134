"""Is the curve still rising? Lives here: the rules that turn intervals into a verdict, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from curvefit.curves.contrasts import Change, fall, rises
from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import Forecast
from curvefit.curves.settling import what_would_settle
from curvefit.errors import CurveError

__all__ = ["Trend", "Verdict", "in_points", "judge", "trend_of"]

Trend = Literal["rising", "plateau", "flat", "falling", "inconclusive"]

_REACH: Final = 8  # how many times the largest measured number of shots the verdict looks ahead
_FEWEST: Final = 3  # numbers of shots above 0 that a shape can be read from


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the curve says about more shots.

    Attributes
    ----------
    trend : str
        ``rising``: more than the margin is still to come. ``plateau``: less than the margin is, after a rise.
        ``flat``: less than the margin is, and no more has come. ``falling``: accuracy is below an earlier peak.
        ``inconclusive``: the data do not tell; the last reason says what would.
    gain_left : Estimate
        True accuracy at the horizon minus true accuracy at the largest measured number of shots.
    gain_per_doubling : Estimate
        What twice the largest measured number of shots would add.
    margin : float
        The smallest gain worth having.
    horizon : int
        Number of shots up to which the claim is made.
    reasons : tuple of str
        One sentence each, with its number in points (1 point is 0.01 of accuracy).
    """

    trend: Trend
    gain_left: Estimate
    gain_per_doubling: Estimate
    margin: float
    horizon: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """Everything a rule may look at."""

    curve: Curve
    forecast: Forecast
    margin: float
    horizon: int
    n_classes: int
    last: int
    gain: Estimate  # to the horizon
    latent_rise: Estimate  # fitted, from the first to the last positive number of shots
    rises: tuple[Change, ...]  # measured, to the last number of shots, from the first and from the first positive one
    fall: Change | None  # measured, from the highest earlier point, its bounds corrected for having been picked

    @property
    def spent(self) -> bool:
        """Whether less than the margin is left: two one-sided tests (Schuirmann 1987) at (1 - level) / 2 each."""
        return _inside(self.gain, self.margin)

    @property
    def risen(self) -> Change | None:
        """The measured rise, where it is established and larger than the margin."""
        return next((c for c in self.rises if c.by.low > 0 and c.by.value > self.margin), None)


def judge(
    curve: Curve, forecast: Forecast, *, margin: float = 0.02, horizon: int | None = None, n_classes: int = 0
) -> Verdict:
    """Decide whether more shots would help.

    Every decisive verdict is a claim about an interval, never about a point estimate, and plateau and flat are claims
    of equivalence: the whole interval of the gain left lies within the margin.

    - rising: the interval of the gain left lies above the margin.
    - falling: an earlier point is above the last one, measured on the same items and draws, by an interval that
      excludes 0 after Bonferroni's correction for having picked the highest of several points; the difference exceeds
      the margin; and nothing has risen again since.
    - flat: the interval of the gain left lies within the margin, and so does that of the fitted change from the first
      positive to the largest number of shots; and no gain from 0 shots is suspected.
    - plateau: the interval of the gain left lies within the margin, and a rise to the last point, from the first or
      from the first positive number of shots, is measured: it exceeds the margin and its interval is above 0.
    - inconclusive: everything else, and always below three positive numbers of shots. Neither plateau nor flat is
      said while there are more classes than shots, since the rise may start where every class has been shown; nor
      when the last point is below an earlier one by more than the margin and an uncorrected 80% interval of that
      excludes 0 (from one draw, always).

    Parameters
    ----------
    curve : Curve
        What was measured.
    forecast : Forecast
        Its forecast; decides the level.
    margin : float
        The smallest gain in accuracy worth having, in (0, 1).
    horizon : int, optional
        Shots up to which is judged; by default 8 times the largest measured number.
    n_classes : int
        Classes of a label task; 0 where targets are free text.

    Raises
    ------
    CurveError
        Margin out of range, or a horizon that was measured already.
    """
    case = _case(curve, forecast, margin, horizon, n_classes)
    trend, words = _ruling(case)
    reasons = [_gain_left(case), *(_fall(case) if trend == "falling" else _rise(case)), *_draws(case), *words(case)]
    return Verdict(
        trend, case.gain, forecast.gain_per_doubling(case.last), margin, case.horizon, tuple(reasons)
    )  # fmt: skip


def trend_of(
    curve: Curve, forecast: Forecast, *, margin: float = 0.02, horizon: int | None = None, n_classes: int = 0
) -> Trend:
    """Return the verdict's trend alone, many times faster than `judge`, which also finds words and remedies."""
    return _ruling(_case(curve, forecast, margin, horizon, n_classes))[0]


def _case(curve: Curve, forecast: Forecast, margin: float, horizon: int | None, n_classes: int) -> _Case:
    if not 0.0 < margin < 1.0:
        raise CurveError(f"margin lies between 0 and 1, not {margin!r}")
    shots = curve.shots[curve.observed]
    last = int(shots[-1])
    ahead = _REACH * max(last, 1) if horizon is None else horizon
    if ahead <= last:
        raise CurveError(f"the horizon must lie beyond the largest measured number of shots, {last}, not {horizon!r}")
    first = int(shots[shots > 0][0]) if last else 0
    return _Case(
        curve, forecast, margin, ahead, n_classes, last,
        gain=forecast.gain(last, ahead),
        latent_rise=forecast.gain(first, last),
        rises=rises(curve, forecast.level),
        fall=fall(curve, forecast.level),
    )  # fmt: skip


def _ruling(case: _Case) -> tuple[Trend, Callable[[_Case], list[str]]]:
    return next((trend, words) for holds, trend, words in _RULES if holds(case))


def _inside(estimate: Estimate, margin: float) -> bool:
    return -margin < estimate.low and estimate.high < margin


def _too_few(c: _Case) -> bool:
    return int((c.curve.shots[c.curve.observed] > 0).sum()) < _FEWEST


def _falling(c: _Case) -> bool:
    return c.fall is not None and c.fall.by.high < 0 and c.fall.by.value < -c.margin and not c.fall.recovered


def _sinking(c: _Case) -> bool:
    # No family falls, so a forecast alone would take the start of a fall for a plateau.
    return c.spent and c.fall is not None and c.fall.suspected and c.fall.by.value < -c.margin and not c.fall.recovered


def _flat(c: _Case) -> bool:
    jumped = any(change.start == 0 and change.suspected for change in c.rises)
    return c.spent and not jumped and _inside(c.latent_rise, c.margin)


def in_points(value: float) -> str:
    """Return a difference of accuracies in percentage points, with its sign."""
    return f"{100 * value:+.1f}".replace("-", "−")


def _interval(e: Estimate) -> str:
    return f"{in_points(e.value)} points ({100 * e.level:.0f}% interval {in_points(e.low)} to {in_points(e.high)})"


def _gain_left(c: _Case) -> str:
    margin = f"{100 * c.margin:.1f}"
    return f"Going from {c.last} to {c.horizon} shots is forecast to add {_interval(c.gain)}; the margin is {margin}."


def _rise(c: _Case) -> list[str]:
    change = c.risen or (c.rises[0] if c.rises else None)
    if change is None:
        return []
    known = "" if change.by.low > 0 else ": no established rise"
    return [f"From {change.start} to {change.end} shots accuracy changed by {_interval(change.by)}{known}."]


def _fall(c: _Case) -> list[str]:
    assert c.fall is not None  # noqa: S101 - the rules that lead here saw it
    return [
        f"From its peak at {c.fall.start} shots to {c.fall.end} shots accuracy changed by {_interval(c.fall.by)},"
        f" corrected for picking the peak among {c.fall.picked_among}."
    ]


def _draws(c: _Case) -> list[str]:
    if not c.curve.one_draw:
        return []
    return [
        "One draw cannot show how much the choice of demonstrations matters: the points' intervals cover items only,"
        " and forecast and verdict assume the spread of published runs (8 points of SD at 1 shot, 4 at 64, at 50%)."
    ]


def _say_too_few(c: _Case) -> list[str]:
    count = int((c.curve.shots[c.curve.observed] > 0).sum())
    return [f"There are {count} numbers of shots above 0; measure at least {_FEWEST}, each about twice the one before."]


def _say_classes(c: _Case) -> list[str]:
    return [
        f"The largest prompt holds {c.last} examples and there are {c.n_classes} classes: the rise may start once every"
        f" class is shown. Measure at least {2 * c.n_classes} shots."
    ]


def _say_sinking(c: _Case) -> list[str]:
    return [
        *_fall(c),
        f"That may be a fall or an unlucky last point: measure {2 * c.last} shots, or 4 times the items and draws.",
    ]


def _say_open(c: _Case) -> list[str]:
    if c.spent:
        return [_SPENT]
    return [what_would_settle(c.curve, c.forecast, c.margin, c.horizon)]


def _say_nothing(c: _Case) -> list[str]:
    return []


_SPENT: Final = (
    "Less than the margin is left, but whether accuracy has risen by more than the margin is open: four times the items"
    " and draws would halve the interval of the rise."
)

# The first rule that holds decides.
_RULES: Final[Sequence[tuple[Callable[[_Case], bool], Trend, Callable[[_Case], list[str]]]]] = (
    (_too_few, "inconclusive", _say_too_few),
    (lambda c: c.gain.low > c.margin, "rising", _say_nothing),
    (_falling, "falling", _say_nothing),
    (_sinking, "inconclusive", _say_sinking),
    (lambda c: c.spent and c.last < c.n_classes, "inconclusive", _say_classes),
    (_flat, "flat", _say_nothing),
    (lambda c: c.spent and c.risen is not None, "plateau", _say_nothing),
    (lambda c: True, "inconclusive", _say_open),
)
