"""Documents beside a task, and which of them are shown. Lives here: reading them, and a task with each item's own.

What is shown with an item is its context. So a task with documents in its prompts is a task like any other, with the
same items, and everything that measures, trains or compares tasks takes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from curvefit.errors import InputError
from curvefit.tasks.record_files import check_characters, read_record_file
from curvefit.tasks.similarity import similarities
from curvefit.tasks.task import Document, Item, Task, canonical

__all__ = [
    "ContextChoice",
    "about_documents",
    "as_shown",
    "choice_of",
    "ids_of_documents",
    "own_context",
    "read_documents",
    "unshown_documents",
    "with_context",
]

_RETRIEVED: Final = 3  # documents, where no number is given
_MOST: Final = 100
_BETWEEN: Final = "\n\n"  # documents
_CHOICE: Final = re.compile(r"none|given|retrieved(?::([1-9]\d{0,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContextChoice:
    """Which documents are shown with an item: none, those retrieved for it, or the right ones as given.

    Attributes
    ----------
    source : "none", "retrieved" or "given"
        Which.
    count : int
        How many are retrieved.
    """

    source: str
    count: int = _RETRIEVED

    @classmethod
    def parse(cls, text: str) -> ContextChoice:
        """Read ``none``, ``given``, ``retrieved`` or ``retrieved:5``.

        Raises
        ------
        InputError
            It is none of these.
        """
        match = _CHOICE.fullmatch(text.strip())
        if match is None or (match[1] and int(match[1]) > _MOST):
            raise InputError(
                f"{text[:40]!r} is none of none, given, retrieved, and retrieved:N with N up to {_MOST}",
                field="context",
            )
        return cls(text.strip().partition(":")[0], int(match[1] or _RETRIEVED))

    def __str__(self) -> str:
        return f"retrieved:{self.count}" if self.source == "retrieved" else self.source


def ids_of_documents(value: Any) -> tuple[str, ...] | None:
    """Return the ids that an example's ``documents`` names, as one text or a list of them; None where it is neither."""
    if value is None:
        return ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(name, str) and name for name in values):
        return None
    return tuple(dict.fromkeys(values))


def read_documents(path: Path) -> tuple[Document, ...]:
    """Read documents: a file of records with ``id``, ``text`` and, if there is one, ``title``.

    Raises
    ------
    InputError
        One line that names file, line and field.
    """
    file = read_record_file(path)
    documents: dict[str, Document] = {}
    for number, record in file.records:
        place: dict[str, Any] = {"file": path, "line": number if file.unit == "line" else None}
        if isinstance(record, InputError):
            raise InputError(record.problem, field=record.field, **place) from record
        document = Document(_text(record, "id", place), _shown(record, place))
        if document.id in documents:
            raise InputError(f"{document.id[:60]!r} stands here twice", field="id", **place)
        documents[document.id] = document
    if not documents:
        raise InputError("holds no documents", file=path)
    return tuple(documents.values())


def _shown(record: Mapping[str, Any], place: Mapping[str, Any]) -> str:
    """Return what the model sees of a document: its title, if it has one, and its text."""
    text = _text(record, "text", place)
    return f"{_text(record, 'title', place)}\n{text}" if record.get("title") else text


def _text(record: Mapping[str, Any], field: str, place: Mapping[str, Any]) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not value.strip():
        raise InputError("must be a text that is not empty", field=field, **place)
    check_characters(value, field=field, **place)
    return value.strip()


def with_context(task: Task, context: str) -> Task:
    """Return the task with these documents as the context of every example, in pool and items.

    Documents are those of `Task.documents`, shown beside a context that an example has of its own. A task without any
    has its examples' contexts for documents, of which each is the right one for its example. Retrieval is by the words
    of the question: see `curvefit.tasks.similarity.similarities`.

    Parameters
    ----------
    task : Task
        With the contexts of its file.
    context : str
        Which documents: ``none``, ``given`` (the right ones), ``retrieved`` (3 for each), or ``retrieved:5``.

    Returns
    -------
    Task
        The same items in the same order, so that scores can be paired. A pool example that no longer differs from an
        item is left out, with a note.

    Raises
    ------
    InputError
        There are no documents, none are given for any item, or it says something else.

    Examples
    --------
    >>> asked = [(f"Where is {n}?", f"{n} is in box {n}.", f"box {n}") for n in range(60)]
    >>> task = cf.Task.from_records([dict(zip(("question", "context", "answer"), row)) for row in asked])
    >>> cf.with_context(task, "none").items[0].context
    ''
    >>> shown = cf.with_context(task, "retrieved:2").items[0].context
    >>> shown.count("is in box")
    2
    """
    choice, library = ContextChoice.parse(context), _library(task)
    notes: tuple[str, ...] = ()
    found = dict(zip((each.id for each in task.examples), _chosen(choice, library, task.examples), strict=True))
    texts = {name: _joined(document.text for document in documents) for name, documents in found.items()}
    if choice.source == "given" and not any(texts[item.id] for item in task.items):
        raise InputError(
            "no item names the documents that answer it; add a field documents with their ids", field="context"
        )
    if choice.source == "retrieved":
        notes += _about_retrieval(library, [(item.id, found[item.id]) for item in task.items], choice.count)
    own = (lambda example: example.context) if task.documents else (lambda example: "")

    def shown(example: Item) -> Item:
        return replace(example, context=_joined([own(example), texts[example.id]]))

    items = tuple(map(shown, task.items))
    asked = {canonical(item) for item in items}
    pool = tuple(example for example in map(shown, task.pool) if canonical(example) not in asked)
    alike = len(task.pool) - len(pool)
    if alike:
        notes += (f"without contexts of their own {alike} pool examples ask what an item asks, and are left out",)
    # What is read from a text in the prompt is no knowledge of the model's, and other tasks are its like.
    kind = task.kind if choice.source == "none" else task.kind.replace("knowledge-qa", "qa")
    overrides = (*task.overrides, ("context", str(choice)))
    contexts = () if task.documents else tuple(library.documents)
    unshown = about_documents(task.documents)
    notes = (*(note for note in task.notes if note not in unshown), *notes)
    return replace(task, kind=kind, pool=pool, items=items, notes=notes, overrides=overrides, contexts=contexts)


def choice_of(task: Task) -> ContextChoice | None:
    """Return which documents `with_context` had the task show; None where they are those of its file."""
    said = dict(task.overrides).get("context")
    return None if said is None else ContextChoice.parse(said)


def about_documents(documents: Sequence[Document]) -> tuple[str, ...]:
    """Say of a task's documents that prompts show none, as long as nobody says which to show."""
    count = f"{len(documents):,} document{'' if len(documents) == 1 else 's'}"
    said = f"the task names {count}, which prompts do not show; compare with --context none,retrieved"
    return (said,) if documents else ()


def unshown_documents(task: Task) -> int:
    """Return how many documents the task names, where it shows none of them."""
    choice = choice_of(task)
    return len(task.documents) if choice is None or choice.source == "none" else 0


def as_shown(task: Task, item: Item) -> Item:
    """Return an item that the task may not have with the documents that it has its own examples shown with.

    A context that ends with these documents stays as it is.

    Raises
    ------
    InputError
        It names a document that there is not.
    """
    choice = choice_of(task)
    if choice is None or (choice.source == "given" and not task.documents):
        return item  # what is given is the context
    shown = _beside(choice, task, item)
    return replace(item, context=_joined([own_context(task, item), shown]))


def own_context(task: Task, item: Item) -> str:
    """Return what is shown beside an item's input and is no document."""
    choice = choice_of(task)
    if choice is None:
        return item.context
    if not task.documents:
        return ""
    shown = _beside(choice, task, item)
    if not shown or not item.context.endswith(shown):
        return item.context
    return item.context.removesuffix(shown).removesuffix(_BETWEEN)


def _beside(choice: ContextChoice, task: Task, item: Item) -> str:
    """Return the documents that are chosen for one item of a task that `with_context` returned."""
    library = _Library(task.documents or task.contexts, {item.id: item.documents})
    (documents,) = _chosen(choice, library, [item])
    return _joined(document.text for document in documents)


def _chosen(choice: ContextChoice, library: _Library, examples: Sequence[Item]) -> Iterator[Sequence[Document]]:
    """Yield for each example the documents to show with it."""
    if choice.source == "none":
        yield from ([] for _ in examples)
    elif choice.source == "given":
        known = {document.id: document for document in library.documents}
        for example in examples:
            right = library.right[example.id]
            if unknown := [name for name in right if name not in known]:
                raise InputError(f"there is no document {unknown[0][:60]!r}", field="documents")
            yield [known[name] for name in right]
    else:
        for positions in _retrieved(library, examples, choice.count):
            yield [library.documents[i] for i in positions]


def _about_retrieval(library: _Library, found: Sequence[tuple[str, Sequence[Document]]], count: int) -> tuple[str, ...]:
    """Say for how many items all documents that answer them are among those retrieved; nothing where none is known."""
    known = [(set(library.right[name]), {document.id for document in where}) for name, where in found]
    hits = [right <= shown for right, shown in known if right]
    if not hits:
        return ()
    of = f"{count} of {len(library.documents):,} documents are retrieved for each item"
    return (f"{of}; for {sum(hits):,} of {len(hits):,} items what answers them is among these",)


@dataclass(frozen=True, slots=True)
class _Library:
    """Documents, and for each example the ids of those that answer it."""

    documents: Sequence[Document]
    right: Mapping[str, tuple[str, ...]]


def _library(task: Task) -> _Library:
    examples = task.examples
    if task.documents:
        return _Library(task.documents, {example.id: example.documents for example in examples})
    ids: dict[str, str] = {}
    for example in examples:
        if example.context:
            ids.setdefault(example.context, example.id)
    if not ids:
        raise InputError(
            "there are no documents: name a file of them in the task.yaml, as documents: documents.jsonl, or give"
            " examples a context",
            field="context",
        )
    documents = [Document(name, text) for text, name in ids.items()]
    return _Library(documents, {each.id: (ids[each.context],) if each.context else () for each in examples})


def _retrieved(library: _Library, examples: Sequence[Item], count: int) -> Iterator[Sequence[int]]:
    """Yield for each example the positions of the documents most similar to its question, the most similar first."""
    questions = ["\n".join([*(text for _, text in example.turns), example.input]) for example in examples]
    for by_word, by_character in similarities([document.text for document in library.documents], questions):
        # Short words count like any other: of documents about one product each, a digit may be all that differs.
        yield np.argsort(-(by_word + by_character), kind="stable")[:count].tolist()


def _joined(texts: Any) -> str:
    return _BETWEEN.join(text for text in texts if text)
