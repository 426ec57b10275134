"""The server to rehearse a fine-tuning with, as a program of its own."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request

import pytest

SERVER = [sys.executable, "-m", "curvefit.testing.fake_training_provider"]


def asked(address):
    """The status of a request that it can answer: which jobs are there."""
    with urllib.request.urlopen(f"{address}/fine_tuning/jobs", timeout=30) as reply:
        return reply.status


@pytest.mark.parametrize("stdin", [subprocess.DEVNULL, subprocess.PIPE])
def test_it_serves_until_it_is_killed_or_its_input_ends(stdin):
    """Started beside a shell it has no input: it ended at once, and said nothing."""
    with subprocess.Popen(SERVER, stdin=stdin, stdout=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().strip()
        assert [asked(address) for _ in range(50)] == [200] * 50
        if stdin is subprocess.PIPE:
            server.stdin.close()
            assert server.wait(30) == 0
            with pytest.raises(urllib.error.URLError):
                asked(address)
        else:
            server.kill()


@pytest.mark.parametrize("words", [["--help"], ['{"no": 1}'], ["["]])
def test_what_it_does_not_take_is_told_in_a_line(words):
    ended = subprocess.run([*SERVER, *words], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith("usage: python -m curvefit.testing.fake_training_provider ")
    assert "curvefit stub TASK" in ended.stderr
