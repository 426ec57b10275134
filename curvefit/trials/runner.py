"""Asking, losing and repeating nothing. Lives here: what happens to a request between plan and journal.

One event loop drives everything: it keeps the schedule, the pace, the limits and the journal. A model only answers, so
that one whose answers come from elsewhere, such as another process, changes nothing here.
"""

from __future__ import annotations

import asyncio
import math
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from curvefit.errors import CallFailed, CurvefitError, JournalError, PromptTooLong
from curvefit.models.base import Completion, Model
from curvefit.trials.journal import Journal, Origin
from curvefit.trials.rate_limiter import RequestQueue, Stop
from curvefit.trials.request_order import Lane, Schedule
from curvefit.trials.spending_limits import SpendingLimits, bidding
from curvefit.trials.trial_plan import Plan

__all__ = ["INTERRUPTED", "Outcome", "Progress", "ask"]

Progress = Callable[[int, int], None]  # requests answered, requests in all
Entry = tuple[str, Completion, Origin]  # of the journal

INTERRUPTED: Final = "interrupted"
_ATTEMPTS: Final = 5
_FIRST_PAUSE: Final = 0.5  # seconds; doubles with each attempt, with jitter
_DEADLINE: Final = 900.0  # seconds for one request and all its attempts; for limits, since anybody was answered
_REASONS: Final = 3  # for requests without a reply, named in the notes
_SILENCE: Final = 10  # requests in a row without a reply, each asked so often, after which nobody is there


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a plan; the replies are in the journal.

    Attributes
    ----------
    digests : tuple of str
        Which request each trial sends, in the plan's order. Trials that send the same (at 0 shots every draw does)
        share one. A trial whose request has no reply in the journal is missing, not wrong.
    asked : int
        How many requests were answered now, rather than found in the journal.
    failures : mapping of str to int
        Why requests got no reply for good, and how many.
    stopped : str
        Which cap ended it early; empty when it came to its end.
    """

    digests: tuple[str, ...]
    asked: int
    failures: Counter[str]
    stopped: str = ""

    def notes(self, missing: int, trials: int) -> Iterator[str]:
        """Say how the asking went where it did not go through."""
        if self.stopped:
            yield f"stopped at {self.stopped}: {missing} of {trials} trials have no reply yet and are left out"
        elif missing:
            yield f"{missing} of {trials} trials got no reply and are left out"
        for why, count in self.failures.most_common(_REASONS):
            yield f"no reply to {count} of the requests: {why}"


async def ask(
    plan: Plan,
    model: Model,
    journal: Journal,
    progress: Progress | None = None,
    limits: SpendingLimits | None = None,
    stop: Stop | None = None,
) -> Outcome:
    """Get every trial of a plan a reply in the journal, unless it has one.

    A model that keeps prefixes is warmed before the first new request after old ones with the request before it, so
    that an interrupted run continues with the cache, and the account of cached tokens, of an undisturbed one.

    Raises
    ------
    CallFailed
        A call failed in a way that would befall the others too (a wrong key), or many requests in a row got no reply.
        Replies got before are kept, and those on their way are waited for.
    JournalError
        Replies could no longer be kept; nothing more was sent.
    KeyboardInterrupt
        Ctrl-C, after what was in flight came in. A second one does not wait for that.
    """
    run = _Run(plan, model, journal, limits or SpendingLimits(), stop or Stop())
    try:
        with _interruptible(run.stop):
            return await run.finish(progress or (lambda done, total: None))
    finally:
        await model.rest()


class _Run:
    """One run of a plan: who is asked, what is spent, and how it ended."""

    def __init__(self, plan: Plan, model: Model, journal: Journal, limits: SpendingLimits, stop: Stop) -> None:
        self.plan, self.model, self.journal, self.limits, self.stop = plan, model, journal, limits, stop
        self.digests = tuple(plan.request(trial).digest(model.identity) for trial in plan.trials())
        self.known = journal.known(self.digests)
        self.old = len(self.known)
        self.total = len(set(self.digests))
        # Not looked up in vain: a model may have to come up before it can say how much it serves.
        self.lanes = min(max(1, model.concurrency), self.total) if self.old < self.total else 0
        self.gate = RequestQueue(self.lanes, stop)
        self.failures: Counter[str] = Counter()
        self.fatal: CurvefitError | None = None
        self._silent = self._lost = 0
        self._answered_at = -math.inf
        self._bid = bidding(plan, model, self.limits if self.old < self.total else SpendingLimits())
        self._unkept: list[tuple[Entry, asyncio.Future[None]]] = []
        self._keeping: asyncio.Task[None] | None = None

    async def finish(self, progress: Progress) -> Outcome:
        self.progress = progress
        progress(len(self.known), self.total)
        first: dict[str, int] = {}
        for position, digest in enumerate(self.digests):
            first.setdefault(digest, position)
        by_draw = self.model.keeps_prefix
        # Where order matters, what is answered stays in its lane, to warm the model with.
        wanted = (at for digest, at in first.items() if by_draw or digest not in self.known)
        self.schedule = Schedule(self.plan, wanted, by_draw=by_draw)
        del first
        timer = None
        if self.limits.caps["minutes"] is not None and len(self.known) < self.total:
            cap = f"--max-minutes {self.limits.caps['minutes']:g}"
            timer = asyncio.get_running_loop().call_later(self.limits.seconds_left(), self.stop.set, cap)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.lanes):
                    group.create_task(self._work())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            if timer is not None:
                timer.cancel()
        if self._lost:
            raise JournalError(f"{self.fatal}; {self._lost} replies could not be kept")
        if self.fatal is not None:
            raise self.fatal
        if self.stop.reason == INTERRUPTED:
            raise KeyboardInterrupt
        return Outcome(self.digests, len(self.known) - self.old, self.failures, self.stop.reason)

    async def _work(self) -> None:
        while not self.stop.reason and (lane := await self.schedule.take()) is not None:
            try:
                await self._follow(lane)
            finally:
                self.schedule.done(lane)

    async def _follow(self, lane: Lane) -> None:
        """Ask a lane in order."""
        before = None
        for position in lane:
            digest = self.digests[position]
            if digest in self.known:
                before = position
                continue
            if before is not None and not self.stop.reason:
                with suppress(CallFailed):  # which costs time, not answers
                    await self.model.warm(self.plan.request(self.plan.trial(before)))
                before = None
            await self._settle(position, digest)
            if self.stop.reason:
                return

    async def _settle(self, position: int, digest: str) -> None:
        """Get one request its reply, or a place among the failures."""
        try:
            reply = await self._answer(position)
            if isinstance(reply, Completion):
                trial = self.plan.trial(position)
                item = self.plan.items[trial.item].id
                origin = Origin(self.plan.task.name, self.model.name, trial.shots, trial.draw, item)
                await self._keep((digest, reply, origin))
        except CurvefitError as error:
            self._lost += isinstance(error, JournalError)
            self._end(error)  # the others finish what they have asked: it is paid for
            return
        if reply is None:
            return
        if isinstance(reply, Completion):
            self._silent = 0
            self.known.add(digest)
            self.progress(len(self.known), self.total)
            return
        self.failures[str(reply)] += 1
        self._silent += not (reply.refused and self.known)  # what refuses everything is not there either
        if self._silent >= _SILENCE and not self.stop.reason:
            self._end(CallFailed(f"no reply to {self._silent} requests in a row, the last time because of {reply}"))

    def _end(self, error: CurvefitError) -> None:
        self.fatal = self.fatal or error
        self.stop.set(str(error))

    async def _answer(self, position: int) -> Completion | CallFailed | None:
        """Ask until there is a reply, no hope of one, or the run ends: then what went wrong so far, if anything."""
        trial, last = self.plan.trial(position), None
        bid, attempts, loop, began = self._bid(position), 0, asyncio.get_running_loop(), math.inf
        while True:
            if full := await self.limits.reserve(bid):
                self.stop.set(full)
                return last
            sent_at = await self.gate.enter()
            if sent_at is None:
                self.limits.withdraw(bid)
                return last
            began = min(began, sent_at)
            came: Completion | CallFailed | None = None
            try:
                came = await self.model.complete(self.plan.request(trial))
                self._answered_at = loop.time()
                return came
            except PromptTooLong as error:
                raise PromptTooLong(f"{trial.shots} shots: {error}") from None
            except CallFailed as error:
                came = last = error
            finally:
                self.gate.leave(sent_at, came)
                reply = came if isinstance(came, Completion) else None
                self.limits.settle(bid, reply, billed=came is None or getattr(came, "billed", False))
            attempts += not came.limited
            waited = loop.time() - (max(began, self._answered_at) if came.limited else began)
            if came.refused or (came.retryable and (attempts >= _ATTEMPTS or waited > _DEADLINE)):
                return came
            if not came.retryable:
                raise came
            if not came.limited:  # for limits, everybody waits together at the gate
                await self.gate.pause(_FIRST_PAUSE * 2 ** (attempts - 1) * random.uniform(0.5, 1.5))  # noqa: S311 (jitter)

    async def _keep(self, entry: Entry) -> None:
        """Return once a reply is on disk; those that come while others are being written go together."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unkept.append((entry, kept))
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._write())
        await kept

    async def _write(self) -> None:
        while self._unkept:
            batch, self._unkept = self._unkept, []
            fault: Exception | None = None
            try:
                await asyncio.to_thread(self.journal.record_all, [entry for entry, _ in batch])
            except Exception as error:  # whatever it is, those who wait must hear of it
                fault = error
            for _, kept in batch:
                if kept.done():
                    continue
                if fault is None:
                    kept.set_result(None)
                else:
                    kept.set_exception(fault)
        self._keeping = None


@contextmanager
def _interruptible(stop: Stop) -> Iterator[None]:
    """Make Ctrl-C end the run instead of breaking it off, where this thread and system can; once."""
    loop = asyncio.get_running_loop()

    def heard() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        stop.set(INTERRUPTED)

    installed = threading.current_thread() is threading.main_thread()
    try:
        if installed:
            loop.add_signal_handler(signal.SIGINT, heard)
    except (NotImplementedError, RuntimeError):  # Windows; there it breaks off, and what was kept is kept
        installed = False
    try:
        yield
    finally:
        if installed:
            loop.remove_signal_handler(signal.SIGINT)
