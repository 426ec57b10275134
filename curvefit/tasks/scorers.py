"""How a reply is judged. Lives here: the scorers, each a pure function of a reply and an item, and their table.

Every scorer tells unreadable from wrong: `Score.answer` is None when nothing could be read from the reply, which is a
fault of format, and a text when something was read, right or not.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import regex

from curvefit.errors import InputError
from curvefit.tasks.call_trees import call_differences, read_calls
from curvefit.tasks.custom_scorer import code_of, load_function, unloaded
from curvefit.tasks.json_reply import find_json, leaves, one_line, read_json, read_lines, read_target
from curvefit.tasks.pattern_agreement import agree, readable
from curvefit.tasks.sql_results import results_of, rows_agree, sets_order
from curvefit.tasks.sql_trees import query_tree, require_parser
from curvefit.tasks.task import Item, Score, Scorer
from curvefit.tasks.text_reply import (
    SPACED_LETTER,
    DecimalMark,
    fold,
    last_number,
    normalize,
    same_number,
    unfenced,
    words,
)

__all__ = ["SCORERS", "ScorerKind", "label_key", "label_set", "lists_in_order", "make_scorer", "read_spec"]

Judge = Callable[[str, Item], Score]
Options = Mapping[str, Any]

_EMPHASIS: Final = "*_"  # as chat models set it around a label
_SEPARATOR: Final = re.compile(r"[,;|\n、،؛]")  # after NFKC, which makes full-width ones plain
_SECONDS: Final = 5.0  # for a pattern on one text; others take a millisecond
_BULLET: Final = re.compile(r"(?:[-*•]|\d{1,2}[.)])\s+")


def exact(reply: str, item: Item) -> Score:
    """Credit a reply equal to the target, white space around both aside; an empty reply is unreadable."""
    answer = reply.strip()
    return Score(float(answer == item.target.strip()), answer or None)


def normalized(reply: str, item: Item) -> Score:
    """Credit a reply equal to the target after `normalize`; a reply with nothing left is unreadable."""
    answer = normalize(reply)
    return Score(float(bool(answer) and answer == normalize(item.target)), answer or None)


def code(reply: str, item: Item) -> Score:
    """Credit code equal to the target in every letter, bracket and indentation; a reply without any is unreadable.

    What stands in the reply's first code fence is its code, else all of it. White space at the ends of lines and of the
    whole does not count, nor does an indentation that all lines share. A target that holds a fence is compared whole.
    """
    text = reply if "```" in item.target else unfenced(reply)
    answer = _lines(text).strip()
    return Score(float(_same_code(text, item.target)), answer or None)


def call(reply: str, item: Item) -> Score:
    """Credit calls of functions, or a shell command, that are the target's: equal as trees, and never run.

    Whether targets are calls or commands is read from the target; see `call_tree` and `command_tree` for what does not
    count. What stands in the reply's tags ``<tool_call>`` is read, else in its first code fence, else all of it; what
    cannot be read as such a tree is unreadable. A target that cannot is compared as `code` does. What of a call is
    wrong is said, see `call_differences`.
    """
    target = _untagged(item.target)
    read = read_calls(target)
    wanted = read(target)
    if wanted is None:
        return code(reply, item)
    text = _untagged(reply)
    tree = read(text)
    if tree is None:
        return Score(0.0, answer=None)
    return Score(float(tree == wanted), " ".join(text.split()), call_differences(tree, wanted))


def _untagged(text: str) -> str:
    """Return the calls in a text's tags as a list, as Qwen and Hermes write them, or what `unfenced` finds."""
    parts = [part.partition("</tool_call>") for part in text.split("<tool_call>")[1:]]
    tagged = [inner.strip() for inner, end, _ in parts if end]
    return f"[{', '.join(tagged)}]" if tagged else unfenced(text)


def _same_code(one: str, other: str) -> bool:
    # Either a whole block was moved, or its first line lost its indentation: ends of replies are often stripped.
    return _lines(one).strip() == _lines(other).strip() or _dedented(one) == _dedented(other)


def _dedented(text: str) -> str:
    return textwrap.dedent(_lines(text)).strip("\n")


def _lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))


def pattern(reply: str, item: Item) -> Score:
    """Credit a regular expression that finds what the target finds, in every text that both were tried on; see `agree`.

    A fence or backticks around it do not count. What is no pattern, or one of more than 1,000 characters or steps, is
    unreadable.
    """
    ours, theirs = unfenced(reply).strip(), unfenced(item.target).strip()
    if not readable(ours):
        return Score(0.0, answer=None)
    return Score(float(agree(ours, theirs)), " ".join(ours.split()) or ours)


def contains(reply: str, item: Item) -> Score:
    """Credit a reply that holds the target as whole words, after `fold`; an empty reply is unreadable.

    A reply that lists every possible answer gets full credit: use it where replies are sentences, not lists. In scripts
    written without spaces there are no whole words, and any occurrence counts.
    """
    answer, target = fold(reply), fold(item.target)
    # A boundary is asked for only where the target itself ends in a letter: 'f(' may be followed by one.
    before = f"(?<!{SPACED_LETTER})" if _SPACED.match(target[:1]) else ""
    after = f"(?!{SPACED_LETTER})" if _SPACED.match(target[-1:]) else ""
    pattern = f"(?V1){before}{regex.escape(target, special_only=True)}{after}"
    return Score(float(bool(target) and regex.search(pattern, answer) is not None), answer or None)


_SPACED: Final = regex.compile(f"(?V1){SPACED_LETTER}")


def labels(reply: str, item: Item) -> Score:
    """Credit the target's set of labels, whatever their order.

    Labels are parted by commas, semicolons, bars or lines, with or without bullets, or are a JSON list of texts; each
    counts after `normalize`, once. A reply with nothing left is unreadable; ``[]`` is the empty set.
    """
    ours, theirs = label_set(reply), label_set(item.target)
    if not ours and not _is_empty_list(reply):
        return Score(0.0, answer=None)
    return Score(float(ours == theirs), ", ".join(sorted(ours)) or "[]")


def label_set(text: str) -> frozenset[str]:
    """Return the labels in a text, each after `normalize`; see `labels`."""
    bare = unfenced(text)
    is_json, value = read_json(bare)
    if is_json and isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        parts = value
    else:
        parts = _SEPARATOR.split(unicodedata.normalize("NFKC", bare).strip().strip("[]"))
    return frozenset(part for entry in set(parts) if (part := normalize(_BULLET.sub("", entry.strip(), count=1))))


def _is_empty_list(text: str) -> bool:
    return read_json(unfenced(text)) == (True, [])


def f1(reply: str, item: Item) -> Score:
    """Credit the overlap of words with the target: F1 over multisets of `words`, case and punctuation aside.

    As in SQuAD (Rajpurkar et al. 2016, section 6.1), but articles count, since not every language has the English ones.
    A reply without a word is unreadable.
    """
    ours, theirs = (Counter(words(text)) for text in (reply, item.target))
    if not ours:
        return Score(0.0, answer=None)
    return Score(_dice(ours, theirs), " ".join(reply.split()))


def _number(options: Options, labels: tuple[str, ...]) -> Judge:
    """Credit the last number in the reply when it equals the last number in the target.

    The last one counts because models reason before they conclude. What counts as one says `last_number`; ``decimal``
    (point or comma) says how to read 1.234. Compared as decimals, so that 0.10 is 0.1 and large numbers lose nothing.
    Units are not looked at. A reply with no number is unreadable.
    """
    decimal: DecimalMark = "comma" if options.get("decimal") == "comma" else "point"

    def judge(reply: str, item: Item) -> Score:
        answer, target = last_number(reply, decimal), last_number(item.target, decimal)
        right = answer is not None and target is not None and same_number(answer, target)
        return Score(float(right), answer=answer)

    return judge


def _json(options: Options, labels: tuple[str, ...]) -> Judge:
    """Credit a JSON reply equal to the target (``credit: exact``), or by its fields (``credit: fields``).

    Equal as JSON: the order of keys does not matter, that of lists does. By fields: F1 over the leaves, each with its
    path, so that a missing and an invented field cost alike; plain values in a list are compared without order (see
    `leaves`). A number is no text: 5459.0 is 5459 but not "5459.00"; a key more is a fault, null or not; spaces inside
    of a text count. What counts as the reply's JSON says `find_json`; a reply without any is unreadable.

    A target without JSON, such as ``none``, is a plain answer: a reply without JSON either that is the same after
    `normalize` is right.
    """
    in_order = options.get("credit", "exact") == "exact"  # as `lists_in_order` reads it

    def judge(reply: str, item: Item) -> Score:
        target = read_lines(item.target)
        readable, value = find_json(reply)
        if target is not None:
            value = read_lines(reply) or value
        else:
            target_is_json, target = read_target(item.target)
            if not target_is_json:
                return normalized(reply, item) if not readable else Score(0.0, one_line(value))
        if not readable:
            return Score(0.0, answer=None)
        ours, theirs = (leaves(tree, in_order=in_order) for tree in (value, target))
        return Score(float(ours == theirs) if in_order else _dice(ours, theirs), one_line(value))

    return judge


def lists_in_order(scorer: Scorer) -> bool:
    """Whether a `json` scorer compares lists in order: not where it credits fields."""
    return "fields" not in scorer.options


def _label(options: Options, labels: tuple[str, ...]) -> Judge:
    """Credit the target label.

    The first line of the reply must be one of the labels and nothing else, after `normalize` and with a code fence,
    asterisks or underscores of emphasis around it put aside. Anything else is unreadable: "it is B5" may be right, but
    a program that reads labels could not use it.
    """
    names: dict[str, str] = {}
    for label in labels:
        other = names.setdefault(label_key(label), label)
        if other != label:
            problem = f"{other!r} and {label!r} differ only in case or punctuation; use scorer exact, or rename one"
            raise InputError(problem, field="labels")

    def judge(reply: str, item: Item) -> Score:
        text = unfenced(reply) if reply.lstrip().startswith("```") else reply
        first = next((line for line in text.splitlines() if fold(line)), "")
        answer = names.get(label_key(first))
        if answer is None:
            answer = names.get(label_key(normalize(first).strip(_EMPHASIS)))
        return Score(float(answer is not None and label_key(answer) == label_key(item.target)), answer)

    return judge


@lru_cache(maxsize=1024)  # a few labels, said again and again
def label_key(text: str) -> str:
    """Return what two spellings of one label have in common."""
    return normalize(text) or text.strip()  # a label may be nothing but punctuation


def _regex(options: Options, labels: tuple[str, ...]) -> Judge:
    """Credit what a pattern's first group (or whole match) finds, when it equals what it finds in the target.

    A target in which the pattern finds nothing is compared whole. White space around both is put aside. The first match
    counts; a reply without one is unreadable. A pattern with nested repetition such as ``(a+)+`` can take time
    exponential in the length of a reply: one that takes more than a few seconds on one text is refused.
    """
    import regex  # as `re`, but with a limit of time

    try:
        re.compile(options["pattern"])
        pattern = regex.compile(options["pattern"])
    except (re.error, regex.error, OverflowError, RecursionError) as error:
        raise InputError(f"no regular expression: {error}", field="scorer.pattern") from error

    def read(text: str) -> str | None:
        try:
            match = pattern.search(text, timeout=_SECONDS)
        except TimeoutError as error:
            raise InputError(
                f"takes more than {_SECONDS:g} s on {text[:40]!r}...; a repetition within a repetition, such as (a+)+,"
                " does that: write it without; replies are kept",
                field="scorer.pattern",
            ) from error
        group = None if match is None else match.group(1 if pattern.groups else 0)
        return None if group is None else group.strip()

    def judge(reply: str, item: Item) -> Score:
        answer, expected = read(reply), read(item.target)
        return Score(float(answer == (item.target.strip() if expected is None else expected)), answer)

    return judge


def _sql(options: Options, labels: tuple[str, ...]) -> Judge:
    """Credit a query that returns what the target returns, or, without a ``database``, one that has the target's tree.

    The database is an SQLite file beside the task, which is only read, within limits: see `query_rows`. Rows are
    compared, each as often as it comes; their order counts where the target sets one. A query that fails has an answer,
    and is wrong; that it fails, or what is wrong with its rows, is said. Two queries that differ may return the same
    from one database. For trees see `query_tree`; what is no SQL is unreadable then.
    """
    if "database" in options:
        results = results_of(Path(options["database"]))

        def by_results(reply: str, item: Item) -> Score:
            query, target = unfenced(reply).strip(), unfenced(item.target).strip()
            wanted = results(target)
            found = None if wanted is None or not query else results(query)
            right = found is not None and wanted is not None
            right = right and rows_agree(found or (), wanted or (), in_order=sets_order(target))
            answer = " ".join(query.split()) or None
            if right or wanted is None or answer is None:
                return Score(float(right), answer)
            wrong = "the query does not run" if found is None else "other rows"
            if found is not None and rows_agree(found, wanted, in_order=False):
                wrong = "rows in another order"
            return Score(0.0, answer, wrong)

        return by_results
    require_parser()

    def by_trees(reply: str, item: Item) -> Score:
        tree, target = query_tree(unfenced(reply)), query_tree(unfenced(item.target))
        right = tree is not None and tree == target
        return Score(float(right), None if tree is None else " ".join(unfenced(reply).split()))

    return by_trees


def _rouge(options: Options, labels: tuple[str, ...]) -> Judge:
    """Credit the ROUGE F-measure (``variant``: rouge1, rouge2 or rougeL; Lin 2004) by the library `rouge-score`.

    No stemming. That library by itself (0.1.2) knows only the letters a to z and digits, so it is given the `words` of
    all scripts; of text in those letters they are the same. A reply without a word is unreadable.
    """
    variant = options.get("variant", "rougeL")
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError as error:
        raise InputError("needs a library; run: pip install 'curvefit[rouge]'", field="scorer") from error
    measure = RougeScorer([variant], use_stemmer=False, tokenizer=_RougeWords())

    def judge(reply: str, item: Item) -> Score:
        if not words(reply):
            return Score(0.0, answer=None)
        return Score(float(measure.score(item.target, reply)[variant].fmeasure), " ".join(reply.split()))

    return judge


class _RougeWords:
    """What `rouge-score` takes for a tokenizer; an underscore parts words there."""

    def tokenize(self, text: str) -> list[str]:
        return words(text.replace("_", " "))


@dataclass(frozen=True, slots=True)
class ScorerKind:
    """A row of the table of scorers.

    Attributes
    ----------
    make : callable
        ``(options, labels) -> (reply, item) -> Score``.
    options : mapping
        Its options: their possible values, or None where any text will do.
    needs : tuple of str
        Options that must be given.
    """

    make: Callable[[Options, tuple[str, ...]], Judge]
    options: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def _fixed(judge: Judge) -> ScorerKind:
    return ScorerKind(lambda options, labels: judge)


SCORERS: Final[Mapping[str, ScorerKind]] = {
    "exact": _fixed(exact),
    "normalized": _fixed(normalized),
    "label": ScorerKind(_label),
    "labels": _fixed(labels),
    "contains": _fixed(contains),
    "code": _fixed(code),
    "call": _fixed(call),
    "pattern": _fixed(pattern),
    "regex": ScorerKind(_regex, {"pattern": None}, needs=("pattern",)),
    "sql": ScorerKind(_sql, {"database": None}),
    "number": ScorerKind(_number, {"decimal": ("point", "comma")}),
    "f1": _fixed(f1),
    "json": ScorerKind(_json, {"credit": ("exact", "fields")}),
    "rouge": ScorerKind(_rouge, {"variant": ("rouge1", "rouge2", "rougeL")}),
}


def make_scorer(
    spec: str | Options, labels: tuple[str, ...] = (), folder: Path | None = None, *, run_code: bool = True
) -> Scorer:
    """Return the scorer that a task names.

    Parameters
    ----------
    spec : str or mapping
        A name of `SCORERS`, ``python:module:function``, or a mapping with ``type`` and options.
    labels : tuple of str
        The task's, for ``label``.
    folder : Path, optional
        Where a database is, and where a ``python:`` module is looked for first. **That is run**: such a scorer is code
        of whoever wrote the task.
    run_code : bool
        Whether it may be; otherwise such a scorer has its name and judges nothing.

    Raises
    ------
    InputError
        Unknown name, option or value, labels that cannot be told apart, or code that cannot be imported.
    """
    name, options = read_spec(spec)
    if name.startswith("python:"):
        return Scorer(name, _Made(name, (), (), folder, run_code), code_of(name, folder))
    canonical_options = json.dumps(dict(options), sort_keys=True) if options else ""
    if "database" in options:  # what is in it decides too
        file = _beside(options["database"], folder)
        canonical_options += f" sha256={hashlib.sha256(file.read_bytes()).hexdigest()}"
        options = {**options, "database": str(file)}
    return Scorer(name, _Made(name, tuple(options.items()), labels), canonical_options)


@dataclass(frozen=True, slots=True)
class _Made:
    """What a scorer judges by, known by what it was made of: it is made of that again where it is unpickled."""

    name: str
    options: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    folder: Path | None = None
    run_code: bool = True
    _judge: Judge = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.name.startswith("python:"):
            judge = load_function(self.name, self.folder) if self.run_code else unloaded(self.name)
        else:
            judge = SCORERS[self.name].make(dict(self.options), self.labels)
        object.__setattr__(self, "_judge", judge)

    def __call__(self, reply: str, item: Item) -> Score:
        return self._judge(reply, item)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Made, (self.name, self.options, self.labels, self.folder, self.run_code)


def _beside(name: str, folder: Path | None) -> Path:
    """Return a file of a task's own folder."""
    if folder is None:
        raise InputError("is a file beside a task.yaml; start one with: curvefit init DIR", field="scorer.database")
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise InputError(f"{name!r} leads out of the task's folder; put the file beside it", field="scorer.database")
    if not file.is_file():
        raise InputError(f"there is no file {name!r} in {folder}", field="scorer.database")
    return file


def read_spec(spec: Any) -> tuple[str, Options]:
    """Return name and options of a scorer as written in ``task.yaml``; nothing is imported or run.

    Raises
    ------
    InputError
        Unknown name, option or value; the field says which.
    """
    options = {"type": spec} if isinstance(spec, str) else dict(spec) if isinstance(spec, Mapping) else {}
    name = options.pop("type", None)
    if isinstance(name, str) and name.startswith("python:"):
        if not re.fullmatch(r"python:[\w.]+:\w+", name) or options:
            raise InputError(f"{name!r} is not of the form python:module:function", field="scorer")
        return name, {}
    if not isinstance(name, str) or name not in SCORERS:
        raise InputError(f"no scorer {name!r}; {_hint(name, [*SCORERS, 'python:module:function'])}", field="scorer")
    kind = SCORERS[name]
    for option, value in options.items():
        place = f"scorer.{option}"
        if option not in kind.options:
            raise InputError(f"scorer {name} has no such option; {_hint(option, ['type', *kind.options])}", field=place)
        allowed = kind.options[option]
        if not isinstance(value, str) or (allowed is not None and value not in allowed):
            expected = "a text in quotes" if allowed is None else " or ".join(allowed)
            raise InputError(f"{value!r} is not {expected}", field=place)
    missing = next((option for option in kind.needs if option not in options), None)
    if missing is not None:
        problem = f"scorer {name} needs a {missing}; write {{type: {name}, {missing}: ...}}"
        raise InputError(problem, field=f"scorer.{missing}")
    return name, options


def _hint(name: object, known: list[str]) -> str:
    close = difflib.get_close_matches(str(name), known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"


def _dice(ours: Counter[str], theirs: Counter[str]) -> float:
    """F1 of two multisets; two empty ones agree."""
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 1.0
