"""From a classifier's accuracy to a fine-tuned model's. Lives here: measured pairs of both, and what follows from them.

A plain classifier and a fine-tuned language model, trained on as many examples of one pool and scored on the same
items, come out much alike where answers are picked from a few. What a model has over the classifier is taken on the
log-odds scale, where a point counts more near 0 and 100%, and to fade as examples grow: a model begins with a language,
the classifier with nothing::

    logit(fine-tuned) - logit(classifier) = (a + task) g + b + task' + noise,    g = sqrt(32 / n)

The pairs of one data set have their two effects in common. All terms are Gaussian around 0, so that the posterior is
closed-form given the standard deviations, which are integrated over a grid. All pairs are of models below half a
billion parameters: for a larger one the difference has an effect more, of which nothing is known but its prior, and
what trainings of the very model show.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import product
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvefit.curves.curve import Estimate

__all__ = ["ClassifierAccuracy", "Pair", "PromptScore", "fine_tuned_draws", "gains_over", "pairs"]

FloatArray = NDArray[np.float64]

_PRIOR_SD: Final = (1.0, 0.3)  # of a and b, in log-odds
_LARGER_SD: Final = 0.6  # of the effect of half a billion parameters or more, in log-odds
# Standard deviations, in log-odds: of both effects of a data set, of noise, and of the noise that fades with g.
_EFFECT_SD: Final = (0.15, 0.3, 0.6, 1.0, 1.6)
_LASTING_SD: Final = (0.05, 0.15, 0.3)
_NOISE_SD: Final = (0.1, 0.2, 0.3, 0.45, 0.65)
_EARLY_NOISE_SD: Final = (0.0, 0.3, 0.6)
# By how many times the standard deviations of effects of a task's own data may exceed those, with what chance.
_UNLIKE: Final = {1.0: 0.8, 3.0: 0.15, 10.0: 0.05}
_GRID: Final = np.array(list(product(_EFFECT_SD, _LASTING_SD, _NOISE_SD, _EARLY_NOISE_SD))) ** 2


@dataclass(frozen=True, slots=True)
class Pair:
    """A fine-tuned model and a plain classifier, trained on as many examples of one pool, scored on the same items.

    Attributes
    ----------
    source : str
        Who measured it.
    data_set, task, model : str
        The data the task is made of, the task, and the model that was fine-tuned.
    n_train, items : int
        Examples that both were trained on, and items both were scored on.
    classifier, fine_tuned : float
        Accuracy of each, in [0, 1].
    error : float
        Standard error of the fine-tuned accuracy besides that of the pairs shipped, in log-odds.
    tiny : bool
        Whether the model has fewer than half a billion parameters, as those of all pairs shipped.
    """

    source: str
    data_set: str
    task: str
    model: str
    n_train: int
    items: int
    classifier: float
    fine_tuned: float
    error: float = 0.0
    tiny: bool = True


@dataclass(frozen=True, slots=True)
class PromptScore:
    """What the best prompt scored on the items that a classifier was scored on.

    Attributes
    ----------
    accuracy : float
        In [0, 1].
    sd : float
        Standard error of that from the draws of examples, which items do not show.
    optimism : float
        By how much it is too high, having been picked.
    """

    accuracy: float
    sd: float = 0.0
    optimism: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class ClassifierAccuracy:
    """What a plain classifier reaches.

    Attributes
    ----------
    draws : float array (N,)
        Equally likely accuracies on the items after the examples asked about.
    items : int
        How many items.
    accuracy : Estimate
        The same as one number, with an interval over items too.
    at_probes : tuple of float
        Its accuracy after as many examples as each probe was trained on.
    prompt : PromptScore or None
        The best prompt on the same items; None where those are not known.
    measured : bool
        Whether it was trained on as many examples; otherwise it is forecast.
    """

    draws: FloatArray
    items: int
    accuracy: Estimate
    at_probes: tuple[float, ...] = ()
    prompt: PromptScore | None = None
    measured: bool = True


@functools.cache
def pairs() -> tuple[Pair, ...]:
    """Return the shipped pairs, from ``stand_ins.csv``."""
    text = files("curvefit.payoff").joinpath("stand_ins.csv").read_text(encoding="utf-8")
    return tuple(
        Pair(
            source=row["source"],
            data_set=row["data_set"],
            task=row["task"],
            model=row["model"],
            n_train=int(row["n_train"]),
            items=int(row["items"]),
            classifier=float(row["classifier"]),
            fine_tuned=float(row["fine_tuned"]),
        )
        for row in csv.DictReader(text.splitlines())
    )


def fine_tuned_draws(
    known: Sequence[Pair],
    classifier: FloatArray,
    n_train: float,
    items: int,
    *,
    tiny: bool,
    own: Sequence[Pair] = (),
) -> FloatArray:
    """Draw a fine-tuned model's accuracy (N,).

    Parameters
    ----------
    known : sequence of Pair
        The evidence, of other data; not empty.
    classifier : float array (N,)
        Draws of the classifier's accuracy with as many examples, in [0, 1].
    n_train : float
        Training examples.
    items : int
        Items that the accuracy is of.
    tiny : bool
        Whether the model has fewer than half a billion parameters, as those of the pairs.
    own : sequence of Pair
        Of this very task. Data may be unlike all others: where these are, they count for more than those (the effects
        of such data may have 3 or 10 times the usual standard deviation, with chances of 15 and 5%).

    Examples
    --------
    >>> low, high = np.quantile(fine_tuned_draws(pairs(), np.full(1000, 0.9), 512, 100, tiny=True), [0.05, 0.95])
    >>> bool(0.8 < low < 0.9 < high < 0.98)
    True
    """
    means, variances, weight = _shift(_posterior_of(tuple(known)), tuple(own), n_train, tiny=tiny)
    rng = np.random.default_rng(0)
    row = rng.choice(len(weight), size=len(classifier), p=weight)
    shift: FloatArray = rng.normal(means[row], np.sqrt(variances[row]))
    return _share(_log_odds(classifier, items) + shift, items)


def _shift(
    posterior: _Posterior, own: tuple[Pair, ...], n_train: float, *, tiny: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return means, variances and weights of what a model has over the classifier, given the pairs of its own task.

    Each is of a combination of standard deviations, and of how unlike others the data may be.
    """
    unlike = _UNLIKE if own else {1.0: 1.0}
    fades = _fading(np.array([*(pair.n_train for pair in own), n_train]))
    errors = np.array([*(pair.error for pair in own), 0.0])
    larger = np.array([*(not pair.tiny for pair in own), not tiny], dtype=float)
    seen = _differences(own)
    both, lasting = (sd**2 for sd in _PRIOR_SD)
    shared = both * np.outer(fades, posterior.fades) + lasting
    found = []
    for (effect, lasting_effect, noise, early), inverse, known in zip(
        _GRID, posterior.inverses, posterior.weight, strict=True
    ):
        told = shared @ inverse
        mean = told @ posterior.difference
        for times, chance in unlike.items():
            covariance = np.outer(fades, fades) * (both + times**2 * effect) + lasting + times**2 * lasting_effect
            covariance += _LARGER_SD**2 * np.outer(larger, larger) - told @ shared.T
            covariance += np.diag(noise + early * fades**2 + errors**2)
            found.append((*_given(mean, covariance, seen), known * chance))
    means, variances, evidence, weight = np.array(found).T
    weight = weight * np.exp(evidence - evidence.max())
    return means, variances, weight / weight.sum()


def _given(mean: FloatArray, covariance: FloatArray, seen: FloatArray) -> tuple[float, float, float]:
    """Return mean and variance of the last of jointly normal numbers given the others, and the density of these."""
    if not len(seen):
        return float(mean[0]), float(covariance[0, 0]), 0.0
    inner, beside = covariance[:-1, :-1], covariance[-1, :-1]
    off = seen - mean[:-1]
    by = np.linalg.solve(inner, np.column_stack([off, beside]))
    density = -0.5 * (off @ by[:, 0] + np.linalg.slogdet(inner)[1])
    return float(mean[-1] + beside @ by[:, 0]), float(covariance[-1, -1] - beside @ by[:, 1]), float(density)


def _differences(of: Sequence[Pair]) -> FloatArray:
    """Return what fine-tuned models have over classifiers, in log-odds."""
    n_items = np.array([pair.items for pair in of])
    tuned, classifier = (np.array([getattr(pair, name) for pair in of]) for name in ("fine_tuned", "classifier"))
    return _log_odds(tuned, n_items) - _log_odds(classifier, n_items)


class _Posterior(NamedTuple):
    """What is known of P pairs for each of C combinations of standard deviations, whatever is asked of them."""

    fades: FloatArray  # (P,)
    difference: FloatArray  # (P,)
    inverses: FloatArray  # (C, P, P), of the differences' covariance
    weight: FloatArray  # (C,)


@functools.lru_cache(maxsize=2)
def _posterior_of(known: tuple[Pair, ...]) -> _Posterior:
    fades = _fading(np.array([pair.n_train for pair in known]))
    data_sets = np.array([pair.data_set for pair in known])
    same = data_sets[:, None] == data_sets
    errors = np.array([pair.error for pair in known])
    difference = _differences(known)
    both, lasting = (sd**2 for sd in _PRIOR_SD)
    inverses, evidence = np.empty((len(_GRID), len(known), len(known))), np.empty(len(_GRID))
    for i, (effect, lasting_effect, noise, early) in enumerate(_GRID):
        covariance = np.outer(fades, fades) * (both + effect * same) + lasting + lasting_effect * same
        covariance += np.diag(noise + early * fades**2 + errors**2)
        inverses[i] = np.linalg.inv(covariance)
        evidence[i] = -0.5 * (difference @ inverses[i] @ difference + np.linalg.slogdet(covariance)[1])
    weight = np.exp(evidence - evidence.max())
    return _Posterior(fades, difference, inverses, weight / weight.sum())


def gains_over(prompt: PromptScore | None, best: FloatArray, tuned: FloatArray, items: int) -> FloatArray:
    """Draw the gain (N,) over the best prompt on new items, from the fine-tuned accuracy on the items measured.

    Where both are of the same items, how hard these are drops out. Each item falls in one of four cells: both are
    right, one of them, or neither; as many in each as if the two erred independently. Shares of the cells among all
    items follow a Dirichlet distribution with half an item more in each (Jeffreys' prior), and the gain is the share
    that the fine-tuned model alone has right minus that which the prompt alone has. So no gain is beyond the room that
    the prompt leaves, and what items leave open counts once.

    Parameters
    ----------
    prompt : PromptScore or None
        On the same items; None: the two are of other items, and independent.
    best, tuned : float array (N,)
        Draws of the best prompted accuracy on new items, and of the fine-tuned one on the items measured.
    items : int
        How many those are.

    Examples
    --------
    >>> gains = gains_over(PromptScore(0.5), np.full(1000, 0.5), np.full(1000, 0.75), 200)
    >>> bool(0.2 < np.median(gains) < 0.3), bool(gains.max() < 0.5)
    (True, True)
    """
    rng = np.random.default_rng(1)
    if prompt is None:
        return np.asarray(rng.beta(items * tuned + 0.5, items * (1 - tuned) + 0.5) - best)
    share = prompt.accuracy - prompt.optimism + prompt.sd * rng.standard_normal(len(tuned))
    share = np.clip(share, 0.0, 1.0)
    cells = np.stack([(1 - share) * tuned, share * (1 - tuned), share * tuned, (1 - share) * (1 - tuned)])
    shares = rng.standard_gamma(items * cells + 0.5)
    return np.asarray((shares[0] - shares[1]) / shares.sum(axis=0))


def _fading(n_train: ArrayLike) -> FloatArray:
    return np.asarray(np.sqrt(32.0 / np.maximum(np.asarray(n_train, dtype=float), 8.0)))


def _log_odds(share: FloatArray, items: ArrayLike) -> FloatArray:
    """Return log-odds of shares of so many items; half an item is added to both sides, so that 0 and 1 have some."""
    right = share * np.asarray(items)
    return np.asarray(np.log((right + 0.5) / (np.asarray(items) - right + 0.5)))


def _share(log_odds: FloatArray, items: int) -> FloatArray:
    """Return what `_log_odds` was taken of, within [0, 1]."""
    return np.asarray(np.clip(((items + 1) / (1 + np.exp(-log_odds)) - 0.5) / items, 0.0, 1.0))
