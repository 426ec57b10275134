"""How far a command is: where nobody watches, on terminals of every width, and in a real one."""

from __future__ import annotations

import io
import json
import os
import re
import select
import struct
import subprocess
import sys
import unicodedata

import pytest

from curvefit.cli import progress as module
from curvefit.cli.main import cli
from curvefit.cli.progress import ProgressLine, print_above, progress_bar
from curvefit.cli.screen import block
from curvefit.trials.design import Trial
from curvefit.trials.runner import counting
from curvefit.trials.spending_limits import SpendingLimits


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


def test_without_a_terminal_a_line_comes_now_and_then_with_the_time_left_and_the_pace(clock, capsys):
    with progress_bar("task\x1b[31m on model") as progress:
        progress(200, 1000)  # of an earlier run: of 1,000, only 800 calls were announced
        for step in range(1, 9):
            clock[0] += 10.0
            progress(200 + 10 * step, 1000)
    assert capsys.readouterr().err.splitlines() == [
        "task [31m on model: 230 of 1,000 replies (23%), about 13 min left, 200 kept from before, 60/min",
        "task [31m on model: 260 of 1,000 replies (26%), about 12 min left, 200 kept from before, 60/min",
    ]


def test_a_limited_rate_is_said_at_once_and_again_every_half_minute_and_silence_is_short(clock, capsys):
    with progress_bar("task on model") as progress:
        progress(0, 100)
        for _ in range(45):
            progress.limited(1.0)
            clock[0] += 1
    assert capsys.readouterr().err.splitlines() == [
        "task on model: the server limits the rate (429): waiting 1 s",
        "task on model: 0 of 100 replies (0%)",
        "task on model: 0 of 100 replies (0%)",
        "task on model: the server limits the rate (429): waiting 1 s",
        "task on model: 0 of 100 replies (0%)",
    ]


def test_on_a_terminal_a_limited_rate_is_said_above_the_bar(clock, capsys, monkeypatch):
    monkeypatch.setattr(module, "is_terminal", lambda: True)
    with progress_bar("task on model") as progress:
        progress(1, 100)
        progress.limited(30.0)
        progress.limited(29.0)
    _, above, below = capsys.readouterr().err.rstrip("\n").replace("\x1b[K", "").split("\r")[1:]
    assert above == "the server limits the rate (429): waiting 30 s\n"
    assert below.startswith("task on model [")


def test_with_quiet_a_limited_rate_is_not_said(capsys):
    ProgressLine("x", None, drawn=False, quiet=True).limited(1.0)
    assert capsys.readouterr().err == ""


@pytest.fixture
def shown(clock):
    """A line in the middle of a run, with all that can be known."""
    limits = SpendingLimits()
    limits.usd = 1.234
    made = ProgressLine("tickets on openai/gpt-4o-mini", limits, drawn=True, quiet=True)
    made(0, 1000)
    for item in range(20):
        made.scored(Trial(0, 0, item), 0.0)
        made.scored(Trial(16, 0, item), float(item % 4 > 0))
        made.scored(Trial(16, 1, item), float(item % 4 > 0))
    made.scored(Trial(64, 0, 0), 1.0)
    clock[0] += 50
    made(500, 1000)
    return lambda columns: made.text(columns, clock[0])


def test_a_wide_line_shows_bar_time_money_accuracy_and_pace(shown):
    text = shown(160)
    assert text == (
        "tickets on openai/gpt-4o-mini [##########----------] 50%, 500 of 1,000 replies, about 50 s left, $1.23 spent,"
        " 75% right (56 to 88) at 16 shots so far, 10/s"
    )


def test_the_interval_is_that_of_items_and_not_of_replies():
    """Two draws of an item are hardly two: with as many replies of other items it is narrower."""
    lines = [ProgressLine("x", None, drawn=True, quiet=True) for _ in range(2)]
    for n in range(40):
        lines[0].scored(Trial(4, n // 20, n % 20), float(n % 20 < 10))
        lines[1].scored(Trial(4, 0, n), float(n < 20))
    widths = []
    for one in lines:
        low, high = map(int, re.search(r"\((\d+) to (\d+)\)", one.text(200, 100.0)).groups())
        widths.append(high - low)
    assert widths[0] > widths[1]


@pytest.mark.parametrize("columns", [1, 5, 10, 20, 39, 60, 79, 100])
@pytest.mark.parametrize("label", ["t", "tickets on openai/gpt-4o-mini", "質問に答える課題" * 5, "é" * 90])
def test_no_line_is_wider_than_the_terminal(clock, columns, label):
    made = ProgressLine(label, None, drawn=True, quiet=True)
    made(1, 1000)
    clock[0] += 7
    made(77, 1000)
    text = made.text(columns, clock[0])
    wide = sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
    assert wide <= columns
    assert columns < 20 or " 7%" in text


def test_another_measurement_begins_anew(shown, clock):
    made = ProgressLine("x", None, drawn=True, quiet=True)
    made(0, 100)
    for item in range(9):
        made.scored(Trial(1, 0, item), 1.0)
    clock[0] += 10
    made(50, 100)
    assert "right" in made.text(200, clock[0])
    made(0, 40)
    assert made.text(200, clock[0]) == "x [--------------------] 0%, 0 of 40 replies"


def test_other_things_than_replies_are_named_and_begin_anew(clock, capsys):
    with progress_bar("x") as progress:
        progress(10, 40)
        for done in (10, 20):
            clock[0] += 31
            progress.counting("steps")(done, 40)
    assert capsys.readouterr().err.splitlines() == [
        "x: 10 of 40 steps (25%)", "x: 20 of 40 steps (50%), about 1 min left, 19/min"
    ]  # fmt: skip
    seen = []
    assert counting(None, "steps") is None
    assert counting(seen.append, "steps") == seen.append, "of a caller's own"


UNDRAWN = """
from curvefit.report import figure
figure.pictures = lambda study: figure.Pictures("<svg ></svg>", b"light", b"dark", "<svg ></svg>")
from curvefit.cli.main import main
main()
"""
COMMAND = [sys.executable, "-c", UNDRAWN]


def in_a_terminal(words: list[str], columns: int, **environment: str) -> tuple[int, str]:
    """Run the command with a terminal of that width as all its streams; return its exit status and what it wrote."""
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    given = {**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    for name in ("COLUMNS", "LINES"):
        given.pop(name, None)
    with subprocess.Popen([*COMMAND, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=given) as process:
        os.close(theirs)
        written = b""
        while True:
            assert select.select([ours], [], [], 120)[0], written
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            written += part
        os.close(ours)
        status = process.wait(timeout=120)
    return status, written.decode()


@pytest.fixture
def run_words(tmp_path):
    """A run of a small task of numbers."""
    rows = [{"input": f"{n} + {n * 7919 % 1000}", "output": str(n + n * 7919 % 1000)} for n in range(120)]
    (tmp_path / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    design = ["--shots", "0,1,4", "--draws", "2", "--items", "30", "--out", str(tmp_path / "out")]
    return ["run", str(tmp_path / "sums.jsonl"), "-m", "simulated/plateau", *design]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("columns", "environment"),
    [(100, {}), (30, {"NO_COLOR": "1", "PYTHONIOENCODING": "ascii"})],
    ids=["wide", "narrow, ascii, no colour"],
)
def test_in_a_real_terminal_one_line_is_drawn_anew_and_never_wraps(run_words, columns, environment):
    status, written = in_a_terminal(run_words, columns, **environment)
    assert status == 0
    drawn = re.findall(r"\r(sums[^\r\n]*?)\x1b\[K", written)
    assert re.search(r" 100%", drawn[-1])
    assert max(map(len, drawn)) < columns
    assert not re.search(r"\x1b\[[0-9;]*m", written), "no colour is ever used"
    assert (columns == 100) == ("right (" in written) == (not written.isascii())
    assert "sums on simulated/plateau: " in " ".join(written.split())


def test_on_a_terminal_that_cannot_go_back_there_are_lines_as_without_one(monkeypatch, capsys, clock):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    with progress_bar("x") as progress:
        for done in (0, 50):
            progress(done, 100)
            clock[0] += 31
        progress(60, 100)
        print_above("look 1")
    assert capsys.readouterr().err.splitlines() == [
        "x: 50 of 100 replies (50%), about 31 s left, 97/min",
        "x: 60 of 100 replies (60%), about 41 s left, 58/min",
        "look 1",
    ]


@pytest.mark.parametrize("quiet", [False, True])
def test_a_dry_run_says_on_a_terminal_what_takes_it_so_long_and_takes_that_away_again(
    run_words, exits, monkeypatch, quiet
):
    monkeypatch.setattr(module, "is_terminal", lambda: True)
    status, out, err = exits(*run_words, "--dry-run", *(["--quiet"] if quiet else []))
    assert (status, "calls" in out) == (0, True)
    said = "\rsums on simulated/plateau: counting tokens; nothing is sent\r"  # click leaves out what erases
    assert (said in err) != quiet
    monkeypatch.setattr(module, "is_terminal", lambda: False)
    assert "counting" not in exits(*run_words, "--dry-run")[2]


@pytest.mark.parametrize(
    ("command", "more"),
    [("run", []), ("run", ["--quiet"]), ("run", ["-m", "simulated/flat"]), ("decide", []), ("decide", ["--quiet"])],
)
def test_what_comes_before_the_first_request_is_said_on_a_terminal(run_words, exits, monkeypatch, command, more):
    monkeypatch.setattr(module, "is_terminal", lambda: True)
    err = exits(command, *run_words[1:], *more)[2]
    label = "sums" if "-m" in more else "sums on simulated/plateau"
    assert (f"\r{label}: counting tokens\r{label} [" in err) == ("--quiet" not in more)
    assert err.count("counting tokens") == (0 if "--quiet" in more else 2 if command == "decide" else 1)
    monkeypatch.setattr(module, "is_terminal", lambda: False)
    assert "counting" not in exits(command, *run_words[1:], *more)[2]


def test_of_a_model_that_is_loaded_here_that_is_said_and_a_fault_before_any_count_leaves_no_line(monkeypatch, capsys):
    monkeypatch.setattr(module, "is_terminal", lambda: True)
    ready = module.getting_ready("local/gemma3-270m")
    with pytest.raises(ValueError, match="no"), progress_bar("x", None, ready):
        raise ValueError("no")
    assert capsys.readouterr().err == "\rx: loading the model, counting tokens\r"


def test_what_is_waited_for_is_cut_to_the_terminal_and_gone_after_an_error_too(monkeypatch, capsys):
    monkeypatch.setattr(module, "is_terminal", lambda: True)
    monkeypatch.setattr(module, "columns", lambda: 9)
    with pytest.raises(ValueError, match="no"), module.waiting("a\x1b[31m very long line"):
        raise ValueError("no")
    assert capsys.readouterr().err == "\ra [31m ve\r"


def test_a_run_says_how_accurate_it_is_so_far_unless_it_is_to_be_quiet(run_words, exits, monkeypatch):
    monkeypatch.setattr(module, "_PAUSE", 0.0)
    status, out, err = exits(*run_words, "--json")
    assert (status, json.loads(out)["task"]) == (0, "sums")
    said = [text for text in err.splitlines() if "right (" in text]
    assert re.search(
        r"^sums on simulated/plateau: \d+ of \d+ replies \(\d+%\), .*% right \(\d+ to \d+\) at \d shots", said[-1]
    )
    again = exits(*run_words, "--seed", "3", "--json", "--quiet")
    assert (again[0], json.loads(again[1])["task"]) == (0, "sums")
    assert not [text for text in again[2].splitlines() if "%" in text]
    assert exits("run", "nothing.jsonl", "--quiet") == (1, "", "curvefit: nothing.jsonl: does not exist\n")


@pytest.mark.parametrize("name", ["demo", "plan", "run", "decide", "probe", "validate", "draft-pool", "view"])
def test_every_command_that_shows_how_far_it_is_can_be_told_not_to(name):
    assert "--quiet" in [option for param in cli.get_command(None, name).params for option in param.opts]


def test_a_stream_of_ascii_gets_ascii(monkeypatch):
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert block("−3.0 to +7.0 · 質") == "-3.0 to +7.0 . ?"
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert block("−3.0 · 質") == "−3.0 · 質"
