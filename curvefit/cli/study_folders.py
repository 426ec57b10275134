"""Where studies live. Lives here: the names of their folders, and which journals they share; nothing is made.

A folder is called by its model, then by what is unlike the task's own: an instruction, a choice of documents. A text
from the command line is called by its first words and a digest. Where the folder of that name holds the study of
another model, instruction or choice of documents, a digest is added: no study gives way to such, unless --out says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from curvefit.cli.screen import line, remark
from curvefit.errors import InputError
from curvefit.own_files import digest

if TYPE_CHECKING:
    from curvefit.payoff.predictor import Probed
    from curvefit.report.study_reader import StudyFile
    from curvefit.tasks.instructions import Instruction
    from curvefit.tasks.task import Task
    from curvefit.trials.design import Design
    from curvefit.workflows.arms import Arm

__all__ = ["earlier_study", "home_of", "journals_of", "ordered_as_before", "study_folder"]

_JOURNAL: Final = "journal.sqlite"
_DIGITS: Final = 6  # of a digest, in a name
_LONGEST: Final = 200  # bytes of a name: file systems take 255, and a digest may follow
_STUDY_OF: Final = {
    "model": "another model",
    "instruction": "another instruction",
    "documents": "other documents",
    "examples": "other examples",
}


def _folder_name(name: str) -> str:
    """Return a name made safe as a folder; of a long one the beginning, with a digest of all."""
    safe = re.sub(r"[^\w.-]+", "-", name).strip(".-") or "unnamed"
    if len(whole := safe.encode()) <= _LONGEST:
        return safe
    return f"{whole[:_LONGEST].decode(errors='ignore')}-{digest(name)[:_DIGITS]}"


def home_of(task: str) -> Path:
    """Return where the studies of a task live, each in a folder of its own."""
    return Path("reports", _folder_name(task))


def study_folder(
    task: Task, model: str, instruction: Instruction | None, base: Path | None = None, *, among_others: bool = False
) -> Path:
    """Return where a study lives, below `base` or reports/<task>; say so where another has that name.

    `instruction` is the one that was stated. What earlier versions kept by the name of its model alone stays
    there; `among_others` it is left as it is, and the task's own instruction is named too.
    """
    base = base or home_of(task.name)
    is_own = instruction is None or instruction.text is None
    names = [] if instruction is None or (is_own and not among_others) else [instruction.label]
    context = dict(task.overrides).get("context", "")
    names += [context] if context else []
    by_model, home = base / _folder_name(model), base / _folder_name(", ".join([model, *names]))
    if names and not among_others and _holds(by_model, task, model, stated=True) == "":
        return by_model
    mark = digest([model, task.instruction, context])[:_DIGITS]
    marked = home.with_name(f"{home.name}-{mark}")
    if instruction is not None and instruction.is_text:
        return marked
    held = _holds(home, task, model)
    if held in ("", "examples", None):
        return home
    remark(line(f"{task.name}: {home} holds the study of {_STUDY_OF[held]}; this one is kept in {marked}"))
    return marked


def _holds(folder: Path, task: Task, model: str, *, stated: bool = False) -> str | None:
    """Return by what the study that is there is another: see `what_differs`; None where there is none to read.

    With `stated`, one by the task's own instruction and documents counts as none.
    """
    from curvefit.workflows.full_study import what_differs

    study = _read(folder / "study.json")
    if study is None or (stated and not {"instruction", "context"} & dict(study.measurement.overrides).keys()):
        return None
    return what_differs(study.measurement, task, model)


def _read(file: Path) -> StudyFile | None:
    return _read_version(file, file.stat().st_mtime_ns) if file.exists() else None


@lru_cache
def _read_version(file: Path, _: int) -> StudyFile | None:
    """Read a study once, though several ask for it."""
    from curvefit.report.study_reader import open_study

    try:
        return open_study(file)
    except InputError:
        return None


def ordered_as_before(design: Design, arms: Sequence[Arm]) -> Design:
    """Return a design with the random orders of the studies that are there, where these still score the same items."""
    from curvefit.workflows.full_study import as_ordered_before

    for arm in arms:
        earlier = _read(arm.folder / "study.json")
        if earlier is not None:
            design = as_ordered_before(design, earlier.measurement, arm.task)
    return design


def earlier_study(task: Task, model: str, file: Path) -> StudyFile | None:
    """Return the study of this task and model that is there; say so before that of another is replaced.

    Say so too where examples were changed since, or the task is split otherwise now: of changed examples the study is
    returned without what was found out by the older ones. What cannot be read is none.
    """
    from curvefit.workflows.full_study import what_differs

    earlier = _read(file)
    if earlier is None:
        return None
    other = what_differs(earlier.measurement, task, model)
    if not other:
        _say_what_moved(earlier, task)
        return earlier
    path = earlier.measurement.path
    if other == "examples" and _is_read_from(path, task, file):
        return _of_older_examples(earlier, task)
    what = f"{_STUDY_OF[other]}, read from {path}," if other == "examples" and path else f"{_STUDY_OF[other]},"
    remark(line(f"{task.name}: {file} holds the study of {what} and will be replaced; to keep both, use another --out"))
    return None


def _is_read_from(path: str, task: Task, study: Path) -> bool:
    """Whether a task stands where a study's own did."""
    from curvefit.tasks.loading import found_task

    there = found_task(path, study.parent) if path and task.path else None
    return there is not None and there.resolve() == Path(task.path).resolve()


def _of_older_examples(earlier: StudyFile, task: Task) -> StudyFile:
    """Return of a study what holds although its task's examples were changed since; say how many, and what follows."""
    from curvefit.report.wording import counted
    from curvefit.workflows.known_items import changed_items, corrected_targets

    before = earlier.measurement
    items, gone = len(before.items), changed_items(before, task)
    if corrected := corrected_targets(before, task):
        what = f"{corrected:,} of its {counted(items, 'target')} {'was' if corrected == 1 else 'were'} corrected"
        then = "scored anew, and prompts that show a corrected example are asked again"
    else:
        part = f"{gone:,} of its {counted(items, 'item')}" if gone else "the examples or their scorer"
        what, then = f"{part} {'was' if gone == 1 else 'were'} changed", "prompts that changed are asked again"
    kept = ", its costs stay" if earlier.costs else ""
    remark(line(f"{task.name}: since {earlier.path} {what}: {then}; the study is replaced{kept} (--out keeps both)"))
    _say_what_moved(earlier, task)
    return replace(earlier, settings=replace(earlier.settings, probes=_still_fitting(earlier, task)), steps=())


def _still_fitting(earlier: StudyFile, task: Task) -> tuple[Probed, ...]:
    """Return the probe that counted in a study, if the one beside it is still of the task; say so if not."""
    from curvefit.report.probe_reader import read_probe

    told = earlier.settings.probes
    try:
        # By the task as it is: what the study asked is no more.
        beside = read_probe(
            earlier.path.parent, replace(earlier.measurement, asked=""), lambda: task, earlier.n_train_predicted
        )
    except InputError:
        kept: tuple[Probed, ...] = ()
    else:
        kept = tuple(beside for probe in told if probe.model == beside.model)
    if left := [probe.model for probe in told if probe.model not in {each.model for each in kept}]:
        why = "may be of the older examples, and counts no more; curvefit probe makes it anew"
        remark(line(f"{task.name}: the fine-tuning of {', '.join(left)} {why}"))
    return kept


def _say_what_moved(earlier: StudyFile, task: Task) -> None:
    """Say so where other items are scored than were, or prompts show other examples, since rows came or went."""
    from curvefit.tasks.task import item_digests
    from curvefit.trials.selection import choose_items
    from curvefit.workflows.full_study import as_ordered_before
    from curvefit.workflows.known_items import corrected_targets

    before = earlier.measurement
    scored, design, pool = before.items, before.design, before.pool
    if design is None:
        return
    of_its_size = replace(design, items=len(scored), ordered_by="text")
    chosen = choose_items(task.items, as_ordered_before(of_its_size, before, task))
    moved = bool(before.digests) and not corrected_targets(before, task)  # where a row without an id has another
    now = {item.id for item in chosen if not (moved and item.id.startswith("line-"))}
    same = {*item_digests(task, chosen)}.intersection(before.digests)
    there = [name in now or digest in same for name, digest in zip(scored, before.digests or scored, strict=True)]
    if gone := there.count(False):
        what = f"of the {len(scored):,} items of {earlier.path}, {gone:,} {'is' if gone == 1 else 'are'} not scored now"
        why = "since rows came or went, --seed is another, or an earlier version drew them"
        so = "what is new is asked, and a model trained on the old pool may know new items"
        remark(line(f"{task.name}: {what}, {why}: {so}"))
    elif pool and pool != len(task.pool):
        what = f"the pool of {earlier.path} had {pool:,} examples, and this one has {len(task.pool):,}"
        remark(line(f"{task.name}: {what}: prompts that show other examples now are asked again"))


def journals_of(task: str, folder: Path, beside: Path | None = None) -> tuple[Path, ...]:
    """Return where the replies of a study are kept, then the journals that it shares with.

    Those of one command share, and those of one task below reports/; what is kept elsewhere is asked anew.

    `beside` is where several studies of one command live, each in a folder of its own.
    """
    home = home_of(task)
    beside = beside or (home if folder.parent.absolute() == home.absolute() else folder)
    own = folder / _JOURNAL
    others = {beside / _JOURNAL, *beside.glob(f"*/{_JOURNAL}")} - {own}
    return (own, *sorted(others))
