"""Reading results: read this first. Lives here: the table of formats, and the one function others call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.measurement.importers import harness, helm, inspect_logs, promptfoo, table
from curvefit.measurement.importers.assembly import assemble, choose
from curvefit.measurement.importers.fields import Fields
from curvefit.measurement.importers.files import files_of, json_of
from curvefit.measurement.importers.result import Result
from curvefit.measurement.measurement import Measurement

__all__ = ["read_scores"]


def read_scores(
    *paths: str | Path, task: str | None = None, model: str | None = None, metric: str | None = None
) -> Measurement:
    """Read one curve from files of scores.

    Each module of `curvefit.measurement.importers` says for its format where the number of shots stands, and what
    items and draws are. Nothing in a file is run, and none is read beyond a limit of size.

    Parameters
    ----------
    *paths : path
        Tables (``.csv``) of ``shots,draw,item,score`` or ``shots,accuracy[,stderr][,n_items]``; results of
        lm-evaluation-harness, logs of Inspect, output of promptfoo, runs of HELM, tables of adapt-gauge-core; or
        folders of these. Together they are one curve.
    task, model, metric : str, optional
        What to read; needed where the files hold several.

    Returns
    -------
    Measurement
        With single scores wherever the files have them, items paired by their ids; NaN where there is no reply.

    Raises
    ------
    InputError
        Names file, line and field, or lists what there is to choose from.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = pathlib.Path(folder, "scores.csv")
    ...     _ = table.write_text("shots,accuracy,n_items\\n0,0.2,200\\n1,0.4,200\\n4,0.55,200\\n")
    ...     cf.read_scores(table)
    <Measurement 'scores': 0, 1, 4 shots; accuracy 0.200 to 0.550; means only>
    """
    wrong = next((path for path in paths if not isinstance(path, str | Path)), None)
    if wrong is not None:
        raise InputError(f"scores are read from paths, not from {type(wrong).__name__}; see Curve.from_frame")
    results = []
    for file, is_named in files_of([Path(path) for path in paths]).items():
        results_in_file = _read(file)
        if is_named and not results_in_file:
            raise InputError("holds no finished result; what can be read: curvefit fit --help", file=file)
        results += results_in_file
    if not results:
        listed = ", ".join(map(str, paths))
        raise InputError(f"no finished result in {listed or 'no file'}; what can be read: curvefit fit --help")
    return assemble(choose(results, task=task, model=model, metric=metric))


def _read(file: Path) -> list[Result]:
    reader = _BY_SUFFIX.get(file.suffix.lower())
    if reader is None:
        raise InputError(f"is none of {', '.join(_BY_SUFFIX)}", file=file)
    return reader(file)


def _document(file: Path) -> list[Result]:
    document = json_of(file)
    read = next((read for claims, read in _BY_CONTENT if claims(document)), None)
    return read(Fields(document, file)) if read else []


_BY_SUFFIX: Final[dict[str, Callable[[Path], list[Result]]]] = {
    ".csv": table.read,
    ".json": _document,
    ".eval": inspect_logs.read_archive,
}
_BY_CONTENT: Final[tuple[tuple[Callable[[Any], bool], Callable[[Fields], list[Result]]], ...]] = (
    (harness.claims, harness.read),
    (inspect_logs.claims, inspect_logs.read),
    (promptfoo.claims, promptfoo.read),
    (helm.claims, helm.read),
)
