"""Which dock an invented vessel berths at. Lives here: names of vessels and docks, joined by nothing but chance.

The rule: there is none. Every vessel is asked about once, so no demonstration holds the answer to an item: what must be
looked up cannot be taught by examples, and accuracy stays near one over the number of docks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["DOCKS", "examples"]

FIRST: Final = [
    "Amber", "Bramble", "Copper", "Dapple", "Ember", "Fallow", "Garnet", "Hazel", "Indigo", "Juniper", "Kindle",
    "Linden", "Marble", "Nettle", "Opal", "Pewter", "Quartz", "Russet", "Saffron", "Thistle", "Umber", "Velvet",
    "Willow", "Yarrow", "Cinder", "Drift", "Frost", "Heather", "Larch", "Slate",
]  # fmt: skip
SECOND: Final = [
    "Arrow", "Beacon", "Crown", "Dancer", "Echo", "Falcon", "Galley", "Harrier", "Islander", "Jester",
    "Lantern", "Merchant", "Nomad", "Otter", "Pilgrim", "Runner", "Swallow", "Trader", "Voyager", "Wanderer",
    "Comet", "Heron", "Minstrel", "Plover", "Rover", "Sentinel", "Gannet", "Whistler", "Courier", "Spindle",
]  # fmt: skip
DOCKS: Final = [
    "Anvil", "Barrow", "Candle", "Dovecot", "Elder", "Fiddle", "Gable", "Hatchet", "Ivory", "Kiln", "Ladder",
    "Mortar", "Needle", "Orchard", "Pepper", "Quiver", "Ribbon", "Saddle", "Tallow", "Urchin", "Vinegar",
    "Walnut", "Yoke", "Zephyr",
]  # fmt: skip
QUESTIONS: Final = [
    "Where does the {vessel} berth?", "Which dock does the {vessel} use?", "At which dock is the {vessel} moored?",
    "Home dock of the {vessel}?", "The {vessel} ties up at which dock?", "Name the dock of the {vessel}.",
]  # fmt: skip


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield every vessel once, with its dock, every dock equally often."""
    vessels = [f"{first} {second}" for first in FIRST for second in SECOND]
    for vessel, dock in zip(pick.some(vessels, len(vessels)), pick.rounds(DOCKS), strict=False):
        yield pick.one(QUESTIONS).format(vessel=vessel), dock
