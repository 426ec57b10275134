"""What fine-tuning would add. Lives here: the prediction for a measured curve, and the rule of thumb beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import NormalDist
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import Forecast
from curvefit.display import HtmlDisplay
from curvefit.errors import CurveError
from curvefit.payoff.comparison import without_optimism
from curvefit.payoff.evidence import Unit, evidence, last_doubling
from curvefit.payoff.hierarchy import FORM, USUAL_ERROR, PayoffQuery, gains, learning_distance
from curvefit.payoff.metrics import probability_above
from curvefit.payoff.stand_in import ClassifierAccuracy, Pair, fine_tuned_draws, gains_over, pairs
from curvefit.task_kinds import group_of

__all__ = [
    "AS_MANY",
    "DISTANCE_SD",
    "NEAR_32",
    "RISE",
    "FromProbe",
    "OverShown",
    "Part",
    "Payoff",
    "Probed",
    "RuleOfThumb",
    "StandIn",
    "payoff_of",
    "rule_says",
    "with_probes",
]

FloatArray = NDArray[np.float64]

_LEAST_VARIANCE: Final = 1e-3  # of one right answer in a thousand, where nobody says of how many items
_OWN: Final = "the task asked about"  # a source and a task that no unit of the evidence has
NEAR_32: Final = (16, 64)  # numbers of examples at which training over showing was measured
# SD between tasks of what more examples add on the scale of the model, a unit of `learning_distance`: 39 laboratory
# units, from the fewest examples to the most.
DISTANCE_SD: Final = 0.5
AS_MANY: Final = 0.8  # share of the examples asked about that a probe has to train on: it holds some out
_EXTREME: Final = 0.05  # variance of a share below 5% or above 95%
_FAR: Final = 0.25  # and at which it tells no more by itself than beside a classifier
_ASKED_ABOUT: Final = 0.005  # of accuracy, from which on a reader asks why a prediction is not what a probe gained
RISE: Final = 0.01  # gain of the last doubling above which the rule of thumb says "still rising"


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
        _check_estimate(self.gain, "over_shown")


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
    items : int or None
        On how many both were scored; None where not known.
    tuned : Estimate or None
        What the fine-tuned model scored, with the interval of that; None where not known.

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
    items: int | None = field(default=None, compare=False)
    tuned: Estimate | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not 0.0 <= self.best_prompted <= 1.0:
            raise CurveError(f"best_prompted of a probe must lie in [0, 1], not {self.best_prompted!r}")
        if not self.n_train >= 1:  # NaN is not
            raise CurveError(f"n_train of a probe must be at least 1, not {self.n_train!r}")
        _check_estimate(self.gain, "gain")
        if not (math.isnan(self.optimism) or 0.0 <= self.optimism <= 1.0):
            raise CurveError(f"optimism of a probe must lie in [0, 1], not {self.optimism!r}")

    @property
    def gain_without_optimism(self) -> Estimate:
        """What training added, without what picking the best prompt by its score makes that look better."""
        return without_optimism(self.gain, self.optimism)

    @property
    def fair_prompted(self) -> float:
        """What its best prompt counts as: its score without that."""
        return max(self.best_prompted - (0.0 if math.isnan(self.optimism) else self.optimism), 0.0)

    def unit(self, query: PayoffQuery) -> Unit:
        """Return it as a measured unit of the query's task.

        Its error grows with the distance between the two numbers of examples, and where it was measured less precisely
        than units usually are. A model that is not the query's is taken to be a small one.
        """
        tuned = min(max(self.best_prompted + self.gain.value, 0.0), 1.0)
        imprecise = self._excess_on_scale(tuned)
        return Unit(
            source=_OWN, citation="", model=self.model, task=_OWN, metric="", kind=query.kind, shots=math.nan,
            best_prompted=self.fair_prompted, doubling=math.nan, n_train=float(self.n_train),
            fine_tuned=tuned,
            tiny=query.tiny or not self.is_of(query.model),
            over_shown=self.over_shown.gain.value if self.over_shown else math.nan,
            error=math.hypot(imprecise, DISTANCE_SD * learning_distance(query.n_train, self.n_train)),
        )  # fmt: skip

    def _excess_on_scale(self, tuned: float) -> float:
        """Return by how much its error exceeds that of a repeated measurement, on the scale of the model of gains.

        On that scale a point counts for more near 0 and 100%, and a loss for more than a gain. A gain is as uncertain
        as both its accuracies, which are smoothed by half an item, right and wrong: 30 of 30 are not 100%.
        """
        both = np.array([self.fair_prompted, tuned])
        if self.items is not None:
            both = (both * self.items + 0.5) / (self.items + 1)
        variances = np.maximum(both * (1 - both), _LEAST_VARIANCE)
        slopes = np.array([FORM.scale.slope(each) for each in both])
        on_scale = _standard_error(self.gain) ** 2 * float(slopes**2 @ variances) / float(variances.sum())
        if self.gain.value < 0:
            on_scale *= FORM.loss**2
        return math.sqrt(max(on_scale - USUAL_ERROR**2, 0.0))

    def is_of(self, model: str) -> bool:
        """Whether it is of this very model; never where the model is unknown."""
        return self.model == model != ""

    def lead(self, model: str, n_train: float) -> OverShown | None:
        """Return training over showing where it counts: for this very model, and a larger `n_train` than its own."""
        return self.over_shown if self.is_of(model) and self.n_train < n_train else None


Part = Literal["cases", "prompt", "examples"]


@dataclass(frozen=True, slots=True)
class FromProbe:
    """What leads from a probe's gain to the gain predicted: parts that add up to the difference.

    A prediction may lie above its probe and above what was predicted without one, since more examples add to what fewer
    gave. `benchmarks.payoff.predictors` shows such ones to be right on average, and the higher of the two too low.

    Attributes
    ----------
    probe : Probed
        Of the very model, on the most examples.
    cases : float
        What the measured cases change of its gain, which is not sure.
    prompt : float
        What it changes that the best prompt counts as `Payoff.prompted`, and not as it scored.
    examples : float
        What it changes to train on as many examples as are asked about.
    """

    probe: Probed
    cases: float
    prompt: float
    examples: float

    @property
    def change(self) -> float:
        """The gain predicted minus that of the probe."""
        return self.cases + self.prompt + self.examples

    @property
    def why(self) -> Part | None:
        """What changes it most in the direction it changes; None where by less than anybody would ask about."""
        if abs(self.change) < _ASKED_ABOUT:
            return None
        parts: dict[Part, float] = {"cases": self.cases, "prompt": self.prompt, "examples": self.examples}
        return max(parts, key=lambda part: math.copysign(1, self.change) * parts[part])


@dataclass(frozen=True, slots=True)
class RuleOfThumb:
    """What the rule of thumb says of a curve, and how often that was right elsewhere.

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
class StandIn:
    """What a plain classifier says of fine-tuning, where answers are picked from a few.

    Attributes
    ----------
    classifier : Estimate
        Its accuracy when it is trained on as many examples.
    fine_tuned : Estimate
        What a fine-tuned model is predicted to reach on the same items; on new ones see `Payoff.fine_tuned`.
    pairs, data_sets : int
        Measured pairs of both that this rests on, and of how many data sets they are.
    items : int
        Items that the classifier was scored on.
    larger : bool
        Whether the model is larger than those of the pairs, so that the interval is wider.
    measured : bool
        Whether the classifier was trained on as many examples; otherwise its accuracy is forecast.
    """

    classifier: Estimate
    fine_tuned: Estimate
    pairs: int
    data_sets: int
    items: int
    larger: bool = False
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Payoff(HtmlDisplay):
    """What fine-tuning would add over the best prompt.

    Attributes
    ----------
    gain : Estimate
        Accuracy of the fine-tuned model minus that of the best prompt measured, retrieved demonstrations included. The
        score of that prompt is uncertain too: with it, the upper end may come to more than 1; see `fine_tuned`. It is
        no more than the lower end of that score leaves.
    probability : float
        That the gain exceeds the margin.
    margin : float
        The smallest gain worth having.
    n_train : int
        Examples to fine-tune on.
    basis : tuple of str
        Names of the comparable units: of the same group of tasks, with models as large. All other units count too, as
        far as the model of gains estimates them to be alike.
    rule : RuleOfThumb or None
        What the rule of thumb says; None with fewer than two numbers of shots, or where a file does not hold it.
    probes : tuple of Probed
        Small models that were fine-tuned on this very task; the prediction uses them too.
    kind, task, model : str
        Those of the query, empty where unknown. Units of a task of that name are left out.
    stand_in : StandIn or None
        What a plain classifier trained on the same examples says; the prediction then rests on it, and not on
        comparable units. None without one, or where a probe trained the very model on as many.
    zero_shot_only : bool
        Whether no prompt with examples was measured, so that the gain holds what such a prompt would give too.
    fine_tuned : Estimate or None
        What the fine-tuned model is predicted to reach: the accuracy of the best prompt as measured, and the gain; its
        interval is that of the gain, all of it within [0, 1]. Where the two come to more than 1, or a classifier tells
        what is reached, `prompted` and the gain. None where no accuracy was measured.
    prompted : float or None
        The accuracy of the best prompt that the gain is over, without what having been picked makes it look better.
        None where a file does not hold it.
    from_probe : FromProbe or None
        What leads to the gain from that of a probe of the very model. None without one, where the prediction rests on a
        classifier, and where a file does not hold it.

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
    stand_in: StandIn | None = None
    zero_shot_only: bool = False
    fine_tuned: Estimate | None = None
    prompted: float | None = None
    from_probe: FromProbe | None = None

    def __repr__(self) -> str:
        paid = f"probability {self.probability:.2f} of more than {self.margin:g}"
        cases = f"{len(self.basis)} comparable units" if self.stand_in is None else f"{self.stand_in.pairs} pairs"
        rests = f"{cases}, {len(self.probes)} probes"
        return f"<Payoff: gain {self.gain:+.3f} from {self.n_train} examples; {paid}; {rests}>"


def accuracy_to_beat(shots: NDArray[np.int64], forecast: Forecast) -> FloatArray:
    """Return draws (N,) of the accuracy at the best of these numbers of shots, by a forecast.

    The forecast uses all points: the best measured one alone is a little too high.
    """
    at = forecast.draws.at(shots.astype(float))
    return np.asarray(at[:, int(np.median(at, axis=0).argmax())])


def payoff_of(
    curve: Curve,
    best: FloatArray,
    query: PayoffQuery,
    *,
    margin: float,
    probes: Sequence[Probed] = (),
    classifier: ClassifierAccuracy | None = None,
) -> Payoff:
    """Predict what fine-tuning would add, from draws (N,) of the accuracy to beat; arguments are not checked.

    `probes` are small models that were fine-tuned on the same task; `classifier` is what a plain one learns of it.
    Units of a task of that name are left out: those of the sample tasks would predict themselves.
    """
    units = [unit for unit in evidence() if not query.task or unit.task != query.task]
    stand_in: StandIn | None = None
    from_probe: FromProbe | None = None
    prompted = float(np.median(best))
    alone = _by_itself(probes, query) if classifier is not None else 1.0
    if alone:
        all_units, new_query, over_shown = with_probes(units, query, probes)
        gain_draws = gains(all_units, best, new_query, over_shown)
        if alone == 1:
            from_probe = _from_probe(all_units, best, new_query, over_shown, probes, gain_draws)
    if classifier is not None and alone < 1:
        known = [pair for pair in pairs() if not query.task or pair.task != query.task]
        own = [
            _probed_pair(probe, share, classifier.items, tiny=query.tiny or not probe.is_of(query.model))
            for probe, share in zip(probes, classifier.at_probes, strict=True)
        ]
        share = np.resize(classifier.draws, len(best))
        tuned = fine_tuned_draws(known, share, query.n_train, classifier.items, tiny=query.tiny, own=own)
        by_classifier = gains_over(classifier.prompt, best, tuned, classifier.items)
        if alone:
            by_classifier = np.where(np.random.default_rng(2).random(len(best)) < alone, gain_draws, by_classifier)
        gain_draws = by_classifier
        if classifier.prompt is not None:
            beside = max(classifier.prompt.accuracy - classifier.prompt.optimism, 0.0)
            prompted = alone * prompted + (1 - alone) * beside
        rests = (*known, *own)
        data_sets = len({pair.data_set for pair in rests})
        stand_in = StandIn(
            classifier.accuracy,
            _estimate(tuned),
            len(rests),
            data_sets,
            classifier.items,
            larger=not query.tiny,
            measured=classifier.measured,
        )
    group = group_of(query.kind)
    alike = [unit for unit in units if group and unit.group == group and unit.tiny == query.tiny]
    return Payoff(
        gain=_estimate(gain_draws),
        probability=float(probability_above(gain_draws, margin)),
        margin=margin,
        n_train=int(query.n_train),
        basis=tuple(unit.name for unit in alike),
        rule=_rule(curve, alike or units, margin, alike=bool(alike)),
        probes=tuple(probes),
        kind=query.kind,
        task=query.task,
        model=query.model,
        stand_in=stand_in,
        zero_shot_only=query.zero_shot_only,
        prompted=prompted,
        from_probe=from_probe,
    )


def _from_probe(
    units: Sequence[Unit],
    best: FloatArray,
    query: PayoffQuery,
    over_shown: float,
    probes: Sequence[Probed],
    predicted: FloatArray,
) -> FromProbe | None:
    """Return what leads to the gain predicted, of which there are draws, from that of the very model's probe.

    The same posterior is asked what it predicts for as many examples as the probe's, over the prompt as it scored
    there, without luck, and then as it counts.
    """
    own = [probe for probe in probes if probe.is_of(query.model)]
    if not own:
        return None
    probe = max(own, key=lambda each: each.n_train)
    as_many = replace(query, n_train=float(probe.n_train))
    over_scored = gains(units, np.full_like(best, probe.fair_prompted), as_many, over_shown)
    on_as_many = predicted if as_many == query else gains(units, best, as_many, over_shown)
    steps = [
        probe.gain_without_optimism.value,
        *(float(np.median(drawn)) for drawn in (over_scored, on_as_many, predicted)),
    ]
    return FromProbe(probe, *(after - before for before, after in pairwise(steps)))


def _by_itself(probes: Sequence[Probed], query: PayoffQuery) -> float:
    """Return how much a probe of the very model counts by itself, and not beside a classifier, from 0 to 1.

    Wholly where it trained on about as many examples as are asked about, for that says more; not at all from a quarter
    of them down, or four times as many up, where the classifier with it is the better guide
    (`benchmarks.payoff.beside_probe`).
    """
    near, far = math.log(AS_MANY), math.log(_FAR)
    apart = [-abs(math.log(probe.n_train / query.n_train)) for probe in probes if probe.is_of(query.model)]
    return min(max((max(apart) - far) / (near - far), 0.0), 1.0) if apart else 0.0


def _probed_pair(probe: Probed, share: float, items: int, *, tiny: bool) -> Pair:
    """Return a fine-tuning on the very task as a pair with the classifier trained on as many examples.

    Its error is that of the gain, and no less than that of a share of the items it was scored on; near 0 and 100%,
    where a gain's says nothing of log-odds, that of the share alone.
    """
    tuned = min(max(probe.best_prompted + probe.gain.value, 0.0), 1.0)
    scored = probe.items or items
    smooth = (tuned * scored + 0.5) / (scored + 1)
    variance = smooth * (1 - smooth)
    by_items, by_gain = math.sqrt(1 / (scored * variance)), _standard_error(probe.gain) / variance
    error = by_items if probe.items and variance < _EXTREME else max(by_items, by_gain)
    return Pair(_OWN, _OWN, _OWN, probe.model, probe.n_train, items, share, tuned, error, tiny)


def _estimate(draws: FloatArray) -> Estimate:
    low, middle, high = (float(q) for q in np.quantile(draws, (0.05, 0.5, 0.95)))
    return Estimate(middle, low, high, 0.9)


def with_probes(
    units: Sequence[Unit], query: PayoffQuery, probes: Sequence[Probed]
) -> tuple[list[Unit], PayoffQuery, float]:
    """Return the arguments of `gains` besides the draws of the best prompt: units, query, and training over showing."""
    all_units = [*units, *(probe.unit(query) for probe in probes)]
    leads = [lead.gain for probe in probes if (lead := probe.lead(query.model, query.n_train))]
    over_shown = _shrink_to_mean(min(leads, key=lambda e: e.high - e.low), units) if leads else math.nan
    return all_units, replace(query, source=_OWN, task=_OWN), over_shown


def _shrink_to_mean(estimate: Estimate, units: Sequence[Unit]) -> float:
    """Return an estimate shrunk to the units' mean where it was measured less precisely than they usually are."""
    values = [unit.over_shown for unit in units if math.isfinite(unit.over_shown)]
    if len(values) < 2:
        return math.nan
    spread, mean = float(np.var(values, ddof=1)), float(np.mean(values))
    return mean + (estimate.value - mean) * spread / (spread + _excess_error(estimate) ** 2)


def _excess_error(e: Estimate) -> float:
    """Return by how much the standard error of a change exceeds the usual one; 0 where it does not.

    The error is that of the wider side, since an end at a bound was cut off there.
    """
    return math.sqrt(max(_standard_error(e) ** 2 - USUAL_ERROR**2, 0.0))


def _standard_error(e: Estimate) -> float:
    return max(e.high - e.value, e.value - e.low) / NormalDist().inv_cdf((1 + e.level) / 2)


def _check_estimate(e: Estimate, name: str) -> None:
    if not (-1.0 <= e.low <= e.value <= e.high <= 1.0 and 0.0 < e.level < 1.0):
        raise CurveError(f"{name} of a probe must lie in [-1, 1], in an interval around it, not {e!r}")


def rule_says(doubling: float) -> bool:
    """Whether the rule of thumb says to fine-tune, after what the last doubling of demonstrations added."""
    return doubling > RISE


def _rule(curve: Curve, units: Sequence[Unit], margin: float, *, alike: bool) -> RuleOfThumb | None:
    shots, means = curve.shots[curve.observed], curve.means[curve.observed]
    if len(shots) < 2:
        return None
    doubling = last_doubling(shots, means)
    rises = rule_says(doubling)
    agreeing = [unit for unit in units if math.isfinite(unit.doubling) and rule_says(unit.doubling) == rises]
    right = sum(unit.paid(margin) == rises for unit in agreeing)
    return RuleOfThumb(doubling, rises, len(agreeing), right, alike)
