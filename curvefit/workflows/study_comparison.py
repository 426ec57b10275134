"""Two or more studies on the same items: which is better? Lives here: what is compared with what, and what came of it.

::

    studies --TasksOfItems--> Measurements that know their items by content
    each two of them --their best prompts on the items they have in common--> StudyPair
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations, count
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Curve, Estimate
from curvefit.curves.item_groups import group_numbers, joined_groups
from curvefit.curves.optimism import optimism
from curvefit.curves.reason import Reason
from curvefit.decision.best_prompt import assumed_of, scores_of
from curvefit.decision.candidates import Candidate, candidates_of, prompt_among
from curvefit.decision.cheaper_prompt import usd_with_mistakes
from curvefit.decision.criteria import MARGIN, USEFUL, check_criteria
from curvefit.decision.item_pairs import CommonItems, common_items, given_away
from curvefit.decision.paired_comparison import ScoredPrompt, Sides, StudyPair, compared_pair
from curvefit.display import PlotDisplay, TableDisplay, quoted
from curvefit.errors import CurveError
from curvefit.measurement.measurement import Measurement, as_measurement
from curvefit.payoff.comparison import draws_go_together, fair_accuracy
from curvefit.study import Study, analyze
from curvefit.tasks.readiness import default_margin
from curvefit.workflows.known_items import TasksOfItems
from curvefit.workflows.more_to_ask import MoreToAsk, more_to_ask

__all__ = ["Choice", "Compared", "Comparison", "LadderStep", "MarginSource", "compare", "ladder_step"]

FloatArray = NDArray[np.float64]
MarginSource = Literal["stated", "studies", "smallest", "default"]

_LETTERS: Final = 26
_HALF: Final = 0.5
_FEWEST_ITEMS: Final = 2  # in common, as in a pair


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One of the studies that are compared.

    Attributes
    ----------
    name : str
        What it is called here.
    task, model : str
        Of its measurement.
    accuracy : Estimate
        Of its best prompt, as measured on all of its items.
    prompt : ScoredPrompt
        Its best prompt.
    given : Study or Measurement
        As it was given: a measurement is of scores alone, of which nobody has concluded anything.
    usd_per_1000, seconds_p50, seconds_p95 : float
        What a thousand calls of it cost, in dollars, the median of a call's time, and what 95% of calls take at most;
        NaN where unknown.
    fine_tuned : Candidate or None
        Its model fine-tuned: as trained here, else as predicted; None where neither is known.
    shippable : bool
        False where it was shown the right documents, and these have to be searched in use: nobody knows the right ones
        beforehand, and it says how good a perfect search would be.
    training_score : float or None
        What an optimiser scored its instruction with, on the examples it was chosen by.
    finds_all : bool
        Whether it was shown retrieved documents, and all that answer an item were among these, for each item that names
        any.
    """

    name: str
    task: str
    model: str
    accuracy: Estimate
    prompt: ScoredPrompt
    given: Study | Measurement
    usd_per_1000: float = math.nan
    seconds_p50: float = math.nan
    seconds_p95: float = math.nan
    fine_tuned: Candidate | None = None
    shippable: bool = True
    training_score: float | None = None
    finds_all: bool = False

    @property
    def items(self) -> int:
        """Items that the best prompt has scores of."""
        return int((~np.isnan(self.prompt.item_means)).sum())


@dataclass(frozen=True, slots=True, eq=False)
class LadderStep:
    """Whether the next model up, prompted, beats this one fine-tuned.

    Attributes
    ----------
    small, big : Compared
        Two studies of different models, in the order given.
    difference : Estimate
        Accuracy of the big one's best prompt minus that of the small one fine-tuned. Its interval takes the two as
        independent, which they are not quite: the items are the same.
    outcome : "next-model", "fine-tuning" or "open"
        Which is surely better.
    """

    small: Compared
    big: Compared
    difference: Estimate
    outcome: str


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Which of several studies' prompts to ship.

    Attributes
    ----------
    ship, runner_up : Compared
        The one, and the next best.
    why : "only", "better", "accuracy", "usd_per_1000" or "seconds_p50"
        It is the only one that can be shipped; or surely better than all others that can be; or it has the highest
        accuracy, and others cannot be told apart from it; or of those hardly below the best it has the lowest price,
        mistakes counted where it is known what they cost, or the shortest time.
    pair : StudyPair
        The two, compared.
    accuracy : Estimate
        What the one is worth: as measured, without the optimism of its pick.
    optimism : float
        By how much its measured accuracy is above that.
    tried : int
        Prompts it was picked from: of all that can be shipped where it was picked as the best, else of its own.
    dearer : Compared or None
        The one of the lowest price, where it is not picked since its mistakes cost more than it saves.
    more_mistakes : float
        What share of its answers that one has wrong beyond those of what is picked.
    """

    ship: Compared
    runner_up: Compared
    why: str
    pair: StudyPair
    accuracy: Estimate
    optimism: float
    tried: int
    dearer: Compared | None = None
    more_mistakes: float = 0.0

    @property
    def is_level(self) -> bool:
        """Whether the one does no better than the other on the items of both, and is not picked for price or time."""
        same = self.pair.same or math.isclose(*(each.value for each in self.pair.accuracies))
        return self.why == "accuracy" and same


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(PlotDisplay, TableDisplay):
    """Studies compared in pairs, item by item.

    A notebook shows its answers, a picture of the differences and a table.

    Attributes
    ----------
    studies : tuple of Compared
        What is compared, in the order given; the first is what the others are held against for a regression.
    pairs : tuple of StudyPair
        The best prompts of each two.
    at_shots : tuple of StudyPair
        The same at each number of random examples that both measured; empty unless that was wanted.
    margin, level : float
        The smallest difference that matters, and how surely all intervals of `pairs` together hold, and all of
        `at_shots` (Bonferroni).
    missed : tuple of str
        Ids of items that every study has, and none ever scores above 0 on, with its best prompt.
    candidates : tuple of Candidate
        Everything that can be shipped of the studies, each with the study's name before its own.
    inputs : mapping of str to str
        Inputs of items by id, where the task can still be read and has not changed.
    margin_source : "stated", "studies", "smallest" or "default"
        Whether the margin was stated, or is that of all studies, or the smallest of theirs, or, where none has any, the
        default for so many items: see `curvefit.Criteria`.
    tried : int
        Prompts of what is picked and of all that share half or more of its items and can be shipped.
    optimism : float
        By how much the best score of all these is too high, having been picked from them; NaN where they have too few
        items in common.
    to_ask : tuple of MoreToAsk
        What one study has and another, which cannot be told from it, could be asked: the most for each.

    Examples
    --------
    >>> task = cf.load_task("sample_tasks/tickets")
    >>> design = cf.Design(shots=(0, 4), draws=2, items=40)
    >>> studies = {name: cf.measure(task, design, cf.resolve(f"simulated/{name}")) for name in ("flat", "plateau")}
    >>> cf.compare(studies)
    <Comparison of 2 studies: 'plateau' better than 'flat' by +0.536 (0.348 to 0.725)>
    """

    __module__ = "curvefit"

    studies: tuple[Compared, ...]
    pairs: tuple[StudyPair, ...]
    margin: float
    level: float
    at_shots: tuple[StudyPair, ...] = ()
    missed: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    margin_source: MarginSource = "stated"
    tried: int = 0
    optimism: float = math.nan
    to_ask: tuple[MoreToAsk, ...] = ()

    def __repr__(self) -> str:
        return f"<Comparison of {len(self.studies)} studies: {'; '.join(map(_told, self.pairs))}>"

    def pair(self, first: str, second: str) -> StudyPair:
        """Return the pair of these two studies, whichever way round it is.

        Raises
        ------
        KeyError
            There is none.
        """
        for pair in self.pairs:
            if {pair.first, pair.second} == {first, second}:
                return pair
        raise KeyError((first, second))

    @property
    def tolerated_loss(self) -> float:
        """How much accuracy may be given up for price or speed: the margin, where not stated at most two points.

        The margin of a study may be all that its items can tell, which is no loss to take. Where it is known what a
        mistake costs, a loss is set against the price, and the whole margin comes into question.
        """
        return self.margin if self.margin_source == "stated" or self.error_usd else min(self.margin, MARGIN)

    @property
    def stated_error_usd(self) -> tuple[tuple[float, float], ...]:
        """What a mistake costs by the studies that state it, both ends, each once."""
        costs = [each.given.costs for each in self.studies if isinstance(each.given, Study)]
        ends = [(each.error_usd, each.most_error_usd) for each in costs if each is not None and each.most_error_usd]
        return tuple(dict.fromkeys(ends))

    @property
    def error_usd(self) -> float:
        """What a mistake costs, at most, where the studies that state it agree; else 0."""
        stated = self.stated_error_usd
        return stated[0][1] if len(stated) == 1 else 0.0

    @property
    def choice(self) -> Choice:
        """Which one to ship.

        The most accurate on the items it has in common with the others, unless others are at most `tolerated_loss`
        below it and none is surely better than they: then the cheapest of these where all their prices are known, else
        the fastest where all their times are, unless it may be luck that it was: see `_is_surely_faster`. Mistakes are
        in the price where it is known what they cost (`error_usd`), and for time none are taken then. None is named
        for its price or time whose own report ships no prompt. Of equal ones that price and time do not tell apart,
        one whose report does, then the one ahead without the luck of its pick, then the first.
        """
        given = self.picked_from
        ranked = sorted(given, key=lambda one: round(sum(self._lead(one, each) for each in given), 9), reverse=True)
        contenders = [each for each in ranked if not any(self._beats(other, each) for other in ranked)]
        contenders = contenders or ranked  # pairs rest on items of their own, so that each may be beaten by another
        ship = contenders[0]
        why = "better" if all(self._beats(ship, each) for each in ranked if each is not ship) else "accuracy"
        why = "only" if len(ranked) == 1 else why
        near = [each for each in contenders if self._lead(ship, each) <= self.tolerated_loss]
        # The prices of one prompt, asked of other items, are no reason.
        apart = [each for each in near if each is ship or not self.pair(each.name, ship.name).same_prompt]
        usable = [each for each in apart if _ships_a_prompt(each)]
        best, dearer = ship, None
        for cost in ("usd_per_1000", "seconds_p50"):
            if cost == "seconds_p50" and self.error_usd:
                usable = [each for each in usable if round(self._lead(best, each), 9) <= 0]
            costs = [getattr(each, cost) for each in usable]
            if len(usable) < 2 or any(map(math.isnan, costs)) or min(costs) == max(costs):
                continue
            least = cheapest = usable[int(np.argmin(costs))]
            if cost == "usd_per_1000":
                least = min(usable, key=lambda each: self._usd_with_mistakes(best, each))
                dearer = cheapest if cheapest.usd_per_1000 < least.usd_per_1000 else None
            slower = [each for each in usable if each is not least] if least is ship else [ship]
            if cost == "usd_per_1000" or all(_is_surely_faster(least, each) for each in slower):
                ship, why = least, cost
                break
        if why == "accuracy":
            level = [each for each in self.studies if each in contenders and self._is_level(each, ship)]
            ship = min(level, key=lambda each: (not _ships_a_prompt(each), abs(round(self._lead(ship, each), 9))))
        rest = sorted(self.studies, key=lambda each: self._lead(each, ship), reverse=True)
        others = [each for each in (*contenders, *ranked, *rest) if each is not ship]
        prompt = ship.prompt
        picked: Comparison | ScoredPrompt = prompt
        if why in ("better", "accuracy") and not math.isnan(self.optimism):
            picked = self  # as the best of all
        worth, pair = fair_accuracy(ship.accuracy, picked.optimism), self.pair(ship.name, others[0].name)
        more = 0.0 if dearer is None else self._lead(best, dearer) - self._lead(best, ship)
        return Choice(ship, others[0], why, pair, worth, picked.optimism, picked.tried, dearer, more)

    def concluded(self, one: Compared) -> Study:
        """Return what was concluded of one that is compared: of scores alone, what `analyze` makes of these."""
        given = one.given
        return given if isinstance(given, Study) else analyze(given, margin=self.margin, level=self.level)

    def is_mostly_wrong(self, accuracy: Estimate) -> bool:
        """Whether what is picked, of that accuracy, is wrong more often than right: surely, where a model judged."""
        ship = self.choice.ship
        surely = ship.prompt.curve.judge is None or self.concluded(ship).mostly_wrong == "yes"
        return surely and accuracy.value < USEFUL

    @property
    def picked_from(self) -> Sequence[Compared]:
        """Those of which one is picked: that can be shipped, or all where none can."""
        return [each for each in self.studies if each.shippable] or self.studies

    @property
    def beside_choice(self) -> tuple[Compared, ...]:
        """What is picked, and those it could be picked from by its score: that share half or more of its items.

        By fewer nobody can tell how lucky that score is.
        """
        ship = self.choice.ship
        half = ship.items / 2
        return tuple(each for each in self.picked_from if each is ship or self.pair(each.name, ship.name).items >= half)

    @property
    def out_of_reach(self) -> tuple[Compared, ...]:
        """Studies that need a perfect search and are surely better than all others, which are right in half or less."""
        left_out, others = ([each for each in self.studies if each.shippable == ships] for ships in (False, True))
        if not others or max(each.accuracy.value for each in others) > _HALF:
            return ()
        return tuple(each for each in left_out if all(self._beats(each, other) for other in others))

    @property
    def searched(self) -> tuple[Compared, ...]:
        """Studies that were shown retrieved documents."""
        return tuple(each for each in self.studies if _context(each.prompt.curve).startswith("retrieved"))

    @property
    def ladder(self) -> tuple[LadderStep, ...]:
        """For each two studies in turn that are of different models: the next model, or fine-tuning this one?

        Where the next model's prompt does no better than this one's, or needs a perfect search, it is no step up.
        """
        turns = zip(self.studies, self.studies[1:], strict=False)
        return tuple(
            ladder_step(small, big, small.fine_tuned)
            for small, big in turns
            if small.fine_tuned is not None
            and small.model != big.model
            and big.shippable
            and self._lead(big, small) > 0
        )

    def _usd_with_mistakes(self, best: Compared, each: Compared) -> float:
        """Return what a thousand calls cost with the mistakes beyond those of the best, as within a study."""
        return usd_with_mistakes(each.usd_per_1000, self.error_usd, self._lead(best, each))

    def _lead(self, one: Compared, other: Compared) -> float:
        """Return by how much one is more accurate, on the items of both alone."""
        if one is other:
            return 0.0
        pair = self.pair(one.name, other.name)
        return pair.difference.value if pair.second == one.name else -pair.difference.value

    def _is_level(self, one: Compared, other: Compared) -> bool:
        """Whether two score the same on the items of both, with or without the luck of their picks."""
        if round(self._lead(one, other), 9) == 0:
            return True
        return math.isclose(*(each.value for each in self.pair(one.name, other.name).accuracies))

    def _beats(self, one: Compared, other: Compared) -> bool:
        if one is other:
            return False
        pair = self.pair(one.name, other.name)
        wins = "better" if pair.second == one.name else "worse"
        return pair.outcome == wins and not pair.depends_on_missing

    @property
    def regressions(self) -> tuple[StudyPair, ...]:
        """Pairs of the first study and a later one that is surely worse, by more than the margin."""
        return tuple(pair for pair in self.pairs if pair.first == self.studies[0].name and pair.regression)

    @property
    def cautions(self) -> tuple[Reason, ...]:
        """What may make it wrong, each once."""
        return tuple(dict.fromkeys(reason for pair in (*self.pairs, *self.at_shots) for reason in pair.cautions))


def _told(pair: StudyPair) -> str:
    by = f"{pair.difference.value:+.3f} ({pair.difference.low:.3f} to {pair.difference.high:.3f})"
    if pair.outcome in ("better", "worse"):
        return f"{quoted(pair.second)} {pair.outcome} than {quoted(pair.first)} by {by}"
    return f"{quoted(pair.second)} against {quoted(pair.first)} {pair.outcome}, {by}"


def compare(
    studies: Sequence[Study | Curve] | Mapping[str, Study | Curve],
    *,
    margin: float | None = None,
    level: float = 0.9,
    all_shots: bool = False,
) -> Comparison:
    """Compare studies in pairs on the items they have in common.

    Of each study the best prompt is compared, item by item (see `curvefit.payoff.comparison.paired_difference`). The
    best of several looks better than it is, since it was picked by its score: by that optimism each side is corrected.
    Nothing is asked.

    Parameters
    ----------
    studies : sequence, or mapping of name to study
        Two or more studies, or curves of single scores, such as `read_scores` and `Curve.from_frame` return. Without
        names they are called by their models, where these differ.
    margin : float, optional
        The smallest difference in accuracy that matters, in (0, 1); by default the smallest that a study has. Where
        none has any, the default for the number of items of the one with the most: from 0.02 to 0.05.
    level : float
        How surely all intervals of differences between best prompts hold the truth together (Bonferroni), in (0, 1).
    all_shots : bool
        Whether to compare also at each number of random examples that two studies have in common.

    Raises
    ------
    CurveError
        Fewer than two studies, no single scores, different tasks, fewer than two items in common, or out of range:
        margin or level.

    Examples
    --------
    >>> small, large = (cf.read_study(f"reports/tickets/local-{name}") for name in ("smollm2-135m", "gemma3-270m"))
    >>> comparison = cf.compare([small, large], margin=0.05)
    >>> comparison.pairs[0].outcome, comparison.pairs[0].items
    ('better', 30)
    """
    given = _named(studies)
    check_criteria(MARGIN if margin is None else margin, level, None)
    margin, margin_source = _margin(margin, given.values(), level)
    curves = {name: each.curve if isinstance(each, Study) else each for name, each in given.items()}
    tasks = TasksOfItems()
    named = {name: tasks.identified(measured) for name, measured in curves.items()}
    best = {name: ScoredPrompt.best(measured) for name, measured in named.items()}
    pairs, at_shots = list[Sides](), list[Sides]()
    for names in combinations(named, 2):
        first, second = (named[name] for name in names)
        common = common_items(first, second, names)
        cautions = (
            *common.cautions(first, second, names),
            *(
                reason
                for name, each in zip(names, (first, second), strict=True)
                for reason in _given_away(name, each, tasks)
            ),
        )
        pairs.append(_sides(names, (best[names[0]], best[names[1]]), common, cautions))
        for shots in _common_shots(first, second) if all_shots else ():
            there = (ScoredPrompt(first, shots), ScoredPrompt(second, shots))
            at_shots.append(replace(_sides(names, there, common, cautions), shots=shots))
    searched = any(_context(measured).startswith("retrieved") for measured in named.values())
    candidates = {name: _candidates(study, level) for name, study in given.items()}
    compared = tuple(
        Compared(
            name,
            named[name].task,
            named[name].model,
            prompt.accuracy(level),
            prompt,
            given[name],
            *_costs(prompt, candidates[name]),
            _fine_tuned(candidates[name]),
            not (tasks.needs_search(named[name]) or (searched and _context(named[name]) == "given")),
            finds_all=_finds_all(named[name], tasks),
        )
        for name, prompt in best.items()
    )
    told = _compared_pairs(pairs, margin, level)
    to_ask = sorted((more for pair in told for more in more_to_ask(pair, given)), key=lambda more: more.items)
    made = Comparison(
        studies=compared,
        pairs=told,
        margin=margin,
        level=level,
        at_shots=_compared_pairs(at_shots, margin, level),
        missed=_missed(list(best.values())),
        candidates=tuple(
            replace(each, name=f"{study.name}: {each.name}")
            for study in compared
            if study.shippable
            for each in candidates[study.name]
        ),
        inputs=tasks.inputs(named.values()),
        margin_source=margin_source,
        to_ask=tuple({more.name: more for more in to_ask}.values()),
    )
    tried, luck = _best_of_all([named[each.name] for each in made.beside_choice])
    return replace(made, tried=tried, optimism=luck)


def _margin(stated: float | None, studies: Iterable[Study | Measurement], level: float) -> tuple[float, MarginSource]:
    """Return the smallest difference that matters, and whose that is; measurements alone have that of their items."""
    if stated is not None:
        return stated, "stated"
    theirs = {study.margin for study in studies if isinstance(study, Study)}
    if theirs:
        return min(theirs), "studies" if len(theirs) == 1 else "smallest"
    items = max(study.n_items for study in studies if isinstance(study, Measurement))
    return default_margin(items, level) if items else MARGIN, "default"


def _candidates(study: Study | Measurement, level: float) -> tuple[Candidate, ...]:
    if isinstance(study, Study):
        return study.candidates
    return candidates_of(study, None, level=level)


def _ships_a_prompt(each: Compared) -> bool:
    if not isinstance(each.given, Study):
        return True
    advice = each.given.advice
    return advice.ships == "prompt" and advice.action != "retrieve"  # which comes before any prompt


def _best_of_all(measured: Sequence[Measurement]) -> tuple[int, float]:
    """Return how many prompts these have, and the best one's optimism by the items that all have.

    To choose between copies is no choice: those with the same score everywhere count once.
    """
    by_content = all(each.digests for each in measured)
    places = [
        {name: place for place, name in enumerate(each.digests if by_content else each.items)} for each in measured
    ]
    common = [name for name in places[0] if all(name in others for others in places)]
    if len(common) < _FEWEST_ITEMS:
        return sum(each.tried for each in measured), math.nan
    scores = [
        [prompts[:, :, [where[name] for name in common]] for prompts in scores_of(each)]
        for each, where in zip(measured, places, strict=True)
    ]
    first = [i for i, each in enumerate(scores) if not any(_equal(each, other) for other in scores[:i])]
    apart = [prompts for i in first for prompts in scores[i]]
    assumed = [own for i in first for own in assumed_of(measured[i])]
    groups: tuple[int, ...] = ()
    for each, where in zip(measured, places, strict=True):
        groups = joined_groups(groups, [each.groups[where[name]] for name in common] if each.groups else ())
    return sum(measured[i].tried for i in first), optimism(apart, assumed, groups=group_numbers(groups))


def _equal(one: Sequence[FloatArray], other: Sequence[FloatArray]) -> bool:
    return len(one) == len(other) and all(map(partial(np.array_equal, equal_nan=True), one, other))


def ladder_step(small: Compared, big: Compared, tuned: Candidate) -> LadderStep:
    """Return how much better the prompt of one model is than another one fine-tuned."""
    prompted, reached = big.accuracy, tuned.accuracy
    value = prompted.value - reached.value
    low = value - math.hypot(prompted.value - prompted.low, reached.high - reached.value)
    high = value + math.hypot(prompted.high - prompted.value, reached.value - reached.low)
    outcome = "next-model" if low > 0 else "fine-tuning" if high < 0 else "open"
    return LadderStep(small, big, Estimate(value, max(low, -1.0), min(high, 1.0), prompted.level), outcome)


def _context(measured: Measurement) -> str:
    return dict(measured.overrides).get("context", "")


def _given_away(name: str, measured: Measurement, tasks: TasksOfItems) -> Iterator[Reason]:
    known = tasks.documents(measured) if _context(measured) == "given" else None
    return iter(()) if known is None else given_away(name, known.items, known.named)


def _finds_all(measured: Measurement, tasks: TasksOfItems) -> bool:
    known = tasks.documents(measured) if _context(measured).startswith("retrieved") else None
    return known is not None and 0 < known.named == known.shown


def _fine_tuned(candidates: Sequence[Candidate]) -> Candidate | None:
    """Return what was validated, else trained here, else predicted."""
    for basis in ("validated", "probed", "predicted"):
        found = [each for each in candidates if each.basis == basis]
        if found:
            return found[-1]
    return None


def _is_surely_faster(one: Compared, other: Compared) -> bool:
    """Whether a study's calls take less than another's: as 95% of them do, and by more than the medians' own error.

    Times are taken to be normal up to their 95% quantile, and each item to be one call. The unknown is no objection.
    """
    spread = math.hypot(*((each.seconds_p95 - each.seconds_p50) / math.sqrt(each.items) for each in (one, other)))
    noise = math.sqrt(math.pi / 2) * spread  # 95% sure, one-sided: the same normal quantile as is in the spread
    return not (one.seconds_p95 > other.seconds_p95 or other.seconds_p50 - one.seconds_p50 <= noise)


def _costs(prompt: ScoredPrompt, candidates: Iterable[Candidate]) -> tuple[float, float, float]:
    """Return price and times of a prompt, among what its study could ship."""
    each = prompt_among(candidates, prompt.shots, retrieved=prompt.retrieved)
    return (math.nan,) * 3 if each is None else (each.usd_per_1000, each.seconds_p50, each.seconds_p95)


def _named(studies: Any) -> dict[str, Study | Measurement]:
    """Return studies by name."""
    given = studies.values() if isinstance(studies, Mapping) else studies
    if isinstance(given, str) or not isinstance(given, Sequence | type({}.values())):
        raise CurveError(f"studies are compared, in a list or by name, not {type(studies).__name__}")
    wrong = next((each for each in given if not isinstance(each, Study | Curve)), None)
    if wrong is not None:
        raise CurveError(f"a study or a measurement is needed, such as read_study(PATH), not {type(wrong).__name__}")
    given = [each if isinstance(each, Study) else as_measurement(each) for each in given]
    curves = [each.curve if isinstance(each, Study) else each for each in given]
    if len(curves) < 2:
        raise CurveError(f"a comparison needs two studies, and {len(curves)} was given")
    names = [str(name) for name in studies] if isinstance(studies, Mapping) else [curve.model for curve in curves]
    if len(set(names)) < len(names) or not all(names):
        names = [f"{letter}: {name}" if name else letter for letter, name in zip(_letters(), names, strict=False)]
    return dict(zip(names, given, strict=True))


def _letters() -> Iterator[str]:
    return (chr(ord("A") + n) if n < _LETTERS else f"study {n + 1}" for n in count())


def _common_shots(first: Measurement, second: Measurement) -> tuple[int, ...]:
    """Return numbers of random examples at which both have scores of about as many items as anywhere."""
    ours, theirs = ({int(k) for k in of.shots[of.observed][of.whole]} for of in (first, second))
    return tuple(sorted(ours & theirs)) if first.drawn and second.drawn else ()


def _compared_pairs(sides: Sequence[Sides], margin: float, level: float) -> tuple[StudyPair, ...]:
    """Compare each, at a level at which all intervals together hold (Bonferroni)."""
    return tuple(compared_pair(each, margin=margin, level=1 - (1 - level) / len(sides)) for each in sides)


def _sides(
    names: tuple[str, str],
    prompts: tuple[ScoredPrompt, ScoredPrompt],
    common: CommonItems,
    cautions: tuple[Reason, ...],
) -> Sides:
    first, second = prompts[0].on(common.first), prompts[1].on(common.second)
    shared = _share_draws(prompts[0].curve, prompts[1].curve)
    if _name_the_same_draws(first.curve, second.curve):
        first, second = first.in_order(second.curve.draw_names), second.in_order(first.curve.draw_names)
        second = second.in_order(first.curve.draw_names)
        shared = draws_go_together(first.scores, second.scores)
    return Sides(names=names, prompts=(first, second), shared_draws=shared, cautions=cautions)


def _name_the_same_draws(first: Measurement, second: Measurement) -> bool:
    """Whether all that one table calls its draws stand in the other too."""
    one, other = (set(of.draw_names) - {""} for of in (first, second))
    return bool(one and other) and (one <= other or other <= one)


def _share_draws(first: Measurement, second: Measurement) -> bool:
    """Whether both were shown the same examples in draw d: the same seed cuts the same pool in the same order."""
    one, other = first.design, second.design
    if one is None or other is None or (first.task, first.pool) != (second.task, second.pool):
        return False
    same_file = first.path == second.path  # or both were made in memory
    drawn_alike = (one.seed, one.selection, one.ordered_by) == (other.seed, other.selection, other.ordered_by)
    return first.drawn and same_file and drawn_alike


def _missed(prompts: Sequence[ScoredPrompt]) -> tuple[str, ...]:
    """Return ids of items that all have and none scores above 0 on."""
    by_content = all(prompt.curve.digests for prompt in prompts)
    names = [prompt.curve.digests if by_content else prompt.curve.items for prompt in prompts]
    wrong = [
        {name for name, mean in zip(known, prompt.item_means, strict=True) if mean == 0}
        for known, prompt in zip(names, prompts, strict=True)
    ]
    everywhere = set.intersection(*wrong)
    return tuple(item for item, name in zip(prompts[0].curve.items, names[0], strict=True) if name in everywhere)
