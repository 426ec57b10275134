"""Several candidates for one task, each measured on the same items. Lives here: their names, plans and measurements.

Candidates differ by model, instruction or documents shown; each becomes a study of its own, and `compare` pairs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from curvefit.measurement.measure import plan_measurement
from curvefit.models.base import Model
from curvefit.study import Study
from curvefit.tasks.task import Task
from curvefit.trials.design import Design
from curvefit.workflows.full_study import Asking, Criteria, decide, retrieval_design

__all__ = ["Arm", "measure_arms"]


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to do a task: a model, told one instruction, shown one choice of documents.

    Attributes
    ----------
    name : str
        What sets it apart from the others.
    task : Task
        With its instruction, and its documents as contexts.
    model : Model
        Whom to ask.
    folder : Path
        Where its study lives.
    instruction : str
        What names its instruction on a command line: a file's path, or the text; empty: as its task says.
    training_score : float or None
        What an optimiser scored that instruction with, on the examples it was chosen by.
    """

    name: str
    task: Task
    model: Model
    folder: Path
    instruction: str = ""
    training_score: float | None = None


def measure_arms(
    arms: Sequence[Arm],
    design: Design,
    asking_of: Callable[[Arm], Asking],
    criteria_of: Callable[[Arm], Criteria],
) -> Iterator[tuple[Arm, Study]]:
    """Measure each arm by the same design, and conclude from each.

    All have the same items; limits that they share hold over all.

    Yields
    ------
    (Arm, Study)
        In order, as each is done. It ends after the first that a limit stopped.

    Raises
    ------
    DesignError, PromptTooLong
        Before anything is sent: pool or context of any arm cannot carry the design.
    """
    for arm in arms:
        asking = asking_of(arm)
        similar = retrieval_design(design, asking.retrieved)
        for planned in (design,) if similar is None else (design, similar):
            plan_measurement(arm.task, planned, arm.model, asking.journal)
    for arm in arms:
        study = decide(arm.task, design, arm.model, asking_of(arm), criteria_of(arm))
        yield arm, study
        if study.curve.stopped:
            return
