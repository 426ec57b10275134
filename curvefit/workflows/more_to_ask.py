"""What one of two studies was asked and the other could be. Lives here: how much, and what it would tell; no asking."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from curvefit.curves.reason import Reason
from curvefit.decision.next_steps import NextStep, priced
from curvefit.decision.paired_comparison import StudyPair
from curvefit.measurement.measurement import Measurement
from curvefit.study import Study

__all__ = ["MoreToAsk", "more_to_ask"]

_WORTH_ASKING: Final = 0.1  # of the width of an interval: for less nobody asks more


@dataclass(frozen=True, slots=True, eq=False)
class MoreToAsk:
    """Items and draws that one study has, and the other, which cannot be told from it, lacks.

    Attributes
    ----------
    name, other : str
        The study to be asked them, and the one that has them.
    study : Study
        The one to be asked.
    items, draws : int
        How many more.
    narrower : float
        By how much of its width the interval of their difference would get narrower, about.
    step : NextStep
        What it takes to ask them.
    """

    name: str
    other: str
    study: Study
    items: int
    draws: int
    narrower: float
    step: NextStep


def more_to_ask(pair: StudyPair, studies: Mapping[str, Study | Measurement]) -> Iterator[MoreToAsk]:
    """Yield what each of two that cannot be told apart lacks of the other, where that would narrow their interval.

    Items are those that a larger ``--items`` adds: the one has the first of the other's, in the same order.
    """
    if pair.outcome != "open" or pair.same_prompt:
        return
    for place, (name, other) in enumerate(((pair.first, pair.second), (pair.second, pair.first))):
        study = studies[name]
        ours, theirs = (each.curve if isinstance(each, Study) else each for each in (study, studies[other]))
        if not isinstance(study, Study) or ours.design is None or theirs.design is None or ours.stopped:
            continue
        if ours.design.seed != theirs.design.seed or ours.items != theirs.items[: len(ours.items)]:
            continue
        prompt, common = pair.prompts[place], len(ours.items)
        if len(prompt.curve.items) < common:  # some have other content by now
            continue
        most = min(len(theirs.items), ours.available)
        draws = max(theirs.design.draws - ours.design.draws, 0) if prompt.shots and prompt.curve.drawn else 0
        items = max(most - common, 0)
        narrower = 1 - math.sqrt(_variance(pair, items, draws, ours.design.draws) / _variance(pair))
        if narrower >= _WORTH_ASKING:
            wider = {"draws": ours.design.draws + draws} if draws else {}
            values = {"items": common + items, "scored": common, **wider}
            (step,) = priced([Reason("more-items", values)], ours, None, None)
            yield MoreToAsk(name, other, study, items, draws, narrower, step)


def _variance(pair: StudyPair, items: int = 0, draws: int = 0, before: int = 1) -> float:
    """Return that of a difference with so many items and draws more on one side, `before` being its draws so far."""
    of_draws = (2 / (before + draws)) / (1 / before + 1 / (before + draws))  # both sides' draws do as much
    return pair.from_items * pair.items / (pair.items + items) + pair.from_draws * of_draws
