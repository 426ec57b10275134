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

from curvefit.curves.curve import Curve, Estimate, Summary
from curvefit.curves.group_sequential import Looks
from curvefit.decision.break_even import AMOUNTS, Costs, PriceListing, TunedModel
from curvefit.decision.training_prices import TrainingPrice
from curvefit.errors import CurvefitError, DesignError, InputError
from curvefit.measurement.measurement import CutReplies, JudgeRecord, Measurement, Note, SameAnswer, Unasked
from curvefit.models.base import LOCAL_CONTEXT, Usage
from curvefit.payoff.predictor import OverShown, Payoff, Probed, RuleOfThumb
from curvefit.report.study_record import SCHEMA
from curvefit.report.validated import with_validated
from curvefit.study import Study, TakenStep, analyze, with_costs
from curvefit.training.text_classifier import Baseline
from curvefit.trials.design import Design

if TYPE_CHECKING:
    from curvefit.records import EstimateRecord
    from curvefit.report.schemas import (
        BaselineRecord,
        CostsRecord,
        DesignRecord,
        MeasurementRecord,
        NoteRecord,
        PriceListingRecord,
        ProbedRecord,
        StudyRecord,
        UsageRecord,
    )

__all__ = [
    "StudyFile",
    "StudySettings",
    "estimate_of",
    "measurement_of",
    "named",
    "open_study",
    "probed_of",
    "read_study",
    "study_file",
]

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
    baseline : Baseline or None
        What a plain classifier learned from the pool.
    """

    margin: float
    level: float
    seed: int
    n_train: int | None = None
    probes: tuple[Probed, ...] = ()
    baseline: Baseline | None = None


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
    costs : Costs or None
        What prompting and fine-tuning cost, as stated.
    steps : tuple of TakenStep
        What was done to find out.
    """

    path: Path
    measurement: Measurement
    settings: StudySettings
    payoff_record: Mapping[str, Any] | None = None
    looks: Looks | None = None
    costs: Costs | None = None
    steps: tuple[TakenStep, ...] = ()

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
        record = checked_record(PayoffRecord, self.payoff_record, file=self.path, within="payoff")
        return Payoff(
            gain=estimate_of(record.gain),
            probability=record.probability,
            margin=record.margin,
            n_train=record.n_train,
            basis=tuple(record.basis),
            rule=None if record.rule is None else RuleOfThumb(**record.rule.model_dump()),
            probes=self.settings.probes,
            kind=self.measurement.kind,
            task=self.measurement.task,
            model=self.measurement.model,
            fine_tuned=None if record.fine_tuned is None else estimate_of(record.fine_tuned),
        )

    def conclude(self, n_train: int | None = None, probes: Sequence[Probed] | None = None) -> Study:
        """Conclude from the measurement anew, by this version; nothing is read again.

        Examples to train on and probes are those that the study was made with, unless others are given.

        Raises
        ------
        InputError
            What was measured cannot be concluded from; names the file.
        """
        settings = self.settings
        try:
            study = analyze(
                self.measurement,
                margin=settings.margin,
                level=settings.level,
                seed=settings.seed,
                n_train=n_train or settings.n_train,
                probes=settings.probes if probes is None else probes,
                baseline=settings.baseline,
            )
            return with_costs(replace(study, looks=self.looks, steps=self.steps), self.costs)
        except (*_MISFITS, CurvefitError) as error:
            raise InputError(f"cannot be used: {error}", file=self.path, field="measurement") from error


def open_study(path: str | Path) -> StudyFile:
    """Read a study.json, once.

    `path` is the file, or the folder it is in.

    Raises
    ------
    InputError
        No such file, no study, or one of a newer schema; names file and field.
    """
    from curvefit.records import read_record
    from curvefit.report.schemas import StudyRecord

    path = study_file(path)
    record = read_record(path, StudyRecord, SCHEMA, _EXPECTED)
    with named(path, "measurement"):
        measured = measurement_of(record.measurement, record, _usage(record.usage))
        journal = path.with_name("journal.sqlite")
        measured = replace(measured, journal=str(journal) if journal.is_file() else "")
    with named(path, "probes"):
        probes = tuple(probed_of(probe) for probe in record.probes or ())
    with named(path, "baseline"):
        baseline = None if record.baseline is None else _baseline(record.baseline, record.task)
    settings = StudySettings(record.margin, record.level, record.seed, record.n_train, probes, baseline)
    looks = None if record.looks is None else Looks(**record.looks.model_dump())
    steps = tuple(
        TakenStep(**{**step.model_dump(), "command": step.command or "", "problem": step.problem or ""})
        for step in record.steps
    )
    return StudyFile(path, measured, settings, record.payoff, looks, _costs(record.costs, path), steps)


def read_study(path: str | Path, *, n_train: int | None = None, probes: Sequence[Probed] = ()) -> Study:
    """Read a study.json: what it measured, concluded from anew by this version, as `curvefit report` does it.

    A probe and validations that lie beside it count; one that cannot be read is left out.

    Parameters
    ----------
    path : path
        The file, or the folder it is in.
    n_train : int, optional
        Examples to predict the payoff of fine-tuning on, instead of those the study was made with.
    probes : sequence of Probed, optional
        Small models that were fine-tuned on the task, instead of those the study was made with and the one beside it.

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
    file = open_study(path)
    if probes:
        return with_validated(file.conclude(n_train, probes), path)
    from curvefit.report.probe_reader import concluded_with_probe_beside  # late: that loads this module

    return concluded_with_probe_beside(file, n_train)[0]


@contextmanager
def named(file: Path, field: str) -> Iterator[None]:
    """Say of which file and field it is that something does not go together with the rest."""
    try:
        yield
    except InputError as error:
        raise InputError(error.problem, file=file, field=error.field or field) from error
    except (*_MISFITS, CurvefitError) as error:
        raise InputError(f"cannot be used: {error}", file=file, field=field) from error


def measurement_of(record: MeasurementRecord, of: StudyRecord | Measurement, usage: Usage) -> Measurement:
    """Return what was measured, of the task, kind and model of `of`; `InputError` where it does not go together."""
    summary = None
    if record.summary is not None:
        means = record.summary
        n_draws = None if means.n_draws is None else np.array(means.n_draws)
        summary = Summary(np.array(means.accuracy), np.array(means.stderr), np.array(means.n_items), n_draws)
    scores = _array(record.scores, "scores", (len(record.shots), 0, 0) if summary else None)
    shape = scores.shape
    for name, needed, wanted in (
        ("items", shape[2], "item"),
        ("groups", shape[2], "item"),
        ("digests", shape[2], "item"),
        ("draw_names", shape[1], "draw"),
        ("extents", shape[0], "number of shots"),
        ("usage_by_shots", shape[0], "number of shots"),
        ("seconds_by_shots", shape[0], "number of shots"),
        ("wholly_right", shape[0], "number of shots"),
    ):
        if getattr(record, name) and len(getattr(record, name)) != needed:
            raise InputError(f"needs {needed}, one for each {wanted}", field=f"measurement.{name}")
    measured = Measurement(
        shots=np.array(record.shots),
        scores=scores,
        summary=summary,
        task=of.task,
        kind=of.kind,
        model=of.model,
        form=record.form,
        design=None if record.design is None else _design(record.design),
        n_labels=record.n_labels,
        pool=record.pool,
        available=record.available,
        commonest=None if record.commonest is None else _array(record.commonest, "commonest", shape[2:]),
        items=tuple(record.items),
        groups=tuple(record.groups),
        readable=None if record.readable is None else _array(record.readable, "readable", shape),
        choices=None if record.choices is None else _array(record.choices, "choices", shape),
        scorer=record.scorer,
        also_scored_by=record.also_scored_by,
        also_scores=None if record.also_scores is None else _array(record.also_scores, "also_scores", shape),
        judge=None if record.judge is None else JudgeRecord(**record.judge.model_dump()),
        usage=usage,
        usage_by_shots=tuple(map(_usage, record.usage_by_shots)),
        seconds_by_shots=tuple(map(_seconds, record.seconds_by_shots)),
        concurrency=record.concurrency,
        notes=tuple(Note(note.origin, note.text, note.short) for note in record.notes),
        extents=tuple((draws, items) for draws, items in record.extents),
        stopped=record.stopped or _stopped_of(record.notes),
        unasked=None if record.unasked is None else Unasked(**record.unasked.model_dump()),
        same_answers=tuple(SameAnswer(**same.model_dump()) for same in record.same_answers),
        cut=None if record.cut is None else CutReplies(**record.cut.model_dump()),
        command=_own_command(record.command),
        path=record.path,
        overrides=tuple((name, value) for name, value in record.overrides if value is not None),
        documents=record.documents,
        asked=record.asked,
        digests=tuple(record.digests),
        unscored=None if record.unscored is None else _marked(record.unscored, shape),
        own_examples=record.own_examples,
        draw_names=tuple(record.draw_names),
        wholly_right=tuple(math.nan if share is None else share for share in record.wholly_right),
        # Earlier versions did not keep it.
        model_context=record.model_context or (LOCAL_CONTEXT if of.model.startswith("local/") else None),
        too_long=tuple(record.too_long),
    )
    if record.retrieved is None:
        return measured
    return measured.beside(measurement_of(record.retrieved, of, Usage()))


def _own_command(words: Sequence[str]) -> tuple[str, ...]:
    """Return a command line of curvefit; none where a file has another: of it next steps are made, to be pasted."""
    return tuple(words) if words[:1] == ["curvefit"] else ()


def _costs(record: CostsRecord | None, path: Path) -> Costs | None:
    if record is None:
        return None
    unknown = {"halving_months": math.inf}
    stated = {name: getattr(record, name) for name in AMOUNTS}
    amounts = {name: unknown.get(name, math.nan) if value is None else value for name, value in stated.items()}
    tuned = record.tuned
    try:
        return Costs(
            **amounts,
            upper_ends=dict(record.upper_ends),
            listing=None if record.listing is None else _listing(record.listing),
            tuned=None if tuned is None else TunedModel(tuned.model, estimate_of(tuned.gain), tuned.basis),
            at_base_price=record.at_base_price,
            at_validated_price=record.at_validated_price,
            at_measured_price=record.at_measured_price,
            command=_own_command(record.command),
        )
    except CurvefitError as error:
        raise InputError(str(error), file=path, field="costs") from error


def _seconds(pair: Sequence[float | None]) -> tuple[float, float]:
    median, late = (math.nan if value is None else value for value in pair)
    return median, late


def _listing(record: PriceListingRecord) -> PriceListing:
    price = {name: math.nan if value is None else value for name, value in record.price.model_dump().items()}
    return PriceListing(
        TrainingPrice(**price),  # type: ignore[arg-type]  # texts and numbers, as the record says
        tuple(record.amounts),
        record.looked_up,
        record.examples,
        record.passes,
        math.nan if record.tokens is None else record.tokens,
        math.nan if record.hours is None else record.hours,
    )


def _baseline(record: BaselineRecord, task: str) -> Baseline:
    scores = _array(record.scores, "scores", None)
    if scores.shape[-1] != len(record.items):
        raise InputError(f"needs {scores.shape[-1]}, one for each item", field="baseline.items")
    if len(record.groups) not in (0, scores.shape[-1]):
        raise InputError(f"needs {scores.shape[-1]}, one for each item", field="baseline.groups")
    curve = Curve(shots=np.array([point.n for point in record.points]), scores=scores, groups=tuple(record.groups))
    return Baseline(task, curve, tuple(record.items), record.pool, record.seconds)


def _marked(places: Sequence[Sequence[int]], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return an array of that shape, true at some places."""
    marked = np.zeros(shape, dtype=bool)
    try:
        for shots, draw, item in places:
            marked[shots, draw, item] = True
    except IndexError as error:
        raise InputError("names a place beyond the scores", field="measurement.unscored") from error
    return marked


def _stopped_of(notes: Sequence[NoteRecord]) -> str:
    """Return the spending limit that ended the asking, as a file of 0.1.0 says it: in a note alone."""
    matches = (re.match(r"stopped at (--max-[a-z]+ \S+): ", note.text) for note in notes)
    return next((match[1] for match in matches if match), "")


def _array(values: Sequence[Any], name: str, shape: tuple[int, ...] | None) -> NDArray[np.float64]:
    """Return nested lists as an array of that shape, null as NaN; without a shape, of the one that they have."""
    try:
        array = np.array(values, dtype=float)
        # Of an empty array the last axes cannot be told from lists; they hold nothing.
        return array if shape is None else array.reshape(shape)
    except ValueError as error:
        needed = "lists of one length" if shape is None else f"the shape {shape}, as the scores have"
        raise InputError(f"cannot be used; needs {needed}", field=f"measurement.{name}") from error


def _design(record: DesignRecord) -> Design:
    try:
        return Design(
            tuple(record.shots),
            record.draws,
            record.items,
            record.seed,
            record.selection,
            record.reply_tokens,
            record.ordered_by,
        )
    except DesignError as error:
        raise InputError(f"cannot be used: {error}", field="measurement.design") from error


def _usage(record: UsageRecord) -> Usage:
    return Usage(**record.model_dump())


def probed_of(record: ProbedRecord) -> Probed:
    """Return what a probe comes to; `CurveError` where its figures do not go together."""
    over = None if record.over_shown is None else OverShown(record.over_shown.n, estimate_of(record.over_shown.gain))
    optimism = math.nan if record.optimism is None else record.optimism
    gain = estimate_of(record.gain)
    tuned = None if record.tuned is None else estimate_of(record.tuned)
    return Probed(record.model, record.best_prompted, record.n_train, gain, over, optimism, record.items, tuned)


def estimate_of(record: EstimateRecord) -> Estimate:
    """Return a change of accuracy with its interval."""
    return Estimate(record.value, record.low, record.high, record.level)
