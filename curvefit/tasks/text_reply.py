"""Text in what a model wrote. Lives here: what counts as the same text, and the number a reply ends on."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Final

__all__ = ["last_number", "normalize", "same_number"]

_QUOTES: Final = " \t\r\n\"'`“”‘’«»"
_OPENING: Final = "([{"
_CLOSING: Final = ")]}.,;:!?。"
_NUMBER: Final = re.compile(r"(?:(?<![\w.)])[-+])?(?:\d+(?:\.\d+)?|(?<!\d)\.\d+)(?:[eE][-+]?\d+)?")
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def normalize(text: str) -> str:
    """Return a text with case, spacing and what stands around it put aside.

    Unicode compatibility forms are unified (NFKC), case is folded, runs of white space become one space; then quotes
    and opening brackets are taken from the front, quotes, closing brackets and punctuation from the end. Inside the
    text, and in front of it, punctuation counts: ``-5`` and ``.5`` are not 5.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(text.split()).lstrip(_QUOTES + _OPENING).rstrip(_QUOTES + _CLOSING)


def last_number(text: str) -> str | None:
    """Return the last number in a text, without commas between thousands; None where there is none."""
    numbers = _NUMBER.findall(_THOUSANDS.sub("", text.replace("−", "-")))
    return numbers[-1] if numbers else None


def same_number(a: str, b: str) -> bool:
    """Whether two numbers are equal as decimals; what no decimal can hold is equal only if written alike."""
    try:
        return Decimal(a) == Decimal(b)
    except InvalidOperation:  # an exponent of twenty digits
        return a == b
