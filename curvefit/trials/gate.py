"""Where everybody who asks waits for their turn. Lives here: waiting, ending early; how fast is `Pace`'s to say."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable

from curvefit.errors import CallFailed
from curvefit.models.base import Completion
from curvefit.trials.pace import Pace

__all__ = ["Gate", "Stop"]


class Stop:
    """A way to end a run early, from any thread: what is in flight is waited for, nothing more is sent."""

    def __init__(self) -> None:
        self.reason = ""
        self._heard: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def set(self, reason: str) -> None:
        """End the run for this reason; the first one counts."""
        with self._lock:
            if self.reason:
                return
            self.reason = reason
            heard = tuple(self._heard)
        for tell in heard:
            tell()

    def tell(self, hear: Callable[[], None]) -> None:
        """Have this called once it is set; it must be safe to call from any thread."""
        with self._lock:
            self._heard.append(hear)
            already = bool(self.reason)
        if already:
            hear()


class Gate:
    """Lets requests through at a common pace, first come, first served."""

    def __init__(self, most: int, stop: Stop) -> None:
        self._loop = asyncio.get_running_loop()
        self.pace = Pace(most, self._loop.time())
        self._stop = stop
        self._queue: deque[asyncio.Future[float | None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._closing = asyncio.Event()
        stop.tell(self._end)

    async def enter(self) -> float | None:
        """Wait for one's turn; return the moment of sending, or None when nothing more is to be sent."""
        if self._stop.reason:
            return None
        now = self._loop.time()
        if self._queue or self.pace.delay(now) != 0:
            turn: asyncio.Future[float | None] = self._loop.create_future()
            self._queue.append(turn)
            self._pump()
            sent_at = await turn
            return None if self._stop.reason else sent_at
        self.pace.sent(now)
        return now

    def leave(self, sent_at: float, came: Completion | CallFailed | None) -> None:
        """Say what came of a request, so that the pace can follow; None when it was abandoned."""
        now = self._loop.time()
        if isinstance(came, Completion):
            self.pace.answered(now, sent_at, came.allowance)
        elif came is not None and came.limited:
            self.pace.limited(now, sent_at, came.wait)
        else:
            self.pace.failed(now, sent_at)
        self._pump()

    async def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the run."""
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    def _pump(self) -> None:
        """Let through whom the pace allows, and come back when it will allow the next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._queue:
            now = self._loop.time()
            delay = self.pace.delay(now)
            if delay is None:
                return
            if delay > 0:
                self._timer = self._loop.call_later(delay, self._pump)
                return
            turn = self._queue.popleft()
            if not turn.done():
                self.pace.sent(now)
                turn.set_result(now)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._close)

    def _close(self) -> None:
        self._closing.set()
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
