"""Queries as trees. Lives here: reading SQL with sqlglot, and putting aside what changes no meaning; nothing is run."""

from __future__ import annotations

from typing import Any, Final

from curvefit.errors import InputError
from curvefit.tasks.call_trees import is_nested_deeply

__all__ = ["query_tree", "require_parser"]

_LONGEST: Final = 10_000  # characters
# Operators whose sides may be exchanged, and those that say the same the other way round.
_EITHER_WAY: Final = {"And", "Or", "EQ", "NEQ", "Add", "Mul"}
_CHAINS: Final = {"And", "Or", "Add", "Mul"}
_REVERSED: Final = {"GT": "LT", "GTE": "LTE"}


def require_parser() -> None:
    """See that sqlglot is there, which the extra ``sql`` brings.

    Raises
    ------
    InputError
        It is not.
    """
    try:
        import sqlglot  # noqa: F401 (whether it is there)
    except ImportError as error:
        problem = "needs a database to run queries on, or a library to read them; run: pip install 'curvefit[sql]'"
        raise InputError(problem, field="scorer") from error


def query_tree(text: str) -> tuple[Any, ...] | None:
    """Return one SQL statement as a tree; None where it cannot be read, or is beyond the limits.

    Left out: spaces, comments, brackets that change nothing, the case of words and of names without quotes, ``AS``, and
    the order of what is added, multiplied, compared, or joined by AND or OR. Names of tables and columns are compared
    as written: ``t.a`` is not ``a``.
    """
    import sqlglot
    from sqlglot.errors import SqlglotError

    if len(text) > _LONGEST or is_nested_deeply(text):
        return None
    try:
        statements = [statement for statement in sqlglot.parse(text) if statement is not None]
        return _tree(statements[0]) if len(statements) == 1 else None
    except (SqlglotError, ValueError, RecursionError):
        return None


def _tree(node: Any) -> Any:
    from sqlglot import exp

    if isinstance(node, list):
        return tuple(map(_tree, node))
    if not isinstance(node, exp.Expression):
        return str(node)
    if isinstance(node, exp.Paren):
        return _tree(node.this)
    if isinstance(node, exp.Identifier):
        return ("name", node.this if node.args.get("quoted") else node.this.lower())
    if isinstance(node, exp.Literal):
        return ("text" if node.is_string else "number", node.this if node.is_string else _number(node.this))
    kind = type(node).__name__
    if kind in _EITHER_WAY:
        return (kind, *sorted((_tree(side) for side in _sides(node, kind)), key=repr))
    if kind in _REVERSED:
        return (_REVERSED[kind], _tree(node.expression), _tree(node.this))
    if kind in _REVERSED.values():
        return (kind, _tree(node.this), _tree(node.expression))
    given = ((name, _tree(value)) for name, value in node.args.items() if value not in (None, False, []))
    return (kind, *sorted(given, key=lambda pair: pair[0]))


def _sides(node: Any, kind: str) -> list[Any]:
    """Return the two sides of an operator, or all of a chain of it, however it is bracketed."""
    from sqlglot import exp

    found, remaining = [], [node.expression, node.this]
    while remaining:
        side = remaining.pop()
        while isinstance(side, exp.Paren):
            side = side.this
        if kind in _CHAINS and type(side).__name__ == kind:
            remaining += [side.expression, side.this]
        else:
            found.append(side)
    return found


def _number(text: str) -> str:
    try:
        return repr(float(text))
    except ValueError:
        return text
