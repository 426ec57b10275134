"""The system messages of a task's examples. Lives here: which of them each is told, and what stands in their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["SystemMessages", "spaced_alike"]


def spaced_alike(text: str) -> str:
    """Return a system message as two have it in common that differ in white space alone."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class SystemMessages:
    """The system messages of a task's examples, and what takes their place.

    What is asked, and trained on, is what the lines say: a line's own system message stays its system message, and none
    is made up beside it. An instruction that is stated takes the place of the message that most lines have, and stands
    where there is none.

    Attributes
    ----------
    counts : Counter of str
        How many examples have each; empty for none.
    stated : str or None
        The task's instruction, where somebody stated it.
    """

    counts: Counter[str]
    stated: str | None

    @property
    def usual(self) -> str:
        """The message of more than half of the examples; empty where there is none."""
        text, count = self.counts.most_common(1)[0]
        return text if 2 * count > self.counts.total() else ""

    @property
    def shared(self) -> bool:
        """Whether all examples have the same, which may be none."""
        return len(self.counts) == 1

    @property
    def instruction(self) -> str | None:
        """What all examples are told that have no system message of their own; None where nobody said it."""
        if self.stated is not None:
            return self.stated
        if self.mostly_none:
            return None
        return self.usual if self.shared else ""

    @property
    def mostly_none(self) -> bool:
        """Whether more than half of the examples have none."""
        return 2 * self.counts[""] > self.counts.total()

    def own(self, text: str) -> str:
        """Return the system message that an example has of its own; empty where the instruction is all it is told."""
        if self.shared or not text or self._is_stated(text):
            return ""
        if self.stated is None:
            return text
        return "" if text == self.usual else "\n\n".join(filter(None, [self.stated, text]))

    def _is_stated(self, text: str) -> bool:
        return self.stated is not None and spaced_alike(text) == spaced_alike(self.stated)

    def notes(self, used: Iterable[str]) -> tuple[str, ...]:
        """Say which of them the used examples have where they differ, and what an instruction took the place of."""
        if self.shared:
            replaced = self.usual and self.stated is not None and not self._is_stated(self.usual)
            left_out = "the chat file's system message is left out: the task has an instruction of its own"
            return (left_out,) if replaced else ()
        counts = Counter(used)
        of, usual, none = counts.total(), counts[self.usual], counts[""]
        if self.usual:
            said = [f"{usual:,} of {of:,} examples have the same system message"]
            said += [f"{of - usual - none:,} another"] if of > usual + none else []
            said += [f"{none:,} none"] if none else []
        else:
            said = [f"{of - none:,} of {of:,} examples have a system message" if none else "system messages differ"]
        if self.stated is None:
            otherwise = ", the others with the instruction" if self.mostly_none else ", without one where it has none"
            return (f"{', '.join(said)}: each is asked, and trained on, with its own{otherwise if none else ''}",)
        places = " and ".join([*(["of the first"] if self.usual else []), *(["of none"] if none else [])])
        taken = f"the task's instruction takes the place {places}" if places else ""
        other = any(self.own(text) for text in self.counts)
        follows = ("others follow it" if taken else "each follows the task's instruction") if other else ""
        return (f"{', '.join(said)}: {'; '.join(filter(None, [taken, follows]))}",)
