"""What to ship, and whether to fine-tune, in a sentence. Lives here: the words of the answer; nothing is concluded."""

from __future__ import annotations

from itertools import islice
from typing import Final, Literal

from curvefit.decision.break_even import Costs, payback_of
from curvefit.decision.criteria import USEFUL
from curvefit.decision.next_steps import MEASURES_MORE
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.payoff.comparison import SURE_NOT, Decision
from curvefit.payoff.reference_class import is_sure, missing_evidence
from curvefit.plain_text import clean
from curvefit.report.payoff_text import examples_in
from curvefit.report.wording import capital, counted, percent
from curvefit.study import Study

__all__ = [
    "ON_FEWER",
    "PromptUse",
    "classifier_words",
    "doubt_words",
    "free_words",
    "judged_by",
    "lacks_evidence",
    "likely",
    "names_constant",
    "not_surely",
    "paid_words",
    "pays_words",
    "prompt_use",
    "ship_sentence",
    "the_range",
    "trains_instead",
    "unpaid_words",
]

PromptUse = Literal["ship", "use", "for now", "none"]

_NOT_YET: Final = {
    "raise-reply-tokens": "Ship nothing yet: most replies were cut off.",
    "mend-judge": "Ship nothing yet: by your labels, the judge may do no better than chance.",
    "mend-format": "Ship nothing yet: fix the format of the replies first, then measure again.",
    "retrieve": "Look the facts up and put them in the prompt first: examples and training teach few.",
}
_NO_BETTER: Final = {
    "pays": "{no_prompt} none clearly beats always giving the commonest answer; {gains}.",
    "open": "{nothing} no prompt clearly beats always giving the commonest answer.",
    "add-examples": "Ship nothing yet and try more examples: no prompt clearly beats always giving the commonest"
    " answer.",
}
_OF_OTHERS: Final = ("rework-prompt", "ship-fine-tuned")  # what is advised, of which something else is said
_NEVER_RIGHT: Final = {
    "pays": "{no_prompt} the best is hardly ever right; {gains}.",
    "open": "{nothing} the best prompt is hardly ever right.",
}
_PROMPT: Final = {
    "retrieve-examples": "the prompt with the most similar examples",
    "use-fewer-examples": "the prompt with fewer examples",
}
_OPEN: Final = {  # by what is probable
    "open": "whether fine-tuning gains accuracy is open",
    "pays": "fine-tuning probably gains accuracy",
    "does not pay": "fine-tuning probably gains little or no accuracy",
}
_MEASURED: Final = {
    "does not pay": "; fine-tuning was measured, and {likely}gains little or no accuracy.",
    "open": "; fine-tuning was measured, and whether it gains accuracy is open.",
}
ON_FEWER: Final = "on fewer examples"  # than are asked about
_FEWER_DID_NOT: Final = f"; fine-tuning {ON_FEWER} gained little or no accuracy, and whether more would is open."
_NO_CHANCE: Final = 0.01  # up to which something is said not to be, above it hardly
_FEWEST_ITEMS: Final = 3  # of fewer, all right or all wrong is chance


def ship_sentence(study: Study) -> str:
    """Return what to ship, and whether to fine-tune, by what is advised: the same words wherever a study is shown."""
    of_none = _of_no_prompt(study)
    silent = of_none and study.advice.training != "pays" and not classifier_words(study)  # on training
    return of_none if silent else f"{of_none or _of_prompt(study)}{_of_which(study)}"


def prompt_use(study: Study) -> PromptUse:
    """Return what `ship_sentence` does with the prompt: none where something else comes first, or is to be shipped."""
    if study.advice.action == "mend-format" and study.advice.ships == "prompt":
        return "for now"
    if _of_no_prompt(study):
        return "none"
    if not _is_settled(study):
        return "for now"
    return "use" if _wrong_words(study) else "ship"


def _is_settled(study: Study) -> bool:
    """Whether nothing is left to be tried beside the prompt, or to be asked of it, and no missing reply changes it."""
    advice = study.advice
    if study.answers_if_filled:
        return False
    in_money = study.money_beside in ("gain", "ranges") or study.paid_in_money is not None
    more = advice.decided_by == "add-examples" or any(step.code == "same-again" for step in advice.next_steps)
    return advice.training == "does not pay" and not (more or in_money or classifier_words(study))


def _of_which(study: Study) -> str:
    """Say which model's fine-tuning that is about, where the costs are those of another one's."""
    if study.costs is None or study.costs.tuned is None:
        return ""
    return f" That is about fine-tuning {clean(study.curve.model)}, not {clean(study.costs.tuned.model)}."


def _of_no_prompt(study: Study) -> str:
    """Return what to do where no prompt is to be used, or another thing is to be shipped; else nothing."""
    n_items = max(point.n_items for point in study.points)
    if 0 < n_items < _FEWEST_ITEMS:
        return f"{counted(n_items, 'item')}: nothing can be decided; get 100 or more."
    action, cut = study.advice.decided_by, study.curve.cut
    if action == "raise-reply-tokens" and cut is not None:
        replies = f"{cut.count:,} of {cut.replies:,} replies were cut off at {cut.tokens:,} tokens"
        return f"Ship nothing yet: {replies}; raise --reply-tokens."
    if action == "ship-fine-tuned":
        return _of_fine_tuned(study)
    words = _NEVER_RIGHT if action == "rework-prompt" else _NO_BETTER if study.advice.is_doubtful else {}
    of_training = study.advice.training == "pays" or classifier_words(study)
    which = "pays" if of_training else action if action in words else "open"
    if action == "mend-format" and study.advice.ships == "prompt":
        fix = f"Use the best prompt{_wrong_words(study)} for now, but fix the format of the replies"
        own = study.best_validated
        return f"{fix} before you judge fine-tuning." if own is None else f"{fix}{_as_measured(study, own)}"
    inputs = study.advice_inputs
    ends = ("Ship no prompt:", "Ship nothing yet:")
    if inputs is not None and inputs.unfinished:
        ends = ("Not finished: of the prompts so far", "Not finished: so far")
    filled = dict(zip(("no_prompt", "nothing"), ends, strict=True), gains=_likely_gains(study))
    return _NOT_YET.get(action) or words.get(which, "").format(**filled)


def names_constant(study: Study) -> bool:
    """Whether `ship_sentence` says that no prompt clearly beats always giving the commonest answer."""
    return study.advice.is_doubtful and study.advice.decided_by not in (*_NOT_YET, *_OF_OTHERS)


def _of_fine_tuned(study: Study) -> str:
    if doubt := doubt_words(study) or ("" if study.has_prompt_to_ship else unpaid_words(study)):
        return f"Ship the fine-tuned model if accuracy decides: as measured, it {likely(study)}gains; {doubt}."
    if unpaid := unpaid_words(study):
        gains = f"it {likely(study)}gains accuracy, as measured"
        return f"Keep the prompt{_wrong_words(study)} if money decides: fine-tuned, {gains}; {unpaid}."
    first = study.advice.next_steps[0].code
    if first in ("measure-retrieved", "use-classifier"):
        tried = f"Use the fine-tuned model for now, which {likely(study)}{pays_words(study)}"
        similar = "the most similar examples: a prompt may do as well"
        return f"{tried}, and try {'a plain classifier: it may do as well' if first == 'use-classifier' else similar}."
    if study.answers_if_filled:
        return f"Use the fine-tuned model for now: it was measured, and {likely(study)}{pays_words(study)}."
    return f"Ship the fine-tuned model: it was measured, and {likely(study)}{pays_words(study)}."


def _of_prompt(study: Study) -> str:
    """Return which prompt to use, for how long, and whether fine-tuning gains accuracy, or pays by the costs given."""
    action, training, cheaper = study.advice.decided_by, study.advice.training, study.advice.cheaper
    which = _PROMPT.get(action, "the best prompt" if cheaper is None else f"the prompt with {examples_in(cheaper)}")
    used = study.prompt_to_use
    if action == "use-fewer-examples" and (used.retrieved or not used.point.shots):
        which = _PROMPT["retrieve-examples"] if used.retrieved else "the prompt with no examples"
    more = " and try more examples" if action == "add-examples" else ""
    wrong = _wrong_words(study)
    now = f"{wrong} for now"
    if instead := classifier_words(study):
        if not _is_useful(study):
            return f"{capital(instead)}; {which} is {_mostly_wrong(study)}."
        return f"Use {which}{now}, and {instead}."
    if training == "pays" and (unpaid_words(study) or doubt_words(study)):
        return f"Use {which}{now}{more}; {_likely_gains(study)}."
    if training == "pays":
        if (more or action in _PROMPT) and _is_useful(study):
            pays = f": that likely pays{free}" if (free := free_words(study)) else ""
            return f"Use {which}{now if more else wrong}{more}, then fine-tune{pays}."
        if _tries_similar_first(study):
            return f"Use {which}{now}, and try the most similar examples before you fine-tune."
        if trains_instead(study):
            return f"Fine-tune: that likely {pays_words(study)}; {which} is {_mostly_wrong(study)}."
        measures = any(step.code in MEASURES_MORE for step in study.advice.next_steps[:1])
        if measures and action == "measure-more":  # training is not what to do next
            return f"Use {which}{now}; {_likely_gains(study)}."
        return f"Use {which}{now}, and fine-tune: that likely {pays_words(study)}."
    if action == "measure-more" and training == "open" and study.payoff is None:
        return f"Use {which}{now}, and measure more before you decide on fine-tuning."
    verb = "Ship" if prompt_use(study) == "ship" else "Use"
    return f"{verb} {which}{wrong if _is_settled(study) else now}{more}{_on_training(study)}"


def trains_instead(study: Study) -> bool:
    """Whether the answer is to fine-tune, and no prompt is said to be used: the one to use is wrong more often."""
    if study.advice.training != "pays" or unpaid_words(study) or doubt_words(study) or _of_no_prompt(study):
        return False
    return not (_is_useful(study) or _tries_similar_first(study))


def _is_useful(study: Study) -> bool:
    return study.accuracy_to_use.value >= USEFUL


def _tries_similar_first(study: Study) -> bool:
    steps = (step for step in study.advice.next_steps if step.code != "same-again")
    return any(step.code == "measure-retrieved" for step in islice(steps, 1))


def _wrong_words(study: Study) -> str:
    """Return that the prompt to use is wrong more often than right, where it is, to follow its name; else nothing."""
    if study.mostly_wrong == "no":
        return ""
    if study.curve.graded or study.wholly_right_share is None:
        return f" ({_mostly_wrong(study)})"
    return " (most answers not wholly right)"


def _mostly_wrong(study: Study) -> str:
    return f"{'perhaps ' * (study.mostly_wrong == 'perhaps')}wrong more often than right"


def classifier_words(study: Study) -> str:
    """Return that a plain classifier is to be tried, where that is a step, and why; else nothing."""
    if not any(step.code == "use-classifier" for step in study.advice.next_steps):
        return ""
    if study.best_validated is not None or study.advice.training == "does not pay":
        return "try a plain classifier: it scores higher"
    return "try a plain classifier before you fine-tune: it likely does as well"


def _likely_gains(study: Study) -> str:
    if instead := classifier_words(study):
        return instead
    in_money = unpaid_words(study) or doubt_words(study)
    if in_money:
        return f"fine-tuning likely gains accuracy, but {in_money}"
    return f"fine-tuning likely {pays_words(study)}"


def pays_words(study: Study) -> str:
    """Return that fine-tuning gains accuracy; that it pays, which is about money too, where that is known."""
    if not _knows_money(study):
        return "gains accuracy"
    beside = "" if study.has_prompt_to_ship else ", set against the best prompt"
    return f"pays{free_words(study)}{beside}"


def _knows_money(study: Study) -> bool:
    """Whether costs are given of this model's training, and enough to say when it pays; not where nothing is saved."""
    costs = study.costs
    found = None if costs is None or costs.tuned is not None else payback_of(costs, study.gain_over_prompt_to_use)
    return found is not None and any(end.saved_per_month.low or end.saved_per_month.high for end in found.ends)


def _on_training(study: Study) -> str:
    """Return whether fine-tuning gains accuracy, or pays in money, after what prompt to use."""
    if paid := paid_words(study):
        return f"; {paid}."
    lacks_items = lacks_evidence(study) == _LACKING["items"]
    if (both := _open_in_money(study)) and not lacks_items:
        return f"; {both}."
    if study.best_validated is not None:
        return _as_measured(study, study.best_validated)
    if study.advice.training == "open" and (unpaid := unpaid_words(study)):
        return f"; {_in_accuracy(study)}, {_and(study, 'does not pay')} {unpaid}."
    if lacks_items:
        return "; too few items to say whether fine-tuning gains accuracy."
    if study.advice.training == "open" and study.money_beside == "hardly":
        hardly = f"{_hardly(study)} pay back within a year{judged_by(study)}"
        return f"; {_in_accuracy(study)}, {_and(study, 'does not pay')} at your costs it would {hardly}."
    return f"; {_in_accuracy(study)}{'' if study.advice.leaning == 'open' else ', but few cases say so'}."


def _open_in_money(study: Study) -> str:
    """Return what accuracy says, no or open, and that it is open whether fine-tuning pays back within a year."""
    doubt, costs = study.money_beside, study.costs
    if costs is None or doubt not in ("gain", "ranges"):
        return ""
    few = "" if study.advice.leaning == "open" else judged_by(study)
    if doubt == "gain" and _in_accuracy(study) == _OPEN["open"]:
        return "whether fine-tuning gains accuracy, or pays back within a year at your costs, is open"
    is_open = "is open at your costs" if doubt == "gain" else f"{_depends(costs)}{free_words(study)}"
    return f"{_in_accuracy(study)}, and whether it pays back within a year {is_open}{few}"


def _in_accuracy(study: Study) -> str:
    """Return whether fine-tuning gains accuracy over the prompt to use, where that is open or it does not."""
    gain = study.gain_over_prompt_to_use
    if study.advice.training == "open":
        return _OPEN[study.advice.leaning]
    subject = "fine-tuning" if study.best_validated is None else "fine-tuning, as measured,"
    if gain is None or gain.value >= -study.margin:
        return f"{subject} would {not_surely(study)}gain little or no accuracy"
    return f"{subject} would {'' if gain.high < -study.margin else 'likely '}lose accuracy"


def not_surely(study: Study) -> str:
    """Return "likely " where a gain above the margin is predicted to be improbable, and is not as good as out."""
    payoff = study.payoff
    if payoff is None or study.best_validated is not None or study.advice.training != "does not pay":
        return ""
    no_room = any(reason.code == "no-room" for reason in study.advice.reasons)
    return "" if no_room or payoff.probability <= _NO_CHANCE else "likely "


def _and(study: Study, in_money: Decision) -> str:
    """Join what is probable of accuracy to what is so of money."""
    return "and" if study.advice.leaning == in_money else "but"


def paid_words(study: Study) -> str:
    """Return that fine-tuning pays in money, where accuracy says no or leaves it open; else nothing."""
    chance = study.paid_in_money
    if chance is None:
        return ""
    likely = "" if chance >= 1 - _NO_CHANCE else "likely "
    said = f"{_in_accuracy(study)}, {_and(study, 'pays')} at your costs it {likely}pays back within a year"
    if free := free_words(study):
        return f"{said}{free}"
    return f"{said}{judged_by(study)}"


def judged_by(study: Study) -> str:
    """Return what a prediction rests on too little of, where that is so and nothing was measured; else nothing."""
    if study.payoff is None or study.best_validated is not None:
        return ""
    return _JUDGED_BY[missing_evidence(study.payoff)]


_JUDGED_BY: Final = {
    "": "",
    "items": ", judged by few items",
    "cases": ", judged by few cases",
    "prompt": ", judged without examples",
}


def unpaid_words(study: Study) -> str:
    """Return that fine-tuning does not pay in money, where the answer is that it may gain accuracy; else nothing."""
    back = study.money_back
    if study.costs is None or back == "open":
        return ""
    free, beside = free_words(study), _beside_words(study)
    if back == "hardly":
        return f"at your costs it would {_hardly(study)} pay back within a year{free}{beside}"
    return f"at your costs it would {back} pay back{free}{beside}"


def _hardly(study: Study) -> str:
    found = None if study.costs is None else payback_of(study.costs, study.gain_over_prompt_to_use)
    return "not" if found is None or found.chances[1] <= _NO_CHANCE else "hardly"


def doubt_words(study: Study) -> str:
    """Return that it is open whether fine-tuning pays in money, where it is, and why; else nothing."""
    costs, doubt = study.costs, study.money_doubt
    if costs is None or not doubt:
        return ""
    if doubt == "no prompt":
        return "whether it pays in money depends on what you would do instead"
    why = "is open at your costs"
    if doubt == "ranges":
        why = _depends(costs)
    return f"whether it pays back within a year {why}{free_words(study)}{_beside_words(study)}"


def _depends(costs: Costs) -> str:
    return f"depends on your range{'' if len(costs.ranges) == 1 else 's'}"


def _beside_words(study: Study) -> str:
    """Return what money is set against where that is no prompt to ship; else nothing, as it is said to be used."""
    score = percent(study.best.accuracy.value)
    return "" if study.has_prompt_to_ship else f", set against the best prompt, which scores {score}"


def free_words(study: Study) -> str:
    """Return that mistakes cost nothing, where the answer is about money too; else nothing."""
    costs = study.costs
    if costs is None or costs.most_error_usd or costs.tuned is not None:
        return ""
    if study.advice.training == "does not pay" and study.paid_in_money is None and study.money_beside != "ranges":
        return ""
    known = (
        study.money_back != "open" or study.money_doubt or payback_of(costs, study.gain_over_prompt_to_use) is not None
    )
    return ", with mistakes counted as free" if known else ""


def the_range(costs: Costs) -> str:
    """Name what is a range of some costs, of which there are one or more."""
    return "the range" if len(costs.ranges) == 1 else "each range"


def _as_measured(study: Study, own: ValidatedTraining) -> str:
    """Return whether fine-tuning gains accuracy, of which the best that was measured does not."""
    if own.on_fewer(study.payoff) and own.chance(study.margin) <= SURE_NOT:
        return _FEWER_DID_NOT
    if own.gain.high < 0 and study.advice.training == "does not pay":
        return "; fine-tuning was measured, and does worse: check the training."
    return _MEASURED[study.advice.training].format(likely=likely(study))


def likely(study: Study) -> str:
    """Return "likely " where the interval of a measured gain leaves it open whether it exceeds the margin."""
    own = study.best_validated
    return "likely " if own is not None and own.is_likely(study.margin) else ""


_LACKING: Final = {
    "items": "too few items to decide by",
    "cases": "too few cases to decide by",
    "prompt": "measure with examples first",
}


def lacks_evidence(study: Study) -> str:
    """Say what is missing where a gain is predicted, or none, surely enough to decide; else nothing."""
    if study.payoff is None or study.best_validated is not None or study.advice.training != "open":
        return ""
    if not is_sure(study.payoff):
        return ""
    return _LACKING.get(missing_evidence(study.payoff), "")
