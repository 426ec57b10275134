"""Which targets are written otherwise than the rest. Lives here: shapes of texts and of JSON values, counted."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from curvefit.tasks.json_reply import read_target
from curvefit.tasks.scorer_choice import usual_labels
from curvefit.tasks.task import Item, canonical
from curvefit.tasks.text_reply import likely_slips

__all__ = ["OddTargets", "Respelled", "alike_fields", "odd_targets", "respelled_fields"]

_RARE: Final = 0.15  # share of the examples, up to which a shape is the odd one
_FEWEST: Final = 20  # examples with a field, from which its usual shape is known
_USUAL: Final = 0.85  # share that has the usual shape
_DATES: Final = {
    "YYYY-MM-DD": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "DD/MM/YYYY": re.compile(r"\d{1,2}/\d{1,2}/\d{4}"),
    "DD.MM.YYYY": re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}"),
    "DD-MM-YYYY": re.compile(r"\d{1,2}-\d{1,2}-\d{4}"),
    "month in words": re.compile(
        r"(?:\d{1,2}\.? )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? (?:\d{1,2}, )?\d{4}",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True)
class OddTargets:
    """Targets that have one thing otherwise than nearly all others.

    Attributes
    ----------
    what : "type", "format", "fence", "extra" or "missing"
        A JSON value of another type, a date of another form, JSON in a code fence or in none, a key that hardly any
        other has, or one that nearly all others have.
    field : str
        The path of the field; empty for the whole target.
    usual, odd : str
        What nearly all have, and what these have.
    examples : tuple of str
        Their ids.
    """

    what: str
    field: str
    usual: str
    odd: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Respelled:
    """Values of one JSON field that are labels, written otherwise than most write them, by spelling or by a slip.

    Attributes
    ----------
    field : str
        Its path, entries of lists taken together: ``items[].kind``.
    examples, written, usual : tuple of str
        For each such value: whose it is by id, how it is written, and how most write it.
    times : tuple of int
        How often the field has that.
    """

    field: str
    examples: tuple[str, ...]
    written: tuple[str, ...]
    usual: tuple[str, ...]
    times: tuple[int, ...]


def respelled_fields(examples: Sequence[Item]) -> tuple[Respelled, ...]:
    """Return the fields of JSON targets that have labels for values, some in two spellings.

    What labels are, and what their spellings have in common, is as in `usual_labels`.

    Examples
    --------
    >>> from curvefit.tasks.target_shape import respelled_fields
    >>> targets = ['{"queue": "sales"}', '{"queue": "returns"}'] * 10 + ['{"queue": "SALES"}']
    >>> respelled_fields([cf.Item(f"r{i}", f"{i}", target) for i, target in enumerate(targets)])[0].examples
    ('r20',)
    """
    found = (_written_otherwise(field, pairs, usual) for field, pairs, usual in _labelled(examples))
    return tuple(one for one in found if one is not None)


def alike_fields(examples: Sequence[Item]) -> tuple[Respelled, ...]:
    """Return the fields of JSON targets that have labels for values, some of which look like slips of the pen.

    What stands just so in what is asked was copied from there, and is none.

    Examples
    --------
    >>> from curvefit.tasks.target_shape import alike_fields
    >>> targets = ['{"queue": "sales"}', '{"queue": "returns"}'] * 10 + ['{"queue": "retruns"}']
    >>> alike_fields([cf.Item(f"r{i}", f"{i}", target) for i, target in enumerate(targets)])[0].usual
    ('returns',)
    """
    asked = {example.id: canonical(example) for example in examples}
    found = []
    for field, pairs, usual in _labelled(examples):
        slips = likely_slips(Counter(usual[text] for _, text in pairs))
        meant = {text: slips.get(label, text) for text, label in usual.items()}
        own = [(i, text) for i, text in pairs if meant[text] == text or text.casefold() not in asked[i]]
        found.append(_written_otherwise(field, own, meant))
    return tuple(one for one in found if one is not None)


def _labelled(examples: Sequence[Item]) -> Iterator[tuple[str, list[tuple[str, str]], Mapping[str, str]]]:
    """Return each field that has labels for values: whose they are and how written, and how most spell each."""
    values: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for example in examples:
        is_json, value = read_target(example.target)
        if is_json and isinstance(value, dict | list):
            for field, text in _texts(value):
                values[field].append((example.id, text))
    for field, pairs in values.items():
        usual = usual_labels([text for _, text in pairs]) if len(pairs) >= _FEWEST else {}
        if usual:
            yield field, pairs, usual


def _written_otherwise(field: str, pairs: Sequence[tuple[str, str]], meant: Mapping[str, str]) -> Respelled | None:
    counts = Counter(text for _, text in pairs)
    other = [(i, text, meant[text], counts[meant[text]]) for i, text in pairs if meant[text] != text]
    return Respelled(field, *zip(*other, strict=True)) if other else None


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Return the texts in a JSON value, each with the path of its field."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, f"{path}[]")
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}".removeprefix("."))


def odd_targets(examples: Sequence[Item]) -> tuple[OddTargets, ...]:
    """Return which targets are shaped otherwise than at least 85% of those that can be compared.

    Of dates and code fences any form but the commonest is odd: nobody means to write them in two.

    Examples
    --------
    >>> from curvefit.tasks.target_shape import odd_targets
    >>> targets = ['{"total": 12}'] * 30 + ['{"total": "12"}']
    >>> odd_targets([cf.Item(f"r{i}", f"{i}", target) for i, target in enumerate(targets)])[0].examples
    ('r30',)
    """
    shapes: dict[str, dict[str, str]] = defaultdict(dict)  # by field and by id
    kinds: dict[str, dict[str, str]] = defaultdict(dict)
    fences: dict[str, str] = {}
    objects: dict[str, frozenset[str]] = {}
    for example in examples:
        is_json, value = read_target(example.target)
        if is_json and isinstance(value, dict | list):
            fences[example.id] = "a code fence" if example.target.lstrip().startswith("```") else "no code fence"
        if is_json and isinstance(value, dict):
            objects[example.id] = frozenset(value)
            for name, inner in value.items():
                kinds[name][example.id] = _type(inner)
                if isinstance(inner, str) and (shape := _date(inner)):
                    shapes[name][example.id] = shape
        elif shape := _date(example.target):
            shapes[""][example.id] = shape
    return (
        *_odd("type", kinds, _USUAL),
        *_odd("format", shapes),
        *_odd("fence", {"": fences}),
        *_odd_keys(objects),
    )


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    names = ((int | float, "number"), (str, "text"), (list, "list"), (dict, "object"))
    return next((name for kind, name in names if isinstance(value, kind)), "null")


def _date(text: str) -> str:
    return next((name for name, pattern in _DATES.items() if pattern.fullmatch(text.strip())), "")


def _odd(what: str, table: dict[str, dict[str, str]], least: float = 0.0) -> Iterator[OddTargets]:
    for name, by_id in table.items():
        counts = Counter(shape for shape in by_id.values() if shape != "null")  # null says that there is none
        n = counts.total()
        if n < _FEWEST or len(counts) < 2:
            continue
        usual, most = counts.most_common(1)[0]
        if most < least * n:
            continue
        for shape in (shape for shape in counts if shape != usual):
            ids = tuple(i for i, own in by_id.items() if own == shape)
            yield OddTargets(what, name, usual, shape, ids)


def _odd_keys(objects: dict[str, frozenset[str]]) -> Iterator[OddTargets]:
    """Return keys of objects that all but a few have alike; where keys differ at will, none is odd."""
    sets = Counter(objects.values())
    if sets.total() < _FEWEST:
        return
    usual, most = sets.most_common(1)[0]
    if most < _USUAL * sets.total():
        return
    for what, pairs in (
        ("extra", [(key, i) for i, keys in objects.items() for key in sorted(keys - usual)]),
        ("missing", [(key, i) for i, keys in objects.items() for key in sorted(usual - keys)]),
    ):
        by_key: dict[str, list[str]] = defaultdict(list)
        for key, i in pairs:
            by_key[key].append(i)
        for key, ids in by_key.items():
            if len(ids) <= _RARE * sets.total():
                yield OddTargets(what, key, "", "", tuple(ids))
