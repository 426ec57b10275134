"""A validation as JSON and in words. Lives here: what is written and said; conclusions are given."""

from __future__ import annotations

import math
import re
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from curvefit.curves.curve import Point
from curvefit.decision.advice import READABLE
from curvefit.own_files import digest
from curvefit.payoff.comparison import over_constant, paired_items
from curvefit.report import deliver_files
from curvefit.report import study_record as record
from curvefit.report.payoff_text import UNRETRIEVED, examples_in, of_optimism
from curvefit.report.sentences import constant_sentence
from curvefit.report.wording import clean, counted, percent, with_interval
from curvefit.workflows.validation import LedgerEntry, Validation

__all__ = ["VALIDATION_SCHEMA", "ledger_sentence", "validation_record", "validation_summary", "write_validation"]

VALIDATION_SCHEMA: Final = "curvefit.validation/1"

_UNSEEN: Final = "worth nothing if it was trained on any of these items, which cannot be seen here; see: curvefit pool"


def write_validation(validation: Validation, out: str | Path) -> tuple[Path, ...]:
    """Write ``validation-MODEL.json`` into a folder, made when missing; no example and no reply is in it.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    model = validation.tuned.model
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", model).strip(".-")[:100]
    if name != model:  # two names may come to the same
        name = f"{name}-{digest(model)[:8]}".lstrip("-")
    text = record.dumps(validation_record(validation)) + "\n"
    return deliver_files({f"validation-{name}.json": text.encode()}, out)


def validation_record(validation: Validation) -> dict[str, Any]:
    """Return a validation as JSON values; what is undefined is null."""
    study, tuned, checked = validation.study, validation.tuned, validation.checked
    made = {
        "schema": VALIDATION_SCHEMA,
        "task": study.curve.task,
        "kind": study.curve.kind,
        "model": study.curve.model,
        "fine_tuned_model": tuned.model,
        "level": study.level,
        "margin": study.margin,
        "fine_tuned": _point(validation.accuracy),
        "parse_rate": validation.tuned.parse_rate[0],
        "best_prompted": {
            "shots": validation.best.point.shots,
            "retrieved": validation.best.retrieved,
            **_point(validation.best.point),
        },
        "best_prompted_by_the_curve": record.estimate_record(validation.smoothed),
        "gain": record.estimate_record(validation.gain),
        "optimism": validation.optimism,
        "gain_without_optimism": record.estimate_record(validation.gain_without_optimism),
        "outcome": validation.outcome,
        "payoff": record.payoff_record(validation.payoff),
        "n_train_stated": validation.stated,
        "predicted_anew": validation.anew,
        "inside": None if checked is None else checked.inside,
        "missing": tuned.missing,
        "usage": asdict(tuned.usage),
        "notes": [asdict(note) for note in tuned.notes],
        "versions": {"curvefit": version("curvefit")},
        "measurement": {"items": list(tuned.items), "form": tuned.form, "scores": tuned.scores},
    }
    values: dict[str, Any] = record.plain(made)
    return values


def validation_summary(validation: Validation) -> str:
    """Return a validation for the terminal: what came, what was predicted, and what the comparison does not hold."""
    study, tuned, best, gain = validation.study, validation.tuned, validation.best.point, validation.gain
    margin = f"{100 * study.margin:g} points"
    verdict = {
        "paid": f"Fine-tuning paid: the change is more than {margin}.",
        "did not pay": f"Fine-tuning did not pay: the change is not more than {margin}.",
        "open": f"Whether the change is more than {margin} these items cannot tell.",
    }[validation.outcome]
    pairs = paired_items(tuned, 0, validation.best.curve, best.shots)
    read = tuned.parse_rate[0]
    constant = over_constant(tuned, 0, tuned.commonest, gain.level)
    lines = [
        f"{clean(study.curve.task)}: {clean(tuned.model)} scores {percent(validation.accuracy.accuracy.value)}"
        f" without examples in the prompt; {clean(study.curve.model)} scored {percent(best.accuracy.value)} at best,"
        f" with {examples_in(validation.best)}.",
        "",
        f"  A change of {with_interval(gain)} over the best prompt, item by item on the {pairs} both answered.",
        *(f"  {line}" for line in of_optimism(study, gain, validation.optimism)),
        f"  {verdict}",
        *(f"  {line}" for line in constant_sentence(validation.accuracy.accuracy, constant)),
        *(f"  {line}" for line in _against_prediction(validation)),
    ]
    if not math.isnan(read) and read < 1:
        asked = "" if read >= READABLE else f": asked in {tuned.form} form; --form names the one it was trained in"
        lines.append(f"  Of its replies {percent(read)} could be read{asked}.")
    lines.append(f"  ! {_UNSEEN}")
    if tuned.form != study.curve.form:
        lines.append(
            f"  ! asked in {tuned.form} form, the study in {study.curve.form} form: part of the change is that"
        )
    lines += [f"  ! {clean(note.text, longest=200)}" for note in tuned.notes if note.origin != "task"]
    lines += [] if study.retrieved else [f"  ! {UNRETRIEVED}"]
    return "\n".join(lines)


def ledger_sentence(entry: LedgerEntry) -> str:
    """Return what became of entering a validation in the ledger."""
    if not entry.refusal:
        return f"entered in {entry.file}, {entry.count} in all; see: curvefit backtest --mine"
    why = {
        "known-before": "a probe of this very model had shown it, so that it is no prediction",
        "no-prediction": "there is no prediction to keep score of",
        "not-all-asked": "not all items were asked",
    }
    return f"not entered in the ledger: {why.get(entry.refusal, entry.problem)}"


def _against_prediction(validation: Validation) -> list[str]:
    payoff, checked = validation.payoff, validation.checked
    if payoff is None or checked is None:
        return ["Nothing was predicted to set it against: the kind of task and --n-train would have to be known."]
    predicted = payoff.gain
    side = (
        "within that interval" if checked.inside else "above it" if checked.gain.value > predicted.high else "below it"
    )
    lines = [
        f"Predicted for {counted(payoff.n_train, 'example')}: {with_interval(predicted)}, with a chance of"
        f" {percent(payoff.probability)} of more than {100 * payoff.margin:g}. What came lies {side}."
    ]
    if validation.anew:
        own = validation.study.payoff
        before = "gave none" if own is None else f"gave one for {own.n_train:,} examples"
        lines.append(f"  (Predicted only now, for the number stated: the study {before}.)")
    if not validation.stated:
        lines.append("  (No --n-train said how many examples it was fine-tuned on: the study's number is taken.)")
    return lines


def _point(point: Point) -> dict[str, Any]:
    return {**record.accuracy_record(point), "n_items": point.n_items}
