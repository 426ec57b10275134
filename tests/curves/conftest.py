import pytest

from benchmarks.forecast import verdicts


@pytest.fixture(scope="session")
def simulation():
    """The simulated truths of the benchmark, so that tests and table judge the same curves."""
    return verdicts
