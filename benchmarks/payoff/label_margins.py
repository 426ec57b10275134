"""How far apart a model holds a task's labels: log-probabilities of the first token of an answer, at fixed shots.

Run as a piece: python -m benchmarks.payoff.laboratory measure OUT TASK MODEL margin

Two figures an item, in nats. The *margin* is the most probable label before the second: how sure the model is, right or
not, for which no target is needed. The *lead* is the target's label before the best other one: positive where the model
would choose rightly.

At 8 and at 32 demonstrations. 8 fit the context of every task here, so that this figure can be compared across all of
them. At 0 the model has seen neither the labels nor the form of an answer: on `tickets` its likeliest first tokens are
" The", " ", " A" and " No", and figures would tell of English and not of the task. 32 tell what more demonstrations do;
where they do not fit they are left out. Both are the first examples of draw 0, so that 8 are the beginning of 32 and
the engine computes demonstrations once. Nothing is journalled: a piece takes a minute or two and is begun again.

Only first tokens are looked at. Labels that share theirs are one class here, which the model is said to tell from the
others and not within; where all labels share one there is no figure. A label whose first token is not among the 1,000
most probable (99% of the probability where that was tried, and no dearer than 100) is given the probability of the
last of these, an upper bound, so that a margin before it is a lower bound; the share of such figures is kept too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from curvefit.errors import CallFailed, InputError, PromptTooLong
from curvefit.models import store
from curvefit.models.engine import Engine
from curvefit.models.local import LocalModel
from curvefit.tasks.task import Item, Task
from curvefit.trials import prompts, selection

__all__ = ["SHOTS", "FirstTokens", "Gaps", "Ranks", "first_tokens", "gaps", "margins"]

SHOTS: Final = (8, 32)
_TOP: Final = 1000


class Ranks(Protocol):
    """What tells the probabilities of first tokens."""

    context: int

    def tokens(self, text: str, *, bos: bool = True) -> list[int]:
        """Return a text's token ids."""
        ...

    def ranked(self, prompt: Sequence[int]) -> Mapping[int, float]:
        """Return log-probabilities of the most probable next tokens."""
        ...


class FirstTokens(Engine):
    """The embedded engine, asked for one token and for how probable others were.

    Parameters
    ----------
    model : LocalModel
        Whose file and context to use.
    """

    def __init__(self, model: LocalModel) -> None:
        here = model.name.startswith("local:")
        file = Path(model.name.removeprefix("local:")).expanduser() if here else store.pull(model.name)
        super().__init__(file, model.context)
        self.context = model.context

    def ranked(self, prompt: Sequence[int]) -> dict[int, float]:
        """Return log-probabilities of the most probable next tokens; keeps what the prompt computed."""
        sent = {"prompt": list(prompt), "max_tokens": 1, "temperature": 0, "cache_prompt": True, "n_probs": _TOP}
        answer: dict[str, Any] = self._server.handle_completions(sent)
        if "error" in answer:
            raise CallFailed(f"the engine refused the call: {answer['error'].get('message', answer['error'])}")
        first = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        return {token["id"]: token["logprob"] for token in first}


@dataclass(frozen=True, slots=True)
class Gaps:
    """How far apart labels are for one item, in nats.

    Attributes
    ----------
    margin : float
        Most probable label before the second.
    lead : float
        The target's label before the best other one; NaN where the target is no label.
    margin_bounded, lead_bounded : bool
        Whether a label it rests on was given a bound.
    """

    margin: float
    lead: float
    margin_bounded: bool
    lead_bounded: bool


def first_tokens(labels: Sequence[str], engine: Ranks) -> dict[str, int]:
    """Return the first token of each label, as it is where an answer begins.

    Raises
    ------
    InputError
        There is nothing to tell apart: no labels, or one first token for all of them.
    """
    # After an ordinary character, as in a prompt: alone, some tokenizers would put a space before it.
    before = engine.tokens(":", bos=False)
    firsts = {}
    for label in labels:
        found = engine.tokens(f": {label}", bos=False)
        if found[: len(before)] != before or len(found) == len(before):
            raise InputError(f"this model's tokenizer joins the label {label!r} to what is before it")
        firsts[label] = found[len(before)]
    if len(set(firsts.values())) < 2:
        raise InputError("a margin needs labels, two of which begin with different tokens; this task has none such")
    return firsts


def gaps(found: Mapping[int, float], firsts: Mapping[str, int], target: str) -> Gaps:
    """Return how far apart labels are, given log-probabilities of first tokens."""
    floor = min(found.values())
    told = {token: found.get(token, floor) for token in firsts.values()}
    best, second = sorted(told.values(), reverse=True)[:2]
    bounded = sum(token in found for token in told) < 2
    if target not in firsts:
        return Gaps(best - second, math.nan, bounded, False)
    own = firsts[target]
    other = max((token for token in told if token != own), key=told.__getitem__)
    return Gaps(best - second, told[own] - told[other], bounded, not {own, other} <= found.keys())


def margins(task: Task, engine: Ranks, items: Sequence[Item]) -> dict[str, Any]:
    """Measure margins and leads of these items, at as many of `SHOTS` as the context holds.

    Raises
    ------
    InputError
        The task has no labels, or none that first tokens tell apart.
    PromptTooLong
        Not even the fewest shots fit.
    """
    if not task.labels:
        raise InputError(f"{task.name} has no labels, and a margin is between labels")
    firsts = first_tokens(task.labels, engine)
    order = selection.shuffled(task.pool, 0, 0)
    measured: dict[int, list[Gaps]] = {}
    for shots in SHOTS:
        texts = [prompts.request(task, order[:shots], item, form="plain", max_tokens=1).prompt for item in items]
        asked = [engine.tokens(str(text)) for text in texts]
        if max(map(len, asked)) >= engine.context:
            break
        measured[shots] = [
            gaps(engine.ranked(prompt), firsts, item.target) for prompt, item in zip(asked, items, strict=True)
        ]
    if not measured:
        raise PromptTooLong(f"{SHOTS[0]} demonstrations of {task.name} do not fit {engine.context} tokens")
    return {"items": [item.id for item in items], "first_tokens": len(set(firsts.values())), **_figures(measured)}


def _figures(measured: Mapping[int, Sequence[Gaps]]) -> dict[str, Any]:
    """Return figures for JSON, a list with an entry a number of shots; an item's lead is None where it has none."""
    told: dict[str, list[Any]] = {
        name: [] for name in ("margins", "leads", "margin", "lead", "lead_above_0", "margin_bounded", "lead_bounded")
    }
    for found in measured.values():
        leads = [gap.lead for gap in found if not math.isnan(gap.lead)]
        told["margins"].append([round(gap.margin, 4) for gap in found])
        told["leads"].append([None if math.isnan(gap.lead) else round(gap.lead, 4) for gap in found])
        told["margin"].append(float(np.mean([gap.margin for gap in found])))
        told["lead"].append(float(np.mean(leads)) if leads else None)
        told["lead_above_0"].append(float(np.mean([lead > 0 for lead in leads])) if leads else None)
        told["margin_bounded"].append(float(np.mean([gap.margin_bounded for gap in found])))
        told["lead_bounded"].append(float(np.mean([gap.lead_bounded for gap in found])))
    return {"shots": list(measured), **told}
