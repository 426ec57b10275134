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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.discrepancy import Discrepancy, Extension, discrepancies
from curvefit.curves.grid import FLOOR, GAIN_SD, Grid, grid_of
from curvefit.curves.random_numbers import batch, normals
from curvefit.curves.variance import Noise, grouped

__all__ = ["Draws", "posteriors"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]

_OFFSET: Final = 0.25  # SD of what is special about 0 shots
_NOISE_QUANTILES: Final = np.array([1 / 6, 1 / 2, 5 / 6])
_N_DRAWS: Final = 4000
_BATCHES: Final = 25  # of draws, at most, before bounds are imposed by clipping instead of rejection
_FAR: Final = -30.0  # standard deviations below which a normal probability loses digits, and then is 0
_KNOTS_BEYOND: Final = 24  # knots of the walk beyond the last measurement, half a doubling apart


class _Prior:
    """What depends on the measured shots and on the number of classes alone.

    Attributes
    ----------
    at : array (S,)
        Measured numbers of shots.
    grid : Grid
        Every shape.
    kinds : list of Discrepancy
        Walks first.
    expected, covariance : array (kinds, S), array (kinds, S, S)
        Mean and covariance of each discrepancy at the measured shots, the offset included.
    pairs, products : int array (P,), array (P, J)
        Each pair of shots, as a place in an (S, S) matrix, and the product of their rises, twice where they differ: the
        quadratic form of a symmetric matrix in the rises is `products` weighted by its entries at `pairs`.
    knots : array (1 + P + T,)
        log(1 + shots): 0, the P measured positive ones, then T beyond.
    extensions : dict of int to Extension
        How each kind that is no walk goes on beyond what was measured, by its place.
    """

    def __init__(self, at: FloatArray, n_classes: int) -> None:
        u = np.log1p(at)
        self.at, self.grid, self.kinds = at, grid_of(at), discrepancies(u, n_classes)
        self.expected = np.array([kind.expected(u) for kind in self.kinds])
        zero = _OFFSET**2 * np.outer(at == 0, at == 0)
        self.covariance = np.array([kind.covariance(u, u) + zero for kind in self.kinds])
        one, other = np.tril_indices(len(at))
        self.pairs = one * len(at) + other
        self.products = np.where(one == other, 1.0, 2.0)[:, None] * self.grid.rise[one] * self.grid.rise[other]
        positive, beyond = u[u > 0], u[-1] + np.log(2.0) / 2 * np.arange(1, _KNOTS_BEYOND + 1)
        self.knots = np.concatenate([[0.0], positive, beyond])
        self.extensions = {
            i: Extension.of(kind, positive, beyond) for i, kind in enumerate(self.kinds) if kind.shape is not None
        }


@lru_cache(maxsize=16)
def _prior_of(measured: tuple[float, ...], n_classes: int) -> _Prior:
    return _Prior(np.array(measured), n_classes)


@dataclass(frozen=True, slots=True, eq=False)
class _Paths:
    """The discrepancy of N draws, in order of their settings; beyond what was measured, made when it is looked at.

    Attributes
    ----------
    prior : _Prior
        Of the measured shots.
    kinds : list of int
        Place of the kind of discrepancy of each of H settings; walks first.
    order : int array (N,)
        Which draw each is.
    ends : int array (H + 1,)
        Where each setting starts, and the last ends.
    measured : array (1 + P, N)
        At the measured shots; 0 at 0 shots.
    noise : array
        Standard normal numbers, of which those beyond are made, T of each draw; see `_noise_beyond`.
    """

    prior: _Prior
    kinds: list[int]
    order: IntArray
    ends: IntArray
    measured: FloatArray
    noise: FloatArray

    def at(self, u: FloatArray) -> FloatArray:
        """Return the discrepancy (K, N) at u (K,), in the draws' own order."""
        weights = _interpolation(u, self.prior.knots)
        used = int(np.flatnonzero(weights.any(axis=0))[-1]) + 1 if len(u) else 1
        size = len(self.measured)
        sorted_values = weights[:, :size] @ self.measured
        if used > size:
            sorted_values += weights[:, size:used] @ self._beyond(used - size)
        values = np.empty_like(sorted_values)
        values[:, self.order] = sorted_values
        return values

    def _beyond(self, count: int) -> FloatArray:
        """Return its values (`count`, N) at the first knots beyond what was measured."""
        prior, size = self.prior, len(self.prior.at)
        u, to = np.split(prior.knots[1:], [len(self.measured) - 1])
        walks = sum(kind not in prior.extensions for kind in self.kinds)
        walk = np.repeat([prior.kinds[kind].walk for kind in self.kinds[:walks]], np.diff(self.ends[: walks + 1]))
        values = np.empty((count, len(self.order)))
        noise = values[:, : len(walk)]
        for start, end in pairwise(self.ends[: walks + 1].tolist()):
            noise[:, start:end] = _noise_beyond(self.noise, start, end, size)[:, :count].T
        noise *= np.multiply.outer(np.sqrt(np.diff(to[:count], prepend=u[-1] if len(u) else 0.0)), walk)
        for before, after in pairwise(noise):  # rows are added many times faster than `cumsum` adds columns
            after += before
        noise += self.measured[-1, : len(walk)]
        for kind, (start, end) in zip(self.kinds[walks:], pairwise(self.ends[walks:].tolist()), strict=True):
            numbers = _noise_beyond(self.noise, start, end, size)
            values[:, start:end] = prior.extensions[kind].draw(self.measured[1:, start:end], numbers.T, count)
        return values


def _noise_beyond(noise: FloatArray, start: int, end: int, size: int) -> FloatArray:
    """Return the numbers (N, T) of the draws of one setting: after those of N offsets, and of all at measured shots."""
    first = _N_DRAWS + start * (size + _KNOTS_BEYOND) + (end - start) * size
    return noise[first : first + (end - start) * _KNOTS_BEYOND].reshape(-1, _KNOTS_BEYOND)


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Equally likely draws of the latent curve.

    Attributes
    ----------
    grid : Grid
        Every shape.
    node : int array (N,)
        Which of them.
    floor, gain, offset : float array (N,)
        As above; `offset` is added at 0 shots.
    paths : _Paths
        The discrepancy.
    """

    grid: Grid
    node: IntArray
    floor: FloatArray
    gain: FloatArray
    offset: FloatArray
    paths: _Paths

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
        return round(float(self.paths.prior.at[-1]))

    def at(self, shots: FloatArray) -> FloatArray:
        """Return latent accuracy (N, K) at these numbers of shots (K,), kept within [0, 1]."""
        latent = self.grid.at(shots)[:, self.node]
        latent *= self.gain
        latent += self.floor
        latent += self.paths.at(np.log1p(shots))
        latent[shots == 0] += self.offset
        return np.asarray(np.clip(latent, 0.0, 1.0, out=latent).T)


def posteriors(
    shots: IntArray, measured: Sequence[tuple[FloatArray, Noise]], seed: int, n_classes: int = 0
) -> Iterator[Draws]:
    """Yield draws of each of several latent curves over the same shots; the result is the same as one by one.

    Consecutive curves of equal noise share all that does not depend on their means.

    Parameters
    ----------
    shots : int array (S,)
        Measured numbers of shots.
    measured : sequence of (means (S,), Noise)
        Measured accuracy and its covariance about the latent accuracy.
    seed : int
        What decides the draws.
    n_classes : int
        Classes of a label task; 0 where there are none, or where that is not known.
    """
    frame = None
    for means, noise in measured:
        at, averages, grouped_noise = grouped(shots.astype(float), means, noise)
        if frame is None or not frame.noise.same(grouped_noise):
            frame = _Frame(_prior_of(tuple(at.tolist()), n_classes), grouped_noise)
        yield _draw_curves(averages, frame.fit(averages), seed)


def _draw_curves(means: FloatArray, fit: _Fit, seed: int) -> Draws:
    frame, grid, size = fit.frame, fit.frame.prior.grid, len(means)
    setting, node, floor, gain, last_batch = _sample(fit, seed)
    # By setting, so that what draws of one setting have in common is computed for all of them at once.
    order = np.argsort(setting.astype(np.int16), kind="stable")  # few and small: sorted by their digits
    ends = np.searchsorted(setting[order], np.arange(len(frame.settings) + 1))
    noise = normals(seed, last_batch, _N_DRAWS, _N_DRAWS * (1 + size + _KNOTS_BEYOND))
    offset = _OFFSET * noise[:_N_DRAWS]
    residual = grid.rise[:, node[order]]
    residual *= -gain[order]
    residual += means[:, None] - floor[order]
    latent = np.empty_like(residual)
    for h, (start, end) in enumerate(pairwise(ends.tolist())):
        first = _N_DRAWS + start * (size + _KNOTS_BEYOND)
        numbers = noise[first : first + (end - start) * size].reshape(-1, size)
        latent[:, start:end] = frame.discrepancy(h, residual[:, start:end], numbers.T)
    if frame.prior.at[0] == 0:
        offset[order] = latent[0]
        latent[0] = 0.0
    else:
        latent = np.concatenate([np.zeros((1, _N_DRAWS)), latent])
    return Draws(grid, node, floor, gain, offset, _Paths(frame.prior, frame.kinds, order, ends, latent, noise))


def _settings(kinds: list[Discrepancy], noise: Noise) -> list[tuple[int, FloatArray, float]]:
    """Every kind of discrepancy, by its place, and size of the noise, with its prior probability."""
    sizes = _factors(noise)
    settings = []
    for i, kind in enumerate(kinds):
        chosen = sizes if kind.shape is None else sizes[[len(sizes) // 2]]  # a turn is rare enough for one
        settings += [(i, noise.items + size * noise.draws, kind.weight / len(chosen)) for size in chosen]
    return settings


def _factors(noise: Noise) -> FloatArray:
    """Equally likely sizes of the draws' variance relative to its estimate: scaled inverse chi-squared quantiles."""
    from scipy.special import chdtri

    return np.asarray(noise.df_draws / chdtri(noise.df_draws, _NOISE_QUANTILES), dtype=float)


class _Frame:
    """The part of the posterior of floor and gain that depends on the noise but not on the means, for H covariances.

    Attributes
    ----------
    prior : _Prior
        What does not depend on the noise either.
    settings : list
        Place of the kind of discrepancy, covariance of the noise and prior probability of each of the H.
    kinds : list of int
        The first of these.
    gain_variance, floor_variance, covariance : array (H, J)
        Of the posterior of floor and gain, before the restriction to accuracies; of the covariance the negative.
    floor_sd : array (H,)
        Posterior SD of the floor, given the gain.
    """

    def __init__(self, prior: _Prior, noise: Noise) -> None:
        self.prior, self.noise, self.settings = prior, noise, _settings(prior.kinds, noise)
        self.kinds = [kind for kind, *_ in self.settings]
        self._expected, latent = prior.expected[self.kinds], prior.covariance[self.kinds]  # (H, S), (H, S, S)
        total = latent + np.array([error for _, error, _ in self.settings])  # (H, S, S)
        lower = np.linalg.cholesky(total)
        # An explicit inverse of this small triangle, since it multiplies thousands of columns.
        self._white = np.linalg.inv(lower)
        self._one = self._white.sum(2)
        # Posterior precision [[a, b], [b, c]]. Arrays (H, J) are few and used again: new ones cost most of the time.
        a = (self._one**2).sum(1)[:, None] + FLOOR[1] ** -2
        self.floor_sd, b = 1 / np.sqrt(a[:, 0]), self._on_rise(self._one)
        precision = self._white.transpose(0, 2, 1) @ self._white
        c = precision.reshape(len(precision), -1)[:, prior.pairs] @ prior.products
        c += GAIN_SD**-2
        det = a * c
        squared = b * b
        det -= squared
        scale = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(1)
        self._constant = np.log(det, out=squared)
        self._constant *= -0.5
        self._constant += prior.grid.log_prior
        self._constant += (np.log([weight for *_, weight in self.settings]) - scale)[:, None]
        b /= det
        c /= det
        self.covariance, self.floor_variance, self.gain_variance = b, c, np.divide(a, det, out=det)
        self._regression = np.linalg.solve(total, latent).transpose(0, 2, 1)
        self._intercept = self._expected - (self._regression @ self._expected[:, :, None])[:, :, 0]
        unexplained = latent - self._regression @ latent
        values, vectors = np.linalg.eigh((unexplained + unexplained.transpose(0, 2, 1)) / 2)
        self._root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]

    def fit(self, means: FloatArray) -> _Fit:
        """Return floor, gain and weight given these means (S,), at every grid point."""
        y = (self._white @ (means - FLOOR[0] - self._expected)[:, :, None])[:, :, 0]
        # Information of floor (about its prior mean) and gain.
        d, e = (self._one * y).sum(1)[:, None], self._on_rise(y)
        gain, scratch = self.gain_variance * e, self.covariance * d
        gain -= scratch
        weight = self.floor_variance * d
        weight -= np.multiply(self.covariance, e, out=scratch)
        weight *= d
        weight += np.multiply(gain, e, out=scratch)
        weight *= 0.5
        weight += self._constant
        weight -= 0.5 * (y * y).sum(1)[:, None]
        gain /= np.sqrt(self.gain_variance, out=scratch)
        # Half of a centred gain's prior is above 0; `_sample` accounts for that half.
        above = _log_normal_cdf(gain)
        above[:, ~self.prior.grid.rises] = 0.0
        weight += above
        return _Fit(self, d, e, above, weight)

    def discrepancy(self, setting: int, residual: FloatArray, noise: FloatArray) -> FloatArray:
        """Return the discrepancy (S, N) at the measured shots, given the residual (S, N) of floor and gain.

        `noise` (S, N) is standard normal.
        """
        explained = self._regression[setting] @ residual + self._intercept[setting][:, None]
        return np.asarray(explained + self._root[setting] @ noise)

    def _on_rise(self, vectors: FloatArray) -> FloatArray:
        """Products (H, J) of one whitened vector of each setting (H, S) with the whitened rises."""
        return np.asarray((vectors[:, None, :] @ self._white)[:, 0] @ self.prior.grid.rise)


class _Fit(NamedTuple):
    """What the means say of each of J grid points at each of H covariances of discrepancy and noise.

    Attributes
    ----------
    frame : _Frame
        What they were fitted with.
    of_floor, of_gain : array (H, 1), array (H, J)
        Information of floor (about its prior mean) and gain.
    log_above : array (H, J)
        Log of the probability that the gain is above 0; 0 where nothing rises.
    log_weight : array (H, J)
        Posterior probabilities, for gains above 0; up to a constant.
    """

    frame: _Frame
    of_floor: FloatArray
    of_gain: FloatArray
    log_above: FloatArray
    log_weight: FloatArray


def _sample(fit: _Fit, seed: int) -> tuple[IntArray, IntArray, FloatArray, FloatArray, int]:
    """Draw setting, grid point, floor and gain (each (N,)), keeping what accuracies can be, and tell the last batch."""
    from scipy.special import ndtri_exp

    weight = (fit.log_weight - fit.log_weight.max()).ravel()
    cumulative = np.cumsum(np.exp(weight, out=weight), out=weight)
    frame, rises, per_setting = fit.frame, fit.frame.prior.grid.rises, fit.log_weight.shape[1]
    of_point = frame.gain_variance, frame.floor_variance, frame.covariance, fit.of_gain, fit.log_above
    accepted: list[tuple[NDArray[Any], ...]] = []
    for place in range(_BATCHES):
        numbers = batch(seed, place, _N_DRAWS)
        # Systematic resampling: as even as N draws can be over the weights.
        ticks = (numbers.start + np.arange(_N_DRAWS)) / _N_DRAWS * cumulative[-1]
        point = np.minimum(np.searchsorted(cumulative, ticks), len(cumulative) - 1)
        setting = point // per_setting
        node = point - setting * per_setting
        gain_variance, floor_variance, covariance, e, above = (values.ravel()[point] for values in of_point)
        d, slope = fit.of_floor[setting, 0], covariance / gain_variance
        middle = gain_variance * e - covariance * d
        # The upper tail beyond 0 of a normal gain, by its quantile function, exact however far out.
        gain = np.maximum(middle - np.sqrt(gain_variance) * ndtri_exp(numbers.log_tail + above), 0.0)
        gain = np.where(rises[node], gain, 0.0)
        # Without a rise the slope is 0, so that the floor does not depend on the gain.
        floor = FLOOR[0] + floor_variance * d - covariance * e - slope * (gain - middle)
        floor += frame.floor_sd[setting] * numbers.floor
        ok = (floor >= 0) & (floor + gain <= 1)
        if place == _BATCHES - 1:  # hardly anything fits between 0 and 1: take the nearest that does
            floor = np.clip(floor, 0.0, 1.0)
            gain, ok = np.minimum(gain, 1 - floor), np.ones_like(ok)
        kept = np.flatnonzero(ok)
        accepted.append((setting[kept], node[kept], floor[kept], gain[kept]))
        if sum(len(part[0]) for part in accepted) >= _N_DRAWS:
            break
    setting, node, floor, gain = (np.concatenate(part) for part in zip(*accepted, strict=True))
    evenly_spaced = np.arange(_N_DRAWS) * len(setting) // _N_DRAWS
    return setting[evenly_spaced], node[evenly_spaced], floor[evenly_spaced], gain[evenly_spaced], place


def _log_normal_cdf(z: FloatArray) -> FloatArray:
    """Return the log of the normal distribution function, in place; `log_ndtr`, for far tails, takes twice the time."""
    from scipy.special import log_ndtr, ndtr

    if z.min() < _FAR:
        return np.asarray(log_ndtr(z, out=z))
    return np.asarray(np.log(ndtr(z, out=z), out=z))


def _interpolation(u: FloatArray, knots: FloatArray) -> FloatArray:
    """Weights (K, G) of linear interpolation, constant beyond the last knot."""
    right = np.clip(np.searchsorted(knots, u), 1, len(knots) - 1)
    share = np.clip((u - knots[right - 1]) / (knots[right] - knots[right - 1]), 0.0, 1.0)
    weights = np.zeros((len(u), len(knots)))
    rows = np.arange(len(u))
    weights[rows, right - 1] += 1 - share
    weights[rows, right] += share
    return weights
