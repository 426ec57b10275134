"""A probe as one HTML file and a picture. Lives here: what fills probe.html; jinja2 escapes it, nothing is fetched."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from curvefit.command_words import with_option
from curvefit.curves.curve import Point
from curvefit.measurement.failures import Failures
from curvefit.payoff.comparison import paired_items
from curvefit.plain_text import clean
from curvefit.report import figure
from curvefit.report.changes_page import training_aside, training_on_page
from curvefit.report.first_screen import Tile
from curvefit.report.next_command import probe_command
from curvefit.report.page import accuracy_cells, filled, made_facts
from curvefit.report.payoff_text import over_best
from curvefit.report.probe_report import (
    break_even_words,
    over_shown_unknown,
    probe_alarms,
    probe_facts,
    probe_limits,
    probe_steps,
    prompt_of_probe,
)
from curvefit.report.study_files import deliver_files, deliver_pictures
from curvefit.report.subject_text import subject
from curvefit.report.training_bars import picture_of_probe
from curvefit.report.training_text import is_remote, paid_words, probe_answer, when_it_gains
from curvefit.report.wording import chance_of, change_cell, counted, dollars, percent, sure
from curvefit.training.fine_tuning_plan import ProbeDesign
from curvefit.training.remote_training import RemoteFineTuning
from curvefit.workflows.fine_tuning_probe import Probe, Unit

__all__ = ["probe_page", "write_probe_pages"]

_UNITS = 400


def write_probe_pages(
    probe: Probe,
    out: str | Path,
    study_path: str = "STUDY",
    found: Failures | None = None,
    command: Sequence[str] = (),
) -> tuple[tuple[Path, ...], str]:
    """Write ``probe.html`` and ``probe.png``; returns their paths, and what kept the picture from being drawn.

    Where it could not be drawn, an older one is taken away.

    `found` is what its study's best prompt gets wrong, and what training changes, where the replies are at hand.
    `command` is the one that made it, as words; by default the one that makes it again.
    """
    drawn, problem = figure.attempt(lambda: figure.pictures(picture_of_probe(probe)), "probe.png")
    text = probe_page(probe, drawn.page if drawn else "", str(out), study_path, found, command)
    files = deliver_files({"probe.html": text.encode()}, out)
    return (*files, *deliver_pictures("probe", drawn, out)), problem


def probe_page(
    probe: Probe,
    picture: str,
    folder: str = "PROBE",
    study_path: str = "STUDY",
    found: Failures | None = None,
    command: Sequence[str] = (),
) -> str:
    """Return a page that needs no network and no scripting: what training gave first, all else folded below.

    `picture` is the SVG of the probe, empty where there is none; the others are as of `write_probe_pages`.
    """
    from markupsafe import Markup

    study, gains = probe.study, iter(probe.gains)
    parsed = [percent(rate) for rate, there in zip(probe.curve.parse_rate, probe.curve.observed, strict=True) if there]
    rows = [
        {**_point(point), "parsed": rate, "gain": change_cell(next(gains)) if point.shots else "–"}
        for point, rate in zip(probe.points, parsed, strict=True)
    ]
    last = probe.points[-1].shots
    again = command or _made_by(probe, folder, study_path)
    return filled(
        "probe.html",
        subject=f"{subject(study.curve)}: what training gave",
        answer=probe_answer(probe),
        alarms=list(probe_alarms(probe)),
        tiles=_tiles(probe),
        picture=Markup(picture),  # noqa: S704 (drawn by matplotlib, with text as paths)
        next=probe_steps(probe, folder, study_path),
        aside=training_aside(found),
        changes=training_on_page(found),
        corrected=probe.gain_without_optimism != probe.gains[-1],
        level=sure(study.level),
        parsed=any(rate != "–" for rate in parsed),
        rows=rows,
        forecast=[{"shots": f"{n:,}", **accuracy_cells(probe.forecast.at(n))} for n in (2 * last, 4 * last)],
        facts=probe_facts(probe),
        remote=is_remote(probe),
        units=[_unit(probe, unit) for unit in probe.units[:_UNITS]],
        limits=[*over_shown_unknown(probe), *probe_limits(probe)],
        method=_method(probe),
        made=made_facts(replace(probe.curve, usage=probe.usage), "probe.json", paid_words(probe)),
        again=shlex.join(again) if all(map(str.isprintable, again)) else "",
    )


def _tiles(probe: Probe) -> list[Tile]:
    last, best, even = probe.points[-1], probe.best.point.accuracy, probe.break_even
    reached = break_even_words(probe).partition(" training")[0]
    over = over_best(probe.gains[-1], probe.optimism, best.value)
    chance = f"training examples; the chance of it by {even.last:,} is {chance_of(even.chance)}"
    return [
        Tile.of_accuracy("Fine-tuned", last.accuracy, f"trained on {counted(last.shots, 'example')}"),
        Tile.of_accuracy("Best prompt", best, f"with {prompt_of_probe(probe)}"),
        Tile.of_change("Training gave", probe.gain_without_optimism, over),
        Tile("As good as the prompt from", reached, chance),
    ]


def _point(point: Point) -> dict[str, str]:
    draws = f"{point.n_draws}" if point.shots else "–"
    return {
        "shots": f"{point.shots:,}",
        **accuracy_cells(point.accuracy),
        "n_items": f"{point.n_items:,}",
        "n_draws": draws,
    }


def _made_by(probe: Probe, folder: str, study_path: str) -> list[str]:
    """Return the command that makes a probe again, as words; empty where its study's task is not known."""
    design = probe.study.curve.design
    wanted = ProbeDesign(
        tuple(probe.sizes),
        max((unit.seed for unit in probe.units), default=0) + 1,
        len(probe.curve.items),
        design.seed if design else 0,
    )
    words = probe_command(probe.study, wanted, folder, study_path)
    epochs = next((unit.epochs for unit in probe.units if isinstance(unit, RemoteFineTuning)), None)
    return with_option(words, "--epochs", str(epochs)) if words and epochs else words


def _unit(probe: Probe, unit: Unit) -> dict[str, Any]:
    accuracy = percent(probe.accuracy_of(unit))
    if isinstance(unit, RemoteFineTuning):
        tokens = "–" if unit.trained_tokens is None else f"{unit.trained_tokens:,}"
        price = "–" if unit.usd is None else dollars(unit.usd)
        return {
            "n": f"{unit.n_train:,}", "cells": [unit.seed, accuracy, unit.epochs, tokens, price],
            "words": [clean(unit.asked_as), clean(unit.job)],
        }  # fmt: skip
    best = f"{unit.chosen.epoch} of {unit.checks[-1].epoch}"
    return {
        "n": f"{unit.n_train:,}",
        "cells": [unit.seed, accuracy, best, percent(unit.chosen.exact), f"{unit.seconds:,.0f}"],
        "words": [clean(f"{unit.precision}, {unit.device}")],
    }


def _method(probe: Probe) -> list[tuple[str, str]]:
    """Return by which rules it was trained, measured and judged, as names and values."""
    study, curve, best = probe.study, probe.curve, probe.best
    pairs = paired_items(curve, probe.points[-1].shots, best.curve, best.point.shots)
    picked = (
        f"; the best prompt looks {100 * probe.optimism:.1f} points better than it is, having been picked: taken out"
    )
    optimism = "" if math.isnan(probe.optimism) else picked
    where = "by the model’s provider" if is_remote(probe) else "here, by LoRA; held-out examples of the pool say when"
    facts = [
        ("Task", clean(curve.task)),
        ("Model", clean(curve.model)),
        ("Training", f"{where}{'' if is_remote(probe) else ' to stop'}"),
        ("Asked", f"{curve.form} prompts without examples, {counted(probe.points[-1].n_items, 'item')} of which none is"
                  " trained on"),
        ("Gain", f"item by item on the {pairs} that both answered{optimism}"),
        ("Gains accuracy", when_it_gains(study.margin)),
        ("Intervals", f"{sure(study.level)}, over items and {'seeds' if not probe.one_seed else 'an assumed seed'}"),
    ]  # fmt: skip
    return [(name, value) for name, value in facts if value]
