from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _benchmarks_import_each_other(monkeypatch):
    """As they do when one is run."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
