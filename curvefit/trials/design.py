"""What is to be measured. Lives here: the design and its trials as values; nothing is asked or read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, Final, Literal, get_args

from curvefit.errors import DesignError

__all__ = ["Design", "Ordering", "Selection", "Trial", "default_shots"]

MOST_REPLY_TOKENS: Final = 10**9  # more is a slip of the hand, and journals hold no number of any size
Selection = Literal["random", "balanced", "similar"]
Ordering = Literal["text", "place"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One planned model call: positions into a design's shots, draws and items.

    Examples
    --------
    >>> cf.Trial(shots=4, draw=0, item=17)
    Trial(shots=4, draw=0, item=17)
    """

    __module__ = "curvefit"

    shots: int
    draw: int
    item: int


@dataclass(frozen=True, slots=True)
class Design:
    """Which numbers of shots, how many draws, how many items.

    Crossed and nested: every number of shots sees the same items, and within a draw k demonstrations are a prefix
    of k+1, so that comparisons between numbers of shots are paired.

    Attributes
    ----------
    shots : tuple of int
        Numbers of demonstrations, ascending. Empty: 0, 1, 2, 4, ... as far as pool and context reach; similar ones
        start at 1.
    draws : int
        How many random orderings of the pool.
    items : int
        How many items are scored, at most; of a task that has fewer, all.
    seed : int
        Decides the orderings and which items, and nothing else does; not negative.
    selection : "random", "balanced" or "similar"
        Whether a draw is a plain shuffle of the pool, deals the labels out in turn, or each item is shown the examples
        most similar to it: the same ones in every draw, so that there is one, and not nested.
    reply_tokens : int, optional
        Most tokens of a reply, reasoning included; by default room for the task's longest target, and for reasoning
        where the model is known to reason.
    ordered_by : "text" or "place"
        What decides the random orders beside the seed: a hash of what each example asks, so that rows which come or go
        leave most of an order as it was; or its place in the file, as in studies of version 0.7 and earlier.

    Raises
    ------
    DesignError
        No such design: numbers that are none or out of range, or an unknown selection.

    Examples
    --------
    >>> design = cf.Design(shots=(0, 1, 2, 4, 8), draws=3, items=50, seed=7)
    >>> len(design.shots) * design.draws * design.items
    750
    """

    __module__ = "curvefit"

    shots: tuple[int, ...] = ()
    draws: int = 5
    items: int = 100
    seed: int = 0
    selection: Selection = "random"
    # Not shown, so that what earlier versions named by a design keeps its name.
    reply_tokens: int | None = field(default=None, repr=False)
    ordered_by: Ordering = field(default="text", repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shots", _whole_shots(self.shots))
        for name in ("draws", "items", "seed"):
            if not isinstance(getattr(self, name), Integral):
                raise DesignError(f"{name} must be a whole number, not {getattr(self, name)!r:.40}")
        if any(k < 0 for k in self.shots) or list(self.shots) != sorted(set(self.shots)):
            raise DesignError(f"shots must be ascending, distinct and not negative, not {list(self.shots)}")
        if self.draws < 1:
            raise DesignError(f"draws must be at least 1, not {self.draws}")
        if self.items < 1:
            raise DesignError(f"items must be at least 1, not {self.items}")
        if not (self.reply_tokens is None or _is_cap(self.reply_tokens)):
            span = f"from 1 to {MOST_REPLY_TOKENS:,}"
            raise DesignError(f"reply_tokens must be a whole number {span}, not {self.reply_tokens!r:.40}")
        if self.seed < 0:
            raise DesignError(f"seed must be at least 0, not {self.seed}")
        if not isinstance(self.selection, str) or self.selection not in get_args(Selection):
            raise DesignError(f"selection must be one of {', '.join(get_args(Selection))}, not {self.selection!r}")
        if not isinstance(self.ordered_by, str) or self.ordered_by not in get_args(Ordering):
            raise DesignError(f"ordered_by must be one of {', '.join(get_args(Ordering))}, not {self.ordered_by!r}")
        if self.selection == "similar" and self.draws > 1:
            raise DesignError(f"the most similar examples are the same in every draw: use 1 draw, not {self.draws}")
        if self.selection == "similar" and 0 in self.shots:
            raise DesignError("without an example none is similar: retrieved examples start at 1 shot, not 0")


def _is_cap(value: Any) -> bool:
    return isinstance(value, Integral) and 1 <= int(value) <= MOST_REPLY_TOKENS


def _whole_shots(shots: Any) -> tuple[int, ...]:
    values = tuple(shots) if isinstance(shots, Iterable) and not isinstance(shots, str) else (None,)
    if not all(isinstance(k, Real) and k == k // 1 for k in values):
        raise DesignError(f"shots must be whole numbers, such as (0, 1, 2, 4), not {shots!r:.60}")
    return tuple(int(k) for k in values)


def default_shots(limit: int) -> tuple[int, ...]:
    """Return 0, 1, 2, 4, ... up to `limit`."""
    return (0, *(2**n for n in range(max(limit, 0).bit_length())))
