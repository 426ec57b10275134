"""Short product reviews and their sentiment. Lives here: praise, complaints, concessions, and the ways to join them.

The rule: a review is as good as its last judgement; what stands before a "but" or a "yet" does not count.
The names of the classes are plain words, so that a few demonstrations show all there is to learn: the format.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["SENTIMENTS", "examples"]

THINGS: Final = [
    "kettle", "backpack", "desk lamp", "keyboard", "tent", "frying pan", "umbrella", "radio", "notebook",
    "armchair", "blender", "watch", "raincoat", "board game", "novel", "coffee grinder", "headset",
    "bicycle pump", "pillow", "toaster",
]  # fmt: skip
SENTIMENTS: Final[dict[str, list[str]]] = {
    "positive": [
        "it works beautifully", "I use it every day and love it", "the quality is superb", "worth every penny",
        "my daughter adores it", "it feels solid and well made", "I would buy it again at once", "it exceeded my hopes",
        "it looks even better than in the pictures", "a real joy to use", "it has not let me down once",
        "the best purchase I made this year", "it saves me an hour a week", "everything about it is delightful",
        "all my friends want one now", "it is comfortable and light",
    ],
    "negative": [
        "it broke after a week", "it is a waste of money", "the quality is poor", "I sent it back at once",
        "it smells of cheap plastic", "it never worked properly", "I regret buying it", "it fell apart in my hands",
        "it is far too loud and clumsy", "the worst purchase I made this year", "nobody in the family can stand it",
        "it stopped working on the second day", "the seams came undone", "it is useless",
        "it disappointed all of us", "I would not give it to my worst enemy",
    ],
}  # fmt: skip
PLAIN: Final = [
    "As for the {thing}, {last}.", "Bought this {thing} in spring and {last}.", "About the {thing}: {last}!",
    "Got the {thing} as a gift, {last}.", "After two months with the {thing}: {last}.",
    "My second {thing}, and {last}.",
]  # fmt: skip
# Concessions, by the judgement that they stand before.
GRANTED: Final[dict[str, list[str]]] = {
    "positive": [
        "it came late", "the box was torn", "the manual is hard to read", "it is a bit heavy", "the colour is dull",
        "it costs a lot", "setting it up took an hour", "the shop was rude",
    ],
    "negative": [
        "it came quickly", "the box is pretty", "the price was low", "the colour is lovely", "it is light",
        "setting it up was easy", "the shop was friendly", "it looks good in pictures",
    ],
}  # fmt: skip
CONTRAST: Final = [
    "The {thing}: {granted}, but {last}.",
    "Ordered the {thing}; {granted}, yet {last}.",
    "My {thing}? {granted}, but {last}.",
]


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield reviews with their sentiment, both equally often."""
    for sentiment in pick.rounds(list(SENTIMENTS)):
        form = pick.one(PLAIN) if pick.chance(0.7) else pick.one(CONTRAST)
        slots = {"thing": THINGS, "last": SENTIMENTS[sentiment], "granted": GRANTED[sentiment]}
        text = form.format(**{slot: pick.one(words) for slot, words in slots.items()})
        yield text[0].upper() + text[1:], sentiment
