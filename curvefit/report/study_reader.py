"""A study.json read back. Lives here: what a file says of a measurement, checked; conclusions are made anew."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from curvefit.curves.curve import Summary
from curvefit.curves.group_sequential import Looks
from curvefit.errors import CurvefitError, InputError
from curvefit.measurement.measurement import Measurement, Note
from curvefit.models.base import Usage
from curvefit.payoff.predictor import OverShown, Payoff, Probed, RuleOfThumb
from curvefit.report.checked import MISFITS, amount, change, count, opened, reading, shares
from curvefit.report.study_record import SCHEMA
from curvefit.study import Study, analyze
from curvefit.trials.design import Design

__all__ = ["StudyFile", "StudySettings", "open_study", "read_probed", "read_study", "study_file"]

EXPECTED: Final = "a study's folder or its study.json is expected, which curvefit run writes when it ends"


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
        held = self.payoff_record
        if held is None:
            return None
        with reading("payoff", file=self.path):
            return Payoff(
                gain=change(held["gain"], "payoff.gain"),
                probability=amount(held["probability"], "payoff.probability", most=1),
                margin=amount(held["margin"], "payoff.margin", most=1),
                n_train=count(held["n_train"], "payoff.n_train", least=1),
                basis=tuple(map(str, held["basis"])),
                rule=_read_rule(held.get("rule")),
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
        except (*MISFITS, CurvefitError) as error:
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
    path = study_file(path)
    with reading(file=path):
        record = opened(path, SCHEMA, EXPECTED)
        with reading("measurement"):
            measured = _read_measurement(record["measurement"], record)
        with reading(""):
            margin, level = (amount(record[name], name, most=1) for name in ("margin", "level"))
            seed, stated = count(record["seed"], "seed", most=math.inf), record.get("n_train")
            examples = None if stated is None else count(stated, "n_train")
        with reading("probes"):
            probes = tuple(read_probed(held) for held in record.get("probes") or ())
        looks = _read_looks(record.get("looks"))
    settings = StudySettings(margin, level, seed, examples, probes)
    return StudyFile(path, measured, settings, record.get("payoff"), looks)


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
    return open_study(path).conclude(n_train, probes or None)


def _read_measurement(held: dict[str, Any], record: dict[str, Any]) -> Measurement:
    summary, similar = _read_summary(held["summary"]), held.get("retrieved")
    shape = (len(held["shots"]), 0, 0) if summary else np.shape(held["scores"])
    if (constant := held.get("commonest")) is not None:
        constant = [amount(score, "measurement.commonest", most=1) for score in constant]

    def array(name: str) -> Any:
        with reading(f"measurement.{name}"):
            return shares(held[name], shape, f"measurement.{name}")

    made = Measurement(
        shots=np.array([count(k, "measurement.shots") for k in held["shots"]]),
        scores=array("scores"),
        summary=summary,
        task=str(record["task"]),
        kind=str(record["kind"]),
        model=str(record["model"]),
        form=str(held["form"]),
        design=None if held["design"] is None else _read_design(held["design"]),
        n_labels=count(held["n_labels"], "measurement.n_labels"),
        pool=count(held["pool"], "measurement.pool"),
        available=count(held.get("available", 0), "measurement.available"),
        commonest=None if constant is None else np.array(constant).reshape(shape[2]),
        items=tuple(map(str, held["items"])),
        readable=array("readable"),
        choices=array("choices"),
        usage=_read_usage(record["usage"]),
        notes=tuple(_read_note(note) for note in held["notes"]),
        extents=tuple(
            (count(draws, "measurement.extents"), count(items, "measurement.extents"))
            for draws, items in held.get("extents", ())
        ),
        path=str(held.get("path", "")),
        asked=str(held.get("asked", "")),
    )
    for name, needed, wanted in (("items", shape[2], "item"), ("extents", shape[0], "number of shots")):
        if getattr(made, name) and len(getattr(made, name)) != needed:
            raise InputError(f"needs {needed}, one for each {wanted}", field=f"measurement.{name}")
    if similar is None:
        return made
    with reading("measurement.retrieved"):
        return made.beside(_read_measurement(similar, {**record, "usage": asdict(Usage())}))


def _read_note(held: Any) -> Note:
    """Read a note; a study of version 0.1.0 holds its sentence alone."""
    return Note("asking", str(held)) if isinstance(held, str) else Note(held["origin"], str(held["text"]))


def _read_looks(held: dict[str, Any] | None) -> Looks | None:
    if held is None:
        return None
    with reading("looks"):
        chance = None if held["chance"] is None else amount(held["chance"], "looks.chance", most=1)
        number, of = (count(held[name], f"looks.{name}", least=1) for name in ("number", "of"))
        return Looks(number, of, held["outcome"], amount(held["level"], "looks.level", most=1), chance)


def _read_summary(held: dict[str, Any] | None) -> Summary | None:
    if held is None:
        return None
    with reading("measurement.summary"):
        return Summary(
            np.array([amount(share, "measurement.summary.accuracy", most=1) for share in held["accuracy"]]),
            np.array([amount(error, "measurement.summary.stderr") for error in held["stderr"]]),
            np.array([count(n, "measurement.summary.n_items") for n in held["n_items"]]),
        )


def _read_design(held: dict[str, Any]) -> Design:
    field = "measurement.design"
    with reading(field):
        return Design(
            shots=tuple(count(k, f"{field}.shots") for k in held["shots"]),
            draws=count(held["draws"], f"{field}.draws", least=1),
            items=count(held["items"], f"{field}.items", least=1),
            seed=count(held["seed"], f"{field}.seed", most=math.inf),
            selection=held["selection"],
        )


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


def _read_rule(held: Any) -> RuleOfThumb | None:
    """Return what the rule of thumb said; None for a file of an earlier version, which has a sentence there."""
    if not isinstance(held, dict):
        return None
    doubling, rises, alike = amount(held["doubling"], "payoff.rule.doubling", least=-1), held["rises"], held["alike"]
    cases, right = count(held["cases"], "payoff.rule.cases"), count(held["right"], "payoff.rule.right")
    return RuleOfThumb(doubling, bool(rises), cases, right, bool(alike))


def _read_usage(held: dict[str, Any]) -> Usage:
    counted = ("calls", "prompt_tokens", "cached_tokens", "completion_tokens")
    with reading("usage"):
        return Usage(
            **{name: count(held[name], f"usage.{name}") for name in counted},
            usd=None if held["usd"] is None else amount(held["usd"], "usage.usd"),
            seconds=amount(held["seconds"], "usage.seconds"),
        )
