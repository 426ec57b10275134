"""A study in words and characters. Lives here: the answer all reports open with, and the summary."""

from __future__ import annotations

import math
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import compress
from typing import Final

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.words import clean, counted, sure, with_interval
from curvefit.decision.advice import RETRIEVING
from curvefit.decision.best_prompt import Prompt
from curvefit.decision.sensitivity import Filling
from curvefit.payoff.comparison import flattered, without_luck
from curvefit.payoff.evidence import GROUPS, group_of
from curvefit.payoff.reference_class import expected
from curvefit.study import Study

__all__ = [
    "UNRETRIEVED",
    "answer",
    "headline",
    "lucky",
    "outlook",
    "remarks",
    "share",
    "shown",
    "subject",
    "summary",
    "training",
]

_ROWS: Final = 11  # of the text curve
_COLUMN: Final = 6  # characters for each number of shots


def share(value: float) -> str:
    """Return an accuracy or rate in percent; a dash where it is not known."""
    return "–" if math.isnan(value) else f"{100 * value:.0f}%"


def subject(study: Study) -> str:
    """Return what was measured: task and model."""
    task, model = clean(study.curve.task) or "the curve", clean(study.curve.model)
    return f"{task} on {model}" if model else task


def shown(prompt: Prompt) -> str:
    """Return what examples a prompt shows."""
    count = prompt.point.shots
    if prompt.retrieved:
        return "the most similar example" if count == 1 else f"the {count} most similar examples"
    return counted(count, "example")


def lucky(study: Study, gain: Estimate, luck: float, of: str = "") -> tuple[str, ...]:
    """Say that the best of several prompts was picked by its score, where that does anything to a gain over it.

    `of` says which change is meant, where there are several.
    """
    tried, best = study.curve.tried, study.best
    if not flattered(tried, luck):
        return ()
    picked = f"The best of {tried} prompts was picked on the items it is scored on, which flatters it"
    smoothed = share(best.ahead.at(best.point.shots).value)
    if math.isnan(luck):
        return (f"{picked}: the curve through those of its sort puts it at {smoothed}.",)
    return (
        f"{picked} by about {100 * luck:.1f} points (resampled); the curve through those of its sort puts it at"
        f" {smoothed}. Without that luck the change{of} is {with_interval(without_luck(gain, luck))}.",
    )


UNRETRIEVED: Final = (
    "The best prompt was looked for among random examples alone; those most similar to each input may do better:"
    f" {RETRIEVING}"
)

# Fine-tune, or keep prompting? By what is advised.
_ANSWERS: Final = {
    "measure-more": "too early to tell",
    "mend-format": "mend the format of replies before either",
    "retrieve": "neither: put the facts in the prompt",
    "retrieve-examples": "prompt with the examples most similar to each input",
    "add-examples": "prompt with more examples",
    "use-fewer-examples": "prompt with fewer examples",
    "keep-prompting": "keep prompting",
    "try-fine-tuning": "perhaps fine-tune: try it small",
}
# The same where something is known of training, whatever the curve does; where it may pay, a better prompt comes first.
_PAYS: Final = {
    "measure-more": "fine-tuning likely pays; how far prompting goes is open",
    "try-fine-tuning": "fine-tune",
}
_PROMPTS: Final = ("retrieve-examples", "add-examples", "use-fewer-examples")
_CURVE: Final = {
    "rising": "The curve is still rising at {last}.",
    "plateau": "The curve has reached a plateau at {last}.",
    "flat": "The curve is flat: examples in the prompt change little.",
    "falling": "The curve is falling: more examples than {best} make it worse.",
    "inconclusive": "The curve is inconclusive at {last}.",
}


def answer(study: Study) -> str:
    """Return the answer to the question this is about, fine-tune or keep prompting, as a clause."""
    action = study.advice.action
    said = _ANSWERS[action]
    decided = study.advice.training
    if action in _PROMPTS:
        then = {"pays": ", then fine-tune", "open": " first; whether fine-tuning pays is open"}
        return f"{said}{then[decided]}" if decided in then else f"keep prompting, {said.removeprefix('prompt ')}"
    return _PAYS.get(action, said) if decided == "pays" else said


def outlook(study: Study) -> str:
    """Return the verdict on the curve in two sentences, with the number it rests on."""
    verdict = study.verdict
    best = max(compress(study.points, study.curve.whole), key=lambda point: point.accuracy.value)
    said = _CURVE[verdict.trend].format(last=counted(study.points[-1].shots, "shot"), best=best.shots)
    left = verdict.gain_left
    return (
        f"{said} Going from {study.points[-1].shots} to {verdict.horizon} shots is forecast to change accuracy by"
        f" {with_interval(left)}."
    )


def headline(study: Study) -> str:
    """Return what was measured, the answer, and what it rests on, in one line."""
    return f"{subject(study)}: {answer(study)}. {outlook(study)}"


def summary(study: Study) -> str:
    """Return a summary for the terminal, worth pasting into a chat: sentence, curve, table, reasons, next step."""
    verdict, usage = study.verdict, study.curve.usage
    lines = [headline(study), "", *_curve(study), "", *_table(study), ""]
    # What would settle an open verdict is the next step as well: it is said once.
    lines += [f"  · {reason}" for reason in verdict.reasons if reason not in study.advice.next_step]
    lines += [f"  ! {note}" for note in (*remarks(study), *(clean(n.text, longest=200) for n in study.curve.notes))]
    # Every advice begins with the prompt that fine-tuning has to beat.
    lines += ["", *(f"  {line}" for line in (study.advice.reasons[0], *training(study)))]
    if usage.calls:
        price = "" if usage.usd is None else f", ${usage.usd:.2f}" if usage.usd else ", free of charge"
        lines += [
            "",
            f"  {counted(usage.calls, 'call')}, {usage.prompt_tokens:,} tokens sent ({usage.cached_tokens:,} reused),"
            f" {usage.completion_tokens:,} generated{price}",
        ]
    return "\n".join([*lines, "", f"Next: {study.advice.next_step}"])


def training(study: Study) -> tuple[str, ...]:
    """Return what is predicted of fine-tuning, what that rests on and what the rule of thumb says, a line each."""
    payoff = study.payoff
    if payoff is not None:
        return (*expected(payoff), *_unsorted(study.curve.kind), payoff.rule)
    lacks = [
        *(() if study.curve.kind else ("the kind of task (curvefit fit --kind)",)),
        *(() if study.n_train or study.curve.pool else ("how many examples there are (--n-train)",)),
    ]
    return (f"What fine-tuning would add is not predicted: {' and '.join(lacks)} would have to be known.",)


def remarks(study: Study) -> tuple[str, ...]:
    """Say what else is to be known of the points: labels under constraint, and what went too short to be the best."""
    return *_constrained(study), *_too_short(study), *_sensitivity(study)


def _sensitivity(study: Study) -> Iterator[str]:
    """Say whether the verdict holds without the replies that are missing."""
    found = study.sensitivity
    if found is None:
        return
    if not found.changes:
        yield f"The verdict holds in each of {found.tried} ways to fill in the missing replies that were tried."
        return
    filling, trend = found.changes[0]
    yield (
        f"The verdict depends on the missing replies: {len(found.changes)} of {found.tried} ways to fill them in that"
        f" were tried change it; it would be {trend} were they {_filled(filling)}."
    )


def _filled(filling: Filling) -> str:
    word, other = ("right", "wrong") if filling.score else ("wrong", "right")
    at = counted(filling.shots, "shot")
    return {
        "all": f"all {word}",
        "from": f"{word} below {at} and {other} from there on",
        "at": f"{other} at {at} and {word} elsewhere",
    }[filling.pattern]


def _too_short(study: Study) -> Iterator[str]:
    """Name the points that rest on too few of the items asked to be called the best prompt."""
    both = (study.curve, study.points, "shot"), (study.curve.retrieved, study.retrieved, "retrieved example")
    for curve, points, examples in both:
        if curve is None:
            continue
        far = curve.whole if curve in study.curve.compared else [False] * len(points)
        for point, answered, enough in zip(points, curve.answered, far, strict=True):
            if not enough:
                yield (
                    f"{counted(point.shots, examples)}: {point.n_items} of {point.n_items / answered:.0f} items scored,"
                    " too few beside the others to be called the best prompt."
                )


def _constrained(study: Study) -> tuple[str, ...]:
    """Say so where a model made to choose among the labels is clearly better than it is with any free reply."""
    if not study.choice:
        return ()
    chosen, free = compress(study.choice, study.curve.whole), study.best.point.accuracy
    best = max(chosen, key=lambda point: point.accuracy.value)
    if best.accuracy.low <= free.value:
        return ()
    a = best.accuracy
    return (
        f"Made to choose among the labels, the model is right {share(a.value)} of the time at"
        f" {counted(best.shots, 'shot')} ({sure(a.level)} interval {share(a.low)} to {share(a.high)}), more than with"
        f" any free reply ({share(free.value)}): constrain the reply, where your provider can.",
    )


def _unsorted(kind: str) -> tuple[str, ...]:
    """Say which kinds cases are sorted by, where a task's is none of them."""
    if group_of(kind):
        return ()
    known = [name for names in GROUPS.values() for name in names]
    near = get_close_matches(kind.strip().lower(), known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else f": {', '.join(known)}."
    return (f"{clean(kind)!r} is none of the kinds of task that cases are sorted by{meant}",)


def _curve(study: Study) -> list[str]:
    """Draw points with whiskers over the measured shots, and the forecast at doublings beyond."""
    beyond: list[int] = []
    shots = study.points[-1].shots
    while (shots := 2 * shots if shots else 1) <= study.verdict.horizon and len(beyond) < 3:
        beyond.append(shots)
    columns = [(point.shots, point.accuracy, "●", "│") for point in study.points]
    columns += [(at, study.forecast.at(at), "○", "┊") for at in beyond]
    low = min(estimate.low for _, estimate, _, _ in columns)
    high = max(estimate.high for _, estimate, _, _ in columns)
    bottom, top = math.floor(10 * low) / 10, math.ceil(10 * high) / 10
    if top - bottom < 0.2:
        bottom, top = max(0.0, bottom - 0.1), min(1.0, top + 0.1)
    grid = [[" "] * (_COLUMN * len(columns)) for _ in range(_ROWS)]

    def row(value: float) -> int:
        return _ROWS - 1 - round((min(max(value, bottom), top) - bottom) / (top - bottom) * (_ROWS - 1))

    for i, (_, estimate, dot, bar) in enumerate(columns):
        at = _COLUMN * i + _COLUMN // 2
        for y in range(row(estimate.high), row(estimate.low) + 1):
            grid[y][at] = bar
        grid[row(estimate.value)][at] = dot
    scale = {0: top, _ROWS // 2: (top + bottom) / 2, _ROWS - 1: bottom}
    drawn = [f"{share(scale[y]) if y in scale else '':>6} ┤{''.join(cells).rstrip()}" for y, cells in enumerate(grid)]
    axis = "".join(f"{at:^{_COLUMN}}" for at, *_ in columns)
    return [
        *drawn,
        f"{'shots':>6}  {axis.rstrip()}",
        f"{'':8}● measured  ○ forecast  bars: {sure(study.level)} intervals",
    ]


def _table(study: Study) -> list[str]:
    """Return the points as rows; parse rate and constrained choice where they were measured."""
    read = not all(math.isnan(rate) for rate in study.parse_rate)
    head = f"  {'shots':>6} {'accuracy':>9} {sure(study.level) + ' interval':>14} {'items × draws':>14}"
    rows = [head + (f" {'readable':>9}" if read else "") + (f" {'choice':>7}" if study.choice else "")]
    for i, point in enumerate(study.points):
        cells = _cells(point) + (f" {share(study.parse_rate[i]):>9}" if read else "")
        rows.append(cells + (f" {share(study.choice[i].accuracy.value):>7}" if study.choice else ""))
    if study.retrieved:
        rows.append("  with the examples most similar to each input instead:")
        rows += [_cells(point) for point in study.retrieved]
    return rows


def _cells(point: Point) -> str:
    a = point.accuracy
    counts = " × ".join(str(n or "–") for n in (point.n_items, point.n_draws))
    return f"  {point.shots:>6} {share(a.value):>9} {f'{share(a.low)} to {share(a.high)}':>14} {counts:>14}"
