"""What the true curve may be, given the measured one. Lives here: Bayes' rule over families and shapes; no verdict.

The latent accuracy is a family's curve plus a discrepancy for what no family explains::

    latent(k) = floor + gain * rise(k; shape) + discrepancy(log(1 + k)) + [k = 0] * offset

Shapes lie on a fixed low-discrepancy grid. Given a shape, floor and gain have a Gaussian prior and the rest is
Gaussian with known covariance, so their integral is closed-form: nothing is optimised, nothing needs a starting value
and nothing can fail to converge. Three nuisances are marginalised with the shapes: which kind of discrepancy, how large
the draws' part of the noise is (its estimate has few degrees of freedom), and which family.

- The offset belongs to 0 shots alone. Without a demonstration a model also lacks the format of the answer; what
  happens there is not the same law as what more demonstrations add, and must not bend the curve through the rest.
- Floor, ceiling and gain are restricted to what accuracy can be: 0 <= floor <= ceiling <= 1, by rejection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.discrepancy import Discrepancy, discrepancies
from curvefit.curves.families import FAMILIES, Family
from curvefit.curves.variance import Noise, grouped

__all__ = ["N_DRAWS", "Draws", "posterior"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]

# Prior weights of the families. Late ones weigh most: the costly error is to call a plateau before the rise, and data
# that show little cannot rule it out. Chosen, with the other settings here, on LCDB 1.0 and 1.1, SetFit and the
# simulations of `benchmarks/verdicts.py`; published in-context curves had no part in it.
_FAMILY_WEIGHT: Final = {
    "constant": 0.04, "power3": 0.1, "power4": 0.1, "exponential": 0.03,
    "hill": 0.25, "weibull": 0.16, "late": 0.32,
}  # fmt: skip
_SHAPES: Final = {0: 1, 1: 64, 2: 400}  # grid points by number of shape parameters
_FLOOR: Final = (0.5, 0.4)  # prior mean and SD
_GAIN_SD: Final = 1.0
_OFFSET: Final = 0.25  # SD of what is special about 0 shots
_NOISE_QUANTILES: Final = np.array([1 / 6, 1 / 2, 5 / 6])
N_DRAWS: Final = 4000
_BATCHES: Final = 25  # of draws, at most, before bounds are imposed by clipping instead of rejection
_AHEAD: Final = 24  # knots of the walk beyond the last measurement, half a doubling apart


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
        log(1 + shots) where the discrepancy is given: 0, the measured ones, then every half doubling.
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

    def at(self, shots: FloatArray) -> FloatArray:
        """Return latent accuracy (N, K) at these numbers of shots (K,), kept within [0, 1]."""
        rise = np.zeros((len(self.family), len(shots)))
        for i, family in enumerate(FAMILIES):
            mine = self.family == i
            shape = [self.shape[mine, j, None] for j in range(len(family.shape))]
            rise[mine] = family(shots[None, :], *shape)
        latent = self.floor[:, None] + self.gain[:, None] * rise
        latent += self.discrepancy @ _interpolation(np.log1p(shots), self.knots).T
        latent += np.where(shots == 0, self.offset[:, None], 0.0)
        return np.clip(latent, 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Every shape of every family: its prior and its rise at the measured shots."""

    family: IntArray  # (J,)
    shape: FloatArray  # (J, 2)
    log_prior: FloatArray  # (J,)
    rise: FloatArray  # (S, J)

    @property
    def rises(self) -> NDArray[np.bool_]:
        """Where there is any rise, measured or still to come, so that the gain means something (J,)."""
        return np.array([bool(family.shape) for family in FAMILIES])[self.family]


def posterior(
    shots: IntArray, means: FloatArray, noise: Noise, rng: np.random.Generator, n_draws: int = N_DRAWS
) -> Draws:
    """Draw latent curves given measured means.

    Parameters
    ----------
    shots : int array (S,)
        Measured numbers of shots.
    means : float array (S,)
        Measured accuracy.
    noise : Noise
        Covariance of the means about the latent accuracy.
    rng : Generator
        Decides the draws.
    n_draws : int
        How many.
    """
    at, means, noise = grouped(shots.astype(float), means, noise)
    grid = _grid(at)
    u = np.log1p(at)
    zero = _OFFSET**2 * np.outer(at == 0, at == 0)
    settings = _settings(u, noise)
    fits = [_Fit(grid, means, kind.covariance(u, u) + zero, error) for kind, error, _ in settings]
    log_weight = np.array([f.log_evidence + grid.log_prior + np.log(s[2]) for f, s in zip(fits, settings, strict=True)])
    setting, node, floor, gain = _sample(fits, grid, log_weight, rng, n_draws)
    residual = means - floor[:, None] - gain[:, None] * grid.rise.T[node]
    offset = rng.normal(0.0, _OFFSET, len(node))
    positive = u[u > 0]
    ahead = u[-1] + np.log(2.0) / 2 * np.arange(1, _AHEAD + 1)
    discrepancy = np.zeros((len(node), 1 + len(positive) + _AHEAD))
    for h, (fit, (kind, _, _)) in enumerate(zip(fits, settings, strict=True)):
        mine = setting == h
        latent = fit.discrepancy(residual[mine], rng)
        if at[0] == 0:
            offset[mine], latent = latent[:, 0], latent[:, 1:]
        discrepancy[mine, 1:] = np.hstack([latent, kind.further(positive, latent, ahead, rng)])
    knots = np.concatenate([[0.0], positive, ahead])
    return Draws(grid.family[node], grid.shape[node], floor, gain, offset, knots, discrepancy)


def _settings(u: FloatArray, noise: Noise) -> list[tuple[Discrepancy, FloatArray, float]]:
    """Every kind of discrepancy and size of the noise, with its prior probability."""
    sizes = _factors(noise)
    settings = []
    for kind in discrepancies(u):
        chosen = sizes if not kind.turn else sizes[[len(sizes) // 2]]  # a turn is rare enough for one
        settings += [(kind, noise.items + size * noise.draws, kind.weight / len(chosen)) for size in chosen]
    return settings


def _factors(noise: Noise) -> FloatArray:
    """Equally likely sizes of the draws' variance relative to its estimate: scaled inverse chi-squared quantiles."""
    from scipy.special import chdtri

    return np.asarray(noise.df_draws / chdtri(noise.df_draws, _NOISE_QUANTILES), dtype=float)


def _grid(shots: FloatArray) -> _Grid:
    positive = shots[shots > 0]
    first, last = (float(positive[0]), float(positive[-1])) if len(positive) else (1.0, 1.0)
    family, shape, prior, rise = [], [], [], []
    for i, f in enumerate(FAMILIES):
        values = _shapes(f, first, last)
        family.append(np.full(len(values), i))
        shape.append(values)
        prior.append(np.full(len(values), np.log(_FAMILY_WEIGHT[f.name] / len(values) / _allowed(f))))
        rise.append(f(shots[:, None], *values.T[: len(f.shape)]) * np.ones((1, len(values))))
    return _Grid(np.concatenate(family), np.concatenate(shape), np.concatenate(prior), np.concatenate(rise, axis=1))


def _shapes(family: Family, first: float, last: float) -> FloatArray:
    """Shape parameters (J, 2): the R2 sequence of Roberts (2018), evenly over the prior's quantiles."""
    count = _SHAPES[len(family.shape)]
    steps = np.array([0.7548776662466927, 0.5698402909980532]) if len(family.shape) == 2 else np.array([1 / count, 0.0])
    quantiles = (0.5 * steps if len(family.shape) < 2 else 0.5) + np.outer(np.arange(count), steps)
    shapes = np.ones((count, 2))
    for j, param in enumerate(family.shape):
        shapes[:, j] = param.at(quantiles[:, j] % 1.0, first, last)
    return shapes


def _allowed(family: Family) -> float:
    """Prior probability that floor and ceiling are accuracies in order, which the restriction divides by."""
    from scipy.special import ndtr

    edges = np.linspace(0.0, 1.0, 201)
    mass = np.diff(ndtr((edges - _FLOOR[0]) / _FLOOR[1]))
    room = 1 - (edges[:-1] + edges[1:]) / 2
    return float((mass * (ndtr(room / _GAIN_SD) - 0.5)).sum() if family.shape else mass.sum())


class _Fit:
    """Floor and gain at every grid point, for one covariance of discrepancy and noise.

    Attributes
    ----------
    floor, gain : array (J,)
        Posterior means, before the restriction to accuracies.
    gain_sd : array (J,)
        Posterior SD of the gain, floor integrated out.
    slope : array (J,)
        How much the floor falls, given the gain, for each unit of gain.
    floor_sd : float
        Posterior SD of the floor, given the gain.
    log_evidence : array (J,)
        Of the data at each grid point, for gains above 0; up to a constant that all fits share.
    """

    def __init__(self, grid: _Grid, means: FloatArray, latent: FloatArray, error: FloatArray) -> None:
        from scipy.special import log_ndtr

        total = latent + error
        lower = np.linalg.cholesky(total)
        # An explicit inverse of this small triangle, since it multiplies thousands of columns.
        white = np.linalg.inv(lower) @ np.column_stack([np.ones_like(means), means - _FLOOR[0], grid.rise])
        one, y, rise = white[:, 0], white[:, 1], white[:, 2:]
        # Posterior precision [[a, b], [b, c]] and information (d, e) of floor (about its prior mean) and gain.
        a, b, c = one @ one + _FLOOR[1] ** -2, one @ rise, (rise * rise).sum(0) + _GAIN_SD**-2
        d, e = one @ y, y @ rise
        det = a * c - b * b
        floor, self.gain = (c * d - b * e) / det, (a * e - b * d) / det
        self.floor = floor + _FLOOR[0]
        self.gain_sd, self.floor_sd, self.slope = np.sqrt(a / det), 1 / np.sqrt(a), b / a
        misfit = y @ y - floor * d - self.gain * e
        gaussian = -0.5 * misfit - 0.5 * np.log(det) - np.log(np.diag(lower)).sum()
        # Half of a centred gain's prior is above 0; `_allowed` accounts for that half.
        self.log_evidence = gaussian + np.where(grid.rises, log_ndtr(self.gain / self.gain_sd), 0.0)
        self._explained = np.linalg.solve(total, latent).T
        left = latent - self._explained @ latent
        values, vectors = np.linalg.eigh((left + left.T) / 2)
        self._root = vectors * np.sqrt(np.maximum(values, 0.0))

    def discrepancy(self, residual: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw the discrepancy at the measured shots, given what floor and gain leave over (N, S)."""
        return np.asarray(residual @ self._explained.T + rng.standard_normal(residual.shape) @ self._root.T)


def _sample(
    fits: list[_Fit], grid: _Grid, log_weight: FloatArray, rng: np.random.Generator, n_draws: int
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Draw setting, grid point, floor and gain (each (N,)), keeping what accuracies can be."""
    from scipy.special import log_ndtr, ndtri_exp

    cumulative = np.cumsum(np.exp(log_weight - log_weight.max()).ravel())
    middles, sds, floors, slopes = (
        np.array([getattr(f, n) for f in fits]) for n in ("gain", "gain_sd", "floor", "slope")
    )
    floor_sds = np.array([f.floor_sd for f in fits])
    rises = grid.rises
    kept: list[tuple[NDArray[Any], ...]] = []
    for batch in range(_BATCHES):
        # Systematic resampling: as even as N draws can be over the weights.
        ticks = (rng.random() + np.arange(n_draws)) / n_draws * cumulative[-1]
        flat = np.minimum(np.searchsorted(cumulative, ticks), len(cumulative) - 1)
        setting, node = np.divmod(flat, log_weight.shape[1])
        at = (setting, node)
        # The upper tail beyond 0 of a normal gain, by its quantile function, exact however far out.
        tail = np.log1p(-rng.random(n_draws)) + log_ndtr(middles[at] / sds[at])
        gain = np.where(rises[node], np.maximum(middles[at] - sds[at] * ndtri_exp(tail), 0.0), 0.0)
        # Without a rise b is 0, so that the floor does not depend on the gain.
        floor = floors[at] - slopes[at] * (gain - middles[at]) + floor_sds[setting] * rng.standard_normal(n_draws)
        ok = (floor >= 0) & (floor + gain <= 1)
        if batch == _BATCHES - 1:  # hardly anything fits between 0 and 1: take the nearest that does
            floor = np.clip(floor, 0.0, 1.0)
            gain, ok = np.minimum(gain, 1 - floor), np.ones_like(ok)
        kept.append((setting[ok], node[ok], floor[ok], gain[ok]))
        if sum(len(part[0]) for part in kept) >= n_draws:
            break
    setting, node, floor, gain = (np.concatenate(part) for part in zip(*kept, strict=True))
    even = np.arange(n_draws) * len(setting) // n_draws
    return setting[even], node[even], floor[even], gain[even]


def _interpolation(u: FloatArray, knots: FloatArray) -> FloatArray:
    """Weights (K, G) of linear interpolation, constant beyond the last knot."""
    right = np.clip(np.searchsorted(knots, u), 1, len(knots) - 1)
    share = np.clip((u - knots[right - 1]) / (knots[right] - knots[right - 1]), 0.0, 1.0)
    weights = np.zeros((len(u), len(knots)))
    rows = np.arange(len(u))
    weights[rows, right - 1] += 1 - share
    weights[rows, right] += share
    return weights
