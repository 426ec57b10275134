"""How far a command is, said where nobody watches."""

from __future__ import annotations

import pytest

from curvefit.cli import progress as module
from curvefit.cli.progress import progress_bar


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_what_is_done_soon_says_nothing(clock, capsys):
    with progress_bar("task on model") as progress:
        for done in range(101):
            progress(done, 100)
    assert capsys.readouterr().err == ""


def test_without_a_terminal_a_line_comes_now_and_then_with_the_time_left(clock, capsys):
    with progress_bar("task\x1b[31m on model") as progress:
        progress(200, 1000)  # of an earlier run
        for step in range(1, 9):
            clock[0] += 10.0
            progress(200 + 10 * step, 1000)
    assert capsys.readouterr().err.splitlines() == [
        "task [31m on model: 230 of 1,000 (23%), about 13 min left",
        "task [31m on model: 260 of 1,000 (26%), about 12 min left",
    ]
