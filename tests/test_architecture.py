"""The layers and the sole importers that DESIGN promises, and proof that a violation would be seen."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "curvefit"

# Which parts a part may import. Siblings in one line of the design never import each other.
MAY_IMPORT = {
    "errors": set(),
    "tasks": {"errors"},
    "models": {"errors"},
    "curves": {"errors"},
    "trials": {"errors", "tasks", "models"},
    "payoff": {"errors", "curves"},
    "predicting": {"errors", "models", "curves", "payoff", "measurement"},
    "study": {"errors", "tasks", "models", "curves", "trials", "payoff", "measurement", "predicting"},
    "tuning": {"errors", "tasks", "models", "trials", "payoff"},
    "probing": {"errors", "tasks", "models", "curves", "trials", "payoff", "study", "tuning", "measurement"},
    "validating": {"errors", "tasks", "models", "curves", "trials", "payoff", "study", "measurement"},
    "ledger": {"errors", "models", "curves", "payoff"},
    "measurement": {"errors", "curves", "models", "trials"},
    "deciding": {"curves", "trials", "study"},
    "standing": {"curves", "study"},
    "results": {"errors", "curves", "study"},
    "report": {
        *("errors", "tasks", "models", "curves", "trials", "payoff", "study", "tuning", "probing", "validating"),
    },
    "cli": {
        *("errors", "tasks", "models", "curves", "trials", "payoff", "study"),
        *("tuning", "probing", "deciding", "standing", "results", "report", "validating", "ledger", ""),
    },
}
SOLE_IMPORTER = {
    "litellm": "models/hosted.py",
    "ray": "models/cluster.py",
    "sqlite3": "trials/journal.py",
    "bm25s": "trials/selection.py",
    "xllamacpp": "models/engine.py",
    "matplotlib": "report/",
    "click": "cli/",
    "torch": "payoff/probe.py",
    "peft": "payoff/probe.py",
    "transformers": "payoff/",
    "gguf": "payoff/adapter.py",
}
NEVER_AT_IMPORT = {
    *("litellm", "ray", "torch", "transformers", "peft", "gguf", "xllamacpp", "matplotlib", "scipy", "bm25s"),
}


def imports(source: str, *, top_only: bool = False) -> set[str]:
    """Names of modules a source imports; with top_only those loaded with it, not in a function or for types."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                found.update(alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                found.add(child.module or "")
                found.update(f"{child.module}.{alias.name}" for alias in child.names)
            lazy = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            typing_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
            if not (top_only and (lazy or typing_only)):
                visit(child)

    visit(ast.parse(source))
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
            if (PACKAGE / other).is_dir() or (PACKAGE / f"{other}.py").exists():
                if other != own and other not in MAY_IMPORT[own]:
                    wrong.append(f"{path} imports {name}")
            elif "" not in MAY_IMPORT[own] and other:
                wrong.append(f"{path} imports {name}")
        if root in SOLE_IMPORTER and not path.startswith(SOLE_IMPORTER[root]):
            wrong.append(f"{path} imports {root}")
    loaded = {name.split(".")[0] for name in imports(source, top_only=True)}
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
        ("payoff/advice.py", "from curvefit.study import Study"),
        ("tasks/task.py", "from curvefit import study"),
        ("study.py", "import sqlite3"),
        ("probing.py", "def f():\n    import torch"),
        ("tuning.py", "from curvefit.curves.curve import Curve"),
        ("validating.py", "import click"),
        ("ledger.py", "from curvefit.study import Study"),
        ("measurement.py", "from curvefit.study import Study"),
        ("models/local.py", "def f():\n    import litellm"),
        ("trials/runner.py", "def f():\n    import ray"),
        ("trials/plan.py", "def f():\n    import bm25s"),
        ("models/cluster.py", "import ray"),
        ("report/text.py", "import click"),
        ("models/hosted.py", "import litellm"),
        ("curves/forecast.py", "import scipy.stats"),
    ],
)
def test_a_planted_violation_is_found(path, source):
    assert violations(path, source)


def test_litellm_as_the_hosted_model_loads_it_is_used_for_batches_alone_besides():
    users = [path for path, source in MODULES.items() if "curvefit.models.hosted._load" in imports(source)]
    assert users == ["models/batches.py"]


def test_modules_are_short_enough_to_hold_one_noun():
    long = {path: source.count("\n") for path, source in MODULES.items() if source.count("\n") > 300}
    assert long == {}


def test_functions_take_at_most_six_parameters():
    wide = []
    for path, source in MODULES.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not path.startswith("cli/"):
                arguments = [a.arg for a in (*node.args.args, *node.args.kwonlyargs) if a.arg not in ("self", "cls")]
                if len(arguments) > 6:
                    wide.append(f"{path}: {node.name}({', '.join(arguments)})")
    assert wide == []


def test_every_module_says_what_may_live_in_it():
    assert [path for path, source in MODULES.items() if not ast.get_docstring(ast.parse(source))] == []


@pytest.mark.parametrize("name", ["utils", "manager", "helper", "handler", "common", "misc"])
def test_no_module_is_a_drawer(name):
    assert [path for path in MODULES if name in path] == []
