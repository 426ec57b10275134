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
- Where these curves miss a mean by far, the prior is found wanting and widened: the curve may jump. Checking a prior by
  what it misses is Box's (1980), JRSS A 143, 383-430.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.discrepancy import Extension, discrepancies
from curvefit.curves.grid import FLOOR, GAIN_SD, Grid, grid_of
from curvefit.curves.random_numbers import batch, normals
from curvefit.curves.variance import Noise, grouped

__all__ = ["Draws", "posteriors"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]
ShortArray = NDArray[np.int16]  # of what many forecasts keep

_OFFSET: Final = 0.25  # SD of what is special about 0 shots
_NOISE_QUANTILES: Final = np.array([1 / 6, 1 / 2, 5 / 6])
_N_DRAWS: Final = 4000
_BATCHES: Final = 25  # of draws, at most, before bounds are imposed by clipping instead of rejection
_FAR: Final = -30.0  # standard deviations below which a normal probability loses digits, and then is 0
_STRAINED: Final = 2.5  # standard errors between the curves and a mean, from which on they may jump
_ONE_THREAD: Final = 2**19  # multiplications of a product; OpenBLAS shares it among threads from about 2**20 on
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
    kind_of, size_of : int array (H,)
        Of each of H settings, the place of its kind of discrepancy and of the size of its noise; in order of the kinds.
    log_prior, log_prior_of_shape : array (H,), array (J,)
        Logs of the prior probabilities of settings and of shapes; twice that of a shape without a rise, which has no
        gain to be above 0.
    expected, covariance : array (H, S), array (H, S, S)
        Mean and covariance of each setting's discrepancy at the measured shots, the offset included.
    pairs, products : int array (P,), array (P, J)
        Each pair of positive shots, as a place in an (S, S) matrix, and the product of their rises, twice where they
        differ: the quadratic form of a symmetric matrix in the rises is `products` weighted by its entries at `pairs`.
    knots : array (1 + P + T,)
        log(1 + shots): 0, the P measured positive ones, then T beyond.
    extensions : dict of int to Extension
        How each kind that is no walk goes on beyond what was measured, by its place.
    """

    def __init__(self, at: FloatArray, n_classes: int, *, jumps: bool = False) -> None:
        u = np.log1p(at)
        self.at, self.grid, self.kinds = at, grid_of(at), discrepancies(u, n_classes, jumps=jumps)
        sizes = len(_NOISE_QUANTILES)
        # A turn is rare enough for one size of the noise.
        chosen = [range(sizes) if kind.shape is None else [sizes // 2] for kind in self.kinds]
        self.kind_of = np.repeat(np.arange(len(self.kinds)), [len(some) for some in chosen])
        self.size_of = np.concatenate(chosen)
        self.log_prior = np.log([kind.weight / len(some) for kind, some in zip(self.kinds, chosen, strict=True)])
        self.log_prior = self.log_prior[self.kind_of]
        self.log_prior_of_shape = self.grid.log_prior + np.where(self.grid.rises, 0.0, np.log(2.0))
        self.expected = np.array([kind.expected(u) for kind in self.kinds])[self.kind_of]
        zero = _OFFSET**2 * np.outer(at == 0, at == 0)
        self.covariance = np.array([kind.covariance(u, u) + zero for kind in self.kinds])[self.kind_of]
        one, other = np.tril_indices(len(at))
        one, other = one[at[other] > 0], other[at[other] > 0]
        self.pairs = one * len(at) + other
        self.products = np.where(one == other, 1.0, 2.0)[:, None] * self.grid.rise[one] * self.grid.rise[other]
        positive, beyond = u[u > 0], u[-1] + np.log(2.0) / 2 * np.arange(1, _KNOTS_BEYOND + 1)
        self.knots = np.concatenate([[0.0], positive, beyond])
        self.extensions = {
            i: Extension.of(kind, positive, beyond) for i, kind in enumerate(self.kinds) if kind.shape is not None
        }


@lru_cache(maxsize=16)
def _prior_of(measured: tuple[float, ...], n_classes: int, jumps: bool = False) -> _Prior:
    return _Prior(np.array(measured), n_classes, jumps=jumps)


@dataclass(frozen=True, slots=True, eq=False)
class _Paths:
    """The discrepancy of N draws, in order of their settings; beyond what was measured, made when it is looked at.

    Attributes
    ----------
    prior : _Prior
        Of the measured shots.
    order : short int array (N,)
        Which draw each is.
    ends : int array (H + 1,)
        Where each setting starts, and the last ends.
    measured : array (1 + P, N)
        The offset, then the discrepancy at the positive measured shots.
    noise : array
        Standard normal numbers, of which those beyond are made, T of each draw; see `_noise_beyond`.
    """

    prior: _Prior
    order: ShortArray
    ends: IntArray
    measured: FloatArray
    noise: FloatArray

    def at(self, u: FloatArray) -> FloatArray:
        """Return the discrepancy (K, N) at u (K,), at 0 the offset, in the draws' own order."""
        weights = _interpolation(u, self.prior.knots)
        used = int(np.flatnonzero(weights.any(axis=0))[-1]) + 1 if len(u) else 1
        size = len(self.measured)
        sorted_values = weights[:, 1:size] @ self.measured[1:]
        sorted_values[u == 0] = self.measured[0]
        if used > size:
            sorted_values += weights[:, size:used] @ self._beyond(used - size)
        values = np.empty_like(sorted_values)
        values[:, self.order] = sorted_values
        return values

    def _beyond(self, count: int) -> FloatArray:
        """Return its values (`count`, N) at the first knots beyond what was measured."""
        prior, size = self.prior, len(self.prior.at)
        u, to = np.split(prior.knots[1:], [len(self.measured) - 1])
        kinds = prior.kind_of.tolist()
        walks = sum(kind not in prior.extensions for kind in kinds)
        walk = np.repeat([prior.kinds[kind].walk for kind in kinds[:walks]], np.diff(self.ends[: walks + 1]))
        values = np.empty((count, len(self.order)))
        noise = values[:, : len(walk)]
        for start, end in pairwise(self.ends[: walks + 1].tolist()):
            noise[:, start:end] = _noise_beyond(self.noise, start, end, size)[:, :count].T
        noise *= np.multiply.outer(np.sqrt(np.diff(to[:count], prepend=u[-1] if len(u) else 0.0)), walk)
        for before, after in pairwise(noise):  # rows are added many times faster than `cumsum` adds columns
            after += before
        if len(u):
            noise += self.measured[-1, : len(walk)]
        for kind, (start, end) in zip(kinds[walks:], pairwise(self.ends[walks:].tolist()), strict=True):
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
    node : short int array (N,)
        Which of them.
    floor, gain : float array (N,)
        As above.
    paths : _Paths
        Discrepancy and offset.
    """

    grid: Grid
    node: ShortArray
    floor: FloatArray
    gain: FloatArray
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
    def jump(self) -> tuple[int, int] | None:
        """Between which measured numbers of shots the curve most likely jumps; None where it most likely does not."""
        counts: Counter[tuple[int, int] | None] = Counter()
        prior = self.paths.prior
        for kind, (start, end) in zip(prior.kind_of.tolist(), pairwise(self.paths.ends.tolist()), strict=True):
            counts[prior.kinds[kind].jump] += end - start
        return counts.most_common(1)[0][0]

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
        return np.asarray(np.clip(latent, 0.0, 1.0, out=latent).T)


def posteriors(
    shots: IntArray, measured: Sequence[tuple[FloatArray, Noise]], seed: int, n_classes: int = 0
) -> Iterator[Draws]:
    """Yield draws of each of several latent curves over the same shots; the result is the same as one by one.

    Consecutive curves of equal noise share all that does not depend on their means. Where no curve comes near one of
    the means, those that jump are taken in, too.

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
    frames: dict[bool, _Frame] = {}
    for means, noise in measured:
        at, averages, grouped_noise = grouped(shots.astype(float), means, noise)
        for jumps in (False, True):
            if jumps not in frames or not frames[jumps].noise.same(grouped_noise):
                frames[jumps] = _Frame(_prior_of(tuple(at.tolist()), n_classes, jumps), grouped_noise)
            draws, strain = _draw_curves(averages, frames[jumps].fit(averages), seed)
            if strain < _STRAINED:
                break
        yield draws


def _draw_curves(means: FloatArray, fit: _Fit, seed: int) -> tuple[Draws, float]:
    """Draw curves, and tell how far they are from the means: the most standard errors of any."""
    frame, grid, size = fit.frame, fit.frame.prior.grid, len(means)
    setting, node, floor, gain, last_batch = _sample(fit, seed)
    # By setting, so that what draws of one setting have in common is computed for all of them at once. Settings are few
    # and small, and sorted by their digits.
    order = np.argsort(setting.astype(np.int16), kind="stable").astype(np.int16)
    ends = np.cumsum(np.bincount(setting + 1, minlength=len(frame.prior.kind_of) + 1))
    noise = normals(seed, last_batch, _N_DRAWS, _N_DRAWS * (1 + size + _KNOTS_BEYOND))
    known, latent = np.ones((2 * size + 1, _N_DRAWS)), np.empty((size, _N_DRAWS))
    residual, numbers = known[:size], known[size + 1 :]
    grid.rise.take(node[order], axis=1, out=residual, mode="clip")  # clips none, and copies none
    residual *= gain[order]
    residual += floor[order]
    np.subtract(means[:, None], residual, out=residual)
    for h, (start, end) in enumerate(pairwise(ends.tolist())):
        first = _N_DRAWS + start * (size + _KNOTS_BEYOND)
        numbers[:, start:end] = noise[first : first + (end - start) * size].reshape(-1, size).T
        np.matmul(frame.discrepancy[h], known[:, start:end], out=latent[:, start:end])
    missed = np.abs(residual.mean(axis=1) - latent.mean(axis=1))
    strain = float(np.max(missed / np.sqrt(np.diagonal(frame.noise.items + frame.noise.draws))))
    if frame.prior.at[0] > 0:
        latent = np.concatenate([_OFFSET * noise[None, order], latent])
    return Draws(grid, node.astype(np.int16), floor, gain, _Paths(frame.prior, order, ends, latent, noise)), strain


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
    noise : Noise
        Of the means.
    gain_sd : array (H, J)
        Posterior SD of the gain, floor integrated out, before the restriction to accuracies; 0 where nothing rises.
    floor_sd : array (H,)
        Posterior SD of the floor, given the gain.
    slope : array (H, J)
        How many of its SDs the floor, given the gain, is lower for each unit of gain.
    discrepancy : array (H, S, 2 S + 1)
        What it is at the measured shots, as a product with the residual of floor and gain, 1, and S standard normal
        numbers.
    """

    def __init__(self, prior: _Prior, noise: Noise) -> None:
        self.prior, self.noise = prior, noise
        sizes = noise.items + _factors(noise)[:, None, None] * noise.draws
        latent, expected = prior.covariance, prior.expected[:, :, None]
        total = latent + sizes[prior.size_of]  # (H, S, S)
        lower = np.linalg.cholesky(total)
        # An explicit inverse of this small triangle, since it multiplies thousands of columns.
        self._white = np.linalg.inv(lower)
        self._one = self._white.sum(2)
        # Posterior precision [[a, b], [b, c]]. Arrays (H, J) are few and used again: new ones cost most of the time.
        self.floor_sd = ((self._one**2).sum(1) + FLOOR[1] ** -2) ** -0.5  # of a
        on_floor = self._on_shots(self._one * self.floor_sd[:, None])
        self.slope = on_floor @ prior.grid.rise  # b, in SDs of the floor
        given_floor = self._white.transpose(0, 2, 1) @ self._white - on_floor[:, :, None] * on_floor[:, None, :]
        self.gain_sd = _product(given_floor.reshape(len(total), -1)[:, prior.pairs], prior.products)
        self.gain_sd += GAIN_SD**-2
        np.divide(1.0, np.sqrt(self.gain_sd, out=self.gain_sd), out=self.gain_sd)
        self._constant = np.log(self.gain_sd)
        self._constant += prior.log_prior_of_shape
        scale = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(1)
        self._constant += (prior.log_prior + np.log(self.floor_sd) - scale)[:, None]
        self.gain_sd[:, ~prior.grid.rises] = 0.0
        regression = np.linalg.solve(total, latent).transpose(0, 2, 1)
        intercept = expected - regression @ expected
        unexplained = latent - regression @ latent
        values, vectors = np.linalg.eigh((unexplained + unexplained.transpose(0, 2, 1)) / 2)
        root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
        self.discrepancy = np.concatenate([regression, intercept, root], axis=2)

    def fit(self, means: FloatArray) -> _Fit:
        """Return floor, gain and weight given these means (S,), at every grid point."""
        y = (self._white @ (means - FLOOR[0] - self.prior.expected)[:, :, None])[:, :, 0]
        information = (self._one * y).sum(1)  # of the floor, about its prior mean
        floor = self.floor_sd**2 * information
        gain = self._on_shots(y - self._one * floor[:, None]) @ self.prior.grid.rise
        gain *= self.gain_sd
        weight = gain * gain
        weight *= 0.5
        weight += self._constant
        weight += 0.5 * (information * floor - (y * y).sum(1))[:, None]
        above = _log_normal_cdf(gain)  # half of a centred gain's prior is; `_sample` accounts for that half
        weight += above
        weight -= weight.max()
        return _Fit(self, FLOOR[0] + floor, gain, above, weight)

    def _on_shots(self, vectors: FloatArray) -> FloatArray:
        """Return what to multiply rises by (H, S) for the products of whitened ones with whitened vectors (H, S)."""
        return np.asarray((vectors[:, None, :] @ self._white)[:, 0])


class _Fit(NamedTuple):
    """What the means say of each of J grid points at each of H covariances of discrepancy and noise.

    Attributes
    ----------
    frame : _Frame
        What they were fitted with.
    floor : array (H,)
        Posterior mean of the floor if nothing were gained.
    gain : array (H, J)
        Posterior mean of the gain in its SDs, before the restriction to accuracies.
    log_above : array (H, J)
        Log of the probability that the gain is above 0.
    log_weight : array (H, J)
        Posterior probabilities, for gains above 0, relative to the largest.
    """

    frame: _Frame
    floor: FloatArray
    gain: FloatArray
    log_above: FloatArray
    log_weight: FloatArray


def _sample(fit: _Fit, seed: int) -> tuple[IntArray, IntArray, FloatArray, FloatArray, int]:
    """Draw setting, grid point, floor and gain (each (N,)), keeping what accuracies can be, and tell the last batch."""
    from scipy.special import ndtri_exp

    cumulative = np.exp(fit.log_weight).ravel()
    np.cumsum(cumulative, out=cumulative)
    cumulative *= _N_DRAWS / cumulative[-1]
    frame, per_setting = fit.frame, fit.log_weight.shape[1]
    of_point = fit.gain, fit.log_above, frame.gain_sd, frame.slope
    accepted: list[tuple[NDArray[Any], ...]] = []
    for place in range(_BATCHES):
        numbers = batch(seed, place, _N_DRAWS)
        # Systematic resampling: as even as N draws can be over the weights. Draw i is the first point up to which they
        # add up to i and the start. As many points lie before it, and counting those takes a third of searching it.
        below = np.bincount((cumulative + (1 - numbers.start)).astype(np.intp), minlength=_N_DRAWS)
        point = np.minimum(np.cumsum(below[:_N_DRAWS]), len(cumulative) - 1)
        setting = point // per_setting
        middle, above, sd, slope = (values.take(point) for values in of_point)
        # The upper tail beyond 0 of a normal gain, by its quantile function, exact however far out.
        gain = sd * np.maximum(middle - ndtri_exp(numbers.log_tail + above), 0.0)
        # Without a rise the slope is 0, so that the floor does not depend on the gain.
        floor = fit.floor[setting] + frame.floor_sd[setting] * (numbers.floor - slope * gain)
        ok = (floor >= 0) & (floor + gain <= 1)
        if place == _BATCHES - 1:  # hardly anything fits between 0 and 1: take the nearest that does
            floor = np.clip(floor, 0.0, 1.0)
            gain, ok = np.minimum(gain, 1 - floor), np.ones_like(ok)
        kept = np.flatnonzero(ok)
        accepted.append((point[kept], floor[kept], gain[kept]))
        if sum(len(part[0]) for part in accepted) >= _N_DRAWS:
            break
    point, floor, gain = (np.concatenate(part) for part in zip(*accepted, strict=True))
    evenly_spaced = np.arange(_N_DRAWS) * len(point) // _N_DRAWS
    point = point[evenly_spaced]
    setting = point // per_setting
    return setting, point - setting * per_setting, floor[evenly_spaced], gain[evenly_spaced], place


def _product(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return a @ b, made in parts too small for BLAS to share among threads, which would wait longer than they work."""
    product = np.empty((len(a), b.shape[1]))
    width = _ONE_THREAD // max(a.size, 1)
    for start in range(0, b.shape[1], width):
        np.matmul(a, b[:, start : start + width], out=product[:, start : start + width])
    return product


def _log_normal_cdf(z: FloatArray) -> FloatArray:
    """Return the log of the normal distribution function; `log_ndtr`, for far tails, takes twice the time."""
    from scipy.special import log_ndtr, ndtr

    if z.min() < _FAR:
        return np.asarray(log_ndtr(z))
    probability = ndtr(z)
    return np.asarray(np.log(probability, out=probability))


def _interpolation(u: FloatArray, knots: FloatArray) -> FloatArray:
    """Weights (K, G) of linear interpolation, constant beyond the last knot."""
    right = np.clip(np.searchsorted(knots, u), 1, len(knots) - 1)
    share = np.clip((u - knots[right - 1]) / (knots[right] - knots[right - 1]), 0.0, 1.0)
    weights = np.zeros((len(u), len(knots)))
    rows = np.arange(len(u))
    weights[rows, right - 1] += 1 - share
    weights[rows, right] += share
    return weights
