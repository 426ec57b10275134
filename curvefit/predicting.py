"""What fine-tuning would add to a curve's best prompt. Lives here: what is known of a curve, put to the prediction."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, Final

import numpy as np

from curvefit.curves.curve import Curve
from curvefit.errors import CurveError
from curvefit.measurement import Measurement, Prompt
from curvefit.models import store
from curvefit.payoff.hierarchy import Setting
from curvefit.payoff.model import Payoff, payoff_of, to_beat

__all__ = ["MOST_EXAMPLES", "asked_about", "best_of", "best_of_each", "number_of_examples", "predict_payoff"]

MOST_EXAMPLES: Final = 10**9  # to fine-tune on: more is a slip of the hand


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

    For a `Measurement` it is what `curvefit.analyze` predicts: its retrieved examples count among the prompts, and it
    says which model it is of. Any other curve is taken to be of a model of half a billion parameters or more.

    Parameters
    ----------
    curve : Curve
        Measured, or made with `Curve.from_means`; its best number of shots is the one to beat.
    kind : str
        Kind of task, such as ``classification`` or ``multilingual-qa``; see `curvefit.payoff.evidence.GROUPS`.
    n_train : int
        Examples to fine-tune on, 1 to `MOST_EXAMPLES`.
    n_classes : int, optional
        Classes of a label task. Of no use for the prediction yet: the evidence does not say how many there were.
    retrieved : float, optional
        Accuracy with demonstrations retrieved for each item, in [0, 1]: the prompt to beat, where it is better.
    margin : float
        The smallest gain worth having, in (0, 1).

    Raises
    ------
    CurveError
        No curve, no kind, or out of range: n_train, n_classes, retrieved or margin.
    """
    if not isinstance(curve, Curve):
        raise CurveError(f"a curve is needed, such as study.curve, not {type(curve).__name__}")
    if not isinstance(kind, str) or not kind.strip():
        raise CurveError(f"kind must be text, such as 'classification', not {kind!r}")
    examples = number_of_examples(n_train)
    if n_classes is not None and not (isinstance(n_classes, Integral) and int(n_classes) >= 0):
        raise CurveError(f"n_classes must be a whole number, at least 0, not {n_classes!r}")
    if retrieved is not None and not (isinstance(retrieved, Real) and 0.0 <= retrieved <= 1.0):
        raise CurveError(f"retrieved must lie in [0, 1], not {retrieved!r}")
    if not (isinstance(margin, Real) and 0.0 < margin < 1.0):
        raise CurveError(f"margin lies between 0 and 1, not {margin!r}")
    measured = curve if isinstance(curve, Measurement) else Measurement(**vars(curve))
    best = best_of(best_of_each(measured))
    beat = to_beat(best.shots, best.ahead)
    if retrieved is not None and retrieved > np.median(beat):
        beat = np.full_like(beat, retrieved)
    return payoff_of(measured, beat, asked_about(measured, kind, examples), margin=margin)


def number_of_examples(n_train: Any) -> int:
    """Return how many examples are to be fine-tuned on, as an int.

    Raises
    ------
    CurveError
        It is no whole number, or not 1 to `MOST_EXAMPLES`.
    """
    if not isinstance(n_train, Integral) or not 1 <= int(n_train) <= MOST_EXAMPLES:
        raise CurveError(f"n_train must be a whole number, 1 to {MOST_EXAMPLES:,}, not {n_train!r:.40}")
    return int(n_train)


def best_of_each(measured: Measurement, *, level: float = 0.9, seed: int = 0) -> tuple[Prompt, ...]:
    """Return the best prompt with random examples, and after it the best with retrieved ones where those were measured.

    Level and seed are as of `curvefit.analyze`.
    """
    measurements = (measured,) if measured.retrieved is None else (measured, measured.retrieved)
    return tuple(Prompt.of(some, level=level, seed=seed) for some in measurements)


def best_of(prompts: Sequence[Prompt]) -> Prompt:
    """Return the best of what `best_of_each` returns, of those that went about as far."""
    went = prompts[0].curve.compared
    return max((prompt for prompt in prompts if prompt.curve in went), key=lambda prompt: prompt.point.accuracy.value)


def asked_about(measured: Measurement, kind: str, n_train: int) -> Setting:
    """Return what the prediction is told of a measured task and model."""
    return Setting(kind, n_train, store.tiny(measured.model), task=measured.task, model=measured.model)
