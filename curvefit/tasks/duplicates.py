"""Which examples are the same one twice. Lives here: what counts as a duplicate, and finding all pairs in seconds."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.tasks.task import Item, canonical

__all__ = ["SIMILAR", "duplicate_groups", "duplicated"]

SIMILAR: Final = 0.95  # from this similarity on, two inputs with the same target are near duplicates
_WORD: Final = re.compile(r"\w+")
_CHUNK: Final = 256  # texts compared at once, which bounds memory
_BATCH: Final = 1_000_000  # pairs merged at once
_BUCKETS: Final = 32  # of letters, counted to rule most pairs out

Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


def duplicate_groups(examples: Sequence[Item]) -> list[list[int]]:
    """Group examples that are exact or near duplicates of one another, directly or through others.

    Exact: the same context and input but for case, spacing and punctuation at the ends of words, whatever the targets.

    Near: the same target but for case, and inputs whose normalised Indel similarity (1 - insertions and deletions /
    total length; punctuation aside) is at least 0.95: a typo, a changed article, a word more. Two questions from one
    template with different answers are no duplicates: who copies the one's answer is wrong on the other.

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
    """Return the positions of examples that are duplicates, as in `duplicate_groups`, of one of the others."""
    return sorted({i for a, _ in _pairs(examples, others) for i in a.tolist()})


def _pairs(left: Sequence[Item], right: Sequence[Item]) -> Iterator[Pairs]:
    """Yield the positions of all pairs that are duplicates, in pieces."""
    yield from _matches([_plain(example) for example in left], [_plain(example) for example in right])
    ours, theirs = _by_target(left), _by_target(right)
    for target in ours.keys() & theirs.keys():
        a, b = np.array(ours[target]), np.array(theirs[target])
        if left is right and a.size == 1:
            continue
        for i, j in _near([_words(left[i]) for i in a], [_words(right[j]) for j in b]):
            yield a[i], b[j]


def _batched(pieces: Iterator[Pairs]) -> Iterator[Pairs]:
    """Yield the same pairs in fewer pieces, none too large to hold: a thousand copies of a text are a million pairs."""
    held: list[Pairs] = []
    for piece in pieces:
        held.append(piece)
        if sum(a.size for a, _ in held) >= _BATCH or len(held) >= _CHUNK:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


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
    found = [(i, first[text]) for i, text in enumerate(left) if text in first]
    if found:
        a, b = np.array(found).T
        yield a, b


def _by_target(examples: Iterable[Item]) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for i, example in enumerate(examples):
        places[" ".join(example.target.casefold().split())].append(i)
    return places


def _plain(example: Item) -> str:
    """Return the text without what punctuates sentences; what may be an operator, as in 3-4, stays."""
    words = canonical(example).split()
    return " ".join(word.rstrip(".,;:!?\"'").lstrip("\"'") or word for word in words)


def _words(example: Item) -> str:
    text = canonical(example)
    return " ".join(_WORD.findall(text)) or text


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
        similar = cpdist(
            [left[i] for i in a], [right[j] for j in b], scorer=Indel.normalized_similarity, dtype=np.float64
        )
        close = similar >= SIMILAR - 1e-9
        if close.any():
            yield a[close], b[close]


def _letters(texts: Sequence[str]) -> NDArray[np.float64]:
    """Count the characters of each text in buckets, shape (texts, buckets)."""
    counts = [
        np.bincount(np.frombuffer(text.encode("utf-32-le"), dtype="<u4") % _BUCKETS, minlength=_BUCKETS)
        for text in texts
    ]
    return np.array(counts, dtype=np.float64)
