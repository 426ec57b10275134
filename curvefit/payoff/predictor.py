"""What fine-tuning would add. Lives here: the prediction for a measured curve, and the rule of thumb beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import Forecast
from curvefit.display import HtmlDisplay
from curvefit.errors import CurveError
from curvefit.payoff.evidence import Unit, evidence, group_of, last_doubling
from curvefit.payoff.hierarchy import PayoffQuery, far, gains
from curvefit.payoff.metrics import chance

__all__ = [
    "FURTHER",
    "NEAR_32",
    "OverShown",
    "Payoff",
    "Probed",
    "RuleOfThumb",
    "payoff_of",
    "rule_says",
    "sharpened",
    "to_beat",
]

FloatArray = NDArray[np.float64]

_OWN: Final = "the task asked about"  # a source and a task that no unit of the evidence has
NEAR_32: Final = (16, 64)  # where training over showing was looked at
# SD between tasks of what more examples add, for each unit of `learnt`: from 32 to 128, in 18 units of the laboratory.
FURTHER: Final = 0.33
# Standard error of a gain in the laboratory: 0.054 at the fewest examples and 0.046 at the most, root mean square. What
# was learnt from its units holds it already, in their noise and in how much training over showing tells.
_USUAL_ERROR: Final = 0.05
_RULE: Final = 0.01  # gain of the last doubling above which the rule of thumb says "still rising"


@dataclass(frozen=True, slots=True)
class OverShown:
    """What training on about 32 examples gives over showing as many, at random, in the prompt.

    Attributes
    ----------
    n : int
        Examples, 16 to 64.
    gain : Estimate
        Accuracy when they are trained on minus that when they are shown.

    Raises
    ------
    CurveError
        A number that is not about 32, or a gain that is no change of accuracy or has no interval.
    """

    n: int
    gain: Estimate

    def __post_init__(self) -> None:
        if not NEAR_32[0] <= self.n <= NEAR_32[1]:
            raise CurveError(f"over_shown of a probe needs {NEAR_32[0]} to {NEAR_32[1]} examples, not {self.n!r}")
        _check(self.gain, "over_shown")


@dataclass(frozen=True, slots=True)
class Probed:
    """What fine-tuning a small model on the same task gave, as `curvefit probe` measures it.

    Attributes
    ----------
    model : str
        Which.
    best_prompted : float
        Its accuracy with the best prompt, in [0, 1].
    n_train : int
        Examples it was fine-tuned on.
    gain : Estimate
        What that added over the best prompt.
    over_shown : OverShown, optional
        What training on fewer gave over showing them.
    optimism : float
        By how much that prompt looks better than it is, having been picked, in [0, 1]; NaN where not known.

    Raises
    ------
    CurveError
        A figure is none: accuracy or optimism not in [0, 1], no example, a gain that is no change of accuracy or has no
        interval.
    """

    model: str
    best_prompted: float
    n_train: int
    gain: Estimate
    over_shown: OverShown | None = None
    optimism: float = math.nan

    def __post_init__(self) -> None:
        if not 0.0 <= self.best_prompted <= 1.0:
            raise CurveError(f"best_prompted of a probe must lie in [0, 1], not {self.best_prompted!r}")
        if not self.n_train >= 1:  # NaN is not
            raise CurveError(f"n_train of a probe must be at least 1, not {self.n_train!r}")
        _check(self.gain, "gain")
        if not (math.isnan(self.optimism) or 0.0 <= self.optimism <= 1.0):
            raise CurveError(f"optimism of a probe must lie in [0, 1], not {self.optimism!r}")

    def unit(self, asked: PayoffQuery) -> Unit:
        """Return it as a measured unit of the task that is asked about.

        It is less sure the further its examples are away, and where it was measured worse than units usually are. A
        model that is not the one asked about is taken to be a small one.
        """
        return Unit(
            source=_OWN, citation="", model=self.model, task=_OWN, metric="", kind=asked.kind, shots=math.nan,
            best_prompted=self.best_prompted, doubling=math.nan, n_train=float(self.n_train),
            fine_tuned=min(max(self.best_prompted + self.gain.value, 0.0), 1.0),
            tiny=asked.tiny or not self.of(asked.model),
            over_shown=self.over_shown.gain.value if self.over_shown else math.nan,
            error=math.hypot(_unusual(self.gain), FURTHER * far(asked.n_train, self.n_train)),
        )  # fmt: skip

    def of(self, model: str) -> bool:
        """Whether it is of the very model that is asked about, where that is known."""
        return self.model == model != ""

    def lead(self, model: str, n_train: float) -> OverShown | None:
        """Return training over showing where it counts: of the very model, trained on fewer than are asked about."""
        return self.over_shown if self.of(model) and self.n_train < n_train else None


@dataclass(frozen=True, slots=True)
class RuleOfThumb:
    """What the rule of thumb says of a curve, and how often it has been right where it said so.

    Attributes
    ----------
    doubling : float
        What the last doubling of demonstrations added, whatever its error.
    rises : bool
        Whether that is taken for "still rising", so that the rule says to fine-tune.
    cases, right : int
        Measured cases in which it said the same, and in how many of them it was right.
    alike : bool
        Whether these are of the same sort of task, and not of all sorts.
    """

    doubling: float
    rises: bool
    cases: int
    right: int
    alike: bool


@dataclass(frozen=True, slots=True)
class Payoff(HtmlDisplay):
    """What fine-tuning would add over the best prompt.

    Attributes
    ----------
    gain : Estimate
        Accuracy of the fine-tuned model minus that of the best prompt measured, retrieved demonstrations included.
    probability : float
        That the gain exceeds the margin.
    margin : float
        The smallest gain worth having.
    n_train : int
        Examples to fine-tune on.
    basis : tuple of str
        The comparable units the prediction rests on, of the same group of tasks and with models as large, by name. All
        others count too, by as much as they are found alike.
    rule : RuleOfThumb or None
        What the rule of thumb says; None with fewer than two numbers of shots, or where a file does not hold it.
    probes : tuple of Probed
        Small models that were fine-tuned on this very task, which it rests on too as far as they count.
    kind, task, model : str
        Those asked about, empty where they are not known. Units of a task of that name are left out.

    Examples
    --------
    >>> curve = cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)
    >>> payoff = cf.predict_payoff(curve, kind="classification", n_train=500)
    >>> payoff.n_train, payoff.gain.low < payoff.gain.high, 0 <= payoff.probability <= 1
    (500, True, True)
    """

    __module__ = "curvefit"

    gain: Estimate
    probability: float
    margin: float
    n_train: int
    basis: tuple[str, ...]
    rule: RuleOfThumb | None
    probes: tuple[Probed, ...] = ()
    kind: str = ""
    task: str = ""
    model: str = ""

    def __repr__(self) -> str:
        paid = f"probability {self.probability:.2f} of more than {self.margin:g}"
        rests = f"{len(self.basis)} comparable units, {len(self.probes)} probes"
        return f"<Payoff: gain {self.gain:+.3f} from {self.n_train} examples; {paid}; {rests}>"


def to_beat(shots: NDArray[np.int64], forecast: Forecast) -> FloatArray:
    """Return draws (N,) of accuracy at the best of these numbers of shots, by a forecast.

    By the curve through all points: the best of noisy ones is a little too high.
    """
    at = forecast.draws.at(shots.astype(float))
    return np.asarray(at[:, int(np.median(at, axis=0).argmax())])


def payoff_of(
    curve: Curve, best: FloatArray, asked: PayoffQuery, *, margin: float, probes: Sequence[Probed] = ()
) -> Payoff:
    """Predict what fine-tuning would add, from draws (N,) of the accuracy to beat; checks nothing.

    `probes` are small models that were fine-tuned on the same task. Units of a task of that name are left out: those of
    the sample tasks would predict themselves.
    """
    units = [unit for unit in evidence() if not asked.task or unit.task != asked.task]
    known, new, over_shown = sharpened(units, asked, probes)
    drawn = gains(known, best, new, over_shown)
    low, middle, high = (float(q) for q in np.quantile(drawn, (0.05, 0.5, 0.95)))
    group = group_of(asked.kind)
    alike = [unit for unit in units if group and unit.group == group and unit.tiny == asked.tiny]
    return Payoff(
        gain=Estimate(middle, low, high, 0.9),
        probability=float(chance(drawn, margin)),
        margin=margin,
        n_train=int(asked.n_train),
        basis=tuple(unit.name for unit in alike),
        rule=_rule(curve, alike or units, margin, alike=bool(alike)),
        probes=tuple(probes),
        kind=asked.kind,
        task=asked.task,
        model=asked.model,
    )


def sharpened(
    units: Sequence[Unit], asked: PayoffQuery, probes: Sequence[Probed]
) -> tuple[list[Unit], PayoffQuery, float]:
    """Return what `gains` is given besides draws of the best prompt: units, setting, and training over showing."""
    known = [*units, *(probe.unit(asked) for probe in probes)]
    led = [lead.gain for probe in probes if (lead := probe.lead(asked.model, asked.n_train))]
    over_shown = _shrunken(min(led, key=lambda e: e.high - e.low), units) if led else math.nan
    return known, replace(asked, source=_OWN, task=_OWN), over_shown


def _shrunken(measured: Estimate, units: Sequence[Unit]) -> float:
    """Return an estimate shrunken to the usual one where it was measured worse than units usually are."""
    values = [unit.over_shown for unit in units if math.isfinite(unit.over_shown)]
    if len(values) < 2:
        return math.nan
    spread, usual = float(np.var(values, ddof=1)), float(np.mean(values))
    return usual + (measured.value - usual) * spread / (spread + _unusual(measured) ** 2)


def _unusual(e: Estimate) -> float:
    """Return by how much the standard error of a change exceeds the usual one; 0 where it does not.

    The error is by the wider side: an end at a bound was cut there.
    """
    error = max(e.high - e.value, e.value - e.low) / NormalDist().inv_cdf((1 + e.level) / 2)
    return math.sqrt(max(error**2 - _USUAL_ERROR**2, 0.0))


def _check(e: Estimate, name: str) -> None:
    if not (-1.0 <= e.low <= e.value <= e.high <= 1.0 and 0.0 < e.level < 1.0):
        raise CurveError(f"{name} of a probe must lie in [-1, 1], in an interval around it, not {e!r}")


def rule_says(doubling: float) -> bool:
    """Whether the rule of thumb says to fine-tune, after what the last doubling of demonstrations added."""
    return doubling > _RULE


def _rule(curve: Curve, units: Sequence[Unit], margin: float, *, alike: bool) -> RuleOfThumb | None:
    shots, means = curve.shots[curve.observed], curve.means[curve.observed]
    if len(shots) < 2:
        return None
    doubling = last_doubling(shots, means)
    rises = rule_says(doubling)
    same = [unit for unit in units if rule_says(unit.doubling) == rises]
    right = sum(unit.paid(margin) == rises for unit in same)
    return RuleOfThumb(doubling, rises, len(same), right, alike)
