"""Is the curve still rising? Lives here: the rules that turn intervals into a verdict, and its reasons.

Codes of a verdict's reasons, with their values:

- ``gain-left``: ``start``, ``end`` (shots), ``gain``, ``margin``, ``p_more`` and ``p_less``: probability that the true
  change exceeds the margin upwards, downwards; ``pool``: how many examples there are, where that is fewer than ``end``.
- ``next-doubling``: ``end``, ``gain``, ``p_more``.
- ``rise``: ``start``, ``end``, ``change`` as measured, ``compared`` (changes looked at, for which it is corrected).
- ``fall``: the same, from the highest earlier point; ``compared`` are the points it was picked among.
- ``jump``: between ``start`` and ``end`` accuracy changes by more than any shape explains.
- ``one-draw``: ``sd_at_1``, ``sd_at_64``: the spread between draws that is assumed, at an accuracy of one half.

Codes of what would settle an open verdict (`Verdict.to_settle`). All have ``shots`` (the largest number), ``items`` and
``draws`` in all, ``calls`` more (None where the curve is one of means), ``lacks_examples``, ``lacks_items`` and
``lacks_room`` (examples that a prompt cannot hold):

- ``more-shots``: there are ``count`` numbers of shots above 0, and ``needed`` are needed, ``missing`` more.
- ``past-classes``: ``last`` is below ``classes``.
- ``past-jump``: accuracy jumps up to ``last``, the largest number of shots.
- ``see-fall``: accuracy may be falling; ``wide_calls``, ``wide_items`` and ``wide_draws``: twice the items and draws.
- ``see-rise``: the gain left is within the margin, and whether there was a rise is open.
- ``narrow``: the cheapest way, with ``chance``, ``now_items``, ``now_draws``, ``now_shots``, and ``stderr_divisor``
  (1 where the curve is one of scores).
- ``not-in-reach``: nothing up to ``times`` the items and draws and ``shots`` settles it with more than ``chance``;
  ``change`` is the gain left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.contrasts import Change, fall, rises
from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import Forecast
from curvefit.curves.next_measurement import Supply, more_calls, what_would_settle
from curvefit.curves.reason import Reason, Value
from curvefit.curves.variance import assumed_draws
from curvefit.display import HtmlDisplay
from curvefit.errors import CurveError

__all__ = ["HORIZON_MULTIPLE", "GainProbabilities", "Leaning", "Trend", "Verdict", "judge", "trend_of"]

FloatArray = NDArray[np.float64]

Leaning = Literal["rising", "plateau", "flat", "falling"]
Trend = Leaning | Literal["inconclusive"]

FEWEST: Final = 3  # numbers of shots above 0 that a shape can be read from
HORIZON_MULTIPLE: Final = 8  # the default horizon, in multiples of the largest measured number of shots
_UNKNOWN: Final = Supply()


@dataclass(frozen=True, slots=True)
class GainProbabilities:
    """Posterior probabilities of the gain left; they add up to 1.

    Attributes
    ----------
    more : float
        That it exceeds the margin.
    within : float
        That it lies within the margin, be it a gain or a loss.
    less : float
        That it is a loss beyond the margin.
    """

    more: float
    within: float
    less: float

    @classmethod
    def of(cls, change: FloatArray, margin: float) -> GainProbabilities:
        """Count a posterior's changes (N,) on each side of the margin."""
        more, less = float((change > margin).mean()), float((change < -margin).mean())
        return cls(more, max(1.0 - more - less, 0.0), less)


@dataclass(frozen=True, slots=True)
class Verdict(HtmlDisplay):
    """What the curve says about more shots.

    Attributes
    ----------
    trend : str
        ``rising``: the gain left is more than the margin. ``plateau``: it is less, after a rise. ``flat``: it is less,
        and so was any rise. ``falling``: accuracy is below an earlier peak. ``inconclusive``: the data do not decide;
        `to_settle` says what would.
    leaning : str
        The trend; of an inconclusive one that of the most probable gain: ``rising``, ``falling``, or, where it lies
        within the margin, ``plateau`` after a rise and ``flat`` after none.
    probabilities : GainProbabilities
        That the gain left is more than the margin, lies within it, or is a loss beyond it.
    gain_left : Estimate
        True accuracy at the horizon minus true accuracy at the largest measured number of shots.
    gain_per_doubling : Estimate
        What twice the largest measured number of shots would add.
    margin : float
        The smallest gain worth having.
    horizon : int
        Number of shots up to which the claim is made.
    reasons : tuple of Reason
        What it rests on.
    to_settle : Reason or None
        What would settle it; None where it is settled.

    Examples
    --------
    >>> verdict = cf.analyze(cf.Curve.from_means([1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55], n_items=200)).verdict
    >>> verdict.trend, verdict.horizon, verdict.margin
    ('inconclusive', 64, 0.02)
    >>> verdict.leaning, verdict.probability == verdict.probabilities.more
    ('rising', True)
    """

    __module__ = "curvefit"

    trend: Trend
    leaning: Leaning
    probabilities: GainProbabilities
    gain_left: Estimate
    gain_per_doubling: Estimate
    margin: float
    horizon: int
    reasons: tuple[Reason, ...]
    to_settle: Reason | None = None

    @property
    def probability(self) -> float:
        """That the gain left is as the leaning says: more than the margin, within it, or a loss beyond it.

        Of a curve that has fallen already, this is the probability that it falls further.
        """
        of = self.probabilities
        return {"rising": of.more, "plateau": of.within, "flat": of.within, "falling": of.less}[self.leaning]

    @property
    def tendency(self) -> str:
        """The trend; an inconclusive one with what it leans to: ``inconclusive, leaning rising (0.88)``."""
        if self.trend != "inconclusive":
            return self.trend
        return f"{self.trend}, leaning {self.leaning} ({self.probability:.2f})"

    def __repr__(self) -> str:
        gain = f"gain left {self.gain_left:+.3f} by {self.horizon} shots"
        return f"<Verdict: {self.tendency}; {gain}; margin {self.margin:g}; level {self.gain_left.level:g}>"


@dataclass(frozen=True, slots=True, eq=False)
class VerdictInputs:
    """Everything a rule may look at."""

    curve: Curve
    forecast: Forecast
    margin: float
    horizon: int
    n_classes: int
    supply: Supply
    last: int
    gain: Estimate  # to the horizon
    probabilities: GainProbabilities  # of that gain
    latent_rise: Estimate  # fitted, from the first to the last positive number of shots
    rises: tuple[Change, ...]  # measured, to the last number of shots, from the first and from the first positive one
    fall: Change | None  # measured, from the highest earlier point, its bounds corrected for having been picked

    @property
    def more_is_left(self) -> bool:
        """Whether a gain above the margin has at least the level's probability."""
        return self.probabilities.more >= self.forecast.level

    @property
    def within_margin(self) -> bool:
        """Whether a change by less than the margin has at least the level's probability."""
        return self.probabilities.within >= self.forecast.level

    @property
    def measured_margin(self) -> float:
        """What the margin comes to in what was measured: less, where a judge's errors hide a part of every change."""
        return self.margin * self.forecast.draws.shrinkage

    @property
    def established_rise(self) -> Change | None:
        """The measured rise, where it is established and larger than the margin."""
        return next((c for c in self.rises if c.estimate.low > 0 and c.estimate.value > self.measured_margin), None)


def _lies_within(estimate: Estimate, margin: float) -> bool:
    """Whether the whole interval lies within the margin."""
    return -margin < estimate.low and estimate.high < margin


def judge(
    curve: Curve,
    forecast: Forecast,
    *,
    margin: float = 0.02,
    horizon: int | None = None,
    n_classes: int = 0,
    supply: Supply = _UNKNOWN,
) -> Verdict:
    """Decide whether more shots would help.

    Every decisive verdict is a claim about a posterior probability or an interval, never about a point estimate:
    rising and plateau have at least the level's probability (of a verdict at 90%, one in ten may be wrong; as most are
    surer than that, fewer are). Plateau and flat are claims of equivalence: not that no gain was seen, but that none
    above the margin is left. Flat is held to more: a curve that has not risen yet shows nothing of a rise to come.

    - rising: a gain left above the margin is at least as probable as the level.
    - falling: an earlier point is above the last one, measured on the same items and draws, by an interval that
      excludes 0 after Bonferroni's correction for having picked the highest of several points, and that errs half as
      often as the level allows (a 95% interval at 90%); the difference exceeds the margin; and nothing has risen again
      since.
    - flat: the interval of the gain left lies within the margin, and so does that of the fitted change from the first
      positive to the largest number of shots; and an uncorrected 80% interval of the measured change from 0 shots
      neither excludes 0 upwards nor reaches beyond the margin.
    - plateau: a gain left within the margin is at least as probable as the level, and a rise to the last point, from
      the first or from the first positive number of shots, is measured: it exceeds the margin and its interval is
      above 0.
    - inconclusive: everything else, and always below three positive numbers of shots. Neither plateau nor flat is
      concluded while there are more classes than shots, since the rise may start where every class has been shown; nor
      when the last point is below an earlier one by more than the margin and the uncorrected 80% interval of that
      difference excludes 0 (with one draw, whatever the interval).

    Parameters
    ----------
    curve : Curve
        What was measured.
    forecast : Forecast
        Its forecast; decides the level.
    margin : float
        The smallest gain in accuracy worth having, in (0, 1).
    horizon : int, optional
        Number of shots up to which the gain is judged; by default 8 times the largest measured number.
    n_classes : int
        Classes of a label task; 0 where targets are free text.
    supply : Supply
        Examples and items of the task: a measurement that they suffice for is preferred as `to_settle`.

    Raises
    ------
    CurveError
        Margin out of range, or a horizon that was measured already.
    """
    inputs = _inputs(curve, forecast, margin, horizon, n_classes, supply)
    trend, remedy = _first_rule(inputs)
    return Verdict(
        trend=trend,
        leaning=_leaning(inputs) if trend == "inconclusive" else trend,
        probabilities=inputs.probabilities,
        gain_left=inputs.gain,
        gain_per_doubling=forecast.gain_per_doubling(inputs.last),
        margin=margin,
        horizon=inputs.horizon,
        reasons=(
            _gain_left_reason(inputs),
            *_next_doubling_reason(inputs),
            *(_fall_reason(inputs) if trend == "falling" else _rise_reason(inputs)),
            *_jump_reason(inputs),
            *_one_draw_reason(inputs),
        ),
        to_settle=remedy(inputs),
    )


def trend_of(
    curve: Curve, forecast: Forecast, *, margin: float = 0.02, horizon: int | None = None, n_classes: int = 0
) -> Trend:
    """Return the verdict's trend alone, many times faster than `judge`, which also looks for remedies."""
    return _first_rule(_inputs(curve, forecast, margin, horizon, n_classes, _UNKNOWN))[0]


def _inputs(
    curve: Curve, forecast: Forecast, margin: float, horizon: int | None, n_classes: int, supply: Supply
) -> VerdictInputs:
    if not 0.0 < margin < 1.0:
        raise CurveError(f"margin lies between 0 and 1, not {margin!r}")
    shots = curve.shots[curve.observed]
    last = int(shots[-1])
    end = HORIZON_MULTIPLE * max(last, 1) if horizon is None else horizon
    if end <= last:
        raise CurveError(f"the horizon must lie beyond the largest measured number of shots, {last}, not {horizon!r}")
    first = int(shots[shots > 0][0]) if last else 0
    change = forecast.change(last, end)
    return VerdictInputs(
        curve, forecast, margin, end, n_classes, supply, last,
        gain=forecast.estimate(change),
        probabilities=GainProbabilities.of(change, margin),
        latent_rise=forecast.gain(first, last),
        rises=rises(curve, forecast.level),
        fall=fall(curve, forecast.level),
    )  # fmt: skip


def _first_rule(inputs: VerdictInputs) -> tuple[Trend, Callable[[VerdictInputs], Reason | None]]:
    return next((trend, remedy) for holds, trend, remedy in _RULES if holds(inputs))


def _leaning(inputs: VerdictInputs) -> Leaning:
    """Return the trend that the most probable gain would make; without a measured rise a level curve is flat."""
    of = inputs.probabilities
    if of.within >= max(of.more, of.less):
        return "plateau" if any(change.estimate.value > inputs.measured_margin for change in inputs.rises) else "flat"
    return "rising" if of.more >= of.less else "falling"


def _too_few(inputs: VerdictInputs) -> bool:
    return int((inputs.curve.shots[inputs.curve.observed] > 0).sum()) < FEWEST


def _falling(inputs: VerdictInputs) -> bool:
    return (
        inputs.fall is not None
        and inputs.fall.estimate.high < 0
        and inputs.fall.estimate.value < -inputs.measured_margin
        and not inputs.fall.recovered
    )


def _may_be_falling(inputs: VerdictInputs) -> bool:
    # No family falls, so a forecast alone would take the start of a fall for a plateau.
    return inputs.within_margin and inputs.fall is not None and inputs.fall.may_be_fall(inputs.measured_margin)


def _flat(inputs: VerdictInputs) -> bool:
    jumped = any(
        change.start == 0 and (change.suspected or change.uncorrected.high > inputs.measured_margin)
        for change in inputs.rises
    )
    return _lies_within(inputs.gain, inputs.margin) and not jumped and _lies_within(inputs.latent_rise, inputs.margin)


# What the verdict rests on.


def _gain_left_reason(inputs: VerdictInputs) -> Reason:
    values: dict[str, Value] = {
        "start": inputs.last, "end": inputs.horizon, "gain": inputs.gain, "margin": inputs.margin,
        "p_more": inputs.probabilities.more, "p_less": inputs.probabilities.less,
    }  # fmt: skip
    if 0 < inputs.supply.examples < inputs.horizon:
        values["pool"] = inputs.supply.examples
    return Reason("gain-left", values)


def _next_doubling_reason(inputs: VerdictInputs) -> list[Reason]:
    doubled = 2 * max(inputs.last, 1)
    if doubled >= inputs.horizon:
        return []
    p_more = float((inputs.forecast.change(inputs.last, doubled) > inputs.margin).mean())
    return [
        Reason("next-doubling", {"end": doubled, "gain": inputs.forecast.gain(inputs.last, doubled), "p_more": p_more})
    ]


def _rise_reason(inputs: VerdictInputs) -> list[Reason]:
    change = inputs.established_rise or (inputs.rises[0] if inputs.rises else None)
    return [] if change is None else [_change_reason("rise", change, change.n_candidates + 1)]


def _fall_reason(inputs: VerdictInputs) -> list[Reason]:
    return [] if inputs.fall is None else [_change_reason("fall", inputs.fall, inputs.fall.n_candidates)]


def _change_reason(code: str, change: Change, compared: int) -> Reason:
    return Reason(code, {"start": change.start, "end": change.end, "change": change.estimate, "compared": compared})


def _jump_reason(inputs: VerdictInputs) -> list[Reason]:
    jump = inputs.forecast.draws.jump
    return [] if jump is None else [Reason("jump", {"start": jump[0], "end": jump[1]})]


def _one_draw_reason(inputs: VerdictInputs) -> list[Reason]:
    if not inputs.curve.one_draw:
        return []
    half = np.array([0.5, 0.5])
    first, last = np.sqrt(inputs.curve.relative_variance * assumed_draws(np.array([1, 64]), half))
    return [Reason("one-draw", {"sd_at_1": float(first), "sd_at_64": float(last)})]


# What would settle it.


def _nothing(_: VerdictInputs) -> None:
    return None


def _more_shots(inputs: VerdictInputs) -> Reason:
    count = int((inputs.curve.shots[inputs.curve.observed] > 0).sum())
    more = more_calls(inputs.curve, inputs.supply, rows=FEWEST - count)
    return Reason("more-shots", {"count": count, "needed": FEWEST, "missing": FEWEST - count, **more})


def _past_classes(inputs: VerdictInputs) -> Reason:
    more = more_calls(inputs.curve, inputs.supply, rows=1, shots=2 * inputs.n_classes)
    return Reason("past-classes", {"last": inputs.last, "classes": inputs.n_classes, **more})


def _jumps_last(inputs: VerdictInputs) -> bool:
    jump = inputs.forecast.draws.jump
    return jump is not None and jump[1] == inputs.last


def _past_jump(inputs: VerdictInputs) -> Reason:
    more = more_calls(inputs.curve, inputs.supply, rows=1, shots=2 * inputs.last)
    return Reason("past-jump", {"last": inputs.last, **more})


def _see_fall(inputs: VerdictInputs) -> Reason:
    wide = more_calls(inputs.curve, inputs.supply, times=2)
    further = more_calls(inputs.curve, inputs.supply, rows=1, shots=2 * inputs.last)
    fall_values: dict[str, Value] = {}
    if inputs.fall is not None:
        fall_values = {"peak": inputs.fall.start, "change": inputs.fall.estimate, "compared": inputs.fall.n_candidates}
    return Reason(
        "see-fall",
        {
            **further,
            **fall_values,
            **{f"wide_{name}": wide[name] for name in ("calls", "items", "draws", "lacks_items")},
        },
    )


def _see_rise_or_narrow(inputs: VerdictInputs) -> Reason:
    if _lies_within(inputs.gain, inputs.margin):
        return Reason("see-rise", more_calls(inputs.curve, inputs.supply, times=2))
    # What more replies would show is what they would score.
    return what_would_settle(inputs.curve, inputs.forecast.seen, inputs.measured_margin, inputs.horizon, inputs.supply)


# The first rule that holds decides.
_RULES: Final[Sequence[tuple[Callable[[VerdictInputs], bool], Trend, Callable[[VerdictInputs], Reason | None]]]] = (
    (_too_few, "inconclusive", _more_shots),
    (lambda inputs: inputs.more_is_left, "rising", _nothing),
    (_falling, "falling", _nothing),
    (_may_be_falling, "inconclusive", _see_fall),
    (lambda inputs: inputs.within_margin and inputs.last < inputs.n_classes, "inconclusive", _past_classes),
    (_flat, "flat", _nothing),
    (lambda inputs: inputs.within_margin and inputs.established_rise is not None, "plateau", _nothing),
    (_jumps_last, "inconclusive", _past_jump),
    (lambda inputs: True, "inconclusive", _see_rise_or_narrow),
)
