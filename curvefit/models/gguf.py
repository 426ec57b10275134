"""What a GGUF model file says about itself. Lives here: reading its header; no model is loaded."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from curvefit.errors import ModelUnavailable

__all__ = ["Header", "read_header"]


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF file says about its model.

    Attributes
    ----------
    context : int
        Tokens it was trained on.
    chat : bool
        Whether it carries a chat template.
    """

    context: int
    chat: bool


def read_header(file: Path) -> Header:
    """Read a GGUF file's header, without loading the model.

    Key-value pairs as laid out in the GGUF specification, little-endian, versions 2 and 3:
    https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

    Raises
    ------
    ModelUnavailable
        No such file, or it is no GGUF file of a language model.
    """
    try:
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as head:
            pairs = dict(_pairs(head)) if head[:4] == b"GGUF" else {}
    except (OSError, ValueError, KeyError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no complete GGUF file"
        raise ModelUnavailable(f"cannot read {file}: {reason}; give a model file as local:PATH.gguf") from error
    context = next((value for key, value in pairs.items() if key.endswith(".context_length")), None)
    if context is None:
        raise ModelUnavailable(f"{file} is no GGUF file of a language model; give one as local:PATH.gguf")
    return Header(context, chat="tokenizer.chat_template" in pairs)


# The GGUF value types of fixed size, as bytes taken; integers are what is wanted of them. 8 is a string, 9 an array.
_FIXED: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9


def _pairs(head: mmap.mmap) -> Iterator[tuple[str, int]]:
    """Yield every key with its value read as an unsigned number: meaningful for those that are."""
    at = 24
    for _ in range(_number(head, 16, 8)):
        size = _number(head, at, 8)
        key, kind, at = head[at + 8 : at + 8 + size], _number(head, at + 8 + size, 4), at + 12 + size
        yield key.decode("utf-8", "replace"), _number(head, at, _FIXED.get(kind, 4))
        at = _skip(head, at, kind)


def _skip(head: mmap.mmap, at: int, kind: int) -> int:
    """Return where the value of this kind ends."""
    if kind == _STRING:
        return at + 8 + _number(head, at, 8)
    if kind != _ARRAY:
        return at + _FIXED[kind]
    inner, count, at = _number(head, at, 4), _number(head, at + 4, 8), at + 12
    if inner in _FIXED:
        return at + count * _FIXED[inner]
    for _ in range(count):
        at = _skip(head, at, inner)
    return at


def _number(head: mmap.mmap, at: int, size: int) -> int:
    if at + size > len(head):
        raise ValueError("the file ends within its header")
    return int.from_bytes(head[at : at + size], "little")
