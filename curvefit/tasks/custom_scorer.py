"""Scorers of the user's own. Lives here: the one place where a task may run code, and the checks around it."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from curvefit.errors import InputError
from curvefit.tasks.task import Item, Score

__all__ = ["code_of", "load_function", "unloaded"]


def load_function(name: str, folder: Path | None) -> Callable[[str, Item], Score]:
    """Import ``python:module:function`` and return it as a scorer. **The module is run.**

    Parameters
    ----------
    name : str
        As written in ``task.yaml``. The function gets ``(reply, item)`` and returns a `Score`, or a number or bool in
        [0, 1]; it must be pure, since replies may be scored again.
    folder : Path, optional
        The task's: ``module.py`` there comes before anything installed. While it is imported, modules beside it can be
        imported too.

    Raises
    ------
    InputError
        It cannot be imported; later, when the function fails, exits or returns no score: the fault with the item's id.
    """
    _, module_name, function_name = name.split(":")
    try:
        with redirect_stdout(sys.stderr):  # what it prints is no part of the result
            function = getattr(_module(module_name, folder), function_name)
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # whatever their module does on import is one line about it here
        raise InputError(f"{name}: {type(error).__name__}: {_line(error)}", field="scorer") from error
    if not callable(function):
        raise InputError(f"{name}: {function_name} is no function", field="scorer")

    def judge(reply: str, item: Item) -> Score:
        try:
            with redirect_stdout(sys.stderr):
                result = function(reply, item)
            return result if isinstance(result, Score) else Score(float(result), answer=reply)
        except (Exception, SystemExit) as error:
            raise InputError(f"{name} failed on item {item.id!r}: {type(error).__name__}: {_line(error)}") from error

    return judge


def unloaded(name: str) -> Callable[[str, Item], Score]:
    """Return a scorer in place of one whose code is not to be run; asked to judge, it raises InputError."""

    def judge(reply: str, item: Item) -> Score:
        raise InputError(f"{name} is code, which was not run; name its task yourself to have it run")

    return judge


def code_of(name: str, folder: Path | None) -> str:
    """Return what tells one version of ``python:module:function`` from another, without running it.

    That of the file beside the task; what it imports is not looked at. Empty where the module is an installed one.
    """
    file = _beside(name.split(":")[1], folder)
    return "" if file is None else f"sha256={hashlib.sha256(file.read_bytes()).hexdigest()}"


def _beside(name: str, folder: Path | None) -> Path | None:
    """Return the task's own file of a module, where it has one."""
    file = None if folder is None else folder.resolve().joinpath(*name.split(".")).with_suffix(".py")
    if folder is None or file is None or not file.is_file():
        return None
    if not file.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            f"{file.name} is a link that leads out of the task's folder; put the file there", field="scorer"
        )
    return file


def _module(name: str, folder: Path | None) -> ModuleType:
    """Import a module, the task's own file first.

    Files of two tasks may have the same name, so that each gets a name in ``sys.modules`` that comes from its path and
    content; an edited file is read again.
    """
    file = _beside(name, folder)
    if folder is None or file is None:
        return importlib.import_module(name)
    unique = f"_curvefit_{hashlib.sha256(bytes(file) + b'|' + file.read_bytes()).hexdigest()[:16]}"
    if unique in sys.modules:
        return sys.modules[unique]
    spec = importlib.util.spec_from_file_location(unique, file, loader=_Source(unique, str(file)))
    if spec is None or spec.loader is None:
        raise ImportError(f"no module in {file}")
    module = sys.modules[unique] = importlib.util.module_from_spec(spec)
    try:
        with _importable(folder.resolve()):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[unique]
        raise
    return module


class _Source(SourceFileLoader):
    """Reads the file itself: kept bytecode passes for it when an edit of equal length falls into the same second."""

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    before = sys.path.copy()
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path[:] = before


def _line(error: Any) -> str:
    return " ".join(str(error).split())
