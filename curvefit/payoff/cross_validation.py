"""How well payoffs are predicted. Lives here: every source left out in turn, predicted from the others, and scored."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate
from curvefit.payoff.evidence import Unit
from curvefit.payoff.hierarchy import PayoffQuery, gains
from curvefit.payoff.metrics import (
    LEVEL,
    auc,
    bounded,
    coverage_of,
    log_loss,
    probability_above,
    resampled,
    resampled_mean,
)
from curvefit.payoff.predictor import rule_says

__all__ = ["Backtest", "BacktestCase", "backtest", "predict_unit"]


_DRAWS: Final = 4000


@dataclass(frozen=True, slots=True)
class BacktestCase:
    """A unit, predicted by all that other sources measured.

    Attributes
    ----------
    unit : Unit
        The one predicted.
    gain : Estimate
        Predicted gain.
    probability : float
        That it exceeds the margin.
    base : float
        Share of the other sources' units whose gain exceeds it: the prediction without any look at the task.
    """

    unit: Unit
    gain: Estimate
    probability: float
    base: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """Scores of the prediction over all cases, with intervals by resampling whole sources, of the coverage Wilson's.

    Attributes
    ----------
    cases : tuple of BacktestCase
        What was predicted.
    margin : float
        A gain above it counts as paid.
    auc, rule_auc : Estimate
        Area under the ROC curve of the probability, and of the last doubling alone, the rule of thumb; NaN where all
        cases paid or none did.
    log_loss, base_log_loss, advantage : Estimate
        Of the probability, of the base rate, and how much less the former is, in nats a case.
    brier : Estimate
        Mean squared error of the probability.
    coverage : Estimate
        Share of gains within their 90% intervals.
    error : Estimate
        Mean absolute error of the gain.
    rule_right : Estimate
        Share of cases in which the rule of thumb was right, of those in which a last doubling was measured.
    possible : int
        Cases whose best prompt leaves room for a gain above the margin. That the others did not pay is arithmetic.
    possible_auc, possible_advantage : Estimate
        As `auc` and `advantage`, over these alone.
    """

    cases: tuple[BacktestCase, ...]
    margin: float
    auc: Estimate
    rule_auc: Estimate
    log_loss: Estimate
    base_log_loss: Estimate
    advantage: Estimate
    brier: Estimate
    coverage: Estimate
    error: Estimate
    rule_right: Estimate
    possible: int
    possible_auc: Estimate
    possible_advantage: Estimate


def backtest(units: Sequence[Unit], *, margin: float = 0.02) -> Backtest:
    """Predict every unit from other sources, and score that.

    Units are from at least two sources; a gain above the margin counts as paid.
    """
    cases = tuple(predict_unit(unit, [u for u in units if u.source != unit.source], margin) for unit in units)
    paid = np.array([case.unit.paid(margin) for case in cases])
    probability, base = (bounded(np.array([getattr(c, n) for c in cases])) for n in ("probability", "base"))
    doubling = np.array([case.unit.doubling for case in cases])
    gain = np.array([case.unit.gain for case in cases])
    low, middle, high = (np.array([getattr(c.gain, n) for c in cases]) for n in ("low", "value", "high"))
    loss, base_loss = (log_loss(p, paid) for p in (probability, base))
    rule_was_right = (np.array([rule_says(d) for d in doubling]) == paid).astype(float)
    has_doubling = np.isfinite(doubling)
    possible = np.array([case.unit.best_prompted < 1 - margin for case in cases])
    _, source = np.unique([case.unit.source for case in cases], return_inverse=True)

    def resampled_score(score: Callable[[NDArray[np.int_]], float]) -> Estimate:
        return resampled(score, source)

    def among(some: NDArray[np.bool_], score: Callable[[NDArray[np.int_]], float]) -> Estimate:
        return resampled_score(
            lambda positions: score(positions[some[positions]]) if some[positions].any() else math.nan
        )

    return Backtest(
        cases=cases,
        margin=margin,
        auc=resampled_score(lambda positions: auc(probability[positions], paid[positions])),
        rule_auc=among(has_doubling, lambda positions: auc(doubling[positions], paid[positions])),
        log_loss=resampled_mean(loss, source),
        base_log_loss=resampled_mean(base_loss, source),
        advantage=resampled_mean(base_loss - loss, source),
        brier=resampled_mean((probability - paid) ** 2, source),
        coverage=coverage_of((low <= gain) & (gain <= high), source),
        error=resampled_mean(np.abs(middle - gain), source),
        rule_right=among(has_doubling, lambda positions: float(rule_was_right[positions].mean())),
        possible=int(possible.sum()),
        possible_auc=among(possible, lambda positions: auc(probability[positions], paid[positions])),
        possible_advantage=among(possible, lambda positions: float((base_loss - loss)[positions].mean())),
    )


def predict_unit(unit: Unit, others: Sequence[Unit], margin: float) -> BacktestCase:
    """Predict a unit from others."""
    query = PayoffQuery(unit.kind, unit.n_train, unit.tiny, zero_shot_only=unit.zero_shot_only)
    gain_draws = gains(others, np.full(_DRAWS, unit.best_prompted), query)
    low, middle, high = (float(q) for q in np.quantile(gain_draws, ((1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2)))
    base = float(np.mean([other.paid(margin) for other in others]))
    return BacktestCase(unit, Estimate(middle, low, high, LEVEL), float(probability_above(gain_draws, margin)), base)
