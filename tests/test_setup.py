"""What a fresh clone is set up with: locked versions, and the warnings that are errors."""

from __future__ import annotations

import re
import tomllib
import warnings
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def wanted() -> list[Requirement]:
    """All that pyproject.toml asks for, every extra and the build included, but for itself."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, groups = content["project"], content["dependency-groups"].values()
    lines = [
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *groups,
        content["build-system"]["requires"],
    ]
    found = (Requirement(line) for part in lines for line in part)
    return [requirement for requirement in found if requirement.name != project["name"]]


def locked(name: str) -> list[str]:
    """Return the versions locked: one, or one for each range of Pythons."""
    return re.findall(rf"^{re.escape(canonicalize_name(name))}==(\S+)", LOCK, re.MULTILINE)


@pytest.mark.parametrize("requirement", wanted(), ids=str)
def test_the_lock_holds_what_the_project_asks_for(requirement):
    versions = locked(requirement.name)
    assert versions, "run: make lock"
    assert all(version in requirement.specifier for version in versions), f"{versions}; run: make lock"


def test_the_lock_names_no_place_to_fetch_from():
    lines = [line for line in LOCK.splitlines() if not line.lstrip().startswith("#")]
    assert all(re.match(r"[a-z0-9-]+==[\w.]+( ; .*)?$", line) for line in lines)
    assert not re.search(r"://|--|/", LOCK)


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
