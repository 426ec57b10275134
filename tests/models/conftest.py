"""The real models, where their files are."""

from __future__ import annotations

import importlib.util

import pytest

from curvefit.models import store
from curvefit.models.local import LocalModel


def _model(name: str, lanes: int) -> LocalModel:
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("no engine here: pip install 'curvefit[local]'")
    if store.path(name) is None and any(store.installed(part) is None for part in store.CATALOGUE[name].parts):
        pytest.skip(f"no model file here: curvefit pull {name}")
    return LocalModel(f"local/{name}", context=1024, lanes=lanes)


@pytest.fixture(scope="session")
def gemma():
    """The default model, on one lane; a short context keeps it small."""
    model = _model("gemma3-270m", lanes=1)
    yield model
    model.close()


@pytest.fixture(scope="session")
def gemma_on_two_lanes():
    """The same on two lanes."""
    model = _model("gemma3-270m", lanes=2)
    yield model
    model.close()


@pytest.fixture(scope="session")
def smollm():
    """The second model, which has a chat template."""
    model = _model("smollm2-135m", lanes=1)
    yield model
    model.close()
