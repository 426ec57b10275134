"""A study as one HTML file. Lives here: what fills page.html; jinja2 escapes it, nothing is fetched or run."""

from __future__ import annotations

import math
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.reason import Reason
from curvefit.payoff.reference_class import reference_class
from curvefit.report.candidate_text import candidate_rows, frontier_sentence, has_costs
from curvefit.report.cost_text import cost_sentences
from curvefit.report.figure import svg
from curvefit.report.next_command import command_for
from curvefit.report.payoff_text import advice_reasons, payoff_sentences
from curvefit.report.sentences import sentence
from curvefit.report.step_text import step_text
from curvefit.report.study_record import forecast_shots
from curvefit.report.terminal import answer, outlook, remarks, subject
from curvefit.report.wording import clean, counted, in_points, percent, printable, sure
from curvefit.study import Study

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

__all__ = ["page", "style", "template"]


@cache
def template(name: str) -> Template:
    """Return one of the pages of this folder, to be filled: whatever is put in is escaped."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    maker = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=shown)
    return maker.from_string(_source(name))


def style() -> Markup:
    """Return the style sheet of page.html, which all pages share."""
    from markupsafe import Markup

    return Markup(_source("page.html").partition("<style>")[2].partition("</style>")[0])  # noqa: S704 (our own file)


def _source(name: str) -> str:
    return (files("curvefit.report") / name).read_text(encoding="utf-8")


def page(study: Study, picture: str | None = None, folder: str = "", frontier: str = "") -> str:
    """Return a page that needs no network and no scripting: verdict, curve, tables, reasons, method.

    `picture` is `svg` of the study, where it has been drawn, and empty where it could not be; `folder` is where the
    study is kept, where that is known; `frontier` is the picture of accuracy against cost, where there is one.
    """
    from markupsafe import Markup

    last = study.points[-1].shots
    likely = sorted(study.forecast.weights.items(), key=lambda pair: -pair[1])
    return template("page.html").render(
        subject=subject(study),
        answer=answer(study),
        outlook=outlook(study),
        # Drawn by matplotlib with text as paths: it holds no text of the task's or the model's.
        picture=Markup(_described(svg(study) if picture is None else picture)),  # noqa: S704
        level=sure(study.level),
        rows=[_row(study, i, point) for i, point in enumerate(study.points)],
        similar=[{**_numbers(p.shots, p.accuracy), "n_items": f"{p.n_items:,}"} for p in study.retrieved],
        trained=[_trained(point) for point in (study.baseline.points(study.level) if study.baseline else ())],
        stands_in=study.payoff is not None and study.payoff.stand_in is not None,
        parsed=not all(math.isnan(rate) for rate in study.parse_rate),
        chosen=bool(study.choice),
        chance=_chance(study),
        remarks=remarks(study),
        spread=any(not math.isnan(point.spread.items) for point in study.points),
        fitted=_numbers(last, study.forecast.at(last)),
        forecast_rows=[_numbers(k, study.forecast.at(k)) for k in forecast_shots(study) if k > last],
        families=", ".join(f"{name} ({percent(weight)})" for name, weight in likely if weight >= 0.005),
        reasons=[sentence(reason) for reason in _verdict_reasons(study) if reason.code != "gain-left"],
        steps=[(step_text(step), command_for(step, study, folder)) for step in study.advice.next_steps],
        why=[sentence(reason) for reason in advice_reasons(study)],
        expected=payoff_sentences(study, rule=False),
        training=payoff_sentences(study),
        cases=_cases(study),
        candidates=candidate_rows(study.candidates) if has_costs(study.candidates) else [],
        trade=frontier_sentence(study.candidates),
        paid=cost_sentences(study),
        frontier=Markup(_described(frontier, "Accuracy against cost")),  # noqa: S704 (as above)
        facts=_facts(study),
    )


def _verdict_reasons(study: Study) -> tuple[Reason, ...]:
    return () if study.curve.mostly_cut_off else study.verdict.reasons


def _chance(study: Study) -> str:
    """Return what the points' intervals account for."""
    if study.curve.summary is not None:
        return (
            "Intervals are those of the standard errors in the file, and of the spread of its draws. Where it has"
            " neither, they follow from the number of items (100 where the file does not say) and from the usual spread"
            " between draws of examples."
        )
    if study.curve.one_draw:
        return "Intervals count which items were scored; one draw cannot show how much the choice of examples matters."
    return "Intervals count which items were scored, which examples were shown, and the rest."


def _described(picture: str, name: str = "Accuracy against examples in the prompt") -> str:
    """Return the picture so that a screen reader reads it as one image with a name."""
    return picture.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1)


def _numbers(shots: int, estimate: Estimate) -> dict[str, str]:
    return {
        "shots": f"{shots:,}",
        "accuracy": f"{100 * estimate.value:.1f}%",
        "interval": f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f}%",
    }


def _trained(point: Point) -> dict[str, str]:
    return {**_numbers(point.shots, point.accuracy), "n_items": f"{point.n_items:,}", "n_draws": f"{point.n_draws}"}


def _row(study: Study, i: int, point: Point) -> dict[str, str]:
    trials = point.n_items * point.n_draws
    counts = (point.n_items, point.n_draws, trials)
    spread = (point.spread.items, point.spread.draws, point.spread.residual)
    parts = [part / count if count else math.nan for part, count in zip(spread, counts, strict=True)]
    whole = sum(max(0.0, part) for part in parts if not math.isnan(part))
    return {
        **_numbers(point.shots, point.accuracy),
        "n_items": f"{point.n_items:,}" if point.n_items else "–",
        "n_draws": f"{point.n_draws}" if point.n_draws else "–",
        "parsed": percent(study.parse_rate[i]),
        "choice": percent(study.choice[i].accuracy.value) if study.choice else "–",
        "spread": " · ".join(percent(max(0.0, part) / whole if whole else math.nan) for part in parts),
    }


def _cases(study: Study) -> list[dict[str, str]]:
    """Return the measured cases that the predicted payoff rests on, most gain first."""
    if study.payoff is None:
        return []
    return [
        {
            "name": f"{unit.task}, {unit.model}",
            "prompted": percent(unit.best_prompted),
            "tuned": percent(unit.fine_tuned),
            "gain": in_points(unit.gain),
            "n_train": "–" if math.isnan(unit.n_train) else f"{unit.n_train:,.0f}",
            "citation": unit.citation,
        }
        for unit in sorted(reference_class(study.payoff).units, key=lambda unit: -unit.gain)
    ]


def _facts(study: Study) -> list[tuple[str, str]]:
    """Return what a reader needs to repeat it, as names and values."""
    curve, usage = study.curve, study.curve.usage
    facts: list[tuple[str, Any]] = [
        ("Task", clean(curve.task)),
        ("Kind", clean(curve.kind)),
        ("Model", clean(curve.model)),
        ("Prompt", curve.form and f"{curve.form} form; curvefit plan --show-prompt prints one"),
        ("Labels", curve.n_labels or ""),
        ("Pool", curve.pool and counted(curve.pool, "example")),
        ("Margin", f"{100 * study.margin:g} points: the smallest gain worth having; fine-tuning pays if it gains"
                   " more"),
        ("Verdict on the curve", f"rising or a plateau where the chance of a gain still to come above, or within, the"
                                 f" margin is at least {sure(study.level)}; flat where the whole interval lies within;"
                                 " falling where an earlier point is clearly above the last; else the most probable"),
    ]  # fmt: skip
    if curve.design is not None:
        design = curve.design
        extent = f"{counted(design.draws, 'draw')} ({design.selection}), {counted(design.items, 'item')}"
        facts.append(("Design", f"{extent}, seed {design.seed}"))
    if usage.calls:
        facts += [
            ("Calls", f"{usage.calls:,}, taking {usage.seconds:,.0f} s of model time"),
            ("Tokens", f"{usage.prompt_tokens:,} in ({usage.cached_tokens:,} of them from the prompt cache),"
                       f" {usage.completion_tokens:,} out"),
            ("Price", "unknown" if usage.usd is None else f"${usage.usd:.2f}"),
        ]  # fmt: skip
    facts += [("Note", clean(note.text, longest=300)) for note in curve.notes]
    facts.append(("Written by", f"curvefit {version('curvefit')}; every number is in study.json"))
    return [(name, str(value)) for name, value in facts if value not in ("", 0)]
