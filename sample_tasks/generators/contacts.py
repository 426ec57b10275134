"""Short e-mails and the contact record that a sales team keeps. Lives here: senders, how they write, the house rules.

The rule: every record is ``{"name", "company", "role", "phone", "email", "channel"}`` in this order.

=========  =========================================================================================
field      how the house writes it
=========  =========================================================================================
name       ``Last, First``
company    without its legal form: ``Tarn Mills Ltd`` is ``Tarn Mills``
role       in small letters; null where none is given
phone      ``+1 555-0123``, however it was written; null where none is given
email      in small letters
channel    ``phone`` or ``email``, as the sender wishes; null where no wish is told. Who wishes to be
           called and gives no number gets ``email``
=========  =========================================================================================

Every value is invented: numbers lie in the reserved 555-01xx range and mail goes to example.com.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["examples"]

FIRST: Final = [
    "Alva", "Bruno", "Celia", "Dario", "Edda", "Felix", "Greta", "Henk", "Iris", "Jorge", "Kaja", "Leo", "Mara", "Nils",
]  # fmt: skip
LAST: Final = [
    "Acker", "Birk", "Crane", "Dorn", "Eklund", "Farr", "Gomez", "Holt", "Iyer", "Jahn", "Kemp", "Lund", "Mori", "Noor",
]  # fmt: skip
COMPANIES: Final = ["Tarn", "Rowan", "Ferrum", "Osprey", "Kelp", "Juno", "Pike", "Zinc", "Willow", "Argo"]
TRADES: Final = ["Mills", "Foods", "Tools", "Freight", "Glass", "Paper"]
FORMS: Final = ["", " Ltd", " Inc.", " GmbH", " LLC"]
ROLES: Final = ["Buyer", "Owner", "Head of Sales", "Plant Manager", "Clerk", "CFO", "Site Engineer", "Office Manager"]
NUMBERS: Final = ["555-01{0}", "(555) 01-{0}", "555 01 {0}", "+1 555.01{0}", "55501{0}", "001 555 01{0}"]
MATTERS: Final = ["the quote", "our order", "the samples", "the contract", "your prices", "the delivery", "the invoice"]
WISHES: Final[dict[str | None, list[str]]] = {
    "phone": ["Please call me about {0}.", "Ring me about {0}.", "Best by phone: {0}.", "No mails about {0}, call."],
    "email": ["Please mail me {0}.", "Write to me about {0}.", "No calls about {0}, write.", "Best in writing: {0}."],
    None: ["A question about {0}.", "Thanks for {0}.", "We agree with {0}.", "Waiting for {0}."],
}
MAILS: Final = [
    "{wish} {first} {last}{role}, {company}{phone}, {email}",
    "{email} wrote: {wish} Regards, {first} {last}{role}, {company}{phone}",
    "{first} {last} <{email}>: {wish} {company}{role}{phone}",
]


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield e-mails with their records, every wish equally often."""
    for channel in pick.rounds(list(WISHES)):
        first, last, house = pick.one(FIRST), pick.one(LAST), pick.one(COMPANIES)
        company = f"{house} {pick.one(TRADES)}"
        role = pick.one(ROLES) if pick.chance(0.75) else None
        line = f"{pick.whole(0, 99):02}" if pick.chance(0.7) else None
        box = pick.one([f"{first}.{last}", f"{first[0]}{last}", last])
        email = f"{box}@{house}.example.com"
        mail = pick.one(MAILS).format(
            wish=pick.one(WISHES[channel]).format(pick.one(MATTERS)),
            first=first,
            last=last,
            role=f", {role}" if role else "",
            company=company + pick.one(FORMS),
            phone=f", {pick.one(NUMBERS).format(line)}" if line else "",
            email=email if pick.chance(0.5) else email.lower(),
        )
        record = {
            "name": f"{last}, {first}",
            "company": company,
            "role": role.lower() if role else None,
            "phone": f"+1 555-01{line}" if line else None,
            "email": email.lower(),
            "channel": "email" if channel == "phone" and not line else channel,
        }
        yield mail, json.dumps(record)
