"""JSON in what a model wrote. Lives here: finding the value, and comparing two of them; hostile text does no harm."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from curvefit.tasks.text_reply import unfenced

__all__ = ["fields_right", "find_json", "json_fault", "leaves", "one_line", "read_json", "read_lines", "read_target"]

_BEGINS: Final = tuple('{["-0123456789tfn')  # a value, as nothing else does: most texts are no JSON at a glance
_OPENING: Final = re.compile(r"[{\[]")
_TAG: Final = re.compile(r"[{\[]\s*[^\W\d][\w -]*[}\]]")  # as in ``[none]`` and ``{name}``: plain text
_INDEX: Final = re.compile(r"\[(?:\d+|\*)\]")
_TRIES: Final = 50  # openings looked at before a text counts as free of JSON
_SHOWN: Final = 20  # characters of what is no JSON
_HALF: Final = re.compile(r"t?r?u?|f?a?l?s?|n?u?l?|-|\.|[eE][+-]?")  # what may be left of a word or a number
_ESCAPE: Final = 8  # characters before the end of a text in which the decoder calls an escape in hexadecimal broken
_DEEPEST: Final = 100  # nesting beyond which a value counts as unreadable, well before the interpreter gives up


def find_json(text: str) -> tuple[bool, Any]:
    """Return (found, value) of the JSON in a text.

    The whole text counts if it is JSON, else the first code fence that holds nothing else, else the first object or
    list. One that was cut off is none, and nothing inside it counts. ``NaN`` and ``Infinity`` are no JSON; a value
    nested deeper than 100 is not read.

    Examples
    --------
    >>> from curvefit.tasks.json_reply import find_json
    >>> find_json('Sure: {"a": [1, 2]} is it.'), find_json('Sure: {"a": [1, 2], "b": "I w')
    ((True, {'a': [1, 2]}), (False, None))
    """
    for whole in (text, unfenced(text)):
        is_json, value = read_json(whole)
        if is_json:
            return True, value
    for opening in islice(_OPENING.finditer(text), _TRIES):
        rest = text[opening.start() :]
        is_json, value = _read(lambda rest: _DECODER.raw_decode(rest)[0], rest)
        if is_json:
            return True, value
        if _is_cut_off(rest):
            return False, None
    return False, None


def read_json(text: str) -> tuple[bool, Any]:
    """Return (found, value) of a text that is JSON and nothing else."""
    return _read(_DECODER.decode, text) if text.lstrip(" \t\r\n").startswith(_BEGINS) else (False, None)


def read_target(text: str) -> tuple[bool, Any]:
    """Return (found, value) of a target: all of it is JSON, fenced or not, or an object stands in it.

    Any other text is a plain answer, such as ``none``; so is ``see [1]``.
    """
    for whole in (text, unfenced(text)):
        is_json, value = read_json(whole)
        if is_json:
            return True, value
    is_json, value = find_json(text)
    return is_json and isinstance(value, dict), value


def read_lines(text: str) -> list[Any] | None:
    """Return the values of JSON lines: two or more, each an object or a list; None for any other text."""
    lines = [line for line in unfenced(text).splitlines() if line.strip()]
    values = [read_json(line) for line in lines] if len(lines) > 1 and lines[0].lstrip()[:1] in ("{", "[") else []
    if not values or not all(is_json and isinstance(value, dict | list) for is_json, value in values):
        return None
    return [value for _, value in values]


def json_fault(text: str) -> str:
    """Return why a text that begins as a JSON object or list is none; empty for any other text.

    A code fence around it is put aside. JSON lines are told by their first line that is wrong.

    Examples
    --------
    >>> from curvefit.tasks.json_reply import json_fault
    >>> json_fault('{"a": 1,}'), json_fault('{"a": [1, 2'), json_fault("{'a': 1}")
    ('a comma too many before }', 'cut off', 'single quotes')
    """
    bare = unfenced(text).strip()
    begins = text.lstrip()[:1] in ("{", "[", "`") and bare[:1] in ("{", "[") and _TAG.match(bare) is None
    if not begins or read_json(bare)[0] or read_lines(bare) is not None:
        return ""
    lines = bare.splitlines()
    if len(lines) > 1 and read_json(lines[0])[0]:
        return next((fault for line in lines if (fault := json_fault(line))), "text after its end")
    try:
        _DECODER.decode(bare)
    except json.JSONDecodeError as error:
        return _in_words(error, bare)
    except ValueError as error:
        return str(error)
    except RecursionError:
        pass
    return f"nested deeper than {_DEEPEST}"


def _is_cut_off(text: str) -> bool:
    """Whether a text that begins with an object or a list ends before this does."""
    try:
        _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        return _ends_early(error, text)
    except (ValueError, RecursionError):
        pass
    return False


def _ends_early(error: json.JSONDecodeError, text: str) -> bool:
    broken_escape = error.msg.startswith("Invalid \\uXXXX") and len(text) - error.pos < _ESCAPE
    left = text[error.pos :].strip()
    return broken_escape or error.msg.startswith("Unterminated") or _HALF.fullmatch(left) is not None


def _in_words(error: json.JSONDecodeError, text: str) -> str:
    """Say what a decoder stumbled over, in the same words for every version of Python."""
    before, rest = text[: error.pos].rstrip(), text[error.pos :].lstrip()
    if _ends_early(error, text):
        return "cut off"
    if error.msg == "Extra data":
        return f"text after its end, {rest[:_SHOWN]!r}"
    if rest[0] == ",":  # from Python 3.13 on, the comma itself is the place
        before, rest = f"{before},", rest[1:].lstrip()
    if before.endswith(",") and rest[:1] in ("}", "]"):
        return f"a comma too many before {rest[0]}"
    if rest[0] == "'":
        return "single quotes"
    return f"no JSON from {rest[:_SHOWN]!r} on"


def leaves(value: Any, *, in_order: bool) -> Counter[str]:
    """Return the leaves of a JSON value, each with its path, as a multiset; empty objects and lists are leaves too.

    Two values are equal as JSON exactly when their leaves in order are: ``true`` is not 1, but 1.0 is; of a text, only
    the Unicode form does not count. With
    ``in_order=False``, plain values in a list have no position, so that one missing entry costs one leaf and not all
    that follow; objects in a list keep theirs, so that fields of different records do not mix.
    """
    return Counter(f"{path}={leaf}" for path, leaf in _leaves(value, "$", in_order))


def fields_right(reply: str, target: str, *, in_order: bool) -> dict[str, bool]:
    """Return of each field of a target whether a reply has it right: all of its values, and no other.

    A field is a path, with entries of a list taken together: ``items[].price``. With ``in_order=False``, plain values
    in a list may stand in any order, as in `leaves`. A reply without JSON has none right; a target that is no JSON
    object or list has no fields. Fields that a reply has besides are not looked at.

    Examples
    --------
    >>> from curvefit.tasks.json_reply import fields_right
    >>> fields_right('{"age": 31, "of": [2, 1]}', '{"age": 30, "of": [1, 2]}', in_order=False)
    {'age': False, 'of[]': True}
    """
    is_json, wanted = read_target(target)
    if not is_json or not isinstance(wanted, dict | list):
        return {}
    readable, value = find_json(reply)
    there = _by_field(value, in_order) if readable else {}
    return {field: there.get(field) == values for field, values in _by_field(wanted, in_order).items()}


def _by_field(value: Any, in_order: bool) -> dict[str, Counter[str]]:
    """Return the leaves of a JSON value by field, each with its path."""
    found: dict[str, Counter[str]] = {}
    for path, leaf in _leaves(value, "$", in_order):
        field = _INDEX.sub("[]", path).removeprefix("$").lstrip(".").replace('"', "") or "the whole"
        found.setdefault(field, Counter())[f"{path}={leaf}"] += 1
    return found


def one_line(value: Any) -> str:
    """Return a JSON value as one line, safe to store whatever escapes it held."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text.encode("utf-8", "backslashreplace").decode()


def _read(parse: Callable[[str], Any], text: str) -> tuple[bool, Any]:
    try:
        value = parse(text)
    except (ValueError, RecursionError):
        return False, None
    return not _too_deep(value), value


def _too_deep(value: Any) -> bool:
    """Look level by level: a recursion here would fail where it is meant to protect."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


def _leaves(value: Any, path: str, in_order: bool) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{json.dumps(unicodedata.normalize('NFC', key))}", in_order)
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            keeps_place = in_order or isinstance(inner, dict | list)
            yield from _leaves(inner, f"{path}[{place if keeps_place else '*'}]", in_order)
    else:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, str):
            value = unicodedata.normalize("NFC", value)
        yield path, json.dumps(value)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)
