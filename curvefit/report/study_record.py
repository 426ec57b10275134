"""A study as study.json. Lives here: the schema, and numbers as JSON has them."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Final, get_args

import numpy as np

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.reason import Reason
from curvefit.decision.break_even import Costs, payback_of, saved_before
from curvefit.decision.candidates import Candidate, Cost, undominated
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.decision.next_steps import NextStep
from curvefit.decision.scorer_gap import ScorerGap
from curvefit.measurement.measurement import Measurement, Note
from curvefit.models.redaction import without_keys
from curvefit.payoff.predictor import Payoff
from curvefit.report.answer_text import ship_sentence
from curvefit.report.cautions import cautions
from curvefit.report.cost_text import cost_sentences
from curvefit.report.next_command import command_for
from curvefit.report.sentences import sentence
from curvefit.report.settle_text import what_is_left, why_open
from curvefit.report.step_text import step_sentence
from curvefit.study import Study
from curvefit.training.text_classifier import Baseline

__all__ = [
    "SCHEMA",
    "accuracy_record",
    "as_json",
    "baseline_record",
    "candidate_records",
    "counted_record",
    "estimate_record",
    "file_of",
    "forecast_end",
    "forecast_shots",
    "note_records",
    "payoff_record",
    "to_record",
]

SCHEMA: Final = "curvefit.study/1"
_DIGITS: Final = 12  # of what is concluded: those beyond differ from machine to machine
# What was measured or stated is written as it is; all else is concluded, and rounded.
_EXACT: Final = ("level", "margin", "probes", "baseline", "costs", "looks", "steps", "usage", "measurement")


def to_record(study: Study, folder: str = "") -> dict[str, Any]:
    """Return a study as JSON values; what is undefined is null.

    `measurement` holds what was measured, from which `read_study` concludes everything again. That is written exactly;
    what is concluded to 12 digits, so that it is the same on every machine.
    """
    verdict, curve = study.verdict, study.curve
    paid = None if study.costs is None else payback_of(study.costs, study.gain_over_prompt_to_use)
    record = {
        "schema": SCHEMA,
        "task": curve.task,
        "kind": curve.kind,
        "model": curve.model,
        "answer": ship_sentence(study),
        "cautions": cautions(study),
        "level": study.level,
        "margin": study.margin,
        "seed": study.seed,
        "n_train": study.n_train,
        "probes": [asdict(probe) for probe in study.probes],
        "baseline": None if study.baseline is None else baseline_record(study.baseline, study.level),
        "points": [
            {
                "shots": point.shots,
                **counted_record(point),
                "parse_rate": study.parse_rate[i],
                "choice_accuracy": study.choice[i].accuracy.value if study.choice else None,
                "variance": asdict(point.spread),
            }
            for i, point in enumerate(study.points)
        ],
        "retrieved": [
            {"shots": point.shots, **accuracy_record(point), "n_items": point.n_items} for point in study.retrieved
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
            "leaning": verdict.leaning,
            "probabilities": asdict(verdict.probabilities),
            "gain_left": estimate_record(verdict.gain_left),
            "gain_per_doubling": estimate_record(verdict.gain_per_doubling),
            "margin": verdict.margin,
            "horizon": verdict.horizon,
            "reasons": [_reason(reason) for reason in verdict.reasons],
            "to_settle": None if verdict.to_settle is None else _reason(verdict.to_settle),
        },
        "payoff": payoff_record(study.payoff),
        "candidates": candidate_records(study.candidates),
        "advice": {
            "action": study.advice.action,
            "training": study.advice.training,
            "leaning": study.advice.leaning,
            "reasons": [_reason(reason) for reason in study.advice.reasons],
            "next_steps": [_step(step, study, folder) for step in study.advice.next_steps],
            "why_open": _why_open(study) or None,
            "what_is_left": _what_is_left(study, folder),
            "cheaper_prompt": _cheaper_prompt(study.advice.cheaper),
        },
        "scorer_gap": None if study.scorer_gap is None else _scorer_gap(study.scorer_gap),
        "judge_correction": None if study.judge_correction is None else asdict(study.judge_correction),
        "lead": None if study.lead is None else asdict(study.lead),
        "over_constant": None if study.over_constant is None else asdict(study.over_constant),
        "optimism": study.optimism,
        "sensitivity": None if study.sensitivity is None else asdict(study.sensitivity),
        "costs": None if study.costs is None else asdict(study.costs),
        "break_even": None if paid is None else asdict(paid),  # null for never; `dearest`: at the worse ends of ranges
        "money": None if study.costs is None else _money(study, study.costs),
        "looks": None if study.looks is None else asdict(study.looks),
        "steps": [
            {**asdict(step), "command": step.command or None, "problem": step.problem or None} for step in study.steps
        ],
        "usage": asdict(curve.usage),
        "versions": {
            "curvefit": version("curvefit"),
            "numpy": version("numpy"),
            "python": platform.python_version(),
            "scipy": version("scipy"),
        },
        "measurement": measurement_record(curve),
    }
    return {name: value if name in _EXACT else _rounded(value) for name, value in as_json(record).items()}


def _rounded(value: Any) -> Any:
    """Return JSON values with all numbers rounded."""
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return _plain(float(f"{value:.{_DIGITS}g}")) if isinstance(value, float) else value


def _cheaper_prompt(cheaper: CheaperPrompt | None) -> dict[str, Any] | None:
    if cheaper is None:
        return None
    shown = {"shots": cheaper.point.shots, "retrieved": cheaper.retrieved}
    return {**shown, **counted_record(cheaper.point), "added": asdict(cheaper.added)}


def _money(study: Study, costs: Costs) -> dict[str, Any]:
    """Return what costs come to in sentences; and what is saved before what is not known, which leaves break-even open.

    `missing` are the costs that are not known, and `gain` where none is predicted.
    """
    gain = study.gain_over_prompt_to_use if costs.tuned is None else costs.tuned.gain
    saved = saved_before(costs, gain)
    ends = () if saved is None else tuple(asdict(end.saved_per_month) for end in saved.ends)
    return {
        "text": cost_sentences(study),
        "missing": [*costs.unknown, *(["gain"] if gain is None else [])],
        "saved_per_month_before": dict(zip(("best", "worst"), (*ends, *ends)[:2], strict=True)) if ends else None,
    }


def _why_open(study: Study) -> str:
    """Return why `curvefit decide` left the answer open, where no step of it says so."""
    return why_open(study) if study.steps and not any(step.problem for step in study.steps) else ""


def _what_is_left(study: Study, folder: str) -> dict[str, Any] | None:
    return next(({"text": text, "command": command} for _, text, command in what_is_left(study, folder)), None)


def candidate_records(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """Return what could be shipped, and what each is unbeaten in."""
    frontiers = {cost: undominated(candidates, cost) for cost in get_args(Cost)}
    return [
        {
            "name": each.name, "model": each.model, "shots": each.shots,
            "retrieved": each.retrieved, "basis": each.basis,
            "accuracy": each.accuracy.value, "low": each.accuracy.low, "high": each.accuracy.high,
            "usd_per_1000": each.usd_per_1000, "seconds_p50": each.seconds_p50, "seconds_p95": each.seconds_p95,
            "as_base": list(each.as_base),
            "frontier": [cost for cost, unbeaten in frontiers.items() if each in unbeaten],
        }
        for each in candidates
    ]  # fmt: skip


def _scorer_gap(gap: ScorerGap) -> dict[str, Any]:
    """Return what two scorers make of the same replies, at each number of shots."""
    return {
        "scorers": list(gap.scorers),
        "points": [
            {"shots": ours.shots, "accuracy": ours.accuracy.value, "also": asdict(theirs.accuracy)}
            for ours, theirs in zip(gap.points, gap.also, strict=True)
        ],
        "shots": gap.shots,
        "difference": asdict(gap.difference),
        "between_prompts": gap.between_prompts,
        "decides_more": gap.decides_more,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    """Return a reason as its code, its values, and the sentence a reader gets."""
    values = {name: asdict(v) if isinstance(v, Estimate) else v for name, v in reason.values.items()}
    return {"code": reason.code, "values": values, "text": sentence(reason)}


def _step(step: NextStep, study: Study, folder: str) -> dict[str, Any]:
    """Return a step as `_reason` does, with the command that takes it, where one does, and what that takes."""
    return {
        **_reason(step),
        "text": step_sentence(step),
        "command": command_for(step, study, folder),
        **{name: getattr(step, name) for name in ("calls", "usd", "minutes", "chance")},
    }


def forecast_shots(study: Study) -> list[int]:
    """Return the numbers of shots a report forecasts: those measured, doublings beyond, and where it ends."""
    shots, end = [point.shots for point in study.points], forecast_end(study)
    while 2 * max(shots[-1], 1) < end:
        shots.append(2 * max(shots[-1], 1))
    return [*shots, *([end] if end > shots[-1] else [])]


def forecast_end(study: Study) -> int:
    """Return up to how many shots a report forecasts: the horizon, and no more than a pool of known size has."""
    last, pool, horizon = study.points[-1].shots, study.curve.pool, study.verdict.horizon
    return min(horizon, max(pool, last)) if pool else horizon


def file_of(record: Mapping[str, Any]) -> bytes:
    """Return a record as a file: objects and lists indented, innermost lists on one line each."""
    return f"{_dumps(record)}\n".encode()


def _dumps(value: Any, depth: int = 0) -> str:
    pad, end = " " * (depth + 1), " " * depth
    if isinstance(value, dict) and value:
        fields = (f"{pad}{json.dumps(key)}: {_dumps(inner, depth + 1)}" for key, inner in value.items())
        return "{\n" + ",\n".join(fields) + f"\n{end}}}"
    if isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        return "[\n" + ",\n".join(f"{pad}{_dumps(inner, depth + 1)}" for inner in value) + f"\n{end}]"
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def payoff_record(payoff: Payoff | None) -> dict[str, Any] | None:
    """Return a predicted payoff as JSON values."""
    if payoff is None:
        return None
    return {
        "gain": asdict(payoff.gain),
        "probability": payoff.probability,
        "margin": payoff.margin,
        "n_train": payoff.n_train,
        "fine_tuned": None if payoff.fine_tuned is None else asdict(payoff.fine_tuned),
        "basis": list(payoff.basis),
        "stand_in": None if payoff.stand_in is None else asdict(payoff.stand_in),
        "rule": None if payoff.rule is None else asdict(payoff.rule),
    }


def baseline_record(baseline: Baseline, level: float) -> dict[str, Any]:
    """Return what a plain classifier learns as JSON values."""
    return {
        "points": [{"n": point.shots, **accuracy_record(point)} for point in baseline.points(level)],
        "scores": baseline.curve.scores,
        "items": list(baseline.items),
        **({"groups": list(baseline.curve.groups)} if baseline.curve.groups else {}),
        "pool": baseline.pool,
        "seconds": round(baseline.seconds, 3),
    }


def accuracy_record(point: Point) -> dict[str, float]:
    """Return a point's accuracy and its interval as JSON values."""
    return {"accuracy": point.accuracy.value, "low": point.accuracy.low, "high": point.accuracy.high}


def counted_record(point: Point) -> dict[str, Any]:
    """Return the same and on how much it rests; null: not known."""
    return {**accuracy_record(point), "n_items": point.n_items or None, "n_draws": point.n_draws or None}


def estimate_record(estimate: Estimate) -> dict[str, float]:
    """Return an estimate as JSON values."""
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def measurement_record(curve: Measurement) -> dict[str, Any]:
    """Everything `analyze` needs, arrays as nested lists."""
    return {
        "shots": curve.shots,
        "scores": curve.scores,
        "summary": curve.summary and {name: each for name, each in asdict(curve.summary).items() if each is not None},
        "readable": curve.readable,
        "choices": curve.choices,
        **({"scorer": curve.scorer} if curve.scorer else {}),
        **({"also_scored_by": curve.also_scored_by} if curve.also_scored_by else {}),
        **({} if curve.also_scores is None else {"also_scores": curve.also_scores}),
        **({} if curve.judge is None else {"judge": asdict(curve.judge)}),
        "items": list(curve.items),
        **({"groups": list(curve.groups)} if curve.groups else {}),
        "n_labels": curve.n_labels,
        "pool": curve.pool,
        "available": curve.available,
        "commonest": curve.commonest,
        "form": curve.form,
        "design": None if curve.design is None else asdict(curve.design),
        "usage_by_shots": [asdict(usage) for usage in curve.usage_by_shots],
        "seconds_by_shots": [list(pair) for pair in curve.seconds_by_shots],
        "concurrency": curve.concurrency,
        "notes": note_records(curve.notes),
        "extents": curve.extents,
        "stopped": curve.stopped,
        **({} if curve.unasked is None else {"unasked": asdict(curve.unasked)}),
        "same_answers": [asdict(same) for same in curve.same_answers],
        "cut": None if curve.cut is None else asdict(curve.cut),
        "command": list(curve.command),
        "path": curve.path,
        **({"overrides": {name: without_keys(text) for name, text in curve.overrides}} if curve.overrides else {}),
        **({"documents": curve.documents} if curve.documents else {}),
        "asked": curve.asked,
        **({"digests": list(curve.digests)} if curve.digests else {}),
        **({} if curve.unscored is None else {"unscored": np.argwhere(curve.unscored)}),
        **({"own_examples": True} if curve.own_examples else {}),
        **({"draw_names": list(curve.draw_names)} if curve.draw_names else {}),
        **({"wholly_right": list(curve.wholly_right)} if curve.wholly_right else {}),
        **({} if curve.model_context is None else {"model_context": curve.model_context}),
        **({"too_long": list(curve.too_long)} if curve.too_long else {}),
        "retrieved": None if curve.retrieved is None else measurement_record(curve.retrieved),
    }


def note_records(notes: Sequence[Note]) -> list[dict[str, str]]:
    """Return notes as JSON values; one that has no short form has no field for it."""
    return [{name: text for name, text in asdict(note).items() if text} for note in notes]


def as_json(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with numpy and non-finite values as JSON has them: whole scores as integers, NaN as null."""
    return {name: _plain(value) for name, value in record.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float | np.floating):
        number = float(value)
        return None if not math.isfinite(number) else int(number) if number in (0.0, 1.0) else number
    return int(value) if isinstance(value, np.integer) else value
