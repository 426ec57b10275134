"""How similar texts are by their words. Lives here: what counts as a word, and BM25, by a library."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.tasks.text_reply import words

__all__ = ["similarities"]

FloatArray = NDArray[np.float32]
_Scorer = Callable[[list[str]], FloatArray]
_SYMBOLS: Final = ("Sm", "Sc", "So")  # of mathematics, currencies, and the others, emoji among them


def similarities(corpus: Sequence[str], queries: Sequence[str]) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield for each query how similar each text of a corpus is to it: what counts first, and what counts next.

    By words, as BM25 weighs them (Robertson and Zaragoza 2009; Lucene's form), and by pairs of Chinese characters.
    Words of one letter or digit, and symbols such as ``+`` or an emoji, count among texts that are equally similar by
    the others: ``a`` and ``i`` say little where there are longer ones, and all there is in ``3 + 4``.

    Yields
    ------
    pair of float arrays (len(corpus),)
        0 where they have no word in common.
    """
    terms = [_terms(text) for text in queries]
    first, then = (map(score, [each[level] for each in terms]) for level, score in enumerate(_scorers(tuple(corpus))))
    return zip(first, then, strict=True)


def _terms(text: str) -> tuple[list[str], list[str]]:
    """Return what similarity counts first, words and pairs of characters, and what it counts next, single ones."""
    parts = words(text)
    pairs = [a + b for a, b in pairwise(parts) if _is_word_alone(a) and _is_word_alone(b)]
    first = [word for word in parts if len(word) > 1 or _is_word_alone(word)]
    then = [word for word in parts if len(word) == 1 and not _is_word_alone(word)]
    symbols = [character for character in dict.fromkeys(text) if unicodedata.category(character) in _SYMBOLS]
    return [*first, *pairs], [*then, *symbols]


@cache
def _is_word_alone(word: str) -> bool:
    """Whether it is one character, and of a script without capitals, such as Chinese, where that says something."""
    return len(word) == 1 and unicodedata.category(word) == "Lo"


@lru_cache(maxsize=2)  # a program asks for one input after another, which takes examples and documents
def _scorers(corpus: tuple[str, ...]) -> tuple[_Scorer, _Scorer]:
    """Return what says how similar each text of the corpus is to some terms: of those that count first, and next."""
    terms = [_terms(text) for text in corpus]
    return _scorer([first for first, _ in terms]), _scorer([then for _, then in terms])


def _scorer(corpus: list[list[str]]) -> _Scorer:
    import bm25s

    index, size = bm25s.BM25(), len(corpus)
    if has_terms := any(corpus):
        index.index(corpus, show_progress=False)

    def score(terms: list[str]) -> FloatArray:
        """Return how similar each text of the corpus is; 0 where they share no term."""
        return index.get_scores(terms) if terms and has_terms else np.zeros(size, np.float32)

    return score
