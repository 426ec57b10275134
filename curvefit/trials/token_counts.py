"""How many tokens prompts take, without building them. Lives here: counting, example by example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from curvefit.models.base import Form, Message, transcript
from curvefit.tasks.task import Item, Task
from curvefit.trials.prompts import question

__all__ = ["Lengths", "count_lengths"]

_TEMPLATE_ROOM: Final = 8  # what a chat template may add to a message


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of a plan's pieces.

    Counted piece by piece and added up; joining pieces can only make them shorter, so sums are upper bounds.

    Attributes
    ----------
    opening : int
        The instruction.
    reach : tuple of tuple of int
        By the plan's order, then by k: the first k demonstrations together.
    items : tuple of int
        Each item's question with what surrounds it.
    reply : float
        The mean target.
    room : int
        Of each message, what is left in these for a chat template to add.
    """

    opening: int
    reach: tuple[tuple[int, ...], ...]
    items: tuple[int, ...]
    reply: float
    room: int = 0

    def longest(self, shots: int) -> int:
        """Return the tokens of the longest prompt at this number of shots."""
        return self.opening + max(ends[shots] for ends in self.reach) + max(self.items)


def count_lengths(
    task: Task,
    orders: Sequence[Sequence[Item]],
    items: Sequence[Item],
    form: Form,
    count: Callable[[str], int],
) -> Lengths:
    """Count every piece once.

    Parameters
    ----------
    task, orders, items, form
        Of the plan; each order as far as it is used.
    count : callable
        A model's `count_tokens`.
    """
    room = _TEMPLATE_ROOM if form == "chat" else 0

    def size(example: Item, target: str) -> int:
        turns = [Message("user", question(example))]
        if target:
            turns.append(Message("assistant", target))
        return count(transcript(turns, task.input_word, task.output_word)) + len(turns) * room

    used = {example.id: example for order in orders for example in order}
    sizes = {name: size(example, example.target) for name, example in used.items()}
    return Lengths(
        opening=count(f"{task.instruction}\n\n") + room,
        reach=tuple(tuple(accumulate((sizes[example.id] for example in order), initial=0)) for order in orders),
        items=tuple(size(item, "") for item in items),
        reply=sum(count(item.target) for item in items) / len(items),
        room=room,
    )
