"""The documents are true: every command, option and file they name exists, and the examples run."""

from __future__ import annotations

import doctest
import re
import runpy
import shlex
from pathlib import Path

import pytest

import curvefit
from curvefit.cli.main import _COMMANDS, cli

ROOT = Path(__file__).parents[1]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "sample_tasks/README.md", "reports/payoff/README.md"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def shell_lines() -> list[str]:
    """Every line of the documents' shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", "\n".join(map(text, DOCUMENTS)), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def command_lines() -> list[str]:
    """Those that call curvefit."""
    return [line.split("  #")[0].strip() for line in shell_lines() if line.startswith("curvefit ")]


def test_readme_opens_with_the_two_commands():
    first = re.search(r"```sh\n(.*?)```", text("README.md"), re.DOTALL).group(1)
    assert [line.split("  ")[0] for line in first.splitlines()] == ["make demo", "make test"]


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_is_in_the_readme(name):
    assert f"`curvefit {name}" in text("README.md")


@pytest.mark.parametrize("line", command_lines())
def test_every_documented_command_line_is_one_that_its_command_takes(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("adapter.gguf").touch()  # the one file that must be there already
    name, *arguments = shlex.split(line)[1:]
    with cli.get_command(None, name).make_context(name, arguments) as parsed:
        assert parsed.params


def test_every_line_of_a_shell_block_is_a_command():
    programs = {"curvefit", "make", "pip", "pytest", "python", "printf", ".", "RAY_ADDRESS=auto"}
    assert {line.split()[0] for line in shell_lines()} <= programs


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_linked_file_exists(document):
    for link in re.findall(r"\]\((?!https?://|#)([^)#]+)", text(document)):
        assert ((ROOT / document).parent / link).exists(), link


def test_the_sample_tasks_curves_are_those_in_the_reports():
    printed = runpy.run_path(str(ROOT / "benchmarks" / "sample_curves.py"))
    studies = printed["read"]()
    assert {study["task"] for study in studies} == {path.parent.name for path in ROOT.glob("sample_tasks/*/task.yaml")}
    assert printed["table"](studies) in text("sample_tasks/README.md")


def test_the_changelog_knows_this_version_or_has_unreleased_changes():
    assert "## Unreleased" in text("CHANGELOG.md") or f"## {curvefit.__version__}" in text("CHANGELOG.md")


def test_the_package_example_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    # Not `testmod`: classes are of the package too, once they are loaded, and have their examples run as public names.
    (example,) = doctest.DocTestFinder(recurse=False).find(curvefit)
    run = doctest.DocTestRunner().run(example)
    assert run.failed == 0
    assert run.attempted >= 5
