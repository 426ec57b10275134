"""How many tokens prompts take, without building them. Lives here: counting, example by example."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
        By the plan's order, then by k: the first k demonstrations together, each with a system message of its own.
    items : tuple of int
        Each item's question with what surrounds it.
    mean_target : float
        A target, on average.
    template_room : int
        Of each message, what is left in these counts for a chat template to add.
    systems : tuple of (str, int)
        Of each item its own system message, and the tokens of what it is told; empty where all have the instruction.
    repeated : mapping of (int, str) to tuple of (int, int)
        By order and system message: the place of each demonstration that has it, and its tokens, which an item with the
        same one is not sent twice.
    """

    opening: int
    demonstrations: tuple[tuple[int, ...], ...]
    items: tuple[int, ...]
    mean_target: float
    template_room: int = 0
    systems: tuple[tuple[str, int], ...] = ()
    repeated: Mapping[tuple[int, str], Sequence[tuple[int, int]]] = field(default_factory=dict)

    def shared(self, order: int, shots: int, item: int) -> int:
        """Return the tokens before an item's question: what it is told, and the first demonstrations of an order."""
        whole = self.demonstrations[order][shots]
        if not self.systems:
            return self.opening + whole
        system, told = self.systems[item]
        return told + whole - sum(count for place, count in self.repeated.get((order, system), ()) if place < shots)

    def longest_prompt(self, shots: int) -> int:
        """Return the tokens of the longest prompt at this number of shots."""
        if not self.systems:
            return self.opening + max(counts[shots] for counts in self.demonstrations) + max(self.items)
        longest: dict[tuple[str, int], int] = {}  # question, by what it is asked under
        for position, own in enumerate(self.systems):
            longest[own] = max(longest.get(own, 0), self.items[position])
        first = {own: position for position, own in enumerate(self.systems)}
        return max(
            self.shared(order, shots, first[own]) + question
            for own, question in longest.items()
            for order in range(len(self.demonstrations))
        )


def count_pieces(
    task: Task,
    orders: Sequence[Sequence[Item]],
    items: Sequence[Item],
    form: Form,
    count: Callable[[str], int],
) -> TokenCounts:
    """Count every piece once.

    Each order is taken as far as it is used.
    """
    template_room = _TEMPLATE_ROOM if form == "chat" else 0

    def turn_tokens(example: Item, target: str) -> int:
        turns = [*asked(example)]
        if target:
            turns.append(Message("assistant", target))
        return count(transcript("", [turns], task.input_word, task.output_word)) + len(turns) * template_room

    examples = {example.id: example for order in orders for example in order}
    counts = {name: turn_tokens(example, example.target) for name, example in examples.items()}
    opening = count(f"{task.instruction}\n\n") + template_room
    told = {text: count(f"{text}\n\n") + template_room for text in {item.system for item in items} if text} | {
        "": opening
    }
    own = {name: count(f"{example.system}\n") for name, example in examples.items() if example.system}
    repeated: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for row, order in enumerate(orders if own else ()):
        for place, example in enumerate(order):
            if example.system in told and example.id in own:
                repeated[row, example.system].append((place, own[example.id]))
    return TokenCounts(
        opening=opening,
        demonstrations=tuple(
            tuple(accumulate((counts[example.id] + own.get(example.id, 0) for example in order), initial=0))
            for order in orders
        ),
        items=tuple(turn_tokens(item, "") for item in items),
        mean_target=sum(count(item.target) for item in items) / len(items),
        template_room=template_room,
        systems=tuple((item.system, told[item.system]) for item in items) if own or len(told) > 1 else (),
        repeated=repeated,
    )
