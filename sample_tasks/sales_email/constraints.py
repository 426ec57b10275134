"""What a sales e-mail has to keep. Lives here: one check a constraint; all of them kept, or the share that is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from curvefit import Item, Score

__all__ = ["CONSTRAINTS", "may_be_sent", "share_kept"]

ALLOWED: Final = {
    "health": {"demo", "pilot"},
    "schools": {"workshop", "trial"},
    "retail": {"audit", "trial"},
    "hotels": {"audit", "pilot"},
}
_OFFER: Final = re.compile(rf"\b({'|'.join(sorted(set().union(*ALLOWED.values())))})s?\b")
_PRICE: Final = re.compile(r"[€$£]|\b(?:euros?|eur|usd|dollars?|pounds?|price[sd]?|cost(?:s|ing)?|budget|\d{3,})\b")
_LONGEST: Final = 25  # words
_SIGNED: Final = "Kind regards, Mira"


class _Profile(NamedTuple):
    title: str
    first: str
    last: str
    firm: str
    segment: str
    want: str


def _profile(text: str) -> _Profile:
    name, firm, segment, _, want = text.split(", ")
    return _Profile(*name.split(), firm, segment, want.removeprefix("wants "))


CONSTRAINTS: Final[dict[str, Callable[[str, _Profile], bool]]] = {
    "greeting": lambda mail, who: mail.startswith(f"Dear {who.title} {who.last},"),
    "no first name": lambda mail, who: re.search(rf"\b{who.first}\b", mail) is None,
    "one allowed offer": lambda mail, who: (
        len(offers := _OFFER.findall(mail.lower())) == 1 and offers[0] in ALLOWED[who.segment]
    ),
    "firm": lambda mail, who: who.firm in mail,
    "what is wanted": lambda mail, who: who.want in mail.lower(),
    "no price": lambda mail, _: _PRICE.search(mail.lower()) is None,
    "length": lambda mail, _: len(mail.split()) <= _LONGEST,
    "sign-off": lambda mail, _: mail.rstrip(".").endswith(_SIGNED),
}


def _broken(reply: str, item: Item) -> list[str]:
    mail, who = " ".join(reply.split()), _profile(item.input)
    return [name for name, holds in CONSTRAINTS.items() if not holds(mail, who)]


def may_be_sent(reply: str, item: Item) -> Score:
    """Credit an e-mail that keeps every constraint; of another, say which it breaks."""
    if not reply.strip():
        return Score(0.0, answer=None)
    broken = _broken(reply, item)
    return Score(float(not broken), reply.strip(), broken)


def share_kept(reply: str, item: Item) -> Score:
    """Credit the share of constraints that are kept; nothing keeps none."""
    if not reply.strip():
        return Score(0.0, answer=None)
    broken = _broken(reply, item)
    return Score(1 - len(broken) / len(CONSTRAINTS), reply.strip(), broken)
