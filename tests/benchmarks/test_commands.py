"""The benchmarks can be run as the documents say. What they measure is not tested here."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module

import pytest

from benchmarks.paths import ROOT

FOLDER = ROOT / "benchmarks"
MODULES = sorted(path for path in FOLDER.glob("*/*.py") if path.stem != "__init__")
COMMANDS = [path for path in MODULES if '__name__ == "__main__"' in path.read_text(encoding="utf-8")]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("*/README.md"), *ROOT.glob("reports/**/*.md")]


def test_no_two_benchmarks_share_a_name():
    assert Counter(path.name for path in MODULES).most_common(1)[0][1] == 1


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_benchmark_can_be_imported_and_is_in_the_table(path):
    import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    told = (FOLDER / "README.md").read_text(encoding="utf-8")
    command = f"python -m benchmarks.{path.parent.name}.{path.stem}"
    assert (command if path in COMMANDS and path.stem != "tool_drivers" else path.name) in told


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_benchmark_a_document_names_exists(document):
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"\bbenchmarks/(\w+/\w+\.py)", text)
    named += [name.replace(".", "/") + ".py" for name in re.findall(r"-m\s+benchmarks\.(\w+\.\w+)\b", text)]
    assert [name for name in named if name != "SUBJECT/NAME.py" and not (FOLDER / name).is_file()] == []
    assert not re.search(r"\bbenchmarks/\w+\.py", text), "a benchmark is in the folder of its subject"
