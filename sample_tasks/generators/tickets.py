"""Support tickets and the queue each belongs to. Lives here: topics, their phrasings, and the queue codes.

The rule: the topic alone decides the queue. The codes say nothing about the topics, so that only demonstrations can
teach the mapping. ``Q7-north`` and ``Q7-south`` share their first token and both concern money.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["QUEUES", "examples"]

SLOTS: Final = {
    "device": [
        "my phone", "my tablet", "the laptop", "my work computer", "the old browser", "the desktop app",
        "the office PC", "my watch", "the shared tablet", "the hotel terminal",
    ],
    "thing": [
        "desk lamp", "kettle", "backpack", "bookshelf", "headset", "rain jacket", "office chair", "bike light",
        "teapot", "doormat", "camera bag", "garden hose",
    ],
    "month": [
        "January", "February", "March", "April", "June", "August", "October", "November",
        "December",
    ],
    "who": [
        "my colleague", "our accountant", "a new hire", "my manager", "our intern", "my assistant",
        "our designer", "the night shift lead", "my sister", "our treasurer", "the deputy",
    ],
    "data": [
        "home address", "location history", "photos", "date of birth", "phone number", "search history",
        "health notes", "purchase history", "voice recordings", "contacts", "chat history",
    ],
    "path": [
        "orders", "users", "stock", "files", "messages", "meetings", "shipping", "maps", "logins", "budgets", "quotes",
    ],
    "screen": [
        "settings page", "search page", "map view", "photo picker", "start screen", "shopping basket",
        "chat window", "calendar view", "wish list", "order page",
    ],
    "plan": [
        "basic plan", "team plan", "yearly plan", "family plan", "business plan", "student plan",
        "starter plan", "premium plan", "monthly plan", "club plan",
    ],
}  # fmt: skip

# Queue: what it is about.
QUEUES: Final[dict[str, list[str]]] = {
    "K2": [  # signing in
        "I cannot sign in on {device}",
        "the password reset mail never reaches {who}",
        "the second factor code of {who} is always rejected",
        "{who} is locked out after too many attempts",
        "my password stopped working on {device}",
        "it keeps asking me to log in again on {device}",
        "the login link has expired before I open it on {device}",
        "{who} lost the authenticator codes",
        "{who} forgot the password",
        "single sign-on fails on {device}",
    ],
    "Q7-north": [  # money back
        "I was charged twice for the {thing}",
        "please send back the money for the {thing}",
        "the refund for the {thing} has not reached my account",
        "you took a payment for a {thing} that I cancelled",
        "I returned the {thing} and still wait for my money",
        "I want my money back for the {thing}",
        "the card was debited two times for one {thing}",
        "only half of the price of the {thing} was refunded",
        "I paid for the {thing} but the order failed",
        "the discount on the {thing} was not paid out",
    ],
    "Q7-south": [  # papers about money
        "I need the invoice for {month} as a PDF",
        "the VAT number on the {month} invoice is wrong",
        "please send the receipt for {month} again",
        "put our purchase order number on the {month} invoice",
        "the {month} invoice shows the old company address",
        "copies of all invoices since {month} please",
        "the {month} receipt lacks the tax amount",
        "our invoice for {month} names the wrong company",
        "the tax office asks for a statement for {month}",
        "the {month} invoice cannot be downloaded",
        "an invoice for {month} is missing from my account",
        "who signed the invoice of {month}",
    ],
    "B5": [  # parcels
        "the {thing} has not been delivered",
        "the parcel with the {thing} arrived crushed",
        "tracking for my {thing} has not moved for days",
        "the courier left the {thing} with a neighbour I do not know",
        "the box came without the {thing}",
        "you shipped a {thing} I never ordered",
        "the {thing} was sent to my old address",
        "the delivery of the {thing} was promised for yesterday",
        "the driver never rang and took the {thing} back to the depot",
        "where is the package with my {thing}",
    ],
    "M9": [  # the app misbehaves
        "the app crashes when I open the {screen}",
        "the {screen} stays blank on {device}",
        "the {screen} freezes after the last update",
        "buttons on the {screen} do nothing on {device}",
        "the app closes by itself on {device}",
        "scrolling on the {screen} is terribly slow",
        "the text on the {screen} overlaps on {device}",
        "I get a white screen instead of the {screen}",
        "the app drains the battery of {device}",
        "an error pops up each time I leave the {screen}",
    ],
    "T4": [  # personal data
        "delete my {data} and all other personal data",
        "send me a copy of my {data}",
        "who else sees my {data}",
        "stop using my {data} for advertising",
        "I withdraw my consent to share my {data}",
        "how long do you keep my {data}",
        "erase my {data} from your records",
        "what personal data do you hold besides my {data}",
        "my {data} must not be public, hide it",
        "do you sell my {data} to partners",
    ],
    "F1": [  # programming interface
        "our webhook for {path} gets no events",
        "the {path} API answers with error 429",
        "we need a second API key for {path}",
        "the API token for {path} was leaked, replace it",
        "the webhook signature for {path} does not match",
        "the REST endpoint for {path} returns an empty list",
        "raise the rate limit of the {path} API",
        "the sandbox API rejects every request to {path}",
        "the JSON from the {path} endpoint lacks a field",
        "we get a 403 from the {path} API",
    ],
    "Z8": [  # subscriptions
        "I want to move to the {plan}",
        "please cancel the {plan} at the end of the term",
        "we need more seats on the {plan}",
        "how do I switch from the {plan} to a cheaper one",
        "please add one more member to our {plan}",
        "I would like to pause the {plan}",
        "the {plan} renewed although I had cancelled it",
        "what happens to my {plan} after the trial",
        "downgrade us from the {plan} please",
        "does the {plan} include guests as well",
    ],
}


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield tickets with their queues, every queue equally often and no filled phrasing twice."""
    left = {queue: pick.some(cores := list(_filled(phrasings)), len(cores)) for queue, phrasings in QUEUES.items()}
    for queue in pick.rounds(list(QUEUES)):
        text = left[queue].pop()
        yield text[0].upper() + text[1:], queue


def _filled(phrasings: list[str]) -> Iterator[str]:
    """Yield every phrasing with every choice of words for its slots."""
    for phrasing in phrasings:
        slots = re.findall(r"{(\w+)}", phrasing)
        for words in itertools.product(*(SLOTS[slot] for slot in slots)):
            yield phrasing.format(**dict(zip(slots, words, strict=True)))
