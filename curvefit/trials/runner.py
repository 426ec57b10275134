"""Asking, in order, losing and repeating nothing. Lives here: concurrency and retries; nothing about scores."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from curvefit.errors import CallFailed, CurvefitError, PromptTooLong
from curvefit.models.base import Completion, Model
from curvefit.trials.design import Trial
from curvefit.trials.journal import Journal, Origin
from curvefit.trials.plan import Plan

__all__ = ["Outcome", "Progress", "ask"]

Progress = Callable[[int, int], None]  # requests answered, requests in all

_ATTEMPTS: Final = 5
_FIRST_PAUSE: Final = 0.5  # seconds; doubles with each attempt, with jitter
_SILENCE: Final = 10  # requests in a row without a reply, each asked so often, after which nobody is there


@dataclass(frozen=True, slots=True)
class Outcome:
    """The replies to a plan.

    Attributes
    ----------
    digests : dict of Trial to str
        Which request each trial sends. Trials that send the same (at 0 shots every draw does) share one.
    replies : dict of str to Completion
        By digest. A trial whose request failed for good has none: it is missing, not wrong.
    asked : int
        How many requests were sent now, rather than found in the journal.
    """

    digests: dict[Trial, str]
    replies: dict[str, Completion]
    asked: int


async def ask(plan: Plan, model: Model, journal: Journal, progress: Progress | None = None) -> Outcome:
    """Answer every trial of a plan, from the journal where it can be.

    A model that keeps prefixes gets each draw on one lane, in order: demonstrations are computed once. Before the
    first new request after old ones it is warmed with the request before it, so that an interrupted run continues
    with the cache, and the account of cached tokens, of an undisturbed one.

    Raises
    ------
    CallFailed
        A call failed in a way that would befall the others too (a wrong key), or many requests in a row got no reply.
        Replies got before are kept, and those on their way are waited for.
    """
    digests = {trial: plan.request(trial).digest(model.identity) for trial in plan.trials()}
    replies = journal.find(digests.values())
    first: dict[str, Trial] = {}
    for trial, digest in digests.items():
        first.setdefault(digest, trial)
    total, old = len(first), len(replies)
    unanswered = 0
    fatal: list[CurvefitError] = []

    def report() -> None:
        if progress is not None:
            progress(len(replies), total)

    async def follow(lane: Sequence[Trial]) -> None:
        nonlocal unanswered
        warmed = True
        for position, trial in enumerate(lane):
            digest = digests[trial]
            if fatal:
                return
            if digest in replies:
                warmed = False
                continue
            if not warmed:
                await model.warm(plan.request(lane[position - 1]))
                warmed = True
            try:
                reply = await _attempt(plan, model, trial)
            except (PromptTooLong, CallFailed) as error:
                fatal.append(error)  # the others finish what they have asked: it is paid for
                return
            if isinstance(reply, CallFailed):
                unanswered += 1
                if unanswered >= _SILENCE:
                    fatal.append(
                        CallFailed(f"no reply to {unanswered} requests in a row, the last time because of {reply}")
                    )
                continue
            unanswered = 0
            origin = Origin(plan.task.name, model.name, trial.shots, trial.draw, plan.items[trial.item].id)
            replies[digest] = journal.record(digest, reply, origin)
            report()

    waiting = deque(_lanes(list(first.values()), by_draw=model.keeps_prefix))

    async def work() -> None:
        while waiting:
            await follow(waiting.popleft())

    report()
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, model.concurrency)):
                group.create_task(work())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    if fatal:
        raise fatal[0]
    return Outcome(digests, replies, asked=len(replies) - old)


def _lanes(trials: Sequence[Trial], *, by_draw: bool) -> list[list[Trial]]:
    """Split trials into runs that must be asked in order: one a draw, or each on its own."""
    if not by_draw:
        return [[trial] for trial in trials]
    lanes: dict[int, list[Trial]] = {}
    for trial in trials:
        lanes.setdefault(trial.draw, []).append(trial)
    return list(lanes.values())


async def _attempt(plan: Plan, model: Model, trial: Trial) -> Completion | CallFailed:
    """Ask once, and again after failures that may pass; return what kept this one request from a reply."""
    for attempt in range(_ATTEMPTS):
        try:
            return await model.complete(plan.request(trial))
        except PromptTooLong as error:
            raise PromptTooLong(f"{trial.shots} shots: {error}") from None
        except CallFailed as error:
            if error.refused:
                return error
            if not error.retryable:
                raise
            failure = error
            if attempt + 1 < _ATTEMPTS:
                await asyncio.sleep(_FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 (jitter)
    return failure
