"""What a function of the user's own does, by content. Lives here: reading a function; it is never called."""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import Iterator
from tokenize import TokenError
from types import CellType, CodeType, FunctionType
from typing import Any, Final

__all__ = ["Held", "content_of"]

Held = tuple[str, str | bool | int | float]  # a name and what it stands for

_ASSIGNS: Final = ("STORE_GLOBAL", "STORE_DEREF", "STORE_ATTR")


def content_of(function: Any) -> tuple[str, list[Any], list[Held]]:
    """Return what a function answers by: its source, its code, and the texts and numbers it reads and does not set.

    These are defaults, variables around it, arguments of a ``partial``, attributes of its object. What the function
    calls is not looked at. The code is there only where the source is not known, as of what was typed at a prompt, or
    may hold several functions, as of a lambda.
    """
    if isinstance(function, functools.partial):
        source, code, held = content_of(function.func)
        values = dict(enumerate(function.args)) | function.keywords
        return source, code, [*held, *_plain({str(name): value for name, value in values.items()})]
    function = inspect.unwrap(function)
    owner = None if isinstance(function, FunctionType) else getattr(function, "__self__", function)
    written = getattr(function, "__func__", function if owner is None else type(function).__call__)
    try:
        source = inspect.getsource(written)
    except (OSError, TypeError, SyntaxError, TokenError):  # the last two: its file holds other text by now
        source = ""
    if not isinstance(written, FunctionType):  # of another language
        return source, [], []
    steps = written.__code__
    around = {name: written.__globals__[name] for name in steps.co_names if name in written.__globals__}
    for name, cell in zip(steps.co_freevars, written.__closure__ or (), strict=True):
        around |= {name: cell.cell_contents} if cell != CellType() else {}
    around |= {f"default {i}": value for i, value in enumerate(written.__defaults__ or ())}
    around |= written.__kwdefaults__ or {}
    around |= getattr(owner, "__dict__", {})
    assigned = {step.argval for step in dis.get_instructions(steps) if step.opname in _ASSIGNS}
    kept = {name: value for name, value in around.items() if name not in assigned and not name.startswith("__")}
    code_is_needed = not source or written.__name__ == "<lambda>"
    return source, _steps(steps) if code_is_needed else [], list(_plain(kept))


def _plain(held: dict[str, Any]) -> Iterator[Held]:
    """Yield name and value of texts and numbers; a list is as likely a log that grows."""
    for name, value in sorted(held.items()):
        if isinstance(value, str | bool | int | float):
            yield name, value


def _steps(code: CodeType) -> list[Any]:
    """Return what a code does, wherever it stands."""

    def said(constant: object) -> object:
        if isinstance(constant, CodeType):
            return _steps(constant)
        return sorted(map(repr, constant)) if isinstance(constant, frozenset) else repr(constant)  # a set has no order

    return [code.co_code.hex(), list(code.co_names), list(code.co_freevars), list(map(said, code.co_consts))]
