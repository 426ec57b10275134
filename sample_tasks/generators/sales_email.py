"""Profiles of invented clients and a short sales e-mail to each. Lives here: profiles, allowed offers, e-mails.

The rule: greet by title and surname, never by the first name; make exactly one offer, of the two that the segment
allows (``OFFERS``); name the firm and what it wants; say no price and no budget; stay within 25 words; sign ``Kind
regards, Mira``. The target is one e-mail of many: ``constraints.py`` beside the task checks any.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["examples"]

OFFERS: Final = {
    "health": ["a demo", "a pilot"],
    "schools": ["a workshop", "a trial"],
    "retail": ["an audit", "a trial"],
    "hotels": ["an audit", "a pilot"],
}
FIRMS: Final = {
    "health": ["Lindal Clinic", "Orrin Dental", "Tavish Care", "Wexcombe Clinic"],
    "schools": ["Moss Hill School", "Pinder College", "Larkfield School", "Corsham College"],
    "retail": ["Karu Stores", "Brindle Foods", "Quenby Books", "Tilden Shoes"],
    "hotels": ["Pier Hotel", "Eastwell Inn", "Harrow House", "Mossop Lodge"],
}
WANTS: Final = {
    "health": ["shorter queues", "fewer missed visits", "tidy records"],
    "schools": ["fewer forms", "calm mornings", "clear timetables"],
    "retail": ["full shelves", "faster tills", "fewer returns"],
    "hotels": ["quick check-ins", "better reviews", "full rooms"],
}
FIRST: Final = {
    "Ms": ["Ada", "Mina", "Lucy", "Ines", "Clara", "Vera"],
    "Mr": ["Jonas", "Pedro", "Omar", "Tom", "Hugo", "Paul"],
}
RANKS: Final = ["Dr", "Prof"]
LAST: Final = [
    "Okafor",
    "Brandt",
    "Lima",
    "Sato",
    "Weber",
    "Costa",
    "Reed",
    "Tanaka",
    "Duarte",
    "Frost",
    "Hale",
    "Moss",
]
BODIES: Final = ["would {offer} help {firm} get {want}?", "let us bring {want} to {firm} with {offer}."]


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield profiles with an e-mail each, no client twice, every segment about equally often."""
    known: set[tuple[str, ...]] = set()
    for segment in pick.rounds(list(OFFERS)):
        form = pick.one(list(FIRST))
        first, last = pick.one(FIRST[form]), pick.one(LAST)
        title = pick.one([form, pick.one(RANKS)])
        firm, want = pick.one(FIRMS[segment]), pick.one(WANTS[segment])
        body = pick.one(BODIES).format(offer=pick.one(OFFERS[segment]), firm=firm, want=want)
        budget = pick.whole(1000, 9500, 500)
        if (client := (title, last, firm, want)) not in known:
            known.add(client)
            yield (
                f"{title} {first} {last}, {firm}, {segment}, budget {budget} euros, wants {want}",
                f"Dear {title} {last}, {body} Kind regards, Mira",
            )
