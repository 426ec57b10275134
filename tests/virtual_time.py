"""An event loop whose clock jumps to the next timer: pauses of minutes pass at once, in order; nothing sleeps."""

from __future__ import annotations

import asyncio
import selectors


class _Jumping(selectors.DefaultSelector):
    """Waits in earnest only for sockets and threads; a wait for a timer moves the clock instead."""

    now = 0.0

    def select(self, timeout=None):
        # A moment for what other threads are about to say; then time jumps.
        ready = super().select(0 if timeout == 0 else 0.002 if timeout is not None else None)
        if not ready and timeout:
            self.now += timeout
        return ready


class Loop(asyncio.SelectorEventLoop):
    def __init__(self):
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self):
        return self._jumping.now


def in_no_time(coroutine):
    """Run to the end with a clock of its own."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(coroutine)
