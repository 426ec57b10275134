"""What fine-tuning changes, item by item. Lives here: values and codes; nothing is asked and no sentence is made."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Final

from curvefit.measurement.judged_replies import JudgedReply
from curvefit.tasks.task import Item

__all__ = ["CHANGES", "TrainedScores", "TrainingEffect", "training_effect"]

CHANGES: Final = ("mended", "broken", "wrong", "right")  # wrong before and right after, the reverse; the same in both
_MOSTLY: Final = 0.5  # share of the replies to an item that are right, from which the item is


@dataclass(frozen=True, slots=True, eq=False)
class TrainedScores:
    """How the models that a probe trained on the most examples scored, without examples in their prompts.

    Attributes
    ----------
    n_train : int
        How many examples.
    by_model : mapping of str to mapping of str to float
        By what a journal calls each of them, one a seed: the score of each item in [0, 1].
    journal : Path
        Where their replies are, if they were kept.
    """

    n_train: int
    by_model: Mapping[str, Mapping[str, float]]
    journal: Path

    def of(self, item: str) -> list[float]:
        """Return the scores of an item, one a seed that answered."""
        return [scores[item] for scores in self.by_model.values() if not math.isnan(scores.get(item, math.nan))]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingEffect:
    """What training changes against the best prompt.

    An item is right where at least half of its replies are, of draws or of seeds: so neither side is held to more by
    having been asked more often.

    Attributes
    ----------
    n_train : int
        How many examples were trained on.
    changes : mapping of str to str
        One of `CHANGES`, by id of the items that both answered.
    replies : mapping of str to tuple of JudgedReply
        Those of the fine-tuned models to these items, by id; draws are seeds. Empty where none was kept.
    before : mapping of str to tuple of JudgedReply
        Those to the best prompt, by id.
    items : mapping of str to Item
        What was asked, by id.
    rise : float
        By how much the mean score of these items rises, all replies counted; NaN where none was answered by both.
    """

    n_train: int
    changes: Mapping[str, str]
    replies: Mapping[str, tuple[JudgedReply, ...]] = field(default_factory=dict)
    before: Mapping[str, tuple[JudgedReply, ...]] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)
    rise: float = math.nan

    @property
    def counts_mislead(self) -> bool:
        """Whether more items are mended than broken while the mean score falls, or the reverse."""
        net = self.counts["mended"] - self.counts["broken"]
        return net * self.rise < 0

    @property
    def counts(self) -> Mapping[str, int]:
        """How many items change in each way, by code."""
        found = Counter(self.changes.values())
        return {change: found[change] for change in CHANGES}


def training_effect(
    trained: TrainedScores,
    prompted: Mapping[str, Sequence[float]],
    passed: float,
    replies: Mapping[str, tuple[JudgedReply, ...]],
) -> TrainingEffect:
    """Set fine-tuned models beside a prompt.

    `prompted` are scores with the prompt, by item; a reply is right from the score `passed` on. `replies` are those of
    the fine-tuned models, by item, as far as they are known.
    """

    def right(scores: Sequence[float]) -> bool:
        return sum(score >= passed for score in scores) >= _MOSTLY * len(scores)

    names = {(False, True): "mended", (True, False): "broken", (False, False): "wrong", (True, True): "right"}
    both = {item: (before, after) for item, before in prompted.items() if before and (after := trained.of(item))}
    changes = {item: names[right(before), right(after)] for item, (before, after) in both.items()}
    rise = fmean(fmean(after) - fmean(before) for before, after in both.values()) if both else math.nan
    kept = {item: replies[item] for item in changes if item in replies}
    return TrainingEffect(trained.n_train, changes, kept, rise=rise)
