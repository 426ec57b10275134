"""An event loop whose clock jumps to the next timer: pauses of minutes pass at once, in order; nothing sleeps."""

from __future__ import annotations

import asyncio
import selectors


class _Jumping(selectors.DefaultSelector):
    """Waits in earnest only for threads; a wait for a timer moves the clock instead."""

    now = 0.0
    threads = 0  # calls that the loop has in other threads

    def select(self, timeout=None):
        if timeout and self.threads:
            # However long a thread takes on a busy machine, no time passes: it says when it is done. The bound is for
            # one that itself waits for a timer, which would wait for ever.
            return super().select(20)
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout:
            self.now += timeout
        return ready


class Loop(asyncio.SelectorEventLoop):
    def __init__(self):
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def run_in_executor(self, executor, func, *args):
        future = super().run_in_executor(executor, func, *args)
        self._jumping.threads += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _):
        self._jumping.threads -= 1

    def time(self):
        return self._jumping.now


def in_no_time(coroutine):
    """Run to the end with a clock of its own."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(coroutine)
