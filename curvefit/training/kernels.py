"""Forward and backward passes of a fine-tuning that are cheaper by hand. Lives here: arithmetic on tensors, no model.

Two things took what is not needed: adapters in single precision beside weights in half, whose every input and output
was copied from one to the other; and chances of 262,144 tokens in single precision, once for each of several steps,
in memory that the system had to clear first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import torch

from curvefit.training.packing import GRAIN

__all__ = ["LowRankLinear", "reply_loss", "reply_ranks"]

_ROWS: Final = 128  # places a time that the vocabulary is scored at: 64 MB of half precision at 262,144 tokens
_CHUNK: Final = 16  # places a time that chances are worked out for: so little memory is used again, and not cleared


class LowRankLinear(torch.nn.Module):  # type: ignore[misc]  # torch is Any where it is not installed
    """A layer whose own weights stay, with ``(alpha / rank) * b @ a`` added to them while `adapted` is true.

    Parameters
    ----------
    linear : torch.nn.Linear
        The layer.
    rank : int
        Rows of `a` (rank, in), columns of `b` (out, rank); both in single precision.
    scale : float
        ``alpha / rank``.
    """

    def __init__(self, linear: Any, rank: int, scale: float) -> None:
        super().__init__()
        self.weight, self.bias, self.scale, self.adapted = linear.weight, linear.bias, scale, True
        n_out, n_in = linear.weight.shape
        self.a = torch.nn.Parameter(torch.zeros(rank, n_in, device=linear.weight.device))
        self.b = torch.nn.Parameter(torch.zeros(n_out, rank, device=linear.weight.device))

    def forward(self, x: Any) -> Any:
        """Return (..., out) of (..., in)."""
        if not self.adapted:
            return torch.nn.functional.linear(x, self.weight, self.bias)
        rows = x.reshape(-1, x.shape[-1])
        out = _Adapted.apply(rows, self.weight, self.a, self.b, self.scale).view(*x.shape[:-1], -1)
        return out if self.bias is None else out + self.bias


class _Adapted(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, x: Any, weight: Any, a: Any, b: Any, scale: float) -> Any:
        low, high = a.to(x.dtype), (b * scale).to(x.dtype)
        inner = x @ low.t()
        ctx.save_for_backward(x, weight, low, high, inner)
        ctx.scale = scale
        return (x @ weight.t()).addmm_(inner, high.t())

    @staticmethod
    def backward(ctx: Any, given: Any) -> tuple[Any, ...]:
        x, weight, low, high, inner = ctx.saved_tensors
        within = given @ high
        back = (given @ weight).addmm_(within, low) if ctx.needs_input_grad[0] else None
        return back, None, (within.t() @ x).float(), (given.t() @ inner).float() * ctx.scale, None


def reply_loss(hidden: Any, vocabulary: Any, targets: Any) -> Any:
    """Return the sum of cross-entropies of replies' tokens, in nats, to go back from.

    Parameters
    ----------
    hidden : tensor (R, d)
        Where they are predicted.
    vocabulary : tensor (V, d)
        Weights that score tokens; they are not learned.
    targets : int tensor (R,)
        The tokens.
    """
    return _ReplyLoss.apply(hidden, vocabulary, targets)


class _ReplyLoss(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, hidden: Any, vocabulary: Any, targets: Any) -> Any:
        scores = _scores(hidden, vocabulary)
        total = hidden.new_zeros((), dtype=torch.float32)
        for part, chances, wanted in _chunks(scores, targets):
            ours = torch.arange(len(wanted), device=wanted.device)
            total -= chances[ours, wanted].sum()
            chances.exp_()
            chances[ours, wanted] -= 1
            part.copy_(chances)
        scores[len(targets) :] = 0
        ctx.save_for_backward((scores @ vocabulary)[: len(targets)])
        return total

    @staticmethod
    def backward(ctx: Any, given: Any) -> tuple[Any, ...]:
        (moved,) = ctx.saved_tensors
        return moved * given.to(moved.dtype), None, None


def reply_ranks(hidden: Any, vocabulary: Any, targets: Any) -> tuple[float, Any]:
    """Return the sum of cross-entropies, and which targets (R,) are the most probable token."""
    total, first = 0.0, list[Any]()
    for hidden_part, targets_part in zip(hidden.split(_ROWS), targets.split(_ROWS), strict=True):
        for _, chances, wanted in _chunks(_scores(hidden_part, vocabulary), targets_part):
            total -= float(chances.gather(1, wanted[:, None]).sum())
            first.append(chances.argmax(-1) == wanted)
    return total, torch.cat(first)


def _scores(hidden: Any, vocabulary: Any) -> Any:
    """Return scores (R and filling, V).

    Few different shapes: for each new one a processor's kernels may be made anew, which can take seconds.
    """
    room = torch.nn.functional.pad(hidden, (0, 0, 0, -len(hidden) % GRAIN))
    return room.to(vocabulary.dtype) @ vocabulary.t()


def _chunks(scores: Any, targets: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield, a few places a time: scores, log probabilities in single precision, and targets."""
    room = torch.empty(_CHUNK, scores.shape[-1], device=scores.device)
    for part, wanted in zip(scores[: len(targets)].split(_CHUNK), targets.split(_CHUNK), strict=True):
        chances = room[: len(part)].copy_(part)
        chances -= torch.logsumexp(chances, -1, keepdim=True)
        yield part, chances, wanted
