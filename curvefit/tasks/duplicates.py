"""Which examples are the same one twice. Lives here: what counts as a duplicate, and finding all pairs in seconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import regex
from numpy.typing import NDArray

from curvefit.plain_text import folded
from curvefit.tasks.task import Item, canonical

__all__ = ["SIMILAR", "are_instructions", "duplicate_groups", "duplicated", "questions"]

SIMILAR: Final = 0.95  # from this similarity on, two inputs with the same target are near duplicates
_WORD: Final = regex.compile(r"\w+")  # that of re takes the vowel signs of Hindi, Thai and others for gaps
_TEMPLATED: Final = 20  # different texts that make shared words around them a template
_CHUNK: Final = 256  # texts compared at once, which bounds memory
_BATCH: Final = 1_000_000  # pairs merged at once
_QUESTIONS: Final = 5  # different ones for each system message, from which those are instructions and not what is asked
_TELLING: Final = 4  # words from which an input says by itself what is asked, if most inputs do
_MOSTLY: Final = 0.8  # of what is asked, the share that the inputs alone tell apart, from which most do
_BUCKETS: Final = 32  # of letters, counted to rule most pairs out

Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


def duplicate_groups(examples: Sequence[Item]) -> list[list[int]]:
    """Group examples that are exact or near duplicates of one another, directly or through others.

    Exact: the same earlier turns, context and input but for case, spacing and punctuation at the ends of words,
    whatever the targets.

    Near: the same target but for case; of context (earlier turns included) and input one the same, the other with a
    normalised Indel similarity (1 - insertions and deletions / total length; punctuation aside) of at least 0.95: a
    typo, a changed article, a word more. Earlier turns are put aside where inputs of four words and more mostly say by
    themselves what is asked: a greeting before it makes no other question. Words that open or close every one of 20 or
    more different inputs are a template, and put aside first. Two questions of one kind with different answers are no
    duplicates: who copies the one's answer is wrong on the other.

    Returns
    -------
    list of list of int
        Positions, ascending; every example is in one group.
    """
    group = np.arange(len(examples))
    for a, b in _batched(_pairs(examples, examples)):
        group = _merged(group, a, b)
    members: dict[int, list[int]] = defaultdict(list)
    for i, name in enumerate(group.tolist()):
        members[name].append(i)
    return list(members.values())


def duplicated(examples: Sequence[Item], others: Sequence[Item]) -> list[int]:
    """Return the positions of examples that ask what one of the others does: duplicates of them as `questions`."""
    return sorted({i for a, _ in _pairs(*questions(examples, others)) for i in a.tolist()})


def questions(*sides: Sequence[Item]) -> tuple[Sequence[Item], ...]:
    """Return examples without their system messages, where those are instructions and no part of what is asked.

    One question under two instructions is one question: who was trained on the one has seen the other. Where there are
    not five times as many different questions as system messages, these may hold what is asked about, and stay.
    """
    if not are_instructions([example for side in sides for example in side]):
        return sides
    return tuple([replace(example, system="") for example in side] for side in sides)


def are_instructions(examples: Sequence[Item]) -> bool:
    """Whether the examples have several system messages, and these hold no part of what is asked."""
    systems = {example.system for example in examples}
    asked = {canonical(replace(example, system="")) for example in examples} if len(systems) > 1 else set()
    return len(systems) > 1 and len(asked) >= _QUESTIONS * len(systems)


def _pairs(left: Sequence[Item], right: Sequence[Item]) -> Iterator[Pairs]:
    """Yield the positions of all pairs that are duplicates, in pieces."""
    yield from _matches([_plain(example) for example in left], [_plain(example) for example in right])
    inputs = _unframed([_words(example.input) for example in left], [_words(example.input) for example in right])
    contexts = _unframed(
        [_words(_before(example)) for example in left], [_words(_before(example)) for example in right]
    )
    for texts, others in ((inputs, contexts), (contexts, inputs)):
        ours, theirs = _places(left, others[0]), _places(right, others[1])
        for key in ours.keys() & theirs.keys():
            a, b = np.array(ours[key]), np.array(theirs[key])
            if left is right and a.size == 1:
                continue
            for i, j in _near([texts[0][i] for i in a], [texts[1][j] for j in b]):
                yield a[i], b[j]
        if not any(contexts[0]):
            break
    yield from _pairs_whatever_was_said_before(left, right, inputs)


def _pairs_whatever_was_said_before(
    left: Sequence[Item], right: Sequence[Item], inputs: tuple[Sequence[str], Sequence[str]]
) -> Iterator[Pairs]:
    """Yield pairs with one target and background and near inputs, of which one or both follow earlier turns."""
    examples = (*left, *right)
    if not any(example.turns for example in examples):
        return
    asked = {canonical(example) for example in examples}
    if len({canonical(replace(example, turns=())) for example in examples}) < _MOSTLY * len(asked):
        return
    ours, theirs = (
        _places(side, [_words(example.background) for example in side], telling=texts)
        for side, texts in zip((left, right), inputs, strict=True)
    )
    for key in ours.keys() & theirs.keys():
        a, b = np.array(ours[key]), np.array(theirs[key])
        for i, j in _near([inputs[0][i] for i in a], [inputs[1][j] for j in b]):
            yield a[i], b[j]


def _places(
    examples: Sequence[Item], others: Sequence[str], telling: Sequence[str] | None = None
) -> Mapping[tuple[str, str], list[int]]:
    """Return the positions of the examples by what near duplicates have in common: the target and one more text.

    With `telling`, of those alone whose text there is long enough.
    """
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, (example, other) in enumerate(zip(examples, others, strict=True)):
        if telling is None or len(telling[i].split()) >= _TELLING:
            places[folded(example.target), other].append(i)
    return places


def _unframed(left: Sequence[str], right: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Take from all texts the words that they all open or close with, if so many are no coincidence.

    Else, where each input is a long template around a short text, all would be near duplicates of one another.
    """
    different = [text.split() for text in {*left, *right}]
    if len(different) < _TEMPLATED:
        return left, right
    opening = _shared(different)
    closing = _shared([words[opening:][::-1] for words in different])

    def bare(text: str) -> str:
        words = text.split()
        return " ".join(words[opening : len(words) - closing])

    return [bare(text) for text in left], [bare(text) for text in right]


def _shared(texts: Sequence[list[str]]) -> int:
    """Return how many words all texts open with: as many as the first and last of them in order do."""
    first, last = min(texts), max(texts)
    return next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def _batched(pieces: Iterator[Pairs]) -> Iterator[Pairs]:
    """Yield the same pairs in fewer pieces, none too large to hold: a thousand copies of a text are a million pairs."""
    batch: list[Pairs] = []
    for piece in pieces:
        batch.append(piece)
        if sum(a.size for a, _ in batch) >= _BATCH or len(batch) >= _CHUNK:
            yield _joined(batch)
            batch = []
    if batch:
        yield _joined(batch)


def _joined(pieces: Sequence[Pairs]) -> Pairs:
    return np.concatenate([a for a, _ in pieces]), np.concatenate([b for _, b in pieces])


def _merged(group: NDArray[np.intp], a: NDArray[np.intp], b: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the groups after those of each pair became one."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = coo_matrix((np.ones(a.size, dtype=np.int8), (group[a], group[b])), shape=(group.size, group.size))
    merged: NDArray[np.intp] = connected_components(links, directed=False)[1][group]
    return merged


def _matches(left: Sequence[str], right: Sequence[str]) -> Iterator[Pairs]:
    first: dict[str, int] = {}
    for j, text in enumerate(right):
        first.setdefault(text, j)
    pairs = [(i, first[text]) for i, text in enumerate(left) if text in first]
    if pairs:
        a, b = np.array(pairs).T
        yield a, b


def _plain(example: Item) -> str:
    """Return the text without what punctuates sentences; what may be an operator, as in 3-4, stays."""
    words = canonical(example).split()
    return " ".join(word.rstrip(".,;:!?\"'").lstrip("\"'") or word for word in words)


def _before(example: Item) -> str:
    """Return what stands before the input: earlier turns, a system message of its own, and the context."""
    return "\n".join([*(text for _, text in example.turns), example.background])


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold())) or folded(text)


def _near(left: Sequence[str], right: Sequence[str]) -> Iterator[Pairs]:
    """Yield the pairs at least `SIMILAR`.

    Most pairs need no comparison. One insertion or deletion changes one count of letters by one, so two texts are at
    least as many apart as their counts differ in sum: a bound that holds whatever the order of letters.
    """
    if not left or not right:
        return
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cpdist
    from scipy.spatial.distance import cdist

    ours, theirs = _letters(left), _letters(right)
    our_length, their_length = ours.sum(axis=1), theirs.sum(axis=1)
    our_order, order = (np.argsort(length, kind="stable") for length in (our_length, their_length))
    ratio = SIMILAR / (2 - SIMILAR)  # of lengths, beyond which insertions alone are too many
    for start in range(0, len(left), _CHUNK):
        rows = our_order[start : start + _CHUNK]
        low, high = our_length[rows[0]] * ratio, our_length[rows[-1]] / ratio
        columns = order[slice(*np.searchsorted(their_length[order], [low - 1, high + 1]))]
        bound = (1 - SIMILAR) * (our_length[rows][:, None] + their_length[columns]) + 1e-9
        a, b = (cdist(ours[rows], theirs[columns], "cityblock") <= bound).nonzero()
        a, b = rows[a], columns[b]
        # Below the cutoff it counts as 0, so that long texts are compared only until they are too far apart.
        similar = cpdist(
            [left[i] for i in a], [right[j] for j in b], scorer=Indel.normalized_similarity, dtype=np.float64,
            score_cutoff=SIMILAR - 1e-9,
        )  # fmt: skip
        close = similar > 0
        if close.any():
            yield a[close], b[close]


def _letters(texts: Sequence[str]) -> NDArray[np.float64]:
    """Count the characters of each text in buckets, shape (texts, buckets)."""
    counts = [
        np.bincount(np.frombuffer(text.encode("utf-32-le"), dtype="<u4") % _BUCKETS, minlength=_BUCKETS)
        for text in texts
    ]
    return np.array(counts, dtype=np.float64)
