"""English sentences and their translation into Orvani, an invented language. Lives here: its words and its grammar.

The rule: subject, object, verb; no articles. The verb ends in ``-e`` (now), ``-am`` (past) or ``-ul`` (future), and
``ne`` stands before a verb that is denied. ``mo`` stands before a noun that is more than one. An adjective follows its
noun and ends in ``-a`` after people, in ``-i`` after things. ``instructions/grammar.txt`` beside the task says all of
it, with the dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["examples"]

PEOPLE: Final = {"fisher": "pesa", "baker": "lomi", "hunter": "teku", "queen": "zara", "sailor": "nabo"}
THINGS: Final = {"boat": "tolu", "lamp": "ruki", "ring": "jeda", "basket": "humo", "rope": "siba"}
STEMS: Final = {"see": "mir", "want": "hos", "find": "ned", "sell": "gop"}
PAST: Final = {"see": "saw", "want": "wanted", "find": "found", "sell": "sold"}
QUALITIES: Final = {"big": "gran", "small": "pil", "old": "sem"}
TENSES: Final = {"now": "e", "past": "am", "future": "ul"}


def _phrase(pick: Chooser, nouns: dict[str, str], ending: str, quality: float) -> tuple[str, str, bool]:
    """Return a noun with what goes with it, in English and in Orvani, and whether it is more than one."""
    noun = pick.one(list(nouns))
    plural = pick.chance(0.3)
    english, orvani = (f"{noun}s", f"mo {nouns[noun]}") if plural else (noun, nouns[noun])
    if pick.chance(quality):
        word = pick.one(list(QUALITIES))
        english, orvani = f"{word} {english}", f"{orvani} {QUALITIES[word]}{ending}"
    return f"the {english}", orvani, plural


def _verb(pick: Chooser, tense: str, plural: bool) -> tuple[str, str]:
    """Return a verb in English and in Orvani."""
    verb = pick.one(list(STEMS))
    orvani = STEMS[verb] + TENSES[tense]
    if pick.chance(0.25):
        helper = {"now": "do" if plural else "does", "past": "did", "future": "will"}[tense]
        return f"{helper} not {verb}", f"ne {orvani}"
    third = verb if plural else f"{verb}s"
    return {"now": third, "past": PAST[verb], "future": f"will {verb}"}[tense], orvani


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield sentences with their translations, every tense equally often."""
    for tense in pick.rounds(list(TENSES)):
        subject, doer, plural = _phrase(pick, PEOPLE, "a", 0.3)
        done_to, thing, _ = _phrase(pick, THINGS, "i", 0.5)
        english, verb = _verb(pick, tense, plural)
        yield f"{subject[0].upper()}{subject[1:]} {english} {done_to}", f"{doer} {thing} {verb}"
