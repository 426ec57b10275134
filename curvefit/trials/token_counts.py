"""How many tokens prompts take, without building them. Lives here: counting, example by example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from curvefit.models.base import Form, Message, transcript
from curvefit.tasks.task import Item, Task
from curvefit.trials.prompts import asked

__all__ = ["TokenCounts", "count_pieces"]

_TEMPLATE_ROOM: Final = 8  # what a chat template may add to a message


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Tokens of a plan's pieces.

    Counted piece by piece and added up; joining pieces can only make them shorter, so sums are upper bounds.

    Attributes
    ----------
    opening : int
        The instruction.
    demonstrations : tuple of tuple of int
        By the plan's order, then by k: the first k demonstrations together.
    items : tuple of int
        Each item's question with what surrounds it.
    mean_target : float
        A target, on average.
    template_room : int
        Of each message, what is left in these counts for a chat template to add.
    """

    opening: int
    demonstrations: tuple[tuple[int, ...], ...]
    items: tuple[int, ...]
    mean_target: float
    template_room: int = 0

    def longest_prompt(self, shots: int) -> int:
        """Return the tokens of the longest prompt at this number of shots."""
        return self.opening + max(counts[shots] for counts in self.demonstrations) + max(self.items)


def count_pieces(
    task: Task,
    orders: Sequence[Sequence[Item]],
    items: Sequence[Item],
    form: Form,
    count: Callable[[str], int],
) -> TokenCounts:
    """Count every piece once.

    Parameters
    ----------
    task, orders, items, form
        Of the plan; each order as far as it is used.
    count : callable
        A model's `count_tokens`.
    """
    template_room = _TEMPLATE_ROOM if form == "chat" else 0

    def turn_tokens(example: Item, target: str) -> int:
        turns = [*asked(example)]
        if target:
            turns.append(Message("assistant", target))
        return count(transcript("", [turns], task.input_word, task.output_word)) + len(turns) * template_room

    examples = {example.id: example for order in orders for example in order}
    counts = {name: turn_tokens(example, example.target) for name, example in examples.items()}
    return TokenCounts(
        opening=count(f"{task.instruction}\n\n") + template_room,
        demonstrations=tuple(
            tuple(accumulate((counts[example.id] for example in order), initial=0)) for order in orders
        ),
        items=tuple(turn_tokens(item, "") for item in items),
        mean_target=sum(count(item.target) for item in items) / len(items),
        template_room=template_room,
    )
