"""What a fresh clone is set up with: locked versions, and the warnings that are errors."""

from __future__ import annotations

import re
import tomllib
import warnings
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import curvefit
from benchmarks.pages import licences

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


def for_users() -> list[str]:
    """What a user may install: the names of what is asked for always, and by the extras that are for users."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for e in licences.EXTRAS for line in project["optional-dependencies"][e])]
    return sorted({canonicalize_name(Requirement(line).name) for line in lines} - {"curvefit"})


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


def test_the_version_stands_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "curvefit/__init__.py"
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))  # of a release; it cannot read another
    assert cited["version"] == curvefit.__version__


@pytest.mark.parametrize("name", for_users())
def test_the_licence_of_what_users_install_is_listed(name):
    assert re.search(rf"^\| {name} \| .+ \|$", licences.PAGE.read_text(encoding="utf-8"), re.MULTILINE), "make pages"


def test_a_package_is_listed_with_what_it_needs_in_turn_and_with_the_extras_asked_for():
    assert {"httpx", "httpcore", "h11"} <= licences.closure(["httpx"])
    assert "h2" in licences.closure(["httpx[http2]"]) - licences.closure(["httpx"])
    assert licences.closure(["httpx; python_version < '3'"]) == set()


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
