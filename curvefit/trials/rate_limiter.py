"""How fast to ask. Lives here: arithmetic over moments handed in; nothing waits, sends or reads a clock.

Two limits hold together. How many requests are in flight starts modest, grows with every round of replies while that
makes them come faster, and goes back to where it last did. How many are sent a second is unlimited until a server says
no; then it follows what the server let through, or what its headers say is left. Where a server says no to a share of
requests however slowly it is asked, the pace is not why: each of these waits alone, and the rate is unlimited again.

What is in flight is spread over the time a reply takes. Requests sent together are answered together, and then wait for
each other here while the server has nothing to do.
"""

from __future__ import annotations

import asyncio
import math
import random
import threading
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable
from typing import Final

from curvefit.errors import CallFailed
from curvefit.models.base import Allowance, Completion

__all__ = [
    "RateLimiter",
    "RequestQueue",
    "Stop",
]

_START: Final = 16  # requests in flight at first
_UNQUEUED: Final = 1.5  # times what the fastest reply took, within which one did not wait for others
_STEP: Final = 3  # requests more in flight after such a reply, while more make replies come faster
_SPEEDUP: Final = 1.15  # what counts as replies coming faster
_PATIENCE: Final = 2  # rounds without replies coming faster, after which more in flight do not help
_ROUNDS_TO_RETRY: Final = 10  # rounds until more in flight are tried again
_RATE_CUT: Final = 0.9  # share of the rate a server let through, after it said no
_GROWTH: Final = 0.03  # share by which the rate grows in the first window after a cut; doubles with every window
_MAX_GROWTH: Final = 1.0  # share by which it grows in a window, at most
_MIN_RATE: Final = 1 / 60  # requests a second that are always allowed: one a minute
# Seconds over which the rate that was let through is measured: more where a server counts over more, as the waits it
# asks for tell.
_WINDOW: Final = 1.0
_HORIZON: Final = 60.0  # seconds within which what is left of a limit may be used up
_SPAN: Final = 0.1  # seconds below which a rate is no measurement
_SPREAD: Final = 0.3  # share of the time a reply takes over which what is in flight is sent
_CREDIT: Final = 0.05  # seconds of sending that may be made up for when the loop was late
_SLOW: Final = 0.5  # share of the most that the server let through, up to which too fast is not why it says no
_CUTS_IN_VAIN: Final = 2  # at such a pace, in a row, after which that is tried; twice as many once it proved wrong
_FEW, _NEARLY_ALL = 0.005, 0.8  # share refused at any pace, told from none and from all
_LATELY: Final = 100  # last outcomes that tell what share is refused
_ENOUGH: Final = 30  # of them
_FIRST_BLOCK: Final = 0.5  # seconds without sending when a server says no but not for how long; doubles each time
_LONGEST_BLOCK: Final = 60.0
_STANDSTILL: Final = 1.0  # seconds without sending, from which it is said, and said again


class RateLimiter:
    """Decides when the next request may be sent. All moments are seconds of one monotonic clock.

    Parameters
    ----------
    max_in_flight : int
        Requests in flight, at most.
    now : float
        The present moment.
    """

    def __init__(self, max_in_flight: int, now: float) -> None:
        self._max_in_flight = max(1, max_in_flight)
        self.limit: float = min(_START, self._max_in_flight)
        self.rate = math.inf
        self._sent_times: list[float] = []  # when those in flight were sent, ascending
        self._fastest_reply = math.inf  # seconds a reply took
        self._knee: float = self.limit
        self._round_limit: float = self.limit  # at the beginning of the round
        self._growing, self._best_speed, self._rounds_without_gain, self._rounds = True, 0.0, 0, 0
        self._round_count, self._faults, self._round_began = 0, 0, now
        self._next_send_at = self._blocked_until = self._cut_at = self._grown_at = -math.inf
        self._window = _WINDOW
        self._refusals = 0  # in a row, each after the one before was heeded
        self._let_through: list[float] = []  # moments, as far back as any window
        self._any_pace = False  # whether it seems to refuse a share however slowly it is asked
        self._refused: deque[bool] = deque(maxlen=_LATELY)  # of the last outcomes
        self._proven = 0.0  # requests a second that it let through
        self._slow = self._slow_refused = 0  # requests sent well below that, and refused
        self._in_vain, self._patience = 0, _CUTS_IN_VAIN

    @property
    def in_flight(self) -> int:
        """How many requests are in flight."""
        return len(self._sent_times)

    def delay(self, now: float) -> float | None:
        """Return seconds until one more may be sent; None when a request in flight must end first."""
        if self.in_flight >= int(self.limit):
            return None
        return max(0.0, self._blocked_until - now, self._next_send_at - now)

    def record_sent(self, now: float) -> None:
        """Record that one request was sent."""
        insort(self._sent_times, now)
        spread = _SPREAD * self._fastest_reply / self.limit if self._fastest_reply < math.inf else 0.0
        self._next_send_at = max(self._next_send_at, now - _CREDIT) + max(1 / self.rate, spread)

    def record_reply(self, now: float, sent_at: float, allowance: Allowance | None = None) -> None:
        """Record a reply to a request that was sent at that moment."""
        self._record_let_through(now, sent_at)
        self._count_outcome(sent_at, refused=False)
        self._fastest_reply = min(self._fastest_reply, now - sent_at)
        self._refusals = 0
        if self.rate < math.inf:
            self._raise_rate(now)
            self._proven = max(self._proven, self._pace(now))
        if allowance is not None:
            self._follow_allowance(allowance)
        if not self._growing:
            self.limit = max(self.limit, min(self.limit + 1 / self.limit, self._knee))
        elif (
            not self._rounds_without_gain and now - sent_at <= _UNQUEUED * self._fastest_reply
        ):  # it did not wait for others
            self.limit = min(self.limit + _STEP, (1 + _STEP) * self._round_limit, self._max_in_flight)
        self._count_in_round(now, fault=False)

    def record_failure(self, now: float, sent_at: float) -> None:
        """Record that a request sent at that moment ended without a reply, but not for coming too soon."""
        self._record_let_through(now, sent_at)
        self._count_in_round(now, fault=True)

    def record_refusal(self, now: float, sent_at: float, wait: float | None) -> float:
        """Record that a request sent at that moment came too soon; the server asked for a wait of so many seconds.

        Return for how many seconds that request alone is to wait; 0 where it waits with all others.
        """
        self._remove_in_flight(sent_at)
        if not self._refused and not self.in_flight:  # the first of all, and alone: no pace could be slower
            self._count_outcome(sent_at, refused=True)
            return _FIRST_BLOCK if wait is None else wait
        self._count_outcome(sent_at, refused=True)
        fresh = sent_at > self._cut_at  # others sent before the cut are no news
        self._window = max(self._window, min(wait or 0.0, _LONGEST_BLOCK))
        if self._any_pace and self._no_more_than_when_slow():
            return _FIRST_BLOCK * _jitter() if wait is None else wait
        if wait is None:
            wait = min(_FIRST_BLOCK * 2**self._refusals, _LONGEST_BLOCK) * _jitter() if fresh else 0.0
        self._blocked_until = max(self._blocked_until, now + wait)
        if fresh:
            self._cut_at = now
            self._refusals += 1
            self._grown_at = max(now, self._blocked_until)
            self._learn_why(now)
            if self._any_pace:
                self.rate, self._next_send_at = math.inf, now
            else:
                least = self.rate / 2 if self.rate < math.inf else 0.0
                self.rate = max(_RATE_CUT * min(self.rate, self._throughput(now, wait, sent_at)), least, _MIN_RATE)
        return 0.0

    def _count_outcome(self, sent_at: float, *, refused: bool) -> None:
        self._refused.append(refused)
        if sent_at > self._cut_at and self._is_slow():
            self._slow += 1
            self._slow_refused += refused

    def _is_slow(self) -> bool:
        """Return whether requests are sent well below what the server let through."""
        return self.rate <= _SLOW * self._proven

    def _learn_why(self, now: float) -> None:
        """Learn from a refusal whether the pace is why.

        Where it is not, less of it helps nothing: a share is refused of all requests. That is tried once cuts were in
        vain, and holds for as long as no larger share is refused when all are sent at once.
        """
        if self._any_pace or not self._is_slow():
            if self._any_pace:
                self._patience, self._proven = 2 * _CUTS_IN_VAIN, 0.0
            self._proven = max(self._proven, self._pace(now))
            self._any_pace, self._in_vain, self._slow, self._slow_refused = False, 0, 0, 0
            return
        self._in_vain += 1
        if self._in_vain >= self._patience and _FEW <= self._slow_refused / self._slow <= _NEARLY_ALL:
            self._any_pace = True
            self._refused.clear()

    def _no_more_than_when_slow(self) -> bool:
        """Return whether no larger share was refused of late than of what was sent slowly, but for chance."""
        n, share = len(self._refused), self._slow_refused / self._slow
        chance = 3 * math.sqrt(share * (1 - share) * (1 / n + 1 / self._slow))
        return n < _ENOUGH or sum(self._refused) <= n * min(share + chance, (1 + share) / 2) + 1

    def _pace(self, now: float) -> float:
        """Return how many requests a second the server let through in the last window."""
        return (len(self._let_through) - bisect_left(self._let_through, now - self._window)) / self._window

    def _raise_rate(self, now: float) -> None:
        """Try for more, the longer the server has not said no the faster, but not far beyond what is really sent."""
        since, grown_at = (now - self._cut_at) / self._window, max(self._grown_at, now - self._window)
        share = min(_GROWTH * 2**since, _MAX_GROWTH) if since < 60 else _MAX_GROWTH
        max_rate = 2 * self._throughput(now)
        if now > grown_at and self.rate < max_rate:
            self.rate = min(self.rate * (1 + share * (now - grown_at) / self._window), max_rate)
        self._grown_at = max(now, self._grown_at)

    def _throughput(self, now: float, wait: float = 0.0, refused: float = -math.inf) -> float:
        """Return requests a second that the server let through of late.

        If it refused one sent at a moment, those sent up to then and not answered yet count too; if it lets none
        through for so long, that is a part of the time.
        """
        first = bisect_left(self._let_through, now - self._window)
        waiting = bisect_right(self._sent_times, refused)
        count = len(self._let_through) - first + waiting
        if not count:
            return 1 / self._window
        since = min(self._let_through[first : first + 1] + self._sent_times[: min(waiting, 1)])
        return count / max(now - since + wait, _SPAN)

    def _remove_in_flight(self, sent_at: float) -> None:
        del self._sent_times[bisect_left(self._sent_times, sent_at)]

    def _record_let_through(self, now: float, sent_at: float) -> None:
        self._remove_in_flight(sent_at)
        _append(self._let_through, now)

    def _follow_allowance(self, allowance: Allowance) -> None:
        """Slow down to the rate at which a limit refills once most of it is used."""
        used = allowance.limit - allowance.remaining
        if used > 0 and allowance.full_in > 0 and allowance.remaining < max(allowance.limit / 4, self.in_flight):
            self.rate = min(self.rate, max(used / allowance.full_in, allowance.remaining / _HORIZON, _MIN_RATE))

    def _count_in_round(self, now: float, *, fault: bool) -> None:
        """Close a round of as many requests as may be in flight, and learn from it."""
        self._round_count += 1
        self._faults += fault
        if self._round_count < int(self._round_limit):
            return
        speed = self._round_count / max(now - self._round_began, 1e-9)
        if 2 * self._faults > self._round_count:
            self.limit, self._growing = max(1.0, self.limit / 2), False
        elif self._growing and speed > _SPEEDUP * self._best_speed:
            self._best_speed, self._knee, self._rounds_without_gain = speed, self._round_limit, 0
            self.limit = max(self.limit, min(2 * self._round_limit, self._max_in_flight))
        elif self._growing:
            self._rounds_without_gain += 1
            if self._rounds_without_gain >= _PATIENCE:
                self.limit, self._growing = self._knee, False
        self._rounds += 1
        if self._rounds % _ROUNDS_TO_RETRY == 0 and not self._growing:
            self._growing, self._best_speed, self._rounds_without_gain = True, speed, _PATIENCE - 1
            self.limit = min(2 * self.limit, self._max_in_flight)
        self._round_count, self._faults, self._round_began, self._round_limit = 0, 0, now, self.limit


def _append(moments: list[float], now: float) -> None:
    """Add a moment, and forget those before any window once they are half of all."""
    moments.append(now)
    if 2 * (old := bisect_left(moments, now - _LONGEST_BLOCK)) > len(moments):
        del moments[:old]


def _jitter() -> float:
    return random.uniform(0.75, 1.25)  # noqa: S311 (no secret)


class Stop:
    """A way to end a run early, from any thread: what is in flight is waited for, nothing more is sent."""

    def __init__(self) -> None:
        self.reason = ""
        self._callbacks: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def set(self, reason: str) -> None:
        """End the run for this reason; the first one counts."""
        with self._lock:
            if self.reason:
                return
            self.reason = reason
            callbacks = tuple(self._callbacks)
        for callback in callbacks:
            callback()

    def add_callback(self, callback: Callable[[], None]) -> None:
        """Call this back once it is set; it must be safe to call from any thread."""
        with self._lock:
            self._callbacks.append(callback)
            is_set = bool(self.reason)
        if is_set:
            callback()


class RequestQueue:
    """Lets requests through as the rate limiter allows, first come, first served.

    Where nobody was ever answered, the first goes alone: a key may be wrong, and one refusal tells it. So it does where
    what asks is still to be loaded.

    Parameters
    ----------
    max_in_flight : int
        Requests in flight, at most.
    stop : Stop
        Ends it.
    on_limit : callable, optional
        Called with seconds: what the server has those wait whom it refuses, and again while all are waiting.
    alone : bool
        Whether the first goes alone.
    """

    def __init__(
        self, max_in_flight: int, stop: Stop, on_limit: Callable[[float], None] = lambda _: None, *, alone: bool = False
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.limiter = RateLimiter(max_in_flight, self._loop.time())
        self._stop, self._on_limit, self._refused, self._alone = stop, on_limit, False, alone
        self._queue: deque[asyncio.Future[float | None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._closing = asyncio.Event()
        stop.add_callback(self._end)

    async def enter(self) -> float | None:
        """Wait for one's turn; return the moment of sending, or None when nothing more is to be sent."""
        if self._stop.reason:
            return None
        now = self._loop.time()
        if self._queue or self._delay(now) != 0:
            turn: asyncio.Future[float | None] = self._loop.create_future()
            self._queue.append(turn)
            self._pump()
            sent_at = await turn
            return None if self._stop.reason else sent_at
        self.limiter.record_sent(now)
        return now

    def leave(self, sent_at: float, outcome: Completion | CallFailed | None) -> float:
        """Record what came of a request, so that the rate can follow; None when it was abandoned.

        Return for how many seconds it is to wait before it enters again.
        """
        now, pause, self._alone = self._loop.time(), 0.0, False
        if isinstance(outcome, Completion):
            self.limiter.record_reply(now, sent_at, outcome.allowance)
        elif outcome is not None and outcome.limited:
            pause = self.limiter.record_refusal(now, sent_at, outcome.wait)
            self._refused = True
            self._on_limit(pause or self.limiter.delay(now) or 0.0)
        else:
            self.limiter.record_failure(now, sent_at)
        self._pump()
        return pause

    async def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the run."""
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    def _delay(self, now: float) -> float | None:
        return None if self._alone and self.limiter.in_flight else self.limiter.delay(now)

    def _pump(self) -> None:
        """Let through what the rate limiter allows, and come back when it will allow the next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._queue:
            now = self._loop.time()
            delay = self._delay(now)
            if delay is None:
                return
            if delay > 0:
                if self._refused and delay >= _STANDSTILL:
                    self._on_limit(delay)
                self._timer = self._loop.call_later(min(delay, _STANDSTILL), self._pump)
                return
            turn = self._queue.popleft()
            if not turn.done():
                self.limiter.record_sent(now)
                turn.set_result(now)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._close)

    def _close(self) -> None:
        self._closing.set()
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
