"""The posterior of the true curve. Lives here: Bayes' rule over families and shapes; no verdict.

The latent accuracy is a family's curve plus a discrepancy for what no family explains::

    latent(k) = floor + gain * rise(k; shape) + discrepancy(log(1 + k)) + [k = 0] * offset

Shapes lie on a fixed low-discrepancy grid. Given a shape, floor and gain have a Gaussian prior and the rest is
Gaussian with known covariance, so their integral is closed-form: nothing is optimised, nothing needs a starting value
and nothing can fail to converge. Three nuisances are marginalised with the shapes: which kind of discrepancy, how large
the draws' part of the noise is (its estimate has few degrees of freedom), and which family.

- The offset belongs to 0 shots alone. Without a demonstration a model also lacks the format of the answer; that is a
  different effect from what more demonstrations add, and must not bend the curve through the other points.
- Floor, ceiling and gain are restricted to what accuracy can be: 0 <= floor <= ceiling <= 1, by rejection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.families import FAMILIES, Family
from curvefit.curves.variance import Noise, grouped

__all__ = [
    "FLOOR",
    "GAIN_SD",
    "Discrepancy",
    "Draws",
    "Grid",
    "discrepancies",
    "grid_of",
    "posteriors",
]

FloatArray = NDArray[np.float64]

# SD of the walk per unit of log shots, and prior probabilities.
_WALK: Final = (0.002, 0.006, 0.015, 0.04, 0.1)
_WALK_WEIGHT: Final = (0.335, 0.235, 0.19, 0.14, 0.05)
_TURN_WEIGHT: Final = 0.05
_TURN_AT: Final = (0.4, 0.55, 0.7, 0.85)  # quantiles of the positive measured numbers of shots
_TURN_SD: Final = 0.06  # of the change of slope per unit of log shots
_TURN_WALK: Final = 0.006  # the walk beside a turn
# What showing every class adds where not all have been shown yet, chosen on icl_bertsch_*: mean and SD.
_CLASS_WEIGHT: Final = 0.5
_CLASS_RISE: Final = (0.25, 0.15)
_CLASS_WALK: Final = 0.006


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A Gaussian process over u = log(1 + shots): a walk, and maybe a shape of unknown amount.

    Attributes
    ----------
    walk : float
        SD per unit of u.
    weight : float
        Prior probability.
    shape : callable, optional
        ``shape(u)``: what is added beside the walk, times an amount; 0 at u = 0.
    mean, sd : float
        Of that amount.
    """

    walk: float
    weight: float
    shape: Callable[[FloatArray], FloatArray] | None = None
    mean: float = 0.0
    sd: float = 0.0

    def expected(self, u: FloatArray) -> FloatArray:
        """Return the mean at u (U,)."""
        return np.zeros_like(u) if self.shape is None else self.mean * self.shape(u)

    def covariance(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """Return the covariances (A, B) of the values at a (A,) and b (B,)."""
        walked = self.walk**2 * np.minimum.outer(a, b)
        return np.asarray(
            walked if self.shape is None else walked + self.sd**2 * np.outer(self.shape(a), self.shape(b))
        )

    def extend(self, u: FloatArray, values: FloatArray, to: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw values (N, T) at `to` (T,), ascending and beyond u, given those (N, S) at u (S,), positive."""
        if self.shape is None:  # the steps of a walk depend on its last value only
            start_at, start = (u[-1], values[:, -1:]) if len(u) else (0.0, np.zeros((len(values), 1)))
            steps = self.walk * np.sqrt(np.diff(to, prepend=start_at)) * rng.standard_normal((len(values), len(to)))
            return np.asarray(start + np.cumsum(steps, axis=1))
        mean, covariance = np.tile(self.expected(to), (len(values), 1)), self.covariance(to, to)
        if len(u):
            weights = np.linalg.solve(self.covariance(u, u), self.covariance(u, to)).T
            mean = mean + (values - self.expected(u)) @ weights.T
            covariance = covariance - weights @ self.covariance(u, to)
        variances, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
        noise = rng.standard_normal(mean.shape) * np.sqrt(np.maximum(variances, 0.0))
        return np.asarray(mean + noise @ vectors.T)


def discrepancies(u: FloatArray, n_classes: int = 0) -> list[Discrepancy]:
    """Return all kinds for a curve measured at u (S,), of a task with so many classes; the weights add up to 1."""
    walks = [Discrepancy(walk, weight) for walk, weight in zip(_WALK, _WALK_WEIGHT, strict=True)]
    positive = u[u > 0]
    since = np.quantile(positive if len(positive) else u, _TURN_AT)
    turns = [
        Discrepancy(_TURN_WALK, _TURN_WEIGHT / len(since), shape=partial(_bend, since=at), sd=_TURN_SD) for at in since
    ]
    if np.expm1(u[-1]) >= n_classes:
        return walks + turns
    unseen = Discrepancy(_CLASS_WALK, _CLASS_WEIGHT, partial(_classes_shown, n_classes=n_classes), *_CLASS_RISE)
    return [*(replace(kind, weight=(1 - _CLASS_WEIGHT) * kind.weight) for kind in walks + turns), unseen]


def _bend(u: FloatArray, *, since: float) -> FloatArray:
    return np.maximum(u - since, 0.0)


def _classes_shown(u: FloatArray, *, n_classes: int) -> FloatArray:
    """Return the share of the classes that so many random examples are expected to show (Poisson)."""
    return np.asarray(-np.expm1(-np.expm1(u) / n_classes))


IntArray = NDArray[np.int_]

# Prior weights of the families. Late ones weigh most: the costly error is to call a plateau before the rise, and data
# that show little cannot rule it out. Chosen, with the other settings here, on LCDB 1.0 and 1.1, SetFit and the
# simulations of `benchmarks/forecast/verdicts.py`; published in-context curves had no part in it.
_FAMILY_WEIGHT: Final = {
    "constant": 0.04, "power3": 0.1, "power4": 0.1, "exponential": 0.03,
    "hill": 0.25, "weibull": 0.16, "late": 0.32,
}  # fmt: skip
_SHAPES: Final = {0: 1, 1: 64, 2: 400}  # grid points by number of shape parameters
FLOOR: Final = (0.5, 0.4)  # prior mean and SD
GAIN_SD: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Every shape of every family: its prior and its rise at the measured shots."""

    family: IntArray  # (J,)
    shape: FloatArray  # (J, 2)
    log_prior: FloatArray  # (J,)
    rise: FloatArray  # (S, J)

    @property
    def rises(self) -> NDArray[np.bool_]:
        """Which grid points have any rise, measured or beyond, so that the gain has a meaning (J,)."""
        return np.array([bool(family.shape) for family in FAMILIES])[self.family]


def grid_of(shots: FloatArray) -> Grid:
    """Return the grid for a curve measured at these shots (S,), ascending."""
    positive = shots[shots > 0]
    first, last = (float(positive[0]), float(positive[-1])) if len(positive) else (1.0, 1.0)
    family, shape, prior, rise = [], [], [], []
    for i, f in enumerate(FAMILIES):
        values = _shapes(f, first, last)
        family.append(np.full(len(values), i))
        shape.append(values)
        prior.append(np.full(len(values), np.log(_FAMILY_WEIGHT[f.name] / len(values) / _mass_within_bounds(f))))
        rise.append(f(shots[:, None], *values.T[: len(f.shape)]) * np.ones((1, len(values))))
    return Grid(np.concatenate(family), np.concatenate(shape), np.concatenate(prior), np.concatenate(rise, axis=1))


def _shapes(family: Family, first: float, last: float) -> FloatArray:
    """Shape parameters (J, 2): the R2 sequence of Roberts (2018), evenly over the prior's quantiles."""
    count = _SHAPES[len(family.shape)]
    steps = np.array([0.7548776662466927, 0.5698402909980532]) if len(family.shape) == 2 else np.array([1 / count, 0.0])
    quantiles = (0.5 * steps if len(family.shape) < 2 else 0.5) + np.outer(np.arange(count), steps)
    shapes = np.ones((count, 2))
    for j, param in enumerate(family.shape):
        shapes[:, j] = param.at(quantiles[:, j] % 1.0, first, last)
    return shapes


def _mass_within_bounds(family: Family) -> float:
    """Prior probability that floor and ceiling are accuracies in order, which the restriction divides by."""
    from scipy.special import ndtr

    edges = np.linspace(0.0, 1.0, 201)
    mass = np.diff(ndtr((edges - FLOOR[0]) / FLOOR[1]))
    room = 1 - (edges[:-1] + edges[1:]) / 2
    return float((mass * (ndtr(room / GAIN_SD) - 0.5)).sum() if family.shape else mass.sum())


_OFFSET: Final = 0.25  # SD of what is special about 0 shots
_NOISE_QUANTILES: Final = np.array([1 / 6, 1 / 2, 5 / 6])
_N_DRAWS: Final = 4000
_BATCHES: Final = 25  # of draws, at most, before bounds are imposed by clipping instead of rejection
_KNOTS_BEYOND: Final = 24  # knots of the walk beyond the last measurement, half a doubling apart


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Equally likely draws of the latent curve.

    Attributes
    ----------
    family : int array (N,)
        Position in `FAMILIES`.
    shape : float array (N, 2)
        Shape parameters; 1 where the family has fewer.
    floor, gain, offset : float array (N,)
        As above; `offset` is added at 0 shots.
    knots : float array (G,)
        log(1 + shots) where the discrepancy is stored: 0, the measured ones, then every half doubling.
    discrepancy : float array (N, G)
        Its values, as if 0 at 0 shots.
    """

    family: IntArray
    shape: FloatArray
    floor: FloatArray
    gain: FloatArray
    offset: FloatArray
    knots: FloatArray
    discrepancy: FloatArray

    @property
    def seen(self) -> Draws:
        """Draws of the curve as it was scored: these, unless a judge's errors were taken out of them."""
        return self

    @property
    def shrinkage(self) -> float:
        """By how much a change of accuracy was smaller as it was scored: 1 unless a judge erred."""
        return 1.0

    @property
    def last(self) -> int:
        """The largest number of shots that was measured."""
        return round(float(np.expm1(self.knots[-1 - _KNOTS_BEYOND])))

    def at(self, shots: FloatArray) -> FloatArray:
        """Return latent accuracy (N, K) at these numbers of shots (K,), kept within [0, 1]."""
        rise = np.zeros((len(self.family), len(shots)))
        for i, family in enumerate(FAMILIES):
            of_family = self.family == i
            shape = [self.shape[of_family, j, None] for j in range(len(family.shape))]
            rise[of_family] = family(shots[None, :], *shape)
        latent = self.floor[:, None] + self.gain[:, None] * rise
        latent += self.discrepancy @ _interpolation(np.log1p(shots), self.knots).T
        latent += np.where(shots == 0, self.offset[:, None], 0.0)
        return np.clip(latent, 0.0, 1.0)


def posteriors(
    shots: IntArray, measured: Sequence[tuple[FloatArray, Noise, np.random.Generator]], n_classes: int = 0
) -> Iterator[Draws]:
    """Yield draws of each of several latent curves over the same shots; the result is the same as one by one.

    The grid is computed once, and consecutive curves of equal noise share all that does not depend on their means.

    Parameters
    ----------
    shots : int array (S,)
        Measured numbers of shots.
    measured : sequence of (means (S,), Noise, Generator)
        Measured accuracy, its covariance about the latent accuracy, and what decides the draws.
    n_classes : int
        Classes of a label task; 0 where there are none, or where that is not known.
    """
    frame = None
    for means, noise, rng in measured:
        at, averages, grouped_noise = grouped(shots.astype(float), means, noise)
        if frame is None or not frame.noise.same(grouped_noise):
            frame = _Frame(frame.grid if frame else grid_of(at), at, grouped_noise, n_classes)
        yield _draw_curves(at, averages, frame.fit(averages), rng)


def _draw_curves(at: FloatArray, means: FloatArray, fit: _Fit, rng: np.random.Generator) -> Draws:
    u, frame, grid = np.log1p(at), fit.frame, fit.frame.grid
    setting, node, floor, gain = _sample(fit, rng)
    residual = means - floor[:, None] - gain[:, None] * grid.rise.T[node]
    offset = rng.normal(0.0, _OFFSET, len(node))
    positive = u[u > 0]
    beyond = u[-1] + np.log(2.0) / 2 * np.arange(1, _KNOTS_BEYOND + 1)
    discrepancy = np.zeros((len(node), 1 + len(positive) + _KNOTS_BEYOND))
    for h, (kind, _, _) in enumerate(frame.settings):
        of_setting = setting == h
        latent = frame.discrepancy(h, residual[of_setting], rng)
        if at[0] == 0:
            offset[of_setting], latent = latent[:, 0], latent[:, 1:]
        discrepancy[of_setting, 1:] = np.hstack([latent, kind.extend(positive, latent, beyond, rng)])
    knots = np.concatenate([[0.0], positive, beyond])
    return Draws(grid.family[node], grid.shape[node], floor, gain, offset, knots, discrepancy)


_Settings = list[tuple[Discrepancy, FloatArray, float]]


def _settings(kinds: list[Discrepancy], noise: Noise) -> _Settings:
    """Every kind of discrepancy and size of the noise, with its prior probability."""
    sizes = _factors(noise)
    settings = []
    for kind in kinds:
        chosen = sizes if kind.shape is None else sizes[[len(sizes) // 2]]  # a turn is rare enough for one
        settings += [(kind, noise.items + size * noise.draws, kind.weight / len(chosen)) for size in chosen]
    return settings


def _factors(noise: Noise) -> FloatArray:
    """Equally likely sizes of the draws' variance relative to its estimate: scaled inverse chi-squared quantiles."""
    from scipy.special import chdtri

    return np.asarray(noise.df_draws / chdtri(noise.df_draws, _NOISE_QUANTILES), dtype=float)


class _Frame:
    """The part of the posterior of floor and gain that depends on the noise but not on the means, for H covariances.

    Attributes
    ----------
    grid : Grid
        The grid points.
    settings : list
        Kind of discrepancy, covariance of the noise and prior probability of each of the H.
    gain_sd : array (H, J)
        Posterior SD of the gain, floor integrated out.
    slope : array (H, J)
        How much the floor falls, given the gain, for each unit of gain.
    floor_sd : array (H,)
        Posterior SD of the floor, given the gain.
    """

    def __init__(self, grid: Grid, at: FloatArray, noise: Noise, n_classes: int = 0) -> None:
        u = np.log1p(at)
        self.grid, self.noise, self.settings = grid, noise, _settings(discrepancies(u, n_classes), noise)
        self._expected = np.array([kind.expected(u) for kind, *_ in self.settings])  # (H, S)
        zero = _OFFSET**2 * np.outer(at == 0, at == 0)
        latent = np.array([kind.covariance(u, u) + zero for kind, *_ in self.settings])
        total = latent + np.array([error for _, error, _ in self.settings])  # (H, S, S)
        lower = np.linalg.cholesky(total)
        # An explicit inverse of this small triangle, since it multiplies thousands of columns.
        self._white = np.linalg.inv(lower)
        self._one, self._rise = self._white.sum(2), self._white @ grid.rise
        # Posterior precision [[a, b], [b, c]] of floor and gain.
        a = (self._one**2).sum(1)[:, None] + FLOOR[1] ** -2
        b = self._on_rise(self._one)
        c = np.einsum("hsj,hsj->hj", self._rise, self._rise) + GAIN_SD**-2
        det = a * c - b * b
        self._precision = a, b, c, det
        self.gain_sd, self.floor_sd, self.slope = np.sqrt(a / det), 1 / np.sqrt(a[:, 0]), b / a
        scale = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(1)[:, None]
        prior = np.log([weight for *_, weight in self.settings])[:, None] + grid.log_prior
        self._constant = prior - 0.5 * np.log(det) - scale
        self._regression = np.linalg.solve(total, latent).transpose(0, 2, 1)
        unexplained = latent - self._regression @ latent
        values, vectors = np.linalg.eigh((unexplained + unexplained.transpose(0, 2, 1)) / 2)
        self._root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]

    def fit(self, means: FloatArray) -> _Fit:
        """Return floor, gain and weight given these means (S,), at every grid point."""
        from scipy.special import log_ndtr

        a, b, c, det = self._precision
        y = (self._white @ (means - FLOOR[0] - self._expected)[:, :, None])[:, :, 0]
        # Information of floor (about its prior mean) and gain.
        d, e = (self._one * y).sum(1)[:, None], self._on_rise(y)
        floor, gain = (c * d - b * e) / det, (a * e - b * d) / det
        misfit = (y * y).sum(1)[:, None] - floor * d - gain * e
        # Half of a centred gain's prior is above 0; `_allowed` accounts for that half.
        above = np.where(self.grid.rises, log_ndtr(gain / self.gain_sd), 0.0)
        return _Fit(self, floor + FLOOR[0], gain, self._constant - 0.5 * misfit + above)

    def discrepancy(self, setting: int, residual: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw the discrepancy at the measured shots, given the residual (N, S) of floor and gain."""
        noise = rng.standard_normal(residual.shape)
        expected = self._expected[setting]
        return np.asarray(
            expected + (residual - expected) @ self._regression[setting].T + noise @ self._root[setting].T
        )

    def _on_rise(self, vectors: FloatArray) -> FloatArray:
        """Products (H, J) of one whitened vector of each setting (H, S) with the whitened rises."""
        return np.asarray((vectors[:, None, :] @ self._rise)[:, 0])


class _Fit(NamedTuple):
    """Floor and gain at every grid point, for H covariances of discrepancy and noise.

    Attributes
    ----------
    frame : _Frame
        Their spread.
    floor, gain : array (H, J)
        Posterior means, before the restriction to accuracies.
    log_weight : array (H, J)
        Posterior probabilities, for gains above 0; up to a constant.
    """

    frame: _Frame
    floor: FloatArray
    gain: FloatArray
    log_weight: FloatArray


def _sample(fit: _Fit, rng: np.random.Generator) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Draw setting, grid point, floor and gain (each (N,)), keeping what accuracies can be."""
    from scipy.special import log_ndtr, ndtri_exp

    frame, log_weight = fit.frame, fit.log_weight
    cumulative = np.cumsum(np.exp(log_weight - log_weight.max()).ravel())
    rises = frame.grid.rises
    accepted: list[tuple[NDArray[Any], ...]] = []
    for batch in range(_BATCHES):
        # Systematic resampling: as even as N draws can be over the weights.
        ticks = (rng.random() + np.arange(_N_DRAWS)) / _N_DRAWS * cumulative[-1]
        flat = np.minimum(np.searchsorted(cumulative, ticks), len(cumulative) - 1)
        setting, node = np.divmod(flat, log_weight.shape[1])
        at = (setting, node)
        # The upper tail beyond 0 of a normal gain, by its quantile function, exact however far out.
        middle, sd = fit.gain[at], frame.gain_sd[at]
        tail = np.log1p(-rng.random(_N_DRAWS)) + log_ndtr(middle / sd)
        gain = np.where(rises[node], np.maximum(middle - sd * ndtri_exp(tail), 0.0), 0.0)
        # Without a rise b is 0, so that the floor does not depend on the gain.
        floor = (
            fit.floor[at] - frame.slope[at] * (gain - middle) + frame.floor_sd[setting] * rng.standard_normal(_N_DRAWS)
        )
        ok = (floor >= 0) & (floor + gain <= 1)
        if batch == _BATCHES - 1:  # hardly anything fits between 0 and 1: take the nearest that does
            floor = np.clip(floor, 0.0, 1.0)
            gain, ok = np.minimum(gain, 1 - floor), np.ones_like(ok)
        accepted.append((setting[ok], node[ok], floor[ok], gain[ok]))
        if sum(len(part[0]) for part in accepted) >= _N_DRAWS:
            break
    setting, node, floor, gain = (np.concatenate(part) for part in zip(*accepted, strict=True))
    evenly_spaced = np.arange(_N_DRAWS) * len(setting) // _N_DRAWS
    return setting[evenly_spaced], node[evenly_spaced], floor[evenly_spaced], gain[evenly_spaced]


def _interpolation(u: FloatArray, knots: FloatArray) -> FloatArray:
    """Weights (K, G) of linear interpolation, constant beyond the last knot."""
    right = np.clip(np.searchsorted(knots, u), 1, len(knots) - 1)
    share = np.clip((u - knots[right - 1]) / (knots[right] - knots[right - 1]), 0.0, 1.0)
    weights = np.zeros((len(u), len(knots)))
    rows = np.arange(len(u))
    weights[rows, right - 1] += 1 - share
    weights[rows, right] += share
    return weights
