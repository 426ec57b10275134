import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "verdicts.py"


@pytest.fixture(scope="session")
def simulation():
    """The simulated truths of the benchmark, so that tests and table judge the same curves."""
    spec = importlib.util.spec_from_file_location("benchmark_verdicts", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]
