"""English questions about services and their queries. Lives here: the little query language and its English.

The language::

    query   = service " " filter " | " measure " by " field " | " window
    filter  = "region=" place | "status>=500" | "ms>500"
    measure = "count" | "median" | "p95" | "max"

The rule: every English phrase means one thing, and the parts of a query stand in the order of the grammar.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["examples"]

SERVICES: Final = [
    "checkout", "search", "login", "cart", "billing", "email", "stock", "gateway", "profile", "catalog",
    "shipping", "media", "orders", "pricing", "reports", "sessions", "uploads", "wallet", "webhooks", "chat",
]  # fmt: skip
MEASURES: Final = {
    "number of calls": "count",
    "median latency": "median",
    "95th percentile": "p95",
    "maximum latency": "max",
}
FILTERS: Final = {
    " in Europe": " region=eu",
    " in Asia": " region=asia",
    " with errors": " status>=500",
    " in the US": " region=us",
    " slower than 500 ms": " ms>500",
}
FIELDS: Final = ["host", "customer", "version", "path", "browser"]
WINDOWS: Final = {
    "last hour": "1h",
    "last 2 hours": "2h",
    "last 6 hours": "6h",
    "last 15 minutes": "15m",
    "last 30 minutes": "30m",
    "last 12 hours": "12h",
}
FORMS: Final = [
    "For {service} calls{narrowed}, {measure} by {field}, {window}",
    "{service} calls{narrowed}: {measure} per {field}, {window}",
    "In the {window}, for {service} calls{narrowed}, {measure} by {field}",
]


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield questions with their queries."""
    while True:
        service, field = pick.one(SERVICES), pick.one(FIELDS)
        measure, narrowed, window = pick.one(list(MEASURES)), pick.one(list(FILTERS)), pick.one(list(WINDOWS))
        form = pick.one(FORMS)
        asked = form.format(service=service, narrowed=narrowed, measure=measure, field=field, window=window)
        yield (
            asked[0].upper() + asked[1:],
            f"{service}{FILTERS[narrowed]} | {MEASURES[measure]} by {field} | {WINDOWS[window]}",
        )
