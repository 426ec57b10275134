"""Means without their single scores, as one curve. Lives here: how sure each mean is, and what that rests on."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from curvefit.curves.curve import Curve, possible_stderr
from curvefit.curves.variance import assumed_draws
from curvefit.measurement.importers.result import Mean, Result, average, counted_shots, noted
from curvefit.measurement.measurement import Measurement, Note

__all__ = ["about_assumed", "about_impossible", "averaged"]

_USUAL_ITEMS: Final = 100  # behind a mean of which nothing is known, as `Curve.from_means` takes it
_LARGEST_STDERR: Final = 0.5  # of anything that lies in [0, 1]
_PRIOR_DF: Final = 4.0  # weight of the usual spread between draws beside theirs, as where single scores are known


def averaged(results: Sequence[Result]) -> Measurement:
    """Return a curve of means, one or several draws at each number of shots.

    Several draws give their own mean, and their spread its error. Notes say which errors are assumed.

    Raises
    ------
    CurveError
        These means make no curve.
    """
    published = {
        shots: [_mean_of(result) for result in results if result.setting.shots == shots]
        for shots in sorted({result.setting.shots for result in results})
    }
    own = {result.setting.shots for result in results if result.own_examples}
    by_shots = {shots: [_possible(mean) for mean in draws] for shots, draws in published.items()}
    means = [_over_draws(shots, draws, shared=shots not in own) for shots, draws in by_shots.items()]
    curve = Curve.from_means(
        list(by_shots),
        [m.accuracy for m in means],
        [m.stderr for m in means],
        np.rint([m.n_items for m in means]),  # of draws that differ in theirs, a mean
    )
    n_draws = np.array([len(draws) if len(draws) > 1 else 0 for draws in by_shots.values()])
    summary = None if curve.summary is None else replace(curve.summary, n_draws=n_draws, assumed=None)
    replaced = [
        (shots, mean.stderr, mean.n_items)
        for shots, draws in published.items()
        for mean in draws
        if _possible(mean).stderr > mean.stderr
    ]
    notes = (*about_impossible(replaced), *about_assumed(by_shots, own))
    return Measurement(shots=curve.shots, scores=curve.scores, summary=summary, notes=notes)


def _mean_of(result: Result) -> Mean:
    if isinstance(result.scores, Mean):
        return result.scores
    n_items = sum(not math.isnan(score) for score in result.scores.values())
    return Mean(average(result.scores.values()), math.nan if result.mean is None else result.mean.stderr, n_items)


def _possible(mean: Mean) -> Mean:
    accuracy, stderr, n_items = np.array([[mean.accuracy], [mean.stderr], [mean.n_items]])
    return replace(mean, stderr=float(possible_stderr(accuracy, stderr, n_items)[0]))


def about_impossible(replaced: Sequence[tuple[int, float, float]]) -> Iterator[Note]:
    """Name standard errors that so many items cannot have, each by its shots, as it was given, with its items."""
    if len(replaced) == 1:
        [(shots, stderr, n_items)] = replaced
        error = f"the standard error at {counted_shots(shots)} is {stderr:.2g}"
        yield noted(f"{error}, which {n_items:,.0f} items cannot have: taken from the items", _TOO_SMALL)
    elif replaced:
        *before, last = dict.fromkeys(shots for shots, *_ in replaced)
        listed = ", ".join([*map(str, before), counted_shots(last)])
        yield noted(
            f"the standard errors at {listed} are smaller than the items can have: taken from the items", _TOO_SMALL
        )


_TOO_SMALL: Final = "standard errors smaller than the items can have are taken from the items"


def _over_draws(shots: int, draws: Sequence[Mean], *, shared: bool) -> Mean:
    """Return the mean of several draws on the same items, with its error; `shared`: a draw is the same for all items.

    Draws average out and items do not: the variance is that of one draw over its items, plus that between draws over
    their number. The latter is shrunk towards the spread of published runs, since two or three draws say little. What
    is neither of an item nor of a draw is in both, as means do not tell it apart: intervals are a little too wide.
    Where every item has examples of its own, one draw's error over items holds all there is.
    """
    known = [mean for mean in draws if not math.isnan(mean.accuracy)]
    if not known or (len(known) == 1 and (shared or not math.isnan(known[0].stderr))):
        return known[0] if known else draws[0]
    accuracies = np.array([mean.accuracy for mean in known])
    accuracy, n_items = float(accuracies.mean()), average([mean.n_items for mean in known])
    behind = _USUAL_ITEMS if math.isnan(n_items) else n_items
    share = (accuracy * behind + 1) / (behind + 2)
    over_items = average([mean.stderr**2 for mean in known])
    if math.isnan(over_items):
        over_items = share * (1 - share) / behind
    if not shared:
        return Mean(accuracy, min(math.sqrt(over_items), _LARGEST_STDERR), n_items)
    usual = float(assumed_draws(np.array([shots]), np.array([share]))[0])
    df = len(known) - 1
    between = (df * float(accuracies.var(ddof=1)) + _PRIOR_DF * usual) / (df + _PRIOR_DF)
    return Mean(accuracy, min(math.sqrt(over_items + between / len(known)), _LARGEST_STDERR), n_items)


def about_assumed(
    by_shots: Mapping[int, Sequence[Mean]], own: Container[int] = (), *, column: str = "a column "
) -> Iterator[Note]:
    """Say what the intervals of means rest on where no error bar was given; `own`: shots of examples for each item."""
    bare = {shots: draws for shots, draws in by_shots.items() if any(math.isnan(mean.stderr) for mean in draws)}
    if not bare:
        return
    *before, last = bare
    listed = ", ".join([*map(str, before), counted_shots(last)])
    where = "" if len(bare) == len(by_shots) else f" at {listed}"
    items = [mean.n_items for draws in bare.values() for mean in draws]
    drawn = {len(draws) for shots, draws in bare.items() if shots not in own and (shots or len(draws) > 1)}
    spread = f" and the {'usual spread between' if 1 in drawn else 'spread between the'} draws" if drawn else ""
    behind = (
        f"{_USUAL_ITEMS} items a mean" if all(map(math.isnan, items)) else "right-or-wrong scores of the items given"
    )
    if any(map(math.isnan, items)) and not all(map(math.isnan, items)):
        behind += f" ({_USUAL_ITEMS} where none are)"
    ask = f"{column}stderr or n_items" if any(map(math.isnan, items)) else f"{column}stderr, or single scores,"
    text = f"no error bars were given{where}: intervals assume {behind}{spread}; {ask} would replace that"
    yield noted(text, "error bars are assumed where none were given")
