"""`curvefit run` with several models, instructions or contexts: each measured, each a study, and all compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from curvefit.cli.delivery import deliver_comparison
from curvefit.cli.main import EXIT
from curvefit.cli.progress import getting_ready, print_above, progress_bar
from curvefit.cli.run import say_how_to_continue, say_how_to_finish, this_command, warn_of_larger, with_kept_facts
from curvefit.cli.screen import line, remark
from curvefit.cli.study_folders import earlier_study, journals_of
from curvefit.models.redaction import redact_word

if TYPE_CHECKING:
    from curvefit.cli.options import TaskOptions
    from curvefit.study import Study
    from curvefit.trials.design import Design
    from curvefit.trials.spending_limits import SpendingLimits
    from curvefit.workflows.arms import Arm
    from curvefit.workflows.full_study import Criteria
    from curvefit.workflows.planned_cost import PlannedPart
    from curvefit.workflows.study_comparison import Comparison

__all__ = ["command_of_arm", "run_arms"]

# What sets arms apart on a command line, with how many words follow.
_OF_ARMS: Final = {"-m": 1, "--model": 1, "--instruction": 1, "--context": 1, "--out": 1, "--json": 0}
_SAID: Final = ("instruction", "context")


def run_arms(
    arms: Sequence[Arm], options: TaskOptions, design: Design, base: Path, limits: SpendingLimits, criteria: Criteria,
    *, machine: bool, verbose: bool = False,
) -> int:  # fmt: skip
    """Measure all arms, write each as a study, compare them, and print the comparison; return the exit status."""
    from curvefit.errors import InputError
    from curvefit.report.study_files import write_pages
    from curvefit.report.study_record import to_record
    from curvefit.workflows.remainder import remainder

    folders = [arm.folder for arm in arms]
    if twice := next((folder for folder in folders if folders.count(folder) > 1), None):
        raise InputError("two candidates would be kept here; rename an instruction", file=twice)
    done: dict[str, Study] = {}
    try:
        for arm, study in _measured(arms, options, design, base, limits, criteria):
            done[arm.name] = study
        left = None
        if stopped := next((study.curve.stopped for study in done.values() if study.curve.stopped), ""):
            left = remainder(stopped, limits, _needed(arms, options, design, base))
    except KeyboardInterrupt:
        say_how_to_continue("interrupted")
        return EXIT["interrupted"]
    finally:
        for model in {id(arm.model): arm.model for arm in arms}.values():
            model.close()
    for arm in arms:
        if arm.name in done:
            write_pages(done[arm.name], arm.folder, task=arm.task)
    if (comparison := _compared(done, criteria, stopped)) is not None:
        scores = {arm.name: arm.training_score for arm in arms}
        studies = tuple(replace(study, training_score=scores[study.name]) for study in comparison.studies)
        comparison = replace(comparison, studies=studies)
        deliver_comparison(comparison, base, machine=machine, verbose=verbose)
    elif machine:  # a cap was reached before there were two to compare
        click.echo(json.dumps(to_record(next(iter(done.values()))), allow_nan=False))
    if left is not None:
        say_how_to_finish(stopped, left)
        return EXIT["budget"]
    return EXIT["partial"] if any(study.curve.missing for study in done.values()) else EXIT["done"]


def _compared(done: Mapping[str, Study], criteria: Criteria, stopped: str) -> Comparison | None:
    """Return the studies compared; without the last, where a cap left it too few items; None of fewer than two."""
    from curvefit.errors import CurveError
    from curvefit.workflows.study_comparison import compare

    if len(done) < 2:
        return None
    try:
        margins = {study.margin for study in done.values()}
        return compare(done, margin=None if len(margins) == 1 else max(margins), level=criteria.level)
    except CurveError:
        if not stopped:
            raise
        return _compared(dict(list(done.items())[:-1]), criteria, "")


def _measured(
    arms: Sequence[Arm], options: TaskOptions, design: Design, base: Path, limits: SpendingLimits, criteria: Criteria
) -> Iterator[tuple[Arm, Study]]:
    """Yield each arm's study, once it is written, and say how it came out."""
    from curvefit.report.study_files import write_study
    from curvefit.report.terminal import arm_line
    from curvefit.workflows.arms import measure_arms
    from curvefit.workflows.full_study import Asking
    from curvefit.workflows.remainder import left_of

    for note in dict.fromkeys(note for arm in arms for note in arm.task.notes):
        having = [arm.name for arm in arms if note in arm.task.notes]
        remark(line(note if len(having) == len(arms) else f"{', '.join(having)}: {note}"))
    decided_by: dict[str, Criteria] = {}
    for arm in arms:
        earlier = earlier_study(arm.task, arm.model.name, arm.folder / "study.json")
        warn_of_larger(arm.task, earlier, design, options.retrieved)
        decided_by[arm.name] = with_kept_facts(criteria, earlier)
    with progress_bar(arms[0].task.name, limits, getting_ready(arms[0].model.name)) as progress:

        def asking_of(arm: Arm) -> Asking:
            journals = journals_of(arm.task.name, arm.folder, base)
            return Asking(retrieved=options.retrieved, journal=journals, limits=limits, progress=progress)

        for arm, study in measure_arms(arms, design, asking_of, lambda arm: decided_by[arm.name]):
            study, left = left_of(study, arm.task, design, arm.model, asking_of(arm), limits)
            words = command_of_arm(this_command(), arm)
            command = words if left is None else left.command(words)
            study = replace(study, curve=replace(study.curve, command=tuple(command)))
            write_study(study, arm.folder)  # whatever comes of the others, this is known
            print_above(line(arm_line(arm.name, study)))
            yield arm, study


def _needed(arms: Sequence[Arm], options: TaskOptions, design: Design, base: Path) -> list[PlannedPart]:
    """Return what all arms still take, each without what those before it send."""
    from curvefit.trials.workload import Planned
    from curvefit.workflows.full_study import retrieval_design
    from curvefit.workflows.planned_cost import ReplySources, still_needed

    planned = Planned(is_mixed=True)
    designs = (design, retrieval_design(design, options.retrieved))
    parts: list[PlannedPart] = []
    for arm in arms:
        kept = ReplySources(journals_of(arm.task.name, arm.folder, base), planned)
        parts += still_needed(arm.task, designs, arm.model, kept)
    return parts


def command_of_arm(words: Sequence[str], arm: Arm) -> list[str]:
    """Return the command line that measures one arm alone, from the one that measures all."""
    kept: list[str] = []
    left_out = 0
    for word in words:
        if left_out:
            left_out -= 1
            continue
        name, has_value, _ = word.partition("=")
        if name in _OF_ARMS:
            left_out = 0 if has_value else _OF_ARMS[name]
        elif not (word.startswith("-m") and not word.startswith("--")):
            kept.append(word)
    # By its file, where it has one: a text may have several lines, or read as the path of another.
    stated = {"instruction": arm.instruction} if arm.instruction else {}
    overrides = [(name, stated.get(name, value)) for name, value in arm.task.overrides if name in _SAID]
    said = [part for name, value in overrides for part in (f"--{name}", value)]
    at = kept.index("--") if "--" in kept else len(kept)  # what follows two dashes are no options
    options = ["-m", arm.model.name, *said, "--out", str(arm.folder)]
    return [redact_word(word) for word in (*kept[:at], *options, *kept[at:])]
