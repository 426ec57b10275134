"""`curvefit check`: is this eval fit to decide on?"""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from curvefit.cli.main import EXIT
from curvefit.cli.options import criteria_options, json_option
from curvefit.cli.screen import line

__all__ = ["command"]


@click.command(name="check")
@click.argument("task")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Decides the split of a single file."
)
@criteria_options
@json_option
def command(task: str, seed: int, margin: float, level: float, machine: bool) -> int:
    """Is this eval fit to decide on?

    Reads TASK, says how it was understood, and what would make a verdict on it worthless: too few items for the
    margin, classes without examples, contradicting targets, duplicates. Asks no model. Exits 1 where nothing could be
    decided.
    """
    from curvefit.tasks.duplicates import duplicate_groups
    from curvefit.tasks.loading import load_task
    from curvefit.tasks.readiness import conclusion, readiness

    loaded = load_task(task, seed=seed)
    findings = readiness(loaded, margin=margin, level=level)
    blocked = any(finding.severity == "stop" for finding in findings)
    facts = {
        "task": loaded.name, "kind": loaded.kind, "scorer": loaded.scorer.name,
        "pool": len(loaded.pool), "items": len(loaded.items), "labels": len(loaded.labels),
    }  # fmt: skip
    if machine:
        click.echo(
            json.dumps(
                {**facts, "notes": loaded.notes, "findings": [asdict(f) for f in findings], "ready": not blocked}
            )
        )
    else:
        click.echo(line(", ".join(f"{name} {value}" for name, value in facts.items())))
        for note in loaded.notes:
            click.echo(f"  note: {line(note)}")
        for finding in findings:
            click.echo(f"  {finding.severity}: {line(finding.message)}")
        click.echo(conclusion(findings, len(duplicate_groups(loaded.items)), margin, level))
    return EXIT["error"] if blocked else EXIT["done"]
