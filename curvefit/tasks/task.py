"""The nouns of a task. Lives here: frozen values and what must hold between them; no file is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, Final

from curvefit.display import HtmlDisplay, quoted
from curvefit.errors import InputError
from curvefit.function_content import content_of
from curvefit.own_files import digest

__all__ = [
    "INPUT_WORD",
    "OUTPUT_WORD",
    "Document",
    "Item",
    "Judge",
    "LabelledReply",
    "Score",
    "Scorer",
    "Task",
    "canonical",
    "fingerprint",
    "fingerprint_of",
    "groups_of",
    "item_digests",
]


_MUCH: Final = 0.2  # share of the examples, from which a task without them is another one
_RARE_FIELDS: Final = ("turns", "system")  # of an item, which most do not have
_NEVER_SHOWN: Final = ("documents", "group")  # of an item, by itself


@dataclass(frozen=True, slots=True, repr=False)
class Item:
    """One example of the task.

    Attributes
    ----------
    id : str
        Unique within the task, stable between runs.
    input : str
        What the model is given.
    target : str
        The reference answer.
    context : str
        Text that belongs to this input alone (a passage, a record); shown before it. Empty when there is none.
    turns : tuple of (role, text)
        Earlier turns of the conversation, ``user`` and ``assistant`` in turn, of which the input is the next. They stay
        turns wherever the item is shown.
    documents : tuple of str
        Ids of the task's documents that answer it, where they are known; shown only where `load_task` is told so.
    system : str
        A system message of its own: it is asked with that, and not with the task's instruction. Empty when it has none.
    group : str
        What it has in common with others, such as the document it asks about or the customer who wrote it: items of
        one group are not independent, and intervals count them as fewer. Empty when it is its own.

    Examples
    --------
    >>> cf.Item(id="row-1", input="17 + 4", target="21")
    Item(id='row-1', input='17 + 4', target='21', context='')
    >>> cf.Item("row-2", "And times 2?", "42", turns=(("user", "17 + 4"), ("assistant", "21"))).turns[-1]
    ('assistant', '21')
    """

    __module__ = "curvefit"

    id: str
    input: str
    target: str
    context: str = ""
    turns: tuple[tuple[str, str], ...] = ()
    documents: tuple[str, ...] = ()
    system: str = ""
    group: str = ""

    def __repr__(self) -> str:
        # Keys in journals are digests of it: without turns or a system message that of items before there were any, and
        # never with ids of documents, since what is shown of them is context, or with the group.
        held = {name: getattr(self, name) for name in self.__slots__ if name not in _NEVER_SHOWN}
        names = [name for name, value in held.items() if value or name not in _RARE_FIELDS]
        return f"Item({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    @property
    def background(self) -> str:
        """What belongs to it alone and stands before its input: its system message, then its context."""
        return "\n".join(filter(None, (self.system, self.context)))


@dataclass(frozen=True, slots=True)
class Document:
    """A text that prompts may show.

    Attributes
    ----------
    id : str
        Unique among the task's documents.
    text : str
        What the model sees of it.

    Examples
    --------
    >>> cf.Document("refunds", "Refunds take 14 days.").id
    'refunds'
    """

    __module__ = "curvefit"

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """How good a reply was.

    Attributes
    ----------
    value : float
        In [0, 1].
    answer : str or None
        What was read from the reply; ``None`` when nothing could be read, which is not the same as wrong.
    wrong : sequence of str
        What is wrong with it, one short phrase each; one alone may be given as it is. Kept as a tuple. `curvefit
        errors` counts items by phrase.

    Raises
    ------
    InputError
        A value outside of [0, 1], or something wrong that is no text.

    Examples
    --------
    >>> cf.Score(1.0, answer="21").value
    1.0
    >>> cf.Score(0.0, answer="Hello Ann", wrong="greeting").wrong
    ('greeting',)
    """

    __module__ = "curvefit"

    value: float
    answer: str | None
    wrong: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not (isinstance(self.value, Real) and 0.0 <= self.value <= 1.0):
            raise InputError(f"must lie in [0, 1], not {self.value!r:.40}", field="score")
        if self.wrong == ():
            return
        phrases = (self.wrong,) if isinstance(self.wrong, str) else self.wrong
        if not (isinstance(phrases, Sequence) and all(isinstance(phrase, str) for phrase in phrases)):
            raise InputError(f"what is wrong is a phrase or a list of them, not {self.wrong!r:.40}", field="score")
        object.__setattr__(self, "wrong", tuple(dict.fromkeys(filter(None, map(str.strip, phrases)))))


@dataclass(frozen=True, slots=True)
class Scorer:
    """A named, pure way to judge a reply against an item.

    Attributes
    ----------
    name : str
        As written in ``task.yaml``: ``label``, ``json``, ``python:module:function``, ...
    score : callable
        ``(reply, item) -> Score``, or a number or bool in [0, 1]; pure.
    options : str
        What besides its name decides how it judges: options that were given, or what its code was. Where it is empty, a
        function of your own is known by its source, and the texts and numbers that this reads, not by what it calls:
        studies of two that differ in that are not compared as if one had judged both.

    Examples
    --------
    >>> def ends_right(reply, item):
    ...     return cf.Score(float(reply.endswith(item.target)), answer=reply)
    >>> scorer = cf.Scorer("ends_right", ends_right)
    >>> scorer("It is 21", cf.Item("row-1", "17 + 4", "21")).value
    1.0
    """

    __module__ = "curvefit"

    name: str
    score: Callable[[str, Item], Score | float]
    options: str = ""

    def __call__(self, reply: str, item: Item) -> Score:
        """Judge one reply; a number or a truth that the function returns is a score of the whole reply."""
        result = self.score(reply, item)
        return result if isinstance(result, Score) else Score(float(result), answer=reply)


@dataclass(frozen=True, slots=True)
class LabelledReply:
    """A reply that a person has judged.

    Attributes
    ----------
    item : str
        Id of the example it is a reply to.
    reply : str
        Its text.
    right : bool
        What the person says.
    """

    item: str
    reply: str
    right: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """A model that judges replies, in the place of a scorer.

    Attributes
    ----------
    model : str
        Its name, as `curvefit.resolve` takes it.
    rubric : str
        What it judges by.
    pairwise : bool
        Whether it compares a reply with the target, in both orders, instead of giving it a number.
    scale : (int, int)
        The least and the greatest number.
    right_from : int
        The number from which on a reply is right.
    labels : tuple of LabelledReply
        Replies judged by a person, which its verdicts are measured against.
    price : tuple of float
        Dollars for a million tokens, in and out, and in from the cache where that is another; empty where not stated.
    """

    model: str
    rubric: str = ""
    pairwise: bool = False
    scale: tuple[int, int] = (1, 5)
    right_from: int = 5
    labels: tuple[LabelledReply, ...] = ()
    price: tuple[float, ...] = ()


# Words around inputs and outputs in a plain prompt. Short, because they are paid for once a demonstration.
INPUT_WORD: Final = "In"
OUTPUT_WORD: Final = "Out"
_DIGEST: Final = 16  # hexadecimal digits that name an item


@dataclass(frozen=True, slots=True)
class Task(HtmlDisplay):
    """Something to be done by a language model, with examples of it.

    Attributes
    ----------
    name : str
        Short; used in file names and reports.
    instruction : str
        What the model is told before any demonstration; may be empty.
    kind : str
        What sort of task: classification, structured, dsl, code, pii, knowledge-qa, ...
    pool : tuple of Item
        Where demonstrations come from.
    items : tuple of Item
        What is scored. No input of the pool is among them, which is checked here.
    scorer : Scorer
        How a reply is judged.
    labels : tuple of str
        The possible targets of a classification task, sorted; empty when targets are free text.
    input_word, output_word : str
        What a plain prompt calls the two sides of an example.
    notes : tuple of str
        What loading did that a reader should know (duplicates dropped, a split made).
    path : str
        Where it was read from, as its user wrote it; empty for one made in memory.
    overrides : tuple of (str, str)
        Of ``scorer``, ``instruction``, ``kind`` and ``context`` what `load_task` was given.
    documents : tuple of Document
        Texts that prompts may show; which of them is the context of its examples.
    contexts : tuple of Document
        Of a task without documents, of which `with_context` chose contexts as such: all that its examples had.
    also_scored_by : Scorer or None
        Another way to judge the same replies, to see how much hangs on that; it decides nothing.
    judge : Judge or None
        A model that is asked about every reply; `scorer` then stands in for it where nobody is asked.
    respelled : tuple of (str, str)
        Labels that were written otherwise than most write them, and have the usual spelling now: the example's id, and
        what stood there.
    broken : tuple of (str, str, str)
        Targets that begin as JSON, as most do, and do not parse: the example's id, where it stands, and what is wrong.
        Such examples are left out where replies are judged as JSON.
    unjudged : tuple of (str, int, int)
        Why examples are left out that cannot be judged, or shown, for what they are: the reason, how many, and of how
        many in the files.

    Raises
    ------
    InputError
        No items, an id that stands twice, or a pool example that is also an item.

    Examples
    --------
    >>> cf.Task.from_records([(f"{n} + {n}", f"{2 * n}") for n in range(60)], name="doubles", scorer="number")
    <Task 'doubles': 'qa'; 30 examples in the pool, 30 items; scorer 'number'>
    """

    __module__ = "curvefit"

    name: str
    instruction: str
    kind: str
    pool: tuple[Item, ...]
    items: tuple[Item, ...]
    scorer: Scorer
    labels: tuple[str, ...] = ()
    input_word: str = INPUT_WORD
    output_word: str = OUTPUT_WORD
    notes: tuple[str, ...] = ()
    path: str = ""
    overrides: tuple[tuple[str, str], ...] = ()
    documents: tuple[Document, ...] = ()
    contexts: tuple[Document, ...] = ()
    also_scored_by: Scorer | None = None
    judge: Judge | None = None
    respelled: tuple[tuple[str, str], ...] = ()
    broken: tuple[tuple[str, str, str], ...] = ()
    unjudged: tuple[tuple[str, int, int], ...] = ()

    @property
    def much_unjudged(self) -> tuple[tuple[str, int, int], ...]:
        """Those of `unjudged` that are more than a fifth: what is concluded is not about the whole task."""
        return tuple(each for each in self.unjudged if each[1] > _MUCH * each[2])

    def __post_init__(self) -> None:
        if not self.items:
            raise InputError(f"task {self.name!r} has no items to score")
        ids = [example.id for example in self.examples]
        if len(set(ids)) < len(ids):
            repeated = next(name for name in ids if ids.count(name) > 1)
            raise InputError(f"task {self.name!r} has the id {repeated!r} more than once")
        scored = {canonical(item) for item in self.items}
        leaked = next((example for example in self.pool if canonical(example) in scored), None)
        if leaked is not None:
            raise InputError(f"task {self.name!r}: pool example {leaked.id!r} is also an item; remove one of them")

    def __repr__(self) -> str:
        labels = f"; {len(self.labels)} labels" if self.labels else ""
        size = f"{len(self.pool)} examples in the pool, {len(self.items)} items"
        kind = quoted(self.kind) or "kind unknown"
        return f"<{f'Task {quoted(self.name)}'.strip()}: {kind}; {size}{labels}; scorer {quoted(self.scorer.name)}>"

    @classmethod
    def from_records(
        cls,
        records: Iterable[Mapping[str, Any] | Sequence[str]],
        *,
        name: str = "task",
        instruction: str | None = None,
        kind: str | None = None,
        scorer: str | Mapping[str, Any] | Scorer | None = None,
        seed: int = 0,
    ) -> Task:
        """Make a task of examples in memory, split and guessed as `load_task` does for a ``.jsonl`` of the same lines.

        Parameters
        ----------
        records : iterable of dict or of (input, output)
            A dict holds what a line of such a file does: ``input`` and ``output`` (or names in use elsewhere, such as
            ``question`` and ``answer``), ``context``, ``id``, ``group`` and ``split`` where there are any, or
            ``messages``, or another of the formats that files may have. Of a pandas DataFrame,
            ``frame.to_dict("records")``.
        name : str
            Short; used in file names and reports.
        instruction, kind : str, optional
            What the model is told before any demonstration, and what sort of task it is; guessed by default.
        scorer : str, mapping or Scorer, optional
            As in a ``task.yaml``, or one of your own; by default guessed from the outputs.
        seed : int
            Decides the split, where the records say nothing themselves.

        Returns
        -------
        Task
            Its notes say what was guessed, split or left out.

        Raises
        ------
        InputError
            One line that names the record, by its number from 1, and the field.

        Examples
        --------
        >>> reviews = [{"text": f"review {n}", "label": ["bad", "good"][n % 2]} for n in range(80)]
        >>> task = cf.Task.from_records(reviews, name="reviews")
        >>> task.kind, task.labels, task.scorer.name
        ('classification', ('bad', 'good'), 'label')
        """
        from curvefit.tasks.loading import task_of_records  # which needs this module

        told = {"name": name, "instruction": instruction, "kind": kind, "scorer": scorer}
        return task_of_records(records, {field: value for field, value in told.items() if value is not None}, seed)

    @property
    def examples(self) -> tuple[Item, ...]:
        """The pool, and then the items."""
        return (*self.pool, *self.items)

    @property
    def by_id(self) -> dict[str, Item]:
        """The examples, by their ids."""
        return {example.id: example for example in self.examples}

    @property
    def multiline(self) -> bool:
        """Whether some target spans more than one line."""
        return any("\n" in example.target for example in self.examples)


def canonical(item: Item) -> str:
    """Return the text by which two examples count as the same: all before the reply, case and spacing aside."""
    return " ".join(" ".join([*(text for _, text in item.turns), item.background, item.input]).casefold().split())


def groups_of(items: Sequence[Item]) -> tuple[int, ...]:
    """Return the group of each item, as a number."""
    number: dict[tuple[str, ...], int] = {}
    keys = ((item.group,) if item.group else ("", item.id) for item in items)
    return tuple(number.setdefault(key, len(number)) for key in keys)


def fingerprint(task: Task, items: Sequence[Item]) -> str:
    """Name by content what is asked about these items without demonstrations, and who judges it."""
    parts = [task.instruction, task.input_word, task.output_word, task.labels, _judge(task), *map(_identity, items)]
    return digest(parts)


def item_digests(task: Task, items: Sequence[Item]) -> tuple[str, ...]:
    """Name each item by content: what is asked, its target and who judges it, whatever its id and the instruction.

    Where the documents to show were chosen, they are no part of the item: studies that differ in them are compared.
    Nor are system messages of its own, where these are instructions: items may then have one name, and their ids tell.
    """
    from curvefit.tasks.duplicates import are_instructions  # which needs this module

    overrides = dict(task.overrides)
    chosen, stated = "context" in overrides, overrides.get("instruction", "")
    aside = are_instructions(task.examples)
    names, judge = [], _judge(task)
    for item in items:
        context, system = "" if chosen else item.context, "" if aside else item.system.removeprefix(f"{stated}\n\n")
        names.append(digest([judge, *_identity(replace(item, context=context, system=system))[1:]])[:_DIGEST])
    return tuple(f"documents-aside:{name}" for name in names) if chosen else tuple(names)


def _judge(task: Task) -> str:
    """Name who judges by content; a function of the user's own by its code, unless options say which one it is."""
    scorer = task.scorer
    ours = str(getattr(scorer.score, "__module__", "")).partition(".")[0] == "curvefit"
    options = scorer.options if scorer.options or ours else digest(content_of(scorer.score))
    return f"{scorer.name} {options}".strip()


def _identity(item: Item) -> tuple[object, ...]:
    """Return what is shown and judged of an item; without turns or a system message that of items before those were."""
    fields = (item.id, item.input, item.target, item.context)
    return (*fields, item.turns, item.system) if item.system else (*fields, item.turns) if item.turns else fields


def fingerprint_of(task: Task, ids: Sequence[str]) -> str:
    """Return the fingerprint of those of a task's examples that have these ids; empty where it lacks one."""
    known = task.by_id
    return fingerprint(task, [known[name] for name in ids]) if known.keys() >= set(ids) else ""
