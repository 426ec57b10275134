"""The layers and the sole importers that DESIGN promises, and proof that a violation would be seen."""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "curvefit"

# The folders from the ground up: each may import what stands in a line above it. Those of one line know nothing of each
# other.
FLOORS = (
    ("errors", "command_words", "own_files", "plain_text", "display", "reasoning", "task_kinds", "function_content"),
    ("records",),
    ("testing", "tasks", "models", "curves"),
    ("trials", "payoff"),
    ("measurement",),
    ("training",),
    ("decision",),
    ("study",),
    ("workflows",),
    ("report",),
    ("cli",),
)
# What stands below a folder and is none of its business all the same.
NOT_ITS_OWN = {
    "trials": {"curves", "testing"},
    "payoff": {"tasks", "models", "testing"},
    "training": {"testing"},
    "measurement": {"payoff", "testing"},
    "decision": {"tasks", "models", "trials", "training", "testing"},
    "study": {"trials", "testing"},
}


def may_import(part: str) -> set[str]:
    """Which parts a part may import."""
    floor = next(number for number, parts in enumerate(FLOORS) if part in parts)
    return {name for parts in FLOORS[:floor] for name in parts} - NOT_ITS_OWN.get(part, set())


SOLE_IMPORTER: dict[str, str | tuple[str, ...]] = {
    "litellm": "models/hosted.py",
    "openai": "models/trainable.py",
    "httpx": "models/openai_route.py",
    "ray": "models/cluster.py",
    "pydantic": "records.py",
    # One writes what was paid for; the other only reads a task's own file, on a floor that knows of no journal.
    "sqlite3": ("trials/journal.py", "tasks/sql_results.py"),
    "sqlglot": "tasks/sql_trees.py",
    "bm25s": "tasks/similarity.py",
    "sklearn": "training/text_classifier.py",
    "xllamacpp": "models/engine.py",
    "matplotlib": "report/",
    "pandas": "report/",
    "pyarrow": "tasks/record_files.py",
    "click": "cli/",
    "torch": "training/",
    "transformers": "training/",
    "gguf": "training/adapter.py",
}
NEVER_AT_IMPORT = {
    *("litellm", "openai", "ray", "torch", "transformers", "peft", "gguf", "xllamacpp", "matplotlib", "scipy", "bm25s"),
    *("httpx", "pydantic", "pyarrow", "sklearn", "sqlglot"),
}
# These load pydantic, so that all others but these load them where a file is read, and not with the module.
RECORDS = {"records.py", "report/schemas.py", "workflows/ledger_line.py"}

# This one is made of torch's classes; the trainer loads it when it is made.
KERNELS = "training/kernels.py"


tree = cache(ast.parse)  # of each module, for all that is asked about it


@cache
def imports(source: str, *, top_only: bool = False) -> set[str]:
    """Names of modules a source imports; with top_only those loaded with it, not in a function or for types."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):  # which holds no statement, and is most of a module
                continue
            if isinstance(child, ast.Import):
                found.update(alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                found.add(child.module or "")
                found.update(f"{child.module}.{alias.name}" for alias in child.names)
            lazy = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            typing_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
            if not (top_only and (lazy or typing_only)):
                visit(child)

    visit(tree(source))
    return found


def part(path: str) -> str:
    """The part of the package a module belongs to: curves/curve.py -> curves, study.py -> study."""
    return path.split("/")[0].removesuffix(".py").removeprefix("__init__")


def violations(path: str, source: str) -> list[str]:
    """Everything a module at this path in the package does that the design forbids."""
    wrong = []
    own = part(path)
    for name in imports(source):
        root, _, rest = name.partition(".")
        if root == "curvefit" and own:
            other = rest.split(".")[0]
            if not other:
                wrong += [f"{path} imports {name}"] if own != "cli" else []
            elif (PACKAGE / other).is_dir() or (PACKAGE / f"{other}.py").exists():
                if other != own and other not in may_import(own):
                    wrong.append(f"{path} imports {name}")
            elif own != "cli" and other:  # which says the version
                wrong.append(f"{path} imports {name}")
        if root in SOLE_IMPORTER and not path.startswith(SOLE_IMPORTER[root]):
            wrong.append(f"{path} imports {root}")
    names = imports(source, top_only=True)
    loaded = {name.split(".")[0] for name in names}
    if path in RECORDS:
        loaded -= {"pydantic"}
    else:
        loaded |= {"pydantic" for file in RECORDS if f"curvefit.{file.removesuffix('.py').replace('/', '.')}" in names}
    if path == KERNELS:
        loaded -= {"torch"}
    elif f"curvefit.{KERNELS.removesuffix('.py').replace('/', '.')}" in names:
        loaded |= {"torch"}
    return wrong + [f"{path} loads {name} when imported" for name in sorted(loaded & NEVER_AT_IMPORT)]


MODULES = {p.relative_to(PACKAGE).as_posix(): p.read_text(encoding="utf-8") for p in sorted(PACKAGE.rglob("*.py"))}


def test_no_module_breaks_the_layers():
    assert [fault for path, source in MODULES.items() for fault in violations(path, source)] == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("curves/curve.py", "from curvefit.tasks.task import Item"),
        ("models/base.py", "import curvefit.curves.curve"),
        ("trials/runner.py", "def f():\n    from curvefit.curves.curve import Curve"),
        ("payoff/hierarchy.py", "from curvefit.measurement.measurement import Measurement"),
        ("measurement/measure.py", "from curvefit.study import Study"),
        ("measurement/importers/helm.py", "from curvefit.payoff.evidence import evidence"),
        ("training/packing.py", "from curvefit.testing.faults import Faults"),
        ("decision/advice.py", "from curvefit.study import Study"),
        ("decision/advice.py", "from curvefit.trials.journal import Journal"),
        ("study.py", "from curvefit.workflows.ledger import enter"),
        ("workflows/ledger.py", "from curvefit.report.terminal import summary"),
        ("tasks/task.py", "from curvefit import study"),
        ("testing/faults.py", "from curvefit.models.base import Model"),
        ("study.py", "import sqlite3"),
        ("tasks/scorers.py", "import sqlite3"),
        ("tasks/sql_results.py", "def f():\n    import sqlglot"),
        ("workflows/local_probe.py", "def f():\n    import torch"),
        ("workflows/validation.py", "import click"),
        ("models/local.py", "def f():\n    import litellm"),
        ("trials/runner.py", "def f():\n    import ray"),
        ("trials/trial_plan.py", "def f():\n    import bm25s"),
        ("models/cluster.py", "import ray"),
        ("report/schemas.py", "import pydantic"),
        ("report/study_reader.py", "from curvefit.report.schemas import StudyRecord"),
        ("training/packing.py", "from curvefit.records import Record"),
        ("report/terminal.py", "import click"),
        ("models/hosted.py", "import litellm"),
        ("curves/forecast.py", "import scipy.stats"),
    ],
)
def test_a_planted_violation_is_found(path, source):
    assert violations(path, source)


def test_litellm_as_the_hosted_model_loads_it_is_used_for_batches_and_training_alone_besides():
    users = [path for path, source in MODULES.items() if "curvefit.models.hosted._load" in imports(source)]
    assert users == ["models/batches.py", "models/trainable.py"]


def cycles(uses: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """Return modules that wait for each other, where each of them loads those that it uses."""
    sorter = TopologicalSorter(uses)
    try:
        sorter.prepare()
    except CycleError as error:
        return [tuple(error.args[1])]
    return []


def test_any_module_can_be_the_first_that_is_imported():
    """Seen: a report that failed where another tool imported it by its terminal first."""
    named = {f"curvefit.{path.removesuffix('.py').replace('/', '.')}": source for path, source in MODULES.items()}
    uses = {name: imports(source, top_only=True) & named.keys() for name, source in named.items()}
    assert sum(map(len, uses.values())) > 500
    assert cycles(uses) == []
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}}) != []


def twins(paths: list[str]) -> list[str]:
    """Names that two modules have, however far apart they are."""
    names = [path.rsplit("/", 1)[-1] for path in paths if not path.endswith("__init__.py")]
    return sorted({name for name in names if names.count(name) > 1})


def test_no_two_modules_share_a_name():
    assert twins(list(MODULES)) == []
    assert twins(["trials/plan.py", "cli/plan.py", "cli/__init__.py", "trials/__init__.py"]) == ["plan.py"]


def test_no_two_public_classes_share_a_name():
    names = [
        node.name
        for source in MODULES.values()
        for node in ast.walk(tree(source))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_one_module_alone_reaches_up_by_name():
    reaching = {path: re.findall(r'import_module\("curvefit\.([\w.]+)"\)', source) for path, source in MODULES.items()}
    assert {path: names for path, names in reaching.items() if names} == {
        "display.py": ["report.notebook", "measurement.importers"]
    }


# The one call that concludes: a user states what is known, and each parameter has a default.
WIDE = {"study.py: analyze": 8}


def test_functions_take_at_most_six_parameters():
    wide = []
    for path, source in MODULES.items():
        for node in ast.walk(tree(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not path.startswith("cli/"):
                arguments = [a.arg for a in (*node.args.args, *node.args.kwonlyargs) if a.arg not in ("self", "cls")]
                if len(arguments) > WIDE.get(f"{path}: {node.name}", 6):
                    wide.append(f"{path}: {node.name}({', '.join(arguments)})")
    assert wide == []


def test_every_module_says_what_may_live_in_it():
    assert [path for path, source in MODULES.items() if not ast.get_docstring(tree(source))] == []


@pytest.mark.parametrize("name", ["utils", "manager", "helper", "handler", "common", "misc"])
def test_no_module_is_a_drawer(name):
    assert [path for path in MODULES if name in path] == []
