"""Kinds of task. Lives here: which there are, which count as alike, and what one that is misspelt was meant to be."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

__all__ = ["GROUPS", "KINDS", "group_of", "kind_problem", "nearest_kind"]

# Kinds of task that are treated as alike. A kind that is not listed is like no other: its interval is wider.
GROUPS: Final = {
    "labels": ("classification",),
    "structure": ("extraction", "structured", "json/api", "json", "pii"),
    "programs": ("sql", "dsl", "code"),
    "knowledge": ("qa", "knowledge-qa"),
    "text": ("summarization", "generation", "mt", "tone"),
}
_GROUP: Final = {kind: group for group, kinds in GROUPS.items() for kind in kinds}
KINDS: Final = tuple(_GROUP)
_ANY_LANGUAGE: Final = "multilingual-"
_SLIP: Final = 0.9  # likeness from which on an unknown kind is one that was misspelt


def group_of(kind: str) -> str:
    """Return which of `GROUPS` a kind of task belongs to, in any language; empty for none."""
    return _GROUP.get(kind.strip().lower().removeprefix(_ANY_LANGUAGE), "")


def nearest_kind(kind: str, likeness: float = 0.6) -> str:
    """Return the known kind that this one is most like, in any language if this one is; empty for none."""
    said = kind.strip().lower()
    any_language = _ANY_LANGUAGE if said.startswith(_ANY_LANGUAGE) else ""
    near = get_close_matches(said.removeprefix(_ANY_LANGUAGE), KINDS, n=1, cutoff=likeness)
    return f"{any_language}{near[0]}" if near else ""


def kind_problem(kind: str) -> str:
    """Return why a kind cannot be meant: it is nearly a known one. Empty of one that is known, or is like none."""
    if group_of(kind) or not (near := nearest_kind(kind, _SLIP)):
        return ""
    return f"{kind!r:.40} is no known kind of task; did you mean {near!r}?"
