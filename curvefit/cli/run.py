"""`curvefit run`: measure, judge, report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from curvefit.cli.delivery import Printing, deliver, gate
from curvefit.cli.main import EXIT
from curvefit.cli.options import (
    TaskOptions,
    gate_option,
    json_option,
    measuring_criteria_options,
    quiet_option,
    spending_options,
    task_options,
    training_option,
    verbose_option,
    worker_option,
)
from curvefit.cli.progress import getting_ready, print_above, progress_bar
from curvefit.cli.screen import block, line, remark
from curvefit.cli.study_folders import earlier_study, home_of, journals_of, ordered_as_before
from curvefit.errors import RepliesPending
from curvefit.models.redaction import redact, redact_word

if TYPE_CHECKING:
    from curvefit.report.study_reader import StudyFile
    from curvefit.tasks.task import Task
    from curvefit.trials.design import Design
    from curvefit.trials.spending_limits import SpendingLimits
    from curvefit.workflows.full_study import Criteria
    from curvefit.workflows.remainder import Remainder

__all__ = [
    "OWN_CAP",
    "again",
    "command",
    "say_how_to_continue",
    "say_how_to_finish",
    "say_margin",
    "size_of",
    "this_command",
    "warn_of_larger",
    "with_kept_facts",
]

OWN_CAP: Final = "replies so far are kept, and each start has its own cap"
_LEFT: Final = {
    "calls": "up to {:,.0f} calls left",
    "tokens": "up to {:,.0f} tokens left",
    "usd": "calls of up to ${:,.2f} left",
    "minutes": "up to about {:,.0f} minutes left",
}


@click.command(name="run")
@task_options
@measuring_criteria_options
@training_option
@spending_options
@click.option("--until-decided", is_flag=True, help="Measure in stages, and stop once the answer is clear.")
@worker_option("Send requests from")
@click.option("--dry-run", is_flag=True, help="Show what it would send and cost, as curvefit plan does; send nothing.")
@click.option("--batch", is_flag=True, help="Use the provider's batch API: submit, and later collect.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: reports/<task>/<model>]")
@gate_option
@quiet_option
@verbose_option
@json_option
def command(
    options: TaskOptions, margin: float | None, level: float, n_train: int | None, limits: SpendingLimits,
    until_decided: bool, workers: int | None, dry_run: bool, batch: bool, out: Path | None, fail_on: tuple[str, ...],
    verbose: bool, machine: bool,
) -> int:  # fmt: skip
    """Measure accuracy against examples in the prompt, and say what to do.

    \b
      curvefit run data.jsonl -m openai/gpt-4o-mini --max-usd 2
      curvefit run data.jsonl -m openai/mine --api-base http://localhost:8000/v1
      curvefit run sample_tasks/tickets -m simulated/rising     a try, in seconds

    TASK is a .jsonl of {"input", "output"}, a .csv with these columns, the chat file of {"messages"} that you would
    upload for fine-tuning, or a folder with a task.yaml. Its examples are split: the model is scored on the items;
    prompts show examples of the rest, the pool.

    \b
    Words:
      shots   how many examples a prompt shows
      items   the examples that the model is scored on
      pool    the other examples, from which prompts take theirs
      draw    one random order of the pool; a prompt with 4 shots shows its first 4 examples
      margin  the smallest gain in accuracy that you would act on; by default 5 points up to 380 items, and fewer
              with more, down to 2
      points  percentage points of accuracy: from 70% to 73% is 3 points
      gains   fine-tuning gains accuracy if it adds more than the margin to that of the best prompt
      study   the result of a run, kept in study.json

    Writes report.html, pictures, study.json and journal.sqlite to --out. The journal keeps every reply, so running the
    same command again sends only what is missing: after a crash, or with more --draws, --items or --shots. If you
    change the prompt or the model, everything is sent and billed again. If you correct targets, only prompts that show
    them are; if you change only the scorer or --margin, nothing is. What another study of the task below reports/TASK
    has asked is taken from its journal; with an --out elsewhere, everything is asked anew.

    A run never exceeds its caps (--max-usd and the others). At a cap it stops, reports what was measured so far, and
    exits 4. Each run has its own cap: running the same command again may spend as much once more.

    --retrieved 1,4,16 also measures the same items with their 1, 4 and 16 most similar examples. If they do better,
    fine-tuning has to beat them. They cost more: each prompt begins differently, so discounts for cached tokens
    hardly apply.

    --until-decided starts with about an eighth of --draws and --items. It measures more only while the answer is not
    clear and more data could make it so. Each look is another chance to be fooled by luck, so each asks for stronger
    evidence.

    -m, --instruction and --context can name several. Every combination is measured on the same items and becomes a
    study in a folder of its own below --out or reports/<task>; then all are compared. Caps hold over all together.

    A study's folder is called <model>-<instruction>-<context>, of which the last two are there if stated. A text is
    called by its first words and a digest. No study replaces one of another model, instruction or choice of documents,
    unless --out names its folder.

    \b
      curvefit run TASK -m openai/gpt-4o-mini -m openai/gpt-4o --max-usd 5
      curvefit run TASK --context none,retrieved,given --instruction own --instruction tries/

    --batch submits all requests as one file to OpenAI, Azure or a server like them: about half the price, done within a
    day. It prints the command that collects the replies, and exits 5 (not finished). That command also submits
    what is still missing. With --retrieved, those requests are a second batch, submitted once the first is collected.

    --workers ray sends requests from the cluster that RAY_ADDRESS names, or from one started here. Each worker uses the
    keys of its own environment. The journal stays here. If a worker dies, another takes its place. Needs: pip install
    'curvefit[ray]'

    Exit status: 0 done, 1 error, 2 called wrongly, 3 the curve is as --fail-on says, 4 a cap was reached, 5 replies are
    missing or a batch is still running, 130 interrupted.
    """
    from curvefit.models.cluster import ClusterModel
    from curvefit.report.looks_text import prospect_sentence
    from curvefit.report.validated import with_validated
    from curvefit.workflows.full_study import Asking, Criteria, decide
    from curvefit.workflows.remainder import left_of

    if batch and (workers is not None or limits.caps["minutes"] is not None):
        raise click.UsageError(
            "--batch does not go with --workers, nor with --max-minutes: the provider takes its time"
        )
    arms = options.arms(out, batch=batch)
    several = len(arms) > 1
    if several and (batch or until_decided):
        raise click.UsageError("--batch and --until-decided take one model, instruction and context")
    if several and fail_on:
        raise click.UsageError("--fail-on takes one model, instruction and context; hold studies to it one by one")
    if dry_run:
        from curvefit.cli.plan import show_arms

        show_arms(arms, options, out, machine=machine, caps=limits.caps)
        return EXIT["done"]
    if workers is not None:
        clusters = {arm.model.name: ClusterModel(arm.model, workers or None, say=remark) for arm in arms}
        arms = [replace(arm, model=clusters[arm.model.name]) for arm in arms]
    criteria = Criteria(margin, level, n_train)
    design = ordered_as_before(options.design(), arms)
    say_margin(criteria, arms[0].task, design)
    if several:
        from curvefit.cli.run_arms import run_arms

        base = out or home_of(arms[0].task.name)
        return run_arms(arms, options, design, base, limits, criteria, machine=machine, verbose=verbose)
    task, model, folder = arms[0].task, arms[0].model, arms[0].folder
    for note in task.notes:
        remark(line(f"{task.name}: {note}"))
    earlier = earlier_study(task, model.name, folder / "study.json")
    warn_of_larger(task, earlier, design, options.retrieved)
    criteria = with_kept_facts(criteria, earlier)
    try:
        with progress_bar(f"{task.name} on {model.name}", limits, getting_ready(model.name)) as progress:
            how = Asking(
                retrieved=options.retrieved,
                until_decided=until_decided,
                journal=journals_of(task.name, folder),
                limits=limits,
                progress=progress,
                notify=lambda *look: print_above(line(prospect_sentence(*look))),
            )
            study = decide(task, design, model, how, criteria)
        study, left = left_of(with_validated(study, folder), task, design, model, how, limits)
        study = replace(study, curve=replace(study.curve, command=tuple(again(left))))
    except KeyboardInterrupt:
        say_how_to_continue("interrupted")
        return EXIT["interrupted"]
    except RepliesPending as pending:
        say_how_to_continue(str(pending), "collect later with")
        return EXIT["partial"]
    finally:
        model.close()
    deliver(study, folder, Printing(verbose=verbose, machine=machine), task=task)
    if left is not None:
        say_how_to_finish(study.curve.stopped, left)
        return EXIT["budget"]
    return EXIT["partial"] if study.curve.missing else gate(study, fail_on)


def say_margin(criteria: Criteria, task: Task, design: Design) -> None:
    """Say which margin is decided by, where none is stated."""
    from curvefit.report.readiness_text import margin_sentence

    if criteria.margin is None:
        items = min(design.items, len(task.items))
        remark(block(margin_sentence(criteria.margin_for(items), items, criteria.level)))


def size_of(design: Design, task: Task) -> str:
    """Return how many items, draws and shots a design of a task has, in words."""
    from curvefit.report.wording import counted

    counts = f"{counted(min(design.items, len(task.items)), 'item')}, {counted(design.draws, 'draw')}"
    return f"{counts}, up to {counted(design.shots[-1], 'shot')}" if design.shots else counts


def warn_of_larger(task: Task, earlier: StudyFile | None, design: Design, retrieved: Sequence[int]) -> None:
    """Say so before a larger study of the same task and model is replaced, or one that has similar examples too."""
    from curvefit.workflows.full_study import is_larger

    if earlier is None:
        return
    similar = earlier.measurement.retrieved
    if is_larger(earlier.measurement, design):
        what = "holds a larger study, and will be replaced; its replies are kept"
        remark(line(f"{task.name}: {earlier.path} {what}; to keep both, use another --out"))
    elif similar is not None and not {*similar.shots.tolist()} <= {*retrieved}:
        what = "holds a study with more of the most similar examples, and will be replaced"
        more = ",".join(map(str, sorted({*similar.shots.tolist(), *retrieved})))
        remark(line(f"{task.name}: {earlier.path} {what}; to keep them, use --retrieved {more}"))


def with_kept_facts(criteria: Criteria, earlier: StudyFile | None) -> Criteria:
    """Return criteria with what a study there was told beside its replies: measuring again does not change that."""
    if earlier is None:
        return criteria
    told = earlier.settings
    return replace(criteria, n_train=criteria.n_train or told.n_train, probes=told.probes, costs=earlier.costs)


def this_command() -> list[str]:
    """Return the command line, as words without keys, that does the same again."""
    return [redact_word(word) for word in ("curvefit", *sys.argv[1:])]


def say_how_to_continue(ended: str, how: str = "replies so far are kept, continue with") -> None:
    """Print how it ended, and the command line that goes on from there."""
    remark(f"{line(redact(ended))}; {how}: {block(shlex.join(this_command()))}")


def again(left: Remainder | None) -> list[str]:
    """Return the command line that does the same again, to its end where a cap stopped it."""
    return this_command() if left is None else left.command(this_command())


def say_how_to_finish(stopped: str, left: Remainder) -> None:
    """Print which cap stopped it, what is left, and the command line that finishes it: the same might stop again."""
    how, most = f"{OWN_CAP}; finish with", _LEFT[left.unit].format(left.most)
    remark(f"{line(redact(f'stopped at {stopped}, with {most}'))}; {how}: {block(shlex.join(again(left)))}")
