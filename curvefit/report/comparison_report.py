"""Studies compared, as JSON, in words and as files. Lives here: what is written and said; conclusions are given."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, Final

from curvefit.curves.reason import Reason
from curvefit.decision.paired_comparison import ScoredPrompt, StudyPair
from curvefit.measurement.measurement import whole_share
from curvefit.plain_text import clean
from curvefit.report import figure
from curvefit.report import study_record as record
from curvefit.report.answer_text import prompt_use, ship_sentence
from curvefit.report.candidate_text import BASES, candidate_table, has_costs, seconds
from curvefit.report.comparison_page import (
    UseOfChoice,
    caution_words,
    comparison_answer,
    comparison_page,
    made_up_words,
    use_of_choice,
    words_to_ask,
)
from curvefit.report.first_screen import numbers_in
from curvefit.report.pair_text import alone_words, change_words, moved_words
from curvefit.report.sentences import sentence
from curvefit.report.study_files import deliver_files, deliver_pictures
from curvefit.report.wording import (
    accuracy_text,
    bullets,
    counted,
    dollars,
    hanging,
    in_points,
    margin_text,
    percent,
    points_of,
    points_span,
    span,
    sure,
    wrapped,
)
from curvefit.study import Study
from curvefit.workflows.more_to_ask import MoreToAsk
from curvefit.workflows.study_comparison import Choice, Compared, Comparison

__all__ = [
    "COMPARISON_SCHEMA",
    "choice_sentence",
    "comparison_record",
    "comparison_summary",
    "import_notes",
    "ladder_sentences",
    "margin_sentence",
    "optimism_sentence",
    "page_of",
    "write_comparison",
    "write_comparison_pages",
]

COMPARISON_SCHEMA: Final = "curvefit.comparison/1"

_LINES: Final = 14  # of a summary that is not verbose, 80 characters wide
_SHORT: Final = 30  # characters of a study's name in such a line
_LISTED: Final = 10  # items that changed, of each sort, in a verbose one
_NAME: Final = 40  # characters of a study's name in a line of numbers
_HANG: Final = 9  # characters before what does not go into the line of a number or an item
_NOTES: Final = 2  # on other tools' files, on a first look
_WORTH_SAYING: Final = 0.0005  # optimism of less rounds to 0.0 points
_VISIBLE: Final = 0.005  # of less, accuracies look the same in whole percent


def write_comparison(comparison: Comparison, out: str | Path) -> tuple[Path, ...]:
    """Write ``comparison.json`` into a folder, made when missing; ids are in it, and no input and no reply.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    return deliver_files({"comparison.json": record.file_of(comparison_record(comparison))}, out)


def write_comparison_pages(comparison: Comparison, out: str | Path) -> tuple[tuple[Path, ...], str]:
    """Write ``comparison.html``, ``comparison.png`` and, where price or time is known, the picture of the frontier.

    Returns their paths, and why a picture could not be drawn.
    """
    drawn, problem = figure.attempt(lambda: figure.pictures(comparison), "comparison.png")
    beside, problem_beside = figure.attempt(lambda: figure.frontier_pictures(comparison.candidates), "frontier.png")
    differences, frontier = (each.page if each else "" for each in (drawn, beside))
    files = deliver_files({"comparison.html": page_of(comparison, differences, frontier).encode()}, out)
    pictures = (*deliver_pictures("comparison", drawn, out), *deliver_pictures("frontier", beside, out))
    return (*files, *pictures), problem or problem_beside


def page_of(comparison: Comparison, differences: str = "", frontier: str = "") -> str:
    """Return the page of a comparison, with these pictures; the choice stands above without numbers that tiles hold."""
    answer = comparison_answer(comparison)
    beside = [text for text in choice_sentences(comparison) if text != answer]
    beside += [*ladder_sentences(comparison), margin_sentence(comparison)]
    above = [*_pick_sentences(comparison, brief=True)]
    above += [text for text in _beside_pick(comparison) if not numbers_in(text)]
    return comparison_page(comparison, differences, frontier, above, beside, tuple(import_notes(comparison)))


_WHY: Final = {
    "only": "",
    "better": "",
    "accuracy": "; the lead may be chance",
    "usd_per_1000": ", the cheapest within {loss} of the best",
    "seconds_p50": ", the fastest within {loss} of the best",
}


def choice_sentence(comparison: Comparison) -> str:
    """Return which one to ship, the runner-up, and what would change that."""
    return " ".join(choice_sentences(comparison))


def choice_sentences(comparison: Comparison) -> tuple[str, ...]:
    """Return the same, a sentence each: which one to ship is the first."""
    return (*_pick_sentences(comparison), *_beside_pick(comparison))


def _pick_sentences(comparison: Comparison, *, brief: bool = False) -> tuple[str, ...]:
    """Return what is picked, and what its own report says; briefly without its accuracy, price and time."""
    choice = comparison.choice
    if _is_one_prompt(comparison):
        return (_ONE_PROMPT, *_own_report(comparison))
    ship, other = choice.ship, choice.runner_up
    costs = [f"{dollars(ship.usd_per_1000)} for a thousand calls"] if not math.isnan(ship.usd_per_1000) else []
    costs += [f"{seconds(ship.seconds_p50)} a call"] if not math.isnan(ship.seconds_p50) else []
    whole = whole_share(ship.prompt.curve, ship.prompt.shots)  # else answers are right in part, which its report says
    costs += ["wrong more often than right"] if comparison.is_mostly_wrong(ship.accuracy) and whole is None else []
    of = f" ({percent(ship.accuracy.value)}, {span(ship.accuracy)}{''.join(f'; {cost}' for cost in costs)})"
    level = _no_lead(choice)
    if brief:
        of = "".join(f" ({cost})" for cost in costs if not numbers_in(cost))
    told = choice.pair.outcome in ("better", "worse") and choice.pair.depends_on_missing
    gaps = told and choice.why in ("better", "accuracy")
    why = "; the lead may come from the missing scores" if gaps else ""
    why = (
        why
        or _mistakes_weighed(comparison, choice)
        or _WHY[choice.why].format(loss=margin_text(comparison.tolerated_loss))
    )
    use = use_of_choice(comparison)
    verb, now = _VERBS[use]
    verb = f"Of the prompts, {verb[0].lower()}{verb[1:]}" if verb and any(_fine_tuned_instead(comparison)) else verb
    name = clean(ship.name, longest=_NAME)
    first = f"{name}{of}{now}{f', which {level}' if level else why}"
    alike = level and prompt_use(comparison.concluded(other)) == prompt_use(comparison.concluded(ship))
    said = [comparison_answer(comparison)] if comparison.out_of_reach else []
    if use == "none":
        alone = "What needs no perfect search is" if choice.why == "only" else "Ahead is"
        said.append(f"{'No other is ahead of' if level else alone} {first}.")
    elif alike:
        ahead = round(choice.pair.difference.value, 9) != 0
        which = "Without the luck of their picks it is ahead." if ahead else "It is the one given first."
        said.append(f"{verb} either{now}: {name}{of} {level}. {which}")
    else:
        said.append(f"{verb} {first}.")
    return (*said, *_own_report(comparison))


def _mistakes_weighed(comparison: Comparison, choice: Choice) -> str:
    """Return why what is picked costs least with its mistakes; nothing where they do not count, or price does not."""
    if not comparison.error_usd or choice.why != "usd_per_1000":
        return ""
    low, most = comparison.stated_error_usd[0]
    each = f"{'up to ' if low < most else ''}{dollars(most)}"
    if (cheap := choice.dearer) is None:
        near = f"the cheapest within {margin_text(comparison.tolerated_loss)} of the best"
        return f", {near}, mistakes at {each} each counted"
    more = f"{100 * choice.more_mistakes:.1f} more mistakes in 100 calls"
    return f": at {each} a wrong answer, the {more} of {clean(cheap.name, longest=_NAME)} cost more than it saves"


_ONE_PROMPT: Final = "There is no choice between the two: they are the same prompt of the same model."


def _is_one_prompt(comparison: Comparison) -> bool:
    return len(comparison.studies) == 2 and comparison.choice.pair.same_prompt


def _beside_pick(comparison: Comparison) -> tuple[str, ...]:
    """Return what others may do better, how lucky the pick is, and how far it is ahead of the runner-up."""
    choice, beyond = comparison.choice, comparison.out_of_reach
    if _is_one_prompt(comparison):
        return ()
    said = [*_fine_tuned_instead(comparison), *_to_be_mended(comparison)]
    if len(comparison.stated_error_usd) > 1:
        said.append("The reports differ in what a wrong answer costs: that does not count here.")
    said += _beyond_common(choice) if _no_lead(choice) else ()
    if choice.optimism >= _VISIBLE:
        said.append(_of_the_pick(comparison, choice))
    left_out = [
        clean(each.name, longest=_NAME) for each in comparison.studies if not (each.shippable or each in beyond)
    ]
    if left_out and not choice.ship.shippable:
        said.append("All need a perfect search: measure with your own before you ship one.")
    elif left_out:
        needs, are, its = ("needs", "is", "its score is") if len(left_out) == 1 else ("need", "are", "their scores are")
        reach = f": {its} what such a search would reach" if choice.why == "only" else ""
        why = f"{needs} a perfect search, and {are} left out{reach}"
        if comparison.searched and all(each.finds_all for each in comparison.searched):
            why = f"{are} left out: the search finds the right documents too, and shows others beside them"
        said.append(f"{' and '.join(left_out)} {why}.")
    # Of two, which the other one is, and how many items would tell, is said of the pair.
    if len(comparison.studies) == 2 or not choice.runner_up.shippable:
        return tuple(said)
    other = choice.runner_up
    runner_up = f"Runner-up: {clean(other.name, longest=_NAME)} ({percent(other.accuracy.value)})"
    needed = choice.pair.needed
    if choice.pair.outcome in ("better", "worse"):
        change = ", surely worse."
    elif choice.pair.outcome == "alike":
        change = ", alike within the margin."
    else:
        change = (
            f"; {needed:,} items would tell them apart." if needed else "; more items alone cannot tell them apart."
        )
    return (*said, f"{runner_up}{change}")


_VERBS: Final[Mapping[UseOfChoice, tuple[str, str]]] = {
    "none": ("", ""),
    "wrong": ("If one of these, take", ""),
    "for now": ("Use", " for now"),
    "use": ("Use", ""),
    "ship": ("Ship", ""),
}


def _own_report(comparison: Comparison) -> Iterator[str]:
    """Say of what is picked what its own report does, and which prompt was compared where that advises another."""
    ship = comparison.choice.ship
    study = comparison.concluded(ship)
    name = clean(ship.name, longest=_NAME)
    whose = f"The report of {name} says" if _is_one_prompt(comparison) else "Its own report says"
    whose = whose if study is ship.given else "Its report would say"
    if study.curve.design is None and study is not ship.given:
        whose = "By scores alone, without replies or prices"
    yield f"{whose}: {ship_sentence(study)}"
    if study.advice.cheaper is not None:
        yield f"What is compared is its best prompt, {_examples(ship.prompt)}."


def _fine_tuned_instead(comparison: Comparison) -> Iterator[str]:
    """Say which reports advise a fine-tuned model, as measured, or expect more of one than of the prompt picked."""
    ship = comparison.choice.ship
    for each in comparison.studies:
        if not isinstance(each.given, Study):
            continue
        advice, measured = each.given.advice, each.given.best_validated is not None
        basis = "validated" if measured else "predicted"  # a small training decides nothing by its own score
        tuned = next((other.accuracy for other in each.given.candidates if other.basis == basis), None)
        if tuned is None:
            continue
        name, accuracy = clean(each.name, longest=_NAME), accuracy_text(tuned)
        if advice.ships == "fine-tuned":
            yield f"The report of {name} advises its fine-tuned model, measured at {accuracy}."
        elif each is not ship and advice.training == "pays" and tuned.value > ship.accuracy.value:
            expects = "measured its fine-tuned model at" if measured else "expects"
            yield f"The report of {name} {expects} {accuracy}{'' if measured else ' of its model once fine-tuned'}."


def _to_be_mended(comparison: Comparison) -> Iterator[str]:
    """Say which of the others may do better once their replies can be read."""
    ship = comparison.choice.ship
    for each in comparison.studies:
        given = each.given
        if each is not ship and isinstance(given, Study) and given.advice.action == "mend-format":
            name = clean(each.name, longest=_NAME)
            yield f"The report of {name} says to fix the format of its replies first: it may do better then."


def _no_lead(choice: Choice) -> str:
    """Return that what is to be shipped does as well as another; nothing where it leads, or has another reason."""
    other = clean(choice.runner_up.name, longest=_NAME)
    if not choice.is_level:
        return ""
    return f"scores the same as {other} on each common item" if choice.pair.same else f"scores as high as {other}"


def _beyond_common(choice: Choice) -> Iterator[str]:
    """Say of two that do as well on the common items which has others, where it does better or worse."""
    for study in (choice.ship, choice.runner_up):
        there = choice.pair.accuracies[study.name == choice.pair.second].value
        if (more := study.items - choice.pair.items) and not math.isclose(study.accuracy.value, there):
            how = "lower" if study.accuracy.value < there else "higher"
            others = counted(more, "other item")
            yield f"{clean(study.name, longest=_NAME)} also has {others}, on which it scores {how}."


def _of_the_pick(comparison: Comparison, choice: Choice) -> str:
    """Return by how much less than it measured is to be expected of what is to be shipped, since it was picked."""
    # Picked within its study, where it is for its price or speed.
    of = "all" if choice.tried == comparison.tried else "its own"
    return (
        f"Picked as the best of {of} {choice.tried:,} prompts, it looks better than it is: expect"
        f" {points_of(choice.optimism)} less on other items."
    )


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON values; what is undefined is null."""
    return record.as_json(
        {
            "schema": COMPARISON_SCHEMA,
            "level": comparison.level,
            "margin": comparison.margin,
            "margin_source": comparison.margin_source,
            "studies": [_study(study) for study in comparison.studies],
            "pairs": [_pair(pair) for pair in comparison.pairs],
            "at_shots": [_pair(pair) for pair in comparison.at_shots],
            "regressions": [{"first": pair.first, "second": pair.second} for pair in comparison.regressions],
            "candidates": record.candidate_records(comparison.candidates),
            "choice": _choice(comparison),
            "ladder": [
                {
                    "small": step.small.name,
                    "big": step.big.name,
                    "outcome": step.outcome,
                    "difference": asdict(step.difference),
                }
                for step in comparison.ladder
            ],
            "to_ask": [_to_ask(more) for more in comparison.to_ask],
            "missed": list(comparison.missed),
            "cautions": [_reason(reason) for reason in comparison.cautions],
            "versions": {"curvefit": version("curvefit")},
        }
    )


def _study(study: Compared) -> dict[str, Any]:
    accuracy = {"accuracy": study.accuracy.value, "low": study.accuracy.low, "high": study.accuracy.high}
    about = {"name": study.name, "task": study.task, "model": study.model}
    return {
        **about,
        **accuracy,
        **_prompt(study.prompt),
        "n_items": study.items,
        "training_score": study.training_score,
        "notes": list(_notes(study)),
    }


def _notes(study: Compared) -> Iterator[str]:
    """Yield what was noted on reading another tool's files."""
    yield from (note.text for note in study.prompt.curve.notes if note.origin == "import")


_LADDER: Final = {
    "next-model": "{big} with {prompt} ({accuracy}) beats {small} fine-tuned ({tuned}, {basis}).",
    "fine-tuning": "{small} fine-tuned ({tuned}, {basis}) beats {big} with {prompt} ({accuracy}).",
    "open": "Not clear: does {big} with {prompt} ({accuracy}) beat {small} fine-tuned ({tuned}, {basis})?",
}


def ladder_sentences(comparison: Comparison) -> tuple[str, ...]:
    """Return, model by model, whether the next one up beats fine-tuning this one."""
    return tuple(
        _LADDER[step.outcome].format(
            small=clean(step.small.name, longest=_NAME), big=clean(step.big.name, longest=_NAME),
            prompt=_examples(step.big.prompt).removeprefix("with ") or "its prompt",
            accuracy=percent(step.big.accuracy.value),
            basis=BASES[step.small.fine_tuned.basis] if step.small.fine_tuned else "",
            tuned=percent(step.small.fine_tuned.accuracy.value) if step.small.fine_tuned else "",
        )
        for step in comparison.ladder
    )  # fmt: skip


def _choice(comparison: Comparison) -> dict[str, Any]:
    choice = comparison.choice
    named = {"ship": choice.ship.name, "runner_up": choice.runner_up.name}
    worth = {"accuracy": asdict(choice.accuracy), "optimism": choice.optimism, "tried": choice.tried}
    counted_in = {"error_usd": comparison.error_usd or None}
    return {**named, "why": choice.why, **counted_in, **worth, "text": choice_sentence(comparison)}


def _prompt(prompt: ScoredPrompt) -> dict[str, Any]:
    return {
        "shots": prompt.shots,
        "retrieved": prompt.retrieved,
        "tried": prompt.tried,
        "optimism": prompt.optimism,
        "n_draws": prompt.n_draws,
    }


def _pair(pair: StudyPair) -> dict[str, Any]:
    return {
        "first": pair.first,
        "second": pair.second,
        "shots": pair.shots,
        "outcome": pair.outcome,
        "difference": asdict(pair.difference),
        "missing": pair.missing,
        "if_wrong": None if pair.if_wrong is None else asdict(pair.if_wrong),
        "if_right": None if pair.if_right is None else asdict(pair.if_right),
        "accuracies": [accuracy.value for accuracy in pair.accuracies],
        "prompts": [_prompt(prompt) for prompt in pair.prompts],
        "n_items": pair.items,
        "gained": len(pair.gained),
        "lost": len(pair.lost),
        "changed": [{"item": c.item, "before": c.before, "after": c.after} for c in pair.changed],
        "mcnemar": pair.mcnemar,
        "needed": pair.needed,
        "needed_for_margin": pair.needed_for_margin,
        "regression": pair.regression,
        "text": sentence(pair.reason),
    }


def _to_ask(more: MoreToAsk) -> dict[str, Any]:
    said, command = words_to_ask(more)
    lacks = {"items": more.items, "draws": more.draws, "narrower": more.narrower}
    takes = {"calls": more.step.calls, "usd": more.step.usd, "minutes": more.step.minutes}
    return {"study": more.name, "other": more.other, **lacks, **takes, "command": command or None, "text": said}


def _reason(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "values": dict(reason.values), "text": sentence(reason)}


def comparison_summary(comparison: Comparison, *, verbose: bool = False, width: int = 80) -> str:
    """Return a comparison for the terminal: the answers first, then accuracies and what may make it wrong.

    Of two the difference comes first, of more which one to take. With `verbose` also all that does not go into fourteen
    lines, and the items that changed.
    """
    to_ask = [
        [*wrapped(asked, width), *([f"  {command}"] if command else [])]
        for asked, command in map(words_to_ask, comparison.to_ask)
    ]
    practice = bullets(made_up_words(comparison), width, "!")
    if len(comparison.pairs) == 1:
        told = [sentence(comparison.pairs[0].reason), choice_sentence(comparison)]
        answers, beside = [*(wrapped(text, width) for text in told), practice, *to_ask], list[list[str]]()
    else:
        answers = [wrapped(" ".join(_pick_sentences(comparison)), width), practice]
        beside = list(_beside_many(comparison, to_ask, width))
    said = map(sentence, comparison.cautions) if verbose else caution_words(comparison)
    cautions = [bullets([text], width, "!") for text in said]
    notes = list(import_notes(comparison))
    noted = bullets(notes if verbose else notes[:_NOTES], width, "!")
    numbers, facts = (
        _accuracies(comparison, width),
        [*beside, *(bullets([text], width) for text in _facts(comparison))],
    )
    lines = list(chain(*answers, [""], *numbers, *cautions, noted, *facts))
    most = _LINES * 80 // min(width, 80) + len(practice)
    if not verbose and (
        len(lines) - len(noted) > most or len(notes) > _NOTES
    ):  # what may make it wrong goes before what is only good to know
        whole = _whole([*answers, [""], *cautions, *numbers, *facts], most - 1)
        lines = [*whole, *noted, "  there is more: --verbose"]
    if comparison.at_shots:
        lines += ["", *(line for pair in comparison.at_shots for line in _line(pair, width))]
    return "\n".join([*lines, *(_everything(comparison, width) if verbose else ())])


def _beside_many(comparison: Comparison, to_ask: Iterable[list[str]], width: int) -> Iterator[list[str]]:
    """Yield what is said of three or more beside what each scored: first how the one that is picked differs."""
    ship = comparison.choice.ship.name
    of_pick = [pair for pair in comparison.pairs if ship in (pair.first, pair.second)]
    yield from (_line(pair, width) for pair in of_pick)
    yield from to_ask
    yield from (bullets([text], width) for text in _beside_pick(comparison))
    yield from (_line(pair, width) for pair in comparison.pairs if pair not in of_pick)


def import_notes(comparison: Comparison) -> Iterator[str]:
    """Yield what was noted on reading another tool's files, and of which study unless of all."""
    of = {study.name: list(_notes(study)) for study in comparison.studies}
    for note in dict.fromkeys(chain(*of.values())):
        names = [clean(name, longest=_NAME) for name, notes in of.items() if note in notes]
        whose = "" if len(names) == len(of) else f"{', '.join(names)}: "
        yield f"{whose}{clean(note, longest=200)}"


def _whole(texts: Iterable[Sequence[str]], most: int) -> list[str]:
    """Return the lines of the first texts, none of which is broken off, unless a single one has more than all room."""
    lines: list[str] = []
    for text in texts:
        if len(lines) + len(text) > most:
            return lines or list(text[:most])
        lines += text
    return lines


def _accuracies(comparison: Comparison, width: int) -> list[list[str]]:
    """Return a line a study, or as few as hold it; of two, both together: none hides the other."""
    lines = [hanging(line, width, _HANG) for line in _accuracy_lines(comparison)]
    return [[*chain(*lines)]] if len(lines) == 2 else lines


def _accuracy_lines(comparison: Comparison) -> Iterator[str]:
    names = [clean(study.name, longest=_NAME) for study in comparison.studies]
    longest = max(map(len, names))
    for name, study in zip(names, comparison.studies, strict=True):
        accuracy = f"{percent(study.accuracy.value):>4}  ({span(study.accuracy)})"
        trained = "" if study.training_score is None else f"; by its optimiser {study.training_score:.3g}"
        yield f"  {name:<{longest}}  {accuracy} {_examples(study.prompt)}".rstrip() + trained


def _facts(comparison: Comparison) -> Iterator[str]:
    if len(comparison.pairs) == 1:
        yield _counts(comparison.pairs[0], comparison)
    together = "; those of all differences hold together" if len(comparison.pairs) > 1 else ""
    yield f"Brackets are {sure(comparison.level)} intervals{together}. {margin_sentence(comparison)}"
    yield from ladder_sentences(comparison)
    yield from optimism_sentence(comparison)


_WHOSE: Final = {
    "stated": "",
    "studies": ", that of the studies",
    "smallest": ", the smallest of the studies",
    "default": ", the default",
}


def margin_sentence(comparison: Comparison) -> str:
    """Return which difference is the smallest that matters, and where that is from."""
    return f"The margin is {margin_text(comparison.margin)}{_WHOSE[comparison.margin_source]}."


def _examples(prompt: ScoredPrompt) -> str:
    """Return which examples a prompt shows, shortly; nothing of a prompt of another tool that may show any."""
    if prompt.retrieved:
        return f"with {counted(prompt.shots, 'similar example')}"
    if not prompt.shots:
        return "" if prompt.curve.design is None else "with no examples"
    return f"with {counted(prompt.shots, 'example')}"


def optimism_sentence(comparison: Comparison) -> tuple[str, ...]:
    """Return by how much each study's best prompt looks better than it is, where that is worth saying."""
    found = [
        f"{clean(study.name, longest=_NAME)} by {100 * study.prompt.optimism:.1f}"
        for study in comparison.studies
        if study.prompt.optimism >= _WORTH_SAYING
    ]
    if not found:
        return ()
    return (
        f"Picked from its study's own, a prompt looks better than it is: {', '.join(found)} points, by resampling."
        " Differences are without that.",
    )


def _counts(pair: StudyPair, comparison: Comparison) -> str:
    neither = "neither, ever" if len(comparison.studies) == 2 else "none of all, ever"
    alone = alone_words(pair)
    if comparison.missed:
        alone = f"{alone.removesuffix('.')}; {neither}: {len(comparison.missed):,}."
    return f"{alone} {moved_words(pair)}".rstrip()


def _line(pair: StudyPair, width: int) -> list[str]:
    """Return a difference in one line, or as few as hold it."""
    second, first = (clean(name, longest=_SHORT) for name in (pair.second, pair.first))
    at = "" if pair.shots is None else f"at {counted(pair.shots, 'shot')}: "
    outcome = "cannot be told apart" if pair.outcome == "open" else pair.outcome
    difference = f"{in_points(pair.difference.value):>6} ({points_span(pair.difference)})"
    return bullets([f"{difference.strip()}  {at}{second} over {first}: {outcome}"], width)


def _everything(comparison: Comparison, width: int) -> Iterator[str]:
    """Yield what each would cost, the items that changed, pair by pair, and those that nobody has right."""
    if has_costs(comparison.candidates):
        yield ""
        yield from candidate_table(comparison.candidates, width)
    for pair in comparison.pairs:
        yield ""
        if len(comparison.pairs) > 1:  # of one pair this comes first
            yield from wrapped(sentence(pair.reason), width)
        yield from wrapped(_counts(pair, comparison), width)
        if pair.mcnemar is not None:
            yield f"  McNemar's exact test: p = {pair.mcnemar:.3g}"
        for sort, changes in (("lost", pair.lost), ("gained", pair.gained), ("other", pair.moved)):
            for change in changes[:_LISTED]:
                scores = f"  {change_words(pair, change)}" if sort == "other" else ""
                text = clean(comparison.inputs.get(change.item, ""), longest=60)
                line = f"  {sort:<6} {clean(change.item, longest=30)}{scores}  {text}"
                yield from hanging(line.rstrip(), width, _HANG)
            if len(changes) > _LISTED:
                yield f"  and {len(changes) - _LISTED:,} more"
    if comparison.missed:
        listed = ", ".join(clean(item, longest=30) for item in comparison.missed[:_LISTED])
        more = f" and {len(comparison.missed) - _LISTED:,} more" if len(comparison.missed) > _LISTED else ""
        yield ""
        yield from wrapped(f"No study has these right: {listed}{more}.", width)
