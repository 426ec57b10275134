"""A study's files. Lives here: what is drawn and said of it, written into a folder, each whole or not at all."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from curvefit.errors import CurvefitError, InputError
from curvefit.measurement.failures import Failures
from curvefit.own_files import write_whole
from curvefit.report import figure
from curvefit.report import page as html
from curvefit.report.kept_errors import with_errors_of
from curvefit.report.study_record import file_of, to_record
from curvefit.report.validated import with_validated
from curvefit.study import Study
from curvefit.tasks.task import Task
from curvefit.workflows.error_analysis import failures
from curvefit.workflows.study_task import own_code

__all__ = [
    "deliver_files",
    "deliver_picture",
    "deliver_pictures",
    "write_pages",
    "write_report",
    "write_study",
]


def write_report(study: Study, out: str | Path) -> tuple[Path, ...]:
    """Write ``study.json``, ``report.html`` and the picture into a folder, made when missing.

    The picture is ``curve.png``, ``curve-dark.png`` for dark pages, and ``curve.svg``, which is light or dark as its
    reader prefers. Where it cannot be drawn, a warning says why; the other two files are there. Where the study's
    replies are in this folder (``journal.sqlite``), the page shows the items missed, with what was asked.

    Returns
    -------
    tuple of Path
        The files, each of which is there whole or not at all.

    Raises
    ------
    InputError
        The folder cannot be written to.
    CurvefitError
        No study or no path.

    Examples
    --------
    >>> study = cf.analyze(cf.Curve.from_means([0, 1, 2, 4], [0.2, 0.4, 0.5, 0.55], n_items=200))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file.name for file in cf.write_report(study, folder)]
    ['study.json', 'report.html', 'curve.png', 'curve-dark.png', 'curve.svg']
    """
    file = write_study(study, out)
    pages, problem = write_pages(study, out)
    if problem:
        warnings.warn(problem, stacklevel=2)
    return (file, *pages)


def write_study(study: Study, out: str | Path, source: str | Path | None = None) -> Path:
    """Write ``study.json`` alone, which needs no picture; returns its path, raises as `write_report`.

    Commands name the folder that the study was read from, if one is given: its journal is there.
    """
    if not isinstance(study, Study):
        raise CurvefitError(f"a report is written of a study, such as analyze(curve), not of {type(study).__name__}")
    if not isinstance(out, str | Path):
        raise InputError(f"a report is written into a folder, named by its path, not by {type(out).__name__}")
    study = with_validated(study, source or out)
    (file,) = deliver_files({"study.json": file_of(to_record(study, str(source or out)))}, out)
    return file


def write_pages(
    study: Study, out: str | Path, source: str | Path | None = None, task: Task | None = None
) -> tuple[tuple[Path, ...], str]:
    """Write ``report.html``, the picture of the curve and, where price or time is known, that of the frontier.

    Commands name the folder as those of `write_study` do. The page holds what the best prompt gets wrong where the
    study's replies are in that folder too, and its task, read here unless it is given, is as it was; where they are
    not, as the page that is there has it. Page and picture have the fine-tuned models that were validated there.
    Returns their paths, and what kept a picture from being drawn. Where one could not be drawn, an older one is taken
    away: it is of another study.
    """
    kept = source or out
    study = with_validated(study, kept)
    missed = _missed(study, kept, task)
    drawn, problem = figure.attempt(lambda: figure.pictures(study), "curve.png")
    beside, problem_beside = figure.attempt(lambda: figure.frontier_pictures(study.candidates), "frontier.png")
    drawings = [each.page if each else "" for each in (drawn, beside)]
    text = html.page(study, drawings[0], str(kept), drawings[1], missed)
    if missed is None:
        text = with_errors_of(_page_in(kept), text)
    files = deliver_files({"report.html": text.encode()}, out)
    pictures = (*deliver_pictures("curve", drawn, out), *deliver_pictures("frontier", beside, out))
    return (*files, *pictures), problem or problem_beside


def _page_in(folder: str | Path) -> str:
    """Return the page that a study's folder has, which is about to be written anew; empty where it has none."""
    try:
        return Path(folder, "report.html").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _missed(study: Study, folder: str | Path, task: Task | None) -> Failures | None:
    """Return what the best prompt gets wrong; None where replies or task are gone, or code of the task's own judges."""
    if not Path(folder, "journal.sqlite").is_file() or (task is not None and own_code(task)):
        return None
    try:
        return failures(study, folder, task, pool=False)  # `curvefit errors` takes the time for all of it
    except (CurvefitError, OSError):  # `curvefit errors` says why
        return None


def deliver_picture(name: str, picture: bytes, out: str | Path) -> tuple[Path, ...]:
    """Write a picture as `deliver_files` does; where there is none, take away an older one, which shows other data."""
    if picture:
        return deliver_files({name: picture}, out)
    with suppress(OSError):
        Path(out, name).unlink(missing_ok=True)
    return ()


def deliver_pictures(name: str, drawn: figure.Pictures | None, out: str | Path) -> tuple[Path, ...]:
    """Write a picture for light and for dark pages, and as SVG for both; where there is none, take away older ones."""
    light, dark, both = (drawn.png, drawn.dark, drawn.svg.encode()) if drawn else (b"", b"", b"")
    made = {f"{name}.png": light, f"{name}-dark.png": dark, f"{name}.svg": both}
    return tuple(file for each, content in made.items() for file in deliver_picture(each, content, out))


def deliver_files(made: Mapping[str, bytes], out: str | Path) -> tuple[Path, ...]:
    """Write files into a folder, made when missing; each is there whole or not at all, else `InputError`."""
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in made.items():
            with write_whole(out / name) as scratch:
                scratch.write_bytes(content)
    except OSError as error:
        raise InputError(f"{error.strerror or error}; use another folder", file=out) from error
    return tuple(out / name for name in made)
