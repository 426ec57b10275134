"""The command as a process: full disks, closed streams, folders that are gone, devices. Each ends in a line at most."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from curvefit.curves.curve import Curve
from curvefit.report.study_files import write_study
from curvefit.study import analyze

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no such devices")

MAIN = "from curvefit.cli.main import main; main()"
UNDRAWN = f"""from curvefit.report import figure
figure.pictures = lambda study: figure.Pictures("<svg ></svg>", b"light", b"dark", "<svg ></svg>")
{MAIN}"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder with a study in it."""
    folder = tmp_path_factory.mktemp("study")
    write_study(analyze(Curve.from_means([0, 1, 2, 4], [0.2, 0.4, 0.5, 0.55], n_items=200)), folder)
    return folder


def shell(words: str, cwd: Path, program: str = MAIN) -> tuple[int, str, str]:
    """Run the command with words and redirections."""
    ended = subprocess.run(
        ["/bin/sh", "-c", f"exec {shlex.join([sys.executable, '-c', program])} {words}"],
        cwd=cwd, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("words", ["pull", "pull --help", "--help"])
def test_a_result_that_cannot_be_printed_is_an_error_of_one_line(study, words):
    status, _, err = shell(f"{words} >/dev/full", study)
    assert (status, err.count("\n")) == (1, 1)
    assert err.startswith("curvefit: ")
    assert "is the disk full" in err or "No space left on device" in err


@pytest.mark.parametrize(
    ("closed", "program"), [(">&-", UNDRAWN), ("2>&-", UNDRAWN), (">&- 2>&- <&-", MAIN), ("2>/dev/full", UNDRAWN)]
)
def test_closed_streams_cost_neither_the_files_nor_the_exit_status(study, tmp_path, closed, program):
    status, _, err = shell(f"report {study} --out {tmp_path}/out {closed}", study, program)
    assert (status, "Traceback" in err) == (0, False)
    pictures = {"curve.png", "curve-dark.png", "curve.svg"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"study.json", "report.html", *pictures}


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", ">&- 2>&-"])
def test_an_error_that_nobody_can_read_is_one_all_the_same(tmp_path, closed):
    assert shell(f"pull nothing {closed}", tmp_path) == (1, "", "")


def test_a_folder_that_is_gone_is_one_line(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    ended = subprocess.run(
        ["/bin/sh", "-c", f"rmdir {gone}; exec {sys.executable} -c '{MAIN}' check data.jsonl"],
        cwd=gone, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}, timeout=120, check=False,
    )  # fmt: skip
    assert ended.stderr == "curvefit: the folder this runs in is gone; change into one that is there\n"
    assert (ended.returncode, ended.stdout) == (1, "")


def test_a_terminal_without_our_letters_gets_question_marks(study, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    status, out, _ = shell(f"report {study} --out {tmp_path}/out", study, UNDRAWN)
    assert (status, "(?1.1 to +28.4) points" in out) == (0, True)


@pytest.mark.parametrize("words", ["check {}", "run {}", "fit {}", "report {}", "plan {}", "report . --probe {}"])
@pytest.mark.parametrize("kind", ["zero", "pipe"])
def test_devices_and_pipes_are_refused_and_not_read(study, tmp_path, exits, monkeypatch, words, kind):
    monkeypatch.chdir(study)
    place = tmp_path / "data.jsonl"
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("/dev/zero")
    status, out, err = exits(*words.format(place).split())
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "is a device or a pipe" in err


def test_a_pipe_that_was_given_may_be_read(study, tmp_path):
    status, out, _ = shell(f"report /dev/stdin --out {tmp_path}/out --json < {study}/study.json", study, UNDRAWN)
    assert (status, out[:1]) == (0, "{")
    ended = shell(f"report /dev/fd/3 --out {tmp_path}/out --json 3< {study}/study.json", study, UNDRAWN)
    assert ended[0] == 0


def test_a_fault_of_ours_is_one_line_that_says_where_and_how_to_report_it(exits, monkeypatch):
    def faulty(*_):
        raise LookupError("sk-abcdefgh\x1b[31m\nsecond line")

    monkeypatch.setattr("curvefit.payoff.evidence.evidence", faulty)
    status, out, err = exits("backtest")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(
        "curvefit: a fault of curvefit itself, not of your files: LookupError: [key] [31m second line"
    )
    assert "at cli/backtest.py:" in err
    assert "please report this line" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [(["rum"], "no command 'rum'; did you mean run?"), (["zzz"], "there are demo, init"),
     (["run", "x", "--foo\x1b[31m"], "No such option"), (["sk-abcdefgh"], "no command '[key]'")],
)  # fmt: skip
def test_what_is_called_wrongly_is_said_without_driving_the_terminal(exits, words, said):
    status, out, err = exits(*words)
    assert (status, out, "\x1b" in err) == (2, "", False)
    assert said in err


@pytest.mark.parametrize("before", ["", "signal.signal(signal.SIGINT, signal.SIG_IGN)"])
def test_kill_ends_any_command_in_a_line_also_where_ctrl_c_is_ignored(before):
    """What a script's shell starts with & has Ctrl-C ignored."""
    killed = f"""import os, signal
{before}
from curvefit.cli import main as module
module.cli.main = lambda **_: os.kill(os.getpid(), signal.SIGTERM)
module.main()"""
    ended = subprocess.run([sys.executable, "-c", killed], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (143, "", "interrupted\n")


def test_kill_stays_ignored_where_the_program_around_has_it_so():
    shielded = """import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
from curvefit.cli import main as module
module.cli.main = lambda **_: os.kill(os.getpid(), signal.SIGTERM)
module.main()"""
    assert subprocess.run([sys.executable, "-c", shielded], capture_output=True, check=False).returncode == 0
