"""Asking, losing and repeating nothing. Lives here: what happens to a request between plan and journal.

One event loop drives everything: it keeps the schedule, the rate limiter, the spending limits and the journal. A model
only answers, so that one whose answers come from elsewhere, such as another process, changes nothing here.
"""

from __future__ import annotations

import asyncio
import math
import random
import signal
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

from curvefit.errors import CallFailed, CurvefitError, JournalError, PromptTooLong, StillReasoning
from curvefit.models.base import Completion, Model, Usage, journal_name
from curvefit.trials.design import Trial
from curvefit.trials.journal import Journal, Origin
from curvefit.trials.rate_limiter import RequestQueue, Stop
from curvefit.trials.request_order import Lane, Schedule
from curvefit.trials.spending_limits import SpendingLimits, cost_bounds
from curvefit.trials.trial_plan import Plan, still_reasoning

__all__ = ["INTERRUPTED", "LimitWatch", "Outcome", "Progress", "ReplyWatch", "UnitWatch", "ask", "counting"]

Progress = Callable[[int, int], None]  # requests answered, requests in all
JournalEntry = tuple[str, Completion, Origin]  # of the journal


@runtime_checkable
class ReplyWatch(Protocol):
    """A `Progress` that is shown each new reply too, once it is kept."""

    def __call__(self, done: int, total: int) -> None:
        """Take how many requests are answered, and how many there are."""

    def replied(self, trial: Trial, reply: Completion) -> None:
        """Take a reply, and which trial it is to."""


@runtime_checkable
class UnitWatch(Protocol):
    """A `Progress` that names what it counts."""

    def __call__(self, done: int, total: int) -> None:
        """Take how many requests are answered, and how many there are."""

    def counting(self, unit: str) -> Progress:
        """Return what takes the same of other things, such as ``steps``."""


@runtime_checkable
class LimitWatch(Protocol):
    """A `Progress` that is told when the server limits the rate."""

    def __call__(self, done: int, total: int) -> None:
        """Take how many requests are answered, and how many there are."""

    def limited(self, seconds: float) -> None:
        """Take for how long is waited after a server refused a request for its rate; again while nothing is sent."""


def counting(progress: Progress | None, unit: str) -> Progress | None:
    """Return who follows how many things other than replies are done."""
    return progress.counting(unit) if isinstance(progress, UnitWatch) else progress


INTERRUPTED: Final = "interrupted"
_ATTEMPTS: Final = 5
_FIRST_PAUSE: Final = 0.5  # seconds; doubles with each attempt, with jitter
_DEADLINE: Final = 900.0  # seconds for one request and all its attempts; for limits, since anybody was answered
_REASONS: Final = 3  # for requests without a reply, named in the notes
_MAX_FAILURES: Final = 10  # requests in a row without a reply, each sent so often, after which nobody is there


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a plan; the replies are in the journal.

    Attributes
    ----------
    digests : tuple of str
        Which request each trial sends, in the plan's order. Trials that send the same (at 0 shots every draw does)
        share one. A trial whose request has no reply in the journal is missing, not wrong.
    new_replies : int
        How many requests were answered now, rather than found in the journal.
    failures : mapping of str to int
        Why requests got no reply for good, and how many.
    cut_off : int
        Of these requests, those whose model was still reasoning at the cap of tokens.
    concurrency : int
        Requests in flight at once; 0 where none was sent, or they were sent as a batch.
    stopped : str
        Which cap ended it early; empty when it came to its end.
    """

    digests: tuple[str, ...]
    new_replies: int
    failures: Counter[str]
    stopped: str = ""
    cut_off: int = 0
    concurrency: int = 0

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
        with _interruptible(run):
            return await run.finish(progress or (lambda done, total: None))
    finally:
        await model.rest()


class _Run:
    """One run of a plan: what is sent, what is spent, and how it ended."""

    def __init__(self, plan: Plan, model: Model, journal: Journal, limits: SpendingLimits, stop: Stop) -> None:
        self.plan, self.model, self.journal, self.limits, self.stop = plan, model, journal, limits, stop
        self.digests = plan.digests(model.identity)
        self.answered = journal.copy_replies(self.digests, self._origin)
        self.answered_before = len(self.answered)
        self.total = len(set(self.digests))
        # Not looked up in vain: a model may have to come up before it can say how much it serves.
        self.lanes = min(max(1, model.concurrency), self.total) if self.answered_before < self.total else 0
        # Nor are the seconds in which what asks is loaded the server's: it would be taken for slow.
        tried = self.answered and getattr(model, "loaded", True)
        alone = getattr(model, "takes_key", False) and not tried
        self.queue = RequestQueue(self.lanes, stop, self._limited, alone=alone)
        self.failures: Counter[str] = Counter()
        self.cut_off = 0
        self.fatal: CurvefitError | None = None
        self._failures_in_a_row = self._unstored = 0
        self._answered_at = -math.inf
        self._bound_of = cost_bounds(
            plan, model, self.limits if self.answered_before < self.total else SpendingLimits()
        )
        self._unwritten: list[tuple[JournalEntry, asyncio.Future[None]]] = []
        self._in_vain: defaultdict[str, Usage] = defaultdict(Usage)  # attempts that are not in the journal yet
        self._writer: asyncio.Task[None] | None = None

    async def finish(self, progress: Progress) -> Outcome:
        self.progress = progress
        self.watch = progress if isinstance(progress, ReplyWatch) else None
        progress(len(self.answered), self.total)
        positions: dict[str, int] = {}
        for position, digest in enumerate(self.digests if self.lanes else ()):
            positions.setdefault(digest, position)
        by_draw = self.model.keeps_prefix
        # Where order matters, what is answered stays in its lane, to warm the model with.
        unanswered = (at for digest, at in positions.items() if by_draw or digest not in self.answered)
        self.schedule = Schedule(self.plan, unanswered, by_draw=by_draw)
        del positions
        timer = None
        if self.limits.caps["minutes"] is not None and len(self.answered) < self.total:
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
        if self._unstored:
            raise JournalError(f"{self.fatal}; {self._unstored} replies could not be kept")
        if self._in_vain:
            self.journal.record_all([], self._in_vain)
        if self.fatal is not None:
            raise self.fatal
        if self.stop.reason == INTERRUPTED:
            raise KeyboardInterrupt
        n_new = len(self.answered) - self.answered_before
        return Outcome(self.digests, n_new, self.failures, self.stop.reason, self.cut_off, self.lanes)

    def _limited(self, seconds: float) -> None:
        if isinstance(self.progress, LimitWatch):
            self.progress.limited(seconds)

    async def _work(self) -> None:
        while not self.stop.reason and (lane := await self.schedule.take()) is not None:
            try:
                await self._ask_lane(lane)
            finally:
                self.schedule.done(lane)

    async def _ask_lane(self, lane: Lane) -> None:
        """Ask a lane in order."""
        before = None
        for position in lane:
            digest = self.digests[position]
            if digest in self.answered:
                before = position
                continue
            if before is not None and not self.stop.reason:
                with suppress(CallFailed):  # which costs time, not answers
                    await self.model.warm(self.plan.request(self.plan.trial(before)))
                before = None
            await self._resolve(position, digest)
            if self.stop.reason:
                return

    async def _resolve(self, position: int, digest: str) -> None:
        """Get one request its reply, or a place among the failures."""
        try:
            reply = await self._ask(position)
            if isinstance(reply, Completion):
                await self._store((digest, reply, self._origin(position)))
        except CurvefitError as error:
            self._unstored += isinstance(error, JournalError)
            self._end(error)  # the others finish what they have sent: it is paid for
            return
        if reply is None:
            return
        if isinstance(reply, Completion):
            self._failures_in_a_row = 0
            self.answered.add(digest)
            if self.watch is not None:
                self.watch.replied(self.plan.trial(position), reply)
            self.progress(len(self.answered), self.total)
            return
        self.failures[str(reply)] += 1
        self.cut_off += isinstance(reply, StillReasoning)
        self._failures_in_a_row += not (reply.refused and self.answered)  # what refuses everything is not there either
        if self._failures_in_a_row >= _MAX_FAILURES and not self.stop.reason:
            self._end(_nobody_there(self._failures_in_a_row, reply, self.plan.max_tokens, self.cut_off))

    def _origin(self, position: int) -> Origin:
        trial = self.plan.trial(position)
        item = self.plan.items[trial.item].id
        return Origin(self.plan.task.name, journal_name(self.model), trial.shots, trial.draw, item)

    def _end(self, error: CurvefitError) -> None:
        self.fatal = self.fatal or error
        self.stop.set(str(error))

    async def _ask(self, position: int) -> Completion | CallFailed | None:
        """Ask until there is a reply, no hope of one, or the run ends: then what went wrong so far, if anything."""
        trial, last = self.plan.trial(position), None
        bound, attempts, loop, started = self._bound_of(position), 0, asyncio.get_running_loop(), math.inf
        while True:
            if cap := await self.limits.reserve(bound):
                self.stop.set(cap)
                return last
            sent_at = await self.queue.enter()
            if sent_at is None:
                self.limits.cancel(bound)
                return last
            started = min(started, sent_at)
            outcome: Completion | CallFailed | None = None
            try:
                outcome = await self.model.complete(self.plan.request(trial))
                self._answered_at = loop.time()
                return outcome
            except PromptTooLong as error:
                raise PromptTooLong(f"{trial.shots} shots: {error}") from None
            except CallFailed as error:
                outcome = last = error
            finally:
                pause = self.queue.leave(sent_at, outcome)
                reply = outcome if isinstance(outcome, Completion) else None
                self.limits.charge(bound, reply, billed=outcome is None or getattr(outcome, "billed", False))
            attempts += not outcome.limited
            if outcome.retryable:
                limited = int(outcome.limited)
                self._in_vain[self.digests[position]] += Usage(rate_limited=limited, faults=1 - limited)
            waited = loop.time() - (max(started, self._answered_at) if outcome.limited else started)
            if outcome.refused or (outcome.retryable and (attempts >= _ATTEMPTS or waited > _DEADLINE)):
                return outcome
            if not outcome.retryable:
                raise outcome
            if not outcome.limited:  # for limits, everybody mostly waits together in the queue
                pause = _FIRST_PAUSE * 2 ** (attempts - 1) * random.uniform(0.5, 1.5)  # noqa: S311 (jitter)
            if pause:
                await self.queue.pause(pause)

    async def _store(self, entry: JournalEntry) -> None:
        """Return once a reply is on disk; those that come while others are being written go together."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unwritten.append((entry, stored))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_batches())
        await stored

    async def _write_batches(self) -> None:
        while self._unwritten:
            batch, self._unwritten = self._unwritten, []
            in_vain, self._in_vain = self._in_vain, defaultdict(Usage)
            failure: Exception | None = None
            try:
                await asyncio.to_thread(self.journal.record_all, [entry for entry, _ in batch], in_vain)
            except Exception as error:  # whatever it is, those who wait must hear of it
                failure = error
            for _, stored in batch:
                if stored.done():
                    continue
                if failure is None:
                    stored.set_result(None)
                else:
                    stored.set_exception(failure)
        self._writer = None


def _waiting_for(in_flight: int) -> str:
    """Say what an interrupted run still waits for; it begins anew below a bar that may stand there."""
    replies = "1 reply that is" if in_flight == 1 else f"{in_flight} replies that are"
    return f"\nstopping: waiting for {replies} on the way and may be billed; Ctrl-C again to leave without"


def _nobody_there(in_a_row: int, last: CallFailed, cap: int, cut_off: int) -> CallFailed:
    """Return why no more is asked after so many requests in a row without a reply."""
    if cut_off >= in_a_row:
        return CallFailed(still_reasoning(cut_off, cap))
    return CallFailed(f"no reply to {in_a_row} requests in a row, the last time because of {last}")


@contextmanager
def _interruptible(run: _Run) -> Iterator[None]:
    """Make Ctrl-C end the run instead of breaking it off, where this thread and system can; once."""
    loop = asyncio.get_running_loop()

    def on_interrupt() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        run.stop.set(INTERRUPTED)
        with suppress(OSError, AttributeError):  # closed, or full
            print(_waiting_for(run.queue.limiter.in_flight), file=sys.stderr, flush=True)

    installed = threading.current_thread() is threading.main_thread()
    try:
        if installed:
            loop.add_signal_handler(signal.SIGINT, on_interrupt)
    except (NotImplementedError, RuntimeError):  # Windows; there it breaks off, and what was kept is kept
        installed = False
    try:
        yield
    finally:
        if installed:
            loop.remove_signal_handler(signal.SIGINT)
