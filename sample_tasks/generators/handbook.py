"""Questions about 80 short documents of a site's handbook. Lives here: places, their records, what is asked of them.

The rule: every answer stands in the document of its place and nowhere else. No fact is asked twice, so that neither
examples nor training can teach an answer: the document has to be in the prompt.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["documents", "examples"]

FIRST: Final = [
    "Harrow", "Tilden", "Mossop", "Quenby", "Larkfield", "Brindle", "Corsham", "Eastwell", "Pinder", "Wexcombe",
]  # fmt: skip
SECOND: Final = ["Yard", "Shed", "Depot", "Workshop", "Pump House", "Annex", "Boiler House", "Granary"]
KEEPERS: Final = [
    "Orrin", "Vale", "Tamsin", "Brock", "Calder", "Dunmore", "Eddow", "Farrow", "Gressing", "Hollis", "Ingram",
    "Jessop", "Kerrow", "Lambard", "Mayhew", "Norcott", "Ottway", "Penrose", "Quill", "Rusden",
]  # fmt: skip
DAYS: Final = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
KEYS: Final = [
    "the porch", "the ticket office", "the blue cabinet", "the canteen", "the guard room", "the tool chest",
    "the post room", "the archive", "the bicycle stand", "the glass case", "the mess hall", "the engine bay",
]  # fmt: skip
WORDS: Final = [
    "anchor", "bellows", "cricket", "dahlia", "ember", "flannel", "gravel", "hornet", "inkwell", "jigsaw", "kettle",
    "lantern", "marble", "nutmeg", "oyster", "pebble", "quarry", "ribbon", "saddle", "thimble",
]  # fmt: skip
ASKED: Final = {
    "keeper": ["Who keeps the {place}?", "Name the keeper of the {place}."],
    "day": ["On which day is the {place} inspected?", "Inspection day of the {place}?"],
    "key": ["Where is the spare key of the {place}?", "Where does the {place} have its spare key?"],
    "word": ["What is the code word of the {place}?", "Which code word opens the {place}?"],
    "crates": ["How many crates fit into the {place}?", "Crates that the {place} holds?"],
    "year": ["In which year was the {place} built?", "When was the {place} built?"],
}


def _records() -> dict[str, dict[str, str]]:
    """Return what is true of every place, the same at every call."""
    pick = Chooser("handbook records")
    places = [f"{first} {second}" for first in FIRST for second in SECOND]
    return {
        place: {
            "keeper": keeper, "day": day, "key": key, "word": word,
            "crates": str(pick.whole(24, 960, 4)), "year": str(pick.whole(1871, 1998)),
        }
        for place, keeper, day, key, word in zip(
            places, pick.rounds(KEEPERS), pick.rounds(DAYS), pick.rounds(KEYS), pick.rounds(WORDS), strict=False
        )
    }  # fmt: skip


def documents() -> Iterator[dict[str, str]]:
    """Yield one document a place, its sentences in an order of its own."""
    pick = Chooser("handbook documents")
    records = _records()
    for place, of in records.items():
        neighbour = pick.one([other for other in records if other != place])  # named, so that a search may err
        sentences = [
            f"{of['keeper']} keeps it.",
            f"It is inspected every {of['day']}.",
            f"The spare key hangs in {of['key']}.",
            f"Its code word is {of['word']}.",
            f"It holds {of['crates']} crates.",
            f"It was built in {of['year']}.",
            f"From it one sees the {neighbour}.",
        ]
        text = " ".join(pick.some(sentences, len(sentences)))
        yield {"id": _name(place), "title": place, "text": text}


def examples(pick: Chooser) -> Iterator[tuple[str, str, str]]:
    """Yield every fact once: question, answer, and the document that holds it."""
    facts = [(place, field, of[field]) for place, of in _records().items() for field in ASKED]
    for place, field, answer in pick.some(facts, len(facts)):
        yield pick.one(ASKED[field]).format(place=place), answer, _name(place)


def _name(place: str) -> str:
    return place.lower().replace(" ", "-")
