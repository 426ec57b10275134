"""Clinical notes redacted under the rules of three invented jurisdictions. Lives here: rules, their change, the notes.

The rule: the jurisdiction in front decides what becomes of each kind of data; all other text is copied, doses and
temperatures too. Quenda changed its rules at the start of 2025. The pool is of 2024 and the items are of 2025, so the
pool shows rules that hold no longer. ``documents.jsonl`` has the rules in force, and those of Quenda that were: every
example names the document that it follows.

=============  =======  ======  ===========  ========  ======
rules          name     age     date         record    clinic
=============  =======  ======  ===========  ========  ======
Arvond         tag      shown   year alone   tag       shown
Tessaly        initials decade  tag          shown     tag
Quenda, 2024   tag      shown   shown        tag       tag
Quenda, 2025   tag      tag     year alone   shown     shown
=============  =======  ======  ===========  ========  ======

An exercise, not legal advice: no person, clinic, record or jurisdiction is real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["documents", "examples", "later"]

FIRST: Final = ["Anja", "Bela", "Carlo", "Dunja", "Ewan", "Frida", "Gita", "Hamid", "Isla", "Jovan", "Katya", "Luis"]
LAST: Final = ["Abbot", "Borg", "Cole", "Diaz", "Engel", "Fischer", "Grant", "Huber", "Ito", "Juric", "Kraus", "Lopez"]
CLINICS: Final = ["Elm Clinic", "Bay Clinic", "Hill Clinic", "Park Clinic", "Mill Clinic", "Lake Clinic"]
MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
FINDINGS: Final = [
    "dry cough", "mild asthma", "sprained wrist", "fever of 39", "low iron, 20 mg daily", "migraine", "2 stitches",
    "ear infection", "knee pain", "rash on one arm", "small burn", "sore throat", "chest pain", "back pain, 10 days",
]  # fmt: skip
NOTES: Final = [
    "{name}, {age}, has {finding}.",
    "{name} seen {date}, {finding}.",
    "{clinic}: {name} has {finding}.",
    "Record {record}, {name}: {finding}.",
    "Age {age}, {finding}, back {date}.",
    "{clinic}, record {record}: {finding}.",
    "Letter to {name}, {age}: {finding}.",
]

SHOWN: Final = "as it is"
TAG: Final = "tag"
INITIALS: Final = "initials"
DECADE: Final = "decade"
YEAR: Final = "year alone"
RULES: Final[dict[str, dict[str, str]]] = {
    "arvond": {"name": TAG, "age": SHOWN, "date": YEAR, "record": TAG, "clinic": SHOWN},
    "tessaly": {"name": INITIALS, "age": DECADE, "date": TAG, "record": SHOWN, "clinic": TAG},
    "quenda-2024": {"name": TAG, "age": SHOWN, "date": SHOWN, "record": TAG, "clinic": TAG},
    "quenda-2025": {"name": TAG, "age": TAG, "date": YEAR, "record": SHOWN, "clinic": SHOWN},
}
MADE: Final[dict[str, Callable[[str], str]]] = {
    SHOWN: str,
    INITIALS: lambda name: "".join(f"{part[0]}." for part in name.split()),
    DECADE: lambda age: f"{age[0]}0s",
    YEAR: lambda date: date.split()[-1],
}


def documents() -> Iterator[dict[str, str]]:
    """Yield each set of rules as a document."""
    for name, rules in RULES.items():
        place, _, year = name.partition("-")
        told = {kind: f"[{kind.upper()}]" if rule == TAG else rule for kind, rule in rules.items()}
        text = " ".join(f"{kind.capitalize()}: {rule}." for kind, rule in told.items())
        yield {"id": name, "title": " ".join(filter(None, (place.capitalize(), year, "rules"))), "text": text}


def examples(pick: Chooser) -> Iterator[tuple[str, str, str]]:
    """Yield notes of 2024, their redacted forms and the rules in force, every jurisdiction equally often."""
    return _redacted(pick, 2024, ["arvond", "tessaly", "quenda-2024"])


def later(pick: Chooser) -> Iterator[tuple[str, str, str]]:
    """Yield the same of 2025."""
    return _redacted(pick, 2025, ["arvond", "tessaly", "quenda-2025"])


def _redacted(pick: Chooser, year: int, in_force: list[str]) -> Iterator[tuple[str, str, str]]:
    for name in pick.rounds(in_force):
        values = {
            "name": f"{pick.one(FIRST)} {pick.one(LAST)}",
            "age": str(pick.whole(21, 89)),
            "date": f"{pick.whole(1, 28)} {pick.one(MONTHS)} {year}",
            "record": str(pick.whole(1200, 9800)),
            "clinic": pick.one(CLINICS),
        }
        note, finding = pick.one(NOTES), pick.one(FINDINGS)
        made = {
            kind: f"[{kind.upper()}]" if rule == TAG else MADE[rule](values[kind]) for kind, rule in RULES[name].items()
        }
        place = name.partition("-")[0].capitalize()
        yield f"({place}) {note.format(finding=finding, **values)}", note.format(finding=finding, **made), name
