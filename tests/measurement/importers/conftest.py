from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

WRITTEN = Path(__file__).parent / "written"


@pytest.fixture
def written() -> Path:
    """The folder of files that other tools really wrote; its README says how."""
    return WRITTEN


@pytest.fixture
def changed(tmp_path):
    """Return a copier of one of those files or folders: `changed("inspect-json/0.json", change)` edits a document."""

    def copy(name: str, change=None) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if (WRITTEN / name).is_dir():
            shutil.copytree(WRITTEN / name, path, dirs_exist_ok=True)
            return path
        shutil.copy(WRITTEN / name, path)
        if change is not None:
            document = json.loads(path.read_text(encoding="utf-8"))
            change(document)
            path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return copy
