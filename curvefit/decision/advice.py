"""The one thing to do next. Lives here: a table from what was measured to an action; nothing is measured.

The order of the table is the practitioners': similar examples where they are measured to be better, replies that can be
read, knowledge by retrieval, an eval that can decide, examples in the prompt, and only then training. A plateau says
little about training, so every action that depends on the curve's shape carries the record of that rule of thumb. The
predicted payoff decides only where training is next in that order, and where it is sure and has enough cases.

Codes of reasons, with their values:

- ``best-prompt``: ``accuracy``, ``shots``, ``selection`` (``random`` or ``retrieved``); ``retrieved_accuracy`` and
  ``retrieved_shots`` where retrieved examples were measured and are not better.
- ``cheaper-prompt``: the prompt that is advised, of ``shots`` and ``selection`` with ``accuracy``, costs less than the
  best one, which has ``added`` no more than the ``margin`` to it.
- ``picked``: the best of ``tried`` prompts on these very items; its score is too high by ``optimism`` (None: unknown).
  ``paired`` is there, and false, where prompts were scored on different items, or nobody knows on which.
- ``constant``: ``accuracy`` is not clearly ``over`` that of the commonest answer, given to everything.
- ``no-room``: the best prompt leaves fine-tuning nothing above the margin.
- ``low-score``, ``high-score``: how often fine-tuning paid at such scores; the values of `ScoreSplit` in
  `curvefit.payoff.reference_class`, and for a high score the ``margin``.
- ``format-rise``: from ``start`` to ``end`` shots accuracy changed by ``rise``, the readable share from
  ``readable_start`` to ``readable_end``, and accuracy among readable replies by ``among``: that is no learning.
- ``same-answer``: all ``count`` readable replies at ``shots`` (numbers, in words) gave the same ``answer``.
- ``cut-off``: ``count`` of ``replies`` were cut off at ``tokens`` tokens.
- ``unreadable``: with ``shots`` of a ``selection`` a ``share`` of replies could not be read; ``choice``: accuracy of
  the constrained choice.
- ``facts``: what a published case of knowledge reached ``prompted``, ``fine_tuned`` and with ``retrieval``.
- ``retrieved-lead``: ``lead`` of retrieved examples over ``shots`` random ones.
- ``rise-ahead``: ``end``, ``gain``, and ``pool`` where that has fewer.
- ``fall-beyond``: ``shots``. ``prompt-spent``: no values.
- ``predicted-payoff``: ``gain``, ``probability``, ``n_train``, ``margin``.
- ``validated``, in its place: the user's own fine-tuned ``model`` gained ``gain``, by more than the ``margin`` with a
  chance of ``probability``, trained on ``n_train`` examples (None: unknown); ``fewer``: 1 where that is far fewer than
  are asked about; ``picked_from``: the best of so many, which gain and chance are corrected for.
- ``rule-of-thumb``: its ``auc`` (an Estimate) on ``pairs`` published pairs.

Codes of next steps:

- ``same-again``: a spending limit (``limit``) ended the measurement: the same command goes on.
- ``raise-reply-tokens``: measure again with replies of up to ``tokens`` tokens.
- ``constrain``, ``improve-prompt``, ``small-run``: no values.
- ``retrieve-facts``: ``documents``, how many the task names, if any.
- ``add-examples``: up to ``end``, no more than the pool has, from ``last``; the same where the pool has no more.
- ``show-similar``, ``fewer-examples``, ``ship``: ``shots`` of the prompt that is advised, and ``selection``, which the
  first leaves out.
- ``see-errors``, ``rework-prompt``, ``mend-judge``: none.
- ``ship-fine-tuned``: the user's own fine-tuned ``model``, which was measured.
- ``more-items``: score ``items`` in place of ``scored``, where the answer is open, no other step finds it out, and so
  many settle it or make intervals much narrower; ``again``: ``probe`` or ``validate``, to be given again, which had
  a fine-tuned model scored on the fewer.
- ``state-error-usd``: state what a mistake costs: most answers to the prompt to use are not wholly right, and here
  that costs nothing.
- ``narrow-ranges``: find out more closely the ``amounts`` of `Costs`, by name: money depends on their ranges, most on
  the first.
- ``measure-retrieved``: measure with the examples most similar to each item too.
- ``use-classifier``: try a plain classifier, trained on ``n_train`` examples, whose ``accuracy`` no prompt reaches.
- ``probe``, ``probe-elsewhere``: fine-tune a model, here or at its provider; ``own``: 1 where it is the very model.
- ``fine-tune``: on ``n_train`` examples, of a pool of ``pool`` (None: unknown).
- those of `Verdict.to_settle`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Final, Literal

from curvefit.curves.curve import Estimate
from curvefit.curves.reason import Reason, Value
from curvefit.decision.advice_inputs import AdviceInputs
from curvefit.decision.best_prompt import Prompt
from curvefit.decision.cheaper_prompt import CheaperPrompt, leads_by_more
from curvefit.decision.criteria import USEFUL
from curvefit.decision.next_steps import LACKS, NextStep, ProbeOutline, most_useful, priced, with_closing_step
from curvefit.decision.predicted_payoff import chance_of_room
from curvefit.measurement.measurement import CutReplies, Measurement
from curvefit.payoff.comparison import SURE_NOT, Decision, fair_accuracy, optimism_matters
from curvefit.payoff.reference_class import (
    PUBLISHED_PAIRS,
    high_scores,
    leaning_on_training,
    low_scores,
    missing_evidence,
    payoff_reasons,
    training_decision,
)

__all__ = [
    "READABLE",
    "Advice",
    "Ships",
    "advise",
    "hardly_ever_right",
    "priced_advice",
    "with_error_usd_first",
    "with_ranges_first",
    "with_stated_training",
    "with_training_last",
    "with_training_too",
    "without_training",
]

Ships = Literal["prompt", "fine-tuned", "nothing"]

READABLE: Final = 0.95  # below this parse rate, format is the first thing to mend
_MOSTLY_READABLE: Final = 0.5  # parse rate from which readable replies show how often the others would be right
_LITTLE: Final = 0.1  # best prompted accuracy up to which no prompt is worth shipping
_HIGH: Final = 0.85  # best prompted accuracy from which fine-tuning gained less often
# On the published pairs of a prompted and a fine-tuned accuracy: see the README of the evidence.
_RULE_OF_THUMB: Final = Reason("rule-of-thumb", {"auc": Estimate(0.47, 0.29, 0.64, 0.95), "pairs": PUBLISHED_PAIRS})
_MEND_FIRST: Final = ("mend-judge", "mend-format")
_NO_PROMPT: Final = ("raise-reply-tokens", "mend-judge", "mend-format", "rework-prompt")  # is to be used as it is
_TRAINING_STEPS: Final = ("small-run", "probe", "probe-elsewhere", "fine-tune", "ship-fine-tuned")
# bha6kar/rag-vs-finetune@a948514f, Qwen2.5-7B-Instruct.
_FACTS: Final = Reason("facts", {"prompted": 0.06, "fine_tuned": 0.24, "retrieval": 0.65})


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next, and what it rests on.

    Attributes
    ----------
    action : str
        ``measure-more``, ``raise-reply-tokens``, ``mend-judge``, ``mend-format``, ``retrieve``, ``rework-prompt``,
        ``retrieve-examples``, ``add-examples``, ``use-fewer-examples``, ``keep-prompting``, ``use-classifier``,
        ``try-fine-tuning`` or ``ship-fine-tuned``.
    reasons : tuple of Reason
        What it rests on.
    next_steps : tuple of NextStep
        What to do, the first thing first.
    training : "pays", "does not pay" or "open"
        Whether fine-tuning gains more than the margin over the best prompt: as predicted, or as measured of the user's
        own.
    leaning : "pays", "does not pay" or "open"
        What is probable where `training` is open: a prediction is sure of it, and rests on too few cases to decide by.
    cheaper : CheaperPrompt or None
        The prompt to ship in place of the best one, which adds to it no more than the margin; None where the best is
        the one, where no prompt is to be shipped yet, or where more examples are to be tried.
    row : str
        The action of the row that decided, where `action` is another: since a plain classifier or money comes first, or
        since the prompt is to be used, whatever more measuring would show.

    Examples
    --------
    >>> cf.analyze(cf.Curve.from_means([0, 1, 2, 4, 8], [0.2, 0.4, 0.5, 0.55, 0.57], n_items=200)).advice.action
    'measure-more'
    """

    __module__ = "curvefit"

    action: str
    reasons: tuple[Reason, ...]
    next_steps: tuple[NextStep, ...]
    training: Decision = "open"
    leaning: Decision = "open"
    cheaper: CheaperPrompt | None = None
    row: str = ""

    def __repr__(self) -> str:
        steps = ", ".join(step.code for step in self.next_steps)
        return f"<Advice: {self.action}; training {self.training}; next {steps or 'nothing'}>"

    @property
    def decided_by(self) -> str:
        """The action of the row that decided: what is to be done with the prompt."""
        return self.row or self.action

    @property
    def is_doubtful(self) -> bool:
        """Whether no prompt is clearly better than the commonest answer, given to everything."""
        return any(reason.code == "constant" for reason in self.reasons)

    @property
    def judges_training(self) -> bool:
        """Whether what training would gain can be judged: not while replies cannot be read, or the judge is no good."""
        return self.action not in _MEND_FIRST

    @property
    def ships(self) -> Ships:
        """What is to be used: a prompt, the fine-tuned model that was measured, or nothing as yet."""
        if self.action == "ship-fine-tuned":
            return "fine-tuned"
        useless = self.decided_by in _NO_PROMPT or (self.is_doubtful and self.action != "retrieve")
        if self.action == "mend-format":
            useless = self.is_doubtful or self._prompted < USEFUL
        return "nothing" if useless else "prompt"

    @property
    def _prompted(self) -> float:
        """Accuracy of the best prompt."""
        of_best = next((reason.values["accuracy"] for reason in self.reasons if reason.code == "best-prompt"), None)
        return of_best.value if isinstance(of_best, Estimate) else math.nan


def advise(inputs: AdviceInputs) -> Advice:
    """Return the one thing to do next."""
    if inputs.cut is not None:  # before anything: nothing else can be concluded from such replies
        return _raise_reply_tokens(inputs.cut)
    advice_of = next(advice_of for holds, advice_of in _RULES if holds(inputs))
    # No prompt is to be shipped yet; or more examples surely add more than the margin, so that fewer are no choice.
    no_prompt = (_mend_judge, _ship_fine_tuned, _mend_format, _retrieve, _rework_prompt, _add_examples)
    if advice_of in no_prompt or not _above_constant(inputs):
        inputs = replace(inputs, cheaper=None)
    advice, decision = advice_of(inputs), _decision_on_training(inputs)
    if advice_of is _mend_format and inputs.validated is None:  # most of what is predicted may be format
        decision = "open"
    prompt_first = advice_of in (_retrieve_examples, _add_examples, _use_fewer, _try_fine_tuning)
    if prompt_first and decision == "pays" and inputs.used_accuracy < USEFUL:
        advice = replace(advice, next_steps=(*advice.next_steps[1:], advice.next_steps[0]))
    classifier = _classifier_step(inputs)
    if classifier and advice_of not in (_mend_judge, _ship_fine_tuned, _mend_format, _retrieve):
        steps = (*classifier, *advice.next_steps)
        advice = replace(advice, action="use-classifier", row=advice.action, next_steps=steps)
    elif classifier and advice_of is _ship_fine_tuned and _classifier_is_as_good(inputs):
        advice = replace(advice, next_steps=(*classifier, *advice.next_steps))
    elif advice_of in (_measure_more, _improve_prompt) and decision == "does not pay" and _is_shippable(inputs):
        steps = (NextStep("ship", _advised(inputs)), *_worth_more(inputs, advice.next_steps))
        advice = replace(advice, action="keep-prompting", row=advice.action, next_steps=steps)
    if inputs.stopped:
        advice = replace(advice, next_steps=(NextStep("same-again", {"limit": inputs.stopped}), *advice.next_steps))
    leaning = _leaning(inputs) if decision == "open" and advice.judges_training else "open"
    return replace(advice, training=decision, leaning=leaning, cheaper=inputs.cheaper)


def priced_advice(inputs: AdviceInputs, measured: Measurement, probe: ProbeOutline | None) -> Advice:
    """Return what is advised, with what its steps take; `probe` is the quick one that there could be."""
    advice = advise(inputs)
    steps = priced(advice.next_steps, measured, inputs.payoff, probe, in_order=advice.training == "pays")
    if advice.training == "open":
        steps = with_closing_step(steps, measured, _probability_by_items(inputs), _scored_tuned_by(inputs))
    steps = _with_documents(advice, steps or _what_there_is(inputs, advice), measured, inputs)
    return replace(advice, next_steps=most_useful(steps))


def _with_documents(
    advice: Advice, steps: tuple[NextStep, ...], measured: Measurement, inputs: AdviceInputs
) -> tuple[NextStep, ...]:
    """Return steps with the one to look documents up, where the task names some that no prompt showed.

    It comes second: after what can be done at once, and before any training. Not where something is to be mended first.
    """
    first = (*_MEND_FIRST, "raise-reply-tokens", "retrieve", "ship-fine-tuned")
    if not measured.documents or advice.action in first or inputs.stopped or _high_score(inputs):
        return steps
    look_up = priced((NextStep("retrieve-facts"),), measured, inputs.payoff, None)
    at = 0 if steps[0].code in _TRAINING_STEPS else 1
    return (*steps[:at], *look_up, *steps[at:])


def without_training(advice: Advice, used: Prompt | CheaperPrompt | None) -> Advice:
    """Return advice where training does not pay back in money: its steps fall away, and the prompt to use is left.

    `used` is None where no prompt is to be used: that is left to be worked on.
    """
    kept = tuple(step for step in advice.next_steps if step.code not in _TRAINING_STEPS)
    if advice.action == "try-fine-tuning":  # that is no longer what to do first
        advice = replace(advice, action="rework-prompt" if used is None else "keep-prompting", row=advice.action)
    if used is None:
        return replace(advice, next_steps=kept or (NextStep("rework-prompt"),))
    selection = "retrieved" if used.retrieved else "random"
    return replace(advice, next_steps=kept or (NextStep("ship", {"shots": used.point.shots, "selection": selection}),))


def with_training_last(advice: Advice, used: Prompt | CheaperPrompt | None) -> Advice:
    """Return advice where it is open whether training pays back in money: first what is to be used without it."""
    training = tuple(step for step in advice.next_steps if step.code in _TRAINING_STEPS)
    rest = without_training(advice, used)
    return replace(rest, next_steps=(*rest.next_steps, *training))


def with_ranges_first(advice: Advice, used: Prompt | CheaperPrompt | None, amounts: Sequence[str]) -> Advice:
    """Return advice where training pays back in money at one end of ranges alone: it waits until they are narrower."""
    rest = without_training(advice, used)
    return replace(rest, next_steps=(NextStep("narrow-ranges", {"amounts": " ".join(amounts)}), *rest.next_steps))


def with_stated_training(advice: Advice) -> Advice:
    """Return advice whose steps do not ask for the price of training, which is stated."""
    return replace(advice, next_steps=tuple(
        replace(step, values={name: value for name, value in step.values.items() if name != "unlisted"})
        for step in advice.next_steps
    ))  # fmt: skip


def with_training_too(advice: Advice, inputs: AdviceInputs, measured: Measurement) -> Advice:
    """Return advice where training pays back in money, though not surely in accuracy: it stands after all else."""
    trained = _training_is_done(inputs) or any(step.code == "fine-tune" for step in advice.next_steps)
    if inputs.payoff is None or trained:
        return advice
    training = NextStep("fine-tune", {"n_train": inputs.payoff.n_train, "pool": inputs.pool})
    return replace(advice, next_steps=(*advice.next_steps, *priced((training,), measured, inputs.payoff, None)))


def with_error_usd_first(advice: Advice) -> Advice:
    """Return advice where money decides for a prompt that is mostly wrong, as mistakes cost nothing: first, do they?"""
    return replace(advice, next_steps=(NextStep("state-error-usd"), *advice.next_steps))


def _probability_by_items(inputs: AdviceInputs) -> float | None:
    """Return the chance that training pays, where more items would make it surer; None where they would not.

    They would where a fine-tuned model, or a classifier for it, was scored on the items itself.
    """
    own, payoff = inputs.validated, inputs.payoff
    if own is not None:
        return None if own.on_fewer(payoff) else own.chance(inputs.verdict.margin)
    if payoff is None or payoff.stand_in is None or missing_evidence(payoff) == "prompt":
        return None
    return payoff.probability


def _scored_tuned_by(inputs: AdviceInputs) -> str:
    """Return the command that had the model scored once it was fine-tuned; nothing where it was not."""
    if inputs.validated is not None:
        return "validate"
    return "probe" if _own_probe(inputs) else ""


# Conditions of the rules.


def hardly_ever_right(accuracy: Estimate, optimism: float) -> bool:
    """Whether the best prompt is of no use, its score less the luck of its pick."""
    return fair_accuracy(accuracy, optimism).value <= _LITTLE


def _above_constant(inputs: AdviceInputs) -> bool:
    """Whether the best prompt is clearly better than one answer to everything, or nobody knows."""
    return inputs.over_constant is None or inputs.over_constant.low > 0


def _high_score(inputs: AdviceInputs) -> bool:
    """Whether fine-tuning gained less often over such a score."""
    return _above_constant(inputs) and _fair(inputs) >= _HIGH


def _no_room(inputs: AdviceInputs) -> bool:
    """Whether there is surely no room for a gain above the margin over the best prompt, less its optimism.

    Surely: with the chance that decides elsewhere.
    """
    fair = fair_accuracy(inputs.best_accuracy, inputs.true_optimism)
    return _above_constant(inputs) and chance_of_room(fair, inputs.verdict.margin) <= SURE_NOT


def _fair(inputs: AdviceInputs) -> float:
    return fair_accuracy(inputs.best_accuracy, inputs.true_optimism).value


def _hardly_right(inputs: AdviceInputs) -> bool:
    return hardly_ever_right(inputs.best_accuracy, inputs.true_optimism)


def _retrieval_leads(inputs: AdviceInputs) -> bool:
    """Whether examples chosen by similarity are measured to be better, by more than the margin, and are of use."""
    leads = leads_by_more(inputs.lead, inputs.verdict.margin)
    return leads and _above_constant(inputs) and not _hardly_right(inputs)


def _lacks_facts(inputs: AdviceInputs) -> bool:
    """Whether examples teach nothing of what the task asks for: knowledge."""
    return "knowledge" in inputs.kind.lower() and inputs.verdict.trend == "flat" and not _high_score(inputs)


def _decision_on_training(inputs: AdviceInputs) -> Decision:
    if inputs.judge_fails:
        return "open"
    if inputs.validated is not None:
        return inputs.validated.decision(inputs.verdict.margin, inputs.payoff)
    if _no_room(inputs):
        return "does not pay"
    decision = "open" if inputs.payoff is None else training_decision(inputs.payoff)
    return "open" if inputs.unfinished and decision == "pays" else decision  # what is still to be asked may do as well


def _leaning(inputs: AdviceInputs) -> Decision:
    """Return what is probable of fine-tuning where it is open: nothing is of one that was measured."""
    if inputs.payoff is None or inputs.validated is not None:
        return "open"
    leaning = leaning_on_training(inputs.payoff)
    return "open" if inputs.unfinished and leaning == "pays" else leaning


def _training_is_done(inputs: AdviceInputs) -> bool:
    """Whether the user fine-tuned on as many examples as are asked about, and that was measured."""
    return inputs.validated is not None and not inputs.validated.on_fewer(inputs.payoff)


def _training_is_tried(inputs: AdviceInputs) -> bool:
    return inputs.validated is not None or (inputs.payoff is not None and bool(inputs.payoff.probes))


def _training_is_shown(inputs: AdviceInputs) -> bool:
    """Whether the user's own examples show that training pays: by a classifier, or a probe of the very model."""
    payoff = inputs.payoff
    if payoff is None or _decision_on_training(inputs) != "pays":
        return False
    return payoff.stand_in is not None or _own_probe_pays(inputs)


def _own_probe_pays(inputs: AdviceInputs) -> bool:
    """Whether training pays, and was tried on the very model, whose replies had to be readable as well."""
    return _own_probe(inputs) and _decision_on_training(inputs) == "pays"


def _own_probe(inputs: AdviceInputs) -> bool:
    payoff = inputs.payoff
    return payoff is not None and any(probe.is_of(payoff.model) for probe in payoff.probes)


def _format_costs(inputs: AdviceInputs) -> bool:
    """Whether unreadable replies cost accuracy: prompts whose replies can be read may be as often wrong.

    Could they be read, they would be right as often as the others are; of few others nobody knows how often.
    """
    best, margin, rate = inputs.best_accuracy.value, inputs.verdict.margin, inputs.best_parse_rate
    right = min(1.0, best / rate) if rate >= _MOSTLY_READABLE else 1.0
    if not (rate < READABLE and (1 - rate) * right > margin):  # nor where that is not known
        return False
    if inputs.choice - best <= margin:  # not where that is unknown
        return False
    others = (point for point, rate in inputs.rated_prompts if rate >= READABLE)
    return not any(best - inputs.accuracy(point).value <= margin for point in others)


# Reasons.


def _best_prompt_reasons(inputs: AdviceInputs) -> tuple[Reason, ...]:
    """Return the facts about the prompt that fine-tuning has to beat."""
    values: dict[str, Value] = {
        "accuracy": inputs.best_accuracy,
        "shots": inputs.best_prompt.shots,
        "selection": inputs.selection,
    }
    if inputs.retrieved and inputs.lead is None:
        values |= {
            "retrieved_accuracy": inputs.accuracy(inputs.best_retrieved),
            "retrieved_shots": inputs.best_retrieved.shots,
        }
    reasons = [Reason("best-prompt", values)]
    if (cheaper := inputs.cheaper) is not None:
        accuracy: dict[str, Value] = {"accuracy": cheaper.point.accuracy, "added": cheaper.added}
        reasons.append(Reason("cheaper-prompt", {**_advised(inputs), **accuracy, "margin": inputs.verdict.margin}))
    if optimism_matters(inputs.tried, inputs.true_optimism):
        optimism = None if math.isnan(inputs.true_optimism) else inputs.true_optimism
        unpaired: dict[str, Value] = {} if inputs.paired else {"paired": False}
        reasons.append(Reason("picked", {"tried": inputs.tried, "optimism": optimism, **unpaired}))
    if not _above_constant(inputs):
        reasons.append(Reason("constant", {"accuracy": inputs.best_accuracy, "over": inputs.over_constant}))
    reasons += _same_answers(inputs)
    if inputs.format_rise is not None:
        rise = inputs.format_rise
        reasons.append(Reason("format-rise", {field.name: getattr(rise, field.name) for field in fields(rise)}))
    if _no_room(inputs):
        reasons.append(Reason("no-room"))
    if inputs.payoff is not None and (low := low_scores(inputs.payoff, inputs.best_accuracy.value)) is not None:
        reasons.append(Reason("low-score", asdict(low)))
    return tuple(reasons)


def _same_answers(inputs: AdviceInputs) -> Iterator[Reason]:
    """Return a reason for each answer that was given to all items."""
    for answer in dict.fromkeys(same.answer for same in inputs.same_answers):
        where = [same for same in inputs.same_answers if same.answer == answer]
        shots = ", ".join(str(same.shots) for same in where)
        yield Reason("same-answer", {"count": sum(same.count for same in where), "shots": shots, "answer": answer})


def _prediction(inputs: AdviceInputs) -> tuple[Reason, ...]:
    """Return what fine-tuning added, where that was measured, else the prediction, where there is one."""
    if inputs.validated is not None or inputs.payoff is None:
        return _validated(inputs)
    return payoff_reasons(inputs.payoff)[:1]


def _validated(inputs: AdviceInputs) -> tuple[Reason, ...]:
    """Return what fine-tuning added, where that was measured."""
    if (own := inputs.validated) is None:
        return ()
    margin = inputs.verdict.margin
    values: dict[str, Value] = {"gain": own.gain, "probability": own.chance(margin), "margin": margin}
    fewer = {"n_train": own.n_train, "fewer": int(own.on_fewer(inputs.payoff))}
    return (Reason("validated", {"model": own.model, **values, **fewer, "picked_from": own.picked_from}),)


def _reasons_from_shape(inputs: AdviceInputs, *reasons: Reason) -> tuple[Reason, ...]:
    return (*_best_prompt_reasons(inputs), *reasons, *_prediction(inputs), _RULE_OF_THUMB)


def _reasons_of_training(inputs: AdviceInputs) -> tuple[Reason, ...]:
    return (*_best_prompt_reasons(inputs), *_prediction(inputs))


# Steps.


def _training_steps(inputs: AdviceInputs) -> tuple[NextStep, ...]:
    """Return the step that tests training, or the training itself; nothing where it does not pay, or was done."""
    if inputs.payoff is None or _training_is_done(inputs) or _decision_on_training(inputs) == "does not pay":
        return ()
    if _decision_on_training(inputs) == "open" and not _training_is_tried(inputs):
        return (_small_trial(inputs),)
    return (NextStep("fine-tune", {"n_train": inputs.payoff.n_train, "pool": inputs.pool}),)


def _small_trial(inputs: AdviceInputs) -> NextStep:
    return NextStep("small-run" if inputs.pool is None else "probe")


def _closing_trial(inputs: AdviceInputs) -> tuple[NextStep, ...]:
    """Return the trial that may settle what a high score leaves open, unless training hardly has a chance to pay."""
    if inputs.payoff is None or inputs.payoff.probability <= SURE_NOT or _decision_on_training(inputs) != "open":
        return ()
    return tuple(step for step in _training_steps(inputs) if step.code != "fine-tune")


def _trial_steps(inputs: AdviceInputs) -> tuple[NextStep, ...]:
    """Return how to try training where the curve is open: small, unless that has been done, however sure it looks."""
    steps = _training_steps(inputs)
    return (_small_trial(inputs),) if steps and not _training_is_tried(inputs) else steps


def _is_feasible(step: Reason) -> bool:
    """Whether a measurement can be made with the task's own examples, and is likely to settle anything."""
    v = step.values
    return step.code != "not-in-reach" and not any(map(v.get, LACKS))


def _what_there_is(inputs: AdviceInputs, advice: Advice) -> tuple[NextStep, ...]:
    """Return the steps where no other can be taken: with the prompt to use, or with one that is not to be used yet."""
    return _ship_steps(inputs) if advice.ships == "prompt" else (NextStep("rework-prompt"),)


def _ship_steps(inputs: AdviceInputs) -> tuple[NextStep, ...]:
    wrong = (NextStep("see-errors"),) if inputs.used_accuracy < 1 else ()
    return (NextStep("ship", _advised(inputs)), *wrong)


def _classifier_step(inputs: AdviceInputs) -> tuple[NextStep, ...]:
    """Return the step to a plain classifier that beats every prompt, where fine-tuning does hardly better, or did not.

    It comes before any training, which costs more and gains no more.
    """
    plain, margin = inputs.classifier, inputs.verdict.margin
    if plain is None or not plain.leads(margin):
        return ()
    if inputs.validated is None and not plain.reaches(inputs.payoff, margin):
        return ()
    return (NextStep("use-classifier", {"n_train": plain.n_train, "accuracy": plain.accuracy}),)


def _classifier_is_as_good(inputs: AdviceInputs) -> bool:
    """Whether a plain classifier scores no more than the margin below the fine-tuned model that was measured."""
    own, plain = inputs.validated, inputs.classifier
    return own is not None and plain is not None and own.accuracy.value - plain.accuracy.value <= inputs.verdict.margin


def _is_shippable(inputs: AdviceInputs) -> bool:
    """Whether the prompt to use is right more often than not, and than the commonest answer, given to everything."""
    return inputs.used_accuracy >= USEFUL and _above_constant(inputs)


def _worth_more(inputs: AdviceInputs, steps: tuple[NextStep, ...]) -> tuple[NextStep, ...]:
    """Return what may still better a prompt that is shipped; where no score is more than the margin higher, nothing."""
    if 1 - inputs.best_accuracy.value > inputs.verdict.margin:
        return steps
    return (NextStep("see-errors"),) if inputs.used_accuracy < 1 else ()


def _retrieval_step(inputs: AdviceInputs) -> tuple[NextStep, ...]:
    return () if inputs.retrieved else (NextStep("measure-retrieved"),)


def _examples_step(inputs: AdviceInputs) -> NextStep:
    last, wanted = inputs.points[-1].shots, inputs.verdict.horizon
    end = wanted if inputs.pool is None else min(wanted, max(inputs.pool, last))
    return NextStep("add-examples", {"end": end, "last": last})


def _advised(inputs: AdviceInputs) -> dict[str, Value]:
    """Return which prompt to use: the best, or the cheaper one."""
    similar = inputs.lead is not None if inputs.cheaper is None else inputs.cheaper.retrieved
    return {"shots": inputs.used_shots, "selection": "retrieved" if similar else "random"}


# Advice of each rule.


def _raise_reply_tokens(cut: CutReplies) -> Advice:
    cut_off = Reason("cut-off", {"count": cut.count, "replies": cut.replies, "tokens": cut.tokens})
    step = NextStep("raise-reply-tokens", {"tokens": cut.higher})
    return Advice("raise-reply-tokens", (cut_off,), (step,))


def _ship_fine_tuned(inputs: AdviceInputs) -> Advice:
    model = "" if inputs.validated is None else inputs.validated.model
    steps = (*_retrieval_step(inputs), NextStep("ship-fine-tuned", {"model": model}))
    return Advice("ship-fine-tuned", _reasons_of_training(inputs), steps)


def _mend_judge(inputs: AdviceInputs) -> Advice:
    return Advice("mend-judge", _best_prompt_reasons(inputs), (NextStep("mend-judge"),))


def _mend_format(inputs: AdviceInputs) -> Advice:
    unreadable: dict[str, Value] = {
        "shots": inputs.best_prompt.shots,
        "selection": inputs.selection,
        "share": 1 - inputs.best_parse_rate,
        "choice": None if math.isnan(inputs.choice) else inputs.choice,
    }
    reasons = (*_best_prompt_reasons(inputs), Reason("unreadable", unreadable), *_validated(inputs))
    return Advice("mend-format", reasons, (NextStep("constrain"),))


def _retrieve(inputs: AdviceInputs) -> Advice:
    reasons = (*_best_prompt_reasons(inputs), _FACTS, *_validated(inputs))
    return Advice("retrieve", reasons, (NextStep("retrieve-facts"),))


def _rework_prompt(inputs: AdviceInputs) -> Advice:
    """Of a prompt that fails, what it gets wrong says more than its curve; training that pays needs no better one."""
    trials = (*_retrieval_step(inputs), *_trial_steps(inputs))
    rework: tuple[NextStep, ...] = (NextStep("rework-prompt"),)
    if inputs.verdict.trend == "rising":
        rework = (_examples_step(inputs), *rework)
    steps = (*trials, *rework) if _decision_on_training(inputs) == "pays" else (*rework, *trials)
    return Advice("rework-prompt", _reasons_of_training(inputs), steps)


def _retrieve_examples(inputs: AdviceInputs) -> Advice:
    lead = Reason("retrieved-lead", {"lead": inputs.lead, "shots": inputs.points[inputs.best_row].shots})
    steps = (NextStep("show-similar", {"shots": _advised(inputs)["shots"]}), *_training_steps(inputs))
    return Advice("retrieve-examples", _reasons_from_shape(inputs, lead), steps)


def _add_examples(inputs: AdviceInputs) -> Advice:
    values: dict[str, Value] = {"end": inputs.verdict.horizon, "gain": inputs.verdict.gain_left}
    if inputs.pool is not None and inputs.pool < inputs.verdict.horizon:
        values["pool"] = inputs.pool
    rise = Reason("rise-ahead", values)
    steps = (_examples_step(inputs), *_training_steps(inputs))
    return Advice("add-examples", _reasons_from_shape(inputs, rise), steps)


def _use_fewer(inputs: AdviceInputs) -> Advice:
    fall = Reason("fall-beyond", {"shots": inputs.points[inputs.best_row].shots})
    steps = (NextStep("fewer-examples", _advised(inputs)), *_retrieval_step(inputs), *_training_steps(inputs))
    return Advice("use-fewer-examples", _reasons_from_shape(inputs, fall), steps)


def _keep_prompting(inputs: AdviceInputs) -> Advice:
    ship, *wrong = _ship_steps(inputs)
    if wrong and _decision_on_training(inputs) == "open":  # the cheapest that may leave training nothing to gain
        wrong = [*_retrieval_step(inputs), *wrong]
    margin, task = inputs.verdict.margin, "" if inputs.payoff is None else inputs.payoff.task
    high = Reason("high-score", {**asdict(high_scores(_HIGH, margin, task)), "margin": margin})
    trial = _closing_trial(inputs) if inputs.retrieved or inputs.pool is None else ()  # after what is cheaper
    steps = (ship, *wrong, *trial)
    return Advice("keep-prompting", _reasons_from_shape(inputs, high), steps)


def _improve_prompt(inputs: AdviceInputs) -> Advice:
    steps = (NextStep("improve-prompt"), *_retrieval_step(inputs))
    return Advice("keep-prompting", _reasons_from_shape(inputs, Reason("prompt-spent")), steps)


def _try_fine_tuning(inputs: AdviceInputs) -> Advice:
    training = _training_steps(inputs) or (NextStep("small-run"),)
    steps = (NextStep("improve-prompt"), *_retrieval_step(inputs), *training)
    return Advice("try-fine-tuning", _reasons_from_shape(inputs, Reason("prompt-spent")), steps)


def _fine_tune(inputs: AdviceInputs) -> Advice:
    steps = (*_retrieval_step(inputs), *_training_steps(inputs))
    return Advice("try-fine-tuning", _reasons_of_training(inputs), steps)


def _measure_more(inputs: AdviceInputs) -> Advice:
    # The prompt to beat and the payoff hardly depend on the curve's shape: they need not wait for it.
    to_settle = inputs.verdict.to_settle
    settle = () if to_settle is None else (NextStep(to_settle.code, to_settle.values),)
    others = (*_retrieval_step(inputs), *_trial_steps(inputs))
    if _training_is_shown(inputs):  # against random examples: the better prompt may yet do as well, for nothing
        steps = (*_retrieval_step(inputs), *_training_steps(inputs), *settle)
        return Advice("measure-more", _reasons_of_training(inputs), steps)
    # What can be done today comes first: not what the task lacks examples for, nor what would hardly settle anything.
    feasible = all(map(_is_feasible, settle))
    if _decision_on_training(inputs) == "pays" and inputs.used_accuracy < USEFUL:  # no curve keeps it waiting
        return Advice("measure-more", _reasons_of_training(inputs), (*others, *settle) if feasible else others)
    if others and not feasible:  # what the task has too little for is no step; that it is in vain is worth a word
        others = (*others, *(step for step in settle if step.code == "not-in-reach"))
    steps = (*settle, *others) if feasible or not others else others
    return Advice("measure-more", _reasons_of_training(inputs), steps)


# First rule that holds decides.
_RULES: Final[Sequence[tuple[Callable[[AdviceInputs], bool], Callable[[AdviceInputs], Advice]]]] = (
    (lambda inputs: inputs.judge_fails, _mend_judge),
    (lambda inputs: inputs.validated is not None and _decision_on_training(inputs) == "pays", _ship_fine_tuned),
    (lambda inputs: _format_costs(inputs) and not _own_probe_pays(inputs), _mend_format),
    (_retrieval_leads, _retrieve_examples),
    (_lacks_facts, _retrieve),
    (_hardly_right, _rework_prompt),
    (lambda inputs: _high_score(inputs) and _no_room(inputs), _keep_prompting),
    (lambda inputs: _training_is_shown(inputs) and (bool(inputs.retrieved) or inputs.pool is None), _fine_tune),
    (lambda inputs: inputs.verdict.trend == "inconclusive", _measure_more),
    (lambda inputs: inputs.verdict.trend == "rising", _add_examples),
    (lambda inputs: inputs.verdict.trend == "falling", _use_fewer),
    (lambda inputs: _high_score(inputs) and _decision_on_training(inputs) != "pays", _keep_prompting),
    (
        lambda inputs: _training_is_done(inputs) or _decision_on_training(inputs) == "does not pay",
        _improve_prompt,
    ),
    (lambda inputs: True, _try_fine_tuning),
)
