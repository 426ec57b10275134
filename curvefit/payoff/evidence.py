"""What fine-tuning has added elsewhere. Lives here: pairs of prompted and fine-tuned accuracy, and kinds of task."""

from __future__ import annotations

import csv
import functools
import math
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["GROUPS", "ROUNDING", "Unit", "evidence", "group_of", "last_doubling"]

# Kinds of task that are treated as alike. A kind that is not listed is like no other: its interval is wider.
GROUPS: Final = {
    "labels": ("classification",),
    "structure": ("extraction", "structured", "json/api", "json", "pii"),
    "programs": ("sql", "dsl", "code"),
    "knowledge": ("qa", "knowledge-qa"),
    "text": ("summarization", "generation", "mt", "tone"),
}
ROUNDING: Final = 1e-9  # largest rounding error of a change of accuracy
_GROUP: Final = {kind: group for group, kinds in GROUPS.items() for kind in kinds}
_ANY_LANGUAGE: Final = "multilingual-"


@dataclass(frozen=True, slots=True)
class Unit:
    """One model on one task, prompted and fine-tuned.

    Attributes
    ----------
    source, citation : str
        Who measured it, and where that is written.
    model, task, metric, kind : str
        As the source calls them; `kind` is one of those of `GROUPS`, or such a one after ``multilingual-``.
    shots : float
        Most demonstrations in a prompt.
    best_prompted : float
        Best score of any prompt, with retrieved demonstrations if there were, in [0, 1].
    doubling : float
        What the last doubling of demonstrations added, by `last_doubling`.
    n_train : float
        Examples that were fine-tuned on; NaN where the source does not say.
    fine_tuned : float
        Score of the fine-tuned model, in [0, 1].
    tiny : bool
        Whether the model has fewer than half a billion parameters.
    over_shown : float
        What training on a few examples gave over as many in the prompt; NaN where that was not measured.
    error : float
        How much less sure its gain is than those of the laboratory, as a standard error; 0 for all of the evidence.
    """

    source: str
    citation: str
    model: str
    task: str
    metric: str
    kind: str
    shots: float
    best_prompted: float
    doubling: float
    n_train: float
    fine_tuned: float
    tiny: bool = False
    over_shown: float = math.nan
    error: float = 0.0

    @property
    def gain(self) -> float:
        """What fine-tuning added over the best prompt."""
        return self.fine_tuned - self.best_prompted

    def paid(self, margin: float) -> bool:
        """Whether the gain exceeds a margin; rounding does not count: 0.97 is not more than 0.02 above 0.95."""
        return self.gain > margin + ROUNDING

    @property
    def group(self) -> str:
        """The group of kinds it is treated as alike with; empty for none."""
        return group_of(self.kind)

    @property
    def name(self) -> str:
        """Source, task and model in a line."""
        return f"{self.source}: {self.task} ({self.model})"


def group_of(kind: str) -> str:
    """Return which of `GROUPS` a kind of task belongs to, in any language; empty for none."""
    return _GROUP.get(kind.strip().lower().removeprefix(_ANY_LANGUAGE), "")


def last_doubling(shots: ArrayLike, means: ArrayLike) -> float:
    """Return what going from half the demonstrations to all of them added.

    Between two numbers of shots the curve is assumed to be straight in log(1 + shots), and so below the first of them.

    Parameters
    ----------
    shots : float array (S,)
        At least two numbers of demonstrations, ascending.
    means : float array (S,)
        Accuracy at each, in [0, 1].
    """
    x, y = np.log1p(shots), np.asarray(means)
    half = np.log1p(np.expm1(x[-1]) / 2)
    upper = max(int(np.searchsorted(x, half)), 1)
    slope = (y[upper] - y[upper - 1]) / (x[upper] - x[upper - 1])
    return float(y[-1] - y[upper] + slope * (x[upper] - half))


@functools.cache
def evidence() -> tuple[Unit, ...]:
    """Return the shipped units, from ``evidence.csv``."""
    text = files("curvefit.payoff").joinpath("evidence.csv").read_text(encoding="utf-8")
    return tuple(
        Unit(
            source=row["source"],
            citation=row["citation"],
            model=row["model"],
            task=row["task"],
            metric=row["metric"],
            kind=row["kind"],
            shots=float(row["shots"]),
            best_prompted=float(row["best_prompted"]),
            doubling=float(row["doubling"]),
            n_train=float(row["n_train"] or math.nan),
            fine_tuned=float(row["fine_tuned"]),
            tiny=row["tiny"] == "yes",
            over_shown=float(row["over_shown"] or math.nan),
        )
        for row in csv.DictReader(text.splitlines())
    )
