"""The prompt to ship where the best one adds too little for its cost. Lives here: which one that is, as values.

The margin is the smallest gain worth having. So of the prompts to which the best one adds no more than that, the
cheapest is the one to ship. What the best adds counts item by item, as measured, and by the fitted curve where it is
one curve: two neighbours on a steady rise may be alike by luck. The best was picked by its score, and the cheaper one
too, by not being far below: to correct for the luck of the best alone makes it worse.

No more than two points are given up for a lower price, however wide the margin: where items are few it is what they
can tell, and no trifle. Where it is known what a mistake costs, the cheapest is the one that costs least with its
mistakes, and the whole margin comes into question.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from curvefit.curves.curve import Estimate, Point
from curvefit.decision.best_prompt import Prompt, best_of
from curvefit.decision.candidates import usd_per_1000
from curvefit.decision.criteria import MARGIN
from curvefit.decision.judge_correction import (
    accuracy_without_judge_errors,
    difference_without_judge_errors,
    points_without_judge_errors,
)
from curvefit.decision.validated_training import ValidatedTraining
from curvefit.errors import CurveError
from curvefit.measurement.measurement import Measurement
from curvefit.payoff.comparison import paired_difference
from curvefit.payoff.predictor import Payoff

__all__ = [
    "CheapButWrong",
    "CheaperPrompt",
    "cheaper_prompt",
    "gain_over_cheaper",
    "gain_over_prompt_to_use",
    "leads_by_more",
    "usd_with_mistakes",
]


@dataclass(frozen=True, slots=True)
class CheaperPrompt:
    """A prompt that costs less than the best one, which adds to it no more than the margin.

    Attributes
    ----------
    point : Point
        Its number of shots, and its accuracy there: without the errors of a judge, where they are known.
    retrieved : bool
        Whether each item is shown the examples most similar to it.
    added : Estimate
        What the best prompt adds, item by item, and without the errors of a judge, where they are known. Its value is
        at most the margin; its interval may reach above.
    """

    point: Point
    retrieved: bool
    added: Estimate

    def __repr__(self) -> str:
        prompt = f"{self.point.shots} {'similar examples' if self.retrieved else 'shots'}"
        return f"<CheaperPrompt: {prompt}; {self.point.accuracy:.3f}; the best adds {self.added:+.3f}>"


@dataclass(frozen=True, slots=True)
class CheapButWrong:
    """A prompt that would be the one to use if a mistake cost less.

    Attributes
    ----------
    prompt : CheaperPrompt
        Which one that is.
    more : float
        Share of its answers that are wrong beyond those of the prompt to use; above 0.
    usd_per_1000 : (float, float)
        What a thousand calls cost, as measured: of it, and of the prompt to use; NaN where not all prices are known.
    stated : bool
        Whether a mistake may cost so little as stated: it is the one to use at the lower end of a range.
    """

    prompt: CheaperPrompt
    more: float
    usd_per_1000: tuple[float, float]
    stated: bool

    @property
    def saved_per_1000(self) -> float:
        """What a thousand calls of it save, mistakes aside."""
        own, used = self.usd_per_1000
        return used - own

    @property
    def up_to_error_usd(self) -> float:
        """Up to which price of a mistake it costs less than the prompt to use."""
        return self.saved_per_1000 / (1000 * self.more)


def leads_by_more(lead: Estimate | None, margin: float) -> bool:
    """Whether a lead as measured is surely one, and more than the margin."""
    return lead is not None and lead.low > 0 and lead.value > margin


def usd_with_mistakes(usd_per_1000: float, error_usd: float, more: float) -> float:
    """Return what a thousand calls cost with the mistakes they make beyond those of the best, `more` of each call."""
    return usd_per_1000 + 1000 * error_usd * more


def cheaper_prompt(
    prompts: Sequence[Prompt],
    *,
    lead: Estimate | None,
    margin: float,
    error_usd: float = 0.0,
    best_usd_per_1000: float = math.nan,
) -> CheaperPrompt | None:
    """Return the cheapest prompt to which the best adds no more than the margin; None where that is the best itself.

    Nor does it add more than two points to it, as measured, unless it is known what a mistake costs.

    Cheaper ones are gone through by their examples, downwards, and the first to which it adds more ends that: a high
    score among worse ones is mostly luck. Random and similar examples are gone through apart, both down to none at all.
    Cost is what calls cost where all prices are known. Where not, it is the number of examples, and of as many random
    ones cost less, which need no search; similar ones do not stand in for random ones then: nobody knows what a search
    costs.

    Where retrieved examples surely lead by more than the margin, no random ones count. Where a wrong answer costs
    `error_usd`, that of the lowest price with its mistakes is returned. `best_usd_per_1000` is what the best costs as
    stated, which counts where no prices are known: no cheaper one can save more than that. NaN where nobody knows; then
    mistakes do not count.
    """
    best, random, compared = best_of(prompts), prompts[0], prompts[0].curve.compared
    if best.accuracy.value <= margin:  # a prompt that is never right would be near
        return None
    loss = margin if error_usd else min(margin, MARGIN)
    kinds = [prompt for prompt in prompts if prompt.curve in compared]
    priced = all(usd_per_1000(kind.curve, point.shots) > 0 for kind in kinds for point in kind.candidates)
    if leads_by_more(lead, margin) or not (priced or best.retrieved):
        kinds = [best]
    none_shown = [(random, point) for point in random.candidates if random in kinds and not point.shots]

    def cost(kind: Prompt, point: Point) -> tuple[float, ...]:
        return (usd_per_1000(kind.curve, point.shots),) if priced else (point.shots, kind.retrieved)

    found: list[tuple[tuple[float, ...], CheaperPrompt]] = []
    for kind in kinds:
        shown = [(kind, point) for point in kind.candidates if point.shots]
        cheaper = [each for each in (*shown, *none_shown) if cost(*each) < cost(best, best.point)]
        for whose, point in sorted(cheaper, key=lambda each: each[1].shots, reverse=True):
            added = _added(best, whose, point.shots)
            if added is None or round(added.value, 9) > loss:  # 2 items of 100 are 0.02
                break
            if kind is best and _fitted(best, point.shots) > loss:
                break
            price, mistakes = cost(whose, point), usd_with_mistakes(0.0, error_usd, added.value)
            worth = (usd_with_mistakes(price[0], error_usd, added.value),) if priced else price
            if worth < cost(best, best.point) if priced else not mistakes > best_usd_per_1000:  # NaN is not
                (fair,) = points_without_judge_errors(whose.curve.judge, [point])
                found.append((worth, CheaperPrompt(fair, whose.retrieved, added)))
    return min(found, key=lambda each: each[0])[1] if found else None


def gain_over_cheaper(gain: Estimate, cheaper: CheaperPrompt, luck: float = 0.0) -> Estimate:
    """Return a gain over the best prompt as one over a cheaper prompt; the two are taken to err independently.

    The gain may be over the best without the `luck` of its pick, which is in what it adds to the cheaper one as
    measured: that must not count twice.
    """
    added, value = cheaper.added, gain.value + cheaper.added.value - luck
    low = value - math.hypot(gain.value - gain.low, added.value - added.low)
    high = value + math.hypot(gain.high - gain.value, added.high - added.value)
    return Estimate(value, low, high, gain.level)


def gain_over_prompt_to_use(
    measured: Measurement,
    best: Prompt,
    cheaper: CheaperPrompt | None,
    own: ValidatedTraining | None,
    payoff: Payoff | None,
) -> Estimate | None:
    """Return what fine-tuning adds to the prompt that is advised, as measured or else predicted; None where neither is.

    What of the best prompt's score is luck of the pick is in no gain.
    """
    fair: float | None
    if own is not None and own.tells_gain(payoff):
        gain, fair = own.gain, accuracy_without_judge_errors(measured.judge, own.accuracy).value - own.gain.value
    elif payoff is not None:
        gain, fair = payoff.gain, payoff.prompted
    else:
        return None
    if cheaper is None:
        return gain
    return gain_over_cheaper(gain, cheaper, 0.0 if fair is None else best.accuracy.value - fair)


def _fitted(best: Prompt, shots: int) -> float:
    """Return what more examples add up to those of the best prompt, by its curve; 0 where those are fewer."""
    most = best.point.shots
    return best.true_forecast.gain(shots, most).value if most > shots else 0.0


def _added(best: Prompt, kind: Prompt, shots: int) -> Estimate | None:
    """Return what the best adds; None where the two have fewer than two items in common."""
    try:
        seen = paired_difference(best.curve, best.point.shots, kind.curve, shots, shared_draws=kind is best)
    except CurveError:
        return None
    return difference_without_judge_errors(kind.curve, best.curve, seen.interval(best.point.accuracy.level))[0]
