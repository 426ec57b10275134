"""What could be shipped, in words and rows. Lives here: one sentence, a table, and what is not known of price."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from curvefit.decision.candidates import Candidate, undominated
from curvefit.decision.cheaper_prompt import CheaperPrompt
from curvefit.plain_text import clean
from curvefit.report.wording import hanging, percent, span

__all__ = [
    "BASES",
    "BASE_COSTS",
    "BASE_PRICE",
    "candidate_rows",
    "candidate_table",
    "dollars",
    "frontier_sentence",
    "has_costs",
    "hosting_words",
    "price_range",
    "seconds",
]

# A fine-tuned candidate has the price of the prompt without examples: see `curvefit.decision.candidates`.
BASE_PRICE: Final = "the base model's price; providers may ask more"
# The same of its time: see there. Both by the cost they are of.
BASE_COSTS: Final = {
    "usd_per_1000": f"at {BASE_PRICE}",
    "seconds_p50": "if it takes as long as untrained without examples",
}

_NOT_MEASURED: Final = {
    "usd_per_1000": f"Fine-tuned is at {BASE_PRICE}",
    "seconds_p50": "The time of fine-tuned is not measured: it is that of untrained without examples",
}
_PAID: Final = {"usd_per_1000": "price", "seconds_p50": "time"}
# How the accuracy of a candidate is known, in words.
BASES: Final = {"measured": "measured", "validated": "validated", "probed": "trained here", "predicted": "predicted"}


def has_costs(candidates: Sequence[Candidate]) -> bool:
    """Whether price or time is known of two candidates or more: what is needed to weigh one against the other."""
    return any(
        sum(not math.isnan(getattr(each, cost)) for each in candidates) > 1 for cost in ("usd_per_1000", "seconds_p50")
    )


def dollars(usd: float) -> str:
    """Return a price with two digits that say something; a dash where it is not known."""
    if math.isnan(usd):
        return "–"
    usd = usd + 0.0  # no −0
    return f"${usd:,.2f}" if usd >= 1 or not usd else f"${usd:.{1 - math.floor(math.log10(usd))}f}"


def price_range(low: float, high: float) -> str:
    """Say an amount of dollars, or both ends of it."""
    return dollars(low) if low == high else f"{dollars(low)} to {dollars(high)}"


def hosting_words(low: float, high: float, per: str) -> str:
    """Say what keeping a fine-tuned model ready costs: for each, as long as it is deployed."""
    a = "an" if per == "hour" else "a"
    return f"hosting, {price_range(low, high)} {a} {per} for each fine-tuned model while it is deployed"


def seconds(value: float) -> str:
    """Return a time with two digits that say something; a dash where it is not known."""
    if math.isnan(value):
        return "–"
    return f"{value:.1f} s" if value >= 1 else f"{1000 * value:.0f} ms"


def candidate_rows(candidates: Sequence[Candidate]) -> list[dict[str, str]]:
    """Return a row of texts for each candidate; price and time of a fine-tuned one, not measured, are in brackets."""

    def shown(each: Candidate, text: str) -> str:
        return text if each.basis == "measured" or text == "–" else f"({text})"

    unbeaten = [each for cost in ("usd_per_1000", "seconds_p50") for each in undominated(candidates, cost)]
    return [
        {
            "name": clean(each.name), "basis": BASES[each.basis], "accuracy": percent(each.accuracy.value),
            "interval": span(each.accuracy), "usd": shown(each, dollars(each.usd_per_1000)),
            "p50": shown(each, seconds(each.seconds_p50)), "p95": shown(each, seconds(each.seconds_p95)),
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


def frontier_sentence(candidates: Sequence[Candidate], cheaper: CheaperPrompt | None = None) -> str:
    """Return what accuracy costs: the cheapest, the best, and how many times the one costs the other.

    Which prompt to use is said where that is not the best, but a `cheaper` one.
    """
    cost, unit = ("usd_per_1000", dollars) if undominated(candidates) else ("seconds_p50", seconds)
    frontier = undominated(candidates, "usd_per_1000" if cost == "usd_per_1000" else "seconds_p50")
    if not frontier:
        return ""
    per = " for a thousand calls" if cost == "usd_per_1000" else " a call"
    cheapest, best = frontier[0], frontier[-1]
    tuned = any(each.basis != "measured" and not math.isnan(getattr(each, cost)) for each in candidates)
    caveat = f" {_NOT_MEASURED[cost]}." if tuned else ""

    def named(each: Candidate) -> str:
        of = "" if each.basis == "measured" else f", {BASES[each.basis]}"
        return f"{clean(each.name)} ({percent(each.accuracy.value)}{of}, {unit(getattr(each, cost))}{per})"

    use = "".join(
        f" Use {named(each)}: the best adds no more than the margin."
        for each in candidates
        if cheaper is not None
        and (each.basis, each.shots, each.retrieved) == ("measured", cheaper.point.shots, cheaper.retrieved)
    )
    predicted = "".join(f" Not measured: {named(each)}." for each in candidates if each.basis == "predicted")
    if not best.accuracy.value:
        return f"No prompt was ever right, so none is worth its {_PAID[cost]}.{predicted}{caveat}"
    if cheapest is best:
        return f"Nothing is both cheaper and better than {named(best)}.{use}{predicted}{caveat}"
    times = getattr(best, cost) / getattr(cheapest, cost) if getattr(cheapest, cost) else math.inf
    ratio = f", {times:,.1f} times the cost" if math.isfinite(times) else ""
    return f"From {named(cheapest)} to {named(best)}{ratio}.{use}{predicted}{caveat}"
