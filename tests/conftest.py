"""Shared by all tests: small tasks made here, and the folder of real data where it exists."""

from __future__ import annotations

import gc
import importlib.util
import os
from pathlib import Path

# Before numpy is there: every core has a test of its own, and more threads of one would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# No test asks a server by TLS, and each of the many clients of httpx reads all certificates there are: 30 ms, where one
# takes less than one.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("certificate.pem"))
# Containers set this, and each worker, and each command that a test starts, would compile all of curvefit anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import pytest
from hypothesis import HealthCheck, settings

from curvefit.models import store
from curvefit.models.local import LocalModel
from curvefit.report.candidate_text import cost_to_weigh
from curvefit.report.figure import Pictures
from curvefit.tasks.task import Item, Score, Scorer, Task

# How long an example takes says how busy the machine is, not whether the law holds.
settings.register_profile("curvefit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("curvefit")
# Tests leave little behind, and looking for it took a twentieth of their time.
gc.set_threshold(50_000)

_LONGEST = "test_local_probe.py"
_WHOLE_RUNS = {  # of commands and reports, one after the other; their parts have quick tests of their own
    "test_figure.py", "test_page.py", "test_study_record.py", "test_batching.py",
    "test_streams.py", "test_validate.py", "test_computed_once.py",
}  # fmt: skip
_SLOW = {"gemma", "gemma_on_two_lanes", "smollm", "undisturbed"}  # fixtures that load a real model


def pytest_collection_modifyitems(items):
    """Real models, whole runs and tests of benchmarks are slow; others say so. What takes longest begins first."""
    for item in items:
        real = not _SLOW.isdisjoint(getattr(item, "fixturenames", ()))
        if real or item.path.name in _WHOLE_RUNS or "benchmarks" in item.path.parts[-4:]:
            item.add_marker(pytest.mark.slow)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    # Else one core would train at the end while the others have nothing left to do.
    items.sort(key=lambda item: (item.path.name != _LONGEST, item.path not in slow))


def pytest_collection_finish():
    """Modules and tests stay to the end: no look for garbage has to go through them."""
    gc.freeze()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real curves and tasks, which is not part of the project."""
    folder = Path(os.environ.get("CURVEFIT_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no shared data here; set CURVEFIT_DATA to a folder that has it")
    return folder


@pytest.fixture(scope="session")
def real_model():
    """Return a maker of packaged models, which end with the tests: a short context keeps them small."""
    models = []

    def make(name: str, lanes: int = 1) -> LocalModel:
        if importlib.util.find_spec("xllamacpp") is None:
            pytest.skip("no engine here: pip install 'curvefit[local]'")
        if store.path(name) is None and any(store.installed(part) is None for part in store.CATALOGUE[name].parts):
            pytest.skip(f"no model file here: curvefit pull {name}")
        models.append(LocalModel(f"local/{name}", context=1024, lanes=lanes))
        return models[-1]

    yield make
    for model in models:
        model.close()


@pytest.fixture(scope="session")
def gemma(real_model):
    """The default model on one lane, loaded once for all tests that ask it."""
    return real_model("gemma3-270m")


@pytest.fixture
def real_pictures():
    """Ask for this where pictures are plain and a test needs them drawn."""


@pytest.fixture(scope="session")
def draw_nothing():
    """Return what draws nothing, and reads no reply again, as long as a monkeypatch lasts.

    These take longer than all else that a report is made of.
    """

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        plain = Pictures("<svg ></svg>", b"\x89PNG", b"\x89PNG", "<svg ></svg>")
        monkeypatch.setattr("curvefit.report.page.pictures", lambda study: plain)
        monkeypatch.setattr("curvefit.report.figure.pictures", lambda value: plain)
        monkeypatch.setattr(
            "curvefit.report.figure.frontier_pictures", lambda found: plain if cost_to_weigh(found) else None
        )
        monkeypatch.setattr("curvefit.report.figure.png", lambda study: b"\x89PNG")
        monkeypatch.setattr("curvefit.report.study_files._missed", lambda study, folder, task: None)

    return patch


@pytest.fixture
def plain_pictures(draw_nothing, monkeypatch, request):
    """Draw nothing in this test."""
    if "real_pictures" not in request.fixturenames:
        draw_nothing(monkeypatch)


def _equal(reply: str, item: Item) -> Score:
    return Score(float(reply.strip() == item.target), reply.strip() or None)


@pytest.fixture(scope="session")
def make_task():
    """Return a maker of tasks: `make_task(pool=40, items=20, labels=4)`."""

    def make(pool: int = 40, items: int = 20, labels: int = 4, **changed: object) -> Task:
        names = tuple(f"label-{i}" for i in range(labels))
        rows = [Item(f"row-{i}", f"question {i}", names[i % labels]) for i in range(pool + items)]
        fields = {
            "name": "made", "instruction": "Answer.", "kind": "classification",
            "pool": tuple(rows[:pool]), "items": tuple(rows[pool:]),
            "scorer": Scorer("equal", _equal), "labels": names,
        }  # fmt: skip
        return Task(**{**fields, **changed})

    return make
