"""Words of a text in any script. Lives here: what a word is, wherever texts are compared by words; no scoring."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

__all__ = ["is_unspaced", "words"]

_ASCII_WORD: Final = re.compile(r"\w+")
# How Unicode's names of their characters begin, after width is taken away.
_UNSPACED: Final = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "THAI", "LAO", "KHMER", "MYANMAR")
_JOINERS: Final = ("\u200c", "\u200d", "\u00ad")  # within a word: they shape letters or allow a break


def words(text: str) -> list[str]:
    """Return the words of a text, in order, without case, punctuation and symbols.

    A word is a run of letters, digits and underscores, with the marks that belong to them: one character is a word
    too, and Devanagari keeps its vowel signs. In scripts that write no spaces (Han, kana, Thai, Lao, Khmer, Burmese)
    each character is a word, with its marks. Compatible forms count as one (NFKC), such as full and half width.

    Examples
    --------
    >>> words("Is 3 + 4 seven?")
    ['is', '3', '4', 'seven']
    >>> words("हिन्दी में")
    ['हिन्दी', 'में']
    >>> words("東京へ go")
    ['東', '京', 'へ', 'go']
    """
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    parts: list[str] = []
    before = "other"  # what the part that is being read is made of
    for character in unicodedata.normalize("NFKC", text).casefold():
        role = _role(character)
        if (role == "mark" and before != "other") or (role == "letter" and before == "letter"):
            parts[-1] += character
        elif role in ("letter", "unspaced"):
            parts.append(character)
            before = role
        elif role == "other":
            before = "other"
    return parts


def is_unspaced(word: str) -> bool:
    """Whether a word is a character of a script that writes no spaces between words.

    Examples
    --------
    >>> is_unspaced("東"), is_unspaced("a")
    (True, False)
    """
    return _role(word[0]) == "unspaced"


@cache
def _role(character: str) -> str:
    """Return what a character is to words: letter, mark, unspaced, joiner or other."""
    if character in _JOINERS:
        return "joiner"
    if unicodedata.category(character)[0] == "M":
        return "mark"
    if not (character.isalnum() or character == "_"):
        return "other"
    return "unspaced" if unicodedata.name(character, "").startswith(_UNSPACED) else "letter"
