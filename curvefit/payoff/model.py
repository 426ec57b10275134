"""What fine-tuning would add. Lives here: a small hierarchical model of measured gains; nothing is read or printed.

The gain over the best prompt is taken as linear in the room above that prompt and in the log of the number of training
examples, with an effect of the group of tasks, one of the source, since figures of one paper are alike, and one of the
task, since models on one task are::

    gain = a + b (room - 1/2) + c log10(n / 1000) + group + source + task + noise

All terms are Gaussian with priors around 0, so that the posterior is closed-form given four standard deviations,
which are integrated over a grid. What is little known stays near its prior, and the interval is as wide as that makes
it: a new task always brings the whole spread between sources and tasks with it. A probe of a small model is one more
unit of the same source and task, and tells by as much as such units are found alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.forecast import Forecast, forecast
from curvefit.errors import CurveError
from curvefit.payoff.evidence import Unit, evidence, group_of

__all__ = ["Payoff", "Probed", "Setting", "gains", "payoff_of", "predict_payoff", "rule_says", "to_beat"]

FloatArray = NDArray[np.float64]

_PRIOR_SD: Final = (0.3, 0.2, 0.2)  # of a, b, c, in accuracy
_NOISE: Final = (0.07, 0.12, 0.18, 0.27, 0.4)
_SOURCE: Final = (0.015, 0.09, 0.18, 0.3)
_GROUP: Final = (0.015, 0.09, 0.21)
_TASK: Final = (0.015, 0.09, 0.21)
_USUAL: Final = 1000.0  # training examples, taken where a source does not say
_OWN: Final = "the task asked about"  # a source and a task that no unit of the evidence has
_RULE: Final = 0.01  # gain of the last doubling above which the rule of thumb says "still rising"


@dataclass(frozen=True, slots=True)
class Probed:
    """What fine-tuning another, small model on the same task gave, as `curvefit probe` measures it.

    Attributes
    ----------
    model : str
        Which.
    best_prompted, fine_tuned : float
        Its accuracy with the best prompt, and fine-tuned, in [0, 1].
    n_train : int
        Examples it was fine-tuned on.

    Raises
    ------
    CurveError
        A figure is none: not in [0, 1], or no example.
    """

    model: str
    best_prompted: float
    n_train: int
    fine_tuned: float

    def __post_init__(self) -> None:
        for name in ("best_prompted", "fine_tuned"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise CurveError(f"{name} of a probe must lie in [0, 1], not {getattr(self, name)!r}")
        if self.n_train < 1:
            raise CurveError(f"n_train of a probe must be at least 1, not {self.n_train!r}")

    @property
    def gain(self) -> float:
        """What fine-tuning added over its best prompt."""
        return self.fine_tuned - self.best_prompted

    def unit(self, kind: str) -> Unit:
        """Return it as a measured unit of the task that is asked about."""
        return Unit(
            source=_OWN, citation="", model=self.model, task=_OWN, metric="", kind=kind, shots=math.nan,
            best_prompted=self.best_prompted, doubling=math.nan, n_train=float(self.n_train),
            fine_tuned=self.fine_tuned,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Payoff:
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
        The comparable units the prediction rests on, of the same group of tasks, by name. All others count too, by as
        much as groups are found alike.
    rule : str
        What the rule of thumb ("still rising: fine-tune") says, and how often it has been right on such units.
    probes : tuple of Probed
        Small models that were fine-tuned on this very task, which it rests on too.
    """

    gain: Estimate
    probability: float
    margin: float
    n_train: int
    basis: tuple[str, ...]
    rule: str
    probes: tuple[Probed, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What is asked about: a task before it is fine-tuned on.

    Attributes
    ----------
    group : str
        Group of tasks; empty for one that is alike to none.
    n_train : float
        Training examples; NaN where unknown.
    source, task : str
        As of the units measured by the same people, and of those on the same task; empty where there are none.
    """

    group: str
    n_train: float
    source: str = ""
    task: str = ""


def predict_payoff(
    curve: Curve,
    *,
    kind: str,
    n_train: int,
    n_classes: int | None = None,
    retrieved: float | None = None,
    margin: float = 0.02,
) -> Payoff:
    """Predict what fine-tuning would add over the best prompt.

    Parameters
    ----------
    curve : Curve
        Measured, or made with `Curve.from_means`; its best number of shots is the one to beat.
    kind : str
        Kind of task, such as ``classification`` or ``multilingual-qa``; see `curvefit.payoff.evidence.GROUPS`.
    n_train : int
        Examples to fine-tune on, at least 1.
    n_classes : int, optional
        Classes of a label task. Of no use for the prediction yet: the evidence does not say how many there were.
    retrieved : float, optional
        Accuracy with demonstrations retrieved for each item, in [0, 1]: the prompt to beat, where it is better.
    margin : float
        The smallest gain worth having, in (0, 1).

    Raises
    ------
    CurveError
        Out of range: n_train, n_classes, retrieved or margin.
    """
    if n_train < 1:
        raise CurveError(f"n_train must be at least 1, not {n_train!r}")
    if n_classes is not None and n_classes < 0:
        raise CurveError(f"n_classes must be at least 0, not {n_classes!r}")
    if retrieved is not None and not 0.0 <= retrieved <= 1.0:
        raise CurveError(f"retrieved must lie in [0, 1], not {retrieved!r}")
    if not 0.0 < margin < 1.0:
        raise CurveError(f"margin lies between 0 and 1, not {margin!r}")
    best = to_beat(curve, forecast(curve))
    if retrieved is not None and retrieved > np.median(best):
        best = np.full_like(best, retrieved)
    return payoff_of(curve, best, kind=kind, n_train=n_train, margin=margin)


def to_beat(curve: Curve, ahead: Forecast) -> FloatArray:
    """Return draws (N,) of accuracy at the best of the measured numbers of shots, by the curve's forecast.

    By the curve through all points: the best of noisy ones is a little too high.
    """
    at = ahead.draws.at(curve.shots[curve.observed].astype(float))
    return np.asarray(at[:, int(np.median(at, axis=0).argmax())])


def payoff_of(
    curve: Curve, best: FloatArray, *, kind: str, n_train: int, margin: float, probes: Sequence[Probed] = ()
) -> Payoff:
    """Predict as `predict_payoff` does, for those who have draws (N,) of the accuracy to beat; checks nothing.

    `probes` are small models that were fine-tuned on the same task.
    """
    units = evidence()
    own = [probe.unit(kind) for probe in probes]
    drawn = gains([*units, *own], best, Setting(group_of(kind), float(n_train), _OWN, _OWN))
    low, middle, high = (float(q) for q in np.quantile(drawn, (0.05, 0.5, 0.95)))
    alike = [unit for unit in units if unit.group and unit.group == group_of(kind)]
    return Payoff(
        gain=Estimate(middle, low, high, 0.9),
        probability=float((drawn > margin).mean()),
        margin=margin,
        n_train=n_train,
        basis=tuple(unit.name for unit in alike),
        rule=_rule(curve, alike or list(units), margin),
        probes=tuple(probes),
    )


def gains(units: Sequence[Unit], best: FloatArray, new: Setting, seed: int = 0) -> FloatArray:
    """Draw the gain (N,) in a new setting, given the units.

    Parameters
    ----------
    units : sequence of Unit
        What is known.
    best : float array (N,)
        Draws of the best prompted accuracy.
    new : Setting
        What is asked about.
    seed : int
        Of the draws.
    """
    rng = np.random.default_rng(seed)
    x = _features(np.array([u.best_prompted for u in units]), np.array([u.n_train for u in units]))
    y = np.array([u.gain for u in units])
    names = [[u.source, u.group, u.task and f"{u.source}\n{u.task}"] for u in units]
    own = [new.source, new.group, new.task and f"{new.source}\n{new.task}"]
    alike = [_same(*effect) for effect in zip(own, map(np.array, zip(*names, strict=True)), strict=True)]
    prior = np.array(_PRIOR_SD) ** 2
    evidences, weights, known_of, spreads = [], [], [], []
    for noise, *spread in product(_NOISE, _SOURCE, _GROUP, _TASK):
        total = (x * prior) @ x.T + noise**2 * np.eye(len(y))
        total += sum(sd**2 * same for sd, (same, _) in zip(spread, alike, strict=True))
        # What a new task shares with the units is linear in its terms and effects: solved for those, not for draws.
        effects = sum(sd**2 * here for sd, (_, here) in zip(spread, alike, strict=True))
        shared = np.vstack([(x * prior).T, effects])  # (terms, units)
        solved = np.linalg.solve(total, np.column_stack([y, shared.T]))
        evidences.append(-0.5 * y @ solved[:, 0] - 0.5 * np.linalg.slogdet(total)[1])
        weights.append(shared @ solved[:, 0])
        known_of.append(shared @ solved[:, 1:])
        spreads.append(sum(sd**2 for sd in spread) + noise**2)
    weight = np.exp(np.array(evidences) - max(evidences))
    at = rng.choice(len(weight), size=len(best), p=weight / weight.sum())
    asked = _features(best, np.full(len(best), new.n_train))
    terms = np.column_stack([asked, np.ones(len(best))])
    mean = (terms * np.array(weights)[at]).sum(axis=1)
    told = np.einsum("di,dij,dj->d", terms, np.array(known_of)[at], terms)
    drawn = rng.normal(mean, np.sqrt(asked**2 @ prior + np.array(spreads)[at] - told))
    return np.asarray(np.clip(drawn, -best, 1 - best))


def _same(own: str, names: NDArray[np.str_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which units share an effect with each other (U, U), and with a new one (U,); without a name with none."""
    return (names[:, None] == names) & (names != ""), (names == own) & (own != "")


def _features(best: FloatArray, n_train: FloatArray) -> FloatArray:
    size = np.log10(np.where(np.isnan(n_train), _USUAL, n_train) / _USUAL)
    return np.column_stack([np.ones_like(best), 0.5 - best, size])


def rule_says(doubling: float) -> bool:
    """Whether the rule of thumb says to fine-tune, after what the last doubling of demonstrations added."""
    return doubling > _RULE


def _rule(curve: Curve, alike: Sequence[Unit], margin: float) -> str:
    shots, means = curve.shots[curve.observed], curve.means[curve.observed]
    right = sum(rule_says(unit.doubling) == (unit.gain > margin) for unit in alike)
    record = f"it has been right in {right} of {len(alike)} cases like this one"
    if len(shots) < 2:
        return f"The rule of thumb needs two numbers of shots; {record}."
    doublings = math.log2((shots[-1] + 1) / (shots[-2] + 1))
    said = "fine-tune" if rule_says(float(means[-1] - means[-2]) / doublings) else "do not fine-tune"
    state = "still rising" if said == "fine-tune" else "no longer rising"
    return f"The rule of thumb says: {state}, so {said}; {record}."
