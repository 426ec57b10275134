"""Targets for inputs that have none, drafted by a stronger model. Lives here: measuring it first, asking, writing.

A draft is no label. It says by whom it was made and how often that model agreed with labels there are, goes into the
pool alone, and is named wherever the task is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from curvefit.curves.curve import Estimate
from curvefit.errors import InputError
from curvefit.measurement.measure import measure, plan_measurement
from curvefit.measurement.measurement import observed_points
from curvefit.models.base import Model, Usage
from curvefit.own_files import write_whole
from curvefit.reasoning import parse
from curvefit.tasks.examples import read_inputs
from curvefit.tasks.task import Item, Score, Scorer, Task, canonical
from curvefit.trials.design import Design
from curvefit.trials.journal import Journal, JournalPaths, journal_paths
from curvefit.trials.trial_plan import Plan
from curvefit.workflows.full_study import Asking

__all__ = ["Drafts", "draft_pool", "plan_drafts", "unlabelled"]

_SHOWN: Final = 8  # labelled examples most similar to each input
_LEVEL: Final = 0.9
_READ: Final = ("label", "number", "json")  # scorers that read an answer out of a reply


@dataclass(frozen=True, slots=True)
class Drafts:
    """What a model drafted, and how it did on labels there are.

    Attributes
    ----------
    by : str
        The model.
    agreement : Estimate
        Its accuracy on labelled items, by the task's scorer, shown the same number of examples.
    checked : int
        How many items that is measured on.
    examples : tuple of Item
        Inputs with what was drafted for them.
    unreadable : tuple of str
        Ids of inputs whose reply has no answer; they are left out.
    usage : Usage
        What all of it took.
    stopped : str
        The limit that ended it early; empty where none did.
    """

    by: str
    agreement: Estimate
    checked: int
    examples: tuple[Item, ...]
    unreadable: tuple[str, ...]
    usage: Usage
    stopped: str = ""

    @property
    def signature(self) -> str:
        """What every draft says of itself."""
        right = f"{100 * self.agreement.value:.0f}%"
        return f"{self.by}, which agreed with {right} of the labels of {self.checked} items"

    def write(self, out: Path) -> None:
        """Write them as lines that the task's pool can take."""
        with write_whole(out) as scratch, scratch.open("w", encoding="utf-8") as file:
            for example in self.examples:
                file.write(json.dumps(self._record(example), ensure_ascii=False) + "\n")

    def _record(self, example: Item) -> dict[str, Any]:
        record: dict[str, Any] = {"id": example.id, "input": example.input, "output": example.target}
        if example.context:
            record["context"] = example.context
        return {**record, "drafted_by": self.signature}


def unlabelled(task: Task, path: Path) -> tuple[tuple[Item, ...], int]:
    """Read inputs without targets; those that the task already has are left out.

    Returns
    -------
    (tuple of Item, int)
        The inputs, and how many were left out.

    Raises
    ------
    InputError
        One line that names file, line and field; or nothing is left.
    """
    known = {canonical(example) for example in task.examples}
    fresh: dict[str, Item] = {}
    rows = read_inputs(path).rows
    for row in rows:
        item = Item(f"draft-{row.id}", row.input, "?", row.context)
        if canonical(item) not in known:
            fresh.setdefault(canonical(item), item)
    if not fresh:
        raise InputError("holds no input that the task does not have already", file=path)
    return tuple(fresh.values()), len(rows) - len(fresh)


def plan_drafts(
    task: Task, inputs: Sequence[Item], model: Model, items: int, journal: Path | None
) -> tuple[Plan, Plan]:
    """Return what is asked: first labelled items, to see how far the model agrees, then the inputs.

    Inputs are as `unlabelled` gives them; agreement is measured on `items` labelled items, at most.
    """
    shots = min(_SHOWN, len(task.pool))
    design = Design((shots,), 1, items, selection="similar") if shots else Design((0,), 1, items)
    check = plan_measurement(task, design, model, journal)
    # Nobody judges what has no target: a judge would be asked, and paid, for nothing.
    unscored = Scorer("drafts", _no_score)
    open_task = replace(task, items=tuple(inputs), scorer=unscored, judge=None, also_scored_by=None)
    # With the cap of the labelled items: of targets that are yet to be written nobody knows the length.
    design = replace(design, items=len(inputs), reply_tokens=check.max_tokens)
    return check, plan_measurement(open_task, design, model, journal)


def _no_score(reply: str, item: Item) -> Score:
    return Score(0.0, reply or None)


def draft_pool(task: Task, plans: tuple[Plan, Plan], model: Model, asking: Asking) -> Drafts:
    """Measure how far a model agrees with labels, then let it draft targets for inputs without any.

    Plans are as `plan_drafts` makes them. Journal, limits and progress of `asking` are used; the journal is needed.

    Raises
    ------
    CurvefitError
        As of `curvefit.measure`. Replies so far are in the journal, and the same call again goes on.
    """
    check, wanted = plans

    def measured(plan: Plan) -> Any:
        return measure(plan.task, plan, model, journal=asking.journal, progress=asking.progress, limits=asking.limits)

    agreed = measured(check)
    (point,) = observed_points(agreed, _LEVEL)
    usage, stopped = agreed.usage, agreed.stopped
    examples: list[Item] = []
    unreadable: list[str] = []
    if not stopped:
        done = measured(wanted)
        usage, stopped = usage + done.usage, done.stopped
        for item, answer in _answers(task, wanted, model, asking.journal):
            if answer:
                examples.append(replace(item, target=answer))
            else:
                unreadable.append(item.id)
    return Drafts(model.name, point.accuracy, point.n_items, tuple(examples), tuple(unreadable), usage, stopped)


def _answers(task: Task, plan: Plan, model: Model, journal: JournalPaths | None) -> Iterator[tuple[Item, str]]:
    """Yield each input that has a reply, with its answer as a target would be written; empty where it has none."""
    order = {item.id: position for position, item in enumerate(plan.task.items)}  # that of the file
    with Journal(next(iter(journal_paths(journal)), None)) as records:
        for trial in sorted(plan.trials(), key=lambda trial: order[plan.items[trial.item].id]):
            item, digest = plan.items[trial.item], plan.request(trial).digest(model.identity)
            reply = records.replies([digest]).get(digest)
            if reply is None:
                continue
            parts = parse(reply.text)
            text = parts.answer.strip() if parts.ends and reply.ending != "length" else ""
            yield item, _as_target(task, text, item)


def _as_target(task: Task, text: str, item: Item) -> str:
    """Return a reply as a target: a label, the number or the JSON in it, or else all of it; empty if unreadable."""
    if not text:
        return ""
    answer = task.scorer(text, replace(item, target=task.items[0].target)).answer  # read as a target like others is
    if task.scorer.name in _READ:
        return answer or ""
    return text if answer else ""
