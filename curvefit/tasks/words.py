"""Words of a text in any script. Lives here: what a word is, wherever texts are compared by words; no scoring."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise
from typing import Final

__all__ = ["words"]

_ASCII_WORD: Final = re.compile(r"\w+")
# How Unicode's names of their characters begin, after width is taken away.
_HAN: Final = ("CJK", "IDEOGRAPHIC")
_RUNS: Final = ("HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
_JOINERS: Final = ("\u200c", "\u200d", "\u00ad")  # within a word: they shape letters or allow a break


def words(text: str) -> list[str]:
    """Return the words of a text, in order, without case, punctuation and symbols.

    A word is a run of letters, digits and underscores, with the marks that belong to them: one character is a word
    too, and Devanagari keeps its vowel signs. Where a script has no spaces, a Chinese character is a word, and in kana,
    Thai, Lao, Khmer and Burmese each two neighbouring characters are one: single letters of an alphabet would make all
    texts alike. Compatible forms count as one (NFKC), such as full and half width.

    Examples
    --------
    >>> words("Is 3 + 4 seven?")
    ['is', '3', '4', 'seven']
    >>> words("हिन्दी में")
    ['हिन्दी', 'में']
    >>> words("東京タワー go")
    ['東', '京', 'タワ', 'ワー', 'go']
    """
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    parts: list[str] = []
    run: list[str] = []  # characters of a script whose words are pairs
    before = "other"  # what the part that is being read is made of
    for character in unicodedata.normalize("NFKC", text).casefold():
        role = _role(character)
        if role == "joiner":
            continue
        if role == "mark" and before != "other":
            open_part = run if before == "run" else parts
            open_part[-1] += character
            continue
        if role != "run":
            parts += _pairs(run)
            run = []
        if role == "run":
            run.append(character)
        elif role == "letter" and before == "letter":
            parts[-1] += character
        elif role in ("letter", "han"):
            parts.append(character)
        before = "other" if role == "mark" else role
    return [*parts, *_pairs(run)]


def _pairs(run: list[str]) -> list[str]:
    return ["".join(pair) for pair in pairwise(run)] if len(run) > 1 else run


@cache
def _role(character: str) -> str:
    """Return what a character is to words: letter, mark, han, run, joiner or other."""
    if character in _JOINERS:
        return "joiner"
    if unicodedata.category(character)[0] == "M":
        return "mark"
    if not (character.isalnum() or character == "_"):
        return "other"
    name = unicodedata.name(character, "")
    return "han" if name.startswith(_HAN) else "run" if name.startswith(_RUNS) else "letter"
