"""Crossings of invented ferries and the timetable line of each. Lives here: ferries, sentences and the form of a line.

What is needed stands in the sentence; the form is to be learned::

    The Amber Avocet leaves Oskerry for Vellin at 17:40 from pier 5.
    Avocet: Oskerry > Vellin 17h40 q5

The rule: of the ferry's name the second word, then where from, where to, ``h`` in the time, and ``q`` before the pier.
`ferry_facts` has the same sentences, and asks for what they do not tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from generators.chooser import Chooser

__all__ = ["Crossing", "crossings", "examples"]

FIRST: Final = [
    "Amber", "Bonny", "Coral", "Dusky", "Early", "Faithful", "Gentle", "Hardy", "Idle", "Jolly", "Keen", "Lucky",
    "Merry", "Northern", "Old", "Proud", "Quiet", "Royal", "Silver", "Tidal", "Upland", "Valiant", "Winter", "Young",
]  # fmt: skip
SECOND: Final = [
    "Avocet", "Bittern", "Curlew", "Dunlin", "Egret", "Fulmar", "Grebe", "Heron", "Ibis", "Jackdaw", "Kittiwake",
    "Linnet", "Merlin", "Nightjar", "Osprey", "Puffin", "Quail", "Raven", "Sandpiper", "Tern", "Dotterel", "Warbler",
    "Whimbrel", "Petrel",
]  # fmt: skip
PORTS: Final = [
    "Oskerry", "Vellin", "Tarnholt", "Quaymor", "Hestry", "Dunlow", "Brannick", "Pellan", "Skarra", "Wrenby",
    "Kelmar", "Umbray", "Corrigh", "Isbury", "Marvey", "Yardle", "Lothan", "Fennick", "Ardmore", "Gullin",
]  # fmt: skip
SENTENCES: Final = [
    "The {ferry} leaves {start} for {end} at {time} from pier {pier}.",
    "From pier {pier} at {start} the {ferry} sails at {time} to {end}.",
]


class Crossing(NamedTuple):
    """What is true of one crossing."""

    ferry: str
    start: str
    end: str
    time: str
    pier: int

    def sentence(self, pick: Chooser) -> str:
        """Return it as people say it."""
        return pick.one(SENTENCES).format(**self._asdict())

    def line(self) -> str:
        """Return it as the timetable has it."""
        time = self.time.replace(":", "h")
        return f"{self.ferry.split()[1]}: {self.start} > {self.end} {time} q{self.pier}"

    def back(self, pick: Chooser) -> Crossing:
        """Return the way back, of which nothing but the ports follows from the way out."""
        return _crossing(self.ferry, self.end, self.start, pick)


def crossings() -> Iterator[tuple[Crossing, str]]:
    """Yield the way out of every ferry with its sentence: the same at every call, so that two tasks can share them."""
    pick = Chooser("ferries")
    for ferry in pick.some([f"{first} {second}" for first in FIRST for second in SECOND], len(FIRST) * len(SECOND)):
        start, end = pick.some(PORTS, 2)
        out = _crossing(ferry, start, end, pick)
        yield out, out.sentence(pick)


def _crossing(ferry: str, start: str, end: str, pick: Chooser) -> Crossing:
    time = f"{pick.whole(5, 22):02d}:{pick.whole(0, 55, 5):02d}"
    return Crossing(ferry, start, end, time, pick.whole(1, 9))


def examples(_pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield every ferry's way out and its line."""
    for out, sentence in crossings():
        yield sentence, out.line()
