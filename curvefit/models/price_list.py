"""Dollars of a call by litellm's price list, at the dearest it can be. Lives here: which fields count; numbers alone.

litellm prices a reply by the hour it came at, and leaves out what an entry does not say. A cap must hold at any hour,
whatever the provider's cache did. So each rate is the highest that may apply: the dearest hour, the whole price for
cached tokens where the list gives none, the fill of a cache where that costs more than plain tokens, the dearer of
answering and reasoning, and for a model that always searches, its largest search. A 0 for what others charge says that
nobody knows the price.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["always_searches", "dearest_usd", "has_hours", "in_a_batch", "is_heeded"]

_INPUT, _OUTPUT = "input_cost_per_token", "output_cost_per_token"
_REASONING, _READ, _WRITE = (
    "output_cost_per_reasoning_token", "cache_read_input_token_cost", "cache_creation_input_token_cost",
)  # fmt: skip
_RATES: Final = (_INPUT, _OUTPUT, _REASONING, _READ, _WRITE)
_ABOVE: Final = re.compile(r"_above_(\d+)k_tokens$")
_BATCH: Final = "_batches"  # at the end of a field: what it is in a batch
_HOURS: Final = "off_peak_pricing"
_TIERS: Final = "tiered_pricing"
_SEARCH: Final = "search_context_cost_per_query"
# Fields that say how a call is priced which cannot be bounded from its tokens: the price then counts as unknown.
_UNBOUNDED: Final = frozenset({"citation_cost_per_token"})
# Names of models that search the web on every call, and of those that do so any number of times.
_SEARCHING: Final = re.compile(r"search-(preview|api)|(^|/)sonar(-pro|-reasoning(-pro)?)?$|-search$|-online$")
_RESEARCH: Final = "deep-research"
_PER_CALL: Final = "input_cost_per_request"
# What calls of a text chat never use, or never ask for: other kinds of input, tools, service tiers, other units.
_NEVER_USED: Final = re.compile(
    r"(_audio|_image|_video|_character|_per_second|_dbu_|maps_grounding|code_interpreter|_above_1hr"
    r"|explicit_cache_read|_token_cache_hit$|_(batches|flex|priority|ultrafast|balanced|decisions)$)"
    r"|^cost_per_second$|_dbu_cost"
)


def is_heeded(field: str) -> bool | None:
    """Whether a field of an entry counts in a price; False where no call can use it, None where that is not known."""
    base = _ABOVE.sub("", field)
    if base in _RATES or field in (_HOURS, _TIERS, _SEARCH, _PER_CALL, *_UNBOUNDED):
        return True
    return False if _NEVER_USED.search(field) else None


def has_hours(entry: Mapping[str, Any]) -> bool:
    """Whether the model costs less at some hours."""
    return bool(entry.get(_HOURS))


def always_searches(entry: Mapping[str, Any], name: str = "") -> bool:
    """Whether every call searches the web, and is charged for it: no field says so, but names do.

    Perplexity's do where a fee is listed; so do models whose names end in search, of any provider.
    """
    by_name = _SEARCHING.search(name) is not None
    return by_name or (entry.get("litellm_provider") == "perplexity" and bool(entry.get(_SEARCH)))


def in_a_batch(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry with the prices of a batch in the place of those of single calls; empty where it has none.

    What has no price of its own in a batch costs what it does in a single call; but cached tokens, what others do.
    """
    batch = {field.removesuffix(_BATCH): value for field, value in entry.items() if field.endswith(_BATCH) and value}
    single = {field: value for field, value in entry.items() if not field.startswith(_READ)}
    return {**single, **batch} if _INPUT in batch and _OUTPUT in batch else {}


def dearest_usd(
    entry: Mapping[str, Any], prompt: int, cached: int, completion: int, written: int = 0, *, name: str = ""
) -> float | None:
    """Return the most that one call can cost; None where its entry has no price that can be bounded.

    A call of a model for deep research makes any number of searches: its price cannot be bounded.

    Parameters
    ----------
    entry : mapping
        The model's, in litellm's price list: dollars a token.
    prompt, cached, completion, written : int
        Tokens sent, of these served from a cache, generated (reasoning among them), and of those sent, written to a
        cache.
    name : str
        The model's, as litellm knows it.

    Examples
    --------
    >>> entry = {"input_cost_per_token": 1e-6, "output_cost_per_token": 4e-6}
    >>> entry["input_cost_per_token_above_200k_tokens"] = 2e-6
    >>> dearest_usd(entry, 100_000, 0, 1000), dearest_usd(entry, 300_000, 0, 1000)
    (0.104, 0.604)
    """
    if _UNBOUNDED & {field for field, value in entry.items() if value} or _RESEARCH in name:
        return None
    rates = {rate: max(values) for rate in _RATES if (values := list(_values(entry, rate, prompt)))}
    if _INPUT not in rates or _OUTPUT not in rates:
        return None
    if not (rates[_INPUT] and rates[_OUTPUT]) and not entry.get(_PER_CALL):
        return None
    plain, fresh = rates[_INPUT], prompt - cached
    read, generated = rates.get(_READ) or plain, max(rates[_OUTPUT], rates.get(_REASONING, 0.0))
    usd = fresh * plain + cached * read + completion * generated
    usd += min(written, fresh) * max(rates.get(_WRITE, plain) - plain, 0.0)
    usd += float(entry.get(_PER_CALL) or 0.0)
    if always_searches(entry, name):
        fees = entry.get(_SEARCH) or {}
        if not fees and not entry.get(_PER_CALL):
            return None
        usd += max(map(float, fees.values()), default=0.0)
    return round(usd, 12)


def _values(entry: Mapping[str, Any], name: str, prompt: int) -> Iterator[float]:
    """Return what a rate may be for a prompt of so many tokens: by its length, at any hour."""
    tiers = [tier for tier in entry.get(_TIERS) or () if name in tier]
    within = [tier for tier in tiers if prompt <= float(tier.get("range", (0, float("inf")))[1])]
    places: list[Mapping[str, Any]] = [entry, *(within[:1] or tiers[-1:])]
    hours = entry.get(_HOURS)
    places += [hours] if isinstance(hours, Mapping) else []
    for place in places:
        steps = [
            (1000 * int(m[1]), field) for field in place if (m := _ABOVE.search(field)) and field[: m.start()] == name
        ]
        reached = [field for above, field in sorted([(0, name), *steps]) if prompt >= above]
        prices = [float(place[field]) for field in reached if place.get(field) is not None]
        yield from prices[-1:]
