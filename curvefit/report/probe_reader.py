"""What a probe's models scored on single items, from its probe.json. Lives here: reading it; nothing is concluded."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from curvefit.errors import CurvefitError, InputError
from curvefit.measurement.failures import Failures
from curvefit.measurement.measurement import Measurement
from curvefit.measurement.training_effect import TrainedScores
from curvefit.models.base import with_adapter
from curvefit.report.probe_report import PROBE_EXPECTED, PROBE_SCHEMA, probe_file, read_probe, task_of_measurement
from curvefit.workflows.error_analysis import failures

if TYPE_CHECKING:
    from curvefit.report.schemas import TrainedUnitRecord
    from curvefit.workflows.fine_tuning_probe import Probe

__all__ = ["probe_changes", "read_trained_scores"]


def probe_changes(probe: Probe, file: Path, study_path: Path) -> Failures | None:
    """Return what a probe's study gets wrong and what training changes; None where replies or task are not at hand.

    `file` is its probe.json; its study is at `study_path`, beside the journal of its replies, or in that folder.
    """
    folder = study_path.parent if study_path.suffix == ".json" else study_path
    try:
        return failures(probe.study, folder, None, read_trained_scores(file, probe.study.curve), pool=False)
    except (CurvefitError, OSError):  # `curvefit errors` says why
        return None


def read_trained_scores(path: str | Path, of: Measurement, task: str | None = None) -> TrainedScores:
    """Return what the models that a probe trained on the most examples scored, item by item.

    `path` is the probe.json, or the folder it is in. It has to be of the task and model of `of`; `task` is where that
    task is, if it has moved.

    Raises
    ------
    InputError
        No such file, no probe, or one of another task or model; names file and field.
    """
    from curvefit.records import read_record
    from curvefit.report.schemas import ScoredProbeRecord

    file = probe_file(path)
    read_probe(file, of, partial(task_of_measurement, of, file.parent, task))
    probe = read_record(file, ScoredProbeRecord, PROBE_SCHEMA, PROBE_EXPECTED)
    if probe.model != of.model:
        raise InputError(f"{probe.model!r:.60} is not the study's model {of.model!r:.60}", file=file, field="model")
    sizes, scores, items = probe.measurement.n_train, probe.measurement.scores, probe.measurement.items
    if not sizes or len(scores) != len(sizes) or any(len(row) != len(items) for seeds in scores for row in seeds):
        raise InputError("has not one score for each size, seed and item", file=file, field="measurement.scores")
    n, rows = sizes[-1], scores[-1]
    units = {unit.seed: unit for unit in probe.units if unit.n_train == n}
    return TrainedScores(
        n_train=n,
        by_model={
            _journal_name(probe.model, units.get(seed), seed): {
                item: math.nan if score is None else score for item, score in zip(items, row, strict=True)
            }
            for seed, row in enumerate(rows)
        },
        journal=file.parent / "journal.sqlite",
    )


def _journal_name(model: str, unit: TrainedUnitRecord | None, seed: int) -> str:
    """Return what the probe's journal calls a fine-tuned model; no name there ends in a seed."""
    if unit is None or not (unit.adapter or unit.asked_as):
        return f"{model} of seed {seed}"
    return unit.asked_as or with_adapter(model, unit.adapter)
