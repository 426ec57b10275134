"""`curvefit demo`, short of its model: that is in the tests of `decide`."""

from __future__ import annotations

import pytest

from curvefit.cli import demo


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with an environment of its own, as `make demo` leaves it, which nobody has activated."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").touch()
    monkeypatch.setattr("sys.prefix", str(tmp_path / ".venv"))
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_who_has_not_activated_the_environment_is_told_how(folder, monkeypatch):
    """The commands that it had printed were not found."""
    assert demo._activation() == ". .venv/bin/activate"
    monkeypatch.chdir(folder.parent)
    assert demo._activation() == f". {folder.name}/.venv/bin/activate"


def test_nothing_is_said_where_commands_are_found_or_there_is_nothing_to_activate(folder, monkeypatch):
    found = folder / ".venv" / "bin" / "curvefit"
    found.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(found.parent))
    assert demo._activation() == ""
    found.unlink()
    (folder / ".venv" / "bin" / "activate").unlink()
    assert demo._activation() == ""
