"""Sentences with personal data and their redacted form. Lives here: what each jurisdiction hides, and the sentences.

The rule is the table ``HIDDEN``: the jurisdiction named in front decides which kinds are replaced by their tag; all
other text is copied. Every value is invented: telephone numbers lie in the reserved 555-01xx range, mail goes to
example.com, and tax numbers are too short to be real. The table is an exercise, not legal advice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["HIDDEN", "examples"]

HIDDEN: Final[dict[str, frozenset[str]]] = {
    "DE": frozenset({"NAME", "STREET"}),
    "CA": frozenset({"PHONE", "MAIL"}),
    "BR": frozenset({"TAX", "NAME"}),
    "UK": frozenset({"STREET", "PHONE"}),
}
FIRST: Final = [
    "Anna",
    "Jonas",
    "Maria",
    "Pedro",
    "Lucy",
    "Omar",
    "Ines",
    "Tom",
    "Clara",
    "Hugo",
    "Nina",
    "Rosa",
    "Paul",
    "Vera",
]
LAST: Final = ["Fox", "Brook", "Lima", "Stone", "Weber", "Costa", "Reed", "Klein", "Duarte", "Frost", "Hale", "Moss"]
STREETS: Final = [
    "Elm Road",
    "Mill Lane",
    "High Street",
    "Oak Avenue",
    "Station Road",
    "Park Row",
    "Church Lane",
    "King Street",
]
HOSTS: Final = ["ash", "birch", "cedar", "delta", "flint", "grove", "harbour", "lake"]
BOXES: Final = ["post", "home", "office", "desk", "mail", "sales"]
SENTENCES: Final = [
    "{NAME} called from {PHONE}.",
    "{NAME} lives at {STREET}.",
    "{NAME} wrote from {MAIL}.",
    "Bill {NAME}, tax no {TAX}.",
    "Call {NAME} on {PHONE} today.",
    "Tax no {TAX} moved to {STREET}.",
    "Keys to {STREET}, bill to {MAIL}.",
    "{NAME} of {STREET}, tax no {TAX}.",
    "Parcel for {NAME}, {STREET}, {PHONE}.",
    "New contact: {NAME}, {MAIL}.",
    "Write to {MAIL} or call {PHONE}.",
]


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield sentences with their redacted forms, every jurisdiction equally often."""
    for place in pick.rounds(list(HIDDEN)):
        values = {
            "NAME": f"{pick.one(FIRST)} {pick.one(LAST)}",
            "STREET": f"{pick.whole(2, 99)} {pick.one(STREETS)}",
            "PHONE": f"555-01{pick.whole(0, 99):02d}",
            "MAIL": f"{pick.one(BOXES)}@{pick.one(HOSTS)}.example.com",
            "TAX": f"{pick.whole(10, 99)}-{pick.whole(10, 99)}",
        }
        shown = {kind: f"[{kind}]" if kind in HIDDEN[place] else value for kind, value in values.items()}
        sentence = pick.one(SENTENCES)
        yield f"({place}) {sentence.format(**values)}", sentence.format(**shown)
