"""A study as study.json. Lives here: the schema, and numbers as JSON has them."""

from __future__ import annotations

import json
import math
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.reason import Reason
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.predictor import Payoff
from curvefit.report.next_command import command_for
from curvefit.report.sentences import sentence
from curvefit.study import Study

__all__ = [
    "SCHEMA",
    "accuracy_record",
    "dumps",
    "estimate_record",
    "forecast_shots",
    "payoff_record",
    "plain",
    "to_record",
]

SCHEMA: Final = "curvefit.study/1"


def to_record(study: Study, folder: str = "") -> dict[str, Any]:
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
            "reasons": [_reason(reason) for reason in verdict.reasons],
            "to_settle": None if verdict.to_settle is None else _reason(verdict.to_settle),
        },
        "payoff": payoff_record(study.payoff),
        "advice": {
            "action": study.advice.action,
            "training": study.advice.training,
            "reasons": [_reason(reason) for reason in study.advice.reasons],
            "next_steps": [_step(step, study, folder) for step in study.advice.next_steps],
        },
        "lead": None if study.lead is None else asdict(study.lead),
        "over_constant": None if study.over_constant is None else asdict(study.over_constant),
        "optimism": study.optimism,
        "sensitivity": None if study.sensitivity is None else asdict(study.sensitivity),
        "looks": None if study.looks is None else asdict(study.looks),
        "usage": asdict(curve.usage),
        "versions": {
            "curvefit": version("curvefit"),
            "numpy": version("numpy"),
            "python": platform.python_version(),
            "scipy": version("scipy"),
        },
        "measurement": _measurement(curve),
    }
    values: dict[str, Any] = plain(record)
    return values


def _reason(reason: Reason) -> dict[str, Any]:
    """Return a reason as its code, its values, and the sentence a reader gets."""
    values = {name: asdict(v) if isinstance(v, Estimate) else v for name, v in reason.values.items()}
    return {"code": reason.code, "values": values, "text": sentence(reason)}


def _step(step: Reason, study: Study, folder: str) -> dict[str, Any]:
    """Return a step as `_reason` does, with the command that takes it, where one does."""
    return {**_reason(step), "command": command_for(step, study, folder), "calls": step.values.get("calls")}


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
        fields = (f"{pad}{json.dumps(key)}: {dumps(inner, depth + 1)}" for key, inner in value.items())
        return "{\n" + ",\n".join(fields) + f"\n{end}}}"
    if isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        return "[\n" + ",\n".join(f"{pad}{dumps(inner, depth + 1)}" for inner in value) + f"\n{end}]"
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
        "rule": None if payoff.rule is None else asdict(payoff.rule),
    }


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
        "notes": [asdict(note) for note in curve.notes],
        "extents": curve.extents,
        "stopped": curve.stopped,
        "cut": None if curve.cut is None else asdict(curve.cut),
        "command": list(curve.command),
        "path": curve.path,
        "asked": curve.asked,
        "retrieved": None if curve.retrieved is None else _measurement(curve.retrieved),
    }


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
