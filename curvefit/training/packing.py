"""Examples as the rows that a model reads. Lives here: what stands in a row, and who sees whom; no torch.

Training reads examples whose prompts mostly begin alike, with the instruction. A row has that beginning once, and then
each example's own part, at the position it would have alone; attention is masked so that each sees the beginning and
itself. What the model computes, and what it learns from, is what separate examples would give.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from curvefit.training.schedule import Example

__all__ = ["GRAIN", "PackedRow", "packed_rows", "tokens_read"]

_OWN: Final = 512  # tokens of a row beside the beginning: attention's cost grows with the square of it
GRAIN: Final = 16  # lengths are filled up to multiples of this

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PackedRow:
    """Several examples in one row.

    Attributes
    ----------
    tokens, positions : int array (T,)
        Token ids, and where each would stand were its example alone.
    owners : int array (T,)
        Whose a token is: 0 the common beginning, from 1 an example, and last the filling.
    reply_positions : int array (R,)
        Places in the row after which a reply's token comes.
    reply_tokens : int array (R,)
        Those tokens, example after example.
    reply_lengths : tuple of int
        How many of them each example has.
    """

    tokens: IntArray
    positions: IntArray
    owners: IntArray
    reply_positions: IntArray
    reply_tokens: IntArray
    reply_lengths: tuple[int, ...]

    def attention_mask(self, window: int | None = None) -> NDArray[np.bool_]:
        """Return (T, T): whether the token of a line sees that of a column, fewer than `window` positions back."""
        back = self.positions[:, None] - self.positions
        same = (self.owners == 0) | (self.owners[:, None] == self.owners)
        mask: NDArray[np.bool_] = same & (back >= 0) & (back < (window or len(back)))
        return mask


def packed_rows(examples: Sequence[Example]) -> Iterator[PackedRow]:
    """Lay examples out, in order: as many in a row as its tokens allow, or one that is longer."""
    shared = _shared(examples)
    batch, own = list[Example](), 0
    for example in examples:
        length = len(example.prompt) - shared + len(example.reply)
        if batch and own + length > _OWN:
            yield _row(batch, shared)
            batch, own = [], 0
        batch.append(example)
        own += length
    yield _row(batch, shared)


def tokens_read(examples: Sequence[Example]) -> int:
    """Return how many tokens the model reads of examples that it is given at once."""
    return sum(len(row.tokens) for row in packed_rows(examples))


def _row(examples: Sequence[Example], shared: int) -> PackedRow:
    tokens = list(examples[0].prompt[:shared])
    positions, owners, positions_before = list(range(shared)), [0] * shared, list[int]()
    for owner, example in enumerate(examples, 1):
        text = (*example.prompt, *example.reply)
        start = len(tokens) - shared
        positions_before += range(start + len(example.prompt) - 1, start + len(text) - 1)
        tokens += text[shared:]
        positions += range(shared, len(text))
        owners += [owner] * (len(text) - shared)
    spare = -len(tokens) % GRAIN
    targets = [token for example in examples for token in example.reply]
    return PackedRow(
        tokens=np.array(tokens + [0] * spare),
        positions=np.array(positions + list(range(spare))),
        owners=np.array(owners + [len(examples) + 1] * spare),
        reply_positions=np.array(positions_before),
        reply_tokens=np.array(targets),
        reply_lengths=tuple(len(example.reply) for example in examples),
    )


def _shared(examples: Sequence[Example]) -> int:
    """Return how many tokens all prompts begin with in common; the last of a prompt is always its own."""
    most = min(len(example.prompt) for example in examples) - 1
    alike = (len({example.prompt[i] for example in examples}) == 1 for i in range(most))
    return next((i for i, same in enumerate(alike) if not same), most)
