"""After fine-tuning: did it add what was predicted? Lives here: the study's items asked again, and what that shows.

::

    study, its task --task_of_study--> Task of the study's items
    that, fine_tuned_model --score_fine_tuned--> Measurement
    study, it --conclude_validation--> Validation --enter_validation--> the user's ledger
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from curvefit.command_words import option_values
from curvefit.curves.curve import Estimate, Point
from curvefit.decision.best_prompt import Prompt
from curvefit.decision.candidates import usd_per_1000
from curvefit.decision.criteria import number_of_examples
from curvefit.decision.judge_correction import difference_without_judge_errors
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.errors import CurvefitError, DesignError, InputError
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import Measurement
from curvefit.models.base import Form, Model, Prices, Usage
from curvefit.models.local import LocalModel
from curvefit.models.redaction import CUT
from curvefit.models.resolve import resolve
from curvefit.own_files import digest
from curvefit.payoff.comparison import Decision, paired_gain, without_optimism
from curvefit.payoff.predictor import Payoff
from curvefit.payoff.track_record import CheckedPrediction
from curvefit.study import Study, payoff_for
from curvefit.tasks.duplicates import duplicated
from curvefit.tasks.loading import found_task, load_task_again
from curvefit.tasks.record_files import printable
from curvefit.tasks.task import Item, Task, fingerprint_of
from curvefit.trials.design import Design
from curvefit.trials.journal import JournalPaths
from curvefit.trials.runner import Progress
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.workflows.known_items import changed_items, corrected_targets
from curvefit.workflows.ledger import enter, of_made_up, read_ledger
from curvefit.workflows.prompt_and_weights import Together, as_possible, design_beside, together_of

__all__ = [
    "LedgerEntry",
    "Validation",
    "change_since",
    "conclude_validation",
    "design_of",
    "designs_together",
    "enter_validation",
    "fine_tuned_model",
    "score_fine_tuned",
    "score_together",
    "task_of_study",
    "whole_task",
]


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
    optimism : float
        By how much `best` looks better than it is, having been picked: see `Study.optimism`.
        NaN where not known.
    payoff : Payoff or None
        What was predicted for `n_train` examples; None where the study's kind of task or that number is unknown.
    stated : bool
        Whether the user said how many examples it was fine-tuned on; otherwise the study's own number is taken.
    anew : bool
        Whether that prediction was made only now, since the study's is for another number of examples.
    together : tuple of Together
        The fine-tuned model with examples in its prompt: random ones, then retrieved ones where those were measured.
    used_together : Usage
        What its calls with examples took, also where a cap left too few replies to say anything.
    """

    study: Study
    tuned: Measurement
    accuracy: Point
    best: Prompt
    smoothed: Estimate
    gain: Estimate
    optimism: float
    payoff: Payoff | None
    stated: bool
    anew: bool
    together: tuple[Together, ...] = ()
    used_together: Usage = field(default_factory=Usage)

    @property
    def usage(self) -> Usage:
        """What all calls took: without examples in the prompt, and with them."""
        return self.tuned.usage + self.used_together

    @property
    def gain_without_optimism(self) -> Estimate:
        """What fine-tuning added to the best prompt, without what picking that by its score makes it look better.

        Without the errors of a judge too, where they are known, as the prediction is.
        """
        seen = without_optimism(self.gain, self.optimism)
        return difference_without_judge_errors(self.best.curve, self.tuned, seen, self.study.seed)[0]

    @property
    def training(self) -> ValidatedTraining:
        """The fine-tuned model, as its study counts it."""
        n_train = self.payoff.n_train if self.payoff is not None and self.stated else None
        reached, gain = self.accuracy.accuracy, self.gain_without_optimism
        p50, p95 = next(iter(self.tuned.seconds_by_shots), (math.nan, math.nan))
        return ValidatedTraining(
            self.tuned.model,
            n_train,
            reached,
            gain,
            usd_per_1000=usd_per_1000(self.tuned, 0),
            seconds_p50=p50,
            seconds_p95=p95,
        )

    @property
    def decision(self) -> Decision:
        """Whether training paid: the gain, without optimism, exceeds the study's margin, by the chance that goes by."""
        return self.training.decision(self.study.margin, None)

    @property
    def shown_before(self) -> bool:
        """Whether a probe the prediction rests on had trained this very model on as many examples or more: it knew."""
        payoff = self.payoff
        return payoff is not None and any(
            probe.is_of(payoff.model) and probe.n_train >= payoff.n_train for probe in payoff.probes
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
        return digest([curve.task, curve.model, curve.asked, curve.items, identity])


def task_of_study(study: Study, file: Path, given: str | Task | None = None) -> Task:
    """Return the study's task, read again, with the study's items and no others, wherever they stand in it now.

    Its pool is what may be learned from: neither these items nor what duplicates one of them, as loading has it.

    `file` is the study's, for messages; `given` is the task, or where it is now; by default where the study read it.

    Raises
    ------
    InputError
        The study was not measured here, the task is not found or is another, an item is gone, or what was asked has
        changed.
    """
    task = given if isinstance(given, Task) else whole_task(study, file, given)
    with _of_file(file):
        _check_askable(study)
        same = fingerprint_of(task, study.curve.items) == study.curve.asked != ""
        if not same and task.name != study.curve.task:  # the same may have another name by now
            raise InputError(f"the study is of the task {study.curve.task!r}, and {task.name!r} is another one")
        items = _items_of(study.curve, task, given if isinstance(given, str) else task.path or task.name)
        if study.curve.asked and not same:
            raise InputError(_changed(study.curve, task))
    return replace(task, items=items, pool=_unscored(task.pool, items))


def whole_task(
    study: Study, file: Path, given: str | None = None, *, to_judge: bool = True, to_ask: bool = True
) -> Task:
    """Return the study's task, read again, with all that it has to be scored on; see `task_of_study`.

    Unless it is `to_judge` replies, none of its code is run. A model that judges may be any, unless it is `to_ask`.
    """
    with _of_file(file):
        _check_askable(study)
        return _load(study.curve, file.parent, given, to_judge=to_judge, to_ask=to_ask)


def with_task_at(study: Study, file: Path, path: str) -> Study:
    """Return a study that knows where its task is now, and whose commands name that; no code of the task is run.

    `file` is the study's, for messages.

    Raises
    ------
    InputError
        It is not the task as it was measured: see `task_of_study`.
    """
    task, curve = whole_task(study, file, path, to_judge=False), study.curve
    task_of_study(study, file, task)
    similar = None if curve.retrieved is None else replace(curve.retrieved, path=task.path)
    command = tuple(task.path if word == curve.path else word for word in curve.command)
    if command and task.name != curve.task and not option_values(command, "--out"):
        command = (*command, "--out", str(file.parent))  # by its new name it would be measured elsewhere, and anew
    return replace(study, curve=replace(curve, path=task.path, retrieved=similar, command=command))


@contextmanager
def _of_file(file: Path) -> Iterator[None]:
    """Put the study's file in front of what is wrong with it; errors of the task's own files name those."""
    try:
        yield
    except InputError as error:
        if error.file is not None or error.line is not None:
            raise
        raise InputError(error.problem, file=file, field=error.field) from error


def _check_askable(study: Study) -> None:
    """Refuse a study whose items cannot be asked, or not compared."""
    if study.curve.design is None or not study.curve.items:
        raise InputError(
            "was made from scores measured elsewhere, whose items cannot be asked; measure with: curvefit run"
        )
    if study.best.scored.sum() < 2:
        raise InputError(
            "has a score of its best prompt on one item, and a comparison needs two; measure more with: curvefit run"
        )


def _load(curve: Measurement, folder: Path, path: str | None, *, to_judge: bool, to_ask: bool) -> Task:
    """Read the task of a study in a folder; where nobody typed its path, no code is run and no judge asked."""
    if not (path or curve.path):
        raise InputError("does not say where its task is; name it with --task (in Python: task)")
    where = path or found_task(curve.path, folder)
    if where is None:
        raise InputError(
            f"its task {curve.path!r} is not there from here or from the study; name it with --task (in Python: task)"
        )
    seed = curve.design.seed if curve.design else 0
    task = load_task_again(where, curve.overrides, seed=seed, run_code=to_judge and path is not None)
    if not to_judge:
        return task
    scorers = [scorer.name for scorer in (task.scorer, task.also_scored_by) if scorer is not None]
    code = next((name for name in scorers if name.startswith("python:")), None)
    if path is None and code is not None:
        raise InputError(
            f"its task is judged by code, {code}; read that, and to run it name the task: --task"
            f" {shlex.quote(str(where))}"
        )
    if path is None and task.judge is not None and to_ask:  # which would get the replies, and may cost money
        raise InputError(
            f"its task is judged by a model, {printable(task.judge.model)}; to have it asked name the task: --task"
            f" {shlex.quote(str(where))}"
        )
    return task


def _items_of(curve: Measurement, task: Task, where: str) -> tuple[Item, ...]:
    """Return the study's items in its order, from whichever side of the task they are on now."""
    known = task.by_id
    missing = [item for item in curve.items if item not in known]
    if missing:
        raise InputError(
            f"{len(missing)} of the {len(curve.items)} items of the study are not in {where!r}, {missing[0]!r} the"
            " first; name the right file with --task (in Python: task), or bring them back"
        )
    return tuple(known[item] for item in curve.items)


def change_since(study: Study, file: Path) -> str:
    """Return how a study's task has changed since, in the words of `task_of_study`; empty where it is as it was.

    Empty too where that cannot be told: where the task is gone, or is of code. No code of the task is run.
    """
    try:
        task = whole_task(study, file, to_judge=False)
    except (CurvefitError, OSError):
        return ""
    try:
        task_of_study(study, file, task)
    except InputError as error:
        return error.problem
    return ""


def _changed(curve: Measurement, task: Task) -> str:
    if CUT in dict(curve.overrides).get("instruction", ""):
        return (
            "its instruction held what looks like a key, which is never kept, so that it cannot be asked again: run the"
            " study's command with the instruction in a task.yaml, or without the key"
        )
    if corrected := corrected_targets(curve, task):
        were = "was" if corrected == 1 else "were"
        return (
            f"{corrected:,} of its {len(curve.items):,} targets {were} corrected since: run the study's command again,"
            " which asks again only prompts that show a corrected example"
        )
    if changed := changed_items(curve, task):
        have = "has" if changed == 1 else "have"
        return (
            f"{changed:,} of its {len(curve.items):,} items {have} changed since: undo the change, or run the study's"
            " command again, which asks again only prompts that changed"
        )
    by_line = any(item.startswith("line-") for item in curve.items)
    moved = ", or its rows have moved: one without an id is known by its line" if by_line else ""
    return (
        f"instruction, scorer or items of the task have changed since the study{moved}: undo the change (new rows go"
        " to the end), or run the study's command again; replies are kept, so that a change of the scorer alone costs"
        " nothing"
    )


def _unscored(pool: Sequence[Item], items: Sequence[Item]) -> tuple[Item, ...]:
    """Return the part of a pool that neither is one of these items nor duplicates one."""
    scored = {item.id for item in items}
    others = [example for example in pool if example.id not in scored]
    leaked = set(duplicated(others, items))
    return tuple(example for i, example in enumerate(others) if i not in leaked)


def design_of(study: Study) -> Design:
    """Return what a fine-tuned model is asked: every item of the study once, without demonstrations."""
    curve = study.curve
    seed = 0 if curve.design is None else curve.design.seed
    reply_tokens = None if curve.design is None else curve.design.reply_tokens
    return Design(shots=(0,), draws=1, items=len(curve.items), seed=seed, reply_tokens=reply_tokens)


def fine_tuned_model(
    study: Study,
    name: str,
    *,
    adapter: Path | None = None,
    api_base: str | None = None,
    form: Form | None = None,
    prices: Prices | None = None,
) -> Model:
    """Return the fine-tuned model of a study's model, asked in the study's form of prompt unless another is stated.

    `adapter` is a GGUF one for a local model; the others are as of `curvefit.resolve`.

    Raises
    ------
    DesignError
        It is no other than the study's, as far as that can be told, or the adapter is for a model that does not run
        here.
    ModelUnavailable
        No such model.
    """
    form = form or ("chat" if study.curve.form == "chat" else "plain")
    model = resolve(name, api_base=api_base, form=form, prices=prices)
    if adapter is not None:
        if not isinstance(model, LocalModel):
            raise DesignError(f"--adapter goes with a model that runs here, and {name} does not")
        return LocalModel(name, form=form, adapter=adapter)
    if name == study.curve.model and api_base is None:
        raise DesignError(f"{name} is the model the study prompted; name the fine-tuned one")
    return model


def score_fine_tuned(
    study: Study,
    task: Task,
    model: Model,
    *,
    journal: JournalPaths | None = None,
    progress: Progress | None = None,
    limits: SpendingLimits | None = None,
) -> Measurement:
    """Ask a fine-tuned model the study's items, as `measure` does; scores come in the study's order of items.

    The task is as `task_of_study` returns it, and all else as of `measure`.

    Raises
    ------
    CurvefitError
        As `measure` does.
    """
    measured = measure(task, design_of(study), model, journal=journal, progress=progress, limits=limits)
    return _placed(study, measured, model)


def designs_together(study: Study, task: Task) -> tuple[Design, ...]:
    """Return with which examples in its prompt a fine-tuned model is asked too."""
    return design_beside(study, (), design_of(study), len(task.pool)).together


def score_together(
    study: Study,
    task: Task,
    model: Model,
    *,
    journal: JournalPaths | None = None,
    progress: Progress | None = None,
    limits: SpendingLimits | None = None,
) -> tuple[Measurement, ...]:
    """Ask a fine-tuned model the study's items with the examples in its prompt that the study did best with.

    What it is given is as of `score_fine_tuned`.

    Returns
    -------
    tuple of Measurement
        Each at one number of shots; what does not fit, or a cap leaves no room for, is left out.

    Raises
    ------
    CurvefitError
        As `measure` does otherwise.
    """

    def ask(design: Design) -> Measurement:
        measured = measure(task, design, model, journal=journal, progress=progress, limits=limits)
        return _placed(study, measured, model)

    return as_possible(ask, designs_together(study, task))


def _placed(study: Study, measured: Measurement, model: Model) -> Measurement:
    """Return scores in the study's order of items."""
    place = {item: i for i, item in enumerate(measured.items)}
    order = [place[item] for item in study.curve.items]
    by_item = ("scores", "readable", "choices", "commonest")
    placed = {name: grid[..., order] for name in by_item if (grid := getattr(measured, name)) is not None}
    digests = tuple(measured.digests[place[item]] for item in study.curve.items) if measured.digests else ()
    groups = tuple(measured.groups[i] for i in order) if measured.groups else ()
    return replace(measured, **placed, items=study.curve.items, groups=groups, digests=digests, model=_name_of(model))


def _name_of(model: Model) -> str:
    """Name a fine-tuned model; adapters of one base model are told apart by file."""
    adapter = model.adapter if isinstance(model, LocalModel) else None
    return model.name if adapter is None else f"{model.name} with {adapter.absolute().parent.name}/{adapter.name}"


def conclude_validation(
    study: Study,
    tuned: Measurement,
    n_train: int | None = None,
    together: tuple[Measurement, ...] = (),
) -> Validation:
    """Set a fine-tuned model against the study's best prompt and its prediction. Pure: same input, same bytes.

    The study has the prediction that was given for it, which this version might not make. `tuned` is of the same items
    in the same order, at 0 shots, and was fine-tuned on `n_train` examples; by default on as many as the study's
    prediction is for. For another number than that a prediction is made now. `together` is what `score_together`
    returns.

    Raises
    ------
    CurveError
        Fewer than two items were answered by both.
    """
    payoff = study.payoff
    anew = n_train is not None and (payoff is None or payoff.n_train != n_train)
    if anew:
        payoff = payoff_for(study, number_of_examples(n_train))
    best = study.best
    return Validation(
        study=study,
        tuned=tuned,
        accuracy=tuned.points(study.level)[0],
        best=best,
        smoothed=best.forecast.at(best.point.shots),
        gain=paired_gain(tuned, 0, best.curve, best.point.shots, study.level),
        optimism=study.optimism,
        payoff=payoff,
        stated=n_train is not None,
        anew=anew,
        together=together_of(together, best, tuned, 0, study.level),
        used_together=sum((part.usage for part in together), Usage()),
    )


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What became of entering a validation in the ledger.

    Attributes
    ----------
    refusal : str
        Why it was not entered: ``made-up``: one of the models is, and says nothing of any other; ``known-before``: a
        probe of this very model had shown it, so that it is no prediction;
        ``no-prediction``: nothing was predicted; ``not-all-asked``: a spending limit ended the asking;
        ``cut-off``: most replies, of either model, were cut off; ``not-writable``. Empty where it was entered.
    file : Path or None
        The ledger, where it was entered.
    count : int
        Validations in it now.
    problem : str
        Why it cannot be written, where that is so.
    """

    refusal: Literal["", "made-up", "known-before", "no-prediction", "not-all-asked", "cut-off", "not-writable"]
    file: Path | None = None
    count: int = 0
    problem: str = ""


def enter_validation(validation: Validation, identity: str, file: Path | None = None) -> LedgerEntry:
    """Enter what came in the user's ledger, where there is a prediction to keep score of and all items were asked.

    A ledger that cannot be written is no error: what was measured holds.

    `identity` is the fine-tuned model's; the file is by default `curvefit.workflows.ledger.ledger_file`.
    """
    checked = validation.checked
    if validation.tuned.mostly_cut_off or validation.study.curve.mostly_cut_off:
        return LedgerEntry("cut-off")
    if validation.shown_before:
        return LedgerEntry("known-before")
    if checked is None:
        return LedgerEntry("no-prediction")
    if validation.tuned.stopped:
        return LedgerEntry("not-all-asked")
    if of_made_up(checked):
        return LedgerEntry("made-up")
    about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "version": version("curvefit")}
    try:
        written = enter(validation.key(identity), checked, about, file)
        return LedgerEntry("", written, len(read_ledger(written).cases))
    except InputError as error:
        return LedgerEntry("not-writable", problem=str(error))
