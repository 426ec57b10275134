"""Are labels right? Lives here: which targets are worth a warning before any model is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from curvefit.tasks.readiness import Finding
from curvefit.tasks.task import Item, Task
from curvefit.training.text_classifier import Unlikely, unlikely_targets

__all__ = ["doubted_in_pool", "doubtful_targets", "surely_wrong"]

# Measured by `python -m benchmarks.training.wrong_labels`.
_SURE: Final = 0.8  # chance from which a target is named
_MANY: Final = 0.15  # share of examples; where more look wrong the classifier is what is wrong
_FEWEST, _MOST = 100, 2_000  # examples: below the first it errs, above the other it takes seconds
_IN_PASSING: Final = 1_000  # examples, which take less than one


def doubtful_targets(task: Task) -> tuple[Finding, ...]:
    """Return a finding that names the examples, pool and items, whose targets look wrong; empty where none does.

    By `curvefit.training.text_classifier.unlikely_targets`, where the classifier agrees with nearly all targets and is
    sure of these: a false alarm costs trust in all other findings.

    Of a task whose answers are not picked from a few nothing is returned.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from curvefit.workflows.label_check import doubtful_targets
    >>> task = cf.load_task("sample_tasks/tickets")
    >>> doubtful_targets(task)
    ()
    >>> wrong = replace(task.items[0], target="B5")
    >>> (found,) = doubtful_targets(replace(task, items=(wrong, *task.items[1:])))
    >>> found.code, found.values["rows"] == (wrong.id,)
    ('target-doubtful', True)
    """
    sure = surely_wrong(task)
    if not sure:
        return ()
    return (
        Finding(
            "warn",
            "target-doubtful",
            {
                "count": len(sure), "of": len(task.pool) + len(task.items),
                "rows": tuple(one.example.id for one in sure),
                "targets": tuple(one.example.target for one in sure), "answers": tuple(one.answer for one in sure),
            },
        ),
    )  # fmt: skip


def doubted_in_pool(task: Task, pool: Sequence[Item]) -> int:
    """Return how many targets of a task's pool `doubtful_targets` names; none of a task that takes a while."""
    if len(task.pool) + len(task.items) > _IN_PASSING:
        return 0
    return sum(one.example in pool for one in surely_wrong(task))


def surely_wrong(task: Task) -> Sequence[Unlikely]:
    """Return the examples that `doubtful_targets` names, the surest first: one list for all who name any."""
    count = len(task.pool) + len(task.items)
    if not _FEWEST <= count <= _MOST:
        return ()
    found = unlikely_targets(task, items=True)
    return () if len(found) > _MANY * count else [one for one in found if one.chance >= _SURE]
