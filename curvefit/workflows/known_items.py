"""Items of measurements, looked up in their tasks. Lives here: what they hold, where a task is as it was."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from curvefit.errors import CurvefitError
from curvefit.measurement.measurement import Measurement
from curvefit.tasks.task import Task, fingerprint, fingerprint_of, item_digests

__all__ = ["DocumentsOfItems", "TasksOfItems", "changed_items", "corrected_targets"]


@dataclass(frozen=True, slots=True)
class DocumentsOfItems:
    """Which items of a measurement name documents that answer them, and how many were shown all of these.

    Attributes
    ----------
    items, named, shown : int
        Items; those that name a document; those of them in whose prompt all that they name stand.
    """

    items: int
    named: int
    shown: int


class TasksOfItems:
    """The tasks of measurements, each read once; code in them is not run."""

    def __init__(self) -> None:
        self._read: dict[tuple[object, ...], Task | None] = {}

    def identified(self, measured: Measurement) -> Measurement:
        """Return a measurement that knows its items by content, where its task is as it was; else as it is."""
        task = self._task(measured)
        if task is None or not measured.asked or fingerprint_of(task, measured.items) != measured.asked:
            return measured
        known = task.by_id
        return replace(measured, digests=item_digests(task, [known[name] for name in measured.items]))

    def needs_search(self, measured: Measurement) -> bool:
        """Whether it was shown the right documents, which in use have to be searched.

        Not where each input is known to come with its own: where the task has no documents beside its examples.
        """
        if dict(measured.overrides).get("context") != "given":
            return False
        task = self._task(measured)
        return task is None or bool(task.documents)

    def documents(self, measured: Measurement) -> DocumentsOfItems | None:
        """Return what was shown of the documents that items name; None where the task has none, or is not as it was."""
        task = self._task(measured)
        if task is None or not task.documents or fingerprint_of(task, measured.items) != measured.asked:
            return None
        texts = {document.id: document.text for document in task.documents}
        items = [task.by_id[name] for name in measured.items]
        named = [item for item in items if item.documents]
        shown = sum(all(texts[each] in item.context for each in item.documents) for item in named)
        return DocumentsOfItems(len(items), len(named), shown)

    def inputs(self, curves: Iterable[Measurement]) -> dict[str, str]:
        """Return inputs by id, of items that are what they were; of measurements as `identified` returns them."""
        found: dict[str, str] = {}
        for measured in curves:
            task = self._task(measured)
            if task is None or not measured.digests:
                continue
            examples = task.examples
            there = {
                example.id: (example.input, name)
                for example, name in zip(examples, item_digests(task, examples), strict=True)
            }
            for item, name in zip(measured.items, measured.digests, strict=True):
                text, now = there.get(item, ("", ""))
                if name == now:
                    found.setdefault(item, text)
        return found

    def _task(self, measured: Measurement) -> Task | None:
        """Return the task as it is now; None where it is not to be had."""
        seed = measured.design.seed if measured.design else 0
        key = (measured.path, measured.overrides, seed)
        if key not in self._read:
            self._read[key] = None
            if measured.path and measured.asked:
                from curvefit.tasks.loading import load_task_again  # late: all reports load this module, to draw it

                with suppress(CurvefitError, OSError):
                    self._read[key] = load_task_again(measured.path, measured.overrides, seed=seed, run_code=False)
        return self._read[key]


def changed_items(measured: Measurement, task: Task) -> int:
    """Return how many measured items are no longer in the task as they were; 0 where that is all, as by its scorer."""
    now = set(item_digests(task, task.examples))
    gone = sum(name not in now for name in measured.digests)
    return gone if gone < len(measured.items) else 0


def corrected_targets(measured: Measurement, task: Task) -> int:
    """Return how many measured items have another target now; 0 where more differs, or that cannot be told.

    A measurement names its items by content alone: a target that an item had is looked for among those of the task.
    """
    known = task.by_id
    if not task.labels or not measured.digests or not known.keys() >= set(measured.items):
        return 0
    items = [known[name] for name in measured.items]
    now = item_digests(task, items)
    changed = {i for i, name in enumerate(now) if name != measured.digests[i]}
    if len(changed) == len(items):  # as by another scorer
        return 0
    targets = sorted({example.target for example in task.examples})
    tried = [replace(items[i], target=target) for i in sorted(changed) for target in targets]
    had = {name: item.target for name, item in zip(item_digests(task, tried), tried, strict=True)}
    before = [
        replace(item, target=had.get(measured.digests[i], item.target)) if i in changed else item
        for i, item in enumerate(items)
    ]
    return len(changed) if fingerprint(task, before) == measured.asked else 0
