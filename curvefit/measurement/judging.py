"""Replies judged by a model. Lives here: asking the judge what it has not said yet, and reading its verdicts.

Its calls are trials of a task of their own: planned, capped, kept in the same journal and taken up again like any.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Final

from curvefit.errors import DesignError
from curvefit.measurement.measurement import JudgeRecord
from curvefit.measurement.scoring import answers_to
from curvefit.models.base import UNPRICED, Completion, Model, Prices, Usage
from curvefit.models.resolve import resolve
from curvefit.tasks.judge import case_of, judging_task, value_of
from curvefit.tasks.task import Item, Judge, Score, Task
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal
from curvefit.trials.rate_limiter import Stop
from curvefit.trials.runner import Outcome, Progress, ask
from curvefit.trials.spending_limits import CostBound, SpendingLimits
from curvefit.trials.trial_plan import Plan, plan, with_targets
from curvefit.trials.workload import Workload, workload

__all__ = [
    "STATE_PRICE",
    "Verdicts",
    "ask_judge",
    "asking",
    "judge_model",
    "judge_workload",
    "judging_left",
    "judging_to_come",
]

Finish = Callable[[Coroutine[None, None, Outcome], Stop], Outcome]
_CHUNK: Final = 500
STATE_PRICE: Final = "state it under judge: in task.yaml, as price: [IN, OUT], dollars for a million tokens"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a judge says of replies.

    Attributes
    ----------
    scores : mapping of (str, str) to Score
        By id of the item and answer; what it gave no verdict on is left out.
    record : JudgeRecord
        How it did on labelled replies, and what else is to be known.
    usage : Usage
        What it took.
    stopped : str
        The cap that ended it early; empty where none did.
    """

    scores: Mapping[tuple[str, str], Score]
    record: JudgeRecord
    usage: Usage
    stopped: str


def judge_model(judge: Judge, limits: SpendingLimits | None) -> Model:
    """Return the judge as a model, before anything is paid for that it is to judge.

    Raises
    ------
    DesignError
        Its price is not known, so that a cap in dollars cannot be kept; or one is stated of a model that runs here.
    ModelUnavailable
        No such model.
    """
    if judge.price and judge.model.startswith(UNPRICED):
        raise DesignError(f"{judge.model} runs here and is not sold; leave price out of judge: in task.yaml")
    model = resolve(judge.model, prices=Prices(*judge.price)) if judge.price else resolve(judge.model)
    if limits is not None and limits.caps["usd"] is not None and model.expect(1, 1, 1).usd is None:
        raise DesignError(
            f"the price of the judge {judge.model} is unknown, so that --max-usd cannot be kept; {STATE_PRICE}"
        )
    return model


def _cases(judge: Judge, pairs: Iterable[tuple[Item, str]]) -> dict[tuple[str, str], tuple[Item, ...]]:
    """Return what is asked about each pair of item and answer: one case, or a pair in both orders."""
    orders = (False, True) if judge.pairwise else (False,)
    return {
        (item.id, answer): tuple(case_of(judge, item, answer, swapped=swapped) for swapped in orders)
        for item, answer in pairs
    }


def _plan(task: Task, judge: Judge, model: Model, cases: Iterable[tuple[Item, ...]]) -> tuple[Plan, Model]:
    once = {case.id: case for several in cases for case in several}
    asked = judging_task(task.name, judge, tuple(once.values()))
    model = with_targets(model, asked)
    return plan(asked, Design((0,), draws=1, items=len(once)), model), model


def ask_judge(
    task: Task,
    answers: Iterable[tuple[Item, str]],
    model: Model,
    journal: Journal,
    ask_all: Callable[[Plan, Model], Outcome],
) -> Verdicts:
    """Ask the judge about labelled replies and about answers, unless the journal has its verdicts.

    `answers` is what is to be judged, each once. An empty answer is unreadable, and nobody is asked. `ask_all` gets a
    plan its replies: see `curvefit.trials.runner.ask`.
    """
    judge = task.judge
    assert judge is not None  # noqa: S101 - whoever calls has seen to that
    examples = task.by_id
    labelled = [(label, examples[label.item]) for label in judge.labels]
    wanted = dict.fromkeys(pair for pair in answers if pair[1].strip())
    first = _cases(judge, ((item, label.reply) for label, item in labelled))
    cases = {**first, **_cases(judge, wanted)}
    replies: dict[str, Completion] = {}
    stopped, usage = "", Usage()
    for part in (first, {pair: cases[pair] for pair in cases if pair not in first}):  # its errors, before all else
        if part and not stopped:
            trial_plan, asked = _plan(task, judge, model, part.values())
            outcome = ask_all(trial_plan, asked)
            case_ids = [trial_plan.items[trial.item].id for trial in trial_plan.trials()]
            replies.update(_replies(journal, outcome.digests, case_ids))
            usage = sum(journal.attempts(set(outcome.digests)).values(), usage)
            stopped = outcome.stopped
    usage = sum(map(Usage.of, replies.values()), usage)
    values: dict[tuple[str, str], float] = {}
    unread = contradicted = 0
    for pair, several in cases.items():
        given = [replies.get(case.id) for case in several]
        read = [
            None if reply is None else value_of(judge, reply.text, swapped=bool(order))
            for order, reply in enumerate(given)
        ]
        said = [value for value in read if value is not None]
        unread += sum(reply is not None and value is None for reply, value in zip(given, read, strict=True))
        contradicted += len(set(said)) > 1
        if len(said) == len(several):
            values[pair] = sum(said) / len(said)
    right = [values[key] for label, item in labelled if label.right and (key := (item.id, label.reply)) in values]
    wrong = [values[key] for label, item in labelled if not label.right and (key := (item.id, label.reply)) in values]
    record = JudgeRecord(
        model=judge.model,
        pairwise=judge.pairwise,
        found_right=sum(right),
        labelled_right=len(right),
        found_wrong=len(wrong) - sum(wrong),
        labelled_wrong=len(wrong),
        judged=len(cases),
        unread=unread,
        contradicted=contradicted,
    )
    scores = {
        (item.id, answer): Score(values[item.id, answer], answer)
        for item, answer in wanted
        if (item.id, answer) in values
    }
    return Verdicts(scores, record, usage, stopped)


def _replies(journal: Journal, digests: Sequence[str], names: Sequence[str]) -> Iterable[tuple[str, Completion]]:
    for start in range(0, len(digests), _CHUNK):
        some = digests[start : start + _CHUNK]
        found = journal.replies(some)
        yield from (
            (name, found[digest])
            for digest, name in zip(some, names[start : start + _CHUNK], strict=True)
            if digest in found
        )


def asking(
    journal: Journal, finish: Finish, progress: Progress | None, limits: SpendingLimits | None
) -> Callable[[Plan, Model], Outcome]:
    """Return what gets a plan its replies, within the limits of the run that it belongs to."""

    def ask_all(trial_plan: Plan, model: Model) -> Outcome:
        stop = Stop()
        return finish(ask(trial_plan, model, journal, progress, limits, stop), stop)

    return ask_all


def judge_workload(plans: Sequence[Plan], answering: Model, model: Model, journal: Journal) -> Workload:
    """Return what it takes to have the replies to plans of one task judged, and its labels.

    Of replies that the journal has it is those that the judge has not seen, equal ones once. Requests that it has no
    reply to get another reply each, at most, as long as the target. `model` is the judge.
    """
    task = plans[0].task
    judge, examples = task.judge, task.by_id
    assert judge is not None  # noqa: S101 - whoever calls has seen to that
    pairs = [(examples[label.item], label.reply) for label in judge.labels]
    to_come = set[str]()
    for each in plans:
        digests = each.digests(answering.identity)
        to_come |= {*digests} - journal.answered(dict.fromkeys(digests))
        pairs += [pair for pair in answers_to(each, journal, digests) if pair[1].strip()]
    needed = [_workload(task, judge, model, pairs, journal)] if pairs else []
    if to_come:
        needed.append(_to_come(task, model, plans[0].items, len(to_come)))
    return reduce(add, needed, Workload(0, 0, 0, 0, 0, 0, 0, 0))


def judging_to_come(task: Task, items: Sequence[Item], replies: int) -> CostBound:
    """Return what judging so many replies to these items costs, were all different, and no longer than targets.

    Nothing where no model judges; NaN dollars where the judge has no known price.
    """
    if task.judge is None:
        return CostBound(calls=0)
    with closing(judge_model(task.judge, None)) as model:
        return _most(_to_come(task, model, items, replies), model)


def judging_left(replies: Plan, answering: Model, journal: Journal) -> CostBound:
    """Return what judging the replies to a plan still costs, as `judging_to_come` does, by what a journal has."""
    if replies.task.judge is None:
        return CostBound(calls=0)
    with closing(judge_model(replies.task.judge, None)) as model:
        return _most(judge_workload([replies], answering, model, journal), model)


def _to_come(task: Task, model: Model, items: Sequence[Item], replies: int) -> Workload:
    """Return what it takes to have so many replies to items judged that are still to come, as long as targets."""
    judge = task.judge
    assert judge is not None  # noqa: S101 - whoever calls has seen to that
    with Journal(None) as nothing:
        once = _workload(task, judge, model, ((item, item.target) for item in items), nothing)
    return once.times(replies / len(items))


def _most(needed: Workload, model: Model) -> CostBound:
    usd = needed.most_usd(model)
    tokens = needed.prompt_tokens + needed.most_completion_tokens
    return CostBound(tokens, math.nan if usd is None else usd, needed.calls)


def _workload(task: Task, judge: Judge, model: Model, pairs: Iterable[tuple[Item, str]], journal: Journal) -> Workload:
    trial_plan, asked = _plan(task, judge, model, _cases(judge, pairs).values())
    return workload(trial_plan, asked, journal)
