"""A measured learning curve. Lives here: the measurement as arrays, and each point with its interval; no fitting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from curvefit.curves.intervals import share_interval
from curvefit.curves.item_groups import group_numbers
from curvefit.curves.variance import Components, Noise, assumed_draws, components, noise_of
from curvefit.display import HtmlDisplay, PlotDisplay, TableDisplay, measurement_of
from curvefit.errors import CurveError

__all__ = [
    "Curve",
    "Estimate",
    "Point",
    "Spread",
    "Summary",
    "checked_column",
    "checked_scores",
    "checked_shots",
    "possible_stderr",
    "refuse",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]


def checked_shots(values: ArrayLike) -> IntArray:
    """Return shots (S,) as whole numbers, ascending, distinct and not negative."""
    array = np.atleast_1d(np.asarray(values))
    if array.ndim != 1 or array.size == 0:
        raise CurveError(f"shots must be a non-empty list of numbers, not an array of shape {array.shape}")
    try:
        with np.errstate(invalid="ignore"):
            shots = array.astype(int)
        whole = bool(np.all(shots == array.astype(float)))
    except (TypeError, ValueError) as error:
        raise CurveError(f"shots must be whole numbers, not {_abridged(array)}") from error
    if not whole or (shots < 0).any() or (np.diff(shots) <= 0).any():
        raise CurveError(f"shots must be whole, ascending, distinct and not negative, not {_abridged(array)}")
    shots.flags.writeable = False
    return shots


def checked_scores(values: ArrayLike, n_shots: int, *, bare: bool) -> FloatArray:
    """Return scores (S, D, I) in [0, 1] or NaN; a `bare` curve, of means alone, may have none."""
    try:
        scores = np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise CurveError("scores must be numbers in an array of the shape (shots, draws, items)") from error
    if scores.ndim != 3 or scores.shape[0] != n_shots:
        raise CurveError(f"scores must have the shape (shots, draws, items) with {n_shots} shots, not {scores.shape}")
    wrong = ~(np.isnan(scores) | ((scores >= 0) & (scores <= 1)))
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise CurveError(f"a score lies in [0, 1], not {float(scores[place])!r} (at {place}); give shares, not percent")
    if not bare and np.isnan(scores).all():
        raise CurveError("no score was observed at any number of shots")
    scores.flags.writeable = False
    return scores


def checked_column(name: str, values: ArrayLike, shots: IntArray) -> FloatArray:
    """Return one number for each number of shots."""
    try:
        column: Any = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise CurveError(f"{name} must be one number for each number of shots, not {values!r:.60}") from error
    if column.ndim == 0 and name != "accuracy":
        column = np.full(len(shots), float(column))
    if column.shape != shots.shape:
        raise CurveError(f"{name} has the shape {column.shape}, but there are {len(shots)} numbers of shots")
    return np.array(column)


def refuse(name: str, column: FloatArray, wrong: NDArray[np.bool_], why: str) -> None:
    """Raise for the first wrong value in a column."""
    if wrong.any():
        raise CurveError(f"{name} {float(column[wrong][0])!r} {why}")


def possible_stderr(mean: FloatArray, stderr: FloatArray, n_items: FloatArray) -> FloatArray:
    """Return standard errors; where one is far below what its items can have, such as 0, the binomial one of these.

    A tool that takes the spread of the items' scores prints 0 where all are right or all wrong. The share is drawn
    towards one half by a trial on either side, so that 0 and 1 have an error too. NaN where it is unknown.
    """
    share = _drawn_in(mean, n_items)
    binomial = np.sqrt(share * (1 - share) / n_items)
    return np.where(stderr < _POSSIBLE * binomial, binomial, stderr)


def _drawn_in(mean: FloatArray, n_items: FloatArray) -> FloatArray:
    return np.asarray((mean * n_items + 1) / (n_items + 2))


def _abridged(values: NDArray[Any] | Sequence[Any]) -> str:
    listed = [value.item() if hasattr(value, "item") else value for value in values]
    return str(listed) if len(listed) <= 12 else f"{str(listed[:12])[:-1]}, ...]"


_USUAL_ITEMS: Final = 100  # assumed behind a mean that comes without standard error and number of items
_SMALLEST_STDERR: Final = 1e-3  # fewer decimals than that are mostly published
_POSSIBLE: Final = 0.25  # of the binomial standard error; graded scores and means over draws may be below it
_STDERR_DF: Final = 8.0  # of a published standard error, mostly over about ten runs


@dataclass(frozen=True, slots=True)
class Estimate(HtmlDisplay):
    """An uncertain number: a value and an interval that holds the truth with probability `level`.

    In a format string, the format is that of the value and of both ends; without one it is shown whole.

    Attributes
    ----------
    value, low, high : float
        The number and its interval, in the unit of what it is of: accuracy in [0, 1], or a change of it.
    level : float
        Coverage of the interval, in (0, 1).

    Raises
    ------
    CurveError
        The level is none.

    Examples
    --------
    >>> accuracy = cf.Estimate(value=0.712, low=0.65, high=0.774, level=0.9)
    >>> f"{accuracy:.1%}"
    '71.2% (65.0% to 77.4%)'
    >>> f"{accuracy.value:.2f}"
    '0.71'
    """

    __module__ = "curvefit"

    value: float
    low: float
    high: float
    level: float

    def __post_init__(self) -> None:
        if not (isinstance(self.level, Real) and 0.0 < self.level < 1.0):
            raise CurveError(f"level lies between 0 and 1, not {self.level!r:.40}")

    def __neg__(self) -> Estimate:
        """Return the same change the other way round."""
        return Estimate(-self.value, -self.high, -self.low, self.level)

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        try:
            return f"{self.value:{spec}} ({self.low:{spec}} to {self.high:{spec}})"
        except ValueError as error:
            raise CurveError(f"an estimate is formatted as a number is, such as .1%, not {spec!r:.40}") from error


@dataclass(frozen=True, slots=True)
class Spread:
    """Variance components of single scores at one number of shots (Brennan 2001); their sum is the total variance.

    Attributes
    ----------
    items : float
        Between items: some are hard at every draw. With one draw it also holds the residual.
    draws : float
        Between draws: some demonstrations are better for all items. NaN with one draw, which does not show it.
    residual : float
        The rest, item by draw. NaN with one draw.
    """

    items: float
    draws: float
    residual: float


@dataclass(frozen=True, slots=True)
class Point:
    """Accuracy at one number of shots.

    Attributes
    ----------
    shots : int
        Number of demonstrations.
    accuracy : Estimate
        The mean over items and draws. Its interval accounts for both; with one draw for items only, since then
        nothing is known about draws (`spread.draws` is NaN).
    n_items, n_draws : int
        How many were observed; 0 where unknown, as mostly for a curve from published means.
    spread : Spread
        Where the variance comes from.
    n_scores : int
        Of all items and draws, how many scores there are: fewer where a spending limit ended a draw, or replies failed.
        0 where unknown.

    Examples
    --------
    >>> point = cf.Curve.from_means([0, 4], [0.2, 0.5], n_items=200).points()[1]
    >>> point.shots, point.n_items, f"{point.accuracy:.0%}"
    (4, 200, '50% (37% to 63%)')
    """

    __module__ = "curvefit"

    shots: int
    accuracy: Estimate
    n_items: int
    n_draws: int
    spread: Spread
    n_scores: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Published means of a curve, without its single scores.

    Attributes
    ----------
    accuracy, stderr : array (S,)
        Means and their standard errors, measured or assumed.
    n_items : array (S,)
        Items behind each mean; 0 where unknown.
    n_draws : array (S,) or None
        Draws behind each mean; 0 where unknown, None where all are.
    impossible : array (S,) or None
        Standard errors as they were given, where so many items cannot have them; NaN elsewhere, None where there are
        none.
    assumed : bool array (S,) or None
        Which standard errors were not given; None where that has been noted.
    """

    accuracy: FloatArray
    stderr: FloatArray
    n_items: IntArray
    n_draws: IntArray | None = None
    impossible: FloatArray | None = None
    assumed: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class Curve(PlotDisplay, TableDisplay):
    """Scores of one model on one task at several numbers of shots.

    A notebook shows it as a picture and a table; `plot` and `to_frame` give these.

    Attributes
    ----------
    shots : int array (S,)
        Ascending, distinct, not negative.
    scores : float array (S, D, I)
        One for each number of shots, draw and item, in [0, 1]; NaN where unobserved. (S, 0, 0) for a curve made with
        `from_means`. Draw d is the same ordering of demonstrations at every number of shots.
    summary : Summary or None
        Means and standard errors, where there are no scores.
    items : tuple of str
        Ids of the scored items, in the order of the last axis of `scores`; empty where unknown.
    groups : tuple of int
        Which group each item is of, such as the document that it asks about: items of one group are not independent,
        and intervals count them as fewer. Empty where each is its own, or nothing is known. Names may be given; they
        become numbers, from 0, in the order they come.

    Raises
    ------
    CurveError
        These numbers are no learning curve; the message quotes the one at fault.

    Examples
    --------
    >>> cf.Curve(shots=[0, 4], scores=[[[0, 0, 1, 0]], [[1, 0, 1, 1]]])
    <Curve: 0, 4 shots; accuracy 0.250 to 0.750; 1 draw, 4 items>
    """

    __module__ = "curvefit"

    shots: IntArray
    scores: FloatArray
    summary: Summary | None = None
    items: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "shots", checked_shots(self.shots))
        object.__setattr__(self, "scores", checked_scores(self.scores, len(self.shots), bare=self.summary is not None))
        object.__setattr__(self, "items", tuple(map(str, self.items)))
        if len(self.groups) not in (0, self.scores.shape[2]):
            raise CurveError(f"{len(self.groups)} groups for {self.scores.shape[2]} items: give one for each item")
        object.__setattr__(self, "groups", group_numbers(self.groups))

    @classmethod
    def from_means(
        cls,
        shots: ArrayLike,
        accuracy: ArrayLike,
        stderr: ArrayLike | None = None,
        n_items: ArrayLike | None = None,
    ) -> Curve:
        """Make a curve from published means.

        Parameters
        ----------
        shots, accuracy : array-like (S,)
            Numbers of shots, ascending, and mean scores in [0, 1].
        stderr : array-like (S,), optional
            Standard errors; NaN where unknown. One that so many items cannot have, 0 or below a quarter of the binomial
            one, counts as binomial, and a study notes that; at least 0.001 is used.
        n_items : int or array-like (S,), optional
            Items behind each mean. Where there is no standard error, it is taken as binomial over the items plus the
            spread of one draw as in published runs (see `curvefit.curves.variance`); without either, as of 100 items,
            and a study notes that.

        Raises
        ------
        CurveError
            Unequal lengths, a value that is no accuracy, standard error or number of items, or a standard error of 0
            without `n_items`.

        Examples
        --------
        >>> cf.Curve.from_means([0, 1, 2, 4], [0.2, 0.4, 0.5, 0.55], n_items=200)
        <Curve: 0, 1, 2, 4 shots; accuracy 0.200 to 0.550; means only>
        """
        numbers = checked_shots(shots)
        mean = checked_column("accuracy", accuracy, numbers)
        error = checked_column("stderr", np.nan if stderr is None else stderr, numbers)
        items = checked_column("n_items", np.nan if n_items is None else n_items, numbers)
        refuse("accuracy", mean, ~((mean >= 0) & (mean <= 1)), "does not lie in [0, 1]")
        refuse("stderr", error, (error < 0) | (error > 0.5), "is no standard error of scores in [0, 1]")
        whole = (items >= 1) & np.isfinite(items) & (items % 1 == 0)
        refuse("n_items", items, ~(np.isnan(items) | whole), "is no number of items")
        refuse("stderr", error, (error == 0) & np.isnan(items), "would be certainty: leave it out, or give n_items")
        n_behind = np.where(np.isnan(items), _USUAL_ITEMS, items)
        share = _drawn_in(mean, n_behind)
        assumed_stderr = np.sqrt(share * (1 - share) / n_behind + assumed_draws(numbers, share))
        possible = possible_stderr(mean, error, items)
        used = np.where(np.isnan(error), assumed_stderr, np.maximum(possible, _SMALLEST_STDERR))
        impossible = np.where(possible > error, error, np.nan)
        summary = Summary(
            mean,
            used,
            np.nan_to_num(items).astype(int),
            impossible=None if np.isnan(impossible).all() else impossible,
            assumed=np.isnan(error),
        )
        return cls(shots=numbers, scores=np.empty((len(numbers), 0, 0)), summary=summary)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        task: str | None = None,
        model: str | None = None,
        metric: str | None = None,
        scale: tuple[float, float] | None = None,
    ) -> Curve:
        """Make a curve from a table, by the columns that `curvefit fit` reads from a file.

        Parameters
        ----------
        frame : table
            Whatever gives a column by its name: a pandas or polars DataFrame, a dict of lists. Its columns are
            ``shots``, ``draw``, ``item`` and ``score``, and ``group`` where items are of groups, one row a score; or
            ``shots`` and ``accuracy``, and ``stderr`` (or ``ci_low`` and ``ci_high`` of a 95% interval) and ``n_items``
            where they are known, one row a mean, with ``draw`` where there are several at a number of shots; under
            these or other usual names. Rows may stand in any order. A score that is NaN or None is a missing reply, and
            so is a row that is not there, where most draws and items at its number of shots are. The same row twice,
            with the same score, counts once. Items keep their names, by which `curvefit.compare` pairs two such tables.
        task, model, metric, scale
            As of `curvefit.read_scores`.

        Returns
        -------
        Measurement
            Its notes name what was left out and what intervals rest on.

        Raises
        ------
        InputError
            No column says shots or scores, a row stands twice with different scores, or a number is none of a learning
            curve. Rows are counted from 1.

        Examples
        --------
        >>> cf.Curve.from_frame({"shots": [0, 4, 1], "accuracy": [0.2, 0.55, 0.4], "n_items": [200, 200, 200]})
        <Measurement: 0, 1, 4 shots; accuracy 0.200 to 0.550; means only>
        """
        curve: Curve = measurement_of(frame, task=task, model=model, metric=metric, scale=scale)
        return curve

    def __repr__(self) -> str:
        return f"<Curve: {self._facts()}>"

    def _facts(self) -> str:
        """Return numbers of shots, range of accuracy and size, in one line."""
        listed = [str(k) for k in self.shots.tolist()]
        if len(listed) > _LISTED_SHOTS:
            listed = [*listed[: _LISTED_SHOTS - 2], "...", listed[-1]]
        means = self.means[self.observed]
        size = "means only"
        if self.summary is None:
            draws, items = int((~np.isnan(self.scores)).any(axis=2).sum(axis=1).max(initial=0)), self.scores.shape[2]
            size = f"{draws} draw{'s' * (draws != 1)}, {items} item{'s' * (items != 1)}"
        return f"{', '.join(listed)} shots; accuracy {means.min():.3f} to {means.max():.3f}; {size}"

    def to_frame(self, by: Literal["shots", "trial"] = "shots") -> Any:
        """Return it as a pandas DataFrame.

        Parameters
        ----------
        by : "shots" or "trial"
            One row a number of shots (``shots``, ``accuracy``, ``low``, ``high`` of a 90% interval, ``n_items``,
            ``n_draws``), or one a score (``shots``, ``draw``, ``item``, ``score``; NaN where there was no reply), from
            which `from_frame` makes the same curve again, its items by name.

        Raises
        ------
        CurvefitError
            pandas is not installed (it is no dependency of this package), or a curve of means is to give its scores.
        """
        return self._frame(by=by)

    @cached_property
    def means(self) -> FloatArray:
        """Mean score at each number of shots (S,); NaN where nothing was observed. Not to be written to."""
        if self.summary is not None:
            return self.summary.accuracy
        has_score = ~np.isnan(self.scores)
        with np.errstate(invalid="ignore"):
            means = np.asarray(np.where(has_score, self.scores, 0.0).sum(axis=(1, 2)) / has_score.sum(axis=(1, 2)))
        means.flags.writeable = False
        return means

    @property
    def observed(self) -> NDArray[np.bool_]:
        """Which numbers of shots have any score (S,)."""
        return ~np.isnan(self.means)

    @property
    def drawn(self) -> bool:
        """Whether demonstrations were drawn at random; where they were not, draws add nothing to the uncertainty."""
        return True

    @property
    def crossed(self) -> bool:
        """Whether a draw shows all items the same demonstrations.

        Where each item has its own, the spread of the items holds the choice of demonstrations: draws have no part of
        their own in the uncertainty.
        """
        return self.drawn

    @property
    def one_draw(self) -> bool:
        """Whether at some positive number of shots there is one draw only, which shows no spread between draws."""
        n_draws = (~np.isnan(self.scores)).any(axis=2).sum(axis=1)
        return self.crossed and self.summary is None and bool((n_draws[self.shots > 0] == 1).any())

    @property
    def independent_items(self) -> float:
        """As how many independent items those count that were scored, where items of a group fare alike."""
        return float((1 / np.diag(self._components.of(self.observed).per_item)).max())

    @property
    def relative_variance(self) -> float:
        """The variance of single scores, of that of right-or-wrong ones with the same means; 1 of means alone."""
        return 1.0 if self.summary is not None else self._components.relative

    def noise(self) -> Noise:
        """Return the covariance of the means of the observed rows; see `curvefit.curves.variance`."""
        return self._noise

    @cached_property
    def _components(self) -> Components:
        return components(self.scores, self.groups)

    @cached_property
    def _noise(self) -> Noise:
        if self.summary is None:
            noise = noise_of(self.shots[self.observed], self._components.of(self.observed))
            return noise if self.crossed else replace(noise, draws=np.zeros_like(noise.draws))
        variance = np.diag(self.summary.stderr**2)
        return Noise(np.zeros_like(variance), variance, np.inf, _STDERR_DF)

    def points(self, level: float = 0.9) -> tuple[Point, ...]:
        """Return accuracy at each measured number of shots.

        Intervals treat items and draws as random and crossed (Brennan 2001; checked against the pigeonhole bootstrap
        of Owen 2007), with degrees of freedom after Satterthwaite (1946), on the bounded scale of scores (Korn &
        Graubard 1998). At 0 shots all draws share one prompt, so that draws and residual are 0 by construction.

        Parameters
        ----------
        level : float
            Coverage of the intervals, in (0, 1).
        """
        if not (isinstance(level, Real) and 0.0 < level < 1.0):
            raise CurveError(f"level lies between 0 and 1, not {level!r:.40}")
        return _points_of_means(self, self.summary, level) if self.summary is not None else _points(self, level)


_LISTED_SHOTS: Final = 10  # in one line


def _points(curve: Curve, level: float) -> tuple[Point, ...]:
    parts = curve._components
    has_score = ~np.isnan(curve.scores)
    n_items, n_draws = has_score.any(axis=1).sum(axis=1), has_score.any(axis=2).sum(axis=1)
    trials, df = np.full((2, len(curve.shots)), np.nan)
    trials[curve.observed], df[curve.observed] = _effective_trials(curve, n_draws)
    low, high = share_interval(parts.means, trials, df, level)
    spread = _spread(parts, curve, n_draws)
    known = zip(curve.shots, parts.means, low, high, n_items, n_draws, spread, has_score.sum(axis=(1, 2)), strict=True)
    return tuple(
        Point(int(k), Estimate(float(m), float(a), float(b), level), int(i), int(d), s, int(n))
        for k, m, a, b, i, d, s, n in known
    )


def _effective_trials(curve: Curve, n_draws: IntArray) -> tuple[FloatArray, FloatArray]:
    """Effective number of trials behind each observed mean, and the degrees of freedom of its variance.

    The draws' variance is the larger of its own estimate and the shrunken one: from two or three draws its own is often
    near 0 by chance, and intervals based on it would cover the truth too seldom. With one draw it is left out.
    """
    observed, noise = curve.observed, curve.noise()
    parts = curve._components.of(observed)
    items, residual = np.diag(parts.items), np.diag(parts.residual)
    n_items = 1 / np.diag(parts.per_item)
    with np.errstate(invalid="ignore", divide="ignore"):
        trial_variance = parts.means * (1 - parts.means)  # variance of one right-or-wrong trial
        # One item says nothing about items: then as for single trials.
        from_items = items * np.diag(parts.per_item) + np.nan_to_num(residual) * np.diag(parts.per_trial)
        # With cells missing it may be negative.
        from_items = np.maximum(np.where(np.isnan(items), trial_variance, from_items), 0.0)
        unshrunk_draws = np.nan_to_num(np.diag(parts.draws)) * np.diag(parts.per_draw)
        from_draws = np.where(
            curve.crossed & (n_draws[observed] > 1), np.maximum(np.diag(noise.draws), unshrunk_draws), 0.0
        )
        total = from_items + from_draws
        df_items = np.maximum(parts.n_groups - 1, 1)
        df = total**2 / (from_items**2 / df_items + from_draws**2 / noise.df_draws)
        # Scores all right or all wrong count once an item; equal scores in between are not certainty either, and the
        # worst of measurements is worth one trial. With one draw, scores in between that are nearly all right or wrong
        # seldom show the few that are not: then too an item counts as one, and as more by the square of all they lack.
        lacking = n_items * np.minimum(parts.means, 1 - parts.means)
        several = np.where(n_draws[observed] > 1, n_items, np.clip(lacking**2, 1.0, n_items))
        trials = np.where(trial_variance > 0, np.clip(trial_variance / total, 1.0, n_items * several), n_items)
    return trials, np.where(np.isfinite(df), df, df_items)


def _spread(parts: Components, curve: Curve, n_draws: IntArray) -> list[Spread]:
    """Components without negative estimates; at 0 shots a single draw is all there is, and has no spread."""
    diagonals = [np.diag(diagonal).copy() for diagonal in (parts.items, parts.draws, parts.residual)]
    for diagonal in diagonals[1:]:
        diagonal[(curve.shots == 0) & (n_draws == 1)] = 0.0
    if not curve.crossed:
        diagonals[1][n_draws > 1] = 0.0
    return [
        Spread(*(float(v) if math.isnan(v) else max(0.0, float(v)) for v in row))
        for row in zip(*diagonals, strict=True)
    ]


def _points_of_means(curve: Curve, summary: Summary, level: float) -> tuple[Point, ...]:
    mean, error = summary.accuracy, summary.stderr
    share = np.clip(mean, np.minimum(error, 0.5), 1 - np.minimum(error, 0.5))
    low, high = share_interval(mean, share * (1 - share) / error**2, np.full_like(mean, _STDERR_DF), level)
    unknown = Spread(math.nan, math.nan, math.nan)
    n_draws = np.zeros_like(summary.n_items) if summary.n_draws is None else summary.n_draws
    return tuple(
        Point(int(k), Estimate(float(m), float(a), float(b), level), int(n), int(d), unknown)
        for k, m, a, b, n, d in zip(curve.shots, mean, low, high, summary.n_items, n_draws, strict=True)
    )
