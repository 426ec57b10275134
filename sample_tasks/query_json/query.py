"""How a query is judged: first whether it is one, by its schema, then whether it asks the same as the target.

Lives here: the schema, and what does not change the meaning of a query. Nothing is run. What is no valid query has no
answer, so that a report tells wrong form from wrong content.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any, Final

from jsonschema import Draft202012Validator

from curvefit import Item, Score
from curvefit.tasks.json_reply import find_json

__all__ = ["SCHEMA", "judge"]

NUMBERS: Final = [
    "dur_ms", "queue_ms", "in_bytes", "out_bytes", "tries", "db_ms", "db_rows", "db_locks", "cache_ms", "cpu_ms",
    "gc_ms", "mem_mb", "net_ms", "tls_ms", "cart_lines", "cart_cents",
]  # fmt: skip
NAMES: Final = [
    "service", "route", "region", "host", "zone", "release", "status", "method", "error", "customer", "plan",
    "device", "os", "browser", "language", "experiment", "flag", "table", "payment", "warehouse", "referrer", "job",
]  # fmt: skip
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "op": {"enum": ["count", "uniq", "avg", "p50", "p95", "p99", "max", "sum"]},
        "of": {"enum": [*NUMBERS, *NAMES]},
        "where": {"$ref": "#/$defs/condition"},
        "by": {"type": "array", "items": {"enum": NAMES}, "minItems": 1},
        "top": {"type": "integer", "minimum": 1},
        "last": {"type": "string", "pattern": r"^[1-9][0-9]{0,3}[mhd]\Z"},
    },
    "required": ["op", "where", "by", "last"],
    "additionalProperties": False,
    "if": {"properties": {"op": {"const": "count"}}},
    "then": {"properties": {"of": False}},
    "else": {"required": ["of"]},
    "$defs": {
        "condition": {
            "anyOf": [
                {
                    "type": "array",
                    "prefixItems": [
                        {"enum": [*NUMBERS, *NAMES]},
                        {"enum": ["=", "!=", ">", ">=", "<", "<="]},
                        {"type": ["string", "number", "null"]},
                    ],
                    "minItems": 3,
                    "maxItems": 3,
                },
                {
                    "type": "object",
                    "patternProperties": {
                        "^(and|or)$": {"type": "array", "items": {"$ref": "#/$defs/condition"}, "minItems": 1}
                    },
                    "additionalProperties": False,
                    "minProperties": 1,
                    "maxProperties": 1,
                },
            ]
        }
    },
}
_VALIDATOR: Final = Draft202012Validator(SCHEMA)
_MINUTES: Final = {"m": 1, "h": 60, "d": 24 * 60}


def judge(reply: str, item: Item) -> Score:
    """Credit a valid query that asks the same as the target."""
    found, query = find_json(reply)
    try:
        valid = found and _VALIDATOR.is_valid(query)
    except RecursionError:  # nested by nobody who wants an answer
        valid = False
    if not valid:
        return Score(0.0, answer=None)
    right = _meaning(query) == _meaning(json.loads(item.target))
    return Score(float(right), answer=json.dumps(query, sort_keys=True))


def _meaning(query: dict[str, Any]) -> Hashable:
    """Return what two queries share that ask the same: keys, groups and conditions have no order, 60m is 1h."""
    window = int(query["last"][:-1]) * _MINUTES[query["last"][-1]]
    return (
        query["op"], query.get("of"), _condition(query["where"]), frozenset(query["by"]), query.get("top"), window,
    )  # fmt: skip


def _condition(tree: Any) -> Hashable:
    """Return a condition as a tree of sets: what is said twice counts once, and "and" within "and" is one."""
    if isinstance(tree, list):
        return tuple(tree)
    ((word, parts),) = tree.items()
    whole: set[Hashable] = set()
    for part in map(_condition, parts):
        inner, content = part if isinstance(part, tuple) and len(part) == 2 else (None, part)
        whole |= content if inner == word else {part}
    return next(iter(whole)) if len(whole) == 1 else (word, frozenset(whole))
