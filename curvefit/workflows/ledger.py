"""The user's own ledger: what was predicted and what came, one JSON line a validation. Lives here: that file.

Lines are only ever appended. The same study validated with the same model again has the same key: what was predicted
first counts, since a prediction made after the fact is none, against what came last over the prompt it was of; but a
number of examples that is stated puts the number right. A line that cannot be read is named and passed over; nothing is
removed. What came of a made-up model teaches nothing: it is not entered, and older lines of such are passed over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import platformdirs

from curvefit.curves.curve import Estimate
from curvefit.errors import InputError
from curvefit.models.redaction import redact
from curvefit.models.simulated import is_made_up
from curvefit.own_files import is_endless
from curvefit.payoff.track_record import CheckedPrediction

__all__ = ["SCHEMA", "Book", "enter", "ledger_file", "of_made_up", "read_ledger"]

SCHEMA: Final = "curvefit.ledger/1"
_NAMES: Final = ("task", "model", "fine_tuned")


@dataclass(frozen=True, slots=True)
class Book:
    """What a ledger holds.

    Attributes
    ----------
    cases : tuple of CheckedPrediction
        One for each key, in the order they were first entered.
    problems : tuple of str
        A sentence for each line that could not be read; names file and line.
    """

    cases: tuple[CheckedPrediction, ...]
    problems: tuple[str, ...]


def ledger_file() -> Path:
    """Return where it is kept: ``$CURVEFIT_LEDGER``, else in the system's place: ``~/.local/share/curvefit``."""
    own = os.environ.get("CURVEFIT_LEDGER")
    return Path(own) if own else platformdirs.user_data_path("curvefit", appauthor=False) / "ledger.jsonl"


def of_made_up(checked: CheckedPrediction) -> bool:
    """Whether one of its models is there to try the tool with, so that it teaches nothing."""
    return is_made_up(checked.model) or is_made_up(checked.fine_tuned)


def enter(key: str, checked: CheckedPrediction, about: Mapping[str, str], file: Path | None = None) -> Path:
    """Append a validation as one line.

    `key` names study and fine-tuned model: one case, however many lines have it. `about` is what a reader may want to
    know besides, such as the time and the version. The file is by default `ledger_file`.

    Raises
    ------
    InputError
        It cannot be written.
    """
    file = file or ledger_file()
    values = asdict(checked) | {name: redact(getattr(checked, name)) for name in _NAMES}
    line = json.dumps({"schema": SCHEMA, "key": key, **about, **values}, allow_nan=False).encode() + b"\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            os.lseek(handle, max(0, size - 1), os.SEEK_SET)
            # After a crash the last line may lack its end: what is entered must not become part of it.
            whole = line if os.read(handle, 1) in (b"", b"\n") else b"\n" + line
            # In one write, so that lines of two processes do not mix.
            if os.write(handle, whole) < len(whole):
                raise OSError("no room for all of it")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise InputError(f"{error.strerror or error}; set CURVEFIT_LEDGER to another file", file=file) from error
    return file


def read_ledger(file: Path | None = None) -> Book:
    """Read what was entered; empty where there is no ledger yet.

    Raises
    ------
    InputError
        There is one that cannot be opened.
    """
    file = file or ledger_file()
    try:
        if is_endless(file):
            raise InputError("is a device or a pipe; set CURVEFIT_LEDGER to a file", file=file)
        lines = file.read_bytes().split(b"\n")
    except FileNotFoundError:
        return Book((), ())
    except OSError as error:
        raise InputError(f"{error.strerror or error}; set CURVEFIT_LEDGER to another file", file=file) from error
    entered: dict[str, list[CheckedPrediction]] = {}
    problems = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            key, checked = _read(line)
        except (InputError, ValueError, RecursionError) as error:
            why = str(error).partition(" in ")[0]
            problems.append(f"{file}:{number}: no validation that can be read ({why}); left as it is, not counted")
            continue
        if not of_made_up(checked):
            entered.setdefault(key, []).append(checked)
    return Book(tuple(map(_counted, entered.values())), tuple(problems))


def _counted(lines: list[CheckedPrediction]) -> CheckedPrediction:
    """Return what lines of one study and model come to: the first prediction for their number, and its last fact."""
    number = next((line.n_train for line in reversed(lines) if line.n_train_stated), lines[0].n_train)
    first = next(line for line in lines if line.n_train == number)
    # An older line does not say over which prompt it is.
    return next(line for line in reversed(lines) if first.prompt in ("", line.prompt)).with_prediction_of(first)


def _read(line: bytes) -> tuple[str, CheckedPrediction]:
    from curvefit.records import checked_record
    from curvefit.workflows.ledger_line import LedgerLine

    record = checked_record(LedgerLine, json.loads(line))
    checked = CheckedPrediction(
        task=record.task,
        model=record.model,
        fine_tuned=record.fine_tuned,
        n_train=record.n_train,
        margin=record.margin,
        predicted=Estimate(**record.predicted.model_dump()),
        probability=record.probability,
        gain=Estimate(**record.gain.model_dump()),
        n_train_stated=record.n_train_stated,
        asked=record.asked,
        prompt=record.prompt,
    )
    return record.key, checked
