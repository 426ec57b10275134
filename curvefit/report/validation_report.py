"""A validation as JSON and in words. Lives here: what is written and said; conclusions are given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from curvefit.curves.curve import Point
from curvefit.decision.advice import READABLE
from curvefit.models.simulated import is_made_up
from curvefit.own_files import digest
from curvefit.payoff.comparison import over_constant, paired_items, without_optimism
from curvefit.plain_text import clean
from curvefit.report import study_record as record
from curvefit.report.first_screen import MADE_UP
from curvefit.report.judge_text import gain_behind_judge
from curvefit.report.payoff_text import examples_in, gain_line, of_optimism, unretrieved
from curvefit.report.sentences import constant_sentence
from curvefit.report.study_files import deliver_files
from curvefit.report.subject_text import subject
from curvefit.report.together_text import together_lines, together_record, together_sentences
from curvefit.report.training_text import (
    chance_to_gain,
    measured_words,
    paying_together_words,
    side_of_prediction,
    validation_warning,
)
from curvefit.report.wording import (
    accuracy_line,
    bullets,
    chance_of,
    counted,
    dollars,
    margin_text,
    percent,
    sure,
    with_interval,
    wrapped,
)
from curvefit.workflows.validation import LedgerEntry, Validation

__all__ = [
    "VALIDATION_SCHEMA",
    "ledger_sentence",
    "validation_cautions",
    "validation_facts",
    "validation_limits",
    "validation_name",
    "validation_record",
    "validation_summary",
    "write_validation",
]

VALIDATION_SCHEMA: Final = "curvefit.validation/1"

_UNSEEN: Final = (
    "This counts only if the model was trained on none of these items, which cannot be checked here; see: curvefit pool"
)


def write_validation(validation: Validation, out: str | Path) -> tuple[Path, ...]:
    """Write ``validation-MODEL.json`` into a folder, made when missing; no example and no reply is in it.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    return deliver_files({f"{validation_name(validation)}.json": record.file_of(validation_record(validation))}, out)


def validation_name(validation: Validation) -> str:
    """Return what its files are called, short of their ending: two models never share a name."""
    model = validation.tuned.model
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", model).strip(".-")[:100]
    if name != model:  # two names may come to the same
        name = f"{name}-{digest(model)[:8]}".lstrip("-")
    return f"validation-{name}"


def validation_record(validation: Validation) -> dict[str, Any]:
    """Return a validation as JSON values; what is undefined is null."""
    study, tuned, checked = validation.study, validation.tuned, validation.checked
    return record.as_json(
        {
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
            "together": [together_record(each) for each in validation.together],
            "outcome": {"pays": "paid", "does not pay": "did not pay"}.get(validation.decision, validation.decision),
            "probability": validation.training.chance(study.margin),
            "payoff": record.payoff_record(validation.payoff),
            "n_train_stated": validation.stated,
            "predicted_anew": validation.anew,
            "inside": None if checked is None else checked.inside,
            "missing": tuned.missing,
            "usage": asdict(validation.usage),
            **{name: getattr(validation.training, name) for name in ("usd_per_1000", "seconds_p50", "seconds_p95")},
            "notes": record.note_records(tuned.notes),
            "versions": {"curvefit": version("curvefit")},
            "measurement": {"items": list(tuned.items), "form": tuned.form, "scores": tuned.scores},
        }
    )


_OUTCOMES: Final = {
    "pays": "{came}: it {likely}adds more than {margin} to the best prompt",
    "does not pay": "{came}: it {likely}adds no more than {margin} to the best prompt",
    "open": "these items cannot tell whether fine-tuning adds more than {margin} to the best prompt",
}


def validation_summary(validation: Validation, *, verbose: bool = False, width: int = 80) -> str:
    """Return a validation for the terminal: answer, three numbers, whether they are as predicted.

    With `verbose` also everything else that is known: the prediction, how the two were compared, what that does not
    hold.
    """
    study, tuned = validation.study, validation.tuned
    outcome = _OUTCOMES[validation.decision].format(
        came=measured_words(validation.training, study.margin),
        likely="likely " if validation.training.is_likely(study.margin) else "",
        margin=margin_text(study.margin),
    )
    warning = validation_warning(validation)
    if warning:
        outcome = f"{measured_words(validation.training, study.margin)}: it does worse than the best prompt"
    lines = [
        *wrapped(f"{subject(study.curve, model=tuned.model)}: {outcome}{paying_together_words(validation)}.", width),
        *wrapped(warning, width),
        "",
        accuracy_line("fine-tuned", validation.accuracy.accuracy, "accuracy, without examples in the prompt"),
        *together_lines(validation.together),
        accuracy_line("best prompt", validation.best.point.accuracy, f"accuracy with {examples_in(validation.best)}"),
        gain_line(study.curve.tried, validation.gain, validation.best.point.accuracy.value, validation.optimism),
        f"  brackets: {sure(study.level)} intervals",
        "",
        *wrapped(f"{_against_prediction(validation)}{_cost(validation)}", width),
        *bullets(validation_cautions(validation), width, "!"),
    ]
    return "\n".join([*lines, *(["", *_everything(validation, width)] if verbose else [])])


def _against_prediction(validation: Validation) -> str:
    """Say where the gain lies beside what was predicted."""
    payoff, side = validation.payoff, side_of_prediction(validation)
    if payoff is None or not side:
        return "Nothing was predicted: that takes the kind of task and --n-train."
    return f"The gain lies {side} the interval predicted for {counted(payoff.n_train, 'example')}."


def _cost(validation: Validation) -> str:
    """Say what its calls cost, where they cost anything that is known."""
    usage = validation.usage
    if not usage.usd or is_made_up(validation.tuned.model):
        return ""
    return f" Its {counted(usage.calls, 'call')} cost {dollars(usage.usd)} in all."


def validation_cautions(validation: Validation) -> Iterator[str]:
    """Yield what may make the answer wrong, in a line each."""
    study, tuned, readable = validation.study, validation.tuned, validation.tuned.parse_rate[0]
    yield _UNSEEN
    if is_made_up(study.curve.model) or is_made_up(tuned.model):
        yield MADE_UP
    yield from unretrieved(study, validation.decision, decides=True)
    seen = without_optimism(validation.gain, validation.optimism)
    yield from gain_behind_judge(tuned, validation.gain_without_optimism, seen)
    others = sum(each.model != tuned.model for each in study.validated)
    if others:
        yield (
            f"{others + 1} fine-tuned models were measured on these items. The study's report corrects the best of them"
            " for having been picked; this does not."
        )
    if readable < READABLE:  # NaN is not
        yield (
            f"Only {percent(readable)} of its replies could be read. The prompts were in {tuned.form} form; if it was"
            " trained in another, name that with --form."
        )
    if tuned.form != study.curve.form:
        yield (
            f"Its prompts were in {tuned.form} form, the study's in {study.curve.form} form: part of the gain may"
            " come from that."
        )
    constant = over_constant(tuned, 0, tuned.commonest, validation.gain.level)
    yield from constant_sentence(validation.accuracy.accuracy, constant)


def _everything(validation: Validation, width: int) -> list[str]:
    """Return the prediction, how the two were compared, and what that does not hold."""
    facts, limits = validation_facts(validation), validation_limits(validation)
    return [*bullets(facts, width), *bullets(limits, width, "!")]


def validation_facts(validation: Validation) -> list[str]:
    """Return how the gain was found and what was predicted, a sentence each."""
    study, tuned, gain, readable = validation.study, validation.tuned, validation.gain, validation.tuned.parse_rate[0]
    pairs = paired_items(tuned, 0, validation.best.curve, validation.best.point.shots)
    facts = [
        f"As measured, the gain is {with_interval(gain)} over the best prompt of {clean(study.curve.model)}, item by"
        f" item on the {pairs} that both answered.",
        *of_optimism(study, gain, validation.optimism),
        chance_to_gain(validation.training.chance(study.margin), study.margin),
        *together_sentences(validation.together),
        *_prediction(validation),
    ]
    if READABLE <= readable < 1:
        facts.append(f"{percent(readable)} of its replies could be read.")
    return facts


def validation_limits(validation: Validation) -> list[str]:
    """Return what the numbers do not hold, a sentence each."""
    return [
        *(clean(note.text, longest=200) for note in validation.tuned.notes if note.origin != "task"),
        *unretrieved(validation.study, validation.decision, decides=False),
    ]


def _prediction(validation: Validation) -> Iterator[str]:
    """Say what was predicted, when, and for whose number of examples."""
    payoff = validation.payoff
    if payoff is None:
        return
    yield (
        f"Predicted for {counted(payoff.n_train, 'example')}: {with_interval(payoff.gain)}. The chance of more than"
        f" {margin_text(payoff.margin)}, the margin, was {chance_of(payoff.probability)}."
    )
    if validation.anew:
        own = validation.study.payoff
        before = "none" if own is None else f"one for {own.n_train:,} examples"
        yield f"This prediction is new, for the --n-train you gave: the study has {before}."
    if not validation.stated:
        yield "You gave no --n-train: the study's number of training examples is assumed."


def ledger_sentence(entry: LedgerEntry) -> str:
    """Return what became of entering a validation in the ledger."""
    if not entry.refusal:
        return f"added to your ledger {entry.file}, which has {entry.count} now; see: curvefit backtest --mine"
    why = {
        "made-up": "the model is made up, to try the tool, and says nothing about a real one",
        "known-before": "the prediction already used a probe of this very model",
        "no-prediction": "there is no prediction to compare with",
        "not-all-asked": "not all items were measured",
        "cut-off": "most replies were cut off at the cap of tokens; raise --reply-tokens of curvefit run",
    }
    return f"not added to your ledger: {why.get(entry.refusal, entry.problem)}"


def _point(point: Point) -> dict[str, Any]:
    return {**record.accuracy_record(point), "n_items": point.n_items}
