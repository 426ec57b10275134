"""A study as one HTML file. Lives here: what fills page.html; jinja2 escapes it, nothing is fetched.

The page works without scripting. Its one script and its one style are named by their digests in the page's policy, so
that nothing else on it can run, whatever a task, a model or a reply is called or says.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import shlex
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from curvefit.curves.curve import Estimate, Point
from curvefit.curves.reason import Reason
from curvefit.decision.next_steps import TRIALS, NextStep
from curvefit.measurement.failures import Failures
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.predictor import Probed
from curvefit.payoff.reference_class import reference_class
from curvefit.plain_text import clean, printable
from curvefit.report.answer_text import ship_sentence
from curvefit.report.candidate_text import candidate_rows, frontier_sentence, has_costs
from curvefit.report.cost_text import money_answer, money_caveats
from curvefit.report.dark_palette import scheme_rules
from curvefit.report.failures_page import failures_on_page
from curvefit.report.figure import pictures
from curvefit.report.first_screen import alarms, in_groups, is_crowded, price_sentence, tiles
from curvefit.report.listing_text import listing_sentences
from curvefit.report.missed_text import missed_at_all, missed_words
from curvefit.report.next_command import command_for, errors_command, first_steps, fit_command, run_command
from curvefit.report.payoff_text import advice_reasons, payoff_sentences
from curvefit.report.readiness_text import margin_source
from curvefit.report.sentences import sentence
from curvefit.report.settle_text import is_measured_out, step_rows, trial_left, what_is_left
from curvefit.report.step_text import IN_SHORT, effort_text, needs_install, step_sentence, step_text
from curvefit.report.study_record import forecast_shots
from curvefit.report.subject_text import subject
from curvefit.report.terminal import outlook, remarks
from curvefit.report.validated import validated_sentence
from curvefit.report.wording import (
    capital,
    counted,
    dollars,
    draws_text,
    in_points,
    margin_text,
    percent,
    sure,
    with_interval,
)
from curvefit.study import Study

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["accuracy_cells", "filled", "made_facts", "page"]

_ROWS = 400  # of a table of numbers of shots; study.json has them all
_NOTES = 100
_STEPS: Final = {"Next": "The next step", "Then": "The second step"}  # by their headings; no other takes anything
_OPTION = re.compile(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*")


def filled(name: str, scripts: Sequence[str] = ("page.js",), **values: Any) -> str:
    """Return one of the pages of this folder with these values in it, all escaped, and with our scripts and style."""
    from markupsafe import Markup

    ours = {"style": _source("page.css") + scheme_rules(), "script": "".join(map(_source, scripts))}
    digests = {f"{sort}_digest": _digest(text) for sort, text in ours.items()}
    marked = {sort: Markup(text) for sort, text in ours.items()}  # noqa: S704 (our own files)
    return _environment().get_template(name).render(**marked, **digests, **values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=shown,
        loader=FunctionLoader(_source),
    )  # fmt: skip
    environment.filters["options"] = _options
    return environment


def _options(text: str) -> Markup:
    """Return a text in which no line ends within the name of an option."""
    from markupsafe import Markup, escape

    marked = _OPTION.sub(r'<span class="option">\g<0></span>', str(escape(printable(text))))
    return Markup(marked)  # noqa: S704 (escaped; an option is of letters)


def _source(name: str) -> str:
    return (files("curvefit.report") / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def page(
    study: Study,
    picture: str | None = None,
    folder: str = "",
    frontier: str = "",
    found: Failures | None = None,
) -> str:
    """Return a page that needs no network and no scripting: what to ship and why first, all else folded below.

    `picture` is what `pictures` has for a page, where it has been drawn, and empty where it could not be; `frontier` is
    that of accuracy against cost. `found` is what its prompt to use gets wrong, where its replies are at hand.
    """
    from markupsafe import Markup

    last, verdict = study.forecast.draws.last, study.verdict
    likely = sorted(study.forecast.weights.items(), key=lambda pair: -pair[1])
    first = first_steps(study, folder)
    again = run_command(study, folder) or fit_command(study, folder)
    wrong = missed_words(study, found)
    none_wrong = wrong.startswith("0 ")
    errors = shlex.join(errors_command(study, folder)) if folder.isprintable() else ""
    answer, caveats, warnings, numbers = ship_sentence(study), money_caveats(study), list(alarms(study)), tiles(study)
    # Of another tool's scores no reply can be read: neither this nor the errors are shown.
    aside = (
        _aside(wrong, none_wrong=none_wrong, read=found is not None, command=bool(errors))
        if study.curve.design or found
        else None
    )
    full = _first(first, study, folder)
    said = [answer, *caveats, *warnings, *(text for tile in numbers for text in (tile.label, tile.value, tile.note))]
    said += [text for _, text, _ in full]
    if aside is not None and is_crowded([*said, aside["text"]]):  # how many they are stands below too
        aside["text"] = "Nothing." if none_wrong else "The missed items:"
    crowded = is_crowded(said)
    brief = [] if crowded else first  # of which the part below says what the first screen does not
    shown = [] if crowded else [*(step for _, step, _ in first), trial_left(study, folder)]
    return filled(
        "page.html",
        subject=subject(study.curve),
        answer=answer,
        caveats=caveats,
        money=_money(study),
        alarms=warnings,
        tiles=numbers,
        next=_first(first, study, folder, crowded=True) if crowded else full,
        effort=next(filter(None, (effort_text(step, _STEPS.get(heading, "")) for heading, step, _ in brief)), ""),
        aside=aside,
        none_wrong=none_wrong,
        steps=[
            (step_text(step), command_for(step, study, folder)) for step in study.advice.next_steps if step not in shown
        ],
        # Drawn by matplotlib with text as paths; the words for a pointer are numbers and our own, and escaped.
        picture=Markup(pictures(study).page if picture is None else picture),  # noqa: S704
        level=sure(study.level),
        wrong=missed_at_all(study, found),
        errors=failures_on_page(found) if found is not None else None,
        errors_command=errors,
        rows=[_row(study, i, point) for i, point in enumerate(study.points[:_ROWS])],
        rows_left=max(0, len(study.points) - _ROWS),
        similar=[
            {**_numbers(p.shots, p.accuracy), "n_items": f"{p.n_items:,}", "parsed": percent(share)}
            for p, share in zip(study.retrieved[:_ROWS], study.retrieved_parse_rate[:_ROWS], strict=True)
        ],
        trained=[_trained(point) for point in (study.baseline.points(study.level) if study.baseline else ())],
        probes=[_probe(probe) for probe in study.probes],
        stands_in=study.payoff is not None and study.payoff.stand_in is not None,
        parsed=not all(math.isnan(rate) for rate in study.parse_rate),
        chosen=bool(study.choice),
        chance=_chance(study),
        outlook=outlook(study),
        remarks=remarks(study),
        spread=any(not math.isnan(point.spread.items) for point in study.points),
        fitted=_numbers(last, study.forecast.at(last)),
        forecast_rows=[_numbers(k, study.forecast.at(k)) for k in forecast_shots(study) if k > last]
        if study.has_forecast
        else [],
        families=", ".join(f"{name} ({percent(weight)})" for name, weight in likely if weight >= 0.005),
        reasons=[sentence(each) for each in verdict.reasons if study.has_forecast and each.code != "gain-left"],
        why=[sentence(reason) for reason in advice_reasons(study) if not _is_said_above(reason)],
        training=[*map(validated_sentence, study.other_validated), *payoff_sentences(study)],  # the best has a tile
        cases=_cases(study),
        candidates=candidate_rows(study.candidates)[:_ROWS] if has_costs(study.candidates) else [],
        trade=frontier_sentence(study.candidates, study.advice.cheaper, study.costs),
        listed=listing_sentences(study),
        frontier=Markup(frontier),  # noqa: S704 (as above; names in it are escaped)
        steps_taken=step_rows(study),
        method=_method(study),
        facts=made_facts(study.curve),
        again=shlex.join(again) if again and all(map(str.isprintable, again)) else "",
    )


def _first(
    first: Sequence[tuple[str, NextStep, str | None]], study: Study, folder: str, *, crowded: bool = False
) -> list[tuple[str, str, str | None]]:
    """Return what to do, with its headings and commands; where the first screen is crowded, without numbers."""

    def words(step: NextStep) -> str:
        is_whole = is_measured_out(study) and step.code in TRIALS
        said = step_text(step) if is_whole else step_sentence(step)
        if crowded and any(map(str.isdigit, said)):
            brief = f"{capital(IN_SHORT[step.code])}; see “Why”."
            return " ".join(filter(None, (brief, needs_install(step))))
        return said if is_whole or not effort_text(step) else f"{said} What it takes: see “Why”."

    return [
        *((heading, words(step), command) for heading, step, command in first),
        *what_is_left(study, folder, takes=not crowded),
    ]


def _money(study: Study) -> list[str]:
    """Return all that costs come to, a paragraph each: the answer, then what it counts; nothing without costs."""
    answer, rest = money_answer(study)
    rest = (*rest, *filter(None, (price_sentence(study),))) if answer else ()
    return [" ".join(part) for part in (answer, rest) if part]


def _aside(wrong: str, *, none_wrong: bool, read: bool, command: bool) -> dict[str, str] | None:
    """Return what the prompt to use gets wrong, and where to read it; None where nobody knows."""
    if not wrong:
        return None
    link = "" if none_wrong else "errors"
    words = "Read them" if read else "How to read them" if command else "Why they are not here"
    return {"heading": "What it gets wrong", "text": f"{wrong}.", "link": link, "words": words}


def _probe(probe: Probed) -> dict[str, str]:
    return {
        "model": clean(probe.model),
        "n_train": f"{probe.n_train:,}",
        "prompted": percent(probe.fair_prompted),
        "gain": with_interval(probe.gain_without_optimism),
    }


def _is_said_above(reason: Reason) -> bool:
    """Whether the first screen says all of it: the score of the best prompt, where it stands for itself."""
    return reason.code == "best-prompt" and "retrieved_accuracy" not in reason.values


def _chance(study: Study) -> str:
    """Return what the points' intervals account for."""
    if study.curve.summary is not None:
        return (
            "Intervals are those of the standard errors in the file, and of the spread of its draws. Where it has"
            " neither, they follow from the number of items (100 where the file does not say) and from the usual spread"
            " between draws of examples."
        )
    said = "Intervals count which items were scored, which examples were shown, and the rest."
    if study.curve.one_draw:
        said = "Intervals count which items were scored; one draw cannot show how much the choice of examples matters."
    return " ".join((said, *in_groups(study.curve)))


def accuracy_cells(e: Estimate) -> dict[str, str]:
    """Return an accuracy and its interval as cells of a table."""
    return {"accuracy": f"{100 * e.value:.1f}%", "interval": f"{100 * e.low:.1f} to {100 * e.high:.1f}%"}


def _numbers(shots: int, estimate: Estimate) -> dict[str, str]:
    return {"shots": f"{shots:,}", **accuracy_cells(estimate)}


def _trained(point: Point) -> dict[str, str]:
    return {**_numbers(point.shots, point.accuracy), "n_items": f"{point.n_items:,}", "n_draws": f"{point.n_draws}"}


def _row(study: Study, i: int, point: Point) -> dict[str, str]:
    trials = point.n_items * point.n_draws
    once = study.curve.design is not None and not point.shots  # all draws share a reply
    counts = (point.n_items, point.n_draws, trials)
    spread = (point.spread.items, point.spread.draws, point.spread.residual)
    parts = [part / count if count else math.nan for part, count in zip(spread, counts, strict=True)]
    whole = sum(max(0.0, part) for part in parts if not math.isnan(part))
    return {
        **_numbers(point.shots, point.accuracy),
        "n_items": f"{point.n_items:,}" if point.n_items else "–",
        "n_draws": draws_text(point, once=once),
        "parsed": percent(study.parse_rate[i]),
        "choice": percent(study.choice[i].accuracy.value) if study.choice else "–",
        "spread": " · ".join(percent(max(0.0, part) / whole if whole else math.nan) for part in parts),
    }


def _cases(study: Study) -> list[dict[str, str]]:
    """Return the measured cases that the predicted payoff rests on, most gain first."""
    if study.judged_payoff is None:
        return []
    return [
        {
            "name": f"{unit.task}, {unit.model}",
            "prompted": percent(unit.best_prompted),
            "tuned": percent(unit.fine_tuned),
            "gain": in_points(unit.gain),
            "n_train": "–" if math.isnan(unit.n_train) else f"{unit.n_train:,.0f}",
            "citation": unit.citation,
            "link": _link(unit.citation),
        }
        for unit in sorted(reference_class(study.judged_payoff).units, key=lambda unit: -unit.gain)
    ]


def _link(citation: str) -> str:
    """Return where a source can be read, as far as its citation says: the repository as it was, or the paper."""
    if found := re.match(r"([\w.-]+/[\w.-]+)(?:@([0-9a-f]{7,40}) | \(commit not known\) )", citation):
        return f"https://github.com/{found[1]}" + (f"/tree/{found[2]}" if found[2] else "")
    found = re.match(r"arXiv (\d{4}\.\d{4,5})\b", citation)
    return f"https://arxiv.org/abs/{found[1]}" if found else ""


def _method(study: Study) -> list[tuple[str, str]]:
    """Return by which rules it was measured and judged, as names and values."""
    curve = study.curve
    facts: list[tuple[str, Any]] = [
        ("Task", clean(curve.task)),
        ("Kind", clean(curve.kind)),
        ("Model", clean(curve.model)),
        ("Prompt", curve.form and f"{curve.form} form; curvefit plan --show-prompt prints one"),
        ("Labels", curve.n_labels or ""),
        ("Pool", curve.pool and counted(curve.pool, "example")),
    ]
    if curve.design is not None:
        design = curve.design
        extent = f"{counted(design.draws, 'draw')} ({design.selection}), {counted(design.items, 'item')}"
        facts.append(("Design", f"{extent}, seed {design.seed}"))
    gain_level = study.payoff.gain.level if study.payoff is not None else study.level
    other = "" if gain_level == study.level else f"; of what fine-tuning would add, {sure(gain_level)}"
    margin = margin_text(study.margin)
    if scored := curve.n_items if curve.design is None else curve.design.items:
        margin += f", {margin_source(study.margin, scored, study.level)}"
    facts += [
        ("Margin", f"{margin}: the smallest gain worth having; fine-tuning gains accuracy if it gains more"),
        ("Intervals", f"{sure(study.level)}{other}"),
        ("Verdict on the curve", f"rising or a plateau where the chance of a gain still to come above, or within, the"
                                 f" margin is at least {sure(study.level)}; flat where the whole interval lies within;"
                                 " falling where an earlier point is clearly above the last; else the most probable"),
    ]  # fmt: skip
    return [(name, str(value)) for name, value in facts if value not in ("", 0)]


def made_facts(curve: Measurement, file: str = "study.json", price: str = "") -> list[tuple[str, str]]:
    """Return what a measurement took, and what was noted on the way, as names and values.

    `price` says what it took where that is more than its calls.
    """
    usage = curve.usage
    facts: list[tuple[str, str]] = []
    if usage.calls:
        facts += [
            ("Calls", f"{usage.calls:,}, taking {usage.seconds:,.0f} s of model time"),
            ("Tokens", f"{usage.prompt_tokens:,} in ({usage.cached_tokens:,} of them from the prompt cache),"
                       f" {usage.completion_tokens:,} out"),
            ("Price", price or ("unknown" if usage.usd is None else dollars(usage.usd) if usage.usd else "none")),
        ]  # fmt: skip
    if trouble := _attempts_sentence(curve):
        facts.append(("Sent again", trouble))
    facts += [("Note", clean(note.text, longest=300)) for note in curve.notes[:_NOTES]]
    facts.append(("Written by", f"curvefit {version('curvefit')}; every number is in {file}"))
    return facts


def _attempts_sentence(curve: Measurement) -> str:
    """Say how many requests the server refused or failed, and what came of them; empty where it was none."""
    usage = curve.usage
    in_vain = usage.rate_limited + usage.faults
    if not in_vain:
        return ""
    of_all = f" of {counted(usage.calls + in_vain, 'request')}"
    said = f"The server refused {usage.rate_limited:,}{of_all} for their rate" if usage.rate_limited else ""
    if usage.faults:
        said += f"{', and ' if said else ''}{usage.faults:,}{'' if said else of_all} got no usable reply"
        said += " (a server's error, a time-out, a lost connection or worker)"
    answered = "it was sent again and answered" if in_vain == 1 else "all were sent again and answered"
    return f"{said}; {'not all were answered in the end' if curve.missing else answered}."
