"""The timetable line of each ferry's way back, asked by its way out. Lives here: the ways back, and their documents.

The sentences and the form of a line are those of `ferry_format`; what differs is where the answer stands::

    The Amber Avocet leaves Oskerry for Vellin at 17:40 from pier 5.
    Avocet: Vellin > Oskerry 08h15 q2

The rule: the ports change places; time and pier of the way back stand in the ferry's document and nowhere else.
No other example tells them, so that neither examples nor training can.
"""

from __future__ import annotations

from collections.abc import Iterator

from generators.chooser import Chooser
from generators.ferry_format import Crossing, crossings

__all__ = ["documents", "examples"]


def _returns() -> Iterator[tuple[str, Crossing, str]]:
    """Yield the sentence of each ferry's way out, its way back, and the sentence of that."""
    pick = Chooser("ferry_facts")
    for out, sentence in crossings():
        back = out.back(pick)
        yield sentence, back, back.sentence(pick)


def documents() -> Iterator[dict[str, str]]:
    """Yield one document a ferry: its way back."""
    for _, back, told in _returns():
        yield {"id": _name(back), "title": back.ferry, "text": told}


def examples(_pick: Chooser) -> Iterator[tuple[str, str, str]]:
    """Yield every ferry's way out, the line of its way back, and the document that tells it."""
    for sentence, back, _ in _returns():
        yield sentence, back.line(), _name(back)


def _name(crossing: Crossing) -> str:
    return crossing.ferry.lower().replace(" ", "-")
