"""Two prompts, models or versions on the same items: is one better? Lives here: values and codes; no file, no words.

A difference is a paired one: item by item, with the draws of each. One is better where the whole interval is on one
side of 0. The best of several prompts looks better than it is, since it was picked by its score: by that optimism each
side is corrected. Judging each item with the prompt that did best on other items (cross-fitting) was tried and is
worse: see `benchmarks.comparison.coverage`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.intervals import t_quantile
from curvefit.curves.reason import Reason, Value
from curvefit.decision.best_prompt import best_measured, optimism_of
from curvefit.decision.judge_correction import accuracy_without_judge_errors, difference_without_judge_errors
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.comparison import PairedDifference, paired_difference, without_optimism

__all__ = ["ItemChange", "PairOutcome", "ScoredPrompt", "Sides", "StudyPair", "compared_pair"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int_]
PairOutcome = Literal["better", "worse", "alike", "open"]

_POWER: Final = 0.8  # chance of telling a difference that items are counted for
_HALF: Final = 0.5  # mean score above which an item is right, and below which it is not
_VISIBLE: Final = 0.005  # of less, accuracies look the same in whole percent
_ROUNDING: Final = 1e-9  # means of three draws need not be equal to the bit
_MOST_ITEMS: Final = 10**7  # more is nothing to advise
_WONDER: Final = 1_000  # orders of the same scores from which on two alike are no chance


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPrompt:
    """A prompt of a measurement, with its scores.

    Attributes
    ----------
    curve : Measurement
        What it was measured in.
    shots : int
        Examples it shows.
    tried : int
        Prompts it was picked from; 1 where nothing was picked.
    optimism : float
        By how much its score is too high, having been picked.
    """

    curve: Measurement
    shots: int
    tried: int = 1
    optimism: float = 0.0

    @classmethod
    def best(cls, measured: Measurement) -> ScoredPrompt:
        """Return the best prompt of a measurement of single scores."""
        curve, shots = best_measured(measured)
        if measured.tried == 1:
            return cls(curve, shots)
        optimism = optimism_of(measured)
        return cls(curve, shots, measured.tried, 0.0 if math.isnan(optimism) else optimism)

    @property
    def retrieved(self) -> bool:
        """Whether the examples are those most similar to each item."""
        return not self.curve.drawn

    @property
    def scores(self) -> FloatArray:
        """Its scores (D, I)."""
        found: FloatArray = self.curve.scores[self.curve.shots == self.shots][0]
        return found

    @property
    def item_means(self) -> FloatArray:
        """Mean score of each item over draws (I,); NaN where there is none."""
        count = (~np.isnan(self.scores)).sum(axis=0)
        return np.asarray(np.where(count > 0, np.nansum(self.scores, axis=0) / np.maximum(count, 1), np.nan))

    @property
    def n_draws(self) -> int:
        """Draws with any score."""
        return int((~np.isnan(self.scores)).any(axis=1).sum())

    def accuracy(self, level: float) -> Estimate:
        """Return its accuracy as measured, without the errors of a judge where they are known."""
        return accuracy_without_judge_errors(self.curve.judge, self.point(level).accuracy)

    def point(self, level: float) -> Point:
        """Return its accuracy as measured, and on how much it rests."""
        return next(point for point in self.curve.points(level) if point.shots == self.shots)

    def in_order(self, draws: Sequence[str]) -> ScoredPrompt:
        """Return it with its draws in the order of these names, and those of other names after them."""
        names = self.curve.draw_names
        order = [names.index(name) for name in draws if name in names]
        order += [i for i, name in enumerate(names) if name not in draws]
        return replace(self, curve=self.curve.part(draws=order))

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which of its trials were asked and have no score (D, I); none where a spending limit ended them."""
        row: NDArray[np.bool_] = self.curve.unanswered[self.curve.shots == self.shots][0]
        return np.zeros_like(row) if self.curve.stopped else row

    def with_missing(self, score: float) -> ScoredPrompt:
        """Return it with each of these scored so."""
        there = (self.curve.shots == self.shots)[:, None, None]
        return replace(self, curve=replace(self.curve, scores=np.where(there & self.missing, score, self.curve.scores)))

    def on(self, items: IntArray) -> ScoredPrompt:
        """Return it on some of its items, by position and in that order."""
        return replace(self, curve=self.curve.part(items=items))


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item that the two sides score differently.

    Attributes
    ----------
    item : str
        Its id.
    before, after : float
        Mean score over the draws of the first and of the second.
    """

    item: str
    before: float
    after: float

    @property
    def flipped(self) -> bool:
        """Whether one side alone has it right: scored more than half by it, and less by the other."""
        return (self.before - _HALF) * (self.after - _HALF) < 0


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """What is compared, and what is to be known of it.

    Attributes
    ----------
    names : (str, str)
        Of the first and of the second.
    prompts : (ScoredPrompt, ScoredPrompt)
        On the same items in the same order.
    shots : int or None
        The number of random examples at which both are compared; None: the best prompt of each.
    shared_draws : bool
        Whether draw d shows the same examples on both sides, as far as is known or the scores show.
    cautions : tuple of Reason
        What may make the comparison wrong.
    """

    names: tuple[str, str]
    prompts: tuple[ScoredPrompt, ScoredPrompt]
    shots: int | None = None
    shared_draws: bool = False
    cautions: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StudyPair:
    """Two candidates compared item by item.

    Attributes
    ----------
    first, second : str
        Names.
    shots : int or None
        The number of random examples at which both are compared; None: the best prompt of each.
    accuracies : (Estimate, Estimate)
        Of the first and of the second on the common items, as measured; without the errors of a judge, if known.
    difference : Estimate
        Accuracy of the second minus that of the first, without the optimism of either. Where several pairs are
        compared, its interval is widened, so that all intervals together hold the truth at the comparison's level.
    margin : float
        The smallest difference that matters.
    items : int
        Items that both have scores of.
    prompts : (ScoredPrompt, ScoredPrompt)
        Of the first and of the second, on the common items.
    changed : tuple of ItemChange
        Items whose mean score differs: first those that one side alone has right, then the others; losses before gains,
        and the largest changes first.
    mcnemar : float or None
        P-value of McNemar's exact test, two-sided and not corrected; None unless all scores are 0 or 1 and there is one
        draw.
    needed : int or None
        Items that would tell the difference as observed, with a chance of 80%; None where no number of items would.
    needed_for_margin : int or None
        The same for a difference as large as the margin.
    from_items, from_draws : float
        Variance of the difference that more items would shrink, and that which more draws would.
    missing : int
        Common trials of either side that were asked and have no score.
    if_wrong, if_right : Estimate or None
        The difference with each of these wrong, and right, on the items common then; None where none is missing.
    cautions : tuple of Reason
        What may make the comparison wrong.
    """

    first: str
    second: str
    shots: int | None
    accuracies: tuple[Estimate, Estimate]
    difference: Estimate
    margin: float
    items: int
    prompts: tuple[ScoredPrompt, ScoredPrompt]
    changed: tuple[ItemChange, ...]
    mcnemar: float | None
    needed: int | None
    needed_for_margin: int | None
    from_items: float
    from_draws: float
    missing: int = 0
    if_wrong: Estimate | None = None
    if_right: Estimate | None = None
    cautions: tuple[Reason, ...] = ()

    @property
    def outcome(self) -> PairOutcome:
        """Whether the second is better or worse, by its whole interval; alike: within the margin; or open."""
        return _outcome(self.difference, self.margin)

    @property
    def depends_on_missing(self) -> bool:
        """Whether the outcome is another with each missing score wrong, or with each right."""
        return bool(self._turning)

    @property
    def _turning(self) -> tuple[tuple[int, Estimate], ...]:
        """Return the differences with the missing scores filled in, wrong first, whose outcome is another."""
        filled = ((0, self.if_wrong), (1, self.if_right))
        return tuple((n, e) for n, e in filled if e is not None and _outcome(e, self.margin) != self.outcome)

    @property
    def same(self) -> bool:
        """Whether both have the same score on each common item in each draw, so that neither leads."""
        return _all_the_same(*self.prompts)

    @property
    def same_prompt(self) -> bool:
        """Whether both are one prompt of one model, as far as is known, and score the same: there is no choice."""
        return _are_one_prompt(*self.prompts)

    @property
    def regression(self) -> bool:
        """Whether the second is surely worse by more than the margin."""
        return self.difference.high < -self.margin

    @property
    def gained(self) -> tuple[ItemChange, ...]:
        """Items that the second alone has right: scored more than half by it, and less by the first."""
        return tuple(change for change in self.changed if change.flipped and change.after > change.before)

    @property
    def lost(self) -> tuple[ItemChange, ...]:
        """Items that the first alone has right: scored more than half by it, and less by the second."""
        return tuple(change for change in self.changed if change.flipped and change.after < change.before)

    @property
    def moved(self) -> tuple[ItemChange, ...]:
        """Items whose mean score differs, and which neither side alone has right."""
        return tuple(change for change in self.changed if not change.flipped)

    @property
    def reason(self) -> Reason:
        """The answer as a code with its numbers.

        ``pair-better``: `better` and `worse` by name, and by how much; ``pair-alike`` and ``pair-open``: the
        difference, whether all scores are the same, and the items that would tell. Where either has items
        of its own besides, also the accuracies of both on the common ones; `luck_off` where the difference is visibly
        not that of their accuracies as measured, without the optimism of either; `filled`: the difference with the
        `missing` scores wrong, or right (`as_right`: 0 or 1), where the outcome is another then.
        """
        names: dict[str, Value] = {"first": self.first, "second": self.second}
        about = {**names, "items": self.items, "margin": self.margin, "shots": self.shots}
        if any(reason.code == "pair-left-out" for reason in self.cautions):
            about |= {"first_there": self.accuracies[0].value, "second_there": self.accuracies[1].value}
        first, second = (accuracy.value for accuracy in self.accuracies)
        if abs(second - first - self.difference.value) >= _VISIBLE:
            about["luck_off"] = True
        turned = self.outcome in ("better", "worse") and self.difference.value < 0  # as the difference is told
        for as_right, filled in self._turning[:1]:
            about |= {"missing": self.missing, "filled": -filled if turned else filled, "as_right": as_right}
        if self.outcome in ("better", "worse"):
            ahead, behind = (self.second, self.first) if self.outcome == "better" else (self.first, self.second)
            by = self.difference if self.difference.value >= 0 else -self.difference
            return Reason("pair-better", {**about, "better": ahead, "worse": behind, "by": by})
        found = {**about, "difference": self.difference, "same": self.same}
        if self.outcome == "alike":
            return Reason("pair-alike", found)
        needed = {"needed": self.needed, "needed_for_margin": self.needed_for_margin}
        return Reason("pair-open", {**found, **needed})


def compared_pair(sides: Sides, *, margin: float, level: float) -> StudyPair:
    """Compare two sides on the items they have in common.

    `level` is that of the difference's interval.

    Raises
    ------
    CurveError
        Fewer than two items have a score on both sides.
    """
    first, second = sides.prompts
    found = paired_difference(second.curve, second.shots, first.curve, first.shots, shared_draws=sides.shared_draws)
    seen = without_optimism(found.interval(level), _luck(first, second))
    fair, visible = difference_without_judge_errors(first.curve, second.curve, seen)
    return StudyPair(
        first=sides.names[0],
        second=sides.names[1],
        shots=sides.shots,
        accuracies=(first.accuracy(level), second.accuracy(level)),
        difference=fair,
        margin=margin,
        items=found.items,
        prompts=sides.prompts,
        changed=_changed(first, second),
        mcnemar=_mcnemar(first, second),
        needed=_items_to_tell(found, abs(seen.value), level),
        needed_for_margin=_items_to_tell(found, margin * visible, level),
        from_items=found.from_items,
        from_draws=found.from_draws,
        missing=sum(int(prompt.missing.sum()) for prompt in sides.prompts),
        if_wrong=_if_filled(sides, level, 0.0),
        if_right=_if_filled(sides, level, 1.0),
        cautions=(*sides.cautions, *_unanswered(sides, found.items), *_same(sides), *_unrelated_draws(sides)),
    )


def _outcome(difference: Estimate, margin: float) -> PairOutcome:
    low, high = difference.low, difference.high
    if low > 0 or high < 0:
        return "better" if low > 0 else "worse"
    return "alike" if -margin < low and high < margin else "open"


def _luck(first: ScoredPrompt, second: ScoredPrompt) -> float:
    """Return what of a difference is optimism: two that score the same are right as often, whatever was picked."""
    return 0.0 if _all_the_same(first, second) else first.optimism - second.optimism


def _if_filled(sides: Sides, level: float, score: float) -> Estimate | None:
    """Return the difference with each missing score wrong, or right; None where none is missing."""
    if not any(prompt.missing.any() for prompt in sides.prompts):
        return None
    first, second = (prompt.with_missing(score) for prompt in sides.prompts)
    found = paired_difference(second.curve, second.shots, first.curve, first.shots, shared_draws=sides.shared_draws)
    seen = without_optimism(found.interval(level), _luck(first, second))
    return difference_without_judge_errors(first.curve, second.curve, seen)[0]


def _all_the_same(first: ScoredPrompt, second: ScoredPrompt) -> bool:
    if first.scores.shape != second.scores.shape:
        return False
    lacking = np.isnan(first.scores) | np.isnan(second.scores)
    return bool((lacking | (first.scores == second.scores)).all())


def _are_one_prompt(first: ScoredPrompt, second: ScoredPrompt) -> bool:
    """Whether two are of one model and of one file, read alike, with the same examples, and have the same scores.

    What the file said when each was asked is not known: scores that differ show that it may have changed.
    """
    curves = first.curve, second.curve
    designs = [curve.design for curve in curves]
    if None in designs or not curves[0].path or not _all_the_same(first, second):
        return False
    drawn, caps = zip(*(((of.seed, of.ordered_by), of.reply_tokens) for of in designs if of is not None), strict=True)
    one, other = (
        (prompt.shots, curve.drawn, curve.model, curve.form, curve.path, curve.overrides, curve.pool)
        for prompt, curve in zip((first, second), curves, strict=True)
    )
    return one == other and caps[0] == caps[1] and (not first.shots or drawn[0] == drawn[1])


def _changed(first: ScoredPrompt, second: ScoredPrompt) -> tuple[ItemChange, ...]:
    before, after = first.item_means, second.item_means
    differ = np.abs(before - after) > _ROUNDING  # not where one is NaN
    changes = [
        ItemChange(first.curve.items[i], float(before[i]), float(after[i])) for i in np.flatnonzero(differ).tolist()
    ]

    def place(change: ItemChange) -> tuple[bool, bool, float]:
        return not change.flipped, change.after > change.before, -abs(change.after - change.before)

    return tuple(sorted(changes, key=place))


def _mcnemar(first: ScoredPrompt, second: ScoredPrompt) -> float | None:
    """Return the p-value of the exact test, by the binomial law of the items that only one side has right.

    That law is one of independent items: where they come in groups there is none.
    """
    if first.n_draws != 1 or second.n_draws != 1 or first.curve.groups or second.curve.groups:
        return None
    both = ~np.isnan(first.item_means) & ~np.isnan(second.item_means)
    before, after = first.item_means[both], second.item_means[both]
    if not (np.isin(before, (0, 1)).all() and np.isin(after, (0, 1)).all()):
        return None
    gained, lost = int((after > before).sum()), int((after < before).sum())
    if gained + lost == 0:
        return 1.0
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(gained, lost), gained + lost, 0.5)))


def _items_to_tell(found: PairedDifference, difference: float, level: float) -> int | None:
    """Return how many items would tell a difference; None where it is 0, or draws alone hide it."""
    reach = (float(t_quantile(0.5 + level / 2, np.inf)) + float(t_quantile(_POWER, np.inf))) ** 2
    room = difference**2 / reach - found.from_draws
    if room <= 0:
        return None
    items = math.ceil(found.from_items * found.items / room)
    return items if items <= _MOST_ITEMS else None


def _unanswered(sides: Sides, items: int) -> tuple[Reason, ...]:
    """Say so where common items lack a score: those that fail are seldom the easy ones."""
    missing = len(sides.prompts[0].curve.items) - items
    names = {"first": sides.names[0], "second": sides.names[1]}
    return (Reason("pair-unanswered", {**names, "missing": missing}),) if missing else ()


def _same(sides: Sides) -> tuple[Reason, ...]:
    """Say so where every trial has the same score on both sides: they may be the same replies, which prove nothing.

    Prompts with other examples cannot have them; of one prompt they are expected, and it is said that it is one.
    """
    first, second = sides.prompts
    names = {"first": sides.names[0], "second": sides.names[1]}
    if _are_one_prompt(first, second):
        return (Reason("pair-same-prompt", names),)
    if first.shots != second.shots or first.curve.drawn != second.curve.drawn:
        return ()
    if _only_answers(first) & _only_answers(second):  # which has the same scores without any reply being reused
        return ()
    before, after = (prompt.scores for prompt in sides.prompts)
    alike = before.shape == after.shape and np.array_equal(before, after, equal_nan=True)
    if not alike or _orders(before) < _WONDER:  # all right, all wrong, or one of a few right
        return ()
    return (Reason("pair-same-scores", {**names, "trials": int((~np.isnan(before)).sum())}),)


def _only_answers(prompt: ScoredPrompt) -> set[str]:
    """Return the answer that every reply to a prompt gives; nothing where they differ."""
    return {each.answer for each in prompt.curve.same_answers if each.shots == prompt.shots}


def _unrelated_draws(sides: Sides) -> tuple[Reason, ...]:
    """Say so where both sides are other tools' and have several draws, of which nothing shows that they are related.

    Where each item has examples of its own, draws add nothing to the interval that they could have in common.
    """
    curves = [prompt.curve for prompt in sides.prompts]
    if sides.shared_draws or any(curve.design is not None or not curve.crossed for curve in curves):
        return ()
    if any(prompt.n_draws < 2 for prompt in sides.prompts):
        return ()
    return (Reason("pair-unrelated-draws"),)


def _orders(scores: FloatArray) -> float:
    """Return in how many orders these scores could have come: 1 over the chance that two get them alike by luck."""
    _, counts = np.unique(scores[~np.isnan(scores)], return_counts=True)
    return math.exp(min(700.0, math.lgamma(counts.sum() + 1) - sum(math.lgamma(count + 1) for count in counts)))
