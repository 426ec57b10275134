"""What a next step takes, and the chance that it settles its question. Lives here: prices of steps; nothing is asked.

A step that measures is priced from what its study took: calls, dollars and seconds at each number of shots, on a line
in the number of shots, since each example adds the same. Real training is priced at the pace of the models here, or by
the list of prices where a provider does it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curvefit.command_words import option_values
from curvefit.curves.reason import Reason, Value
from curvefit.decision.listed_costs import hosting_of_probe, most_of_probe, unlisted_training
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.comparison import SURE
from curvefit.payoff.hierarchy import USUAL_ERROR
from curvefit.payoff.predictor import AS_MANY, Payoff

__all__ = [
    "BETWEEN_MODELS",
    "LACKS",
    "MEASURES_MORE",
    "PROMPT_STEPS",
    "RETRIEVAL_LED",
    "SETTLE_NOTHING",
    "TRIALS",
    "USUAL_ITEMS",
    "NextStep",
    "ProbeOutline",
    "Wider",
    "finishing",
    "more_items",
    "most_useful",
    "priced",
    "retrieved_shots",
    "room_for_examples",
    "wider",
    "with_closing_step",
    "without_retrieval",
]

_RETRIEVED: Final = (1, 4, 16)  # most similar examples, where it is not said how many
_FILLED: Final = 0.9  # of the room for examples: the longest prompt has to fit, and what is known is the mean
_MOST: Final = 3  # steps that are shown
# What a measurement may have too little of: examples, items, room in a prompt.
LACKS: Final = ("lacks_examples", "lacks_items", "lacks_room")
_USD_PER_MINUTE: Final = 0.02  # what waiting counts for, so that money and time are one order
_UNKNOWN_CHANCE: Final = 0.5
_LEAST_CHANCE: Final = 0.1  # to settle its question, of a step that is worth naming
# In so many laboratory units the best of the most similar examples led the best of random ones by over 2 points.
RETRIEVAL_LED: Final = (29, 40)
BETWEEN_MODELS: Final = 0.14  # by how much gains of two models on one task differ there, root mean square of 16 tasks
_CHECKS: Final = 1.2  # time of training with its checks on the held-out part, to that without
PROMPT_STEPS: Final = ("show-similar", "fewer-examples", "ship")  # that say which prompt to use
SETTLE_NOTHING: Final = (
    *PROMPT_STEPS, "use-classifier", "improve-prompt", "add-examples", "see-errors", "small-run", "state-error-usd",
)  # fmt: skip
MEASURES_MORE: Final = ("more-shots", "past-classes", "past-jump", "see-fall", "see-rise", "narrow")  # of the curve
TRIALS: Final = ("probe", "probe-elsewhere", "small-run")  # that train on a small scale
USUAL_ITEMS: Final = 100  # that a run scores
_TIMES: Final = 4  # as many items halve an error
_MUCH_NARROWER: Final = 0.25  # by so much of an interval; for less nobody scores again


@dataclass(frozen=True, slots=True)
class NextStep(Reason):
    """A step to take, code and values as of a reason, with what it takes.

    Attributes
    ----------
    calls : int or None
        Requests it sends; None where unknown, or where it is not a command that asks.
    usd : float or None
        About what these cost; None where unknown.
    minutes : float or None
        About how long it takes, training included; None where unknown.
    chance : float or None
        That it settles its question: whether more examples help, which prompt is best, or whether training pays. None
        where unknown, and for what is to be done rather than found out.

    Examples
    --------
    >>> study = cf.analyze(cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200))
    >>> study.advice.next_steps[0].code
    'narrow'
    """

    calls: int | None = None
    usd: float | None = None
    minutes: float | None = None
    chance: float | None = None

    @property
    def cost(self) -> float:
        """Dollars and minutes as one number, to compare steps by: a call whose time is unknown counts as a second.

        Infinite where nothing is known.
        """
        minutes = self.minutes
        if minutes is None:
            minutes = self.calls / 60 if self.calls else math.inf
        return (self.usd or 0.0) + _USD_PER_MINUTE * minutes

    def __reduce__(self) -> tuple[Any, ...]:
        return NextStep, (self.code, dict(self.values), self.calls, self.usd, self.minutes, self.chance)


@dataclass(frozen=True, slots=True)
class ProbeOutline:
    """A probe, as far as the size of the pool and the name of the model say it.

    Attributes
    ----------
    sizes, passes : tuple of int
        Numbers of training examples, and how often each is read at most.
    seeds : int
        Trainings of each size.
    pace : float or None
        Seconds of one core for a token that is learned; None where unknown.
    own : bool
        Whether the very model is trained, and not another as a hint.
    elsewhere : bool
        Whether its provider trains it.
    made_up : bool
        Whether it is there to practise with, so that training it finds nothing out.
    """

    sizes: tuple[int, ...]
    passes: tuple[int, ...]
    seeds: int
    pace: float | None
    own: bool
    elsewhere: bool = False
    made_up: bool = False

    @property
    def examples_read(self) -> int:
        """How many examples all trainings read together, passes counted."""
        return self.seeds * sum(n * passes for n, passes in zip(self.sizes, self.passes, strict=True))


class Wider(NamedTuple):
    """What a step measures, whole: numbers of shots, draws and items in all."""

    shots: tuple[int, ...]
    draws: int
    items: int


def priced(
    steps: Sequence[Reason],
    measured: Measurement,
    payoff: Payoff | None,
    probe: ProbeOutline | None,
    *,
    in_order: bool = False,
) -> tuple[NextStep, ...]:
    """Return the first three steps, with what each takes.

    Steps that only find something out come in the order of what they cost for a chance to settle it, unless their order
    is given (`in_order`); what is to be done keeps its place. What would hardly settle anything is left out, and the
    training of a hosted model made up to try the tool.
    """
    found = [step for step in (_priced(step, measured, payoff, probe) for step in steps) if not _is_vain(step)]
    if _similar_to_come(measured) and any(step.code == "same-again" for step in found):
        found = list(without_retrieval(found))
    if probe is not None and probe.made_up:
        found = [step for step in found if step.code != "probe-elsewhere"]
    places = [place for place, step in enumerate(found) if step.code in _FIND_OUT]
    if not in_order:
        by_cost = sorted((found[place] for place in places), key=_cost_for_a_chance)
        for place, step in zip(places, by_cost, strict=True):
            found[place] = step
    return tuple(found[:_MOST])


def without_retrieval(steps: Iterable[NextStep]) -> tuple[NextStep, ...]:
    """Return steps beside a command to be finished that shows similar examples anyway: that is no step of its own."""
    return tuple(step for step in steps if step.code != "measure-retrieved")


def most_useful(steps: Sequence[NextStep]) -> tuple[NextStep, ...]:
    """Return at most three steps: what only shows or measures something is left out first, else the last."""
    kept = list(steps)
    while len(kept) > _MOST:
        spared = next((code for code in _SPARED if any(step.code == code for step in kept)), kept[-1].code)
        kept.remove(next(step for step in reversed(kept) if step.code == spared))
    return tuple(kept)


def with_closing_step(
    steps: tuple[NextStep, ...], measured: Measurement, probability: float | None = None, again: str = ""
) -> tuple[NextStep, ...]:
    """Return steps to an open answer with one that scores more items, where these are of use and no other finds it out.

    The step comes second, after what can be done at once; and in place of training on all examples, which so few items
    could not judge either. Where the prompt has to be mended first, nothing is added. A trial training after a prompt
    to ship stays the last step: it costs more.

    `probability` and `again` are as of `more_items`.
    """
    more = more_items(measured, probability, again)
    if more is None:
        return steps
    if len(measured.items) < USUAL_ITEMS and any(step.code == "fine-tune" for step in steps):
        return tuple(more if step.code == "fine-tune" else step for step in steps)
    later = TRIALS if steps and steps[0].code == "ship" else ()
    if not all(step.code in (*SETTLE_NOTHING, *later) for step in steps):
        return steps
    return (*steps[:1], more, *steps[1:])


def more_items(measured: Measurement, probability: float | None = None, again: str = "") -> NextStep | None:
    """Return the step that scores more items; None where these are of no use, or the task has no more.

    They are where they may make sure whether training pays, or where few are scored and intervals get much narrower.

    `probability` is that training pays, where that is only as sure as the items are many. A prediction from other tasks
    is not: more items leave its interval as it is. `again` is the command that had a fine-tuned model scored, ``probe``
    or ``validate``, to be given again after that.
    """
    scored = len(measured.items)
    wanted = min(measured.available, max(USUAL_ITEMS, _TIMES * scored))
    if measured.design is None or wanted <= scored:
        return None
    values: dict[str, Value] = {"items": wanted, "scored": scored, **({"again": again} if again else {})}
    more = _priced(Reason("more-items", values), measured, None, None)
    kept = _kept(measured, wanted)
    settles = 0.0 if probability is None else _chance_by_items(probability, kept)
    if settles >= _LEAST_CHANCE:
        return replace(more, chance=settles)
    few = scored < USUAL_ITEMS and 1 - math.sqrt(kept) >= _MUCH_NARROWER
    return more if few else None


def _kept(measured: Measurement, wanted: int) -> float:
    """Return the share of the variance by items that is left with so many; where they are of groups, of these same."""
    scored = len(measured.items)
    if not measured.groups:
        return scored / wanted
    per_group = float(((np.bincount(measured.groups) / scored) ** 2).sum())
    per_item = 1 / measured.independent_items
    alike = min(max((per_item - 1 / scored) / (per_group - 1 / scored), 0.0), 1.0)
    return ((1 - alike) / wanted + alike * per_group) / per_item


def _chance_by_items(probability: float, kept: float) -> float:
    """Return the chance that more items make sure what is now that probable, `kept` of the variance being left.

    All of it is taken to be that of items: it falls as their number grows, and the estimate moves by the rest.
    """
    if kept >= 1:
        return 0.0
    normal = NormalDist()
    z = normal.inv_cdf(min(max(probability, 1e-9), 1 - 1e-9))
    needed, moves = normal.inv_cdf(SURE) * math.sqrt(kept), math.sqrt(1 - kept)
    return normal.cdf((z - needed) / moves) + normal.cdf((-z - needed) / moves)


_SPARED: Final = (
    "see-errors",
    "not-in-reach",
    "improve-prompt",
    *MEASURES_MORE,
    "measure-retrieved",
)  # in this order
_FIND_OUT: Final = (*MEASURES_MORE, "measure-retrieved", "probe", "probe-elsewhere")


def _is_vain(step: NextStep) -> bool:
    """Whether a step only finds something out, and nearly surely does not."""
    return step.code in _FIND_OUT and step.chance is not None and step.chance < _LEAST_CHANCE


def _cost_for_a_chance(step: NextStep) -> float:
    return step.cost / max(_UNKNOWN_CHANCE if step.chance is None else step.chance, 1e-9)


def _priced(step: Reason, measured: Measurement, payoff: Payoff | None, probe: ProbeOutline | None) -> NextStep:
    plain = NextStep(step.code, step.values, chance=_stated_chance(step))
    if measured.design is None:  # of another tool, which has to measure it
        fitted = step.code in MEASURES_MORE and measured.by_fit
        return replace(plain, values={**step.values, "fitted": 1}) if fitted else plain
    if step.code == "same-again":
        return finishing(plain, measured)
    if step.code == "measure-retrieved":
        led, of = RETRIEVAL_LED
        asked = dict.fromkeys(retrieved_shots(measured), len(measured.items))
        return replace(_asking(plain, measured, asked), chance=led / of)
    if step.code == "retrieve-facts" and measured.documents:
        return replace(plain, values={**step.values, "documents": measured.documents})
    if step.code == "fine-tune":
        return replace(plain, values={**step.values, **unlisted_training(measured)})
    if step.code in ("probe", "small-run"):
        return _training(plain, measured, payoff, probe)
    all_of_it = wider(step, measured)
    return plain if all_of_it is None else _asking(plain, measured, _new_requests(all_of_it, measured))


def finishing(step: NextStep, measured: Measurement) -> NextStep:
    """Return the step that finishes what a spending limit ended, with what its command has still to ask.

    Where the command did not say that, it is what the measurement shows to be missing.
    """
    if (left := measured.unasked) is not None:
        values = {**step.values, "most_usd": left.most_usd}
        return replace(step, values=values, calls=left.calls, usd=left.usd, minutes=left.minutes)
    lost = _by_shots(measured, measured.unanswered)
    if measured.retrieved is not None:
        lost += _by_shots(measured.retrieved, measured.retrieved.unanswered)
    elif similar := _similar_to_come(measured):
        lost += Counter(dict.fromkeys(similar, len(measured.items)))
        step = replace(step, values={**step.values, "similar": len(similar) * len(measured.items)})
    return _asking(step, measured, lost)


def _similar_to_come(measured: Measurement) -> tuple[int, ...]:
    """Return with how many similar examples its command asks that it had not come to when a cap ended it."""
    if stated := option_values(measured.command, "--retrieved"):
        return tuple(int(k) for k in stated[-1].split(",") if k.strip().isdecimal())
    return retrieved_shots(measured) if "decide" in measured.command[:2] else ()


def _stated_chance(step: Reason) -> float | None:
    chance = step.values.get("chance")
    return chance if isinstance(chance, float) else None


def retrieved_shots(measured: Measurement) -> tuple[int, ...]:
    """Return with how many of the most similar examples to ask: as far as pool and prompt go."""
    most = [limit for limit in (measured.pool, room_for_examples(measured)) if limit]
    return tuple(k for k in _RETRIEVED if all(k <= limit for limit in most))


def room_for_examples(measured: Measurement) -> int:
    """Return about how many examples a prompt has room for, by the tokens that prompts took; 0 where unknown."""
    each = _per_example(measured)
    if measured.model_context is None or each is None:
        return 0
    shots, usage = measured.taken[0]
    rest = usage.prompt_tokens / usage.calls - shots * each + (0 if measured.cut is None else measured.cut.tokens)
    return max(int(_FILLED * (measured.model_context - rest) / each), int(measured.shots[-1]))


def wider(step: Reason, measured: Measurement) -> Wider | None:
    """Return what a step measures: what there is and what it adds.

    None for other steps, for means of another tool, and where the task has too few examples or items for it.
    """
    v, design = step.values, measured.design
    if design is None or any(map(v.get, LACKS)):
        return None
    room = room_for_examples(measured)
    known, last = measured.shots.tolist(), int(measured.shots[-1])
    if step.code == "more-shots":
        shots = _doublings(last, count=_number(v["missing"]))
    elif step.code == "add-examples":
        end = _number(v["end"])
        shots = _doublings(last, end=min(end, room) if room else end)
    elif step.code == "more-items":
        shots = []
    elif step.code in MEASURES_MORE:
        end = _number(v["shots"])
        shots = _doublings(last, end=end) if step.code == "narrow" else [end]
    else:
        return None
    if step.code == "more-shots" and any(most and max(shots) > most for most in (measured.pool, room)):
        return None
    items, draws = (_number(v[name]) if v.get(name) else getattr(design, name) for name in ("items", "draws"))
    if step.code == "add-examples" and max(shots, default=0) <= last:
        return None
    return Wider(tuple(sorted({*known, *shots})), draws, items)


def _doublings(last: int, *, end: int | None = None, count: int | None = None) -> list[int]:
    """Return so many doublings of a number of shots, or all below an end, and that."""
    if count is not None:
        return [max(last, 1) * 2 ** (i + (last > 0)) for i in range(count)]
    shots, at = [], 2 * max(last, 1)
    while end is not None and at < end:
        shots.append(at)
        at *= 2
    return shots if end is None else [*shots, end]


def _number(value: Value) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _new_requests(all_of_it: Wider, measured: Measurement) -> Mapping[int, int]:
    """Return how many requests that sends besides those that were answered, at each number of shots.

    Where the most similar examples were measured too, they are of all items then.
    """
    done = _by_shots(measured, ~np.isnan(measured.scores))
    each = {k: all_of_it.items * (all_of_it.draws if k else 1) for k in all_of_it.shots}  # without examples draws share
    new = Counter({k: max(wanted - done[k], 0) for k, wanted in each.items()})
    if (similar := measured.retrieved) is not None:
        shown = _by_shots(similar, ~np.isnan(similar.scores))
        new += Counter({k: max(all_of_it.items - shown[k], 0) for k in similar.shots.tolist()})
    return new


def _by_shots(measured: Measurement, trials: NDArray[np.bool_]) -> Counter[int]:
    """Return how many requests some trials (S, D, I) are, at each number of shots."""
    rows = zip(measured.shots.tolist(), trials, strict=True)
    return Counter({k: int(row.any(axis=0).sum() if k == 0 else row.sum()) for k, row in rows})


def _asking(step: NextStep, measured: Measurement, requests: Mapping[int, int]) -> NextStep:
    """Return a step with what so many requests at each number of shots take, by what those so far took.

    Their judge is asked about as large a share of the replies as so far: equal ones are judged once.
    """
    usd = _total(requests, measured, "usd")
    seconds = _total(requests, measured, "seconds")
    if verdicts := _verdicts(measured, sum(requests.values())):
        each_usd, each_seconds = _per_verdict(measured)
        usd = None if usd is None or each_usd is None else usd + verdicts * each_usd
        seconds = None if seconds is None else seconds + verdicts * each_seconds
    minutes = None if seconds is None or not measured.concurrency else seconds / 60 / measured.concurrency
    return replace(step, calls=sum(requests.values()) + verdicts, usd=usd, minutes=minutes)


def _verdicts(measured: Measurement, requests: int) -> int:
    """Return about how many times a judge is asked about the replies to so many requests."""
    judge, asked = measured.judge, sum(usage.calls for _, usage in measured.taken)
    if judge is None or not asked:
        return 0
    of_replies = max(judge.judged - judge.labelled_right - judge.labelled_wrong, 0)
    return math.ceil(min(of_replies / asked, 1.0) * requests * (2 if judge.pairwise else 1))


def _per_verdict(measured: Measurement) -> tuple[float | None, float]:
    """Return the dollars, None where unknown, and seconds of a call of the judge: what is not the measured model's."""
    whole, similar = measured.usage, measured.retrieved
    own = [usage for _, usage in (*measured.taken, *(() if similar is None else similar.taken))]
    calls = max(whole.calls - sum(usage.calls for usage in own), 1)
    paid = [usage.usd for usage in own if usage.usd is not None]
    usd = None if whole.usd is None or len(paid) < len(own) else max(whole.usd - sum(paid), 0.0) / calls
    return usd, max(whole.seconds - sum(usage.seconds for usage in own), 0.0) / calls


def _total(requests: Mapping[int, int], measured: Measurement, what: Literal["usd", "seconds"]) -> float | None:
    """Return the sum over requests of what one takes at its number of shots: a line through what those so far took."""
    known = [
        (shots, taken / usage.calls) for shots, usage in measured.taken if (taken := getattr(usage, what)) is not None
    ]
    if not known:
        return None
    shots, each = (np.array(column, dtype=float) for column in zip(*known, strict=True))
    slope, start = np.polyfit(shots, each, 1) if len(known) > 1 else (0.0, each[0])
    return float(sum(count * max(start + slope * k, 0.0) for k, count in requests.items()))


def _per_example(measured: Measurement) -> float | None:
    """Return about how many tokens an example has: what each more in a prompt adds."""
    known = [(shots, usage.prompt_tokens / usage.calls) for shots, usage in measured.taken]
    if len(known) < 2:
        return None
    (fewest, short), *_, (most, long) = known
    return max((long - short) / (most - fewest), 1.0)


def _training(step: NextStep, measured: Measurement, payoff: Payoff | None, probe: ProbeOutline | None) -> NextStep:
    """Return a small fine-tuning with its time here, and the chance that it settles whether training pays."""
    items = len(measured.items)
    if probe is None or step.code == "small-run":
        return step if payoff is None else replace(step, chance=_chance_to_settle(payoff, items, own=True))
    if payoff is not None:
        enough = max(probe.sizes) >= AS_MANY * payoff.n_train
        step = replace(step, chance=_chance_to_settle(payoff, items, own=probe.own, enough=enough))
    if probe.elsewhere:
        most = most_of_probe(measured, probe.examples_read, items * probe.seeds * len(probe.sizes))
        values = {**step.values, **hosting_of_probe(measured), **unlisted_training(measured)}
        return NextStep("probe-elsewhere", values, usd=most, chance=step.chance)
    tokens, minutes = _per_example(measured), None
    if tokens is not None and probe.pace is not None:
        scored = items * (1 + probe.seeds * len(probe.sizes))
        scoring = _total({0: scored}, measured, "seconds") if probe.own else None
        minutes = (probe.examples_read * tokens * probe.pace * _CHECKS + (scoring or 0.0)) / 60
    return replace(step, values={"own": int(probe.own)}, calls=0, usd=0.0, minutes=minutes)


def _chance_to_settle(payoff: Payoff, items: int, *, own: bool, enough: bool = True) -> float:
    """Return the chance that a fine-tuning settles whether it pays, by the prediction of what it will show.

    That the prediction with it is sure, and of the very model the gain by itself too; that more examples would not pay
    either is shown only by nearly as many of that (`enough`). Prediction, error and outcome are taken to be normal.
    """
    normal = NormalDist()
    prediction = (payoff.gain.high - payoff.gain.low) / (2 * normal.inv_cdf((1 + payoff.gain.level) / 2))
    error = USUAL_ERROR * math.sqrt(100 / max(items, 1))  # the laboratory scored 100 items
    if not own:
        error = math.hypot(error, BETWEEN_MODELS)
    total = math.hypot(prediction, error) or 1.0
    needed = normal.inv_cdf(SURE) * error  # of the gain by itself; the prediction with it weighs it by its precision
    ways = [(needed * prediction / total, prediction**2 / total), *([(needed, total)] if own else [])]

    def chance(away: float) -> float:
        return min(normal.cdf((away - least) / spread) if spread > 0 else float(away > least) for least, spread in ways)

    away = payoff.gain.value - payoff.margin
    return chance(away) + (chance(-away) if enough or not own else 0.0)
