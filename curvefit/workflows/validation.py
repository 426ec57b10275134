"""After fine-tuning: did it add what was predicted? Lives here: the study's items asked again, and what that shows.

::

    study, task --asked_again--> Task of the study's items
    that, fine-tuned model --answered--> Measurement
    study, it --conclude--> Validation
"""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from curvefit.curves.curve import Estimate, Point
from curvefit.decision.best_prompt import Prompt, optimism_of
from curvefit.errors import InputError
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import Measurement
from curvefit.models.base import Model
from curvefit.payoff.comparison import paired_gain, without_optimism
from curvefit.payoff.predictor import Payoff
from curvefit.payoff.track_record import CheckedPrediction
from curvefit.study import Study, analyze
from curvefit.tasks.duplicates import duplicated
from curvefit.tasks.loading import load_task
from curvefit.tasks.task import Task, asked_of
from curvefit.trials.design import Design
from curvefit.trials.runner import Progress
from curvefit.trials.spending_limits import SpendingLimits

__all__ = ["Validation", "answered", "asked_again", "conclude", "design_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """A fine-tuned model beside what was measured of the prompt and predicted of fine-tuning.

    Attributes
    ----------
    study : Study
        In context.
    tuned : Measurement
        The fine-tuned model on the study's items, without demonstrations: scores of shape (1, 1, items).
    accuracy : Point
        Of the fine-tuned model.
    best : Prompt
        The best prompt measured.
    smoothed : Estimate
        The same by the curve through all points of its sort.
    gain : Estimate
        What the fine-tuned model scores over `best`, item by item.
    luck : float
        By how much `best` is flattered by having been picked: see `curvefit.decision.best_prompt.optimism_of`.
        NaN where not known.
    payoff : Payoff or None
        What was predicted for `n_train` examples; None where the study's kind of task or that number is unknown.
    stated : bool
        Whether the user said how many examples it was fine-tuned on; otherwise the study's own number is taken.
    anew : bool
        Whether that prediction was made only now, since the study's is for another number of examples.
    """

    study: Study
    tuned: Measurement
    accuracy: Point
    best: Prompt
    smoothed: Estimate
    gain: Estimate
    luck: float
    payoff: Payoff | None
    stated: bool
    anew: bool

    @property
    def gain_without_optimism(self) -> Estimate:
        """What fine-tuning added to the best prompt, as far as that is known: picked by its score, it is flattered."""
        return without_optimism(self.gain, self.luck)

    @property
    def outcome(self) -> Literal["paid", "did not pay", "open"]:
        """Whether the gain, without luck, exceeds the study's margin: by its interval."""
        gain = self.gain_without_optimism
        if gain.low > self.study.margin:
            return "paid"
        return "did not pay" if gain.high <= self.study.margin else "open"

    @property
    def shown_before(self) -> bool:
        """Whether a probe the prediction rests on had trained this very model on as many examples or more: it knew."""
        payoff = self.payoff
        return payoff is not None and any(
            probe.of(payoff.model) and probe.n_train >= payoff.n_train for probe in payoff.probes
        )

    @property
    def checked(self) -> CheckedPrediction | None:
        """The prediction and what came of it, as a ledger has it; None where nothing was predicted."""
        if self.payoff is None:
            return None
        curve, payoff = self.study.curve, self.payoff
        return CheckedPrediction(
            task=curve.task,
            model=curve.model,
            fine_tuned=self.tuned.model,
            n_train=payoff.n_train,
            margin=payoff.margin,
            predicted=payoff.gain,
            probability=payoff.probability,
            gain=self.gain_without_optimism,
            n_train_stated=self.stated,
            asked=curve.asked,
            prompt=f"{self.best.point.shots} {'retrieved' if self.best.retrieved else 'random'}",
        )

    def key(self, identity: str) -> str:
        """Name study and fine-tuned model by content; `identity` is the model's."""
        curve = self.study.curve
        told = [curve.task, curve.model, curve.asked, curve.items, identity]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def asked_again(study: Study, file: Path, path: str | None = None) -> Task:
    """Return the study's task, read again, with the study's items and no others, wherever they stand in it now.

    Its pool is what may be learned from: neither these items nor what duplicates one of them, as loading has it.

    Parameters
    ----------
    study : Study
        Measured by `measure`.
    file : Path
        The study's, for messages.
    path : str, optional
        Where the task is now; by default where the study read it.

    Raises
    ------
    InputError
        The study was not measured here, the task is not found or is another, an item is gone, or what was asked has
        changed.
    """
    curve = study.curve
    if curve.design is None or not curve.items:
        raise InputError(
            "was made from scores measured elsewhere, whose items cannot be asked; measure with: curvefit run",
            file=file,
        )
    if study.best.scored.sum() < 2:
        raise InputError(
            "has a score of its best prompt on one item, and a comparison needs two; measure more with: curvefit run",
            file=file,
        )
    found = path or curve.path
    if not found:
        raise InputError("does not say where its task is; name it with --task", file=file)
    if path is None and not Path(found).exists():
        raise InputError(f"its task {found!r} is not there from here; name it with --task", file=file)
    # A path that a file names, and nobody typed, gets no code run.
    task = load_task(found, seed=curve.design.seed, run_code=path is not None)
    if path is None and task.scorer.name.startswith("python:"):
        raise InputError(
            f"its task is judged by code, {task.scorer.name}; read that, and to run it name the task: --task"
            f" {shlex.quote(found)}",
            file=file,
        )
    now = asked_of(task, curve.items)
    same = now == curve.asked != ""  # then it has another name by now at most
    if task.name != curve.task and not same:
        raise InputError(f"the study is of the task {curve.task!r}, and {task.name!r} is another one", file=file)
    known = {example.id: example for example in (*task.pool, *task.items)}
    gone = [item for item in curve.items if item not in known]
    if gone:
        raise InputError(
            f"{len(gone)} of the {len(curve.items)} items of the study are not in {found!r}, {gone[0]!r} the first;"
            " name the right file with --task, or bring them back",
            file=file,
        )
    items = tuple(known[item] for item in curve.items)
    if curve.asked and not same:
        by_line = any(item.startswith("line-") for item in curve.items)
        moved = ", or its rows have moved: one without an id is known by its line" if by_line else ""
        raise InputError(
            f"instruction, scorer or items of the task have changed since the study{moved}; the two would not be"
            " comparable: undo the change (new rows go to the end), or measure again with: curvefit run",
            file=file,
        )
    scored = set(curve.items)
    pool = [example for example in task.pool if example.id not in scored]
    leaked = set(duplicated(pool, items))
    return replace(task, items=items, pool=tuple(example for i, example in enumerate(pool) if i not in leaked))


def design_of(study: Study) -> Design:
    """Return what a fine-tuned model is asked: every item of the study once, without demonstrations."""
    curve = study.curve
    seed = 0 if curve.design is None else curve.design.seed
    return Design(shots=(0,), draws=1, items=len(curve.items), seed=seed)


def answered(
    study: Study,
    task: Task,
    model: Model,
    *,
    journal: Path | None = None,
    progress: Progress | None = None,
    limits: SpendingLimits | None = None,
) -> Measurement:
    """Ask a fine-tuned model the study's items, as `measure` does; scores come in the study's order of items.

    Parameters
    ----------
    study : Study
        Whose items are asked.
    task : Task
        As `asked_again` returns it.
    model, journal, progress, limits
        As of `measure`.

    Raises
    ------
    CurvefitError
        As `measure` does.
    """
    found = measure(task, design_of(study), model, journal=journal, progress=progress, limits=limits)
    place = {item: i for i, item in enumerate(found.items)}
    order = [place[item] for item in study.curve.items]
    by_item = ("scores", "readable", "choices", "commonest")
    placed = {name: held[..., order] for name in by_item if (held := getattr(found, name)) is not None}
    return replace(found, **placed, items=study.curve.items)


def conclude(study: Study, tuned: Measurement, n_train: int | None = None) -> Validation:
    """Set a fine-tuned model against the study's best prompt and its prediction. Pure: same input, same bytes.

    Parameters
    ----------
    study : Study
        In context, with the prediction that was given for it: `curvefit.report.prediction.as_given` reads that back.
    tuned : Measurement
        Of the same items in the same order, at 0 shots.
    n_train : int, optional
        Examples it was fine-tuned on; by default what the study's prediction is for. For another number than that a
        prediction is made now.

    Raises
    ------
    CurveError
        Fewer than two items were answered by both.
    """
    payoff = study.payoff
    anew = n_train is not None and (payoff is None or payoff.n_train != n_train)
    if anew:
        payoff = analyze(
            study.curve, margin=study.margin, level=study.level, seed=study.seed, n_train=n_train, probes=study.probes
        ).payoff
    best = study.best
    return Validation(
        study=study,
        tuned=tuned,
        accuracy=tuned.points(study.level)[0],
        best=best,
        smoothed=best.forecast.at(best.point.shots),
        gain=paired_gain(tuned, 0, best.curve, best.point.shots, study.level),
        luck=optimism_of(study.curve),
        payoff=payoff,
        stated=n_train is not None,
        anew=anew,
    )
