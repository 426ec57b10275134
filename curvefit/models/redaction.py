"""Keeping credentials out of what is said. Lives here: one function over text; nothing is sent or stored."""

from __future__ import annotations

import os
import re
from typing import Final

__all__ = ["redact"]

_SHORTEST: Final = 8
_NAME: Final = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|BEARER")
_SHAPES: Final = re.compile(
    r"\b(?:sk-[\w*-]{6,}|AIza[\w-]{20,}|gsk_\w{16,}|hf_\w{16,}|xai-\w{16,}|AKIA\w{12,})"  # known makers of keys
    r"|(?<=Bearer )\S+"
    r"|(?<=://)[^\s/@]+(?=@)"  # who logs in to a server
)


def redact(text: str) -> str:
    """Return a text as one line, without anything that looks like a key or is the value of a key's variable."""
    secrets = {value for name, value in os.environ.items() if _NAME.search(name) and len(value) >= _SHORTEST}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "[key]")
    return " ".join(_SHAPES.sub("[key]", text).split())
