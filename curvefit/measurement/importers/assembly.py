"""From results to one curve. Lives here: choosing one task, model and metric, and putting scores into arrays."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from typing import Final, TypeVar

import numpy as np

from curvefit.curves.curve import Curve
from curvefit.errors import CurveError, InputError
from curvefit.measurement.importers.result import Mean, Result
from curvefit.measurement.measurement import Measurement, Note
from curvefit.models.redaction import redact_word

__all__ = ["assemble", "choose"]

_Value = TypeVar("_Value", bound=Hashable)

_LISTED: Final = 20  # names in an error
_CELLS_A_ROW, _MANY_CELLS = 100, 10**7  # beyond both, scores are no crossing of draws and items
_MIXED: Final = "single scores are not known at every number of shots, so that only means are compared"


def choose(results: Sequence[Result], **choices: str | None) -> list[Result]:
    """Return the results of one task, model and metric; what there is one of need not be said.

    Raises
    ------
    InputError
        Lists what there is to choose from.
    """
    chosen = list(results)
    for field, name in choices.items():
        names = list(dict.fromkeys(str(getattr(result.setting, field)) for result in chosen))
        if name is None and len(names) > 1:
            raise InputError(
                f"{len(names)} {field}s are in here and one makes a curve; choose it with --{field}: {_some(names)}",
                file=chosen[0].file,
            )
        if name is not None and name not in names:
            raise InputError(f"there is no {field} {name!r} in here, only {_some(names)}", file=chosen[0].file)
        chosen = [result for result in chosen if name is None or getattr(result.setting, field) == name]
    return chosen


def _some(names: list[str]) -> str:
    listed = ", ".join(name or "(without a name)" for name in sorted(names)[:_LISTED])
    return listed + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")


def assemble(results: Sequence[Result]) -> Measurement:
    """Make one curve of the results of one task, model and metric.

    Items are paired by their ids, and NaN where a number of shots or a draw lacks one. Where the same scores are there
    one by one and as a mean, the mean is left out; where some are there as means only, all become means.

    Raises
    ------
    InputError
        Scores that stand in two places, lie outside of [0, 1], or make no curve.
    """
    results = [result for result in results if not (isinstance(result.scores, Mean) and _singly(results, result))]
    _refuse_twice(results)
    for result in results:
        _refuse_outside(result)
    about, means = results[0], [isinstance(result.scores, Mean) for result in results]
    try:
        curve = _averaged(results) if any(means) else _paired(results)
    except CurveError as error:
        raise InputError(str(error), file=about.file) from error
    notes = [*(result.note for result in results if result.note), *([_MIXED] if len(set(means)) > 1 else [])]
    return replace(
        curve,
        task=about.setting.task or about.file.stem,
        model=redact_word(about.setting.model),
        notes=tuple(Note("import", text) for text in dict.fromkeys(notes)),
    )


def _singly(results: Sequence[Result], mean: Result) -> bool:
    return any(not isinstance(result.scores, Mean) and result.setting.shots == mean.setting.shots for result in results)


def _refuse_twice(results: Sequence[Result]) -> None:
    first_at: dict[tuple[int, str], Result] = {}
    for result in results:
        alone = isinstance(result.scores, Mean)  # of several draws' means, how far they agree cannot be told
        place = result.setting.shots, "" if alone else result.setting.draw
        other = first_at.setdefault(place, result)
        if other is not result:
            where = "" if other.file == result.file else f" and in {other.file}"
            raise InputError(
                f"{result.setting.shots} shots stand here{where or ' twice'}; leave one of them out", file=result.file
            )


def _refuse_outside(result: Result) -> None:
    scores = {"": result.scores.accuracy} if isinstance(result.scores, Mean) else result.scores
    wrong = next((item for item, score in scores.items() if not (math.isnan(score) or 0 <= score <= 1)), None)
    if wrong is not None:
        raise InputError(
            f"{scores[wrong]:g}{f' of item {wrong!r}' if wrong else ''} does not lie in [0, 1]; choose another metric",
            file=result.file, field=result.setting.metric or None,
        )  # fmt: skip


def _paired(results: Sequence[Result]) -> Measurement:
    shots = _numbered(sorted({result.setting.shots for result in results}))
    draws = _numbered(result.setting.draw for result in results)
    items = _numbered(item for result in results for item in _of(result))
    rows = sum(len(_of(result)) for result in results)
    if len(shots) * len(draws) * len(items) > max(_CELLS_A_ROW * rows, _MANY_CELLS):
        raise InputError(
            f"{rows:,} rows name {len(draws):,} draws and {len(items):,} items, which looks like row numbers; give"
            " the same draw or item the same name in all its rows",
            file=results[0].file, field="draw, item",
        )  # fmt: skip
    scores = np.full((len(shots), len(draws), len(items)), np.nan)
    for result in results:
        scores_of = _of(result)
        scores[shots[result.setting.shots], draws[result.setting.draw], [items[item] for item in scores_of]] = list(
            scores_of.values()
        )
    return Measurement(shots=np.array(list(shots)), scores=scores, items=tuple(items))


def _of(result: Result) -> Mapping[str, float]:
    return {} if isinstance(result.scores, Mean) else result.scores


def _numbered(values: Iterable[_Value]) -> dict[_Value, int]:
    return {value: i for i, value in enumerate(dict.fromkeys(values))}


def _averaged(results: Sequence[Result]) -> Measurement:
    means: dict[int, Mean] = {}
    for shots in sorted({result.setting.shots for result in results}):
        here = [result for result in results if result.setting.shots == shots]
        known = next((result.scores for result in here if isinstance(result.scores, Mean)), None)
        means[shots] = known or _mean([_of(result) for result in here])
    rows = [(shots, *astuple(mean)) for shots, mean in means.items()]
    return Measurement(**vars(Curve.from_means(*zip(*rows, strict=True))))


def _mean(draws: Sequence[Mapping[str, float]]) -> Mean:
    observed = [score for scores in draws for score in scores.values() if not math.isnan(score)]
    items = {item for scores in draws for item in scores}
    return Mean(float(np.mean(observed)) if observed else math.nan, n_items=len(items))
