"""Do two regular expressions find the same? Lives here: trying both on texts made from both; nothing is proven.

Equivalence can be proven for patterns without anchors, lookarounds and references alone, and can take time exponential
in their length. Tried on many texts, patterns of any sort that differ are told apart where one of the texts tells.
"""

from __future__ import annotations

import random
import re
import time
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import regex

from curvefit.tasks.call_trees import is_nested_deeply

__all__ = ["agree", "readable"]

_LONGEST: Final = 1_000  # characters of a pattern
_LONGEST_TEXT: Final = 60
_SAMPLES: Final = 30  # texts made of each pattern
_CHANGED: Final = 8  # of these, the shortest of which every letter is changed
_MOST_LETTERS: Final = 40  # tried at each place
_MOST_TEXTS: Final = 4_000
_SECONDS: Final = 2.0  # for all texts of two patterns
# No letters beyond ASCII, unless a pattern names them: [0-9] is to be \d.
_USUAL: Final = "a0 A_-.\n\t/@"
_ALWAYS: Final = ("", " ", "\n", "a", "A", "0", "_", "abc", "ABC", "123", "a b", "a\nb", "-1.5")


@lru_cache(maxsize=4096)
def agree(one: str, other: str) -> bool:
    """Whether two patterns find the same part of every text tried, or nothing in it.

    Tried are texts made to match each of them, and these with a letter less, more or changed: to the letters that stand
    in a pattern and their neighbours, among others. What takes more than 2 seconds does not agree. For the same two
    patterns they are always the same texts.

    Examples
    --------
    >>> from curvefit.tasks.pattern_agreement import agree
    >>> agree("(?:ab|ac)+", "(a[bc])(a[cb])*"), agree("[a-y]+", "[a-z]+"), agree("a+", "a+?")
    (True, False, False)
    """
    patterns = _compiled(one), _compiled(other)
    if patterns[0] is None or patterns[1] is None:
        return False
    ends_at = time.monotonic() + _SECONDS
    try:
        for text in () if one == other else _texts(one, other):
            left = ends_at - time.monotonic()
            if left <= 0 or _found(patterns[0], text, left) != _found(patterns[1], text, left):
                return False
    except TimeoutError:
        return False
    return True


def readable(pattern: str) -> bool:
    """Whether a text is a pattern that both `re` and `regex` take, not too long and not nested too deeply."""
    return _compiled(pattern) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    if not pattern or len(pattern) > _LONGEST or is_nested_deeply(pattern):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what later versions may read otherwise, such as [[
            re.compile(pattern)  # first: what it refuses, such as (?R), can keep `regex` busy beyond any limit of time
            return regex.compile(pattern) if _length(_parsed(pattern)) <= _LONGEST else None
    except (re.error, regex.error, OverflowError, RecursionError, ValueError):
        return None


def _found(pattern: Any, text: str, seconds: float) -> tuple[int, int] | None:
    match = pattern.search(text, timeout=seconds)
    return None if match is None else match.span()


def _texts(one: str, other: str) -> Iterator[str]:
    """Yield texts that may tell two patterns apart, those that match one of them first."""
    chance = random.Random(repr((one, other)))  # noqa: S311 (no secret)
    letters = _letters(one + other)
    made = sorted({text for pattern in (one, other) for text in _samples(pattern, chance)}, key=lambda t: (len(t), t))
    yield from (*_ALWAYS, *made)
    changed = [text for sample in made[:_CHANGED] + made[-2:] for text in _changes(sample, letters)]
    changed += [sep.join(pair) for sep in ("", " ", "\n") for pair in zip(made, reversed(made), strict=True)]
    yield from dict.fromkeys(chance.sample(changed, min(len(changed), _MOST_TEXTS)))


def _letters(patterns: str) -> Sequence[str]:
    near = (chr(ord(letter) + step) for letter in patterns for step in (0, -1, 1) if 32 < ord(letter) < 0xD000)
    return tuple(dict.fromkeys((*_USUAL, *near)))[:_MOST_LETTERS]


def _changes(text: str, letters: Sequence[str]) -> Iterator[str]:
    yield text.swapcase()
    for at in range(len(text) + 1):
        if at < len(text):
            yield text[:at] + text[at + 1 :]
            yield text[:at] + text[at] + text[at:]
            yield from (text[:at] + letter + text[at + 1 :] for letter in letters)
        if at in (0, len(text)):
            yield from (text[:at] + letter + text[at:] for letter in letters)


def _parsed(pattern: str) -> Any:
    from re import _parser  # type: ignore[attr-defined]  # which names it for no one, and hypothesis uses too

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _parser.parse(pattern)


def _length(tree: Any) -> int:
    """Return the steps of a pattern with its repetitions written out, as `regex` does: (a{99}){99} has 9,801."""
    total = 0
    for name, value in tree:
        parts = value[1] if str(name) == "BRANCH" else [value[-1]] if isinstance(value, tuple) else [value]
        inner = sum(_length(part) for part in parts if hasattr(part, "getwidth"))
        total += max(1, inner) * (max(1, value[0]) if str(name).endswith("_REPEAT") else 1)
    return total


def _samples(pattern: str, chance: random.Random) -> Iterator[str]:
    """Yield texts made to match, as far as anchors and lookarounds let them; not always do they."""
    tree = _parsed(pattern)
    for _ in range(_SAMPLES):
        text = _made(tree, chance, {})
        if len(text) <= _LONGEST_TEXT:
            yield text


def _made(tree: Any, chance: random.Random, groups: dict[int, str]) -> str:
    text = ""
    for name, value in tree:
        if len(text) > _LONGEST_TEXT:
            break
        text += _part(str(name), value, chance, groups)
    return text


def _part(name: str, value: Any, chance: random.Random, groups: dict[int, str]) -> str:
    if name == "LITERAL":
        return chr(value)
    if name == "NOT_LITERAL":
        return chance.choice([letter for letter in _USUAL if letter != chr(value)])
    if name == "ANY":
        return chance.choice(_USUAL.replace("\n", ""))
    if name == "IN":
        return _one_of(value, chance)
    if name == "BRANCH":
        return _made(chance.choice(value[1]), chance, groups)
    if name == "SUBPATTERN":
        text = _made(value[-1], chance, groups)
        groups[value[0]] = text
        return text
    if name.endswith("_REPEAT"):
        fewest, most, inner = value
        times = chance.choice([fewest, min(int(most), fewest + chance.randint(0, 3)), min(int(most), 12)])
        text = ""
        for _ in range(max(times, fewest)):
            text += _made(inner, chance, groups)
            if len(text) > _LONGEST_TEXT:
                break
        return text
    if name == "GROUPREF":
        return groups.get(value, "")
    if name == "GROUPREF_EXISTS":
        return _made((value[1] if value[0] in groups else value[2]) or [], chance, groups)
    return _made(value, chance, groups) if name == "ATOMIC_GROUP" else ""


_SETS: Final = {"DIGIT": "0123456789", "WORD": "abzAZ019_", "SPACE": " \t\n"}


def _one_of(members: Any, chance: random.Random) -> str:
    """Return a letter of a class such as ``[a-z\\d]``; one at an end of a range as often as another."""
    refused = str(members[0][0]) == "NEGATE"
    offered: list[str] = []
    for name, value in members[refused:]:
        kind = str(name)
        if kind == "LITERAL":
            offered.append(chr(value))
        elif kind == "RANGE":
            offered += [chr(value[0]), chr(value[1]), chr(chance.randint(*value))]
        elif kind == "CATEGORY":
            _, _, category = str(value).rpartition("_")
            negative = "_NOT_" in str(value)
            offered += [s for s in _USUAL if s not in _SETS[category]] if negative else _SETS[category]
    if not refused:
        return chance.choice(offered)
    pattern = regex.compile(f"[^{''.join(map(regex.escape, offered))}]")
    return chance.choice([letter for letter in f"{_USUAL}bxyzBZ189" if pattern.match(letter)] or [" "])
