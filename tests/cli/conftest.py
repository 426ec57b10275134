"""What tests of the command line share."""

from __future__ import annotations

import pytest

from curvefit.cli import main as entry


@pytest.fixture
def real_pictures():
    """Ask for this in a test of what the picture shows or costs."""


@pytest.fixture(autouse=True)
def _plain_pictures(monkeypatch, request):
    """Draw nothing: a picture takes longer than all else that a command does, and tests/report are about it."""
    if "real_pictures" not in request.fixturenames:
        monkeypatch.setattr("curvefit.report.figure.pictures", lambda study: ("<svg ></svg>", b"\x89PNG"))
        monkeypatch.setattr("curvefit.report.figure.png", lambda study: b"\x89PNG")


@pytest.fixture
def exits(monkeypatch, capsys):
    """Run as the installed script does; return exit status, stdout, stderr."""

    def made(*arguments):
        monkeypatch.setattr("sys.argv", ["curvefit", *arguments])
        with pytest.raises(SystemExit) as ended:
            entry.main()
        streams = capsys.readouterr()
        return ended.value.code, streams.out, streams.err

    return made
