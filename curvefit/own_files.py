"""How files come to be, are named and may be read. Lives here: one way to write whole, one to name by content, a guard.

What is in a file is not known here: its readers and writers stand where what it holds is known.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = ["NO_FILE", "digest", "is_endless", "write_whole"]

NO_FILE: Final = "is a device or a pipe, which may never end; write what it gives into a file"


@contextmanager
def write_whole(path: Path) -> Iterator[Path]:
    """Yield a path to write a file or a folder to, which takes its place at `path` when the block ends without error.

    It is there whole and flushed to the disk, or not at all: a crash, or two programs at once, do no harm. A file takes
    the place of an older one; a folder that is there already stays as it is.

    The folder it is in has to be there.

    Yields
    ------
    Path
        Of the same name, alone in a folder beside `path` that is removed in the end; other scratch may go there too.

    Raises
    ------
    OSError
        It cannot be written.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        scratch = Path(folder, path.name)
        yield scratch
        for file in [*scratch.rglob("*")] if scratch.is_dir() else [scratch]:
            if file.is_file():
                _flush(file)
        if not scratch.is_dir():
            scratch.replace(path)
        elif not path.is_dir():
            scratch.rename(path)


def is_endless(path: Path) -> bool:
    """Whether a path names a device, a socket or a pipe: reading it may never end.

    A pipe that this process was given, as ``/dev/stdin`` or ``/dev/fd/63``, ends with who writes to it.
    """
    if path.is_fifo():
        return path.parent not in (Path("/dev"), Path("/dev/fd"))
    return path.exists() and not path.is_file() and not path.is_dir()


def _flush(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def digest(value: object) -> str:
    """Name something by content: the SHA-256, in hex, of a text as UTF-8, or of anything else as JSON.

    Names of replies in journals, of fine-tunings on disk and of what a task asks are such digests, so that what this
    returns for a value must never change. Lone surrogates, which a text may hold, count as they are.

    Tuples count as lists; the order of an object's fields counts.

    Raises
    ------
    TypeError
        It is no text, and JSON cannot hold it.
    """
    text = value if isinstance(value, str) else json.dumps(value)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
