"""Is the curve still rising? Lives here: the rules that turn intervals into a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from curvefit.curves import reasons
from curvefit.curves.case import FEWEST, Held, VerdictInputs, inside
from curvefit.curves.contrasts import fall, rises
from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import Forecast
from curvefit.display import HtmlDisplay
from curvefit.errors import CurveError

__all__ = ["Trend", "Verdict", "judge", "trend_of"]

Trend = Literal["rising", "plateau", "flat", "falling", "inconclusive"]

_REACH: Final = 8  # how many times the largest measured number of shots the verdict looks ahead
_UNKNOWN: Final = Held()


@dataclass(frozen=True, slots=True)
class Verdict(HtmlDisplay):
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

    Examples
    --------
    >>> verdict = cf.analyze(cf.Curve.from_means([1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55], n_items=200)).verdict
    >>> verdict.trend, verdict.horizon, verdict.margin
    ('inconclusive', 64, 0.02)
    """

    __module__ = "curvefit"

    trend: Trend
    gain_left: Estimate
    gain_per_doubling: Estimate
    margin: float
    horizon: int
    reasons: tuple[str, ...]

    def __repr__(self) -> str:
        left = f"gain left {self.gain_left:+.3f} by {self.horizon} shots"
        return f"<Verdict: {self.trend}; {left}; margin {self.margin:g}; level {self.gain_left.level:g}>"


def judge(
    curve: Curve,
    forecast: Forecast,
    *,
    margin: float = 0.02,
    horizon: int | None = None,
    n_classes: int = 0,
    held: Held = _UNKNOWN,
) -> Verdict:
    """Decide whether more shots would help.

    Every decisive verdict is a claim about an interval, never about a point estimate, and plateau and flat are claims
    of equivalence: the whole interval of the gain left lies within the margin. Since intervals are equal-tailed, one
    of 90% lies above the margin exactly where the posterior probability of a gain above it is at least 95%.

    - rising: the interval of the gain left lies above the margin.
    - falling: an earlier point is above the last one, measured on the same items and draws, by an interval that
      excludes 0 after Bonferroni's correction for having picked the highest of several points; the difference exceeds
      the margin; and nothing has risen again since.
    - flat: the interval of the gain left lies within the margin, and so does that of the fitted change from the first
      positive to the largest number of shots; and an uncorrected 80% interval of the measured change from 0 shots
      neither excludes 0 upwards nor reaches beyond the margin.
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
    held : Held
        Examples and items there are: what would settle an open verdict is looked for among them first.

    Raises
    ------
    CurveError
        Margin out of range, or a horizon that was measured already.
    """
    case = _case(curve, forecast, margin, horizon, n_classes, held)
    trend, words = _ruling(case)
    known = reasons.what_is_known(case, falling=trend == "falling")
    per_doubling = forecast.gain_per_doubling(case.last)
    return Verdict(trend, case.gain, per_doubling, margin, case.horizon, (*known, *words(case)))


def trend_of(
    curve: Curve, forecast: Forecast, *, margin: float = 0.02, horizon: int | None = None, n_classes: int = 0
) -> Trend:
    """Return the verdict's trend alone, many times faster than `judge`, which also finds words and remedies."""
    return _ruling(_case(curve, forecast, margin, horizon, n_classes, _UNKNOWN))[0]


def _case(
    curve: Curve, forecast: Forecast, margin: float, horizon: int | None, n_classes: int, held: Held
) -> VerdictInputs:
    if not 0.0 < margin < 1.0:
        raise CurveError(f"margin lies between 0 and 1, not {margin!r}")
    shots = curve.shots[curve.observed]
    last = int(shots[-1])
    ahead = _REACH * max(last, 1) if horizon is None else horizon
    if ahead <= last:
        raise CurveError(f"the horizon must lie beyond the largest measured number of shots, {last}, not {horizon!r}")
    first = int(shots[shots > 0][0]) if last else 0
    return VerdictInputs(
        curve, forecast, margin, ahead, n_classes, held, last,
        gain=forecast.gain(last, ahead),
        latent_rise=forecast.gain(first, last),
        rises=rises(curve, forecast.level),
        fall=fall(curve, forecast.level),
    )  # fmt: skip


def _ruling(case: VerdictInputs) -> tuple[Trend, Callable[[VerdictInputs], list[str]]]:
    return next((trend, words) for holds, trend, words in _RULES if holds(case))


def _too_few(c: VerdictInputs) -> bool:
    return int((c.curve.shots[c.curve.observed] > 0).sum()) < FEWEST


def _falling(c: VerdictInputs) -> bool:
    return c.fall is not None and c.fall.by.high < 0 and c.fall.by.value < -c.margin and not c.fall.recovered


def _sinking(c: VerdictInputs) -> bool:
    # No family falls, so a forecast alone would take the start of a fall for a plateau.
    return c.spent and c.fall is not None and c.fall.may_sink(c.margin)


def _flat(c: VerdictInputs) -> bool:
    jumped = any(change.start == 0 and (change.suspected or change.alone.high > c.margin) for change in c.rises)
    return c.spent and not jumped and inside(c.latent_rise, c.margin)


# The first rule that holds decides.
_RULES: Final[Sequence[tuple[Callable[[VerdictInputs], bool], Trend, Callable[[VerdictInputs], list[str]]]]] = (
    (_too_few, "inconclusive", reasons.too_few),
    (lambda c: c.gain.low > c.margin, "rising", reasons.nothing_more),
    (_falling, "falling", reasons.nothing_more),
    (_sinking, "inconclusive", reasons.sinking),
    (lambda c: c.spent and c.last < c.n_classes, "inconclusive", reasons.too_few_for_classes),
    (_flat, "flat", reasons.nothing_more),
    (lambda c: c.spent and c.risen is not None, "plateau", reasons.nothing_more),
    (lambda c: True, "inconclusive", reasons.still_open),
)
