"""What a real fine-tuning gave, in a sentence. Lives here: words for probes and validations; nothing is concluded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from curvefit.decision.next_steps import NextStep, more_items
from curvefit.payoff.comparison import SURE, SURE_NOT, without_optimism
from curvefit.payoff.reference_class import FEWEST_ITEMS
from curvefit.report.payoff_text import examples_in
from curvefit.report.wording import capital, chance_of, change_text, counted, dollars, margin_text, percent
from curvefit.training.remote_training import RemoteFineTuning

if TYPE_CHECKING:
    from curvefit.decision.validated_training import ValidatedTraining
    from curvefit.workflows.fine_tuning_probe import Probe
    from curvefit.workflows.validation import Validation

__all__ = [
    "chance_to_gain",
    "is_of_users",
    "is_remote",
    "measured_words",
    "more_items_of",
    "next_use",
    "paid_words",
    "paying_together_words",
    "probe_advice",
    "probe_answer",
    "probe_words",
    "side_of_prediction",
    "validation_advice",
    "validation_answer",
    "validation_warning",
    "when_it_gains",
]

_SIDES: Final = {"within": ", as predicted", "above": ", more than predicted", "below": ", less than predicted"}


def probe_answer(probe: Probe) -> str:
    """Return whether training gains accuracy, and what it gave over the best prompt: without that prompt's optimism."""
    trained, gain = counted(probe.points[-1].shots, "example"), change_text(probe.gain_without_optimism)
    return f"{probe_advice(probe)}: training on {trained} gave {gain} over the best prompt."


def paid_words(probe: Probe) -> str:
    """Return what a probe at a provider took in all, training and calls apart; empty where it was made here."""
    if not is_remote(probe):
        return ""
    calls, training = counted(probe.usage.calls, "call"), probe.training_usd
    parts = [
        "an unknown amount for training" if training is None else f"{dollars(training)} for training",
        f"an unknown amount for {calls}" if probe.usage.usd is None else f"{dollars(probe.usage.usd)} for {calls}",
    ]
    return " and ".join(parts) if probe.usd is None else f"{dollars(probe.usd)}: {' and '.join(parts)}"


def probe_advice(probe: Probe) -> str:
    """Return whether training gains accuracy, and for which model that holds."""
    return capital(probe_words(probe))


def probe_words(probe: Probe) -> str:
    """Return whether training gains accuracy, likely below certainty, and for which model that holds."""
    likely, gain = "likely " if probe.is_likely else "", probe.gain_without_optimism
    said = {
        "pays": f"fine-tuning {likely}gains accuracy",
        "does not pay": "fine-tuning loses accuracy"
        if gain.high < 0
        else f"fine-tuning {likely}gains little or no accuracy",
        "open": "too few items to say whether fine-tuning gains accuracy"
        if probe.has_too_few_items
        else "whether fine-tuning gains accuracy is open",
    }
    return f"{said[probe.decision]}{'' if is_of_users(probe) else ', for this small model'}"


def validation_answer(validation: Validation) -> str:
    """Return whether training gained accuracy, what it gave over the best prompt, and whether that was predicted."""
    gain, beside = change_text(validation.gain_without_optimism), _SIDES.get(side_of_prediction(validation), "")
    both = paying_together_words(validation)
    return f"{_came(validation)}: it gave {gain} over the best prompt{beside}{both}."


def paying_together_words(validation: Validation) -> str:
    """Return that a fine-tuned model gains with examples in its prompt, and is not shown to without; else nothing."""
    both = validation.paying_together
    if both is None:
        return ""
    gain = change_text(without_optimism(both.gain, validation.optimism))
    return f"; shown {examples_in(both)} too, it gave {gain}"


def validation_advice(validation: Validation) -> str:
    """Return whether training gained accuracy, and whether that was predicted."""
    return f"{_came(validation)}{_SIDES.get(side_of_prediction(validation), '')}"


def _came(validation: Validation) -> str:
    return capital(measured_words(validation.training, validation.study.margin))


def validation_warning(validation: Validation) -> str:
    """Return what to do with a model that is surely worse than the best prompt; empty for any other."""
    if validation.gain_without_optimism.high >= 0:
        return ""
    if validation.paying_together is not None:
        return "Do not ship it without examples in its prompt."
    return "Do not ship it: check the training (its examples, their form, how long it ran), then validate again."


def measured_words(own: ValidatedTraining, margin: float) -> str:
    """Return whether training gained accuracy, as measured: by the chance a study goes by, likely below certainty."""
    likely = "likely " if own.is_likely(margin) else ""
    return {
        "pays": f"fine-tuning {likely}gained accuracy",
        "does not pay": "fine-tuning lost accuracy"
        if own.gain.high < 0
        else f"fine-tuning {likely}gained little or no accuracy",
        "open": "whether fine-tuning gains accuracy is open",
    }[own.decision(margin, None)]


def chance_to_gain(chance: float, margin: float, *, few_items: bool = False) -> str:
    """Say how sure it is that training, as measured, gains accuracy, and from where on it is said to."""
    open_yet = f" With fewer than {FEWEST_ITEMS} items, as here, it then stays open." if few_items else ""
    return (
        f"The chance of a gain above {margin_text(margin)}, the margin, is {chance_of(chance)}. From {percent(SURE)}"
        f" on, fine-tuning is said to gain accuracy; at {percent(SURE_NOT)} or less, not to. “Likely” is added where"
        f" the interval leaves it open.{open_yet}"
    )


def when_it_gains(margin: float) -> str:
    """Return the rule of a page by which training, as measured, is said to gain accuracy."""
    return (
        f"where the chance of a gain above {margin_text(margin)} is {percent(SURE)} or more, as on the study’s page;"
        " “likely” is added where the interval leaves it open"
    )


def side_of_prediction(validation: Validation) -> str:
    """Return where the gain lies: within, above or below the predicted interval; empty where nothing was predicted."""
    payoff, checked = validation.payoff, validation.checked
    if payoff is None or checked is None:
        return ""
    return "within" if checked.inside else "above" if checked.gain.value > payoff.gain.high else "below"


def is_of_users(probe: Probe) -> bool:
    """Whether the model is one somebody chose to ship: at its provider, or in a folder of theirs."""
    return is_remote(probe) or probe.study.curve.model.startswith("hf:")


def next_use(probe: Probe) -> str:
    """Return what to do with a probe: it is of its study's very model, and a hint for another one."""
    other = "" if is_of_users(probe) else ", or of a larger model"
    return f"Let it count in the prediction of its study{other}."


def more_items_of(probe: Probe) -> NextStep | None:
    """Return the step that scores more items, where so few leave open what training gives; None where there is none."""
    return more_items(probe.study.curve, again="probe") if probe.decision == "open" or probe.is_likely else None


def is_remote(probe: Probe) -> bool:
    """Whether the model's own provider did the training."""
    return any(isinstance(unit, RemoteFineTuning) for unit in probe.units)
