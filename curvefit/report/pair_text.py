"""Words of two studies that are compared. Lives here: a sentence for each code of `StudyPair`; all else is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from curvefit.curves.curve import Estimate
from curvefit.decision.paired_comparison import ItemChange, StudyPair
from curvefit.plain_text import clean
from curvefit.report.wording import counted, in_points, percent, points_of, points_span

__all__ = ["PAIR_CODES", "alone_words", "change_words", "moved_words", "needed_words", "told_by"]

Values = Mapping[str, Any]

_NAME: Final = 50  # characters of a study's name


def _names(v: Values) -> tuple[str, str]:
    return clean(v["first"], longest=_NAME), clean(v["second"], longest=_NAME)


def _at(v: Values) -> str:
    return "" if v["shots"] is None else f" at {counted(v['shots'], 'shot')}"


def _by(by: Estimate) -> str:
    """Return a difference without its sign: ``6 points (2 to 10)``; whole where all of it is."""
    ends = [f"{100 * end:.1f}".replace("-", "−") for end in (by.value, by.low, by.high)]
    if all(end.endswith(".0") for end in ends):
        ends = [end.removesuffix(".0") for end in ends]
    return f"{ends[0]} point{'' if ends[0] == '1' else 's'} ({ends[1]} to {ends[2]})"


def _items(v: Values) -> str:
    """Return how many items count, and what both score on these where either has others besides."""
    items = counted(v["items"], "common item")
    if "first_there" not in v:
        return items
    first, second = _names(v)
    return f"{items} ({first} {percent(v['first_there'])}, {second} {percent(v['second_there'])})"


def _luck(v: Values) -> str:
    """Say so where a difference is not that of the accuracies as measured."""
    return ", luck of the pick taken off" if v.get("luck_off") else ""


def _if_filled(v: Values) -> str:
    """Return what the difference is with the missing scores filled in, as a sentence; nothing where nothing turns."""
    if "filled" not in v:
        return ""
    which = "missing score" if v["missing"] == 1 else f"{v['missing']:,} missing scores"
    by: Estimate = v["filled"]
    how = "right" if v["as_right"] else "wrong"
    return f" With the {which} counted as {how}, the difference is {in_points(by.value)} points ({points_span(by)})."


def _better(v: Values) -> str:
    by: Estimate = v["by"]
    little = f"; that is less than the margin of {points_of(v['margin'])}" if by.high < v["margin"] else ""
    return (
        f"{clean(v['better'], longest=_NAME)} is better than {clean(v['worse'], longest=_NAME)}{_at(v)} by"
        f" {_by(by)}{_luck(v)}, on {_items(v)}{little}.{_if_filled(v)}"
    )


def _alike(v: Values) -> str:
    first, second = _names(v)
    within = f"differ by less than {points_of(v['margin'])} ({points_span(v['difference'])})"
    items = _items(v)
    told = f"score the same on each of {items}, and {within} on others" if v["same"] else f"{within}, on {items}"
    return f"{first} and {second} are alike{_at(v)}: they {told}.{_if_filled(v)}"


def _open(v: Values) -> str:
    first, second = _names(v)
    difference: Estimate = v["difference"]
    interval, items = points_span(difference), _items(v)
    if v["same"]:
        told = f"they score the same on each of {items}, but on others they may differ ({interval} points)"
    else:
        told = f"{in_points(difference.value)} points for {second} ({interval}){_luck(v)}, on {items}"
    return f"{first} and {second} cannot be told apart{_at(v)}: {told}.{_if_filled(v)} {needed_words(v)}"


def needed_words(v: Values) -> str:
    """Return how many items would tell two apart, where any number would; of a pair that is open."""
    difference, items = told_by(v)
    if items is None:
        return f"Measure more draws: more items alone cannot tell a difference of {points_of(difference)}."
    return f"About {items:,} items would tell a difference of {points_of(difference)}."


def told_by(v: Values) -> tuple[float, int | None]:
    """Return which difference more items would tell, and how many; None where no number would. Of a pair that is open.

    It is one as large as the margin, or the one seen where the items there are could tell the margin.
    """
    margin, seen, of_margin, of_seen = v["margin"], abs(v["difference"].value), v["needed_for_margin"], v["needed"]
    if of_margin is not None and of_margin > v["items"]:
        return margin, of_margin
    if of_seen is not None:  # those that there are did not
        return seen, max(of_seen, v["items"] + 1)
    return margin if of_margin is None else seen, None


def alone_words(pair: StudyPair) -> str:
    """Return how many items each has right that the other has not."""
    if not (pair.gained or pair.lost):
        return "Right with one of the two alone: none."
    first, second = (clean(name, longest=_NAME) for name in (pair.first, pair.second))
    return f"Right with {second} alone: {len(pair.gained):,}; {first} alone: {len(pair.lost):,}."


def moved_words(pair: StudyPair) -> str:
    """Return on how many items the second scores higher or lower, of those that neither has right alone.

    Nothing where there are none.
    """
    if not pair.moved:
        return ""
    up = sum(change.after > change.before for change in pair.moved)
    ways = [(number, way) for number, way in ((up, "higher"), (len(pair.moved) - up, "lower")) if number]
    (number, way), *others = ways
    items = f"{number:,} more" if pair.gained or pair.lost else counted(number, "item")
    second = clean(pair.second, longest=_NAME)
    return f"{second} scores {way} on {items}{''.join(f', {way} on {n:,}' for n, way in others)}."


def change_words(pair: StudyPair, change: ItemChange) -> str:
    """Return what both score on an item: ``50% with old, 25% with new``."""
    first, second = (clean(name, longest=30) for name in (pair.first, pair.second))
    return f"{percent(change.before)} with {first}, {percent(change.after)} with {second}"


def _left_out(v: Values) -> str:
    first, second = _names(v)
    left = [(v["left_first"], first), (v["left_second"], second)]
    parts = " and ".join(f"{count:,} of {name}" for count, name in left if count)
    return f"Only the {counted(v['common'], 'item')} that both have count; left out: {parts}."


def _changed(v: Values) -> str:
    first, second = _names(v)
    one = v["changed"] == 1
    return (
        f"{counted(v['changed'], 'item')} {'has' if one else 'have'} the same id in {first} and {second}, but another"
        f" input, target or scorer: {'it is' if one else 'they are'} left out."
    )


def _by_id(v: Values) -> str:
    first, second = _names(v)
    return f"Items of {first} and {second} are matched by id alone: whether their inputs are the same is not known."


def _scorers(v: Values) -> str:
    first, second = _names(v)
    by_first, by_second = (clean(v[name], longest=_NAME) for name in ("scorer_first", "scorer_second"))
    return f"{first} was scored by {by_first}, and {second} by {by_second}: what differs may be these."


def _unanswered(v: Values) -> str:
    first, second = _names(v)
    left = "is" if v["missing"] == 1 else "are"
    return (
        f"{counted(v['missing'], 'common item')} without a score of {first} or {second} {left} left out. If hard items"
        " fail, that favours the one that lacks them."
    )


def _same_prompt(v: Values) -> str:
    first, second = _names(v)
    return (
        f"{first} and {second} are the same prompt of the same model. If one was asked anew, check that it reused no"
        " reply."
    )


def _same_scores(v: Values) -> str:
    first, second = _names(v)
    return (
        f"{first} and {second} have the same score in each of {counted(v['trials'], 'trial')}: check that one did not"
        " reuse the other's replies."
    )


def _unnamed(v: Values) -> str:
    one, there = v["unnamed"] == 1, clean(v["name"], longest=_NAME)
    some = f"{v['unnamed']:,} of {counted(v['items'], 'item')} {'names' if one else 'name'} no document"
    return f"{some}: there {there} shows none, which tells the model that nothing answers {'it' if one else 'them'}."


PAIR_CODES: Final[Mapping[str, Callable[[Values], str]]] = {
    "pair-better": _better,
    "pair-alike": _alike,
    "pair-open": _open,
    "pair-left-out": _left_out,
    "pair-changed": _changed,
    "pair-by-id": _by_id,
    "pair-scorers": _scorers,
    "pair-unanswered": _unanswered,
    "pair-same-prompt": _same_prompt,
    "pair-same-scores": _same_scores,
    "pair-unrelated-draws": lambda _: "Draws of different tables count as unrelated: intervals may be too wide.",
    "pair-unnamed": _unnamed,
    "pair-cut-off": lambda v: (
        f"Most replies of {clean(v['name'], longest=_NAME)} were cut off: its accuracy says little of the model."
    ),
}
