"""Studies compared, as one HTML file. Lives here: what fills comparison.html; jinja2 escapes it, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any, Final, Literal

from curvefit.curves.reason import Reason
from curvefit.decision.paired_comparison import StudyPair
from curvefit.measurement.measurement import whole_share
from curvefit.models.simulated import is_made_up
from curvefit.plain_text import clean
from curvefit.report.answer_text import PromptUse, prompt_use
from curvefit.report.candidate_text import candidate_rows, has_costs
from curvefit.report.changes_page import flips_on_page
from curvefit.report.first_screen import Tile, is_crowded, made_up_models, numbers_in
from curvefit.report.next_command import command_for
from curvefit.report.page import filled
from curvefit.report.pair_text import alone_words, moved_words, needed_words, told_by
from curvefit.report.sentences import examples_of, sentence
from curvefit.report.step_text import effort_text
from curvefit.report.subject_text import subject
from curvefit.report.wording import counted, draws_text, in_points, percent, points_span, span, sure
from curvefit.workflows.more_to_ask import MoreToAsk
from curvefit.workflows.study_comparison import Compared, Comparison

UseOfChoice = PromptUse | Literal["wrong"]

__all__ = [
    "UseOfChoice",
    "caution_words",
    "comparison_answer",
    "comparison_page",
    "made_up_words",
    "use_of_choice",
    "words_to_ask",
]

_LISTED: Final = 200  # items that nobody has right
_MOST_LISTED: Final = 1_500  # candidates
_INPUT: Final = 300  # characters of an input
_NAME: Final = 40  # characters of a study's name


def comparison_page(
    comparison: Comparison,
    picture: str,
    frontier: str,
    ship: Sequence[str],
    beside: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """Return a page that needs no network and no scripting: which is better first, all else folded below.

    `picture` and `frontier` are SVG, of the differences and of accuracy against cost; empty where there is none. `ship`
    says what to ship, `beside` what else is to be said of the differences, and `notes` what of files of other tools.
    What has more numbers than there is room for stands among the differences, and in few words above.
    """
    from markupsafe import Markup

    pair, answer = _in_question(comparison), comparison_answer(comparison)
    heading, made_up = _heading(comparison), made_up_words(comparison)
    to_ship = " ".join(text for text in ship if text != answer)
    cautions, asked = [*caution_words(comparison)], [*map(words_to_ask, comparison.to_ask)]
    tiles, few = _tiles(comparison, pair), _tiles(comparison, pair, brief=True)
    tile_notes = [(tile.note, brief.note) for tile, brief in zip(tiles, few, strict=True)]
    to_tell, aside = _to_tell(pair), _aside(comparison, pair)
    shown = _fitting(
        [answer, *made_up, to_ship, *(tile.value for tile in tiles)],
        [
            *(both for both in tile_notes[:2] if "; " in both[0]),  # more than which prompt it is
            *zip(cautions, caution_words(comparison, brief=True), strict=True),
            *((words, _MORE_WOULD) for _, words, _ in to_tell),
            *(both for both in tile_notes[:2] if "; " not in both[0]),
            *tile_notes[2:],
            (aside["text"], "Those whose score differs:"),
            *((said, _ask_in_short(more)) for (said, _), more in zip(asked, comparison.to_ask, strict=True)),
        ],
    )
    folded = [text for text in (*cautions, aside["text"], *(said for said, _ in asked)) if shown[text] != text]
    needed = {told_by(each.reason.values)[1] for each in comparison.pairs if each.outcome == "open"}
    return filled(
        "comparison.html",
        subject=_title(comparison),
        answer=answer,
        alarms=[*made_up, *(shown[text] for text in cautions)],
        notes=notes,
        tiles=[replace(tile, note=shown[tile.note]) for tile in tiles],
        # Drawn by matplotlib, with text as paths.
        picture=Markup(picture),  # noqa: S704
        next=[
            (heading, to_ship, ""),
            *((told, shown[words], command) for told, words, command in to_tell),
            *(("What could still be asked", shown[said], command) for said, command in asked),
        ],
        aside={**aside, "text": shown[aside["text"]]},
        changes=flips_on_page(comparison) if any(each.changed for each in comparison.pairs) else None,
        differences=[*map(sentence, (each.reason for each in comparison.pairs)), *folded, *beside],
        together=len(comparison.pairs) > 1,
        several_needed=len(needed - {None}) > 1,
        level=sure(comparison.level),
        margin=f"{100 * comparison.margin:g}",
        studies=[_study(study) for study in comparison.studies],
        named=any(study.name != study.model for study in comparison.studies),
        graded=any(map(_whole, comparison.studies)),
        optimised=any(study.training_score is not None for study in comparison.studies),
        pairs=[_row(each) for each in comparison.pairs],
        candidates=candidate_rows(comparison.candidates)[:_MOST_LISTED] if has_costs(comparison.candidates) else [],
        frontier=Markup(frontier),  # noqa: S704 (as above)
        at_shots=[_row(each) for each in comparison.at_shots],
        missed=[(item, _input(item, comparison)) for item in comparison.missed[:_LISTED]],
        unlisted=max(0, len(comparison.missed) - _LISTED),
        version=version("curvefit"),
    )


_MORE_WOULD: Final = "More items, or more draws: “Differences” says how many."


def _fitting(fixed: Sequence[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return, for each text, itself or what says it in few words: so that all have no more numbers than a first screen.

    The first are the first to be told in full.
    """
    both = list(pairs)
    said = [brief if numbers_in(full) else full for full, brief in both]
    for place, (full, brief) in enumerate(both):
        said[place] = full
        if numbers_in(full) and is_crowded([*fixed, *said]):
            said[place] = brief
    return dict(zip((full for full, _ in both), said, strict=True))


def _ask_in_short(more: MoreToAsk) -> str:
    name, other = clean(more.name, longest=_NAME), clean(more.other, longest=_NAME)
    return f"{other} was asked what {name} was not. Ask {name} too, and the interval gets narrower."


def words_to_ask(more: MoreToAsk) -> tuple[str, str]:
    """Return what a study could be asked that another has, what that would tell and takes, and the command."""
    name, other = clean(more.name, longest=_NAME), clean(more.other, longest=_NAME)
    parts = [counted(number, what) for number, what in ((more.items, "item"), (more.draws, "draw")) if number]
    said = (
        f"{other} was asked {' and '.join(parts)} that {name} was not. Ask {name} too, and the interval gets about"
        f" {percent(more.narrower)} narrower. {effort_text(more.step)}"
    )
    return said.rstrip(), command_for(more.step, more.study) or ""


def use_of_choice(comparison: Comparison) -> UseOfChoice:
    """Return what is to be done with what is picked: what its own report does with the prompt.

    What is wrong more often than right may be no use at all: that is for the reader to say. A lead that missing scores
    may have made is none to ship on.
    """
    ship = comparison.choice.ship
    use = "none" if comparison.out_of_reach or not ship.shippable else prompt_use(comparison.concluded(ship))
    if use in ("ship", "use") and comparison.choice.pair.depends_on_missing:
        use = "for now"
    return "wrong" if use != "none" and comparison.is_mostly_wrong(comparison.choice.accuracy) else use


_HEADINGS: Final[Mapping[UseOfChoice, str]] = {
    "none": "Ahead, but not to be shipped",
    "wrong": "Which to take, if one of these",
    "for now": "What to use for now",
    "use": "What to use",
    "ship": "What to ship",
}


def _heading(comparison: Comparison) -> str:
    use = use_of_choice(comparison)
    return "None ahead, none to be shipped" if use == "none" and comparison.choice.is_level else _HEADINGS[use]


def made_up_words(comparison: Comparison) -> tuple[str, ...]:
    """Say which models are there to try the tool with, and that their prices are too."""
    priced = any(is_made_up(each.model) and each.usd_per_1000 > 0 for each in comparison.studies)
    return tuple(made_up_models((each.model for each in comparison.studies), priced=priced))


_IN_SHORT: Final = {
    "pair-left-out": "Only items that both have count.",
    "pair-changed": "Items that have kept their id and changed are left out.",
    "pair-unanswered": "Items without a score are left out: if hard items fail, that favours the one that lacks them.",
    "pair-unnamed": "Items that name no document are shown none where the right ones are given: that gives them away.",
    "pair-same-prompt": "Two are the same prompt of the same model.",
    "pair-same-scores": "Two have the same score in each trial: check that one did not reuse the other's replies.",
}


def caution_words(comparison: Comparison, *, brief: bool = False) -> Iterator[str]:
    """Say what may make it wrong: of what goes for several pairs alike, the first and how many more.

    Briefly it has no number.
    """
    of: dict[str, list[Reason]] = {}
    for reason in comparison.cautions:
        of.setdefault(f"{reason.code} {reason.values.get('name', '')}", []).append(reason)
    for first, *others in of.values():
        more = f" The same goes for {counted(len(others), 'more pair')}." if others else ""
        if brief:
            yield f"{_IN_SHORT.get(first.code) or sentence(first)}{' The same goes for other pairs.' * bool(others)}"
        else:
            yield f"{sentence(first)}{more}"


def comparison_answer(comparison: Comparison) -> str:
    """Return that none is worth shipping, or who is better, or that the two in question cannot be told apart."""
    pair, choice = _in_question(comparison), comparison.choice
    if beyond := comparison.out_of_reach:
        reach = sorted(each.accuracy.value for each in beyond)
        right = " to ".join(percent(value) for value in dict.fromkeys((reach[0], reach[-1])))
        reach_it = f"{'the model reaches' if len(beyond) == 1 else 'they reach'} {right}"
        if not comparison.searched:
            return (
                f"Without a perfect search nothing here is worth shipping. Handed the right documents, {reach_it}:"
                " measure with a real search next."
            )
        mend = (
            "Each run notes how often the search finds these: if seldom, improve it; if mostly, show fewer documents or"
            " take a bigger model."
        )
        if all(each.finds_all for each in comparison.searched):
            mend = "The search finds all of these: show fewer documents or take a bigger model."
        return f"None that searches for itself is worth shipping. Handed the right documents, {reach_it}. {mend}"
    first, second = (clean(name, longest=_NAME) for name in (pair.first, pair.second))
    can_ship = len(comparison.picked_from)
    of = "The best two, " if can_ship > 2 else ""
    if pair.outcome in ("alike", "open") and pair.same:
        return f"{of}{first} and {second}{',' if of else ''} score the same on each common item."
    if pair.outcome == "alike":
        return f"{of}{first} and {second}{',' if of else ''} are alike."
    if pair.outcome == "open":
        return f"{of}{first} and {second}{',' if of else ''} cannot be told apart."
    better, worse = (second, first) if pair.outcome == "better" else (first, second)
    if of and choice.why == "better":
        return f"{better} is better than the {can_ship - 1} others."
    ahead = pair.second if pair.outcome == "better" else pair.first
    needs = any(each.name == ahead and not each.shippable for each in comparison.studies)
    return f"{better} is better than {worse}{', but needs a perfect search' if needs else ''}."


def _in_question(comparison: Comparison) -> StudyPair:
    """Return the only pair, or what to ship and the runner-up."""
    return comparison.pairs[0] if len(comparison.pairs) == 1 else comparison.choice.pair


def _tiles(comparison: Comparison, pair: StudyPair, *, brief: bool = False) -> list[Tile]:
    """Return both accuracies, their difference and the items; briefly with no number beside these and intervals."""
    by_name = {study.name: study for study in comparison.studies}
    accuracies = []
    for name, there in zip((pair.first, pair.second), pair.accuracies, strict=True):
        study = by_name[name]
        shown = examples_of(study.prompt.shots, "retrieved" if study.prompt.retrieved else "random")
        if brief and study.prompt.shots:
            shown = "the most similar examples" if study.prompt.retrieved else "examples"
        drawn = "" if study.prompt.curve.design is None else f" with {shown}"
        common = f"; {percent(there.value)} on the common items" if study.items > pair.items else ""
        whole = f"; {share} wholly right" if (share := _whole(study)) else ""
        note = f"({span(study.accuracy)}){drawn}{'' if brief else f'{whole}{common}'}"
        accuracies.append(Tile(clean(name, longest=_NAME), percent(study.accuracy.value), note))
    note = f"for {clean(pair.second, longest=_NAME)}, item by item"
    if any(prompt.optimism >= 0.0005 for prompt in pair.prompts):  # of less, points look the same
        note += ", luck of the pick taken off each"
    return [
        *accuracies,
        Tile.of_change("Difference", pair.difference, note),
        Tile("Items compared", f"{pair.items:,}", "that both were asked" if brief else _differing(pair)),
    ]


def _differing(pair: StudyPair) -> str:
    """Return on how many items the two differ, and on how many only one of them is right."""
    if not pair.changed:
        return "both score the same on each" if pair.same else "both have the same mean score on each"
    flipped = len(pair.changed) - len(pair.moved)
    only = f"on {flipped:,} only one of the two is right" if flipped else "none is right with only one of the two"
    return f"scores differ on {len(pair.changed):,}; {only}"


def _to_tell(pair: StudyPair) -> list[tuple[str, str, str]]:
    """Return how many items would tell the two apart, where they cannot be."""
    return [("What would tell", needed_words(pair.reason.values), "")] if pair.outcome == "open" else []


def _aside(comparison: Comparison, pair: StudyPair) -> dict[str, str]:
    """Return how many items each has right alone, and where to read them."""
    text = f"{alone_words(pair)} {moved_words(pair)}".rstrip()
    link = "changed" if any(each.changed for each in comparison.pairs) else ""
    return {"heading": "Which items changed", "text": text, "link": link, "words": "Read them"}


def _title(comparison: Comparison) -> str:
    first, second, *others = (clean(study.name, longest=50) for study in comparison.studies)
    names = f"{first}, {second} and {len(others)} more" if others else f"{first} and {second}"
    tasks = {study.task for study in comparison.studies}
    return f"{names}: compared" + (f" on {clean(tasks.pop())}" if len(tasks) == 1 and all(tasks) else "")


def _study(study: Compared) -> dict[str, Any]:
    prompt = study.prompt
    return {
        "name": clean(study.name),
        "of": subject(prompt.curve),
        "accuracy": percent(study.accuracy.value),
        "interval": span(study.accuracy),
        "whole": _whole(study),
        "prompt": examples_of(prompt.shots, "retrieved" if prompt.retrieved else "random"),
        "tried": prompt.tried,
        "optimism": in_points(prompt.optimism),
        "n_items": f"{study.items:,}",
        "draws": draws_text(prompt.point(study.accuracy.level)),
        "training_score": "" if study.training_score is None else f"{study.training_score:.3g}",
    }


def _whole(study: Compared) -> str:
    """Return the share of answers to a study's best prompt that are wholly right; empty where none is partly right."""
    share = whole_share(study.prompt.curve, study.prompt.shots)
    return "" if share is None else percent(share)


def _row(pair: StudyPair) -> dict[str, Any]:
    return {
        "first": clean(pair.first),
        "second": clean(pair.second),
        "shots": pair.shots,
        "difference": in_points(pair.difference.value),
        "interval": points_span(pair.difference),
        "outcome": {"open": "cannot be told apart"}.get(pair.outcome, pair.outcome),
        "n_items": f"{pair.items:,}",
        "needed": "–" if pair.needed is None else f"{pair.needed:,}",
        "needed_for_margin": "–" if pair.needed_for_margin is None else f"{pair.needed_for_margin:,}",
        "mcnemar": "–" if pair.mcnemar is None else f"{pair.mcnemar:.3g}",
    }


def _input(item: str, comparison: Comparison) -> str:
    return clean(comparison.inputs.get(item, ""), longest=_INPUT)
