"""How the body of a function is judged: parsed, never run, and compared by what it computes from its arguments.

Lives here: reading a body however it is indented, and what does not change its meaning: quotes, comments, the order of
named arguments, and what local variables are called or whether there are any. What does not parse has no answer.
"""

from __future__ import annotations

import ast
import textwrap
import warnings
from typing import Any, Final

from curvefit import Item, Score
from curvefit.tasks.call_trees import is_nested_deeply
from curvefit.tasks.text_reply import unfenced

__all__ = ["judge"]

_LONGEST: Final = 5_000  # characters


def judge(reply: str, item: Item) -> Score:
    """Credit a body that does the same as the target."""
    known: dict[Any, int] = {}
    try:
        body = _body(reply)
        if body is None:
            return Score(0.0, answer=None)
        right = _meaning(body, known) == _meaning(_body(item.target) or [], known)
        return Score(float(right), answer=unfenced(reply).strip())
    except RecursionError:  # nested by nobody who wants an answer
        return Score(0.0, answer=None)


def _body(text: str) -> list[ast.stmt] | None:
    """Return the statements of a body, or of the one function that a text defines; None where it is no code."""
    lines = unfenced(text).strip("\n").splitlines() or [""]
    forms = ["\n".join(lines), "\n".join([lines[0].strip(), textwrap.dedent("\n".join(lines[1:]))])]
    for form in forms:
        module = _parsed(textwrap.dedent(form))
        if module is not None and module.body:
            body = module.body
            if len(body) == 1 and isinstance(body[0], ast.FunctionDef):
                body = body[0].body
            return body[1:] if len(body) > 1 and _is_text(body[0]) else body
    return None


def _parsed(text: str) -> ast.Module | None:
    if len(text) > _LONGEST or is_nested_deeply(text):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on escapes that mean nothing
            return ast.parse(text)
    except (SyntaxError, ValueError, MemoryError):
        return None


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _meaning(body: list[ast.stmt], known: dict[Any, int]) -> list[int]:
    """Return what a body does, in order: each step as a number that stands for one expression of the arguments.

    A variable is replaced by what it was given. Hence the numbers: written out, that could grow without end.
    """
    variables: dict[str, int] = {}
    used: set[int] = set()

    def number(node: Any) -> int:
        if isinstance(node, ast.Name) and node.id in variables:
            used.add(variables[node.id])
            return variables[node.id]
        if isinstance(node, ast.Call):
            named = sorted((keyword.arg or "**", number(keyword.value)) for keyword in node.keywords)
            form: Any = ("call", number(node.func), *map(number, node.args), *named)
        elif isinstance(node, ast.AST):
            form = (type(node).__name__, *(number(value) for name, value in ast.iter_fields(node) if name != "ctx"))
        elif isinstance(node, list):
            form = ("list", *map(number, node))
        else:
            form = (type(node).__name__, repr(node))
        return known.setdefault(form, len(known))

    steps, given = [], []
    for statement in body:
        if isinstance(statement, ast.Assign) and [type(target) for target in statement.targets] == [ast.Name]:
            (target,) = statement.targets
            given.append(number(statement.value))
            variables[ast.unparse(target)] = given[-1]
        else:
            steps.append(number(statement))
    return steps + [value for value in given if value not in used]  # what nothing uses is done all the same
