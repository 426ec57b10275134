"""What a fresh clone is set up with: the warnings that are errors."""

from __future__ import annotations

import warnings

import pytest


@pytest.mark.parametrize(
    "module", [__name__, "tests.trials.conftest", "curvefit", "curvefit.study", "benchmarks.forecast.verdicts"]
)
def test_a_warning_that_our_own_call_raises_is_an_error(module):
    with pytest.raises(FutureWarning):
        warnings.warn_explicit("old", FutureWarning, "file.py", 1, module=module)


@pytest.mark.parametrize(
    "module", ["transformers.generation", "peft", "curvefitting", "testsuite.tests", "somebody.curvefit"]
)
def test_a_warning_that_libraries_raise_at_each_other_is_none(module):
    with warnings.catch_warnings(record=True) as seen:
        warnings.warn_explicit("old", FutureWarning, "file.py", 1, module=module)
    assert [str(warning.message) for warning in seen] == ["old"]
