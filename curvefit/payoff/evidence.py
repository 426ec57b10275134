"""What fine-tuning has added elsewhere. Lives here: pairs of prompted and fine-tuned accuracy, and kinds of task."""

from __future__ import annotations

import csv
import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from curvefit.task_kinds import group_of

__all__ = [
    "PROMPTS",
    "ROUNDING",
    "STRATA",
    "Unit",
    "evidence",
    "last_doubling",
    "prompt_share",
]

# Who measured a unit, and how. `vendor`: by who sells the training; `zero-shot only`: no examples in any prompt.
STRATA: Final = ("laboratory", "published", "vendor", "zero-shot only")
PROMPTS: Final = ("zero-shot", "examples", "retrieved", "optimized")  # how the best prompt was made
ROUNDING: Final = 1e-9  # largest rounding error of a change of accuracy


@dataclass(frozen=True, slots=True)
class Unit:
    """One model on one task, prompted and fine-tuned.

    Attributes
    ----------
    source, citation : str
        Who measured it, and where that is written: repository, commit and line.
    model, task, metric, kind : str
        As the source calls them; `kind` is one of `curvefit.task_kinds.KINDS`, or such a one after ``multilingual-``.
    shots : float
        Most demonstrations in a prompt; 0 where no prompt with demonstrations was tried.
    best_prompted : float
        Best score of any prompt, with retrieved demonstrations if there were, in [0, 1].
    doubling : float
        What the last doubling of demonstrations added, by `last_doubling`; NaN with fewer than two numbers of them.
    n_train : float
        Examples that were fine-tuned on; NaN where the source does not say.
    fine_tuned : float
        Score of the fine-tuned model, in [0, 1].
    tiny : bool
        Whether the model has fewer than half a billion parameters.
    over_shown : float
        What training on a few examples gave over as many in the prompt; NaN where that was not measured.
    error : float
        How much less sure its gain is than those of the laboratory: a standard error, on the scale of the model of
        gains. 0 for all of the evidence.
    stratum : str
        One of `STRATA`.
    prompt : str
        How the best prompt was made, one of `PROMPTS`.
    zero_shot : float
        Score of the prompt without examples; NaN where that was not measured.
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
    stratum: str = "published"
    prompt: str = "examples"
    zero_shot: float = math.nan

    @property
    def zero_shot_only(self) -> bool:
        """Whether no prompt with examples was tried, so that its gain holds what one would have given."""
        return self.shots == 0

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
            doubling=float(row["doubling"] or math.nan),
            n_train=float(row["n_train"] or math.nan),
            fine_tuned=float(row["fine_tuned"]),
            tiny=row["tiny"] == "yes",
            over_shown=float(row["over_shown"] or math.nan),
            stratum=row["stratum"],
            prompt=row["prompt"],
            zero_shot=float(row["zero_shot"] or math.nan),
        )
        for row in csv.DictReader(text.splitlines())
    )


def prompt_share(units: Iterable[Unit]) -> float:
    """Return which share of what fine-tuning gained over a prompt without examples, the best prompt gained too.

    Over published units in which both were measured; the shares of single units are weighted by what they gained.

    Examples
    --------
    >>> round(prompt_share(evidence()), 2)
    0.46
    """
    known = [u for u in units if u.stratum == "published" and not u.zero_shot_only and math.isfinite(u.zero_shot)]
    prompted, tuned = (sum(getattr(u, at) - u.zero_shot for u in known) for at in ("best_prompted", "fine_tuned"))
    return prompted / tuned if tuned > 0 else math.nan
