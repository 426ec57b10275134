"""What a reader sees first. Lives here: the sentence that says what to ship, four numbers with what they rest on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.curves.curve import Estimate
from curvefit.decision.break_even import payback_of
from curvefit.decision.candidates import Candidate
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.measurement.failures import Failures
from curvefit.models.simulated import is_made_up
from curvefit.payoff.comparison import SURE
from curvefit.payoff.reference_class import is_sure, missing_evidence, reference_class
from curvefit.plain_text import clean
from curvefit.report.candidate_text import BASE_COSTS, dollars, price_range, seconds
from curvefit.report.judge_text import judge_alarms
from curvefit.report.payoff_text import examples_in, over_lucky, payoff_sentences
from curvefit.report.wording import best_of, chance_of, counted, in_points, percent, points_of, points_span, span
from curvefit.study import Study

__all__ = [
    "MADE_UP",
    "ON_FEWER",
    "UNTIL",
    "Tile",
    "alarms",
    "at_costs",
    "back_within_a_year",
    "fair_accuracy",
    "lacks_evidence",
    "made_up",
    "missed_at_all",
    "missed_words",
    "one_draw",
    "reached",
    "ship_sentence",
    "tiles",
    "unpaid_words",
    "wholly_right",
]


@dataclass(frozen=True, slots=True)
class Tile:
    """A number large enough to be read first: what it is, the number, and what it rests on."""

    label: str
    value: str
    note: str


_NOT_YET: Final = {
    "raise-reply-tokens": "Ship nothing yet: most replies were cut off.",
    "mend-judge": "Ship nothing yet: your labels do not show that the judge does better than chance.",
    "mend-format": "Ship nothing yet: fix the format of the replies first, then measure again.",
    "retrieve": "Look the facts up and put them in the prompt first: examples and training teach few.",
}
_NO_BETTER: Final = {
    "pays": "Ship no prompt: none is clearly better than one answer to everything; {pays}.",
    "open": "Ship nothing yet: no prompt is clearly better than giving one answer to everything.",
    "add-examples": "Ship nothing yet and try more examples: no prompt is clearly better than one answer to all.",
}
_NEVER_RIGHT: Final = {
    "pays": "Ship no prompt: the best is hardly ever right; {pays}.",
    "open": "Ship nothing yet: the best prompt is hardly ever right.",
}
_PROMPT: Final = {
    "retrieve-examples": "the prompt with the most similar examples",
    "use-fewer-examples": "the prompt with fewer examples",
}
_USEFUL: Final = 0.5  # what is right less often may be no use: to ship it is for the reader to say
_TRAINING: Final = {
    "does not pay": "; fine-tuning would not pay.",
    "open": "; whether fine-tuning pays is open.",
}


_MEASURED: Final = {
    "does not pay": "; fine-tuning was measured, and {likely}does not pay.",
    "open": "; fine-tuning was measured, and whether it pays is open.",
}
# Why no gain is named, and what has to be done first.
UNTIL: Final = {
    "mend-judge": ("Not known while the judge is no better than chance.", "Replace the judge first."),
    # Most of what training would gain is the format.
    "mend-format": ("Not judged while replies cannot be read.", "Fix the format first."),
}
ON_FEWER: Final = "on fewer examples"  # than are asked about
_FEWER_DID_NOT: Final = f"; fine-tuning {ON_FEWER} did not pay, and whether more would is open."


_FEWEST_ITEMS: Final = 3  # of fewer, all right or all wrong is chance


def ship_sentence(study: Study) -> str:
    """Return what to ship, and whether to fine-tune, by what is advised: the same words wherever a study is shown."""
    return _of_no_prompt(study) or _of_prompt(study)


def _of_no_prompt(study: Study) -> str:
    """Return what to do where no prompt is to be used, or another thing is to be shipped; else nothing."""
    n_items = max(point.n_items for point in study.points)
    if 0 < n_items < _FEWEST_ITEMS:
        return f"{counted(n_items, 'item')}: nothing can be decided; get 100 or more."
    action, cut = study.advice.action, study.curve.cut
    if action == "raise-reply-tokens" and cut is not None:
        replies = f"{cut.count:,} of {cut.replies:,} replies were cut off at {cut.tokens:,} tokens"
        return f"Ship nothing yet: {replies}; raise --reply-tokens."
    if action == "ship-fine-tuned":
        return _of_fine_tuned(study)
    words = _NEVER_RIGHT if action == "rework-prompt" else _NO_BETTER if study.advice.is_doubtful else {}
    which = "pays" if study.advice.training == "pays" else action if action in words else "open"
    return _NOT_YET.get(action) or words.get(which, "").format(pays=_likely_pays(study))


def _of_fine_tuned(study: Study) -> str:
    if unpaid := unpaid_words(study):
        return f"Keep the prompt if money decides: fine-tuned, it {likely(study)}gains accuracy, as measured; {unpaid}."
    if study.advice.next_steps[0].code == "measure-retrieved":
        tried = f"Use the fine-tuned model for now, which {likely(study)}pays"
        return f"{tried}, and try the most similar examples: a prompt may do as well."
    return f"Ship the fine-tuned model: it was measured, and {likely(study)}pays."


def _of_prompt(study: Study) -> str:
    """Return which prompt to use, for how long, and whether fine-tuning pays."""
    action, training, cheaper = study.advice.action, study.advice.training, study.advice.cheaper
    which = _PROMPT.get(action, "the best prompt" if cheaper is None else f"the prompt with {examples_in(cheaper)}")
    more = " and try more examples" if action == "add-examples" else ""
    if unpaid_words(study):
        return f"Use {which} for now{more}; {_likely_pays(study)}."
    if training == "pays":
        steps = study.advice.next_steps
        if more or action in _PROMPT:
            return f"Use {which}{' for now' if more else ''}{more}, then fine-tune."
        if steps and steps[0].code == "measure-retrieved":
            return f"Use {which} for now, and try the most similar examples before you fine-tune."
        if study.prompt_to_use.point.accuracy.value < _USEFUL:
            return f"Fine-tune: that likely pays; {which} is wrong more often than right."
        return f"Use {which} for now, and fine-tune: that likely pays."
    if action == "measure-more" and training == "open" and study.payoff is None:
        return f"Use {which} for now, and measure more before you decide on fine-tuning."
    is_settled = training == "does not pay" and not more
    verb = "Ship" if is_settled and study.best.point.accuracy.value >= _USEFUL else "Use"
    return f"{verb} {which}{'' if is_settled else ' for now'}{more}{_on_training(study)}"


def _likely_pays(study: Study) -> str:
    unpaid = unpaid_words(study)
    return f"fine-tuning likely gains accuracy, but {unpaid}" if unpaid else "fine-tuning likely pays"


def _on_training(study: Study) -> str:
    """Return whether fine-tuning pays, after what prompt to use."""
    if study.best_validated is not None:
        return _as_measured(study, study.best_validated)
    if lacks_evidence(study) == _LACKING["items"]:
        items = counted(len(study.curve.items), "item")
        return f"; {items} are too few to say whether fine-tuning pays."
    return _TRAINING[study.advice.training]


def unpaid_words(study: Study) -> str:
    """Return that fine-tuning does not pay in money, where the answer is that it gains accuracy; else nothing."""
    back = study.money_back
    free = "" if study.costs is None or study.costs.error_usd else ", with mistakes counted as free"
    hardly = "hardly pay back" if study.costs is not None and study.costs.error_usd else "not pay back"
    never = {"open": "", "hardly": f"{hardly} within a year"}.get(back, f"{back} pay back")
    return never and f"at your costs it would {never}{free}"


def _as_measured(study: Study, own: ValidatedTraining) -> str:
    """Return whether fine-tuning pays, of which the best that was measured does not."""
    if own.on_fewer(study.payoff) and own.chance(study.margin) <= 1 - SURE:
        return _FEWER_DID_NOT
    return _MEASURED[study.advice.training].format(likely=likely(study))


def likely(study: Study) -> str:
    """Return "likely " where the interval of a measured gain leaves it open whether it exceeds the margin."""
    own = study.best_validated
    return "likely " if own is not None and own.is_likely(study.margin) else ""


# Without their numbers, which stand where the answer is explained.
_ALARMS: Final = {
    "same-answer": "With some prompts the model gives the same answer to everything.",
    "format-rise": "More examples may have improved only the form of replies.",
}


MADE_UP: Final = "The model is made up, to try the tool: this says nothing about a real one."


def made_up(study: Study) -> Iterator[str]:
    """Say that a model is there to try the tool with, and that its prices are too."""
    if is_made_up(study.curve.model):
        prices = " Its prices are for rehearsal: nothing was paid." if study.curve.usage.usd else ""
        yield f"{MADE_UP}{prices}"


def one_draw(study: Study) -> Iterator[str]:
    """Say that intervals leave out the choice of examples, where one draw of random ones cannot show it."""
    if study.curve.one_draw:
        every = all(point.n_draws == 1 for point in study.points if point.shots)
        tried = "Only one set of examples was" if every else "At some numbers of examples only one set was"
        yield f"{tried} tried: another may score outside the bars."


def alarms(study: Study) -> Iterator[str]:
    """Yield what may make the answer wrong, and must not be folded away."""
    curve = study.curve
    yield from made_up(study)
    if curve.stopped:
        yield f"{curve.stopped} ended the measurement early."
    if study.advice.action != "mend-judge":  # else the first sentence says it
        yield from judge_alarms(study.judge_correction)
    yield from one_draw(study)
    codes = {reason.code for reason in study.advice.reasons}
    yield from (words for code, words in _ALARMS.items() if code in codes)
    if study.sensitivity is not None and study.sensitivity.changes:
        yield "Whether more examples help depends on the replies that are missing."
    read = dict.fromkeys(
        clean(note.short, longest=80) for note in curve.notes if note.origin == "import" and note.short
    )
    if read:
        yield f"About these scores: {'; '.join(read)}. More under “How it was made”."


def tiles(study: Study) -> tuple[Tile, ...]:
    """Return the prompt to use, what fine-tuning would add, the chance that it pays, and what calls cost.

    Where nothing is known of the last three, as with scores of another tool, what more examples would add stands there.
    """
    gain, chance = _training(study)
    known = study.payoff is not None or study.best_validated is not None
    if not known and not study.curve.usage.calls and study.has_forecast:
        return (_prompt(study), *_more(study), gain)
    return (_prompt(study), gain, chance, _cost(study))


def _more(study: Study) -> tuple[Tile, Tile]:
    """Return what more examples would add, by its interval, and the chance of more than the margin."""
    verdict = study.verdict
    return (
        Tile("More examples would add", points_span(verdict.gain_left), "points, by the end of the forecast"),
        Tile(
            "Chance that they help",
            chance_of(verdict.probabilities.more),
            f"by more than the margin of {points_of(verdict.margin)}",
        ),
    )


def _prompt(study: Study) -> Tile:
    """Return the best prompt; where a cheaper one is advised, that one and the best beside it."""
    best, cheaper = study.best, study.advice.cheaper
    shown = best if cheaper is None else cheaper
    accuracy = shown.point.accuracy
    note = f"({span(accuracy)}) with {examples_in(shown)}"
    note += "" if best.point.accuracy.value else "; no prompt was ever right"
    note += "; as a judge saw it that may be no better than chance" * (study.advice.action == "mend-judge")
    note += f"; {partly}" if (partly := wholly_right(study)) else ""
    if cheaper is None:
        return Tile("Best prompt", percent(accuracy.value), note)
    beside = f"best prompt: {percent(best.point.accuracy.value)} with {examples_in(best)}"
    return Tile("Prompt to use", percent(accuracy.value), f"{note}; {beside}")


def wholly_right(study: Study) -> str:
    """Return how many answers to the prompt to use are wholly right, and that its accuracy counts parts.

    Empty where no answer was partly right, or nobody knows.
    """
    scores = _scores_of_use(study)
    if scores is None or not _has_parts(scores):
        return ""
    whole = percent(float((scores[~np.isnan(scores)] >= 1).mean()))
    parts = "of the fields right" if study.curve.scorer == "json" else "counting parts"
    return f"{percent(study.prompt_to_use.point.accuracy.value)} {parts}; {whole} of answers wholly right"


def _scores_of_use(study: Study) -> NDArray[np.float64] | None:
    """Return the scores (D, I) of the prompt to use; None of means alone."""
    used = study.prompt_to_use
    curve = study.curve.retrieved if used.retrieved else study.curve
    if curve is None or curve.summary is not None:
        return None
    scores: NDArray[np.float64] = curve.scores[curve.shots == used.point.shots][0]
    return scores


def _has_parts(scores: NDArray[np.float64]) -> bool:
    return bool(((scores > 0) & (scores < 1)).any())


def back_within_a_year(study: Study) -> float | None:
    """Return the chance that fine-tuning pays in money within a year, at the highest prices; None where nobody asked.

    That is where mistakes cost: what is saved on tokens alone does not hang on the gain.
    """
    costs = study.costs
    if costs is None or not costs.error_usd or (found := payback_of(costs, study.gain_over_prompt_to_use)) is None:
        return None
    return (found.dearest or found).within_a_year


def at_costs(study: Study) -> str:
    """Say at which costs a chance is: at the highest, where some are ranges."""
    return "at the highest price" if study.costs is not None and study.costs.dearest is not None else "at your costs"


def _training(study: Study) -> tuple[Tile, Tile]:
    gain, chance = _gain_and_chance(study)
    if (back := back_within_a_year(study)) is None or chance.value == _NOT_KNOWN:
        return gain, chance
    return gain, Tile("Chance that it pays back", chance_of(back), f"within a year, {at_costs(study)}")


def _gain_and_chance(study: Study) -> tuple[Tile, Tile]:
    gain, chance = "Fine-tuning would add", "Chance that it pays"
    payoff = study.payoff
    if (own := study.best_validated) is not None:
        value, which = f"{in_points(own.gain.value)} points", clean(own.model, longest=40)
        which += "" if own.n_train is None else f", trained on {counted(own.n_train, 'example')}"
        picked = f", {words}" if (words := best_of(own.picked_from)) else ""
        known = f"({_interval(study, own.gain)}) as measured of {which}, over the best prompt{picked}"
        fewer = f" {ON_FEWER}" if own.on_fewer(payoff) else ""
        above = f"chance of a gain above {100 * study.margin:g} points, as measured{fewer}{picked}"
        return Tile("Fine-tuning added", value, known), Tile(chance, chance_of(own.chance(study.margin)), above)
    if payoff is None:
        return Tile(gain, _NOT_KNOWN, payoff_sentences(study)[0]), Tile(chance, _NOT_KNOWN, "No gain is predicted.")
    if (first := UNTIL.get(study.advice.action)) is not None:
        return Tile(gain, _NOT_KNOWN, first[0]), Tile(chance, _NOT_KNOWN, first[1])
    above = f"chance of a gain above {100 * payoff.margin:g} points"
    lacks = lacks_evidence(study)
    note = f"{above}; {lacks}" if lacks else above
    value = f"{in_points(payoff.gain.value)} points"
    known = f"({_interval(study, payoff.gain)}) {_basis(study)}{_taken_at(study)}"
    return Tile(gain, value, known), Tile(chance, chance_of(payoff.probability), note)


def _taken_at(study: Study) -> str:
    """Say that the gain is over the best prompt, where another is to be used.

    And at what that is taken, where its score and the gain together come to more than is reached.
    """
    if (fair := fair_accuracy(study)) is not None:
        return f"; {over_lucky(fair, study.best.point.accuracy.value)}"
    return "" if study.advice.cheaper is None else "; over the best prompt, not over the prompt to use"


def _interval(study: Study, gain: Estimate) -> str:
    """Return the interval of a gain, or of the fine-tuned accuracy, where nobody is to add up to more than 100%."""
    accuracy = reached(study)
    return points_span(gain) if accuracy is None else f"fine-tuned: {span(accuracy)}"


def reached(study: Study) -> Estimate | None:
    """Return the fine-tuned accuracy, where the best prompt as shown and the gain's upper end come to more than 100%.

    That end is no mistake: the true accuracy of the prompt may be lower than what it scored.
    """
    own, payoff = study.best_validated, study.payoff
    known = own or payoff
    if known is None or round(study.best.point.accuracy.value, 2) + known.gain.high <= 1 + _ROUNDING:
        return None
    basis = "predicted" if own is None else "validated"
    return next((each.accuracy for each in study.candidates if each.basis == basis), None)


def fair_accuracy(study: Study) -> float | None:
    """Return as what accuracy the best prompt counts where a gain is predicted; None where as it scored."""
    payoff, best = study.payoff, study.best.point.accuracy.value
    if payoff is None or payoff.prompted is None or payoff.fine_tuned is None or study.judge_correction is not None:
        return None
    if payoff.prompted >= best or in_points(payoff.fine_tuned.value - best) == in_points(payoff.gain.value):
        return None
    return payoff.prompted


_NOT_KNOWN: Final = "not known"
_ROUNDING: Final = 0.0005  # of points as shown
_LACKING: Final = {
    "items": "too few items to decide by",
    "cases": "too few cases to decide by",
    "prompt": "measure with examples first",
}


def lacks_evidence(study: Study) -> str:
    """Say what is missing where fine-tuning is predicted to pay, or not to, surely enough to decide; else nothing."""
    if study.payoff is None or study.best_validated is not None or study.advice.training != "open":
        return ""
    if not is_sure(study.payoff):
        return ""
    return _LACKING.get(missing_evidence(study.payoff), "")


def _basis(study: Study) -> str:
    """Return how well a predicted gain is known."""
    payoff = study.payoff
    if payoff is None:
        return ""
    own = [probe for probe in payoff.probes if probe.is_of(payoff.model)]
    if own:
        nearest = max(own, key=lambda probe: probe.n_train)
        return f"predicted; training on {nearest.n_train:,} gave {in_points(nearest.gain.value)}"
    if payoff.stand_in is not None:
        return "predicted from a plain classifier trained on your examples"
    if payoff.probes:
        return "predicted; a small model was trained on your examples"
    cases = "few" if reference_class(payoff).thin else "like"
    return f"predicted from {cases} cases elsewhere"


_NO_PRICE: Final = "it runs on your machine"


def _cost(study: Study) -> Tile:
    """Return what a thousand calls cost with the prompt to use and fine-tuned; without a price, a call's time."""
    prompt, tuned = _in_question(study)
    which = "the best prompt" if study.advice.cheaper is None else "the prompt to use"
    for name, label, words in (
        ("usd_per_1000", "A thousand calls cost", dollars),
        ("seconds_p50", "A call takes", seconds),
    ):
        value = math.nan if prompt is None else getattr(prompt, name)
        if name == "usd_per_1000" and study.costs is not None and not math.isnan(study.costs.prompted_usd_per_1000):
            own = "" if study.costs.prompted_usd_per_1000 == value else ", as stated"
            value, which = study.costs.prompted_usd_per_1000, f"{which}{own}"
        if not math.isnan(value):
            other = math.nan if tuned is None else getattr(tuned, name)
            beside = f"; {words(other)} fine-tuned, {BASE_COSTS[name]}" if not math.isnan(other) else ""
            if name == "seconds_p50" and tuned is not None and not beside:
                beside = "; the fine-tuned model was not timed"
            if name == "usd_per_1000" and (known := _known_price(study)):
                beside = f"; {known}"
            free = f"; no price: {_NO_PRICE}" if name == "seconds_p50" and _is_local(study) else ""
            return Tile(label, words(value), f"with {which}{beside}{free}")
    if _is_local(study):
        return Tile("A thousand calls cost", "no price", _NO_PRICE)
    asked = "the calls came without prices" if study.curve.usage.calls else "no call was made"
    return Tile("A thousand calls cost", "not known", asked)


def _known_price(study: Study) -> str:
    """Return what calls of this model cost once fine-tuned, where its file of costs or the list of prices says it."""
    costs = study.costs
    if costs is None or costs.tuned is not None or costs.at_base_price or math.isnan(costs.tuned_usd_per_1000):
        return ""
    most = costs.upper_ends.get("tuned_usd_per_1000", costs.tuned_usd_per_1000)
    listed = costs.listing is not None and "tuned_usd_per_1000" in costs.listing.amounts
    whose = "by the list of prices" if listed else "as stated"
    return f"{price_range(costs.tuned_usd_per_1000, most)} fine-tuned, {whose}"


def _is_local(study: Study) -> bool:
    return study.curve.model.startswith(("local/", "local:"))


def _in_question(study: Study) -> tuple[Candidate | None, Candidate | None]:
    """Return the candidates of the decision: the prompt to use, and the model fine-tuned."""
    prompt, candidates = study.prompt_to_use, study.candidates
    prompts = [
        each for each in candidates
        if each.basis == "measured" and (each.shots, each.retrieved) == (prompt.point.shots, prompt.retrieved)
    ]  # fmt: skip
    tuned = [each for each in candidates if each.basis != "measured"]
    return (prompts[0] if prompts else None), (tuned[-1] if tuned else None)


_CODES: Final = {
    "always-missed": "a target that may be wrong itself",
    "unreadable": "no readable answer",
    "named": "what the scorer names",
    "format": "the form alone",
    "field": "some fields wrong",
    "label": "another label",
    "other": "another answer",
}


_MOST: Final = 0.5  # share of draws


def missed_words(study: Study, found: Failures | None) -> str:
    """Return how many items the prompt to use gets wrong, and mostly in which way; empty where nobody knows.

    Of several draws it is those that are missed in most: one wrong draw is enough to be missed at all, and more items
    are than an accuracy, which is a mean over draws, leaves to 100%. `missed_at_all` says those too.
    """
    missed = _missed_items(study, found)
    if missed is None:
        return ""
    failures = found.failures if found is not None else ()
    told = [each for each, share in zip(failures, missed.shares, strict=False) if share > _MOST or not missed.most]
    counts = Counter(each.code for each in told)
    return f"{_in_words(missed)}{f', mostly {_CODES[max(counts, key=counts.__getitem__)]}' if counts else ''}"


def missed_at_all(study: Study, found: Failures | None) -> str:
    """Return how many items the prompt to use gets wrong in most draws, and in at least one."""
    missed = _missed_items(study, found)
    if missed is None:
        return ""
    others = 0 < missed.most < len(missed.shares)
    return f"{_in_words(missed)}{f', {len(missed.shares):,} in at least one' if others else ''}"


@dataclass(frozen=True, slots=True)
class _Missed:
    """Items that a prompt misses: in which share of draws each, of how many, whether answers can be partly right."""

    shares: tuple[float, ...]
    items: int
    draws: int
    partly: bool

    @property
    def most(self) -> int:
        return sum(share > _MOST for share in self.shares)


def _missed_items(study: Study, found: Failures | None) -> _Missed | None:
    if found is not None:
        partly = any(0 < reply.score < 1 for failure in found.failures for reply in failure.replies[: failure.draws])
        shares = tuple(failure.missed / failure.draws for failure in found.failures)
        return _Missed(shares, found.items, found.draws, partly)
    scores = _scores_of_use(study)
    if scores is None:
        return None
    scores = scores[:, ~np.isnan(scores).all(axis=0)]
    draws, items = scores.shape
    shares = (scores < 1).sum(axis=0) / (~np.isnan(scores)).sum(axis=0)
    return _Missed(tuple(shares[shares > 0].tolist()), items, draws, _has_parts(scores))


def _in_words(missed: _Missed) -> str:
    count, of_items = len(missed.shares), counted(missed.items, "item")
    how = "not fully right" if missed.partly else "missed"
    if missed.draws < 2 or not count:
        return f"{count:,} of {of_items}{f' {how}' * missed.partly}"
    if min(missed.shares) == 1:
        return f"{count:,} of {of_items} {how} in every draw"
    if not missed.most:
        return f"{count:,} of {of_items} {how} in at least one draw, none in most"
    return f"{missed.most:,} of {of_items} {how} in {'both' if missed.draws == 2 else 'most'} draws"
