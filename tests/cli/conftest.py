"""What tests of the command line share."""

from __future__ import annotations

import pytest

from curvefit.cli import main as entry


@pytest.fixture(autouse=True)
def _plain(plain_pictures, monkeypatch):
    """What a command writes is tested here, on an idle machine, and what its pictures show in tests/report."""
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0), raising=False)


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
