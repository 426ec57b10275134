"""The list of prices in words. Lives here: what a study's costs took from it, how old that is, and where it is from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Final

from curvefit.decision.break_even import Costs, PriceListing
from curvefit.decision.training_prices import HOURS_A_MONTH, TrainingPrice
from curvefit.plain_text import clean
from curvefit.report.wording import counted, dollars, price_range
from curvefit.study import Study

__all__ = ["listing_sentences", "source_sentences"]

_LONG: Final = 240  # characters of an address or a note


def listing_sentences(study: Study) -> tuple[str, ...]:
    """Return what was taken from the list of prices, and where that is from; nothing where nothing was."""
    costs = study.costs
    if costs is None or costs.listing is None:
        return ()
    return tuple(_listing_sentences(costs, costs.listing))


def _listing_sentences(costs: Costs, listing: PriceListing) -> Iterator[str]:
    """Say what was taken from the list of prices, what that rests on, and where the list has it from."""
    price = listing.price
    if listing.amounts:
        taken = [_AMOUNTS[name](costs, listing) for name in _AMOUNTS if name in listing.amounts]
        yield f"Not stated, so taken from curvefit's list of prices: {'; '.join(taken)}."
    yield from source_sentences(price, date.fromisoformat(listing.looked_up))


def source_sentences(price: TrainingPrice, today: date) -> tuple[str, ...]:
    """Say where a row of the list is from, how old it is, and what a buyer should know."""
    what = price.model or _sizes(price)
    whose = f"{price.provider} {what}".strip()
    via = f", read in {clean(price.via, longest=_LONG)}" if price.via else ""
    source = f"{whose}: prices of {price.read}, by {clean(price.source, longest=_LONG)}{via}."
    age = "They are over a year old: check them." if price.is_stale(today) else ""
    ended = f"It has not been offered since {price.ends}." if price.has_ended(today) else ""
    note = f"{clean(price.note, longest=_LONG)}." if price.note else ""
    words = (source, age, ended, note[:1].upper() + note[1:])
    return (" ".join(word for word in words if word),)


def _sizes(price: TrainingPrice) -> str:
    if math.isnan(price.largest):
        return ""
    least = f"{price.smallest:g}" if price.smallest else "up"
    return f"models of {least} to {price.largest:g} billion parameters"


def _training(costs: Costs, listing: PriceListing) -> str:
    price, rate = listing.price, price_range(listing.price.training_low, listing.price.training_high)
    if price.training_per == "hour":
        work = f"{listing.hours:g} hours at {rate}"
    else:
        examples = f"{counted(listing.examples, 'example')} of about {listing.tokens:,.0f} tokens"
        passes = f"{listing.passes} {'pass' if listing.passes == 1 else 'passes'}"
        work = f"{examples}, {passes}, at {rate} for a million"
    return f"training {_amount(costs, 'training_usd')} ({work})"


def _hosting(costs: Costs, listing: PriceListing) -> str:
    price = listing.price
    if costs.hosting_usd_per_month == 0:
        return "hosting for nothing"
    hourly = price_range(price.hosting_low, price.hosting_high)
    hours = f" ({HOURS_A_MONTH} hours at {hourly})" if price.hosting_per == "hour" else ""
    return f"hosting {_amount(costs, 'hosting_usd_per_month')} a month{hours}"


def _asking(costs: Costs, listing: PriceListing) -> str:
    price = listing.price
    if price.tokens == "none":
        return "nothing for calls of the fine-tuned model (hosting pays for them)"
    if price.tokens == "own":
        how = f" (at {dollars(price.input)} and {dollars(price.output)} for a million tokens sent and generated)"
    else:
        how = " (as for the base model)" if price.tokens == "base" else ""
    return f"{_amount(costs, 'tuned_usd_per_1000')} for a thousand calls of the fine-tuned model{how}"


_AMOUNTS: Final = {"training_usd": _training, "hosting_usd_per_month": _hosting, "tuned_usd_per_1000": _asking}


def _amount(costs: Costs, name: str) -> str:
    low = getattr(costs, name)
    return price_range(low, costs.upper_ends.get(name, low))
