"""A study.json read back. Lives here: what a file says of a measurement, checked; conclusions are made anew."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate, Summary
from curvefit.curves.group_sequential import Looks
from curvefit.errors import CurvefitError, DesignError, InputError
from curvefit.measurement.measurement import Measurement, Note
from curvefit.models.base import Usage
from curvefit.payoff.predictor import OverShown, Payoff, Probed, RuleOfThumb
from curvefit.report.study_record import SCHEMA
from curvefit.study import Study, analyze
from curvefit.trials.design import Design

if TYPE_CHECKING:
    from curvefit.records import EstimateRecord
    from curvefit.report.schemas import (
        DesignRecord,
        MeasurementRecord,
        NoteRecord,
        ProbedRecord,
        StudyRecord,
        UsageRecord,
    )

__all__ = ["StudyFile", "StudySettings", "estimate_of", "open_study", "probed_of", "read_study", "study_file"]

_MISFITS: Final = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)

_EXPECTED: Final = "a study's folder or its study.json is expected, which curvefit run writes when it ends"


def study_file(path: str | Path) -> Path:
    """Return a study's file, named by itself or by its folder."""
    path = Path(path)
    return path / "study.json" if path.is_dir() else path


@dataclass(frozen=True, slots=True)
class StudySettings:
    """What `analyze` was called with for a study.

    Attributes
    ----------
    margin, level : float
        The smallest gain worth having, and the level of intervals; shares.
    seed : int
        Of the posterior's draws.
    n_train : int or None
        Examples to fine-tune on, as stated.
    probes : tuple of Probed
        Small models that were fine-tuned on the task, as stated.
    """

    margin: float
    level: float
    seed: int
    n_train: int | None = None
    probes: tuple[Probed, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StudyFile:
    """What a study.json says, read once: from it may be concluded as often as one likes.

    Attributes
    ----------
    path : Path
        The file.
    measurement : Measurement
        What was measured.
    settings : StudySettings
        What `analyze` was called with.
    payoff_record : mapping or None
        The prediction as it stands in the file; see `payoff_as_given`.
    looks : Looks or None
        How measuring in looks ended: it holds for the margin and level of the settings.
    """

    path: Path
    measurement: Measurement
    settings: StudySettings
    payoff_record: Mapping[str, Any] | None = None
    looks: Looks | None = None

    @property
    def n_train_predicted(self) -> int | None:
        """How many examples fine-tuning is predicted for: as stated, else all of the pool; None where it cannot be."""
        n = self.settings.n_train or self.measurement.pool
        return n if n and self.measurement.kind else None

    @property
    def payoff_as_given(self) -> Payoff | None:
        """The prediction that the file's reader saw, which this version might not make; None where there was none.

        Raises
        ------
        InputError
            It cannot be read; names file and field.
        """
        from curvefit.records import checked_record
        from curvefit.report.schemas import PayoffRecord

        if self.payoff_record is None:
            return None
        held = checked_record(PayoffRecord, self.payoff_record, file=self.path, within="payoff")
        return Payoff(
            gain=estimate_of(held.gain),
            probability=held.probability,
            margin=held.margin,
            n_train=held.n_train,
            basis=tuple(held.basis),
            rule=None if held.rule is None else RuleOfThumb(**held.rule.model_dump()),
            probes=self.settings.probes,
            kind=self.measurement.kind,
            task=self.measurement.task,
            model=self.measurement.model,
        )

    def conclude(self, n_train: int | None = None, probes: Sequence[Probed] | None = None) -> Study:
        """Conclude from the measurement anew, by this version; nothing is read again.

        Parameters
        ----------
        n_train : int, optional
            Examples to predict the payoff of fine-tuning on, instead of those the study was made with.
        probes : sequence of Probed, optional
            Small models that were fine-tuned on the task, instead of those the study was made with.

        Raises
        ------
        InputError
            What was measured cannot be concluded from; names the file.
        """
        made = self.settings
        try:
            study = analyze(
                self.measurement,
                margin=made.margin,
                level=made.level,
                seed=made.seed,
                n_train=n_train or made.n_train,
                probes=made.probes if probes is None else probes,
            )
            return replace(study, looks=self.looks)
        except (*_MISFITS, CurvefitError) as error:
            raise InputError(f"cannot be used: {error}", file=self.path, field="measurement") from error


def open_study(path: str | Path) -> StudyFile:
    """Read a study.json, once.

    Parameters
    ----------
    path : path
        The file, or the folder it is in.

    Raises
    ------
    InputError
        No such file, no study, or one of a newer schema; names file and field.
    """
    from curvefit.records import read_record
    from curvefit.report.schemas import StudyRecord

    path = study_file(path)
    held = read_record(path, StudyRecord, SCHEMA, _EXPECTED)
    with _named(path, "measurement"):
        measured = _measurement(held.measurement, held, _usage(held.usage))
    with _named(path, "probes"):
        probes = tuple(probed_of(probe) for probe in held.probes or ())
    settings = StudySettings(held.margin, held.level, held.seed, held.n_train, probes)
    looks = None if held.looks is None else Looks(**held.looks.model_dump())
    return StudyFile(path, measured, settings, held.payoff, looks)


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

    Examples
    --------
    >>> cf.read_study("reports/capitals/local-gemma3-270m").curve.task
    'capitals'
    """
    if not isinstance(path, str | Path):
        raise InputError(f"a study is read from a path, not from {type(path).__name__}")
    return open_study(path).conclude(n_train, probes or None)


@contextmanager
def _named(file: Path, field: str) -> Iterator[None]:
    """Say of which file and field it is that something does not go together with the rest."""
    try:
        yield
    except InputError as error:
        raise InputError(error.problem, file=file, field=error.field or field) from error
    except (*_MISFITS, CurvefitError) as error:
        raise InputError(f"cannot be used: {error}", file=file, field=field) from error


def _measurement(held: MeasurementRecord, of: StudyRecord, usage: Usage) -> Measurement:
    summary = None if held.summary is None else Summary(*(np.array(column) for _, column in held.summary))
    scores = _array(held.scores, "scores", (len(held.shots), 0, 0) if summary else None)
    shape = scores.shape
    for name, needed, wanted in (("items", shape[2], "item"), ("extents", shape[0], "number of shots")):
        if getattr(held, name) and len(getattr(held, name)) != needed:
            raise InputError(f"needs {needed}, one for each {wanted}", field=f"measurement.{name}")
    made = Measurement(
        shots=np.array(held.shots),
        scores=scores,
        summary=summary,
        task=of.task,
        kind=of.kind,
        model=of.model,
        form=held.form,
        design=None if held.design is None else _design(held.design),
        n_labels=held.n_labels,
        pool=held.pool,
        available=held.available,
        commonest=None if held.commonest is None else _array(held.commonest, "commonest", shape[2:]),
        items=tuple(held.items),
        readable=None if held.readable is None else _array(held.readable, "readable", shape),
        choices=None if held.choices is None else _array(held.choices, "choices", shape),
        usage=usage,
        notes=tuple(Note(note.origin, note.text) for note in held.notes),
        extents=tuple((draws, items) for draws, items in held.extents),
        stopped=held.stopped or _stopped_of(held.notes),
        command=tuple(held.command),
        path=held.path,
        asked=held.asked,
    )
    if held.retrieved is None:
        return made
    return made.beside(_measurement(held.retrieved, of, Usage()))


def _stopped_of(notes: Sequence[NoteRecord]) -> str:
    """Return the spending limit that ended the asking, as a file of 0.1.0 says it: in a note alone."""
    found = (re.match(r"stopped at (--max-[a-z]+ \S+): ", note.text) for note in notes)
    return next((match[1] for match in found if match), "")


def _array(values: Sequence[Any], name: str, shape: tuple[int, ...] | None) -> NDArray[np.float64]:
    """Return nested lists as an array of that shape, null as NaN; without a shape, of the one that they have."""
    try:
        array = np.array(values, dtype=float)
        # Of an empty array the last axes cannot be told from lists; they hold nothing.
        return array if shape is None else array.reshape(shape)
    except ValueError as error:
        needed = "lists of one length" if shape is None else f"the shape {shape}, as the scores have"
        raise InputError(f"cannot be used; needs {needed}", field=f"measurement.{name}") from error


def _design(held: DesignRecord) -> Design:
    try:
        return Design(tuple(held.shots), held.draws, held.items, held.seed, held.selection)
    except DesignError as error:
        raise InputError(f"cannot be used: {error}", field="measurement.design") from error


def _usage(held: UsageRecord) -> Usage:
    return Usage(**held.model_dump())


def probed_of(held: ProbedRecord) -> Probed:
    """Return what a probe comes to; `CurveError` where its figures do not go together."""
    over = None if held.over_shown is None else OverShown(held.over_shown.n, estimate_of(held.over_shown.gain))
    optimism = math.nan if held.optimism is None else held.optimism
    return Probed(held.model, held.best_prompted, held.n_train, estimate_of(held.gain), over, optimism)


def estimate_of(held: EstimateRecord) -> Estimate:
    """Return a change of accuracy with its interval."""
    return Estimate(held.value, held.low, held.high, held.level)
