"""Answers that are built, learned from n examples without a language model. Lives here: composer, floor and ceiling.

The composer writes an answer token by token. Each next token is either one that followed the last token in an answer of
the examples, or a copy of a token of the input; a log-linear model chooses (a maximum-entropy Markov model, McCallum,
Freitag and Pereira 2000, whose probability of a token sums over both ways to come by it, as in CopyNet, Gu et al.
2016). It knows the last three tokens, the words of the input, and the place in the input that was copied last.

The floor picks whole skeletons, an answer without what is copied from the input, by the classifier of
`curvefit.baseline`. The ceiling counts what can be written at all: answers of which every token is in the input or in
an answer of the examples.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Composer", "skeleton", "tokens_of", "within_reach"]

FloatArray = NDArray[np.float64]
Ids = NDArray[np.uint64]

_TOKEN: Final = re.compile(r"\s?(?:\w+|[^\w\s]|\s)")  # a word or a sign, with the space in front of it
_START, _END = "\x02", "\x03"
_SLOT: Final = "□"
_BITS: Final = 18  # of the table of weights; features are hashed into it (Weinberger et al. 2009)
_L2: Final = 0.1  # penalty of a squared weight, in steps
_STEPS: Final = 20  # of L-BFGS
_WORDS: Final = 40  # of an input that count; further ones are left out
_FAR: Final = 4  # tokens from the last copied one, from where on a distance is "far"


def tokens_of(text: str) -> list[str]:
    """Return words and signs, each with the space in front of it; joined they are the text."""
    return _TOKEN.findall(text)


def _key(text: str) -> int:
    return zlib.crc32(text.encode())


def _mixed(*parts: Any) -> Ids:
    """Return one hash for values of each part, broadcast together."""
    value: Any = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        for part in parts:
            value = (value ^ np.asarray(part, dtype=np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
            value = value ^ (value >> np.uint64(29))
    return np.asarray(value)


def _mixed_one(*parts: int) -> int:
    """Return what `_mixed` does for one value of each part: without arrays, whose overhead is ten times the work."""
    value = 0x9E3779B97F4A7C15
    for part in parts:
        value = (value ^ part) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        value ^= value >> 29
    return value


def _shape(token: str) -> str:
    """Return what sort of token it is: digits by their number, words by their case, signs themselves."""
    bare = token.strip()
    if bare.isdigit():
        return f"9{min(len(bare), 5)}"
    if not bare or not bare[0].isalnum():
        return bare
    mixed = any(c.isdigit() for c in bare)
    return ("A" if bare.isupper() else "Aa" if bare[0].isupper() else "a") + ("9" if mixed else "")


class _Source:
    """An input: its tokens and what of them does not change while an answer is written."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens_of(text)
        bare = [token.strip() for token in self.tokens]
        self.places: dict[str, list[int]] = defaultdict(list)
        for i, token in enumerate(bare):
            self.places[token.lower()].append(i)
        folded = [_key(token.lower()) for token in bare]
        self.words: Ids = np.array(sorted(set(folded))[:_WORDS] or [0], dtype=np.uint64)
        self.shapes = [_key(_shape(token)) for token in bare]
        self.folded = folded
        # One candidate for every way to copy a token: with a space in front or without, in lower case or as it is.
        ways = [
            (i, space, lower)
            for i, token in enumerate(bare)
            if token
            for space in (0, 1)
            for lower in ((0, 1) if token.lower() != token else (0,))
        ]
        self.place = np.array([way[0] for way in ways], dtype=np.int64)
        self.texts = [" " * space + (bare[i].lower() if lower else bare[i]) for i, space, lower in ways]
        spaced = [int(token[:1].isspace()) for token in self.tokens]
        self.way = np.array([4 * spaced[i] + 2 * space + lower for i, space, lower in ways], dtype=np.uint64)
        self.spaced = np.array([spaced[i] for i, _, _ in ways], dtype=np.uint64)

        def around(values: list[int], by: int) -> Ids:
            padded = [1, 1, *values, 1, 1]
            return np.array([padded[i + 2 + by] for i, _, _ in ways], dtype=np.uint64)

        shape, word = around(self.shapes, 0), around(folded, 0)
        left, left2, right = around(folded, -1), around(folded, -2), around(folded, 1)
        near = around(self.shapes, -1), around(self.shapes, 1)
        suffix = np.array([_key(bare[i][-3:].lower()) for i, _, _ in ways], dtype=np.uint64)
        self.views: tuple[Ids, ...] = (
            shape, word, left, right, suffix, _mixed(left, left2), _mixed(left, shape), _mixed(right, shape),
            _mixed(left, right), _mixed(shape, *near),
        )  # fmt: skip
        self.shape = shape

    def keep(self, ways: Ids) -> None:
        """Leave out ways of copying that are not among these."""
        kept = np.isin(self.way, ways)
        self.texts = [text for text, keep in zip(self.texts, kept.tolist(), strict=True) if keep]
        self.place = self.place[kept]
        self.way, self.spaced, self.shape = self.way[kept], self.spaced[kept], self.shape[kept]
        self.views = tuple(view[kept] for view in self.views)

    def after(self, token: str, pointer: int) -> int:
        """Return the place copied last after a token: its own in the input, where it is there, the next one first."""
        places = self.places.get(token.strip().lower())
        if not places:
            return pointer
        return next((i for i in places if i > pointer), places[0])

    @staticmethod
    def at(i: int, values: list[int]) -> int:
        """Return one of the values, or what stands before the first and after the last."""
        return values[i] if 0 <= i < len(values) else 1


class Composer:
    """A model that writes answers, trained on pairs of texts.

    Examples
    --------
    >>> names = ["ann", "bob", "cid", "dee", "eve", "flo", "gus", "hal"]
    >>> composer = Composer([(f"please call {name} now", f"call({name})") for name in names])
    >>> composer.answer("please call zoe now")
    'call(zoe)'
    """

    def __init__(self, examples: Sequence[tuple[str, str]]) -> None:
        from scipy import sparse
        from scipy.optimize import minimize

        sources = [_Source(text) for text, _ in examples]
        answers = [[*tokens_of(target), _END] for _, target in examples]
        self._longest = max(map(len, answers)) * 3 // 2
        # Tokens that are in the input whenever they are in the answer are copied, never made.
        made = {
            token
            for source, answer in zip(sources, answers, strict=True)
            for token in answer
            if token.strip().lower() not in source.places
        }
        followers: dict[str, dict[str, None]] = defaultdict(dict)
        for source, answer in zip(sources, answers, strict=True):
            for last, token in zip([_START, *answer], answer, strict=False):
                if token in made:
                    followers[last][token] = None
                    if last.strip().lower() in source.places:
                        followers[""][token] = None
        self._followers = {last: list(tokens) for last, tokens in followers.items()}
        self._ways = np.unique(
            [
                way
                for source, answer in zip(sources, answers, strict=True)
                for text, way in zip(source.texts, source.way, strict=True)
                if text in answer
            ]
        ).astype(np.uint64)
        for source in sources:
            source.keep(self._ways)
        indices: list[Ids] = []
        widths: list[NDArray[np.int64]] = []
        rights: list[list[bool]] = []
        for source, answer in zip(sources, answers, strict=True):
            state = _State(source)
            for token in answer:
                texts, ids, width = self._candidates(state)
                right = [text == token for text in texts]
                if any(right) and not all(right):
                    indices.append(ids)
                    widths.append(width)
                    rights.append(right)
                state.write(token)
        self._weights = np.zeros(1 << _BITS)
        if not rights:
            return
        is_right = np.concatenate([np.array(r) for r in rights])
        starts = np.concatenate([[0], np.cumsum([len(r) for r in rights])[:-1]])
        counts = np.diff([*starts, len(is_right)])
        used, columns = np.unique(np.concatenate(indices).astype(np.int32), return_inverse=True)
        offsets = np.concatenate([[0], np.cumsum(np.concatenate(widths))])
        matrix = sparse.csr_matrix(
            (np.ones(len(columns)), columns.astype(np.int32), offsets), shape=(len(is_right), len(used))
        )
        transposed = matrix.T.tocsr()

        def shares(score: FloatArray) -> tuple[FloatArray, FloatArray]:
            top = np.repeat(np.maximum.reduceat(score, starts), counts)
            weight = np.exp(score - top)
            total = np.add.reduceat(weight, starts)
            with np.errstate(divide="ignore"):
                logs = np.log(total) + top[starts]
            return np.asarray(weight / np.repeat(total, counts)), np.asarray(logs)

        def loss(weights: FloatArray) -> tuple[float, FloatArray]:
            score = matrix @ weights
            every, log_every = shares(score)
            only, log_only = shares(np.where(is_right, score, -1e9))
            value = float((log_every - log_only).sum()) + _L2 / 2 * float(weights @ weights)
            return value, np.asarray(transposed @ (every - only) + _L2 * weights)

        found = minimize(loss, np.zeros(len(used)), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
        self._weights[used] = found.x

    def answer(self, text: str) -> str:
        """Return what it writes for an input, the likeliest token at each step."""
        source = _Source(text)
        source.keep(self._ways)
        state = _State(source)
        for _ in range(self._longest):
            texts, ids, width = self._candidates(state)
            if not texts:
                break
            score = np.add.reduceat(self._weights[ids], np.concatenate([[0], np.cumsum(width)[:-1]]))
            weight = np.exp(score - score.max())
            total: dict[str, float] = defaultdict(float)
            for candidate, share in zip(texts, weight.tolist(), strict=True):
                total[candidate] += share
            token = max(total, key=total.__getitem__)
            if token == _END:
                break
            state.write(token)
        return "".join(state.written)

    def _candidates(self, state: _State) -> tuple[list[str], Ids, NDArray[np.int64]]:
        """Return the texts a step can write, hashed features of each, one after the other, and how many each has."""
        source, last = state.source, state.last
        texts = self._followers.get(last, [])
        if last.strip().lower() in source.places or not texts:
            texts = list(dict.fromkeys([*texts, *self._followers.get("", [])]))
        history = state.history()
        context = np.concatenate([history, _mixed(7, source.words), _mixed(8, history[1], source.words), state.ahead()])
        keys = np.array([_key(text) for text in texts], dtype=np.uint64)
        used = np.array([min(state.counts[text], 3) for text in texts], dtype=np.uint64)
        made = np.concatenate([_mixed(11, keys[:, None], context), _mixed(12, keys, used)[:, None]], axis=1)
        offset = source.place - state.pointer
        distance = np.clip(offset, -1, _FAR).astype(np.uint64) + np.uint64(1)
        copied = np.isin(source.place, state.used).astype(np.uint64)
        step = _mixed(distance, source.spaced)
        views = [*source.views, step, copied, source.way, _mixed(step, source.shape), _mixed(copied, step)]
        copies = np.concatenate(
            [_mixed(21 + n, view)[:, None] for n, view in enumerate(views)]
            + [_mixed(51 + n, view[:, None], history[1:3]) for n, view in enumerate(views)]
            + [_mixed(81, source.shape[:, None], source.words)],
            axis=1,
        )
        ids = np.concatenate([made.ravel(), copies.ravel()]) >> np.uint64(64 - _BITS)
        widths = np.repeat([made.shape[1], copies.shape[1]], [len(made), len(copies)])
        return [*texts, *source.texts], ids, widths


class _State:
    """An answer that is being written, and the place in the input that was copied last."""

    def __init__(self, source: _Source) -> None:
        self.source = source
        self.written: list[str] = []
        self.pointer = -1
        self.used: list[int] = []
        self.counts: Counter[str] = Counter()

    @property
    def last(self) -> str:
        return self.written[-1] if self.written else _START

    def write(self, token: str) -> None:
        self.written.append(token)
        self.counts[token] += 1
        place = self.source.after(token, self.pointer)
        if place != self.pointer or token.strip().lower() in self.source.places:
            self.pointer = place
            self.used.append(place)

    def history(self) -> Ids:
        """Return hashes of the last none, one, two and three tokens, and of whether each was copied."""
        tokens = [_START, _START, _START, *self.written][-3:]
        keys = [_key(token) for token in tokens]
        plain = [2 if t.strip().lower() in self.source.places else k for t, k in zip(tokens, keys, strict=True)]
        features = ((1,), (2, keys[2]), (3, plain[1], plain[2]), (4, keys[1], keys[2]), (5, *keys), (6, *plain))
        return np.array([_mixed_one(*feature) for feature in features], dtype=np.uint64)

    def ahead(self) -> Ids:
        """Return hashes of the tokens of the input after the place copied last, with the last token written."""
        source, i = self.source, self.pointer
        word, shape = source.at(i + 1, source.folded), source.at(i + 1, source.shapes)
        word2, last = source.at(i + 2, source.folded), _key(self.last)
        features = (
            (1, word), (2, shape), (3, word, last), (4, shape, last), (5, word, word2), (6, word2), (7, word2, last),
        )  # fmt: skip
        return np.array([_mixed_one(9, *feature) for feature in features], dtype=np.uint64)


def skeleton(text: str, target: str) -> str:
    """Return a target in which what is copied from the input is a slot; runs are one."""
    slots = _bare(text)
    parts = [_SLOT if token.strip().lower() in slots else token for token in tokens_of(target)]
    return re.sub(f"{_SLOT}+", _SLOT, "".join(parts))


def within_reach(examples: Sequence[tuple[str, str]], items: Sequence[tuple[str, str]]) -> FloatArray:
    """Return for each item whether every token of its target is in its input or in a target of the examples."""
    known = {token.strip().lower() for _, target in examples for token in tokens_of(target)}
    return np.array([_bare(target) <= known | _bare(text) for text, target in items], dtype=float)


def _bare(text: str) -> set[str]:
    return {token.strip().lower() for token in tokens_of(text)}
