"""A study: `measure` asks the model, `analyze` concludes, `Study` has the results of both. Read this first.

::

    task, design, model --measure--> Measurement (a Curve that knows its origin) --analyze--> Study
    that, what was measured or stated since --with_own_training, with_costs--> Study with other advice
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from numbers import Integral
from typing import Any, Final, Literal

import numpy as np

from curvefit.curves.curve import Curve, Estimate, Point
from curvefit.curves.forecast import Forecast
from curvefit.curves.group_sequential import Looks
from curvefit.curves.next_measurement import Supply
from curvefit.curves.verdict import Verdict, judge
from curvefit.decision.advice import (
    Advice,
    advise,
    hardly_ever_right,
    priced_advice,
    with_error_usd_first,
    with_ranges_first,
    with_stated_training,
    with_training_last,
    with_training_too,
    without_training,
)
from curvefit.decision.advice_inputs import AdviceInputs
from curvefit.decision.best_prompt import Prompt, best_of, best_of_each, optimism_of
from curvefit.decision.break_even import (
    Costs,
    MoneyBack,
    MoneyDoubt,
    back_at_one_end,
    deciding_ranges,
    hardly_back,
    money_back,
    money_doubt,
    payback_of,
    saved_before,
    surely_back,
)
from curvefit.decision.candidates import Candidates, candidates_of, usd_per_1000
from curvefit.decision.cheaper_prompt import CheapButWrong, CheaperPrompt, cheaper_prompt, gain_over_prompt_to_use
from curvefit.decision.criteria import USEFUL, check_criteria, check_probes, checked_kind, number_of_examples
from curvefit.decision.judge_correction import (
    JudgeCorrection,
    accuracy_without_judge_errors,
    judge_correction,
    optimism_without_judge_errors,
    probe_without_judge_errors,
    reasons_without_judge_errors,
)
from curvefit.decision.next_steps import ProbeOutline, most_useful, room_for_examples
from curvefit.decision.plain_classifier import PlainClassifier, plain_classifier
from curvefit.decision.predicted_payoff import (
    ends_within_room,
    missing_for_payoff,
    payoff_over_prompt,
    payoff_query,
    score_at,
)
from curvefit.decision.scorer_gap import ScorerGap, scorer_gap
from curvefit.decision.sensitivity import FilledAnswer, Sensitivity, sensitivity
from curvefit.decision.validated_training import ValidatedTraining, best_validated, other_validated
from curvefit.display import ErrorDisplay, PlotDisplay, TableDisplay, quoted
from curvefit.errors import CurveError
from curvefit.measurement.measurement import Measurement, as_measurement, choice_points, whole_share
from curvefit.models import store
from curvefit.models.base import ENGINE
from curvefit.models.simulated import is_made_up
from curvefit.payoff.predictor import Payoff, Probed
from curvefit.payoff.stand_in import ClassifierAccuracy
from curvefit.training.fine_tuning_plan import ProbeDesign, most_trainable
from curvefit.training.remote_training import EPOCHS
from curvefit.training.schedule import Recipe
from curvefit.training.text_classifier import Baseline

__all__ = [
    "Study",
    "TakenStep",
    "analyze",
    "at_validated_price",
    "outline_probe",
    "payoff_for",
    "with_costs",
    "with_own_training",
]

_QUICK: Final = (32, 128)  # training examples of a quick probe
_AT_PROVIDER: Final = (64, 256)  # the same of one at a provider
_TRAINED_BY_PROVIDER: Final = ("openai/", "azure/")  # names of models that `curvefit probe` has fine-tuned there
_HINT: Final = "local/gemma3-270m"  # what is fine-tuned here in place of a model that does not run here


@dataclass(frozen=True, slots=True)
class TakenStep:
    """One thing that was done to find out whether fine-tuning pays.

    Attributes
    ----------
    code : str
        ``check``, ``baseline``, ``measure``, or that of a `NextStep`.
    said : str
        What came of it then, in words; empty where it was not taken.
    calls : int
        Requests it sent.
    usd, seconds : float or None
        What these cost, and how long it took; None where not known.
    command : str
        That does the same again; empty where there is none.
    problem : str
        Why it was not taken, or not to its end; empty where it was.
    """

    code: str
    said: str
    calls: int = 0
    usd: float | None = 0.0
    seconds: float | None = None
    command: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Study(PlotDisplay, TableDisplay, ErrorDisplay):
    """A measured curve and everything concluded from it.

    A notebook shows its answer, four numbers, its picture, the next command and its points. As of a curve, ``==`` says
    whether two are the same object: compare what they hold, such as ``advice`` or ``verdict``.

    Attributes
    ----------
    curve : Measurement
        What was measured.
    level, margin, seed
        What `analyze` was called with.
    n_train : int or None
        Examples to fine-tune on, as stated to `analyze`.
    probes : tuple of Probed
        As stated to `analyze`.
    baseline : Baseline or None
        What a plain classifier learns from the pool, as stated to `analyze`.
    points : tuple of Point
        Accuracy at each number of shots that has any score.
    parse_rate : tuple of float
        Share of replies an answer could be read from, one per point; NaN where unknown.
    choice : tuple of Point
        Accuracy of the constrained choice, one per point; empty where not measured.
    forecast, verdict, advice
        The conclusions.
    best : Prompt
        The best prompt measured.
    retrieved : tuple of Point
        Accuracy with the examples most similar to each item; empty where not measured.
    payoff : Payoff or None
        What fine-tuning would add over the best prompt; None where `missing_for_payoff` names something, or most
        replies were cut off.
    sensitivity : Sensitivity or None
        Whether the answer holds without the replies that are missing; None where none is.
    lead : Estimate or None
        Accuracy with the best retrieved examples minus that with the best random ones, on the same items, without the
        errors of a judge, where they are known; None where they are not better, or were not measured.
    over_constant : Estimate or None
        Accuracy of the best prompt minus that of the commonest answer, given to everything; None where unknown.
    optimism : float
        By how much the score of the best of all prompts is too high, since it was picked on the items it is scored on;
        NaN where there are no single scores.
    costs : Costs or None
        What prompting and fine-tuning cost, as stated; set by `with_costs`.
    looks : Looks or None
        How measuring in looks ended; None where all was measured at once, and after judging anew.
    judge_correction : JudgeCorrection or None
        What is known of the judge, and accuracies without its errors; None where a scorer judged.
    steps : tuple of TakenStep
        What `curvefit decide` did to find out, in order; empty where something else measured.
    validated : tuple of ValidatedTraining
        Fine-tuned models that `curvefit validate` measured: the best of them decides whether fine-tuning pays,
        corrected for having been picked.
    advice_inputs : AdviceInputs or None
        What the advice was drawn from.
    probe_left_out : bool
        Whether a probe lay beside it that could not be seen to be of its task, and does not count.
    scorer_gap : ScorerGap or None
        What the task's second scorer makes of the same replies; None where it has none.

    Examples
    --------
    >>> curve = cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)
    >>> study = cf.analyze(curve)
    >>> study.best.point.shots, study.verdict.trend
    (8, 'inconclusive')
    >>> study.missing_for_payoff
    ('kind', 'n_train')
    """

    __module__ = "curvefit"

    curve: Measurement
    level: float
    margin: float
    seed: int
    points: tuple[Point, ...]
    parse_rate: tuple[float, ...]
    choice: tuple[Point, ...]
    forecast: Forecast
    verdict: Verdict
    advice: Advice
    best: Prompt
    retrieved: tuple[Point, ...] = ()
    payoff: Payoff | None = None
    n_train: int | None = None
    probes: tuple[Probed, ...] = ()
    sensitivity: Sensitivity | None = None
    lead: Estimate | None = None
    over_constant: Estimate | None = None
    optimism: float = math.nan
    looks: Looks | None = None
    baseline: Baseline | None = None
    scorer_gap: ScorerGap | None = None
    judge_correction: JudgeCorrection | None = None
    costs: Costs | None = None
    steps: tuple[TakenStep, ...] = ()
    validated: tuple[ValidatedTraining, ...] = ()
    advice_inputs: AdviceInputs | None = field(default=None, repr=False)
    probe_left_out: bool = False

    def __repr__(self) -> str:
        names = f"Study {quoted(self.curve.task, self.curve.model)}".strip()
        examples = "similar examples" if self.best.retrieved else "shots"
        best = f"best {self.best.accuracy.value:.3f} at {self.best.point.shots} {examples}"
        payoff = "no payoff" if self.payoff is None else f"payoff {self.payoff.gain.value:+.3f}"
        if (own := self.best_validated) is not None:
            payoff = f"fine-tuned {own.gain.value:+.3f}"
        return f"<{names}: {self.verdict.tendency}; {best}; {payoff}; {self.advice.action}>"

    @property
    def candidates(self) -> Candidates:
        """What could be shipped: each prompt measured, and the model fine-tuned, with price and latency."""
        found = candidates_of(self.curve, self.payoff, level=self.level, validated=self.best_validated)
        if self.advice.judges_training:
            return found
        return Candidates(each for each in found if each.basis != "predicted")

    @property
    def judged_payoff(self) -> Payoff | None:
        """What fine-tuning would add, where that can be judged: see `Advice.judges_training`."""
        return self.payoff if self.advice.judges_training else None

    @property
    def retrieved_parse_rate(self) -> tuple[float, ...]:
        """Share of readable replies to each of `retrieved`; NaN where unknown."""
        return () if self.curve.retrieved is None else self.curve.retrieved.parse_rate

    @property
    def has_forecast(self) -> bool:
        """Whether there is a curve to forecast: two numbers of shots or more, with replies that are not mostly cut off.

        Those that a spending limit left with too few items at the end count for none.

        Of one number of shots the forecast says what is assumed of curves in general, and nothing else.
        """
        return not self.curve.mostly_cut_off and int(self.curve.up_to_whole.observed.sum()) > 1

    @property
    def best_validated(self) -> ValidatedTraining | None:
        """The fine-tuned model that gained most, corrected for having been picked; None where none was measured."""
        return best_validated(self.validated)

    @property
    def other_validated(self) -> tuple[ValidatedTraining, ...]:
        """The fine-tuned models that were measured besides."""
        return other_validated(self.validated)

    @property
    def answers_if_filled(self) -> tuple[FilledAnswer, ...]:
        """The answers that missing replies would change if all of them were wrong, or right; empty where none would.

        What would be predicted of training is none where it was measured. Then they come first that are right: a better
        prompt takes from what was gained.
        """
        found = () if self.sensitivity is None else self.sensitivity.answers
        if self.best_validated is None:
            return tuple(each for each in found if each.changes)
        return tuple(each for each in reversed(found) if "prompt" in each.changes)

    @property
    def depends_on_missing(self) -> bool:
        """Whether the verdict, the best prompt or the decision on training depends on the replies that are missing."""
        return self.sensitivity is not None and bool(self.sensitivity.changes or self.answers_if_filled)

    @property
    def plain_classifier(self) -> PlainClassifier | None:
        """A plain classifier that is right as often as the best prompt; None where there is none."""
        return _beside_best(self.baseline, self.best, self.level)

    @property
    def prompt_to_use(self) -> Prompt | CheaperPrompt:
        """The prompt that is advised: the best, or a cheaper one to which the best adds no more than the margin."""
        return self.advice.cheaper or self.best

    @property
    def usd_per_1000_to_use(self) -> float:
        """What a thousand calls of the prompt that is advised cost, as measured; NaN where that is not known."""
        return self._usd_per_1000(self.prompt_to_use)

    @property
    def curve_of_use(self) -> Measurement:
        """What the prompt that is advised was measured in: the study's curve, or that with retrieved examples."""
        return self._curve_of(self.prompt_to_use)

    @property
    def accuracy_to_use(self) -> Estimate:
        """Accuracy of the prompt that is advised, without the errors of a judge, where they are known."""
        cheaper = self.advice.cheaper
        return self.best.accuracy if cheaper is None else cheaper.point.accuracy

    @property
    def wholly_right_share(self) -> float | None:
        """The share of answers to the prompt to use that are wholly right.

        None where no answer was partly right, nobody knows, or a judge saw it whose errors are taken out.
        """
        corrected = self.judge_correction is not None and self.judge_correction.status == "corrected"
        return None if corrected else whole_share(self.curve_of_use, self.prompt_to_use.point.shots)

    @property
    def share_right(self) -> float:
        """The share of answers to the prompt to use that are right.

        Where answers can be partly right, wholly right ones, if known how many; not by a scorer that hardly ever gives
        full credit.
        """
        whole = None if self.curve.graded else self.wholly_right_share
        return self.accuracy_to_use.value if whole is None else whole

    @property
    def mostly_wrong(self) -> Literal["no", "perhaps", "yes"]:
        """Whether the prompt to use is wrong more often than right; ``perhaps`` where a judge's errors may hide it."""
        if self.share_right >= USEFUL:
            return "no"
        judged = self.judge_correction
        hidden = judged is not None and (judged.status != "corrected" or self.accuracy_to_use.high >= USEFUL)
        return "perhaps" if hidden else "yes"

    def _curve_of(self, prompt: Prompt | CheaperPrompt) -> Measurement:
        return (self.curve.retrieved if prompt.retrieved else None) or self.curve

    def _usd_per_1000(self, prompt: Prompt | CheaperPrompt) -> float:
        return usd_per_1000(self._curve_of(prompt), prompt.point.shots)

    @property
    def cheap_but_wrong(self) -> CheapButWrong | None:
        """The prompt that would be advised at the lower end of what a mistake costs, or if mistakes cost nothing.

        None where it is advised as it is, or is wrong no more often.
        """
        inputs, costs, used = self.advice_inputs, self.costs, self.advice.cheaper
        if inputs is None or costs is None or not costs.most_error_usd:
            return None
        for error_usd in dict.fromkeys((costs.error_usd, 0.0)):
            cheaper = advise(replace(inputs, cheaper=_cheaper(inputs, costs, error_usd))).cheaper
            more = 0.0 if cheaper is None else cheaper.added.value - (0.0 if used is None else used.added.value)
            if cheaper is not None and more > 0:
                paid = (self._usd_per_1000(cheaper), self.usd_per_1000_to_use)
                priced = all(each.usd_per_1000 > 0 for each in self.candidates if each.basis == "measured")
                stated = "error_usd" in costs.ranges and error_usd == costs.error_usd
                return CheapButWrong(cheaper, more, paid if priced else (math.nan, math.nan), stated)
        return None

    @property
    def cheaper_if_free(self) -> tuple[CheaperPrompt, float] | None:
        """The cheaper prompt to which the best adds no more than the margin, with the dollars of a thousand calls.

        None where it is advised anyway, there is none, it is no measured price that fine-tuning is set against, or
        mistakes cost something, which decides then.
        """
        inputs, costs = self.advice_inputs, self.costs
        if inputs is None or costs is None or costs.most_error_usd or not costs.at_measured_price:
            return None
        found = _cheaper(inputs, costs, math.ulp(0.0))
        usd = math.nan if found is None else self._usd_per_1000(found)
        return (found, usd) if found is not None and usd < costs.prompted_usd_per_1000 else None

    @property
    def has_prompt_to_ship(self) -> bool:
        """Whether a prompt could be shipped, be a fine-tuned model better or not."""
        if self.advice.ships != "fine-tuned":
            return self.advice.ships == "prompt"
        optimism = optimism_without_judge_errors(self.curve.judge, self.optimism)
        return not (self.advice.is_doubtful or hardly_ever_right(self.best.accuracy, optimism))

    @property
    def money_back(self) -> MoneyBack:
        """Whether fine-tuning pays in money, by the costs given, where it likely gains accuracy; else open.

        Where it is open whether it gains any, what it saves on calls alone may tell, if mistakes cost nothing; if they
        do, that not even a model without mistakes pays. Beside a prompt that is not to be shipped, calls alone tell
        nothing.
        """
        costs, training = self.costs, self.advice.training
        if costs is None or costs.tuned is not None or training == "does not pay":
            return "open"
        gain = self.gain_over_prompt_to_use
        if costs.most_error_usd and training == "open":
            whole = None if gain is None else self.within_room(replace(gain, value=1.0, high=1.0)).high
            all_of_it = None if whole is None else Estimate(whole, whole, whole, self.level)
            return "never" if self.advice.judges_training and money_back(costs, all_of_it) == "never" else "open"
        if not (costs.most_error_usd or self.has_prompt_to_ship) or not self.advice.judges_training:
            return "open"
        return money_back(costs, gain)

    @property
    def money_doubt(self) -> MoneyDoubt:
        """What leaves it open whether fine-tuning pays back within a year, where it likely gains accuracy.

        ``no prompt``: mistakes cost nothing, and there is no prompt to ship that its calls could be set against.
        """
        costs = self.costs
        if costs is None or costs.tuned is not None or self.advice.training != "pays":
            return ""
        if not (costs.most_error_usd or self.has_prompt_to_ship):
            gain = self.gain_over_prompt_to_use
            return "" if payback_of(costs, gain) is None and saved_before(costs, gain) is None else "no prompt"
        return money_doubt(costs, self.gain_over_prompt_to_use)

    @property
    def paid_in_money(self) -> float | None:
        """The chance of money back within a year, where that is high, but accuracy says no, or leaves it open."""
        if (costs := self._costs_beside_accuracy) is None:
            return None
        return surely_back(costs, self.gain_over_prompt_to_use)

    @property
    def money_beside(self) -> MoneyDoubt | Literal["hardly"]:
        """What is so of money back within a year, where that is not likely, and accuracy says no, or leaves it open.

        As `money_doubt`, or ``hardly`` where that has little chance.
        """
        costs, gain = self._costs_beside_accuracy, self.gain_over_prompt_to_use
        if costs is None:
            return ""
        return money_doubt(costs, gain) or ("hardly" if hardly_back(costs, gain) else "")

    @property
    def _costs_beside_accuracy(self) -> Costs | None:
        """The costs, where there is a prompt to ship beside which training is said to gain little, or is open."""
        costs, advice = self.costs, self.advice
        if costs is None or costs.tuned is not None or advice.training == "pays":
            return None
        ships = advice.ships == "prompt" and advice.action != "retrieve" and advice.judges_training
        return costs if ships else None

    @property
    def paid_by_ranges(self) -> bool:
        """Whether money is likely back within a year at one end of ranges alone, where accuracy says no."""
        costs = self.costs
        if costs is None or costs.tuned is not None or self.advice.training != "does not pay":
            return False
        return self.advice.ships == "prompt" and back_at_one_end(costs, self.gain_over_prompt_to_use)

    @property
    def gain_over_prompt_to_use(self) -> Estimate | None:
        """What fine-tuning adds to the prompt that is advised, as measured or else predicted; None where neither is.

        What of the best prompt's score is luck of the pick is in no gain. None is more than that prompt leaves to gain.
        """
        gain = gain_over_prompt_to_use(self.curve, self.best, self.advice.cheaper, self.best_validated, self.payoff)
        return None if gain is None else self.within_room(gain)

    def within_room(self, gain: Estimate) -> Estimate:
        """Return a gain over the prompt that is advised: no more than its score leaves, nor its ends than the score's.

        What had nearly all of a few items right may make more mistakes than it made there. Of the best prompt the score
        is what the gain is over: without the luck of its pick.
        """
        score = score_at(self.curve_of_use, self.prompt_to_use.point.shots, gain.level)
        over = min(max(self._score_gained_over(score.value), score.low), score.high)
        value = min(max(gain.value, -over), 1.0 - over)
        return ends_within_room(replace(gain, value=value), score)

    def _score_gained_over(self, score: float) -> float:
        """Return what the fine-tuned model reaches less its gain, both as measured or else predicted."""
        own, payoff = self.best_validated, self.payoff
        if self.advice.cheaper is not None:
            return score
        if own is not None and own.tells_gain(payoff):
            return accuracy_without_judge_errors(self.curve.judge, own.accuracy).value - own.gain.value
        if payoff is not None and payoff.prompted is not None and payoff.fine_tuned is not None:
            return payoff.fine_tuned.value - payoff.gain.value
        return score

    @property
    def missing_for_payoff(self) -> tuple[Literal["kind", "n_train"], ...]:
        """What `analyze` would have to be called with besides, to predict a payoff; empty where there is one."""
        return missing_for_payoff(self.curve, self.n_train)


def analyze(
    curve: Curve,
    *,
    margin: float = 0.02,
    level: float = 0.9,
    seed: int = 0,
    kind: str | None = None,
    n_train: int | None = None,
    probes: Sequence[Probed] = (),
    baseline: Baseline | None = None,
) -> Study:
    """Conclude from a curve: points, forecast, verdict, payoff of fine-tuning, advice. Pure: same input, same bytes.

    Parameters
    ----------
    curve : Curve
        Measured, or made with `Curve.from_means`. What fine-tuning would add is over its best prompt, or over that of
        the retrieved examples it was put `Measurement.beside`.
    margin : float
        The smallest gain in accuracy worth having, in (0, 1).
    level : float
        Of every interval but that of the payoff, which is 90% as in its backtest; in (0, 1).
    seed : int
        Of the posterior's draws.
    kind : str, optional
        Kind of task, in place of the measurement's own; see `curvefit.task_kinds.GROUPS`. One that is not among
        them is no error, unless it looks like a slip of the hand: the payoff then rests on tasks of all kinds.
    n_train : int, optional
        Examples to predict the payoff of fine-tuning on; by default all of the pool, where there is one. It is
        predicted where the kind of task is known; `Study.missing_for_payoff` names what is missing.
    probes : sequence of Probed, optional
        Small models that were fine-tuned on the same task: the payoff rests on them too.
    baseline : Baseline, optional
        What a plain classifier learns from the pool, by `curvefit.baseline`: the payoff rests on it, unless a probe is
        of the very model.

    Raises
    ------
    CurveError
        No curve, no kind or nearly one, no baseline, or out of range: margin, level, seed or n_train.

    Examples
    --------
    >>> curve = cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)
    >>> study = cf.analyze(curve, margin=0.05, kind="classification", n_train=500)
    >>> study.payoff.n_train
    500
    """
    check_criteria(margin, level, n_train)
    _check_stated(curve, seed, probes, baseline)
    n_train = None if n_train is None else number_of_examples(n_train)
    probes = tuple({repr(probe): probe for probe in probes}.values())  # the same probe twice counts once
    measured = as_measurement(curve)
    if kind is not None:
        measured = replace(measured, kind=checked_kind(kind))

    def conclude(of: Measurement) -> tuple[AdviceInputs, JudgeCorrection | None]:
        """Return what advice may look at, and what is known of the judge."""
        prompts = best_of_each(of, level=level, seed=seed)
        random_prompt, best = prompts[0], best_of(prompts)
        concluded = of.up_to_whole
        verdict = judge(
            concluded,
            random_prompt.true_forecast,
            margin=margin,
            horizon=concluded.horizon,
            n_classes=of.n_labels,
            supply=Supply(of.pool, of.available, room_for_examples(of)),
        )
        judged_probes = [probe_without_judge_errors(of, probe, seed) for probe in probes]
        payoff = _payoff(of, best, n_train or of.pool, margin, judged_probes, baseline)
        verdict = replace(verdict, reasons=reasons_without_judge_errors(of.judge, verdict.reasons))
        judged = judge_correction(of, random_prompt.points, verdict.gain_left, level)
        beside = _beside_best(baseline, best, level)
        return AdviceInputs.of(prompts, verdict, payoff, judged, level, beside), judged

    inputs, judged = conclude(measured)
    prompts, verdict, payoff = inputs.prompts, inputs.verdict, inputs.payoff
    random_prompt, best = prompts[0], best_of(prompts)
    choice = choice_points(measured, level)
    return Study(
        curve=measured,
        level=level,
        margin=margin,
        seed=seed,
        points=random_prompt.true_points,
        parse_rate=measured.parse_rate,
        choice=choice,
        forecast=random_prompt.true_forecast,
        verdict=verdict,
        advice=priced_advice(inputs, measured, outline_probe(measured)),
        best=best,
        retrieved=prompts[1].true_points if measured.retrieved else (),
        payoff=payoff,
        n_train=n_train,
        probes=probes,
        sensitivity=sensitivity(measured, inputs, lambda filled: conclude(filled)[0], level=level, seed=seed),
        lead=inputs.lead,
        over_constant=inputs.over_constant,
        optimism=inputs.optimism,
        baseline=baseline,
        scorer_gap=scorer_gap(measured, random_prompt.points, level),
        judge_correction=judged,
        advice_inputs=inputs,
    )


def payoff_for(study: Study, n_train: int, own: Sequence[Probed] = ()) -> Payoff | None:
    """Return what `analyze` would predict for another number of examples; None where it would not.

    `own` are probes besides, which the prediction goes by and does not name.
    """
    probes = tuple(probe_without_judge_errors(study.curve, probe, study.seed) for probe in study.probes)
    payoff = _payoff(study.curve, study.best, n_train, study.margin, (*probes, *own), study.baseline)
    return None if payoff is None else replace(payoff, probes=probes)


def with_own_training(study: Study, validated: Sequence[ValidatedTraining]) -> Study:
    """Return a study that knows the fine-tuned models measured since: its advice may change.

    Those trained on far fewer examples than are asked about say what more would gain, as a probe does: so does the
    prediction.
    """
    if study.advice_inputs is None:
        raise CurveError("a study of analyze(curve) is needed, whose advice can be drawn again")
    payoff, n_items = study.payoff, len(study.curve.items) or None
    if payoff is not None:
        own = [each.as_probe(study.curve.model, n_items) for each in validated if each.on_fewer(payoff)]
        if own or study.validated:  # which may be in it
            payoff = payoff_for(study, payoff.n_train, own)
    inputs = replace(study.advice_inputs, payoff=payoff, validated=best_validated(validated))
    return with_costs(replace(study, validated=tuple(validated), payoff=payoff, advice_inputs=inputs), study.costs)


def with_costs(study: Study, costs: Costs | None) -> Study:
    """Return a study with what prompting and fine-tuning cost: where mistakes do, that decides which prompt to use.

    A price that nobody stated is that of the prompt to use here, whatever it was in another study.
    """
    if costs is not None and costs.at_measured_price:
        unpriced = _advised(replace(study, costs=replace(costs, prompted_usd_per_1000=math.nan)))
        costs = replace(costs, prompted_usd_per_1000=unpriced.usd_per_1000_to_use)
    if costs is not None and costs.tuned is None:
        costs = at_validated_price(costs, study)
    return _advised(replace(study, costs=costs))


def at_validated_price(costs: Costs, study: Study) -> Costs:
    """Return costs with the fine-tuned model's price as measured when it was validated, where nobody stated one.

    The list of prices has less right: it goes by the tokens of the untrained model. A price of another provider stays.
    """
    own, listing, name = study.best_validated, costs.listing, "tuned_usd_per_1000"
    listed = listing is not None and name in listing.amounts
    stated = not (name in costs.unknown or listed or costs.at_base_price or costs.at_validated_price)
    elsewhere = listing is not None and listing.price.provider != study.curve.model.partition("/")[0]
    if own is None or math.isnan(own.usd_per_1000) or stated or elsewhere:
        return costs
    if listing is not None:
        listing = replace(listing, amounts=tuple(each for each in listing.amounts if each != name))
    return replace(
        costs,
        tuned_usd_per_1000=own.usd_per_1000,
        upper_ends={each: most for each, most in costs.upper_ends.items() if each != name},
        listing=listing,
        at_base_price=False,
        at_validated_price=True,
    )


def _check_stated(curve: Any, seed: Any, probes: Any, baseline: Any) -> None:
    """Raise `CurveError` where seed, probes or baseline are none, or are of another task than the curve."""
    if not isinstance(seed, Integral) or seed < 0:
        raise CurveError(f"seed must be a whole number, at least 0, not {seed!r:.40}")
    check_probes(probes)
    if not isinstance(baseline, Baseline | None):
        raise CurveError(f"a baseline is what cf.baseline returns, not {type(baseline).__name__}")
    if baseline is not None and getattr(curve, "task", "") not in ("", baseline.task):
        raise CurveError(f"the baseline is of task {baseline.task!r:.60}, and the curve of {curve.task!r:.60}")


def _payoff(
    measured: Measurement, best: Prompt, n: int, margin: float, probes: Sequence[Probed], baseline: Baseline | None
) -> Payoff | None:
    """Return what fine-tuning on n examples would add over the best prompt; None where that cannot be said."""
    if measured.mostly_cut_off or missing_for_payoff(measured, n):
        return None
    classifier = None if baseline is None else _classifier(baseline, n, probes, best, optimism_of(measured))
    return payoff_over_prompt(measured, best, payoff_query(measured, measured.kind, n), margin, probes, classifier)


def _classifier(
    baseline: Baseline, n: int, probes: Sequence[Probed], best: Prompt, optimism: float
) -> ClassifierAccuracy:
    """Return what a classifier reaches, beside the best prompt on those items that both were scored on."""
    shared = baseline.on_items(compress(best.curve.items, best.scored))
    on = baseline if shared is None else shared
    return ClassifierAccuracy(
        draws=on.draws_at(n),
        items=len(on.items),
        accuracy=on.accuracy_at(n),
        at_probes=tuple(float(np.median(on.draws_at(probe.n_train))) for probe in probes),
        prompt=None if shared is None else best.score_on(shared.items, optimism),
        measured=n in on.curve.shots[on.curve.observed],
    )


def _beside_best(baseline: Baseline | None, best: Prompt, level: float) -> PlainClassifier | None:
    return None if baseline is None else plain_classifier(baseline.curve, baseline.items, best, level)


def _advised(study: Study) -> Study:
    """Return a study with its advice drawn again: by the costs given, where there are any."""
    inputs, costs = study.advice_inputs, study.costs
    if inputs is None:
        return study
    if costs is not None and costs.most_error_usd:
        inputs = replace(inputs, cheaper=_cheaper(inputs, costs, costs.most_error_usd))
    again = _by_money(replace(study, advice=priced_advice(inputs, study.curve, outline_probe(study.curve))))
    if costs is not None and not math.isnan(costs.training_usd):
        again = replace(again, advice=with_stated_training(again.advice))
    wrong = again.has_prompt_to_ship and again.share_right < USEFUL
    free = costs is not None and not costs.most_error_usd and (again.money_back != "open" or again.money_doubt)
    advice = with_error_usd_first(again.advice) if wrong and free else again.advice
    return replace(again, advice=replace(advice, next_steps=most_useful(advice.next_steps)))


def _by_money(again: Study) -> Study:
    """Return a study whose advice goes by money too, where there are costs."""
    costs = again.costs
    used = again.prompt_to_use if again.has_prompt_to_ship else None
    if again.money_back != "open":
        later = without_training if again.has_prompt_to_ship else with_training_last
        return replace(again, advice=later(again.advice, used))
    if again.money_doubt == "gain":
        return replace(again, advice=with_training_last(again.advice, used))
    if (again.money_doubt == "ranges" or again.paid_by_ranges) and costs is not None:
        amounts = deciding_ranges(costs, again.gain_over_prompt_to_use)
        return replace(again, advice=with_ranges_first(again.advice, used, amounts))
    if again.paid_in_money is not None and again.advice_inputs is not None:
        return replace(again, advice=with_training_too(again.advice, again.advice_inputs, again.curve))
    return again


def _cheaper(inputs: AdviceInputs, costs: Costs, error_usd: float) -> CheaperPrompt | None:
    """Return the cheaper prompt to use if a mistake costs so much; None where that is the best."""
    return cheaper_prompt(
        inputs.prompts,
        lead=inputs.lead,
        margin=inputs.verdict.margin,
        error_usd=error_usd,
        best_usd_per_1000=costs.prompted_usd_per_1000,
    )


def outline_probe(measured: Measurement) -> ProbeOutline | None:
    """Return what a quick probe trains on: 32 examples, as a prompt can show, and 128, or all that the pool carries.

    With 128 most of the gain has shown: 512 did better, beyond chance, in 11 of 29 measured cases. A model that does
    not run here is stood in for by one that does. None where the pool is too small, or unknown.
    """
    most, model, recipe = most_trainable(measured.pool), measured.model, Recipe()
    if model.startswith(_TRAINED_BY_PROVIDER):
        sizes = tuple(n for n in _AT_PROVIDER if n <= measured.pool)
        passes = (EPOCHS,) * len(sizes)
        at_provider = ProbeOutline(sizes, passes, 1, None, own=True, elsewhere=True, made_up=is_made_up(model))
        return at_provider if sizes else None
    if most < 1:
        return None
    own = model.startswith(ENGINE)
    sizes = tuple(sorted({min(n, most) for n in _QUICK}))
    pace = None if model.startswith("local:") else store.pace(model if own else _HINT)
    return ProbeOutline(sizes, tuple(map(recipe.epochs, sizes)), ProbeDesign().seeds, pace, own)
