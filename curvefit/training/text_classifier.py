"""What a plain classifier learns from the pool. Lives here: the free stand-in for fine-tuning; no model is asked.

A linear classifier on the weighted words and characters of the inputs (Joachims 1998; Wang and Manning 2012 show how
strong such a baseline is), as kernel ridge regression on one column a label (Saunders et al. 1998). It trains in
milliseconds on as many examples as a fine-tuning would have, and is scored on the items that a model is scored on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from numbers import Integral
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Estimate, Point
from curvefit.curves.forecast import Forecast, forecast
from curvefit.display import HtmlDisplay
from curvefit.errors import DesignError, InputError
from curvefit.tasks.task import Item, Task, canonical, groups_of
from curvefit.tasks.text_reply import words
from curvefit.trials.design import Design
from curvefit.trials.prompts import whole_text
from curvefit.trials.selection import choose_items, shuffled

__all__ = ["DRAWS", "Baseline", "Unlikely", "baseline", "picks_answers", "unlikely_targets", "usual_training"]

DRAWS: Final = 5  # random subsets of the pool, as the pairs behind the prediction had
_SIZES: Final = (32, 128, 512)
_MOST_OF_POOL: Final = 4000  # where no sizes are stated: it is beside a study, and must not cost that its memory
_ALPHA: Final = 0.3  # ridge penalty; inputs have length 1, so that it is in units of one example
_MOST_USED: Final = 15_000  # different examples; of their similarities there are that many squared, 8 bytes each
_AT_ONCE: Final = 500  # rows of similarities, which take several times the memory while they are worked out
_FOLDS: Final = 5  # parts of a pool, each judged by a classifier of the others
_FEWEST_JUDGED, _MOST_JUDGED = 40, 5_000  # examples of a pool whose targets are judged; all similarities are held
_MOST_ANSWERS: Final = 0.1  # of the pool: with more different answers than that they are built, not picked
# Words and pairs of words, where a script has no spaces as well; and runs of two to five characters, which share what
# words of one stem or a typing error do.
_FEATURES: Final[tuple[dict[str, Any], ...]] = (
    {"ngram_range": (1, 2), "tokenizer": words, "token_pattern": None, "lowercase": False},
    {"ngram_range": (2, 5), "analyzer": "char_wb"},
)

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Baseline(HtmlDisplay):
    """The learning curve of a plain classifier over training examples.

    Attributes
    ----------
    task : str
        Its name.
    curve : Curve
        Scores (S, D, I) by numbers of training examples, which stand where a prompt's curve has shots, by random
        subsets of the pool, and by items. Within a draw a smaller subset is the beginning of a larger one.
    items : tuple of str
        Ids of the items that were scored (I,), in the order of the curve.
    pool : int
        Examples there were to train on.
    seconds : float
        Processor time it took.

    Examples
    --------
    >>> base = cf.baseline(cf.load_task("sample_tasks/tickets"))
    >>> base.curve.shots.tolist()
    [32, 128, 512, 600]
    >>> base.points()[-1].accuracy.value > 0.9
    True
    """

    __module__ = "curvefit"

    task: str
    curve: Curve
    items: tuple[str, ...]
    pool: int
    seconds: float

    def __repr__(self) -> str:
        sizes = ", ".join(
            f"{n}: {accuracy:.3f}" for n, accuracy in zip(self.curve.shots, self.curve.means, strict=True)
        )
        return f"<Baseline of {self.task!r}: accuracy by training examples {sizes}>"

    def points(self, level: float = 0.9) -> tuple[Point, ...]:
        """Return accuracy at each number of training examples, with intervals over items and subsets.

        Parameters
        ----------
        level : float
            Coverage of the intervals, in (0, 1).
        """
        return self.curve.points(level)

    def forecast(self, *, level: float = 0.9, seed: int = 0) -> Forecast:
        """Return its accuracy at other numbers of training examples; see `curvefit.curves.forecast.forecast`."""
        return forecast(self.curve, level=level, seed=seed)

    def draws_at(self, n: int) -> FloatArray:
        """Return equally likely values (N,) of its accuracy on these items after n examples.

        As measured where it was; elsewhere a forecast, moved by what it misses where that was measured on either side.
        With more than were ever measured it does no worse than with these: more examples do not unteach it.
        """
        known, means = self.curve.shots[self.curve.observed], self.curve.means[self.curve.observed]
        if n in known:
            return np.asarray(means[known == n])
        at = self.forecast().draws.at(np.array([float(n), *known]))
        beside = np.array([np.interp(math.log(max(n, 1)), np.log(known), each) for each in np.eye(len(known))])
        least = means[-1] if n > known[-1] else 0.0
        return np.asarray(np.clip(at[:, 0] + (means - at[:, 1:]) @ beside, least, 1.0))

    def accuracy_at(self, n: int, level: float = 0.9) -> Estimate:
        """Return its accuracy after n examples, with the interval of `points`.

        Where it was not measured it is a forecast, moved as `draws_at` is: by one example more nothing jumps.
        """
        measured = (point.accuracy for point in self.points(level) if point.shots == n)
        return next(measured, None) or self._forecast_at(n, level)

    def _forecast_at(self, n: int, level: float) -> Estimate:
        found, value = self.forecast(level=level).at(n), float(np.median(self.draws_at(n)))
        low, high = (min(max(end + value - found.value, 0.0), 1.0) for end in (found.low, found.high))
        return replace(found, value=value, low=low, high=high)

    def on_items(self, ids: Iterable[str]) -> Baseline | None:
        """Return it on those of some items that it scored; None where these are fewer than two."""
        wanted = set(ids)
        kept = np.array([name in wanted for name in self.items], dtype=bool)
        if kept.sum() < 2:
            return None
        groups = tuple(compress(self.curve.groups, kept))
        curve = Curve(shots=self.curve.shots, scores=self.curve.scores[:, :, kept], groups=groups)
        return replace(self, curve=curve, items=tuple(compress(self.items, kept)))


def picks_answers(task: Task) -> bool:
    """Whether the answers of a task are picked from a few, so that a classifier can give them."""
    return _picked(task, task.pool)


def _picked(task: Task, examples: Sequence[Item]) -> bool:
    answers = {example.target.strip() for example in examples}
    return bool(task.labels) or len(answers) <= _MOST_ANSWERS * len(examples)


def usual_training(task: Task, seed: int = 0, n_train: int | None = None) -> tuple[Task, tuple[int, ...]]:
    """Return a task with what is trained on of its pool where no sizes are stated, and these sizes.

    Of a pool of more than 4,000 so many are taken, at random. The largest size is `n_train`, or else all of that.
    """
    if len(task.pool) > _MOST_OF_POOL:
        few = Design(items=_MOST_OF_POOL, seed=seed, ordered_by="place")
        task = replace(task, pool=choose_items(task.pool, few))
    most = max(len(task.pool), 1)
    return task, tuple(sorted({*_SIZES, min(n_train or most, most)}))


def baseline(
    task: Task, sizes: Sequence[int] | None = None, draws: int = DRAWS, items: int | None = None, seed: int = 0
) -> Baseline:
    """Train a plain classifier on examples of the pool and score it on the items.

    It stands in for fine-tuning: where it learns the task from n examples, so does nearly every fine-tuned model. It
    costs nothing and takes seconds. It is no bound: a fine-tuned model can be better, as it knows the language, and
    worse.

    Parameters
    ----------
    task : Task
        One whose answers are picked from a few; see `picks_answers`.
    sizes : sequence of int, optional
        Numbers of training examples. Those that the pool does not have are left out; where it has too few for any, all
        of it is one number. By default as `curvefit.decide` takes them: 32, 128, 512, and all of the pool, or 4,000
        examples drawn from a larger one.
    draws : int
        Random subsets of the pool, each drawn on for every size. Together they take at most 15,000 different examples;
        memory grows with the square of that number.
    items : int, optional
        How many items are scored; all by default. The first of those that `curvefit.measure` scores by this seed.
    seed : int
        Decides subsets and items.

    Returns
    -------
    Baseline
        Same input, same scores.

    Raises
    ------
    InputError
        The answers are built, not picked, or there is no pool.
    DesignError
        Sizes, draws, items or seed out of range, or too many examples for the memory of a plain machine.

    Examples
    --------
    >>> rows = [(f"{word} {n}", kind) for n in range(60) for word, kind in [("refund", "money"), ("login", "access")]]
    >>> base = cf.baseline(cf.Task.from_records(rows, name="mail"), sizes=(8, 32))
    >>> base.points()[-1].accuracy.value
    1.0
    """
    began = time.process_time()
    for name, value, least in (("draws", draws, 1), ("items", 1 if items is None else items, 1), ("seed", seed, 0)):
        if not isinstance(value, Integral) or int(value) < least:
            raise DesignError(f"{name} must be a whole number, at least {least}, not {value!r:.40}")
    if not task.pool:
        raise InputError(f"task {task.name!r} has no pool to train on")
    if sizes is None:
        task, sizes = usual_training(task, int(seed))
    wanted = _checked_sizes(sizes)
    if not picks_answers(task):
        raise InputError(
            f"the answers of task {task.name!r} are built, not picked from a few: a classifier cannot give them; "
            "train a small model instead, with curvefit probe"
        )
    scored = choose_items(task.items, Design(items=int(items or len(task.items)), seed=int(seed)))
    fitting = [n for n in wanted if n <= len(task.pool)] or [len(task.pool)]
    orders = _orders(task.pool, fitting[-1], int(draws), int(seed))
    used = np.unique(orders)
    if len(used) > _MOST_USED:
        raise DesignError(
            f"{fitting[-1]:,} examples in {draws} draws are {len(used):,} different ones, more than fit in memory"
            f" ({_MOST_USED:,}); lower the largest size, or the number of draws"
        )
    kernel = _similarity([whole_text(example) for example in (*task.pool, *scored)], used, len(scored))
    within, across = kernel[: len(used)], kernel[len(used) :]
    answers = np.array([task.pool[i].target for i in used])
    scores = np.empty((len(fitting), int(draws), len(scored)))
    for draw, order in enumerate(np.searchsorted(used, orders)):
        for row, n in enumerate(fitting):
            chosen = order[:n]
            picked = _predicted(within[np.ix_(chosen, chosen)], across[:, chosen], answers[chosen])
            scores[row, draw] = _judged(task, picked, scored)
    return Baseline(
        task=task.name,
        curve=Curve(shots=np.array(fitting), scores=scores, groups=groups_of(scored)),
        items=tuple(item.id for item in scored),
        pool=len(task.pool),
        seconds=time.process_time() - began,
    )


def _checked_sizes(sizes: Any) -> list[int]:
    values = list(sizes) if isinstance(sizes, Iterable) and not isinstance(sizes, str) else [None]
    numbers = [int(n) for n in values if isinstance(n, Integral) and int(n) >= 1]
    if not numbers or len(numbers) < len(values) or numbers != sorted(set(numbers)):
        raise DesignError(f"sizes are whole numbers, ascending and at least 1, such as (32, 128), not {sizes!r:.60}")
    return numbers


def _orders(pool: Sequence[Item], count: int, draws: int, seed: int) -> NDArray[np.int_]:
    """Return places in the pool (D, count): those that each draw begins with."""
    place = {example.id: i for i, example in enumerate(pool)}
    return np.array([[place[item.id] for item in shuffled(pool, draw, seed)[:count]] for draw in range(draws)])


def _similarity(texts: Sequence[str], used: NDArray[np.int_], items: int) -> FloatArray:
    """Return the mean of the cosines (U + I, U) of texts over kinds of features, and a constant for the intercept.

    Rows are the examples used and the items, which are the last texts; columns are the examples used. Weights of words
    are learned on the texts of pool and items alike, which needs no answer.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = np.append(used, np.arange(len(texts) - items, len(texts)))
    total = np.ones((len(rows), len(used)))
    for features in _FEATURES:
        try:
            vectors = TfidfVectorizer(sublinear_tf=True, **features).fit_transform(texts)
        except ValueError:  # texts without a word, such as 3 + 4 has in some sense
            continue
        columns = vectors[used].T
        for at in range(0, len(rows), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            total[part] += (vectors[rows[part]] @ columns).toarray() / len(_FEATURES)
    return total


class Unlikely(NamedTuple):
    """An example of the pool whose target a classifier of the others would not have given.

    Attributes
    ----------
    example : Item
        Which.
    answer : str
        What it would have given.
    chance : float
        How surely, in [0, 1]: a ranking.
    """

    example: Item
    answer: str
    chance: float


def unlikely_targets(task: Task, *, items: bool = False) -> tuple[Unlikely, ...]:
    """Return examples of the pool whose targets look wrong to a classifier that was not trained on them.

    Confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70), out of fold: an example is suspect where the
    classifier scores another label at least as high as it does, on average, where that label stands, and higher than
    the one that stands there. One that the task's scorer takes for what stands there is no other label.

    Parameters
    ----------
    task : Task
        One whose answers are picked from a few; of another, and of a pool of fewer than 40 or more than 5,000 examples,
        nothing is returned.
    items : bool
        Whether the items are looked at as well, and counted with the pool; which is which then does not matter.

    Returns
    -------
    tuple of Unlikely
        The surest first.
    """
    pool = task.pool
    if items:
        pool = tuple(sorted(task.examples, key=lambda example: (canonical(example), example.id)))
    if not _FEWEST_JUDGED <= len(pool) <= _MOST_JUDGED or not _picked(task, pool):
        return ()
    names, codes = np.unique([example.target.strip() for example in pool], return_inverse=True)
    if len(names) < 2:
        return ()
    kernel = _similarity([whole_text(example) for example in pool], np.arange(len(pool)), 0)
    fold = np.random.default_rng(0).permutation(len(pool)) % _FOLDS
    scores = np.empty((len(pool), len(names)))
    for part in range(_FOLDS):
        rest, out = fold != part, fold == part
        scores[out] = _label_scores(kernel[np.ix_(rest, rest)], kernel[np.ix_(out, rest)], codes[rest], len(names))
    given = scores[np.arange(len(pool)), codes]
    usual = np.array([given[codes == label].mean() for label in range(len(names))])
    best = np.argmax(np.where(scores >= usual, scores, -np.inf), axis=1)
    top = scores[np.arange(len(pool)), best]
    suspect = (scores >= usual).any(axis=1) & (best != codes) & (top > given)
    found = [
        Unlikely(pool[i], str(names[best[i]]), float(np.clip(0.5 + (top[i] - given[i]) / 4, 0, 1)))
        for i in np.flatnonzero(suspect)
        if task.scorer(str(names[best[i]]), pool[i]).value < 1
    ]
    return tuple(sorted(found, key=lambda one: -one.chance))


def _label_scores(within: FloatArray, across: FloatArray, codes: NDArray[np.int_], labels: int) -> FloatArray:
    """Return a score (I, L) for each label, about 1 where it fits and -1 where not."""
    from scipy.linalg import solve

    columns = np.where(np.eye(labels)[codes] > 0, 1.0, -1.0)
    scores: FloatArray = across @ solve(within + _ALPHA * np.eye(len(within)), columns, assume_a="pos")
    return scores


def _predicted(within: FloatArray, across: FloatArray, answers: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return the answer (I,) picked for each item, by its similarity (I, n) to examples with answers (n,)."""
    names, codes = np.unique(answers, return_inverse=True)
    if len(names) == 1:
        return np.full(len(across), names[0])
    return np.asarray(names[np.argmax(_label_scores(within, across, codes, len(names)), axis=1)])


def _judged(task: Task, picked: Iterable[str], items: Sequence[Item]) -> list[float]:
    """Return what the task's own scorer gives for each answer."""
    return [task.scorer(str(answer), item).value for answer, item in zip(picked, items, strict=True)]
