"""The tasks of the laboratory: the sample tasks, and task data in $CURVEFIT_DATA/tasks or ../shared/data/tasks.

Each is one row of a table: where examples come from, which of them, and how replies are judged. Examples that a small
model cannot hold 64 of, or only at length, are left out by their length; that is part of the task and said here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.paths import DATA, ROOT
from curvefit import load_task
from curvefit.tasks.scorers import make_scorer
from curvefit.tasks.task import Item, Task, canonical

__all__ = ["EXTERNAL", "SAMPLES", "External", "task_of"]

SAMPLES: Final = tuple(sorted(path.parent.name for path in (ROOT / "sample_tasks").glob("*/task.yaml")))

POOL: Final = 640  # as many as the sample tasks have, about; what is retrieved from is what is trained on
SHOTS: Final = (0, 1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True, slots=True)
class External:
    """A task made of one file of examples.

    Attributes
    ----------
    file : str
        Its name, without ``.jsonl``.
    kind, instruction, scorer : str
        As in a ``task.yaml``.
    longest : (int, int)
        Characters an input, as it is in the file, and an output may have; longer examples are left out.
    classes : int
        Labels that are kept, chosen at random; 0: all, where outputs are labels.
    labelled : bool
        Whether outputs are labels.
    change, answer : callable, optional
        Make another input of an input, and another output of an output.
    shots : tuple of int
        Numbers of demonstrations.
    retrieved : tuple of int
        Numbers of retrieved demonstrations.
    """

    file: str
    kind: str
    instruction: str
    scorer: str
    longest: tuple[int, int] = (200, 130)
    classes: int = 0
    labelled: bool = False
    change: Callable[[str], str] = str
    answer: Callable[[str], str] = str
    shots: tuple[int, ...] = SHOTS
    retrieved: tuple[int, ...] = (1, 4, 16)


def _question(text: str) -> str:
    """Keep the question of one that comes with an abstract."""
    return text.split("\n", 1)[0].removeprefix("Question: ")


def _field(name: str) -> Callable[[str], str]:
    """Return what keeps one field of an output that is JSON."""
    return lambda text: str(json.loads(text)[name])


_BANK: Final = "Name the intent of each message to a bank."
_STUDY: Final = "Answer each question about a medical study with yes, no or maybe."

EXTERNAL: Final = {
    "banking77-12": External("banking77", "classification", _BANK, "label", classes=12, labelled=True),
    "banking77-24": External("banking77", "classification", _BANK, "label", classes=24, labelled=True),
    "banking77": External("banking77", "classification", _BANK, "label", labelled=True),
    "snips_json": External("snips_json", "structured", "Write intent and slots of each request as JSON.", "json"),
    "nlupp_json": External(
        "nlupp_json", "structured", "Write the domain, intents and slots of each message as JSON.", "json", (80, 110)
    ),
    "snips_json-intents": External(
        "snips_json",
        "classification",
        "Name the intent of each request.",
        "label",
        labelled=True,
        answer=_field("intent"),
    ),
    "nlupp_json-domains": External(
        "nlupp_json",
        "classification",
        "Name the domain of each message.",
        "label",
        labelled=True,
        answer=_field("domain"),
    ),
    "nl2regex": External(
        "nl2regex", "dsl", "Write the regular expression for each description.", "normalized", (120, 60)
    ),
    "nl2bash": External("nl2bash", "code", "Write the bash command for each request.", "normalized", (120, 60)),
    "apibench_torchhub": External(
        "apibench_torchhub", "json/api", "Write the call that loads a model for each request.", "normalized", (200, 160)
    ),
    "pii_redaction": External(
        "pii_redaction", "pii", "Write each text with its personal data replaced by their kinds.", "exact", (120, 120)
    ),
    "advising_sql": External(
        "advising_sql",
        "sql",
        "Write the SQL query for each question about courses.",
        "normalized",
        (150, 330),
        shots=SHOTS[:-1],
    ),
    "e2e_text2json": External(
        "e2e_text2json", "structured", "Write the attributes of each restaurant as JSON.", "json", (200, 160)
    ),
    "pubmedqa-closed": External(
        "pubmedqa", "knowledge-qa", _STUDY, "label", (3000, 10), labelled=True, change=_question
    ),
    "pubmedqa": External(
        "pubmedqa", "qa", _STUDY, "label", (1800, 10), labelled=True, shots=SHOTS[:-2], retrieved=(1, 4)
    ),
    "medqa": External(
        "medqa",
        "knowledge-qa",
        "Answer each medical question with the letter of the right choice.",
        "label",
        (700, 1),
        labelled=True,
        shots=SHOTS[:-2],
        retrieved=(1, 4),
    ),
}


def task_of(name: str) -> Task:
    """Return a task of the laboratory."""
    return load_task(ROOT / "sample_tasks" / name) if name in SAMPLES else _external(name, EXTERNAL[name])


def _external(name: str, told: External) -> Task:
    rows = [
        json.loads(line) for line in (DATA / "tasks" / f"{told.file}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    rows = [
        {**row, "input": told.change(row["input"]), "output": told.answer(row["output"])}
        for row in rows
        if _short(row, told)
    ]
    labels = sorted({row["output"] for row in rows}) if told.labelled else []
    if told.classes:
        kept = np.random.default_rng(0).permutation(len(labels))[: told.classes]
        labels = sorted(labels[i] for i in kept)
        rows = [row for row in rows if row["output"] in labels]
    found = [(row["split"], Item(f"{told.file}-{n}", row["input"], row["output"])) for n, row in enumerate(rows)]
    items = _unlike([item for split, item in found if split == "test"], set())
    pool = _unlike([item for split, item in found if split != "test"], {canonical(item) for item in items})
    chosen = np.random.default_rng(1).permutation(len(pool))[:POOL]
    return Task(
        name=name,
        instruction=told.instruction,
        kind=told.kind,
        pool=tuple(pool[i] for i in sorted(chosen)),
        items=tuple(items),
        scorer=make_scorer(told.scorer, tuple(labels)),
        labels=tuple(labels),
    )


def _short(row: dict[str, str], told: External) -> bool:
    """Whether an example fits in length; targets of more than a line would be asked for in another way."""
    answer = told.answer(row["output"])
    return len(row["input"]) <= told.longest[0] and len(answer) <= told.longest[1] and "\n" not in answer


def _unlike(items: list[Item], seen: set[str]) -> list[Item]:
    """Return the items whose text is not among those seen, the first of equals."""
    kept = []
    for item in items:
        if canonical(item) not in seen:
            seen.add(canonical(item))
            kept.append(item)
    return kept
