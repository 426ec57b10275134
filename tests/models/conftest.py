"""The real models, where their files are; the first one of them is in tests/conftest.py."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def gemma_on_two_lanes(real_model):
    """The default model on two lanes."""
    return real_model("gemma3-270m", lanes=2)


@pytest.fixture(scope="session")
def smollm(real_model):
    """The second model, which has a chat template."""
    return real_model("smollm2-135m")
