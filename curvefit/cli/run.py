"""`curvefit run`: measure, judge, report."""

from __future__ import annotations

import json
import re
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvefit.cli.delivery import deliver
from curvefit.cli.main import EXIT
from curvefit.cli.options import EXAMPLES, Asked, as_json, asking, judging, spending, spreading
from curvefit.cli.progress import following
from curvefit.cli.screen import line
from curvefit.errors import RepliesPending
from curvefit.models.redaction import redact

if TYPE_CHECKING:
    from curvefit.measurement.measurement import Measurement
    from curvefit.tasks.task import Task
    from curvefit.trials.design import Design
    from curvefit.trials.spending_limits import SpendingLimits

__all__ = ["command", "say_how_to_continue", "study_folder"]


def study_folder(task: str, model: str, out: Path | None) -> Path:
    """Return where a study lives: --out, or reports/<task>/<model> with both names made safe as folders."""
    if out is not None:
        return out
    return Path("reports", *(re.sub(r"[^\w.-]+", "-", name).strip(".-") or "unnamed" for name in (task, model)))


@click.command(name="run")
@asking
@judging
@click.option(
    "--n-train", type=EXAMPLES, metavar="N",
    help="How many examples you would fine-tune on, to predict the gain.  [default: all of the pool]",
)  # fmt: skip
@spending
@click.option("--until-decided", "staged", is_flag=True, help="Measure in stages; stop once it is clear.")
@spreading
@click.option("--batch", is_flag=True, help="Ask by the provider's batch API, or collect its replies.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: reports/<task>/<model>]")
@as_json
def command(
    asked: Asked,
    margin: float,
    level: float,
    n_train: int | None,
    limits: SpendingLimits,
    staged: bool,
    workers: int | None,
    batch: bool,
    out: Path | None,
    machine: bool,
) -> int:
    """Measure accuracy against examples in the prompt, and say what to do.

    \b
      curvefit run data.jsonl -m openai/gpt-4o-mini --max-usd 2
      curvefit run data.jsonl -m openai/mine --api-base http://localhost:8000/v1
      curvefit run sample_tasks/tickets -m simulated/rising     a try, in seconds

    TASK is a .jsonl of {"input", "output"}, a .csv with these columns, the chat file of {"messages"} that you would
    upload for fine-tuning, or a folder with a task.yaml. Its examples are split: items are scored; the rest, the pool,
    is shown in prompts.

    \b
    Words:
      shots   examples in the prompt
      items   the examples that are scored
      pool    the examples that prompts show
      draw    one random order of the pool
      margin  the smallest gain in accuracy that you would act on
      level   how often an interval should hold the truth

    Writes report.html, curve.png, study.json and journal.sqlite to --out. The journal keeps every reply. So the same
    command again asks only what is missing: after a crash, or with more --draws, --items or --shots. A changed task,
    prompt or model is asked anew. A changed scorer or --margin costs nothing.

    Caps (--max-usd and the others) are never passed. At a cap it stops, reports what there is, and exits 4. A cap
    counts what one run spends: the same command again goes on, with as much to spend.

    --retrieved 1,4,16 asks the same items with their 1, 4 and 16 most similar examples too. If that prompt is better,
    fine-tuning has to beat it. These prompts have no
    beginning in common, so each is billed in full.

    --until-decided starts with about an eighth of --draws and --items. It goes on only while the answer is open and
    more could settle it. Looking several times gives chance more openings, so each look is stricter.

    --batch sends all requests as one file to OpenAI, Azure or a server like them: about half the price, done within a
    day. It says how to collect, and exits 5. The same command again collects the replies and submits what is missing.
    What --retrieved asks comes after the rest.

    --workers ray asks from the cluster that RAY_ADDRESS names, or from one started here. Each worker uses the keys of
    its own environment. The journal stays here. If a worker dies, another takes its place. Needs: pip install
    'curvefit[ray]'

    Exit status: 0 done, 1 error, 2 called wrongly, 4 a cap was reached, 5 replies are missing or a batch is not
    finished, 130 interrupted.
    """
    from curvefit.measurement.measure import measure
    from curvefit.models.cluster import ClusterModel
    from curvefit.study import analyze
    from curvefit.trials.trial_plan import plan, with_targets
    from curvefit.workflows.sequential import measure_until_decided

    if batch and (workers is not None or limits.caps["minutes"] is not None):
        raise click.UsageError(
            "--batch does not go with --workers, nor with --max-minutes: the provider takes its time"
        )
    task, design, model = asked.load(batch=batch)
    if workers is not None:
        model = ClusterModel(model, workers or None, say=partial(click.echo, err=True))
    folder = study_folder(task.name, model.name, out)
    for note in task.notes:
        click.echo(line(f"{task.name}: {note}"), err=True)
    if _of_another(task, model.name, earlier := folder / "study.json"):
        said = "holds the study of another task or model, or of an earlier version of this task, and will be replaced"
        click.echo(line(f"{task.name}: {earlier} {said}; to keep both, use another --out"), err=True)
    try:
        with following(f"{task.name} on {model.name}") as progress:

            def measured(part: Design) -> Measurement:
                path = folder / "journal.sqlite"
                return measure(task, part, model, journal=path, progress=progress, limits=limits)

            if beforehand := asked.similar(design):
                plan(task, beforehand, model)  # what does not fit is refused before anything is paid for
            if staged:
                # What fits a short look has to fit the last one too.
                most = plan(task, design, with_targets(model, task)).design
                told = partial(click.echo, err=True)
                study = measure_until_decided(measured, most, margin=margin, level=level, told=told, n_train=n_train)
            else:
                study = analyze(measured(design), margin=margin, level=level, n_train=n_train)
            similar = asked.similar(study.curve.design or design)
            if similar is not None and not study.curve.stopped:
                whole = study.curve.beside(measured(similar))
                study = analyze(whole, margin=margin, level=study.level, n_train=n_train)
    except KeyboardInterrupt:
        say_how_to_continue("interrupted")
        return EXIT["interrupted"]
    except RepliesPending as pending:
        say_how_to_continue(str(pending), "collect later with")
        return EXIT["partial"]
    finally:
        model.close()
    deliver(study, folder, machine=machine, said=task.notes)
    if study.curve.stopped:
        say_how_to_continue(f"stopped at {study.curve.stopped}")
        return EXIT["budget"]
    return EXIT["partial"] if study.curve.missing else EXIT["done"]


def _of_another(task: Task, model: str, file: Path) -> bool:
    """Whether a study.json is of another model or of other examples; a file that cannot be read says nothing."""
    from curvefit.tasks.task import fingerprint

    examples = {example.id: example for example in (*task.pool, *task.items)}  # another seed may have split otherwise
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        held, other = record["measurement"], record["model"] != model
        asked, items = held.get("asked"), [examples.get(name) for name in held["items"]]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False
    known = [item for item in items if item is not None]
    return other or (bool(asked) and (len(known) < len(items) or fingerprint(task, known) != asked))


def say_how_to_continue(ended: str, how: str = "replies so far are kept, continue with") -> None:
    """Print how it ended, and the command line that goes on from there."""
    again = redact(shlex.join(["curvefit", *sys.argv[1:]]))
    click.echo(f"{line(redact(ended))}; {how}: {again}", err=True)
