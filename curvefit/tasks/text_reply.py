"""Text in what a model wrote. Lives here: what counts as the same text, its words, its numbers and its code fence.

Characters are told apart by their Unicode properties, never by lists of one alphabet: those of all scripts count alike.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal

import regex

__all__ = [
    "SPACED_LETTER",
    "DecimalMark",
    "fold",
    "last_number",
    "likely_slips",
    "normalize",
    "same_number",
    "unfenced",
    "usual_spellings",
    "words",
]

DecimalMark = Literal["point", "comma"]

# Zero-width characters, marks of direction, variation selectors. Those that spell the flags of regions mean something.
_INVISIBLE: Final = regex.compile(r"(?V1)[\p{Default_Ignorable_Code_Point}--[\U000e0020-\U000e007f]]+")
_OPENING: Final = regex.compile(r"[\s\p{Quotation_Mark}\p{Pi}\p{Pf}\p{Ps}`¿¡״]")
_CLOSING: Final = regex.compile(r"[\s\p{Quotation_Mark}\p{Pi}\p{Pf}\p{Pe}\p{Terminal_Punctuation}`·״]")

# Scripts without spaces between words: Chinese, Japanese; Thai, Lao, Khmer, Burmese (line-breaking class SA).
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{LB=SA}"
SPACED_LETTER: Final = rf"[[\w\p{{M}}\p{{N}}]--[{_UNSPACED}]]"  # of a word with spaces around it; in flavour V1
_PIECE: Final = regex.compile(
    rf"(?V1)(?P<spaced>[[\p{{L}}\p{{N}}_]--[{_UNSPACED}]]{SPACED_LETTER}*)|\p{{Han}}\p{{M}}*|(?P<run>[\p{{Hiragana}}\p{{Katakana}}ー]+|\p{{LB=SA}}+)"
)
_CLUSTER: Final = regex.compile(r"\X")

_FENCE: Final = regex.compile(r"```[^\s`]*[ \t]*\r?\n(.*?)(?:```|\Z)", regex.DOTALL)
_INLINE: Final = regex.compile(r"(`+)([^`\n]+)\1")

_SIGN: Final = r"[-+\u2010-\u2013\u2212\ufe63\uff0d\uff0b]"
_NUMBER: Final = regex.compile(
    rf"(?:(?<![\w\p{{M}}.)])(?P<sign>{_SIGN})(?:\s?\p{{Sc}}\s?)?)?"
    r"(?P<body>\d+(?:[.,'’_٫٬．，]\d+|[\u00a0\u2009\u202f]\d{3}(?!\d))*|(?<!\d)[.٫]\d+)"
    r"(?P<exponent>[eE][-+]?\d+)?"
)
_SPACED_THOUSANDS: Final = regex.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d+)?")
_MARKS: Final = str.maketrans(
    {"٫": ".", "٬": ",", "．": ".", "，": ",", "’": "'", "\u2009": "\u00a0", "\u202f": "\u00a0"}
)
_GROUPED: Final = {
    mark: regex.compile(rf"\d{{1,3}}(?:{regex.escape(mark)}\d{{3}})+") for mark in (",", ".", "'", "_", "\u00a0")
}
_INDIAN: Final = regex.compile(r"\d{1,2}(?:,\d{2})+,\d{3}")
_GAP: Final = regex.compile(r"[\s_-]+")
_SLIPS, _SLIP_SHARE = 2, 0.02  # examples of a label that may be misspelled, and share of all: at most the larger
_COMMON, _TIMES = 10, 5  # examples of the label that was meant, at least, and times as many as have the slip


def fold(text: str) -> str:
    """Return a text in one Unicode form (NFKC), case folded, without invisible characters, one space between words."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return " ".join(unicodedata.normalize("NFKC", text.casefold()).split())


def normalize(text: str) -> str:
    """Return a text with case, spacing and what stands around it put aside; see `fold`.

    Quotes and opening brackets of all scripts are taken from the front; quotes, closing brackets and punctuation from
    the end. Inside the text, and in front of it, punctuation counts: ``-5`` and ``.5`` are not 5.
    """
    text = fold(text)
    start, end = 0, len(text)
    while start < end and _is_opening(text[start]):
        start += 1
    while end > start and _is_closing(text[end - 1]):
        end -= 1
    return text[start:end]


def usual_spellings(texts: Sequence[str], key: Callable[[str], str]) -> dict[str, str]:
    """Return for each text the commonest of those with the same key, the first by alphabet of equals.

    White space around texts is no part of a spelling, unless most of them have some.

    Examples
    --------
    >>> from curvefit.tasks.text_reply import usual_spellings
    >>> usual_spellings(["up", "up", "Up", "down "], str.casefold)
    {'up': 'up', 'Up': 'up', 'down ': 'down'}
    """
    framed = 2 * sum(text != text.strip() for text in texts) > len(texts)
    counts = Counter(texts)
    spellings = {text: text if framed else text.strip() for text in counts}
    by_key: dict[str, Counter[str]] = {}
    for text, count in counts.items():
        by_key.setdefault(key(text.strip()), Counter())[spellings[text]] += count
    usual = {name: min(found, key=lambda text: (-found[text], text)) for name, found in by_key.items()}
    return {text: usual[key(text.strip())] for text in counts}


def likely_slips(counts: Mapping[str, int]) -> dict[str, str]:
    """Return labels that hardly occur and are all but a common one, as slips of the pen are, with that one.

    A slip changes one word, and no digit: two neighbouring letters are changed about, or one is missing, too much or
    another, or, in long words, two that are apart. What changes the first letter or the ending of a word, or two
    letters that are neighbours, makes another word: unlikely of likely, payee of payer, hypotension of hypertension.

    Examples
    --------
    >>> from curvefit.tasks.text_reply import likely_slips
    >>> likely_slips({"late": 60, "changed_mind": 50, "laet": 1, "change_mind": 1, "date": 1})
    {'laet': 'late', 'change_mind': 'changed_mind'}
    """
    found = {}
    most = max(_SLIPS, _SLIP_SHARE * sum(counts.values()))
    for label, count in ((label, count) for label, count in counts.items() if count <= most):
        common = [other for other, n in counts.items() if n >= max(_COMMON, _TIMES * count) and _is_slip(label, other)]
        if common:
            found[label] = max(common, key=counts.__getitem__)
    return found


def _is_slip(label: str, other: str) -> bool:
    ours, theirs = (_GAP.split(text.casefold()) for text in (label, other))
    if all(ours) and all(theirs) and "".join(ours) == "".join(theirs):
        return "".join(ours).isalpha()
    pairs = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
    return len(ours) == len(theirs) and len(pairs) == 1 and _is_slip_of_word(*pairs[0])


def _is_slip_of_word(word: str, other: str) -> bool:
    from rapidfuzz.distance import OSA, Levenshtein

    if not (word.isalpha() and other.isalpha()) or OSA.distance(word, other, score_cutoff=2) > 2:
        return False
    shorter, edits = min(len(word), len(other)), list(Levenshtein.editops(word, other))
    if len(edits) == 2 and OSA.distance(word, other) == 1:  # neighbours changed about
        return shorter >= 4
    replaces = edits[-1].tag == "replace"
    if word[0] != other[0] or (replaces and edits[-1].src_pos == len(word) - 1):
        return False
    if len(edits) == 1:
        return shorter >= (6 if replaces else 4)
    return len(edits) == 2 and shorter >= 8 and edits[1].src_pos - edits[0].src_pos > 1


def words(text: str) -> list[str]:
    """Return the words of a text, after `fold`, without punctuation.

    A run of letters, marks and digits is a word. Where a script has no spaces, a Chinese character is a word (as in the
    scoring of CMRC 2018 and MLQA), and in Japanese kana, Thai, Lao, Khmer and Burmese each two neighbouring characters
    are one: single letters of an alphabet would make all texts alike.

    Examples
    --------
    >>> from curvefit.tasks.text_reply import words
    >>> words("The café's 2 cats"), words("今天很好"), words("हिन्दी में")
    (['the', 'café', 's', '2', 'cats'], ['今', '天', '很', '好'], ['हिन्दी', 'में'])
    """
    found: list[str] = []
    for piece in _PIECE.finditer(fold(text)):
        clusters = _CLUSTER.findall(piece["run"]) if piece["run"] else []
        found.extend(map("".join, pairwise(clusters)) if len(clusters) > 1 else [piece[0]])
    return found


def unfenced(text: str) -> str:
    """Return what stands in the first code fence of a text, or in backticks around all of it; else the text."""
    if "`" not in text:
        return text
    fence = _FENCE.search(text)
    if fence is not None:
        return str(fence[1])
    inline = _INLINE.fullmatch(text.strip())
    return text if inline is None else str(inline[2])


def last_number(text: str, decimal: DecimalMark = "point") -> str | None:
    """Return the last number in a text as a program writes it; None where there is none.

    Parameters
    ----------
    text : str
        Marks between thousands (commas, points, apostrophes, underscores, hard spaces; the Indian 1,00,000) are
        dropped; simple spaces too, where the text is one number. Digits of all scripts are read, and every minus.
    decimal : "point" or "comma"
        How to read one mark before three digits: 1,234 is 1234 with a decimal point, and 1.234 with a decimal comma.
        Elsewhere the number itself says: 12,50 is 12.50, and 1.234,5 is 1234.5.

    Examples
    --------
    >>> from curvefit.tasks.text_reply import last_number
    >>> last_number("so -$1,234.50."), last_number("12,50 Euro"), last_number("version 1.2.3")
    ('-1234.50', '12.50', None)
    """
    for number in reversed(list(_NUMBER.finditer(_joined(text)))):
        body = _plain(str(number["body"]).translate(_MARKS), decimal)
        if body is not None:
            sign = "-" if (number["sign"] or "+") not in "+\uff0b" else ""
            return f"{sign}{body}{number['exponent'] or ''}"
    return None


def same_number(a: str, b: str) -> bool:
    """Whether two numbers are equal as decimals; what no decimal can hold is equal only if written alike."""
    try:
        return Decimal(a) == Decimal(b)
    except InvalidOperation:  # an exponent of twenty digits
        return a == b


def _joined(text: str) -> str:
    """Join thousands parted by simple spaces where nothing else in the text is a number."""
    bare = text.strip()
    spaced = _SPACED_THOUSANDS.search(bare) if len(bare) < 80 else None  # longer, it is no number by itself
    if spaced is None or any(map(str.isalnum, bare[: spaced.start()])) or _NUMBER.search(bare, spaced.end()):
        return text
    return bare[: spaced.start()] + str(spaced[0]).replace(" ", "") + bare[spaced.end() :]


def _plain(body: str, decimal: DecimalMark) -> str | None:
    """Return digits with a decimal point, if any; None for what is no number: a version, an address, a list.

    Of a list (1,2,3) the last entry counts.
    """
    mark, other = (".", ",") if decimal == "point" else (",", ".")
    for separator in (mark, other):
        whole, found, fraction = body.rpartition(separator)
        if found and fraction.isdecimal():
            thousands = separator == other and _GROUPED[other].fullmatch(body) and not body.startswith("0")
            if not thousands and (digits := _whole(whole, besides=separator)) is not None:
                return f"{digits}.{fraction}"
    digits = _whole(body)
    if digits is not None:
        return digits
    entries: list[str] = regex.split(r"[,'_\u00a0]", body)
    last = entries.pop()
    if len(last) == 3 and entries and entries[-1].isdecimal() and len(entries[-1]) <= 3:
        return entries[-1] + last  # 1,2,345: thousands at the end of a list
    return _plain(last, decimal) if entries else None


def _whole(text: str, besides: str = "") -> str | None:
    """Return the digits of a whole number, its thousands parted by one mark other than `besides`, or not at all."""
    if text.isdecimal() or (not text and besides):
        return text or "0"
    for mark, grouped in _GROUPED.items():
        if mark != besides and grouped.fullmatch(text):
            return text.replace(mark, "")
    return text.replace(",", "") if besides != "," and _INDIAN.fullmatch(text) else None


@lru_cache(maxsize=1024)
def _is_opening(character: str) -> bool:
    return _OPENING.match(character) is not None


@lru_cache(maxsize=1024)
def _is_closing(character: str) -> bool:
    return _CLOSING.match(character) is not None
