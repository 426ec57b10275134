"""A task.yaml as it stands in the file. Lives here: reading and validating it; every fault has its line and field."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

import yaml

from curvefit.errors import InputError
from curvefit.tasks.record_files import printable, read_text
from curvefit.tasks.scorers import read_spec

__all__ = ["Description", "parse_yaml", "read_description"]

_FILES: Final = ("pool", "items", "data", "documents")
_SCORERS: Final = ("scorer", "also_scored_by")
_LONGEST: Final = 1_000_000  # characters of a description, most of them an instruction; reading YAML is slow
_DEEPEST: Final = 20  # levels; fields need two
# What the validator's keywords mean to somebody who wrote a task.yaml.
_MESSAGES: Final[Mapping[str, Callable[[Any], str]]] = {
    "type": lambda fault: (
        f"{_short(fault.instance)} is no text; put it in quotes"
        if fault.validator_value == "string"
        else f"{_short(fault.instance)} is no list such as [yes, no]"
    ),
    "minLength": lambda fault: "is empty",
    "maxLength": lambda fault: f"is longer than {fault.validator_value} characters",
    "minItems": lambda fault: f"needs at least {fault.validator_value} entries",
    "uniqueItems": lambda fault: "holds an entry twice",
    "pattern": lambda fault: f"{_short(fault.instance)} begins with a dot, or holds a slash or what no file name may",
    "not": lambda fault: (
        "stands in place of a scorer; give one of the two"
        if {"judge", "scorer"} <= fault.instance.keys()
        else "stands for both pool and items; give either it or those"
    ),
}


@dataclass(frozen=True, slots=True)
class Description:
    """What a task.yaml says, validated.

    Attributes
    ----------
    path : Path
        The file.
    fields : mapping
        As in ``task.schema.json``.
    tree : yaml.Node
        The same with positions.
    """

    path: Path
    fields: Mapping[str, Any]
    tree: yaml.Node

    def fault(self, problem: str, field: str) -> InputError:
        """Return the error to raise about a field."""
        line = _line(self.tree, [field] if field in self.fields else field.split("."))
        return InputError(problem, file=self.path, line=line, field=printable(field))


def read_description(path: Path) -> Description:
    """Read and validate a ``task.yaml``.

    Raises
    ------
    InputError
        One line with file, line and field: the first fault in the order of the file.
    """
    tree, fields = parse_yaml(path, read_text(path))
    if tree is None:
        raise InputError("is empty; see sample_tasks for one", file=path)
    if not isinstance(fields, dict) or not fields:
        raise InputError("holds no fields such as 'scorer: exact'; see sample_tasks for one", file=path, line=1)
    description = Description(path, fields, tree)
    known = _schema()["properties"]
    for name in fields:
        if name not in known:
            close = difflib.get_close_matches(str(name), known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
            raise description.fault(f"no such field; {hint}", str(name))
    faults = sorted(_faults(description), key=lambda fault: fault.line or 0)
    if faults:
        raise faults[0]
    return description


def parse_yaml(path: Path, text: str) -> tuple[yaml.Node | None, Any]:
    """Return what a YAML file of a user says, and where it says that; nothing of an empty one.

    Raises
    ------
    InputError
        No valid YAML, a key given twice, an alias, too deep or too long; names file, line and key.
    """
    if len(text) > _LONGEST:
        raise InputError(f"is longer than {_LONGEST:,} characters; examples go into a .jsonl beside it", file=path)
    loader: yaml.SafeLoader | None = None
    depth = 0
    try:
        for event in yaml.parse(text, yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            line = getattr(event.start_mark, "line", 0) + 1
            if isinstance(event, yaml.AliasEvent):
                raise InputError("aliases (*) are not read; write it out", file=path, line=line)
            if depth > _DEEPEST:
                raise InputError(f"is nested deeper than {_DEEPEST} levels; no field needs that", file=path, line=line)
        loader = yaml.SafeLoader(text)
        tree = loader.get_single_node()
        if tree is None:
            return None, None
        _refuse_repetition(path, tree)
        return tree, loader.construct_document(tree)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InputError(f"no valid YAML: {error.reason}", file=path, line=line) from error
    except yaml.MarkedYAMLError as error:
        reason = " ".join((error.problem or error.context or "").split())
        line = getattr(error.problem_mark or error.context_mark, "line", 0) + 1
        raise InputError(f"no valid YAML: {reason}", file=path, line=line) from error
    except (ValueError, LookupError, RecursionError) as error:  # an impossible date or tag; brackets without end
        raise InputError(f"no valid YAML: {error}", file=path) from error
    finally:
        if loader is not None:
            loader.dispose()


def _refuse_repetition(path: Path, tree: yaml.Node) -> None:
    """YAML lets the last of two equal keys win in silence; here it is a fault."""
    if not isinstance(tree, yaml.MappingNode):
        return
    keys: set[str] = set()
    for key, value in tree.value:
        if str(key.value) in keys:
            raise InputError("stands here twice", file=path, line=key.start_mark.line + 1, field=printable(key.value))
        keys.add(str(key.value))
        _refuse_repetition(path, value)


@cache
def _schema() -> Any:
    return json.loads((files("curvefit.tasks") / "task.schema.json").read_text(encoding="utf-8"))


def _faults(description: Description) -> Iterator[InputError]:
    from jsonschema import Draft202012Validator

    fields = description.fields
    for name in _SCORERS:
        # The table of scorers says what is wrong with a name or option better than a schema of alternatives does.
        try:
            if name in fields:
                read_spec(fields[name])
        except InputError as error:
            yield description.fault(error.problem, (error.field or "scorer").replace("scorer", name, 1))
    for fault in Draft202012Validator(_schema()).iter_errors(fields):
        where = list(map(str, fault.absolute_path)) or ["judge" if {"judge", "scorer"} <= fields.keys() else "data"]
        if where[0] not in _SCORERS:
            message_of = _MESSAGES.get(str(fault.validator), lambda fault: " ".join(fault.message.split()))
            yield description.fault(message_of(fault), ".".join(where))
    for name in _FILES:
        if isinstance(fields.get(name), str) and _leaves_folder(fields[name]):
            yield description.fault(f"{fields[name]!r} leads out of the task's folder; put the file beside it", name)


def _leaves_folder(name: str) -> bool:
    """Whether a path is absolute or climbs, on any system: a task that works on one works on all."""
    return any(path.anchor or ".." in path.parts for path in (PurePosixPath(name), PureWindowsPath(name)))


def _line(tree: yaml.Node, names: Sequence[str]) -> int:
    """Return the line on which a field stands, or the deepest part of its path that there is."""
    node, line = tree, tree.start_mark.line + 1
    for name in names:
        if isinstance(node, yaml.MappingNode):
            entry = next(((key, value) for key, value in node.value if str(key.value) == name), None)
            if entry is None:
                break
            line, node = entry[0].start_mark.line + 1, entry[1]
        elif isinstance(node, yaml.SequenceNode) and name.isdigit() and int(name) < len(node.value):
            node = node.value[int(name)]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
