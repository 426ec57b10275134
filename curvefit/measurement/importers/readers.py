"""Reading results: read this first. Lives here: the table of formats, and the one function others call."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from curvefit.errors import InputError
from curvefit.measurement.importers import harness, helm, inspect_logs, promptfoo, table
from curvefit.measurement.importers.assembly import assemble, choose, fate, listed_runs
from curvefit.measurement.importers.fields import Fields, Scale
from curvefit.measurement.importers.files import files_of, json_of, results_of
from curvefit.measurement.importers.result import Result, Unfinished, noted
from curvefit.measurement.measurement import Measurement

__all__ = ["read_each", "read_frame", "read_scores"]


def read_scores(
    *paths: str | Path,
    task: str | None = None,
    model: str | None = None,
    metric: str | None = None,
    scale: tuple[float, float] | None = None,
) -> Measurement:
    """Read one curve from files of scores.

    Each module of `curvefit.measurement.importers` says for its format where the number of shots stands, and what
    items and draws are. Nothing in a file is run, and none is read beyond a limit of size.

    Parameters
    ----------
    *paths : path
        Tables (``.csv``, ``.tsv``) of ``shots,draw,item,score`` or ``shots,accuracy[,stderr][,n_items]`` under their
        usual names; results of lm-evaluation-harness, logs of Inspect, output of promptfoo, runs of HELM, tables of
        adapt-gauge-core; or folders of these. Together they are one curve.
    task, model, metric : str, optional
        What to read; needed where the files hold several.
    scale : (float, float), optional
        The lowest and the highest score that can be had, such as (1, 5) for a judge's grades: they become 0 and 1.

    Returns
    -------
    Measurement
        With single scores wherever the files have them, items paired by their ids; NaN where there is no reply. Its
        notes name what was left out and what intervals rest on.

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
        made = "; of a table in memory, Curve.from_frame(table) makes a curve"
        raise InputError(f"scores are read from paths, not from {type(wrong).__name__}{made}")
    checked = _scale(scale)
    results, unfinished = _results([Path(path) for path in paths], checked)
    curve = assemble(choose(results, task=task, model=model, metric=metric), unfinished)
    return curve if scale is None else _scaled(curve, checked)


def read_frame(frame: Any, *, scale: tuple[float, float] | None = None, **choices: str | None) -> Measurement:
    """Read one curve from a table in memory: see `Curve.from_frame`. `choices` are those of `read_scores`."""
    checked = _scale(scale)
    chosen = choose(table.read_frame(frame, checked), **choices)
    curve = replace(assemble(chosen), task=chosen[0].setting.task)  # not after a file: there is none
    return curve if scale is None else _scaled(curve, checked)


def _scaled(curve: Measurement, scale: Scale) -> Measurement:
    note = noted(f"scores run from {scale.low:g} to {scale.high:g} and are counted as shares of that range")
    return replace(curve, notes=(*curve.notes, note))


def read_each(path: Path, *, task: str | None = None, metric: str | None = None) -> tuple[Measurement, ...]:
    """Read what a file or a folder of another tool holds, one measurement for each task and model in it.

    A file that does not say how many examples its prompts held is taken to be of one prompt: 0 shots.

    A metric is needed where there are several.

    Raises
    ------
    InputError
        As `read_scores` does.
    """
    results, unfinished = _results([path], Scale(unstated_shots=0))
    chosen = choose(results, **({} if task is None else {"task": task}), metric=metric)
    runs = dict.fromkeys((result.setting.task, result.setting.model) for result in chosen)
    return tuple(assemble([r for r in chosen if (r.setting.task, r.setting.model) == run], unfinished) for run in runs)


def _results(paths: Sequence[Path], checked: Scale) -> tuple[list[Result], list[Unfinished]]:
    """Read all that files hold."""
    results, unfinished = list[Result](), list[Unfinished]()
    for file, is_named in files_of(paths).items():
        contents = _read(file, checked)
        if is_named and not contents:
            raise InputError("holds no finished result; what can be read: curvefit fit --help", file=file)
        results += [result for result in contents if isinstance(result, Result)]
        unfinished += [run for run in contents if isinstance(run, Unfinished)]
    if not results:
        _refuse_samples_alone(unfinished)
        if len(unfinished) == 1 and paths == [unfinished[0].file]:
            what = fate(unfinished[0])
            raise InputError(f"is of a run that did not finish ({what}); run it to its end, or again", file=paths[0])
        listed = ", ".join(map(str, paths))
        rest = f", only {listed_runs(unfinished)}" if unfinished else "; what can be read: curvefit fit --help"
        raise InputError(f"no finished result in {listed or 'no file'}{rest}")
    return results, unfinished


def _refuse_samples_alone(unfinished: Sequence[Unfinished]) -> None:
    for run in unfinished:
        if (beside := results_of(run.file)) is not None:
            raise InputError(
                f"needs {beside.name} beside it, which says how many examples were shown: lm-evaluation-harness wrote"
                " both into one folder",
                file=run.file,
            )


def _scale(scale: Any) -> Scale:
    if scale is None:
        return Scale()
    try:
        low, high = (float(end) for end in (() if isinstance(scale, str) else scale))
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError
    except (TypeError, ValueError) as error:
        raise InputError(f"scale is the lowest and the highest score, such as (1, 5), not {scale!r:.40}") from error
    return Scale(low, high)


def _read(file: Path, scale: Scale) -> Sequence[Result | Unfinished]:
    if results_of(file) is not None:  # else these would stand for it
        task = file.name.removeprefix("samples_").rpartition("_")[0]
        return [Unfinished(file, "no results_*.json beside it", task=task)]
    reader = _BY_SUFFIX.get(file.suffix.lower())
    if reader is None:
        raise InputError(f"is none of {', '.join(_BY_SUFFIX)}", file=file)
    return reader(file, scale)


def _document(file: Path, scale: Scale) -> Sequence[Result | Unfinished]:
    document = json_of(file)
    read = next((read for claims, read in _BY_CONTENT if claims(document)), None)
    return read(Fields(document, file, scale=scale)) if read else []


_BY_SUFFIX: Final[dict[str, Callable[[Path, Scale], Sequence[Result | Unfinished]]]] = {
    ".csv": table.read,
    ".tsv": table.read,
    ".json": _document,
    ".eval": inspect_logs.read_archive,
}
_BY_CONTENT: Final[tuple[tuple[Callable[[Any], bool], Callable[[Fields], Sequence[Result | Unfinished]]], ...]] = (
    (harness.claims, harness.read),
    (inspect_logs.claims, inspect_logs.read),
    (promptfoo.claims, promptfoo.read),
    (helm.claims, helm.read),
)
