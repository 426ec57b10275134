"""What no family explains, as a Gaussian process over log(1 + shots). Lives here: its covariances, and how it goes on.

Two kinds, each with its prior probability:

- A walk, Brownian: beyond the data it carries the last level on, with growing uncertainty, so that a curve which no
  family explains is forecast as "stays where it is" rather than pulled back to some average.
- A turn: from some measured number of shots on the slope is another one, by an unknown amount, and stays so. Without it
  nothing here could fall, and a fall after a peak (too many examples, an overfull context) would be forecast to end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Discrepancy", "discrepancies"]

FloatArray = NDArray[np.float64]

# SD of the walk per unit of log shots, and prior probabilities.
_WALK: Final = (0.002, 0.006, 0.015, 0.04, 0.1)
_WALK_WEIGHT: Final = (0.335, 0.235, 0.19, 0.14, 0.05)
_TURN_WEIGHT: Final = 0.05
_TURN_AT: Final = (0.4, 0.55, 0.7, 0.85)  # quantiles of the positive measured numbers of shots
_TURN_SD: Final = 0.06  # of the change of slope per unit of log shots
_TURN_WALK: Final = 0.006  # the walk beside a turn


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A zero-mean Gaussian process over u = log(1 + shots).

    Attributes
    ----------
    walk : float
        SD per unit of u.
    turn : float
        SD of the change of slope.
    since : float
        The u from which on the slope is another.
    weight : float
        Prior probability.
    """

    walk: float
    turn: float
    since: float
    weight: float

    def covariance(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """Return the covariances (A, B) of the values at a (A,) and b (B,)."""
        bent_a, bent_b = np.maximum(a - self.since, 0.0), np.maximum(b - self.since, 0.0)
        return np.asarray(self.walk**2 * np.minimum.outer(a, b) + self.turn**2 * np.outer(bent_a, bent_b))

    def further(self, u: FloatArray, values: FloatArray, to: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw values (N, T) at `to` (T,), further on and ascending, given those (N, S) at u (S,), positive."""
        if not self.turn:  # what is ahead of a walk depends on where it is alone
            at, start = (u[-1], values[:, -1:]) if len(u) else (0.0, np.zeros((len(values), 1)))
            steps = self.walk * np.sqrt(np.diff(to, prepend=at)) * rng.standard_normal((len(values), len(to)))
            return np.asarray(start + np.cumsum(steps, axis=1))
        mean, left = np.zeros((len(values), len(to))), self.covariance(to, to)
        if len(u):
            weights = np.linalg.solve(self.covariance(u, u), self.covariance(u, to)).T
            mean, left = values @ weights.T, left - weights @ self.covariance(u, to)
        spread, vectors = np.linalg.eigh((left + left.T) / 2)
        noise = rng.standard_normal(mean.shape) * np.sqrt(np.maximum(spread, 0.0))
        return np.asarray(mean + noise @ vectors.T)


def discrepancies(u: FloatArray) -> list[Discrepancy]:
    """Return all kinds for a curve measured at u (S,); the weights add up to 1."""
    walks = [Discrepancy(walk, 0.0, 0.0, weight) for walk, weight in zip(_WALK, _WALK_WEIGHT, strict=True)]
    positive = u[u > 0]
    since = np.quantile(positive if len(positive) else u, _TURN_AT)
    return walks + [Discrepancy(_TURN_WALK, _TURN_SD, float(at), _TURN_WEIGHT / len(since)) for at in since]
