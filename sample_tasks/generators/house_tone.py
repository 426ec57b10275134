"""Plain answers of a help desk and the same in the tone of the house. Lives here: what is said, plainly and in tone.

The rule: open with the action; say you, never customer, user or member; contract (``you'll``, ``it's``); no exclamation
mark; never say please, kindly, simply, sorry or unfortunately; keep names, numbers and what is said of them; use at
most six words more than the target. A target is one right answer of many: ``tone.py`` beside the task
checks the rule itself.

Labels for a judge are right replies, half of them not like the target, and replies with one planted fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["examples", "judge_labels"]

PAGES: Final = ["Billing", "Orders", "Profile", "Parcels", "Wallet", "Archive", "Tickets", "Alerts"]
BUTTONS: Final = ["Renew", "Pause", "Export", "Cancel", "Restore", "Share"]
PEOPLE: Final = [
    "Ms Adeyemi",
    "Mr Kowal",
    "Dr Sato",
    "Ms Brandt",
    "Mr Okeke",
    "Dr Lindqvist",
    "Ms Pereira",
    "Mr Tanaka",
]
PLACES: Final = ["North Desk", "Harbour Gate", "Mill House", "South Hall"]
GOODS: Final = ["the refund", "a voucher", "a new key", "the parcel", "a receipt"]
ACTIONS: Final = [
    "open {page} and press {button}",
    "send form {first} to {person}",
    "call {person} at extension {first}",
    "bring card {first} to {place}",
    "show badge {first} at {place}",
    "write to {person} on order {first}",
]
WHO: Final = ["the customer", "the user", "the member"]
MODALS: Final = ["must", "should", "can", "has to"]
# What follows, as it is said plainly and in tone.
RESULTS: Final = [
    ("{who} will get {good} in {second} days", "you'll get {good} in {second} days"),
    ("it will cost {second} euros", "it'll cost {second} euros"),
    ("it is free for {second} days", "it's free for {second} days"),
    ("{who} does not pay for {second} weeks", "you don't pay for {second} weeks"),
    ("{who} cannot undo it after {second} hours", "you can't undo it after {second} hours"),
]
OPENINGS: Final = ["", "", "unfortunately, ", "sorry, ", "please note: "]
MANNERS: Final = ["", "", "simply ", "kindly "]


def _sentence(text: str, end: str = ".") -> str:
    return text[0].upper() + text[1:] + end


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield plain answers and the same in tone, every action equally often."""
    for action in pick.rounds(ACTIONS):
        slots = {
            "page": pick.one(PAGES), "button": pick.one(BUTTONS), "person": pick.one(PEOPLE), "place": pick.one(PLACES),
            "good": pick.one(GOODS), "who": pick.one(WHO), "first": pick.whole(11, 98), "second": pick.whole(2, 60),
        }  # fmt: skip
        plain, house = pick.one(RESULTS)
        asked = f"{slots['who']} {pick.one(MODALS)} {pick.one(MANNERS)}{action}"
        parts = [asked, plain] if pick.chance(0.5) else [plain, asked]
        parts[0] = pick.one(OPENINGS) + parts[0]
        ends = [pick.one([".", "!"]), pick.one([".", "!"])]
        text = " ".join(_sentence(part.format(**slots), end) for part, end in zip(parts, ends, strict=True))
        yield text, f"{_sentence(action.format(**slots))} {_sentence(house.format(**slots))}"


def judge_labels(examples: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Yield 40 replies that keep the rule and 40 that break it in one way each, for the first 80 examples."""
    for n, example in enumerate(examples[:40]):
        reply = _joined(example["output"]) if n % 2 else example["output"]
        yield {"item": example["id"], "reply": reply, "right": "yes"}
    faults = [_loud, _stiff, _polite, _late, _miscounted, _anonymous, _distant]
    for n, example in enumerate(examples[40:80]):
        yield {"item": example["id"], "reply": faults[n % len(faults)](example["output"]), "right": "no"}


def _joined(reply: str) -> str:
    """Say both sentences in one."""
    first, second = reply.split(". ")
    return f"{first}, and {second[0].lower()}{second[1:]}"


def _loud(reply: str) -> str:
    return reply[:-1] + "!"


def _stiff(reply: str) -> str:
    for short, long in {"'ll": " will", "It's": "It is", "don't": "do not", "can't": "cannot"}.items():
        reply = reply.replace(short, long)
    return reply


def _polite(reply: str) -> str:
    first, second = reply.split(". ")
    return f"{first}, please. {second}"


def _late(reply: str) -> str:
    first, second = reply.split(". ")
    return f"{second} {first}."


def _miscounted(reply: str) -> str:
    return re.sub(r"(\d+)(?=\D*$)", lambda found: str(int(found[1]) + 1), reply)


def _anonymous(reply: str) -> str:
    """Say no name."""
    return re.sub(rf"{'|'.join([*PAGES, *PEOPLE, *PLACES])}", "us", reply)


def _distant(reply: str) -> str:
    first, second = reply.split(". ")
    return f"{first}, as every customer can. {second}"
