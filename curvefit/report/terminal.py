"""A study for the terminal. Lives here: the summary, and what other reports say of a curve too; sentences are given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import compress, zip_longest
from typing import Final

from curvefit.curves.curve import Point
from curvefit.decision.best_prompt import may_be_best
from curvefit.payoff.comparison import chance_above
from curvefit.plain_text import clean
from curvefit.report.answer_text import ON_FEWER, lacks_evidence, ship_sentence
from curvefit.report.candidate_text import UNBEATEN, candidate_table, cost_to_weigh, frontier_sentence
from curvefit.report.cautions import cautions, too_short
from curvefit.report.cost_text import at_costs, back_within_a_year, cost_sentences, other_model
from curvefit.report.first_screen import (
    counted_accuracy,
    reached,
    unlike_probe,
)
from curvefit.report.judge_text import judge_alarms, judge_sentences, seen_by_judge
from curvefit.report.looks_text import looks_sentence
from curvefit.report.missed_text import wholly_right
from curvefit.report.missing_text import dependence, robustness
from curvefit.report.next_command import command_for, first_steps
from curvefit.report.payoff_text import advice_reasons, examples_in, payoff_sentences, scored_part
from curvefit.report.scorer_text import scorer_sentences
from curvefit.report.sentences import sentence
from curvefit.report.settle_text import what_is_left
from curvefit.report.step_text import step_text
from curvefit.report.study_record import forecast_end, forecast_shots
from curvefit.report.subject_text import subject
from curvefit.report.trend_text import leaning_sentence, trend_phrase, trend_with_chance
from curvefit.report.wording import (
    accuracy_line,
    accuracy_text,
    best_of,
    bullets,
    chance_line,
    chance_of,
    change_line,
    counted,
    dollars,
    draws_text,
    hanging,
    percent,
    span,
    sure,
    wrapped,
)
from curvefit.study import Study

__all__ = ["arm_line", "headline", "outlook", "remarks", "summary", "trend_sentence"]

_ROWS: Final = 11  # of the text curve
_WARNINGS: Final = 3  # on a first look
_COLUMN: Final = 6  # characters for each number of shots, where there is room
_SCALE: Final = 8  # characters before the curve
_NOTE: Final = 24  # characters before a number that belongs to the one above, or what goes on of it


_CURVE: Final = {
    "rising": "The curve is still rising at {last}.",
    "plateau": "The curve has reached a plateau at {last}.",
    "flat": "The curve is flat: examples in the prompt change little.",
    "falling": "The curve is falling: with more examples than {best} it scored worse.",
}


def trend_sentence(study: Study) -> str:
    """Return the verdict on the curve in one sentence."""
    if study.curve.mostly_cut_off:
        return "Whether the curve still rises is open: most replies were cut off."
    if not study.has_forecast:
        enough = " on enough items" if len(study.points) > 1 else ""
        return f"One number of shots was measured{enough}: that is no curve yet, and nothing is forecast."
    last = study.forecast.draws.last
    if study.verdict.trend == "inconclusive":
        return leaning_sentence(study.verdict, last)
    best = max(compress(study.points, study.curve.whole), key=lambda point: point.accuracy.value)
    return _CURVE[study.verdict.trend].format(last=counted(last, "shot"), best=best.shots)


def outlook(study: Study) -> str:
    """Return the verdict on the curve, and what more examples would add."""
    if not study.has_forecast:
        return trend_sentence(study)
    gain_left = next(reason for reason in study.verdict.reasons if reason.code == "gain-left")
    return f"{trend_sentence(study)} {sentence(gain_left)}"


def headline(study: Study) -> str:
    """Return what was measured and what to ship, in one line."""
    return f"{subject(study.curve)}: {ship_sentence(study)}"


def arm_line(name: str, study: Study) -> str:
    """Return how the best prompt of one of several candidates did."""
    return f"{clean(name)}: {accuracy_text(study.best.accuracy)} with {examples_in(study.best)}"


def summary(study: Study, *, verbose: bool = False, width: int = 80, folder: str = "") -> str:
    """Return a summary for the terminal, worth pasting into a chat: answer, curve, three numbers, next command.

    With `verbose` also everything else that is known: table, reasons, evidence, notes. Commands, which are not broken,
    name `folder`, where the study is kept, if that is known.
    """
    money = [line for text in cost_sentences(study) for line in wrapped(text, width)]  # asked for, so answered first
    lines = [
        *wrapped(headline(study), width),
        "",
        *([*money, ""] if money else []),
        *_curve(study, width),
        "",
        *(line for text in _numbers(study) for line in hanging(text, width, _NOTE)),
        *_warnings(study, width, verbose),
        "",
    ]
    if verbose:
        lines += [*_everything(study, width, folder), ""]
    return "\n".join([*lines, *_next(study, width, folder)])


def _next(study: Study, width: int, folder: str) -> list[str]:
    """Return the next step with its command; where it has none, also the first one that has; and what is left."""
    steps = [(word, step_text(step), command) for word, step, command in first_steps(study, folder)]
    return [
        line
        for word, said, command in (*steps, *what_is_left(study, folder))
        for line in (*wrapped(f"{word}: {said}", width), *([f"  {command}"] if command else []))
    ]


def _numbers(study: Study) -> list[str]:
    """Return the numbers an answer rests on: the prompt to use, the best, what more examples and training add."""
    verdict, payoff = study.verdict, study.payoff
    accuracy = f"accuracy with {examples_in(study.best)}{scored_part(study, study.best)}"
    lines = [accuracy_line("best prompt", study.best.accuracy, accuracy)]
    if study.curve.mostly_cut_off:
        return lines
    if (cheaper := study.advice.cheaper) is not None:
        note = f"with {examples_in(cheaper)}{scored_part(study, cheaper)}: cheaper, within the margin"
        lines.insert(0, accuracy_line("prompt to use", cheaper.point.accuracy, note))
    if parts := wholly_right(study):
        lines.insert(1, f"{'':24}{parts}")
    if (seen := seen_by_judge(study)) is not None:
        place = "" if cheaper is None else "the prompt to use, "
        lines.insert(1, accuracy_line("", seen, f"{place}as the judge saw it, with its errors"))
    if study.has_forecast:
        reach = f"points from {study.forecast.draws.last:,} to {verdict.horizon:,} random ones"
        if forecast_end(study) < verdict.horizon:
            reach = "points, if the pool had twice as many"
        lines.append(change_line("more examples", verdict.gain_left, reach))
        said = trend_phrase if verdict.leaning == "rising" else trend_with_chance  # whose chance this line has already
        note = f"chance of more than {100 * verdict.margin:g}; {said(verdict)}"
        lines.append(chance_line(verdict.probabilities.more, note))
    if (other := other_model(study)) is not None and study.advice.judges_training:
        known = "predicted" if other.basis == "predicted" else "measured"
        lines.append(change_line("fine-tuning", other.gain, f"points over this study's prompt, {known}"))
        lines.append(f"{'':24}of {clean(other.model)};")
        note = f"chance of more than {100 * study.margin:g}, the margin"
        return [*lines, chance_line(chance_above(other.gain, study.margin), note), *_back(study)]
    if (own := study.best_validated) is not None:
        lines.append(change_line("fine-tuning", own.gain, "points over the best prompt, measured;"))
        lines += _reached(study)
        fewer = f", {ON_FEWER}" if own.on_fewer(payoff) else ""
        note = f"chance of more than {100 * study.margin:g}, the margin{fewer}"
        lines += [chance_line(own.chance(study.margin), note), *_back(study)]
        return [*lines, f"{'':24}({best_of(own.picked_from)})"] if own.picked_from > 1 else lines
    # While replies cannot be read, most of what training would gain is their format.
    if payoff is not None and study.advice.judges_training:
        lines.append(change_line("fine-tuning", payoff.gain, "points over the best prompt, predicted;"))
        lines += _reached(study)
        lacks = lacks_evidence(study)
        known = f"; {lacks}" if lacks else ", the margin"
        note = f"chance of more than {100 * payoff.margin:g}{known}"
        brackets = "" if payoff.gain.level == study.level else f"(brackets: {sure(payoff.gain.level)})"
        lines.append(chance_line(payoff.probability, note if lacks else f"{note} {brackets}".rstrip()))
        if lacks and brackets:  # no room for both
            lines.append(f"{'':24}{brackets}")
        lines += _back(study)
        if gained := unlike_probe(payoff):
            lines.append(f"{'':24}(its probe {gained})")
        if (fair := counted_accuracy(study)) is not None:
            lower = " or lower" if payoff.gain.high > 1 - fair else ""  # else no such gain could be
            lines.append(f"{'':24}(best prompt counted as {100 * fair:.1f}%{lower}, without luck)")
    return lines


def _back(study: Study) -> list[str]:
    back = back_within_a_year(study)
    if not back:
        return []
    to = "".join(f"to {chance_of(better)} " for better in back[1:])
    return [chance_line(back[0], f"{to}chance that it pays back within a year, {at_costs(study, back)}")]


def _reached(study: Study) -> list[str]:
    accuracy = reached(study)
    return [] if accuracy is None else [accuracy_line("", accuracy, "accuracy once fine-tuned;")]


def _warnings(study: Study, width: int, verbose: bool) -> list[str]:
    """Return what may make the answer wrong, a line each; those that do not fit a first look are for those who ask."""
    texts = list(cautions(study))
    if len(texts) > _WARNINGS and not verbose:
        texts = [*texts[: _WARNINGS - 1], f"{len(texts) - _WARNINGS + 1} more, with --verbose."]
    return bullets(texts, width, "!")


def _everything(study: Study, width: int, folder: str) -> list[str]:
    """Return table, reasons, remarks, notes and usage."""
    usage = study.curve.usage
    lines = [*_table(study, width), ""]

    def add(title: str, texts: Sequence[str]) -> None:
        if texts:
            lines.extend([title, *bullets(texts, width), ""])

    reasons = study.verdict.reasons if study.has_forecast else ()
    add("What the curve shows", [trend_sentence(study), *map(sentence, reasons)])
    add("Why this answer", list(map(sentence, advice_reasons(study))))
    add("What fine-tuning would add", payoff_sentences(study))
    # Of what may make the answer wrong all but this stands above.
    notes = (clean(note.text, longest=300) for note in study.curve.notes if note.origin != "import" and not note.short)
    if known := [*bullets(tuple(dependence(study)), width, "!"), *bullets([*_neutral(study), *notes], width)]:
        lines += ["What else to know", *known, ""]
    if (weighed := cost_to_weigh(study.candidates)) is not None:
        trade = wrapped(frontier_sentence(study.candidates, study.advice.cheaper, study.costs), width)
        lines += [
            f"What each would cost (*: {UNBEATEN[weighed]})",
            *candidate_table(study.candidates, width),
            *trade,
            "",
        ]
    if len(study.advice.next_steps) > 1:
        lines.append("What you could do, best first")
        for step in study.advice.next_steps:
            lines += wrapped(f"· {step_text(step)}", width, "  ")
            lines += [f"    {command}"] if (command := command_for(step, study, folder)) else []
        lines.append("")
    if usage.calls:
        price = "" if usage.usd is None else f", {dollars(usage.usd)}" if usage.usd else ", free of charge"
        lines += wrapped(
            f"The measurement took {counted(usage.calls, 'call')}: {usage.prompt_tokens:,} tokens in"
            f" ({usage.cached_tokens:,} of them from the prompt cache), {usage.completion_tokens:,} out{price}.",
            width,
        )
    return lines


def remarks(study: Study) -> tuple[str, ...]:
    """Say what else is to be known, what may make the answer wrong first."""
    wrong = (*judge_alarms(study.judge_correction), *too_short(study), *dependence(study))
    return *wrong, *_neutral(study)


def _neutral(study: Study) -> tuple[str, ...]:
    """Return what is only good to know: how looks ended, how good a judge is, labels under constraint, a scorer."""
    looks = () if study.looks is None else (looks_sentence(study.looks),)
    alarms, judge = judge_alarms(study.judge_correction), judge_sentences(study.judge_correction)
    judged = (text for text in judge if text not in alarms)
    return *looks, *judged, *_constrained(study), *scorer_sentences(study.scorer_gap), *robustness(study)


def _constrained(study: Study) -> tuple[str, ...]:
    """Say so where a model made to choose among the labels is clearly better than it is with any free reply."""
    if not study.choice:
        return ()
    chosen, free = compress(study.choice, study.curve.whole), study.best.accuracy
    best = max(chosen, key=lambda point: point.accuracy.value)
    if best.accuracy.low <= free.value:
        return ()
    a = best.accuracy
    return (
        "Constrain replies to the labels, where your provider can. Made to choose a label, the model is right"
        f" {percent(a.value)} of the time at {counted(best.shots, 'shot')} ({sure(a.level)} interval {span(a)});"
        f" with free replies {percent(free.value)} at best.",
    )


def _curve(study: Study, width: int) -> list[str]:
    """Draw points with whiskers over the measured shots, and the forecast at doublings beyond, up to its end."""
    last = study.points[-1].shots
    beyond = [shots for shots in forecast_shots(study) if shots > last] if study.has_forecast else []
    enough = may_be_best(study.curve, study.curve)
    columns = [
        (point.shots, point.accuracy, "●" if whole else "◐", "│")
        for point, whole in zip(study.points, enough, strict=True)
    ]
    columns += [(at, study.forecast.at(at), "○", "┊") for at in beyond]
    low = min(estimate.low for _, estimate, _, _ in columns)
    high = max(estimate.high for _, estimate, _, _ in columns)
    bottom, top = math.floor(10 * low) / 10, math.ceil(10 * high) / 10
    if top - bottom < 0.2:
        bottom, top = max(0.0, bottom - 0.1), min(1.0, top + 0.1)
    column = max(min(_COLUMN, (width - _SCALE) // len(columns)), len(str(columns[-1][0])) + 1)
    grid = [[" "] * (column * len(columns)) for _ in range(_ROWS)]

    def row(value: float) -> int:
        return _ROWS - 1 - round((min(max(value, bottom), top) - bottom) / (top - bottom) * (_ROWS - 1))

    for i, (_, estimate, dot, bar) in enumerate(columns):
        at = column * i + column // 2
        for y in range(row(estimate.high), row(estimate.low) + 1):
            grid[y][at] = bar
        grid[row(estimate.value)][at] = dot
    scale = {0: top, _ROWS // 2: (top + bottom) / 2, _ROWS - 1: bottom}
    drawn = [f"{percent(scale[y]) if y in scale else '':>6} ┤{''.join(cells).rstrip()}" for y, cells in enumerate(grid)]
    axis = "".join(f"{at:^{column}}" for at, *_ in columns)
    part = "" if enough.all() else "◐ on too few items to be the best  "
    marks = f"● measured  {part}{'○ forecast  ' if beyond else ''}bars and brackets: {sure(study.level)} intervals"
    return [
        *drawn,
        f"{'shots':>6}  {axis.rstrip()}",
        *hanging(f"{'':{_SCALE}}{marks}", width, _SCALE),
    ]


def _table(study: Study, width: int) -> list[str]:
    """Return the points as rows; parse rate and constrained choice where they were measured."""
    read = not all(math.isnan(rate) for rate in study.parse_rate)
    head = ["shots", "accuracy", f"{sure(study.level)} interval", "items × draws"]
    rows = [[*head, *(["readable"] if read else []), *(["choice"] if study.choice else [])]]
    once = study.curve.design is not None  # asked without examples: all draws share a reply
    for i, point in enumerate(study.points):
        rate = [percent(study.parse_rate[i])] if read else []
        choice = [percent(study.choice[i].accuracy.value)] if study.choice else []
        rows.append([*_cells(point, once=once), *rate, *choice])
    for point, share in zip(study.retrieved, study.retrieved_parse_rate, strict=True):
        rows.append([*_cells(point), *([percent(share)] if read else [])])
    lines = _aligned(rows, width)
    notes = ["points: percentage points of accuracy, so from 70% to 73% is 3 points"]
    if study.retrieved:
        lines.insert(1 + len(study.points), "  with the examples most similar to each input instead:")
    if read:
        notes.append("readable: replies that an answer could be read from")
    if study.choice:
        notes.append("choice: accuracy when the model is made to choose a label")
    return [*lines, *(line for note in notes for line in hanging(f"  {note}", width, 4))]


def _cells(point: Point, *, once: bool = False) -> list[str]:
    a, draws = point.accuracy, draws_text(point, once=once and not point.shots)
    return [f"{point.shots}", percent(a.value), span(a), f"{point.n_items or '–'} × {draws}"]


def _aligned(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return rows of cells as lines, with less between the columns where there is less room."""
    columns = [max(map(len, cells)) for cells in zip_longest(*rows, fillvalue="")]
    gap = "  " if 2 * len(columns) + sum(columns) <= width else " "
    return ["  " + gap.join(map(str.rjust, row, columns)) for row in rows]
