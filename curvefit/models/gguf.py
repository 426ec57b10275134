"""What a GGUF model file says about itself. Lives here: reading its header and vocabulary; no model is loaded."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from curvefit.errors import ModelUnavailable

__all__ = ["Header", "find_tokens", "read_header"]


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
            entries = _entries(head) if head[:4] == b"GGUF" else ()
            pairs = {key: _number(head, at, _FIXED.get(kind, 4)) for key, kind, at in entries}
    except (OSError, ValueError, KeyError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no complete GGUF file"
        raise ModelUnavailable(f"cannot read {file}: {reason}; give a model file as local:PATH.gguf") from error
    context = next((value for key, value in pairs.items() if key.endswith(".context_length")), None)
    if context is None:
        raise ModelUnavailable(f"{file} is no GGUF file of a language model; give one as local:PATH.gguf")
    return Header(context, chat="tokenizer.chat_template" in pairs)


def find_tokens(file: Path, texts: Iterable[bytes]) -> dict[bytes, list[int]]:
    """Return the ids of the tokens that spell exactly these texts, where there are any.

    Vocabularies of SentencePiece, which writes a space as U+2581 and has tokens for single bytes, and of byte-level
    BPE, which writes each byte as a character of its own. For any other nothing is found.
    """
    found: dict[bytes, list[int]] = {}
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as head:
        entries = {key: at for key, _, at in _entries(head) if key.startswith("tokenizer.ggml.")}
        kind = _text(head, entries.get("tokenizer.ggml.model"))
        if kind == b"llama":
            written = {text.replace(b" ", "\u2581".encode()): text for text in texts}
            written |= {b"<0x%02X>" % text[0]: text for text in written.values() if len(text) == 1}
        elif kind == b"gpt2":
            written = {"".join(_BYTE_LEVEL[byte] for byte in text).encode(): text for text in texts}
        else:
            return {}
        at = entries["tokenizer.ggml.tokens"] + 4
        count, at = _number(head, at, 8), at + 8
        for token in range(count):
            size = int.from_bytes(head[at : at + 8], "little")
            text = written.get(head[at + 8 : at + 8 + size])
            if text is not None:
                found.setdefault(text, []).append(token)
            at += 8 + size
    return found


def _byte_level() -> list[str]:
    """Return byte-level BPE's character for each byte: itself where it can be seen, else one from U+0100 on."""
    seen = [byte for byte in range(256) if 33 <= byte <= 126 or 161 <= byte <= 172 or byte >= 174]
    rest = iter(range(256, 512))
    return [chr(byte) if byte in seen else chr(next(rest)) for byte in range(256)]


_BYTE_LEVEL: Final = _byte_level()


def _text(head: mmap.mmap, at: int | None) -> bytes:
    return b"" if at is None else head[at + 8 : at + 8 + _number(head, at, 8)]


# The GGUF value types of fixed size, as bytes taken; integers are what is wanted of them. 8 is a string, 9 an array.
_FIXED: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9


def _entries(head: mmap.mmap) -> Iterator[tuple[str, int, int]]:
    """Yield every key with the kind of its value and where that begins."""
    at = 24
    for _ in range(_number(head, 16, 8)):
        size = _number(head, at, 8)
        key, kind, at = head[at + 8 : at + 8 + size], _number(head, at + 8 + size, 4), at + 12 + size
        yield key.decode("utf-8", "replace"), kind, at
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
