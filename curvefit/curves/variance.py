"""How uncertain measured means are, and how they move together. Lives here: scores in, variances out.

Scores are crossed: every draw meets every item. So a mean over both is uncertain by three sources, two of which no
number of trials of the other kind averages away (Brennan 2001, *Generalizability Theory*)::

    variance of the mean = items / I + draws / D + residual / (I D)

Where items come in groups, I is the number of independent items that are worth as much: see `item_groups`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.item_groups import intraclass_correlation, sums_by_group

__all__ = [
    "Components",
    "Noise",
    "assumed_draws",
    "components",
    "grouped",
    "noise_of",
]

FloatArray = NDArray[np.float64]

# Spread of draws where it cannot be measured, as a share of p(1 - p), at one shot; falls with the cube root of shots.
# In published many-shot runs on 250 items (Bertsch et al. 2024) the SD over draws is 2.7 times binomial at 1 shot,
# 1.4 at 100 and 0.8 above 1,000, of which the residual alone explains about 0.7.
_DRAW_SHARE: Final = 0.027
_GROUPS, _UNGROUPED = 16, 4  # number of averages of a long curve, and of points at its end that are not averaged
_LEAST_RELATIVE: Final = 0.02  # variance of single scores, of that of right-or-wrong ones
_PRIOR_DF: Final = 4.0  # weight of that assumption beside measured draws


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Covariance components of S means over draws and items.

    Attributes
    ----------
    means : array (S,)
        Means of the observed scores; NaN where there is none.
    items, draws, residual : array (S, S)
        Unbiased estimates, between numbers of shots; may be negative, and NaN where undefined. With one
        draw, draws and residual are NaN, and items is the sum of items and residual.
    per_item, per_draw, per_trial : array (S, S)
        What each component is multiplied by in the covariance of the means: 1/I, 1/D and 1/(ID) when all is observed.
        Where items come in groups, I is the number of independent items that are worth as much.
    n_groups : array (S,)
        Groups of items behind each mean, as many of equal size as are worth as much; items where each is its own.
    relative : float
        The variance of single scores relative to that of right-or-wrong ones with the same means: 1 of those, and less
        of scores in between.
    """

    means: FloatArray
    items: FloatArray
    draws: FloatArray
    residual: FloatArray
    per_item: FloatArray
    per_draw: FloatArray
    per_trial: FloatArray
    n_groups: FloatArray
    relative: float = 1.0

    def of(self, rows: NDArray[np.bool_]) -> Components:
        """Return those of some of the means (S,)."""
        pairs = np.ix_(rows, rows)
        return Components(
            self.means[rows], self.items[pairs], self.draws[pairs], self.residual[pairs],
            self.per_item[pairs], self.per_draw[pairs], self.per_trial[pairs], self.n_groups[rows], self.relative,
        )  # fmt: skip


def components(scores: FloatArray, groups: Sequence[int] = ()) -> Components:
    """Estimate the components from scores (S, D, I) with NaN where unobserved; groups are those of the items (I,).

    The moment estimates of Gao & Owen (2017, *Electronic Journal of Statistics* 11) from within-item, within-draw and
    total products. They equal the analysis of variance when no cell is missing. Rows whose draws are others have their
    covariance over items alone.
    """
    has_score = ~np.isnan(scores)
    w = has_score.astype(float)
    x = np.where(has_score, scores, 0.0)
    n = w.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = x.sum(axis=(1, 2)) / n
        # Centring changes nothing in theory and keeps the products accurate.
        x = np.where(has_score, x - means[:, None, None], 0.0)
        items, draws, residual = (
            np.array(part) for part in zip(*(_pairs(x, w, s) for s in range(len(n))), strict=True)
        )
        both = np.outer(n, n)
        by_item, by_draw = w.sum(axis=1), w.sum(axis=2)
        per_item = by_item @ by_item.T / both
        found = Components(
            means, items, draws, residual,
            per_item, by_draw @ by_draw.T / both, np.einsum("sdi,tdi->st", w, w) / both, 1 / np.diag(per_item),
            _relative_variance(scores, means, x),
        )  # fmt: skip
        return _of_groups(found, x, w, groups) if groups else found


def _relative_variance(scores: FloatArray, means: FloatArray, centred: FloatArray) -> float:
    """Return `Components.relative`, pooled over rows; of scores that hardly differ, they may yet."""
    if np.isin(scores[~np.isnan(scores)], (0.0, 1.0)).all():
        return 1.0
    n = (~np.isnan(scores)).sum(axis=(1, 2))
    binomial = float(np.nansum(n * means * (1 - means)))
    return max(float((centred**2).sum()) / binomial, _LEAST_RELATIVE) if binomial > 0 else 1.0


def _of_groups(found: Components, x: FloatArray, w: FloatArray, groups: Sequence[int]) -> Components:
    """Return the components where items come in groups, of centred scores and what is observed (S, D, I).

    How alike the items of a group are is estimated apart for the mean over all rows, for the differences between rows,
    in which what makes a group hard for all drops out, and for what remains of single trials.
    """
    n = w.sum(axis=(1, 2))[:, None]
    influence, share = x.sum(axis=1) / n, w.sum(axis=1) / n
    seen = ~np.isnan(found.means)
    if not seen.any():
        return found
    influence, share = np.where(seen[:, None], influence, 0.0), np.where(seen[:, None], share, 0.0)
    by_group = sums_by_group(share, groups)
    per_group = by_group @ by_group.T
    level = influence[seen].mean(axis=0)
    alike, of_level, of_changes = (
        intraclass_correlation(each, share[seen], groups)
        for each in (influence[seen], level[None], influence[seen] - level)
    )
    per_item = (1 - alike) * found.per_item + alike * per_group
    per_trial = found.per_trial * per_item / np.where(found.per_item > 0, found.per_item, 1.0)
    by_level, by_changes = (np.sqrt(_design_effect(found, per_group, each)) for each in (of_level, of_changes))
    mean = np.where(seen, 1 / seen.sum(), 0.0)
    turned = by_level[:, None] * mean + by_changes[:, None] * (np.eye(len(n)) - mean)
    among = found.items * found.per_item + np.nan_to_num(found.residual) * found.per_trial
    among = np.where(np.isnan(among), np.nan, turned @ np.nan_to_num(among) @ turned.T)
    of_trials = np.sqrt(_hidden(found, per_group, _correlation_of_trials(x, w, groups)))
    hidden = np.outer(of_trials, of_trials)
    residual = found.residual * hidden
    return replace(
        found,
        items=(among - np.nan_to_num(residual) * per_trial) / np.where(per_item > 0, per_item, 1.0),
        draws=found.draws + found.residual * (1 - hidden),
        residual=residual,
        per_item=per_item,
        per_trial=per_trial,
        n_groups=1 / np.diag(per_group),
    )


def _hidden(found: Components, per_group: FloatArray, alike: float) -> FloatArray:
    """Return by what items differ more (S,) than is seen between items that have their group in common."""
    own = (1 - alike) * np.diag(found.per_item) + alike * np.diag(per_group)
    return np.asarray((1 - np.diag(found.per_item)) / np.where(own < 1, 1 - own, 1.0))


def _design_effect(found: Components, per_group: FloatArray, alike: float) -> FloatArray:
    """Return by what the variance of means (S,) is larger than that of independent items, as these are seen."""
    per_item = np.diag(found.per_item)
    return np.asarray(1 + alike * (np.diag(per_group) / per_item - 1)) * _hidden(found, per_group, alike)


def _correlation_of_trials(x: FloatArray, w: FloatArray, groups: Sequence[int]) -> float:
    """Return that of what remains of single trials without their draw and their item; 0 with one draw."""
    by_item, by_draw = (
        x.sum(axis=axis, keepdims=True) / np.maximum(w.sum(axis=axis, keepdims=True), 1.0) for axis in (1, 2)
    )
    rest = np.where(w > 0, x - by_item - by_draw, 0.0).reshape(-1, x.shape[2])
    there = w.reshape(-1, x.shape[2])
    several = (w.sum(axis=1) > 1).any(axis=1).repeat(x.shape[1]) & (there.sum(axis=1) > 1)
    if not several.any():
        return 0.0
    share = there[several] / there[several].sum(axis=1, keepdims=True)
    return intraclass_correlation(rest[several] * share, share, groups)


def _pairs(x: FloatArray, w: FloatArray, s: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Components between row s and every row, over the cells that both have, or else over their items."""
    both = w * w[s]
    ours, theirs = both * x[s], both * x
    n, total = both.sum(axis=(1, 2)), (ours * theirs).sum(axis=(1, 2))

    def within(axis: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        count = both.sum(axis=axis)
        products = ours.sum(axis=axis) * theirs.sum(axis=axis) / np.where(count > 0, count, 1.0)
        return total - products.sum(axis=-1), n - (count > 0).sum(axis=-1), n - (count**2).sum(axis=-1) / n

    (in_item, item_df, item_weight), (in_draw, draw_df, draw_weight) = within(1), within(2)
    overall = total - ours.sum(axis=(1, 2)) * theirs.sum(axis=(1, 2)) / n
    draw_and_rest = np.where(item_df > 0, in_item / np.maximum(item_df, 1), np.nan)
    item_and_rest = np.where(draw_df > 0, in_draw / np.maximum(draw_df, 1), np.nan)
    rest_df = n - 1 - item_weight - draw_weight
    rest = (overall - item_and_rest * item_weight - draw_and_rest * draw_weight) / np.where(
        rest_df == 0, np.nan, rest_df
    )
    one_draw = np.isnan(rest) & (item_df == 0)
    items = np.where(one_draw, item_and_rest, item_and_rest - rest)
    # Rows without a draw in common still have items in common, and no residual.
    apart = ~both.any(axis=(1, 2))
    if apart.any():
        items[apart] = _over_items(x, w, s)[apart]
    return items, draw_and_rest - rest, rest


def _over_items(x: FloatArray, w: FloatArray, s: int) -> FloatArray:
    """Covariance of row s with every row (S,) over the means of the items that both have; NaN for fewer than two."""
    count = w.sum(axis=1)
    means = x.sum(axis=1) / np.where(count > 0, count, 1.0)
    both = ((count > 0) & (count[s] > 0)).astype(float)
    n = both.sum(axis=1)
    ours, theirs = both * means[s], both * means
    products = (ours * theirs).sum(axis=1) - ours.sum(axis=1) * theirs.sum(axis=1) / n
    return np.asarray(np.where(n > 1, products / np.where(n > 1, n - 1, 1.0), np.nan))


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """The covariance of S measured means about the truth.

    Attributes
    ----------
    items, draws : array (S, S)
        The part that more items shrink (residual included) and the part that more draws shrink; positive semidefinite,
        their sum positive definite.
    df_items, df_draws : float
        Degrees of freedom of each.
    """

    items: FloatArray
    draws: FloatArray
    df_items: float
    df_draws: float

    def same(self, other: Noise) -> bool:
        """Whether the other one is equal in all that a posterior depends on."""
        parts = ((self.items, other.items), (self.draws, other.draws))
        return self.df_draws == other.df_draws and all(np.array_equal(mine, theirs) for mine, theirs in parts)

    def of(self, contrast: FloatArray) -> tuple[float, float]:
        """Return variance and degrees of freedom (Satterthwaite 1946) of a weighted sum of the means."""
        items, draws = (float(contrast @ part @ contrast) for part in (self.items, self.draws))
        total = items + draws
        return total, total**2 / (items**2 / self.df_items + draws**2 / self.df_draws) if total > 0 else self.df_items


def assumed_draws(shots: NDArray[np.int_], share: FloatArray) -> FloatArray:
    """Return the variance between draws that published runs show at such accuracies; 0 at 0 shots."""
    return np.asarray(np.where(shots > 0, _DRAW_SHARE * share * (1 - share) / np.cbrt(np.maximum(shots, 1)), 0.0))


def noise_of(shots: NDArray[np.int_], parts: Components) -> Noise:
    """Estimate the noise of means from their components.

    With few items or draws a sample covariance of S means is wild or singular, so both parts are shrunk: the items'
    towards equal correlations (Ledoit & Wolf 2004), the draws' towards what published runs show, with correlations
    as of averages over nested demonstrations, in proportion to degrees of freedom. Those runs are of answers that are
    right or wrong: of scores in between, draws are taken to add as large a part of a smaller variance.
    """
    n_items = 1 / np.diag(parts.per_item)
    share = _smoothed(shots, parts.means, n_items)
    items = _items(parts, share)
    draws, df_draws = _draws(parts, shots, share)
    return Noise(items, draws, max(float(parts.n_groups.min()) - 1, 1.0), df_draws)


def grouped(shots: FloatArray, means: FloatArray, noise: Noise) -> tuple[FloatArray, FloatArray, Noise]:
    """Average neighbours of a long curve, all but its end, at evenly spaced log shots: it costs nothing in accuracy."""
    many = len(shots) - _UNGROUPED
    if many <= _GROUPS:
        return shots, means, noise
    u = np.log1p(shots)
    first = int(shots[0] == 0)  # a point of its own
    edges = np.linspace(u[first], u[many - 1], _GROUPS + 1)[1:-1]
    _, group = np.unique(np.searchsorted(edges, u[first:many]), return_inverse=True)
    group = np.concatenate([np.arange(first), first + group])
    group = np.concatenate([group, group[-1] + 1 + np.arange(_UNGROUPED)])
    average = (group == np.arange(group[-1] + 1)[:, None]).astype(float)
    average /= average.sum(axis=1, keepdims=True)
    items, draws = (average @ part @ average.T for part in (noise.items, noise.draws))
    return np.expm1(average @ u), average @ means, replace(noise, items=items, draws=draws)


def _smoothed(shots: NDArray[np.int_], means: FloatArray, n_items: FloatArray) -> FloatArray:
    """Means averaged with their neighbours' and shrunk towards one half, for use in variances only.

    Near 0 and 1 a mean that is too extreme by chance also shows too little variance, and would count for too much.
    Two trials more on either side are the remedy of Agresti & Coull (1998).
    """
    with_shots = means[shots > 0]
    if len(with_shots) > 1:
        padded = np.concatenate([with_shots[:1], with_shots, with_shots[-1:]])
        with_shots = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return np.asarray((np.concatenate([means[shots == 0], with_shots]) * n_items + 2) / (n_items + 4))


def _items(parts: Components, share: FloatArray) -> FloatArray:
    size = len(share)
    n_items = 1 / np.diag(parts.per_item)
    raw = parts.items * parts.per_item + np.nan_to_num(parts.residual) * parts.per_trial
    # The variance relative to that of right-or-wrong trials is measured; one item, or scores all right or all wrong,
    # say nothing about it.
    binomial = parts.means * (1 - parts.means)
    informative = ~np.isnan(np.diag(raw)) & (binomial > 0)
    ratio = np.where(informative, np.diag(raw) / np.where(informative, binomial, 1.0), 1 / n_items)
    variance = np.maximum(ratio * share * (1 - share), 1 / (n_items * (n_items + 2)))
    correlation = _correlation(raw)
    off = ~np.eye(size, dtype=bool)
    common = float(np.clip(correlation[off].mean(), 0.0, 0.95)) if size > 1 else 0.0
    trust = np.maximum(np.minimum.outer(n_items, n_items) - 1, 0.0)
    trust /= trust + size + 1
    mixed = trust * correlation + (1 - trust) * np.where(off, common, 1.0)
    return np.asarray(_positive_definite(mixed) * np.sqrt(np.outer(variance, variance)))


def _draws(parts: Components, shots: NDArray[np.int_], share: FloatArray) -> tuple[FloatArray, float]:
    published = parts.relative * assumed_draws(shots, share)
    demonstrations = np.maximum(shots, 1)
    correlation = np.sqrt(
        np.minimum.outer(demonstrations, demonstrations) / np.maximum.outer(demonstrations, demonstrations)
    )
    own_variance = np.diag(parts.draws)
    has_own = (shots > 0) & ~np.isnan(own_variance)
    by_row = np.maximum(1 / np.diag(parts.per_draw) - 1, 0.0)
    df = float(by_row[has_own].mean()) if has_own.any() else 0.0
    by_row = np.where(has_own, by_row, df)
    variance = published
    if has_own.any():
        # First how this task compares with published ones over all shots, then each number of shots by itself.
        ratio = float(
            np.average(np.maximum(own_variance, 0)[has_own] / published[has_own], weights=(published * by_row)[has_own])
        )
        rows = 1 + (has_own.sum() - 1) / 3  # nested rows repeat one another; about as good as a third of them
        ratio = (_PRIOR_DF / 2 + df * rows * ratio) / (_PRIOR_DF / 2 + df * rows)
        shrunk_from = np.where(has_own, np.maximum(own_variance, 0), published * ratio)
        variance = (by_row * shrunk_from + _PRIOR_DF * ratio * published) / (by_row + _PRIOR_DF)
        trust = np.minimum.outer(by_row, by_row)
        trust /= trust + len(shots) + 1
        correlation = (
            trust * _correlation(parts.draws * parts.per_draw + parts.residual * parts.per_trial)
            + (1 - trust) * correlation
        )
    zero = np.where((shots == 0) & ~np.isnan(own_variance), np.maximum(own_variance, 0), 0.0)
    sd = np.sqrt(np.where(shots > 0, variance, zero))
    return _positive_definite(correlation) * np.outer(sd, sd) * parts.per_draw, df + _PRIOR_DF


def _correlation(covariance: FloatArray) -> FloatArray:
    """Correlations; 0 where undefined."""
    variance = np.diag(covariance)
    sd = np.sqrt(np.where(variance > 0, variance, np.inf))
    correlation = np.clip(np.nan_to_num(covariance / np.outer(sd, sd)), -1.0, 1.0)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation)


def _positive_definite(correlation: FloatArray) -> FloatArray:
    """Return the correlations with negative eigenvalues, left by missing cells, set to 0."""
    values, vectors = np.linalg.eigh(correlation)
    if values[0] > 0:
        return np.asarray(correlation)
    repaired = (vectors * np.maximum(values, 1e-8)) @ vectors.T
    sd = np.sqrt(np.diag(repaired))
    return np.asarray(repaired / np.outer(sd, sd))
