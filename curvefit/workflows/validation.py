"""After fine-tuning: did it add what was predicted? Lives here: the study's items asked again, and what that shows.

::

    study, its task --task_of_study--> Task of the study's items
    that, fine_tuned_model --score_fine_tuned--> Measurement
    study, it --conclude_validation--> Validation --enter_validation--> the user's ledger
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from curvefit.curves.curve import Estimate, Point
from curvefit.decision.best_prompt import Prompt
from curvefit.decision.candidates import usd_per_1000
from curvefit.decision.criteria import number_of_examples
from curvefit.decision.judge_correction import difference_without_judge_errors
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.errors import DesignError, InputError
from curvefit.measurement.measure import measure
from curvefit.measurement.measurement import Measurement
from curvefit.models.base import Form, Model, Prices, Usage
from curvefit.models.local import LocalModel
from curvefit.models.resolve import resolve
from curvefit.own_files import digest
from curvefit.payoff.comparison import Decision, decision_on, paired_gain, without_optimism
from curvefit.payoff.predictor import Payoff
from curvefit.payoff.track_record import CheckedPrediction
from curvefit.study import Study, payoff_for
from curvefit.tasks.task import Task
from curvefit.trials.design import Design
from curvefit.trials.journal import JournalPaths
from curvefit.trials.runner import Progress
from curvefit.trials.spending_limits import SpendingLimits
from curvefit.workflows.ledger import enter, of_made_up, read_ledger
from curvefit.workflows.prompt_and_weights import Together, as_possible, design_beside, together_of

__all__ = [
    "LedgerEntry",
    "Validation",
    "conclude_validation",
    "design_of",
    "designs_together",
    "enter_validation",
    "fine_tuned_model",
    "score_fine_tuned",
    "score_together",
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
    def paying_together(self) -> Together | None:
        """The fine-tuned model with examples in its prompt, where that pays and the model alone is not shown to."""
        if self.decision == "pays":
            return None
        margin = self.study.margin
        fair = ((each, without_optimism(each.gain, self.optimism)) for each in self.together)
        return next((each for each, gain in fair if decision_on(gain, margin) == "pays"), None)

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


def design_of(study: Study) -> Design:
    """Return what a fine-tuned model is asked: every item of the study once, without demonstrations."""
    curve = study.curve
    return replace(curve.design or Design(), shots=(0,), draws=1, items=len(curve.items), selection="random")


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
    placed = measured.part(items=[place[item] for item in study.curve.items])
    return replace(placed, model=_name_of(model))


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
