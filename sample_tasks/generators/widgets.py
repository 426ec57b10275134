"""Talks with the assistant of a real-estate CRM, whose replies weave words and widgets. Lives here: turns and replies.

The rule: the last turn is about the home and the client named last. What it wants decides words and widget; a question
is answered in words alone. Prices are whole dollars, hours those of 24, days three letters.

=============  ==========================================================
wanted         reply
=============  ==========================================================
a tour         ``Booked. {tour|id=412|who=Dana|at=Sat-10} See you there!``
a lower price  ``Good news for Dana: {price|id=412|to=590000}``
a home sold    ``Sorry, Dana. {sold|id=412} Shall I look on?``
a call, mail   ``Noted. {task|do=call|who=Dana|at=Fri-14}``
beds, price    ``It has 3 beds.`` ``It is $615k.``
=============  ==========================================================

An input is the turns, a line each. ``widget_format.py`` beside the task parses replies.
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
DAYS: Final = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
HOURS: Final = {9: "9am", 10: "10am", 11: "11am", 12: "noon", 13: "1pm", 14: "2pm", 15: "3pm", 16: "4pm", 17: "5pm"}
OPENINGS: Final = [
    "Show {who} home {home}, {beds} beds, ${price}k.", "Home {home} for {who}: {beds} beds, ${price}k.",
    "{who} may like {home}, ${price}k, {beds} beds.",
]  # fmt: skip
SHOWN: Final = "For {who}: {{home|id={home}|beds={beds}|price={price}000}}"
WANTED: Final = {
    "tour": (["Book a tour on {day} at {hour}.", "We can visit {day}, {hour}."],
             "Booked. {{tour|id={home}|who={who}|at={at}}} See you there!"),
    "price": (["Now ${lower}k.", "The owner takes ${lower}k."],
              "Good news for {who}: {{price|id={home}|to={lower}000}}"),
    "sold": (["It is sold.", "That one is gone.", "Somebody bought it."],
             "Sorry, {who}. {{sold|id={home}}} Shall I look on?"),
    "call": (["Remind me to call on {day} at {hour}.", "I will ring {day}, {hour}."],
             "Noted. {{task|do=call|who={who}|at={at}}}"),
    "mail": (["Remind me to write on {day} at {hour}.", "I will mail {day}, {hour}."],
             "Noted. {{task|do=mail|who={who}|at={at}}}"),
    "beds": (["How many beds?", "Is it large?"], "It has {beds} beds."),
    "cost": (["What does it cost?", "Remind me of the price."], "It is ${price}k."),
}  # fmt: skip


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield talks with the last reply, everything that can be wanted equally often."""
    for wanted in pick.rounds(list(WANTED)):
        turns: list[str] = []
        for who in pick.some(CLIENTS, 2 if pick.chance(0.35) else 1):
            slots = {
                "who": who,
                "home": pick.whole(101, 989),
                "beds": pick.whole(2, 6),
                "price": pick.whole(410, 980, 5),
                "lower": pick.whole(210, 405, 5),
            }
            turns += [pick.one(OPENINGS).format(**slots), SHOWN.format(**slots)]
        day, hour = pick.one(DAYS), pick.one(list(HOURS))
        slots |= {"day": day, "hour": HOURS[hour], "at": f"{day[:3]}-{hour:02}"}
        said, reply = WANTED[wanted]
        yield "\n".join([*turns, pick.one(said).format(**slots)]), reply.format(**slots)
