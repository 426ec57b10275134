"""What could be shipped, in words and rows. Lives here: one sentence, a table, and what is not known of price."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from curvefit.decision.break_even import Costs
from curvefit.decision.candidates import Candidate, Cost, of_known_cost, prompt_among, undominated
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.plain_text import clean
from curvefit.report.wording import capital, dollars, factor, hanging, percent, price_range, span

__all__ = [
    "BASES",
    "BASE_COSTS",
    "BASE_PRICE",
    "OWN_PRICE",
    "UNBEATEN",
    "candidate_rows",
    "candidate_table",
    "cost_to_weigh",
    "frontier_sentence",
    "has_costs",
    "hosting_words",
    "seconds",
]

# A fine-tuned candidate has the price of the prompt without examples: see `curvefit.decision.candidates`.
BASE_PRICE: Final = "the base model's price; providers may ask more"
# That of one that was validated, whose calls came with prices.
OWN_PRICE: Final = "as curvefit validate measured it"
# The base's price and time, after what they should be: see there. Both by the cost they are of.
BASE_COSTS: Final = {
    "usd_per_1000": f"at {BASE_PRICE}",
    "seconds_p50": "asked without examples",
}

_NOT_MEASURED: Final = {
    "usd_per_1000": f"Fine-tuned is at {BASE_PRICE}",
    "seconds_p50": "The time of fine-tuned was not measured: it is that of the prompt without examples",
}
_NO_TIME, _A_SECOND = 0.0005, 0.9995  # seconds, as they are rounded
_PAID: Final = {"usd_per_1000": "price", "seconds_p50": "time"}
UNBEATEN: Final = {"usd_per_1000": "nothing is cheaper and better", "seconds_p50": "nothing is faster and better"}
# How the accuracy of a candidate is known, in words.
BASES: Final = {"measured": "measured", "validated": "validated", "probed": "trained here", "predicted": "predicted"}


def has_costs(candidates: Sequence[Candidate]) -> bool:
    """Whether price or time is known of two candidates or more: what is needed to weigh one against the other."""
    return cost_to_weigh(candidates) is not None


def cost_to_weigh(candidates: Sequence[Candidate]) -> Cost | None:
    """Return what accuracy is weighed against: price where two have one, else time; None where neither is known."""
    costs: tuple[Cost, ...] = ("usd_per_1000", "seconds_p50")
    return next((cost for cost in costs if len(of_known_cost(candidates, cost)) > 1), None)


def hosting_words(low: float, high: float, per: str) -> str:
    """Say what keeping a fine-tuned model ready costs: for each, as long as it is deployed."""
    a = "an" if per == "hour" else "a"
    return f"hosting, {price_range(low, high)} {a} {per} for each fine-tuned model while it is deployed"


def seconds(value: float) -> str:
    """Return a time with two digits that say something; a dash where it is not known."""
    if math.isnan(value):
        return "–"
    if value < _NO_TIME:
        return "under 1 ms"
    return f"{value:.1f} s" if value >= _A_SECOND else f"{1000 * value:.0f} ms"


def candidate_rows(candidates: Sequence[Candidate]) -> list[dict[str, str]]:
    """Return a row of texts for each candidate; price and time of a fine-tuned one, not measured, are in brackets."""

    def shown(each: Candidate, cost: Cost, text: str) -> str:
        return f"({text})" if cost in each.as_base and text != "–" else text

    cost = cost_to_weigh(candidates)
    unbeaten = () if cost is None else undominated(candidates, cost)
    return [
        {
            "name": clean(each.name), "basis": BASES[each.basis], "accuracy": percent(each.accuracy.value),
            "interval": span(each.accuracy), "usd": shown(each, "usd_per_1000", dollars(each.usd_per_1000)),
            "p50": shown(each, "seconds_p50", seconds(each.seconds_p50)),
            "p95": shown(each, "seconds_p50", seconds(each.seconds_p95)),
            "unbeaten": "yes" if each in unbeaten and each.accuracy.value else "",  # what is never right is no bargain
        }
        for each in candidates
    ]  # fmt: skip


def candidate_table(candidates: Sequence[Candidate], room: int = 80) -> list[str]:
    """Return the candidates as lines for a terminal, names by themselves where there is no room beside them.

    Those that nothing beats are marked.
    """
    rows = candidate_rows(candidates)
    names = [f"{'*' if row['unbeaten'] else ' '} {row['name']}" for row in rows]
    bases = ["" if row["basis"] == "measured" else row["basis"] for row in rows]
    accuracies = _column(["accuracy", *(f"{row['accuracy']:>4}  {row['interval']}" for row in rows)], str.ljust)
    costs = [("$ / 1,000", "usd"), ("median", "p50"), ("95%", "p95")]
    columns = [_column([head, *(row[cost] for row in rows)], str.rjust) for head, cost in costs]
    head, *numbers = map(" ".join, zip(accuracies, *columns, strict=True))
    beside = zip(_column(["", *names], str.ljust), (head, *numbers), ("", *bases), strict=True)
    lines = ["  ".join(parts).rstrip() for parts in beside]
    if max(map(len, lines)) > room:
        below = zip(names, bases, numbers, strict=True)
        lines = [f"    {head}"]
        for name, basis, number in below:
            lines += [*hanging(f"{name}{basis and f', {basis}'}", room, 4), f"    {number}"]
    if any("(" in row[cost] for row in rows for cost in ("usd", "p50")):
        lines += hanging("  in brackets: as the untrained model took without examples, not measured", room, 2)
    return lines


def _column(cells: Sequence[str], side: Callable[[str, int], str]) -> list[str]:
    """Return texts made equally long, with the room to one side."""
    longest = max(map(len, cells))
    return [side(cell, longest) for cell in cells]


def frontier_sentence(
    candidates: Sequence[Candidate], cheaper: CheaperPrompt | None = None, costs: Costs | None = None
) -> str:
    """Return what accuracy costs: from the best prompt to a fine-tuned model, or from the cheapest prompt to the best.

    Which prompt to use is said where that is not the best, but a `cheaper` one. Prices of `costs` come before what was
    measured.
    """
    if costs is not None and (stated := _at_costs(candidates, cheaper, costs)):
        return stated
    cost: Cost = "usd_per_1000" if undominated(candidates) else "seconds_p50"
    frontier = undominated(candidates, cost)
    if not frontier:
        return ""
    tuned = any(cost in each.as_base for each in of_known_cost(candidates, cost))
    caveat = f" {_NOT_MEASURED[cost]}." if tuned else ""

    def named(each: Candidate) -> str:
        return _named(each, _SAID[cost](getattr(each, cost)))

    to_use = _to_use(candidates, cheaper)
    use = f" Use {named(to_use)}: the best adds no more than the margin." if to_use is not None else ""
    use += _passed_over(candidates, to_use, cost)
    predicted = "".join(f" Not measured: {named(each)}." for each in candidates if each.basis == "predicted")
    best = frontier[-1]
    if not best.accuracy.value:
        return f"No prompt was ever right, so none is worth its {_PAID[cost]}.{predicted}{caveat}"
    known = [each for each in of_known_cost(candidates, cost) if each.basis == "measured"]
    first = next(each for each in frontier if each.accuracy.value)
    if best.basis != "measured" and len(frontier) > 1:
        first = max(known, key=lambda each: each.accuracy.value)
    if first is best or not first.accuracy.value:
        return f"Nothing is both {_LESS[cost]} and better than {named(best)}.{use}{predicted}{caveat}"
    ratio = _times(getattr(first, cost), getattr(best, cost), cost=cost)
    return f"From {named(first)} to {named(best)}{ratio}.{use}{predicted}{caveat}"


def _at_costs(candidates: Sequence[Candidate], cheaper: CheaperPrompt | None, costs: Costs) -> str:
    """Return what the fine-tuned model costs beside the prompt to use, where both prices are stated; else nothing."""
    prompts = [each for each in candidates if each.basis == "measured"]
    if cheaper is not None:
        prompts = [each for each in (_to_use(candidates, cheaper),) if each is not None]
    tuned = [each for each in candidates if each.basis != "measured"]
    price, low = costs.prompted_usd_per_1000, costs.tuned_usd_per_1000
    unstated = costs.at_base_price or costs.at_validated_price
    unknown = math.isnan(price) or math.isnan(low) or unstated or costs.tuned is not None
    if unknown or not prompts or not tuned:
        return ""
    high = costs.upper_ends.get("tuned_usd_per_1000", low)
    first = max(prompts, key=lambda each: each.accuracy.value)
    best = next((each for each in tuned if each.basis != "predicted"), tuned[-1])
    ratio = _times(price, low, high, cost="usd_per_1000")
    return f"From {_named(first, _per_1000(price))} to {_named(best, _per_1000(low, high))}{ratio}, by your costs."


def _named(each: Candidate, cost: str) -> str:
    of = "" if each.basis == "measured" else f", {BASES[each.basis]}"
    return f"{clean(each.name)} ({percent(each.accuracy.value)}{of}, {cost})"


def _passed_over(candidates: Sequence[Candidate], to_use: Candidate | None, cost: Cost) -> str:
    """Return which prompt scored no lower than the one to use, for less, and why it is not the one; else nothing."""
    if to_use is None:
        return ""
    known = [each for each in of_known_cost(candidates, cost) if each.basis == "measured"]
    less = [each for each in known if getattr(each, cost) < getattr(to_use, cost)]
    top = max(less, key=lambda each: each.accuracy.value, default=None)
    if top is None or top.accuracy.value < to_use.accuracy.value:
        return ""
    return f" {capital(clean(top.name))} scored no lower for less; judged by all scores together, that is likely luck."


def _to_use(candidates: Sequence[Candidate], cheaper: CheaperPrompt | None) -> Candidate | None:
    return None if cheaper is None else prompt_among(candidates, cheaper.point.shots, retrieved=cheaper.retrieved)


def _times(first: float, *others: float, cost: Cost) -> str:
    """Say how much others cost, or how long they take, beside the first; nothing where that is free."""
    if not first:
        return ""
    takes, as_much = _TAKES[cost]
    is_less = max(others) < first
    shares = dict.fromkeys(factor(other / first * (100 if is_less else 1)) for other in others)
    return f", which {takes} {' to '.join(shares)}{'%' if is_less else ' times'} {as_much}"


def _per_1000(low: float, high: float | None = None) -> str:
    return f"{price_range(low, low if high is None else high)} for a thousand calls"


_SAID: Final[Mapping[Cost, Callable[[float], str]]] = {
    "usd_per_1000": _per_1000,
    "seconds_p50": lambda value: f"{seconds(value)} a call",
}
_LESS: Final = {"usd_per_1000": "cheaper", "seconds_p50": "faster"}
_TAKES: Final = {"usd_per_1000": ("costs", "as much"), "seconds_p50": ("takes", "as long")}
