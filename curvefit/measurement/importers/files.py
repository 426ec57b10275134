"""Files on disk. Lives here: which files a path stands for, and bounded reading; what is in them is no matter here."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.own_files import NO_FILE, is_endless
from curvefit.tasks.record_files import json_fault

if sys.version_info >= (3, 14):
    import zipfile

else:  # the same modules for earlier versions: members of .eval archives are compressed with zstd
    from backports.zstd import zipfile

__all__ = ["files_of", "json_lines", "json_of", "json_of_zip", "results_of"]

_LARGEST: Final = 512 * 2**20  # bytes of one document; as objects in memory it is several times that
_MANY: Final = 100_000  # files in a folder
# What tools call their results; other files in a folder are left alone.
_RESULTS: Final = ("*.json", "*.eval", "raw_results_*.csv", "summary_*.csv")
_SAMPLES: Final = re.compile(r"samples_.+_(\d{4}-[^_]+)\.jsonl")  # of lm-evaluation-harness: task and time
_HELM_RUN: Final = "run_spec.json"
_HELM_STATS: Final = ("stats.json", "per_instance_stats.json")


def files_of(paths: Sequence[Path]) -> dict[Path, bool]:
    """Return the files to read, in order, each once, and whether the user named it rather than its folder.

    A file that belongs to another stands for it, so that ``out/*`` works: samples of lm-evaluation-harness for their
    results, and statistics of HELM for the run they are of.
    """
    files: dict[Path, bool] = {}
    for path in paths:
        if not path.exists():
            raise InputError("does not exist", file=path)
        for file in _within(path) if path.is_dir() else [_whole(path)]:
            if is_endless(file):
                raise InputError(NO_FILE, file=file)
            files[file] = files.get(file, False) or not path.is_dir()
    return files


def _whole(path: Path) -> Path:
    if path.name in _HELM_STATS:
        return path.with_name(_HELM_RUN)
    results = results_of(path)
    return results if results is not None and results.exists() else path


def results_of(path: Path) -> Path | None:
    """Return where the results belong that a file holds the samples of, if it is such a file."""
    samples = _SAMPLES.fullmatch(path.name)
    return path.with_name(f"results_{samples[1]}.json") if samples else None


def _within(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise InputError(str(error.strerror), file=error.filename) from error

    count = 0
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        count += len(names)
        if count > _MANY:
            raise InputError(f"holds more than {_MANY:,} files; give the folder of one eval", file=folder)
        # The other files of a HELM run are read from there, or are large and hold no scores.
        result_files = [_HELM_RUN] if _HELM_RUN in names else [n for n in names if any(fnmatch(n, p) for p in _RESULTS)]
        # Samples whose results are not there are named and not passed over.
        alone = [n for n in names if (results := results_of(Path(n))) is not None and results.name not in names]
        yield from (Path(place, name) for name in sorted([*result_files, *alone]))


def json_of(file: Path) -> Any:
    """Return the document in a JSON file."""
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise InputError(str(error.strerror), file=file) from error
    return _parsed(data, file)


def json_lines(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield line number and document of each line that is not empty; one line is in memory at a time."""
    try:
        with file.open("rb") as stream:
            for number, line in enumerate(iter(lambda: stream.readline(_LARGEST + 1), b""), start=1):
                if line.strip():
                    yield number, _parsed(line, file, number)
    except OSError as error:
        raise InputError(str(error.strerror), file=file) from error


def json_of_zip(file: Path, member: str) -> Any:
    """Return a JSON document in a zip archive; None where it has no such member.

    The size a member claims is not believed: reading ends at the limit.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            if member not in archive.namelist():
                return None
            with archive.open(member) as stream:
                data = stream.read(_LARGEST + 1)
    except Exception as error:  # what a damaged archive makes zipfile and what unpacks its members raise is anything
        if isinstance(error, OSError) and error.strerror:  # of the system, and not of bz2
            raise InputError(error.strerror, file=file) from error
        raise InputError(f"no readable zip archive ({str(error) or type(error).__name__})", file=file) from error
    return _parsed(data, file)


def _parsed(data: bytes, file: Path, line: int | None = None) -> Any:
    if len(data) > _LARGEST:
        raise InputError(f"holds more than {_LARGEST // 2**20} MiB in one document, which is not read", file=file)
    try:
        return json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise InputError(f"no readable JSON ({json_fault(error)})", file=file, line=line or error.lineno) from error
    except (ValueError, RecursionError) as error:  # no UTF-8, a number of thousands of digits, lists without end
        raise InputError(f"no readable JSON ({error})", file=file, line=line) from error
