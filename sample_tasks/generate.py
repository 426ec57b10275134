"""Write the data files of every sample task: ``python sample_tasks/generate.py [FOLDER]``.

Lives here: drawing, de-duplication, the split into pool and items, and the writing. What an example says is decided
in ``generators/``; how a task is scored, in its ``task.yaml``. Same code, same bytes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from generators import (
    alerts,
    api_calls,
    berths,
    capitals,
    case_notes,
    contacts,
    crm_cards,
    ferry_facts,
    ferry_format,
    handbook,
    house_code,
    house_tone,
    invented_language,
    kubectl,
    logquery,
    medical_redaction,
    query_json,
    redaction,
    reviews,
    sales_email,
    six_languages,
    tickets,
    widgets,
)
from generators.chooser import Chooser

__all__ = ["TASKS", "Recipe", "draw", "main", "sameness"]

Row = tuple[str, ...]  # input, output and, where there are documents, the id of the one that answers it
Examples = Callable[[Chooser], Iterator[Row]]
Example = dict[str, Any]


class Recipe(NamedTuple):
    """Where the examples of a task come from and how many are kept."""

    examples: Examples
    pool: int
    items: int
    documents: Callable[[], Iterator[dict[str, str]]] | None = None
    judge_labels: Callable[[list[dict[str, str]]], Iterator[dict[str, str]]] | None = None  # of the pool
    item_examples: Examples | None = None  # where items come from, if not from where the pool does
    turns: bool = False  # whether each line of an input is a turn of a conversation


TASKS: Final[dict[str, Recipe]] = {
    "alerts": Recipe(alerts.examples, pool=500, items=200),
    "api_calls": Recipe(
        api_calls.examples, pool=400, items=180, documents=api_calls.documents, item_examples=api_calls.items
    ),
    "berths": Recipe(berths.examples, pool=600, items=200),
    "capitals": Recipe(capitals.examples, pool=150, items=120),
    "case_notes": Recipe(case_notes.examples, pool=600, items=200),
    "contacts": Recipe(contacts.examples, pool=400, items=160),
    "crm_cards": Recipe(crm_cards.examples, pool=600, items=200),
    "ferry_facts": Recipe(ferry_facts.examples, pool=400, items=150, documents=ferry_facts.documents),
    "ferry_format": Recipe(ferry_format.examples, pool=400, items=150),
    "handbook": Recipe(handbook.examples, pool=320, items=160, documents=handbook.documents),
    "house_tone": Recipe(house_tone.examples, pool=600, items=200, judge_labels=house_tone.judge_labels),
    "house_code": Recipe(house_code.examples, pool=450, items=150),
    "invented_language": Recipe(invented_language.examples, pool=600, items=200),
    "kubectl": Recipe(kubectl.examples, pool=600, items=200),
    "logquery": Recipe(logquery.examples, pool=600, items=200),
    "query_json": Recipe(query_json.examples, pool=500, items=150),
    "medical_redaction": Recipe(
        medical_redaction.examples,
        pool=450,
        items=180,
        documents=medical_redaction.documents,
        item_examples=medical_redaction.later,
    ),
    "redaction": Recipe(redaction.examples, pool=600, items=200),
    "reviews": Recipe(reviews.examples, pool=600, items=200),
    "sales_email": Recipe(sales_email.examples, pool=600, items=200),
    "six_languages": Recipe(six_languages.examples, pool=432, items=180),
    "tickets": Recipe(tickets.examples, pool=600, items=200),
    "widgets": Recipe(widgets.examples, pool=400, items=160, turns=True),
}


def sameness(text: str) -> str:
    """Return what two inputs share when they are near-duplicates: their letters, without case, digits or signs."""
    return "".join(sign for sign in text.casefold() if sign.isalpha())


def draw(name: str) -> tuple[list[Example], list[Example]]:
    """Return the pool and the items of a task, no two of them near-duplicates."""
    recipe, pick = TASKS[name], Chooser(name)
    rows: dict[str, Row] = {}
    stream = recipe.examples(pick)
    _fill(rows, stream, recipe.pool)
    _fill(rows, recipe.item_examples(pick) if recipe.item_examples else stream, recipe.pool + recipe.items)
    found = list(rows.values())
    pool, items = _named("pool", found[: recipe.pool]), _named("item", found[recipe.pool :])
    return ([*map(_as_chat, pool)], [*map(_as_chat, items)]) if recipe.turns else (pool, items)


def _as_chat(example: Example) -> Example:
    """Return an example as a conversation, as it would be uploaded."""
    turns = [*example["input"].split("\n"), example["output"]]
    messages = [{"role": ("user", "assistant")[n % 2], "content": turn} for n, turn in enumerate(turns)]
    return {"id": example["id"], "messages": messages}


def _fill(rows: dict[str, Row], stream: Iterator[Row], count: int) -> None:
    """Take rows that are no near-duplicates of those there, until there are so many."""
    while len(rows) < count:
        row = next(stream, None)
        if row is None:
            raise ValueError(f"the generator ran out after {len(rows)} of {count} different examples")
        rows.setdefault(sameness(row[0]), row)


def _named(role: str, rows: list[Row]) -> list[Example]:
    fields = ("input", "output", "documents")
    return [{"id": f"{role}-{n:03d}", **dict(zip(fields, row, strict=False))} for n, row in enumerate(rows, 1)]


def main(folder: Path) -> None:
    """Write ``pool.jsonl`` and ``items.jsonl`` of every task below a folder."""
    for name in TASKS:
        (folder / name).mkdir(parents=True, exist_ok=True)
        made = dict(zip(("pool.jsonl", "items.jsonl"), draw(name), strict=True))
        if (documents := TASKS[name].documents) is not None:
            made["documents.jsonl"] = list(documents())
        if (judge_labels := TASKS[name].judge_labels) is not None:
            made["judge_labels.jsonl"] = list(judge_labels(made["pool.jsonl"]))
        for file, rows in made.items():
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (folder / name / file).write_text(lines, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
