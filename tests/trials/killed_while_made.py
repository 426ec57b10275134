"""Make journals and kill each a step later than the one before, until one is whole; run by test_journal.

The steps are those of SQLite's machine, so that the same ones are hit wherever this runs. Prints how many were killed
and how many came to their end.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from pathlib import Path

from curvefit.trials.journal import Journal

_STEP = 25  # instructions


class _Mortal(sqlite3.Connection):
    """A connection whose process is killed after so many steps and statements."""

    left = 0

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        if arguments[0] != ":memory:":
            self.set_progress_handler(self.step, _STEP)
            self.set_trace_callback(self.step)

    def step(self, statement: str = "") -> int:
        _Mortal.left -= 1
        if _Mortal.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0


def main(folder: str) -> None:
    connect, killed = sqlite3.connect, 0
    sqlite3.connect = lambda *arguments, **options: connect(*arguments, factory=_Mortal, **options)
    while True:
        child = os.fork()
        if not child:
            _Mortal.left = killed
            Journal(Path(folder, f"{killed:03}.sqlite"))
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            print(killed, 1)
            return
        killed += 1


if __name__ == "__main__":
    main(sys.argv[1])
