"""What a notebook shows of a value. Lives here: HTML, picture and table of each, reached through `curvefit.display`.

Names and examples are nobody's word: every text is escaped by markupsafe, and there are no scripts and no links.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from itertools import compress
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from curvefit.curves.curve import Curve, Estimate, Point
from curvefit.curves.forecast import Forecast
from curvefit.curves.verdict import Verdict
from curvefit.decision.candidates import Candidates
from curvefit.decision.paired_comparison import StudyPair
from curvefit.errors import CurveError, CurvefitError, InputError
from curvefit.measurement.failures import Failures
from curvefit.measurement.measurement import Measurement, observed_points
from curvefit.payoff.predictor import Payoff
from curvefit.plain_text import clean, printable
from curvefit.report import figure
from curvefit.report.candidate_text import candidate_rows
from curvefit.report.cost_text import money_sentences
from curvefit.report.failures_text import first_look, item_record
from curvefit.report.first_screen import tiles
from curvefit.report.next_command import first_steps
from curvefit.report.sentences import sentence
from curvefit.report.settle_text import what_is_left
from curvefit.report.step_text import step_sentence
from curvefit.report.terminal import headline, outlook
from curvefit.report.trend_text import chances, trend_phrase
from curvefit.report.wording import (
    chance_of,
    counted,
    draws_text,
    in_points,
    margin_text,
    points_span,
    sure,
    with_interval,
)
from curvefit.study import Study
from curvefit.tasks.task import Task
from curvefit.workflows.error_analysis import failures
from curvefit.workflows.study_comparison import Comparison

__all__ = ["as_html", "draw", "errors", "frame"]

_EXAMPLES: Final = 3  # of a task
_MISSED: Final = 20  # items, in a table
_LEVEL: Final = 0.9  # of a measurement's intervals


def as_html(value: object) -> str:
    """Return a value as HTML, its answer first; anything else as its `repr`."""
    shown = next((show(value) for sort, show in _SHOWN if isinstance(value, sort)), Markup("{}").format(repr(value)))
    return str(Markup('<div class="curvefit">{}</div>').format(shown))


def draw(value: Study | Curve | Forecast | Comparison, ax: Any = None) -> Any:
    """Return the axes that a value was drawn on: those given, or of a new figure.

    Raises
    ------
    CurveError
        These are no axes.
    """
    if ax is not None and not hasattr(ax, "errorbar"):
        raise CurveError(f"ax must be matplotlib axes, not {type(ax).__name__}")
    plot: Callable[[Any, Any], Any] = next(plot for sort, plot in _DRAWN if isinstance(value, sort))
    drawn = plot(value, ax)
    if ax is None:
        figure.fit_labels(drawn.figure)
    return drawn


def errors(study: Study, task: Task | str | None = None) -> Failures:
    """Return what a study's prompt to use gets wrong; see `curvefit.failures`.

    Raises
    ------
    InputError
        Its replies, or its task, are not known here.
    """
    curve = study.curve
    if not curve.journal:
        raise InputError("where its replies are is not known: measure with journal=PATH, or read a study's folder")
    if task is None and not curve.path:
        raise InputError("its task was made in memory; give it: study.errors(task)")
    return failures(study, curve.journal, task)


def frame(value: Study | Curve | Forecast | Comparison | Candidates | Failures, by: str = "shots") -> Any:
    """Return a value as a pandas DataFrame.

    It has a row for each number of shots, or, of a curve by ``trial``, one for each score; of others for each pair,
    candidate or missed item.

    Raises
    ------
    CurvefitError
        pandas is not installed, or these rows are not known.
    """
    if by not in ("shots", "trial"):
        raise CurvefitError(f"by is shots or trial, not {by!r:.40}")
    columns = _trials(value) if by == "trial" and isinstance(value, Curve) else _by_shots(value)
    try:
        pandas = import_module("pandas")  # by name: it is no dependency, and nothing is typed by it
    except ImportError as error:
        raise CurvefitError("to_frame needs pandas, which is not installed: pip install pandas") from error
    return pandas.DataFrame(columns)


def _by_shots(value: Study | Curve | Forecast | Comparison | Candidates | Failures) -> dict[str, list[Any]]:
    if isinstance(value, Comparison):
        return _pairs(value)
    if isinstance(value, Candidates):
        return _candidate_columns(value)
    if isinstance(value, Failures):
        return _missed(value)
    if isinstance(value, Forecast):
        shots = _forecast_shots(value)
        return {"shots": shots, **_estimates(value.at(shots))}
    if isinstance(value, Study):
        return {**_points(value.points, value.curve), "parse_rate": list(value.parse_rate)}
    columns = _points(observed_points(value, _LEVEL), value)
    return {**columns, "parse_rate": list(value.parse_rate)} if isinstance(value, Measurement) else columns


def _pairs(comparison: Comparison) -> dict[str, list[Any]]:
    pairs = (*comparison.pairs, *comparison.at_shots)
    columns: dict[str, Callable[[StudyPair], Any]] = {
        "first": lambda pair: pair.first,
        "second": lambda pair: pair.second,
        "shots": lambda pair: pair.shots,
        "outcome": lambda pair: pair.outcome,
        "difference": lambda pair: pair.difference.value,
        "low": lambda pair: pair.difference.low,
        "high": lambda pair: pair.difference.high,
        "n_items": lambda pair: pair.items,
        "gained": lambda pair: len(pair.gained),
        "lost": lambda pair: len(pair.lost),
        "mcnemar": lambda pair: pair.mcnemar,
        "needed": lambda pair: pair.needed,
        "needed_for_margin": lambda pair: pair.needed_for_margin,
    }
    return {name: [of(pair) for pair in pairs] for name, of in columns.items()}


def _candidate_columns(candidates: Candidates) -> dict[str, list[Any]]:
    about = {name: [getattr(each, name) for each in candidates] for name in ("name", "model", "shots", "retrieved")}
    accuracies = _estimates([each.accuracy for each in candidates])
    costs = ("usd_per_1000", "seconds_p50", "seconds_p95", "basis")
    return {**about, **accuracies, **{name: [getattr(each, name) for each in candidates] for name in costs}}


def _missed(found: Failures) -> dict[str, list[Any]]:
    """Return a row of texts for each missed item, made harmless as in its JSON."""
    rows = [item_record(found, failure) for failure in found.failures]
    names = ("id", "place", "code", "score", "input", "target", "answer")
    replies = [row["replies"][0]["text"] if row["replies"] else None for row in rows]
    return {**{name: [row[name] for row in rows] for name in names}, "reply": replies}


def _trials(curve: Curve) -> dict[str, list[Any]]:
    if curve.summary is not None:
        raise CurvefitError("this curve is of means: its single scores are not known; use by='shots'")
    k, draws, items = curve.scores.shape
    names = curve.items if len(curve.items) == items else range(items)
    columns = {
        "shots": np.repeat(curve.shots, draws * items).tolist(),
        "draw": np.tile(np.repeat(np.arange(draws), items), k).tolist(),
        "item": list(names) * (k * draws),
        **({"group": list(curve.groups) * (k * draws)} if curve.groups else {}),
        "score": curve.scores.ravel().tolist(),
    }
    if not isinstance(curve, Measurement):
        return columns
    asked = (~np.isnan(curve.scores) | curve.unanswered).ravel()  # what was not is no missing reply
    return {name: list(compress(column, asked)) for name, column in columns.items()}


def _points(points: Sequence[Point], curve: Curve) -> dict[str, list[Any]]:
    return {
        "shots": [point.shots for point in points],
        **_estimates([point.accuracy for point in points]),
        "n_items": [point.n_items for point in points],
        "n_draws": [1 if _asked_once(point, curve) else point.n_draws for point in points],
    }


def _asked_once(point: Point, curve: Curve) -> bool:
    """Whether all draws share a reply: without examples, where curvefit asked."""
    return isinstance(curve, Measurement) and curve.design is not None and not point.shots


def _estimates(estimates: Sequence[Estimate]) -> dict[str, list[Any]]:
    return {
        "accuracy": [e.value for e in estimates],
        "low": [e.low for e in estimates],
        "high": [e.high for e in estimates],
    }


def _forecast_shots(forecast: Forecast) -> list[int]:
    """Return what was measured last, powers of two before it, and doublings up to eight times as many."""
    last = max(forecast.draws.last, 1)
    return [*(2**n for n in range(32) if 2**n < last), last, 2 * last, 4 * last, 8 * last]


def _study(study: Study) -> Markup:
    lead = Markup("<p><strong>{}</strong> {}</p>").format(headline(study), outlook(study))
    if money := " ".join(money_sentences(study)):
        lead += Markup("<p>{}</p>").format(printable(money))
    numbers = _rows((tile.label, tile.value, printable(tile.note)) for tile in tiles(study))
    tables = [_table_of(study.points, study.curve)]
    if study.retrieved:
        tables.append(_table_of(study.retrieved, study.curve, "most similar examples"))
    return _join(lead, numbers, _picture(study, "Accuracy against examples in the prompt"), _next(study), *tables)


def _next(study: Study) -> Markup:
    """Return what to do next, with the command that does it where one does: as the page and the terminal say it."""
    steps = ((heading, step_sentence(step), command) for heading, step, command in first_steps(study, ""))
    return _join(*(_step(*each) for each in (*steps, *what_is_left(study))))


def _step(heading: str, said: str, command: str | None) -> Markup:
    told = Markup("<p>{}: {}</p>").format(heading, printable(said))
    return told + Markup("<pre>{}</pre>").format(command) if command else told


def _candidates(candidates: Candidates) -> Markup:
    rows = [
        tuple(row[name] for name in ("name", "accuracy", "interval", "usd", "p50", "p95", "basis", "unbeaten"))
        for row in candidate_rows(candidates)
    ]
    head = ("candidate", "accuracy", "interval", "$ for 1,000 calls", "time, median", "time, 95%", "accuracy is")
    return _table((*head, "unbeaten"), rows)


def _failures(found: Failures) -> Markup:
    lead = Markup("").join(
        Markup("<p>{}</p>").format(clean(text, longest=400)) for text in first_look(found, width=10**6)
    )
    columns = _missed(found)
    names = ("place", "code", "input", "target", "answer")
    texts = [[clean("" if cell is None else str(cell)) for cell in columns[name][:_MISSED]] for name in names]
    rows = list(zip(*texts, strict=True))
    left = len(found.failures) - len(rows)
    more = Markup("<p>And {:,} more: to_frame() has them all.</p>").format(left) if left else Markup("")
    return _join(lead, _table(("where", "what is wrong", "input", "target", "answer"), rows), more)


def _comparison(comparison: Comparison) -> Markup:
    answers = [Markup("<p><strong>{}</strong></p>").format(sentence(pair.reason)) for pair in comparison.pairs]
    cautions = [Markup("<p>{}</p>").format(sentence(reason)) for reason in comparison.cautions]
    rows = [
        (
            clean(pair.first),
            clean(pair.second),
            "best" if pair.shots is None else f"{pair.shots:,}",
            in_points(pair.difference.value),
            points_span(pair.difference),
            pair.outcome,
            f"{pair.items:,}",
        )
        for pair in (*comparison.pairs, *comparison.at_shots)
    ]
    table = _table(("first", "second", "shots", "difference, points", "interval", "the second is", "items"), rows)
    return _join(*answers, *cautions, _picture(comparison, "Differences between the studies"), table)


def _curve(curve: Curve) -> Markup:
    known = curve if isinstance(curve, Measurement) else None
    facts: list[tuple[str, object]] = []
    if known is not None:
        facts = [("Task", known.task), ("Kind", known.kind), ("Model", known.model), ("Stopped at", known.stopped)]
        lost = known.missing
        facts.append(("Without a reply", f"{lost:,} of {known.scores.size:,} trials" if lost else ""))
    picture = _picture(curve, "Accuracy measured against examples in the prompt")
    return _join(_facts(facts), picture, _table_of(observed_points(curve, _LEVEL), curve))


def _forecast(forecast: Forecast) -> Markup:
    shots = _forecast_shots(forecast)
    rows = [(f"{k:,}", f"{100 * e.value:.1f}%", _ends(e)) for k, e in zip(shots, forecast.at(shots), strict=True)]
    table = _table(("shots", "accuracy", f"{sure(forecast.level)} interval"), rows)
    return _join(_picture(forecast, "Forecast of accuracy against examples in the prompt"), table)


def _verdict(verdict: Verdict) -> Markup:
    return _facts(
        [
            ("Trend", verdict.trend),
            ("Leaning", trend_phrase(verdict)),
            ("Chances", chances(verdict)),
            (f"Gain left, by {counted(verdict.horizon, 'shot')}", with_interval(verdict.gain_left)),
            ("Gain per doubling", with_interval(verdict.gain_per_doubling)),
            ("Margin", f"{margin_text(verdict.margin)}: the smallest gain worth having"),
        ]
    )


def _payoff(payoff: Payoff) -> Markup:
    return _facts(
        [
            (f"Fine-tuning on {counted(payoff.n_train, 'example')} is predicted to add", with_interval(payoff.gain)),
            (f"Probability of more than {in_points(payoff.margin)} points", chance_of(payoff.probability)),
            ("Kind", payoff.kind),
            ("Measured cases of this kind and size", f"{len(payoff.basis):,}"),
            ("Probes of this task", f"{len(payoff.probes):,}" if payoff.probes else ""),
        ]
    )


def _estimate(estimate: Estimate) -> Markup:
    # It may be a share, a change or a count: a bare number is right for all three.
    return Markup("<p>{} ({} interval)</p>").format(f"{estimate:.4g}", sure(estimate.level))


def _task(task: Task) -> Markup:
    facts = [
        ("Task", task.name),
        ("Kind", task.kind),
        ("Instruction", task.instruction),
        ("Pool", counted(len(task.pool), "example")),
        ("Items", f"{len(task.items):,}"),
        ("Labels", ", ".join(task.labels)),
        ("Scorer", task.scorer.name),
        *(("Note", note) for note in task.notes),
    ]
    rows = [
        (
            clean("\n".join([*(f"{role}: {text}" for role, text in e.turns), e.background])),
            clean(e.input),
            clean(e.target),
        )
        for e in (task.pool or task.items)[:_EXAMPLES]
    ]
    context = any(row[0] for row in rows)
    table = _table(("context", "input", "output")[not context :], [row[not context :] for row in rows])
    return _join(_facts(facts), table)


def _picture(value: Study | Curve | Forecast | Comparison, alt: str) -> Markup:
    """Return the picture as an image: unlike an SVG it can hold no text that anybody has to escape."""
    drawn, problem = figure.attempt(lambda: figure.png(value), "the picture")
    if drawn is None:
        return Markup("<p>{}</p>").format(problem)
    data = base64.b64encode(drawn).decode()
    return Markup('<p><img width="640" alt="{}" src="data:image/png;base64,{}"></p>').format(alt, data)


def _table_of(points: Sequence[Point], curve: Curve, examples: str = "shots") -> Markup:
    level = f"{sure(points[0].accuracy.level)} interval"
    rows = [
        (
            f"{p.shots:,}",
            f"{100 * p.accuracy.value:.1f}%",
            _ends(p.accuracy),
            f"{p.n_items:,}" if p.n_items else "–",
            draws_text(p, once=_asked_once(p, curve)),
        )
        for p in points
    ]
    return _table((examples, "accuracy", level, "items", "draws"), rows)


def _ends(e: Estimate) -> str:
    return "–" if math.isnan(e.low) else f"{100 * e.low:.1f}% to {100 * e.high:.1f}%"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Markup:
    top = Markup("").join(Markup("<th>{}</th>").format(name) for name in head)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row))
        for row in rows
    )
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(top, body)


def _rows(rows: Iterable[tuple[str, str, str]]) -> Markup:
    """Return numbers with their names before them and what they rest on behind."""
    body = Markup("").join(
        Markup("<tr><th>{}</th><td><strong>{}</strong></td><td>{}</td></tr>").format(*row) for row in rows
    )
    return Markup("<table><tbody>{}</tbody></table>").format(body)


def _facts(facts: Iterable[tuple[str, object]]) -> Markup:
    """Return names and values as a table, those that are not empty."""
    rows = Markup("").join(
        Markup("<tr><th>{}</th><td>{}</td></tr>").format(name, clean(str(value), longest=300))
        for name, value in facts
        if value
    )
    return Markup("<table><tbody>{}</tbody></table>").format(rows) if rows else Markup("")


def _join(*parts: Markup) -> Markup:
    return Markup("\n").join(part for part in parts if part)


# The first that fits: a `Measurement` is a `Curve`.
_SHOWN: Final[Sequence[tuple[type, Callable[[Any], Markup]]]] = (
    (Study, _study),
    (Candidates, _candidates),
    (Failures, _failures),
    (Comparison, _comparison),
    (Curve, _curve),
    (Forecast, _forecast),
    (Verdict, _verdict),
    (Payoff, _payoff),
    (Estimate, _estimate),
    (Task, _task),
)
_DRAWN: Final[Sequence[tuple[type, Callable[[Any, Any], Any]]]] = (
    (Study, figure.plot),
    (Comparison, figure.plot_comparison),
    (Curve, figure.plot_measured),
    (Forecast, figure.plot_forecast),
)
