"""What an action costs that is not the right one: a scorer for alerts. Lives here: the price of each kind of error.

A missed intrusion costs 50 times what a false alarm does. The score is 1 for the right action and 0 for an intrusion
missed; a reply that names no action scores 0 too.
"""

from __future__ import annotations

from typing import Final

from curvefit import Item, Score

ACTIONS: Final = ("close", "isolate", "lock", "page", "watch")
INTRUSIONS: Final = frozenset({"isolate", "lock", "page"})
MISSED: Final = 500  # dollars: an intrusion watched or closed
MISPLACED: Final = 50  # an intrusion answered by the wrong measure
FALSE_ALARM: Final = 10  # somebody woken, locked out or cut off for nothing
IDLE: Final = 1  # watched for nothing, or closed and not watched


def usd(target: str, answer: str) -> int:
    """Return what an answer costs in dollars, given the right action."""
    if answer == target:
        return 0
    if target in INTRUSIONS:
        return MISPLACED if answer in INTRUSIONS else MISSED
    return FALSE_ALARM if answer in INTRUSIONS else IDLE


def saved(reply: str, item: Item) -> Score:
    """Credit 1 less the cost of the action named, as a share of that of a missed intrusion."""
    lines = reply.strip().splitlines()
    answer = lines[0].strip(" .`*\"'").lower() if lines else ""
    if answer not in ACTIONS:
        return Score(0.0, answer=None)
    return Score(1 - usd(item.target, answer) / MISSED, answer=answer)
