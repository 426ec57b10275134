"""Fine-tuned models measured since, beside a study. Lives here: their validations read, and a sentence of each."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from curvefit.curves.curve import Estimate
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.errors import InputError
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.comparison import without_optimism
from curvefit.plain_text import clean
from curvefit.report.wording import accuracy_text, change_text
from curvefit.study import Study, with_own_training

if TYPE_CHECKING:
    from curvefit.report.schemas import ValidationDocument

__all__ = [
    "NOT_OF_THESE",
    "gain_of",
    "outdated_validations",
    "read_validation_record",
    "validated_beside",
    "validated_sentence",
    "with_validated",
]

NOT_OF_THESE: Final = (
    "left out of the answer: by now the study has other items, or another best prompt; run curvefit validate again"
)


def validated_beside(folder: str | Path, study: Study) -> tuple[ValidatedTraining, ...]:
    """Return what was validated of a study, from the files beside it; one that cannot be read is left out.

    Task, model, items and best prompt have to be the study's: the gain is over that.
    """
    found = []
    for record in _records(folder, study.curve).values():
        if not _is_of(record, study):
            continue
        tuned = record.fine_tuned
        accuracy = Estimate(tuned.accuracy, tuned.low, tuned.high, record.level)
        n_train = record.payoff.n_train if record.payoff is not None and record.n_train_stated else None
        costs = (record.usd_per_1000, record.seconds_p50, record.seconds_p95)
        usd, p50, p95 = (math.nan if cost is None else cost for cost in costs)
        found.append(
            ValidatedTraining(
                record.fine_tuned_model,
                n_train,
                accuracy,
                gain_of(record),
                usd_per_1000=usd,
                seconds_p50=p50,
                seconds_p95=p95,
            )
        )
    return tuple(found)


def outdated_validations(folder: str | Path, study: Study) -> tuple[Path, ...]:
    """Return the files beside a study whose validation was of other items, or another best prompt, than it has."""
    return tuple(file for file, record in _records(folder, study.curve).items() if not _is_of(record, study))


def _is_of(record: ValidationDocument, study: Study) -> bool:
    best, then = study.best, record.best_prompted
    same_prompt = (then.shots, then.retrieved) == (best.point.shots, best.retrieved)
    same_score = math.isclose(then.accuracy, best.point.accuracy.value, abs_tol=1e-6)
    return same_prompt and same_score and record.measurement.get("items") == list(study.curve.items)


def _records(folder: str | Path, curve: Measurement) -> dict[Path, ValidationDocument]:
    """Return what was validated of the study's task and model; what cannot be read is left out."""
    folder = Path(folder)
    files = sorted((folder.parent if folder.is_file() else folder).glob("validation-*.json"))
    if not files or curve.design is None:
        return {}
    found = {}
    for file in files:
        with suppress(InputError):  # `curvefit view` says why
            record = read_validation_record(file)
            if (record.task, record.model) == (curve.task, curve.model):
                found[file] = record
    return found


def read_validation_record(file: Path) -> ValidationDocument:
    """Read the file of a validation; `InputError` where it is none."""
    from curvefit.records import read_record
    from curvefit.report.schemas import ValidationDocument
    from curvefit.report.validation_report import VALIDATION_SCHEMA

    expected = "a validation is expected, as curvefit validate writes it"
    return read_record(file, ValidationDocument, VALIDATION_SCHEMA, expected)


def gain_of(record: ValidationDocument) -> Estimate:
    """Return the gain that counts: without optimism, and without the errors of a judge where they are known."""
    if (fair := record.gain_without_optimism) is not None:
        return Estimate(fair.value, fair.low, fair.high, record.level)
    measured = Estimate(record.gain.value, record.gain.low, record.gain.high, record.level)
    return without_optimism(measured, math.nan if record.optimism is None else record.optimism)


def with_validated(study: Study, folder: str | Path) -> Study:
    """Return a study with the fine-tuned models that were validated beside it, where any was.

    `folder` is where the study is, or its file.
    """
    found = validated_beside(folder, study)
    if not found or found == study.validated:
        return study
    return with_own_training(study, found)


def validated_sentence(each: ValidatedTraining) -> str:
    """Return what a fine-tuned model reached, and by how much that is more than the best prompt."""
    return (
        f"Measured since: {clean(each.model)}, fine-tuned, reaches {accuracy_text(each.accuracy)},"
        f" {change_text(each.gain)} over the best prompt."
    )
