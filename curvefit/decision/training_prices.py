"""What providers take for fine-tuning and hosting. Lives here: the shipped list of prices, and which row is a model's.

`training_prices.csv` has a row for each provider, model or class of sizes, and method. Each figure was read where the
row says, on the day it says. Where sources disagree a price is a range, and nothing stands in its middle. An empty cell
is unknown, which is not the same as nothing. litellm's list has prices of asking; these are of all else.
"""

from __future__ import annotations

import csv
import functools
import math
import re
from dataclasses import dataclass, fields
from datetime import date
from importlib.resources import files
from typing import Final

__all__ = [
    "HOURS_A_MONTH",
    "TrainingPrice",
    "billions",
    "listed_provider",
    "providers",
    "training_price",
    "training_prices",
]

HOURS_A_MONTH: Final = 730  # 8,760 a year
_STALE: Final = 366  # days: a figure that is older may have changed
# Other names of providers, and those that litellm gives to a provider's other interfaces.
_ALIASES: Final = {
    "together": "together_ai", "fireworks": "fireworks_ai", "google": "vertex_ai", "vertex": "vertex_ai",
    "vertex_ai_beta": "vertex_ai", "amazon": "bedrock", "bedrock_converse": "bedrock",
}  # fmt: skip
# What may follow the name of a model in a row: a date, a version.
_VERSION: Final = r"(-\d{4}-\d\d-\d\d|-v\d+:\d+|-\d{3})?"
_EXPERTS: Final = re.compile(r"(\d+)x(\d+(?:[.p]\d+)?)b(?![a-z0-9])")
_SIZE: Final = re.compile(r"(?<![a-z0-9.])(\d+(?:[.p]\d+)?)([bm])(?![a-z0-9])")


@dataclass(frozen=True, slots=True)
class TrainingPrice:
    """A row of the list: one provider's prices for one model, or for models of some sizes. NaN and "" are unknown.

    Attributes
    ----------
    provider, model : str
        As in litellm's names; no model: every model of these sizes, or all of that provider.
    smallest, largest : float
        Billions of parameters: more than the one, up to the other.
    method : str
        ``supervised``, ``lora``, ``full`` or ``reinforcement``; ``rented`` for a GPU on which one trains oneself.
    training_low, training_high : float
        Dollars for training; equal where sources agree.
    training_per : str
        ``million tokens``, every pass counted, or ``hour``.
    hosting_low, hosting_high : float
        Dollars for keeping the fine-tuned model ready; 0 where nothing is taken.
    hosting_per : str
        ``hour`` or ``month``.
    tokens : str
        What tokens of the fine-tuned model cost: ``own`` (the two prices below), ``base`` (as of the base model),
        ``none`` (hosting pays for them), or ``none or base``.
    input, output : float
        Dollars for a million tokens, where they are its own.
    read : str
        Day on which its oldest figure was written or read, YYYY-MM-DD.
    source, via : str
        Address of the provider's own page, and where that was read if not there.
    ends : str
        Day after which it is not offered, YYYY-MM-DD.
    note : str
        What a buyer should know.
    """

    provider: str
    model: str
    smallest: float
    largest: float
    method: str
    training_low: float
    training_high: float
    training_per: str
    hosting_low: float
    hosting_high: float
    hosting_per: str
    tokens: str
    input: float
    output: float
    read: str
    source: str
    via: str = ""
    ends: str = ""
    note: str = ""

    @property
    def hosting_per_month(self) -> tuple[float, float]:
        """Dollars of a month, all hours of it: the least and the most."""
        hours = HOURS_A_MONTH if self.hosting_per == "hour" else 1
        return self.hosting_low * hours, self.hosting_high * hours

    @property
    def usd_per_million(self) -> tuple[float, float]:
        """Dollars for a million trained tokens, the least and the most; NaN where it is not by tokens."""
        by_tokens = self.training_per == "million tokens"
        return (self.training_low, self.training_high) if by_tokens else (math.nan, math.nan)

    def is_stale(self, today: date) -> bool:
        """Whether it was read over a year ago."""
        return (today - date.fromisoformat(self.read)).days > _STALE

    def has_ended(self, today: date) -> bool:
        """Whether it is no longer offered."""
        return bool(self.ends) and today > date.fromisoformat(self.ends)


@functools.cache
def training_prices() -> tuple[TrainingPrice, ...]:
    """Return the shipped list."""
    text = files("curvefit.decision").joinpath("training_prices.csv").read_text(encoding="utf-8")
    numbers = {field.name for field in fields(TrainingPrice) if field.type == "float"}
    return tuple(
        TrainingPrice(**{name: float(cell or math.nan) if name in numbers else cell for name, cell in row.items()})  # type: ignore[arg-type]  # a column is of its field's kind
        for row in csv.DictReader(text.splitlines())
    )


def providers() -> tuple[str, ...]:
    """Return the providers on the list, each once."""
    return tuple(dict.fromkeys(price.provider for price in training_prices()))


def training_price(model: str, provider: str = "", method: str = "") -> TrainingPrice | None:
    """Return what fine-tuning a model costs; None where that is not on the list.

    A model is named as litellm does, ``provider/name``; a name alone is enough where the provider is stated. By default
    the method is the first that the provider offers.

    Examples
    --------
    >>> price = training_price("openai/gpt-4o-mini-2024-07-18")
    >>> price.usd_per_million, price.read
    ((3.0, 3.0), '2026-05-07')
    >>> training_price("local/gemma3-270m", "together_ai").usd_per_million
    (0.34, 0.48)
    >>> training_price("openai/my-own-server") is None
    True
    """
    first, _, rest = model.partition("/")
    offered = _known(provider or first)
    name = (model if provider and _known(first) != offered else rest or model).lower()
    rows = [row for row in training_prices() if row.provider == offered and method in ("", row.method)]
    named = [row for row in rows if row.model and re.search(f"(^|[/.]){re.escape(row.model.lower())}{_VERSION}$", name)]
    size = billions(name)
    sized = [row for row in rows if row.smallest < size <= row.largest]
    any_model = [row for row in rows if not row.model and math.isnan(row.largest)]
    return next(iter((*named, *sized, *any_model)), None)


def billions(model: str) -> float:
    """Return how many billion parameters a model's name says it has, all experts counted; NaN where it does not.

    Examples
    --------
    >>> [billions(name) for name in ("llama-3.1-8b", "gemma3-270m", "mixtral-8x7b", "qwen3-235b-a22b", "gpt-4o")]
    [8.0, 0.27, 56.0, 235.0, nan]
    """
    if experts := _EXPERTS.search(model.lower()):
        return int(experts[1]) * _decimal(experts[2])
    found = _SIZE.search(model.lower())
    return math.nan if found is None else _decimal(found[1]) / (1 if found[2] == "b" else 1000)


def _decimal(text: str) -> float:
    return float(text.replace("p", "."))


def _known(provider: str) -> str:
    name = provider.strip().lower()
    return _ALIASES.get(name, name)


def listed_provider(name: str) -> str:
    """Return the provider on the list that a name stands for; empty for none."""
    known = _known(name)
    return known if known in providers() else ""
