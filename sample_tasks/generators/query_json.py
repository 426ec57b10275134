"""English questions about a web shop's traces and their queries in JSON. Lives here: columns, the query, its English.

The rule: ``op`` is what is computed, ``of`` its column (none for ``count``), ``where`` one condition or a tree of them,
``by`` the column of the groups, ``top`` how many groups, ``last`` the window, 2h where none is said. Half of the
columns have another name than people use. Durations are in ms and memory in MB, where people say seconds and gigabytes.
``instructions/with-manual.txt`` beside the task says all of it; what is valid at all, the schema in ``query.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from generators.chooser import Chooser

__all__ = ["examples"]

Condition = list[Any] | dict[str, Any]

NUMBERS: Final = {  # what is measured
    "dur_ms": ["call duration", "latency"],
    "queue_ms": ["time in the queue", "queueing time"],
    "in_bytes": ["upload size", "bytes received"],
    "out_bytes": ["reply size", "bytes sent"],
    "tries": ["number of tries", "attempts"],
    "db_ms": ["database time", "time in the database"],
    "db_rows": ["rows read", "number of rows"],
    "db_locks": ["lock waits", "waits for locks"],
    "cache_ms": ["cache time", "time in the cache"],
    "cpu_ms": ["processor time", "time on the processor"],
    "gc_ms": ["garbage collection time", "time lost to garbage collection"],
    "mem_mb": ["memory", "memory used"],
    "net_ms": ["network time", "time on the wire"],
    "tls_ms": ["handshake time", "time of the handshake"],
    "cart_lines": ["lines of a basket", "basket lines"],
    "cart_cents": ["basket value", "value of a basket"],
}
GROUPS: Final = {  # what is told apart
    "service": ["service"],
    "route": ["route"],
    "region": ["region"],
    "host": ["host"],
    "zone": ["zone"],
    "release": ["release", "version"],
    "status": ["status code"],
    "method": ["method"],
    "error": ["kind of error", "error"],
    "customer": ["customer"],
    "plan": ["plan"],
    "device": ["device"],
    "os": ["operating system", "system"],
    "browser": ["browser"],
    "language": ["language"],
    "experiment": ["experiment"],
    "flag": ["feature flag"],
    "table": ["table"],
    "payment": ["payment method", "way to pay"],
    "warehouse": ["warehouse"],
    "referrer": ["referring page", "referrer"],
    "job": ["background job", "job"],
}
OPS: Final = {
    "avg": ["mean", "average"], "p50": ["median"], "p95": ["95th percentile of"], "p99": ["99th percentile of"],
    "max": ["longest", "highest"], "sum": ["total"],
}  # fmt: skip
SERVICES: Final = [
    "checkout", "search", "login", "billing", "catalog", "shipping", "stock", "pricing", "reviews", "email", "wallet",
    "media",
]  # fmt: skip
PLACES: Final = {"Europe": "eu", "Asia": "asia", "the US": "us", "Africa": "africa"}
PLANS: Final = ["free", "basic", "business"]
DEVICES: Final = {"phones": "phone", "tablets": "tablet", "desktops": "desktop"}
WINDOWS: Final = {
    "last hour": "1h", "last 6 hours": "6h", "last 15 minutes": "15m", "last 30 minutes": "30m", "last day": "1d",
    "last week": "7d", "last 3 days": "3d", "last 12 hours": "12h",
}  # fmt: skip
STATES: Final[dict[str, Condition]] = {
    "that failed": ["status", ">=", 500],
    "that were denied": {"or": [["status", "=", 401], ["status", "=", 403]]},
    "that were retried": ["tries", ">", 1],
    "of signed-in customers": ["customer", "!=", None],
    "of unknown visitors": ["customer", "=", None],
    "with a feature flag": ["flag", "!=", None],
    "that wrote something": {"or": [["method", "=", "POST"], ["method", "=", "PUT"]]},
    "that only read": ["method", "=", "GET"],
}
FORMS: Final = [
    "For {calls}: {measure} by {field}{top}{window}",
    "{calls}, {measure} per {field}{top}{window}",
]


def _state(pick: Chooser) -> tuple[str, Condition]:
    """Return something said of calls behind their name, and its condition."""
    kind = pick.one(["state", "state", "slow", "place", "places", "plan", "device", "memory"])
    if kind == "slow":
        seconds = pick.whole(2, 9)
        return f"slower than {seconds} s", ["dur_ms", ">", 1000 * seconds]
    if kind == "memory":
        gigabytes = pick.whole(2, 6)
        return f"using over {gigabytes} GB", ["mem_mb", ">", 1000 * gigabytes]
    if kind == "places":
        first, second = pick.some(list(PLACES), 2)
        return f"in {first} or {second}", {"or": [["region", "=", PLACES[first]], ["region", "=", PLACES[second]]]}
    if kind == "place":
        name = pick.one(list(PLACES))
        return f"in {name}", ["region", "=", PLACES[name]]
    if kind == "plan":
        name = pick.one(PLANS)
        return f"on the {name} plan", ["plan", "=", name]
    if kind == "device":
        name = pick.one(list(DEVICES))
        return f"from {name}", ["device", "=", DEVICES[name]]
    said = pick.one(list(STATES))
    return said, STATES[said]


def _measure(pick: Chooser) -> tuple[str, dict[str, str]]:
    kind = pick.one(["count", "distinct", "number", "number", "number"])
    if kind == "count":
        return pick.one(["number of calls", "how many calls"]), {"op": "count"}
    if kind == "distinct":
        column = pick.one(["customer", "host", "route", "release", "table", "referrer"])
        return f"how many different {GROUPS[column][0]}s", {"op": "uniq", "of": column}
    op, column = pick.one(list(OPS)), pick.one(list(NUMBERS))
    return f"{pick.one(OPS[op])} {pick.one(NUMBERS[column])}", {"op": op, "of": column}


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield questions with their queries."""
    for service in pick.rounds(SERVICES):
        measure, query = _measure(pick)
        field = pick.one([column for column in GROUPS if column not in ("service", query.get("of"))])
        conditions: list[Condition] = [["service", "=", service]]
        calls = f"{service} calls"
        if pick.chance(0.5):
            said, condition = _state(pick)
            calls, conditions = f"{calls} {said}", [*conditions, condition]
        count = pick.whole(3, 9)
        top, groups = (f", top {count}", {"top": count}) if pick.chance(0.25) else ("", {})
        window = pick.one(list(WINDOWS)) if pick.chance(0.75) else ""
        asked = pick.one(FORMS).format(
            calls=calls, measure=measure, field=pick.one(GROUPS[field]), top=top, window=window and f", {window}"
        )
        where = conditions[0] if len(conditions) == 1 else {"and": conditions}
        answer = {**query, "where": where, "by": [field], **groups, "last": WINDOWS.get(window, "2h")}
        yield asked[0].upper() + asked[1:], json.dumps(answer)
