"""Notes of an estate agent and the chat reply with cards in it. Lives here: cards, notes and the sentences between.

The format weaves structure and text: words to the client, a card that shows something, words, a card with the next
step::

    Hi Dana, <<home 412|3bd|$615k>> is new. <<tour Sat 10am>>

The rule: prices in thousands with ``$`` and ``k``, bedrooms as ``bd``; the words depend on the first card alone;
without a next step the second card is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["examples"]

CLIENTS: Final = [
    "Dana", "Omar", "Priya", "Lars", "Mei", "Tara", "Ivan", "Rosa", "Kofi", "Elif", "Nora", "Sam", "Jun", "Pia",
    "Amir", "Lena", "Otto", "Ruth", "Theo", "Yara",
]  # fmt: skip
DAYS: Final = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
HOURS: Final = ["9am", "10am", "11am", "noon", "1pm", "2pm", "3pm", "4pm", "5pm", "6pm"]
# How the agent says it, the words and the card for the client.
NEWS: Final = [
    (["{client}: new home {home}, {beds} beds, {price}k", "{client}: show {home}, {beds} beds, {price}k"],
     "Hi {client}, <<home {home}|{beds}bd|${price}k>> is new."),
    (["{client}: price of {home} is now {price}k", "{client}: {home} is down to {price}k"],
     "Hi {client}, <<price {home}|${price}k>> is lower."),
    (["{client}: {home} is sold", "{client}: {home} is gone"],
     "Sorry {client}, <<sold {home}>> is gone."),
]  # fmt: skip
STEPS: Final = [
    (["; tour {day} {hour}", "; offer a tour {day} {hour}"], " <<tour {day} {hour}>>"),
    (["; call {day} {hour}", "; I will call {day} {hour}"], " <<call {day} {hour}>>"),
    ([""], ""),
]  # fmt: skip


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield notes with their replies, every kind of news equally often."""
    for said, news in pick.rounds(NEWS):
        asked, step = pick.one(STEPS)
        slots = {
            "client": pick.one(CLIENTS),
            "home": pick.whole(101, 989),
            "beds": pick.whole(1, 6),
            "price": pick.whole(210, 980, 10),
            "day": pick.one(DAYS),
            "hour": pick.one(HOURS),
        }
        yield (pick.one(said) + pick.one(asked)).format(**slots), (news + step).format(**slots)
