"""What a reader sees beside the answer. Lives here: four numbers with what they rest on, and what may make it wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from curvefit.curves.curve import Estimate
from curvefit.decision.best_prompt import Prompt
from curvefit.decision.candidates import Candidate, prompt_among
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.measurement.measurement import Measurement, Note
from curvefit.models.base import ENGINE
from curvefit.models.simulated import is_made_up
from curvefit.payoff.comparison import chance_above
from curvefit.payoff.predictor import Payoff
from curvefit.payoff.reference_class import reference_class
from curvefit.plain_text import clean
from curvefit.report.answer_text import ON_FEWER, judged_by, lacks_evidence, names_constant
from curvefit.report.candidate_text import BASE_COSTS, seconds
from curvefit.report.cost_text import at_costs, back_within_a_year, other_model, saving_words
from curvefit.report.judge_text import judge_alarms, seen_by_judge
from curvefit.report.missing_text import answer_if_filled
from curvefit.report.payoff_text import UNTIL, examples_in, payoff_sentences, scored_part
from curvefit.report.wording import (
    best_of,
    capital,
    chance_of,
    counted,
    dollars,
    in_points,
    percent,
    points_of,
    points_span,
    price_range,
    span,
)
from curvefit.study import Study
from curvefit.tasks.readiness import FEW_GROUPS

__all__ = [
    "MADE_UP",
    "Tile",
    "alarms",
    "classifier_alone",
    "counted_accuracy",
    "cut_off",
    "handed_documents",
    "in_groups",
    "is_crowded",
    "made_up",
    "made_up_models",
    "numbers_in",
    "one_draw",
    "price_sentence",
    "reached",
    "task_faults",
    "tiles",
    "tuned_lower",
    "unlike_probe",
]


_NUMBERS: Final = 12  # of a first screen at most, without those of its picture and its commands
_NUMBER: Final = re.compile(r"(?<![\w./-])\d[\d.,]*")


def is_crowded(texts: Iterable[str]) -> bool:
    """Whether all that stands on a first screen has more numbers than one may have."""
    return sum(map(numbers_in, texts)) > _NUMBERS


def numbers_in(text: str) -> int:
    """Return how many numbers a text has; digits within a name are none."""
    return len(_NUMBER.findall(text))


@dataclass(frozen=True, slots=True)
class Tile:
    """A number large enough to be read first: what it is, the number, and what it rests on."""

    label: str
    value: str
    note: str

    @classmethod
    def of_accuracy(cls, label: str, e: Estimate, note: str) -> Tile:
        """Return one of an accuracy, whose interval stands before the note."""
        return cls(label, percent(e.value), f"({span(e)}) {note}".rstrip())

    @classmethod
    def of_change(cls, label: str, e: Estimate, note: str) -> Tile:
        """Return one of a difference of accuracies, whose interval stands before the note."""
        return cls(label, f"{in_points(e.value)} points", f"({points_span(e)}) {note}")


# Without their numbers, which stand where the answer is explained.
_ALARMS: Final = {
    "constant": "The model may have learned nothing: any lead over always giving the commonest answer may be chance.",
    "same-answer": "With some prompts the model gives the same answer to everything.",
    "format-rise": "More examples may have improved only the form of replies.",
}


_LOWER: Final = "The best prompt scores lower than always giving the commonest answer."


def tuned_lower(study: Study) -> Iterator[str]:
    """Say so where fine-tuning is predicted to reach less than one answer to everything does."""
    payoff, over = study.judged_payoff, study.over_constant
    if over is None or payoff is None or payoff.fine_tuned is None or study.best_validated is not None:
        return
    if payoff.fine_tuned.value < study.best.accuracy.value - over.value:
        yield "Even fine-tuned, the model is predicted to score lower than always giving the commonest answer."


MADE_UP: Final = "The model is made up, to try the tool: this says nothing about a real one."


def made_up(study: Study) -> Iterator[str]:
    """Say that a model is there to try the tool with, and that its prices are too."""
    if is_made_up(study.curve.model):
        prices = " Its prices are for rehearsal: nothing was paid." if study.curve.usage.usd else ""
        yield f"{MADE_UP}{prices}"


def made_up_models(models: Iterable[str], *, priced: bool = False) -> Iterator[str]:
    """Say the same of several studies' models, and which are made up where not all are."""
    every = tuple(dict.fromkeys(models))
    ours = [clean(model, longest=40) for model in every if is_made_up(model)]
    if not ours:
        return
    prices = " Prices are for rehearsal: nothing was paid." if priced else ""
    real = "a real one" if len(ours) == 1 else "real ones"
    said = f"Made up, to try the tool: {' and '.join(ours)}. This says nothing about {real}."
    yield f"{MADE_UP if len(every) == 1 else said}{prices}"


def one_draw(study: Study) -> Iterator[str]:
    """Say that intervals leave out the choice of examples, where one draw of random ones cannot show it."""
    if study.curve.one_draw:
        every = all(point.n_draws == 1 for point in study.points if point.shots)
        tried = "Only one set of examples was" if every else "At some numbers of examples only one set was"
        yield f"{tried} tried: another may score outside the bars."


def cut_off(study: Study, *, brief: bool = False) -> Iterator[str]:
    """Say so where so many replies were cut off that accuracy could be higher by the margin; of most, the answer is.

    In `brief` without numbers.
    """
    cut = study.curve.cut
    if cut is None or cut.most or not cut.count or cut.count < study.margin * cut.replies:
        return
    if brief:
        yield "Some replies were cut off; accuracy could be higher by the margin or more: raise --reply-tokens."
    else:
        of = f"{cut.count:,} of {cut.replies:,} replies were cut off at {cut.tokens:,} tokens"
        yield f"{of}; accuracy could be higher by the margin or more: raise --reply-tokens to {cut.higher:,}."


def in_groups(curve: Measurement) -> Iterator[str]:
    """Say as how many independent items those of groups count."""
    if curve.groups:
        items, groups = f"{len(curve.groups):,} items", f"{len(set(curve.groups)):,} groups"
        few = ", and so few tell little of new ones" if len(set(curve.groups)) < FEW_GROUPS else ""
        yield f"The {items} are of {groups}: they count as about {curve.independent_items:,.0f} independent ones{few}."


def task_faults(curve: Measurement) -> tuple[Note, ...]:
    """Return what is wrong with how the task is put, of which an answer must tell: its notes that have a short form."""
    return tuple(note for note in curve.notes if note.origin == "task" and note.short)


def alarms(study: Study) -> Iterator[str]:
    """Yield what may make the answer wrong, and must not be folded away."""
    curve = study.curve
    yield from made_up(study)
    if study.probe_left_out:
        yield "The probe beside this study does not count here; in a terminal, curvefit report says why."
    yield from (f"{capital(clean(note.short, longest=120))}." for note in task_faults(curve))
    if curve.stopped:
        yield f"{curve.stopped} ended the measurement early."
    if study.advice.action != "mend-judge":  # else the first sentence says it
        yield from judge_alarms(study.judge_correction)
    yield from cut_off(study, brief=True)
    yield from one_draw(study)
    yield from handed_documents(curve)
    yield from classifier_alone(study, brief=True)
    codes = {reason.code for reason in study.advice.reasons}
    codes -= {"constant"} if names_constant(study) else set()
    lower = study.over_constant is not None and study.over_constant.value < 0
    said = {**_ALARMS, "constant": _LOWER} if lower else _ALARMS
    yield from (words for code, words in said.items() if code in codes)
    yield from tuned_lower(study)
    yield from answer_if_filled(study)
    if study.sensitivity is not None and study.sensitivity.changes:
        yield "Whether more examples help depends on the replies that are missing."
    read = dict.fromkeys(
        clean(note.short, longest=80) for note in curve.notes if note.origin == "import" and note.short
    )
    if read:
        yield f"About these scores: {'; '.join(read)}. More under “How it was made”."


def classifier_alone(study: Study, *, brief: bool = False) -> Iterator[str]:
    """Say so where a plain classifier is right as often as the best prompt: no language model may be needed.

    Where it is surely better, also by how much; briefly without the numbers, which are told where training is.
    """
    if (plain := study.plain_classifier) is None:
        return
    own, so = "A plain classifier, trained on your examples, scores", "you may need no language model."
    if plain.lead is None or not plain.leads(study.margin):
        yield f"{own} no lower than the best prompt: {so}"
        return
    predicted = study.best_validated is None and plain.reaches(study.judged_payoff, study.margin)
    tuned = None if study.judged_payoff is None else study.judged_payoff.fine_tuned
    far = tuned is not None and plain.accuracy.value - tuned.value > study.margin
    beside = f", and {'more than' if far else 'about what'} fine-tuning is predicted to reach" * predicted
    by = f"{percent(plain.accuracy.value)}: {points_of(plain.lead.value)} ({points_span(plain.lead)}) more than"
    yield f"{own} {'surely more than' if brief else by} the best prompt{beside}. {capital(so)}"


def handed_documents(curve: Measurement) -> Iterator[str]:
    """Say so where each item was shown the documents that it names."""
    if dict(curve.overrides).get("context") == "given":
        yield (
            "Each item was handed the documents that it names, as a perfect search would find them. If your program has"
            " to search, expect less."
        )


def tiles(study: Study) -> tuple[Tile, ...]:
    """Return the prompt to use, what fine-tuning would add, the chance of more than the margin, and what calls cost.

    With costs, the chance of money back and what is saved a month stand there instead, as far as these are known.
    Where nothing is known of the last three, as with scores of another tool, what more examples would add stands there.
    """
    gain, chance = _training(study)
    known = study.payoff is not None or study.best_validated is not None or other_model(study) is not None
    if not known and not study.curve.usage.calls and study.has_forecast:
        return (_prompt(study), *_more(study), gain)
    last = _price(study) if study.costs is None else Tile(*saving_words(study, study.costs))
    return (_prompt(study), gain, chance, last)


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
    accuracy = study.accuracy_to_use
    note = f"({span(accuracy)}) with {_examples(shown)}{scored_part(study, shown)}"
    if (seen := seen_by_judge(study)) is not None and cheaper is None:  # or it would be one number of many
        note += f"; the judge said {percent(seen.value)}"
    note += "" if best.point.accuracy.value else "; no prompt was ever right"
    note += "; as a judge saw it that may be no better than chance" * (study.advice.action == "mend-judge")
    whole = study.wholly_right_share
    note += "" if whole is None else f"; {percent(whole)} of answers wholly right"
    note += _beside_constant(study)
    lucky = "; some of that is luck of the pick" if study.optimism >= _POINT else ""
    if cheaper is not None and study.costs is not None:  # a first screen has few numbers, and these two are below
        return Tile("Prompt to use", percent(accuracy.value), f"{note}; the best one costs more")
    if cheaper is None:
        return Tile("Best prompt", percent(accuracy.value), f"{note}{lucky}")
    more = "the most similar examples" if best.retrieved else "more examples"  # how many, the picture says
    beside = f"best prompt: {percent(best.accuracy.value)} with {more}{lucky}"
    return Tile("Prompt to use", percent(accuracy.value), f"{note}; {beside}")


def _beside_constant(study: Study) -> str:
    """Return what the commonest answer scores, given to everything, where a prompt is said to be hardly better."""
    over = study.over_constant
    if over is None or not names_constant(study):
        return ""
    return f"; always giving the commonest answer scores {percent(study.best.accuracy.value - over.value)}"


def _examples(prompt: Prompt | CheaperPrompt) -> str:
    """Return which examples a prompt shows; how many of the most similar ones, the picture says."""
    return "the most similar examples" if prompt.retrieved else examples_in(prompt)


def _training(study: Study) -> tuple[Tile, Tile]:
    gain, chance = _gain_and_chance(study)
    if not (back := back_within_a_year(study)) or chance.value == _NOT_KNOWN:
        return gain, chance
    other = other_model(study)
    which = "" if study.has_prompt_to_ship else ", set against the best prompt"
    few = "" if other is not None else judged_by(study)
    which = which if other is None else f", with {clean(other.model, longest=_NAME)} fine-tuned"
    return gain, Tile(
        "Chance that it pays back",
        " to ".join(map(chance_of, back)),
        f"within a year, {at_costs(study, back)}{which}{few}",
    )


def _gain_and_chance(study: Study) -> tuple[Tile, Tile]:
    margin = f"{100 * study.margin:g}"
    gain, chance = "Fine-tuning would add", f"Chance of gaining over {margin} point{'' if margin == '1' else 's'}"
    payoff = study.payoff
    if (other := other_model(study)) is not None and study.advice.judges_training:
        known = "predicted" if other.basis == "predicted" else "as measured"
        which = f"{known} of {clean(other.model, longest=_NAME)}, over this study's prompt"
        surely = chance_of(chance_above(other.gain, study.margin))
        return (
            Tile.of_change("Fine-tuning another would add", other.gain, which),
            Tile(chance, surely, "with that model"),
        )
    if (own := study.best_validated) is not None:
        value, which = f"{in_points(own.gain.value)} points", clean(own.model, longest=_NAME)
        picked = f", {words}" if (words := best_of(own.picked_from)) else ""
        if study.costs is None:
            which += "" if own.n_train is None else f", trained on {counted(own.n_train, 'example')}"
        else:  # a first screen has few numbers, and these two are below
            picked = ", corrected for the pick" * bool(picked)
        known = f"{_interval(study, own.gain)} as measured of {which}, over the best prompt{picked}"
        note = f"as measured{f' {ON_FEWER}' if own.on_fewer(payoff) else ''}{picked}"
        return Tile("Fine-tuning added", value, known), Tile(chance, chance_of(own.chance(study.margin)), note)
    if payoff is None:
        return Tile(gain, _NOT_KNOWN, payoff_sentences(study)[0]), Tile(chance, _NOT_KNOWN, "No gain is predicted.")
    if (first := UNTIL.get(study.advice.action)) is not None:
        return Tile(gain, _NOT_KNOWN, first[0]), Tile(chance, _NOT_KNOWN, first[1])
    these = "this point is" if margin == "1" else "these points are"
    note = lacks_evidence(study) or f"{these} the margin, the smallest gain worth having"
    value = f"{in_points(payoff.gain.value)} points"
    known = f"{_interval(study, payoff.gain)} {_basis(study)}{_taken_at(study)}"
    return Tile(gain, value, known), Tile(chance, chance_of(payoff.probability), note)


def _taken_at(study: Study) -> str:
    """Say that the gain is over the best prompt, where another is to be used.

    And at what that is taken, where its score and the gain together come to more than is reached.
    """
    if counted_accuracy(study) is not None:
        return "; over the best prompt without its luck"
    return "" if study.advice.cheaper is None else "; over the best prompt, not over the prompt to use"


def _interval(study: Study, gain: Estimate) -> str:
    """Return the interval of a gain, and that it ends at a perfect score, where somebody might add up to more."""
    limit = "" if reached(study) is None else ", at most a perfect score"
    return f"({points_span(gain)}{limit})"


def reached(study: Study) -> Estimate | None:
    """Return the fine-tuned accuracy, where the best prompt as shown and the gain's upper end come to more than 100%.

    That end is no mistake: the true accuracy of the prompt may be lower than what it scored.
    """
    own, payoff = study.best_validated, study.payoff
    known = own or payoff
    if known is None or round(study.best.accuracy.value, 2) + known.gain.high <= 1 + _ROUNDING:
        return None
    basis = "predicted" if own is None else "validated"
    return next((each.accuracy for each in study.candidates if each.basis == basis), None)


def counted_accuracy(study: Study) -> float | None:
    """Return as what accuracy the best prompt counts where a gain is predicted.

    None where as it scored, or where `unlike_probe` says it.
    """
    payoff, best = study.payoff, study.best.point.accuracy.value
    if payoff is None or payoff.prompted is None or payoff.fine_tuned is None or study.judge_correction is not None:
        return None
    if payoff.from_probe is not None and payoff.from_probe.why == "prompt":
        return None
    if payoff.prompted >= best or in_points(payoff.fine_tuned.value - best) == in_points(payoff.gain.value):
        return None
    return payoff.prompted


_NOT_KNOWN: Final = "not known"
_NAME: Final = 40  # characters of a fine-tuned model
_ALIKE: Final = 1.25  # times as long
_POINT: Final = 0.01  # of accuracy; less optimism is said where the gain is
_ROUNDING: Final = 0.0005  # of points as shown


def _basis(study: Study) -> str:
    """Return how well a predicted gain is known."""
    payoff = study.payoff
    if payoff is None:
        return ""
    if own := [probe for probe in payoff.probes if probe.is_of(payoff.model)]:
        beside = "a plain classifier and " if payoff.stand_in is not None else ""
        unlike = unlike_probe(payoff, in_words=True)
        if not unlike and all(
            round(probe.gain_without_optimism.value, 3) < 0 <= round(payoff.gain.value, 3) for probe in own
        ):
            unlike = "lost accuracy"
        return f"predicted from {beside}a training of this model{unlike and f', which {unlike}'}"
    if payoff.stand_in is not None:
        return "predicted from a plain classifier trained on your examples"
    if payoff.probes:
        return "predicted; a small model was trained on your examples"
    cases = "few" if reference_class(payoff).thin else "like"
    return f"predicted from {cases} cases elsewhere"


def unlike_probe(payoff: Payoff, *, in_words: bool = False) -> str:
    """Say what a training of this model gained, and why another gain is predicted; nothing where nobody would ask.

    With `in_words` without the number, which the picture has: a first screen has few.
    """
    path = payoff.from_probe
    if path is None or path.why is None or payoff.prompted is None:
        return ""
    gain, fewer = path.probe.gain_without_optimism.value, "fewer" if path.probe.n_train < payoff.n_train else "more"
    gained = in_points(gain) if not in_words else "more" if gain > payoff.gain.value else "less"
    why = {
        "cases": "; cases elsewhere count too",
        "prompt": f"; the best prompt counts as {percent(payoff.prompted)}",
        "examples": f" on {fewer} examples",
    }
    return f"gained {gained}{why[path.why]}"


_NO_PRICE: Final = "it runs on your machine"


def price_sentence(study: Study) -> str:
    """Return what a thousand calls cost, or how long one takes, as a sentence; nothing where neither is known."""
    tile = _price(study)
    return f"{tile.label} {tile.value} {tile.note}." if any(map(str.isdigit, tile.value)) else ""


def _price(study: Study) -> Tile:
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
            measured = tuned is not None and name not in tuned.as_base
            whose = "as measured" if measured else BASE_COSTS[name]
            beside = f"; {words(other)} fine-tuned, {whose}" if not math.isnan(other) else ""
            if name == "seconds_p50" and tuned is not None and not measured:
                beside = f"; {_beside(other / value)}" if beside else "; the fine-tuned model was not timed"
            if name == "usd_per_1000" and (known := _known_price(study)):
                beside = f"; {known}"
            free = f"; no price: {_NO_PRICE}" if name == "seconds_p50" and _is_local(study) else ""
            return Tile(label, words(value), f"with {which}{beside}{free}")
    if _is_local(study):
        return Tile("A thousand calls cost", "no price", _NO_PRICE)
    asked = "the calls came without prices" if study.curve.usage.calls else "no call was made"
    return Tile("A thousand calls cost", "not known", asked)


def _beside(ratio: float) -> str:
    """Return how long a call of the fine-tuned model takes beside one of the prompt, by what no measurement is."""
    how = "about as long" if 1 / _ALIKE < ratio < _ALIKE else "less" if ratio < 1 else "longer"
    return f"fine-tuned it should take {how}, as the same model without examples did"


def _known_price(study: Study) -> str:
    """Return what calls of a fine-tuned model cost, where the file of costs or the list of prices says it."""
    costs, other = study.costs, other_model(study)
    if costs is None or math.isnan(costs.tuned_usd_per_1000) or (costs.at_base_price and other is None):
        return ""
    most = costs.upper_ends.get("tuned_usd_per_1000", costs.tuned_usd_per_1000)
    listed = costs.listing is not None and "tuned_usd_per_1000" in costs.listing.amounts
    whose = "by the list of prices" if listed else "as measured" if costs.at_validated_price else "as stated"
    whose = BASE_COSTS["usd_per_1000"] if costs.at_base_price else whose
    which = "" if other is None else f"with {clean(other.model, longest=_NAME)} "
    hosted = costs.upper_ends.get("hosting_usd_per_month", costs.hosting_usd_per_month) > 0  # NaN is not
    besides = ", hosting besides" if hosted else ""
    return f"{price_range(costs.tuned_usd_per_1000, most)} {which}fine-tuned, {whose}{besides}"


def _is_local(study: Study) -> bool:
    return study.curve.model.startswith(ENGINE)


def _in_question(study: Study) -> tuple[Candidate | None, Candidate | None]:
    """Return the candidates of the decision: the prompt to use, and the model fine-tuned."""
    prompt, other = study.prompt_to_use, other_model(study)
    tuned = [each for each in study.candidates if each.basis != "measured" and other is None]
    shown = prompt_among(study.candidates, prompt.point.shots, retrieved=prompt.retrieved)
    return shown, (tuned[-1] if tuned else None)
