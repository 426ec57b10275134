"""Keeping credentials out of what is said and kept. Lives here: functions over text; nothing is sent or stored."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import Final

__all__ = ["CUT", "redact", "redact_word", "without_keys"]

CUT: Final = "[key]"  # stands where one was

_SHORTEST: Final = 8  # characters of a value that is taken out of messages, and
_SHORTEST_KEPT: Final = 16  # out of replies, which are data: a short word there is more likely an answer than a key
_NAME: Final = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|BEARER|CREDENTIAL")
_SHAPES: Final = re.compile(
    # Known makers of keys.
    r"\b(?:sk-[\w*-]{6,}|AIza[\w-]{20,}|gsk_\w{16,}|hf_\w{16,}|xai-\w{16,}|A[KS]IA\w{12,}|gh[opsu]_\w{20,}"
    r"|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abpr]-[\w-]{10,}|r8_\w{20,}|pplx-\w{16,}|nvapi-[\w-]{16,}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+)"
    r"|(?<=Bearer )\S+"
    r"|(?<=[?&]key=)[^&\s]+"
    r"|(?<=://)[^\s/@]+(?=@)"  # who logs in to a server
)


def redact(text: str) -> str:
    """Return a text as one line, without anything that looks like a key or is the value of a key's variable."""
    return " ".join(_without(text, _SHORTEST).split())


def redact_word(word: str) -> str:
    """Return one word of a command line as it stands but for keys, by the rule for messages."""
    return _without(word, _SHORTEST)


def without_keys(reply: str) -> str:
    """Return a reply as it stands but for anything that looks like a key or is the value of a key's variable."""
    return _without(reply, _SHORTEST_KEPT)


@lru_cache
def _is_of_a_key(name: str) -> bool:
    return _NAME.search(name.upper()) is not None


def _without(text: str, shortest: int) -> str:
    values = (os.environ.get(name, "") for name in os.environ if _is_of_a_key(name))
    secrets = {value for value in values if len(value) >= shortest}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, CUT)
    return _SHAPES.sub(CUT, text)
