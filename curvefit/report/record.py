"""A study as study.json, and back. Lives here: the schema; conclusions are never read, only made anew."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from curvefit.curves.curve import Estimate, Point, Summary
from curvefit.errors import CurvefitError, InputError
from curvefit.models.base import Usage
from curvefit.payoff.model import OverShown, Payoff, Probed
from curvefit.report.checked import amount, change, count, shares
from curvefit.study import Measurement, Study, analyze
from curvefit.trials.design import Design

__all__ = [
    "SCHEMA", "accuracy_record", "dumps", "estimate_record", "forecast_shots", "payoff_record", "plain", "read_probed",
    "read_study", "study_file", "to_record",
]  # fmt: skip

SCHEMA: Final = "curvefit.study/1"

_EXPECTED: Final = "a study's folder or its study.json is expected, which curvefit run writes when it ends"


def to_record(study: Study) -> dict[str, Any]:
    """Return a study as JSON values; what is undefined is null.

    `measurement` holds what was measured, from which `read_study` concludes everything again.
    """
    verdict, curve = study.verdict, study.curve
    record = {
        "schema": SCHEMA,
        "task": curve.task,
        "kind": curve.kind,
        "model": curve.model,
        "level": study.level,
        "margin": study.margin,
        "seed": study.seed,
        "n_train": study.n_train,
        "probes": [asdict(probe) for probe in study.probes],
        "points": [
            {
                "shots": point.shots,
                **accuracy_record(point),
                "n_items": point.n_items or None,  # 0 stands for unknown
                "n_draws": point.n_draws or None,
                "parse_rate": study.parse_rate[i],
                "choice_accuracy": study.choice[i].accuracy.value if study.choice else None,
                "variance": asdict(point.spread),
            }
            for i, point in enumerate(study.points)
        ],
        "retrieved": [
            {
                "shots": point.shots,
                **accuracy_record(point),
                "n_items": point.n_items,
            }
            for point in study.retrieved
        ],
        "best_prompted": {
            "shots": study.best.point.shots,
            "retrieved": study.best.retrieved,
            **accuracy_record(study.best.point),
        },
        "forecast": [
            {"shots": shots, "mean": at.value, "low": at.low, "high": at.high}
            for shots, at in ((shots, study.forecast.at(shots)) for shots in forecast_shots(study))
        ],
        "weights": study.forecast.weights,
        "verdict": {
            "trend": verdict.trend,
            "gain_left": estimate_record(verdict.gain_left),
            "gain_per_doubling": estimate_record(verdict.gain_per_doubling),
            "margin": verdict.margin,
            "horizon": verdict.horizon,
            "reasons": list(verdict.reasons),
        },
        "payoff": payoff_record(study.payoff),
        "advice": asdict(study.advice),
        "usage": asdict(curve.usage),
        "versions": {
            "curvefit": version("curvefit"),
            "numpy": version("numpy"),
            "python": platform.python_version(),
            "scipy": version("scipy"),
        },
        "measurement": _measurement(curve),
    }
    made: dict[str, Any] = plain(record)
    return made


def forecast_shots(study: Study) -> list[int]:
    """Return the numbers of shots a report forecasts: those measured, doublings beyond, and the horizon."""
    shots = [point.shots for point in study.points]
    while 2 * max(shots[-1], 1) < study.verdict.horizon:
        shots.append(2 * max(shots[-1], 1))
    return [*shots, study.verdict.horizon]


def dumps(value: Any, depth: int = 0) -> str:
    """Return a record as text: objects and lists indented, innermost lists on one line each."""
    pad, end = " " * (depth + 1), " " * depth
    if isinstance(value, dict) and value:
        inner = (f"{pad}{json.dumps(key)}: {dumps(held, depth + 1)}" for key, held in value.items())
        return "{\n" + ",\n".join(inner) + f"\n{end}}}"
    if isinstance(value, list) and any(isinstance(held, dict | list) for held in value):
        return "[\n" + ",\n".join(f"{pad}{dumps(held, depth + 1)}" for held in value) + f"\n{end}]"
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def payoff_record(payoff: Payoff | None) -> dict[str, Any] | None:
    """Return a predicted payoff as JSON values."""
    if payoff is None:
        return None
    return {
        "gain": {**estimate_record(payoff.gain), "level": payoff.gain.level},
        "probability": payoff.probability,
        "margin": payoff.margin,
        "n_train": payoff.n_train,
        "basis": list(payoff.basis),
        "rule": payoff.rule,
    }


def study_file(path: str | Path) -> Path:
    """Return a study's file, named by itself or by its folder."""
    path = Path(path)
    return path / "study.json" if path.is_dir() else path


def read_study(path: str | Path, *, n_train: int | None = None, probes: Sequence[Probed] = ()) -> Study:
    """Read a study.json: what it measured, concluded from anew by this version.

    Parameters
    ----------
    path : path
        The file, or the folder it is in.
    n_train : int, optional
        Examples to predict the payoff of fine-tuning on, instead of those the study was made with.
    probes : sequence of Probed, optional
        Small models that were fine-tuned on the task, instead of those the study was made with.

    Raises
    ------
    InputError
        No such file, no study, or one of a newer schema; names file and field.
    """
    path = study_file(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{error.strerror or error}; {_EXPECTED}", file=path) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"no valid JSON: {error}; {_EXPECTED}", file=path) from error
    schema = record.get("schema") if isinstance(record, dict) else None
    if schema != SCHEMA:
        why = _EXPECTED if schema is None else "made by another version or program"
        raise InputError(f"{schema!r} is not {SCHEMA}; {why}", file=path, field="schema")
    try:
        curve = _read_measurement(record)
        margin, level = (amount(record[name], name, most=1) for name in ("margin", "level"))
        seed, stated = count(record["seed"], "seed", most=math.inf), record.get("n_train")
        examples = n_train or (None if stated is None else count(stated, "n_train"))
        told = probes or [read_probed(held) for held in record.get("probes", ())]
        return analyze(curve, margin=margin, level=level, seed=seed, n_train=examples, probes=told)
    except KeyError as error:
        raise InputError("is missing", file=path, field=str(error.args[0])) from error
    except InputError as error:
        raise InputError(error.problem, file=path, field=error.field) from error
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, CurvefitError) as error:
        raise InputError(f"cannot be used: {error}", file=path, field="measurement") from error


def accuracy_record(point: Point) -> dict[str, float]:
    """Return a point's accuracy and its interval as JSON values."""
    return {"accuracy": point.accuracy.value, "low": point.accuracy.low, "high": point.accuracy.high}


def estimate_record(estimate: Estimate) -> dict[str, float]:
    """Return an estimate as JSON values."""
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _measurement(curve: Measurement) -> dict[str, Any]:
    """Everything `analyze` needs, arrays as nested lists."""
    return {
        "shots": curve.shots,
        "scores": curve.scores,
        "summary": None if curve.summary is None else asdict(curve.summary),
        "readable": curve.readable,
        "choices": curve.choices,
        "items": list(curve.items),
        "n_labels": curve.n_labels,
        "pool": curve.pool,
        "available": curve.available,
        "commonest": curve.commonest,
        "form": curve.form,
        "design": None if curve.design is None else asdict(curve.design),
        "notes": list(curve.notes),
        "extents": curve.extents,
        "path": curve.path,
        "asked": curve.asked,
        "retrieved": None if curve.retrieved is None else _measurement(curve.retrieved),
    }


def _read_measurement(record: dict[str, Any]) -> Measurement:
    held = record["measurement"]
    summary, similar = held["summary"], held.get("retrieved")
    shape = (len(held["shots"]), 0, 0) if summary else np.shape(held["scores"])
    if (constant := held.get("commonest")) is not None:
        constant = [amount(score, "measurement.commonest", most=1) for score in constant]

    def array(name: str) -> Any:
        return shares(held[name], shape, f"measurement.{name}")

    made = Measurement(
        shots=np.array([count(k, "measurement.shots") for k in held["shots"]]),
        scores=array("scores"),
        summary=None
        if summary is None
        else Summary(
            np.array([amount(share, "measurement.summary.accuracy", most=1) for share in summary["accuracy"]]),
            np.array([amount(error, "measurement.summary.stderr") for error in summary["stderr"]]),
            np.array([count(n, "measurement.summary.n_items") for n in summary["n_items"]]),
        ),
        task=str(record["task"]),
        kind=str(record["kind"]),
        model=str(record["model"]),
        form=str(held["form"]),
        design=None if held["design"] is None else Design(**held["design"]),
        n_labels=count(held["n_labels"], "measurement.n_labels"),
        pool=count(held["pool"], "measurement.pool"),
        available=count(held.get("available", 0), "measurement.available"),
        commonest=None if constant is None else np.array(constant).reshape(shape[2]),
        items=tuple(map(str, held["items"])),
        readable=array("readable"),
        choices=array("choices"),
        usage=_read_usage(record["usage"]),
        notes=tuple(map(str, held["notes"])),
        extents=tuple(
            (count(draws, "measurement.extents"), count(items, "measurement.extents"))
            for draws, items in held.get("extents", ())
        ),
        path=str(held.get("path", "")),
        asked=str(held.get("asked", "")),
    )
    if similar is None:
        return made
    unspent = {"calls": 0, "prompt_tokens": 0, "cached_tokens": 0, "completion_tokens": 0, "usd": 0.0, "seconds": 0.0}
    return made.beside(_read_measurement({**record, "measurement": similar, "usage": unspent}))


def read_probed(held: dict[str, Any]) -> Probed:
    """Read what a probe comes to, as `to_record` writes it."""
    shown = held.get("over_shown")
    over = None if shown is None else OverShown(count(shown["n"], "over_shown.n"), change(shown["gain"], "over_shown"))
    return Probed(
        model=str(held["model"]),
        best_prompted=amount(held["best_prompted"], "best_prompted", most=1),
        n_train=count(held["n_train"], "n_train"),
        gain=change(held["gain"], "gain"),
        over_shown=over,
        luck=math.nan if held.get("luck") is None else amount(held["luck"], "luck", most=1),
    )


def _read_usage(held: dict[str, Any]) -> Usage:
    counted = ("calls", "prompt_tokens", "cached_tokens", "completion_tokens")
    return Usage(
        **{name: count(held[name], f"usage.{name}") for name in counted},
        usd=None if held["usd"] is None else amount(held["usd"], "usage.usd"),
        seconds=amount(held["seconds"], "usage.seconds"),
    )


def plain(value: Any) -> Any:
    """Return numpy and non-finite values as JSON has them: whole scores as integers, NaN as null."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float | np.floating):
        number = float(value)
        return None if not math.isfinite(number) else int(number) if number in (0.0, 1.0) else number
    return int(value) if isinstance(value, np.integer) else value
