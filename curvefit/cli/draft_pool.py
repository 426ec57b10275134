"""`curvefit draft-pool`: a stronger model drafts targets for inputs that have none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli import completion
from curvefit.cli.main import EXIT
from curvefit.cli.options import json_option, override_options, price_option, quiet_option, read_task, spending_options
from curvefit.cli.progress import progress_bar
from curvefit.cli.run import OWN_CAP, say_how_to_continue
from curvefit.cli.screen import line, remark
from curvefit.errors import InputError

if TYPE_CHECKING:
    from curvefit.models.base import Prices
    from curvefit.trials.spending_limits import SpendingLimits

__all__ = ["command"]


@click.command(name="draft-pool")
@click.argument("task", shell_complete=completion.files)
@click.argument("inputs", type=click.Path(path_type=Path))
@click.option(
    "-m",
    "--model",
    required=True,
    metavar="BIG",
    shell_complete=completion.models,
    help="The stronger model; any name that run takes.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file of drafts.")
@click.option("--check", "items", type=click.IntRange(min=10), default=50, show_default=True,
              help="Labelled items on which its agreement is measured first.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The --seed of your run.")
@click.option("--api-base", metavar="URL", help="Send requests to this OpenAI-compatible server.")
@price_option
@spending_options
@click.option("--dry-run", is_flag=True, help="Show what it would send and cost; send nothing.")
@override_options
@quiet_option
@json_option
def command(
    task: str, inputs: Path, model: str, out: Path, items: int, seed: int, api_base: str | None,
    prices: Prices | None, limits: SpendingLimits, dry_run: bool, overrides: Mapping[str, str], machine: bool,
) -> int:  # fmt: skip
    """Let a stronger model draft targets for inputs that have none, for the pool.

    \b
      curvefit draft-pool my-task more.jsonl -m openai/gpt-4o --max-usd 3 --out my-task/drafts.jsonl

    INPUTS is a file like that of the task, without outputs. The model is shown the 8 labelled examples most similar to
    each input. First it answers labelled items, so that you know how far it agrees with your labels. Then it drafts.

    A draft is no label. Each line says who drafted it, and how far that model agreed. Append the lines to the task's
    pool: they are shown and trained on like any other, and named wherever the task is read. They are never scored; a
    file of items that has one is refused.

    Writes --out, and beside it a journal of all replies, so that the same command again sends only what is missing.

    Exit status: 0 done, 1 error, 2 called wrongly, 4 a cap was reached, 5 replies are missing, 130 interrupted.
    """
    from curvefit.cli.plan import show_plan
    from curvefit.models.resolve import resolve
    from curvefit.report.draft_text import draft_lines, draft_record
    from curvefit.workflows.drafting import draft_pool, plan_drafts, unlabelled
    from curvefit.workflows.full_study import Asking

    if not out.parent.is_dir():
        raise InputError("is no folder; make it first", file=out.parent)
    if out.exists():
        raise InputError("is there already; move it away, or use another --out", file=out)
    loaded = read_task(task, overrides, seed=seed)
    fresh, known = unlabelled(loaded, inputs)
    journal = out.with_name(f"{out.name}.sqlite")
    asked = resolve(model, api_base=api_base, prices=prices)
    try:
        plans = plan_drafts(loaded, fresh, asked, items, None if dry_run and not journal.exists() else journal)
        if dry_run:
            for name, plan in zip(("agreement with labels", "drafts"), plans, strict=True):
                show_plan(name, plan, asked, journal)
            return EXIT["done"]
        with progress_bar(f"{loaded.name} by {asked.name}", limits) as progress:
            drafts = draft_pool(loaded, plans, asked, Asking(journal=journal, limits=limits, progress=progress))
    except KeyboardInterrupt:
        say_how_to_continue("interrupted")
        return EXIT["interrupted"]
    finally:
        asked.close()
    if drafts.stopped:
        say_how_to_continue(f"stopped at {drafts.stopped}", f"{OWN_CAP}; continue with")
        return EXIT["budget"]
    drafts.write(out)
    if machine:
        click.echo(json.dumps(draft_record(drafts, out, len(fresh), known)))
    else:
        click.echo("\n".join(map(line, draft_lines(drafts, out, len(fresh), known))))
    missing = len(fresh) - len(drafts.examples) - len(drafts.unreadable)
    if missing:
        remark(f"{missing:,} inputs got no reply; move {out.name} away, and the same command again asks these alone")
    return EXIT["partial"] if missing else EXIT["done"]
