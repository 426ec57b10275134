"""`curvefit check`: is this eval fit to decide on?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

import click

from curvefit.cli import completion
from curvefit.cli.main import EXIT
from curvefit.cli.options import json_option, measuring_criteria_options, override_options, read_task
from curvefit.cli.screen import block, width

__all__ = ["command"]


@click.command(name="check")
@click.argument("task", shell_complete=completion.files)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True,
    help="The --seed of your run: it decides how a single file is split.",
)  # fmt: skip
@override_options
@measuring_criteria_options
@json_option
def command(
    task: str, seed: int, overrides: Mapping[str, str], margin: float | None, level: float, machine: bool
) -> int:
    """Are these examples good enough to decide on?

    \b
      curvefit check data.jsonl
      curvefit check sample_tasks/tickets
      curvefit check data.jsonl --scorer normalized

    TASK is what `curvefit run` takes. This says how it was read, whether you can trust a decision based on it, and what
    would make that worthless: too few items (the examples that the model is scored on) for the margin, labels without
    examples, the same input with different answers, duplicates, targets that a few rows have in another form,
    labels that look wrong.

    Sends nothing to a model and writes nothing.

    Exit status: 0 good enough, 1 not good enough, or an error, 2 called wrongly.
    """
    from curvefit.report.baseline_text import baseline_sentence
    from curvefit.report.readiness_text import finding_sentence, margin_sentence, readiness_summary
    from curvefit.report.study_record import accuracy_record
    from curvefit.report.wording import wrapped
    from curvefit.tasks.duplicates import duplicate_groups
    from curvefit.tasks.loading import places_of
    from curvefit.tasks.readiness import located, readiness, smallest_gain
    from curvefit.trials.design import Design
    from curvefit.workflows.full_study import Criteria, baseline_of
    from curvefit.workflows.label_check import doubtful_targets

    loaded = read_task(task, overrides, seed=seed)
    scored = min(Design().items, len(loaded.items))  # by a run, unless it is told otherwise
    decided_by = Criteria(margin, level).margin_for(scored)
    found = readiness(loaded, margin=decided_by, level=level)
    blocked = any(finding.severity == "stop" for finding in found)
    findings = located((*(() if blocked else doubtful_targets(loaded)), *found), places_of(task))
    # Of items that test nothing, what a classifier reaches says nothing either.
    base = None if blocked else baseline_of(loaded, seed)
    distinct = len(duplicate_groups(loaded.items))
    facts = {
        "task": loaded.name, "kind": loaded.kind, "scorer": loaded.scorer.name,
        "pool": len(loaded.pool), "items": len(loaded.items), "scored": scored, "labels": len(loaded.labels),
    }  # fmt: skip
    if machine:
        click.echo(
            json.dumps(
                {
                    **facts,
                    "notes": loaded.notes,
                    "findings": [{**asdict(f), "message": finding_sentence(f)} for f in findings],
                    "baseline": None
                    if base is None
                    else [{"n": p.shots, **accuracy_record(p)} for p in base.points(level)],
                    "margin": decided_by,
                    "margin_stated": margin is not None,
                    "smallest_gain": smallest_gain(distinct, decided_by, level) or decided_by,
                    "ready": not blocked,
                }
            )
        )
    else:
        about = margin_sentence(decided_by, scored, level, stated=margin is not None)
        for text in readiness_summary(loaded, findings, decided_by, level, about_margin=about, width=width()):
            click.echo(block(text))
        for text in [] if base is None else wrapped(baseline_sentence(base), width()):
            click.echo(block(text))
    return EXIT["error"] if blocked else EXIT["done"]
