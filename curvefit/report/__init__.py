"""From a study to what people read: figure, page, terminal text, study.json."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from curvefit.errors import InputError
from curvefit.report import figure
from curvefit.report import page as html
from curvefit.report import study_record as record
from curvefit.report.study_reader import read_study
from curvefit.report.study_record import to_record
from curvefit.report.terminal import summary
from curvefit.study import Study

__all__ = ["deliver_files", "read_study", "summary", "to_record", "write_report"]


def write_report(study: Study, out: str | Path) -> tuple[Path, ...]:
    """Write ``report.html``, ``curve.png`` and ``study.json`` into a folder, made when missing.

    Returns
    -------
    tuple of Path
        The files, each of which is there whole or not at all.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    inline, picture = figure.pictures(study)
    made = {
        "report.html": html.page(study, inline).encode(),
        "curve.png": picture,
        "study.json": (record.dumps(to_record(study)) + "\n").encode(),
    }
    return deliver_files(made, out)


def deliver_files(made: Mapping[str, bytes], out: str | Path) -> tuple[Path, ...]:
    """Write files into a folder, made when missing; each is there whole or not at all, else `InputError`."""
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        return tuple(_written(out / name, content) for name, content in made.items())
    except OSError as error:
        raise InputError(f"{error.strerror or error}; use another --out", file=out) from error


def _written(path: Path, content: bytes) -> Path:
    """Write a file beside its place and move it there."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        Path(scratch).chmod(0o666 & ~umask)
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
    return path
