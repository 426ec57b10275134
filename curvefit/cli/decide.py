"""`curvefit decide`: all it takes to an answer, the cheapest first."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from curvefit.cli.delivery import Printing, deliver
from curvefit.cli.main import EXIT
from curvefit.cli.options import (
    TaskOptions,
    json_option,
    measuring_criteria_options,
    quiet_option,
    spending_options,
    task_options,
    training_option,
    verbose_option,
)
from curvefit.cli.plan import show
from curvefit.cli.progress import getting_ready, print_above, progress_bar, waiting
from curvefit.cli.run import (
    again,
    say_how_to_continue,
    say_how_to_finish,
    say_margin,
    size_of,
    this_command,
    warn_of_larger,
    with_kept_facts,
)
from curvefit.cli.screen import line, remark
from curvefit.cli.study_folders import earlier_study, journals_of, ordered_as_before
from curvefit.models.base import ENGINE

if TYPE_CHECKING:
    from curvefit.models.base import Model
    from curvefit.report.study_reader import StudyFile
    from curvefit.tasks.readiness import Finding
    from curvefit.tasks.task import Task
    from curvefit.trials.design import Design
    from curvefit.trials.spending_limits import SpendingLimits
    from curvefit.workflows.fine_tuning_probe import ScoredUnit
    from curvefit.workflows.full_study import Criteria
    from curvefit.workflows.settle import Taken

__all__ = ["command", "retrieved_shots"]

_RETRIEVED: Final = (1, 4, 16)


@click.command(name="decide")
@task_options
@measuring_criteria_options
@training_option
@spending_options
@click.option("--dry-run", is_flag=True, help="Show what it would do first, and what that costs; do nothing.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="[default: reports/<task>/<model>]")
@quiet_option
@verbose_option
@json_option
def command(
    options: TaskOptions, margin: float | None, level: float, n_train: int | None, limits: SpendingLimits,
    dry_run: bool, out: Path | None, verbose: bool, machine: bool,
) -> int:  # fmt: skip
    """Fine-tune, or keep prompting? Does all it takes to answer.

    \b
      curvefit decide data.jsonl -m openai/gpt-4o-mini --max-usd 5 --dry-run
      curvefit decide data.jsonl -m openai/gpt-4o-mini --max-usd 5
      curvefit decide data.jsonl -m local/gemma3-270m --max-minutes 60

    One after the other:

    \b
      1. checks the examples, and stops if they cannot decide anything
      2. trains a plain classifier on them, if answers are labels: free
      3. measures prompts with random and with the most similar examples:
         1, 4 and 16 of these, as far as they fit, unless --retrieved says it
      4. while the answer is open, takes the next step that costs least for its chance to settle it

    `curvefit check` shows all that step 1 finds. Step 3 is `curvefit run`. Step 4 measures more, or fine-tunes the
    model, if that runs on this machine.

    It ends once the answer is known, a cap is reached, or no step is left that it can take. Then it says what to do,
    how that was found out, and what it did not do and why. It scores no more items than --items says (100): where more
    may settle it, that step is left to you.

    Caps hold over all steps together. Without --max-usd no single step costs more than all before it; without
    --max-minutes none takes more than an hour.

    Writes what `curvefit run` writes to --out, and what `curvefit probe` writes if it fine-tuned. The page lists each
    step: what it said, its calls, price and minutes. Replies and finished trainings are kept, so running the same
    command again continues. Where a larger study is there by then, it goes on from that, unless --items, --draws or
    --shots are given.

    Exit status: 0 done, 1 error, or the examples are not good enough, 2 called wrongly, 4 a cap was reached, 5 replies
    are missing, 130 interrupted.
    """
    from curvefit.report.readiness_text import fitness_sentence
    from curvefit.report.settle_text import over_all_starts, steps_of
    from curvefit.report.study_files import write_study
    from curvefit.report.validated import with_validated
    from curvefit.tasks.duplicates import duplicate_groups
    from curvefit.tasks.readiness import readiness
    from curvefit.workflows.full_study import Asking, Criteria, decide, retrieval_design
    from curvefit.workflows.planned_cost import ReplySources
    from curvefit.workflows.remainder import left_of
    from curvefit.workflows.settle import settle

    arm = options.arm(out)
    design = ordered_as_before(options.design(), [arm])
    task, model, folder = arm.task, arm.model, arm.folder
    criteria = Criteria(margin, level, n_train)
    done: list[Taken] = []
    try:
        for note in task.notes:
            remark(line(f"{task.name}: {note}"))
        earlier = earlier_study(task, model.name, folder / "study.json")
        criteria = with_kept_facts(criteria, earlier)
        if earlier is not None:
            design, criteria = _from_where_it_was(earlier, task, design, model, options.stated, criteria)
        decided_by = criteria.margin_for(min(design.items, len(task.items)))
        findings = readiness(task, margin=decided_by, level=level)
        if _is_blocked(findings):
            return EXIT["error"]
        fitness = fitness_sentence(findings, len(duplicate_groups(task.items)), decided_by, level)
        journals = journals_of(task.name, folder)
        retrieved = options.retrieved or _retrieved_that_fit(task, design, model, [] if dry_run else journals)
        if dry_run:
            similar = retrieval_design(design, retrieved)
            then = _what_may_follow(model.name)
            kept = ReplySources(journals)
            show(task, design, model, kept, machine=machine, similar=similar, then=then, caps=limits.caps)
            return EXIT["done"]
        say_margin(criteria, task, design)
        warn_of_larger(task, earlier, design, retrieved)
        started = time.monotonic()
        with progress_bar(f"{task.name} on {model.name}", limits, getting_ready(model.name)) as progress:
            asking = Asking(retrieved=retrieved, journal=journals, limits=limits, progress=progress, say=_say)
            measured = decide(task, design, model, asking, criteria)
        seconds = round(time.monotonic() - started, 1)
        write_study(measured, folder)  # whatever comes of the next steps, this is known
        study = with_validated(measured, folder)  # which may leave nothing to find out
        with progress_bar(f"{task.name} on {model.name}", limits) as progress:
            asking = replace(asking, progress=progress)
            for taken in settle(study, task, model, asking, criteria, _say_trained):
                done.append(taken)
                study = taken.study
        further = study.curve.design if study.curve is not measured.curve else None
        study, left = left_of(study, task, further or design, model, asking, limits)
    except KeyboardInterrupt:
        say_how_to_continue("interrupted", "replies and finished trainings are kept, continue with")
        return EXIT["interrupted"]
    finally:
        model.close()
    asked = replace(options.design(), ordered_by=design.ordered_by)
    if not asked.shots and not design.shots and measured.curve.design is not None:  # as far as pool and context go
        asked = replace(asked, shots=measured.curve.design.shots)
    words = _run_command(retrieved, asked, study.curve.design) if left is None else tuple(again(left))
    taken_now = tuple(steps_of(fitness, measured, seconds, done, str(folder)))
    steps = over_all_starts(taken_now, () if earlier is None else earlier.steps, limits.calls)
    study = replace(study, curve=replace(study.curve, command=words), steps=steps)
    printing = Printing(verbose=verbose, machine=machine)
    deliver(study, folder, printing, task=task, taken=done, asked_now=limits.answered, usd_now=limits.answered_usd)
    if left is not None:
        say_how_to_finish(study.curve.stopped, left)
        return EXIT["budget"]
    if cap := next((taken.cap for taken in done if taken.cap), ""):
        say_how_to_continue(f"stopped at {cap}", "finished passes are kept, and each start has its own cap; go on with")
        return EXIT["budget"]
    return EXIT["partial"] if study.curve.missing else EXIT["done"]


def retrieved_shots(task: Task) -> tuple[int, ...]:
    """Return with how many of the most similar examples it is asked where nobody says how many."""
    return tuple(k for k in _RETRIEVED if k <= len(task.pool))


def _retrieved_that_fit(task: Task, design: Design, model: Model, journals: Sequence[Path]) -> tuple[int, ...]:
    """Return those of them whose prompts the model holds; say which it does not, and what is never shown."""
    from curvefit.errors import PromptTooLong
    from curvefit.measurement.measure import plan_measurement
    from curvefit.workflows.full_study import retrieval_design

    shots = retrieved_shots(task)
    if (similar := retrieval_design(design, shots)) is None:
        return ()
    try:
        with waiting(f"{task.name} on {model.name}: {getting_ready(model.name)}"):
            plan = plan_measurement(task, similar, model, journals)
        for note in plan.notes():
            remark(line(f"{task.name}: {note}"))
    except PromptTooLong as error:
        if error.fits is None:
            raise
        shown = f"up to {error.fits[-1]} are shown" if error.fits else "none is shown"
        remark(line(f"{task.name}: {error.problem}: {shown}"))
        return error.fits
    return shots


def _is_blocked(findings: Sequence[Finding]) -> bool:
    """Say what makes the examples worthless for a decision, if anything does."""
    from curvefit.report.readiness_text import finding_sentence

    stops = [finding_sentence(finding) for finding in findings if finding.severity == "stop"]
    for text in stops:
        remark(line(f"stop: {text}"))
    if stops:
        remark("these examples cannot decide anything, so nothing was sent; curvefit check says more")
    return bool(stops)


def _what_may_follow(model: str) -> str:
    here = model.startswith(ENGINE)
    then = "a small fine-tuning of this model, or more measurements" if here else "more measurements"
    return f"then, only while the answer is open and the caps allow it: {then}, by cost for a chance to settle it"


def _say_trained(scored: ScoredUnit) -> None:
    from curvefit.report.probe_report import unit_sentence

    _say(unit_sentence(scored))


def _say(text: str) -> None:
    print_above(line(text))


def _from_where_it_was(
    earlier: StudyFile, task: Task, design: Design, model: Model, stated: Collection[str], criteria: Criteria
) -> tuple[Design, Criteria]:
    """Return design and criteria of the larger study that is there, but where others are stated; and say so."""
    from curvefit.workflows.full_study import continued

    wanted = continued(design, earlier.measurement, task, model, stated)
    if wanted == design:
        return design, criteria
    if criteria.margin is None:  # more items could tell less, but the question stays
        criteria = replace(criteria, margin=earlier.settings.margin)
    goes_on = f"goes on from the larger study in {earlier.path}: {size_of(wanted, task)}"
    remark(line(f"{task.name}: {goes_on}; for a smaller one, state --items, --draws or --shots"))
    return wanted, criteria


def _run_command(retrieved: tuple[int, ...], asked: Design, measured: Design | None) -> tuple[str, ...]:
    """Return the `curvefit run` that measures the same, from which commands of next steps are made.

    What was measured besides what the command line asks for is stated.
    """
    from curvefit.command_words import option_values, with_option

    program, _, *words = this_command()
    if retrieved and not option_values(words, "--retrieved"):
        words = ["--retrieved", ",".join(map(str, retrieved)), *words]
    words = [program, "run", *words]
    if measured is None:
        return tuple(words)
    if not set(measured.shots) <= set(asked.shots):
        words = with_option(words, "--shots", ",".join(map(str, measured.shots)))
    for name in ("draws", "items"):
        if getattr(measured, name) > getattr(asked, name):
            words = with_option(words, f"--{name}", str(getattr(measured, name)))
    return tuple(words)
