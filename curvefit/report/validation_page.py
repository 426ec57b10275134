"""A validation as one HTML file and a picture. Lives here: what fills validation.html; jinja2 escapes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from curvefit.measurement.failures import Failures
from curvefit.payoff.comparison import paired_items
from curvefit.plain_text import clean
from curvefit.report import figure
from curvefit.report.changes_page import training_aside, training_on_page
from curvefit.report.first_screen import Tile
from curvefit.report.page import accuracy_cells, filled, made_facts
from curvefit.report.payoff_text import examples_in, over_best
from curvefit.report.study_files import deliver_files, deliver_pictures
from curvefit.report.subject_text import subject
from curvefit.report.training_bars import picture_of_validation
from curvefit.report.training_text import validation_answer, validation_warning, when_it_gains
from curvefit.report.validation_report import (
    validation_cautions,
    validation_facts,
    validation_limits,
    validation_name,
)
from curvefit.report.wording import counted, draws_text, sure
from curvefit.workflows.validation import Validation

__all__ = ["validation_page", "write_validation_pages"]


def write_validation_pages(
    validation: Validation, out: str | Path, found: Failures | None = None
) -> tuple[tuple[Path, ...], str]:
    """Write ``validation-MODEL.html`` and ``.png``; returns their paths, and what kept the picture from being drawn.

    `found` is what its study's best prompt gets wrong, and what training changes, where the replies are at hand.
    """
    name = validation_name(validation)
    drawn, problem = figure.attempt(lambda: figure.pictures(picture_of_validation(validation)), f"{name}.png")
    text = validation_page(validation, drawn.page if drawn else "", found)
    files = deliver_files({f"{name}.html": text.encode()}, out)
    return (*files, *deliver_pictures(name, drawn, out)), problem


def validation_page(validation: Validation, picture: str, found: Failures | None = None) -> str:
    """Return a page that needs no network and no scripting: what training gave first, all else folded below.

    `picture` is the SVG of the validation, empty where there is none; the others are as of `write_validation_pages`.
    """
    from markupsafe import Markup

    study, tuned = validation.study, validation.tuned
    unseen, *alarms = validation_cautions(validation)
    warning = validation_warning(validation)
    return filled(
        "validation.html",
        subject=f"{subject(study.curve, model=tuned.model)}: what fine-tuning gave",
        answer=validation_answer(validation),
        alarms=alarms,
        tiles=_tiles(validation),
        picture=Markup(picture),  # noqa: S704 (drawn by matplotlib, with text as paths)
        next=[
            *([("Next", warning, "")] if warning else []),
            (
                "Then" if warning else "Next",
                "See how good the predictions have been for you.",
                "curvefit backtest --mine",
            ),
            ("What it rests on", f"{unseen}.", ""),
        ],
        aside=training_aside(found),
        changes=training_on_page(found),
        level=sure(study.level),
        rows=_rows(validation),
        facts=validation_facts(validation),
        limits=validation_limits(validation),
        method=_method(validation),
        made=made_facts(replace(tuned, usage=validation.usage), f"{validation_name(validation)}.json"),
    )


def _tiles(validation: Validation) -> list[Tile]:
    accuracy, best, payoff = validation.accuracy.accuracy, validation.best.point.accuracy, validation.payoff
    over = over_best(validation.gain, validation.optimism, best.value)
    if payoff is None:
        predicted = Tile("Predicted", "nothing", "that takes the kind of task and --n-train")
    else:
        predicted = Tile.of_change("Predicted", payoff.gain, f"for {counted(payoff.n_train, 'example')}")
    return [
        Tile.of_accuracy("Fine-tuned", accuracy, "without examples in the prompt"),
        Tile.of_accuracy("Best prompt", best, f"with {examples_in(validation.best)}"),
        Tile.of_change("Fine-tuning gave", validation.gain_without_optimism, over),
        predicted,
    ]


def _rows(validation: Validation) -> list[Mapping[str, str]]:
    """Return the accuracies that are compared."""
    study, tuned = clean(validation.study.curve.model), clean(validation.tuned.model)
    best, point = validation.best.point, validation.accuracy
    rows = [
        (study, examples_in(validation.best), best),
        (tuned, "no examples", point),
    ]
    for each in validation.together:
        shown = "similar" if each.retrieved else "random"
        examples = f"{each.point.shots:,} {shown} examples"
        rows.append((tuned, examples, each.point))
    return [
        {
            "model": model,
            "prompt": prompt,
            **accuracy_cells(p.accuracy),
            "n_items": f"{p.n_items:,}",
            "n_draws": draws_text(p),
        }
        for model, prompt, p in rows
    ]


def _method(validation: Validation) -> list[tuple[str, str]]:
    """Return by which rules it was measured and judged, as names and values."""
    study, tuned, best = validation.study, validation.tuned, validation.best
    pairs = paired_items(tuned, 0, best.curve, best.point.shots)
    return [
        ("Task", clean(study.curve.task)),
        ("Fine-tuned model", clean(tuned.model)),
        ("Asked", f"the study’s items, in {tuned.form} form, without examples"),
        ("Gain", f"item by item on the {pairs} that both answered, without the optimism of the best prompt"),
        ("Gains accuracy", when_it_gains(study.margin)),
        ("Intervals", f"{sure(study.level)}, over items; one fine-tuned model cannot show the luck of training"),
    ]
