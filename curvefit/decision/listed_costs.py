"""What was not stated of the costs of fine-tuning, filled in from the list. Lives here: amounts, out of rates and work.

Training costs its rate times the tokens of the examples, every pass counted; an example has as many as a call without
examples took, its answer included. Asking the fine-tuned model takes those tokens again, since it is shown no examples.
What the list does not say, or what was not measured, stays unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from curvefit.command_words import option_values
from curvefit.decision.break_even import Costs, PriceListing
from curvefit.decision.training_prices import TrainingPrice, training_price
from curvefit.measurement.measurement import Measurement

__all__ = [
    "TrainingWork",
    "hosting_of_probe",
    "most_of_probe",
    "price_of",
    "training_work",
    "unlisted_training",
    "with_listed_prices",
]


@dataclass(frozen=True, slots=True)
class TrainingWork:
    """What fine-tuning and asking afterwards take; NaN where unknown.

    Attributes
    ----------
    examples, passes : int
        What is trained on, and how often.
    hours : float
        Of training, where that is paid by the hour.
    prompt, answer : float
        Tokens of a call without examples: sent, and generated.
    usd_per_1000 : float
        Dollars for a thousand such calls of the base model.
    provider : str
        Who took that price.
    """

    examples: int
    passes: int
    hours: float = math.nan
    prompt: float = math.nan
    answer: float = math.nan
    usd_per_1000: float = math.nan
    provider: str = ""

    @property
    def tokens(self) -> float:
        """Of one example: what is sent, and its answer."""
        return self.prompt + self.answer


def price_of(measured: Measurement, method: str = "") -> TrainingPrice | None:
    """Return the row of a measured model; None where it has none, or was asked on a server of one's own."""
    if option_values(measured.command, "--api-base"):
        return None
    return training_price(measured.model, method=method)


def most_of_probe(measured: Measurement, examples_read: int, calls: int) -> float | None:
    """Return the most dollars that trainings and the scoring of what they come to may cost; None where unknown.

    What hosting costs meanwhile is not in it: see `hosting_of_probe`.

    `examples_read` counts those of all trainings, in every pass; `calls` are those that score.
    """
    price = price_of(measured, "supervised")
    if price is None:
        return None
    work = training_work(measured, examples_read, passes=1)
    usd = _training(price, work)[1] + calls * _asking(price, work)[1] / 1000
    return None if math.isnan(usd) else usd


def hosting_of_probe(measured: Measurement) -> dict[str, float | str]:
    """Return what keeping a fine-tuned model ready costs while it is scored, as values of a step; none where nothing.

    How long that is, its owner decides: no sum can be made of it.
    """
    price = price_of(measured, "supervised")
    if price is None or not price.hosting_high > 0:
        return {}
    return {"hosting_low": price.hosting_low, "hosting_high": price.hosting_high, "hosting_per": price.hosting_per}


def unlisted_training(measured: Measurement) -> dict[str, bool]:
    """Say, as a value of a step, that the list has no price of training a model that does not run here."""
    here = measured.unpriced or measured.model.startswith("hf:")
    return {} if here or price_of(measured) is not None else {"unlisted": True}


def training_work(measured: Measurement, examples: int, passes: int, hours: float = math.nan) -> TrainingWork:
    """Return what fine-tuning a measured model takes, by what its calls without examples took."""
    usage = dict(measured.taken).get(0)
    provider = measured.model.partition("/")[0]
    if usage is None or not usage.prompt_tokens:
        return TrainingWork(examples, passes, hours, provider=provider)
    known = usage.usd is not None and not measured.unpriced
    return TrainingWork(
        examples=examples,
        passes=passes,
        hours=hours,
        prompt=usage.prompt_tokens / usage.calls,
        answer=usage.completion_tokens / usage.calls,
        usd_per_1000=1000 * (usage.usd or 0.0) / usage.calls if known else math.nan,
        provider=provider,
    )


def with_listed_prices(costs: Costs, price: TrainingPrice, work: TrainingWork, today: date) -> Costs:
    """Return costs with what is unknown of them taken from a row of the list, where that says it."""
    found = {
        "training_usd": _training(price, work),
        "hosting_usd_per_month": price.hosting_per_month,
        "tuned_usd_per_1000": _asking(price, work),
    }
    amounts = {name: ends for name, ends in found.items() if name in costs.unknown and not any(map(math.isnan, ends))}
    by_tokens = price.training_per != "hour"
    listing = PriceListing(
        price=price,
        amounts=tuple(amounts),
        looked_up=today.isoformat(),
        examples=work.examples if by_tokens else 0,
        passes=work.passes if by_tokens else 0,
        tokens=work.tokens if by_tokens else math.nan,
        hours=math.nan if by_tokens else work.hours,
    )
    lower: Mapping[str, float] = {name: low for name, (low, _) in amounts.items()}
    upper = {name: high for name, (low, high) in amounts.items() if high > low}
    return replace(costs, **lower, upper_ends={**costs.upper_ends, **upper}, listing=listing)  # type: ignore[arg-type]  # names of amounts


def _training(price: TrainingPrice, work: TrainingWork) -> tuple[float, float]:
    read = work.examples * work.passes * work.tokens if work.examples else math.nan
    units = work.hours if price.training_per == "hour" else read / 1e6
    return price.training_low * units, price.training_high * units


def _asking(price: TrainingPrice, work: TrainingWork) -> tuple[float, float]:
    """Return dollars for a thousand calls of the fine-tuned model; no discount for cached tokens is counted."""
    base = work.usd_per_1000 if work.provider == price.provider else math.nan
    own = 1000 * (work.prompt * price.input + work.answer * price.output) / 1e6
    return {"own": (own, own), "base": (base, base), "none": (0.0, 0.0), "none or base": (0.0, base)}.get(
        price.tokens, (math.nan, math.nan)
    )
