"""The tone of the house as a rule. Lives here: one check a rule, and the score: 1 where all hold, else 0."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from curvefit import Item, Score

__all__ = ["RULES", "keeps_tone"]

_ACTION: Final = re.compile(
    r"(?:ask|bring|call|check|choose|click|email|find|go|hand|head|mail|open|pick|press|ring|scan|send|show|take|tap|use"
    r"|visit|write)\b"
)
_NEVER: Final = re.compile(r"\b(?:please|kindly|simply|sorry|unfortunately)\b")
_OTHERS: Final = re.compile(r"\b(?:customer|user|member)s?\b")
_SHORT: Final = re.compile(r"\b(?:\w+'(?:ll|re|ve|d)|(?:it|that|there|here|what|who)'s|\w+n't)\b")
_LONG: Final = re.compile(
    r"\b(?:(?:you|it|we|they|that) will|(?:you|we|they) are|you have|(?:it|that|there) is"
    r"|(?:do|does|did|is|are|was|will|can|would|should|could|have|has) not|cannot)\b"
)
_NAME: Final = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z]\w+")  # a word that opens a sentence is none
_SMALL: Final = frozenset(["a", "about", "after", "and", "at", "for", "in", "it", "not", "on", "the", "to", "you"])


def _keeps_names(reply: str, item: Item) -> bool:
    wanted, numbers = Counter(_NAME.findall(item.target)), re.findall(r"\d+", item.target)
    return wanted <= Counter(re.findall(r"\w+", reply)) and sorted(numbers) == sorted(re.findall(r"\d+", reply))


def _keeps_content(reply: str, item: Item) -> bool:
    """Whether all is said that both the plain answer and the target say, and denied what the target denies."""
    plain, wanted, said = (Counter(re.findall(r"\w+", text.lower())) for text in (item.input, item.target, reply))
    kept = {word: times for word, times in (plain & wanted).items() if word.isalpha() and word not in _SMALL}
    return Counter(kept) <= said and ("n't" in reply.lower()) == ("n't" in item.target.lower())


RULES: Final[dict[str, Callable[[str, Item], bool]]] = {
    "action first": lambda reply, _: _ACTION.match(reply.lower()) is not None,
    "second person": lambda reply, _: _OTHERS.search(reply.lower()) is None,
    "contractions": lambda reply, _: bool(_SHORT.search(reply.lower())) and not _LONG.search(reply.lower()),
    "no exclamation mark": lambda reply, _: "!" not in reply,
    "words never said": lambda reply, _: _NEVER.search(reply.lower()) is None,
    "names and numbers": _keeps_names,
    "content": _keeps_content,
    "length": lambda reply, item: len(reply.split()) <= len(item.target.split()) + 6,
}


def keeps_tone(reply: str, item: Item) -> Score:
    """Credit a reply that keeps all rules; of one that does not, say which it breaks."""
    said = reply.strip().replace("’", "'")
    if not said:
        return Score(0.0, answer=None)
    broken = [name for name, holds in RULES.items() if not holds(said, item)]
    return Score(float(not broken), reply.strip(), broken)
