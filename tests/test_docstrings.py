"""What a docstring names is there: parameters are those of the function, attributes those of the class."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [p for folder in ("curvefit", "benchmarks") for p in sorted((ROOT / folder).rglob("*.py"))]


def section(docstring: str, title: str) -> list[str]:
    """Names that a numpydoc section describes: `a, b : int` gives both."""
    match = re.search(rf"^ *{title}\n *-+\n((?:.*\n?)*?)(?=^ *[A-Z]\w*\n *---|\Z)", docstring + "\n", re.MULTILINE)
    if match is None:
        return []
    lines = match[1].splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    heads = [line.strip() for line in lines if line.strip() and len(line) - len(line.lstrip()) == indent]
    return [name.strip().lstrip("*") for head in heads for name in head.partition(" : ")[0].split(",")]


def misnamed(source: str) -> list[str]:
    """Every name that a docstring describes and its function or class has not."""
    wrong = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            a = node.args
            names = {arg.arg for arg in [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg] if arg}
            described = section(ast.get_docstring(node) or "", "Parameters")
        elif isinstance(node, ast.ClassDef):
            own = [child for child in node.body if isinstance(child, ast.AnnAssign | ast.FunctionDef)]
            names = {c.target.id if isinstance(c, ast.AnnAssign) else c.name for c in own}
            inits = [c for c in own if isinstance(c, ast.FunctionDef) and c.name == "__init__"]
            names |= {arg.arg for init in inits for arg in (*init.args.args, *init.args.kwonlyargs)}
            names |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
            if node.bases and not any(isinstance(c, ast.AnnAssign) for c in own):
                continue  # fields of another class
            described = section(ast.get_docstring(node) or "", "Attributes")
        else:
            continue
        wrong += [f"{node.name}: {name}" for name in described if name not in names]
    return wrong


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_docstring_names_what_is_there(path):
    assert misnamed(path.read_text(encoding="utf-8")) == []


def test_a_renamed_parameter_is_seen():
    old = 'def f(a, c):\n    """Do.\n\n    Parameters\n    ----------\n    a, b : int\n        Two.\n    """\n'
    assert misnamed(old) == ["f: b"]
    assert misnamed(old.replace("a, c", "a, b")) == []
